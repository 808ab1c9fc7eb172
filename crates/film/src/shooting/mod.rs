//! Shooting: which takes are wanted of hired generators, and what becomes of what they send.

mod ending;
mod keep;
mod sheet;
mod slots;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use serde::Serialize;
use soundlock_plan::{CutList, Shot, ShotCode};
use soundlock_shoot::queue::{
    Attempt, Limits, Night, Queue, QueueError, SheetError, Standing, Watcher, attempts, give_up,
};
use soundlock_shoot::{Bill, Estimate, Input};

use crate::shots::{Floor, line_levels, scene_shots};
use crate::{Film, FilmError};
use sheet::Sheet;
use slots::{Slot, unknown};

/// What the director asks for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wish {
    /// Shots; those that need a take where none is named.
    pub shots: Vec<ShotCode>,
    /// Takes of each; as `film.toml` says where nothing is said. Of shots that are named, so many more.
    pub takes: Option<u32>,
    /// Only what was circled small, made anew as large as it should be.
    pub finals: bool,
    /// Also where an earlier attempt may have been heard, and so paid for.
    pub again: bool,
    /// The most that this run may cost, in millionths of a US dollar.
    pub limit: Option<u64>,
    /// Shots as they are worded for a trial: a take of each, with the seed of the shot's first, and nothing else.
    pub tried: Vec<Shot>,
}

/// What shooting comes to, before anything is shot.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimated {
    /// What is wanted of each shot, in film order.
    pub shots: Vec<ShotEstimate>,
    /// All of it.
    pub cost: Bill,
    /// What it costs more at most, where generators refuse and the next one tries.
    pub where_refused: Bill,
    /// Attempts that are not over: they are gone on with, and counted already.
    pub out: usize,
    /// Shots of which an earlier attempt may have been heard.
    pub unknown: Vec<String>,
    /// What generators cannot be told of these shots, a clause each.
    pub left_out: Vec<String>,
}

/// What is wanted of a shot, and what that costs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ShotEstimate {
    /// Which shot.
    pub shot: ShotCode,
    /// Who makes it.
    pub generator: String,
    /// How many takes.
    pub takes: u32,
    /// Frames of each, as they are asked for.
    pub frames: u32,
    /// Seconds of each.
    pub secs: f64,
    /// What all of them cost.
    pub cost: Bill,
    /// The shot whose take it waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<ShotCode>,
}

impl Wish {
    fn wants(&self, code: &ShotCode) -> bool {
        self.shots.is_empty() || self.shots.contains(code)
    }
}

impl Film {
    /// What shooting as `wish` says comes to. Nothing is asked of anybody.
    pub fn estimate_shooting(&self, wish: &Wish) -> Result<Estimated, FilmError> {
        let Some(sound) = self.locked() else { return Err(FilmError::NotLocked) };
        let (cut_list, _) = self.cut_list(sound)?;
        let floor = Floor::new(self, &cut_list, line_levels(self, sound)?)?;
        let known = attempts(&self.vault)?;
        let mut slots = self.slots(&floor, &cut_list, wish, &known)?;
        slots.sort_by_key(|slot| cut_list.shots.iter().position(|shot| shot.code == slot.shot.code));
        let mut estimated = Estimated {
            shots: Vec::new(),
            cost: Bill::default(),
            where_refused: Bill::default(),
            out: known.values().filter(|attempt| attempt.standing < Standing::Done).count(),
            unknown: unknown(&known).map(Attempt::name).collect(),
            left_out: Vec::new(),
        };
        let (mut all, mut fallbacks) = (Vec::new(), Vec::new());
        for slot in slots.iter().filter(|slot| slot.wanted > 0) {
            let order = floor.wanted_order(slot, 1, false)?;
            let price = floor.estimate_by(&slot.generator, &order);
            all.extend((0..slot.wanted).map(|_| price.clone()));
            for next in self.chain_after(slot) {
                let order = floor.order_by(&slot.shot, next, 1, false)?;
                let price = floor.estimate_by(next, &order);
                fallbacks.extend((0..slot.wanted).map(|_| price.clone()));
            }
            for clause in floor.left_out(&slot.generator, &slot.shot) {
                if !estimated.left_out.contains(&clause) {
                    estimated.left_out.push(clause);
                }
            }
            estimated.shots.push(ShotEstimate {
                shot: slot.shot.code.clone(),
                generator: slot.generator.clone(),
                takes: slot.wanted,
                frames: order.frames,
                secs: order.fps.seconds(order.frames),
                cost: (0..slot.wanted).map(|_| price.clone()).collect(),
                after: slot.shot.continues.clone(),
            });
        }
        estimated.cost = all.into_iter().collect();
        estimated.where_refused = fallbacks.into_iter().collect();
        Ok(estimated)
    }

    /// Whether prices and limits are there for what `wish` wants, so that somebody can say yes to it.
    pub fn check_money(&self, wish: &Wish) -> Result<(), FilmError> {
        let Some(sound) = self.locked() else { return Err(FilmError::NotLocked) };
        let (cut_list, _) = self.cut_list(sound)?;
        let floor = Floor::new(self, &cut_list, line_levels(self, sound)?)?;
        let slots = self.slots(&floor, &cut_list, wish, &attempts(&self.vault)?)?;
        self.check_limits(&floor, &slots, wish)
    }

    /// How many shots of hired generators have no take of their own in the film.
    pub fn lacking(&self) -> Result<usize, FilmError> {
        let Some(sound) = self.locked() else { return Err(FilmError::NotLocked) };
        let (cut_list, _) = self.cut_list(sound)?;
        let states = self.shot_states(sound, &cut_list)?;
        Ok(states.iter().filter(|state| state.hired && state.needs_a_take()).count())
    }

    /// What the hired generators of `cut_list` cannot be told of their shots, a clause each.
    pub fn cannot_be_told(&self, cut_list: &CutList) -> Result<Vec<String>, FilmError> {
        let floor = Floor::new(self, cut_list, BTreeMap::new())?;
        let mut clauses = BTreeSet::new();
        for shot in scene_shots(cut_list).filter(|shot| self.settings.is_hired(&shot.generator)) {
            clauses.extend(floor.left_out(&shot.generator, shot));
        }
        Ok(clauses.into_iter().collect())
    }

    /// Brings home what is out, and shoots what `wish` wants, as far as the limits go.
    pub fn shoot(&self, wish: &Wish, watcher: &dyn Watcher) -> Result<Night, FilmError> {
        let Some(sound) = self.locked() else { return Err(FilmError::NotLocked) };
        let (cut_list, _) = self.cut_list(sound)?;
        let floor = Floor::new(self, &cut_list, line_levels(self, sound)?)?;
        let mut known = attempts(&self.vault)?;
        if wish.again {
            for attempt in unknown(&known).filter(|attempt| wish.wants(&attempt.intent.code)) {
                give_up(&self.vault, attempt, attempt.intent.estimate.clone())?;
            }
            known = attempts(&self.vault)?;
        }
        let slots = self.slots(&floor, &cut_list, wish, &known)?;
        let mut names: BTreeSet<&str> = slots.iter().map(|slot| slot.generator.as_str()).collect();
        let out = known.values().filter(|attempt| attempt.standing < Standing::Done);
        names.extend(out.map(|attempt| attempt.intent.identity.name.as_str()));
        for name in names.clone() {
            names.extend(self.settings.next_after(name));
        }
        let names: Vec<&str> = names.into_iter().collect();
        let crews = self.crews(&names)?;
        self.check_limits(&floor, &slots, wish)?;
        let sheet = Sheet { floor: &floor, slots: Mutex::new(slots) };
        let budget = &self.settings.budget;
        let micros = |usd: Option<f64>| usd.map(|usd| (usd * 1e6).round() as u64);
        let queue = Queue {
            vault: &self.vault,
            clock: self.studio.clock.clone(),
            crews,
            limits: Limits {
                run: wish.limit.or(micros(budget.usd_per_run)),
                day: micros(budget.usd_per_day),
                film: micros(budget.usd),
            },
            elsewhere: self.spent_on_services()?,
            cancel: &self.studio.cancel,
            watcher,
        };
        queue.run(&sheet).map_err(|error| match error {
            QueueError::Vault(error) => error.into(),
            QueueError::Sheet(SheetError(error)) => match error.downcast::<FilmError>() {
                Ok(error) => *error,
                Err(error) => FilmError::Shooting { why: error.to_string() },
            },
            QueueError::Arriving { path, source } => FilmError::io(&path)(source),
        })
    }

    /// What services for voices and words have cost the film.
    fn spent_on_services(&self) -> Result<u64, FilmError> {
        let voices = soundlock_sound::spent_on_voices(&self.vault)?;
        Ok(voices.0.saturating_add(soundlock_assistant::spent(&self.vault)?.0))
    }

    /// Where money is to be spent, somebody must have said how much.
    fn check_limits(&self, floor: &Floor<'_>, slots: &[Slot], wish: &Wish) -> Result<(), FilmError> {
        let budget = &self.settings.budget;
        let limited = [budget.usd, budget.usd_per_day, budget.usd_per_run].iter().any(Option::is_some);
        for slot in slots.iter().filter(|slot| slot.wanted > 0) {
            for name in std::iter::once(slot.generator.as_str()).chain(self.chain_after(slot)) {
                let generator = name.to_owned();
                match floor.estimate_by(name, &floor.order_by(&slot.shot, name, 1, false)?) {
                    Estimate::Unknown => return Err(FilmError::NoPrice { generator }),
                    Estimate::Price(money) if money.currency != "USD" => {
                        return Err(FilmError::NoPrice { generator });
                    }
                    Estimate::Price(money) if money.micros > 0 && !limited && wish.limit.is_none() => {
                        return Err(FilmError::NoSpendingLimit { generator });
                    }
                    Estimate::Price(_) | Estimate::Free => {}
                }
            }
        }
        Ok(())
    }
}

impl Floor<'_> {
    /// What the generator `name` cannot be told of a shot.
    fn left_out(&self, name: &str, shot: &Shot) -> Vec<String> {
        let takes = self.capabilities(name).takes;
        let mut left_out = Vec::new();
        let mut lacks = |input: Input, has: bool, what: &str| {
            if has && !takes.contains(&input) {
                left_out.push(format!("`{name}` {what}"));
            }
        };
        lacks(Input::Negative, !shot.negative.is_empty(), "cannot be told what to keep out");
        lacks(Input::FirstFrame, shot.continues.is_some(), "cannot go on from another shot's last frame");
        lacks(Input::References, !shot.told.references.is_empty(), "cannot be given stills to go by");
        lacks(Input::Seed, true, "takes no seed: no take of it can be made twice");
        if takes.contains(&Input::Audio) && !shot.speech.is_empty() {
            left_out.push(format!("`{name}` is sent what is said in the shot: the voices of your actors"));
        }
        left_out
    }
}
