//! The whole film, in order: sound, cuts, shots, deliveries.

use std::thread;

use soundlock_deliver::Check;
use soundlock_finish::{Picture, Piece};
use soundlock_plan::{CutList, Shot, ShotCode, ShotKind};
use soundlock_sound::{LockedSound, Move, check_recordings};
use soundlock_vault::{run_all, run_stage};

use crate::shots::{Floor, ShotState, line_levels, scene_shots};
use crate::{Delivered, Film, FilmError};

/// What a run of `make` did.
#[derive(Debug)]
pub struct Made {
    /// What moved in the sound against what was locked before.
    pub moves: Vec<Move>,
    /// Shots that were made anew or for the first time.
    pub shots_made: usize,
    /// Shots of the film.
    pub shots: usize,
    /// Shots that the director makes and has not brought in: the animatic stands in for them.
    pub stood_in: Vec<ShotCode>,
    /// What was delivered, and whether it was there already.
    pub deliveries: Vec<Delivered>,
    /// Whether the film may be shown with the voices that are heard in it.
    pub rights: Vec<Check>,
}

/// The film's picture, and the shots it came from.
pub struct Pictures {
    /// Pieces in film order.
    pub picture: Picture,
    /// Shots of scenes, in film order.
    pub shots: Vec<ShotState>,
    /// How many pieces were made just now.
    pub made: usize,
}

impl Film {
    /// Makes all that is not made. `anyway` re-locks the sound also where takes that cost money become stale.
    pub fn make(&mut self, anyway: bool) -> Result<Made, FilmError> {
        let (sound, moves) = self.sound(anyway)?;
        let cut_list = self.plan(&sound)?;
        // Both hang on the locked sound and not on each other.
        let (mix, pictures) = beside(|| self.mix(&sound), || self.pictures(&sound, &cut_list));
        let (mix, pictures) = (mix?, pictures?);
        let deliveries = self.deliver(&sound, &cut_list, &pictures, &mix)?;
        let mut rights = self.rights(&sound)?;
        rights.extend(self.territories(&pictures.shots));
        let stands_in = pictures.shots.iter().filter(|state| state.stands_in);
        let stood_in = stands_in.map(|state| state.shot.code.clone()).collect();
        Ok(Made {
            moves,
            shots_made: pictures.made,
            shots: cut_list.shots.len(),
            stood_in,
            deliveries,
            rights,
        })
    }

    /// The locked sound, locked anew where script or orders changed or recordings came. One that was written over is an
    /// error unless `anyway`: a line that was locked sounds as it did until somebody locks it anew.
    pub fn sound(&mut self, anyway: bool) -> Result<(LockedSound, Vec<Move>), FilmError> {
        if let (Some(locked), false) = (&self.locked, anyway) {
            check_recordings(locked, &self.sound_context())?;
        }
        let proposal = self.propose_sound()?;
        let (sound, moves) = (proposal.sound.clone(), proposal.moves.clone());
        if !proposal.locked {
            self.lock_sound(proposal, anyway)?;
        }
        Ok((sound, moves))
    }

    /// Every shot of the film up to its piece: what lacks is made.
    pub fn pictures(&self, sound: &LockedSound, cut_list: &CutList) -> Result<Pictures, FilmError> {
        let floor = Floor::new(self, cut_list, line_levels(self, sound)?)?;
        let shots: Vec<&Shot> = scene_shots(cut_list).collect();
        let mut done: Vec<Option<(ShotState, Piece)>> = Vec::with_capacity(shots.len());
        for shot in &shots {
            let state = floor.state(shot, false)?;
            let piece = if state.lost.is_empty() { floor.piece_if_made(&state)? } else { None };
            done.push(piece.map(|piece| (state, piece)));
        }
        let jobs = shots.iter().zip(&done).enumerate().filter(|(_, (_, done))| done.is_none());
        let jobs: Vec<_> = jobs.map(|(index, (shot, _))| (shot.code.to_string(), (index, *shot))).collect();
        let made = jobs.len();
        if made > 0 {
            let studio = &self.studio;
            let work = |(index, shot): (usize, &Shot)| {
                let (state, piece) = floor.finish(shot)?;
                self.still_if_wanted(&piece)?;
                Ok::<_, FilmError>((index, (state, piece)))
            };
            let finished = run_stage("shoot", &*studio.reporter, jobs, floor.hands(), &studio.cancel, work)
                .map_err(FilmError::from_stop)?;
            for (index, finished) in finished {
                done[index] = Some(finished);
            }
        }
        let (shots, scene_pieces): (Vec<_>, Vec<_>) = done.into_iter().flatten().unzip();
        let pieces = self.with_cards(cut_list, &shots, scene_pieces)?;
        let picture = Picture::new(cut_list, self.settings.raster(), pieces, sound.frames())?;
        Ok(Pictures { picture, shots, made })
    }

    /// Pieces of scenes and cards in the order of the cut list.
    fn with_cards(
        &self,
        cut_list: &CutList,
        shots: &[ShotState],
        scene_pieces: Vec<Piece>,
    ) -> Result<Vec<Piece>, FilmError> {
        let cards = cut_list.shots.iter().filter(|shot| shot.kind != ShotKind::Scene).collect();
        let (workers, cancel) = (self.studio.workers, &self.studio.cancel);
        let cards = run_all(cards, workers, cancel, |shot| {
            let piece = self.card(shot, shots)?;
            self.still_if_wanted(&piece)?;
            Ok(piece)
        });
        let mut cards = cards.map_err(FilmError::from_stop)?.into_iter();
        let mut scene_pieces = scene_pieces.into_iter();
        let next = |shot: &Shot| match shot.kind {
            ShotKind::Scene => scene_pieces.next(),
            ShotKind::Title | ShotKind::Credits => cards.next(),
        };
        Ok(cut_list.shots.iter().filter_map(next).collect())
    }
}

/// Does `aside` on a thread of its own while this one does `work`; one after the other where no thread can be had.
fn beside<A: Send, W>(aside: impl Fn() -> A + Sync, work: impl FnOnce() -> W) -> (A, W) {
    thread::scope(|scope| {
        let thread = thread::Builder::new().name("mix".to_owned()).spawn_scoped(scope, &aside);
        let work = work();
        let aside = match thread {
            Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(_) => aside(),
        };
        (aside, work)
    })
}
