//! Rendering stems block by block: what sounds where, drawn from files that are open only while they sound.

use std::ops::Range;
use std::path::PathBuf;

use serde::Serialize;
use soundlock_time::SampleRange;

use crate::gain::{Ducker, Fades, factor, scale};
use crate::wav::WavReader;
use crate::{Ducking, SoundError, Speakers};

/// Samples of a block.
pub(crate) const BLOCK: usize = 4096;

/// Which stem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Stem {
    Dialogue,
    Music,
    Effects,
}

/// One sound of the mix.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Sounding {
    pub(crate) stem: Stem,
    /// First sample in the film.
    pub(crate) at: u64,
    /// The part of the file that sounds.
    pub(crate) part: SampleRange,
    pub(crate) gain_db: f64,
    pub(crate) fades: Fades,
    /// Where the middle of its wave lies; it is brought to 0, so that an edit does not jump.
    #[serde(skip_serializing_if = "is_nothing")]
    pub(crate) offset: f32,
    /// Hash of the file that is read.
    pub(crate) hash: String,
    /// The file: WAV at the film's rate with one or two channels. Its bytes count, not its place.
    #[serde(skip)]
    pub(crate) file: PathBuf,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_nothing(offset: &f32) -> bool {
    *offset == 0.0
}

/// Everything that the mix is made of.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Score {
    pub(crate) hz: u32,
    /// Samples of the film.
    pub(crate) samples: u64,
    pub(crate) soundings: Vec<Sounding>,
    /// Where somebody speaks, in order and apart: room sounds in the dialogue too, and music does not give way to it.
    pub(crate) spoken: Vec<(u64, u64)>,
    pub(crate) ducking: Ducking,
    #[serde(skip_serializing_if = "Speakers::is_stereo")]
    pub(crate) speakers: Speakers,
}

/// A block of all three stems, interleaved on the film's speakers, before the master's gain.
pub(crate) type Block = [Vec<f32>; 3];

/// Renders the three stems in step.
pub(crate) struct Renderer<'a> {
    stems: [StemRenderer<'a>; 3],
    ducker: Ducker,
    at: u64,
    samples: u64,
    speakers: Speakers,
}

impl<'a> Renderer<'a> {
    pub(crate) fn new(score: &'a Score) -> Self {
        let of = |stem: Stem| score.soundings.iter().filter(move |sounding| sounding.stem == stem);
        Self {
            ducker: Ducker::new(score.spoken.clone(), &score.ducking, score.hz),
            stems: [Stem::Dialogue, Stem::Music, Stem::Effects]
                .map(|stem| StemRenderer::new(stem, score.speakers, of(stem))),
            at: 0,
            samples: score.samples,
            speakers: score.speakers,
        }
    }

    /// The next block; `None` after the film's last sample.
    pub(crate) fn next(&mut self) -> Result<Option<Block>, SoundError> {
        let count = (self.samples - self.at).min(BLOCK as u64) as usize;
        if count == 0 {
            return Ok(None);
        }
        let mut block = Block::default();
        let width = self.speakers.width();
        for (stem, values) in self.stems.iter_mut().zip(&mut block) {
            values.resize(width * count, 0.0);
            stem.add(self.at, values)?;
        }
        self.ducker.apply(self.at, &mut block[1], width);
        self.at += count as u64;
        Ok(Some(block))
    }
}

struct StemRenderer<'a> {
    stem: Stem,
    speakers: Speakers,
    /// In order of their places.
    waiting: std::vec::IntoIter<&'a Sounding>,
    playing: Vec<Playing<'a>>,
}

impl<'a> StemRenderer<'a> {
    fn new(stem: Stem, speakers: Speakers, soundings: impl Iterator<Item = &'a Sounding>) -> Self {
        let mut waiting: Vec<&Sounding> = soundings.collect();
        waiting.sort_by_key(|sounding| sounding.at);
        Self { stem, speakers, waiting: waiting.into_iter(), playing: Vec::new() }
    }

    fn add(&mut self, at: u64, block: &mut [f32]) -> Result<(), SoundError> {
        let width = self.speakers.width();
        let end = at + (block.len() / width) as u64;
        while self.waiting.as_slice().first().is_some_and(|sounding| sounding.at < end) {
            if let Some(sounding) = self.waiting.next() {
                self.playing.push(Playing::open(sounding)?);
            }
        }
        for playing in &mut self.playing {
            let here = playing.sound(at, block.len() / width)?;
            let block = &mut block[here.start * width..here.end * width];
            self.speakers.add(self.stem, &playing.values, playing.reader.channels(), playing.gain, block);
        }
        self.playing.retain(|playing| playing.done < playing.sounding.part.length());
        Ok(())
    }
}

/// A sound in the middle of being heard.
struct Playing<'a> {
    sounding: &'a Sounding,
    reader: WavReader,
    gain: f32,
    /// Samples of the part that have been heard.
    done: u64,
    values: Vec<f32>,
}

impl<'a> Playing<'a> {
    fn open(sounding: &'a Sounding) -> Result<Self, SoundError> {
        let reader = WavReader::open(&sounding.file, sounding.part.start.0)
            .map_err(|source| SoundError::Io { file: sounding.file.clone(), source })?;
        let gain = factor(sounding.gain_db) as f32;
        Ok(Self { sounding, reader, gain, done: 0, values: Vec::new() })
    }

    /// Reads what sounds in the block of `samples` from `at` on, faded; gives where in the block.
    fn sound(&mut self, at: u64, samples: usize) -> Result<Range<usize>, SoundError> {
        let length = self.sounding.part.length();
        let offset = (self.sounding.at + self.done).saturating_sub(at) as usize;
        let count = (samples - offset).min((length - self.done) as usize);
        let channels = self.reader.channels();
        self.values.resize(count * channels, 0.0);
        let failed = |source| SoundError::Io { file: self.sounding.file.clone(), source };
        let came = self.reader.read(&mut self.values).map_err(failed)?;
        // Where a file is shorter than it was when locked, silence: its place is kept.
        self.values[came..].fill(0.0);
        if self.sounding.offset != 0.0 {
            self.values[..came].iter_mut().for_each(|value| *value -= self.sounding.offset);
        }
        self.fade(count, channels);
        self.done += count as u64;
        Ok(offset..offset + count)
    }

    fn fade(&mut self, count: usize, channels: usize) {
        let (fades, length) = (self.sounding.fades, self.sounding.part.length());
        if fades.leave_alone(self.done, count as u64, length) {
            return;
        }
        for (n, frame) in self.values.chunks_exact_mut(channels).enumerate() {
            let gain = fades.gain(self.done + n as u64, length);
            scale(frame, gain);
        }
    }
}
