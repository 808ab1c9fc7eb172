use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use soundlock_script::{LineId, SceneId};
use soundlock_time::{FilmFrame, Fps, Sample, SampleRange, SampleRate};
use soundlock_vault::ValueStep;

use crate::context::SoundContext;
use crate::score::ready_line;
use crate::wav::WavReader;
use crate::{LockedLine, LockedScene, LockedSound, SoundError};

/// Levels of scenes that were worked out or found, so that whoever asks second need not go to the vault for each line.
#[derive(Debug, Default)]
pub struct HeardLevels(Mutex<BTreeMap<SceneId, Heard>>);

/// The levels of a scene, and what they are the levels of.
#[derive(Debug)]
struct Heard {
    of: (Fps, SampleRate, Vec<LockedLine>),
    levels: BTreeMap<LineId, Vec<u8>>,
}

impl HeardLevels {
    /// None so far.
    pub fn new() -> Self {
        Self::default()
    }

    fn of(&self, locked: &LockedSound, scene: &LockedScene) -> Option<BTreeMap<LineId, Vec<u8>>> {
        let heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let heard = heard.get(&scene.id)?;
        let (fps, rate, lines) = &heard.of;
        ((*fps, *rate) == (locked.fps, locked.rate) && *lines == scene.lines).then(|| heard.levels.clone())
    }

    fn note(&self, locked: &LockedSound, scene: &LockedScene, levels: &BTreeMap<LineId, Vec<u8>>) {
        let heard = Heard { of: (locked.fps, locked.rate, scene.lines.clone()), levels: levels.clone() };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(scene.id.clone(), heard);
    }
}

/// How loud each line of `scene` is on each film frame that it touches, for mouths and for cuts in its pauses: 0 for
/// silence, 255 for the line's loudest frame. The first value belongs to the frame on which the line starts.
pub fn levels(
    locked: &LockedSound,
    scene: &LockedScene,
    context: &SoundContext<'_>,
) -> Result<BTreeMap<LineId, Vec<u8>>, SoundError> {
    if let Some(heard) = context.levels.of(locked, scene) {
        return Ok(heard);
    }
    let levels = find_levels(locked, scene, context)?;
    context.levels.note(locked, scene, &levels);
    Ok(levels)
}

fn find_levels(
    locked: &LockedSound,
    scene: &LockedScene,
    context: &SoundContext<'_>,
) -> Result<BTreeMap<LineId, Vec<u8>>, SoundError> {
    let mut lines = Vec::new();
    for line in &scene.lines {
        let ready = ready_line(line, locked, context)?.ready;
        lines.push(SpokenLine {
            at: line.at,
            part: line.source.part,
            hash: ready.file_hash.to_string(),
            file: ready.file,
        });
    }
    let step = FindLevels { lines, fps: locked.fps, rate: locked.rate };
    let levels = context.run_value(&format!("the mouths of scene {}", scene.id), &step)?;
    Ok(scene.lines.iter().map(|line| line.id.clone()).zip(levels).collect())
}

#[derive(Serialize)]
struct SpokenLine {
    at: Sample,
    part: SampleRange,
    hash: String,
    #[serde(skip)]
    file: std::path::PathBuf,
}

#[derive(Serialize)]
struct FindLevels {
    lines: Vec<SpokenLine>,
    fps: Fps,
    rate: SampleRate,
}

impl ValueStep for FindLevels {
    type Value = Vec<Vec<u8>>;
    type Error = SoundError;
    const VERSION: (&'static str, u32) = ("mouth-levels", 1);

    fn inputs(&self) -> impl Serialize {
        self
    }

    fn make(&self) -> Result<Vec<Vec<u8>>, SoundError> {
        self.lines.iter().map(|line| self.line_levels(line)).collect()
    }
}

impl FindLevels {
    fn line_levels(&self, line: &SpokenLine) -> Result<Vec<u8>, SoundError> {
        if line.part.is_empty() {
            return Ok(Vec::new());
        }
        let failed = |source| SoundError::Io { file: line.file.clone(), source };
        let mut reader = WavReader::open(&line.file, line.part.start.0).map_err(failed)?;
        let (mut at, end) = (line.at.0, line.at.0 + line.part.length());
        let mut frame = self.fps.frame_at(line.at, self.rate);
        let mut loudness = Vec::new();
        while at < end {
            let next = self.fps.first_sample(FilmFrame(frame.0 + 1), self.rate).0;
            let count = next.min(end) - at;
            let mut values = vec![0.0; count as usize * reader.channels()];
            reader.read(&mut values).map_err(failed)?;
            loudness.push(root_mean_square(&values));
            (at, frame) = (at + count, FilmFrame(frame.0 + 1));
        }
        Ok(as_levels(&loudness))
    }
}

fn root_mean_square(values: &[f32]) -> f32 {
    let energy: f64 = values.iter().map(|value| f64::from(*value) * f64::from(*value)).sum();
    (energy / values.len().max(1) as f64).sqrt() as f32
}

/// 0 to 255 of the loudest, each value softened by its neighbours: a mouth does not jump between frames.
fn as_levels(loudness: &[f32]) -> Vec<u8> {
    let at = |n: usize| loudness.get(n).copied().unwrap_or(0.0);
    let smooth: Vec<f32> =
        (0..loudness.len()).map(|n| 0.2 * at(n.wrapping_sub(1)) + 0.6 * at(n) + 0.2 * at(n + 1)).collect();
    let most = smooth.iter().copied().fold(0.0_f32, f32::max);
    // Under -70 dBFS nobody speaks, and noise is not blown up to a shout.
    if most < 0.0003 {
        return vec![0; loudness.len()];
    }
    smooth.iter().map(|level| (level / most * 255.0).round() as u8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loudest_frame_is_full_and_silence_is_nothing() {
        assert_eq!(as_levels(&[0.0; 3]), [0, 0, 0]);
        assert_eq!(as_levels(&[0.0001; 3]), [0, 0, 0]);
        assert_eq!(as_levels(&[]), Vec::<u8>::new());
        let levels = as_levels(&[0.0, 0.5, 0.5, 0.5, 0.0, 0.0]);
        assert_eq!((levels[2], levels[5]), (255, 0));
        assert!(levels[0] > 0 && levels[0] < levels[1] && levels[1] < levels[2], "{levels:?}");
    }
}
