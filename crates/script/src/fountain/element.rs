use serde::Serialize;

use super::inline::Run;
use crate::Span;

/// One part of a Fountain file. The elements of a file stand in its order and tile it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Element {
    /// What it is.
    pub kind: Kind,
    /// Where it stands, its line breaks included.
    pub span: Span,
    /// What it says: markers, emphasis marks, notes and boneyard taken out. A paragraph of action and a title page
    /// field keep their line breaks as `\n`; a heading stands here without its number, a cue without extensions.
    pub text: String,
    /// Where `text` is emphasised, ascending; plain stretches are left out.
    pub runs: Vec<Run>,
    /// Notes inside it: place in `text` (bytes) before which each stood, and its place in [`crate::Fountain::notes`].
    pub notes: Vec<(usize, usize)>,
}

/// What an [`Element`] is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Kind {
    /// A field of the title page.
    TitleField {
        /// What stands before the colon.
        key: String,
    },
    /// `INT. KITCHEN - NIGHT #12#`
    Heading {
        /// Whether it was forced with `.`.
        forced: bool,
        /// What stands between the `#`.
        number: Option<String>,
    },
    /// A paragraph of action.
    Action {
        /// Whether its first line was forced with `!`.
        forced: bool,
    },
    /// `> THE END <`
    Centred,
    /// The name of who speaks.
    Cue {
        /// Whether it was forced with `@`.
        forced: bool,
        /// What stands in brackets after the name, without `CONT'D`.
        extensions: Vec<String>,
        /// Whether `(CONT'D)` stands there.
        continued: bool,
        /// Whether `^` stands there: spoken at once with the speech before.
        dual: bool,
    },
    /// `(quietly)` under a cue; `text` is without the brackets.
    Parenthetical,
    /// A written line of dialogue. Empty for a line of two spaces, which keeps the speech going.
    Dialogue,
    /// A line that is sung (`~`).
    Lyric {
        /// Whether it stands under a cue.
        voiced: bool,
    },
    /// `CUT TO:`
    Transition {
        /// Whether it was forced with `>`.
        forced: bool,
    },
    /// `# Act One`
    Section {
        /// How many `#`.
        depth: u8,
    },
    /// `= What happens.`
    Synopsis,
    /// `===`
    PageBreak,
    /// Lines that hold nothing but notes.
    Note,
    /// Lines that hold nothing but boneyard.
    Boneyard,
    /// An empty line.
    Blank,
}

/// A note, wherever it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// What stands between the brackets, with its line breaks.
    pub text: String,
    /// Where, brackets included.
    pub span: Span,
}
