//! Who is seen, how large, from where, and why: a small grammar of coverage (after Leake and others 2017).

use soundlock_script::LineId;

use crate::draw::{Draw, digest};
use crate::sounding::SHORT_LINE_MILLIS;
use crate::{Angle, Lips, Movement, ShotSize, verbs};

/// A shot of dialogue held longer than this in a tense part of a scene comes slowly nearer.
const LONG_SHOT_MILLIS: u64 = 3200;
/// A silence after talk that is longer than this weighs.
const SILENCE_MILLIS: u64 = 1000;
/// Tension, 0 to 1000, from which faces are seen from the chest, and from which they fill the frame.
const NEAR: u32 = 250;
const NEAREST: u32 = 500;
/// What is seen of somebody whose lips are not to be watched.
const HANDS: &str = "the hands";

/// What a shot's look is chosen from.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a plain fact of the moment and goes with any other"
)]
pub(crate) struct Moment<'a> {
    /// Frames of the shot.
    pub(crate) frames: u32,
    /// Lines heard in it whose speakers are to be seen, with the frames heard and the frames of the whole line.
    pub(crate) speech: Vec<Voice<'a>>,
    /// What is done in it, in the script's words.
    pub(crate) action: String,
    /// Who is named there.
    pub(crate) named: Vec<String>,
    /// Whether a note in the script asks for it.
    pub(crate) noted: bool,
    /// What a note or a person has settled.
    pub(crate) settled: Settled,
    /// The choice that the plan before had of it, when nothing that it was chosen from has changed.
    pub(crate) kept: Option<Choice>,
    /// Whether it begins its scene.
    pub(crate) opens: bool,
    /// How far into the scene it begins, 0 to 1000.
    pub(crate) progress: u32,
    /// Whether it begins while a line sounds that the shot before showed.
    pub(crate) inside_line: bool,
    /// Whether it goes on from the last frame of the shot before, and so shows the same.
    pub(crate) continues: bool,
    /// Whether its generator can be watched speaking.
    pub(crate) lips: Lips,
}

/// A line heard in a shot.
#[derive(Debug, Clone)]
pub(crate) struct Voice<'a> {
    pub(crate) line: &'a LineId,
    pub(crate) character: &'a str,
    pub(crate) text: &'a str,
    pub(crate) frames: u32,
    pub(crate) line_frames: u32,
}

/// A way to see a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) size: ShotSize,
    pub(crate) angle: Angle,
    pub(crate) movement: Movement,
    pub(crate) subjects: Vec<String>,
    /// The part of the subject that is seen; empty for all of it.
    pub(crate) detail: String,
}

/// A view and why it is the one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) view: View,
    pub(crate) why: String,
    /// Whom the first of the subjects talks to.
    pub(crate) partner: Option<String>,
}

/// Parts of a view that are not the planner's to choose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) size: Option<ShotSize>,
    pub(crate) angle: Option<Angle>,
    pub(crate) movement: Option<Movement>,
    pub(crate) subjects: Option<Vec<String>>,
    pub(crate) detail: Option<String>,
    /// Those of them that a person has set, by their keys in `cuts.toml`.
    pub(crate) by_hand: Vec<&'static str>,
}

/// What a whole scene has in common.
pub(crate) struct Stage<'a> {
    /// Everybody in the scene.
    pub(crate) present: &'a [String],
    /// Whether it plays outside.
    pub(crate) exterior: bool,
    pub(crate) fps: soundlock_time::Fps,
    pub(crate) seed: u64,
}

/// Who spoke last and to whom, and how tense it is, as the scene goes on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Talk {
    speaker: Option<String>,
    listener: Option<String>,
    both_seen: bool,
    /// 0 to 1000.
    tension: u32,
    /// What makes it so.
    causes: Vec<&'static str>,
}

/// Chooses a view of each moment.
pub(crate) fn cover(stage: &Stage<'_>, moments: &[Moment<'_>]) -> Vec<Choice> {
    let mut talk = Talk::default();
    let mut choices: Vec<Choice> = Vec::with_capacity(moments.len());
    let mut firm_before = false;
    for (index, moment) in moments.iter().enumerate() {
        talk.hear(moment, stage);
        let next = moments.get(index + 1).and_then(|next| next.kept.as_ref()).map(|next| &next.view);
        let before = choices.last().map(|choice| &choice.view);
        let firm = moment.settled.is_firm();
        let stumbles = |view: &View| before.is_some_and(|before| jumps(before, view));
        let kept = moment.kept.clone().filter(|kept| firm || firm_before || !stumbles(&kept.view));
        let kept = kept.filter(|kept| firm || !shows_lips(&kept.view, moment));
        let mut choice = kept.unwrap_or_else(|| choose(stage, moment, &talk, before, next));
        match before {
            Some(before) if moment.continues => {
                choice.view = before.clone();
                "goes on from the shot before".clone_into(&mut choice.why);
            }
            _ => {
                choice.view = moment.settled.apply(choice.view);
                choice.why = moment.settled.explain(choice.why);
            }
        }
        choice.partner = talk.partner_of(&choice.view, moment);
        talk.both_seen |= choice.view.subjects.len() > 1 && !moment.opens;
        firm_before = firm;
        choices.push(choice);
    }
    choices
}

impl Settled {
    fn apply(&self, view: View) -> View {
        View {
            size: self.size.unwrap_or(view.size),
            angle: self.angle.unwrap_or(view.angle),
            movement: self.movement.unwrap_or(view.movement),
            subjects: self.subjects.clone().unwrap_or(view.subjects),
            detail: self.detail.clone().unwrap_or(view.detail),
        }
    }

    fn is_firm(&self) -> bool {
        *self != Self::default()
    }

    fn explain(&self, why: String) -> String {
        if self.by_hand.is_empty() {
            return why;
        }
        let mark = format!("{} by hand", self.by_hand.join(", "));
        let rest = why.split_once(" by hand; ").map_or(why.as_str(), |(_, rest)| rest);
        format!("{mark}; {rest}")
    }
}

impl Talk {
    fn hear(&mut self, moment: &Moment<'_>, stage: &Stage<'_>) {
        let talked = self.speaker.is_some();
        for voice in &moment.speech {
            if self.speaker.as_deref() != Some(voice.character) {
                self.listener = self.speaker.take();
                self.speaker = Some(voice.character.to_owned());
            }
        }
        let missing = self.listener.is_none() || self.listener == self.speaker;
        if self.speaker.is_some() && missing {
            self.listener = stage.present.iter().find(|name| Some(*name) != self.speaker.as_ref()).cloned();
        }
        let (own, causes) = tension(stage, moment, talked);
        // What was said a moment ago is still in the room.
        self.tension = if moment.opens { own } else { (2 * own + self.tension) / 3 };
        self.causes = causes;
    }

    /// Whom the first of those seen talks to.
    fn partner_of(&self, view: &View, moment: &Moment<'_>) -> Option<String> {
        let first = view.subjects.first().filter(|_| !moment.speech.is_empty())?;
        let mut talking = [&self.speaker, &self.listener].into_iter().flatten();
        talking.find(|name| *name != first).cloned()
    }

    /// Closer as it gets tense.
    fn near(&self) -> ShotSize {
        match self.tension {
            0..NEAR => ShotSize::Medium,
            NEAR..NEAREST => ShotSize::MediumClose,
            _ => ShotSize::Close,
        }
    }

    /// Why faces are as near as they are; nothing where they are not near.
    fn nearness(&self, view: &View) -> Option<String> {
        let near = !view.subjects.is_empty() && view.size >= ShotSize::MediumClose && view.detail.is_empty();
        let how = if view.size >= ShotSize::Close { "close" } else { "nearer" };
        (near && !self.causes.is_empty()).then(|| format!("{how}: {}", self.causes.join(", ")))
    }
}

/// How tense a moment is by itself, 0 to 1000, and what makes it so: what is said and how, and how late it is.
fn tension(stage: &Stage<'_>, moment: &Moment<'_>, talked: bool) -> (u32, Vec<&'static str>) {
    let says = |signs: &[char]| moment.speech.iter().any(|voice| voice.text.contains(signs));
    let broken = |voice: &Voice<'_>| voice.text.trim_end().ends_with(['-', '–', '—', '―']);
    let short = |voice: &Voice<'_>| voice.line_frames < stage.fps.frames_from_millis(SHORT_LINE_MILLIS);
    let (speaks, long) =
        (!moment.speech.is_empty(), moment.frames >= stage.fps.frames_from_millis(SILENCE_MILLIS));
    let signs = [
        (says(&['!', '！']), 260, "an exclamation"),
        (says(&['?', '？']), 80, "a question"),
        (moment.speech.iter().any(broken), 160, "somebody is cut short"),
        (speaks && moment.speech.iter().all(short), 120, "short lines"),
        (!speaks && talked && long, 120, "a silence"),
        (moment.progress >= 650, 0, "late in the scene"),
    ];
    let there = signs.into_iter().filter(|(is_there, _, _)| *is_there);
    let (weights, causes): (Vec<u32>, Vec<&str>) = there.map(|(_, weight, cause)| (weight, cause)).unzip();
    ((moment.progress * 6 / 10 + weights.iter().sum::<u32>()).min(1000), causes)
}

/// A view that one would like, and why.
struct Liked {
    view: View,
    why: String,
}

/// The first of the views one would like that does not jump against its neighbours.
fn choose(
    stage: &Stage<'_>,
    moment: &Moment<'_>,
    talk: &Talk,
    before: Option<&View>,
    next: Option<&View>,
) -> Choice {
    let (movement, moved) = movement(stage, moment, talk);
    let mut liked = liked(stage, moment, talk, before, movement);
    for one in &mut liked {
        one.view = moment.settled.apply(one.view.clone());
    }
    let best = liked[0].view.clone();
    let chosen = if moment.settled.size.is_some() {
        liked.swap_remove(0)
    } else {
        let smooth = |view: &View, other: Option<&View>| other.is_none_or(|other| !jumps(view, other));
        let mut all = with_other_sizes(liked);
        // Lips that nothing moves are worse than any other view that does not jump.
        all.sort_by_key(|one| shows_lips(&one.view, moment));
        let found = all.iter().position(|one| smooth(&one.view, before) && smooth(&one.view, next));
        let found = found.or_else(|| all.iter().position(|one| smooth(&one.view, before)));
        all.swap_remove(found.unwrap_or(0))
    };
    let mut why = vec![chosen.why];
    if chosen.view != best && chosen.view.subjects == best.subjects && chosen.view.size != best.size {
        why.push(format!(
            "{} in the place of {}, which would jump",
            chosen.view.size.short(),
            best.size.short()
        ));
    } else {
        why.extend(talk.nearness(&chosen.view));
    }
    if chosen.view.movement == movement {
        why.extend(moved);
    }
    Choice { view: chosen.view, why: why.join("; "), partner: None }
}

/// The views one would like, and behind them the same from nearer and from further away.
fn with_other_sizes(liked: Vec<Liked>) -> Vec<Liked> {
    let resized: Vec<Liked> = liked
        .iter()
        .flat_map(|one| {
            let why = one.why.clone();
            other_sizes(&one.view).into_iter().map(move |view| Liked { view, why: why.clone() })
        })
        .collect();
    liked.into_iter().chain(resized).collect()
}

/// Whether a cut from one view to the other looks like a stumble: the same subject at nearly the same size, or the same
/// place twice from afar, where figures hardly matter.
pub(crate) fn jumps(one: &View, other: &View) -> bool {
    let all_in = |one: &View, other: &View| one.subjects.iter().all(|name| other.subjects.contains(name));
    let same = all_in(one, other) && all_in(other, one);
    let afar = one.size <= ShotSize::Wide && other.size <= ShotSize::Wide;
    (same || afar) && one.size.steps_to(other.size) < 2
}

/// Whether one would watch lips in it that nothing moves.
fn shows_lips(view: &View, moment: &Moment<'_>) -> bool {
    let speaks = |name: &String| moment.speech.iter().any(|voice| voice.character == name);
    moment.lips == Lips::Avoid
        && view.size >= ShotSize::Medium
        && view.angle != Angle::Behind
        && view.detail.is_empty()
        && view.subjects.iter().any(speaks)
}

/// The same view from nearer and from further away, the nearest sizes first. Eyes alone, or a figure lost in the
/// distance, say too much to be only a way out.
fn other_sizes(view: &View) -> Vec<View> {
    if !view.detail.is_empty() {
        return Vec::new();
    }
    let mut sizes: Vec<ShotSize> =
        ShotSize::ALL.into_iter().filter(|size| view.size.steps_to(*size) >= 1).collect();
    let loud = |size: ShotSize| matches!(size, ShotSize::ExtremeWide | ShotSize::ExtremeClose);
    let loud = |size: ShotSize| !view.subjects.is_empty() && loud(size);
    sizes.sort_by_key(|size| (loud(*size), size.steps_to(view.size), *size < view.size));
    sizes.into_iter().map(|size| View { size, ..view.clone() }).collect()
}

/// Views of a moment, the one liked best first; never none.
fn liked(
    stage: &Stage<'_>,
    moment: &Moment<'_>,
    talk: &Talk,
    before: Option<&View>,
    movement: Movement,
) -> Vec<Liked> {
    let on_screen = moment.speech.iter().max_by_key(|voice| (voice.frames, std::cmp::Reverse(voice.line)));
    if moment.noted {
        let view = view(ShotSize::Close, Angle::Eye, movement, moment.named.clone());
        return vec![Liked { view, why: "the note asks for it".to_owned() }];
    }
    if moment.opens && (moment.frames >= stage.fps.frames_from_millis(1500) || on_screen.is_none()) {
        return vec![establish(stage, moment, movement)];
    }
    match on_screen {
        Some(voice) => speaking(stage, moment, talk, voice, movement),
        None if !moment.named.is_empty() => doing(stage, moment, talk, movement),
        None => silence(stage, moment, talk, before, movement),
    }
}

fn view(size: ShotSize, angle: Angle, movement: Movement, subjects: Vec<String>) -> View {
    View { size, angle, movement, subjects, detail: String::new() }
}

/// The place, with those the script shows in it first.
fn establish(stage: &Stage<'_>, moment: &Moment<'_>, movement: Movement) -> Liked {
    let size = establishing_size(stage);
    let speakers = moment.speech.iter().map(|voice| voice.character.to_owned());
    let mut subjects = moment.named.clone();
    subjects.extend(speakers);
    let mut seen = Vec::new();
    subjects.retain(|name| {
        stage.present.contains(name) && !seen.contains(name) && {
            seen.push(name.clone());
            seen.len() <= 3
        }
    });
    let why =
        if subjects.is_empty() { "establishes the place" } else { "establishes the place and who is in it" };
    let high = stage.exterior && subjects.is_empty();
    let angle = if high { Angle::High } else { Angle::Eye };
    Liked { view: view(size, angle, movement, subjects), why: why.to_owned() }
}

/// The speaker, the listener, or both.
fn speaking(
    stage: &Stage<'_>,
    moment: &Moment<'_>,
    talk: &Talk,
    voice: &Voice<'_>,
    movement: Movement,
) -> Vec<Liked> {
    let speaker = voice.character.to_owned();
    let others = moment.speech.iter().filter(|other| other.character != voice.character);
    let partner = others.max_by_key(|other| other.frames).map(|other| other.character.to_owned());
    let shared = moment
        .speech
        .iter()
        .any(|other| other.character != voice.character && 2 * other.frames >= voice.frames);
    let listener = partner.or_else(|| {
        let talked_to = [&talk.listener, &talk.speaker].into_iter().flatten().find(|name| **name != speaker);
        talked_to.or_else(|| stage.present.iter().find(|name| **name != speaker)).cloned()
    });
    let size = talk.near();
    let shoulder =
        if size < ShotSize::Close && listener.is_some() { Angle::OverShoulder } else { Angle::Eye };
    let listener = listener.filter(|name| stage.present.contains(name));
    if moment.lips == Lips::Avoid {
        return unwatched(stage, voice, listener, size, movement);
    }
    let single = Liked {
        view: view(size, shoulder, movement, vec![speaker.clone()]),
        why: format!("{speaker} speaks"),
    };
    let Some(listener) = listener else { return vec![single] };
    let both = |why: &str| Liked {
        view: view(ShotSize::Medium, Angle::Eye, movement, vec![speaker.clone(), listener.clone()]),
        why: why.to_owned(),
    };
    let reaction = |why: &str| Liked {
        view: view(size, Angle::Eye, Movement::Static, vec![listener.clone()]),
        why: format!("{listener} listens{why}"),
    };
    let short = voice.line_frames < stage.fps.frames_from_millis(SHORT_LINE_MILLIS);
    if shared {
        vec![both("both, for both speak"), single, reaction("")]
    } else if !talk.both_seen && moment.progress < 400 && !moment.inside_line {
        vec![both("both, before the talk goes to singles"), single, reaction("")]
    } else if short {
        vec![reaction(": the line is short"), single, both("both")]
    } else if moment.inside_line {
        vec![reaction(": the line goes on from the shot before"), single, both("both")]
    } else {
        vec![single, reaction(""), both("both")]
    }
}

/// A line whose speaker's lips are not to be watched: the listener, over the speaker's shoulder or alone; the
/// speaker's back, the hands; all from afar. Which comes first goes from line to line, so that no scene is told in backs.
fn unwatched(
    stage: &Stage<'_>,
    voice: &Voice<'_>,
    listener: Option<String>,
    size: ShotSize,
    movement: Movement,
) -> Vec<Liked> {
    let speaker = voice.character.to_owned();
    let one = |view: View, what: &str| Liked { view, why: format!("{what}: nothing moves {speaker}'s lips") };
    let back = one(
        view(size.min(ShotSize::MediumClose), Angle::Behind, movement, vec![speaker.clone()]),
        "from behind",
    );
    let detail = view(ShotSize::ExtremeClose, Angle::Eye, Movement::Static, vec![speaker.clone()]);
    let hands = one(View { detail: HANDS.to_owned(), ..detail }, "the hands");
    let seen = std::iter::once(speaker.clone()).chain(listener.clone()).collect();
    let wide = one(view(establishing_size(stage), Angle::Eye, movement, seen), "from afar");
    let face = Liked {
        view: view(size, Angle::Eye, movement, vec![speaker.clone()]),
        why: format!("{speaker} speaks, and there is no other view left"),
    };
    let Some(listener) = listener else { return vec![back, wide, hands, face] };
    let shoulder = if size < ShotSize::Close { Angle::OverShoulder } else { Angle::Eye };
    let reaction =
        one(view(size, shoulder, Movement::Static, vec![listener.clone()]), &format!("{listener} listens"));
    let long = voice.line_frames >= stage.fps.frames_from_millis(2 * SHORT_LINE_MILLIS);
    let turn = Draw::new(stage.seed ^ digest(voice.line.as_str()), "unwatched").below(5);
    match turn {
        0 if long => vec![back, reaction, wide, hands, face],
        1 if long => vec![reaction, wide, back, hands, face],
        2 => vec![hands, reaction, back, wide, face],
        _ => vec![reaction, back, hands, wide, face],
    }
}

/// Those whom the action names.
fn doing(stage: &Stage<'_>, moment: &Moment<'_>, talk: &Talk, movement: Movement) -> Vec<Liked> {
    let wide = matches!(movement, Movement::Track | Movement::PullOut);
    let size = match moment.named.len() {
        _ if wide => ShotSize::Wide,
        1 => ShotSize::MediumClose,
        _ => ShotSize::Medium,
    };
    let one = |view: View, why: &str| Liked { view, why: why.to_owned() };
    let first = view(size, Angle::Eye, movement, moment.named.clone());
    let alone = view(talk.near(), Angle::Eye, movement, moment.named[..1].to_vec());
    let place = view(establishing_size(stage), Angle::Eye, movement, Vec::new());
    let detail = view(ShotSize::ExtremeClose, Angle::High, Movement::Static, Vec::new());
    vec![
        one(first, if wide { "the action needs room" } else { "who does it" }),
        one(alone, "who does it, alone"),
        one(detail, "what is done, near"),
        one(place, "the place it is done in"),
    ]
}

/// Nobody speaks and nobody is named: a thing, the place, or a face that has just listened.
fn silence(
    stage: &Stage<'_>,
    moment: &Moment<'_>,
    talk: &Talk,
    before: Option<&View>,
    movement: Movement,
) -> Vec<Liked> {
    let one = |view: View, why: String| Liked { view, why };
    let place = || {
        one(
            view(establishing_size(stage), Angle::Eye, movement, Vec::new()),
            "the place, nobody in it".to_owned(),
        )
    };
    let detail = || {
        one(
            view(ShotSize::ExtremeClose, Angle::Eye, movement, Vec::new()),
            "what the action names".to_owned(),
        )
    };
    if !moment.action.is_empty() {
        let near = before.is_some_and(|view| view.size >= ShotSize::MediumClose);
        return if near { vec![place(), detail()] } else { vec![detail(), place()] };
    }
    let face = talk.listener.as_ref().or(talk.speaker.as_ref());
    let others = stage.present.iter().filter(|name| Some(*name) != face).take(2);
    let faces = face.into_iter().chain(others);
    let faces: Vec<View> =
        faces.map(|name| view(talk.near(), Angle::Eye, Movement::Static, vec![name.clone()])).collect();
    // A face at another size tells more than a room that we know.
    let resized = faces.iter().take(1).flat_map(other_sizes).take(3).collect::<Vec<_>>();
    let taking_in = |view: View| {
        let why = format!("nobody speaks: {} takes it in", view.subjects.join(" and "));
        one(view, why)
    };
    faces.into_iter().chain(resized).map(taking_in).chain([place(), detail()]).collect()
}

fn establishing_size(stage: &Stage<'_>) -> ShotSize {
    if stage.exterior { ShotSize::ExtremeWide } else { ShotSize::Wide }
}

/// What the camera does, and why where it does anything.
fn movement(stage: &Stage<'_>, moment: &Moment<'_>, talk: &Talk) -> (Movement, Option<String>) {
    let left = Draw::new(stage.seed ^ digest(&moment.action), "left").below(2) == 0;
    if let Some((movement, word)) = verbs::movement_of(&moment.action, left) {
        return (movement, Some(format!("{} for `{word}`", movement.word())));
    }
    let held = moment.frames >= stage.fps.frames_from_millis(LONG_SHOT_MILLIS);
    if !moment.speech.is_empty() && held && talk.tension >= NEAREST {
        return (Movement::PushIn, Some("push-in: tense, and held long".to_owned()));
    }
    (Movement::Static, None)
}
