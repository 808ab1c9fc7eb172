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
mod tests {
    use std::path::Path;
    use std::process::Command;

    use super::*;
    use crate::types::{AlignedLine, Fit};

    /// A sentence by a voice that is not the reference, at 16 kHz.
    fn spoken(text: &str, voice: &str) -> Vec<f32> {
        let answer =
            Command::new("espeak-ng").args(["-v", voice, "-s", "150", "--stdout", text]).output().unwrap();
        let values = answer.stdout[44..]
            .chunks_exact(2)
            .map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_768.0);
        let values: Vec<f32> = values.collect();
        let place = |n: usize| n as f32 * 22_050.0 / 16_000.0;
        let count = values.len() * 160 / 221;
        let mut sound: Vec<f32> = (0..count)
            .map(|n| {
                let (at, share) = (place(n) as usize, place(n).fract());
                values[at] * (1.0 - share) + values[(at + 1).min(values.len() - 1)] * share
            })
            .collect();
        let loud = |value: &f32| value.abs() > 0.003;
        let (first, last) = (sound.iter().position(loud).unwrap(), sound.iter().rposition(loud).unwrap());
        sound.truncate(last + 1);
        sound.drain(..first);
        sound
    }

    /// A recording and where each of its parts is, in seconds.
    fn recording(parts: &[(&str, &str)]) -> (Vec<f32>, Vec<(f64, f64)>) {
        let mut sound = vec![0.0; 12_000];
        let mut places = Vec::new();
        for (voice, text) in parts {
            let said = spoken(text, voice);
            let start = sound.len() as f64 / 16_000.0;
            sound.extend(said);
            places.push((start, sound.len() as f64 / 16_000.0));
            sound.resize(sound.len() + 12_000, 0.0);
        }
        let mut state = 1_u32;
        for value in &mut sound {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *value += (state >> 8) as f32 / 16_777_216.0 * 0.002 - 0.001;
        }
        (sound, places)
    }

    fn lines(texts: &[(&str, &str)]) -> Vec<Line> {
        let line = |(at, (character, text)): (usize, &(&str, &str))| Line {
            id: format!("1.{at:02}"),
            text: (*text).to_owned(),
            language: if text.is_ascii() { "en" } else { "ko" }.to_owned(),
            character: (*character).to_owned(),
            scene: "1".to_owned(),
        };
        texts.iter().enumerate().map(line).collect()
    }

    fn aligned(mut sound: &[f32], lines: &[Line]) -> Result<Alignment, AlignError> {
        let context = AlignContext { espeak: Path::new("espeak-ng"), stopped: &|| false };
        align(&mut sound, lines, &context)
    }

    fn is_near(found: &AlignedLine, place: (f64, f64)) -> bool {
        found.best_take().is_some_and(|take| {
            let (start, end) = take.stretch.seconds();
            (start - place.0).abs() < 0.12 && (end - place.1).abs() < 0.12
        })
    }

    const SCENE: [(&str, &str); 6] = [
        ("MINA", "You said the *train* leaves at six."),
        ("JONAS", "It did (beat) yesterday."),
        ("MINA", "So we walk?"),
        ("JONAS", "Forty kilometres, in the snow, with your suitcase."),
        ("MINA", "No."),
        ("JONAS", "Then give me the radio, and carry the rest yourself."),
    ];

    #[test]
    fn what_actors_do_is_found() {
        let (mina, jonas) = ("en-gb-scotland+f3", "en-gb-x-rp+m2");
        let (sound, places) = recording(&[
            (mina, "You said the train leaves at six."),
            (jonas, "It did, yesterday."),
            (mina, "So we walk?"),
            (mina, "So we walk?"),
            (jonas, "Then give me the"),
            (jonas, "Then give me the radio, and carry the rest yourself."),
        ]);
        let found = aligned(&sound, &lines(&SCENE)).unwrap();
        assert_eq!(found.fit, Fit::Fits);
        let at = [Some(0), Some(1), Some(3), None, None, Some(5)];
        for (line, at) in found.lines.iter().zip(at) {
            match at {
                Some(at) => assert!(is_near(line, places[at]), "{:?} {line:?}", places[at]),
                None => assert_eq!(line.best, None, "{line:?}"),
            }
        }
        assert_eq!(found.lines[2].takes.len(), 2);
        let takes: Vec<bool> = found.lines[5].takes.iter().map(|take| take.complete).collect();
        assert_eq!(takes, [false, true]);
        let words: Vec<&str> =
            found.lines[0].best_take().unwrap().words.iter().map(|word| word.word.as_str()).collect();
        assert_eq!(words, ["You", "said", "the", "train", "leaves", "at", "six"]);
    }

    #[test]
    fn other_words_and_silence_are_not_laid() {
        let (sound, _) = recording(&[
            ("en-us+m3", "The last bus has gone, and nobody knows when another one will come."),
            ("en-us+f2", "My grandmother planted these apple trees before the war."),
            ("en-us+m3", "Would you like some more soup, or shall I call the waiter?"),
        ]);
        let found = aligned(&sound, &lines(&SCENE)).unwrap();
        assert_eq!(found.fit, Fit::OtherWords);
        assert!(found.lines.iter().all(|line| line.best.is_none()) && !found.extras.is_empty());
        for samples in [0, 1, 3200, 160_000] {
            let found = aligned(&vec![0.0; samples], &lines(&SCENE)).unwrap();
            assert_eq!((found.fit, found.samples), (Fit::Silent, samples as u64));
        }
    }

    /// The same samples, played as many times as fast.
    fn faster(sound: &[f32], times: f64) -> Vec<f32> {
        let count = (sound.len() as f64 / times) as usize - 1;
        let at = |n: usize| {
            let place = n as f64 * times;
            let (at, share) = (place as usize, place.fract() as f32);
            sound[at] * (1.0 - share) + sound[at + 1] * share
        };
        (0..count).map(at).collect()
    }

    #[test]
    fn a_wrong_header_and_a_clipped_recording_are_still_laid() {
        let (mina, jonas) = ("en-gb-scotland+f3", "en-gb-x-rp+m2");
        let parts: Vec<(&str, &str)> = [
            (mina, "You said the train leaves at six."),
            (jonas, "It did, yesterday."),
            (mina, "So we walk?"),
            (jonas, "Forty kilometres, in the snow, with your suitcase."),
            (mina, "No."),
            (jonas, "Then give me the radio, and carry the rest yourself."),
        ]
        .into();
        let (sound, places) = recording(&parts);
        let times = 48_000.0 / 44_100.0;
        let found = aligned(&faster(&sound, times), &lines(&SCENE)).unwrap();
        for (line, place) in found.lines.iter().zip(&places) {
            assert!(is_near(line, (place.0 / times, place.1 / times)), "{place:?} {line:?}");
        }
        let square: Vec<f32> =
            sound.iter().map(|value| if value.abs() < 0.003 { *value } else { value.signum() }).collect();
        let found = aligned(&square, &lines(&SCENE)).unwrap();
        for (line, place) in found.lines.iter().zip(&places) {
            assert!(is_near(line, *place), "{place:?} {line:?}");
        }
        let found = aligned(&faster(&sound, 2.0), &lines(&SCENE)).unwrap();
        assert_eq!(found.fit, Fit::OtherWords);
    }

    #[test]
    fn lines_that_cannot_be_looked_for_are_errors() {
        let (sound, _) = recording(&[("en-us", "So we walk?")]);
        assert!(matches!(aligned(&sound, &[]), Err(AlignError::NoLines)));
        let mut twice = lines(&SCENE);
        twice[1].id = twice[0].id.clone();
        assert!(matches!(aligned(&sound, &twice), Err(AlignError::SameId { .. })));
        let mut odd = lines(&SCENE);
        odd[1].language = "--version".to_owned();
        assert!(matches!(aligned(&sound, &odd), Err(AlignError::LanguageName { .. })));
        odd[1].language = "xx-nowhere".to_owned();
        assert!(matches!(aligned(&sound, &odd), Err(AlignError::Voice { .. })));
        let unsaid = lines(&[("MINA", "…"), ("MINA", "(sighs)")]);
        assert!(aligned(&sound, &unsaid).unwrap().lines.iter().all(|line| line.best.is_none()));
    }
}
