use std::fmt;
use std::path::Path;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use soundlock_picture::VideoCodec;
use soundlock_plan::{Look, ShotCode};
use soundlock_time::{Fps, Frames, Raster};

/// All that a generator is told about a shot, and all that a take depends on besides the generator itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShotOrder {
    /// Which shot.
    pub code: ShotCode,
    /// What is to be seen, in words.
    pub prompt: String,
    /// What is to be kept out; may be empty.
    pub negative: String,
    /// The same shot twice with the same seed is the same take, where the generator can do that.
    pub seed: u64,
    /// Frames asked for: legal for the generator and no fewer than the shot with its handles needs.
    pub frames: u32,
    /// Rate asked for: legal for the generator.
    pub fps: Fps,
    /// Raster asked for: legal for the generator.
    pub raster: Raster,
    /// What is seen, in fields. Generators that read words only leave it alone.
    pub look: Look,
    /// Who speaks when, and how loud.
    pub speech: Vec<Speech>,
    /// Draw the slate (shot code, words, frame numbers) into the picture. For animatics.
    pub burn_in: Option<String>,
    /// Where the film is cut from the take, for generators that can encode it as the film is; see [`Capabilities::cuts`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<Cut>,
}

/// The part of a take that its shot shows, encoded so that it can be cut out without encoding again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// First frame of the take that the shot shows: a key frame.
    pub first: u32,
    /// First frame after the shot: a key frame too, where there is one.
    pub end: u32,
    /// How the film is encoded.
    pub codec: VideoCodec,
}

/// A voice during a take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Speech {
    /// Who speaks.
    pub character: String,
    /// First frame of the take in which the line sounds.
    pub from: u32,
    /// How loud each frame from there on is: 0 silence, 255 the line's loudest.
    pub levels: Vec<u8>,
}

/// What a generator is, for keys and for the dossier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Its name in `film.toml`: `animatic`, `comfy`.
    pub name: String,
    /// The model it runs.
    pub model: String,
    /// The model's or program's version: raised when the same order would give another picture.
    pub version: String,
    /// Whatever else the take of an order depends on: a workflow, cast looks, planted faults. Empty where nothing does.
    pub settings: String,
}

/// What a generator can do, as data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// Lengths it can make.
    pub frames: Frames,
    /// Rates it can make; the first is its own.
    pub fps: Vec<Fps>,
    /// Rasters it can make; empty for any.
    pub rasters: Vec<Raster>,
    /// How many jobs it takes at once.
    pub concurrency: usize,
    /// Whether the same order gives the same bytes.
    pub deterministic: bool,
    /// Whether it encodes takes as the film is encoded, with key frames where it will be cut, when an order says so: the
    /// film's piece is then cut from the take without encoding again. For generators that encode themselves.
    pub cuts: bool,
    /// Whether making a take costs money.
    pub paid: bool,
}

/// What an order would cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Estimate {
    /// Nothing.
    Free,
    /// This much, to the best of the price list.
    Price(Money),
    /// Nobody knows; never taken for nothing.
    Unknown,
}

/// An amount of money in millionths of its currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// Millionths: 40,000 is four cents.
    pub micros: i64,
    /// ISO 4217 code.
    pub currency: String,
}

/// Name of a job at its generator.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Job(pub String);

/// How far a job is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum JobState {
    /// Accepted, not begun.
    Waiting,
    /// Being made; thousandths done where known.
    Running(Option<u16>),
    /// The take can be fetched.
    Ready,
    /// It will not be made, in the generator's words.
    Refused(String),
    /// It broke, in the generator's words.
    Failed(String),
    /// The generator does not know this job.
    Unknown,
}

/// Something that makes takes.
///
/// A job goes `submit` → `poll` until [`JobState::Ready`] → `fetch`. Each call may be repeated after a crash; only
/// `submit` may cost money.
#[async_trait]
pub trait Generator: Send + Sync {
    /// What it is when it makes `order`: what does not touch this order does not belong into it.
    fn identity(&self, order: &ShotOrder) -> Identity;
    /// What it can do.
    fn capabilities(&self) -> Capabilities;
    /// What `order` would cost.
    fn estimate(&self, order: &ShotOrder) -> Estimate;
    /// Hands `order` in.
    async fn submit(&self, order: &ShotOrder) -> Result<Job, ShootError>;
    /// Asks how far `job` is.
    async fn poll(&self, job: &Job) -> Result<JobState, ShootError>;
    /// Writes the finished take of `job` to `file`, which does not exist yet.
    async fn fetch(&self, job: &Job, file: &Path) -> Result<(), ShootError>;
    /// Gives `job` up; a job that is unknown or over is no error.
    async fn cancel(&self, job: &Job) -> Result<(), ShootError>;
}

/// What can go wrong while shooting.
#[derive(Debug, thiserror::Error)]
pub enum ShootError {
    /// The order asks for what the generator cannot make.
    #[error("`{generator}` cannot make shot {code}: {why}")]
    Impossible {
        /// The generator's name.
        generator: String,
        /// The shot.
        code: ShotCode,
        /// What it cannot do, a clause.
        why: String,
    },
    /// The generator does not know the job.
    #[error("`{generator}` does not know job `{job}`")]
    NoSuchJob {
        /// The generator's name.
        generator: String,
        /// The job.
        job: String,
    },
    /// The generator said no or broke.
    #[error("`{generator}` failed on shot {code}: {why}")]
    Failed {
        /// The generator's name.
        generator: String,
        /// The shot.
        code: ShotCode,
        /// In the generator's words.
        why: String,
    },
}

impl fmt::Display for Money {
    /// `0.04 USD`; at least two decimals, no more than needed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.micros < 0 { "-" } else { "" };
        let micros = self.micros.unsigned_abs();
        let mut decimals = format!("{:06}", micros % 1_000_000);
        while decimals.len() > 2 && decimals.ends_with('0') {
            decimals.pop();
        }
        write!(f, "{sign}{}.{decimals} {}", micros / 1_000_000, self.currency)
    }
}
