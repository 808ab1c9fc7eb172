//! What a generator is told, put together from templates.

use std::collections::BTreeMap;

use soundlock_script::Setting;

use crate::names::title_case;
use crate::{Angle, Look, Movement, PlanError, PlanRules, PromptTemplate, ShotSize};

/// Fields that a template may name.
pub(crate) const FIELDS: [&str; 11] = [
    "size", "angle", "movement", "subjects", "speech", "action", "setting", "place", "time", "light", "style",
];

/// Who is heard in a shot.
#[derive(Debug, Default)]
pub(crate) struct Voices {
    /// Those whose lips move when they are in the picture.
    pub(crate) speakers: Vec<String>,
    /// Voices from elsewhere: another room, a radio, a thought.
    pub(crate) elsewhere: Vec<String>,
}

/// A template taken apart.
enum Piece {
    Text(String),
    Field(String),
    /// Left out when a field in it is empty.
    Optional(Vec<Piece>),
}

/// Refuses a template that names what does not exist.
pub(crate) fn check(template: &PromptTemplate) -> Result<(), PlanError> {
    template.parts.iter().try_for_each(|part| pieces(part).map(|_| ()))
}

/// The prompt of a shot. `time` is the scene's time of day (an earlier scene's where the heading says `LATER`).
pub(crate) fn prompt(look: &Look, time: &str, voices: &Voices, rules: &PlanRules) -> String {
    let values = values(look, time, voices, rules);
    let parts = rules.template.parts.iter().filter_map(|part| {
        let pieces = pieces(part).ok()?;
        let text = crate::doing::one_line(&render(&pieces, &values)?);
        let text = text.trim_matches([' ', ',']).to_owned();
        (!text.is_empty()).then_some(text)
    });
    let mut prompt = String::new();
    for part in parts {
        join(&mut prompt, &part, &rules.template.joiner);
    }
    prompt
}

/// Two parts with the joiner between them; a part that ends with a stop of its own needs no second one.
fn join(prompt: &mut String, part: &str, joiner: &str) {
    if !prompt.is_empty() {
        let stops = prompt.ends_with(['.', '!', '?', '…', '。', ',']);
        let joiner = if stops { joiner.trim_start_matches(['.', ',', ';']) } else { joiner };
        prompt.push_str(if joiner.is_empty() { " " } else { joiner });
    }
    prompt.push_str(part);
}

fn pieces(part: &str) -> Result<Vec<Piece>, PlanError> {
    let wrong = |why: &str| PlanError::Template { part: part.to_owned(), why: why.to_owned() };
    let mut outer: Vec<Piece> = Vec::new();
    let mut optional: Option<Vec<Piece>> = None;
    let mut rest = part;
    while let Some(place) = rest.find(['{', '}', '[', ']']) {
        let (text, sign) = (&rest[..place], &rest[place..=place]);
        let into = optional.as_mut().unwrap_or(&mut outer);
        if !text.is_empty() {
            into.push(Piece::Text(text.to_owned()));
        }
        rest = &rest[place + 1..];
        match sign {
            "{" => {
                let (name, after) = rest.split_once('}').ok_or_else(|| wrong("a `{` is not closed"))?;
                if !FIELDS.contains(&name) {
                    return Err(wrong(&format!("there is no field {{{name}}}")));
                }
                into.push(Piece::Field(name.to_owned()));
                rest = after;
            }
            "[" if optional.is_none() => optional = Some(Vec::new()),
            "]" => outer.push(Piece::Optional(optional.take().ok_or_else(|| wrong("a `]` was not opened"))?)),
            "[" => return Err(wrong("a `[` stands inside another")),
            _ => return Err(wrong("a `}` was not opened")),
        }
    }
    if optional.is_some() {
        return Err(wrong("a `[` is not closed"));
    }
    if !rest.is_empty() {
        outer.push(Piece::Text(rest.to_owned()));
    }
    Ok(outer)
}

/// The text of `pieces`; `None` when a field is empty.
fn render(pieces: &[Piece], values: &BTreeMap<&str, String>) -> Option<String> {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(words) => text.push_str(words),
            Piece::Field(name) => text.push_str(values.get(name.as_str()).filter(|value| !value.is_empty())?),
            Piece::Optional(pieces) => text.push_str(&render(pieces, values).unwrap_or_default()),
        }
    }
    Some(text)
}

fn values(look: &Look, time: &str, voices: &Voices, rules: &PlanRules) -> BTreeMap<&'static str, String> {
    let place = rules.places.iter().find(|(name, _)| same_name(name, &look.place)).map(|(_, place)| place);
    let looks = place.map(|place| place.looks.clone()).filter(|looks| !looks.is_empty());
    let light = place.and_then(|place| light(&place.light, time));
    let setting = match look.setting {
        Some(Setting::Interior) => "interior",
        Some(Setting::Exterior) => "exterior",
        Some(Setting::Both) => "interior and exterior",
        None => "",
    };
    BTreeMap::from([
        ("size", size_words(look.size).to_owned()),
        ("angle", angle_words(look.angle).to_owned()),
        ("movement", movement_words(look.movement).to_owned()),
        ("subjects", subjects(&look.subjects, rules)),
        ("speech", speech(&look.subjects, voices)),
        ("action", look.action.clone()),
        ("setting", setting.to_owned()),
        ("place", looks.unwrap_or_else(|| look.place.to_lowercase())),
        ("time", time.to_lowercase()),
        ("light", light.unwrap_or_else(|| time.to_lowercase())),
        ("style", rules.style.style.clone()),
    ])
}

fn same_name(one: &str, other: &str) -> bool {
    let plain = |name: &str| crate::doing::one_line(name).to_lowercase();
    plain(one) == plain(other)
}

fn light(light: &BTreeMap<String, String>, time: &str) -> Option<String> {
    let time = time.to_lowercase();
    let named = light.iter().filter(|(key, _)| *key != "*" && time.contains(&key.to_lowercase()));
    // `winter night` says more than `night`.
    let named = named.max_by_key(|(key, _)| key.len()).map(|(_, words)| words);
    named.or_else(|| light.get("*")).filter(|words| !words.is_empty()).cloned()
}

fn subjects(subjects: &[String], rules: &PlanRules) -> String {
    let described: Vec<String> = subjects
        .iter()
        .map(|name| match rules.cast.get(name).filter(|looks| !looks.trim().is_empty()) {
            Some(looks) => format!("{} ({})", title_case(name), looks.trim()),
            None => title_case(name),
        })
        .collect();
    list(&described)
}

fn speech(subjects: &[String], voices: &Voices) -> String {
    let speak: Vec<String> =
        subjects.iter().filter(|name| voices.speakers.contains(name)).map(|name| title_case(name)).collect();
    let others = voices.speakers.iter().chain(&voices.elsewhere);
    let hears = |name: &String| !voices.elsewhere.contains(name) && others.clone().any(|other| other != name);
    match speak.as_slice() {
        [] => subjects
            .first()
            .filter(|name| hears(name))
            .map_or_else(String::new, |name| format!("{} listens", title_case(name))),
        [_] => format!("{} speaks", list(&speak)),
        _ => format!("{} speak", list(&speak)),
    }
}

fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [name] => name.clone(),
        [names @ .., last] => format!("{} and {last}", names.join(", ")),
    }
}

fn size_words(size: ShotSize) -> &'static str {
    match size {
        ShotSize::ExtremeWide => "extreme wide shot",
        ShotSize::Wide => "wide shot",
        ShotSize::Medium => "medium shot",
        ShotSize::MediumClose => "medium close-up",
        ShotSize::Close => "close-up",
        ShotSize::ExtremeClose => "extreme close-up",
    }
}

fn angle_words(angle: Angle) -> &'static str {
    match angle {
        Angle::Eye => "eye level",
        Angle::Low => "low angle",
        Angle::High => "high angle",
        Angle::OverShoulder => "over the shoulder",
    }
}

fn movement_words(movement: Movement) -> &'static str {
    match movement {
        Movement::Static => "static camera",
        Movement::PushIn => "slow push-in",
        Movement::PullOut => "slow pull-out",
        Movement::PanLeft => "pan to the left",
        Movement::PanRight => "pan to the right",
        Movement::Track => "tracking shot",
        Movement::Handheld => "handheld camera",
    }
}

/// The time of day that a heading names, or the one before where it only says how it follows.
pub(crate) fn time_of_day(time: &str, before: &str) -> String {
    let follows =
        ["LATER", "CONTINUOUS", "SAME", "MOMENTS LATER", "나중에", "잠시 후", "계속", "이어서", "같은 시간"];
    let plain = time.trim().to_uppercase();
    let only_follows = plain.is_empty() || follows.contains(&plain.as_str());
    if only_follows { before.to_owned() } else { time.trim().to_owned() }
}
