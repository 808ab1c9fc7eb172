//! A whole small film, made as a person makes it.

mod common;

use std::process::Command;

use common::{PROGRAM, SMALL, TWO_ROOMS, deliveries, two_rooms};
use soundlock_testing::TestFilm;

#[test]
fn a_film_is_made_once_and_then_nothing_is_left_to_do() {
    let film = two_rooms();
    film.run(&["make"]).done().says("shots made");
    for file in ["out/two-rooms.mp4", "out/two-rooms.srt", "out/two-rooms.vtt", "out/two-rooms.otio"] {
        assert!(film.folder().join(file).is_file(), "{file} is there");
    }
    let first = deliveries(&film);
    film.run(&["make"]).done().says("nothing to do");
    assert_eq!(deliveries(&film), first);
    film.run(&["status"]).done().says("every delivery is there");
}

#[test]
fn picture_and_sound_are_the_same_length_to_the_frame() {
    let film = two_rooms();
    film.run(&["make"]).done();
    let mp4 = film.path("out/two-rooms.mp4");
    let count = |stream: &str, what: &str| -> u64 {
        let output = Command::new("ffprobe")
            .args(["-v", "error", "-select_streams", stream, "-count_packets", "-show_entries"])
            .arg(format!("stream={what}"))
            .args(["-of", "csv=p=0"])
            .arg(&mp4)
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).trim().trim_end_matches(',').parse().unwrap()
    };
    let frames = count("v:0", "nb_read_packets");
    let lock = film.run(&["--json", "sound"]).done().stdout;
    assert!(lock.contains(&format!("\"frames\":{frames}")), "{frames} frames in {lock}");
    let samples = std::fs::metadata(film.path("out/stems/dialogue.wav")).unwrap().len();
    // 24 bits, two channels: a frame of 24 fps is 2,000 samples.
    assert!(samples.abs_diff(frames * 2_000 * 6) < 4_096, "{samples} bytes for {frames} frames");
}

#[test]
fn a_film_for_six_speakers_says_how_loud_it_plays() {
    let film = two_rooms();
    film.write("film.toml", "raster = \"320x180\"\n[sound]\nspeakers = \"5.1\"\ntarget = \"netflix\"\n");
    let said = film.run(&["make"]).done().stdout;
    let number = |name: &str| -> f64 {
        let line =
            said.lines().find(|line| line.contains(name)).unwrap_or_else(|| panic!("{name} in {said}"));
        assert!(!line.contains("NOT HELD"), "{line}");
        line.split(": ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap()
    };
    assert!((number("loudness of the dialogue in the encoded sound") + 27.0).abs() <= 0.1, "{said}");
    assert!(number("true peak of the encoded sound") <= -2.0, "{said}");
    for file in ["out/two-rooms.mp4", "out/stems/m-and-e.wav"] {
        let output = Command::new("ffprobe")
            .args(["-v", "error", "-select_streams", "a:0", "-show_entries", "stream=channel_layout"])
            .args(["-of", "csv=p=0"])
            .arg(film.path(file))
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "5.1", "{file}");
    }
    assert!(film.run(&["make"]).done().stdout.contains("nothing to do"));
    let clean = film.run(&["clean"]).done().stdout;
    assert!(clean.starts_with("nothing to free"), "{clean}");
}

#[test]
fn one_changed_line_leaves_the_other_scene_alone() {
    let film = two_rooms();
    film.run(&["make"]).done();
    let before = shots(&film);
    film.write(
        "script.fountain",
        TWO_ROOMS.replace("It did. Yesterday.", "It did. Yesterday, I think, or the day before."),
    );
    let run = film.run(&["make", "--json"]).done();
    let after = shots(&film);
    let scene = |shots: &[String], scene: &str| -> Vec<String> {
        shots.iter().filter(|shot| shot.starts_with(scene)).cloned().collect()
    };
    assert_eq!(scene(&before, "2_"), scene(&after, "2_"), "scene 2 was not touched");
    let made: usize = run
        .stdout
        .lines()
        .find(|line| line.contains("\"type\":\"made\""))
        .and_then(|line| line.split("\"shots\":").nth(1)?.split(&[',', '}'][..]).next()?.parse().ok())
        .unwrap();
    assert!(made >= 1 && made <= scene(&after, "1_").len(), "{made} shots made");
}

/// Code and prompt of every shot.
fn shots(film: &TestFilm) -> Vec<String> {
    let plan = film.run(&["plan", "--json"]).done().stdout;
    let field = |line: &str, name: &str| -> Option<String> {
        Some(line.split(&format!("\"{name}\":\"")).nth(1)?.split('"').next()?.to_owned())
    };
    plan.lines()
        .filter_map(|line| Some(format!("{} {}", field(line, "shot")?, field(line, "prompt")?)))
        .collect()
}

#[test]
fn a_frame_is_explained_down_to_seed_and_prompt() {
    let film = two_rooms();
    film.run(&["make"]).done();
    let run = film.run(&["explain", "60"]).done();
    for words in ["frame 60", "take", "seed", "prompt", "judged"] {
        assert!(run.stdout.contains(words), "`{words}` in:\n{}", run.stdout);
    }
}

#[test]
fn a_clip_of_ones_own_can_be_brought_in_and_circled() {
    let film = two_rooms();
    film.run(&["make"]).done();
    let code = shots(&film)
        .iter()
        .find(|shot| shot.starts_with("1_"))
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
        .to_owned();
    let clip = film.path("clip.mp4");
    let drawn = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=16:duration=8", "-y"])
        .arg(&clip)
        .status()
        .unwrap();
    assert!(drawn.success());
    film.run(&["shoot", &code, "--file", clip.to_str().unwrap()]).done();
    film.run(&["circle", &code, "2"]).done();
    film.run(&["make"]).done().says("1 of");
    film.run(&["takes", &code]).done().says("circled by the director");
    film.run(&["clean", "--yes"]).done();
    film.run(&["make"]).done().says("nothing to do");
    film.run(&["circle", &code, "9"]).ends(2).says("has no take 9");
    film.run(&["circle", "1_9990", "1"]).ends(2).says("there is no shot 1_9990");
}

#[test]
fn a_film_that_is_only_planned_can_be_looked_at_and_nothing_is_made_for_it() {
    let film = two_rooms();
    film.run(&["sound", "--yes"]).done();
    film.run(&["plan"]).done();
    let count = || -> usize {
        let objects = film.path(".soundlock/objects");
        let folders = std::fs::read_dir(objects).unwrap();
        folders.map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap().count()).sum()
    };
    let before = count();
    film.run(&["status"]).ends(1).says("has no take");
    film.run(&["explain", "60"]).done().says("frame 60");
    film.run(&["clean"]).done().says("nothing to free");
    assert_eq!(count(), before);
    film.write("script.fountain", TWO_ROOMS.replace("Yesterday.", "Tomorrow."));
    film.run(&["clean"]).ends(1).says("cannot be told");
}

#[test]
fn cleaning_a_film_as_it_is_frees_nothing() {
    let film = two_rooms();
    film.run(&["make"]).done();
    film.run(&["clean"]).done().says("nothing to free");
}

#[test]
fn a_new_film_can_be_made_at_once() {
    let folder = TestFilm::empty(PROGRAM);
    let new = folder.run(&["new", "my-film"]).done();
    assert!(new.stdout.contains("is a film now"), "{}", new.stdout);
    folder.write("my-film/film.toml", SMALL);
    folder.run(&["--film", "my-film", "make"]).done();
    folder.run(&["new", "my-film"]).ends(2).says("is there already");
}
