//! What a person sees of shooting: a line for each change, and on a terminal one at the bottom that says how all of it
//! goes.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use soundlock_film::{Attempt, Progress, SoFar, Standing, Watcher};
use soundlock_service::Usd;
use soundlock_shoot::Estimate;

use crate::output::Output;

/// Jobs that the bottom line names; of more, their number is said.
const JOBS_NAMED: usize = 4;

/// Tells what happens.
pub(super) struct Told<'o> {
    output: &'o Output,
    start: Instant,
    /// Takes that are wanted, as far as that was known at the start.
    takes: usize,
    /// The line at the bottom; hidden where there is no terminal.
    bottom: ProgressBar,
    live: Mutex<Live>,
}

/// How it goes just now.
#[derive(Default)]
struct Live {
    jobs: BTreeMap<String, Progress>,
    so_far: SoFar,
}

impl<'o> Told<'o> {
    pub(super) fn new(output: &'o Output, takes: usize) -> Self {
        let bottom = ProgressBar::new_spinner();
        let style = ProgressStyle::with_template("{spinner} {wide_msg}");
        bottom.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        let bottom = output.bars().add(bottom);
        bottom.enable_steady_tick(Duration::from_millis(250));
        Self { output, start: Instant::now(), takes, bottom, live: Mutex::default() }
    }

    fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `3 out, 12 of 90 done, 3.20 USD of 40.00 USD, about 12 min left`.
    fn sums(&self, so_far: &SoFar) -> String {
        let limit = so_far.left.map(|left| format!(" of {}", Usd(so_far.spent.saturating_add(left))));
        format!(
            "{} out, {} of {} done, {}{}{}",
            so_far.out,
            so_far.done,
            self.takes.max(so_far.done),
            Usd(so_far.spent),
            limit.unwrap_or_default(),
            self.time_left(so_far)
        )
    }

    /// `, about 12 min left`; nothing before the first take came.
    fn time_left(&self, so_far: &SoFar) -> String {
        let ended = so_far.done + so_far.refused + so_far.failed + so_far.unknown;
        let open = self.takes.saturating_sub(ended);
        if ended == 0 || open == 0 {
            return String::new();
        }
        let secs = self.start.elapsed().as_secs_f64() / ended as f64 * open as f64;
        if secs < 90.0 {
            format!(", about {secs:.0} s left")
        } else {
            format!(", about {:.0} min left", secs / 60.0)
        }
    }

    fn show(&self, live: &Live) {
        self.bottom.set_message(format!("{}{}", running(&live.jobs), self.sums(&live.so_far)));
    }
}

impl Drop for Told<'_> {
    fn drop(&mut self) {
        self.bottom.finish_and_clear();
    }
}

/// `1_0010-1 45 %, 1_0020-1 waits behind 3 | `; nothing where nothing is out.
fn running(jobs: &BTreeMap<String, Progress>) -> String {
    if jobs.is_empty() {
        return String::new();
    }
    let one = |(take, progress): (&String, &Progress)| match progress {
        Progress { running: true, done: Some(done), .. } => format!("{take} {} %", done / 10),
        Progress { running: true, .. } => format!("{take} runs"),
        Progress { ahead: Some(ahead @ 1..), .. } => format!("{take} waits behind {ahead}"),
        Progress { .. } => format!("{take} waits"),
    };
    let mut named: Vec<_> = jobs.iter().collect();
    // What is furthest is what somebody waits for.
    named.sort_by_key(|(_, progress)| std::cmp::Reverse((progress.running, progress.done)));
    let more = named.len().saturating_sub(JOBS_NAMED);
    let named: Vec<String> = named.into_iter().take(JOBS_NAMED).map(one).collect();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more} | ", named.join(", "))
}

impl Watcher for Told<'_> {
    fn changed(&self, attempt: &Attempt, so_far: &SoFar) {
        #[derive(Serialize)]
        struct Row<'a> {
            take: String,
            standing: Standing,
            generator: &'a str,
            place: Option<&'a str>,
            job: Option<&'a str>,
            why: &'a str,
            cost: &'a Estimate,
            out: usize,
            done: usize,
            spent_usd_micros: u64,
            #[serde(skip_serializing_if = "Option::is_none")]
            left_usd_micros: Option<u64>,
        }
        let (intent, job) = (&attempt.intent, attempt.job.as_ref().map(|job| job.id.as_str()));
        // What cannot be written any more is no reason to stop shooting.
        let _ = self.output.object(
            "attempt",
            &Row {
                take: attempt.name(),
                standing: attempt.standing,
                generator: &intent.identity.name,
                place: attempt.place.as_deref(),
                job,
                why: &attempt.why,
                cost: attempt.counts(),
                out: so_far.out,
                done: so_far.done,
                spent_usd_micros: so_far.spent,
                left_usd_micros: so_far.left,
            },
        );
        let mut live = self.live();
        live.so_far = so_far.clone();
        if attempt.standing.is_out() {
            live.jobs.entry(attempt.name()).or_default();
        } else {
            live.jobs.remove(&attempt.name());
        }
        self.show(&live);
        drop(live);
        if matches!(attempt.standing, Standing::Sent | Standing::Fetched) {
            return;
        }
        let why = if attempt.why.is_empty() { String::new() } else { format!(": {}", attempt.why) };
        self.output.say(format!(
            "{:14} {:10} {}{why}  [{}]",
            attempt.name(),
            attempt.standing.to_string(),
            intent.identity.name,
            self.sums(so_far)
        ));
    }

    fn going(&self, attempt: &Attempt, progress: &Progress) {
        let take = attempt.name();
        let _ = self.output.object(
            "progress",
            &serde_json::json!({
                "take": take, "running": progress.running, "ahead": progress.ahead,
                "thousandths": progress.done, "preview": progress.preview,
            }),
        );
        let mut live = self.live();
        let before = live.jobs.insert(take.clone(), progress.clone());
        self.show(&live);
        drop(live);
        let seen = before.is_some_and(|before| before.preview.is_some());
        if let Some(preview) = progress.preview.as_ref().filter(|_| !seen) {
            self.output.say(format!("{take:14} can be looked at: {}", preview.display()));
        }
    }

    fn noted(&self, place: &str, what: &str) {
        let _ = self.output.object("note", &serde_json::json!({ "place": place, "what": what }));
        self.output.say(format!("{place}: {what}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_furthest_is_named_first() {
        let job = |running, done, ahead| Progress { running, done, ahead, preview: None };
        let jobs = [
            ("1_0010-1", job(false, None, Some(3))),
            ("1_0020-1", job(true, Some(120), None)),
            ("1_0030-1", job(true, Some(456), None)),
            ("1_0040-1", job(true, None, None)),
            ("1_0050-1", job(false, None, Some(0))),
        ];
        let jobs: BTreeMap<String, Progress> =
            jobs.into_iter().map(|(take, progress)| (take.to_owned(), progress)).collect();
        assert_eq!(
            running(&jobs),
            "1_0030-1 45 %, 1_0020-1 12 %, 1_0040-1 runs, 1_0010-1 waits behind 3 and 1 more | "
        );
        assert_eq!(running(&BTreeMap::new()), "");
    }
}
