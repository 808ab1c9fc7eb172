//! What each shot's generator is told, what each take's was, and two templates tried against each other.

use serde::Serialize;
use soundlock_plan::{CutList, Prompt, Shot, ShotCode, reworded};
use soundlock_shoot::Estimate;
use soundlock_sound::LockedSound;

use crate::explain::find_shot;
use crate::shots::{Floor, ShotState, line_levels, scene_shots};
use crate::takes::{Take, TakeOrigin};
use crate::{Film, FilmError};

/// What the generator of a shot is told now, and what it was told for each take.
#[derive(Debug, Clone)]
pub struct ShotPrompts {
    /// The shot as it is planned, with its prompt and where its words come from.
    pub shot: Shot,
    /// Its takes, oldest first.
    pub takes: Vec<TakePrompt>,
}

/// What a generator was told for a take.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TakePrompt {
    /// The take's number.
    pub take: u32,
    /// What was to be seen; `None` for a clip that the director brought in.
    pub prompt: Option<String>,
    /// What was to be kept out.
    pub negative: Option<String>,
    /// Whether it is in the film.
    pub circled: bool,
}

/// Two templates on one shot: what each would say, and what making both would take.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The shot as it is planned.
    pub shot: Shot,
    /// What each template says.
    pub prompts: [Prompt; 2],
    /// The take that was made with these very words before, where there is one.
    made: [Option<Take>; 2],
    /// What a take costs.
    cost: Estimate,
}

impl Trial {
    /// Whether both say the same, so that there is nothing to try.
    pub fn is_idle(&self) -> bool {
        let [one, other] = &self.prompts;
        (&one.text, &one.negative) == (&other.text, &other.negative)
    }

    /// The shot as it is worded in each take that has to be made.
    pub fn missing(&self) -> Vec<Shot> {
        let sides = self.prompts.iter().zip(&self.made).filter(|(_, made)| made.is_none());
        sides.filter(|_| !self.is_idle()).map(|(prompt, _)| told(&self.shot, prompt)).collect()
    }

    /// Whether both takes are there.
    pub fn is_made(&self) -> bool {
        self.made.iter().all(Option::is_some)
    }

    /// What each take would cost that has to be made; what there is costs nothing again.
    pub fn costs(&self) -> Vec<&Estimate> {
        let missing = self.made.iter().filter(|made| made.is_none());
        missing.filter(|_| !self.is_idle()).map(|_| &self.cost).collect()
    }
}

impl Film {
    /// What the generators of these shots are told, all of the film where none is named.
    pub fn prompts(&self, codes: &[ShotCode]) -> Result<Vec<ShotPrompts>, FilmError> {
        let states = self.states_of(codes)?;
        Ok(states.into_iter().map(ShotPrompts::of).collect())
    }

    /// These shots as they stand, all of the film where none is named.
    fn states_of(&self, codes: &[ShotCode]) -> Result<Vec<ShotState>, FilmError> {
        let Some(sound) = &self.locked else { return Err(FilmError::NotLocked) };
        let (cut_list, _) = self.cut_list(sound)?;
        let shots = chosen(&cut_list, codes)?;
        let floor = Floor::new(self, &cut_list, line_levels(self, &scenes_of(sound, &shots))?)?;
        shots.into_iter().map(|shot| floor.state(shot, false)).collect()
    }

    /// Two templates on these shots. Nothing is made.
    pub fn trials(&self, templates: [&str; 2], codes: &[ShotCode]) -> Result<Vec<Trial>, FilmError> {
        let Some(sound) = &self.locked else { return Err(FilmError::NotLocked) };
        let rules = self.settings.plan_rules();
        let named = |name: &str| {
            rules.prompts.named(name).ok_or_else(|| FilmError::NoSuchTemplate {
                name: name.to_owned(),
                known: rules.prompts.names().map(str::to_owned).collect(),
            })
        };
        let templates = [named(templates[0])?, named(templates[1])?];
        let (cut_list, _) = self.cut_list(sound)?;
        let shots = chosen(&cut_list, codes)?;
        let floor = Floor::new(self, &cut_list, line_levels(self, &scenes_of(sound, &shots))?)?;
        let trial = |shot: &Shot| {
            let prompts = templates.map(|template| reworded(shot, &rules.bible.style, template));
            let made = [0, 1].map(|side| floor.take_told(&told(shot, &prompts[side])));
            let [one, other] = made;
            let cost = floor.estimate_of(&told(shot, &prompts[0]))?;
            Ok(Trial { shot: shot.clone(), prompts, made: [one?, other?], cost })
        };
        shots.into_iter().map(trial).collect()
    }

    /// Makes the takes that `trial` lacks, both with one seed, and gives both. They are takes like any other: kept, and
    /// circled only by the director.
    pub fn try_both(&self, trial: &Trial) -> Result<[Take; 2], FilmError> {
        let Some(sound) = &self.locked else { return Err(FilmError::NotLocked) };
        let (cut_list, _) = self.cut_list(sound)?;
        let levels = line_levels(self, &scenes_of(sound, &[&trial.shot]))?;
        let take = |side: usize| match &trial.made[side] {
            Some(take) => Ok(take.clone()),
            // The floor is entered anew for each, because it knows the takes there were when it was entered.
            None => Floor::new(self, &cut_list, levels.clone())?
                .told_take(&told(&trial.shot, &trial.prompts[side])),
        };
        Ok([take(0)?, take(1)?])
    }
}

impl ShotPrompts {
    fn of(state: ShotState) -> Self {
        let circled = state.circled.map(|(index, _)| index);
        let take = |(index, take): (usize, &Take)| {
            let order = match &take.entry.origin {
                TakeOrigin::Generator { order, .. } => Some(order),
                TakeOrigin::File { .. } => None,
            };
            TakePrompt {
                take: take.entry.number,
                prompt: order.map(|order| order.prompt.clone()),
                negative: order.map(|order| order.negative.clone()),
                circled: circled == Some(index),
            }
        };
        let takes = state.takes.iter().enumerate().map(take).collect();
        Self { shot: state.shot, takes }
    }
}

/// `shot` with the words of `prompt`.
fn told(shot: &Shot, prompt: &Prompt) -> Shot {
    let Prompt { text, negative, wording } = prompt.clone();
    Shot { prompt: text, negative, wording, ..shot.clone() }
}

/// The shots of these codes, every shot of a scene where none is named.
fn chosen<'a>(cut_list: &'a CutList, codes: &[ShotCode]) -> Result<Vec<&'a Shot>, FilmError> {
    if codes.is_empty() {
        return Ok(scene_shots(cut_list).collect());
    }
    codes.iter().map(|code| find_shot(cut_list, code)).collect()
}

/// The sound of the scenes that `shots` are in, so that no other has to be listened to.
fn scenes_of(sound: &LockedSound, shots: &[&Shot]) -> LockedSound {
    let wanted = |scene: &&soundlock_sound::LockedScene| {
        shots.iter().any(|shot| shot.code.scene() == scene.id.as_str())
    };
    LockedSound { scenes: sound.scenes.iter().filter(wanted).cloned().collect(), ..sound.clone() }
}
