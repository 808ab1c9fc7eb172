//! Small locked sounds for the tests of this crate.

use soundlock_plan::Shot;
use soundlock_script::DualSide;
use soundlock_sound::{LockedLine, LockedScene, LockedSound, Origin, Source};
use soundlock_time::{FilmFrame, Fps, FrameRange, Sample, SampleRange, SampleRate};

/// A line of a test film: who, from which sample, for how many, what.
#[derive(Debug, Clone)]
pub(crate) struct Spoken {
    character: String,
    at: u64,
    length: u64,
    text: String,
    dual: Option<DualSide>,
}

impl Spoken {
    pub(crate) fn new(character: &str, at: u64, length: u64, text: &str) -> Self {
        Self { character: character.to_owned(), at, length, text: text.to_owned(), dual: None }
    }

    pub(crate) fn left(self) -> Self {
        Self { dual: Some(DualSide::Left), ..self }
    }

    pub(crate) fn right(self) -> Self {
        Self { dual: Some(DualSide::Right), ..self }
    }
}

/// One scene of 60 s with `lines`.
pub(crate) fn locked(lines: &[Spoken]) -> LockedSound {
    let scene = LockedScene {
        id: "1".parse().unwrap(),
        heading: "INT. LIGHTHOUSE - NIGHT".to_owned(),
        frames: 1440,
        lines: lines.iter().enumerate().map(locked_line).collect(),
        cues: Vec::new(),
        beats: Vec::new(),
    };
    let (title_frames, credit_frames) = (0, Vec::new());
    LockedSound {
        fps: Fps::FILM,
        rate: SampleRate::FILM,
        title_frames,
        scenes: vec![scene],
        credit_frames,
        retired: soundlock_sound::Retired::default(),
    }
}

fn locked_line((index, spoken): (usize, &Spoken)) -> LockedLine {
    LockedLine {
        id: format!("1.{:02}", index + 1).parse().unwrap(),
        character: spoken.character.clone(),
        text: spoken.text.clone(),
        at: Sample(spoken.at),
        source: Source {
            origin: Origin::Scratch("en".to_owned()),
            hash: "0".repeat(64),
            part: SampleRange::new(Sample(0), spoken.length),
        },
        dual: spoken.dual,
    }
}

pub(crate) fn shot(code: &str, start: u32, frames: u32, head: u32) -> Shot {
    Shot {
        head,
        prompt: "a lighthouse".to_owned(),
        reason: "in the pause after 1.01".to_owned(),
        ..Shot::blank(code.parse().unwrap(), FrameRange::new(FilmFrame(start), frames))
    }
}

/// 16-bit stereo of `samples` samples at 48 kHz, its channels named.
pub(crate) fn wav(samples: u32) -> Vec<u8> {
    let data = samples * 4;
    let mut bytes = b"RIFF\0\0\0\0WAVEfmt \x28\0\0\0\xfe\xff\x02\0".to_vec();
    bytes.extend(48_000u32.to_le_bytes());
    bytes.extend(192_000u32.to_le_bytes());
    bytes.extend([4, 0, 16, 0, 22, 0, 16, 0, 3, 0, 0, 0]);
    bytes.extend(b"\x01\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71");
    bytes.extend(b"junk\x03\0\0\0abc\0data");
    bytes.extend(data.to_le_bytes());
    bytes.resize(bytes.len() + data as usize, 0);
    bytes
}
