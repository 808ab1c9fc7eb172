//! What each shot of hired generators wants in a run.

use std::collections::BTreeMap;

use soundlock_plan::{CutList, Shot, ShotCode};
use soundlock_shoot::queue::{Attempt, Standing};
use soundlock_shoot::{Estimate, Generator, ShotOrder};

use super::Wish;
use crate::explain::find_shot;
use crate::shots::{Floor, scene_shots};
use crate::{CircledBy, Film, FilmError, TakeOrigin};

/// What a shot still wants in this run.
pub(super) struct Slot {
    pub(super) shot: Shot,
    pub(super) generator: String,
    /// Place in the order of shooting: scenes that go first, then as in the film.
    pub(super) rank: usize,
    /// Takes still to be begun.
    pub(super) wanted: u32,
    /// Takes begun in this run, and those that are out.
    pub(super) begun: u32,
    pub(super) out: u32,
    /// More takes that it gets where all are weak.
    pub(super) retakes: u32,
    pub(super) failures: u32,
    /// Whether nothing more is begun in this run.
    pub(super) blocked: bool,
    /// The order to be made again large, where it is a final.
    pub(super) finals: Option<Box<ShotOrder>>,
    /// Whether the next attempt goes without sound of its own.
    pub(super) silent: bool,
    /// Whether its words are tried: with the seed of the first take, so that words are compared with words.
    pub(super) tried: bool,
}

impl Slot {
    /// A trial of how `shot` is worded.
    fn of_trial(shot: &Shot, rank: usize) -> Self {
        Self {
            shot: shot.clone(),
            generator: shot.generator.clone(),
            rank,
            wanted: 1,
            begun: 0,
            out: 0,
            retakes: 0,
            failures: 0,
            blocked: false,
            finals: None,
            silent: false,
            tried: true,
        }
    }

    /// Whether `attempt` was made with the words that this slot has.
    pub(super) fn is_told_so(&self, attempt: &Attempt) -> bool {
        let order = &attempt.intent.order;
        (&order.prompt, &order.negative) == (&self.shot.prompt, &self.shot.negative)
    }
}

impl Film {
    /// Who tries, one after the other, where the generator of a slot refuses.
    pub(super) fn chain_after<'s>(&'s self, slot: &Slot) -> Vec<&'s str> {
        let chain = self.settings.next_after(&slot.shot.generator);
        match chain.iter().position(|name| *name == slot.generator) {
            Some(at) => chain[at + 1..].to_vec(),
            None if slot.generator == slot.shot.generator => chain,
            None => Vec::new(),
        }
    }

    /// What every shot that is shot by a hired generator wants.
    pub(super) fn slots(
        &self,
        floor: &Floor<'_>,
        cut_list: &CutList,
        wish: &Wish,
        known: &BTreeMap<(ShotCode, u32), Attempt>,
    ) -> Result<Vec<Slot>, FilmError> {
        for code in &wish.shots {
            find_shot(cut_list, code)?;
        }
        if !wish.tried.is_empty() {
            let all = wish.tried.iter().filter(|shot| self.settings.is_hired(&shot.generator));
            return Ok(all.enumerate().map(|(rank, shot)| Slot::of_trial(shot, rank)).collect());
        }
        let first = &self.settings.shoot.scenes_first;
        for scene in
            first.iter().filter(|scene| !scene_shots(cut_list).any(|shot| shot.code.scene() == *scene))
        {
            self.warn("shoot", format!("scenes_first names scene {scene}, which the film does not have"));
        }
        let mut slots = Vec::new();
        for (index, shot) in scene_shots(cut_list).enumerate() {
            let out = known
                .values()
                .filter(|attempt| attempt.intent.code == shot.code && attempt.standing < Standing::Done);
            let out = out.count() as u32;
            if !self.settings.is_hired(&shot.generator) {
                continue;
            }
            let (wanted, finals) =
                if wish.wants(&shot.code) { self.wanted(floor, shot, wish, out)? } else { (0, None) };
            let is_unknown = !wish.again && unknown(known).any(|attempt| attempt.intent.code == shot.code);
            let (generator, refused) = self.after_refusals(shot, wish, known);
            let blocked = is_unknown || refused;
            let before = |scene: &str| first.iter().position(|first| first == scene).unwrap_or(first.len());
            slots.push(Slot {
                rank: before(shot.code.scene()) * 1_000_000 + index,
                generator,
                wanted: if blocked { 0 } else { wanted },
                begun: 0,
                out,
                retakes: self.settings.shoot.retakes.unwrap_or(0),
                failures: 0,
                blocked,
                finals,
                silent: false,
                tried: false,
                shot: shot.clone(),
            });
        }
        slots.sort_by_key(|slot| slot.rank);
        Ok(slots)
    }

    /// Who shoots `shot` now, and whether everybody has refused it with the words it has: it is then asked for again only
    /// where somebody names it.
    fn after_refusals(
        &self,
        shot: &Shot,
        wish: &Wish,
        known: &BTreeMap<(ShotCode, u32), Attempt>,
    ) -> (String, bool) {
        let own = shot.generator.clone();
        if wish.again || !wish.shots.is_empty() {
            return (own, false);
        }
        let refused = |name: &str| {
            let mut all = known.values().filter(|attempt| {
                let intent = &attempt.intent;
                intent.code == shot.code && intent.identity.name == name && intent.order.prompt == shot.prompt
            });
            let last = all.rfind(|attempt| attempt.standing.is_over());
            last.is_some_and(|attempt| attempt.standing == Standing::Refused)
        };
        let chain = self.settings.next_after(&own);
        let all = std::iter::once(own.as_str()).chain(chain);
        match all.into_iter().find(|name| !refused(name)) {
            Some(name) => (name.to_owned(), false),
            None => (own.clone(), true),
        }
    }

    /// How many takes of a shot are wanted, and the order that is to be made large.
    fn wanted(
        &self,
        floor: &Floor<'_>,
        shot: &Shot,
        wish: &Wish,
        out: u32,
    ) -> Result<(u32, Option<Box<ShotOrder>>), FilmError> {
        let state = floor.state(shot, false)?;
        let circled = state.circled_take().filter(|take| take.fresh && !state.stands_in);
        if wish.finals {
            let draft = circled.filter(|take| take.is_draft()).map(|take| &take.entry.origin);
            let order = draft.and_then(|origin| match origin {
                TakeOrigin::Generator { order, .. } => Some(order.clone()),
                TakeOrigin::File { .. } => None,
            });
            let made = |order: &ShotOrder| {
                state.takes.iter().any(|take| {
                    let same = matches!(&take.entry.origin,
                        TakeOrigin::Generator { order: own, .. } if own.seed == order.seed);
                    take.fresh && !take.is_draft() && take.is_usable() && same
                })
            };
            let order = order.filter(|order| out == 0 && !made(order));
            return Ok(order.map_or((0, None), |order| (1, Some(order))));
        }
        let takes = wish.takes.or(self.settings.shoot.takes).unwrap_or(1);
        if !wish.shots.is_empty() {
            return Ok((wish.takes.unwrap_or(1), None));
        }
        let has = state.takes.iter().filter(|take| take.fresh && take.is_usable()).count() as u32;
        let by_director = matches!(state.circled, Some((_, CircledBy::Director)));
        Ok((if by_director { 0 } else { takes.saturating_sub(has + out) }, None))
    }
}

impl Floor<'_> {
    /// What is ordered for a slot as take `number`.
    pub(super) fn wanted_order(&self, slot: &Slot, number: u32, make: bool) -> Result<ShotOrder, FilmError> {
        let shot = &slot.shot;
        let seed_of = if slot.tried { 1 } else { number };
        let mut order = self.order_by(shot, &slot.generator, seed_of, make)?;
        if slot.silent {
            order.inputs.own_sound = false;
        }
        match (&slot.finals, self.draft_of(&slot.generator)) {
            (Some(draft), _) => order.seed = draft.seed,
            (None, Some(raster)) => order.raster = raster,
            (None, None) => {}
        }
        Ok(order)
    }

    pub(super) fn estimate_by(&self, name: &str, order: &ShotOrder) -> Estimate {
        self.film.settings.by_model(name).map_or(Estimate::Free, |by_model| by_model.estimate(order))
    }
}

/// Attempts of which nobody knows whether they were heard.
pub(super) fn unknown(known: &BTreeMap<(ShotCode, u32), Attempt>) -> impl Iterator<Item = &Attempt> {
    known.values().filter(|attempt| attempt.standing == Standing::Unknown)
}
