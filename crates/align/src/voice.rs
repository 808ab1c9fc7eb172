//! The reference voice: espeak-ng as a child process, many lines in one run.

use std::path::{Path, PathBuf};
use std::process::Command;

use soundlock_picture::{Limits, ask};

use crate::AlignError;
use crate::mel::{MelAnalyser, Spectra};

/// Lines spoken in one run: enough that starting the program costs nothing, few enough that its sound is small.
const LINES_PER_RUN: usize = 48;
/// The most that one run may say: 64 MiB are 25 minutes of speech.
const MOST_BYTES: usize = 64 << 20;
/// Silence put between lines. Longer than any pause that the voice makes by itself.
const BETWEEN_LINES_MS: u32 = 1500;
const SEPARATES_LINES_MS: u32 = 1200;
/// Silence put between words in the slow reading that finds where words begin.
const BETWEEN_WORDS_MS: u32 = 150;
const SEPARATES_WORDS_MS: u32 = 110;

/// Spectra of one line as the voice says it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Said {
    /// Its spectra without the silences.
    pub(crate) bands: Vec<[f32; crate::mel::BANDS]>,
    /// First spectrum of each word in `bands`; the first is 0.
    pub(crate) words: Vec<usize>,
}

/// The reference voice.
pub(crate) struct Voice<'a> {
    pub(crate) program: &'a Path,
    pub(crate) language: &'a str,
    pub(crate) words_per_minute: u32,
}

impl Voice<'_> {
    /// What each line, given as its words, sounds like. Lines that make no sound come back empty.
    pub(crate) fn say(&self, lines: &[&[String]]) -> Result<Vec<Said>, AlignError> {
        let mut said = Vec::with_capacity(lines.len());
        for some in lines.chunks(LINES_PER_RUN) {
            said.extend(self.say_some(some)?);
        }
        Ok(said)
    }

    fn say_some(&self, lines: &[&[String]]) -> Result<Vec<Said>, AlignError> {
        let fluent = self.fluent(lines)?;
        let slow = self.slow(lines)?;
        Ok(fluent
            .iter()
            .zip(&slow)
            .zip(lines)
            .map(|((fluent, slow), words)| said(fluent, slow.as_deref(), words))
            .collect())
    }

    /// Each line in one piece, its inner silences taken out.
    fn fluent(&self, lines: &[&[String]]) -> Result<Vec<Spectra>, AlignError> {
        let texts: Vec<String> = lines.iter().map(|words| escaped(&words.join(" "))).collect();
        let sound = self.speak(&texts.join(&silence(BETWEEN_LINES_MS)))?;
        let parts = sound.parts(SEPARATES_LINES_MS);
        if parts.len() == lines.len() {
            return Ok(parts.iter().map(|part| sound.spectra(part)).collect());
        }
        if let [_] = lines {
            return Ok(vec![sound.spectra(&(0..sound.samples.len()))]);
        }
        // A line made no sound, or a silence too many: halves tell which.
        let (left, right) = lines.split_at(lines.len() / 2);
        let mut said = self.fluent(left)?;
        said.extend(self.fluent(right)?);
        Ok(said)
    }

    /// Each line word by word; `None` where the words could not be told apart.
    fn slow(&self, lines: &[&[String]]) -> Result<Vec<Option<Vec<Spectra>>>, AlignError> {
        let word_silence = silence(BETWEEN_WORDS_MS);
        let slow = |words: &&[String]| {
            let words: Vec<String> = words.iter().map(|word| escaped(word)).collect();
            words.join(&word_silence)
        };
        let texts: Vec<String> = lines.iter().map(slow).collect();
        let sound = self.speak(&texts.join(&silence(BETWEEN_LINES_MS)))?;
        let parts = sound.parts(SEPARATES_LINES_MS);
        if parts.len() != lines.len() {
            return Ok(vec![None; lines.len()]);
        }
        let words_of = |(part, words): (&std::ops::Range<usize>, &&[String])| {
            let inner = sound.parts_of(part, SEPARATES_WORDS_MS);
            (inner.len() == words.len()).then(|| inner.iter().map(|word| sound.spectra(word)).collect())
        };
        Ok(parts.iter().zip(lines).map(words_of).collect())
    }

    fn speak(&self, text: &str) -> Result<Sound, AlignError> {
        let mut command = Command::new(self.program);
        command.args(["-v", self.language, "-s", &self.words_per_minute.to_string(), "-m", "-b", "1"]);
        command.args(["--stdin", "--stdout"]);
        let failed = |why| AlignError::Voice {
            program: PathBuf::from(self.program),
            language: self.language.to_owned(),
            why,
        };
        let text = format!("<speak>{text}</speak>\n");
        let bytes = ask(command, text.as_bytes(), MOST_BYTES, &Limits::GENEROUS)
            .map_err(|error| failed(error.to_string()))?;
        Sound::of_stream(&bytes).ok_or_else(|| failed("no sound came".to_owned()))
    }
}

fn silence(ms: u32) -> String {
    format!("<break time=\"{ms}ms\"/>")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace(['<', '>'], " ")
}

/// What the voice said: samples and their rate.
struct Sound {
    samples: Vec<f32>,
    hz: u32,
}

impl Sound {
    /// 16-bit mono WAV written to a pipe, whose header cannot know its length.
    fn of_stream(bytes: &[u8]) -> Option<Self> {
        let header = bytes.get(..44)?;
        let number = |at: usize| Some(u32::from_le_bytes(header.get(at..at + 4)?.try_into().ok()?));
        let mono_16_bit = header[20..24] == [1, 0, 1, 0] && header[34..36] == [16, 0];
        let hz = number(24)?;
        if &header[..4] != b"RIFF"
            || &header[36..40] != b"data"
            || !mono_16_bit
            || !(8000..=96_000).contains(&hz)
        {
            return None;
        }
        let values =
            bytes[44..].chunks_exact(2).map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_768.0);
        Some(Self { samples: values.collect(), hz })
    }

    fn parts(&self, separates_ms: u32) -> Vec<std::ops::Range<usize>> {
        self.parts_of(&(0..self.samples.len()), separates_ms)
    }

    /// Stretches of `range` with sound, parted by silences of at least this length. Its silences are zeros.
    fn parts_of(&self, range: &std::ops::Range<usize>, separates_ms: u32) -> Vec<std::ops::Range<usize>> {
        let separates = (self.hz * separates_ms / 1000) as usize;
        let mut parts: Vec<std::ops::Range<usize>> = Vec::new();
        for at in range.clone().filter(|at| self.samples[*at].abs() > 0.001) {
            match parts.last_mut() {
                Some(last) if at < last.end + separates => last.end = at + 1,
                _ => parts.push(at..at + 1),
            }
        }
        parts
    }

    fn spectra(&self, range: &std::ops::Range<usize>) -> Spectra {
        let mut analyser = MelAnalyser::new(self.hz);
        analyser.add(&self.samples[range.clone()]);
        analyser.finish()
    }
}

/// The line without silences, and where its words begin.
fn said(fluent: &Spectra, slow: Option<&[Spectra]>, words: &[String]) -> Said {
    let bands = crate::words::without_silence(&fluent.bands);
    let words = crate::words::starts(&bands, slow, words);
    Said { bands, words }
}
