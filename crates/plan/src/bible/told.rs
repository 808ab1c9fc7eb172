use serde::Serialize;
use soundlock_script::{Scene, Screenplay};

use super::state::States;
use super::{Bible, plain};
use crate::{Look, names};

/// What the bible and the script say of a shot besides its look: what makes the next shot show the same people.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Told {
    /// Time of day: that of an earlier scene where the heading says `LATER`.
    pub time: String,
    /// Who is seen, as the look has them, and how they look now.
    pub subjects: Vec<Dressed>,
    /// Where.
    pub place: ToldPlace,
    /// Things of the bible that the action names.
    pub props: Vec<ToldProp>,
    /// Stills to go by, the most important first.
    pub references: Vec<Reference>,
    /// Whose lips move in it, when they are in the picture.
    pub speakers: Vec<String>,
    /// Voices from elsewhere: another room, a radio, a thought.
    pub elsewhere: Vec<String>,
    /// Whom the first of the subjects talks to.
    pub partner: Option<String>,
}

/// Somebody as they look in a scene.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Dressed {
    /// Their name.
    pub name: String,
    /// What never changes; empty where the bible does not say.
    pub looks: String,
    /// What they wear in the scene; empty where the bible does not say.
    pub wears: String,
    /// Which of their costumes that is, from 0.
    pub costume: Option<usize>,
    /// How they are, as the notes of the script have it.
    pub state: Vec<String>,
}

/// A place as it looks in a scene.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ToldPlace {
    /// Its name in the bible; the heading's where the bible does not know it.
    pub name: String,
    /// What it looks like; empty where the bible does not say.
    pub looks: String,
    /// Its light at this time of day; empty where the bible does not say.
    pub light: String,
    /// The time of day that the light is given for, `*` for any.
    pub light_for: String,
    /// How it is, as the notes of the script have it.
    pub state: Vec<String>,
}

/// A thing as it looks in a scene.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ToldProp {
    /// Its name in the bible.
    pub name: String,
    /// What it looks like; may be empty.
    pub looks: String,
    /// How it is, as the notes of the script have it.
    pub state: Vec<String>,
}

/// A still to go by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reference {
    /// Its file, from the film folder.
    pub file: String,
    /// Whom or what it shows.
    pub of: String,
}

/// A scene whose shots are told what the bible says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Telling<'a> {
    pub(crate) bible: &'a Bible,
    pub(crate) screenplay: &'a Screenplay,
    pub(crate) scene: &'a Scene,
    /// Time of day.
    pub(crate) time: &'a str,
}

impl Telling<'_> {
    /// What a shot of this look is told when people and things are as `states` has them.
    pub(crate) fn told(&self, look: &Look, states: &States) -> Told {
        let subjects: Vec<Dressed> = look.subjects.iter().map(|name| self.dressed(name, states)).collect();
        let place = self.place(states);
        let props = self.props(&format!("{} {}", look.action, look.subjects.join(" ")), states);
        let references = self.references(&subjects, &props);
        let time = self.time.to_owned();
        Told { time, subjects, place, props, references, ..Told::default() }
    }

    pub(crate) fn dressed(&self, name: &str, states: &States) -> Dressed {
        let costume = self.bible.costume(name, self.scene, self.screenplay);
        Dressed {
            name: name.to_owned(),
            looks: self.bible.cast.get(name).map(|cast| cast.looks.trim().to_owned()).unwrap_or_default(),
            wears: costume.map(|(_, costume)| costume.wears.trim().to_owned()).unwrap_or_default(),
            costume: costume.map(|(index, _)| index),
            state: states.get(name).cloned().unwrap_or_default(),
        }
    }

    pub(crate) fn place(&self, states: &States) -> ToldPlace {
        let heading = self.scene.heading.place.as_str();
        let known = self.bible.place(heading);
        let name = known.map_or(heading, |(name, _)| name);
        let light = known.and_then(|(_, place)| Bible::light(place, self.time));
        let named = |other: &str| plain(other) == plain(name) || plain(other) == plain(heading);
        let state = states.iter().filter(|(other, _)| named(other)).flat_map(|(_, state)| state.clone());
        ToldPlace {
            name: name.to_owned(),
            looks: known.map(|(_, place)| place.looks.trim().to_owned()).unwrap_or_default(),
            light: light.map(|(_, words)| words.to_owned()).unwrap_or_default(),
            light_for: light.map(|(key, _)| key.to_owned()).unwrap_or_default(),
            state: state.collect(),
        }
    }

    /// Things of the bible that `text` names.
    pub(crate) fn props(&self, text: &str, states: &States) -> Vec<ToldProp> {
        let text = text.to_lowercase();
        let mut found: Vec<(usize, ToldProp)> = self
            .bible
            .props
            .iter()
            .filter_map(|(name, prop)| {
                let at = names::word_place(&text, &plain(name))?;
                let state = states.get(name).cloned().unwrap_or_default();
                Some((at, ToldProp { name: name.clone(), looks: prop.looks.trim().to_owned(), state }))
            })
            .collect();
        found.sort_by_key(|(at, _)| *at);
        found.into_iter().map(|(_, prop)| prop).collect()
    }

    /// Stills of people (in costume where there are such), things and the place.
    pub(crate) fn references(&self, subjects: &[Dressed], props: &[ToldProp]) -> Vec<Reference> {
        let still = |file: &String, of: &str| Reference { file: file.clone(), of: of.to_owned() };
        let mut references = Vec::new();
        for subject in subjects {
            let Some(cast) = self.bible.cast.get(&subject.name) else { continue };
            let costume = subject.costume.map(|index| &cast.costumes[index].references);
            let files = costume.filter(|files| !files.is_empty()).unwrap_or(&cast.references);
            references.extend(files.iter().map(|file| still(file, &subject.name)));
        }
        for prop in props {
            let files = self.bible.props.get(&prop.name).map_or(&[][..], |prop| &prop.references);
            references.extend(files.iter().map(|file| still(file, &prop.name)));
        }
        if let Some((name, place)) = self.bible.place(&self.scene.heading.place) {
            references.extend(place.references.iter().map(|file| still(file, name)));
        }
        references
    }
}
