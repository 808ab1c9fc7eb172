//! What is measured of a reading: how loud it is, how far the noise lies under it, whether it is clipped, and the
//! colour of its sound.

use serde::{Deserialize, Serialize};
use soundlock_vault::ValueStep;

use super::lay::Part;
use crate::SoundError;
use crate::context::SoundContext;
use crate::signal::{decibels_of_energy, level};
use crate::source::Ready;
use crate::wav::WavReader;

/// What is measured of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Level while it is spoken, dBFS; `None` for silence.
    pub level_dbfs: Option<f64>,
    /// Level of what is heard between the words, dBFS: the softest twentieth of it and of a third of a second beside it.
    pub noise_dbfs: f64,
    /// Largest sample, dBFS.
    pub peak_dbfs: f64,
    /// Share of samples that stand in flat tops, 0 to 1.
    pub flat_tops: f64,
    /// How far its largest values stand above its level, in dB; speech as it is spoken has more than 9.
    pub crest_db: f64,
    /// Energy below 300 Hz, to 1 kHz, to 4 kHz and above, against the whole, in dB.
    pub colour_db: [f64; 4],
}

impl Measured {
    /// What is known before anything is measured.
    pub(crate) const NOTHING: Self = Self {
        level_dbfs: None,
        noise_dbfs: 0.0,
        peak_dbfs: 0.0,
        flat_tops: 0.0,
        crest_db: 0.0,
        colour_db: [0.0; 4],
    };

    /// Whether it was louder than what it was recorded with could take. Light clipping leaves flat tops; heavy clipping,
    /// also where it was resampled since, brings the level near the largest values.
    pub fn is_clipped(&self) -> bool {
        self.flat_tops > 0.003 || self.crest_db < 6.5
    }

    /// How far noise lies under speech, in dB; `None` for silence.
    pub fn speech_above_noise_db(&self) -> Option<f64> {
        Some(self.level_dbfs? - self.noise_dbfs)
    }
}

/// How much beside a reading is listened to for noise, in thousandths of a second.
const BESIDE_MS: u64 = 330;

/// Measures the parts of a recording; one pass for all of them.
pub(crate) struct Measure<'a> {
    pub(crate) ready: &'a Ready,
    pub(crate) hz: u32,
    pub(crate) parts: Vec<Part>,
    pub(crate) context: &'a SoundContext<'a>,
}

impl ValueStep for Measure<'_> {
    type Value = Vec<(Measured, Vec<u8>)>;
    type Error = SoundError;
    const VERSION: (&'static str, u32) = ("measure-readings", 1);

    fn inputs(&self) -> impl Serialize {
        (self.ready.file_hash, self.hz, &self.parts)
    }

    fn make(&self) -> Result<Self::Value, SoundError> {
        self.parts.iter().map(|part| self.measured(*part)).collect()
    }
}

impl Measure<'_> {
    fn measured(&self, (start, end): Part) -> Result<(Measured, Vec<u8>), SoundError> {
        self.context.cancel.check()?;
        let beside = u64::from(self.hz) * BESIDE_MS / 1000;
        let from = start.saturating_sub(beside);
        let failed = |source| SoundError::Io { file: self.ready.file.clone(), source };
        let mut reader = WavReader::open(&self.ready.file, from).map_err(failed)?;
        // A line is never longer than some minutes; what claims to be is measured by its beginning.
        let length = (end - from + beside).min(u64::from(self.hz) * 600);
        let mut sound = vec![0.0; length as usize];
        let came = reader.read(&mut sound).map_err(failed)?;
        sound.truncate(came);
        let inside = (start - from) as usize..((end - from) as usize).min(came);
        let waveform = waveform(sound.get(inside.clone()).unwrap_or_default());
        Ok((measured(&sound, inside, self.hz), waveform))
    }
}

fn measured(sound: &[f32], inside: std::ops::Range<usize>, hz: u32) -> Measured {
    let hop = (hz as usize / 100).max(1);
    let spoken = sound.get(inside).unwrap_or_default();
    let energies: Vec<f32> = spoken.chunks(hop).map(energy).collect();
    let loudest = energies.iter().copied().fold(0.0, f32::max);
    let mut all: Vec<f32> = sound.chunks_exact(hop).map(energy).collect();
    all.sort_unstable_by(f32::total_cmp);
    let softest = all.get(all.len() / 20).copied().unwrap_or(0.0);
    let peak = spoken.iter().fold(0.0_f32, |peak, value| peak.max(value.abs()));
    Measured {
        level_dbfs: (decibels_of_energy(loudest) >= -70.0).then(|| level(&energies, loudest)),
        noise_dbfs: decibels_of_energy(softest).max(-120.0),
        peak_dbfs: decibels_of_energy(peak * peak).max(-120.0),
        flat_tops: flat_tops(spoken, peak),
        crest_db: crest(spoken, &energies, hop),
        colour_db: colour(spoken, hz),
    }
}

fn energy(values: &[f32]) -> f32 {
    values.iter().map(|value| value * value).sum::<f32>() / values.len().max(1) as f32
}

/// Share of samples that stand in flat tops: near the largest value of the whole for longer than a wave stays there by
/// itself. A converter that ran out of numbers leaves these, at whatever level the file was brought to afterwards; a
/// resampler rounds them, so near is wide.
fn flat_tops(sound: &[f32], peak: f32) -> f64 {
    let near = 0.9 * peak;
    let side = |value: f32| if value.abs() < near || peak <= 0.0 { 0 } else { value.signum() as i32 };
    let runs = sound.chunk_by(|a, b| side(*a) == side(*b));
    let flat: usize = runs.filter(|run| side(run[0]) != 0 && run.len() >= FLAT).map(<[f32]>::len).sum();
    flat as f64 / sound.len().max(1) as f64
}

/// Samples of a flat top. At 48 kHz a wave of 1 kHz stays within a tenth of its top for seven.
const FLAT: usize = 5;

/// The thousandth largest of the values against their root mean square, in dB, where it is loud.
fn crest(sound: &[f32], energies: &[f32], hop: usize) -> f64 {
    let loudest = energies.iter().copied().fold(0.0, f32::max);
    let loud = |at: usize| energies[at] >= loudest * 0.03;
    let hops = sound.chunks(hop).enumerate().filter(|(at, _)| loud(*at));
    let mut squares: Vec<f32> = hops.flat_map(|(_, values)| values).map(|value| value * value).collect();
    if squares.is_empty() {
        return 0.0;
    }
    let mean = squares.iter().map(|square| f64::from(*square)).sum::<f64>() / squares.len() as f64;
    let largest = squares.len() - 1 - squares.len() / 1000;
    let (_, top, _) = squares.select_nth_unstable_by(largest, f32::total_cmp);
    10.0 * libm::log10((f64::from(*top) + 1e-20) / (mean + 1e-20))
}

/// How many values a waveform has at most.
const WAVEFORM: usize = 160;

/// The largest sample of each part of a sound, 255 for full scale.
fn waveform(sound: &[f32]) -> Vec<u8> {
    let parts = sound.chunks(sound.len().div_ceil(WAVEFORM).max(1));
    let largest = |part: &[f32]| part.iter().fold(0.0_f32, |peak, value| peak.max(value.abs()));
    parts.map(|part| (largest(part).min(1.0) * 255.0).round() as u8).collect()
}

/// Energy in four bands against the whole, in dB.
fn colour(sound: &[f32], hz: u32) -> [f64; 4] {
    let mut lows = [300.0, 1000.0, 4000.0].map(|corner| LowPass::new(corner, hz));
    let (mut bands, mut whole) = ([0.0_f64; 4], 0.0);
    for value in sound {
        let value = f64::from(*value);
        let [first, second, third] = [lows[0].next(value), lows[1].next(value), lows[2].next(value)];
        for (band, part) in bands.iter_mut().zip([first, second - first, third - second, value - third]) {
            *band += part * part;
        }
        whole += value * value;
    }
    bands.map(|band| 10.0 * libm::log10((band + 1e-12) / (whole + 1e-12)))
}

/// Two simple low passes in a row.
struct LowPass {
    share: f64,
    first: f64,
    second: f64,
}

impl LowPass {
    fn new(corner_hz: f64, hz: u32) -> Self {
        let share = 1.0 - libm::exp(-std::f64::consts::TAU * corner_hz / f64::from(hz));
        Self { share, first: 0.0, second: 0.0 }
    }

    fn next(&mut self, value: f64) -> f64 {
        self.first += self.share * (value - self.first);
        self.second += self.share * (self.first - self.second);
        self.second
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HZ: u32 = 48_000;

    /// Something with the peaks of speech: pulses of 120 Hz that ring, louder and softer by syllables of a fifth of a
    /// second, with silence between.
    fn voice(level: f32) -> Vec<f32> {
        let mut ring = (0.0_f32, 0.0_f32);
        let sound = (0..HZ as usize * 2).map(|n| {
            // No two pulses of a voice are of one strength.
            let pulse = if n % 400 == 0 { 0.6 + 0.1 * (n / 400 * 7 % 5) as f32 } else { 0.0 };
            let next = pulse + 1.9 * ring.0 - 0.975 * ring.1;
            ring = (next, ring.0);
            let syllable = libm::sinf(n as f32 * std::f32::consts::TAU / 19_200.0).max(0.0);
            level * 0.1 * next * syllable
        });
        sound.collect()
    }

    fn measure(sound: &[f32]) -> Measured {
        measured(sound, 0..sound.len(), HZ)
    }

    fn over(sound: &[f32], gain: f32, limit: f32) -> Vec<f32> {
        sound.iter().map(|value| (gain * value).clamp(-limit, limit)).collect()
    }

    #[test]
    fn the_harder_it_is_clipped_the_flatter_it_is() {
        let clean = voice(0.5);
        let peak = clean.iter().fold(0.0_f32, |peak, value| peak.max(value.abs()));
        assert!(!measure(&clean).is_clipped(), "{:?}", measure(&clean));
        let mut before = measure(&clean);
        for gain in [2.0, 5.0, 20.0] {
            let now = measure(&over(&clean, gain, peak));
            assert!(now.is_clipped(), "{gain}: {now:?}");
            assert!(now.flat_tops > before.flat_tops && now.crest_db < before.crest_db, "{gain}: {now:?}");
            // Brought down afterwards it is as bad as before.
            let softer: Vec<f32> = over(&clean, gain, peak).iter().map(|value| 0.1 * value).collect();
            assert!(measure(&softer).is_clipped());
            before = now;
        }
    }

    #[test]
    fn noise_is_told_from_speech() {
        for (noise, above) in [(0.0, 60.0), (0.0002, 40.0), (0.02, 0.0)] {
            let mut seed = 1_u32;
            let mut hiss = || {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (seed as f32 / u32::MAX as f32 - 0.5) * 2.0 * noise
            };
            let sound: Vec<f32> = voice(0.5).iter().map(|value| value + hiss()).collect();
            let found = measure(&sound).speech_above_noise_db().unwrap();
            assert!(
                (above..above + 25.0).contains(&found) || noise == 0.0 && found > above,
                "{noise}: {found}"
            );
        }
        assert_eq!(measure(&vec![0.0; 4800]).level_dbfs, None);
        assert_eq!(measure(&[]).level_dbfs, None);
    }

    #[test]
    fn colour_tells_a_telephone_from_a_voice() {
        let tone = |hz: f32| -> Vec<f32> {
            (0..48_000).map(|n| 0.3 * libm::sinf(n as f32 * hz * std::f32::consts::TAU / 48_000.0)).collect()
        };
        for (hz, loudest) in [(80.0, 0), (500.0, 1), (2000.0, 2), (12_000.0, 3)] {
            let bands = measure(&tone(hz)).colour_db;
            let most = (0..4).max_by(|a, b| bands[*a].total_cmp(&bands[*b]));
            assert_eq!(most, Some(loudest), "{hz}: {bands:?}");
        }
    }
}
