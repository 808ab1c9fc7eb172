//! `cuts.toml` while a command changes it: keys set as a person sets them, comments left where they are.

use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, Value, value};

use super::{AutoField, Change};
use crate::format::{DIGESTED, Planned, put};
use crate::{PlanError, ShotCode};

/// The file being changed.
pub(super) struct Draft {
    document: DocumentMut,
}

impl Draft {
    pub(super) fn read(text: &str) -> Result<Self, PlanError> {
        Ok(Self { document: crate::format::document(text)? })
    }

    pub(super) fn text(&self) -> String {
        self.document.to_string()
    }

    /// Where the shot begins, from scene start.
    pub(super) fn set_at(&mut self, shot: &ShotCode, at: u32) {
        self.set_by_hand(shot, "at", i64::from(at).into());
    }

    pub(super) fn set_frames(&mut self, shot: &ShotCode, frames: u32) {
        self.set_by_hand(shot, "frames", i64::from(frames).into());
    }

    pub(super) fn set_pinned(&mut self, shot: &ShotCode, pinned: bool) {
        let Some(table) = self.table(shot) else { return };
        if pinned {
            put(table, "pinned", true.into());
        } else {
            table.remove("pinned");
        }
    }

    pub(super) fn set(&mut self, shot: &ShotCode, change: &Change) {
        let (key, value): (&str, Value) = match change {
            Change::Size(size) => ("size", size.short().into()),
            Change::Angle(angle) => ("angle", angle.word().into()),
            Change::Movement(movement) => ("move", movement.word().into()),
            Change::Subjects(names) => {
                ("subjects", Value::Array(names.iter().map(String::as_str).collect::<Array>()))
            }
            Change::Action(text) => ("action", text.as_str().into()),
            Change::Prompt(text) => ("prompt", text.as_str().into()),
            Change::Negative(text) => ("negative", text.as_str().into()),
            Change::Generator(name) => ("generator", name.as_str().into()),
            Change::Auto(field) => return self.give_back(shot, *field),
        };
        self.set_by_hand(shot, key, value);
    }

    /// Takes what a person set away again. A shot that a person put in must begin somewhere.
    fn give_back(&mut self, shot: &ShotCode, field: AutoField) {
        let Some(table) = self.table(shot) else { return };
        let planned = table.contains_key("planned");
        for key in field.keys().iter().filter(|key| planned || **key != "at") {
            table.remove(key);
        }
    }

    /// A shot put in by hand; where its place in the file is, is the next plan's business.
    pub(super) fn put_in(&mut self, code: &ShotCode, at: u32, frames: Option<u32>) {
        let mut table = Table::new();
        table.insert("code", value(code.to_string()));
        table.insert("at", value(i64::from(at)));
        if let Some(frames) = frames {
            table.insert("frames", value(i64::from(frames)));
        }
        if let Some(tables) = self.tables() {
            tables.push(table);
        }
    }

    /// Takes a shot's table out; what stood above it stands above the next one.
    pub(super) fn remove(&mut self, code: &ShotCode) {
        let Some(tables) = self.tables() else { return };
        let Some(index) = tables.iter().position(|table| is_of(table, code)) else { return };
        let above = |table: &Table| {
            table.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default().to_owned()
        };
        let left = tables.get(index).map(|table| crate::format::comments(&above(table))).unwrap_or_default();
        tables.remove(index);
        if left.is_empty() {
            return;
        }
        if let Some(next) = tables.get_mut(index) {
            let whole = format!("\n{left}{}", above(next).trim_start_matches('\n'));
            next.decor_mut().set_prefix(whole);
        } else {
            let trailing = self.document.trailing().as_str().unwrap_or_default().to_owned();
            self.document.set_trailing(format!("\n{left}{trailing}"));
        }
    }

    fn tables(&mut self) -> Option<&mut ArrayOfTables> {
        self.document.as_table_mut().get_mut("shot").and_then(Item::as_array_of_tables_mut)
    }

    fn table(&mut self, code: &ShotCode) -> Option<&mut Table> {
        self.tables()?.iter_mut().find(|table| is_of(table, code))
    }

    /// Sets a key, and notes that a person did, also where it says what the program would have said.
    fn set_by_hand(&mut self, shot: &ShotCode, key: &str, value: Value) {
        let Some(table) = self.table(shot) else { return };
        put(table, key, value);
        let note = table.get("planned").and_then(Item::as_str).and_then(Planned::read);
        let Some(mut note) = note else { return };
        match key {
            "at" => note.at_by_hand = true,
            "frames" => note.frames_by_hand = true,
            _ => {
                if let Some(index) = DIGESTED.iter().position(|field| *field == key) {
                    note.digests[index] = None;
                }
            }
        }
        put(table, "planned", note.to_string().into());
    }
}

fn is_of(table: &Table, code: &ShotCode) -> bool {
    table.get("code").and_then(Item::as_str).is_some_and(|text| text == code.to_string())
}
