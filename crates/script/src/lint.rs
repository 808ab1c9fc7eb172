use crate::{Finding, Fountain};

pub(crate) fn lint(_fountain: &Fountain) -> Vec<Finding> {
    Vec::new()
}
