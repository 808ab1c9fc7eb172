use std::path::Path;
use std::process::Command;

use super::*;
use crate::Sides;
use crate::types::{AlignedLine, Fit, Misreading, Stretch};

/// A sentence by a voice that is not the reference, at 16 kHz.
fn spoken(text: &str, voice: &str) -> Vec<f32> {
    let answer =
        Command::new("espeak-ng").args(["-v", voice, "-s", "150", "--stdout", text]).output().unwrap();
    let values =
        answer.stdout[44..].chunks_exact(2).map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_768.0);
    let values: Vec<f32> = values.collect();
    let place = |n: usize| n as f32 * 22_050.0 / 16_000.0;
    let count = values.len() * 160 / 221;
    let mut sound: Vec<f32> = (0..count)
        .map(|n| {
            let (at, share) = (place(n) as usize, place(n).fract());
            values[at] * (1.0 - share) + values[(at + 1).min(values.len() - 1)] * share
        })
        .collect();
    let loud = |value: &f32| value.abs() > 0.003;
    let (first, last) = (sound.iter().position(loud).unwrap(), sound.iter().rposition(loud).unwrap());
    sound.truncate(last + 1);
    sound.drain(..first);
    sound
}

/// A recording and where each of its parts is, in seconds.
fn recording(parts: &[(&str, &str)]) -> (Vec<f32>, Vec<(f64, f64)>) {
    let mut sound = vec![0.0; 12_000];
    let mut places = Vec::new();
    for (voice, text) in parts {
        let said = spoken(text, voice);
        let start = sound.len() as f64 / 16_000.0;
        sound.extend(said);
        places.push((start, sound.len() as f64 / 16_000.0));
        sound.resize(sound.len() + 12_000, 0.0);
    }
    let mut state = 1_u32;
    for value in &mut sound {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *value += (state >> 8) as f32 / 16_777_216.0 * 0.002 - 0.001;
    }
    (sound, places)
}

fn lines(texts: &[(&str, &str)]) -> Vec<Line> {
    let line = |(at, (character, text)): (usize, &(&str, &str))| Line {
        id: format!("1.{at:02}"),
        text: (*text).to_owned(),
        language: if text.is_ascii() { "en" } else { "ko" }.to_owned(),
        character: (*character).to_owned(),
        scene: "1".to_owned(),
    };
    texts.iter().enumerate().map(line).collect()
}

fn aligned(mut sound: &[f32], lines: &[Line]) -> Result<Alignment, AlignError> {
    let context = AlignContext { espeak: Path::new("espeak-ng"), stopped: &|| false };
    align(&mut sound, lines, &context)
}

fn is_near(found: &AlignedLine, place: (f64, f64)) -> bool {
    found.best_take().is_some_and(|take| {
        let (start, end) = take.stretch.seconds();
        (start - place.0).abs() < 0.12 && (end - place.1).abs() < 0.12
    })
}

const SCENE: [(&str, &str); 6] = [
    ("MINA", "You said the *train* leaves at six."),
    ("JONAS", "It did (beat) yesterday."),
    ("MINA", "So we walk?"),
    ("JONAS", "Forty kilometres, in the snow, with your suitcase."),
    ("MINA", "No."),
    ("JONAS", "Then give me the radio, and carry the rest yourself."),
];

#[test]
fn what_actors_do_is_found() {
    let (mina, jonas) = ("en-gb-scotland+f3", "en-gb-x-rp+m2");
    let (sound, places) = recording(&[
        (mina, "You said the train leaves at six."),
        (jonas, "It did, yesterday."),
        (mina, "So we walk?"),
        (mina, "So we walk?"),
        (jonas, "Then give me the"),
        (jonas, "Then give me the radio, and carry the rest yourself."),
    ]);
    let found = aligned(&sound, &lines(&SCENE)).unwrap();
    assert_eq!(found.fit, Fit::Fits);
    let at = [Some(0), Some(1), Some(3), None, None, Some(5)];
    for (line, at) in found.lines.iter().zip(at) {
        match at {
            Some(at) => assert!(is_near(line, places[at]), "{:?} {line:?}", places[at]),
            None => assert_eq!(line.best, None, "{line:?}"),
        }
    }
    assert_eq!(found.lines[2].takes.len(), 2);
    let takes: Vec<bool> = found.lines[5].takes.iter().map(|take| take.complete).collect();
    assert_eq!(takes, [false, true]);
    let words: Vec<&str> =
        found.lines[0].best_take().unwrap().words.iter().map(|word| word.word.as_str()).collect();
    assert_eq!(words, ["You", "said", "the", "train", "leaves", "at", "six"]);
}

#[test]
fn other_words_and_silence_are_not_laid() {
    let (sound, _) = recording(&[
        ("en-us+m3", "The last bus has gone, and nobody knows when another one will come."),
        ("en-us+f2", "My grandmother planted these apple trees before the war."),
        ("en-us+m3", "Would you like some more soup, or shall I call the waiter?"),
    ]);
    let found = aligned(&sound, &lines(&SCENE)).unwrap();
    assert_eq!(found.fit, Fit::OtherWords);
    assert!(found.lines.iter().all(|line| line.best.is_none()) && !found.extras.is_empty());
    for samples in [0, 1, 3200, 160_000] {
        let found = aligned(&vec![0.0; samples], &lines(&SCENE)).unwrap();
        assert_eq!((found.fit, found.samples), (Fit::Silent, samples as u64));
    }
}

/// The same samples, played as many times as fast.
fn faster(sound: &[f32], times: f64) -> Vec<f32> {
    let count = (sound.len() as f64 / times) as usize - 1;
    let at = |n: usize| {
        let place = n as f64 * times;
        let (at, share) = (place as usize, place.fract() as f32);
        sound[at] * (1.0 - share) + sound[at + 1] * share
    };
    (0..count).map(at).collect()
}

#[test]
fn a_wrong_header_and_a_clipped_recording_are_still_laid() {
    let (mina, jonas) = ("en-gb-scotland+f3", "en-gb-x-rp+m2");
    let parts: Vec<(&str, &str)> = [
        (mina, "You said the train leaves at six."),
        (jonas, "It did, yesterday."),
        (mina, "So we walk?"),
        (jonas, "Forty kilometres, in the snow, with your suitcase."),
        (mina, "No."),
        (jonas, "Then give me the radio, and carry the rest yourself."),
    ]
    .into();
    let (sound, places) = recording(&parts);
    let times = 48_000.0 / 44_100.0;
    let found = aligned(&faster(&sound, times), &lines(&SCENE)).unwrap();
    for (line, place) in found.lines.iter().zip(&places) {
        assert!(is_near(line, (place.0 / times, place.1 / times)), "{place:?} {line:?}");
    }
    let square: Vec<f32> =
        sound.iter().map(|value| if value.abs() < 0.003 { *value } else { value.signum() }).collect();
    let found = aligned(&square, &lines(&SCENE)).unwrap();
    for (line, place) in found.lines.iter().zip(&places) {
        assert!(is_near(line, *place), "{place:?} {line:?}");
    }
    let found = aligned(&faster(&sound, 2.0), &lines(&SCENE)).unwrap();
    assert_eq!(found.fit, Fit::OtherWords);
}

#[test]
fn lines_that_cannot_be_looked_for_are_errors() {
    let (sound, _) = recording(&[("en-us", "So we walk?")]);
    assert!(matches!(aligned(&sound, &[]), Err(AlignError::NoLines)));
    let mut twice = lines(&SCENE);
    twice[1].id = twice[0].id.clone();
    assert!(matches!(aligned(&sound, &twice), Err(AlignError::SameId { .. })));
    let mut odd = lines(&SCENE);
    odd[1].language = "--version".to_owned();
    assert!(matches!(aligned(&sound, &odd), Err(AlignError::LanguageName { .. })));
    odd[1].language = "xx-nowhere".to_owned();
    assert!(matches!(aligned(&sound, &odd), Err(AlignError::Voice { .. })));
    let unsaid = lines(&[("MINA", "…"), ("MINA", "(sighs)")]);
    assert!(aligned(&sound, &unsaid).unwrap().lines.iter().all(|line| line.best.is_none()));
}

const READ: [&str; 6] = [
    "You said the train leaves at six.",
    "It did, yesterday.",
    "So we walk?",
    "Forty kilometres, in the snow, with your suitcase.",
    "No.",
    "Then give me the radio, and carry the rest yourself.",
];

/// The scene read by these two voices, but one line so; what is told of each line.
fn told(voices: [&str; 2], line: usize, said: &str) -> Alignment {
    let mut parts: Vec<(&str, &str)> =
        READ.iter().enumerate().map(|(at, text)| (voices[at % 2], *text)).collect();
    parts[line].1 = said;
    aligned(&recording(&parts).0, &lines(&SCENE)).unwrap()
}

#[test]
fn what_is_said_otherwise_is_told_with_its_words() {
    let voices = ["en-gb-scotland+f3", "en-us+m2"];
    for (line, said, written, is_said) in [
        (3, "Forty kilometres, in the snow, with your umbrella.", "suitcase", true),
        (0, "You said the yesterday leaves at six.", "train", true),
        (5, "Then give me the radio, and the rest yourself.", "carry", false),
        (3, "Kilometres, in the snow, with your suitcase.", "Forty", false),
        (0, "You said the very beautiful train leaves at six.", "", true),
        (5, "Then give me the radio, and carry the rest of it there yourself.", "", true),
    ] {
        let found = told(voices, line, said);
        for (at, found) in found.lines.iter().enumerate() {
            assert_eq!(found.misread, at == line, "{said} {found:?}");
        }
        let take = found.lines[line].best_take().unwrap();
        // A neighbour may be told with it: between one word and the next nobody hears an edge.
        let names = |one: &&Misreading| {
            one.written == written || !written.is_empty() && one.written.contains(written)
        };
        let misreading = take.misreadings.iter().find(names);
        let Some(Misreading { stretch: Stretch { start, end }, .. }) = misreading else {
            panic!("{said} {take:?}")
        };
        assert_eq!(start < end, is_said, "{said} {take:?}");
        assert!(take.stretch.start <= *start && *end <= take.stretch.end, "{said} {take:?}");
        assert!(
            take.words.iter().filter(|word| word.word == written).all(|word| !word.said),
            "{said} {take:?}"
        );
    }
}

#[test]
fn what_is_said_as_written_is_not_told() {
    for voices in [["en-gb-scotland+f3", "en-gb-x-rp+m2"], ["en-us+m7", "en-029+f4"]] {
        let found = told(voices, 0, READ[0]);
        for line in &found.lines {
            let take = line.best_take().unwrap();
            assert!(!line.misread && take.misreadings.is_empty() && take.unscripted.is_empty(), "{line:?}");
            assert!(take.words.iter().all(|word| word.said && word.fit.is_finite()), "{line:?}");
        }
    }
}

#[test]
fn figures_marks_and_short_lines_are_found() {
    let (kim, lee) = ("en-gb-scotland+f3", "en-gb-x-rp+m2");
    let written = lines(&[
        ("KIM", "Dr. Kim, 3rd floor, 7:45, $20."),
        ("LEE", "(quietly) I *never* (beat) said _that_, Mr. Park. [[a note]]"),
        ("KIM", "Why?"),
        ("LEE", "The 2 of us left at 9, on page 12 -- with 100% of it."),
        ("KIM", "No!"),
        ("LEE", "Go. (She goes.)"),
    ]);
    let (sound, places) = recording(&[
        (kim, "Doctor Kim, third floor, seven forty five, twenty dollars."),
        (lee, "I never said that, mister Park."),
        (kim, "Why?"),
        (lee, "The two of us left at nine, on page twelve, with a hundred percent of it."),
        (kim, "No!"),
        (lee, "Go. She goes."),
    ]);
    let found = aligned(&sound, &written).unwrap();
    for (line, place) in found.lines.iter().zip(&places).take(5) {
        assert!(is_near(line, *place), "{place:?} {line:?}");
    }
}

/// Notes of a few partials that die away.
fn music(secs: usize) -> Vec<f32> {
    let hz = [220.0, 277.2, 329.6, 440.0, 392.0, 329.6];
    let value = |n: usize| {
        let (note, within) = (n / 6400, (n % 6400) as f32 / 16_000.0);
        let partial = |times: f32| libm::sinf(std::f32::consts::TAU * hz[note % 6] * times * within) / times;
        0.2 * libm::expf(-4.0 * within) * (partial(1.0) + partial(2.0) + partial(3.0))
    };
    (0..secs * 16_000).map(value).collect()
}

#[test]
fn what_is_not_the_scene_is_not_laid() {
    let (other_scene, _) = recording(&[
        ("en-gb-scotland+f3", "The doctor says it will be a boy, whatever the neighbours think."),
        ("en-gb-x-rp+m2", "Close the window, the rain is coming in over the books."),
        ("en-gb-scotland+f3", "How much money is left in the account this morning?"),
    ]);
    let (german, _) = recording(&[
        ("de", "Mein Großvater hat dieses Haus mit eigenen Händen gebaut."),
        ("de+f2", "Mach das Licht aus und komm endlich vom Fenster weg."),
        ("de", "Die Polizei hat das Boot gestern Abend im Hafen gefunden."),
    ]);
    for (what, sound) in [("another scene", other_scene), ("another language", german), ("music", music(20))]
    {
        let found = aligned(&sound, &lines(&SCENE)).unwrap();
        assert_ne!(found.fit, Fit::Fits, "{what}");
        assert!(found.lines.iter().all(|line| line.best.is_none() && line.takes.is_empty()), "{what}");
    }
}

#[test]
fn a_dead_side_changes_nothing() {
    let parts: Vec<(&str, &str)> = READ.iter().map(|text| ("en-gb-x-rp+m2", *text)).collect();
    let (sound, places) = recording(&parts);
    let both: Vec<f32> = sound.iter().flat_map(|value| [0.0, *value]).collect();
    let mut rest = &both[..];
    let mut sides = Sides::new(move |block: &mut [f32]| Recording::read(&mut rest, block));
    let context = AlignContext { espeak: Path::new("espeak-ng"), stopped: &|| false };
    let found = align(&mut sides, &lines(&SCENE), &context).unwrap();
    assert_eq!(found.samples, sound.len() as u64);
    for (line, place) in found.lines.iter().zip(&places) {
        assert!(is_near(line, *place), "{place:?} {line:?}");
    }
}

/// Scenes of eleven lines each, of which no two are the same.
fn scenes(count: usize) -> Vec<Vec<String>> {
    const WHO: [&str; 11] = [
        "My grandmother",
        "The doctor",
        "Your brother",
        "Nobody",
        "Every child here",
        "The old captain",
        "A stranger",
        "Our neighbour",
        "That policeman",
        "The baker's wife",
        "Somebody upstairs",
    ];
    const DID: [&str; 11] = [
        "planted",
        "was afraid of",
        "never understood",
        "sold",
        "dreams about",
        "has stolen",
        "painted over",
        "walked away from",
        "keeps writing to",
        "would pay for",
        "buried",
    ];
    const WHAT: [&str; 11] = [
        "these apple trees",
        "the long winter",
        "a silver watch",
        "my letters from Vienna",
        "the radio",
        "half the village",
        "that blue suitcase",
        "eleven soldiers",
        "the burning house",
        "your piano",
        "a map of the harbour",
    ];
    let line = |scene: usize, at: usize| {
        let of = |words: [&'static str; 11], step: usize, by: usize| words[(at * step + scene * by) % 11];
        format!("{} {} {}.", of(WHO, 1, 4), of(DID, 3, 5), of(WHAT, 7, 2))
    };
    (0..count).map(|scene| (0..11).map(|at| line(scene, at)).collect()).collect()
}

#[test]
fn scenes_of_a_session_are_found_in_any_order_and_one_that_was_not_read_is_not() {
    let texts = scenes(5);
    let voices = ["en-gb-scotland+f3", "en-gb-x-rp+m2"];
    let order = [3, 0, 4, 1];
    let read: Vec<(&str, &str)> = order
        .iter()
        .flat_map(|scene| texts[*scene].iter().enumerate())
        .map(|(at, text)| (voices[at % 2], text.as_str()))
        .collect();
    let (sound, places) = recording(&read);
    let line = |scene: usize, at: usize| Line {
        id: format!("{scene}.{at:02}"),
        text: texts[scene][at].clone(),
        language: "en".to_owned(),
        character: ["MINA", "JONAS"][at % 2].to_owned(),
        scene: scene.to_string(),
    };
    let written: Vec<Line> = (0..5)
        .flat_map(|scene| (0..11).map(move |at| (scene, at)))
        .map(|(scene, at)| line(scene, at))
        .collect();
    let found = aligned(&sound, &written).unwrap();
    for (at, line) in found.lines.iter().enumerate() {
        let place = order.iter().position(|scene| *scene == at / 11).map(|nth| places[nth * 11 + at % 11]);
        match place {
            Some(place) => assert!(is_near(line, place), "{place:?} {line:?}"),
            None => assert_eq!(line.best, None, "{line:?}"),
        }
    }
}
