//! Takes that the director makes elsewhere, a web page or a program of their own, and brings in.

use soundlock_time::{Fps, Raster};

use crate::{Capabilities, Estimate, Generator, Identity, Model, Money, ShotOrder, Way};

/// A model that somebody uses by hand. It says what to ask for and what that costs; it makes nothing itself.
#[derive(Debug, Clone)]
pub struct Hand {
    /// Its name in `film.toml`.
    pub name: String,
    /// Id of the model.
    pub id: String,
    /// The model.
    pub model: Model,
    /// What the director says of it that its data does not.
    pub terms: HandTerms,
}

/// What a director says of a model that its data does not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HandTerms {
    /// Rate of the film.
    pub fps: Fps,
    /// The longest take, where it is less than the model's.
    pub longest_secs: Option<f64>,
    /// The raster, where it is not the one nearest to the film's.
    pub raster: Option<Raster>,
    /// What a second costs in millionths of a US dollar, whatever the price list says; 0 is free.
    pub usd_micros_per_second: Option<i64>,
}

impl Hand {
    /// What `frames` at `fps` of picture on `raster` cost.
    pub fn price(&self, frames: u32, fps: Fps, raster: Raster) -> Estimate {
        match self.terms.usd_micros_per_second {
            Some(0) => Estimate::Free,
            Some(micros) => Estimate::of_seconds(&Money { micros, currency: "USD".to_owned() }, frames, fps),
            None => self.model.price(frames, fps, raster),
        }
    }
}

impl Generator for Hand {
    fn identity(&self, _order: &ShotOrder) -> Identity {
        let (version, settings) = (String::new(), String::new());
        Identity { name: self.name.clone(), model: self.id.clone(), version, settings }
    }

    fn capabilities(&self) -> Capabilities {
        let able = self.model.capabilities(self.terms.fps, self.terms.longest_secs);
        let rasters = self.terms.raster.map_or(able.rasters, |raster| vec![raster]);
        Capabilities { rasters, by_hand: true, ..able }
    }

    fn estimate(&self, order: &ShotOrder) -> Estimate {
        self.price(order.frames, order.fps, order.raster)
    }

    fn way(&self) -> Way<'_> {
        Way::ByHand
    }
}
