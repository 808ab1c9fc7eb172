//! Fountain read without loss: scenes, lines, directions, stable ids, the cue sheet.
//!
//! Comes in: the bytes of a screenplay, and the ids that an earlier reading gave (from `sound.lock`). Goes out: a
//! [`Fountain`], every element of the file with its place in it, and a [`Screenplay`], the scenes with what is
//! said and done in them. A bad line becomes a [`Finding`], never a failure. When lines sound and how long they
//! take is left to `sound`.

mod build;
mod counts;
mod direction;
mod fountain;
mod ids;
mod lint;
mod matching;
mod numbering;
mod place;
mod screenplay;
mod similarity;
mod span;

pub use counts::Counts;
pub use fountain::{Element, Fountain, Kind, Note, Run, Style};
pub use ids::{KnownIds, KnownLine, KnownScene, LineId, SceneId};
pub use screenplay::{
    Action, Beat, Direction, DualSide, Heading, Line, Pause, Scene, Screenplay, Setting, TitlePage,
};
pub use span::{Finding, Severity, Span};
