//! Shots for the tests of this crate.

use soundlock_picture::{Encoding, VideoCodec};
use soundlock_plan::Shot;
use soundlock_time::{FilmFrame, Fps, FrameRange, Raster};

use crate::{Card, CardKind};

pub(crate) fn shot(code: &str, start: u32, frames: u32, head: u32) -> Shot {
    Shot { head, ..Shot::blank(code.parse().unwrap(), FrameRange::new(FilmFrame(start), frames)) }
}

pub(crate) fn encoding() -> Encoding {
    Encoding { codec: VideoCodec::H264 { preset: "veryfast".to_owned(), crf: 20 }, threads: 1 }
}

pub(crate) fn title(title: &str, frames: u32) -> Card {
    let (title, credit, author) = (title.to_owned(), "Written by".to_owned(), "Han Seo".to_owned());
    let kind = CardKind::Title { title, credit, author };
    Card { kind, frames, raster: Raster::HD, fps: Fps::FILM, encoding: encoding() }
}
