use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use soundlock_picture::{Colour, Limits, Media, Tools, VideoStream, still};
use soundlock_time::{Fps, Raster};
use soundlock_vault::{Hash, Step};

use crate::DeliverError;

/// The middle frame of a piece as a small PNG, for the contact sheet.
#[derive(Debug, Clone)]
pub struct Still<'a> {
    /// BLAKE3 of the piece.
    pub hash: Hash,
    /// The piece.
    pub piece: PathBuf,
    /// Frames it holds.
    pub frames: u32,
    /// Rate of the film.
    pub fps: Fps,
    /// Size of the film.
    pub raster: Raster,
    /// The programs that decode.
    pub tools: &'a Tools,
    /// How long they may do nothing.
    pub limits: &'a Limits,
}

/// Pixels across of a still; its height follows the film's shape.
const WIDTH: u32 = 400;

/// Size of the stills of a film of size `film`.
pub(super) fn still_raster(film: Raster) -> Raster {
    let height = (u64::from(film.height()) * u64::from(WIDTH) / u64::from(film.width())) as u32;
    let height = height.next_multiple_of(2).clamp(16, 1600);
    Raster::new(WIDTH, height).expect("both sides are even and within bounds")
}

impl Step for Still<'_> {
    type Error = DeliverError;
    const VERSION: (&'static str, u32) = ("still", 1);
    const EXTENSION: &'static str = "png";

    fn inputs(&self) -> impl Serialize {
        #[derive(Serialize)]
        struct Inputs<'a> {
            piece: Hash,
            frame: u32,
            raster: Raster,
            ffmpeg: &'a str,
        }
        let (frame, raster) = (self.frames / 2, still_raster(self.raster));
        Inputs { piece: self.hash, frame, raster, ffmpeg: &self.tools.version }
    }

    fn make(&self, file: &Path) -> Result<(), DeliverError> {
        let raster = still_raster(self.raster);
        let rgb = still(self.tools, &self.media(), self.frames / 2, raster, self.limits)?;
        fs::write(file, soundlock_draw::png_file(raster, &rgb)?).map_err(DeliverError::io(file))
    }
}

impl Still<'_> {
    /// What is known of a piece of our own without asking `ffprobe`: a feature has a thousand of them.
    fn media(&self) -> Media {
        let video = VideoStream {
            width: self.raster.width(),
            height: self.raster.height(),
            fps: self.fps,
            frames: self.frames,
            codec: "h264".to_owned(),
            pixel_format: "yuv420p".to_owned(),
            bits: 8,
            colour: Colour::FILM,
            tagged: true,
        };
        let seconds = self.fps.seconds(self.frames);
        Media { file: self.piece.clone(), video: Some(video), audio: None, seconds }
    }
}
