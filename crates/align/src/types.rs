use std::path::Path;

/// Samples per second of what is aligned; all places count these.
pub const ALIGN_HZ: u32 = 16_000;

/// A line that was to be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its name, each its own.
    pub id: String,
    /// What is said, as it is written: marks and directions may stand in it.
    pub text: String,
    /// Language as espeak-ng names it: `en`, `en-gb`, `ko`.
    pub language: String,
    /// Who says it.
    pub character: String,
    /// The scene that it belongs to; scenes may be recorded in any order, lines of a scene are in order.
    pub scene: String,
}

/// A recording: mono, [`ALIGN_HZ`] samples per second, full scale ±1.0.
pub trait Recording {
    /// Fills `block` and gives how many samples are new; fewer than asked only at the end.
    fn read(&mut self, block: &mut [f32]) -> Result<usize, Box<dyn std::error::Error + Send + Sync>>;
}

/// A recording that is at hand as a whole.
impl Recording for &[f32] {
    fn read(&mut self, block: &mut [f32]) -> Result<usize, Box<dyn std::error::Error + Send + Sync>> {
        let count = block.len().min(self.len());
        let (now, later) = self.split_at(count);
        block[..count].copy_from_slice(now);
        *self = later;
        Ok(count)
    }
}

/// What aligning works with.
#[derive(Clone, Copy)]
pub struct AlignContext<'a> {
    /// The program espeak-ng, which speaks the reference.
    pub espeak: &'a Path,
    /// Asked now and then; `true` stops the work.
    pub stopped: &'a dyn Fn() -> bool,
}

/// A part of the recording: first sample, and the first one after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// First sample.
    pub start: u64,
    /// First sample after it.
    pub end: u64,
}

impl Stretch {
    /// Start and end in seconds, to be shown.
    pub fn seconds(self) -> (f64, f64) {
        (self.start as f64 / f64::from(ALIGN_HZ), self.end as f64 / f64::from(ALIGN_HZ))
    }

    /// The same stretch counted in samples of another rate.
    #[must_use]
    pub fn at_rate(self, hz: u32) -> Self {
        let at = |sample: u64| (sample * u64::from(hz) + u64::from(ALIGN_HZ) / 2) / u64::from(ALIGN_HZ);
        Self { start: at(self.start), end: at(self.end) }
    }
}

/// A word of a take.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    /// As it is written, without marks around it.
    pub word: String,
    /// Where it is said.
    pub stretch: Stretch,
    /// How much better it explains what is heard there than speech in general does, per frame.
    pub fit: f32,
    /// Whether it was likely said as it is written.
    pub said: bool,
}

/// Words of a line that were likely not said as they are written, or something that was said besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misreading {
    /// The words as they are written; empty where something was put in that is not in the line.
    pub written: String,
    /// Where something else is said; without length, where the words were left out.
    pub stretch: Stretch,
}

/// One reading of a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Take {
    /// Where it is.
    pub stretch: Stretch,
    /// Whether it was read to its end; a false start was not.
    pub complete: bool,
    /// Whether it was begun and broken off before its end.
    pub breaks_off: bool,
    /// Share of the line that is in it, 0 to 1.
    pub said: f32,
    /// How much better the line explains what is heard than speech in general does, per frame; higher is better.
    pub fit: f32,
    /// Its words, as far as they were said.
    pub words: Vec<Word>,
    /// Where in it something was said that is not in the line.
    pub unscripted: Vec<Stretch>,
    /// What of it was likely said differently, in the order of the line.
    pub misreadings: Vec<Misreading>,
}

impl Take {
    /// Moves all of it.
    pub(crate) fn moved(&mut self, by: &dyn Fn(&mut Stretch)) {
        by(&mut self.stretch);
        self.words.iter_mut().for_each(|word| by(&mut word.stretch));
        self.unscripted.iter_mut().for_each(by);
        self.misreadings.iter_mut().for_each(|misreading| by(&mut misreading.stretch));
    }
}

/// What was found of a line.
#[derive(Debug, Clone, PartialEq)]
pub struct AlignedLine {
    /// Its name.
    pub id: String,
    /// Its readings in the order of the recording.
    pub takes: Vec<Take>,
    /// The last complete reading; `None` where the line is missing.
    pub best: Option<usize>,
    /// How likely this answer is right, the line found or missing, 0 to 1.
    pub confidence: f32,
    /// Whether something else was likely said than what is written.
    pub misread: bool,
}

impl AlignedLine {
    /// The reading that counts.
    pub fn best_take(&self) -> Option<&Take> {
        self.best.and_then(|best| self.takes.get(best))
    }
}

/// Speech, or something as loud, that is no line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExtraSpeech {
    /// Where.
    pub stretch: Stretch,
    /// Whether it sounds like speech; a thump or a hum does not.
    pub speech: bool,
}

/// Whether the recording is of these lines at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// It is.
    Fits,
    /// Nobody speaks in it.
    Silent,
    /// Somebody speaks (or something sounds), but not these lines.
    OtherWords,
}

/// A recording laid against its lines.
#[derive(Debug, Clone, PartialEq)]
pub struct Alignment {
    /// Every line, in the order that they came in.
    pub lines: Vec<AlignedLine>,
    /// What was said besides.
    pub extras: Vec<ExtraSpeech>,
    /// Whether the recording is of these lines.
    pub fit: Fit,
    /// Its length in samples.
    pub samples: u64,
}

impl Alignment {
    /// Gives up every line: what was found of them is not to be believed.
    pub(crate) fn forget(&mut self) {
        for line in &mut self.lines {
            self.extras
                .extend(line.takes.drain(..).map(|take| ExtraSpeech { stretch: take.stretch, speech: true }));
            (line.best, line.misread, line.confidence) = (None, false, 0.9);
        }
        self.extras.sort_by_key(|extra| extra.stretch.start);
    }
}
