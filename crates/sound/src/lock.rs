//! The stage that locks: what sounds is found or spoken, then everything is laid.

use std::collections::{BTreeMap, BTreeSet};

use soundlock_script::{Line, LineId, Screenplay};
use soundlock_time::{Sample, SampleRange};
use soundlock_vault::{Hash, Object, run_all, run_stage};

use crate::context::SoundContext;
use crate::format::is_below_the_folder;
use crate::layout::{CueFile, Ingredients, Played, cue_files, lay};
use crate::readings::{Flaw, LineReadings, Reading, Readings, readings};
use crate::recordings::Recordings;
use crate::scratch::Speak;
use crate::source::{Fault, Use, heard, ready};
use crate::speaking::{ServiceVoice, brought, spoken};
use crate::voice::service_voice;
use crate::wav::wav_shape;
use crate::{LockedSound, Origin, Retired, SoundError, SoundRules, Source, Voice, cast_voices, known_ids};

/// Locks the sound of `screenplay`: recordings where there are, the scratch voice for the rest, laid by `rules`.
///
/// `previous` is the lock before: characters keep the scratch voice that they have there. What would move against it
/// is told by [`moves`](crate::moves); whether it may is for the caller to ask.
pub fn lock(
    screenplay: &Screenplay,
    rules: &SoundRules,
    recordings: &Recordings,
    previous: Option<&LockedSound>,
    context: &SoundContext<'_>,
) -> Result<LockedSound, SoundError> {
    if screenplay.scenes.is_empty() {
        return Err(SoundError::NoScenes);
    }
    let readings = readings(screenplay, rules, recordings, context)?;
    warn_of(&readings, context)?;
    let plan = Plan::new(screenplay, rules, &readings, previous, context)?;
    plan.tell_stand_ins(context);
    let mut ingredients = Ingredients::default();
    plan.speak(rules, context)?;
    let lines = run_all(plan.lines, context.workers, context.cancel, |line| line.source(rules, context))?;
    ingredients.lines.extend(lines);
    ingredients.played = as_played(screenplay, &ingredients.lines, &readings);
    let cues =
        run_all(cue_files(screenplay).collect(), context.workers, context.cancel, |(scene, beat, cue)| {
            Ok::<_, SoundError>(((scene, beat), cue_source(&cue, rules, context)?))
        })?;
    ingredients.cues.extend(cues);
    let mut locked = lay(screenplay, rules, &ingredients, context.reporter)?;
    locked.retired = retired(screenplay, previous);
    Ok(locked)
}

/// Says what is wrong with the recordings. A line whose every recording is damaged is an error: somebody recorded it.
fn warn_of(readings: &Readings, context: &SoundContext<'_>) -> Result<(), SoundError> {
    for line in &readings.lines {
        if let (Some((file, why)), true) = (line.damaged.last(), line.readings.is_empty()) {
            let (file, line) = (file.clone(), line.id.clone());
            return Err(SoundError::Recording { file, line, why: why.clone() });
        }
        warn_of_line(line, context);
    }
    for recording in &readings.recordings {
        if let Some(why) = &recording.unusable {
            context.warn(format!("{}: {why}; it is not used", recording.file));
        }
    }
    Ok(())
}

fn warn_of_line(line: &LineReadings, context: &SoundContext<'_>) {
    let id = &line.id;
    if let Some(choice) = &line.lost_choice {
        context.warn(format!("film.toml chooses {choice} of line {id}, which is not there"));
    }
    let Some(reading) = line.chosen_reading() else { return };
    for flaw in &reading.flaws {
        match flaw {
            Flaw::Silent => {
                context.warn(format!("nothing is heard in {}, the recording of line {id}", reading.file));
            }
            Flaw::OtherWords => context.warn(format!(
                "what is said in {} is likely not line {id}; `soundlock line {id}` shows its readings",
                reading.file
            )),
            _ => {}
        }
    }
}

/// Numbers that `previous` knew and the script has no more.
fn retired(screenplay: &Screenplay, previous: Option<&LockedSound>) -> Retired {
    let Some(previous) = previous else { return Retired::default() };
    let after = known_ids(previous).after(screenplay);
    Retired { scenes: after.retired_scenes, lines: after.retired_lines }
}

/// Who says each line.
pub(crate) struct Plan<'a> {
    lines: Vec<PlannedLine<'a>>,
    /// Lines for which a voice of this machine stands in until the service that is cast has spoken them.
    pub(crate) unspoken: Vec<(&'a Line, ServiceVoice)>,
}

#[derive(Clone)]
struct PlannedLine<'a> {
    line: &'a Line,
    said_by: SaidBy<'a>,
}

#[derive(Clone)]
enum SaidBy<'a> {
    Actor(&'a Reading),
    Scratch(Voice),
    Service(ServiceVoice, Object),
}

impl<'a> Plan<'a> {
    pub(crate) fn new(
        screenplay: &'a Screenplay,
        rules: &SoundRules,
        readings: &'a Readings,
        previous: Option<&LockedSound>,
        context: &SoundContext<'_>,
    ) -> Result<Self, SoundError> {
        let voices = cast_voices(screenplay, rules, previous, context.espeak.is_none());
        let said = screenplay.lines().filter(|(_, line)| !line.text.trim().is_empty());
        let read: BTreeMap<&LineId, &LineReadings> =
            readings.lines.iter().map(|line| (&line.id, line)).collect();
        let (mut lines, mut unspoken) = (Vec::new(), Vec::new());
        for (_, line) in said {
            let said_by = match read.get(&line.id).and_then(|line| line.chosen_reading()) {
                Some(reading) => SaidBy::Actor(reading),
                None => match by_service(line, rules, context)? {
                    Some((voice, Some(object))) => SaidBy::Service(voice.clone(), object),
                    none_yet => {
                        unspoken.extend(none_yet.map(|(voice, _)| (line, voice.clone())));
                        SaidBy::Scratch(voices[&line.character].clone())
                    }
                },
            };
            lines.push(PlannedLine { line, said_by });
        }
        if context.espeak.is_none() && lines.iter().any(|line| matches!(line.said_by, SaidBy::Scratch(_))) {
            context.warn("espeak-ng is not installed: lines without a recording are hummed".to_owned());
        }
        Ok(Self { lines, unspoken })
    }

    fn tell_stand_ins(&self, context: &SoundContext<'_>) {
        let names: BTreeSet<String> = self.unspoken.iter().map(|(_, voice)| voice.name()).collect();
        if !names.is_empty() {
            let names = names.into_iter().collect::<Vec<_>>().join(", ");
            let lines = match self.unspoken.len() {
                1 => "1 line is".to_owned(),
                more => format!("{more} lines are"),
            };
            context.warn(format!(
                "{lines} not spoken yet by {names}; a voice of this machine stands in; `soundlock speak` has that done"
            ));
        }
    }

    /// Speaks what the vault does not have yet, and tells how far it is.
    fn speak(&self, rules: &SoundRules, context: &SoundContext<'_>) -> Result<(), SoundError> {
        let mut missing = Vec::new();
        for planned in &self.lines {
            let Some(speak) = planned.speak(rules, context) else { continue };
            if context.vault.find(&context.vault.key_of(&speak)?)?.is_none() {
                missing.push((planned.line.id.to_string(), speak));
            }
        }
        if !missing.is_empty() {
            run_stage("sound", context.reporter, missing, context.workers, context.cancel, |speak| {
                context.run(&format!("line {}", speak.line), &speak)
            })?;
        }
        Ok(())
    }
}

impl PlannedLine<'_> {
    fn speak<'a>(&'a self, rules: &SoundRules, context: &SoundContext<'a>) -> Option<Speak<'a>> {
        let SaidBy::Scratch(voice) = &self.said_by else { return None };
        Some(Speak {
            line: &self.line.id,
            text: &self.line.text,
            voice,
            hz: rules.rate.hz(),
            espeak: context.espeak,
        })
    }

    fn source(&self, rules: &SoundRules, context: &SoundContext<'_>) -> Result<(LineId, Source), SoundError> {
        let source = match (&self.said_by, self.speak(rules, context)) {
            (SaidBy::Scratch(voice), Some(speak)) => spoken_source(&speak, voice, context)?,
            (SaidBy::Actor(reading), _) => reading.source(),
            (SaidBy::Service(voice, raw), _) => {
                let object = brought(&self.line.id, raw, rules.rate.hz(), context)?;
                source_of(&object, Origin::Scratch(voice.to_string()))
            }
            (SaidBy::Scratch(_), None) => unreachable!("a scratch line is always spoken"),
        };
        Ok((self.line.id.clone(), source))
    }
}

fn spoken_source(speak: &Speak<'_>, voice: &Voice, context: &SoundContext<'_>) -> Result<Source, SoundError> {
    let object = context.run(&format!("line {}", speak.line), speak)?;
    Ok(source_of(&object, Origin::Scratch(voice.to_string())))
}

/// A result of the vault that sounds from its first sample to its last.
fn source_of(object: &Object, origin: Origin) -> Source {
    let samples = wav_shape(&object.path).map_or(0, |shape| shape.frames);
    Source { origin, hash: object.hash.to_string(), part: SampleRange::new(Sample(0), samples) }
}

/// The service that is cast for a line, with what it spoke, if it did. "…" is said by saying nothing, which nobody is paid
/// for.
fn by_service<'r>(
    line: &Line,
    rules: &'r SoundRules,
    context: &SoundContext<'_>,
) -> Result<Option<(&'r ServiceVoice, Option<Object>)>, SoundError> {
    let voice = service_voice(&line.character, rules);
    let Some(voice) = voice.filter(|_| line.text.chars().any(char::is_alphanumeric)) else { return Ok(None) };
    Ok(Some((voice, spoken(voice, &line.text, context)?)))
}

/// Lines that follow each other in the script and in a recording.
fn as_played(
    screenplay: &Screenplay,
    sources: &BTreeMap<LineId, Source>,
    readings: &Readings,
) -> BTreeMap<LineId, Played> {
    let mut played = BTreeMap::new();
    for scene in &screenplay.scenes {
        let sounding: Vec<(&LineId, &Source)> =
            scene.lines().filter_map(|line| Some((&line.id, sources.get(&line.id)?))).collect();
        // Where one speaks on while another has said something, it is his end that counts.
        let mut end = Sample(0);
        for pair in sounding.windows(2) {
            let ((_, before), (id, after)) = (pair[0], pair[1]);
            end = end.max(before.part.end);
            match readings.own_pause(before, end, after) {
                Some(pause) => {
                    let from_start = after.part.start.0 - before.part.start.0;
                    played.insert(id.clone(), Played { from_start, pause });
                }
                None => end = Sample(0),
            }
        }
    }
    played
}

fn file_source(file: &str, hash: Hash, (start, end): (u64, u64)) -> Source {
    let part = SampleRange { start: Sample(start), end: Sample(end) };
    Source { origin: Origin::File(file.to_owned()), hash: hash.to_string(), part }
}

fn cue_source(cue: &CueFile, rules: &SoundRules, context: &SoundContext<'_>) -> Result<Source, SoundError> {
    let there = is_below_the_folder(&cue.path) && context.folder.join(&cue.path).is_file();
    if !there {
        return Err(SoundError::NoCueFile { file: cue.path.clone(), script_line: cue.script_line });
    }
    let at_fault = |fault| match fault {
        Fault::File(why) => SoundError::Cue { file: cue.path.clone(), scene: cue.scene.clone(), why },
        Fault::Other(error) => error,
    };
    let ready = ready(&cue.path, Use::Cue, rules.rate, context).map_err(at_fault)?;
    let heard = heard(&cue.path, &ready, rules.rate.hz(), context)?;
    Ok(file_source(&cue.path, ready.hash, (0, heard.samples)))
}
