//! Services on the network: their addresses, keys and prices, and one question with its answer.
//!
//! Comes in: an [`Address`] that was checked, a [`Key`] that was handed in, what to ask. Goes out: an [`Answer`] no longer
//! than allowed, or a [`ServiceError`] that says whether the question can have been heard, because a question may cost
//! money. What is asked, what an answer means, and which question may be asked again is left to the departments.

mod address;
mod client;
mod error;
mod key;
mod money;
mod near;
mod said;

pub use address::{Address, Plain};
pub use client::{Answer, Client, Patience, Question, Watch};
pub use error::ServiceError;
pub use key::{Key, SignedWith};
pub use money::Usd;
