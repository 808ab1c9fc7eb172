//! Chores of the project, in Rust: `cargo xtask NAME`.

mod score;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace").to_owned();
    match std::env::args().nth(1).as_deref() {
        Some("score") => score::draw(&root.join("examples")),
        _ => return ExitCode::from(2),
    }
    ExitCode::SUCCESS
}
