use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::Path;

use serde::Serialize;
use soundlock_picture::{
    Colour, Conversion, Encoding, Fit, Limits, Media, PictureError, Tools, VideoCodec, convert, cut,
};
use soundlock_plan::Shot;
use soundlock_time::{Fps, Raster};
use soundlock_vault::{Hash, Lanes, Step};

use crate::{FinishError, FrameMap, Retime, frame_map};

/// Threads of a piece's encoder. One encoder with two threads keeps two cores as busy as two encoders with one thread
/// do, in half their memory; and a number that does not hang on the machine gives the same bytes on all of them.
pub const CONFORM_THREADS: u32 = 2;

/// How many pieces are encoded at once by `workers` workers, each of which has a core.
pub fn conform_lanes(workers: NonZeroUsize) -> Lanes {
    let threads = CONFORM_THREADS as usize;
    Lanes::new(NonZeroUsize::new(workers.get() / threads).unwrap_or(NonZeroUsize::MIN))
}

/// What every piece of a film has in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PieceFormat {
    /// Size of the film.
    pub raster: Raster,
    /// Rate of the film.
    pub fps: Fps,
    /// How takes of another shape are brought to the film's.
    pub fit: Fit,
    /// How takes of another rate are brought to the film's.
    pub retime: Retime,
    /// How pieces are encoded; [`CONFORM_THREADS`] each, so that they come out the same on any machine.
    pub encoding: Encoding,
}

/// The take that is seen in a shot.
#[derive(Debug, Clone, PartialEq)]
pub struct CircledTake {
    /// BLAKE3 of its bytes.
    pub hash: Hash,
    /// Where it lies, and what it says of itself.
    pub media: Media,
    /// Frames it has, counted by decoding.
    pub frames: u32,
    /// What its generator is known to write; `None` to believe its tags (untagged is BT.601).
    pub colour: Option<Colour>,
    /// How its generator was told to encode it, with key frames where the shot begins and ends. Where that is as the film
    /// is encoded, the piece is cut out of the take without encoding again.
    pub encoded: Option<VideoCodec>,
}

/// A circled take, cut to its shot's frames, at the film's rate and raster, encoded.
#[derive(Debug, Clone)]
pub struct Conform<'a> {
    take: &'a CircledTake,
    take_fps: Fps,
    format: &'a PieceFormat,
    map: FrameMap,
    lanes: &'a Lanes,
    tools: &'a Tools,
    limits: &'a Limits,
}

impl<'a> Conform<'a> {
    /// The piece of `shot` from `take`, encoded on one of `lanes`; an error when the take does not cover it.
    pub fn new(
        shot: &Shot,
        take: &'a CircledTake,
        format: &'a PieceFormat,
        lanes: &'a Lanes,
        tools: &'a Tools,
        limits: &'a Limits,
    ) -> Result<Self, FinishError> {
        let take_fps = take.media.picture()?.fps;
        let map = frame_map(shot, format.fps, take_fps, take.frames, format.retime)?;
        Ok(Self { take, take_fps, format, map, lanes, tools, limits })
    }

    /// Which frames of the take are seen.
    pub fn map(&self) -> &FrameMap {
        &self.map
    }

    /// The frames of the take that are the piece as they are; `None` where something about them has to change.
    fn as_they_are(&self) -> Option<Range<u32>> {
        let video = self.take.media.video.as_ref()?;
        let (raster, format) = (self.format.raster, self.format);
        let is_film = self.take.encoded.as_ref() == Some(&format.encoding.codec)
            && (video.width, video.height) == (raster.width(), raster.height())
            && (video.fps, video.colour) == (format.fps, Colour::FILM);
        self.map.run().filter(|_| is_film)
    }
}

impl Step for Conform<'_> {
    type Error = FinishError;
    const VERSION: (&'static str, u32) = ("conform", 1);
    const EXTENSION: &'static str = "mp4";

    fn inputs(&self) -> impl Serialize {
        #[derive(Serialize)]
        struct Inputs<'a> {
            take: Hash,
            take_fps: Fps,
            colour: Option<Colour>,
            frames: &'a FrameMap,
            format: &'a PieceFormat,
            ffmpeg: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            as_they_are: Option<Range<u32>>,
        }
        Inputs {
            take: self.take.hash,
            take_fps: self.take_fps,
            colour: self.take.colour,
            frames: &self.map,
            format: self.format,
            ffmpeg: &self.tools.version,
            as_they_are: self.as_they_are(),
        }
    }

    fn make(&self, file: &Path) -> Result<(), FinishError> {
        if let Some(frames) = self.as_they_are() {
            match cut(&self.take.media.file, frames, self.format.fps, file) {
                // Its key frames lie elsewhere, or it is damaged, which decoding will tell better.
                Err(PictureError::Malformed { .. }) => {}
                done => return Ok(done?),
            }
        }
        let conversion = Conversion {
            frames: self.map.frames().to_vec(),
            fps: self.format.fps,
            raster: self.format.raster,
            fit: self.format.fit,
            source: self.take.colour,
            encoding: self.format.encoding.clone(),
        };
        let _lane = self.lanes.enter();
        Ok(convert(self.tools, &self.take.media, &conversion, file, self.limits)?)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::process::Command;

    use super::*;
    use crate::testing::{encoding, shot};
    use soundlock_picture::{Encoder, Frame, VideoFormat};

    /// A clip of 40 frames at 24, each of them as bright as its number.
    fn clip(folder: &Path) -> PathBuf {
        let file = folder.join("take.mp4");
        let drawn = "nullsrc=s=128x64:r=24,geq=lum='40+4*N':cb=128:cr=128";
        let status = Command::new("ffmpeg")
            .args([
                "-v",
                "error",
                "-f",
                "lavfi",
                "-i",
                drawn,
                "-frames:v",
                "40",
                "-pix_fmt",
                "yuv420p",
                "-crf",
                "4",
            ])
            .arg(&file)
            .status()
            .unwrap();
        assert!(status.success());
        file
    }

    /// Luma in the upper left corner of each frame of `file`.
    fn levels(file: &Path) -> Vec<u8> {
        let output = Command::new("ffmpeg")
            .args(["-v", "error", "-i"])
            .arg(file)
            .args(["-vf", "extractplanes=y,crop=1:1:0:0:exact=1", "-f", "rawvideo", "-"])
            .output()
            .unwrap();
        output.stdout
    }

    const LIMITS: Limits = Limits::GENEROUS;

    fn format() -> PieceFormat {
        PieceFormat {
            raster: Raster::new(128, 64).unwrap(),
            fps: Fps::FILM,
            fit: Fit::Fill,
            retime: Retime::Nearest,
            encoding: encoding(),
        }
    }

    fn take(tools: &Tools, file: &Path) -> CircledTake {
        let hash = soundlock_vault::hash_file(file).unwrap();
        let media = soundlock_picture::probe(tools, file, &LIMITS).unwrap();
        CircledTake { hash, media, frames: 40, colour: None, encoded: None }
    }

    /// Writes the piece that shows 20 frames of `take` from its eighth on.
    fn piece(tools: &Tools, take: &CircledTake, format: &PieceFormat, file: &Path) {
        let lanes = conform_lanes(NonZeroUsize::MIN);
        let shot = shot("1_0010", 0, 20, 8);
        Conform::new(&shot, take, format, &lanes, tools, &LIMITS).unwrap().make(file).unwrap();
    }

    #[test]
    fn a_piece_shows_the_frames_it_was_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let tools = Tools::find("ffmpeg", "ffprobe").unwrap();
        let file = clip(folder.path());
        let take = CircledTake { colour: Some(Colour::FILM), ..take(&tools, &file) };
        let format = PieceFormat { raster: Raster::new(256, 144).unwrap(), ..format() };
        let out = folder.path().join("piece.mp4");
        piece(&tools, &take, &format, &out);
        let (seen, taken) = (levels(&out), levels(&file));
        assert_eq!(seen.len(), 20);
        for (frame, level) in seen.into_iter().enumerate() {
            let wanted = taken[8 + frame];
            assert!(level.abs_diff(wanted) <= 1, "frame {frame}: {level}, wanted {wanted}");
        }
    }

    /// A take that was encoded as the film is goes into it as it is; one whose key frames lie elsewhere is encoded.
    #[test]
    fn a_take_encoded_as_the_film_is_not_encoded_again() {
        let folder = tempfile::tempdir().unwrap();
        let tools = Tools::find("ffmpeg", "ffprobe").unwrap();
        let format = format();
        for (cuts, again) in [(vec![8, 28], false), (vec![9, 28], true)] {
            let file = folder.path().join(format!("take-{again}.mp4"));
            let video = VideoFormat { cuts, ..VideoFormat::film(format.raster, format.fps, encoding()) };
            let mut encoder = Encoder::start(&tools, &file, &video, &LIMITS).unwrap();
            let mut frame = Frame::new(format.raster, video.layout, video.depth, video.colour);
            for number in 0..40 {
                frame.bytes_mut(0).fill(40 + 4 * number);
                encoder.write(&frame).unwrap();
            }
            encoder.finish().unwrap();
            let take = CircledTake { encoded: Some(encoding().codec), ..take(&tools, &file) };
            let pieces = [&take, &CircledTake { encoded: None, ..take.clone() }].map(|take| {
                let out = folder.path().join(format!("piece-{again}-{}.mp4", take.encoded.is_some()));
                piece(&tools, take, &format, &out);
                assert_eq!(levels(&out).len(), 20);
                std::fs::read(out).unwrap()
            });
            assert_eq!(pieces[0] == pieces[1], again);
            let frames = levels(&folder.path().join(format!("piece-{again}-true.mp4")));
            assert!(again || frames == levels(&file)[8..28]);
        }
    }
}
