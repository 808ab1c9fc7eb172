use soundlock_picture::Frame;

use crate::wide::{Work, wide};

/// BT.709 luma of red, green and blue at limited range, in 32768ths: 0.2126, 0.7152, 0.0722 times 219/255.
const LUMA: [i32; 3] = [5983, 20127, 2032];

/// Blue and red difference of blue and red themselves, in 32768ths; the other two colours take the same away together, so
/// that grey has no colour: red and green from blue, blue and green from red.
const OWN: i32 = 14392;
const FROM_BLUE: [i32; 2] = [3298, 11094];
const FROM_RED: [i32; 2] = [1319, 13073];

/// Eight weights of 255 fit in it.
const SUM: u32 = 0x7ff;

/// Writes opaque RGBA pixels, each times its byte of `grain` (255 for once), as YUV 4:2:0, 8 bits, BT.709, limited.
///
/// Chroma is sited left, as H.264 has it unless told otherwise: 1-2-1 across, the mean of two rows down. Grain is laid on
/// luma, and on chroma by its byte beside the sample.
///
/// Whole numbers throughout. Each loop does one thing to a row in words of one width, with factors of fifteen bits without
/// sign where products are wide: such loops become vectors even where no vector unit is asked for.
pub(crate) fn write_bt709(rgba: &[u8], grain: Option<&[u8]>, frame: &mut Frame) {
    wide(Picture { rgba, grain, frame });
}

/// A picture and the frame that it is written into.
pub(crate) struct Picture<'a> {
    pub(crate) rgba: &'a [u8],
    pub(crate) grain: Option<&'a [u8]>,
    pub(crate) frame: &'a mut Frame,
}

impl Work for Picture<'_> {
    #[inline(always)]
    fn work(self) {
        write_rows(self.rgba, self.grain, self.frame);
    }
}

#[inline(always)]
fn write_rows(rgba: &[u8], grain: Option<&[u8]>, frame: &mut Frame) {
    let width = frame.raster.width() as usize;
    let even = vec![255; width];
    let grain_of = |row: usize| grain.map_or(&even[..], |grain| &grain[row * width..][..width]);
    let mut light = vec![0; width];
    let mut sums = Sums::new(width);
    for row in 0..frame.raster.height() as usize / 2 {
        let pair = &rgba[row * 2 * width * 4..][..width * 8];
        for (pixels, row) in pair.chunks_exact(width * 4).zip(row * 2..) {
            read_light(pixels, &mut light);
            write_luma(&light, grain_of(row), &mut frame.bytes_mut(0)[row * width..][..width]);
        }
        sums.read(pair, grain_of(row * 2));
        let chroma = row * width / 2..(row + 1) * width / 2;
        sums.write_blue(&mut frame.bytes_mut(1)[chroma.clone()]);
        sums.write_red(&mut frame.bytes_mut(2)[chroma]);
    }
}

/// Luma above black in 128ths of a code.
#[inline(always)]
fn read_light(rgba: &[u8], light: &mut [u16]) {
    for (light, pixel) in light.iter_mut().zip(rgba.as_chunks::<4>().0) {
        // Taken out of a word: bytes that are read singly have to be shuffled apart.
        let pixel = u32::from_le_bytes(*pixel) as i32;
        let [r, g, b] = [pixel & 0xff, (pixel >> 8) & 0xff, (pixel >> 16) & 0xff];
        *light = ((LUMA[0] * r + LUMA[1] * g + LUMA[2] * b) >> 8) as u16;
    }
}

#[inline(always)]
fn write_luma(light: &[u16], grain: &[u8], luma: &mut [u8]) {
    for ((luma, light), grain) in luma.iter_mut().zip(light).zip(grain) {
        let grain = u16::from(*grain) + 1;
        // The product in two halves, then 32768ths of it, rounded.
        let high = ((u32::from(*light) * u32::from(grain)) >> 16) as u16;
        let low = light.wrapping_mul(grain);
        *luma = (16 + (high << 1) + (((low >> 14) + 1) >> 1)) as u8;
    }
}

/// Sums of the pixels around each chroma sample; red in the lower half of a word, blue in the upper.
struct Sums {
    columns: [Vec<u32>; 2],
    red_and_blue: Vec<u32>,
    green: Vec<u32>,
    factors: Vec<i16>,
    colours: Vec<i16>,
}

impl Sums {
    fn new(width: usize) -> Self {
        let half = width / 2;
        Self {
            columns: [vec![0; width + 1], vec![0; width + 1]],
            red_and_blue: vec![0; half],
            green: vec![0; half],
            factors: vec![0; half],
            colours: vec![0; half],
        }
    }

    /// Sums two rows, then 1-2-1 across; the column before the first is the first.
    #[inline(always)]
    fn read(&mut self, pair: &[u8], grain: &[u8]) {
        let (upper, lower) = pair.split_at(pair.len() / 2);
        let rows = upper.as_chunks::<4>().0.iter().zip(lower.as_chunks::<4>().0);
        let [red_and_blue, green] = &mut self.columns;
        for ((red_and_blue, green), (upper, lower)) in
            red_and_blue[1..].iter_mut().zip(&mut green[1..]).zip(rows)
        {
            let (upper, lower) = (u32::from_le_bytes(*upper), u32::from_le_bytes(*lower));
            *red_and_blue = (upper & 0x00ff_00ff) + (lower & 0x00ff_00ff);
            *green = ((upper >> 8) & 0xff) + ((lower >> 8) & 0xff);
        }
        sum_across(red_and_blue, &mut self.red_and_blue);
        sum_across(green, &mut self.green);
        let factors = self.factors.iter_mut().zip(grain.as_chunks::<2>().0);
        factors.for_each(|(factor, grain)| *factor = i16::from(grain[0]) + 1);
    }

    #[inline(always)]
    fn write_blue(&mut self, chroma: &mut [u8]) {
        let sums = self.red_and_blue.iter().zip(&self.green);
        for (colour, (red_and_blue, green)) in self.colours.iter_mut().zip(sums) {
            *colour = difference(red_and_blue >> 16, [*red_and_blue, *green], FROM_BLUE);
        }
        write_chroma(&self.colours, &self.factors, chroma);
    }

    #[inline(always)]
    fn write_red(&mut self, chroma: &mut [u8]) {
        let sums = self.red_and_blue.iter().zip(&self.green);
        for (colour, (red_and_blue, green)) in self.colours.iter_mut().zip(sums) {
            *colour = difference(*red_and_blue, [red_and_blue >> 16, *green], FROM_RED);
        }
        write_chroma(&self.colours, &self.factors, chroma);
    }
}

#[inline(always)]
fn sum_across(columns: &mut [u32], sums: &mut [u32]) {
    columns[0] = columns[1];
    let lefts = columns.as_chunks::<2>().0.iter().zip(columns[1..].as_chunks::<2>().0);
    for (sum, (left, right)) in sums.iter_mut().zip(lefts) {
        *sum = left[0] + left[1] + right[0] + right[1];
    }
}

/// What `others` take from a colour's `own` difference, in 256ths of a code: they are counted from the most there can be
/// downwards, so that nothing is taken away but in the end.
#[inline(always)]
fn difference(own: u32, others: [u32; 2], weights: [i32; 2]) -> i16 {
    let down = others.map(|sum| ((sum & SUM) ^ SUM) as i32);
    let sum = OWN * (own & SUM) as i32 + weights[0] * down[0] + weights[1] * down[1];
    ((sum - OWN * SUM as i32) >> 10) as i16
}

#[inline(always)]
fn write_chroma(colours: &[i16], factors: &[i16], chroma: &mut [u8]) {
    for ((chroma, colour), factor) in chroma.iter_mut().zip(colours).zip(factors) {
        // The product in two halves, then 65536ths of it, rounded.
        let high = ((i32::from(*colour) * i32::from(*factor)) >> 16) as i16;
        let low = colour.wrapping_mul(*factor) as u16;
        *chroma = (128 + high + (low >> 15) as i16) as u8;
    }
}
