//! From locked sound to the cut list.
//!
//! Comes in: a `Screenplay`, a `LockedSound`, rules, and the cut list that was there before. Goes out: a [`CutList`],
//! every shot of the film with what it shows and why it is cut where it is. No picture is looked at; how a shot is
//! made is left to `shoot`.

pub mod bible;
mod codes;
mod coverage;
mod cutting;
mod doing;
mod draw;
mod error;
pub mod format;
mod names;
mod plan;
mod price;
mod prompt;
mod reason;
mod remembered;
mod rhythm;
mod rules;
mod scene;
mod shot;
mod sounding;
mod stats;
mod verbs;

pub use bible::{Bible, CastLook, Costume, PlaceLook, PropLook, StyleWords, Told};
pub use error::PlanError;
pub use plan::plan;
pub use prompt::{
    Family, NegativeUse, Prompt, PromptPiece, PromptTemplate, PromptTemplates, Slots, Wording, reworded,
};
pub use rules::{Ceiling, Handles, Lips, PlanRules, Traits};
pub use shot::{
    Angle, CutList, Look, Movement, Shot, ShotCode, ShotCodeError, ShotKind, ShotSize, SpeechSpan,
};
pub use stats::{PlanStats, stats};
