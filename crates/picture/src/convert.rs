use std::path::Path;

use serde::{Deserialize, Serialize};
use soundlock_time::{Fps, Raster, TakeFrame};

use crate::{Colour, Encoding, Limits, Media, PictureError, Tools};

/// How a picture of another shape is brought to a raster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fit {
    /// All of it is seen, with black beside it.
    Inside,
    /// The raster is filled; what stands over is cut off evenly.
    Fill,
}

/// How a piece of film is made of a clip in one FFmpeg process, no frame passing through us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversion {
    /// For each frame of the piece the frame of the clip that is seen; never falling.
    pub frames: Vec<TakeFrame>,
    /// Rate of the piece.
    pub fps: Fps,
    /// Size of the piece.
    pub raster: Raster,
    /// How the clip is brought to it.
    pub fit: Fit,
    /// What the clip is, over its tags; `None` to believe `Media::video`.
    pub source: Option<Colour>,
    /// How the piece is encoded; its colour is [`Colour::FILM`].
    pub encoding: Encoding,
}

/// Makes `file` (which must not exist) of `media`. The piece holds exactly `conversion.frames.len()` frames, or it is
/// an error: the last frame of a clip is not repeated to hide that it is too short.
pub fn convert(
    _tools: &Tools,
    _media: &Media,
    _conversion: &Conversion,
    _file: &Path,
    _limits: &Limits,
) -> Result<(), PictureError> {
    todo!()
}
