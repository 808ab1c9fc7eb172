use std::path::{Path, PathBuf};

use soundlock_time::{Fps, Raster, SampleRate};

use crate::PictureError;

/// What [`join`] wrote, read from its own tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// Frames of picture.
    pub frames: u32,
    /// Size of picture.
    pub raster: Raster,
    /// Samples of sound that are presented.
    pub samples: u64,
}

/// A line of text in the file's own subtitle track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subtitle {
    /// First frame.
    pub from: u32,
    /// First frame after.
    pub to: u32,
    /// What is read.
    pub text: String,
}

/// Joins video pieces and one sound file into `file` without encoding again.
///
/// MP4 with the index in front; frame `n` is presented at exactly `n` frame durations, the sound at exactly its
/// first sample for exactly `samples` samples (priming and the last AAC block lie outside the edit list). Pieces are
/// what [`crate::Encoder`] or [`crate::convert`] wrote. Memory does not grow with the bytes of the pieces.
pub fn join(
    _pieces: &[PathBuf],
    _sound: Option<(&Path, SampleRate, u64)>,
    _fps: Fps,
    _file: &Path,
) -> Result<Joined, PictureError> {
    todo!()
}
