//! The tables of an MP4 file: where each sample lies, when it is decoded and shown.
//!
//! Read from files that FFmpeg wrote for us, yet nothing in them is believed: counts are held against the length of
//! the file before memory is taken, and every sample must lie inside it.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

use mp4_atom::{Codec, Decode, FourCC, Moov, Stbl, StszSamples, Trak};

use crate::PictureError;

/// Longest index that is read: two hours of sound and picture need a few MiB.
const LONGEST_INDEX: u64 = 64 << 20;

/// One track of a file.
#[derive(Debug)]
pub(crate) struct Track {
    /// Its boxes as they were, to be written again with other tables.
    pub(crate) boxes: Trak,
    /// How its samples are encoded.
    pub(crate) entry: Codec,
    /// Ticks per second.
    pub(crate) timescale: u32,
    /// Ticks between decoding and showing for the first shown instant, as the edit list says.
    pub(crate) media_time: u64,
    /// Bytes of each sample.
    pub(crate) sizes: Vec<u32>,
    /// Where in the file each sample begins.
    pub(crate) offsets: Vec<u64>,
    /// Ticks that each sample takes.
    pub(crate) durations: Vec<u32>,
    /// Ticks from decoding each sample to showing it.
    pub(crate) delays: Vec<i64>,
    /// Samples from which decoding can begin, counted from 0; `None` where all are.
    pub(crate) keys: Option<Vec<u32>>,
}

impl Track {
    /// The samples that are decoded in the places `samples`, as a track of their own.
    pub(crate) fn part(self, samples: Range<u32>) -> Result<Self, String> {
        let places = samples.start as usize..samples.end as usize;
        let held = self.sizes.len();
        if places.is_empty() || places.end > held {
            return Err(format!("has {held} frames, not those from {} to {}", places.start, places.end));
        }
        let keys = self.keys.map(|keys| {
            let inside = keys.into_iter().filter(|key| samples.contains(key));
            inside.map(|key| key - samples.start).collect()
        });
        Ok(Self {
            sizes: self.sizes[places.clone()].to_vec(),
            offsets: self.offsets[places.clone()].to_vec(),
            durations: self.durations[places.clone()].to_vec(),
            delays: self.delays[places].to_vec(),
            keys,
            ..self
        })
    }
}

/// The first track of kind `handler` (`vide`, `soun`) in `file`.
pub(crate) fn read_track(file: &Path, handler: [u8; 4]) -> Result<Track, PictureError> {
    let io = |source| PictureError::Io { file: file.to_owned(), source };
    let opened = File::open(file).map_err(io)?;
    let length = opened.metadata().map_err(io)?.len();
    track_from(&mut BufReader::new(opened), length, handler).map_err(|wrong| match wrong {
        Wrong::Io(source) if source.kind() != io::ErrorKind::UnexpectedEof => io(source),
        Wrong::Io(_) => malformed(file, "ends in the middle".to_owned()),
        Wrong::File(why) => malformed(file, why),
    })
}

pub(crate) fn malformed(file: &Path, why: String) -> PictureError {
    PictureError::Malformed { file: file.to_owned(), why }
}

/// What can be wrong with tables.
#[derive(Debug)]
pub(crate) enum Wrong {
    /// The file cannot be read.
    Io(io::Error),
    /// What it holds is not right.
    File(String),
}

impl From<io::Error> for Wrong {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<mp4_atom::Error> for Wrong {
    fn from(error: mp4_atom::Error) -> Self {
        Self::File(format!("its index cannot be read: {error}"))
    }
}

impl From<&str> for Wrong {
    fn from(why: &str) -> Self {
        Self::File(why.to_owned())
    }
}

/// The first track of kind `handler` in a file of `length` bytes.
pub(crate) fn track_from<R: Read + Seek>(
    file: &mut R,
    length: u64,
    handler: [u8; 4],
) -> Result<Track, Wrong> {
    let moov = Moov::decode(&mut read_index(file, length)?.as_slice())?;
    let kind = FourCC::new(&handler);
    let track = moov.trak.into_iter().find(|track| track.mdia.hdlr.handler == kind);
    let boxes = track.ok_or("has no track of the wanted kind")?;
    let table = &boxes.mdia.minf.stbl;
    let sizes = sizes(table, length)?;
    let count = sizes.len();
    let durations = table.stts.entries.iter().map(|entry| (entry.sample_count, entry.sample_delta));
    let delays = table.ctts.iter().flat_map(|ctts| &ctts.entries);
    let delays = delays.map(|entry| (entry.sample_count, entry.sample_offset));
    let [entry] = table.stsd.codecs.as_slice() else {
        return Err("is encoded in more than one way, or in none".into());
    };
    Ok(Track {
        entry: entry.clone(),
        timescale: boxes.mdia.mdhd.timescale,
        media_time: media_time(&boxes),
        offsets: offsets(table, &sizes, length)?,
        durations: spread(durations, count, None)?,
        delays: spread(delays, count, table.ctts.is_none().then_some(0))?,
        keys: keys(table, count)?,
        sizes,
        boxes,
    })
}

/// The bytes of the `moov` box.
fn read_index<R: Read + Seek>(file: &mut R, length: u64) -> Result<Vec<u8>, Wrong> {
    let mut at = 0;
    while length.saturating_sub(at) >= 8 {
        file.seek(SeekFrom::Start(at))?;
        let mut header = [0; 16];
        file.read_exact(&mut header[..8])?;
        let [a, b, c, d, kind @ ..] = [0, 1, 2, 3, 4, 5, 6, 7].map(|place: usize| header[place]);
        let size = match u32::from_be_bytes([a, b, c, d]) {
            0 => length - at,
            1 => {
                file.read_exact(&mut header[8..])?;
                u64::from_be_bytes([8, 9, 10, 11, 12, 13, 14, 15].map(|place: usize| header[place]))
            }
            size => u64::from(size),
        };
        if size < 8 || size > length - at {
            return Err("is cut off, or its boxes do not add up".into());
        }
        if kind == *b"moov" {
            if size > LONGEST_INDEX {
                return Err("has an index too large to be true".into());
            }
            file.seek(SeekFrom::Start(at))?;
            let mut index = vec![0; size as usize];
            file.read_exact(&mut index)?;
            return Ok(index);
        }
        at += size;
    }
    Err("has no index: it was not finished, or it is no MP4".into())
}

fn sizes(table: &Stbl, length: u64) -> Result<Vec<u32>, Wrong> {
    let sizes = match &table.stsz.samples {
        StszSamples::Different { sizes } => sizes.clone(),
        StszSamples::Identical { count, size } => {
            if u64::from(*count) * u64::from(*size) > length {
                return Err("claims more samples than it has room for".into());
            }
            vec![*size; *count as usize]
        }
    };
    if sizes.is_empty() { Err("holds no samples".into()) } else { Ok(sizes) }
}

/// Places of all samples: chunk by chunk, sample after sample.
fn offsets(table: &Stbl, sizes: &[u32], length: u64) -> Result<Vec<u64>, Wrong> {
    let chunks: Vec<u64> = match (&table.co64, &table.stco) {
        (Some(wide), _) => wide.entries.clone(),
        (None, Some(narrow)) => narrow.entries.iter().map(|offset| u64::from(*offset)).collect(),
        (None, None) => return Err("does not say where its samples are".into()),
    };
    let mut offsets = Vec::with_capacity(sizes.len());
    let mut runs = table.stsc.entries.iter().peekable();
    let mut per_chunk = 0;
    for (number, chunk) in (1_u32..).zip(chunks) {
        while let Some(run) = runs.next_if(|run| run.first_chunk <= number) {
            per_chunk = run.samples_per_chunk as usize;
        }
        let mut offset = chunk;
        let left = sizes.len() - offsets.len();
        for size in &sizes[offsets.len()..][..per_chunk.min(left)] {
            offsets.push(offset);
            offset = offset.saturating_add(u64::from(*size));
        }
        if offset > length {
            return Err("is cut off: samples lie after its end".into());
        }
    }
    if offsets.len() == sizes.len() { Ok(offsets) } else { Err("has fewer samples than it lists".into()) }
}

/// A table of runs spread out to one value a sample; `or` where there is no table.
fn spread<T: Copy>(
    runs: impl Iterator<Item = (u32, T)>,
    count: usize,
    or: Option<T>,
) -> Result<Vec<T>, Wrong> {
    if let Some(value) = or {
        return Ok(vec![value; count]);
    }
    let mut values = Vec::with_capacity(count);
    for (length, value) in runs {
        let length = (length as usize).min(count - values.len());
        values.extend(std::iter::repeat_n(value, length));
    }
    if values.len() == count { Ok(values) } else { Err("has times for fewer samples than it lists".into()) }
}

fn keys(table: &Stbl, count: usize) -> Result<Option<Vec<u32>>, Wrong> {
    let Some(stss) = &table.stss else { return Ok(None) };
    let keys: Option<Vec<u32>> = stss.entries.iter().map(|number| number.checked_sub(1)).collect();
    let keys =
        keys.filter(|keys| keys.is_sorted() && keys.last().is_none_or(|last| (*last as usize) < count));
    keys.map(Some).ok_or_else(|| "lists key frames that it does not have".into())
}

/// Where in the media showing begins; an edit without media before it (a delay) is not counted.
fn media_time(boxes: &Trak) -> u64 {
    let mut edits = boxes.edts.iter().flat_map(|edts| &edts.elst).flat_map(|list| &list.entries);
    edits.find_map(|edit| edit.media_time).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::process::Command;

    use super::*;

    fn clip(arguments: &str) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.mp4");
        let done = Command::new("ffmpeg")
            .args(["-nostdin", "-v", "error"])
            .args(arguments.split_whitespace())
            .arg(&file)
            .status();
        assert!(done.unwrap().success());
        std::fs::read(file).unwrap()
    }

    fn read(bytes: &[u8]) -> Result<Track, Wrong> {
        track_from(&mut Cursor::new(bytes), bytes.len() as u64, *b"vide")
    }

    #[test]
    fn tables_are_read_whole() {
        let bytes = clip("-f lavfi -i testsrc2=s=64x48:r=24:d=2 -g 12");
        let track = read(&bytes).unwrap();
        assert_eq!((track.sizes.len(), track.offsets.len(), track.delays.len()), (48, 48, 48));
        assert_eq!(track.durations, vec![track.timescale / 24; 48]);
        assert_eq!(track.keys, Some(vec![0, 12, 24, 36]));
        assert_eq!(track.media_time, u64::from(track.timescale) / 12);
        // Every H.264 sample begins with the length of its first unit, which must fit into the sample.
        for (offset, size) in track.offsets.iter().zip(&track.sizes) {
            let at = *offset as usize;
            let first = u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
            assert!(first + 4 <= *size);
        }
    }

    #[test]
    fn a_file_that_is_cut_off_is_refused() {
        let bytes = clip("-f lavfi -i testsrc2=s=64x48:r=24:d=1 -movflags +faststart");
        assert!(read(&bytes).is_ok());
        for length in [0, 7, 40, 600, bytes.len() / 2, bytes.len() - 1] {
            assert!(read(&bytes[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn mutated_files_do_no_harm() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/tables");
        soundlock_testing::fuzz(&corpus, 7, 2000, |bytes| {
            drop(read(bytes));
            drop(track_from(&mut Cursor::new(bytes), bytes.len() as u64, *b"soun"));
        });
    }
}
