//! The contact sheet: the whole film on a page, one still a shot.

mod png;
mod still;
mod words;

use std::fs;
use std::path::{Path, PathBuf};

use soundlock_draw::{Align, Canvas, Lettering, RgbImage, Rgba, TextStyle};
use soundlock_plan::ShotCode;
use soundlock_time::{FilmFrame, Fps, Raster, Timecode};

use crate::{Check, DeliverError, write};

pub use still::Still;
pub use words::sheet_shots;

const CLAUSE: &str = "soundlock contact sheet";
const GROUND: Rgba = Rgba::hex(0x12_1317);
const CELL: Rgba = Rgba::hex(0x1b_1d22);
const BRIGHT: Rgba = Rgba::hex(0xee_ece6);
const QUIET: Rgba = Rgba::hex(0x8f_9097);
const ACCENT: Rgba = Rgba::hex(0xd0_a35f);
/// Distances in pixels: around the page, between cells, inside a cell.
const MARGIN: u32 = 56;
const GAP: u32 = 22;
const INSET: f64 = 14.0;
const HEAD: u32 = 96;
/// Height of the words below a still: a row of code and timecode, two rows of what is heard.
const CAPTION: u32 = 104;
const ROWS_PER_PAGE: usize = 8;

/// A shot on the contact sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetShot {
    /// Its code.
    pub code: ShotCode,
    /// Its first frame in the film.
    pub first: FilmFrame,
    /// What is heard, or seen where nothing is.
    pub words: String,
    /// What a [`Still`] made of its piece.
    pub still: PathBuf,
}

/// What stands above the shots.
#[derive(Debug, Clone, Copy)]
pub struct SheetHead<'a> {
    /// Title of the film.
    pub title: &'a str,
    /// Rate of the film.
    pub fps: Fps,
    /// Size of the film.
    pub raster: Raster,
    /// Frames of the film.
    pub frames: u32,
    /// Label of the film's first frame.
    pub first_label: FilmFrame,
}

/// How shots lie on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Grid {
    columns: usize,
    rows: usize,
    still: Raster,
}

/// Writes the contact sheet into `folder`: `contact-sheet.png`, or `contact-sheet-01.png` and on for a long film.
///
/// Gives the files with what was found in them. Memory holds one page at a time.
pub fn contact_sheet(
    head: &SheetHead<'_>,
    shots: &[SheetShot],
    lettering: &Lettering,
    folder: &Path,
) -> Result<(Vec<PathBuf>, Vec<Check>), DeliverError> {
    let grid = Grid::of(shots.len(), head.raster);
    let pages: Vec<&[SheetShot]> = shots.chunks(grid.per_page()).collect();
    remove_old(folder, pages.len())?;
    let (mut files, mut checks) = (Vec::new(), Vec::new());
    for (index, page) in pages.iter().enumerate() {
        let file = folder.join(name(index, pages.len()));
        let mut canvas = Canvas::new(grid.page(page.len()));
        draw_head(&mut canvas, lettering, head, shots.len(), (index + 1, pages.len()));
        for (place, shot) in page.iter().enumerate() {
            draw_shot(&mut canvas, lettering, head, &grid, place, shot)?;
        }
        write::bytes(&file, &canvas.png()?)?;
        checks.push(check_page(&file, grid.page(page.len()))?);
        files.push(file);
    }
    let shown: usize = pages.iter().map(|page| page.len()).sum();
    checks.push(Check::same("stills on the contact sheet", shown, shots.len(), CLAUSE));
    Ok((files, checks))
}

impl Grid {
    /// Few shots get few columns, so that a short film's sheet is no ribbon.
    fn of(shots: usize, film: Raster) -> Self {
        let columns = match shots {
            0..=6 => 3,
            7..=20 => 4,
            _ => 5,
        };
        Self { columns, rows: ROWS_PER_PAGE, still: still::still_raster(film) }
    }

    fn per_page(&self) -> usize {
        self.columns * self.rows
    }

    /// Size of a page with `shots` shots.
    fn page(&self, shots: usize) -> Raster {
        let (columns, rows) = (self.columns as u32, shots.div_ceil(self.columns) as u32);
        let width = 2 * MARGIN + columns * self.still.width() + (columns - 1) * GAP;
        let cell = self.still.height() + CAPTION;
        let height = MARGIN + HEAD + rows * cell + rows.saturating_sub(1) * GAP + MARGIN;
        let height = height.next_multiple_of(2).min(8192);
        Raster::new(width.next_multiple_of(2), height).expect("both sides are even and within bounds")
    }

    /// Upper left corner of the cell at `place`.
    fn corner(&self, place: usize) -> (f64, f64) {
        let (column, row) = ((place % self.columns) as u32, (place / self.columns) as u32);
        let x = MARGIN + column * (self.still.width() + GAP);
        let y = MARGIN + HEAD + row * (self.still.height() + CAPTION + GAP);
        (f64::from(x), f64::from(y))
    }
}

fn draw_head(
    canvas: &mut Canvas,
    lettering: &Lettering,
    head: &SheetHead<'_>,
    shots: usize,
    (page, pages): (usize, usize),
) {
    canvas.clear(GROUND);
    let margin = f64::from(MARGIN);
    let room = canvas.width() as f32 - 2.0 * MARGIN as f32;
    let seconds = head.fps.seconds(head.frames).round() as u32;
    let mut facts =
        format!("{shots} shots   {}:{:02}   {} fps   {}", seconds / 60, seconds % 60, head.fps, head.raster);
    if pages > 1 {
        facts = format!("{facts}   page {page} of {pages}");
    }
    let facts_style = TextStyle { align: Align::Right, ..TextStyle::plain(22.0, QUIET) };
    let facts_width = lettering.measure(&facts, &facts_style).width;
    let title_style = TextStyle { tracking: 0.03, ..TextStyle::plain(40.0, BRIGHT) };
    let title = shortened(lettering, head.title, &title_style, room - facts_width - 40.0, 1).join("");
    lettering.draw(canvas, &title, &title_style, margin, margin - 12.0);
    lettering.draw(canvas, &facts, &facts_style, canvas.width() - margin, margin + 8.0);
}

fn draw_shot(
    canvas: &mut Canvas,
    lettering: &Lettering,
    head: &SheetHead<'_>,
    grid: &Grid,
    place: usize,
    shot: &SheetShot,
) -> Result<(), DeliverError> {
    let (x, y) = grid.corner(place);
    let (width, height) = (f64::from(grid.still.width()), f64::from(grid.still.height()));
    canvas.fill_rect(x, y, width, height + f64::from(CAPTION), CELL);
    let (still_width, still_height, rgb) = png::read(&shot.still)?;
    let image = RgbImage::new(still_width as u16, still_height as u16, &rgb)?;
    canvas.blit(&image, x, y, width, height);
    let code = TextStyle { weight: 700, ..TextStyle::plain(20.0, ACCENT) };
    let timecode = TextStyle { align: Align::Right, ..TextStyle::plain(18.0, QUIET) };
    let label = Timecode::of(FilmFrame(head.first_label.0 + shot.first.0), head.fps).to_string();
    let top = y + height + 8.0;
    lettering.draw(canvas, &shot.code.to_string(), &code, x + INSET, top);
    lettering.draw(canvas, &label, &timecode, x + width - INSET, top + 1.0);
    let words = TextStyle::plain(18.0, BRIGHT);
    let rows = shortened(lettering, &shot.words, &words, (width - 2.0 * INSET) as f32, 2);
    for (index, row) in rows.iter().enumerate() {
        lettering.draw(canvas, row, &words, x + INSET, top + 30.0 + 26.0 * index as f64);
    }
    Ok(())
}

/// As much of `words` as fits `most` rows of `width`, with `…` where something is left out.
fn shortened(lettering: &Lettering, words: &str, style: &TextStyle, width: f32, most: usize) -> Vec<String> {
    let fits = |row: &str| lettering.measure(row, style).width <= width;
    let mut rows: Vec<String> = vec![String::new()];
    for word in words.split_whitespace() {
        let is_last = rows.len() >= most;
        let row = rows.last_mut().expect("there is always a row");
        let longer = if row.is_empty() { word.to_owned() } else { format!("{row} {word}") };
        if row.is_empty() || fits(&longer) {
            *row = longer;
        } else if !is_last {
            rows.push(word.to_owned());
        } else {
            row.push_str(" …");
            break;
        }
    }
    for row in &mut rows {
        if !fits(row) {
            *row = cut_short(row, &fits);
        }
    }
    rows
}

/// The longest beginning of `row` that fits with `…` after it.
fn cut_short(row: &str, fits: &impl Fn(&str) -> bool) -> String {
    let kept = row.trim_end_matches([' ', '…']);
    let places = kept.char_indices().map(|(place, _)| place).rev();
    let shorter = places.map(|place| format!("{}…", kept[..place].trim_end())).find(|row| fits(row));
    shorter.unwrap_or_default()
}

fn name(page: usize, pages: usize) -> String {
    if pages == 1 { "contact-sheet.png".to_owned() } else { format!("contact-sheet-{:02}.png", page + 1) }
}

/// Pages of a longer film before this one would look as if they belonged to it.
fn remove_old(folder: &Path, pages: usize) -> Result<(), DeliverError> {
    let keep: Vec<String> = (0..pages).map(|page| name(page, pages)).collect();
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for entry in entries.flatten() {
        let found = entry.file_name().to_string_lossy().into_owned();
        let ours = found.strip_prefix("contact-sheet").and_then(|rest| rest.strip_suffix(".png"));
        let numbered = |rest: &str| {
            rest.is_empty()
                || rest
                    .strip_prefix('-')
                    .is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))
        };
        if ours.is_some_and(numbered) && !keep.contains(&found) {
            fs::remove_file(entry.path()).map_err(DeliverError::io(&entry.path()))?;
        }
    }
    Ok(())
}

fn check_page(file: &Path, wanted: Raster) -> Result<Check, DeliverError> {
    let (width, height, _) = png::read(file)?;
    let name = format!("raster of {}", file.file_name().unwrap_or_default().to_string_lossy());
    Ok(Check::same(&name, format!("{width}x{height}"), wanted.to_string(), CLAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(shots: usize) -> (tempfile::TempDir, Vec<PathBuf>, Vec<Check>) {
        let folder = tempfile::tempdir().unwrap();
        let raster = still::still_raster(Raster::HD);
        let still = folder.path().join("still.png");
        fs::write(&still, soundlock_draw::png_file(raster, &vec![90; raster.pixels() * 3]).unwrap()).unwrap();
        let shot = |index: usize| SheetShot {
            code: format!("1_{:04}", (index + 1) * 10).parse().unwrap(),
            first: FilmFrame(index as u32 * 60),
            words:
                "MINA: 여기 다시 오지 말라고 했는데 결국 왔구나, and now the tide is in and the road is gone"
                    .to_owned(),
            still: still.clone(),
        };
        let shots: Vec<_> = (0..shots).map(shot).collect();
        let (fps, raster, first_label) = (Fps::FILM, Raster::HD, FilmFrame(0));
        let head = SheetHead { title: "The Tide", fps, raster, frames: 2400, first_label };
        let lettering = Lettering::system().unwrap();
        let old = folder.path().join("contact-sheet-07.png");
        fs::write(&old, b"from before").unwrap();
        let (files, checks) = contact_sheet(&head, &shots, &lettering, folder.path()).unwrap();
        assert!(!old.exists());
        (folder, files, checks)
    }

    #[test]
    fn a_short_film_is_one_page_and_a_long_one_several() {
        for (shots, names) in
            [(4, vec!["contact-sheet.png"]), (41, vec!["contact-sheet-01.png", "contact-sheet-02.png"])]
        {
            let (_folder, files, checks) = sheet(shots);
            let found: Vec<_> =
                files.iter().map(|file| file.file_name().unwrap().to_str().unwrap()).collect();
            assert_eq!(found, names);
            assert!(checks.iter().all(|check| check.passed), "{checks:?}");
        }
    }

    #[test]
    fn words_that_do_not_fit_end_in_dots() {
        let lettering = Lettering::system().unwrap();
        let style = TextStyle::plain(18.0, BRIGHT);
        for (words, width, rows) in [("Yes.", 300.0, vec!["Yes."]), ("", 100.0, vec![""])] {
            assert_eq!(shortened(&lettering, words, &style, width, 2), rows);
        }
        let word = shortened(&lettering, &"a".repeat(40), &style, 100.0, 2);
        assert!(word.len() == 1 && word[0].starts_with("aaa") && word[0].ends_with('…'), "{word:?}");
        let long = shortened(&lettering, &"word ".repeat(40), &style, 200.0, 2);
        assert!(long.len() == 2 && long[1].ends_with('…'), "{long:?}");
        assert!(long.iter().all(|row| lettering.measure(row, &style).width <= 200.0));
    }
}
