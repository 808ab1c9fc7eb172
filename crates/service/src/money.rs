use std::fmt;
use std::iter::Sum;
use std::ops::Add;

use serde::{Deserialize, Serialize};

/// An amount in millionths of a US dollar, never less than nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Usd(pub u64);

impl Usd {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The amount nearest to `dollars`; `None` below 0, above a million and where it is no number.
    pub fn from_dollars(dollars: f64) -> Option<Self> {
        (0.0..=1e6).contains(&dollars).then(|| Self((dollars * 1e6).round() as u64))
    }

    /// What `count` things cost where a thousand cost this; rounded up, so that no sum is ever too small.
    #[must_use]
    pub fn of_thousand(self, count: u64) -> Self {
        Self(self.0.saturating_mul(count).div_ceil(1000))
    }

    /// What is left after `other`; nothing where that is more.
    #[must_use]
    pub fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Add for Usd {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Usd {
    /// `0.04 USD`; at least two decimals, no more than needed.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut decimals = format!("{:06}", self.0 % 1_000_000);
        while decimals.len() > 2 && decimals.ends_with('0') {
            decimals.pop();
        }
        write!(formatter, "{}.{decimals} USD", self.0 / 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_as_people_write_them() {
        for (micros, text) in
            [(0, "0.00 USD"), (40_000, "0.04 USD"), (1_234_567, "1.234567 USD"), (5_000_000, "5.00 USD")]
        {
            assert_eq!(Usd(micros).to_string(), text);
        }
        for (dollars, micros) in
            [(0.0, Some(0)), (0.24, Some(240_000)), (-0.1, None), (f64::NAN, None), (1e9, None)]
        {
            assert_eq!(Usd::from_dollars(dollars), micros.map(Usd), "{dollars}");
        }
    }

    #[test]
    fn no_sum_is_too_small() {
        let price = Usd(240_000);
        for (count, micros) in [(0, 0), (1, 240), (7, 1680), (1000, 240_000)] {
            assert_eq!(price.of_thousand(count), Usd(micros));
        }
        assert_eq!(Usd(1).of_thousand(1), Usd(1));
        assert_eq!(Usd(u64::MAX) + Usd(1), Usd(u64::MAX));
        assert_eq!([Usd(1), Usd(2)].into_iter().sum::<Usd>(), Usd(3));
        assert_eq!(Usd(1).less(Usd(2)), Usd::ZERO);
    }
}
