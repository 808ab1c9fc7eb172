//! Gain over time: decibels, ducking, fades.

use crate::Ducking;

/// The factor of `decibels`.
pub(crate) fn factor(decibels: f64) -> f64 {
    libm::pow(10.0, decibels / 20.0)
}

/// Decibels of a factor; minus infinity for 0.
pub(crate) fn decibels(factor: f64) -> f64 {
    20.0 * libm::log10(factor)
}

/// Multiplies every value.
pub(crate) fn scale(values: &mut [f32], gain: f32) {
    for value in values {
        *value *= gain;
    }
}

/// Samples from one point of a gain curve to the next; between them it is a straight line.
const STEP: u64 = 32;

/// The gain of music under speech: a curve from the places of lines alone, so that it can be heard beforehand.
pub(crate) struct Ducker {
    /// Where speech is, in order and apart.
    spoken: Vec<(u64, u64)>,
    depth_db: f64,
    attack: u64,
    release: u64,
    /// The first stretch of speech whose release is not over.
    next: usize,
}

impl Ducker {
    /// `spoken` may be in any order and overlap.
    pub(crate) fn new(spoken: Vec<(u64, u64)>, ducking: &Ducking, hz: u32) -> Self {
        let samples = |millis: u64| millis.min(60_000) * u64::from(hz) / 1000;
        let hold = samples(ducking.hold_ms);
        let held =
            spoken.into_iter().filter(|(start, end)| start < end).map(|(start, end)| (start, end + hold));
        Self {
            spoken: apart(held.collect()),
            depth_db: ducking.depth_db.clamp(0.0, 60.0),
            attack: samples(ducking.attack_ms).max(1),
            release: samples(ducking.release_ms).max(1),
            next: 0,
        }
    }

    /// Multiplies `block` by the curve; `from` is its first sample, blocks come in order.
    pub(crate) fn apply(&mut self, from: u64, block: &mut [f32], channels: usize) {
        let end = from + (block.len() / channels) as u64;
        while self.spoken.get(self.next).is_some_and(|(_, end)| end + self.release + STEP <= from) {
            self.next += 1;
        }
        let touched =
            self.spoken.get(self.next).is_some_and(|(start, _)| start.saturating_sub(self.attack) < end);
        if !touched {
            return;
        }
        let (mut at, mut rest) = (from, block);
        while !rest.is_empty() {
            // Points lie on multiples of STEP of the film, so the curve does not depend on how blocks fall.
            let low = at / STEP * STEP;
            let count = ((low + STEP - at) as usize).min(rest.len() / channels);
            let (some, after) = rest.split_at_mut(channels * count);
            let (here, there) = (self.gain(low), self.gain(low + STEP));
            for (n, frame) in some.chunks_exact_mut(channels).enumerate() {
                let gain = here + (there - here) * ((at - low) + n as u64) as f32 / STEP as f32;
                scale(frame, gain);
            }
            at += count as u64;
            rest = after;
        }
    }

    fn gain(&self, at: u64) -> f32 {
        let near =
            self.spoken[self.next..].iter().take_while(|(start, _)| start.saturating_sub(self.attack) <= at);
        let depth = near.map(|speech| self.depth(at, *speech)).fold(0.0, f64::max);
        factor(-self.depth_db * depth) as f32
    }

    /// How far down the music is for one stretch of speech, 0 to 1.
    fn depth(&self, at: u64, (start, end): (u64, u64)) -> f64 {
        let ramp = if at < start {
            1.0 - (start - at) as f64 / self.attack as f64
        } else if at >= end {
            1.0 - (at - end) as f64 / self.release as f64
        } else {
            1.0
        };
        let ramp = ramp.clamp(0.0, 1.0);
        ramp * ramp * (3.0 - 2.0 * ramp)
    }
}

/// Stretches in order, those that touch or overlap made one; empty ones left out.
pub(crate) fn apart(mut stretches: Vec<(u64, u64)>) -> Vec<(u64, u64)> {
    stretches.sort_unstable();
    let mut merged: Vec<(u64, u64)> = Vec::new();
    for (start, end) in stretches.into_iter().filter(|(start, end)| start < end) {
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    merged
}

/// How a sound comes in or goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Fade {
    /// Samples that it takes.
    pub(crate) samples: u64,
    pub(crate) curve: Curve,
}

/// The shape of a fade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Curve {
    /// A straight line: two that cross sum to 1, which is right where both are the same samples.
    Even,
    /// A quarter of a sine: the power of two that cross sums to 1, which is right where they are different rooms.
    Power,
}

impl Fade {
    pub(crate) fn even(samples: u64) -> Self {
        Self { samples, curve: Curve::Even }
    }

    pub(crate) fn power(samples: u64) -> Self {
        Self { samples, curve: Curve::Power }
    }

    /// The factor `from_edge` samples inside.
    fn gain(self, from_edge: u64) -> f32 {
        if from_edge >= self.samples {
            return 1.0;
        }
        let share = (from_edge as f32 + 0.5) / self.samples as f32;
        match self.curve {
            Curve::Even => share,
            Curve::Power => libm::sinf(share * std::f32::consts::FRAC_PI_2),
        }
    }
}

/// Fades that keep edits from clicking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Fades {
    /// How a sound comes in.
    pub(crate) head: Fade,
    /// How it goes out.
    pub(crate) tail: Fade,
}

impl Fades {
    /// The factor at sample `at` of a sound that is `length` long.
    pub(crate) fn gain(self, at: u64, length: u64) -> f32 {
        self.head.gain(at) * self.tail.gain(length.saturating_sub(at + 1))
    }

    /// Whether neither fade touches the samples from `at` on, `count` of them.
    pub(crate) fn leave_alone(self, at: u64, count: u64, length: u64) -> bool {
        at >= self.head.samples && at + count + self.tail.samples <= length
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "where nothing is done the gain is exactly 1")]
mod tests {
    use super::*;

    const DUCKING: Ducking = Ducking { depth_db: 12.0, attack_ms: 100, release_ms: 200, hold_ms: 0 };

    fn curve(spoken: &[(u64, u64)], length: usize, block: usize) -> Vec<f32> {
        curve_of(&DUCKING, spoken, length, block)
    }

    fn curve_of(ducking: &Ducking, spoken: &[(u64, u64)], length: usize, block: usize) -> Vec<f32> {
        let mut ducker = Ducker::new(spoken.to_vec(), ducking, 48_000);
        let mut values = vec![1.0; 2 * length];
        let mut from = 0;
        for some in values.chunks_mut(2 * block) {
            ducker.apply(from, some, 2);
            from += some.len() as u64 / 2;
        }
        values.chunks_exact(2).map(|frame| frame[0]).collect()
    }

    #[test]
    fn music_is_down_while_somebody_speaks() {
        let curve = curve(&[(20_000, 30_000)], 60_000, 4096);
        let down = factor(-12.0) as f32;
        assert!(curve[..15_000].iter().all(|gain| *gain == 1.0));
        assert!(curve[20_000..30_000].iter().all(|gain| (gain - down).abs() < 1e-4));
        assert!(curve[40_000..].iter().all(|gain| *gain == 1.0));
        assert!(curve.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 0.001), "no step may be heard");
    }

    #[test]
    fn held_music_does_not_pump_in_a_short_pause() {
        let (down, spoken) = (factor(-12.0) as f32, [(10_000, 20_000), (34_000, 40_000)]);
        let loudest = |curve: &[f32]| curve[20_000..34_000].iter().copied().fold(0.0_f32, f32::max);
        let held = curve_of(&Ducking { hold_ms: 300, ..DUCKING }, &spoken, 80_000, 4096);
        assert!((loudest(&held) - down).abs() < 1e-4);
        assert!((held[40_000 + 14_300] - down).abs() < 1e-4, "it stays down for the hold");
        assert!(held[40_000 + 14_400 + 9700..].iter().all(|gain| *gain == 1.0), "and comes up after it");
        assert!(loudest(&curve(&spoken, 80_000, 4096)) > 2.0 * down);
    }

    #[test]
    fn the_curve_does_not_depend_on_blocks() {
        let spoken = [(9000, 9500), (12_000, 18_000), (0, 300), (17_000, 21_000), (50, 50)];
        let whole = curve(&spoken, 40_000, 40_000);
        for block in [1000, 4096, 31] {
            assert_eq!(curve(&spoken, 40_000, block), whole);
        }
    }

    #[test]
    fn fades_begin_and_end_near_nothing() {
        let fades = Fades { head: Fade::even(100), tail: Fade::even(200) };
        let gains: Vec<f32> = (0..1000).map(|at| fades.gain(at, 1000)).collect();
        assert!(gains[0] < 0.01 && gains[999] < 0.01);
        assert!(gains[100..800].iter().all(|gain| *gain == 1.0));
        assert!(gains.windows(2).all(|pair| (pair[0] - pair[1]).abs() <= 0.0101));
        for at in 0..900 {
            let alone = fades.leave_alone(at, 100, 1000);
            assert_eq!(alone, gains[at as usize..at as usize + 100].iter().all(|gain| *gain == 1.0));
        }
    }

    #[test]
    fn what_crosses_keeps_its_sum_or_its_power() {
        let (even, power) = (Fade::even(97), Fade::power(97));
        for at in 0..97 {
            assert!((even.gain(at) + even.gain(96 - at) - 1.0).abs() < 1e-6);
            let squares = power.gain(at).powi(2) + power.gain(96 - at).powi(2);
            assert!((squares - 1.0).abs() < 1e-5, "{squares} at {at}");
        }
    }

    #[test]
    fn decibels_and_factors_agree() {
        assert!((factor(-6.0) - 0.501_187).abs() < 1e-6);
        assert!((decibels(factor(-13.7)) + 13.7).abs() < 1e-9);
    }
}
