use std::num::NonZeroUsize;
use std::sync::Arc;

use soundlock_picture::{Limits, Tools};
use soundlock_time::{Fps, Sample, SampleRange, SampleRate};
use soundlock_vault::{Cancel, NoReport, Vault, hash_file};

use super::*;
use crate::wav::WavWriter;
use crate::{FileHashes, HeardLevels, LockedLine, LockedScene, Origin, Retired, Source, Speakers, UsedKeys};

/// Where in its recording each click is, and the part of it that is locked.
const CLICK: u64 = 500;
const PART: SampleRange = SampleRange { start: Sample(100), end: Sample(900) };

/// 64 scenes of a minute, after a title of 101 frames. At 29.97 frames a second no scene need begin on a whole number of
/// samples.
fn a_feature_of_clicks(hash: &str, fps: Fps, frames: impl Fn(u64) -> u32) -> LockedSound {
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
        frames: frames(scene),
        lines: (1..=4).map(|n| line(scene, n)).collect(),
        cues: Vec::new(),
        beats: Vec::new(),
    };
    LockedSound {
        fps,
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
    with_context(folder, |context| {
        let rules = SoundRules { speakers, ..SoundRules::standard(locked.fps, "en") };
        let score = score(locked, &rules, context).unwrap();
        // Loud enough for the limiter to have work at each click.
        let mut master = Master::new(&score, Balance { gain_db: 20.0, ceiling_db: -3.0 });
        let (mut at, mut heard) = (0, Vec::new());
        while let Some(block) = master.next(context).unwrap() {
            let width = speakers.width();
            let silent = block[0].iter().all(|value| *value == 0.0);
            let frames = block[0].chunks_exact(width).enumerate().filter(|_| !silent);
            let sounding = frames.filter(|(_, frame)| frame.iter().any(|value| *value != 0.0));
            heard.extend(sounding.map(|(n, _)| at + n as u64));
            at += (block[0].len() / width) as u64;
        }
        assert_eq!(at, locked.samples());
        heard
    })
}

fn with_context<T>(folder: &Path, work: impl FnOnce(&SoundContext<'_>) -> T) -> T {
    let vault = Vault::open(&folder.join(".soundlock"), Arc::new(String::new)).unwrap();
    let tools = Tools::find("ffmpeg", "ffprobe").unwrap();
    work(&SoundContext {
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
        levels: &HeardLevels::new(),
    })
}

fn check_feature(fps: Fps, frames: impl Fn(u64) -> u32, first_sample: impl Fn(u64) -> u64) -> LockedSound {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("voices/click.wav");
    write_click(&file);
    let locked = a_feature_of_clicks(&hash_file(&file).unwrap().to_string(), fps, frames);
    let (mut before, mut wanted) = (101, Vec::new());
    for scene in &locked.scenes {
        let start = first_sample(before);
        wanted.extend(scene.lines.iter().map(|line| start + line.at.0 + CLICK - PART.start.0));
        before += u64::from(scene.frames);
    }
    assert_eq!(clicks_heard(&locked, folder.path(), Speakers::Stereo), wanted);
    locked
}

#[test]
fn over_sixty_four_minutes_every_line_sounds_at_its_very_sample() {
    // A frame is 1,601.6 samples; scenes begin on the first sample at or after theirs.
    let ntsc = |frame: u64| (frame * 8008).div_ceil(5);
    let locked = check_feature(Fps::NTSC, |scene| 1798 - (scene % 3) as u32, ntsc);
    assert!(locked.samples() > 63 * 60 * 48_000);
    let first_is_shorter = |scene| if scene == 1 { 1440 - 101 } else { 1440 };
    let locked = check_feature(Fps::FILM, first_is_shorter, |frame| frame * 2000);
    assert_eq!(locked.samples(), 184_320_000);
}

/// A film of every kind of edit: rooms of several levels, 8 bits, an offset, lines that overlap in one recording and
/// across two, a scratch voice, room under it.
fn a_film_of_edits(folder: &Path) -> LockedSound {
    let recording = |name: &str, seed: u64, room: f32, offset: f32, bits: u32| {
        let hum = |n: u64| 0.15 * libm::sinf(n as f32 * 0.031) + 0.05 * libm::sinf(n as f32 * 0.17);
        let noise = soundlock_testing::noise(seed, room, 8 * 48_000);
        let spoken = |n: u64| n / 48_000 % 2 == 1;
        let sound = (0..).zip(noise).map(|(n, noise)| offset + noise + if spoken(n) { hum(n) } else { 0.0 });
        write_bits(&folder.join(name), sound, bits);
        hash_file(&folder.join(name)).unwrap().to_string()
    };
    let quiet = recording("a.wav", 1, 0.004, 0.0, 16);
    let coarse = recording("b.wav", 2, 0.02, 0.0, 8);
    let off = recording("c.wav", 3, 0.004, 0.04, 16);
    let line = |n: u64, who: &str, at: u64, file: (&str, &str), part: (u64, u64)| LockedLine {
        id: format!("1.{n:02}").parse().unwrap(),
        character: who.into(),
        text: "Well, well, well, well, well.".into(),
        at: Sample(at),
        source: Source {
            origin: Origin::File(file.0.into()),
            hash: file.1.into(),
            part: SampleRange { start: Sample(part.0), end: Sample(part.1) },
        },
        dual: None,
    };
    let (a, b, c) = (("a.wav", quiet.as_str()), ("b.wav", coarse.as_str()), ("c.wav", off.as_str()));
    let mut lines = vec![
        line(1, "MINA", 40_000, a, (46_000, 100_000)),
        // Over the end of the one before, from another recording, cut in the middle of a word.
        line(2, "JO", 80_000, b, (60_000, 90_000)),
        line(3, "ANN", 150_000, c, (47_000, 97_000)),
        line(4, "ANN", 230_000, c, (143_000, 190_000)),
        // Both in one recording at once, louder and softer.
        line(5, "MINA", 320_000, a, (143_000, 180_000)),
        line(6, "JO", 340_000, a, (163_000, 196_000)),
        line(7, "MINA", 480_000, b, (239_000, 290_000)),
        line(8, "LEE", 560_000, c, (0, 20_000)),
    ];
    lines[7].source = Source {
        origin: Origin::Scratch("hum 140Hz".into()),
        hash: "0".repeat(64),
        part: SampleRange::new(Sample(0), 60_000),
    };
    let scene = LockedScene {
        id: "1".parse().unwrap(),
        heading: "INT. ROOM".into(),
        frames: 340,
        lines,
        cues: Vec::new(),
        beats: Vec::new(),
    };
    LockedSound {
        fps: Fps::FILM,
        rate: SampleRate::FILM,
        title_frames: 24,
        scenes: vec![scene],
        credit_frames: vec![24],
        retired: Retired::default(),
    }
}

fn write_bits(path: &Path, sound: impl Iterator<Item = f32>, bits: u32) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 48_000,
        bits_per_sample: bits as u16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    let full = (1_i64 << (bits - 1)) as f32 - 1.0;
    sound.for_each(|value| writer.write_sample((value * full).round() as i32).unwrap());
    writer.finalize().unwrap();
}

fn dialogue_of(score: &Score) -> Vec<f32> {
    let (mut renderer, mut dialogue) = (Renderer::new(score), Vec::new());
    while let Some(block) = renderer.next().unwrap() {
        dialogue.extend(block[0].chunks_exact(2).map(|frame| frame[0]));
    }
    dialogue
}

/// How much larger the step from sample to sample is at an edit than any in the 10 ms around it, the most of all edits.
fn worst_edit(score: &Score, dialogue: &[f32]) -> (f32, u64) {
    let step = |n: usize| (dialogue[n] - dialogue[n - 1]).abs();
    let most = |range: std::ops::Range<usize>| range.map(step).fold(0.0, f32::max);
    let edges = score.soundings.iter().flat_map(|sounding| {
        let (start, end, fades) = (sounding.at, sounding.at + sounding.part.length(), sounding.fades);
        [start, end, start + fades.head.samples, end - fades.tail.samples]
    });
    let ratio = |edge: u64| {
        let at = edge as usize;
        let around = most(at - 480..at - 2).max(most(at + 2..at + 480)).max(1e-6);
        (most(at - 1..at + 2) / around, edge)
    };
    edges.map(ratio).max_by(|one, other| one.0.total_cmp(&other.0)).unwrap()
}

#[test]
fn no_edit_steps_further_than_the_sound_around_it() {
    let folder = tempfile::tempdir().unwrap();
    let locked = a_film_of_edits(folder.path());
    with_context(folder.path(), |context| {
        let mut rules = SoundRules::standard(locked.fps, "en");
        for room_tone_db in [Some(0.0), None] {
            rules.levels.room_tone_db = room_tone_db;
            let mut score = score(&locked, &rules, context).unwrap();
            assert!(score.soundings.len() > if room_tone_db.is_some() { 20 } else { 6 });
            let (worst, at) = worst_edit(&score, &dialogue_of(&score));
            assert!(worst < 1.25, "{worst} times the largest step around, at sample {at}");
            // The same edits without fades would click.
            let none = crate::gain::Fade::even(0);
            score.soundings.iter_mut().for_each(|s| s.fades = crate::gain::Fades { head: none, tail: none });
            let (worst, _) = worst_edit(&score, &dialogue_of(&score));
            assert!(worst > 2.0, "{worst}");
        }
    });
}
