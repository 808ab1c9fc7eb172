use std::fmt;

use crate::fps::frames;
use crate::{FilmFrame, Fps};

/// SMPTE timecode of a frame, counted from 00:00:00:00, with drop-frame counting where asked.
///
/// Drop-frame leaves out the labels 00 and 01 of every minute but each tenth at 30000/1001 (00 to 03 at 60000/1001),
/// so that the labels keep up with the clock on the wall; no picture is dropped. It exists for that family only.
///
/// Source: SMPTE ST 12-1, 4.2 and 5.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Timecode {
    /// Hours, 0 and up; not wrapped at 24.
    pub hours: u32,
    /// Minutes, 0 to 59.
    pub minutes: u32,
    /// Seconds, 0 to 59.
    pub seconds: u32,
    /// Frame label inside the second, 0 up to the nominal rate.
    pub frames: u32,
    /// Whether labels are dropped; written with `;` before the frames.
    pub drop_frame: bool,
}

/// Why a timecode could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimecodeError {
    /// Not of the form `01:02:03:04`.
    #[error("`{text}` is not a timecode; write it as 01:02:03:04 (or 01:02:03;04 for drop-frame)")]
    Unreadable {
        /// What was written.
        text: String,
    },
    /// Minutes, seconds or frames beyond their range.
    #[error("timecode `{text}` does not exist at {fps} frames per second")]
    NoSuchLabel {
        /// What was written.
        text: String,
        /// The rate it was read at.
        fps: Fps,
    },
    /// Drop-frame asked for at a rate that has none.
    #[error(
        "drop-frame timecode does not exist at {fps} frames per second, only at 30000/1001 and 60000/1001"
    )]
    NoDropFrame {
        /// The rate it was read at.
        fps: Fps,
    },
}

impl Fps {
    /// Labels dropped a minute in drop-frame counting, or `None` where it does not exist.
    fn dropped_per_minute(self) -> Option<u32> {
        let is_ntsc = self.den() == 1001 && self.num() == self.nominal() * 1000;
        (is_ntsc && matches!(self.nominal(), 30 | 60)).then(|| self.nominal() / 15)
    }
}

impl Timecode {
    /// The label of `frame`, without dropping.
    pub fn of(frame: FilmFrame, fps: Fps) -> Self {
        Self::from_label(u64::from(frame.0), fps, false)
    }

    /// The label of `frame` in drop-frame counting.
    pub fn drop_frame(frame: FilmFrame, fps: Fps) -> Result<Self, TimecodeError> {
        let dropped = fps.dropped_per_minute().ok_or(TimecodeError::NoDropFrame { fps })?;
        let minute = fps.nominal() * 60 - dropped;
        let ten_minutes = minute * 10 + dropped;
        let (tens, rest) = (frame.0 / ten_minutes, frame.0 % ten_minutes);
        // The first minute of ten keeps all its labels; each later one lacks `dropped` at its start.
        let minutes_dropped = rest.saturating_sub(dropped) / minute;
        let skipped = u64::from(dropped) * u64::from(tens * 9 + minutes_dropped);
        Ok(Self::from_label(u64::from(frame.0) + skipped, fps, true))
    }

    fn from_label(label: u64, fps: Fps, drop_frame: bool) -> Self {
        let nominal = u64::from(fps.nominal());
        // Both fit: a film has fewer seconds than frames, and a second fewer frames than 241.
        let (seconds, frames) = ((label / nominal) as u32, (label % nominal) as u32);
        Self { hours: seconds / 3600, minutes: seconds / 60 % 60, seconds: seconds % 60, frames, drop_frame }
    }

    /// Reads `01:02:03:04`, or with `;` before the frames for drop-frame.
    pub fn read(text: &str, fps: Fps) -> Result<Self, TimecodeError> {
        let unreadable = || TimecodeError::Unreadable { text: text.to_owned() };
        let drop_frame = text.contains(';');
        let fields: Vec<&str> = text.split([':', ';']).collect();
        let [hours, minutes, seconds, frames] = fields.as_slice() else { return Err(unreadable()) };
        let number = |field: &str| {
            let digits = !field.is_empty() && field.len() <= 4 && field.bytes().all(|b| b.is_ascii_digit());
            if digits { field.parse::<u32>().map_err(|_| unreadable()) } else { Err(unreadable()) }
        };
        let timecode = Self {
            hours: number(hours)?,
            minutes: number(minutes)?,
            seconds: number(seconds)?,
            frames: number(frames)?,
            drop_frame,
        };
        timecode.check(text, fps)?;
        Ok(timecode)
    }

    fn check(self, text: &str, fps: Fps) -> Result<(), TimecodeError> {
        let no_such_label = || TimecodeError::NoSuchLabel { text: text.to_owned(), fps };
        if self.minutes > 59 || self.seconds > 59 || self.frames >= fps.nominal() || self.hours > 1000 {
            return Err(no_such_label());
        }
        if self.drop_frame {
            let dropped = fps.dropped_per_minute().ok_or(TimecodeError::NoDropFrame { fps })?;
            if self.seconds == 0 && self.frames < dropped && !self.minutes.is_multiple_of(10) {
                return Err(no_such_label());
            }
        }
        Ok(())
    }

    /// The frame this label names; the last one there is where it names one beyond.
    pub fn frame(self, fps: Fps) -> FilmFrame {
        let minutes = u64::from(self.hours) * 60 + u64::from(self.minutes);
        let seconds = minutes * 60 + u64::from(self.seconds);
        let label = seconds * u64::from(fps.nominal()) + u64::from(self.frames);
        let dropped = if self.drop_frame { fps.dropped_per_minute().unwrap_or(0) } else { 0 };
        let frame = label - u64::from(dropped) * (minutes - minutes / 10);
        FilmFrame(frames(u128::from(frame)))
    }
}

impl fmt::Display for Timecode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { hours, minutes, seconds, frames, drop_frame } = self;
        let mark = if *drop_frame { ';' } else { ':' };
        write!(f, "{hours:02}:{minutes:02}:{seconds:02}{mark}{frames:02}")
    }
}
