//! Attempts as the ledger has them: what happened to each, one entry a step, written before the next is taken.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use soundlock_plan::ShotCode;
use soundlock_vault::{Hash, Key, Vault, VaultError};

use crate::{Charged, Estimate, Identity, Job, Ready, Request, ShotOrder};

/// Kind of the ledger's entries; their subject is the take: `12_0040-3`.
pub(super) const KIND: &str = "attempt";

/// What is about to be tried, complete: written down before anything is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// Which shot.
    pub code: ShotCode,
    /// Number of the take that it is to become.
    pub number: u32,
    /// Who is to make it.
    pub identity: Identity,
    /// What is wanted.
    pub order: Box<ShotOrder>,
    /// What is sent.
    pub request: Request,
    /// What it is reckoned to cost: set aside until it is known.
    pub estimate: Estimate,
}

/// One thing that happened to an attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "lowercase")]
pub enum Happened {
    /// It is about to be tried.
    Intent(Box<Intent>),
    /// From now on it may have been heard.
    Sent {
        /// Where.
        place: String,
    },
    /// It surely was not heard, or was sent back: it may be sent again.
    Unsent {
        /// Why, a clause.
        why: String,
    },
    /// The generator has it.
    Submitted {
        /// As it knows it.
        job: Job,
    },
    /// It is being made.
    Running,
    /// It can be fetched.
    Ready {
        /// From where, and what the generator says of it.
        ready: Box<Ready>,
    },
    /// Its bytes are here.
    Fetched {
        /// BLAKE3 of them.
        hash: Hash,
        /// How many.
        bytes: u64,
    },
    /// It is a take.
    Done {
        /// What it is kept under.
        key: Key,
        /// What it cost.
        cost: Estimate,
    },
    /// The vendor did not want to make or give it.
    Refused {
        /// In its words.
        said: String,
        /// What that cost.
        cost: Estimate,
    },
    /// It broke, or what came is no take.
    Failed {
        /// Why.
        said: String,
        /// What that cost, as far as is known; what may have been charged counts as charged.
        cost: Estimate,
    },
    /// Its answer was lost: nobody knows whether it was heard.
    Unknown {
        /// Why, a clause.
        why: String,
    },
    /// It was never sent, and is not wanted any more.
    Dropped {
        /// Why, a clause.
        why: String,
    },
    /// The director does without it.
    GivenUp {
        /// What it cost, as the director knows or fears.
        cost: Estimate,
    },
    /// What it came to by the vendor's bill; it is over, and stands as it stood.
    Settled {
        /// What it cost.
        cost: Estimate,
    },
}

/// How an attempt stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// Written down, not sent.
    Intended,
    /// Sent, and no answer yet.
    Sent,
    /// The generator has it.
    Submitted,
    /// It is being made.
    Running,
    /// It can be fetched.
    Ready,
    /// Its bytes are here.
    Fetched,
    /// It is a take.
    Done,
    /// Refused.
    Refused,
    /// Broken.
    Failed,
    /// Nobody knows whether it was heard.
    Unknown,
    /// Never sent, and not wanted any more.
    Dropped,
    /// The director does without it.
    #[serde(rename = "given up")]
    GivenUp,
}

/// An attempt and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// What was tried.
    pub intent: Intent,
    /// When it was written down, RFC 3339.
    pub at: String,
    /// When the last thing happened to it.
    pub changed: String,
    /// How it stands.
    pub standing: Standing,
    /// Where it was sent.
    pub place: Option<String>,
    /// As the generator knows it.
    pub job: Option<Job>,
    /// What can be fetched.
    pub ready: Option<Ready>,
    /// What was fetched.
    pub fetched: Option<Hash>,
    /// What its take is kept under.
    pub key: Option<Key>,
    /// Why it stands as it does, where somebody said.
    pub why: String,
    /// What it cost, once that is settled.
    pub cost: Option<Estimate>,
}

impl Attempt {
    /// What is about to be tried.
    pub(super) fn new(intent: Intent, at: String) -> Self {
        Self {
            intent,
            changed: at.clone(),
            at,
            standing: Standing::Intended,
            place: None,
            job: None,
            ready: None,
            fetched: None,
            key: None,
            why: String::new(),
            cost: None,
        }
    }

    /// `12_0040-3`.
    pub fn name(&self) -> String {
        format!("{}-{}", self.intent.code, self.intent.number)
    }

    /// What it counts for in every sum: what it cost, or, as long as that is not settled, what it may.
    pub fn counts(&self) -> &Estimate {
        self.cost.as_ref().unwrap_or(&self.intent.estimate)
    }

    /// What its take costs: as the generator says, else as it was reckoned.
    pub fn cost_of_take(&self) -> Estimate {
        let charged = self.ready.as_ref().and_then(|ready| ready.charged.clone());
        charged.map_or_else(|| self.intent.estimate.clone(), Estimate::Price)
    }

    /// What it costs where it ends without a take.
    pub(super) fn cost_without_take(&self, charged: Charged) -> Estimate {
        match charged {
            Charged::Nothing => Estimate::Free,
            Charged::AsEstimated => self.intent.estimate.clone(),
            Charged::This(money) => Estimate::Price(money),
        }
    }

    /// The day its money was set aside: `2026-11-29`.
    pub fn day(&self) -> &str {
        self.at.get(..10).unwrap_or(&self.at)
    }

    /// Takes in what happened.
    pub(super) fn take_in(&mut self, happened: Happened, at: &str) {
        at.clone_into(&mut self.changed);
        match happened {
            Happened::Intent(_) => {}
            Happened::Sent { place } => {
                self.place = Some(place);
                self.standing = Standing::Sent;
            }
            Happened::Unsent { why } => {
                self.place = None;
                self.stands(Standing::Intended, why);
            }
            Happened::Submitted { job } => {
                self.job = Some(job);
                self.stands(Standing::Submitted, String::new());
            }
            Happened::Running => self.standing = Standing::Running,
            Happened::Ready { ready } => {
                self.ready = Some(*ready);
                self.standing = Standing::Ready;
            }
            Happened::Fetched { hash, .. } => {
                self.fetched = Some(hash);
                self.standing = Standing::Fetched;
            }
            Happened::Done { key, cost } => {
                self.key = Some(key);
                self.end(Standing::Done, String::new(), cost);
            }
            Happened::Refused { said, cost } => self.end(Standing::Refused, said, cost),
            Happened::Failed { said, cost } => self.end(Standing::Failed, said, cost),
            Happened::Unknown { why } => self.stands(Standing::Unknown, why),
            Happened::Dropped { why } => self.end(Standing::Dropped, why, Estimate::Free),
            Happened::GivenUp { cost } => {
                let why = std::mem::take(&mut self.why);
                self.end(Standing::GivenUp, why, cost);
            }
            Happened::Settled { cost } => self.cost = Some(cost),
        }
    }

    fn stands(&mut self, standing: Standing, why: String) {
        self.standing = standing;
        self.why = why;
    }

    fn end(&mut self, standing: Standing, why: String, cost: Estimate) {
        self.stands(standing, why);
        self.cost = Some(cost);
    }
}

impl Standing {
    /// Whether nothing more happens to it by itself.
    pub fn is_over(self) -> bool {
        self >= Self::Done
    }

    /// Whether its generator has it, or may have it, and a later run goes on with it.
    pub fn is_out(self) -> bool {
        (Self::Sent..=Self::Fetched).contains(&self)
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Intended => "waiting",
            Self::Sent => "sent",
            Self::Submitted => "submitted",
            Self::Running => "running",
            Self::Ready => "ready",
            Self::Fetched => "fetched",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Dropped => "dropped",
            Self::GivenUp => "given up",
        })
    }
}

/// Every attempt of the film in `vault`, by take.
pub fn attempts(vault: &Vault) -> Result<BTreeMap<(ShotCode, u32), Attempt>, VaultError> {
    let mut names: BTreeMap<String, (ShotCode, u32)> = BTreeMap::new();
    let mut attempts: BTreeMap<(ShotCode, u32), Attempt> = BTreeMap::new();
    vault.each_entry(KIND, |at, subject, happened| match happened {
        Happened::Intent(intent) => {
            let place = (intent.code.clone(), intent.number);
            names.insert(subject, place.clone());
            attempts.insert(place, Attempt::new(*intent, at));
        }
        happened => {
            // Steps of what was never intended cannot be: the intent is written first.
            let attempt = names.get(&subject).and_then(|place| attempts.get_mut(place));
            if let Some(attempt) = attempt {
                attempt.take_in(happened, &at);
            }
        }
    })?;
    Ok(attempts)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use soundlock_plan::Look;
    use soundlock_time::{Fps, Raster};

    use super::*;
    use crate::{Inputs, Money};

    fn intent(number: u32) -> Intent {
        let code: ShotCode = "12_0040".parse().unwrap();
        let order = ShotOrder {
            code: code.clone(),
            prompt: "a room".to_owned(),
            negative: String::new(),
            seed: 7,
            frames: 81,
            fps: Fps::FILM,
            raster: Raster::HD,
            look: Look::default(),
            speech: Vec::new(),
            inputs: Inputs::default(),
            burn_in: None,
            cut: None,
        };
        let text = |text: &str| text.to_owned();
        Intent {
            code,
            number,
            identity: Identity { name: text("wan"), model: text("m"), version: text(""), settings: text("") },
            order: Box::new(order),
            request: Request {
                name: format!("12_0040-{number}"),
                id: text("id"),
                body: serde_json::json!({ "prompt": "a room" }),
                given: Vec::new(),
                left_out: Vec::new(),
            },
            estimate: cents(40),
        }
    }

    fn cents(cents: i64) -> Estimate {
        Estimate::Price(Money { micros: cents * 10_000, currency: "USD".to_owned() })
    }

    /// What the ledger has is what is read back, wherever a run was cut off.
    #[test]
    fn the_ledger_alone_says_how_an_attempt_stands() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(folder.path(), Arc::new(|| "2031-05-04T18:00:00Z".to_owned())).unwrap();
        let job = Job { id: "job-1".to_owned(), links: BTreeMap::new() };
        let hash = Hash::of(b"clip");
        let key = Key::new(("shoot", 2), &"k").unwrap();
        let steps = [
            (Happened::Intent(Box::new(intent(3))), Standing::Intended, 40),
            (Happened::Sent { place: "p".to_owned() }, Standing::Sent, 40),
            (Happened::Unsent { why: "busy".to_owned() }, Standing::Intended, 40),
            (Happened::Sent { place: "p".to_owned() }, Standing::Sent, 40),
            (Happened::Submitted { job: job.clone() }, Standing::Submitted, 40),
            (Happened::Running, Standing::Running, 40),
            (Happened::Ready { ready: Box::default() }, Standing::Ready, 40),
            (Happened::Fetched { hash, bytes: 4 }, Standing::Fetched, 40),
            (Happened::Done { key, cost: cents(35) }, Standing::Done, 35),
        ];
        for (happened, standing, counts) in steps {
            vault.record(KIND, "12_0040-3", &happened).unwrap();
            let all = attempts(&vault).unwrap();
            let attempt = all.values().next().unwrap();
            assert_eq!((attempt.standing, attempt.counts()), (standing, &cents(counts)), "{happened:?}");
            assert_eq!((attempt.name().as_str(), attempt.day()), ("12_0040-3", "2031-05-04"));
        }
        let all = attempts(&vault).unwrap();
        let attempt = all.values().next().unwrap();
        assert_eq!((attempt.job.as_ref(), attempt.fetched, attempt.key), (Some(&job), Some(hash), Some(key)));
        assert_eq!(attempt.place.as_deref(), Some("p"));
    }

    #[test]
    fn what_nobody_knows_counts_as_spent_until_it_is_settled() {
        let mut attempt = Attempt::new(intent(1), "2031-05-04T18:00:00Z".to_owned());
        let at = "2031-05-05T09:00:00Z";
        attempt.take_in(Happened::Sent { place: "p".to_owned() }, at);
        attempt.take_in(Happened::Unknown { why: "its answer was lost".to_owned() }, at);
        assert!(attempt.standing.is_over() && !attempt.standing.is_out());
        assert_eq!((attempt.counts(), attempt.cost.as_ref()), (&cents(40), None));
        attempt.take_in(Happened::GivenUp { cost: Estimate::Free }, at);
        assert_eq!((attempt.counts(), attempt.day()), (&Estimate::Free, "2031-05-04"));
        assert_eq!(attempt.why, "its answer was lost");
    }
}
