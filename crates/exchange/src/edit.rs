//! The film's own edit: every shot with its takes, and the sound under them.

use soundlock_plan::{CutList, Shot, ShotCode, ShotKind};
use soundlock_sound::{LockedSound, Stretch};
use soundlock_time::{FilmFrame, Fps, Raster, Sample, SampleRange, Timecode};

use crate::ExchangeError;
use crate::seconds::Seconds;

/// All that the edit is made of. Files are named from the folder that the edit is written to, with `/` between their
/// parts, so that the film folder can be moved.
#[derive(Debug, Clone, Copy)]
pub struct Edit<'a> {
    /// Title of the film.
    pub title: &'a str,
    /// Label of the film's first frame, as [`hour_label`] gives it: 86,400 for 01:00:00:00 at 24 fps.
    pub first_label: FilmFrame,
    /// Size of the film's picture.
    pub raster: Raster,
    /// The cut list.
    pub cut_list: &'a CutList,
    /// The locked sound.
    pub locked: &'a LockedSound,
    /// What there is of each shot of the cut list, in its order.
    pub media: &'a [ShotMedia],
    /// The finished film, where cards are found: `film.mp4`.
    pub master: &'a str,
    /// Stems: name and file.
    pub stems: &'a [(String, String)],
}

/// The frame that 01:00:00:00 names, where programmes begin; at rates with drop-frame that of 01:00:00;00.
pub fn hour_label(fps: Fps) -> FilmFrame {
    let hour = Timecode { hours: 1, minutes: 0, seconds: 0, frames: 0, drop_frame: counts_drop_frame(fps) };
    hour.frame(fps)
}

/// Whether edits at this rate count with drop-frame, so that labels keep up with the clock.
pub(crate) fn counts_drop_frame(fps: Fps) -> bool {
    Timecode::drop_frame(FilmFrame(0), fps).is_ok()
}

/// What there is of a shot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShotMedia {
    /// A card, which exists in the finished film alone.
    Card,
    /// Its takes, oldest first, and the place of the circled one among them.
    Takes {
        /// Every take.
        takes: Vec<TakeMedia>,
        /// Which one is seen; `None` where none is good enough yet.
        circled: Option<usize>,
        /// Film frames of the circled take before the first that is seen.
        head: u32,
    },
}

/// A take as an editor sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakeMedia {
    /// Its name: `12_0040-3`.
    pub name: String,
    /// Its number among the takes of its shot.
    pub number: u32,
    /// Its file.
    pub file: String,
    /// Frames it has.
    pub frames: u32,
    /// Its rate.
    pub fps: Fps,
    /// Its size.
    pub raster: Raster,
    /// What the generator was told.
    pub prompt: String,
    /// The seed it was given.
    pub seed: u64,
    /// The generator's name.
    pub generator: String,
    /// The generator's model and version.
    pub model: String,
}

/// What is on screen during a shot.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) shot: &'a Shot,
    pub(crate) picture: SeenPicture<'a>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum SeenPicture<'a> {
    /// The finished film itself, at the same place.
    Master,
    /// A take from its frame `first` on.
    Take { take: &'a TakeMedia, first: u32 },
    /// Nothing yet.
    Nothing,
}

/// A spoken line as a marker.
#[derive(Debug, Clone)]
pub(crate) struct LineMarker {
    pub(crate) line: String,
    pub(crate) character: String,
    pub(crate) text: String,
    /// First frame, and how many.
    pub(crate) first: u32,
    pub(crate) frames: u32,
    pub(crate) samples: SampleRange,
}

impl<'a> Edit<'a> {
    /// Rate of the film.
    pub(crate) fn fps(&self) -> Fps {
        self.cut_list.fps
    }

    /// What is on screen, shot by shot.
    pub(crate) fn seen(&self) -> Result<Vec<Seen<'a>>, ExchangeError> {
        let shots = self.cut_list.shots.iter().zip(self.media);
        shots.map(|(shot, media)| self.seen_in(shot, media)).collect()
    }

    fn seen_in(&self, shot: &'a Shot, media: &'a ShotMedia) -> Result<Seen<'a>, ExchangeError> {
        let picture = match media {
            ShotMedia::Card => SeenPicture::Master,
            ShotMedia::Takes { circled: None, .. } => SeenPicture::Nothing,
            ShotMedia::Takes { takes, circled: Some(circled), head } => {
                let take = takes.get(*circled).ok_or_else(|| ExchangeError::NoSuchTake {
                    code: shot.code.clone(),
                    takes: takes.len(),
                    circled: *circled,
                })?;
                let from_head = Shot { head: *head, ..Shot::blank(shot.code.clone(), shot.film) };
                let first = from_head.take_frame(FilmFrame(0), self.fps(), take.fps).0;
                SeenPicture::Take { take, first }
            }
        };
        Ok(Seen { shot, picture })
    }

    /// A marker for each spoken line, in film order.
    pub(crate) fn line_markers(&self) -> Vec<LineMarker> {
        let locked = self.locked;
        let mut markers = Vec::new();
        for (place, stretch) in locked.stretches() {
            let Stretch::Scene(scene) = stretch else { continue };
            let start = locked.fps.first_sample(place.start, locked.rate).0;
            for line in &scene.lines {
                let samples = SampleRange::new(Sample(line.at.0), line.source.part.length()).later(start);
                let first = locked.fps.frame_at(samples.start, locked.rate).0;
                let last = locked.fps.frame_at(samples.end, locked.rate).0;
                markers.push(LineMarker {
                    line: line.id.to_string(),
                    character: line.character.clone(),
                    text: line.text.clone(),
                    first,
                    frames: last.saturating_sub(first).max(1),
                    samples,
                });
            }
        }
        markers
    }
}

impl Seen<'_> {
    /// As the clip is called: the take, or the shot where there is none.
    pub(crate) fn name(&self) -> String {
        match self.picture {
            SeenPicture::Take { take, .. } => take.name.clone(),
            _ => self.shot.code.to_string(),
        }
    }

    /// Where the first frame that is seen lies in its file.
    pub(crate) fn source(&self, film: Fps) -> Seconds {
        match self.picture {
            SeenPicture::Master => Seconds::of_frame(self.shot.film.start.0, film),
            SeenPicture::Take { take, first } => Seconds::of_frame(first, take.fps),
            SeenPicture::Nothing => Seconds::ZERO,
        }
    }

    pub(crate) fn is_card(&self) -> bool {
        self.shot.kind != ShotKind::Scene
    }

    pub(crate) fn code(&self) -> &ShotCode {
        &self.shot.code
    }
}
