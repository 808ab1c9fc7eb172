use std::path::Path;

use soundlock_time::SampleRate;

use crate::{Limits, PictureError, Tools};

/// Sound of a file at an asked rate and number of channels, block after block.
#[derive(Debug)]
pub struct SoundReader {
    _private: (),
}

impl SoundReader {
    /// Begins decoding the first sound stream of `file` from sample `from` (at `rate`).
    pub fn open(
        _tools: &Tools,
        _file: &Path,
        _rate: SampleRate,
        _channels: u32,
        _from: u64,
        _limits: &Limits,
    ) -> Result<Self, PictureError> {
        todo!()
    }

    /// Fills `block` (interleaved, full scale ±1.0) and gives how many values are new; fewer than asked only at the end.
    pub fn read(&mut self, _block: &mut [f32]) -> Result<usize, PictureError> {
        todo!()
    }
}

/// Encodes a WAV file as AAC in MP4; `bitrate` in bits per second.
pub fn encode_aac(
    _tools: &Tools,
    _wav: &Path,
    _bitrate: u32,
    _file: &Path,
    _limits: &Limits,
) -> Result<(), PictureError> {
    todo!()
}
