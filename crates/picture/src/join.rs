use std::io::{BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use mp4_atom::{Avc1, Codec, Trak};
use soundlock_time::{Fps, Raster, SampleRate};

use crate::PictureError;
use crate::own_file::OwnFile;
use crate::tables::{Track, malformed, read_track};

mod plan;

use plan::Plan;

/// What [`join`] wrote, read from its own tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// Frames of picture.
    pub frames: u32,
    /// Size of picture.
    pub raster: Raster,
    /// Samples of sound that are presented.
    pub samples: u64,
}

/// Joins video pieces and one sound file into `file` without encoding again.
///
/// MP4 with the index in front; frame `n` is presented at exactly `n` frame durations, the sound at exactly its
/// first sample for exactly `samples` samples (priming and the last AAC block lie outside the edit list). Pieces are
/// what [`crate::Encoder`] or [`crate::convert`] wrote. Memory does not grow with the bytes of the pieces.
pub fn join(
    pieces: &[PathBuf],
    sound: Option<(&Path, SampleRate, u64)>,
    fps: Fps,
    file: &Path,
) -> Result<Joined, PictureError> {
    let picture = picture(pieces, fps)?;
    let sound = sound.map(|(path, rate, samples)| sound_track(path, rate, samples)).transpose()?;
    let joined = Joined {
        frames: picture.samples.len() as u32,
        raster: picture.raster,
        samples: sound.as_ref().map_or(0, |sound| sound.presented),
    };
    write(&Plan::new(picture, sound, fps), file)?;
    Ok(joined)
}

/// Writes the frames `frames` of `piece` into `file` without encoding again.
///
/// [`PictureError::Malformed`] where that cannot be: a cut is possible before frames with which decoding can begin, as
/// [`crate::VideoFormat::cuts`] asks for them. `piece` is what [`crate::Encoder`] or [`crate::convert`] wrote.
pub fn cut(piece: &Path, frames: Range<u32>, fps: Fps, file: &Path) -> Result<(), PictureError> {
    let at_fault = |why| malformed(piece, why);
    let part = read_track(piece, *b"vide")?.part(frames).map_err(at_fault)?;
    let mut picture = Picture::empty(&[piece.to_owned()], part.boxes.clone()).map_err(at_fault)?;
    picture.add(0, part, fps).map_err(at_fault)?;
    write(&Plan::new(picture, None, fps), file)
}

fn write(plan: &Plan, file: &Path) -> Result<(), PictureError> {
    let (mut own_file, out) = OwnFile::create_open(file)?;
    let here = |source| PictureError::Io { file: file.to_owned(), source };
    let mut out = BufWriter::with_capacity(1 << 20, out);
    let index =
        plan.index().map_err(|error| malformed(file, format!("its index cannot be written: {error}")))?;
    out.write_all(&index).map_err(here)?;
    plan.copy_samples(&mut out, file)?;
    out.flush().map_err(here)?;
    own_file.keep();
    Ok(())
}

/// A sample of the joined file and where it is taken from.
#[derive(Debug, Clone, Copy)]
struct Source {
    /// Number of the piece.
    piece: u32,
    /// Where in it the sample begins.
    offset: u64,
    /// Its bytes.
    size: u32,
    /// Number of the sample entry, from 1.
    entry: u32,
}

/// The picture's samples in the order of decoding.
struct Picture {
    files: Vec<PathBuf>,
    raster: Raster,
    boxes: Trak,
    entries: Vec<Codec>,
    samples: Vec<Source>,
    /// Frames from decoding each sample to showing it; may be below zero before all are shifted alike.
    delays: Vec<i64>,
    /// Samples, counted from 1, from which decoding can begin; `None` where all are.
    keys: Option<Vec<u32>>,
}

/// The sound's samples, each an AAC block.
struct Sound {
    file: PathBuf,
    boxes: Trak,
    entry: Codec,
    samples: Vec<Source>,
    rate: SampleRate,
    /// Samples before the first that is heard.
    priming: u64,
    presented: u64,
    /// Samples of all blocks but the last.
    per_block: u32,
    /// Samples of the last block that are heard.
    last_block: u32,
}

fn picture(pieces: &[PathBuf], fps: Fps) -> Result<Picture, PictureError> {
    let Some(first) = pieces.first() else {
        return Err(malformed(Path::new("the film"), "there are no pieces to join".to_owned()));
    };
    let boxes = read_track(first, *b"vide")?.boxes;
    let mut picture = Picture::empty(pieces, boxes).map_err(|why| malformed(first, why))?;
    let mut every_frame_is_key = true;
    for (piece, file) in (0_u32..).zip(pieces) {
        let track = read_track(file, *b"vide")?;
        every_frame_is_key &= track.keys.is_none();
        picture.add(piece, track, fps).map_err(|why| malformed(file, why))?;
    }
    if every_frame_is_key {
        picture.keys = None;
    }
    Ok(picture)
}

impl Picture {
    /// No frame yet of a picture from `pieces`, with the boxes of the first.
    fn empty(pieces: &[PathBuf], boxes: Trak) -> Result<Self, String> {
        let raster = raster_of(&boxes).ok_or("its picture has no size")?;
        let files = pieces.to_vec();
        let (entries, samples, delays, keys) = (Vec::new(), Vec::new(), Vec::new(), Some(Vec::new()));
        Ok(Self { files, raster, boxes, entries, samples, delays, keys })
    }

    fn add(&mut self, piece: u32, track: Track, fps: Fps) -> Result<(), String> {
        if raster_of(&track.boxes) != Some(self.raster) {
            return Err(format!("is not {} like the pieces before it", self.raster));
        }
        let delays = frame_delays(&track, fps)?;
        let base = self.samples.len() as u32;
        let keys = track.keys.unwrap_or_else(|| (0..track.sizes.len() as u32).collect());
        if keys.first() != Some(&0) {
            return Err("does not begin with a key frame".to_owned());
        }
        let all_keys = self.keys.get_or_insert_default();
        all_keys.extend(keys.iter().map(|key| base + key + 1));
        let entry = self.entry(without_bitrate(track.entry));
        let samples = track.offsets.iter().zip(&track.sizes);
        self.samples.extend(samples.map(|(offset, size)| Source {
            piece,
            offset: *offset,
            size: *size,
            entry,
        }));
        self.delays.extend(delays);
        Ok(())
    }

    /// Number of `entry` among those of the film, from 1; pieces of one encoder share theirs.
    fn entry(&mut self, entry: Codec) -> u32 {
        let known = self.entries.iter().position(|known| *known == entry);
        let place = known.unwrap_or_else(|| {
            self.entries.push(entry);
            self.entries.len() - 1
        });
        place as u32 + 1
    }
}

/// For each sample of a piece how many frames after its own number it is shown. Every frame of the piece must be shown
/// exactly once, one frame duration after the other.
fn frame_delays(track: &Track, fps: Fps) -> Result<Vec<i64>, String> {
    let ticks = u64::from(track.timescale) * u64::from(fps.den());
    let frame = ticks / u64::from(fps.num());
    let is_even = |(number, duration): (usize, &u32)| {
        u64::from(*duration) == frame || number + 1 == track.durations.len()
    };
    if frame == 0
        || !ticks.is_multiple_of(u64::from(fps.num()))
        || !track.durations.iter().enumerate().all(is_even)
    {
        return Err(format!("its frames are not exactly 1/({fps}) s long each"));
    }
    let frame = frame as i64;
    let mut shown = vec![false; track.sizes.len()];
    let mut delays = Vec::with_capacity(shown.len());
    for (number, delay) in (0_i64..).zip(&track.delays) {
        let place = number * frame + delay - track.media_time as i64;
        let seen = usize::try_from(place / frame).ok().and_then(|place| shown.get_mut(place));
        match seen {
            Some(seen) if place % frame == 0 && !*seen => *seen = true,
            _ => {
                return Err(format!(
                    "its frame {number} is not shown at a whole number of frames of its own"
                ));
            }
        }
        delays.push(place / frame - number);
    }
    Ok(delays)
}

fn sound_track(file: &Path, rate: SampleRate, presented: u64) -> Result<Sound, PictureError> {
    let track = read_track(file, *b"soun")?;
    if track.timescale != rate.hz() {
        return Err(malformed(file, format!("has {} samples a second, not {}", track.timescale, rate.hz())));
    }
    let per_block = track.durations.first().copied().unwrap_or(0);
    let even = track.durations.iter().rev().skip(1).all(|duration| *duration == per_block);
    let priming = track.media_time;
    let needed = priming.saturating_add(presented);
    let blocks = if per_block == 0 { 0 } else { needed.div_ceil(u64::from(per_block)) };
    if !even || presented == 0 || per_block == 0 || blocks > track.sizes.len() as u64 {
        let held = track.durations.iter().map(|duration| u64::from(*duration)).sum::<u64>();
        let held = held.saturating_sub(priming);
        return Err(malformed(file, format!("holds {held} samples where {presented} are wanted")));
    }
    let samples = track.offsets.iter().zip(&track.sizes).take(blocks as usize);
    Ok(Sound {
        file: file.to_owned(),
        samples: samples
            .map(|(offset, size)| Source { piece: 0, offset: *offset, size: *size, entry: 1 })
            .collect(),
        boxes: track.boxes,
        entry: track.entry,
        rate,
        priming,
        presented,
        per_block,
        last_block: (needed - (blocks - 1) * u64::from(per_block)) as u32,
    })
}

fn raster_of(boxes: &Trak) -> Option<Raster> {
    let visual = boxes.mdia.minf.stbl.stsd.codecs.first()?.visual()?;
    Raster::new(u32::from(visual.width), u32::from(visual.height)).ok()
}

/// Bit rates differ from piece to piece and would make each entry another.
fn without_bitrate(entry: Codec) -> Codec {
    match entry {
        Codec::Avc1(avc1) => Codec::Avc1(Avc1 { btrt: None, ..avc1 }),
        other => other,
    }
}
