//! How loud a mix is: the meter, what it says, and what that is against a target.

use std::path::Path;

use ebur128::{EbuR128, Mode};
use serde::{Deserialize, Serialize};
use soundlock_picture::SoundReader;
use soundlock_time::SampleRate;
use soundlock_vault::{Hash, Object, ValueStep};

use crate::context::SoundContext;
use crate::gain::decibels;
use crate::score::spoken_stretches;
use crate::{Gate, LockedSound, SoundError, SoundRules, Speakers, Target};

/// How loud a mix is, measured, against what it should be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoudnessReport {
    /// Loudness in LUFS (ITU-R BS.1770-4) of what the target's gate measures; louder is higher. `None` where the measure
    /// has no meaning: silence, or less than 400 ms.
    pub integrated_lufs: Option<f64>,
    /// Highest true peak in dBTP, four times oversampled; `None` for silence.
    pub true_peak_dbtp: Option<f64>,
    /// Loudness range in LU (EBU Tech 3342); `None` where the measure has no meaning.
    pub loudness_range_lu: Option<f64>,
    /// What was asked for.
    pub target: Target,
    /// Whether loudness is within [`TOLERANCE_LU`] of the target (or has no meaning) and the true peak not over its limit.
    pub passed: bool,
}

/// How far loudness may lie from its target, in LU.
pub const TOLERANCE_LU: f64 = 0.1;

impl LoudnessReport {
    pub(crate) fn new(measured: &Measured, target: Target) -> Self {
        let near = |lufs: f64| (lufs - target.integrated_lufs).abs() <= TOLERANCE_LU;
        let passed =
            measured.integrated_lufs.is_none_or(near) && measured.true_peak_db <= target.true_peak_dbtp;
        Self {
            integrated_lufs: measured.integrated_lufs,
            true_peak_dbtp: Some(measured.true_peak_db).filter(|peak| peak.is_finite()),
            loudness_range_lu: measured.loudness_range_lu,
            target,
            passed,
        }
    }
}

/// How loud `locked` is in `encoded`, a sound track that FFmpeg decodes: what a player plays, not what was given to the
/// encoder.
pub fn encoded_loudness(
    encoded: &Object,
    locked: &LockedSound,
    rules: &SoundRules,
    context: &SoundContext<'_>,
) -> Result<LoudnessReport, SoundError> {
    let spoken = spoken_stretches(locked);
    let target = rules.target.of_film(spoken.iter().map(|(start, end)| end - start).sum(), locked.samples());
    let step = MeasureEncoded {
        hash: encoded.hash,
        file: &encoded.path,
        spoken: spoken_if_gated(&target, &spoken),
        target,
        rate: locked.rate,
        speakers: rules.speakers,
        context,
    };
    context.run_value("the loudness of the encoded mix", &step)
}

/// What the meter has to know of speech.
pub(crate) fn spoken_if_gated(target: &Target, spoken: &[(u64, u64)]) -> Option<Vec<(u64, u64)>> {
    matches!(target.gate, Gate::Dialogue { .. }).then(|| spoken.to_vec())
}

struct MeasureEncoded<'a> {
    hash: Hash,
    file: &'a Path,
    spoken: Option<Vec<(u64, u64)>>,
    target: Target,
    rate: SampleRate,
    speakers: Speakers,
    context: &'a SoundContext<'a>,
}

impl ValueStep for MeasureEncoded<'_> {
    type Value = LoudnessReport;
    type Error = SoundError;
    const VERSION: (&'static str, u32) = ("encoded-loudness", 1);

    fn inputs(&self) -> impl Serialize {
        let ffmpeg = self.context.tools.version.as_str();
        (self.hash, &self.spoken, &self.target, self.rate, self.speakers, ffmpeg)
    }

    fn make(&self) -> Result<LoudnessReport, SoundError> {
        let SoundContext { tools, limits, cancel, .. } = self.context;
        let channels = u32::from(self.speakers.channels());
        let mut reader = SoundReader::open(tools, self.file, self.rate, channels, 0, limits)?;
        let mut meter = Meter::new(self.rate.hz(), self.speakers, self.spoken.clone())?;
        let mut block = vec![0.0; 8192 * self.speakers.width()];
        loop {
            cancel.check()?;
            let came = reader.read(&mut block)?;
            meter.add(&block[..came])?;
            if came < block.len() {
                return Ok(LoudnessReport::new(&meter.measured()?, self.target.clone()));
            }
        }
    }
}

/// Measures block after block.
pub(crate) struct Meter {
    ebur128: EbuR128,
    channels: usize,
    dialogue: Option<DialogueGate>,
}

/// What a meter says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    pub(crate) integrated_lufs: Option<f64>,
    /// Minus infinity for silence.
    pub(crate) true_peak_db: f64,
    pub(crate) loudness_range_lu: Option<f64>,
}

impl Measured {
    pub(crate) fn louder(self, by_db: f64) -> Self {
        let integrated_lufs = self.integrated_lufs.map(|lufs| lufs + by_db);
        Self { integrated_lufs, true_peak_db: self.true_peak_db + by_db, ..self }
    }
}

impl Meter {
    /// A meter of all that is heard, or of what is heard in the stretches `spoken` (in order and apart).
    pub(crate) fn new(
        hz: u32,
        speakers: Speakers,
        spoken: Option<Vec<(u64, u64)>>,
    ) -> Result<Self, SoundError> {
        let ebur128 = EbuR128::new(u32::from(speakers.channels()), hz, Mode::I | Mode::LRA | Mode::TRUE_PEAK)
            .map_err(failed)?;
        let dialogue = spoken.map(|spoken| DialogueGate::new(spoken, hz));
        Ok(Self { ebur128, channels: speakers.width(), dialogue })
    }

    pub(crate) fn add(&mut self, mut block: &[f32]) -> Result<(), SoundError> {
        let Some(dialogue) = &mut self.dialogue else {
            return self.ebur128.add_frames_f32(block).map_err(failed);
        };
        while !block.is_empty() {
            let count = dialogue.to_next_look().min(block.len() / self.channels);
            let (some, rest) = block.split_at(count * self.channels);
            self.ebur128.add_frames_f32(some).map_err(failed)?;
            if dialogue.go_on(count as u64) {
                dialogue.look(self.ebur128.loudness_momentary().map_err(failed)?);
            }
            block = rest;
        }
        Ok(())
    }

    pub(crate) fn measured(&self) -> Result<Measured, SoundError> {
        let mut peak = 0.0_f64;
        for channel in 0..self.ebur128.channels() {
            peak = peak.max(self.ebur128.true_peak(channel).map_err(failed)?);
        }
        let whole = Some(self.ebur128.loudness_global().map_err(failed)?).filter(|lufs| lufs.is_finite());
        let integrated_lufs = self.dialogue.as_ref().and_then(DialogueGate::loudness).or(whole);
        let range = self.ebur128.loudness_range().map_err(failed)?;
        let loudness_range_lu = Some(range).filter(|range| range.is_finite() && integrated_lufs.is_some());
        Ok(Measured { integrated_lufs, true_peak_db: decibels(peak), loudness_range_lu })
    }
}

fn failed(error: ebur128::Error) -> SoundError {
    SoundError::Meter { why: error.to_string() }
}

/// Loudness of the blocks of 400 ms, one begun every 100 ms, at least half of which is speech. Where speech is, the
/// lock says: nothing has to be guessed from the sound.
struct DialogueGate {
    spoken: Vec<(u64, u64)>,
    /// The first stretch that is not over.
    next: usize,
    /// Samples of 100 ms.
    step: u64,
    at: u64,
    energy: f64,
    blocks: u64,
}

/// Softer than this nobody speaks (the absolute gate of ITU-R BS.1770-4).
const SILENCE_LUFS: f64 = -70.0;

impl DialogueGate {
    fn new(spoken: Vec<(u64, u64)>, hz: u32) -> Self {
        let step = u64::from(hz + 5) / 10;
        Self { spoken, next: 0, step, at: 0, energy: 0.0, blocks: 0 }
    }

    /// Samples until the end of the next block.
    fn to_next_look(&self) -> usize {
        (self.step - self.at % self.step) as usize
    }

    /// Goes on by `count` samples; whether there a block ends that is speech.
    fn go_on(&mut self, count: u64) -> bool {
        self.at += count;
        if !self.at.is_multiple_of(self.step) || self.at < 4 * self.step {
            return false;
        }
        let start = self.at - 4 * self.step;
        while self.spoken.get(self.next).is_some_and(|(_, end)| *end <= start) {
            self.next += 1;
        }
        let inside = self.spoken[self.next..].iter().take_while(|(from, _)| *from < self.at);
        let said: u64 = inside.map(|(from, to)| to.min(&self.at) - from.max(&start)).sum();
        2 * said >= 4 * self.step
    }

    fn look(&mut self, momentary_lufs: f64) {
        if momentary_lufs > SILENCE_LUFS {
            self.energy += libm::pow(10.0, momentary_lufs / 10.0);
            self.blocks += 1;
        }
    }

    fn loudness(&self) -> Option<f64> {
        (self.blocks > 0).then(|| 10.0 * libm::log10(self.energy / self.blocks as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A second of tone at each level, in turn.
    fn tones(levels: &[f32], channels: usize, sounding: &[usize]) -> Vec<f32> {
        let mut sound = Vec::new();
        for level in levels {
            for n in 0..48_000 {
                let value = level * libm::sinf(n as f32 * 997.0 * std::f32::consts::TAU / 48_000.0);
                sound.extend(
                    (0..channels).map(|channel| if sounding.contains(&channel) { value } else { 0.0 }),
                );
            }
        }
        sound
    }

    fn loudness(sound: &[f32], speakers: Speakers, spoken: Option<Vec<(u64, u64)>>, block: usize) -> f64 {
        let mut meter = Meter::new(48_000, speakers, spoken).unwrap();
        sound.chunks(block * speakers.width()).for_each(|block| meter.add(block).unwrap());
        meter.measured().unwrap().integrated_lufs.unwrap()
    }

    #[test]
    fn only_what_is_said_is_measured_by_dialogue() {
        let sound = tones(&[0.5, 0.05, 0.05, 0.05, 0.5, 0.5], 2, &[0, 1]);
        let said = Some(vec![(60_000, 90_000), (90_500, 180_000)]);
        let whole = loudness(&sound, Speakers::Stereo, None, 4096);
        // A tone of 997 Hz at full scale is -3.01 LUFS on one channel and 0 on two; the soft seconds are gated out.
        assert!((whole + 6.3).abs() < 0.4, "{whole}");
        for block in [4096, 4801, 100_000] {
            let dialogue = loudness(&sound, Speakers::Stereo, said.clone(), block);
            assert!((dialogue + 26.02).abs() < 0.05, "{dialogue}");
            assert!((dialogue - loudness(&sound, Speakers::Stereo, said.clone(), 1000)).abs() < 1e-6);
        }
    }

    #[test]
    fn surrounds_weigh_more_and_low_frequencies_nothing() {
        let of = |channel: usize| {
            loudness(&tones(&[0.1, 0.1], 6, &[0, channel]), Speakers::FivePointOne, None, 4096)
        };
        let (front, low, surround) = (of(1), of(3), of(4));
        assert!((front - low - 3.01).abs() < 0.02, "{front} {low}");
        assert!((surround - low - 3.82).abs() < 0.05, "{surround} {low}");
    }

    #[test]
    fn where_nothing_is_said_the_whole_is_measured() {
        let sound = tones(&[0.1, 0.1], 2, &[0, 1]);
        let whole = loudness(&sound, Speakers::Stereo, None, 4096);
        assert!((loudness(&sound, Speakers::Stereo, Some(Vec::new()), 4096) - whole).abs() < 1e-9);
    }
}
