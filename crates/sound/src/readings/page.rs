//! The report of the recordings as a page: what is to be recorded again first, then every line with its readings to be
//! heard, then the files with what else is in them.

use std::fmt::Write as _;

use soundlock_script::html::escaped;
use soundlock_script::{Scene, Screenplay};
use soundlock_time::{Sample, SampleRange, SampleRate};

use super::outline::{COLUMNS, Outlines, row_samples};
use super::{ChosenBy, Flaw, LineReadings, Misread, Reading, Readings, Recording};

const STYLE: &str = include_str!("page.css");
const PLAYER: &str = include_str!("page.js");

/// How much is heard around words that were said differently: alone they say little.
const AROUND_MS: u64 = 600;

/// The report as an HTML page of its own. `link` gives the address of a recording, as the page is to find it.
pub fn readings_page(
    readings: &Readings,
    outlines: &Outlines,
    screenplay: &Screenplay,
    title: &str,
    link: &dyn Fn(&str) -> String,
) -> String {
    let mut page = Page { readings, outlines, link, out: String::with_capacity(1 << 16) };
    let title = escaped(title);
    page.out.extend(["<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"]);
    page.out.extend(["<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"]);
    page.out.extend([
        "<title>",
        &title,
        " · Recordings</title>\n<style>\n",
        STYLE,
        "</style>\n</head>\n<body>\n",
    ]);
    page.out.extend(["<header>\n<p class=\"kind\">Recordings</p>\n<h1>", &title, "</h1>\n"]);
    page.totals();
    page.out.push_str("</header>\n<main>\n");
    page.again(screenplay);
    page.unused_files();
    page.extra_speech();
    for scene in &screenplay.scenes {
        page.scene(scene);
    }
    page.files();
    page.out.extend(["</main>\n", FOOT, "<script>\n", PLAYER, "</script>\n</body>\n</html>\n"]);
    page.out
}

const FOOT: &str = "<footer id=\"player\" hidden><span id=\"plays\" role=\"status\"></span>\
    <audio id=\"audio\" controls preload=\"metadata\"></audio></footer>\n";

struct Page<'a> {
    readings: &'a Readings,
    outlines: &'a Outlines,
    link: &'a dyn Fn(&str) -> String,
    out: String,
}

impl<'a> Page<'a> {
    fn rate(&self) -> SampleRate {
        self.readings.rate
    }

    fn lines_of(&self, scene: &Scene) -> Vec<&'a LineReadings> {
        self.readings.lines.iter().filter(|line| line.scene == scene.id).collect()
    }

    fn totals(&mut self) {
        let lines = &self.readings.lines;
        let found = lines.iter().filter(|line| line.chosen.is_some()).count();
        let flawed = lines.iter().filter(|line| line.chosen.is_some() && line.is_to_record_again()).count();
        let repeated = lines.iter().filter(|line| line.readings.len() > 1).count();
        let recordings = &self.readings.recordings;
        let unused = recordings.iter().filter(|recording| recording.unusable.is_some()).count();
        let extras = recordings.iter().map(|recording| recording.extra_speech().count()).sum::<usize>();
        let rows = [
            ("", format!("{found} of {}", lines.len()), "lines are recorded"),
            ("again", (lines.len() - found).to_string(), "are missing"),
            ("again", flawed.to_string(), "have something against them"),
            ("unused", unused.to_string(), "files are not used"),
            ("extra", extras.to_string(), "times something else is said"),
            ("", repeated.to_string(), "lines have several takes"),
        ];
        self.out.push_str("<ul class=\"totals\">\n");
        for (to, count, what) in rows {
            let link = !to.is_empty() && count != "0";
            let (open, close) =
                if link { (format!("<a href=\"#{to}\">"), "</a>") } else { (String::new(), "") };
            let _ = writeln!(self.out, "<li>{open}<b>{count}</b>{what}{close}</li>");
        }
        self.out.push_str("</ul>\n");
    }

    /// What is missing, then what is flawed: all that a director has to know before everybody goes home.
    fn again(&mut self, screenplay: &Screenplay) {
        let missing = |line: &&LineReadings| line.chosen.is_none();
        let flawed = |line: &&LineReadings| line.chosen.is_some() && line.is_to_record_again();
        if !self.readings.lines.iter().any(LineReadings::is_to_record_again) {
            self.out.push_str(
                "<p class=\"good\">Every line is recorded, and nothing speaks against any of them.</p>\n",
            );
            return;
        }
        self.out.push_str("<section id=\"again\">\n<h2>To record again</h2>\n<h3>Missing</h3>\n");
        let mut any = false;
        for scene in &screenplay.scenes {
            let lines = self.lines_of(scene);
            if !lines.is_empty() && !lines.iter().any(|line| line.is_recorded()) {
                let (id, heading) = (escaped(scene.id.as_str()), escaped(&scene.heading.text));
                let (count, noun) = counted(lines.len(), "line");
                let _ = writeln!(
                    self.out,
                    "<p class=\"row\"><b>{id}</b><span><i>{heading}</i>nothing is recorded of this scene, {count} {noun}</span></p>"
                );
                any = true;
                continue;
            }
            for line in lines.into_iter().filter(missing) {
                self.row(line);
                any = true;
            }
        }
        if !any {
            self.out.push_str("<p class=\"none\">none</p>\n");
        }
        self.out.push_str("<h3>With something against it</h3>\n");
        let flawed: Vec<&LineReadings> = self.readings.lines.iter().filter(flawed).collect();
        if flawed.is_empty() {
            self.out.push_str("<p class=\"none\">none</p>\n");
        }
        for line in flawed {
            self.row(line);
        }
        self.out.push_str("</section>\n");
    }

    /// A line that is to be recorded again, with why.
    fn row(&mut self, line: &LineReadings) {
        let (id, character, text) =
            (escaped(line.id.as_str()), escaped(&line.character), escaped(&plain(&line.text)));
        let _ = writeln!(
            self.out,
            "<p class=\"row\"><b><a href=\"#line-{id}\">{id}</a></b><span><i>{character}</i>{text}\
             <span class=\"bad\">{}</span></span></p>",
            self.why(line)
        );
    }

    fn why(&self, line: &LineReadings) -> String {
        if let Some(reading) = line.chosen_reading() {
            let words: Vec<String> =
                reading.misreadings.iter().map(|one| self.misread(reading, one)).collect();
            let flaws = reading.flaws.iter().map(|flaw| escaped(&flaw.to_string()));
            let all: Vec<String> = flaws.chain(words).collect();
            return format!("{} {}", self.play(reading, "play"), all.join(" · "));
        }
        match (line.damaged.last(), line.readings.as_slice()) {
            (_, [_, ..]) => {
                let begun = line.readings.iter().map(|reading| self.play(reading, "play what there is"));
                format!("not read to its end {}", begun.collect::<Vec<_>>().join(" "))
            }
            (Some((file, why)), _) => format!("<code>{}</code> {}", escaped(file), escaped(why)),
            (None, _) => "not in any recording".to_owned(),
        }
    }

    fn unused_files(&mut self) {
        let recordings = self.readings.recordings.iter();
        let unused: Vec<_> = recordings.filter_map(|own| Some((own, own.unusable.as_ref()?))).collect();
        if unused.is_empty() {
            return;
        }
        self.out.push_str("<section id=\"unused\">\n<h2>Files that are not used</h2>\n");
        for (recording, why) in unused {
            let name = escaped(&recording.file);
            let whole = SampleRange::new(Sample(0), recording.samples);
            let play = if recording.samples > 0 {
                self.link_to(&recording.file, whole, "play", "", "")
            } else {
                String::new()
            };
            let (why, hint) = (escaped(&why.to_string()), escaped(why.hint()));
            let _ = writeln!(
                self.out,
                "<p class=\"row wide\"><span><code>{name}</code> {play}<span class=\"bad\">{why}</span>\
                 <span class=\"hint\">{hint}</span></span></p>"
            );
        }
        self.out.push_str("</section>\n");
    }

    fn extra_speech(&mut self) {
        if !self.readings.recordings.iter().any(|recording| recording.extra_speech().next().is_some()) {
            return;
        }
        self.out.push_str("<section id=\"extra\">\n<h2>Said, and not in the script</h2>\n");
        for recording in &self.readings.recordings {
            let stretches: Vec<String> = recording
                .extra_speech()
                .map(|part| self.link_to(&recording.file, part, &self.span_of(part), "", ""))
                .collect();
            if !stretches.is_empty() {
                let name = escaped(&recording.file);
                let _ = writeln!(
                    self.out,
                    "<p class=\"row wide\"><span><code>{name}</code> {}</span></p>",
                    stretches.join(" ")
                );
            }
        }
        self.out.push_str("</section>\n");
    }

    fn scene(&mut self, scene: &Scene) {
        let lines = self.lines_of(scene);
        if !lines.iter().any(|line| line.is_recorded()) {
            return;
        }
        let (id, heading) = (escaped(scene.id.as_str()), escaped(&scene.heading.text));
        let found = lines.iter().filter(|line| line.chosen.is_some()).count();
        let _ = writeln!(
            self.out,
            "<section class=\"scene\">\n<h2>{id}<span>{heading}</span><em>{found} of {}</em></h2>",
            lines.len()
        );
        for line in lines {
            self.line(line);
        }
        self.out.push_str("</section>\n");
    }

    fn line(&mut self, line: &LineReadings) {
        let missing = if line.chosen.is_none() { " missing" } else { "" };
        let (id, character, text) =
            (escaped(line.id.as_str()), escaped(&line.character), escaped(&plain(&line.text)));
        let _ = writeln!(self.out, "<div class=\"line{missing}\" id=\"line-{id}\"><b>{id}</b><div>");
        let _ = writeln!(self.out, "<p><i>{character}</i>{text}</p>");
        if line.readings.is_empty() && line.damaged.is_empty() {
            self.out.push_str("<p class=\"bad\">missing: the scratch voice speaks it</p>\n");
        }
        for (file, why) in &line.damaged {
            let _ =
                writeln!(self.out, "<p class=\"bad\"><code>{}</code> {}</p>", escaped(file), escaped(why));
        }
        for (index, reading) in line.readings.iter().enumerate() {
            let chosen = line.chosen.filter(|(chosen, _)| *chosen == index).map(|(_, by)| by);
            self.take(index, reading, chosen);
        }
        if line.chosen.is_none() && !line.readings.is_empty() {
            self.out.push_str("<p class=\"bad\">none of them is used: too little of the line is in it</p>\n");
        }
        for other in &line.disagreements {
            let told = escaped(&other.told(self.rate()));
            let play =
                other.part.map(|part| self.link_to(&other.file, part, "play", "", "")).unwrap_or_default();
            let _ = writeln!(self.out, "<p class=\"other\">{play} {told}</p>");
        }
        self.out.push_str("</div></div>\n");
    }

    fn take(&mut self, index: usize, reading: &Reading, chosen: Option<ChosenBy>) {
        let class = if chosen.is_some() { "take chosen" } else { "take" };
        let against = self.against(reading);
        let against = match against.as_slice() {
            [] => String::new(),
            some => format!("<span class=\"bad\">{}</span>", some.join(" · ")),
        };
        let by = reading.by.as_ref().map(|by| format!(" · found by {}", escaped(by))).unwrap_or_default();
        let why = chosen.map(|by| format!(" · {}", chosen_by(by))).unwrap_or_default();
        let (play, file) = (self.play(reading, &format!("take {}", index + 1)), escaped(&reading.file));
        let (drawn, place) = (drawn(&reading.waveform, "wave"), self.span_of(reading.part));
        let _ = writeln!(
            self.out,
            "<div class=\"{class}\">{play}{drawn}<div><code>{file}</code> <span class=\"place\">{place}</span>{why}{by}{against}</div></div>"
        );
    }

    /// What speaks against a reading. That it is misread is said by the words, where these are known.
    fn against(&self, reading: &Reading) -> Vec<String> {
        let told = |flaw: &&Flaw| **flaw != Flaw::Misread || reading.misreadings.is_empty();
        let flaws = reading.flaws.iter().filter(told).map(|flaw| escaped(&flaw.to_string()));
        flaws.chain(reading.misreadings.iter().map(|one| self.misread(reading, one))).collect()
    }

    /// Words that were said differently, to be heard with a little around them.
    fn misread(&self, reading: &Reading, misread: &Misread) -> String {
        let around = self.rate().samples_from_millis(AROUND_MS);
        let start = Sample(misread.part.start.0.saturating_sub(around));
        let part = SampleRange { start, end: Sample(misread.part.end.0 + around) };
        let place = self.rate().clock(misread.part.start);
        format!("{} {}", escaped(&misread.to_string()), self.link_to(&reading.file, part, &place, "", ""))
    }

    fn play(&self, reading: &Reading, label: &str) -> String {
        self.link_to(&reading.file, reading.part, label, "", "")
    }

    /// A part of a recording that is heard where one clicks or presses Enter; without scripts the browser plays it.
    fn link_to(&self, file: &str, part: SampleRange, label: &str, class: &str, style: &str) -> String {
        let (address, rate) = (escaped(&(self.link)(file)), self.rate());
        let (from, to) = (rate.seconds(part.start.0), rate.seconds(part.end.0));
        let title = escaped(&format!("{file} {}", self.span_of(part)));
        let style = if style.is_empty() { String::new() } else { format!(" style=\"{style}\"") };
        let class = if class.is_empty() { "play" } else { class };
        format!(
            "<a class=\"{class}\" href=\"{address}#t={from:.3},{to:.3}\" title=\"{title}\"{style}>{}</a>",
            escaped(label)
        )
    }

    fn span_of(&self, part: SampleRange) -> String {
        format!("{} – {}", self.rate().clock(part.start), self.rate().clock(part.end))
    }

    fn files(&mut self) {
        self.out.push_str("<section class=\"files\">\n<h2>Files</h2>\n");
        self.out.push_str(
            "<p class=\"none\"><span class=\"key\"></span> a line <span class=\"key extra\"></span> something else that is said</p>\n",
        );
        for recording in &self.readings.recordings {
            self.file(recording);
        }
        self.out.push_str("</section>\n");
    }

    fn file(&mut self, recording: &Recording) {
        let name = escaped(&recording.file);
        let length = self.rate().clock(Sample(recording.samples));
        let _ = writeln!(self.out, "<div class=\"file\"><p><code>{name}</code> {length}</p>");
        if let Some(why) = &recording.unusable {
            let _ = writeln!(self.out, "<p class=\"bad\">{}; it is not used</p>", escaped(&why.to_string()));
        }
        let row = row_samples(recording.samples, self.rate().hz());
        let spans = self.spans(recording);
        for (index, start) in (0..recording.samples).step_by(row as usize).enumerate() {
            let end = (start + row).min(recording.samples);
            self.file_row(
                recording,
                index,
                SampleRange { start: Sample(start), end: Sample(end) },
                row,
                &spans,
            );
        }
        self.out.push_str("</div>\n");
    }

    /// What of a recording is a line, and what else is said: its part, its label, its class.
    fn spans(&self, recording: &Recording) -> Vec<(SampleRange, String, &'static str)> {
        let mut spans = Vec::new();
        for line in &self.readings.lines {
            let own = line.readings.iter().enumerate().filter(|(_, reading)| reading.file == recording.file);
            for (index, reading) in own {
                let chosen = line.chosen.is_some_and(|(chosen, _)| chosen == index);
                let class = if chosen { "span" } else { "span other" };
                spans.push((reading.part, line.id.as_str().to_owned(), class));
            }
        }
        spans.extend(
            recording.extra_speech().map(|part| (part, "not in the script".to_owned(), "span extra")),
        );
        spans.sort_by_key(|(part, _, _)| part.start);
        spans
    }

    fn file_row(
        &mut self,
        recording: &Recording,
        index: usize,
        part: SampleRange,
        row: u64,
        spans: &[(SampleRange, String, &'static str)],
    ) {
        let outline = self.outlines.0.get(&recording.file).map(Vec::as_slice).unwrap_or_default();
        let columns = outline.iter().skip(index * COLUMNS).take(COLUMNS).copied();
        let mut columns: Vec<u8> = columns.collect();
        columns.resize(COLUMNS, 0);
        let _ = write!(
            self.out,
            "<div class=\"bar\"><span class=\"place\">{}</span>{}",
            self.rate().clock(part.start),
            drawn(&columns, "outline")
        );
        for (span, label, class) in spans {
            let (from, to) = (span.start.max(part.start).0, span.end.min(part.end).0);
            if from >= to {
                continue;
            }
            let percent = |samples: u64| samples as f64 / row as f64 * 100.0;
            let style = format!("left:{:.3}%;width:{:.3}%", percent(from - part.start.0), percent(to - from));
            let link = self.link_to(&recording.file, *span, label, class, &style);
            self.out.push_str(&link);
        }
        self.out.push_str("</div>\n");
    }
}

fn counted(count: usize, one: &'static str) -> (usize, String) {
    (count, if count == 1 { one.to_owned() } else { format!("{one}s") })
}

/// A line's text in one row.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// In words, why a reading is the one that is laid.
fn chosen_by(by: ChosenBy) -> &'static str {
    match by {
        ChosenBy::Director => "chosen by the director",
        ChosenBy::Last => "used: the last complete take",
        ChosenBy::Measurement => "used: the least speaks against it",
    }
}

/// A waveform, as loud as its loudest part is high.
fn drawn(waveform: &[u8], class: &str) -> String {
    let loudest = f64::from(waveform.iter().copied().max().unwrap_or(0).max(1));
    let mut path = String::new();
    for (at, value) in waveform.iter().enumerate() {
        let height = (f64::from(*value) / loudest * 30.0).max(0.6);
        let _ = write!(path, "M{at} {:.1}v{height:.1}", 16.0 - height / 2.0);
    }
    format!(
        "<svg class=\"{class}\" viewBox=\"-0.5 0 {} 32\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><path d=\"{path}\"/></svg>",
        waveform.len().max(1)
    )
}
