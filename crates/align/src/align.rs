use std::collections::{BTreeMap, BTreeSet};

use crate::AlignError;
use crate::mel::{MelAnalyser, Spectra};
use crate::session::Session;
use crate::text;
use crate::types::{ALIGN_HZ, AlignContext, Alignment, Line, Recording};
use crate::voice::{Said, Voice};

/// Lays `recording` against `lines`.
pub fn align(
    recording: &mut dyn Recording,
    lines: &[Line],
    context: &AlignContext<'_>,
) -> Result<Alignment, AlignError> {
    check(lines)?;
    let words: Vec<Vec<String>> = lines.iter().map(|line| text::words(&line.text)).collect();
    let said = say(lines, &words, context)?;
    let (spectra, samples) = listen(recording, context)?;
    Session { lines, words: &words, said: &said, spectra: &spectra, samples }.align(context)
}

fn check(lines: &[Line]) -> Result<(), AlignError> {
    if lines.is_empty() {
        return Err(AlignError::NoLines);
    }
    let mut ids = BTreeSet::new();
    for line in lines {
        if !ids.insert(&line.id) {
            return Err(AlignError::SameId { id: line.id.clone() });
        }
        // The name goes to a command line: nothing there may look like an option or a path upwards.
        let plain = line.language.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '_'));
        if !plain
            || line.language.is_empty()
            || line.language.starts_with(['-', '+'])
            || line.language.len() > 64
        {
            return Err(AlignError::LanguageName { id: line.id.clone(), language: line.language.clone() });
        }
    }
    Ok(())
}

fn listen(recording: &mut dyn Recording, context: &AlignContext<'_>) -> Result<(Spectra, u64), AlignError> {
    let mut analyser = MelAnalyser::new(ALIGN_HZ);
    let mut block = vec![0.0; 16_384];
    let mut samples = 0_u64;
    loop {
        if (context.stopped)() {
            return Err(AlignError::Stopped);
        }
        let came = recording
            .read(&mut block)
            .map_err(|source| AlignError::Recording { secs: samples / u64::from(ALIGN_HZ), source })?;
        analyser.add(&block[..came]);
        samples += came as u64;
        if came < block.len() {
            return Ok((analyser.finish(), samples));
        }
    }
}

/// What each line sounds like in the reference voice; lines without words stay empty.
fn say(lines: &[Line], words: &[Vec<String>], context: &AlignContext<'_>) -> Result<Vec<Said>, AlignError> {
    let mut by_language: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, line) in lines.iter().enumerate().filter(|(at, _)| !words[*at].is_empty()) {
        by_language.entry(&line.language).or_default().push(at);
    }
    let mut said = vec![Said::default(); lines.len()];
    for (language, which) in by_language {
        let language = if language == "en" { "en-us" } else { language };
        let voice = Voice { program: context.espeak, language, words_per_minute: 175 };
        let texts: Vec<&[String]> = which.iter().map(|at| &words[*at][..]).collect();
        for (at, one) in which.iter().zip(voice.say(&texts)?) {
            said[*at] = one;
        }
    }
    Ok(said)
}

#[cfg(test)]
mod tests;
