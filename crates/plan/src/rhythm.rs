use std::collections::BTreeMap;

use soundlock_script::SceneId;

use crate::draw::Draw;

/// Spread of the logarithm of shot lengths: a standard deviation of 1.2 times the mean, as in most films (Salt).
pub(crate) const SIGMA: f64 = 0.944;
/// Median of a log-normal of that spread, as a part of its mean.
const MEDIAN_OF_MEAN: f64 = 0.64;
/// How much of the spread is in slow swells, so that lengths come in runs (`DeLong`, Brunick, Cutting 2010).
const SWELL: f64 = 0.8;
/// How much of a swell is left from one shot to the next.
const SWELL_HOLDS: f64 = 0.9;
/// What a shot costs more than one of 1/e of its length where the ceiling cuts off all of the law. Sound fills whatever
/// lies below a ceiling: what should be a few long shots and many short ones becomes nearly all just under it.
const LEAN: f64 = 6.0;
/// Shots shorter than this part of the median lean no further.
const LEAST_OF_MEDIAN: f64 = 0.55;
/// The highest median, as a part of the ceiling, that the lean goes by: who asks for slower shots than that is to get
/// them, close under the ceiling as they must be.
const MOST_OF_CEILING: f64 = 0.42;

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
    lean: Lean,
}

/// What a shot's length costs beside being off what is wanted: the more the longer, as far as a ceiling cuts the
/// lengths' law off.
#[derive(Debug, Clone, Copy)]
struct Lean {
    /// Price per unit of logarithm.
    price: f64,
    /// Logarithm of the length that costs nothing.
    middle: f64,
}

impl Lean {
    const NONE: Self = Self { price: 0.0, middle: 0.0 };

    fn of(pace_frames: f64, limits: Limits) -> Self {
        let longest = f64::from(limits.longest);
        let median = (pace_frames * MEDIAN_OF_MEAN).min(MOST_OF_CEILING * longest);
        let beyond = libm::log(longest / median) / SIGMA;
        let cut_off = 0.5 * libm::erfc(beyond / std::f64::consts::SQRT_2);
        Self { price: LEAN * cut_off, middle: libm::log(median) }
    }

    /// Price of a shot whose length has this logarithm.
    fn price(self, logarithm: f64) -> f64 {
        self.price * (logarithm - self.middle).max(libm::log(LEAST_OF_MEDIAN))
    }
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
        Self { wanted, lean: Lean::of(pace_frames, limits) }
    }

    /// The same length wanted everywhere.
    pub(crate) fn even(frames: u32, length: u32) -> Self {
        let wanted = vec![libm::log(f64::from(length.max(1))); frames as usize + 1];
        Self { wanted, lean: Lean::NONE }
    }

    /// Logarithm of the length wanted of a shot that begins at `frame`.
    pub(crate) fn wanted(&self, frame: u32) -> f64 {
        self.wanted[frame as usize]
    }

    /// What a length costs by itself, given its logarithm; below 0 for the short ones.
    pub(crate) fn lean(&self, logarithm: f64) -> f64 {
        self.lean.price(logarithm)
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
