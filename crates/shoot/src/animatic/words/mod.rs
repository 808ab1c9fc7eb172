//! What words say about a picture: where, when, in what weather, with which things, and what people do.

mod doing;
mod place;
mod sky;
mod thing;

pub(crate) use doing::Doing;
pub(crate) use place::Place;
pub(crate) use sky::{Time, Weather};
pub(crate) use thing::Prop;

/// Particles that may follow a Korean word of one syllable without making it another word.
const PARTICLES: &[&str] = &[
    "", "에", "의", "가", "이", "을", "를", "은", "는", "로", "와", "과", "도", "만", "에서", "으로", "까지",
    "안", "밖", "앞", "위", "속", "가에", "옆", "들", "이다",
];

/// Whether `text` has one of `words`: whole words (or their plural) in English, stems in Korean.
pub(crate) fn has(text: &str, words: &[&str]) -> bool {
    first(text, words).is_some()
}

/// Where in `text` the first of `words` stands.
pub(crate) fn first(text: &str, words: &[&str]) -> Option<usize> {
    let text = text.to_lowercase();
    words
        .iter()
        .filter_map(|word| text.match_indices(word).find(|(at, _)| stands(&text, *at, word)))
        .map(|(at, _)| at)
        .min()
}

fn stands(text: &str, at: usize, word: &str) -> bool {
    let (before, after) = (&text[..at], &text[at + word.len()..]);
    let begins = !before.chars().next_back().is_some_and(char::is_alphanumeric);
    let rest: String = after.chars().take_while(|character| character.is_alphanumeric()).collect();
    if word.is_ascii() {
        return begins && (rest.is_empty() || rest == "s" || rest == "es" || !rest.is_ascii());
    }
    let syllables = word.chars().count();
    if syllables == 1 { begins && PARTICLES.contains(&rest.as_str()) } else { true }
}

fn find<T: Copy>(table: &[(T, &[&str])], text: &str) -> Option<T> {
    table.iter().find(|(_, words)| has(text, words)).map(|(found, _)| *found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole_in_english_and_stems_in_korean() {
        for (text, words, expected) in [
            ("the seashell", &["sea"][..], false),
            ("two boats leave", &["boat"], true),
            ("비가 온다", &["비"], true),
            ("준비한다", &["비"], false),
            ("바닷가에서", &["바닷가"], true),
            ("산에 오른다", &["산"], true),
            ("우산을 편다", &["산"], false),
        ] {
            assert_eq!(has(text, words), expected, "{words:?} in {text}");
        }
    }
}
