use std::collections::BTreeMap;

use soundlock_sound::LockedSound;

use crate::price::ONSET_FRAMES;
use crate::sounding::{LineLevels, Side, Sounding, Spot};
use crate::{CutList, PlanRules, Shot, ShotKind};

/// What a cut list is like, in numbers. Title card and credits are left out.
///
/// Lengths are of what is seen without a cut: the shots of a chain are one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlanStats {
    /// Shots of scenes.
    pub shots: usize,
    /// Of these, shots that go on from the one before.
    pub joins: usize,
    /// Mean length in seconds.
    pub mean_secs: f64,
    /// Median length in seconds.
    pub median_secs: f64,
    /// Cuts inside scenes: every shot's first frame but those that begin a scene or go on from the shot before.
    pub cuts: usize,
    /// Cuts while no line sounds.
    pub cuts_in_gaps: usize,
    /// Cuts in the gap between lines of two speakers.
    pub cuts_at_speaker_change: usize,
    /// Cuts at the onset of music or an effect.
    pub cuts_at_onsets: usize,
    /// Cuts to the one who is asked, before the question is over.
    pub cuts_leading: usize,
    /// Cuts to one who has broken in, a moment after.
    pub cuts_trailing: usize,
    /// Cuts inside what is probably a word.
    pub cuts_in_words: usize,
    /// Of these, cuts that the ceiling forces: both shots together are too long, and no other place would do.
    pub cuts_in_words_forced: usize,
    /// Cuts that are in a gap, on an onset or at a change of speaker, trailing it by a moment counted in.
    pub cuts_covered: usize,
    /// Spread of the lengths: standard deviation of their natural logarithms. Films have about 0.94. `None` below 8
    /// shots.
    pub lognormal_sigma: Option<f64>,
    /// Largest distance between the lengths' distribution and the log-normal that fits them best (Kolmogorov and
    /// Smirnov), 0 to 1; lower is better. `None` below 8 shots.
    pub lognormal_distance: Option<f64>,
    /// Correlation of each shot's length (its logarithm) with the next one's in the scene, -1 to 1; films have a
    /// little above 0. `None` below 8 pairs.
    pub lag_one_correlation: Option<f64>,
    /// How the power of the lengths' swells falls with their frequency over the whole film: 0 for lengths that know
    /// nothing of each other, -1 for 1/f, to which films have come near (`DeLong`, Brunick, Cutting 2010). `None` below
    /// 32 shots.
    pub spectral_slope: Option<f64>,
}

/// Fewest shots that a distribution is told from.
const ENOUGH: usize = 8;
/// Fewest shots that a spectrum is told from.
const ENOUGH_FOR_SPECTRUM: usize = 32;

/// Measures a cut list against the sound and the rules it was planned to.
pub fn stats(cut_list: &CutList, sound: &LockedSound, levels: &LineLevels, rules: &PlanRules) -> PlanStats {
    let shots: Vec<&Shot> = cut_list.shots.iter().filter(|shot| shot.kind == ShotKind::Scene).collect();
    let held = held(&shots);
    let mut lengths: Vec<f64> = held.iter().map(|(_, frames)| cut_list.fps.seconds(*frames)).collect();
    lengths.sort_by(f64::total_cmp);
    let logarithms: Vec<f64> = held.iter().map(|(_, frames)| logarithm(*frames)).collect();
    let pairs = neighbours(&held);
    let enough = lengths.len() >= ENOUGH;
    let mut stats = PlanStats {
        shots: shots.len(),
        joins: shots.len() - held.len(),
        mean_secs: mean(&lengths),
        median_secs: median(&lengths),
        cuts: 0,
        cuts_in_gaps: 0,
        cuts_at_speaker_change: 0,
        cuts_at_onsets: 0,
        cuts_leading: 0,
        cuts_trailing: 0,
        cuts_in_words: 0,
        cuts_in_words_forced: 0,
        cuts_covered: 0,
        lognormal_sigma: enough.then(|| spread(&logarithms)),
        lognormal_distance: enough.then(|| lognormal_distance(&lengths)),
        lag_one_correlation: (pairs.len() >= ENOUGH).then(|| correlation(&pairs)).flatten(),
        spectral_slope: (logarithms.len() >= ENOUGH_FOR_SPECTRUM).then(|| spectral_slope(&logarithms)),
    };
    let longest = rules.longest_shot(&rules.generator, cut_list.fps).unwrap_or(u32::MAX);
    let soundings: BTreeMap<&str, Sounding> =
        sound.scenes.iter().map(|scene| (scene.id.as_str(), Sounding::of(scene, sound, levels))).collect();
    for pair in shots.windows(2).filter(|pair| pair[1].at.0 > 0 && pair[1].continues.is_none()) {
        if let Some(sounding) = soundings.get(pair[1].code.scene()) {
            stats.count_cut(pair[0], pair[1], sounding, (rules.shortest_frames, longest));
        }
    }
    stats
}

impl PlanStats {
    fn count_cut(&mut self, before: &Shot, shot: &Shot, sounding: &Sounding, limits: (u32, u32)) {
        let at = shot.at.0;
        let spot = sounding.spot(at);
        let gap = matches!(spot, Spot::Gap | Spot::Breath);
        let change = sounding.changes_speaker(at);
        let onset = sounding.onsets.iter().any(|(frame, _)| frame.abs_diff(at) <= ONSET_FRAMES);
        let side = sounding.handover(at).map(|handover| handover.side);
        let word = spot == Spot::Word;
        self.cuts += 1;
        self.cuts_in_gaps += usize::from(gap);
        self.cuts_at_speaker_change += usize::from(change);
        self.cuts_at_onsets += usize::from(onset);
        self.cuts_leading += usize::from(side == Some(Side::Leads));
        self.cuts_trailing += usize::from(side == Some(Side::Trails));
        self.cuts_in_words += usize::from(word);
        self.cuts_in_words_forced += usize::from(word && is_forced(before, shot, sounding, limits));
        self.cuts_covered += usize::from(gap || change || onset || side == Some(Side::Trails));
    }
}

/// Whether two shots are too long for one and could not be cut but in a word.
fn is_forced(before: &Shot, shot: &Shot, sounding: &Sounding, (shortest, longest): (u32, u32)) -> bool {
    let (start, end) = (before.at.0, shot.at.0 + shot.frames());
    let first = (start + shortest).max(end.saturating_sub(longest));
    let last = end.saturating_sub(shortest).min(start.saturating_add(longest));
    end - start > longest && (first..=last).all(|frame| sounding.spot(frame) == Spot::Word)
}

/// What is seen without a cut: its scene and its frames.
fn held<'a>(shots: &[&'a Shot]) -> Vec<(&'a str, u32)> {
    let mut held: Vec<(&str, u32)> = Vec::with_capacity(shots.len());
    for shot in shots {
        match held.last_mut() {
            Some((_, frames)) if shot.continues.is_some() => *frames += shot.frames(),
            _ => held.push((shot.code.scene(), shot.frames())),
        }
    }
    held
}

fn logarithm(frames: u32) -> f64 {
    libm::log(f64::from(frames.max(1)))
}

/// Logarithms of lengths side by side in a scene.
fn neighbours(held: &[(&str, u32)]) -> Vec<(f64, f64)> {
    let pairs = held.windows(2).filter(|pair| pair[0].0 == pair[1].0);
    pairs.map(|pair| (logarithm(pair[0].1), logarithm(pair[1].1))).collect()
}

fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

fn spread(values: &[f64]) -> f64 {
    let middle = mean(values);
    let squares: Vec<f64> = values.iter().map(|value| (value - middle) * (value - middle)).collect();
    mean(&squares).sqrt()
}

fn median(sorted: &[f64]) -> f64 {
    match sorted.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => sorted[odd / 2],
        even => f64::midpoint(sorted[even / 2 - 1], sorted[even / 2]),
    }
}

fn lognormal_distance(sorted: &[f64]) -> f64 {
    let logarithms: Vec<f64> = sorted.iter().map(|length| libm::log(*length)).collect();
    let (middle, spread) = (mean(&logarithms), spread(&logarithms));
    let below = |value: f64| {
        // Even lengths spread by no more than their logarithms are rounded.
        if spread < 1e-9 {
            0.5
        } else {
            0.5 * libm::erfc((middle - value) / (spread * std::f64::consts::SQRT_2))
        }
    };
    let count = sorted.len() as f64;
    let steps = logarithms.iter().enumerate().map(|(index, value)| {
        let expected = below(*value);
        (expected - index as f64 / count).abs().max(((index + 1) as f64 / count - expected).abs())
    });
    steps.fold(0.0, f64::max)
}

fn correlation(pairs: &[(f64, f64)]) -> Option<f64> {
    let (firsts, seconds): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let (first_mean, second_mean) = (mean(&firsts), mean(&seconds));
    let product = |f: fn(f64, f64) -> f64| {
        pairs.iter().map(|(first, second)| f(first - first_mean, second - second_mean)).sum::<f64>()
    };
    let spread = (product(|first, _| first * first) * product(|_, second| second * second)).sqrt();
    (spread > 0.0).then(|| product(|first, second| first * second) / spread)
}

/// Slope of the periodogram on logarithmic axes, fitted through the means of its octaves.
fn spectral_slope(values: &[f64]) -> f64 {
    let (count, middle) = (values.len(), mean(values));
    let mut octaves = Vec::new();
    let mut from = 1;
    while from <= count / 2 {
        let to = (2 * from - 1).min(count / 2);
        let powers: Vec<f64> = (from..=to).map(|cycles| power(values, middle, cycles)).collect();
        let frequency = f64::midpoint(from as f64, to as f64) / count as f64;
        let power = libm::log(mean(&powers).max(f64::MIN_POSITIVE));
        octaves.push((libm::log(frequency), power, powers.len() as f64));
        from *= 2;
    }
    // An octave counts by its waves: the power of a single one is mostly chance.
    let waves: f64 = octaves.iter().map(|(_, _, waves)| waves).sum();
    let x_mean = octaves.iter().map(|(x, _, waves)| x * waves).sum::<f64>() / waves;
    let y_mean = octaves.iter().map(|(_, y, waves)| y * waves).sum::<f64>() / waves;
    let shared: f64 = octaves.iter().map(|(x, y, waves)| waves * (x - x_mean) * (y - y_mean)).sum();
    let own: f64 = octaves.iter().map(|(x, _, waves)| waves * (x - x_mean) * (x - x_mean)).sum();
    shared / own
}

/// Power of the wave that goes through `values` so many times.
fn power(values: &[f64], middle: f64, cycles: usize) -> f64 {
    let step = std::f64::consts::TAU * cycles as f64 / values.len() as f64;
    let (mut real, mut imaginary) = (0.0, 0.0);
    for (index, value) in values.iter().enumerate() {
        let angle = step * index as f64;
        real += (value - middle) * libm::cos(angle);
        imaginary += (value - middle) * libm::sin(angle);
    }
    real * real + imaginary * imaginary
}

#[cfg(test)]
mod tests {
    use super::{lognormal_distance, spectral_slope};
    use crate::draw::Draw;

    fn noise(count: usize) -> Vec<f64> {
        let mut draw = Draw::new(3, "noise");
        (0..count).map(|_| draw.normal()).collect()
    }

    #[test]
    fn the_slope_tells_runs_from_noise() {
        let noise = noise(2000);
        assert!(spectral_slope(&noise).abs() < 0.25, "{}", spectral_slope(&noise));
        let walk: Vec<f64> = noise
            .iter()
            .scan(0.0, |sum, step| {
                *sum += step;
                Some(*sum)
            })
            .collect();
        assert!(spectral_slope(&walk) < -1.5, "{}", spectral_slope(&walk));
    }

    #[test]
    fn a_log_normal_is_near_itself_and_even_lengths_are_not() {
        let mut lengths: Vec<f64> = noise(1000).iter().map(|z| libm::exp(1.0 + 0.9 * z)).collect();
        lengths.sort_by(f64::total_cmp);
        assert!(lognormal_distance(&lengths) < 0.03, "{}", lognormal_distance(&lengths));
        assert!((lognormal_distance(&[4.9; 100]) - 0.5).abs() < 1e-9);
    }
}
