//! Another aligner that film.toml names, asked about every recording beside our own.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Serialize, Serializer};
use soundlock_align::format::{Row, VERSION};
use soundlock_align::{About, AlignError, Alignment, Answer, Combined, Fit, Line, Plugged, Whose, combine};
use soundlock_time::{SampleRange, SampleRate};
use soundlock_vault::{Event, Hash, ValueStep, VaultError};

use super::lay::{Heard, Laid, Lay, as_inputs};
use super::range;
use crate::context::SoundContext;
use crate::format::is_below_the_folder;
use crate::{SoundError, SoundRules};

/// What our own answers are marked with.
const OUR_NAME: &str = "soundlock";
/// An aligner that fails so often in a row is asked no more in this run: whoever waits has waited enough.
const MOST_FAILURES: usize = 2;

/// Another aligner that is asked about every recording: see `docs/aligner.md`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aligner {
    /// The program and what it is started with, in the film folder and without a shell.
    pub command: Vec<String>,
    /// Anything that is written otherwise when it would answer otherwise: a model's name and version.
    pub version: String,
    /// Seconds after which it is given up; a minute and three times the recording's length where nothing is said.
    pub timeout_secs: Option<u64>,
}

impl Aligner {
    /// An aligner by its command as a shell would read it; `None` where that names no program.
    pub fn of(command: &str) -> Option<Self> {
        Some(Self { command: Plugged::words(command)?, version: String::new(), timeout_secs: None })
    }

    fn plugged(&self, samples: u64, context: &SoundContext<'_>) -> Plugged {
        let program = self.command.first().map(String::as_str).unwrap_or_default();
        // A name alone is looked for on the PATH; what has folders in it lies in the film.
        let program =
            if program.contains('/') { context.folder.join(program) } else { PathBuf::from(program) };
        Plugged {
            program,
            arguments: self.command.iter().skip(1).cloned().collect(),
            timeout_secs: self.timeout_secs.unwrap_or_else(|| Plugged::timeout_secs(samples)),
            folder: Some(context.folder.to_owned()),
        }
    }

    /// The files in the film that the command names, with what is in them: another script, another answer.
    fn files(&self, context: &SoundContext<'_>) -> Vec<(String, Option<Hash>)> {
        let named = self.command.iter().flat_map(|word| {
            // `--model=models/ko.bin` names a file too.
            let value = word.split_once('=').map(|(_, value)| value);
            [Some(word.as_str()), value].into_iter().flatten()
        });
        let below = named.map(|word| word.strip_prefix("./").unwrap_or(word));
        let below = below.filter(|word| is_below_the_folder(word) && context.folder.join(word).is_file());
        below.map(|word| (word.to_owned(), context.hashes.of(&context.folder.join(word)).ok())).collect()
    }
}

/// What the aligner that was not believed says of a line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Disagreement {
    /// The recording, as it is written below the film folder.
    pub file: String,
    /// What the two do not agree about: `missing`, `place` or `words`.
    pub about: &'static str,
    /// Whose answer counts.
    pub kept: String,
    /// Whose answer this is.
    pub by: String,
    /// Where the line is by it; `None` where it says that the line is missing.
    #[serde(skip)]
    pub part: Option<SampleRange>,
    /// What is said there by it, where it tells.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub words: String,
    /// How sure it is, 0 to 1.
    #[serde(serialize_with = "hundredths")]
    pub confidence: f32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn hundredths<S: Serializer>(value: &f32, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((f64::from(*value) * 1e4).round() / 1e4)
}

impl Disagreement {
    /// In words, with the place on the recording's clock.
    pub fn told(&self, rate: SampleRate) -> String {
        let Self { file, about, by, words, .. } = self;
        let sure = 100.0 * self.confidence;
        match self.part {
            None => format!("{by} does not find it in {file} ({sure:.0} % sure)"),
            Some(_) if *about == "words" => format!("{by} hears `{words}` in {file} ({sure:.0} % sure)"),
            Some(part) => {
                let (from, to) = (rate.clock(part.start), rate.clock(part.end));
                format!("{by} finds it in {file} {from} to {to} ({sure:.0} % sure)")
            }
        }
    }
}

/// By line, what two aligners do not agree about. The file's name is filled in by who knows it.
pub(super) fn disagreements(combined: &Combined, rate: SampleRate) -> BTreeMap<&str, Disagreement> {
    let told = combined.disagreements.iter().map(|one| {
        let (answer, kept, by): (&Answer, _, _) = match one.kept {
            Whose::Ours => (&one.theirs, OUR_NAME, &combined.name[..]),
            Whose::Theirs => (&one.ours, &combined.name[..], OUR_NAME),
        };
        let about = match one.about {
            About::Missing => "missing",
            About::Place => "place",
            About::Words => "words",
        };
        let part = answer.stretch.map(|stretch| stretch.at_rate(rate.hz()));
        let disagreement = Disagreement {
            file: String::new(),
            about,
            kept: kept.to_owned(),
            by: by.to_owned(),
            part: part.map(|part| range((part.start, part.end))),
            words: answer.words.clone(),
            confidence: answer.confidence,
        };
        (one.line.as_str(), disagreement)
    });
    told.collect()
}

/// The answers of another aligner, asked one recording at a time: it may fill the machine by itself.
pub(super) struct SecondOpinions<'a> {
    aligner: Option<&'a Aligner>,
    files: Vec<(String, Option<Hash>)>,
    failures: usize,
    /// Whether it was said which program is run.
    said: AtomicBool,
    context: &'a SoundContext<'a>,
}

impl<'a> SecondOpinions<'a> {
    pub(super) fn new(rules: &'a SoundRules, context: &'a SoundContext<'a>) -> Self {
        let aligner = rules.aligner.as_ref();
        let files = aligner.map(|aligner| aligner.files(context)).unwrap_or_default();
        Self { aligner, files, failures: 0, said: AtomicBool::new(false), context }
    }

    /// What our own aligner heard in a recording, combined with what the other one answers. Ours stands where it fails.
    pub(super) fn of(&mut self, lay: &Lay<'_>, heard: Heard) -> Result<Laid, SoundError> {
        let Some((aligner, kept)) = self.aligner.zip(match &heard {
            Heard::Aligned(kept) => Some(kept.clone()),
            Heard::NotSound(_) => None,
        }) else {
            return Ok(Laid::of(heard, lay.rate));
        };
        let ours: Alignment = kept.into();
        // Of silence there is nothing to be asked, and a model that is asked hears voices.
        if ours.fit == Fit::Silent {
            return Ok(Laid::of(heard, lay.rate));
        }
        match self.answer(aligner, lay, ours.samples)? {
            Some((name, rows)) => Ok(Laid::of_both(&combine(&ours, &lay.lines, &name, &rows), lay.rate)),
            None => Ok(Laid::of(heard, lay.rate)),
        }
    }

    fn answer(
        &mut self,
        aligner: &Aligner,
        lay: &Lay<'_>,
        samples: u64,
    ) -> Result<Option<(String, Vec<Row>)>, SoundError> {
        let context = self.context;
        let ask = Ask { aligner, files: &self.files, lay, samples, said: &self.said };
        let is_new = context.vault.find(&context.vault.key_of_value(&ask)?)?.is_none();
        if is_new && self.failures >= MOST_FAILURES {
            return Ok(None);
        }
        match context.run_value(lay.name, &ask) {
            Ok(answer) => {
                self.failures = 0;
                Ok(Some(answer))
            }
            // A film that is only looked at asks nobody.
            Err(SoundError::Vault(VaultError::ReadOnly { .. })) => Ok(None),
            Err(SoundError::Align { source: source @ AlignError::Plugged { .. }, .. }) => {
                self.failures += 1;
                context.warn(format!("{}: {source}; our own alignment stands", lay.name));
                if self.failures == MOST_FAILURES {
                    let hint = "see [sound.aligner] in film.toml; it is asked again next time";
                    context.warn(format!("the aligner failed {MOST_FAILURES} times in a row; {hint}"));
                }
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// The question about one recording. An aligner that fails has no answer that could be kept.
struct Ask<'a> {
    aligner: &'a Aligner,
    files: &'a [(String, Option<Hash>)],
    lay: &'a Lay<'a>,
    samples: u64,
    said: &'a AtomicBool,
}

impl Ask<'_> {
    /// A film that comes from somebody else names a program of somebody else: it is said which, before it runs.
    fn say(&self) {
        if !self.said.swap(true, Ordering::Relaxed) {
            let command = self.aligner.command.join(" ");
            let message = format!("film.toml names another aligner, which runs now: {command}");
            self.lay.context.reporter.report(Event::Note { stage: "sound", message });
        }
    }
}

#[derive(Serialize)]
struct AskInputs<'a, L: Serialize> {
    recording: Hash,
    lines: L,
    command: &'a [String],
    version: &'a str,
    files: &'a [(String, Option<Hash>)],
    format: u32,
}

impl ValueStep for Ask<'_> {
    /// Who answers, and its rows.
    type Value = (String, Vec<Row>);
    type Error = SoundError;
    const VERSION: (&'static str, u32) = ("ask-aligner", 1);

    fn inputs(&self) -> impl Serialize {
        AskInputs {
            recording: self.lay.hash,
            lines: as_inputs(&self.lay.lines),
            command: &self.aligner.command,
            version: &self.aligner.version,
            files: self.files,
            format: VERSION,
        }
    }

    fn make(&self) -> Result<Self::Value, SoundError> {
        let context = self.lay.context;
        self.say();
        let plugged = self.aligner.plugged(self.samples, context);
        let stopped = || context.cancel.is_cancelled();
        let lines: &[Line] = &self.lay.lines;
        let answer = plugged.ask(&self.lay.file, lines, self.samples, &stopped);
        context.cancel.check()?;
        let answer = answer.map_err(|source| SoundError::Align { file: self.lay.name.to_owned(), source })?;
        Ok((answer.name, answer.rows))
    }
}
