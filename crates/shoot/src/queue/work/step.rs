//! The steps of an attempt, each written down before the next is taken.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use soundlock_vault::{Hash, VaultError, hash_file};

use super::{FETCHES, Flight, Floor, Then, hired};
use crate::queue::attempt::KIND;
use crate::queue::{Arrived, Happened, Progress, QueueError, Standing};
use crate::{Charged, Ended, Estimate, Job, JobState, LookedUp, Trouble};

/// How often the name of a job is tried to be written down, and how long is waited in between.
const NAME_TRIES: u32 = 20;
const NAME_PAUSE: Duration = Duration::from_millis(250);

impl Floor<'_> {
    /// The next step of a flight.
    pub(super) fn step(&self, flight: Flight) -> Result<Then, QueueError> {
        match flight.attempt.standing {
            Standing::Intended => self.submit(flight),
            Standing::Sent => self.look_up(flight),
            Standing::Submitted | Standing::Running => self.poll(flight),
            Standing::Ready => self.fetch(flight),
            Standing::Fetched => self.keep(flight),
            _ => Ok(Then::Landed),
        }
    }

    fn submit(&self, mut flight: Flight) -> Result<Then, QueueError> {
        let (crew, place) = self.of(&flight);
        let Some(hired) = hired(crew) else { return Ok(Then::SetAside) };
        let request = flight.attempt.intent.request.clone();
        match self.call(|call| hired.ready(place, &request, call)) {
            Ok(()) => self.answered(&flight),
            // Nothing was asked yet: a place that cannot do this shot cannot do the others.
            Err(Trouble::TurnedDown { said }) => {
                self.shut(&flight, &said);
                return Ok(self.send_again(flight, &Trouble::TurnedDown { said }));
            }
            Err(trouble) => return self.not_sent(flight, trouble, false),
        }
        let name = hired.places()[place].name.clone();
        self.record(&mut flight, Happened::Sent { place: name })?;
        match self.call(|call| hired.submit(place, &request, call)) {
            Ok(job) => self.submitted(flight, job),
            Err(trouble) => self.not_sent(flight, trouble, true),
        }
    }

    fn submitted(&self, mut flight: Flight, job: Job) -> Result<Then, QueueError> {
        self.answered(&flight);
        self.record_job(&mut flight, job)?;
        flight.tries = 0;
        let pause = self.patience(&flight).first_poll;
        Ok(on(flight, pause))
    }

    /// The generator has it, and only we know under which name: where that cannot be written down, the disk may have room
    /// again in a moment, and if not, the director is told.
    fn record_job(&self, flight: &mut Flight, job: Job) -> Result<(), QueueError> {
        let happened = Happened::Submitted { job };
        for _ in 0..NAME_TRIES {
            if self.record(flight, happened.clone()).is_ok() {
                return Ok(());
            }
            thread::sleep(NAME_PAUSE);
        }
        let recorded = self.record(flight, happened.clone());
        if let (Err(_), Happened::Submitted { job }) = (&recorded, happened) {
            let place = flight.attempt.place.as_deref().unwrap_or_default();
            let name = flight.attempt.name();
            self.queue
                .watcher
                .noted(place, &format!("{name} is job {} there; the ledger cannot say so", job.id));
        }
        recorded
    }

    /// It was not taken. `sent` where the order itself was said, and not only the question before it.
    fn not_sent(&self, mut flight: Flight, trouble: Trouble, sent: bool) -> Result<Then, QueueError> {
        let why = trouble.to_string();
        match trouble {
            Trouble::Lost { .. } if sent => {
                self.failing(&flight);
                flight.attempt.why = why;
                self.look_up(flight)
            }
            Trouble::Refused { said, charged } => {
                self.answered(&flight);
                self.ended(flight, Standing::Refused, Ended { said, charged })
            }
            // No other order would be taken there; this one says for good what is not there.
            trouble @ Trouble::NoModel { .. } => {
                self.trouble_at(&flight, &trouble);
                self.ended(flight, Standing::Failed, Ended { said: why, charged: Charged::Nothing })
            }
            Trouble::TurnedDown { said } | Trouble::NoTake { why: said } => {
                self.answered(&flight);
                self.ended(flight, Standing::Failed, Ended { said, charged: Charged::Nothing })
            }
            trouble => {
                if sent {
                    self.record(&mut flight, Happened::Unsent { why })?;
                }
                Ok(self.send_again(flight, &trouble))
            }
        }
    }

    /// It surely was not heard: it waits for another place, or for this one.
    fn send_again(&self, mut flight: Flight, trouble: &Trouble) -> Then {
        self.trouble_at(&flight, trouble);
        flight.tries += 1;
        let tired = self.is_tired(&flight, trouble);
        self.leave(&mut flight);
        if tired || matches!(trouble, Trouble::Stopped) {
            return Then::SetAside;
        }
        // Its place is left alone for as long as it wants; another may take it before that.
        let pause = self.pause(&flight);
        on(flight, pause)
    }

    /// Looks for an order that may have been heard. What cannot be found out is left to the director.
    fn look_up(&self, mut flight: Flight) -> Result<Then, QueueError> {
        let (crew, place) = self.of(&flight);
        let Some(hired) = hired(crew) else { return Ok(Then::SetAside) };
        let request = flight.attempt.intent.request.clone();
        match self.call(|call| hired.look_up(place, &request, call)) {
            Ok(LookedUp::Found(job)) => self.submitted(flight, job),
            Ok(LookedUp::NotThere) => {
                self.answered(&flight);
                let why = "the generator does not have it".to_owned();
                self.record(&mut flight, Happened::Unsent { why })?;
                self.leave(&mut flight);
                flight.tries += 1;
                let pause = self.pause(&flight);
                Ok(on(flight, pause))
            }
            Ok(LookedUp::CannotTell) => {
                let why = match flight.attempt.why.as_str() {
                    "" => "the program was stopped before the answer came".to_owned(),
                    why => why.to_owned(),
                };
                self.unknown(flight, why)
            }
            Err(trouble) => Ok(self.again(flight, &trouble)),
        }
    }

    /// Nobody can say whether it was heard. What costs nothing is over with that; what does, the director settles.
    fn unknown(&self, mut flight: Flight, why: String) -> Result<Then, QueueError> {
        if flight.attempt.intent.estimate == Estimate::Free {
            let ended = Ended { said: why, charged: Charged::Nothing };
            return self.ended(flight, Standing::Failed, ended);
        }
        self.record(&mut flight, Happened::Unknown { why })?;
        Ok(self.land(flight))
    }

    fn poll(&self, mut flight: Flight) -> Result<Then, QueueError> {
        let (crew, place) = self.of(&flight);
        let (Some(hired), Some(job)) = (hired(crew), flight.attempt.job.clone()) else {
            return Ok(Then::SetAside);
        };
        match self.call(|call| hired.poll(place, &job, call)) {
            Ok(state) => {
                self.answered(&flight);
                flight.tries = 0;
                self.is_so_far(flight, state)
            }
            Err(trouble) => Ok(self.again(flight, &trouble)),
        }
    }

    fn is_so_far(&self, mut flight: Flight, state: JobState) -> Result<Then, QueueError> {
        match state {
            JobState::Ready(ready) => {
                self.record(&mut flight, Happened::Ready { ready: Box::new(ready) })?;
                flight.polls = 0;
                self.fetch(flight)
            }
            JobState::Refused(ended) => self.ended(flight, Standing::Refused, ended),
            JobState::Failed(ended) => self.ended(flight, Standing::Failed, ended),
            // Whether it was made before it went is not known: it counts as charged.
            JobState::Gone { said } => {
                self.ended(flight, Standing::Failed, Ended { said, charged: Charged::AsEstimated })
            }
            JobState::Waiting { ahead } => {
                Ok(self.goes_on(flight, Progress { ahead, ..Progress::default() }))
            }
            JobState::Running { done, preview } => {
                if flight.attempt.standing == Standing::Submitted {
                    self.record(&mut flight, Happened::Running)?;
                }
                Ok(self.goes_on(flight, Progress { running: true, ahead: None, done, preview }))
            }
        }
    }

    /// It is not over: whoever watches is told how far it is, and it is asked again later.
    fn goes_on(&self, mut flight: Flight, progress: Progress) -> Then {
        if flight.told != progress {
            self.queue.watcher.going(&flight.attempt, &progress);
            flight.told = progress;
        }
        let patience = self.patience(&flight);
        if flight.seen.elapsed() > patience.job {
            let what =
                format!("{} takes longer than its time; the next run asks again", flight.attempt.name());
            self.noted(&flight, &what);
            self.leave(&mut flight);
            return Then::SetAside;
        }
        let grown = patience.first_poll.mul_f64(1.3_f64.powi(flight.polls.min(40) as i32));
        flight.polls += 1;
        on(flight, grown.min(patience.slowest_poll))
    }

    fn fetch(&self, mut flight: Flight) -> Result<Then, QueueError> {
        let (crew, place) = self.of(&flight);
        let attempt = &flight.attempt;
        let (Some(hired), Some(job), Some(ready)) = (hired(crew), attempt.job.clone(), attempt.ready.clone())
        else {
            return Ok(Then::SetAside);
        };
        let part = self.arriving.join(format!("{}.part", attempt.name()));
        let clip = self.clip(attempt);
        let fetched = self.call(|call| {
            remove(&part)?;
            hired.fetch(place, &job, &ready, &part, call)?;
            arrive(&part, &clip)
        });
        match fetched {
            Ok((hash, bytes)) => {
                self.answered(&flight);
                self.record(&mut flight, Happened::Fetched { hash, bytes })?;
                self.leave(&mut flight);
                self.keep(flight)
            }
            Err(Trouble::NoTake { why }) if flight.tries >= FETCHES => self.no_take(flight, why),
            Err(trouble @ Trouble::NoRoom { .. }) => Ok(self.again(flight, &trouble)),
            Err(trouble) => {
                // Its address may have run out: asked again, many vendors give another.
                let fresh = self.call(|call| hired.poll(place, &job, call));
                if let Ok(JobState::Ready(fresh)) = fresh
                    && fresh != ready
                {
                    self.record(&mut flight, Happened::Ready { ready: Box::new(fresh) })?;
                }
                Ok(self.again(flight, &trouble))
            }
        }
    }

    /// The bytes are here: they become a take.
    fn keep(&self, mut flight: Flight) -> Result<Then, QueueError> {
        let Some(hash) = flight.attempt.fetched else { return Ok(Then::SetAside) };
        let clip = self.clip(&flight.attempt);
        match self.sheet.arrived(&flight.attempt, &clip, hash) {
            Ok(Arrived::Take(key, entries)) => {
                let cost = flight.attempt.cost_of_take();
                self.done(&mut flight, key, cost, &entries)?;
                let _ = fs::remove_file(&clip);
                Ok(self.land(flight))
            }
            // Its generator may give it once more, whole.
            Ok(Arrived::NoTake(why)) if flight.tries < FETCHES && flight.attempt.ready.is_some() => {
                flight.tries += 1;
                let _ = fs::remove_file(&clip);
                self.take_place_again(&mut flight);
                let Some(ready) = flight.attempt.ready.clone().filter(|_| flight.at.is_some()) else {
                    return self.no_take(flight, why);
                };
                self.record(&mut flight, Happened::Ready { ready: Box::new(ready) })?;
                let pause = self.pause(&flight);
                Ok(on(flight, pause))
            }
            Ok(Arrived::NoTake(why)) => self.no_take(flight, why),
            Err(error) => Err(error.into()),
        }
    }

    fn no_take(&self, flight: Flight, why: String) -> Result<Then, QueueError> {
        self.ended(flight, Standing::Failed, Ended { said: why, charged: Charged::AsEstimated })
    }

    fn take_place_again(&self, flight: &mut Flight) {
        let mut state = self.lock();
        let generator = flight.attempt.intent.identity.name.clone();
        let Some(places) = state.places.get_mut(&generator) else { return };
        let index = places.iter().position(|place| Some(&place.name) == flight.attempt.place.as_ref());
        if let Some(index) = index {
            places[index].take();
            state.so_far.out += 1;
            flight.at = Some((generator, index));
        }
    }

    /// Writes the take and the attempt's end down together.
    fn done(
        &self,
        flight: &mut Flight,
        key: soundlock_vault::Key,
        cost: Estimate,
        entries: &[(&'static str, String, serde_json::Value)],
    ) -> Result<(), QueueError> {
        let name = flight.attempt.name();
        let happened = Happened::Done { key, cost };
        let value = serde_json::to_value(&happened).map_err(|source| VaultError::Entry {
            kind: KIND.to_owned(),
            subject: name.clone(),
            source,
        })?;
        let mut all: Vec<(&str, &str, serde_json::Value)> =
            entries.iter().map(|(kind, subject, value)| (*kind, subject.as_str(), value.clone())).collect();
        all.push((KIND, &name, value));
        self.queue.vault.record_all(&all)?;
        self.happened(flight, happened);
        Ok(())
    }

    fn ended(&self, mut flight: Flight, standing: Standing, ended: Ended) -> Result<Then, QueueError> {
        let cost = flight.attempt.cost_without_take(ended.charged);
        let said = ended.said;
        let happened = match standing {
            Standing::Refused => Happened::Refused { said, cost },
            _ => Happened::Failed { said, cost },
        };
        self.record(&mut flight, happened)?;
        Ok(self.land(flight))
    }

    fn noted(&self, flight: &Flight, what: &str) {
        let sent = flight.attempt.place.as_deref();
        let place = sent.unwrap_or(&flight.attempt.intent.identity.name);
        self.queue.watcher.noted(place, what);
    }

    /// A call that costs nothing failed: it is made again later, however often. No such trouble ends a job.
    fn again(&self, mut flight: Flight, trouble: &Trouble) -> Then {
        self.trouble_at(&flight, trouble);
        flight.tries += 1;
        let no_room = matches!(trouble, Trouble::NoRoom { .. }) && flight.tries > FETCHES;
        if no_room {
            self.shut_all(trouble);
        }
        let hopeless =
            matches!(trouble, Trouble::Stopped | Trouble::NoCredit { .. } | Trouble::NotLetIn { .. })
                || no_room
                || self.wants_too_long(&flight, trouble);
        if self.is_tired(&flight, trouble) || hopeless {
            let what = format!("{} is left for the next run: {trouble}", flight.attempt.name());
            self.noted(&flight, &what);
            self.leave(&mut flight);
            return Then::SetAside;
        }
        let pause = match trouble {
            Trouble::Busy { after: Some(after), .. } => *after,
            _ => self.pause(&flight),
        };
        on(flight, pause)
    }
}

/// It goes on after a pause.
fn on(flight: Flight, pause: Duration) -> Then {
    Then::On(Box::new(flight), pause)
}

fn remove(file: &Path) -> Result<(), Trouble> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Trouble::NoRoom { why: format!("cannot write {}: {error}", file.display()) })
        }
        _ => Ok(()),
    }
}

/// What was fetched is synced, and stands under its name only when it is whole.
fn arrive(part: &Path, clip: &Path) -> Result<(Hash, u64), Trouble> {
    let kept = || -> std::io::Result<(Hash, u64)> {
        let file = fs::File::open(part)?;
        file.sync_all()?;
        let bytes = file.metadata()?.len();
        let hash = hash_file(part)?;
        fs::rename(part, clip)?;
        Ok((hash, bytes))
    };
    match kept() {
        Ok((_, 0)) => Err(Trouble::NoTake { why: "what came is empty".to_owned() }),
        Ok(kept) => Ok(kept),
        Err(error) => Err(Trouble::NoRoom { why: format!("cannot keep {}: {error}", clip.display()) }),
    }
}
