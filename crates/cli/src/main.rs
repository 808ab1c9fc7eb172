//! The `soundlock` program: flags in, talk out. Only here is anything printed or asked.

mod args;
mod commands;
mod exit;
mod keyring;
mod output;
#[cfg(test)]
mod planted;
mod progress;
mod studio;

use std::process::ExitCode;

use clap::Parser;

use crate::args::Arguments;
use crate::exit::Exit;
use crate::output::Output;

fn main() -> ExitCode {
    let arguments = Arguments::try_parse().unwrap_or_else(|error| {
        // Help and version are answers, not mistakes; clap knows which is which.
        let code = if error.use_stderr() { Exit::AskedWrongly } else { Exit::Done };
        let _ = error.print();
        code.leave()
    });
    let output = Output::new(arguments.json, arguments.quiet);
    match commands::run(&arguments, &output) {
        Ok(exit) => exit.code(),
        Err(failure) => {
            output.failure(&failure);
            failure.exit().code()
        }
    }
}
