//! What the recordings hold of the script: every reading of every line, what is wrong with it, and which one is laid.

mod choose;
mod kept;
mod lay;
mod lines;
mod measure;
mod misread;
mod outline;
mod page;
mod second;
mod unusable;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use serde::Serialize;
use soundlock_align::Line;
use soundlock_script::{LineId, SceneId, Screenplay};
use soundlock_time::{Sample, SampleRange, SampleRate};
use soundlock_vault::{Hash, run_all, run_stage};

pub use self::choose::Flaw;
use self::lay::{Laid, LaidLine, LaidTake, Lay, Part};
use self::lines::{NamedFor, named_for};
pub use self::lines::{line_named_in, lines_to_align};
use self::measure::Measure;
pub use self::measure::Measured;
pub use self::misread::{HowMisread, Misread};
pub use self::outline::{Outlines, outlines};
pub use self::page::readings_page;
use self::second::SecondOpinions;
pub use self::second::{Aligner, Disagreement};
pub use self::unusable::Unusable;
use crate::context::SoundContext;
use crate::format::is_below_the_folder;
use crate::recordings::composed;
use crate::source::{Fault, Ready, Use, heard, ready};
use crate::wav::wav_shape;
use crate::{Espeak, LineChoice, Origin, Recordings, SoundError, SoundRules, Source};

/// Consonants begin and end softer than they are heard: room that a reading keeps before and after it.
const BEFORE_MS: u64 = 30;
const AFTER_MS: u64 = 90;

/// The longest silence between two lines of one recording that is still the actors' own.
const LONGEST_OWN_PAUSE_MS: u64 = 6000;

/// What the recordings hold of the script.
#[derive(Debug, Clone, PartialEq)]
pub struct Readings {
    /// Every line that is said, in the order of the script.
    pub lines: Vec<LineReadings>,
    /// Every recording, in their order.
    pub recordings: Vec<Recording>,
    /// Rate that places are counted in.
    pub rate: SampleRate,
}

/// The readings of one line.
#[derive(Debug, Clone, PartialEq)]
pub struct LineReadings {
    /// Its number.
    pub id: LineId,
    /// The scene that it belongs to.
    pub scene: SceneId,
    /// Who says it.
    pub character: String,
    /// What is said.
    pub text: String,
    /// Its readings, in the order of the files and in theirs; the first is take 1.
    pub readings: Vec<Reading>,
    /// Which of them is laid, and who chose it; `None` where none can be.
    pub chosen: Option<(usize, ChosenBy)>,
    /// What the director chose where no such reading is there.
    pub lost_choice: Option<LineChoice>,
    /// Recordings that are named for it and cannot be used, each with why: a clause that begins with a verb.
    pub damaged: Vec<(String, String)>,
    /// What of two aligners the one says that was not believed, recording by recording.
    pub disagreements: Vec<Disagreement>,
}

/// Who chose a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChosenBy {
    /// The director, in `film.toml`.
    Director,
    /// Nobody: it is the last complete one.
    Last,
    /// The measurements: less speaks against it than against the last complete one.
    Measurement,
}

/// How a reading was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FoundBy {
    /// Its recording is named for the line.
    Name,
    /// It was heard in a recording of many lines.
    Ear,
    /// The director gave its in and out.
    Hand,
}

/// A reading of a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The recording, as it is written below the film folder.
    pub file: String,
    /// BLAKE3 of the recording.
    pub hash: Hash,
    /// Where it is in the recording, with a little room.
    pub part: SampleRange,
    /// Whether it was read to its end.
    pub complete: bool,
    /// Share of the line that is in it, 0 to 1.
    pub said: f32,
    /// How likely it is that this is the line, 0 to 1; `None` where nothing listened to it.
    pub confidence: Option<f32>,
    /// Whether something else was likely said than what is written.
    pub misread: bool,
    /// What in it was likely not said as it is written, in the order of the line.
    pub misreadings: Vec<Misread>,
    /// The aligner that found it, where that is not our own.
    pub by: Option<String>,
    /// The aligner that is surer than ours that the line is elsewhere in the recording.
    pub doubted_by: Option<String>,
    /// How it was found.
    pub found: FoundBy,
    /// What was measured of it.
    pub measured: Measured,
    /// The largest sample of each of its parts, of equal length, 255 for full scale.
    pub waveform: Vec<u8>,
    /// What speaks against it.
    pub flaws: Vec<Flaw>,
}

/// A recording, laid against the script.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// As it is written below the film folder.
    pub file: String,
    /// Its length in samples; 0 where it cannot be read.
    pub samples: u64,
    /// Why nothing of it is used.
    pub unusable: Option<Unusable>,
    /// Speech, or something as loud, that is no line, and whether it sounds like speech.
    pub extras: Vec<(SampleRange, bool)>,
    /// Lines that its name speaks of and that are not in it, with how likely that is right, 0 to 1.
    pub missing: Vec<(LineId, f32)>,
    /// Where somebody speaks, in order.
    speech: Vec<Part>,
}

/// Lays every recording against the script and chooses a reading of each line.
pub fn readings(
    screenplay: &Screenplay,
    rules: &SoundRules,
    recordings: &Recordings,
    context: &SoundContext<'_>,
) -> Result<Readings, SoundError> {
    let lines = lines_to_align(screenplay, Some(&rules.language));
    let files: Vec<(&String, NamedFor)> =
        recordings.files.iter().map(|file| (file, named_for(file, screenplay))).collect();
    let heard = hear(&files, &lines, rules, context)?;
    let mut readings = Readings::of(screenplay, rules);
    for ((_, named), heard) in files.iter().zip(heard) {
        readings.add(named, heard, rules);
    }
    for (name, why) in &recordings.passed_over {
        let unusable = Some(Unusable::PassedOver { why: why.clone() });
        readings.recordings.push(Recording { unusable, ..Recording::of(name) });
    }
    readings.add_parts_by_hand(rules, context)?;
    readings.measure(context)?;
    choose::choose(&mut readings.lines, rules);
    Ok(readings)
}

/// A recording with what was heard in it.
struct HeardFile {
    file: String,
    held: Result<(Ready, Option<Laid>, Part), String>,
}

/// Listens to every recording: those of a line side by side, sessions one at a time, for a session of an hour takes some
/// hundred MiB.
fn hear(
    files: &[(&String, NamedFor)],
    lines: &[Line],
    rules: &SoundRules,
    context: &SoundContext<'_>,
) -> Result<Vec<HeardFile>, SoundError> {
    let mut lays = Vec::new();
    for (file, named) in files {
        let Some(espeak) = context.espeak.filter(|_| !matches!(named, NamedFor::Stranger(_))) else {
            continue;
        };
        let (Ok(hash), lines) = (context.hashes.of(&context.folder.join(file)), named.of(lines)) else {
            continue;
        };
        if !lines.is_empty() {
            lays.push((matches!(named, NamedFor::Line(_)), lay(file, hash, lines, rules, espeak, context)));
        }
    }
    for (of_a_line, workers) in [(true, context.workers), (false, NonZeroUsize::MIN)] {
        let mut new = Vec::new();
        for (_, lay) in lays.iter().filter(|(named, _)| *named == of_a_line) {
            if context.vault.find(&context.vault.key_of_value(lay)?)?.is_none() {
                new.push((lay.name.to_owned(), lay));
            }
        }
        if !new.is_empty() {
            let stage = |lay: &Lay<'_>| context.run_value(lay.name, lay);
            run_stage("listen", context.reporter, new, workers, context.cancel, stage)?;
        }
    }
    let mut laid = BTreeMap::new();
    let mut second = SecondOpinions::new(rules, context);
    for (_, lay) in &lays {
        laid.insert(lay.name, second.of(lay, context.run_value(lay.name, lay)?)?);
    }
    let jobs = files.iter().map(|(file, _)| (*file, laid.remove(file.as_str()))).collect();
    Ok(run_all(jobs, context.workers, context.cancel, |(file, laid)| heard_file(file, laid, rules, context))?)
}

fn lay<'a>(
    name: &'a str,
    hash: Hash,
    lines: Vec<Line>,
    rules: &SoundRules,
    espeak: &'a Espeak,
    context: &'a SoundContext<'a>,
) -> Lay<'a> {
    Lay { name, file: context.folder.join(name), hash, lines, rate: rules.rate, espeak, context }
}

/// The recording at the film's rate, checked to be whole.
fn heard_file(
    file: &str,
    laid: Option<Laid>,
    rules: &SoundRules,
    context: &SoundContext<'_>,
) -> Result<HeardFile, SoundError> {
    let held = match ready(file, Use::Voice, rules.rate, context) {
        Err(Fault::Other(error)) => return Err(error),
        Err(Fault::File(why)) => Err(why),
        Ok(ready) => {
            let part = heard(file, &ready, rules.rate.hz(), context)?.part;
            Ok((ready, laid, part))
        }
    };
    Ok(HeardFile { file: file.to_owned(), held })
}

impl Readings {
    fn of(screenplay: &Screenplay, rules: &SoundRules) -> Self {
        let spoken = screenplay.lines().filter(|(_, line)| !line.text.trim().is_empty());
        let line = |(scene, line): (&soundlock_script::Scene, &soundlock_script::Line)| LineReadings {
            id: line.id.clone(),
            scene: scene.id.clone(),
            character: line.character.clone(),
            text: line.text.clone(),
            readings: Vec::new(),
            chosen: None,
            lost_choice: None,
            damaged: Vec::new(),
            disagreements: Vec::new(),
        };
        Self { lines: spoken.map(line).collect(), recordings: Vec::new(), rate: rules.rate }
    }

    /// The readings of a line; `None` where the script has no such line, or nothing is said in it.
    pub fn line(&self, id: &LineId) -> Option<&LineReadings> {
        self.lines.iter().find(|line| line.id == *id)
    }

    fn line_mut(&mut self, id: &str) -> Option<&mut LineReadings> {
        self.lines.iter_mut().find(|line| line.id.as_str() == id)
    }

    fn add(&mut self, named: &NamedFor, heard: HeardFile, rules: &SoundRules) {
        let HeardFile { file, held } = heard;
        let mut recording = Recording::of(&file);
        if let Ok((_, Some(laid), _)) = &held {
            self.take_in_disagreements(&file, laid);
        }
        match (held, named) {
            (Err(why), NamedFor::Line(id)) => {
                recording.unusable = Some(Unusable::Damaged { why: why.clone() });
                if let Some(line) = self.line_mut(id.as_str()) {
                    line.damaged.push((file, why));
                }
            }
            (Err(why), _) => recording.unusable = Some(Unusable::Damaged { why }),
            (Ok((ready, laid, whole)), NamedFor::Line(id)) => {
                recording.take_in(laid.as_ref(), &ready);
                // That it holds other words is said of its reading: the director named it for this line.
                recording.unusable = None;
                let readings = readings_of_one(&file, &ready, laid.as_ref(), whole, rules.rate);
                if let Some(line) = self.line_mut(id.as_str()) {
                    line.readings.extend(readings);
                }
            }
            (Ok((ready, Some(laid), _)), _) => {
                recording.take_in(Some(&laid), &ready);
                for line in laid.lines.iter().filter(|_| laid.unusable.is_none()) {
                    let readings = readings_of(&file, &ready, &laid, line, rules.rate);
                    if let Some(own) = self.line_mut(&line.id) {
                        own.readings.extend(readings);
                    }
                }
            }
            (Ok((ready, None, _)), named) => {
                recording.take_in(None, &ready);
                recording.unusable = Some(match named {
                    // What it holds may sound like ours, and would then be laid where nobody looks for it.
                    NamedFor::Stranger(number) => Unusable::Stranger { number: number.clone() },
                    _ => Unusable::Unheard,
                });
            }
        }
        self.recordings.push(recording);
    }

    fn take_in_disagreements(&mut self, file: &str, laid: &Laid) {
        for line in &laid.lines {
            let told = line.disagreement.clone().zip(self.line_mut(&line.id));
            if let Some((disagreement, own)) = told {
                own.disagreements.push(Disagreement { file: file.to_owned(), ..disagreement });
            }
        }
    }

    /// Parts of files that the director asked for.
    fn add_parts_by_hand(
        &mut self,
        rules: &SoundRules,
        context: &SoundContext<'_>,
    ) -> Result<(), SoundError> {
        for line in &mut self.lines {
            let Some(LineChoice::Part { file, part }) = rules.choices.get(&line.id) else { continue };
            let named = self.recordings.iter().find(|recording| is_same_name(&recording.file, file));
            let file = named.map_or(file, |recording| &recording.file);
            let failed =
                |why: String| SoundError::ChosenPart { file: file.clone(), line: line.id.clone(), why };
            if !is_below_the_folder(file) {
                return Err(failed("is not below the film folder".to_owned()));
            }
            let ready = ready(file, Use::Voice, rules.rate, context).map_err(|fault| match fault {
                Fault::File(why) => failed(why),
                Fault::Other(error) => error,
            })?;
            let length = wav_shape(&ready.file).map_or(0, |shape| shape.frames);
            if part.start >= part.end || part.start.0 >= length {
                let secs = length as f64 / f64::from(rules.rate.hz());
                return Err(failed(format!("is {secs:.2} s long, which leaves nothing between in and out")));
            }
            let part = SampleRange { start: part.start, end: part.end.min(Sample(length)) };
            let by_hand = Reading { found: FoundBy::Hand, ..Reading::whole(file, &ready, part) };
            line.readings.push(by_hand);
        }
        Ok(())
    }

    /// Measures every reading, file by file.
    fn measure(&mut self, context: &SoundContext<'_>) -> Result<(), SoundError> {
        let mut of_files: BTreeMap<String, Vec<&mut Reading>> = BTreeMap::new();
        for reading in self.lines.iter_mut().flat_map(|line| &mut line.readings) {
            of_files.entry(reading.file.clone()).or_default().push(reading);
        }
        let rate = self.rate;
        run_all(of_files.into_iter().collect(), context.workers, context.cancel, |(file, readings)| {
            let ready = ready(&file, Use::Voice, rate, context).map_err(|fault| match fault {
                Fault::File(why) => SoundError::Unreadable { file: file.clone(), why },
                Fault::Other(error) => error,
            })?;
            let parts = readings.iter().map(|reading| (reading.part.start.0, reading.part.end.0)).collect();
            let measure = Measure { ready: &ready, hz: rate.hz(), parts, context };
            let measured = context.run_value(&file, &measure)?;
            for (reading, (measured, waveform)) in readings.into_iter().zip(measured) {
                (reading.measured, reading.waveform) = (measured, waveform);
            }
            Ok::<_, SoundError>(())
        })?;
        Ok(())
    }

    /// The silence before `after` as the actors left it, in samples; below 0 where it begins before those have ended who
    /// speak in the same recording, up to `end`. `None` where it does not follow `before` there, or something else is said
    /// between.
    pub(crate) fn own_pause(&self, before: &Source, end: Sample, after: &Source) -> Option<i64> {
        let Origin::File(file) = &after.origin else { return None };
        let recording = self.recordings.iter().find(|recording| recording.file == *file)?;
        let start = after.part.start;
        let follows = before.origin == after.origin && before.hash == after.hash && before.part.start < start;
        let is_silent =
            || !recording.speech.iter().any(|(from, to)| *from < start.0 && *to > end.0 && end < start);
        let pause = start.0 as i64 - end.0 as i64;
        let longest = self.rate.samples_from_millis(LONGEST_OWN_PAUSE_MS) as i64;
        (follows && pause <= longest && is_silent()).then_some(pause)
    }
}

/// Whether two names are one, however their letters are put together.
fn is_same_name(a: &str, b: &str) -> bool {
    a == b || composed(a) == composed(b)
}

impl LineReadings {
    /// The reading that is laid.
    pub fn chosen_reading(&self) -> Option<&Reading> {
        self.readings.get(self.chosen?.0)
    }

    /// Whether anybody recorded it, whatever came of that.
    pub fn is_recorded(&self) -> bool {
        !self.readings.is_empty() || !self.damaged.is_empty()
    }

    /// Whether it is better recorded again while everybody is there: it is missing, or something speaks against it that
    /// no mix mends.
    pub fn is_to_record_again(&self) -> bool {
        self.chosen_reading().is_none_or(|reading| reading.flaws.iter().any(Flaw::is_for_retake))
    }
}

impl Reading {
    /// A reading of which nothing is known but where it is.
    fn whole(file: &str, ready: &Ready, part: SampleRange) -> Self {
        Self {
            file: file.to_owned(),
            hash: ready.hash,
            part,
            complete: true,
            said: 1.0,
            confidence: None,
            misread: false,
            misreadings: Vec::new(),
            by: None,
            doubted_by: None,
            found: FoundBy::Name,
            measured: Measured::NOTHING,
            waveform: Vec::new(),
            flaws: Vec::new(),
        }
    }

    /// What is known of it by ear.
    fn of_take(self, line: &LaidLine, index: usize, take: &LaidTake) -> Self {
        let counts = line.best == Some(index);
        // Where another aligner is surer of another place, our readings stay to be heard, but none of them is laid unseen.
        let elsewhere = line.by.is_some()
            && !counts
            && line.disagreement.as_ref().is_some_and(|one| one.about == "place");
        Self {
            complete: take.complete,
            said: take.said,
            confidence: Some(line.confidence),
            misread: line.misread && counts || !take.misreadings.is_empty(),
            misreadings: take.misreadings.clone(),
            by: line.by.clone().filter(|_| counts),
            doubted_by: line.by.clone().filter(|_| elsewhere),
            ..self
        }
    }

    /// What is laid where this reading is chosen.
    pub(crate) fn source(&self) -> Source {
        let origin = Origin::File(self.file.clone());
        Source { origin, hash: self.hash.to_string(), part: self.part }
    }
}

impl Recording {
    /// Where somebody says what is no line.
    pub fn extra_speech(&self) -> impl Iterator<Item = SampleRange> {
        self.extras.iter().filter(|(_, speech)| *speech).map(|(part, _)| *part)
    }

    fn of(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            samples: 0,
            unusable: None,
            extras: Vec::new(),
            missing: Vec::new(),
            speech: Vec::new(),
        }
    }

    fn take_in(&mut self, laid: Option<&Laid>, ready: &Ready) {
        self.samples = wav_shape(&ready.file).map_or(0, |shape| shape.frames);
        let Some(laid) = laid else { return };
        self.unusable.clone_from(&laid.unusable);
        self.extras = laid.extras.iter().map(|(part, speech)| (range(*part), *speech)).collect();
        let missing = laid.lines.iter().filter(|line| line.takes.is_empty());
        self.missing = missing.filter_map(|line| Some((line.id.parse().ok()?, line.confidence))).collect();
        self.speech = laid.speech();
    }
}

fn range((start, end): Part) -> SampleRange {
    SampleRange { start: Sample(start), end: Sample(end) }
}

/// The readings of a line in a recording of many.
fn readings_of(file: &str, ready: &Ready, laid: &Laid, line: &LaidLine, rate: SampleRate) -> Vec<Reading> {
    let length = wav_shape(&ready.file).map_or(laid.samples, |shape| shape.frames);
    let speech = laid.speech();
    let reading = |(index, take): (usize, &LaidTake)| {
        let part = range(with_room(take.part, &speech, length, rate));
        let found = Reading { found: FoundBy::Ear, ..Reading::whole(file, ready, part) };
        found.of_take(line, index, take)
    };
    line.takes.iter().enumerate().map(reading).collect()
}

/// The readings in a recording that is named for one line. Its edges are those of what sounds in it: the director cut it
/// so. Only where more is said in it than the line once, the lattice says where.
fn readings_of_one(
    file: &str,
    ready: &Ready,
    laid: Option<&Laid>,
    whole: Part,
    rate: SampleRate,
) -> Vec<Reading> {
    let all = Reading::whole(file, ready, range(whole));
    let Some((laid, line)) = laid.and_then(|laid| Some((laid, laid.lines.first()?))) else {
        return vec![all];
    };
    let more = line.takes.len() > 1 || laid.extras.iter().any(|(_, speech)| *speech);
    match line.takes.as_slice() {
        _ if laid.unusable.is_some() => vec![Reading { complete: false, said: 0.0, ..all }],
        [] => vec![Reading { complete: false, said: 0.0, confidence: Some(line.confidence), ..all }],
        _ if more => {
            let readings = readings_of(file, ready, laid, line, rate);
            readings.into_iter().map(|reading| Reading { found: FoundBy::Name, ..reading }).collect()
        }
        [take, ..] => vec![all.of_take(line, 0, take)],
    }
}

/// `part` with room before and after it, at most to the middle of the silence beside it.
fn with_room(part: Part, speech: &[Part], length: u64, rate: SampleRate) -> Part {
    let before = speech.iter().map(|(_, end)| *end).filter(|end| *end <= part.0).max().unwrap_or(0);
    let after =
        speech.iter().map(|(start, _)| *start).filter(|start| *start >= part.1).min().unwrap_or(length);
    let head = rate.samples_from_millis(BEFORE_MS).min((part.0 - before) / 2);
    let tail = rate.samples_from_millis(AFTER_MS).min((after.max(part.1) - part.1) / 2);
    (part.0 - head, (part.1 + tail).min(length.max(part.1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testfilm::source;

    #[test]
    fn the_actors_own_pause_is_known_where_nothing_else_is_said_in_it() {
        let part = |file: &str, start: u64, end: u64| Source { part: range((start, end)), ..source(file, 1) };
        let speech = vec![(1000, 2000), (2500, 4000), (9000, 9500), (9800, 12_000)];
        let recordings = vec![Recording { speech, ..Recording::of("a") }];
        let readings = Readings { lines: Vec::new(), recordings, rate: SampleRate::FILM };
        let pause = |before: &Source, after: &Source| readings.own_pause(before, before.part.end, after);
        assert_eq!(pause(&part("a", 990, 2100), &part("a", 2450, 4100)), Some(350));
        assert_eq!(pause(&part("a", 990, 2500), &part("a", 2450, 4100)), Some(-50));
        let other = [
            (part("a", 2450, 4100), part("a", 9750, 12_100), "something is said between"),
            (part("a", 2450, 4100), part("a", 990, 2100), "the other way round"),
            (part("b", 990, 2100), part("a", 2450, 4100), "another file"),
            (part("a", 0, 100), part("a", 400_000, 400_100), "too long"),
        ];
        for (before, after, why) in other {
            assert_eq!(pause(&before, &after), None, "{why}");
        }
    }

    #[test]
    fn a_reading_keeps_half_of_the_silence_beside_it_at_most() {
        let speech = [(1000, 2000), (2100, 4000), (48_000, 50_000)];
        let room = |part| with_room(part, &speech, 51_000, SampleRate::FILM);
        assert_eq!(room((1000, 2000)), (500, 2050));
        assert_eq!(room((2100, 4000)), (2050, 4000 + 4320));
        assert_eq!(room((48_000, 50_000)), (48_000 - 1440, 50_500));
    }
}
