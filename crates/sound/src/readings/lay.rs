//! A recording laid against the lines that it may hold.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use soundlock_align::{
    ALIGN_HZ, AlignContext, AlignedLine, Alignment, Fit, Line, Sides, Stretch, Take, align,
};
use soundlock_picture::SoundReader;
use soundlock_time::SampleRate;
use soundlock_vault::{Hash, ValueStep};

use crate::context::SoundContext;
use crate::source::{Fault, clause_of};
use crate::{Espeak, SoundError};

/// First sample and the first one after it, at the film's rate.
pub(crate) type Part = (u64, u64);

/// What a recording holds, in samples at the film's rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Laid {
    /// Why nothing of it can be used; a clause.
    pub(crate) unusable: Option<String>,
    /// What FFmpeg complained of though it went on.
    pub(crate) damage: Option<String>,
    /// Its length.
    pub(crate) samples: u64,
    /// What was found of each line.
    pub(crate) lines: Vec<LaidLine>,
    /// What sounds besides, and whether it sounds like speech.
    pub(crate) extras: Vec<(Part, bool)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct LaidLine {
    pub(crate) id: String,
    /// Empty where the line is missing.
    pub(crate) takes: Vec<LaidTake>,
    /// How likely it is that this is right, found or missing.
    pub(crate) confidence: f32,
    /// Whether the last complete reading is likely of other words.
    pub(crate) misread: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct LaidTake {
    /// From the first sound of speech to the last.
    pub(crate) part: Part,
    pub(crate) complete: bool,
    pub(crate) said: f32,
    pub(crate) words: Vec<(String, Part)>,
    /// Where something else is said in it.
    pub(crate) unscripted: Vec<Part>,
}

impl Laid {
    /// Of a recording that holds nothing that can be used.
    pub(crate) fn unusable(why: String) -> Self {
        Self { unusable: Some(why), damage: None, samples: 0, lines: Vec::new(), extras: Vec::new() }
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
    type Value = Laid;
    type Error = SoundError;
    const VERSION: (&'static str, u32) = ("lay-recording", 2);

    fn inputs(&self) -> impl Serialize {
        let lines = self
            .lines
            .iter()
            .map(|line| (&line.id, &line.text, &line.language, &line.character, &line.scene));
        (
            (self.hash, self.rate),
            lines.collect::<Vec<_>>(),
            (&self.espeak.version, &self.context.tools.version),
        )
    }

    fn make(&self) -> Result<Laid, SoundError> {
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
        let damage = reader.damage().map(str::to_owned);
        match alignment {
            Ok(alignment) => Ok(Laid { damage, ..self.laid(&alignment) }),
            Err(soundlock_align::AlignError::Recording { source, .. }) => {
                not_sound(Fault::File(format!("cannot be read as sound: {source}")))
            }
            Err(source) => Err(SoundError::Align { file: self.name.to_owned(), source }),
        }
    }
}

impl Lay<'_> {
    fn laid(&self, alignment: &Alignment) -> Laid {
        let unusable = match alignment.fit {
            Fit::Fits => None,
            Fit::Silent => Some("nobody speaks in it".to_owned()),
            Fit::OtherWords => Some("what is said in it is not the script's lines".to_owned()),
        };
        Laid {
            unusable,
            damage: None,
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
            confidence: line.confidence,
            misread: line.misread,
        }
    }

    fn take(&self, take: &Take) -> LaidTake {
        LaidTake {
            part: self.part(take.stretch),
            complete: take.complete,
            said: take.said,
            words: take.words.iter().map(|word| (word.word.clone(), self.part(word.stretch))).collect(),
            unscripted: take.unscripted.iter().map(|stretch| self.part(*stretch)).collect(),
        }
    }

    fn part(&self, stretch: Stretch) -> Part {
        let stretch = stretch.at_rate(self.rate.hz());
        (stretch.start, stretch.end)
    }
}

fn not_sound(fault: Fault) -> Result<Laid, SoundError> {
    match fault {
        Fault::File(why) => Ok(Laid::unusable(format!("it {why}"))),
        Fault::Other(error) => Err(error),
    }
}
