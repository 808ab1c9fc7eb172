use std::path::PathBuf;

use soundlock_picture::PictureError;
use soundlock_script::{LineId, SceneId};
use soundlock_service::{ServiceError, Usd};
use soundlock_vault::{Cancelled, VaultError};

/// What can go wrong between screenplay and locked sound.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SoundError {
    /// Nothing to make a sound of.
    #[error("the script has no scenes")]
    NoScenes,
    /// A recording cannot be used.
    #[error("the recording {file} of line {line} {why}")]
    Recording {
        /// The file, as it is written below the film folder.
        file: String,
        /// The line it was recorded for.
        line: LineId,
        /// What is wrong, a clause that begins with a verb.
        why: String,
    },
    /// A part of a recording that the director chose cannot be used.
    #[error("{file}, chosen in film.toml for line {line}, {why}")]
    ChosenPart {
        /// The file, as it is written below the film folder.
        file: String,
        /// The line.
        line: LineId,
        /// What is wrong, a clause that begins with a verb.
        why: String,
    },
    /// A recording cannot be read any more.
    #[error("{file} {why}")]
    Unreadable {
        /// The file, as it is written below the film folder.
        file: String,
        /// What is wrong, a clause that begins with a verb.
        why: String,
    },
    /// A recording of many lines could not be laid against the script.
    #[error("{file} could not be laid against the script")]
    Align {
        /// The file, as it is written below the film folder.
        file: String,
        /// Why.
        source: soundlock_align::AlignError,
    },
    /// A recording is not the one that was locked.
    #[error("{file} changed on disk after {what} was locked to it")]
    Changed {
        /// The file, as it is written below the film folder.
        file: String,
        /// What was locked to it: `line 12.03`, `music of scene 4`.
        what: String,
    },
    /// A file that a note asks for is not there.
    #[error("{file} is asked for in line {script_line} of the script and is not there")]
    NoCueFile {
        /// Where it was looked for, below the film folder.
        file: String,
        /// Line of the script's file where the note stands, counted from 1.
        script_line: u32,
    },
    /// Music or an effect cannot be used.
    #[error("{file}, asked for in scene {scene}, {why}")]
    Cue {
        /// The file, as it is written below the film folder.
        file: String,
        /// The scene whose note asks for it.
        scene: SceneId,
        /// What is wrong, a clause that begins with a verb.
        why: String,
    },
    /// Music or an effect that was locked cannot be used any more.
    #[error("{file}, locked as {what}, {why}")]
    CueGone {
        /// The file, as it is written below the film folder.
        file: String,
        /// What was locked to it.
        what: String,
        /// What is wrong, a clause that begins with a verb.
        why: String,
    },
    /// The loudness meter refused.
    #[error("the loudness could not be measured: {why}")]
    Meter {
        /// What it said.
        why: String,
    },
    /// The scratch voice failed.
    #[error("the scratch voice `{voice}` failed on line {line}: {why}")]
    Scratch {
        /// The voice.
        voice: String,
        /// The line it was to speak.
        line: LineId,
        /// What it said.
        why: String,
    },
    /// A service did not speak a line.
    #[error("{voice} did not speak line {line}")]
    Service {
        /// The line.
        line: LineId,
        /// The voice: `kokoro:af_bella`.
        voice: String,
        /// Why.
        source: ServiceError,
    },
    /// What a service sent is no speech that can be used. Nothing of it is kept.
    #[error("what {address} sent for line {line} by {voice} {why}")]
    Answer {
        /// The line.
        line: LineId,
        /// The voice.
        voice: String,
        /// Where the service is.
        address: String,
        /// What is wrong, a clause that begins with a verb.
        why: String,
    },
    /// A voice may not be used.
    #[error("{character} may not be spoken by {voice}: {why}")]
    NoConsent {
        /// The character.
        character: String,
        /// The voice.
        voice: String,
        /// Why, a clause.
        why: String,
    },
    /// A service's key is not there.
    #[error(
        "the service `{service}` needs a key, and {key_env} is neither in the environment nor in the keyring"
    )]
    NoKey {
        /// The service's name in `film.toml`.
        service: String,
        /// Its name.
        key_env: String,
    },
    /// A voice belongs to a service that `film.toml` does not have.
    #[error("{voice} is a voice of `{service}`, and film.toml has no [voices.{service}]")]
    NoService {
        /// The voice.
        voice: String,
        /// The service.
        service: String,
    },
    /// Nobody said how much may be spent.
    #[error("`{service}` would cost {cost}, and no limit is set")]
    NoLimit {
        /// The service's name in `film.toml`.
        service: String,
        /// What it would cost.
        cost: Usd,
    },
    /// A limit would be passed.
    #[error("it would cost {cost}; {left} of {name} = {limit} are left")]
    OverBudget {
        /// What it would cost.
        cost: Usd,
        /// What is left.
        left: Usd,
        /// The limit.
        limit: Usd,
        /// Its name in `film.toml`.
        name: String,
    },
    /// A line that was locked as spoken by a service is not there.
    #[error("{voice} has not spoken `{text}`")]
    NotSpoken {
        /// The voice.
        voice: String,
        /// The words.
        text: String,
    },
    /// A voice's description cannot be read.
    #[error("`{text}` is not a voice")]
    NoSuchVoice {
        /// What was written.
        text: String,
    },
    /// `sound.lock` cannot be read.
    #[error("sound.lock, line {line}, column {column}: {why}")]
    Format {
        /// Line of the file, counted from 1.
        line: usize,
        /// Character in that line, counted from 1.
        column: usize,
        /// What is wrong, a clause.
        why: String,
    },
    /// The film would be longer than anything here is made for.
    #[error("the film would last {hours} hours; the limit is {limit}")]
    TooLong {
        /// Whole hours begun.
        hours: u64,
        /// Hours allowed.
        limit: u64,
    },
    /// A file or folder cannot be read or written.
    #[error("cannot read or write {}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// FFmpeg, or a file given to it.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Somebody asked for a stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// What to do where nobody knows whether a line was paid for.
const IN_DOUBT: &str =
    "it may have been charged, so it is not asked for again by itself: `soundlock speak --again` asks again";

impl SoundError {
    /// What to do next, where known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoScenes => {
                Some("write a scene heading such as `INT. KITCHEN - NIGHT` in script.fountain".into())
            }
            Self::Recording { file, line, .. } => Some(format!(
                "record {line} again, or take {file} out of voices/ to hear the scratch voice instead"
            )),
            Self::ChosenPart { line, .. } => Some(format!(
                "`soundlock line {line}` shows its readings; `--take 0` leaves the choice to them"
            )),
            Self::Align { source, .. } => source.hint(),
            Self::Changed { .. } => Some(
                "`soundlock sound --diff` shows what locking it anew would move; `soundlock sound` does it"
                    .into(),
            ),
            Self::NoCueFile { file, .. } => Some(format!("put the sound at {file}, or take the note out")),
            Self::Cue { file, .. } | Self::CueGone { file, .. } => {
                Some(format!("put a sound that plays at {file}"))
            }
            Self::Scratch { .. } => {
                Some("`espeak-ng --voices` lists the voices; set one in film.toml".into())
            }
            Self::Service { source, .. } if source.may_be_charged() => Some(IN_DOUBT.to_owned()),
            Self::Service { source, .. } => source.hint(),
            Self::Answer { .. } => Some(format!("does the service send WAV or PCM? {IN_DOUBT}")),
            Self::NoConsent { character, .. } => Some(format!(
                "write [consents.{character}] with person, document, scope and expires; or, of a voice that is no person's, \
                 `cloned = false` in [cast.{character}]"
            )),
            Self::NoKey { key_env, .. } => Some(format!(
                "set it: export {key_env}=…, or keep it in the keyring: `soundlock key set {key_env}`; where the service asks for \
                 none, take key_env out of film.toml"
            )),
            Self::NoLimit { service, .. } => Some(format!(
                "write `[budget] usd = 5` for the film, or `most_usd = 5` in [voices.{service}]"
            )),
            Self::OverBudget { name, .. } => {
                Some(format!("raise {name} in film.toml, or give fewer characters a voice that costs"))
            }
            Self::NotSpoken { .. } => Some("`soundlock speak` has it spoken".to_owned()),
            Self::NoSuchVoice { .. } => {
                Some("write a voice of espeak-ng such as `en-gb+f3`, or `en-gb+f3 165wpm pitch45`".into())
            }
            Self::Format { .. } => {
                Some("take sound.lock back from git, or remove it and lock the sound anew".into())
            }
            Self::Picture(error) => error.hint(),
            Self::Vault(error) => error.hint(),
            _ => None,
        }
    }
}
