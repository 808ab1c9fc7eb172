//! An alignment as the vault keeps it.

use serde::{Deserialize, Serialize};
use soundlock_align::{AlignedLine, Alignment, ExtraSpeech, Fit, Misreading, Stretch, Take, Word};

/// First sample and the first one after it, as the aligner counts.
type Part = (u64, u64);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kept {
    lines: Vec<KeptLine>,
    /// What sounds besides, and whether it sounds like speech.
    extras: Vec<(Part, bool)>,
    fit: KeptFit,
    samples: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum KeptFit {
    Fits,
    Silent,
    OtherWords,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct KeptLine {
    id: String,
    takes: Vec<KeptTake>,
    best: Option<usize>,
    confidence: f32,
    misread: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct KeptTake {
    part: Part,
    complete: bool,
    breaks_off: bool,
    said: f32,
    fit: f32,
    /// Each word with its place, its fit and whether it was said as it is written.
    words: Vec<(String, Part, f32, bool)>,
    unscripted: Vec<Part>,
    /// Words as they are written, and where something else is said.
    misreadings: Vec<(String, Part)>,
}

impl From<&Alignment> for Kept {
    fn from(alignment: &Alignment) -> Self {
        Self {
            lines: alignment.lines.iter().map(KeptLine::of).collect(),
            extras: alignment.extras.iter().map(|extra| (part(extra.stretch), extra.speech)).collect(),
            fit: match alignment.fit {
                Fit::Fits => KeptFit::Fits,
                Fit::Silent => KeptFit::Silent,
                Fit::OtherWords => KeptFit::OtherWords,
            },
            samples: alignment.samples,
        }
    }
}

impl From<Kept> for Alignment {
    fn from(kept: Kept) -> Self {
        let extra = |(part, speech)| ExtraSpeech { stretch: stretch(part), speech };
        Self {
            lines: kept.lines.into_iter().map(KeptLine::line).collect(),
            extras: kept.extras.into_iter().map(extra).collect(),
            fit: match kept.fit {
                KeptFit::Fits => Fit::Fits,
                KeptFit::Silent => Fit::Silent,
                KeptFit::OtherWords => Fit::OtherWords,
            },
            samples: kept.samples,
        }
    }
}

impl KeptLine {
    fn of(line: &AlignedLine) -> Self {
        Self {
            id: line.id.clone(),
            takes: line.takes.iter().map(KeptTake::of).collect(),
            best: line.best,
            confidence: line.confidence,
            misread: line.misread,
        }
    }

    fn line(self) -> AlignedLine {
        AlignedLine {
            id: self.id,
            takes: self.takes.into_iter().map(KeptTake::take).collect(),
            best: self.best,
            confidence: self.confidence,
            misread: self.misread,
        }
    }
}

impl KeptTake {
    fn of(take: &Take) -> Self {
        let word = |word: &Word| (word.word.clone(), part(word.stretch), word.fit, word.said);
        let misreading = |one: &Misreading| (one.written.clone(), part(one.stretch));
        Self {
            part: part(take.stretch),
            complete: take.complete,
            breaks_off: take.breaks_off,
            said: take.said,
            fit: take.fit,
            words: take.words.iter().map(word).collect(),
            unscripted: take.unscripted.iter().copied().map(part).collect(),
            misreadings: take.misreadings.iter().map(misreading).collect(),
        }
    }

    fn take(self) -> Take {
        let word = |(word, part, fit, said)| Word { word, stretch: stretch(part), fit, said };
        let misreading = |(written, part)| Misreading { written, stretch: stretch(part) };
        Take {
            stretch: stretch(self.part),
            complete: self.complete,
            breaks_off: self.breaks_off,
            said: self.said,
            fit: self.fit,
            words: self.words.into_iter().map(word).collect(),
            unscripted: self.unscripted.into_iter().map(stretch).collect(),
            misreadings: self.misreadings.into_iter().map(misreading).collect(),
        }
    }
}

fn part(stretch: Stretch) -> Part {
    (stretch.start, stretch.end)
}

fn stretch((start, end): Part) -> Stretch {
    Stretch { start, end }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_reads_back_as_it_was() {
        let at = |start, end| Stretch { start, end };
        let take = Take {
            stretch: at(100, 900),
            complete: true,
            breaks_off: true,
            said: 0.3,
            fit: -0.1,
            words: vec![Word { word: "정오".to_owned(), stretch: at(100, 300), fit: 0.7, said: false }],
            unscripted: vec![at(300, 400)],
            misreadings: vec![Misreading { written: "So".to_owned(), stretch: at(400, 400) }],
        };
        let line = |best, takes| AlignedLine {
            id: "1.01".to_owned(),
            takes,
            best,
            confidence: 0.1 + 0.2,
            misread: true,
        };
        for fit in [Fit::Fits, Fit::Silent, Fit::OtherWords] {
            let alignment = Alignment {
                lines: vec![line(Some(0), vec![take.clone()]), line(None, Vec::new())],
                extras: vec![ExtraSpeech { stretch: at(5, 9), speech: true }],
                fit,
                samples: 1000,
            };
            let written = serde_json::to_string(&Kept::from(&alignment)).unwrap();
            let read: Kept = serde_json::from_str(&written).unwrap();
            assert_eq!(Alignment::from(read), alignment);
        }
    }
}
