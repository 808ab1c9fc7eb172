//! A template taken apart.

use crate::PlanError;

/// Fields that a template may name.
pub(crate) const FIELDS: [&str; 17] = [
    "size",
    "angle",
    "movement",
    "detail",
    "subjects",
    "sides",
    "speech",
    "action",
    "setting",
    "place",
    "props",
    "time",
    "light",
    "palette",
    "style",
    "references",
    "never",
];

/// A part of a template.
pub(super) enum Piece {
    Text(String),
    Field(String),
    /// Left out when a field in it is empty.
    Optional(Vec<Piece>),
}

pub(super) fn pieces(part: &str) -> Result<Vec<Piece>, PlanError> {
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
