//! What the tests of this crate share: material drawn by FFmpeg itself.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, reason = "tests may")]

use std::path::{Path, PathBuf};
use std::process::Command;

use soundlock_picture::{
    Colour, Decode, Decoder, Depth, Encoder, Encoding, Frame, Layout, Limits, Samples, Tools, VideoCodec,
    VideoFormat, probe,
};
use soundlock_time::{Fps, Raster};

pub(crate) fn tools() -> Tools {
    Tools::find("ffmpeg", "ffprobe").expect("the tests need FFmpeg")
}

pub(crate) fn raster(width: u32, height: u32) -> Raster {
    Raster::new(width, height).unwrap()
}

pub(crate) fn encoding() -> Encoding {
    Encoding { codec: VideoCodec::H264 { preset: "veryfast".into(), crf: 12 }, threads: 1 }
}

/// Runs `ffmpeg` with `arguments` (split at spaces) and then `file`.
pub(crate) fn draw(arguments: &str, file: &Path) {
    let done = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-y"])
        .args(arguments.split_whitespace())
        .arg(file)
        .status()
        .unwrap();
    assert!(done.success(), "ffmpeg {arguments}");
}

/// What `ffprobe` with `arguments` prints of `file`.
pub(crate) fn ffprobe(arguments: &str, file: &Path) -> String {
    let done = Command::new("ffprobe")
        .args(["-v", "error", "-of", "csv=p=0"])
        .args(arguments.split_whitespace())
        .arg(file)
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

/// Decoding every frame to `layout` as it is.
pub(crate) fn decode(layout: Layout) -> Decode {
    Decode { raster: None, fps: None, layout, depth: Depth::Eight, source: None, colour: Colour::FILM }
}

/// Every frame of `file`, which is whole.
pub(crate) fn frames(file: &Path, decode: &Decode) -> Vec<Frame> {
    let (frames, damage) = frames_and_damage(file, decode);
    assert_eq!(damage, None);
    frames
}

/// Every frame of `file` and what FFmpeg complained of.
pub(crate) fn frames_and_damage(file: &Path, decode: &Decode) -> (Vec<Frame>, Option<String>) {
    let tools = tools();
    let media = probe(&tools, file, &Limits::GENEROUS).unwrap();
    let mut decoder = Decoder::open(&tools, &media, decode, &Limits::GENEROUS).unwrap();
    let mut frames = Vec::new();
    let mut frame = decoder.new_frame();
    while decoder.next_into(&mut frame).unwrap() {
        frames.push(frame.clone());
    }
    (frames, decoder.damage())
}

/// Frames that carry their number as ten bright or dark blocks, readable after scaling and encoding.
pub(crate) fn numbered(raster: Raster, number: u32) -> Frame {
    let mut frame = Frame::new(raster, Layout::Yuv420, Depth::Eight, Colour::FILM);
    for plane in &mut frame.planes[1..] {
        if let Samples::Eight(bytes) = plane {
            bytes.fill(128);
        }
    }
    let width = raster.width() as usize;
    for (place, luma) in frame.bytes_mut(0).iter_mut().enumerate() {
        let bit = (place % width) * 12 / width;
        *luma = if number >> bit & 1 == 1 { 210 } else { 40 };
    }
    frame
}

/// The number in a frame that was drawn by [`numbered`].
pub(crate) fn number_of(frame: &Frame) -> u32 {
    let width = frame.raster.width() as usize;
    let row = &frame.bytes(0)[width * (frame.raster.height() as usize / 2)..];
    (0..12).map(|bit| u32::from(row[(2 * bit + 1) * width / 24] > 125) << bit).sum()
}

/// A clip of `count` numbered frames.
pub(crate) fn numbered_clip(
    file: &Path,
    raster: Raster,
    fps: Fps,
    count: u32,
    encoding: &Encoding,
) -> PathBuf {
    let format = VideoFormat::film(raster, fps, encoding.clone());
    let mut encoder = Encoder::start(&tools(), file, &format, &Limits::GENEROUS).unwrap();
    for number in 0..count {
        encoder.write(&numbered(raster, number)).unwrap();
    }
    encoder.finish().unwrap();
    file.to_owned()
}
