//! What may be spent, and what was.

use std::collections::BTreeMap;

use super::Attempt;
use crate::Estimate;

/// The most that may be spent, in millionths of a US dollar.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// In this run.
    pub run: Option<u64>,
    /// On one day, as the clock of the ledger counts days.
    pub day: Option<u64>,
    /// For the whole film.
    pub film: Option<u64>,
}

/// A limit that an attempt would have passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverLimit {
    /// Which: `run`, `day`, `film`.
    pub which: &'static str,
    /// What is left of it, in millionths.
    pub left: u64,
    /// What the attempt costs.
    pub cost: u64,
}

/// What was spent and set aside. It is asked before each attempt.
#[derive(Debug)]
pub(super) struct Purse {
    limits: Limits,
    run: u64,
    days: BTreeMap<String, u64>,
    film: u64,
}

impl Purse {
    /// A purse from which all that `attempts` count for has gone, and `elsewhere` on other things.
    pub(super) fn new<'a>(
        limits: Limits,
        elsewhere: u64,
        attempts: impl Iterator<Item = &'a Attempt>,
    ) -> Self {
        let mut purse = Self { limits, run: 0, days: BTreeMap::new(), film: elsewhere };
        for attempt in attempts {
            purse.add(attempt.day(), micros(attempt.counts()));
        }
        purse
    }

    /// Sets aside what an attempt on `day` may cost.
    pub(super) fn set_aside(&mut self, day: &str, estimate: &Estimate) -> Result<(), OverLimit> {
        let cost = micros(estimate);
        if cost > 0 {
            let spent_on_day = self.days.get(day).copied().unwrap_or(0);
            let limits = self.limits;
            within("run", limits.run, self.run, cost)?;
            within("day", limits.day, spent_on_day, cost)?;
            within("film", limits.film, self.film, cost)?;
        }
        self.run += cost;
        self.add(day, cost);
        Ok(())
    }

    /// What was set aside on `day` turned out to cost `cost`; `in_run` where that was in this run.
    pub(super) fn settle(&mut self, day: &str, aside: &Estimate, cost: &Estimate, in_run: bool) {
        // What is charged in another currency counts as it was reckoned.
        let foreign = matches!(cost, Estimate::Price(money) if money.currency != "USD");
        let (aside, cost) = (micros(aside), if foreign { micros(aside) } else { micros(cost) });
        let settled = |sum: u64| sum.saturating_sub(aside).saturating_add(cost);
        self.film = settled(self.film);
        if let Some(sum) = self.days.get_mut(day) {
            *sum = settled(*sum);
        }
        if in_run {
            self.run = settled(self.run);
        }
    }

    /// What this run has spent or set aside.
    pub(super) fn run(&self) -> u64 {
        self.run
    }

    /// What the tightest of the limits leaves for `day`; nothing where there is none.
    pub(super) fn left(&self, day: &str) -> Option<u64> {
        let Limits { run, day: of_day, film } = self.limits;
        let spent_on_day = self.days.get(day).copied().unwrap_or(0);
        let all = [(run, self.run), (of_day, spent_on_day), (film, self.film)];
        all.into_iter().filter_map(|(limit, spent)| Some(limit?.saturating_sub(spent))).min()
    }

    /// What the film has.
    pub(super) fn film(&self) -> u64 {
        self.film
    }

    fn add(&mut self, day: &str, cost: u64) {
        let sum = self.days.entry(day.to_owned()).or_default();
        *sum = sum.saturating_add(cost);
        self.film = self.film.saturating_add(cost);
    }
}

fn within(which: &'static str, limit: Option<u64>, spent: u64, cost: u64) -> Result<(), OverLimit> {
    match limit {
        Some(limit) if spent.saturating_add(cost) > limit => {
            Err(OverLimit { which, left: limit.saturating_sub(spent), cost })
        }
        _ => Ok(()),
    }
}

/// Millionths of a US dollar. What is unknown, or in another currency, is not let into the queue, so it counts for nothing here.
pub(super) fn micros(estimate: &Estimate) -> u64 {
    match estimate {
        Estimate::Price(money) if money.currency == "USD" => u64::try_from(money.micros).unwrap_or(0),
        Estimate::Price(_) | Estimate::Free | Estimate::Unknown => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Money;

    fn usd(cents: i64) -> Estimate {
        Estimate::Price(Money { micros: cents * 10_000, currency: "USD".to_owned() })
    }

    fn purse(run: Option<u64>, day: Option<u64>, film: Option<u64>) -> Purse {
        let limits = Limits { run, day, film };
        Purse::new(limits, 0, std::iter::empty())
    }

    #[test]
    fn no_limit_is_ever_passed() {
        let mut both = purse(None, Some(1_000_000), Some(1_500_000));
        for _ in 0..10 {
            both.set_aside("2031-01-01", &usd(10)).unwrap();
        }
        let over = both.set_aside("2031-01-01", &usd(1)).unwrap_err();
        assert_eq!((over.which, over.left, over.cost), ("day", 0, 10_000));
        both.set_aside("2031-01-02", &usd(50)).unwrap();
        assert_eq!(both.set_aside("2031-01-02", &usd(1)).unwrap_err().which, "film");
        both.set_aside("2031-01-02", &Estimate::Free).unwrap();
    }

    #[test]
    fn what_was_not_charged_can_be_spent_again() {
        let mut run = purse(Some(300_000), None, None);
        run.set_aside("d", &usd(30)).unwrap();
        assert_eq!(run.set_aside("d", &usd(1)).unwrap_err().which, "run");
        run.settle("d", &usd(30), &Estimate::Free, true);
        run.set_aside("d", &usd(20)).unwrap();
        run.settle("d", &usd(20), &usd(25), true);
        assert_eq!((run.run(), run.film()), (250_000, 250_000));
    }

    #[test]
    fn what_an_earlier_run_set_aside_is_not_of_this_one() {
        let mut purse = purse(Some(100_000), None, Some(1_000_000));
        purse.add("d", 400_000);
        purse.settle("d", &usd(40), &usd(10), false);
        assert_eq!((purse.run(), purse.film()), (0, 100_000));
    }
}
