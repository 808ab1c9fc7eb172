use std::fs::File;
use std::path::{Path, PathBuf};

use crate::PictureError;

/// A file that we began; removed again unless it is kept.
#[derive(Debug)]
pub(crate) struct OwnFile {
    pub(crate) path: PathBuf,
    kept: bool,
}

impl OwnFile {
    /// Begins `path`; an error where it is there already, so that nothing is ever written over.
    pub(crate) fn create(path: &Path) -> Result<Self, PictureError> {
        Self::create_open(path).map(|(file, _)| file)
    }

    /// The same with the file to write to.
    pub(crate) fn create_open(path: &Path) -> Result<(Self, File), PictureError> {
        let file =
            File::create_new(path).map_err(|source| PictureError::Io { file: path.to_owned(), source })?;
        Ok((Self { path: path.to_owned(), kept: false }, file))
    }

    /// The file is whole.
    pub(crate) fn keep(&mut self) {
        self.kept = true;
    }
}

impl Drop for OwnFile {
    fn drop(&mut self) {
        if !self.kept {
            // Where it cannot be removed there is nobody left to tell; its owner sees that nothing was returned.
            drop(std::fs::remove_file(&self.path));
        }
    }
}
