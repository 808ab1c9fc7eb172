//! The cut list changed by command, as a director does it.
#![allow(clippy::unwrap_used, reason = "what cannot be had fails the test")]

mod common;

use common::{SMALL, two_rooms};
use soundlock_testing::TestFilm;

/// The objects of one type that a run wrote.
fn objects(stdout: &str, kind: &str) -> Vec<serde_json::Value> {
    let all = stdout.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    all.filter(|object| object["type"] == kind).collect()
}

/// Code, first frame and length of the shots of scene 1.
fn shots(film: &TestFilm) -> Vec<(String, u64, u64)> {
    let all = objects(&film.run(&["plan", "--json"]).done().stdout, "shot");
    let cut = |shot: &serde_json::Value| {
        let (from, to) = (shot["from"].as_u64().unwrap(), shot["to"].as_u64().unwrap());
        (shot["shot"].as_str().unwrap().to_owned(), from, to - from)
    };
    all.iter().map(cut).filter(|(code, ..)| code.starts_with("1_")).collect()
}

fn planned() -> TestFilm {
    let film = two_rooms();
    film.write("film.toml", SMALL.replace("[plan]\n", "[plan]\npace_secs = 1.8\n"));
    film.run(&["sound", "--yes"]).done();
    film.run(&["plan"]).done();
    film
}

#[test]
fn a_shot_is_cut_moved_and_joined_again() {
    let film = planned();
    let was = shots(&film);
    let (code, from, frames) = was[1].clone();
    film.write("cuts.toml", film.read("cuts.toml").replacen("[[shot]]", "# mine\n[[shot]]", 1));
    let run = film.run(&["cut", &code, "--at", "20"]).done();
    assert!(run.stdout.contains("is new") && run.stdout.contains("cuts.toml is changed"), "{run}");
    let now = shots(&film);
    assert_eq!(now.len(), was.len() + 1);
    assert_eq!((now[1].1, now[1].2), (from, 20));
    let second = now[2].0.clone();
    assert_eq!((now[2].1, now[2].2), (from + 20, frames - 20));
    film.run(&["move", &second, "--by", "-3"]).done().says("3 frames longer");
    assert_eq!(shots(&film)[1].2, 17);
    film.run(&["merge", &code, &second]).done().says("is gone");
    assert_eq!(shots(&film), was);
    assert!(film.read("cuts.toml").contains("# mine\n[[shot]]"));
    let timecode = format!("00:00:{:02}:{:02}", (from + 20) / 24, (from + 20) % 24);
    film.run(&["cut", &code, "--at", &timecode]).done();
    assert_eq!(shots(&film)[1].2, 20);
}

#[test]
fn a_shot_is_shown_and_changed_and_given_back() {
    let film = planned();
    let code = shots(&film)[1].0.clone();
    let before = film.read("cuts.toml");
    film.run(&["shot", &code]).done().says("size").says("reason");
    film.run(&["shot", &code, "--size", "ecu", "--move", "push-in", "--prompt", "only her hands"]).done();
    film.run(&["shot", &code]).done().says("ECU (by hand)").says("only her hands (by hand)");
    film.run(&["shot", &code, "--auto", "size,move,prompt"]).done();
    assert_eq!(film.read("cuts.toml"), before);
    film.run(&["pin", &code]).done();
    film.run(&["pin", &code]).done().says("is so already");
    film.run(&["pin", &code, "--unpin"]).done();
    assert_eq!(film.read("cuts.toml"), before);
}

#[test]
fn what_cannot_be_is_refused_and_nothing_is_written() {
    let film = planned();
    let before = film.read("cuts.toml");
    let (code, _, frames) = shots(&film)[1].clone();
    for (arguments, exit, says) in [
        (&["cut", "1_0015", "--at", "5"][..], 2, "near it are"),
        (&["cut", &code, "--at", "0"], 2, "cuts.toml:"),
        (&["cut", &code, "--at", &frames.to_string()], 2, "it can be cut at 1 to"),
        (&["cut", &code, "--at", "soon"], 2, "is no frame"),
        (&["cut", &code, "--at", "00:00:00:01"], 2, "is not in shot"),
        (&["move", "1_0010", "--by", "2"], 2, "begins its scene"),
        (&["move", &code, "--by", "9999"], 2, "frames can be"),
        (&["merge", "1_0010", "2_0010"], 2, "does not follow"),
        (&["shot", &code, "--size", "huge"], 2, "possible values"),
        (&["shot", &code, "--generator", "sora"], 2, "known generators: animatic"),
        (&["shot", &code, "--auto", "luck"], 2, "possible values"),
    ] {
        film.run(arguments).ends(exit).says(says);
        assert_eq!(film.read("cuts.toml"), before, "{arguments:?}");
    }
    film.run(&["shot", &code, "--subjects", "NOBODY"]).done().says("nobody in the script is called NOBODY");
}

#[test]
fn it_is_asked_before_a_take_goes_stale_that_nobody_makes_again() {
    let film = planned();
    let (code, _, frames) = shots(&film)[1].clone();
    film.run(&["make"]).done();
    film.run(&["cut", &code, "--at", "20"]).done().says("made again for nothing");
    let second = shots(&film)[2].0.clone();
    film.run(&["merge", &code, &second]).done();
    let clip = film.path("clip.mp4");
    let secs = f64::from(frames as u32) / 24.0;
    let source = format!("testsrc2=size=192x108:rate=24:duration={secs}");
    let drawn = std::process::Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", &source, "-y"])
        .arg(&clip)
        .status()
        .unwrap();
    assert!(drawn.success());
    film.run(&["shoot", &code, "--file", clip.to_str().unwrap()]).done();
    let before = film.read("cuts.toml");
    let refused = film.run(&["move", &code, "--by", "-6"]).ends(1);
    assert!(refused.stderr.contains("--yes") && refused.stdout.contains("goes stale"), "{refused}");
    assert_eq!(film.read("cuts.toml"), before);
    film.run(&["move", &code, "--by", "-6", "--yes"]).done();
    assert_ne!(film.read("cuts.toml"), before);
}
