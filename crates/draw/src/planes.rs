use soundlock_picture::Frame;

/// BT.709 luma of red, green and blue at limited range, in 32768ths: 0.2126, 0.7152, 0.0722 times 219/255.
const LUMA: [i32; 3] = [5983, 20127, 2032];
/// Blue difference, in 32768ths: each column sums to nothing, so that grey has no colour.
const BLUE: [i32; 3] = [-3298, -11094, 14392];
/// Red difference.
const RED: [i32; 3] = [14392, -13073, -1319];

/// Writes opaque RGBA pixels, each times its byte of `grain` (255 for once), as YUV 4:2:0, 8 bits, BT.709, limited.
///
/// Chroma is sited left, as H.264 has it unless told otherwise: 1-2-1 across, the mean of two rows down. Integers
/// throughout; loops are shaped so that the compiler makes vectors of them. Grain is laid on luma, and on chroma by its
/// byte beside the sample.
pub(crate) fn write_bt709(rgba: &[u8], grain: Option<&[u8]>, frame: &mut Frame) {
    let width = frame.raster.width() as usize;
    let even = vec![255; width];
    let mut sums = Sums::new(width);
    let mut factors = vec![256_i16; width / 2];
    for row in 0..frame.raster.height() as usize / 2 {
        let pair = &rgba[row * 2 * width * 4..][..width * 8];
        for (pixels, row) in pair.chunks_exact(width * 4).zip(row * 2..) {
            let grain = grain.map_or(&even[..], |grain| &grain[row * width..][..width]);
            write_luma(pixels, grain, &mut frame.bytes_mut(0)[row * width..][..width]);
        }
        if let Some(grain) = grain {
            let bytes = grain[row * 2 * width..][..width].as_chunks::<2>().0;
            factors.iter_mut().zip(bytes).for_each(|(factor, bytes)| *factor = i16::from(bytes[0]) + 1);
        }
        sums.read(pair);
        let chroma = row * width / 2..(row + 1) * width / 2;
        sums.write(BLUE, &factors, &mut frame.bytes_mut(1)[chroma.clone()]);
        sums.write(RED, &factors, &mut frame.bytes_mut(2)[chroma]);
    }
}

fn write_luma(rgba: &[u8], grain: &[u8], luma: &mut [u8]) {
    let (pixels, _) = rgba.as_chunks::<4>();
    for ((luma, pixel), grain) in luma.iter_mut().zip(pixels).zip(grain) {
        let [r, g, b] = [i32::from(pixel[0]), i32::from(pixel[1]), i32::from(pixel[2])];
        // Sixteen bits again: factors that large multiply fast on every vector unit.
        let light = ((LUMA[0] * r + LUMA[1] * g + LUMA[2] * b) >> 8) as i16;
        let grain = i16::from(*grain) + 1;
        *luma = ((i32::from(light) * i32::from(grain) + (16 << 15) + (1 << 14)) >> 15) as u8;
    }
}

/// Sums of the pixels around each chroma sample, two colours to a word: red with blue, green with opacity.
///
/// Eight weights of 255 are 2040, so that sums never run over into the other half.
struct Sums {
    columns: Vec<[u32; 2]>,
    around: Vec<[u32; 2]>,
}

impl Sums {
    fn new(width: usize) -> Self {
        Self { columns: vec![[0; 2]; width + 1], around: vec![[0; 2]; width / 2] }
    }

    /// Sums two rows, then 1-2-1 across; the column before the first is the first.
    fn read(&mut self, pair: &[u8]) {
        let (upper, lower) = pair.split_at(pair.len() / 2);
        let halves = |pixel: &[u8; 4]| {
            let pixel = u32::from_le_bytes(*pixel);
            [pixel & 0x00ff_00ff, (pixel >> 8) & 0x00ff_00ff]
        };
        let rows = upper.as_chunks::<4>().0.iter().zip(lower.as_chunks::<4>().0);
        for (column, (upper, lower)) in self.columns[1..].iter_mut().zip(rows) {
            let (upper, lower) = (halves(upper), halves(lower));
            *column = [upper[0] + lower[0], upper[1] + lower[1]];
        }
        self.columns[0] = self.columns[1];
        let left = self.columns.as_chunks::<2>().0;
        let right = self.columns[1..].as_chunks::<2>().0;
        for ((around, left), right) in self.around.iter_mut().zip(left).zip(right) {
            for half in 0..2 {
                around[half] = left[0][half] + 2 * left[1][half] + right[1][half];
            }
        }
    }

    fn write(&self, weights: [i32; 3], factors: &[i16], chroma: &mut [u8]) {
        for ((chroma, sum), factor) in chroma.iter_mut().zip(&self.around).zip(factors) {
            let [r, b, g] = [sum[0] & 0xffff, sum[0] >> 16, sum[1] & 0xffff].map(|sum| i32::from(sum as i16));
            let colour = ((weights[0] * r + weights[1] * g + weights[2] * b) >> 10) as i16;
            *chroma = ((i32::from(colour) * i32::from(*factor) + (128 << 16) + (1 << 15)) >> 16) as u8;
        }
    }
}
