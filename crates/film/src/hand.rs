//! Shots that the director makes elsewhere: what to ask for, and what that costs.

use soundlock_plan::ShotCode;
use soundlock_shoot::{Estimate, Model, ShotOrder};

use crate::explain::find_shot;
use crate::shots::{Floor, line_levels, scene_shots};
use crate::{Film, FilmError};

/// What the director asks a model for.
#[derive(Debug, Clone, PartialEq)]
pub struct HandOrder {
    /// The generator's name in `film.toml`.
    pub generator: String,
    /// Id of the model.
    pub id: String,
    /// The model.
    pub model: Model,
    /// Words, length, rate, size, seed.
    pub order: ShotOrder,
    /// What it costs.
    pub cost: Estimate,
    /// Why it is wanted, a clause; `None` for one more take of a shot that has its own.
    pub lacks: Option<String>,
}

impl Film {
    /// What to ask for by hand: for each of `codes` whose takes are made so, or, where none is named, for every shot
    /// that lacks one.
    pub fn hand_orders(&self, codes: &[ShotCode]) -> Result<Vec<HandOrder>, FilmError> {
        let Some(sound) = &self.locked else { return Err(FilmError::NotLocked) };
        let (cut_list, _) = self.cut_list(sound)?;
        let floor = Floor::new(self, &cut_list, line_levels(self, sound)?)?;
        let named: Vec<_> = codes.iter().map(|code| find_shot(&cut_list, code)).collect::<Result<_, _>>()?;
        let shots = if named.is_empty() { scene_shots(&cut_list).collect() } else { named };
        let mut orders = Vec::new();
        for shot in shots {
            let state = floor.state(shot, false)?;
            if state.by_hand && (!codes.is_empty() || state.needs_a_take()) {
                orders.push(floor.hand_order(&state)?);
            }
        }
        Ok(orders)
    }
}
