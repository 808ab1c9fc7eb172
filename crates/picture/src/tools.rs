use std::path::PathBuf;

use crate::PictureError;

/// The FFmpeg programs that are used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tools {
    /// `ffmpeg`.
    pub ffmpeg: PathBuf,
    /// `ffprobe`.
    pub ffprobe: PathBuf,
    /// What `ffmpeg` says of its version: `5.1.9-0+deb12u1`.
    pub version: String,
}

/// What media may ask of us before it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest side in pixels.
    pub side: u32,
    /// Longest video in frames.
    pub frames: u32,
    /// Longest sound in seconds.
    pub sound_secs: u32,
    /// Seconds without a sign of life after which a child is ended.
    pub timeout_secs: u64,
}

impl Limits {
    /// Limits for takes and recordings: 8K, 3 hours at 60 fps, 4 hours of sound, two minutes without a sign of life.
    pub const GENEROUS: Self = Self { side: 8192, frames: 648_000, sound_secs: 14_400, timeout_secs: 120 };
}

impl Tools {
    /// The programs of these names (looked for on the PATH) or paths; run once to see their version.
    pub fn find(_ffmpeg: &str, _ffprobe: &str) -> Result<Self, PictureError> {
        todo!()
    }
}
