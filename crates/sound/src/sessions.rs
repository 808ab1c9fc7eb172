//! Long recordings: scenes and sessions in one file, laid against the script, so that each line has its readings.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use soundlock_align::{ALIGN_HZ, AlignContext, Alignment, Fit, Line, Sides, align, format::language_of};
use soundlock_picture::SoundReader;
use soundlock_script::{LineId, Screenplay};
use soundlock_time::SampleRate;
use soundlock_vault::{Hash, ValueStep, hash_file, run_stage};

use crate::context::SoundContext;
use crate::recordings::{name_begins_with, stem_of};
use crate::source::{Fault, clause_of};
use crate::{Espeak, SoundError, SoundRules, Source};

/// Consonants begin and end softer than they are heard: room that a reading keeps before and after it.
const BEFORE_MS: u64 = 30;
const AFTER_MS: u64 = 90;

/// The longest silence between two lines of one recording that is still the actors' own.
const LONGEST_OWN_PAUSE_MS: u64 = 6000;

/// A line that is not read to its end is used if at least this share of it is there.
const MOST_OF_A_LINE: f32 = 0.7;

/// A reading of a line in a long recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reading {
    /// The recording, below the film folder.
    pub(crate) file: String,
    /// First sample at the film's rate and the first after it, with a little room.
    pub(crate) part: (u64, u64),
    /// Whether it was read to its end.
    pub(crate) complete: bool,
    /// Share of the line that is in it.
    pub(crate) said: f32,
}

/// What long recordings hold.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    /// Readings of each line, in the order of the files and in theirs.
    pub(crate) readings: BTreeMap<LineId, Vec<Reading>>,
    /// Where each recording has speech, in order.
    speech: BTreeMap<String, Vec<(u64, u64)>>,
}

/// Lays each of `files` against the lines that its name speaks of.
pub(crate) fn listen(
    screenplay: &Screenplay,
    files: &[String],
    rules: &SoundRules,
    context: &SoundContext<'_>,
) -> Result<Sessions, SoundError> {
    let mut sessions = Sessions::default();
    let Some(espeak) = context.espeak.filter(|_| !files.is_empty()) else {
        for file in files {
            context.warn(format!(
                "{file} is named for no line of the script; without espeak-ng it cannot be laid against it"
            ));
        }
        return Ok(sessions);
    };
    let mut jobs = Vec::new();
    for file in files {
        match Lay::new(file, screenplay, rules, espeak, context) {
            Ok(lay) => jobs.push(lay),
            Err(why) => context.warn(format!("{file} {why}; it is not used")),
        }
    }
    let is_new =
        |lay: &Lay<'_>| Ok::<_, SoundError>(context.vault.find(&context.vault.key_of_value(lay)?)?.is_none());
    let mut new = Vec::new();
    for lay in &jobs {
        if is_new(lay)? {
            new.push((lay.name.to_owned(), lay));
        }
    }
    if !new.is_empty() {
        // One at a time: a session of an hour takes some hundred MiB.
        let one = NonZeroUsize::MIN;
        run_stage("listen", context.reporter, new, one, context.cancel, |lay| {
            context.run_value(lay.name, lay)
        })?;
    }
    for lay in &jobs {
        let laid = context.run_value(lay.name, lay)?;
        sessions.add(lay.name, laid, context);
    }
    Ok(sessions)
}

impl Sessions {
    fn add(&mut self, file: &str, laid: Laid, context: &SoundContext<'_>) {
        if let Some(why) = laid.unusable {
            context.warn(format!("{file}: {why}; it is not used"));
            return;
        }
        for (line, readings) in laid.readings {
            if let Ok(line) = line.parse::<LineId>() {
                self.readings.entry(line).or_default().extend(readings);
            }
        }
        self.speech.insert(file.to_owned(), laid.speech);
    }

    /// The reading of `line` that is laid: the last complete one, else the fullest if most of the line is in it.
    pub(crate) fn chosen(&self, line: &LineId) -> Option<&Reading> {
        let readings = self.readings.get(line)?;
        let fullest = || {
            let most = readings.iter().filter(|reading| reading.said >= MOST_OF_A_LINE);
            most.max_by(|a, b| a.said.total_cmp(&b.said))
        };
        readings.iter().rfind(|reading| reading.complete).or_else(fullest)
    }

    /// The silence between two sources as the actors left it, in samples: where they follow each other in one recording
    /// and nothing else is said between.
    pub(crate) fn own_pause(&self, before: &Source, after: &Source, rate: SampleRate) -> Option<u64> {
        let crate::Origin::File(file) = &after.origin else { return None };
        let speech = self.speech.get(file)?;
        let silence = (before.part.end.0, after.part.start.0);
        let follows = before.origin == after.origin && before.hash == after.hash && silence.0 <= silence.1;
        let is_silent = || !speech.iter().any(|(start, end)| *start < silence.1 && *end > silence.0);
        let pause = silence.1.saturating_sub(silence.0);
        (follows && pause <= rate.samples_from_millis(LONGEST_OWN_PAUSE_MS) && is_silent()).then_some(pause)
    }
}

/// A recording laid against lines, with all that this depends on.
struct Lay<'a> {
    name: &'a str,
    file: PathBuf,
    hash: Hash,
    lines: Vec<Line>,
    rate: SampleRate,
    espeak: &'a Espeak,
    context: &'a SoundContext<'a>,
}

/// What a recording holds, in samples at the film's rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Laid {
    /// Why nothing of it can be used; a clause.
    unusable: Option<String>,
    /// Readings by line.
    readings: BTreeMap<String, Vec<Reading>>,
    /// Where somebody speaks.
    speech: Vec<(u64, u64)>,
}

impl<'a> Lay<'a> {
    fn new(
        name: &'a str,
        screenplay: &Screenplay,
        rules: &SoundRules,
        espeak: &'a Espeak,
        context: &'a SoundContext<'a>,
    ) -> Result<Self, String> {
        let file = context.folder.join(name);
        if std::fs::metadata(&file).is_ok_and(|file| file.len() == 0) {
            return Err("is empty (0 bytes)".to_owned());
        }
        let hash = hash_file(&file).map_err(|error| format!("cannot be read: {error}"))?;
        let lines = lines_of(name, screenplay, &rules.language);
        if lines.is_empty() {
            return Err("is named for no line of the script".to_owned());
        }
        Ok(Self { name, file, hash, lines, rate: rules.rate, espeak, context })
    }

    fn laid(&self, alignment: &Alignment) -> Laid {
        let unusable = match alignment.fit {
            Fit::Fits => None,
            Fit::Silent => Some("nobody speaks in it".to_owned()),
            Fit::OtherWords => Some("what is said in it is not the script's lines".to_owned()),
        };
        let at = |stretch: soundlock_align::Stretch| {
            let stretch = stretch.at_rate(self.rate.hz());
            (stretch.start, stretch.end)
        };
        let takes = alignment.lines.iter().flat_map(|line| &line.takes).map(|take| at(take.stretch));
        let extras = alignment.extras.iter().filter(|extra| extra.speech).map(|extra| at(extra.stretch));
        let mut speech: Vec<(u64, u64)> = takes.chain(extras).collect();
        speech.sort_unstable();
        let length = at(soundlock_align::Stretch { start: 0, end: alignment.samples }).1;
        let mut readings: BTreeMap<String, Vec<Reading>> = BTreeMap::new();
        for line in alignment.lines.iter().filter(|line| line.best.is_some()) {
            let of_line = line.takes.iter().map(|take| Reading {
                file: self.name.to_owned(),
                part: with_room(at(take.stretch), &speech, length, self.rate),
                complete: take.complete,
                said: take.said,
            });
            readings.insert(line.id.clone(), of_line.collect());
        }
        Laid { unusable, readings, speech }
    }
}

/// `part` with room before and after it, at most to the middle of the silence beside it.
fn with_room(part: (u64, u64), speech: &[(u64, u64)], length: u64, rate: SampleRate) -> (u64, u64) {
    let before = speech.iter().map(|(_, end)| *end).filter(|end| *end <= part.0).max().unwrap_or(0);
    let after =
        speech.iter().map(|(start, _)| *start).filter(|start| *start >= part.1).min().unwrap_or(length);
    let head = rate.samples_from_millis(BEFORE_MS).min((part.0 - before) / 2);
    let tail = rate.samples_from_millis(AFTER_MS).min((after.max(part.1) - part.1) / 2);
    (part.0 - head, part.1 + tail)
}

impl ValueStep for Lay<'_> {
    type Value = Laid;
    type Error = SoundError;
    const VERSION: (&'static str, u32) = ("lay-session", 1);

    fn inputs(&self) -> impl Serialize {
        let lines = self
            .lines
            .iter()
            .map(|line| (&line.id, &line.text, &line.language, &line.character, &line.scene));
        (
            (self.name, self.hash, self.rate),
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
        let stopped = || context.cancel.is_cancelled();
        let aligning = AlignContext { espeak: &self.espeak.program, stopped: &stopped };
        let mut sides = Sides::new(|block: &mut [f32]| Ok(reader.read(block)?));
        let alignment = align(&mut sides, &self.lines, &aligning);
        context.cancel.check()?;
        match alignment {
            Ok(alignment) => Ok(self.laid(&alignment)),
            Err(soundlock_align::AlignError::Recording { source, .. }) => {
                not_sound(Fault::File(format!("cannot be read as sound: {source}")))
            }
            Err(source) => Err(SoundError::Align { file: self.name.to_owned(), source }),
        }
    }
}

fn not_sound(fault: Fault) -> Result<Laid, SoundError> {
    match fault {
        Fault::File(why) => {
            Ok(Laid { unusable: Some(format!("it {why}")), readings: BTreeMap::new(), speech: Vec::new() })
        }
        Fault::Other(error) => Err(error),
    }
}

/// The lines that a recording of this name may hold: those of the scene that it begins with and of the character that
/// it names; all where it names neither.
fn lines_of(name: &str, screenplay: &Screenplay, language: &str) -> Vec<Line> {
    let stem = stem_of(name).to_lowercase();
    let plain = ["scene", "sc", "s#", "s", "씬"]
        .iter()
        .find_map(|prefix| {
            stem.strip_prefix(prefix).map(|rest| rest.trim_start_matches([' ', '_', '-', '.']))
        })
        .unwrap_or(&stem);
    let scenes = screenplay.scenes.iter().map(|scene| scene.id.as_str().to_lowercase());
    let scene = scenes
        .filter(|id| name_begins_with(&stem, id) || name_begins_with(plain, id))
        .max_by_key(String::len);
    let named: Vec<&str> = screenplay.lines().map(|(_, line)| line.character.as_str()).collect();
    let character = named.into_iter().filter(|name| names(&stem, name)).max_by_key(|name| name.len());
    let all = || screenplay.lines().filter(|(_, line)| !line.text.trim().is_empty());
    let in_scene = |id: &str| scene.as_ref().is_none_or(|scene| id.to_lowercase() == *scene);
    let by_both = all().filter(|(scene, line)| {
        in_scene(scene.id.as_str()) && character.is_none_or(|character| line.character == character)
    });
    let by_scene = all().filter(|(scene, _)| in_scene(scene.id.as_str()));
    let line = |(scene, line): (&soundlock_script::Scene, &soundlock_script::Line)| Line {
        id: line.id.as_str().to_owned(),
        text: line.text.clone(),
        language: if language_of(&line.text) == "ko" { "ko" } else { language }.to_owned(),
        character: line.character.clone(),
        scene: scene.id.as_str().to_owned(),
    };
    let both: Vec<Line> = by_both.map(line).collect();
    if both.is_empty() { by_scene.map(line).collect() } else { both }
}

/// Whether the file's name has `character` in it, as words of their own.
fn names(stem: &str, character: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let parts = text.split(|c: char| !c.is_alphanumeric());
        parts.filter(|part| !part.is_empty()).map(str::to_lowercase).collect()
    };
    let (stem, character) = (words(stem), words(character));
    !character.is_empty() && stem.windows(character.len()).any(|some| some == character)
}

#[cfg(test)]
mod tests {
    use soundlock_time::{Sample, SampleRange};

    use super::*;
    use crate::testfilm::{Script, source};

    fn ids(name: &str) -> String {
        let script = Script::new()
            .scene()
            .line_with_id("1.01", "MINA", "One.")
            .line_with_id("1.02", "JONAS", "Two.")
            .scene()
            .line_with_id("2.01", "MINA", "Three.")
            .line_with_id("2.02", "OLD MAN", "Four.")
            .done();
        lines_of(name, &script, "en").iter().map(|line| line.id.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_name_says_which_lines_a_recording_may_hold() {
        for (name, lines) in [
            ("voices/session one.wav", "1.01 1.02 2.01 2.02"),
            ("voices/1.wav", "1.01 1.02"),
            ("voices/Scene 2 take 1.flac", "2.01 2.02"),
            ("voices/S#2.mp3", "2.01 2.02"),
            ("voices/2_mina_t3.wav", "2.01"),
            ("voices/mina.wav", "1.01 2.01"),
            ("voices/the old man.wav", "2.02"),
            ("voices/minas day.wav", "1.01 1.02 2.01 2.02"),
            ("voices/1 old man.wav", "1.01 1.02"),
        ] {
            assert_eq!(ids(name), lines, "{name}");
        }
    }

    #[test]
    fn the_last_complete_reading_is_chosen_else_the_fullest() {
        let reading = |start: u64, complete: bool, said: f32| Reading {
            file: "a.wav".to_owned(),
            part: (start, start + 10),
            complete,
            said,
        };
        for (readings, start) in [
            (vec![(true, 1.0), (true, 1.0), (false, 0.9)], Some(1)),
            (vec![(false, 0.8), (false, 0.9), (false, 0.2)], Some(1)),
            (vec![(false, 0.3)], None),
            (vec![], None),
        ] {
            let id: LineId = "1.01".parse().unwrap();
            let of_line = (0..).zip(&readings).map(|(at, (complete, said))| reading(at, *complete, *said));
            let sessions =
                Sessions { readings: [(id.clone(), of_line.collect())].into(), ..Sessions::default() };
            assert_eq!(sessions.chosen(&id).map(|reading| reading.part.0), start, "{readings:?}");
        }
    }

    #[test]
    fn the_actors_own_pause_is_known_where_nothing_else_is_said_in_it() {
        let part = |file: &str, start: u64, end: u64| {
            let part = SampleRange { start: Sample(start), end: Sample(end) };
            Source { part, ..source(file, 1) }
        };
        let speech = vec![(1000, 2000), (2500, 4000), (9000, 9500), (9800, 12_000)];
        let sessions = Sessions { speech: [("a".to_owned(), speech)].into(), ..Sessions::default() };
        let pause = |before: &Source, after: &Source| sessions.own_pause(before, after, SampleRate::FILM);
        assert_eq!(pause(&part("a", 990, 2100), &part("a", 2450, 4100)), Some(350));
        assert_eq!(
            pause(&part("a", 2450, 4100), &part("a", 9750, 12_100)),
            None,
            "something is said between"
        );
        assert_eq!(pause(&part("a", 2450, 4100), &part("a", 990, 2100)), None, "the other way round");
        assert_eq!(pause(&part("b", 990, 2100), &part("a", 2450, 4100)), None, "another file");
        assert_eq!(pause(&part("a", 0, 100), &part("a", 400_000, 400_100)), None, "too long");
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
