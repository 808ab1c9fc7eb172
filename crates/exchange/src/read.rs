//! Reads an edit made elsewhere, whatever its format.

use std::collections::BTreeSet;

use soundlock_deliver::Check;
use soundlock_time::Fps;

use crate::edit::Edit;
use crate::foreign::ForeignEdit;
use crate::{ExchangeError, compare, edl, fcpxml, otio};

/// Bytes of the largest edit that is read; the timeline of a feature with every take has some ten million.
pub const LARGEST_BYTES: u64 = 64 << 20;
const CLAUSE: &str = "soundlock edit";

/// Reads an edit: OpenTimelineIO, FCPXML or a CMX3600 EDL, told by what stands in it.
///
/// `fps` is the film's rate, at which an EDL is read: it does not say its own. Any bytes give an edit or an error with
/// its place in them.
pub fn read(bytes: &[u8], fps: Fps) -> Result<ForeignEdit, ExchangeError> {
    let size = bytes.len() as u64;
    if size > LARGEST_BYTES {
        return Err(ExchangeError::TooLarge { bytes: size, most: LARGEST_BYTES });
    }
    let text =
        std::str::from_utf8(bytes).map_err(|error| ExchangeError::NotText { at: error.valid_up_to() })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let unknown = |what| Err(ExchangeError::UnknownFormat { what });
    match text.trim_start().chars().next() {
        None => unknown("an empty file"),
        Some('{' | '[') => otio::read(text),
        Some('<') if text.contains("<fcpxml") => fcpxml::read(text),
        Some('<') if text.contains("<xmeml") => unknown("Final Cut Pro 7 XML"),
        Some('<') if text.contains("<mlt") => unknown("a project of Kdenlive or Shotcut"),
        Some('<') => unknown("XML of another kind"),
        Some(_) if is_edl(text) => edl::read(text, fps),
        Some(_) => unknown("text of another kind"),
    }
}

fn is_edl(text: &str) -> bool {
    let is_event =
        |line: &str| line.starts_with(|c: char| c.is_ascii_digit()) && line.split_whitespace().count() >= 8;
    text.lines()
        .map(str::trim)
        .any(|line| line.starts_with("TITLE:") || line.starts_with("FCM:") || is_event(line))
}

/// Whether `text`, read back, is the edit that was to be written.
pub fn check(edit: &Edit<'_>, text: &str) -> Result<Vec<Check>, ExchangeError> {
    let read = read(text.as_bytes(), edit.fps())?;
    let comparison = compare(edit, &read, &BTreeSet::new())?;
    let (changes, refused) = (comparison.changes().count(), comparison.refused.len());
    Ok(vec![
        Check::same("clips of picture", read.picture_clips(), edit.cut_list.shots.len(), CLAUSE),
        Check::same("changes to the film when read back", changes, 0, CLAUSE),
        Check::same("what is refused when read back", refused, 0, CLAUSE),
        Check::same("remarks when read back", comparison.remarks.len(), 0, CLAUSE),
    ])
}
