//! Whatever a file holds, it is read, and printed again byte for byte.

use std::path::Path;

use proptest::prelude::*;
use soundlock_script::{Beat, Counts, Fountain, KnownIds, Screenplay};

/// All that must hold of any bytes.
fn hold(bytes: &[u8]) {
    let fountain = Fountain::read(bytes, &["미나".to_owned()]);
    assert_eq!(fountain.print(), bytes);
    let mut at = 0;
    for element in &fountain.elements {
        assert!(
            element.span.bytes.start == at && element.span.bytes.end > at,
            "{element:?} does not follow {at}"
        );
        assert!(element.span.lines.start < element.span.lines.end, "{element:?}");
        at = element.span.bytes.end;
        for &(place, note) in &element.notes {
            assert!(element.text.is_char_boundary(place) && note < fountain.notes.len(), "{element:?}");
        }
        for run in &element.runs {
            assert!(element.text.get(run.range.clone()).is_some_and(|text| !text.is_empty()), "{element:?}");
        }
    }
    assert_eq!(at, bytes.len());
    for note in &fountain.notes {
        assert!(note.span.bytes.start < note.span.bytes.end && note.span.bytes.end <= bytes.len());
    }
    let _ = Counts::of(&fountain);
    let (screenplay, findings) = Screenplay::from_fountain(&fountain, &KnownIds::default());
    let (again, _) = Screenplay::from_fountain(&fountain, &KnownIds::default().after(&screenplay));
    assert_eq!(again.known_ids(), screenplay.known_ids());
    for finding in findings {
        assert!(finding.span.bytes.end <= bytes.len() && finding.span.lines.start >= 1, "{finding:?}");
    }
    for (_, line) in screenplay.lines() {
        assert!(
            !line.text.is_empty()
                && line.parentheticals.iter().all(|(at, _)| line.text.is_char_boundary(*at))
        );
    }
    let beats = screenplay.scenes.iter().flat_map(|scene| &scene.beats);
    assert!(
        beats.into_iter().all(|beat| !matches!(beat, Beat::Action(action) if action.text.trim().is_empty()))
    );
}

proptest! {
    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        hold(&bytes);
    }

    #[test]
    fn any_fountain(script in r"(INT\. |\.|@|!|~|>|<|#|=|\[\[|\]\]|/\*|\*/|\*|_|\\|\(|\)|\^|MINA|미나|TO:|pause 1s|: |a|\n|\r\n|\r|  |\t|\u{3000}){0,60}") {
        hold(script.as_bytes());
    }

    #[test]
    fn any_utf_16(text in any::<String>(), big in any::<bool>()) {
        let units = "\u{feff}".encode_utf16().chain(text.encode_utf16());
        let bytes: Vec<u8> = units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect();
        hold(&bytes);
    }
}

#[test]
fn fuzz() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/fountain");
    soundlock_testing::fuzz(&corpus, 7, 1_500, hold);
}

/// A minute of text that is hard on a careless reader; each part would take it time in proportion to its square.
#[test]
fn time_grows_with_the_file_only() {
    let hard = [
        "*a ",
        "_a ",
        "**a *b ",
        "[[",
        "/*",
        "]]",
        "[[a]]\n",
        "A\n[[a]]\n",
        "  \n",
        "A\na\n  \n",
        "(",
        "A (",
        "#",
        ".a\n\n",
    ];
    for part in hard {
        let started = std::time::Instant::now();
        let fountain = Fountain::read(part.repeat(200_000 / part.len()).as_bytes(), &[]);
        Screenplay::from_fountain(&fountain, &KnownIds::default());
        let took = started.elapsed();
        assert!(took.as_secs() < 5, "`{part}` took {took:?}");
    }
}
