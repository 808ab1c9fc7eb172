//! The continuity bible: what has to look the same from shot to shot, and what each shot is told of it.
//!
//! Who wears what is a matter of scenes, said in `film.toml`; how somebody or something is beyond that (a wet coat, a
//! broken lamp) is a matter of the story, said by notes in the script and carried on from there.

mod lint;
mod page;
mod scenes;
mod sheet;
mod state;
mod told;

use std::collections::BTreeMap;

use soundlock_script::{Scene, Screenplay};

use crate::doing::one_line;

pub use lint::{Lint, Whereabouts, lint};
pub use page::page;
pub(crate) use sheet::scene_times;
pub use sheet::{SceneSheet, StateChange, scene_sheets};
pub(crate) use state::{SceneStates, States, Story};
pub(crate) use told::Telling;
pub use told::{Dressed, Reference, Told, ToldPlace, ToldProp};

/// Everything that has to look the same from shot to shot.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bible {
    /// Who plays, by the name in the cues.
    pub cast: BTreeMap<String, CastLook>,
    /// Where it plays, by the place in the headings.
    pub places: BTreeMap<String, PlaceLook>,
    /// Things that the story needs, by the name in the action.
    pub props: BTreeMap<String, PropLook>,
    /// What every shot has in common.
    pub style: StyleWords,
}

/// How a member of the cast looks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CastLook {
    /// What never changes: `a woman of forty with short grey hair`.
    pub looks: String,
    /// What is worn in which scenes.
    pub costumes: Vec<Costume>,
    /// Stills to go by, from the film folder.
    pub references: Vec<String>,
}

/// What somebody wears in some scenes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Costume {
    /// Scenes as written: `1-4`, `12`, `3-5, 9`; empty for all of the film.
    pub scenes: String,
    /// What is worn: `grey wool coat`.
    pub wears: String,
    /// Stills of it, from the film folder.
    pub references: Vec<String>,
}

/// How a place looks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlaceLook {
    /// Words for the place itself; where empty the heading's own words stand.
    pub looks: String,
    /// Words for its light by time of day: the key is looked for in the heading's time, letter case aside. The key
    /// `*` is for every other time.
    pub light: BTreeMap<String, String>,
    /// Stills to go by, from the film folder.
    pub references: Vec<String>,
}

/// How a thing looks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PropLook {
    /// Words for it: `an old brass lamp with a green shade`.
    pub looks: String,
    /// Stills to go by, from the film folder.
    pub references: Vec<String>,
}

/// What every shot of the film has in common.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StyleWords {
    /// Added to each prompt: film stock, grain.
    pub style: String,
    /// Colours of the film, added to each prompt.
    pub palette: String,
    /// What is kept out of each picture.
    pub negative: String,
    /// What the film never shows, one thing each.
    pub never: Vec<String>,
}

/// What kind of thing a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Somebody.
    Cast,
    /// A thing.
    Prop,
    /// A place.
    Place,
}

/// A look in words alone.
impl From<&str> for CastLook {
    fn from(looks: &str) -> Self {
        Self { looks: looks.to_owned(), ..Self::default() }
    }
}

impl Bible {
    /// The description of the place that a heading names: of that name, else of the longest name in it.
    pub fn place(&self, heading: &str) -> Option<(&str, &PlaceLook)> {
        let wanted = plain(heading);
        let exact = self.places.iter().find(|(name, _)| plain(name) == wanted);
        let part = || {
            let inside = self.places.iter().filter(|(name, _)| stands_in(&wanted, &plain(name)));
            inside.max_by_key(|(name, _)| name.len())
        };
        exact.or_else(part).map(|(name, place)| (name.as_str(), place))
    }

    /// What somebody wears in `scene`: the first costume that names the scene, else one that names none.
    pub(crate) fn costume<'b>(
        &'b self,
        name: &str,
        scene: &Scene,
        screenplay: &Screenplay,
    ) -> Option<(usize, &'b Costume)> {
        let costumes = &self.cast.get(name)?.costumes;
        let of_scene =
            costumes.iter().position(|costume| scenes::covers(&costume.scenes, &scene.id, screenplay));
        let always = || costumes.iter().position(|costume| costume.scenes.trim().is_empty());
        of_scene.or_else(always).map(|index| (index, &costumes[index]))
    }

    /// Words for the light of a place at this time of day.
    pub(crate) fn light<'b>(place: &'b PlaceLook, time: &str) -> Option<(&'b str, &'b str)> {
        let time = time.to_lowercase();
        let named = place.light.iter().filter(|(key, _)| *key != "*" && time.contains(&key.to_lowercase()));
        // `winter night` says more than `night`.
        let named = named.max_by_key(|(key, _)| key.len());
        let found = named.or_else(|| place.light.get_key_value("*"));
        found.map(|(key, words)| (key.as_str(), words.as_str())).filter(|(_, words)| !words.is_empty())
    }
}

/// A name as it is compared: letter case and runs of spaces aside.
pub(crate) fn plain(name: &str) -> String {
    one_line(name).to_lowercase()
}

/// Whether `name` stands in `text` as words of its own.
fn stands_in(text: &str, name: &str) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    !name.is_empty()
        && text.match_indices(name).any(|(place, _)| {
            edge(text[..place].chars().next_back()) && edge(text[place + name.len()..].chars().next())
        })
}

#[cfg(test)]
mod tests {
    use super::{Bible, PlaceLook};

    #[test]
    fn a_place_is_found_by_its_name_or_by_the_longest_name_in_it() {
        let mut bible = Bible::default();
        for name in ["LIGHTHOUSE", "lighthouse - lamp room", "정류장"] {
            bible.places.insert(name.to_owned(), PlaceLook::default());
        }
        let found = |heading: &str| bible.place(heading).map(|(name, _)| name);
        assert_eq!(found("Lighthouse"), Some("LIGHTHOUSE"));
        assert_eq!(found("LIGHTHOUSE  - LAMP ROOM"), Some("lighthouse - lamp room"));
        assert_eq!(found("LIGHTHOUSE - STAIRS"), Some("LIGHTHOUSE"));
        assert_eq!(found("시골 정류장"), Some("정류장"));
        assert_eq!(found("LIGHTHOUSES"), None);
    }
}
