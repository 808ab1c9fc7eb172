//! The report of the recordings as a page: every line with its readings to be heard, and what else is in the files.

use std::fmt::Write as _;

use soundlock_script::Screenplay;
use soundlock_time::{SampleRange, SampleRate};

use super::{ChosenBy, LineReadings, Reading, Readings, Recording};

const STYLE: &str = include_str!("page.css");
const PLAYER: &str = include_str!("page.js");

/// The report as an HTML page of its own. `link` gives the address of a recording, as the page is to find it.
pub fn readings_page(
    readings: &Readings,
    screenplay: &Screenplay,
    title: &str,
    link: &dyn Fn(&str) -> String,
) -> String {
    let mut out = String::with_capacity(1 << 16);
    let title = escaped(title);
    out.extend(["<!doctype html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n"]);
    out.extend(["<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"]);
    out.extend(["<title>", &title, " · Recordings</title>\n<style>\n", STYLE, "</style>\n</head>\n<body>\n"]);
    out.extend(["<p class=\"kind\">Recordings</p>\n<h1>", &title, "</h1>\n"]);
    totals(readings, &mut out);
    for scene in &screenplay.scenes {
        let lines: Vec<&LineReadings> = readings.lines.iter().filter(|line| line.scene == scene.id).collect();
        if !lines.is_empty() {
            scene_part(scene, &lines, readings.rate, link, &mut out);
        }
    }
    out.push_str("<h2><span>Files</span></h2>\n");
    for recording in &readings.recordings {
        file_part(recording, readings, link, &mut out);
    }
    out.extend(["<script>\n", PLAYER, "</script>\n</body>\n</html>\n"]);
    out
}

fn totals(readings: &Readings, out: &mut String) {
    let lines = readings.lines.len();
    let found = readings.lines.iter().filter(|line| line.chosen.is_some()).count();
    let repeated = readings.lines.iter().filter(|line| line.readings.len() > 1).count();
    let flawed = readings.lines.iter().filter_map(LineReadings::chosen_reading);
    let flawed = flawed.filter(|reading| !reading.flaws.is_empty()).count();
    let extras = readings.recordings.iter().flat_map(|recording| &recording.extras);
    let extras = extras.filter(|(_, speech)| *speech).count();
    let rows = [
        (format!("{found} of {lines}"), "lines are recorded"),
        ((lines - found).to_string(), "are missing"),
        (repeated.to_string(), "have several takes"),
        (flawed.to_string(), "are used with a flaw"),
        (extras.to_string(), "times other words are spoken"),
    ];
    out.push_str("<ul class=\"totals\">\n");
    for (count, what) in rows {
        let _ = writeln!(out, "<li><b>{count}</b>{what}</li>");
    }
    out.push_str("</ul>\n");
}

fn scene_part(
    scene: &soundlock_script::Scene,
    lines: &[&LineReadings],
    rate: SampleRate,
    link: &dyn Fn(&str) -> String,
    out: &mut String,
) {
    let (id, heading) = (escaped(scene.id.as_str()), escaped(&scene.heading.text));
    let found = lines.iter().filter(|line| line.chosen.is_some()).count();
    let _ = writeln!(out, "<h2>{id}<span>{heading}</span><em>{found} of {}</em></h2>", lines.len());
    if lines.iter().all(|line| line.readings.is_empty() && line.damaged.is_empty()) {
        out.push_str("<p class=\"bad\">nothing is recorded yet: the scratch voice speaks all of it</p>\n");
        return;
    }
    for line in lines {
        let missing = if line.chosen.is_none() { " missing" } else { "" };
        let (id, character, text) =
            (escaped(line.id.as_str()), escaped(&line.character), escaped(&line.text));
        let _ = writeln!(out, "<div class=\"line{missing}\"><b>{id}</b><div>");
        let _ = writeln!(out, "<p><i>{character}</i>{text}</p>");
        if line.readings.is_empty() {
            out.push_str("<div class=\"bad\">missing: the scratch voice speaks it</div>\n");
        }
        for (file, why) in &line.damaged {
            let _ = writeln!(out, "<div class=\"bad\">{} {}</div>", escaped(file), escaped(why));
        }
        for (index, reading) in line.readings.iter().enumerate() {
            take(index, reading, line.chosen, rate, link, out);
        }
        out.push_str("</div></div>\n");
    }
}

fn take(
    index: usize,
    reading: &Reading,
    chosen: Option<(usize, ChosenBy)>,
    rate: SampleRate,
    link: &dyn Fn(&str) -> String,
    out: &mut String,
) {
    let chosen = chosen.filter(|(chosen, _)| *chosen == index).map(|(_, by)| by);
    let class = if chosen.is_some() { "take chosen" } else { "take" };
    let (from, to) = seconds(reading.part, rate);
    let (address, file) = (escaped(&link(&reading.file)), escaped(&reading.file));
    let _ = writeln!(
        out,
        "<div class=\"{class}\"><button data-file=\"{address}\" data-in=\"{from:.3}\" data-out=\"{to:.3}\" \
         title=\"play\">{}</button>{}<div><code>{file} {} – {}</code>{}{}</div></div>",
        index + 1,
        drawn(&reading.waveform),
        clock(from),
        clock(to),
        chosen.map(|by| format!(" · {}", chosen_by(by))).unwrap_or_default(),
        flaws(reading, rate),
    );
}

/// In words, why a reading is the one that is laid.
fn chosen_by(by: ChosenBy) -> &'static str {
    match by {
        ChosenBy::Director => "chosen by the director",
        ChosenBy::Last => "used: the last complete take",
        ChosenBy::Measurement => "used: the least speaks against it",
    }
}

fn flaws(reading: &Reading, rate: SampleRate) -> String {
    let mut flaws: Vec<String> = reading.flaws.iter().map(|flaw| escaped(&flaw.to_string())).collect();
    for part in &reading.unscripted {
        let (from, to) = seconds(*part, rate);
        flaws.push(format!("something else is said {} – {}", clock(from), clock(to)));
    }
    if flaws.is_empty() {
        return String::new();
    }
    format!("<div class=\"bad\">{}</div>", flaws.join(" · "))
}

/// A waveform, 160 by 32.
fn drawn(waveform: &[u8]) -> String {
    let count = waveform.len().max(1) as f64;
    let loudest = f64::from(waveform.iter().copied().max().unwrap_or(0).max(1));
    let mut path = String::new();
    for (at, value) in waveform.iter().enumerate() {
        let height = (f64::from(*value) / loudest * 30.0).max(0.6);
        let (x, y) = (at as f64 / count * 160.0, 16.0 - height / 2.0);
        let _ = write!(path, "M{x:.1} {y:.1}h{:.1}v{height:.1}h-{:.1}z", 120.0 / count, 120.0 / count);
    }
    format!("<svg viewBox=\"0 0 160 32\" preserveAspectRatio=\"none\"><path d=\"{path}\"/></svg>")
}

fn file_part(recording: &Recording, readings: &Readings, link: &dyn Fn(&str) -> String, out: &mut String) {
    let (name, rate) = (escaped(&recording.file), readings.rate);
    let length = recording.samples.max(1) as f64;
    let all =
        SampleRange { start: soundlock_time::Sample(0), end: soundlock_time::Sample(recording.samples) };
    let _ = writeln!(out, "<div class=\"file\"><p><b>{name}</b> {}</p>", clock(seconds(all, rate).1));
    if let Some(why) = &recording.unusable {
        let _ = writeln!(out, "<p class=\"bad\">{}; it is not used</p></div>", escaped(why));
        return;
    }
    let address = escaped(&link(&recording.file));
    out.push_str("<div class=\"bar\">");
    let mut stretch = |part: SampleRange, class: &str, title: &str| {
        let (left, width) = (part.start.0 as f64 / length * 100.0, part.length() as f64 / length * 100.0);
        let (from, to) = seconds(part, rate);
        let _ = write!(
            out,
            "<span{class} data-file=\"{address}\" data-in=\"{from:.3}\" data-out=\"{to:.3}\" title=\"{title}\" \
             style=\"left:{left:.3}%;width:{width:.3}%\"></span>"
        );
    };
    for line in &readings.lines {
        for reading in line.readings.iter().filter(|reading| reading.file == recording.file) {
            stretch(reading.part, "", &escaped(line.id.as_str()));
        }
    }
    for (part, speech) in &recording.extras {
        stretch(*part, " class=\"extra\"", if *speech { "not in the script" } else { "a noise" });
    }
    out.push_str("</div>\n");
    extras(recording, rate, out);
    out.push_str("</div>\n");
}

/// What is said besides, in words.
fn extras(recording: &Recording, rate: SampleRate, out: &mut String) {
    let said: Vec<_> = recording.extras.iter().filter(|(_, speech)| *speech).collect();
    if said.is_empty() {
        return;
    }
    out.push_str("<ul class=\"extras\">\n");
    for (part, _) in said {
        let (from, to) = seconds(*part, rate);
        let _ = writeln!(out, "<li>{} – {}: speech that is not in the script</li>", clock(from), clock(to));
    }
    out.push_str("</ul>\n");
}

fn seconds(part: SampleRange, rate: SampleRate) -> (f64, f64) {
    let secs = |sample: soundlock_time::Sample| sample.0 as f64 / f64::from(rate.hz());
    (secs(part.start), secs(part.end))
}

/// `1:02:03.45`, hours only where there are any.
pub(crate) fn clock(secs: f64) -> String {
    let hundredths = (secs * 100.0).round() as u64;
    let (hours, minutes, secs) = (hundredths / 360_000, hundredths / 6000 % 60, hundredths % 6000);
    let rest = format!("{:02}.{:02}", secs / 100, secs % 100);
    if hours > 0 { format!("{hours}:{minutes:02}:{rest}") } else { format!("{minutes}:{rest}") }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_have_hours_only_where_there_are_any() {
        for (secs, shown) in
            [(0.0, "0:00.00"), (59.996, "1:00.00"), (61.5, "1:01.50"), (3723.25, "1:02:03.25")]
        {
            assert_eq!(clock(secs), shown);
        }
    }

    #[test]
    fn what_others_wrote_is_no_markup() {
        assert_eq!(escaped("<b a=\"1\">&"), "&lt;b a=&quot;1&quot;&gt;&amp;");
    }
}
