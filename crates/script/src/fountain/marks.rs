//! Notes `[[ ]]` and boneyards `/* */`: what is taken out of the text before anything else is read.

use std::ops::Range;

/// A stretch of text that is not part of the screenplay.
pub(super) struct Mark {
    /// Whether it is a note; else it is a boneyard.
    pub is_note: bool,
    /// Place in the text, brackets included.
    pub range: Range<usize>,
    /// What stands between the brackets.
    pub inner: Range<usize>,
    /// Whether it was closed by its own bracket.
    pub closed: bool,
}

/// All notes and boneyards in order, and the place of a `/*` that is never closed (and so opens nothing).
pub(super) fn find_marks(text: &str) -> (Vec<Mark>, Option<usize>) {
    let bytes = text.as_bytes();
    let (mut marks, mut unclosed, mut at) = (Vec::new(), None, 0);
    while at + 1 < bytes.len() {
        let mark = match &bytes[at..at + 2] {
            b"[[" => Some(note_from(text, at)),
            b"/*" if unclosed.is_none() => {
                let mark = boneyard_from(text, at);
                if mark.is_none() {
                    unclosed = Some(at);
                }
                mark
            }
            _ => None,
        };
        at = mark.as_ref().map_or(at + 1, |mark| mark.range.end);
        marks.extend(mark);
    }
    (marks, unclosed)
}

fn boneyard_from(text: &str, at: usize) -> Option<Mark> {
    let inner = at + 2..at + 2 + text[at + 2..].find("*/")?;
    Some(Mark { is_note: false, range: at..inner.end + 2, inner, closed: true })
}

/// A note runs to `]]`; without one, to the last line before a truly blank line, or to the end.
fn note_from(text: &str, at: usize) -> Mark {
    let bytes = text.as_bytes();
    let mut end = at + 2;
    while end < bytes.len() {
        if bytes[end..].starts_with(b"]]") {
            return Mark { is_note: true, range: at..end + 2, inner: at + 2..end, closed: true };
        }
        if matches!(bytes[end], b'\n' | b'\r') {
            let next = end + line_break_bytes(&bytes[end..]);
            if next == bytes.len() || is_truly_blank(line_at(text, next)) {
                break;
            }
            end = next;
        } else {
            end += 1;
        }
    }
    Mark { is_note: true, range: at..end, inner: at + 2..end, closed: false }
}

/// Length of the line break that `bytes` begins with, 0 when it begins with none.
pub(super) fn line_break_bytes(bytes: &[u8]) -> usize {
    match bytes {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}

fn line_at(text: &str, start: usize) -> &str {
    // Two characters decide whether a line is blank, so a long one is not looked through.
    let rest = &text[start..];
    let end = rest.find(|c: char| matches!(c, '\n' | '\r') || !c.is_whitespace()).unwrap_or(rest.len());
    match rest[end..].chars().next() {
        None | Some('\n' | '\r') => &rest[..end],
        Some(c) => &rest[..end + c.len_utf8()],
    }
}

/// Whether a line holds nothing, or too little (less than two spaces) to hold a note or a speech together.
pub(super) fn is_truly_blank(line: &str) -> bool {
    line.trim().is_empty() && !holds_together(line)
}

/// Whether a line of white space is one that a writer typed to keep a speech or a note going: two spaces or a tab.
pub(super) fn holds_together(line: &str) -> bool {
    let columns: usize =
        line.chars().take(2).map(|c| if matches!(c, '\t' | '\u{3000}') { 2 } else { 1 }).sum();
    line.trim().is_empty() && columns >= 2
}
