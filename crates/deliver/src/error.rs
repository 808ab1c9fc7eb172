use std::path::{Path, PathBuf};

use soundlock_draw::DrawError;
use soundlock_picture::PictureError;

/// What can go wrong while delivering.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeliverError {
    /// A file cannot be read or written.
    #[error("cannot read or write {}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// What was read is not what its kind of file looks like.
    #[error("{what}, line {line}: {why}")]
    Malformed {
        /// Kind of file: `SubRip`.
        what: &'static str,
        /// Line, counted from 1.
        line: usize,
        /// What is wrong, a clause.
        why: String,
    },
    /// What `ffprobe` says of a file cannot be understood.
    #[error("ffprobe says of {}: {said}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The end of what it said.
        said: String,
    },
    /// A still is not the picture that was stored.
    #[error("{}: {why}", file.display())]
    DamagedPicture {
        /// The file.
        file: PathBuf,
        /// What is wrong, a clause.
        why: String,
    },
    /// Drawing failed.
    #[error(transparent)]
    Draw(#[from] DrawError),
    /// FFmpeg failed.
    #[error(transparent)]
    Picture(#[from] PictureError),
}

impl DeliverError {
    /// What to do next, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Draw(error) => error.hint(),
            Self::Picture(error) => error.hint(),
            Self::Io { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => {
                Some("the disk is full: make room and run the same command again; nothing is lost".to_owned())
            }
            _ => None,
        }
    }

    pub(crate) fn io(file: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let file = file.to_owned();
        move |source| Self::Io { file, source }
    }
}
