//! Where speech really begins and ends, near where the search says it does.

use crate::mel::ENERGIES_PER_SEC;

/// How far an edge may be moved outwards and inwards, in energies of 5 ms.
const OUT: usize = ENERGIES_PER_SEC * 2 / 5;
const IN: usize = ENERGIES_PER_SEC * 3 / 10;
/// A dip this short is inside speech: the closure of a consonant.
const DIP: usize = ENERGIES_PER_SEC * 6 / 100;
/// Speech is heard down to this far under its loudest, in nepers of energy (37 dB).
const RANGE: f32 = 8.5;

/// A line's own noise that is so much above what is heard beside it, in nepers of energy, was cut off there.
const GATED: f32 = 2.0;

/// For each neper of its range that noise hides, so much of a line's start and end is under it, in energies of 5 ms.
const HIDDEN_BEFORE: f32 = 0.6;
const HIDDEN_AFTER: f32 = 0.8;

/// What edges are found by.
#[derive(Debug, Clone)]
pub(crate) struct Edges<'a> {
    /// Natural logarithms of energies of 5 ms, of the sound and of its upper part.
    energies: &'a [[f32; 2]],
    /// Whether nobody speaks, for each of them.
    quiet: Vec<bool>,
    /// Whether the room echoes, so that sound goes on after speech.
    echo: bool,
}

/// Half of the stretch over which slopes are taken.
const HALF: usize = 6;
/// Sound that falls faster than this falls by itself: a room of so little echo (RT60 of a quarter second) hides no end.
const DRY: f32 = 0.245;

impl<'a> Edges<'a> {
    pub(crate) fn new(energies: &'a [[f32; 2]], quiet: Vec<bool>, echo: bool) -> Self {
        Self { energies, quiet, echo }
    }

    /// The speech near `from..to` (energies), kept within `least..most`.
    pub(crate) fn refined(&self, from: usize, to: usize, least: usize, most: usize) -> (usize, usize) {
        let most = most.min(self.energies.len());
        let (from, to) = (from.min(most), to.min(most));
        if to < from + 4 {
            return (from, to);
        }
        let [(low, low_hidden), (high, high_hidden)] = [self.limit(0, from, to), self.limit(1, from, to)];
        let start = self.start(from, [low, high], least, to);
        let end = if self.echo { to } else { self.end(to, [low, high], start, most) };
        if end < start + 5 {
            return (from, to);
        }
        let hidden = low_hidden.min(high_hidden);
        let before = (hidden * HIDDEN_BEFORE) as usize;
        let after = if self.echo { 0 } else { (hidden * HIDDEN_AFTER) as usize };
        (start.saturating_sub(before).max(least.min(start)), (end + after).min(most.max(end)))
    }

    /// What is louder than this is speech: 37 dB under the loudest of the line, and clear of the noise around it.
    ///
    /// Also gives how much of its range the noise hides.
    fn limit(&self, part: usize, from: usize, to: usize) -> (f32, f32) {
        let mut line: Vec<f32> = self.energies[from..to].iter().map(|energy| energy[part]).collect();
        line.sort_unstable_by(f32::total_cmp);
        let loudest = line[line.len() * 97 / 100];
        let before = (0..from).rev().take(400);
        let after = to..(to + 400).min(self.energies.len());
        let mut noise: Vec<f32> = before
            .chain(after)
            .filter(|at| self.quiet.get(*at).is_some_and(|quiet| *quiet))
            .map(|at| self.smooth(at, part))
            .collect();
        let least = loudest - RANGE;
        if noise.len() < 20 {
            return (least, 0.0);
        }
        // Its lower half alone says how much it sways: what thumps in the pauses is in the upper one.
        noise.sort_unstable_by(f32::total_cmp);
        let middle = noise[noise.len() / 2];
        let spread = (middle - noise[noise.len() / 10]) / 1.28;
        // Where a gate shuts beside the line, or silence was put there, the line's own noise goes on to the gate.
        let own_noise = line[line.len() / 100];
        let gated = middle + GATED < own_noise;
        let least = if gated { least.max(own_noise + 0.8) } else { least };
        let limit = least.max(middle + (3.0 * spread).max(1.0));
        (limit, limit - least)
    }

    fn smooth(&self, at: usize, part: usize) -> f32 {
        let near = &self.energies[at.saturating_sub(1)..(at + 2).min(self.energies.len())];
        near.iter().map(|energy| energy[part]).sum::<f32>() / near.len() as f32
    }

    fn is_loud(&self, at: usize, limits: [f32; 2]) -> bool {
        (0..2).any(|part| self.smooth(at, part) > limits[part])
    }

    fn start(&self, from: usize, limits: [f32; 2], least: usize, to: usize) -> usize {
        let inwards = (from..(from + IN).min(to)).find(|at| self.is_loud(*at, limits));
        let Some(mut start) = inwards else { return from };
        if start > from + 2 {
            return start;
        }
        let stop = least.max(from.saturating_sub(OUT));
        let mut at = start;
        while at > stop && start - at < DIP {
            at -= 1;
            if self.is_loud(at, limits) {
                start = at;
            }
        }
        start
    }

    fn end(&self, to: usize, limits: [f32; 2], start: usize, most: usize) -> usize {
        let lowest = start.max(to.saturating_sub(IN));
        let inwards = (lowest..to).rev().find(|at| self.is_loud(*at, limits));
        let Some(mut end) = inwards else { return to };
        if end + 3 < to {
            return end + 1;
        }
        let stop = most.min(to + OUT);
        let mut at = end;
        while at + 1 < stop && at - end < DIP {
            at += 1;
            if self.is_loud(at, limits) {
                end = at;
            }
        }
        end + 1
    }
}

fn slope(energies: &[[f32; 2]], at: usize) -> f32 {
    if at < HALF || at + HALF >= energies.len() {
        return 0.0;
    }
    let moment = |step: usize| step as f32 * (energies[at + step][0] - energies[at - step][0]);
    (1..=HALF).map(moment).sum::<f32>() / (2.0 * (1..=HALF).map(|step| (step * step) as f32).sum::<f32>())
}

/// Nepers by which an echo falls in 10 ms; `None` where no echo is heard. `quiet` tells where nobody speaks.
pub(crate) fn echo(energies: &[[f32; 2]], quiet: &[bool]) -> Option<f32> {
    let slopes = quiet.iter().enumerate().filter(|(_, quiet)| !**quiet).map(|(at, _)| -slope(energies, at));
    let mut falls: Vec<f32> = slopes.filter(|fall| *fall > 0.02).collect();
    falls.sort_unstable_by(f32::total_cmp);
    let fast = falls.get(falls.len() * 9 / 10).copied().unwrap_or(1.0);
    // What falls fastest falls by chance half as fast again as the room lets it.
    (fast < DRY).then_some(2.0 * 0.62 * fast)
}
