//! Frames, samples, rates and timecode, in whole numbers.
//!
//! Comes in: frame numbers, sample numbers, a rate as a ratio. Goes out: the same places in another count, exactly.
//! The sound is the clock of a film, so every place is worked out from its number each time and never summed up
//! from lengths: the last cut of a film is as exact as the first. A float holds a measurement, never a position.

mod fps;
mod frames;
mod place;
mod range;
mod raster;
mod timecode;

pub use fps::{Fps, FpsError};
pub use frames::{Frames, Lengths};
pub use place::{FilmFrame, Sample, SampleRate, TakeFrame};
pub use range::{FrameRange, SampleRange, TakeRange};
pub use raster::{Raster, RasterError};
pub use timecode::{Timecode, TimecodeError};
