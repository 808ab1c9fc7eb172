use std::fmt;

use serde::{Deserialize, Serialize};

/// Something that was looked at in a delivery: what it is, what it may be, and whose rule that is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What was looked at: `frames of picture`.
    pub name: String,
    /// What was found, with its unit.
    pub value: String,
    /// What it has to be or may be at most, with its unit.
    pub limit: String,
    /// Whether it holds.
    pub passed: bool,
    /// Whose rule it is: a standard's clause, or one of ours.
    pub clause: String,
    /// Whether a delivery for which it does not hold is refused. What the material may be unable to reach, such as a
    /// loudness, is told and delivered.
    #[serde(default = "always")]
    pub binding: bool,
}

fn always() -> bool {
    true
}

impl Check {
    /// Passed when `value` is `limit`.
    pub fn same<T: fmt::Display + PartialEq>(name: &str, value: T, limit: T, clause: &str) -> Self {
        let passed = value == limit;
        Self::new(name, value, limit, passed, clause)
    }

    /// Told, but no reason to refuse a delivery.
    pub(crate) fn not_binding(self) -> Self {
        Self { binding: false, ..self }
    }

    /// What was looked at, with its number, its limit, whether it holds and whose rule it is.
    pub fn new(
        name: &str,
        value: impl fmt::Display,
        limit: impl fmt::Display,
        passed: bool,
        clause: &str,
    ) -> Self {
        let (value, limit) = (value.to_string(), limit.to_string());
        Self { name: name.to_owned(), value, limit, passed, clause: clause.to_owned(), binding: true }
    }
}
