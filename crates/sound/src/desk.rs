//! One scene laid in order, as an editor does at a desk: what stands between two lines is gathered, then closed.

use soundlock_script::{Beat, Direction, DualSide, Line, LineId, Pause, Scene};
use soundlock_time::{FilmFrame, Sample};
use soundlock_vault::{Event, Reporter};

use crate::layout::{Ingredients, MusicNotes, Played};
use crate::pauses::{action_ms, beats_in, interrupts, is_cut_off, pause_after};
use crate::{CueKind, LockedCue, LockedLine, LockedScene, SoundRules, Source};

/// The longest pause that a note may ask for.
const MAX_PAUSE_SECS: u64 = 600;

/// The most that an interruption overlaps.
const MOST_OVERLAP_MS: u64 = 5000;

/// Frames before a line at which a `[[shot]]` note right before it cuts: a face is seen before it speaks.
const SHOT_LEADS_FRAMES: u32 = 4;

/// Lays one scene; also gives where music starts and stops in it.
pub(crate) fn lay_scene(
    number: usize,
    scene: &Scene,
    rules: &SoundRules,
    ingredients: &Ingredients,
    report: &dyn Reporter,
) -> (LockedScene, MusicNotes) {
    let mut desk = Desk {
        number,
        scene,
        rules,
        ingredients,
        report,
        end: 0,
        gap: Gap::default(),
        last: None,
        lines: Vec::new(),
        cues: Vec::new(),
        beats: Vec::new(),
        music: Vec::new(),
    };
    for (place, beat) in scene.beats.iter().enumerate() {
        desk.take_beat(place, beat);
    }
    let frames = desk.close_scene();
    let laid = LockedScene {
        id: scene.id.clone(),
        heading: scene.heading.text.clone(),
        frames,
        lines: desk.lines,
        cues: desk.cues,
        beats: desk.beats,
    };
    (laid, desk.music)
}

struct Desk<'a> {
    number: usize,
    scene: &'a Scene,
    rules: &'a SoundRules,
    ingredients: &'a Ingredients,
    report: &'a dyn Reporter,
    /// Samples from scene start to the end of everything said so far.
    end: u64,
    gap: Gap,
    /// The line said last.
    last: Option<&'a Line>,
    lines: Vec<LockedLine>,
    cues: Vec<LockedCue>,
    beats: Vec<(u32, usize)>,
    music: MusicNotes,
}

/// What stands between two lines.
#[derive(Default)]
struct Gap {
    /// Frames of action and of directed pauses so far.
    frames: u64,
    /// Whether a note directs the pause here.
    directed: bool,
    /// `(beat)`s.
    beats: u64,
    /// Notes on the picture after which nothing else has come yet.
    waiting_shots: Vec<usize>,
}

impl<'a> Desk<'a> {
    fn take_beat(&mut self, place: usize, beat: &'a Beat) {
        match beat {
            Beat::Action(action) => {
                let frames = self.action_frames(&action.text);
                self.take_action(place, frames);
            }
            Beat::Line(line) if line.text.trim().is_empty() => self.take_mute_line(place, line),
            Beat::Line(line) => self.take_line(line),
            Beat::Direction(Direction::Pause { length, .. }) => self.take_pause(*length),
            Beat::Direction(Direction::Music { file, .. }) => self.take_music(place, file.is_some()),
            Beat::Direction(Direction::Effect { .. }) => {
                self.take_cue(place, CueKind::Effect);
            }
            Beat::Direction(Direction::Shot { .. } | Direction::State { .. }) => {
                self.gap.waiting_shots.push(place);
            }
            Beat::Transition { .. } => {}
        }
    }

    fn action_frames(&self, text: &str) -> u64 {
        let millis = self.rules.paced(&self.scene.id, action_ms(text, &self.rules.action));
        u64::from(self.rules.fps.frames_from_millis(millis))
    }

    fn take_action(&mut self, place: usize, frames: u64) {
        let begins = self.frame_now();
        for shot in std::mem::take(&mut self.gap.waiting_shots) {
            self.beats.push((begins, shot));
        }
        self.beats.push((begins, place));
        self.gap.frames += frames;
    }

    /// A cue with nothing said under it: its parentheticals are seen, not heard.
    fn take_mute_line(&mut self, place: usize, line: &Line) {
        let beats: u64 = line.parentheticals.iter().map(|(_, words)| beats_in(words)).sum();
        self.gap.beats += beats;
        if beats == 0 && !line.parentheticals.is_empty() {
            let words: Vec<&str> = line.parentheticals.iter().map(|(_, words)| words.as_str()).collect();
            let frames = self.action_frames(&words.join(" "));
            self.take_action(place, frames);
        }
    }

    fn take_pause(&mut self, length: Pause) {
        let most = self.rules.fps.frames_from_millis(MAX_PAUSE_SECS * 1000);
        let frames = match length {
            Pause::Millis(millis) => self.rules.fps.frames_from_millis(millis.min(MAX_PAUSE_SECS * 2000)),
            Pause::Frames(frames) => frames,
        };
        if frames > most {
            self.warn(format!("a pause in scene {} is cut to {MAX_PAUSE_SECS} s", self.scene.id));
        }
        self.gap.frames += u64::from(frames.min(most));
        self.gap.directed = true;
    }

    fn warn(&self, message: String) {
        self.report.report(Event::Warning { stage: "sound", message });
    }

    fn take_music(&mut self, place: usize, starts: bool) {
        let cue = if starts { self.take_cue(place, CueKind::Music) } else { None };
        if cue.is_some() || !starts {
            self.music.push((Sample(self.sample_now()), cue));
        }
    }

    /// Puts a cue where its note stands; gives its place among the scene's cues.
    fn take_cue(&mut self, place: usize, kind: CueKind) -> Option<usize> {
        let source = self.ingredients.cues.get(&(self.number, place))?.clone();
        self.cues.push(LockedCue { kind, at: Sample(self.sample_now()), source });
        Some(self.cues.len() - 1)
    }

    fn take_line(&mut self, line: &'a Line) {
        let Some(source) = self.ingredients.lines.get(&line.id).cloned() else { return };
        let together = self.starts_with_the_left(line).filter(|_| !self.is_played_over(line));
        let at = match together {
            Some(at) => at,
            None => self.close_gap(line),
        };
        let locked = locked_line(line, at, source);
        self.end = self.end.max(locked.end().0);
        self.lines.push(locked);
        self.last = Some(line);
        self.gap.beats += beats_standing(line, |place| place >= line.text.len());
    }

    /// Where the left side of this right side starts.
    fn starts_with_the_left(&self, line: &Line) -> Option<u64> {
        let left = self.last.filter(|last| last.dual == Some(DualSide::Left))?;
        (line.dual == Some(DualSide::Right) && left.dual.is_some())
            .then(|| self.lines.last().map(|line| line.at.0))?
    }

    /// Whether the actors spoke at once: then each is heard in the other's line, and they stay as they were.
    fn is_played_over(&self, line: &Line) -> bool {
        self.ingredients.played.get(&line.id).is_some_and(|played| played.pause < 0)
    }

    /// Where `line` starts, after everything that stands in the gap before it.
    fn close_gap(&mut self, line: &Line) -> u64 {
        let beats = self.gap.beats + beats_standing(line, |place| place == 0);
        let silence = match self.last {
            None => self.rules.room.head_ms,
            Some(last) => pause_after(&last.text, last.character == line.character, &self.rules.pauses),
        };
        let gap = std::mem::take(&mut self.gap);
        let start = if gap.directed {
            // To the frame as directed: all else that would pause here is silent.
            self.end + self.samples_of(gap.frames)
        } else if let Some(played) = self.ingredients.played.get(&line.id) {
            self.as_played(*played, gap.frames)
        } else if let Some(early) = self.interruption(line, gap.frames + beats) {
            self.frame_start_at_or_after(self.end.saturating_sub(early))
        } else {
            let silent = self.samples_of_millis(silence).max(self.samples_of(gap.frames));
            self.frame_start_at_or_after(self.end + silent + self.beat_samples(beats))
        };
        self.place_shots(gap.waiting_shots, start);
        start
    }

    /// What the actors played, beats included; only action that takes longer opens it.
    fn as_played(&self, played: Played, acted_frames: u64) -> u64 {
        let before = self.lines.last().map_or(self.end, |line| line.at.0);
        let acted = self.samples_of(acted_frames);
        if acted_frames > 0 && i64::try_from(acted).is_ok_and(|acted| acted > played.pause) {
            return self.end + acted;
        }
        before + played.from_start
    }

    /// How much earlier than the end of the line before it `line` starts, where it interrupts: the script says so, or the
    /// line before it ends in a dash, and nothing stands between.
    fn interruption(&self, line: &Line, between: u64) -> Option<u64> {
        let last = self.last.filter(|last| last.character != line.character && between == 0)?;
        let mut openings = line.parentheticals.iter().filter(|(place, _)| *place == 0);
        let asked = openings.any(|(_, words)| interrupts(words));
        let wanted = self.rules.rate.samples_from_millis(self.rules.pauses.overlap_ms.min(MOST_OVERLAP_MS));
        let shorter = self.length_of(&last.id).min(self.length_of(&line.id));
        ((asked || is_cut_off(&last.text)) && wanted > 0).then_some(wanted.min(shorter / 2))
    }

    fn length_of(&self, line: &LineId) -> u64 {
        self.ingredients.lines.get(line).map_or(0, |source| source.part.length())
    }

    /// Cuts to `[[shot]]`s that stand right before a line a little before it, but never into the line before.
    fn place_shots(&mut self, shots: Vec<usize>, line_start: u64) {
        let first = self.last.is_none() && self.beats.is_empty();
        let earliest = if first { 0 } else { self.frame_covering(self.end) };
        let speaks = self.rules.fps.frame_at(Sample(line_start), self.rules.rate).0;
        let lead = SHOT_LEADS_FRAMES.min(speaks.saturating_sub(earliest) / 2);
        let cut = if first { 0 } else { speaks.saturating_sub(lead).max(earliest.min(speaks)) };
        self.beats.extend(shots.into_iter().map(|shot| (cut, shot)));
    }

    /// Frames of the whole scene.
    fn close_scene(&mut self) -> u32 {
        let gap = std::mem::take(&mut self.gap);
        let acted = self.samples_of(gap.frames);
        let end = if gap.directed {
            self.end + acted
        } else {
            let tail = if self.last.is_some() { self.samples_of_millis(self.rules.room.tail_ms) } else { 0 };
            let least = self.samples_of_millis(self.rules.room.least_ms);
            (self.end + tail.max(acted) + self.beat_samples(gap.beats)).max(least)
        };
        let frames = self.rules.fps.frames_covering(end, self.rules.rate).max(1);
        let last =
            (self.frame_covering(self.end) + gap.frames.min(u64::from(u32::MAX / 2)) as u32).min(frames - 1);
        self.beats.extend(gap.waiting_shots.into_iter().map(|shot| (last, shot)));
        for (frame, _) in &mut self.beats {
            *frame = (*frame).min(frames - 1);
        }
        frames
    }

    fn beat_samples(&self, beats: u64) -> u64 {
        self.samples_of_millis(self.rules.pauses.beat_ms).saturating_mul(beats.min(100))
    }

    /// At the pace of this scene.
    fn samples_of_millis(&self, millis: u64) -> u64 {
        self.rules.rate.samples_from_millis(self.rules.paced(&self.scene.id, millis))
    }

    fn samples_of(&self, frames: u64) -> u64 {
        let frames = FilmFrame(frames.min(u64::from(u32::MAX)) as u32);
        self.rules.fps.first_sample(frames, self.rules.rate).0
    }

    fn frame_covering(&self, sample: u64) -> u32 {
        self.rules.fps.frames_covering(sample, self.rules.rate)
    }

    fn frame_start_at_or_after(&self, sample: u64) -> u64 {
        self.samples_of(u64::from(self.frame_covering(sample)))
    }

    /// The first whole frame after all that has been said, acted and waited so far.
    fn frame_now(&self) -> u32 {
        self.frame_covering(self.sample_now())
    }

    fn sample_now(&self) -> u64 {
        self.end + self.samples_of(self.gap.frames)
    }
}

fn locked_line(line: &Line, at: u64, source: Source) -> LockedLine {
    LockedLine {
        id: line.id.clone(),
        character: line.character.clone(),
        text: line.text.clone(),
        at: Sample(at),
        source,
        dual: line.dual,
    }
}

/// Beats among the parentheticals of `line` that stand where `at` says.
fn beats_standing(line: &Line, at: impl Fn(usize) -> bool) -> u64 {
    line.parentheticals.iter().filter(|(place, _)| at(*place)).map(|(_, words)| beats_in(words)).sum()
}

#[cfg(test)]
#[path = "desk_tests.rs"]
mod tests;
