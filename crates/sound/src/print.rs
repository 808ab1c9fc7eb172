//! Printing: the master and its stems as WAV files, all from one rendering.

use std::path::{Path, PathBuf};

use serde::Serialize;
use soundlock_vault::Step;

use crate::SoundError;
use crate::context::SoundContext;
use crate::master::{Balance, Master};
use crate::render::{Block, Score};
use crate::wav::{FULL_SCALE, WavWriter};

/// Which of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MixFile {
    Dialogue,
    Music,
    Effects,
    /// Music and effects together.
    MusicAndEffects,
    Master,
}

impl MixFile {
    const ALL: [Self; 5] = [Self::Dialogue, Self::Music, Self::Effects, Self::MusicAndEffects, Self::Master];

    pub(crate) fn subject(self) -> &'static str {
        match self {
            Self::Dialogue => "the dialogue stem",
            Self::Music => "the music stem",
            Self::Effects => "the effects stem",
            Self::MusicAndEffects => "the M&E stem",
            Self::Master => "the print master",
        }
    }
}

/// Prints one file of the mix.
pub(crate) struct Print<'a> {
    pub(crate) score: &'a Score,
    pub(crate) balance: Balance,
    pub(crate) file: MixFile,
    /// Where it was printed already, together with the master.
    pub(crate) ready: Option<PathBuf>,
    pub(crate) context: &'a SoundContext<'a>,
}

impl Step for Print<'_> {
    type Error = SoundError;
    const VERSION: (&'static str, u32) = ("print", 2);
    const EXTENSION: &'static str = "wav";

    fn inputs(&self) -> impl Serialize {
        (self.file, self.score, self.balance.gain_db, self.balance.ceiling_db)
    }

    fn make(&self, file: &Path) -> Result<(), SoundError> {
        if let Some(ready) = &self.ready {
            return std::fs::rename(ready, file)
                .map_err(|source| SoundError::Io { file: ready.clone(), source });
        }
        if self.file != MixFile::Master {
            return self.print(|which| (which == self.file).then(|| file.to_owned()));
        }
        // All of them come from one rendering: the stems are printed beside the master and then put under their keys.
        let beside = |which| match which {
            MixFile::Master => file.to_owned(),
            stem => file.with_file_name(format!("{}.wav", stem.subject())),
        };
        self.print(|which| Some(beside(which)))?;
        for stem in MixFile::ALL.into_iter().filter(|which| *which != MixFile::Master) {
            self.context.run(stem.subject(), &Print { file: stem, ready: Some(beside(stem)), ..*self })?;
        }
        Ok(())
    }
}

impl Print<'_> {
    /// Prints what `path` has a place for.
    pub(crate) fn print(&self, path: impl Fn(MixFile) -> Option<PathBuf>) -> Result<(), SoundError> {
        let mut press = Press::new(self.score, path)?;
        let mut master = Master::new(self.score, self.balance);
        while let Some(block) = master.next(self.context)? {
            press.print(&block)?;
        }
        press.finish()
    }
}

/// The files being written, in the order of [`MixFile::ALL`].
struct Press {
    writers: [Option<(PathBuf, WavWriter)>; 5],
    values: [Vec<i32>; 5],
}

impl Press {
    fn new(score: &Score, path: impl Fn(MixFile) -> Option<PathBuf>) -> Result<Self, SoundError> {
        let mut writers = [None, None, None, None, None];
        for (writer, which) in writers.iter_mut().zip(MixFile::ALL) {
            let Some(path) = path(which) else { continue };
            let created = WavWriter::create(&path, score.speakers.channels(), score.hz, score.samples);
            *writer = Some(created.map(|created| (path.clone(), created)).map_err(at(&path))?);
        }
        Ok(Self { writers, values: Default::default() })
    }

    /// Stems are brought to 24 bits each, and the master is their sum: not a bit is between them.
    fn print(&mut self, block: &Block) -> Result<(), SoundError> {
        let [dialogue, music, effects, music_and_effects, master] = &mut self.values;
        for (values, stem) in [&mut *dialogue, &mut *music, &mut *effects].into_iter().zip(block) {
            values.clear();
            values.extend(stem.iter().map(|value| crate::wav::quantised(*value)));
        }
        let most = FULL_SCALE as i32;
        let sums = music.iter().zip(&*effects).map(|(one, two)| one + two);
        music_and_effects.clear();
        music_and_effects.extend(sums.clone().map(|sum| sum.clamp(-most, most - 1)));
        master.clear();
        master.extend(sums.zip(&*dialogue).map(|(sum, said)| (sum + said).clamp(-most, most - 1)));
        for (writer, values) in self.writers.iter_mut().zip(&self.values) {
            if let Some((path, writer)) = writer {
                writer.write(values).map_err(at(path))?;
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<(), SoundError> {
        for (path, writer) in self.writers.into_iter().flatten() {
            writer.finish().map_err(at(&path))?;
        }
        Ok(())
    }
}

fn at(path: &Path) -> impl Fn(std::io::Error) -> SoundError {
    let file = path.to_owned();
    move |source| SoundError::Io { file: file.clone(), source }
}
