//! A true-peak limiter that looks ahead. It gives one gain for all channels and stems, so that stems that are
//! multiplied by it still sum to the master.
//!
//! Peaks between samples are found as in ITU-R BS.1770-4, annex 2: four times oversampled. The gain each peak needs
//! is spread over a window before it by a running minimum, then smoothed by a running mean over the same window: the
//! mean of values that are all low enough is low enough, and the gain has no corner that clicks.

use std::collections::VecDeque;

/// Taps of each phase of the oversampling filter.
const TAPS: usize = 12;
/// Samples of the running mean: 5 ms at 48 kHz.
const SMOOTH: usize = 240;
/// Samples between a sample coming in and its gain coming out.
pub(crate) const DELAY: usize = SMOOTH + TAPS;
/// Samples of the running minimum: the smoothing and room for the filter on both sides.
const HOLD: u64 = (SMOOTH + 2 * TAPS) as u64;
/// Peaks between samples are at most this much higher than the samples around them: the sum of a phase's taps.
const MOST_BETWEEN: f32 = 2.2;

/// One gain for all channels.
pub(crate) struct Limiter {
    ceiling: f32,
    /// Share of the way back to 1 that the gain goes with each sample.
    release: f64,
    phases: [[f32; TAPS]; 3],
    /// The last samples of each channel.
    history: Vec<[f32; TAPS]>,
    /// Samples for which the filter must still be run after a loud one.
    loud: usize,
    count: u64,
    /// Falling places and values of what may still be the least in the window, the least first.
    least: VecDeque<(u64, f32)>,
    /// In 64 bits: near 1 the steps of the release are smaller than 32 bits can tell.
    envelope: f64,
    window: VecDeque<f64>,
    sum: f64,
    /// How many samples in a row have had an envelope of exactly 1.
    open: usize,
}

impl Limiter {
    /// A limiter that keeps true peaks under `ceiling` (a factor, not decibels).
    pub(crate) fn new(ceiling: f32, hz: u32, channels: usize) -> Self {
        Self {
            ceiling,
            release: 1.0 - libm::exp(-1.0 / (0.12 * f64::from(hz))),
            phases: [phase(1), phase(2), phase(3)],
            history: vec![[0.0; TAPS]; channels],
            loud: 0,
            count: 0,
            least: VecDeque::with_capacity(HOLD as usize + 1),
            envelope: 1.0,
            window: std::iter::repeat_n(1.0, SMOOTH).collect(),
            sum: SMOOTH as f64,
            open: SMOOTH,
        }
    }

    /// Gains for the samples of `block`, interleaved, each [`DELAY`] samples late: the first of all is for sample -`DELAY`.
    pub(crate) fn gains(&mut self, block: &[f32], gains: &mut Vec<f32>) {
        gains.clear();
        let peak = block.iter().fold(0.0_f32, |peak, value| peak.max(value.abs()));
        if self.is_open() && peak * MOST_BETWEEN <= self.ceiling {
            self.skip(block);
            gains.resize(block.len() / self.history.len(), 1.0);
            return;
        }
        for frame in block.chunks_exact(self.history.len()) {
            let need = self.need(frame);
            gains.push(self.gain(need));
        }
    }

    /// Whether nothing that came before can still lower the gain.
    fn is_open(&self) -> bool {
        self.open >= SMOOTH && self.loud == 0 && self.least.iter().all(|(_, value)| *value >= 1.0)
    }

    fn skip(&mut self, block: &[f32]) {
        self.least.clear();
        let (channels, count) = (self.history.len(), block.len() / self.history.len());
        self.count += count as u64;
        for frame in block.chunks_exact(channels).skip(count.saturating_sub(TAPS)) {
            self.remember(frame);
        }
    }

    fn remember(&mut self, frame: &[f32]) {
        for (history, value) in self.history.iter_mut().zip(frame) {
            history.copy_within(1.., 0);
            history[TAPS - 1] = *value;
        }
    }

    /// The gain that the newest sample and the peaks around it need.
    fn need(&mut self, frame: &[f32]) -> f32 {
        self.remember(frame);
        let highest = frame.iter().fold(0.0_f32, |highest, value| highest.max(value.abs()));
        if highest * MOST_BETWEEN > self.ceiling {
            self.loud = TAPS + 1;
        }
        if self.loud == 0 {
            return 1.0;
        }
        self.loud -= 1;
        let peak = self.true_peak();
        if peak > self.ceiling { self.ceiling / peak } else { 1.0 }
    }

    fn true_peak(&self) -> f32 {
        let mut peak = 0.0_f32;
        for history in &self.history {
            peak = peak.max(history[TAPS / 2].abs());
            for phase in &self.phases {
                let between: f32 = phase.iter().zip(history).map(|(tap, value)| tap * value).sum();
                peak = peak.max(between.abs());
            }
        }
        peak
    }

    fn gain(&mut self, need: f32) -> f32 {
        while self.least.back().is_some_and(|(_, value)| *value >= need) {
            self.least.pop_back();
        }
        self.least.push_back((self.count, need));
        if self.least.front().is_some_and(|(at, _)| at + HOLD <= self.count) {
            self.least.pop_front();
        }
        self.count += 1;
        let least = f64::from(self.least.front().map_or(1.0, |(_, value)| *value));
        let released = self.envelope + (1.0 - self.envelope) * self.release;
        // The way back never quite arrives; a thousandth of a decibel away is there.
        self.envelope = least.min(if released > 0.9999 { 1.0 } else { released });
        self.smoothed()
    }

    fn smoothed(&mut self) -> f32 {
        self.window.push_back(self.envelope);
        let oldest = self.window.pop_front().unwrap_or(1.0);
        self.sum += self.envelope - oldest;
        self.open = if self.envelope >= 1.0 { self.open + 1 } else { 0 };
        if self.open >= SMOOTH {
            self.sum = SMOOTH as f64;
            return 1.0;
        }
        (self.sum / SMOOTH as f64) as f32
    }
}

/// Taps that give the value `quarter` quarters after the middle of the history: a sinc under a Hann window.
fn phase(quarter: u8) -> [f32; TAPS] {
    let middle = TAPS as f64 / 2.0 - 1.0 + f64::from(quarter) / 4.0;
    std::array::from_fn(|tap| {
        let away = tap as f64 - middle;
        let turn = std::f64::consts::PI * away;
        let sinc = if away == 0.0 { 1.0 } else { libm::sin(turn) / turn };
        let window = 0.5 + 0.5 * libm::cos(turn / (TAPS as f64 / 2.0 + 0.25));
        (sinc * window) as f32
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `sound` limited, block by block, at its own places.
    fn limited(sound: &[f32], ceiling: f32, block: usize) -> Vec<f32> {
        let mut limiter = Limiter::new(ceiling, 48_000, 2);
        let mut padded = sound.to_vec();
        padded.extend([0.0; 2 * DELAY]);
        let (mut gains, mut some) = (Vec::new(), Vec::new());
        for part in padded.chunks(2 * block) {
            limiter.gains(part, &mut some);
            gains.append(&mut some);
        }
        let frames = sound.chunks_exact(2).zip(&gains[DELAY..]);
        frames.flat_map(|(frame, gain)| [frame[0] * gain, frame[1] * gain]).collect()
    }

    fn true_peak(sound: &[f32]) -> f64 {
        let mut meter = ebur128::EbuR128::new(2, 48_000, ebur128::Mode::TRUE_PEAK).unwrap();
        meter.add_frames_f32(sound).unwrap();
        meter.true_peak(0).unwrap().max(meter.true_peak(1).unwrap())
    }

    fn tone(hz: f32, level: f32, frames: usize) -> Vec<f32> {
        let value = |n: usize| level * libm::sinf(n as f32 * hz * std::f32::consts::TAU / 48_000.0 + 0.7);
        (0..frames).flat_map(|n| [value(n), -0.5 * value(n)]).collect()
    }

    fn noise(frames: usize, level: f32) -> Vec<f32> {
        let mut state = 12_345_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 8_388_608.0 - 1.0
        };
        (0..2 * frames).map(|n| next() * level * if n / 9000 % 3 == 0 { 1.0 } else { 0.02 }).collect()
    }

    #[test]
    fn true_peaks_stay_under_the_ceiling() {
        let ceiling = 0.891;
        for sound in [
            tone(1000.0, 2.0, 20_000),
            tone(11_990.0, 1.2, 20_000),
            tone(60.0, 3.0, 20_000),
            noise(40_000, 2.0),
        ] {
            assert!(true_peak(&sound) > f64::from(ceiling) * 1.05);
            let peak = true_peak(&limited(&sound, ceiling, 512));
            assert!(peak < f64::from(ceiling) * 1.012, "{peak}");
            assert!(peak > f64::from(ceiling) * 0.5, "{peak}");
        }
    }

    #[test]
    fn what_is_soft_is_left_alone() {
        for level in [0.1, 0.6] {
            let sound = tone(440.0, level, 20_000);
            assert!(limited(&sound, 0.891, 512) == sound, "{level} was touched");
        }
    }

    #[test]
    fn the_gain_does_not_depend_on_blocks() {
        let sound = noise(30_000, 1.5);
        let whole = limited(&sound, 0.5, 40_000);
        for block in [1, 100, 4096] {
            let other = limited(&sound, 0.5, block);
            let apart = whole.iter().zip(&other).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
            assert!(apart < 1e-6, "{apart}");
        }
    }

    #[test]
    fn it_recovers_after_a_peak() {
        let mut sound = tone(440.0, 0.3, 96_000);
        sound[2000] = 4.0;
        let limited = limited(&sound, 0.5, 777);
        assert!(limited[2000] <= 0.5);
        assert!(limited[190_000..] == sound[190_000..], "the gain is not back at 1");
    }
}
