//! Which shots a new lock of the sound would touch.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use soundlock_plan::{CutList, Shot, ShotCode};

use crate::{Film, FilmError, Proposal};

/// A shot that is not as it was once the sound is locked anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TouchedShot {
    /// Its code.
    pub shot: ShotCode,
    /// What happens to it.
    pub touch: Touch,
    /// How many takes it has that were made for it as it is.
    pub takes: usize,
}

/// What happens to a shot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Touch {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It lasts longer (above 0) or shorter, in frames.
    Length(i64),
    /// It keeps its length, and begins later (above 0) or earlier in its scene, in frames.
    Begins(i64),
    /// What is said or seen in it is not what it was.
    Content,
}

impl fmt::Display for Touch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let frames = |count: i64| {
            let count = count.unsigned_abs();
            format!("{count} frame{}", if count == 1 { "" } else { "s" })
        };
        match self {
            Self::Added => write!(formatter, "is new"),
            Self::Removed => write!(formatter, "is gone"),
            Self::Length(by) if *by > 0 => write!(formatter, "{} longer", frames(*by)),
            Self::Length(by) => write!(formatter, "{} shorter", frames(*by)),
            Self::Begins(by) if *by > 0 => write!(formatter, "{} later in its scene", frames(*by)),
            Self::Begins(by) => write!(formatter, "{} earlier in its scene", frames(*by)),
            Self::Content => write!(formatter, "other words or another picture"),
        }
    }
}

impl Film {
    /// Shots that `proposal` would touch, in film order, those that go at the end. None where nothing is locked yet.
    pub fn touched_shots(&self, proposal: &Proposal) -> Result<Vec<TouchedShot>, FilmError> {
        let Some(locked) = self.locked() else { return Ok(Vec::new()) };
        if proposal.locked {
            return Ok(Vec::new());
        }
        let (was, _) = self.cut_list(locked)?;
        let (now, _) = self.cut_list(&proposal.sound)?;
        self.touched_by(&was, &now)
    }

    /// Shots that are not the same in `now` as they were, in film order, those that go at the end.
    pub(crate) fn touched_by(&self, was: &CutList, now: &CutList) -> Result<Vec<TouchedShot>, FilmError> {
        let takes = self.all_takes()?;
        let of = |code: &ShotCode| takes.get(code).map_or(0, Vec::len);
        let touched = touched(was, now).into_iter();
        Ok(touched.map(|(shot, touch)| TouchedShot { takes: of(&shot), shot, touch }).collect())
    }
}

fn touched(was: &CutList, now: &CutList) -> Vec<(ShotCode, Touch)> {
    let mut old: BTreeMap<&ShotCode, &Shot> = was.shots.iter().map(|shot| (&shot.code, shot)).collect();
    let mut touched = Vec::new();
    for shot in &now.shots {
        let touch = match old.remove(&shot.code) {
            None => Some(Touch::Added),
            Some(before) => touch(before, shot),
        };
        touched.extend(touch.map(|touch| (shot.code.clone(), touch)));
    }
    let gone = was.shots.iter().filter(|shot| old.contains_key(&shot.code));
    touched.extend(gone.map(|shot| (shot.code.clone(), Touch::Removed)));
    touched
}

fn touch(was: &Shot, now: &Shot) -> Option<Touch> {
    let length = i64::from(now.film.length()) - i64::from(was.film.length());
    let begins = i64::from(now.at.0) - i64::from(was.at.0);
    match (length, begins) {
        (0, 0) if (&was.speech, &was.prompt) == (&now.speech, &now.prompt) => None,
        (0, 0) => Some(Touch::Content),
        (0, begins) => Some(Touch::Begins(begins)),
        (length, _) => Some(Touch::Length(length)),
    }
}

#[cfg(test)]
mod tests {
    use soundlock_time::{FilmFrame, Fps, FrameRange};

    use super::*;

    fn cuts(shots: &[(&str, u32, u32, &str)]) -> CutList {
        let shot = |(code, at, frames, prompt): &(&str, u32, u32, &str)| Shot {
            at: FilmFrame(*at),
            prompt: (*prompt).to_owned(),
            ..Shot::blank(code.parse().unwrap(), FrameRange::new(FilmFrame(100 + at), *frames))
        };
        CutList { fps: Fps::FILM, shots: shots.iter().map(shot).collect() }
    }

    #[test]
    fn shots_are_touched_by_their_length_their_place_and_what_is_in_them() {
        let was = cuts(&[("1_0010", 0, 50, "a"), ("1_0020", 50, 30, "b"), ("1_0030", 80, 40, "c")]);
        let check = |now: &[(&str, u32, u32, &str)], said: &[&str]| {
            let found = touched(&was, &cuts(now));
            let found: Vec<String> = found.iter().map(|(shot, touch)| format!("{shot} {touch}")).collect();
            assert_eq!(found, said);
        };
        check(&[("1_0010", 0, 50, "a"), ("1_0020", 50, 30, "b"), ("1_0030", 80, 40, "c")], &[]);
        check(
            &[("1_0010", 0, 51, "a"), ("1_0020", 51, 30, "b"), ("1_0030", 81, 38, "c")],
            &["1_0010 1 frame longer", "1_0020 1 frame later in its scene", "1_0030 2 frames shorter"],
        );
        check(
            &[("1_0010", 0, 50, "a"), ("1_0015", 50, 30, "d"), ("1_0030", 80, 40, "d")],
            &["1_0015 is new", "1_0030 other words or another picture", "1_0020 is gone"],
        );
    }
}
