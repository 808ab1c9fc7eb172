use crate::path::{Element, Path, Point, Transform};

/// Parts of a pixel that outlines are measured in, a side.
const PARTS: i32 = 256;

/// How far a curve may lie from the lines that stand for it, in pixels.
const FLAT: f64 = 0.1;

/// Turns outlines into the share of each pixel that they cover, row by row.
///
/// The area is exact for outlines on a grid of 256 by 256 to a pixel and reckoned in whole numbers: nothing depends on
/// how a machine rounds. What winds against itself is a hole.
///
/// Source: the cells of David Turner's rasteriser in `FreeType` (`ftgrays.c`), as known from Anti-Grain Geometry.
#[derive(Debug, Default)]
pub(crate) struct Rasteriser {
    width: i32,
    height: i32,
    cells: Vec<Cell>,
    sorted: Vec<Cell>,
    /// Where each row begins in `sorted`, from `top` on.
    starts: Vec<u32>,
    places: Vec<u32>,
    top: i32,
}

/// What edges add to a pixel and to all to the right of it.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    x: i32,
    y: i32,
    /// Height of the edges in the pixel, downwards positive.
    cover: i32,
    /// Twice the area between them and the pixel's left side.
    area: i32,
}

/// Part of a row that is covered alike.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) x: usize,
    pub(crate) y: usize,
    pub(crate) length: usize,
    /// 255 is all of each pixel.
    pub(crate) cover: u8,
}

impl Rasteriser {
    /// Gives `put` the spans of `path` in a picture of `width` by `height`, from top to bottom.
    pub(crate) fn fill(
        &mut self,
        path: &Path,
        transform: Transform,
        (width, height): (usize, usize),
        put: impl FnMut(Span),
    ) {
        (self.width, self.height) = (width as i32, height as i32);
        self.cells.clear();
        self.trace(path, transform);
        self.sort();
        self.sweep(put);
    }

    fn trace(&mut self, path: &Path, transform: Transform) {
        let at = |(x, y): Point| transform.apply(x, y);
        let (mut start, mut here) = ((0.0, 0.0), (0.0, 0.0));
        for element in &path.0 {
            match *element {
                Element::Move(to) => {
                    self.line(here, start);
                    start = at(to);
                    here = start;
                    continue;
                }
                Element::Line(to) => self.line(here, at(to)),
                Element::Quad(bend, to) => {
                    let (bend, to) = (at(bend), at(to));
                    let first = between(here, bend, 2.0 / 3.0);
                    self.curve(here, first, between(to, bend, 2.0 / 3.0), to);
                }
                Element::Curve(first, second, to) => self.curve(here, at(first), at(second), at(to)),
                Element::Close => self.line(here, start),
            }
            here = match *element {
                Element::Line(to) | Element::Quad(_, to) | Element::Curve(_, _, to) => at(to),
                Element::Move(_) | Element::Close => start,
            };
        }
        self.line(here, start);
    }

    fn curve(&mut self, from: Point, first: Point, second: Point, to: Point) {
        let all = [from, first, second, to];
        if all.iter().all(|point| point.1 <= 0.0) || all.iter().all(|point| point.1 >= f64::from(self.height))
        {
            return;
        }
        let bend = |a: f64, b: f64, c: f64| (a - 2.0 * b + c).abs();
        let bends = [
            bend(from.0, first.0, second.0),
            bend(from.1, first.1, second.1),
            bend(first.0, second.0, to.0),
            bend(first.1, second.1, to.1),
        ];
        let worst = bends.into_iter().fold(0.0, f64::max);
        let count = (worst * 0.75 / FLAT).sqrt().clamp(1.0, 200.0) as u32 + 1;
        let mut here = from;
        for index in 1..count {
            let next = on_curve(all, f64::from(index) / f64::from(count));
            self.line(here, next);
            here = next;
        }
        self.line(here, to);
    }

    /// Adds an edge, cut to the picture: what lies to its left counts as its left side, what lies to its right is left out.
    fn line(&mut self, from: Point, to: Point) {
        let (width, height) = (f64::from(self.width), f64::from(self.height));
        let beyond =
            |limit: f64, from: f64, to: f64| (from <= 0.0 && to <= 0.0) || (from >= limit && to >= limit);
        if beyond(height, from.1, to.1) || (from.0 >= width && to.0 >= width) {
            return;
        }
        let (from, to) = (held(from, to, height), held(to, from, height));
        if from.0.min(to.0) >= 0.0 && from.0.max(to.0) <= width {
            self.edge(from, to);
            return;
        }
        let mut cuts = [Some(from), crossing(from, to, 0.0), crossing(from, to, width), Some(to)];
        if from.0 > to.0 {
            cuts.swap(1, 2);
        }
        let mut last = from;
        for next in cuts.into_iter().flatten().skip(1) {
            self.edge((last.0.clamp(0.0, width), last.1), (next.0.clamp(0.0, width), next.1));
            last = next;
        }
    }

    fn edge(&mut self, from: Point, to: Point) {
        let parts = |value: f64| (value * f64::from(PARTS) + 0.5) as i32;
        let (x0, y0, x1, y1) = (parts(from.0), parts(from.1), parts(to.0), parts(to.1));
        if y0 == y1 || (x0 >= self.width * PARTS && x1 >= self.width * PARTS) {
            return;
        }
        let (sign, x0, y0, x1, y1) = if y0 < y1 { (1, x0, y0, x1, y1) } else { (-1, x1, y1, x0, y0) };
        let slope = f64::from(x1 - x0) / f64::from(y1 - y0);
        let (mut x, mut y) = (x0, y0);
        while y < y1 {
            let row = y / PARTS;
            let end = y1.min((row + 1) * PARTS);
            let next = if end == y1 { x1 } else { x0 + (f64::from(end - y0) * slope) as i32 };
            self.row_edge(row, (x, y - row * PARTS), (next, end - row * PARTS), sign);
            (x, y) = (next, end);
        }
    }

    /// An edge inside one row of pixels.
    fn row_edge(&mut self, row: i32, (x0, y0): (i32, i32), (x1, y1): (i32, i32), sign: i32) {
        let (mut column, last) = (x0 / PARTS, x1 / PARTS);
        let (mut x, mut y) = (x0, y0);
        let slope = f64::from(y1 - y0) / f64::from((x1 - x0).abs().max(1));
        while column != last {
            let side = (column + i32::from(last > column)) * PARTS;
            let next = y0 + (f64::from((side - x0).abs()) * slope) as i32;
            self.cell(row, column, sign * (next - y), x + side);
            (x, y) = (side, next);
            column += (last - column).signum();
        }
        self.cell(row, column, sign * (y1 - y), x + x1);
    }

    fn cell(&mut self, y: i32, x: i32, cover: i32, ends: i32) {
        if cover == 0 || x >= self.width {
            return;
        }
        let area = cover * (ends - 2 * x * PARTS);
        match self.cells.last_mut() {
            Some(cell) if cell.x == x && cell.y == y => {
                cell.cover += cover;
                cell.area += area;
            }
            _ => self.cells.push(Cell { x, y, cover, area }),
        }
    }

    /// Puts the cells in order of rows, and inside rows from left to right.
    fn sort(&mut self) {
        self.top = self.cells.iter().map(|cell| cell.y).min().unwrap_or(0);
        let bottom = self.cells.iter().map(|cell| cell.y + 1).max().unwrap_or(0);
        self.starts.clear();
        self.starts.resize((bottom - self.top) as usize + 1, 0);
        for cell in &self.cells {
            self.starts[(cell.y - self.top) as usize + 1] += 1;
        }
        let mut sum = 0;
        for start in &mut self.starts {
            sum += *start;
            *start = sum;
        }
        self.sorted.clear();
        self.sorted.resize(self.cells.len(), Cell::default());
        self.places.clone_from(&self.starts);
        for cell in &self.cells {
            let place = &mut self.places[(cell.y - self.top) as usize];
            self.sorted[*place as usize] = *cell;
            *place += 1;
        }
        for row in self.starts.windows(2).filter(|row| row[1] > row[0] + 1) {
            self.sorted[row[0] as usize..row[1] as usize].sort_unstable_by_key(|cell| cell.x);
        }
    }

    fn sweep(&self, mut put: impl FnMut(Span)) {
        for (y, row) in (self.top as usize..).zip(self.starts.windows(2)).filter(|(_, row)| row[1] > row[0]) {
            let cells = &self.sorted[row[0] as usize..row[1] as usize];
            let (mut cover, mut here) = (0, 0);
            let mut put = |from: i32, to: i32, area: i32| {
                let cover = (area.abs() >> 9).min(255) as u8;
                if cover > 0 && to > from {
                    put(Span { x: from as usize, y, length: (to - from) as usize, cover });
                }
            };
            for same in cells.chunk_by(|one, next| one.x == next.x) {
                let x = same[0].x;
                put(here, x, cover * 2 * PARTS);
                cover += same.iter().map(|cell| cell.cover).sum::<i32>();
                let area: i32 = same.iter().map(|cell| cell.area).sum();
                put(x, x + 1, cover * 2 * PARTS - area);
                here = x + 1;
            }
            put(here, self.width, cover * 2 * PARTS);
        }
    }
}

fn between(from: Point, to: Point, share: f64) -> Point {
    (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share)
}

fn on_curve([from, first, second, to]: [Point; 4], at: f64) -> Point {
    let rest = 1.0 - at;
    let weights = [rest * rest * rest, 3.0 * rest * rest * at, 3.0 * rest * at * at, at * at * at];
    let sum = |get: fn(Point) -> f64| {
        weights[0] * get(from) + weights[1] * get(first) + weights[2] * get(second) + weights[3] * get(to)
    };
    (sum(|point| point.0), sum(|point| point.1))
}

/// `end`, moved along the line to `other` until it is no higher than 0 and no lower than `height`.
fn held(end: Point, other: Point, height: f64) -> Point {
    if (0.0..=height).contains(&end.1) {
        return end;
    }
    let limit = end.1.clamp(0.0, height);
    (end.0 + (other.0 - end.0) * (limit - end.1) / (other.1 - end.1), limit)
}

/// Where a line crosses the upright at `x`.
fn crossing(from: Point, to: Point, x: f64) -> Option<Point> {
    let crosses = (from.0 < x) != (to.0 < x);
    crosses.then(|| (x, from.1 + (to.1 - from.1) * (x - from.0) / (to.0 - from.0)))
}
