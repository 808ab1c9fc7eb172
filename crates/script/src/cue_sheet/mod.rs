//! The cue sheet: what each actor has to say, and what the recording is to be called.

mod html;
mod romanise;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{DualSide, Line, LineId, Scene, SceneId, Screenplay};

/// Everything that is said in a film, for those who say it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CueSheet {
    /// Name of the film.
    pub title: String,
    /// One row for each line, in the order of the film.
    pub rows: Vec<CueRow>,
}

/// A line, with all that its actor wants to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CueRow {
    /// Number of the line.
    pub line: LineId,
    /// Number of the scene.
    pub scene: SceneId,
    /// Heading of the scene.
    pub heading: String,
    /// Who speaks.
    pub character: String,
    /// What stands in brackets after the name: `V.O.`.
    pub extensions: Vec<String>,
    /// What is said.
    pub text: String,
    /// How: place in `text` (bytes) before which each parenthetical stands, and its words.
    pub parentheticals: Vec<(usize, String)>,
    /// Whether it is sung.
    pub sung: bool,
    /// Who speaks at the same time.
    pub together_with: Option<String>,
    /// The line before in the scene, with its speaker.
    pub previous: Option<String>,
    /// The line after in the scene, with its speaker.
    pub next: Option<String>,
    /// Name for the first take's recording. A recording is found by the line's number, with which the name begins.
    pub file: String,
}

/// Makes the cue sheet of a screenplay.
pub fn cue_sheet(screenplay: &Screenplay, title: &str) -> CueSheet {
    CueSheet { title: title.to_owned(), rows: screenplay.scenes.iter().flat_map(scene_rows).collect() }
}

fn scene_rows(scene: &Scene) -> Vec<CueRow> {
    let lines: Vec<&Line> = scene.lines().collect();
    let spoken =
        |at: Option<usize>| Some(lines.get(at?)?).map(|line| format!("{}: {}", line.character, line.text));
    let row = |(at, line): (usize, &&Line)| CueRow {
        line: line.id.clone(),
        scene: scene.id.clone(),
        heading: scene.heading.text.clone(),
        character: line.character.clone(),
        extensions: line.extensions.clone(),
        text: line.text.clone(),
        parentheticals: line.parentheticals.clone(),
        sung: line.sung,
        together_with: partner(&lines, at).map(|partner| partner.character.clone()),
        previous: spoken(at.checked_sub(1)),
        next: spoken(Some(at + 1)),
        file: file_name(line),
    };
    lines.iter().enumerate().map(row).collect()
}

fn partner<'a>(lines: &[&'a Line], at: usize) -> Option<&'a Line> {
    let number = match lines[at].dual? {
        DualSide::Left => at + 1,
        DualSide::Right => at.checked_sub(1)?,
    };
    lines.get(number).copied()
}

/// `12.03_MINA_t01.wav`: names in other letters than Latin are romanised (Hangul) or left out.
fn file_name(line: &Line) -> String {
    let name = romanise::ascii_name(&line.character);
    let between = if name.is_empty() { "" } else { "_" };
    format!("{}{between}{name}_t01.wav", line.id)
}

impl CueSheet {
    /// The sheet as a table for spreadsheets: UTF-8 with a byte order mark, so that they read Hangul.
    ///
    /// A cell that a spreadsheet would take for a formula (`-- Wait!`) has a space put before it.
    pub fn to_csv(&self) -> Vec<u8> {
        let mut writer = csv::Writer::from_writer(vec![0xef, 0xbb, 0xbf]);
        let head = [
            "line",
            "scene",
            "heading",
            "character",
            "extension",
            "how",
            "text",
            "previous",
            "next",
            "together with",
            "file",
            "done",
        ];
        let rows = self.rows.iter().map(|row| row.cells().map(|cell| shielded(&cell)));
        let table = std::iter::once(head.map(str::to_owned)).chain(rows);
        for row in table {
            // Only writing to a file can fail; this goes to memory.
            let _ = writer.write_record(row);
        }
        writer.into_inner().unwrap_or_default()
    }

    /// The sheet as one page to print (A4): an overview, then each character on pages of their own.
    pub fn to_html(&self) -> String {
        html::page(self)
    }

    /// Rows of each character, in the order in which they first speak.
    fn by_character(&self) -> Vec<(&str, Vec<&CueRow>)> {
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        let mut characters: Vec<(&str, Vec<&CueRow>)> = Vec::new();
        for row in &self.rows {
            let place = *places.entry(&row.character).or_insert(characters.len());
            if place == characters.len() {
                characters.push((&row.character, Vec::new()));
            }
            characters[place].1.push(row);
        }
        characters
    }
}

impl CueRow {
    fn cells(&self) -> [String; 12] {
        let how: Vec<&str> = self.parentheticals.iter().map(|(_, words)| words.as_str()).collect();
        let text = if self.sung { format!("♪ {}", self.text) } else { self.text.clone() };
        [
            self.line.to_string(),
            self.scene.to_string(),
            self.heading.clone(),
            self.character.clone(),
            self.extensions.join(", "),
            how.join(" / "),
            text,
            self.previous.clone().unwrap_or_default(),
            self.next.clone().unwrap_or_default(),
            self.together_with.clone().unwrap_or_default(),
            self.file.clone(),
            String::new(),
        ]
    }
}

fn shielded(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!(" {cell}") } else { cell.to_owned() }
}
