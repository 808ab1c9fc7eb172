//! Chores of the project, in Rust: `cargo xtask NAME`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a chore says what it did")]

mod feature;
mod score;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace").to_owned();
    match std::env::args().nth(1).as_deref() {
        Some("score") => score::draw(&root.join("examples")),
        Some("feature") => {
            let folder = std::env::args().nth(2).map_or_else(|| root.join("target/feature"), PathBuf::from);
            if let Err(why) = feature::soak(&root, &folder) {
                eprintln!("error: {why}");
                return ExitCode::FAILURE;
            }
        }
        _ => {
            eprintln!("cargo xtask score             draw the examples' music and effects");
            eprintln!(
                "cargo xtask feature [FOLDER]  write a feature of 64 minutes, make it, say what it took"
            );
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
