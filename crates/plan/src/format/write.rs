use std::collections::BTreeMap;

use toml_edit::{Array, ArrayOfTables, Decor, DocumentMut, Item, Table, Value, value};

use super::{Anchor, KEYS, Planned, VERSION};
use crate::{CutList, PlanError, Shot, ShotCode, ShotKind};

/// What stands above a cut list that nobody has edited yet.
const HEADER: &str = "\
# The cut list: one table a shot, in film order. `at` counts frames from the scene's start.
# Change what you like: what you change stays through every new plan. `pinned = true` keeps a shot's cuts as they are.
# Delete a key, or set it to \"auto\", and the program chooses again. `planned` is its own note: leave it alone.
";

/// The text of `cuts.toml` for `cut_list`. Comments and formatting of `previous_text` survive.
///
/// `previous_text` is the file that the cut list was planned from; an error only when it cannot be read. Title card
/// and credits are not in the file: their lengths belong to the sound, and the program letters them.
pub fn write(previous_text: Option<&str>, cut_list: &CutList) -> Result<String, PlanError> {
    let previous_text = previous_text.unwrap_or_default();
    super::read::read(previous_text)?;
    let mut document = document(previous_text)?;
    let fresh = document.as_table().is_empty()
        && document.trailing().as_str().is_none_or(|text| text.trim().is_empty());
    let mut tables = Tables::taken_from(&mut document);
    let anchors = Anchors::of(cut_list);
    let shots: Vec<&Shot> = cut_list.shots.iter().filter(|shot| shot.kind == ShotKind::Scene).collect();
    let mut written = ArrayOfTables::new();
    for (place, table) in tables.in_order_of(&shots).into_iter().enumerate() {
        let shot = shots[place];
        written.push(write_shot(table, shot, &anchors.of_shot(shot), place));
    }
    finish(&mut document, written, &tables.left_over, fresh);
    Ok(document.to_string())
}

/// The file to be changed.
pub(crate) fn document(text: &str) -> Result<DocumentMut, PlanError> {
    text.parse().map_err(|error| super::read::syntax(text, &error))
}

/// The tables of the file, by the code of their shot, and what stands above each.
struct Tables {
    found: Vec<(Option<ShotCode>, Table)>,
    /// Comments above tables that are gone, after the last that stays.
    left_over: String,
}

impl Tables {
    fn taken_from(document: &mut DocumentMut) -> Self {
        let found = match document.as_table_mut().remove("shot") {
            Some(Item::ArrayOfTables(tables)) => tables.into_iter().collect(),
            _ => Vec::new(),
        };
        let code =
            |table: &Table| table.get("code").and_then(Item::as_str).and_then(|code| code.parse().ok());
        let found = found.into_iter().map(|table: Table| (code(&table), table)).collect();
        Self { found, left_over: String::new() }
    }

    /// For each shot its table, or a new one. What was written above a table that goes is put above the next that
    /// stays.
    fn in_order_of(&mut self, shots: &[&Shot]) -> Vec<Table> {
        let wanted: std::collections::BTreeSet<&ShotCode> = shots.iter().map(|shot| &shot.code).collect();
        let mut by_code: BTreeMap<ShotCode, Table> = BTreeMap::new();
        for (code, mut table) in std::mem::take(&mut self.found) {
            let above =
                table.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default().to_owned();
            let Some(code) = code.filter(|code| wanted.contains(code)) else {
                self.left_over.push_str(&comments(&above));
                continue;
            };
            if !self.left_over.is_empty() {
                let above =
                    format!("\n{}{}", std::mem::take(&mut self.left_over), above.trim_start_matches('\n'));
                table.decor_mut().set_prefix(above);
            }
            by_code.insert(code, table);
        }
        shots.iter().map(|shot| by_code.remove(&shot.code).unwrap_or_else(new_table)).collect()
    }
}

fn new_table() -> Table {
    let mut table = Table::new();
    *table.decor_mut() = Decor::new("\n", "");
    table
}

/// The comment lines of what stands above a table.
pub(crate) fn comments(above: &str) -> String {
    let lines = above.lines().filter(|line| line.trim_start().starts_with('#'));
    lines.flat_map(|line| [line, "\n"]).collect()
}

fn write_shot(mut table: Table, shot: &Shot, anchor: &Anchor, place: usize) -> Table {
    table.set_position(Some(place as isize + 1));
    let by_hand = |name: &str| shot.by_hand.iter().any(|field| field == name);
    let optional = ["pinned", "continues", "detail", "sides", "prompt_add", "negative", "proposed"];
    let had_all = KEYS.iter().all(|key| optional.contains(key) || table.contains_key(key));
    let names = |names: &[String]| Value::Array(names.iter().map(String::as_str).collect::<Array>());
    put(&mut table, "code", shot.code.to_string().into());
    put(&mut table, "at", i64::from(shot.at.0).into());
    put(&mut table, "frames", i64::from(shot.frames()).into());
    put(&mut table, "size", shot.look.size.short().into());
    put(&mut table, "angle", shot.look.angle.word().into());
    put(&mut table, "move", shot.look.movement.word().into());
    put(&mut table, "subjects", names(&shot.look.subjects));
    put(&mut table, "action", shot.look.action.as_str().into());
    put(&mut table, "prompt", shot.prompt.as_str().into());
    put(&mut table, "generator", shot.generator.as_str().into());
    put(&mut table, "reason", shot.reason.as_str().into());
    put(&mut table, "why", shot.why.as_str().into());
    put(&mut table, "planned", Planned::of(shot, anchor.clone()).to_string().into());
    let continues = match (shot.continues.is_some(), by_hand("continues")) {
        (true, _) => Some(true.into()),
        (false, true) => Some(false.into()),
        (false, false) => None,
    };
    put_or_remove(&mut table, "continues", continues);
    put_or_remove(&mut table, "pinned", by_hand("pinned").then(|| true.into()));
    let detail = !shot.look.detail.is_empty() || by_hand("detail");
    put_or_remove(&mut table, "detail", detail.then(|| shot.look.detail.as_str().into()));
    let sides = shot.look.present.len() > 1 || by_hand("sides");
    put_or_remove(&mut table, "sides", sides.then(|| names(&shot.look.present)));
    put_or_remove(&mut table, "negative", by_hand("negative").then(|| shot.negative.as_str().into()));
    if !had_all {
        let rank = |key: &str| KEYS.iter().position(|known| *known == key);
        table.sort_values_by(|one, _, other, _| rank(one.get()).cmp(&rank(other.get())));
    }
    table
}

/// Sets a value; one that is there already is left as a person formatted it.
pub(crate) fn put(table: &mut Table, key: &str, wanted: Value) {
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(there) if same(there, &wanted) => {}
        Some(there) => {
            let decor = there.decor().clone();
            *there = wanted;
            *there.decor_mut() = decor;
        }
        None => {
            table.insert(key, value(wanted));
        }
    }
}

fn put_or_remove(table: &mut Table, key: &str, wanted: Option<Value>) {
    let explicit_no = table.get(key).and_then(Item::as_bool) == Some(false);
    match wanted {
        Some(wanted) => put(table, key, wanted),
        // `pinned = false` says what is so; it may stay.
        None if explicit_no => {}
        None => {
            table.remove(key);
        }
    }
}

fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(one), Value::String(other)) => one.value() == other.value(),
        (Value::Integer(one), Value::Integer(other)) => one.value() == other.value(),
        (Value::Boolean(one), Value::Boolean(other)) => one.value() == other.value(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        _ => false,
    }
}

fn finish(document: &mut DocumentMut, written: ArrayOfTables, left_over: &str, fresh: bool) {
    if !document.as_table().contains_key("version") {
        document.as_table_mut().insert("version", value(VERSION));
        if fresh && let Some(mut key) = document.as_table_mut().key_mut("version") {
            key.leaf_decor_mut().set_prefix(HEADER);
        }
    }
    if !written.is_empty() {
        document.as_table_mut().insert("shot", Item::ArrayOfTables(written));
    }
    if !left_over.is_empty() {
        let trailing = document.trailing().as_str().unwrap_or_default().to_owned();
        document.set_trailing(format!("\n{left_over}{trailing}"));
    }
}

/// Where each scene's lines sound, read off a cut list.
struct Anchors<'a>(BTreeMap<&'a str, BTreeMap<&'a soundlock_script::LineId, (u32, u32)>>);

impl<'a> Anchors<'a> {
    fn of(cut_list: &'a CutList) -> Self {
        let mut scenes: BTreeMap<&str, BTreeMap<_, (u32, u32)>> = BTreeMap::new();
        for shot in &cut_list.shots {
            let lines = scenes.entry(shot.code.scene()).or_default();
            for span in &shot.speech {
                let (from, to) = (shot.at.0 + span.from, shot.at.0 + span.to);
                let whole = lines.entry(&span.line).or_insert((from, to));
                *whole = (whole.0.min(from), whole.1.max(to));
            }
        }
        Self(scenes)
    }

    /// The anchor of a shot's first frame: the line it falls into, else the nearest edge of a line.
    fn of_shot(&self, shot: &Shot) -> Anchor {
        let at = shot.at.0;
        let Some(lines) = self.0.get(shot.code.scene()) else { return Anchor::Scene(at) };
        let inside = lines.iter().filter(|(_, (from, to))| *from < at && at < *to);
        if let Some((id, (from, _))) = inside.max_by_key(|(_, (from, _))| *from) {
            return Anchor::Start((*id).clone(), (at - from) as i32);
        }
        let starts = lines
            .iter()
            .filter(|(_, (from, _))| *from >= at)
            .map(|(id, (from, _))| (from - at, 0, Anchor::Start((*id).clone(), -((from - at) as i32))));
        let ends = lines
            .iter()
            .filter(|(_, (_, to))| *to <= at)
            .map(|(id, (_, to))| (at - to, 1, Anchor::End((*id).clone(), at - to)));
        let edges = starts.chain(ends).chain([(at, 2, Anchor::Scene(at))]);
        edges
            .min_by_key(|(distance, kind, _)| (*distance, *kind))
            .map_or(Anchor::Scene(at), |(_, _, anchor)| anchor)
    }
}
