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
use crate::sounding::{HeardLine, LineLevels, Sounding};
use crate::unbroken::{Unbroken, join_prices, unbroken};
use crate::wanted_pace::wanted_pace;
use crate::{
    Look, PlanError, PlanRules, Shot, ShotCode, ShotKind, SpeechSpan, TakeWorth, names, price, prompt,
    reason, verbs,
};

/// What a scene is planned from.
pub(crate) struct SceneInput<'a> {
    pub(crate) locked: &'a LockedScene,
    pub(crate) screenplay: &'a Screenplay,
    pub(crate) script: &'a Scene,
    pub(crate) sound: &'a LockedSound,
    pub(crate) levels: &'a LineLevels,
    pub(crate) rules: &'a PlanRules,
    pub(crate) known_names: &'a BTreeSet<String>,
    /// Time of day.
    pub(crate) time: &'a str,
    /// How people and things are in it.
    pub(crate) states: Option<&'a SceneStates>,
    /// Shots of the plan before.
    pub(crate) before: &'a [&'a Entry],
    /// What takes are worth, by shot.
    pub(crate) takes: &'a BTreeMap<ShotCode, TakeWorth>,
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
    /// Stretches that are to be seen without a cut.
    unbroken: Vec<Unbroken>,
    /// The shot of the plan before that each is.
    same: Vec<Option<usize>>,
}

/// How a scene is divided.
struct Division {
    starts: Vec<u32>,
    unbroken: Vec<Unbroken>,
}

pub(crate) fn plan_scene(
    input: &SceneInput<'_>,
    medians: &mut Medians,
    report: &dyn Reporter,
) -> Result<Vec<Shot>, PlanError> {
    if input.locked.frames == 0 {
        return Ok(Vec::new());
    }
    let sounding = Sounding::of(input.locked, input.sound, input.levels);
    let doing = Doing::of(input.script, input.locked, &sounding);
    let olds = recall(input.before, &input.locked.id, &sounding, input.rules, input.sound.fps)?;
    let directed: Vec<u32> = doing
        .notes
        .iter()
        .map(|(frame, _)| *frame)
        .filter(|frame| (1..sounding.frames).contains(frame))
        .collect();
    let mut bounds = bounds(&olds, &directed, sounding.frames, input.rules)?;
    // Another pace is another cut, where nobody has chosen or paid for anything yet.
    if !(input.is_untouched() && input.has_another_pace()) {
        bounds.remember(&olds, input.takes, input.rules, input.sound.fps);
    }
    let Division { starts, unbroken } = division(input, &sounding, &doing, bounds, medians);
    let same = same_shots(&starts, sounding.frames, &olds);
    let unseen =
        input.script.lines().filter(|line| names::is_off_screen(line)).map(|line| &line.id).collect();
    let words = input.script.lines().map(|line| (&line.id, line.text.as_str())).collect();
    let present = names::present(input.script, input.known_names);
    let planned = Planned { input, sounding, doing, present, unseen, words, olds, starts, unbroken, same };
    planned.warn_of_lost_words(report);
    planned.warn_of_chains(report);
    planned.shots()
}

/// The cheapest division of a scene between the cuts that must be.
fn division(
    input: &SceneInput<'_>,
    sounding: &Sounding,
    doing: &Doing,
    mut bounds: Bounds,
    medians: &mut Medians,
) -> Division {
    let (rules, fps, frames) = (input.rules, input.sound.fps, sounding.frames);
    let kept = |mut prices: Vec<f64>| {
        bounds.soft.iter().for_each(|frame| prices[*frame as usize] -= price::KEPT);
        prices
    };
    let cut_price = kept(price::cut_prices(sounding, doing, fps));
    let join_price = kept(join_prices(sounding, fps));
    let longest = rules.longest_shot(&rules.generator, fps).unwrap_or(rules.shortest_frames);
    let limits = Limits { shortest: rules.shortest_frames, longest };
    let mut unbroken = unbroken(sounding, doing, &cut_price, longest, fps);
    unbroken.retain(|stretch| {
        (stretch.to - stretch.from <= longest || input.can_continue(&rules.generator))
            && bounds.hold_open(stretch, frames, limits.shortest)
    });
    let rhythm = input.rhythm(frames, limits, medians);
    let cut = Terms {
        cut_price: &cut_price,
        rhythm: &rhythm,
        shortest: limits.shortest,
        longest,
        longest_from: &bounds.longest_from,
        kept: &bounds.kept,
    };
    let even = Rhythm::even(frames, longest);
    let joined =
        Terms { cut_price: &join_price, rhythm: &even, longest: input.longest_joined(longest), ..cut };
    let starts = starts(&bounds, &unbroken, frames, &cut, &joined);
    Division { starts, unbroken }
}

/// First frame of each shot: stretches between cuts that must be are divided, those that are to be unbroken by joins.
fn starts(
    bounds: &Bounds,
    unbroken: &[Unbroken],
    frames: u32,
    cut: &Terms<'_>,
    joined: &Terms<'_>,
) -> Vec<u32> {
    let edges: Vec<u32> = bounds.required.keys().copied().chain([frames]).collect();
    let mut starts = Vec::new();
    for pair in edges.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let open = unbroken.iter().any(|stretch| stretch.from <= from && to <= stretch.to);
        let whole = bounds.whole.get(&from) == Some(&to) || (open && to - from <= cut.longest);
        match (whole, open) {
            (true, _) => starts.push(from),
            (false, true) => starts.extend(divide(from, to, joined)),
            (false, false) => starts.extend(divide(from, to, cut)),
        }
    }
    starts
}

impl SceneInput<'_> {
    fn rhythm(&self, frames: u32, limits: Limits, medians: &mut Medians) -> Rhythm {
        let pace = wanted_pace(self.script, self.locked, self.sound, self.rules);
        let pace_frames = pace.pace_secs * self.sound.fps.as_f64();
        Rhythm::of(self.rules.seed, &self.locked.id, frames, pace_frames, limits, medians)
    }

    /// Whether the plan before went by another pace. Programs before this one noted none.
    fn has_another_pace(&self) -> bool {
        let pace = self.rules.pace_millis_of(&self.locked.id);
        let noted = self.before.iter().filter_map(|entry| entry.planned.as_ref()?.pace_millis);
        noted.into_iter().any(|noted| noted != pace)
    }

    /// Whether nothing of the plan before was set by hand, circled or paid for.
    fn is_untouched(&self) -> bool {
        let is_free = |takes: &TakeWorth| !takes.circled && takes.paid_micros == 0;
        let untouched =
            |entry: &&Entry| entry.by_hand().is_empty() && self.takes.get(&entry.code).is_none_or(is_free);
        self.before.iter().all(untouched)
    }

    /// Whether `generator` can go on from the last frame of another take.
    fn can_continue(&self, generator: &str) -> bool {
        self.rules.limits(generator).is_some_and(|limits| limits.takes_first_frame)
    }

    /// The longest shot of a chain, where `longest` is that of others: its head is the frame that it goes on from.
    fn longest_joined(&self, longest: u32) -> u32 {
        let take = self.rules.limits(&self.rules.generator).map(|limits| limits.longest_take(self.sound.fps));
        let joined = take.unwrap_or(longest).saturating_sub(1 + self.rules.handles.tail);
        longest.min(joined).max(self.rules.shortest_frames)
    }
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
        let befores = std::iter::once(None).chain(codes.iter().cloned().map(Some));
        let shots = codes.iter().cloned().zip(befores).zip(moments).zip(choices).enumerate();
        let shots: Vec<Shot> = shots
            .map(|(index, (((code, before), moment), choice))| Shot {
                continues: before.filter(|_| moment.continues),
                ..self.shot(index, code, moment, choice)
            })
            .collect();
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

    /// Whether shot `index` goes on from the last frame of the one before: as a person says, else inside a stretch that
    /// is to be seen without a cut.
    fn continues(&self, index: usize) -> bool {
        let start = self.starts[index];
        let inside = self.unbroken.iter().any(|stretch| stretch.from < start && start < stretch.to);
        let wanted = hand(self.entry(index).map(|entry| &entry.continues)).unwrap_or(inside);
        wanted && index > 0 && self.input.can_continue(self.generator(index))
    }

    fn generator(&self, index: usize) -> &str {
        let by_hand =
            self.entry(index).and_then(|entry| entry.generator.as_ref()).filter(|written| written.by_hand);
        by_hand.map_or(self.input.rules.generator.as_str(), |written| written.value.as_str())
    }

    /// Says which shots cannot go on from the one before although a person wants it.
    fn warn_of_chains(&self, report: &dyn Reporter) {
        for index in 0..self.starts.len() {
            let wanted = hand(self.entry(index).map(|entry| &entry.continues)) == Some(true);
            let Some(entry) = self.entry(index).filter(|_| wanted && !self.continues(index)) else {
                continue;
            };
            let why = if index == 0 {
                "its scene begins with it".to_owned()
            } else {
                format!("`{}` cannot begin with a given frame", self.generator(index))
            };
            let message = format!("shot {} cannot continue the shot before: {why}", entry.code);
            report.report(Event::Warning { stage: "plan", message });
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
            continues: self.continues(index),
            lips: self.input.rules.traits_of(self.generator(index)).lips,
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
        let continues = moment.continues;
        let generator = self.generator(index).to_owned();
        let look = self.look(choice.view, moment.action, self.sides(entry));
        let told = self.told(index, &look, choice.partner);
        let prompt = self.prompt(entry, &look, &told, &generator);
        let text = |field: Option<&Field<String>>, otherwise: &dyn Fn() -> String| {
            hand(field).unwrap_or_else(otherwise)
        };
        Shot {
            code,
            kind: ShotKind::Scene,
            continues: None,
            film: FrameRange::new(FilmFrame(self.input.film_start.0 + start), end - start),
            at: FilmFrame(start),
            head: if continues { 1 } else { rules.handles.head },
            tail: rules.handles.tail,
            speech: self.speech(index),
            prompt: prompt.text,
            negative: prompt.negative,
            wording: prompt.wording,
            generator,
            pace_millis: rules.pace_millis_of(&self.input.locked.id),
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
        let (rules, fps) = (self.input.rules, self.input.sound.fps);
        let longest = rules.longest_shot(&rules.generator, fps).unwrap_or(u32::MAX);
        let cut = reason::Cut {
            frame: start,
            by_hand: end_before || set(index, &["at", "frames", "pinned"]),
            continues: self.continues(index),
            without_it: end - before,
            longest,
            ceiling: longest.saturating_add(rules.handles.total()),
            fps,
        };
        reason::reason(&cut, &self.sounding, &self.doing)
    }

    /// Only a generator chosen by hand can make a shot too long that the division allowed.
    fn check_length(&self, shot: &Shot) -> Result<(), PlanError> {
        let limits = self.input.rules.limits(&shot.generator);
        let ceiling = limits.map_or(u32::MAX, |limits| limits.longest_take(self.input.sound.fps));
        if shot.frames_with_handles() <= ceiling {
            return Ok(());
        }
        let entry = self.input.before.iter().find(|entry| entry.code == shot.code);
        Err(PlanError::ShotTooLong {
            code: shot.code.clone(),
            line: entry
                .map_or(1, |entry| entry.generator.as_ref().map_or(entry.line, |generator| generator.line)),
            frames: shot.frames_with_handles(),
            generator: shot.generator.clone(),
            ceiling,
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
