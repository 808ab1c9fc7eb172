use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::{Cancel, Cancelled, Event, Reporter};

/// Why not all jobs were done. What was finished lies in the vault all the same.
#[derive(Debug, thiserror::Error)]
pub enum Stopped<E> {
    /// A job failed; of several, the one that came first in the list.
    #[error(transparent)]
    Failed(E),
    /// Somebody asked for a stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Does `work` on every job with at most `workers` threads; results in the order of the jobs.
///
/// After the first error, and after a stop was asked for, no further job is taken up; those in hand are finished.
pub fn run_all<T, R, E>(
    jobs: Vec<T>,
    workers: NonZeroUsize,
    cancel: &Cancel,
    work: impl Fn(T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, Stopped<E>>
where
    T: Send,
    R: Send,
    E: Send,
{
    run_named("worker", jobs, workers, cancel, work)
}

/// Does a stage: [`run_all`] on jobs with names, telling `reporter` when the stage starts, as each job is done, and
/// when the stage ends, however it ends. Threads bear the stage's name.
pub fn run_stage<T, R, E>(
    stage: &'static str,
    reporter: &dyn Reporter,
    jobs: Vec<(String, T)>,
    workers: NonZeroUsize,
    cancel: &Cancel,
    work: impl Fn(T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, Stopped<E>>
where
    T: Send,
    R: Send,
    E: Send,
{
    reporter.report(Event::Started { stage, total: jobs.len() });
    let done = run_named(stage, jobs, workers, cancel, |(name, job)| {
        let result = work(job)?;
        reporter.report(Event::Advanced { stage, name });
        Ok(result)
    });
    reporter.report(Event::Finished { stage });
    done
}

fn run_named<T, R, E>(
    name: &str,
    jobs: Vec<T>,
    workers: NonZeroUsize,
    cancel: &Cancel,
    work: impl Fn(T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, Stopped<E>>
where
    T: Send,
    R: Send,
    E: Send,
{
    let total = jobs.len();
    let bench = Bench::new(jobs);
    thread::scope(|scope| {
        // One of the workers is this thread, so that the work is done even where no thread can be had.
        for number in 1..workers.get().min(total) {
            let builder = thread::Builder::new().name(format!("{name}-{number}"));
            if builder.spawn_scoped(scope, || bench.work_through(cancel, &work)).is_err() {
                break;
            }
        }
        bench.work_through(cancel, &work);
    });
    bench.outcome(total)
}

/// What the workers share.
struct Bench<T, R, E> {
    waiting: Mutex<VecDeque<(usize, T)>>,
    finished: Mutex<Vec<(usize, Result<R, E>)>>,
}

impl<T, R, E> Bench<T, R, E> {
    fn new(jobs: Vec<T>) -> Self {
        let waiting = Mutex::new(jobs.into_iter().enumerate().collect());
        Self { waiting, finished: Mutex::new(Vec::new()) }
    }

    fn work_through(&self, cancel: &Cancel, work: &impl Fn(T) -> Result<R, E>) {
        while let Some((index, job)) = self.next(cancel) {
            let result = work(job);
            if result.is_err() {
                lock(&self.waiting).clear();
            }
            lock(&self.finished).push((index, result));
        }
    }

    fn next(&self, cancel: &Cancel) -> Option<(usize, T)> {
        if cancel.is_cancelled() { None } else { lock(&self.waiting).pop_front() }
    }

    fn outcome(self, total: usize) -> Result<Vec<R>, Stopped<E>> {
        let mut finished = self.finished.into_inner().unwrap_or_else(PoisonError::into_inner);
        finished.sort_by_key(|(index, _)| *index);
        let results: Result<Vec<R>, E> = finished.into_iter().map(|(_, result)| result).collect();
        match results.map_err(Stopped::Failed)? {
            results if results.len() == total => Ok(results),
            _ => Err(Stopped::Cancelled(Cancelled)),
        }
    }
}

/// A panic elsewhere leaves these lists whole: each push and pop is done or not done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
