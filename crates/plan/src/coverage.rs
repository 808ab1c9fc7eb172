//! Who is seen, how large, from where: a small grammar of coverage (after Leake and others 2017).

use soundlock_script::LineId;

use crate::draw::{Draw, digest};
use crate::sounding::SHORT_LINE_MILLIS;
use crate::{Angle, Movement, ShotSize, verbs};

/// A shot of dialogue held longer than this late in a scene comes slowly nearer.
const LONG_SHOT_MILLIS: u64 = 3200;

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
    /// The view that the plan before had of it, when nothing that it was chosen from has changed.
    pub(crate) kept: Option<View>,
    /// Whether it begins its scene.
    pub(crate) opens: bool,
    /// How far into the scene it begins, 0 to 1000.
    pub(crate) progress: u32,
    /// Whether it begins while a line sounds that the shot before showed.
    pub(crate) inside_line: bool,
    /// Whether it goes on from the last frame of the shot before, and so shows the same.
    pub(crate) continues: bool,
}

/// A line heard in a shot.
#[derive(Debug, Clone)]
pub(crate) struct Voice<'a> {
    pub(crate) line: &'a LineId,
    pub(crate) character: &'a str,
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
}

/// Parts of a view that are not the planner's to choose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) size: Option<ShotSize>,
    pub(crate) angle: Option<Angle>,
    pub(crate) movement: Option<Movement>,
    pub(crate) subjects: Option<Vec<String>>,
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

/// Who spoke last and to whom, as the scene goes on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Talk {
    speaker: Option<String>,
    listener: Option<String>,
    both_seen: bool,
}

/// Chooses a view of each moment.
pub(crate) fn cover(stage: &Stage<'_>, moments: &[Moment<'_>]) -> Vec<View> {
    let mut talk = Talk::default();
    let mut views: Vec<View> = Vec::with_capacity(moments.len());
    let mut firm_before = false;
    for (index, moment) in moments.iter().enumerate() {
        talk.hear(moment, stage);
        let next = moments.get(index + 1).and_then(|next| next.kept.as_ref());
        let firm = moment.settled != Settled::default();
        let stumbles = |view: &View| views.last().is_some_and(|before| jumps(before, view));
        let kept = moment.kept.clone().filter(|view| firm || firm_before || !stumbles(view));
        let view = kept.unwrap_or_else(|| choose(stage, moment, &talk, views.last(), next));
        let view = match views.last() {
            Some(before) if moment.continues => before.clone(),
            _ => moment.settled.apply(view),
        };
        talk.both_seen |= view.subjects.len() > 1 && !moment.opens;
        firm_before = firm;
        views.push(view);
    }
    views
}

impl Settled {
    fn apply(&self, view: View) -> View {
        View {
            size: self.size.unwrap_or(view.size),
            angle: self.angle.unwrap_or(view.angle),
            movement: self.movement.unwrap_or(view.movement),
            subjects: self.subjects.clone().unwrap_or(view.subjects),
        }
    }
}

impl Talk {
    fn hear(&mut self, moment: &Moment<'_>, stage: &Stage<'_>) {
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
    }
}

/// The first of the views one would like that does not jump against its neighbours.
fn choose(
    stage: &Stage<'_>,
    moment: &Moment<'_>,
    talk: &Talk,
    before: Option<&View>,
    next: Option<&View>,
) -> View {
    let mut liked: Vec<View> =
        liked(stage, moment, talk, before).into_iter().map(|view| moment.settled.apply(view)).collect();
    if moment.settled.size.is_some() {
        return liked.swap_remove(0);
    }
    let smooth = |view: &View, other: Option<&View>| other.is_none_or(|other| !jumps(view, other));
    let resized = liked.iter().flat_map(other_sizes);
    let all: Vec<View> = liked.iter().cloned().chain(resized).collect();
    let best = all.iter().find(|view| smooth(view, before) && smooth(view, next));
    let good = best.or_else(|| all.iter().find(|view| smooth(view, before)));
    good.cloned().unwrap_or_else(|| liked.swap_remove(0))
}

/// Whether a cut from one view to the other looks like a stumble: the same subject at nearly the same size, or the same
/// place twice from afar, where figures hardly matter.
pub(crate) fn jumps(one: &View, other: &View) -> bool {
    let all_in = |one: &View, other: &View| one.subjects.iter().all(|name| other.subjects.contains(name));
    let same = all_in(one, other) && all_in(other, one);
    let afar = one.size <= ShotSize::Wide && other.size <= ShotSize::Wide;
    (same || afar) && one.size.steps_to(other.size) < 2
}

/// The same view from nearer and from further away, the nearest sizes first. Eyes alone, or a figure lost in the
/// distance, say too much to be only a way out.
fn other_sizes(view: &View) -> Vec<View> {
    let mut sizes: Vec<ShotSize> =
        ShotSize::ALL.into_iter().filter(|size| view.size.steps_to(*size) >= 1).collect();
    let loud = |size: ShotSize| matches!(size, ShotSize::ExtremeWide | ShotSize::ExtremeClose);
    let loud = |size: ShotSize| !view.subjects.is_empty() && loud(size);
    sizes.sort_by_key(|size| (loud(*size), size.steps_to(view.size), *size < view.size));
    sizes.into_iter().map(|size| View { size, ..view.clone() }).collect()
}

/// Views of a moment, the one liked best first; never none.
fn liked(stage: &Stage<'_>, moment: &Moment<'_>, talk: &Talk, before: Option<&View>) -> Vec<View> {
    let movement = movement(stage, moment);
    let on_screen = moment.speech.iter().max_by_key(|voice| (voice.frames, std::cmp::Reverse(voice.line)));
    if moment.noted {
        return vec![view(ShotSize::Close, Angle::Eye, movement, moment.named.clone())];
    }
    if moment.opens && (moment.frames >= stage.fps.frames_from_millis(1500) || on_screen.is_none()) {
        return vec![establish(stage, moment, movement)];
    }
    match on_screen {
        Some(voice) => speaking(stage, moment, talk, voice, movement),
        None if !moment.named.is_empty() => doing(stage, moment, movement),
        None => silence(stage, moment, talk, before, movement),
    }
}

fn view(size: ShotSize, angle: Angle, movement: Movement, subjects: Vec<String>) -> View {
    View { size, angle, movement, subjects }
}

/// The place, with those the script shows in it first.
fn establish(stage: &Stage<'_>, moment: &Moment<'_>, movement: Movement) -> View {
    let size = if stage.exterior { ShotSize::ExtremeWide } else { ShotSize::Wide };
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
    let high = stage.exterior && subjects.is_empty();
    view(size, if high { Angle::High } else { Angle::Eye }, movement, subjects)
}

/// The speaker, the listener, or both.
fn speaking(
    stage: &Stage<'_>,
    moment: &Moment<'_>,
    talk: &Talk,
    voice: &Voice<'_>,
    movement: Movement,
) -> Vec<View> {
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
    let size = near(moment);
    let shoulder =
        if size < ShotSize::Close && listener.is_some() { Angle::OverShoulder } else { Angle::Eye };
    let single = view(size, shoulder, movement, vec![speaker.clone()]);
    let Some(listener) = listener.filter(|name| stage.present.contains(name)) else { return vec![single] };
    let both = view(ShotSize::Medium, Angle::Eye, movement, vec![speaker, listener.clone()]);
    let reaction = view(size, Angle::Eye, Movement::Static, vec![listener]);
    let short = voice.line_frames < stage.fps.frames_from_millis(SHORT_LINE_MILLIS);
    if shared || (!talk.both_seen && moment.progress < 400 && !moment.inside_line) {
        vec![both, single, reaction]
    } else if short || moment.inside_line {
        vec![reaction, single, both]
    } else {
        vec![single, reaction, both]
    }
}

/// Those whom the action names.
fn doing(stage: &Stage<'_>, moment: &Moment<'_>, movement: Movement) -> Vec<View> {
    let wide = matches!(movement, Movement::Track | Movement::PullOut);
    let size = match moment.named.len() {
        _ if wide => ShotSize::Wide,
        1 => ShotSize::MediumClose,
        _ => ShotSize::Medium,
    };
    let first = view(size, Angle::Eye, movement, moment.named.clone());
    let alone = view(near(moment), Angle::Eye, movement, moment.named[..1].to_vec());
    let place = view(establishing_size(stage), Angle::Eye, movement, Vec::new());
    let detail = view(ShotSize::ExtremeClose, Angle::High, Movement::Static, Vec::new());
    vec![first, alone, detail, place]
}

/// Nobody speaks and nobody is named: a thing, the place, or a face that has just listened.
fn silence(
    stage: &Stage<'_>,
    moment: &Moment<'_>,
    talk: &Talk,
    before: Option<&View>,
    movement: Movement,
) -> Vec<View> {
    let place = view(establishing_size(stage), Angle::Eye, movement, Vec::new());
    let detail = view(ShotSize::ExtremeClose, Angle::Eye, movement, Vec::new());
    if !moment.action.is_empty() {
        let near = before.is_some_and(|view| view.size >= ShotSize::MediumClose);
        return if near { vec![place, detail] } else { vec![detail, place] };
    }
    let face = talk.listener.as_ref().or(talk.speaker.as_ref());
    let others = stage.present.iter().filter(|name| Some(*name) != face).take(2);
    let faces = face.into_iter().chain(others);
    let faces: Vec<View> =
        faces.map(|name| view(near(moment), Angle::Eye, Movement::Static, vec![name.clone()])).collect();
    // A face at another size tells more than a room that we know.
    let resized = faces.iter().take(1).flat_map(other_sizes).take(3).collect::<Vec<_>>();
    faces.into_iter().chain(resized).chain([place, detail]).collect()
}

fn establishing_size(stage: &Stage<'_>) -> ShotSize {
    if stage.exterior { ShotSize::ExtremeWide } else { ShotSize::Wide }
}

/// Closer as a scene goes on.
fn near(moment: &Moment<'_>) -> ShotSize {
    match moment.progress {
        0..300 => ShotSize::Medium,
        300..650 => ShotSize::MediumClose,
        _ => ShotSize::Close,
    }
}

fn movement(stage: &Stage<'_>, moment: &Moment<'_>) -> Movement {
    let left = Draw::new(stage.seed ^ digest(&moment.action), "left").below(2) == 0;
    let told = verbs::movement_of(&moment.action, left);
    let held = moment.frames >= stage.fps.frames_from_millis(LONG_SHOT_MILLIS);
    let tense = !moment.speech.is_empty() && held && moment.progress >= 650;
    told.unwrap_or(if tense { Movement::PushIn } else { Movement::Static })
}
