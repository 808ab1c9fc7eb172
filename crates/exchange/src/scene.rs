//! One scene of an edit made elsewhere against the same scene of the film.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use soundlock_plan::{Shot, ShotCode};
use soundlock_time::{FilmFrame, Fps};

use crate::change::{Change, Refusal};
use crate::compare::{Circle, Group, PlacedShot, SceneChange, Shown};
use crate::edit::{Edit, Seen, ShotMedia, TakeMedia};
use crate::identify::Identity;
use crate::seconds::Seconds;

/// A scene in both edits.
pub(crate) struct SceneItems<'a, 'e> {
    pub(crate) edit: &'a Edit<'a>,
    pub(crate) seen: &'a [Seen<'a>],
    pub(crate) group: &'a Group,
    /// Its place in the other edit.
    pub(crate) window: Range<i64>,
    /// What the other edit shows in it.
    pub(crate) shown: &'a [Shown<'e>],
}

/// A stretch of the scene in which one shot is seen; places count from the scene's start.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Item {
    shot: usize,
    /// Place among its takes; `None` leaves it as it is.
    take: Option<usize>,
    start: i64,
    end: i64,
    /// Where its first frame lies in the take; `None` leaves it as it is.
    source: Option<Seconds>,
    /// Whether both its cuts fall on frames of the film.
    exact: (bool, bool),
}

/// The scene as it would be; `None` where nothing changes.
pub(crate) fn compare_scene(
    scene: &SceneItems<'_, '_>,
    used: &BTreeSet<ShotCode>,
) -> Result<Option<SceneChange>, Refusal> {
    let items = scene.filled(scene.joined(scene.items()))?;
    scene.check_frames(&items)?;
    let parts = items.iter().map(|item| scene.part(item)).collect::<Result<Vec<_>, _>>()?;
    let placed = scene.placed(&items, parts, used);
    let changes = scene.changes(&items, &placed);
    let scene = scene.group.name.clone();
    Ok((!changes.is_empty()).then_some(SceneChange { scene, changes, shots: placed }))
}

impl<'a> SceneItems<'a, '_> {
    fn name(&self) -> String {
        self.group.name.clone()
    }

    /// First frame of the scene's shot `index` and the first after, from scene start.
    fn own_place(&self, index: usize) -> (i64, i64) {
        let film = self.seen[index].shot.film;
        (i64::from(film.start.0) - self.group.film.start, i64::from(film.end.0) - self.group.film.start)
    }

    fn items(&self) -> Vec<Item> {
        let fps = self.edit.fps();
        let item = |shown: &Shown<'_>| {
            let segment = &shown.segment;
            let (shot, take) = match shown.identity {
                Identity::Take { shot, take } => (shot, Some(take)),
                Identity::Shot { shot } => (shot, None),
                Identity::Master | Identity::Unknown => return None,
            };
            let start = (segment.start - self.window.start).max(0);
            let end = segment.end.min(self.window.end) - self.window.start;
            let source = take.and_then(|_| segment.source(fps));
            Some(Item { shot, take, start, end, source, exact: (segment.start_exact, segment.end_exact) })
        };
        self.shown.iter().filter_map(item).collect()
    }

    /// A clip that was cut in two and left where it was is one clip still.
    fn joined(&self, items: Vec<Item>) -> Vec<Item> {
        let fps = self.edit.fps();
        let mut joined: Vec<Item> = Vec::with_capacity(items.len());
        for item in items {
            let goes_on = joined.last().is_some_and(|before| {
                let continues = match (before.source, item.source) {
                    (Some(first), Some(second)) => {
                        second.minus(first).is_some_and(|by| by.frame(fps).frame == item.start - before.start)
                    }
                    (None, None) => true,
                    _ => false,
                };
                (before.shot, before.take, before.end) == (item.shot, item.take, item.start) && continues
            });
            match joined.last_mut().filter(|_| goes_on) {
                Some(before) => (before.end, before.exact.1) = (item.end, item.exact.1),
                None => joined.push(item),
            }
        }
        joined
    }

    /// Where nothing of the film is seen, the shots that were there stay, if they fit in.
    fn filled(&self, items: Vec<Item>) -> Result<Vec<Item>, Refusal> {
        let taken: BTreeSet<usize> = items.iter().map(|item| item.shot).collect();
        let mut filled = Vec::with_capacity(items.len());
        let mut next = 0;
        let frames = self.window.end - self.window.start;
        for item in items {
            filled.extend(self.staying(next, item.start, &taken)?);
            next = item.end;
            filled.push(item);
        }
        filled.extend(self.staying(next, frames, &taken)?);
        Ok(filled)
    }

    fn staying(&self, from: i64, to: i64, taken: &BTreeSet<usize>) -> Result<Vec<Item>, Refusal> {
        let mut staying = Vec::new();
        let mut next = from;
        while next < to {
            let fits = |index: &usize| {
                let (start, end) = self.own_place(*index);
                start == next && end <= to && !taken.contains(index)
            };
            let hole = || Refusal::Hole { scene: self.name(), at: from, frames: to - from };
            let shot = self.group.shots.clone().find(fits).ok_or_else(hole)?;
            let (start, end) = self.own_place(shot);
            staying.push(Item { shot, take: None, start, end, source: None, exact: (true, true) });
            next = end;
        }
        Ok(staying)
    }

    /// A cut between two frames is no harm where it is nearest to the one that is there.
    fn check_frames(&self, items: &[Item]) -> Result<(), Refusal> {
        let frames = self.window.end - self.window.start;
        let own: BTreeSet<i64> =
            self.group.shots.clone().map(|index| self.own_place(index).0).chain([frames]).collect();
        let is_between = |item: &&Item| {
            (!item.exact.0 && !own.contains(&item.start)) || (!item.exact.1 && !own.contains(&item.end))
        };
        items.iter().find(is_between).map_or(Ok(()), |item| {
            let shot = self.seen[item.shot].code().clone();
            Err(Refusal::BetweenFrames { scene: self.name(), shot, fps: self.edit.fps() })
        })
    }

    fn takes(&self, shot: usize) -> &'a [TakeMedia] {
        match &self.edit.media[shot] {
            ShotMedia::Takes { takes, .. } => takes,
            ShotMedia::Card => &[],
        }
    }

    /// The take that is in the film now, and the frames before the first that is seen.
    fn own_part(&self, shot: usize) -> (Option<usize>, u32) {
        match &self.edit.media[shot] {
            ShotMedia::Takes { circled, head, .. } => (*circled, *head),
            ShotMedia::Card => (None, 0),
        }
    }

    /// The take that `item` shows and the frames of it before the first; `None` where it has none.
    fn part(&self, item: &Item) -> Result<Option<(usize, u32)>, Refusal> {
        let (own_take, own_head) = self.own_part(item.shot);
        let Some(take_index) = item.take.or(own_take) else { return Ok(None) };
        let fps = self.edit.fps();
        let take = &self.takes(item.shot)[take_index];
        let head = match item.source {
            None => i64::from(own_head),
            Some(source) if own_take == Some(take_index) => {
                self.head_of(source, take.fps, self.seen[item.shot].source(fps), own_head)
            }
            Some(source) => source.frame(fps).frame,
        };
        let end = head + (item.end - item.start);
        let beyond = |head: i64| Refusal::BeyondTake {
            scene: self.name(),
            take: take.name.clone(),
            from: head,
            to: end,
            has: film_frames(take, fps),
        };
        let first = u32::try_from(head).map_err(|_| beyond(head))?;
        let is_as_it_was = (own_take, own_head) == (Some(take_index), first)
            && self.own_place(item.shot) == (item.start, item.end);
        if !is_as_it_was && last_take_frame(take, self.seen[item.shot].shot, end, fps) >= take.frames {
            return Err(beyond(head));
        }
        Ok(Some((take_index, first)))
    }

    /// Film frames before `source` in a take of which so far `own_head` were, which its own frames put at `own_source`.
    ///
    /// A place is counted in film frames by some programs and in the take's own by others; the same frame of the take is
    /// the same place.
    fn head_of(&self, source: Seconds, take_fps: Fps, own_source: Seconds, own_head: u32) -> i64 {
        let fps = self.edit.fps();
        if source.frame(take_fps).frame == own_source.frame(take_fps).frame {
            return own_head.into();
        }
        let nearest = source.frame(fps);
        let by = source.minus(own_source).map_or(0, |by| by.frame(fps).frame);
        if nearest.exact { nearest.frame } else { i64::from(own_head) + by }
    }

    /// Every item with its code. A shot that is seen more than once keeps its code where it is longest; the other
    /// stretches are new shots.
    fn placed(
        &self,
        items: &[Item],
        parts: Vec<Option<(usize, u32)>>,
        used: &BTreeSet<ShotCode>,
    ) -> Vec<PlacedShot> {
        let mut longest: BTreeMap<usize, usize> = BTreeMap::new();
        for (index, item) in items.iter().enumerate() {
            let best = longest.entry(item.shot).or_insert(index);
            if item.end - item.start > items[*best].end - items[*best].start {
                *best = index;
            }
        }
        let mut new_codes = NewCodes::of(self, used);
        let mut before = 0;
        let placed = items.iter().zip(parts).enumerate().map(|(index, (item, part))| {
            let own = self.seen[item.shot].code();
            let keeps = longest[&item.shot] == index;
            let code = if keeps { own.clone() } else { new_codes.after(before, own) };
            before = code.number();
            let moved = !keeps || self.own_place(item.shot) != (item.start, item.end);
            let (own_take, own_head) = self.own_part(item.shot);
            let chosen = moved || part.is_some_and(|part| Some(part.0) != own_take || part.1 != own_head);
            let circle = part.filter(|_| chosen).map(|(take, head)| Circle {
                shot: own.clone(),
                take: self.takes(item.shot)[take].number,
                head,
            });
            // Both lie within the scene, whose length fits.
            let (at, frames) = (item.start as u32, (item.end - item.start) as u32);
            PlacedShot { code, at, frames, moved, circle }
        });
        placed.collect()
    }

    fn changes(&self, items: &[Item], placed: &[PlacedShot]) -> Vec<Change> {
        let mut changes = Vec::new();
        let own_codes: Vec<&ShotCode> =
            self.group.shots.clone().map(|index| self.seen[index].code()).collect();
        let kept: Vec<&ShotCode> =
            placed.iter().map(|shot| &shot.code).filter(|code| own_codes.contains(code)).collect();
        let as_before = own_codes.iter().copied().filter(|code| kept.contains(code));
        let is_reordered = !kept.iter().copied().eq(as_before);
        for code in own_codes.iter().filter(|code| !kept.contains(code)) {
            changes.push(Change::Drop { shot: (*code).clone() });
        }
        if is_reordered {
            let order = kept.iter().map(|code| (*code).clone()).collect();
            changes.push(Change::Reorder { scene: self.name(), order });
        }
        for (item, shot) in items.iter().zip(placed) {
            self.shot_changes(item, shot, is_reordered, &mut changes);
        }
        changes
    }

    fn shot_changes(&self, item: &Item, placed: &PlacedShot, is_reordered: bool, changes: &mut Vec<Change>) {
        let own = self.seen[item.shot].code();
        let (start, end) = self.own_place(item.shot);
        let (at, frames) = (placed.at, placed.frames);
        if placed.code != *own {
            let take = placed.circle.as_ref().map_or(0, |circle| circle.take);
            let (shot, of) = (placed.code.clone(), own.clone());
            changes.push(Change::Split { shot, of, take, at, frames });
            return;
        }
        let shot = placed.code.clone();
        let trimmed = item.end - item.start != end - start;
        if trimmed || (item.start != start && !is_reordered) {
            let was = (start as u32, (end - start) as u32);
            changes.push(Change::Trim { shot: shot.clone(), was, at, frames });
        }
        let Some(circle) = &placed.circle else { return };
        let (own_take, own_head) = self.own_part(item.shot);
        let was = own_take.map(|take| self.takes(item.shot)[take].number);
        if was != Some(circle.take) {
            changes.push(Change::SwapTake { shot, was, take: circle.take });
            return;
        }
        // A head that was trimmed shows the same frame of the take at the same place as before.
        let with_cut = if is_reordered { 0 } else { item.start - start };
        let slipped = i64::from(circle.head) - i64::from(own_head) - with_cut;
        let is_trim_of_head = trimmed && is_reordered;
        if slipped != 0 && !is_trim_of_head {
            changes.push(Change::Slip { shot, frames: slipped });
        }
    }
}

/// Frames of a take, counted in film frames.
fn film_frames(take: &TakeMedia, film: Fps) -> u32 {
    Seconds::of_frame(take.frames, take.fps).frame(film).frame.try_into().unwrap_or(u32::MAX)
}

/// The take frame that is seen last where `end` film frames of it are used.
fn last_take_frame(take: &TakeMedia, shot: &Shot, end: i64, film: Fps) -> u32 {
    let whole = Shot { head: 0, ..Shot::blank(shot.code.clone(), shot.film) };
    let last = u32::try_from(end - 1).unwrap_or(u32::MAX);
    whole.take_frame(FilmFrame(last), film, take.fps).0
}

/// Numbers for new shots, between those of their neighbours.
struct NewCodes {
    scene: Option<soundlock_script::SceneId>,
    used: BTreeSet<u32>,
}

impl NewCodes {
    fn of(scene: &SceneItems<'_, '_>, used: &BTreeSet<ShotCode>) -> Self {
        let of_scene = used.iter().filter(|code| code.scene() == scene.group.name);
        let own = scene.group.shots.clone().map(|index| scene.seen[index].code());
        let numbers = own.chain(of_scene).map(ShotCode::number).collect();
        Self { scene: scene.group.name.parse().ok(), used: numbers }
    }

    /// A code that nobody has had, after number `low` and before the next where there is room.
    fn after(&mut self, low: u32, own: &ShotCode) -> ShotCode {
        let Some(scene) = &self.scene else { return own.clone() };
        let next = self.used.range(low + 1..).next().copied();
        let middle = next.map(|next| low.midpoint(next)).filter(|number| *number > low);
        let last = self.used.last().copied().unwrap_or(low).max(low);
        let number = middle.unwrap_or((last / 10 + 1) * 10);
        self.used.insert(number);
        ShotCode::new(scene, number)
    }
}
