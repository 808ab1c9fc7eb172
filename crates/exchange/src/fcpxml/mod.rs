//! FCPXML, as Final Cut Pro and Resolve read and write it.

mod guard;
mod read;
mod write;

pub(crate) use read::read;
pub use write::fcpxml;
