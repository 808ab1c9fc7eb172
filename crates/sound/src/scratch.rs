//! The scratch voice: espeak-ng as a child process, or a hum where it is not installed.

use std::path::Path;
use std::process::Command;

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler};
use serde::Serialize;
use soundlock_picture::{Limits, ask};
use soundlock_script::LineId;
use soundlock_vault::Step;

use crate::context::Espeak;
use crate::gain::{Fade, Fades, factor};
use crate::pauses::is_syllable;
use crate::signal::Energies;
use crate::wav::{Kind, WavWriter, quantised, read_header};
use crate::{SoundError, Voice};

/// Level of everything the scratch voice says, in dBFS while it speaks.
pub(crate) const SCRATCH_DBFS: f64 = -23.0;

/// How much softer a hum is: it only keeps the place.
const HUM_SOFTER_DB: f64 = 8.0;

/// How long espeak-ng may say nothing while it has a line to speak.
const LIMITS: Limits = Limits { timeout_secs: 60, ..Limits::GENEROUS };

/// The most that is heard of a line: 64 MiB are 25 minutes, and a line is never longer.
const MOST_BYTES: usize = 64 << 20;

/// A line spoken by a voice: mono WAV, 24 bits, without silence around it.
pub(crate) struct Speak<'a> {
    pub(crate) line: &'a LineId,
    pub(crate) text: &'a str,
    pub(crate) voice: &'a Voice,
    pub(crate) hz: u32,
    pub(crate) espeak: Option<&'a Espeak>,
}

#[derive(Serialize)]
struct SpeakInputs<'a> {
    text: &'a str,
    voice: &'a Voice,
    hz: u32,
    /// A hum is ours and depends on nobody's version.
    espeak: Option<&'a str>,
}

impl Step for Speak<'_> {
    type Error = SoundError;
    const VERSION: (&'static str, u32) = ("scratch-voice", 1);
    const EXTENSION: &'static str = "wav";

    fn inputs(&self) -> impl Serialize {
        let espeak = self.espeak.filter(|_| matches!(self.voice, Voice::Espeak { .. }));
        let espeak = espeak.map(|espeak| espeak.version.as_str());
        SpeakInputs { text: self.text, voice: self.voice, hz: self.hz, espeak }
    }

    fn make(&self, file: &Path) -> Result<(), SoundError> {
        let (sound, level_db) = match self.voice {
            // "…" is said by saying nothing for a moment.
            _ if !self.text.chars().any(char::is_alphanumeric) => {
                (vec![0.0; self.hz as usize * 6 / 10], SCRATCH_DBFS)
            }
            Voice::Espeak { name, words_per_minute, pitch } => {
                (self.spoken(name, *words_per_minute, *pitch)?, SCRATCH_DBFS)
            }
            Voice::Service(_) => return Err(self.failed("it is no voice of this machine")),
            Voice::Hum { hz } => (hum(self.text, *hz as f32, self.hz), SCRATCH_DBFS - HUM_SOFTER_DB),
        };
        let sound = levelled(trimmed(sound, self.hz), self.hz, level_db);
        write(file, &sound, self.hz).map_err(|source| SoundError::Io { file: file.to_owned(), source })
    }
}

impl Speak<'_> {
    fn failed(&self, why: impl Into<String>) -> SoundError {
        SoundError::Scratch { voice: self.voice.to_string(), line: self.line.clone(), why: why.into() }
    }

    fn spoken(&self, name: &str, words_per_minute: u32, pitch: u32) -> Result<Vec<f32>, SoundError> {
        let espeak = self.espeak.ok_or_else(|| self.failed("espeak-ng is not installed"))?;
        let mut command = Command::new(&espeak.program);
        command.args(["-v", &heeded(name), "-s", &words_per_minute.to_string(), "-p", &pitch.to_string()]);
        command.args(["-b", "1", "--stdin", "--stdout"]);
        let answer = ask(command, sayable(self.text).as_bytes(), MOST_BYTES, &LIMITS)
            .map_err(|error| self.failed(error.to_string()))?;
        let (sound, rate) = wav_of_stream(&answer).ok_or_else(|| self.failed("no sound came"))?;
        resampled(sound, rate, self.hz).map_err(|error| self.failed(error))
    }
}

/// `name` as espeak-ng heeds it: for two of its languages 1.51 drops the variant when the country is named, and every
/// character would speak with one voice.
fn heeded(name: &str) -> String {
    name.replacen("en-gb+", "en+", 1).replacen("fr-fr+", "fr+", 1)
}

/// `[[` begins phonemes to espeak-ng; marks that it would name aloud are left out.
fn sayable(text: &str) -> String {
    let mut text: String = text.replace(['[', ']', '*', '_', '|', '\\', '<', '>', '~', '#'], " ");
    text.push('\n');
    text
}

/// Sound and rate of 16-bit mono WAV that was written to a pipe, where the header cannot know its length.
fn wav_of_stream(bytes: &[u8]) -> Option<(Vec<f32>, u32)> {
    let mut rest = bytes;
    let header = read_header(&mut rest)?;
    if (header.channels, header.kind) != (1, Kind::I16) {
        return None;
    }
    let values = rest.chunks_exact(2).map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_768.0);
    Some((values.collect(), header.hz))
}

pub(crate) fn resampled(sound: Vec<f32>, from_hz: u32, to_hz: u32) -> Result<Vec<f32>, String> {
    if from_hz == to_hz {
        return Ok(sound);
    }
    let named = |error: &dyn std::fmt::Display| error.to_string();
    let input = InterleavedSlice::new(&sound, 1, sound.len()).map_err(|error| named(&error))?;
    let mut resampler = Fft::<f32>::new(from_hz as usize, to_hz as usize, 1024, 1, FixedSync::Both)
        .map_err(|error| named(&error))?;
    let output = resampler.process_all(&input, sound.len(), None).map_err(|error| named(&error))?;
    let mut output = output.take_data();
    output.truncate((sound.len() as u64 * u64::from(to_hz)).div_ceil(u64::from(from_hz)) as usize);
    Ok(output)
}

pub(crate) fn trimmed(mut sound: Vec<f32>, hz: u32) -> Vec<f32> {
    let mut energies = Energies::new(hz);
    energies.add(&sound, 1);
    let (start, end) = energies.heard().part;
    sound.truncate(end as usize);
    sound.drain(..start as usize);
    sound
}

/// `sound` at the level, its peaks kept 3 dB under full scale, its edges faded.
pub(crate) fn levelled(mut sound: Vec<f32>, hz: u32, level_db: f64) -> Vec<f32> {
    let mut energies = Energies::new(hz);
    energies.add(&sound, 1);
    let Some(found_db) = energies.heard().level_db else { return sound };
    let peak = sound.iter().fold(0.0_f32, |peak, value| peak.max(value.abs()));
    let gain = (factor(level_db - found_db) as f32).min(0.7 / peak);
    let (fades, length) = (
        Fades { head: Fade::even(u64::from(hz) / 500), tail: Fade::even(u64::from(hz) / 200) },
        sound.len() as u64,
    );
    for (n, value) in sound.iter_mut().enumerate() {
        *value *= gain * fades.gain(n as u64, length);
    }
    sound
}

/// A soft tone for each syllable, its pitch falling over each phrase.
fn hum(text: &str, pitch_hz: f32, hz: u32) -> Vec<f32> {
    let mut sound = Vec::new();
    let mut fall = 0.0;
    for word in text.split_whitespace() {
        for _ in 0..syllables(word) {
            add_tone(&mut sound, pitch_hz * (1.0 - fall), 0.15, hz);
            fall = (fall + 0.02_f32).min(0.25);
        }
        let ends_phrase = word.ends_with(['.', ',', '?', '!', ';', ':', '…', '—', '。', '、']);
        let silence = if ends_phrase { 0.22 } else { 0.04 };
        sound.resize(sound.len() + (silence * hz as f32) as usize, 0.0);
        fall = if ends_phrase { 0.0 } else { fall };
    }
    sound
}

fn add_tone(sound: &mut Vec<f32>, pitch_hz: f32, secs: f32, hz: u32) {
    let count = (secs * hz as f32) as usize;
    for n in 0..count {
        let turn = n as f32 / hz as f32 * pitch_hz * std::f32::consts::TAU;
        let swell = libm::sinf(n as f32 / count as f32 * std::f32::consts::PI);
        let overtones = libm::sinf(turn) + 0.4 * libm::sinf(2.0 * turn) + 0.15 * libm::sinf(3.0 * turn);
        sound.push(0.2 * swell * overtones);
    }
}

/// About how many syllables a word has: written syllables, groups of vowels, at least one.
fn syllables(word: &str) -> usize {
    let is_vowel = |c: char| "aeiouyäöüáéíóúàèìòùâêîôûæøå".contains(c.to_ascii_lowercase());
    let written = word.chars().filter(|c| is_syllable(*c)).count();
    let mut before = false;
    let groups =
        word.chars().filter(|c| !std::mem::replace(&mut before, is_vowel(*c)) && is_vowel(*c)).count();
    (written + groups).max(1)
}

pub(crate) fn write(file: &Path, sound: &[f32], hz: u32) -> std::io::Result<()> {
    let values: Vec<i32> = sound.iter().map(|value| quantised(*value)).collect();
    let mut writer = WavWriter::create(file, 1, hz, values.len() as u64)?;
    writer.write(&values)?;
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wav::WavReader;

    fn spoken(text: &str, voice: &str, espeak: Option<&Espeak>) -> Result<Vec<f32>, SoundError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.wav");
        let (line, voice) = ("1.01".parse().unwrap(), voice.parse().unwrap());
        Speak { line: &line, text, voice: &voice, hz: 48_000, espeak }.make(&file)?;
        let mut block = vec![0.0; 48_000 * 20];
        let came = WavReader::open(&file, 0).unwrap().read(&mut block).unwrap();
        block.truncate(came);
        Ok(block)
    }

    fn level(sound: &[f32]) -> f64 {
        let mut energies = Energies::new(48_000);
        energies.add(sound, 1);
        energies.heard().level_db.unwrap()
    }

    #[test]
    fn every_voice_speaks_without_silence_and_equally_loud() {
        let Some(espeak) = Espeak::find("espeak-ng") else { return };
        for (text, voice) in [
            ("I have been waiting for you since noon.", "en-gb+m3"),
            ("I have been waiting for you since noon.", "en-gb+f2"),
            ("정오부터 널 기다렸어.", "ko+f4"),
            ("[[waiting for]] -- * _for_ <you>", "en-gb+m7"),
        ] {
            let sound = spoken(text, voice, Some(&espeak)).unwrap();
            assert!((24_000..240_000).contains(&sound.len()), "{text}: {} samples", sound.len());
            assert!((level(&sound) - SCRATCH_DBFS).abs() < 0.6, "{text}: {}", level(&sound));
            let edge = |some: &[f32]| some.iter().fold(0.0_f32, |peak, value| peak.max(value.abs()));
            assert!(edge(&sound[..5000]) > 0.01, "{text} begins with silence");
        }
        assert_eq!(spoken("…", "en-gb+m3", Some(&espeak)).unwrap().len(), 28_800);
        let again = |voice| spoken("The same words.", voice, Some(&espeak)).unwrap();
        assert!(again("en-gb+m3") == again("en-gb+m3"), "one voice sounds different twice");
        assert!(again("en-gb+m3") != again("en-gb+f2"), "two voices sound the same");
    }

    #[test]
    fn a_voice_that_is_not_there_is_an_error() {
        let Some(espeak) = Espeak::find("espeak-ng") else { return };
        let error = spoken("Hello.", "xx-nowhere", Some(&espeak)).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("the scratch voice `xx-nowhere 165wpm pitch50` failed on line 1.01")
        );
        assert!(error.hint().unwrap().contains("--voices"));
        assert!(spoken("Hello.", "en-gb", None).is_err());
    }

    #[test]
    fn a_hum_lasts_as_long_as_one_would_speak() {
        let sound = spoken("I have been waiting for you since noon.", "hum 140Hz", None).unwrap();
        assert!((1.2..3.0).contains(&(sound.len() as f64 / 48_000.0)), "{}", sound.len());
        assert!((level(&sound) - SCRATCH_DBFS + HUM_SOFTER_DB).abs() < 0.6);
        assert!(spoken("기다렸어", "hum 140Hz", None).unwrap().len() > 20_000);
        assert!(!spoken("…", "hum 140Hz", None).unwrap().is_empty());
    }

    #[test]
    fn syllables_are_counted_roughly() {
        for (word, count) in [("I", 1), ("waiting", 2), ("정오부터", 4), ("hmm", 1), ("beautiful", 3)] {
            assert_eq!(syllables(word), count, "{word}");
        }
    }

    #[test]
    fn resampling_keeps_length_and_place() {
        let mut sound = vec![0.0; 22_050];
        sound[11_025] = 1.0;
        let resampled = resampled(sound, 22_050, 48_000).unwrap();
        assert_eq!(resampled.len(), 48_000);
        let peak = (0..48_000).max_by(|a, b| resampled[*a].total_cmp(&resampled[*b])).unwrap();
        assert!((23_999..=24_001).contains(&peak), "{peak}");
    }
}
