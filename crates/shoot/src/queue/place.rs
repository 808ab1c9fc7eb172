//! Places that fail are left alone for a while; all the others go on.

use std::time::{Duration, Instant};

use soundlock_vault::Hash;

/// How often a place may fail in a row before it is left alone.
const FAILURES: u32 = 4;
/// How often a place may fail that has not answered once in this run: after about a minute it is asked no more.
const NOWHERE: u32 = 7;

/// A place of a generator, and how it has behaved.
#[derive(Debug)]
pub(super) struct PlaceState {
    /// As the ledger names it.
    pub(super) name: String,
    at_once: usize,
    busy: usize,
    failures: u32,
    has_answered: bool,
    until: Option<Instant>,
    /// Until when it asked to be left alone. That it answers something else meanwhile changes nothing.
    asked_until: Option<Instant>,
    /// Why nothing more is asked of it in this run: no credit, a wrong key.
    pub(super) shut: Option<String>,
}

impl PlaceState {
    pub(super) fn new(name: String, at_once: usize) -> Self {
        Self {
            name,
            at_once,
            busy: 0,
            failures: 0,
            has_answered: false,
            until: None,
            asked_until: None,
            shut: None,
        }
    }

    /// Whether another job may be handed in now.
    pub(super) fn is_free(&self, now: Instant) -> bool {
        self.shut.is_none() && self.busy < self.at_once && !self.is_left_alone(now)
    }

    pub(super) fn is_left_alone(&self, now: Instant) -> bool {
        self.until.max(self.asked_until).is_some_and(|until| until > now)
    }

    /// A job is there, or about to be.
    pub(super) fn take(&mut self) {
        self.busy += 1;
    }

    /// A job is not there any more.
    pub(super) fn give_back(&mut self) {
        self.busy = self.busy.saturating_sub(1);
    }

    /// It answered.
    pub(super) fn answered(&mut self) {
        self.has_answered = true;
        self.failures = 0;
        self.until = None;
    }

    /// Whether it never answered in this run, although it was asked often: more likely it is at another address than away
    /// for a moment.
    pub(super) fn is_nowhere(&self) -> bool {
        !self.has_answered && self.failures >= NOWHERE
    }

    /// It could not be reached, or broke down. After a few times it is left alone, longer each time; then one call tries.
    pub(super) fn failed(&mut self, now: Instant, base: Duration, longest: Duration) {
        self.failures = self.failures.saturating_add(1);
        if self.failures >= FAILURES {
            let pause = backoff(base * 4, self.failures - FAILURES, longest, &self.name);
            self.until = Some(now + pause);
        }
    }

    /// It wants to be left alone for so long.
    pub(super) fn leave_alone(&mut self, now: Instant, pause: Duration) {
        let until = now + pause;
        self.asked_until = self.asked_until.max(Some(until));
    }
}

/// How long to wait after the try `tries` (from 0): twice as long each time up to `longest`, and not all at the same moment.
pub(super) fn backoff(base: Duration, tries: u32, longest: Duration, name: &str) -> Duration {
    let whole = base.saturating_mul(1 << tries.min(16)).min(longest);
    let spread = Hash::of(format!("{name} {tries}").as_bytes()).to_string();
    let spread = spread.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()).unwrap_or(0);
    // Between half of it and all of it.
    whole / 2 + whole.mul_f64(f64::from(spread) / 510.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_limit_and_differ() {
        let (base, longest) = (Duration::from_secs(1), Duration::from_mins(1));
        for tries in 0..40 {
            let pause = backoff(base, tries, longest, "12_0040-1");
            let whole = Duration::from_secs(1 << tries.min(6)).min(longest);
            assert!(pause >= whole / 2 && pause <= whole, "{tries}: {pause:?}");
        }
        let all: std::collections::BTreeSet<_> =
            (0..20).map(|shot| backoff(base, 3, longest, &format!("12_{shot:04}-1"))).collect();
        assert!(all.len() > 10);
    }

    #[test]
    fn a_place_that_fails_is_left_alone_and_tried_again() {
        let (mut place, now) = (PlaceState::new("a".to_owned(), 2), Instant::now());
        let (base, longest) = (Duration::from_secs(1), Duration::from_mins(10));
        for _ in 0..FAILURES - 1 {
            place.failed(now, base, longest);
            assert!(place.is_free(now));
        }
        place.failed(now, base, longest);
        assert!(!place.is_free(now));
        let first = place.until.unwrap() - now;
        assert!(place.is_free(now + first));
        place.failed(now + first, base, longest);
        assert!(!place.is_free(now + first));
        for _ in 0..NOWHERE {
            place.failed(now, base, longest);
        }
        assert!(place.is_nowhere());
        place.answered();
        assert!(place.is_free(now + first));
        for _ in 0..=NOWHERE {
            place.failed(now, base, longest);
        }
        assert!(!place.is_nowhere(), "it is there, and away for a moment");
        place.answered();
        place.leave_alone(now, base);
        place.answered();
        assert!(!place.is_free(now) && place.is_free(now + base));
        let now = now + base;
        place.take();
        place.take();
        assert!(!place.is_free(now));
        place.give_back();
        assert!(place.is_free(now));
        place.shut = Some("no credit".to_owned());
        assert!(!place.is_free(now));
    }
}
