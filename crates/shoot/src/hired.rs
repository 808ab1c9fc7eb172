//! What is asked of a service or a program that makes takes in its own time.
//!
//! A job goes `request` → `submit` → `poll` until [`JobState::Ready`] → `fetch`. Only `submit` may cost money; all else may
//! be repeated. Nothing in here waits or tries again by itself: that is the queue's, which writes down each step first.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Given, Money, ShootError, ShotOrder};

/// A service or a program that makes takes in its own time.
///
/// `place` is an index into [`Hired::places`]. Calls block; each is made on a thread that may wait.
pub trait Hired: Send + Sync {
    /// Where it works: one address, several servers, this machine.
    fn places(&self) -> &[Place];

    /// What will be sent for `order`, complete and to the byte but for keys, and for files that go along by their content.
    /// `name` is ours for the attempt (`12_0040-3`) and `id` a UUID of its own: both are the same whenever the request is
    /// looked at again.
    fn request(&self, order: &ShotOrder, name: &str, id: &str) -> Result<Request, ShootError>;

    /// Looks whether `place` is there and could do what is asked: its nodes, its models. Costs nothing.
    fn ready(&self, place: usize, request: &Request, call: &Call<'_>) -> Result<(), Trouble>;

    /// Hands `request` in. This may cost money.
    fn submit(&self, place: usize, request: &Request, call: &Call<'_>) -> Result<Job, Trouble>;

    /// Looks for the job of a request that was handed in and whose answer was lost.
    fn look_up(&self, place: usize, request: &Request, call: &Call<'_>) -> Result<LookedUp, Trouble>;

    /// Asks how far `job` is.
    fn poll(&self, place: usize, job: &Job, call: &Call<'_>) -> Result<JobState, Trouble>;

    /// Writes the finished take to `file`, which does not exist yet.
    fn fetch(
        &self,
        place: usize,
        job: &Job,
        ready: &Ready,
        file: &Path,
        call: &Call<'_>,
    ) -> Result<(), Trouble>;

    /// Asks that `job` be stopped; a job that is unknown or over is no trouble. What became of it, a poll says.
    fn cancel(&self, place: usize, job: &Job, call: &Call<'_>) -> Result<Stopping, Trouble>;
}

/// What can be done about a job that is not wanted any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopping {
    /// It was asked to stop. It may still end as if nobody had.
    Asked,
    /// There is no way to stop it: it is made, and charged.
    CannotBe,
}

/// Where takes are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// As people know it: `http://127.0.0.1:8188`, `https://queue.fal.run`, `this machine`. No key is in it.
    pub name: String,
    /// How many jobs it takes at once.
    pub at_once: usize,
}

/// What a call may use of the house.
pub struct Call<'a> {
    /// Where the bytes of a given file lie; `None` where they are gone.
    pub given: &'a (dyn Fn(&Given) -> Option<PathBuf> + Sync),
    /// Whether somebody wants to stop: a call that waits then ends with [`Trouble::Stopped`] as soon as it may.
    pub stopped: &'a (dyn Fn() -> bool + Sync),
}

/// What is sent for an order: written down before it is sent, and read back as it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Ours for the attempt: `12_0040-3`.
    pub name: String,
    /// A UUID that nobody else has.
    pub id: String,
    /// In the generator's own form. Keys are not in it; files are, by their content.
    pub body: Value,
    /// Files that go along.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<Given>,
    /// What of the order it does not carry, a clause each: `it has no negative prompt`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
}

/// A job as its generator knows it: enough to ask for it after a restart of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Its id there.
    pub id: String,
    /// Addresses for it that came with the answer, by what they are for: `status`, `response`, `cancel`.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub links: std::collections::BTreeMap<String, String>,
}

/// What became of a request whose answer was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookedUp {
    /// It is there, as this job.
    Found(Job),
    /// It surely never arrived.
    NotThere,
    /// It cannot be told.
    CannotTell,
}

/// How far a job is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "lowercase")]
pub enum JobState {
    /// Accepted, not begun; how many are before it, where known.
    Waiting {
        /// Jobs before it.
        ahead: Option<u32>,
    },
    /// Being made.
    Running {
        /// Thousandths done, where known.
        done: Option<u16>,
        /// A picture of how far it is.
        preview: Option<PathBuf>,
    },
    /// The take can be fetched.
    Ready(Ready),
    /// The vendor does not want to make or give it: moderation.
    Refused(Ended),
    /// It broke, was interrupted or deleted, or made nothing.
    Failed(Ended),
    /// The generator does not know this job any more: its queue is gone, or its results have expired.
    Gone {
        /// In its words.
        said: String,
    },
}

/// A take that can be fetched.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ready {
    /// Where it is, as its generator says it: an address, a file of its own. The first is the take.
    pub links: Vec<String>,
    /// What the vendor says that it charged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charged: Option<Money>,
    /// What the vendor says of model and version that made it, of the seed it took, and the like.
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub said: std::collections::BTreeMap<String, String>,
}

/// A job that ended without a take.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// Why, in the generator's words.
    pub said: String,
    /// Whether it was charged all the same.
    #[serde(default)]
    pub charged: Charged,
}

/// Whether a job without a take was charged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Charged {
    /// It was not.
    #[default]
    Nothing,
    /// As if it had been made.
    AsEstimated,
    /// So much, as the vendor says.
    This(Money),
}

/// Why a call did not do what it should, by what may be done next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It was not reached, and surely heard nothing.
    #[error("not reached: {why}")]
    NotHeard {
        /// Why.
        why: String,
    },
    /// It has too much to do, and did nothing.
    #[error("too busy: {said}")]
    Busy {
        /// In its words.
        said: String,
        /// When it wants to be asked again.
        after: Option<Duration>,
    },
    /// It may have heard, and no answer came whole.
    #[error("no whole answer: {why}")]
    Lost {
        /// Why.
        why: String,
    },
    /// It does not make this: moderation.
    #[error("refused: {said}")]
    Refused {
        /// In its words.
        said: String,
        /// Whether it was charged all the same.
        charged: Charged,
    },
    /// What was asked is wrong, and it will never do it: a value out of range, a model that is not there.
    #[error("turned down: {said}")]
    TurnedDown {
        /// In its words, with what to do where that is known.
        said: String,
    },
    /// It does not have the model, or not any more: nothing can be made there.
    #[error("it does not have the model: {said}")]
    NoModel {
        /// In its words.
        said: String,
    },
    /// The account has no credit: nothing more can be had there.
    #[error("no credit left: {said}")]
    NoCredit {
        /// In its words.
        said: String,
    },
    /// The key is wrong, or may not do this: nothing can be had there.
    #[error("not let in: {said}")]
    NotLetIn {
        /// In its words.
        said: String,
    },
    /// What was to be fetched is gone, or came and is no take.
    #[error("{why}")]
    NoTake {
        /// Why.
        why: String,
    },
    /// What came cannot be kept here, as on a full disk. The generator has no part in it.
    #[error("what comes cannot be kept: {why}")]
    NoRoom {
        /// What cannot be written, and why.
        why: String,
    },
    /// Somebody wants to stop, and nothing was said yet.
    #[error("stopped")]
    Stopped,
}
