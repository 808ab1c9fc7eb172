use std::fmt;

use crate::ServiceError;

/// A key to a service. It is shown nowhere: not in `{}`, not in `{:?}`, not in what a service says of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

/// How a question is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignedWith {
    /// `Authorization: Bearer KEY`.
    Bearer(Key),
    /// The key in a header of its own.
    Header(&'static str, Key),
}

impl Key {
    /// A key as it was handed in, white space around it left out.
    pub fn new(text: &str) -> Result<Self, ServiceError> {
        let text = text.trim();
        let fits = (1..=4096).contains(&text.len()) && text.chars().all(|letter| letter.is_ascii_graphic());
        if fits { Ok(Self(text.to_owned())) } else { Err(ServiceError::BadKey) }
    }

    pub(crate) fn secret(&self) -> &str {
        &self.0
    }
}

impl SignedWith {
    pub(crate) fn key(&self) -> &Key {
        match self {
            Self::Bearer(key) | Self::Header(_, key) => key,
        }
    }

    pub(crate) fn header(&self) -> (&'static str, String) {
        match self {
            Self::Bearer(key) => ("authorization", format!("Bearer {}", key.secret())),
            Self::Header(name, key) => (name, key.secret().to_owned()),
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key(…)")
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_shows_itself_nowhere() {
        let key = Key::new(" sk-very-secret\n").unwrap();
        assert_eq!(key.secret(), "sk-very-secret");
        let shown = format!("{key} {key:?} {:?}", SignedWith::Bearer(key.clone()));
        assert!(!shown.contains("secret"), "{shown}");
    }

    #[test]
    fn what_cannot_stand_in_a_header_is_no_key() {
        for text in ["", "  ", "two words", "a\r\nhost: evil", "열쇠"] {
            let error = Key::new(text).unwrap_err();
            assert!(!error.to_string().contains("evil"));
        }
        assert!(Key::new(&"k".repeat(5000)).is_err());
    }
}
