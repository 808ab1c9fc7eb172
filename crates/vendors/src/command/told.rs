//! What a program tells while it works: one JSON object a line, read as hostile input. All else it says is passed over.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use soundlock_shoot::Money;

/// Facts that are kept of a take, and letters of each.
const MOST_FACTS: usize = 32;
const LONGEST: usize = 300;

/// What a program told so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Told {
    /// Thousandths done.
    pub(super) done: Option<u16>,
    /// A picture of how far it is, as it named it.
    pub(super) preview: Option<String>,
    /// Model, version, seed and the like.
    pub(super) said: BTreeMap<String, String>,
    /// What it cost, where the program pays for it.
    pub(super) charged: Option<Money>,
    /// Why it does not want to make it.
    pub(super) refused: Option<String>,
}

#[derive(Deserialize)]
struct Line {
    progress: Option<f64>,
    preview: Option<String>,
    #[serde(default)]
    said: BTreeMap<String, Value>,
    charged: Option<String>,
    refused: Option<String>,
}

impl Told {
    /// Takes in a line.
    pub(super) fn hear(&mut self, line: &str) {
        let Ok(line) = serde_json::from_str::<Line>(line) else { return };
        if let Some(part) = line.progress.filter(|part| part.is_finite()) {
            self.done = Some((part.clamp(0.0, 1.0) * 1000.0) as u16);
        }
        self.preview = line.preview.or(self.preview.take());
        self.refused = line.refused.map(|why| short(&why)).or(self.refused.take());
        self.charged = line.charged.and_then(|text| money(&text)).or(self.charged.take());
        for (name, value) in line.said {
            if self.said.len() < MOST_FACTS || self.said.contains_key(&name) {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                self.said.insert(short(&name), short(&text));
            }
        }
    }
}

/// `0.04 USD`.
fn money(text: &str) -> Option<Money> {
    let (amount, currency) = text.trim().split_once(' ')?;
    let is_code = currency.len() == 3 && currency.bytes().all(|letter| letter.is_ascii_uppercase());
    let (whole, part) = amount.split_once('.').unwrap_or((amount, ""));
    let digits = |text: &str| text.bytes().all(|letter| letter.is_ascii_digit());
    if !is_code || whole.is_empty() || whole.len() > 9 || part.len() > 6 || !digits(whole) || !digits(part) {
        return None;
    }
    let micros = format!("{whole}{part:0<6}").parse().ok()?;
    Some(Money { micros, currency: currency.to_owned() })
}

fn short(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn told(lines: &[&str]) -> Told {
        let mut told = Told::default();
        for line in lines {
            told.hear(line);
        }
        told
    }

    #[test]
    fn what_is_told_adds_up() {
        let told = told(&[
            "loading weights 10%",
            r#"{"progress": 0.25, "preview": "a.jpg"}"#,
            r#"{"said": {"model": "wan 2.2", "seed": 7}, "charged": "0.04 USD"}"#,
            r#"{"progress": 7}"#,
            r#"{"progress": "half"}"#,
            "[1]",
        ]);
        assert_eq!((told.done, told.preview.as_deref()), (Some(1000), Some("a.jpg")));
        assert_eq!(
            told.said,
            BTreeMap::from([("model", "wan 2.2"), ("seed", "7")].map(|(a, b)| (a.to_owned(), b.to_owned())))
        );
        assert_eq!(told.charged, Some(Money { micros: 40_000, currency: "USD".to_owned() }));
        assert_eq!(told.refused, None);
    }

    #[test]
    fn money_is_read_to_the_millionth_or_not_at_all() {
        for (text, micros) in [
            ("1 USD", 1_000_000),
            ("0.000001 EUR", 1),
            ("12.5 USD", 12_500_000),
            ("999999999.999999 USD", 999_999_999_999_999),
        ] {
            assert_eq!(money(text).map(|money| money.micros), Some(micros), "{text}");
        }
        for text in
            ["", "1", "USD", "-1 USD", "1e9 USD", ".5 USD", "1.0000001 USD", "1 usd", "1 USDT", "1,5 USD"]
        {
            assert_eq!(money(text), None, "{text}");
        }
    }

    #[test]
    fn no_line_breaks_us() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/command");
        soundlock_testing::fuzz(&corpus, 33, 2000, |bytes| {
            let mut told = Told::default();
            for line in String::from_utf8_lossy(bytes).lines() {
                told.hear(line);
            }
            assert!(told.done.is_none_or(|done| done <= 1000) && told.said.len() <= MOST_FACTS);
        });
    }
}
