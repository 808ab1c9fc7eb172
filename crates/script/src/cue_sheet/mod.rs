//! The cue sheet: what each actor has to say, where in the film, and what the recording is to be called.

mod html;
mod names;
mod situation;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{Beat, DualSide, Fountain, Line, LineId, Pages, Scene, SceneId, Screenplay};

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
    /// Page of the script on which it begins, as [`Pages`] counts, from 1.
    pub page: u32,
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
    /// What is seen before it, since its speaker last spoke in the scene; shortened.
    pub situation: Option<String>,
    /// The line before in the scene, with its speaker.
    pub previous: Option<String>,
    /// The line after in the scene, with its speaker.
    pub next: Option<String>,
    /// Name for a recording of this line alone. A recording is found by the line's number, with which the name begins.
    pub file: String,
    /// Name for a recording of all that its speaker says in the scene. It is found by the scene's number and the name.
    pub scene_file: String,
}

/// What one character says.
#[derive(Debug, Clone)]
struct Part<'a> {
    name: &'a str,
    /// Name without ending for this character's own sheets.
    file: String,
    rows: Vec<&'a CueRow>,
}

/// Makes the cue sheet of a screenplay that was read from `fountain`.
pub fn cue_sheet(fountain: &Fountain, screenplay: &Screenplay, title: &str) -> CueSheet {
    let pages = Pages::of(fountain);
    let rows = screenplay.scenes.iter().flat_map(|scene| scene_rows(scene, &pages)).collect();
    CueSheet { title: title.to_owned(), rows }
}

fn scene_rows(scene: &Scene, pages: &Pages) -> Vec<CueRow> {
    let lines_at = scene.beats.iter().enumerate().filter_map(|(place, beat)| match beat {
        Beat::Line(line) => Some((place, line)),
        _ => None,
    });
    let (places, lines): (Vec<usize>, Vec<&Line>) = lines_at.unzip();
    let spoken =
        |at: Option<usize>| Some(lines.get(at?)?).map(|line| format!("{}: {}", line.character, line.text));
    let row = |(at, line): (usize, &&Line)| CueRow {
        line: line.id.clone(),
        scene: scene.id.clone(),
        heading: scene.heading.text.clone(),
        page: pages.at(line.span.bytes.start),
        character: line.character.clone(),
        extensions: line.extensions.clone(),
        text: line.text.clone(),
        parentheticals: line.parentheticals.clone(),
        sung: line.sung,
        together_with: partner(&lines, at).map(|partner| partner.character.clone()),
        situation: situation::before(&scene.beats, places[at]),
        previous: spoken(at.checked_sub(1)),
        next: spoken(Some(at + 1)),
        file: file_name(line.id.as_str(), &line.character),
        scene_file: file_name(scene.id.as_str(), &line.character),
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

/// `12.03 MINA.wav`, `12 MINA.wav`: the number finds the line or scene, the name its speaker, in the script's letters.
fn file_name(number: &str, character: &str) -> String {
    let name = names::safe(character);
    let space = if name.is_empty() { "" } else { " " };
    format!("{number}{space}{name}.wav")
}

impl CueSheet {
    /// Every file of the sheet: its path below the folder where all go, with `/` between parts, and its bytes.
    ///
    /// `cues.html` is the way in: who speaks, links to the sheets of each, how to name recordings, and then all parts on
    /// pages of their own. `cues.csv` is the film line by line. `cues/NAME.html` and `cues/NAME.csv` are for one
    /// character.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let parts = self.parts();
        let mut files = vec![
            ("cues.html".to_owned(), html::whole(&self.title, &parts).into_bytes()),
            ("cues.csv".to_owned(), table(self.rows.iter())),
        ];
        for part in &parts {
            let page = html::alone(&self.title, part).into_bytes();
            files.push((format!("cues/{}.html", part.file), page));
            files.push((format!("cues/{}.csv", part.file), table(part.rows.iter().copied())));
        }
        files
    }

    /// What each character says, in the order in which they first speak.
    fn parts(&self) -> Vec<Part<'_>> {
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        let mut parts: Vec<Part<'_>> = Vec::new();
        for row in &self.rows {
            let place = *places.entry(&row.character).or_insert(parts.len());
            if place == parts.len() {
                parts.push(Part { name: &row.character, file: String::new(), rows: Vec::new() });
            }
            parts[place].rows.push(row);
        }
        let files = names::distinct(parts.iter().map(|part| part.name));
        parts.iter_mut().zip(files).for_each(|(part, file)| part.file = file);
        parts
    }
}

const HEAD: [&str; 14] = [
    "line",
    "page",
    "scene",
    "heading",
    "character",
    "extension",
    "situation",
    "previous",
    "text",
    "next",
    "together with",
    "file",
    "scene file",
    "done",
];

/// A table for spreadsheets: UTF-8 with a byte order mark, so that they read Hangul.
///
/// A cell that a spreadsheet would take for a formula (`-- Wait!`) has a space put before it.
fn table<'a>(rows: impl Iterator<Item = &'a CueRow>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(vec![0xef, 0xbb, 0xbf]);
    let rows = rows.map(|row| row.cells().map(|cell| shielded(&cell)));
    for row in std::iter::once(HEAD.map(str::to_owned)).chain(rows) {
        // Only writing to a file can fail; this goes to memory.
        let _ = writer.write_record(row);
    }
    writer.into_inner().unwrap_or_default()
}

impl CueRow {
    fn cells(&self) -> [String; 14] {
        let said = self.said(str::to_owned, |words| format!("({words})"));
        [
            self.line.to_string(),
            self.page.to_string(),
            self.scene.to_string(),
            self.heading.clone(),
            self.character.clone(),
            self.extensions.join(", "),
            self.situation.clone().unwrap_or_default(),
            self.previous.clone().unwrap_or_default(),
            if self.sung { format!("♪ {said}") } else { said },
            self.next.clone().unwrap_or_default(),
            self.together_with.clone().unwrap_or_default(),
            self.file.clone(),
            self.scene_file.clone(),
            String::new(),
        ]
    }

    /// The words with the parentheticals at their places, each written as told.
    fn said(&self, words: impl Fn(&str) -> String, parenthetical: impl Fn(&str) -> String) -> String {
        let (mut out, mut at) = (String::new(), 0);
        for (place, how) in &self.parentheticals {
            let before = &self.text[at..*place];
            out.push_str(&words(before));
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
            out.push_str(&parenthetical(how));
            out.push(' ');
            at = *place;
        }
        out.push_str(&words(&self.text[at..]));
        out.trim_end().to_owned()
    }
}

fn shielded(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!(" {cell}") } else { cell.to_owned() }
}
