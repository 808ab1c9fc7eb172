//! One question and its reply, which is kept.

use std::cell::Cell;
use std::path::Path;
use std::thread;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use soundlock_service::{Answer, Question, ServiceError, Usd, Watch};
use soundlock_vault::{Cancel, EntryId, Event, Keep, Reporter, Step};

use crate::chat::{Message, Spoken, body, most_bytes, read};
use crate::context::{ModelContext, check_limits};
use crate::paid::{self, Attempt, End};
use crate::{AssistantError, Usage};

/// A reply of a model to a conversation, as JSON. It may be paid for, so it is never freed and never made again by itself.
pub(crate) struct Reply<'a> {
    pub(crate) model: &'a str,
    pub(crate) messages: &'a [Message],
    pub(crate) schema: &'a Value,
    /// How often it was asked anew before.
    pub(crate) round: u32,
    /// Who is asked; nobody where the reply is only looked for.
    pub(crate) call: Option<Call<'a>>,
}

/// What a model is asked with.
pub(crate) struct Call<'a> {
    pub(crate) subject: &'a str,
    pub(crate) name: &'a str,
    pub(crate) attempt: Attempt,
    pub(crate) context: &'a ModelContext<'a>,
    /// How the attempt ended, once a reply came that can be kept.
    pub(crate) came: Cell<Option<End>>,
}

#[derive(Serialize)]
struct Inputs<'a> {
    model: &'a str,
    messages: &'a [Message],
    schema: &'a Value,
    round: u32,
}

impl Step for Reply<'_> {
    type Error = AssistantError;
    const VERSION: (&'static str, u32) = ("model-reply", 1);
    const EXTENSION: &'static str = "json";

    /// Where the model is does not belong to it, nor how its form was asked for, nor how long it might have been: a reply
    /// that came whole is not paid for twice.
    fn inputs(&self) -> impl Serialize {
        Inputs { model: self.model, messages: self.messages, schema: self.schema, round: self.round }
    }

    fn keeps(&self) -> Keep {
        Keep::Take
    }

    fn make(&self, file: &Path) -> Result<(), AssistantError> {
        let Some(call) = &self.call else {
            return Err(AssistantError::NothingToAsk { why: "the reply is not kept".to_owned() });
        };
        let context = call.context;
        check_limits(call.attempt.most_usd_micros, context)?;
        let intent = paid::begin(context.vault, call.subject, &call.attempt)?;
        let ended = |why: String| End { intent: intent.0, why, ..End::default() };
        let answer = match self.ask(call) {
            Ok(answer) => answer,
            Err(source) => {
                let note = if source.may_be_charged() { paid::in_doubt } else { paid::was_free };
                note(context.vault, call.subject, &ended(source.to_string()))?;
                let (subject, model) = (call.subject.to_owned(), self.model.to_owned());
                return Err(AssistantError::Service { subject, model, source });
            }
        };
        let spoken = read(&answer.bytes).unwrap_or_else(|fault| Spoken { fault, ..Spoken::default() });
        let end = End { request: answer.request.clone(), ..call.ended(intent, &spoken) };
        if !spoken.fault.is_empty() {
            return Err(call.unusable(end, &answer, &spoken.fault)?);
        }
        call.came.set(Some(end));
        let bytes = serde_json::to_vec(&spoken).unwrap_or_default();
        std::fs::write(file, bytes).map_err(|source| AssistantError::Io { file: file.to_owned(), source })
    }
}

impl Reply<'_> {
    /// Asks, and asks again in another form where the server does not take one; what was refused cost nothing.
    fn ask(&self, call: &Call<'_>) -> Result<Answer, ServiceError> {
        let context = call.context;
        let (model, path) = (context.model, context.model.path(&["chat", "completions"]));
        let (client, signed) = (model.client(), model.signed());
        loop {
            let learned = context.learned.get();
            let json = body(model, learned, self.messages, call.name, self.schema);
            let question = Question {
                address: &model.address,
                path: &path,
                query: &[],
                signed: signed.as_ref(),
                json: &json,
                most_bytes: most_bytes(model),
            };
            let watch = Stop { cancel: context.cancel, waits: call.waits() };
            let error = match client.post(&question, &watch) {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let ServiceError::Refused { status: 400 | 422, said, .. } = &error else { return Err(error) };
            let about_tokens = said.contains("max_tokens") || said.contains("max_completion_tokens");
            if about_tokens && !learned.completion_tokens {
                context.learned.set(crate::context::Learned { completion_tokens: true, ..learned });
            } else if let Some(schema) = learned.schema.next() {
                context.learned.set(crate::context::Learned { schema, ..learned });
            } else {
                return Err(error);
            }
        }
    }
}

impl Call<'_> {
    fn ended(&self, intent: EntryId, spoken: &Spoken) -> End {
        let price = self.context.model.price;
        let counted = spoken.usage.and_then(|Usage { read, written }| price.of(read, written));
        End {
            intent: intent.0,
            answered_by: spoken.model.clone(),
            usage: spoken.usage,
            cost_usd_micros: counted.or(self.attempt.most_usd_micros),
            ..End::default()
        }
    }

    /// Keeps what came all the same, because it may be paid for, and notes it as in doubt; gives the error.
    fn unusable(&self, end: End, answer: &Answer, why: &str) -> Result<AssistantError, AssistantError> {
        let as_it_came = AsItCame { intent: EntryId(end.intent), bytes: &answer.bytes };
        let keep = || self.context.vault.run(&format!("answer for {}", self.subject), &as_it_came);
        let (place, hash) = match (!answer.bytes.is_empty()).then(keep) {
            None => (String::new(), None),
            Some(Ok(kept)) => {
                let root = self.context.vault.dir().parent().unwrap_or(self.context.vault.dir());
                let path = kept.path.strip_prefix(root).unwrap_or(&kept.path);
                (format!("; it is kept as {}", path.display()), Some(kept.hash))
            }
            Some(Err(error)) => (format!("; it could not be kept: {error}"), None),
        };
        let why = format!("{why}{place}");
        let end = End { why: format!("what came {why}"), hash, ..end };
        paid::in_doubt(self.context.vault, self.subject, &end)?;
        let model = self.context.model;
        let (subject, address) = (self.subject.to_owned(), model.address.to_string());
        Ok(AssistantError::Answer { subject, model: model.name.clone(), address, why })
    }

    /// Who is told of it, where an answer may be paid for and so is waited for.
    fn waits(&self) -> Option<(&dyn Reporter, &str)> {
        let may_cost = self.attempt.most_usd_micros != Some(Usd::ZERO);
        may_cost.then_some((self.context.reporter, self.subject))
    }
}

/// Listens for somebody who wants to stop.
pub(crate) struct Stop<'a> {
    cancel: &'a Cancel,
    waits: Option<(&'a dyn Reporter, &'a str)>,
}

/// How long an answer that may be paid for is still waited for when somebody wants to stop.
const GRACE: Duration = Duration::from_secs(20);

impl<'a> Stop<'a> {
    /// Where nothing can cost.
    pub(crate) fn free(cancel: &'a Cancel) -> Self {
        Self { cancel, waits: None }
    }
}

impl Watch for Stop<'_> {
    fn pause(&self, pause: Duration) -> bool {
        const SLICE: Duration = Duration::from_millis(50);
        let mut left = pause;
        while !left.is_zero() && !self.is_stopped() {
            let slice = left.min(SLICE);
            thread::sleep(slice);
            left -= slice;
        }
        !self.is_stopped()
    }

    fn is_stopped(&self) -> bool {
        self.cancel.is_cancelled()
    }

    fn grace(&self) -> Duration {
        let Some((reporter, subject)) = self.waits else { return Duration::ZERO };
        let message = format!(
            "waiting {} s at most for {subject}, which may be paid for already; Ctrl-C again leaves it in doubt",
            GRACE.as_secs()
        );
        reporter.report(Event::Warning { stage: "model", message });
        GRACE
    }
}

/// An answer that cannot be used, as it came. It may be paid for, so it is never freed.
struct AsItCame<'a> {
    intent: EntryId,
    bytes: &'a [u8],
}

impl Step for AsItCame<'_> {
    type Error = AssistantError;
    const VERSION: (&'static str, u32) = ("model-answer-as-it-came", 1);
    const EXTENSION: &'static str = "answer";

    fn inputs(&self) -> impl Serialize {
        self.intent.0
    }

    fn keeps(&self) -> Keep {
        Keep::Take
    }

    fn make(&self, file: &Path) -> Result<(), AssistantError> {
        std::fs::write(file, self.bytes)
            .map_err(|source| AssistantError::Io { file: file.to_owned(), source })
    }
}
