//! What a plan costs to shoot, with the generators it names and with each of the others.

use soundlock_plan::{CutList, Shot};
use soundlock_shoot::{Bill, ByModel, Capabilities, Estimate};
use soundlock_time::Fps;

use crate::orders::Asked;
use crate::shots::scene_shots;
use crate::{Film, FilmError};

/// What shots would come to with one generator.
#[derive(Debug, Clone, PartialEq)]
pub struct ShootingCost {
    /// The generator's name in `film.toml`.
    pub generator: String,
    /// Id of its model; `None` for the animatic.
    pub model: Option<String>,
    /// How many shots of the plan it is to make.
    pub planned: usize,
    /// Shots that it could not make because they are longer than its ceiling.
    pub too_long: usize,
    /// Seconds of picture that it would generate for all the others.
    pub generated_secs: f64,
    /// Seconds of them that are seen.
    pub used_secs: f64,
    /// What that costs.
    pub cost: Bill,
}

/// Seconds generated and seen in a plan as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Generated {
    /// Seconds of picture that are generated.
    pub generated_secs: f64,
    /// Seconds of them that are seen.
    pub used_secs: f64,
}

/// A generator as a price list.
struct Priced {
    able: Capabilities,
    by_model: Option<ByModel>,
}

impl Priced {
    fn cost(&self, frames: u32, asked: &Asked) -> Estimate {
        self.by_model
            .as_ref()
            .map_or(Estimate::Free, |by_model| by_model.price(frames, asked.fps, asked.raster))
    }
}

impl Film {
    /// What all shots of `cut_list` would cost with each generator of the film, the one that makes most of them first.
    pub fn shooting_costs(&self, cut_list: &CutList) -> Result<Vec<ShootingCost>, FilmError> {
        let names = self.settings.generator_names();
        let costs = names.into_iter().map(|name| self.shooting_cost(name, cut_list));
        let mut costs: Vec<ShootingCost> = costs.collect::<Result<_, _>>()?;
        costs.sort_by_key(|cost| std::cmp::Reverse(cost.planned));
        Ok(costs)
    }

    /// How much is generated for what is seen, each shot by its own generator.
    pub fn generated(&self, cut_list: &CutList) -> Result<Generated, FilmError> {
        let mut generated = Generated::default();
        for name in self.settings.generator_names() {
            let priced = self.priced(name)?;
            let own = scene_shots(cut_list).filter(|shot| shot.generator == name);
            for (shot, asked, frames) in own.filter_map(|shot| self.possible(shot, &priced.able)) {
                generated.generated_secs += asked.fps.seconds(frames);
                generated.used_secs += self.film_fps().seconds(shot.frames());
            }
        }
        Ok(generated)
    }

    fn shooting_cost(&self, name: &str, cut_list: &CutList) -> Result<ShootingCost, FilmError> {
        let priced = self.priced(name)?;
        let possible: Vec<_> =
            scene_shots(cut_list).filter_map(|shot| self.possible(shot, &priced.able)).collect();
        let seconds = |frames: &dyn Fn(&(&Shot, Asked, u32)) -> f64| possible.iter().map(frames).sum::<f64>();
        Ok(ShootingCost {
            generator: name.to_owned(),
            model: priced.by_model.as_ref().map(|by_model| by_model.id.clone()),
            planned: scene_shots(cut_list).filter(|shot| shot.generator == name).count(),
            too_long: scene_shots(cut_list).count() - possible.len(),
            generated_secs: seconds(&|(_, asked, frames)| asked.fps.seconds(*frames)),
            used_secs: seconds(&|(shot, ..)| self.film_fps().seconds(shot.frames())),
            cost: possible.iter().map(|(_, asked, frames)| priced.cost(*frames, asked)).collect(),
        })
    }

    fn possible<'s>(&self, shot: &'s Shot, able: &Capabilities) -> Option<(&'s Shot, Asked, u32)> {
        let asked = Asked::of(shot, (self.film_fps(), self.settings.raster()), able);
        Some((shot, asked, asked.frames?))
    }

    fn priced(&self, name: &str) -> Result<Priced, FilmError> {
        let able = crate::generators::generator(self, name)?.capabilities();
        Ok(Priced { able, by_model: self.settings.by_model(name) })
    }

    fn film_fps(&self) -> Fps {
        self.settings.fps()
    }
}
