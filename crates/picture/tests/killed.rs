//! Children end with the program, even when it is killed.
#![allow(clippy::unwrap_used, reason = "tests may")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use soundlock_picture::{Limits, SoundReader, Tools};
use soundlock_time::SampleRate;

const FOLDER: &str = "SOUNDLOCK_TEST_FOLDER";

/// Not a test by itself: the program that is killed by the one below. It starts a child that nothing would end.
#[test]
fn program_that_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let folder = Path::new(&folder);
    let tools = Tools { ffmpeg: folder.join("ffmpeg"), ..Tools::find("ffmpeg", "ffprobe").unwrap() };
    let sound = folder.join("sound.wav");
    let mut reader = SoundReader::open(&tools, &sound, SampleRate::FILM, 1, 0, &Limits::GENEROUS).unwrap();
    reader.read(&mut [0.0; 16]).unwrap();
}

#[test]
fn children_end_with_a_program_that_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let drawn = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-f", "lavfi", "-i", "sine=d=1"])
        .arg(at("sound.wav"))
        .status();
    assert!(drawn.unwrap().success());
    // It has a child of its own, heeds no pipe, and writes both numbers down.
    let script = format!("#!/bin/sh\nsleep 600 &\necho $$ $! > '{}'\nsleep 600\n", at("part").display());
    fs::write(at("ffmpeg"), script).unwrap();
    fs::set_permissions(at("ffmpeg"), fs::Permissions::from_mode(0o755)).unwrap();

    let mut program = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "program_that_is_killed"])
        .env(FOLDER, folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let written = until(|| fs::read_to_string(at("part")).ok().filter(|text| text.ends_with('\n')));
    let children: Vec<&str> = written.split_whitespace().collect();
    assert_eq!(children.len(), 2);
    sleep(Duration::from_millis(200));
    assert!(children.iter().all(|child| lives(child)), "{children:?}");
    program.kill().unwrap();
    program.wait().unwrap();
    until(|| (!children.iter().any(|child| lives(child))).then_some(()));
}

fn lives(process: &str) -> bool {
    let listed = Command::new("ps").args(["-o", "stat=", "-p", process]).output().unwrap();
    let state = String::from_utf8_lossy(&listed.stdout).trim().to_owned();
    !state.is_empty() && !state.starts_with('Z')
}

fn until<T>(mut come: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(value) = come() {
            return value;
        }
        assert!(started.elapsed() < Duration::from_secs(30), "it did not come");
        sleep(Duration::from_millis(50));
    }
}
