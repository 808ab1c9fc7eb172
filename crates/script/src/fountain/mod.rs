//! A Fountain file read without loss.
//!
//! Reading goes in steps, each in a file of its own: bytes to text (`decode`), notes and boneyard (`marks`), lines
//! (`lines`), elements (`blocks`, with `title_page`, `heading` and `cue`), emphasis (`inline`). Each step takes time
//! in proportion to the file.

mod blocks;
mod cue;
mod decode;
mod element;
mod heading;
mod inline;
mod lines;
mod marks;
mod title_page;

use std::collections::BTreeSet;

use crate::{Finding, Severity, Span};
use blocks::Block;
use decode::{Decoded, Trouble};
use lines::Line;
use marks::Mark;

pub(crate) use cue::is_caseless;
pub use element::{Element, Kind, Note};
pub(crate) use heading::beginning as heading_beginning;
pub use inline::{Run, Style};

/// A Fountain file: its elements in order, and all that was found on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fountain {
    source: Vec<u8>,
    /// Every part of the file, in its order; their spans tile it.
    pub elements: Vec<Element>,
    /// Every note, in the file's order, inside other elements or alone.
    pub notes: Vec<Note>,
    /// Every boneyard, in the file's order.
    pub boneyards: Vec<Span>,
    /// What could not be read as it stands.
    pub findings: Vec<Finding>,
}

impl Fountain {
    /// Reads a file, whatever it holds. `cast` are names that make a cue without `@` in scripts without capitals.
    ///
    /// UTF-8 with or without byte order mark, line ends of every sort; UTF-16 with a mark, and bytes that are not
    /// UTF-8, are read as far as they can be, and said so in a finding.
    pub fn read(bytes: &[u8], cast: &[String]) -> Self {
        let decoded = Decoded::read(bytes);
        let (marks, unclosed) = marks::find_marks(&decoded.text);
        let lines = lines::split(&decoded.text, &marks);
        let cast: BTreeSet<String> = cast.iter().map(|name| name.trim().to_owned()).collect();
        let blocks = blocks::read(&lines, &cast);
        let places = Places::new(&decoded, &lines, bytes.len());
        let mut fountain = Self {
            source: bytes.to_vec(),
            elements: elements(blocks, &lines, &marks, &places),
            notes: notes(&marks, &places),
            boneyards: marks
                .iter()
                .filter(|mark| !mark.is_note)
                .map(|mark| places.span(&mark.range))
                .collect(),
            findings: Vec::new(),
        };
        fountain.findings = reading_findings(&decoded, &marks, unclosed, &places);
        fountain
    }

    /// The file again, byte for byte.
    pub fn print(&self) -> Vec<u8> {
        self.elements.iter().flat_map(|element| &self.source[element.span.bytes.clone()]).copied().collect()
    }
}

/// Places in the text as places in the file.
struct Places<'a> {
    decoded: &'a Decoded,
    /// Where each line of the file begins in the text.
    starts: Vec<usize>,
    file_bytes: usize,
}

impl<'a> Places<'a> {
    fn new(decoded: &'a Decoded, lines: &[Line<'_>], file_bytes: usize) -> Self {
        let mut starts = Vec::with_capacity(lines.len());
        let bytes = decoded.text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            starts.push(at);
            let end =
                bytes[at..].iter().position(|b| matches!(b, b'\n' | b'\r')).map_or(bytes.len(), |n| at + n);
            at = end + marks::line_break_bytes(&bytes[end..]);
        }
        Self { decoded, starts, file_bytes }
    }

    /// Number of the line, from 1, in which the text's byte `at` stands.
    fn line(&self, at: usize) -> u32 {
        self.starts.partition_point(|&start| start <= at).max(1) as u32
    }

    fn span(&self, text: &std::ops::Range<usize>) -> Span {
        let last = text.end.saturating_sub(1).max(text.start);
        Span {
            bytes: self.decoded.byte(text.start)..self.decoded.byte(text.end),
            lines: self.line(text.start)..self.line(last) + 1,
        }
    }
}

fn elements(blocks: Vec<Block>, lines: &[Line<'_>], marks: &[Mark], places: &Places<'_>) -> Vec<Element> {
    // Marks are numbered notes and boneyards together; elements point to notes.
    let mut note_numbers = Vec::with_capacity(marks.len());
    let mut count = 0;
    for mark in marks {
        note_numbers.push(count);
        count += usize::from(mark.is_note);
    }
    let mut elements: Vec<Element> = blocks
        .into_iter()
        .map(|block| {
            let (first, last) = (&lines[block.lines.start], &lines[block.lines.end - 1]);
            let bytes = places.decoded.byte(first.range.start)..places.decoded.byte(last.range.end);
            let notes = block.styled.notes.into_iter().map(|(at, mark)| (at, note_numbers[mark])).collect();
            let span = Span { bytes, lines: first.lines.start..last.lines.end };
            Element { kind: block.kind, span, text: block.styled.text, runs: block.styled.runs, notes }
        })
        .collect();
    match elements.first_mut() {
        // A byte order mark belongs to the first element.
        Some(first) => first.span.bytes.start = 0,
        None if places.file_bytes > 0 => elements.push(Element {
            kind: Kind::Blank,
            span: Span { bytes: 0..places.file_bytes, lines: 1..2 },
            text: String::new(),
            runs: Vec::new(),
            notes: Vec::new(),
        }),
        None => {}
    }
    elements
}

fn notes(marks: &[Mark], places: &Places<'_>) -> Vec<Note> {
    let note = |mark: &Mark| Note {
        text: places.decoded.text[mark.inner.clone()].to_owned(),
        span: places.span(&mark.range),
    };
    marks.iter().filter(|mark| mark.is_note).map(note).collect()
}

fn reading_findings(
    decoded: &Decoded,
    marks: &[Mark],
    unclosed: Option<usize>,
    places: &Places<'_>,
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = encoding_finding(decoded, places).into_iter().collect();
    let open_notes = marks.iter().filter(|mark| !mark.closed);
    findings.extend(open_notes.map(|mark| Finding {
        severity: Severity::Warning,
        rule: "note-not-closed",
        span: places.span(&mark.range),
        message:
            "a note is opened with `[[` and not closed; it is taken to end before the next empty line".into(),
        hint: Some("close it with `]]`; to keep an empty line inside it, put two spaces on that line".into()),
    }));
    findings.extend(unclosed.map(|at| {
        Finding {
            severity: Severity::Error,
            rule: "boneyard-not-closed",
            span: places.span(&(at..at + 2)),
            message:
                "a boneyard is opened with `/*` and never closed; what follows is read as part of the script"
                    .into(),
            hint: Some("close it with `*/`".into()),
        }
    }));
    findings
}

fn encoding_finding(decoded: &Decoded, places: &Places<'_>) -> Option<Finding> {
    let (rule, at, message, hint) = match decoded.trouble? {
        Trouble::Utf16 => ("utf-16", 0, "the file is UTF-16; it is read all the same", "save it as UTF-8"),
        Trouble::Invalid(byte) => (
            "not-utf-8",
            byte,
            "bytes that are not UTF-8; they are shown as \u{fffd}",
            "save it as UTF-8, for older Korean files `iconv -f CP949 -t UTF-8`",
        ),
    };
    let line = places.starts.partition_point(|&start| decoded.byte(start) <= at).max(1) as u32;
    Some(Finding {
        severity: Severity::Warning,
        rule,
        span: Span { bytes: at..(at + 1).min(places.file_bytes), lines: line..line + 1 },
        message: message.into(),
        hint: Some(hint.into()),
    })
}
