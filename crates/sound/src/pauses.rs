//! How long silence and action last, from words alone.

use crate::rules::{ActionTime, Pauses};

/// Words in brackets that ask for a beat; the whole parenthetical or a part of it set off by `,` or `;`.
const BEATS: [&str; 8] = ["beat", "a beat", "pause", "a pause", "long pause", "잠시", "사이", "침묵"];

/// How many beats a parenthetical asks for.
pub(crate) fn beats_in(parenthetical: &str) -> u64 {
    let parts = parenthetical.split([',', ';', '.']).map(|part| part.trim().to_lowercase());
    parts.filter(|part| BEATS.contains(&part.as_str())).count() as u64
}

/// Silence after a line, from how it ends and who speaks next.
pub(crate) fn pause_after(text: &str, same_speaker: bool, pauses: &Pauses) -> u64 {
    let speaker = if same_speaker { pauses.same_speaker_ms } else { pauses.change_of_speaker_ms };
    speaker.max(pause_of_ending(text, pauses))
}

/// Words in brackets that let a line begin before the one before it has ended; the whole parenthetical or a part of it.
const INTERRUPTIONS: [&str; 24] = [
    "interrupting",
    "interrupts",
    "interrupting him",
    "interrupting her",
    "interrupting them",
    "overlapping",
    "overlaps",
    "talking over",
    "talking over him",
    "talking over her",
    "cutting in",
    "cutting him off",
    "cutting her off",
    "cuts in",
    "끼어들며",
    "끼어들어",
    "끼어든다",
    "말을 끊으며",
    "말을 자르며",
    "말을 가로채며",
    "가로막으며",
    "겹치며",
    "겹쳐서",
    "동시에",
];

/// Whether a parenthetical lets its line begin before the one before it has ended.
pub(crate) fn interrupts(parenthetical: &str) -> bool {
    let mut parts = parenthetical.split([',', ';', '.']).map(|part| part.trim().to_lowercase());
    parts.any(|part| INTERRUPTIONS.contains(&part.as_str()))
}

/// Whether somebody takes the word from who says `text`: it ends in a dash.
pub(crate) fn is_cut_off(text: &str) -> bool {
    let text = without_quotes(text);
    ["—", "–", "--", "-"].iter().any(|end| text.ends_with(end))
}

/// `text` without what closes a quotation.
fn without_quotes(text: &str) -> &str {
    let is_quote =
        |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '”' | '’' | '」' | '』' | ')' | '»');
    text.trim_end_matches(is_quote)
}

fn pause_of_ending(text: &str, pauses: &Pauses) -> u64 {
    let trails_off = ["...", "…", "⋯"];
    let text = without_quotes(text);
    if is_cut_off(text) || trails_off.iter().any(|end| text.ends_with(end)) {
        return pauses.broken_off_ms;
    }
    match text.chars().next_back() {
        Some('?' | '？' | '؟') => pauses.question_ms,
        Some('.' | '!' | '。' | '！') => pauses.sentence_ms,
        _ => 0,
    }
}

/// How long a paragraph of action takes: as long as it is read in.
pub(crate) fn action_ms(text: &str, time: &ActionTime) -> u64 {
    let syllables = text.chars().filter(|c| is_syllable(*c)).count() as u64;
    let words = text.split_whitespace().filter(|word| is_word_of_letters(word)).count() as u64;
    let reading =
        words.saturating_mul(time.word_ms).saturating_add(syllables.saturating_mul(time.syllable_ms));
    reading.min(time.most_ms).max(time.least_ms)
}

/// Whether `word` is counted as a whole: it has a letter or digit, and no syllable that is counted by itself.
fn is_word_of_letters(word: &str) -> bool {
    word.chars().any(char::is_alphanumeric) && !word.chars().any(is_syllable)
}

/// Whether `c` is written for a whole syllable: Hangul, kana, Han.
pub(crate) fn is_syllable(c: char) -> bool {
    matches!(u32::from(c), 0xAC00..=0xD7A3 | 0x3041..=0x30FF | 0x3400..=0x9FFF | 0xF900..=0xFAFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: ActionTime = ActionTime { word_ms: 220, syllable_ms: 90, least_ms: 900, most_ms: 6000 };

    #[test]
    fn action_takes_as_long_as_it_is_read_in() {
        for (text, ms) in [
            ("", 900),
            ("Rain.", 900),
            ("She walks to the window and looks out.", 8 * 220),
            ("-- --", 900),
            ("그녀가 창가로 걸어가 밖을 내다본다.", 15 * 90),
            ("민아 opens the door very slowly and looks.", 7 * 220 + 2 * 90),
        ] {
            assert_eq!(action_ms(text, &TIME), ms, "{text}");
        }
        assert_eq!(action_ms(&"word ".repeat(500), &TIME), 6000);
    }

    #[test]
    fn a_line_ends_as_it_is_written() {
        let pauses = Pauses::STANDARD;
        for (text, ms) in [
            ("Well", 300),
            ("Well.", 350),
            ("\"Well!\"", 350),
            ("Well?", 400),
            ("Well…", 700),
            ("Well...", 700),
            ("I never --", 700),
            ("어디 가?", 400),
            ("", 300),
        ] {
            assert_eq!(pause_after(text, false, &pauses), ms, "{text}");
        }
        assert_eq!(pause_after("Well", true, &pauses), 350);
    }

    #[test]
    fn interruptions_are_known() {
        for (words, known) in [
            ("interrupting", true),
            ("Overlapping.", true),
            ("angry, cutting in", true),
            ("끼어들며", true),
            ("화난 듯, 말을 끊으며", true),
            ("uninterrupted", false),
            ("quietly", false),
        ] {
            assert_eq!(interrupts(words), known, "{words}");
        }
        for (text, known) in [
            ("I never --", true),
            ("\"I never—\"", true),
            ("그게 아니라—", true),
            ("Well…", false),
            ("Yes.", false),
        ] {
            assert_eq!(is_cut_off(text), known, "{text}");
        }
    }

    #[test]
    fn beats_are_counted() {
        for (words, beats) in
            [("beat", 1), ("Beat.", 1), ("quietly", 0), ("quietly, beat", 1), ("잠시", 1), ("heartbeat", 0)]
        {
            assert_eq!(beats_in(words), beats, "{words}");
        }
    }
}
