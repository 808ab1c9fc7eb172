//! MP4, stems, captions and contact sheet, read back before they are trusted.
//!
//! Comes in: the finished [`Picture`](soundlock_finish::Picture), the locked sound and its mix, the cut list. Goes
//! out: files for people, and [`Check`]s of what was written, each with its number
//! and its limit, also when it passed. Nothing is made better here: what is wrong in picture or sound stays so.

mod aac;
mod captions;
mod check;
mod error;
mod loudness;
mod mp4;
mod sheet;
mod stems;
#[cfg(test)]
mod testing;
mod write;

pub use aac::{AAC_BITRATE, Aac};
pub use captions::{
    Caption, CaptionRules, Cue, Speakers, captions, check_captions, read_srt, read_webvtt, srt, webvtt,
    write_captions,
};
pub use check::Check;
pub use error::DeliverError;
pub use loudness::loudness_checks;
pub use mp4::{check_mp4, master_mp4};
pub use sheet::{SheetHead, SheetShot, Still, contact_sheet, sheet_shots};
pub use stems::{Stem, write_stems};
