use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use soundlock_time::{Fps, SampleRate};

use crate::{Colour, Limits, PictureError, Tools};

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

/// A video stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VideoStream {
    /// Pixels across; may be odd.
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
    /// Whether matrix and range were both tagged.
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
pub fn probe(_tools: &Tools, _file: &Path, _limits: &Limits) -> Result<Media, PictureError> {
    todo!()
}
