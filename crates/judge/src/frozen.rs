use std::collections::VecDeque;

use soundlock_time::TakeRange;

use crate::change::Change;
use crate::look::Look;
use crate::measures::Runs;

/// Finds stretches in which nothing lives.
///
/// Each frame is compared with the first of its stretch and not with the one before: a slow push-in changes little from
/// frame to frame and much in a second. One area that moves is life, so that a held shot in which somebody blinks passes.
///
/// A slow move that freezes is still like its last few frames for a while: where a stretch ends, the next one begins at
/// the earliest of its latest frames that everything since is like, and not after them.
#[derive(Debug, Default)]
pub(crate) struct Frozen {
    first: Option<Look>,
    /// The latest frames of the stretch after its first.
    recent: VecDeque<Look>,
    pub(crate) runs: Runs,
}

/// How far before its end a stretch is looked through for the beginning of the next: half a second of film.
const KEPT: usize = 12;

impl Frozen {
    pub(crate) fn see(&mut self, look: &Look) {
        let lasts = self.first.as_ref().is_some_and(|first| Change::between(first, look).is_still());
        if lasts {
            self.recent.push_back(look.clone());
        } else {
            self.begin(look);
        }
        if self.recent.len() > KEPT {
            self.recent.pop_front();
        }
        self.runs.go_on();
    }

    /// Begins another stretch that holds `look`.
    fn begin(&mut self, look: &Look) {
        while let Some(first) = self.recent.pop_front() {
            let is_like = |later: &Look| Change::between(&first, later).is_still();
            if is_like(look) && self.recent.iter().all(is_like) {
                self.runs.begin_before(self.recent.len() as u32 + 1);
                self.first = Some(first);
                self.recent.push_back(look.clone());
                return;
            }
        }
        self.runs.stop();
        self.first = Some(look.clone());
    }

    /// The longest stretch.
    pub(crate) fn longest(&self) -> TakeRange {
        self.runs.longest
    }
}
