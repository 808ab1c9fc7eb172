//! The lines of a script as it is read: notes and boneyards taken out, with them the line breaks inside them.

use std::borrow::Cow;
use std::ops::Range;

use super::marks::{Mark, holds_together, line_break_bytes};

/// A line as it is read; several lines of the file where a note or boneyard spans them.
pub(super) struct Line<'a> {
    /// Place in the decoded text, line break included. Lines tile the text.
    pub range: Range<usize>,
    /// Lines of the file, counted from 1.
    pub lines: Range<u32>,
    /// What is left without notes and boneyards.
    pub text: Cow<'a, str>,
    /// Where notes stood: place in `text`, number of the mark.
    pub notes: Vec<(usize, usize)>,
    /// What sort of line.
    pub shape: Shape,
}

/// What a line is before its words are looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    /// Nothing, or a single space.
    Blank,
    /// Two spaces or more: blank, but it keeps a speech going.
    Held,
    /// Nothing but notes and boneyard within one line of the file, or notes over several.
    Hollow,
    /// Nothing but boneyard over several lines: it parts what stands before from what follows, as a blank line does.
    Gap,
    /// Words.
    Words,
}

/// Splits `text` into lines. `marks` are in order and do not overlap.
pub(super) fn split<'a>(text: &'a str, marks: &[Mark]) -> Vec<Line<'a>> {
    let (mut lines, mut next_mark, mut number) = (Vec::new(), 0, 1);
    let mut start = 0;
    while start < text.len() {
        let first_mark = next_mark;
        let mut count = 0;
        let mut at = start;
        loop {
            let (end, next) = line_end(text, at);
            count += 1;
            at = next;
            while marks.get(next_mark).is_some_and(|mark| mark.range.end <= end) {
                next_mark += 1;
            }
            let spanned = marks.get(next_mark).is_some_and(|mark| mark.range.start < next);
            if !spanned || at >= text.len() {
                lines.push(line(text, start..next, number..number + count, marks, first_mark));
                break;
            }
        }
        number += count;
        start = at;
    }
    lines
}

/// Where the line at `at` ends, without and with its line break.
fn line_end(text: &str, at: usize) -> (usize, usize) {
    let bytes = text.as_bytes();
    let end = at + bytes[at..].iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(bytes.len() - at);
    (end, end + line_break_bytes(&bytes[end..]))
}

fn line<'a>(text: &'a str, range: Range<usize>, lines: Range<u32>, marks: &[Mark], first: usize) -> Line<'a> {
    let raw = &text[range.clone()];
    let words = range.start..range.end - (raw.len() - raw.trim_end_matches(['\n', '\r']).len()).min(2);
    let inside: Vec<(usize, &Mark)> =
        marks.iter().enumerate().skip(first).take_while(|(_, mark)| mark.range.start < words.end).collect();
    if inside.is_empty() {
        let text = &text[words];
        return Line { range, lines, text: Cow::Borrowed(text), notes: Vec::new(), shape: plain_shape(text) };
    }
    let (left, notes) = without_marks(text, words, &inside);
    let has_note = inside.iter().any(|(_, mark)| mark.is_note);
    let shape = match left.trim().is_empty() {
        false => Shape::Words,
        true if !has_note && lines.len() > 1 => Shape::Gap,
        true => Shape::Hollow,
    };
    Line { range, lines, text: Cow::Owned(left), notes, shape }
}

fn plain_shape(text: &str) -> Shape {
    match (text.trim().is_empty(), holds_together(text)) {
        (false, _) => Shape::Words,
        (true, true) => Shape::Held,
        (true, false) => Shape::Blank,
    }
}

fn without_marks(text: &str, words: Range<usize>, marks: &[(usize, &Mark)]) -> (String, Vec<(usize, usize)>) {
    let (mut left, mut notes, mut at) = (String::new(), Vec::new(), words.start);
    for (number, mark) in marks {
        left.push_str(&text[at..mark.range.start]);
        if mark.is_note {
            notes.push((left.len(), *number));
        }
        at = mark.range.end;
        // `a [[note]] b` leaves one space, not two; a note at the line's start leaves no indentation.
        if text[at..words.end].starts_with(' ') && (left.is_empty() || left.ends_with(' ')) {
            at += 1;
        }
    }
    left.push_str(&text[at.min(words.end)..words.end]);
    (left, notes)
}
