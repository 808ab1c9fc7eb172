//! Probing, decoding and encoding against the real FFmpeg.
#![allow(clippy::unwrap_used, clippy::many_single_char_names, reason = "tests may")]

mod common;

use std::fs;
use std::time::{Duration, Instant};

use common::{decode, draw, encoding, ffprobe, frames, number_of, numbered, numbered_clip, raster, tools};
use soundlock_picture::{
    Colour, Decode, Decoder, Depth, Encoder, Frame, Layout, Limits, Matrix, PictureError, Range, Samples,
    Tools, VideoFormat, probe, still,
};
use soundlock_time::Fps;

const LIMITS: Limits = Limits::GENEROUS;

#[test]
fn a_clip_is_described() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("-a:b %03d.mp4");
    draw("-f lavfi -i testsrc2=s=64x48:r=16:d=1 -f lavfi -i sine=r=44100:d=1 -pix_fmt yuv420p", &file);
    let media = probe(&tools(), &file, &LIMITS).unwrap();
    let video = media.video.unwrap();
    assert_eq!((video.width, video.height, video.frames, video.bits), (64, 48, 16, 8));
    assert_eq!((video.fps.to_string().as_str(), video.codec.as_str()), ("16", "h264"));
    assert_eq!((video.colour, video.tagged), (Colour::UNTAGGED, false));
    let audio = media.audio.unwrap();
    assert_eq!((audio.rate.hz(), audio.channels, audio.codec.as_str()), (44_100, 1, "aac"));
}

#[test]
fn what_is_no_media_is_named_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    draw("-f lavfi -i testsrc2=s=64x48:r=16:d=1", &at("whole.mp4"));
    let whole = fs::read(at("whole.mp4")).unwrap();
    fs::write(at("cut.mp4"), &whole[..whole.len() / 2]).unwrap();
    fs::write(at("text.wav"), "INT. KITCHEN - NIGHT\n").unwrap();
    fs::write(at("empty.mp4"), "").unwrap();
    fs::write(at("list.mp4"), "ffconcat version 1.0\nfile whole.mp4\n").unwrap();
    fs::write(at("list.m3u8"), "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nwhole.mp4\n#EXT-X-ENDLIST\n")
        .unwrap();
    for (name, why) in [
        ("cut.mp4", "moov atom not found"),
        ("text.wav", "Invalid data"),
        ("empty.mp4", "is empty (0 bytes)"),
        ("list.mp4", "whitelist"),
        ("list.m3u8", "whitelist"),
        (".", "is not a file"),
    ] {
        let error = probe(&tools(), &at(name), &LIMITS).unwrap_err();
        assert!(matches!(error, PictureError::Malformed { .. }), "{error:?}");
        let text = error.to_string();
        assert!(text.contains(name) && text.contains(why), "{name}: {text}");
    }
    let missing = probe(&tools(), &at("none.mp4"), &LIMITS).unwrap_err();
    assert!(matches!(missing, PictureError::Io { .. }), "{missing:?}");
    let cause = std::error::Error::source(&missing).unwrap().to_string();
    assert!(!missing.to_string().contains(&cause), "the cause is said once: {missing}: {cause}");
}

#[test]
fn frames_go_out_and_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("numbered.mp4");
    numbered_clip(&file, raster(96, 64), Fps::NTSC_FILM, 40, &encoding());
    let numbers: Vec<u32> = frames(&file, &decode(Layout::Yuv420)).iter().map(number_of).collect();
    assert_eq!(numbers, (0..40).collect::<Vec<_>>());
    let stream = probe(&tools(), &file, &LIMITS).unwrap().video.unwrap();
    assert_eq!(
        (stream.fps, stream.frames, stream.colour, stream.tagged),
        (Fps::NTSC_FILM, 40, Colour::FILM, true)
    );
    let tags = ffprobe("-show_entries stream=time_base,color_primaries,color_transfer", &file);
    assert_eq!(tags, "bt709,bt709,1/24000");
}

#[test]
fn every_shape_goes_out_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    for (name, layout, depth) in [
        ("grey", Layout::Grey, Depth::Eight),
        ("grey10", Layout::Grey, Depth::Ten),
        ("420p10", Layout::Yuv420, Depth::Ten),
        ("444", Layout::Yuv444, Depth::Eight),
        ("444p10", Layout::Yuv444, Depth::Ten),
    ] {
        let file = folder.path().join(format!("{name}.mp4"));
        let mut frame = Frame::new(raster(64, 48), layout, depth, Colour::FILM);
        for (index, plane) in frame.planes.iter_mut().enumerate() {
            match plane {
                Samples::Eight(bytes) => bytes.fill(60 + 40 * index as u8),
                Samples::Ten(values) => values.fill(241 + 160 * index as u16),
            }
        }
        let format = VideoFormat { layout, depth, ..VideoFormat::film(frame.raster, Fps::FILM, encoding()) };
        let mut encoder = Encoder::start(&tools(), &file, &format, &LIMITS).unwrap();
        encoder.write(&frame).unwrap();
        encoder.finish().unwrap();
        let back = frames(&file, &Decode { depth, ..decode(layout) });
        assert_eq!(back.len(), 1, "{name}");
        for (sent, came) in frame.planes.iter().zip(&back[0].planes) {
            let off = match (sent, came) {
                (Samples::Eight(a), Samples::Eight(b)) => i32::from(a[100]) - i32::from(b[100]),
                (Samples::Ten(a), Samples::Ten(b)) => i32::from(a[100]) - i32::from(b[100]),
                _ => panic!("{name}: another depth came back"),
            };
            assert!(off.abs() <= 2, "{name}: {off}");
        }
    }
}

#[test]
fn equal_frames_make_equal_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let files = ["one.mp4", "two.mp4"]
        .map(|name| numbered_clip(&folder.path().join(name), raster(64, 48), Fps::FILM, 30, &encoding()));
    assert_eq!(fs::read(&files[0]).unwrap(), fs::read(&files[1]).unwrap());
}

#[test]
fn a_dropped_encoder_leaves_nothing_and_writes_over_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.mp4");
    let format = VideoFormat::film(raster(64, 48), Fps::FILM, encoding());
    let start = || Encoder::start(&tools(), &file, &format, &LIMITS);
    let mut encoder = start().unwrap();
    encoder.write(&numbered(raster(64, 48), 1)).unwrap();
    assert!(encoder.write(&numbered(raster(64, 64), 1)).is_err(), "a frame of another size");
    drop(encoder);
    assert!(!file.exists());
    fs::write(&file, "dear to somebody").unwrap();
    assert!(matches!(start(), Err(PictureError::Io { .. })));
    assert_eq!(fs::read_to_string(&file).unwrap(), "dear to somebody");
}

/// Reads 8-bit patches of known colour in every tagging and holds them against BT.709.
#[test]
fn colours_stay_whatever_the_tags() {
    let folder = tempfile::tempdir().unwrap();
    let rgb = [
        (200_u8, 40_u8, 40_u8),
        (40, 180, 60),
        (50, 60, 200),
        (220, 200, 60),
        (128, 128, 128),
        (230, 170, 140),
    ];
    let patches = folder.path().join("patches.ppm");
    let row = rgb.iter().flat_map(|(r, g, b)| [*r, *g, *b].repeat(64));
    let pixels = row.collect::<Vec<u8>>().repeat(96);
    fs::write(&patches, [b"P6 384 96 255\n".as_slice(), &pixels].concat()).unwrap();
    for (name, matrix, range, tagged) in [
        ("709tv", "bt709", "tv", true),
        ("709pc", "bt709", "pc", true),
        ("601", "smpte170m", "tv", true),
        ("untagged", "smpte170m", "tv", false),
    ] {
        let (space, levels) = if tagged { (matrix, range) } else { ("2", "0") };
        let scale = format!("scale=out_color_matrix={matrix}:out_range={range},format=yuv420p");
        let out = format!(
            "{scale},setparams=range={levels}:colorspace={space} -colorspace {space} -color_range {levels}"
        );
        let file = folder.path().join(format!("{name}.mp4"));
        draw(&format!("-loop 1 -i {} -frames:v 2 -vf {out} -crf 4", patches.display()), &file);
        for size in [None, Some(raster(576, 144))] {
            let frame = frames(&file, &Decode { raster: size, ..decode(Layout::Yuv444) }).remove(0);
            let width = frame.raster.width() as usize;
            for (index, (r, g, b)) in rgb.iter().enumerate() {
                let middle = width * (2 * index + 1) / 12;
                let yuv = [0, 1, 2].map(|plane| mean(frame.bytes(plane), width, middle));
                for (wanted, came) in [r, g, b].iter().zip(rgb_from_709(yuv)) {
                    let off = (f64::from(**wanted) - came).abs();
                    assert!(off <= 2.0, "{name} {index} {size:?}: {wanted} came back as {came:.1}");
                }
            }
        }
    }
}

/// Mean of 16 by 16 samples about `middle`, at the half of the picture's height.
fn mean(plane: &[u8], width: usize, middle: usize) -> f64 {
    let from = plane.len() / width / 2 - 8;
    let rows = (from..from + 16).map(|row| &plane[row * width + middle - 8..row * width + middle + 8]);
    rows.flatten().map(|sample| f64::from(*sample)).sum::<f64>() / 256.0
}

fn rgb_from_709([y, u, v]: [f64; 3]) -> [f64; 3] {
    let (y, u, v) = ((y - 16.0) / 219.0, (u - 128.0) / 224.0, (v - 128.0) / 224.0);
    let (r, b) = (y + 1.5748 * v, y + 1.8556 * u);
    let g = (y - 0.2126 * r - 0.0722 * b) / 0.7152;
    [r, g, b].map(|value| value * 255.0)
}

#[test]
fn grey_keeps_its_range() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("white.mp4");
    draw("-f lavfi -i color=white:s=64x48:r=10:d=0.2 -pix_fmt yuv420p", &file);
    let grey = &frames(&file, &decode(Layout::Grey))[0];
    assert_eq!((grey.planes.len(), grey.bytes(0)[100]), (1, 235));
    let full = Colour { matrix: Matrix::Bt709, range: Range::Full };
    let grey = &frames(&file, &Decode { colour: full, ..decode(Layout::Grey) })[0];
    assert!(grey.bytes(0)[100] >= 254, "{}", grey.bytes(0)[100]);
}

#[test]
fn odd_sizes_and_rates_come() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("odd.mkv");
    draw("-f lavfi -i testsrc2=s=64x48:r=109/33:d=3 -vf scale=67:49 -c:v ffv1 -pix_fmt yuv444p", &file);
    let media = probe(&tools(), &file, &LIMITS).unwrap();
    assert_eq!(media.video.unwrap().width, 67);
    let odd = frames(&file, &decode(Layout::Yuv420));
    assert_eq!((odd.len(), odd[0].raster), (10, raster(66, 48)));
    let faster = frames(&file, &Decode { fps: Some(Fps::FILM), ..decode(Layout::Grey) });
    assert!((70..=75).contains(&faster.len()), "{}", faster.len());
}

#[test]
fn limits_hold() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.mp4");
    numbered_clip(&file, raster(64, 48), Fps::FILM, 20, &encoding());
    let narrow = Limits { side: 60, ..LIMITS };
    assert!(matches!(probe(&tools(), &file, &narrow), Err(PictureError::OverLimit { what: "a width", .. })));
    let short = Limits { frames: 10, ..LIMITS };
    assert!(matches!(probe(&tools(), &file, &short), Err(PictureError::OverLimit { found: 20, .. })));
    let media = probe(&tools(), &file, &LIMITS).unwrap();
    let mut decoder = Decoder::open(&tools(), &media, &decode(Layout::Grey), &short).unwrap();
    let mut frame = decoder.new_frame();
    let error = loop {
        if let Err(error) = decoder.next_into(&mut frame) {
            break error;
        }
    };
    assert!(matches!(error, PictureError::OverLimit { found: 11, .. }), "{error}");
}

#[test]
fn damage_is_told_and_the_frames_still_come() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.mp4");
    draw("-f lavfi -i testsrc2=s=320x240:r=24:d=2 -movflags +faststart", &file);
    let mut bytes = fs::read(&file).unwrap();
    for place in (bytes.len() / 3..bytes.len()).step_by(911) {
        bytes[place] ^= 0xff;
    }
    fs::write(&file, bytes).unwrap();
    let media = probe(&tools(), &file, &LIMITS).unwrap();
    let mut decoder = Decoder::open(&tools(), &media, &decode(Layout::Grey), &LIMITS).unwrap();
    let mut frame = decoder.new_frame();
    let mut count = 0;
    while decoder.next_into(&mut frame).unwrap() {
        count += 1;
    }
    let damage = decoder.damage().expect("damage");
    assert!(count > 20 && !damage.contains("0x"), "{count}: {damage}");
}

#[test]
fn a_still_is_the_frame_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.mp4");
    numbered_clip(&file, raster(96, 64), Fps::NTSC, 700, &encoding());
    let media = probe(&tools(), &file, &LIMITS).unwrap();
    for index in [0, 1, 37, 479, 480, 613, 699] {
        let rgb = still(&tools(), &media, index, raster(96, 64), &LIMITS).unwrap();
        let mut frame = Frame::new(raster(96, 64), Layout::Grey, Depth::Eight, Colour::FILM);
        for (luma, pixel) in frame.bytes_mut(0).iter_mut().zip(rgb.chunks_exact(3)) {
            *luma = pixel[1];
        }
        assert_eq!(number_of(&frame), index);
    }
    let beyond = still(&tools(), &media, 700, raster(96, 64), &LIMITS);
    assert!(matches!(beyond, Err(PictureError::WrongLength { wanted: 701, .. })), "{beyond:?}");
}

#[test]
fn a_hanging_ffmpeg_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.mp4");
    numbered_clip(&file, raster(64, 48), Fps::FILM, 2, &encoding());
    let media = probe(&tools(), &file, &LIMITS).unwrap();
    let hanging = Tools { ffmpeg: script(folder.path(), "sleep 600"), ..tools() };
    let limits = Limits { timeout_secs: 1, ..LIMITS };
    let mut decoder = Decoder::open(&hanging, &media, &decode(Layout::Grey), &limits).unwrap();
    let started = Instant::now();
    let mut frame = decoder.new_frame();
    let error = decoder.next_into(&mut frame).unwrap_err();
    assert!(matches!(error, PictureError::Hung { .. }) && error.to_string().contains("a.mp4"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(20));
}

fn script(folder: &std::path::Path, body: &str) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let file = folder.join("ffmpeg.sh");
    fs::write(&file, format!("#!/bin/sh\n{body}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    file
}
