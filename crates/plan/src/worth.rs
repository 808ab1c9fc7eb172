use std::collections::BTreeMap;

use crate::ShotCode;
use crate::format::Cuts;

/// What a plan starts from: the cut list that was there, and what its takes are worth.
#[derive(Debug, Clone, Copy)]
pub struct Before<'a> {
    /// `cuts.toml` as it is now.
    pub cuts: Option<&'a Cuts>,
    /// Shots that have takes.
    pub takes: &'a BTreeMap<ShotCode, TakeWorth>,
}

/// What would be lost if the takes of a shot could not be used any more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TakeWorth {
    /// Whether the director circled one.
    pub circled: bool,
    /// What they cost, in millionths of whatever currency: it only weighs one shot against another.
    pub paid_micros: u64,
}

/// Price of throwing takes away that were made for nothing and that nobody chose.
const TAKE: f64 = 2.0;
/// Price of throwing the director's choice away.
const CIRCLED: f64 = 3.0;
/// Price that each doubling of what was paid adds, from `PAID_FROM` on.
const PAID: f64 = 1.0;
/// Two cents.
const PAID_FROM: f64 = 20_000.0;
/// No take is worth a cut inside a word.
const MOST: f64 = 10.0;

impl Before<'_> {
    /// Nothing was planned before.
    pub const NOTHING: Before<'static> = Before { cuts: None, takes: &BTreeMap::new() };
}

impl TakeWorth {
    /// Price of throwing these takes away, in the unit of cut prices.
    pub(crate) fn price(self) -> f64 {
        let circled = if self.circled { CIRCLED } else { 0.0 };
        let paid = PAID * libm::log2(1.0 + self.paid_micros as f64 / PAID_FROM);
        (TAKE + circled + paid).min(MOST)
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, TakeWorth};

    #[test]
    fn a_circled_and_a_paid_take_are_dearer_and_none_is_worth_everything() {
        let price = |circled, paid_micros| TakeWorth { circled, paid_micros }.price();
        assert!(price(false, 0) < price(true, 0) && price(true, 0) < price(true, 400_000));
        assert!(price(true, 40_000) < price(true, 4_000_000));
        assert!(price(true, u64::MAX) <= MOST);
    }
}
