use soundlock_picture::PictureError;
use soundlock_plan::ShotCode;

/// What can go wrong while finishing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FinishError {
    /// A take ends before its shot does. `judge` should not have let it be circled.
    #[error("the take of shot {code} has {frames} frames where {needed} are needed")]
    TakeTooShort {
        /// The shot.
        code: ShotCode,
        /// Frames the take has.
        frames: u32,
        /// Frames of the take that the shot needs, its head handle counted in.
        needed: u32,
    },
    /// A shot without a single frame.
    #[error("shot {code} has no frames")]
    EmptyShot {
        /// The shot.
        code: ShotCode,
    },
    /// The pieces are not the shots of the cut list.
    #[error("piece {index} of the picture is {found}, the cut list has {wanted} there")]
    WrongPiece {
        /// Place among the pieces, from 0.
        index: usize,
        /// What was handed over: `12_0040 with 57 frames`, `nothing`.
        found: String,
        /// What the cut list says.
        wanted: String,
    },
    /// Picture and sound are not equally long.
    #[error("the picture has {picture} frames, the locked sound {locked}")]
    WrongTotal {
        /// Frames of the pieces together.
        picture: u64,
        /// Frames of the locked sound.
        locked: u32,
    },
    /// FFmpeg or a file failed.
    #[error(transparent)]
    Picture(#[from] PictureError),
}

impl FinishError {
    /// What to do next, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::TakeTooShort { code, .. } => Some(format!(
                "circle another take of {code} (`soundlock circle {code} TAKE`), or shoot it again"
            )),
            Self::EmptyShot { code } => {
                Some(format!("give {code} at least one frame in cuts.toml, or take it out"))
            }
            _ => None,
        }
    }
}
