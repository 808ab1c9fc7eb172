//! The edit for other editing programs, and an edit that comes back from one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use soundlock_exchange::{
    Circle, Comparison, Edit, ExchangeError, Firmness, LARGEST_BYTES, Refusal, SceneChange, ShotMedia,
    TakeMedia, compare, hour_label, write_scene,
};
use soundlock_plan::{CutList, ShotCode, ShotKind};
use soundlock_sound::LockedSound;
use soundlock_time::Raster;
use soundlock_vault::NoReport;

use crate::folder::write_whole;
use crate::shots::ShotState;
use crate::takes::{Take, TakeOrigin};
use crate::{Film, FilmError};

/// What an edit is made of besides cut list and sound.
pub(crate) struct EditParts {
    title: String,
    media: Vec<ShotMedia>,
    master: String,
    stems: Vec<(String, String)>,
}

/// An edit made elsewhere, compared with the film. Nothing is changed yet.
#[derive(Debug)]
pub struct ConformProposal {
    /// What would change, what is refused, what is said.
    pub comparison: Comparison,
    /// `cuts.toml` with the changes in it.
    cuts: String,
    /// What the changed shots show.
    circles: Vec<(ShotCode, Circle)>,
}

impl EditParts {
    pub(crate) fn edit<'a>(&'a self, film: &Film, sound: &'a LockedSound, cut_list: &'a CutList) -> Edit<'a> {
        Edit {
            title: &self.title,
            first_label: hour_label(sound.fps),
            raster: film.settings.raster(),
            cut_list,
            locked: sound,
            media: &self.media,
            master: &self.master,
            stems: &self.stems,
        }
    }
}

impl Film {
    /// What the edit is made of, its files named from `out/`, where edits are written to.
    pub(crate) fn edit_parts(&self, cut_list: &CutList, states: &[ShotState]) -> EditParts {
        let stems = ["dialogue", "music", "effects"];
        EditParts {
            title: self.title(),
            media: self.shot_media(cut_list, states),
            master: format!("{}.mp4", self.file_stem()),
            stems: stems.map(|name| (name.to_owned(), format!("stems/{name}.wav"))).to_vec(),
        }
    }

    fn shot_media(&self, cut_list: &CutList, states: &[ShotState]) -> Vec<ShotMedia> {
        let mut states = states.iter();
        let media = |kind: ShotKind| match kind {
            ShotKind::Title | ShotKind::Credits => ShotMedia::Card,
            ShotKind::Scene => states.next().map_or(ShotMedia::Card, |state| ShotMedia::Takes {
                takes: state.takes.iter().map(|take| self.take_media(take)).collect(),
                circled: state.circled.map(|(index, _)| index),
                head: state.head,
            }),
        };
        cut_list.shots.iter().map(|shot| shot.kind).map(media).collect()
    }

    fn take_media(&self, take: &Take) -> TakeMedia {
        let video = take.media.as_ref().and_then(|media| media.video.as_ref());
        let (prompt, seed, generator, model) = match &take.entry.origin {
            TakeOrigin::Generator { identity, order, .. } => (
                order.prompt.clone(),
                order.seed,
                identity.name.clone(),
                format!("{} {}", identity.model, identity.version),
            ),
            TakeOrigin::File { name } => (String::new(), 0, "brought in".to_owned(), name.clone()),
        };
        let raster = video.and_then(|video| Raster::new(video.width, video.height).ok());
        TakeMedia {
            name: take.name(),
            number: take.entry.number,
            file: self.take_address(take),
            frames: take.frames(),
            fps: video.map_or_else(|| self.settings.fps(), |video| video.fps),
            raster: raster.unwrap_or_else(|| self.settings.raster()),
            prompt,
            seed,
            generator,
            model,
        }
    }

    /// Reads the edit in `file` and compares it with the film; nothing is written.
    ///
    /// Scenes that cannot be planned as the edit has them are refused, the others stay.
    pub fn propose_conform(&self, file: &Path) -> Result<ConformProposal, FilmError> {
        let Some(sound) = &self.locked else { return Err(FilmError::NotLocked) };
        let (cut_list, mut cuts) = self.cut_list(sound)?;
        let states = self.shot_states(sound, &cut_list)?;
        let parts = self.edit_parts(&cut_list, &states);
        let foreign = soundlock_exchange::read(&read_edit(file)?, sound.fps)?;
        let used: BTreeSet<ShotCode> = self.all_takes()?.into_keys().collect();
        let mut comparison = compare(&parts.edit(self, sound, &cut_list), &foreign, &used)?;
        let (mut scenes, mut circles) = (Vec::new(), Vec::new());
        for change in std::mem::take(&mut comparison.scenes) {
            match self.with_scene(sound, &cuts, &change)? {
                Ok(text) => {
                    cuts = text;
                    let chosen = change
                        .shots
                        .iter()
                        .filter_map(|shot| Some((shot.code.clone(), shot.circle.clone()?)));
                    circles.extend(chosen);
                    scenes.push(change);
                }
                Err(why) => {
                    comparison.refused.push(Refusal::Unplannable { scene: change.scene.clone(), why });
                }
            }
        }
        comparison.scenes = scenes;
        Ok(ConformProposal { comparison, cuts, circles })
    }

    /// `cuts.toml` with a changed scene that is planned exactly as it was changed: with as little set by hand as will do.
    /// The inner error says why it cannot be.
    fn with_scene(
        &self,
        sound: &LockedSound,
        cuts: &str,
        change: &SceneChange,
    ) -> Result<Result<String, String>, FilmError> {
        let scenes = sound.scenes.iter().filter(|scene| scene.id.as_str() == change.scene);
        let alone = LockedSound { scenes: scenes.cloned().collect(), ..sound.clone() };
        let mut why = "the plan would move its cuts".to_owned();
        for firmness in [Firmness::Changed, Firmness::Pinned] {
            let text = write_scene(cuts, change, firmness)?;
            match self.plan_from(&alone, &text, &NoReport) {
                Ok(planned) if is_as_changed(&planned, change) => return Ok(Ok(text)),
                Ok(_) => {}
                Err(FilmError::Plan(error)) => why = error.to_string(),
                Err(other) => return Err(other),
            }
        }
        Ok(Err(why))
    }

    /// Takes the changes into the film: its cuts are set by hand, its takes circled by the director.
    pub fn take_edit(&mut self, proposal: &ConformProposal) -> Result<(), FilmError> {
        let Some(sound) = self.locked.clone() else { return Err(FilmError::NotLocked) };
        if proposal.comparison.scenes.is_empty() {
            return Ok(());
        }
        write_whole(&self.folder.cuts(), proposal.cuts.as_bytes())?;
        self.plan(&sound)?;
        for (code, circle) in &proposal.circles {
            let take = if circle.shot == *code {
                circle.take
            } else {
                self.lend_take(&circle.shot, circle.take, code)?
            };
            self.record_circle(code, Some(take), Some(circle.head))?;
        }
        Ok(())
    }
}

/// Whether the scene's shots lie where the edit has them.
fn is_as_changed(planned: &CutList, change: &SceneChange) -> bool {
    let shots = planned.shots.iter().filter(|shot| shot.code.scene() == change.scene);
    let planned = shots.map(|shot| (&shot.code, shot.at.0, shot.frames()));
    planned.eq(change.shots.iter().map(|shot| (&shot.code, shot.at, shot.frames)))
}

/// The bytes of an edit; of a bundle of Final Cut Pro, those of the document in it.
fn read_edit(file: &Path) -> Result<Vec<u8>, FilmError> {
    let file: PathBuf = if file.is_dir() { file.join("Info.fcpxml") } else { file.to_owned() };
    let bytes = match std::fs::metadata(&file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(FilmError::NoSuchEdit { file });
        }
        found => found.map_err(FilmError::io(&file))?.len(),
    };
    if bytes > LARGEST_BYTES {
        return Err(ExchangeError::TooLarge { bytes, most: LARGEST_BYTES }.into());
    }
    std::fs::read(&file).map_err(FilmError::io(&file))
}
