//! How much one frame differs from another, beyond noise.

use crate::look::{Look, deviations};

/// Levels by which the mean of an area may move in pictures that are the same.
///
/// Repeated frames of a camera file coded twice (H.264, the second time at a lower rate) move up to 1.4 levels.
const SAME_LEVELS: f32 = 1.5;

/// The same in shares of the noise inside areas. The mean of 64 pixels of grain varies by an eighth of it, the largest of
/// a thousand areas over a run of frames by some six times that, and what a codec makes of grain by some more.
const SAME_NOISE: f32 = 1.0;

/// More than this inside an area is not grain but something that moves.
const MOST_NOISE: f32 = 8.0;

/// What is added for an area's texture where frames lie further apart: codecs err where there is detail, above all from
/// one key frame to the next. With it a still is known as one at H.264's crf 35, where key frames move areas by 4 levels.
const STILL_TEXTURE: f32 = 0.1;

/// How much one frame differs from another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Change {
    /// How far the area that moved most has moved, in shares of what noise may do.
    most: f32,
    /// The same in shares of what noise and codec may do.
    most_by_texture: f32,
    /// How far each of the 5 % of areas that moved most has moved at least, in levels of 255: large when much of the
    /// picture moves.
    pub(crate) wide: f32,
}

impl Change {
    /// From `before` to `after`, two looks of the same size.
    pub(crate) fn between(before: &Look, after: &Look) -> Self {
        let allowed = SAME_LEVELS.max(SAME_NOISE * noise(before, after).min(MOST_NOISE));
        let mut moved: Vec<f32> =
            before.areas.iter().zip(&after.areas).map(|(before, after)| (after - before).abs()).collect();
        let by_texture = moved.iter().zip(&before.textures);
        let most_by_texture = by_texture
            .map(|(moved, texture)| moved / (allowed + STILL_TEXTURE * texture))
            .fold(0.0, f32::max);
        let most = moved.iter().copied().fold(0.0, f32::max) / allowed;
        Self { most, most_by_texture, wide: above(&mut moved, 0.95) }
    }

    /// Whether a frame repeats the one before: the same picture but for noise.
    pub(crate) fn is_repeat(self) -> bool {
        self.most <= 1.0
    }

    /// Whether two frames, near or far, show one still picture: the same but for noise and what the codec does to it.
    pub(crate) fn is_still(self) -> bool {
        self.most_by_texture <= 1.0
    }
}

/// Deviation of the difference inside the middlemost area: grain, as long as not everything moves.
fn noise(before: &Look, after: &Look) -> f32 {
    let differences =
        before.luma.iter().zip(&after.luma).map(|(&before, &after)| i32::from(after) - i32::from(before));
    above(&mut deviations(before.width, before.height, differences), 0.5)
}

/// The value that `share` of the values lie below; 0 of none.
fn above(values: &mut [f32], share: f32) -> f32 {
    values.sort_by(f32::total_cmp);
    values.get((values.len() as f32 * share) as usize).copied().unwrap_or(0.0)
}
