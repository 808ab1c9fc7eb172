//! One line in the search: its scores, and how they go a frame further.

use crate::costs::Costs;
use crate::lattice::{Heard, Model, distance};

/// The score of what cannot be reached.
pub(crate) const LOST: f32 = f32::NEG_INFINITY;

// How a state was reached; part of what is kept for the way back.
pub(crate) const STAY: u8 = 0;
pub(crate) const NEXT: u8 = 1;
pub(crate) const HURRY: u8 = 2;
pub(crate) const FROM_PAUSE: u8 = 3;
pub(crate) const FROM_OTHER: u8 = 4;
pub(crate) const ENTER: u8 = 5;
pub(crate) const OMIT: u8 = 6;
pub(crate) const OMIT_TWO: u8 = 7;
pub(crate) const FROM_WORD: u8 = 8;
pub(crate) const LINE_END: u8 = 9;
pub(crate) const LINE_END_OTHER: u8 = 10;
pub(crate) const BROKEN_OFF: u8 = 11;

/// The better of two scores with their marks.
pub(crate) fn better<T: Copy>(best: (f32, T), next: (f32, T)) -> (f32, T) {
    if next.0 > best.0 { next } else { best }
}

/// Scores of one line's states, and of the silences and the other things before each word and after the last.
pub(crate) struct Block {
    pub(crate) states: Vec<f32>,
    pub(crate) pauses: Vec<f32>,
    pub(crate) others: Vec<f32>,
    pub(crate) active: bool,
}

/// What words and gaps hand on, as it was before the states moved.
pub(crate) struct Before {
    /// What beginning the line is worth.
    entry: f32,
    /// The last state of each word.
    ends: Vec<f32>,
    pauses: Vec<f32>,
    others: Vec<f32>,
}

impl Block {
    pub(crate) fn new(model: &Model) -> Self {
        let gaps = model.words.len() + 1;
        Self {
            states: vec![LOST; model.states.len()],
            pauses: vec![LOST; gaps],
            others: vec![LOST; gaps],
            active: false,
        }
    }

    /// The best way to the line's end, and the state in which it ends: its last, or one of its echo.
    pub(crate) fn end(&self, model: &Model) -> (f32, usize) {
        let states = (model.body - 1..model.states.len()).map(|state| (self.states[state], state));
        states.fold((LOST, model.body - 1), better)
    }

    pub(crate) fn clear(&mut self) {
        self.states.fill(LOST);
        self.pauses.fill(LOST);
        self.others.fill(LOST);
        self.active = false;
    }

    pub(crate) fn before(&self, model: &Model, entry: f32) -> Before {
        let ends = (0..model.words.len()).map(|word| self.states[model.last(word)]).collect();
        Before { entry, ends, pauses: self.pauses.clone(), others: self.others.clone() }
    }

    /// Each state stays, or is reached from the one before it or the one before that.
    pub(crate) fn stay_or_move(&mut self, costs: &Costs, marks: &mut [u8]) {
        let (mut before, mut before_that) = (LOST, LOST);
        for (score, mark) in self.states.iter_mut().zip(marks) {
            let old = *score;
            let mut top = (old - costs.stay, STAY);
            if before > top.0 {
                top = (before, NEXT);
            }
            if before_that - costs.hurry > top.0 {
                top = (before_that - costs.hurry, HURRY);
            }
            (before_that, before) = (before, old);
            (*score, *mark) = top;
        }
    }

    /// Words are begun out of the gaps before them as well.
    pub(crate) fn begin_words(&mut self, before: &Before, model: &Model, costs: &Costs, marks: &mut [u8]) {
        for word in 0..model.words.len() {
            let state = model.first(word);
            let top = before.word(word, (self.states[state], marks[state]), costs);
            (self.states[state], marks[state]) = top;
        }
    }

    /// What is in the gaps now; what is heard there is not counted yet.
    pub(crate) fn fill_gaps(
        &mut self,
        before: &Before,
        model: &Model,
        costs: &Costs,
        (pause_marks, other_marks): (&mut [u8], &mut [u8]),
    ) {
        for gap in 0..self.pauses.len() {
            (self.pauses[gap], pause_marks[gap]) = before.pause(gap, model, costs);
            (self.others[gap], other_marks[gap]) = before.other(gap, costs);
        }
    }

    /// Counts what is heard in `frame`; gives the best score.
    ///
    /// States further behind than `limit` are given up: none of them comes back to win.
    pub(crate) fn hear(
        &mut self,
        model: &Model,
        costs: &Costs,
        (heard, frame): (&Heard, usize),
        limit: f32,
    ) -> f32 {
        let mut best = LOST;
        for (pause, other) in self.pauses.iter_mut().zip(&mut self.others) {
            *pause += heard.silence[frame];
            *other -= costs.other_frame;
            best = best.max(*pause).max(*other);
        }
        let (feature, anything) = (&heard.features[frame], heard.anything[frame]);
        // Where nobody speaks nothing speaks for a line: the closures in its words are as quiet as any pause.
        let most = if heard.silence[frame] > 0.0 { heard.silence[frame].min(costs.most) } else { costs.most };
        for (score, wanted) in self.states.iter_mut().zip(&model.states) {
            if *score < limit {
                *score = LOST;
            } else {
                let distance = distance(feature, wanted);
                let fit = costs.scale * (-0.5 * distance - anything) - costs.offset;
                *score += fit.clamp(-costs.most, most);
                best = best.max(*score);
            }
        }
        best
    }
}

impl Before {
    /// The best way into a word, where `inside` leads from state to state.
    fn word(&self, word: usize, inside: (f32, u8), costs: &Costs) -> (f32, u8) {
        let mut top = if word == 0 {
            better(inside, (self.entry, ENTER))
        } else {
            better(inside, (self.pauses[word], FROM_PAUSE))
        };
        top = better(top, (self.others[word], FROM_OTHER));
        if word >= 2 {
            top = better(top, (self.ends[word - 2] - costs.omit_word, OMIT));
        }
        top
    }

    /// The best way into the silence in a gap; there is none before the first word and after the last.
    fn pause(&self, gap: usize, model: &Model, costs: &Costs) -> (f32, u8) {
        if gap == 0 || gap == self.ends.len() {
            return (LOST, STAY);
        }
        let cost = if model.pauses[gap] { costs.pause_at_mark } else { costs.pause };
        let top = better((self.pauses[gap], STAY), (self.ends[gap - 1] - cost, FROM_WORD));
        better(top, (self.others[gap], FROM_OTHER))
    }

    /// The best way into something in a gap that is not in the line.
    fn other(&self, gap: usize, costs: &Costs) -> (f32, u8) {
        let begun = costs.other_in_line;
        let mut top = (self.others[gap], STAY);
        if gap == 0 {
            top = better(top, (self.entry - begun, ENTER));
        } else {
            top = better(top, (self.ends[gap - 1] - begun, FROM_WORD));
            top = better(top, (self.pauses[gap] - begun, FROM_PAUSE));
        }
        if gap >= 2 {
            top = better(top, (self.ends[gap - 2] - begun - costs.omit_word, OMIT));
        }
        if gap >= 3 {
            top = better(top, (self.ends[gap - 3] - begun - 2.0 * costs.omit_word, OMIT_TWO));
        }
        top
    }
}
