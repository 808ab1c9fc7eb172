use std::collections::BTreeMap;
use std::fmt::Write;

use soundlock_time::{Fps, Raster};

use crate::ExchangeError;
use crate::edit::{Edit, Seen, SeenPicture, ShotMedia, TakeMedia, counts_drop_frame};
use crate::seconds::Seconds;
use crate::url::url;

/// The version that is written: Resolve reads up to 1.10, and `media-rep` is the way to name a file since 1.9.
const VERSION: &str = "1.9";

/// The edit as FCPXML: a project with the circled takes in its spine and the stems connected below it.
///
/// Files are named by addresses from the document on (`./stems/dialogue.wav`), which Final Cut Pro follows; Resolve
/// looks for the names in the folder that it is pointed to. Every asset says what there is of it, in its own rate;
/// clips lie on frames of the film.
///
/// Source: Apple, FCPXML reference, and the FCPXML 1.9 document type.
pub fn fcpxml(edit: &Edit<'_>) -> Result<String, ExchangeError> {
    let seen = edit.seen()?;
    let mut writer =
        Writer { edit, formats: Formats::default(), assets: String::new(), ids: BTreeMap::new() };
    let film = writer.formats.id(edit.raster, edit.fps());
    writer.picture_assets(&seen, &film);
    writer.stem_assets();
    let spine = writer.spine(&seen);
    let label = Seconds::of_frame(edit.first_label.0, edit.fps());
    let (start, length) = (time(label), time(Seconds::of_frame(edit.locked.frames(), edit.fps())));
    let mode = if counts_drop_frame(edit.fps()) { "DF" } else { "NDF" };
    let title = escaped(edit.title);
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE fcpxml>\n\n");
    let _ = write!(
        text,
        "<fcpxml version=\"{VERSION}\">\n  <resources>\n{}{}  </resources>\n  <library>\n    <event name=\"{title}\">\n      \
         <project name=\"{title}\">\n        <sequence format=\"{film}\" duration=\"{length}\" tcStart=\"{start}\" \
         tcFormat=\"{mode}\" audioLayout=\"stereo\" audioRate=\"48k\">\n          <spine>\n{spine}          </spine>\n        \
         </sequence>\n      </project>\n    </event>\n  </library>\n</fcpxml>\n",
        writer.formats.text(),
        writer.assets
    );
    Ok(text)
}

/// A format resource for each size and rate.
#[derive(Default)]
struct Formats(Vec<(Raster, Fps)>);

impl Formats {
    fn id(&mut self, raster: Raster, fps: Fps) -> String {
        let known = self.0.iter().position(|format| *format == (raster, fps));
        let index = known.unwrap_or_else(|| {
            self.0.push((raster, fps));
            self.0.len() - 1
        });
        format!("f{}", index + 1)
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for (index, (raster, fps)) in self.0.iter().enumerate() {
            let _ = writeln!(
                text,
                "    <format id=\"f{}\" name=\"{}\" frameDuration=\"{}/{}s\" width=\"{}\" height=\"{}\" \
                 colorSpace=\"1-1-1 (Rec. 709)\"/>",
                index + 1,
                format_name(*raster, *fps),
                fps.den(),
                fps.num(),
                raster.width(),
                raster.height()
            );
        }
        text
    }
}

/// Apple's name of a format, where it has one.
fn format_name(raster: Raster, fps: Fps) -> String {
    let size = match (raster.width(), raster.height()) {
        (1280, 720) => "720p",
        (1920, 1080) => "1080p",
        (3840, 2160) => "3840x2160p",
        (4096, 2160) => "4096x2160p",
        _ => return "FFVideoFormatRateUndefined".to_owned(),
    };
    let rate = match (fps.num(), fps.den()) {
        (24_000, 1001) => "2398",
        (24, 1) => "24",
        (25, 1) => "25",
        (30_000, 1001) => "2997",
        (30, 1) => "30",
        (50, 1) => "50",
        (60_000, 1001) => "5994",
        (60, 1) => "60",
        _ => return "FFVideoFormatRateUndefined".to_owned(),
    };
    format!("FFVideoFormat{size}{rate}")
}

struct Writer<'a> {
    edit: &'a Edit<'a>,
    formats: Formats,
    assets: String,
    /// Ids of takes and stems, by file.
    ids: BTreeMap<String, String>,
}

impl Writer<'_> {
    /// An id for `file`; `None` where it has one: a take that was lent has one file under two names.
    fn new_id(&mut self, file: &str) -> Option<String> {
        let id = format!("r{}", self.ids.len() + 1);
        let is_new = !self.ids.contains_key(file);
        is_new.then(|| self.ids.insert(file.to_owned(), id.clone()));
        is_new.then_some(id)
    }

    /// Assets of everything that is seen, and of the takes that are not: they come along into the event.
    fn picture_assets(&mut self, seen: &[Seen<'_>], film: &str) {
        let edit = self.edit;
        let has_cards = seen.iter().any(|seen| matches!(seen.picture, SeenPicture::Master));
        if let Some(id) = has_cards.then(|| self.new_id(edit.master)).flatten() {
            let length = time(Seconds::of_frame(edit.locked.frames(), edit.fps()));
            let _ = writeln!(
                self.assets,
                "    <asset id=\"{id}\" name=\"{}\" start=\"0s\" duration=\"{length}\" hasVideo=\"1\" format=\"{film}\" \
                 videoSources=\"1\" hasAudio=\"1\" audioSources=\"1\" audioChannels=\"2\" audioRate=\"48000\">\n{}    \
                 </asset>",
                escaped(edit.master),
                media(edit.master)
            );
        }
        for take in edit.media.iter().flat_map(takes) {
            let Some(id) = self.new_id(&take.file) else { continue };
            let format = self.formats.id(take.raster, take.fps);
            let length = time(Seconds::of_frame(take.frames, take.fps));
            let _ = writeln!(
                self.assets,
                "    <asset id=\"{id}\" name=\"{}\" start=\"0s\" duration=\"{length}\" hasVideo=\"1\" format=\"{format}\" \
                 videoSources=\"1\">\n{}    </asset>",
                escaped(&take.name),
                media(&take.file)
            );
        }
    }

    fn stem_assets(&mut self) {
        let edit = self.edit;
        let (num, den) = Seconds::new(edit.locked.samples().into(), edit.locked.rate.hz().into())
            .unwrap_or(Seconds::ZERO)
            .ratio();
        for (name, file) in edit.stems {
            let Some(id) = self.new_id(file) else { continue };
            let _ = writeln!(
                self.assets,
                "    <asset id=\"{id}\" name=\"{}\" start=\"0s\" duration=\"{}\" hasAudio=\"1\" audioSources=\"1\" \
                 audioChannels=\"2\" audioRate=\"48000\">\n{}    </asset>",
                escaped(name),
                ratio(num, den),
                media(file)
            );
        }
    }

    fn spine(&self, seen: &[Seen<'_>]) -> String {
        let mut spine = String::new();
        for (index, seen) in seen.iter().enumerate() {
            let stems = if index == 0 { self.stems(seen) } else { String::new() };
            self.shot(&mut spine, seen, &stems);
        }
        spine
    }

    fn shot(&self, spine: &mut String, seen: &Seen<'_>, connected: &str) {
        let edit = self.edit;
        let place = seen.shot.film;
        let offset = Seconds::of_frame(edit.first_label.0.saturating_add(place.start.0), edit.fps());
        let times = format!(
            "offset=\"{}\" start=\"{}\" duration=\"{}\"",
            time(offset),
            time(seen.source(edit.fps())),
            time(Seconds::of_frame(seen.shot.frames(), edit.fps()))
        );
        let name = escaped(&seen.name());
        let note = format!("              <note>{}</note>\n", escaped(&seen.shot.reason));
        let file = match seen.picture {
            SeenPicture::Take { take, .. } => take.file.as_str(),
            SeenPicture::Master => edit.master,
            SeenPicture::Nothing => {
                let _ = writeln!(
                    spine,
                    "            <gap name=\"{name}\" {times}>\n{note}{connected}            </gap>"
                );
                return;
            }
        };
        let id = self.ids.get(file).map_or("", String::as_str);
        let _ = writeln!(
            spine,
            "            <asset-clip ref=\"{id}\" name=\"{name}\" {times} srcEnable=\"video\" videoRole=\"video\">\n{note}\
             {connected}            </asset-clip>"
        );
    }

    /// The stems, connected below the first shot; spoken lines are markers on the dialogue.
    fn stems(&self, first: &Seen<'_>) -> String {
        let edit = self.edit;
        let offset = time(first.source(edit.fps()));
        let length = time(Seconds::of_frame(edit.locked.frames(), edit.fps()));
        let mut text = String::new();
        for (index, (name, file)) in edit.stems.iter().enumerate() {
            let id = self.ids.get(file).map_or("", String::as_str);
            let _ = write!(
                text,
                "              <asset-clip ref=\"{id}\" name=\"{}\" lane=\"-{}\" offset=\"{offset}\" start=\"0s\" \
                 duration=\"{length}\" srcEnable=\"audio\" audioRole=\"{}\"",
                escaped(name),
                index + 1,
                escaped(name)
            );
            if name == "dialogue" {
                let _ = writeln!(text, ">\n{}              </asset-clip>", self.markers());
            } else {
                text.push_str("/>\n");
            }
        }
        text
    }

    fn markers(&self) -> String {
        let fps = self.edit.fps();
        let mut text = String::new();
        for line in self.edit.line_markers() {
            let _ = writeln!(
                text,
                "                <marker start=\"{}\" duration=\"{}\" value=\"{} {}\" note=\"{}\"/>",
                time(Seconds::of_frame(line.first, fps)),
                time(Seconds::of_frame(line.frames, fps)),
                escaped(&line.line),
                escaped(&line.character),
                escaped(&line.text)
            );
        }
        text
    }
}

fn takes(media: &ShotMedia) -> &[TakeMedia] {
    match media {
        ShotMedia::Takes { takes, .. } => takes,
        ShotMedia::Card => &[],
    }
}

fn media(file: &str) -> String {
    let source = if file.starts_with("../") { url(file) } else { format!("./{}", url(file)) };
    format!("      <media-rep kind=\"original-media\" src=\"{source}\"/>\n")
}

fn time(seconds: Seconds) -> String {
    let (num, den) = seconds.ratio();
    ratio(num, den)
}

fn ratio(num: i128, den: i128) -> String {
    if den == 1 { format!("{num}s") } else { format!("{num}/{den}s") }
}

/// Text between tags or quotation marks. What XML 1.0 cannot hold at all is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' | '\r' => out.push(' '),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}
