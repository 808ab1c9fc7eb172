//! From screenplay and recordings to the locked sound and its mix.
//!
//! Comes in: a `Screenplay`, recordings found by their names, a scratch voice for the rest. Goes out: a
//! [`LockedSound`], every line's place to the sample, which nothing after it may move, and the mix in three stems.
//! What is seen while it sounds is left to `plan`.

mod locked;

pub use locked::{
    CueKind, Hash, LockedCue, LockedLine, LockedScene, LockedSound, Origin, Stretch, SCRATCH, Source,
};
