//! `soundlock align` on recordings that the tests speak themselves: another aligner beside it, and bad input.
#![allow(clippy::unwrap_used, reason = "what cannot be had fails the test")]

mod common;

use std::process::Command;

use common::PROGRAM;
use soundlock_testing::{Run, TestFilm};

const HZ: u32 = 22_050;

/// What a voice says, at 22,050 Hz, its silences around it cut off.
fn spoken(voice: &str, text: &str) -> Vec<f32> {
    let said = Command::new("espeak-ng").args(["-v", voice, "-s", "150", "--stdout", text]).output().unwrap();
    let values = said.stdout[44..].chunks_exact(2);
    let sound: Vec<f32> =
        values.map(|two| f32::from(i16::from_le_bytes([two[0], two[1]])) / 32_768.0).collect();
    let is_loud = |value: &f32| value.abs() > 0.003;
    let (first, last) = (sound.iter().position(is_loud).unwrap(), sound.iter().rposition(is_loud).unwrap());
    sound[first..=last].to_vec()
}

/// Readings with pauses between them and a little noise under all of it, and where each is in seconds.
fn session(parts: &[(&str, &str)]) -> (Vec<f32>, Vec<(f64, f64)>) {
    let pause = HZ as usize * 7 / 10;
    let mut sound = vec![0.0; pause];
    let mut places = Vec::new();
    for (voice, text) in parts {
        let start = sound.len();
        sound.extend(spoken(voice, text));
        places.push((start as f64 / f64::from(HZ), sound.len() as f64 / f64::from(HZ)));
        sound.resize(sound.len() + pause, 0.0);
    }
    let noise = soundlock_testing::noise(1, 0.001, sound.len() as u64);
    sound.iter_mut().zip(noise).for_each(|(value, noise)| *value += noise);
    (sound, places)
}

/// A WAV file of 16 bits; `hz` is what its header says.
fn wav(hz: u32, sides: u16, values: &[f32]) -> Vec<u8> {
    let bytes = 2 * values.len() as u32;
    let mut file = Vec::from(*b"RIFF");
    file.extend((36 + bytes).to_le_bytes());
    file.extend(*b"WAVEfmt \x10\0\0\0\x01\0");
    file.extend(sides.to_le_bytes());
    file.extend(hz.to_le_bytes());
    file.extend((hz * u32::from(sides) * 2).to_le_bytes());
    file.extend((sides * 2).to_le_bytes());
    file.extend(*b"\x10\0data");
    file.extend(bytes.to_le_bytes());
    file.extend(values.iter().flat_map(|value| ((value * 32_767.0) as i16).to_le_bytes()));
    file
}

const ANNA: &str = "en-gb-scotland+f3";
const BERT: &str = "en-gb-x-rp+m2";

const SCENE: &str = r#"[
    {"id": "1", "text": "You said the train leaves at six.", "character": "ANNA"},
    {"id": "2", "text": "It did, yesterday. So we walk to the harbour.", "character": "BERT"},
    {"id": "3", "text": "Forty kilometres, in the snow, with your suitcase.", "character": "ANNA"}
]"#;

const LINE: &str = r#"[{"id": "1", "text": "You said the train leaves at six."}]"#;

const READ: [(&str, &str); 3] = [
    (ANNA, "You said the train leaves at six."),
    (BERT, "It did, yesterday. So we walk to the harbour."),
    (ANNA, "Forty kilometres, in the snow, with your suitcase."),
];

/// A folder with a recording and its lines, in which `soundlock align` is used.
fn folder(lines: &str, recording: &[u8]) -> TestFilm {
    let folder = TestFilm::empty(PROGRAM);
    folder.write("lines.json", lines);
    folder.write("take.wav", recording);
    folder
}

fn align(folder: &TestFilm, more: &[&str]) -> Run {
    folder.run(&[&["align", "take.wav", "--lines", "lines.json"], more].concat())
}

fn rows(run: &Run) -> Vec<serde_json::Value> {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"))
}

/// Whether a row lies within `slack_secs` of a place.
fn is_at(row: &serde_json::Value, place: (f64, f64), slack_secs: f64) -> bool {
    let at = |name: &str| row[name].as_f64().unwrap_or(f64::NAN);
    (at("start") - place.0).abs() < slack_secs && (at("end") - place.1).abs() < slack_secs
}

#[test]
fn another_aligner_is_asked_and_the_surer_answer_counts() {
    let (sound, places) = session(&READ);
    let folder = folder(SCENE, &wav(HZ, 1, &sound));
    folder.write(
        "other.sh",
        r#"grep -q '"recording":"/.*take.wav".*"id":"2"' || exit 9
        echo '{"by": "deaf ear", "rows": [
            {"id": "1", "start": 0.1, "end": 0.5, "confidence": 1.0},
            {"id": "2", "missing": true, "confidence": 0.01}]}'"#,
    );
    let run = align(&folder, &["--json", "--with", "sh 'other.sh' --any"]).done();
    let rows = rows(&run);
    assert!(is_at(&rows[0], (0.1, 0.5), 0.001) && rows[0]["by"] == "deaf ear", "{run:?}");
    assert!(
        rows[0]["disagrees"]["by"] == "soundlock" && is_at(&rows[0]["disagrees"], places[0], 0.1),
        "{run:?}"
    );
    assert!(rows[1]["by"] == "soundlock" && rows[1]["disagrees"]["about"] == "missing", "{run:?}");
    assert!(
        rows[2]["by"] == "soundlock" && rows[2]["disagrees"].is_null() && is_at(&rows[2], places[2], 0.1)
    );
    align(&folder, &["--with", "sh other.sh"])
        .done()
        .says("[by deaf ear]")
        .says("[missing by deaf ear, 1 %]");
}

#[test]
fn without_an_answer_our_own_alignment_stands() {
    let (sound, places) = session(&READ[..1]);
    let folder = folder(LINE, &wav(HZ, 1, &sound));
    for (command, why) in [
        ("sh -c 'echo no model >&2; exit 3'", "the aligner sh: no model"),
        ("sh -c 'sleep 60'", "the aligner sh: it did nothing for 1 s"),
        ("echo '[{\"id\": \"1\", \"start\": NaN, \"end\": 2}]'", "its answer is not JSON"),
        ("echo '[{\"id\": \"1\", \"start\": 700, \"end\": 702}]'", "lies outside of the recording"),
        ("no-such-aligner", "it is not installed"),
    ] {
        let run = align(&folder, &["--json", "--with", command, "--with-timeout", "1"]).done();
        assert!(run.stderr.contains(why) && run.stderr.contains("our own alignment stands"), "{run:?}");
        assert!(is_at(&rows(&run)[0], places[0], 0.1) && rows(&run)[0]["by"].is_null(), "{run:?}");
    }
    align(&folder, &["--with", "'never closed"]).ends(2).says("names no program");
}
