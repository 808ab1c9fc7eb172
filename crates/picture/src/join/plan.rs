//! Where everything lies in the joined file: its chunks, its index, its bytes.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use mp4_atom::{
    Co64, Ctts, CttsEntry, Edts, Elst, ElstEntry, Encode, FixedPoint, FourCC, Ftyp, Moov, Mvhd, Sbgp,
    SbgpEntry, Stbl, Stco, Stsc, StscEntry, Stsd, Stss, Stsz, StszSamples, Stts, SttsEntry, Trak,
};
use soundlock_time::Fps;

use super::{Picture, Sound, Source};
use crate::PictureError;
use crate::encode::timescale;
use crate::tables::malformed;

/// Room that the index may take before offsets that end within four bytes are counted on.
const ROOM_FOR_INDEX: u64 = 256 << 20;

/// Samples of one track that lie together.
#[derive(Debug, Clone, Copy)]
struct Chunk {
    is_sound: bool,
    /// First sample and first after.
    samples: (usize, usize),
    /// Where it begins after the start of all samples.
    offset: u64,
}

pub(super) struct Plan {
    picture: Picture,
    sound: Option<Sound>,
    fps: Fps,
    chunks: Vec<Chunk>,
    bytes: u64,
}

impl Plan {
    /// Lays half seconds of picture and of sound in turn, so that a player finds both near each other.
    pub(super) fn new(picture: Picture, sound: Option<Sound>, fps: Fps) -> Self {
        let mut plan = Self { picture, sound, fps, chunks: Vec::new(), bytes: 0 };
        let half_second = (fps.nominal() as usize / 2).max(1);
        let (mut frame, mut block) = (0, 0);
        let (frames, blocks) = (plan.picture.samples.len(), plan.blocks());
        while frame < frames {
            let end = plan.same_entry_until(frame, (frame + half_second).min(frames));
            plan.lay(false, (frame, end));
            frame = end;
            let heard = if frame == frames { blocks } else { plan.block_at(frame).min(blocks) };
            if heard > block {
                plan.lay(true, (block, heard));
                block = heard;
            }
        }
        plan
    }

    fn blocks(&self) -> usize {
        self.sound.as_ref().map_or(0, |sound| sound.samples.len())
    }

    /// The block that is heard at the start of `frame`.
    fn block_at(&self, frame: usize) -> usize {
        let Some(sound) = &self.sound else { return 0 };
        let samples = frame as u64 * u64::from(self.fps.den()) * u64::from(sound.rate.hz());
        let samples = samples / u64::from(self.fps.num()) + sound.priming;
        (samples / u64::from(sound.per_block)) as usize
    }

    /// A chunk has one sample entry.
    fn same_entry_until(&self, from: usize, end: usize) -> usize {
        let entry = self.picture.samples[from].entry;
        let other = self.picture.samples[from..end].iter().position(|sample| sample.entry != entry);
        other.map_or(end, |other| from + other)
    }

    fn samples(&self, is_sound: bool) -> &[Source] {
        match (&self.sound, is_sound) {
            (Some(sound), true) => &sound.samples,
            (None, true) => &[],
            (_, false) => &self.picture.samples,
        }
    }

    fn lay(&mut self, is_sound: bool, samples: (usize, usize)) {
        self.chunks.push(Chunk { is_sound, samples, offset: self.bytes });
        let sizes = self.samples(is_sound)[samples.0..samples.1].iter().map(|sample| u64::from(sample.size));
        self.bytes += sizes.sum::<u64>();
    }

    /// Everything before the samples: type, index, and the header of the samples' box.
    pub(super) fn index(&self) -> mp4_atom::Result<Vec<u8>> {
        let wide = self.bytes > u64::from(u32::MAX) - ROOM_FOR_INDEX;
        // Offsets depend on the length of the index but do not change it, so it is written twice.
        let length = self.index_with(0, wide)?.len() as u64;
        self.index_with(length, wide)
    }

    fn index_with(&self, samples_start: u64, wide: bool) -> mp4_atom::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let compatible = [b"isom", b"iso2", b"avc1", b"mp41"];
        Ftyp {
            major_brand: FourCC::new(b"isom"),
            minor_version: 512,
            compatible_brands: compatible.map(FourCC::new).to_vec(),
        }
        .encode(&mut bytes)?;
        self.moov(samples_start, wide).encode(&mut bytes)?;
        if wide {
            bytes.extend_from_slice(&1_u32.to_be_bytes());
            bytes.extend_from_slice(b"mdat");
            bytes.extend_from_slice(&(self.bytes + 16).to_be_bytes());
        } else {
            bytes.extend_from_slice(&(self.bytes as u32 + 8).to_be_bytes());
            bytes.extend_from_slice(b"mdat");
        }
        Ok(bytes)
    }

    fn moov(&self, samples_start: u64, wide: bool) -> Moov {
        let scale = self.movie_timescale();
        let mut tracks = vec![self.picture_track(samples_start, wide, scale)];
        tracks.extend(self.sound.as_ref().map(|sound| self.sound_track(sound, samples_start, wide, scale)));
        let duration = tracks.iter().map(|track| track.tkhd.duration).max().unwrap_or(0);
        Moov {
            mvhd: Mvhd {
                timescale: scale,
                duration,
                rate: FixedPoint::new(1, 0),
                volume: FixedPoint::new(1, 0),
                next_track_id: tracks.len() as u32 + 1,
                ..Mvhd::default()
            },
            trak: tracks,
            ..Moov::default()
        }
    }

    /// Ticks per second in which a frame and a sample are whole; the picture's alone where there are none so small.
    fn movie_timescale(&self) -> u32 {
        let own = timescale(self.fps);
        let Some(sound) = &self.sound else { return own };
        let (a, b) = (u64::from(self.fps.num()), u64::from(sound.rate.hz()));
        u32::try_from(a / gcd(a, b) * b).unwrap_or(own)
    }

    fn picture_track(&self, samples_start: u64, wide: bool, scale: u32) -> Trak {
        let media_scale = timescale(self.fps);
        let frame = media_scale / self.fps.num() * self.fps.den();
        let frames = self.picture.samples.len() as u64;
        // Nothing may be shown before it is decoded, so all are shown as much later as the worst of them asks for,
        // and the edit list begins there.
        let shift = self.picture.delays.iter().copied().min().unwrap_or(0).min(0);
        let delays = self.picture.delays.iter().map(|delay| (delay - shift) * i64::from(frame));
        let delays: Vec<CttsEntry> = runs(delays)
            .map(|(sample_count, sample_offset)| CttsEntry { sample_count, sample_offset })
            .collect();
        let media_time = shift.unsigned_abs() * u64::from(frame);
        let needs_delays = delays.iter().any(|entry| entry.sample_offset != 0);
        let table = Stbl {
            stsd: Stsd { codecs: self.picture.entries.clone() },
            stts: Stts { entries: vec![SttsEntry { sample_count: frames as u32, sample_delta: frame }] },
            ctts: needs_delays.then_some(Ctts { entries: delays }),
            stss: self.picture.keys.clone().map(|entries| Stss { entries }),
            ..self.places(false, samples_start, wide)
        };
        let duration = rescale(frames * u64::from(self.fps.den()), scale, self.fps.num());
        let media = (media_scale, frames * u64::from(frame));
        track(&self.picture.boxes, 1, table, media, Edit { duration, media_time })
    }

    fn sound_track(&self, sound: &Sound, samples_start: u64, wide: bool, scale: u32) -> Trak {
        let blocks = sound.samples.len() as u32;
        let even = SttsEntry { sample_count: blocks - 1, sample_delta: sound.per_block };
        let last = SttsEntry { sample_count: 1, sample_delta: sound.last_block };
        let old = &sound.boxes.mdia.minf.stbl;
        let groups = old.sbgp.iter().filter(|group| group.entries.len() == 1).map(|group| {
            let entries = group.entries.iter();
            let entries = entries.map(|entry| SbgpEntry { sample_count: blocks, ..entry.clone() }).collect();
            Sbgp { entries, ..group.clone() }
        });
        let table = Stbl {
            stsd: Stsd { codecs: vec![sound.entry.clone()] },
            stts: Stts { entries: [even, last].into_iter().filter(|run| run.sample_count > 0).collect() },
            sbgp: groups.collect(),
            sgpd: old.sgpd.clone(),
            ..self.places(true, samples_start, wide)
        };
        let duration = rescale(sound.presented, scale, sound.rate.hz());
        let media = (sound.rate.hz(), sound.priming + sound.presented);
        track(&sound.boxes, 2, table, media, Edit { duration, media_time: sound.priming })
    }

    /// The tables that say how large each sample is and where it lies.
    fn places(&self, is_sound: bool, samples_start: u64, wide: bool) -> Stbl {
        let samples = self.samples(is_sound);
        let chunks: Vec<&Chunk> = self.chunks.iter().filter(|chunk| chunk.is_sound == is_sound).collect();
        let mut entries: Vec<StscEntry> = Vec::new();
        for (number, chunk) in (1_u32..).zip(&chunks) {
            let samples_per_chunk = (chunk.samples.1 - chunk.samples.0) as u32;
            let sample_description_index = samples[chunk.samples.0].entry;
            let same = |last: &StscEntry| {
                (last.samples_per_chunk, last.sample_description_index)
                    == (samples_per_chunk, sample_description_index)
            };
            if !entries.last().is_some_and(same) {
                entries.push(StscEntry { first_chunk: number, samples_per_chunk, sample_description_index });
            }
        }
        let offsets = chunks.iter().map(|chunk| samples_start + chunk.offset);
        Stbl {
            stsc: Stsc { entries },
            stsz: Stsz {
                samples: StszSamples::Different { sizes: samples.iter().map(|sample| sample.size).collect() },
            },
            co64: wide.then(|| Co64 { entries: offsets.clone().collect() }),
            stco: (!wide).then(|| Stco { entries: offsets.map(|offset| offset as u32).collect() }),
            ..Stbl::default()
        }
    }

    /// Copies every sample from where it is to `out`, which becomes `file`.
    pub(super) fn copy_samples(&self, out: &mut impl Write, file: &Path) -> Result<(), PictureError> {
        let mut picture = Reader::default();
        let mut sound = Reader::default();
        for chunk in &self.chunks {
            let samples = &self.samples(chunk.is_sound)[chunk.samples.0..chunk.samples.1];
            let reader = if chunk.is_sound { &mut sound } else { &mut picture };
            for together in
                samples.chunk_by(|a, b| a.piece == b.piece && a.offset + u64::from(a.size) == b.offset)
            {
                let from = match &self.sound {
                    Some(sound) if chunk.is_sound => &sound.file,
                    _ => &self.picture.files[together[0].piece as usize],
                };
                let length = together.iter().map(|sample| u64::from(sample.size)).sum();
                reader.copy(from, together[0].offset, length, out, file)?;
            }
        }
        Ok(())
    }
}

/// The piece that is being copied from; one is open at a time.
#[derive(Default)]
struct Reader {
    open: Option<(PathBuf, File)>,
    /// Where the file stands.
    at: u64,
}

impl Reader {
    fn copy(
        &mut self,
        from: &Path,
        offset: u64,
        length: u64,
        out: &mut impl Write,
        file: &Path,
    ) -> Result<(), PictureError> {
        let wrong = |source| PictureError::Io { file: from.to_owned(), source };
        let mut open = match self.open.take() {
            Some((path, open)) if path == from => open,
            _ => {
                self.at = 0;
                File::open(from).map_err(wrong)?
            }
        };
        if self.at != offset {
            open.seek(SeekFrom::Start(offset)).map_err(wrong)?;
        }
        let mut left = length;
        let mut block = vec![0; (1 << 18).min(length as usize)];
        while left > 0 {
            let part = &mut block[..left.min(1 << 18) as usize];
            open.read_exact(part).map_err(|source| match source.kind() {
                io::ErrorKind::UnexpectedEof => {
                    malformed(from, "became shorter while it was read".to_owned())
                }
                _ => wrong(source),
            })?;
            out.write_all(part).map_err(|source| PictureError::Io { file: file.to_owned(), source })?;
            left -= part.len() as u64;
        }
        self.at = offset + length;
        self.open = Some((from.to_owned(), open));
        Ok(())
    }
}

/// The one edit of a track: what is shown, in ticks of the movie, from where, in ticks of the track.
#[derive(Debug, Clone, Copy)]
struct Edit {
    duration: u64,
    media_time: u64,
}

/// `boxes` as they were, with another number, other tables and other lengths.
fn track(boxes: &Trak, number: u32, table: Stbl, (timescale, length): (u32, u64), edit: Edit) -> Trak {
    let mut track = boxes.clone();
    track.tkhd.track_id = number;
    track.tkhd.duration = edit.duration;
    (track.tkhd.creation_time, track.tkhd.modification_time) = (0, 0);
    (track.tkhd.enabled, track.tkhd.in_movie) = (true, true);
    let entry = ElstEntry {
        segment_duration: edit.duration,
        media_time: Some(edit.media_time),
        media_rate: FixedPoint::new(1, 0),
    };
    track.edts = Some(Edts { elst: Some(Elst { entries: vec![entry] }) });
    let header = &mut track.mdia.mdhd;
    (header.timescale, header.duration) = (timescale, length);
    (header.creation_time, header.modification_time) = (0, 0);
    track.mdia.minf.stbl = table;
    (track.meta, track.udta) = (None, None);
    track
}

/// `ticks` at 1/`from` s in ticks of 1/`to` s, to the nearest.
fn rescale(ticks: u64, to: u32, from: u32) -> u64 {
    let wide = u128::from(ticks) * u128::from(to) + u128::from(from) / 2;
    (wide / u128::from(from)) as u64
}

/// Equal values in a row as how many there are and which.
fn runs(values: impl Iterator<Item = i64>) -> impl Iterator<Item = (u32, i64)> {
    let mut values = values.peekable();
    std::iter::from_fn(move || {
        let value = values.next()?;
        let mut count = 1;
        while values.next_if_eq(&value).is_some() {
            count += 1;
        }
        Some((count, value))
    })
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}
