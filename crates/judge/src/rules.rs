use serde::{Deserialize, Serialize};

/// Where passing ends, measure by measure.
///
/// What counts as black, as the same picture, as a cut is part of the measures and of [`JudgeRules::VERSION`]; how much
/// of it a take may have is said here and may be said otherwise for a film.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default = "standard", deny_unknown_fields)]
pub struct JudgeRules {
    /// Faults that the decoder may report.
    pub decode_faults: u32,
    /// Frames that the container may promise and not hold.
    pub missing_frames: u32,
    /// Pixels that width and height together may be off.
    pub size_pixels: u32,
    /// Frames that the take may have gained or lost by its end at its own rate, against the rate asked for.
    pub rate_drift_frames: f64,
    /// Black frames in a row.
    pub black_frames: u32,
    /// Seconds without change in which a picture still counts as living.
    pub frozen_secs: f64,
    /// The same as a share of the take; the shorter of both counts.
    pub frozen_share: f64,
    /// Share of frames that may repeat the one before while the picture moves.
    pub repeated_share: f64,
    /// Hard cuts.
    pub cuts: u32,
    /// Flicker of all but the worst hundredth of the frames, in levels of 255.
    pub flicker_levels: f64,
    /// Flicker of the worst frame, in levels of 255.
    pub flicker_peak_levels: f64,
}

impl JudgeRules {
    /// Raised when the same file should be judged differently.
    pub const VERSION: (&'static str, u32) = ("judge", 2);

    /// The rules for a film that says nothing else.
    pub const STANDARD: Self = Self {
        // FFmpeg gives 120 "good" frames for a file with flipped bits: what it says on stderr is the only sign.
        decode_faults: 0,
        // An edit list may hide one frame of a file that is whole; a file cut short lacks more.
        missing_frames: 1,
        size_pixels: 0,
        // Half a frame is where the last picture would be another one.
        rate_drift_frames: 0.5,
        // One black frame in a moving picture is seen. Where it lies in a handle, the director overrules.
        black_frames: 0,
        // What FFmpeg's freezedetect waits for. An empty road under a real camera was measured at 1.0 to 1.9 s.
        frozen_secs: 2.0,
        // A take that is shorter than that must live for half of its length.
        frozen_share: 0.5,
        // 24 pictures stretched to 25, the sparsest cadence that rate conversion makes, repeat one in 25: 4 %.
        repeated_share: 0.03,
        cuts: 0,
        // One level at mid grey is 2 % of luminance; the eye sees flicker near 10 Hz from 0.5 to 1 % (de Lange 1958).
        // The light of sound takes, generated or filmed, was measured up to 0.6 here and 0.9 in the worst frame.
        flicker_levels: 0.7,
        // Twice as much for a single frame: a lamp that blinks once.
        flicker_peak_levels: 1.4,
    };
}

/// What a rule is where nothing is said.
fn standard() -> JudgeRules {
    JudgeRules::STANDARD
}
