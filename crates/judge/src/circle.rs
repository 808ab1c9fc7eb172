use std::collections::BTreeSet;

use crate::finding::{Better, Finding, Verdict};

/// The circled take: its place in `verdicts`, which are in the order in which the takes were made.
///
/// A take that passes every measure goes before one that does not, then the one with fewer failures, then the one with
/// more room to its limits, compared at its tightest measure first. Room is counted in thousandths of the limit and only
/// where there is a number to come close to: neither "decodes" nor frames beyond those needed make a take better. Of
/// equals the earlier is circled. A measure that other takes have and this one lacks counts as failed, so that a take
/// which could not be decoded does not win by having been measured less. A take without a frame is never circled;
/// `None` where no other is left.
///
/// The measures are gates for named faults. They do not say which of two sound takes is the better one to look at.
pub fn circle<Key>(verdicts: &[(Key, Verdict)]) -> Option<usize> {
    let measures: BTreeSet<&str> = verdicts
        .iter()
        .flat_map(|(_, verdict)| &verdict.findings)
        .map(|finding| finding.measure.as_str())
        .collect();
    let places = 0..verdicts.len();
    let ranked = places.filter(|&place| holds_frames(&verdicts[place].1));
    // `min_by_key` keeps the first of equals.
    ranked.min_by_key(|&place| rank(&verdicts[place].1, &measures))
}

/// Failures, then the use made of each limit in thousandths, the tightest first; less is better in both.
fn rank(verdict: &Verdict, measures: &BTreeSet<&str>) -> (usize, Vec<i64>) {
    let left_out = |measure: &&&str| verdict.findings.iter().all(|finding| finding.measure != **measure);
    let failures = verdict.failures().count() + measures.iter().filter(left_out).count();
    let mut used: Vec<i64> = verdict.findings.iter().filter_map(used_thousandths).collect();
    used.sort_unstable_by(|a, b| b.cmp(a));
    (failures, used)
}

/// How much of its limit a value uses up; over 1000 where it fails. `None` where there is nothing to come close to.
fn used_thousandths(finding: &Finding) -> Option<i64> {
    let (value, limit) = (finding.value, finding.limit);
    let used = match finding.better {
        _ if finding.passed && (limit == 0.0 || finding.better == Better::Higher) => return None,
        Better::Lower if limit == 0.0 => 1.0 + value,
        Better::Lower => value / limit,
        Better::Higher => 2.0 - value / limit,
    };
    // The cast saturates, and what is not a number becomes 0.
    Some((used * 1000.0).round() as i64)
}

/// Whether the file gave any picture at all.
fn holds_frames(verdict: &Verdict) -> bool {
    verdict.findings.iter().all(|finding| finding.measure != "length" || finding.value >= 1.0)
}
