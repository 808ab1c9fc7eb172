use std::collections::VecDeque;

use crate::look::Thumb;
use crate::unlike::{FLAT, texture, unlike};

/// Share of a picture that the one before cannot give, from which on it may be another picture.
///
/// Between shots of films 0.84 to 1.03 was measured; inside shots, of cameras and generators with hard motion, up to
/// 0.55.
const CUT: f64 = 0.65;

/// The same where there are frames on one side only, at head and tail of a take: nothing then tells a cut from a burst
/// of motion but its strength.
const CUT_AT_END: f64 = 0.7;

/// How much less alike the pictures of a cut are than pictures beside it. Fast motion is unlike everywhere.
const STANDS_OUT: f64 = 1.6;

/// How many pairs of frames on either side say what is usual there.
const BESIDE: usize = 3;

/// How many frames a flash may last: the picture before it then comes back.
const FLASH: usize = 6;

/// How much of a picture may be missing for it to be the one from before the flash, as a share of what the jump misses.
const COMES_BACK: f64 = 0.6;

/// Finds hard cuts: frames before which everything is one picture, and after which everything is another.
///
/// Fed with frames that differ from the one before; frames that only repeat it are left out by the caller.
#[derive(Debug, Default)]
pub(crate) struct Cuts {
    recent: VecDeque<Seen>,
    /// How many of `recent`, from the front, have been judged.
    judged: usize,
    found: Vec<u32>,
}

#[derive(Debug)]
struct Seen {
    frame: u32,
    thumb: Thumb,
    /// How unlike the picture before; 0 for the first.
    unlike: f64,
}

impl Cuts {
    pub(crate) fn see(&mut self, frame: u32, thumb: &Thumb) {
        let unlike = self.recent.back().map_or(0.0, |last| unlike(&last.thumb, thumb));
        self.recent.push_back(Seen { frame, thumb: thumb.clone(), unlike });
        if self.recent.len() > self.judged + FLASH {
            self.judge_next();
        }
        if self.judged > FLASH + 1 {
            self.recent.pop_front();
            self.judged -= 1;
        }
    }

    /// Judges what is left. The frames at which another picture begins, in order.
    pub(crate) fn finish(&mut self) -> Vec<u32> {
        while self.judged < self.recent.len() {
            self.judge_next();
        }
        std::mem::take(&mut self.found)
    }

    fn judge_next(&mut self) {
        if self.is_cut(self.judged) {
            self.found.push(self.recent[self.judged].frame);
        }
        self.judged += 1;
    }

    fn is_cut(&self, here: usize) -> bool {
        let jump = self.recent[here].unlike;
        if here == 0 || jump < CUT {
            return false;
        }
        // The first of all is left out: there is none before it to be like.
        let before = self.usual((1..here).rev());
        let after = self.usual(here + 1..self.recent.len());
        let stands_out = match (before, after) {
            (Some(before), Some(after)) => jump >= STANDS_OUT * before.max(after),
            (Some(side), None) | (None, Some(side)) => jump >= CUT_AT_END.max(STANDS_OUT * side),
            (None, None) => jump >= CUT_AT_END,
        };
        stands_out && self.both_are_pictures(here) && !self.is_flash(here, jump)
    }

    /// Likeness in the middle of the nearest pairs, so that another cut close by does not count; `None` without pairs.
    fn usual(&self, places: impl Iterator<Item = usize>) -> Option<f64> {
        let mut beside: Vec<f64> = places.take(BESIDE).map(|place| self.recent[place].unlike).collect();
        beside.sort_by(f64::total_cmp);
        beside.get(beside.len().saturating_sub(1) / 2).copied()
    }

    /// A picture that comes out of black, or goes there, is no cut to another one.
    fn both_are_pictures(&self, here: usize) -> bool {
        let is_picture = |place: usize| texture(&self.recent[place].thumb) >= FLAT;
        is_picture(here - 1) && is_picture(here)
    }

    /// Whether the picture before the jump soon comes back, or the one after it was there a moment ago.
    fn is_flash(&self, here: usize, jump: f64) -> bool {
        let last_before = &self.recent[here - 1].thumb;
        let first_after = &self.recent[here].thumb;
        let later = self.recent.iter().skip(here + 1).take(FLASH);
        let earlier = self.recent.iter().take(here - 1).rev().take(FLASH);
        later.map(|seen| unlike(last_before, &seen.thumb)).any(|left| left < COMES_BACK * jump)
            || earlier.map(|seen| unlike(&seen.thumb, first_after)).any(|left| left < COMES_BACK * jump)
    }
}
