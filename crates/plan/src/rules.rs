use std::collections::BTreeMap;

use soundlock_script::SceneId;

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
    /// How long each generator holds a picture together. The one named `generator` must be among them.
    pub ceilings: Vec<Ceiling>,
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

/// How long a generator holds a picture together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ceiling {
    /// Its name in `film.toml`, or `animatic`.
    pub name: String,
    /// Longest take in film frames, handles included.
    pub longest_frames: u32,
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
        prompt::check(&self.template)
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
