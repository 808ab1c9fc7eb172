//! FFmpeg as child processes: probe, decode, encode, join, mux; and what watches them, for others too ([`ask`], [`Work`]).
//!
//! Comes in: files that nobody vouches for, planes, samples. Goes out: planes whose size, depth, range and matrix are
//! stated; files. Media from a generator is hostile input: sizes, lengths and rates are held against [`Limits`] before
//! memory is taken, a child that hangs, crashes or lies is an error with the end of its stderr, and children end with
//! the program. Nothing is decided here: what is worth keeping is left to the departments.

mod ask;
mod child;
mod colour;
mod convert;
mod decode;
mod encode;
mod ending;
mod error;
mod ffprobe;
mod filter;
mod frame;
mod frame_map;
mod join;
mod own_file;
mod probe;
mod signed;
mod sound;
mod tables;
mod tools;
mod watchdog;
mod work;

pub use ask::{AskError, ask};
pub use colour::{Colour, Matrix, Range};
pub use convert::{Conversion, Fit, convert};
pub use decode::{Decode, Decoder, still};
pub use encode::{Encoder, Encoding, VideoCodec, VideoFormat};
pub use ending::usual_ending;
pub use error::PictureError;
pub use frame::{Depth, Frame, Layout, Samples};
pub use join::{Joined, cut, join};
pub use probe::{AudioStream, Media, VideoStream, probe};
pub use signed::is_signed;
pub use sound::{SoundReader, encode_aac};
pub use tools::{Limits, Tools};
pub use work::{Work, WorkError};
