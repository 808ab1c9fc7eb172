//! What goes wrong at two in the morning: each with a clear error, and nothing lost.
#![allow(clippy::unwrap_used, reason = "what cannot be had here fails the test")]

mod common;

use std::fs;
use std::process::{Command, Stdio};

use common::{PROGRAM, SMALL, TWO_ROOMS, deliveries, film, two_rooms, wav};
use soundlock_testing::TestFilm;

#[track_caller]
fn check(film: &TestFilm, code: i32, words: &[&str]) {
    let run = film.run(&["make"]).ends(code);
    for word in words {
        assert!(run.stderr.contains(word), "`{word}` is not in:\n{}", run.stderr);
    }
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
}

#[test]
fn an_empty_script() {
    check(&film("", SMALL), 1, &["the script has no scenes", "hint: write a scene heading"]);
    check(&film("Title: Nothing\n\n", SMALL), 1, &["the script has no scenes"]);
}

#[test]
fn a_script_without_dialogue_is_a_silent_film() {
    let film = film("EXT. FIELD - DAY\n\nWind in the grass. Nobody comes.\n", SMALL);
    film.run(&["make"]).done();
    film.run(&["make"]).done().says("nothing to do");
}

#[test]
fn no_film_folder() {
    let film = TestFilm::empty(PROGRAM);
    let run = film.run(&["--film", film.folder().to_str().unwrap(), "make"]).ends(2);
    assert!(run.stderr.contains("there is no film.toml"), "{}", run.stderr);
}

#[test]
fn no_script() {
    let film = two_rooms();
    fs::remove_file(film.path("script.fountain")).unwrap();
    check(&film, 3, &["cannot read or write [film]/script.fountain\n  because No such file"]);
}

#[test]
fn a_character_that_nobody_is() {
    let film = film(TWO_ROOMS, &format!("{SMALL}\n[cast.MIRA]\nlooks = \"tall\"\n"));
    check(&film, 1, &["nobody in the script is called `MIRA`", "film.toml:", "MINA"]);
}

#[test]
fn film_toml_with_a_key_that_is_none() {
    check(&film(TWO_ROOMS, "rastre = \"192x108\"\n"), 1, &["rastre", "film.toml:1:1"]);
}

#[test]
fn film_toml_with_the_wrong_type() {
    check(&film(TWO_ROOMS, "language = \"en\"\nfps = 24\n"), 1, &["film.toml:2:"]);
    check(&film(TWO_ROOMS, "[plan]\npace_secs = \"slow\"\n"), 1, &["film.toml:2:"]);
    check(&film(TWO_ROOMS, "[finish]\ncrf = 60\n"), 1, &["finish.crf is 60", "film.toml:2:"]);
    check(&film(TWO_ROOMS, "[sound]\ntarget = \"loud\"\n"), 1, &["sound.target is `loud`", "ebu-r128"]);
}

#[test]
fn film_toml_that_is_not_toml() {
    check(&film(TWO_ROOMS, "language = \n"), 1, &["film.toml:1:"]);
    check(&film(TWO_ROOMS, ""), 1, &["door.wav"]);
}

#[test]
fn a_ceiling_shorter_than_the_shortest_shot() {
    let film = two_rooms();
    film.write("film.toml", format!("{SMALL}\n[generators.animatic]\nceiling_secs = 0.5\n"));
    check(&film, 1, &["`animatic` holds together for 12 frames", "shortest shot of 24"]);
}

#[test]
fn a_missing_effect() {
    check(&film(TWO_ROOMS, SMALL), 1, &["effects/door.wav", "line 14"]);
}

#[test]
fn recordings_that_cannot_be_used() {
    for (bytes, name) in [
        (Vec::new(), "an empty file"),
        (b"dear diary, today I was to record line 1.02".to_vec(), "a text"),
        (wav(48_000)[..30].to_vec(), "half a header"),
    ] {
        let film = two_rooms();
        film.run(&["make"]).done();
        let before = deliveries(&film);
        film.write("voices/1.02_JONAS.wav", bytes);
        let run = film.run(&["make"]);
        assert_eq!(run.code, Some(1), "{name}: {}", run.stderr);
        assert!(
            run.stderr.contains("1.02_JONAS.wav") && run.stderr.contains("1.02"),
            "{name}: {}",
            run.stderr
        );
        assert_eq!(deliveries(&film), before, "{name}: nothing that was made is lost");
        fs::remove_file(film.path("voices/1.02_JONAS.wav")).unwrap();
        film.run(&["make"]).done().says("nothing to do");
    }
}

#[test]
fn a_recording_named_for_no_line_is_said() {
    let film = two_rooms();
    film.write("voices/9.99_NOBODY.wav", wav(48_000));
    film.run(&["make"]).done().says("9.99_NOBODY.wav");
}

#[test]
fn takes_that_cannot_be_shown_are_stood_in_for() {
    for fault in ["\"empty\"", "\"truncated\"", "{ wrong_length = { by = -20 } }"] {
        let film = two_rooms();
        film.write(
            "film.toml",
            format!(
                "{SMALL}\n[generators.animatic]\nfaults = [{{ shots = [\"1_0010\"], fault = {fault} }}]\n"
            ),
        );
        let run = film.run(&["make"]);
        assert_eq!(run.code, Some(0), "{fault}: {}", run.stderr);
        assert!(run.stderr.contains("1_0010") && run.stderr.contains("stands in"), "{fault}: {}", run.stderr);
        film.run(&["make"]).done();
    }
}

#[test]
fn a_take_of_the_wrong_size_is_judged_and_fitted() {
    let film = two_rooms();
    film.write(
        "film.toml",
        format!(
            "{SMALL}\n[generators.animatic]\nfaults = [{{ shots = [\"1_0010\"], fault = \"wrong_size\" }}]\n"
        ),
    );
    film.run(&["make"]).done();
    film.run(&["judge"]).ends(1).says("size");
}

/// Flips a bit in the middle of the file of a shot's last take.
fn damage_last_take(film: &TestFilm, shot: &str) {
    let takes = film.run(&["takes", shot, "--json"]).done().stdout;
    let file = takes.rsplit("\"file\":\"").next().unwrap().split('"').next().unwrap();
    let file = file.replace("[film]", &film.folder().display().to_string());
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    fs::remove_file(&file).unwrap();
    fs::write(&file, bytes).unwrap();
}

#[test]
fn a_damaged_take_that_cost_nothing_is_made_again_as_it_was() {
    let film = two_rooms();
    film.run(&["make"]).done();
    // A take that is not in the film is one that the timeline names.
    film.run(&["shoot", "1_0010"]).done();
    film.run(&["circle", "1_0010", "1"]).done();
    film.run(&["make"]).done();
    let (takes, before) = (film.run(&["takes", "1_0010"]).done().stdout, deliveries(&film));

    damage_last_take(&film, "1_0010");
    film.run(&["status"]).says("is damaged");
    film.run(&["make"]).done().says("`shoot` of 1_0010 was damaged on the disk and is made again");
    assert_eq!(film.run(&["takes", "1_0010"]).done().stdout, takes);
    assert_eq!(deliveries(&film), before);
    film.run(&["make"]).done().says("nothing to do");
}

#[test]
fn a_damaged_take_that_was_brought_in_is_said_and_kept() {
    let film = two_rooms();
    film.run(&["make"]).done();
    let clip = film.path("clip.mp4");
    let graph = "testsrc2=size=320x240:rate=24:duration=8";
    let drawn =
        Command::new("ffmpeg").args(["-v", "error", "-f", "lavfi", "-i", graph, "-y"]).arg(&clip).status();
    assert!(drawn.unwrap().success());
    film.run(&["shoot", "1_0010", "--file", clip.to_str().unwrap()]).done();
    damage_last_take(&film, "1_0010");
    for _ in 0..2 {
        check(&film, 3, &["take 1_0010-2 is lost", "backup", "soundlock shoot 1_0010 --give-up"]);
    }
    let kept = fs::read_dir(film.path(".soundlock/damaged")).unwrap().count();
    assert_eq!(kept, 1, "the bytes are kept aside");
    film.run(&["shoot", "1_0010", "--give-up"]).done().says("1_0010-2 given up");
    film.run(&["make"]).done().says("nothing to do");
    film.run(&["shoot", "1_0010", "--give-up"]).done().says("no take of these shots is lost");
}

#[test]
fn two_at_once_in_one_folder() {
    let film = two_rooms();
    let mut first = film.start(&["--quiet", "make"]);
    let lock = film.path(".soundlock/lock");
    while !lock.exists() && first.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    let mut refused = None;
    while refused.is_none() && first.try_wait().unwrap().is_none() {
        let run = film.run(&["make"]);
        refused = (run.code == Some(3)).then_some(run);
    }
    let refused = refused.expect("the first run lasts long enough to be met");
    assert!(refused.stderr.contains(&first.id().to_string()), "says who: {}", refused.stderr);
    assert!(first.wait().unwrap().success());
    film.run(&["make"]).done().says("nothing to do");
}

#[test]
fn a_folder_that_cannot_be_written_to() {
    let film = two_rooms();
    // A file where a folder must be: this stops root as well.
    film.write(".soundlock", "in the way");
    check(&film, 3, &[".soundlock"]);
    fs::remove_file(film.path(".soundlock")).unwrap();
    film.run(&["make"]).done();
}

#[test]
fn a_full_disk_loses_nothing() {
    let place = TestFilm::empty(PROGRAM);
    let mount = |arguments: &[&str]| {
        let status = Command::new("mount").args(arguments).arg(place.folder()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    };
    if !mount(&["-t", "tmpfs", "-o", "size=900k", "tmpfs"]) {
        eprintln!("skipped: a tmpfs cannot be mounted here");
        return;
    }
    place.write("script.fountain", TWO_ROOMS);
    place.write("film.toml", SMALL);
    place.write("effects/door.wav", wav(12_000));
    let full = place.run(&["make"]);
    let more = mount(&["-o", "remount,size=200m"]);
    let after = place.run(&["make"]);
    let _ = Command::new("umount").arg(place.folder()).status();
    assert!(full.code == Some(3) || full.code == Some(1), "{:?} {}", full.code, full.stderr);
    assert!(full.stderr.to_lowercase().contains("full"), "says the disk is full: {}", full.stderr);
    assert!(!full.stderr.contains("panicked"), "{}", full.stderr);
    assert!(more, "the tmpfs can be made larger");
    assert_eq!(after.code, Some(0), "{}", after.stderr);
}
