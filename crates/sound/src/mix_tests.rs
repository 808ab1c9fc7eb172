use std::num::NonZeroUsize;
use std::sync::Arc;

use soundlock_picture::{Limits, Tools};
use soundlock_time::{Fps, Sample, SampleRange, SampleRate};
use soundlock_vault::{Cancel, NoReport, Vault, hash_file};

use super::*;
use crate::wav::WavWriter;
use crate::{FileHashes, LockedLine, LockedScene, Origin, Retired, Source, Speakers, UsedKeys};

/// Where in its recording each click is, and the part of it that is locked.
const CLICK: u64 = 500;
const PART: SampleRange = SampleRange { start: Sample(100), end: Sample(900) };

/// 64 scenes of a minute at 29.97 frames a second, where no scene need begin on a whole number of samples.
fn a_feature_of_clicks(hash: &str) -> LockedSound {
    let line = |scene: u64, n: u64| LockedLine {
        id: format!("{scene}.{n:02}").parse().unwrap(),
        character: "MINA".into(),
        text: "tk".into(),
        at: Sample(7919 * n * n + 13 * scene),
        source: Source { origin: Origin::File("voices/click.wav".into()), hash: hash.into(), part: PART },
        dual: None,
    };
    let scene = |scene: u64| LockedScene {
        id: scene.to_string().parse().unwrap(),
        heading: "INT. ROOM".into(),
        frames: 1798 - (scene % 3) as u32,
        lines: (1..=4).map(|n| line(scene, n)).collect(),
        cues: Vec::new(),
        beats: Vec::new(),
    };
    LockedSound {
        fps: Fps::NTSC,
        rate: SampleRate::FILM,
        title_frames: 101,
        scenes: (1..=64).map(scene).collect(),
        credit_frames: Vec::new(),
        retired: Retired::default(),
    }
}

fn write_click(file: &Path) {
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let mut values = [0; 1000];
    values[CLICK as usize] = 4_000_000;
    let mut writer = WavWriter::create(file, 1, 48_000, 1000).unwrap();
    writer.write(&values).unwrap();
    writer.finish().unwrap();
}

/// Samples of the dialogue bus of the whole film that are not silent, behind the master's limiter.
fn clicks_heard(locked: &LockedSound, folder: &Path, speakers: Speakers) -> Vec<u64> {
    let vault = Vault::open(&folder.join(".soundlock"), Arc::new(String::new)).unwrap();
    let tools = Tools::find("ffmpeg", "ffprobe").unwrap();
    let context = SoundContext {
        folder,
        vault: &vault,
        tools: &tools,
        limits: Limits::GENEROUS,
        espeak: None,
        reporter: &NoReport,
        cancel: &Cancel::new(),
        workers: NonZeroUsize::MIN,
        used: &UsedKeys::new(),
        hashes: &FileHashes::new(),
    };
    let rules = SoundRules { speakers, ..SoundRules::standard(locked.fps, "en") };
    let score = score(locked, &rules, &context).unwrap();
    // Loud enough for the limiter to have work at each click.
    let mut master = Master::new(&score, Balance { gain_db: 20.0, ceiling_db: -3.0 });
    let (mut at, mut heard) = (0, Vec::new());
    while let Some(block) = master.next(&context).unwrap() {
        let width = speakers.width();
        let silent = block[0].iter().all(|value| *value == 0.0);
        let frames = block[0].chunks_exact(width).enumerate().filter(|_| !silent);
        heard.extend(frames.filter(|(_, frame)| frame.iter().any(|v| *v != 0.0)).map(|(n, _)| at + n as u64));
        at += (block[0].len() / width) as u64;
    }
    assert_eq!(at, locked.samples());
    heard
}

#[test]
fn over_sixty_four_minutes_every_line_sounds_at_its_very_sample() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("voices/click.wav");
    write_click(&file);
    let locked = a_feature_of_clicks(&hash_file(&file).unwrap().to_string());
    assert!(locked.samples() > 63 * 60 * 48_000);
    let (mut frames, mut wanted) = (101, Vec::new());
    for scene in &locked.scenes {
        // A frame is 1,601.6 samples; scenes begin on the first sample at or after theirs.
        let start = (frames * 8008_u64).div_ceil(5);
        wanted.extend(scene.lines.iter().map(|line| start + line.at.0 + CLICK - PART.start.0));
        frames += u64::from(scene.frames);
    }
    assert_eq!(clicks_heard(&locked, folder.path(), Speakers::Stereo), wanted);
}
