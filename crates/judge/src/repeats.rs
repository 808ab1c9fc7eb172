use soundlock_time::{Fps, TakeFrame, TakeRange};

use crate::finding::{Better, Finding};
use crate::rules::JudgeRules;

/// How many pairs of frames on either side say whether the picture moves: half a second of film.
const BESIDE: usize = 12;

/// How far at least a twentieth of the picture must move around a repeated frame, in levels. In a still scene frames
/// are alike because nothing happens, not because they are repeated.
const MOVES: f32 = 1.0;

/// How much more than in a repeated frame.
const STANDS_OUT: f32 = 3.0;

/// Share of the repeats that must keep to a cadence for it to be named.
const STEADY: f64 = 0.9;

/// What the measure needs to know of a frame and the one before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair {
    /// Whether both show the same picture; black is none.
    pub(crate) same: bool,
    /// [`Change::wide`](crate::change::Change) of the two.
    pub(crate) wide: f32,
}

/// The share of frames that repeat the one before while the picture moves, with its cadence.
///
/// `pairs[0]` is frames 0 and 1.
pub(crate) fn finding(pairs: &[Pair], cuts: &[u32], rules: &JudgeRules, fps: Fps) -> Finding {
    let repeats: Vec<u32> =
        (1..).zip(0..pairs.len()).filter(|&(_, at)| is_repeat(pairs, cuts, at)).map(|(f, _)| f).collect();
    let frames = pairs.len() as f64 + 1.0;
    let share = repeats.len() as f64 / frames;
    // One repeated frame is no cadence, however short the take.
    let limit = rules.repeated_share.max(1.0 / frames);
    let finding = Finding::new("duplicates", share, "share", limit, Better::Lower);
    let (Some(&first), Some(&last)) = (repeats.first(), repeats.last()) else {
        return finding.says("every frame of the moving picture is a new one");
    };
    let new_fps = fps.as_f64() * (1.0 - share);
    finding
        .at(TakeRange { start: TakeFrame(first), end: TakeFrame(last + 1) })
        .says(&format!("{}; {new_fps:.1} new pictures a second", in_words(&repeats)))
}

/// Whether a frame is the one before again, between frames that move: a scene that comes to rest, or a flash in a still
/// one, moves on one side only.
fn is_repeat(pairs: &[Pair], cuts: &[u32], at: usize) -> bool {
    let pair = pairs[at];
    let moves = |other: &usize| {
        let is_cut = cuts.contains(&(*other as u32 + 1));
        !is_cut && pairs[*other].wide >= MOVES.max(STANDS_OUT * pair.wide)
    };
    let before = (at.saturating_sub(BESIDE)..at).any(|other| moves(&other));
    let after = (at + 1..(at + 1 + BESIDE).min(pairs.len())).any(|other| moves(&other));
    // At head and tail one side is enough for a single frame; more are a picture at rest.
    let at_head = at == 0 && after;
    let at_tail = at + 1 == pairs.len() && before;
    pair.same && ((before && after) || at_head || at_tail)
}

fn in_words(repeats: &[u32]) -> String {
    match repeats {
        [only] => format!("frame {only} repeats the one before"),
        _ => format!("{} frames repeat the one before, {}", repeats.len(), cadence(repeats)),
    }
}

/// How the repeats follow each other, in words.
fn cadence(repeats: &[u32]) -> String {
    let gaps: Vec<u32> = repeats.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let steady = |wanted: u32| {
        let kept = gaps.iter().filter(|&&gap| gap == wanted).count() as f64;
        gaps.len() >= 3 && kept >= STEADY * gaps.len() as f64
    };
    if let Some(period) = (2..=60).find(|&period| steady(period)) {
        return if period == 2 {
            "each picture shown twice".to_owned()
        } else {
            format!("every {period}th frame")
        };
    }
    match holds(repeats).as_slice() {
        [only] if *only > 2 => format!("in one hold of {only} frames"),
        // The first and the last may be cut off by the take's ends.
        [_, inner @ .., _] => steady_hold(inner)
            .map_or("without a steady cadence".to_owned(), |hold| format!("each picture shown {hold} times")),
        _ => "without a steady cadence".to_owned(),
    }
}

/// Lengths of the stretches that show one picture.
fn holds(repeats: &[u32]) -> Vec<u32> {
    let mut holds: Vec<u32> = Vec::new();
    let mut last = None;
    for &frame in repeats {
        match holds.last_mut() {
            Some(hold) if last == Some(frame - 1) => *hold += 1,
            _ => holds.push(2),
        }
        last = Some(frame);
    }
    holds
}

/// The length that nearly all of at least three holds have, where it is more than two frames.
fn steady_hold(holds: &[u32]) -> Option<u32> {
    let &first = holds.first().filter(|&&hold| hold > 2)?;
    let kept = holds.iter().filter(|&&hold| hold == first).count() as f64;
    (holds.len() >= 3 && kept >= STEADY * holds.len() as f64).then_some(first)
}
