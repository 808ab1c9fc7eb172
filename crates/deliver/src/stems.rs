//! Stems: the mix before it is a mix, as WAV.

use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use soundlock_sound::{LockedSound, Speakers};

use crate::{Check, DeliverError, write};

const CLAUSE: &str = "soundlock stems";
const SPEAKERS: &str = "WAVEFORMATEXTENSIBLE, dwChannelMask";

/// A stem as it was mixed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stem {
    /// Its name, and its file's: `dialogue`.
    pub name: String,
    /// The WAV file it lies in.
    pub file: PathBuf,
}

/// Puts every stem as `NAME.wav` into `folder` and looks at each: as long as the film, to the sample, its
/// channels in order and named.
///
/// They are linked where the disk can do that, else copied: four stems of a feature are four gigabytes.
pub fn write_stems(
    stems: &[Stem],
    locked: &LockedSound,
    speakers: Speakers,
    folder: &Path,
) -> Result<Vec<Check>, DeliverError> {
    let mut checks = Vec::new();
    for stem in stems {
        let file = folder.join(format!("{}.wav", stem.name));
        write::aside(&file, |part| link_or_copy(&stem.file, part))?;
        let wav = Wav::read(&file)?;
        let name = |what: &str| format!("{what} of stem {}", stem.name);
        checks.push(Check::same(&name("samples"), wav.samples, locked.samples(), CLAUSE));
        checks.push(Check::same(&name("sample rate"), wav.rate, locked.rate.hz(), CLAUSE));
        checks.push(Check::same(&name("speakers"), wav.speakers().as_str(), speakers.order(), SPEAKERS));
    }
    Ok(checks)
}

fn link_or_copy(from: &Path, to: &Path) -> Result<(), DeliverError> {
    if fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    fs::copy(from, to).map(drop).map_err(DeliverError::io(to))
}

/// What a WAV file's head says, held against the file's own length.
#[derive(Debug, PartialEq, Eq)]
struct Wav {
    rate: u32,
    channels: u16,
    /// One bit for each speaker, as Microsoft numbers them; 0 where the file does not name them.
    mask: u32,
    samples: u64,
}

impl Wav {
    fn read(file: &Path) -> Result<Self, DeliverError> {
        let mut reader = fs::File::open(file).map_err(DeliverError::io(file))?;
        let end = reader.metadata().map_err(DeliverError::io(file))?.len();
        Self::chunks(&mut reader, end).map_err(DeliverError::io(file))
    }

    /// Walks the chunks; a `data` chunk that the file does not hold in full counts for what is there.
    fn chunks(reader: &mut (impl Read + Seek), end: u64) -> std::io::Result<Self> {
        let (mut form, mut bytes, mut at) = (Form::default(), 0, 12);
        while at + 8 <= end {
            let mut head = [0; 8];
            reader.seek(SeekFrom::Start(at))?;
            reader.read_exact(&mut head)?;
            let length = u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
            match &head[..4] {
                b"fmt " => form = read_format(reader, length)?,
                b"data" => bytes = length.min(end - at - 8),
                _ => {}
            }
            at += 8 + length + length % 2;
        }
        let samples = bytes.checked_div(u64::from(form.block)).unwrap_or(0);
        Ok(Self { rate: form.rate, channels: form.channels, mask: form.mask, samples })
    }

    /// The channels' names in their order.
    fn speakers(&self) -> String {
        const NAMES: [&str; 6] = ["L", "R", "C", "LFE", "Ls", "Rs"];
        if self.mask == 0
            || self.mask.count_ones() != u32::from(self.channels)
            || self.mask >> NAMES.len() != 0
        {
            return format!("{} channels without names", self.channels);
        }
        let named = NAMES.iter().enumerate().filter(|(bit, _)| self.mask >> bit & 1 == 1);
        named.map(|(_, name)| *name).collect::<Vec<_>>().join(" ")
    }
}

/// What a `fmt ` chunk says.
#[derive(Default)]
struct Form {
    rate: u32,
    channels: u16,
    /// Bytes of a sample on all channels.
    block: u16,
    mask: u32,
}

fn read_format(reader: &mut impl Read, length: u64) -> std::io::Result<Form> {
    let mut format = [0; 24];
    let known = if length >= 24 { 24 } else { 14 };
    reader.read_exact(&mut format[..known])?;
    let short = |at: usize| u16::from_le_bytes([format[at], format[at + 1]]);
    let long = |at: usize| u32::from_le_bytes([format[at], format[at + 1], format[at + 2], format[at + 3]]);
    let mask = if short(0) == 0xFFFE { long(20) } else { 0 };
    Ok(Form { rate: long(4), channels: short(2), block: short(12), mask })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{locked, wav};

    fn failed(bytes: &[u8]) -> Vec<String> {
        failed_on(Speakers::Stereo, bytes)
    }

    fn failed_on(speakers: Speakers, bytes: &[u8]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("object.wav");
        fs::write(&file, bytes).unwrap();
        let stems = [Stem { name: "dialogue".to_owned(), file }];
        let checks = write_stems(&stems, &locked(&[]), speakers, &folder.path().join("out/stems")).unwrap();
        checks.into_iter().filter(|check| !check.passed).map(|check| check.value).collect()
    }

    #[test]
    fn a_stem_is_as_long_as_the_film() {
        let film = 60 * 48_000;
        assert!(failed(&wav(film)).is_empty());
        assert_eq!(failed(&wav(film - 1)), [(film - 1).to_string()]);
        let whole = wav(film);
        assert_eq!(failed(&whole[..whole.len() - 40]), [(film - 10).to_string()]);
        assert_eq!(failed(b"RIFF\0\0\0\0WAVE"), ["0", "0", "0 channels without names"]);
    }

    #[test]
    fn speakers_are_named_and_in_order() {
        let stereo = wav(60 * 48_000);
        assert_eq!(failed_on(Speakers::FivePointOne, &stereo), ["L R"]);
        let mut plain = stereo.clone();
        plain[20] = 1;
        plain[21] = 0;
        assert_eq!(failed(&plain), ["2 channels without names"]);
    }
}
