//! Changes to a script, at their exact place, with every other byte untouched.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::AssistantError;

/// Lines that stand beside a change, by which its place is known again.
const BESIDE: usize = 2;

/// A change to a script: some of its lines for others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hunk {
    /// Its number, from 1.
    pub number: usize,
    /// The scene it is in.
    pub scene: String,
    /// Line of the file it begins on, from 1.
    pub line: usize,
    /// Lines just before it.
    pub before: Vec<String>,
    /// Lines that go; none where lines are only put in.
    pub old: Vec<String>,
    /// Lines that come.
    pub new: Vec<String>,
    /// Lines just after it.
    pub after: Vec<String>,
    /// Why, in the words of who proposes it.
    pub why: String,
}

/// A script's text by lines, without their line ends.
pub(crate) struct Lines<'a> {
    bytes: &'a [u8],
    text: Vec<&'a str>,
    /// Bytes of each line, its line end not counted in.
    places: Vec<Range<usize>>,
}

impl<'a> Lines<'a> {
    pub(crate) fn of(bytes: &'a [u8]) -> Result<Self, AssistantError> {
        let text = std::str::from_utf8(bytes)
            .map_err(|error| AssistantError::NotUtf8 { at: error.valid_up_to() })?;
        let (mut places, mut start, mut at) = (Vec::new(), 0, 0);
        while at < bytes.len() {
            let width = match bytes[at] {
                b'\r' if bytes.get(at + 1) == Some(&b'\n') => 2,
                b'\r' | b'\n' => 1,
                _ => 0,
            };
            if width > 0 {
                places.push(start..at);
                start = at + width;
            }
            at += width.max(1);
        }
        if start < bytes.len() {
            places.push(start..bytes.len());
        }
        // A byte order mark is no part of the first line.
        if let Some(first) = places.first_mut().filter(|_| text.starts_with('\u{feff}')) {
            first.start = '\u{feff}'.len_utf8().min(first.end);
        }
        let text = places.iter().map(|place| &text[place.clone()]).collect();
        Ok(Self { bytes, text, places })
    }

    /// The lines of `range`, counted from 0.
    pub(crate) fn at(&self, range: Range<usize>) -> &[&'a str] {
        self.text.get(range).unwrap_or_default()
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.text.len()
    }

    /// Where `wanted` stands within `range`, counted from 0; several places where it stands more than once. White space at
    /// the ends of lines does not count.
    pub(crate) fn find(&self, wanted: &[String], range: Range<usize>) -> Vec<usize> {
        let end = range.end.min(self.count());
        let same = |at: &usize| {
            wanted
                .iter()
                .enumerate()
                .all(|(number, line)| self.text[at + number].trim_end() == line.trim_end())
        };
        (range.start..(end + 1).saturating_sub(wanted.len())).filter(same).collect()
    }

    /// A change of `length` lines from line `at`, counted from 0.
    pub(crate) fn hunk(&self, scene: &str, at: usize, length: usize, new: Vec<String>, why: String) -> Hunk {
        let owned = |range: Range<usize>| self.at(range).iter().map(|line| (*line).to_owned()).collect();
        let end = at + length;
        Hunk {
            number: 0,
            scene: scene.to_owned(),
            line: at + 1,
            before: owned(at.saturating_sub(BESIDE)..at),
            old: owned(at..end),
            new,
            after: owned(end..(end + BESIDE).min(self.count())),
            why,
        }
    }

    /// Where `hunk` stands now, as line counted from 0: where the same lines stand with the same around them, where it was
    /// or else in the one such place; and where only the lines around them have changed, those lines themselves.
    fn place(&self, hunk: &Hunk) -> Result<usize, AssistantError> {
        let moved = |why: &str| AssistantError::Moved { number: hunk.number, why: why.to_owned() };
        let whole: Vec<String> = [&hunk.before[..], &hunk.old, &hunk.after].concat();
        let found = self.find(&whole, 0..self.count());
        let mut places: Vec<usize> = found.iter().map(|at| at + hunk.before.len()).collect();
        if places.is_empty() && !hunk.old.is_empty() {
            places = self.find(&hunk.old, 0..self.count());
        }
        match places.as_slice() {
            _ if places.contains(&(hunk.line - 1)) => Ok(hunk.line - 1),
            [place] => Ok(*place),
            [] => Err(moved("the lines there have been changed since")),
            _ => Err(moved("its lines stand in more than one place now")),
        }
    }

    /// What ends lines here.
    fn line_end(&self, near: usize) -> &'static str {
        let after = |line: usize| self.places.get(line).map_or(&[][..], |place| &self.bytes[place.end..]);
        let ends = [near, near.saturating_sub(1), 0].map(after);
        let end = ends.into_iter().find(|end| !end.is_empty());
        match end {
            Some([b'\r', b'\n', ..]) => "\r\n",
            Some([b'\r', ..]) => "\r",
            _ => "\n",
        }
    }

    /// The bytes that `hunk` replaces, and what comes in their place.
    fn replacement(&self, hunk: &Hunk) -> Result<(Range<usize>, String), AssistantError> {
        let at = self.place(hunk)?;
        let end = self.line_end(at);
        let new = hunk.new.join(end);
        let last = at + hunk.old.len();
        if hunk.old.is_empty() {
            let place = self.places.get(at).map_or(self.bytes.len(), |place| place.start);
            let open = at == self.count() && !self.bytes.is_empty() && !self.bytes.ends_with(b"\n");
            return Ok((place..place, if open { format!("{end}{new}") } else { format!("{new}{end}") }));
        }
        // Lines that only go take the line end behind them along.
        let next = self.places.get(last).map_or(self.bytes.len(), |place| place.start);
        let stop = if hunk.new.is_empty() { next } else { self.places[last - 1].end };
        Ok((self.places[at].start..stop, new))
    }
}

/// `script` with `hunks` in it, all or none. Every byte beside them stays.
///
/// A hunk goes where it was proposed, or where the same lines stand now, and nowhere else: an error where the text there
/// has changed since, or where two of them meet.
pub fn apply(script: &[u8], hunks: &[&Hunk]) -> Result<Vec<u8>, AssistantError> {
    let lines = Lines::of(script)?;
    let mut replacements = Vec::new();
    for hunk in hunks {
        let (place, new) = lines.replacement(hunk)?;
        replacements.push((place, new, hunk.number));
    }
    replacements.sort_by_key(|(place, ..)| (place.start, place.end));
    let (mut out, mut at) = (Vec::with_capacity(script.len()), 0);
    for (place, new, number) in replacements {
        if place.start < at {
            let why = "it overlaps another change".to_owned();
            return Err(AssistantError::Moved { number, why });
        }
        out.extend_from_slice(&script[at..place.start]);
        out.extend_from_slice(new.as_bytes());
        at = place.end;
    }
    out.extend_from_slice(&script[at..]);
    Ok(out)
}

impl Hunk {
    /// As a part of a unified diff.
    pub fn diff(&self) -> String {
        let start = self.line - self.before.len();
        let count = |lines: usize| self.before.len() + lines + self.after.len();
        let mut text = format!(
            "@@ -{start},{} +{start},{} @@ change {}, scene {}: {}\n",
            count(self.old.len()),
            count(self.new.len()),
            self.number,
            self.scene,
            self.why
        );
        for (mark, lines) in [(' ', &self.before), ('-', &self.old), ('+', &self.new), (' ', &self.after)] {
            for line in lines {
                text.push(mark);
                text.push_str(line);
                text.push('\n');
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str =
        "\u{feff}INT. A - NIGHT\r\n\r\nMINA\r\nWait.\r\n\r\nJONAS\r\nNo.  \r\n\r\nMINA\r\nWait.\r\n";

    fn hunk(script: &str, at: usize, length: usize, new: &[&str]) -> Hunk {
        let lines = Lines::of(script.as_bytes()).unwrap();
        let new = new.iter().map(|line| (*line).to_owned()).collect();
        Hunk { number: 1, ..lines.hunk("1", at, length, new, "why".to_owned()) }
    }

    fn applied(script: &str, hunks: &[&Hunk]) -> Result<String, String> {
        let bytes = apply(script.as_bytes(), hunks).map_err(|error| error.to_string())?;
        Ok(String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn every_byte_beside_a_change_stays() {
        let one = hunk(SCRIPT, 6, 1, &["Never.", "(beat)"]);
        assert_eq!(applied(SCRIPT, &[&one]).unwrap(), SCRIPT.replace("No.  ", "Never.\r\n(beat)"));
        let gone = hunk(SCRIPT, 5, 3, &[]);
        assert_eq!(applied(SCRIPT, &[&gone]).unwrap(), SCRIPT.replace("JONAS\r\nNo.  \r\n\r\n", ""));
        let put_in = hunk(SCRIPT, 4, 0, &["Please."]);
        assert_eq!(
            applied(SCRIPT, &[&put_in]).unwrap(),
            SCRIPT.replacen("Wait.\r\n", "Wait.\r\nPlease.\r\n", 1)
        );
        let both = applied(SCRIPT, &[&one, &put_in]).unwrap();
        assert!(both.contains("Please.\r\n\r\nJONAS\r\nNever."), "{both}");
        let last = hunk("A\n\nend", 2, 1, &["The end"]);
        assert_eq!(applied("A\n\nend", &[&last]).unwrap(), "A\n\nThe end");
        assert_eq!(applied("A\n\nend", &[]).unwrap(), "A\n\nend");
    }

    #[test]
    fn a_change_finds_its_place_again_or_is_refused() {
        let one = hunk(SCRIPT, 6, 1, &["Never."]);
        let longer = SCRIPT.replacen("INT.", "Title: X\r\n\r\nINT.", 1);
        assert_eq!(applied(&longer, &[&one]).unwrap(), longer.replace("No.  ", "Never."));
        let changed = SCRIPT.replace("No.", "Nope.");
        assert!(applied(&changed, &[&one]).unwrap_err().contains("changed since"));
        let twice = format!("{SCRIPT}\r\n{SCRIPT}").replace('\u{feff}', "X\r\n");
        assert!(applied(&twice, &[&one]).unwrap_err().contains("more than one place"));
        assert!(applied(SCRIPT, &[&one, &one]).unwrap_err().contains("overlaps"));
        assert!(apply(b"\xff\xfe", &[]).is_err());
    }

    #[test]
    fn a_change_reads_as_a_diff() {
        let diff = hunk("A\n\nMINA\nWait.\n\nB\n", 3, 1, &["Go."]).diff();
        assert_eq!(diff, "@@ -2,5 +2,5 @@ change 1, scene 1: why\n \n MINA\n-Wait.\n+Go.\n \n B\n");
    }
}
