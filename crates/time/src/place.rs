use std::fmt;
use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use crate::fps::samples;

/// A frame of the finished film, counted from picture start; or, where a type says so, from its scene's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FilmFrame(pub u32);

/// A frame of one take, counted from the head of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TakeFrame(pub u32);

/// One instant of sound on all channels, counted from the start of the film, the scene or the file in question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sample(pub u64);

/// Samples per second on each channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SampleRate(NonZeroU32);

impl SampleRate {
    /// 48 kHz, the rate of every film.
    pub const FILM: Self = Self(NonZeroU32::new(48_000).expect("48,000 is not zero"));

    /// The rate `hz`, or `None` for zero.
    pub fn new(hz: u32) -> Option<Self> {
        NonZeroU32::new(hz).map(Self)
    }

    /// Samples per second.
    pub fn hz(self) -> u32 {
        self.0.get()
    }

    /// Whole samples nearest to `millis` thousandths of a second.
    pub fn samples_from_millis(self, millis: u64) -> u64 {
        samples((u128::from(millis) * u128::from(self.hz()) + 500) / 1000)
    }

    /// Seconds that `samples` take, as a measurement.
    pub fn seconds(self, samples: u64) -> f64 {
        samples as f64 / f64::from(self.hz())
    }

    /// Where `place` is on a clock, to a hundredth: `0:41.20`, `1:02:03.45`; hours only where there are any.
    pub fn clock(self, place: Sample) -> String {
        let hundredths = (u128::from(place.0) * 100 + u128::from(self.hz() / 2)) / u128::from(self.hz());
        let (hours, minutes, rest) = (hundredths / 360_000, hundredths / 6000 % 60, hundredths % 6000);
        let rest = format!("{:02}.{:02}", rest / 100, rest % 100);
        if hours > 0 { format!("{hours}:{minutes:02}:{rest}") } else { format!("{minutes}:{rest}") }
    }
}

impl fmt::Display for FilmFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for TakeFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_have_hours_only_where_there_are_any() {
        for (millis, shown) in [
            (0, "0:00.00"),
            (59_994, "0:59.99"),
            (59_996, "1:00.00"),
            (61_500, "1:01.50"),
            (3_723_250, "1:02:03.25"),
        ] {
            let place = Sample(SampleRate::FILM.samples_from_millis(millis));
            assert_eq!(SampleRate::FILM.clock(place), shown);
        }
    }
}
