//! The score of a mix: every sound with its file, place and gain, from a locked sound.

use std::collections::BTreeMap;
use std::sync::Arc;

use soundlock_script::LineId;
use soundlock_vault::{Object, run_all};

use crate::context::SoundContext;
use crate::edit::{Clip, EditRules, edited};
use crate::gain::{Fade, Fades, apart};
use crate::handles::{FindHandles, Handles};
use crate::layout::scene_starts;
use crate::render::{Score, Sounding, Stem};
use crate::room::{FindRoom, Room};
use crate::scratch::{SCRATCH_DBFS, Speak};
use crate::source::{Fault, Ready, Use, heard, heard_in, ready};
use crate::speaking::{self, ServiceVoice};
use crate::{CueKind, LockedCue, LockedLine, LockedSound, Origin, SoundError, SoundRules, Voice};

/// The most that a quiet recording is raised or a loud one lowered.
const MOST_CHANGE_DB: f64 = 30.0;

/// Everything that `locked` sounds like.
pub(crate) fn score(
    locked: &LockedSound,
    rules: &SoundRules,
    context: &SoundContext<'_>,
) -> Result<Score, SoundError> {
    let starts = scene_starts(locked);
    let placed = locked.scenes.iter().zip(&starts);
    let lines = placed
        .clone()
        .enumerate()
        .flat_map(|(place, (scene, start))| scene.lines.iter().map(move |line| (place, *start, line)));
    let cues = placed.flat_map(|(scene, start)| scene.cues.iter().map(move |cue| (*start, scene, cue)));
    let mut soundings = line_soundings(lines.collect(), locked, rules, context)?;
    let cues = cues.filter(|(_, _, cue)| !cue.source.part.is_empty()).collect();
    soundings.extend(run_all(cues, context.workers, context.cancel, |(start, scene, cue)| {
        cue_sounding(start, cue, &format!("a cue of scene {}", scene.id), locked, rules, context)
    })?);
    let (ducking, speakers) = (rules.ducking, rules.speakers);
    let spoken = spoken_stretches(locked);
    Ok(Score { hz: locked.rate.hz(), samples: locked.samples(), soundings, spoken, ducking, speakers })
}

/// Where in the film somebody speaks, first and last sample, in order and apart.
pub(crate) fn spoken_stretches(locked: &LockedSound) -> Vec<(u64, u64)> {
    let placed = locked.scenes.iter().zip(scene_starts(locked));
    let lines = placed.flat_map(|(scene, start)| scene.lines.iter().map(move |line| (start, line)));
    apart(lines.map(|(start, line)| (start + line.at.0, start + line.end().0)).collect())
}

/// A line's file and, where it was recorded, its level.
pub(crate) struct ReadyLine {
    pub(crate) ready: Ready,
    level_db: Option<f64>,
}

/// The file that `line` is read from, checked to be the one that was locked.
pub(crate) fn ready_line(
    line: &LockedLine,
    locked: &LockedSound,
    context: &SoundContext<'_>,
) -> Result<ReadyLine, SoundError> {
    match &line.source.origin {
        Origin::Scratch(voice) => spoken(line, voice, locked, context),
        Origin::File(file) => {
            let at_fault = |fault| match fault {
                Fault::File(why) => SoundError::Recording { file: file.clone(), line: line.id.clone(), why },
                Fault::Other(error) => error,
            };
            let ready = ready(file, Use::Voice, locked.rate, context).map_err(at_fault)?;
            check_unchanged(&ready, &line.source.hash, file, || format!("line {}", line.id))?;
            let (hz, part) = (locked.rate.hz(), (line.source.part.start.0, line.source.part.end.0));
            let whole = heard(file, &ready, hz, context)?;
            // Of a recording of many lines only this one counts: another may be another character's.
            let heard = if part == whole.part { whole } else { heard_in(file, part, &ready, hz, context)? };
            Ok(ReadyLine { ready, level_db: heard.level_db })
        }
    }
}

/// Checks that no recording was written over since a line was locked to it. One that is gone is no fault of the lock: the
/// line is spoken by scratch again, which is a move that is told.
pub fn check_recordings(locked: &LockedSound, context: &SoundContext<'_>) -> Result<(), SoundError> {
    for line in locked.scenes.iter().flat_map(|scene| &scene.lines) {
        let Origin::File(file) = &line.source.origin else { continue };
        let now = match context.hashes.of(&context.folder.join(file)) {
            Ok(hash) => hash.to_string(),
            Err(Fault::File(_)) => continue,
            Err(Fault::Other(error)) => return Err(error),
        };
        if now != line.source.hash {
            return Err(SoundError::Changed { file: file.clone(), what: format!("line {}", line.id) });
        }
    }
    Ok(())
}

fn check_unchanged(
    ready: &Ready,
    hash: &str,
    file: &str,
    what: impl Fn() -> String,
) -> Result<(), SoundError> {
    if ready.hash.to_string() == hash {
        return Ok(());
    }
    Err(SoundError::Changed { file: file.to_owned(), what: what() })
}

fn spoken(
    line: &LockedLine,
    voice: &str,
    locked: &LockedSound,
    context: &SoundContext<'_>,
) -> Result<ReadyLine, SoundError> {
    let voice: Voice = voice.parse()?;
    if let Voice::Service(voice) = &voice {
        return spoken_by_service(line, voice, locked, context);
    }
    let speak = Speak {
        line: &line.id,
        text: &line.text,
        voice: &voice,
        hz: locked.rate.hz(),
        espeak: context.espeak,
    };
    let object = context.run(&format!("line {}", line.id), &speak)?;
    Ok(ready_voice(line, object, context))
}

fn spoken_by_service(
    line: &LockedLine,
    voice: &ServiceVoice,
    locked: &LockedSound,
    context: &SoundContext<'_>,
) -> Result<ReadyLine, SoundError> {
    let raw = speaking::spoken(voice, &line.text, context)?;
    let gone = || SoundError::NotSpoken { voice: voice.name(), text: line.text.clone() };
    let object = speaking::brought(&line.id, &raw.ok_or_else(gone)?, locked.rate.hz(), context)?;
    Ok(ready_voice(line, object, context))
}

fn ready_voice(line: &LockedLine, object: Object, context: &SoundContext<'_>) -> ReadyLine {
    if object.hash.to_string() != line.source.hash {
        context.warn(format!("the scratch voice sounds different from when line {} was locked", line.id));
    }
    ReadyLine {
        ready: Ready { file: object.path, hash: object.hash, file_hash: object.hash },
        level_db: None,
    }
}

fn line_soundings(
    lines: Vec<(usize, u64, &LockedLine)>,
    locked: &LockedSound,
    rules: &SoundRules,
    context: &SoundContext<'_>,
) -> Result<Vec<Sounding>, SoundError> {
    let audible = lines.into_iter().filter(|(_, _, line)| !line.source.part.is_empty()).collect();
    let ready = run_all(audible, context.workers, context.cancel, |(scene, start, line)| {
        Ok::<_, SoundError>((scene, start, line, ready_line(line, locked, context)?))
    })?;
    let levels = levels_of_characters(&ready);
    let dialogue_db = rules.levels.dialogue_dbfs;
    let beside = beside_lines(&ready, locked, context)?;
    let clip = |(place, (scene, start, line, ready)): (usize, (usize, u64, &LockedLine, ReadyLine))| {
        let from_db = match ready.level_db {
            Some(_) => levels.get(line.character.as_str()).copied().unwrap_or(dialogue_db),
            None => SCRATCH_DBFS,
        };
        let (handles, room) = beside.get(&place).cloned().unzip();
        Clip {
            scene,
            at: start + line.at.0,
            part: line.source.part,
            gain_db: (dialogue_db - from_db).clamp(-MOST_CHANGE_DB, MOST_CHANGE_DB),
            ready: ready.ready,
            handles: handles.unwrap_or_default(),
            room,
        }
    };
    let clips: Vec<Clip> = ready.into_iter().enumerate().map(clip).collect();
    let edit_rules = EditRules { hz: locked.rate.hz(), room_tone_db: rules.levels.room_tone_db };
    Ok(edited(&clips, &scene_ranges(locked), &edit_rules))
}

type Placed<'a> = (usize, u64, &'a LockedLine, ReadyLine);

/// What lies beside each line that was recorded, and its room, by its place among `lines`.
fn beside_lines(
    lines: &[Placed<'_>],
    locked: &LockedSound,
    context: &SoundContext<'_>,
) -> Result<BTreeMap<usize, (Handles, Arc<Room>)>, SoundError> {
    let mut files: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, (_, _, line, _)) in lines.iter().enumerate() {
        if let Origin::File(file) = &line.source.origin {
            files.entry(file).or_default().push(place);
        }
    }
    let hz = locked.rate.hz();
    let found = run_all(files.into_iter().collect(), context.workers, context.cancel, |(file, places)| {
        let ready = &lines[places[0]].3.ready;
        let room = Arc::new(context.run_value(file, &FindRoom { ready, hz, context })?);
        let part = |place: &usize| lines[*place].2.source.part;
        let parts = places.iter().map(part).map(|part| (part.start.0, part.end.0)).collect();
        let handles = context.run_value(file, &FindHandles { ready, hz, parts, context })?;
        let beside = places.into_iter().zip(handles);
        Ok::<_, SoundError>(
            beside.map(|(place, handles)| (place, (handles, Arc::clone(&room)))).collect::<Vec<_>>(),
        )
    })?;
    Ok(found.into_iter().flatten().collect())
}

/// First sample of each scene in the film and the first one after it.
fn scene_ranges(locked: &LockedSound) -> Vec<(u64, u64)> {
    let sample = |frame| locked.fps.first_sample(frame, locked.rate).0;
    let scenes = locked.stretches().filter(|(_, stretch)| matches!(stretch, crate::Stretch::Scene(_)));
    scenes.map(|(range, _)| (sample(range.start), sample(range.end))).collect()
}

/// The middle level of each character's recordings: all are moved alike, so that a whisper stays a whisper.
fn levels_of_characters<'a>(lines: &[(usize, u64, &'a LockedLine, ReadyLine)]) -> BTreeMap<&'a str, f64> {
    let mut levels: BTreeMap<&str, BTreeMap<&LineId, f64>> = BTreeMap::new();
    for (_, _, line, ready) in lines {
        if let Some(level_db) = ready.level_db {
            levels.entry(&line.character).or_default().insert(&line.id, level_db);
        }
    }
    let middle = |levels: BTreeMap<&LineId, f64>| {
        let mut sorted: Vec<f64> = levels.into_values().collect();
        sorted.sort_by(f64::total_cmp);
        sorted[sorted.len() / 2]
    };
    levels.into_iter().map(|(character, levels)| (character, middle(levels))).collect()
}

fn millis(locked: &LockedSound, millis: u64) -> u64 {
    locked.rate.samples_from_millis(millis)
}

fn cue_sounding(
    start: u64,
    cue: &LockedCue,
    what: &str,
    locked: &LockedSound,
    rules: &SoundRules,
    context: &SoundContext<'_>,
) -> Result<Sounding, SoundError> {
    let Origin::File(file) = &cue.source.origin else {
        return Err(SoundError::NoSuchVoice { text: what.to_owned() });
    };
    let at_fault = |fault| match fault {
        Fault::File(why) => SoundError::CueGone { file: file.clone(), what: what.to_owned(), why },
        Fault::Other(error) => error,
    };
    let ready = ready(file, Use::Cue, locked.rate, context).map_err(at_fault)?;
    check_unchanged(&ready, &cue.source.hash, file, || what.to_owned())?;
    let heard = heard(file, &ready, locked.rate.hz(), context)?;
    let cut_short = cue.source.part.end.0 < heard.samples;
    let (stem, gain_db, tail_ms) = match cue.kind {
        CueKind::Music => {
            let change = heard.level_db.map_or(0.0, |level_db| rules.levels.music_dbfs - level_db);
            (
                Stem::Music,
                change.clamp(-MOST_CHANGE_DB, MOST_CHANGE_DB),
                rules.levels.music_fade_ms.min(60_000),
            )
        }
        CueKind::Effect => (Stem::Effects, rules.levels.effects_db.clamp(-60.0, 30.0), 200),
    };
    let tail =
        if cut_short { millis(locked, tail_ms).min(cue.source.part.length() / 2) } else { millis(locked, 5) };
    Ok(Sounding {
        stem,
        at: start + cue.at.0,
        part: cue.source.part,
        gain_db,
        fades: Fades { head: Fade::even(millis(locked, 2)), tail: Fade::even(tail) },
        offset: 0.0,
        hash: ready.file_hash.to_string(),
        file: ready.file,
    })
}
