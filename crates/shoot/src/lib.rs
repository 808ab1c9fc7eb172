//! Takes, through the [`Generator`] trait; the animatic is built in.
//!
//! Comes in: a [`ShotOrder`], all that a generator is told about a shot. Goes out: an immutable file, the take. Whether
//! it is any good is left to `judge`; which part of it is seen, to `finish`.

#[expect(
    clippy::similar_names,
    clippy::manual_midpoint,
    reason = "drawing is full of x, dx, lx; and a mean written as a sum has the same bits in every standard library"
)]
pub mod animatic;
mod by_model;
mod generator;
mod hired;
mod models;
pub mod queue;

pub use by_model::{ByModel, ModelTerms};
pub use generator::{
    Bill, Capabilities, Cut, Draws, Estimate, Generator, Given, Identity, Inputs, Money, ShootError,
    ShotOrder, Speech, Way,
};
pub use hired::{
    Call, Charged, Ended, Hired, Job, JobState, LookedUp, Place, Ready, Request, Stopping, Trouble,
};
pub use models::{
    Input, Licence, Model, ModelLengths, Models, ModelsError, PerSecond, PriceList, built_in_models,
    read_models,
};
pub use soundlock_time::{Frames, Lengths};
