//! The queue at work: threads that each take up what is due.

mod step;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use soundlock_vault::Hash;

use super::attempt::{KIND, attempts};
use super::place::{PlaceState, backoff};
use super::purse::{OverLimit, Purse};
use super::{
    Attempt, CallSheet, Crew, Happened, Intent, Night, Progress, Queue, QueueError, SoFar, Standing, Wanted,
};
use crate::{Call, Estimate, Given, Hired, Trouble, Way};

/// The most threads: each may wait for a vendor's answer.
const MOST_HANDS: usize = 40;
/// How long a hand waits before it looks again whether somebody wants to stop.
const GLANCE: Duration = Duration::from_millis(50);
/// How often what came and is no take is fetched anew before it is taken for what it is.
const FETCHES: u32 = 5;
/// Tries in a row after which something is set aside for the next run.
const PATIENT_TRIES: u32 = 40;

pub(super) fn run(queue: &Queue<'_>, sheet: &dyn CallSheet) -> Result<Night, QueueError> {
    let arriving = queue.vault.dir().join("arriving");
    fs::create_dir_all(&arriving)
        .map_err(|source| QueueError::Arriving { path: arriving.clone(), source })?;
    let floor = Floor::new(queue, sheet, arriving)?;
    let hands = (floor.slots() + 2).min(MOST_HANDS);
    thread::scope(|scope| {
        for number in 1..hands {
            let builder = thread::Builder::new().name(format!("shoot-{number}"));
            if builder.spawn_scoped(scope, || floor.work()).is_err() {
                break;
            }
        }
        floor.work();
    });
    floor.night()
}

/// An attempt on its way.
struct Flight {
    attempt: Attempt,
    /// Generator and place, once it has one.
    at: Option<(String, usize)>,
    due: Instant,
    /// Polls so far, and failures in a row of whatever is tried now.
    polls: u32,
    tries: u32,
    /// When this run first saw it.
    seen: Instant,
    /// Whether its money was set aside in this run.
    of_this_run: bool,
    /// How far it was when somebody was told.
    told: Progress,
}

/// What all hands share.
struct State {
    flights: Vec<Flight>,
    in_hand: usize,
    places: BTreeMap<String, Vec<PlaceState>>,
    purse: Purse,
    so_far: SoFar,
    over: Option<OverLimit>,
    /// Counts what has happened: a generator that had nothing to begin is asked again when something has.
    happened: u64,
    /// What the count was when a generator had nothing to begin.
    idle: BTreeMap<String, u64>,
    error: Option<QueueError>,
}

struct Floor<'f> {
    queue: &'f Queue<'f>,
    sheet: &'f dyn CallSheet,
    arriving: PathBuf,
    state: Mutex<State>,
    changed: Condvar,
}

/// What a hand takes up.
enum Task {
    Flight(Box<Flight>),
    /// This generator has a free place, which is kept: is there something to begin?
    Begin(String, usize),
}

/// What becomes of a flight after a step.
enum Then {
    /// The next step, after a pause.
    On(Box<Flight>, Duration),
    /// It is over.
    Landed,
    /// It is left for the next run.
    SetAside,
    /// There was nothing to do.
    Nothing,
}

impl<'f> Floor<'f> {
    fn new(queue: &'f Queue<'f>, sheet: &'f dyn CallSheet, arriving: PathBuf) -> Result<Self, QueueError> {
        let all = attempts(queue.vault)?;
        let purse = Purse::new(queue.limits, queue.elsewhere, all.values());
        let places = queue.crews.iter().map(|(name, crew)| {
            let places = hired(crew).map(Hired::places).unwrap_or_default();
            let states = places.iter().map(|place| PlaceState::new(place.name.clone(), place.at_once.max(1)));
            (name.clone(), states.collect())
        });
        let mut state = State {
            flights: Vec::new(),
            in_hand: 0,
            places: places.collect(),
            purse,
            so_far: SoFar::default(),
            over: None,
            happened: 0,
            idle: BTreeMap::new(),
            error: None,
        };
        state.so_far.film = state.purse.film();
        let floor =
            |state| Self { queue, sheet, arriving, state: Mutex::new(state), changed: Condvar::new() };
        let open: Vec<Attempt> =
            all.into_values().filter(|attempt| attempt.standing < Standing::Done).collect();
        let floor = floor(state);
        for attempt in open {
            floor.resume(attempt)?;
        }
        Ok(floor)
    }

    /// Takes up an attempt of an earlier run.
    fn resume(&self, attempt: Attempt) -> Result<(), QueueError> {
        let now = Instant::now();
        let generator = attempt.intent.identity.name.clone();
        let mut state = self.lock();
        let mut flight = Flight {
            attempt,
            at: None,
            due: now,
            polls: 0,
            tries: 0,
            seen: now,
            of_this_run: false,
            told: Progress::default(),
        };
        if flight.attempt.standing == Standing::Intended {
            if self.sheet.is_wanted(&flight.attempt) {
                state.flights.push(flight);
                return Ok(());
            }
            drop(state);
            let why = "it was never sent, and is not wanted any more".to_owned();
            return self.record(&mut flight, Happened::Dropped { why });
        }
        let place = flight.attempt.place.clone().unwrap_or_default();
        let index = state.places.get_mut(&generator).and_then(|places| {
            let index = places.iter().position(|state| state.name == place)?;
            places[index].take();
            Some(index)
        });
        match index {
            Some(index) => {
                flight.at = Some((generator, index));
                state.so_far.out += 1;
                state.flights.push(flight);
            }
            None if flight.attempt.standing == Standing::Fetched => state.flights.push(flight),
            None => {
                let name = flight.attempt.name();
                let what = format!(
                    "{name} is out there, and film.toml does not have it: put it back, or do without with \
                     `soundlock settle {name} --charged USD`"
                );
                self.queue.watcher.noted(&place, &what);
            }
        }
        Ok(())
    }

    fn slots(&self) -> usize {
        self.queue
            .crews
            .values()
            .filter_map(hired)
            .flat_map(Hired::places)
            .map(|place| place.at_once.max(1))
            .sum()
    }

    fn night(self) -> Result<Night, QueueError> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = state.error {
            return Err(error);
        }
        let shut = |place: &PlaceState| Some((place.name.clone(), place.shut.clone()?));
        let all = attempts(self.queue.vault)?;
        Ok(Night {
            still_out: all.values().filter(|attempt| attempt.standing.is_out()).count(),
            waiting: all.values().filter(|attempt| attempt.standing == Standing::Intended).count(),
            so_far: state.so_far,
            over: state.over,
            shut: state.places.values().flatten().filter_map(shut).collect(),
            stopped: self.queue.cancel.is_cancelled(),
        })
    }

    fn work(&self) {
        while let Some(task) = self.next_task() {
            let done = match task {
                Task::Begin(generator, place) => self.begin(&generator, place),
                Task::Flight(flight) => self.step(*flight),
            };
            let mut state = self.lock();
            state.in_hand -= 1;
            state.happened += u64::from(matches!(done, Ok(Then::Landed | Then::SetAside)));
            match done {
                Ok(Then::On(mut flight, pause)) => {
                    flight.due = Instant::now() + pause;
                    state.flights.push(*flight);
                }
                Ok(Then::Landed | Then::SetAside | Then::Nothing) => {}
                Err(error) => {
                    state.error.get_or_insert(error);
                }
            }
            drop(state);
            self.changed.notify_all();
        }
        self.changed.notify_all();
    }

    /// What to take up next; `None` when all is done, or somebody stops.
    fn next_task(&self) -> Option<Task> {
        let mut state = self.lock();
        loop {
            if state.error.is_some() || self.queue.cancel.is_cancelled() {
                return None;
            }
            let now = Instant::now();
            if let Some(task) = Self::due(&mut state, now).or_else(|| self.beginning(&mut state, now)) {
                state.in_hand += 1;
                return Some(task);
            }
            if state.in_hand == 0 && Self::is_all_done(&state) {
                return None;
            }
            let wait = state.flights.iter().map(|flight| flight.due).min();
            let wait = wait.map_or(GLANCE, |due| due.saturating_duration_since(now).min(GLANCE));
            let wait = wait.max(Duration::from_millis(1));
            let waited = self.changed.wait_timeout(state, wait);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Whether nothing is left to do: no flight can go on, and no generator has something to begin.
    fn is_all_done(state: &State) -> bool {
        let begins = |(name, places): (&String, &Vec<PlaceState>)| {
            state.idle.get(name) != Some(&state.happened) && places.iter().any(|place| place.shut.is_none())
        };
        let may_begin = state.places.iter().any(begins);
        !may_begin && state.flights.iter().all(|flight| is_stuck(state, flight))
    }

    /// The flight that is due: what can be fetched goes first, since it lives longest for minutes.
    fn due(state: &mut State, now: Instant) -> Option<Task> {
        let rank = |flight: &Flight| match flight.attempt.standing {
            Standing::Fetched => 0,
            Standing::Ready => 1,
            Standing::Sent => 2,
            Standing::Submitted | Standing::Running => 3,
            _ => 4,
        };
        let fits = |flight: &Flight| {
            flight.due <= now
                && match (&flight.at, flight.attempt.standing) {
                    (Some((generator, place)), Standing::Intended) => {
                        !state.places[generator][*place].is_left_alone(now)
                    }
                    (_, Standing::Fetched) | (Some(_), _) => true,
                    (None, _) => free_place(state, &flight.attempt.intent.identity.name, now).is_some(),
                }
        };
        let all = state.flights.iter().enumerate().filter(|(_, flight)| fits(flight));
        let (index, _) = all.min_by_key(|(_, flight)| (rank(flight), flight.due))?;
        let mut flight = state.flights.swap_remove(index);
        if flight.at.is_none() && flight.attempt.standing != Standing::Fetched {
            let generator = flight.attempt.intent.identity.name.clone();
            let place = free_place(state, &generator, now)?;
            state.places.get_mut(&generator)?[place].take();
            state.so_far.out += 1;
            flight.at = Some((generator, place));
        }
        Some(Task::Flight(Box::new(flight)))
    }

    /// A generator with a free place that may have something to begin.
    fn beginning(&self, state: &mut State, now: Instant) -> Option<Task> {
        let asked = |state: &State, name: &String| state.idle.get(name) == Some(&state.happened);
        let names = self.queue.crews.keys().filter(|name| !asked(state, name));
        let free = names.filter_map(|name| Some((name.clone(), free_place(state, name, now)?)));
        let (name, place) = free.min_by_key(|(name, place)| state.places[name][*place].name.clone())?;
        state.places.get_mut(&name)?[place].take();
        Some(Task::Begin(name, place))
    }

    /// Asks what is to be begun at a place that is kept for it, and writes that down.
    fn begin(&self, generator: &str, place: usize) -> Result<Then, QueueError> {
        let (free_only, happened) = {
            let state = self.lock();
            (state.over.is_some(), state.happened)
        };
        let wanted = self.sheet.next(generator, free_only)?;
        let Some(wanted) = wanted else {
            self.at(&(generator.to_owned(), place), PlaceState::give_back);
            self.lock().idle.insert(generator.to_owned(), happened);
            return Ok(Then::Nothing);
        };
        match self.intend(generator, &wanted)? {
            Ok(attempt) => {
                let now = Instant::now();
                let at = Some((generator.to_owned(), place));
                self.lock().so_far.out += 1;
                let flight = Flight {
                    attempt,
                    at,
                    due: now,
                    polls: 0,
                    tries: 0,
                    seen: now,
                    of_this_run: true,
                    told: Progress::default(),
                };
                self.told(&flight.attempt);
                self.step(flight)
            }
            Err(why) => {
                self.at(&(generator.to_owned(), place), PlaceState::give_back);
                let what = format!("{}-{} is not shot: {why}", wanted.code, wanted.number);
                self.queue.watcher.noted(generator, &what);
                self.sheet.put_back(&wanted);
                Ok(Then::Landed)
            }
        }
    }

    /// Sets the money aside and writes the intent down; a clause where that cannot be.
    fn intend(&self, name: &str, wanted: &Wanted) -> Result<Result<Attempt, String>, QueueError> {
        let crew = &self.queue.crews[name];
        let Some(hired) = hired(crew) else { return Ok(Err("it is not hired".to_owned())) };
        let estimate = crew.generator.estimate(&wanted.order);
        if matches!(&estimate, Estimate::Price(money) if money.currency != "USD")
            || estimate == Estimate::Unknown
        {
            return Ok(Err("nobody knows what it costs in US dollars".to_owned()));
        }
        let at = (self.queue.clock)();
        let take = format!("{}-{}", wanted.code, wanted.number);
        let request = match hired.request(&wanted.order, &take, &uuid(&take, &at, wanted)) {
            Ok(request) => request,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let intent = Intent {
            code: wanted.code.clone(),
            number: wanted.number,
            identity: crew.generator.identity(&wanted.order),
            order: Box::new(wanted.order.clone()),
            request,
            estimate,
        };
        let attempt = Attempt::new(intent, at);
        let mut state = self.lock();
        if let Err(over) = state.purse.set_aside(attempt.day(), &attempt.intent.estimate) {
            let why = format!("the limit of the {} leaves too little", over.which);
            state.over.get_or_insert(over);
            return Ok(Err(why));
        }
        // Under the lock: no two attempts draw on the same money, and none is sent that the ledger does not have.
        let happened = Happened::Intent(Box::new(attempt.intent.clone()));
        self.queue.vault.record_at(&attempt.at, KIND, &attempt.name(), &happened)?;
        Ok(Ok(attempt))
    }

    /// Takes note of what a trouble says of the place.
    fn trouble_at(&self, flight: &Flight, trouble: &Trouble) {
        let Some(at) = &flight.at else { return };
        let (now, first, patience) = (Instant::now(), flight.tries == 0, self.patience(flight));
        let (base, longest) = (patience.again, patience.longest_again * 2);
        let too_long = self.wants_too_long(flight, trouble);
        let what = what_is_wrong(trouble);
        self.at(at, |place| {
            let is_news = match trouble {
                Trouble::NotHeard { .. } | Trouble::Lost { .. } => {
                    place.failed(now, base, longest);
                    first
                }
                Trouble::Busy { after, .. } if !too_long => {
                    place.leave_alone(now, after.unwrap_or(base));
                    first
                }
                Trouble::NoRoom { .. } => first,
                Trouble::Busy { .. }
                | Trouble::NoCredit { .. }
                | Trouble::NotLetIn { .. }
                | Trouble::NoModel { .. } => place.shut.replace(what.clone()).is_none(),
                _ => false,
            };
            if is_news {
                self.queue.watcher.noted(&place.name, &what);
            }
        });
    }

    /// Whether its place wants to be left alone for longer than any job may take: that is the next run's.
    fn wants_too_long(&self, flight: &Flight, trouble: &Trouble) -> bool {
        matches!(trouble, Trouble::Busy { after: Some(after), .. } if *after > self.patience(flight).job)
    }

    /// Nothing more is asked of its place in this run.
    fn shut(&self, flight: &Flight, why: &str) {
        let Some(at) = &flight.at else { return };
        self.at(at, |place| {
            if place.shut.replace(why.to_owned()).is_none() {
                self.queue.watcher.noted(&place.name, why);
            }
        });
    }

    /// Whether it was tried often enough for this run. A place that never answered is asked nothing more then.
    fn is_tired(&self, flight: &Flight, trouble: &Trouble) -> bool {
        let mut nowhere = false;
        if let Some(at) = &flight.at {
            self.at(at, |place| nowhere = place.is_nowhere());
        }
        if nowhere {
            self.shut(flight, &trouble.to_string());
        }
        nowhere || flight.tries > PATIENT_TRIES
    }

    /// Nothing more is asked of anybody in this run: what they would make could not be kept.
    fn shut_all(&self, trouble: &Trouble) {
        let mut state = self.lock();
        for place in state.places.values_mut().flatten() {
            place.shut.get_or_insert_with(|| trouble.to_string());
        }
    }

    fn failing(&self, flight: &Flight) {
        let trouble = Trouble::Lost { why: "an answer was lost".to_owned() };
        self.trouble_at(flight, &trouble);
    }

    fn answered(&self, flight: &Flight) {
        if let Some(at) = &flight.at {
            self.at(at, PlaceState::answered);
        }
    }

    /// Gives its place back, without ending it.
    fn leave(&self, flight: &mut Flight) {
        let Some(at) = flight.at.take() else { return };
        self.at(&at, PlaceState::give_back);
        let mut state = self.lock();
        state.so_far.out = state.so_far.out.saturating_sub(1);
    }

    /// It is over, which the sheet and the watcher are told.
    fn land(&self, mut flight: Flight) -> Then {
        self.leave(&mut flight);
        self.told(&flight.attempt);
        self.sheet.ended(&flight.attempt);
        Then::Landed
    }

    /// Does something to a place.
    fn at(&self, (generator, place): &(String, usize), act: impl FnOnce(&mut PlaceState)) {
        let mut state = self.lock();
        if let Some(place) = state.places.get_mut(generator).and_then(|places| places.get_mut(*place)) {
            act(place);
        }
    }

    fn record(&self, flight: &mut Flight, happened: Happened) -> Result<(), QueueError> {
        self.queue.vault.record(KIND, &flight.attempt.name(), &happened)?;
        self.happened(flight, happened);
        Ok(())
    }

    /// It stands in the ledger: takes it in here as well.
    fn happened(&self, flight: &mut Flight, happened: Happened) {
        let at = (self.queue.clock)();
        flight.attempt.take_in(happened, &at);
        let attempt = &flight.attempt;
        let mut state = self.lock();
        if let Some(cost) = &attempt.cost {
            let (day, aside) = (attempt.day(), &attempt.intent.estimate);
            state.purse.settle(day, aside, cost, flight.of_this_run);
        }
        match attempt.standing {
            Standing::Done => state.so_far.done += 1,
            Standing::Refused => state.so_far.refused += 1,
            Standing::Failed => state.so_far.failed += 1,
            Standing::Unknown => state.so_far.unknown += 1,
            _ => {}
        }
        let is_over = attempt.standing.is_over();
        drop(state);
        if !is_over {
            self.told(attempt);
        }
    }

    fn told(&self, attempt: &Attempt) {
        let mut state = self.lock();
        let (run, film, left) = (state.purse.run(), state.purse.film(), state.purse.left(attempt.day()));
        (state.so_far.spent, state.so_far.film, state.so_far.left) = (run, film, left);
        let so_far = state.so_far.clone();
        drop(state);
        self.queue.watcher.changed(attempt, &so_far);
    }

    fn call<T>(&self, make: impl FnOnce(&Call<'_>) -> Result<T, Trouble>) -> Result<T, Trouble> {
        let vault = self.queue.vault;
        let given = |given: &Given| vault.path_of(given.hash, &given.extension);
        let stopped = || self.queue.cancel.is_cancelled();
        make(&Call { given: &given, stopped: &stopped })
    }

    /// The crew and place of a flight that has one.
    fn of(&self, flight: &Flight) -> (&Crew, usize) {
        let (generator, place) = flight.at.as_ref().expect("a flight that calls has a place");
        (&self.queue.crews[generator], *place)
    }

    fn patience(&self, flight: &Flight) -> super::Patience {
        let crew = self.queue.crews.get(&flight.attempt.intent.identity.name);
        crew.map_or(super::Patience::VENDORS, |crew| crew.patience)
    }

    fn pause(&self, flight: &Flight) -> Duration {
        let patience = self.patience(flight);
        backoff(
            patience.again,
            flight.tries.saturating_sub(1),
            patience.longest_again,
            &flight.attempt.name(),
        )
    }

    fn clip(&self, attempt: &Attempt) -> PathBuf {
        self.arriving.join(format!("{}.clip", attempt.name()))
    }

    /// A panic elsewhere leaves this whole: each change is done or not done.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hired(crew: &Crew) -> Option<&dyn Hired> {
    match crew.generator.way() {
        Way::Hired(hired) => Some(hired),
        Way::Drawn(_) | Way::ByHand => None,
    }
}

/// Whether nothing will come of it in this run: it was never sent, and no place of its generator takes anything.
fn is_stuck(state: &State, flight: &Flight) -> bool {
    let places = state.places.get(&flight.attempt.intent.identity.name);
    let all_shut = places.is_none_or(|places| places.iter().all(|place| place.shut.is_some()));
    flight.attempt.standing == Standing::Intended && all_shut
}

/// A trouble in words, and when its place wants to be asked again where that is not soon.
fn what_is_wrong(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Busy { after: Some(after), .. } if after.as_secs() >= 60 => {
            format!("{trouble}; it wants to be asked again in {} min", after.as_secs().div_ceil(60))
        }
        _ => trouble.to_string(),
    }
}

fn free_place(state: &State, generator: &str, now: Instant) -> Option<usize> {
    state.places.get(generator)?.iter().position(|place| place.is_free(now))
}

/// A UUID for an attempt: of everything that makes it this one.
fn uuid(take: &str, at: &str, wanted: &Wanted) -> String {
    let order = serde_json::to_string(&wanted.order).unwrap_or_default();
    let hex = Hash::of(format!("{take} {at} {order}").as_bytes()).to_string();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or("0");
    format!("{}-{}-4{}-a{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}
