//! Cards as shots of their own: a still picture that comes out of black and goes back into it.

use std::path::Path;

use serde::Serialize;
use soundlock_draw::{Canvas, Lettering};
use soundlock_picture::{Colour, Depth, Encoder, Encoding, Frame, Layout, Limits, Tools, VideoFormat};
use soundlock_time::{Fps, Raster};
use soundlock_vault::Step;

use crate::{FinishError, Page, layout};

/// A card: the film's title, or a page of its end credits. A shot of its own, lettered by the program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Card {
    /// What is written on it.
    pub kind: CardKind,
    /// How long it stands, fades included.
    pub frames: u32,
    /// Size of the film.
    pub raster: Raster,
    /// Rate of the film.
    pub fps: Fps,
    /// How it is encoded.
    pub encoding: Encoding,
}

/// What is written on a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CardKind {
    /// The title of the film.
    Title {
        /// The title.
        title: String,
        /// What the author did, as the title page says it: `Written by`. May be empty.
        credit: String,
        /// Who did it. May be empty.
        author: String,
    },
    /// A page of end credits.
    Credits(Page),
}

/// The piece of a [`Card`].
#[derive(Clone, Copy)]
pub struct LetterCard<'a> {
    /// What is lettered.
    pub card: &'a Card,
    /// With which fonts.
    pub lettering: &'a Lettering,
    /// The programs that encode.
    pub tools: &'a Tools,
    /// How long they may do nothing.
    pub limits: &'a Limits,
}

impl Card {
    /// The card at its brightest.
    pub fn draw(&self, lettering: &Lettering) -> Result<Canvas, FinishError> {
        let missing = lettering.missing(&self.words());
        if !missing.is_empty() {
            return Err(FinishError::MissingGlyphs { characters: missing });
        }
        let mut canvas = Canvas::new(self.raster);
        match &self.kind {
            CardKind::Title { title, credit, author } => {
                layout::title(&mut canvas, lettering, title, credit, author);
            }
            CardKind::Credits(page) => layout::credits(&mut canvas, lettering, page),
        }
        Ok(canvas)
    }

    fn words(&self) -> String {
        match &self.kind {
            CardKind::Title { title, credit, author } => format!("{title}{credit}{author}"),
            CardKind::Credits(page) => {
                let rows = page.rows.iter().flat_map(|(left, right)| [left.as_str(), right.as_str()]);
                rows.fold(page.heading.clone(), |words, row| words + row)
            }
        }
    }

    /// How much of the card is seen in `frame`, of 256: slowly in, slowly out, never abrupt.
    fn light(&self, frame: u32) -> u32 {
        let fade = self.fps.nominal().min(self.frames / 4).max(1);
        let from_edge = (frame + 1).min(self.frames - frame).min(fade);
        let along = from_edge * 256 / fade;
        // 3x² - 2x³ in whole numbers.
        along * along * (3 * 256 - 2 * along) / (256 * 256)
    }
}

impl Step for LetterCard<'_> {
    type Error = FinishError;
    const VERSION: (&'static str, u32) = ("card", 3);
    const EXTENSION: &'static str = "mp4";

    fn inputs(&self) -> impl Serialize {
        #[derive(Serialize)]
        struct Inputs<'a> {
            card: &'a Card,
            fonts: String,
            ffmpeg: &'a str,
        }
        Inputs { card: self.card, fonts: self.lettering.identity(), ffmpeg: &self.tools.version }
    }

    fn make(&self, file: &Path) -> Result<(), FinishError> {
        let card = self.card;
        let mut bright = Frame::new(card.raster, Layout::Yuv420, Depth::Eight, Colour::FILM);
        card.draw(self.lettering)?.frame_into(&mut bright);
        let mut seen = bright.clone();
        let format = VideoFormat::film(card.raster, card.fps, card.encoding.clone());
        let mut encoder = Encoder::start(self.tools, file, &format, self.limits)?;
        let mut shown = None;
        for frame in 0..card.frames {
            let light = card.light(frame);
            if shown.replace(light) != Some(light) {
                dim(&bright, light, &mut seen);
            }
            encoder.write(&seen)?;
        }
        Ok(encoder.finish()?)
    }
}

/// `light` of 256 of the picture over black, in limited-range codes.
fn dim(bright: &Frame, light: u32, seen: &mut Frame) {
    for (plane, black) in [(0, 16), (1, 128), (2, 128)] {
        for (seen, bright) in seen.bytes_mut(plane).iter_mut().zip(bright.bytes(plane)) {
            let over_black = (i32::from(*bright) - black) * light as i32;
            *seen = (black + (over_black + 128).div_euclid(256)) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{encoding, title};

    #[test]
    fn a_card_comes_slowly_and_goes_slowly() {
        let card = title("The Tide", 96);
        let light: Vec<u32> = (0..96).map(|frame| card.light(frame)).collect();
        assert!(light[0] < 8 && light[0] > 0 && light[0] == light[95], "{light:?}");
        assert!(light[24..72].iter().all(|light| *light == 256));
        assert!(light.windows(2).all(|pair| pair[0].abs_diff(pair[1]) < 20), "{light:?}");
        for frames in 1..9 {
            let card = title("The Tide", frames);
            assert!((0..frames).any(|frame| card.light(frame) == 256), "{frames}");
        }
    }

    #[test]
    fn a_dimmed_picture_lies_between_black_and_itself() {
        let raster = Raster::new(16, 16).unwrap();
        let mut bright = Frame::new(raster, Layout::Yuv420, Depth::Eight, Colour::FILM);
        bright.bytes_mut(0).fill(235);
        bright.bytes_mut(1).fill(100);
        let mut seen = bright.clone();
        for (light, luma, chroma) in [(0, 16, 128), (128, 126, 114), (256, 235, 100)] {
            dim(&bright, light, &mut seen);
            assert_eq!((seen.bytes(0)[0], seen.bytes(1)[0]), (luma, chroma), "{light}");
        }
    }

    #[test]
    fn letters_that_no_font_has_are_named() {
        let lettering = Lettering::system().unwrap();
        let error = title("The \u{10FFFD} Tide", 48).draw(&lettering).err().unwrap();
        assert_eq!(error.to_string(), "no font of this system has U+10FFFD");
        assert!(error.hint().is_some());
    }

    #[test]
    fn a_card_is_a_piece_of_its_length() {
        let tools = Tools::find("ffmpeg", "ffprobe").unwrap();
        let lettering = Lettering::system().unwrap();
        let limits = Limits::GENEROUS;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("title.mp4");
        let card = Card { raster: Raster::new(256, 144).unwrap(), ..title("조수 The Tide", 31) };
        assert_eq!(card.encoding, encoding());
        LetterCard { card: &card, lettering: &lettering, tools: &tools, limits: &limits }
            .make(&file)
            .unwrap();
        let video = soundlock_picture::probe(&tools, &file, &limits).unwrap().video.unwrap();
        assert_eq!((video.frames, video.width, video.colour), (31, 256, Colour::FILM));
    }
}
