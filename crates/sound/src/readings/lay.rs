//! A recording laid against the lines that it may hold.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use soundlock_align::{
    ALIGN_HZ, AlignContext, AlignedLine, Alignment, Combined, Fit, Line, Sides, Stretch, Take, Whose, align,
};
use soundlock_picture::SoundReader;
use soundlock_time::SampleRate;
use soundlock_vault::{Hash, ValueStep};

use super::kept::Kept;
use super::misread::{HowMisread, Misread};
use super::range;
use super::second::{Disagreement, disagreements};
use super::unusable::Unusable;
use crate::context::SoundContext;
use crate::source::{Fault, clause_of};
use crate::{Espeak, SoundError};

/// First sample and the first one after it, at the film's rate.
pub(crate) type Part = (u64, u64);

/// What a recording holds, in samples at the film's rate.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Laid {
    /// Why nothing of it can be used.
    pub(crate) unusable: Option<Unusable>,
    /// Its length.
    pub(crate) samples: u64,
    /// What was found of each line.
    pub(crate) lines: Vec<LaidLine>,
    /// What sounds besides, and whether it sounds like speech.
    pub(crate) extras: Vec<(Part, bool)>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LaidLine {
    pub(crate) id: String,
    /// Empty where the line is missing.
    pub(crate) takes: Vec<LaidTake>,
    /// The reading that counts.
    pub(crate) best: Option<usize>,
    /// How likely it is that this is right, found or missing.
    pub(crate) confidence: f32,
    /// Whether the reading that counts is likely of other words.
    pub(crate) misread: bool,
    /// Whose answer it is, where that is another aligner's.
    pub(crate) by: Option<String>,
    /// What the other one of two aligners says, where that is something else.
    pub(crate) disagreement: Option<Disagreement>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LaidTake {
    /// From the first sound of speech to the last.
    pub(crate) part: Part,
    pub(crate) complete: bool,
    pub(crate) said: f32,
    /// What in it was likely not said as it is written.
    pub(crate) misreadings: Vec<Misread>,
}

/// What came of laying a recording, as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Heard {
    /// It cannot be read as sound; a clause that begins with a verb says why.
    NotSound(String),
    /// What it holds.
    Aligned(Kept),
}

impl Laid {
    /// Of a recording that holds nothing that can be used.
    fn unusable(why: Unusable) -> Self {
        Self { unusable: Some(why), samples: 0, lines: Vec::new(), extras: Vec::new() }
    }

    /// What was heard, at the film's rate.
    pub(crate) fn of(heard: Heard, rate: SampleRate) -> Self {
        match heard {
            Heard::NotSound(why) => Self::unusable(Unusable::Damaged { why }),
            Heard::Aligned(kept) => Ours { rate }.laid(&kept.into()),
        }
    }

    /// What two aligners make of it together.
    pub(crate) fn of_both(combined: &Combined, rate: SampleRate) -> Self {
        let mut laid = Ours { rate }.laid(&combined.alignment);
        let told = disagreements(combined, rate);
        for (line, whose) in laid.lines.iter_mut().zip(&combined.by) {
            line.by = (*whose == Whose::Theirs).then(|| combined.name.clone());
            line.disagreement = told.get(line.id.as_str()).cloned();
        }
        for (line, (aligned, whose)) in
            laid.lines.iter_mut().zip(combined.alignment.lines.iter().zip(&combined.by))
        {
            let Some(take) = aligned.best_take().filter(|_| *whose == Whose::Theirs) else { continue };
            let Some(laid) = line.best.and_then(|best| line.takes.get_mut(best)) else { continue };
            for (misread, one) in laid.misreadings.iter_mut().zip(&take.misreadings) {
                misread.heard = heard_in(take, one.stretch, &one.written);
            }
        }
        laid
    }

    /// Where somebody speaks, in order.
    pub(crate) fn speech(&self) -> Vec<Part> {
        let takes = self.lines.iter().flat_map(|line| &line.takes).map(|take| take.part);
        let extras = self.extras.iter().filter(|(_, speech)| *speech).map(|(part, _)| *part);
        let mut speech: Vec<Part> = takes.chain(extras).collect();
        speech.sort_unstable();
        speech
    }
}

/// The work of laying one recording.
pub(crate) struct Lay<'a> {
    /// As it is written below the film folder.
    pub(crate) name: &'a str,
    pub(crate) file: PathBuf,
    pub(crate) hash: Hash,
    pub(crate) lines: Vec<Line>,
    pub(crate) rate: SampleRate,
    pub(crate) espeak: &'a Espeak,
    pub(crate) context: &'a SoundContext<'a>,
}

impl ValueStep for Lay<'_> {
    type Value = Heard;
    type Error = SoundError;
    const VERSION: (&'static str, u32) = ("lay-recording", 3);

    fn inputs(&self) -> impl Serialize {
        (self.hash, as_inputs(&self.lines), (&self.espeak.version, &self.context.tools.version))
    }

    fn make(&self) -> Result<Heard, SoundError> {
        let context = self.context;
        let rate = SampleRate::new(ALIGN_HZ).expect("a rate that sound has");
        let opened = SoundReader::open(context.tools, &self.file, rate, 2, 0, &context.limits);
        let mut reader = match opened.map_err(clause_of) {
            Ok(reader) => reader,
            Err(fault) => return not_sound(fault),
        };
        let mut voice = Sides::new(|block: &mut [f32]| Ok(reader.read(block)?));
        let stopped = || context.cancel.is_cancelled();
        let aligning = AlignContext { espeak: &self.espeak.program, stopped: &stopped };
        let alignment = align(&mut voice, &self.lines, &aligning);
        context.cancel.check()?;
        match alignment {
            Ok(alignment) => Ok(Heard::Aligned(Kept::from(&alignment))),
            Err(soundlock_align::AlignError::Recording { source, .. }) => {
                not_sound(Fault::File(format!("cannot be read as sound: {source}")))
            }
            Err(source) => Err(SoundError::Align { file: self.name.to_owned(), source }),
        }
    }
}

/// Lines as what a result depends on.
pub(crate) fn as_inputs(lines: &[Line]) -> impl Serialize {
    let parts = lines.iter().map(|line| (&line.id, &line.text, &line.language, &line.character, &line.scene));
    parts.collect::<Vec<_>>()
}

/// From an aligner's samples to the film's.
struct Ours {
    rate: SampleRate,
}

impl Ours {
    fn laid(&self, alignment: &Alignment) -> Laid {
        let unusable = match alignment.fit {
            Fit::Fits => None,
            Fit::Silent => Some(Unusable::Silent),
            Fit::OtherWords => Some(Unusable::OtherWords),
        };
        Laid {
            unusable,
            samples: self.part(Stretch { start: 0, end: alignment.samples }).1,
            lines: alignment.lines.iter().map(|line| self.line(line)).collect(),
            extras: alignment.extras.iter().map(|extra| (self.part(extra.stretch), extra.speech)).collect(),
        }
    }

    fn line(&self, line: &AlignedLine) -> LaidLine {
        let takes = line.takes.iter().filter(|_| line.best.is_some());
        LaidLine {
            id: line.id.clone(),
            takes: takes.map(|take| self.take(take)).collect(),
            best: line.best,
            confidence: line.confidence,
            misread: line.misread,
            by: None,
            disagreement: None,
        }
    }

    fn take(&self, take: &Take) -> LaidTake {
        LaidTake {
            part: self.part(take.stretch),
            complete: take.complete,
            said: take.said,
            misreadings: self.misreadings(take),
        }
    }

    /// What the aligner tells of it, and behind that what the lattice found put in and nothing else tells of.
    fn misreadings(&self, take: &Take) -> Vec<Misread> {
        let told = take.misreadings.iter().map(|one| {
            let part = range(self.part(one.stretch));
            let how = match (one.written.is_empty(), one.stretch.start >= one.stretch.end) {
                (true, _) => HowMisread::PutIn,
                (false, true) => HowMisread::LeftOut,
                (false, false) => HowMisread::SaidDifferently,
            };
            Misread { how, written: one.written.clone(), part, heard: String::new() }
        });
        let is_told = |stretch: &Stretch| {
            let meets = |other: &Stretch| other.start < stretch.end && stretch.start < other.end;
            take.misreadings.iter().any(|one| meets(&one.stretch))
        };
        let put_in = take.unscripted.iter().filter(|stretch| !is_told(stretch)).map(|stretch| Misread {
            how: HowMisread::PutIn,
            written: String::new(),
            part: range(self.part(*stretch)),
            heard: String::new(),
        });
        told.chain(put_in).collect()
    }

    fn part(&self, stretch: Stretch) -> Part {
        let stretch = stretch.at_rate(self.rate.hz());
        (stretch.start, stretch.end)
    }
}

/// What another aligner heard within `stretch`; nothing where it heard what is written there, or tells no words.
fn heard_in(take: &Take, stretch: Stretch, written: &str) -> String {
    let middle = |word: &soundlock_align::Word| u64::midpoint(word.stretch.start, word.stretch.end);
    let words = take.words.iter().filter(|word| (stretch.start..stretch.end).contains(&middle(word)));
    let heard = words.map(|word| word.word.as_str()).collect::<Vec<_>>().join(" ");
    if heard == written { String::new() } else { heard }
}

fn not_sound(fault: Fault) -> Result<Heard, SoundError> {
    match fault {
        Fault::File(why) => Ok(Heard::NotSound(why)),
        Fault::Other(error) => Err(error),
    }
}
