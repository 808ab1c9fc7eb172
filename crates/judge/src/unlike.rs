//! How badly one picture can be made of another: the likeness that a cut breaks and a pan does not.

use crate::look::Thumb;

/// Side of the squares that are looked for, in pixels of the thumb.
const SQUARE: usize = 8;

/// How far they are looked for: 6 of 80 pixels is a thirteenth of the picture's width from one frame to the next.
const REACH: usize = 6;

/// Texture per pixel below which a picture counts as flat; only noise is left there.
pub(crate) const FLAT: f64 = 0.75;

/// How much of `after` cannot be found in `before`, as a share of its texture.
///
/// Each square of `after` is looked for in `before`, brightness set aside, wherever it may have moved. What is left is
/// compared with what the square's own mean would leave: 0 is the same picture, near 1 a picture for which the one
/// before is of no more use than a grey card. H.264 encoders find scene cuts in this way (x264's inter cost against
/// intra cost). Pans, flicker of the lamp and shake leave little; fast motion with blur measured up to 0.55.
pub(crate) fn unlike(before: &Thumb, after: &Thumb) -> f64 {
    let (mut left, mut texture, mut squares) = (0_u32, 0_u32, 0_u32);
    for (x, y) in corners(after) {
        let square = Square::cut(after, x, y);
        texture += square.texture();
        left += best_match(before, &square, x, y);
        squares += 1;
    }
    let flat = f64::from(squares) * FLAT * (SQUARE * SQUARE) as f64;
    f64::from(left) / f64::from(texture).max(flat).max(1.0)
}

/// Mean difference of the pixels of a picture from the mean of their square.
pub(crate) fn texture(picture: &Thumb) -> f64 {
    let squares = corners(picture).count().max(1);
    let sum: u32 = corners(picture).map(|(x, y)| Square::cut(picture, x, y).texture()).sum();
    f64::from(sum) / (squares * SQUARE * SQUARE) as f64
}

/// Upper left corners of the squares of a picture.
fn corners(picture: &Thumb) -> impl Iterator<Item = (usize, usize)> {
    let (columns, rows) = (picture.width / SQUARE, picture.height / SQUARE);
    (0..rows).flat_map(move |row| (0..columns).map(move |column| (column * SQUARE, row * SQUARE)))
}

/// A square without its mean.
struct Square([i16; SQUARE * SQUARE]);

impl Square {
    fn cut(picture: &Thumb, x: usize, y: usize) -> Self {
        let mut square = [0_i16; SQUARE * SQUARE];
        for (row, line) in square.chunks_exact_mut(SQUARE).enumerate() {
            let start = (y + row) * picture.width + x;
            for (value, &pixel) in line.iter_mut().zip(&picture.luma[start..start + SQUARE]) {
                *value = i16::from(pixel);
            }
        }
        let sum: i32 = square.iter().map(|&value| i32::from(value)).sum();
        let mean = (sum / square.len() as i32) as i16;
        for value in &mut square {
            *value -= mean;
        }
        Self(square)
    }

    fn texture(&self) -> u32 {
        self.0.iter().map(|value| u32::from(value.unsigned_abs())).sum()
    }

    fn difference(&self, other: &Self) -> u32 {
        self.0.iter().zip(&other.0).map(|(a, b)| u32::from((a - b).unsigned_abs())).sum()
    }
}

/// What is left of `square` at the best place within reach.
fn best_match(before: &Thumb, square: &Square, x: usize, y: usize) -> u32 {
    let still = square.difference(&Square::cut(before, x, y));
    // Less than half a level a pixel cannot be told from rounding: searching on would only cost time.
    if still <= (SQUARE * SQUARE / 2) as u32 {
        return still;
    }
    let around = |place: usize, side: usize| place.saturating_sub(REACH)..=(place + REACH).min(side - SQUARE);
    around(y, before.height)
        .flat_map(|y| around(x, before.width).map(move |x| (x, y)))
        .map(|(x, y)| square.difference(&Square::cut(before, x, y)))
        .fold(still, u32::min)
}
