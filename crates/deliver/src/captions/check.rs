use soundlock_sound::LockedSound;

use super::{Caption, CaptionRules, split, spoken_lines, timing, without_spaces};
use crate::Check;

pub(super) const CLAUSE: &str = "soundlock captions";

/// Looks at captions: the script's exact words, no cue over another, no row too wide, each long enough to be seen.
pub fn check_captions(locked: &LockedSound, captions: &[Caption], rules: &CaptionRules) -> Vec<Check> {
    let rows = captions.iter().map(|caption| caption.cue.rows.len()).max().unwrap_or(0);
    vec![
        Check::same(
            "lines whose words differ from the script",
            changed_lines(locked, captions, rules),
            0,
            CLAUSE,
        ),
        Check::same("cues over another cue", overlaps(captions), 0, CLAUSE),
        Check::same("cues that end before they begin", backwards(captions), 0, CLAUSE),
        Check::same("rows that are too wide", wide_rows(captions, rules), 0, CLAUSE),
        Check::new("rows in a cue", rows, "2 or fewer", rows <= 2, CLAUSE),
    ]
}

fn changed_lines(locked: &LockedSound, captions: &[Caption], rules: &CaptionRules) -> usize {
    let spoken = spoken_lines(locked, rules.speakers);
    let wanted = spoken.iter().map(|spoken| (&spoken.line.id, without_spaces(&spoken.words())));
    wanted.filter(|(id, wanted)| read_words(captions, id) != *wanted).count()
}

fn read_words(captions: &[Caption], line: &soundlock_script::LineId) -> String {
    let of_line = captions.iter().filter(|caption| caption.line == *line);
    of_line.flat_map(|caption| &caption.cue.rows).map(|row| without_spaces(row)).collect()
}

/// Cues that begin while one before them stands and may not stand beside it.
fn overlaps(captions: &[Caption]) -> usize {
    let sides = [None, Some(soundlock_script::DualSide::Left), Some(soundlock_script::DualSide::Right)];
    let mut free_ms = [0; 3];
    let mut overlaps = 0;
    for caption in captions {
        let cue = &caption.cue;
        let clash =
            |(side, free): (&Option<_>, &u64)| !timing::may_overlap(*side, cue.side) && cue.from_ms < *free;
        overlaps += usize::from(sides.iter().zip(&free_ms).any(clash));
        let lane = sides.iter().position(|side| *side == cue.side).unwrap_or(0);
        free_ms[lane] = free_ms[lane].max(cue.to_ms);
    }
    overlaps
}

fn backwards(captions: &[Caption]) -> usize {
    captions.iter().filter(|caption| caption.cue.from_ms >= caption.cue.to_ms).count()
}

fn wide_rows(captions: &[Caption], rules: &CaptionRules) -> usize {
    let rows = captions.iter().flat_map(|caption| &caption.cue.rows);
    rows.filter(|row| split::columns(row) > rules.columns.max(rules.wide_columns)).count()
}
