use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why the vault could not keep, find or tell something.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// The file system refused: no room, no right, no such place.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried: `write`.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process works in this film.
    #[error("the film is in use by {}", pid.map_or("another program".to_owned(), |pid| format!("process {pid}")))]
    Busy {
        /// The vault's folder.
        dir: PathBuf,
        /// The process that holds the lock, where it said so.
        pid: Option<u32>,
    },
    /// Something had to be written in a vault opened to read.
    #[error("{} is open for reading only", dir.display())]
    ReadOnly {
        /// The vault's folder.
        dir: PathBuf,
    },
    /// The ledger was written by a later version of the program.
    #[error("{} has the form {found}; this program knows forms up to {known}", path.display())]
    LedgerNewer {
        /// The ledger.
        path: PathBuf,
        /// Its form.
        found: u32,
        /// The newest form known here.
        known: u32,
    },
    /// The ledger's file is not a ledger, or no longer a whole one.
    #[error("{} is damaged", path.display())]
    LedgerDamaged {
        /// The ledger.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// Anything else that the ledger refused.
    #[error("cannot use {}", path.display())]
    Ledger {
        /// The ledger.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// A step's inputs cannot be written as JSON.
    #[error("the inputs of `{step}` cannot be made a key")]
    Inputs {
        /// The step's name.
        step: &'static str,
        /// Why.
        source: serde_json::Error,
    },
    /// What was to be recorded cannot be written as JSON, or what was recorded does not read as what was asked for.
    #[error("the ledger's `{kind}` of {subject} has another form than expected")]
    Entry {
        /// The kind of the entry.
        kind: String,
        /// What it is about.
        subject: String,
        /// Why.
        source: serde_json::Error,
    },
    /// A step said it was done and left no file.
    #[error("`{step}` of {subject} left no file")]
    NothingMade {
        /// The step's name.
        step: &'static str,
        /// What it was made for.
        subject: String,
    },
    /// A kept result's bytes are not the ones that were stored.
    #[error("`{step}` of {subject} is damaged: {} has other bytes than were stored", path.display())]
    Damaged {
        /// The step's name.
        step: String,
        /// What it was made for.
        subject: String,
        /// Where the bytes lay.
        path: PathBuf,
        /// Where a take's bytes were put aside; takes are never deleted.
        aside: Option<PathBuf>,
    },
    /// A kept result's file is gone.
    #[error("`{step}` of {subject} is gone: there is no {}", path.display())]
    Missing {
        /// The step's name.
        step: String,
        /// What it was made for.
        subject: String,
        /// Where the bytes lay.
        path: PathBuf,
    },
    /// A kept value does not read as the type that the step makes.
    #[error("the kept `{step}` of {subject} does not read as what the step makes")]
    Unreadable {
        /// The step's name.
        step: &'static str,
        /// What it was made for.
        subject: String,
        /// Why.
        source: serde_json::Error,
    },
}

/// Why a step has no result.
#[derive(Debug, thiserror::Error)]
pub enum RunError<E: std::error::Error + 'static> {
    /// The step itself failed.
    #[error(transparent)]
    Step(E),
    /// The vault could not keep or find the result.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl<E: std::error::Error + 'static> RunError<E> {
    /// The same with the step's own error turned into another.
    pub fn map_step<F: std::error::Error + 'static>(self, into: impl FnOnce(E) -> F) -> RunError<F> {
        match self {
            Self::Step(error) => RunError::Step(into(error)),
            Self::Vault(error) => RunError::Vault(error),
        }
    }
}

impl VaultError {
    /// What to do next, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Io { source, .. } => io_hint(source),
            Self::Busy { .. } => {
                Some("wait until it is done, or stop it with Ctrl-C where it runs".to_owned())
            }
            Self::LedgerNewer { .. } => {
                Some("use the version of soundlock that made this film, or a later one".to_owned())
            }
            Self::LedgerDamaged { path, .. } => Some(format!(
                "put {} back from a backup; the takes themselves lie under `objects` beside it",
                path.display()
            )),
            Self::Damaged { aside: Some(aside), .. } => Some(format!(
                "put the file back from a backup; the damaged one is kept as {}",
                aside.display()
            )),
            Self::Missing { path, .. } => Some(format!("put {} back from a backup", path.display())),
            _ => None,
        }
    }

    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }

    /// A full disk or a folder without the right to write is the same to a person whoever met it first.
    pub(crate) fn ledger(path: &Path) -> impl FnOnce(rusqlite::Error) -> Self {
        move |source| {
            let path = path.to_owned();
            let kind = match source.sqlite_error_code() {
                Some(ErrorCode::DiskFull) => io::ErrorKind::StorageFull,
                Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => io::ErrorKind::ReadOnlyFilesystem,
                Some(ErrorCode::CannotOpen | ErrorCode::SystemIoFailure) => io::ErrorKind::Other,
                Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                    return Self::LedgerDamaged { path, source };
                }
                _ => return Self::Ledger { path, source },
            };
            Self::Io { action: "write", path, source: io::Error::new(kind, source) }
        }
    }
}

fn io_hint(source: &io::Error) -> Option<String> {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            Some("the disk is full: make room; `soundlock clean` shows what it could free".to_owned())
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            Some("the film's folder must be one that you may write to".to_owned())
        }
        _ => None,
    }
}
