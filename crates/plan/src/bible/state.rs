//! States that the script's notes give to people and things, carried on through the story.

use std::collections::{BTreeMap, BTreeSet};

use soundlock_script::{Beat, Direction, Scene, SceneId, Screenplay, Span};

use super::{Bible, Kind, plain};

/// How people and things are, by their names in the bible: one or more states each, never none.
pub(crate) type States = BTreeMap<String, Vec<String>>;

/// A state note that names somebody or something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// Place of the note among the scene's beats.
    pub(crate) beat: usize,
    pub(crate) name: String,
    /// What is true from here on; empty where the state ends.
    pub(crate) states: Vec<String>,
}

/// The states at a scene's first frame, and what changes in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SceneStates {
    pub(crate) opening: States,
    pub(crate) changes: Vec<Change>,
    /// Whether a day has passed since the scene before, so that people are dry and clean again.
    pub(crate) new_day: bool,
}

/// The story as far as continuity goes: time of day and states, scene by scene.
#[derive(Debug, Clone, Default)]
pub(crate) struct Story {
    scenes: BTreeMap<SceneId, SceneStates>,
    /// Notes that read like states and name nobody.
    pub(crate) unknown: Vec<(String, Span)>,
}

/// Everybody and everything that a note may name.
pub(crate) struct Known(BTreeMap<String, (String, Kind)>);

impl Known {
    pub(crate) fn of(screenplay: &Screenplay, bible: &Bible) -> Self {
        let mut known = BTreeMap::new();
        let mut add = |name: &str, kind: Kind| {
            if !name.trim().is_empty() {
                known.entry(plain(name)).or_insert_with(|| (name.to_owned(), kind));
            }
        };
        bible.cast.keys().for_each(|name| add(name, Kind::Cast));
        screenplay.lines().for_each(|(_, line)| add(&line.character, Kind::Cast));
        bible.props.keys().for_each(|name| add(name, Kind::Prop));
        bible.places.keys().for_each(|name| add(name, Kind::Place));
        screenplay.scenes.iter().for_each(|scene| add(&scene.heading.place, Kind::Place));
        Self(known)
    }

    pub(crate) fn get(&self, name: &str) -> Option<(&str, Kind)> {
        self.0.get(&plain(name)).map(|(name, kind)| (name.as_str(), *kind))
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(|(name, _)| name.as_str())
    }
}

impl Story {
    /// Follows the notes of the script from its first scene to its last.
    ///
    /// A state holds until a note ends it (`-`) or says another; `+` before the words adds to what holds already. With a
    /// new day the states of people end, for coats dry and hands are washed; a broken lamp stays broken.
    pub(crate) fn of(screenplay: &Screenplay, bible: &Bible) -> Self {
        let known = Known::of(screenplay, bible);
        let mut story = Self::default();
        let mut now = States::new();
        let mut time = String::new();
        for scene in &screenplay.scenes {
            let next = crate::prompt::time_of_day(&scene.heading.time, &time);
            let new_day = is_new_day(&scene.heading.time, &next, &time);
            time = next;
            if new_day {
                now.retain(|name, _| known.get(name).is_none_or(|(_, kind)| kind != Kind::Cast));
            }
            let mut states = SceneStates { opening: now.clone(), changes: Vec::new(), new_day };
            for (beat, note) in notes(scene) {
                match known.get(note.name) {
                    None => story.unknown.push((note.name.to_owned(), note.span.clone())),
                    Some((name, _)) => {
                        let after = after(now.get(name), note.state);
                        states.changes.push(Change { beat, name: name.to_owned(), states: after.clone() });
                        set(&mut now, name, after);
                    }
                }
            }
            story.scenes.insert(scene.id.clone(), states);
        }
        story
    }

    pub(crate) fn scene(&self, scene: &SceneId) -> Option<&SceneStates> {
        self.scenes.get(scene)
    }
}

impl SceneStates {
    /// The states once all notes among the beats of `passed` have been read.
    pub(crate) fn after(&self, passed: &BTreeSet<usize>) -> States {
        let mut now = self.opening.clone();
        for change in self.changes.iter().filter(|change| passed.contains(&change.beat)) {
            set(&mut now, &change.name, change.states.clone());
        }
        now
    }
}

fn set(now: &mut States, name: &str, states: Vec<String>) {
    if states.is_empty() {
        now.remove(name);
    } else {
        now.insert(name.to_owned(), states);
    }
}

/// What holds after a note that says `state` where `before` held.
fn after(before: Option<&Vec<String>>, state: &str) -> Vec<String> {
    if matches!(state, "-" | "–" | "—") {
        return Vec::new();
    }
    match state.strip_prefix('+') {
        Some(more) => before.into_iter().flatten().cloned().chain([more.trim().to_owned()]).collect(),
        None => vec![state.to_owned()],
    }
}

/// A state note as the script has it.
struct Note<'a> {
    name: &'a str,
    state: &'a str,
    span: &'a Span,
}

fn notes(scene: &Scene) -> impl Iterator<Item = (usize, Note<'_>)> {
    scene.beats.iter().enumerate().filter_map(|(place, beat)| match beat {
        Beat::Direction(Direction::State { name, state, span }) => Some((place, Note { name, state, span })),
        _ => None,
    })
}

/// Words of a heading that say that a day has passed.
const NEXT_DAYS: [&str; 16] = [
    "next day",
    "next morning",
    "following day",
    "following morning",
    "days later",
    "day later",
    "week later",
    "weeks later",
    "month later",
    "months later",
    "year later",
    "years later",
    "다음 날",
    "다음날",
    "이튿날",
    "며칠 후",
];

/// Parts of the day in their order; a word may span several.
const HOURS: [(&[&str], u8, u8); 6] = [
    (&["dawn", "sunrise", "daybreak", "새벽", "동틀"], 0, 0),
    (&["morning", "아침", "오전"], 1, 1),
    // Before noon, which is in the word.
    (&["afternoon", "오후"], 3, 3),
    (&["noon", "midday", "정오"], 2, 2),
    (&["dusk", "evening", "sunset", "twilight", "저녁", "해 질", "노을", "황혼"], 4, 4),
    (&["night", "midnight", "밤", "심야"], 5, 5),
];

/// Whether a day has passed: the heading says so, or the clock goes back, as from night to morning.
fn is_new_day(heading: &str, time: &str, before: &str) -> bool {
    let heading = heading.to_lowercase();
    let said = NEXT_DAYS.iter().any(|words| heading.contains(words));
    let back = matches!((hours(before), hours(time)), (Some((from, _)), Some((_, to))) if to < from);
    said || back
}

/// The earliest and latest part of the day that `time` may mean; `DAY` is anything between morning and afternoon.
fn hours(time: &str) -> Option<(u8, u8)> {
    let time = time.to_lowercase();
    let found = HOURS.iter().find(|(words, _, _)| words.iter().any(|word| time.contains(word)));
    let day = || ["day", "낮"].iter().any(|word| time.contains(word)).then_some((1, 3));
    found.map(|(_, from, to)| (*from, *to)).or_else(day)
}

#[cfg(test)]
mod tests {
    use super::{after, is_new_day};

    #[test]
    fn a_day_has_passed_when_the_clock_goes_back() {
        let check = |before: &str, time: &str, new: bool| {
            assert_eq!(is_new_day(time, time, before), new, "{before} to {time}");
        };
        check("", "NIGHT", false);
        check("DAY", "NIGHT", false);
        check("NIGHT", "DAY", true);
        check("NIGHT", "DAWN", true);
        check("MORNING", "DAY", false);
        check("AFTERNOON", "DAY", false);
        check("DAY", "THE NEXT DAY", true);
        check("EVENING", "NIGHT", false);
        check("밤", "새벽", true);
        check("아침", "오후", false);
        check("밤", "다음 날 밤", true);
        check("NIGHT", "SOMEWHERE", false);
    }

    #[test]
    fn a_note_replaces_adds_or_ends() {
        let check = |before: &[&str], state: &str, expected: &[&str]| {
            let before = before.iter().map(|&state| state.to_owned()).collect();
            assert_eq!(after(Some(&before), state), expected, "{state}");
        };
        check(&["wet coat"], "torn sleeve", &["torn sleeve"]);
        check(&["wet coat"], "+ torn sleeve", &["wet coat", "torn sleeve"]);
        check(&["wet coat", "torn sleeve"], "-", &[]);
        assert_eq!(after(None, "+ wet coat"), ["wet coat"]);
    }
}
