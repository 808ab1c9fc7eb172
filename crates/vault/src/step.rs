use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Hash, Key};

/// Whether a result may be thrown away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// It can be made again for nothing: freed when no longer wanted, made again when damaged.
    Derived,
    /// A take that cost nothing: never freed, but made again when damaged.
    FreeTake,
    /// It was paid for or cannot be had again: never freed, never made again on its own.
    Take,
}

/// What is costly to make. The result is one file, kept under a key of everything it depends on.
pub trait Step {
    /// Why it could not be made.
    type Error: std::error::Error + Send + Sync + 'static;
    /// Name and version; the version is raised when the same inputs should make something different.
    const VERSION: (&'static str, u32);
    /// How the file's name ends, without the dot: `mp4`.
    const EXTENSION: &'static str;

    /// The same for this very result, where it is only known once it is there.
    fn extension(&self) -> &'static str {
        Self::EXTENSION
    }

    /// Everything the result depends on and nothing else: files by their [`Hash`](struct@Hash), parameters, versions of tools.
    ///
    /// Best a struct, whose fields `explain` then names. A float that is not a number counts as absent.
    fn inputs(&self) -> impl Serialize;

    /// Makes the result as `file`, which does not exist yet.
    ///
    /// The folder of `file` is this step's alone and goes away afterwards: a good place for what is needed on the way.
    fn make(&self, file: &Path) -> Result<(), Self::Error>;

    /// Whether the result may be thrown away.
    fn keeps(&self) -> Keep {
        Keep::Derived
    }
}

/// A [`Step`] whose result is a value, kept as JSON.
pub trait ValueStep {
    /// What is made. It must read back from the JSON that it writes.
    type Value: Serialize + DeserializeOwned;
    /// Why it could not be made.
    type Error: std::error::Error + Send + Sync + 'static;
    /// Name and version; the version is raised too when the value's form changes.
    const VERSION: (&'static str, u32);

    /// Everything the value depends on and nothing else.
    fn inputs(&self) -> impl Serialize;

    /// Makes the value.
    fn make(&self) -> Result<Self::Value, Self::Error>;

    /// Whether the value may be thrown away.
    fn keeps(&self) -> Keep {
        Keep::Derived
    }
}

/// A result as it lies in the vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The file. Only to be read: other results may share it.
    pub path: PathBuf,
    /// The hash of its bytes.
    pub hash: Hash,
    /// Its length.
    pub bytes: u64,
    /// The key it is kept under.
    pub key: Key,
    /// Whether it was made just now, and not found.
    pub made: bool,
}
