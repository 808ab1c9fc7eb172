//! Fountain read without loss: scenes, lines, directions, stable ids, the cue sheet.
//!
//! Comes in: the bytes of a screenplay, and the ids that an earlier reading gave (from `sound.lock`). Goes out: a
//! [`Fountain`], every element of the file with its place in it; a [`Screenplay`], the scenes with what is said and
//! done in them; [`Counts`]; a [`CueSheet`] for the actors. A bad line becomes a [`Finding`], never a failure. When
//! lines sound and how long they take is left to `sound`.
//!
//! Where the specification leaves a choice, or others choose otherwise:
//!
//! - A name in capitals may begin with a digit (`2ND COP`): the specification asks for one letter, anywhere.
//! - A heading needs an empty line before it, but none after; without one it is a heading with a hint.
//! - Two parentheticals in a row are two parentheticals, so that no actor is given one to say.
//! - A boneyard over several lines parts what stands around it like an empty line; notes never do.
//! - `TO:` with a space after the colon is action.
//! - In letters without capitals a cue needs `@`, a name in the cast, or a known extension such as `(V.O.)`.

mod build;
mod counts;
mod cue_sheet;
mod direction;
mod fountain;
pub mod html;
mod ids;
mod lint;
mod matching;
mod numbering;
mod pages;
mod place;
mod screenplay;
mod similarity;
mod span;

pub use counts::Counts;
pub use cue_sheet::{CueRow, CueSheet, cue_sheet};
pub use fountain::{Element, Fountain, Kind, Note, Run, Style};
pub use ids::{KnownIds, KnownLine, KnownScene, LineId, SceneId};
pub use pages::Pages;
pub use screenplay::{
    Action, Beat, Direction, DualSide, Heading, Line, Pause, Scene, Screenplay, Setting, TitlePage,
};
pub use similarity::likeness;
pub use span::{Finding, Severity, Span};
