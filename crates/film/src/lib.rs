//! A film folder: what is stale and why, and the whole made in order.
//!
//! Comes in: a folder with `film.toml` and `script.fountain`, and a [`Studio`], everything that libraries do not fetch
//! for themselves. Goes out: the film, made step by step, each step under a key of all it depends on; and answers: how
//! far it is, what a frame is made of, what could be freed. Nothing is drawn, printed or asked here.

mod assistant;
mod bible;
mod cards;
mod costs;
mod cutting;
mod delivery;
mod doctor;
mod editing;
mod encoding;
mod error;
mod exchange;
mod explain;
mod film;
mod folder;
mod generators;
mod hand;
mod hired;
mod inputs;
mod keys;
mod lines;
mod listing;
mod locking;
mod make;
mod new;
mod orders;
mod prompts;
mod rules;
pub mod settings;
mod shooting;
mod shots;
mod spending;
mod status;
mod steps;
mod studio;
mod takes;
mod territory;
mod touched;
mod voices;

pub use soundlock_deliver::Check;

pub use assistant::{DraftDesk, ModelAt, SceneProposals, model_answers};
pub use bible::{BibleFinding, BibleReport};
pub use costs::{Generated, ShootingCost};
pub use delivery::{Delivered, DeliveryState};
pub use doctor::{Part, doctor};
pub use editing::{EditProposal, Point, StaleTake};
pub use error::{Fault, FilmError};
pub use exchange::ConformProposal;
pub use explain::{Explained, Question};
pub use film::{Access, Film, read_film_script};
pub use folder::Folder;
pub use generators::{KnownModel, known_models};
pub use hand::HandOrder;
pub use keys::{KeyNeeded, is_key_name, keys_needed};
pub use locking::Proposal;
pub use make::{Made, Pictures};
pub use prompts::{ShotPrompts, TakePrompt, Trial};
pub use soundlock_shoot::queue::{Attempt, CalledOff, Night, Progress, SoFar, Standing, Watcher};

pub use shooting::{Estimated, ShotEstimate, Wish};
pub use shots::ShotState;
pub use spending::Spending;
pub use status::{SoundStatus, Status, ToDo};
pub use studio::{Secrets, Studio};
pub use takes::{CircledBy, Making, Take, TakeEntry, TakeOrigin};
pub use touched::{Touch, TouchedShot};
pub use voices::SpokenAt;
