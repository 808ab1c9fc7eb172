//! The sound, from proposal to lock.

use soundlock_shoot::Estimate;
use soundlock_sound::{LockedSound, Move, SoundContext, SoundRules, find_recordings, format, lock, moves};

use crate::folder::write_whole;
use crate::takes::TakeOrigin;
use crate::{Film, FilmError};

/// The sound as it would be locked now, and what that moves.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// The sound.
    pub sound: LockedSound,
    /// What moves against what is locked; empty where nothing is locked or nothing moves.
    pub moves: Vec<Move>,
    /// The text of `sound.lock`.
    text: String,
    /// Whether that is what stands there already.
    pub locked: bool,
}

impl Film {
    /// What the sound department works with.
    pub(crate) fn sound_context(&self) -> SoundContext<'_> {
        SoundContext {
            folder: self.folder.root(),
            vault: &self.vault,
            tools: &self.studio.tools,
            limits: self.studio.limits,
            espeak: self.studio.espeak.as_ref(),
            reporter: &*self.studio.reporter,
            cancel: &self.studio.cancel,
            workers: self.studio.workers,
            used: &self.used,
            hashes: &self.hashes,
            levels: &self.levels,
        }
    }

    pub(crate) fn sound_rules(&self) -> Result<SoundRules, FilmError> {
        let mut rules = self.settings.sound_rules(&self.screenplay)?;
        self.keep_allowed_voices(&mut rules)?;
        Ok(rules)
    }

    /// Lays the sound as it would be locked now. Writes nothing but scratch voices into the vault.
    pub fn propose_sound(&self) -> Result<Proposal, FilmError> {
        let recordings = find_recordings(self.folder.root())?;
        let mut rules = self.settings.sound_rules(&self.screenplay)?;
        for refused in self.keep_allowed_voices(&mut rules)? {
            self.warn("sound", refused);
        }
        let previous = self.locked.as_ref();
        let sound = lock(&self.screenplay, &rules, &recordings, previous, &self.sound_context())?;
        let moves = self.locked.as_ref().map(|locked| moves(locked, &sound)).unwrap_or_default();
        let text = format::write(&sound);
        let locked = self.locked.as_ref().is_some_and(|locked| format::write(locked) == text);
        Ok(Proposal { sound, moves, text, locked })
    }

    /// Locks what was proposed. `anyway` locks it also where takes that cost money become stale.
    pub fn lock_sound(&mut self, proposal: Proposal, anyway: bool) -> Result<(), FilmError> {
        if !anyway && !proposal.moves.is_empty() {
            let shots = self.shots_with_paid_takes()?;
            if shots > 0 {
                return Err(FilmError::WouldMove { shots });
            }
        }
        write_whole(&self.folder.sound_lock(), proposal.text.as_bytes())?;
        self.locked = Some(proposal.sound);
        Ok(())
    }

    fn shots_with_paid_takes(&self) -> Result<usize, FilmError> {
        let paid = |take: &crate::takes::TakeEntry| matches!(&take.origin, TakeOrigin::Generator { cost, .. } if *cost != Estimate::Free);
        let takes = self.all_takes()?;
        Ok(takes.values().filter(|takes| takes.iter().any(paid)).count())
    }
}
