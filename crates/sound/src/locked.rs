use serde::{Deserialize, Serialize};
use soundlock_script::{DualSide, LineId, SceneId};
use soundlock_time::{FilmFrame, Fps, FrameRange, Sample, SampleRange, SampleRate};

/// BLAKE3 of a file's bytes, 64 hexadecimal digits.
pub type Hash = String;

/// The locked sound: the master clock of the film. Positions inside a scene count from that scene's start, so that
/// a longer line moves later scenes without touching what is written of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedSound {
    /// Rate of the film's frames.
    pub fps: Fps,
    /// Rate of the film's sound.
    pub rate: SampleRate,
    /// Frames of the title card before the first scene; 0 for none.
    pub title_frames: u32,
    /// Scenes in film order.
    pub scenes: Vec<LockedScene>,
    /// Frames of each page of end credits after the last scene.
    pub credit_frames: Vec<u32>,
    /// Numbers that are used up.
    pub retired: Retired,
}

/// Numbers of scenes and lines that were locked once and are no more: they are not given again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retired {
    /// Of scenes, in order.
    pub scenes: Vec<SceneId>,
    /// Of lines, in order.
    pub lines: Vec<LineId>,
}

/// A scene's sound. It begins and ends on whole frames.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedScene {
    /// Number of the scene in the script.
    pub id: SceneId,
    /// Its heading as written.
    pub heading: String,
    /// Its length.
    pub frames: u32,
    /// Lines in the order of the script.
    pub lines: Vec<LockedLine>,
    /// Music and effects that start in this scene.
    pub cues: Vec<LockedCue>,
    /// Where each `[[shot: …]]` note and each paragraph of action begins: frames from scene start and the place in
    /// the scene's beats. `plan` cuts at the first kind and shows the second.
    pub beats: Vec<(u32, usize)>,
}

/// A line's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedLine {
    /// Number of the line.
    pub id: LineId,
    /// Who speaks.
    pub character: String,
    /// What is said.
    pub text: String,
    /// First sample, from scene start.
    pub at: Sample,
    /// What sounds.
    pub source: Source,
    /// Which side, when two speak at once.
    pub dual: Option<DualSide>,
}

/// A stretch of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Where it came from.
    pub origin: Origin,
    /// BLAKE3 of the file (or of the scratch voice's sound).
    pub hash: Hash,
    /// The part that sounds, in samples at the film's rate from the file's start.
    pub part: SampleRange,
}

/// Where a sound came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// Spoken by the scratch voice; the voice's name.
    Scratch(String),
    /// A file below the film folder, with `/` between its parts.
    File(String),
}

/// Music or an effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedCue {
    /// Which stem it belongs to.
    pub kind: CueKind,
    /// First sample, from scene start.
    pub at: Sample,
    /// What sounds. The part's length is how long it sounds; it may reach into later scenes.
    pub source: Source,
}

/// Which stem a cue belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CueKind {
    /// Music stem.
    Music,
    /// Effects stem.
    Effect,
}

/// A stretch of the film that begins and ends on whole frames: the title card, a scene, a page of credits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stretch<'a> {
    /// The title card.
    Title,
    /// A scene.
    Scene(&'a LockedScene),
    /// A page of end credits, counted from 0.
    Credits(usize),
}

impl LockedSound {
    /// Every stretch of the film in order with its place in film frames; no gaps, no overlaps.
    pub fn stretches(&self) -> impl Iterator<Item = (FrameRange, Stretch<'_>)> {
        let title = (self.title_frames > 0).then_some((self.title_frames, Stretch::Title));
        let scenes = self.scenes.iter().map(|scene| (scene.frames, Stretch::Scene(scene)));
        let credits =
            self.credit_frames.iter().enumerate().map(|(page, frames)| (*frames, Stretch::Credits(page)));
        title.into_iter().chain(scenes).chain(credits).scan(0, |next, (frames, stretch)| {
            let start = *next;
            *next += frames;
            Some((FrameRange::new(FilmFrame(start), frames), stretch))
        })
    }

    /// Frames of the whole film.
    pub fn frames(&self) -> u32 {
        self.stretches().map(|(range, _)| range.length()).sum()
    }

    /// Samples of the whole film: the sound ends with the last frame.
    pub fn samples(&self) -> u64 {
        self.fps.first_sample(FilmFrame(self.frames()), self.rate).0
    }

    /// Where scene `id` begins and ends in the film; `None` when there is no such scene.
    pub fn scene_range(&self, id: &SceneId) -> Option<FrameRange> {
        self.stretches().find_map(|(range, stretch)| match stretch {
            Stretch::Scene(scene) if scene.id == *id => Some(range),
            _ => None,
        })
    }
}

impl LockedLine {
    /// First sample after the line, from scene start.
    pub fn end(&self) -> Sample {
        Sample(self.at.0 + self.source.part.length())
    }
}
