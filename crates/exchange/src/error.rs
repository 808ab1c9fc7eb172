use soundlock_plan::ShotCode;
use soundlock_time::{Fps, TimecodeError};

/// What can go wrong between two editing programs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// A shot's takes do not hold its circled one.
    #[error("shot {code} has {takes} takes, number {circled} of them cannot be circled")]
    NoSuchTake {
        /// The shot.
        code: ShotCode,
        /// How many takes are known.
        takes: usize,
        /// Place of the circled one, from 0.
        circled: usize,
    },
    /// Timecode that the film's rate has not.
    #[error(transparent)]
    Timecode(#[from] TimecodeError),
    /// A file of more bytes than any edit has.
    #[error("the edit has {bytes} bytes; more than {most} are not read")]
    TooLarge {
        /// Its size.
        bytes: u64,
        /// The largest that is read.
        most: u64,
    },
    /// Bytes that are no text.
    #[error("byte {at} of the edit is not UTF-8 text")]
    NotText {
        /// The first byte that is not.
        at: usize,
    },
    /// Text that is none of the formats that are read.
    #[error("this is {what}, not OpenTimelineIO, FCPXML or an EDL")]
    UnknownFormat {
        /// What it looks like.
        what: &'static str,
    },
    /// Something in the file is not as its format wants it.
    #[error("{format}, {place}: {why}")]
    Malformed {
        /// The format: `FCPXML`.
        format: &'static str,
        /// Where: a line, or the way to it from the top.
        place: String,
        /// What is wrong, a clause.
        why: String,
    },
    /// An edit without a single clip of picture.
    #[error("the edit has no picture: nothing in it is a clip on a video track")]
    NoPicture,
    /// `cuts.toml` does not hold a shot that is to be changed.
    #[error("cuts.toml has no shot {code}")]
    ShotNotInCuts {
        /// The shot.
        code: ShotCode,
    },
    /// `cuts.toml` cannot be read.
    #[error("cuts.toml is not readable: {message}")]
    Cuts {
        /// What the reader stumbled over.
        message: String,
    },
    /// Timecode of an EDL at a rate that is not the film's.
    #[error("EDL, line {line}: {source}; the film runs at {fps} frames per second")]
    EdlTimecode {
        /// Line, from 1.
        line: usize,
        /// The film's rate.
        fps: Fps,
        /// What is wrong with it.
        source: TimecodeError,
    },
}

impl ExchangeError {
    /// What to do next, where that is known.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::UnknownFormat { what } if what.contains("Final Cut Pro 7") => {
                "export the timeline as OpenTimelineIO (.otio) or as an EDL instead"
            }
            Self::UnknownFormat { .. } | Self::NotText { .. } => {
                "export the timeline from the editing program as .otio, .fcpxml or .edl"
            }
            Self::TooLarge { .. } => "export the timeline alone, without media in the file",
            Self::EdlTimecode { .. } => {
                "an EDL does not say its rate: export it from a timeline at the film's rate, or as .otio"
            }
            Self::NoPicture => "export the timeline that holds the film's shots",
            _ => return None,
        };
        Some(hint.to_owned())
    }
}
