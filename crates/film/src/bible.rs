//! The continuity bible: read from `film.toml` and the files it names, shown, and checked against the script.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};
use soundlock_plan::bible::{Lint, SceneSheet, Whereabouts, lint, page, scene_sheets};
use soundlock_plan::{Bible, CastLook, Costume, PlaceLook, PropLook, Shot, StyleWords};
use soundlock_script::Severity;

use crate::folder::{read_if_there, write_whole};
use crate::settings::{CastSettings, LookSettings, PlaceSettings, Settings};
use crate::shots::scene_shots;
use crate::{Film, FilmError, Folder};

/// Which other files belong to the bible.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BibleSettings {
    /// Files, from the film folder; `*` in a name stands for any letters: `bible/*.toml`.
    pub files: Vec<String>,
}

/// What somebody wears in some scenes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CostumeSettings {
    /// Scenes: `1-4`, `12`, `3-5, 9`; all of the film where none is named.
    pub scenes: String,
    /// What is worn, in words for prompts.
    pub wears: String,
    /// Stills of it.
    pub references: Vec<String>,
}

/// A thing that the story needs.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PropSettings {
    /// What it looks like, in words for prompts.
    pub looks: String,
    /// Stills to go by.
    pub references: Vec<String>,
}

/// The light of a place.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum LightSettings {
    /// The same at all times of day.
    Always(String),
    /// By time of day as headings have it; `*` for every other.
    ByTime(BTreeMap<String, String>),
}

impl LightSettings {
    /// All that is said of it: the light alone, or each time of day with its light.
    pub(crate) fn words(&self) -> Vec<String> {
        match self {
            Self::Always(words) => vec![words.clone()],
            Self::ByTime(times) => times.iter().map(|(time, words)| format!("{time}: {words}")).collect(),
        }
    }
}

/// No light that is said.
impl Default for LightSettings {
    fn default() -> Self {
        Self::Always(String::new())
    }
}

/// The files that settings were read from, `film.toml` first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sources(Vec<(PathBuf, String)>);

impl Sources {
    /// File, line and column of the key at `path`: in the file that has most of it.
    fn place(&self, path: &[&str]) -> Option<(&Path, usize, usize)> {
        let found = self.0.iter().map(|(file, text)| (file, Settings::found(text, path)));
        // Of two that have as much, the first: film.toml.
        let best = found.rev().max_by_key(|(_, (_, keys))| *keys);
        best.map(|(file, ((line, column), _))| (file.as_path(), line, column))
    }
}

impl Sources {
    /// The same as a path and a place of their own.
    pub(crate) fn file_of(&self, path: &[&str], folder: &Folder) -> (PathBuf, (usize, usize)) {
        let found = self.place(path).map(|(file, line, column)| (file.to_owned(), (line, column)));
        found.unwrap_or_else(|| (folder.settings(), (1, 1)))
    }
}

/// A file of the bible: what `film.toml` too may say of looks.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct BibleFile {
    cast: BTreeMap<String, CastSettings>,
    places: BTreeMap<String, PlaceSettings>,
    props: BTreeMap<String, PropSettings>,
    look: LookSettings,
}

impl Settings {
    /// The settings of a film, with those of the files that it names.
    pub(crate) fn of_folder(folder: &Folder) -> Result<Self, FilmError> {
        let file = folder.settings();
        let bytes = read_if_there(&file)?.unwrap_or_default();
        let settings = Self::read_bytes(&file, &bytes)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let others = settings.bible_files(folder, &text)?;
        let sources = Sources(std::iter::once((file, text)).chain(others).collect());
        let merged = if sources.0.len() > 1 { merged(&sources)? } else { settings };
        Ok(Self { sources, ..merged })
    }

    /// The files that `[bible]` names, each read and found to be in order.
    fn bible_files(&self, folder: &Folder, text: &str) -> Result<Vec<(PathBuf, String)>, FilmError> {
        let mut files = Vec::new();
        for (index, pattern) in self.bible.files.iter().enumerate() {
            let wrong = |why: String, hint: &str| FilmError::Settings {
                file: folder.settings(),
                place: Self::place_of(text, &["bible", "files", &index.to_string()]),
                why,
                hint: Some(hint.to_owned()),
            };
            if !stays_inside(pattern) {
                return Err(wrong(
                    format!("`{pattern}` lies outside the film's folder"),
                    "name it from the film's folder",
                ));
            }
            let found = matching(folder, pattern)?;
            if found.is_empty() {
                let hint = "write the file, or take its name out of [bible]";
                return Err(wrong(format!("no file `{pattern}` is there"), hint));
            }
            for file in found.into_iter().filter(|file| *file != folder.settings()) {
                if files.iter().all(|(known, _)| *known != file) {
                    let text = read_bible_file(&file)?;
                    files.push((file, text));
                }
            }
        }
        Ok(files)
    }

    /// What has to look the same from shot to shot.
    pub(crate) fn bible_of_film(&self) -> Bible {
        let cast = |cast: &CastSettings| CastLook {
            looks: cast.looks.clone(),
            costumes: cast.costume.iter().map(costume).collect(),
            references: cast.references.clone(),
        };
        let place = |place: &PlaceSettings| PlaceLook {
            looks: place.looks.clone(),
            light: place.light.by_time(),
            references: place.references.clone(),
        };
        let prop =
            |prop: &PropSettings| PropLook { looks: prop.looks.clone(), references: prop.references.clone() };
        Bible {
            cast: self.cast.iter().map(|(name, settings)| (name.clone(), cast(settings))).collect(),
            places: self.places.iter().map(|(name, settings)| (name.clone(), place(settings))).collect(),
            props: self.props.iter().map(|(name, settings)| (name.clone(), prop(settings))).collect(),
            style: StyleWords {
                style: self.look.style.clone(),
                palette: self.look.palette.clone(),
                negative: self.look.negative.clone(),
                never: self.look.never.clone(),
            },
        }
    }
}

fn costume(costume: &CostumeSettings) -> Costume {
    Costume {
        scenes: costume.scenes.clone(),
        wears: costume.wears.clone(),
        references: costume.references.clone(),
    }
}

impl LightSettings {
    fn by_time(&self) -> BTreeMap<String, String> {
        match self {
            Self::Always(words) if words.is_empty() => BTreeMap::new(),
            Self::Always(words) => BTreeMap::from([("*".to_owned(), words.clone())]),
            Self::ByTime(words) => words.clone(),
        }
    }
}

/// Whether a path from the film folder stays in it.
fn stays_inside(path: &str) -> bool {
    !path.is_empty()
        && Path::new(path).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

/// The address of folder `to` as a page in folder `from` has it: `../`.
fn way_to(from: &Path, to: &Path) -> String {
    match from.strip_prefix(to) {
        Ok(below) => "../".repeat(below.components().count()),
        Err(_) => format!("file://{}/", to.display()),
    }
}

/// Files of the film folder that `pattern` names, by name; `*` in the last part stands for any letters.
fn matching(folder: &Folder, pattern: &str) -> Result<Vec<PathBuf>, FilmError> {
    let path = folder.root().join(pattern);
    let Some((before, after)) =
        path.file_name().and_then(|name| name.to_str()).and_then(|name| name.split_once('*'))
    else {
        return Ok(path.is_file().then_some(path).into_iter().collect());
    };
    let within = path.parent().unwrap_or(folder.root());
    let entries = match std::fs::read_dir(within) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(FilmError::io(within)(error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(FilmError::io(within))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let fits =
            name.len() >= before.len() + after.len() && name.starts_with(before) && name.ends_with(after);
        if fits && !name.starts_with('.') && entry.path().is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// The text of a file of the bible, which is found to be in order by itself.
fn read_bible_file(file: &Path) -> Result<String, FilmError> {
    let bytes = std::fs::read(file).map_err(FilmError::io(file))?;
    let text = String::from_utf8(bytes).map_err(|error| FilmError::Settings {
        file: file.to_owned(),
        place: (1, 1),
        why: format!("byte {} is not UTF-8", error.utf8_error().valid_up_to()),
        hint: Some("save it as UTF-8".to_owned()),
    })?;
    let read: BibleFile = toml::from_str(&text).map_err(|error| Settings::unreadable(file, &text, &error))?;
    let BibleFile { cast, places, props, look } = read;
    Settings { cast, places, props, look, ..Settings::default() }.check_file(file, &text)?;
    Ok(text)
}

/// The settings that all files together make; what is said twice is refused.
fn merged(sources: &Sources) -> Result<Settings, FilmError> {
    let mut whole = toml::Table::new();
    for (file, text) in &sources.0 {
        let table: toml::Table =
            toml::from_str(text).map_err(|error| Settings::unreadable(file, text, &error))?;
        lay_over(&mut whole, table, &mut Vec::new()).map_err(|path| {
            let keys: Vec<&str> = path.iter().map(String::as_str).collect();
            let first = sources.place(&keys).map_or_else(PathBuf::new, |(file, _, _)| file.to_owned());
            let first = first.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            FilmError::Settings {
                file: file.clone(),
                place: Settings::place_of(text, &keys),
                why: format!("{} is said twice, here and in {first}", path.join(".")),
                hint: Some("say it in one of the files".to_owned()),
            }
        })?;
    }
    let (file, text) = &sources.0[0];
    Settings::deserialize(toml::Value::Table(whole)).map_err(|error| Settings::unreadable(file, text, &error))
}

/// Puts what `table` says into `whole`; the error is the path of what both say.
fn lay_over(whole: &mut toml::Table, table: toml::Table, path: &mut Vec<String>) -> Result<(), Vec<String>> {
    for (key, value) in table {
        path.push(key.clone());
        match (whole.get_mut(&key), value) {
            (None, value) => {
                whole.insert(key, value);
            }
            (Some(toml::Value::Table(there)), toml::Value::Table(more)) => lay_over(there, more, path)?,
            (Some(_), _) => return Err(path.clone()),
        }
        path.pop();
    }
    Ok(())
}

/// The bible as it stands: what every scene and every shot is told, and what does not hold together.
#[derive(Debug, Clone)]
pub struct BibleReport {
    /// What is said of each scene before it is cut.
    pub scenes: Vec<SceneSheet>,
    /// Shots of scenes as they are planned; none where the sound is not locked yet.
    pub shots: Vec<Shot>,
    /// What does not hold together.
    pub findings: Vec<BibleFinding>,
}

/// Something in the bible that its writer should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BibleFinding {
    /// How much it matters.
    pub severity: Severity,
    /// Short fixed name of the rule, such as `looks-missing`.
    pub rule: &'static str,
    /// File, from the film folder, with line and column: `film.toml:12:5`.
    pub place: String,
    /// What was found, a lower-case clause.
    pub message: String,
    /// What to do, where known.
    pub hint: Option<String>,
}

impl Film {
    /// The bible as it stands.
    pub fn bible(&self) -> Result<BibleReport, FilmError> {
        let bible = self.settings.bible_of_film();
        let is_there = |file: &str| stays_inside(file) && self.folder.root().join(file).is_file();
        let lints = lint(&self.screenplay, &bible, &is_there);
        let shots = match &self.locked {
            Some(sound) => scene_shots(&self.cut_list(sound)?.0).cloned().collect(),
            None => Vec::new(),
        };
        Ok(BibleReport {
            scenes: scene_sheets(&self.screenplay, &bible),
            shots,
            findings: lints.into_iter().map(|lint| self.bible_finding(lint)).collect(),
        })
    }

    /// Writes the bible as a page to print; gives where. A relative `file` is beneath the folder one is in.
    pub fn write_bible_page(&self, file: &Path) -> Result<PathBuf, FilmError> {
        let report = self.bible()?;
        let file = std::path::absolute(file).map_err(FilmError::io(file))?;
        let folder = file.parent().unwrap_or(Path::new("/"));
        std::fs::create_dir_all(folder).map_err(FilmError::io(folder))?;
        let page = page(&self.title(), &report.scenes, &report.shots, &way_to(folder, self.folder.root()));
        write_whole(&file, page.as_bytes())?;
        Ok(file)
    }

    fn bible_finding(&self, lint: Lint) -> BibleFinding {
        let place = match &lint.at {
            Whereabouts::Script(line) => format!("script.fountain:{line}"),
            Whereabouts::Orders(path) => self.orders_place(path),
        };
        let Lint { severity, rule, message, hint, .. } = lint;
        BibleFinding { severity, rule, place, message, hint }
    }

    fn orders_place(&self, path: &[String]) -> String {
        let keys: Vec<&str> = path.iter().map(String::as_str).collect();
        let found = self.settings.sources.place(&keys);
        let place = |(file, line, column): (&Path, usize, usize)| {
            format!("{}:{line}:{column}", self.folder.relative(file).display())
        };
        found.map_or_else(|| "film.toml".to_owned(), place)
    }
}
