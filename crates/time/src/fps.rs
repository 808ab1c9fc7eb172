use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{FilmFrame, Sample, SampleRate};

/// A frame rate kept as the ratio it is, in lowest terms: 24/1, 24000/1001.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Fps {
    num: NonZeroU32,
    den: NonZeroU32,
}

/// Why a frame rate could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FpsError {
    /// Not a number, a decimal or a ratio.
    #[error("`{text}` is not a frame rate; write 24, 25, 30, 23.976, 29.97 or a ratio such as 24000/1001")]
    Unreadable {
        /// What was written.
        text: String,
    },
    /// Outside what any camera, screen or generator uses.
    #[error("a frame rate of {num}/{den} is outside 1 to 240 frames per second")]
    OutOfRange {
        /// Numerator as written.
        num: u32,
        /// Denominator as written.
        den: u32,
    },
}

impl Fps {
    /// 24 frames a second, the rate of cinemas.
    pub const FILM: Self = Self::whole(24);
    /// 25 frames a second, television in 50 Hz countries.
    pub const PAL: Self = Self::whole(25);
    /// 30 frames a second.
    pub const THIRTY: Self = Self::whole(30);
    /// 24000/1001, "23.976".
    pub const NTSC_FILM: Self = Self::ntsc(24_000);
    /// 30000/1001, "29.97".
    pub const NTSC: Self = Self::ntsc(30_000);

    const fn whole(fps: u32) -> Self {
        Self { num: NonZeroU32::new(fps).expect("rates above are not zero"), den: NonZeroU32::MIN }
    }

    const fn ntsc(num: u32) -> Self {
        Self {
            num: NonZeroU32::new(num).expect("rates above are not zero"),
            den: NonZeroU32::new(1001).expect("1001 is not zero"),
        }
    }

    /// The rate `num / den`, reduced; between 1 and 240 frames per second.
    pub fn new(num: u32, den: u32) -> Result<Self, FpsError> {
        let out_of_range = FpsError::OutOfRange { num, den };
        let (Some(_), Some(_)) = (NonZeroU32::new(num), NonZeroU32::new(den)) else {
            return Err(out_of_range);
        };
        let whole = u64::from(num) / u64::from(den);
        if whole < 1 || u64::from(num) > 240 * u64::from(den) {
            return Err(out_of_range);
        }
        let divisor = gcd(num, den);
        let reduced = (NonZeroU32::new(num / divisor), NonZeroU32::new(den / divisor));
        let (Some(num), Some(den)) = reduced else { return Err(out_of_range) };
        Ok(Self { num, den })
    }

    /// Numerator of the ratio in lowest terms.
    pub fn num(self) -> u32 {
        self.num.get()
    }

    /// Denominator of the ratio in lowest terms.
    pub fn den(self) -> u32 {
        self.den.get()
    }

    /// The count that timecode uses for one second: 24 for 24000/1001, 30 for 30000/1001.
    pub fn nominal(self) -> u32 {
        self.num().div_ceil(self.den())
    }

    /// Frames per second as a measurement, for talk and estimates only.
    pub fn as_f64(self) -> f64 {
        f64::from(self.num()) / f64::from(self.den())
    }

    /// First sample at or after the start of `frame`.
    ///
    /// Worked out from the frame number each time, in integers, so the last cut of the film is as exact as the
    /// first. A frame is 2,000 samples at 24 fps and 48 kHz; at 30000/1001 it is 1,601.6, so starts round up.
    pub fn first_sample(self, frame: FilmFrame, rate: SampleRate) -> Sample {
        let ticks = u128::from(frame.0) * u128::from(self.den()) * u128::from(rate.hz());
        Sample(samples(ticks.div_ceil(u128::from(self.num()))))
    }

    /// The frame that is on screen while `sample` sounds: the last one whose [`first_sample`](Self::first_sample)
    /// is at or before it.
    pub fn frame_at(self, sample: Sample, rate: SampleRate) -> FilmFrame {
        let ticks = u128::from(sample.0) * u128::from(self.num());
        FilmFrame(frames(ticks / (u128::from(self.den()) * u128::from(rate.hz()))))
    }

    /// Frames needed to hold `samples`, the last one perhaps in part.
    pub fn frames_covering(self, samples: u64, rate: SampleRate) -> u32 {
        let ticks = u128::from(samples) * u128::from(self.num());
        frames(ticks.div_ceil(u128::from(self.den()) * u128::from(rate.hz())))
    }

    /// Frames at this rate that cover `frames` at rate `other`: the last one perhaps only in part.
    pub fn covering(self, frames: u32, other: Self) -> u32 {
        let (ticks, frame) = self.ticks(frames, other);
        crate::fps::frames(ticks.div_ceil(frame))
    }

    /// Whole frames at this rate that fit into `frames` at rate `other`.
    pub fn within(self, frames: u32, other: Self) -> u32 {
        let (ticks, frame) = self.ticks(frames, other);
        crate::fps::frames(ticks / frame)
    }

    /// How long `frames` at rate `other` take, and how long one frame at this rate takes, in the same unit.
    fn ticks(self, frames: u32, other: Self) -> (u128, u128) {
        let ticks = u128::from(frames) * u128::from(other.den()) * u128::from(self.num());
        (ticks, u128::from(other.num()) * u128::from(self.den()))
    }

    /// Whole frames nearest to `millis` thousandths of a second.
    pub fn frames_from_millis(self, millis: u64) -> u32 {
        let ticks = u128::from(millis) * u128::from(self.num());
        let second = u128::from(self.den()) * 1000;
        frames((ticks + second / 2) / second)
    }

    /// Seconds that `frames` take, as a measurement.
    pub fn seconds(self, frames: u32) -> f64 {
        f64::from(frames) * f64::from(self.den()) / f64::from(self.num())
    }
}

/// `count` as a number of frames. What does not fit becomes the largest there is: a length that somebody wrote with too
/// many digits must be refused as too long, not come round as a short one.
pub(crate) fn frames(count: u128) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// `count` as a number of samples, likewise.
pub(crate) fn samples(count: u128) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl fmt::Display for Fps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.den() {
            1 => write!(f, "{}", self.num()),
            den => write!(f, "{}/{den}", self.num()),
        }
    }
}

impl fmt::Debug for Fps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fps({self})")
    }
}

impl FromStr for Fps {
    type Err = FpsError;

    /// Reads `24`, `24/1`, `24000/1001`, and the decimals people write for the NTSC family (`23.976`, `29.97`).
    fn from_str(text: &str) -> Result<Self, FpsError> {
        let unreadable = || FpsError::Unreadable { text: text.to_owned() };
        let number = |part: &str| part.trim().parse::<u32>().map_err(|_| unreadable());
        if let Some((num, den)) = text.split_once('/') {
            return Self::new(number(num)?, number(den)?);
        }
        match text.trim() {
            "23.976" | "23.98" | "23.9760" => Ok(Self::NTSC_FILM),
            "29.97" | "29.970" => Ok(Self::NTSC),
            "47.952" | "47.95" => Self::new(48_000, 1001),
            "59.94" | "59.940" => Self::new(60_000, 1001),
            whole => Self::new(number(whole.strip_suffix(".0").unwrap_or(whole))?, 1),
        }
    }
}

impl From<Fps> for String {
    fn from(fps: Fps) -> Self {
        fps.to_string()
    }
}

impl TryFrom<String> for Fps {
    type Error = FpsError;
    fn try_from(text: String) -> Result<Self, FpsError> {
        text.parse()
    }
}
