//! Lines and answers as they are written, for programs that ask for an alignment or make one: lines in, rows out.
//!
//! Lines are JSON, a list or an object with one:
//!
//! ```json
//! {"version": 1, "language": "en", "lines": [
//!   {"id": "1.01", "text": "So we walk?", "language": "en", "character": "MINA", "scene": "1"}
//! ]}
//! ```
//! `id` and `text` are needed. A line without `language` is in that of the list, or in the one that its letters are of.
//! Lines of a scene stand in order; scenes may be recorded in any order.
//!
//! The answer is a list of rows, one a line, in the order of the lines:
//!
//! ```json
//! [
//! {"id": "1.01", "start": 3.26, "end": 4.1, "confidence": 0.98,
//!  "takes": [{"start": 1.1, "end": 1.9, "complete": true}, {"start": 3.26, "end": 4.1, "complete": true}],
//!  "words": [{"word": "So", "start": 3.26, "end": 3.5}]},
//! {"id": "1.02", "missing": true, "confidence": 0.9}
//! ]
//! ```
//! `start` and `end` are seconds from the recording's begin, of the reading that counts, to a tenth of a millisecond;
//! `words` are of that reading. `misread` stands there, and is `true`, where something else was likely said. Whoever
//! reads either passes over names that it does not know.

use serde::{Deserialize, Serialize};

use crate::{AlignError, AlignedLine, Alignment, Line, Stretch};

/// Version of the format. Raised when something that is read changes its meaning; more to read does not raise it.
pub const VERSION: u32 = 1;

/// A line that was found or not, as the answer has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Row {
    /// A line that is said.
    Found(FoundRow),
    /// A line that is not.
    Missing(MissingRow),
}

/// A line that is said in the recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoundRow {
    /// Its name.
    pub id: String,
    /// Where the reading that counts begins, in seconds.
    pub start: f64,
    /// Where it ends.
    pub end: f64,
    /// How likely this is right, 0 to 1.
    pub confidence: f64,
    /// Whether something else was likely said than what is written.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub misread: bool,
    /// Its readings in the order of the recording.
    pub takes: Vec<TakeRow>,
    /// Words of the reading that counts.
    pub words: Vec<WordRow>,
}

/// A line that is not in the recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MissingRow {
    /// Its name.
    pub id: String,
    /// Always `true`.
    pub missing: bool,
    /// How likely this is right, 0 to 1.
    pub confidence: f64,
}

/// One reading of a line, in seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TakeRow {
    /// Where it begins.
    pub start: f64,
    /// Where it ends.
    pub end: f64,
    /// Whether it was read to its end.
    pub complete: bool,
}

/// A word of a reading, in seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WordRow {
    /// As it is written, without marks around it.
    pub word: String,
    /// Where it begins.
    pub start: f64,
    /// Where it ends.
    pub end: f64,
}

/// A line as it is written; what else stands there is nobody's business here.
#[derive(Deserialize)]
struct WrittenLine {
    id: String,
    text: String,
    language: Option<String>,
    #[serde(default)]
    character: String,
    #[serde(default)]
    scene: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    List(Vec<WrittenLine>),
    Object { lines: Vec<WrittenLine>, language: Option<String> },
}

/// The lines of a JSON file. `language` counts before the file's own, but not before a line's.
pub fn lines(json: &[u8], language: Option<&str>) -> Result<Vec<Line>, AlignError> {
    let value: serde_json::Value =
        serde_json::from_slice(json).map_err(|error| AlignError::NotJson { why: error.to_string() })?;
    check(&value)?;
    let (written, named) = match Written::deserialize(value) {
        Ok(Written::List(lines)) => (lines, None),
        Ok(Written::Object { lines, language }) => (lines, language),
        Err(_) => return Err(AlignError::NoList),
    };
    let language = language.map(str::to_owned).or(named);
    Ok(written.into_iter().map(|line| read(line, language.as_deref())).collect())
}

/// Where a reader would only say that nothing fits: what is too new, or which line lacks what.
fn check(value: &serde_json::Value) -> Result<(), AlignError> {
    let version = value.get("version").and_then(serde_json::Value::as_u64).unwrap_or_default();
    if version > u64::from(VERSION) {
        return Err(AlignError::TooNew { version });
    }
    let list = value.get("lines").unwrap_or(value).as_array();
    for (at, line) in list.into_iter().flatten().enumerate() {
        for part in ["id", "text"] {
            if !line[part].is_string() {
                return Err(AlignError::LineWithout { number: at + 1, part });
            }
        }
    }
    Ok(())
}

fn read(line: WrittenLine, language: Option<&str>) -> Line {
    let named = line.language.as_deref().or(language);
    Line {
        language: named.unwrap_or_else(|| language_of(&line.text)).to_owned(),
        id: line.id,
        text: line.text,
        character: line.character,
        scene: line.scene,
    }
}

/// The language that the letters of a text are of; English where they are of many.
pub fn language_of(text: &str) -> &'static str {
    let within = |from: char, to: char| text.chars().any(|char| (from..=to).contains(&char));
    match () {
        () if within('가', '힣') => "ko",
        () if within('ぁ', 'ヿ') => "ja",
        () if within('一', '鿿') => "cmn",
        () if within('а', 'я') => "ru",
        () if within('α', 'ω') => "el",
        () => "en",
    }
}

/// The answer: a row for each line.
pub fn rows(alignment: &Alignment) -> Vec<Row> {
    alignment.lines.iter().map(row).collect()
}

fn row(line: &AlignedLine) -> Row {
    let (id, confidence) = (line.id.clone(), rounded(f64::from(line.confidence)));
    let Some(take) = line.best_take() else {
        return Row::Missing(MissingRow { id, missing: true, confidence });
    };
    let (start, end) = seconds(take.stretch);
    let words = take.words.iter().map(|word| {
        let (start, end) = seconds(word.stretch);
        WordRow { word: word.word.clone(), start, end }
    });
    let takes = line.takes.iter().map(|take| {
        let (start, end) = seconds(take.stretch);
        TakeRow { start, end, complete: take.complete }
    });
    let (takes, words) = (takes.collect(), words.collect());
    Row::Found(FoundRow { id, start, end, confidence, misread: line.misread, takes, words })
}

/// Start and end in seconds as they are written, to a tenth of a millisecond.
pub fn seconds(stretch: Stretch) -> (f64, f64) {
    let (start, end) = stretch.seconds();
    (rounded(start), rounded(end))
}

fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fit, Take, Word};

    #[test]
    fn lines_are_read_as_a_list_or_with_a_language() {
        for (json, asked, languages) in [
            (r#"[{"id": "1", "text": "So we walk?", "more": 7}]"#, None, &["en"][..]),
            (r#"[{"id": "1", "text": "정오부터"}, {"id": "2", "text": "はい"}]"#, None, &["ko", "ja"]),
            (r#"[{"id": "1", "text": "是"}, {"id": "2", "text": "да"}]"#, None, &["cmn", "ru"]),
            (r#"[{"id": "1", "text": "Ja", "language": "de"}]"#, Some("fr"), &["de"]),
            (r#"{"language": "de", "lines": [{"id": "1", "text": "Ja"}]}"#, None, &["de"]),
            (
                r#"{"version": 1, "language": "de", "lines": [{"id": "1", "text": "Ja"}]}"#,
                Some("fr"),
                &["fr"],
            ),
            ("[]", None, &[]),
        ] {
            let lines = lines(json.as_bytes(), asked).unwrap();
            let found: Vec<&str> = lines.iter().map(|line| line.language.as_str()).collect();
            assert_eq!(found, languages, "{json}");
        }
        let json = r#"[{"id": "1.01", "text": "No.", "character": "MINA", "scene": "1"}]"#;
        let line = &lines(json.as_bytes(), None).unwrap()[0];
        assert_eq!(
            [&line.id, &line.text, &line.character, &line.scene].map(String::as_str),
            ["1.01", "No.", "MINA", "1"]
        );
    }

    #[test]
    fn what_holds_no_lines_says_why() {
        for (json, why) in [
            ("{", "is not JSON: EOF while parsing an object at line 1 column 1"),
            ("7", "holds no list of lines"),
            (r#"{"words": []}"#, "holds no list of lines"),
            (r#"[{"id": "1", "text": "a"}, {"text": "b"}]"#, "line 2 of its list has no `id` that is text"),
            (r#"{"lines": [{"id": "1", "text": 7}]}"#, "line 1 of its list has no `text` that is text"),
            (
                r#"{"version": 2, "lines": []}"#,
                "is version 2 of the lines' format; 1 is the newest that is read",
            ),
        ] {
            let error = lines(json.as_bytes(), None).unwrap_err();
            assert_eq!(error.to_string(), why, "{json}");
            assert!(error.hint().is_some(), "{json}");
        }
    }

    fn take(start: u64, words: &[&str]) -> Take {
        let word = |(at, word): (usize, &&str)| Word {
            word: (*word).to_owned(),
            stretch: Stretch { start: start + 1600 * at as u64, end: start + 1600 * (at as u64 + 1) },
        };
        let words: Vec<Word> = words.iter().enumerate().map(word).collect();
        let stretch = Stretch { start, end: words.last().map_or(start, |word| word.stretch.end) };
        Take { stretch, complete: true, said: 1.0, fit: 1.0, words, unscripted: Vec::new() }
    }

    #[test]
    fn rows_are_written_as_promised_and_read_again() {
        let line = |id: &str, takes: Vec<Take>, misread| AlignedLine {
            id: id.to_owned(),
            best: takes.len().checked_sub(1),
            takes,
            confidence: 0.987_7,
            misread,
        };
        let alignment = Alignment {
            lines: vec![
                line("1.01", vec![take(16_000, &["So"]), take(32_001, &["So", "we"])], false),
                line("1.02", Vec::new(), false),
                line("1.03", vec![take(0, &["No"])], true),
            ],
            extras: Vec::new(),
            fit: Fit::Fits,
            samples: 160_000,
        };
        let rows = rows(&alignment);
        let written: Vec<String> = rows.iter().map(|row| serde_json::to_string(row).unwrap()).collect();
        assert_eq!(
            written,
            [
                concat!(
                    r#"{"id":"1.01","start":2.0001,"end":2.2001,"confidence":0.9877,"#,
                    r#""takes":[{"start":1.0,"end":1.1,"complete":true},"#,
                    r#"{"start":2.0001,"end":2.2001,"complete":true}],"#,
                    r#""words":[{"word":"So","start":2.0001,"end":2.1001},"#,
                    r#"{"word":"we","start":2.1001,"end":2.2001}]}"#,
                ),
                r#"{"id":"1.02","missing":true,"confidence":0.9877}"#,
                concat!(
                    r#"{"id":"1.03","start":0.0,"end":0.1,"confidence":0.9877,"misread":true,"#,
                    r#""takes":[{"start":0.0,"end":0.1,"complete":true}],"#,
                    r#""words":[{"word":"No","start":0.0,"end":0.1}]}"#,
                ),
            ]
        );
        let read: Vec<Row> = written.iter().map(|row| serde_json::from_str(row).unwrap()).collect();
        assert_eq!(read, rows);
    }
}
