use serde::{Deserialize, Serialize};

/// How luma and chroma follow from red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Matrix {
    /// ITU-R BT.601; also what `ComfyUI` and most generators write without saying so, HD or not.
    Bt601,
    /// ITU-R BT.709.
    Bt709,
    /// ITU-R BT.2020, non-constant luminance.
    Bt2020,
}

/// Which code values are black and white.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Range {
    /// 16 to 235 of 255.
    Limited,
    /// 0 to 255.
    Full,
}

/// Matrix and range of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Colour {
    /// Matrix.
    pub matrix: Matrix,
    /// Range.
    pub range: Range,
}

impl Colour {
    /// What films are made in: BT.709, limited.
    pub const FILM: Self = Self { matrix: Matrix::Bt709, range: Range::Limited };
    /// What an untagged file is taken for: BT.601, limited.
    pub const UNTAGGED: Self = Self { matrix: Matrix::Bt601, range: Range::Limited };
}
