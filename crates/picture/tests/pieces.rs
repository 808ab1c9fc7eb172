//! Conversion by frame map, held against frames that carry their number.
#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;

use std::path::Path;

use common::{decode, draw, encoding, ffprobe, frames, number_of, numbered_clip, raster, tools};
use soundlock_picture::{Conversion, Fit, Layout, Limits, Media, PictureError, Samples, convert, probe};
use soundlock_time::{Fps, TakeFrame};

const LIMITS: Limits = Limits::GENEROUS;

fn conversion(frames: impl IntoIterator<Item = u32>, fps: Fps) -> Conversion {
    Conversion {
        frames: frames.into_iter().map(TakeFrame).collect(),
        fps,
        raster: raster(192, 128),
        fit: Fit::Inside,
        source: None,
        encoding: encoding(),
    }
}

fn clip(folder: &Path, fps: Fps, count: u32) -> Media {
    let file = folder.join("clip.mp4");
    numbered_clip(&file, raster(96, 64), fps, count, &encoding());
    probe(&tools(), &file, &LIMITS).unwrap()
}

/// Nearest frame at `from` for each of `count` frames at `to`, from frame `start` of the clip.
fn resampled(from: u32, to: u32, start: u32, count: u32) -> Vec<u32> {
    (0..count).map(|n| start + (2 * n * from + to) / (2 * to)).collect()
}

#[test]
fn pieces_hold_exactly_the_frames_of_the_map() {
    let folder = tempfile::tempdir().unwrap();
    let media = clip(folder.path(), Fps::new(16, 1).unwrap(), 81);
    let irregular = vec![5, 5, 5, 6, 9, 9, 40, 41, 42, 43, 43, 77, 80, 80, 80, 80];
    for (name, map, fps) in [
        ("whole", (0..81).collect(), Fps::FILM),
        ("trim", (10..70).collect(), Fps::FILM),
        ("one", vec![80], Fps::FILM),
        ("held", vec![33; 50], Fps::FILM),
        ("16to24", resampled(16, 24, 3, 100), Fps::FILM),
        ("16to23.976", resampled(16, 24, 0, 121), Fps::NTSC_FILM),
        ("30to24", resampled(30, 24, 1, 60), Fps::FILM),
        ("60to30", resampled(60, 30, 0, 40), Fps::NTSC),
        ("irregular", irregular, Fps::PAL),
    ] {
        let file = folder.path().join(format!("{name}.mp4"));
        let wanted: Vec<u32> = map;
        convert(&tools(), &media, &conversion(wanted.iter().copied(), fps), &file, &LIMITS).unwrap();
        let came: Vec<u32> = frames(&file, &decode(Layout::Yuv420)).iter().map(number_of).collect();
        assert_eq!(came, wanted, "{name}");
        let stream = probe(&tools(), &file, &LIMITS).unwrap().video.unwrap();
        assert_eq!((stream.fps, stream.frames as usize, stream.tagged), (fps, wanted.len(), true), "{name}");
    }
}

#[test]
fn a_clip_that_is_too_short_is_not_stretched() {
    let folder = tempfile::tempdir().unwrap();
    let media = clip(folder.path(), Fps::FILM, 20);
    for (map, found) in [
        ((0..21).collect::<Vec<_>>(), 20),
        (vec![18, 19, 20, 20, 20], 2),
        (vec![19, 19, 20], 2),
        (vec![30, 31], 0),
    ] {
        let file = folder.path().join("piece.mp4");
        let wanted = map.len() as u32;
        let error = convert(&tools(), &media, &conversion(map, Fps::FILM), &file, &LIMITS).unwrap_err();
        assert!(!file.exists());
        assert!(
            matches!(error, PictureError::WrongLength { found: f, wanted: w, .. } if (f, w) == (found, wanted)),
            "{error}"
        );
    }
    let falling = convert(&tools(), &media, &conversion([2, 1], Fps::FILM), Path::new("x.mp4"), &LIMITS);
    assert!(matches!(falling, Err(PictureError::Malformed { .. })));
}

#[test]
fn equal_conversions_make_equal_bytes_and_carry_no_tags() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("clip.mp4");
    draw("-f lavfi -i testsrc2=s=128x96:r=16:d=2 -metadata comment=prompt", &file);
    let media = probe(&tools(), &file, &LIMITS).unwrap();
    let bytes = ["a.mp4", "b.mp4"].map(|name| {
        let piece = folder.path().join(name);
        convert(&tools(), &media, &conversion(resampled(16, 24, 0, 40), Fps::FILM), &piece, &LIMITS).unwrap();
        std::fs::read(piece).unwrap()
    });
    assert!(bytes[0] == bytes[1]);
    let has = |text: &[u8]| bytes[0].windows(text.len()).any(|window| window == text);
    assert!(!has(b"prompt") && !has(b"Lavf"));
    let shape =
        ffprobe("-show_entries stream=width,height,color_space,color_range", &folder.path().join("a.mp4"));
    assert_eq!(shape, "192,128,tv,bt709");
}

#[test]
fn pictures_of_another_shape_are_fitted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("white.mkv");
    draw("-f lavfi -i color=white:s=100x100:r=24:d=0.2 -c:v ffv1 -pix_fmt yuv420p", &file);
    let media = probe(&tools(), &file, &LIMITS).unwrap();
    for (fit, corner) in [(Fit::Inside, 16), (Fit::Fill, 235)] {
        let piece = folder.path().join(format!("{corner}.mp4"));
        let conversion = Conversion { fit, raster: raster(192, 108), ..conversion(0..4, Fps::FILM) };
        convert(&tools(), &media, &conversion, &piece, &LIMITS).unwrap();
        let frame = &frames(&piece, &decode(Layout::Yuv420))[0];
        let Samples::Eight(luma) = &frame.planes[0] else { panic!("8 bits") };
        let (edge, middle) = (luma[192 * 54 + 4], luma[192 * 54 + 96]);
        assert!(edge.abs_diff(corner) <= 1 && middle.abs_diff(235) <= 1, "{fit:?}: {edge} {middle}");
    }
}
