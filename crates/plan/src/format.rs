//! `cuts.toml`: the cut list as a person reads and edits it.

use crate::{CutList, PlanError};

/// The cut list as `cuts.toml` has it: what the program planned and what was changed by hand since.
#[derive(Debug, Clone, PartialEq)]
pub struct Cuts {}

impl Cuts {
    /// Reads `cuts.toml`.
    pub fn read(text: &str) -> Result<Self, PlanError> {
        let _ = text;
        todo!()
    }
}

/// The text of `cuts.toml` for `cut_list`. Comments and formatting of `previous_text` survive.
///
/// `previous_text` is the file that the cut list was planned from; an error only when it cannot be read.
pub fn write(previous_text: Option<&str>, cut_list: &CutList) -> Result<String, PlanError> {
    let _ = (previous_text, cut_list);
    todo!()
}
