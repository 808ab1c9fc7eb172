//! Who is in a scene, and whom a sentence is about.

use std::collections::BTreeSet;

use soundlock_script::{Beat, Line, Scene, Screenplay};

use crate::bible::Bible;

/// Everybody the film knows by name: who speaks anywhere, and who is described in the bible.
pub(crate) fn known_names(screenplay: &Screenplay, bible: &Bible) -> BTreeSet<String> {
    let speakers = screenplay.lines().map(|(_, line)| line.character.clone());
    speakers.chain(bible.cast.keys().cloned()).filter(|name| !name.trim().is_empty()).collect()
}

/// Everybody in `scene` in the order they first appear, speaking or named in the action.
///
/// A voice alone (V.O., through a radio, a narrator) is nobody to be seen.
pub(crate) fn present(scene: &Scene, known: &BTreeSet<String>) -> Vec<String> {
    let mut present: Vec<String> = Vec::new();
    for beat in &scene.beats {
        let names = match beat {
            Beat::Action(action) => {
                let mut names = names_in(&action.text, known);
                names.extend(introduced(&action.text, known));
                names
            }
            Beat::Line(line) if !is_voice_only(line) => vec![line.character.clone()],
            _ => Vec::new(),
        };
        for name in names {
            if !present.contains(&name) {
                present.push(name);
            }
        }
    }
    present
}

/// Whether the speaker of `line` is not in the scene at all.
pub(crate) fn is_voice_only(line: &Line) -> bool {
    marks(line).any(|mark| {
        let mark = mark.to_uppercase().replace(['.', ' '], "");
        mark.starts_with("VO") || matches!(mark.as_str(), "N" | "NA" | "F" | "내레이션" | "나레이션" | "전화")
    })
}

/// Whether the speaker of `line` is there but not to be seen while speaking.
pub(crate) fn is_off_screen(line: &Line) -> bool {
    is_voice_only(line)
        || marks(line).any(|mark| {
            let mark = mark.to_uppercase().replace(['.', ' '], "");
            mark.starts_with("OS")
                || mark.starts_with("OC")
                || matches!(mark.as_str(), "E" | "소리" | "화면밖")
        })
}

fn marks(line: &Line) -> impl Iterator<Item = &str> {
    let opening =
        line.parentheticals.iter().filter(|(place, _)| *place == 0).map(|(_, words)| words.as_str());
    line.extensions.iter().map(String::as_str).chain(opening)
}

/// Known names in `text`, in the order they stand there.
pub(crate) fn names_in(text: &str, known: &BTreeSet<String>) -> Vec<String> {
    let mut found: Vec<(usize, &String)> =
        known.iter().filter_map(|name| place_of(text, name).map(|place| (place, name))).collect();
    found.sort();
    found.into_iter().map(|(_, name)| name.clone()).collect()
}

/// First place of `name` in `text` as a word: in capitals, with a capital first, or, for scripts without capitals,
/// as it is (particles may follow it).
fn place_of(text: &str, name: &str) -> Option<usize> {
    let spellings = BTreeSet::from([name.to_owned(), name.to_uppercase(), title_case(name)]);
    spellings.iter().filter_map(|spelling| word_place(text, spelling)).min()
}

/// First place of `word` in `text` as a word of its own; in scripts without capitals particles may follow it.
pub(crate) fn word_place(text: &str, word: &str) -> Option<usize> {
    text.match_indices(word).map(|(place, _)| place).find(|place| {
        let starts = text[..*place].chars().next_back().is_none_or(|before| !before.is_alphanumeric());
        let after = text[place + word.len()..].chars().next();
        let ends = after.is_none_or(|after| !after.is_alphanumeric()) || word.chars().all(has_no_case);
        starts && ends
    })
}

fn has_no_case(character: char) -> bool {
    !character.is_lowercase() && !character.is_uppercase()
}

/// Names that the text itself introduces, as screenwriters do: in capitals with an age behind, `THE GUARD (50)`.
fn introduced(text: &str, known: &BTreeSet<String>) -> Vec<String> {
    let mut names = Vec::new();
    for (bracket, _) in text.match_indices('(') {
        let age = text[bracket + 1..].chars().next().is_some_and(|c| c.is_ascii_digit());
        let before = text[..bracket].trim_end();
        let words: Vec<&str> = before.split_whitespace().rev().take_while(|word| is_capitals(word)).collect();
        let name = words.into_iter().rev().collect::<Vec<_>>().join(" ");
        if age && !name.is_empty() && !known.iter().any(|known| name.ends_with(known.as_str())) {
            names.push(name);
        }
    }
    names
}

fn is_capitals(word: &str) -> bool {
    word.chars().any(char::is_uppercase)
        && word.chars().all(|c| c.is_uppercase() || matches!(c, '-' | '\'' | '.') || c.is_ascii_digit())
        && !word.ends_with('.')
}

/// `JONAS MC-KAY` as `Jonas Mc-Kay`; names that are not all capitals are left as they are.
pub(crate) fn title_case(name: &str) -> String {
    if name.chars().any(char::is_lowercase) {
        return name.to_owned();
    }
    let mut inside = false;
    let mut title = String::with_capacity(name.len());
    for character in name.chars() {
        if inside {
            title.extend(character.to_lowercase());
        } else {
            title.push(character);
        }
        inside = character.is_alphanumeric() || character == '\'';
    }
    title
}

#[cfg(test)]
mod tests {
    use super::{introduced, names_in, title_case};
    use std::collections::BTreeSet;

    #[test]
    fn names_are_found_as_words_in_their_order() {
        fn check(text: &str, expected: &[&str]) {
            let known = ["MINA", "JONAS", "THE GUARD", "미나", "Ann"].map(str::to_owned).into();
            assert_eq!(names_in(text, &known), expected, "{text}");
        }
        check("Jonas looks at MINA.", &["JONAS", "MINA"]);
        check("The Guard sleeps.", &["THE GUARD"]);
        check("Minarets in the snow. Announcements.", &[]);
        check("눈 속에서 미나가 걷는다.", &["미나"]);
        check("mina is not a name in lower case", &[]);
    }

    #[test]
    fn somebody_in_capitals_with_an_age_is_introduced() {
        let known = BTreeSet::from(["MINA".to_owned()]);
        assert_eq!(introduced("MINA (40) and OLD MAN (80) wait. A BANG (loud).", &known), ["OLD MAN"]);
        assert_eq!(introduced("(12) boxes", &known), Vec::<String>::new());
    }

    #[test]
    fn names_are_put_into_title_case() {
        assert_eq!(title_case("JONAS MC-KAY"), "Jonas Mc-Kay");
        assert_eq!(title_case("McALISTER"), "McALISTER");
        assert_eq!(title_case("미나"), "미나");
    }
}
