//! Circled takes conformed to the locked sound, piece by piece.
//!
//! Comes in: a shot of the cut list with its circled take, or the words of a title card. Goes out: pieces, each encoded
//! once under a key of its own, and a [`Picture`], the pieces in film order, exactly as long as the locked sound. No
//! length is ever changed here: a take that does not cover its shot is an error. Joining, sound and everything that
//! leaves the house is left to `deliver`.

mod card;
mod conform;
mod credits;
mod error;
mod frames;
mod layout;
mod picture;
#[cfg(test)]
mod testing;

pub use card::{Card, CardKind, LetterCard};
pub use conform::{CONFORM_THREADS, CircledTake, Conform, PieceFormat, conform_lanes};
pub use credits::{CastMember, Page, PageKind, credits_frames, credits_pages};
pub use error::FinishError;
pub use frames::{FrameMap, Retime, frame_map};
pub use picture::{Picture, Piece};
