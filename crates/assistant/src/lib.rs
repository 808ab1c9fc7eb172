//! A language model, where one is wanted, that proposes and never decides.
//!
//! Comes in: a screenplay, a cut list, where a model is. Goes out: proposals that were checked against scenes, lines, cast
//! and shots: a [`Draft`] written from a logline, [`Hunk`]s that change a script, [`ShotProposal`]s for planned shots;
//! and who wrote which line of a script ([`credits`]). A script or a cut list is never written here: whoever calls does
//! that with what a person accepted.
//!
//! A model is spoken to in the way that most servers share, `POST /v1/chat/completions`. What it says is believed only as
//! far as it fits: one JSON value of the form that was asked for, with names that exist. Where it does not fit, the model
//! is told so once; then it is left out. Every reply is a paid result of the vault, asked for once.

mod ask;
mod breakdown;
mod chat;
mod context;
mod credits;
mod draft;
mod edit;
mod error;
mod paid;
mod reply;
mod step;
mod suggest;

pub use ask::{Said, Task, Told};
pub use breakdown::{BreakdownOrder, ShotProposal, breakdown, breakdown_task};
pub use chat::Usage;
pub use context::{Budget, Estimate, Model, ModelContext, Pricing, SchemaMode, estimate, is_there};
pub use credits::{Author, Credit, CreditLine, credits};
pub use draft::{Draft, DraftOrder, DraftRecord, draft, draft_estimate, record_draft};
pub use edit::{Hunk, apply};
pub use error::AssistantError;
pub use paid::{Doubt, spent};
pub use suggest::{
    Acceptance, Suggestion, SuggestionRecord, latest_suggestion, record_acceptance, record_suggestion,
    suggest, suggest_task,
};
