use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize};
use soundlock_time::{Fps, Raster};

use crate::child::Child;
use crate::filter::{encoder_tags, pixel_format, tags};
use crate::own_file::OwnFile;
use crate::tools::url;
use crate::{Colour, Depth, Frame, Layout, Limits, PictureError, Samples, Tools};

/// How video is encoded. Part of keys: two equal encodings of equal frames give equal bytes with one FFmpeg.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Encoding {
    /// Codec with its settings.
    pub codec: VideoCodec,
    /// Threads of the encoder. Part of the key because x264 decides by it.
    pub threads: u32,
}

/// A codec with its settings.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum VideoCodec {
    /// H.264 by libx264.
    H264 {
        /// `veryfast`, `medium` …
        preset: String,
        /// Constant rate factor, 0 to 51; lower is better and larger.
        crf: u8,
    },
}

/// An encoder that takes frames and leaves a file with video alone. The file is MP4 with a timescale in which each
/// frame of `fps` is a whole number of ticks, its colour tagged, no metadata of ours or FFmpeg's version in it.
#[derive(Debug)]
pub struct Encoder {
    child: Child,
    file: OwnFile,
    format: VideoFormat,
    /// What is written between the samples of a frame and the pipe: ten bits as bytes, chroma of a grey picture.
    bytes: Vec<u8>,
}

/// What an [`Encoder`] takes, and how it writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoFormat {
    /// Size of the frames.
    pub raster: Raster,
    /// Rate they are shown at.
    pub fps: Fps,
    /// Planes of a frame.
    pub layout: Layout,
    /// Bits of a sample.
    pub depth: Depth,
    /// What the samples mean; the file is tagged with it.
    pub colour: Colour,
    /// How they are encoded.
    pub encoding: Encoding,
    /// Frames besides the first with which decoding can begin: [`crate::cut`] cuts there without encoding again.
    pub cuts: Vec<u32>,
}

impl VideoFormat {
    /// A film's picture: eight bits in BT.709, chroma halved both ways.
    pub fn film(raster: Raster, fps: Fps, encoding: Encoding) -> Self {
        let (layout, depth, colour) = (Layout::Yuv420, Depth::Eight, Colour::FILM);
        Self { raster, fps, layout, depth, colour, encoding, cuts: Vec::new() }
    }

    fn pixels(&self) -> &'static str {
        // Grey is encoded with neutral chroma: not every build of x264 takes a picture without.
        match self.layout {
            Layout::Grey => pixel_format(Layout::Yuv420, self.depth),
            Layout::Yuv420 | Layout::Yuv444 => pixel_format(self.layout, self.depth),
        }
    }

    /// The options of `ffmpeg` that read such frames from its standard input and encode them.
    fn describe(&self, command: &mut Command) {
        let pixels = self.pixels();
        command.args(["-f", "rawvideo", "-pix_fmt", pixels, "-video_size", &self.raster.to_string()]);
        command.args(["-framerate", &ratio(self.fps), "-i", "pipe:0", "-map", "0:v:0"]);
        let filters = format!("{},setsar=1", tags("setparams", self.colour));
        command.args(["-filter_threads", "1", "-vf", &filters, "-pix_fmt", pixels]);
        self.encoding.describe(command, self.fps, self.colour);
        if !self.cuts.is_empty() {
            let cuts: Vec<_> = self.cuts.iter().map(|frame| format!("eq(n,{frame})")).collect();
            let keys = format!("expr:{}", cuts.join("+"));
            command.args(["-force_key_frames", &keys, "-forced-idr", "1"]);
        }
    }
}

impl Encoder {
    /// Begins `file`, which must not exist.
    pub fn start(
        tools: &Tools,
        file: &Path,
        format: &VideoFormat,
        limits: &Limits,
    ) -> Result<Self, PictureError> {
        let own_file = OwnFile::create(file)?;
        let mut command = tools.ffmpeg();
        format.describe(&mut command);
        command.arg("-y").arg(url(file));
        let child = Child::spawn(command, file, true, limits)?;
        Ok(Self { child, file: own_file, format: format.clone(), bytes: Vec::new() })
    }

    /// Adds a frame of the format given to [`Encoder::start`].
    pub fn write(&mut self, frame: &Frame) -> Result<(), PictureError> {
        self.check(frame)?;
        for plane in &frame.planes {
            match plane {
                Samples::Eight(bytes) => self.child.write(bytes)?,
                Samples::Ten(values) => {
                    self.bytes.clear();
                    self.bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
                    self.child.write(&self.bytes)?;
                }
            }
        }
        if self.format.layout == Layout::Grey { self.write_neutral_chroma() } else { Ok(()) }
    }

    /// Ends the file; an error when the child did not accept every frame. Dropping an encoder instead ends the child
    /// and removes the file.
    pub fn finish(mut self) -> Result<(), PictureError> {
        self.child.close_stdin();
        self.child.end_well(Some(&self.file.path))?;
        self.file.keep();
        Ok(())
    }

    fn write_neutral_chroma(&mut self) -> Result<(), PictureError> {
        self.bytes.clear();
        let values = self.format.raster.pixels() / 2;
        match self.format.depth {
            Depth::Eight => self.bytes.resize(values, 128),
            Depth::Ten => self.bytes.extend((0..values).flat_map(|_| 512_u16.to_le_bytes())),
        }
        self.child.write(&self.bytes)
    }

    /// That `frame` is of the shape that was announced: another would shift every frame after it.
    fn check(&self, frame: &Frame) -> Result<(), PictureError> {
        let VideoFormat { raster, layout, depth, .. } = self.format;
        let wanted = Frame::plane_lengths(raster, layout);
        let lengths = frame.planes.iter().map(|plane| match (plane, depth) {
            (Samples::Eight(bytes), Depth::Eight) => bytes.len(),
            (Samples::Ten(values), Depth::Ten) => values.len(),
            _ => 0,
        });
        if lengths.eq(wanted) {
            return Ok(());
        }
        let why =
            format!("a frame of {} came where {raster} was announced, or of other planes", frame.raster);
        Err(PictureError::Malformed { file: self.file.path.clone(), why })
    }
}

impl Encoding {
    /// The options of `ffmpeg` for this encoding into an MP4 file, all but its name.
    pub(crate) fn describe(&self, command: &mut Command, fps: Fps, colour: Colour) {
        match &self.codec {
            VideoCodec::H264 { preset, crf } => {
                command.args(["-c:v", "libx264", "-preset", preset, "-crf", &crf.to_string()]);
                // Headers of a piece shall not depend on what is seen in it, so that all pieces share theirs.
                command.args(["-x264-params", "stitchable=1"]);
            }
        }
        command.args(["-threads:v", &self.threads.to_string()]).args(encoder_tags(colour));
        command.args(["-fps_mode", "passthrough", "-video_track_timescale", &timescale(fps).to_string()]);
        command.args(["-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact"]);
        command.args(["-flags:v", "+bitexact", "-f", "mp4"]);
    }
}

/// Ticks per second in which every frame of `fps` is whole: a multiple of the rate, fine enough for any player.
pub(crate) fn timescale(fps: Fps) -> u32 {
    const FINE_ENOUGH: u32 = 12_000;
    fps.num() * FINE_ENOUGH.div_ceil(fps.num())
}

pub(crate) fn ratio(fps: Fps) -> String {
    format!("{}/{}", fps.num(), fps.den())
}
