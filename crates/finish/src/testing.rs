//! Shots for the tests of this crate.

use soundlock_picture::{Encoding, VideoCodec};
use soundlock_plan::{Angle, CutList, Look, Movement, Shot, ShotKind, ShotSize};
use soundlock_time::{FilmFrame, Fps, FrameRange, Raster};

use crate::{Card, CardKind};

pub(crate) fn shot(code: &str, start: u32, frames: u32, head: u32) -> Shot {
    Shot {
        code: code.parse().unwrap(),
        kind: ShotKind::Scene,
        film: FrameRange::new(FilmFrame(start), frames),
        at: FilmFrame(start),
        head,
        tail: 0,
        look: look(),
        speech: Vec::new(),
        prompt: String::new(),
        negative: String::new(),
        generator: "animatic".to_owned(),
        reason: String::new(),
        by_hand: Vec::new(),
    }
}

pub(crate) fn cut_list(shots: Vec<Shot>) -> CutList {
    CutList { fps: Fps::FILM, shots }
}

fn look() -> Look {
    Look {
        scene: "1".to_owned(),
        setting: None,
        place: String::new(),
        time: String::new(),
        size: ShotSize::Medium,
        angle: Angle::Eye,
        movement: Movement::Static,
        subjects: Vec::new(),
        present: Vec::new(),
        action: String::new(),
    }
}

pub(crate) fn encoding() -> Encoding {
    Encoding { codec: VideoCodec::H264 { preset: "veryfast".to_owned(), crf: 20 }, threads: 1 }
}

pub(crate) fn title(title: &str, frames: u32) -> Card {
    let (title, credit, author) = (title.to_owned(), "Written by".to_owned(), "Han Seo".to_owned());
    let kind = CardKind::Title { title, credit, author };
    Card { kind, frames, raster: Raster::HD, fps: Fps::FILM, encoding: encoding() }
}
