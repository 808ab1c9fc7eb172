//! Takes measured: findings with numbers, units and limits.
//!
//! Comes in: a take's file and what was asked for. Goes out: a [`Verdict`], one [`Finding`] per measure, passed or not.
//! No pixel is altered, and nothing is decided but which take of a shot is circled.

mod finding;

pub use finding::{Better, Expected, Finding, Verdict};
