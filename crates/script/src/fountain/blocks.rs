//! Lines to elements: what each line is, from what it says and what stands before and after it.

use std::collections::BTreeSet;

use super::cue::{self, Cue};
use super::element::Kind;
use super::heading;
use super::inline::{self, Styled};
use super::lines::{Line, Shape};
use super::title_page::{self, TitleLine};

/// An element whose place is still counted in lines as they are read.
pub(super) struct Block {
    pub kind: Kind,
    pub styled: Styled,
    /// First of its lines and the one after its last.
    pub lines: std::ops::Range<usize>,
}

/// What stands directly before a line, notes and boneyard aside.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// Nothing, an empty line, or a line that cannot be part of a paragraph.
    Clear,
    /// A heading.
    Heading,
    /// Words.
    Words,
}

/// Reads all `lines`. Each line is looked at once, and the one after it at most once more.
pub(super) fn read(lines: &[Line<'_>], cast: &BTreeSet<String>) -> Vec<Block> {
    let mut reader =
        Reader { lines, cast, at: 0, before: Before::Clear, speaking: false, blocks: Vec::new() };
    reader.title_page();
    while reader.at < lines.len() {
        reader.line();
    }
    reader.blocks
}

struct Reader<'a> {
    lines: &'a [Line<'a>],
    cast: &'a BTreeSet<String>,
    at: usize,
    before: Before,
    /// Whether a cue is open above.
    speaking: bool,
    blocks: Vec<Block>,
}

impl Reader<'_> {
    fn title_page(&mut self) {
        let worded = self.lines.iter().take_while(|line| matches!(line.shape, Shape::Words | Shape::Hollow));
        let end = title_page::length(worded.map(|line| &*line.text));
        for number in 0..end {
            let line = &self.lines[number];
            match title_page::read(&line.text) {
                Some(TitleLine::Field(key, value)) => {
                    let kind = Kind::TitleField { key: key.to_owned() };
                    self.blocks.push(Block {
                        kind,
                        styled: self.styled(number, value),
                        lines: number..number + 1,
                    });
                }
                Some(TitleLine::More(value)) => self.more_title(number, value),
                None => {}
            }
        }
        self.at = end;
    }

    fn more_title(&mut self, number: usize, value: &str) {
        let styled = self.styled(number, value);
        let Some(field) = self.blocks.last_mut() else { return };
        field.lines.end = number + 1;
        if field.styled.text.is_empty() && field.styled.notes.is_empty() {
            field.styled = styled;
        } else {
            field.styled.append(styled);
        }
    }

    fn line(&mut self) {
        let line = &self.lines[self.at];
        match line.shape {
            Shape::Blank => self.blank(),
            Shape::Held => self.held(),
            Shape::Hollow | Shape::Gap => self.hollow(line),
            Shape::Words => self.words(line.text.trim()),
        }
    }

    fn blank(&mut self) {
        self.push(Kind::Blank, "");
        (self.before, self.speaking) = (Before::Clear, false);
    }

    /// Two spaces keep a speech going when words follow.
    fn held(&mut self) {
        if !(self.speaking && self.next_shape() == Some(Shape::Words)) {
            return self.blank();
        }
        self.push(Kind::Dialogue, "");
        self.before = Before::Clear;
    }

    fn hollow(&mut self, line: &Line<'_>) {
        let kind = if line.notes.is_empty() { Kind::Boneyard } else { Kind::Note };
        self.push(kind, "");
        if line.shape == Shape::Gap {
            self.before = Before::Clear;
        }
    }

    fn words(&mut self, text: &str) {
        if self.structure(text) || self.heading(text) {
            self.speaking = false;
        } else if let Some(rest) = text.strip_prefix('!') {
            self.speaking = false;
            self.action(true, rest);
        } else if let Some(rest) = text.strip_prefix('~') {
            self.push(Kind::Lyric { voiced: self.speaking }, rest.trim());
            self.before = Before::Words;
        } else if !(self.marked(text) || self.cue(text)) {
            self.spoken_or_seen(text);
        }
    }

    /// What gives a script its order, and never sounds or shows.
    fn structure(&mut self, text: &str) -> bool {
        let hashes = text.bytes().take_while(|&b| b == b'#').count();
        if hashes > 0 {
            let depth = u8::try_from(hashes).unwrap_or(u8::MAX);
            self.push(Kind::Section { depth }, text[hashes..].trim_end_matches('#').trim());
        } else if text.len() >= 3 && text.bytes().all(|b| b == b'=') {
            self.push(Kind::PageBreak, "");
        } else if text.starts_with('=') && !text.starts_with("==") {
            self.push(Kind::Synopsis, text[1..].trim());
        } else {
            return false;
        }
        self.before = Before::Clear;
        true
    }

    fn heading(&mut self, text: &str) -> bool {
        if self.before == Before::Words {
            return false;
        }
        let forced = heading::forced(text);
        let unforced = heading::beginning(text).filter(|beginning| {
            // Small letters over a further line are more likely a sentence.
            self.nothing_follows() || !beginning.contains(char::is_lowercase)
        });
        let Some(whole) = forced.or(unforced.map(|_| text)) else { return false };
        let (words, number) = heading::take_number(whole);
        let kind = Kind::Heading { forced: forced.is_some(), number: number.map(str::to_owned) };
        self.push(kind, words);
        self.before = Before::Heading;
        true
    }

    /// Centred text and transitions.
    fn marked(&mut self, text: &str) -> bool {
        let (kind, words) = match text.strip_prefix('>') {
            Some(rest) => match rest.strip_suffix('<') {
                Some(inner) => (Kind::Centred, inner.trim()),
                None => (Kind::Transition { forced: true }, rest.trim()),
            },
            None if self.is_transition(text) => (Kind::Transition { forced: false }, text),
            None => return false,
        };
        self.push(kind, words);
        (self.before, self.speaking) = (Before::Words, false);
        true
    }

    /// Capitals that end in `TO:`, alone between empty lines. A space after the colon makes it action.
    fn is_transition(&self, text: &str) -> bool {
        self.before == Before::Clear
            && self.lines[self.at].text.ends_with("TO:")
            && !text.contains(char::is_lowercase)
            && self.nothing_follows()
    }

    fn cue(&mut self, text: &str) -> bool {
        let forced = text.strip_prefix('@').and_then(cue::read_forced);
        let is_forced = forced.is_some();
        let cue = forced.or_else(|| {
            let stands = self.before == Before::Clear && !self.nothing_follows();
            stands.then(|| cue::read(&inline::plain(text, &[]).text, self.cast)).flatten()
        });
        let Some(Cue { name, extensions, continued, dual, .. }) = cue else { return false };
        self.push(Kind::Cue { forced: is_forced, extensions, continued, dual }, "");
        if let Some(block) = self.blocks.last_mut() {
            block.styled.text = inline::plain(&name, &[]).text;
            block.styled.notes.iter_mut().for_each(|(place, _)| *place = block.styled.text.len());
        }
        (self.before, self.speaking) = (Before::Words, true);
        true
    }

    fn spoken_or_seen(&mut self, text: &str) {
        if !self.speaking {
            let indented = self.lines[self.at].text.trim_end();
            return self.action(false, indented);
        }
        match text.strip_prefix(['(', '（']).and_then(|rest| rest.strip_suffix([')', '）'])) {
            Some(inner) if !inner.contains(['(', ')', '（', '）']) => {
                self.push(Kind::Parenthetical, inner.trim());
            }
            _ => self.push(Kind::Dialogue, text),
        }
        self.before = Before::Words;
    }

    /// Action joins the paragraph directly above.
    fn action(&mut self, forced: bool, text: &str) {
        let styled = self.styled(self.at, text);
        let at = self.at;
        let joins = self.before == Before::Words;
        match self.blocks.last_mut() {
            Some(above) if joins && matches!(above.kind, Kind::Action { .. }) => {
                above.styled.append(styled);
                above.lines.end = at + 1;
            }
            _ => self.blocks.push(Block { kind: Kind::Action { forced }, styled, lines: at..at + 1 }),
        }
        self.at += 1;
        self.before = Before::Words;
    }

    fn push(&mut self, kind: Kind, text: &str) {
        let styled = self.styled(self.at, text);
        self.blocks.push(Block { kind, styled, lines: self.at..self.at + 1 });
        self.at += 1;
    }

    /// `text`, a part of line `number`, without its emphasis marks and with the notes at their places in it.
    fn styled(&self, number: usize, text: &str) -> Styled {
        let line = &self.lines[number];
        // `text` is a slice of the line (or empty), so its address tells where in the line it begins.
        let before = (text.as_ptr() as usize).saturating_sub(line.text.as_ptr() as usize);
        let notes: Vec<(usize, usize)> =
            line.notes.iter().map(|&(at, note)| (at.saturating_sub(before).min(text.len()), note)).collect();
        inline::plain(text, &notes)
    }

    fn next_shape(&self) -> Option<Shape> {
        self.lines[self.at + 1..].iter().map(|line| line.shape).find(|&shape| shape != Shape::Hollow)
    }

    /// Whether an empty line or the end follows.
    fn nothing_follows(&self) -> bool {
        self.next_shape() != Some(Shape::Words)
    }
}
