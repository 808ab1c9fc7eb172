//! What is made, what is stale and why, and what making it would cost. Nothing is written.

use std::collections::BTreeSet;

use soundlock_deliver::Check;
use soundlock_plan::CutList;
use soundlock_shoot::Estimate;
use soundlock_sound::{LockedSound, Origin, mix};
use soundlock_vault::{Garbage, Key};

use crate::shots::{Floor, ShotState, line_levels, scene_shots};
use crate::{CircledBy, DeliveryState, Film, FilmError};

/// How far the film is.
#[derive(Debug, Clone)]
pub struct Status {
    /// Scenes of the script.
    pub scenes: usize,
    /// Lines of the script.
    pub lines: usize,
    /// Lines that an actor has spoken; the scratch voice speaks the rest.
    pub recorded: usize,
    /// Whether the sound is locked as the script and the orders want it now.
    pub sound: SoundStatus,
    /// Frames of the film as it is locked.
    pub frames: u32,
    /// Every shot that is not done, and why.
    pub to_do: Vec<ToDo>,
    /// Shots of scenes.
    pub shots: usize,
    /// Shots whose circled take was chosen by the director.
    pub circled_by_director: usize,
    /// Deliveries that are not there or not of the film as it is.
    pub undelivered: Vec<String>,
    /// Whether the film may be shown with the voices that are heard in it.
    pub rights: Vec<Check>,
}

/// How the lock stands to the script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SoundStatus {
    /// Nothing is locked yet.
    Unlocked,
    /// Locked, and what would be locked now is the same.
    Locked,
    /// What would be locked now is another sound: so many lines and scenes would move or change.
    Stale {
        /// How many.
        moves: usize,
    },
}

/// A shot that is not done.
#[derive(Debug, Clone)]
pub struct ToDo {
    /// Which shot.
    pub shot: String,
    /// What it lacks, a clause.
    pub why: String,
    /// What making it would cost.
    pub cost: Estimate,
    /// Whether the director makes it.
    pub by_hand: bool,
    /// Whether a hired generator makes it, when `shoot` asks it to.
    pub hired: bool,
    /// Whether the film can be seen without it, because the animatic stands in.
    pub stands_in: bool,
}

impl Status {
    /// Whether nothing is left to make, and the film may be shown.
    pub fn is_ready(&self) -> bool {
        self.to_do.is_empty()
            && self.is_made()
            && self.rights.iter().all(|right| right.passed || !right.binding)
    }

    /// Whether the film is whole: nothing is left to make but what the director makes while the animatic stands in.
    pub fn is_made(&self) -> bool {
        !self.is_for_make()
    }

    /// Whether `make` has something to do: all but what the director makes while the animatic stands in.
    pub fn is_for_make(&self) -> bool {
        let made = self.sound == SoundStatus::Locked && self.undelivered.is_empty();
        !made || self.to_do.iter().any(|to_do| !to_do.stands_in)
    }
}

impl Film {
    /// How far the film is. What `make` would do is worked out, not done; only scratch voices may have to be spoken to
    /// know how long the film will be.
    pub fn status(&self) -> Result<Status, FilmError> {
        let lines = self.screenplay.lines().count();
        let scenes = self.screenplay.scenes.len();
        let nothing = Status {
            scenes,
            lines,
            recorded: 0,
            sound: SoundStatus::Unlocked,
            frames: 0,
            to_do: Vec::new(),
            shots: 0,
            circled_by_director: 0,
            undelivered: Vec::new(),
            rights: Vec::new(),
        };
        let Some(locked) = &self.locked else { return Ok(nothing) };
        let (cut_list, _) = self.cut_list(locked)?;
        let floor = Floor::new(self, &cut_list, line_levels(self, locked)?)?;
        let states: Vec<ShotState> =
            scene_shots(&cut_list).map(|shot| floor.state(shot, false)).collect::<Result<_, _>>()?;
        let to_do = Self::to_do(&floor, &states)?;
        let by_director = |state: &&ShotState| matches!(state.circled, Some((_, CircledBy::Director)));
        Ok(Status {
            recorded: recorded(locked),
            sound: self.sound_status()?,
            frames: locked.frames(),
            shots: states.len(),
            circled_by_director: states.iter().filter(by_director).count(),
            undelivered: if to_do.iter().all(|to_do| to_do.stands_in) {
                self.undelivered(locked, &cut_list)?
            } else {
                vec!["the film".to_owned()]
            },
            to_do,
            rights: self.rights(locked)?.into_iter().chain(self.territories(&states)).collect(),
            ..nothing
        })
    }

    fn sound_status(&self) -> Result<SoundStatus, FilmError> {
        let proposal = match self.propose_sound() {
            Ok(proposal) => proposal,
            // A voice has to speak before it is known what moves.
            Err(error) if error.is_read_only() => return Ok(SoundStatus::Stale { moves: 1 }),
            Err(error) => return Err(error),
        };
        Ok(if proposal.locked {
            SoundStatus::Locked
        } else {
            SoundStatus::Stale { moves: proposal.moves.len().max(1) }
        })
    }

    /// Every shot of the scenes as it stands.
    pub fn shot_states(&self, sound: &LockedSound, cut_list: &CutList) -> Result<Vec<ShotState>, FilmError> {
        let floor = Floor::new(self, cut_list, line_levels(self, sound)?)?;
        scene_shots(cut_list).map(|shot| floor.state(shot, false)).collect()
    }

    fn to_do(floor: &Floor<'_>, states: &[ShotState]) -> Result<Vec<ToDo>, FilmError> {
        let mut to_do = Vec::new();
        for state in states {
            let why = match state.lacks() {
                _ if !state.lost.is_empty() => format!("take {} is damaged", state.lost[0]),
                Some(why) => why,
                None if floor.piece_if_made(state)?.is_none() => "is not finished".to_owned(),
                None => continue,
            };
            let cost = if state.needs_a_take() { floor.estimate(state) } else { Estimate::Free };
            to_do.push(ToDo {
                shot: state.shot.code.to_string(),
                why,
                cost,
                by_hand: state.by_hand && state.needs_a_take(),
                hired: state.hired && state.needs_a_take(),
                stands_in: state.stands_in && floor.piece_if_made(state)?.is_some(),
            });
        }
        Ok(to_do)
    }

    /// Names of deliveries that are not there or not of the film as it is.
    fn undelivered(&self, locked: &LockedSound, cut_list: &CutList) -> Result<Vec<String>, FilmError> {
        let delivered = self.pictures(locked, cut_list).and_then(|made| {
            let mix = self.mix(locked)?;
            self.deliver(locked, cut_list, &made, &mix)
        });
        match delivered {
            Ok(delivered) => {
                let stale =
                    delivered.into_iter().filter(|delivered| delivered.state != DeliveryState::Current);
                Ok(stale.map(|delivered| delivered.name).collect())
            }
            // Something has to be made first, and a film that is only looked at makes nothing.
            Err(error) if error.is_read_only() => Ok(vec!["the film".to_owned()]),
            Err(error) => Err(error),
        }
    }

    /// What the vault holds that the film as it is now does not need. Never a take.
    ///
    /// Nothing is made to find out, so the film is best opened to look at. Where its sound is not made as the script is
    /// now, what is still needed cannot be told, and that is the error.
    pub fn garbage(&self) -> Result<Garbage, FilmError> {
        let sound = match self.propose_sound() {
            Err(error) if error.is_read_only() => return Err(FilmError::SoundNotMade),
            proposal => proposal?.sound,
        };
        let (cut_list, _) = self.cut_list(&sound)?;
        let mut keep: BTreeSet<Key> = BTreeSet::new();
        match mix(&sound, &self.sound_rules()?, &self.sound_context()).map_err(FilmError::from) {
            // Each part of a mix is made from the one before: where one is not there, nothing after it is.
            Err(error) if error.is_read_only() => {}
            mix => match self.encoded(&sound, &mix?) {
                Err(error) if error.is_read_only() => {}
                encoded => keep.extend(encoded?.keys),
            },
        }
        let floor = Floor::new(self, &cut_list, line_levels(self, &sound)?)?;
        let states: Vec<ShotState> =
            scene_shots(&cut_list).map(|shot| floor.state(shot, false)).collect::<Result<_, _>>()?;
        for state in &states {
            keep.extend(floor.keys(state)?);
            if let Some(piece) = floor.piece_if_made(state)? {
                keep.insert(self.vault.key_of(&self.still(&piece))?);
            }
        }
        keep.extend(self.card_keys(&cut_list, &states)?);
        keep.extend(self.used.keys());
        Ok(self.vault.garbage(&keep)?)
    }

    /// Frees what [`Film::garbage`] found; gives the bytes that came free.
    pub fn free(&self, garbage: &Garbage) -> Result<u64, FilmError> {
        Ok(self.vault.free(garbage)?)
    }
}

fn recorded(locked: &LockedSound) -> usize {
    let lines = locked.scenes.iter().flat_map(|scene| &scene.lines);
    lines.filter(|line| matches!(line.source.origin, Origin::File(_))).count()
}
