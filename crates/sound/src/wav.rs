//! WAV files: written with their length known from the start, read from any sample in.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Bytes of a sample that is written: 24 bits.
const BYTES: u64 = 3;

/// Largest value of a sample that is written.
pub(crate) const FULL_SCALE: f32 = 8_388_608.0;

/// The 24-bit value nearest to `sample`, full scale ±1.0.
pub(crate) fn quantised(sample: f32) -> i32 {
    (sample * FULL_SCALE).round_ties_even().clamp(-FULL_SCALE, FULL_SCALE - 1.0) as i32
}

/// Writes 24-bit PCM of a length known beforehand.
pub(crate) struct WavWriter {
    file: BufWriter<File>,
    /// Values still to come, all channels counted.
    left: u64,
    odd: bool,
}

impl WavWriter {
    /// Begins a file of `frames` on `channels`; past 4 GiB it is an RF64 file (EBU Tech 3306).
    pub(crate) fn create(path: &Path, channels: u16, hz: u32, frames: u64) -> io::Result<Self> {
        let left = frames * u64::from(channels);
        let mut file = BufWriter::with_capacity(1 << 18, File::create(path)?);
        file.write_all(&header(channels, hz, frames))?;
        Ok(Self { file, left, odd: left * BYTES % 2 == 1 })
    }

    /// Writes 24-bit values, interleaved.
    pub(crate) fn write(&mut self, values: &[i32]) -> io::Result<()> {
        let too_many = || io::Error::other("more sound than the header says");
        self.left = self.left.checked_sub(values.len() as u64).ok_or_else(too_many)?;
        let mut bytes = [0; 3 * 1024];
        for some in values.chunks(1024) {
            for (place, value) in bytes.chunks_exact_mut(3).zip(some) {
                place.copy_from_slice(&value.to_le_bytes()[..3]);
            }
            self.file.write_all(&bytes[..some.len() * 3])?;
        }
        Ok(())
    }

    /// Ends the file; an error when less was written than the header says.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        if self.left > 0 {
            return Err(io::Error::other(format!("{} values of sound are missing", self.left)));
        }
        if self.odd {
            self.file.write_all(&[0])?;
        }
        self.file.flush()
    }
}

/// Everything before the first sample.
fn header(channels: u16, hz: u32, frames: u64) -> Vec<u8> {
    let block = u64::from(channels) * BYTES;
    let data = frames * block;
    let riff = 4 + (8 + 40) + 8 + data + data % 2;
    let mut header = Vec::with_capacity(128);
    if let Ok(riff) = u32::try_from(riff) {
        put(&mut header, &[b"RIFF", &riff.to_le_bytes(), b"WAVE"]);
    } else {
        put(&mut header, &[b"RF64", &[0xFF; 4], b"WAVE", b"ds64", &28_u32.to_le_bytes()]);
        put(&mut header, &[&(riff + 36).to_le_bytes(), &data.to_le_bytes(), &frames.to_le_bytes(), &[0; 4]]);
    }
    put(&mut header, &[b"fmt ", &40_u32.to_le_bytes(), &0xFFFE_u16.to_le_bytes(), &channels.to_le_bytes()]);
    put(&mut header, &[&hz.to_le_bytes(), &(hz * block as u32).to_le_bytes(), &(block as u16).to_le_bytes()]);
    let speakers: u32 = match channels {
        1 => 0x4,
        6 => 0x3F,
        _ => 0x3,
    };
    put(
        &mut header,
        &[&24_u16.to_le_bytes(), &22_u16.to_le_bytes(), &24_u16.to_le_bytes(), &speakers.to_le_bytes()],
    );
    // KSDATAFORMAT_SUBTYPE_PCM
    put(&mut header, &[&[1, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]]);
    let length = u32::try_from(data).ok().filter(|_| u32::try_from(riff).is_ok()).unwrap_or(u32::MAX);
    put(&mut header, &[b"data", &length.to_le_bytes()]);
    header
}

fn put(header: &mut Vec<u8>, parts: &[&[u8]]) {
    header.extend(parts.iter().copied().flatten());
}

/// What a WAV file holds that can be read as it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WavShape {
    pub(crate) hz: u32,
    pub(crate) channels: u16,
    /// Samples on each channel, as the header says.
    pub(crate) frames: u64,
    /// Samples on each channel that the file is too short for.
    pub(crate) missing: u64,
    /// First byte of the first sample.
    start: u64,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    I16,
    I24,
    I32,
    F32,
}

impl Kind {
    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::I16 => 2,
            Self::I24 => 3,
            Self::I32 | Self::F32 => 4,
        }
    }
}

/// The shape of a WAV file of a kind that is read here; `None` for anything else, which FFmpeg may know.
pub(crate) fn wav_shape(path: &Path) -> Option<WavShape> {
    let mut file = BufReader::new(File::open(path).ok()?);
    let length = file.get_ref().metadata().ok()?.len();
    let header = read_header(&mut file)?;
    // A recorder that was cut off leaves 0 or the largest length; what is there then is for FFmpeg to find.
    if header.data == 0 || header.data >= 0x7FFF_F000 {
        return None;
    }
    let start = file.stream_position().ok()?;
    let block = header.kind.bytes() as u64 * u64::from(header.channels);
    let frames = u64::from(header.data) / block;
    let missing = frames.saturating_sub(length.saturating_sub(start) / block);
    let WavHeader { hz, channels, kind, .. } = header;
    Some(WavShape { hz, channels, frames, missing, start, kind })
}

/// What stands before the first sample.
pub(crate) struct WavHeader {
    pub(crate) hz: u32,
    /// At least one.
    pub(crate) channels: u16,
    pub(crate) kind: Kind,
    /// Bytes of sound that it promises.
    pub(crate) data: u32,
}

/// The most chunks before the sound; a file with more is not worth reading on.
const MOST_CHUNKS: usize = 100;

/// Reads up to the first sample.
pub(crate) fn read_header(file: &mut impl Read) -> Option<WavHeader> {
    let riff: [u8; 12] = taken(file)?;
    if &riff[..4] != b"RIFF" || &riff[8..] != b"WAVE" {
        return None;
    }
    let mut form = None;
    for _ in 0..MOST_CHUNKS {
        let head: [u8; 8] = taken(file)?;
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
        match &head[..4] {
            b"fmt " => form = Some(read_form(file, length)?),
            b"data" => {
                let (hz, channels, kind) = form?;
                return Some(WavHeader { hz, channels, kind, data: length });
            }
            _ => skip(file, u64::from(length) + u64::from(length % 2))?,
        }
    }
    None
}

fn read_form(file: &mut impl Read, length: u32) -> Option<(u32, u16, Kind)> {
    let form: [u8; 16] = taken(file)?;
    let short = |at: usize| u16::from_le_bytes([form[at], form[at + 1]]);
    let (mut tag, channels, block, bits) = (short(0), short(2), short(12), short(14));
    let hz = u32::from_le_bytes([form[4], form[5], form[6], form[7]]);
    let mut left = u64::from(length.checked_sub(16)?);
    if tag == 0xFFFE && left >= 24 {
        // What the samples are stands at the head of the subformat.
        let more: [u8; 10] = taken(file)?;
        tag = u16::from_le_bytes([more[8], more[9]]);
        left -= 10;
    }
    skip(file, left + left % 2)?;
    let kind = match (tag, bits) {
        (1, 16) => Kind::I16,
        (1, 24) => Kind::I24,
        (1, 32) => Kind::I32,
        (3, 32) => Kind::F32,
        _ => return None,
    };
    let fits = channels > 0 && usize::from(block) == kind.bytes() * usize::from(channels) && hz > 0;
    fits.then_some((hz, channels, kind))
}

fn taken<const N: usize>(file: &mut impl Read) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    file.read_exact(&mut bytes).ok().map(|()| bytes)
}

fn skip(file: &mut impl Read, bytes: u64) -> Option<()> {
    let skipped = io::copy(&mut file.take(bytes), &mut io::sink()).ok()?;
    (skipped == bytes).then_some(())
}

/// Reads a WAV file of one or two channels.
pub(crate) struct WavReader {
    file: BufReader<File>,
    shape: WavShape,
    left: u64,
    bytes: Vec<u8>,
}

impl WavReader {
    /// Opens `path` at sample `from`.
    pub(crate) fn open(path: &Path, from: u64) -> io::Result<Self> {
        let unreadable = || io::Error::other("not a WAV file that can be read");
        let shape = wav_shape(path).filter(|shape| shape.channels <= 2).ok_or_else(unreadable)?;
        let mut file = BufReader::with_capacity(1 << 15, File::open(path)?);
        let block = shape.kind.bytes() as u64 * u64::from(shape.channels);
        let from = from.min(shape.frames);
        file.seek(SeekFrom::Start(shape.start + from * block))?;
        Ok(Self {
            file,
            shape,
            left: shape.frames - from - shape.missing.min(shape.frames - from),
            bytes: Vec::new(),
        })
    }

    pub(crate) fn channels(&self) -> usize {
        usize::from(self.shape.channels)
    }

    /// Fills `block` (interleaved on the file's own channels); gives how many values came, fewer only at the end.
    pub(crate) fn read(&mut self, block: &mut [f32]) -> io::Result<usize> {
        let size = self.shape.kind.bytes();
        let values = (block.len() as u64).min(self.left * u64::from(self.shape.channels)) as usize;
        self.bytes.resize(values * size, 0);
        self.file.read_exact(&mut self.bytes)?;
        self.left -= values as u64 / u64::from(self.shape.channels);
        convert(self.shape.kind, &self.bytes, &mut block[..values]);
        Ok(values)
    }
}

/// The values that `bytes` are, full scale ±1.0.
pub(crate) fn convert(kind: Kind, bytes: &[u8], block: &mut [f32]) {
    match kind {
        Kind::I16 => each::<2>(bytes, block, |b| f32::from(i16::from_le_bytes(b)) / 32_768.0),
        Kind::I24 => {
            each::<3>(bytes, block, |b| (i32::from_le_bytes([0, b[0], b[1], b[2]]) >> 8) as f32 / FULL_SCALE);
        }
        Kind::I32 => each::<4>(bytes, block, |b| i32::from_le_bytes(b) as f32 / 2_147_483_648.0),
        Kind::F32 => each::<4>(bytes, block, |b| {
            let value = f32::from_le_bytes(b);
            // A file of floats may hold anything; one of them must not make nonsense of a sum.
            if value.is_finite() { value.clamp(-8.0, 8.0) } else { 0.0 }
        }),
    }
}

fn each<const N: usize>(bytes: &[u8], block: &mut [f32], value: impl Fn([u8; N]) -> f32) {
    for (place, bytes) in block.iter_mut().zip(bytes.chunks_exact(N)) {
        let mut own = [0; N];
        own.copy_from_slice(bytes);
        *place = value(own);
    }
}

#[cfg(test)]
mod tests {
    use hound::SampleFormat;
    use proptest::prelude::*;

    use super::*;

    fn write(path: &Path, channels: u16, values: &[i32]) {
        let frames = values.len() as u64 / u64::from(channels);
        let mut writer = WavWriter::create(path, channels, 48_000, frames).unwrap();
        writer.write(values).unwrap();
        writer.finish().unwrap();
    }

    #[test]
    fn another_reader_reads_what_is_written() {
        let folder = tempfile::tempdir().unwrap();
        for (channels, values) in
            [(2, vec![0, 1, -1, 8_388_607, -8_388_608, 77]), (1, vec![5, -6, 7]), (6, vec![1, 2, 3, 4, 5, 6])]
        {
            let path = folder.path().join("a.wav");
            write(&path, channels, &values);
            let mut reader = hound::WavReader::open(&path).unwrap();
            let spec = reader.spec();
            assert_eq!((spec.channels, spec.sample_rate, spec.bits_per_sample), (channels, 48_000, 24));
            assert_eq!(reader.samples::<i32>().map(Result::unwrap).collect::<Vec<_>>(), values);
            assert_eq!(std::fs::metadata(&path).unwrap().len() % 2, 0);
        }
    }

    #[test]
    fn too_little_or_too_much_is_an_error() {
        let path = tempfile::tempdir().unwrap().keep().join("a.wav");
        let mut writer = WavWriter::create(&path, 2, 48_000, 2).unwrap();
        assert!(writer.write(&[0; 5]).is_err());
        let mut writer = WavWriter::create(&path, 2, 48_000, 2).unwrap();
        writer.write(&[0; 3]).unwrap();
        assert!(writer.finish().is_err());
    }

    #[test]
    fn past_four_gibibytes_the_header_says_so() {
        let frames = 1_000_000_000_u64;
        let header = header(2, 48_000, frames);
        assert_eq!((&header[..4], &header[8..16]), (b"RF64".as_slice(), b"WAVEds64".as_slice()));
        let number = |at: usize| u64::from_le_bytes(header[at..at + 8].try_into().unwrap());
        assert_eq!(number(28), frames * 6);
        assert_eq!(number(36), frames);
        assert_eq!(number(20), header.len() as u64 - 8 + frames * 6);
        assert_eq!(header[header.len() - 4..], [0xFF; 4]);
        // The largest that still fits is an ordinary file.
        assert_eq!(&super::header(2, 48_000, u64::from(u32::MAX) / 6 - 11)[..4], b"RIFF");
    }

    #[test]
    fn every_kind_is_read_from_any_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        for (bits, sample_format) in [
            (16, SampleFormat::Int),
            (24, SampleFormat::Int),
            (32, SampleFormat::Int),
            (32, SampleFormat::Float),
        ] {
            let spec =
                hound::WavSpec { channels: 2, sample_rate: 44_100, bits_per_sample: bits, sample_format };
            let mut writer = hound::WavWriter::create(&path, spec).unwrap();
            for n in 0..200_i32 {
                match sample_format {
                    SampleFormat::Int => writer.write_sample(n << (bits - 9)).unwrap(),
                    SampleFormat::Float => writer.write_sample(n as f32 / 256.0).unwrap(),
                }
            }
            writer.finalize().unwrap();
            let mut reader = WavReader::open(&path, 70).unwrap();
            let mut block = [9.0; 100];
            assert_eq!(reader.read(&mut block).unwrap(), 60);
            let wanted: Vec<f32> = (140..200).map(|n| n as f32 / 256.0).collect();
            assert_eq!(&block[..60], wanted, "{bits} bits");
            assert_eq!(reader.read(&mut block).unwrap(), 0);
        }
    }

    #[test]
    fn a_file_that_breaks_off_says_how_much_is_missing() {
        let path = tempfile::tempdir().unwrap().keep().join("a.wav");
        write(&path, 1, &[1; 1000]);
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 300]).unwrap();
        assert_eq!(wav_shape(&path).unwrap().missing, 100);
        std::fs::write(&path, "not a sound").unwrap();
        assert_eq!(wav_shape(&path), None);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(values in proptest::collection::vec(-8_388_608..8_388_608, 0..300)) {
            let path = tempfile::tempdir().unwrap().keep().join("a.wav");
            write(&path, 1, &values);
            if !values.is_empty() {
                let mut block = vec![0.0; values.len()];
                WavReader::open(&path, 0).unwrap().read(&mut block).unwrap();
                prop_assert_eq!(block.into_iter().map(quantised).collect::<Vec<_>>(), values);
            }
        }
    }
}
