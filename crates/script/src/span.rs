use std::ops::Range;

use serde::Serialize;

/// Where something stands in the script's file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Span {
    /// Bytes of the file as it was read, byte order mark included.
    pub bytes: Range<usize>,
    /// Lines counted from 1, half-open.
    pub lines: Range<u32>,
}

impl Span {
    /// Reaches to the end of `other`, which stands after it.
    pub(crate) fn reach(&mut self, other: &Span) {
        self.bytes.end = self.bytes.end.max(other.bytes.end);
        self.lines.end = self.lines.end.max(other.lines.end);
    }
}

/// How much a [`Finding`] matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A habit that is read well but could be written better.
    Hint,
    /// Probably not what was meant.
    Warning,
    /// Cannot be followed; the rest of the script is read all the same.
    Error,
}

/// Something in the script that its writer should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// Short fixed name of the rule, such as `heading-number-twice`.
    pub rule: &'static str,
    /// Where.
    pub span: Span,
    /// What was found, a lower-case clause.
    pub message: String,
    /// What to write instead, where known.
    pub hint: Option<String>,
}
