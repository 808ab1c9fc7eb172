//! An edit made elsewhere, as its file says it.

use soundlock_plan::ShotCode;
use soundlock_time::Fps;

use crate::Remark;
use crate::seconds::Seconds;

/// An edit made elsewhere: clips on their tracks, and what could not be taken from the file.
#[derive(Debug, Clone, PartialEq)]
pub struct ForeignEdit {
    /// Its title.
    pub title: String,
    /// Rate that it says it runs at; an EDL does not say.
    pub fps: Option<Fps>,
    /// Picture, the lowest track first.
    pub(crate) layers: Vec<Vec<Clip>>,
    /// Sound, on whatever track.
    pub(crate) sounds: Vec<Clip>,
    /// What is said about the file, in its order.
    pub(crate) remarks: Vec<Remark>,
}

/// A clip on a track.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Clip {
    /// What it is called.
    pub(crate) name: String,
    /// Other names by which it may be known: its media's name, its reel.
    pub(crate) also: Vec<String>,
    /// Its file or address as written.
    pub(crate) file: Option<String>,
    /// The shot that its metadata names.
    pub(crate) shot: Option<ShotCode>,
    /// Place in the edit, from the edit's start.
    pub(crate) at: Seconds,
    /// How long it is on screen.
    pub(crate) length: Seconds,
    /// Its first frame in its media, from the media's start.
    pub(crate) source: Seconds,
    /// Where in the file it is written.
    pub(crate) place: String,
}

impl Clip {
    /// Place in the edit after its last frame.
    pub(crate) fn end(&self) -> Option<Seconds> {
        self.at.plus(self.length)
    }

    /// The part of the clip inside a stretch of its own time, put at `at`; `None` where nothing is inside.
    pub(crate) fn cropped(&self, from: Seconds, to: Seconds, at: Seconds) -> Option<Self> {
        let start = self.at.max(from);
        let end = self.end()?.min(to);
        if !start.is_before(end) {
            return None;
        }
        Some(Self {
            at: at.plus(start.minus(from)?)?,
            length: end.minus(start)?,
            source: self.source.plus(start.minus(self.at)?)?,
            ..self.clone()
        })
    }
}

impl ForeignEdit {
    pub(crate) fn new(title: &str, fps: Option<Fps>) -> Self {
        let title = title.to_owned();
        Self { title, fps, layers: Vec::new(), sounds: Vec::new(), remarks: Vec::new() }
    }

    /// How many clips of picture it has.
    pub fn picture_clips(&self) -> usize {
        self.layers.iter().map(Vec::len).sum()
    }
}
