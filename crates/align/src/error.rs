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
    /// A file of lines is not JSON.
    #[error("is not JSON: {why}")]
    NotJson {
        /// What its reader says, with the place.
        why: String,
    },
    /// A file of lines holds no list of them.
    #[error("holds no list of lines")]
    NoList,
    /// A written line lacks what every line has.
    #[error("line {number} of its list has no `{part}` that is text")]
    LineWithout {
        /// Which line, counted from 1.
        number: usize,
        /// What it lacks.
        part: &'static str,
    },
    /// A file of lines was written for a newer program.
    #[error(
        "is version {version} of the lines' format; {newest} is the newest that is read",
        newest = crate::format::VERSION
    )]
    TooNew {
        /// Its version.
        version: u64,
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
    /// Another aligner did not answer, or answered what cannot be.
    #[error("the aligner {name}: {why}")]
    Plugged {
        /// The program.
        name: String,
        /// What it did instead; a clause.
        why: String,
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
            Self::NotJson { .. } | Self::NoList | Self::LineWithout { .. } => {
                "lines are written as [{\"id\": \"1.01\", \"text\": \"So we walk?\", \"language\": \"en\"}]"
            }
            Self::TooNew { .. } => "use the soundlock that it was written for, or a newer one",
            Self::Voice { .. } => {
                "install espeak-ng; `espeak-ng --voices` lists the languages that it speaks"
            }
            Self::Plugged { .. } => "docs/aligner.md says what an aligner is given and what it answers",
            Self::Recording { .. } | Self::Stopped => return None,
        };
        Some(hint.to_owned())
    }
}
