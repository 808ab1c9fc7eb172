use std::collections::BTreeMap;

use serde::Serialize;
use soundlock_script::{Beat, Direction, Scene, SceneId, Screenplay};

use super::told::Telling;
use super::{Bible, Dressed, Reference, Story, ToldPlace, ToldProp};
use crate::names;

/// What the bible says of a scene before it is cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SceneSheet {
    /// Its number.
    pub scene: SceneId,
    /// Its heading as written.
    pub heading: String,
    /// Time of day: that of an earlier scene where the heading says `LATER`.
    pub time: String,
    /// Whether a day has passed since the scene before, so that the states of people are over.
    pub new_day: bool,
    /// Where it plays, as it is when the scene begins.
    pub place: ToldPlace,
    /// Everybody in it, as they are when it begins.
    pub cast: Vec<Dressed>,
    /// Things of the bible that its action names, as they are when it begins.
    pub props: Vec<ToldProp>,
    /// What changes in it.
    pub changes: Vec<StateChange>,
    /// Stills to go by.
    pub references: Vec<Reference>,
}

/// A note that changes how somebody or something is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StateChange {
    /// Who or what.
    pub name: String,
    /// How they are from here on; empty where a state ends.
    pub state: Vec<String>,
    /// Line of the note in the script, from 1.
    pub line: u32,
}

/// What the bible says of each scene, in the script's order.
pub fn scene_sheets(screenplay: &Screenplay, bible: &Bible) -> Vec<SceneSheet> {
    let story = Story::of(screenplay, bible);
    let known = names::known_names(screenplay, bible);
    let times = scene_times(screenplay);
    let sheet = |scene: &Scene| {
        let states = story.scene(&scene.id).cloned().unwrap_or_default();
        let telling = Telling { bible, screenplay, scene, time: &times[&scene.id] };
        let present = names::present(scene, &known);
        let cast: Vec<Dressed> = present.iter().map(|name| telling.dressed(name, &states.opening)).collect();
        let props = telling.props(&action_of(scene), &states.opening);
        let references = telling.references(&cast, &props);
        let changes = states.changes.iter().map(|change| StateChange {
            name: change.name.clone(),
            state: change.states.clone(),
            line: note_line(scene, change.beat),
        });
        SceneSheet {
            scene: scene.id.clone(),
            heading: scene.heading.text.clone(),
            time: times[&scene.id].clone(),
            new_day: states.new_day,
            place: telling.place(&states.opening),
            cast,
            props,
            changes: changes.collect(),
            references,
        }
    };
    screenplay.scenes.iter().map(sheet).collect()
}

/// Time of day of each scene.
pub(crate) fn scene_times(screenplay: &Screenplay) -> BTreeMap<&SceneId, String> {
    let mut time = String::new();
    let scenes = screenplay.scenes.iter();
    scenes
        .map(|scene| {
            time = crate::prompt::time_of_day(&scene.heading.time, &time);
            (&scene.id, time.clone())
        })
        .collect()
}

/// All that is done in a scene.
pub(super) fn action_of(scene: &Scene) -> String {
    let texts = scene.beats.iter().filter_map(|beat| match beat {
        Beat::Action(action) => Some(action.text.as_str()),
        Beat::Direction(Direction::Shot { text, .. }) => Some(text.as_str()),
        _ => None,
    });
    texts.collect::<Vec<_>>().join(" ")
}

fn note_line(scene: &Scene, beat: usize) -> u32 {
    match scene.beats.get(beat) {
        Some(Beat::Direction(Direction::State { span, .. })) => span.lines.start,
        _ => scene.span.lines.start,
    }
}
