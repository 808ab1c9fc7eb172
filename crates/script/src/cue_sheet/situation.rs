//! What an actor is told of what happens before a line.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::Beat;

/// Columns that a situation may take: about three printed lines.
const LONGEST: usize = 240;

/// What is seen before the line at `place` of a scene's beats, since its speaker last spoke there (else since the scene
/// began); `None` where nothing is. Of much, the beginning and the end are kept, in whole sentences where they fit.
pub(super) fn before(beats: &[Beat], place: usize) -> Option<String> {
    let Beat::Line(line) = beats.get(place)? else { return None };
    let same = |beat: &Beat| matches!(beat, Beat::Line(other) if other.character == line.character);
    let from = beats[..place].iter().rposition(same).map_or(0, |last| last + 1);
    let seen = beats[from..place].iter().filter_map(|beat| match beat {
        Beat::Action(action) => Some(action.text.as_str()),
        _ => None,
    });
    let words: Vec<&str> = seen.flat_map(str::split_whitespace).collect();
    (!words.is_empty()).then(|| shortened(&words.join(" ")))
}

/// `text` in at most [`LONGEST`] columns: its first sentence, and as many of the last as fit; what stands nearest to the
/// line matters most.
fn shortened(text: &str) -> String {
    if text.width() <= LONGEST {
        return text.to_owned();
    }
    let sentences = sentences(text);
    let [first, .., last] = sentences.as_slice() else { return tail(text, LONGEST) };
    let mut room = LONGEST.saturating_sub(" … ".width());
    if last.width() > room {
        return tail(last, LONGEST);
    }
    let first = if first.width() + last.width() <= room { Some(*first) } else { None };
    room -= first.map_or(0, UnicodeWidthStr::width);
    let mut from = sentences.len();
    for sentence in sentences[1..].iter().rev() {
        let Some(left) = room.checked_sub(sentence.width() + 1) else { break };
        (room, from) = (left, from - 1);
    }
    let last = if from == sentences.len() { vec![*last] } else { sentences[from..].to_vec() };
    match first {
        Some(first) => format!("{first} … {}", last.join(" ")),
        None => format!("… {}", last.join(" ")),
    }
}

/// The sentences of a text, with their marks.
fn sentences(text: &str) -> Vec<&str> {
    let ends =
        |word: &str| word.trim_end_matches(['"', '\'', '”', '’', ')']).ends_with(['.', '!', '?', '…', '。']);
    let (mut found, mut start) = (Vec::new(), 0);
    for (space, _) in text.match_indices(' ') {
        let word = text[start..space].rsplit(' ').next().unwrap_or_default();
        if ends(word) && !is_abbreviation(word) {
            found.push(&text[start..space]);
            start = space + 1;
        }
    }
    found.push(&text[start..]);
    found
}

/// `Mr.`, `J.`: a point that ends no sentence.
fn is_abbreviation(word: &str) -> bool {
    let letters = word.trim_end_matches('.').chars().count();
    word.ends_with('.')
        && word.starts_with(char::is_uppercase)
        && (letters == 1 || matches!(word, "Mr." | "Mrs." | "Ms." | "Dr." | "St." | "Prof."))
}

/// The end of `text`, begun at a word, in at most `columns`.
fn tail(text: &str, columns: usize) -> String {
    let mut room = columns.saturating_sub("… ".width());
    let mut from = text.len();
    for (place, letter) in text.char_indices().rev() {
        let Some(left) = room.checked_sub(letter.width().unwrap_or(0)) else { break };
        (room, from) = (left, place);
    }
    let end = &text[from..];
    let whole = if text[..from].ends_with(' ') { Some(0) } else { end.find(' ').map(|space| space + 1) };
    format!("… {}", &end[whole.unwrap_or(0)..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_text_stays_as_it_is() {
        assert_eq!(shortened("She waits. Rain."), "She waits. Rain.");
    }

    #[test]
    fn of_a_long_text_the_first_and_the_last_sentences_stay() {
        let middle = "Nothing that matters to anybody happens here at all. ".repeat(9);
        let text = format!("Rain on the roof. {middle}The phone rings. Mr. Hall picks it up.");
        let short = shortened(&text);
        assert!(short.starts_with("Rain on the roof. … "), "{short}");
        assert!(short.ends_with("at all. The phone rings. Mr. Hall picks it up."), "{short}");
        assert!((150..=LONGEST).contains(&short.width()), "{}", short.width());
    }

    #[test]
    fn a_sentence_that_never_ends_is_cut_between_words() {
        for text in ["walking and ".repeat(60), "기다리고 또 ".repeat(60)] {
            let short = shortened(text.trim());
            assert!(short.starts_with("… "), "{short}");
            assert!(text.contains(&short["… ".len()..]), "{short}");
            assert!((200..=LONGEST).contains(&short.width()), "{}", short.width());
            assert!(text.split(' ').any(|word| short.split(' ').nth(1) == Some(word)), "{short}");
        }
        let unbroken = "가".repeat(500);
        assert!(shortened(&unbroken).width() <= LONGEST);
        let long_last = format!("Short. {}", "and then ".repeat(60));
        assert!(shortened(long_last.trim()).width() <= LONGEST);
    }

    #[test]
    fn sentences_end_where_they_end() {
        let text = "She waits... Mr. Hall says \"No.\" J. R. leaves! 비가 온다. 끝";
        assert_eq!(
            sentences(text),
            ["She waits...", "Mr. Hall says \"No.\"", "J. R. leaves!", "비가 온다.", "끝"]
        );
    }
}
