//! Requests that were frozen, as bytes: files are read from the disk while they go out.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use soundlock_service::{Body, Field, Piece};
use soundlock_shoot::{Call, Given, Trouble};

use super::answer::links;
use super::description::{Places, Sent, Upload};
use super::fill::{FILE, mime};

/// A request as it was written down.
pub(super) struct Frozen {
    pub(super) path: String,
    pub(super) headers: Vec<(String, String)>,
    sent: Sent,
    body: Value,
}

/// One question of handing a file in.
pub(super) struct Step<'a> {
    pub(super) to: To<'a>,
    pub(super) body: &'a Body,
}

/// Where a file is handed in.
pub(super) enum To<'a> {
    Path(&'a str),
    Link(&'a str),
}

/// A file that goes along, as it stands in a frozen body.
struct Along {
    given: Given,
    form: String,
}

impl Frozen {
    /// Reads a request; its form is ours, and whoever changed it is told.
    pub(super) fn read(body: &Value) -> Result<Self, String> {
        let changed = || "the request is not in the form in which it was written down".to_owned();
        let path = body.pointer("/path").and_then(Value::as_str).ok_or_else(changed)?;
        let sent = body.pointer("/send").cloned().and_then(|sent| serde_json::from_value(sent).ok());
        let headers = body.pointer("/headers").and_then(Value::as_object).ok_or_else(changed)?;
        let line = |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
        Ok(Self {
            path: path.to_owned(),
            headers: headers.iter().filter_map(line).collect(),
            sent: sent.ok_or_else(changed)?,
            body: body.pointer("/body").cloned().ok_or_else(changed)?,
        })
    }

    /// Whether a file is handed in before.
    pub(super) fn uploads(&self, given: &Given) -> bool {
        uploads(&self.body, given)
    }
}

fn uploads(value: &Value, given: &Given) -> bool {
    match value {
        Value::Array(values) => values.iter().any(|value| uploads(value, given)),
        Value::Object(map) => match along(map) {
            Some(along) => along.form == "upload" && along.given == *given,
            None => map.values().any(|value| uploads(value, given)),
        },
        _ => false,
    }
}

fn along(map: &Map<String, Value>) -> Option<Along> {
    let hash = serde_json::from_value(map.get(FILE)?.clone()).ok()?;
    let text = |key: &str| map.get(key).and_then(Value::as_str).map(str::to_owned);
    Some(Along { given: Given { hash, extension: text("extension")? }, form: text("as")? })
}

/// The bytes of a request; `uploaded` are the addresses of files that were handed in before, by hash.
pub(super) fn body(
    frozen: &Frozen,
    id: &str,
    call: &Call<'_>,
    uploaded: &BTreeMap<String, String>,
) -> Result<Body, Trouble> {
    match frozen.sent {
        Sent::Json => {
            let mut pieces = Vec::new();
            let mut text = String::new();
            write(&frozen.body, call, uploaded, &mut text, &mut pieces)?;
            pieces.push(Piece::text(&text));
            Ok(Body::of("application/json", pieces))
        }
        Sent::Form => form(&frozen.body, id, call),
    }
}

/// JSON with files in its strings.
fn write(
    value: &Value,
    call: &Call<'_>,
    uploaded: &BTreeMap<String, String>,
    text: &mut String,
    pieces: &mut Vec<Piece>,
) -> Result<(), Trouble> {
    match value {
        Value::Array(values) => {
            text.push('[');
            for (number, value) in values.iter().enumerate() {
                text.push_str(if number == 0 { "" } else { "," });
                write(value, call, uploaded, text, pieces)?;
            }
            text.push(']');
        }
        Value::Object(map) => {
            if let Some(along) = along(map) {
                return file(&along, call, uploaded, text, pieces);
            }
            text.push('{');
            for (number, (key, value)) in map.iter().enumerate() {
                text.push_str(if number == 0 { "" } else { "," });
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                write(value, call, uploaded, text, pieces)?;
            }
            text.push('}');
        }
        other => text.push_str(&other.to_string()),
    }
    Ok(())
}

fn file(
    along: &Along,
    call: &Call<'_>,
    uploaded: &BTreeMap<String, String>,
    text: &mut String,
    pieces: &mut Vec<Piece>,
) -> Result<(), Trouble> {
    if along.form == "upload" {
        let link = uploaded.get(&along.given.hash.to_string()).ok_or_else(|| gone(&along.given))?;
        text.push_str(&Value::from(link.as_str()).to_string());
        return Ok(());
    }
    let path = found(&along.given, call)?;
    text.push('"');
    if along.form == "data" {
        text.extend(["data:", mime(&along.given.extension), ";base64,"]);
    }
    pieces.push(Piece::text(text));
    text.clear();
    pieces.push(Piece::base64(&path).map_err(|error| unread(&path, &error))?);
    text.push('"');
    Ok(())
}

fn form(body: &Value, id: &str, call: &Call<'_>) -> Result<Body, Trouble> {
    let mut parts: Vec<(String, Part)> = Vec::new();
    for (name, value) in body.as_object().into_iter().flatten() {
        match value {
            Value::Array(values) => {
                for value in values {
                    parts.push((name.clone(), part(name, value, call)?));
                }
            }
            value => parts.push((name.clone(), part(name, value, call)?)),
        }
    }
    let fields: Vec<Field<'_>> = parts.iter().map(|(name, part)| part.field(name)).collect();
    Body::form(&fields, &boundary(id)).map_err(|error| unread(Path::new("a file that goes along"), &error))
}

enum Part {
    Text(String),
    File { path: PathBuf, file_name: String, mime: &'static str },
}

impl Part {
    fn field<'a>(&'a self, name: &'a str) -> Field<'a> {
        match self {
            Self::Text(text) => Field::Text { name, text },
            Self::File { path, file_name, mime } => Field::File { name, path, file_name, mime },
        }
    }
}

fn part(name: &str, value: &Value, call: &Call<'_>) -> Result<Part, Trouble> {
    if let Some(along) = value.as_object().and_then(along) {
        let path = found(&along.given, call)?;
        let (file_name, mime) = (file_name(name, &along.given), mime(&along.given.extension));
        return Ok(Part::File { path, file_name, mime });
    }
    Ok(Part::Text(match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }))
}

/// Hands a file in, and gives the address by which a job names it.
pub(super) fn upload(
    upload: &Upload,
    given: &Given,
    id: &str,
    call: &Call<'_>,
    step: impl Fn(&Step<'_>) -> Result<Value, Trouble>,
) -> Result<String, Trouble> {
    let path = found(given, call)?;
    let (name, mime) = (file_name("file", given), mime(&given.extension));
    let unread = |error: io::Error| unread(&path, &error);
    let body = match &upload.field {
        Some(field) => {
            let file = Field::File { name: field, path: &path, file_name: &name, mime };
            Body::form(&[file], &boundary(id)).map_err(unread)?
        }
        None => Body::json(&named(&Value::Object(upload.body.clone()), &name, mime).to_string()),
    };
    let value = step(&Step { to: To::Path(&upload.path), body: &body })?;
    let at = |place: &String| links(&value, &Places(vec![place.clone()])).into_iter().next();
    let missing = || Trouble::Lost { why: "its answer to a file names no address".to_owned() };
    let link = at(&upload.link).ok_or_else(missing)?;
    if let Some(place) = &upload.put {
        let to = at(place).ok_or_else(missing)?;
        let body = Body::of(mime, vec![Piece::file(&path).map_err(unread)?]);
        step(&Step { to: To::Link(&to), body: &body })?;
    }
    Ok(link)
}

/// What is said of a file before it is handed in.
fn named(template: &Value, name: &str, mime: &str) -> Value {
    match template {
        Value::String(text) => Value::String(text.replace("{file_name}", name).replace("{mime}", mime)),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(key, value)| (key.clone(), named(value, name, mime))).collect())
        }
        other => other.clone(),
    }
}

/// What parts the fields of a form: our own id for the attempt, which nobody can have written into a script.
fn boundary(id: &str) -> String {
    let id: String =
        id.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').take(40).collect();
    format!("soundlock-{id}")
}

fn file_name(name: &str, given: &Given) -> String {
    let plain =
        |text: &str| -> String { text.chars().filter(char::is_ascii_alphanumeric).take(20).collect() };
    format!("{}.{}", plain(name), plain(&given.extension))
}

fn found(given: &Given, call: &Call<'_>) -> Result<PathBuf, Trouble> {
    (call.given)(given).ok_or_else(|| gone(given))
}

fn gone(given: &Given) -> Trouble {
    let Given { hash, extension } = given;
    Trouble::TurnedDown {
        said: format!("a {extension} that goes along is gone from the film's vault ({hash})"),
    }
}

fn unread(path: &Path, error: &io::Error) -> Trouble {
    Trouble::TurnedDown { said: format!("{} cannot be read: {error}", path.display()) }
}
