use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use soundlock_time::{FilmFrame, Timecode};

use crate::ExchangeError;
use crate::edit::{Edit, Seen, SeenPicture, ShotMedia, counts_drop_frame};

/// Signs of a reel's name: what every machine reads.
const REEL_SIGNS: usize = 8;

/// An edit decision list of one track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edl {
    /// The track: `picture`, or the stem's name.
    pub track: String,
    /// Its text.
    pub text: String,
}

/// The edit as CMX3600 lists, one for the picture and one for each stem: the format holds one track of picture.
///
/// Places in a take are counted in film frames, whatever rate it runs at: one list has one rate, and a source longer
/// than its place would be a speed change. 29.97 and 59.94 count with drop-frame, so that labels keep up with the clock.
///
/// Source: SMPTE 258M (CMX3600 as it is exchanged today); `* LOC` and `* FROM CLIP NAME` as Avid and Resolve write them.
pub fn edl(edit: &Edit<'_>) -> Result<Vec<Edl>, ExchangeError> {
    let writer = Writer::of(edit);
    let mut lists = vec![Edl { track: "picture".to_owned(), text: writer.picture()? }];
    for (name, file) in edit.stems {
        lists.push(Edl { track: name.clone(), text: writer.stem(name, file) });
    }
    Ok(lists)
}

/// The reel of every take: shot and number where they fit, else a running number.
pub(crate) fn reels(edit: &Edit<'_>) -> HashMap<String, (usize, usize)> {
    let mut reels = HashMap::new();
    let mut number = 0;
    for (shot, media) in edit.media.iter().enumerate() {
        let ShotMedia::Takes { takes, .. } = media else { continue };
        for (index, take) in takes.iter().enumerate() {
            let plain: String = take.name.chars().filter(char::is_ascii_alphanumeric).collect();
            number += 1;
            let reel = if plain.len() <= REEL_SIGNS && !reels.contains_key(&plain) {
                plain
            } else {
                format!("T{number:07}")
            };
            reels.insert(reel, (shot, index));
        }
    }
    reels
}

struct Writer<'a> {
    edit: &'a Edit<'a>,
    drop_frame: bool,
    /// Label of the first frame, as a frame number.
    first: u32,
}

impl<'a> Writer<'a> {
    fn of(edit: &'a Edit<'a>) -> Self {
        Self { edit, drop_frame: counts_drop_frame(edit.fps()), first: edit.first_label.0 }
    }

    fn head(&self, track: &str) -> String {
        let mode = if self.drop_frame { "DROP FRAME" } else { "NON-DROP FRAME" };
        let title = one_line(self.edit.title);
        format!("TITLE: {title}{track}\nFCM: {mode}\n\n")
    }

    fn picture(&self) -> Result<String, ExchangeError> {
        let mut text = self.head("");
        let reels: HashMap<_, _> = reels(self.edit).into_iter().map(|(reel, place)| (place, reel)).collect();
        let markers = self.edit.line_markers();
        let mut markers = markers.iter().peekable();
        for (index, seen) in self.edit.seen()?.iter().enumerate() {
            let (reel, file, first) = self.source(index, seen, &reels);
            let (from, to) = (seen.shot.film.start.0, seen.shot.film.end.0);
            self.event(&mut text, index + 1, &reel, "V", first, (from, to));
            let _ = writeln!(text, "* FROM CLIP NAME: {}", one_line(&seen.name()));
            if let Some(file) = file {
                let _ = writeln!(text, "* SOURCE FILE: {}", one_line(file));
            }
            while let Some(marker) = markers.next_if(|marker| marker.first < to) {
                let words = one_line(&format!("{} {}: {}", marker.line, marker.character, marker.text));
                let _ = writeln!(text, "* LOC: {} CYAN    {words}", self.label(self.first + marker.first));
            }
            text.push('\n');
        }
        Ok(text)
    }

    /// Reel, file and first frame of what is seen, in film frames.
    fn source<'s>(
        &self,
        index: usize,
        seen: &Seen<'s>,
        reels: &HashMap<(usize, usize), String>,
    ) -> (String, Option<&'s str>, u32)
    where
        'a: 's,
    {
        match (seen.picture, &self.edit.media[index]) {
            (SeenPicture::Take { take, .. }, ShotMedia::Takes { circled: Some(circled), head, .. }) => {
                let reel = reels.get(&(index, *circled)).cloned().unwrap_or_default();
                (reel, Some(take.file.as_str()), *head)
            }
            (SeenPicture::Master, _) => ("MASTER".to_owned(), Some(self.edit.master), seen.shot.film.start.0),
            _ => ("BL".to_owned(), None, 0),
        }
    }

    fn stem(&self, name: &str, file: &str) -> String {
        let mut text = self.head(&format!(" ({name})"));
        let reel: String =
            name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_uppercase();
        let reel: String = reel.chars().take(REEL_SIGNS).collect();
        self.event(&mut text, 1, &reel, "AA", 0, (0, self.edit.locked.frames()));
        let _ = writeln!(text, "* FROM CLIP NAME: {}", one_line(name));
        let _ = writeln!(text, "* SOURCE FILE: {}", one_line(file));
        text
    }

    fn event(
        &self,
        text: &mut String,
        number: usize,
        reel: &str,
        track: &str,
        first: u32,
        (from, to): (u32, u32),
    ) {
        let source = (self.label(first), self.label(first + (to - from)));
        let record = (self.label(self.first + from), self.label(self.first + to));
        let _ = writeln!(
            text,
            "{number:03}  {reel:8} {track:5} C        {} {} {} {}",
            source.0, source.1, record.0, record.1
        );
    }

    fn label(&self, frame: u32) -> Timecode {
        let fps = self.edit.fps();
        let frame = FilmFrame(frame);
        let dropped = Timecode::drop_frame(frame, fps).ok().filter(|_| self.drop_frame);
        dropped.unwrap_or_else(|| Timecode::of(frame, fps))
    }
}

/// A line of a list ends where it ends.
fn one_line(text: &str) -> String {
    let unused: HashSet<char> = ['\r', '\n', '\t'].into();
    text.chars().map(|c| if unused.contains(&c) { ' ' } else { c }).collect()
}
