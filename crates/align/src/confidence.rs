//! How sure an answer is: what speaks for it, weighed.

use crate::types::{AlignedLine, ExtraSpeech, Take};

/// What is known of a take besides its place.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Evidence {
    /// Frames of it that are the line's.
    pub(crate) frames: f32,
    /// Its model's frames.
    pub(crate) expected: f32,
    /// Share of its frames in which nobody speaks.
    pub(crate) quiet: f32,
}

/// Sets every line's confidence; `evidence` stands beside each line's takes.
pub(crate) fn weigh(lines: &mut [AlignedLine], evidence: &[Vec<Evidence>], extras: &[ExtraSpeech]) {
    let of_best = |at: usize| lines[at].best.map(|best| (&lines[at].takes[best], evidence[at][best]));
    let fits: Vec<f32> = (0..lines.len()).filter_map(|at| of_best(at).map(|(take, _)| take.fit)).collect();
    let paces: Vec<f32> =
        (0..lines.len()).filter_map(|at| of_best(at).map(|(_, evidence)| pace(evidence))).collect();
    let (fit, fit_spread) = middle_and_spread(fits);
    let (usual_pace, pace_spread) = middle_and_spread(paces);
    let confidences: Vec<(f32, bool)> = (0..lines.len())
        .map(|at| match of_best(at) {
            Some((take, evidence)) => {
                let low_fit =
                    ((take.fit - fit) / fit_spread.max(0.15 * fit.abs()).max(0.02)).clamp(-4.0, 0.5);
                let odd_pace = (pace(evidence) - usual_pace).abs() / pace_spread.max(0.12);
                (of_found(take, evidence, low_fit, odd_pace), is_misread(take, low_fit))
            }
            None => (of_missing(lines, at, extras), false),
        })
        .collect();
    for (line, (confidence, misread)) in lines.iter_mut().zip(confidences) {
        (line.confidence, line.misread) = (confidence, misread);
    }
}

fn pace(evidence: Evidence) -> f32 {
    libm::logf(evidence.frames.max(1.0) / evidence.expected.max(1.0))
}

fn of_found(take: &Take, evidence: Evidence, low_fit: f32, odd_pace: f32) -> f32 {
    // What all its frames together say; a short line has said little.
    let spoken = (take.fit * evidence.frames.min(1.3 * evidence.expected)).clamp(-10.0, 40.0);
    let unscripted = if take.unscripted.is_empty() { 0.0 } else { 1.0 };
    logistic(
        1.5 + 0.10 * spoken + 0.8 * low_fit
            - 0.5 * (odd_pace - 1.0).clamp(0.0, 5.0)
            - 4.0 * (1.0 - take.said)
            - 1.5 * unscripted
            - 3.0 * evidence.quiet,
    )
}

/// Something else was said than is written, in some of its words or all over, or much was left out.
fn is_misread(take: &Take, low_fit: f32) -> bool {
    !take.misreadings.is_empty() || take.said < 0.7 || low_fit < -3.0
}

/// A missing line is doubtful where somebody said something between its neighbours that is no line.
fn of_missing(lines: &[AlignedLine], at: usize, extras: &[ExtraSpeech]) -> f32 {
    let before = lines[..at].iter().rev().find_map(|line| line.best_take().map(|take| take.stretch.end));
    let after = lines[at + 1..].iter().find_map(|line| line.best_take().map(|take| take.stretch.start));
    let (from, to) = (before.unwrap_or(0), after.unwrap_or(u64::MAX));
    let between =
        extras.iter().filter(|extra| extra.speech && extra.stretch.start < to && extra.stretch.end > from);
    let secs: f32 = between.map(|extra| (extra.stretch.end - extra.stretch.start) as f32 / 16_000.0).sum();
    let partial: f32 = if lines[at].takes.is_empty() { 0.0 } else { 1.5 };
    logistic(2.5 - 1.2 * secs.min(2.5) - partial)
}

fn logistic(sum: f32) -> f32 {
    1.0 / (1.0 + libm::expf(-sum))
}

/// Median, and the spread of the middle half as a standard deviation.
fn middle_and_spread(mut values: Vec<f32>) -> (f32, f32) {
    values.sort_unstable_by(f32::total_cmp);
    let at = |share: f32| values.get((values.len() as f32 * share) as usize).copied().unwrap_or(0.0);
    (at(0.5), (at(0.75) - at(0.25)) / 1.35)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Stretch;

    fn take(fit: f32, said: f32) -> Take {
        let stretch = Stretch { start: 0, end: 16_000 };
        Take {
            stretch,
            complete: true,
            breaks_off: false,
            said,
            fit,
            words: Vec::new(),
            unscripted: Vec::new(),
            misreadings: Vec::new(),
        }
    }

    fn line(fit: Option<(f32, f32)>) -> AlignedLine {
        let takes: Vec<Take> = fit.map(|(fit, said)| take(fit, said)).into_iter().collect();
        let best = takes.first().map(|_| 0);
        AlignedLine { id: String::new(), takes, best, confidence: 0.5, misread: false }
    }

    #[test]
    fn doubt_rises_with_what_is_wrong() {
        let usual = Evidence { frames: 60.0, expected: 60.0, quiet: 0.0 };
        let mut lines: Vec<AlignedLine> =
            [(0.4, 1.0), (0.42, 1.0), (0.38, 1.0), (0.41, 1.0), (0.05, 1.0), (0.4, 0.5), (0.4, 1.0)]
                .map(|fit| line(Some(fit)))
                .into();
        lines.push(line(None));
        let mut evidence = vec![vec![usual]; 7];
        evidence[6] = vec![Evidence { frames: 180.0, ..usual }];
        evidence.push(Vec::new());
        weigh(&mut lines, &evidence, &[]);
        let sure = lines[0].confidence;
        assert!(sure > 0.9 && lines[7].confidence > 0.8);
        for doubtful in &lines[4..7] {
            assert!(doubtful.confidence < sure - 0.05, "{doubtful:?}");
        }
        assert!(lines[4].misread && lines[5].misread && !lines[0].misread);
    }

    #[test]
    fn a_missing_line_is_doubtful_where_something_was_said() {
        let mut lines = vec![line(None)];
        let extra = ExtraSpeech { stretch: Stretch { start: 0, end: 32_000 }, speech: true };
        weigh(&mut lines, &[Vec::new()], &[extra]);
        assert!(lines[0].confidence < 0.6);
    }
}
