//! Writing aside: a delivery is there whole, or it is the one from before.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::DeliverError;

/// Lets `make` write a file beside `file`, then renames it into place once its bytes are on the disk.
///
/// The name aside is fixed, so that what a killed program left is written over by the next.
pub(crate) fn aside<T>(
    file: &Path,
    make: impl FnOnce(&Path) -> Result<T, DeliverError>,
) -> Result<T, DeliverError> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(DeliverError::io(folder))?;
    }
    let part = part_name(file);
    remove_if_there(&part)?;
    let result = make(&part).inspect_err(|_| drop(fs::remove_file(&part)))?;
    File::open(&part).and_then(|part| part.sync_all()).map_err(DeliverError::io(&part))?;
    fs::rename(&part, file).map_err(DeliverError::io(file))?;
    Ok(result)
}

/// Writes `bytes` as `file`, aside first.
pub(crate) fn bytes(file: &Path, bytes: &[u8]) -> Result<(), DeliverError> {
    aside(file, |part| fs::write(part, bytes).map_err(DeliverError::io(part)))
}

/// `.film.part.mp4` beside `film.mp4`: the ending stays, since FFmpeg goes by it.
fn part_name(file: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(file.file_stem().unwrap_or_default());
    name.push(".part");
    if let Some(extension) = file.extension() {
        name.push(".");
        name.push(extension);
    }
    file.with_file_name(name)
}

fn remove_if_there(file: &Path) -> Result<(), DeliverError> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(DeliverError::io(file)(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_delivery_leaves_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("out/film.srt");
        bytes(&file, b"first").unwrap();
        let failed = aside(&file, |part| {
            fs::write(part, b"half").unwrap();
            Err::<(), _>(DeliverError::Malformed { what: "SubRip", line: 1, why: String::new() })
        });
        assert!(failed.is_err());
        assert_eq!(fs::read(&file).unwrap(), b"first");
        assert_eq!(fs::read_dir(folder.path().join("out")).unwrap().count(), 1);
    }
}
