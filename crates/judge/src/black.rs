use crate::look::Look;

/// Brightest an area of a black frame may be: 12 of 255 is 0.07 % of white on a screen of gamma 2.4, below what a lit
/// room leaves of it. Noise of 10 levels on black averages to 4, its brightest areas to 8.
const BLACK_LEVEL: f32 = 12.0;

/// Black written at 16 into a file that says its range is full: brighter, but then flat from edge to edge.
const LIFTED_LEVEL: f32 = 24.0;

/// How far areas of such a flat frame may lie apart. A night scene, however dark, has a lamp, a window or a sky.
const FLAT_SPREAD: f32 = 6.0;

/// Whether a frame shows nothing.
pub(crate) fn is_black(look: &Look) -> bool {
    let brightest = look.areas.iter().copied().fold(0.0, f32::max);
    let darkest = look.areas.iter().copied().fold(255.0, f32::min);
    brightest <= BLACK_LEVEL || (brightest <= LIFTED_LEVEL && brightest - darkest <= FLAT_SPREAD)
}
