use std::ops::Range;

use crate::shade::lay_over;
use crate::wide::{Work, wide as in_wide_vectors};

/// Pixels that are looked at together when asking whether there is anything.
const BLOCK: usize = 32;

/// A drawing that is laid over others again and again: clear where nothing was drawn, moved by parts of a pixel.
#[derive(Debug, Clone)]
pub struct Sheet {
    width: usize,
    height: usize,
    rgba: Vec<u8>,
    /// What each block of each row holds, together with its neighbours to the right and below.
    blocks: Vec<Holds>,
    /// Where the sheet's first pixel lies in what it was cut from.
    corner: (f64, f64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Nothing,
    Something,
    All,
}

/// How a row of the picture is made of columns of a sheet.
pub(crate) struct Columns {
    /// For each pixel from `first` on the column of the sheet, and how much of the next one shows, in 256ths.
    from: Vec<(u32, u32)>,
    /// The same weights, one for each byte.
    weights: Vec<u16>,
    first: usize,
    /// Pixels of the picture that begin in each block of the sheet.
    blocks: Vec<Range<usize>>,
    /// Weight of the next column where all pixels have the same.
    even: Option<u16>,
}

/// A row of a picture that a sheet is laid over.
#[derive(Clone, Copy)]
struct Row<'a> {
    sheet: &'a Sheet,
    /// The sheet's row at or before it, and how much of the next one shows, in 256ths.
    y: usize,
    weight: u16,
    columns: &'a Columns,
    hidden: &'a [bool],
}

impl Sheet {
    /// What lies on `rgba`, premultiplied, without what is clear around it; `None` where all is clear.
    pub(crate) fn cut(rgba: &[u8], wide: usize) -> Option<Self> {
        let inked = |row: &[u8]| row.as_chunks::<4>().0.iter().any(|pixel| pixel[3] > 0);
        let rows = || rgba.chunks_exact(wide * 4);
        let (top, bottom) = (rows().position(inked)?, rows().rposition(inked)? + 1);
        let ends = rows().skip(top).take(bottom - top).filter_map(|row| {
            let pixels = row.as_chunks::<4>().0;
            let inked = |pixel: &[u8; 4]| pixel[3] > 0;
            Some((pixels.iter().position(inked)?, pixels.iter().rposition(inked)? + 1))
        });
        let (left, right) = ends.fold((wide, 0), |all, row| (all.0.min(row.0), all.1.max(row.1)));
        // A clear edge, so that what moves by parts of a pixel fades into it.
        let (left, right) = (left.saturating_sub(1), (right + 1).min(wide));
        let (top, bottom) = (top.saturating_sub(1), (bottom + 1).min(rgba.len() / 4 / wide));
        let mut cut = Vec::with_capacity((right - left) * (bottom - top) * 4);
        rows().skip(top).take(bottom - top).for_each(|row| cut.extend_from_slice(&row[left * 4..right * 4]));
        Some(Self::new(cut, right - left, (left as f64, top as f64)))
    }

    /// A sheet of whole rows.
    pub(crate) fn new(rgba: Vec<u8>, width: usize, corner: (f64, f64)) -> Self {
        let height = rgba.len() / 4 / width;
        let mut sheet = Self { width, height, rgba, blocks: Vec::new(), corner };
        sheet.blocks = (0..height)
            .flat_map(|y| (0..width.div_ceil(BLOCK)).map(move |block| (y, block * BLOCK)))
            .map(|(y, x)| sheet.holds(y, x))
            .collect();
        sheet
    }

    fn holds(&self, y: usize, x: usize) -> Holds {
        let end = (x + BLOCK + 1).min(self.width);
        let rows = [y, (y + 1).min(self.height - 1)].map(|y| self.row(y, x..end).as_chunks::<4>().0);
        let mut alphas = rows.into_iter().flatten().map(|pixel| pixel[3]);
        if alphas.clone().all(|alpha| alpha == 255) {
            Holds::All
        } else if alphas.all(|alpha| alpha == 0) {
            Holds::Nothing
        } else {
            Holds::Something
        }
    }

    fn row(&self, y: usize, columns: Range<usize>) -> &[u8] {
        &self.rgba[(y * self.width + columns.start) * 4..(y * self.width + columns.end) * 4]
    }

    /// Lays the sheet over `out`, `wide` pixels across: its pixel (x, y) shows what lay at `left + x * step`,
    /// `top + y * step` where the sheet was cut from.
    pub(crate) fn lay(
        &self,
        out: &mut [u8],
        wide: usize,
        (left, top): (f64, f64),
        step: f64,
        hidden: &Hidden,
    ) {
        let columns = Columns::new(wide, self.width, left - self.corner.0, step);
        let mut line = vec![0; (self.width + 1) * 4];
        let mut shown = vec![0; wide * 4];
        for (row, out) in out.chunks_exact_mut(wide * 4).enumerate() {
            let at = top - self.corner.1 + row as f64 * step;
            if let Some((y, weight)) = between(at, self.height) {
                let row = Row { sheet: self, y, weight, columns: &columns, hidden: hidden.row(row) };
                in_wide_vectors(Over { row, out, line: &mut line, shown: &mut shown });
            }
        }
    }
}

/// A row as it is laid over the pixels `out`, with room to work in.
struct Over<'a> {
    row: Row<'a>,
    out: &'a mut [u8],
    line: &'a mut [u8],
    shown: &'a mut [u8],
}

impl Work for Over<'_> {
    #[inline(always)]
    fn work(self) {
        lay_row(self.row, self.out, self.line, self.shown);
    }
}

/// Lays a row block by block, those together that hold alike.
#[inline(always)]
fn lay_row(row: Row, out: &mut [u8], line: &mut [u8], shown: &mut [u8]) {
    let count = row.sheet.width.div_ceil(BLOCK);
    let blocks = &row.sheet.blocks[row.y * count..][..count];
    let lies_under = |block: usize| is_hidden(row.hidden, &row.columns.blocks[block]);
    let mut block = 0;
    while block < count {
        let (holds, under) = (blocks[block], lies_under(block));
        let same = |next: &usize| blocks[*next] == holds && lies_under(*next) == under;
        let alike = block..block + (block..count).take_while(same).count();
        block = alike.end;
        let pixels = row.columns.blocks[alike.start].start..row.columns.blocks[alike.end - 1].end;
        if holds == Holds::Nothing || under || pixels.is_empty() {
            continue;
        }
        let start = row.mix(alike, line);
        let out = &mut out[pixels.start * 4..pixels.end * 4];
        if holds == Holds::All {
            row.columns.spread(line, start, pixels, out);
        } else {
            let shown = &mut shown[pixels.start * 4..pixels.end * 4];
            row.columns.spread(line, start, pixels, shown);
            lay_over(shown, out);
        }
    }
}

impl Row<'_> {
    /// Mixes the two rows of the sheet where its `blocks` lie into `line`; gives the first column.
    #[inline(always)]
    fn mix(&self, blocks: Range<usize>, line: &mut [u8]) -> usize {
        let source = blocks.start * BLOCK..(blocks.end * BLOCK + 1).min(self.sheet.width);
        let below = (self.y + 1).min(self.sheet.height - 1);
        let (above, below) = (self.sheet.row(self.y, source.clone()), self.sheet.row(below, source.clone()));
        mix(above, below, self.weight, &mut line[..above.len()]);
        // The last column goes on beyond the edge.
        if source.end == self.sheet.width {
            line.copy_within(above.len() - 4..above.len(), above.len());
        }
        source.start
    }
}

/// What of a picture will be covered by sheets that are laid later: the work of drawing it can be saved.
///
/// Kept for each row in blocks of 32 pixels.
#[derive(Debug, Clone)]
pub struct Hidden {
    wide: usize,
    blocks: Vec<bool>,
}

impl Hidden {
    /// Nothing is hidden of a picture of this size.
    pub fn nothing(wide: usize, high: usize) -> Self {
        Self { wide, blocks: vec![false; wide.div_ceil(BLOCK) * high] }
    }

    fn row(&self, y: usize) -> &[bool] {
        let count = self.wide.div_ceil(BLOCK);
        &self.blocks[y * count..][..count]
    }

    /// Hides what `sheet` covers wholly when it is laid so; see [`crate::Canvas::lay`].
    pub fn behind(&mut self, sheet: &Sheet, corner: (f64, f64), step: f64) {
        let columns = Columns::new(self.wide, sheet.width, corner.0 - sheet.corner.0, step);
        let count = self.wide.div_ceil(BLOCK);
        let sources = sheet.width.div_ceil(BLOCK);
        // The blocks of the sheet that each block of the picture is made of.
        let made_of: Vec<Option<Range<usize>>> = (0..count)
            .map(|block| columns.sources(block * BLOCK..((block + 1) * BLOCK).min(self.wide)))
            .collect();
        for (y, row) in self.blocks.chunks_exact_mut(count).enumerate() {
            let Some((source, _)) = between(corner.1 - sheet.corner.1 + y as f64 * step, sheet.height) else {
                continue;
            };
            let holds = &sheet.blocks[source * sources..][..sources];
            for (hidden, made_of) in row.iter_mut().zip(&made_of).filter(|(hidden, _)| !**hidden) {
                let covers =
                    |range: &Range<usize>| holds[range.clone()].iter().all(|holds| *holds == Holds::All);
                *hidden = made_of.as_ref().is_some_and(covers);
            }
        }
    }
}

fn is_hidden(hidden: &[bool], pixels: &Range<usize>) -> bool {
    pixels.is_empty() || hidden[pixels.start / BLOCK..=(pixels.end - 1) / BLOCK].iter().all(|hidden| *hidden)
}

impl Columns {
    /// The blocks of the sheet that `pixels` come from; `None` when some come from beyond it.
    fn sources(&self, pixels: Range<usize>) -> Option<Range<usize>> {
        let block = |pixel: usize| Some(self.from.get(pixel.checked_sub(self.first)?)?.0 as usize / BLOCK);
        Some(block(pixels.start)?..block(pixels.end - 1)? + 1)
    }

    fn new(wide: usize, width: usize, left: f64, step: f64) -> Self {
        let places: Vec<Option<(usize, u16)>> =
            (0..wide).map(|x| between(left + x as f64 * step, width)).collect();
        let first = places.iter().position(Option::is_some).unwrap_or(wide);
        let from: Vec<(u32, u32)> = places[first..]
            .iter()
            .map_while(|place| place.map(|(x, weight)| (x as u32, u32::from(weight))))
            .collect();
        let before = |column: usize| first + from.partition_point(|place| (place.0 as usize) < column);
        let blocks = (0..width.div_ceil(BLOCK))
            .map(|block| before(block * BLOCK)..before((block + 1) * BLOCK))
            .collect();
        let even = ((step - 1.0).abs() < 1e-9).then(|| from.first().map_or(0, |place| place.1 as u16));
        let weights = from.iter().flat_map(|(_, weight)| [*weight as u16; 4]).collect();
        Self { from, weights, first, blocks, even }
    }

    /// Fills `out`, the `pixels` of a row, from `line`, whose first pixel is column `start` of the sheet.
    #[inline(always)]
    fn spread(&self, line: &[u8], start: usize, pixels: Range<usize>, out: &mut [u8]) {
        let from = &self.from[pixels.start - self.first..pixels.end - self.first];
        let Some(&(column, _)) = from.first() else { return };
        if let Some(weight) = self.even {
            let line = &line[(column as usize - start) * 4..];
            mix(line, &line[4..], weight, out);
            return;
        }
        let weights = &self.weights[(pixels.start - self.first) * 4..(pixels.end - self.first) * 4];
        let (fours, rest) = out.as_chunks_mut::<16>();
        let (groups, ends) = from.as_chunks::<4>();
        for ((out, from), weights) in fours.iter_mut().zip(groups).zip(weights.as_chunks::<16>().0) {
            let column = (from[0].0 as usize - start) * 4;
            // Neighbours mostly come from neighbours; only where the stretch leaves one out or shows one twice they do not.
            if from[3].0 == from[0].0 + 3 {
                mix_four(line[column..].first_chunk().expect("five pixels"), weights, out);
            } else {
                singly(line, start, from, out);
            }
        }
        singly(line, start, ends, rest);
    }
}

/// Four pixels from five. A function of its own: worked into the loop around it, it does not become vectors.
#[inline(never)]
fn mix_four(five: &[u8; 20], weights: &[u16; 16], out: &mut [u8; 16]) {
    let near_and_far = five.iter().zip(&five[4..]);
    for ((out, (near, far)), weight) in out.iter_mut().zip(near_and_far).zip(weights) {
        *out = between_bytes(*near, *far, *weight);
    }
}

fn singly(line: &[u8], start: usize, from: &[(u32, u32)], out: &mut [u8]) {
    for (out, &(column, weight)) in out.as_chunks_mut::<4>().0.iter_mut().zip(from) {
        let near = &line[(column as usize - start) * 4..][..8];
        for index in 0..4 {
            out[index] = between_bytes(near[index], near[index + 4], weight as u16);
        }
    }
}

/// `weight` 256ths of `far`, the rest of `near`: with one factor, which may run over on the way and comes back.
#[inline(always)]
pub(crate) fn between_bytes(near: u8, far: u8, weight: u16) -> u8 {
    let (near, far) = (u16::from(near), u16::from(far));
    ((near << 8).wrapping_add(far.wrapping_sub(near).wrapping_mul(weight)) >> 8) as u8
}

/// `weight` 256ths of `far`, the rest of `near`.
pub(crate) struct Mix<'a> {
    pub(crate) near: &'a [u8],
    pub(crate) far: &'a [u8],
    pub(crate) weight: u16,
    pub(crate) out: &'a mut [u8],
}

impl Work for Mix<'_> {
    #[inline(always)]
    fn work(self) {
        mix(self.near, self.far, self.weight, self.out);
    }
}

#[inline(always)]
fn mix(near: &[u8], far: &[u8], weight: u16, out: &mut [u8]) {
    if weight == 0 {
        out.copy_from_slice(&near[..out.len()]);
        return;
    }
    for ((out, near), far) in out.iter_mut().zip(near).zip(far) {
        *out = between_bytes(*near, *far, weight);
    }
}

/// The pixel at or before `at`, and how much of the next one shows, in 256ths; `None` beyond the edges.
fn between(at: f64, count: usize) -> Option<(usize, u16)> {
    let parts = (at * 256.0 + 0.5).floor();
    let inside = parts >= 0.0 && parts <= (count - 1) as f64 * 256.0;
    inside.then_some((parts as usize >> 8, (parts as usize & 255) as u16))
}
