//! The lattice: which line, which word, silence or something else is heard in each frame.
//!
//! One search decides over all of it together: speech activity tells what silence costs, the models of the lines what
//! saying them costs, and the costs what it costs to skip a line, to repeat one, to break one off, to say
//! something that is not in the script. Frames are taken one after the other; lines that have fallen too far behind
//! the best are not looked at, so that an hour costs sixty times what a minute costs.

use crate::block::{
    BROKEN_OFF, Block, ENTER, FROM_OTHER, FROM_PAUSE, FROM_WORD, HURRY, LINE_END, LINE_END_OTHER, LOST, NEXT,
    OMIT, OMIT_TWO, STAY, better,
};
use crate::costs::Costs;

/// Numbers of one frame: twelve cepstra and their slopes.
pub(crate) const DIMENSIONS: usize = 24;
/// One frame's numbers, in units of how far they usually miss.
pub(crate) type Feature = [f32; DIMENSIONS];

/// Frames per second.
pub(crate) const FRAMES_PER_SEC: usize = 50;

/// What one line should sound like.
#[derive(Debug, Clone, Default)]
pub(crate) struct Model {
    /// Its frames, and after them what a room still lets hear of it.
    pub(crate) states: Vec<Feature>,
    /// How many of them are the line itself.
    pub(crate) body: usize,
    /// First frame of each word.
    pub(crate) words: Vec<usize>,
    /// Whether one pauses before each word.
    pub(crate) pauses: Vec<bool>,
}

impl Model {
    pub(crate) fn first(&self, word: usize) -> usize {
        self.words[word]
    }

    pub(crate) fn last(&self, word: usize) -> usize {
        self.words.get(word + 1).map_or(self.body, |next| *next) - 1
    }

    /// The line said backwards: as long, made of the same sounds, and never what is heard.
    pub(crate) fn turned(&self) -> Self {
        let (body, echo) = self.states.split_at(self.body);
        Self { states: body.iter().rev().chain(echo).copied().collect(), ..self.clone() }
    }

    /// Word that a state belongs to.
    pub(crate) fn word_of(&self, state: usize) -> usize {
        self.words.partition_point(|first| *first <= state).saturating_sub(1)
    }
}

/// What is heard, frame by frame.
#[derive(Debug, Clone, Default)]
pub(crate) struct Heard {
    /// The frames' numbers.
    pub(crate) features: Vec<Feature>,
    /// How well no line in particular explains the frame.
    pub(crate) anything: Vec<f32>,
    /// What the frame gives to silence; above nothing where nobody speaks.
    pub(crate) silence: Vec<f32>,
}

/// How far ahead of the next line another can be begun.
const AHEAD: usize = 10;
/// How far back a reading can begin again.
const BEHIND: usize = 6;

/// Where the search is: between lines (the next expected is named) or in one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Silence before line `next`.
    Silence { next: usize },
    /// Something that is no line, before line `next`.
    Other { next: usize },
    /// A state of a line.
    State { line: usize, state: usize },
    /// Silence before word `word` of a line.
    Pause { line: usize, word: usize },
    /// Something that is not in the line, before word `word` of it; the number of words after its last.
    OtherInLine { line: usize, word: usize },
}

impl Place {
    /// The line that is being read there.
    pub(crate) fn line(self) -> Option<usize> {
        match self {
            Self::State { line, .. } | Self::Pause { line, .. } | Self::OtherInLine { line, .. } => {
                Some(line)
            }
            Self::Silence { .. } | Self::Other { .. } => None,
        }
    }
}

/// What is kept of one line at one frame.
struct Kept {
    line: u32,
    /// First of its bytes: states, pauses, others.
    bytes: usize,
    /// Where a reading that begins at this frame came from: the line expected next, and whether silence was before.
    entered: (u32, bool),
}

/// What is kept of one gap between lines at one frame.
struct KeptGap {
    next: u32,
    silence: (u8, u32),
    other: (u8, u32),
}

/// The search itself.
pub(crate) struct Lattice<'a> {
    models: &'a [Model],
    heard: &'a Heard,
    costs: Costs,
    blocks: Vec<Block>,
    silence: Vec<f32>,
    other: Vec<f32>,
    best: f32,
    bytes: Vec<u8>,
    kept: Vec<Kept>,
    gaps: Vec<KeptGap>,
    /// For each frame that is not decided yet the first of its `kept` and `gaps`.
    frames: Vec<(usize, usize)>,
    /// The way as far as it is decided.
    decided: Vec<Place>,
    /// First lines of scenes, which may follow anything.
    heads: &'a [usize],
}

/// The best way through, and what it is worth.
#[derive(Debug, Clone, Default)]
pub(crate) struct Way {
    /// Where the search is in each frame.
    pub(crate) places: Vec<Place>,
    /// Its worth; silence and unknown speech alone are worth about nothing.
    pub(crate) worth: f32,
}

/// The best way of `heard` through the lines.
///
/// After any line may come the next, one a little further on or back, or one of `heads`.
pub(crate) fn search(models: &[Model], heard: &Heard, costs: Costs, heads: &[usize]) -> Way {
    let mut lattice = Lattice {
        models,
        heard,
        costs,
        blocks: models.iter().map(Block::new).collect(),
        silence: vec![LOST; models.len() + 1],
        other: vec![LOST; models.len() + 1],
        best: 0.0,
        bytes: Vec::new(),
        kept: Vec::new(),
        gaps: Vec::new(),
        frames: Vec::new(),
        decided: Vec::with_capacity(heard.features.len()),
        heads,
    };
    lattice.silence[0] = 0.0;
    for frame in 0..heard.features.len() {
        lattice.take(frame);
        // The way so far is decided but for its last part, so that memory is the same for a scene and a session.
        if lattice.frames.len() >= 2 * costs.undecided {
            lattice.decide();
        }
    }
    lattice.finish()
}

impl Lattice<'_> {
    fn take(&mut self, frame: usize) {
        self.frames.push((self.kept.len(), self.gaps.len()));
        let limit = self.best - self.costs.beam;
        let entries = self.entries(frame, limit);
        let (silence, other, marks) = self.between(frame, limit);
        let mut best = LOST;
        for (line, entry) in entries.into_iter().enumerate() {
            if self.blocks[line].active || entry.0 > limit {
                best = best.max(self.advance(line, frame, entry, limit));
            }
        }
        (self.silence, self.other) = (silence, other);
        self.gaps.extend(marks);
        best = self.silence.iter().chain(&self.other).copied().fold(best, f32::max);
        self.best = best;
        let limit = best - self.costs.beam;
        for block in self.blocks.iter_mut().filter(|block| block.active) {
            let top =
                block.states.iter().chain(&block.pauses).chain(&block.others).copied().fold(LOST, f32::max);
            if top < limit {
                block.clear();
            }
        }
        for score in self.silence.iter_mut().chain(&mut self.other).filter(|score| **score < limit) {
            *score = LOST;
        }
    }

    /// Share of the frames `from..to` in which somebody speaks.
    fn speech(&self, from: usize, to: usize) -> f32 {
        let silence = &self.heard.silence;
        let (from, to) = (from.min(silence.len()), to.min(silence.len()));
        if from >= to {
            return 0.0;
        }
        silence[from..to].iter().filter(|silence| **silence < 0.0).count() as f32 / (to - from) as f32
    }

    /// For each line what beginning it at this frame is worth, and after what.
    fn entries(&self, frame: usize, limit: f32) -> Vec<(f32, (u32, bool))> {
        let mut entries = vec![(LOST, (0, false)); self.models.len()];
        let midway = self.costs.no_pause * self.speech(frame.saturating_sub(3), frame);
        let mut best = (LOST, (0, false));
        for next in 0..self.silence.len() {
            let (score, quiet) = if self.silence[next] >= self.other[next] {
                (self.silence[next], true)
            } else {
                (self.other[next], false)
            };
            if score <= limit {
                continue;
            }
            best = better(best, (score, (next as u32, quiet)));
            let lines = next.saturating_sub(BEHIND)..(next + AHEAD).min(self.models.len());
            for line in lines {
                let worth = score - midway - self.jump(next, line);
                entries[line] = better(entries[line], (worth, (next as u32, quiet)));
            }
        }
        // A scene begins where somebody begins to speak.
        let silence = &self.heard.silence;
        let begins = silence[frame] < 0.0 && (frame == 0 || silence[frame - 1] >= 0.0);
        for head in self.heads.iter().filter(|_| begins) {
            let back = if *head < best.1.0 as usize { self.costs.jump_back } else { 0.0 };
            let worth = best.0 - midway - self.costs.jump - back;
            entries[*head] = better(entries[*head], (worth, best.1));
        }
        entries
    }

    fn jump(&self, next: usize, line: usize) -> f32 {
        if line >= next {
            self.costs.skip_line * (line - next) as f32
        } else {
            self.costs.repeat + self.costs.back * (next - line - 1) as f32
        }
    }

    /// New scores of the gaps between lines, from the scores before.
    fn between(&self, frame: usize, limit: f32) -> (Vec<f32>, Vec<f32>, Vec<KeptGap>) {
        let count = self.silence.len();
        let (mut silence, mut other) = (vec![LOST; count], vec![LOST; count]);
        let mut marks = Vec::new();
        let midway = self.costs.no_pause * self.speech(frame, frame + 3);
        for next in 0..count {
            let mut came = (LOST, (0, 0));
            if next > 0 && self.blocks[next - 1].active {
                let (block, model) = (&self.blocks[next - 1], &self.models[next - 1]);
                let (end, state) = block.end(model);
                let ends = (end - midway, (LINE_END, state as u32));
                let other = (block.others[model.words.len()] - midway, (LINE_END_OTHER, 0));
                came = better(better(came, ends), other);
            }
            if next < self.models.len() && self.blocks[next].active {
                let (block, model) = (&self.blocks[next], &self.models[next]);
                for word in 0..model.words.len() - 1 {
                    let state = model.last(word);
                    let worth = block.states[state] - midway - self.costs.break_off;
                    came = better(came, (worth, (BROKEN_OFF, state as u32)));
                }
            }
            let begun = self.costs.other;
            let mut quiet = better((self.silence[next], (STAY, 0)), (self.other[next], (FROM_OTHER, 0)));
            quiet = better(quiet, came);
            let mut loud =
                better((self.other[next], (STAY, 0)), (self.silence[next] - begun, (FROM_PAUSE, 0)));
            loud = better(loud, (came.0 - begun, came.1));
            let best = quiet.0.max(loud.0);
            if best <= limit {
                continue;
            }
            silence[next] = quiet.0 + self.heard.silence[frame];
            other[next] = loud.0 - self.costs.other_frame;
            marks.push(KeptGap { next: next as u32, silence: quiet.1, other: loud.1 });
        }
        (silence, other, marks)
    }

    /// Takes one line a frame further; gives its best score.
    fn advance(&mut self, line: usize, frame: usize, entry: (f32, (u32, bool)), limit: f32) -> f32 {
        let model = &self.models[line];
        let (states, gaps) = (model.states.len(), model.words.len() + 1);
        let bytes = self.bytes.len();
        self.bytes.resize(bytes + states + 2 * gaps, STAY);
        self.kept.push(Kept { line: line as u32, bytes, entered: entry.1 });
        let (state_marks, gap_marks) = self.bytes[bytes..].split_at_mut(states);
        let (pause_marks, other_marks) = gap_marks.split_at_mut(gaps);
        let (block, costs, heard) = (&mut self.blocks[line], &self.costs, self.heard);
        block.active = true;
        let before = block.before(model, entry.0);
        block.stay_or_move(costs, state_marks);
        block.begin_words(&before, model, costs, state_marks);
        block.fill_gaps(&before, model, costs, (pause_marks, other_marks));
        block.hear(model, costs, (heard, frame), limit)
    }

    /// The best place after the last frame; where the recording is over, what is not said any more counts.
    fn best_place(&self, over: bool) -> (f32, Place) {
        let skipped = if over && self.heads.is_empty() { self.costs.skip_line } else { 0.0 };
        let unsaid = |next: usize| skipped * (self.models.len() - next) as f32;
        let mut best = (LOST, Place::Silence { next: 0 });
        for (next, (quiet, other)) in self.silence.iter().zip(&self.other).enumerate() {
            best = better(best, (quiet - unsaid(next), Place::Silence { next }));
            best = better(best, (other - unsaid(next), Place::Other { next }));
        }
        for (line, block) in self.blocks.iter().enumerate().filter(|(_, block)| block.active) {
            let (end, state) = block.end(&self.models[line]);
            best = better(best, (end - unsaid(line + 1), Place::State { line, state }));
            if over {
                continue;
            }
            for (state, score) in block.states.iter().enumerate() {
                best = better(best, (*score, Place::State { line, state }));
            }
            for word in 0..block.pauses.len() {
                best = better(best, (block.pauses[word], Place::Pause { line, word }));
                best = better(best, (block.others[word], Place::OtherInLine { line, word }));
            }
        }
        best
    }

    /// Places in the frames that are not decided yet, on the way to `last`.
    fn trace(&self, last: Place) -> Vec<Place> {
        let mut places = vec![last; self.frames.len()];
        for frame in (1..places.len()).rev() {
            places[frame - 1] = self.before(frame, places[frame]);
        }
        places
    }

    /// Decides all but the last part, and forgets what was kept for it.
    fn decide(&mut self) {
        let places = self.trace(self.best_place(false).1);
        let count = places.len() - self.costs.undecided;
        self.decided.extend_from_slice(&places[..count]);
        let (kept, gaps) = self.frames[count];
        let bytes = self.kept.get(kept).map_or(self.bytes.len(), |kept| kept.bytes);
        self.frames.drain(..count);
        self.kept.drain(..kept);
        self.gaps.drain(..gaps);
        self.bytes.drain(..bytes);
        self.frames.iter_mut().for_each(|first| *first = (first.0 - kept, first.1 - gaps));
        self.kept.iter_mut().for_each(|kept| kept.bytes -= bytes);
    }

    fn finish(mut self) -> Way {
        let (worth, last) = self.best_place(true);
        let places = self.trace(last);
        self.decided.extend(places);
        Way { places: self.decided, worth }
    }

    /// The place at the frame before `frame`, where the search is at `place`.
    fn before(&self, frame: usize, place: Place) -> Place {
        match place {
            Place::Silence { next } => self.before_gap(frame, next, true),
            Place::Other { next } => self.before_gap(frame, next, false),
            Place::State { line, state } => self.before_state(frame, line, state),
            Place::Pause { line, word } => self.before_pause(frame, line, word),
            Place::OtherInLine { line, word } => self.before_other(frame, line, word),
        }
    }

    fn kept(&self, frame: usize, line: usize) -> &Kept {
        let first = self.frames[frame].0;
        let end = self.frames.get(frame + 1).map_or(self.kept.len(), |next| next.0);
        let found = self.kept[first..end].binary_search_by_key(&(line as u32), |kept| kept.line);
        &self.kept[first + found.expect("a way leads only over what was kept")]
    }

    fn before_gap(&self, frame: usize, next: usize, quiet: bool) -> Place {
        let first = self.frames[frame].1;
        let end = self.frames.get(frame + 1).map_or(self.gaps.len(), |next| next.1);
        let found = self.gaps[first..end].binary_search_by_key(&(next as u32), |kept| kept.next);
        let kept = &self.gaps[first + found.expect("a way leads only over what was kept")];
        let (mark, state) = if quiet { kept.silence } else { kept.other };
        match mark {
            LINE_END => Place::State { line: next - 1, state: state as usize },
            LINE_END_OTHER => Place::OtherInLine { line: next - 1, word: self.models[next - 1].words.len() },
            BROKEN_OFF => Place::State { line: next, state: state as usize },
            FROM_OTHER => Place::Other { next },
            FROM_PAUSE => Place::Silence { next },
            _ if quiet => Place::Silence { next },
            _ => Place::Other { next },
        }
    }

    fn entered(kept: &Kept) -> Place {
        let next = kept.entered.0 as usize;
        if kept.entered.1 { Place::Silence { next } } else { Place::Other { next } }
    }

    fn before_state(&self, frame: usize, line: usize, state: usize) -> Place {
        let kept = self.kept(frame, line);
        let model = &self.models[line];
        let word = model.word_of(state);
        match self.bytes[kept.bytes + state] {
            NEXT => Place::State { line, state: state - 1 },
            HURRY => Place::State { line, state: state - 2 },
            FROM_PAUSE => Place::Pause { line, word },
            FROM_OTHER => Place::OtherInLine { line, word },
            ENTER => Self::entered(kept),
            OMIT => Place::State { line, state: model.last(word - 2) },
            _ => Place::State { line, state },
        }
    }

    fn before_pause(&self, frame: usize, line: usize, word: usize) -> Place {
        let kept = self.kept(frame, line);
        let model = &self.models[line];
        match self.bytes[kept.bytes + model.states.len() + word] {
            FROM_WORD => Place::State { line, state: model.last(word - 1) },
            FROM_OTHER => Place::OtherInLine { line, word },
            _ => Place::Pause { line, word },
        }
    }

    fn before_other(&self, frame: usize, line: usize, word: usize) -> Place {
        let kept = self.kept(frame, line);
        let model = &self.models[line];
        match self.bytes[kept.bytes + model.states.len() + model.words.len() + 1 + word] {
            FROM_WORD => Place::State { line, state: model.last(word - 1) },
            OMIT => Place::State { line, state: model.last(word - 2) },
            OMIT_TWO => Place::State { line, state: model.last(word - 3) },
            FROM_PAUSE => Place::Pause { line, word },
            ENTER => Self::entered(kept),
            _ => Place::OtherInLine { line, word },
        }
    }
}

/// Squared distance.
pub(crate) fn distance(a: &Feature, b: &Feature) -> f32 {
    let mut sums = [0.0_f32; 8];
    for (a, b) in a.chunks_exact(8).zip(b.chunks_exact(8)) {
        for lane in 0..8 {
            let miss = a[lane] - b[lane];
            sums[lane] += miss * miss;
        }
    }
    sums.iter().sum()
}
