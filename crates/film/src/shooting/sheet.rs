//! The call sheet of a run: what is shot next, and what follows from how it ended.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use soundlock_shoot::queue::{Arrived, Attempt, CallSheet, SheetError, Standing, Wanted};
use soundlock_shoot::{Estimate, Generator, Inputs, ShotOrder};
use soundlock_vault::Hash;

use super::slots::Slot;
use crate::shots::{Floor, ShotState};
use crate::{CircledBy, FilmError, Take, TakeOrigin};

/// Attempts that broke without cost and are tried again by themselves, for each shot.
const FREE_FAILURES: u32 = 3;

/// The call sheet of a run.
pub(super) struct Sheet<'s> {
    pub(super) floor: &'s Floor<'s>,
    pub(super) slots: Mutex<Vec<Slot>>,
}

impl Sheet<'_> {
    fn lock(&self) -> MutexGuard<'_, Vec<Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_wanted(&self, generator: &str, free_only: bool) -> Result<Option<Wanted>, FilmError> {
        let mut slots = self.lock();
        let mut order: Vec<usize> = (0..slots.len())
            .filter(|index| {
                let slot = &slots[*index];
                slot.generator == generator && slot.wanted > 0 && !slot.blocked
            })
            .collect();
        // The first take of every shot comes before the second of any.
        order.sort_by_key(|index| (slots[*index].begun, slots[*index].rank));
        for index in order {
            let slot = &slots[index];
            if self.floor.waits_for_another(&slot.shot)? {
                continue;
            }
            let code = slot.shot.code.clone();
            if free_only {
                let order = self.floor.wanted_order(slot, 1, false)?;
                if self.floor.estimate_by(generator, &order) != Estimate::Free {
                    continue;
                }
            }
            let number = self.floor.new_number(&code);
            let order = self.floor.wanted_order(slot, number, true)?;
            let slot = &mut slots[index];
            slot.wanted -= 1;
            slot.begun += 1;
            slot.out += 1;
            return Ok(Some(Wanted { code, number, order }));
        }
        Ok(None)
    }

    /// What the shot wants after an attempt ended.
    fn after(&self, attempt: &Attempt) -> Result<(), FilmError> {
        // What came with the answer was kept there until now.
        let kept = self.floor.film.kept_answers().join(format!("{}.clip", attempt.intent.request.id));
        let _ = std::fs::remove_file(kept);
        let code = &attempt.intent.code;
        // Measured outside of the lock: nobody else waits for it.
        let weak = attempt.standing == Standing::Done && {
            let shot = self.floor.shot(code);
            let state = shot.map(|shot| self.floor.state(shot, true)).transpose()?;
            if let Some(state) = &state {
                self.circle_final(state, attempt)?;
            }
            state.is_some_and(|state| !state.takes.iter().any(|take| take.fresh && take.passes()))
        };
        let free = attempt.cost == Some(Estimate::Free);
        let mut slots = self.lock();
        // A trial has a slot for each way in which a shot is worded.
        let told_so = slots.iter().position(|slot| slot.shot.code == *code && slot.is_told_so(attempt));
        let any = || slots.iter().position(|slot| slot.shot.code == *code);
        let Some(index) = told_so.or_else(any) else { return Ok(()) };
        let slot = &mut slots[index];
        slot.out = slot.out.saturating_sub(1);
        match attempt.standing {
            Standing::Done if weak && slot.wanted == 0 && slot.out == 0 && slot.retakes > 0 => {
                slot.retakes -= 1;
                slot.wanted += 1;
            }
            Standing::Refused => self.after_refusal(slot, attempt),
            Standing::Failed if free && slot.failures < FREE_FAILURES => {
                slot.failures += 1;
                slot.wanted += 1;
            }
            Standing::Failed | Standing::Unknown => slot.blocked = true,
            _ => {}
        }
        Ok(())
    }

    /// A final takes the place of the draft that the director circled.
    fn circle_final(&self, state: &ShotState, attempt: &Attempt) -> Result<(), FilmError> {
        let by_director = matches!(state.circled, Some((_, CircledBy::Director)));
        let draft = state.circled_take().filter(|take| by_director && take.is_draft());
        let seed = |take: &Take| match &take.entry.origin {
            TakeOrigin::Generator { order, .. } => Some(order.seed),
            TakeOrigin::File { .. } => None,
        };
        let number = attempt.intent.number;
        let new = state.takes.iter().find(|take| take.entry.number == number && take.is_good());
        match (draft, new) {
            (Some(draft), Some(new)) if !new.is_draft() && seed(draft) == seed(new) => {
                self.floor.film.record_circle(&attempt.intent.code, Some(number), None)
            }
            _ => Ok(()),
        }
    }

    /// Vendors refuse their own sound to harmless words; others may make what one refuses; else the director is asked.
    fn after_refusal(&self, slot: &mut Slot, attempt: &Attempt) {
        if attempt.intent.order.inputs.own_sound && !slot.silent {
            slot.silent = true;
            slot.wanted += 1;
            return;
        }
        // Another attempt's refusal may have moved the shot on already.
        if attempt.intent.identity.name != slot.generator {
            slot.wanted += 1;
            return;
        }
        match self.floor.film.chain_after(slot).first() {
            Some(next) => {
                (*next).clone_into(&mut slot.generator);
                slot.silent = false;
                slot.wanted += 1;
            }
            None => slot.blocked = true,
        }
    }
}

impl CallSheet for Sheet<'_> {
    fn next(&self, generator: &str, free_only: bool) -> Result<Option<Wanted>, SheetError> {
        self.next_wanted(generator, free_only).map_err(|error| SheetError(Box::new(error)))
    }

    fn is_wanted(&self, attempt: &Attempt) -> bool {
        let Some(shot) = self.floor.shot(&attempt.intent.code) else { return false };
        let name = &attempt.intent.identity.name;
        let names = [shot.generator.as_str()];
        let next = self.floor.film.settings.next_after(&shot.generator);
        if !names.iter().chain(&next).any(|known| known == name) {
            return false;
        }
        let order = self.floor.order_by(shot, name, 1, true);
        let given = &attempt.intent.order;
        // What was written down would be sent as it was.
        let by_model = self.floor.film.by_model(name);
        if by_model.is_none_or(|by_model| by_model.identity(&attempt.intent.order) != attempt.intent.identity)
        {
            return false;
        }
        order.is_ok_and(|order| {
            let (seed, raster) = (given.seed, given.raster);
            let own_sound = given.inputs.own_sound;
            let inputs = Inputs { own_sound, ..order.inputs.clone() };
            ShotOrder { seed, raster, inputs, ..order } == **given
        })
    }

    fn arrived(&self, attempt: &Attempt, file: &Path, hash: Hash) -> Result<Arrived, SheetError> {
        self.keep(attempt, file, hash).map_err(|error| SheetError(Box::new(error)))
    }

    fn ended(&self, attempt: &Attempt) {
        if let Err(error) = self.after(attempt) {
            self.floor.film.warn("shoot", format!("{}: {error}", attempt.name()));
        }
    }

    fn put_back(&self, wanted: &Wanted) {
        let mut slots = self.lock();
        let told_so =
            |slot: &&mut Slot| slot.shot.code == wanted.code && slot.shot.prompt == wanted.order.prompt;
        if let Some(slot) = slots.iter_mut().find(told_so) {
            slot.out = slot.out.saturating_sub(1);
            slot.wanted += 1;
            slot.blocked = true;
        }
    }
}
