use serde::Serialize;
use soundlock_draw::Lettering;
use soundlock_picture::{Encoding, Limits, Tools};
use soundlock_time::{Fps, Raster};

use crate::Page;

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
