//! `cuts.toml`: the cut list as a person reads and edits it.
//!
//! One `[[shot]]` table a shot, in film order; positions are frames from the scene's start. What was changed by hand
//! is found by comparison with `planned`, the program's own note in each table: what it wrote last, and from where in
//! the sound it measured. So nothing besides this file is needed to know what is whose.

mod note;
mod proposed;
mod read;
mod write;

use soundlock_script::SceneId;

use crate::{Angle, Movement, ShotCode, ShotSize};

pub(crate) use note::{Anchor, DIGESTED, Planned, circumstances};
pub use proposed::{Proposal, ProposedFields, propose, proposed_fields};
pub(crate) use read::distance;
pub use write::write;
pub(crate) use write::{comments, document, put};

/// Version of the format that is written.
pub(crate) const VERSION: i64 = 1;
/// Furthest position and greatest length that is read: eleven hours at 240 frames per second.
pub(crate) const FURTHEST: u32 = 10_000_000;
/// Keys of a shot in the order they are written.
pub(crate) const KEYS: [&str; 20] = [
    "code",
    "at",
    "frames",
    "pinned",
    "continues",
    "size",
    "angle",
    "move",
    "subjects",
    "detail",
    "sides",
    "action",
    "prompt",
    "prompt_add",
    "negative",
    "generator",
    "reason",
    "why",
    "proposed",
    "planned",
];
/// What stands for "let the program choose".
pub(crate) const AUTO: &str = "auto";

/// The cut list as `cuts.toml` has it: what the program planned, and what was changed by hand since.
#[derive(Debug, Clone, PartialEq)]
pub struct Cuts {
    pub(crate) entries: Vec<Entry>,
}

/// A shot's table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) code: ShotCode,
    pub(crate) scene: SceneId,
    /// Line of the table's code.
    pub(crate) line: u32,
    pub(crate) at: Field<u32>,
    pub(crate) frames: Field<u32>,
    pub(crate) pinned: bool,
    /// Whether it goes on from the last frame of the shot before.
    pub(crate) continues: Field<bool>,
    pub(crate) size: Field<ShotSize>,
    pub(crate) angle: Field<Angle>,
    pub(crate) movement: Field<Movement>,
    pub(crate) subjects: Field<Vec<String>>,
    pub(crate) detail: Field<String>,
    pub(crate) sides: Field<Vec<String>>,
    pub(crate) action: Field<String>,
    pub(crate) prompt: Field<String>,
    pub(crate) prompt_add: Field<String>,
    pub(crate) negative: Field<String>,
    pub(crate) generator: Field<String>,
    pub(crate) reason: Field<String>,
    pub(crate) why: Field<String>,
    pub(crate) planned: Option<Planned>,
}

/// A value in the file; `None` where it is missing or `"auto"`, and so the program's to choose.
pub(crate) type Field<T> = Option<Written<T>>;

/// A value as it stands in the file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Written<T> {
    pub(crate) value: T,
    pub(crate) line: u32,
    /// Whether a person set it.
    pub(crate) by_hand: bool,
}

impl Cuts {
    /// Reads `cuts.toml`.
    ///
    /// Every text gives cuts or an error with its place in the file.
    pub fn read(text: &str) -> Result<Self, crate::PlanError> {
        read::read(text)
    }

    /// Codes of all shots, in the file's order.
    pub fn codes(&self) -> impl Iterator<Item = &ShotCode> {
        self.entries.iter().map(|entry| &entry.code)
    }
}

impl Entry {
    /// Names of the fields that were set by hand, in the order of `KEYS`.
    pub(crate) fn by_hand(&self) -> Vec<&'static str> {
        fn mark<T>(field: Option<&Written<T>>) -> bool {
            field.is_some_and(|written| written.by_hand)
        }
        let marks = [
            ("at", mark(self.at.as_ref())),
            ("frames", mark(self.frames.as_ref())),
            ("pinned", self.pinned),
            ("continues", mark(self.continues.as_ref())),
            ("size", mark(self.size.as_ref())),
            ("angle", mark(self.angle.as_ref())),
            ("move", mark(self.movement.as_ref())),
            ("subjects", mark(self.subjects.as_ref())),
            ("detail", mark(self.detail.as_ref())),
            ("sides", mark(self.sides.as_ref())),
            ("action", mark(self.action.as_ref())),
            ("prompt", mark(self.prompt.as_ref())),
            ("prompt_add", mark(self.prompt_add.as_ref())),
            ("negative", mark(self.negative.as_ref())),
            ("generator", mark(self.generator.as_ref())),
            ("reason", mark(self.reason.as_ref())),
            ("why", mark(self.why.as_ref())),
        ];
        marks.into_iter().filter(|(_, set)| *set).map(|(name, _)| name).collect()
    }
}
