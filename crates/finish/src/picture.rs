use std::path::PathBuf;

use soundlock_plan::{CutList, ShotCode};
use soundlock_time::{FilmFrame, Fps, FrameRange, Raster};
use soundlock_vault::Hash;

use crate::FinishError;

/// A shot's finished picture: encoded, at the film's rate and raster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Which shot.
    pub code: ShotCode,
    /// Film frames it holds.
    pub frames: u32,
    /// BLAKE3 of the encoded file.
    pub hash: Hash,
    /// The encoded file.
    pub file: PathBuf,
}

/// The picture of the whole film: pieces in film order, exactly as long as the locked sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    fps: Fps,
    raster: Raster,
    pieces: Vec<Piece>,
}

impl Picture {
    /// The picture that `pieces` make: one for each shot of `cut_list` in its order and of its length, and
    /// `locked_frames` together.
    pub fn new(
        cut_list: &CutList,
        raster: Raster,
        pieces: Vec<Piece>,
        locked_frames: u32,
    ) -> Result<Self, FinishError> {
        let wanted = cut_list.shots.iter().map(|shot| (&shot.code, shot.frames()));
        let found = pieces.iter().map(|piece| (&piece.code, piece.frames));
        if let Some(index) = first_difference(wanted.clone(), found.clone()) {
            let (found, wanted) = (said(found.clone().nth(index)), said(wanted.clone().nth(index)));
            return Err(FinishError::WrongPiece { index, found, wanted });
        }
        let picture: u64 = pieces.iter().map(|piece| u64::from(piece.frames)).sum();
        if picture != u64::from(locked_frames) {
            return Err(FinishError::WrongTotal { picture, locked: locked_frames });
        }
        Ok(Self { fps: cut_list.fps, raster, pieces })
    }

    /// Rate of the film.
    pub fn fps(&self) -> Fps {
        self.fps
    }

    /// Size of the film.
    pub fn raster(&self) -> Raster {
        self.raster
    }

    /// Pieces in film order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Pieces with their places in the film.
    pub fn placed(&self) -> impl Iterator<Item = (FrameRange, &Piece)> {
        self.pieces.iter().scan(0, |next, piece| {
            let range = FrameRange::new(FilmFrame(*next), piece.frames);
            *next += piece.frames;
            Some((range, piece))
        })
    }

    /// Frames of the whole film.
    pub fn frames(&self) -> u32 {
        self.pieces.iter().map(|piece| piece.frames).sum()
    }
}

fn first_difference<T: PartialEq>(
    wanted: impl Iterator<Item = T>,
    found: impl Iterator<Item = T>,
) -> Option<usize> {
    let (mut wanted, mut found) = (wanted.fuse(), found.fuse());
    (0..).find_map(|index| match (wanted.next(), found.next()) {
        (None, None) => Some(None),
        (wanted, found) if wanted == found => None,
        _ => Some(Some(index)),
    })?
}

fn said(piece: Option<(&ShotCode, u32)>) -> String {
    piece.map_or_else(|| "nothing".to_owned(), |(code, frames)| format!("{code} with {frames} frames"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::shot;

    fn piece(code: &str, frames: u32) -> Piece {
        Piece {
            code: code.parse().unwrap(),
            frames,
            hash: Hash::of(code.as_bytes()),
            file: PathBuf::from(format!("{code}.mp4")),
        }
    }

    fn picture(pieces: &[(&str, u32)], locked: u32) -> Result<Picture, FinishError> {
        let cut_list =
            CutList { fps: Fps::FILM, shots: vec![shot("1_0010", 0, 10, 0), shot("1_0020", 10, 14, 0)] };
        let pieces = pieces.iter().map(|(code, frames)| piece(code, *frames)).collect();
        Picture::new(&cut_list, Raster::HD, pieces, locked)
    }

    #[test]
    fn pieces_follow_each_other_without_gaps() {
        let picture = picture(&[("1_0010", 10), ("1_0020", 14)], 24).unwrap();
        let places: Vec<_> = picture.placed().map(|(range, _)| (range.start.0, range.end.0)).collect();
        assert_eq!(places, [(0, 10), (10, 24)]);
        assert_eq!(picture.frames(), 24);
    }

    #[test]
    fn a_picture_that_is_not_the_film_is_refused() {
        for (pieces, locked, message) in [
            (vec![("1_0010", 10)], 24, "piece 1 of the picture is nothing, the cut list has 1_0020 with 14"),
            (vec![("1_0010", 10), ("1_0020", 13)], 24, "is 1_0020 with 13 frames, the cut list has 1_0020"),
            (vec![("1_0020", 14), ("1_0010", 10)], 24, "piece 0 of the picture is 1_0020"),
            (vec![("1_0010", 10), ("1_0020", 14)], 25, "the picture has 24 frames, the locked sound 25"),
            (vec![("1_0010", 10), ("1_0020", 14), ("1_0030", 1)], 24, "has nothing there"),
        ] {
            let error = picture(&pieces, locked).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
