//! How the program ends.

use std::process::ExitCode;

use soundlock_align::AlignError;
use soundlock_diffusion::DiffusionError;
use soundlock_film::{Fault, FilmError};
use soundlock_judge::JudgeError;
use soundlock_picture::PictureError;

use crate::keyring::KeyringError;

/// How the program ends; the number is what a shell sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done = 0,
    /// The film is not ready.
    NotReady = 1,
    /// Asked wrongly.
    AskedWrongly = 2,
    /// An outside tool or the machine failed.
    ToolFailed = 3,
    /// Our bug.
    OurBug = 4,
    /// Interrupted.
    Interrupted = 130,
}

impl Exit {
    pub(crate) fn code(self) -> ExitCode {
        ExitCode::from(self as u8)
    }

    /// Ends the program now.
    pub(crate) fn leave(self) -> ! {
        std::process::exit(i32::from(self as u8))
    }
}

/// Why the program could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Film(#[from] FilmError),
    #[error(transparent)]
    Align(#[from] AlignError),
    #[error(transparent)]
    Diffusion(#[from] DiffusionError),
    #[error("{message}")]
    Asked { message: String, hint: Option<String> },
    #[error("{message}")]
    NotReady { message: String, hint: Option<String> },
    #[error("the keyring cannot be asked for {variable}")]
    Keyring { variable: String, source: KeyringError },
    #[error("cannot write to standard output")]
    Output(#[from] std::io::Error),
    #[error("{message}")]
    Bug { message: String },
}

impl Failure {
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Film(error) => match error.fault() {
                Fault::Film => Exit::NotReady,
                Fault::Question => Exit::AskedWrongly,
                Fault::Tool => Exit::ToolFailed,
                Fault::Stopped => Exit::Interrupted,
            },
            Self::Align(AlignError::Stopped) => Exit::Interrupted,
            Self::NotReady { .. } => Exit::NotReady,
            Self::Align(AlignError::Voice { .. } | AlignError::Recording { .. })
            | Self::Diffusion(_)
            | Self::Keyring { .. }
            | Self::Output(_) => Exit::ToolFailed,
            Self::Align(_) | Self::Asked { .. } => Exit::AskedWrongly,
            Self::Bug { .. } => Exit::OurBug,
        }
    }

    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Film(error) => error.hint(),
            Self::Align(error) => error.hint(),
            Self::Diffusion(error) => error.hint(),
            Self::Asked { hint, .. } | Self::NotReady { hint, .. } => hint.clone(),
            Self::Keyring { variable, source: KeyringError::Off | KeyringError::NotThere { .. } } => {
                Some(format!("set the variable instead: export {variable}=…"))
            }
            Self::Keyring { variable, .. } => Some(format!(
                "set the variable instead: export {variable}=…; or unlock the keyring and do this again"
            )),
            Self::Output(_) | Self::Bug { .. } => None,
        }
    }

    pub(crate) fn place(&self) -> Option<String> {
        match self {
            Self::Film(error) => error.place(),
            _ => None,
        }
    }
}

impl From<PictureError> for Failure {
    fn from(error: PictureError) -> Self {
        Self::Film(error.into())
    }
}

impl From<JudgeError> for Failure {
    fn from(error: JudgeError) -> Self {
        Self::Film(error.into())
    }
}
