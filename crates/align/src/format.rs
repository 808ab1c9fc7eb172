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
//! `words` are of that reading. `misread` stands there, and is `true`, where something else was likely said; what that
//! was stands in the take:
//!
//! ```json
//! {"start": 2.1, "end": 4.4, "complete": true,
//!  "misread": [{"written": "three o'clock", "start": 3.2, "end": 4.1}]}
//! ```
//! Where `written` is empty, something was put in; where `start` is `end`, the words were left out. A word that was
//! likely not said as it is written has `"said": false`. A take with `"breaks_off": true` was not read to its end.
//!
//! Where another aligner took part, `by` is the name of the one whose answer it is (`soundlock` is this one), and
//! `disagrees` holds what the other answered, if that is something else; see `docs/aligner.md`. Whoever reads any of
//! this passes over names that it does not know.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    About, AlignError, AlignedLine, Alignment, Answer, Combined, Disagreement, Line, Stretch, Take, Whose,
};

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
    /// Whose answer it is, where two aligners were asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// What the other one answered, where that is something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disagrees: Option<DisagreesRow>,
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
    /// Whose answer it is, where two aligners were asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// What the other one answered, where that is something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disagrees: Option<DisagreesRow>,
}

/// What the aligner answered that was not believed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DisagreesRow {
    /// Its name.
    pub by: String,
    /// What the two do not agree about: `missing`, `place` or `words`.
    pub about: String,
    /// Where the line is by its answer, in seconds; nothing where it says that the line is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<f64>,
    /// Where it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<f64>,
    /// What is said there by its answer, where it tells.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub words: String,
    /// How sure it is.
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
    /// Whether it was begun and broken off.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub breaks_off: bool,
    /// What of it was likely said differently.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub misread: Vec<MisreadRow>,
}

/// Words that were likely not said as they are written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MisreadRow {
    /// The words; none where something was put in.
    pub written: String,
    /// Where something else begins, in seconds.
    pub start: f64,
    /// Where it ends; its start, where the words were left out.
    pub end: f64,
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
    /// Whether it was likely said as it is written.
    #[serde(default = "yes", skip_serializing_if = "Clone::clone")]
    pub said: bool,
}

fn yes() -> bool {
    true
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

/// What our own answers are marked with.
const OUR_NAME: &str = "soundlock";

/// The answer of two aligners: a row for each line, with whose it is and what the other one says.
pub fn rows_of_both(combined: &Combined) -> Vec<Row> {
    let name = |whose| match whose {
        Whose::Ours => OUR_NAME.to_owned(),
        Whose::Theirs => combined.name.clone(),
    };
    let disagreements: BTreeMap<&str, &Disagreement> =
        combined.disagreements.iter().map(|one| (one.line.as_str(), one)).collect();
    let mut rows = rows(&combined.alignment);
    for (row, whose) in rows.iter_mut().zip(&combined.by) {
        let other = disagreements.get(row.id()).map(|one| match one.kept {
            Whose::Ours => disagrees(one, &one.theirs, name(Whose::Theirs)),
            Whose::Theirs => disagrees(one, &one.ours, name(Whose::Ours)),
        });
        let (by, disagrees) = match row {
            Row::Found(row) => (&mut row.by, &mut row.disagrees),
            Row::Missing(row) => (&mut row.by, &mut row.disagrees),
        };
        (*by, *disagrees) = (Some(name(*whose)), other);
    }
    rows
}

fn disagrees(disagreement: &Disagreement, answer: &Answer, by: String) -> DisagreesRow {
    let about = match disagreement.about {
        About::Missing => "missing",
        About::Place => "place",
        About::Words => "words",
    };
    DisagreesRow {
        by,
        about: about.to_owned(),
        start: answer.stretch.map(|stretch| seconds(stretch).0),
        end: answer.stretch.map(|stretch| seconds(stretch).1),
        words: answer.words.clone(),
        confidence: rounded(f64::from(answer.confidence)),
    }
}

impl Row {
    /// The line that it is about.
    pub fn id(&self) -> &str {
        match self {
            Self::Found(row) => &row.id,
            Self::Missing(row) => &row.id,
        }
    }
}

fn row(line: &AlignedLine) -> Row {
    let (id, confidence) = (line.id.clone(), rounded(f64::from(line.confidence)));
    let Some(take) = line.best_take() else {
        return Row::Missing(MissingRow { id, missing: true, confidence, by: None, disagrees: None });
    };
    let (start, end) = seconds(take.stretch);
    let words = take.words.iter().map(|word| {
        let (start, end) = seconds(word.stretch);
        WordRow { word: word.word.clone(), start, end, said: word.said }
    });
    let (takes, words) = (line.takes.iter().map(take_row).collect(), words.collect());
    let misread = line.misread;
    Row::Found(FoundRow { id, start, end, confidence, misread, takes, words, by: None, disagrees: None })
}

fn take_row(take: &Take) -> TakeRow {
    let (start, end) = seconds(take.stretch);
    let misread = take.misreadings.iter().map(|misreading| {
        let (start, end) = seconds(misreading.stretch);
        MisreadRow { written: misreading.written.clone(), start, end }
    });
    TakeRow { start, end, complete: take.complete, breaks_off: take.breaks_off, misread: misread.collect() }
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
    use crate::{Fit, Misreading, Word};

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
    fn hostile_lines_never_panic() {
        let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/lines");
        soundlock_testing::fuzz(&corpus, 3, 2000, |json| {
            for line in lines(json, None).unwrap_or_default() {
                crate::text::words(&line.text);
            }
        });
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
            fit: 1.0,
            said: *word != "No",
        };
        let words: Vec<Word> = words.iter().enumerate().map(word).collect();
        let stretch = Stretch { start, end: words.last().map_or(start, |word| word.stretch.end) };
        let wrong = words.iter().filter(|word| !word.said);
        let misreadings =
            wrong.map(|word| Misreading { written: word.word.clone(), stretch: word.stretch }).collect();
        let unscripted = Vec::new();
        Take {
            stretch,
            complete: true,
            breaks_off: false,
            said: 1.0,
            fit: 1.0,
            words,
            unscripted,
            misreadings,
        }
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
                    r#""takes":[{"start":0.0,"end":0.1,"complete":true,"#,
                    r#""misread":[{"written":"No","start":0.0,"end":0.1}]}],"#,
                    r#""words":[{"word":"No","start":0.0,"end":0.1,"said":false}]}"#,
                ),
            ]
        );
        let read: Vec<Row> = written.iter().map(|row| serde_json::from_str(row).unwrap()).collect();
        assert_eq!(read, rows);
    }
}
