//! What is learnt of the speakers from a way through their recording.

use std::collections::BTreeMap;

use super::Scene;
use crate::adapt::{Map, Pairs, Spread};
use crate::lattice::{DIMENSIONS, Feature, Model, Place, Way};

/// What is known of the speakers.
#[derive(Debug, Clone)]
pub(super) struct Tuning {
    prior: Map,
    map: Map,
    characters: BTreeMap<String, Map>,
    /// How far features usually miss.
    pub(super) deviation: Feature,
    /// How fast the actors speak, in reference speeds.
    pub(super) rate: f32,
}

impl Tuning {
    pub(super) fn first(voice: &Spread, heard: &Spread) -> Self {
        let map = Map::of_spreads(voice, heard, 0.7);
        let deviation = heard.deviation.map(|deviation| 0.8 * deviation);
        Self { prior: map.clone(), map, characters: BTreeMap::new(), deviation, rate: 1.0 }
    }

    pub(super) fn map_of(&self, character: &str) -> &Map {
        self.characters.get(character).unwrap_or(&self.map)
    }
}

impl Scene<'_> {
    /// Map, spread and rate learnt from a way.
    pub(super) fn tuned(&self, before: &Tuning, models: &[Model], way: &Way) -> Tuning {
        let mut pairs: BTreeMap<&str, Pairs> = BTreeMap::new();
        let mut whole = Pairs::new();
        let mut lying: Vec<(usize, &str, Feature)> = Vec::new();
        let (mut frames, mut states) = (0.0_f32, 0.0_f32);
        for (frame, place) in way.places.iter().enumerate() {
            let Place::State { line, state } = *place else { continue };
            let voice = self.voice[line][self.spectrum(line, state, models[line].body)];
            let character = self.lines[self.spoken[line]].character.as_str();
            pairs.entry(character).or_insert_with(Pairs::new).add(&voice, &self.heard[frame]);
            lying.push((frame, character, voice));
            frames += 1.0;
            let stayed = frame > 0 && way.places[frame - 1] == *place;
            if !stayed {
                let hurried = frame > 0
                    && matches!(way.places[frame - 1], Place::State { line: l, state: s } if l == line && s + 2 == state);
                states += if hurried { 2.0 } else { 1.0 };
            }
        }
        for of_character in pairs.values() {
            whole.add_all(of_character, 1.0);
        }
        let map = whole.map(&before.prior, &self.voice_spread, 60.0);
        let characters: BTreeMap<String, Map> = pairs
            .iter()
            .filter(|_| !self.one_voice)
            .map(|(character, pairs)| ((*character).to_owned(), pairs.map(&map, &self.voice_spread, 150.0)))
            .collect();
        let mut tuning = Tuning { map, characters, ..before.clone() };
        let missed: Vec<Feature> = lying
            .iter()
            .map(|(frame, character, voice)| {
                let mapped = tuning.map_of(character).of(voice);
                std::array::from_fn(|order| self.heard[*frame][order] - mapped[order])
            })
            .collect();
        let spread = Spread::of(missed.iter());
        if frames > 100.0 {
            for order in 0..DIMENSIONS {
                tuning.deviation[order] = spread.deviation[order].max(0.3 * self.spread.deviation[order]);
            }
            tuning.rate = (before.rate * states / frames).clamp(0.5, 2.0);
        }
        tuning
    }
}
