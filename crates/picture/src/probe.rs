use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};
use soundlock_time::{Fps, SampleRate};

use crate::ffprobe::media_from_json;
use crate::tools::{INPUT, check_readable, url};
use crate::{Colour, Limits, PictureError, Tools, child};

/// Longest description that is read; a graph of `ComfyUI`'s in the tags may take a few MiB.
const LONGEST_DESCRIPTION: usize = 32 << 20;

/// What a media file says of itself, held against limits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Media {
    /// The file.
    pub file: PathBuf,
    /// Its first video stream.
    pub video: Option<VideoStream>,
    /// Its first sound stream.
    pub audio: Option<AudioStream>,
    /// Seconds, as the container says; a measurement.
    pub seconds: f64,
}

impl Media {
    /// Its picture; an error that names the file where it holds none.
    pub fn picture(&self) -> Result<&VideoStream, PictureError> {
        let why = "holds no picture".to_owned();
        self.video.as_ref().ok_or_else(|| PictureError::Malformed { file: self.file.clone(), why })
    }
}

/// A video stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VideoStream {
    /// Pixels across as seen, so after turning where the file says it was filmed on its side; may be odd.
    pub width: u32,
    /// Pixels down; may be odd.
    pub height: u32,
    /// Its average rate.
    pub fps: Fps,
    /// Frames as the container says; 0 where it does not. Only decoding tells for certain.
    pub frames: u32,
    /// FFmpeg's name of the codec.
    pub codec: String,
    /// FFmpeg's name of the pixel format.
    pub pixel_format: String,
    /// Bits per sample.
    pub bits: u8,
    /// What the stream's tags say, with [`Colour::UNTAGGED`] where they say nothing.
    pub colour: Colour,
    /// Whether matrix and range were both tagged; RGB needs no tags.
    pub tagged: bool,
}

/// A sound stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AudioStream {
    /// Its rate.
    pub rate: SampleRate,
    /// Its channels.
    pub channels: u32,
    /// FFmpeg's name of the codec.
    pub codec: String,
    /// Samples per channel where the container is exact about it, else 0.
    pub samples: u64,
}

/// What `file` says of itself.
pub fn probe(tools: &Tools, file: &Path, limits: &Limits) -> Result<Media, PictureError> {
    check_readable(file)?;
    let mut command = Command::new(&tools.ffprobe);
    command.args(["-hide_banner", "-v", "error", "-of", "json", "-show_streams", "-show_format"]);
    command.args(INPUT).arg("-i").arg(url(file));
    let (end, json) = child::run(command, file, LONGEST_DESCRIPTION, limits)?;
    if !end.status.success() {
        return Err(PictureError::Malformed { file: file.to_owned(), why: reason(&end.stderr, file) });
    }
    media_from_json(&json, file, limits)
}

/// The first thing FFmpeg complained of, with the name of the file taken out since the error says it already.
fn reason(stderr: &str, file: &Path) -> String {
    let name = format!("file:{}: ", file.display());
    let lines: Vec<String> = stderr.lines().map(|line| line.replace(&name, "")).collect();
    match lines.as_slice() {
        [] => "FFmpeg cannot read it and does not say why".to_owned(),
        [only] => format!("is no picture or sound that FFmpeg can read: {only}"),
        [first, .., last] => format!("is no picture or sound that FFmpeg can read: {first}; {last}"),
    }
}
