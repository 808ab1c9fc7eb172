//! Services on the network: their addresses, keys and prices, one question with its answer, and a clip that is fetched.
//!
//! Comes in: an [`Address`] that was checked, a [`Key`] that was handed in, what to ask. Goes out: an [`Answer`] or a [`Reply`]
//! no longer than allowed, a file, or a [`ServiceError`] that says whether the question can have been heard, because a
//! question may cost money. What is asked, what an answer means, and which question may be asked again is left to the
//! departments.

mod address;
mod body;
mod client;
mod clip;
mod error;
mod key;
mod link;
mod money;
mod near;
mod said;
mod wire;

pub use address::{Address, Plain};
pub use body::{Body, Field, Piece};
pub use client::{Answer, Ask, Client, Method, Patience, Question, Reply, Watch};
pub use clip::Clip;
pub use error::{ServiceError, is_about_credit};
pub use key::{Key, SignedWith};
pub use link::{Link, Trusted, is_plain_path, path_part};
pub use money::Usd;
