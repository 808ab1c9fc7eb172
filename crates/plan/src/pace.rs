//! A plan's rhythm as a producer reads it: how many shots are how long, against films of that pace; and scene by scene.

use std::collections::BTreeMap;

use serde::Serialize;
use soundlock_script::{SceneId, Screenplay};
use soundlock_sound::LockedSound;

use crate::rhythm::SIGMA;
use crate::wanted_pace::{WantedPace, wanted_paces};
use crate::{CutList, PlanRules, Shot, ShotKind};

/// Lengths in seconds at which one bar of the histogram ends and the next begins.
const EDGES: [f64; 9] = [1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0, 15.0];

/// A bar of the histogram of shot lengths.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LengthBar {
    /// From how many seconds on.
    pub from_secs: f64,
    /// Up to how many; `None` for all that is longer.
    pub to_secs: Option<f64>,
    /// Shots of the plan.
    pub shots: usize,
    /// Shots that a film of as many shots with the same mean length has.
    pub expected: f64,
}

/// How quickly a scene is cut.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScenePace {
    /// Its number.
    pub scene: SceneId,
    /// Its heading.
    pub heading: String,
    /// Shots.
    pub shots: usize,
    /// Length in seconds.
    pub secs: f64,
    /// Mean length of a shot in seconds.
    pub mean_secs: f64,
    /// The mean length that rules and script ask for.
    pub wanted_secs: f64,
    /// Why, in words.
    pub reason: String,
}

/// How many shots are how long; title and credits are left out. Bars without shots at the far end are left out too.
///
/// Source of what is expected: lengths of a film's shots fit a log-normal whose standard deviation is about 1.2 times
/// its mean (Salt).
pub fn lengths(cut_list: &CutList) -> Vec<LengthBar> {
    let secs: Vec<f64> = scene_shots(cut_list).map(|shot| cut_list.fps.seconds(shot.frames())).collect();
    if secs.is_empty() {
        return Vec::new();
    }
    let mean = secs.iter().sum::<f64>() / secs.len() as f64;
    let below = |edge: f64| share_below(edge, mean);
    let starts = std::iter::once(0.0).chain(EDGES);
    let ends = EDGES.into_iter().map(Some).chain([None]);
    let mut bars: Vec<LengthBar> = starts
        .zip(ends)
        .map(|(from_secs, to_secs)| LengthBar {
            from_secs,
            to_secs,
            shots: secs
                .iter()
                .filter(|secs| **secs >= from_secs && to_secs.is_none_or(|to| **secs < to))
                .count(),
            expected: secs.len() as f64
                * (to_secs.map_or(1.0, below) - if from_secs > 0.0 { below(from_secs) } else { 0.0 }),
        })
        .collect();
    let last = bars.iter().rposition(|bar| bar.shots > 0 || bar.expected >= 0.5).unwrap_or(0);
    bars.truncate(last + 1);
    bars
}

/// The share of shots shorter than `secs` in films of which a shot has `mean` seconds.
fn share_below(secs: f64, mean: f64) -> f64 {
    let middle = libm::log(mean) - SIGMA * SIGMA / 2.0;
    0.5 * libm::erfc((middle - libm::log(secs)) / (SIGMA * std::f64::consts::SQRT_2))
}

/// How quickly each scene is cut, in film order.
pub fn scene_paces(
    screenplay: &Screenplay,
    cut_list: &CutList,
    sound: &LockedSound,
    rules: &PlanRules,
) -> Vec<ScenePace> {
    let wanted: BTreeMap<SceneId, WantedPace> =
        wanted_paces(screenplay, sound, rules).into_iter().map(|pace| (pace.scene.clone(), pace)).collect();
    let pace = |scene: &soundlock_sound::LockedScene| {
        let wanted = wanted.get(&scene.id);
        let shots = scene_shots(cut_list).filter(|shot| shot.code.scene() == scene.id.as_str()).count();
        let secs = cut_list.fps.seconds(scene.frames);
        ScenePace {
            scene: scene.id.clone(),
            heading: scene.heading.clone(),
            shots,
            secs,
            mean_secs: if shots == 0 { 0.0 } else { secs / shots as f64 },
            wanted_secs: wanted.map_or(rules.pace_secs, |pace| pace.pace_secs),
            reason: wanted.map_or_else(String::new, |pace| pace.reason.clone()),
        }
    };
    sound.scenes.iter().map(pace).collect()
}

fn scene_shots(cut_list: &CutList) -> impl Iterator<Item = &Shot> {
    cut_list.shots.iter().filter(|shot| shot.kind == ShotKind::Scene)
}

#[cfg(test)]
mod tests {
    use soundlock_time::{FilmFrame, Fps, FrameRange};

    use super::*;

    fn film(frames: &[u32]) -> CutList {
        let mut start = 0;
        let shot = |(index, frames): (usize, &u32)| {
            let code = format!("1_{:04}", 10 * (index + 1)).parse().unwrap();
            start += frames;
            Shot::blank(code, FrameRange::new(FilmFrame(start - frames), *frames))
        };
        CutList { fps: Fps::FILM, shots: frames.iter().enumerate().map(shot).collect() }
    }

    #[test]
    fn every_shot_is_in_one_bar_and_what_is_expected_adds_up() {
        let bars = lengths(&film(&[23, 24, 36, 48, 95, 96, 97, 120, 480]));
        let counts: Vec<usize> = bars.iter().map(|bar| bar.shots).collect();
        assert_eq!(counts, [1, 1, 1, 1, 1, 2, 1, 0, 0, 1]);
        let expected: f64 = bars.iter().map(|bar| bar.expected).sum();
        assert!((expected - 9.0).abs() < 1e-9, "{expected}");
        assert!(lengths(&film(&[])).is_empty());
    }

    /// The table in the facts: at a mean of 4 s, 24 % of shots are longer than 5 s; at 2.5 s, 11 %.
    #[test]
    fn films_of_a_pace_have_the_long_shots_that_were_counted() {
        for (mean, longer) in [(2.5, 0.11), (3.0, 0.16), (4.0, 0.24), (5.0, 0.32), (6.0, 0.39)] {
            let share = 1.0 - share_below(5.0, mean);
            assert!((share - longer).abs() < 0.006, "{share} at {mean}");
        }
    }
}
