//! Pages of the script as its writer counts them.

use unicode_width::UnicodeWidthStr;

use crate::fountain::{Element, Fountain, Kind};

/// Lines on a page and columns in them: Courier 12 point, ten columns to the inch, six lines to the inch, inch margins.
const LINES: usize = 55;
const ACTION_COLUMNS: usize = 61;
const DIALOGUE_COLUMNS: usize = 35;
const PARENTHETICAL_COLUMNS: usize = 26;
/// Two that speak at once stand in two columns.
const DUAL_COLUMNS: usize = 28;
/// A name or a heading is not left alone at the foot of a page: it wants its own line, one more, and what is between.
const KEPT_TOGETHER: usize = 3;

/// On which page of the printed script each part of it stands.
///
/// The count is the usual one, a page for about a minute: 55 lines of Courier 12 to the page, action 61 columns wide,
/// dialogue 35, an empty line before each part; Hangul and other wide letters take two columns. The title page, notes,
/// sections and synopses are not printed; `===` begins a new page; a name is kept with the first line under it. A
/// screenwriting program that breaks pages by other rules may differ by a page now and then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pages {
    /// First byte of each printed element and its page.
    starts: Vec<(usize, u32)>,
}

/// A place on the pages: the page, and how many of its lines are used.
type Place = (u32, usize);

/// Where the next line is printed.
struct Head {
    place: Place,
    /// Where the last speech began.
    speech: Place,
    /// Where the left one of two speeches ended, while the right one is printed beside it.
    left_end: Option<Place>,
}

impl Pages {
    /// Counts the pages of a script.
    pub fn of(fountain: &Fountain) -> Self {
        let mut head = Head { place: (1, 0), speech: (1, 0), left_end: None };
        let mut starts = Vec::new();
        for element in &fountain.elements {
            if let Some(page) = head.print(element) {
                starts.push((element.span.bytes.start, page));
            }
        }
        Self { starts }
    }

    /// The page, from 1, on which the part of the script begins that holds this byte of the file.
    pub fn at(&self, byte: usize) -> u32 {
        let after = self.starts.partition_point(|(start, _)| *start <= byte);
        after.checked_sub(1).map_or(1, |place| self.starts[place].1)
    }

    /// How many pages there are; 0 where nothing is printed.
    pub fn count(&self) -> u32 {
        self.starts.last().map_or(0, |(_, page)| *page)
    }
}

impl Head {
    /// Prints an element; its page, if it is printed at all.
    fn print(&mut self, element: &Element) -> Option<u32> {
        match &element.kind {
            Kind::PageBreak => {
                self.turn();
                None
            }
            Kind::Cue { dual, .. } => Some(self.cue(*dual)),
            Kind::Heading { .. } => Some(self.part(&element.text, KEPT_TOGETHER)),
            Kind::Action { .. } | Kind::Centred | Kind::Transition { .. } | Kind::Lyric { voiced: false } => {
                Some(self.part(&element.text, 1))
            }
            Kind::Dialogue | Kind::Lyric { voiced: true } => {
                Some(self.spoken(&element.text, DIALOGUE_COLUMNS))
            }
            Kind::Parenthetical => Some(self.spoken(&element.text, PARENTHETICAL_COLUMNS)),
            _ => None,
        }
    }

    fn turn(&mut self) {
        if self.place.1 > 0 {
            self.place = (self.place.0 + 1, 0);
        }
    }

    /// A part with an empty line before it, of which the first `together` lines stay on one page.
    fn part(&mut self, text: &str, together: usize) -> u32 {
        // After two speeches side by side it goes on below the longer one.
        self.place = self.place.max(self.left_end.take().unwrap_or_default());
        if self.place.1 > 0 {
            self.place.1 += 1;
        }
        if self.place.1 + together > LINES {
            self.turn();
        }
        let page = self.place.0;
        self.add(lines(text, ACTION_COLUMNS));
        page
    }

    fn cue(&mut self, dual: bool) -> u32 {
        if dual {
            let end = std::mem::replace(&mut self.place, self.speech);
            self.left_end = Some(end);
            self.add(1);
            return self.speech.0;
        }
        // The name is one line; the speech beside it would begin where it does.
        let page = self.part("", KEPT_TOGETHER - 1);
        self.speech = (page, self.place.1 - 1);
        page
    }

    fn spoken(&mut self, text: &str, columns: usize) -> u32 {
        if self.place.1 >= LINES {
            self.turn();
        }
        let page = self.place.0;
        let columns = if self.left_end.is_some() { DUAL_COLUMNS.min(columns) } else { columns };
        self.add(lines(text, columns));
        page
    }

    fn add(&mut self, count: usize) {
        self.place.1 += count;
        while self.place.1 > LINES {
            self.place = (self.place.0 + 1, self.place.1 - LINES);
        }
    }
}

/// How many lines `text` takes, broken between words; a word that is wider than a line takes several.
fn lines(text: &str, columns: usize) -> usize {
    text.split('\n').map(|line| broken(line, columns)).sum()
}

fn broken(line: &str, columns: usize) -> usize {
    let (mut count, mut used) = (1, 0);
    for width in line.split_whitespace().map(UnicodeWidthStr::width) {
        let gap = usize::from(used > 0);
        if used + gap + width <= columns {
            used += gap + width;
        } else {
            count += usize::from(used > 0) + width.saturating_sub(1) / columns;
            used = (width.max(1) - 1) % columns + 1;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(script: &str) -> Pages {
        Pages::of(&Fountain::read(script.as_bytes(), &[]))
    }

    #[test]
    fn lines_are_broken_as_a_typist_would() {
        for (text, columns, count) in [
            ("", 10, 1),
            ("one two", 10, 1),
            ("one two three", 10, 2),
            ("one\ntwo", 10, 2),
            ("abcdefghijklmnopqrstuvwxyz", 10, 3),
            ("a abcdefghijklmnopqrst b", 10, 4),
            ("기다렸어 정오", 10, 2),
            ("기다 정오", 10, 1),
        ] {
            assert_eq!(lines(text, columns), count, "{text}");
        }
    }

    #[test]
    fn a_page_holds_fifty_five_lines() {
        // An action of one line and an empty line: 28 of them fill lines 1, 3, … 55.
        let script = "Step 00.\n\n".repeat(60);
        let pages = pages(&script);
        let page_of = |n: usize| pages.at(n * "Step 00.\n\n".len());
        assert_eq!((page_of(0), page_of(27), page_of(28), page_of(55), page_of(56)), (1, 1, 2, 2, 3));
        assert_eq!(pages.count(), 3);
    }

    #[test]
    fn a_name_goes_with_its_words_and_a_break_is_obeyed() {
        let filled = |lines: usize| "Step.\n".repeat(lines);
        for (above, page) in [(52, 1), (53, 2), (54, 2)] {
            let script = format!("{}\nMINA\nWait.\n", filled(above));
            assert_eq!(pages(&script).at(script.find("MINA").unwrap()), page, "{above} lines above");
        }
        let script = "===\n\nHe waits.\n\n===\n\n===\n\nShe waits.\n";
        assert_eq!((pages(script).at(script.find("She").unwrap()), pages(script).count()), (2, 2));
        assert_eq!((pages("").count(), pages("").at(0)), (0, 1));
    }

    #[test]
    fn two_that_speak_at_once_stand_side_by_side() {
        let script = |mark: &str| {
            let speech = |name: &str| format!("{name}\n{}\n", "Wait.\n".repeat(20));
            format!("{}{}MARA\nNow.\n", speech("MINA"), speech(&format!("JONAS{mark}")))
        };
        let page = |script: &str| pages(script).at(script.find("MARA").unwrap());
        assert_eq!((page(&script(" ^")), page(&script(""))), (1, 1));
        let more = |mark: &str| format!("{}{}", "Step.\n".repeat(20) + "\n", script(mark));
        assert_eq!((page(&more(" ^")), page(&more(""))), (1, 2));
    }
}
