//! Places and lengths of other programs, exact.

use soundlock_time::Fps;

/// A place or a length in seconds, as the ratio it is.
///
/// Other programs count in frames of many rates, in samples and in ratios; what they say is added up and compared
/// without rounding, and rounded once, to a film frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seconds {
    num: i128,
    den: i128,
}

/// A place among film frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NearestFrame {
    /// The frame whose start is nearest.
    pub(crate) frame: i64,
    /// Whether it is that start, but for what a float loses.
    pub(crate) exact: bool,
}

/// Numerator and denominator stay below this, so that a product of two fits.
const LARGEST: i128 = 1 << 62;
/// Eleven days: no film is longer, and what is added up stays far from the limits.
const FURTHEST_SECS: i128 = 1_000_000;

impl Seconds {
    pub(crate) const ZERO: Self = Self { num: 0, den: 1 };

    /// `num / den` seconds; `None` for a denominator of zero and for what no film is long enough for.
    pub(crate) fn new(num: i128, den: i128) -> Option<Self> {
        if den == 0 || num == i128::MIN || den == i128::MIN {
            return None;
        }
        let divisor = gcd(num.unsigned_abs(), den.unsigned_abs()).max(1) as i128;
        let (num, den) = (num / divisor * den.signum(), den / divisor * den.signum());
        let fits = num.abs() < LARGEST && den < LARGEST && num.abs() <= FURTHEST_SECS.checked_mul(den)?;
        fits.then_some(Self { num, den })
    }

    /// Where frame `frame` of something at `fps` begins.
    pub(crate) fn of_frame(frame: u32, fps: Fps) -> Self {
        let num = i128::from(frame) * i128::from(fps.den());
        Self::new(num, i128::from(fps.num())).unwrap_or(Self::ZERO)
    }

    /// `value` units of which `rate` go into a second. A value is a whole number or has at most six digits behind the
    /// point; a rate is whole, of the NTSC family, or has at most six.
    pub(crate) fn of_floats(value: f64, rate: f64) -> Option<Self> {
        let (rate_num, rate_den) = ratio_of_rate(rate)?;
        if !value.is_finite() || value.abs() > 1e12 {
            return None;
        }
        let (num, den) = if (value - value.round()).abs() < 1e-5 {
            (value.round() as i128, 1)
        } else {
            ((value * 1e6).round() as i128, 1_000_000)
        };
        Self::new(num * rate_den, den * rate_num)
    }

    pub(crate) fn plus(self, other: Self) -> Option<Self> {
        Self::new(self.num * other.den + other.num * self.den, self.den * other.den)
    }

    pub(crate) fn minus(self, other: Self) -> Option<Self> {
        self.plus(Self { num: -other.num, den: other.den })
    }

    /// As a measurement, for speeds.
    pub(crate) fn as_f64(self) -> f64 {
        self.num as f64 / self.den as f64
    }

    /// Numerator and denominator in lowest terms.
    pub(crate) fn ratio(self) -> (i128, i128) {
        (self.num, self.den)
    }

    pub(crate) fn is_negative(self) -> bool {
        self.num < 0
    }

    pub(crate) fn is_zero(self) -> bool {
        self.num == 0
    }

    pub(crate) fn max(self, other: Self) -> Self {
        if self.is_before(other) { other } else { self }
    }

    pub(crate) fn min(self, other: Self) -> Self {
        if self.is_before(other) { self } else { other }
    }

    pub(crate) fn is_before(self, other: Self) -> bool {
        self.num * other.den < other.num * self.den
    }

    /// The film frame that begins there.
    pub(crate) fn frame(self, fps: Fps) -> NearestFrame {
        let num = self.num * i128::from(fps.num());
        let den = self.den * i128::from(fps.den());
        let frame = (2 * num + den).div_euclid(2 * den);
        let off = (num - frame * den).abs();
        NearestFrame { frame: frame as i64, exact: off * 200 <= den }
    }
}

/// A rate written as a float, as the ratio it means.
fn ratio_of_rate(rate: f64) -> Option<(i128, i128)> {
    if !(0.001..=1e9).contains(&rate) {
        return None;
    }
    let off_whole = |value: f64| (value - value.round()).abs() / value;
    Some(if off_whole(rate) < 2e-5 && rate >= 1.0 {
        (rate.round() as i128, 1)
    // Wide enough for 23.98, which some programs write.
    } else if off_whole(rate * 1.001) < 2e-4 && rate >= 1.0 {
        ((rate * 1.001).round() as i128 * 1000, 1001)
    } else {
        ((rate * 1e6).round() as i128, 1_000_000)
    })
}

/// The frame rate that a float means.
pub(crate) fn fps_of_rate(rate: f64) -> Option<Fps> {
    let (num, den) = ratio_of_rate(rate)?;
    Fps::new(u32::try_from(num).ok()?, u32::try_from(den).ok()?).ok()
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_mean_the_ratios_that_cameras_count_in() {
        let fps = |rate: f64| fps_of_rate(rate).map(|fps| fps.to_string());
        assert_eq!(fps(23.976_023_976_023_978).unwrap(), "24000/1001");
        assert_eq!(fps(23.976).unwrap(), "24000/1001");
        assert_eq!(fps(23.98).unwrap(), "24000/1001");
        assert_eq!(fps(29.97).unwrap(), "30000/1001");
        assert_eq!(fps(24.0).unwrap(), "24");
        for rate in [0.0, -24.0, f64::NAN, f64::INFINITY, 1e300] {
            assert_eq!(fps(rate), None, "{rate}");
        }
    }

    #[test]
    fn places_of_other_rates_fall_on_film_frames_or_between_them() {
        let frame = |seconds: Seconds| seconds.frame(Fps::FILM);
        let at = |value, rate| frame(Seconds::of_floats(value, rate).unwrap());
        assert_eq!(at(25.0, 25.0), NearestFrame { frame: 24, exact: true });
        assert_eq!(at(26.0, 25.0), NearestFrame { frame: 25, exact: false });
        assert_eq!(at(96_000.0, 48_000.0), NearestFrame { frame: 48, exact: true });
        assert_eq!(at(-12.0, 24.0), NearestFrame { frame: -12, exact: true });
        let ntsc = Seconds::of_frame(86_400, Fps::NTSC_FILM);
        assert_eq!(ntsc.frame(Fps::NTSC_FILM), NearestFrame { frame: 86_400, exact: true });
    }

    #[test]
    fn what_is_no_time_is_none() {
        assert_eq!(Seconds::new(1, 0), None);
        assert_eq!(Seconds::new(i128::MAX, 1), None);
        assert_eq!(Seconds::new(i128::MIN, 3), None);
        assert_eq!(Seconds::of_floats(f64::NAN, 24.0), None);
        assert_eq!(Seconds::of_floats(24.0, 0.0), None);
        assert_eq!(Seconds::new(3, -6), Seconds::new(-1, 2));
    }
}
