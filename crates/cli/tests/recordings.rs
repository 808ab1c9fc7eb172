//! A recording day, as a director meets it: sessions with mistakes, what is said of them, and choices that are kept.

#![expect(clippy::unwrap_used, reason = "what cannot be had fails the test")]

mod common;

use std::process::Command;

use common::two_rooms;
use soundlock_testing::TestFilm;
use soundlock_time::SampleRate;

/// Recordings are made at the rate at which espeak-ng speaks.
const HZ: u32 = 22_050;

fn said(voice: &str, text: &str) -> Vec<f32> {
    let output = Command::new("espeak-ng").args(["-v", voice, "--stdout", text]).output().unwrap();
    let samples = output.stdout[44..].chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]]));
    samples.map(|sample| f32::from(sample) / 32_768.0).collect()
}

/// What is said, in one file, with silence after each.
fn recording(parts: &[(&str, &str)]) -> Vec<u8> {
    let silence = vec![0.0; HZ as usize * 4 / 5];
    let samples: Vec<f32> =
        parts.iter().flat_map(|(voice, text)| [said(voice, text), silence.clone()].concat()).collect();
    soundlock_testing::wav(SampleRate::new(HZ).unwrap(), &samples)
}

/// Scene 1 in one file, with a slate, a false start, a line twice and nothing of Jonas.
fn session() -> TestFilm {
    let film = two_rooms();
    let mina = "en-us+f3";
    let parts = [
        ("en-us+m7", "Scene one, take one."),
        (mina, "You said the train"),
        (mina, "You said the train leaves at six."),
        (mina, "You said the train leaves at six."),
    ];
    film.write("voices/Scene 1.wav", recording(&parts));
    film
}

/// The objects of one type that a run wrote.
fn objects(stdout: &str, kind: &str) -> Vec<serde_json::Value> {
    let all = stdout.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    all.filter(|object| object["type"] == kind).collect()
}

#[test]
fn a_recording_day_is_checked() {
    let film = session();
    film.write("voices/Scene 9.wav", recording(&[("en-us+m1", "What a lovely day for cooking rice.")]));
    let run = film.run(&["record-check"]).ends(1);
    for said in [
        "scene 1, INT. KITCHEN - NIGHT: 1 of 2 lines",
        "take 3 of 3",
        "MISSING",
        "recorded of scene 2",
        "named for 9",
    ] {
        assert!(run.stdout.contains(said), "{said}: {run}");
    }
    let page = film.read("out/recordings.html");
    assert!(page.contains("../voices/Scene%201.wav") && page.contains("broken off"), "{page}");
    let lines = objects(&film.run(&["record-check", "voices", "--json"]).ends(1).stdout, "line");
    let takes = lines[0]["takes"].as_array().unwrap();
    assert_eq!((takes.len(), &lines[0]["chosen"], &lines[1]["missing"]), (3, &3.into(), &true.into()));
    assert_eq!(takes[0]["flaws"][0]["flaw"], "broken-off");
    let places: Vec<f64> = takes.iter().map(|take| take["in"].as_f64().unwrap()).collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn a_choice_is_kept_in_film_toml_and_moves_only_what_it_must() {
    let film = session();
    film.run(&["make", "--quiet"]).done();
    let before = film.read("film.toml");
    let run = film.run(&["line", "1.01", "--take", "2"]).done();
    assert!(run.stdout.contains("*  2") && run.stdout.contains("chosen by the director"), "{run}");
    assert!(film.read("film.toml").contains("[lines.\"1.01\"]\nfile = \"voices/Scene 1.wav\"\ntake = 2\n"));
    let lock = film.read("sound.lock");
    film.run(&["sound", "--diff"]).done().says("line 1.01").says("nothing was written");
    assert_eq!(film.read("sound.lock"), lock);
    // Another recording, which stands before the other, changes nothing of the choice.
    film.write("voices/Scene 1 early.wav", recording(&[("en-us+f3", "You said the train leaves at six.")]));
    film.run(&["line", "1.01"]).done().says("*  2");
    film.run(&["line", "1.01", "--from", "voices/Scene 1.wav", "--in", "0:01.5", "--out", "4"]).done();
    assert!(film.read("film.toml").contains("in = 1.5\nout = 4.0\n"), "{}", film.read("film.toml"));
    film.run(&["line", "1.01"]).done().says("0:01.50 to 0:04.00");
    film.run(&["line", "1.01", "--take", "0"]).done();
    assert_eq!(film.read("film.toml"), before);
    for (arguments, code, says) in [
        (&["line", "1.01", "--take", "9"][..], 2, "line 1.01 has no take 9"),
        (&["line", "7.01"], 2, "the script has no line 7.01"),
        (
            &["line", "1.01", "--from", "script.fountain", "--in", "1", "--out", "2"],
            1,
            "cannot be read as sound",
        ),
        (
            &["line", "1.01", "--from", "voices/Scene 1.wav", "--in", "60", "--out", "61"],
            1,
            "between in and out",
        ),
        (
            &["line", "1.01", "--from", "voices/no.wav", "--in", "1", "--out", "2"],
            2,
            "no file in the film folder",
        ),
    ] {
        let run = film.run(arguments).ends(code);
        assert!(run.stderr.contains(says), "{arguments:?}: {run}");
        assert_eq!(film.read("film.toml"), before, "{arguments:?}");
    }
}

#[test]
fn a_session_that_breaks_off_is_said_and_nothing_stops() {
    let film = session();
    let whole = std::fs::read(film.path("voices/Scene 1.wav")).unwrap();
    film.write("voices/Scene 1.wav", &whole[..whole.len() / 2]);
    film.run(&["sound"]).done().says("voices/Scene 1.wav: it breaks off");
    film.run(&["record-check"]).ends(1).says("breaks off");
}
