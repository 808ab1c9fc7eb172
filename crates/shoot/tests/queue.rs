//! The queue among clocks that jump and places that want to be left alone, with a generator that is no more than its rules.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use soundlock_plan::{Look, ShotCode};
use soundlock_shoot::queue::{
    Arrived, Attempt, CallSheet, Crew, Limits, Night, Patience, Progress, Queue, SheetError, SoFar, Standing,
    Wanted, Watcher, attempts,
};
use soundlock_shoot::{
    Call, Capabilities, Estimate, Generator, Hired, Identity, Inputs, Job, JobState, Lengths, LookedUp,
    Money, Place, Ready, Request, ShootError, ShotOrder, Stopping, Trouble, Way,
};
use soundlock_time::{Fps, Raster};
use soundlock_vault::{Cancel, Clock, Hash, Key, Vault};

/// What a take costs, in millionths.
const PRICE: i64 = 100_000;

/// Makes everything at once, at each of its places, unless a place has something against it.
struct Workshop {
    places: Vec<Place>,
    against: Box<dyn Fn(usize) -> Option<Trouble> + Send + Sync>,
    /// Orders that each place took, and those that it did not.
    taken: Vec<AtomicUsize>,
    turned_away: Vec<AtomicUsize>,
}

impl Workshop {
    fn new(places: usize, against: impl Fn(usize) -> Option<Trouble> + Send + Sync + 'static) -> Arc<Self> {
        let place = |number| Place { name: format!("place {number}"), at_once: 2 };
        let count = || (0..places).map(|_| AtomicUsize::new(0)).collect();
        let places = (0..places).map(place).collect();
        Arc::new(Self { places, against: Box::new(against), taken: count(), turned_away: count() })
    }

    fn taken(&self, place: usize) -> usize {
        self.taken[place].load(Ordering::SeqCst)
    }

    fn turned_away(&self, place: usize) -> usize {
        self.turned_away[place].load(Ordering::SeqCst)
    }
}

impl Hired for Workshop {
    fn places(&self) -> &[Place] {
        &self.places
    }

    fn request(&self, order: &ShotOrder, name: &str, id: &str) -> Result<Request, ShootError> {
        let body = serde_json::json!({ "seed": order.seed });
        let (given, left_out) = (Vec::new(), Vec::new());
        Ok(Request { name: name.to_owned(), id: id.to_owned(), body, given, left_out })
    }

    fn ready(&self, _: usize, _: &Request, _: &Call<'_>) -> Result<(), Trouble> {
        Ok(())
    }

    fn submit(&self, place: usize, request: &Request, _: &Call<'_>) -> Result<Job, Trouble> {
        if let Some(trouble) = (self.against)(place) {
            self.turned_away[place].fetch_add(1, Ordering::SeqCst);
            return Err(trouble);
        }
        self.taken[place].fetch_add(1, Ordering::SeqCst);
        Ok(Job { id: request.id.clone(), links: BTreeMap::new() })
    }

    fn look_up(&self, _: usize, _: &Request, _: &Call<'_>) -> Result<LookedUp, Trouble> {
        Ok(LookedUp::CannotTell)
    }

    fn poll(&self, _: usize, _: &Job, _: &Call<'_>) -> Result<JobState, Trouble> {
        Ok(JobState::Ready(Ready::default()))
    }

    fn fetch(&self, _: usize, job: &Job, _: &Ready, file: &Path, _: &Call<'_>) -> Result<(), Trouble> {
        std::fs::write(file, &job.id).map_err(|error| Trouble::Lost { why: error.to_string() })
    }

    fn cancel(&self, _: usize, _: &Job, _: &Call<'_>) -> Result<Stopping, Trouble> {
        Ok(Stopping::CannotBe)
    }
}

struct Maker(Arc<Workshop>);

impl Generator for Maker {
    fn identity(&self, _: &ShotOrder) -> Identity {
        let text = |text: &str| text.to_owned();
        Identity { name: text("maker"), model: text("m"), version: String::new(), settings: String::new() }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            frames: Lengths::Listed(vec![81]),
            fps: Vec::new(),
            rasters: Vec::new(),
            multiple: 1,
            concurrency: 2,
            deterministic: false,
            cuts: false,
            paid: true,
            reads_fields: false,
            takes: Vec::new(),
            by_hand: false,
        }
    }

    fn estimate(&self, _: &ShotOrder) -> Estimate {
        Estimate::Price(Money { micros: PRICE, currency: "USD".to_owned() })
    }

    fn way(&self) -> Way<'_> {
        Way::Hired(&*self.0)
    }
}

/// Wants so many takes of one shot, numbered on from where a run before ended.
struct Takes {
    next: Mutex<u32>,
    last: u32,
}

impl CallSheet for Takes {
    fn next(&self, _: &str, free_only: bool) -> Result<Option<Wanted>, SheetError> {
        let mut next = self.next.lock().unwrap();
        if free_only || *next > self.last {
            return Ok(None);
        }
        let number = *next;
        *next += 1;
        Ok(Some(Wanted { code: code(), number, order: order(number) }))
    }

    fn is_wanted(&self, _: &Attempt) -> bool {
        true
    }

    fn arrived(&self, attempt: &Attempt, _: &Path, _: Hash) -> Result<Arrived, SheetError> {
        Ok(Arrived::Take(Key::new(("test", 1), &attempt.name()).unwrap(), Vec::new()))
    }

    fn ended(&self, _: &Attempt) {}

    fn put_back(&self, _: &Wanted) {}
}

struct Nobody;

impl Watcher for Nobody {
    fn changed(&self, _: &Attempt, _: &SoFar) {}
    fn going(&self, _: &Attempt, _: &Progress) {}
    fn noted(&self, _: &str, _: &str) {}
}

fn code() -> ShotCode {
    "12_0040".parse().unwrap()
}

fn order(number: u32) -> ShotOrder {
    ShotOrder {
        code: code(),
        prompt: "a room".to_owned(),
        negative: String::new(),
        seed: u64::from(number),
        frames: 81,
        fps: Fps::FILM,
        raster: Raster::HD,
        look: Look::default(),
        speech: Vec::new(),
        inputs: Inputs::default(),
        burn_in: None,
        cut: None,
    }
}

/// A night in a vault: `takes` more, by `workshop`.
fn night(vault: &Vault, clock: &Clock, workshop: &Arc<Workshop>, limits: Limits, takes: u32) -> Night {
    let quick = Duration::from_millis(1);
    let patience = Patience {
        first_poll: quick,
        slowest_poll: quick,
        again: quick,
        longest_again: quick,
        job: Duration::from_mins(1),
    };
    let crew = Crew { generator: Arc::new(Maker(Arc::clone(workshop))), patience };
    let known = attempts(vault).unwrap().into_keys().map(|(_, number)| number).max().unwrap_or(0);
    let queue = Queue {
        vault,
        clock: clock.clone(),
        crews: BTreeMap::from([("maker".to_owned(), crew)]),
        limits,
        elsewhere: 0,
        cancel: &Cancel::new(),
        watcher: &Nobody,
    };
    queue.run(&Takes { next: Mutex::new(known + 1), last: known + takes }).unwrap()
}

/// What the ledger has for each day.
fn by_day(vault: &Vault) -> BTreeMap<String, i64> {
    let mut days = BTreeMap::new();
    for attempt in attempts(vault).unwrap().values() {
        if let Estimate::Price(money) = attempt.counts() {
            *days.entry(attempt.day().to_owned()).or_default() += money.micros;
        }
    }
    days
}

/// A clock that is another day's each time it is looked at, forwards and back, and back to a time before everything.
#[test]
fn a_clock_that_jumps_passes_no_limit_of_a_day_and_holds_nobody_up() {
    let ticks = Arc::new(AtomicUsize::new(0));
    let jumps = Arc::clone(&ticks);
    let clock: Clock = Arc::new(move || {
        let days = ["2031-05-04", "2031-05-06", "1970-01-01", "2031-05-05", "2031-05-04", "2099-12-31"];
        let tick = jumps.fetch_add(1, Ordering::SeqCst);
        format!("{}T{:02}:59:59Z", days[tick % days.len()], 23 - tick % 24)
    });
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits { run: None, day: Some(3 * PRICE as u64), film: None };
    let workshop = Workshop::new(1, |_| None);
    for _ in 0..4 {
        let vault = Vault::open(folder.path(), clock.clone()).unwrap();
        let night = night(&vault, &clock, &workshop, limits, 12);
        assert_eq!((night.so_far.out, night.still_out), (0, 0), "somebody was held up");
    }
    let vault = Vault::open(folder.path(), clock).unwrap();
    let (days, all) = (by_day(&vault), attempts(&vault).unwrap());
    assert!(days.values().all(|spent| *spent <= 3 * PRICE), "{days:?}");
    assert!(days.len() > 2, "{days:?}");
    assert!(all.values().all(|attempt| attempt.standing == Standing::Done));
    assert_eq!(all.len(), workshop.taken(0));
}

#[test]
fn a_place_that_wants_to_be_left_alone_is_and_another_takes_its_work() {
    let clock: Clock = Arc::new(|| "2031-05-04T18:00:00Z".to_owned());
    for secs in [30, 7200, u64::MAX] {
        let after = Some(Duration::from_secs(secs));
        let busy = move |place| (place == 0).then(|| Trouble::Busy { said: "later".to_owned(), after });
        let workshop = Workshop::new(2, busy);
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(folder.path(), clock.clone()).unwrap();
        let night = night(&vault, &clock, &workshop, Limits::default(), 10);
        assert_eq!((night.so_far.done, night.still_out), (10, 0));
        assert_eq!((workshop.taken(0), workshop.taken(1)), (0, 10));
        assert!(workshop.turned_away(0) <= 2, "it was asked {} times", workshop.turned_away(0));
        // What is longer than a job may take is told, and no run waits for it.
        assert_eq!(night.shut.len(), usize::from(secs > 60), "{:?}", night.shut);
    }
}

#[test]
fn a_night_ends_where_everybody_wants_to_be_left_alone_for_hours() {
    let clock: Clock = Arc::new(|| "2031-05-04T18:00:00Z".to_owned());
    let after = Some(Duration::from_secs(u64::MAX));
    let busy = Workshop::new(2, move |_| Some(Trouble::Busy { said: "later".to_owned(), after }));
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open(folder.path(), clock.clone()).unwrap();
    let first = night(&vault, &clock, &busy, Limits::default(), 10);
    assert_eq!((first.so_far.done, first.shut.len()), (0, 2));
    assert!(first.waiting > 0 && first.still_out == 0 && busy.turned_away(0) + busy.turned_away(1) <= 4);
    let free = Workshop::new(2, |_| None);
    let next = night(&vault, &clock, &free, Limits::default(), 0);
    assert_eq!((next.so_far.done, next.still_out), (first.waiting, 0));
}
