use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::ledger::{Ledger, ResultRow};
use crate::lock;
use crate::vault::remove_if_there;
use crate::{Keep, Key, Vault, VaultError};

/// What can be thrown away without losing anything that cannot be made again for nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Garbage {
    /// File by file, in the order of their paths.
    pub items: Vec<GarbageItem>,
}

/// One file that can go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GarbageItem {
    /// The file.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// Why it can go.
    pub why: Why,
}

/// Why a file can go.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// A derived result that the film as it is now does not use.
    NoLongerWanted {
        /// The step that made it.
        step: String,
        /// What for.
        subject: String,
        /// Every key it is kept under.
        keys: Vec<Key>,
    },
    /// Half made when a run was killed.
    Leftover,
    /// In the vault's folder, but the ledger does not know it: a run was killed just before it noted it.
    WithoutRow,
}

impl Garbage {
    /// How much would be freed.
    pub fn bytes(&self) -> u64 {
        self.items.iter().map(|item| item.bytes).sum()
    }
}

impl Why {
    fn keys(&self) -> &[Key] {
        match self {
            Self::NoLongerWanted { keys, .. } => keys,
            Self::Leftover | Self::WithoutRow => &[],
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoLongerWanted { step, subject, .. } => {
                write!(formatter, "`{step}` of {subject}, no longer used")
            }
            Self::Leftover => formatter.write_str("half made when a run was stopped"),
            Self::WithoutRow => formatter.write_str("made by a run that was stopped before it noted it"),
        }
    }
}

impl Vault {
    /// Everything that is not under a key in `keep`, save takes: those are never garbage.
    pub fn garbage(&self, keep: &BTreeSet<Key>) -> Result<Garbage, VaultError> {
        let ledger = self.ledger();
        let rows = rows_by_path(self, &ledger);
        let mut items = Vec::new();
        for (path, bytes) in files_under(&self.dir().join("objects"))? {
            let why = match rows.get(&path) {
                None => Some(Why::WithoutRow),
                Some(rows) => no_longer_wanted(rows, keep),
            };
            items.extend(why.map(|why| GarbageItem { path, bytes, why }));
        }
        // A vault opened to write has emptied this already: what lies there now is in hand.
        if self.must_write().is_err() && !lock::is_held(self.dir()) {
            let leftovers = files_under(&self.dir().join("tmp"))?;
            items.extend(leftovers.into_iter().map(|(path, bytes)| GarbageItem {
                path,
                bytes,
                why: Why::Leftover,
            }));
        }
        Ok(Garbage { items })
    }

    /// Throws garbage away; gives the bytes freed. What has come into use since it was listed stays.
    ///
    /// The rows go first: a stop in between leaves objects without rows, which the next `garbage` lists.
    pub fn free(&self, garbage: &Garbage) -> Result<u64, VaultError> {
        self.must_write()?;
        let mut ledger = self.ledger();
        let is_derived = |key: &Key| ledger.result(key).is_some_and(|row| row.keep == Keep::Derived);
        let keys = garbage.items.iter().flat_map(|item| item.why.keys()).copied();
        let keys: Vec<Key> = keys.filter(is_derived).collect();
        ledger.remove(&keys)?;
        let in_use = rows_by_path(self, &ledger);
        let mut freed = 0;
        for item in garbage.items.iter().filter(|item| !in_use.contains_key(&item.path)) {
            remove_if_there(&item.path)?;
            freed += item.bytes;
        }
        Ok(freed)
    }
}

fn rows_by_path(vault: &Vault, ledger: &Ledger) -> BTreeMap<PathBuf, Vec<Arc<ResultRow>>> {
    let mut rows: BTreeMap<PathBuf, Vec<Arc<ResultRow>>> = BTreeMap::new();
    for row in ledger.results() {
        rows.entry(vault.object_path(row.hash, &row.extension)).or_default().push(Arc::clone(row));
    }
    rows
}

/// Nobody wants a file when every result that shares it is derived and unwanted.
fn no_longer_wanted(rows: &[Arc<ResultRow>], keep: &BTreeSet<Key>) -> Option<Why> {
    let unwanted = |row: &Arc<ResultRow>| row.keep == Keep::Derived && !keep.contains(&row.key);
    let first = rows.first().filter(|_| rows.iter().all(unwanted))?;
    let keys = rows.iter().map(|row| row.key).collect();
    Some(Why::NoLongerWanted { step: first.step.clone(), subject: first.subject.clone(), keys })
}

/// Files below `folder` with their lengths, by path; none where there is no such folder.
fn files_under(folder: &Path) -> Result<Vec<(PathBuf, u64)>, VaultError> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            entries => entries.map_err(VaultError::io("read", &folder))?,
        };
        for entry in entries {
            let entry = entry.map_err(VaultError::io("read", &folder))?;
            // A file that goes away while the list is made is no longer anybody's garbage.
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_dir() {
                folders.push(entry.path());
            } else {
                files.push((entry.path(), metadata.len()));
            }
        }
    }
    files.sort();
    Ok(files)
}
