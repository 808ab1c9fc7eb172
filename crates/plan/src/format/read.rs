use std::collections::BTreeMap;
use std::ops::Range;

use soundlock_script::SceneId;
use toml_edit::{Document, Item, Table, TableLike, Value};

use super::note::names_text;
use super::{AUTO, Cuts, Entry, FURTHEST, Field, KEYS, Planned, VERSION, Written};
use crate::{Angle, Movement, PlanError, ShotCode, ShotSize};

/// A file being read, and where its lines begin.
struct Source<'a> {
    text: &'a str,
    line_starts: Vec<usize>,
}

/// The error that says where `text` is not TOML.
pub(super) fn syntax(text: &str, error: &toml_edit::TomlError) -> PlanError {
    Source::of(text).syntax(error)
}

pub(super) fn read(text: &str) -> Result<Cuts, PlanError> {
    let source = Source::of(text);
    let document = Document::parse(text).map_err(|error| source.syntax(&error))?;
    let mut entries = Vec::new();
    for (key, item) in document.iter() {
        let place = document.key(key).and_then(toml_edit::Key::span);
        match key {
            "version" => source.version(item)?,
            "shot" => entries = source.entries(item)?,
            _ => return Err(source.unknown_key(key, place, &["version", "shot"])),
        }
    }
    refuse_twins(&entries)?;
    Ok(Cuts { entries })
}

fn refuse_twins(entries: &[Entry]) -> Result<(), PlanError> {
    let mut lines = BTreeMap::new();
    for entry in entries {
        if let Some(first_line) = lines.insert(&entry.code, entry.line) {
            return Err(PlanError::CodeTwice { code: entry.code.clone(), first_line, line: entry.line });
        }
    }
    Ok(())
}

impl<'a> Source<'a> {
    fn of(text: &'a str) -> Self {
        let newlines = text.match_indices('\n').map(|(newline, _)| newline + 1);
        Self { text, line_starts: std::iter::once(0).chain(newlines).collect() }
    }

    /// Line and column of a byte, both from 1, the column in characters.
    fn place(&self, span: Option<Range<usize>>) -> (u32, u32) {
        let mut byte = span.map_or(0, |span| span.start).min(self.text.len());
        while !self.text.is_char_boundary(byte) {
            byte -= 1;
        }
        let line = self.line_starts.partition_point(|start| *start <= byte);
        let column = self.text[self.line_starts[line - 1]..byte].chars().count();
        (line as u32, column as u32 + 1)
    }

    fn syntax(&self, error: &toml_edit::TomlError) -> PlanError {
        let (line, column) = self.place(error.span());
        PlanError::Syntax { line, column, message: error.message().trim().replace('\n', ", ") }
    }

    fn unknown_key(&self, key: &str, span: Option<Range<usize>>, known: &[&'static str]) -> PlanError {
        let (line, column) = self.place(span);
        let near = known.iter().copied().filter(|candidate| distance(candidate, key) <= 2);
        let closest = near.min_by_key(|candidate| distance(candidate, key));
        PlanError::UnknownKey { line, column, key: key.chars().take(60).collect(), like: closest }
    }

    fn wrong(&self, key: &str, item: &Item, wanted: &str) -> PlanError {
        let (line, column) = self.place(item.span());
        let found = describe(item);
        PlanError::Value { line, column, key: key.to_owned(), wanted: wanted.to_owned(), found }
    }

    fn version(&self, item: &Item) -> Result<(), PlanError> {
        let version = item.as_integer().ok_or_else(|| self.wrong("version", item, "a whole number"))?;
        if version == VERSION {
            return Ok(());
        }
        let (line, column) = self.place(item.span());
        Err(PlanError::Version { line, column, version, known: VERSION })
    }

    fn entries(&self, item: &Item) -> Result<Vec<Entry>, PlanError> {
        let tables = item
            .as_array_of_tables()
            .ok_or_else(|| self.wrong("shot", item, "tables, each headed `[[shot]]`"))?;
        tables.iter().map(|table| self.entry(table)).collect()
    }

    fn entry(&self, table: &Table) -> Result<Entry, PlanError> {
        for (key, _) in table {
            if !KEYS.contains(&key) {
                return Err(self.unknown_key(key, table.key(key).and_then(toml_edit::Key::span), &KEYS));
            }
        }
        let (table_line, _) = self.place(table.span());
        if let Some(item) = table.get("proposed").filter(|item| item.as_str().is_none()) {
            return Err(self.wrong("proposed", item, "left as the program wrote it"));
        }
        let (code, scene, line) = self.code(table, table_line)?;
        let planned = self.planned(table)?;
        let reader = Reader { source: self, table, planned: planned.as_ref() };
        let entry = Entry {
            at: reader.frames("at", planned.as_ref().filter(|note| !note.at_by_hand).map(|note| note.at))?,
            frames: reader.frames(
                "frames",
                planned.as_ref().filter(|note| !note.frames_by_hand).map(|note| note.frames),
            )?,
            pinned: reader.pinned()?,
            continues: reader.continues()?,
            size: reader.word("size", &ShotSize::ALL, ShotSize::short)?,
            angle: reader.word("angle", &Angle::ALL, Angle::word)?,
            movement: reader.word("move", &Movement::ALL, Movement::word)?,
            subjects: reader.names("subjects")?,
            detail: reader.text("detail")?,
            sides: reader.names("sides")?,
            action: reader.text("action")?,
            prompt: reader.text("prompt")?,
            prompt_add: reader.text("prompt_add")?,
            negative: reader.text("negative")?,
            generator: reader.text("generator")?,
            reason: reader.text("reason")?,
            why: reader.text("why")?,
            code,
            scene,
            line,
            planned,
        };
        if entry.planned.is_none() && entry.at.is_none() {
            return Err(PlanError::MissingKey { line, key: "at" });
        }
        Ok(entry)
    }

    fn code(&self, table: &Table, table_line: u32) -> Result<(ShotCode, SceneId, u32), PlanError> {
        let item = table.get("code").ok_or(PlanError::MissingKey { line: table_line, key: "code" })?;
        let wrong = || self.wrong("code", item, "a shot code of a scene such as \"12_0040\"");
        let code: ShotCode = item.as_str().and_then(|text| text.parse().ok()).ok_or_else(wrong)?;
        let scene: SceneId = code.scene().parse().map_err(|_| wrong())?;
        if super::super::plan::is_reserved(&scene) {
            return Err(wrong());
        }
        Ok((code, scene, self.place(item.span()).0))
    }

    fn planned(&self, table: &Table) -> Result<Option<Planned>, PlanError> {
        let Some(item) = table.get("planned") else { return Ok(None) };
        let planned = item.as_str().and_then(Planned::read);
        planned.map(Some).ok_or_else(|| self.wrong("planned", item, "left as the program wrote it"))
    }
}

/// Reads the fields of one shot's table.
struct Reader<'a> {
    source: &'a Source<'a>,
    table: &'a Table,
    planned: Option<&'a Planned>,
}

impl Reader<'_> {
    /// The item under `key`; `None` where the program is to choose.
    fn item(&self, key: &str) -> Option<&Item> {
        self.table.get(key).filter(|item| item.as_str() != Some(AUTO))
    }

    fn written<T>(&self, item: &Item, value: T, by_hand: bool) -> Written<T> {
        Written { value, line: self.source.place(item.span()).0, by_hand }
    }

    /// Whether a person set the text field `key`, which reads `value`. Without a note everything is a person's.
    fn is_by_hand(&self, key: &str, value: &str) -> bool {
        self.planned.is_none_or(|planned| planned.differs(key, value))
    }

    fn frames(&self, key: &str, planned: Option<u32>) -> Result<Field<u32>, PlanError> {
        let Some(item) = self.item(key) else { return Ok(None) };
        let least = i64::from(key == "frames");
        let legal = least..=i64::from(FURTHEST);
        let frames = item.as_integer().filter(|frames| legal.contains(frames)).ok_or_else(|| {
            self.source.wrong(
                key,
                item,
                &format!("a whole number of frames, {least} to {FURTHEST}, or \"auto\""),
            )
        })? as u32;
        Ok(Some(self.written(item, frames, planned != Some(frames))))
    }

    fn pinned(&self) -> Result<bool, PlanError> {
        let Some(item) = self.item("pinned") else { return Ok(false) };
        item.as_bool().ok_or_else(|| self.source.wrong("pinned", item, "true or false"))
    }

    fn continues(&self) -> Result<Field<bool>, PlanError> {
        let Some(item) = self.item("continues") else { return Ok(None) };
        let wrong = || self.source.wrong("continues", item, "true, false or \"auto\"");
        let value = item.as_bool().ok_or_else(wrong)?;
        // The program never says that a shot is cut as shots are.
        let by_hand = !value || self.planned.is_none_or(|planned| !planned.continues);
        Ok(Some(self.written(item, value, by_hand)))
    }

    fn text(&self, key: &str) -> Result<Field<String>, PlanError> {
        let Some(item) = self.item(key) else { return Ok(None) };
        let text = item.as_str().ok_or_else(|| self.source.wrong(key, item, "a text"))?;
        Ok(Some(self.written(item, text.to_owned(), self.is_by_hand(key, text))))
    }

    fn word<T: Copy>(
        &self,
        key: &str,
        all: &[T],
        word: fn(T) -> &'static str,
    ) -> Result<Field<T>, PlanError> {
        let Some(item) = self.item(key) else { return Ok(None) };
        let found =
            item.as_str().and_then(|text| all.iter().find(|value| word(**value).eq_ignore_ascii_case(text)));
        let value = *found.ok_or_else(|| {
            let words: Vec<&str> = all.iter().map(|value| word(*value)).collect();
            self.source.wrong(key, item, &format!("one of {}, or \"auto\"", words.join(", ")))
        })?;
        Ok(Some(self.written(item, value, self.is_by_hand(key, word(value)))))
    }

    fn names(&self, key: &str) -> Result<Field<Vec<String>>, PlanError> {
        let Some(item) = self.item(key) else { return Ok(None) };
        let wrong = || self.source.wrong(key, item, "a list of names, or \"auto\"");
        let array = item.as_array().ok_or_else(wrong)?;
        let names: Option<Vec<String>> = array.iter().map(|name| name.as_str().map(str::to_owned)).collect();
        let names = names.ok_or_else(wrong)?;
        let by_hand = self.is_by_hand(key, &names_text(&names));
        Ok(Some(self.written(item, names, by_hand)))
    }
}

fn describe(item: &Item) -> String {
    match item {
        Item::Value(Value::String(text)) => {
            let start: String = text.value().chars().take(40).collect();
            format!("the text {start:?}")
        }
        Item::Value(Value::Integer(number)) => format!("the number {}", number.value()),
        Item::Value(Value::Boolean(value)) => format!("{}", value.value()),
        Item::Value(Value::Float(_)) => "a number with a fraction".to_owned(),
        Item::Value(Value::Array(_)) => "a list".to_owned(),
        Item::Value(Value::Datetime(_)) => "a date".to_owned(),
        Item::Value(Value::InlineTable(table)) => format!("a table of {} keys", table.len()),
        Item::Table(table) => format!("a table of {} keys", TableLike::len(table)),
        Item::ArrayOfTables(_) => "tables".to_owned(),
        Item::None => "nothing".to_owned(),
    }
}

/// How many letters must change to make `a` of `b`, for keys mistyped.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    if a.len().abs_diff(b.len()) > 2 {
        return usize::MAX;
    }
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (line, from) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], line + 1);
        for (column, to) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(from != *to);
            diagonal = row[column + 1];
            row[column + 1] = substituted.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[b.len()]
}
