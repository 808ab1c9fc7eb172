//! What services say, read: their answers are theirs, and anything may be in them.

use std::collections::BTreeMap;

use serde_json::Value;
use soundlock_service::{Reply, SignedWith, is_about_credit};
use soundlock_shoot::{Charged, Ended, Job, JobState, LookedUp, Money, Ready, Trouble};

use super::description::{Code, Codes, Cost, Description, Listing, Places, Poll};

/// Letters of an id that are kept; longer ones are none.
const LONGEST_ID: usize = 1024;
/// Letters of a link.
const LONGEST_LINK: usize = 16 << 10;
/// Links of a job, and clips of one.
const MOST_LINKS: usize = 16;
/// The dearest job that anybody may claim, in whole units of its currency.
const DEAREST: f64 = 1e6;

const WAITING: [&str; 14] = [
    "queued",
    "queueing",
    "in_queue",
    "pending",
    "submitted",
    "waiting",
    "created",
    "accepted",
    "scheduled",
    "not_started",
    "preparing",
    "throttled",
    "starting",
    "initializing",
];
const RUNNING: [&str; 12] = [
    "running",
    "processing",
    "in_progress",
    "progressing",
    "generating",
    "dreaming",
    "started",
    "active",
    "rendering",
    "executing",
    "working",
    "downloading",
];
const READY: [&str; 9] =
    ["completed", "complete", "succeeded", "succeed", "success", "successful", "done", "finished", "ready"];
const REFUSED: [&str; 10] = [
    "refused",
    "moderated",
    "blocked",
    "censored",
    "nsfw",
    "content_filtered",
    "content_filter",
    "moderation_failed",
    "content_moderated",
    "request_moderated",
];
const FAILED: [&str; 15] = [
    "failed",
    "fail",
    "failure",
    "error",
    "errored",
    "cancelled",
    "canceled",
    "cancelling",
    "aborted",
    "expired",
    "rejected",
    "timeout",
    "timed_out",
    "deleted",
    "interrupted",
];
/// What services say when they do not want to make or give something.
const MODERATION: [&str; 17] = [
    "moderat",
    "safety",
    "sensitive",
    "nsfw",
    "policy",
    "policies",
    "content filter",
    "content_filter",
    "prohibited",
    "responsible ai",
    "inappropriate",
    "violat",
    "risk control",
    "datainspection",
    "copyright",
    "likeness",
    "content checker",
];

/// Answers of one service, read without what they are signed with.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) description: &'a Description,
    pub(super) signed: Option<&'a SignedWith>,
}

/// How far a job is, where its own answer says all of it.
#[derive(Debug, PartialEq)]
pub(super) enum Seen {
    State(JobState),
    /// Made; the clip has to be asked for, with the file's id where there is one.
    Made(Ready, Option<String>),
}

/// What a code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Means {
    Busy,
    Refused,
    NoCredit,
    NotLetIn,
    Gone,
    Bad,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Waiting,
    Running,
    Ready,
    Refused,
    Failed,
    Gone,
}

impl Reading<'_> {
    /// The job that was accepted.
    pub(super) fn job(self, reply: &Reply, mut links: BTreeMap<String, String>) -> Result<Job, Trouble> {
        let Some(value) = json(&reply.bytes) else {
            return Err(self.lost("an answer that is no JSON", &reply.bytes));
        };
        let submit = &self.description.submit;
        let Some(id) = submit.id.0.iter().find_map(|place| id_at(&value, place)) else {
            return Err(match self.means(&value) {
                Some(means) => self.trouble(means, reply, &value),
                None => self.lost("an answer without a job", &reply.bytes),
            });
        };
        let named = submit.links.iter().filter_map(|(name, place)| {
            let link = value.pointer(place)?.as_str().filter(|link| link.len() <= LONGEST_LINK)?;
            Some((name.clone(), link.to_owned()))
        });
        links.extend(named.take(MOST_LINKS));
        Ok(Job { id, links })
    }

    /// How far a job is. What cannot be understood is no end of it.
    pub(super) fn state(self, poll: &Poll, bytes: &[u8]) -> Result<Seen, Trouble> {
        let Some(value) = json(bytes) else {
            return Err(self.lost("an answer that is no JSON", bytes));
        };
        let means = self.means(&value);
        let Some(word) = self.word(poll, &value) else {
            return match means {
                Some(Means::Gone) => Ok(Seen::State(JobState::Gone { said: self.why(&value, bytes) })),
                Some(Means::Bad) | None => Err(self.lost("an answer that does not say how far it is", bytes)),
                Some(means) => Err(told(means, self.why(&value, bytes), None)),
            };
        };
        let ended = |charged| Ended { said: self.why(&value, bytes), charged };
        let was_taken = is_at(&poll.refused_at, &value)
            || poll.refused_unless.0.iter().any(|place| value.pointer(place) == Some(&Value::Bool(false)));
        let is_over = matches!(word, Word::Ready | Word::Refused | Word::Failed);
        if is_over && (was_taken || word == Word::Refused) {
            return Ok(Seen::State(JobState::Refused(ended(refused_charge(poll, &value)))));
        }
        let word = if word == Word::Ready && is_at(&poll.broken_at, &value) { Word::Failed } else { word };
        Ok(match word {
            Word::Waiting => {
                let ahead = poll.ahead.as_ref().and_then(|place| value.pointer(place)?.as_u64());
                Seen::State(JobState::Waiting { ahead: ahead.and_then(|ahead| u32::try_from(ahead).ok()) })
            }
            Word::Running => Seen::State(JobState::Running { done: done(poll, &value), preview: None }),
            Word::Gone => Seen::State(JobState::Gone { said: self.why(&value, bytes) }),
            Word::Failed if means == Some(Means::Refused) => {
                Seen::State(JobState::Refused(ended(refused_charge(poll, &value))))
            }
            Word::Failed | Word::Refused => Seen::State(self.broke(poll, &value, self.why(&value, bytes))),
            Word::Ready => self.made(poll, &value, bytes),
        })
    }

    /// A job that was made: with links to it, with a place where it lies, or with something between.
    fn made(self, poll: &Poll, value: &Value, bytes: &[u8]) -> Seen {
        let said = poll
            .said
            .iter()
            .filter_map(|(name, place)| Some((name.clone(), self.short(value.pointer(place)?)?)));
        let mut ready =
            Ready { links: Vec::new(), charged: charged(poll.cost.as_ref(), value), said: said.collect() };
        let result = &self.description.result;
        if let Some(ask) = &result.ask {
            return Seen::Made(ready, ask.file.as_ref().and_then(|place| id_at(value, place)));
        }
        if result.path.is_some() {
            return Seen::State(JobState::Ready(ready));
        }
        if let Some(place) = &result.base64 {
            let is_there = value.pointer(place).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
            return Seen::State(if is_there {
                JobState::Ready(ready)
            } else {
                self.empty(poll, value, bytes)
            });
        }
        ready.links = links(value, &result.links);
        Seen::State(if ready.links.is_empty() {
            self.empty(poll, value, bytes)
        } else {
            JobState::Ready(ready)
        })
    }

    /// What was asked between the finished job and the clip.
    pub(super) fn between(self, poll: &Poll, reply: &Reply, mut ready: Ready) -> Result<JobState, Trouble> {
        let value = json(&reply.bytes).unwrap_or(Value::Null);
        let why = || self.why(&value, &reply.bytes);
        match reply.status {
            200..=299 => {}
            404 | 410 => return Ok(JobState::Gone { said: why() }),
            // The job's own end, told where its clip would be.
            400 | 422 => return Ok(self.broke(poll, &value, why())),
            _ => return Err(self.asked(reply)),
        }
        if value.is_null() {
            return Err(self.lost("an answer that is no JSON", &reply.bytes));
        }
        ready.links = links(&value, &self.description.result.links);
        ready.charged = ready.charged.or_else(|| charged(poll.cost.as_ref(), &value));
        match self.means(&value) {
            _ if !ready.links.is_empty() => Ok(JobState::Ready(ready)),
            Some(Means::Bad) | None => Ok(self.empty(poll, &value, &reply.bytes)),
            Some(means) => Err(self.trouble(means, reply, &value)),
        }
    }

    /// A job that is over and was not made. Words of moderation count where a reason is, not in what else the answer repeats:
    /// that may be the script's.
    fn broke(self, poll: &Poll, value: &Value, said: String) -> JobState {
        if self.reason(value).is_some_and(|reason| is_moderation(&reason)) {
            return JobState::Refused(Ended { said, charged: refused_charge(poll, value) });
        }
        let charged = charged(poll.cost.as_ref(), value).map_or(Charged::Nothing, Charged::This);
        JobState::Failed(Ended { said, charged })
    }

    /// A job that is said to be made, with nothing to fetch. Vendors charge for what they call made.
    fn empty(self, poll: &Poll, value: &Value, bytes: &[u8]) -> JobState {
        let said = self.reason(value);
        if let Some(said) = said.filter(|said| is_moderation(said)) {
            return JobState::Refused(Ended { said, charged: refused_charge(poll, value) });
        }
        let said = format!(
            "it says that it is made, and names no clip: {}",
            SignedWith::message(self.signed, bytes)
        );
        let charged = charged(poll.cost.as_ref(), value).map_or(Charged::AsEstimated, Charged::This);
        JobState::Failed(Ended { said, charged })
    }

    /// What a question came to that was not done. `submit` may have cost something only where nobody can tell.
    pub(super) fn handed_in(self, reply: &Reply) -> Trouble {
        let value = json(&reply.bytes).unwrap_or(Value::Null);
        if let Some(means) = self.means(&value).filter(|means| !matches!(means, Means::Bad | Means::Gone)) {
            return self.trouble(means, reply, &value);
        }
        let said = self.said(reply, &value);
        match reply.status {
            402 => Trouble::NoCredit { said },
            429 if reply.later.is_none() && is_about_credit(&said) => Trouble::NoCredit { said },
            429 => Trouble::Busy { said, after: reply.later },
            503 if reply.later.is_some() => Trouble::Busy { said, after: reply.later },
            401 => Trouble::NotLetIn { said },
            400..=499 if reply.status != 408 => match reply.status {
                _ if is_moderation(&said) => Trouble::Refused { said, charged: Charged::Nothing },
                _ if is_about_credit(&said) => Trouble::NoCredit { said },
                403 => Trouble::NotLetIn { said },
                404 | 410 => Trouble::NoModel { said },
                _ if is_about_model(&said) => Trouble::NoModel { said },
                _ => Trouble::TurnedDown { said },
            },
            300..=399 => Trouble::TurnedDown { said },
            status => Trouble::Lost { why: format!("status {status}: {said}") },
        }
    }

    /// What a question came to that may be asked again for nothing.
    pub(super) fn asked(self, reply: &Reply) -> Trouble {
        let value = json(&reply.bytes).unwrap_or(Value::Null);
        let said = self.said(reply, &value);
        match reply.status {
            401 | 403 => Trouble::NotLetIn { said },
            429 => Trouble::Busy { said, after: reply.later },
            503 if reply.later.is_some() => Trouble::Busy { said, after: reply.later },
            status => Trouble::Lost { why: format!("status {status}: {said}") },
        }
    }

    pub(super) fn said(self, reply: &Reply, value: &Value) -> String {
        if (300..400).contains(&reply.status) && !reply.location.is_empty() {
            let to = reply.location.split('?').next().unwrap_or_default();
            return SignedWith::one_line(self.signed, &format!("it has moved to {to}"));
        }
        let said = self.why(value, &reply.bytes);
        if reply.request.is_empty() { said } else { format!("{said} (its request {})", reply.request) }
    }

    fn word(self, poll: &Poll, value: &Value) -> Option<Word> {
        let said = poll.state.0.iter().find_map(|place| value.pointer(place)?.as_str());
        if let Some(word) = said.and_then(|said| word(poll, said)) {
            return Some(word);
        }
        match poll.done.as_ref().map(|place| value.pointer(place)) {
            Some(Some(Value::Bool(true))) => Some(Word::Ready),
            // Operations leave it out until it is true.
            Some(Some(Value::Bool(false)) | None)
                if poll.state.0.is_empty() && self.means(value).is_none() =>
            {
                (value.is_object() && !is_at(&poll.broken_at, value)).then_some(Word::Running)
            }
            _ => None,
        }
    }

    fn means(self, value: &Value) -> Option<Means> {
        let codes = self.description.codes.as_ref()?;
        let code = codes
            .at
            .0
            .iter()
            .find_map(|place| value.pointer(place).filter(|code| is_something(Some(code))))?;
        means(codes, code)
    }

    fn trouble(self, means: Means, reply: &Reply, value: &Value) -> Trouble {
        told(means, self.said(reply, value), reply.later)
    }

    /// Why, in its words, where it says so.
    fn reason(self, value: &Value) -> Option<String> {
        let places = self.description.poll.as_ref().map(|poll| poll.reason.0.as_slice()).unwrap_or_default();
        places.iter().find_map(|place| self.short(value.pointer(place)?))
    }

    fn why(self, value: &Value, bytes: &[u8]) -> String {
        let why = self.reason(value).unwrap_or_else(|| SignedWith::message(self.signed, bytes));
        if why.is_empty() { "it does not say why".to_owned() } else { why }
    }

    /// A value on one line; `None` where nothing is there.
    fn short(self, value: &Value) -> Option<String> {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Array(_) | Value::Object(_) if is_something(Some(value)) => value.to_string(),
            _ => return None,
        };
        let line = SignedWith::one_line(self.signed, &text);
        (!line.is_empty()).then_some(line)
    }

    fn lost(self, what: &str, bytes: &[u8]) -> Trouble {
        Trouble::Lost { why: format!("{what}: {}", SignedWith::message(self.signed, bytes)) }
    }
}

/// The one job of a list that is ours.
pub(super) fn listed(list: &Listing, bytes: &[u8], id: &str, prompt: &str, seed: u64) -> LookedUp {
    let value = json(bytes).unwrap_or(Value::Null);
    let Some(items) = value.pointer(&list.items).and_then(Value::as_array) else {
        return LookedUp::CannotTell;
    };
    let is_ours = |item: &&Value| {
        let at = |place: &Option<String>| place.as_ref().and_then(|place| item.pointer(place));
        let by_name = at(&list.own).and_then(Value::as_str).is_some_and(|own| own == id);
        let same_seed = at(&list.seed).and_then(whole).is_some_and(|own| own == seed);
        let same_prompt = at(&list.prompt).and_then(Value::as_str).is_some_and(|own| own == prompt);
        by_name || (same_seed && same_prompt)
    };
    let mut ours = items.iter().filter(is_ours);
    match (ours.next().and_then(|item| id_at(item, &list.id)), ours.next()) {
        (Some(id), None) => LookedUp::Found(Job { id, links: BTreeMap::new() }),
        _ => LookedUp::CannotTell,
    }
}

pub(super) fn json(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(bytes).ok()
}

/// Whether something is there that says anything.
fn is_something(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(values)) => !values.is_empty(),
        Some(Value::Object(map)) => !map.is_empty(),
        Some(Value::Bool(true) | Value::Number(_)) => true,
    }
}

fn is_at(places: &Places, value: &Value) -> bool {
    places.0.iter().any(|place| is_something(value.pointer(place)))
}

pub(super) fn id_at(value: &Value, place: &str) -> Option<String> {
    let id = match value.pointer(place)? {
        Value::String(id) => id.clone(),
        Value::Number(id) => id.to_string(),
        _ => return None,
    };
    (!id.is_empty() && id.len() <= LONGEST_ID && !id.chars().any(char::is_control)).then_some(id)
}

fn whole(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// Links at the first place that has any.
pub(super) fn links(value: &Value, places: &Places) -> Vec<String> {
    let at = |place: &String| -> Vec<String> {
        let mut found = Vec::new();
        collect(value, &place.split('/').skip(1).collect::<Vec<_>>(), &mut found);
        found
    };
    places.0.iter().map(at).find(|links| !links.is_empty()).unwrap_or_default()
}

/// Strings at a place, where `*` is every one of a list; a list at its end is taken apart.
fn collect(value: &Value, parts: &[&str], found: &mut Vec<String>) {
    match (parts, value) {
        ([], Value::String(link))
            if !link.is_empty() && link.len() <= LONGEST_LINK && found.len() < MOST_LINKS =>
        {
            found.push(link.clone());
        }
        ([], Value::Array(values)) => {
            values.iter().filter(|value| value.is_string()).for_each(|value| collect(value, &[], found));
        }
        (["*", rest @ ..], Value::Array(values)) => {
            values.iter().take(MOST_LINKS).for_each(|value| collect(value, rest, found));
        }
        ([part, rest @ ..], _) => {
            if let Some(value) = value.pointer(&format!("/{part}")) {
                collect(value, rest, found);
            }
        }
        _ => {}
    }
}

fn word(poll: &Poll, said: &str) -> Option<Word> {
    let said = said.trim().to_lowercase().replace([' ', '-'], "_");
    let own = &poll.words;
    let has = |words: &[String]| words.contains(&said);
    let is = |words: &[&str]| words.contains(&said.as_str());
    match () {
        () if has(&own.waiting) => Some(Word::Waiting),
        () if has(&own.running) => Some(Word::Running),
        () if has(&own.ready) => Some(Word::Ready),
        () if has(&own.refused) => Some(Word::Refused),
        () if has(&own.failed) => Some(Word::Failed),
        () if has(&own.gone) => Some(Word::Gone),
        () if is(&WAITING) => Some(Word::Waiting),
        () if is(&RUNNING) => Some(Word::Running),
        () if is(&READY) => Some(Word::Ready),
        () if is(&REFUSED) => Some(Word::Refused),
        () if is(&FAILED) => Some(Word::Failed),
        () => None,
    }
}

fn done(poll: &Poll, value: &Value) -> Option<u16> {
    let value = value.pointer(poll.progress.as_ref()?)?;
    let number = value.as_f64().or_else(|| value.as_str()?.trim_end_matches('%').trim().parse().ok())?;
    let part = number / poll.progress_of;
    part.is_finite().then(|| (part.clamp(0.0, 1.0) * 1000.0).round() as u16)
}

/// What it says that it charged, to the millionth.
fn charged(cost: Option<&Cost>, value: &Value) -> Option<Money> {
    let cost = cost?;
    let value = value.pointer(&cost.at)?;
    let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    let amount = number * cost.unit;
    let fits = (0.0..=DEAREST).contains(&amount);
    fits.then(|| Money { micros: (amount * 1e6).round() as i64, currency: cost.currency.clone() })
}

fn refused_charge(poll: &Poll, value: &Value) -> Charged {
    match charged(poll.cost.as_ref(), value) {
        Some(money) => Charged::This(money),
        None if poll.refused_charged => Charged::AsEstimated,
        None => Charged::Nothing,
    }
}

fn means(codes: &Codes, code: &Value) -> Option<Means> {
    let is = |list: &[Code]| {
        list.iter().any(|known| match (known, code) {
            (Code::Number(known), Value::Number(code)) => code.as_i64() == Some(*known),
            (Code::Number(known), Value::String(code)) => code.parse() == Ok(*known),
            (Code::Name(known), Value::String(code)) => code.starts_with(known.as_str()),
            _ => false,
        })
    };
    match () {
        () if is(&codes.good) => None,
        () if is(&codes.busy) => Some(Means::Busy),
        () if is(&codes.refused) => Some(Means::Refused),
        () if is(&codes.no_credit) => Some(Means::NoCredit),
        () if is(&codes.not_let_in) => Some(Means::NotLetIn),
        () if is(&codes.gone) => Some(Means::Gone),
        () => Some(Means::Bad),
    }
}

fn told(means: Means, said: String, after: Option<std::time::Duration>) -> Trouble {
    match means {
        Means::Busy => Trouble::Busy { said, after },
        Means::Refused => Trouble::Refused { said, charged: Charged::Nothing },
        Means::NoCredit => Trouble::NoCredit { said },
        Means::NotLetIn => Trouble::NotLetIn { said },
        Means::Bad | Means::Gone if is_moderation(&said) => {
            Trouble::Refused { said, charged: Charged::Nothing }
        }
        Means::Bad | Means::Gone => Trouble::TurnedDown { said },
    }
}

/// Whether it says that it does not know the model. Words about a model and one of its inputs are no such thing.
fn is_about_model(said: &str) -> bool {
    let said = said.to_lowercase().replace('_', " ");
    let lacks =
        ["model not found", "no such model", "unknown model", "a valid model", "model has been retired"];
    lacks.iter().any(|words| said.contains(words))
        || (said.contains("model") && said.contains("does not exist"))
}

fn is_moderation(said: &str) -> bool {
    let said = said.to_lowercase();
    MODERATION.iter().any(|word| said.contains(word))
}
