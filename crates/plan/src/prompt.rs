use crate::{PlanError, PromptTemplate};

/// Fields that a template may name.
pub(crate) const FIELDS: [&str; 11] = [
    "{size}",
    "{angle}",
    "{movement}",
    "{subjects}",
    "{speech}",
    "{action}",
    "{setting}",
    "{place}",
    "{time}",
    "{light}",
    "{style}",
];

pub(crate) fn check(_template: &PromptTemplate) -> Result<(), PlanError> {
    Ok(())
}
