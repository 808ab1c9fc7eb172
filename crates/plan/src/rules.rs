use std::collections::BTreeMap;

use soundlock_script::SceneId;
use soundlock_time::{Fps, Frames, Lengths};

use crate::{Bible, PlanError, PromptTemplate, PromptTemplates};

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
    /// What has to look the same from shot to shot.
    pub bible: Bible,
    /// How a prompt is put together, by family of generators.
    pub prompts: PromptTemplates,
    /// What prompts and coverage need to know of each generator, by its name; [`Traits::default`] for the others.
    pub traits: BTreeMap<String, Traits>,
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

/// What prompts and coverage need to know of a generator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traits {
    /// The family of its model, by which it is told: `wan`, `veo`, `generic`.
    pub family: String,
    /// Whether somebody who speaks can be watched speaking.
    pub lips: Lips,
}

/// Whether somebody who speaks can be watched speaking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lips {
    /// The lips move to the words: they may be seen.
    Show,
    /// Nothing moves them: the listener, a back or the hands are seen instead.
    Avoid,
}

/// A generator that nothing is known of: told plainly, its lips not to be watched.
impl Default for Traits {
    fn default() -> Self {
        Self { family: "generic".to_owned(), lips: Lips::Avoid }
    }
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

impl PlanRules {
    /// Mean shot length of `scene` in seconds.
    pub fn pace_secs_of(&self, scene: &SceneId) -> f64 {
        self.scene_pace_secs.get(scene).copied().unwrap_or(self.pace_secs)
    }

    /// Mean shot length of `scene` in whole milliseconds, as it is noted in a cut list.
    pub(crate) fn pace_millis_of(&self, scene: &SceneId) -> u32 {
        (self.pace_secs_of(scene) * 1000.0).round() as u32
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
        self.prompts.check()
    }

    /// What prompts and coverage need to know of `generator`.
    pub fn traits_of(&self, generator: &str) -> Traits {
        self.traits.get(generator).cloned().unwrap_or_default()
    }

    /// How `generator` is told what to make.
    pub fn template_of(&self, generator: &str) -> &PromptTemplate {
        self.prompts.of(&self.traits_of(generator).family)
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
