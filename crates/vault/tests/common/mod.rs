//! A vault in a temporary folder, and steps that are quickly made.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "helpers of tests, of which each test binary uses its own part"
)]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use soundlock_vault::{Clock, Keep, Step, ValueStep, Vault};

pub(crate) struct TestVault {
    folder: tempfile::TempDir,
}

impl TestVault {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn dir(&self) -> PathBuf {
        self.folder.path().join(".soundlock")
    }

    pub(crate) fn open(&self) -> Vault {
        Vault::open(&self.dir(), clock()).unwrap()
    }

    /// Files below a folder of the vault, by path from the vault's own.
    pub(crate) fn files(&self, below: &str) -> Vec<String> {
        let mut files = Vec::new();
        list(&self.dir().join(below), &mut files);
        let mut names: Vec<String> = files
            .iter()
            .map(|path| path.strip_prefix(self.dir()).unwrap().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { list(&path, files) } else { files.push(path) }
    }
}

/// A clock that stands still.
pub(crate) fn clock() -> Clock {
    Arc::new(|| "2031-05-04T18:00:00Z".to_owned())
}

/// Writes its prompt as the result.
pub(crate) struct Draw {
    pub prompt: String,
    pub seed: u32,
    pub keeps: Keep,
    pub fails: bool,
    pub writes: bool,
}

#[derive(Debug, thiserror::Error)]
#[error("cannot draw")]
pub(crate) struct DrawError(#[from] io::Error);

impl Draw {
    pub(crate) fn derived(prompt: &str) -> Self {
        Self { prompt: prompt.to_owned(), seed: 0, keeps: Keep::Derived, fails: false, writes: true }
    }

    pub(crate) fn free_take(prompt: &str) -> Self {
        Self { keeps: Keep::FreeTake, ..Self::derived(prompt) }
    }

    pub(crate) fn take(prompt: &str) -> Self {
        Self { keeps: Keep::Take, ..Self::derived(prompt) }
    }
}

#[derive(Serialize)]
struct DrawInputs<'a> {
    prompt: &'a str,
    seed: u32,
    strength: f64,
}

impl Step for Draw {
    type Error = DrawError;
    const VERSION: (&'static str, u32) = ("draw", 1);
    const EXTENSION: &'static str = "txt";

    fn inputs(&self) -> impl Serialize {
        DrawInputs { prompt: &self.prompt, seed: self.seed, strength: 0.1 }
    }

    fn make(&self, file: &Path) -> Result<(), DrawError> {
        // Something on the way, to be cleared away with the rest.
        fs::write(file.with_file_name("pass-1.log"), "on the way")?;
        if self.fails {
            fs::write(file, &self.prompt[..2])?;
            return Err(DrawError(io::Error::other("the pencil broke")));
        }
        if self.writes { Ok(fs::write(file, &self.prompt)?) } else { Ok(()) }
    }

    fn keeps(&self) -> Keep {
        self.keeps
    }
}

/// How long a line takes to say: a value with a float that is not short in decimal.
pub(crate) struct Length {
    pub text: String,
}

#[derive(Debug, Serialize, Deserialize, PartialEq)]
pub(crate) struct Spoken {
    pub secs: f64,
}

impl ValueStep for Length {
    type Value = Spoken;
    type Error = DrawError;
    const VERSION: (&'static str, u32) = ("length", 1);

    fn inputs(&self) -> impl Serialize {
        &self.text
    }

    fn make(&self) -> Result<Spoken, DrawError> {
        Ok(Spoken { secs: self.text.len() as f64 / 3.0 * 1e173 })
    }
}
