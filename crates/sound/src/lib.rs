//! From screenplay and recordings to the locked sound and its mix.
//!
//! Comes in: a `Screenplay`, recordings found by their names, a scratch voice of this machine or of a service for the rest. Goes out: a
//! [`LockedSound`], every line's place to the sample, which nothing after it may move, and the mix in three stems.
//! What is seen while it sounds is left to `plan`.

mod context;
mod desk;
mod edit;
mod error;
pub mod format;
mod gain;
mod handles;
mod heard;
mod layout;
mod levels;
mod limiter;
mod lock;
mod locked;
mod loudness;
mod master;
mod mix;
mod moves;
mod pauses;
mod print;
mod readings;
mod recordings;
mod render;
mod room;
mod rules;
mod score;
mod scratch;
mod signal;
mod source;
mod speakers;
mod speaking;
mod target;
#[cfg(test)]
mod testfilm;
mod voice;
mod wav;

pub use context::{Espeak, SoundContext, UsedKeys};
pub use error::SoundError;
pub use format::known_ids;
pub use heard::HeardIn;
pub use levels::{HeardLevels, levels};
pub use lock::lock;
pub use locked::{
    CueKind, Hash, LockedCue, LockedLine, LockedScene, LockedSound, Origin, Retired, Source, Stretch,
};
pub use loudness::{LoudnessReport, TOLERANCE_LU, encoded_loudness};
pub use master::Balance;
pub use mix::{Mix, mix, print_master};
pub use moves::{Move, moves};
pub use readings::{
    Aligner, ChosenBy, Disagreement, Flaw, FoundBy, HowMisread, LineReadings, Measured, Misread, Outlines,
    Reading, Readings, Recording, Unusable, line_named_in, lines_to_align, outlines, readings, readings_page,
};
pub use recordings::{Recordings, find_recordings, find_recordings_in};
pub use rules::{ActionTime, Ducking, Levels, LineChoice, Pauses, SceneRoom, SoundRules};
pub use score::check_recordings;
pub use source::FileHashes;
pub use speakers::Speakers;
pub use speaking::{
    Casting, Consent, Doubt, Heard, Scope, ServiceKind, ServiceVoice, Spoken, Unspoken, VoiceFormat,
    VoiceService, VoiceServices, heard_voices, is_day, speak, spent_on_voices, unspoken,
};
pub use target::{Gate, Target};
pub use voice::{Voice, cast_voices};
