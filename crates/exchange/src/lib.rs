//! The edit for other programs, and an edit made elsewhere as changes to the cut list.
//!
//! Comes in: the cut list with its takes and the locked sound; or a timeline that Resolve, Premiere, Kdenlive, Final Cut
//! or another program wrote. Goes out: OpenTimelineIO, FCPXML, EDLs and the shot list; or the [`Change`]s that the
//! timeline makes to the cut list, with what is refused and why. The sound never moves.

mod change;
mod compare;
mod cuts;
mod edit;
mod edl;
mod error;
mod fcpxml;
mod foreign;
mod identify;
mod layers;
mod list;
mod otio;
mod read;
mod remark;
mod scene;
mod seconds;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod url;

pub use change::{Change, Refusal};
pub use compare::{Circle, Comparison, PlacedShot, SceneChange, compare};
pub use cuts::{Firmness, write_scene};
pub use edit::{Edit, ShotMedia, TakeMedia, hour_label};
pub use edl::{Edl, edl};
pub use error::ExchangeError;
pub use fcpxml::fcpxml;
pub use foreign::ForeignEdit;
pub use list::ShotList;
pub use otio::otio;
pub use read::{LARGEST_BYTES, check, read};
pub use remark::Remark;
