//! Whether a reading says what is written.
//!
//! The way through a recording is found against speech in general, which a wrong word explains about as well as the
//! right one. So each reading is gone through once more, against the best that pieces of all the lines, put together
//! freely as the same speaker would say them, explain it. A word that was said is itself among these pieces and loses
//! little against them; where another was said in its place, it loses much.

use std::ops::Range;

use super::pieces::{LOST, fit};
use crate::costs::COSTS;
use crate::lattice::{Heard, Model};

/// What it costs to hear something else. With 4 half as many words more are told wrongly, and hardly one more rightly.
const OTHER: f32 = 8.0;
/// What a frame of something else costs beyond what the speaker's frames usually lose.
const OTHER_FRAME: f32 = 0.3;
/// Frames that something put in lasts at least.
const LEAST_PUT_IN: usize = 10;

/// What of a line is not said as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Departure {
    /// Its words; none where something was put in.
    pub(super) words: Range<usize>,
    /// Where something else is said; none where the words were left out.
    pub(super) frames: Range<usize>,
}

/// A reading of a line, or of a part of it, to be compared with what is written.
pub(super) struct Reading<'a> {
    pub(super) model: &'a Model,
    /// Which words of the line are read there.
    pub(super) words: Range<usize>,
    pub(super) heard: &'a Heard,
    pub(super) frames: Range<usize>,
    /// How well anything that the speaker could say explains each of the frames.
    pub(super) explained: &'a [f32],
    /// What the speaker's frames usually lose against that.
    pub(super) usual: f32,
}

/// What is said in some frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doing {
    /// This word of the line.
    Word(usize),
    /// Nothing.
    Pause,
    /// Something else.
    Other,
}

/// A score, and the node from which it comes.
type Reached = (f32, usize);

impl Reading<'_> {
    pub(super) fn departures(&self) -> Vec<Departure> {
        let mut found = Vec::new();
        let (mut next, mut upto) = (self.words.start, self.frames.start);
        let mut other: Option<Range<usize>> = None;
        let end = (Doing::Word(self.words.end), self.frames.end..self.frames.end);
        for (doing, frames) in self.doings().into_iter().chain([end]) {
            match doing {
                Doing::Pause => {}
                Doing::Other => other = Some(other.map_or(frames.start, |other| other.start)..frames.end),
                Doing::Word(word) => {
                    let is_long = other.as_ref().is_some_and(|other| other.len() >= LEAST_PUT_IN);
                    if word > next || is_long {
                        found.push(Departure { words: next..word, frames: other.unwrap_or(upto..upto) });
                    }
                    (other, next, upto) = (None, word + 1, frames.end);
                }
            }
        }
        found
    }

    /// The states of its words.
    fn states(&self) -> Range<usize> {
        let end = self.model.words.get(self.words.end).copied().unwrap_or(self.model.body);
        self.model.first(self.words.start)..end
    }

    fn pause(&self, gap: usize) -> usize {
        self.states().len() + gap
    }

    fn other(&self, gap: usize) -> usize {
        self.pause(self.words.len() + 1) + gap
    }

    /// The best row of words, pauses and other things, piece by piece.
    fn doings(&self) -> Vec<(Doing, Range<usize>)> {
        let kinds = self.kinds();
        let nodes = kinds.len();
        let mut scores = vec![LOST; nodes];
        let mut from: Vec<u32> = Vec::with_capacity(self.frames.len() * nodes);
        for at in 0..self.frames.len() {
            let done = if at == 0 { self.begun() } else { self.done(&scores) };
            let next = self.reached(&scores, &done, &kinds);
            from.extend(next.iter().map(|reached| reached.1 as u32));
            let gained = next.into_iter().enumerate();
            scores = gained.map(|(node, (score, _))| score + self.gain(node, kinds[node], at)).collect();
        }
        let mut node = self.done(&scores)[self.words.len()].1;
        let mut doings: Vec<(Doing, Range<usize>)> = Vec::new();
        for at in (0..self.frames.len()).rev() {
            let (doing, frame) = (kinds[node], self.frames.start + at);
            match doings.last_mut() {
                Some(last) if last.0 == doing => last.1.start = frame,
                _ => doings.push((doing, frame..frame + 1)),
            }
            node = from[at * nodes + node] as usize;
        }
        doings.reverse();
        doings
    }

    /// What is done in each node: the line's states, then a pause before each word and behind the last, then as many of
    /// something else.
    fn kinds(&self) -> Vec<Doing> {
        let words = self.states().map(|state| Doing::Word(self.model.word_of(state)));
        let gaps = self.words.len() + 1;
        words.chain([Doing::Pause].repeat(gaps)).chain([Doing::Other].repeat(gaps)).collect()
    }

    /// What it is worth to begin with each word, and with the end.
    fn begun(&self) -> Vec<Reached> {
        (0..=self.words.len()).map(|gap| (-COSTS.omit_word * gap as f32, 0)).collect()
    }

    /// The best node in which all before a word is over, said or not, for each word and the end.
    fn done(&self, scores: &[f32]) -> Vec<Reached> {
        let mut done: Vec<Reached> = Vec::with_capacity(self.words.len() + 1);
        let states = self.states();
        for gap in 0..=self.words.len() {
            let mut best = (LOST, 0);
            for node in [self.pause(gap), self.other(gap)] {
                best = higher(best, (scores[node], node));
            }
            if let Some(word) = gap.checked_sub(1) {
                let last = self.model.last(self.words.start + word) - states.start;
                best = higher(best, (scores[last], last));
                best = higher(best, (done[word].0 - COSTS.omit_word, done[word].1));
            }
            done.push(best);
        }
        done
    }

    /// How each node is best reached.
    fn reached(&self, scores: &[f32], done: &[Reached], kinds: &[Doing]) -> Vec<Reached> {
        let within = |state: usize| {
            let stayed = (scores[state] - COSTS.stay, state);
            let Some(before) = state.checked_sub(1) else { return stayed };
            let best = higher(stayed, (scores[before], before));
            // However fast somebody speaks, no word is passed over: that one is left out.
            match before.checked_sub(1).filter(|_| kinds[before] == kinds[state]) {
                Some(hurried) => higher(best, (scores[hurried] - COSTS.hurry, hurried)),
                None => best,
            }
        };
        let states = self.states();
        let mut reached: Vec<Reached> = (0..states.len()).map(within).collect();
        for (word, done) in self.words.clone().zip(done) {
            let first = self.model.first(word) - states.start;
            reached[first] = higher(reached[first], *done);
        }
        let begun =
            |node: usize, done: Reached, cost: f32| higher((scores[node], node), (done.0 - cost, done.1));
        for (gap, done) in done.iter().enumerate() {
            let at_mark = self.model.pauses.get(self.words.start + gap).is_some_and(|mark| *mark);
            let cost = if at_mark { COSTS.pause_at_mark } else { COSTS.pause };
            reached.push(begun(self.pause(gap), *done, cost));
        }
        reached.extend(done.iter().enumerate().map(|(gap, done)| begun(self.other(gap), *done, OTHER)));
        reached
    }

    /// What a node gains against the pieces in a frame.
    fn gain(&self, node: usize, kind: Doing, at: usize) -> f32 {
        let frame = self.frames.start + at;
        let state = self.states().start + node;
        match kind {
            Doing::Word(_) => {
                fit(&self.heard.features[frame], &self.model.states[state]) - self.explained[at]
            }
            Doing::Pause => self.heard.silence[frame].min(0.0),
            Doing::Other => -OTHER_FRAME - self.usual,
        }
    }
}

fn higher(best: Reached, next: Reached) -> Reached {
    if next.0 > best.0 { next } else { best }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lattice::{DIMENSIONS, Feature};

    /// A sound of its own for each letter.
    fn sound(letter: char) -> Feature {
        let mut sound = [0.0; DIMENSIONS];
        sound[letter as usize % DIMENSIONS] = 6.0;
        sound
    }

    fn model(words: &str) -> Model {
        let mut model = Model::default();
        for word in words.split(' ') {
            model.words.push(model.states.len());
            model.pauses.push(false);
            model.states.extend(word.chars().map(sound));
        }
        model.body = model.states.len();
        model
    }

    /// What is told of `written` where this is heard; all of it could be said by the speaker.
    fn check(written: &str, said: &str, told: &[(Range<usize>, Range<usize>)]) {
        let model = model(written);
        let features: Vec<Feature> = said.chars().map(sound).collect();
        let silence = said.chars().map(|letter| if letter == '.' { 0.4 } else { -1.5 }).collect();
        let frames = 0..features.len();
        let heard = Heard { anything: vec![0.0; features.len()], features, silence };
        let explained = vec![0.0; frames.len()];
        let words = 0..model.words.len();
        let reading =
            Reading { model: &model, words, heard: &heard, frames, explained: &explained, usual: 0.1 };
        let found = reading.departures().into_iter().map(|departure| (departure.words, departure.frames));
        assert_eq!(found.collect::<Vec<_>>(), told, "{written} / {said}");
    }

    #[test]
    fn each_way_to_depart_is_told_with_its_place() {
        let written = "abcdef ghi jklmno";
        check(written, "abcdefghijklmno", &[]);
        check(written, "aabbcddefghi...jkllmmno", &[]);
        check(written, "abcdefpqrstjklmno", &[(1..2, 6..11)]);
        check(written, "pqrstpghijklmno", &[(0..1, 0..6)]);
        check(written, "abcdefghipqrstp", &[(2..3, 9..15)]);
        check(written, "abcdefjklmno", &[(1..2, 6..6)]);
        check(written, "ghijklmno", &[(0..1, 0..0)]);
        check(written, "abcdefpqrstpqrstpqrstghijklmno", &[(1..1, 6..21)]);
        check(written, "abcdefpqrstpqrst", &[(1..3, 6..16)]);
        // What is put in shorter than a syllable is a sound that belongs to its neighbours.
        check(written, "abcdefpqghijklmno", &[]);
    }
}
