//! Shot by shot: order, take, verdict, circle, piece.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use soundlock_finish::{CircledTake, Conform, Piece, PieceFormat, conform_lanes};
use soundlock_judge::{Expected, JudgeRules, circle};
use soundlock_picture::Media;
use soundlock_plan::{CutList, Shot, ShotCode, ShotKind};
use soundlock_shoot::{Capabilities, Estimate, Generator, ShotOrder};
use soundlock_sound::LockedSound;
use soundlock_time::{FilmFrame, Raster};
use soundlock_vault::{Explanation, Key, Lanes, Object, RunError, VaultError};

use crate::explain::find_shot;
use crate::generators::generator;
use crate::hand::HandOrder;
use crate::orders::{LineLevels, OrderSettings, film_frames_in_take, order};
use crate::steps::{Judge, Shoot};
use crate::takes::{CircledBy, DirectorsTake, Take, TakeEntry, TakeOrigin, kind};
use crate::{Film, FilmError};

/// A shot of a scene as it stands now.
#[derive(Debug, Clone)]
pub struct ShotState {
    /// The shot.
    pub shot: Shot,
    /// What its generator would be told now.
    pub order: ShotOrder,
    /// Its takes, oldest first.
    pub takes: Vec<Take>,
    /// Numbers of takes whose files are damaged or gone and that cost nothing: they are made again, as they were.
    pub lost: Vec<u32>,
    /// Which of `takes` is in the film, and who circled it.
    pub circled: Option<(usize, CircledBy)>,
    /// Whether the director makes its takes, because no program speaks to its generator.
    pub by_hand: bool,
    /// Whether its takes are shot by a program or a service, when somebody asks for it.
    pub hired: bool,
    /// Whether the circled take is the animatic's, until the director has brought one in.
    pub stands_in: bool,
    /// Film frames of the circled take before the first that is seen.
    pub head: u32,
}

impl ShotState {
    /// The take that is in the film.
    pub fn circled_take(&self) -> Option<&Take> {
        self.circled.and_then(|(index, _)| self.takes.get(index))
    }

    /// What it lacks, a clause; `None` where its own take is in the film.
    pub fn lacks(&self) -> Option<String> {
        if !self.needs_a_take() {
            return None;
        }
        let unusable = |take: &&Take| take.fresh && !take.is_usable();
        let shown = self.takes.iter().rev().find(unusable).or_else(|| self.circled_take());
        Some(match shown {
            Some(take) if take.fresh => {
                format!("take {} cannot be shown: {}", take.entry.number, take.worst())
            }
            Some(take) if !self.stands_in => format!("take {} is stale", take.entry.number),
            _ if self.by_hand => format!("is made by hand with `{}`", self.shot.generator),
            _ if self.hired => format!("is shot with `{}`", self.shot.generator),
            _ => "has no take".to_owned(),
        })
    }

    /// Whether `make` makes no takes of it: the director does, or `shoot`.
    pub fn is_shot_elsewhere(&self) -> bool {
        self.by_hand || self.hired
    }

    /// Whether a take has to be made before the film can show this shot as it should.
    pub fn needs_a_take(&self) -> bool {
        match (self.circled_take(), self.circled) {
            (_, Some((_, CircledBy::Director))) => false,
            (Some(take), _) => !take.fresh || !take.is_usable(),
            (None, _) => true,
        }
    }
}

/// What shots are made from besides themselves.
pub(crate) struct Floor<'f> {
    pub(crate) film: &'f Film,
    pub(crate) format: PieceFormat,
    shots: BTreeMap<ShotCode, Shot>,
    lanes: Lanes,
    rules: JudgeRules,
    generators: BTreeMap<String, Arc<dyn Generator>>,
    levels: BTreeMap<String, LineLevels>,
    takes: Mutex<BTreeMap<ShotCode, Vec<TakeEntry>>>,
    /// The highest number that a take of each shot has, or may yet have.
    highest: Mutex<BTreeMap<ShotCode, u32>>,
    circles: BTreeMap<ShotCode, DirectorsTake>,
    seed: u64,
}

impl<'f> Floor<'f> {
    /// Everything that the shots of `cut_list` need. `levels` are those of the voices, by scene.
    pub(crate) fn new(
        film: &'f Film,
        cut_list: &CutList,
        levels: BTreeMap<String, LineLevels>,
    ) -> Result<Self, FilmError> {
        let mut generators = BTreeMap::new();
        for name in cut_list.shots.iter().map(|shot| shot.generator.as_str()) {
            for name in [name].into_iter().chain(film.settings.next_after(name)) {
                if !generators.contains_key(name) {
                    generators.insert(name.to_owned(), generator(film, name)?);
                }
            }
        }
        let takes = film.all_takes()?;
        Ok(Self {
            film,
            shots: scene_shots(cut_list).map(|shot| (shot.code.clone(), shot.clone())).collect(),
            format: film.settings.piece_format(),
            lanes: conform_lanes(film.studio.workers),
            rules: JudgeRules::STANDARD,
            generators,
            levels,
            highest: Mutex::new(film.highest_numbers(&takes)?),
            takes: Mutex::new(takes),
            circles: film.all_circles()?,
            seed: film.settings.plan.seed.unwrap_or(1),
        })
    }

    /// The shot with this code.
    pub(crate) fn shot(&self, code: &ShotCode) -> Option<&Shot> {
        self.shots.get(code)
    }

    /// How many shots are worked on at once: one more for each lane, so that a core never waits for a shot that waits
    /// for a lane.
    pub(crate) fn hands(&self) -> NonZeroUsize {
        self.film.studio.workers.saturating_add(self.lanes.count())
    }

    fn generator(&self, shot: &Shot) -> &dyn Generator {
        &**self
            .generators
            .get(&shot.generator)
            .expect("a floor has the generator of every shot of its cut list")
    }

    /// What the generator of `shot` would be told for its take `number`, from 1. Another take is another seed.
    fn order(&self, shot: &Shot, number: u32) -> Result<ShotOrder, FilmError> {
        self.order_by(shot, &shot.generator, number, false)
    }

    /// What the generator `name` would be told of `shot`. Files that go along are made where `make` says so; else those
    /// that are not made yet are left out.
    pub(crate) fn order_by(
        &self,
        shot: &Shot,
        name: &str,
        number: u32,
        make: bool,
    ) -> Result<ShotOrder, FilmError> {
        let own = self.film.settings.generators.get(name);
        let settings = OrderSettings {
            seed: take_seed(self.seed, &shot.code, number),
            burn_in: own.is_some_and(|own| own.burn_in),
            codec: &self.format.encoding.codec,
        };
        let generator = self.generators.get(name).expect("a floor has every generator that a shot can have");
        let mut order = self.order_for(&**generator, shot, settings)?;
        if own.is_some_and(crate::settings::GeneratorSettings::is_hired) {
            order.inputs = self.inputs(shot, name, &order, make)?;
        }
        Ok(order)
    }

    fn order_for(
        &self,
        generator: &dyn Generator,
        shot: &Shot,
        settings: OrderSettings<'_>,
    ) -> Result<ShotOrder, FilmError> {
        let empty = LineLevels::new();
        let levels = self.levels.get(shot.code.scene()).unwrap_or(&empty);
        let able = generator.capabilities();
        order(shot, (self.format.fps, self.format.raster), &able, levels, settings)
    }

    /// `shot` as it stands, nothing made. A verdict that is not there yet is passed on only if `judge_now`.
    pub(crate) fn state(&self, shot: &Shot, judge_now: bool) -> Result<ShotState, FilmError> {
        let order = self.order(shot, 1)?;
        let (mut takes, mut lost) = (Vec::new(), Vec::new());
        for entry in self.entries(&shot.code) {
            match self.find(&entry)? {
                Some(object) => takes.extend(self.take(shot, &order, &entry, object, judge_now)?),
                None if self.maker(shot, &entry).is_some() => lost.push(entry.number),
                None => {}
            }
        }
        let circled = self.circled(&shot.code, &takes);
        let head = self.head(shot, circled.map(|(index, _)| takes[index].entry.number));
        let by_hand = self.generator(shot).capabilities().by_hand;
        let hired = self.film.settings.is_hired(&shot.generator);
        let shot = shot.clone();
        let state = ShotState { shot, order, takes, lost, circled, by_hand, hired, stands_in: false, head };
        if state.is_shot_elsewhere() { self.stood_in_for(state) } else { Ok(state) }
    }

    /// Film frames of take `number` before the first that is seen.
    fn head(&self, shot: &Shot, number: Option<u32>) -> u32 {
        let set = self.circles.get(&shot.code).filter(|circle| Some(circle.number) == number);
        set.and_then(|circle| circle.head).unwrap_or(shot.head)
    }

    /// A shot made elsewhere as it stands, shown by the animatic where no take of its own can be.
    fn stood_in_for(&self, mut state: ShotState) -> Result<ShotState, FilmError> {
        if !state.needs_a_take() {
            return Ok(state);
        }
        let plain = crate::generators::plain_animatic(self.film);
        let order = self.stand_in_order(&state.shot, &*plain)?;
        let index = Self::stand_in_among(&state.takes, &order, &*plain);
        state.circled = index.map(|index| (index, CircledBy::Measurement));
        state.stands_in = index.is_some();
        state.head = state.shot.head;
        Ok(state)
    }

    /// What the animatic is told where it stands in: nothing that only the shot's own generator knows.
    fn stand_in_order(&self, shot: &Shot, plain: &dyn Generator) -> Result<ShotOrder, FilmError> {
        let seed = take_seed(self.seed, &shot.code, 1);
        let settings = OrderSettings { seed, burn_in: false, codec: &self.format.encoding.codec };
        self.order_for(plain, shot, settings)
    }

    fn stand_in_among(takes: &[Take], order: &ShotOrder, plain: &dyn Generator) -> Option<usize> {
        let identity = plain.identity(order);
        let made = |take: &Take| match take.entry.origin {
            TakeOrigin::Generator { .. } => take.entry.is_fresh(order, &identity, None) && take.is_usable(),
            TakeOrigin::File { .. } => false,
        };
        takes.iter().position(made)
    }

    /// Takes of a shot as the ledger has them, oldest first.
    fn entries(&self, code: &ShotCode) -> Vec<TakeEntry> {
        let takes = self.takes.lock().unwrap_or_else(PoisonError::into_inner);
        takes.get(code).cloned().unwrap_or_default()
    }

    /// A take came to be while this floor stands.
    pub(crate) fn add(&self, entry: TakeEntry) {
        let mut takes = self.takes.lock().unwrap_or_else(PoisonError::into_inner);
        takes.entry(entry.code.clone()).or_default().push(entry);
    }

    /// A number for another take of a shot, given once: neither that of a lost take nor that of an attempt whose take may
    /// still come is ever given again.
    pub(crate) fn new_number(&self, code: &ShotCode) -> u32 {
        let mut highest = self.highest.lock().unwrap_or_else(PoisonError::into_inner);
        let number = highest.entry(code.clone()).or_default();
        *number += 1;
        *number
    }

    /// The number that the next take of a shot would have.
    fn next_number(&self, code: &ShotCode) -> u32 {
        let highest = self.highest.lock().unwrap_or_else(PoisonError::into_inner);
        highest.get(code).copied().unwrap_or(0) + 1
    }

    /// The bytes of a take; `None` where they are lost and cost nothing.
    pub(crate) fn find(&self, entry: &TakeEntry) -> Result<Option<Object>, FilmError> {
        self.film.vault.find(&entry.key).map_err(|source| match source {
            VaultError::Damaged { .. } | VaultError::Missing { .. } => FilmError::LostTake {
                code: entry.code.clone(),
                number: entry.number,
                source: Box::new(source),
            },
            other => other.into(),
        })
    }

    /// The generator that would make the very same take again, for nothing.
    fn maker<'e>(&self, shot: &Shot, entry: &'e TakeEntry) -> Option<(Arc<dyn Generator>, &'e ShotOrder)> {
        let TakeOrigin::Generator { identity, order, cost: Estimate::Free, making: None } = &entry.origin
        else {
            return None;
        };
        let own = self.generators.get(&shot.generator).cloned();
        let plain = crate::generators::plain_animatic(self.film);
        let same = |generator: &Arc<dyn Generator>| generator.identity(order) == *identity;
        own.into_iter().chain([plain]).find(same).map(|generator| (generator, &**order))
    }

    /// Makes lost takes again that cost nothing: the same bytes under the same numbers.
    fn restore(&self, shot: &Shot) -> Result<(), FilmError> {
        for entry in self.entries(&shot.code) {
            if self.find(&entry)?.is_some() {
                continue;
            }
            let Some((generator, order)) = self.maker(shot, &entry) else { continue };
            let step = Shoot { generator: &*generator, order };
            self.film.vault.run(&shot.code.to_string(), &step).map_err(FilmError::from_run)?;
        }
        Ok(())
    }

    pub(crate) fn take(
        &self,
        shot: &Shot,
        order: &ShotOrder,
        entry: &TakeEntry,
        object: Object,
        judge_now: bool,
    ) -> Result<Option<Take>, FilmError> {
        let film = self.film;
        let step = Judge {
            tools: &film.studio.tools,
            limits: &film.studio.limits,
            file: &object.path,
            hash: entry.hash,
            expected: self.expected(shot, entry),
            rules: &self.rules,
        };
        if !judge_now && film.vault.find(&film.vault.key_of_value(&step)?)?.is_none() {
            return Ok(None);
        }
        let measured =
            film.vault.run_value(shot.code.to_string().as_str(), &step).map_err(FilmError::from_run)?;
        let media = measured.media.map(|media| Media { file: object.path.clone(), ..media });
        let fresh = self.is_fresh(shot, entry, order)?;
        let needed = self.frames_needed(shot, entry, media.as_ref());
        let verdict = measured.verdict;
        Ok(Some(Take { entry: entry.clone(), file: object.path, media, verdict, fresh, needed }))
    }

    /// Whether `entry` was made for `shot` as it is now, by its generator or by one that tries where that one refuses.
    fn is_fresh(&self, shot: &Shot, entry: &TakeEntry, order: &ShotOrder) -> Result<bool, FilmError> {
        if entry.is_fresh(order, &self.generator(shot).identity(order), self.draft_of(&shot.generator)) {
            return Ok(true);
        }
        for name in self.film.settings.next_after(&shot.generator) {
            let Some(generator) = self.generators.get(name) else { continue };
            let order = self.order_by(shot, name, 1, false)?;
            if entry.is_fresh(&order, &generator.identity(&order), self.draft_of(name)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What the generator `name` can do.
    pub(crate) fn capabilities(&self, name: &str) -> Capabilities {
        let generator = self.generators.get(name).expect("a floor has every generator that a shot can have");
        generator.capabilities()
    }

    pub(crate) fn draft_of(&self, name: &str) -> Option<Raster> {
        self.film.settings.generators.get(name)?.draft_raster
    }

    /// Frames that a clip brought in must have for its shot; what a generator made was measured against its order.
    fn frames_needed(&self, shot: &Shot, entry: &TakeEntry, media: Option<&Media>) -> u32 {
        let brought_in = matches!(entry.origin, TakeOrigin::File { .. });
        let video = media.and_then(|media| media.video.as_ref()).filter(|_| brought_in);
        let last = FilmFrame(shot.frames().saturating_sub(1));
        video.map_or(0, |video| shot.take_frame(last, self.format.fps, video.fps).0 + 1)
    }

    pub(crate) fn expected(&self, shot: &Shot, entry: &TakeEntry) -> Expected {
        // Where the part was chosen frame by frame, nothing has to stand ready around it.
        let chosen = self.circles.get(&shot.code).filter(|circle| circle.number == entry.number);
        let chosen = chosen.and_then(|circle| circle.head).map(|head| head + shot.frames());
        let needed = chosen.unwrap_or_else(|| shot.frames_with_handles());
        match &entry.origin {
            TakeOrigin::Generator { order, .. } => Expected {
                frames: Some(film_frames_in_take(needed, self.format.fps, order.fps)),
                raster: Some(order.raster),
                fps: Some(order.fps),
            },
            TakeOrigin::File { .. } => Expected { frames: None, raster: None, fps: None },
        }
    }

    /// The director's word, else the best by measurement of those made for the shot as it is, else of the stale ones.
    fn circled(&self, code: &ShotCode, takes: &[Take]) -> Option<(usize, CircledBy)> {
        let by_director = self.circles.get(code);
        if let Some(index) =
            by_director.and_then(|circle| takes.iter().position(|take| take.entry.number == circle.number))
        {
            return Some((index, CircledBy::Director));
        }
        let best = |fresh: bool, draft: bool| {
            let verdicts: Vec<_> = takes
                .iter()
                .enumerate()
                .filter(|(_, take)| take.fresh == fresh && take.is_draft() == draft)
                .map(|(index, take)| (index, take.verdict.clone()))
                .collect();
            circle(&verdicts).map(|chosen| (verdicts[chosen].0, CircledBy::Measurement))
        };
        best(true, false)
            .or_else(|| best(true, true))
            .or_else(|| best(false, false))
            .or_else(|| best(false, true))
    }

    /// Makes whatever `shot` lacks, up to its piece.
    pub(crate) fn finish(&self, shot: &Shot) -> Result<(ShotState, Piece), FilmError> {
        self.restore(shot)?;
        let mut state = self.state(shot, true)?;
        if state.needs_a_take() && !state.is_shot_elsewhere() {
            let take = self.shoot(shot, &state.order, self.new_number(&shot.code))?;
            state.takes.push(take);
            state.circled = self.circled(&shot.code, &state.takes);
            state.head = self.head(shot, state.circled_take().map(|take| take.entry.number));
        }
        if !state.circled_take().is_some_and(Take::is_usable) {
            self.stand_in(&mut state)?;
        }
        let piece = self.piece(&state)?;
        Ok((state, piece))
    }

    /// What the director asks the generator of `shot` for, as its next take.
    pub(crate) fn hand_order(&self, state: &ShotState) -> Result<HandOrder, FilmError> {
        let shot = &state.shot;
        let order = self.order(shot, self.next_number(&shot.code))?;
        let hand = self.film.settings.by_model(&shot.generator);
        let hand = hand.expect("the settings have the generator of every shot that is made by hand");
        let cost = hand.estimate(&order);
        Ok(HandOrder {
            generator: hand.name,
            id: hand.id,
            model: hand.model,
            order,
            cost,
            lacks: state.lacks(),
        })
    }

    /// Makes one more take of `shot`.
    pub(crate) fn one_more(&self, shot: &Shot) -> Result<Take, FilmError> {
        let number = self.new_number(&shot.code);
        self.shoot(shot, &self.order(shot, number)?, number)
    }

    /// The take of `shot` that was made with these very words, by the generator it has now.
    pub(crate) fn take_told(&self, shot: &Shot) -> Result<Option<Take>, FilmError> {
        let order = self.order(shot, 1)?;
        let identity = self.generator(shot).identity(&order);
        for entry in self.entries(&shot.code) {
            let made = matches!(entry.origin, TakeOrigin::Generator { .. })
                && entry.is_fresh(&order, &identity, self.draft_of(&shot.generator));
            if let Some(object) = if made { self.find(&entry)? } else { None } {
                return self.take(shot, &order, &entry, object, false);
            }
        }
        Ok(None)
    }

    /// Makes a take of `shot` as it is worded, under the next number and with the seed of the first: words are compared
    /// with words.
    pub(crate) fn told_take(&self, shot: &Shot) -> Result<Take, FilmError> {
        self.shoot(shot, &self.order(shot, 1)?, self.new_number(&shot.code))
    }

    /// What a take of `shot` as it is worded would cost.
    pub(crate) fn estimate_of(&self, shot: &Shot) -> Result<Estimate, FilmError> {
        Ok(self.generator(shot).estimate(&self.order(shot, 1)?))
    }

    fn shoot(&self, shot: &Shot, order: &ShotOrder, number: u32) -> Result<Take, FilmError> {
        self.shoot_with(self.generator(shot), shot, order, number)
    }

    fn shoot_with(
        &self,
        generator: &dyn Generator,
        shot: &Shot,
        order: &ShotOrder,
        number: u32,
    ) -> Result<Take, FilmError> {
        let film = self.film;
        film.studio.cancel.check()?;
        let subject = shot.code.to_string();
        let object = film.vault.run(&subject, &Shoot { generator, order }).map_err(FilmError::from_run)?;
        let origin = TakeOrigin::Generator {
            identity: generator.identity(order),
            order: Box::new(order.clone()),
            cost: generator.estimate(order),
            making: None,
        };
        let entry = TakeEntry { code: shot.code.clone(), number, key: object.key, hash: object.hash, origin };
        film.vault.record(kind::TAKE, &subject, &entry)?;
        let take = self.take(shot, order, &entry, object, true)?;
        take.ok_or_else(|| FilmError::NoUsableTake { code: shot.code.clone(), why: "it is gone".to_owned() })
    }

    /// Lets a plain animatic stand in where no take can be shown, so that the film can be watched.
    fn stand_in(&self, state: &mut ShotState) -> Result<(), FilmError> {
        let code = &state.shot.code;
        // That a shot made elsewhere is not made yet is no news; `make` says it once for all of them.
        if !state.is_shot_elsewhere() || state.takes.iter().any(|take| take.fresh) {
            let shown = state.takes.iter().rev().find(|take| take.fresh).or_else(|| state.circled_take());
            let why = shown.map_or_else(|| "none was made".to_owned(), Take::worst);
            self.film
                .warn("judge", format!("no take of {code} can be shown ({why}); the animatic stands in"));
        }
        let plain = crate::generators::plain_animatic(self.film);
        let order = self.stand_in_order(&state.shot, &*plain)?;
        let index = if let Some(index) = Self::stand_in_among(&state.takes, &order, &*plain) {
            index
        } else {
            let take = self.shoot_with(&*plain, &state.shot, &order, self.new_number(code))?;
            state.takes.push(take);
            state.takes.len() - 1
        };
        if !state.takes[index].is_usable() {
            return Err(FilmError::NoUsableTake { code: code.clone(), why: state.takes[index].worst() });
        }
        state.circled = Some((index, CircledBy::Measurement));
        state.stands_in = state.is_shot_elsewhere();
        state.head = state.shot.head;
        Ok(())
    }

    /// The circled take as the finishing department wants it.
    fn circled_take(state: &ShotState) -> Result<CircledTake, FilmError> {
        let no_take =
            || FilmError::NoUsableTake { code: state.shot.code.clone(), why: "it is not a clip".to_owned() };
        let take = state.circled_take().ok_or_else(no_take)?;
        let media = take.media.clone().filter(|media| media.video.is_some()).ok_or_else(no_take)?;
        let encoded = match &take.entry.origin {
            TakeOrigin::Generator { order, .. } => order.cut.as_ref().map(|cut| cut.codec.clone()),
            TakeOrigin::File { .. } => None,
        };
        Ok(CircledTake { hash: take.entry.hash, media, frames: take.frames(), colour: None, encoded })
    }

    fn conform<'a>(&'a self, state: &ShotState, take: &'a CircledTake) -> Result<Conform<'a>, FilmError> {
        let studio = &self.film.studio;
        let shot = Shot { head: state.head, ..state.shot.clone() };
        Ok(Conform::new(&shot, take, &self.format, &self.lanes, &studio.tools, &studio.limits)?)
    }

    fn piece(&self, state: &ShotState) -> Result<Piece, FilmError> {
        let code = state.shot.code.clone();
        let take = Self::circled_take(state)?;
        let step = self.conform(state, &take)?;
        let object = self.film.vault.run(&code.to_string(), &step).map_err(FilmError::from_run)?;
        Ok(Piece { code, frames: state.shot.frames(), hash: object.hash, file: object.path })
    }

    /// The piece of a shot where it is made already.
    pub(crate) fn piece_if_made(&self, state: &ShotState) -> Result<Option<Piece>, FilmError> {
        if state.needs_a_take() && !state.circled_take().is_some_and(Take::is_usable) {
            return Ok(None);
        }
        let Ok(take) = Self::circled_take(state) else { return Ok(None) };
        let Ok(step) = self.conform(state, &take) else { return Ok(None) };
        let found = self.film.vault.find(&self.film.vault.key_of(&step)?)?;
        let (code, frames) = (state.shot.code.clone(), state.shot.frames());
        Ok(found.map(|object| Piece { code, frames, hash: object.hash, file: object.path }))
    }

    /// Keys that the film as it is now uses for `state`.
    pub(crate) fn keys(&self, state: &ShotState) -> Result<Vec<Key>, FilmError> {
        let vault = &self.film.vault;
        let mut keys = Vec::new();
        for take in &state.takes {
            let expected = self.expected(&state.shot, &take.entry);
            let studio = &self.film.studio;
            let step = Judge {
                tools: &studio.tools,
                limits: &studio.limits,
                file: &take.file,
                hash: take.entry.hash,
                expected,
                rules: &self.rules,
            };
            keys.push(vault.key_of_value(&step)?);
        }
        if let Ok(take) = Self::circled_take(state) {
            keys.push(vault.key_of(&self.conform(state, &take)?)?);
        }
        Ok(keys)
    }

    /// What a take of `state` as the shot is now would depend on, and what changed since one was made.
    pub(crate) fn explain(&self, state: &ShotState) -> Result<Explanation, FilmError> {
        let step = Shoot { generator: self.generator(&state.shot), order: &state.order };
        Ok(self.film.vault.explain(&state.shot.code.to_string(), &step)?)
    }

    /// What a take of `state` would cost.
    pub(crate) fn estimate(&self, state: &ShotState) -> Estimate {
        self.generator(&state.shot).estimate(&state.order)
    }
}

impl Film {
    /// Makes one more take of each of these shots.
    pub fn one_more(&mut self, codes: &[ShotCode]) -> Result<Vec<Take>, FilmError> {
        let (sound, _) = self.sound(false)?;
        let cut_list = self.plan(&sound)?;
        let floor = Floor::new(self, &cut_list, line_levels(self, &sound)?)?;
        codes.iter().map(|code| floor.one_more(find_shot(&cut_list, code)?)).collect()
    }

    /// Does without the takes of these shots whose files are damaged or gone, although they were paid for; gives their
    /// names. Sound takes are left alone.
    pub fn give_up_lost(&self, codes: &[ShotCode]) -> Result<Vec<String>, FilmError> {
        let takes = self.all_takes()?;
        let mut given_up = Vec::new();
        for entry in codes.iter().filter_map(|code| takes.get(code)).flatten() {
            if self.vault.give_up(&entry.key)? {
                given_up.push(format!("{}-{}", entry.code, entry.number));
            }
        }
        Ok(given_up)
    }

    /// Brings the clip `file` in as the next take of `code`, and judges it.
    pub fn bring_in_judged(&self, code: &ShotCode, file: &Path) -> Result<ShotState, FilmError> {
        let Some(sound) = &self.locked else { return Err(FilmError::NotLocked) };
        let (cut_list, _) = self.cut_list(sound)?;
        let shot = find_shot(&cut_list, code)?;
        self.bring_in(code, file)?;
        Floor::new(self, &cut_list, line_levels(self, sound)?)?.state(shot, true)
    }
}

/// The seed of take `number`: the same for ever for the same shot of the same film.
fn take_seed(film: u64, code: &ShotCode, number: u32) -> u64 {
    let bytes = format!("{film} {code} {number}");
    bytes
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The shots of scenes, without title and credits.
pub(crate) fn scene_shots(cut_list: &CutList) -> impl Iterator<Item = &Shot> {
    cut_list.shots.iter().filter(|shot| shot.kind == ShotKind::Scene)
}

/// Levels of every line of the film, scene by scene, each with the frame its line begins on.
///
/// A film that is only looked at has none where they were not worked out yet: no take was made to them either.
pub(crate) fn line_levels(
    film: &Film,
    sound: &LockedSound,
) -> Result<BTreeMap<String, LineLevels>, FilmError> {
    let context = film.sound_context();
    let jobs: Vec<_> = sound.scenes.iter().collect();
    let levels = soundlock_vault::run_all(jobs, film.studio.workers, &film.studio.cancel, |scene| {
        let loudness = match soundlock_sound::levels(sound, scene, &context).map_err(FilmError::from) {
            Err(error) if error.is_read_only() => BTreeMap::new(),
            loudness => loudness?,
        };
        let first = |line: &soundlock_sound::LockedLine| sound.fps.frame_at(line.at, sound.rate);
        let lines = scene.lines.iter().filter_map(|line| {
            let levels = loudness.get(&line.id)?.clone();
            Some((line.id.clone(), crate::orders::Loudness { first: first(line), levels }))
        });
        Ok::<_, FilmError>((scene.id.to_string(), lines.collect::<LineLevels>()))
    });
    Ok(levels.map_err(FilmError::from_stop)?.into_iter().collect())
}

impl FilmError {
    /// The error of a step, or of the vault that keeps its result.
    pub(crate) fn from_run<E>(error: RunError<E>) -> Self
    where
        E: std::error::Error + 'static,
        Self: From<E>,
    {
        match error {
            RunError::Step(error) => error.into(),
            RunError::Vault(error) => error.into(),
        }
    }

    /// The error of a job, or the request to stop.
    pub(crate) fn from_stop(error: soundlock_vault::Stopped<Self>) -> Self {
        match error {
            soundlock_vault::Stopped::Failed(error) => error,
            soundlock_vault::Stopped::Cancelled(cancelled) => cancelled.into(),
        }
    }
}
