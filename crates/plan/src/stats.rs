use soundlock_sound::LockedSound;

use crate::CutList;

/// What a cut list is like, in numbers. Title card and credits are left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlanStats {
    /// Shots of scenes.
    pub shots: usize,
    /// Mean length in seconds.
    pub mean_secs: f64,
    /// Median length in seconds.
    pub median_secs: f64,
    /// Cuts inside scenes: every shot's first frame but those that begin a scene.
    pub cuts: usize,
    /// Cuts while no line sounds.
    pub cuts_in_gaps: usize,
    /// Cuts between lines of two speakers.
    pub cuts_at_speaker_change: usize,
    /// Cuts at the onset of music or an effect.
    pub cuts_at_onsets: usize,
    /// Cuts inside what is probably a word.
    pub cuts_in_words: usize,
    /// Cuts that are in a gap, on an onset or at a change of speaker.
    pub cuts_covered: usize,
    /// Largest distance between the lengths' distribution and the log-normal that fits them best, 0 to 1; lower is
    /// better. `None` below 8 shots.
    pub lognormal_distance: Option<f64>,
    /// Correlation of each shot's length (its logarithm) with the next one's in the scene, -1 to 1; films have a
    /// little above 0. `None` below 8 pairs.
    pub lag_one_correlation: Option<f64>,
}

/// Measures a cut list against the sound it was planned to.
pub fn stats(cut_list: &CutList, sound: &LockedSound) -> PlanStats {
    let _ = (cut_list, sound);
    todo!()
}
