//! What a model cost, as the ledger has it: a row before each question, and one when it ended.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use soundlock_service::Usd;
use soundlock_vault::{Entry, EntryId, Hash, Key, Vault, VaultError};

use crate::Usage;

/// Kinds of ledger entries; their subject is what was asked for.
mod kind {
    /// A model is about to be asked: from now on it may cost.
    pub(super) const INTENT: &str = "model-intent";
    /// What it said came and is kept.
    pub(super) const DONE: &str = "model-done";
    /// It was not reached or refused: it cost nothing.
    pub(super) const FREE: &str = "model-free";
    /// It may have cost, and nothing came that can be used.
    pub(super) const DOUBT: &str = "model-doubt";
}

/// Everything about one time that a model was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attempt {
    /// What its reply is kept under.
    pub(crate) key: Key,
    pub(crate) model: String,
    pub(crate) address: String,
    /// The most that it costs; `None` where nobody knows.
    pub(crate) most_usd_micros: Option<Usd>,
}

/// How an attempt ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct End {
    /// Number of the intent's entry.
    pub(crate) intent: i64,
    /// Why nothing came that can be used; a clause.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) why: String,
    /// What came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) hash: Option<Hash>,
    /// The server's own name for the question.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) request: String,
    /// What the server calls the model that answered.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) answered_by: String,
    /// What it counted.
    #[serde(flatten, default, skip_serializing_if = "Option::is_none")]
    pub(crate) usage: Option<Usage>,
    /// What that cost; `None` where nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cost_usd_micros: Option<Usd>,
}

/// An attempt of which nobody knows whether it was done and charged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Doubt {
    /// When the model was asked, RFC 3339.
    pub at: String,
    /// Why nothing is there, a clause.
    pub why: String,
}

pub(crate) fn begin(vault: &Vault, subject: &str, attempt: &Attempt) -> Result<EntryId, VaultError> {
    vault.record(kind::INTENT, subject, attempt)
}

pub(crate) fn done(vault: &Vault, subject: &str, end: &End) -> Result<(), VaultError> {
    vault.record(kind::DONE, subject, end).map(drop)
}

pub(crate) fn was_free(vault: &Vault, subject: &str, end: &End) -> Result<(), VaultError> {
    vault.record(kind::FREE, subject, end).map(drop)
}

pub(crate) fn in_doubt(vault: &Vault, subject: &str, end: &End) -> Result<(), VaultError> {
    vault.record(kind::DOUBT, subject, end).map(drop)
}

fn ends(vault: &Vault, kind: &str) -> Result<BTreeMap<i64, End>, VaultError> {
    let ends = vault.entries(kind, None)?;
    ends.iter().map(|entry| entry.read::<End>().map(|end| (end.intent, end))).collect()
}

fn intents(vault: &Vault) -> Result<Vec<(Entry, Attempt)>, VaultError> {
    let entries = vault.entries(kind::INTENT, None)?;
    entries.into_iter().map(|entry| entry.read().map(|attempt| (entry, attempt))).collect()
}

/// What is in doubt about the reply of `key`, which is not there: the last attempt that may have cost something.
pub(crate) fn doubt(vault: &Vault, key: &Key) -> Result<Option<Doubt>, VaultError> {
    let (free, doubts) = (ends(vault, kind::FREE)?, ends(vault, kind::DOUBT)?);
    let attempts = intents(vault)?;
    let last = attempts.iter().rfind(|(entry, attempt)| {
        attempt.key == *key && attempt.most_usd_micros != Some(Usd::ZERO) && !free.contains_key(&entry.id.0)
    });
    Ok(last.map(|(entry, _)| {
        let stopped = || "the program was stopped before the answer came".to_owned();
        let why = doubts.get(&entry.id.0).map_or_else(stopped, |end| end.why.clone());
        Doubt { at: entry.at.clone(), why }
    }))
}

/// What models cost the film so far, as far as that is known: what was counted, and of lost answers the most they can
/// have cost.
pub fn spent(vault: &Vault) -> Result<Usd, VaultError> {
    let (free, mut ended) = (ends(vault, kind::FREE)?, ends(vault, kind::DOUBT)?);
    ended.extend(ends(vault, kind::DONE)?);
    let attempts = intents(vault)?;
    let may_have_cost = attempts.iter().filter(|(entry, _)| !free.contains_key(&entry.id.0));
    let costs = may_have_cost.filter_map(|(entry, attempt)| {
        let counted = ended.get(&entry.id.0).and_then(|end| end.cost_usd_micros);
        counted.or(attempt.most_usd_micros)
    });
    Ok(costs.sum())
}
