//! Stretches that are to be seen without a cut, longer than any take: they become chains, shots continued from the last
//! frame of the one before.

use soundlock_time::Fps;

use crate::doing::Doing;
use crate::price::{LEAD_MILLIS, OPEN_MILLIS};
use crate::sounding::{HeardLine, Sounding, Spot};
use crate::verbs::stands_in;

/// Words of a `[[shot: …]]` note that ask for one shot up to the next note or the scene's end.
const ONE_SHOT: &[&str] = &[
    "unbroken",
    "one take",
    "single take",
    "one shot",
    "oner",
    "long take",
    "no cut",
    "without a cut",
    "롱테이크",
    "롱 테이크",
    "원테이크",
    "원 테이크",
    "한 컷",
    "끊지 않",
];
/// A join in a silence: nothing hides it.
const IN_SILENCE: f64 = 3.0;
/// A join in a pause inside a line.
const IN_PAUSE: f64 = 1.5;
/// A join at the end of a phrase.
const AFTER_PHRASE: f64 = 0.4;
/// A join while attention is open after a line's end, at its worst.
const WHILE_OPEN: f64 = 5.0;

/// A stretch without a cut, and what wants it so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unbroken {
    pub(crate) from: u32,
    /// First frame after.
    pub(crate) to: u32,
    pub(crate) why: Why,
}

/// What wants a stretch unbroken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// A note in the script.
    Note,
    /// Speech beyond the ceiling without a place that would cover a cut.
    Line,
}

/// Stretches that want to be unbroken, in order; none shares a frame with another. Speech does so only beyond `longest`.
pub(crate) fn unbroken(
    sounding: &Sounding,
    doing: &Doing,
    cut_price: &[f64],
    longest: u32,
    fps: Fps,
) -> Vec<Unbroken> {
    let mut found = noted(doing, sounding.frames);
    for line in &sounding.lines {
        found.extend(uncovered(line, sounding, cut_price, longest, fps));
    }
    // Notes come first: what they ask for holds whatever is said in it.
    found.sort_by_key(|stretch| (stretch.why == Why::Line, stretch.from));
    let mut kept: Vec<Unbroken> = Vec::new();
    for stretch in found {
        if kept.iter().all(|other| stretch.to <= other.from || other.to <= stretch.from) {
            kept.push(stretch);
        }
    }
    kept.sort_by_key(|stretch| stretch.from);
    kept
}

fn noted(doing: &Doing, frames: u32) -> Vec<Unbroken> {
    let notes = doing.notes.iter().filter(|(_, text)| {
        let text = text.to_lowercase();
        ONE_SHOT.iter().any(|words| stands_in(&text, words))
    });
    let stretch = |(from, _): &(u32, String)| {
        let next = doing.notes.iter().map(|(frame, _)| *frame).find(|frame| frame > from);
        Unbroken { from: *from, to: next.unwrap_or(frames).min(frames), why: Why::Note }
    };
    notes.map(stretch).filter(|stretch| stretch.from < stretch.to).collect()
}

/// Stretches of a line, longer than `longest`, between places where a cut would be covered.
fn uncovered(
    line: &HeardLine,
    sounding: &Sounding,
    cut_price: &[f64],
    longest: u32,
    fps: Fps,
) -> Vec<Unbroken> {
    if line.end - line.start <= longest {
        return Vec::new();
    }
    let inside = (line.start + 1..line.end).filter(|frame| sounding.is_covered(*frame));
    let mut places: Vec<u32> = inside.collect();
    places.insert(0, best_before(line.start, sounding, cut_price, fps));
    places.push(best_after(line.end, sounding, cut_price, fps));
    let wide = places.windows(2).filter(|pair| pair[1] - pair[0] > longest);
    wide.map(|pair| Unbroken { from: pair[0], to: pair[1], why: Why::Line }).collect()
}

/// The best frame for a cut in the gap before a line that begins at `start`.
fn best_before(start: u32, sounding: &Sounding, cut_price: &[f64], fps: Fps) -> u32 {
    let earliest = start.saturating_sub(fps.frames_from_millis(LEAD_MILLIS));
    let gap = (earliest..=start).rev().take_while(|frame| sounding.spot(*frame) == Spot::Gap);
    cheapest(gap, cut_price).unwrap_or(start)
}

/// The best frame for a cut in the gap after a line that ends at `end`.
fn best_after(end: u32, sounding: &Sounding, cut_price: &[f64], fps: Fps) -> u32 {
    let latest = (end + 2 * fps.frames_from_millis(OPEN_MILLIS)).min(sounding.frames);
    let gap = (end..=latest).take_while(|frame| sounding.spot(*frame) == Spot::Gap);
    cheapest(gap, cut_price).unwrap_or(end)
}

fn cheapest(frames: impl Iterator<Item = u32>, cut_price: &[f64]) -> Option<u32> {
    frames.min_by(|one, other| cut_price[*one as usize].total_cmp(&cut_price[*other as usize]))
}

/// What a join costs at each frame. A seam between two takes of one set-up is a small jump in the picture: speech and
/// movement hide it, silence shows it, and after a line's end attention is open (Smith and Martin-Portugues 2017).
pub(crate) fn join_prices(sounding: &Sounding, fps: Fps) -> Vec<f64> {
    let open = fps.frames_from_millis(OPEN_MILLIS).max(1);
    let price = |frame: u32| match sounding.spot(frame) {
        Spot::Word | Spot::BetweenWords => 0.0,
        Spot::PhraseEnd => AFTER_PHRASE,
        Spot::Breath => IN_PAUSE,
        Spot::Gap => {
            let since = sounding.line_before(frame).map_or(open, |line| frame - line.end);
            IN_SILENCE + WHILE_OPEN * f64::from(open.saturating_sub(since)) / f64::from(open)
        }
    };
    (0..=sounding.frames).map(price).collect()
}
