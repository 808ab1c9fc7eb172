//! What is installed; completions and the man page.

use clap::CommandFactory;
use serde::Serialize;
use soundlock_film::{Folder, keys_needed};

use crate::args::Arguments;
use crate::exit::{Exit, Failure};
use crate::output::Output;

/// What is installed, and what each missing part would give.
pub(super) fn doctor(arguments: &Arguments, network: bool, output: &Output) -> Result<Exit, Failure> {
    #[derive(Serialize)]
    struct Row<'a> {
        name: &'a str,
        found: Option<&'a str>,
        gives: &'a str,
        needed: bool,
    }
    let parts = soundlock_film::doctor();
    for part in &parts {
        let found = part.found.as_deref();
        output.object("part", &Row { name: part.name, found, gives: part.gives, needed: part.needed })?;
        let word = found.unwrap_or(if part.needed { "MISSING" } else { "missing" });
        output.line(format!("{:12} {word:18} {}", part.name, part.gives))?;
        let install = if found.is_none() { part.install } else { &[] };
        for (system, command) in install {
            output.line(format!("{:31} {system}: {command}", ""))?;
        }
    }
    say_keys(arguments, output)?;
    let answers = !network || super::assistant::say_whether_it_answers(arguments, output)?;
    let ready = answers && parts.iter().all(|part| part.found.is_some() || !part.needed);
    Ok(if ready { Exit::Done } else { Exit::ToolFailed })
}

/// Keys that the film at hand needs: where they are, never what they are. Without a film there are none, and a film.toml that
/// cannot be read is for other commands to show.
fn say_keys(arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    let needed = Folder::find(&arguments.film).and_then(|folder| keys_needed(&folder));
    super::key::say(&needed.unwrap_or_default(), output)
}

/// Completions for a shell.
pub(super) fn completions(shell: clap_complete::Shell) -> Result<Exit, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "soundlock", &mut text);
    Output::text(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Done)
}

/// The man page.
pub(super) fn man() -> Result<Exit, Failure> {
    let mut text = Vec::new();
    clap_mangen::Man::new(Arguments::command()).render(&mut text)?;
    Output::text(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Done)
}
