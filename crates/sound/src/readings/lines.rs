//! The script's lines as the aligner takes them, and which of them a recording may hold.

use soundlock_align::{Line, format::language_of};
use soundlock_script::{LineId, SceneId, Screenplay};

use crate::recordings::{composed, name_begins_with, stem_of};

/// Every line of `screenplay` that has words, in its order, for an aligner. `language` is the film's, as espeak-ng names
/// it; a line in letters of another language is of that one. Where none is given, the letters say it of each line.
pub fn lines_to_align(screenplay: &Screenplay, language: Option<&str>) -> Vec<Line> {
    let spoken = screenplay.lines().filter(|(_, line)| !line.text.trim().is_empty());
    spoken.map(|(scene, line)| line_to_align(scene, line, language)).collect()
}

fn line_to_align(
    scene: &soundlock_script::Scene,
    line: &soundlock_script::Line,
    language: Option<&str>,
) -> Line {
    let by_letters = language_of(&line.text);
    let language = language.filter(|language| has_letters(language, by_letters)).unwrap_or(by_letters);
    Line {
        id: line.id.as_str().to_owned(),
        text: line.text.clone(),
        language: language.to_owned(),
        character: line.character.clone(),
        scene: scene.id.as_str().to_owned(),
    }
}

/// Whether `language` may be written in the letters that `by_letters` was told from.
fn has_letters(language: &str, by_letters: &str) -> bool {
    let languages: &[&str] = match by_letters {
        "ko" => &["ko"],
        "ja" => &["ja"],
        "cmn" => &["cmn", "zh", "yue", "hak", "ja", "ko"],
        "ru" => &["ru", "uk", "be", "bg", "mk", "sr", "kk", "ky", "tt", "ba", "cv", "mn"],
        "el" => &["el", "grc"],
        _ => return true,
    };
    languages.contains(&language.split('-').next().unwrap_or(language))
}

/// What the name of a recording says of its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NamedFor {
    /// One line, with whose number the name begins.
    Line(LineId),
    /// The lines of a scene with whose number it begins, or of a character whose name is in it, or of both.
    Part { scene: Option<SceneId>, character: Option<String> },
    /// A scene or line that the script does not have; its number as it is written.
    Stranger(String),
    /// Any.
    Any,
}

/// Reads the name of a recording.
pub(crate) fn named_for(name: &str, screenplay: &Screenplay) -> NamedFor {
    let stem = composed(stem_of(name)).to_lowercase();
    let of_line = |id: &LineId| name_begins_with(&stem, &id.as_str().to_lowercase());
    let lines = screenplay.lines().map(|(_, line)| &line.id).filter(|id| of_line(id));
    if let Some(id) = lines.max_by_key(|id| id.as_str().len()) {
        return NamedFor::Line(id.clone());
    }
    let plain = without_the_word_scene(&stem);
    let of_scene = |id: &SceneId| {
        let id = id.as_str().to_lowercase();
        name_begins_with(&stem, &id) || plain.is_some_and(|plain| name_begins_with(plain, &id))
    };
    let scenes = screenplay.scenes.iter().map(|scene| &scene.id).filter(|id| of_scene(id));
    let scene = scenes.max_by_key(|id| id.as_str().len()).cloned();
    let speakers = screenplay.lines().map(|(_, line)| line.character.as_str());
    let character = speakers.filter(|name| names(&stem, name)).max_by_key(|name| name.len());
    // `12.09` where scene 12 has three lines, `scene 99` of a film of ten: a number, but none of ours.
    let number = plain.unwrap_or(&stem);
    let number = &number[..number.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(number.len())];
    let number = number.trim_matches('.');
    let of_a_line = scene.is_some() && number.contains('.');
    let of_no_scene = scene.is_none() && (plain.is_some() || number.contains('.')) && !number.is_empty();
    match (scene, character) {
        _ if of_a_line || of_no_scene => NamedFor::Stranger(number.to_owned()),
        (None, None) => NamedFor::Any,
        (scene, character) => NamedFor::Part { scene, character: character.map(str::to_owned) },
    }
}

/// The line with whose number the name of a recording begins; `None` where it may hold several lines.
pub fn line_named_in(file: &str, screenplay: &Screenplay) -> Option<LineId> {
    match named_for(file, screenplay) {
        NamedFor::Line(id) => Some(id),
        _ => None,
    }
}

/// What follows `scene`, `sc`, `s`, `씬`, where the name begins with a number after such a word.
fn without_the_word_scene(stem: &str) -> Option<&str> {
    let mut words = ["scene", "sc", "s#", "s", "씬"].iter();
    let rest = words.find_map(|word| stem.strip_prefix(word))?;
    let rest = rest.trim_start_matches([' ', '_', '-', '.', '#']);
    rest.starts_with(|c: char| c.is_ascii_digit()).then_some(rest)
}

/// Whether the file's name has `character` in it, as words of their own.
fn names(stem: &str, character: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let text = composed(text);
        let parts = text.split(|c: char| !c.is_alphanumeric());
        parts.filter(|part| !part.is_empty()).map(str::to_lowercase).collect()
    };
    let (stem, character) = (words(stem), words(character));
    !character.is_empty() && stem.windows(character.len()).any(|some| some == character)
}

impl NamedFor {
    /// Of `lines`, those that the recording may hold; all where its name says nothing that fits.
    pub(crate) fn of(&self, lines: &[Line]) -> Vec<Line> {
        let those = |is: &dyn Fn(&Line) -> bool| lines.iter().filter(|line| is(line)).cloned().collect();
        match self {
            Self::Line(id) => those(&|line| line.id == id.as_str()),
            Self::Part { scene, character } => {
                let in_scene = |line: &Line| scene.as_ref().is_none_or(|scene| line.scene == scene.as_str());
                let says = |line: &Line| character.as_ref().is_none_or(|name| line.character == *name);
                let both: Vec<Line> = those(&|line| in_scene(line) && says(line));
                if both.is_empty() { those(&in_scene) } else { both }
            }
            Self::Stranger(_) | Self::Any => lines.to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testfilm::Script;

    fn script() -> Screenplay {
        Script::new()
            .scene()
            .line_with_id("1.01", "MINA", "One.")
            .line_with_id("1.02", "JONAS", "Two.")
            .scene()
            .line_with_id("2.01", "MINA", "Three.")
            .line_with_id("2.02", "OLD MAN", "넷.")
            .line_with_id("2.03", "민아", "Five.")
            .done()
    }

    #[test]
    fn a_name_says_which_lines_a_recording_may_hold() {
        for (name, lines) in [
            ("voices/session one.wav", "1.01 1.02 2.01 2.02 2.03"),
            ("voices/1.wav", "1.01 1.02"),
            ("voices/Scene 2 take 1.flac", "2.01 2.02 2.03"),
            ("voices/S#2.mp3", "2.01 2.02 2.03"),
            ("voices/2_mina_t3.wav", "2.01"),
            ("voices/mina.wav", "1.01 2.01"),
            ("voices/the old man.wav", "2.02"),
            ("voices/minas day.wav", "1.01 1.02 2.01 2.02 2.03"),
            ("voices/1 old man.wav", "1.01 1.02"),
            ("voices/1.02_JONAS.wav", "1.02"),
            ("voices/2024-11-23 session.wav", "1.01 1.02 2.01 2.02 2.03"),
            // As macOS writes it, and as others do.
            ("voices/2 \u{1106}\u{1175}\u{11ab}\u{110b}\u{1161} (재녹음).wav", "2.03"),
            ("voices/씬2 민아.wav", "2.03"),
            ("voices/\u{110a}\u{1175}\u{11ab} 1.wav", "1.01 1.02"),
        ] {
            let (script, lines_of) = (script(), lines_to_align(&script(), Some("en")));
            let found = named_for(name, &script).of(&lines_of);
            assert_eq!(
                found.iter().map(|line| line.id.as_str()).collect::<Vec<_>>().join(" "),
                lines,
                "{name}"
            );
        }
    }

    #[test]
    fn the_longest_number_that_a_name_begins_with_counts() {
        let ids = ["12.03", "12.03A", "1-3.02", "A12.01"];
        let script = ids
            .iter()
            .fold(Script::new().scene(), |script, id| script.line_with_id(id, "MINA", "Hi."))
            .done();
        for (name, id) in [
            ("12.03.wav", "12.03"),
            ("12.03A.WAV", "12.03A"),
            ("1-3.02 good.flac", "1-3.02"),
            ("a12.01.opus", "A12.01"),
            ("12.03_t2.wav", "12.03"),
            ("later/12.03 take 2.wav", "12.03"),
        ] {
            let named = named_for(&format!("voices/{name}"), &script);
            assert_eq!(named, NamedFor::Line(id.parse().unwrap()), "{name}");
        }
        for name in ["12.031.wav", "12.03B.wav", "2.03.wav", "mina12.03.wav"] {
            let named = named_for(&format!("voices/{name}"), &script);
            assert!(!matches!(named, NamedFor::Line(_)), "{name}: {named:?}");
        }
    }

    #[test]
    fn a_number_that_the_script_does_not_have_is_noticed() {
        for (name, number) in [
            ("voices/Scene 9 take 1.wav", Some("9")),
            ("voices/s#12.wav", Some("12")),
            ("voices/9.99_NOBODY.wav", Some("9.99")),
            ("voices/1.07.wav", Some("1.07")),
            ("voices/scenes of a day.wav", None),
            ("voices/2024-11-23.wav", None),
            ("voices/mina.wav", None),
            ("voices/1.wav", None),
        ] {
            let stranger = match named_for(name, &script()) {
                NamedFor::Stranger(number) => Some(number),
                _ => None,
            };
            assert_eq!(stranger.as_deref(), number, "{name}");
        }
    }

    #[test]
    fn a_line_is_of_the_films_language_unless_its_letters_say_otherwise() {
        let languages = |language| {
            let lines = lines_to_align(&script(), language);
            lines.iter().map(|line| line.language.clone()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(languages(Some("de")), "de de de ko de");
        assert_eq!(languages(None), "en en en ko en");
        for (language, letters, has) in [("ja", "cmn", true), ("uk-UA", "ru", true), ("en-gb", "ru", false)] {
            assert_eq!(has_letters(language, letters), has, "{language} in letters of {letters}");
        }
    }
}
