//! The mix: three stems, music and effects together, and the print master, brought to a loudness.
//!
//! The stems are rendered block by block, as often as needed: once to measure, again through the limiter until
//! loudness and true peak both hold, and a last time into the files. Nothing is kept between but numbers, so memory
//! is the same for two minutes and two hours.

use std::path::Path;

use serde::{Deserialize, Serialize};
use soundlock_vault::{Object, ValueStep};

use crate::context::SoundContext;
use crate::loudness::{LoudnessReport, Measured, Meter, TOLERANCE_LU, spoken_if_gated};
use crate::master::{Balance, Master, summed};
use crate::print::{MixFile, Print};
use crate::render::{Renderer, Score};
use crate::score::score;
use crate::{LockedSound, SoundError, SoundRules, Target};

/// The mix of a film: WAV files of exactly [`LockedSound::samples`] samples on the film's speakers, 24 bits. The three
/// stems sum to the master.
#[derive(Debug, Clone, PartialEq)]
pub struct Mix {
    /// Everything said.
    pub dialogue: Object,
    /// Music, ducked as it is in the master.
    pub music: Object,
    /// Effects.
    pub effects: Object,
    /// Music and effects as they are in the master, for dubbing: with the dialogue they sum to it.
    pub music_and_effects: Object,
    /// The print master.
    pub master: Object,
    /// Gain and limit that brought it to its target.
    pub balance: Balance,
    /// How loud the master is.
    pub report: LoudnessReport,
}

/// How often the gain is corrected for what the limiter took.
const PASSES: usize = 5;
/// The most that a film is made louder: beyond it one would hear the noise of an empty room.
const MOST_GAIN_DB: f64 = 40.0;
/// The limiter's filter and the meter's differ a little between samples.
const PEAK_MARGIN_DB: f64 = 0.1;

/// Mixes `locked` to the target of `rules`.
pub fn mix(locked: &LockedSound, rules: &SoundRules, context: &SoundContext<'_>) -> Result<Mix, SoundError> {
    let score = score(locked, rules, context)?;
    let spoken = &score.spoken;
    let target = rules.target.of_film(spoken.iter().map(|(start, end)| end - start).sum(), score.samples);
    let find = FindBalance { score: &score, spoken: spoken_if_gated(&target, spoken), target, context };
    let Found { balance, report } = context.run_value("the mix", &find)?;
    let print = |file| Print { score: &score, balance, file, ready: None, context };
    let master = context.run("the print master", &print(MixFile::Master))?;
    let stem = |file: MixFile| context.run(file.subject(), &print(file));
    Ok(Mix {
        dialogue: stem(MixFile::Dialogue)?,
        music: stem(MixFile::Music)?,
        effects: stem(MixFile::Effects)?,
        music_and_effects: stem(MixFile::MusicAndEffects)?,
        master,
        balance,
        report,
    })
}

/// Prints the master of `locked` once more into `file`, through another `balance`: what an encoder is given that would
/// go over the ceiling with the print master itself.
pub fn print_master(
    locked: &LockedSound,
    rules: &SoundRules,
    balance: Balance,
    context: &SoundContext<'_>,
    file: &Path,
) -> Result<(), SoundError> {
    let score = score(locked, rules, context)?;
    let print = Print { score: &score, balance, file: MixFile::Master, ready: None, context };
    print.print(|which| (which == MixFile::Master).then(|| file.to_owned()))
}

impl Balance {
    /// What to print through so that what was `encoded` from a print through this one comes nearer to its target:
    /// lower by what the encoder put on top. `None` where the encoded sound holds, also by a meter that reads a little
    /// more between samples than ours.
    #[must_use]
    pub fn after_encoding(self, encoded: &LoudnessReport) -> Option<Self> {
        const MARGIN_DB: f64 = 0.05;
        let target = &encoded.target;
        let over_db =
            encoded.true_peak_dbtp.map_or(f64::MIN, |peak| peak - target.true_peak_dbtp) + MARGIN_DB;
        let off_lu = encoded.integrated_lufs.map_or(0.0, |lufs| target.integrated_lufs - lufs);
        if over_db <= 0.0 && off_lu.abs() <= TOLERANCE_LU * 0.8 {
            return None;
        }
        Some(Self {
            gain_db: (self.gain_db + off_lu).min(MOST_GAIN_DB.max(self.gain_db)),
            ceiling_db: self.ceiling_db - if over_db > 0.0 { over_db + MARGIN_DB } else { 0.0 },
        })
    }
}

/// Gain and limit that bring a score to its target, and what comes of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Found {
    #[serde(flatten)]
    balance: Balance,
    report: LoudnessReport,
}

struct FindBalance<'a> {
    score: &'a Score,
    target: Target,
    /// Where somebody speaks, if the target asks.
    spoken: Option<Vec<(u64, u64)>>,
    context: &'a SoundContext<'a>,
}

impl ValueStep for FindBalance<'_> {
    type Value = Found;
    type Error = SoundError;
    const VERSION: (&'static str, u32) = ("balance", 2);

    fn inputs(&self) -> impl Serialize {
        // Where somebody speaks stands in the score.
        (self.score, &self.target)
    }

    fn make(&self) -> Result<Found, SoundError> {
        let raw = self.measure(None)?;
        let Some(loudness) = raw.integrated_lufs else { return self.unmeasurable(&raw) };
        let mut gain_db = (self.target.integrated_lufs - loudness).min(MOST_GAIN_DB);
        let mut ceiling_db = self.target.true_peak_dbtp - PEAK_MARGIN_DB;
        if raw.true_peak_db + gain_db < ceiling_db {
            return Ok(self.found(Balance { gain_db, ceiling_db }, &raw.louder(gain_db)));
        }
        let mut best: Option<Found> = None;
        for _ in 0..PASSES {
            let balance = Balance { gain_db, ceiling_db };
            let measured = self.measure(Some(balance))?;
            let found = self.found(balance, &measured);
            let off_lu = self.target.integrated_lufs - measured.integrated_lufs.unwrap_or(loudness);
            let over_db = measured.true_peak_db - self.target.true_peak_dbtp;
            if found.report.passed && off_lu.abs() < TOLERANCE_LU / 2.0 {
                return Ok(found);
            }
            best = Some(found);
            gain_db = (gain_db + off_lu).min(MOST_GAIN_DB);
            ceiling_db -= if over_db > 0.0 { over_db + 0.02 } else { 0.0 };
        }
        best.map_or_else(|| self.unmeasurable(&raw), Ok)
    }
}

impl FindBalance<'_> {
    /// Silence stays silence, and what is too short to measure stays as it was laid, under the ceiling.
    fn unmeasurable(&self, raw: &Measured) -> Result<Found, SoundError> {
        let ceiling_db = self.target.true_peak_dbtp - PEAK_MARGIN_DB;
        let balance = Balance { gain_db: 0.0, ceiling_db };
        if raw.true_peak_db < ceiling_db {
            return Ok(self.found(balance, raw));
        }
        Ok(self.found(balance, &self.measure(Some(balance))?))
    }

    fn found(&self, balance: Balance, measured: &Measured) -> Found {
        Found { balance, report: LoudnessReport::new(measured, self.target.clone()) }
    }

    /// Renders the film and measures it, through the master's gain and limiter where they are given.
    fn measure(&self, through: Option<Balance>) -> Result<Measured, SoundError> {
        let mut meter = Meter::new(self.score.hz, self.score.speakers, self.spoken.clone())?;
        match through {
            None => {
                let mut renderer = Renderer::new(self.score);
                while let Some(block) = renderer.next()? {
                    self.context.cancel.check()?;
                    meter.add(&summed(&block))?;
                }
            }
            Some(balance) => {
                let mut master = Master::new(self.score, balance);
                while let Some(block) = master.next(self.context)? {
                    meter.add(&summed(&block))?;
                }
            }
        }
        meter.measured()
    }
}

#[cfg(test)]
#[path = "mix_tests.rs"]
mod tests;
