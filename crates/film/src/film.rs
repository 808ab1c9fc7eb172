use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use soundlock_draw::Lettering;
use soundlock_script::{Beat, Finding, Fountain, KnownIds, Scene, Screenplay};
use soundlock_sound::{FileHashes, HeardLevels, LockedSound, UsedKeys};
use soundlock_vault::{Event, Vault};

use crate::folder::read_if_there;
use crate::settings::{PlaceSettings, Settings};
use crate::{FilmError, Folder, Studio};

/// Whether a film is opened to make it or to look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// To look: nothing is written, and somebody else may be making it meanwhile.
    Look,
    /// To make: nobody else may at the same time.
    Make,
}

/// A film folder, opened: its orders, its screenplay and its vault.
pub struct Film {
    pub(crate) access: Access,
    pub(crate) studio: Studio,
    pub(crate) folder: Folder,
    pub(crate) settings: Settings,
    pub(crate) screenplay: Screenplay,
    pub(crate) findings: Vec<Finding>,
    pub(crate) vault: Vault,
    /// What is locked, as it stands on disk.
    pub(crate) locked: Option<LockedSound>,
    /// Results that the sound department used since the film was opened.
    pub(crate) used: UsedKeys,
    /// Hashes of its recordings.
    pub(crate) hashes: FileHashes,
    /// How loud its lines are.
    pub(crate) levels: HeardLevels,
    lettering: OnceLock<Arc<Lettering>>,
}

impl Film {
    /// Opens the film that `start` lies in.
    pub fn open(studio: Studio, start: &Path, access: Access) -> Result<Self, FilmError> {
        let folder = Folder::find(start)?;
        let settings = read_settings(&folder)?;
        let locked = read_locked(&folder)?;
        let known = locked.as_ref().map(soundlock_sound::known_ids).unwrap_or_default();
        let (_, screenplay, findings) = read_screenplay(&folder, &settings, &known)?;
        if screenplay.scenes.is_empty() {
            return Err(FilmError::NoScenes { script: folder.script() });
        }
        check_names(&folder, &settings, &screenplay, &studio)?;
        let vault = match access {
            Access::Look => Vault::open_to_read(&folder.vault(), studio.clock.clone())?,
            Access::Make => Vault::open(&folder.vault(), studio.clock.clone())?,
        };
        let vault = vault.reporting_to(studio.reporter.clone());
        Ok(Self {
            access,
            studio,
            folder,
            settings,
            screenplay,
            findings,
            vault,
            locked,
            used: UsedKeys::new(),
            hashes: FileHashes::new(),
            levels: HeardLevels::new(),
            lettering: OnceLock::new(),
        })
    }

    /// What is locked, as it stands on disk; `None` before the first lock.
    pub fn locked(&self) -> Option<&LockedSound> {
        self.locked.as_ref()
    }

    /// Where the film lies.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Its standing orders.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Its screenplay.
    pub fn screenplay(&self) -> &Screenplay {
        &self.screenplay
    }

    /// What its writer should look at.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Its title; the folder's name where nobody gave it one.
    pub fn title(&self) -> String {
        let title = self.settings.title(&self.screenplay);
        if title.is_empty() { folder_name(&self.folder) } else { title }
    }

    /// Type for cards and sheets; found on the machine when it is first needed.
    pub(crate) fn lettering(&self) -> Result<Arc<Lettering>, FilmError> {
        if let Some(lettering) = self.lettering.get() {
            return Ok(lettering.clone());
        }
        let found = Arc::new(Lettering::system()?);
        Ok(self.lettering.get_or_init(|| found).clone())
    }

    /// Base name of deliveries: the title in letters and digits that every file system takes.
    pub(crate) fn file_stem(&self) -> String {
        let plain = |c: char| if c.is_alphanumeric() { c.to_lowercase().next().unwrap_or(c) } else { '-' };
        let words: String = self.title().chars().map(plain).collect();
        let stem = words.split('-').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-");
        if stem.is_empty() { "film".to_owned() } else { stem.chars().take(60).collect() }
    }

    pub(crate) fn warn(&self, stage: &'static str, message: String) {
        self.studio.reporter.report(Event::Warning { stage, message });
    }
}

/// The script of the film in `folder`, read with its cast and the ids it was locked with.
pub fn read_film_script(folder: &Folder) -> Result<(Fountain, Screenplay, Vec<Finding>), FilmError> {
    let settings = read_settings(folder)?;
    let known = read_locked(folder)?.as_ref().map(soundlock_sound::known_ids).unwrap_or_default();
    read_screenplay(folder, &settings, &known)
}

fn folder_name(folder: &Folder) -> String {
    folder.root().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

pub(crate) fn read_settings(folder: &Folder) -> Result<Settings, FilmError> {
    Settings::of_folder(folder)
}

pub(crate) fn read_locked(folder: &Folder) -> Result<Option<LockedSound>, FilmError> {
    let Some(bytes) = read_if_there(&folder.sound_lock())? else { return Ok(None) };
    Ok(Some(soundlock_sound::format::read(&String::from_utf8_lossy(&bytes))?))
}

fn read_screenplay(
    folder: &Folder,
    settings: &Settings,
    known: &KnownIds,
) -> Result<(Fountain, Screenplay, Vec<Finding>), FilmError> {
    let file = folder.script();
    let bytes = std::fs::read(&file).map_err(FilmError::io(&file))?;
    let cast: Vec<String> = settings.cast.keys().cloned().collect();
    let fountain = Fountain::read(&bytes, &cast);
    let (screenplay, findings) = Screenplay::from_fountain(&fountain, known);
    Ok((fountain, screenplay, findings))
}

/// Whether the action of `scene` names somebody, letter case aside.
fn mentions(scene: &Scene, name: &str) -> bool {
    let name = name.to_lowercase();
    scene
        .beats
        .iter()
        .any(|beat| matches!(beat, Beat::Action(action) if action.text.to_lowercase().contains(&name)))
}

/// Names in film.toml that the script does not know: a character is an error, because its looks and voice would be
/// lost without a word; a place is a warning, because headings change while one writes.
fn check_names(
    folder: &Folder,
    settings: &Settings,
    script: &Screenplay,
    studio: &Studio,
) -> Result<(), FilmError> {
    let speakers: BTreeSet<&str> = script.lines().map(|(_, line)| line.character.as_str()).collect();
    let spoken_of = |name: &str| script.scenes.iter().any(|scene| mentions(scene, name));
    for name in settings.cast.keys() {
        if !speakers.contains(name.as_str()) && !spoken_of(name) {
            let (file, place) = settings.sources.file_of(&["cast", name], folder);
            let known: Vec<&str> = speakers.iter().copied().collect();
            let hint = Some(format!("the script's characters are {}", known.join(", ")));
            let why = format!("nobody in the script is called `{name}`");
            return Err(FilmError::Settings { file, place, why, hint });
        }
    }
    let known = |place: &str, _: &PlaceSettings| {
        script.scenes.iter().any(|scene| scene.heading.text.to_lowercase().contains(&place.to_lowercase()))
    };
    for (place, settings) in &settings.places {
        if !known(place, settings) {
            let message = format!("no scene plays in `{place}`, which film.toml describes");
            studio.reporter.report(Event::Warning { stage: "film", message });
        }
    }
    Ok(())
}
