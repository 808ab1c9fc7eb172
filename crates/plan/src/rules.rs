use std::collections::BTreeMap;

use soundlock_script::SceneId;

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
    /// How long each generator holds a picture together. The one named `generator` must be among them.
    pub ceilings: Vec<Ceiling>,
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

/// How long a generator holds a picture together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ceiling {
    /// Its name in `film.toml`, or `animatic`.
    pub name: String,
    /// Longest take in film frames, handles included.
    pub longest_frames: u32,
}

impl PlanRules {
    /// Mean shot length of `scene` in seconds.
    pub fn pace_secs_of(&self, scene: &SceneId) -> f64 {
        self.scene_pace_secs.get(scene).copied().unwrap_or(self.pace_secs)
    }

    /// The longest shot that `generator` can make, its handles taken off; `None` for a generator without ceiling.
    pub fn longest_shot(&self, generator: &str) -> Option<u32> {
        let ceiling = self.ceilings.iter().find(|ceiling| ceiling.name == generator)?;
        Some(ceiling.longest_frames.saturating_sub(self.handles.head.saturating_add(self.handles.tail)))
    }

    /// Refuses rules that no plan could keep.
    pub fn check(&self) -> Result<(), PlanError> {
        if self.shortest_frames == 0 {
            return Err(PlanError::ShortestIsZero);
        }
        self.check_ceilings()?;
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

    fn check_ceilings(&self) -> Result<(), PlanError> {
        if self.longest_shot(&self.generator).is_none() {
            return Err(PlanError::UnknownGenerator {
                generator: self.generator.clone(),
                known: self.generator_names(),
                line: None,
            });
        }
        let too_short = self
            .ceilings
            .iter()
            .find(|ceiling| self.longest_shot(&ceiling.name).unwrap_or(0) < self.shortest_frames);
        too_short.map_or(Ok(()), |ceiling| {
            Err(PlanError::CeilingTooShort {
                generator: ceiling.name.clone(),
                ceiling: ceiling.longest_frames,
                handles: self.handles.head.saturating_add(self.handles.tail),
                shortest: self.shortest_frames,
            })
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
        self.ceilings.iter().map(|ceiling| ceiling.name.clone()).collect()
    }
}
