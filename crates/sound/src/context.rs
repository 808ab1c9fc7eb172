use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use soundlock_picture::{Limits, Tools, ask};
use soundlock_vault::{Cancel, Event, Key, Object, Reporter, RunError, Step, Stopped, ValueStep, Vault};

use crate::SoundError;
use crate::levels::HeardLevels;
use crate::source::FileHashes;

/// What locking and mixing work with.
#[derive(Clone, Copy)]
pub struct SoundContext<'a> {
    /// The film folder.
    pub folder: &'a Path,
    /// Where results are kept.
    pub vault: &'a Vault,
    /// FFmpeg, for recordings that are not plain WAV at the film's rate.
    pub tools: &'a Tools,
    /// What recordings may ask of us.
    pub limits: Limits,
    /// The program that speaks lines without a recording; `None` hums them.
    pub espeak: Option<&'a Espeak>,
    /// Hears what went wrong but did not stop us.
    pub reporter: &'a dyn Reporter,
    /// Raised to stop.
    pub cancel: &'a Cancel,
    /// How many lines are made at once.
    pub workers: NonZeroUsize,
    /// Takes note of every result that is used, so that `clean` leaves it.
    pub used: &'a UsedKeys,
    /// Hashes of recordings, worked out once.
    pub hashes: &'a FileHashes,
    /// Levels of lines, worked out once.
    pub levels: &'a HeardLevels,
}

/// Keys of the results that were made or found.
#[derive(Debug, Default)]
pub struct UsedKeys(Mutex<BTreeSet<Key>>);

impl UsedKeys {
    /// None so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Those noted so far.
    pub fn keys(&self) -> BTreeSet<Key> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, key: Key) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
    }
}

impl SoundContext<'_> {
    pub(crate) fn run<S: Step<Error = SoundError>>(
        &self,
        subject: &str,
        step: &S,
    ) -> Result<Object, SoundError> {
        let object = self.vault.run(subject, step).map_err(from_run)?;
        self.used.note(object.key);
        Ok(object)
    }

    pub(crate) fn run_value<S>(&self, subject: &str, step: &S) -> Result<S::Value, SoundError>
    where
        S: ValueStep<Error = SoundError>,
    {
        let value = self.vault.run_value(subject, step).map_err(from_run)?;
        self.used.note(self.vault.key_of_value(step)?);
        Ok(value)
    }

    pub(crate) fn warn(&self, message: String) {
        self.reporter.report(Event::Warning { stage: "sound", message });
    }
}

fn from_run(error: RunError<SoundError>) -> SoundError {
    match error {
        RunError::Step(error) => error,
        RunError::Vault(error) => error.into(),
    }
}

impl From<Stopped<SoundError>> for SoundError {
    fn from(stopped: Stopped<SoundError>) -> Self {
        match stopped {
            Stopped::Failed(error) => error,
            Stopped::Cancelled(cancelled) => cancelled.into(),
        }
    }
}

/// espeak-ng as it is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Espeak {
    /// The program.
    pub program: PathBuf,
    /// What it says of its version: `1.51`.
    pub version: String,
}

impl Espeak {
    /// The program of this name (looked for on the PATH) or path; `None` where it is not there or does not answer.
    pub fn find(program: &str) -> Option<Self> {
        let mut command = Command::new(program);
        command.arg("--version");
        let limits = Limits { timeout_secs: 30, ..Limits::GENEROUS };
        let answer = ask(command, b"", 1 << 20, &limits).ok()?;
        let text = String::from_utf8_lossy(&answer);
        let version = text.split(':').nth(1)?.split_whitespace().next()?.to_owned();
        Some(Self { program: program.into(), version })
    }
}
