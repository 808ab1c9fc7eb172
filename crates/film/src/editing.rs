//! The cut list changed by command, and what that makes of takes.

use std::collections::BTreeMap;

use serde::Serialize;
use soundlock_plan::edit::{Edit, EditContext, Edited, edit};
use soundlock_plan::{CutList, PlanError, Shot, ShotCode};
use soundlock_shoot::Estimate;
use soundlock_sound::LockedSound;
use soundlock_time::FilmFrame;

use crate::explain::find_shot;
use crate::folder::write_whole;
use crate::shots::{Floor, line_levels};
use crate::{Film, FilmError, Take, TakeOrigin, TouchedShot};

/// A change to the cut list that nobody has agreed to yet.
#[derive(Debug, Clone)]
pub struct EditProposal {
    /// The shots as they would be.
    pub cut_list: CutList,
    /// What happens to which shot, in film order.
    pub touched: Vec<TouchedShot>,
    /// Takes that are in the film or could be, and no longer could.
    pub stale: Vec<StaleTake>,
    /// The file as it would be.
    text: String,
    /// Whether it would be another than is there.
    changed: bool,
}

/// A take that a change would make stale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StaleTake {
    /// `12_0040-3`.
    pub take: String,
    /// What it cost.
    pub cost: Estimate,
    /// Whether it is made again by itself, for nothing.
    pub made_again: bool,
}

/// Where in a shot somebody points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// Frames from the shot's first.
    Shot(u32),
    /// A frame of the film.
    Film(FilmFrame),
}

impl EditProposal {
    /// Whether anything would change.
    pub fn is_change(&self) -> bool {
        self.changed
    }

    /// Takes that would not be made again by themselves.
    pub fn dear(&self) -> impl Iterator<Item = &StaleTake> {
        self.stale.iter().filter(|take| !take.made_again)
    }
}

impl Film {
    /// What `change` would make of the cut list and of takes. Nothing is written.
    pub fn propose_edit(&self, change: &Edit) -> Result<EditProposal, FilmError> {
        let Some(sound) = self.locked() else { return Err(FilmError::NotLocked) };
        let on_disk = self.cuts_text()?;
        // A plan that cannot be, because of a shot set too long by hand, is what some changes are for.
        let (was, text) = match self.cut_list(sound) {
            Ok((cut_list, text)) => (Some(cut_list), text),
            Err(FilmError::Plan(PlanError::ShotTooLong { .. })) => {
                (None, on_disk.clone().unwrap_or_default())
            }
            Err(error) => return Err(error),
        };
        let rules = self.settings.plan_rules();
        let (levels, takes) = (self.loudness(sound)?, self.takes_worth()?);
        let screenplay = &self.screenplay;
        let context = EditContext { screenplay, sound, levels: &levels, rules: &rules, takes: &takes };
        let Edited { text, cut_list } = edit(&text, change, &context, &*self.studio.reporter)?;
        let (touched, stale) = match &was {
            Some(was) => (self.touched_by(was, &cut_list)?, self.stale_after(sound, was, &cut_list)?),
            None => (Vec::new(), Vec::new()),
        };
        let changed = on_disk.as_deref() != Some(text.as_str());
        Ok(EditProposal { cut_list, touched, stale, text, changed })
    }

    /// Writes what was proposed.
    pub fn accept_edit(&self, proposal: &EditProposal) -> Result<(), FilmError> {
        write_whole(&self.folder.cuts(), proposal.text.as_bytes())?;
        Ok(())
    }

    /// The frame of `shot`, from its first, that somebody points at.
    pub fn frame_in_shot(&self, code: &ShotCode, point: Point) -> Result<u32, FilmError> {
        let frame = match point {
            Point::Shot(frame) => return Ok(frame),
            Point::Film(frame) => frame,
        };
        let Some(sound) = self.locked() else { return Err(FilmError::NotLocked) };
        let (cut_list, _) = self.cut_list(sound)?;
        let shot = find_shot(&cut_list, code)?;
        if !shot.film.contains(frame) {
            return Err(FilmError::NotInShot { code: code.clone(), frame, shot: shot.film });
        }
        Ok(frame.0 - shot.film.start.0)
    }

    /// Takes that can be shown as the film is and could not once it is as `now`.
    fn stale_after(
        &self,
        sound: &LockedSound,
        was: &CutList,
        now: &CutList,
    ) -> Result<Vec<StaleTake>, FilmError> {
        let changed = |old: &&Shot| now.shot(&old.code).is_none_or(|new| !same_order(old, new));
        let changed: Vec<&Shot> = crate::shots::scene_shots(was).filter(changed).collect();
        let levels = line_levels(self, sound)?;
        let (before, after) = (Floor::new(self, was, levels.clone())?, Floor::new(self, now, levels)?);
        let mut stale = Vec::new();
        for old in changed {
            let good: Vec<Take> = before.state(old, false)?.takes.into_iter().filter(Take::is_good).collect();
            if good.is_empty() {
                continue;
            }
            let still: BTreeMap<u32, bool> = match now.shot(&old.code) {
                Some(new) => {
                    let takes = after.state(new, false)?.takes;
                    takes.iter().map(|take| (take.entry.number, take.is_good())).collect()
                }
                None => BTreeMap::new(),
            };
            let gone = good.iter().filter(|take| still.get(&take.entry.number) != Some(&true));
            stale.extend(gone.map(StaleTake::of));
        }
        Ok(stale)
    }
}

impl StaleTake {
    fn of(take: &Take) -> Self {
        let made_again = matches!(&take.entry.origin, TakeOrigin::Generator { cost: Estimate::Free, .. });
        Self { take: take.name(), cost: take.cost(), made_again }
    }
}

/// Whether two shots ask their generator for the same, wherever they lie.
fn same_order(old: &Shot, new: &Shot) -> bool {
    let place = |shot: &Shot| Shot {
        film: new.film,
        at: new.at,
        pace_millis: new.pace_millis,
        reason: String::new(),
        by_hand: Vec::new(),
        ..shot.clone()
    };
    old.frames() == new.frames() && place(old) == place(new)
}
