use std::path::PathBuf;

use soundlock_service::{ServiceError, Usd};
use soundlock_vault::{Cancelled, VaultError};

/// Why a model proposed nothing. What it said before is kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AssistantError {
    /// The model's server was not reached, said no, or its answer was lost.
    #[error("`{model}` was asked for {subject} and did not answer")]
    Service {
        /// What was asked for.
        subject: String,
        /// The model.
        model: String,
        /// Why.
        source: ServiceError,
    },
    /// What came is no whole answer.
    #[error("what `{model}` at {address} answered for {subject} {why}")]
    Answer {
        /// What was asked for.
        subject: String,
        /// The model.
        model: String,
        /// Where it is.
        address: String,
        /// What is wrong, a clause that begins with a verb.
        why: String,
    },
    /// What the model said cannot be used, also when it was told why.
    #[error("`{model}` was asked for {subject} twice, and what it said cannot be used: {}", faults.join("; "))]
    Unusable {
        /// What was asked for.
        subject: String,
        /// The model.
        model: String,
        /// What is wrong with the better of its replies, clauses.
        faults: Vec<String>,
    },
    /// An earlier answer was lost and may have been charged.
    #[error("`{model}` may have answered for {subject} on {}, and been paid: {}", doubt.at, doubt.why)]
    InDoubt {
        /// What was asked for.
        subject: String,
        /// The model.
        model: String,
        /// What is known of it.
        doubt: crate::Doubt,
    },
    /// The key is not there.
    #[error("the key of `{model}`, {key_env}, is neither in the environment nor in the keyring")]
    NoKey {
        /// The model.
        model: String,
        /// The variable.
        key_env: String,
    },
    /// Nobody said how much may be spent.
    #[error("`{model}` would cost up to {cost}, and no limit is set")]
    NoLimit {
        /// The model.
        model: String,
        /// What it would cost.
        cost: Usd,
    },
    /// A limit would be passed.
    #[error("it would cost up to {cost}; {left} of {name} = {limit} are left")]
    OverBudget {
        /// What it would cost.
        cost: Usd,
        /// What is left.
        left: Usd,
        /// The limit.
        limit: Usd,
        /// Its name in `film.toml`.
        name: &'static str,
    },
    /// The script cannot be changed in place.
    #[error("the script is not UTF-8 from byte {at} on, so lines in it cannot be changed")]
    NotUtf8 {
        /// First byte that is not.
        at: usize,
    },
    /// There is no such scene.
    #[error("the script has no scene {scene}")]
    NoSuchScene {
        /// As asked for.
        scene: String,
        /// Scenes there are.
        has: Vec<String>,
    },
    /// The scene has nothing to work on.
    #[error("there is nothing to ask about: {why}")]
    NothingToAsk {
        /// Why, a clause.
        why: String,
    },
    /// A change that does not fit the script any more.
    #[error("change {number} does not fit the script any more: {why}")]
    Moved {
        /// Its number.
        number: usize,
        /// Why, a clause.
        why: String,
    },
    /// There is no such change.
    #[error("there is no change {number}: {}", counted(*has))]
    NoSuchHunk {
        /// As asked for.
        number: usize,
        /// How many there are.
        has: usize,
    },
    /// A reply could not be written or read.
    #[error("cannot read or write {}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Somebody asked for a stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

fn counted(has: usize) -> String {
    match has {
        0 => "nothing is suggested".to_owned(),
        1 => "there is one, number 1".to_owned(),
        has => format!("there are {has}, from 1"),
    }
}

/// What to do where nobody knows whether an answer was paid for.
const IN_DOUBT: &str =
    "it may have been charged, so it is not asked for again by itself: `--again` asks again";

impl AssistantError {
    /// What to do next, where known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Service { source, .. } if source.may_be_charged() => Some(IN_DOUBT.to_owned()),
            Self::Service { source: ServiceError::NotReached { .. }, .. } => {
                Some("is the model's server running, and [model] url in film.toml right?".to_owned())
            }
            Self::Service { source: ServiceError::Refused { status: 404, .. }, .. } => Some(
                "are [model] url and name in film.toml right, and is the model there? (`ollama pull NAME`)"
                    .to_owned(),
            ),
            Self::Service { source, .. } => source.hint(),
            Self::InDoubt { .. } => Some(IN_DOUBT.to_owned()),
            Self::Answer { why, .. } if why.contains("max_tokens") => Some(
                "raise [model] max_tokens in film.toml, or ask for less at once; then `--again`".to_owned(),
            ),
            Self::Answer { .. } => Some("`--again` asks again".to_owned()),
            Self::Unusable { .. } => {
                Some("`--again` asks anew; a larger model keeps to the form more often".to_owned())
            }
            Self::NoKey { key_env, .. } => Some(format!(
                "set it: export {key_env}=…, or keep it in the keyring: `soundlock key set {key_env}`; where the model asks for \
                 none, take key_env out of [model]"
            )),
            Self::NoLimit { .. } => {
                Some("write `[budget] usd = 5` for the film, or `most_usd = 5` in [model]".to_owned())
            }
            Self::OverBudget { name, .. } => Some(format!("raise {name} in film.toml, or ask for less")),
            Self::NotUtf8 { .. } => {
                Some("save it as UTF-8, for older Korean files `iconv -f CP949 -t UTF-8`".to_owned())
            }
            Self::NoSuchScene { has, .. } => Some(format!("it has {}", has.join(", "))),
            Self::Moved { .. } => {
                Some("`soundlock script suggest` asks about the script as it is now".to_owned())
            }
            Self::NoSuchHunk { .. } => Some("`soundlock script suggest` asks for changes".to_owned()),
            Self::Vault(error) => error.hint(),
            _ => None,
        }
    }
}
