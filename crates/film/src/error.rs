use std::path::{Path, PathBuf};

use soundlock_assistant::AssistantError;
use soundlock_deliver::DeliverError;
use soundlock_draw::DrawError;
use soundlock_exchange::ExchangeError;
use soundlock_finish::FinishError;
use soundlock_judge::JudgeError;
use soundlock_picture::PictureError;
use soundlock_plan::edit::EditError;
use soundlock_plan::{PlanError, ShotCode};
use soundlock_script::LineId;
use soundlock_service::ServiceError;
use soundlock_shoot::ShootError;
use soundlock_sound::SoundError;
use soundlock_time::{FilmFrame, FrameRange};
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
    /// A folder that was named is none.
    #[error("there is no folder {}", folder.display())]
    NoFolder {
        /// As it was named.
        folder: PathBuf,
    },
    /// A new film would overwrite something.
    #[error("{} is there already", folder.display())]
    FolderTaken {
        /// The folder.
        folder: PathBuf,
    },
    /// A file could not be read or written.
    #[error("cannot read or write {}", file.display())]
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
    /// What stands for a key is none.
    #[error("what is kept as {variable} is no key")]
    BadKey {
        /// The variable.
        variable: String,
    },
    /// A key is not in the environment, and whether the keyring has it cannot be told.
    #[error("the key {variable} is not in the environment, and the keyring cannot be asked: {why}")]
    Keyring {
        /// The key's name.
        variable: String,
        /// Why, a clause.
        why: String,
    },
    /// No language model is named.
    #[error("film.toml names no language model")]
    NoModel,
    /// A draft stands where one would be written.
    #[error("{} is there already", file.display())]
    DraftThere {
        /// The draft.
        file: PathBuf,
    },
    /// There is nothing to film.
    #[error("the script has no scenes")]
    NoScenes {
        /// The script.
        script: PathBuf,
    },
    /// Nothing is locked yet.
    #[error("the sound is not locked yet, so there are no shots")]
    NotLocked,
    /// Nobody knows what a take costs.
    #[error("nobody knows what a take of `{generator}` costs")]
    NoPrice {
        /// The generator.
        generator: String,
    },
    /// Money would be spent, and nobody said how much may be.
    #[error("takes of `{generator}` cost money, and nobody said how much may be spent")]
    NoSpendingLimit {
        /// The generator.
        generator: String,
    },
    /// The queue could not go on.
    #[error("shooting stopped: {why}")]
    Shooting {
        /// Why.
        why: String,
    },
    /// Nothing of that name was tried, or nothing of it is open.
    #[error("nothing called `{name}` is out, or was tried at a hired generator")]
    NoSuchAttempt {
        /// The name asked for.
        name: String,
    },
    /// An attempt could not be called off. It stands as it stood.
    #[error("{take} was not called off: {why}")]
    NotCalledOff {
        /// The take.
        take: String,
        /// Why, a clause.
        why: String,
    },
    /// A generator cannot be used as film.toml has it.
    #[error("generator `{generator}` cannot be used: {why}")]
    Generator {
        /// The generator.
        generator: String,
        /// Why, a clause.
        why: String,
        /// What to do.
        hint: Option<String>,
    },
    /// The sound is not made as the script is now.
    #[error("the sound is not made as the script is now, so what is still needed cannot be told")]
    SoundNotMade,
    /// The sound that is locked would move.
    #[error("the sound would move, and with it {shots} shots that have takes which cost money")]
    WouldMove {
        /// How many shots with paid takes.
        shots: usize,
    },
    /// There is no such line.
    #[error("the script has no line {line}")]
    NoSuchLine {
        /// The line asked for.
        line: String,
        /// Lines of the same scene.
        like: Vec<String>,
    },
    /// There is no such reading of a line.
    #[error("line {line} has no take {take}")]
    NoSuchReading {
        /// The line.
        line: LineId,
        /// The reading asked for.
        take: u32,
        /// How many it has.
        has: usize,
    },
    /// There is no such shot.
    #[error("there is no shot {code}")]
    NoSuchShot {
        /// The code asked for.
        code: String,
        /// Codes that are like it.
        like: Vec<String>,
    },
    /// There is no such prompt template.
    #[error("there is no prompt template `{name}`")]
    NoSuchTemplate {
        /// The name asked for.
        name: String,
        /// Those there are.
        known: Vec<String>,
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
    /// A take that was paid for, or brought in, is damaged or gone.
    #[error("take {code}-{number} is lost, and it is not made again by itself")]
    LostTake {
        /// The shot.
        code: ShotCode,
        /// The take.
        number: u32,
        /// What is wrong with its file.
        source: Box<VaultError>,
    },
    /// There is no edit to take over.
    #[error("there is no edit {}", file.display())]
    NoSuchEdit {
        /// What was asked for.
        file: PathBuf,
    },
    /// There is no such frame.
    #[error("the film has {frames} frames; there is no frame {frame}")]
    NoSuchFrame {
        /// The frame asked for.
        frame: u32,
        /// Frames of the film.
        frames: u32,
    },
    /// A frame of the film that is not in the shot it was to be in.
    #[error("frame {frame} of the film is not in shot {code}, which has {} to {}", shot.start, shot.end)]
    NotInShot {
        /// The shot.
        code: ShotCode,
        /// The frame.
        frame: FilmFrame,
        /// The shot's place in the film.
        shot: FrameRange,
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
    /// A timecode that is none.
    #[error(transparent)]
    Timecode(#[from] soundlock_time::TimecodeError),
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
    /// From a change to the cut list.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// From a generator.
    #[error(transparent)]
    Shoot(#[from] ShootError),
    /// From the judge.
    #[error(transparent)]
    Judge(#[from] JudgeError),
    /// From the finishing department.
    #[error(transparent)]
    Finish(#[from] FinishError),
    /// From the language model.
    #[error(transparent)]
    Assistant(#[from] AssistantError),
    /// From deliveries.
    #[error(transparent)]
    Deliver(#[from] DeliverError),
    /// From or for another editing program.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
}

impl FilmError {
    pub(crate) fn io(file: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let file = file.to_owned();
        move |source| Self::Io { file, source }
    }
}

/// Whose turn it is after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The film's: something in the folder has to change before it can be made.
    Film,
    /// The asker's: what was asked for does not exist.
    Question,
    /// An outside tool's, or the machine's.
    Tool,
    /// Nobody's: it was stopped by request.
    Stopped,
}

impl FilmError {
    /// Whose turn it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Cancelled(_)
            | Self::Assistant(
                AssistantError::Cancelled(_)
                | AssistantError::Service {
                    source: ServiceError::Stopped { .. } | ServiceError::LeftOpen { .. },
                    ..
                },
            )
            | Self::Sound(
                SoundError::Cancelled(_)
                | SoundError::Service {
                    source: ServiceError::Stopped { .. } | ServiceError::LeftOpen { .. },
                    ..
                },
            ) => Fault::Stopped,
            Self::NoFilm { .. }
            | Self::NoFolder { .. }
            | Self::FolderTaken { .. }
            | Self::NoSuchShot { .. }
            | Self::NoSuchTake { .. }
            | Self::NoSuchAttempt { .. }
            | Self::NoSuchTemplate { .. }
            | Self::NoSuchLine { .. }
            | Self::NoSuchReading { .. }
            | Self::NoSuchFrame { .. }
            | Self::NoSuchEdit { .. }
            | Self::DraftThere { .. }
            | Self::Assistant(AssistantError::NoSuchScene { .. } | AssistantError::NoSuchHunk { .. })
            | Self::NotInShot { .. }
            | Self::Exchange(_)
            | Self::Shoot(ShootError::NotDrawn { .. })
            | Self::Timecode(_) => Fault::Question,
            Self::Edit(error) if !matches!(error, EditError::Plan(_)) => Fault::Question,
            Self::Io { .. }
            | Self::Vault(_)
            | Self::LostTake { .. }
            | Self::NotCalledOff { .. }
            | Self::Keyring { .. }
            | Self::Picture(_)
            | Self::Draw(_)
            | Self::Shoot(_)
            | Self::Judge(_)
            | Self::Assistant(
                AssistantError::Io { .. }
                | AssistantError::Vault(_)
                | AssistantError::Service { .. }
                | AssistantError::Answer { .. }
                | AssistantError::Unusable { .. },
            )
            | Self::Sound(
                SoundError::Picture(_)
                | SoundError::Io { .. }
                | SoundError::Vault(_)
                | SoundError::Service { .. }
                | SoundError::Answer { .. },
            ) => Fault::Tool,
            _ => Fault::Film,
        }
    }

    /// Whether it is only that the film was opened to look.
    pub(crate) fn is_read_only(&self) -> bool {
        matches!(
            self,
            Self::Vault(VaultError::ReadOnly { .. })
                | Self::Sound(SoundError::Vault(VaultError::ReadOnly { .. }))
        )
    }

    /// Where in a person's files it is: `film.toml:12:5`.
    pub fn place(&self) -> Option<String> {
        match self {
            Self::Settings { file, place: (line, column), .. } => {
                Some(format!("{}:{line}:{column}", file.display()))
            }
            Self::NoScenes { script } => Some(script.display().to_string()),
            Self::Edit(error) => error.place().map(|(line, column)| format!("cuts.toml:{line}:{column}")),
            Self::Plan(error) => error.place().map(|(line, column)| format!("cuts.toml:{line}:{column}")),
            _ => None,
        }
    }

    /// What to do next, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoFilm { .. } => {
                Some("`soundlock new FOLDER` starts one; `--film FOLDER` names one".to_owned())
            }
            Self::NoSuchEdit { .. } => Some(
                "name an .otio, .fcpxml or .edl that your editor wrote; a relative name counts from the folder you are in"
                    .to_owned(),
            ),
            Self::FolderTaken { .. } => Some("choose another folder".to_owned()),
            Self::Settings { hint, .. } | Self::Generator { hint, .. } => hint.clone(),
            Self::BadKey { variable } => {
                Some(format!("set {variable} to the key alone, without quotation marks and spaces"))
            }
            Self::Keyring { variable, .. } => {
                Some(format!("set it: export {variable}=…; or unlock the keyring and do this again"))
            }
            Self::NoModel => Some(
                "write [model] with url = \"http://localhost:11434/v1\" and name = \"qwen3:14b\", say; docs/assistant.md \
                 tells more. Everything else works without"
                    .to_owned(),
            ),
            Self::DraftThere { .. } => Some("`--force` overwrites it".to_owned()),
            Self::Assistant(error) => error.hint(),
            Self::NoScenes { .. } => {
                Some("write a scene heading on a line of its own, such as `INT. KITCHEN - NIGHT`".to_owned())
            }
            Self::NotLocked => Some("`soundlock make` locks it and makes the film".to_owned()),
            Self::NoSuchAttempt { .. } => {
                Some("`soundlock takes` lists what was tried; names are like 12_0040-3".to_owned())
            }
            Self::NotCalledOff { take, .. } => Some(format!(
                "it stands as it stood; try again, or do without it: `soundlock settle {take} --charged USD`, with what \
                 the vendor's bill says"
            )),
            Self::NoPrice { generator } => Some(format!(
                "write usd_per_second in [generators.{generator}]: what a second of picture costs in US dollars, or 0"
            )),
            Self::NoSpendingLimit { .. } => Some(
                "write [budget] usd = 50, usd_per_day or usd_per_run, or say `--limit 20` for this run".to_owned(),
            ),
            Self::SoundNotMade => Some("`soundlock sound` makes it".to_owned()),
            Self::WouldMove { .. } => {
                Some("`soundlock sound --diff` shows what moves; `--yes` locks it all the same".to_owned())
            }
            Self::NoSuchShot { like, .. } if like.is_empty() => {
                Some("`soundlock plan` lists the shots; codes are like 12_0040".to_owned())
            }
            Self::NoSuchLine { like, .. } if like.is_empty() => {
                Some("`soundlock script cues` lists the lines; numbers are like 12.03".to_owned())
            }
            Self::NoSuchShot { like, .. } | Self::NoSuchLine { like, .. } => {
                Some(format!("that scene has {}", like.join(", ")))
            }
            Self::NoSuchReading { has: 0, .. } => Some("no recording in voices/ holds it".to_owned()),
            Self::NoSuchReading { line, has, .. } => {
                Some(format!("it has {has}; `soundlock line {line}` shows them"))
            }
            Self::NoSuchTemplate { known, .. } => {
                Some(format!("one of {}; [prompts.NAME] in film.toml makes another", known.join(", ")))
            }
            Self::NoSuchTake { has, .. } if has.is_empty() => Some("it has no takes yet".to_owned()),
            Self::NoSuchTake { has, .. } => {
                let takes: Vec<String> = has.iter().map(u32::to_string).collect();
                Some(format!("it has takes {}", takes.join(", ")))
            }
            Self::LostTake { code, source, .. } => {
                let restore = source.hint().unwrap_or_else(|| "put its file back from a backup".to_owned());
                Some(format!("{restore}; or go on without it: `soundlock shoot {code} --give-up`"))
            }
            Self::NotDelivered { .. } => Some("nothing is lost; `soundlock make` writes it again".to_owned()),
            Self::Io { source, .. } => io_hint(source),
            Self::Vault(error) => error.hint(),
            Self::Picture(error) => error.hint(),
            Self::Draw(error) => error.hint(),
            Self::Sound(error) => error.hint(),
            Self::Plan(error) => error.hint(),
            Self::Edit(error) => error.hint(),
            Self::Shoot(ShootError::NotDrawn { code, .. }) => {
                Some(format!("`soundlock shoot {code}` says what to ask for; bring it with `--file CLIP`"))
            }
            Self::Judge(error) => error.hint(),
            Self::Finish(error) => error.hint(),
            Self::Deliver(error) => error.hint(),
            Self::Exchange(error) => error.hint(),
            _ => None,
        }
    }
}

fn io_hint(error: &std::io::Error) -> Option<String> {
    match error.kind() {
        std::io::ErrorKind::StorageFull => {
            Some("the disk is full: make room; what is made is kept".to_owned())
        }
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
            Some("the folder cannot be written to; check its owner and rights".to_owned())
        }
        _ => None,
    }
}
