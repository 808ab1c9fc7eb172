//! The soundlock program.
fn main() {}
