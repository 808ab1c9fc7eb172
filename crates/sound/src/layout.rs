//! Where every line, cue and paragraph of action stands, from lengths alone: no file is touched here.

use std::collections::BTreeMap;

use soundlock_script::{Beat, Direction, LineId, SceneId, Screenplay};
use soundlock_time::{Sample, SampleRange};
use soundlock_vault::Reporter;

use crate::desk::lay_scene;
use crate::{CueKind, LockedSound, Retired, SoundError, SoundRules, Source};

/// The longest film.
pub(crate) const MAX_HOURS: u64 = 24;

/// What sounds, with its length known.
#[derive(Debug, Default)]
pub(crate) struct Ingredients {
    /// By line.
    pub(crate) lines: BTreeMap<LineId, Source>,
    /// Lines that follow the line before them in one recording.
    pub(crate) played: BTreeMap<LineId, Played>,
    /// By scene and beat, both counted from 0.
    pub(crate) cues: BTreeMap<(usize, usize), Source>,
}

/// Where a line lies against those before it, in samples, as the actors played it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Played {
    /// From the start of the line before it to its own.
    pub(crate) from_start: u64,
    /// The silence before it; below 0 where it begins before all others have ended.
    pub(crate) pause: i64,
}

/// A file that a note asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CueFile {
    pub(crate) kind: CueKind,
    /// Below the film folder.
    pub(crate) path: String,
    pub(crate) scene: SceneId,
    /// Line of the script, counted from 1.
    pub(crate) script_line: u32,
}

/// Every file that the notes of the script ask for, with its scene and beat.
pub(crate) fn cue_files(screenplay: &Screenplay) -> impl Iterator<Item = (usize, usize, CueFile)> {
    screenplay.scenes.iter().enumerate().flat_map(|(number, scene)| {
        scene.beats.iter().enumerate().filter_map(move |(place, beat)| {
            let (kind, path, span) = match beat {
                Beat::Direction(Direction::Music { file: Some(file), span }) => {
                    (CueKind::Music, format!("music/{file}"), span)
                }
                Beat::Direction(Direction::Effect { file, span }) => {
                    (CueKind::Effect, format!("effects/{file}"), span)
                }
                _ => return None,
            };
            let file = CueFile { kind, path, scene: scene.id.clone(), script_line: span.lines.start };
            Some((number, place, file))
        })
    })
}

/// Lays the whole film.
pub(crate) fn lay(
    screenplay: &Screenplay,
    rules: &SoundRules,
    ingredients: &Ingredients,
    report: &dyn Reporter,
) -> Result<LockedSound, SoundError> {
    if screenplay.scenes.is_empty() {
        return Err(SoundError::NoScenes);
    }
    let laid = screenplay.scenes.iter().enumerate();
    let (scenes, music) =
        laid.map(|(number, scene)| lay_scene(number, scene, rules, ingredients, report)).unzip();
    let mut locked = LockedSound {
        fps: rules.fps,
        rate: rules.rate,
        title_frames: rules.title_frames,
        scenes,
        credit_frames: rules.credit_frames.clone(),
        retired: Retired::default(),
    };
    check_length(&locked)?;
    end_cues(&mut locked, music);
    Ok(locked)
}

/// Refuses films whose positions would not fit, before anything is added up in 32 bits.
pub(crate) fn check_length(locked: &LockedSound) -> Result<(), SoundError> {
    let scenes = locked.scenes.iter().map(|scene| scene.frames);
    let all = scenes.chain([locked.title_frames]).chain(locked.credit_frames.iter().copied());
    let frames: u64 = all.map(u64::from).sum();
    let hour = u64::from(locked.fps.nominal()) * 3600;
    let hours = frames.div_ceil(hour);
    if hours > MAX_HOURS { Err(SoundError::TooLong { hours, limit: MAX_HOURS }) } else { Ok(()) }
}

/// Music that starts in a scene (which of its cues) or stops there (`None`), in the order of the script.
pub(crate) type MusicNotes = Vec<(Sample, Option<usize>)>;

/// Lets music sound until its own end, the next music or a stop, and everything at most until the film's end.
fn end_cues(locked: &mut LockedSound, music: Vec<MusicNotes>) {
    let (starts, film_end) = (scene_starts(locked), locked.samples());
    for (scene, start) in locked.scenes.iter_mut().zip(&starts) {
        for cue in &mut scene.cues {
            shorten(&mut cue.source, film_end.saturating_sub(start + cue.at.0));
        }
    }
    let numbered = music.into_iter().enumerate();
    let notes: Vec<(u64, usize, Option<usize>)> = numbered
        .flat_map(|(scene, notes)| notes.into_iter().map(move |(at, cue)| (scene, at, cue)))
        .map(|(scene, at, cue)| (starts[scene] + at.0, scene, cue))
        .collect();
    for pair in notes.windows(2) {
        if let (begins, scene, Some(cue)) = pair[0] {
            shorten(&mut locked.scenes[scene].cues[cue].source, pair[1].0.saturating_sub(begins));
        }
    }
    for scene in &mut locked.scenes {
        scene.cues.retain(|cue| !cue.source.part.is_empty());
    }
}

fn shorten(source: &mut Source, most: u64) {
    source.part = SampleRange::new(source.part.start, source.part.length().min(most));
}

/// First sample of each scene in the film.
pub(crate) fn scene_starts(locked: &LockedSound) -> Vec<u64> {
    let stretches = locked.stretches().filter(|(_, stretch)| matches!(stretch, crate::Stretch::Scene(_)));
    stretches.map(|(range, _)| locked.fps.first_sample(range.start, locked.rate).0).collect()
}
