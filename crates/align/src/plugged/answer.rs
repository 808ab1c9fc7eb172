//! What another aligner answers, read as what a stranger wrote.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::format::{FoundRow, MissingRow, Row, VERSION, WordRow};
use crate::{ALIGN_HZ, Line};

/// How far behind the recording's end a time may lie: lengths are rounded.
const ROUNDING_SECS: f64 = 0.1;
/// How sure an aligner is that does not say.
const UNTOLD: f64 = 0.5;

/// Another aligner's answer that can be worked with.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// The name that it gives itself, else its program's.
    pub name: String,
    /// At most one row a line; lines that it says nothing of have none.
    pub rows: Vec<Row>,
}

/// Reads an answer of `program` about `lines` in a recording of `samples`; a clause says what is wrong with it.
pub(crate) fn answered(json: &[u8], lines: &[Line], samples: u64, program: &str) -> Result<Answered, String> {
    let value: Value =
        serde_json::from_slice(json).map_err(|error| format!("its answer is not JSON: {error}"))?;
    let version = value.get("version").and_then(Value::as_u64).unwrap_or_default();
    if version > u64::from(VERSION) {
        return Err(format!("it answers in version {version}; {VERSION} is the newest that is read"));
    }
    let rows = value.get("rows").unwrap_or(&value).as_array().ok_or("its answer holds no list of rows")?;
    let known: BTreeSet<&str> = lines.iter().map(|line| line.id.as_str()).collect();
    let mut seen = BTreeSet::new();
    let secs = samples as f64 / f64::from(ALIGN_HZ);
    let mut read = Vec::with_capacity(rows.len());
    for (at, row) in rows.iter().enumerate() {
        let id = row["id"].as_str().ok_or_else(|| format!("row {} has no `id` that is text", at + 1))?;
        if !known.contains(id) {
            return Err(format!("row {} is of line `{id}`, which was not asked for", at + 1));
        }
        if !seen.insert(id) {
            return Err(format!("line `{id}` is answered twice"));
        }
        read.push(row_of(id, row, secs).map_err(|why| format!("line `{id}` {why}"))?);
    }
    let name = value.get("by").and_then(Value::as_str).map(plain).filter(|name| !name.is_empty());
    Ok(Answered { name: name.unwrap_or_else(|| plain(program)), rows: read })
}

/// A name that can be shown in a line.
fn plain(name: &str) -> String {
    name.chars().filter(|char| !char.is_control()).take(60).collect::<String>().trim().to_owned()
}

fn row_of(id: &str, row: &Value, secs: f64) -> Result<Row, String> {
    let confidence = match &row["confidence"] {
        Value::Null => UNTOLD,
        some => some
            .as_f64()
            .filter(|some| (0.0..=1.0).contains(some))
            .ok_or_else(|| format!("has the confidence {some}, which is not between 0 and 1"))?,
    };
    let id = id.to_owned();
    if row["missing"].as_bool() == Some(true) {
        return Ok(Row::Missing(MissingRow { id, missing: true, confidence, by: None, disagrees: None }));
    }
    let (start, end) = times(row, secs)?;
    let words = match &row["words"] {
        Value::Null => Vec::new(),
        Value::Array(words) => words
            .iter()
            .enumerate()
            .map(|(at, word)| word_of(word, secs).map_err(|why| format!("has word {} that {why}", at + 1)))
            .collect::<Result<_, _>>()?,
        _ => return Err("has `words` that are no list".to_owned()),
    };
    Ok(Row::Found(FoundRow {
        id,
        start,
        end,
        confidence,
        misread: false,
        takes: Vec::new(),
        words,
        by: None,
        disagrees: None,
    }))
}

fn word_of(word: &Value, secs: f64) -> Result<WordRow, String> {
    let (start, end) = times(word, secs)?;
    let word = word["word"].as_str().ok_or("has no `word` that is text")?;
    Ok(WordRow { word: word.to_owned(), start, end, said: true })
}

/// Start and end within the recording.
fn times(of: &Value, secs: f64) -> Result<(f64, f64), String> {
    let (Some(start), Some(end)) = (of["start"].as_f64(), of["end"].as_f64()) else {
        return Err("has no `start` and `end` that are numbers".to_owned());
    };
    if start >= end {
        return Err(format!("ends before it starts ({start} s to {end} s)"));
    }
    if start < 0.0 || end > secs + ROUNDING_SECS || start >= secs {
        return Err(format!("lies outside of the recording ({start} s to {end} s of {secs:.2} s)"));
    }
    Ok((start, end.min(secs)))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn lines() -> Vec<Line> {
        let line = |id: &str| Line {
            id: id.to_owned(),
            text: "So we walk?".to_owned(),
            language: "en".to_owned(),
            character: String::new(),
            scene: String::new(),
        };
        ["1", "2"].map(line).into()
    }

    fn check(json: &str) -> Result<Answered, String> {
        answered(json.as_bytes(), &lines(), 160_000, "sh")
    }

    #[test]
    fn answers_are_read_as_a_list_or_with_a_name() {
        let rows = r#"[{"id": "2", "start": 1, "end": 10.05, "words": [{"word": "So", "start": 1, "end": 2}]},
            {"id": "1", "missing": true, "confidence": 0.25}]"#;
        let bare = check(rows).unwrap();
        let Row::Found(found) = &bare.rows[0] else { panic!("{bare:?}") };
        assert_eq!(
            (found.start, found.end, found.confidence, &found.words[0].word[..]),
            (1.0, 10.0, 0.5, "So")
        );
        let Row::Missing(missing) = &bare.rows[1] else { panic!("{bare:?}") };
        assert_eq!((&missing.id[..], missing.confidence), ("1", 0.25));
        let named = check(&format!(r#"{{"version": 1, "by": "whis\nper ", "rows": {rows}}}"#)).unwrap();
        assert_eq!((&named.name[..], named.rows), ("whisper", bare.rows));
        assert_eq!(check("[]").unwrap().rows, []);
    }

    #[test]
    fn nonsense_is_told() {
        for (json, why) in [
            ("", "its answer is not JSON: EOF while parsing a value at line 1 column 0"),
            ("{}", "its answer holds no list of rows"),
            (r#"{"version": 2, "rows": []}"#, "it answers in version 2; 1 is the newest that is read"),
            ("[7]", "row 1 has no `id` that is text"),
            (r#"[{"id": "9", "start": 1, "end": 2}]"#, "row 1 is of line `9`, which was not asked for"),
            (r#"[{"id": "1", "missing": true}, {"id": "1", "missing": true}]"#, "line `1` is answered twice"),
            (r#"[{"id": "1"}]"#, "line `1` has no `start` and `end` that are numbers"),
            (
                r#"[{"id": "1", "start": null, "end": 2}]"#,
                "line `1` has no `start` and `end` that are numbers",
            ),
            (r#"[{"id": "1", "start": 3, "end": 2}]"#, "line `1` ends before it starts (3 s to 2 s)"),
            (r#"[{"id": "1", "start": 3, "end": 3}]"#, "line `1` ends before it starts (3 s to 3 s)"),
            (
                r#"[{"id": "1", "start": 9, "end": 10.2}]"#,
                "line `1` lies outside of the recording (9 s to 10.2 s of 10.00 s)",
            ),
            (
                r#"[{"id": "1", "start": -1, "end": 2}]"#,
                "line `1` lies outside of the recording (-1 s to 2 s of 10.00 s)",
            ),
            (
                r#"[{"id": "1", "start": 1, "end": 2, "confidence": 3}]"#,
                "line `1` has the confidence 3, which is not between 0 and 1",
            ),
            (
                r#"[{"id": "1", "start": 1, "end": 2, "words": [{"word": "So", "start": 2, "end": 1}]}]"#,
                "line `1` has word 1 that ends before it starts (2 s to 1 s)",
            ),
            (
                r#"[{"id": "1", "start": 1, "end": 2, "words": "So"}]"#,
                "line `1` has `words` that are no list",
            ),
        ] {
            assert_eq!(check(json).unwrap_err(), why, "{json}");
        }
        // Python writes what is no number like this; JSON has no such thing.
        for number in ["NaN", "Infinity", "1e999"] {
            let why = check(&format!(r#"[{{"id": "1", "start": {number}, "end": 2}}]"#)).unwrap_err();
            assert!(why.starts_with("its answer is not JSON"), "{why}");
        }
    }

    #[test]
    fn hostile_rows_never_panic() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/rows");
        let lines = lines();
        let ours = super::super::tests::ours(&[Some((1.0, 2.0, 0.5)), None]);
        soundlock_testing::fuzz(&corpus, 5, 2000, |json| {
            let Ok(answer) = answered(json, &lines, ours.samples, "sh") else { return };
            let combined = super::super::combine(&ours, &lines, "other", &answer.rows);
            for line in &combined.alignment.lines {
                let inside = |take: &crate::Take| {
                    take.stretch.start < take.stretch.end && take.stretch.end <= ours.samples
                };
                assert!(line.takes.iter().all(inside), "{line:?}");
            }
            crate::format::rows_of_both(&combined);
        });
    }
}
