use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use crate::key::Inputs;
use crate::{Key, Step, ValueStep, Vault, VaultError};

/// Differences shown before the rest is only counted.
const CHANGES_SHOWN: usize = 20;
/// Longer values are cut in the middle of what is printed; the explanation itself has them whole.
const VALUE_SHOWN_CHARS: usize = 160;

/// Why a step has the key it has, and what changed since its result was last made.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// What the step is for.
    pub subject: String,
    /// The step's name.
    pub step: &'static str,
    /// The step's version.
    pub version: u32,
    /// Its key now.
    pub key: Key,
    /// When the result under this key was made; `None` while there is none.
    pub made_at: Option<String>,
    /// Everything the key depends on: path and value, sorted by path.
    pub parts: BTreeMap<String, Value>,
    /// The result of the same step for the same subject that was made last, when it has another key.
    pub last: Option<Last>,
}

/// An earlier result of the same step for the same subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Last {
    /// Its key.
    pub key: Key,
    /// When it was made.
    pub made_at: String,
    /// What is different now, sorted by path.
    pub changes: Vec<Change>,
}

/// A part of a key that changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Where: `prompt`, `cast[0].coat`; `step version` for the step's own.
    pub path: String,
    /// What it was; `None` where it is new.
    pub was: Option<Value>,
    /// What it is; `None` where it is gone.
    pub is: Option<Value>,
}

impl Vault {
    /// The key's parts, and what changed since `step` was last made for `subject`.
    pub fn explain<S: Step>(&self, subject: &str, step: &S) -> Result<Explanation, VaultError> {
        self.explain_inputs(subject, Inputs::new(S::VERSION, &step.inputs())?)
    }

    /// The same for a step whose result is a value.
    pub fn explain_value<S: ValueStep>(&self, subject: &str, step: &S) -> Result<Explanation, VaultError> {
        self.explain_inputs(subject, Inputs::new(S::VERSION, &step.inputs())?)
    }

    fn explain_inputs(&self, subject: &str, inputs: Inputs) -> Result<Explanation, VaultError> {
        let Inputs { key, step, version, value } = inputs;
        let parts = leaves(&value);
        let ledger = self.ledger();
        let made_at = ledger.made_at(&key)?;
        let last = ledger.last_made(subject, step)?.filter(|made| made.key != key).map(|made| {
            let were = leaves(&serde_json::from_str(&made.inputs).unwrap_or(Value::Null));
            let mut changes = changes(&were, &parts);
            if made.version != version {
                let (was, is) = (Some(made.version.into()), Some(version.into()));
                changes.insert(0, Change { path: "step version".to_owned(), was, is });
            }
            Last { key: made.key, made_at: made.at, changes }
        });
        Ok(Explanation { subject: subject.to_owned(), step, version, key, made_at, parts, last })
    }
}

/// Every value that has no parts, by its path.
fn leaves(value: &Value) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    collect_leaves(String::new(), value, &mut found);
    found
}

fn collect_leaves(path: String, value: &Value, found: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (name, value) in map {
                let dot = if path.is_empty() { "" } else { "." };
                collect_leaves(format!("{path}{dot}{name}"), value, found);
            }
        }
        Value::Array(values) if !values.is_empty() => {
            for (index, value) in values.iter().enumerate() {
                collect_leaves(format!("{path}[{index}]"), value, found);
            }
        }
        leaf => {
            found.insert(path, leaf.clone());
        }
    }
}

fn changes(were: &BTreeMap<String, Value>, are: &BTreeMap<String, Value>) -> Vec<Change> {
    let both: BTreeSet<&String> = were.keys().chain(are.keys()).collect();
    let change = |path: &String| Change {
        path: path.clone(),
        was: were.get(path).cloned(),
        is: are.get(path).cloned(),
    };
    both.into_iter().map(change).filter(|change| change.was != change.is).collect()
}

impl fmt::Display for Explanation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subject, step, version, key, made_at, parts, last } = self;
        match made_at {
            Some(at) => writeln!(formatter, "{subject}: `{step}` version {version} was made {at}")?,
            None => writeln!(formatter, "{subject}: `{step}` version {version} is not made")?,
        }
        writeln!(formatter, "  key {key}")?;
        for (path, value) in parts {
            writeln!(formatter, "  {}: {}", name_of(path), shown(value))?;
        }
        let Some(last) = last else { return Ok(()) };
        writeln!(formatter, "changed since {}:", last.made_at)?;
        for change in last.changes.iter().take(CHANGES_SHOWN) {
            writeln!(formatter, "  {change}")?;
        }
        match last.changes.len().saturating_sub(CHANGES_SHOWN) {
            0 => Ok(()),
            more => writeln!(formatter, "  and {more} more"),
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = name_of(&self.path);
        match (&self.was, &self.is) {
            (Some(was), Some(is)) => write!(formatter, "{path}: {} -> {}", shown(was), shown(is)),
            (None, Some(is)) => write!(formatter, "{path}: new, {}", shown(is)),
            (Some(was), None) => write!(formatter, "{path}: gone, was {}", shown(was)),
            (None, None) => write!(formatter, "{path}: the same"),
        }
    }
}

/// Inputs that are one bare value have no path.
fn name_of(path: &str) -> &str {
    if path.is_empty() { "inputs" } else { path }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    let length = text.chars().count();
    if length <= VALUE_SHOWN_CHARS {
        return text;
    }
    let head: String = text.chars().take(VALUE_SHOWN_CHARS * 3 / 4).collect();
    let tail: String = text.chars().skip(length - VALUE_SHOWN_CHARS / 4).collect();
    format!("{head} … {tail}")
}
