//! A small film for the tests of this crate.

use soundlock_plan::{CutList, Shot, ShotKind};
use soundlock_sound::{LockedLine, LockedScene, LockedSound, Origin, Retired, Source};
use soundlock_time::{FilmFrame, Fps, FrameRange, Raster, Sample, SampleRange, SampleRate};

use crate::{Edit, ShotMedia, TakeMedia};

/// Everything that an [`Edit`] borrows.
pub(crate) struct TestEdit {
    pub(crate) cut_list: CutList,
    pub(crate) locked: LockedSound,
    pub(crate) media: Vec<ShotMedia>,
    stems: Vec<(String, String)>,
}

impl TestEdit {
    /// Two seconds of title; scene 1 with shots of 96, 60 and 84 frames, scene 2 with 72 and 48; each with two takes that
    /// have 84 frames more than is seen, 8 of them before it.
    pub(crate) fn two_scenes() -> Self {
        Self::at(Fps::FILM)
    }

    pub(crate) fn at(fps: Fps) -> Self {
        let plan: [(&str, u32); 6] = [
            ("title_0010", 48),
            ("1_0010", 96),
            ("1_0020", 60),
            ("1_0030", 84),
            ("2_0010", 72),
            ("2_0020", 48),
        ];
        let (mut start, mut at, mut scene) = (0, 0, String::new());
        let (mut shots, mut media) = (Vec::new(), Vec::new());
        for (code, frames) in plan {
            let code: soundlock_plan::ShotCode = code.parse().unwrap();
            if code.scene() != scene {
                (scene, at) = (code.scene().to_owned(), 0);
            }
            let kind = if code.scene() == "title" { ShotKind::Title } else { ShotKind::Scene };
            media.push(match kind {
                ShotKind::Scene => takes(&code.to_string(), frames, fps),
                _ => ShotMedia::Card,
            });
            let place = FrameRange::new(FilmFrame(start), frames);
            let (prompt, reason) = ("a lighthouse".to_owned(), "in the pause after 1.01".to_owned());
            shots.push(Shot { kind, at: FilmFrame(at), head: 8, prompt, reason, ..Shot::blank(code, place) });
            (start, at) = (start + frames, at + frames);
        }
        let stems = ["dialogue", "music", "effects"];
        let stems = stems.map(|name| (name.to_owned(), format!("stems/{name}.wav"))).to_vec();
        Self { cut_list: CutList { fps, shots }, locked: locked(fps), media, stems }
    }

    pub(crate) fn edit(&self) -> Edit<'_> {
        Edit {
            title: "The Tide & <Time>",
            first_label: crate::hour_label(self.cut_list.fps),
            raster: Raster::new(1920, 1080).unwrap(),
            cut_list: &self.cut_list,
            locked: &self.locked,
            media: &self.media,
            master: "the-tide.mp4",
            stems: &self.stems,
        }
    }
}

/// A take at the film's rate, and one at 16 frames a second, which is circled in the first shot.
fn takes(code: &str, frames: u32, fps: Fps) -> ShotMedia {
    let sixteen = Fps::new(16, 1).unwrap();
    let take = |number: u32, frames: u32, fps: Fps| TakeMedia {
        name: format!("{code}-{number}"),
        number,
        file: format!("../.soundlock/objects/ab/{code}-{number} 등대.mp4"),
        frames,
        fps,
        raster: Raster::new(1280, 720).unwrap(),
        prompt: "a lighthouse".to_owned(),
        seed: u64::MAX,
        generator: "animatic".to_owned(),
        model: "animatic 1".to_owned(),
    };
    let takes = vec![take(1, frames + 84, fps), take(2, (frames + 84) * 2 / 3, sixteen)];
    ShotMedia::Takes { takes, circled: Some(usize::from(code == "1_0010")), head: 8 }
}

fn locked(fps: Fps) -> LockedSound {
    let source = Source {
        origin: Origin::Scratch("en".to_owned()),
        hash: "0".repeat(64),
        part: SampleRange::new(Sample(0), 96_000),
    };
    let line = LockedLine {
        id: "1.01".parse().unwrap(),
        character: "MINA".to_owned(),
        text: "Are you <there>?".to_owned(),
        at: Sample(24_000),
        source,
        dual: None,
    };
    let scene = |id: &str, frames: u32, lines: Vec<LockedLine>| LockedScene {
        id: id.parse().unwrap(),
        heading: "INT. LIGHTHOUSE - NIGHT".to_owned(),
        frames,
        lines,
        cues: Vec::new(),
        beats: Vec::new(),
    };
    LockedSound {
        fps,
        rate: SampleRate::FILM,
        title_frames: 48,
        scenes: vec![scene("1", 240, vec![line]), scene("2", 120, Vec::new())],
        credit_frames: Vec::new(),
        retired: Retired::default(),
    }
}
