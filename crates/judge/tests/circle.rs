//! Which take is circled, and how findings read.

#![allow(clippy::unwrap_used, reason = "what cannot be had here fails the test")]

use proptest::prelude::*;
use soundlock_judge::{Better, Finding, Verdict, circle};
use soundlock_time::{TakeFrame, TakeRange};

/// A verdict of findings `(measure, value, limit)`, less being better.
fn verdict(findings: &[(&str, f64, f64)]) -> Verdict {
    let finding = |&(measure, value, limit): &(&str, f64, f64)| {
        let better = if measure == "length" { Better::Higher } else { Better::Lower };
        Finding::new(measure, value, "frames", limit, better)
    };
    Verdict { findings: findings.iter().map(finding).collect() }
}

#[track_caller]
fn circled(verdicts: &[&[(&str, f64, f64)]], wanted: Option<usize>) {
    let verdicts: Vec<(usize, Verdict)> =
        verdicts.iter().map(|findings| verdict(findings)).enumerate().collect();
    assert_eq!(circle(&verdicts), wanted);
}

#[test]
fn a_take_that_passes_goes_before_one_that_fails() {
    circled(&[&[("frozen", 30.0, 24.0)], &[("frozen", 23.9, 24.0)]], Some(1));
}

#[test]
fn fewer_failures_go_before_more() {
    circled(
        &[&[("frozen", 30.0, 24.0), ("black", 1.0, 0.0)], &[("frozen", 48.0, 24.0), ("black", 0.0, 0.0)]],
        Some(1),
    );
}

#[test]
fn among_equals_the_tightest_measure_decides() {
    circled(
        &[&[("flicker", 0.6, 1.0), ("frozen", 2.0, 24.0)], &[("flicker", 0.2, 1.0), ("frozen", 6.0, 24.0)]],
        Some(1),
    );
    circled(&[&[("frozen", 40.0, 24.0)], &[("frozen", 30.0, 24.0)]], Some(1));
}

#[test]
fn the_earlier_wins_a_tie_and_longer_is_not_better() {
    circled(&[&[("length", 81.0, 81.0)], &[("length", 90.0, 81.0)]], Some(0));
    circled(&[&[("length", 60.0, 81.0)], &[("length", 70.0, 81.0)]], Some(1));
}

#[test]
fn a_take_without_frames_is_never_circled() {
    let empty: &[(&str, f64, f64)] = &[("decodes", 1.0, 0.0), ("length", 0.0, 81.0)];
    let poor: &[(&str, f64, f64)] =
        &[("decodes", 9.0, 0.0), ("length", 12.0, 81.0), ("frozen", 12.0, 6.0), ("black", 12.0, 0.0)];
    circled(&[empty, poor], Some(1));
    circled(&[empty, empty], None);
    circled(&[], None);
}

#[test]
fn having_been_measured_less_is_no_advantage() {
    circled(&[&[("length", 81.0, 81.0)], &[("length", 81.0, 81.0), ("frozen", 2.0, 24.0)]], Some(1));
}

proptest! {
    #[test]
    fn the_circled_take_has_fewest_failures(values in proptest::collection::vec((0.0_f64..2.0, 0.0_f64..2.0), 1..8)) {
        let verdicts: Vec<(usize, Verdict)> = values
            .iter()
            .map(|&(flicker, frozen)| verdict(&[("flicker", flicker, 1.0), ("frozen", frozen, 1.0)]))
            .enumerate()
            .collect();
        let circled = circle(&verdicts).unwrap();
        let failures = |place: usize| verdicts[place].1.failures().count();
        prop_assert!((0..verdicts.len()).all(|place| failures(place) >= failures(circled)));
        prop_assert_eq!(circle(&verdicts), Some(circled));
    }

    #[test]
    fn whatever_the_numbers_something_is_circled(value in any::<f64>(), limit in any::<f64>()) {
        circled(&[&[("flicker", value, limit)]], Some(0));
    }
}

#[test]
fn findings_read_as_one_line() {
    let check = |finding: Finding, line: &str| assert_eq!(finding.to_string(), line);
    let at = |start: u32, length: u32| TakeRange::new(TakeFrame(start), length);
    let finding = |measure: &str, value: f64, unit: &str, limit: f64| {
        Finding::new(measure, value, unit, limit, Better::Lower)
    };
    check(
        finding("cut-inside", 1.0, "count", 0.0).at(at(57, 1)),
        "cut inside: 1 at frame 57 (limit 0) FAILED",
    );
    check(finding("black", 0.0, "frames", 0.0), "black: 0 frames (limit 0) passed");
    check(
        finding("frozen", 34.0, "frames", 24.0).at(at(12, 34)),
        "frozen: 34 frames at frames 12 to 45 (limit 24) FAILED",
    );
    check(finding("duplicates", 0.1722, "share", 0.03), "duplicates: 17.22 % (limit 3 %) FAILED");
    check(finding("flicker", 0.454, "levels of 255", 0.7), "flicker: 0.45 levels of 255 (limit 0.7) passed");
    let length = Finding::new("length", 80.0, "frames", 81.0, Better::Higher);
    check(length, "length: 80 frames (needed 81) FAILED");
}
