//! What a service says of itself in an answer that is an error.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{Key, SignedWith};

/// Letters kept of what a service says.
const LONGEST: usize = 300;
/// As much of a key as gives it away.
const GIVEAWAY: usize = 8;

impl SignedWith {
    /// What a person needs to know of an answer: its message, on one line, without what it was signed with.
    pub fn message(signed: Option<&Self>, answer: &[u8]) -> String {
        message(answer, &signed.map(Self::keys).unwrap_or_default())
    }

    /// `text` on one line, no longer than anybody reads, without what it was signed with.
    pub fn one_line(signed: Option<&Self>, text: &str) -> String {
        one_line(text, &signed.map(Self::keys).unwrap_or_default())
    }
}

/// An answer for programs without the keys in it.
pub(crate) fn without_keys(mut bytes: Vec<u8>, keys: &[Key]) -> Vec<u8> {
    for key in keys {
        let text = match str::from_utf8(&bytes) {
            Ok(text) if text.contains(key.secret()) => text.replace(key.secret(), "[key]"),
            _ => continue,
        };
        bytes = text.into_bytes();
    }
    bytes
}

/// What a person needs to know of an error answer: its message, on one line, without the keys.
pub(crate) fn message(bytes: &[u8], keys: &[Key]) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(64 * 1024)]).into_owned();
    let text = serde_json::from_str(&text).ok().as_ref().and_then(message_of).unwrap_or(text);
    let text = if is_page(&text) { "an HTML page, no answer of the service".to_owned() } else { text };
    one_line(&text, keys)
}

/// `text` on one line, no longer than anybody reads, without the keys.
pub(crate) fn one_line(text: &str, keys: &[Key]) -> String {
    let words = text.split(|letter: char| letter.is_whitespace() || letter.is_control());
    let line = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let line = redacted(&line, keys);
    if line.chars().count() <= LONGEST {
        line
    } else {
        line.chars().take(LONGEST).collect::<String>() + " …"
    }
}

/// Whether it is a page for a browser: a proxy's, a sign-in's.
pub(crate) fn is_page(text: &str) -> bool {
    let start = text.trim_start().get(..14).unwrap_or(text.trim_start()).to_ascii_lowercase();
    start.starts_with("<!doctype html") || start.starts_with("<html")
}

/// `{"error":{"message":…}}`, `{"detail":{"message":…}}`, `{"detail":"…"}` and their like. Beside a message, `error` is a
/// code for programs.
fn message_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        Value::Array(values) => values.first().and_then(message_of),
        Value::Object(map) => {
            ["message", "msg", "error", "detail"].iter().find_map(|name| map.get(*name).and_then(message_of))
        }
        _ => None,
    }
}

/// `text` without the keys, without any part of them that gives one away, and without what a service masked of one.
fn redacted(text: &str, keys: &[Key]) -> String {
    let out = keys.iter().fold(text.to_owned(), |text, key| without(&text, key.secret()));
    let masked = |word: &str| word.contains("***");
    out.split(' ').map(|word| if masked(word) { "[key]" } else { word }).collect::<Vec<_>>().join(" ")
}

/// `text` with `[key]` for every stretch of it that is made of parts of `secret`. Time is in proportion to both.
fn without(text: &str, secret: &str) -> String {
    let length = GIVEAWAY.min(secret.len());
    let parts: BTreeSet<&[u8]> = secret.as_bytes().windows(length).collect();
    let mut is_secret = vec![false; text.len()];
    for (at, part) in text.as_bytes().windows(length).enumerate() {
        if parts.contains(part) {
            is_secret[at..at + length].fill(true);
        }
    }
    // A key is ASCII, so what is taken out begins and ends between letters.
    let (mut out, mut inside) = (String::with_capacity(text.len()), false);
    for (at, letter) in text.char_indices() {
        if !is_secret[at] {
            out.push(letter);
        } else if !inside {
            out.push_str("[key]");
        }
        inside = is_secret[at];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_is_found_in_every_shape() {
        for (answer, expected) in [
            (r#"{"error":{"message":"No such model","type":"x"}}"#, "No such model"),
            (r#"{"detail":{"status":"s","message":"Only on the Pro tier"}}"#, "Only on the Pro tier"),
            (r#"{"detail":"Voice not found"}"#, "Voice not found"),
            (r#"{"detail":[{"loc":["body"],"msg":"field required"}]}"#, "field required"),
            (r#"{"error":"quota"}"#, "quota"),
            (
                r#"{"detail":{"error":"invalid_model","message":"Unsupported model: m","type":"x"}}"#,
                "Unsupported model: m",
            ),
            (r#"{"error":{"message":"","code":"busy"}}"#, r#"{"error":{"message":"","code":"busy"}}"#),
            (r#"{"code":7}"#, r#"{"code":7}"#),
            ("plain\n\n  \u{1b}[31mtext\u{0}", "plain [31mtext"),
            ("<!DOCTYPE html><title>Sign in</title>", "an HTML page, no answer of the service"),
            ("", ""),
        ] {
            assert_eq!(message(answer.as_bytes(), &[]), expected, "{answer}");
        }
        assert!(message(&vec![0xff; 100_000], &[]).chars().count() <= LONGEST + 2);
        assert_eq!(message("가".repeat(400).as_bytes(), &[]).chars().count(), LONGEST + 2);
    }

    #[test]
    fn no_part_of_the_key_comes_through() {
        let key = [Key::new("sk-abcdefghijklmnop-1234567890").unwrap()];
        for said in [
            "Incorrect API key provided: sk-abcdefghijklmnop-1234567890. See",
            "key sk-abcdefghijkl and tail mnop-1234567890 here",
            "Incorrect key: sk-a***********7890.",
            "echo: \"sk-abcdefghijklmnop-1234567890sk-abcdefghijklmnop-1234567890\"",
        ] {
            let shown = message(said.as_bytes(), &key);
            assert!(shown.contains("[key]"), "{shown}");
            for part in ["sk-abcde", "hijklmno", "34567890", "7890."] {
                assert!(!shown.contains(part) || said.find(part).is_none(), "{part} in {shown}");
            }
        }
        assert_eq!(redacted("nothing to hide, 아무것도", &key), "nothing to hide, 아무것도");
        assert_eq!(redacted("가abc나 abcd", &[Key::new("abc").unwrap()]), "가[key]나 [key]d");
        let long = [Key::new(&"k1".repeat(2048)).unwrap()];
        assert_eq!(redacted(&"k1".repeat(30_000), &long), "[key]");
    }
}
