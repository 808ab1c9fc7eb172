use std::fmt;

use serde::{Deserialize, Serialize};
use soundlock_time::{Fps, Raster, TakeRange};

/// What a take should be; a field that is `None` is not checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// Frames it needs at least.
    pub frames: Option<u32>,
    /// Its raster.
    pub raster: Option<Raster>,
    /// Its rate.
    pub fps: Option<Fps>,
}

/// One measure of one take.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Short fixed name of the measure: `black`, `frozen`, `cut-inside`.
    pub measure: String,
    /// What was measured.
    pub value: f64,
    /// Unit of value and limit: `frames`, `share`, `levels of 255`.
    pub unit: String,
    /// Where passing ends.
    pub limit: f64,
    /// Which direction is better.
    pub better: Better,
    /// Whether the value is on the good side of the limit.
    pub passed: bool,
    /// The worst stretch of the take, where the measure has a place.
    pub place: Option<TakeRange>,
    /// One clause a director reads.
    pub message: String,
}

/// Which direction of a measure is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// Less is better; passes at or below the limit.
    Lower,
    /// More is better; passes at or above the limit.
    Higher,
}

/// All that was measured of one take.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// One finding per measure; a gate that fails early may leave later ones out.
    pub findings: Vec<Finding>,
}

impl Finding {
    /// A finding whose `passed` follows from value, limit and direction.
    pub fn new(measure: &str, value: f64, unit: &str, limit: f64, better: Better) -> Self {
        let passed = match better {
            Better::Lower => value <= limit,
            Better::Higher => value >= limit,
        };
        let (measure, unit) = (measure.to_owned(), unit.to_owned());
        Self { measure, value, unit, limit, better, passed, place: None, message: String::new() }
    }

    /// The same, found at `place`.
    #[must_use]
    pub fn at(self, place: TakeRange) -> Self {
        Self { place: Some(place), ..self }
    }

    /// The same, with what a director reads.
    #[must_use]
    pub fn says(self, message: &str) -> Self {
        Self { message: message.to_owned(), ..self }
    }
}

/// One line: `cut inside: 1 at frame 57 (limit 0) FAILED`.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.measure.replace('-', " "), amount(self.value, &self.unit))?;
        match (self.unit.as_str(), self.place) {
            (_, Some(place)) if place.length() == 1 => write!(f, " at frame {}", place.start)?,
            (_, Some(place)) if !place.is_empty() => {
                write!(f, " at frames {} to {}", place.start, place.end.0 - 1)?;
            }
            _ => {}
        }
        let limit = if self.unit == "share" { amount(self.limit, "share") } else { number(self.limit) };
        let (word, outcome) = match self.better {
            Better::Lower => ("limit", self.passed),
            Better::Higher => ("needed", self.passed),
        };
        write!(f, " ({word} {limit}) {}", if outcome { "passed" } else { "FAILED" })
    }
}

/// A value with its unit, as people write it.
fn amount(value: f64, unit: &str) -> String {
    match unit {
        "share" => format!("{} %", number(value * 100.0)),
        "count" | "" => number(value),
        unit => format!("{} {unit}", number(value)),
    }
}

/// At most two decimals, none that say nothing.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl Verdict {
    /// Whether every finding passed.
    pub fn passed(&self) -> bool {
        self.findings.iter().all(|finding| finding.passed)
    }

    /// The findings that did not pass.
    pub fn failures(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| !finding.passed)
    }
}
