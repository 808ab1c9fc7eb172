//! What is heard, explained by pieces of what the lines would sound like.

use std::ops::Range;

use crate::costs::COSTS;
use crate::lattice::{Feature, Heard, Model, distance};

/// The score of what cannot be reached.
pub(super) const LOST: f32 = f32::NEG_INFINITY;
/// What it costs to go on with any other piece.
const JUMP: f32 = 1.5;
/// Frames that are gone through at once, so that a speech of minutes takes no more memory than a sentence.
pub(super) const PART: usize = 1000;

// How a state was reached: from how many states before it, or from anywhere.
const STAYED: u8 = 0;
const NEXT: u8 = 1;
const HURRIED: u8 = 2;
const JUMPED: u8 = 3;

/// All the lines as one speaker would say them, one behind the other.
#[derive(Debug, Clone, Default)]
pub(super) struct Pieces {
    states: Vec<Feature>,
    /// Whether a line begins with the state.
    begins: Vec<bool>,
}

impl Pieces {
    pub(super) fn of(models: impl Iterator<Item = Model>) -> Self {
        let mut pieces = Self::default();
        for model in models {
            pieces.states.extend_from_slice(&model.states[..model.body]);
            pieces.begins.extend((0..model.body).map(|state| state == 0));
        }
        pieces
    }

    /// For each of the frames how well the best row of pieces explains it.
    pub(super) fn explain(&self, heard: &Heard, frames: Range<usize>) -> Vec<f32> {
        let ends = frames.clone().step_by(PART).skip(1).chain([frames.end]);
        frames
            .clone()
            .step_by(PART)
            .zip(ends)
            .flat_map(|(start, end)| self.explain_part(heard, start..end))
            .collect()
    }

    fn explain_part(&self, heard: &Heard, frames: Range<usize>) -> Vec<f32> {
        let count = self.states.len();
        let mut scores = vec![0.0; count];
        let mut steps = Vec::with_capacity(frames.len() * count);
        let mut tops = Vec::with_capacity(frames.len());
        for frame in frames.clone() {
            tops.push(top(&scores));
            self.hear(&mut scores, &mut steps, tops[tops.len() - 1], &heard.features[frame]);
        }
        let mut state = top(&scores);
        let mut explained = vec![0.0; frames.len()];
        for at in (0..frames.len()).rev() {
            explained[at] = fit(&heard.features[frames.start + at], &self.states[state]);
            state = match steps[at * count + state] {
                JUMPED => tops[at],
                step => state - usize::from(step),
            };
        }
        explained
    }

    /// Takes the scores a frame further, where `top` is the best before.
    fn hear(&self, scores: &mut [f32], steps: &mut Vec<u8>, top: usize, heard: &Feature) {
        let jump = (scores[top] - JUMP, JUMPED);
        let (mut before, mut before_that) = (LOST, LOST);
        for ((score, begins), wanted) in scores.iter_mut().zip(&self.begins).zip(&self.states) {
            if *begins {
                (before, before_that) = (LOST, LOST);
            }
            let mut best = jump;
            let old = *score;
            for way in [(old - COSTS.stay, STAYED), (before, NEXT), (before_that - COSTS.hurry, HURRIED)] {
                best = if way.0 > best.0 { way } else { best };
            }
            (before_that, before) = (before, old);
            *score = best.0 + fit(heard, wanted);
            steps.push(best.1);
        }
    }
}

fn top(scores: &[f32]) -> usize {
    (0..scores.len()).fold(0, |top, at| if scores[at] > scores[top] { at } else { top })
}

/// How well a state explains a frame.
pub(super) fn fit(heard: &Feature, wanted: &Feature) -> f32 {
    -0.5 * COSTS.scale * distance(heard, wanted)
}
