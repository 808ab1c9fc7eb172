//! The animatic: every shot drawn from its words, free, at once, the same on every machine.
//!
//! Cut paper and gouache: a few colours for each hour and weather, layers that slide past each other as the camera
//! moves, figures whose looks follow from their names. Places and people are seeded by their names and not by the shot,
//! so that they stay what they are through the film. It is also the test double: faults of known strength can be
//! planted in its takes.

mod air;
mod camera;
mod cast;
mod fault;
mod figure;
mod insert;
mod motes;
mod palette;
mod paper;
mod places;
mod props;
mod scene;
mod seed;
mod set;
mod shape;
mod slate;
mod stage;
mod words;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use soundlock_draw::{Canvas, Lettering};
use soundlock_picture::{
    Colour, Depth, Encoder, Encoding, Frame, Layout, Limits, PictureError, Tools, VideoCodec, VideoFormat,
};
use soundlock_time::{Fps, Raster};

pub use fault::{Fault, PlantedFault};
pub use figure::CastLook;
pub use scene::Scene;

use crate::{
    Capabilities, Draws, Estimate, Frames, Generator, Identity, Input, Lengths, ShootError, ShotOrder, Way,
};
use camera::Camera;
use fault::Faults;

/// Raised when the same order would give another picture.
const VERSION: &str = "3";

/// How the animatic draws a film.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnimaticStyle {
    /// How the characters look; those who are not named are drawn from their names alone.
    pub cast: Vec<CastLook>,
    /// Faults planted in takes; none in a film.
    pub faults: Vec<PlantedFault>,
    /// Rate of the film, named first among the rates.
    pub fps: Fps,
    /// Longest take in frames; see [`AnimaticStyle::ceiling_at`].
    pub ceiling: u32,
    /// Threads of the encoder; part of what a take's bytes depend on.
    pub encoder_threads: u32,
}

/// The generator that draws.
pub struct Animatic {
    tools: Tools,
    style: AnimaticStyle,
    lettering: Option<Arc<Lettering>>,
    papers: Papers,
}

/// Paper for the raster that was last drawn on: takes of a film share it.
#[derive(Default)]
struct Papers(Mutex<Option<(Raster, Arc<Vec<u8>>)>>);

impl AnimaticStyle {
    /// A style without cast and faults for a film of `fps`, takes of at most five seconds.
    pub fn plain(fps: Fps) -> Self {
        Self { cast: Vec::new(), faults: Vec::new(), fps, ceiling: Self::ceiling_at(fps), encoder_threads: 1 }
    }

    /// Frames in five seconds: as long as most generators hold a picture together. 120 at 24.
    pub fn ceiling_at(fps: Fps) -> u32 {
        5 * fps.nominal()
    }
}

impl Animatic {
    /// An animatic that encodes with `tools`. It draws no slates: see [`Animatic::with_lettering`].
    pub fn new(tools: Tools, style: AnimaticStyle) -> Self {
        Self { tools, style, lettering: None, papers: Papers::default() }
    }

    /// The same with letters for slates.
    #[must_use]
    pub fn with_lettering(self, lettering: Arc<Lettering>) -> Self {
        Self { lettering: Some(lettering), ..self }
    }

    /// What a take of `order` depends on besides it: looks of those in the scene, faults planted in this shot, the
    /// program whose bytes the take is.
    fn settings<'a>(&'a self, order: &'a ShotOrder) -> impl Serialize + 'a {
        #[derive(Serialize)]
        struct Settings<'a> {
            cast: Vec<&'a CastLook>,
            faults: Vec<Fault>,
            encoder_threads: u32,
            ffmpeg: &'a str,
            fonts: Option<String>,
        }
        let look = &order.look;
        let there = |name: &String| look.present.contains(name) || look.subjects.contains(name);
        let planted =
            |fault: &&PlantedFault| fault.shots.as_ref().is_none_or(|shots| shots.contains(&order.code));
        let fonts = self.lettering.as_ref().filter(|_| order.burn_in.is_some());
        Settings {
            cast: self.style.cast.iter().filter(|cast| there(&cast.name)).collect(),
            faults: self.style.faults.iter().filter(planted).map(|planted| planted.fault).collect(),
            encoder_threads: self.style.encoder_threads,
            ffmpeg: &self.tools.version,
            fonts: fonts.map(|lettering| lettering.identity()),
        }
    }

    fn check(&self, order: &ShotOrder) -> Result<(), ShootError> {
        let impossible = |why: String| ShootError::Impossible {
            generator: "animatic".to_owned(),
            code: order.code.clone(),
            why,
        };
        if order.frames == 0 || order.frames > self.style.ceiling {
            return Err(impossible(format!(
                "{} frames asked, 1 to {} possible",
                order.frames, self.style.ceiling
            )));
        }
        if order.burn_in.is_some() && self.lettering.is_none() {
            return Err(impossible("a slate is asked for and there is no font".to_owned()));
        }
        Ok(())
    }
}

impl Generator for Animatic {
    fn identity(&self, order: &ShotOrder) -> Identity {
        Identity {
            name: "animatic".to_owned(),
            model: "cut paper".to_owned(),
            version: VERSION.to_owned(),
            settings: serde_json::to_string(&self.settings(order)).unwrap_or_default(),
        }
    }

    fn capabilities(&self) -> Capabilities {
        let mut fps = vec![self.style.fps];
        let usual = [Fps::FILM, Fps::PAL, Fps::THIRTY, Fps::NTSC_FILM, Fps::NTSC];
        fps.extend(usual.into_iter().filter(|usual| *usual != self.style.fps));
        Capabilities {
            frames: Lengths::Grid(Frames { step: 1, offset: 0, shortest: 1, ceiling: self.style.ceiling }),
            fps,
            rasters: Vec::new(),
            multiple: 2,
            concurrency: std::thread::available_parallelism().map_or(1, usize::from),
            deterministic: true,
            cuts: true,
            paid: false,
            reads_fields: true,
            takes: vec![Input::Seed],
            by_hand: false,
        }
    }

    fn estimate(&self, _order: &ShotOrder) -> Estimate {
        Estimate::Free
    }

    fn way(&self) -> Way<'_> {
        Way::Drawn(self)
    }
}

impl Draws for Animatic {
    fn draw(&self, order: &ShotOrder, file: &Path) -> Result<(), ShootError> {
        self.check(order)?;
        let take = Take {
            tools: &self.tools,
            style: &self.style,
            lettering: self.lettering.as_ref(),
            papers: &self.papers,
            file,
        };
        let failed =
            |why| ShootError::Failed { generator: "animatic".to_owned(), code: order.code.clone(), why };
        take.make(order).map_err(failed)
    }
}

/// All that is needed to make a take.
struct Take<'a> {
    tools: &'a Tools,
    style: &'a AnimaticStyle,
    lettering: Option<&'a Arc<Lettering>>,
    papers: &'a Papers,
    file: &'a Path,
}

impl Take<'_> {
    fn make(&self, order: &ShotOrder) -> Result<(), String> {
        let faults = Faults::of(&self.style.faults, &order.code);
        let raster = faults.raster(order.raster);
        let mut encoder = self.encoder(order, raster).map_err(|error| said(&error))?;
        let scene = self.scene(order, raster);
        let other = faults.cut_inside(order).map(|(at, order)| (at, self.scene(&order, raster)));
        let mut canvas = Canvas::new(raster);
        let mut frame = Frame::new(raster, Layout::Yuv420, Depth::Eight, Colour::FILM);
        for index in 0..faults.frames(order.frames) {
            let shown = faults.shown(index);
            let scene = other.as_ref().filter(|(at, _)| shown >= *at).map_or(&scene, |(_, other)| other);
            scene.draw(shown, &mut canvas);
            canvas.frame_into(&mut frame);
            faults.spoil(&mut frame, index);
            encoder.write(&frame).map_err(|error| said(&error))?;
        }
        encoder.finish().map_err(|error| said(&error))?;
        self.shorten(&faults)
    }

    fn scene(&self, order: &ShotOrder, raster: Raster) -> Scene {
        let paper = self.papers.of(raster);
        Scene::prepared(order, self.style, raster, paper, self.lettering.cloned())
    }

    fn encoder(&self, order: &ShotOrder, raster: Raster) -> Result<Encoder, PictureError> {
        // Drawn flat: a lower factor costs bits, and time each time the take is read, that nobody sees.
        let quick = || VideoCodec::H264 { preset: "ultrafast".to_owned(), crf: 16 };
        let codec = order.cut.as_ref().map_or_else(quick, |cut| cut.codec.clone());
        let encoding = Encoding { codec, threads: self.style.encoder_threads };
        let cuts = order.cut.iter().flat_map(|cut| [cut.first, cut.end]).filter(|at| *at > 0);
        let format = VideoFormat { cuts: cuts.collect(), ..VideoFormat::film(raster, order.fps, encoding) };
        Encoder::start(self.tools, self.file, &format, &Limits::GENEROUS)
    }

    /// Cuts the file off where a fault asks for it.
    fn shorten(&self, faults: &Faults) -> Result<(), String> {
        let said = |error: std::io::Error| format!("cannot shorten {}: {error}", self.file.display());
        let bytes = std::fs::metadata(self.file).map_err(said)?.len();
        let kept = faults.bytes_kept(bytes);
        if kept < bytes {
            let file = std::fs::OpenOptions::new().write(true).open(self.file).map_err(said)?;
            file.set_len(kept).map_err(said)?;
        }
        Ok(())
    }
}

impl Papers {
    fn of(&self, raster: Raster) -> Arc<Vec<u8>> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match held.as_ref() {
            Some((size, paper)) if *size == raster => Arc::clone(paper),
            _ => {
                let paper = Arc::new(paper::paper(raster));
                *held = Some((raster, Arc::clone(&paper)));
                paper
            }
        }
    }
}

/// An error with all that caused it, in a line.
fn said(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
