/// Why a service did not answer as it should, and whether it can have heard the question.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// The address cannot be used.
    #[error("the address `{address}` {why}")]
    BadAddress {
        /// As it was written.
        address: String,
        /// What is wrong, a clause that begins with a verb.
        why: String,
    },
    /// The address would carry a key or a script unencrypted through foreign networks.
    #[error("the address `{address}` is http without encryption, and not in a private network")]
    PlainAddress {
        /// As it was written.
        address: String,
    },
    /// The key cannot be one.
    #[error("the key is empty, or has letters that no key has")]
    BadKey,
    /// The service was not reached: it never heard the question, and nothing can have been charged.
    #[error("{address} cannot be reached: {why}")]
    NotReached {
        /// Where.
        address: String,
        /// Why.
        why: String,
    },
    /// The service said no: it did not do what was asked, and nothing was charged.
    #[error("{address} refused with status {status}: {said}")]
    Refused {
        /// Where.
        address: String,
        /// HTTP status.
        status: u16,
        /// In the service's words, the key taken out.
        said: String,
    },
    /// The question may have been heard, and its answer did not come whole: it may have been done and charged.
    #[error("{address} gave no whole answer: {why}")]
    Lost {
        /// Where.
        address: String,
        /// Why.
        why: String,
    },
    /// Somebody asked for a stop while a service wanted us to wait.
    #[error("stopped while {address} wanted to be asked later")]
    Stopped {
        /// Where.
        address: String,
    },
}

impl ServiceError {
    /// Whether the question may have been done, and so charged.
    pub fn may_be_charged(&self) -> bool {
        matches!(self, Self::Lost { .. })
    }

    /// What to do next, where known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::BadAddress { .. } => Some("write it as \"https://api.example.com\"".to_owned()),
            Self::PlainAddress { .. } => {
                Some("write https://, or `plain_http = true` if it must be".to_owned())
            }
            Self::NotReached { .. } => {
                Some("is the service running, the address right, the network there?".to_owned())
            }
            Self::Refused { status: 401 | 403, .. } => {
                Some("is the key right, and may it do this?".to_owned())
            }
            Self::Refused { status: 402, .. } => Some("the account there has no credit left".to_owned()),
            Self::Refused { status: 404, .. } => {
                Some("are the address, the model and the voice right?".to_owned())
            }
            Self::Refused { status: 429 | 503, .. } => Some("it is busy: try again later".to_owned()),
            Self::Refused { status: 300..=399, .. } => Some("write the address that it names".to_owned()),
            _ => None,
        }
    }
}
