//! Words that were likely not said as they are written.

use std::fmt;

use serde::Serialize;
use soundlock_time::{SampleRange, SampleRate};

/// Words of a reading that were likely not said as they are written, or something that was said besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misread {
    /// In what way.
    pub how: HowMisread,
    /// The words as they are written; empty where something was put in.
    pub written: String,
    /// Where in the recording; without length, where words were left out.
    pub part: SampleRange,
    /// What was heard instead; empty where nobody can tell.
    pub heard: String,
}

/// How a reading departs from what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HowMisread {
    /// Something else was said.
    SaidDifferently,
    /// The words were not said.
    LeftOut,
    /// Something was said that is not in the line.
    PutIn,
}

impl Misread {
    /// In words, with its place on the recording's clock.
    pub fn told(&self, rate: SampleRate) -> String {
        format!("{self} at {}", rate.clock(self.part.start))
    }
}

impl fmt::Display for Misread {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { how, written, heard, .. } = self;
        match (how, heard.is_empty()) {
            (HowMisread::SaidDifferently, true) => {
                write!(formatter, "likely not said as written: `{written}`")
            }
            (HowMisread::SaidDifferently, false) => {
                write!(formatter, "likely not said as written: `{written}`, heard as `{heard}`")
            }
            (HowMisread::LeftOut, _) => write!(formatter, "likely left out: `{written}`"),
            (HowMisread::PutIn, true) => write!(formatter, "something else is said"),
            (HowMisread::PutIn, false) => write!(formatter, "put in: `{heard}`"),
        }
    }
}
