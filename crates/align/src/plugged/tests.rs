use std::path::PathBuf;

use super::*;
use crate::ExtraSpeech;
use crate::format::{MissingRow, WordRow};

fn at(start: f64, end: f64) -> Stretch {
    Stretch { start: (start * 16_000.0) as u64, end: (end * 16_000.0) as u64 }
}

/// Ten seconds with lines `1`, `2` … as start, end and confidence.
pub(super) fn ours(found: &[Option<(f64, f64, f32)>]) -> Alignment {
    let line = |(number, found): (usize, &Option<(f64, f64, f32)>)| {
        let take = found.map(|(start, end, _)| {
            let word = Word { word: "So".to_owned(), stretch: at(start, end), fit: 0.4, said: true };
            let stretch = at(start, end);
            Take {
                stretch,
                complete: true,
                breaks_off: false,
                said: 1.0,
                fit: 0.4,
                words: vec![word],
                unscripted: Vec::new(),
                misreadings: Vec::new(),
            }
        });
        AlignedLine {
            id: (number + 1).to_string(),
            best: take.as_ref().map(|_| 0),
            takes: take.into_iter().collect(),
            confidence: found.map_or(0.6, |(_, _, confidence)| confidence),
            misread: false,
        }
    };
    Alignment {
        lines: found.iter().enumerate().map(line).collect(),
        extras: vec![ExtraSpeech { stretch: at(8.0, 9.0), speech: true }],
        fit: Fit::Fits,
        samples: 160_000,
    }
}

fn lines(count: usize) -> Vec<Line> {
    let line = |number: usize| Line {
        id: number.to_string(),
        text: "So!".to_owned(),
        language: "en".to_owned(),
        character: String::new(),
        scene: String::new(),
    };
    (1..=count).map(line).collect()
}

fn found(id: &str, start: f64, end: f64, confidence: f64, word: &str) -> Row {
    let words = (!word.is_empty()).then(|| WordRow { word: word.to_owned(), start, end, said: true });
    Row::Found(FoundRow {
        id: id.to_owned(),
        start,
        end,
        confidence,
        misread: false,
        takes: Vec::new(),
        words: words.into_iter().collect(),
        by: None,
        disagrees: None,
    })
}

fn missing(id: &str, confidence: f64) -> Row {
    Row::Missing(MissingRow { id: id.to_owned(), missing: true, confidence, by: None, disagrees: None })
}

/// Ours is line `1` at 1 s to 2 s, found with 0.8, or missing with 0.6.
#[test]
fn the_surer_answer_counts_and_other_answers_are_shown() {
    let said = Some((1.0, 2.0, 0.8));
    let (ours_kept, theirs_kept) = (Whose::Ours, Whose::Theirs);
    for (mine, row, kept, about, place) in [
        (said, found("1", 1.02, 2.1, 0.9, ""), theirs_kept, None, Some((1.02, 2.1))),
        (said, found("1", 1.02, 2.1, 0.8, ""), ours_kept, None, Some((1.0, 2.0))),
        (said, found("1", 1.02, 2.1, 0.7, "so"), ours_kept, None, Some((1.0, 2.0))),
        (said, found("1", 1.02, 2.1, 0.7, "No"), ours_kept, Some(About::Words), Some((1.0, 2.0))),
        (said, found("1", 1.02, 2.1, 0.9, "No"), theirs_kept, Some(About::Words), Some((1.02, 2.1))),
        (said, found("1", 5.0, 6.0, 0.7, ""), ours_kept, Some(About::Place), Some((1.0, 2.0))),
        (said, found("1", 5.0, 6.0, 0.9, ""), theirs_kept, Some(About::Place), Some((5.0, 6.0))),
        (said, missing("1", 0.9), theirs_kept, Some(About::Missing), None),
        (said, missing("1", 0.2), ours_kept, Some(About::Missing), Some((1.0, 2.0))),
        (None, found("1", 5.0, 6.0, 0.9, ""), theirs_kept, Some(About::Missing), Some((5.0, 6.0))),
        (None, missing("1", 0.9), theirs_kept, None, None),
    ] {
        let combined = combine(&ours(&[mine]), &lines(1), "other", std::slice::from_ref(&row));
        let line = &combined.alignment.lines[0];
        assert_eq!(combined.by, [kept], "{row:?}");
        assert_eq!(combined.disagreements.first().map(|one| one.about), about, "{row:?}");
        assert_eq!(combined.disagreements.first().map_or(kept, |one| one.kept), kept, "{row:?}");
        assert_eq!(
            line.best_take().map(|take| take.stretch),
            place.map(|(from, to)| at(from, to)),
            "{row:?}"
        );
        assert!(mine.is_none() || !line.takes.is_empty(), "our readings stay: {row:?}");
        assert_eq!(line.misread, about == Some(About::Words) && kept == theirs_kept, "{row:?}");
    }
}

#[test]
fn what_is_a_line_now_is_nothing_extra() {
    let combined = combine(
        &ours(&[None, None]),
        &lines(2),
        "other",
        &[found("2", 8.0, 9.1, 0.9, ""), found("7", 0.0, 1.0, 1.0, "")],
    );
    assert_eq!((combined.alignment.extras.len(), combined.by), (0, vec![Whose::Ours, Whose::Theirs]));
}

#[test]
fn rows_name_who_answered_and_who_did_not_agree() {
    let mine = ours(&[Some((1.0, 2.0, 0.8)), Some((3.0, 4.0, 0.9)), None]);
    let rows =
        [found("1", 5.0, 6.0, 0.95, "No"), found("2", 3.0, 4.0, 0.2, ""), found("3", 7.0, 7.5, 0.5, "")];
    let combined = combine(&mine, &lines(3), "whisper", &rows);
    let written: Vec<String> = crate::format::rows_of_both(&combined)
        .iter()
        .map(|row| serde_json::to_string(row).unwrap())
        .collect();
    let part = |row: usize, from: &str| written[row][written[row].find(from).unwrap()..].to_owned();
    assert_eq!(
        part(0, r#""by""#),
        concat!(
            r#""by":"whisper","disagrees":{"by":"soundlock","about":"place","start":1.0,"end":2.0,"#,
            r#""words":"So","confidence":0.8}}"#,
        )
    );
    assert_eq!(part(1, r#""by""#), r#""by":"soundlock"}"#);
    assert_eq!(
        written[2],
        concat!(
            r#"{"id":"3","missing":true,"confidence":0.6,"by":"soundlock","#,
            r#""disagrees":{"by":"whisper","about":"missing","start":7.0,"end":7.5,"confidence":0.5}}"#,
        )
    );
}

/// What a program of these lines of `sh` makes of one line at 1 s to 2 s.
fn asked(script: &str) -> Result<Combined, AlignError> {
    let arguments = vec!["-c".to_owned(), script.to_owned()];
    let plugged = Plugged { program: PathBuf::from("sh"), arguments, timeout_secs: 1, folder: None };
    second_opinion(&plugged, Path::new("/takes/a.wav"), &lines(1), &ours(&[Some((1.0, 2.0, 0.8))]), &|| false)
}

#[test]
fn a_program_is_asked_and_heard() {
    let answers = r#"grep -q '"recording":"/takes/a.wav"' || exit 9
        echo '{"by": "deaf", "rows": [{"id": "1", "start": 5, "end": 6, "confidence": 0.9}]}'"#;
    let combined = asked(answers).unwrap();
    assert_eq!((combined.by, &combined.name[..]), (vec![Whose::Theirs], "deaf"));
    assert_eq!(asked("echo '[]'").unwrap().name, "sh");
}

#[test]
fn a_program_that_fails_says_how() {
    for (script, why) in [
        ("echo no model >&2; exit 1", "the aligner sh: no model"),
        ("sleep 300", "the aligner sh: it did nothing for 1 s"),
        ("yes", "the aligner sh: it answered more than 1064960 bytes"),
        ("while sleep 0.3; do echo; done", "the aligner sh: it did not end within 1 s"),
        ("echo Hello", "the aligner sh: its answer is not JSON: expected value at line 1 column 1"),
        ("echo '[{\"id\": \"7\"}]'", "the aligner sh: row 1 is of line `7`, which was not asked for"),
    ] {
        let error = asked(script).unwrap_err();
        assert_eq!(error.to_string(), why, "{script}");
        assert!(error.hint().is_some());
    }
    let plugged = Plugged {
        program: PathBuf::from("no-such-aligner"),
        arguments: Vec::new(),
        timeout_secs: 1,
        folder: None,
    };
    let error = second_opinion(&plugged, Path::new("/a"), &lines(1), &ours(&[None]), &|| false).unwrap_err();
    assert_eq!(error.to_string(), "the aligner no-such-aligner: it is not installed or not on the PATH");
    let sleeps =
        Plugged { program: "sleep".into(), arguments: vec!["5".to_owned()], timeout_secs: 60, folder: None };
    let stopped = second_opinion(&sleeps, Path::new("/a"), &lines(1), &ours(&[None]), &|| true);
    assert!(matches!(stopped, Err(AlignError::Stopped)));
}
