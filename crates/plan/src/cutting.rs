//! Where the cuts of a stretch go: dynamic programming over its frames.

use std::collections::BTreeMap;

use crate::rhythm::Rhythm;

/// Price of a shot being off its wanted length, per squared logarithm: half as long again costs 0.66, twice 1.9.
const RHYTHM: f64 = 4.0;
/// Price of a shot shorter than the shortest, which only happens where no other division exists.
const TOO_SHORT: f64 = 60.0;
/// Pairs of frames looked at for a stretch, about; beyond that, frames without anything special are thinned out.
const WORK: u64 = 40_000_000;

/// What a division of a stretch is judged by.
pub(crate) struct Terms<'a> {
    /// Price of a cut before each frame of the scene; lower is better.
    pub(crate) cut_price: &'a [f64],
    /// Wanted lengths.
    pub(crate) rhythm: &'a Rhythm,
    /// The shortest shot.
    pub(crate) shortest: u32,
    /// The longest shot.
    pub(crate) longest: u32,
    /// The longest shot that begins at a frame, where it is not `longest`.
    pub(crate) longest_from: &'a BTreeMap<u32, u32>,
    /// Shots that were there before, by first frame.
    pub(crate) kept: &'a BTreeMap<u32, Kept>,
}

/// A shot that was there before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Kept {
    /// How long it is in the sound as it is now: as long as it should be.
    pub(crate) frames: u32,
    /// How long it was when its takes were made.
    pub(crate) made_for: u32,
    /// How long it may get before its takes are too short.
    pub(crate) at_most: u32,
    /// Price of throwing its takes away.
    pub(crate) worth: f64,
}

/// What a shot is worth that is as it was, its takes aside: more than a good cut inside it would bring.
const AS_IT_WAS: f64 = 5.0;
/// How much of a take's worth is left when its shot shows more or less of it than it was made for.
const TRIMMED: f64 = 0.75;

impl Kept {
    /// Whether it has a say in what a shot of `length` costs.
    fn knows(&self, length: u32) -> bool {
        length == self.frames || length <= self.at_most
    }

    /// What is left of it and of its takes' worth in a shot of `length`. One that shows less than half of a take hardly is the
    /// shot that the take was made for.
    fn worth_in(&self, length: u32) -> f64 {
        match length {
            length if length == self.made_for && length == self.frames => self.worth + AS_IT_WAS,
            length if length == self.made_for => self.worth,
            length if length <= self.at_most && 2 * length >= self.made_for => TRIMMED * self.worth,
            _ => 0.0,
        }
    }
}

/// First frames of the shots that divide `start` to `end` at the lowest price, `start` included.
pub(crate) fn divide(start: u32, end: u32, terms: &Terms<'_>) -> Vec<u32> {
    let candidates = terms.candidates(start, end);
    cheapest(&candidates, terms, false).or_else(|| cheapest(&candidates, terms, true)).unwrap_or_else(|| {
        // Thinning left no way through; whole frames always do.
        let every: Vec<u32> = (start..=end).collect();
        cheapest(&every, terms, true).unwrap_or_else(|| vec![start])
    })
}

impl Terms<'_> {
    /// Frames where a cut may fall, `start` and `end` included.
    fn candidates(&self, start: u32, end: u32) -> Vec<u32> {
        let frames = end - start;
        let pairs = u64::from(frames) * u64::from(frames.min(self.longest));
        let stride = pairs.isqrt().div_ceil(WORK.isqrt()).max(1) as u32;
        let price = |frame: u32| self.cut_price[frame as usize];
        let special = |frame: u32| price(frame) < price(frame - 1) || price(frame) < price(frame + 1);
        (start..=end)
            .filter(|frame| {
                let inside = *frame - start;
                inside.is_multiple_of(stride) || *frame == end || special(*frame)
            })
            .collect()
    }

    fn longest_at(&self, frame: u32) -> u32 {
        self.longest_from.get(&frame).copied().unwrap_or(self.longest)
    }

    /// Furthest that any shot reaches.
    fn reach(&self) -> u32 {
        self.longest_from.values().copied().fold(self.longest, u32::max)
    }
}

/// The cheapest way through `candidates`; `None` where the limits leave none.
fn cheapest(candidates: &[u32], terms: &Terms<'_>, allow_short: bool) -> Option<Vec<u32>> {
    let (start, end) = (*candidates.first()?, *candidates.last()?);
    let shortest = if allow_short { 1 } else { terms.shortest };
    let logarithms: Vec<f64> =
        (0..=terms.reach().min(end - start)).map(|n| libm::log(f64::from(n))).collect();
    let lean: Vec<f64> = logarithms.iter().map(|logarithm| terms.rhythm.lean(*logarithm)).collect();
    let wanted: Vec<f64> = candidates.iter().map(|frame| terms.rhythm.wanted(*frame)).collect();
    let kept: Vec<Option<&Kept>> = candidates.iter().map(|frame| terms.kept.get(frame)).collect();
    let reach = terms.reach();
    let mut best = vec![f64::INFINITY; candidates.len()];
    let mut from = vec![0_u32; candidates.len()];
    best[0] = 0.0;
    let mut window = 0;
    for to in 1..candidates.len() {
        let frame = candidates[to];
        while candidates[window] + reach < frame {
            window += 1;
        }
        let (mut lowest, mut lowest_from) = (f64::INFINITY, 0);
        for index in window..to {
            let length = frame - candidates[index];
            if length < shortest {
                break;
            }
            let off = logarithms[length as usize] - wanted[index];
            let off_rhythm = RHYTHM * off * off + lean[length as usize];
            let price = best[index] + off_rhythm;
            // Rare cases are looked at only where they could matter: this is the innermost loop of planning.
            let kept = kept[index].filter(|kept| kept.knows(length));
            if price < lowest || kept.is_some() {
                let price = best[index] + terms.length_price(candidates[index], length, off_rhythm, kept);
                if price < lowest {
                    (lowest, lowest_from) = (price, index as u32);
                }
            }
        }
        let cut = if frame == end { 0.0 } else { terms.cut_price[frame as usize] };
        (best[to], from[to]) = (lowest + cut, lowest_from);
    }
    best[candidates.len() - 1].is_finite().then(|| way_back(candidates, &from))
}

impl Terms<'_> {
    fn length_price(&self, frame: u32, length: u32, off_rhythm: f64, kept: Option<&Kept>) -> f64 {
        if length > self.longest_at(frame) {
            return f64::INFINITY;
        }
        let missing = f64::from(self.shortest.saturating_sub(length)) / f64::from(self.shortest);
        let price = TOO_SHORT * missing;
        match kept {
            Some(kept) if length == kept.frames => price - kept.worth_in(length),
            Some(kept) => price + off_rhythm - kept.worth_in(length),
            None => price + off_rhythm,
        }
    }
}

fn way_back(candidates: &[u32], from: &[u32]) -> Vec<u32> {
    let mut cuts = Vec::new();
    let mut index = candidates.len() - 1;
    while index > 0 {
        index = from[index] as usize;
        cuts.push(candidates[index]);
    }
    cuts.reverse();
    cuts
}
