//! The fields of a template, filled for one shot.

use std::collections::BTreeMap;

use soundlock_script::Setting;

use super::{NegativeUse, PromptTemplate, kept_out};
use crate::bible::{Dressed, StyleWords, Told};
use crate::doing::one_line;
use crate::names::title_case;
use crate::{Angle, Look};

/// Words, and what they were taken from; `None` for words of the template's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) text: String,
    pub(super) from: Option<String>,
}

/// The words of a field; none where there is nothing to say.
pub(super) type Value = Vec<Said>;
/// The words of each field.
pub(super) type Values = BTreeMap<&'static str, Value>;

/// The words of every field for a shot.
pub(super) fn values(look: &Look, told: &Told, style: &StyleWords, template: &PromptTemplate) -> Values {
    let worded = template.negative == NegativeUse::Worded;
    let setting = match look.setting {
        Some(Setting::Interior) => "interior",
        Some(Setting::Exterior) => "exterior",
        Some(Setting::Both) => "interior and exterior",
        None => "",
    };
    BTreeMap::from([
        ("size", camera(&template.size, look.size.short(), "shot.size")),
        ("angle", camera(&template.angle, look.angle.word(), "shot.angle")),
        ("movement", camera(&template.movement, look.movement.word(), "shot.move")),
        ("detail", said(&look.detail, "shot.detail")),
        ("subjects", list(told.subjects.iter().map(|subject| dressed(subject, template)), template)),
        ("sides", sides(look, told, template)),
        ("speech", speech(look, told, template)),
        ("action", said(&look.action, "shot.action")),
        ("setting", said(setting, "heading")),
        ("place", place(look, told)),
        ("props", props(told, template)),
        ("time", said(&told.time.to_lowercase(), "heading")),
        ("light", light(told)),
        ("palette", said(&style.palette, "look.palette")),
        ("style", said(&style.style, "look.style")),
        ("references", references(told, template)),
        ("never", if worded { never(style, template) } else { Value::new() }),
    ])
}

fn said(text: &str, from: &str) -> Value {
    let text = one_line(text);
    if text.is_empty() { Value::new() } else { vec![Said { text, from: Some(from.to_owned()) }] }
}

fn own(text: &str) -> Said {
    Said { text: text.to_owned(), from: None }
}

/// The family's words for a word of the camera.
fn camera(words: &BTreeMap<String, String>, word: &str, from: &str) -> Value {
    words.get(word).map(|words| said(words, from)).unwrap_or_default()
}

/// A phrase of the family with `value` in the place of `{}`.
fn phrase(template: &PromptTemplate, key: &str, value: Value) -> Value {
    let (before, after) = template.phrase(key).split_once("{}").unwrap_or(("", ""));
    let around = |text: &str| (!text.is_empty()).then(|| own(text));
    around(before).into_iter().chain(value).chain(around(after)).collect()
}

/// Several values as one: `a, b and c`.
fn list(values: impl Iterator<Item = Value>, template: &PromptTemplate) -> Value {
    let values: Vec<Value> = values.filter(|value| !value.is_empty()).collect();
    let count = values.len();
    let mut all = Value::new();
    for (index, value) in values.into_iter().enumerate() {
        match index {
            0 => {}
            index if index + 1 == count => all.push(own(&format!(" {} ", template.and()))),
            _ => all.push(own(", ")),
        }
        all.extend(value);
    }
    all
}

/// `Mina (a woman of forty, wearing a grey coat, wet)`.
fn dressed(subject: &Dressed, template: &PromptTemplate) -> Value {
    let name = &subject.name;
    let wears = said(&subject.wears, &format!("cast.{name}.costume.{}", subject.costume.unwrap_or(0)));
    let wears = if wears.is_empty() { wears } else { phrase(template, "wearing", wears) };
    let state = subject.state.iter().map(|state| said(state, &format!("note {name}")));
    let facts = [said(&subject.looks, &format!("cast.{name}.looks")), wears].into_iter().chain(state);
    with_facts(said(&title_case(name), "shot.subjects"), facts)
}

/// A name with what is known in brackets behind it.
fn with_facts(mut name: Value, facts: impl Iterator<Item = Value>) -> Value {
    let facts: Vec<Value> = facts.filter(|fact| !fact.is_empty()).collect();
    if facts.is_empty() {
        return name;
    }
    for (index, fact) in facts.into_iter().enumerate() {
        name.push(own(if index == 0 { " (" } else { ", " }));
        name.extend(fact);
    }
    name.push(own(")"));
    name
}

/// Who is on which side, where people stand together or talk: the same in every shot of a scene, so that two who talk
/// look at each other across the cut.
fn sides(look: &Look, told: &Told, template: &PromptTemplate) -> Value {
    let place = |name: &String| look.present.iter().position(|present| present == name);
    let name = |name: &str| said(&title_case(name), "shot.sides");
    let mut seen: Vec<(usize, &String)> =
        look.subjects.iter().filter_map(|name| Some((place(name)?, name))).collect();
    seen.sort_unstable();
    match seen.as_slice() {
        [(_, left), .., (_, right)] => list(
            [phrase(template, "left", name(left)), phrase(template, "right", name(right))].into_iter(),
            template,
        ),
        [(at, alone)] if look.angle != Angle::Behind && look.detail.is_empty() => {
            let Some(partner) = told.partner.as_ref().and_then(place).filter(|other| other != at) else {
                return Value::new();
            };
            let key = if *at < partner { "faces-right" } else { "faces-left" };
            phrase(template, key, name(alone))
        }
        _ => Value::new(),
    }
}

fn speech(look: &Look, told: &Told, template: &PromptTemplate) -> Value {
    if !look.detail.is_empty() {
        return Value::new();
    }
    let name = |name: &String| said(&title_case(name), "script");
    let speak: Vec<&String> = look.subjects.iter().filter(|name| told.speakers.contains(name)).collect();
    let others = || told.speakers.iter().chain(&told.elsewhere);
    let hears = |name: &&String| !told.elsewhere.contains(name) && others().any(|other| other != *name);
    match speak.as_slice() {
        [] => look
            .subjects
            .first()
            .filter(hears)
            .map_or_else(Value::new, |first| phrase(template, "listens", name(first))),
        [speaker] => phrase(template, "speaks", name(speaker)),
        speakers => phrase(template, "speak", list(speakers.iter().map(|speaker| name(speaker)), template)),
    }
}

fn place(look: &Look, told: &Told) -> Value {
    let place = &told.place;
    let mut words = said(&place.looks, &format!("places.{}.looks", place.name));
    if words.is_empty() {
        words = said(&look.place.to_lowercase(), "heading");
    }
    for state in place.state.iter().map(|state| said(state, &format!("note {}", place.name))) {
        if !words.is_empty() && !state.is_empty() {
            words.push(own(", "));
        }
        words.extend(state);
    }
    words
}

fn light(told: &Told) -> Value {
    let words =
        said(&told.place.light, &format!("places.{}.light.{}", told.place.name, told.place.light_for));
    if words.is_empty() { said(&told.time.to_lowercase(), "heading") } else { words }
}

fn props(told: &Told, template: &PromptTemplate) -> Value {
    let words = told.props.iter().map(|prop| {
        let state = prop.state.iter().map(|state| said(state, &format!("note {}", prop.name)));
        let facts: Vec<Value> =
            std::iter::once(said(&prop.looks, &format!("props.{}.looks", prop.name))).chain(state).collect();
        // Its name alone is in the action already.
        if facts.iter().all(Vec::is_empty) {
            return Value::new();
        }
        with_facts(said(&prop.name.to_lowercase(), "shot.action"), facts.into_iter())
    });
    list(words, template)
}

/// `Mina as in image 1`, for families that take stills.
fn references(told: &Told, template: &PromptTemplate) -> Value {
    let taken = told.references.iter().take(template.slots.references).enumerate();
    let words = taken.map(|(index, reference)| {
        let name = said(&title_case(&reference.of), &reference.file);
        let phrase = phrase(template, "reference", name);
        let numbered =
            |said: Said| Said { text: said.text.replace("{number}", &(index + 1).to_string()), ..said };
        phrase.into_iter().map(numbered).collect()
    });
    list(words, template)
}

fn never(style: &StyleWords, template: &PromptTemplate) -> Value {
    let kept_out = kept_out(style, template);
    if kept_out.is_empty() {
        Value::new()
    } else {
        phrase(template, "never", said(&kept_out.join(", "), "look.never"))
    }
}
