//! What comes home from a recording day and cannot be used: each is named with what is wrong, and nothing stops.
#![expect(clippy::unwrap_used, reason = "what cannot be had fails the test")]

mod common;

use std::fs;

use common::{objects, recording, said, two_rooms};
use soundlock_testing::{Run, TestFilm};
use soundlock_time::SampleRate;

const MINA: &str = "en-us+f3";

fn wav_at(hz: u32, samples: &[f32]) -> Vec<u8> {
    soundlock_testing::wav(SampleRate::new(hz).unwrap(), samples)
}

/// A WAV file of 16 bits with two channels.
fn stereo(hz: u32, frames: impl Iterator<Item = (f32, f32)>) -> Vec<u8> {
    let value = |sample: f32| ((sample.clamp(-1.0, 1.0) * 32_767.0) as i16).to_le_bytes();
    let data: Vec<u8> = frames.flat_map(|(left, right)| [value(left), value(right)].concat()).collect();
    let mut file = b"RIFF".to_vec();
    file.extend((36 + data.len() as u32).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x02\0");
    file.extend(hz.to_le_bytes());
    file.extend((hz * 4).to_le_bytes());
    file.extend(b"\x04\0\x10\0data");
    file.extend((data.len() as u32).to_le_bytes());
    file.extend(data);
    file
}

/// Three chords that swell and fall: nobody speaks.
fn music(secs: usize) -> Vec<f32> {
    // Triangles are enough of a tone, and the same on every machine.
    let tone = |n: usize, hz: f32| 4.0 * ((n as f32 * hz / 48_000.0).fract() - 0.5).abs() - 1.0;
    let sample = |n: usize| {
        let root = [220.0, 246.9, 196.0][n / 96_000 % 3];
        let swell = 0.5 + 0.4 * tone(n, 0.5);
        swell * 0.15 * (tone(n, root) + tone(n, root * 1.25) + tone(n, root * 1.5))
    };
    (0..secs * 48_000).map(sample).collect()
}

/// One file of `voices/`, alone beside a good recording of line 1.01; what is said of it with `record-check`.
fn checked(name: &str, bytes: &[u8]) -> (TestFilm, Run) {
    let film = two_rooms();
    film.write("voices/1.01.wav", recording(&[(MINA, "You said the train leaves at six.")]));
    film.write(&format!("voices/{name}"), bytes);
    let run = film.run(&["record-check"]);
    (film, run)
}

#[track_caller]
fn check(name: &str, bytes: &[u8], says: &str) {
    let (film, run) = checked(name, bytes);
    assert_eq!(run.code, Some(1), "{name}: {run}");
    let told = run.stdout.lines().any(|line| line.contains(name) && line.contains(says));
    assert!(told, "{name}: `{says}` is not said of it in\n{run}");
    assert!(run.stdout.contains("voices/1.01.wav 0:0"), "the good one is found: {run}");
    assert!(!run.stderr.contains("panicked"), "{run}");
    let page = film.read("out/recordings.html");
    assert!(page.contains("1 of 3"), "{name}: {page}");
    let recordings = objects(&film.run(&["record-check", "--json"]).ends(1).stdout, "recording");
    let own = recordings.iter().find(|one| one["file"].as_str().unwrap().contains(name)).unwrap();
    assert!(own["unusable"].as_str().unwrap().contains(says), "{own}");
    // Only a file that is named for a line stops the lock; none of these is.
    film.run(&["sound"]).done().says(name);
}

#[test]
fn what_holds_no_line_is_said_of_each() {
    check("silence.wav", &wav_at(48_000, &vec![0.0; 240_000]), "nobody speaks in it");
    check("music.wav", &wav_at(48_000, &music(12)), "in it");
    let german = "Heute scheint die Sonne, und wir fahren mit dem Fahrrad an den See, um dort zu schwimmen.";
    check("german.wav", &recording(&[("de", german)]), "what is said in it is not the script's lines");
    let other = "The carpenter measured the table twice. Nobody had seen the lighthouse in years.";
    check("other.wav", &recording(&[("en-us+m1", other)]), "what is said in it is not the script's lines");
    check("nothing.wav", b"", "it is empty (0 bytes)");
    check("diary.wav", b"dear diary, today I was to record line 1.02\n", "it cannot be read as sound");
    let torn = wav_at(22_050, &said(MINA, "It did."));
    check("torn.wav", &torn[..torn.len() / 2], "it breaks off");
    check(
        "9.99 nobody.wav",
        &recording(&[(MINA, "So we walk?")]),
        "named for 9.99, which the script does not have",
    );
}

#[test]
fn a_wrong_header_is_no_reason_to_stop() {
    let mut bytes = recording(&[(MINA, "You said the train leaves at six.")]);
    bytes[..44].fill(0x5a);
    check("header.wav", &bytes, "it cannot be read as sound");
}

#[test]
fn a_blip_is_laid_nowhere() {
    let blip = &said(MINA, "You said the train leaves at six.")[2000..2000 + 22_050 / 5];
    let (film, run) = checked("blip.wav", &wav_at(22_050, blip));
    assert!(run.code == Some(1) && !run.stderr.contains("panicked"), "{run}");
    assert!(!film.run(&["line", "1.02"]).done().stdout.contains("blip"), "{run}");
}

#[test]
fn scene_two_recorded_under_the_name_of_scene_one_is_noticed() {
    let film = two_rooms();
    // Of a word or two nobody could tell for certain; of a breath or two they can.
    let walk = "So we walk? All night, over the bridge and along the river, until somebody has room for us?";
    film.write("voices/Scene 1.wav", recording(&[("en-us+m1", walk)]));
    let run = film.run(&["record-check"]).ends(1);
    assert!(run.stdout.contains("Scene 1.wav: what is said in it is not the script's lines"), "{run}");
}

#[test]
fn a_recording_with_a_dead_side_is_heard_from_the_other() {
    let mono = said(MINA, "You said the train leaves at six.");
    let film = two_rooms();
    film.write("voices/1.01.wav", stereo(22_050, mono.iter().map(|sample| (0.0, *sample))));
    let run = film.run(&["line", "1.01"]).done();
    assert!(
        run.stdout.contains("*  1  voices/1.01.wav") && !run.stdout.contains("nothing is heard"),
        "{run}"
    );
}

#[test]
fn square_waves_are_told() {
    let loud: Vec<f32> = said(MINA, "You said the train leaves at six.")
        .iter()
        .map(|sample| (sample * 400.0).clamp(-0.9, 0.9))
        .collect();
    let film = two_rooms();
    film.write("voices/1.01.wav", wav_at(22_050, &loud));
    let run = film.run(&["record-check"]).ends(1);
    assert!(run.stdout.contains("clipped"), "{run}");
    film.run(&["sound"]).done();
}

#[test]
fn a_wrong_rate_in_the_header_is_played_as_it_is_and_told() {
    // 22.05 kHz that says 44.1: twice as quick and an octave up, as every player would play it.
    let quick = wav_at(44_100, &said(MINA, "You said the train leaves at six."));
    let (_, run) = checked("1.01 quick.wav", &quick);
    assert!(run.code == Some(1) && !run.stderr.contains("panicked"), "{run}");
    assert!(run.stdout.contains("voices/1.01.wav 0:0"), "the good take is used: {run}");
}

#[cfg(unix)]
#[test]
fn links_that_lead_nowhere_or_back_are_told() {
    use std::os::unix::fs::symlink;
    let film = two_rooms();
    film.write("voices/1.01.wav", recording(&[(MINA, "You said the train leaves at six.")]));
    symlink(".", film.path("voices/round")).unwrap();
    symlink("itself.wav", film.path("voices/itself.wav")).unwrap();
    symlink("nowhere.wav", film.path("voices/gone.wav")).unwrap();
    let run = film.run(&["record-check"]).ends(1);
    for says in [
        "voices/round: it is a link that leads back to a folder that it lies in; it is not used",
        "voices/itself.wav: it cannot be opened",
        "voices/gone.wav: it cannot be opened: No such file",
    ] {
        assert!(run.stdout.contains(says), "{says}: {run}");
    }
    assert_eq!(run.stdout.matches("voices/1.01.wav").count(), 1, "found once: {run}");
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let film = two_rooms();
    film.write("voices/1.01.wav", recording(&[(MINA, "You said the train leaves at six.")]));
    film.write("voices/secret.wav", "x");
    film.write("voices/locked/a.wav", "x");
    let shut = |path: &str| fs::set_permissions(film.path(path), fs::Permissions::from_mode(0o000)).unwrap();
    shut("voices/secret.wav");
    shut("voices/locked");
    if fs::File::open(film.path("voices/secret.wav")).is_ok() {
        eprintln!("skipped: this user may read everything");
        return;
    }
    let run = film.run(&["record-check"]).ends(1);
    let _ = fs::set_permissions(film.path("voices/locked"), fs::Permissions::from_mode(0o755));
    for says in ["voices/secret.wav: it cannot be", "voices/locked: it cannot be opened", "Permission denied"]
    {
        assert!(run.stdout.contains(says), "{says}: {run}");
    }
}

#[test]
fn a_folder_that_is_not_there_is_asked_wrongly() {
    let film = two_rooms();
    for (folder, code) in [("nowhere", 2), ("script.fountain", 2)] {
        film.run(&["record-check", folder]).ends(code).says(folder);
    }
    fs::create_dir(film.path("empty")).unwrap();
    film.run(&["record-check", "empty"]).ends(1).says("no recording");
}
