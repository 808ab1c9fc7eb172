//! How much one frame differs from another, beyond noise.

use crate::look::{AREA, Look};

/// Levels by which the mean of an area may move in pictures that are the same.
///
/// Repeated frames of a camera file coded twice (H.264, the second time at a lower rate) move up to 1.4 levels.
const SAME_LEVELS: f32 = 1.5;

/// The same in shares of the noise inside areas. The mean of 64 pixels of grain varies by an eighth of it, and the
/// largest of a thousand areas over a run of frames by some six times that.
const SAME_NOISE: f32 = 0.75;

/// More than this inside an area is not grain but something that moves.
const MOST_NOISE: f32 = 8.0;

/// How much one frame differs from another, in levels of 255.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Change {
    /// How far the area that moved most has moved.
    pub(crate) most: f32,
    /// How far each of the 5 % of areas that moved most has moved at least: large when much of the picture moves.
    pub(crate) wide: f32,
    /// Deviation of the difference inside the middlemost area: grain, as long as little moves.
    pub(crate) noise: f32,
}

impl Change {
    /// From `before` to `after`, two looks of the same size.
    pub(crate) fn between(before: &Look, after: &Look) -> Self {
        let mut moved: Vec<f32> =
            before.areas.iter().zip(&after.areas).map(|(before, after)| (after - before).abs()).collect();
        let mut noise = deviations(before, after);
        moved.sort_by(f32::total_cmp);
        noise.sort_by(f32::total_cmp);
        let at = |sorted: &[f32], share: f32| {
            sorted.get((sorted.len() as f32 * share) as usize).or(sorted.last()).copied().unwrap_or(0.0)
        };
        Self { most: at(&moved, 1.0), wide: at(&moved, 0.95), noise: at(&noise, 0.5) }
    }

    /// Whether both frames show the same picture but for noise.
    pub(crate) fn is_none(self) -> bool {
        self.most <= SAME_LEVELS.max(SAME_NOISE * self.noise.min(MOST_NOISE))
    }
}

/// Deviation of the difference of two looks inside each area.
fn deviations(before: &Look, after: &Look) -> Vec<f32> {
    let columns = before.width / AREA;
    let mut sums = vec![(0_i32, 0_i32); before.areas.len()];
    let lines = before.luma.chunks_exact(before.width).zip(after.luma.chunks_exact(after.width));
    for (y, (before, after)) in lines.take(before.height / AREA * AREA).enumerate() {
        let sums = &mut sums[y / AREA * columns..][..columns];
        let areas = before.chunks_exact(AREA).zip(after.chunks_exact(AREA));
        for ((sum, squares), (before, after)) in sums.iter_mut().zip(areas) {
            for (&before, &after) in before.iter().zip(after) {
                let difference = i32::from(after) - i32::from(before);
                *sum += difference;
                *squares += difference * difference;
            }
        }
    }
    let count = (AREA * AREA) as f32;
    sums.iter()
        .map(|&(sum, squares)| {
            let mean = sum as f32 / count;
            (squares as f32 / count - mean * mean).max(0.0).sqrt()
        })
        .collect()
}
