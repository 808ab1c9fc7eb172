use std::path::Path;

use serde::{Deserialize, Serialize};
use soundlock_time::{Fps, Raster};

use crate::{Colour, Depth, Frame, Layout, Limits, PictureError, Tools};

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
    _private: (),
}

impl Encoder {
    /// Begins `file`, which must not exist.
    #[expect(clippy::too_many_arguments, reason = "each is a fact of the file")]
    pub fn start(
        _tools: &Tools,
        _file: &Path,
        _raster: Raster,
        _fps: Fps,
        _layout: Layout,
        _depth: Depth,
        _colour: Colour,
        _encoding: &Encoding,
        _limits: &Limits,
    ) -> Result<Self, PictureError> {
        todo!()
    }

    /// Adds a frame of the shape given to [`Encoder::start`].
    pub fn write(&mut self, _frame: &Frame) -> Result<(), PictureError> {
        todo!()
    }

    /// Ends the file; an error when the child did not accept every frame. Dropping an encoder instead ends the child
    /// and removes the file.
    pub fn finish(self) -> Result<(), PictureError> {
        todo!()
    }
}
