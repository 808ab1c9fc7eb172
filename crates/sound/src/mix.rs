//! The mix: three stems and the print master, brought to a loudness.
//!
//! The stems are rendered block by block, as often as needed: once to measure, again through the limiter until
//! loudness and true peak both hold, and a last time into the files. Nothing is kept between but numbers, so memory
//! is the same for two minutes and two hours.

use std::path::{Path, PathBuf};

use ebur128::{EbuR128, Mode};
use serde::{Deserialize, Serialize};
use soundlock_vault::{Object, Step, ValueStep};

use crate::context::SoundContext;
use crate::gain::{decibels, factor, scale};
use crate::limiter::{DELAY, Limiter};
use crate::render::{Block, Renderer, Score};
use crate::score::score;
use crate::wav::{FULL_SCALE, WavWriter};
use crate::{LockedSound, SoundError, SoundRules, Target};

/// The mix of a film: four WAV files of exactly [`LockedSound::samples`] samples, stereo, 24 bits. The three stems
/// sum to the master.
#[derive(Debug, Clone, PartialEq)]
pub struct Mix {
    /// Everything said.
    pub dialogue: Object,
    /// Music, ducked as it is in the master.
    pub music: Object,
    /// Effects.
    pub effects: Object,
    /// The print master.
    pub master: Object,
    /// How loud the master is.
    pub report: LoudnessReport,
}

/// How loud a master is, measured, against what it should be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoudnessReport {
    /// Integrated loudness in LUFS (ITU-R BS.1770-4); louder is higher. `None` where the measure has no meaning:
    /// silence, or less than 400 ms.
    pub integrated_lufs: Option<f64>,
    /// Highest true peak in dBTP, four times oversampled; `None` for silence.
    pub true_peak_dbtp: Option<f64>,
    /// Loudness range in LU (EBU Tech 3342); `None` where the measure has no meaning.
    pub loudness_range_lu: Option<f64>,
    /// What was asked for.
    pub target: Target,
    /// Whether loudness is within 0.1 LU of the target (or has no meaning) and the true peak not over its limit.
    pub passed: bool,
}

/// How far integrated loudness may lie from its target, in LU.
const TOLERANCE_LU: f64 = 0.1;
/// How often the gain is corrected for what the limiter took.
const PASSES: usize = 5;
/// The most that a film is made louder: beyond it one would hear the noise of an empty room.
const MOST_GAIN_DB: f64 = 40.0;
/// The limiter's filter and the meter's differ a little between samples.
const PEAK_MARGIN_DB: f64 = 0.1;

/// Mixes `locked` to the target of `rules`.
pub fn mix(locked: &LockedSound, rules: &SoundRules, context: &SoundContext<'_>) -> Result<Mix, SoundError> {
    let score = score(locked, rules, context)?;
    let balance =
        context.run_value("the mix", &FindBalance { score: &score, target: &rules.target, context })?;
    let print = |file| Print { score: &score, balance: &balance, file, ready: None, context };
    let master = context.run("the print master", &print(MixFile::Master))?;
    let stem = |file: MixFile| context.run(file.subject(), &print(file));
    Ok(Mix {
        dialogue: stem(MixFile::Dialogue)?,
        music: stem(MixFile::Music)?,
        effects: stem(MixFile::Effects)?,
        master,
        report: balance.report,
    })
}

/// Gain and limit that bring a score to its target, and what comes of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Balance {
    gain_db: f64,
    ceiling_db: f64,
    report: LoudnessReport,
}

struct FindBalance<'a> {
    score: &'a Score,
    target: &'a Target,
    context: &'a SoundContext<'a>,
}

impl ValueStep for FindBalance<'_> {
    type Value = Balance;
    type Error = SoundError;
    const VERSION: (&'static str, u32) = ("balance", 1);

    fn inputs(&self) -> impl Serialize {
        (self.score, self.target)
    }

    fn make(&self) -> Result<Balance, SoundError> {
        let raw = self.measure(None)?;
        let Some(loudness) = raw.integrated_lufs else { return self.unmeasurable(&raw) };
        let mut gain_db = (self.target.integrated_lufs - loudness).min(MOST_GAIN_DB);
        let mut ceiling_db = self.target.true_peak_dbtp - PEAK_MARGIN_DB;
        if raw.true_peak_db + gain_db < ceiling_db {
            return Ok(self.balance(gain_db, ceiling_db, &raw.louder(gain_db)));
        }
        let mut best: Option<Balance> = None;
        for _ in 0..PASSES {
            let found = self.measure(Some((gain_db, ceiling_db)))?;
            let balance = self.balance(gain_db, ceiling_db, &found);
            let off_lu = self.target.integrated_lufs - found.integrated_lufs.unwrap_or(loudness);
            let over_db = found.true_peak_db - self.target.true_peak_dbtp;
            if balance.report.passed && off_lu.abs() < TOLERANCE_LU / 2.0 {
                return Ok(balance);
            }
            best = Some(balance);
            gain_db = (gain_db + off_lu).min(MOST_GAIN_DB);
            ceiling_db -= if over_db > 0.0 { over_db + 0.02 } else { 0.0 };
        }
        best.map_or_else(|| self.unmeasurable(&raw), Ok)
    }
}

impl FindBalance<'_> {
    /// Silence stays silence, and what is too short to measure stays as it was laid, under the ceiling.
    fn unmeasurable(&self, raw: &Measured) -> Result<Balance, SoundError> {
        let ceiling_db = self.target.true_peak_dbtp - PEAK_MARGIN_DB;
        if raw.true_peak_db < ceiling_db {
            return Ok(self.balance(0.0, ceiling_db, raw));
        }
        Ok(self.balance(0.0, ceiling_db, &self.measure(Some((0.0, ceiling_db)))?))
    }

    fn balance(&self, gain_db: f64, ceiling_db: f64, measured: &Measured) -> Balance {
        let target = self.target.clone();
        let near = |lufs: f64| (lufs - target.integrated_lufs).abs() <= TOLERANCE_LU;
        let passed =
            measured.integrated_lufs.is_none_or(near) && measured.true_peak_db <= target.true_peak_dbtp;
        let report = LoudnessReport {
            integrated_lufs: measured.integrated_lufs,
            true_peak_dbtp: Some(measured.true_peak_db).filter(|peak| peak.is_finite()),
            loudness_range_lu: measured.loudness_range_lu,
            target,
            passed,
        };
        Balance { gain_db, ceiling_db, report }
    }

    /// Renders the film and measures it, through the master's gain and limiter where they are given.
    fn measure(&self, through: Option<(f64, f64)>) -> Result<Measured, SoundError> {
        let mut meter = Meter::new(self.score.hz)?;
        match through {
            None => {
                let mut renderer = Renderer::new(self.score);
                while let Some(block) = renderer.next()? {
                    self.context.cancel.check()?;
                    meter.add(&summed(&block))?;
                }
            }
            Some((gain_db, ceiling_db)) => {
                let mut master = Master::new(self.score, gain_db, ceiling_db);
                while let Some(block) = master.next(self.context)? {
                    meter.add(&summed(&block))?;
                }
            }
        }
        meter.measured()
    }
}

fn summed(block: &Block) -> Vec<f32> {
    let [dialogue, music, effects] = block;
    dialogue
        .iter()
        .zip(music)
        .zip(effects)
        .map(|((dialogue, music), effect)| dialogue + music + effect)
        .collect()
}

struct Meter(EbuR128);

/// What a meter says.
#[derive(Debug, Clone, Copy)]
struct Measured {
    integrated_lufs: Option<f64>,
    /// Minus infinity for silence.
    true_peak_db: f64,
    loudness_range_lu: Option<f64>,
}

impl Measured {
    fn louder(self, by_db: f64) -> Self {
        let integrated_lufs = self.integrated_lufs.map(|lufs| lufs + by_db);
        Self { integrated_lufs, true_peak_db: self.true_peak_db + by_db, ..self }
    }
}

impl Meter {
    fn new(hz: u32) -> Result<Self, SoundError> {
        EbuR128::new(2, hz, Mode::I | Mode::LRA | Mode::TRUE_PEAK).map(Self).map_err(failed)
    }

    fn add(&mut self, block: &[f32]) -> Result<(), SoundError> {
        self.0.add_frames_f32(block).map_err(failed)
    }

    fn measured(&self) -> Result<Measured, SoundError> {
        let peak = self.0.true_peak(0).map_err(failed)?.max(self.0.true_peak(1).map_err(failed)?);
        let integrated_lufs = Some(self.0.loudness_global().map_err(failed)?).filter(|lufs| lufs.is_finite());
        let range = self.0.loudness_range().map_err(failed)?;
        let loudness_range_lu = Some(range).filter(|range| range.is_finite() && integrated_lufs.is_some());
        Ok(Measured { integrated_lufs, true_peak_db: decibels(peak), loudness_range_lu })
    }
}

fn failed(error: ebur128::Error) -> SoundError {
    SoundError::Meter { why: error.to_string() }
}

/// The stems through gain and limiter, in step with the film.
struct Master<'a> {
    renderer: Renderer<'a>,
    limiter: Limiter,
    gain: f32,
    /// Rendered and waiting for the limiter to have looked ahead, sample after sample of each stem.
    waiting: Block,
    gains: Vec<f32>,
    /// Gains that still belong to the time before the film.
    early: usize,
    over: bool,
}

impl<'a> Master<'a> {
    fn new(score: &'a Score, gain_db: f64, ceiling_db: f64) -> Self {
        Self {
            renderer: Renderer::new(score),
            limiter: Limiter::new(factor(ceiling_db) as f32, score.hz),
            gain: factor(gain_db) as f32,
            waiting: Block::default(),
            gains: Vec::new(),
            early: DELAY,
            over: false,
        }
    }

    /// The next block, of whatever length is ready; `None` at the end.
    fn next(&mut self, context: &SoundContext<'_>) -> Result<Option<Block>, SoundError> {
        while !self.over {
            context.cancel.check()?;
            let mut block = self.renderer.next()?;
            match &mut block {
                Some(block) => block.iter_mut().for_each(|stem| scale(stem, self.gain)),
                None => self.over = true,
            }
            // After the end the limiter is fed silence until it has given a gain for every sample.
            let sum = block.as_ref().map_or_else(|| vec![0.0; 2 * DELAY], summed);
            self.limiter.gains(&sum, &mut self.gains);
            for (waiting, values) in self.waiting.iter_mut().zip(block.unwrap_or_default()) {
                waiting.extend(values);
            }
            let early = self.early.min(self.gains.len());
            self.early -= early;
            let ready = self.limited(early);
            if !ready[0].is_empty() {
                return Ok(Some(ready));
            }
        }
        Ok(None)
    }

    /// Takes from what waits as much as there are gains for, the first `early` gains left out.
    fn limited(&mut self, early: usize) -> Block {
        let gains = &self.gains[early..];
        self.waiting.each_mut().map(|waiting| {
            let mut ready: Vec<f32> = waiting.drain(..2 * gains.len()).collect();
            for (frame, gain) in ready.chunks_exact_mut(2).zip(gains) {
                scale(frame, *gain);
            }
            ready
        })
    }
}

/// Which of the four files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum MixFile {
    Dialogue,
    Music,
    Effects,
    Master,
}

impl MixFile {
    const ALL: [Self; 4] = [Self::Dialogue, Self::Music, Self::Effects, Self::Master];

    fn subject(self) -> &'static str {
        match self {
            Self::Dialogue => "the dialogue stem",
            Self::Music => "the music stem",
            Self::Effects => "the effects stem",
            Self::Master => "the print master",
        }
    }
}

/// Prints one file of the mix.
struct Print<'a> {
    score: &'a Score,
    balance: &'a Balance,
    file: MixFile,
    /// Where it was printed already, together with the master.
    ready: Option<PathBuf>,
    context: &'a SoundContext<'a>,
}

impl Step for Print<'_> {
    type Error = SoundError;
    const VERSION: (&'static str, u32) = ("print", 1);
    const EXTENSION: &'static str = "wav";

    fn inputs(&self) -> impl Serialize {
        (self.file, self.score, self.balance.gain_db, self.balance.ceiling_db)
    }

    fn make(&self, file: &Path) -> Result<(), SoundError> {
        if let Some(ready) = &self.ready {
            return std::fs::rename(ready, file)
                .map_err(|source| SoundError::Io { file: ready.clone(), source });
        }
        if self.file != MixFile::Master {
            return self.print(|which| (which == self.file).then(|| file.to_owned()));
        }
        // All four come from one rendering: the stems are printed beside the master and then put under their keys.
        let beside = |which| match which {
            MixFile::Master => file.to_owned(),
            stem => file.with_file_name(format!("{}.wav", stem.subject())),
        };
        self.print(|which| Some(beside(which)))?;
        for stem in MixFile::ALL.into_iter().filter(|which| *which != MixFile::Master) {
            self.context.run(stem.subject(), &Print { file: stem, ready: Some(beside(stem)), ..*self })?;
        }
        Ok(())
    }
}

impl Print<'_> {
    fn print(&self, path: impl Fn(MixFile) -> Option<PathBuf>) -> Result<(), SoundError> {
        let mut press = Press::new(self.score, path)?;
        let mut master = Master::new(self.score, self.balance.gain_db, self.balance.ceiling_db);
        while let Some(block) = master.next(self.context)? {
            press.print(&block)?;
        }
        press.finish()
    }
}

/// The files being written, in the order of [`MixFile::ALL`].
struct Press {
    writers: [Option<(PathBuf, WavWriter)>; 4],
    values: [Vec<i32>; 4],
}

impl Press {
    fn new(score: &Score, path: impl Fn(MixFile) -> Option<PathBuf>) -> Result<Self, SoundError> {
        let mut writers = [None, None, None, None];
        for (writer, which) in writers.iter_mut().zip(MixFile::ALL) {
            let Some(path) = path(which) else { continue };
            let created = WavWriter::create(&path, 2, score.hz, score.samples);
            *writer = Some(created.map(|created| (path.clone(), created)).map_err(at(&path))?);
        }
        Ok(Self { writers, values: Default::default() })
    }

    /// Stems are brought to 24 bits each, and the master is their sum: not a bit is between them.
    fn print(&mut self, block: &Block) -> Result<(), SoundError> {
        let [dialogue, music, effects, master] = &mut self.values;
        for (values, stem) in [&mut *dialogue, &mut *music, &mut *effects].into_iter().zip(block) {
            values.clear();
            values.extend(stem.iter().map(|value| crate::wav::quantised(*value)));
        }
        let most = FULL_SCALE as i32;
        master.clear();
        let sums = dialogue.iter().zip(&*music).zip(&*effects).map(|((one, two), three)| one + two + three);
        master.extend(sums.map(|sum| sum.clamp(-most, most - 1)));
        for (writer, values) in self.writers.iter_mut().zip(&self.values) {
            if let Some((path, writer)) = writer {
                writer.write(values).map_err(at(path))?;
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<(), SoundError> {
        for (path, writer) in self.writers.into_iter().flatten() {
            writer.finish().map_err(at(&path))?;
        }
        Ok(())
    }
}

fn at(path: &Path) -> impl Fn(std::io::Error) -> SoundError {
    let file = path.to_owned();
    move |source| SoundError::Io { file: file.clone(), source }
}
