//! Another aligner beside our own: what it answers is weighed against ours, line by line.

mod answer;
mod command;
mod misread;

use std::collections::BTreeMap;
use std::path::Path;

pub use self::answer::Answered;
pub use self::command::Plugged;
use crate::format::{FoundRow, Row};
use crate::{ALIGN_HZ, AlignError, AlignedLine, Alignment, Fit, Line, Stretch, Take, Word, text};

/// Two answers whose stretches share this much of what they cover together mean the same place.
const SAME_PLACE: f64 = 0.5;

/// Whose answer it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Our own.
    Ours,
    /// The other aligner's.
    Theirs,
}

/// What one aligner says of a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Where the line is; `None` where it is missing.
    pub stretch: Option<Stretch>,
    /// What is said there, as far as it tells.
    pub words: String,
    /// How sure it is, 0 to 1.
    pub confidence: f32,
}

/// What two answers do not agree about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// One of them says that the line is missing.
    Missing,
    /// It is at different places.
    Place,
    /// Other words are said there.
    Words,
}

/// A line about which the two do not agree.
#[derive(Debug, Clone, PartialEq)]
pub struct Disagreement {
    /// The line's name.
    pub line: String,
    /// What they do not agree about.
    pub about: About,
    /// What we say.
    pub ours: Answer,
    /// What the other one says.
    pub theirs: Answer,
    /// Which answer counts: the surer one, and ours where both are as sure.
    pub kept: Whose,
}

/// Two aligners' answers as one.
#[derive(Debug, Clone, PartialEq)]
pub struct Combined {
    /// What counts.
    pub alignment: Alignment,
    /// The other aligner's name.
    pub name: String,
    /// For each line whose answer it is.
    pub by: Vec<Whose>,
    /// Where they do not agree, in the order of the lines.
    pub disagreements: Vec<Disagreement>,
}

/// Asks another aligner about `recording`, of which `ours` is what we found, and takes in what it is surer of.
///
/// `recording` is an absolute path to the file that `ours` was made of. An error says what the program did instead of
/// answering; `ours` stands then. `stopped` is asked now and then.
pub fn second_opinion(
    plugged: &Plugged,
    recording: &Path,
    lines: &[Line],
    ours: &Alignment,
    stopped: &dyn Fn() -> bool,
) -> Result<Combined, AlignError> {
    let answered = plugged.ask(recording, lines, ours.samples, stopped)?;
    Ok(combine(ours, lines, &answered.name, &answered.rows))
}

/// Combines `ours` with the rows of an aligner called `name`: for each line the surer answer counts. Rows of other lines
/// are passed over.
pub fn combine(ours: &Alignment, lines: &[Line], name: &str, rows: &[Row]) -> Combined {
    let rows: BTreeMap<&str, &Row> = rows.iter().map(|row| (row.id(), row)).collect();
    let mut combined = Combined {
        alignment: ours.clone(),
        name: name.to_owned(),
        by: vec![Whose::Ours; ours.lines.len()],
        disagreements: Vec::new(),
    };
    for (at, (mine, line)) in ours.lines.iter().zip(lines).enumerate() {
        let Some(row) = rows.get(mine.id.as_str()) else { continue };
        let (our_answer, their_answer) = (answer_of(mine), answer_of_row(row, ours.samples));
        let kept = if their_answer.confidence > our_answer.confidence { Whose::Theirs } else { Whose::Ours };
        let about = about(&our_answer, &their_answer);
        if kept == Whose::Theirs {
            combined.by[at] = kept;
            combined.alignment.lines[at] = laid(mine, row, &their_answer, line);
        }
        if let Some(about) = about {
            let line = mine.id.clone();
            let answers = (our_answer, their_answer);
            combined.disagreements.push(Disagreement {
                line,
                about,
                ours: answers.0,
                theirs: answers.1,
                kept,
            });
        }
    }
    settle(&mut combined.alignment);
    combined
}

/// What is a line by now is nothing extra, and a recording with lines in it is of these lines.
fn settle(alignment: &mut Alignment) {
    let best: Vec<Stretch> =
        alignment.lines.iter().filter_map(|line| Some(line.best_take()?.stretch)).collect();
    alignment.extras.retain(|extra| !best.iter().any(|line| shared(extra.stretch, *line) >= SAME_PLACE));
    if !best.is_empty() {
        alignment.fit = Fit::Fits;
    }
}

fn about(ours: &Answer, theirs: &Answer) -> Option<About> {
    match (ours.stretch, theirs.stretch) {
        (None, None) => None,
        (Some(ours), Some(theirs)) if shared(ours, theirs) < SAME_PLACE => Some(About::Place),
        (Some(_), Some(_)) => {
            let differ = !theirs.words.is_empty() && letters(&ours.words) != letters(&theirs.words);
            differ.then_some(About::Words)
        }
        _ => Some(About::Missing),
    }
}

fn answer_of(line: &AlignedLine) -> Answer {
    let take = line.best_take();
    let said = |take: &Take| {
        let words = take.words.iter().filter(|word| word.said).map(|word| word.word.as_str());
        words.collect::<Vec<_>>().join(" ")
    };
    Answer {
        stretch: take.map(|take| take.stretch),
        words: take.map(said).unwrap_or_default(),
        confidence: line.confidence,
    }
}

fn answer_of_row(row: &Row, samples: u64) -> Answer {
    match row {
        Row::Missing(row) => {
            Answer { stretch: None, words: String::new(), confidence: row.confidence as f32 }
        }
        Row::Found(row) => Answer {
            stretch: Some(stretch(row.start, row.end, samples)),
            words: row.words.iter().map(|word| word.word.trim()).collect::<Vec<_>>().join(" "),
            confidence: row.confidence as f32,
        },
    }
}

/// At least a sample long, and within the recording.
fn stretch(start: f64, end: f64, samples: u64) -> Stretch {
    let sample = |secs: f64| (secs * f64::from(ALIGN_HZ)).round().max(0.0) as u64;
    let start = sample(start).min(samples.saturating_sub(1));
    Stretch { start, end: sample(end).clamp(start + 1, samples.max(start + 1)) }
}

/// Our line with the other one's answer: our readings stay, and theirs is the one that counts.
fn laid(ours: &AlignedLine, row: &Row, theirs: &Answer, line: &Line) -> AlignedLine {
    let mut laid = AlignedLine { confidence: theirs.confidence, best: None, misread: false, ..ours.clone() };
    let (Row::Found(row), Some(place)) = (row, theirs.stretch) else { return laid };
    let at = ours.takes.iter().position(|take| shared(take.stretch, place) >= SAME_PLACE);
    let known = at.map(|at| laid.takes.remove(at));
    let take = take(known, row, place, line);
    laid.misread = !take.misreadings.is_empty();
    let at = laid.takes.partition_point(|other| other.stretch.start < place.start);
    laid.takes.insert(at, take);
    laid.best = Some(at);
    laid
}

fn take(known: Option<Take>, row: &FoundRow, place: Stretch, line: &Line) -> Take {
    let inside = |stretch: Stretch| Stretch {
        start: stretch.start.clamp(place.start, place.end),
        end: stretch.end.clamp(place.start, place.end),
    };
    let word = |word: &crate::format::WordRow| Word {
        word: text::shown(word.word.trim()).to_owned(),
        stretch: inside(stretch(word.start, word.end, place.end)),
        fit: 0.0,
        said: word.said,
    };
    let mut take = known.unwrap_or(Take {
        stretch: place,
        complete: true,
        breaks_off: false,
        said: 1.0,
        fit: 0.0,
        words: Vec::new(),
        unscripted: Vec::new(),
        misreadings: Vec::new(),
    });
    if !row.words.is_empty() {
        take.words = row.words.iter().map(word).collect();
        take.misreadings = misread::misreadings(&text::words(&line.text), &take.words);
        // What was put in stands among these now.
        take.unscripted = Vec::new();
    }
    take.words.iter_mut().for_each(|word| word.stretch = inside(word.stretch));
    take.unscripted.iter_mut().for_each(|stretch| *stretch = inside(*stretch));
    take.misreadings.iter_mut().for_each(|misreading| misreading.stretch = inside(misreading.stretch));
    Take { stretch: place, complete: true, breaks_off: false, ..take }
}

/// Share of what two stretches cover together that both cover.
fn shared(a: Stretch, b: Stretch) -> f64 {
    let both = a.end.min(b.end).saturating_sub(a.start.max(b.start));
    let whole = a.end.max(b.end) - a.start.min(b.start);
    both as f64 / whole.max(1) as f64
}

/// A text's letters and digits alone: words are parted and marked differently by everybody.
fn letters(text: &str) -> String {
    text.chars().filter(|char| char.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests;
