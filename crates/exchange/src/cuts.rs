//! Changes written into `cuts.toml` as a person would write them.

use std::collections::BTreeMap;

use soundlock_plan::ShotCode;
use toml_edit::{ArrayOfTables, Decor, DocumentMut, Item, Table, Value, value};

use crate::{ExchangeError, PlacedShot, SceneChange};

/// How firmly a changed scene is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Firmness {
    /// Only what changed is set by hand; the rest of the scene stays the program's.
    Changed,
    /// Every shot of the scene is pinned where the edit has it.
    Pinned,
}

/// The text of `cuts.toml` with the scene as `change` has it; comments and formatting survive.
///
/// Shots that moved get `at` and `frames`, in the order of the edit; dropped shots lose their table, new ones get one.
pub fn write_scene(text: &str, change: &SceneChange, firmness: Firmness) -> Result<String, ExchangeError> {
    let unreadable = |message: String| ExchangeError::Cuts { message };
    let mut document: DocumentMut =
        text.parse().map_err(|error: toml_edit::TomlError| unreadable(error.message().to_owned()))?;
    let Some(Item::ArrayOfTables(tables)) = document.as_table_mut().remove("shot") else {
        return Err(unreadable("it has no shots".to_owned()));
    };
    let mut before = Vec::new();
    let mut own = BTreeMap::new();
    let mut after = Vec::new();
    for table in tables {
        match code(&table).filter(|code| code.scene() == change.scene) {
            Some(code) => drop(own.insert(code, table)),
            None if own.is_empty() => before.push(table),
            None => after.push(table),
        }
    }
    let mut written = Vec::new();
    for shot in &change.shots {
        written.push(table_of(own.remove(&shot.code), shot, firmness)?);
    }
    let mut all = ArrayOfTables::new();
    for (place, mut table) in before.into_iter().chain(written).chain(after).enumerate() {
        table.set_position(Some(place as isize + 1));
        all.push(table);
    }
    document.as_table_mut().insert("shot", Item::ArrayOfTables(all));
    Ok(document.to_string())
}

fn code(table: &Table) -> Option<ShotCode> {
    table.get("code").and_then(Item::as_str).and_then(|code| code.parse().ok())
}

fn table_of(table: Option<Table>, shot: &PlacedShot, firmness: Firmness) -> Result<Table, ExchangeError> {
    let is_new = table.is_none();
    let is_lent = shot.circle.as_ref().is_some_and(|circle| circle.shot != shot.code);
    let mut table = match table {
        Some(table) => table,
        None if is_lent || shot.moved => new_table(&shot.code),
        None => return Err(ExchangeError::ShotNotInCuts { code: shot.code.clone() }),
    };
    if shot.moved || is_new || firmness == Firmness::Pinned {
        put(&mut table, "at", i64::from(shot.at).into());
        put(&mut table, "frames", i64::from(shot.frames).into());
    }
    if firmness == Firmness::Pinned {
        put(&mut table, "pinned", true.into());
    }
    Ok(table)
}

fn new_table(code: &ShotCode) -> Table {
    let mut table = Table::new();
    *table.decor_mut() = Decor::new("\n", "");
    table.insert("code", value(code.to_string()));
    table
}

/// Sets a value; what stands around it stays.
fn put(table: &mut Table, key: &str, wanted: Value) {
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(there) => {
            let decor = there.decor().clone();
            *there = wanted;
            *there.decor_mut() = decor;
        }
        None => drop(table.insert(key, value(wanted))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Circle;

    const CUTS: &str = "\
version = 1

[[shot]]
code = \"1_0010\"
at = 0
frames = 48 # long
planned = \"0+48\"

# the door
[[shot]]
code = \"1_0020\"
at = 48
frames = 52

[[shot]]
code = \"2_0010\"
at = 0
frames = 100
";

    fn placed(code: &str, at: u32, frames: u32, moved: bool) -> PlacedShot {
        PlacedShot { code: code.parse().unwrap(), at, frames, moved, circle: None }
    }

    fn change(shots: Vec<PlacedShot>) -> SceneChange {
        SceneChange { scene: "1".to_owned(), changes: Vec::new(), shots }
    }

    #[test]
    fn a_trim_is_written_where_the_values_stand() {
        let change = change(vec![placed("1_0010", 0, 53, true), placed("1_0020", 53, 47, true)]);
        let text = write_scene(CUTS, &change, Firmness::Changed).unwrap();
        let wanted = CUTS
            .replace("frames = 48 #", "frames = 53 #")
            .replace("at = 48\nframes = 52", "at = 53\nframes = 47");
        assert_eq!(text, wanted);
    }

    #[test]
    fn another_order_takes_the_comments_along() {
        let change = change(vec![placed("1_0020", 0, 52, true), placed("1_0010", 52, 48, true)]);
        let text = write_scene(CUTS, &change, Firmness::Changed).unwrap();
        let place = |words: &str| text.find(words).unwrap_or_else(|| panic!("`{words}` in\n{text}"));
        assert!(place("# the door") < place("1_0020"), "{text}");
        assert!(place("1_0020") < place("1_0010") && place("1_0010") < place("2_0010"), "{text}");
        assert!(text.contains("at = 52\nframes = 48 # long"), "{text}");
    }

    #[test]
    fn dropped_shots_go_and_new_ones_come() {
        let circle = Some(Circle { shot: "1_0010".parse().unwrap(), take: 2, head: 5 });
        let new = PlacedShot { circle, ..placed("1_0015", 60, 40, true) };
        let change = change(vec![placed("1_0010", 0, 60, true), new]);
        let text = write_scene(CUTS, &change, Firmness::Pinned).unwrap();
        assert!(!text.contains("1_0020"), "{text}");
        assert!(text.contains("code = \"1_0015\"\nat = 60\nframes = 40\npinned = true"), "{text}");
        let again = write_scene(&text, &change, Firmness::Pinned).unwrap();
        assert_eq!(text, again);
    }
}
