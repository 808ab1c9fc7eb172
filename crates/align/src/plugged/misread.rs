//! Where words that were heard are not the words that are written.

use super::letters;
use crate::{Misreading, Stretch, Word, text};

/// What of `written` was not heard as it is written. Words that are only parted otherwise, or have a letter doubled
/// (`all right`, `alright`), are the same.
pub(super) fn misreadings(written: &[String], heard: &[Word]) -> Vec<Misreading> {
    let plain: (Vec<String>, Vec<String>) = (
        written.iter().map(|word| letters(word)).collect(),
        heard.iter().map(|word| letters(&word.word)).collect(),
    );
    let mut found = Vec::new();
    let (mut from, mut heard_from) = (0, 0);
    let pairs = common(&plain.0, &plain.1).into_iter().chain([(written.len(), heard.len())]);
    for (to, heard_to) in pairs {
        if in_one(&plain.0[from..to]) != in_one(&plain.1[heard_from..heard_to]) {
            let words: Vec<&str> = written[from..to].iter().map(|word| text::shown(word)).collect();
            found.push(Misreading { written: words.join(" "), stretch: place(heard, heard_from, heard_to) });
        }
        (from, heard_from) = (to + 1, heard_to + 1);
    }
    found
}

/// The words' letters as one, each of a run of the same letter once.
fn in_one(words: &[String]) -> Vec<char> {
    let mut letters: Vec<char> = words.iter().flat_map(|word| word.chars()).collect();
    letters.dedup();
    letters
}

/// Where heard words are; between their neighbours, and without length, where there are none.
fn place(heard: &[Word], from: usize, to: usize) -> Stretch {
    if let (Some(first), Some(last)) = (heard[from..to].first(), heard[from..to].last()) {
        Stretch { start: first.stretch.start, end: last.stretch.end.max(first.stretch.start + 1) }
    } else {
        let before = from.checked_sub(1).and_then(|before| heard.get(before));
        let at = before
            .map_or_else(|| heard.first().map_or(0, |word| word.stretch.start), |word| word.stretch.end);
        Stretch { start: at, end: at }
    }
}

/// The longest row of words that both have in this order, as pairs of places.
fn common(written: &[String], heard: &[String]) -> Vec<(usize, usize)> {
    // A line that claims more words than anybody says is compared by its beginning.
    let (rows, columns) = (written.len().min(MOST_WORDS), heard.len().min(MOST_WORDS));
    let width = columns + 1;
    let mut longest = vec![0_u16; (rows + 1) * width];
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            let (right, below) = (longest[row * width + column + 1], longest[(row + 1) * width + column]);
            let both = longest[(row + 1) * width + column + 1] + 1;
            longest[row * width + column] =
                if written[row] == heard[column] { both } else { right.max(below) };
        }
    }
    let (mut row, mut column, mut pairs) = (0, 0, Vec::new());
    while row < rows && column < columns {
        if written[row] == heard[column] {
            pairs.push((row, column));
            (row, column) = (row + 1, column + 1);
        } else if longest[(row + 1) * width + column] >= longest[row * width + column + 1] {
            row += 1;
        } else {
            column += 1;
        }
    }
    pairs
}

const MOST_WORDS: usize = 2000;

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told of a line where each heard word takes a second, as `written@start-end`.
    fn check(written: &str, heard: &str, told: &[&str]) {
        let second = u64::from(crate::ALIGN_HZ);
        let word = |(at, word): (usize, &str)| {
            let start = at as u64 * second;
            let stretch = Stretch { start, end: start + second };
            Word { word: word.to_owned(), stretch, fit: 0.0, said: true }
        };
        let heard: Vec<Word> = heard.split_whitespace().enumerate().map(word).collect();
        let found = misreadings(&text::words(written), &heard);
        let shown = |one: &Misreading| {
            format!("{}@{}-{}", one.written, one.stretch.start / second, one.stretch.end / second)
        };
        assert_eq!(found.iter().map(shown).collect::<Vec<_>>(), told, "{written} / {heard:?}");
    }

    #[test]
    fn words_said_differently_left_out_and_put_in_are_told() {
        check("You packed the suitcase.", "you packed THE suitcase", &[]);
        check("You packed the suitcase.", "you packed the trunk", &["suitcase@3-4"]);
        check("You packed the suitcase.", "you the suitcase", &["packed@1-1"]);
        check("You packed the suitcase.", "you packed the the suitcase", &["@3-4"]);
        check("You packed the suitcase.", "well you packed a big suitcase", &["@0-1", "the@3-5"]);
        check("You packed the suitcase.", "", &["You packed the suitcase@0-0"]);
        check("You packed", "packed", &["You@0-0"]);
        check("It is all right, Mina.", "it is alright mina", &[]);
        check("정오부터 준비했다.", "정오 부터 준비했다", &[]);
    }
}
