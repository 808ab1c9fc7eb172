use std::path::PathBuf;

/// What can go wrong with FFmpeg and the files given to it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// A program is not there.
    #[error("`{program}` is not installed or not on the PATH")]
    NoProgram {
        /// Its name.
        program: String,
    },
    /// A program is too old or not what it says.
    #[error("`{program}` is version {found}; 5.1 or newer is needed")]
    TooOld {
        /// Its name.
        program: String,
        /// What it says of itself.
        found: String,
    },
    /// The file cannot be read or written.
    #[error("cannot read or write {}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The child ended badly; the end of what it said is kept.
    #[error("{program} failed on {}: {stderr}", file.display())]
    Child {
        /// The program.
        program: String,
        /// The file it worked on.
        file: PathBuf,
        /// The end of its stderr.
        stderr: String,
    },
    /// The child gave no sign of life.
    #[error("{program} did nothing for {timeout_secs} s with {}", file.display())]
    Hung {
        /// The program.
        program: String,
        /// The file it worked on.
        file: PathBuf,
        /// How long it was waited for.
        timeout_secs: u64,
    },
    /// The file is not what it should be.
    #[error("{}: {why}", file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// What is wrong, a clause.
        why: String,
    },
    /// The file is beyond a limit.
    #[error("{}: {what} of {found} is over the limit of {limit}", file.display())]
    OverLimit {
        /// The file.
        file: PathBuf,
        /// What is too much: `a width`, `a length in frames`.
        what: &'static str,
        /// How much it is.
        found: u64,
        /// How much it may be.
        limit: u64,
    },
    /// Another number of frames came than was promised or asked for.
    #[error("{}: {found} frames came where {wanted} were asked for", file.display())]
    WrongLength {
        /// The file.
        file: PathBuf,
        /// How many came.
        found: u32,
        /// How many were asked for.
        wanted: u32,
    },
}

impl PictureError {
    /// What to do next, where it is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoProgram { .. } | Self::TooOld { .. } => {
                Some("install FFmpeg 5.1 or newer; `soundlock doctor` says how".to_owned())
            }
            Self::Hung { .. } => {
                Some("the file is probably damaged: make it again, or convert it by hand".to_owned())
            }
            Self::Child { stderr, .. } if stderr.contains("Unknown encoder") => Some(
                "this FFmpeg was built without that encoder; `soundlock doctor` shows what it has".to_owned(),
            ),
            Self::Child { stderr, .. } if stderr.contains("No space left") => {
                Some("the disk is full; `soundlock clean` shows what could go".to_owned())
            }
            _ => None,
        }
    }
}
