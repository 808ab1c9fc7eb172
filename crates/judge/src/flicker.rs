use soundlock_time::{TakeFrame, TakeRange};

use crate::finding::{Better, Finding};
use crate::look::Look;
use crate::rules::JudgeRules;

/// Measures light that comes and goes from frame to frame over the whole picture.
///
/// Each frame is held against the mean of its two neighbours, area by area: steady drift leaves nothing. The mean over
/// all areas is weighted by how far they agree: what moves through the picture brightens one area and darkens another,
/// a flickering frame goes up and down as a whole. Then no area counts for more than that mean, and what fewer than
/// half of them share is reduced: somebody who steps in front of the lens darkens much, but not everything.
///
/// Source: second difference of mean luma separated takes that their authors labelled as flickering from mended ones
/// (1.8 against 0.7 levels in the worst hundredth), where frame differences ranked them the wrong way. Weighting and
/// reduction are ours, after motion silencing (Choi, Cormack and Bovik 2015); the pair is then 1.9 against 0.4 in the
/// worst frame, and fast motion falls from 2.5 to 0.3.
#[derive(Debug, Default)]
pub(crate) struct Flicker {
    before: Option<Vec<f32>>,
    here: Option<Vec<f32>>,
    /// Flicker of frames 1, 2 and so on, in levels of 255.
    levels: Vec<f32>,
}

impl Flicker {
    pub(crate) fn see(&mut self, look: &Look) {
        let after = look.areas.clone();
        if let (Some(before), Some(here)) = (&self.before, &self.here) {
            self.levels.push(flicker(before, here, &after));
        }
        self.before = self.here.take();
        self.here = Some(after);
    }

    /// Flicker of all frames but the worst hundredth.
    pub(crate) fn finding(&self, cuts: &[u32], rules: &JudgeRules) -> Finding {
        let levels = self.inside_shots(cuts);
        let mut sorted: Vec<f32> = levels.iter().map(|&(_, level)| level).collect();
        sorted.sort_by(f32::total_cmp);
        let finding = Finding::new(
            "flicker",
            f64::from(percentile(&sorted, 0.99)),
            "levels of 255",
            rules.flicker_levels,
            Better::Lower,
        );
        let finding =
            finding.says("how far the whole picture's light jumps, but for the worst hundredth of frames");
        place_of_worst(&levels).map_or(finding.clone(), |place| finding.at(place))
    }

    /// Flicker of the worst frame.
    pub(crate) fn peak_finding(&self, cuts: &[u32], rules: &JudgeRules) -> Finding {
        let levels = self.inside_shots(cuts);
        let peak = levels.iter().map(|&(_, level)| level).fold(0.0, f32::max);
        let limit = rules.flicker_peak_levels;
        let finding = Finding::new("flicker-peak", f64::from(peak), "levels of 255", limit, Better::Lower)
            .says("how far the whole picture's light jumps in the worst frame");
        place_of_worst(&levels).map_or(finding.clone(), |place| finding.at(place))
    }

    /// Frames with their flicker, but for those next to a cut.
    fn inside_shots(&self, cuts: &[u32]) -> Vec<(u32, f32)> {
        let spans_cut = |frame: u32| cuts.contains(&frame) || cuts.contains(&(frame + 1));
        (1..).zip(self.levels.iter().copied()).filter(|&(frame, _)| !spans_cut(frame)).collect()
    }
}

fn flicker(before: &[f32], here: &[f32], after: &[f32]) -> f32 {
    let off = |area: usize| here[area] - f32::midpoint(before[area], after[area]);
    let areas = 0..here.len();
    let sum: f32 = areas.clone().map(off).sum();
    let size: f32 = areas.clone().map(|area| off(area).abs()).sum();
    if size <= f32::EPSILON {
        return 0.0;
    }
    let together = sum * sum / size / here.len() as f32;
    let shared: f32 = areas.map(|area| off(area).clamp(-together, together)).sum::<f32>().abs();
    together.min(2.0 * shared / here.len() as f32)
}

/// The value below which `share` of the sorted values lie, between neighbours in proportion; 0 of none.
fn percentile(sorted: &[f32], share: f32) -> f32 {
    let place = sorted.len().saturating_sub(1) as f32 * share;
    let below = sorted.get(place as usize).copied().unwrap_or(0.0);
    let above = sorted.get(place as usize + 1).copied().unwrap_or(below);
    below + (above - below) * place.fract()
}

/// The frames around the worst one that have at least a quarter of its flicker.
fn place_of_worst(levels: &[(u32, f32)]) -> Option<TakeRange> {
    // Of equals the first, so that the place is the same on every machine.
    let (worst, peak) = levels
        .iter()
        .enumerate()
        .map(|(place, &(_, level))| (place, level))
        .reduce(|best, next| if next.1 > best.1 { next } else { best })?;
    if peak <= 0.0 {
        return None;
    }
    let reaches = |&&(_, level): &&(u32, f32)| level >= peak / 4.0;
    let last = levels[worst..].iter().take_while(reaches).last()?;
    let first = levels[..=worst].iter().rev().take_while(reaches).last()?;
    TakeRange::between(TakeFrame(first.0), TakeFrame(last.0 + 1))
}
