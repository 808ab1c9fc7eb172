//! What is heard during a shot, in the script's words.

use std::collections::BTreeMap;
use std::path::PathBuf;

use soundlock_plan::{CutList, Shot, ShotKind};
use soundlock_script::LineId;
use soundlock_sound::{LockedSound, Stretch};
use soundlock_time::{Sample, SampleRange};

use super::SheetShot;

type Lines<'a> = BTreeMap<&'a LineId, (SampleRange, &'a str)>;

/// The shots of a contact sheet: one for each of `cut_list`, with its still from `stills` (in the same order) and the
/// words heard in it. A line that runs over several shots is shared out among them by time.
pub fn sheet_shots(cut_list: &CutList, locked: &LockedSound, stills: &[PathBuf]) -> Vec<SheetShot> {
    let lines = lines(locked);
    let sheet_shot = |(shot, still): (&Shot, &PathBuf)| SheetShot {
        code: shot.code.clone(),
        first: shot.film.start,
        words: heard(shot, locked, &lines),
        still: still.clone(),
    };
    cut_list.shots.iter().zip(stills).map(sheet_shot).collect()
}

fn lines(locked: &LockedSound) -> Lines<'_> {
    let mut lines = Lines::new();
    for (range, stretch) in locked.stretches() {
        let Stretch::Scene(scene) = stretch else { continue };
        let start = locked.fps.first_sample(range.start, locked.rate).0;
        for line in &scene.lines {
            let place = SampleRange::new(Sample(line.at.0 + start), line.source.part.length());
            lines.insert(&line.id, (place, &line.text));
        }
    }
    lines
}

fn heard(shot: &Shot, locked: &LockedSound, lines: &Lines<'_>) -> String {
    match shot.kind {
        ShotKind::Title => return "(title)".to_owned(),
        ShotKind::Credits => return "(credits)".to_owned(),
        ShotKind::Scene => {}
    }
    let first = |frame| locked.fps.first_sample(frame, locked.rate);
    let seen = SampleRange { start: first(shot.film.start), end: first(shot.film.end) };
    let spans = shot.speech.iter().filter_map(|span| {
        let (place, text) = lines.get(&span.line)?;
        let words = words_within(text, *place, seen);
        (!words.is_empty()).then(|| format!("{}: {words}", span.character))
    });
    let words: Vec<String> = spans.collect();
    if words.is_empty() { shot.look.action.clone() } else { words.join("  ") }
}

/// The words of `text`, spoken evenly over `place`, whose middle sounds within `seen`; `…` where more is said.
fn words_within(text: &str, place: SampleRange, seen: SampleRange) -> String {
    let letters = text.chars().count().max(1) as u64;
    let all: Vec<&str> = text.split_whitespace().collect();
    let (mut said, mut within) = (0, Vec::new());
    for (index, word) in all.iter().enumerate() {
        let length = word.chars().count() as u64;
        let middle = place.start.0 + place.length() * (2 * said + length) / (2 * letters);
        if seen.contains(Sample(middle)) {
            within.push(index);
        }
        said += length + 1;
    }
    let (Some(first), Some(last)) = (within.first(), within.last()) else { return String::new() };
    let before = if *first > 0 { "… " } else { "" };
    let after = if last + 1 < all.len() { " …" } else { "" };
    format!("{before}{}{after}", all[*first..=*last].join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Spoken, locked, shot};
    use soundlock_plan::SpeechSpan;
    use soundlock_time::Fps;

    #[test]
    fn a_line_over_two_shots_is_shared_out() {
        let film = locked(&[Spoken::new("MINA", 0, 96_000, "Are you there at the window?")]);
        let mut shots = vec![shot("1_0010", 0, 24, 0), shot("1_0020", 24, 48, 0), shot("1_0030", 72, 24, 0)];
        for shot in &mut shots[..2] {
            let (line, character) = ("1.01".parse().unwrap(), "MINA".to_owned());
            shot.speech.push(SpeechSpan { line, character, from: 0, to: 24 });
        }
        shots[2].look.action = "The lamp turns.".to_owned();
        let cut_list = CutList { fps: Fps::FILM, shots };
        let sheet = sheet_shots(&cut_list, &film, &vec![PathBuf::new(); 3]);
        let words: Vec<_> = sheet.iter().map(|shot| shot.words.as_str()).collect();
        assert_eq!(words, ["MINA: Are you there …", "MINA: … at the window?", "The lamp turns."]);
    }
}
