use std::path::{Path, PathBuf};

use serde::Serialize;
use soundlock_picture::{Colour, Conversion, Encoding, Fit, Limits, Tools, convert, probe};
use soundlock_plan::Shot;
use soundlock_time::{Fps, Raster};

use crate::{FinishError, FrameMap, Retime, frame_map};

/// What every piece of a film has in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PieceFormat {
    /// Size of the film.
    pub raster: Raster,
    /// Rate of the film.
    pub fps: Fps,
    /// How takes of another shape are brought to the film's.
    pub fit: Fit,
    /// How takes of another rate are brought to the film's.
    pub retime: Retime,
    /// How pieces are encoded; one thread each, so that pieces are made side by side and come out the same.
    pub encoding: Encoding,
}

/// The take that is seen in a shot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CircledTake {
    /// BLAKE3 of its bytes.
    pub hash: String,
    /// Where it lies.
    pub file: PathBuf,
    /// Frames it has, counted by decoding.
    pub frames: u32,
    /// Its rate.
    pub fps: Fps,
    /// What its generator is known to write; `None` to believe its tags (untagged is BT.601).
    pub colour: Option<Colour>,
}

/// A circled take, cut to its shot's frames, at the film's rate and raster, encoded.
#[derive(Debug, Clone)]
pub struct Conform<'a> {
    take: &'a CircledTake,
    format: &'a PieceFormat,
    map: FrameMap,
    tools: &'a Tools,
    limits: &'a Limits,
}

impl<'a> Conform<'a> {
    /// The piece of `shot` from `take`; an error when the take does not cover it.
    pub fn new(
        shot: &Shot,
        take: &'a CircledTake,
        format: &'a PieceFormat,
        tools: &'a Tools,
        limits: &'a Limits,
    ) -> Result<Self, FinishError> {
        let map = frame_map(shot, format.fps, take.fps, take.frames, format.retime)?;
        Ok(Self { take, format, map, tools, limits })
    }

    /// Which frames of the take are seen.
    pub fn map(&self) -> &FrameMap {
        &self.map
    }

    fn convert_to(&self, file: &Path) -> Result<(), FinishError> {
        let media = probe(self.tools, &self.take.file, self.limits)?;
        let conversion = Conversion {
            frames: self.map.frames().to_vec(),
            fps: self.format.fps,
            raster: self.format.raster,
            fit: self.format.fit,
            source: self.take.colour,
            encoding: self.format.encoding.clone(),
        };
        Ok(convert(self.tools, &media, &conversion, file, self.limits)?)
    }
}
