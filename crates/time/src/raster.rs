use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Width and height of a picture in pixels, both even and between 16 and 8192.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Raster {
    width: u32,
    height: u32,
}

/// Why a raster could not be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RasterError {
    /// Not of the form `1920x1080`.
    #[error("`{text}` is not a raster; write it as 1920x1080")]
    Unreadable {
        /// What was written.
        text: String,
    },
    /// Odd, too small or too large.
    #[error("a raster of {width}x{height} is not possible; both must be even and between 16 and 8192")]
    Impossible {
        /// Width as written.
        width: u32,
        /// Height as written.
        height: u32,
    },
}

impl Raster {
    /// 1920 by 1080.
    pub const HD: Self = Self { width: 1920, height: 1080 };

    /// The raster `width` by `height`.
    pub fn new(width: u32, height: u32) -> Result<Self, RasterError> {
        let fits = |side: u32| side.is_multiple_of(2) && (16..=8192).contains(&side);
        if fits(width) && fits(height) {
            Ok(Self { width, height })
        } else {
            Err(RasterError::Impossible { width, height })
        }
    }

    /// Pixels across.
    pub fn width(self) -> u32 {
        self.width
    }

    /// Pixels down.
    pub fn height(self) -> u32 {
        self.height
    }

    /// Pixels in all.
    pub fn pixels(self) -> usize {
        self.width as usize * self.height as usize
    }
}

impl fmt::Display for Raster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

impl FromStr for Raster {
    type Err = RasterError;
    fn from_str(text: &str) -> Result<Self, RasterError> {
        let unreadable = || RasterError::Unreadable { text: text.to_owned() };
        let (width, height) = text.split_once(['x', '×']).ok_or_else(unreadable)?;
        let number = |part: &str| part.trim().parse::<u32>().map_err(|_| unreadable());
        Self::new(number(width)?, number(height)?)
    }
}

impl From<Raster> for String {
    fn from(raster: Raster) -> Self {
        raster.to_string()
    }
}

impl TryFrom<String> for Raster {
    type Error = RasterError;
    fn try_from(text: String) -> Result<Self, RasterError> {
        text.parse()
    }
}
