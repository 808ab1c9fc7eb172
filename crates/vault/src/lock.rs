use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::VaultError;

/// The right to write in a vault. Held until dropped or until the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock of the vault in `dir`, or says who has it.
    pub(crate) fn take(dir: &Path) -> Result<Self, VaultError> {
        let path = dir.join("lock");
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = file.map_err(VaultError::io("open", &path))?;
        match file.try_lock() {
            Ok(()) => write_owner(&mut file).map_err(VaultError::io("write", &path))?,
            Err(TryLockError::WouldBlock) => return Err(busy(dir, &mut file)),
            Err(TryLockError::Error(source)) => return Err(VaultError::io("lock", &path)(source)),
        }
        Ok(Self { file })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing would not do: a child that is just being started holds a copy of the file until it runs its program.
        let _ = self.file.unlock();
    }
}

/// Whether some process has the vault in `dir` open to write.
pub(crate) fn is_held(dir: &Path) -> bool {
    let file = File::open(dir.join("lock"));
    file.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

fn write_owner(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn busy(dir: &Path, file: &mut File) -> VaultError {
    let mut text = String::new();
    let pid = file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
    VaultError::Busy { dir: dir.to_owned(), pid }
}
