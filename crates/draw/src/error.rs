/// What can go wrong while drawing.
#[derive(Debug, thiserror::Error)]
pub enum DrawError {
    /// Nothing to letter with.
    #[error("no font is installed")]
    NoFonts,
    /// Bytes that are not an image of the size stated.
    #[error("{bytes} bytes are not an RGB image of {width}x{height}")]
    ImageSize {
        /// Width stated.
        width: u16,
        /// Height stated.
        height: u16,
        /// Bytes given.
        bytes: usize,
    },
    /// The PNG could not be made.
    #[error("cannot encode PNG")]
    Png(#[from] png::EncodingError),
}

impl DrawError {
    /// What to do next, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoFonts => Some("install a font with Latin and Hangul, such as fonts-noto-cjk".to_owned()),
            Self::ImageSize { .. } | Self::Png(_) => None,
        }
    }
}
