use std::collections::{BTreeMap, BTreeSet};

use crate::AlignError;
use crate::adapt::{Map, Pairs, Spread, centres};
use crate::confidence::{Evidence, weigh};
use crate::edges::{self, Edges};
use crate::features::{CEPSTRA, Cepstra, Ear, PER_FRAME, Room, colour, feature};
use crate::lattice::{
    Costs, DIMENSIONS, FRAMES_PER_SEC, Feature, Heard, Model, Place, Way, distance, search,
};
use crate::mel::{BANDS, ENERGIES_PER_SEC, MelAnalyser, NOTHING, SPECTRA_PER_SEC, Spectra};
use crate::session::Session;
use crate::text;
use crate::types::{
    ALIGN_HZ, AlignContext, AlignedLine, Alignment, ExtraSpeech, Fit, Line, Recording, Stretch, Take, Word,
};
use crate::voice::{Said, Voice};

/// Samples per frame.
const FRAME: u64 = ALIGN_HZ as u64 / FRAMES_PER_SEC as u64;

/// Lays `recording` against `lines`.
pub fn align(
    recording: &mut dyn Recording,
    lines: &[Line],
    context: &AlignContext<'_>,
) -> Result<Alignment, AlignError> {
    check(lines)?;
    let words: Vec<Vec<String>> = lines.iter().map(|line| text::words(&line.text)).collect();
    let said = say(lines, &words, context)?;
    let (spectra, samples) = listen(recording, context)?;
    Session { lines, words: &words, said: &said, spectra: &spectra, samples }.align(context)
}

fn check(lines: &[Line]) -> Result<(), AlignError> {
    if lines.is_empty() {
        return Err(AlignError::NoLines);
    }
    let mut ids = BTreeSet::new();
    for line in lines {
        if !ids.insert(&line.id) {
            return Err(AlignError::SameId { id: line.id.clone() });
        }
        // The name goes to a command line: nothing there may look like an option or a path upwards.
        let plain = line.language.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '_'));
        if !plain
            || line.language.is_empty()
            || line.language.starts_with(['-', '+'])
            || line.language.len() > 64
        {
            return Err(AlignError::LanguageName { id: line.id.clone(), language: line.language.clone() });
        }
    }
    Ok(())
}

fn listen(recording: &mut dyn Recording, context: &AlignContext<'_>) -> Result<(Spectra, u64), AlignError> {
    let mut analyser = MelAnalyser::new(ALIGN_HZ);
    let mut block = vec![0.0; 16_384];
    let mut samples = 0_u64;
    loop {
        if (context.stopped)() {
            return Err(AlignError::Stopped);
        }
        let came = recording
            .read(&mut block)
            .map_err(|source| AlignError::Recording { secs: samples / u64::from(ALIGN_HZ), source })?;
        analyser.add(&block[..came]);
        samples += came as u64;
        if came < block.len() {
            return Ok((analyser.finish(), samples));
        }
    }
}

/// What each line sounds like in the reference voice; lines without words stay empty.
fn say(lines: &[Line], words: &[Vec<String>], context: &AlignContext<'_>) -> Result<Vec<Said>, AlignError> {
    let mut by_language: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, line) in lines.iter().enumerate().filter(|(at, _)| !words[*at].is_empty()) {
        by_language.entry(&line.language).or_default().push(at);
    }
    let mut said = vec![Said::default(); lines.len()];
    for (language, which) in by_language {
        let language = if language == "en" { "en-us" } else { language };
        let voice = Voice { program: context.espeak, language, words_per_minute: 175 };
        let texts: Vec<&[String]> = which.iter().map(|at| &words[*at][..]).collect();
        for (at, one) in which.iter().zip(voice.say(&texts)?) {
            said[*at] = one;
        }
    }
    Ok(said)
}

const COSTS: Costs = Costs {
    scale: 0.1,
    offset: 0.0,
    most: 1.5,
    stay: 0.25,
    hurry: 0.25,
    skip_line: 8.0,
    repeat: 5.0,
    back: 4.0,
    break_off: 6.0,
    pause: 3.0,
    pause_at_mark: 0.5,
    other: 4.0,
    other_frame: 0.02,
    other_in_line: 6.0,
    omit_word: 4.0,
    no_pause: 4.0,
    jump: 30.0,
    beam: 60.0,
};

/// How far behind the best a way may be while scenes are looked for.
const ROUGH_BEAM: f32 = 70.0;
/// Frames to either side over which a part of a session is brought to one mean and spread while scenes are looked for.
const NEAR: usize = 375;
/// Frames with speech below which a recording is silent.
const LEAST_SPEECH: f32 = 4.0;
/// What the lines must gain over their decoy, per frame of speech. Recordings of other words gain up to 0.1, the right
/// ones 0.3 and more.
const LEAST_GAIN: f32 = 0.15;

impl Costs {
    /// The costs where a frame is so many spectra long.
    pub(crate) fn of_frames(per_frame: usize) -> Self {
        let times = per_frame as f32 / PER_FRAME as f32;
        Self {
            scale: COSTS.scale * times,
            offset: COSTS.offset * times,
            most: COSTS.most * times,
            other_frame: COSTS.other_frame * times,
            ..COSTS
        }
    }

    /// The costs while the speakers are not known yet: all the lines are said, once and in order, with this much trust.
    fn trusting(self, trust: f32) -> Self {
        Self {
            offset: self.offset - 0.25 * trust,
            skip_line: self.skip_line + 8.0 * trust,
            jump: self.jump + 40.0 * trust,
            beam: self.beam + 30.0 * trust,

            repeat: self.repeat + 10.0 * trust,
            break_off: self.break_off + 10.0 * trust,
            other: self.other + 4.0 * trust,
            other_in_line: self.other_in_line + 6.0 * trust,
            ..self
        }
    }
}

/// Lines that belong together, and what was recorded of them.
pub(crate) struct Scene<'a> {
    /// Spectra per frame.
    per_frame: usize,
    /// Whether all speakers are mapped as one.
    one_voice: bool,
    heads: Vec<usize>,
    lines: &'a [Line],
    words: &'a [Vec<String>],
    /// Lines that are said.
    spoken: Vec<usize>,
    /// Features of each spoken line in the reference voice, at 10 ms.
    voice: Vec<Vec<Feature>>,
    starts: Vec<Vec<usize>>,
    /// Spectra of echo behind each line.
    echo: usize,
    /// Features of the recording.
    heard: Vec<Feature>,
    silence: Vec<f32>,
    spread: Spread,
    voice_spread: Spread,
    spectra: &'a Spectra,
}

impl<'a> Scene<'a> {
    pub(crate) fn new(
        lines: &'a [Line],
        words: &'a [Vec<String>],
        said: &[Said],
        spectra: &'a Spectra,
        per_frame: usize,
    ) -> Self {
        let room = Room::of(&spectra.bands);
        let spoken: Vec<usize> = (0..lines.len()).filter(|at| said[*at].bands.len() >= 4).collect();
        let voice_colour = colour(spoken.iter().flat_map(|at| &said[*at].bands));
        let cepstra = Ear::of_recording(&room).hear(&spectra.bands);
        let frames = cepstra.len() / per_frame;
        let heard: Vec<Feature> = (0..frames).map(|frame| feature(&cepstra, frame * per_frame)).collect();
        let silence = silence(spectra, &room, frames, per_frame);
        let energies = ENERGIES_PER_SEC / SPECTRA_PER_SEC * per_frame;
        let quiet: Vec<bool> = (0..spectra.energies.len())
            .map(|at| silence.get(at / energies).is_none_or(|silence| *silence > 0.0))
            .collect();
        let falls = edges::echo(&spectra.energies, &quiet);
        let echo = if falls.is_some() { ECHO } else { 0 };
        let ear = Ear::of_voice(&voice_colour, &room);
        let features =
            |cepstra: Vec<Cepstra>| (0..cepstra.len()).map(|at| feature(&cepstra, at)).collect::<Vec<_>>();
        let mut voice: Vec<Vec<Feature>> =
            spoken.iter().map(|at| features(ear.hear(&echoing(&said[*at].bands, falls, echo)))).collect();
        let voice_spread = Spread::of(voice.iter().flatten());
        for feature in voice.iter_mut().flatten() {
            feature
                .iter_mut()
                .zip(&voice_spread.mean)
                .take(DIMENSIONS / 2)
                .for_each(|(value, mean)| *value -= mean);
        }
        let voice_spread = Spread::of(voice.iter().flatten());
        let speech =
            heard.iter().zip(&silence).filter(|(_, silence)| **silence < 0.0).map(|(feature, _)| feature);
        let spread = Spread::of(speech);
        let starts = spoken.iter().map(|at| said[*at].words.clone()).collect();
        Self {
            per_frame,
            one_voice: false,
            heads: Vec::new(),
            lines,
            words,
            spoken,
            voice,
            echo,
            starts,
            heard,
            silence,
            spread,
            voice_spread,
            spectra,
        }
    }

    /// The lines as this map says them, in units of `deviation`.
    fn models(&self, tuning: &Tuning) -> Vec<Model> {
        (0..self.spoken.len()).map(|line| self.model(line, tuning)).collect()
    }

    fn model(&self, line: usize, tuning: &Tuning) -> Model {
        let features = &self.voice[line];
        let body = features.len() - self.echo;
        let map = tuning.map_of(&self.lines[self.spoken[line]].character);
        let step = self.per_frame as f32 * tuning.rate;
        let count = ((body as f32 / step) as usize).max(self.starts[line].len()).max(2);
        let whole = count + self.echo / self.per_frame;
        let states = (0..whole)
            .map(|state| scaled(&map.of(&features[self.spectrum(line, state, count)]), &tuning.deviation));
        let mut words: Vec<usize> = self.starts[line].iter().map(|start| start * count / body).collect();
        for word in 1..words.len() {
            words[word] = words[word].max(words[word - 1] + 1);
        }
        let words_count = words.len();
        for (word, start) in words.iter_mut().enumerate() {
            *start = (*start).min(count - (words_count - word));
        }
        let texts = &self.words[self.spoken[line]];
        let pauses = (0..words_count).map(|word| word > 0 && text::ends_phrase(&texts[word - 1])).collect();
        Model { states: states.collect(), body: count, words, pauses }
    }

    /// The reference's spectrum that a state of a line is made of, where `count` states are the line itself.
    fn spectrum(&self, line: usize, state: usize, count: usize) -> usize {
        let last = self.voice[line].len() - 1;
        let body = last + 1 - self.echo;
        if state >= count {
            return (body + (state - count) * self.per_frame).min(last);
        }
        (((state as f32 + 0.5) * body as f32 / count as f32) as usize).min(body - 1)
    }

    fn heard(&self, models: &[Model], tuning: &Tuning) -> Heard {
        let features: Vec<Feature> =
            self.heard.iter().map(|feature| scaled(feature, &tuning.deviation)).collect();
        let states: Vec<Feature> = models.iter().flat_map(|model| &model.states).copied().collect();
        let centres = centres(&states, 32, 4);
        let anything = features.iter().map(|feature| anything(feature, &centres)).collect();
        Heard { features, anything, silence: self.silence.clone() }
    }

    /// The best way, searched again and again with less trust and more knowledge of the speakers.
    fn found(&self, trusts: &[f32], costs: Costs) -> (Way, Vec<Model>, Heard) {
        let mut tuning = Tuning::first(&self.voice_spread, &self.spread);
        let mut found: Option<(Way, Vec<Model>, Heard)> = None;
        for trust in trusts {
            if let Some((way, models, _)) = &found {
                tuning = self.tuned(&tuning, models, way);
            }
            let models = self.models(&tuning);
            let heard = self.heard(&models, &tuning);
            let way = search(&models, &heard, costs.trusting(*trust), &self.heads);
            found = Some((way, models, heard));
        }
        found.unwrap_or_default()
    }

    /// The way by a quick look, where any scene that begins with one of `heads` may follow anything.
    pub(crate) fn rough(&mut self, heads: Vec<usize>, costs: Costs) -> Way {
        let costs = Costs {
            beam: ROUGH_BEAM,
            other_in_line: 1e6,
            skip_line: 16.0,
            repeat: 20.0,
            back: 10.0,
            break_off: 20.0,
            ..costs
        };
        let place = |line: usize| self.spoken.partition_point(|spoken| *spoken < line);
        self.heads = heads.into_iter().map(place).filter(|head| *head < self.spoken.len()).collect();
        self.heads.dedup();
        self.by_itself();
        self.found(&[1.0, 0.0], costs).0
    }

    /// Brings each part of the recording to one mean and spread, so that other voices and rooms later in it matter less.
    fn by_itself(&mut self) {
        let count = self.heard.len();
        let mut sums = vec![([0.0_f64; DIMENSIONS], [0.0_f64; DIMENSIONS], 0.0_f64)];
        for (feature, silence) in self.heard.iter().zip(&self.silence) {
            let (mut sum, mut squares, mut people) = sums[sums.len() - 1];
            if *silence < 0.0 {
                people += 1.0;
                for (order, value) in feature.iter().enumerate() {
                    sum[order] += f64::from(*value);
                    squares[order] += f64::from(*value) * f64::from(*value);
                }
            }
            sums.push((sum, squares, people));
        }
        for at in 0..count {
            let (from, to) = (&sums[at.saturating_sub(NEAR)], &sums[(at + NEAR).min(count)]);
            let people = to.2 - from.2;
            if people < 100.0 {
                continue;
            }
            for order in 0..DIMENSIONS {
                let mean = (to.0[order] - from.0[order]) / people;
                let deviation = ((to.1[order] - from.1[order]) / people - mean * mean).max(1e-6).sqrt();
                let ratio = self.spread.deviation[order] / deviation as f32;
                let value = &mut self.heard[at][order];
                *value = (*value - mean as f32) * ratio + self.spread.mean[order];
            }
        }
        self.one_voice = true;
    }

    /// Place among all lines of a line that is spoken.
    pub(crate) fn line(&self, spoken: usize) -> usize {
        self.spoken[spoken]
    }

    pub(crate) fn align(&self, samples: u64) -> Alignment {
        let (way, models, heard) = self.found(&[1.0, 0.6, 0.3, 0.0], COSTS);
        let turned: Vec<Model> = models.iter().map(Model::turned).collect();
        let decoy = search(&turned, &heard, COSTS, &[]);
        let fit = self.fit(&way, &decoy);
        let mut answer = self.answer(&way, &models, &heard, samples);
        if fit != Fit::Fits {
            answer.forget();
        }
        Alignment { fit, ..answer }
    }

    /// Whether the lines explain the recording better than the same lines said backwards do.
    fn fit(&self, way: &Way, decoy: &Way) -> Fit {
        let speech = self.silence.iter().filter(|silence| **silence < 0.0).count() as f32;
        if speech < LEAST_SPEECH {
            return Fit::Silent;
        }
        // By chance alone the better of two ways is worth something, which counts in a short recording.
        let chance = (0.1 * speech).min(25.0);
        let gained = (way.worth - decoy.worth - chance) / speech;
        // A recording of a word or two cannot be told for certain; it gets the benefit of the doubt.
        let wanted = LEAST_GAIN * (speech / 250.0).min(1.0);
        if gained < wanted { Fit::OtherWords } else { Fit::Fits }
    }

    /// Map, spread and rate learnt from a way.
    fn tuned(&self, before: &Tuning, models: &[Model], way: &Way) -> Tuning {
        let mut pairs: BTreeMap<&str, Pairs> = BTreeMap::new();
        let mut whole = Pairs::new();
        let mut lying: Vec<(usize, &str, Feature)> = Vec::new();
        let (mut frames, mut states) = (0.0_f32, 0.0_f32);
        for (frame, place) in way.places.iter().enumerate() {
            let Place::State { line, state } = *place else { continue };
            let voice = self.voice[line][self.spectrum(line, state, models[line].body)];
            let character = self.lines[self.spoken[line]].character.as_str();
            pairs.entry(character).or_insert_with(Pairs::new).add(&voice, &self.heard[frame]);
            lying.push((frame, character, voice));
            frames += 1.0;
            let stayed = frame > 0 && way.places[frame - 1] == *place;
            if !stayed {
                let hurried = frame > 0
                    && matches!(way.places[frame - 1], Place::State { line: l, state: s } if l == line && s + 2 == state);
                states += if hurried { 2.0 } else { 1.0 };
            }
        }
        for of_character in pairs.values() {
            whole.add_all(of_character, 1.0);
        }
        let map = whole.map(&before.prior, &self.voice_spread, 60.0);
        let characters: BTreeMap<String, Map> = pairs
            .iter()
            .filter(|_| !self.one_voice)
            .map(|(character, pairs)| ((*character).to_owned(), pairs.map(&map, &self.voice_spread, 150.0)))
            .collect();
        let mut tuning = Tuning { map, characters, ..before.clone() };
        let missed: Vec<Feature> = lying
            .iter()
            .map(|(frame, character, voice)| {
                let mapped = tuning.map_of(character).of(voice);
                std::array::from_fn(|order| self.heard[*frame][order] - mapped[order])
            })
            .collect();
        let spread = Spread::of(missed.iter());
        if frames > 100.0 {
            for order in 0..DIMENSIONS {
                tuning.deviation[order] = spread.deviation[order].max(0.3 * self.spread.deviation[order]);
            }
            tuning.rate = (before.rate * states / frames).clamp(0.5, 2.0);
        }
        tuning
    }

    fn answer(&self, way: &Way, models: &[Model], heard: &Heard, samples: u64) -> Alignment {
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
        let segments = self.segments(way, models);
        let edges = Edges::new(&self.spectra.energies, self.quiet(&segments), self.echo > 0);
        let mut extras = Vec::new();
        let mut evidences = vec![Vec::new(); lines.len()];
        for (at, segment) in segments.iter().enumerate() {
            match segment.kind {
                Kind::Line(line) => {
                    let (mut take, evidence) = self.take(way, models, heard, segment);
                    evidences[self.spoken[line]].push(evidence);
                    take.stretch = Self::edges(&edges, &segments, at);
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
    fn variety(&self, frames: std::ops::Range<usize>) -> f32 {
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

    fn take(&self, way: &Way, models: &[Model], heard: &Heard, segment: &Segment) -> (Take, Evidence) {
        let frames = segment.core.clone();
        let line = line_of(way.places[frames.start]).unwrap_or(0);
        let model = &models[line];
        let mut seen = vec![false; model.words.len()];
        let mut words: Vec<(usize, usize, usize)> = Vec::new();
        let (mut fit, mut count) = (0.0, 0);
        let mut last = 0;
        for frame in frames.clone() {
            let Place::State { state, .. } = way.places[frame] else { continue };
            if state >= model.body {
                last = model.body - 1;
                continue;
            }
            let word = model.word_of(state);
            seen[word] = true;
            last = state;
            match words.last_mut() {
                Some(entry) if entry.0 == word => entry.2 = frame + 1,
                _ => words.push((word, frame, frame + 1)),
            }
            fit += COSTS.scale
                * (-0.5 * distance(&heard.features[frame], &model.states[state]) - heard.anything[frame]);
            count += 1;
        }
        let to_end = last + 1 == model.body
            || way.places[frames.end - 1] == (Place::OtherInLine { line, word: model.words.len() });
        let said = seen.iter().filter(|seen| **seen).count() as f32 / seen.len() as f32;
        let texts = &self.words[self.spoken[line]];
        let quiet = frames.clone().filter(|frame| self.silence[*frame] > 0.0).count();
        let evidence = Evidence {
            frames: count as f32,
            expected: model.body as f32 * said.max(0.1),
            quiet: quiet as f32 / frames.len().max(1) as f32,
        };
        let take = Take {
            stretch: stretch(frames.start, frames.end),
            complete: to_end && said > 0.4,
            said,
            fit: fit / count.max(1) as f32,
            words: words
                .iter()
                .map(|(word, from, to)| Word {
                    word: text::shown(&texts[*word]).to_owned(),
                    stretch: stretch(*from, *to),
                })
                .collect(),
            unscripted: Self::unscripted(way, segment),
        };
        (take, evidence)
    }

    /// Where in a reading something was said that is not in its line.
    fn unscripted(way: &Way, segment: &Segment) -> Vec<Stretch> {
        let mut stretches = Vec::new();
        let (whole, core) = (&segment.frames, &segment.core);
        if whole.start < core.start {
            stretches.push(stretch(whole.start, core.start));
        }
        let mut frame = core.start;
        while frame < core.end {
            let other = |place: &Place| matches!(place, Place::OtherInLine { .. });
            let run = way.places[frame..core.end].iter().take_while(|place| other(place)).count();
            if run >= ATTACHED.0 {
                stretches.push(stretch(frame, frame + run));
            }
            frame += run.max(1);
        }
        if whole.end > core.end {
            stretches.push(stretch(core.end, whole.end));
        }
        stretches
    }
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

pub(crate) fn line_of(place: Place) -> Option<usize> {
    match place {
        Place::State { line, .. } | Place::Pause { line, .. } | Place::OtherInLine { line, .. } => Some(line),
        Place::Silence { .. } | Place::Other { .. } => None,
    }
}

/// Spectra of echo put behind each line, in a room that echoes.
const ECHO: usize = 40;
/// An echo's energy against what it is the echo of.
const ECHO_ENERGY: f32 = 0.6;

/// `bands` as heard in a room whose echo falls by `falls` nepers from one to the next, and `more` of echo behind them.
fn echoing(bands: &[[f32; BANDS]], falls: Option<f32>, more: usize) -> Vec<[f32; BANDS]> {
    let Some(falls) = falls else { return bands.to_vec() };
    let keeps = libm::expf(-falls);
    let gain = ECHO_ENERGY * (1.0 - keeps) / keeps;
    let mut echo = [0.0_f32; BANDS];
    let silent = [NOTHING; BANDS];
    let whole = bands.iter().chain(std::iter::repeat_n(&silent, more));
    whole
        .map(|bands| {
            std::array::from_fn(|band| {
                let direct = libm::expf(bands[band]);
                let heard = libm::logf(direct + echo[band] + 1e-14);
                echo[band] = keeps * (echo[band] + gain * direct);
                heard
            })
        })
        .collect()
}

/// Frames that words may last which are put before or behind a line.
const ATTACHED: (usize, usize) = (6, 100);
/// Frames of silence within one breath.
const IN_ONE_BREATH: usize = 17;

/// Least variety of speech; drawn speech has 0.45 and more, noises at most 0.35.
const VARIETY_OF_SPEECH: f32 = 0.42;

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
            place => line_of(place).map_or(Self::Silence, Self::Line),
        }
    }
}

/// A piece of the way.
#[derive(Debug, Clone)]
struct Segment {
    kind: Kind,
    frames: std::ops::Range<usize>,
    /// The part that the search took for the line itself.
    core: std::ops::Range<usize>,
}

fn scaled(feature: &Feature, deviation: &Feature) -> Feature {
    std::array::from_fn(|order| feature[order] / deviation[order])
}

/// How well the whole of the voice's sounds explains a feature.
fn anything(feature: &Feature, centres: &[(f32, Feature)]) -> f32 {
    let terms: Vec<f32> =
        centres.iter().map(|(share, centre)| libm::logf(*share) - 0.5 * distance(feature, centre)).collect();
    let most = terms.iter().copied().fold(f32::MIN, f32::max);
    most + libm::logf(terms.iter().map(|term| libm::expf(term - most)).sum())
}

/// Spectra in which the noise is taken to stay as it is; in a session another room may follow.
const ONE_NOISE: usize = 60 * SPECTRA_PER_SEC;

/// How far each spectrum stands out of the noise there.
fn prominence(spectra: &[[f32; BANDS]], room: &Room) -> Vec<f32> {
    if spectra.len() < 4 * ONE_NOISE {
        return spectra.iter().map(|bands| room.prominence(bands)).collect();
    }
    let mut prominence = Vec::with_capacity(spectra.len());
    for start in (0..spectra.len()).step_by(ONE_NOISE / 2) {
        let end = (start + ONE_NOISE / 2).min(spectra.len());
        let around = &spectra[start.saturating_sub(ONE_NOISE / 4)..(end + ONE_NOISE / 4).min(spectra.len())];
        let here = Room::of(around);
        prominence.extend(spectra[start..end].iter().map(|bands| here.prominence(bands)));
    }
    prominence
}

/// What each frame gives to silence.
fn silence(spectra: &Spectra, room: &Room, frames: usize, per_frame: usize) -> Vec<f32> {
    let prominence = prominence(&spectra.bands, room);
    let smooth = |at: usize| {
        let near = &prominence[at.saturating_sub(2)..(at + 3).min(prominence.len())];
        near.iter().sum::<f32>() / near.len() as f32
    };
    let smoothed: Vec<f32> = (0..frames).map(|frame| smooth(frame * per_frame)).collect();
    let mut sorted = smoothed.clone();
    sorted.sort_unstable_by(f32::total_cmp);
    let at = |share: f32| {
        sorted
            .get(((sorted.len() as f32 * share) as usize).min(sorted.len().saturating_sub(1)))
            .copied()
            .unwrap_or(0.0)
    };
    let limit = (0.25 * at(0.95) + 0.75 * at(0.05)).max(0.6);
    smoothed
        .iter()
        .map(|value| per_frame as f32 / PER_FRAME as f32 * (1.5 * (limit - value) / limit).clamp(-1.5, 0.4))
        .collect()
}

/// What is known of the speakers.
#[derive(Debug, Clone)]
struct Tuning {
    prior: Map,
    map: Map,
    characters: BTreeMap<String, Map>,
    /// How far features usually miss.
    deviation: Feature,
    /// How fast the actors speak, in reference speeds.
    rate: f32,
}

impl Tuning {
    fn first(voice: &Spread, heard: &Spread) -> Self {
        let map = Map::of_spreads(voice, heard, 0.7);
        let deviation = heard.deviation.map(|deviation| 0.8 * deviation);
        Self { prior: map.clone(), map, characters: BTreeMap::new(), deviation, rate: 1.0 }
    }

    fn map_of(&self, character: &str) -> &Map {
        self.characters.get(character).unwrap_or(&self.map)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;

    use super::*;

    /// A sentence by a voice that is not the reference, at 16 kHz.
    fn spoken(text: &str, voice: &str) -> Vec<f32> {
        let answer =
            Command::new("espeak-ng").args(["-v", voice, "-s", "150", "--stdout", text]).output().unwrap();
        let values = answer.stdout[44..]
            .chunks_exact(2)
            .map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_768.0);
        let values: Vec<f32> = values.collect();
        let place = |n: usize| n as f32 * 22_050.0 / 16_000.0;
        let count = values.len() * 160 / 221;
        let mut sound: Vec<f32> = (0..count)
            .map(|n| {
                let (at, share) = (place(n) as usize, place(n).fract());
                values[at] * (1.0 - share) + values[(at + 1).min(values.len() - 1)] * share
            })
            .collect();
        let loud = |value: &f32| value.abs() > 0.003;
        let (first, last) = (sound.iter().position(loud).unwrap(), sound.iter().rposition(loud).unwrap());
        sound.truncate(last + 1);
        sound.drain(..first);
        sound
    }

    /// A recording and where each of its parts is, in seconds.
    fn recording(parts: &[(&str, &str)]) -> (Vec<f32>, Vec<(f64, f64)>) {
        let mut sound = vec![0.0; 12_000];
        let mut places = Vec::new();
        for (voice, text) in parts {
            let said = spoken(text, voice);
            let start = sound.len() as f64 / 16_000.0;
            sound.extend(said);
            places.push((start, sound.len() as f64 / 16_000.0));
            sound.resize(sound.len() + 12_000, 0.0);
        }
        let mut state = 1_u32;
        for value in &mut sound {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *value += (state >> 8) as f32 / 16_777_216.0 * 0.002 - 0.001;
        }
        (sound, places)
    }

    fn lines(texts: &[(&str, &str)]) -> Vec<Line> {
        let line = |(at, (character, text)): (usize, &(&str, &str))| Line {
            id: format!("1.{at:02}"),
            text: (*text).to_owned(),
            language: if text.is_ascii() { "en" } else { "ko" }.to_owned(),
            character: (*character).to_owned(),
            scene: "1".to_owned(),
        };
        texts.iter().enumerate().map(line).collect()
    }

    fn aligned(mut sound: &[f32], lines: &[Line]) -> Result<Alignment, AlignError> {
        let context = AlignContext { espeak: Path::new("espeak-ng"), stopped: &|| false };
        align(&mut sound, lines, &context)
    }

    fn is_near(found: &AlignedLine, place: (f64, f64)) -> bool {
        found.best_take().is_some_and(|take| {
            let (start, end) = take.stretch.seconds();
            (start - place.0).abs() < 0.12 && (end - place.1).abs() < 0.12
        })
    }

    const SCENE: [(&str, &str); 6] = [
        ("MINA", "You said the *train* leaves at six."),
        ("JONAS", "It did (beat) yesterday."),
        ("MINA", "So we walk?"),
        ("JONAS", "Forty kilometres, in the snow, with your suitcase."),
        ("MINA", "No."),
        ("JONAS", "Then give me the radio, and carry the rest yourself."),
    ];

    #[test]
    fn what_actors_do_is_found() {
        let (mina, jonas) = ("en-gb-scotland+f3", "en-gb-x-rp+m2");
        let (sound, places) = recording(&[
            (mina, "You said the train leaves at six."),
            (jonas, "It did, yesterday."),
            (mina, "So we walk?"),
            (mina, "So we walk?"),
            (jonas, "Then give me the"),
            (jonas, "Then give me the radio, and carry the rest yourself."),
        ]);
        let found = aligned(&sound, &lines(&SCENE)).unwrap();
        assert_eq!(found.fit, Fit::Fits);
        let at = [Some(0), Some(1), Some(3), None, None, Some(5)];
        for (line, at) in found.lines.iter().zip(at) {
            match at {
                Some(at) => assert!(is_near(line, places[at]), "{:?} {line:?}", places[at]),
                None => assert_eq!(line.best, None, "{line:?}"),
            }
        }
        assert_eq!(found.lines[2].takes.len(), 2);
        let takes: Vec<bool> = found.lines[5].takes.iter().map(|take| take.complete).collect();
        assert_eq!(takes, [false, true]);
        let words: Vec<&str> =
            found.lines[0].best_take().unwrap().words.iter().map(|word| word.word.as_str()).collect();
        assert_eq!(words, ["You", "said", "the", "train", "leaves", "at", "six"]);
    }

    #[test]
    fn other_words_and_silence_are_not_laid() {
        let (sound, _) = recording(&[
            ("en-us+m3", "The last bus has gone, and nobody knows when another one will come."),
            ("en-us+f2", "My grandmother planted these apple trees before the war."),
            ("en-us+m3", "Would you like some more soup, or shall I call the waiter?"),
        ]);
        let found = aligned(&sound, &lines(&SCENE)).unwrap();
        assert_eq!(found.fit, Fit::OtherWords);
        assert!(found.lines.iter().all(|line| line.best.is_none()) && !found.extras.is_empty());
        for samples in [0, 1, 3200, 160_000] {
            let found = aligned(&vec![0.0; samples], &lines(&SCENE)).unwrap();
            assert_eq!((found.fit, found.samples), (Fit::Silent, samples as u64));
        }
    }

    #[test]
    fn lines_that_cannot_be_looked_for_are_errors() {
        let (sound, _) = recording(&[("en-us", "So we walk?")]);
        assert!(matches!(aligned(&sound, &[]), Err(AlignError::NoLines)));
        let mut twice = lines(&SCENE);
        twice[1].id = twice[0].id.clone();
        assert!(matches!(aligned(&sound, &twice), Err(AlignError::SameId { .. })));
        let mut odd = lines(&SCENE);
        odd[1].language = "--version".to_owned();
        assert!(matches!(aligned(&sound, &odd), Err(AlignError::LanguageName { .. })));
        odd[1].language = "xx-nowhere".to_owned();
        assert!(matches!(aligned(&sound, &odd), Err(AlignError::Voice { .. })));
        let unsaid = lines(&[("MINA", "…"), ("MINA", "(sighs)")]);
        assert!(aligned(&sound, &unsaid).unwrap().lines.iter().all(|line| line.best.is_none()));
    }
}
