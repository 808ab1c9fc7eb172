//! Generators that run a known model: what they make, and what that costs, is data.

use std::sync::Arc;

use soundlock_time::{Fps, Raster};

use crate::{Capabilities, Estimate, Generator, Hired, Identity, Model, Money, ShotOrder, Way};

/// A generator that runs a model which is known as data: used by hand, or hired.
#[derive(Clone)]
pub struct ByModel {
    /// Its name in `film.toml`.
    pub name: String,
    /// Id of the model.
    pub id: String,
    /// The model.
    pub model: Model,
    /// What the director says of it that its data does not.
    pub terms: ModelTerms,
    /// Who makes its takes; nobody where the director brings them in, or where it is only reckoned with.
    pub hired: Option<Arc<dyn Hired>>,
    /// Whether the director makes its takes elsewhere and brings them in.
    pub by_hand: bool,
    /// Whatever a take depends on besides order and model: a workflow, fields of the vendor's own.
    pub settings: String,
}

/// What a director says of a model that its data does not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ModelTerms {
    /// Rate of the film.
    pub fps: Fps,
    /// The longest take, where it is less than the model's.
    pub longest_secs: Option<f64>,
    /// The raster, where it is not the one nearest to the film's.
    pub raster: Option<Raster>,
    /// What a second costs in millionths of a US dollar, whatever the price list says; 0 is free.
    pub usd_micros_per_second: Option<i64>,
}

impl ByModel {
    /// What `frames` at `fps` of picture on `raster` cost.
    pub fn price(&self, frames: u32, fps: Fps, raster: Raster) -> Estimate {
        match self.terms.usd_micros_per_second {
            Some(0) => Estimate::Free,
            Some(micros) => Estimate::of_seconds(&Money { micros, currency: "USD".to_owned() }, frames, fps),
            None => self.model.price(frames, fps, raster),
        }
    }
}

impl Generator for ByModel {
    fn identity(&self, _order: &ShotOrder) -> Identity {
        let (name, model, settings) = (self.name.clone(), self.id.clone(), self.settings.clone());
        Identity { name, model, version: String::new(), settings }
    }

    fn capabilities(&self) -> Capabilities {
        let able = self.model.capabilities(self.terms.fps, self.terms.longest_secs);
        let rasters = self.terms.raster.map_or(able.rasters, |raster| vec![raster]);
        let places = self.hired.as_ref().map(|hired| hired.places().iter().map(|place| place.at_once).sum());
        let concurrency = places.unwrap_or(able.concurrency);
        Capabilities { rasters, by_hand: self.by_hand, concurrency, ..able }
    }

    fn estimate(&self, order: &ShotOrder) -> Estimate {
        self.price(order.frames, order.fps, order.raster)
    }

    fn way(&self) -> Way<'_> {
        self.hired.as_deref().map_or(Way::ByHand, Way::Hired)
    }
}
