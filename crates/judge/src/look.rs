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
        Self { width, height, luma: luma.to_vec(), areas, thumb }
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
