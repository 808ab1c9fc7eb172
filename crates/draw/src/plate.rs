use crate::Canvas;
use crate::sheet::{Mix, between_bytes};
use crate::wide::wide as in_wide_vectors;

/// A picture out of focus: small, blurred, to be stretched under other things. Moves by parts of a pixel.
#[derive(Clone)]
pub struct Plate {
    width: usize,
    height: usize,
    rgba: Vec<u8>,
}

impl Plate {
    /// What `canvas` shows, blurred with a box of `radius` pixels, three times over.
    pub fn blurred(canvas: &mut Canvas, radius: usize) -> Self {
        let (width, height) = (canvas.raster().width() as usize, canvas.raster().height() as usize);
        let mut plate = Self { width, height, rgba: canvas.pixels().to_vec() };
        for _ in 0..3 {
            plate.blur_rows(radius);
            plate.blur_columns(radius);
        }
        plate
    }

    fn blur_rows(&mut self, radius: usize) {
        let mut line = vec![0; self.width];
        for row in 0..self.height {
            for channel in 0..3 {
                let at = |x: usize| (row * self.width + x) * 4 + channel;
                (0..self.width).for_each(|x| line[x] = u32::from(self.rgba[at(x)]));
                box_blur(&line, radius, |x, value| self.rgba[at(x)] = value);
            }
        }
    }

    fn blur_columns(&mut self, radius: usize) {
        let mut line = vec![0; self.height];
        for column in 0..self.width {
            for channel in 0..3 {
                let at = |y: usize| (y * self.width + column) * 4 + channel;
                (0..self.height).for_each(|y| line[y] = u32::from(self.rgba[at(y)]));
                box_blur(&line, radius, |y, value| self.rgba[at(y)] = value);
            }
        }
    }

    /// Fills `out`, `wide` pixels across, from the plate: its pixel (x, y) shows `left + x * step`, `top + y * step`.
    /// What lies beyond the plate's edge repeats the edge.
    pub(crate) fn stretch(&self, out: &mut [u8], wide: usize, (left, top): (f64, f64), step: f64) {
        let across: Vec<(usize, u16)> =
            (0..wide).map(|x| between(left + x as f64 * step, self.width)).collect();
        let mut rows = [(usize::MAX, vec![0_u8; wide * 4]), (usize::MAX, vec![0_u8; wide * 4])];
        for (y, line) in out.chunks_exact_mut(wide * 4).enumerate() {
            let (upper, weight) = between(top + y as f64 * step, self.height);
            self.expand(upper, &across, &mut rows);
            self.expand((upper + 1).min(self.height - 1), &across, &mut rows);
            let (first, second) = (row_of(&rows, upper), row_of(&rows, (upper + 1).min(self.height - 1)));
            in_wide_vectors(Mix { near: first, far: second, weight, out: line });
        }
    }

    /// Stretches a row sideways into the older of two buffers, unless it is there already.
    fn expand(&self, row: usize, across: &[(usize, u16)], rows: &mut [(usize, Vec<u8>); 2]) {
        if rows.iter().any(|(held, _)| *held == row) {
            return;
        }
        let older =
            usize::from(rows[1].0 == usize::MAX || (rows[0].0 != usize::MAX && rows[1].0 < rows[0].0));
        let (held, line) = &mut rows[older];
        *held = row;
        let source = &self.rgba[row * self.width * 4..][..self.width * 4];
        for (out, &(x, weight)) in line.chunks_exact_mut(4).zip(across) {
            let next = (x + 1).min(self.width - 1);
            for channel in 0..4 {
                out[channel] = between_bytes(source[x * 4 + channel], source[next * 4 + channel], weight);
            }
        }
    }
}

fn row_of(rows: &[(usize, Vec<u8>); 2], row: usize) -> &[u8] {
    if rows[0].0 == row { &rows[0].1 } else { &rows[1].1 }
}

/// The pixel at or before `at`, and how much of the next one shows, in 256ths.
fn between(at: f64, count: usize) -> (usize, u16) {
    let at = at.clamp(0.0, (count - 1) as f64);
    let whole = at as usize;
    (whole, ((at - whole as f64) * 256.0) as u16)
}

fn box_blur(line: &[u32], radius: usize, mut put: impl FnMut(usize, u8)) {
    let last = line.len() - 1;
    let at = |index: isize| line[index.clamp(0, last as isize) as usize];
    let (reach, count) = (radius as isize, 2 * radius as u32 + 1);
    let mut sum: u32 = (-reach..=reach).map(at).sum();
    for index in 0..line.len() {
        put(index, ((sum + count / 2) / count) as u8);
        sum += at(index as isize + reach + 1);
        sum -= at(index as isize - reach);
    }
}
