//! The room of a recording: where nobody speaks in it, and how it is let sound on under an edit.
//!
//! A room is not one stretch that goes round and round, which is heard as a pulse: pieces of uneven length are drawn
//! from everywhere near the line, and each is crossed into the next with the power of both kept.

use serde::{Deserialize, Serialize};
use soundlock_time::{Sample, SampleRange};
use soundlock_vault::ValueStep;

use crate::SoundError;
use crate::context::SoundContext;
use crate::gain::{Fade, Fades};
use crate::signal::{Waves, decibels_of_energy};
use crate::source::Ready;
use crate::wav::WavReader;

/// What is known of a recording's room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Room {
    /// Where the middle of its wave lies; 0 where it is too near the middle to be heard at an edit.
    pub(crate) offset: f32,
    /// Whether nothing at all is heard where nobody speaks, as behind a gate.
    pub(crate) is_dead: bool,
    /// Where nobody speaks, in order.
    calm: Vec<Calm>,
}

/// A stretch in which nobody speaks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Calm {
    start: u64,
    end: u64,
    level_db: f64,
}

/// Finds the room of a recording.
pub(crate) struct FindRoom<'a> {
    pub(crate) ready: &'a Ready,
    pub(crate) hz: u32,
    pub(crate) context: &'a SoundContext<'a>,
}

impl ValueStep for FindRoom<'_> {
    type Value = Room;
    type Error = SoundError;
    const VERSION: (&'static str, u32) = ("find-room", 1);

    fn inputs(&self) -> impl Serialize {
        (self.ready.file_hash, self.hz)
    }

    fn make(&self) -> Result<Room, SoundError> {
        let failed = |source| SoundError::Io { file: self.ready.file.clone(), source };
        let mut reader = WavReader::open(&self.ready.file, 0).map_err(failed)?;
        let (mut waves, mut block) = (Waves::new(self.hz), vec![0.0; 16_384]);
        loop {
            self.context.cancel.check()?;
            let came = reader.read(&mut block).map_err(failed)?;
            waves.add(&block[..came]);
            if came < block.len() {
                return Ok(Room::of(&waves.ended(), self.hz));
            }
        }
    }
}

/// A wave whose middle is nearer to 0 than this (-66 dBFS) is left as it is.
const LEAST_OFFSET: f64 = 0.0005;
/// Softer than this is no room: the last bits of a converter, or a gate.
const DEAD_DB: f64 = -90.0;
/// A room is at least this far under the loudest of its recording.
const LEAST_UNDER_DB: f64 = 10.0;
/// The floor is measured in stretches of 30 s and those beside them: rooms change in the course of a day.
const FLOOR_HOPS: usize = 3000;
/// How far a calm hop may lie above the floor, smoothed and by itself, and how far under.
const ABOVE: f32 = 3.2;
const OUTLIER: f32 = 10.0;
const UNDER: f32 = 0.1;
/// Hops that are left out beside what is not calm: the room still rings, or breath is drawn.
const BESIDE: usize = 6;
/// Hops of the shortest stretch that is of use.
const SHORTEST: usize = 20;

impl Room {
    fn of(waves: &Waves, hz: u32) -> Self {
        let offset = if waves.middle().abs() < LEAST_OFFSET { 0.0 } else { waves.middle() as f32 };
        let smooth = smoothed(waves.energies());
        let loudest = smooth.iter().copied().fold(0.0, f32::max);
        let hop = Waves::hop(hz) as u64;
        let mut calm = Vec::new();
        for run in calm_runs(waves.energies(), &smooth) {
            let level_db = level_of(&waves.energies()[run.clone()]);
            if level_db + LEAST_UNDER_DB <= decibels_of_energy(loudest) {
                calm.push(Calm { start: run.start as u64 * hop, end: run.end as u64 * hop, level_db });
            }
        }
        // Silence at one end of a file was put there by a program, and says nothing of the room.
        let is_dead = calm.is_empty() && is_dead(tenth(smooth));
        Self { offset, is_dead, calm }
    }

    /// A room that is calm in these parts.
    #[cfg(test)]
    pub(crate) fn of_parts(parts: &[(u64, u64)]) -> Self {
        let calm = parts.iter().map(|(start, end)| Calm { start: *start, end: *end, level_db: -60.0 });
        Self { offset: 0.0, is_dead: false, calm: calm.collect() }
    }

    /// Where room can be drawn from for a line at `part`: the nearest stretches that sound as loud as the very nearest.
    /// Empty where there is too little of it.
    pub(crate) fn near(&self, part: SampleRange, hz: u32) -> Vec<(u64, u64)> {
        let away = |calm: &Calm| {
            let before = part.start.0.saturating_sub(calm.end);
            before.max(calm.start.saturating_sub(part.end.0))
        };
        let mut nearest: Vec<&Calm> = self.calm.iter().collect();
        nearest.sort_by_key(|calm| (away(calm), calm.start));
        let Some(level_db) = nearest.first().map(|calm| calm.level_db) else { return Vec::new() };
        let (enough, mut length) = (u64::from(hz) * ENOUGH_SECS, 0);
        let alike = nearest.into_iter().filter(|calm| (calm.level_db - level_db).abs() < ALIKE_DB);
        let mut parts: Vec<(u64, u64)> = alike
            .take_while(|calm| {
                let wanted = length < enough;
                length += calm.end - calm.start;
                wanted
            })
            .map(|calm| (calm.start, calm.end))
            .collect();
        parts.sort_unstable();
        if length * 1000 < u64::from(hz) * LEAST_MS { Vec::new() } else { parts }
    }
}

/// How much room is enough to draw from, and how little is too little.
const ENOUGH_SECS: u64 = 10;
const LEAST_MS: u64 = 400;
/// How far the level of two stretches of one room differs at most.
const ALIKE_DB: f64 = 3.0;

fn is_dead(energy: f32) -> bool {
    decibels_of_energy(energy) < DEAD_DB
}

/// Each hop with its neighbours: noise of a low pitch comes and goes from one hop to the next.
fn smoothed(energies: &[f32]) -> Vec<f32> {
    let mean = |n: usize| {
        let near = &energies[n.saturating_sub(2)..(n + 3).min(energies.len())];
        near.iter().sum::<f32>() / near.len() as f32
    };
    (0..energies.len()).map(mean).collect()
}

/// What a tenth of `energies` lies under.
fn tenth(mut sorted: Vec<f32>) -> f32 {
    sorted.sort_unstable_by(f32::total_cmp);
    sorted.get(sorted.len() / 10).copied().unwrap_or(0.0)
}

fn level_of(energies: &[f32]) -> f64 {
    decibels_of_energy(energies.iter().sum::<f32>() / energies.len().max(1) as f32)
}

/// Stretches of hops in which nobody speaks, without their edges.
fn calm_runs(energies: &[f32], smooth: &[f32]) -> Vec<std::ops::Range<usize>> {
    let floors: Vec<f32> = (0..smooth.len().div_ceil(FLOOR_HOPS))
        .map(|n| {
            let near = (n.saturating_sub(1) * FLOOR_HOPS)..((n + 2) * FLOOR_HOPS).min(smooth.len());
            tenth(smooth[near].iter().copied().filter(|energy| !is_dead(*energy)).collect())
        })
        .collect();
    let is_calm = |n: usize| {
        let floor = floors[n / FLOOR_HOPS];
        let near = floor * UNDER..=floor * ABOVE;
        !is_dead(floor) && near.contains(&smooth[n]) && energies[n] <= floor * OUTLIER
    };
    let hops: Vec<usize> = (0..smooth.len()).collect();
    let runs = hops.chunk_by(|a, b| is_calm(*a) == is_calm(*b)).filter(|run| is_calm(run[0]));
    let inner = runs.map(|run| {
        let start = if run[0] == 0 { 0 } else { run[0] + BESIDE };
        let end = run[run.len() - 1] + 1;
        start..if end == smooth.len() { end } else { end.saturating_sub(BESIDE) }
    });
    inner.filter(|run| run.start + SHORTEST <= run.end).collect()
}

/// A piece of room: where it sounds in the film, what of the recording, and how it comes and goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Piece {
    pub(crate) at: u64,
    pub(crate) part: SampleRange,
    pub(crate) fades: Fades,
}

/// A place in the film that room is to fill.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bed {
    pub(crate) from: u64,
    pub(crate) to: u64,
    pub(crate) fades: Fades,
}

/// The longest piece, and the longest crossing into the next.
const LONGEST_MS: u64 = 2400;
const CROSS_MS: u64 = 200;

/// Fills `bed` with pieces drawn from `parts`; the same `seed` gives the same.
pub(crate) fn fill(bed: Bed, parts: &[(u64, u64)], hz: u32, seed: u64) -> Vec<Piece> {
    let mut draw = Draw(seed);
    let (mut at, mut head, mut last) = (bed.from, bed.fades.head, (0, 0));
    let mut pieces = Vec::new();
    while at < bed.to && !parts.is_empty() {
        let left = bed.to - at;
        let (start, end) = drawn(parts, last, left, hz, &mut draw);
        let (mut length, cross) = (end - start, ((end - start) / 3).min(millis(hz, CROSS_MS)));
        let fades = |head, tail| Fades { head, tail };
        let part = |length| SampleRange::new(Sample(start), length);
        if length >= left {
            pieces.push(Piece { at, part: part(left), fades: fades(head, bed.fades.tail) });
            break;
        }
        // What is left for the next must be long enough to come and go in.
        if left - length < 2 * cross {
            length = (left / 2 + cross / 2).min(length);
        }
        let cross = cross.clamp(1, length.max(2) - 1);
        pieces.push(Piece { at, part: part(length), fades: fades(head, Fade::power(cross)) });
        (at, head, last) = (at + length - cross, Fade::power(cross), (start, end));
    }
    pieces
}

/// A part of `parts`, away from the one that sounded last: what overlaps itself rings.
fn drawn(parts: &[(u64, u64)], last: (u64, u64), left: u64, hz: u32, draw: &mut Draw) -> (u64, u64) {
    const TRIES: usize = 8;
    let mut best = (0, 0);
    let mut most = 0;
    for _ in 0..TRIES {
        let (start, end) = one(parts, left, hz, draw);
        let shared = end.min(last.1).saturating_sub(start.max(last.0));
        if shared == 0 {
            return (start, end);
        }
        if best == (0, 0) || shared < most {
            (best, most) = ((start, end), shared);
        }
    }
    best
}

fn one(parts: &[(u64, u64)], left: u64, hz: u32, draw: &mut Draw) -> (u64, u64) {
    let all = parts.iter().map(|(start, end)| end - start).sum::<u64>();
    let mut place = draw.below(all);
    let chosen = parts.iter().find(|(start, end)| {
        let inside = place < end - start;
        place = place.saturating_sub(end - start);
        inside
    });
    let (start, end) = *chosen.unwrap_or(&parts[0]);
    let most = (end - start).min(millis(hz, LONGEST_MS));
    // Of uneven length, so that no beat comes of it.
    let length = if most >= left { left } else { most - draw.below(most * 2 / 5 + 1) };
    let start = start + draw.below(end - start - length + 1);
    (start, start + length)
}

fn millis(hz: u32, millis: u64) -> u64 {
    u64::from(hz) * millis / 1000
}

/// A stream of drawn numbers (splitmix64).
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (word ^ (word >> 31)) % limit.max(1)
    }
}

/// A seed from what a bed is made of.
pub(crate) fn seed_of(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
#[path = "room_tests.rs"]
mod tests;
