use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use soundlock_script::{LineId, SceneId};
use soundlock_time::{Fps, Sample, SampleRate};

use crate::{LockedCue, LockedLine, LockedScene, LockedSound, Origin};

/// Something that differs between two locks of one film.
///
/// A line moves against its scene's start, a scene against the film's: a longer line is one line, those after it in
/// its scene, and the scenes after, not every line of the film.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Move {
    /// The film's frame rate is another one: everything moves.
    Rate {
        /// Rate before.
        was: Fps,
        /// Rate after.
        now: Fps,
    },
    /// A scene begins later (above 0) or earlier in the film.
    Scene {
        /// The scene.
        id: SceneId,
        /// By how many frames.
        frames: i64,
    },
    /// A scene lasts longer (above 0) or shorter.
    SceneLength {
        /// The scene.
        id: SceneId,
        /// By how many frames.
        frames: i64,
    },
    /// A scene is new.
    SceneAdded {
        /// The scene.
        id: SceneId,
    },
    /// A scene is gone.
    SceneRemoved {
        /// The scene.
        id: SceneId,
    },
    /// A line starts later (above 0) or earlier in its scene.
    Line {
        /// The line.
        id: LineId,
        /// By how many frames, rounded away from 0.
        frames: i64,
        /// By how many samples.
        samples: i64,
    },
    /// A line is new.
    LineAdded {
        /// The line.
        id: LineId,
    },
    /// A line is gone.
    LineRemoved {
        /// The line.
        id: LineId,
    },
    /// A line sounds from another source: a recording in place of the scratch voice, another take, another reading.
    LineReplaced {
        /// The line.
        id: LineId,
        /// Where it came from.
        was: Origin,
        /// Where it comes from.
        now: Origin,
        /// How many samples longer it is; below 0 for shorter.
        samples: i64,
    },
    /// A line's words, speaker or side are others; what sounds may be as before.
    LineReworded {
        /// The line.
        id: LineId,
    },
    /// Music or effects of a scene are others, or stand elsewhere in it.
    Cues {
        /// The scene.
        id: SceneId,
    },
    /// Title card or credits last longer or shorter.
    Cards {
        /// By how many frames together.
        frames: i64,
    },
}

/// What `now` would move against `was`, in film order; empty when nothing would.
pub fn moves(was: &LockedSound, now: &LockedSound) -> Vec<Move> {
    let mut moves = Vec::new();
    if was.fps != now.fps {
        moves.push(Move::Rate { was: was.fps, now: now.fps });
    }
    cards_moved(was, now, &mut moves);
    let (old_scenes, old_lines) = (scenes_of(was), lines_of(was));
    let mut left: BTreeSet<&LineId> = old_lines.keys().copied().collect();
    for (start, scene) in starts_of(now) {
        scene_moved(scene, start, old_scenes.get(&scene.id), &mut moves);
        for line in &scene.lines {
            left.remove(&line.id);
            line_moved(line, old_lines.get(&line.id).copied(), now, &mut moves);
        }
    }
    moves.extend(left.into_iter().map(|id| Move::LineRemoved { id: id.clone() }));
    let kept: BTreeSet<&SceneId> = now.scenes.iter().map(|scene| &scene.id).collect();
    let gone = was.scenes.iter().filter(|scene| !kept.contains(&scene.id));
    moves.extend(gone.map(|scene| Move::SceneRemoved { id: scene.id.clone() }));
    moves
}

type Placed<'a> = (u32, &'a LockedScene);

fn starts_of(locked: &LockedSound) -> impl Iterator<Item = Placed<'_>> {
    locked.stretches().filter_map(|(range, stretch)| match stretch {
        crate::Stretch::Scene(scene) => Some((range.start.0, scene)),
        _ => None,
    })
}

fn scenes_of(locked: &LockedSound) -> BTreeMap<&SceneId, Placed<'_>> {
    starts_of(locked).map(|(start, scene)| (&scene.id, (start, scene))).collect()
}

fn lines_of(locked: &LockedSound) -> BTreeMap<&LineId, &LockedLine> {
    locked.scenes.iter().flat_map(|scene| &scene.lines).map(|line| (&line.id, line)).collect()
}

fn cards_moved(was: &LockedSound, now: &LockedSound, moves: &mut Vec<Move>) {
    let frames = |locked: &LockedSound| {
        i64::from(locked.title_frames) + locked.credit_frames.iter().copied().map(i64::from).sum::<i64>()
    };
    if (was.title_frames, &was.credit_frames) != (now.title_frames, &now.credit_frames) {
        moves.push(Move::Cards { frames: frames(now) - frames(was) });
    }
}

fn scene_moved(scene: &LockedScene, start: u32, old: Option<&Placed<'_>>, moves: &mut Vec<Move>) {
    let id = scene.id.clone();
    let Some((old_start, old)) = old else { return moves.push(Move::SceneAdded { id }) };
    if *old_start != start {
        moves.push(Move::Scene { id: id.clone(), frames: i64::from(start) - i64::from(*old_start) });
    }
    if old.frames != scene.frames {
        let frames = i64::from(scene.frames) - i64::from(old.frames);
        moves.push(Move::SceneLength { id: id.clone(), frames });
    }
    if !same_cues(&old.cues, &scene.cues) {
        moves.push(Move::Cues { id });
    }
}

/// Music that reaches to the end of a later scene changes its length with it; that is no change of its own.
fn same_cues(old: &[LockedCue], new: &[LockedCue]) -> bool {
    let same = |(old, new): (&LockedCue, &LockedCue)| {
        let start = |cue: &LockedCue| (cue.at, cue.source.part.start, cue.source.hash.clone());
        old.kind == new.kind && start(old) == start(new) && old.source.origin == new.source.origin
    };
    old.len() == new.len() && old.iter().zip(new).all(same)
}

fn line_moved(line: &LockedLine, old: Option<&LockedLine>, now: &LockedSound, moves: &mut Vec<Move>) {
    let id = line.id.clone();
    let Some(old) = old else { return moves.push(Move::LineAdded { id }) };
    if old.source != line.source {
        moves.push(Move::LineReplaced {
            id: id.clone(),
            was: old.source.origin.clone(),
            now: line.source.origin.clone(),
            samples: line.source.part.length() as i64 - old.source.part.length() as i64,
        });
    }
    if (&old.text, &old.character, old.dual) != (&line.text, &line.character, line.dual) {
        moves.push(Move::LineReworded { id: id.clone() });
    }
    let samples = line.at.0 as i64 - old.at.0 as i64;
    if samples != 0 {
        let frames = frames_of(samples, now.fps, now.rate);
        moves.push(Move::Line { id, frames, samples });
    }
}

fn frames_of(samples: i64, fps: Fps, rate: SampleRate) -> i64 {
    i64::from(fps.frames_covering(Sample(samples.unsigned_abs()).0, rate)) * samples.signum()
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rate { was, now } => write!(f, "the film runs at {now} frames a second, before at {was}"),
            Self::Scene { id, frames } => write!(f, "scene {id} begins {}", later(*frames)),
            Self::SceneLength { id, frames } => write!(f, "scene {id} is {}", longer(*frames, "frame")),
            Self::SceneAdded { id } => write!(f, "scene {id} is new"),
            Self::SceneRemoved { id } => write!(f, "scene {id} is gone"),
            Self::Line { id, frames, .. } => write!(f, "line {id} starts {}", later(*frames)),
            Self::LineAdded { id } => write!(f, "line {id} is new"),
            Self::LineRemoved { id } => write!(f, "line {id} is gone"),
            Self::LineReplaced { id, was, now, samples } => {
                write!(
                    f,
                    "line {id}: {} in place of {}, {}",
                    name(now),
                    name(was),
                    longer(*samples, "sample")
                )
            }
            Self::LineReworded { id } => write!(f, "line {id} reads differently"),
            Self::Cues { id } => write!(f, "music or effects of scene {id} differ"),
            Self::Cards { frames } => write!(f, "title and credits are {}", longer(*frames, "frame")),
        }
    }
}

fn name(origin: &Origin) -> String {
    match origin {
        Origin::Scratch(_) => "the scratch voice".to_owned(),
        Origin::File(file) => file.clone(),
    }
}

fn counted(count: i64, what: &str) -> String {
    format!("{} {what}{}", count.unsigned_abs(), if count.abs() == 1 { "" } else { "s" })
}

fn later(frames: i64) -> String {
    format!("{} {}", counted(frames, "frame"), if frames < 0 { "earlier" } else { "later" })
}

fn longer(count: i64, what: &str) -> String {
    match count {
        0 => "as long as before".to_owned(),
        count => format!("{} {}", counted(count, what), if count < 0 { "shorter" } else { "longer" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testfilm::{Script, locked};

    fn script(first: &str) -> Script {
        Script::new().scene().line("MINA", first).line("JO", "Two.").scene().line("MINA", "Three.")
    }

    fn said(was: &LockedSound, now: &LockedSound) -> Vec<String> {
        moves(was, now).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn nothing_moves_against_itself() {
        let sound = locked(&script("One.").done());
        assert_eq!(moves(&sound, &sound), []);
    }

    #[test]
    fn a_longer_line_moves_its_scene_and_the_starts_after() {
        let was = locked(&script("One.").done());
        let now = locked(&script("One, and this goes on for a while longer than before.").done());
        assert_eq!(
            said(&was, &now),
            [
                "scene 1 is 2 frames longer",
                "line 1.01: voices/1.01.wav in place of voices/1.01.wav, 4900 samples longer",
                "line 1.01 reads differently",
                "line 1.02 starts 2 frames later",
                "scene 2 begins 2 frames later",
            ]
        );
    }

    #[test]
    fn a_recording_of_the_same_length_moves_nothing() {
        let now = locked(&script("One.").done());
        let mut was = now.clone();
        was.scenes[0].lines[0].source.origin = Origin::Scratch("ko+m2".into());
        assert_eq!(
            said(&was, &now),
            ["line 1.01: voices/1.01.wav in place of the scratch voice, as long as before"]
        );
    }

    #[test]
    fn scenes_and_lines_come_and_go() {
        let was = locked(&script("One.").done());
        let now = locked(&Script::new().scene().line("MINA", "One.").done());
        let gone =
            ["scene 1 is 27 frames shorter", "line 1.02 is gone", "line 2.01 is gone", "scene 2 is gone"];
        assert_eq!(said(&was, &now)[1..], gone[1..]);
        let new = said(&now, &was);
        assert!(new.contains(&"line 1.02 is new".to_owned()) && new.contains(&"scene 2 is new".to_owned()));
    }
}
