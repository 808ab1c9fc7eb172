//! What is said about an edit made elsewhere, one by one.

use std::fmt;

use soundlock_time::Fps;

/// Something in an edit made elsewhere that the cut list has no place for; the rest is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remark {
    /// It runs at another rate than the film.
    OtherRate {
        /// Its rate.
        edit: Fps,
        /// The film's.
        film: Fps,
    },
    /// The film begins later than the edit.
    Lead {
        /// Frames before it.
        frames: u32,
    },
    /// A clip that is no take of the film.
    UnknownClip {
        /// Its name.
        clip: String,
        /// Where in the file.
        place: String,
    },
    /// A clip without media; its name tells which shot it is.
    MissingMedia {
        /// Its name.
        clip: String,
        /// Where in the file.
        place: String,
    },
    /// A clip that is switched off.
    Disabled {
        /// Its name.
        clip: String,
        /// Where in the file.
        place: String,
    },
    /// A clip played faster, slower, backwards or still.
    Speed {
        /// Its name.
        clip: String,
        /// How fast, a clause: `at 50 %`.
        how: String,
        /// Where in the file.
        place: String,
    },
    /// A dissolve or another transition; it becomes a cut.
    Transition {
        /// What it is called.
        what: String,
        /// Where in the file.
        place: String,
    },
    /// A sequence inside the sequence.
    Nested {
        /// Its name.
        clip: String,
        /// Whether its clips were taken as if they lay in the edit itself.
        flattened: bool,
        /// Where in the file.
        place: String,
    },
    /// Clips on the same track that share time; the later one is seen.
    Overlap {
        /// The earlier clip.
        first: String,
        /// The later clip.
        second: String,
        /// Film frames both have.
        frames: u32,
        /// Where in the file.
        place: String,
    },
    /// Clips on more than one video track.
    SeveralTracks {
        /// How many.
        tracks: usize,
    },
    /// More than one timeline in the file.
    SeveralTimelines {
        /// The one that was read.
        read: String,
        /// How many there are.
        count: usize,
    },
    /// A title or a generated picture over the film.
    Overlay {
        /// Its name.
        clip: String,
        /// Where in the file.
        place: String,
    },
    /// Frames of the edit where nothing is to be seen.
    Gap {
        /// How many.
        frames: u32,
        /// Where, as timecode of the film.
        at: String,
    },
    /// Sound that is not the film's.
    UnknownSound {
        /// Its name.
        clip: String,
        /// Where in the file.
        place: String,
    },
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherRate { edit, film } => write!(
                f,
                "the edit runs at {edit} frames per second, the film at {film}; cuts that fall on a frame of the film \
                 are taken"
            ),
            Self::Lead { frames } => {
                write!(f, "nothing is to be seen for {frames} frames before the film; it is taken from there")
            }
            Self::UnknownClip { clip, place } => {
                write!(
                    f,
                    "`{clip}` ({place}) is no take of this film; `soundlock shoot SHOT --file` brings one in"
                )
            }
            Self::MissingMedia { clip, place } => write!(f, "`{clip}` ({place}) has no media"),
            Self::Disabled { clip, place } => write!(f, "`{clip}` ({place}) is switched off"),
            Self::Speed { clip, how, place } => {
                write!(f, "`{clip}` ({place}) plays {how}; the film plays takes at their own speed")
            }
            Self::Transition { what, place } => {
                write!(f, "{what} ({place}) becomes a cut; the film knows no others")
            }
            Self::Nested { clip, flattened: true, place } => {
                write!(f, "`{clip}` ({place}) is a sequence of its own; its clips are taken from inside it")
            }
            Self::Nested { clip, flattened: false, place } => write!(
                f,
                "`{clip}` ({place}) is a sequence of its own with more in it than clips one after the other; it is \
                 not looked into"
            ),
            Self::Overlap { first, second, frames, place } => {
                write!(f, "`{first}` and `{second}` ({place}) share {frames} frames; the later one is seen")
            }
            Self::SeveralTracks { tracks } => {
                write!(f, "picture lies on {tracks} tracks; the topmost is seen")
            }
            Self::SeveralTimelines { read, count } => {
                write!(f, "the file holds {count} timelines; `{read}` was read")
            }
            Self::Overlay { clip, place } => {
                write!(f, "`{clip}` ({place}) is a title or a generated picture; the film letters its own")
            }
            Self::Gap { frames, at } => {
                write!(f, "nothing is to be seen for {frames} frames at {at}; the shots there stay")
            }
            Self::UnknownSound { clip, place } => write!(
                f,
                "`{clip}` ({place}) is no sound of this film; put it into the script, and the sound is locked with it"
            ),
        }
    }
}
