//! Generators that are not ours, each over its real protocol: ComfyUI, services described in data, programs.
//!
//! Comes in: a [`ShotOrder`](soundlock_shoot::ShotOrder), where a generator is, a key that was handed in. Goes out: jobs and
//! the files they made, through [`Hired`](soundlock_shoot::Hired). What is asked when, what it may cost and what is written
//! down of it is left to the queue.

pub mod comfy;
pub mod command;
pub mod described;
mod id;
