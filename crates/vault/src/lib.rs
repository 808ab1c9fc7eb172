//! Results by content, the ledger, and running steps.
//!
//! Comes in: bytes, and keys made of everything that the bytes depend on. Goes out: the same bytes, checked, for as
//! long as the key stands; a ledger (SQLite) of what was attempted, made, paid and decided; and a runner that makes
//! many results at once and stops cleanly. What a shot or a take is, the vault does not know.

mod cancel;
mod report;

pub use cancel::{Cancel, Cancelled};
pub use report::{Event, NoReport, Reporter};
