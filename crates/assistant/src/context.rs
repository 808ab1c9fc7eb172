use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use serde_json::json;
use soundlock_service::{Address, Client, Key, Patience, Question, ServiceError, SignedWith, Usd};
use soundlock_vault::{Cancel, Event, Reporter, Vault};

use crate::ask::Task;
use crate::step::Stop;
use crate::{AssistantError, paid};

/// A language model, as `film.toml` has it.
#[derive(Debug, Clone)]
pub struct Model {
    /// Its name at the server: `qwen3:14b`.
    pub name: String,
    /// Where the server is.
    pub address: Address,
    /// Whether paths there begin with `/v1`.
    pub versioned: bool,
    /// Its key, as it was handed in.
    pub key: Option<Key>,
    /// The environment variable that the key is in; for servers that need one.
    pub key_env: Option<String>,
    /// What it costs.
    pub price: Pricing,
    /// The most that it may cost the film.
    pub most: Option<Usd>,
    /// How long an answer may take, in seconds.
    pub timeout_secs: u64,
    /// The most tokens that an answer may have, thinking counted in.
    pub max_tokens: u32,
    /// How the form of answers is asked for first.
    pub schema: SchemaMode,
    /// Whether answers are sent word by word. The same is understood either way; it keeps gateways from hanging up.
    pub stream: bool,
}

/// What a model costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pricing {
    /// Nothing: it runs on this machine.
    Free,
    /// So much for a million tokens that it reads and writes.
    PerMillion {
        /// Tokens read.
        tokens_in: Usd,
        /// Tokens written.
        tokens_out: Usd,
    },
    /// Nobody said.
    Unknown,
}

/// How a server is asked for answers of a form. Where it refuses one, the next is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaMode {
    /// `response_format` with the schema, which most servers hold the model to.
    JsonSchema,
    /// `response_format` that asks for JSON, the schema in words.
    JsonObject,
    /// In words alone.
    Words,
}

/// What a film may still spend on it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Budget {
    /// The limit of the whole film.
    pub limit: Option<Usd>,
    /// What others have spent of it.
    pub spent_elsewhere: Usd,
}

/// What is asked with: the model, and what libraries do not fetch for themselves.
pub struct ModelContext<'a> {
    /// The model.
    pub model: &'a Model,
    /// Where its replies are kept.
    pub vault: &'a Vault,
    /// Who hears what happens.
    pub reporter: &'a dyn Reporter,
    /// Raised to stop.
    pub cancel: &'a Cancel,
    /// What may be spent.
    pub budget: Budget,
    /// Ask anew what was answered before or may have been.
    pub again: bool,
    /// What was learned of the server.
    pub(crate) learned: Cell<Learned>,
    /// Questions asked anew so far, so that `again` asks each once.
    pub(crate) renewed: RefCell<BTreeSet<String>>,
}

/// What a server takes, learned from what it refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Learned {
    pub(crate) schema: SchemaMode,
    /// Whether it wants `max_completion_tokens` in the place of `max_tokens`.
    pub(crate) completion_tokens: bool,
}

/// What questions would cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// How many are not answered yet.
    pub questions: usize,
    /// The most that they cost, repairs counted in; `None` where nobody knows.
    pub most: Option<Usd>,
}

impl SchemaMode {
    /// Names in `film.toml`.
    pub const NAMES: [&'static str; 3] = ["json_schema", "json_object", "none"];

    /// The mode of this name; `None` where there is none.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "json_schema" => Some(Self::JsonSchema),
            "json_object" => Some(Self::JsonObject),
            "none" => Some(Self::Words),
            _ => None,
        }
    }

    /// What to try when a server refuses this.
    pub(crate) fn next(self) -> Option<Self> {
        match self {
            Self::JsonSchema => Some(Self::JsonObject),
            Self::JsonObject => Some(Self::Words),
            Self::Words => None,
        }
    }
}

impl Pricing {
    /// What so many tokens cost, rounded up; `None` where nobody knows.
    pub fn of(self, tokens_in: u64, tokens_out: u64) -> Option<Usd> {
        let part = |price: Usd, tokens: u64| {
            let micros = (u128::from(price.0) * u128::from(tokens)).div_ceil(1_000_000);
            Usd(u64::try_from(micros).unwrap_or(u64::MAX))
        };
        match self {
            Self::Free => Some(Usd::ZERO),
            Self::PerMillion { tokens_in: read, tokens_out: written } => {
                Some(part(read, tokens_in) + part(written, tokens_out))
            }
            Self::Unknown => None,
        }
    }
}

impl Model {
    /// Parts of the path to `end` at its server.
    pub(crate) fn path<'p>(&self, end: &[&'p str]) -> Vec<&'p str> {
        let version: &[&'p str] = if self.versioned { &["v1"] } else { &[] };
        [version, end].concat()
    }

    /// Whether an address as written has paths below it that begin with `/v1`: those that end so, and those without a path.
    pub fn is_versioned(url: &str) -> bool {
        let url = url.trim().trim_end_matches('/');
        let path = url.split_once("://").map_or(url, |(_, rest)| rest).split_once('/');
        path.is_none_or(|(_, path)| path == "v1" || path.ends_with("/v1"))
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(Patience { connect_secs: 20, answer_secs: self.timeout_secs })
    }

    pub(crate) fn signed(&self) -> Option<SignedWith> {
        self.key.clone().map(SignedWith::Bearer)
    }

    /// Whether questions cost nothing and stay on this machine or in private networks.
    pub fn is_harmless(&self) -> bool {
        self.price == Pricing::Free && self.address.is_near()
    }
}

impl<'a> ModelContext<'a> {
    /// What `model` is asked with.
    pub fn new(
        model: &'a Model,
        vault: &'a Vault,
        reporter: &'a dyn Reporter,
        cancel: &'a Cancel,
        budget: Budget,
    ) -> Self {
        let learned = Cell::new(Learned { schema: model.schema, completion_tokens: false });
        let renewed = RefCell::default();
        Self { model, vault, reporter, cancel, budget, again: false, learned, renewed }
    }

    pub(crate) fn warn(&self, message: String) {
        self.reporter.report(Event::Warning { stage: "model", message });
    }
}

/// What `tasks` would cost that are not answered yet, each with a repair.
///
/// A token is taken for two bytes, which is more than any model in use reads; the answer for as long as it may be.
pub fn estimate(tasks: &[Task], context: &ModelContext<'_>) -> Result<Estimate, AssistantError> {
    let (mut questions, mut most) = (0, Some(Usd::ZERO));
    for task in tasks {
        if context.again || !task.is_answered(context)? {
            questions += 1;
            let once = task.most_cost(context.model);
            most = most.zip(once).map(|(sum, once)| sum + once + once + once);
        }
    }
    Ok(Estimate { questions, most })
}

/// An error where `cost` passes a limit or nobody set one.
pub(crate) fn check_limits(cost: Option<Usd>, context: &ModelContext<'_>) -> Result<(), AssistantError> {
    let Some(cost) = cost.filter(|cost| *cost > Usd::ZERO) else { return Ok(()) };
    let (model, budget) = (context.model, context.budget);
    if model.most.is_none() && budget.limit.is_none() {
        return Err(AssistantError::NoLimit { model: model.name.clone(), cost });
    }
    let spent = paid::spent(context.vault)?;
    let limits =
        [(model.most, spent, "model.most_usd"), (budget.limit, spent + budget.spent_elsewhere, "budget.usd")];
    for (limit, spent, name) in limits {
        if let Some(limit) = limit.filter(|limit| spent + cost > *limit) {
            return Err(AssistantError::OverBudget { cost, left: limit.less(spent), limit, name });
        }
    }
    Ok(())
}

/// Asks the model for one word: whether it answers, and what it calls itself. Nothing is kept.
pub fn is_there(model: &Model, cancel: &Cancel) -> Result<String, ServiceError> {
    let json = json!({
        "model": model.name,
        "messages": [{ "role": "user", "content": "Answer with the word yes." }],
        "stream": false,
    });
    let path = model.path(&["chat", "completions"]);
    let signed = model.signed();
    let question = Question {
        address: &model.address,
        path: &path,
        query: &[],
        signed: signed.as_ref(),
        json: &json,
        most_bytes: 1 << 20,
    };
    let answer = model.client().post(&question, &Stop::free(cancel))?;
    let lost = |why| ServiceError::Lost { address: model.address.to_string(), why };
    let said = crate::chat::read(&answer.bytes).map_err(|why| lost(format!("what came {why}")))?;
    Ok(if said.model.is_empty() { model.name.clone() } else { said.model })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cost_is_too_small_and_an_unknown_one_stays_unknown() {
        let price = Pricing::PerMillion { tokens_in: Usd(250_000), tokens_out: Usd(2_000_000) };
        for (read, written, micros) in [(0, 0, 0), (1, 0, 1), (1_000_000, 0, 250_000), (1000, 500, 1250)] {
            assert_eq!(price.of(read, written), Some(Usd(micros)));
        }
        assert!(price.of(u64::MAX, u64::MAX).is_some());
        assert_eq!(Pricing::Free.of(9, 9), Some(Usd::ZERO));
        assert_eq!(Pricing::Unknown.of(0, 0), None);
    }

    #[test]
    fn paths_begin_with_the_version_unless_the_address_brings_its_own() {
        for (url, versioned) in [
            ("http://localhost:11434/v1", true),
            ("http://localhost:11434/v1/", true),
            ("http://localhost:11434", true),
            ("https://example.com/openai/v1", true),
            ("https://example.com/v1beta/openai", false),
            ("https://example.com/api/v3", false),
        ] {
            assert_eq!(Model::is_versioned(url), versioned, "{url}");
        }
    }
}
