use std::collections::BTreeMap;

use soundlock_script::SceneId;
use soundlock_time::{Fps, Frames, Lengths};

use crate::PlanError;
use crate::prompt;

/// Everything that decides a plan besides script, sound and what was planned before.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanRules {
    /// Frames of the shortest shot that the planner cuts by itself.
    pub shortest_frames: u32,
    /// Frames that each take of a scene holds in reserve.
    pub handles: Handles,
    /// Mean length of a shot in seconds.
    pub pace_secs: f64,
    /// Mean length of a shot in seconds where a scene has a pace of its own.
    pub scene_pace_secs: BTreeMap<SceneId, f64>,
    /// What each generator can make. The one named `generator` must be among them.
    pub generators: Vec<GeneratorLimits>,
    /// Name of the generator that makes a shot unless the shot says otherwise.
    pub generator: String,
    /// How each character looks, by the name in their cues: `a woman of forty in a grey coat`.
    pub cast: BTreeMap<String, String>,
    /// How each place looks, by the name in its headings.
    pub places: BTreeMap<String, PlaceLook>,
    /// What every shot has in common.
    pub style: StyleWords,
    /// How a prompt is put together.
    pub template: PromptTemplate,
    /// Another seed is another rhythm.
    pub seed: u64,
}

/// Frames that a take holds in reserve before its in point and after its out point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handles {
    /// Before the in point.
    pub head: u32,
    /// After the out point.
    pub tail: u32,
}

/// What a generator can make, as far as a plan goes by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratorLimits {
    /// Its name in `film.toml`, or `animatic`.
    pub name: String,
    /// Lengths of takes that it can make, in frames of its own rate.
    pub frames: Lengths,
    /// The rate it is asked for.
    pub fps: Fps,
    /// Price of a generated second; `None` where nobody knows.
    pub price: Option<Price>,
    /// Whether a take can begin with a picture that it is given: the last frame of the take before.
    pub takes_first_frame: bool,
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// Millionths of the currency; 0 for what is free.
    pub micros: u64,
    /// ISO 4217 code.
    pub currency: String,
}

/// How a place looks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlaceLook {
    /// Words for the place itself; where empty the heading's own words stand.
    pub looks: String,
    /// Words for its light by time of day: the key is looked for in the heading's time, letter case aside. The key
    /// `*` is for every other time.
    pub light: BTreeMap<String, String>,
}

/// What every shot of the film has in common.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StyleWords {
    /// Added to each prompt: film stock, palette, grain.
    pub style: String,
    /// What is kept out of each picture.
    pub negative: String,
}

/// How a prompt is put together: parts in order, each with fields in braces.
///
/// Fields: `{size}`, `{angle}`, `{movement}`, `{subjects}`, `{speech}`, `{action}`, `{setting}`, `{place}`, `{time}`,
/// `{light}`, `{style}`. What stands in `[…]` is left out when a field in it is empty; so is a whole part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptTemplate {
    /// Parts in order.
    pub parts: Vec<String>,
    /// What stands between two parts: `, ` or `. `.
    pub joiner: String,
}

impl PromptTemplate {
    /// The template that a film has unless it brings its own.
    pub fn standard() -> Self {
        let parts = [
            "{size}[ of {subjects}]",
            "{angle}",
            "{movement}",
            "{action}",
            "{speech}",
            "[{setting}, ]{place}",
            "{light}",
            "{style}",
        ];
        Self { parts: parts.map(str::to_owned).to_vec(), joiner: ". ".to_owned() }
    }
}

impl PlanRules {
    /// Mean shot length of `scene` in seconds.
    pub fn pace_secs_of(&self, scene: &SceneId) -> f64 {
        self.scene_pace_secs.get(scene).copied().unwrap_or(self.pace_secs)
    }

    /// Limits of `generator`.
    pub fn limits(&self, generator: &str) -> Option<&GeneratorLimits> {
        self.generators.iter().find(|limits| limits.name == generator)
    }

    /// The longest shot that `generator` can make in frames of a film at rate `film`, its handles taken off; `None`
    /// where there is no such generator.
    pub fn longest_shot(&self, generator: &str, film: Fps) -> Option<u32> {
        Some(self.limits(generator)?.longest_take(film).saturating_sub(self.handles.total()))
    }

    /// Refuses rules that no plan of a film at rate `film` could keep.
    pub fn check(&self, film: Fps) -> Result<(), PlanError> {
        if self.shortest_frames == 0 {
            return Err(PlanError::ShortestIsZero);
        }
        self.check_generators(film)?;
        self.check_paces()?;
        prompt::check(&self.template)
    }

    fn check_generators(&self, film: Fps) -> Result<(), PlanError> {
        if self.limits(&self.generator).is_none() {
            return Err(PlanError::UnknownGenerator {
                generator: self.generator.clone(),
                known: self.generator_names(),
                line: None,
            });
        }
        let (handles, shortest) = (self.handles.total(), self.shortest_frames);
        let least = handles.saturating_add(shortest);
        let too_short = self.generators.iter().find(|limits| limits.longest_take(film) < least);
        too_short.map_or(Ok(()), |limits| {
            let (generator, ceiling) = (limits.name.clone(), limits.longest_take(film));
            Err(PlanError::CeilingTooShort { generator, ceiling, handles, shortest })
        })
    }

    fn check_paces(&self) -> Result<(), PlanError> {
        let of_scenes = self.scene_pace_secs.iter().map(|(scene, pace)| (Some(scene), *pace));
        let unusable = std::iter::once((None, self.pace_secs))
            .chain(of_scenes)
            .find(|(_, pace)| !pace.is_finite() || !(0.1..=3600.0).contains(pace));
        unusable
            .map_or(Ok(()), |(scene, pace)| Err(PlanError::Pace { scene: scene.cloned(), pace_secs: pace }))
    }

    pub(crate) fn generator_names(&self) -> Vec<String> {
        self.generators.iter().map(|limits| limits.name.clone()).collect()
    }
}

impl Handles {
    /// Head and tail together.
    pub fn total(self) -> u32 {
        self.head.saturating_add(self.tail)
    }
}

impl GeneratorLimits {
    /// A generator that makes takes of every length up to `ceiling` at rate `fps` for nothing.
    pub fn free(name: &str, fps: Fps, ceiling: u32) -> Self {
        let frames = Lengths::Grid(Frames::up_to(ceiling));
        let price = Some(Price { micros: 0, currency: "USD".to_owned() });
        Self { name: name.to_owned(), frames, fps, price, takes_first_frame: false }
    }

    /// Length of the take that covers `frames` of a film at rate `film`, handles counted in: the next legal one, in the
    /// generator's own frames. `None` above the ceiling.
    pub fn take_for(&self, frames: u32, film: Fps) -> Option<u32> {
        self.frames.legal_from(self.fps.covering(frames, film))
    }

    /// The longest take in whole frames of a film at rate `film`.
    pub fn longest_take(&self, film: Fps) -> u32 {
        film.within(self.frames.longest(), self.fps)
    }

    /// Film frames that the take ordered for `frames` holds, those asked for and those that come with a legal length.
    pub fn held_for(&self, frames: u32, film: Fps) -> Option<u32> {
        Some(film.within(self.take_for(frames, film)?, self.fps))
    }
}
