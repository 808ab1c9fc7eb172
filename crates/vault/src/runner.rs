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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    fn workers(count: usize) -> NonZeroUsize {
        NonZeroUsize::new(count).unwrap()
    }

    #[test]
    fn results_come_in_the_order_of_the_jobs_and_workers_are_bounded() {
        for count in [1, 2, 5, 64] {
            let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
            let results = run_all((0..40u64).collect(), workers(count), &Cancel::new(), |job| {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                thread::sleep(Duration::from_micros((40 - job) * 20));
                now.fetch_sub(1, Ordering::SeqCst);
                Ok::<_, ()>(job * 2)
            });
            assert_eq!(results.unwrap(), (0..40).map(|job| job * 2).collect::<Vec<u64>>(), "{count} workers");
            assert!(most.into_inner() <= count, "{count} workers");
        }
        assert!(run_all(Vec::<u8>::new(), workers(3), &Cancel::new(), Ok::<_, ()>).unwrap().is_empty());
    }

    #[test]
    fn after_an_error_no_job_is_taken_up_and_those_in_hand_are_finished() {
        let finished = Mutex::new(BTreeSet::new());
        let stopped = run_all((0..1000u32).collect(), workers(4), &Cancel::new(), |job| {
            thread::sleep(Duration::from_millis(1));
            lock(&finished).insert(job);
            if job == 10 || job == 11 { Err(job) } else { Ok(job) }
        });
        assert!(matches!(stopped, Err(Stopped::Failed(10))), "{stopped:?}");
        let finished = finished.into_inner().unwrap();
        assert!(finished.len() < 30, "{} jobs were taken up", finished.len());
        assert_eq!(finished, (0..finished.len() as u32).collect(), "none that was taken up is missing");
    }

    #[test]
    fn a_stop_that_is_asked_for_finishes_what_is_in_hand() {
        let (cancel, done) = (Cancel::new(), AtomicUsize::new(0));
        let stopped = run_all((0..1000u32).collect(), workers(2), &cancel, |job| {
            if job == 5 {
                cancel.cancel();
            }
            done.fetch_add(1, Ordering::SeqCst);
            Ok::<_, ()>(job)
        });
        assert!(matches!(stopped, Err(Stopped::Cancelled(Cancelled))), "{stopped:?}");
        assert!((6..=20).contains(&done.into_inner()));
    }

    #[test]
    fn a_stop_that_comes_after_the_last_job_changes_nothing() {
        let cancel = Cancel::new();
        let done = run_all(vec![1, 2], workers(1), &cancel, |job| {
            if job == 2 {
                cancel.cancel();
            }
            Ok::<_, ()>(job)
        });
        assert_eq!(done.unwrap(), [1, 2]);
    }

    #[derive(Default)]
    struct Heard(Mutex<Vec<Event>>);

    impl Reporter for Heard {
        fn report(&self, event: Event) {
            lock(&self.0).push(event);
        }
    }

    #[test]
    fn a_stage_tells_when_it_starts_goes_on_and_ends() {
        let heard = Heard::default();
        let jobs = [("12_0040", 1), ("12_0050", 2), ("12_0060", 3)]
            .map(|(name, job)| (name.to_owned(), job))
            .to_vec();
        let stopped = run_stage("draw", &heard, jobs, workers(1), &Cancel::new(), |job| match job {
            2 => Err("no pencil"),
            job => Ok(job),
        });
        assert!(matches!(stopped, Err(Stopped::Failed("no pencil"))));
        let advanced = Event::Advanced { stage: "draw", name: "12_0040".to_owned() };
        let expected =
            [Event::Started { stage: "draw", total: 3 }, advanced, Event::Finished { stage: "draw" }];
        assert_eq!(heard.0.into_inner().unwrap(), expected);
    }
}
