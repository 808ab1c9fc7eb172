//! CMX3600 edit decision lists.

mod read;
mod write;

pub(crate) use read::read;
pub(crate) use write::reels;
pub use write::{Edl, edl};
