//! The whole program with a keyring in memory: a key that was planted there is used, and is seen nowhere.
//!
//! The program that is run is this test program: asked to by a variable, it is `soundlock` with that keyring.

use std::process::Command;

use clap::Parser;
use keyring_core::mock::Store;
use soundlock_testing::{Protocol, Reply, Run, TestFilm, TestService, TestVendor};

use crate::args::Arguments;
use crate::keyring::Keyring;
use crate::output::Output;

/// Holds what the program is asked to do, a word a line.
const ASKED: &str = "SOUNDLOCK_TEST_ASKED";
const SECRET: &str = "sk-planted-in-the-keyring";

/// No test by itself: the program of those below.
#[test]
fn the_program() {
    let Ok(asked) = std::env::var(ASKED) else { return };
    keyring_core::set_default_store(Store::new().unwrap());
    Keyring::new(&Output::new(true, true)).set("VIDEO_KEY", SECRET.to_owned()).unwrap();
    let arguments = Arguments::parse_from(std::iter::once("soundlock").chain(asked.lines()));
    let output = Output::new(arguments.json, arguments.quiet);
    let exit = crate::commands::run(&arguments, &output);
    exit.unwrap_or_else(|failure| {
        output.failure(&failure);
        failure.exit()
    })
    .leave()
}

struct Planted {
    film: TestFilm,
    said: String,
}

impl Planted {
    fn new(server: &str) -> Self {
        let program = std::env::current_exe().unwrap();
        let settings = format!(
            "language = \"en\"\nraster = \"192x108\"\n[plan]\ngenerator = \"wan\"\ntitle_secs = 0\ncredits = false\n\
             [budget]\nusd = 50\n[models.tiny]\nname = \"Tiny\"\nfamily = \"wan\"\n\
             frames = {{ step = 4, offset = 1, shortest = 5, ceiling = 121 }}\nfps = [\"24\"]\nmultiple = 16\n\
             rasters = [\"192x112\"]\ntakes = [\"seed\"]\nsource = \"a test\"\nread = 2026-11-29\n\
             [generators.wan]\nkind = \"service\"\nservice = \"videos\"\nsend = \"json\"\nurl = \"{server}\"\n\
             model = \"tiny\"\nvendor_model = \"tiny\"\nusd_per_second = 0.05\npoll_secs = 0.02\nkey_env = \"VIDEO_KEY\"\n"
        );
        let script = "INT. KITCHEN - NIGHT\n\nMINA\nYou said the train leaves at six.\n";
        let mut film = TestFilm::new(program.to_str().unwrap(), script, &settings);
        film.set("SOUNDLOCK_KEYRING", "on");
        let mut planted = Self { film, said: String::new() };
        planted.run(&["sound", "--yes"]).done();
        planted.run(&["plan"]).done();
        planted
    }

    fn run(&mut self, arguments: &[&str]) -> Run {
        self.film.set(ASKED, &arguments.join("\n"));
        let run = self.film.run(&["--exact", "planted::the_program", "--nocapture"]);
        self.said.push_str(&run.to_string());
        run
    }

    /// Whether the key is in anything that was said or written.
    fn is_seen(&self) -> bool {
        self.said.contains("planted-in") || holds(self.film.folder())
    }
}

fn holds(folder: &std::path::Path) -> bool {
    std::fs::read_dir(folder).unwrap().flatten().any(|entry| {
        let path = entry.path();
        let holds_it = |bytes: Vec<u8>| bytes.windows(10).any(|part| part == b"planted-in");
        if path.is_dir() { holds(&path) } else { std::fs::read(&path).is_ok_and(holds_it) }
    })
}

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

#[test]
fn takes_are_shot_with_a_key_from_the_keyring_that_is_seen_nowhere() {
    let server = TestVendor::start(Protocol::Videos, clip(), 50_000);
    let mut planted = Planted::new(&server.address());
    planted.run(&["key", "list"]).done().says("VIDEO_KEY    keyring            the key of [generators.wan]");
    planted.run(&["doctor"]).says("VIDEO_KEY    keyring");
    planted.run(&["--json", "key", "list"]).done().says(r#""from":"keyring""#);
    planted.run(&["shoot", "--yes"]).done();
    planted.run(&["--json", "takes", "1_0010"]).done();
    planted.run(&["status"]);
    assert!(server.bill() > 0, "nothing was shot");
    assert!(!planted.is_seen(), "{}", planted.said);
}

#[test]
fn a_vendor_that_repeats_the_key_is_not_repeated() {
    let server = TestService::start(|_, heard| match heard.line.as_str() {
        "GET /v1/models" => Reply::good("application/json", br#"{"data":[{"id":"tiny"}]}"#.to_vec()),
        _ => Reply::no(401, &format!(r#"{{"error":{{"message":"no such key: {SECRET}"}}}}"#)),
    });
    let mut planted = Planted::new(&server.address());
    planted.run(&["shoot", "--yes"]).ends(1).says("not let in");
    planted.run(&["--json", "takes"]).done();
    let sent = format!("Bearer {SECRET}");
    assert!(
        server.heard().iter().any(|heard| heard.header("authorization") == Some(&sent)),
        "it was not used"
    );
    assert!(!planted.is_seen(), "{}", planted.said);
}
