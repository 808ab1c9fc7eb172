//! One take made with weights on this machine: the program runs itself so, as it runs a program of the director's own.
//!
//! It may crash in here, which then costs an attempt and nothing else. What it tells is what such programs tell
//! (docs/generators.md): an object a line on standard output, talk on standard error.

use std::io::{Read, Write};
use std::path::Path;

use serde_json::{Value, json};
use soundlock_diffusion::{DiffusionError, Order, Setup, Told, make_take};
use soundlock_picture::Tools;

use crate::exit::{Exit, Failure};
use crate::output::Output;

/// A request is a few KiB.
const LONGEST: u64 = 1 << 20;

/// Makes the take of the request on standard input, with the weights of `setup`, in the film folder.
pub(super) fn run(setup: &str) -> Result<Exit, Failure> {
    let wrong = |why: String| DiffusionError::Order { why };
    let setup: Setup = serde_json::from_str(setup).map_err(|error| wrong(error.to_string()))?;
    let mut request = Vec::new();
    let read = std::io::stdin().lock().take(LONGEST).read_to_end(&mut request);
    read.map_err(|error| wrong(error.to_string()))?;
    let order = Order::read(&request)?;
    let tools = Tools::find("ffmpeg", "ffprobe")?;
    tell(&json!({ "said": facts(&order, &setup) }));
    make_take(&order, &setup, Path::new("."), &tools, &|told| match told {
        Told::Progress(part) => tell(&json!({ "progress": part })),
        Told::Fact(name, value) => tell(&json!({ "said": { name: value } })),
        Told::Said(line) => drop(writeln!(std::io::stderr().lock(), "{line}")),
    })?;
    Ok(Exit::Done)
}

/// What the take is made with, as far as it is known before: weights by their content, and what is not made use of.
fn facts(order: &Order, setup: &Setup) -> serde_json::Map<String, Value> {
    let mut facts = serde_json::Map::new();
    for (role, file) in setup.weights.named() {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        // What cannot be read is said when it is loaded.
        if let Ok(hash) = soundlock_vault::hash_file(file) {
            facts.insert(format!("weights {role}"), json!(format!("{name} blake3:{hash}")));
        }
    }
    facts.insert("seed".to_owned(), json!(order.seed));
    if !order.left_out.is_empty() {
        facts.insert("not made use of".to_owned(), json!(order.left_out.join(", ")));
    }
    facts
}

/// Nobody to hear it is no reason to stop: whoever runs us ends us.
fn tell(told: &Value) {
    drop(Output::text(&told.to_string()));
}
