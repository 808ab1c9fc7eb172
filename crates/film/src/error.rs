use std::path::{Path, PathBuf};

use soundlock_deliver::DeliverError;
use soundlock_draw::DrawError;
use soundlock_finish::FinishError;
use soundlock_judge::JudgeError;
use soundlock_picture::PictureError;
use soundlock_plan::{PlanError, ShotCode};
use soundlock_shoot::ShootError;
use soundlock_sound::SoundError;
use soundlock_vault::{Cancelled, VaultError};

/// Why a film could not be made, or not all of it. What was made before is kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FilmError {
    /// There is no film folder here.
    #[error("there is no film.toml in {} or any folder above it", start.display())]
    NoFilm {
        /// Where the search began.
        start: PathBuf,
    },
    /// A new film would overwrite something.
    #[error("{} is there already", folder.display())]
    FolderTaken {
        /// The folder.
        folder: PathBuf,
    },
    /// A file could not be read or written.
    #[error("{}: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Something in film.toml.
    #[error("{why}")]
    Settings {
        /// The settings file.
        file: PathBuf,
        /// Line and column from 1.
        place: (usize, usize),
        /// What is wrong, a clause.
        why: String,
        /// What to write.
        hint: Option<String>,
    },
    /// There is nothing to film.
    #[error("the script has no scenes")]
    NoScenes {
        /// The script.
        script: PathBuf,
    },
    /// The sound that is locked would move.
    #[error("the sound would move, and with it {shots} shots that have takes which cost money")]
    WouldMove {
        /// How many shots with paid takes.
        shots: usize,
    },
    /// There is no such shot.
    #[error("there is no shot {code}")]
    NoSuchShot {
        /// The code asked for.
        code: String,
        /// Codes that are like it.
        like: Vec<String>,
    },
    /// There is no such take.
    #[error("shot {code} has no take {take}")]
    NoSuchTake {
        /// The shot.
        code: ShotCode,
        /// The take asked for.
        take: u32,
        /// Takes it has.
        has: Vec<u32>,
    },
    /// There is no such frame.
    #[error("the film has {frames} frames; there is no frame {frame}")]
    NoSuchFrame {
        /// The frame asked for.
        frame: u32,
        /// Frames of the film.
        frames: u32,
    },
    /// No take of a shot can be used at all.
    #[error("shot {code} has no take that can be used: {why}")]
    NoUsableTake {
        /// The shot.
        code: ShotCode,
        /// What is wrong with the best of them.
        why: String,
    },
    /// A delivery was read back and is not what it should be.
    #[error("{}: {what} is {found}, but must be {limit}", file.display())]
    NotDelivered {
        /// The file.
        file: PathBuf,
        /// What was checked.
        what: String,
        /// What was found.
        found: String,
        /// What it must be.
        limit: String,
    },
    /// Stopped by request.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// From the vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// From FFmpeg.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// From lettering.
    #[error(transparent)]
    Draw(#[from] DrawError),
    /// From the sound department.
    #[error(transparent)]
    Sound(#[from] SoundError),
    /// From the planning department.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// From a generator.
    #[error(transparent)]
    Shoot(#[from] ShootError),
    /// From the judge.
    #[error(transparent)]
    Judge(#[from] JudgeError),
    /// From the finishing department.
    #[error(transparent)]
    Finish(#[from] FinishError),
    /// From deliveries.
    #[error(transparent)]
    Deliver(#[from] DeliverError),
}

impl FilmError {
    pub(crate) fn io(file: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let file = file.to_owned();
        move |source| Self::Io { file, source }
    }
}
