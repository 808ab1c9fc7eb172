//! What a way through a recording costs.

use crate::features::PER_FRAME;

/// What each thing that happens in a recording costs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Costs {
    /// How much the frames' fit counts.
    pub(crate) scale: f32,
    /// What a frame must fit better by than anything would, to speak for a line.
    pub(crate) offset: f32,
    /// The most that one frame can speak for or against a line.
    pub(crate) most: f32,
    pub(crate) stay: f32,
    pub(crate) hurry: f32,
    pub(crate) skip_line: f32,
    pub(crate) repeat: f32,
    pub(crate) back: f32,
    pub(crate) break_off: f32,
    pub(crate) pause: f32,
    pub(crate) pause_at_mark: f32,
    pub(crate) other: f32,
    pub(crate) other_frame: f32,
    pub(crate) other_in_line: f32,
    pub(crate) omit_word: f32,
    /// For going on with the beginning of any scene.
    pub(crate) jump: f32,
    /// For going on with the beginning of one that is written earlier, besides.
    pub(crate) jump_back: f32,
    /// For beginning or ending in the middle of speech.
    pub(crate) no_pause: f32,
    pub(crate) beam: f32,
    /// Frames after which all ways that are worth following are the same one.
    pub(crate) undecided: usize,
}

/// The costs of a frame of usual length.
pub(crate) const COSTS: Costs = Costs {
    scale: 0.1,
    offset: 0.0,
    most: 1.5,
    stay: 0.25,
    hurry: 0.25,
    skip_line: 8.0,
    repeat: 5.0,
    back: 4.0,
    break_off: 6.0,
    pause: 3.0,
    pause_at_mark: 0.5,
    other: 4.0,
    other_frame: 0.02,
    other_in_line: 6.0,
    omit_word: 4.0,
    no_pause: 4.0,
    jump: 30.0,
    jump_back: 4.0,
    beam: 60.0,
    undecided: 1500,
};

/// How far behind the best a way may be while scenes are looked for.
const ROUGH_BEAM: f32 = 70.0;

/// What a frame gets for being a line's while scenes are looked for: nearly all that is said in a session is some line,
/// and what is taken for one wrongly is given up when it is laid.
const ROUGH_GIFT: f32 = 0.2;

impl Costs {
    /// The costs where a frame is so many spectra long.
    pub(crate) fn of_frames(per_frame: usize) -> Self {
        let times = per_frame as f32 / PER_FRAME as f32;
        Self {
            scale: COSTS.scale * times,
            offset: COSTS.offset * times,
            most: COSTS.most * times,
            other_frame: COSTS.other_frame * times,
            ..COSTS
        }
    }

    /// These while scenes of a session are looked for.
    pub(crate) fn rough(self) -> Self {
        Self {
            beam: ROUGH_BEAM,
            undecided: 750,
            other_in_line: 1e6,
            skip_line: 16.0,
            repeat: 20.0,
            back: 10.0,
            break_off: 20.0,
            offset: self.offset - ROUGH_GIFT,
            ..self
        }
    }

    /// These while the speakers are not known yet: all the lines are said, once and in order, with this much trust.
    pub(crate) fn trusting(self, trust: f32) -> Self {
        Self {
            offset: self.offset - 0.25 * trust,
            skip_line: self.skip_line + 8.0 * trust,
            jump: self.jump + 40.0 * trust,
            beam: self.beam + 30.0 * trust,
            repeat: self.repeat + 10.0 * trust,
            break_off: self.break_off + 10.0 * trust,
            other: self.other + 4.0 * trust,
            other_in_line: self.other_in_line + 6.0 * trust,
            ..self
        }
    }
}
