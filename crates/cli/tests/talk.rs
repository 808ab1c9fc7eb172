//! What the program says of itself.

mod common;

use common::{PROGRAM, two_rooms};
use soundlock_testing::{Run, TestFilm};

fn run(arguments: &[&str]) -> Run {
    TestFilm::empty(PROGRAM).run(arguments)
}

#[test]
fn help_names_every_command() {
    let help = run(&["--help"]).done().stdout;
    for command in [
        "new",
        "make",
        "status",
        "explain",
        "script",
        "sound",
        "plan",
        "generators",
        "cut",
        "merge",
        "move",
        "pin",
        "shot",
        "shots",
        "conform",
        "bible",
        "prompts",
        "shoot",
        "judge",
        "takes",
        "circle",
        "finish",
        "deliver",
        "clean",
        "doctor",
        "completions",
        "man",
    ] {
        assert!(help.contains(&format!("\n  {command} ")), "`{command}` in:\n{help}");
    }
}

#[test]
fn asked_wrongly_ends_with_two() {
    run(&["explode"]).ends(2);
    run(&["circle", "12_0040"]).ends(2);
    run(&[]).ends(2);
}

#[test]
fn completions_and_man_page_come_from_the_same_words() {
    run(&["completions", "bash"]).done().says("soundlock");
    run(&["completions", "zsh"]).done().says("soundlock");
    run(&["man"]).done().says("Lock the sound");
}

#[test]
fn doctor_says_what_is_there() {
    run(&["doctor"]).done().says("FFmpeg");
    let json = run(&["doctor", "--json"]).done().stdout;
    assert!(json.lines().all(|line| line.contains("\"type\":\"part\"")), "{json}");
}

#[test]
fn a_script_is_checked_without_a_film() {
    let film = two_rooms();
    let script = film.path("script.fountain");
    let json = run(&["script", "check", script.to_str().unwrap(), "--json"]).done().stdout;
    for count in ["\"scene_headings\":2", "\"character_cues\":3", "\"dialogue_lines\":3", "\"notes\":1"] {
        assert!(json.contains(count), "{count} in {json}");
    }
    run(&["script", "check", "/nowhere/script.fountain"]).ends(3).says("/nowhere/script.fountain");
}

#[test]
fn the_cue_sheet_is_written_for_a_script_alone() {
    let film = two_rooms();
    let (script, out) = (film.path("script.fountain"), film.path("sheet"));
    run(&["script", "cues", script.to_str().unwrap(), "--out", out.to_str().unwrap()]).done();
    assert!(film.read("sheet/cues.csv").contains("1.01"));
    assert!(film.read("sheet/cues.html").contains("You said the train leaves at six."));
    let own = film.read("sheet/cues/MINA.html");
    assert!(own.contains("You said the train leaves at six.") && own.contains("1.01 MINA.wav"));
}

#[test]
fn judging_a_text_is_a_finding_and_no_failure() {
    let film = two_rooms();
    let script = film.path("script.fountain");
    run(&["judge", script.to_str().unwrap(), "--json"]).ends(1).says("\"passed\":false");
}

#[test]
fn json_is_one_object_a_line_with_a_type() {
    let film = two_rooms();
    for arguments in
        [&["make", "--json"][..], &["status", "--json"], &["plan", "--json"], &["explain", "30", "--json"]]
    {
        let stdout = film.run(arguments).done().stdout;
        assert!(!stdout.is_empty());
        for line in stdout.lines() {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            assert!(value["type"].is_string(), "{line}");
        }
    }
}
