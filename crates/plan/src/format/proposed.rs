//! What somebody other than a person or the planner proposed for a shot, and a person accepted: values like those set by
//! hand, with a note of whose they are.

use std::collections::BTreeMap;

use toml_edit::{Array, DocumentMut, Item, Table, Value};

use super::note::{names_text, short_digest};
use super::write::put;
use crate::{Angle, Movement, PlanError, ShotCode, ShotSize};

/// What a shot is proposed to show; `None` where nothing is proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The shot.
    pub code: ShotCode,
    /// How large its subject is.
    pub size: Option<ShotSize>,
    /// From where it is seen.
    pub angle: Option<Angle>,
    /// What the camera does.
    pub movement: Option<Movement>,
    /// Who is seen.
    pub subjects: Option<Vec<String>>,
    /// What happens.
    pub action: Option<String>,
    /// What the generator is told.
    pub prompt: Option<String>,
}

impl Proposal {
    /// Nothing proposed for a shot.
    pub fn nothing(code: ShotCode) -> Self {
        Self { code, size: None, angle: None, movement: None, subjects: None, action: None, prompt: None }
    }

    /// Whether nothing is proposed.
    pub fn is_empty(&self) -> bool {
        self.values().is_empty()
    }

    /// What is proposed, by key of `cuts.toml`.
    fn values(&self) -> Vec<(&'static str, Value)> {
        let subjects =
            self.subjects.as_ref().map(|names| names.iter().map(String::as_str).collect::<Array>());
        let values: [(&str, Option<Value>); 6] = [
            ("size", self.size.map(|size| size.short().into())),
            ("angle", self.angle.map(|angle| angle.word().into())),
            ("move", self.movement.map(|movement| movement.word().into())),
            ("subjects", subjects.map(Value::Array)),
            ("action", self.action.as_deref().map(Into::into)),
            ("prompt", self.prompt.as_deref().map(Into::into)),
        ];
        values.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
    }
}

/// `cuts.toml` with `proposals` by `by` in it, a model's name. They count as set by hand, and the key `proposed` notes
/// whose they are for as long as nobody changes them. A shot that is not in the file is passed over.
pub fn propose(text: &str, by: &str, proposals: &[Proposal]) -> Result<String, PlanError> {
    super::read::read(text)?;
    let mut document: DocumentMut = text.parse().map_err(|error| super::read::syntax(text, &error))?;
    let Some(tables) = document.get_mut("shot").and_then(Item::as_array_of_tables_mut) else {
        return Ok(text.to_owned());
    };
    for table in tables.iter_mut() {
        let code = code_of(table);
        if let Some(proposal) = proposals.iter().find(|proposal| Some(&proposal.code) == code.as_ref()) {
            put_proposal(table, by, proposal);
        }
    }
    Ok(document.to_string())
}

/// Fields of shots by their keys in `cuts.toml`, with who proposed them.
pub type ProposedFields = BTreeMap<ShotCode, Vec<(&'static str, String)>>;

/// Fields of each shot that stand as they were proposed, with who proposed them.
pub fn proposed_fields(text: &str) -> Result<ProposedFields, PlanError> {
    super::read::read(text)?;
    let document: DocumentMut = text.parse().map_err(|error| super::read::syntax(text, &error))?;
    let tables = document.get("shot").and_then(Item::as_array_of_tables);
    let shots = tables.into_iter().flatten().filter_map(|table| Some((code_of(table)?, standing(table))));
    Ok(shots.filter(|(_, fields)| !fields.is_empty()).collect())
}

fn code_of(table: &Table) -> Option<ShotCode> {
    table.get("code").and_then(Item::as_str).and_then(|code| code.parse().ok())
}

fn put_proposal(table: &mut Table, by: &str, proposal: &Proposal) {
    let values = proposal.values();
    if values.is_empty() {
        return;
    }
    let replaced = |field: &str| values.iter().any(|(key, _)| *key == field);
    let mut standing: Vec<(&str, String)> =
        standing(table).into_iter().filter(|(field, _)| !replaced(field)).collect();
    for (key, value) in &values {
        put(table, key, value.clone());
        standing.push((key, one_word(by)));
    }
    let note: Vec<String> = standing
        .iter()
        .filter_map(|(field, by)| Some(format!("{field} {} {by}", digest(table, field)?)))
        .collect();
    put(table, "proposed", note.join(", ").into());
    // The program's own notes stand last.
    if let Some(planned) = table.remove("planned") {
        table.insert("planned", planned);
    }
}

/// What the note says that is still so: `size x1y2 qwen3:14b, prompt k3k3 qwen3:14b`.
fn standing(table: &Table) -> Vec<(&'static str, String)> {
    const FIELDS: [&str; 6] = ["size", "angle", "move", "subjects", "action", "prompt"];
    let note = table.get("proposed").and_then(Item::as_str).unwrap_or_default();
    let parts = note.split(", ").filter_map(|part| {
        let mut words = part.splitn(3, ' ');
        let (field, was, by) = (words.next()?, words.next()?, words.next()?);
        let field = FIELDS.into_iter().find(|known| *known == field)?;
        (digest(table, field)? == was).then(|| (field, by.to_owned()))
    });
    parts.collect()
}

fn digest(table: &Table, field: &str) -> Option<String> {
    let text = match table.get(field)?.as_value()? {
        Value::String(text) => text.value().clone(),
        Value::Array(names) => {
            names_text(&names.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>())
        }
        _ => return None,
    };
    Some(short_digest(&text))
}

/// A model's name as it stands in the note.
fn one_word(by: &str) -> String {
    by.chars().map(|letter| if letter.is_whitespace() || letter == ',' { '-' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Cuts;

    const CUTS: &str = r#"# Mine.
version = 1

[[shot]]
code = "1_0010"
at = 0
frames = 50
size = "WS" # wide
angle = "eye"
move = "static"
subjects = ["MINA"]
action = "MINA waits."
prompt = "wide shot of Mina"
generator = "animatic"
reason = "scene begins"
planned = "0+50 ^0 0000 0000 0000 0000 0000 0000 0000 0000 abcd"
"#;

    fn proposal() -> Proposal {
        let code: ShotCode = "1_0010".parse().unwrap();
        Proposal {
            size: Some(ShotSize::Close),
            subjects: Some(vec!["MINA".to_owned(), "JONAS".to_owned()]),
            prompt: Some("close-up of \"Mina\"".to_owned()),
            ..Proposal::nothing(code)
        }
    }

    fn fields(text: &str) -> Vec<&'static str> {
        proposed_fields(text).unwrap().into_values().flatten().map(|(field, _)| field).collect()
    }

    #[test]
    fn what_was_proposed_stands_by_hand_and_says_whose_it_is() {
        let text = propose(CUTS, "qwen3:14b", &[proposal()]).unwrap();
        assert!(text.starts_with("# Mine.") && text.contains("size = \"CU\" # wide"), "{text}");
        let by_hand = Cuts::read(&text).unwrap().entries[0].by_hand();
        assert!(["size", "subjects", "prompt"].iter().all(|field| by_hand.contains(field)), "{by_hand:?}");
        assert_eq!(fields(&text), ["size", "subjects", "prompt"]);
        let by = proposed_fields(&text).unwrap().into_values().next().unwrap()[0].1.clone();
        assert_eq!(by, "qwen3:14b");
    }

    #[test]
    fn what_a_person_changes_is_theirs() {
        let text = propose(CUTS, "a model, named", &[proposal()]).unwrap();
        let text = text.replace("\"CU\"", "\"MS\"");
        assert_eq!(fields(&text), ["subjects", "prompt"]);
        let action =
            Proposal { action: Some("She runs.".to_owned()), ..Proposal::nothing("1_0010".parse().unwrap()) };
        let text = propose(&text, "other", &[action]).unwrap();
        assert_eq!(fields(&text), ["subjects", "prompt", "action"]);
        assert_eq!(fields(CUTS), Vec::<&str>::new());
        assert!(proposed_fields("[[shot]]\ncode = \"1_0010\"\nat = 1\nproposed = 3\n").is_err());
    }
}
