use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::hash::HashError;
use crate::{Hash, VaultError};

/// What a result is kept under: the hash of everything it depends on.
///
/// BLAKE3 of the canonical JSON of `{"inputs", "step", "version"}`: keys sorted, nothing between tokens, numbers as
/// `serde_json` writes them (the shortest decimal that reads back as the same float).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Key(Hash);

impl Key {
    /// The key of the step `(name, version)` on `inputs`.
    pub fn new(version: (&'static str, u32), inputs: &impl Serialize) -> Result<Self, VaultError> {
        Ok(Inputs::new(version, inputs)?.key)
    }

    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Hash::from_bytes(bytes))
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Key({self})")
    }
}

impl FromStr for Key {
    type Err = HashError;

    fn from_str(text: &str) -> Result<Self, HashError> {
        text.parse().map(Self)
    }
}

/// A step's inputs as they are hashed, kept and explained.
#[derive(Debug, Clone)]
pub(crate) struct Inputs {
    pub(crate) key: Key,
    pub(crate) step: &'static str,
    pub(crate) version: u32,
    pub(crate) value: Value,
}

impl Inputs {
    pub(crate) fn new(
        (step, version): (&'static str, u32),
        inputs: &impl Serialize,
    ) -> Result<Self, VaultError> {
        let value = serde_json::to_value(inputs).map_err(|source| VaultError::Inputs { step, source })?;
        let text =
            format!(r#"{{"inputs":{},"step":{},"version":{version}}}"#, canonical(&value), Value::from(step));
        Ok(Self { key: Key(Hash::of(text.as_bytes())), step, version, value })
    }

    /// The canonical JSON that the ledger keeps.
    pub(crate) fn json(&self) -> String {
        canonical(&self.value)
    }
}

/// JSON with the keys of every object sorted.
///
/// `serde_json` sorts them too, but only until some dependency turns on its `preserve_order`; a key must not change
/// for that.
fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write_canonical(value, &mut text);
    text
}

fn write_canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(map) => {
            let sorted: BTreeMap<&String, &Value> = map.iter().collect();
            write_list(text, ('{', '}'), sorted, |(name, value), text| {
                push_json(text, &Value::from(name.as_str()));
                text.push(':');
                write_canonical(value, text);
            });
        }
        Value::Array(values) => write_list(text, ('[', ']'), values, write_canonical),
        leaf => push_json(text, leaf),
    }
}

fn push_json(text: &mut String, leaf: &Value) {
    write!(text, "{leaf}").expect("a string takes whatever is written");
}

fn write_list<T>(
    text: &mut String,
    (open, close): (char, char),
    items: impl IntoIterator<Item = T>,
    write_item: impl Fn(T, &mut String),
) {
    text.push(open);
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        write_item(item, text);
    }
    text.push(close);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn key(inputs: &impl Serialize) -> Key {
        Key::new(("step", 1), inputs).unwrap()
    }

    #[test]
    fn a_key_stays_the_same_for_ever() {
        // Takes that were paid for lie under these: if this test fails, every kept take turns stale.
        let inputs = json!({ "prompt": "a quay, \"night\"", "seed": 7, "strength": 0.1, "none": null, "list": [1, -2, true] });
        let key = Key::new(("shoot", 3), &inputs).unwrap();
        assert_eq!(
            canonical(&inputs),
            r#"{"list":[1,-2,true],"none":null,"prompt":"a quay, \"night\"","seed":7,"strength":0.1}"#
        );
        assert_eq!(key.to_string(), "3a2191e13a4514e7e66861a3d20b2f81a2ded98dec1d8aea2db360084c4dfd17");
        assert_eq!(key.to_string().parse::<Key>().unwrap(), key);
    }

    #[test]
    fn name_version_and_inputs_each_change_the_key() {
        let base = Key::new(("shoot", 1), &json!({ "seed": 1 })).unwrap();
        for other in [("shoot", 2), ("draw", 1)] {
            assert_ne!(Key::new(other, &json!({ "seed": 1 })).unwrap(), base, "{other:?}");
        }
        for inputs in
            [json!({ "seed": 2 }), json!({ "seed": "1" }), json!({ "seed": 1.0 }), json!([1]), json!(null)]
        {
            assert_ne!(Key::new(("shoot", 1), &inputs).unwrap(), base, "{inputs}");
        }
    }

    #[test]
    fn what_has_no_json_is_an_error() {
        let map = BTreeMap::from([((1, 2), 3)]);
        assert!(matches!(Key::new(("shoot", 1), &map), Err(VaultError::Inputs { step: "shoot", .. })));
    }

    /// Any JSON, not deep.
    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                proptest::collection::btree_map(".{0,6}", inner, 0..5)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_order_of_fields_never_matters(pairs in proptest::collection::btree_map("[a-z]{1,5}", any_json(), 0..8), turn in any::<prop::sample::Index>()) {
            let mut turned: Vec<(&String, &Value)> = pairs.iter().collect();
            if !turned.is_empty() {
                let middle = turn.index(turned.len());
                turned.rotate_left(middle);
            }
            prop_assert_eq!(key(&Fields(turned)), key(&pairs));
        }

        #[test]
        fn canonical_json_reads_back_as_what_was_written(value in any_json()) {
            let text = canonical(&value);
            let read: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(canonical(&read), text.clone());
            prop_assert_eq!(&serde_json::to_string(&value).unwrap(), &text);
        }
    }

    /// A map written in the order given.
    struct Fields<'a>(Vec<(&'a String, &'a Value)>);

    impl Serialize for Fields<'_> {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map(self.0.iter().copied())
        }
    }
}
