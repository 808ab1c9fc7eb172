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
pub mod edit;
mod error;
pub mod format;
mod names;
mod pace;
mod plan;
mod price;
mod prompt;
mod reason;
mod remembered;
mod rhythm;
mod risk;
mod rules;
mod scene;
mod shot;
mod sounding;
mod stats;
mod unbroken;
mod verbs;
mod wanted_pace;
mod worth;

pub use bible::{Bible, CastLook, Costume, PlaceLook, PropLook, StyleWords, Told};
pub use error::PlanError;
pub use pace::{LengthBar, ScenePace, lengths, scene_paces};
pub use plan::plan;
pub use prompt::{
    Family, NegativeUse, Prompt, PromptPiece, PromptTemplate, PromptTemplates, Slots, Wording, reworded,
};
pub use risk::{Risk, RiskyShot, riskiest};
pub use rules::{GeneratorLimits, Handles, Lips, PlanRules, Price, Traits};
pub use shot::{
    Angle, CutList, Look, Movement, Shot, ShotCode, ShotCodeError, ShotKind, ShotSize, SpeechSpan,
};
pub use sounding::LineLevels;
pub use stats::{PlanStats, stats};
pub use wanted_pace::{WantedPace, wanted_paces};
pub use worth::{Before, TakeWorth};
