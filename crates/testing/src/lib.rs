//! Small films, drawn clips, planted defects, and a mutation fuzzer; never shipped.
//!
//! Every other crate's tests may use this one, so it knows no sibling but `time`. Unlike the libraries it reads the
//! environment and panics: it only ever runs inside a test.

mod fuzz;

pub use fuzz::fuzz;
