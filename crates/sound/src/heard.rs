//! What is heard of the lines of a scene during a shot, for generators whose pictures follow a voice.

use std::path::{Path, PathBuf};

use serde::Serialize;
use soundlock_time::{Sample, SampleRange, SampleRate};
use soundlock_vault::{Keep, Key, Object, Step};

use crate::context::SoundContext;
use crate::score::ready_line;
use crate::wav::{WavReader, WavWriter, quantised};
use crate::{LockedScene, LockedSound, SoundError};

/// The lines of a scene that sound between two samples, as they were recorded: one channel, 24 bits, at the film's rate.
///
/// It hangs on nothing else: neither on the mix nor on where in the film the shot is.
pub struct HeardIn {
    lines: Vec<Line>,
    length: u64,
    rate: SampleRate,
}

#[derive(Serialize)]
struct Line {
    /// Samples from the start of what is heard.
    at: u64,
    part: SampleRange,
    hash: String,
    #[serde(skip)]
    file: PathBuf,
}

impl HeardIn {
    /// What is heard of `scene` in `range` of the film; `None` where nobody speaks.
    pub fn of(
        locked: &LockedSound,
        scene: &LockedScene,
        range: SampleRange,
        context: &SoundContext<'_>,
    ) -> Result<Option<Self>, SoundError> {
        let mut lines = Vec::new();
        for line in &scene.lines {
            let (start, end) =
                (line.at.0.max(range.start.0), (line.at.0 + line.source.part.length()).min(range.end.0));
            if start >= end {
                continue;
            }
            let ready = ready_line(line, locked, context)?.ready;
            let skipped = line.source.part.start.0 + (start - line.at.0);
            lines.push(Line {
                at: start - range.start.0,
                part: SampleRange { start: Sample(skipped), end: Sample(skipped + end - start) },
                hash: ready.file_hash.to_string(),
                file: ready.file,
            });
        }
        let (length, rate) = (range.length(), locked.rate);
        Ok((!lines.is_empty()).then_some(Self { lines, length, rate }))
    }

    /// The file, made now where it is not there and `make` says so.
    pub fn file(&self, make: bool, context: &SoundContext<'_>) -> Result<Option<Object>, SoundError> {
        if make {
            return context.run("what a shot hears", self).map(Some);
        }
        let key: Key = context.vault.key_of(self)?;
        Ok(context.vault.find(&key)?)
    }
}

impl Step for HeardIn {
    type Error = SoundError;
    const VERSION: (&'static str, u32) = ("heard-in-a-shot", 1);
    const EXTENSION: &'static str = "wav";

    fn inputs(&self) -> impl Serialize {
        #[derive(Serialize)]
        struct Inputs<'a> {
            lines: &'a [Line],
            length: u64,
            rate: SampleRate,
        }
        Inputs { lines: &self.lines, length: self.length, rate: self.rate }
    }

    /// A take was made to it.
    fn keeps(&self) -> Keep {
        Keep::FreeTake
    }

    fn make(&self, file: &Path) -> Result<(), SoundError> {
        let mut sum = vec![0.0_f32; self.length as usize];
        for line in &self.lines {
            line.add_to(&mut sum)?;
        }
        let failed = |source| SoundError::Io { file: file.to_owned(), source };
        let mut writer = WavWriter::create(file, 1, self.rate.hz(), self.length).map_err(failed)?;
        let values: Vec<i32> = sum.iter().map(|value| quantised(*value)).collect();
        writer.write(&values).map_err(failed)?;
        writer.finish().map_err(failed)
    }
}

impl Line {
    fn add_to(&self, sum: &mut [f32]) -> Result<(), SoundError> {
        let failed = |source| SoundError::Io { file: self.file.clone(), source };
        let mut reader = WavReader::open(&self.file, self.part.start.0).map_err(failed)?;
        let channels = reader.channels();
        let mut values = vec![0.0; self.part.length() as usize * channels];
        let came = reader.read(&mut values).map_err(failed)?;
        let mono = values[..came].chunks(channels).map(|all| all.iter().sum::<f32>() / channels as f32);
        for (place, value) in sum.iter_mut().skip(self.at as usize).zip(mono) {
            *place += value;
        }
        Ok(())
    }
}
