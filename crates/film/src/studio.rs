use std::num::NonZeroUsize;
use std::sync::Arc;

use soundlock_picture::{Limits, Tools};
use soundlock_sound::Espeak;
use soundlock_vault::{Cancel, Clock, Reporter};

/// Looks for the key that `film.toml` calls so (`FAL_KEY`), wherever the caller keeps keys: `None` where there is none, and why,
/// a clause without any key in it, where that cannot be told. Libraries look nowhere.
pub type Secrets = Arc<dyn Fn(&str) -> Result<Option<String>, String> + Send + Sync>;

/// What a film is made with: everything that libraries do not fetch for themselves.
#[derive(Clone)]
pub struct Studio {
    /// FFmpeg.
    pub tools: Tools,
    /// The program that speaks lines nobody has recorded; without it they are hummed.
    pub espeak: Option<Espeak>,
    /// This program with what makes it diffuse, where it was built so: it is run once for each take.
    pub diffusion: Option<Vec<String>>,
    /// What media may ask of us.
    pub limits: Limits,
    /// How many shots are worked on at once.
    pub workers: NonZeroUsize,
    /// The time, for the ledger.
    pub clock: Clock,
    /// Where keys of services are looked for: those that film.toml names, and only when one is needed.
    pub secrets: Secrets,
    /// Who hears what happens.
    pub reporter: Arc<dyn Reporter>,
    /// Raised to stop after the work in hand.
    pub cancel: Cancel,
}
