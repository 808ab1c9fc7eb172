//! Emphasis: `*italic*`, `**bold**`, `***both***`, `_underlined_`, and `\` before a mark that is meant as itself.
//!
//! Marks pair within one line. One that finds no partner, or has a space on its inner side, stands for itself.

use std::ops::Range;

use serde::Serialize;

/// How a stretch of text looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Style {
    /// `**`
    pub bold: bool,
    /// `*`
    pub italic: bool,
    /// `_`
    pub underlined: bool,
}

/// A stretch of text in one style.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Run {
    /// Bytes of the plain text.
    pub range: Range<usize>,
    /// How it looks.
    pub style: Style,
}

/// A line without its marks.
#[derive(Debug, Default)]
pub(super) struct Styled {
    /// What is read.
    pub text: String,
    /// Where it is emphasised; ascending, no overlaps, plain stretches left out.
    pub runs: Vec<Run>,
    /// Where notes stood: place in `text`, number of the note.
    pub notes: Vec<(usize, usize)>,
}

/// A row of `*`, or a `_`, that may open or close.
struct Mark {
    at: usize,
    length: usize,
    star: bool,
    opens: bool,
    closes: bool,
}

/// What a mark takes away from the text, and the emphasis that two of them make.
#[derive(Default)]
struct Pairs {
    removed: Vec<Range<usize>>,
    emphasis: Vec<(Range<usize>, Style)>,
}

/// Takes the marks out of `line`; `notes` are places in it, ascending.
pub(super) fn plain(line: &str, notes: &[(usize, usize)]) -> Styled {
    if !line.contains(['*', '_', '\\']) {
        return Styled { text: line.to_owned(), runs: Vec::new(), notes: notes.to_vec() };
    }
    let (marks, escapes) = find_marks(line);
    let mut pairs = pair(&marks);
    pairs.removed.extend(escapes);
    pairs.removed.sort_by_key(|range| range.start);
    cut(line, notes, pairs)
}

fn find_marks(line: &str) -> (Vec<Mark>, Vec<Range<usize>>) {
    let (bytes, mut marks, mut escapes, mut at) = (line.as_bytes(), Vec::new(), Vec::new(), 0);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if matches!(bytes.get(at + 1), Some(b'*' | b'_' | b'\\')) => {
                escapes.push(at..at + 1);
                at += 2;
            }
            byte @ (b'*' | b'_') => {
                let row = bytes[at..].iter().take_while(|&&b| b == byte).count();
                marks.extend(mark(line, at, row, byte == b'*'));
                at += row;
            }
            _ => at += 1,
        }
    }
    (marks, escapes)
}

fn mark(line: &str, at: usize, row: usize, star: bool) -> Option<Mark> {
    if row > if star { 3 } else { 1 } {
        return None;
    }
    let before = line[..at].chars().next_back();
    let after = line[at + row..].chars().next();
    let opens = after.is_some_and(|c| !c.is_whitespace());
    let closes = before.is_some_and(|c| !c.is_whitespace());
    // `file_name_one` is a name, not a `name` underlined; what follows may be a Korean particle, so only openings count.
    let opens = opens && (star || !before.is_some_and(char::is_alphanumeric));
    Some(Mark { at, length: row, star, opens, closes })
}

/// Pairs each closing mark with the nearest open one of its kind; `***` also closes `*` and `**`, and the reverse.
fn pair(marks: &[Mark]) -> Pairs {
    // Open marks with what is left of them, and how many there are of each length, so that a mark without a
    // partner need not look through them all.
    let (mut open, mut waiting, mut pairs) = (Vec::<Mark>::new(), [0_usize; 4], Pairs::default());
    for mark in marks {
        let mut left = mark.length;
        let mut at = mark.at;
        while mark.closes && left > 0 && is_awaited(mark.star, left, &waiting) {
            let Some(mut opener) = pop_partner(&mut open, &mut waiting, mark.star, left) else { break };
            let length = opener.length.min(left);
            opener.length -= length;
            let inner = opener.at + opener.length;
            pairs.removed.extend([inner..inner + length, at..at + length]);
            pairs.emphasis.push((inner + length..at, style(mark.star, length)));
            if opener.length > 0 {
                waiting[slot(&opener)] += 1;
                open.push(opener);
            }
            left -= length;
            at += length;
        }
        if mark.opens && left == mark.length {
            waiting[slot(mark)] += 1;
            open.push(Mark { ..*mark });
        }
    }
    pairs
}

/// Whether some open mark can be closed by a row of `left` marks.
fn is_awaited(star: bool, left: usize, waiting: &[usize; 4]) -> bool {
    match (star, left) {
        (false, _) => waiting[0] > 0,
        (true, 3) => waiting[1..].iter().any(|&count| count > 0),
        (true, length) => waiting[length] > 0 || waiting[3] > 0,
    }
}

/// Takes the nearest fitting open mark, and drops those above it: they stand for themselves.
fn pop_partner(open: &mut Vec<Mark>, waiting: &mut [usize; 4], star: bool, left: usize) -> Option<Mark> {
    let only_three = left == 3 && waiting[3] > 0;
    while let Some(opener) = open.pop() {
        waiting[slot(&opener)] -= 1;
        let fits = if only_three {
            opener.length == 3
        } else {
            left == 3 || matches!(opener.length, 3) || opener.length == left
        };
        if opener.star == star && fits {
            return Some(opener);
        }
    }
    None
}

fn slot(mark: &Mark) -> usize {
    if mark.star { mark.length } else { 0 }
}

fn style(star: bool, length: usize) -> Style {
    Style { bold: star && length >= 2, italic: star && length != 2, underlined: !star }
}

/// Cuts the removed stretches out, and brings notes and emphasis to their places in what is left.
fn cut(line: &str, notes: &[(usize, usize)], pairs: Pairs) -> Styled {
    let (mut text, mut at, mut kept) = (String::with_capacity(line.len()), 0, vec![(0, 0)]);
    for range in &pairs.removed {
        text.push_str(&line[at..range.start]);
        at = range.end;
        kept.push((range.start, text.len()));
        kept.push((range.end, text.len()));
    }
    text.push_str(&line[at..]);
    let place = |at: usize| {
        let (from, to) = kept[kept.partition_point(|&(from, _)| from <= at) - 1];
        to + (at - from)
    };
    let notes = notes.iter().map(|&(at, note)| (place(at), note)).collect();
    let spans =
        pairs.emphasis.into_iter().map(|(range, style)| (place(range.start)..place(range.end), style));
    let runs = flatten(spans.collect());
    Styled { text, runs, notes }
}

/// Nested emphasis as stretches side by side.
fn flatten(spans: Vec<(Range<usize>, Style)>) -> Vec<Run> {
    let mut edges: Vec<(usize, i32, Style)> = spans
        .into_iter()
        .flat_map(|(range, style)| [(range.start, 1, style), (range.end, -1, style)])
        .collect();
    edges.sort_by_key(|&(at, step, _)| (at, step));
    let (mut runs, mut depth, mut from) = (Vec::<Run>::new(), [0_i32; 3], 0);
    for (at, step, style) in edges {
        let now = Style { bold: depth[0] > 0, italic: depth[1] > 0, underlined: depth[2] > 0 };
        if at > from && now != Style::default() {
            match runs.last_mut() {
                Some(last) if last.range.end == from && last.style == now => last.range.end = at,
                _ => runs.push(Run { range: from..at, style: now }),
            }
        }
        from = at;
        depth[0] += step * i32::from(style.bold);
        depth[1] += step * i32::from(style.italic);
        depth[2] += step * i32::from(style.underlined);
    }
    runs
}

impl Styled {
    /// Adds `next` as a further line below.
    pub(super) fn append(&mut self, next: Styled) {
        self.text.push('\n');
        let shift = self.text.len();
        self.text.push_str(&next.text);
        let moved =
            |run: Run| Run { range: run.range.start + shift..run.range.end + shift, style: run.style };
        self.runs.extend(next.runs.into_iter().map(moved));
        self.notes.extend(next.notes.into_iter().map(|(at, note)| (at + shift, note)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shows styles as tags, so that a case is one line.
    fn shown(line: &str) -> String {
        let styled = plain(line, &[]);
        let (mut out, mut at) = (String::new(), 0);
        for run in &styled.runs {
            let tag: String = [(run.style.bold, 'b'), (run.style.italic, 'i'), (run.style.underlined, 'u')]
                .iter()
                .filter_map(|&(on, letter)| on.then_some(letter))
                .collect();
            out += &styled.text[at..run.range.start];
            out += &["<", &tag, ">", &styled.text[run.range.clone()], "</", &tag, ">"].concat();
            at = run.range.end;
        }
        out + &styled.text[at..]
    }

    #[test]
    fn emphasis_is_read_as_the_specification_says() {
        let cases = [
            ("*a* **b** ***c*** _d_", "<i>a</i> <b>b</b> <bi>c</bi> <u>d</u>"),
            ("_a *b* c_", "<u>a </u><iu>b</iu><u> c</u>"),
            (r"the keypad: **\*9765\***", "the keypad: <b>*9765*</b>"),
            ("dialed *69 and then *23, and", "dialed *69 and then *23, and"),
            ("dialed *69 and then 23*, and", "dialed <i>69 and then 23</i>, and"),
            ("dialed ***69 and then 23***, and", "dialed <bi>69 and then 23</bi>, and"),
            ("dialed _69 and then 23 _, and", "dialed _69 and then 23 _, and"),
            (r"dialed *69 and then 23\*, and", "dialed *69 and then 23*, and"),
            ("***a** b*", "<bi>a</bi><i> b</i>"),
            ("**a *b***", "<b>a </b><bi>b</bi>"),
            ("a * b * c", "a * b * c"),
            ("file_name_one", "file_name_one"),
            ("_강조_는", "<u>강조</u>는"),
            (r"a\b \\ c", r"a\b \ c"),
            ("****", "****"),
            ("", ""),
        ];
        for (line, expected) in cases {
            assert_eq!(shown(line), expected, "{line}");
        }
    }

    #[test]
    fn notes_keep_their_place_when_marks_are_cut() {
        assert_eq!(plain("*a* b", &[(3, 7)]).notes, [(1, 7)]);
        assert_eq!(plain("*a* b", &[(0, 1), (5, 2)]).notes, [(0, 1), (3, 2)]);
    }
}
