//! Takes made on this machine by a diffusion model whose weights the director has.
//!
//! Comes in: an order as a program gets it (`docs/generators.md`, "A program of your own"), and a [`Setup`]: which weights,
//! how many steps. Goes out: a clip. Nothing is ever downloaded, and nothing is decided: what is asked when is the queue's.
//!
//! The work is done by stable-diffusion.cpp, which is built only with the feature `local-diffusion`. It is C++ that ends its whole
//! process where a file is not as it expects, so `soundlock` runs [`make_take`] in a process of its own: what crashes there is a
//! failed attempt.

#[cfg(feature = "local-diffusion")]
mod engine;
mod error;
mod order;
mod setup;
mod take;
mod weights;

pub use error::DiffusionError;
pub use order::Order;
pub use setup::{HighNoise, Setup};
pub use take::{Told, make_take};
pub use weights::Weights;

/// Whether this program was built with it.
pub const IS_BUILT: bool = cfg!(feature = "local-diffusion");
