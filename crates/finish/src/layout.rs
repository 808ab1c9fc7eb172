//! How cards are set. Lengths are given for a picture of 1920 by 1080 and scaled to others.

use soundlock_draw::{Align, Canvas, Lettering, Rgba, TextStyle};

use crate::Page;

const GROUND: Rgba = Rgba::hex(0x0b_0c10);
const BRIGHT: Rgba = Rgba::hex(0xf1_eee6);
const QUIET: Rgba = Rgba::hex(0xa3_a09a);
const RULE: Rgba = Rgba::hex(0xb0_8d57);

/// Part of the picture's width and height that words may take: inside the safe title area of every standard.
const SAFE: f64 = 0.8;
/// Type never gets smaller than this many 1080ths of the height.
const SMALLEST: f32 = 16.0;
/// Credits are set in this size: on a still 480 pixels wide it is 15 pixels high, and still reads.
const CREDITS: f32 = 60.0;
/// Long rows make the type smaller down to this size, and break below it.
const CREDITS_UNBROKEN: f32 = 44.0;
/// Distance of the lines of credits, in type heights.
const CREDITS_LINE: f32 = 1.42;

/// The film's title with what its author did below.
pub(crate) fn title(canvas: &mut Canvas, lettering: &Lettering, title: &str, credit: &str, author: &str) {
    canvas.clear(GROUND);
    let unit = unit(canvas);
    let (middle, width) = (canvas.width() / 2.0, canvas.width() * SAFE);
    let title = set_title(lettering, title, unit, width, canvas.height() * 0.5);
    let credit = line(lettering, credit, 34.0 * unit as f32, QUIET, 0.14, width);
    let author = line(lettering, author, 52.0 * unit as f32, BRIGHT, 0.03, width);
    let (gap, rule_gap) = (14.0 * unit, 46.0 * unit);
    let below = credit.height + author.height;
    let credits = if below > 0.0 { rule_gap * 2.0 + below + gap } else { 0.0 };
    // The optical middle lies a little above the measured one.
    let mut y = canvas.height() * 0.48 - f64::midpoint(title.height, credits);
    title.draw(canvas, lettering, middle, y);
    if below == 0.0 {
        return;
    }
    y += title.height + rule_gap;
    let (length, weight) = (110.0 * unit, (2.0 * unit).max(1.0));
    canvas.fill_rect(middle - length / 2.0, y, length, weight, RULE);
    y += rule_gap;
    credit.draw(canvas, lettering, middle, y);
    if credit.height > 0.0 {
        y += credit.height + gap;
    }
    author.draw(canvas, lettering, middle, y);
}

/// A page of end credits: what on the left of the middle, who on its right. A single credit has the page to itself.
pub(crate) fn credits(canvas: &mut Canvas, lettering: &Lettering, page: &Page) {
    canvas.clear(GROUND);
    let unit = unit(canvas);
    let (middle, width) = (canvas.width() / 2.0, canvas.width() * SAFE);
    let heading = line(lettering, &page.heading, 42.0 * unit as f32, RULE, 0.14, width);
    let head = if heading.height > 0.0 { heading.height + 48.0 * unit } else { 0.0 };
    if let [(what, who)] = page.rows.as_slice() {
        return single(canvas, lettering, (&heading, head), what, who);
    }
    let rows = fitting_rows(lettering, page, unit, canvas.width(), canvas.height() * SAFE - head);
    let all: f64 = rows.iter().map(|row| row.height).sum();
    let mut y = canvas.height() * 0.49 - f64::midpoint(head, all);
    heading.draw(canvas, lettering, middle, y);
    y += head;
    for row in &rows {
        row.draw(canvas, lettering, y);
        y += row.height;
    }
}

/// One credit alone: what it is for small, who below it large.
fn single(canvas: &mut Canvas, lettering: &Lettering, (heading, head): (&Set, f64), what: &str, who: &str) {
    let unit = unit(canvas);
    let (middle, width) = (canvas.width() / 2.0, canvas.width() * SAFE);
    let what = line(lettering, what, 46.0 * unit as f32, QUIET, 0.02, width);
    let who = line(lettering, who, 78.0 * unit as f32, BRIGHT, 0.02, width);
    let mut y = canvas.height() * 0.48 - f64::midpoint(head, what.height + who.height);
    for (set, height) in [(heading, head), (&what, what.height), (&who, who.height)] {
        set.draw(canvas, lettering, middle, y);
        y += height;
    }
}

/// Words with their style, set about a middle, a left edge or a right edge.
struct Set {
    words: String,
    style: TextStyle,
    /// Where x lies in the block: 0 at its left, its width at its right.
    anchor: f64,
    height: f64,
}

impl Set {
    fn new(lettering: &Lettering, words: &str, style: TextStyle) -> Self {
        let words = words.trim().to_owned();
        let height = if words.is_empty() { 0.0 } else { f64::from(lettering.measure(&words, &style).height) };
        let block = f64::from(style.max_width.unwrap_or(0.0));
        let anchor = match style.align {
            Align::Left => 0.0,
            Align::Centre => block / 2.0,
            Align::Right => block,
        };
        Self { words, style, anchor, height }
    }

    fn draw(&self, canvas: &mut Canvas, lettering: &Lettering, x: f64, y: f64) {
        if !self.words.is_empty() {
            lettering.draw(canvas, &self.words, &self.style, x - self.anchor, y);
        }
    }
}

/// A line about the middle, made smaller until it fits the width.
fn line(lettering: &Lettering, words: &str, size_px: f32, colour: Rgba, tracking: f32, width: f64) -> Set {
    let style = |size_px| TextStyle { align: Align::Centre, tracking, ..TextStyle::plain(size_px, colour) };
    let mut size_px = size_px;
    while f64::from(lettering.measure(words.trim(), &style(size_px)).width) > width && size_px > 4.0 {
        size_px *= 0.94;
    }
    Set::new(lettering, words, style(size_px))
}

/// Most rows of a title, and how large its type has to be for that many, in 1080ths of the height.
const TITLE_ROWS: [f64; 4] = [76.0, 60.0, 48.0, 0.0];
const TITLE_LARGEST: f64 = 124.0;
const TITLE_LINE: f64 = 1.22;

/// The title as large as it may be: in one row if that stays large, else in up to four even ones.
fn set_title(lettering: &Lettering, title: &str, unit: f64, width: f64, height: f64) -> Set {
    let style = |size_px: f64| TextStyle {
        align: Align::Centre,
        weight: 500,
        line_height: TITLE_LINE as f32,
        tracking: 0.06,
        ..TextStyle::plain(size_px as f32, BRIGHT)
    };
    let measured = |words: &str| f64::from(lettering.measure(words, &style(100.0)).width);
    let words: Vec<(&str, f64)> = title.split_whitespace().map(|word| (word, measured(word))).collect();
    let mut set = (String::new(), SMALLEST.into());
    for (rows, smallest) in (1..=words.len()).zip(TITLE_ROWS) {
        let rows = even_rows(&words, rows);
        let widest = rows.iter().map(|row| measured(row)).fold(1.0, f64::max);
        let fitting = (width / widest * 100.0).min(height / (rows.len() as f64 * TITLE_LINE));
        let size_px = fitting.min(TITLE_LARGEST * unit);
        set = (rows.join("\n"), size_px);
        if size_px >= smallest * unit {
            break;
        }
    }
    Set::new(lettering, &set.0, style(set.1))
}

/// Words (with their widths) in at most `rows` rows, the widest as narrow as can be. Words stay whole.
fn even_rows(words: &[(&str, f64)], rows: usize) -> Vec<String> {
    let mut narrow = words.iter().map(|(_, width)| *width).fold(0.0, f64::max);
    let mut wide = words.iter().map(|(_, width)| width + SPACE).sum();
    if filled(words, narrow).len() <= rows {
        return filled(words, narrow);
    }
    for _ in 0..20 {
        let between = f64::midpoint(narrow, wide);
        if filled(words, between).len() <= rows { wide = between } else { narrow = between }
    }
    filled(words, wide)
}

/// About the width of a space at the size that words are measured at.
const SPACE: f64 = 28.0;

/// Rows filled one after another up to `width`.
fn filled(words: &[(&str, f64)], width: f64) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    let mut free = 0.0;
    for (word, length) in words {
        match rows.last_mut() {
            Some(row) if free >= length + SPACE => {
                row.push(' ');
                row.push_str(word);
                free -= length + SPACE;
            }
            _ => {
                rows.push((*word).to_owned());
                free = width - length;
            }
        }
    }
    rows
}

/// A row of credits: both sides, or one alone in the middle.
struct Row {
    left: Set,
    right: Set,
    left_x: f64,
    right_x: f64,
    height: f64,
}

impl Row {
    fn draw(&self, canvas: &mut Canvas, lettering: &Lettering, y: f64) {
        self.left.draw(canvas, lettering, self.left_x, y);
        self.right.draw(canvas, lettering, self.right_x, y);
    }
}

/// The rows at the largest size at which they fit `height` together and break as little as can be.
fn fitting_rows(lettering: &Lettering, page: &Page, unit: f64, picture: f64, height: f64) -> Vec<Row> {
    let unit = unit as f32;
    let mut size_px = CREDITS * unit;
    loop {
        let rows = set_rows(lettering, page, size_px, picture);
        let fits = rows.iter().map(|row| row.height).sum::<f64>() <= height;
        let unbroken =
            rows.iter().all(|row| row.height < f64::from(size_px) * 2.0) || size_px < CREDITS_UNBROKEN * unit;
        if (fits && unbroken) || size_px <= SMALLEST * unit {
            return rows;
        }
        size_px *= 0.95;
    }
}

fn set_rows(lettering: &Lettering, page: &Page, size_px: f32, picture: f64) -> Vec<Row> {
    let (middle, gutter) = (picture / 2.0, f64::from(size_px) * 0.8);
    let side = picture * SAFE / 2.0 - gutter;
    let set = |words: &str, align: Align, colour: Rgba, width: f64| {
        let style = TextStyle {
            align,
            max_width: Some(width as f32),
            line_height: CREDITS_LINE,
            ..TextStyle::plain(size_px, colour)
        };
        Set::new(lettering, words, style)
    };
    let row = |(left, right): &(String, String)| {
        let (left, right) = match (left.trim(), right.trim()) {
            (alone, "") | ("", alone) => {
                (set(alone, Align::Centre, BRIGHT, picture * SAFE), set("", Align::Left, BRIGHT, side))
            }
            (left, right) => (set(left, Align::Right, QUIET, side), set(right, Align::Left, BRIGHT, side)),
        };
        let left_x = if right.words.is_empty() { middle } else { middle - gutter };
        let height = left.height.max(right.height);
        Row { left, right, left_x, right_x: middle + gutter, height }
    };
    page.rows.iter().map(row).collect()
}

/// One 1080th of the shorter side.
fn unit(canvas: &Canvas) -> f64 {
    canvas.width().min(canvas.height()) / 1080.0
}

#[cfg(test)]
mod tests {
    use soundlock_time::Raster;

    use super::*;
    use crate::{CastMember, Page, credits_pages};

    fn pages(cast: usize) -> Vec<Page> {
        let names = ["Nora Lindqvist", "Elias Vance", "한서", "The Captain of the Watch", "June"];
        let member = |index: usize| CastMember {
            character: names[index % names.len()].to_uppercase(),
            voice: names[(index + 2) % names.len()].to_owned(),
        };
        let cast: Vec<_> = (0..cast).map(member).collect();
        let crew = [("Written and directed by".to_owned(), "Han Seo".to_owned())];
        let tools = [
            ("Picture", "cut paper 1"),
            ("Scratch voices", "espeak-ng"),
            ("Sound and picture", "FFmpeg 5.1.9"),
        ];
        let tools = tools.map(|(what, which)| (what.to_owned(), which.to_owned()));
        credits_pages("The Long Crossing", "en", &crew, &cast, &tools)
    }

    /// Rows of pixels, from the top, in which something is written.
    fn written(canvas: &mut Canvas) -> Vec<usize> {
        let width = canvas.width() as usize;
        let pixels = canvas.pixels();
        let ground = &pixels[..4];
        let row = |row: &[u8]| row.chunks_exact(4).any(|pixel| pixel[1].abs_diff(ground[1]) > 90);
        let rows = pixels.chunks_exact(width * 4).enumerate();
        rows.filter(|(_, pixels)| row(pixels)).map(|(at, _)| at).collect()
    }

    /// Stretches of neighbouring rows: the lines of a page, with their heights.
    fn lines(rows: &[usize]) -> Vec<usize> {
        rows.chunk_by(|above, below| above + 1 == *below).map(<[usize]>::len).collect()
    }

    #[test]
    fn credits_read_on_a_small_still_and_stay_in_the_safe_area() {
        let lettering = Lettering::system().unwrap();
        for raster in [Raster::new(480, 270).unwrap(), Raster::HD, Raster::new(1080, 1920).unwrap()] {
            for page in pages(23) {
                let mut canvas = Canvas::new(raster);
                credits(&mut canvas, &lettering, &page);
                let rows = written(&mut canvas);
                let height = raster.height() as usize;
                let safe = height / 10..height * 9 / 10;
                assert!(rows.iter().all(|row| safe.contains(row)), "{raster}: {:?}", page.heading);
                // Letters with strokes up or down are about three quarters of the type's height.
                let least = if raster.width() > raster.height() { height * 3 / 100 } else { height / 100 };
                let tall = lines(&rows).into_iter().filter(|line| *line > least).count();
                assert!(tall >= page.rows.len(), "{raster}: {tall} lines of {}", page.rows.len());
            }
        }
    }
}
