//! Shooting: which takes are wanted of hired generators, and what becomes of what they send.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use soundlock_judge::{Expected, JudgeRules};
use soundlock_plan::{CutList, Shot, ShotCode};
use soundlock_shoot::queue::{
    Arrived, Attempt, CallSheet, Crew, Limits, Night, Queue, QueueError, SheetError, Standing, Wanted,
    Watcher, attempts,
};
use soundlock_shoot::{Bill, Estimate, Generator, Input, ShotOrder};
use soundlock_vault::{Hash, Keep, Key, Step};

use crate::explain::find_shot;
use crate::shots::{Floor, ShotState, line_levels, scene_shots};
use crate::steps::Judge;
use crate::takes::{Making, kind};
use crate::{CircledBy, Film, FilmError, Take, TakeEntry, TakeOrigin};

/// Attempts that broke without cost and are tried again by themselves, for each shot.
const FREE_FAILURES: u32 = 3;

/// What the director asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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

/// What a shot still wants in this run.
struct Slot {
    shot: Shot,
    generator: String,
    /// Place in the order of shooting: scenes that go first, then as in the film.
    rank: usize,
    /// Takes still to be begun.
    wanted: u32,
    /// Takes begun in this run, and those that are out.
    begun: u32,
    out: u32,
    /// More takes that it gets where all are weak.
    retakes: u32,
    failures: u32,
    /// Whether nothing more is begun in this run.
    blocked: bool,
    /// The order to be made again large, where it is a final.
    finals: Option<Box<ShotOrder>>,
    /// Whether the next attempt goes without sound of its own.
    silent: bool,
}

/// The call sheet of a run.
struct Sheet<'s> {
    floor: &'s Floor<'s>,
    slots: Mutex<Vec<Slot>>,
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
                Queue::give_up(&self.vault, attempt, attempt.intent.estimate.clone())?;
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
        self.check_limits(&floor, &slots, &crews, wish)?;
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
    fn check_limits(
        &self,
        floor: &Floor<'_>,
        slots: &[Slot],
        crews: &BTreeMap<String, Crew>,
        wish: &Wish,
    ) -> Result<(), FilmError> {
        let budget = &self.settings.budget;
        let limited = [budget.usd, budget.usd_per_day, budget.usd_per_run].iter().any(Option::is_some);
        for slot in slots.iter().filter(|slot| slot.wanted > 0 && crews.contains_key(&slot.generator)) {
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

    /// Who tries, one after the other, where the generator of a slot refuses.
    fn chain_after<'s>(&'s self, slot: &Slot) -> Vec<&'s str> {
        let chain = self.settings.next_after(&slot.shot.generator);
        match chain.iter().position(|name| *name == slot.generator) {
            Some(at) => chain[at + 1..].to_vec(),
            None if slot.generator == slot.shot.generator => chain,
            None => Vec::new(),
        }
    }

    /// What every shot that is shot by a hired generator wants.
    fn slots(
        &self,
        floor: &Floor<'_>,
        cut_list: &CutList,
        wish: &Wish,
        known: &BTreeMap<(ShotCode, u32), Attempt>,
    ) -> Result<Vec<Slot>, FilmError> {
        for code in &wish.shots {
            find_shot(cut_list, code)?;
        }
        let first = &self.settings.shoot.scenes_first;
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
    fn wanted_order(&self, slot: &Slot, number: u32, make: bool) -> Result<ShotOrder, FilmError> {
        let shot = &slot.shot;
        let mut order = self.order_by(shot, &slot.generator, number, make)?;
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

    fn estimate_by(&self, name: &str, order: &ShotOrder) -> Estimate {
        self.film.settings.by_model(name).map_or(Estimate::Free, |by_model| by_model.estimate(order))
    }

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

fn unknown(known: &BTreeMap<(ShotCode, u32), Attempt>) -> impl Iterator<Item = &Attempt> {
    known.values().filter(|attempt| attempt.standing == Standing::Unknown)
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

    /// Looks at what came, and keeps it where it is a clip.
    fn keep(&self, attempt: &Attempt, file: &Path, hash: Hash) -> Result<Arrived, FilmError> {
        let film = self.floor.film;
        let (name, step) = (attempt.name(), HiredTake { attempt, file, hash });
        let key = film.vault.key_of(&step)?;
        let kept = film.vault.find(&key)?.map(|object| object.path);
        if kept.is_none() && !file.is_file() {
            return Ok(Arrived::NoTake("what came is gone".to_owned()));
        }
        let entry = self.entry(attempt, kept.as_deref().unwrap_or(file), (key, hash));
        if kept.is_none() {
            if let Some(why) = self.is_no_clip(&entry, file)? {
                return Ok(Arrived::NoTake(format!("what came is no take: {why}")));
            }
            film.vault.run(&name, &step).map_err(FilmError::from_run)?;
        }
        let value = serde_json::to_value(&entry).unwrap_or_default();
        self.floor.add(entry);
        Ok(Arrived::Take(key, vec![(kind::TAKE, attempt.intent.code.to_string(), value)]))
    }

    /// Why what came cannot be a take; it is measured just as its take will be, so that it is measured once.
    fn is_no_clip(&self, entry: &TakeEntry, file: &Path) -> Result<Option<String>, FilmError> {
        let film = self.floor.film;
        let nothing = Expected { frames: None, raster: None, fps: None };
        let judge = Judge {
            tools: &film.studio.tools,
            limits: &film.studio.limits,
            file,
            hash: entry.hash,
            expected: self.floor.shot(&entry.code).map_or(nothing, |shot| self.floor.expected(shot, entry)),
            rules: &JudgeRules::STANDARD,
        };
        let measured = film.vault.run_value(&entry.code.to_string(), &judge).map_err(FilmError::from_run)?;
        if measured.media.as_ref().is_some_and(|media| media.video.is_some()) {
            return Ok(None);
        }
        let why = measured.verdict.failures().next().map(ToString::to_string);
        Ok(Some(why.unwrap_or_else(|| "it is not a clip".to_owned())))
    }

    fn entry(&self, attempt: &Attempt, file: &Path, (key, hash): (Key, Hash)) -> TakeEntry {
        let intent = &attempt.intent;
        let settings = &self.floor.film.settings;
        let model = settings.model(&intent.identity.model);
        let ready = attempt.ready.clone().unwrap_or_default();
        let own = settings.generators.get(&intent.identity.name);
        let making = Making {
            place: attempt.place.clone().unwrap_or_default(),
            job: attempt.job.as_ref().map(|job| job.id.clone()).unwrap_or_default(),
            at: attempt.at.clone(),
            model_name: model.map(|model| model.name.clone()).unwrap_or_default(),
            vendor_model: own.and_then(|own| own.vendor_model.clone()),
            said: ready.said,
            licence: model.and_then(|model| model.licence.clone()),
            read: model.map(|model| model.read.clone()).unwrap_or_default(),
            signed: soundlock_picture::is_signed(file),
            left_out: intent.request.left_out.clone(),
            draft: own.and_then(|own| own.draft_raster) == Some(intent.order.raster),
        };
        let cost = attempt.cost_of_take();
        let origin = TakeOrigin::Generator {
            identity: intent.identity.clone(),
            order: intent.order.clone(),
            cost,
            making: Some(Box::new(making)),
        };
        let (code, number) = (intent.code.clone(), intent.number);
        TakeEntry { code, number, key, hash, origin }
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
        let Some(slot) = slots.iter_mut().find(|slot| slot.shot.code == *code) else { return Ok(()) };
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
        order.is_ok_and(|order| {
            let (seed, raster) = (given.seed, given.raster);
            let own_sound = given.inputs.own_sound;
            let inputs = soundlock_shoot::Inputs { own_sound, ..order.inputs.clone() };
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
        if let Some(slot) = slots.iter_mut().find(|slot| slot.shot.code == wanted.code) {
            slot.out = slot.out.saturating_sub(1);
            slot.wanted += 1;
            slot.blocked = true;
        }
    }
}

/// A take that a hired generator sent, kept as it came.
struct HiredTake<'a> {
    attempt: &'a Attempt,
    file: &'a Path,
    hash: Hash,
}

impl Step for HiredTake<'_> {
    type Error = FilmError;
    const VERSION: (&'static str, u32) = ("shoot", 2);
    const EXTENSION: &'static str = "mp4";

    fn inputs(&self) -> impl Serialize {
        #[derive(Serialize)]
        struct Inputs<'a> {
            generator: &'a soundlock_shoot::Identity,
            order: &'a ShotOrder,
            take: String,
            attempt: &'a str,
            hash: Hash,
        }
        let intent = &self.attempt.intent;
        Inputs {
            generator: &intent.identity,
            order: &intent.order,
            take: self.attempt.name(),
            attempt: &intent.request.id,
            hash: self.hash,
        }
    }

    fn keeps(&self) -> Keep {
        Keep::Take
    }

    fn make(&self, file: &Path) -> Result<(), FilmError> {
        std::fs::copy(self.file, file).map(drop).map_err(FilmError::io(self.file))
    }
}
