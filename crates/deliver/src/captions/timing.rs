//! When cues stand: spread over their line by letters, then settled so that none covers another.

use soundlock_script::DualSide;

use super::{Caption, CaptionRules, Cue, Spoken, split};

/// Time that lines which sound over each other without being dual dialogue leave to each cue at least.
const CROWDED_MS: u64 = 100;

/// The cues of a line with times in proportion to their letters.
pub(super) fn spread(spoken: &Spoken<'_>, cues: Vec<Vec<String>>) -> Vec<Caption> {
    let weight = |rows: &[String]| rows.iter().map(|row| split::columns(row)).sum::<usize>().max(1) as u64;
    let all: u64 = cues.iter().map(|rows| weight(rows)).sum();
    let length = spoken.to_ms - spoken.from_ms;
    let mut said = 0;
    let mut spread = Vec::new();
    for rows in cues {
        let from_ms = spoken.from_ms + length * said / all;
        said += weight(&rows);
        let to_ms = spoken.from_ms + length * said / all;
        let cue = Cue { from_ms, to_ms, rows, side: spoken.line.dual };
        spread.push(Caption { line: spoken.line.id.clone(), cue });
    }
    spread
}

/// Brings captions into order, takes overlaps out and lets short ones stand on.
pub(super) fn settle(mut captions: Vec<Caption>, film_ms: u64, rules: &CaptionRules) -> Vec<Caption> {
    captions.sort_by_key(|caption| caption.cue.from_ms);
    part(&mut captions);
    captions.sort_by_key(|caption| (caption.cue.from_ms, caption.cue.side == Some(DualSide::Right)));
    stand_on(&mut captions, film_ms, rules);
    captions
}

/// Whether two cues may stand at the same time.
pub(super) fn may_overlap(one: Option<DualSide>, other: Option<DualSide>) -> bool {
    matches!((one, other), (Some(one), Some(other)) if one != other)
}

/// Ends each cue where the next begins, and begins that later where too little would be left.
fn part(captions: &mut [Caption]) {
    let mut last: Vec<usize> = Vec::new();
    for index in 0..captions.len() {
        let side = captions[index].cue.side;
        for &earlier in
            last.iter().filter(|earlier| !may_overlap(captions[**earlier].cue.side, side)).collect::<Vec<_>>()
        {
            let from_ms = captions[index].cue.from_ms;
            let before = &mut captions[earlier].cue;
            before.to_ms = before.to_ms.min(from_ms).max(before.from_ms + CROWDED_MS);
            let free_ms = before.to_ms;
            captions[index].cue.from_ms = from_ms.max(free_ms);
        }
        let cue = &mut captions[index].cue;
        cue.to_ms = cue.to_ms.max(cue.from_ms + CROWDED_MS);
        last.retain(|earlier| captions[*earlier].cue.side != side);
        last.push(index);
    }
}

/// Lets each cue stand as long as it takes to read, while nothing else comes.
fn stand_on(captions: &mut [Caption], film_ms: u64, rules: &CaptionRules) {
    let mut next: Vec<(Option<DualSide>, u64)> = Vec::new();
    for caption in captions.iter_mut().rev() {
        let cue = &mut caption.cue;
        let coming = next.iter().filter(|(side, _)| !may_overlap(*side, cue.side)).map(|(_, from)| *from);
        let free_ms = coming.min().unwrap_or(film_ms);
        let letters: usize = cue.rows.iter().map(|row| split::columns(row)).sum();
        let reading_ms = (letters as u64 * 1000).checked_div(rules.columns_per_sec).unwrap_or(0);
        let wanted_ms = cue.from_ms + reading_ms.max(rules.shortest_ms);
        cue.to_ms = cue.to_ms.max(wanted_ms.min(free_ms));
        next.retain(|(side, _)| *side != cue.side);
        next.push((cue.side, cue.from_ms));
    }
}
