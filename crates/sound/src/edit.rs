//! The dialogue edit: lines as they lie in the film with what belongs to them beside, and room under what is left open.
//!
//! A line is never touched between its in and its out. It comes in and goes out over what its recording has beside it,
//! with its breath if one is drawn for it. Lines that lie in the film as they do in one recording are one stretch of it,
//! which sounds once, also where two speak at once in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use soundlock_time::{Sample, SampleRange};

use crate::gain::{Fade, Fades};
use crate::handles::{Breath, Handles};
use crate::render::{Sounding, Stem};
use crate::room::{Bed, Room, fill, seed_of};
use crate::source::Ready;

/// A line with its place in the film and what is known of its recording.
pub(crate) struct Clip {
    /// Which scene.
    pub(crate) scene: usize,
    /// First sample in the film.
    pub(crate) at: u64,
    pub(crate) part: SampleRange,
    pub(crate) gain_db: f64,
    pub(crate) ready: Ready,
    pub(crate) handles: Handles,
    /// The room it was recorded in; `None` for a scratch voice.
    pub(crate) room: Option<Arc<Room>>,
}

/// How the dialogue is edited.
pub(crate) struct EditRules {
    pub(crate) hz: u32,
    /// Gain of room under edits in dB; `None` for silence there.
    pub(crate) room_tone_db: Option<f64>,
}

/// Lines in film order, edited; `scenes` are the first sample of each scene and the first one after it.
pub(crate) fn edited(clips: &[Clip], scenes: &[(u64, u64)], rules: &EditRules) -> Vec<Sounding> {
    let mut soundings = Vec::new();
    for of_scene in clips.chunk_by(|a, b| a.scene == b.scene) {
        let runs = runs_of(of_scene, scenes[of_scene[0].scene].0, rules.hz);
        soundings.extend(runs.iter().flat_map(Run::soundings));
        if let Some(gain_db) = rules.room_tone_db {
            let scene = SceneRoom { clips: of_scene, runs: &runs, range: scenes[of_scene[0].scene] };
            soundings.extend(scene.beds(gain_db, rules.hz));
        }
    }
    soundings
}

/// Lines that lie in the film as they do in one recording.
struct Run<'a> {
    first: &'a Clip,
    /// Its place among the lines of the scene, and that of the line that ends it.
    places: (usize, usize),
    /// Stretches of the recording, each at its gain, in order.
    stretches: Vec<Stretch>,
}

struct Stretch {
    start: u64,
    end: u64,
    gain_db: f64,
    head: Fade,
    tail: Fade,
}

/// How long a gain takes to become another one: in a pause, and at least.
const GAIN_MS: u64 = 100;
const LEAST_GAIN_MS: u64 = 5;
/// The same where two speak at once.
const SHARED_GAIN_MS: u64 = 500;

fn runs_of(clips: &[Clip], scene_start: u64, hz: u32) -> Vec<Run<'_>> {
    let mut runs: Vec<Run<'_>> = Vec::new();
    let mut said = scene_start;
    for (place, clip) in clips.iter().enumerate() {
        match runs.last_mut().filter(|run| run.goes_on_in(clip)) {
            Some(run) => run.take(place, clip, hz),
            None => runs.push(Run::of(place, clip, clip.at.saturating_sub(said), hz)),
        }
        said = said.max(clip.at + clip.part.length());
    }
    for run in &mut runs {
        run.end_with(&clips[run.places.1], hz);
    }
    runs
}

impl<'a> Run<'a> {
    /// A run that begins with `clip`, before which nobody speaks for `free` samples of the film.
    fn of(place: usize, clip: &'a Clip, free: u64, hz: u32) -> Self {
        let whole = |breath: &Breath| breath.runs_in || clip.part.start.0 - breath.start <= free;
        let breath =
            clip.handles.breath.filter(whole).filter(|breath| clip.at >= clip.part.start.0 - breath.start);
        let (start, lead) = match breath {
            Some(breath) => (breath.start, breath.lead),
            None => (clip.part.start.0, clip.handles.lead),
        };
        let lead = lead.min(clip.at - (clip.part.start.0 - start));
        // Where the recording has nothing before it, it comes in as it begins.
        let head = Fade::power(lead.max(samples(hz, 2)).min(clip.part.length() / 2));
        let stretch = Stretch {
            start: start - lead,
            end: clip.part.end.0,
            gain_db: clip.gain_db,
            head,
            tail: Fade::even(0),
        };
        Self { first: clip, places: (place, place), stretches: vec![stretch] }
    }

    fn last(&mut self) -> &mut Stretch {
        self.stretches.last_mut().expect("a run begins with a stretch")
    }

    fn end(&self) -> u64 {
        self.stretches.last().map_or(0, |stretch| stretch.end)
    }

    /// The first sample of the film that a sample of the recording would have, were it sample 0.
    fn offset(&self) -> i64 {
        self.first.at as i64 - self.first.part.start.0 as i64
    }

    fn goes_on_in(&self, clip: &Clip) -> bool {
        clip.room.is_some()
            && self.first.room.is_some()
            && clip.ready.file_hash == self.first.ready.file_hash
            && clip.at as i64 - clip.part.start.0 as i64 == self.offset()
            && clip.part.start >= self.first.part.start
    }

    fn take(&mut self, place: usize, clip: &Clip, hz: u32) {
        let (end, part) = (self.end(), clip.part);
        if part.end.0 <= end {
            // It is said while the one before is: it sounds there.
            return;
        }
        self.places.1 = place;
        let last = self.last();
        if last.gain_db.total_cmp(&clip.gain_db).is_eq() {
            last.end = part.end.0;
            return;
        }
        let (from, to) = (end.min(part.start.0), end.max(part.start.0));
        let longest = if part.start.0 < end { SHARED_GAIN_MS } else { GAIN_MS };
        let length = (to - from).min(samples(hz, longest)).max(samples(hz, LEAST_GAIN_MS)) / 2;
        let middle = from.midpoint(to);
        let half = length.min(middle - last.start).min(part.end.0 - middle);
        last.end = middle + half;
        last.tail = Fade::even(2 * half);
        self.stretches.push(Stretch {
            start: middle - half,
            end: part.end.0,
            gain_db: clip.gain_db,
            head: Fade::even(2 * half),
            tail: Fade::even(0),
        });
    }

    fn end_with(&mut self, clip: &Clip, hz: u32) {
        let (trail, quick) = (clip.handles.trail, samples(hz, 5));
        let last = self.last();
        last.end += trail;
        last.tail = Fade::power(trail.max(quick).min((last.end - last.start) / 2));
    }

    fn soundings(&self) -> impl Iterator<Item = Sounding> + '_ {
        self.stretches.iter().map(|stretch| Sounding {
            stem: Stem::Dialogue,
            at: (stretch.start as i64 + self.offset()) as u64,
            part: SampleRange { start: Sample(stretch.start), end: Sample(stretch.end) },
            gain_db: stretch.gain_db,
            fades: Fades { head: stretch.head, tail: stretch.tail },
            offset: self.first.room.as_ref().map_or(0.0, |room| room.offset),
            hash: self.first.ready.file_hash.to_string(),
            file: self.first.ready.file.clone(),
        })
    }

    /// Where in the film its own room is heard, between its fades, with these.
    fn sounds(&self) -> (u64, u64, Fades) {
        let (head, tail) = (&self.stretches[0], &self.stretches[self.stretches.len() - 1]);
        let film = |sample: u64| (sample as i64 + self.offset()) as u64;
        let fades = Fades { head: head.head, tail: tail.tail };
        (film(head.start + head.head.samples), film(tail.end - tail.tail.samples), fades)
    }

    /// Whether a room is heard in it, so that none is to be put under it.
    fn has_room(&self) -> bool {
        self.first.room.as_ref().is_some_and(|room| !room.is_dead)
    }
}

fn samples(hz: u32, millis: u64) -> u64 {
    u64::from(hz) * millis / 1000
}

/// The room of one scene.
struct SceneRoom<'a> {
    clips: &'a [Clip],
    runs: &'a [Run<'a>],
    range: (u64, u64),
}

/// Where no recording sounds, and the lines on both sides.
struct Opening {
    bed: Bed,
    before: Option<usize>,
    after: Option<usize>,
}

/// How quickly a scene's room comes and goes.
const SCENE_MS: u64 = 10;
/// The longest crossing from one room into another.
const CROSS_MS: u64 = 1000;

impl SceneRoom<'_> {
    /// Room where no recording sounds, from the lines beside.
    fn beds(&self, gain_db: f64, hz: u32) -> Vec<Sounding> {
        let mut parts: BTreeMap<usize, Vec<(u64, u64)>> = BTreeMap::new();
        for (place, clip) in self.clips.iter().enumerate() {
            let near = clip.room.as_ref().map(|room| room.near(clip.part, hz)).unwrap_or_default();
            if !near.is_empty() {
                parts.insert(place, near);
            }
        }
        let mut soundings = Vec::new();
        for opening in self.openings(hz) {
            for (place, bed) in self.shared_out(&opening, &parts, hz) {
                soundings.extend(self.soundings(place, bed, &parts[&place], gain_db, hz));
            }
        }
        soundings
    }

    fn openings(&self, hz: u32) -> Vec<Opening> {
        let edge = Fade::power(samples(hz, SCENE_MS));
        let mut runs: Vec<&Run<'_>> = self.runs.iter().filter(|run| run.has_room()).collect();
        runs.sort_by_key(|run| run.sounds().0);
        let (mut from, mut head, mut before) = (self.range.0, edge, None);
        let mut openings = Vec::new();
        for run in runs {
            let (starts, ends, fades) = run.sounds();
            let bed = Bed { from, to: starts, fades: Fades { head, tail: fades.head } };
            openings.push(Opening { bed, before, after: Some(run.places.0) });
            if ends > from {
                (from, head, before) = (ends, fades.tail, Some(run.places.1));
            }
        }
        // It goes out over the head of the next scene, so that one room becomes the other at the cut.
        let bed = Bed { from, to: self.range.1 + edge.samples, fades: Fades { head, tail: edge } };
        openings.push(Opening { bed, before, after: None });
        let is_open = |bed: &Bed| bed.to >= bed.from + bed.fades.head.samples + bed.fades.tail.samples;
        openings.retain(|opening| is_open(&opening.bed));
        openings
    }

    /// Which line's room fills which part of an opening.
    fn shared_out(
        &self,
        opening: &Opening,
        parts: &BTreeMap<usize, Vec<(u64, u64)>>,
        hz: u32,
    ) -> Vec<(usize, Bed)> {
        let bed = opening.bed;
        let before = opening.before.and_then(|place| parts.range(..=place).next_back());
        let after = opening.after.and_then(|place| parts.range(place..).next());
        let any = || parts.iter().next();
        match (before.map(|(place, _)| *place), after.map(|(place, _)| *place)) {
            (Some(before), Some(after)) if !self.is_same_room(before, after) => {
                let middle = bed.from.midpoint(bed.to);
                let cross = ((bed.to - bed.from) / 2).min(samples(hz, CROSS_MS)) / 2;
                let fade = Fade::power(2 * cross);
                let one = Bed { to: middle + cross, fades: Fades { tail: fade, ..bed.fades }, ..bed };
                let two = Bed { from: middle - cross, fades: Fades { head: fade, ..bed.fades }, ..bed };
                vec![(before, one), (after, two)]
            }
            (Some(place), _) | (None, Some(place)) => vec![(place, bed)],
            (None, None) => any().map(|(place, _)| vec![(*place, bed)]).unwrap_or_default(),
        }
    }

    fn is_same_room(&self, one: usize, two: usize) -> bool {
        let (one, two) = (&self.clips[one], &self.clips[two]);
        one.ready.file_hash == two.ready.file_hash && one.gain_db.total_cmp(&two.gain_db).is_eq()
    }

    fn soundings(
        &self,
        place: usize,
        bed: Bed,
        parts: &[(u64, u64)],
        gain_db: f64,
        hz: u32,
    ) -> Vec<Sounding> {
        let clip = &self.clips[place];
        let hash = clip.ready.file_hash.to_string();
        // The same wherever the scene stands in the film.
        let seed = seed_of(&[&hash, &(bed.from - self.range.0).to_string()]);
        let sounding = |piece: crate::room::Piece| Sounding {
            stem: Stem::Dialogue,
            at: piece.at,
            part: piece.part,
            gain_db: clip.gain_db + gain_db,
            fades: piece.fades,
            offset: clip.room.as_ref().map_or(0.0, |room| room.offset),
            hash: hash.clone(),
            file: clip.ready.file.clone(),
        };
        fill(bed, parts, hz, seed).into_iter().map(sounding).collect()
    }
}

#[cfg(test)]
#[path = "edit_tests.rs"]
mod tests;
