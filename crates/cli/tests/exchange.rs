//! The edit goes to other programs and comes back; the shot list.
#![allow(clippy::unwrap_used, reason = "what cannot be had fails the test")]

mod common;

use common::{SMALL, TWO_ROOMS, film};
use serde_json::Value;
use soundlock_testing::TestFilm;

/// The usual film, its takes with room to be trimmed.
fn with_handles(deliver: &str) -> TestFilm {
    let settings =
        format!("{}{deliver}", SMALL.replace("[plan]\n", "[plan]\nhandles = 12\npace_secs = 1.5\n"));
    let film = film(TWO_ROOMS, &settings);
    film.write("effects/door.wav", common::wav(12_000));
    film
}

/// The clips of picture in `out/two-rooms.otio`, changed by `change`, as `edit.otio`.
fn edited(film: &TestFilm, change: impl FnOnce(&mut Vec<Value>)) {
    let mut timeline: Value = serde_json::from_str(&film.read("out/two-rooms.otio")).unwrap();
    change(timeline["tracks"]["children"][0]["children"].as_array_mut().unwrap());
    film.write("edit.otio", timeline.to_string());
}

/// Place of the first of two shots side by side in one scene.
fn pair(clips: &[Value]) -> usize {
    let scene = |clip: &Value| clip["name"].as_str().unwrap().split('_').next().unwrap().to_owned();
    let is_shot = |clip: &Value| clip["name"].as_str().unwrap().starts_with(|c: char| c.is_ascii_digit());
    let side_by_side = |pair: &[Value]| is_shot(&pair[0]) && scene(&pair[0]) == scene(&pair[1]);
    clips.windows(2).position(side_by_side).expect("a scene of two shots")
}

fn add(clip: &mut Value, time: &str, frames: f64) {
    let value = &mut clip["source_range"][time]["value"];
    *value = (value.as_f64().unwrap() + frames).into();
}

/// Code, first frame and first frame after of every shot.
fn plan(film: &TestFilm) -> Vec<(String, u64, u64)> {
    let rows = film.run(&["plan", "--json"]).done().stdout;
    let rows = rows.lines().map(|row| serde_json::from_str::<Value>(row).unwrap());
    let shots = rows.filter(|row| row["type"] == "shot");
    shots
        .map(|row| {
            let code = row["shot"].as_str().unwrap().to_owned();
            (code, row["from"].as_u64().unwrap(), row["to"].as_u64().unwrap())
        })
        .collect()
}

#[test]
fn an_edit_that_was_not_changed_changes_nothing() {
    let film = with_handles("[deliver]\ntakes = true\n");
    film.run(&["make"]).done();
    let cuts = film.read("cuts.toml");
    for edit in ["otio", "fcpxml", "edl"] {
        let file = format!("out/two-rooms.{edit}");
        let said = film.run(&["conform", &file]).done().says("nothing to take over");
        assert!(!said.stdout.contains("note:") && !said.stdout.contains("refused:"), "{said}");
        let text = film.read(&file);
        assert!(
            text.contains("takes/1_0010-1.mp4") && !text.contains(&*film.folder().to_string_lossy()),
            "{text}"
        );
    }
    assert!(film.path("out/takes/1_0010-1.mp4").is_file());
    assert!(film.path("out/two-rooms-dialogue.edl").is_file());
    assert_eq!(film.read("cuts.toml"), cuts);
    film.run(&["make"]).done().says("nothing to do");
}

#[test]
fn a_cut_that_was_moved_elsewhere_is_moved_here_and_the_same_frames_are_seen() {
    let film = with_handles("");
    film.run(&["make"]).done();
    let before = plan(&film);
    let mut first = String::new();
    edited(&film, |clips| {
        let place = pair(clips);
        clips[place]["name"].as_str().unwrap().clone_into(&mut first);
        add(&mut clips[place], "duration", 5.0);
        add(&mut clips[place + 1], "start_time", 5.0);
        add(&mut clips[place + 1], "duration", -5.0);
    });
    film.run(&["conform", "edit.otio"]).ends(1).says("ends 5 frames later").says("nobody said yes");
    film.run(&["conform", "edit.otio", "--diff"]).done().says("nothing was changed");
    assert_eq!(plan(&film), before);
    film.run(&["conform", "edit.otio", "--yes"]).done();
    let index = before.iter().position(|shot| shot.0 == first).unwrap();
    let mut wanted = before;
    wanted[index].2 += 5;
    wanted[index + 1].1 += 5;
    assert_eq!(plan(&film), wanted);
    film.run(&["make"]).done().says("2 of");
    film.run(&["conform", "edit.otio"]).done().says("nothing to take over");
    let timeline: Value = serde_json::from_str(&film.read("out/two-rooms.otio")).unwrap();
    let second = &timeline["tracks"]["children"][0]["children"][index + 1];
    assert_eq!(second["source_range"]["start_time"]["value"], 17.0);
    film.run(&["takes", &first]).done().says("circled by the director");
}

#[test]
fn what_would_move_the_sound_is_refused_and_a_bad_file_is_told() {
    let film = with_handles("");
    film.run(&["make"]).done();
    let cuts = film.read("cuts.toml");
    edited(&film, |clips| {
        let place = pair(clips);
        add(&mut clips[place], "duration", 9.0);
    });
    film.run(&["conform", "edit.otio", "--yes"])
        .ends(1)
        .says("9 frames longer than the film: the sound is locked")
        .says("nothing to take over");
    assert_eq!(film.read("cuts.toml"), cuts);
    film.write("bad.fcpxml", "<fcpxml><library>");
    film.run(&["conform", "bad.fcpxml"]).ends(2).says("FCPXML, line 1");
    film.write("bad.xml", "<xmeml/>");
    film.run(&["conform", "bad.xml"]).ends(2).says("export the timeline as OpenTimelineIO");
    film.run(&["conform", "nothing.otio"]).ends(2).says("there is no edit nothing.otio").says("hint: ");
}

#[test]
fn a_take_used_twice_becomes_a_shot_of_its_own() {
    let film = with_handles("");
    film.run(&["make"]).done();
    let shots = plan(&film).len();
    edited(&film, |clips| {
        let place = pair(clips);
        let half = (clips[place]["source_range"]["duration"]["value"].as_f64().unwrap() / 2.0).floor();
        let mut again = clips[place].clone();
        // The second half goes behind the next shot.
        let rest = clips[place]["source_range"]["duration"]["value"].as_f64().unwrap() - half;
        clips[place]["source_range"]["duration"]["value"] = half.into();
        add(&mut again, "start_time", half);
        again["source_range"]["duration"]["value"] = rest.into();
        clips.insert(place + 2, again);
    });
    film.run(&["conform", "edit.otio", "--yes"]).done().says("is new: take");
    assert_eq!(plan(&film).len(), shots + 1);
    film.run(&["make"]).done();
    film.run(&["conform", "out/two-rooms.otio"]).done().says("nothing to take over");
}

#[test]
fn the_shot_list_is_written_before_and_after_shooting() {
    let film = with_handles("");
    film.run(&["shots"]).done().says("shot-list.html").says("no shot is made yet");
    let shots = plan(&film).len();
    let page = film.read("out/shot-list.html");
    assert_eq!(page.matches("<article ").count(), shots);
    assert!(page.contains("no take yet") && page.contains("You said the train leaves at six."), "{page}");
    film.run(&["make"]).done();
    let page = film.read("out/shot-list.html");
    assert!(page.contains("shot-list/1_0010.png") && !page.contains("no take yet"), "{page}");
    assert!(film.path("out/shot-list/1_0010.png").is_file());
    let table = film.read("out/shot-list.csv");
    assert!(table.starts_with("\u{feff}scene,shot,"), "{table}");
    assert_eq!(table.lines().count(), shots + 1);
}
