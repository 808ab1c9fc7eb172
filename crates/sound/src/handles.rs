//! What lies beside a line in its recording: the breath before it, and calm to fade in.

use serde::{Deserialize, Serialize};
use soundlock_vault::ValueStep;

use crate::SoundError;
use crate::context::SoundContext;
use crate::signal::{Waves, decibels_of_energy};
use crate::source::Ready;
use crate::wav::{WavReader, wav_shape};

/// What lies beside a line in its recording, in samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Handles {
    /// How much before it there is to come in over.
    pub(crate) lead: u64,
    /// How much after it there is to go out over.
    pub(crate) trail: u64,
    /// The breath that is drawn for it.
    pub(crate) breath: Option<Breath>,
}

/// A breath drawn before a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Breath {
    /// Its first sample in the recording.
    pub(crate) start: u64,
    /// Whether it runs into the line, so that leaving it out would cut it.
    pub(crate) runs_in: bool,
    /// How much before it there is to come in over.
    pub(crate) lead: u64,
}

/// Listens beside the lines of a recording.
pub(crate) struct FindHandles<'a> {
    pub(crate) ready: &'a Ready,
    pub(crate) hz: u32,
    pub(crate) parts: Vec<(u64, u64)>,
    pub(crate) context: &'a SoundContext<'a>,
}

impl ValueStep for FindHandles<'_> {
    type Value = Vec<Handles>;
    type Error = SoundError;
    const VERSION: (&'static str, u32) = ("find-handles", 1);

    fn inputs(&self) -> impl Serialize {
        (self.ready.file_hash, self.hz, &self.parts)
    }

    fn make(&self) -> Result<Vec<Handles>, SoundError> {
        self.parts.iter().map(|part| self.beside(*part)).collect()
    }
}

/// Hops of 10 ms before a line in which a breath is looked for, and after it.
const BEFORE: usize = 110;
const AFTER: usize = 30;
/// Hops from which it is known how loud the line is.
const LINE: usize = 300;

impl FindHandles<'_> {
    fn beside(&self, (start, end): (u64, u64)) -> Result<Handles, SoundError> {
        self.context.cancel.check()?;
        let hop = Waves::hop(self.hz);
        let before = (start / hop as u64).min(BEFORE as u64) as usize;
        let mut earlier = self.energies(start - (before * hop) as u64, before)?;
        earlier.reverse();
        let spoken = self.energies(start, LINE.min(((end - start) / hop as u64) as usize))?;
        let last = end.saturating_sub(hop as u64).max(start);
        let mut later = self.energies(last, AFTER + 1)?;
        let edge = if later.is_empty() { 0.0 } else { later.remove(0) };
        let length = wav_shape(&self.ready.file).map_or(end, |shape| shape.frames);
        let heard = Beside { earlier, spoken, edge, later };
        Ok(heard.handles(start, length.saturating_sub(end), hop as u64))
    }

    /// Energies of whole hops from `from` on, fewer at the file's end.
    fn energies(&self, from: u64, hops: usize) -> Result<Vec<f32>, SoundError> {
        let failed = |source| SoundError::Io { file: self.ready.file.clone(), source };
        let mut sound = vec![0.0; hops * Waves::hop(self.hz)];
        let mut reader = WavReader::open(&self.ready.file, from).map_err(failed)?;
        let came = reader.read(&mut sound).map_err(failed)?;
        let mut waves = Waves::new(self.hz);
        waves.add(&sound[..came]);
        Ok(waves.energies().to_vec())
    }
}

/// Energies around a line.
struct Beside {
    /// Before it, the nearest first.
    earlier: Vec<f32>,
    /// In it, from its start.
    spoken: Vec<f32>,
    /// The last of it.
    edge: f32,
    /// After it.
    later: Vec<f32>,
}

/// A breath ends at most this many hops before its line: 400 ms.
const NEAR: usize = 40;
/// It takes 60 to 700 ms; what runs into the line may be shorter.
const LENGTH: std::ops::RangeInclusive<usize> = 6..=70;
/// Hops in which it may be softer than it can be told from the room.
const DIP: usize = 2;
/// Hops of room that stand before it: else it is the end of something else.
const ROOM_BEFORE: usize = 3;
/// Above the room by this it is heard (6 dB), and softer than speech by this it is none (8 dB).
const HEARD: f32 = 4.0;
const SOFTER: f32 = 0.16;
/// Softer than this nothing is heard.
const SILENCE_DB: f64 = -80.0;
/// Hops over which a line comes in and goes out, where they are calm.
const LEAD: usize = 1;
const TRAIL: usize = 4;

impl Beside {
    fn handles(&self, start: u64, left: u64, hop: u64) -> Handles {
        let (quick_lead, quick_trail) = (hop / 5, hop / 2);
        let threshold = self.threshold();
        let calm = |energies: &[f32], limit: f32| energies.iter().take_while(|e| **e <= limit).count();
        let lead = calm(&self.earlier[..self.earlier.len().min(LEAD)], threshold) as u64 * hop;
        // A room that rings after the last word is let ring.
        let trail = calm(&self.later[..self.later.len().min(TRAIL)], threshold.max(self.edge)) as u64 * hop;
        Handles {
            lead: lead.max(quick_lead).min(start),
            trail: trail.max(quick_trail).min(left),
            breath: self.breath(threshold).map(|(near, far)| {
                let start = start - far as u64 * hop;
                Breath { start, runs_in: near == 0, lead: hop.min(start) }
            }),
        }
    }

    /// What is louder than the room.
    fn threshold(&self) -> f32 {
        let quietest = |energies: &[f32]| {
            energies.windows(5).map(|some| some.iter().sum::<f32>() / 5.0).fold(f32::MAX, f32::min)
        };
        let room = quietest(&self.earlier).min(quietest(&self.later)).min(quietest(&self.spoken));
        let least = libm::pow(10.0, SILENCE_DB / 10.0) as f32;
        // Where nothing around it is quiet, what is as loud as the line is no room.
        let most = (self.speech() * SOFTER).max(least);
        if room < f32::MAX { (room * HEARD).clamp(least, most) } else { least }
    }

    /// The hops that a breath takes: how many lie between it and the line, and how many from its start to the line.
    fn breath(&self, threshold: f32) -> Option<(usize, usize)> {
        let is_heard = |n: usize| self.earlier.get(n).is_some_and(|energy| *energy > threshold);
        let near = (0..=NEAR).find(|n| is_heard(*n) && is_heard(n + 1))?;
        let mut far = near + 1;
        while let Some(next) = (far..=far + DIP).find(|n| is_heard(*n)) {
            far = next + 1;
        }
        let room_before = self.earlier.get(far..far + ROOM_BEFORE)?;
        let length = far - near;
        let fits = LENGTH.contains(&length) || near == 0 && length < *LENGTH.start();
        let softer = self.speech() * SOFTER;
        let is_soft = self.earlier[near..far].iter().all(|energy| *energy < softer);
        (fits && is_soft && room_before.iter().all(|energy| *energy <= threshold)).then_some((near, far))
    }

    /// How loud the line is where it is loud.
    fn speech(&self) -> f32 {
        let mut sorted = self.spoken.clone();
        sorted.sort_unstable_by(f32::total_cmp);
        let loud = sorted.get(sorted.len() * 9 / 10).copied().unwrap_or(0.0);
        if decibels_of_energy(loud) < SILENCE_DB { 0.0 } else { loud }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: f32 = 1e-6;
    const BREATH: f32 = 1e-4;
    const SPEECH: f32 = 1e-2;

    /// Energies before a line from its start backwards, given as (how many hops, how loud).
    fn beside(before: &[(usize, f32)]) -> Handles {
        let earlier = before.iter().flat_map(|(hops, energy)| vec![*energy; *hops]).collect();
        let spoken = vec![SPEECH; 100];
        Beside { earlier, spoken, edge: ROOM, later: vec![ROOM; 30] }.handles(100_000, 50_000, 480)
    }

    fn check(before: &[(usize, f32)], wanted: Option<(u64, bool)>) {
        let found = beside(before).breath.map(|breath| ((100_000 - breath.start) / 480, breath.runs_in));
        assert_eq!(found, wanted, "{before:?}");
    }

    #[test]
    fn a_breath_is_found_whole() {
        check(&[(10, ROOM), (25, BREATH), (60, ROOM)], Some((35, false)));
        check(&[(0, ROOM), (25, BREATH), (60, ROOM)], Some((25, true)));
        check(&[(10, ROOM), (12, BREATH), (2, ROOM), (13, BREATH), (60, ROOM)], Some((37, false)));
        check(&[(4, BREATH), (60, ROOM)], Some((4, true)));
    }

    #[test]
    fn what_is_no_breath_is_left() {
        check(&[(100, ROOM)], None);
        // Too far away, too loud, too long, too short, the end of something else.
        check(&[(50, ROOM), (25, BREATH), (30, ROOM)], None);
        check(&[(10, ROOM), (25, SPEECH), (60, ROOM)], None);
        check(&[(5, ROOM), (85, BREATH), (10, ROOM)], None);
        check(&[(10, ROOM), (4, BREATH), (60, ROOM)], None);
        check(&[(10, ROOM), (25, BREATH), (40, SPEECH), (30, ROOM)], None);
        check(&[(10, ROOM), (25, BREATH)], None);
        check(&[], None);
    }

    #[test]
    fn a_line_comes_and_goes_over_calm_only() {
        assert_eq!((beside(&[(100, ROOM)]).lead, beside(&[(100, ROOM)]).trail), (480, 4 * 480));
        let handles = Beside {
            earlier: vec![SPEECH; 100],
            spoken: vec![SPEECH; 100],
            edge: ROOM,
            later: vec![ROOM, SPEECH, SPEECH, SPEECH, SPEECH],
        };
        assert_eq!(
            (handles.handles(9000, 9000, 480).lead, handles.handles(9000, 9000, 480).trail),
            (96, 480)
        );
        assert_eq!((handles.handles(50, 30, 480).lead, handles.handles(50, 30, 480).trail), (50, 30));
    }
}
