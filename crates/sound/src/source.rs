//! Files that sound: checked, measured, and where needed brought to WAV at the film's rate.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use serde::Serialize;
use soundlock_align::{Recording, Sides};
use soundlock_picture::{PictureError, SoundReader};
use soundlock_time::SampleRate;
use soundlock_vault::{Hash, Step, ValueStep, hash_file};

use crate::SoundError;
use crate::context::SoundContext;
use crate::signal::{Energies, Heard};
use crate::wav::{WavReader, WavWriter, quantised, wav_shape};

/// What a file is for, which settles how many channels it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Use {
    /// A line: one channel.
    Voice,
    /// Music or an effect: two channels.
    Cue,
}

/// A file that can be read sample by sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ready {
    /// WAV at the film's rate with one or two channels.
    pub(crate) file: PathBuf,
    /// Hash of the file in the film folder.
    pub(crate) hash: Hash,
    /// Hash of `file`.
    pub(crate) file_hash: Hash,
}

/// What is wrong with a file, a clause that begins with a verb; or something that is not the file's fault.
pub(crate) enum Fault {
    File(String),
    Other(SoundError),
}

impl From<SoundError> for Fault {
    fn from(error: SoundError) -> Self {
        match error {
            SoundError::Picture(error) => clause_of(error),
            error => Self::Other(error),
        }
    }
}

pub(crate) fn clause_of(error: PictureError) -> Fault {
    match error {
        PictureError::Malformed { why, .. } => Fault::File(format!("cannot be read as sound: {why}")),
        PictureError::Child { stderr, .. } => {
            Fault::File(format!("cannot be read as sound: {}", stderr.trim().replace('\n', "; ")))
        }
        PictureError::OverLimit { what, found, limit, .. } => {
            Fault::File(format!("has {what} of {found}; the limit is {limit}"))
        }
        PictureError::Hung { timeout_secs, .. } => {
            Fault::File(format!("gave no sound for {timeout_secs} s of waiting"))
        }
        PictureError::Io { source, .. } => Fault::File(format!("cannot be opened: {source}")),
        error => Fault::Other(error.into()),
    }
}

/// `path` below the film folder, ready to be read.
pub(crate) fn ready(
    path: &str,
    usage: Use,
    rate: SampleRate,
    context: &SoundContext<'_>,
) -> Result<Ready, Fault> {
    let file = context.folder.join(path);
    let hash = context.hashes.of(&file)?;
    if let Some(shape) = wav_shape(&file) {
        if shape.missing > 0 {
            let (missing, whole) = (shape.missing as f64, f64::from(shape.hz));
            let share =
                format!("{:.2} s of {:.2} s are missing", missing / whole, shape.frames as f64 / whole);
            return Err(Fault::File(format!("breaks off: {share}")));
        }
        let most = if usage == Use::Voice { 1 } else { 2 };
        if shape.hz == rate.hz() && (1..=most).contains(&shape.channels) {
            return Ok(Ready { file, hash, file_hash: hash });
        }
    }
    let conform = Conform { file: &file, hash, usage, rate, context };
    let object = context.run(path, &conform)?;
    Ok(Ready { file: object.path, hash, file_hash: object.hash })
}

/// Hashes of files, each worked out once: a session is asked for with every line that is taken from it.
#[derive(Debug, Default)]
pub struct FileHashes(Mutex<BTreeMap<PathBuf, (Stamp, Hash)>>);

/// What changes when a file is written again: its length and when.
type Stamp = (u64, Option<SystemTime>);

impl FileHashes {
    /// None so far.
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn of(&self, file: &Path) -> Result<Hash, Fault> {
        let opened = std::fs::metadata(file);
        let about = opened.map_err(|error| Fault::File(format!("cannot be opened: {error}")))?;
        if about.len() == 0 {
            return Err(Fault::File("is empty (0 bytes)".to_owned()));
        }
        let stamp = (about.len(), about.modified().ok());
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, hash)) = known().get(file).filter(|(known, _)| *known == stamp) {
            return Ok(*hash);
        }
        let hash = hash_file(file).map_err(|error| Fault::File(format!("cannot be read: {error}")))?;
        known().insert(file.to_owned(), (stamp, hash));
        Ok(hash)
    }
}

/// A sound as 24-bit WAV at the film's rate.
struct Conform<'a> {
    file: &'a Path,
    hash: Hash,
    usage: Use,
    rate: SampleRate,
    context: &'a SoundContext<'a>,
}

#[derive(Serialize)]
struct ConformInputs<'a> {
    file: Hash,
    usage: Use,
    rate: SampleRate,
    ffmpeg: &'a str,
}

impl Step for Conform<'_> {
    type Error = SoundError;
    const VERSION: (&'static str, u32) = ("conform-sound", 2);
    const EXTENSION: &'static str = "wav";

    fn inputs(&self) -> impl Serialize {
        let ffmpeg = self.context.tools.version.as_str();
        ConformInputs { file: self.hash, usage: self.usage, rate: self.rate, ffmpeg }
    }

    fn make(&self, file: &Path) -> Result<(), SoundError> {
        // The length is known only at the end: the values go to a file beside first, then behind their header.
        let raw = file.with_extension("raw");
        let failed = |source| SoundError::Io { file: file.to_owned(), source };
        let values = self.decode_to(&raw)?;
        let channels = self.channels();
        let frames = values / u64::from(channels);
        if frames == 0 {
            let why = "it holds no sound".to_owned();
            return Err(PictureError::Malformed { file: self.file.to_owned(), why }.into());
        }
        write_behind_header(&raw, file, channels, self.rate.hz(), frames).map_err(failed)
    }
}

impl Conform<'_> {
    /// Channels of the result.
    fn channels(&self) -> u16 {
        if self.usage == Use::Voice { 1 } else { 2 }
    }

    /// Writes the sound's values as 32-bit integers; gives how many.
    fn decode_to(&self, raw: &Path) -> Result<u64, SoundError> {
        let context = self.context;
        let mut reader = SoundReader::open(context.tools, self.file, self.rate, 2, 0, &context.limits)?;
        let values = match self.usage {
            Use::Cue => self.write_values(raw, |block| Ok(reader.read(block)?)),
            Use::Voice => {
                let mut voice = Sides::new(|block: &mut [f32]| Ok(reader.read(block)?));
                self.write_values(raw, |block| voice.read(block).map_err(|error| self.undone(error)))
            }
        }?;
        match reader.damage() {
            Some(why) => {
                Err(PictureError::Malformed { file: self.file.to_owned(), why: why.to_owned() }.into())
            }
            None => Ok(values),
        }
    }

    /// The error of reading as it was before it was put into a box.
    fn undone(&self, error: Box<dyn std::error::Error + Send + Sync>) -> SoundError {
        match error.downcast::<PictureError>() {
            Ok(error) => (*error).into(),
            Err(error) => {
                PictureError::Malformed { file: self.file.to_owned(), why: error.to_string() }.into()
            }
        }
    }

    fn write_values(
        &self,
        raw: &Path,
        mut read: impl FnMut(&mut [f32]) -> Result<usize, SoundError>,
    ) -> Result<u64, SoundError> {
        use std::io::Write;
        let failed = |source| SoundError::Io { file: raw.to_owned(), source };
        let mut out = std::io::BufWriter::new(std::fs::File::create(raw).map_err(failed)?);
        let (mut block, mut values) = (vec![0.0; 16_384], 0);
        loop {
            self.context.cancel.check()?;
            let came = read(&mut block)?;
            for value in &block[..came] {
                out.write_all(&quantised(*value).to_le_bytes()).map_err(failed)?;
            }
            values += came as u64;
            if came < block.len() {
                break;
            }
        }
        out.flush().map_err(failed)?;
        Ok(values)
    }
}

fn write_behind_header(raw: &Path, file: &Path, channels: u16, hz: u32, frames: u64) -> std::io::Result<()> {
    use std::io::Read;
    let mut writer = WavWriter::create(file, channels, hz, frames)?;
    let mut reader = std::io::BufReader::new(std::fs::File::open(raw)?);
    let mut left = frames * u64::from(channels);
    let mut bytes = vec![0; 1 << 16];
    while left > 0 {
        let some = &mut bytes[..(left * 4).min(1 << 16) as usize];
        reader.read_exact(some)?;
        let values: Vec<i32> =
            some.chunks_exact(4).map(|b| i32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        writer.write(&values)?;
        left -= values.len() as u64;
    }
    writer.finish()?;
    std::fs::remove_file(raw)
}

/// What is heard in a file.
pub(crate) fn heard(
    name: &str,
    ready: &Ready,
    hz: u32,
    context: &SoundContext<'_>,
) -> Result<Heard, SoundError> {
    context.run_value(name, &Hear { ready, hz, part: None })
}

/// What is heard in a part of a file, in samples.
pub(crate) fn heard_in(
    name: &str,
    part: (u64, u64),
    ready: &Ready,
    hz: u32,
    context: &SoundContext<'_>,
) -> Result<Heard, SoundError> {
    context.run_value(name, &Hear { ready, hz, part: Some(part) })
}

struct Hear<'a> {
    ready: &'a Ready,
    hz: u32,
    part: Option<(u64, u64)>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum HearInputs {
    Whole(Hash, u32),
    Part(Hash, u32, (u64, u64)),
}

impl ValueStep for Hear<'_> {
    type Value = Heard;
    type Error = SoundError;
    const VERSION: (&'static str, u32) = ("hear-sound", 1);

    fn inputs(&self) -> impl Serialize {
        match self.part {
            None => HearInputs::Whole(self.ready.file_hash, self.hz),
            Some(part) => HearInputs::Part(self.ready.file_hash, self.hz, part),
        }
    }

    fn make(&self) -> Result<Heard, SoundError> {
        let failed = |source| SoundError::Io { file: self.ready.file.clone(), source };
        let (from, to) = self.part.unwrap_or((0, u64::MAX));
        let mut reader = WavReader::open(&self.ready.file, from).map_err(failed)?;
        let mut energies = Energies::new(self.hz);
        let mut left = to.saturating_sub(from).saturating_mul(reader.channels() as u64);
        let mut block = vec![0.0; 16_384];
        loop {
            let wanted = left.min(block.len() as u64) as usize;
            let came = reader.read(&mut block[..wanted]).map_err(failed)?;
            energies.add(&block[..came], reader.channels());
            left -= came as u64;
            if came < wanted || left == 0 {
                return Ok(energies.heard());
            }
        }
    }
}
