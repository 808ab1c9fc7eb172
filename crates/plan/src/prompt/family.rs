//! How a family of generators likes to be told: built in, and as a film wants it otherwise.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::template;
use crate::{Angle, Movement, PlanError, ShotSize};

/// The family that every other goes back to.
pub(crate) const GENERIC: &str = "generic";
/// Phrases that a family says in its own way.
const PHRASES: [&str; 11] = [
    "wearing",
    "speaks",
    "speak",
    "listens",
    "left",
    "right",
    "faces-left",
    "faces-right",
    "reference",
    "never",
    "and",
];

/// How a family likes to be told, as `film.toml` has it: what it leaves open is as the built-in family of its name has
/// it, or the one that it is like.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Family {
    /// The family whose words count where this one says nothing.
    pub like: Option<String>,
    /// Most words of a prompt.
    pub most_words: Option<usize>,
    /// Parts in order, each with fields in braces.
    pub parts: Option<Vec<String>>,
    /// What stands between two parts.
    pub joiner: Option<String>,
    /// Fields that are left out first where a prompt is too long.
    pub first_to_go: Option<Vec<String>>,
    /// Where what is kept out goes.
    pub negative: Option<NegativeUse>,
    /// What is kept out of every picture of this family.
    pub negative_words: Option<String>,
    /// Whether it takes a first frame.
    pub first_frame: Option<bool>,
    /// Whether it takes a last frame.
    pub last_frame: Option<bool>,
    /// How many stills it takes.
    pub references: Option<usize>,
    /// Words for sizes, by their abbreviations.
    pub size: BTreeMap<String, String>,
    /// Words for angles, by their words in `cuts.toml`.
    pub angle: BTreeMap<String, String>,
    /// Words for movements, by their words in `cuts.toml`.
    #[serde(rename = "move")]
    pub movement: BTreeMap<String, String>,
    /// Phrases with `{}` for the name.
    pub words: BTreeMap<String, String>,
}

/// Where what is kept out of a picture is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NegativeUse {
    /// In a prompt of its own.
    Field,
    /// In the prompt, in words.
    Worded,
    /// Nowhere: the family has no place for it.
    None,
}

/// How a prompt is put together: parts in order, each with fields in braces.
///
/// What stands in `[…]` is left out when a field in it is empty; so is a whole part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptTemplate {
    /// Name of the family: `wan`.
    pub name: String,
    /// Most words; fields of `first_to_go` are left out above that.
    pub most_words: usize,
    /// Parts in order.
    pub parts: Vec<String>,
    /// What stands between two parts: `, ` or `. `.
    pub joiner: String,
    /// Fields that are left out first where a prompt is too long.
    pub first_to_go: Vec<String>,
    /// Where what is kept out goes.
    pub negative: NegativeUse,
    /// What is kept out of every picture of this family.
    pub negative_words: String,
    /// Pictures that it takes beside words.
    pub slots: Slots,
    pub(crate) size: BTreeMap<String, String>,
    pub(crate) angle: BTreeMap<String, String>,
    pub(crate) movement: BTreeMap<String, String>,
    pub(crate) words: BTreeMap<String, String>,
}

/// Pictures that a family takes beside words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Slots {
    /// A frame to begin with.
    pub first_frame: bool,
    /// A frame to end with.
    pub last_frame: bool,
    /// Stills of people, things and places.
    pub references: usize,
}

/// The templates of a film, by family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptTemplates(BTreeMap<String, PromptTemplate>);

/// What is built in.
static BUILT_IN: LazyLock<BTreeMap<String, Family>> = LazyLock::new(|| {
    toml::from_str(include_str!("families.toml")).expect("the families that are built in are read by a test")
});

impl PromptTemplates {
    /// Those that every film has.
    pub fn standard() -> Self {
        Self::with(&BTreeMap::new()).expect("the families that are built in are read by a test")
    }

    /// Those that every film has, and those of `own`.
    pub fn with(own: &BTreeMap<String, Family>) -> Result<Self, PlanError> {
        let mut families = BUILT_IN.clone();
        for (name, family) in own {
            let like = family.like.clone();
            let built_in = families.remove(name);
            let base = like.is_none().then_some(built_in).flatten();
            let like = like.or_else(|| base.as_ref().and_then(|base| base.like.clone()));
            let merged = base.map_or_else(|| family.clone(), |base| family.over(&base));
            families.insert(name.clone(), Family { like, ..merged });
        }
        let names = families.keys();
        let templates = names.map(|name| resolved(name, &families).map(|template| (name.clone(), template)));
        Ok(Self(templates.collect::<Result<_, PlanError>>()?))
    }

    /// The template of this family; the generic one where there is none.
    pub fn of(&self, family: &str) -> &PromptTemplate {
        self.0.get(family).or_else(|| self.0.get(GENERIC)).expect("the generic family is built in")
    }

    /// The template of this name.
    pub fn named(&self, name: &str) -> Option<&PromptTemplate> {
        self.0.get(name)
    }

    /// Names of all of them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Refuses templates that name what does not exist.
    pub fn check(&self) -> Result<(), PlanError> {
        self.0.values().try_for_each(PromptTemplate::check)
    }

    /// The same, those called `first` before the others: what is wrong in one is then said of it, and not of those that
    /// are like it.
    pub fn check_first<'a>(&self, first: impl IntoIterator<Item = &'a String>) -> Result<(), PlanError> {
        first.into_iter().filter_map(|name| self.named(name)).try_for_each(PromptTemplate::check)?;
        self.check()
    }
}

/// A family with everything that it leaves open filled in from those it is like.
fn resolved(name: &str, families: &BTreeMap<String, Family>) -> Result<PromptTemplate, PlanError> {
    let wrong = |why: String| PlanError::Template { part: format!("[prompts.{name}]"), why };
    let mut family = families[name].clone();
    let mut seen = vec![name.to_owned()];
    let mut next =
        Some(family.like.clone().unwrap_or_else(|| GENERIC.to_owned())).filter(|like| like != name);
    while let Some(like) = next {
        if seen.contains(&like) {
            return Err(wrong(format!("it is like `{like}`, which is like it")));
        }
        let base =
            families.get(&like).ok_or_else(|| wrong(format!("there is no family `{like}` to be like")))?;
        family = family.over(base);
        seen.push(like.clone());
        let above = base.like.clone().unwrap_or_else(|| GENERIC.to_owned());
        next = (like != GENERIC).then_some(above);
    }
    let open = || wrong("it leaves something open that no family fills in".to_owned());
    Ok(PromptTemplate {
        name: name.to_owned(),
        most_words: family.most_words.ok_or_else(open)?,
        parts: family.parts.ok_or_else(open)?,
        joiner: family.joiner.ok_or_else(open)?,
        first_to_go: family.first_to_go.ok_or_else(open)?,
        negative: family.negative.ok_or_else(open)?,
        negative_words: family.negative_words.unwrap_or_default(),
        slots: Slots {
            first_frame: family.first_frame.ok_or_else(open)?,
            last_frame: family.last_frame.ok_or_else(open)?,
            references: family.references.ok_or_else(open)?,
        },
        size: family.size,
        angle: family.angle,
        movement: family.movement,
        words: family.words,
    })
}

impl Family {
    /// This family where it says something, `base` where it does not.
    fn over(&self, base: &Self) -> Self {
        fn both(own: &BTreeMap<String, String>, base: &BTreeMap<String, String>) -> BTreeMap<String, String> {
            base.iter().chain(own).map(|(key, words)| (key.clone(), words.clone())).collect()
        }
        Self {
            like: self.like.clone(),
            most_words: self.most_words.or(base.most_words),
            parts: self.parts.clone().or_else(|| base.parts.clone()),
            joiner: self.joiner.clone().or_else(|| base.joiner.clone()),
            first_to_go: self.first_to_go.clone().or_else(|| base.first_to_go.clone()),
            negative: self.negative.or(base.negative),
            negative_words: self.negative_words.clone().or_else(|| base.negative_words.clone()),
            first_frame: self.first_frame.or(base.first_frame),
            last_frame: self.last_frame.or(base.last_frame),
            references: self.references.or(base.references),
            size: both(&self.size, &base.size),
            angle: both(&self.angle, &base.angle),
            movement: both(&self.movement, &base.movement),
            words: both(&self.words, &base.words),
        }
    }
}

impl PromptTemplate {
    /// The template that a film has unless its generator's family or the film brings another.
    pub fn standard() -> Self {
        PromptTemplates::standard().of(GENERIC).clone()
    }

    /// A phrase with `{}` for the name.
    pub(super) fn phrase(&self, key: &str) -> &str {
        self.words.get(key).map_or("{}", String::as_str)
    }

    /// What stands before the last of several.
    pub(super) fn and(&self) -> &str {
        self.words.get("and").map_or("and", String::as_str)
    }

    fn check(&self) -> Result<(), PlanError> {
        self.parts.iter().try_for_each(|part| template::pieces(part).map(|_| ()))?;
        self.check_keys("first_to_go", self.first_to_go.iter(), &template::FIELDS)?;
        self.check_keys("size", self.size.keys(), &ShotSize::ALL.map(ShotSize::short))?;
        self.check_keys("angle", self.angle.keys(), &Angle::ALL.map(Angle::word))?;
        self.check_keys("move", self.movement.keys(), &Movement::ALL.map(Movement::word))?;
        self.check_keys("words", self.words.keys(), &PHRASES)
    }

    fn check_keys<'a>(
        &self,
        table: &str,
        mut keys: impl Iterator<Item = &'a String>,
        known: &[&str],
    ) -> Result<(), PlanError> {
        let unknown = keys.find(|key| !known.contains(&key.as_str()));
        unknown.map_or(Ok(()), |key| {
            let why = format!("`{key}` is none of {}", known.join(", "));
            Err(PlanError::Template { part: format!("[prompts.{}] {table}", self.name), why })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Family, PromptTemplates};
    use std::collections::BTreeMap;

    #[test]
    fn every_family_that_is_built_in_says_everything() {
        let templates = PromptTemplates::standard();
        templates.check().unwrap();
        assert_eq!(
            templates.names().collect::<Vec<_>>(),
            ["generic", "hunyuan", "kling", "ltx", "runway", "veo", "wan"]
        );
        for name in templates.names() {
            let template = templates.of(name);
            assert_eq!(
                (template.size.len(), template.angle.len(), template.movement.len()),
                (6, 5, 7),
                "{name}"
            );
        }
        assert_eq!(templates.of("unheard of").name, "generic");
    }

    #[test]
    fn a_film_changes_a_family_or_brings_its_own() {
        let own: BTreeMap<String, Family> = toml::from_str(
            "[wan]\nmost_words = 40\n[wan.move]\ntrack = \"gliding\"\n[mine]\nlike = \"wan\"\njoiner = \", \"\n",
        )
        .unwrap();
        let templates = PromptTemplates::with(&own).unwrap();
        let (wan, mine) = (templates.of("wan"), templates.of("mine"));
        assert_eq!(
            (wan.most_words, wan.movement["track"].as_str(), wan.joiner.as_str()),
            (40, "gliding", ". ")
        );
        assert_eq!(
            (mine.most_words, mine.movement["track"].as_str(), mine.joiner.as_str()),
            (40, "gliding", ", ")
        );
        assert_eq!(templates.of("hunyuan").movement["track"], "camera follows");
    }

    #[test]
    fn families_that_cannot_be_are_refused() {
        fn check(text: &str, why: &str) {
            let own: BTreeMap<String, Family> = toml::from_str(text).unwrap();
            let error = PromptTemplates::with(&own)
                .and_then(|templates| templates.check_first(own.keys()))
                .unwrap_err();
            assert_eq!(error.to_string(), why);
        }
        check(
            "[a]\nlike = \"b\"\n[b]\nlike = \"a\"\n",
            "prompt template part `[prompts.a]`: it is like `a`, which is like it",
        );
        check(
            "[a]\nlike = \"wam\"\n",
            "prompt template part `[prompts.a]`: there is no family `wam` to be like",
        );
        check(
            "[wan]\nparts = [\"{colour}\"]\n",
            "prompt template part `{colour}`: there is no field {colour}",
        );
        check(
            "[wan.angle]\nside = \"x\"\n",
            "prompt template part `[prompts.wan] angle`: `side` is none of eye, low, high, over-shoulder, behind",
        );
    }
}
