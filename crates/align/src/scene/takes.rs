//! A way through a recording, told as takes with their words, and what else is heard.

use std::collections::BTreeMap;
use std::ops::Range;

use super::pieces::{PART, Pieces, fit};
use super::wording::{Departure, Reading};
use super::{Found, Scene};
use crate::adapt::Spread;
use crate::confidence::{Evidence, weigh};
use crate::costs::COSTS;
use crate::edges::Edges;
use crate::features::CEPSTRA;
use crate::lattice::{FRAMES_PER_SEC, Model, Place, Way};
use crate::mel::ENERGIES_PER_SEC;
use crate::text;
use crate::types::{ALIGN_HZ, AlignedLine, Alignment, ExtraSpeech, Fit, Misreading, Stretch, Take, Word};

/// Samples per frame.
const FRAME: u64 = ALIGN_HZ as u64 / FRAMES_PER_SEC as u64;
/// Frames that words may last which are put before or behind a line.
const ATTACHED: (usize, usize) = (6, 100);
/// Frames of silence within one breath.
const IN_ONE_BREATH: usize = 17;
/// Least variety of speech; drawn speech has 0.45 and more, noises at most 0.35.
const VARIETY_OF_SPEECH: f32 = 0.42;

/// The most that a frame counts in what a speaker usually loses: what is said otherwise must not become usual.
const MOST_USUAL: f32 = 1.5;

/// What a piece of the way is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Line(usize),
    Other,
    Silence,
}

impl Kind {
    fn of(place: Place) -> Self {
        match place {
            Place::Silence { .. } => Self::Silence,
            Place::Other { .. } => Self::Other,
            place => place.line().map_or(Self::Silence, Self::Line),
        }
    }
}

/// A piece of the way.
#[derive(Debug, Clone)]
struct Segment {
    kind: Kind,
    frames: Range<usize>,
    /// The part that the search took for the line itself.
    core: Range<usize>,
}

impl Scene<'_> {
    /// What `way` says, line by line.
    pub(super) fn answer(&self, found: &Found, samples: u64) -> Alignment {
        let mut lines: Vec<AlignedLine> = self
            .lines
            .iter()
            .map(|line| AlignedLine {
                id: line.id.clone(),
                takes: Vec::new(),
                best: None,
                confidence: 0.5,
                misread: false,
            })
            .collect();
        let segments = self.segments(&found.way, &found.models);
        let mut against = self.against(found, &segments).into_iter();
        let edges = Edges::new(&self.spectra.energies, self.quiet(&segments), self.echo > 0);
        let mut extras = Vec::new();
        let mut evidences = vec![Vec::new(); lines.len()];
        for (at, segment) in segments.iter().enumerate() {
            match segment.kind {
                Kind::Line(line) => {
                    let against = against.next().unwrap_or_default();
                    let (mut take, evidence) = self.take(found, segment, &against);
                    evidences[self.spoken[line]].push(evidence);
                    take.stretch = Self::edges(&edges, &segments, at);
                    keep_inside(&mut take);
                    lines[self.spoken[line]].takes.push(take);
                }
                Kind::Other => extras.push(ExtraSpeech {
                    stretch: Self::edges(&edges, &segments, at),
                    speech: self.variety(segment.frames.clone()) > VARIETY_OF_SPEECH,
                }),
                Kind::Silence => {}
            }
        }
        for line in &mut lines {
            line.best = line.takes.iter().rposition(|take| take.complete);
        }
        weigh(&mut lines, &evidences, &extras);
        Alignment { lines, extras, fit: Fit::Fits, samples }
    }

    /// Start and end of a segment at its speech, between its neighbours.
    fn edges(edges: &Edges<'_>, segments: &[Segment], at: usize) -> Stretch {
        let (from, to, least, most) = room_of(segments, at);
        let (start, end) = edges.refined(from, to, least, most);
        let sample = |energy: usize| energy as u64 * u64::from(ALIGN_HZ) / ENERGIES_PER_SEC as u64;
        Stretch { start: sample(start), end: sample(end) }
    }

    /// For each energy whether nobody speaks there.
    fn quiet(&self, segments: &[Segment]) -> Vec<bool> {
        let mut quiet = vec![false; self.spectra.energies.len()];
        let per_frame = ENERGIES_PER_SEC / FRAMES_PER_SEC;
        for segment in segments.iter().filter(|segment| segment.kind == Kind::Silence) {
            // A line's first and last sounds may still lie in the silence beside it.
            for frame in segment.frames.start + 3..segment.frames.end.saturating_sub(3) {
                let from = (frame * per_frame).min(quiet.len());
                let to = (from + per_frame).min(quiet.len());
                quiet[from..to].fill(self.silence[frame] > 0.0);
            }
        }
        quiet
    }

    /// The way in pieces: takes with what was said around them in one breath, other sounds, silence.
    fn segments(&self, way: &Way, models: &[Model]) -> Vec<Segment> {
        let mut segments: Vec<Segment> = Vec::new();
        for (frame, place) in way.places.iter().enumerate() {
            let kind = Kind::of(*place);
            match segments.last_mut() {
                Some(last) if last.kind == kind => last.frames.end = frame + 1,
                _ => segments.push(Segment { kind, frames: frame..frame + 1, core: frame..frame + 1 }),
            }
        }
        for segment in &mut segments {
            segment.core = segment.frames.clone();
            // What the room lets hear of a line is not the line.
            let echoes = |frame: &usize| matches!(way.places[*frame], Place::State { line, state } if state >= models[line].body);
            segment.frames.end -= segment.core.clone().rev().take_while(echoes).count();
        }
        self.attach(&mut segments);
        segments
    }

    /// How much the sound changes within these frames, in what speech changes: hums, hisses and thumps stay as they are.
    fn variety(&self, frames: Range<usize>) -> f32 {
        let here = Spread::of(self.heard[frames].iter());
        let ratios =
            here.deviation.iter().zip(&self.spread.deviation).take(CEPSTRA).map(|(here, all)| here / all);
        ratios.sum::<f32>() / CEPSTRA as f32
    }

    /// Words put before or behind a line in one breath ("Well, you know, ...") are part of its reading.
    fn attach(&self, segments: &mut Vec<Segment>) {
        let is_speech = |segment: &Segment| {
            segment.kind == Kind::Other
                && (ATTACHED.0..=ATTACHED.1).contains(&segment.frames.len())
                && self.variety(segment.frames.clone()) > VARIETY_OF_SPEECH
        };
        let gap = |segments: &[Segment], at: usize| match segments.get(at) {
            Some(segment) if segment.kind == Kind::Silence => segment.frames.len(),
            Some(_) => 0,
            None => usize::MAX,
        };
        let mut at = 0;
        while at < segments.len() {
            if is_speech(&segments[at]) {
                let before = if at == 0 { usize::MAX } else { gap(segments, at - 1) };
                let after = gap(segments, at + 1);
                let next = if after > 0 { at + 2 } else { at + 1 };
                let is_line = |at: usize| segments.get(at).is_some_and(|s| matches!(s.kind, Kind::Line(_)));
                if after <= IN_ONE_BREATH && after < before && is_line(next) {
                    let start = segments[at].frames.start;
                    segments[next].frames.start = start;
                    segments.drain(at..next);
                    continue;
                }
                let previous = at.checked_sub(if before > 0 { 2 } else { 1 });
                if let Some(previous) = previous.filter(|previous| is_line(*previous))
                    && before <= IN_ONE_BREATH
                    && before < after
                {
                    segments[previous].frames.end = segments[at].frames.end;
                    segments.drain(previous + 1..=at);
                    at = previous;
                }
            }
            at += 1;
        }
    }

    /// For each reading what speaks against it.
    fn against(&self, found: &Found, segments: &[Segment]) -> Vec<Against> {
        let mut speakers: BTreeMap<&str, (Pieces, Vec<f32>)> = BTreeMap::new();
        let mut against = Vec::new();
        for segment in segments {
            let Kind::Line(line) = segment.kind else { continue };
            let character = self.lines[self.spoken[line]].character.as_str();
            let (pieces, losses) = speakers.entry(character).or_insert_with(|| {
                let models = (0..self.spoken.len()).map(|line| self.model_by(character, line, &found.tuning));
                (Pieces::of(models), Vec::new())
            });
            let explained = pieces.explain(&found.heard, segment.core.clone());
            for (frame, explained) in segment.core.clone().zip(&explained) {
                let Place::State { line, state } = found.way.places[frame] else { continue };
                let fit = fit(&found.heard.features[frame], &found.models[line].states[state]);
                losses.push((explained - fit).min(MOST_USUAL));
            }
            against.push((character, explained));
        }
        let usual = |character: &str| {
            let losses = &speakers[character].1;
            losses.iter().sum::<f32>() / losses.len().max(1) as f32
        };
        let of = |(character, explained)| Against { explained, usual: usual(character) };
        against.into_iter().map(of).collect()
    }

    fn take(&self, found: &Found, segment: &Segment, against: &Against) -> (Take, Evidence) {
        let Found { way, models, heard, .. } = found;
        let frames = segment.core.clone();
        let line = way.places[frames.start].line().unwrap_or(0);
        let model = &models[line];
        let mut words: Vec<(usize, Range<usize>, f32)> = Vec::new();
        let mut last = 0;
        for frame in frames.clone() {
            let Place::State { state, .. } = way.places[frame] else { continue };
            if state >= model.body {
                last = model.body - 1;
                continue;
            }
            let word = model.word_of(state);
            last = state;
            let fit = fit(&heard.features[frame], &model.states[state]) - COSTS.scale * heard.anything[frame];
            match words.last_mut() {
                Some(entry) if entry.0 == word => (entry.1.end, entry.2) = (frame + 1, entry.2 + fit),
                _ => words.push((word, frame..frame + 1, fit)),
            }
        }
        let to_end = last + 1 == model.body
            || way.places[frames.end - 1] == (Place::OtherInLine { line, word: model.words.len() });
        let said = words.len() as f32 / model.words.len() as f32;
        let count: usize = words.iter().map(|(_, frames, _)| frames.len()).sum();
        let quiet = frames.clone().filter(|frame| self.silence[*frame] > 0.0).count();
        let evidence = Evidence {
            frames: count as f32,
            expected: model.body as f32 * said.max(0.1),
            quiet: quiet as f32 / frames.len().max(1) as f32,
        };
        let read = if to_end { model.words.len() } else { model.word_of(last) + 1 };
        let parts = parts(&words, read, frames.start..segment.frames.end.min(frames.end));
        let departures = parts.into_iter().flat_map(|(words, part)| {
            let explained = &against.explained[part.start - frames.start..part.end - frames.start];
            Reading { model, words, heard, frames: part, explained, usual: against.usual }.departures()
        });
        let departures = attached(departures.collect(), segment, read);
        let texts = &self.words[self.spoken[line]];
        let written = |words: Range<usize>| {
            texts[words].iter().map(|word| text::shown(word)).collect::<Vec<_>>().join(" ")
        };
        let take = Take {
            stretch: stretch(frames.start, frames.end),
            complete: to_end && said > 0.4,
            breaks_off: !to_end,
            said,
            fit: words.iter().map(|(.., fit)| fit).sum::<f32>() / count.max(1) as f32,
            words: words
                .iter()
                .map(|(word, frames, fit)| Word {
                    word: text::shown(&texts[*word]).to_owned(),
                    stretch: stretch(frames.start, frames.end),
                    fit: fit / frames.len() as f32,
                    said: !departures.iter().any(|departure| departure.words.contains(word)),
                })
                .collect(),
            unscripted: departures
                .iter()
                .filter(|departure| !departure.frames.is_empty())
                .map(|departure| stretch(departure.frames.start, departure.frames.end))
                .collect(),
            misreadings: departures
                .iter()
                .map(|departure| Misreading {
                    written: written(departure.words.clone()),
                    stretch: stretch(departure.frames.start, departure.frames.end),
                })
                .collect(),
        };
        (take, evidence)
    }
}

/// What speaks against a reading being what is written.
#[derive(Debug, Clone, Default)]
struct Against {
    /// How well anything that the speaker could say explains each of its frames.
    explained: Vec<f32>,
    /// What the speaker's frames usually lose against that.
    usual: f32,
}

/// A reading of so many words in parts that are not long, cut where words begin.
fn parts(
    words: &[(usize, Range<usize>, f32)],
    read: usize,
    frames: Range<usize>,
) -> Vec<(Range<usize>, Range<usize>)> {
    let mut parts = Vec::new();
    let mut from = (0, frames.start);
    for (word, here, _) in words {
        if here.start >= from.1 + PART && *word > from.0 {
            parts.push((from.0..*word, from.1..here.start));
            from = (*word, here.start);
        }
    }
    parts.push((from.0..read, from.1..frames.end));
    parts
}

/// What was said otherwise in a reading of so many words, with what was said in one breath before and behind it.
fn attached(mut departures: Vec<Departure>, segment: &Segment, read: usize) -> Vec<Departure> {
    let (whole, core) = (&segment.frames, &segment.core);
    let put_in = |word: usize, frames: Range<usize>| Departure { words: word..word, frames };
    if whole.start < core.start {
        departures.insert(0, put_in(0, whole.start..core.start));
    }
    if whole.end > core.end {
        departures.push(put_in(read, core.end..whole.end));
    }
    departures
}

/// What is told of a reading lies within it, though its edges were found more finely than its words.
fn keep_inside(take: &mut Take) {
    let Stretch { start, end } = take.stretch;
    let inside = |stretch: &mut Stretch| {
        (stretch.start, stretch.end) = (stretch.start.clamp(start, end), stretch.end.clamp(start, end));
    };
    take.unscripted.iter_mut().for_each(inside);
    take.misreadings.iter_mut().map(|one| &mut one.stretch).for_each(inside);
}

/// A segment's first energy and the first after it, and between what neighbours its edges may move.
fn room_of(segments: &[Segment], at: usize) -> (usize, usize, usize, usize) {
    let energy = |frame: usize| frame * ENERGIES_PER_SEC / FRAMES_PER_SEC;
    let sounds = |segment: &&Segment| segment.kind != Kind::Silence;
    let before = segments[..at].iter().rev().find(sounds).map_or(0, |segment| segment.frames.end);
    let after =
        segments[at + 1..].iter().find(sounds).map_or(u32::MAX as usize, |segment| segment.frames.start);
    let frames = &segments[at].frames;
    (energy(frames.start), energy(frames.end), energy(before), energy(after))
}

fn stretch(from: usize, to: usize) -> Stretch {
    Stretch { start: from as u64 * FRAME, end: to as u64 * FRAME }
}
