//! Lines that belong together, laid against what was recorded of them.

mod hearing;
mod pieces;
mod takes;
mod tuning;
mod wording;

use std::collections::VecDeque;

use self::hearing::{ECHO, echoing, silence};
use self::tuning::Tuning;
use crate::adapt::{Spread, centres};
use crate::costs::{COSTS, Costs};
use crate::edges;
use crate::features::{Ear, Room, colour, features};
use crate::lattice::{DIMENSIONS, Feature, Heard, Model, Way, distance, search};
use crate::mel::{ENERGIES_PER_SEC, SPECTRA_PER_SEC, Spectra};
use crate::text;
use crate::types::{Alignment, Fit, Line};
use crate::voice::Said;

/// Frames to either side over which a part of a session is brought to one mean and spread while scenes are looked for.
const NEAR: usize = 375;
/// Seconds of a session out of which is learnt what the speakers are like, before all of it is looked through, and how
/// much the order of the lines is trusted meanwhile.
const LEARNT: [(usize, f32); 2] = [(480, 1.0), (960, 0.0)];
/// Frames with speech below which a recording is silent.
const LEAST_SPEECH: f32 = 4.0;
/// What the lines must gain over their decoy, per frame of speech. Recordings of other words gain up to 0.1, the right
/// ones 0.3 and more.
const LEAST_GAIN: f32 = 0.15;

/// The same for a part of a session, per frame that the lines claim, and what they gain by chance where many lines are
/// looked for in a few words. What others say gains up to 70 in all, a scene in its place 400 and more.
const LEAST_GAIN_OF_PART: f32 = 0.2;
const CHANCE_OF_PART: f32 = 50.0;

/// How much the order of the lines is trusted, search after search.
const TRUSTS: [f32; 4] = [1.0, 0.6, 0.3, 0.0];

/// A way through a recording, and what it was found with.
struct Found {
    way: Way,
    models: Vec<Model>,
    heard: Heard,
    tuning: Tuning,
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
        let heard = features(&Ear::of_recording(&room), &spectra.bands, per_frame);
        let silence = silence(spectra, &room, heard.len(), per_frame);
        let energies = ENERGIES_PER_SEC / SPECTRA_PER_SEC * per_frame;
        let quiet: Vec<bool> = (0..spectra.energies.len())
            .map(|at| silence.get(at / energies).is_none_or(|silence| *silence > 0.0))
            .collect();
        let falls = edges::echo(&spectra.energies, &quiet);
        let echo = if falls.is_some() { ECHO } else { 0 };
        let ear = Ear::of_voice(&voice_colour, &room);
        let mut voice: Vec<Vec<Feature>> =
            spoken.iter().map(|at| features(&ear, &echoing(&said[*at].bands, falls, echo), 1)).collect();
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
        self.model_by(&self.lines[self.spoken[line]].character, line, tuning)
    }

    /// The line as this character would say it.
    fn model_by(&self, character: &str, line: usize, tuning: &Tuning) -> Model {
        let features = &self.voice[line];
        let body = features.len() - self.echo;
        let map = tuning.map_of(character);
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

    /// The first `frames` of what is heard, in units of `deviation`.
    fn heard(&self, models: &[Model], tuning: &Tuning, frames: usize) -> Heard {
        let heard = &self.heard[..frames.min(self.heard.len())];
        let features: Vec<Feature> = heard.iter().map(|feature| scaled(feature, &tuning.deviation)).collect();
        let states: Vec<Feature> = models.iter().flat_map(|model| &model.states).copied().collect();
        let centres = centres(&states, 32, 4);
        let anything = features.iter().map(|feature| anything(feature, &centres)).collect();
        Heard { silence: self.silence[..features.len()].to_vec(), features, anything }
    }

    /// The best way, searched again and again with less trust and more knowledge of the speakers.
    fn found(&self) -> Found {
        let tuning = Tuning::first(&self.voice_spread, &self.spread);
        TRUSTS.iter().skip(1).fold(self.searched(tuning, TRUSTS[0]), |found, trust| {
            self.searched(self.tuned(&found.tuning, &found.models, &found.way), *trust)
        })
    }

    fn searched(&self, tuning: Tuning, trust: f32) -> Found {
        let models = self.models(&tuning);
        let heard = self.heard(&models, &tuning, usize::MAX);
        let way = search(&models, &heard, COSTS.trusting(trust), &self.heads);
        Found { way, models, heard, tuning }
    }

    /// The way by a quick look, where any scene that begins with one of `heads` may follow anything.
    pub(crate) fn rough(&mut self, heads: Vec<usize>, costs: Costs) -> Way {
        let place = |line: usize| self.spoken.partition_point(|spoken| *spoken < line);
        self.heads = heads.into_iter().map(place).filter(|head| *head < self.spoken.len()).collect();
        self.heads.dedup();
        self.by_itself();
        let costs = costs.rough();
        let mut tuning = Tuning::first(&self.voice_spread, &self.spread);
        for (secs, trust) in LEARNT {
            let models = self.models(&tuning);
            let heard = self.heard(&models, &tuning, secs * (SPECTRA_PER_SEC / self.per_frame));
            let way = search(&models, &heard, costs.trusting(trust), &self.heads);
            tuning = self.tuned(&tuning, &models, &way);
        }
        let models = self.models(&tuning);
        let heard = self.heard(&models, &tuning, usize::MAX);
        search(&models, &heard, costs, &self.heads)
    }

    /// Brings each part of the recording to one mean and spread, so that other voices and rooms later in it matter less.
    fn by_itself(&mut self) {
        let count = self.heard.len();
        let mut near = Sums::default();
        // What comes into reach is counted as it was, and leaves as it was: those behind are changed already.
        let mut window: VecDeque<Option<Feature>> = VecDeque::with_capacity(2 * NEAR);
        for at in 0..count + NEAR {
            let comes = (at < count).then(|| (self.silence[at] < 0.0).then_some(self.heard[at])).flatten();
            near.count(comes.as_ref(), 1.0);
            window.push_back(comes);
            if window.len() > 2 * NEAR {
                near.count(window.pop_front().flatten().as_ref(), -1.0);
            }
            if let Some(here) = at.checked_sub(NEAR).filter(|_| near.people >= 100.0) {
                near.bring(&mut self.heard[here], &self.spread);
            }
        }
        self.one_voice = true;
    }

    /// Place among all lines of a line that is spoken.
    pub(crate) fn line(&self, spoken: usize) -> usize {
        self.spoken[spoken]
    }

    /// The lines laid against a recording that should be of them.
    pub(crate) fn align(&self, samples: u64) -> Alignment {
        self.laid(samples, Self::fit)
    }

    /// The lines laid against a part of a session, in which others may be read too.
    pub(crate) fn align_part(&self, samples: u64) -> Alignment {
        self.laid(samples, Self::fit_of_part)
    }

    fn laid(&self, samples: u64, fit: impl Fn(&Self, &Way, &Way) -> Fit) -> Alignment {
        let found = self.found();
        let turned: Vec<Model> = found.models.iter().map(Model::turned).collect();
        let decoy = search(&turned, &found.heard, COSTS, &[]);
        let fit = fit(self, &found.way, &decoy);
        let mut answer = self.answer(&found, samples);
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

    /// The same where what else is said counts neither for nor against the lines: it may be another scene.
    fn fit_of_part(&self, way: &Way, decoy: &Way) -> Fit {
        let claimed = way
            .places
            .iter()
            .zip(&self.silence)
            .filter(|(place, silence)| place.line().is_some() && **silence < 0.0);
        let claimed = claimed.count() as f32;
        if claimed < LEAST_SPEECH {
            return Fit::OtherWords;
        }
        let gained = way.worth - decoy.worth - CHANCE_OF_PART;
        if gained < LEAST_GAIN_OF_PART * claimed { Fit::OtherWords } else { Fit::Fits }
    }
}

/// Sums over the frames nearby in which somebody speaks.
#[derive(Default)]
struct Sums {
    sum: [f64; DIMENSIONS],
    squares: [f64; DIMENSIONS],
    people: f64,
}

impl Sums {
    fn count(&mut self, feature: Option<&Feature>, weight: f64) {
        let Some(feature) = feature else { return };
        self.people += weight;
        for (order, value) in feature.iter().enumerate() {
            self.sum[order] += weight * f64::from(*value);
            self.squares[order] += weight * f64::from(*value) * f64::from(*value);
        }
    }

    /// Brings a feature from the mean and spread nearby to those of all.
    fn bring(&self, feature: &mut Feature, all: &Spread) {
        for (order, value) in feature.iter_mut().enumerate() {
            let mean = self.sum[order] / self.people;
            let deviation = (self.squares[order] / self.people - mean * mean).max(1e-6).sqrt();
            *value = (*value - mean as f32) * all.deviation[order] / deviation as f32 + all.mean[order];
        }
    }
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
