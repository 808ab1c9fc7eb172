use crate::{PlanError, ShotCode};

/// What keeps the cut list from being changed as asked. Lines are those of `cuts.toml` as it is.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EditError {
    /// No such shot.
    #[error("there is no shot {code}")]
    NoSuchShot {
        /// The code asked for.
        code: ShotCode,
        /// The nearest codes of that scene.
        like: Vec<ShotCode>,
    },
    /// No such generator.
    #[error("there is no generator `{generator}`")]
    NoSuchGenerator {
        /// The name asked for.
        generator: String,
        /// Those there are.
        known: Vec<String>,
    },
    /// A cut that is not inside its shot.
    #[error("a cut at frame {at} is not inside shot {code}, which has {frames} frames")]
    CutOutside {
        /// The shot.
        code: ShotCode,
        /// Its line.
        line: u32,
        /// The frame asked for, from the shot's first.
        at: u32,
        /// Frames of the shot.
        frames: u32,
    },
    /// Two shots that are not side by side.
    #[error("shot {second} does not follow shot {first}")]
    NotNeighbours {
        /// The earlier one.
        first: ShotCode,
        /// The later one.
        second: ShotCode,
        /// Line of the earlier one.
        line: u32,
        /// What follows it in its scene.
        next: Option<ShotCode>,
    },
    /// The first shot of a scene.
    #[error("shot {code} begins its scene, and a scene begins with its sound")]
    BeginsScene {
        /// The shot.
        code: ShotCode,
        /// Its line.
        line: u32,
    },
    /// A move beyond the shots on both sides.
    #[error("shot {code} cannot begin there: of it or of the one before it nothing would be left")]
    MovedTooFar {
        /// The shot.
        code: ShotCode,
        /// Its line.
        line: u32,
        /// By how many frames it can begin earlier.
        earlier: u32,
        /// By how many it can begin later.
        later: u32,
    },
    /// A shot that its generator could not make.
    #[error("shot {code} would have {frames} frames; `{generator}` makes {longest} at most")]
    TooLong {
        /// The shot.
        code: ShotCode,
        /// Its line.
        line: u32,
        /// Frames it would have.
        frames: u32,
        /// The generator's name.
        generator: String,
        /// Its longest shot, handles taken off.
        longest: u32,
    },
    /// The file, or the plan that would come of it.
    #[error(transparent)]
    Plan(#[from] PlanError),
}

impl EditError {
    /// What to do next, where known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoSuchShot { like, .. } if like.is_empty() => {
                Some("`soundlock plan` lists the shots; codes are like 12_0040".to_owned())
            }
            Self::NoSuchShot { like, .. } => {
                let like: Vec<String> = like.iter().map(ToString::to_string).collect();
                Some(format!("near it are {}", like.join(", ")))
            }
            Self::NoSuchGenerator { known, .. } => Some(format!("known generators: {}", known.join(", "))),
            Self::CutOutside { frames: 0 | 1, .. } | Self::BeginsScene { .. } => None,
            Self::CutOutside { frames, .. } => Some(format!("it can be cut at 1 to {}", frames - 1)),
            Self::NotNeighbours { first, next: Some(next), .. } => {
                Some(format!("`soundlock merge {first} {next}` joins it with the one that does"))
            }
            Self::NotNeighbours { first, next: None, .. } => {
                Some(format!("{first} is the last of its scene; shots of two scenes stay two"))
            }
            Self::MovedTooFar { earlier, later, .. } => Some(format!("-{earlier} to {later} frames can be")),
            Self::TooLong { .. } => Some("choose another generator for it, or leave the cut".to_owned()),
            Self::Plan(error) => error.hint(),
        }
    }

    /// Line and column in `cuts.toml`, from 1, where one is known.
    pub fn place(&self) -> Option<(u32, u32)> {
        match self {
            Self::CutOutside { line, .. }
            | Self::NotNeighbours { line, .. }
            | Self::BeginsScene { line, .. }
            | Self::MovedTooFar { line, .. }
            | Self::TooLong { line, .. } => Some((*line, 1)),
            Self::Plan(error) => error.place(),
            Self::NoSuchShot { .. } | Self::NoSuchGenerator { .. } => None,
        }
    }
}
