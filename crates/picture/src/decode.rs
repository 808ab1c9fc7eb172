use std::path::Path;

use soundlock_time::{Fps, Raster};

use crate::{Colour, Depth, Frame, Layout, Limits, Media, PictureError, Tools};

/// What is wanted of a decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decode {
    /// Size to scale to; `None` for the source's own (made even).
    pub raster: Option<Raster>,
    /// Rate to bring to by repeating and leaving out whole frames; `None` for every frame as it is.
    pub fps: Option<Fps>,
    /// Planes wanted.
    pub layout: Layout,
    /// Depth wanted.
    pub depth: Depth,
    /// What the source is, over its tags; `None` to believe `Media::video`.
    pub source: Option<Colour>,
    /// What the frames shall be in.
    pub colour: Colour,
}

/// Frames of a file, one after another.
#[derive(Debug)]
pub struct Decoder {
    _private: (),
}

impl Decoder {
    /// Begins decoding the first video stream of `media`.
    pub fn open(_tools: &Tools, _media: &Media, _decode: &Decode, _limits: &Limits) -> Result<Self, PictureError> {
        todo!()
    }

    /// Size of the frames that come.
    pub fn raster(&self) -> Raster {
        todo!()
    }

    /// The next frame into `frame` (made by [`Decoder::new_frame`]); `false` after the last. An error once the child
    /// has failed, hung, or said that the data is damaged.
    pub fn next_into(&mut self, _frame: &mut Frame) -> Result<bool, PictureError> {
        todo!()
    }

    /// A frame of the right shape.
    pub fn new_frame(&self) -> Frame {
        todo!()
    }
}

/// Frame `index` of `media` as packed RGB bytes at `raster`: for stills.
pub fn still(
    _tools: &Tools,
    _media: &Media,
    _index: u32,
    _raster: Raster,
    _limits: &Limits,
) -> Result<Vec<u8>, PictureError> {
    let _: &Path = &_media.file;
    todo!()
}
