//! Attempts that end by the director's word: called off while they are out, or settled by what a vendor's bill says.

use std::thread;
use std::time::{Duration, Instant};

use soundlock_vault::{Cancel, Vault, VaultError};

use super::attempt::KIND;
use super::{Attempt, Crew, Happened, Standing};
use crate::{Call, Charged, Ended, Estimate, Given, Hired, Job, JobState, LookedUp, Stopping, Trouble, Way};

/// How long is waited for a generator to end what it was asked to stop.
const PATIENCE: Duration = Duration::from_secs(12);
/// How often it is asked within that time, at most.
const BETWEEN: Duration = Duration::from_millis(500);

/// What became of an attempt that was called off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalledOff {
    /// It is over, and the ledger says how.
    Over,
    /// Its take was made already: it is paid for, and the next run brings it home.
    Made,
    /// Its generator was asked to stop it, and has not done so yet. The next run sees what became of it.
    Asked,
    /// Its generator has no way to stop it: it is made, and the next run brings it home.
    CannotBe,
}

/// Why an attempt could not be called off. It stands as it stood.
#[derive(Debug, thiserror::Error)]
pub enum CallOffError {
    /// The ledger failed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Its generator was not reached, or did not answer.
    #[error(transparent)]
    Trouble(#[from] Trouble),
    /// The place that it was sent to is none of its generator's any more.
    #[error("nobody can be asked: its generator has no `{place}` any more")]
    NoPlace {
        /// As the ledger names it.
        place: String,
    },
}

/// Ends an attempt without its take: one whose answer was lost, or that the director does without. It counts as `cost`.
pub fn give_up(vault: &Vault, attempt: &Attempt, cost: Estimate) -> Result<(), VaultError> {
    vault.record(KIND, &attempt.name(), &Happened::GivenUp { cost }).map(drop)
}

/// Puts down what an attempt came to by the vendor's bill. One that was not over is given up.
pub fn settle(vault: &Vault, attempt: &Attempt, cost: Estimate) -> Result<(), VaultError> {
    if !attempt.standing.is_over() || attempt.standing == Standing::Unknown {
        return give_up(vault, attempt, cost);
    }
    vault.record(KIND, &attempt.name(), &Happened::Settled { cost }).map(drop)
}

/// Calls `attempt` off. What was never sent is dropped; what is out is stopped where `crew` can do that, and is over only
/// when its generator says so: a take that was made in the meantime is never lost.
pub fn call_off(
    vault: &Vault,
    crew: &Crew,
    attempt: &mut Attempt,
    stop: &Cancel,
) -> Result<CalledOff, CallOffError> {
    CallingOff { vault, crew, stop }.call_off(attempt)
}

struct CallingOff<'c> {
    vault: &'c Vault,
    crew: &'c Crew,
    stop: &'c Cancel,
}

impl CallingOff<'_> {
    fn call_off(&self, attempt: &mut Attempt) -> Result<CalledOff, CallOffError> {
        match attempt.standing {
            Standing::Intended => self.over(attempt, Happened::Dropped { why: "called off".to_owned() }),
            Standing::Sent => self.look_up(attempt),
            Standing::Submitted | Standing::Running => self.stop_job(attempt),
            Standing::Ready | Standing::Fetched => Ok(CalledOff::Made),
            _ => Ok(CalledOff::Over),
        }
    }

    /// It was on its way when a run ended: it is looked for first.
    fn look_up(&self, attempt: &mut Attempt) -> Result<CalledOff, CallOffError> {
        let (hired, place) = self.place(attempt)?;
        let request = attempt.intent.request.clone();
        match self.call(|call| hired.look_up(place, &request, call))? {
            LookedUp::Found(job) => {
                self.record(attempt, Happened::Submitted { job })?;
                self.stop_job(attempt)
            }
            LookedUp::NotThere => {
                self.record(attempt, Happened::Unsent { why: "the generator does not have it".to_owned() })?;
                self.over(attempt, Happened::Dropped { why: "called off".to_owned() })
            }
            LookedUp::CannotTell => {
                let why = "the program was stopped before the answer came".to_owned();
                self.over(attempt, Happened::Unknown { why })
            }
        }
    }

    fn stop_job(&self, attempt: &mut Attempt) -> Result<CalledOff, CallOffError> {
        let (hired, place) = self.place(attempt)?;
        let Some(job) = attempt.job.clone() else { return Ok(CalledOff::CannotBe) };
        // Some vendors delete what is done when they are asked to cancel it.
        if let Some(over) = self.look(attempt, hired, place, &job)? {
            return Ok(over);
        }
        if self.call(|call| hired.cancel(place, &job, call))? == Stopping::CannotBe {
            return Ok(CalledOff::CannotBe);
        }
        let (asked, pause) = (Instant::now(), self.crew.patience.first_poll.min(BETWEEN));
        loop {
            match self.look(attempt, hired, place, &job) {
                Ok(Some(over)) => return Ok(over),
                Err(error @ CallOffError::Vault(_)) => return Err(error),
                // It was asked: that no answer comes now changes nothing.
                Ok(None) | Err(_) => {}
            }
            if asked.elapsed() > PATIENCE || self.stop.is_cancelled() {
                return Ok(CalledOff::Asked);
            }
            thread::sleep(pause);
        }
    }

    /// What became of a job; `None` as long as it is not over.
    fn look(
        &self,
        attempt: &mut Attempt,
        hired: &dyn Hired,
        place: usize,
        job: &Job,
    ) -> Result<Option<CalledOff>, CallOffError> {
        let state = self.call(|call| hired.poll(place, job, call))?;
        let cost = |charged| attempt.cost_without_take(charged);
        let happened = match state {
            JobState::Waiting { .. } | JobState::Running { .. } => return Ok(None),
            JobState::Ready(ready) => {
                self.record(attempt, Happened::Ready { ready: Box::new(ready) })?;
                return Ok(Some(CalledOff::Made));
            }
            JobState::Refused(Ended { said, charged }) => Happened::Refused { said, cost: cost(charged) },
            JobState::Failed(Ended { said, charged }) => Happened::Failed { said, cost: cost(charged) },
            // Whether it was begun before it went is not known: it counts as charged.
            JobState::Gone { .. } => Happened::GivenUp { cost: cost(Charged::AsEstimated) },
        };
        self.over(attempt, happened).map(Some)
    }

    fn over(&self, attempt: &mut Attempt, happened: Happened) -> Result<CalledOff, CallOffError> {
        self.record(attempt, happened)?;
        Ok(CalledOff::Over)
    }

    fn record(&self, attempt: &mut Attempt, happened: Happened) -> Result<(), CallOffError> {
        self.vault.record(KIND, &attempt.name(), &happened)?;
        let at = attempt.changed.clone();
        attempt.take_in(happened, &at);
        Ok(())
    }

    fn place(&self, attempt: &Attempt) -> Result<(&dyn Hired, usize), CallOffError> {
        let name = attempt.place.clone().unwrap_or_default();
        let hired = match self.crew.generator.way() {
            Way::Hired(hired) => hired,
            Way::Drawn(_) | Way::ByHand => return Err(CallOffError::NoPlace { place: name }),
        };
        let place = hired.places().iter().position(|place| place.name == name);
        place.map(|place| (hired, place)).ok_or(CallOffError::NoPlace { place: name })
    }

    fn call<T>(&self, make: impl FnOnce(&Call<'_>) -> Result<T, Trouble>) -> Result<T, Trouble> {
        let given = |given: &Given| self.vault.path_of(given.hash, &given.extension);
        let stopped = || self.stop.is_cancelled();
        make(&Call { given: &given, stopped: &stopped })
    }
}
