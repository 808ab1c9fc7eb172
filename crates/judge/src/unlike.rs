//! How badly one picture can be made of another: the likeness that a cut breaks and a pan does not.

use crate::look::Thumb;

/// Side of the squares that are looked for, in pixels of the thumb.
const SQUARE: usize = 8;

/// How far they are looked for: 6 of 80 pixels is a thirteenth of the picture's width from one frame to the next.
const REACH: usize = 6;

/// How far contrast may be stretched to make two pictures alike.
const MOST_GAIN: f64 = 8.0;

/// Texture per pixel below which a picture counts as flat; only noise is left there.
pub(crate) const FLAT: f64 = 0.75;

/// How much of `after` cannot be found in `before`, as a share of its texture.
///
/// Each square of `after` is looked for in `before`, brightness set aside and contrast made equal over the whole, wherever
/// it may have moved. What is left is compared with what the square's own mean would leave: 0 is the same picture, near 1
/// one for which the picture before is of no more use than a grey card. H.264 encoders find scene cuts in this way
/// (x264's inter cost against intra cost). Pans, flicker of the lamp and shake leave little.
pub(crate) fn unlike(before: &Thumb, after: &Thumb) -> f64 {
    let before = with_contrast_of(before, after);
    let after = Levels::of(after, 1.0);
    let (mut left, mut texture, mut squares) = (0_u32, 0_u32, 0_u32);
    for (x, y) in after.corners() {
        let square = after.square(x, y);
        texture += square.texture();
        left += before.best_match(&square, x, y);
        squares += 1;
    }
    let flat = f64::from(squares) * FLAT * (SQUARE * SQUARE) as f64;
    f64::from(left) / f64::from(texture).max(flat).max(1.0)
}

/// Mean difference of the pixels of a picture from the mean of their square.
pub(crate) fn texture(picture: &Thumb) -> f64 {
    let levels = Levels::of(picture, 1.0);
    let squares = levels.corners().count().max(1);
    let sum: u32 = levels.corners().map(|(x, y)| levels.square(x, y).texture()).sum();
    f64::from(sum) / (squares * SQUARE * SQUARE) as f64
}

/// `before` as if it were lit like `after`: somebody who puts out the light has not cut.
fn with_contrast_of(before: &Thumb, after: &Thumb) -> Levels {
    let (has, wanted) = (texture(before), texture(after));
    // What is flat has no contrast to stretch, only noise.
    let gain =
        if has < FLAT || wanted < FLAT { 1.0 } else { (wanted / has).clamp(1.0 / MOST_GAIN, MOST_GAIN) };
    Levels::of(before, gain as f32)
}

/// A thumb as numbers to reckon with.
struct Levels {
    width: usize,
    height: usize,
    luma: Vec<i16>,
}

impl Levels {
    fn of(picture: &Thumb, gain: f32) -> Self {
        let luma = picture.luma.iter().map(|&pixel| (f32::from(pixel) * gain).round() as i16).collect();
        Self { width: picture.width, height: picture.height, luma }
    }

    /// Upper left corners of the squares of the picture.
    fn corners(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let (columns, rows) = (self.width / SQUARE, self.height / SQUARE);
        (0..rows).flat_map(move |row| (0..columns).map(move |column| (column * SQUARE, row * SQUARE)))
    }

    fn square(&self, x: usize, y: usize) -> Square {
        let mut square = [0_i16; SQUARE * SQUARE];
        for (row, line) in square.chunks_exact_mut(SQUARE).enumerate() {
            line.copy_from_slice(&self.luma[(y + row) * self.width + x..][..SQUARE]);
        }
        let sum: i32 = square.iter().map(|&value| i32::from(value)).sum();
        let mean = (sum / square.len() as i32) as i16;
        for value in &mut square {
            *value -= mean;
        }
        Square(square)
    }

    /// What is left of `square`, cut at `(x, y)`, at the best place within reach.
    fn best_match(&self, square: &Square, x: usize, y: usize) -> u32 {
        let still = square.difference(&self.square(x, y));
        // Less than half a level a pixel cannot be told from rounding: searching on would only cost time.
        if still <= (SQUARE * SQUARE / 2) as u32 {
            return still;
        }
        let around =
            |place: usize, side: usize| place.saturating_sub(REACH)..=(place + REACH).min(side - SQUARE);
        around(y, self.height)
            .flat_map(|y| around(x, self.width).map(move |x| (x, y)))
            .map(|(x, y)| square.difference(&self.square(x, y)))
            .fold(still, u32::min)
    }
}

/// A square without its mean.
struct Square([i16; SQUARE * SQUARE]);

impl Square {
    fn texture(&self) -> u32 {
        self.0.iter().map(|value| u32::from(value.unsigned_abs())).sum()
    }

    fn difference(&self, other: &Self) -> u32 {
        self.0.iter().zip(&other.0).map(|(a, b)| u32::from((a - b).unsigned_abs())).sum()
    }
}
