//! From locked sound to the cut list.
//!
//! Comes in: a `Screenplay`, a `LockedSound`, rules, and the cut list that was there before. Goes out: a [`CutList`],
//! every shot of the film with what it shows and why it is cut where it is. No picture is looked at; how a shot is
//! made is left to `shoot`.

mod shot;

pub use shot::{
    Angle, CutList, Look, Movement, Shot, ShotCode, ShotCodeError, ShotKind, ShotSize, SpeechSpan,
};
