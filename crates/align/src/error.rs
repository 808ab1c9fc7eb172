use std::path::PathBuf;

/// Why a recording could not be laid against its lines.
#[derive(Debug, thiserror::Error)]
pub enum AlignError {
    /// There is nothing to look for.
    #[error("there are no lines to find")]
    NoLines,
    /// Two lines have one name.
    #[error("two lines are called `{id}`")]
    SameId {
        /// The name.
        id: String,
    },
    /// A name of a language that cannot be one.
    #[error("line `{id}`: `{language}` is no name of a language")]
    LanguageName {
        /// The line.
        id: String,
        /// What stands there.
        language: String,
    },
    /// The reference voice could not be started, or did not speak.
    #[error("{program}, speaking {language}: {why}", program = program.display())]
    Voice {
        /// The program.
        program: PathBuf,
        /// The language that it was to speak.
        language: String,
        /// What it said of it.
        why: String,
    },
    /// The recording broke off while it was read.
    #[error("the recording cannot be read further than {secs} s")]
    Recording {
        /// Where that was.
        secs: u64,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Somebody asked for a stop.
    #[error("stopped")]
    Stopped,
}

impl AlignError {
    /// What to do next, where known.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoLines => "the script has no dialogue, or the file of lines is an empty list",
            Self::SameId { .. } => "give each line an id of its own",
            Self::LanguageName { .. } => "languages are named like `en`, `en-gb`, `ko`",
            Self::Voice { .. } => {
                "install espeak-ng; `espeak-ng --voices` lists the languages that it speaks"
            }
            Self::Recording { .. } | Self::Stopped => return None,
        };
        Some(hint.to_owned())
    }
}
