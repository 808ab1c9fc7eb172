//! Results by content, the ledger, and running steps.
//!
//! Comes in: bytes, and keys made of everything that the bytes depend on. Goes out: the same bytes, checked, for as
//! long as the key stands; a ledger (SQLite) of what was attempted, made, paid and decided; and a runner that makes
//! many results at once and stops cleanly. What a shot or a take is, the vault does not know.

mod cancel;
mod entry;
mod error;
mod explain;
mod garbage;
mod hash;
mod key;
mod lanes;
mod ledger;
mod lock;
mod migrations;
mod report;
mod runner;
mod step;
mod vault;

pub use cancel::{Cancel, Cancelled};
pub use entry::{Entry, EntryId};
pub use error::{RunError, VaultError};
pub use explain::{Change, Explanation, Last};
pub use garbage::{Garbage, GarbageItem, Why};
pub use hash::{Hash, HashError, hash_file};
pub use key::Key;
pub use lanes::{Lane, Lanes};
pub use report::{Event, NoReport, Reporter};
pub use runner::{Stopped, run_all, run_stage};
pub use step::{Keep, Object, Step, ValueStep};
pub use vault::{Check, Clock, Vault};
