//! A night of shooting: a server that misbehaves, a program that is killed again and again, and in the morning every job
//! that was charged is a take, nothing was ordered twice, and the money is right.
#![allow(clippy::unwrap_used, reason = "what cannot be had fails the test")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use common::{PROGRAM, film};
use serde_json::Value;
use soundlock_testing::{TestFilm, TestVideos};

/// What a second of picture costs there, in millionths of a dollar.
const PRICE: u64 = 50_000;
/// How an attempt may stand, in the order in which the program is killed at each.
const STANDINGS: [&str; 8] =
    ["intended", "sent", "submitted", "running", "ready", "fetched", "done", "refused"];

fn clip() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("clip.mp4");
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", "testsrc2=size=192x112:rate=24:duration=5.05"])
        .args(["-frames:v", "121", "-pix_fmt", "yuv420p", "-preset", "ultrafast"])
        .arg(&file)
        .status();
    assert!(made.unwrap().success());
    std::fs::read(file).unwrap()
}

fn script(scenes: usize) -> String {
    let scene = |scene: usize| {
        format!(
            "INT. ROOM {scene} - NIGHT\n\nMINA waits.\n\nMINA\nYou said the train leaves at six, number {scene}.\n\n\
             JONAS\nIt did. Yesterday. And the day before that as well.\n\nMINA\nSo we walk the whole way?\n\n"
        )
    };
    (1..=scenes).map(scene).collect()
}

fn shot_by(address: &str, takes: u32, usd: f64) -> String {
    format!(
        "language = \"en\"\nraster = \"192x108\"\n[plan]\ngenerator = \"wan\"\npace_secs = 2.0\ntitle_secs = 0\n\
         credits = false\n[budget]\nusd = {usd}\n[shoot]\ntakes = {takes}\nagain_secs = 0.01\n\
         [models.tiny]\nname = \"Tiny\"\nfamily = \"wan\"\nframes = {{ step = 4, offset = 1, shortest = 5, \
         ceiling = 121 }}\nfps = [\"24\"]\nmultiple = 16\nrasters = [\"192x112\"]\n\
         takes = [\"first-frame\", \"negative\", \"seed\"]\nsource = \"a test\"\nread = 2026-11-29\n\
         [generators.wan]\nkind = \"service\"\nservice = \"videos\"\nsend = \"json\"\nurl = \"{address}\"\n\
         model = \"tiny\"\nvendor_model = \"tiny\"\nusd_per_second = 0.05\nat_once = 4\npoll_secs = 0.02\n\
         key_env = \"VIDEO_KEY\"\n"
    )
}

fn objects(film: &TestFilm, arguments: &[&str]) -> Vec<Value> {
    let run = film.run(arguments);
    run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Shoots until an attempt stands so for the `nth` time, and kills the program there and then.
fn shoot_and_kill(film: &TestFilm, standing: &str, nth: usize) -> bool {
    let mut child = Command::new(PROGRAM)
        // What nobody knows is shot again, so that there is always something to do.
        .args(["--quiet", "--json", "shoot", "--yes", "--again"])
        .current_dir(film.folder())
        .env("VIDEO_KEY", "sk-planted-in-the-night")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stdout.take().unwrap());
    let wanted = format!("\"standing\":\"{standing}\"");
    let mut seen = 0;
    for line in said.lines().map_while(Result::ok) {
        seen += usize::from(line.contains(&wanted));
        if seen == nth {
            break;
        }
    }
    let _ = child.kill();
    child.wait().unwrap();
    seen == nth
}

struct Morning {
    attempts: Vec<Value>,
}

impl Morning {
    fn of(film: &TestFilm) -> Self {
        let all = objects(film, &["--json", "takes"]);
        Self { attempts: all.into_iter().filter(|object| object["type"] == "attempt").collect() }
    }

    fn count(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for attempt in &self.attempts {
            *counts.entry(attempt["standing"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        counts
    }

    fn jobs(&self, standing: &str) -> Vec<String> {
        let so = self.attempts.iter().filter(|attempt| attempt["standing"] == standing);
        so.map(|attempt| attempt["job"].as_str().unwrap_or("none").to_owned()).collect()
    }

    /// What the ledger has for all that is settled, in millionths of a dollar.
    fn settled(&self) -> u64 {
        let open = |attempt: &&Value| attempt["standing"] != "unknown" && attempt["standing"] != "given up";
        let settled = self.attempts.iter().filter(open);
        settled.map(|attempt| attempt["cost"]["Price"]["micros"].as_u64().unwrap_or(0)).sum()
    }
}

/// How large the night is: scenes, takes of each shot, kills.
fn size() -> (usize, u32, usize) {
    let asked = std::env::var("SOUNDLOCK_NIGHT").ok();
    let asked: Option<Vec<usize>> =
        asked.map(|text| text.split('x').map(|number| number.parse().unwrap()).collect());
    asked.map_or((4, 2, 24), |asked| (asked[0], asked[1] as u32, asked[2]))
}

#[test]
fn a_night_that_is_killed_again_and_again_loses_nothing_and_pays_once() {
    let (scenes, takes, kills) = size();
    let server = TestVideos::start(clip(), PRICE, true);
    let mut film = film(&script(scenes), &shot_by(&server.address(), takes, 5000.0));
    film.set("VIDEO_KEY", "sk-planted-in-the-night");
    film.run(&["sound", "--yes"]).done();
    film.run(&["plan"]).done();

    let mut reached: BTreeSet<&str> = BTreeSet::new();
    for kill in 0..kills {
        let standing = STANDINGS[kill % STANDINGS.len()];
        if shoot_and_kill(&film, standing, 1 + kill / STANDINGS.len() % 3) {
            reached.insert(standing);
        }
    }
    // Whether something is refused in a short night hangs on the order in which questions come.
    let missed = STANDINGS.iter().filter(|standing| !reached.contains(*standing));
    let missed: Vec<&&str> = missed.filter(|standing| kills >= 100 || **standing != "refused").collect();
    assert!(missed.is_empty(), "it was never killed at {missed:?}");
    server.behave();
    for _ in 0..8 {
        if film.run(&["--quiet", "shoot", "--yes"]).code == Some(0) {
            break;
        }
    }

    let morning = Morning::of(&film);
    let counts = morning.count();
    let open = ["intended", "sent", "submitted", "running", "ready", "fetched"];
    assert!(open.iter().all(|standing| !counts.contains_key(*standing)), "{counts:?}");
    assert_eq!(server.doubles(), Vec::<String>::new(), "orders were handed in twice");
    let jobs = server.jobs();
    let made = |end: &str| {
        let ended = jobs.iter().filter(|job| job.end == end).map(|job| job.id.clone());
        ended.collect::<BTreeSet<String>>()
    };
    let done = morning.jobs("done");
    let once: BTreeSet<String> = done.iter().cloned().collect();
    assert_eq!(once.len(), done.len(), "a job became two takes");
    assert_eq!(once, made("completed"), "a job that was charged is no take");
    assert_eq!(morning.settled(), server.bill());
    let (completed, ended) = (made("completed").len(), jobs.len());
    eprintln!(
        "night: {kills} kills, {ended} jobs at the server, {completed} takes, {counts:?}, bill {} millionths",
        server.bill()
    );

    let planted = everything_in(film.folder());
    assert!(!planted, "the key was written down");
}

/// Whether the planted key is in any file below `folder`.
fn everything_in(folder: &std::path::Path) -> bool {
    let holds = |bytes: &[u8]| bytes.windows(10).any(|part| part == b"sk-planted");
    std::fs::read_dir(folder).unwrap().flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() { everything_in(&path) } else { holds(&std::fs::read(&path).unwrap_or_default()) }
    })
}

#[test]
fn the_limit_is_never_passed_and_the_film_says_so() {
    let server = TestVideos::start(clip(), PRICE, false);
    let film = film(&script(2), &shot_by(&server.address(), 3, 1.0));
    let mut film = film;
    film.set("VIDEO_KEY", "k-1234567890");
    film.run(&["sound", "--yes"]).done();
    film.run(&["plan"]).done();
    film.run(&["shoot", "--yes"]).ends(1).says("the limit of the film was reached");
    assert!(server.bill() <= 1_000_000, "{}", server.bill());
    assert_eq!(Morning::of(&film).settled(), server.bill());
    let before = server.jobs().len();
    film.run(&["shoot", "--yes", "--limit", "0.01"]).ends(1).says("limit");
    assert_eq!(server.jobs().len(), before);
    film.run(&["cost"]).done().says("by scene").says("a second");
    film.run(&["make"]).done();
    film.run(&["shoot"]).ends(1).says("nobody said yes");
}
