use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde_json::json;

use crate::ServiceError;

/// How long a token of ours is valid, and how far the clock there may be behind ours, in seconds.
const TOKEN_SECS: u64 = 1800;
const CLOCKS_SECS: u64 = 5;

/// A key to a service. It is shown nowhere: not in `{}`, not in `{:?}`, not in what a service says of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

/// How a question is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignedWith {
    /// `Authorization: Bearer KEY`.
    Bearer(Key),
    /// `Authorization: SCHEME KEY`: fal writes `Key` before it.
    Scheme(Cow<'static, str>, Key),
    /// The key in a header of its own.
    Header(Cow<'static, str>, Key),
    /// `Authorization: Bearer TOKEN`, a JWT (RFC 7519) for the access key, made with the secret key, HS256. Kling wants it so.
    Token {
        /// Who asks.
        access: Key,
        /// What the token is made with.
        secret: Key,
        /// When it is made, in seconds since 1970; it is valid for 30 minutes.
        at_unix_secs: u64,
    },
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
    /// All that must not be seen of it.
    pub(crate) fn keys(&self) -> Vec<Key> {
        match self {
            Self::Bearer(key) | Self::Scheme(_, key) | Self::Header(_, key) => vec![key.clone()],
            Self::Token { access, secret, at_unix_secs } => {
                vec![access.clone(), secret.clone(), Key(token(access, secret, *at_unix_secs))]
            }
        }
    }

    pub(crate) fn header(&self) -> (Cow<'static, str>, String) {
        let authorization = |scheme: &str, key: &str| ("authorization".into(), format!("{scheme} {key}"));
        match self {
            Self::Bearer(key) => authorization("Bearer", key.secret()),
            Self::Scheme(scheme, key) => authorization(scheme, key.secret()),
            Self::Header(name, key) => (name.clone(), key.secret().to_owned()),
            Self::Token { access, secret, at_unix_secs } => {
                authorization("Bearer", &token(access, secret, *at_unix_secs))
            }
        }
    }
}

fn token(access: &Key, secret: &Key, at: u64) -> String {
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let head = part(json!({ "alg": "HS256", "typ": "JWT" }));
    let claims = json!({
        "exp": at.saturating_add(TOKEN_SECS),
        "iss": access.secret(),
        "nbf": at.saturating_sub(CLOCKS_SECS),
    });
    let said = format!("{head}.{}", part(claims));
    let signature =
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.secret().as_bytes()), said.as_bytes());
    format!("{said}.{}", URL_SAFE_NO_PAD.encode(signature))
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

    #[test]
    fn a_token_can_be_verified_and_shows_no_secret() {
        let [access, secret] = ["ak-0123456789", "sk-very-secret"].map(|text| Key::new(text).unwrap());
        let signed = SignedWith::Token { access, secret: secret.clone(), at_unix_secs: 1_800_000_000 };
        let (name, value) = signed.header();
        assert_eq!(name, "authorization");
        let token = value.strip_prefix("Bearer ").unwrap();
        let (said, signature) = token.rsplit_once('.').unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.secret().as_bytes());
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        assert!(hmac::verify(&key, said.as_bytes(), &signature).is_ok());
        let claims = URL_SAFE_NO_PAD.decode(said.split_once('.').unwrap().1).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims, json!({ "iss": "ak-0123456789", "exp": 1_800_001_800, "nbf": 1_799_999_995 }));
        assert!(!format!("{signed:?}").contains("0123"), "{signed:?}");
        assert_eq!(signed.keys().len(), 3);
    }
}
