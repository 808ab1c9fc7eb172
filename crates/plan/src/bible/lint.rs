//! What does not hold together in a bible, or between it and the script.

use std::collections::{BTreeMap, BTreeSet};

use soundlock_script::{Scene, Screenplay, Severity};

use super::state::Known;
use super::{Bible, CastLook, Story, plain, scenes};
use crate::names;

/// Of so many words one may differ before two descriptions are of two people.
const WORDS_A_DIFFERENCE: usize = 5;
/// Words that alone make another person.
const TELLING: [&str; 16] = [
    "man",
    "woman",
    "boy",
    "girl",
    "child",
    "old",
    "young",
    "elderly",
    "남자",
    "여자",
    "소년",
    "소녀",
    "아이",
    "노인",
    "할머니",
    "할아버지",
];
/// What is said of a person beyond these is a difference.
const SMALL_WORDS: [&str; 14] =
    ["a", "an", "the", "of", "in", "with", "and", "her", "his", "their", "on", "at", "very", "who"];

/// Something in the bible that its writer should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lint {
    /// How much it matters.
    pub severity: Severity,
    /// Short fixed name of the rule, such as `looks-missing`.
    pub rule: &'static str,
    /// Where.
    pub at: Whereabouts,
    /// What was found, a lower-case clause.
    pub message: String,
    /// What to do, where known.
    pub hint: Option<String>,
}

/// Where something in the bible, or in the script, stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whereabouts {
    /// Keys of `film.toml` or of a file it names, one inside the other; tables of a list by their number from 0.
    Orders(Vec<String>),
    /// A line of the script, from 1.
    Script(u32),
}

impl Whereabouts {
    fn orders(path: &[&str]) -> Self {
        Self::Orders(path.iter().map(|&key| key.to_owned()).collect())
    }
}

/// Everything in `bible` that does not hold together with itself or with the script.
///
/// `is_there` says of a file, given from the film folder, whether it is there.
pub fn lint(screenplay: &Screenplay, bible: &Bible, is_there: &dyn Fn(&str) -> bool) -> Vec<Lint> {
    let mut lints = Vec::new();
    lints.extend(looks_missing(screenplay, bible));
    lints.extend(read_the_same(bible));
    for (name, cast) in &bible.cast {
        lints.extend(costumes(name, cast, screenplay));
        lints.extend(changes_inside(name, bible, screenplay));
    }
    lints.extend(stills_missing(bible, is_there));
    lints.extend(notes_naming_nobody(screenplay, bible));
    lints
}

fn warning(rule: &'static str, at: Whereabouts, message: String, hint: Option<String>) -> Lint {
    Lint { severity: Severity::Warning, rule, at, message, hint }
}

/// Characters that are seen and that nobody has described: every shot would invent them anew.
fn looks_missing(screenplay: &Screenplay, bible: &Bible) -> Vec<Lint> {
    let known = names::known_names(screenplay, bible);
    let mut first: BTreeMap<String, &Scene> = BTreeMap::new();
    for scene in &screenplay.scenes {
        for name in names::present(scene, &known) {
            first.entry(name).or_insert(scene);
        }
    }
    let described =
        |name: &str| bible.cast.get(name).is_some_and(|cast| !cast.looks.trim().is_empty() || dressed(cast));
    let bare = first.into_iter().filter(|(name, _)| !described(name));
    bare.map(|(name, scene)| {
        let at = if bible.cast.contains_key(&name) {
            Whereabouts::orders(&["cast", &name])
        } else {
            Whereabouts::Script(scene.span.lines.start)
        };
        let message =
            format!("{name} is seen (first in scene {}) and nothing says what they look like", scene.id);
        let hint = format!("add `looks = \"…\"` to [cast.{}]", key(&name));
        warning("looks-missing", at, message, Some(hint))
    })
    .collect()
}

fn dressed(cast: &CastLook) -> bool {
    cast.costumes.iter().any(|costume| !costume.wears.trim().is_empty())
}

/// A name as a key of TOML.
fn key(name: &str) -> String {
    let bare = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if bare { name.to_owned() } else { format!("\"{name}\"") }
}

/// Two people of whom a generator would make one.
fn read_the_same(bible: &Bible) -> Vec<Lint> {
    let words: Vec<(&String, BTreeSet<String>)> = bible
        .cast
        .iter()
        .map(|(name, cast)| (name, words_of(&full_look(cast))))
        .filter(|(_, words)| !words.is_empty())
        .collect();
    let mut lints = Vec::new();
    for (index, (one, its)) in words.iter().enumerate() {
        for (other, theirs) in &words[index + 1..] {
            let shared = its.intersection(theirs).count();
            let differ = its.len().max(theirs.len()) - shared;
            let most = (its.len().max(theirs.len()) / WORDS_A_DIFFERENCE).max(1);
            let telling = its.symmetric_difference(theirs).any(|word| TELLING.contains(&word.as_str()));
            if shared > differ && differ <= most && !telling {
                let message = format!("{one} and {other} read the same, but for {}", counted(differ, "word"));
                let hint =
                    "say of each what the other has not: age, hair, build, colour of the coat".to_owned();
                let at = Whereabouts::orders(&["cast", other, "looks"]);
                lints.push(warning("looks-alike", at, message, Some(hint)));
            }
        }
    }
    lints
}

fn full_look(cast: &CastLook) -> String {
    let costumes = cast.costumes.iter().map(|costume| costume.wears.as_str());
    std::iter::once(cast.looks.as_str()).chain(costumes).collect::<Vec<_>>().join(" ")
}

fn words_of(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
    words.filter(|word| !word.is_empty() && !SMALL_WORDS.contains(&word.as_str())).collect()
}

fn counted(count: usize, what: &str) -> String {
    match count {
        0 => "nothing".to_owned(),
        1 => format!("one {what}"),
        _ => format!("{count} {what}s"),
    }
}

/// Costumes for scenes that are not there, and scenes with two costumes.
fn costumes(name: &str, cast: &CastLook, screenplay: &Screenplay) -> Vec<Lint> {
    let mut lints = Vec::new();
    let mut worn: BTreeMap<usize, usize> = BTreeMap::new();
    for (index, costume) in cast.costumes.iter().enumerate() {
        let number = index.to_string();
        let at = || Whereabouts::orders(&["cast", name, "costume", &number, "scenes"]);
        let (scenes, unknown) = scenes::read(&costume.scenes, screenplay);
        for word in unknown {
            let message = format!("{name} has a costume for scene `{word}`, which the script has not");
            let hint = Some(scenes_hint(screenplay));
            lints.push(Lint { severity: Severity::Error, ..warning("costume-scene", at(), message, hint) });
        }
        let mut twice: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for scene in scenes {
            match worn.get(&scene) {
                Some(first) => twice.entry(*first).or_default().push(scene),
                None => {
                    worn.insert(scene, index);
                }
            }
        }
        for (first, scenes) in twice {
            let numbers: Vec<&str> =
                scenes.iter().map(|scene| screenplay.scenes[*scene].id.as_str()).collect();
            let message = format!(
                "{name} wears two costumes in scene {}: `{}` and `{}`; the first counts",
                numbers.join(", "),
                cast.costumes[first].wears,
                costume.wears
            );
            lints.push(warning(
                "costume-twice",
                at(),
                message,
                Some("let their scenes not overlap".to_owned()),
            ));
        }
    }
    lints
}

fn scenes_hint(screenplay: &Screenplay) -> String {
    let ids: Vec<&str> = screenplay.scenes.iter().map(|scene| scene.id.as_str()).collect();
    match ids.as_slice() {
        [] => "the script has no scenes".to_owned(),
        [only] => format!("the script has scene {only}"),
        [first, .., last] => {
            format!("the script has scenes {first} to {last}; write `1-4`, `12` or `3-5, 9`")
        }
    }
}

/// Headings that say that no time has passed since the scene before.
const CONTINUOUS: [&str; 6] = ["continuous", "same", "moments later", "계속", "이어서", "같은 시간"];

/// Somebody who changes clothes while no time passes.
fn changes_inside(name: &str, bible: &Bible, screenplay: &Screenplay) -> Vec<Lint> {
    let known = names::known_names(screenplay, bible);
    let here = |scene: &Scene| names::present(scene, &known).iter().any(|present| present == name);
    let mut lints = Vec::new();
    for pair in screenplay.scenes.windows(2) {
        let time = pair[1].heading.time.to_lowercase();
        let goes_on = CONTINUOUS.iter().any(|words| time.starts_with(words));
        if !goes_on || !here(&pair[0]) || !here(&pair[1]) {
            continue;
        }
        let worn = |scene: &Scene| bible.costume(name, scene, screenplay);
        let (before, after) = (worn(&pair[0]), worn(&pair[1]));
        if before.map(|(_, costume)| &costume.wears) == after.map(|(_, costume)| &costume.wears) {
            continue;
        }
        let words = |costume: Option<(usize, &super::Costume)>| {
            costume.map_or_else(
                || "nothing that is said".to_owned(),
                |(_, costume)| format!("`{}`", costume.wears),
            )
        };
        let message = format!(
            "{name} changes from {} to {} between scenes {} and {}, which are one time ({})",
            words(before),
            words(after),
            pair[0].id,
            pair[1].id,
            pair[1].heading.time
        );
        let number = after.or(before).map_or(0, |(index, _)| index).to_string();
        let at = Whereabouts::orders(&["cast", name, "costume", &number, "scenes"]);
        let hint = "give both scenes the same costume, or let time pass in the heading".to_owned();
        lints.push(warning("costume-continuous", at, message, Some(hint)));
    }
    lints
}

fn stills_missing(bible: &Bible, is_there: &dyn Fn(&str) -> bool) -> Vec<Lint> {
    let mut stills: Vec<(Vec<String>, &String)> = Vec::new();
    let path = |keys: &[&str]| keys.iter().map(|&key| key.to_owned()).collect::<Vec<_>>();
    for (name, cast) in &bible.cast {
        stills.extend(cast.references.iter().map(|file| (path(&["cast", name, "references"]), file)));
        for (index, costume) in cast.costumes.iter().enumerate() {
            let keys = path(&["cast", name, "costume", &index.to_string(), "references"]);
            stills.extend(costume.references.iter().map(|file| (keys.clone(), file)));
        }
    }
    for (name, place) in &bible.places {
        stills.extend(place.references.iter().map(|file| (path(&["places", name, "references"]), file)));
    }
    for (name, prop) in &bible.props {
        stills.extend(prop.references.iter().map(|file| (path(&["props", name, "references"]), file)));
    }
    let gone = stills.into_iter().filter(|(_, file)| !is_there(file));
    gone.map(|(keys, file)| {
        let message = format!("the still `{file}` of {} is not there", keys[1]);
        let hint = Some("put it into the film's folder, or correct its name".to_owned());
        Lint {
            severity: Severity::Error,
            ..warning("still-missing", Whereabouts::Orders(keys), message, hint)
        }
    })
    .collect()
}

/// Notes that look like states (`[[MNIA: wet coat]]`) and name nobody and nothing.
fn notes_naming_nobody(screenplay: &Screenplay, bible: &Bible) -> Vec<Lint> {
    let known = Known::of(screenplay, bible);
    let unknown = Story::of(screenplay, bible).unknown.into_iter();
    unknown
        .filter_map(|(name, span)| {
            let like = known.names().find(|known| is_near(&plain(known), &plain(&name)));
            // A remark may begin with a word in capitals; one that begins like any sentence is left alone.
            let shouts = name.chars().any(char::is_uppercase) && !name.chars().any(char::is_lowercase);
            (like.is_some() || shouts || !name.chars().any(|c| c.is_uppercase() || c.is_lowercase())).then(
                || {
                    let message =
                        format!("the note names `{name}`, who is neither cast nor a prop nor a place");
                    let hint = match like {
                        Some(like) => format!("did you mean `{like}`?"),
                        None => format!(
                            "describe it in [props.{}], or begin the note with a small letter",
                            key(&name)
                        ),
                    };
                    warning("state-of-nobody", Whereabouts::Script(span.lines.start), message, Some(hint))
                },
            )
        })
        .collect()
}

/// Whether two names differ by a letter or two that are wrong, missing or in each other's place.
fn is_near(known: &str, name: &str) -> bool {
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    let swapped = known != name && sorted(known) == sorted(name);
    let most = if name.chars().count() < 5 { 1 } else { 2 };
    swapped || crate::format::distance(known, name) <= most
}
