//! One frame as the measures see it: small, grey, and in averages over areas.

/// Side of the areas over which luma is averaged, in pixels of the reduced frame.
///
/// Averaging 64 pixels takes grain down to an eighth, and a blink of an eye in a wide shot still moves one area.
pub(crate) const AREA: usize = 8;

/// A reduced frame: luma 0 to 255, black at 0.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) luma: Vec<u8>,
    /// Mean of each area of [`AREA`] by [`AREA`] pixels, row after row; pixels beyond the last whole area are left out.
    pub(crate) areas: Vec<f32>,
    /// Deviation inside each area.
    pub(crate) textures: Vec<f32>,
    /// The frame at about a quarter of its size, for comparing what is seen.
    pub(crate) thumb: Thumb,
}

/// A very small picture.
#[derive(Debug, Clone)]
pub(crate) struct Thumb {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) luma: Vec<u8>,
}

impl Look {
    /// A look at `luma`, `width` pixels across; both sides at least [`AREA`].
    pub(crate) fn new(luma: &[u8], width: usize, height: usize) -> Self {
        let areas = averages(luma, width, height, AREA);
        let shrink = (width.max(height) / 80).clamp(1, 4);
        let thumb = averages(luma, width, height, shrink).iter().map(|mean| (mean + 0.5) as u8).collect();
        let thumb = Thumb { width: width / shrink, height: height / shrink, luma: thumb };
        let textures = deviations(width, height, luma.iter().map(|&pixel| i32::from(pixel)));
        Self { width, height, luma: luma.to_vec(), areas, textures, thumb }
    }
}

/// Mean of each square of `side` by `side` pixels.
fn averages(luma: &[u8], width: usize, height: usize, side: usize) -> Vec<f32> {
    let (columns, rows) = (width / side, height / side);
    let mut sums = vec![0_u32; columns * rows];
    for (y, line) in luma.chunks_exact(width).take(rows * side).enumerate() {
        let sums = &mut sums[y / side * columns..][..columns];
        for (sum, pixels) in sums.iter_mut().zip(line.chunks_exact(side)) {
            *sum += pixels.iter().map(|&pixel| u32::from(pixel)).sum::<u32>();
        }
    }
    sums.iter().map(|&sum| sum as f32 / (side * side) as f32).collect()
}

/// Deviation of `values`, one for each pixel, inside each area of [`AREA`] by [`AREA`] pixels.
pub(crate) fn deviations(width: usize, height: usize, values: impl Iterator<Item = i32>) -> Vec<f32> {
    let (columns, rows) = (width / AREA, height / AREA);
    let mut sums = vec![(0_i32, 0_i32); columns * rows];
    let mut values = values;
    for y in 0..rows * AREA {
        let sums = &mut sums[y / AREA * columns..][..columns];
        for (x, value) in values.by_ref().take(width).enumerate() {
            if let Some((sum, squares)) = sums.get_mut(x / AREA) {
                *sum += value;
                *squares += value * value;
            }
        }
    }
    let count = (AREA * AREA) as f32;
    let deviation = |(sum, squares): (i32, i32)| {
        let mean = sum as f32 / count;
        (squares as f32 / count - mean * mean).max(0.0).sqrt()
    };
    sums.into_iter().map(deviation).collect()
}
