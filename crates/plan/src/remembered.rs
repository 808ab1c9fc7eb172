//! What the plan before asks of this one: cuts set by hand, which stand; cuts that are better kept; shots whose codes
//! and words go on.

use std::collections::{BTreeMap, BTreeSet};

use soundlock_script::{LineId, SceneId};
use soundlock_time::Fps;

use crate::cutting::Kept;
use crate::format::{Anchor, Entry, FURTHEST};
use crate::sounding::Sounding;
use crate::unbroken::Unbroken;
use crate::{PlanError, PlanRules, ShotCode, TakeWorth};

/// A shot of the plan before, its place worked out in the sound as it is now.
#[derive(Debug, Clone)]
pub(crate) struct Old<'a> {
    pub(crate) entry: &'a Entry,
    /// First frame, from scene start.
    pub(crate) start: u32,
    /// First frame after.
    pub(crate) end: u32,
    /// How firmly its first frame stands.
    pub(crate) hold: Hold,
    /// Whether its end was set by hand too, so that no cut may fall inside.
    pub(crate) whole: bool,
    /// First frame after it as the file has it, counted in the sound it was planned to.
    file_end: u32,
}

/// How firmly a cut stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Hold {
    /// Better kept.
    Soft,
    /// A person wrote words for the shot: it must begin somewhere, best here.
    Words,
    /// A person set the cut.
    Hand,
}

/// What a scene's division must heed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bounds {
    /// Cuts that must be, with how firmly.
    pub(crate) required: BTreeMap<u32, Hold>,
    /// Shots in which no cut may be: first frame and first frame after.
    pub(crate) whole: BTreeMap<u32, u32>,
    /// Cuts worth keeping.
    pub(crate) soft: BTreeSet<u32>,
    /// Shots worth keeping as they are, by first frame.
    pub(crate) kept: BTreeMap<u32, Kept>,
    /// Ceilings of shots whose generator was chosen by hand, by first frame.
    pub(crate) longest_from: BTreeMap<u32, u32>,
}

/// The shots that `entries` of one scene are in the sound as it is now, in film order.
pub(crate) fn recall<'a>(
    entries: &[&'a Entry],
    scene: &SceneId,
    sounding: &Sounding,
    rules: &PlanRules,
    fps: Fps,
) -> Result<Vec<Old<'a>>, PlanError> {
    let ordered = in_film_order(entries);
    let shifts = Shifts::of(&ordered, sounding);
    let mut olds: Vec<Old<'a>> = Vec::with_capacity(ordered.len());
    for entry in ordered {
        check_against(olds.last(), entry)?;
        let old = place(entry, olds.last(), &shifts, sounding.frames);
        check_inside(&old, scene, sounding)?;
        check_ceiling(&old, rules, fps, sounding)?;
        olds.push(old);
    }
    settle(&mut olds, sounding.frames);
    check_holds(&olds)?;
    Ok(olds)
}

/// Shots in the file's order; one put in by hand goes where its `at` says.
fn in_film_order<'a>(entries: &[&'a Entry]) -> Vec<&'a Entry> {
    let (mut ordered, put_in): (Vec<&Entry>, Vec<&Entry>) =
        entries.iter().partition(|entry| entry.planned.is_some());
    for entry in put_in {
        let at = file_at(entry);
        let place = ordered.iter().position(|other| file_at(other) > at).unwrap_or(ordered.len());
        ordered.insert(place, entry);
    }
    ordered
}

/// Where the file says the shot begins, counted in the sound it was planned to.
fn file_at(entry: &Entry) -> u32 {
    let planned = entry.planned.as_ref().map_or(0, |planned| planned.at);
    entry.at.as_ref().map_or(planned, |at| at.value)
}

/// How far places have moved since the plan before, told by the anchors of its shots.
struct Shifts(Vec<(u32, i64)>);

impl Shifts {
    fn of(entries: &[&Entry], sounding: &Sounding) -> Self {
        let planned = entries.iter().filter_map(|entry| entry.planned.as_ref());
        let found =
            planned.filter_map(|note| Some((note.at, resolve(&note.anchor, sounding)? - i64::from(note.at))));
        let mut shifts: Vec<_> = found.collect();
        shifts.sort_unstable();
        shifts.dedup_by_key(|(at, _)| *at);
        Self(shifts)
    }

    /// Where `at` of the sound before is now: moved like the nearest place that is known.
    fn moved(&self, at: u32) -> i64 {
        let nearest = self.0.iter().min_by_key(|(known, _)| known.abs_diff(at));
        i64::from(at) + nearest.map_or(0, |(_, shift)| *shift)
    }
}

/// Where an anchor is now; `None` when its line is gone.
fn resolve(anchor: &Anchor, sounding: &Sounding) -> Option<i64> {
    let line = |id: &LineId| sounding.lines.iter().find(|line| line.id == *id);
    match anchor {
        Anchor::Scene(frame) => Some(i64::from(*frame)),
        Anchor::Start(id, offset) => {
            let line = line(id)?;
            // A cut inside a line stays inside when the line is spoken faster now.
            let latest = i64::from(line.end - line.start) - 1;
            Some(i64::from(line.start) + i64::from(*offset).min(latest.max(0)))
        }
        Anchor::End(id, offset) => Some(i64::from(line(id)?.end) + i64::from(*offset)),
    }
}

fn place<'a>(entry: &'a Entry, before: Option<&Old<'_>>, shifts: &Shifts, scene_frames: u32) -> Old<'a> {
    let frames_by_hand = entry.pinned || entry.frames.as_ref().is_some_and(|frames| frames.by_hand);
    let before = before.filter(|before| before.whole);
    // A shot that follows one whose end was set by hand begins there, wherever the sound has gone.
    let follows = before.filter(|before| !is_at_by_hand(entry) || before.file_end >= file_at(entry));
    let moved = shifts.moved(file_at(entry)).clamp(0, i64::from(FURTHEST)) as u32;
    let earliest = before.map_or(0, |before| before.end);
    let start = follows.map_or(moved.max(earliest), |before| before.end);
    let planned_frames = entry.planned.as_ref().map_or(0, |note| note.frames);
    let frames = entry.frames.as_ref().map_or(planned_frames, |frames| frames.value);
    let whole = frames_by_hand && frames > 0;
    let words = entry.by_hand().iter().any(|name| !matches!(*name, "at" | "frames" | "pinned"));
    let hold = match (is_at_by_hand(entry) || whole, words) {
        (true, _) => Hold::Hand,
        (false, true) => Hold::Words,
        (false, false) => Hold::Soft,
    };
    let end = if whole { start + frames } else { (start + frames).min(scene_frames) };
    let file_end = follows.map_or(file_at(entry), |before| before.file_end) + frames;
    Old { entry, start, end, hold, whole, file_end }
}

fn is_at_by_hand(entry: &Entry) -> bool {
    entry.pinned || entry.at.as_ref().is_some_and(|at| at.by_hand)
}

/// Two shots side by side of which both cuts between them were set by hand must agree in the file.
fn check_against(before: Option<&Old<'_>>, entry: &Entry) -> Result<(), PlanError> {
    let by_hand = entry.at.as_ref().is_some_and(|at| at.by_hand);
    let Some(before) = before.filter(|before| before.whole && by_hand) else { return Ok(()) };
    let (first, second) = (before.entry.code.clone(), entry.code.clone());
    let (first_line, line) = (cut_line(before.entry), cut_line(entry));
    match (before.file_end, file_at(entry)) {
        (end, at) if at < end => {
            Err(PlanError::Overlap { first, first_line, second, line, frames: end - at })
        }
        (end, at) if at > end => Err(PlanError::Gap { first, first_line, second, line, frames: at - end }),
        _ => Ok(()),
    }
}

/// The line that a person would look at for where a shot lies.
fn cut_line(entry: &Entry) -> u32 {
    let at = entry.at.as_ref().filter(|at| at.by_hand).map(|at| at.line);
    let frames = entry.frames.as_ref().filter(|frames| frames.by_hand).map(|frames| frames.line);
    at.or(frames).unwrap_or(entry.line)
}

fn check_inside(old: &Old<'_>, scene: &SceneId, sounding: &Sounding) -> Result<(), PlanError> {
    let reaches = if old.whole { old.end } else { old.start + 1 };
    if old.hold < Hold::Hand || reaches <= sounding.frames {
        return Ok(());
    }
    Err(PlanError::OutsideScene {
        code: old.entry.code.clone(),
        line: cut_line(old.entry),
        scene: scene.clone(),
        to: if old.whole { old.end } else { old.start },
        frames: sounding.frames,
    })
}

fn check_ceiling(old: &Old<'_>, rules: &PlanRules, fps: Fps, sounding: &Sounding) -> Result<(), PlanError> {
    let generator = generator_of(old.entry, rules);
    let Some(longest) = rules.longest_shot(generator, fps) else {
        return Err(PlanError::UnknownGenerator {
            generator: generator.to_owned(),
            known: rules.generator_names(),
            line: old.entry.generator.as_ref().map(|generator| generator.line),
        });
    };
    if !old.whole || old.end - old.start <= longest {
        return Ok(());
    }
    let handles = rules.handles.total();
    Err(PlanError::ShotTooLong {
        code: old.entry.code.clone(),
        line: cut_line(old.entry),
        frames: old.end - old.start + handles,
        generator: generator.to_owned(),
        ceiling: longest + handles,
        pause: pause_in(old, sounding).map(|frame| soundlock_time::FilmFrame(frame - old.start)),
    })
}

/// The gap nearest to the middle of a shot.
fn pause_in(old: &Old<'_>, sounding: &Sounding) -> Option<u32> {
    let middle = old.start.midpoint(old.end);
    let gaps = (old.start + 1..old.end).filter(|frame| sounding.spot(*frame) == crate::sounding::Spot::Gap);
    gaps.min_by_key(|frame| frame.abs_diff(middle))
}

fn generator_of<'a>(entry: &'a Entry, rules: &'a PlanRules) -> &'a str {
    let by_hand = entry.generator.as_ref().filter(|generator| generator.by_hand);
    by_hand.map_or(rules.generator.as_str(), |generator| generator.value.as_str())
}

/// Makes each shot end where the next begins, and takes out what a firmer shot has pushed aside.
fn settle(olds: &mut Vec<Old<'_>>, scene_frames: u32) {
    // Lines that changed places take their shots with them.
    olds.sort_by_key(|old| old.start);
    let firm: Vec<(u32, u32)> = olds.iter().filter(|old| old.whole).map(|old| (old.start, old.end)).collect();
    olds.retain(|old| {
        let inside = firm.iter().any(|(start, end)| *start < old.start && old.start < *end);
        old.start < scene_frames && (old.hold == Hold::Hand || !inside)
    });
    for index in 0..olds.len() {
        let next = olds.get(index + 1).map_or(scene_frames, |next| next.start);
        if !olds[index].whole {
            olds[index].end = next.max(olds[index].start);
        }
    }
}

/// No two shots set by hand may share frames, neighbours in the file or not.
fn check_holds(olds: &[Old<'_>]) -> Result<(), PlanError> {
    let mut firm = olds.iter().filter(|old| old.hold == Hold::Hand);
    let Some(mut before) = firm.next() else { return Ok(()) };
    for old in firm {
        let shared = if before.whole { before.end.saturating_sub(old.start) } else { 0 };
        if shared > 0 || old.start == before.start {
            return Err(PlanError::Overlap {
                first: before.entry.code.clone(),
                first_line: cut_line(before.entry),
                second: old.entry.code.clone(),
                line: cut_line(old.entry),
                frames: shared.max(1),
            });
        }
        before = old;
    }
    Ok(())
}

/// What the division of a scene must heed: the shots before and the cuts that the script asks for.
pub(crate) fn bounds(
    olds: &[Old<'_>],
    directed: &[u32],
    frames: u32,
    rules: &PlanRules,
) -> Result<Bounds, PlanError> {
    let mut bounds = Bounds::default();
    bounds.required.insert(0, Hold::Hand);
    for old in olds.iter().filter(|old| old.hold == Hold::Hand) {
        bounds.required.insert(old.start, Hold::Hand);
        if old.whole {
            bounds.required.insert(old.end, Hold::Hand);
            bounds.whole.insert(old.start, old.end);
        }
    }
    bounds.required.remove(&frames);
    check_room(&bounds, olds, frames, rules.shortest_frames)?;
    for directed in directed {
        if bounds.has_room(*directed, frames, rules.shortest_frames) {
            bounds.required.insert(*directed, Hold::Hand);
        }
    }
    for old in olds.iter().filter(|old| old.hold == Hold::Words) {
        if bounds.has_room(old.start, frames, rules.shortest_frames) {
            bounds.required.insert(old.start, Hold::Words);
        }
    }
    Ok(bounds)
}

impl Bounds {
    /// Whether a cut at `frame` leaves at least `shortest` frames to the cuts that must be on both sides.
    fn has_room(&self, frame: u32, frames: u32, shortest: u32) -> bool {
        let before = self.required.range(..=frame).next_back().map_or(0, |(cut, _)| *cut);
        let after = self.required.range(frame + 1..).next().map_or(frames, |(cut, _)| *cut);
        let inside = self.whole.range(..frame).next_back().is_some_and(|(_, end)| frame < *end);
        !inside && frame >= before + shortest && frame + shortest <= after
    }

    /// Makes room for a stretch without a cut; false where cuts that must be leave none.
    pub(crate) fn hold_open(&mut self, stretch: &Unbroken, frames: u32, shortest: u32) -> bool {
        for edge in [stretch.from, stretch.to] {
            if edge > 0 && edge < frames && !self.required.contains_key(&edge) {
                if !self.has_room(edge, frames, shortest) {
                    return false;
                }
                self.required.insert(edge, Hold::Soft);
            }
        }
        true
    }

    /// Notes what is worth keeping of the plan before and of its takes.
    pub(crate) fn remember(
        &mut self,
        olds: &[Old<'_>],
        takes: &BTreeMap<ShotCode, TakeWorth>,
        rules: &PlanRules,
        fps: Fps,
    ) {
        for old in olds {
            let generator = generator_of(old.entry, rules);
            if let Some(longest) = rules.longest_shot(generator, fps).filter(|_| generator != rules.generator)
            {
                self.longest_from.insert(old.start, longest);
            }
            if old.entry.planned.is_some() {
                self.soft.insert(old.start);
                self.kept.insert(old.start, kept(old, takes.get(&old.entry.code), rules, fps));
            }
        }
    }
}

/// What is worth keeping of `old`, whose takes were made by the generator that it had.
fn kept(old: &Old<'_>, takes: Option<&TakeWorth>, rules: &PlanRules, fps: Fps) -> Kept {
    let frames = old.end - old.start;
    let made_by = old.entry.generator.as_ref().map(|generator| generator.value.as_str());
    let generator = generator_of(old.entry, rules);
    let same = made_by.is_none_or(|made_by| made_by == generator);
    let made_for = old.entry.frames.as_ref().map(|frames| frames.value);
    let made_for = made_for.or_else(|| old.entry.planned.as_ref().map(|note| note.frames)).unwrap_or(frames);
    let handles = rules.handles.total();
    let limits = rules.limits(generator).filter(|_| same);
    let held = limits.and_then(|limits| limits.held_for(made_for.saturating_add(handles), fps));
    // Takes of another generator have to be made again, whatever the cut.
    let worth = held.and(takes).map_or(0.0, |takes| takes.price());
    let at_most = if worth > 0.0 { held.unwrap_or(0).saturating_sub(handles) } else { 0 };
    Kept { frames, made_for, at_most, worth }
}

/// Between two cuts set by hand there must be a shot of legal length, unless its length was set by hand as well. What
/// a cut by hand leaves at the scene's start or end may be short: nobody set the other side.
fn check_room(bounds: &Bounds, olds: &[Old<'_>], frames: u32, shortest: u32) -> Result<(), PlanError> {
    let cuts: Vec<u32> = bounds.required.keys().copied().chain([frames]).collect();
    for pair in cuts.windows(2) {
        let (start, end) = (pair[0], pair[1]);
        let at_edge = start == 0 || end == frames;
        if at_edge || end - start >= shortest || bounds.whole.get(&start) == Some(&end) {
            continue;
        }
        let first = olds.iter().rev().find(|old| old.start <= start);
        let second = olds.iter().find(|old| old.start >= end);
        if let (Some(first), Some(second)) = (first, second) {
            return Err(PlanError::NoRoom {
                first: first.entry.code.clone(),
                first_line: cut_line(first.entry),
                second: second.entry.code.clone(),
                line: cut_line(second.entry),
                frames: end - start,
                shortest,
            });
        }
    }
    Ok(())
}

/// For each new shot the shot of the plan before that it is, if any: the one that begins at the same place, else the
/// one with which it shares at least half of the shorter of both.
pub(crate) fn same_shots(starts: &[u32], frames: u32, olds: &[Old<'_>]) -> Vec<Option<usize>> {
    let ends: Vec<u32> = starts.iter().skip(1).copied().chain([frames]).collect();
    let mut found: Vec<Option<usize>> =
        starts.iter().map(|start| olds.iter().rposition(|old| old.start == *start)).collect();
    let mut taken: BTreeSet<usize> = found.iter().flatten().copied().collect();
    let mut pairs = Vec::new();
    let mut first_old = 0;
    for (index, (start, end)) in starts.iter().zip(&ends).enumerate() {
        while olds.get(first_old).is_some_and(|old| old.end <= *start) {
            first_old += 1;
        }
        for (old_index, old) in
            olds.iter().enumerate().skip(first_old).take_while(|(_, old)| old.start < *end)
        {
            let shared = old.end.min(*end).saturating_sub(old.start.max(*start));
            let shorter = (old.end - old.start).min(end - start);
            if 2 * shared >= shorter && shared > 0 {
                pairs.push((std::cmp::Reverse(shared), index, old_index));
            }
        }
    }
    pairs.sort_unstable();
    for (_, index, old_index) in pairs {
        if found[index].is_none() && taken.insert(old_index) {
            found[index] = Some(old_index);
        }
    }
    found
}
