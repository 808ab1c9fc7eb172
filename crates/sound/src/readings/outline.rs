//! The shape of whole recordings, to be drawn.

use std::collections::BTreeMap;

use serde::Serialize;
use soundlock_vault::{Hash, ValueStep, run_all};

use super::Readings;
use crate::SoundError;
use crate::context::SoundContext;
use crate::source::{Ready, Use, ready};
use crate::wav::WavReader;

/// How many values a row of a drawn recording has.
pub(super) const COLUMNS: usize = 480;
/// How many seconds a row may show; the first that needs no more than [`MOST_ROWS`].
const ROW_SECS: [u64; 7] = [10, 20, 30, 60, 120, 300, 900];
const MOST_ROWS: u64 = 12;

/// By recording, the largest sample of each of its parts, 255 for full scale.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outlines(pub(super) BTreeMap<String, Vec<u8>>);

/// Samples that a row of a recording shows.
pub(super) fn row_samples(samples: u64, hz: u32) -> u64 {
    let hz = u64::from(hz);
    let rows = |secs: u64| samples.div_ceil(secs * hz);
    let secs = ROW_SECS.into_iter().find(|secs| rows(*secs) <= MOST_ROWS);
    let secs = secs.unwrap_or_else(|| samples.div_ceil(MOST_ROWS * hz));
    // What is shorter than a row fills it.
    (secs * hz).min(samples.max(1))
}

/// The outlines of all recordings that can be read.
pub fn outlines(readings: &Readings, context: &SoundContext<'_>) -> Result<Outlines, SoundError> {
    let recordings = readings.recordings.iter().filter(|recording| recording.samples > 0);
    let drawn = run_all(recordings.collect(), context.workers, context.cancel, |recording| {
        let Ok(ready) = ready(&recording.file, Use::Voice, readings.rate, context) else { return Ok(None) };
        let row = row_samples(recording.samples, readings.rate.hz());
        let outline = Outline {
            file: ready.file_hash,
            ready: &ready,
            per_column: row.div_ceil(COLUMNS as u64),
            context,
        };
        Ok::<_, SoundError>(Some((recording.file.clone(), context.run_value(&recording.file, &outline)?)))
    })?;
    Ok(Outlines(drawn.into_iter().flatten().collect()))
}

struct Outline<'a> {
    file: Hash,
    ready: &'a Ready,
    /// Samples of a value.
    per_column: u64,
    context: &'a SoundContext<'a>,
}

impl ValueStep for Outline<'_> {
    type Value = Vec<u8>;
    type Error = SoundError;
    const VERSION: (&'static str, u32) = ("outline-recording", 1);

    fn inputs(&self) -> impl Serialize {
        (self.file, self.per_column)
    }

    fn make(&self) -> Result<Vec<u8>, SoundError> {
        let failed = |source| SoundError::Io { file: self.ready.file.clone(), source };
        let mut reader = WavReader::open(&self.ready.file, 0).map_err(failed)?;
        let mut block = vec![0.0; self.per_column as usize * reader.channels()];
        let mut outline = Vec::new();
        loop {
            self.context.cancel.check()?;
            let came = reader.read(&mut block).map_err(failed)?;
            if came == 0 {
                return Ok(outline);
            }
            let peak = block[..came].iter().fold(0.0_f32, |peak, value| peak.max(value.abs()));
            outline.push((peak.min(1.0) * 255.0).round() as u8);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_drawn_in_twelve_rows_at_most() {
        for (secs, row) in [(3, 3), (10, 10), (90, 10), (121, 20), (3840, 900), (14_400, 1200)] {
            let samples = secs * 48_000;
            assert_eq!(row_samples(samples, 48_000), row * 48_000, "{secs}");
            assert!(samples.div_ceil(row_samples(samples, 48_000)) <= MOST_ROWS);
        }
        assert_eq!(row_samples(0, 48_000), 1);
    }
}
