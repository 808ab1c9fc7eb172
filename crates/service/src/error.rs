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
    /// A link in an answer leads where it may not.
    #[error("the link {link} {why}: it is not followed")]
    NotFollowed {
        /// The link, without what may be a secret in it.
        link: String,
        /// Why not, a clause that begins with a verb.
        why: String,
    },
    /// What came is no clip.
    #[error("{address} gave no clip: {why}")]
    NoClip {
        /// Where.
        address: String,
        /// What came instead, a clause.
        why: String,
    },
    /// What came could not be written to the disk, or what was to be sent could not be read.
    #[error("{} cannot be written: {why}", file.display())]
    NotWritten {
        /// Which file.
        file: std::path::PathBuf,
        /// Why.
        why: String,
    },
    /// Somebody asked for a stop while an answer was on its way, and it did not come in the time that was left: it may
    /// have been done and charged.
    #[error("stopped before the answer of {address} came")]
    LeftOpen {
        /// Where.
        address: String,
    },
    /// Somebody asked for a stop before the question was said: nothing can have been charged.
    #[error("stopped before {address} was asked")]
    Stopped {
        /// Where.
        address: String,
    },
}

impl ServiceError {
    /// Whether the question may have been done, and so charged.
    pub fn may_be_charged(&self) -> bool {
        matches!(self, Self::Lost { .. } | Self::LeftOpen { .. })
    }

    /// Whether the service has too much to do just now. An account that is used up is told of with the same status.
    pub(crate) fn is_busy(&self) -> bool {
        matches!(self, Self::Refused { status: 429, said, .. } if !is_about_credit(said))
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
            Self::NotFollowed { .. } => {
                Some("where that host is one of yours, write it down as trusted".to_owned())
            }
            Self::Refused { status: 400..=403 | 429, said, .. } if is_about_credit(said) => {
                Some("the account there has no credit left".to_owned())
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

/// Whether a service says that the account is used up. Vendors say so with one status or another: 401, 402, 429.
pub fn is_about_credit(said: &str) -> bool {
    let said = said.to_lowercase();
    let words = ["quota", "credit", "balance", "insufficient fund", "billing", "arrear", "overdue"];
    words.iter().any(|word| said.contains(word))
}
