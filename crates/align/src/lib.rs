//! Lays a recording of dialogue against the lines that were to be said in it.
//!
//! Comes in: a recording as mono samples at 16 kHz, block after block, and [`Line`]s in the order of the script. Goes
//! out: an [`Alignment`], every line's takes with their words and how sure that is, what was said besides, and
//! whether the recording is of these lines at all. Which take is used, and what a film is, is left to others.
//!
//! How it works: espeak-ng says the lines; both sides become cepstra with the same noise under them and the same
//! colour; one search over frames decides together what is silence, which line is said, repeated, broken off, skipped
//! and what is not in the script; then the reference voice is mapped onto the speakers by what was found, and the
//! search is made again.

mod adapt;
mod align;
mod block;
mod confidence;
mod costs;
mod edges;
mod error;
mod features;
pub mod format;
mod lattice;
mod mel;
mod plugged;
mod scene;
mod session;
mod sides;
mod text;
mod types;
mod voice;
mod words;

pub use align::align;
pub use error::AlignError;
pub use plugged::{About, Answer, Answered, Combined, Disagreement, Plugged, Whose, combine, second_opinion};
pub use sides::Sides;
pub use types::{
    ALIGN_HZ, AlignContext, AlignedLine, Alignment, ExtraSpeech, Fit, Line, Misreading, Recording, Stretch,
    Take, Word,
};
