use soundlock_time::{Fps, TakeFrame, TakeRange};

use crate::change::Change;
use crate::finding::{Better, Finding};
use crate::rules::JudgeRules;

/// How many pairs of frames on either side say whether the picture moves: half a second of film.
const BESIDE: usize = 12;

/// How many still pairs at head or tail of a take are taken for repeats where only the other side moves. More are a
/// picture that comes to rest.
const AT_END: usize = 3;

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
    same: bool,
    wide: f32,
}

impl Pair {
    pub(crate) fn of(change: Change) -> Self {
        Self { same: change.is_none(), wide: change.wide }
    }
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
    finding.at(TakeRange { start: TakeFrame(first), end: TakeFrame(last + 1) }).says(&format!(
        "{} frames repeat the one before, {}; {new_fps:.1} new pictures a second",
        repeats.len(),
        cadence(&repeats)
    ))
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
    let near_head = at < AT_END && pairs[..at].iter().all(|pair| pair.same);
    let near_tail = at + AT_END >= pairs.len() && pairs[at..].iter().all(|pair| pair.same);
    pair.same && ((before && after) || (before && near_tail) || (after && near_head))
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
    let holds = holds(repeats);
    match holds.as_slice() {
        [only] if *only > 2 => format!("in one hold of {only} frames"),
        [first, rest @ ..] if *first > 2 && rest.len() >= 2 && holds_steady(&holds) => {
            format!("each picture shown {first} times")
        }
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

fn holds_steady(holds: &[u32]) -> bool {
    let kept = holds.iter().filter(|&&hold| hold == holds[0]).count() as f64;
    kept >= STEADY * holds.len() as f64
}
