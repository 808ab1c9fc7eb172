//! What an edit made elsewhere changes in the cut list, and what it cannot.

use std::fmt;

use soundlock_plan::ShotCode;
use soundlock_time::Fps;

/// A change to the cut list, as an editor would say it. Places count from the scene's start, as in `cuts.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// A shot begins or ends elsewhere.
    Trim {
        /// The shot.
        shot: ShotCode,
        /// First frame and length before.
        was: (u32, u32),
        /// First frame from now on.
        at: u32,
        /// Length from now on.
        frames: u32,
    },
    /// The shots of a scene come in another order.
    Reorder {
        /// The scene.
        scene: String,
        /// Its shots from now on.
        order: Vec<ShotCode>,
    },
    /// Another take is seen.
    SwapTake {
        /// The shot.
        shot: ShotCode,
        /// The take before; `None` where none was circled.
        was: Option<u32>,
        /// The take from now on.
        take: u32,
    },
    /// Another part of the take is seen.
    Slip {
        /// The shot.
        shot: ShotCode,
        /// How many frames later the take begins.
        frames: i64,
    },
    /// A shot is gone; its neighbours fill its place.
    Drop {
        /// The shot.
        shot: ShotCode,
    },
    /// A take is seen once more.
    Split {
        /// Code of the new shot.
        shot: ShotCode,
        /// Whose take it shows.
        of: ShotCode,
        /// The take.
        take: u32,
        /// Its first frame.
        at: u32,
        /// Its length.
        frames: u32,
    },
}

/// What keeps a part of an edit from being taken; the rest is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The edit is longer or shorter than the film.
    Length {
        /// By how many frames; below zero for shorter.
        frames: i64,
    },
    /// A scene is longer or shorter than its sound.
    SceneLength {
        /// The scene.
        scene: String,
        /// By how many frames; below zero for shorter.
        frames: i64,
    },
    /// A scene of the film is not in the edit.
    SceneMissing {
        /// The scene.
        scene: String,
    },
    /// Scenes come in another order than their sound.
    SceneMoved {
        /// The scene.
        scene: String,
        /// By how many frames; below zero for earlier.
        frames: i64,
    },
    /// A shot of another scene is seen inside a scene.
    OtherScene {
        /// The scene.
        scene: String,
        /// The shot.
        shot: ShotCode,
    },
    /// A shot reaches over its scene's end or begins before its scene.
    OverSceneEnd {
        /// The scene.
        scene: String,
        /// The shot.
        shot: ShotCode,
        /// How many frames lie outside.
        frames: i64,
    },
    /// Something is seen, or nothing, where no shot of the film fits in.
    Hole {
        /// The scene.
        scene: String,
        /// First frame, from scene start.
        at: i64,
        /// How many.
        frames: i64,
    },
    /// A cut lies between two frames of the film.
    BetweenFrames {
        /// The scene.
        scene: String,
        /// The shot before or after the cut.
        shot: ShotCode,
        /// The film's rate.
        fps: Fps,
    },
    /// More is seen of a take than there is.
    BeyondTake {
        /// The scene.
        scene: String,
        /// The take.
        take: String,
        /// First film frame that is wanted of it; below zero before its head.
        from: i64,
        /// First film frame after.
        to: i64,
        /// Film frames that it has.
        has: u32,
    },
    /// Title card or credits are changed.
    Card {
        /// The card.
        shot: ShotCode,
    },
    /// The film's own sound lies elsewhere.
    SoundMoved {
        /// The stem.
        sound: String,
        /// By how many frames; below zero for earlier.
        frames: i64,
    },
    /// The film's own sound is cut out or cut short.
    SoundCut {
        /// The stem.
        sound: String,
        /// Frames that are left.
        frames: i64,
        /// Frames of the film.
        of: u32,
    },
    /// The cut list cannot be planned with it.
    Unplannable {
        /// The scene.
        scene: String,
        /// Why.
        why: String,
    },
}

/// `5 frames`.
fn frames_of(count: i64) -> String {
    let count = count.unsigned_abs();
    if count == 1 { "1 frame".to_owned() } else { format!("{count} frames") }
}

/// `5 frames later`.
fn moved(by: i64) -> String {
    format!("{} {}", frames_of(by), if by < 0 { "earlier" } else { "later" })
}

/// `5 frames longer`.
fn longer(by: i64) -> String {
    format!("{} {}", frames_of(by), if by < 0 { "shorter" } else { "longer" })
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trim { shot, was, at, frames } => {
                let starts = i64::from(*at) - i64::from(was.0);
                let ends = starts + i64::from(*frames) - i64::from(was.1);
                let edges = [("starts", starts), ("ends", ends)];
                let said: Vec<String> = edges
                    .iter()
                    .filter(|(_, by)| *by != 0)
                    .map(|(edge, by)| format!("{edge} {}", moved(*by)))
                    .collect();
                write!(
                    f,
                    "{shot} {} ({} at {at}, was {} at {})",
                    said.join(", "),
                    frames_of((*frames).into()),
                    was.1,
                    was.0
                )
            }
            Self::Reorder { scene, order } => {
                let order: Vec<String> = order.iter().map(ToString::to_string).collect();
                write!(f, "scene {scene} is in the order {}", order.join(", "))
            }
            Self::SwapTake { shot, was: Some(was), take } => {
                write!(f, "{shot} shows take {take}, was take {was}")
            }
            Self::SwapTake { shot, was: None, take } => write!(f, "{shot} shows take {take}"),
            Self::Slip { shot, frames } => write!(f, "{shot} shows its take from {} on", moved(*frames)),
            Self::Drop { shot } => write!(f, "{shot} is dropped; its takes are kept"),
            Self::Split { shot, of, take, at, frames } => {
                write!(
                    f,
                    "{shot} is new: take {of}-{take} once more, {} at {at}",
                    frames_of((*frames).into())
                )
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { frames } => {
                write!(
                    f,
                    "the edit is {} than the film: the sound is locked and is not moved",
                    longer(*frames)
                )
            }
            Self::SceneLength { scene, frames } => {
                write!(f, "scene {scene} is {} than its sound, which is locked", longer(*frames))
            }
            Self::SceneMissing { scene } => {
                write!(f, "scene {scene} is not in the edit; its sound is locked, so its picture stays")
            }
            Self::SceneMoved { scene, frames } => write!(
                f,
                "scene {scene} lies {}; scenes change places in the script, and their sound with them",
                moved(*frames)
            ),
            Self::OtherScene { scene, shot } => {
                write!(f, "scene {scene} shows {shot}, a shot of another scene; takes stay with their scene")
            }
            Self::OverSceneEnd { scene, shot, frames } => write!(
                f,
                "{shot} reaches {} over the edge of scene {scene}; a scene's picture ends where its sound does",
                frames_of(*frames)
            ),
            Self::Hole { scene, at, frames } => write!(
                f,
                "scene {scene} shows no shot of the film for {} from its frame {at} on",
                frames_of(*frames)
            ),
            Self::BetweenFrames { scene, shot, fps } => write!(
                f,
                "scene {scene}: a cut of {shot} falls between two frames at {fps} frames per second"
            ),
            Self::BeyondTake { scene, take, from, to, has } => {
                write!(f, "scene {scene} shows {take} from its frame {from} to {to}; it has {has}")
            }
            Self::Card { shot } => {
                write!(f, "{shot} is lettered by the program, and its length belongs to the sound")
            }
            Self::SoundMoved { sound, frames } => {
                write!(f, "`{sound}` lies {}: the sound is locked and stays", moved(*frames))
            }
            Self::SoundCut { sound, frames, of } => {
                write!(
                    f,
                    "`{sound}` is heard for {frames} frames of {of}: the sound is locked and stays whole"
                )
            }
            Self::Unplannable { scene, why } => write!(f, "scene {scene} cannot be planned so: {why}"),
        }
    }
}

impl Refusal {
    /// The scene that is left as it was; `None` where it is about the whole film.
    pub fn scene(&self) -> Option<&str> {
        match self {
            Self::SceneLength { scene, .. }
            | Self::SceneMissing { scene }
            | Self::SceneMoved { scene, .. }
            | Self::OtherScene { scene, .. }
            | Self::OverSceneEnd { scene, .. }
            | Self::Hole { scene, .. }
            | Self::BetweenFrames { scene, .. }
            | Self::BeyondTake { scene, .. }
            | Self::Unplannable { scene, .. } => Some(scene),
            Self::Card { shot } => Some(shot.scene()),
            Self::Length { .. } | Self::SoundMoved { .. } | Self::SoundCut { .. } => None,
        }
    }
}
