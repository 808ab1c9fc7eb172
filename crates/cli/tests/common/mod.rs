//! The small film that the program is tried on, and what it delivers.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file uses its part; what cannot be had fails the test"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use soundlock_testing::{TestFilm, noise};
use soundlock_time::SampleRate;

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_soundlock");

/// Two rooms, two people, one effect: about twelve seconds.
pub(crate) const TWO_ROOMS: &str = "\
Title: Two Rooms
Author: a test

INT. KITCHEN - NIGHT

MINA waits at the window.

MINA
You said the train leaves at six.

JONAS
It did. Yesterday.

[[sfx: door.wav]]

EXT. STREET - NIGHT

JONAS
So we walk?
";

/// Small and quick, so that a test waits for what it tests.
pub(crate) const SMALL: &str = "\
language = \"en\"
raster = \"192x108\"
[plan]
title_secs = 1.0
[finish]
preset = \"ultrafast\"
";

/// A film of this script and these orders.
pub(crate) fn film(script: &str, settings: &str) -> TestFilm {
    TestFilm::new(PROGRAM, script, settings)
}

/// The usual small film, its effect drawn.
pub(crate) fn two_rooms() -> TestFilm {
    let film = film(TWO_ROOMS, SMALL);
    film.write("effects/door.wav", wav(12_000));
    film
}

/// Noise of so many samples as a WAV file.
pub(crate) fn wav(samples: u64) -> Vec<u8> {
    soundlock_testing::wav(SampleRate::FILM, &noise(1, 0.2, samples))
}

/// Every file that the program wrote for people, by name, as a hash of its bytes.
pub(crate) fn deliveries(film: &TestFilm) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    for part in ["out", "sound.lock", "cuts.toml"] {
        collect(film.folder(), &film.path(part), &mut files);
    }
    files
}

fn collect(root: &Path, path: &Path, files: &mut BTreeMap<PathBuf, String>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            collect(root, &entry.unwrap().path(), files);
        }
    } else {
        let hash = soundlock_vault::hash_file(path).unwrap().to_string();
        files.insert(path.strip_prefix(root).unwrap().to_owned(), hash);
    }
}

/// Recordings are made at the rate at which espeak-ng speaks.
const HZ: u32 = 22_050;

/// What a voice of espeak-ng says.
pub(crate) fn said(voice: &str, text: &str) -> Vec<f32> {
    let output = Command::new("espeak-ng").args(["-v", voice, "--stdout", text]).output().unwrap();
    let samples = output.stdout[44..].chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]]));
    samples.map(|sample| f32::from(sample) / 32_768.0).collect()
}

/// What is said, in one file, with silence after each.
pub(crate) fn recording(parts: &[(&str, &str)]) -> Vec<u8> {
    let silence = vec![0.0; HZ as usize * 4 / 5];
    let samples: Vec<f32> =
        parts.iter().flat_map(|(voice, text)| [said(voice, text), silence.clone()].concat()).collect();
    soundlock_testing::wav(SampleRate::new(HZ).unwrap(), &samples)
}

/// The objects of one type that a run wrote.
pub(crate) fn objects(stdout: &str, kind: &str) -> Vec<serde_json::Value> {
    let all = stdout.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    all.filter(|object| object["type"] == kind).collect()
}

/// A model that runs on one's own machines or on a server of `/v1/videos`.
pub(crate) const TINY: &str = "\
[models.tiny]
name = \"Tiny\"
family = \"wan\"
frames = { step = 4, offset = 1, shortest = 5, ceiling = 121 }
fps = [\"24\"]
multiple = 16
rasters = [\"192x112\", \"96x64\"]
takes = [\"first-frame\", \"negative\", \"seed\"]
source = \"a test\"
read = 2026-11-29
";

/// A model that is hired by the second.
pub(crate) const HOSTED: &str = "\
[models.hosted]
name = \"Hosted\"
family = \"wan\"
seconds = { from = 1, to = 5 }
fps = [\"24\"]
rasters = [\"192x112\"]
takes = [\"first-frame\", \"negative\", \"seed\"]
source = \"a test\"
read = 2026-11-29
";

/// So many seconds of picture, as a generator sends them.
pub(crate) fn clip(secs: f64) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("clip.mp4");
    let source = format!("testsrc2=size=192x112:rate=24:duration={secs}");
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", &source, "-pix_fmt", "yuv420p", "-preset", "ultrafast"])
        .arg(&file)
        .status();
    assert!(made.unwrap().success());
    fs::read(file).unwrap()
}

/// Lets the shots of a film that is cut go round among `names`; they were all of the first.
pub(crate) fn share_out(film: &TestFilm, names: &[&str]) {
    let own = format!("generator = \"{}\"", names[0]);
    let mut names = names.iter().cycle();
    let cuts = film.read("cuts.toml");
    let cuts = cuts.lines().map(|line| match line {
        line if line == own => format!("generator = \"{}\"\n", names.next().unwrap()),
        line => format!("{line}\n"),
    });
    film.write("cuts.toml", cuts.collect::<String>());
    film.run(&["plan"]).done();
}
