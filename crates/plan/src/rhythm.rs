use std::collections::BTreeMap;

use soundlock_script::SceneId;

use crate::draw::Draw;

/// Spread of the logarithm of shot lengths: a standard deviation of 1.2 times the mean, as in most films (Salt).
pub(crate) const SIGMA: f64 = 0.944;
/// Median of a log-normal of that spread, as a part of its mean.
const MEDIAN_OF_MEAN: f64 = 0.64;
/// How much of the spread is in slow swells, so that lengths come in runs (`DeLong`, Brunick, Cutting 2010).
const SWELL: f64 = 0.5;
/// How much of a swell is left from one shot to the next.
const SWELL_HOLDS: f64 = 0.9;

/// Lengths that shots of a film may have, in frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Limits {
    pub(crate) shortest: u32,
    pub(crate) longest: u32,
}

/// The rhythm a scene would have if nobody spoke: lengths drawn from a log-normal, one after the other.
#[derive(Debug, Clone)]
pub(crate) struct Rhythm {
    /// For each frame, the logarithm of the length wanted of a shot that begins there.
    wanted: Vec<f64>,
}

/// Medians already worked out, by pace and limits.
pub(crate) type Medians = BTreeMap<(u64, Limits), f64>;

impl Rhythm {
    pub(crate) fn of(
        seed: u64,
        scene: &SceneId,
        frames: u32,
        pace_frames: f64,
        limits: Limits,
        medians: &mut Medians,
    ) -> Self {
        let key = (pace_frames.to_bits(), limits);
        let median = *medians.entry(key).or_insert_with(|| median_for(pace_frames, limits));
        let mut drawn = Drawn::new(Draw::new(seed, scene.as_str()), median, limits);
        let mut wanted = Vec::with_capacity(frames as usize + 1);
        let (mut length, mut next) = (drawn.next(), drawn.next());
        while wanted.len() <= frames as usize {
            // A cut that misses its drawn place by a little still begins the shot that was drawn there.
            let half = length.div_ceil(2) as usize;
            wanted.extend(std::iter::repeat_n(libm::log(f64::from(length)), half));
            wanted.extend(std::iter::repeat_n(libm::log(f64::from(next)), length as usize - half));
            (length, next) = (next, drawn.next());
        }
        Self { wanted }
    }

    /// The same length wanted everywhere.
    pub(crate) fn even(frames: u32, length: u32) -> Self {
        Self { wanted: vec![libm::log(f64::from(length.max(1))); frames as usize + 1] }
    }

    /// Logarithm of the length wanted of a shot that begins at `frame`.
    pub(crate) fn wanted(&self, frame: u32) -> f64 {
        self.wanted[frame as usize]
    }
}

/// The median that makes lengths drawn within `limits` come out at `mean`, as far as they can.
///
/// Drawing again what is too short makes shots longer, dividing what is too long makes them shorter. The median gives
/// way by at most a half: a rhythm squeezed against its ceiling any further would be no rhythm.
fn median_for(mean: f64, limits: Limits) -> f64 {
    let nominal = mean * MEDIAN_OF_MEAN;
    let (mut low, mut high) = (nominal * 0.5, nominal * 1.5);
    for _ in 0..12 {
        let median = f64::midpoint(low, high);
        let mut drawn = Drawn::new(Draw::new(0, "median"), median, limits);
        let total: f64 = (0..512).map(|_| f64::from(drawn.next())).sum();
        if total / 512.0 < mean { low = median } else { high = median }
    }
    f64::midpoint(low, high)
}

/// Shot lengths, one after the other.
struct Drawn {
    draw: Draw,
    median: f64,
    limits: Limits,
    swell: f64,
    parts: Vec<u32>,
}

impl Drawn {
    fn new(mut draw: Draw, median: f64, limits: Limits) -> Self {
        let swell = draw.normal();
        Self { draw, median, limits, swell, parts: Vec::new() }
    }

    fn next(&mut self) -> u32 {
        if let Some(part) = self.parts.pop() {
            return part;
        }
        self.swell = SWELL_HOLDS * self.swell + (1.0 - SWELL_HOLDS * SWELL_HOLDS).sqrt() * self.draw.normal();
        let length = self.length();
        self.divide(length);
        self.parts.pop().unwrap_or(self.limits.shortest)
    }

    fn length(&mut self) -> f64 {
        let shortest = f64::from(self.limits.shortest);
        for _ in 0..8 {
            let z = SWELL.sqrt() * self.swell + (1.0 - SWELL).sqrt() * self.draw.normal();
            let length = self.median * libm::exp(SIGMA * z);
            if length >= shortest {
                return length;
            }
        }
        shortest * (1.0 + 0.3 * self.draw.unit())
    }

    /// A length beyond the ceiling becomes several shots, none like the other.
    fn divide(&mut self, length: f64) {
        let Limits { shortest, longest } = self.limits;
        if length <= f64::from(longest) {
            self.parts.push((libm::round(length) as u32).clamp(shortest, longest));
            return;
        }
        // Beyond a dozen ceilings there is nothing left to tell apart.
        let length = length.min(12.0 * f64::from(longest));
        let first = length * (0.36 + 0.28 * self.draw.unit());
        self.divide(first);
        self.divide(length - first);
    }
}
