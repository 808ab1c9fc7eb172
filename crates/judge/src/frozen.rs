use soundlock_time::TakeRange;

use crate::change::Change;
use crate::look::Look;
use crate::measures::Runs;

/// Finds stretches in which nothing lives.
///
/// Each frame is compared with the first of its stretch and not with the one before: a slow push-in changes little from
/// frame to frame and much in a second. One area that moves is life, so that a held shot in which somebody blinks passes.
#[derive(Debug, Default)]
pub(crate) struct Frozen {
    first: Option<Look>,
    pub(crate) runs: Runs,
}

impl Frozen {
    pub(crate) fn see(&mut self, look: &Look) {
        let lasts = self.first.as_ref().is_some_and(|first| Change::between(first, look).is_still());
        if !lasts {
            self.runs.stop();
            self.first = Some(look.clone());
        }
        self.runs.go_on();
    }

    /// The longest stretch.
    pub(crate) fn longest(&self) -> TakeRange {
        self.runs.longest
    }
}
