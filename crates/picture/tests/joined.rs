//! Joined films, read back by FFmpeg.
#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use common::{
    decode, draw, encoding, ffprobe, frames, frames_and_damage, number_of, numbered, raster, tools,
};
use soundlock_picture::{
    Conversion, Encoder, Encoding, Fit, Frame, Joined, Layout, Limits, SoundReader, VideoCodec, VideoFormat,
    convert, cut, encode_aac, join, probe,
};
use soundlock_time::{FilmFrame, Fps, Raster, SampleRate, TakeFrame};

const LIMITS: Limits = Limits::GENEROUS;
const SIZE: (u32, u32) = (96, 64);

fn size() -> Raster {
    raster(SIZE.0, SIZE.1)
}

fn crf(crf: u8, preset: &str) -> Encoding {
    Encoding { codec: VideoCodec::H264 { preset: preset.into(), crf }, threads: 1 }
}

/// A piece of `count` numbered frames from `first` on.
fn piece(folder: &Path, fps: Fps, first: u32, count: u32, encoding: &Encoding) -> PathBuf {
    let file = folder.join(format!("{first}-{count}.mp4"));
    let format = VideoFormat::film(size(), fps, encoding.clone());
    encode(&file, &format, first..first + count);
    file
}

/// Numbered frames in `format`.
fn encode(file: &Path, format: &VideoFormat, numbers: Range<u32>) {
    let mut encoder = Encoder::start(&tools(), file, format, &LIMITS).unwrap();
    for number in numbers {
        encoder.write(&numbered(size(), number)).unwrap();
    }
    encoder.finish().unwrap();
}

/// Sound for exactly `samples` samples with a click at the first and the last.
fn clicks(folder: &Path, samples: u64) -> PathBuf {
    let (wav, file) = (folder.join("sound.wav"), folder.join("sound.m4a"));
    let expression = format!("0.6*(lt(n,40)+gt(n,{}))", samples - 41);
    draw(
        &format!(
            "-f lavfi -i aevalsrc='{expression}':s=48000,atrim=end_sample={samples} -c:a pcm_s16le -ac 2"
        ),
        &wav,
    );
    encode_aac(&tools(), &wav, 192_000, &file, &LIMITS).unwrap();
    file
}

/// Times at which frames are presented, in ticks and in order, and the ticks per second.
fn presented(file: &Path) -> (Vec<i64>, u32) {
    let listed = ffprobe("-select_streams v -show_entries packet=pts", file);
    let mut times: Vec<i64> = listed
        .lines()
        .map(|line| line.trim_matches(','))
        .filter(|line| !line.is_empty())
        .map(|line| line.parse().unwrap())
        .collect();
    times.sort_unstable();
    let base = ffprobe("-select_streams v -show_entries stream=time_base", file);
    (times, base.trim_start_matches("1/").parse().unwrap())
}

#[test]
fn every_frame_of_many_pieces_is_at_its_exact_time() {
    for fps in [Fps::FILM, Fps::NTSC_FILM, Fps::NTSC] {
        let folder = tempfile::tempdir().unwrap();
        let six = [(0, 1), (1, 2), (3, 3), (6, 5), (11, 24), (35, 31)];
        let six = six.map(|(first, count)| piece(folder.path(), fps, first, count, &crf(12, "medium")));
        let pieces: Vec<PathBuf> = six.iter().cycle().take(6 * 34).cloned().collect();
        let total = 34 * 66;
        let samples = fps.first_sample(FilmFrame(total), SampleRate::FILM).0;
        let sound = clicks(folder.path(), samples);
        let film = folder.path().join("film.mp4");
        let joined = join(&pieces, Some((&sound, SampleRate::FILM, samples)), fps, &film).unwrap();
        assert_eq!(joined, Joined { frames: total, raster: size(), samples });

        let (times, ticks) = presented(&film);
        let frame = i64::from(ticks / fps.num() * fps.den());
        assert_eq!(ticks % fps.num(), 0);
        assert_eq!(times, (0..i64::from(total)).map(|n| n * frame).collect::<Vec<_>>(), "{fps}");
        let stream = ffprobe(
            "-select_streams v -show_entries stream=start_pts,duration_ts,avg_frame_rate,nb_frames",
            &film,
        );
        let rate = format!("{}/{}", fps.num(), fps.den());
        assert_eq!(stream, format!("{rate},0,{},{total}", i64::from(total) * frame));
        let stream = ffprobe("-select_streams a -show_entries stream=start_pts,duration_ts", &film);
        assert_eq!(stream, format!("0,{samples}"));

        let numbers: Vec<u32> = frames(&film, &decode(Layout::Grey)).iter().map(number_of).collect();
        assert_eq!(numbers, (0..66).cycle().take(total as usize).collect::<Vec<_>>());
    }
}

#[test]
fn sound_is_heard_from_its_first_sample_to_its_last() {
    let folder = tempfile::tempdir().unwrap();
    let only = piece(folder.path(), Fps::FILM, 0, 48, &encoding());
    for samples in [96_000, 95_232, 95_233, 94_999] {
        let sound = clicks(folder.path(), samples);
        let film = folder.path().join("film.mp4");
        join(std::slice::from_ref(&only), Some((&sound, SampleRate::FILM, samples)), Fps::FILM, &film)
            .unwrap();
        let mut reader = SoundReader::open(&tools(), &film, SampleRate::FILM, 1, 0, &LIMITS).unwrap();
        let mut heard = vec![0.0; 200_000];
        let count = reader.read(&mut heard).unwrap() as u64;
        // FFmpeg gives the last block whole; what is presented ends inside it.
        assert!(count >= samples && count < samples + 1024, "{count} of {samples}");
        let loud =
            |from: u64| heard[from as usize..][..40].iter().map(|value| value.abs()).sum::<f32>() / 40.0;
        assert!(loud(0) > 0.3 && loud(samples - 40) > 0.3, "{} {}", loud(0), loud(samples - 40));
        assert!(loud(200) < 0.1 && loud(samples - 1000) < 0.1);
        for made in ["film.mp4", "sound.m4a", "sound.wav"] {
            fs::remove_file(folder.path().join(made)).unwrap();
        }
    }
}

#[test]
fn pieces_of_different_encoders_stand_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let pieces = [
        piece(folder.path(), Fps::FILM, 0, 10, &crf(12, "medium")),
        piece(folder.path(), Fps::FILM, 10, 7, &crf(30, "ultrafast")),
        piece(folder.path(), Fps::FILM, 17, 20, &crf(12, "medium")),
    ];
    let film = folder.path().join("film.mp4");
    let joined = join(&pieces, None, Fps::FILM, &film).unwrap();
    assert_eq!((joined.frames, joined.samples), (37, 0));
    // FFmpeg's parser, though not its decoder, grumbles at headers that change on the way.
    let (frames, _) = frames_and_damage(&film, &decode(Layout::Grey));
    assert_eq!(frames.iter().map(number_of).collect::<Vec<_>>(), (0..37).collect::<Vec<_>>());
    assert_eq!(headers(&film), 2);
    let (times, ticks) = presented(&film);
    assert_eq!(times.last(), Some(&(36 * i64::from(ticks) / 24)));
}

#[test]
fn drawn_and_converted_pieces_share_their_headers() {
    let folder = tempfile::tempdir().unwrap();
    let fps = Fps::NTSC_FILM;
    let mut pieces = Vec::new();
    for count in [1, 2, 30] {
        let drawn = piece(folder.path(), fps, 0, count, &encoding());
        let media = probe(&tools(), &drawn, &LIMITS).unwrap();
        let conversion = Conversion {
            frames: (0..count).map(TakeFrame).collect(),
            fps,
            raster: size(),
            fit: Fit::Fill,
            source: None,
            encoding: encoding(),
        };
        let converted = folder.path().join(format!("converted{count}.mp4"));
        convert(&tools(), &media, &conversion, &converted, &LIMITS).unwrap();
        pieces.extend([drawn, converted]);
    }
    let film = folder.path().join("film.mp4");
    assert_eq!(join(&pieces, None, fps, &film).unwrap().frames, 66);
    assert_eq!(headers(&film), 1);
    assert_eq!(frames(&film, &decode(Layout::Grey)).len(), 66);
}

/// How many sample entries of H.264 there are.
fn headers(file: &Path) -> usize {
    fs::read(file).unwrap().windows(4).filter(|window| window == b"avcC").count()
}

#[test]
fn joining_is_the_same_twice_and_the_index_is_in_front() {
    let folder = tempfile::tempdir().unwrap();
    let pieces = [piece(folder.path(), Fps::PAL, 0, 30, &encoding())];
    let sound = clicks(folder.path(), 57_600);
    let films = ["one.mp4", "two.mp4"].map(|name| {
        let film = folder.path().join(name);
        join(&pieces, Some((&sound, SampleRate::FILM, 57_600)), Fps::PAL, &film).unwrap();
        fs::read(film).unwrap()
    });
    assert!(films[0] == films[1]);
    let place = |name: &[u8]| films[0].windows(4).position(|window| window == name).unwrap();
    assert!(place(b"moov") < place(b"mdat"));
}

#[test]
fn what_does_not_fit_is_named_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let good = piece(folder.path(), Fps::FILM, 0, 10, &encoding());
    let slow = piece(folder.path(), Fps::PAL, 0, 11, &encoding());
    let cut = folder.path().join("cut.mp4");
    let bytes = fs::read(&good).unwrap();
    fs::write(&cut, &bytes[..bytes.len() - 100]).unwrap();
    let text = folder.path().join("text.mp4");
    fs::write(&text, "FADE IN:\n").unwrap();
    let other = folder.path().join("other.mp4");
    draw("-f lavfi -i color=red:s=64x64:r=24:d=1 -c:v libx264", &other);
    let film = folder.path().join("film.mp4");
    for (piece, why) in [
        (&slow, "its frames are not exactly 1/(24) s long"),
        (&cut, "cut off"),
        (&text, "cut off"),
        (&other, "is not 96x64 like the pieces before it"),
    ] {
        let error = join(&[good.clone(), piece.clone()], None, Fps::FILM, &film).unwrap_err().to_string();
        let name = piece.file_name().unwrap().to_str().unwrap();
        assert!(error.contains(name) && error.contains(why), "{error}");
        assert!(!film.exists());
    }
    let sound = clicks(folder.path(), 20_000);
    let longer =
        join(std::slice::from_ref(&good), Some((&sound, SampleRate::FILM, 22_000)), Fps::FILM, &film);
    assert!(longer.unwrap_err().to_string().contains("samples where 22000 are wanted"));
    assert!(join(&[], None, Fps::FILM, &film).is_err());
    fs::write(&film, "an earlier film").unwrap();
    assert!(join(&[good], None, Fps::FILM, &film).is_err());
    assert_eq!(fs::read_to_string(&film).unwrap(), "an earlier film");
}

fn all(file: &Path) -> Vec<Frame> {
    frames(file, &decode(Layout::Yuv420))
}

/// The frames that [`cut`] takes out are those that decoding the whole file shows there, bit for bit.
#[test]
fn a_part_is_cut_out_without_encoding_again() {
    let folder = tempfile::tempdir().unwrap();
    for (fps, preset, cuts) in [
        (Fps::FILM, "veryfast", [8, 50]),
        (Fps::NTSC_FILM, "ultrafast", [1, 70]),
        (Fps::PAL, "medium", [31, 32]),
    ] {
        let (file, part) =
            (folder.path().join(format!("{preset}.mp4")), folder.path().join(format!("{preset}-part.mp4")));
        let format = VideoFormat { cuts: cuts.to_vec(), ..VideoFormat::film(size(), fps, crf(30, preset)) };
        encode(&file, &format, 0..71);
        cut(&file, cuts[0]..cuts[1], fps, &part).unwrap();
        let (whole, seen) = (all(&file), all(&part));
        assert_eq!(seen, whole[cuts[0] as usize..cuts[1] as usize], "{preset}");
        let (times, hz) = presented(&part);
        let frame = i64::from(hz) * i64::from(fps.den()) / i64::from(fps.num());
        let wanted: Vec<i64> = (0..i64::from(cuts[1] - cuts[0])).map(|number| number * frame).collect();
        assert_eq!(times, wanted, "{preset}");
    }
}

#[test]
fn a_cut_where_no_key_frame_is_is_refused_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (file, part) = (folder.path().join("take.mp4"), folder.path().join("part.mp4"));
    let format =
        VideoFormat { cuts: vec![8, 50], ..VideoFormat::film(size(), Fps::FILM, crf(30, "veryfast")) };
    encode(&file, &format, 0..60);
    for (frames, why) in [
        (9..50, "does not begin with a key frame"),
        (8..61, "has 60 frames, not those from 8 to 61"),
        (8..8, "has 60 frames, not those from 8 to 8"),
    ] {
        let error = cut(&file, frames.clone(), Fps::FILM, &part).unwrap_err().to_string();
        assert!(error.contains(why), "{frames:?}: {error}");
        assert!(!part.exists());
    }
    assert!(cut(&file, 8..50, Fps::PAL, &part).is_err(), "another rate");
    // Where frames are shown in another order than decoded, an end between them is refused; else it is exact.
    for end in [9, 10, 11, 12, 13, 20] {
        if cut(&file, 8..end, Fps::FILM, &part).is_ok() {
            assert_eq!(all(&part), all(&file)[8..end as usize], "to {end}");
            fs::remove_file(&part).unwrap();
        }
    }
}
