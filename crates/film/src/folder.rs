//! Where things lie in a film folder.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::FilmError;

/// A film folder: the paths of everything in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The film folder that `start` lies in, found by walking up to a `film.toml`.
    pub fn find(start: &Path) -> Result<Self, FilmError> {
        let absolute = std::path::absolute(start).map_err(FilmError::io(start))?;
        let root = absolute.ancestors().find(|folder| folder.join("film.toml").is_file());
        let root = root.ok_or_else(|| FilmError::NoFilm { start: absolute.clone() })?;
        Ok(Self { root: root.to_owned() })
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `film.toml`.
    pub fn settings(&self) -> PathBuf {
        self.root.join("film.toml")
    }

    /// `script.fountain`.
    pub fn script(&self) -> PathBuf {
        self.root.join("script.fountain")
    }

    /// `sound.lock`.
    pub fn sound_lock(&self) -> PathBuf {
        self.root.join("sound.lock")
    }

    /// `cuts.toml`.
    pub fn cuts(&self) -> PathBuf {
        self.root.join("cuts.toml")
    }

    /// `.soundlock`, where the vault and the ledger are.
    pub fn vault(&self) -> PathBuf {
        self.root.join(".soundlock")
    }

    /// `out`, where deliveries go.
    pub fn out(&self) -> PathBuf {
        self.root.join("out")
    }

    /// `path` as a person in this folder would write it.
    pub fn relative<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }
}

/// The text of `file`, or `None` where there is no such file.
pub(crate) fn read_if_there(file: &Path) -> Result<Option<Vec<u8>>, FilmError> {
    match fs::read(file) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FilmError::io(file)(error)),
    }
}

/// Puts `bytes` in the place of `file`: written beside it, synced, renamed. Nothing is written when they are there.
pub(crate) fn write_whole(file: &Path, bytes: &[u8]) -> Result<bool, FilmError> {
    if read_if_there(file)?.as_deref() == Some(bytes) {
        return Ok(false);
    }
    let beside = beside(file);
    let written = fs::File::create(&beside).and_then(|mut aside| {
        aside.write_all(bytes)?;
        aside.sync_all()?;
        fs::rename(&beside, file)
    });
    written.map_err(|error| {
        // The error that matters is the first one; what is left aside is overwritten by the next try.
        let _ = fs::remove_file(&beside);
        FilmError::io(file)(error)
    })?;
    Ok(true)
}

/// A hidden name in the same folder, so that a rename stays within one file system.
pub(crate) fn beside(file: &Path) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!(".{name}.part"))
}
