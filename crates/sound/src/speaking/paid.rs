//! What speaking cost, and what is left to spend: rows in the ledger, written before anything is asked.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use soundlock_script::LineId;
use soundlock_service::Usd;
use soundlock_vault::{Entry, EntryId, Hash, Key, Vault, VaultError};

use crate::SoundError;

/// Kinds of ledger entries; their subject is the line.
mod kind {
    /// A service is about to be asked: from now on it may cost.
    pub(super) const INTENT: &str = "voice-intent";
    /// What was asked for came and is kept.
    pub(super) const DONE: &str = "voice-done";
    /// The service was not reached or refused: it cost nothing.
    pub(super) const FREE: &str = "voice-free";
    /// It may have cost, and nothing came that can be used.
    pub(super) const DOUBT: &str = "voice-doubt";
}

/// Everything about one time that a service was asked to speak.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Attempt {
    /// What its result is kept under.
    pub(super) key: Key,
    /// The service's name in `film.toml`.
    pub(super) service: String,
    pub(super) address: String,
    pub(super) model: String,
    pub(super) voice: String,
    pub(super) letters: u64,
    pub(super) cost_usd_micros: Usd,
    /// The document in which somebody allowed the voice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) consent: Option<Hash>,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct End {
    /// Number of the intent's entry.
    intent: i64,
    /// Why nothing came; a clause.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    why: String,
    /// What came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hash: Option<Hash>,
    /// What the service said of it.
    #[serde(flatten)]
    said: Said,
}

/// What a service said of an answer, beside the answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Said {
    /// Its own name for the question, by which its support finds it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) request: String,
    /// How many letters it charged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) letters: Option<u64>,
}

impl Attempt {
    /// What it cost, as far as that is known: never less than was reckoned, and more where the service charged for more
    /// letters than there are, as it does for some voices. Fewer may be another unit: a vendor's credits are not letters.
    pub(super) fn charged(&self, said: &Said) -> Usd {
        let reckoned = self.cost_usd_micros;
        match said.letters {
            Some(letters) if letters > self.letters && self.letters > 0 => Usd(u64::try_from(
                (u128::from(reckoned.0) * u128::from(letters)).div_ceil(u128::from(self.letters)),
            )
            .unwrap_or(u64::MAX)),
            _ => reckoned,
        }
    }
}

/// An attempt of which nobody knows whether it was done and charged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Doubt {
    /// When the service was asked, RFC 3339.
    pub at: String,
    /// Why nothing is there, a clause.
    pub why: String,
}

/// Every attempt of a film as the ledger has it.
pub(super) struct Attempts {
    intents: Vec<(Entry, Attempt)>,
    /// Why an attempt cost nothing or is in doubt, by the intent's number.
    free: BTreeMap<i64, String>,
    doubts: BTreeMap<i64, String>,
    done: BTreeMap<i64, End>,
    /// What a service said of an answer that could not be used.
    unusable: BTreeMap<i64, Said>,
}

impl Attempts {
    pub(super) fn read(vault: &Vault) -> Result<Self, VaultError> {
        let ends = |kind| -> Result<Vec<End>, VaultError> {
            vault.entries(kind, None)?.iter().map(Entry::read).collect()
        };
        let whys =
            |kind| Ok::<_, VaultError>(ends(kind)?.into_iter().map(|end| (end.intent, end.why)).collect());
        let doubts = ends(kind::DOUBT)?;
        let intents = vault.entries(kind::INTENT, None)?;
        let intents = intents.into_iter().map(|entry| entry.read().map(|attempt| (entry, attempt)));
        Ok(Self {
            intents: intents.collect::<Result<_, _>>()?,
            free: whys(kind::FREE)?,
            unusable: doubts.iter().map(|end| (end.intent, end.said.clone())).collect(),
            doubts: doubts.into_iter().map(|end| (end.intent, end.why)).collect(),
            done: ends(kind::DONE)?.into_iter().map(|end| (end.intent, end)).collect(),
        })
    }

    /// What is in doubt about the result of `key`, which is not there: the last attempt that may have cost something. A
    /// later one that cost nothing does not make up for it.
    pub(super) fn doubt(&self, key: &Key) -> Option<Doubt> {
        let may_have_cost = |entry: &Entry, attempt: &Attempt| {
            attempt.cost_usd_micros > Usd::ZERO && !self.free.contains_key(&entry.id.0)
        };
        let (entry, _) = self
            .intents
            .iter()
            .rfind(|(entry, attempt)| attempt.key == *key && may_have_cost(entry, attempt))?;
        let id = entry.id.0;
        let stopped = || "the program was stopped before the answer came".to_owned();
        let why = if self.done.contains_key(&id) {
            "it was spoken, and its file is damaged or gone".to_owned()
        } else {
            self.doubts.get(&id).cloned().unwrap_or_else(stopped)
        };
        Some(Doubt { at: entry.at.clone(), why })
    }

    /// What was spent: everything that may have been charged.
    fn spent(&self) -> BTreeMap<String, Usd> {
        let mut spent = BTreeMap::new();
        for (entry, attempt) in self.intents.iter().filter(|(entry, _)| !self.free.contains_key(&entry.id.0))
        {
            let done = self.done.get(&entry.id.0).map(|end| &end.said);
            let said = done.or_else(|| self.unusable.get(&entry.id.0)).cloned().unwrap_or_default();
            let sum = spent.entry(attempt.service.clone()).or_insert(Usd::ZERO);
            *sum = *sum + attempt.charged(&said);
        }
        spent
    }
}

/// What services cost the film that spoke: everything that may have been charged.
pub fn spent_on_voices(vault: &Vault) -> Result<Usd, VaultError> {
    Ok(Attempts::read(vault)?.spent().into_values().sum())
}

/// What may be spent. It is asked before each attempt, and never lets more out than a limit allows, however many
/// threads draw on it.
pub(super) struct Purse<'a> {
    vault: &'a Vault,
    /// Limit of the whole film.
    budget: Option<Usd>,
    /// What others have spent of it.
    elsewhere: Usd,
    /// Limits of single services.
    most: BTreeMap<String, Usd>,
    spent: Mutex<BTreeMap<String, Usd>>,
}

impl<'a> Purse<'a> {
    pub(super) fn open(
        vault: &'a Vault,
        (budget, elsewhere): (Option<Usd>, Usd),
        most: BTreeMap<String, Usd>,
    ) -> Result<Self, VaultError> {
        let spent = Mutex::new(Attempts::read(vault)?.spent());
        Ok(Self { vault, budget, elsewhere, most, spent })
    }

    /// An error where `costs` by service pass a limit, or where nobody set one.
    pub(super) fn check(&self, costs: &BTreeMap<String, Usd>) -> Result<(), SoundError> {
        self.check_against(&self.lock(), costs)
    }

    fn check_against(
        &self,
        spent: &BTreeMap<String, Usd>,
        costs: &BTreeMap<String, Usd>,
    ) -> Result<(), SoundError> {
        let all: Usd = costs.values().copied().sum();
        for (service, cost) in costs.iter().filter(|(_, cost)| **cost > Usd::ZERO) {
            let most = self.most.get(service).copied();
            if most.is_none() && self.budget.is_none() {
                return Err(SoundError::NoLimit { service: service.clone(), cost: *cost });
            }
            let own = spent.get(service).copied().unwrap_or_default();
            within(most, own, *cost, || format!("voices.{service}.most_usd"))?;
        }
        // What is free may be had also when nothing is left.
        if all == Usd::ZERO {
            return Ok(());
        }
        let spent = spent.values().copied().sum::<Usd>() + self.elsewhere;
        within(self.budget, spent, all, || "budget.usd".to_owned())
    }

    /// Takes out what `attempt` costs, and writes down that it is about to be made.
    pub(super) fn reserve(&self, line: &LineId, attempt: &Attempt) -> Result<EntryId, SoundError> {
        let mut spent = self.lock();
        let (service, cost) = (attempt.service.clone(), attempt.cost_usd_micros);
        self.check_against(&spent, &[(service.clone(), cost)].into())?;
        let intent = self.vault.record(kind::INTENT, &subject(line), attempt)?;
        let sum = spent.entry(service).or_default();
        *sum = *sum + cost;
        Ok(intent)
    }

    /// The attempt cost nothing: puts its money back.
    pub(super) fn was_free(
        &self,
        line: &LineId,
        intent: EntryId,
        attempt: &Attempt,
        why: String,
    ) -> Result<(), SoundError> {
        let mut spent = self.lock();
        let end = End { intent: intent.0, why, hash: None, said: Said::default() };
        self.vault.record(kind::FREE, &subject(line), &end)?;
        let sum = spent.entry(attempt.service.clone()).or_default();
        *sum = sum.less(attempt.cost_usd_micros);
        Ok(())
    }

    /// Nobody knows whether the attempt was charged: it counts as if it was. `came` is what came all the same, and cannot
    /// be used.
    pub(super) fn in_doubt(
        &self,
        line: &LineId,
        intent: EntryId,
        why: String,
        came: Option<(Hash, Said)>,
    ) -> Result<(), SoundError> {
        let (hash, said) = came.map(|(hash, said)| (Some(hash), said)).unwrap_or_default();
        let end = End { intent: intent.0, why, hash, said };
        self.vault.record(kind::DOUBT, &subject(line), &end)?;
        Ok(())
    }

    /// The attempt was made, and what came is kept; gives what it cost.
    pub(super) fn done(
        &self,
        line: &LineId,
        intent: EntryId,
        attempt: &Attempt,
        (hash, said): (Hash, Said),
    ) -> Result<Usd, SoundError> {
        let cost = attempt.charged(&said);
        let end = End { intent: intent.0, why: String::new(), hash: Some(hash), said };
        let mut spent = self.lock();
        self.vault.record(kind::DONE, &subject(line), &end)?;
        let sum = spent.entry(attempt.service.clone()).or_default();
        *sum = *sum + cost.less(attempt.cost_usd_micros);
        Ok(cost)
    }

    /// A panic elsewhere leaves the sums whole: each is changed in one step.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Usd>> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn within(limit: Option<Usd>, spent: Usd, cost: Usd, name: impl Fn() -> String) -> Result<(), SoundError> {
    match limit {
        Some(limit) if spent + cost > limit => {
            Err(SoundError::OverBudget { cost, left: limit.less(spent), limit, name: name() })
        }
        _ => Ok(()),
    }
}

fn subject(line: &LineId) -> String {
    format!("line {line}")
}
