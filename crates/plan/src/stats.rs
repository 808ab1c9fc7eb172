use std::collections::BTreeMap;

use soundlock_sound::LockedSound;

use crate::price::ONSET_FRAMES;
use crate::sounding::{Sounding, Spot};
use crate::{CutList, Shot, ShotKind};

/// What a cut list is like, in numbers. Title card and credits are left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlanStats {
    /// Shots of scenes.
    pub shots: usize,
    /// Mean length in seconds.
    pub mean_secs: f64,
    /// Median length in seconds.
    pub median_secs: f64,
    /// Cuts inside scenes: every shot's first frame but those that begin a scene.
    pub cuts: usize,
    /// Cuts while no line sounds.
    pub cuts_in_gaps: usize,
    /// Cuts in the gap between lines of two speakers.
    pub cuts_at_speaker_change: usize,
    /// Cuts at the onset of music or an effect.
    pub cuts_at_onsets: usize,
    /// Cuts inside what is probably a word.
    pub cuts_in_words: usize,
    /// Cuts that are in a gap, on an onset or at a change of speaker.
    pub cuts_covered: usize,
    /// Largest distance between the lengths' distribution and the log-normal that fits them best (Kolmogorov and
    /// Smirnov), 0 to 1; lower is better. `None` below 8 shots.
    pub lognormal_distance: Option<f64>,
    /// Correlation of each shot's length (its logarithm) with the next one's in the scene, -1 to 1; films have a
    /// little above 0. `None` below 8 pairs.
    pub lag_one_correlation: Option<f64>,
}

/// Fewest shots that a distribution is told from.
const ENOUGH: usize = 8;

/// Measures a cut list against the sound it was planned to.
pub fn stats(cut_list: &CutList, sound: &LockedSound) -> PlanStats {
    let shots: Vec<&Shot> = cut_list.shots.iter().filter(|shot| shot.kind == ShotKind::Scene).collect();
    let mut lengths: Vec<f64> = shots.iter().map(|shot| cut_list.fps.seconds(shot.frames())).collect();
    let pairs = neighbours(&shots);
    lengths.sort_by(f64::total_cmp);
    let mut stats = PlanStats {
        shots: shots.len(),
        mean_secs: mean(&lengths),
        median_secs: median(&lengths),
        cuts: 0,
        cuts_in_gaps: 0,
        cuts_at_speaker_change: 0,
        cuts_at_onsets: 0,
        cuts_in_words: 0,
        cuts_covered: 0,
        lognormal_distance: (lengths.len() >= ENOUGH).then(|| lognormal_distance(&lengths)),
        lag_one_correlation: (pairs.len() >= ENOUGH).then(|| correlation(&pairs)).flatten(),
    };
    stats.count_cuts(&shots, sound);
    stats
}

impl PlanStats {
    fn count_cuts(&mut self, shots: &[&Shot], sound: &LockedSound) {
        let soundings: BTreeMap<&str, Sounding> =
            sound.scenes.iter().map(|scene| (scene.id.as_str(), Sounding::of(scene, sound))).collect();
        for shot in shots.iter().filter(|shot| shot.at.0 > 0) {
            let Some(sounding) = soundings.get(shot.code.scene()) else { continue };
            let at = shot.at.0;
            let gap = sounding.spot(at) == Spot::Gap;
            let change = sounding.changes_speaker(at);
            let onset = sounding.onsets.iter().any(|(frame, _)| frame.abs_diff(at) <= ONSET_FRAMES);
            self.cuts += 1;
            self.cuts_in_gaps += usize::from(gap);
            self.cuts_at_speaker_change += usize::from(change);
            self.cuts_at_onsets += usize::from(onset);
            self.cuts_in_words += usize::from(sounding.spot(at) == Spot::Word);
            self.cuts_covered += usize::from(gap || change || onset);
        }
    }
}

/// Logarithms of the lengths of shots side by side in a scene.
fn neighbours(shots: &[&Shot]) -> Vec<(f64, f64)> {
    let logarithm = |shot: &Shot| libm::log(f64::from(shot.frames().max(1)));
    let pairs = shots.windows(2).filter(|pair| pair[0].code.scene() == pair[1].code.scene());
    pairs.map(|pair| (logarithm(pair[0]), logarithm(pair[1]))).collect()
}

fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
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
    let middle = mean(&logarithms);
    let squares: Vec<f64> = logarithms.iter().map(|value| (value - middle) * (value - middle)).collect();
    let spread = mean(&squares).sqrt();
    let below = |value: f64| {
        if spread == 0.0 {
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
