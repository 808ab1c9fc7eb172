//! Takes measured: findings with numbers, units and limits.
//!
//! Comes in: a take's file and what was asked for. Goes out: a [`Verdict`], one [`Finding`] per measure, passed or not.
//! The file is decoded once, small and grey, and what is kept of a frame is a few numbers, so that two seconds or two
//! hours take the same memory. No pixel is altered, and nothing is decided but which take of a shot is circled.
//!
//! No measure here ranks takes the way people do, and none pretends to: each is a gate for one named fault.

mod black;
mod change;
mod circle;
mod cuts;
mod error;
mod finding;
mod flicker;
mod frozen;
mod judge;
mod look;
mod measures;
mod repeats;
mod rules;
mod unlike;

pub use circle::circle;
pub use error::JudgeError;
pub use finding::{Better, Expected, Finding, Verdict};
pub use judge::{judge, judge_and_describe};
pub use measures::Measures;
pub use rules::JudgeRules;
