//! Reading and encoding sound against the real FFmpeg.
#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;

use std::fs;

use common::{draw, tools};
use soundlock_picture::{Limits, PictureError, SoundReader, encode_aac, probe};
use soundlock_time::SampleRate;

const LIMITS: Limits = Limits::GENEROUS;

fn read_all(file: &std::path::Path, channels: u32, from: u64) -> Vec<f32> {
    let mut reader = SoundReader::open(&tools(), file, SampleRate::FILM, channels, from, &LIMITS).unwrap();
    let (mut all, mut block) = (Vec::new(), vec![0.0; 1000]);
    loop {
        let count = reader.read(&mut block).unwrap();
        all.extend_from_slice(&block[..count]);
        if count < block.len() {
            assert_eq!(reader.read(&mut block).unwrap(), 0);
            return all;
        }
    }
}

fn peak(values: &[f32]) -> f32 {
    values.iter().fold(0.0, |peak, value| peak.max(value.abs()))
}

#[test]
fn sound_is_read_to_the_sample() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.wav");
    draw("-f lavfi -i aevalsrc=n/50000:s=48000:d=1 -c:a pcm_f32le", &file);
    let all = read_all(&file, 1, 0);
    assert_eq!(all.len(), 48_000);
    let later = read_all(&file, 1, 12_345);
    assert_eq!(later.len(), 48_000 - 12_345);
    assert!((later[0] - 12_345.0 / 50_000.0).abs() < 1e-6, "{}", later[0]);
    assert!(read_all(&file, 1, 48_000).is_empty());
}

#[test]
fn channels_and_rates_are_brought_to_what_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    for (name, source, channels) in [
        ("mono", "sine=f=440:r=44100:d=1", 1),
        ("stereo", "sine=f=440:r=44100:d=1,pan=stereo|c0=c0|c1=c0", 2),
        ("surround", "sine=f=440:r=48000:d=1,pan=5.1|FL=c0|FR=c0", 2),
    ] {
        let file = folder.path().join(format!("{name}.wav"));
        draw(&format!("-f lavfi -i {source} -c:a pcm_s24le"), &file);
        for asked in [1, 2] {
            let values = read_all(&file, asked, 0);
            let samples = values.len() / asked as usize;
            assert!(samples.abs_diff(48_000) <= 1, "{name} to {asked}: {samples} samples");
            let kept = peak(&values) / 0.125;
            assert!((0.97..1.03).contains(&kept), "{name} ({channels}) to {asked}: {kept}");
            if asked == 2 {
                assert!(values.chunks(2).all(|pair| (pair[0] - pair[1]).abs() < 1e-6), "{name}");
            }
        }
    }
}

#[test]
fn exact_lengths_are_told_where_they_are_exact() {
    let folder = tempfile::tempdir().unwrap();
    for (name, wanted) in [("a.wav", 12_345), ("a.flac", 12_345), ("a.m4a", 0)] {
        let file = folder.path().join(name);
        draw("-f lavfi -i sine=r=48000:d=1,atrim=end_sample=12345", &file);
        let audio = probe(&tools(), &file, &LIMITS).unwrap().audio.unwrap();
        assert_eq!(audio.samples, wanted, "{name}");
    }
}

#[test]
fn what_is_no_sound_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("12.03.wav");
    fs::write(&text, "to be recorded").unwrap();
    let open = |file: &std::path::Path| {
        SoundReader::open(&tools(), file, SampleRate::FILM, 1, 0, &LIMITS).unwrap_err()
    };
    assert!(open(&text).to_string().contains("12.03.wav"));
    let silent = folder.path().join("a.mp4");
    draw("-f lavfi -i testsrc2=s=64x48:r=16:d=0.5", &silent);
    assert!(open(&silent).to_string().ends_with("holds no sound"));
    let long = folder.path().join("long.flac");
    draw("-f lavfi -i anullsrc=r=48000 -t 61", &long);
    let minute = Limits { sound_secs: 60, ..LIMITS };
    let error = SoundReader::open(&tools(), &long, SampleRate::FILM, 1, 0, &minute).unwrap_err();
    assert!(matches!(error, PictureError::OverLimit { found: 61, limit: 60, .. }), "{error}");
}

#[test]
fn aac_is_the_same_twice_and_writes_over_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for (wav, options) in [("a.wav", ""), ("a64.wav", "-rf64 always"), ("a.w64", "")] {
        draw(&format!("-f lavfi -i sine=r=48000:d=2 -ac 2 {options}"), &at(wav));
        let encode = |name: &str| encode_aac(&tools(), &at(wav), 128_000, &at(name), &LIMITS);
        encode(&format!("{wav}.1.m4a")).unwrap();
        encode(&format!("{wav}.2.m4a")).unwrap();
        let bytes = [1, 2].map(|n| fs::read(at(&format!("{wav}.{n}.m4a"))).unwrap());
        assert!(bytes[0] == bytes[1], "{wav}");
        assert!(encode(&format!("{wav}.1.m4a")).is_err());
        assert_eq!(fs::read(at(&format!("{wav}.1.m4a"))).unwrap(), bytes[0]);
    }
    fs::write(at("text.wav"), "no sound").unwrap();
    assert!(encode_aac(&tools(), &at("text.wav"), 128_000, &at("text.m4a"), &LIMITS).is_err());
    assert!(!at("text.m4a").exists());
}
