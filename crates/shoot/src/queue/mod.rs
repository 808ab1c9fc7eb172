//! The queue: attempts on their way to takes, through everything that goes wrong at night.
//!
//! The ledger is the queue. Each step of an attempt is written down before the next is taken, so a run that was killed at any
//! moment goes on where it was: what was never sent is sent, what may have been heard is looked up and never sent again,
//! what is being made is waited for, what is ready is fetched. Only this module hands orders in.

mod attempt;
mod ending;
mod place;
mod purse;
mod work;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use soundlock_plan::ShotCode;
use soundlock_vault::{Cancel, Clock, Hash, Key, Vault, VaultError};

pub use attempt::{Attempt, Happened, Intent, Standing, attempts};
pub use ending::{CallOffError, CalledOff, call_off, give_up, settle};
pub use purse::{Limits, OverLimit};

use crate::{Generator, ShotOrder};

/// What is to be shot, and what becomes of what comes.
///
/// The queue asks it from several threads; what it answers may hang on all that has happened so far.
pub trait CallSheet: Sync {
    /// The next order for `generator` that may begin now, with its take's number; `None` where there is none just now.
    /// `free_only` where the money is gone. What is given out here is not given out again in this run.
    fn next(&self, generator: &str, free_only: bool) -> Result<Option<Wanted>, SheetError>;

    /// Whether an attempt that was written down and never sent is still wanted.
    fn is_wanted(&self, attempt: &Attempt) -> bool;

    /// The bytes of `attempt` lie in `file`, whose hash is `hash`: they are looked at, and kept.
    ///
    /// It may be called again for the same attempt after a crash, with or without the file still there.
    fn arrived(&self, attempt: &Attempt, file: &Path, hash: Hash) -> Result<Arrived, SheetError>;

    /// `attempt` is over.
    fn ended(&self, attempt: &Attempt);

    /// An order was given out and will not be tried in this run; why was told to the watcher.
    fn put_back(&self, wanted: &Wanted);
}

/// An order that is to be tried.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Which shot.
    pub code: ShotCode,
    /// Number of the take.
    pub number: u32,
    /// What is wanted.
    pub order: ShotOrder,
}

/// What became of bytes that came.
#[derive(Debug)]
pub enum Arrived {
    /// They are a take, kept under this key. The entries are written together with the attempt's end.
    Take(Key, Vec<(&'static str, String, Value)>),
    /// They are none, for this reason.
    NoTake(String),
}

/// The department that the queue works for cannot go on; its own words.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct SheetError(pub Box<dyn std::error::Error + Send + Sync>);

/// How patient the queue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// The first poll after a job is handed in; later ones come less often.
    pub first_poll: Duration,
    /// The longest between two polls.
    pub slowest_poll: Duration,
    /// Before something that failed is tried again; longer each time.
    pub again: Duration,
    /// The longest of these.
    pub longest_again: Duration,
    /// How long a job may take before it is left to the director.
    pub job: Duration,
}

impl Patience {
    /// As vendors like it: polled from every 2 to every 10 seconds, tried again from 2 seconds to 5 minutes, an hour a job.
    pub const VENDORS: Self = Self {
        first_poll: Duration::from_secs(2),
        slowest_poll: Duration::from_secs(10),
        again: Duration::from_secs(2),
        longest_again: Duration::from_mins(5),
        job: Duration::from_hours(1),
    };
}

/// Whom the queue tells what happens.
pub trait Watcher: Sync {
    /// Something happened to `attempt`. Must return at once.
    fn changed(&self, attempt: &Attempt, so_far: &SoFar);
    /// How far a job is that is not over. Must return at once.
    fn going(&self, attempt: &Attempt, progress: &Progress);
    /// Something goes on at a place: it is busy, it does not answer, it has no credit.
    fn noted(&self, place: &str, what: &str);
}

/// How far a job is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Whether it is being made, and does not only wait.
    pub running: bool,
    /// Jobs before it, where known.
    pub ahead: Option<u32>,
    /// Thousandths done, where known.
    pub done: Option<u16>,
    /// A picture of how far it is.
    pub preview: Option<std::path::PathBuf>,
}

/// How far a run is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SoFar {
    /// Jobs that a generator has.
    pub out: usize,
    /// Takes that came.
    pub done: usize,
    /// Refusals.
    pub refused: usize,
    /// What broke.
    pub failed: usize,
    /// Attempts of which nobody knows whether they were heard.
    pub unknown: usize,
    /// Spent and set aside in this run, in millionths of a US dollar.
    pub spent: u64,
    /// The same for the whole film.
    pub film: u64,
    /// What the tightest of the limits leaves, in millionths; nothing where there is none.
    pub left: Option<u64>,
}

/// What a run came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Night {
    /// How far it came.
    pub so_far: SoFar,
    /// Attempts that generators have, or may have: the next run goes on with them.
    pub still_out: usize,
    /// Attempts that were not sent: the next run sends them, where they are still wanted.
    pub waiting: usize,
    /// The limit that stopped it.
    pub over: Option<OverLimit>,
    /// Places that nothing more was asked of, and why.
    pub shut: Vec<(String, String)>,
    /// Whether somebody stopped it.
    pub stopped: bool,
}

/// A generator that is hired, as the queue uses it.
#[derive(Clone)]
pub struct Crew {
    /// The generator; its way is [`Way::Hired`](crate::Way::Hired).
    pub generator: Arc<dyn Generator>,
    /// How patient the queue is with it.
    pub patience: Patience,
}

/// What the queue works with.
pub struct Queue<'q> {
    /// The film's vault, open to write.
    pub vault: &'q Vault,
    /// The time, as the ledger has it.
    pub clock: Clock,
    /// Who shoots, by name.
    pub crews: BTreeMap<String, Crew>,
    /// What may be spent.
    pub limits: Limits,
    /// What the film has spent on other things, in millionths of a US dollar.
    pub elsewhere: u64,
    /// Raised to stop: nothing more is handed in, and what is out stays out.
    pub cancel: &'q Cancel,
    /// Who is told.
    pub watcher: &'q dyn Watcher,
}

/// Why a run of the queue ended before its work did. Nothing is lost: the next run goes on.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// The ledger or the vault failed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// What the queue works for failed.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// The folder for what arrives cannot be used.
    #[error("cannot use {path}")]
    Arriving {
        /// Which.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl Queue<'_> {
    /// Goes on with everything that is out, then shoots what `sheet` wants, until nothing is left to do.
    pub fn run(&self, sheet: &dyn CallSheet) -> Result<Night, QueueError> {
        work::run(self, sheet)
    }
}
