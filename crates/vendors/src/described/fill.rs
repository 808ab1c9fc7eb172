//! Templates: what is sent, with placeholders for what an order says.

use std::collections::BTreeSet;

use serde_json::{Map, Number, Value, json};
use soundlock_service::path_part;
use soundlock_shoot::{Given, Input, ShotOrder};
use soundlock_time::{Fps, Raster};

use super::description::{FileForm, Sent};

/// The key of a table that stands for a file in a request.
pub(super) const FILE: &str = "$file";
/// Tables with these keys are only sent with or without an input.
const WITH: &str = "only_with";
const WITHOUT: &str = "only_without";
/// Sides of pictures that services have names for.
const ASPECTS: [(u32, u32); 11] =
    [(16, 9), (9, 16), (4, 3), (3, 4), (1, 1), (21, 9), (9, 21), (3, 2), (2, 3), (2, 1), (1, 2)];
/// Lines that services have names for.
const LINES: [u32; 9] = [240, 360, 480, 540, 720, 768, 1080, 1440, 2160];

const INPUTS: [&str; 8] =
    ["first", "last", "reference", "references", "audio", "negative", "seed", "own_sound"];
const WORDS: [&str; 16] = [
    "prompt",
    "frames",
    "seconds",
    "fps",
    "width",
    "height",
    "size",
    "aspect",
    "resolution",
    "lines",
    "model",
    "name",
    "id",
    "first_mime",
    "last_mime",
    "audio_mime",
];
/// What paths may have besides the model.
const IN_PATHS: [&str; 4] = ["model", "id", "path", "file"];

/// An order with what the model is known to take.
pub(super) struct Filling<'a> {
    pub(super) order: &'a ShotOrder,
    pub(super) model: &'a str,
    pub(super) name: &'a str,
    pub(super) id: &'a str,
    /// `None` where it is not known.
    pub(super) takes: Option<&'a [Input]>,
    pub(super) files: FileForm,
    pub(super) sent: Sent,
}

/// What came of a template.
#[derive(Default)]
pub(super) struct Filled {
    pub(super) carried: BTreeSet<&'static str>,
    pub(super) given: Vec<Given>,
}

pub(super) fn is_input(name: &str) -> bool {
    INPUTS.contains(&name)
}

/// Looks whether a template has only placeholders that mean something.
pub(super) fn checked(body: &Map<String, Value>) -> Result<(), String> {
    body.iter()
        .try_for_each(|(key, value)| checked_value(key, value).map_err(|why| format!("`{key}`: {why}")))
}

fn checked_value(key: &str, value: &Value) -> Result<(), String> {
    match value {
        Value::String(text) if key == WITH || key == WITHOUT => {
            if is_input(text) {
                Ok(())
            } else {
                Err(format!("`{text}` is no input"))
            }
        }
        Value::String(text) => pieces(text)?.iter().try_for_each(|piece| match piece {
            Piece::Words(_) => Ok(()),
            Piece::Place(name, _) if INPUTS.contains(name) || WORDS.contains(name) => Ok(()),
            Piece::Place(name, _) => Err(format!("`{{{name}}}` is not known")),
        }),
        Value::Array(values) => values.iter().try_for_each(|value| checked_value("", value)),
        Value::Object(map) => checked(map),
        _ => Ok(()),
    }
}

/// A path with `x` for its placeholders.
pub(super) fn checked_path(path: &str) -> Result<String, String> {
    let piece = |piece: &Piece<'_>| match piece {
        Piece::Words(words) => Ok((*words).to_owned()),
        Piece::Place(name, None) if IN_PATHS.contains(name) => {
            Ok(if *name == "path" { "/x" } else { "x" }.to_owned())
        }
        Piece::Place(name, _) => Err(format!("`{{{name}}}` is not known in a path")),
    };
    pieces(path)?.iter().map(piece).collect()
}

/// A path with its placeholders filled. What goes in stays one part each; ids and models that are paths keep theirs.
pub(super) fn path(
    template: &str,
    value: impl Fn(&str) -> Option<String>,
    id_is_path: bool,
) -> Result<String, String> {
    let mut out = String::new();
    for piece in pieces(template)? {
        match piece {
            Piece::Words(words) => out.push_str(words),
            Piece::Place("path", _) => out.push_str(&value("path").unwrap_or_default()),
            Piece::Place(name, _) => {
                let text = value(name).ok_or_else(|| format!("it has no {name}"))?;
                let parts: Vec<&str> = if name == "model" || id_is_path {
                    text.split('/').collect()
                } else {
                    vec![text.as_str()]
                };
                let parts: Option<Vec<String>> = parts.into_iter().map(path_part).collect();
                let parts = parts.ok_or_else(|| format!("its {name} cannot stand in an address"))?;
                out.push_str(&parts.join("/"));
            }
        }
    }
    Ok(out)
}

/// Words, and placeholders with what to make of them.
#[derive(Debug, PartialEq)]
enum Piece<'a> {
    Words(&'a str),
    Place(&'a str, Option<&'a str>),
}

/// `{seconds}`, `{seconds as text}`, `{own_sound|on|off}`. Braces around anything else are an error.
fn pieces(text: &str) -> Result<Vec<Piece<'_>>, String> {
    let (mut rest, mut pieces) = (text, Vec::new());
    while let Some(start) = rest.find('{') {
        let end = rest[start..].find('}').ok_or_else(|| format!("`{text}` has a {{ without }}"))? + start;
        if start > 0 {
            pieces.push(Piece::Words(&rest[..start]));
        }
        let inside = &rest[start + 1..end];
        let place = match (inside.split_once(" as "), inside.split_once('|')) {
            (Some((name, form)), _) if ["text", "base64", "data", "upload"].contains(&form) => {
                Piece::Place(name, Some(form))
            }
            (Some((_, form)), _) => return Err(format!("`{{{inside}}}`: `{form}` is not known")),
            (_, Some(("own_sound", words))) if words.contains('|') => Piece::Place("own_sound", Some(words)),
            (_, Some(_)) => return Err(format!("`{{{inside}}}` is not known")),
            _ => Piece::Place(inside, None),
        };
        pieces.push(place);
        rest = &rest[end + 1..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Words(rest));
    }
    Ok(pieces)
}

impl Filling<'_> {
    /// Whether the order has `input` and the model is not known to leave it alone.
    pub(super) fn has(&self, input: &str) -> bool {
        let inputs = &self.order.inputs;
        let takes = |input: Input| self.takes.is_none_or(|takes| takes.contains(&input));
        match input {
            "first" => inputs.first.is_some() && takes(Input::FirstFrame),
            "last" => inputs.last.is_some() && takes(Input::LastFrame),
            "reference" | "references" => !inputs.references.is_empty() && takes(Input::References),
            "audio" => inputs.audio.is_some() && takes(Input::Audio),
            "negative" => !self.order.negative.is_empty() && takes(Input::Negative),
            "seed" => takes(Input::Seed),
            "own_sound" => inputs.own_sound,
            _ => false,
        }
    }

    /// What `template` says for this order.
    pub(super) fn body(&self, template: &Map<String, Value>, filled: &mut Filled) -> Value {
        Value::Object(self.table(template, None, filled).unwrap_or_default())
    }

    /// `None` where the table is only for other orders.
    fn table(
        &self,
        template: &Map<String, Value>,
        reference: Option<&Given>,
        filled: &mut Filled,
    ) -> Option<Map<String, Value>> {
        let input = |key: &str| template.get(key).and_then(Value::as_str);
        let left = input(WITH).is_some_and(|input| !self.has(input))
            || input(WITHOUT).is_some_and(|input| self.has(input));
        if left {
            return None;
        }
        let own = template.iter().filter(|(key, _)| *key != WITH && *key != WITHOUT);
        let value = |(key, value): (&String, &Value)| {
            self.value(value, reference, filled).map(|value| (key.clone(), value))
        };
        Some(own.filter_map(value).collect())
    }

    /// `None` where it says what the order does not have.
    fn value(&self, template: &Value, reference: Option<&Given>, filled: &mut Filled) -> Option<Value> {
        match template {
            Value::String(text) => self.text(text, reference, filled),
            Value::Array(values) => {
                let values: Vec<Value> =
                    values.iter().flat_map(|value| self.elements(value, filled)).collect();
                (!values.is_empty()).then_some(Value::Array(values))
            }
            Value::Object(map) => {
                let table = self.table(map, reference, filled)?;
                (!table.is_empty() || map.is_empty()).then_some(Value::Object(table))
            }
            other => Some(other.clone()),
        }
    }

    /// An element of a list: one for each reference where it is about one, none where it says what the order lacks.
    fn elements(&self, template: &Value, filled: &mut Filled) -> Vec<Value> {
        if needs(template, "reference") {
            if !self.has("reference") {
                return Vec::new();
            }
            let references = self.order.inputs.references.iter();
            return references.filter_map(|given| self.value(template, Some(given), filled)).collect();
        }
        let lacks =
            INPUTS.iter().any(|input| *input != "own_sound" && !self.has(input) && needs(template, input));
        if lacks { Vec::new() } else { self.value(template, None, filled).into_iter().collect() }
    }

    fn text(&self, text: &str, reference: Option<&Given>, filled: &mut Filled) -> Option<Value> {
        let pieces = pieces(text).ok()?;
        if let [Piece::Place(name, form)] = pieces.as_slice() {
            return self.place(name, *form, reference, filled);
        }
        let mut out = String::new();
        for piece in pieces {
            match piece {
                Piece::Words(words) => out.push_str(words),
                Piece::Place(name, form) => match self.place(name, form, reference, filled)? {
                    Value::String(text) => out.push_str(&text),
                    other => out.push_str(&other.to_string()),
                },
            }
        }
        Some(Value::String(out))
    }

    fn place(
        &self,
        name: &str,
        form: Option<&str>,
        reference: Option<&Given>,
        filled: &mut Filled,
    ) -> Option<Value> {
        let order = self.order;
        let known = INPUTS.iter().chain(&WORDS).find(|known| **known == name)?;
        if INPUTS.contains(known) && name != "own_sound" && !self.has(name) {
            return None;
        }
        filled.carried.insert(known);
        let value = match name {
            "first" | "last" | "audio" | "reference" => {
                let given = match name {
                    "first" => order.inputs.first.as_ref(),
                    "last" => order.inputs.last.as_ref(),
                    "audio" => order.inputs.audio.as_ref(),
                    _ => reference,
                }?;
                return Some(self.file(given, form, filled));
            }
            "references" => {
                let files = order.inputs.references.iter().map(|given| self.file(given, form, filled));
                return Some(Value::Array(files.collect()));
            }
            "first_mime" => json!(mime(&order.inputs.first.as_ref()?.extension)),
            "last_mime" => json!(mime(&order.inputs.last.as_ref()?.extension)),
            "audio_mime" => json!(mime(&order.inputs.audio.as_ref()?.extension)),
            "prompt" => json!(order.prompt),
            "negative" => json!(order.negative),
            "seed" => json!(order.seed),
            "frames" => json!(order.frames),
            "seconds" => json!(whole_seconds(order.frames, order.fps)),
            "fps" => rate(order.fps),
            "width" => json!(order.raster.width()),
            "height" => json!(order.raster.height()),
            "size" => json!(order.raster.to_string()),
            "aspect" => json!(aspect(order.raster)),
            "lines" => json!(lines(order.raster)),
            "resolution" => json!(resolution(order.raster)),
            "model" => (!self.model.is_empty()).then(|| json!(self.model))?,
            "name" => json!(self.name),
            "id" => json!(self.id),
            "own_sound" => match form.and_then(|form| form.split_once('|')) {
                Some((on, off)) => json!(if order.inputs.own_sound { on } else { off }),
                None => json!(order.inputs.own_sound),
            },
            _ => return None,
        };
        match (form, value) {
            (Some("text"), Value::String(text)) => Some(Value::String(text)),
            (Some("text"), value) => Some(Value::String(value.to_string())),
            (_, value) => Some(value),
        }
    }

    /// A file as it stands in a request: by its content.
    fn file(&self, given: &Given, form: Option<&str>, filled: &mut Filled) -> Value {
        if !filled.given.contains(given) {
            filled.given.push(given.clone());
        }
        let as_ = match (form, self.sent, self.files) {
            (Some(form), ..) => form,
            (None, Sent::Form, _) => "file",
            (None, _, FileForm::Data) => "data",
            (None, _, FileForm::Base64) => "base64",
            (None, _, FileForm::Upload) => "upload",
        };
        json!({ FILE: given.hash, "extension": given.extension, "as": as_ })
    }

    /// What of the order is not in what was filled, a clause each.
    pub(super) fn left_out(&self, filled: &Filled) -> Vec<String> {
        let (order, inputs) = (self.order, &self.order.inputs);
        let carries = |names: &[&str]| names.iter().any(|name| filled.carried.contains(name));
        let left = [
            (!order.negative.is_empty() && !carries(&["negative"]), "it has no negative prompt"),
            (!carries(&["seed"]), "it takes no seed"),
            (inputs.first.is_some() && !carries(&["first"]), "it begins with no still of yours"),
            (inputs.last.is_some() && !carries(&["last"]), "it ends with no still of yours"),
            (
                !inputs.references.is_empty() && !carries(&["reference", "references"]),
                "it goes by no reference stills",
            ),
            (inputs.audio.is_some() && !carries(&["audio"]), "it follows no voice"),
            (inputs.own_sound && !carries(&["own_sound"]), "its own sound cannot be asked for"),
            (!carries(&["frames", "seconds"]), "its length cannot be asked for"),
            (!carries(&["width", "size", "aspect", "lines", "resolution"]), "its size cannot be asked for"),
        ];
        left.into_iter().filter(|(left, _)| *left).map(|(_, clause)| clause.to_owned()).collect()
    }
}

/// Whether an element of a list is nothing without this input: it has its placeholder, and not in a list or a table that may
/// fall away by itself.
fn needs(template: &Value, name: &str) -> bool {
    let is_it = |piece: &Piece<'_>| matches!(piece, Piece::Place(own, _) if *own == name);
    let inside = |value: &Value| !value.is_array() && needs(value, name);
    match template {
        Value::String(text) => pieces(text).is_ok_and(|pieces| pieces.iter().any(is_it)),
        Value::Object(map) => {
            !map.contains_key(WITH) && !map.contains_key(WITHOUT) && map.values().any(inside)
        }
        _ => false,
    }
}

/// Whole seconds: the nearest where that is less than a frame away, else the next, since a take must not be too short.
fn whole_seconds(frames: u32, fps: Fps) -> u64 {
    let (ticks, second) = (u64::from(frames) * u64::from(fps.den()), u64::from(fps.num()));
    let nearest = (ticks + second / 2) / second;
    let is_near = (nearest * second).abs_diff(ticks) < u64::from(fps.den());
    if is_near { nearest } else { ticks.div_ceil(second) }
}

fn rate(fps: Fps) -> Value {
    match (fps.num().checked_div(fps.den()), fps.num() % fps.den()) {
        (Some(whole), 0) => json!(whole),
        _ => Number::from_f64((fps.as_f64() * 1000.0).round() / 1000.0).map_or(Value::Null, Value::Number),
    }
}

fn aspect(raster: Raster) -> String {
    // How much of the one would be cut away to make it the other.
    let own = f64::from(raster.width()) / f64::from(raster.height());
    let off = |(width, height): &(u32, u32)| {
        let ratio = f64::from(*width) / f64::from(*height);
        (ratio / own).max(own / ratio)
    };
    let nearest = ASPECTS.iter().min_by(|one, other| off(one).total_cmp(&off(other)));
    nearest.map(|(width, height)| format!("{width}:{height}")).unwrap_or_default()
}

/// The lines that services would call it: 1280x704 is 720.
fn lines(raster: Raster) -> u32 {
    let own = raster.width().min(raster.height());
    let near = |lines: &&u32| lines.abs_diff(own) * 20 <= own;
    LINES.iter().filter(near).min_by_key(|lines| lines.abs_diff(own)).copied().unwrap_or(own)
}

fn resolution(raster: Raster) -> String {
    match lines(raster) {
        2160 => "4k".to_owned(),
        lines => format!("{lines}p"),
    }
}

/// What a file is, by how its name ends.
pub(super) fn mime(extension: &str) -> &'static str {
    match extension.to_ascii_lowercase().as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "wav" => "audio/wav",
        "mp3" => "audio/mpeg",
        "flac" => "audio/flac",
        "m4a" => "audio/mp4",
        "mp4" => "video/mp4",
        _ => "application/octet-stream",
    }
}
