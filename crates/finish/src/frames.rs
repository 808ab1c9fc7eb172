use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize, Serializer};
use soundlock_plan::Shot;
use soundlock_time::{FilmFrame, Fps, TakeFrame};

use crate::FinishError;

/// How a take at another rate is brought to the film's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Retime {
    /// Each film frame shows the frame of the take that is nearest in time; frames are repeated or left out.
    Nearest,
}

/// For each frame of a shot, the frame of its take that is seen; never empty, never falling, never beyond the take.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct FrameMap(Vec<TakeFrame>);

/// Works out which frames of a take with `take_frames` frames at `take` are seen in `shot`.
///
/// The take begins with the shot's head handle, which is skipped.
pub fn frame_map(
    shot: &Shot,
    film: Fps,
    take: Fps,
    take_frames: u32,
    retime: Retime,
) -> Result<FrameMap, FinishError> {
    let frames: Vec<TakeFrame> = match retime {
        Retime::Nearest => {
            (0..shot.frames()).map(|frame| shot.take_frame(FilmFrame(frame), film, take)).collect()
        }
    };
    let Some(last) = frames.last() else {
        return Err(FinishError::EmptyShot { code: shot.code.clone() });
    };
    if last.0 >= take_frames {
        let needed = last.0.saturating_add(1);
        return Err(FinishError::TakeTooShort { code: shot.code.clone(), frames: take_frames, needed });
    }
    Ok(FrameMap(frames))
}

impl FrameMap {
    /// The frames in order.
    pub fn frames(&self) -> &[TakeFrame] {
        &self.0
    }

    /// The frames where each follows the one before it.
    pub fn run(&self) -> Option<Range<u32>> {
        let (first, last) = (self.0.first()?.0, self.0.last()?.0);
        let is_run = self.0.iter().zip(first..).all(|(frame, wanted)| frame.0 == wanted);
        is_run.then(|| first..last + 1)
    }

    /// How many film frames there are.
    pub fn length(&self) -> u32 {
        self.0.len() as u32
    }
}

/// Runs of frames that follow each other, so that a person can read the map in `--explain`: `8-64`, `5-7 7-9`.
impl fmt::Display for FrameMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let runs = self.0.chunk_by(|frame, next| next.0 == frame.0 + 1);
        for (index, run) in runs.enumerate() {
            let space = if index > 0 { " " } else { "" };
            match run {
                [only] => write!(f, "{space}{only}")?,
                [first, .., last] => write!(f, "{space}{first}-{last}")?,
                [] => {}
            }
        }
        Ok(())
    }
}

impl fmt::Debug for FrameMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FrameMap({self})")
    }
}

impl Serialize for FrameMap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::shot;

    fn map(head: u32, frames: u32, take: Fps, take_frames: u32) -> Result<FrameMap, FinishError> {
        frame_map(&shot("1_0010", 0, frames, head), Fps::FILM, take, take_frames, Retime::Nearest)
    }

    #[test]
    fn maps_are_what_an_editor_would_count() {
        let sixteen = Fps::new(16, 1).unwrap();
        for (head, frames, take, take_frames, runs) in [
            (0, 5, Fps::FILM, 5, "0-4"),
            (8, 57, Fps::FILM, 73, "8-64"),
            (0, 6, sixteen, 4, "0-1 1-3 3"),
            (8, 6, sixteen, 10, "5-7 7-9"),
            (0, 4, Fps::THIRTY, 5, "0-1 3-4"),
            (3, 1, Fps::FILM, 4, "3"),
        ] {
            let map = map(head, frames, take, take_frames).unwrap();
            assert_eq!(map.to_string(), runs, "{head} {frames} {take}");
            assert_eq!(map.length(), frames);
        }
    }

    #[test]
    fn a_take_that_ends_early_says_by_how_much() {
        let error = map(8, 57, Fps::FILM, 64).unwrap_err();
        assert_eq!(error.to_string(), "the take of shot 1_0010 has 64 frames where 65 are needed");
        assert!(error.hint().unwrap().contains("soundlock circle 1_0010"));
        assert!(map(8, 57, Fps::FILM, 65).is_ok());
    }

    #[test]
    fn every_frame_is_within_half_a_frame_of_its_time() {
        let rates = [(16, 1), (24_000, 1001), (25, 1), (30, 1), (30_000, 1001), (60, 1), (8, 1)];
        for (num, den) in rates {
            let take = Fps::new(num, den).unwrap();
            let map = map(5, 400, take, 2000).unwrap();
            for (film, seen) in map.frames().iter().enumerate() {
                let film_middle = Fps::FILM.seconds(5 + film as u32) + Fps::FILM.seconds(1) / 2.0;
                let take_middle = take.seconds(seen.0) + take.seconds(1) / 2.0;
                let limit = Fps::FILM.seconds(1).max(take.seconds(1)) / 2.0;
                assert!((film_middle - take_middle).abs() <= limit + 1e-9, "{take} frame {film}");
            }
        }
    }

    #[test]
    fn an_empty_shot_is_refused() {
        assert!(matches!(map(0, 0, Fps::FILM, 9), Err(FinishError::EmptyShot { .. })));
    }
}
