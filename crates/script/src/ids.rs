use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Number of a scene as film people write it: `12`, `12A`, `1-3`. Once given it stays with its scene.
///
/// Letters, digits and `-`, `.` only, at most 16 of them, so that it can stand in shot codes and file names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct SceneId(String);

/// Number of a line of dialogue: scene and place in it, `12.03`, `12.03A`. Once given it stays with its line.
///
/// A line is all that one character says under one cue.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct LineId(String);

/// An id that cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {what}")]
pub struct IdError {
    text: String,
    what: &'static str,
}

fn is_plain(text: &str, limit: usize) -> bool {
    !text.is_empty()
        && text.chars().count() <= limit
        && text.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '.')
}

macro_rules! text_id {
    ($id:ident, $limit:expr, $what:expr) => {
        impl $id {
            /// The id as it is written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $id {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                if is_plain(text, $limit) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(IdError { text: text.to_owned(), what: $what })
                }
            }
        }

        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl From<$id> for String {
            fn from(id: $id) -> Self {
                id.0
            }
        }

        impl TryFrom<String> for $id {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }
    };
}

text_id!(SceneId, 16, "a scene number (letters, digits, `-` and `.`, at most 16)");
text_id!(LineId, 24, "a line number such as 12.03");

impl LineId {
    /// Stands in a line until it is numbered.
    pub(crate) fn unnumbered() -> Self {
        Self("0".to_owned())
    }
}

/// The ids that an earlier reading gave, so that a new one can give them again to the same scenes and lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownIds {
    /// Scenes in the order of the earlier script.
    pub scenes: Vec<KnownScene>,
    /// Numbers of scenes that are no more; they are not given again.
    pub retired_scenes: Vec<SceneId>,
    /// Numbers of lines that are no more; they are not given again.
    pub retired_lines: Vec<LineId>,
}

/// A scene of an earlier reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownScene {
    /// Its number.
    pub id: SceneId,
    /// Its heading as written, without markers and number.
    pub heading: String,
    /// Its lines in order.
    pub lines: Vec<KnownLine>,
}

/// A line of an earlier reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownLine {
    /// Its number.
    pub id: LineId,
    /// Who speaks, as the cue names them.
    pub character: String,
    /// What is said, plain.
    pub text: String,
}
