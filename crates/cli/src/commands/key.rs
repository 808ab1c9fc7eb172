//! Keys of services: kept in the keyring, removed from it, and where those are that the film needs.

use std::io::{BufRead, IsTerminal, Read};

use serde_json::json;
use soundlock_film::{Folder, KeyNeeded, is_key_name, keys_needed};
use soundlock_service::Key;

use crate::args::{Arguments, KeyCommand};
use crate::exit::{Exit, Failure};
use crate::keyring::{Kept, Keyring, KeyringError};
use crate::output::Output;

/// Longer is no key.
const LONGEST: u64 = 8192;

/// Keeps, removes or lists keys.
pub(super) fn run(arguments: &Arguments, key: &KeyCommand, output: &Output) -> Result<Exit, Failure> {
    match key {
        KeyCommand::Set { name, rest } => set(named(name)?, !rest.is_empty(), arguments, output),
        KeyCommand::Remove { name } => remove(named(name)?, output),
        KeyCommand::List => list(arguments, output),
    }
}

/// A name that is one. What stands there may be the key itself, so it is not repeated.
fn named(name: &str) -> Result<&str, Failure> {
    is_key_name(name).then_some(name).ok_or_else(|| Failure::Asked {
        message: "that is no name of a key".to_owned(),
        hint: Some(
            "`soundlock key set FAL_KEY`: the name that film.toml gives as key_env, not the key".to_owned(),
        ),
    })
}

fn set(name: &str, has_more: bool, arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    if has_more {
        return Err(Failure::Asked {
            message: "a key is never given as an argument: shells and process lists show it".to_owned(),
            hint: Some(format!("`soundlock key set {name}` asks for it, or reads it from standard input")),
        });
    }
    let keyring = Keyring::new(output);
    keyring.set(name, asked_for(name)?).map_err(failed(name))?;
    output.object("key", &json!({ "variable": name, "from": "keyring" }))?;
    output.line(format!("{name} is in the keyring"))?;
    if keyring.kept(name) == Ok(Kept::Environment) {
        output.say(format!("the environment has a {name} too, which goes before it"));
    }
    let needed = Folder::find(&arguments.film).and_then(|folder| keys_needed(&folder));
    if needed.is_ok_and(|needed| needed.iter().all(|key| key.variable != name)) {
        output.say(format!("film.toml here asks for no {name}; key_env = \"{name}\" does"));
    }
    Ok(Exit::Done)
}

/// The key: typed without being seen, or one line of standard input.
fn asked_for(name: &str) -> Result<String, Failure> {
    let text = if std::io::stdin().is_terminal() {
        rpassword::prompt_password(format!("{name} (it is not shown): "))?
    } else {
        let mut line = String::new();
        let read = std::io::stdin().lock().take(LONGEST).read_line(&mut line);
        read.map_err(|_| no_key())?;
        line
    };
    let text = text.trim();
    Key::new(text).map_err(|_| no_key())?;
    Ok(text.to_owned())
}

fn no_key() -> Failure {
    Failure::Asked {
        message: "what was given is no key: nothing, or letters that no key has".to_owned(),
        hint: Some("the key alone, in one line, without quotation marks and spaces".to_owned()),
    }
}

fn remove(name: &str, output: &Output) -> Result<Exit, Failure> {
    let removed = Keyring::new(output).remove(name).map_err(failed(name))?;
    if !removed {
        let message = format!("the keyring has no {name} of soundlock");
        return Err(Failure::NotReady { message, hint: None });
    }
    output.object("key", &json!({ "variable": name, "from": null }))?;
    output.line(format!("{name} is no longer in the keyring"))?;
    Ok(Exit::Done)
}

fn failed(name: &str) -> impl FnOnce(KeyringError) -> Failure {
    let variable = name.to_owned();
    move |source| Failure::Keyring { variable, source }
}

fn list(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let needed = keys_needed(&Folder::find(&arguments.film)?)?;
    if needed.is_empty() {
        output.say("the film needs no key");
    }
    say(&needed, output)?;
    Ok(Exit::Done)
}

/// Where each of the keys that are `needed` is, never what it is.
pub(super) fn say(needed: &[KeyNeeded], output: &Output) -> Result<(), Failure> {
    let keyring = Keyring::new(output);
    let mut trouble = None;
    let (mut first_missing, mut width) = (None, 12);
    for key in needed {
        width = width.max(key.variable.len());
    }
    for KeyNeeded { variable, service, table } in needed {
        let kept = keyring.kept(variable);
        let from = match &kept {
            Ok(Kept::Environment) => Some("environment"),
            Ok(Kept::Keyring) => Some("keyring"),
            Ok(Kept::Nowhere) | Err(_) => None,
        };
        let word = match &kept {
            Err(KeyringError::Locked | KeyringError::Silent { .. }) => "keyring is locked",
            _ => from.unwrap_or("MISSING"),
        };
        let why = kept.err().map(|error| error.to_string());
        output.object(
            "key",
            &json!({ "variable": variable, "service": service, "table": table, "there": from.is_some(), "from": from,
                     "keyring": why }),
        )?;
        output.line(format!("{variable:width$} {word:18} the key of [{table}] in film.toml"))?;
        if from.is_none() {
            first_missing.get_or_insert(variable);
        }
        trouble = trouble.or(why);
    }
    if let Some(why) = trouble {
        output.say(format!("the keyring cannot be asked: {why}"));
    }
    if let Some(variable) = first_missing {
        output.say(format!(
            "set it: export {variable}=…, or keep it in the keyring: `soundlock key set {variable}`"
        ));
    }
    Ok(())
}
