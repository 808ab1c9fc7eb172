//! Mel spectra of sound as it comes, block after block.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

/// Bands of a spectrum.
pub(crate) const BANDS: usize = 24;

/// Spectra per second.
pub(crate) const SPECTRA_PER_SEC: usize = 100;

/// Energies per second, for finding edges.
pub(crate) const ENERGIES_PER_SEC: usize = 200;

const LOWEST_HZ: f32 = 80.0;
const HIGHEST_HZ: f32 = 7600.0;
/// An energy that is nothing at all; full scale is about 0 in natural logarithms.
pub(crate) const NOTHING: f32 = -32.0;

/// Spectra and energies of a sound, as natural logarithms.
#[derive(Debug, Default, Clone)]
pub(crate) struct Spectra {
    /// Energies of the bands, spectrum after spectrum; spectrum `n` is centred on `n / 100` seconds.
    pub(crate) bands: Vec<[f32; BANDS]>,
    /// Energies of the sound as it is, and with its low end taken down, each of 5 ms.
    pub(crate) energies: Vec<[f32; 2]>,
}

/// Turns samples into [`Spectra`].
pub(crate) struct MelAnalyser {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    filters: Vec<(usize, Vec<f32>)>,
    hz: usize,
    buffer: Vec<f32>,
    /// Place of `buffer[0]` in the sound, half a window before its first sample.
    done: usize,
    spectra: Spectra,
    frame: Vec<f32>,
    bins: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    before: f32,
    sum: [f32; 2],
    count: usize,
}

impl MelAnalyser {
    pub(crate) fn new(hz: u32) -> Self {
        let hz = hz as usize;
        let length = hz / 40;
        let size = length.next_power_of_two();
        let fft = RealFftPlanner::new().plan_fft_forward(size);
        let turn = |n: usize| (n as f32 + 0.5) / length as f32 * std::f32::consts::TAU;
        let window: Vec<f32> = (0..length).map(|n| 0.5 - 0.5 * libm::cosf(turn(n))).collect();
        let energy: f32 = window.iter().map(|value| value * value).sum();
        let filters = filters(size, hz as f32, energy);
        Self {
            frame: fft.make_input_vec(),
            bins: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            fft,
            buffer: vec![0.0; length / 2],
            window,
            filters,
            hz,
            done: 0,
            spectra: Spectra::default(),
            before: 0.0,
            sum: [0.0; 2],
            count: 0,
        }
    }

    /// Takes in samples.
    pub(crate) fn add(&mut self, samples: &[f32]) {
        for sample in samples {
            let high = sample - 0.95 * self.before;
            self.before = *sample;
            self.sum[0] += sample * sample;
            self.sum[1] += high * high;
            self.count += 1;
            if self.count == self.hz / ENERGIES_PER_SEC {
                self.close_energy();
            }
        }
        self.buffer.extend_from_slice(samples);
        self.spectra_of_buffer();
    }

    /// What was heard; the last spectra look past the end, where nothing is.
    pub(crate) fn finish(mut self) -> Spectra {
        self.buffer.extend(std::iter::repeat_n(0.0, self.window.len() / 2));
        self.spectra_of_buffer();
        if self.count > 0 {
            self.close_energy();
        }
        self.spectra
    }

    fn close_energy(&mut self) {
        self.spectra.energies.push(self.sum.map(|sum| log(sum / self.count as f32)));
        (self.sum, self.count) = ([0.0; 2], 0);
    }

    fn spectra_of_buffer(&mut self) {
        let length = self.window.len();
        let mut at = 0;
        loop {
            let next = self.spectra.bands.len() * self.hz / SPECTRA_PER_SEC;
            at = (next - self.done).max(at);
            if at + length > self.buffer.len() {
                break;
            }
            self.spectrum_at(at);
        }
        let used = at.min(self.buffer.len());
        self.buffer.drain(..used);
        self.done += used;
    }

    fn spectrum_at(&mut self, at: usize) {
        self.frame.fill(0.0);
        for ((value, sample), weight) in self.frame.iter_mut().zip(&self.buffer[at..]).zip(&self.window) {
            *value = sample * weight;
        }
        // The lengths are the plan's own, so this cannot fail; were it to, the spectrum is that of silence.
        if self.fft.process_with_scratch(&mut self.frame, &mut self.bins, &mut self.scratch).is_err() {
            self.bins.fill(Complex::default());
        }
        let mut bands = [NOTHING; BANDS];
        for (band, (first, weights)) in bands.iter_mut().zip(&self.filters) {
            let bins = self.bins[*first..].iter().zip(weights);
            *band = log(bins.map(|(bin, weight)| bin.norm_sqr() * weight).sum());
        }
        self.spectra.bands.push(bands);
    }
}

fn log(energy: f32) -> f32 {
    libm::logf(energy.max(1.3e-14))
}

fn mel(hz: f32) -> f32 {
    1127.0 * libm::logf(1.0 + hz / 700.0)
}

/// Triangles, evenly wide in mel, with the first bin that each weighs.
fn filters(size: usize, hz: f32, energy: f32) -> Vec<(usize, Vec<f32>)> {
    let (low, high) = (mel(LOWEST_HZ), mel(HIGHEST_HZ));
    let step = (high - low) / (BANDS + 1) as f32;
    let filter = |band: usize| {
        let centre = low + step * (band + 1) as f32;
        let weight = |bin: usize| 1.0 - ((mel(bin as f32 * hz / size as f32) - centre) / step).abs();
        let first = (0..size / 2).find(|bin| weight(*bin) > 0.0).unwrap_or(0);
        let weights = (first..size / 2).map(weight).take_while(|weight| *weight > 0.0);
        (first, weights.map(|weight| weight / energy / size as f32 * 2.0).collect())
    };
    (0..BANDS).map(filter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hz: f32, rate: u32, secs: f32) -> Vec<f32> {
        let turn = hz / rate as f32 * std::f32::consts::TAU;
        (0..(secs * rate as f32) as usize).map(|n| 0.5 * libm::sinf(n as f32 * turn)).collect()
    }

    fn spectra(sound: &[f32], rate: u32, block: usize) -> Spectra {
        let mut analyser = MelAnalyser::new(rate);
        sound.chunks(block).for_each(|some| analyser.add(some));
        analyser.finish()
    }

    fn loudest(bands: &[f32; BANDS]) -> usize {
        (0..BANDS).max_by(|a, b| bands[*a].total_cmp(&bands[*b])).unwrap()
    }

    #[test]
    fn blocks_of_any_size_give_the_same() {
        let sound = tone(700.0, 16_000, 0.53);
        let whole = spectra(&sound, 16_000, sound.len());
        for block in [1, 7, 160, 5000] {
            let parts = spectra(&sound, 16_000, block);
            assert_eq!((parts.bands, parts.energies), (whole.bands.clone(), whole.energies.clone()));
        }
        assert_eq!((whole.bands.len(), whole.energies.len()), (54, 106));
    }

    #[test]
    fn a_tone_lies_in_its_band_at_any_rate() {
        for hz in [200.0, 1000.0, 5000.0] {
            let found = [16_000, 22_050].map(|rate| {
                let spectra = spectra(&tone(hz, rate, 0.5), rate, 1000);
                (loudest(&spectra.bands[25]), spectra.bands[25][loudest(&spectra.bands[25])])
            });
            assert_eq!(found[0].0, found[1].0, "{hz}");
            assert!((found[0].1 - found[1].1).abs() < 0.5, "{hz}: {found:?}");
        }
    }
}
