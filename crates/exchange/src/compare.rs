//! An edit made elsewhere against the film's own: changes to the cut list, and what is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use soundlock_plan::{CutList, ShotCode};
use soundlock_time::Timecode;

use crate::change::{Change, Refusal};
use crate::edit::{Edit, Seen};
use crate::foreign::{Clip, ForeignEdit};
use crate::identify::{Identity, Known, Sound};
use crate::layers::{Segment, topmost};
use crate::scene::{SceneItems, compare_scene};
use crate::{ExchangeError, Remark};

/// What an edit made elsewhere would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// Scenes that change, in film order.
    pub scenes: Vec<SceneChange>,
    /// What is not taken, and why.
    pub refused: Vec<Refusal>,
    /// What the cut list has no place for.
    pub remarks: Vec<Remark>,
}

/// A scene that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SceneChange {
    /// Its number.
    pub scene: String,
    /// What changes, for people.
    pub changes: Vec<Change>,
    /// The whole scene as it is from now on, in order.
    pub shots: Vec<PlacedShot>,
}

/// A shot at its place in a changed scene.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedShot {
    /// Its code.
    pub code: ShotCode,
    /// First frame, from scene start.
    pub at: u32,
    /// Length.
    pub frames: u32,
    /// Whether place or length were others before.
    pub moved: bool,
    /// The take that is seen, where the edit chose it or the part of it.
    pub circle: Option<Circle>,
}

/// A take, and the part of it that is seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circle {
    /// The shot whose take it is.
    pub shot: ShotCode,
    /// Its number.
    pub take: u32,
    /// Film frames of it before the first that is seen.
    pub head: u32,
}

impl Comparison {
    /// Every change, in film order.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.scenes.iter().flat_map(|scene| &scene.changes)
    }
}

/// Compares `foreign` with the film's own edit.
///
/// The sound is locked: what would move it is refused, scene by scene, and the rest is taken. `used` are codes that new
/// shots do not get, besides those of the cut list.
pub fn compare(
    edit: &Edit<'_>,
    foreign: &ForeignEdit,
    used: &BTreeSet<ShotCode>,
) -> Result<Comparison, ExchangeError> {
    let fps = edit.fps();
    let mut comparison = Comparing {
        edit,
        seen: edit.seen()?,
        known: Known::of(edit),
        used,
        out: Comparison { scenes: Vec::new(), refused: Vec::new(), remarks: foreign.remarks.clone() },
    };
    if let Some(other) = foreign.fps.filter(|other| *other != fps) {
        comparison.out.remarks.insert(0, Remark::OtherRate { edit: other, film: fps });
    }
    let segments = topmost(foreign, fps, &mut comparison.out.remarks);
    if segments.is_empty() {
        return Err(ExchangeError::NoPicture);
    }
    let lead = comparison.lead(&segments);
    let segments: Vec<_> = segments.into_iter().map(|segment| segment.earlier(lead)).collect();
    comparison.picture(&segments);
    comparison.sound(&foreign.sounds, lead);
    Ok(comparison.out)
}

struct Comparing<'a> {
    edit: &'a Edit<'a>,
    seen: Vec<Seen<'a>>,
    known: Known<'a>,
    used: &'a BTreeSet<ShotCode>,
    out: Comparison,
}

/// Shots of one scene, of the title, of the credits: places in the cut list and film frames.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) is_card: bool,
    pub(crate) shots: Range<usize>,
    pub(crate) film: Range<i64>,
}

/// A segment with what it shows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<'e> {
    pub(crate) segment: Segment<'e>,
    pub(crate) identity: Identity,
}

impl Shown<'_> {
    pub(crate) fn shot(&self) -> Option<usize> {
        match self.identity {
            Identity::Take { shot, .. } | Identity::Shot { shot } => Some(shot),
            Identity::Master | Identity::Unknown => None,
        }
    }
}

impl Comparing<'_> {
    /// Frames before the film: a leader, or an hour of nothing where a program counts timecode as time. The film lies
    /// whole behind it.
    fn lead(&mut self, segments: &[Segment<'_>]) -> i64 {
        let first = segments.first().map_or(0, |segment| segment.start);
        let end = segments.iter().map(|segment| segment.end).max().unwrap_or(0);
        let is_lead = first > 0 && end - first == i64::from(self.edit.locked.frames());
        if let Some(frames) = u32::try_from(first).ok().filter(|_| is_lead) {
            self.out.remarks.push(Remark::Lead { frames });
        }
        if is_lead { first } else { 0 }
    }

    fn picture(&mut self, segments: &[Segment<'_>]) {
        let shown: Vec<Shown<'_>> = segments
            .iter()
            .map(|segment| Shown { segment: *segment, identity: self.known.identify(segment.clip) })
            .collect();
        self.say_unknown(&shown);
        let film = i64::from(self.edit.locked.frames());
        let edit = shown.iter().map(|shown| shown.segment.end).max().unwrap_or(0);
        if edit != film {
            self.out.refused.push(Refusal::Length { frames: edit - film });
        }
        let groups = groups(self.edit.cut_list);
        let windows: Vec<_> = groups.iter().map(|group| window_of(group, &shown)).collect();
        let is_reordered = is_reordered(&windows);
        for (group, own) in groups.iter().zip(windows) {
            let by = own.as_ref().map_or(0, |own| own.start - group.film.start);
            if is_reordered && by != 0 {
                self.out.refused.push(Refusal::SceneMoved { scene: group.name.clone(), frames: by });
            } else {
                let window = if edit == film { Some(group.film.clone()) } else { own };
                self.group(group, window, &shown);
            }
        }
    }

    fn say_unknown(&mut self, shown: &[Shown<'_>]) {
        let mut said = BTreeSet::new();
        for one in shown {
            let (clip, place) = (one.segment.clip.name.clone(), one.segment.clip.place.clone());
            if one.identity == Identity::Unknown && said.insert(place.clone()) {
                self.out.remarks.push(Remark::UnknownClip { clip, place });
            }
        }
    }

    fn group(&mut self, group: &Group, window: Option<Range<i64>>, shown: &[Shown<'_>]) {
        let scene = group.name.clone();
        let Some(window) = window else {
            self.out.refused.push(Refusal::SceneMissing { scene });
            return;
        };
        let frames = (window.end - window.start) - (group.film.end - group.film.start);
        if frames != 0 {
            self.out.refused.push(Refusal::SceneLength { scene, frames });
            return;
        }
        let inside: Vec<Shown<'_>> = shown
            .iter()
            .filter(|shown| shown.segment.start < window.end && window.start < shown.segment.end)
            .copied()
            .collect();
        if let Some(refusal) = self.foreign_to(group, &window, &inside) {
            self.out.refused.push(refusal);
            return;
        }
        self.say_gaps(group, &window, &inside);
        let items = SceneItems { edit: self.edit, seen: &self.seen, group, window, shown: &inside };
        match compare_scene(&items, self.used) {
            Ok(Some(_)) if group.is_card => {
                let shot = self.seen[group.shots.start].code().clone();
                self.out.refused.push(Refusal::Card { shot });
            }
            Ok(change) => self.out.scenes.extend(change),
            Err(refusal) => self.out.refused.push(refusal),
        }
    }

    /// Why clips of other scenes, or over the scene's edge, keep the whole scene from being taken.
    fn foreign_to(&self, group: &Group, window: &Range<i64>, inside: &[Shown<'_>]) -> Option<Refusal> {
        let known: Vec<usize> = inside.iter().filter_map(Shown::shot).collect();
        let others: Vec<usize> = known.iter().copied().filter(|shot| !group.shots.contains(shot)).collect();
        let other = || {
            let shot = self.seen[*others.first()?].code().clone();
            Some(Refusal::OtherScene { scene: group.name.clone(), shot })
        };
        self.over_edge(group, window, inside).or_else(other)
    }

    fn over_edge(&self, group: &Group, window: &Range<i64>, inside: &[Shown<'_>]) -> Option<Refusal> {
        inside.iter().find_map(|shown| {
            let shot = shown.shot()?;
            let before = (window.start - shown.segment.start).max(0);
            let after = (shown.segment.end - window.end).max(0);
            let frames = if group.shots.contains(&shot) {
                before.max(after)
            } else {
                shown.segment.frames() - before - after
            };
            let is_over = before > 0 || after > 0;
            let (scene, shot) = (group.name.clone(), self.seen[shot].code().clone());
            is_over.then_some(Refusal::OverSceneEnd { scene, shot, frames })
        })
    }

    fn say_gaps(&mut self, group: &Group, window: &Range<i64>, inside: &[Shown<'_>]) {
        let mut next = window.start;
        let ends = inside.iter().map(|shown| (shown.segment.start, shown.segment.end));
        for (start, end) in ends.chain([(window.end, window.end)]) {
            if let Some(frames) = u32::try_from(start - next).ok().filter(|frames| *frames > 0) {
                let film = group.film.start + (next - window.start);
                let at = soundlock_time::FilmFrame(u32::try_from(film).unwrap_or(0));
                let at = Timecode::of(at, self.edit.fps()).to_string();
                self.out.remarks.push(Remark::Gap { frames, at });
            }
            next = next.max(end);
        }
    }

    /// The film's own sound must lie under the picture as it is locked.
    fn sound(&mut self, sounds: &[Clip], lead: i64) {
        let fps = self.edit.fps();
        let mut heard: BTreeMap<usize, i64> = BTreeMap::new();
        let mut moved: BTreeMap<usize, i64> = BTreeMap::new();
        for clip in sounds {
            match self.known.sound(clip) {
                Sound::Stem(stem) => {
                    *heard.entry(stem).or_default() += clip.length.frame(fps).frame;
                    let by = clip.at.minus(clip.source).map_or(0, |by| by.frame(fps).frame - lead);
                    if by != 0 {
                        moved.entry(stem).or_insert(by);
                    }
                }
                Sound::Unknown => self
                    .out
                    .remarks
                    .push(Remark::UnknownSound { clip: clip.name.clone(), place: clip.place.clone() }),
                Sound::Master | Sound::OfTake => {}
            }
        }
        let of = self.edit.locked.frames();
        for (stem, frames) in heard {
            let sound = self.edit.stems[stem].0.clone();
            let by = moved.get(&stem).copied();
            if let Some(frames) = by {
                self.out.refused.push(Refusal::SoundMoved { sound: sound.clone(), frames });
            }
            if frames < i64::from(of) {
                self.out.refused.push(Refusal::SoundCut { sound, frames, of });
            }
        }
    }
}

/// The shots of each scene, of the title, of the credits, in film order.
fn groups(cut_list: &CutList) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (index, shot) in cut_list.shots.iter().enumerate() {
        let (start, end) = (i64::from(shot.film.start.0), i64::from(shot.film.end.0));
        match groups.last_mut().filter(|group| group.name == shot.code.scene()) {
            Some(group) => {
                group.shots.end = index + 1;
                group.film.end = end;
            }
            None => groups.push(Group {
                name: shot.code.scene().to_owned(),
                is_card: shot.kind != soundlock_plan::ShotKind::Scene,
                shots: index..index + 1,
                film: start..end,
            }),
        }
    }
    groups
}

/// Whether scenes, each in one piece, come in another order.
fn is_reordered(windows: &[Option<Range<i64>>]) -> bool {
    let mut placed: Vec<(i64, i64, usize)> = windows
        .iter()
        .enumerate()
        .filter_map(|(index, window)| window.as_ref().map(|window| (window.start, window.end, index)))
        .collect();
    placed.sort_unstable();
    let apart = placed.windows(2).all(|pair| pair[0].1 <= pair[1].0);
    apart && !placed.is_sorted_by_key(|(_, _, index)| *index)
}

/// Where the clips of a scene lie in an edit of another length.
fn window_of(group: &Group, shown: &[Shown<'_>]) -> Option<Range<i64>> {
    let own = shown.iter().filter(|shown| shown.shot().is_some_and(|shot| group.shots.contains(&shot)));
    let start = own.clone().map(|shown| shown.segment.start).min()?;
    Some(start..own.map(|shown| shown.segment.end).max()?)
}
