//! Whole files, made by FFmpeg on the spot, and files that are none.

#![allow(clippy::unwrap_used, reason = "what cannot be had here fails the test")]
#![allow(clippy::float_cmp, reason = "counts are whole, and exact in a float")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use soundlock_judge::{Expected, Finding, JudgeError, JudgeRules, Verdict, judge};
use soundlock_picture::{Limits, Tools};
use soundlock_time::{Fps, Raster};
use tempfile::TempDir;

fn tools() -> Tools {
    Tools::find("ffmpeg", "ffprobe").unwrap()
}

fn verdict(file: &Path, expected: &Expected) -> Verdict {
    judge(&tools(), file, expected, &JudgeRules::STANDARD, &Limits::GENEROUS).unwrap()
}

fn get<'v>(verdict: &'v Verdict, measure: &str) -> &'v Finding {
    verdict.findings.iter().find(|finding| finding.measure == measure).unwrap()
}

/// Measures that fail, in order.
fn failed(verdict: &Verdict) -> Vec<&str> {
    verdict.failures().map(|finding| finding.measure.as_str()).collect()
}

/// A file of what FFmpeg draws for `graph`, at 24 frames a second unless it says otherwise.
fn drawn(folder: &TempDir, graph: &str) -> PathBuf {
    let file = folder.path().join("12_0040-1.mp4");
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-y", "-f", "lavfi", "-i", graph]);
    command.args(["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p"]).arg(&file);
    assert!(command.status().unwrap().success(), "{graph}");
    file
}

const MOVING: &str = "testsrc2=s=640x360:r=24:d=2,rotate=t/4";

fn expected() -> Expected {
    Expected { frames: Some(48), raster: Some(Raster::new(640, 360).unwrap()), fps: Some(Fps::FILM) }
}

#[track_caller]
fn check(graph: &str, fails: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let verdict = verdict(&drawn(&folder, graph), &expected());
    let lines: Vec<String> = verdict.findings.iter().map(ToString::to_string).collect();
    assert_eq!(failed(&verdict), fails, "{graph}: {lines:#?}");
}

#[test]
fn a_sound_take_passes_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let verdict = verdict(&drawn(&folder, MOVING), &expected());
    let measures: Vec<&str> = verdict.findings.iter().map(|finding| finding.measure.as_str()).collect();
    let wanted = [
        "decodes",
        "length",
        "container",
        "size",
        "rate",
        "black",
        "frozen",
        "duplicates",
        "cut-inside",
        "flicker",
        "flicker-peak",
    ];
    assert_eq!(measures, wanted);
    assert!(verdict.passed(), "{:?}", failed(&verdict));
    assert!(verdict.findings.iter().all(|finding| !finding.message.is_empty()));
    assert_eq!(get(&verdict, "length").value, 48.0);
}

#[test]
fn what_is_not_asked_for_is_not_checked() {
    let folder = tempfile::tempdir().unwrap();
    let verdict = verdict(&drawn(&folder, MOVING), &Expected::default());
    assert!(verdict.findings.iter().all(|finding| finding.measure != "size" && finding.measure != "rate"));
    assert!(verdict.passed());
}

#[test]
fn faults_of_a_file_are_found() {
    check("testsrc2=s=640x360:r=24:d=1.5,rotate=t/4", &["length"]);
    check("testsrc2=s=640x352:r=24:d=2,rotate=t/4", &["size"]);
    check("testsrc2=s=640x360:r=25:d=2,rotate=t/4", &["rate"]);
    check(
        "testsrc2=s=640x360:r=24:d=2,rotate=t/4,drawbox=c=black:t=fill:enable='between(n,20,23)'",
        &["black", "flicker", "flicker-peak"],
    );
    check(
        "testsrc2=s=640x360:r=24:d=2,rotate=t/4,loop=loop=24:size=1:start=24,trim=end_frame=48",
        &["frozen"],
    );
    check("testsrc2=s=640x360:r=12:d=2,rotate=t/4,fps=24", &["duplicates"]);
    check(
        "mandelbrot=s=640x360:r=24,trim=duration=1[a];testsrc2=s=640x360:r=24:d=1,rotate=t/4[b];[a][b]concat",
        &["cut-inside"],
    );
}

#[test]
fn black_and_stills_are_seen_through_the_codec() {
    check("color=black:s=640x360:r=24:d=2", &["black", "frozen"]);
    check("color=black:s=640x360:r=24:d=2,noise=alls=8:allf=t", &["black", "frozen"]);
    check(
        "testsrc2=s=640x360:r=24:d=2,trim=end_frame=1,loop=loop=47:size=1,noise=alls=4:allf=t",
        &["frozen"],
    );
}

#[test]
fn files_that_are_no_takes_are_findings() {
    let folder = tempfile::tempdir().unwrap();
    let sound = fs::read(drawn(&folder, MOVING)).unwrap();
    let cases: [(&str, &[u8]); 5] = [
        ("empty", b""),
        ("text", b"scene 12, a kitchen at night\n"),
        ("page", b"<html><body>502 Bad Gateway</body></html>"),
        ("half", &sound[..sound.len() / 2]),
        ("head", &sound[..200]),
    ];
    for (name, bytes) in cases {
        let file = folder.path().join(format!("{name}.mp4"));
        fs::write(&file, bytes).unwrap();
        let verdict = verdict(&file, &expected());
        assert_eq!(failed(&verdict)[..2], ["decodes", "length"], "{name}");
        assert!(!get(&verdict, "decodes").message.is_empty(), "{name}");
    }
}

#[test]
fn a_take_cut_short_or_damaged_on_its_way_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let file = drawn(&folder, MOVING);
    let front = folder.path().join("front.mp4");
    let mut command = Command::new("ffmpeg");
    command
        .args(["-v", "error", "-i"])
        .arg(&file)
        .args(["-c", "copy", "-movflags", "+faststart"])
        .arg(&front);
    assert!(command.status().unwrap().success());
    let whole = fs::read(&front).unwrap();

    let short = folder.path().join("short.mp4");
    fs::write(&short, &whole[..whole.len() * 2 / 3]).unwrap();
    let short = verdict(&short, &expected());
    assert_eq!(failed(&short)[..3], ["decodes", "length", "container"]);
    assert!((10.0..47.0).contains(&get(&short, "length").value), "{}", get(&short, "length"));

    let mut flipped = whole.clone();
    for place in (whole.len() / 2..whole.len() - 100).step_by(997) {
        flipped[place] ^= 0xff;
    }
    fs::write(&front, flipped).unwrap();
    let flipped = verdict(&front, &expected());
    assert!(failed(&flipped).contains(&"decodes"), "{:?}", flipped.findings);
}

#[test]
fn sound_alone_holds_no_picture() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("voice.wav");
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-f", "lavfi", "-i", "sine=d=1"]).arg(&file);
    assert!(command.status().unwrap().success());
    let verdict = verdict(&file, &expected());
    assert_eq!(failed(&verdict), ["decodes", "length"]);
    assert_eq!(get(&verdict, "decodes").message, "holds no picture");
}

#[test]
fn a_file_that_is_not_there_is_our_error() {
    let error = judge(
        &tools(),
        Path::new("/nowhere/12_0040-1.mp4"),
        &expected(),
        &JudgeRules::STANDARD,
        &Limits::GENEROUS,
    );
    assert!(matches!(error, Err(JudgeError::Picture(_))));
}

#[test]
fn tiny_odd_and_upright_takes_are_measured() {
    for size in ["16x16", "34x18", "360x640", "1000x34"] {
        let folder = tempfile::tempdir().unwrap();
        let verdict = verdict(&drawn(&folder, &format!("testsrc2=s={size}:r=24:d=1")), &Expected::default());
        assert!(get(&verdict, "decodes").passed && get(&verdict, "length").value == 24.0, "{size}");
    }
}
