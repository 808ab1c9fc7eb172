//! A question to a model, checked, repaired once.

use std::cell::Cell;
use std::fmt::Write as _;

use serde::de::DeserializeOwned;
use serde_json::Value;
use soundlock_service::Usd;
use soundlock_vault::{Hash, Key, RunError};

use crate::chat::{Message, Spoken};
use crate::context::{Model, ModelContext, Pricing};
use crate::paid::{self, Attempt, End};
use crate::reply::value_in;
use crate::step::{Call, Reply};
use crate::{AssistantError, Usage};

/// Bytes of a reply that are told back to its model with what is wrong about it.
const TOLD_BACK: usize = 12_000;
/// Faults that are told, to the model and to a person.
const FAULTS_TOLD: usize = 8;

/// What a model is asked for.
#[derive(Debug, Clone)]
pub struct Task {
    /// In the trade's words: `changes to scene 12`.
    pub subject: String,
    /// Name of the answer's form.
    pub(crate) name: &'static str,
    /// What the model is.
    pub(crate) system: String,
    /// What is asked.
    pub(crate) user: String,
    /// The form of the answer.
    pub(crate) schema: Value,
}

/// A reply, where it came from and what it cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// What the server calls the model, else what `film.toml` does.
    pub model: String,
    /// The kept reply.
    pub reply: Hash,
    /// Whether it was asked just now, and not found.
    pub asked: bool,
    /// What it cost just now, repairs counted in; `None` where nobody knows.
    pub cost: Option<Usd>,
    /// Tokens of the reply, where the server counts them.
    pub usage: Option<Usage>,
}

/// What came of a question: what can be used, and what cannot.
#[derive(Debug, Clone)]
pub struct Told<T> {
    /// What can be used.
    pub value: T,
    /// What cannot, clauses.
    pub faults: Vec<String>,
    /// Where it came from.
    pub said: Said,
}

impl Task {
    pub(crate) fn messages(&self) -> Vec<Message> {
        vec![
            Message { role: "system", content: self.system.clone() },
            Message { role: "user", content: self.user.clone() },
        ]
    }

    /// Whether its reply is kept.
    pub(crate) fn is_answered(&self, context: &ModelContext<'_>) -> Result<bool, AssistantError> {
        let (_, key) = newest(&self.messages(), &self.schema, context)?;
        Ok(context.vault.find(&key)?.is_some())
    }

    /// The most that asking once costs; `None` where nobody knows.
    pub(crate) fn most_cost(&self, model: &Model) -> Option<Usd> {
        most_cost(&self.messages(), &self.schema, model)
    }
}

/// Asks for `task`. `check` gives what can be used of an answer, and clauses that say what cannot; where it finds any, the
/// model is told them once, and the better answer counts.
///
/// An error where nothing can be used.
pub(crate) fn ask<J: DeserializeOwned, T>(
    task: &Task,
    context: &ModelContext<'_>,
    check: impl Fn(J) -> (Option<T>, Vec<String>),
) -> Result<Told<T>, AssistantError> {
    let judge = |text: &str| match value_in::<J>(text) {
        Ok(value) => check(value),
        Err(faults) => (None, faults),
    };
    let mut messages = task.messages();
    let (first_text, first_said) = reply(&messages, task, context)?;
    let first = match judge(&first_text) {
        (Some(value), faults) if faults.is_empty() => return Ok(Told { value, faults, said: first_said }),
        first => first,
    };
    messages.push(Message { role: "assistant", content: start(&first_text, TOLD_BACK) });
    messages.push(Message { role: "user", content: complaint(&first.1) });
    let repair = Task { subject: format!("{}, repaired", task.subject), ..task.clone() };
    let second = match reply(&messages, &repair, context) {
        Ok((text, said)) => Some((judge(&text), said)),
        // What can be used of the first answer stands.
        Err(error @ (AssistantError::Cancelled(_) | AssistantError::Vault(_))) => return Err(error),
        Err(error) if first.0.is_none() => return Err(error),
        Err(error) => {
            context.warn(format!("{error}; what could be used of its first answer stands"));
            None
        }
    };
    better((first, first_said), second)
        .map(|((value, faults), said)| Told { value, faults: told(faults), said })
        .map_err(|faults| unusable(task, context, faults))
}

type Judged<T> = (Option<T>, Vec<String>);
/// What can be used, its faults, and what was said.
type Better<T> = ((T, Vec<String>), Said);

/// The answer of which more can be used, with its faults; the faults of the last one where neither can.
fn better<T>(
    (first, first_said): (Judged<T>, Said),
    second: Option<(Judged<T>, Said)>,
) -> Result<Better<T>, Vec<String>> {
    let asked_both = second.as_ref().map(|(_, said)| said.asked || first_said.asked);
    let cost =
        second.as_ref().map(|(_, said)| first_said.cost.zip(said.cost).map(|(one, other)| one + other));
    let (chosen, said) = match second {
        Some((second, said))
            if second.0.is_some() && (first.0.is_none() || second.1.len() < first.1.len()) =>
        {
            (second, said)
        }
        Some((second, _)) if first.0.is_none() => return Err(second.1),
        _ => (first, first_said),
    };
    let said = Said { asked: asked_both.unwrap_or(said.asked), cost: cost.unwrap_or(said.cost), ..said };
    let (value, faults) = chosen;
    value.map(|value| ((value, faults.clone()), said)).ok_or(faults)
}

fn unusable(task: &Task, context: &ModelContext<'_>, faults: Vec<String>) -> AssistantError {
    let (subject, model) = (task.subject.clone(), context.model.name.clone());
    AssistantError::Unusable { subject, model, faults: told(faults) }
}

/// So many faults as somebody reads.
fn told(mut faults: Vec<String>) -> Vec<String> {
    if faults.len() > FAULTS_TOLD {
        let more = faults.len() - FAULTS_TOLD;
        faults.truncate(FAULTS_TOLD);
        faults.push(format!("and {more} more"));
    }
    faults
}

fn complaint(faults: &[String]) -> String {
    let mut text = "Your answer cannot be used as it is:\n".to_owned();
    for fault in told(faults.to_vec()) {
        let _ = writeln!(text, "- {fault}");
    }
    text + "Answer again in full, with the corrected JSON value alone."
}

fn start(text: &str, bytes: usize) -> String {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text[..end].to_owned()
}

/// The round in which `messages` were asked last, and the key of its reply; round 0 where they never were.
fn newest(
    messages: &[Message],
    schema: &Value,
    context: &ModelContext<'_>,
) -> Result<(u32, Key), AssistantError> {
    let key = |round| {
        let model = context.model.name.as_str();
        context.vault.key_of(&Reply { model, messages, schema, round, call: None })
    };
    let (mut round, mut newest) = (0, key(0)?);
    while let Some(next) = Some(key(round + 1)?).filter(|_| round < 1000)
        && context.vault.find(&next)?.is_some()
    {
        (round, newest) = (round + 1, next);
    }
    Ok((round, newest))
}

/// What the model says to `messages`: found, or else asked.
fn reply(
    messages: &[Message],
    task: &Task,
    context: &ModelContext<'_>,
) -> Result<(String, Said), AssistantError> {
    let (mut round, mut key) = newest(messages, &task.schema, context)?;
    let model = context.model;
    let kept = context.vault.find(&key)?.is_some();
    let renew = context.again && kept && !context.renewed.borrow().contains(&key.to_string());
    if renew {
        round += 1;
        let (model, schema) = (model.name.as_str(), &task.schema);
        key = context.vault.key_of(&Reply { model, messages, schema, round, call: None })?;
    }
    if renew || !kept {
        must_be_asked(&key, task, context)?;
        context.renewed.borrow_mut().insert(key.to_string());
    }
    let address = model.address.to_string();
    let attempt = Attempt {
        key,
        model: model.name.clone(),
        address,
        most_usd_micros: most_cost(messages, &task.schema, model),
    };
    let call = Call { subject: &task.subject, name: task.name, attempt, context, came: Cell::new(None) };
    let step = Reply { model: &model.name, messages, schema: &task.schema, round, call: Some(call) };
    let made = context.vault.run(&task.subject, &step);
    let came = step.call.as_ref().and_then(|call| call.came.take());
    let object = match (made, came.clone()) {
        (Ok(object), _) => object,
        (Err(RunError::Step(error)), None) => return Err(error),
        (Err(RunError::Vault(error)), None) => return Err(error.into()),
        // It came, and could not be laid down: a full disk, say.
        (Err(error), Some(end)) => {
            let why = format!("it came and could not be kept: {error}");
            paid::in_doubt(context.vault, &task.subject, &End { why, ..end })?;
            return Err(match error {
                RunError::Step(error) => error,
                RunError::Vault(error) => error.into(),
            });
        }
    };
    let cost = match came {
        Some(end) => {
            let end = End { hash: Some(object.hash), ..end };
            paid::done(context.vault, &task.subject, &end)?;
            end.cost_usd_micros
        }
        None => Some(Usd::ZERO),
    };
    let spoken: Spoken = serde_json::from_slice(&context.vault.read(&object)?)
        .map_err(|source| AssistantError::Io { file: object.path.clone(), source: source.into() })?;
    let named = if spoken.model.is_empty() { model.name.clone() } else { spoken.model };
    let said = Said { model: named, reply: object.hash, asked: object.made, cost, usage: spoken.usage };
    Ok((spoken.text, said))
}

/// Whether it may be asked now: not stopped, with its key, and not where it may be paid for already.
fn must_be_asked(key: &Key, task: &Task, context: &ModelContext<'_>) -> Result<(), AssistantError> {
    context.cancel.check()?;
    let model = context.model;
    if let (None, Some(key_env)) = (&model.key, &model.key_env) {
        return Err(AssistantError::NoKey { model: model.name.clone(), key_env: key_env.clone() });
    }
    match paid::doubt(context.vault, key)?.filter(|_| !context.again) {
        Some(doubt) => {
            let (subject, model) = (task.subject.clone(), model.name.clone());
            Err(AssistantError::InDoubt { subject, model, doubt })
        }
        None => Ok(()),
    }
}

fn most_cost(messages: &[Message], schema: &Value, model: &Model) -> Option<Usd> {
    if model.price == Pricing::Free {
        return Some(Usd::ZERO);
    }
    let bytes: usize = messages.iter().map(|message| message.content.len() + 40).sum();
    let read = (bytes + 2 * schema.to_string().len()).div_ceil(2) as u64;
    model.price.of(read, u64::from(model.max_tokens))
}
