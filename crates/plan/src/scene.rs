//! One scene: divided, covered, put into words.

use std::collections::{BTreeMap, BTreeSet};

use soundlock_script::{LineId, Scene, Screenplay, Setting};
use soundlock_sound::{LockedScene, LockedSound};
use soundlock_time::{FilmFrame, FrameRange};
use soundlock_vault::{Event, Reporter};

use crate::bible::{SceneStates, States, Telling, Told};
use crate::codes::codes;
use crate::coverage::{Choice, Moment, Settled, Stage, View, Voice, cover};
use crate::cutting::{Terms, divide};
use crate::doing::Doing;
use crate::draw::digest;
use crate::format::{Entry, Field, circumstances};
use crate::remembered::{Bounds, Old, bounds, recall, same_shots};
use crate::rhythm::{Limits, Medians, Rhythm};
use crate::sounding::{HeardLine, Sounding};
use crate::{
    Look, PlanError, PlanRules, Shot, ShotCode, ShotKind, SpeechSpan, names, price, prompt, reason, verbs,
};

/// What a scene is planned from.
pub(crate) struct SceneInput<'a> {
    pub(crate) locked: &'a LockedScene,
    pub(crate) screenplay: &'a Screenplay,
    pub(crate) script: &'a Scene,
    pub(crate) sound: &'a LockedSound,
    pub(crate) rules: &'a PlanRules,
    pub(crate) known_names: &'a BTreeSet<String>,
    /// Time of day.
    pub(crate) time: &'a str,
    /// How people and things are in it.
    pub(crate) states: Option<&'a SceneStates>,
    /// Shots of the plan before.
    pub(crate) before: &'a [&'a Entry],
    /// Where the scene begins in the film.
    pub(crate) film_start: FilmFrame,
}

/// A scene with everything that its shots are made from.
struct Planned<'a> {
    input: &'a SceneInput<'a>,
    sounding: Sounding,
    doing: Doing,
    present: Vec<String>,
    /// Lines whose speakers are not to be seen.
    unseen: BTreeSet<&'a LineId>,
    /// What is said in each line.
    words: BTreeMap<&'a LineId, &'a str>,
    olds: Vec<Old<'a>>,
    /// First frame of each shot.
    starts: Vec<u32>,
    /// The shot of the plan before that each is.
    same: Vec<Option<usize>>,
}

pub(crate) fn plan_scene(
    input: &SceneInput<'_>,
    medians: &mut Medians,
    report: &dyn Reporter,
) -> Result<Vec<Shot>, PlanError> {
    if input.locked.frames == 0 {
        return Ok(Vec::new());
    }
    let sounding = Sounding::of(input.locked, input.sound);
    let doing = Doing::of(input.script, input.locked, &sounding);
    let olds = recall(input.before, &input.locked.id, &sounding, input.rules)?;
    let directed: Vec<u32> = doing
        .notes
        .iter()
        .map(|(frame, _)| *frame)
        .filter(|frame| (1..sounding.frames).contains(frame))
        .collect();
    let bounds = bounds(&olds, &directed, sounding.frames, input.rules)?;
    let starts = starts(input, &sounding, &doing, &bounds, medians);
    let same = same_shots(&starts, sounding.frames, &olds);
    let unseen =
        input.script.lines().filter(|line| names::is_off_screen(line)).map(|line| &line.id).collect();
    let words = input.script.lines().map(|line| (&line.id, line.text.as_str())).collect();
    let present = names::present(input.script, input.known_names);
    let planned = Planned { input, sounding, doing, present, unseen, words, olds, starts, same };
    planned.warn_of_lost_words(report);
    planned.shots()
}

/// First frame of each shot: the cheapest division between the cuts that must be.
fn starts(
    input: &SceneInput<'_>,
    sounding: &Sounding,
    doing: &Doing,
    bounds: &Bounds,
    medians: &mut Medians,
) -> Vec<u32> {
    let (rules, fps, scene) = (input.rules, input.sound.fps, &input.locked.id);
    let mut cut_price = price::cut_prices(sounding, doing, fps);
    for frame in &bounds.soft {
        cut_price[*frame as usize] -= price::KEPT;
    }
    let longest = rules.longest_shot(&rules.generator).unwrap_or(rules.shortest_frames);
    let limits = Limits { shortest: rules.shortest_frames, longest };
    let pace_frames = rules.pace_secs_of(scene) * fps.as_f64();
    let rhythm = Rhythm::of(rules.seed, scene, sounding.frames, pace_frames, limits, medians);
    let terms = Terms {
        cut_price: &cut_price,
        rhythm: &rhythm,
        shortest: limits.shortest,
        longest: limits.longest,
        longest_from: &bounds.longest_from,
        kept: &bounds.kept,
    };
    let cuts: Vec<u32> = bounds.required.keys().copied().chain([sounding.frames]).collect();
    let mut starts = Vec::new();
    for pair in cuts.windows(2) {
        if bounds.whole.get(&pair[0]) == Some(&pair[1]) {
            starts.push(pair[0]);
        } else {
            starts.extend(divide(pair[0], pair[1], &terms));
        }
    }
    starts
}

impl<'a> Planned<'a> {
    fn shots(&self) -> Result<Vec<Shot>, PlanError> {
        let moments: Vec<Moment<'_>> = (0..self.starts.len()).map(|index| self.moment(index)).collect();
        let stage = Stage {
            present: &self.present,
            exterior: self.input.script.heading.setting == Some(Setting::Exterior),
            fps: self.input.sound.fps,
            seed: self.input.rules.seed ^ digest(self.input.locked.id.as_str()),
        };
        let choices = cover(&stage, &moments);
        let codes = codes(&self.input.locked.id, &self.same, &self.olds, self.input.before);
        let shots = codes.into_iter().zip(moments).zip(choices).enumerate();
        let shots: Vec<Shot> =
            shots.map(|(index, ((code, moment), choice))| self.shot(index, code, moment, choice)).collect();
        shots.iter().try_for_each(|shot| self.check_length(shot))?;
        Ok(shots)
    }

    /// Says which words of a person no shot has taken over.
    fn warn_of_lost_words(&self, report: &dyn Reporter) {
        let kept: BTreeSet<&ShotCode> =
            self.same.iter().flatten().map(|old| &self.olds[*old].entry.code).collect();
        for entry in self.input.before.iter().filter(|entry| !kept.contains(&entry.code)) {
            let fields = entry.by_hand().join(", ");
            if !fields.is_empty() {
                let message =
                    format!("shot {} is gone, and with it what was set by hand in it: {fields}", entry.code);
                report.report(Event::Warning { stage: "plan", message });
            }
        }
    }

    fn range(&self, index: usize) -> (u32, u32) {
        let end = self.starts.get(index + 1).copied().unwrap_or(self.sounding.frames);
        (self.starts[index], end)
    }

    fn entry(&self, index: usize) -> Option<&'a Entry> {
        self.same[index].map(|old| self.olds[old].entry)
    }

    fn lines(&self, index: usize) -> impl Iterator<Item = &HeardLine> {
        let (start, end) = self.range(index);
        self.sounding.lines_in(start, end)
    }

    /// What shot `index` is chosen from.
    fn moment(&self, index: usize) -> Moment<'_> {
        let (start, end) = self.range(index);
        let entry = self.entry(index);
        let note = self.note(index);
        let action =
            hand(entry.map(|entry| &entry.action)).unwrap_or_else(|| self.action(index, note.as_deref()));
        let mut moment = Moment {
            frames: end - start,
            speech: self.voices(index),
            named: names::names_in(&action, self.input.known_names),
            noted: note.is_some(),
            settled: settled(entry, note.as_deref()),
            kept: None,
            opens: start == 0,
            progress: (u64::from(start) * 1000 / u64::from(self.sounding.frames)) as u32,
            inside_line: self.sounding.line_across(start).is_some(),
            lips: self.input.rules.traits_of(&self.generator(entry)).lips,
            action,
        };
        moment.kept = entry.and_then(|entry| self.kept(index, entry, &moment.action));
        moment
    }

    /// What the `[[shot: …]]` notes of shot `index` say.
    fn note(&self, index: usize) -> Option<String> {
        let (start, end) = self.range(index);
        let texts: Vec<&str> = self
            .doing
            .notes
            .iter()
            .filter(|(frame, _)| (start..end).contains(frame))
            .map(|(_, text)| text.as_str())
            .collect();
        (!texts.is_empty()).then(|| texts.join("; "))
    }

    fn action(&self, index: usize, note: Option<&str>) -> String {
        let (start, end) = self.range(index);
        match note {
            Some(note) => {
                let later = self.doing.text_from(start, end);
                if later.is_empty() {
                    note.to_owned()
                } else {
                    format!("{}. {later}", note.trim_end_matches('.'))
                }
            }
            None => self.doing.text_in(start, end),
        }
    }

    /// Voices in shot `index` whose speakers could be seen.
    fn voices(&self, index: usize) -> Vec<Voice<'_>> {
        let (start, end) = self.range(index);
        let seen = self.lines(index).filter(|line| !self.unseen.contains(&line.id));
        seen.map(|line| Voice {
            line: &line.id,
            character: &line.character,
            text: self.words.get(&line.id).copied().unwrap_or_default(),
            frames: line.end.min(end) - line.start.max(start),
            line_frames: line.end - line.start,
        })
        .collect()
    }

    /// The choice that `entry` holds, when what it was chosen from is as it was.
    fn kept(&self, index: usize, entry: &Entry, action: &str) -> Option<Choice> {
        let view = View {
            size: entry.size.as_ref()?.value,
            angle: entry.angle.as_ref()?.value,
            movement: entry.movement.as_ref()?.value,
            subjects: entry.subjects.as_ref()?.value.clone(),
            detail: entry.detail.as_ref().map(|detail| detail.value.clone()).unwrap_or_default(),
        };
        let speech: Vec<_> =
            self.lines(index).map(|line| (line.id.clone(), line.character.clone())).collect();
        let planned = &entry.planned.as_ref()?.circumstances;
        // Sides that a person has just set are not what the look was chosen from.
        let same = [self.present.clone(), self.sides(Some(entry))].into_iter().any(|present| {
            let look = self.look(view.clone(), action.to_owned(), present);
            *planned == circumstances(&look, &speech, self.starts[index] == 0)
        });
        let why = entry.why.as_ref().map_or_else(|| "as planned before".to_owned(), |why| why.value.clone());
        same.then_some(Choice { view, why, partner: None })
    }

    /// Everybody in the scene from screen left to screen right, as a person has set it for this shot or as they appear.
    fn sides(&self, entry: Option<&Entry>) -> Vec<String> {
        let Some(mut sides) = hand(entry.map(|entry| &entry.sides)) else { return self.present.clone() };
        let rest: Vec<String> = self.present.iter().filter(|name| !sides.contains(name)).cloned().collect();
        sides.extend(rest);
        sides
    }

    fn generator(&self, entry: Option<&Entry>) -> String {
        hand(entry.map(|entry| &entry.generator)).unwrap_or_else(|| self.input.rules.generator.clone())
    }

    fn look(&self, view: View, action: String, present: Vec<String>) -> Look {
        let heading = &self.input.script.heading;
        Look {
            scene: self.input.locked.id.to_string(),
            setting: heading.setting,
            place: heading.place.clone(),
            time: heading.time.clone(),
            size: view.size,
            angle: view.angle,
            movement: view.movement,
            subjects: view.subjects,
            present,
            detail: view.detail,
            action,
        }
    }

    fn shot(&self, index: usize, code: ShotCode, moment: Moment<'_>, choice: Choice) -> Shot {
        let (start, end) = self.range(index);
        let rules = self.input.rules;
        let entry = self.entry(index);
        let generator = self.generator(entry);
        let look = self.look(choice.view, moment.action, self.sides(entry));
        let told = self.told(index, &look, choice.partner);
        let prompt = self.prompt(entry, &look, &told, &generator);
        let text = |field: Option<&Field<String>>, otherwise: &dyn Fn() -> String| {
            hand(field).unwrap_or_else(otherwise)
        };
        Shot {
            code,
            kind: ShotKind::Scene,
            film: FrameRange::new(FilmFrame(self.input.film_start.0 + start), end - start),
            at: FilmFrame(start),
            head: rules.handles.head,
            tail: rules.handles.tail,
            speech: self.speech(index),
            prompt: prompt.text,
            negative: prompt.negative,
            wording: prompt.wording,
            generator,
            reason: text(entry.map(|entry| &entry.reason), &|| self.reason(index)),
            why: text(entry.map(|entry| &entry.why), &|| choice.why.clone()),
            by_hand: entry.map(Entry::by_hand).unwrap_or_default().into_iter().map(str::to_owned).collect(),
            told,
            look,
        }
    }

    fn prompt(&self, entry: Option<&Entry>, look: &Look, told: &Told, generator: &str) -> prompt::Prompt {
        let rules = self.input.rules;
        let words = |field: fn(&Entry) -> &Field<String>| hand(entry.map(field));
        let prompt = words(|entry| &entry.prompt);
        let add = words(|entry| &entry.prompt_add);
        let negative = words(|entry| &entry.negative);
        let by_hand =
            prompt::ByHand { prompt: prompt.as_deref(), add: add.as_deref(), negative: negative.as_deref() };
        prompt::prompt(look, told, &rules.bible.style, rules.template_of(generator), by_hand)
    }

    /// What the bible and the notes of the script say of shot `index`.
    fn told(&self, index: usize, look: &Look, partner: Option<String>) -> Told {
        let (screenplay, scene) = (self.input.screenplay, self.input.script);
        let telling = Telling { bible: &self.input.rules.bible, screenplay, scene, time: self.input.time };
        let mut told = telling.told(look, &self.states(index));
        for line in self.lines(index) {
            let elsewhere = self.unseen.contains(&line.id);
            let group = if elsewhere { &mut told.elsewhere } else { &mut told.speakers };
            group.push(line.character.clone());
        }
        Told { partner, ..told }
    }

    /// How people and things are in shot `index`: a note in its first half counts for all of it.
    fn states(&self, index: usize) -> States {
        let (start, end) = self.range(index);
        let middle = start.midpoint(end);
        let beats = self.input.locked.beats.iter();
        let passed = beats.filter(|(frame, _)| *frame <= middle).map(|(_, beat)| *beat).collect();
        self.input.states.map(|states| states.after(&passed)).unwrap_or_default()
    }

    fn speech(&self, index: usize) -> Vec<SpeechSpan> {
        let (start, end) = self.range(index);
        let span = |line: &HeardLine| SpeechSpan {
            line: line.id.clone(),
            character: line.character.clone(),
            from: line.start.max(start) - start,
            to: line.end.min(end) - start,
        };
        self.lines(index).map(span).collect()
    }

    fn reason(&self, index: usize) -> String {
        let (start, end) = self.range(index);
        let set = |index: usize, names: &[&str]| {
            self.entry(index).is_some_and(|entry| entry.by_hand().iter().any(|name| names.contains(name)))
        };
        let end_before = index > 0 && set(index - 1, &["frames", "pinned"]);
        let before = if index == 0 { 0 } else { self.starts[index - 1] };
        let rules = self.input.rules;
        let cut = reason::Cut {
            frame: start,
            by_hand: end_before || set(index, &["at", "frames", "pinned"]),
            without_it: end - before,
            longest: rules.longest_shot(&rules.generator).unwrap_or(u32::MAX),
            ceiling: rules.longest_shot(&rules.generator).unwrap_or(0)
                + rules.handles.head
                + rules.handles.tail,
            fps: self.input.sound.fps,
        };
        reason::reason(&cut, &self.sounding, &self.doing)
    }

    /// Only a generator chosen by hand can make a shot too long that the division allowed.
    fn check_length(&self, shot: &Shot) -> Result<(), PlanError> {
        let longest = self.input.rules.longest_shot(&shot.generator).unwrap_or(u32::MAX);
        if shot.frames() <= longest {
            return Ok(());
        }
        let entry = self.input.before.iter().find(|entry| entry.code == shot.code);
        Err(PlanError::ShotTooLong {
            code: shot.code.clone(),
            line: entry
                .map_or(1, |entry| entry.generator.as_ref().map_or(entry.line, |generator| generator.line)),
            frames: shot.frames_with_handles(),
            generator: shot.generator.clone(),
            ceiling: longest + shot.head + shot.tail,
            pause: None,
        })
    }
}

/// A value that a person set.
fn hand<T: Clone>(field: Option<&Field<T>>) -> Option<T> {
    field.and_then(Option::as_ref).filter(|written| written.by_hand).map(|written| written.value.clone())
}

/// What a person, or else a note, has settled of a view.
fn settled(entry: Option<&Entry>, note: Option<&str>) -> Settled {
    let asked = note.map(verbs::asked).unwrap_or_default();
    let seen = ["size", "angle", "move", "subjects", "detail"];
    let by_hand = entry.map(Entry::by_hand).unwrap_or_default();
    Settled {
        size: hand(entry.map(|entry| &entry.size)).or(asked.size),
        angle: hand(entry.map(|entry| &entry.angle)).or(asked.angle),
        movement: hand(entry.map(|entry| &entry.movement)).or(asked.movement),
        subjects: hand(entry.map(|entry| &entry.subjects)),
        detail: hand(entry.map(|entry| &entry.detail)),
        by_hand: by_hand.into_iter().filter(|name| seen.contains(name)).collect(),
    }
}
