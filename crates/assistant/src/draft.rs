//! A first draft of a screenplay from a logline: treatment, list of scenes, scenes.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use soundlock_script::{Fountain, Kind, KnownIds, Screenplay};
use soundlock_service::Usd;
use soundlock_vault::Vault;

use crate::ask::{Said, Task, ask};
use crate::chat::start_of;
use crate::{AssistantError, Estimate, ModelContext, estimate};

/// Kind of the ledger's entries for drafts.
pub(crate) const DRAFTED: &str = "draft";
/// Letters of one paragraph of action, or of what one character says at once.
const LONGEST_PARAGRAPH: usize = 1500;
/// Words that a minute of film has, spoken and seen.
const WORDS_A_MINUTE: u32 = 170;

/// What a draft is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftOrder {
    /// What it is about, in a sentence.
    pub logline: String,
    /// How many scenes.
    pub scenes: u32,
    /// How many minutes.
    pub minutes: u32,
    /// The language it is written in, as `film.toml` names it.
    pub language: String,
}

/// A screenplay that a model drafted.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Fountain.
    pub text: String,
    /// Where each step came from.
    pub steps: Vec<Said>,
    /// What was written all the same although it did not fit, clauses.
    pub faults: Vec<String>,
}

/// A draft, as the ledger has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftRecord {
    /// The model.
    pub model: String,
    /// What it was asked for.
    pub logline: String,
    /// Its text.
    pub text: String,
}

#[derive(Debug, Clone, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the field is what the model is asked for by this name")]
struct Treatment {
    title: String,
    treatment: String,
    characters: Vec<Character>,
}

#[derive(Debug, Clone, Deserialize)]
struct Character {
    name: String,
    about: String,
}

#[derive(Deserialize)]
struct SceneList {
    scenes: Vec<ListedScene>,
}

#[derive(Debug, Clone, Deserialize)]
struct ListedScene {
    setting: String,
    place: String,
    time: String,
    happens: String,
    characters: Vec<String>,
}

#[derive(Deserialize)]
struct WrittenScene {
    elements: Vec<Element>,
}

#[derive(Debug, Clone, Deserialize)]
struct Element {
    kind: String,
    #[serde(default)]
    character: String,
    #[serde(default)]
    parenthetical: String,
    text: String,
}

/// The most that a draft costs: one question for the treatment, one for the list, one a scene, each with a repair.
pub fn draft_estimate(order: &DraftOrder, context: &ModelContext<'_>) -> Result<Estimate, AssistantError> {
    let first = treatment_task(order);
    let known = estimate(std::slice::from_ref(&first), context)?;
    // What later questions hold is not known yet: the treatment, the list and the scene before, 40 kB at most.
    let longest = Task { user: "x".repeat(40_000), ..first };
    let each = longest.most_cost(context.model).map(|once| once + once + once);
    let later = order.scenes + 1;
    let more = each.map(|each| Usd(each.0.saturating_mul(u64::from(later))));
    Ok(Estimate {
        questions: known.questions + later as usize,
        most: known.most.zip(more).map(|(one, more)| one + more),
    })
}

/// Has a screenplay drafted, step by step; every step is kept, so a stop costs at most the one in hand.
pub fn draft(
    order: &DraftOrder,
    context: &ModelContext<'_>,
    progress: &dyn Fn(&str),
) -> Result<Draft, AssistantError> {
    let (mut steps, mut faults) = (Vec::new(), Vec::new());
    let treatment = ask(&treatment_task(order), context, check_treatment)?;
    progress("treatment");
    let list =
        ask(&list_task(order, &treatment.value), context, |list| check_list(order, &treatment.value, list))?;
    progress("list of scenes");
    steps.extend([treatment.said, list.said]);
    faults.extend(treatment.faults.into_iter().chain(list.faults));
    let (treatment, list) = (treatment.value, list.value);
    let model = steps[0].model.clone();
    let mut text = title_page(order, &treatment, &model);
    let mut before = String::new();
    for number in 0..list.len() {
        context.cancel.check()?;
        let task = scene_task(order, &treatment, &list, number, &before);
        let scene = ask(&task, context, |scene| check_scene(&list[number], scene))?;
        progress(&format!("scene {} of {}", number + 1, list.len()));
        faults.extend(scene.faults.iter().map(|fault| format!("scene {}: {fault}", number + 1)));
        before = fountain_of(&list[number], &scene.value);
        text.push_str(&before);
        steps.push(scene.said);
    }
    Ok(Draft { text, steps, faults })
}

/// Writes into the ledger what was drafted.
pub fn record_draft(vault: &Vault, order: &DraftOrder, draft: &Draft) -> Result<(), AssistantError> {
    let model = draft.steps.first().map(|said| said.model.clone()).unwrap_or_default();
    let (logline, text) = (order.logline.clone(), draft.text.clone());
    vault.record(DRAFTED, "draft.fountain", &DraftRecord { model, logline, text })?;
    Ok(())
}

fn writer(order: &DraftOrder) -> String {
    let language = match order.language.split(['-', '_']).next().unwrap_or_default() {
        "ko" => "Korean (한국어)".to_owned(),
        "en" => "English".to_owned(),
        code => format!("the language with the code `{code}`"),
    };
    format!(
        "You are a screenwriter. You write in {language}, plainly: what is seen and what is said, nothing that no camera and no microphone can take."
    )
}

fn treatment_task(order: &DraftOrder) -> Task {
    let DraftOrder { logline, minutes, scenes, .. } = order;
    let user = format!(
        "Logline: {logline}\n\nWrite the treatment of a film of {minutes} minutes in {scenes} scenes: title; treatment, \
         the whole story in one to five paragraphs; characters, each with a name as it stands over their lines, without \
         brackets, and about, who they are and how they look in one sentence."
    );
    let text = json!({ "type": "string" });
    let character = object(&[("name", text.clone()), ("about", text.clone())]);
    let schema = object(&[
        ("title", text.clone()),
        ("treatment", text),
        ("characters", json!({ "type": "array", "items": character })),
    ]);
    Task { subject: "the treatment".to_owned(), name: "treatment", system: writer(order), user, schema }
}

fn object(properties: &[(&str, Value)]) -> Value {
    let names: Vec<&str> = properties.iter().map(|(name, _)| *name).collect();
    let properties: serde_json::Map<String, Value> =
        properties.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    json!({ "type": "object", "properties": properties, "required": names, "additionalProperties": false })
}

fn check_treatment(treatment: Treatment) -> (Option<Treatment>, Vec<String>) {
    let mut faults = Vec::new();
    let title = one_line(&treatment.title);
    if title.is_empty() || title.chars().count() > 200 {
        faults.push("its title is empty or longer than 200 letters".to_owned());
    }
    if treatment.treatment.trim().is_empty() || treatment.treatment.len() > 30_000 {
        faults.push("its treatment is empty or longer than 30000 bytes".to_owned());
    }
    let mut characters: Vec<Character> = Vec::new();
    for character in treatment.characters {
        let name = one_line(&character.name);
        let plain = |letter: char| letter.is_alphanumeric() || matches!(letter, ' ' | '.' | '\'' | '-');
        let is_name = (1..=40).contains(&name.chars().count())
            && name.chars().all(plain)
            && name.chars().any(char::is_alphabetic);
        if !is_name {
            faults.push(format!("`{}` is no name of a character", start_of(&name)));
        } else if characters.iter().all(|known| known.name.to_lowercase() != name.to_lowercase()) {
            characters.push(Character { name: cue(&name), about: one_line(&character.about) });
        }
    }
    if characters.is_empty() || characters.len() > 60 {
        faults.push("it has no characters, or more than 60".to_owned());
    }
    let treatment = Treatment { title, treatment: treatment.treatment.trim().to_owned(), characters };
    (faults.is_empty().then_some(treatment), faults)
}

/// A name as it stands over lines.
fn cue(name: &str) -> String {
    name.to_uppercase()
}

fn told(treatment: &Treatment) -> String {
    let mut text = format!("Title: {}\n\n{}\n\nCharacters:\n", treatment.title, treatment.treatment);
    for character in &treatment.characters {
        let _ = writeln!(text, "- {}: {}", character.name, character.about);
    }
    text
}

fn list_task(order: &DraftOrder, treatment: &Treatment) -> Task {
    let user = format!(
        "{}\nList the scenes: exactly {}, in order. setting: INT, EXT or INT/EXT. place: a few words, the same words for \
         the same place. time: DAY, NIGHT, EVENING and the like. happens: what happens, two or three sentences. \
         characters: who is in it, names as in the list.",
        told(treatment),
        order.scenes
    );
    let text = json!({ "type": "string" });
    let scene = object(&[
        ("setting", json!({ "type": "string", "enum": SETTINGS })),
        ("place", text.clone()),
        ("time", text.clone()),
        ("happens", text.clone()),
        ("characters", json!({ "type": "array", "items": text })),
    ]);
    let schema = object(&[("scenes", json!({ "type": "array", "items": scene }))]);
    Task { subject: "the list of scenes".to_owned(), name: "scenes", system: writer(order), user, schema }
}

const SETTINGS: [&str; 3] = ["INT", "EXT", "INT/EXT"];

fn check_list(
    order: &DraftOrder,
    treatment: &Treatment,
    list: SceneList,
) -> (Option<Vec<ListedScene>>, Vec<String>) {
    let (mut scenes, mut faults) = (Vec::new(), Vec::new());
    if list.scenes.len() != order.scenes as usize {
        faults.push(format!("it has {} scenes, and {} were asked for", list.scenes.len(), order.scenes));
    }
    for (number, scene) in list.scenes.into_iter().take(order.scenes as usize).enumerate() {
        match listed(treatment, &scene) {
            Ok(scene) => scenes.push(scene),
            Err(fault) => faults.push(format!("scene {}: {fault}", number + 1)),
        }
    }
    // Fewer scenes than asked for are a film all the same; a bad one is none.
    let whole = !scenes.is_empty() && faults.iter().all(|fault| fault.contains("were asked for"));
    (whole.then_some(scenes), faults)
}

fn listed(treatment: &Treatment, scene: &ListedScene) -> Result<ListedScene, String> {
    let setting = scene.setting.trim().trim_end_matches('.').to_uppercase();
    if !SETTINGS.contains(&setting.as_str()) {
        return Err(format!("`{}` is no setting", start_of(&scene.setting)));
    }
    let heading_part = |what: &str, words: &str| {
        let words = one_line(words).to_uppercase();
        let fits = (1..=60).contains(&words.chars().count()) && !words.contains(['#', '[', ']', '/', '*']);
        if fits { Ok(words) } else { Err(format!("`{}` is no {what} for a heading", start_of(&words))) }
    };
    let (place, time) = (heading_part("place", &scene.place)?, heading_part("time", &scene.time)?);
    let characters =
        scene.characters.iter().map(|name| named(name, treatment)).collect::<Result<Vec<_>, _>>()?;
    let happens = one_line(&scene.happens);
    if happens.is_empty() {
        return Err("nothing happens in it".to_owned());
    }
    Ok(ListedScene { setting, place, time, happens, characters })
}

fn named(name: &str, treatment: &Treatment) -> Result<String, String> {
    let known = |character: &&Character| character.name.to_lowercase() == name.trim().to_lowercase();
    let found = treatment.characters.iter().find(known).map(|character| character.name.clone());
    found.ok_or_else(|| format!("`{}` is not in the list of characters", start_of(name)))
}

impl ListedScene {
    fn heading(&self) -> String {
        let setting = self.setting.replace('/', "./");
        format!("{setting}. {} - {}", self.place, self.time)
    }
}

fn scene_task(
    order: &DraftOrder,
    treatment: &Treatment,
    list: &[ListedScene],
    number: usize,
    before: &str,
) -> Task {
    let scene = &list[number];
    let mut user = told(treatment);
    user.push_str("\nThe scenes:\n");
    for (number, scene) in list.iter().enumerate() {
        let _ = writeln!(user, "{}. {}: {}", number + 1, scene.heading(), scene.happens);
    }
    if !before.is_empty() {
        let _ = write!(user, "\nThe scene before this one, as it is written:\n{before}");
    }
    let words = (order.minutes * WORDS_A_MINUTE / order.scenes.max(1)).max(40);
    let _ = write!(
        user,
        "\nWrite scene {}, {}, in about {words} words. In it are {}; nobody else speaks. elements, in order: kind action \
         (text: one paragraph of what is seen; character and parenthetical empty) or kind dialogue (character: who \
         speaks; parenthetical: how, a word or two, mostly empty; text: what is said, words alone). No markup, no \
         headings, no notes.",
        number + 1,
        scene.heading(),
        if scene.characters.is_empty() {
            "no speaking characters".to_owned()
        } else {
            scene.characters.join(", ")
        }
    );
    let text = json!({ "type": "string" });
    let element = object(&[
        ("kind", json!({ "type": "string", "enum": ["action", "dialogue"] })),
        ("character", text.clone()),
        ("parenthetical", text.clone()),
        ("text", text),
    ]);
    let schema = object(&[("elements", json!({ "type": "array", "items": element }))]);
    Task { subject: format!("scene {}", number + 1), name: "scene", system: writer(order), user, schema }
}

fn check_scene(listed: &ListedScene, scene: WrittenScene) -> (Option<Vec<Element>>, Vec<String>) {
    let (mut elements, mut faults) = (Vec::new(), Vec::new());
    for (number, element) in scene.elements.into_iter().enumerate() {
        match written(listed, element) {
            Ok(element) => elements.push(element),
            Err(fault) => faults.push(format!("element {}: {fault}", number + 1)),
        }
    }
    if elements.is_empty() {
        faults.push("nothing of it can be used".to_owned());
    }
    ((!elements.is_empty()).then_some(elements), faults)
}

fn written(listed: &ListedScene, element: Element) -> Result<Element, String> {
    let (text, parenthetical) = (one_line(&element.text), one_line(&element.parenthetical));
    let parenthetical = parenthetical.trim_matches(['(', ')', ' ']).to_owned();
    let letters = text.chars().count();
    if letters == 0 || letters > LONGEST_PARAGRAPH {
        return Err(format!("its text has {letters} letters; 1 to {LONGEST_PARAGRAPH} fit"));
    }
    let marks = ["[[", "]]", "/*", "*/"];
    if marks.iter().any(|mark| text.contains(mark) || parenthetical.contains(mark)) {
        return Err("it has notes or markup in it".to_owned());
    }
    if element.kind == "action" {
        return Ok(Element { text, character: String::new(), parenthetical: String::new(), ..element });
    }
    if element.kind != "dialogue" {
        return Err(format!("`{}` is neither action nor dialogue", start_of(&element.kind)));
    }
    let same = |name: &&String| name.to_lowercase() == one_line(&element.character).to_lowercase();
    let Some(character) = listed.characters.iter().find(same).cloned() else {
        let in_it = listed.characters.join(", ");
        return Err(format!("`{}` is not in this scene; in it are {in_it}", start_of(&element.character)));
    };
    if text.starts_with(['(', '~']) || parenthetical.contains(['(', ')']) {
        return Err("what is said begins with a bracket, or its parenthetical has brackets".to_owned());
    }
    Ok(Element { character, parenthetical, text, ..element })
}

/// Words on one line.
fn one_line(words: &str) -> String {
    let words = words.split(|letter: char| letter.is_whitespace() || letter.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn title_page(order: &DraftOrder, treatment: &Treatment, model: &str) -> String {
    let source = if order.language.starts_with("ko") {
        format!("로그라인으로 {model} 모델이 쓴 초고")
    } else {
        format!("first draft by {model}, from a logline")
    };
    format!("Title: {}\nSource: {source}\n\n", treatment.title)
}

/// The scene in Fountain, as our own reader reads it.
fn fountain_of(listed: &ListedScene, elements: &[Element]) -> String {
    let mut text = format!("{}\n\n", listed.heading());
    for element in elements {
        if element.kind == "action" {
            let mark = if reads_as_action(&element.text) { "" } else { "!" };
            let _ = write!(text, "{mark}{}\n\n", element.text);
            continue;
        }
        let mark = if reads_as_cue(&element.character) { "" } else { "@" };
        let _ = writeln!(text, "{mark}{}", element.character);
        if !element.parenthetical.is_empty() {
            let _ = writeln!(text, "({})", element.parenthetical);
        }
        let _ = write!(text, "{}\n\n", element.text);
    }
    text
}

/// Whether a paragraph reads as action without a mark.
fn reads_as_action(text: &str) -> bool {
    let read = Fountain::read(format!("INT. A - B\n\n{text}\n\nThen.\n").as_bytes(), &[]);
    let kinds =
        read.elements.iter().filter(|element| !matches!(element.kind, Kind::Blank | Kind::Heading { .. }));
    let read: Vec<(&Kind, &str)> = kinds.map(|element| (&element.kind, element.text.as_str())).collect();
    let is = |at: usize, wanted: &str| {
        read.get(at)
            .is_some_and(|(kind, text)| matches!(kind, Kind::Action { forced: false }) && *text == wanted)
    };
    read.len() == 2 && is(0, text) && is(1, "Then.")
}

/// Whether a name reads as a cue without a mark.
fn reads_as_cue(name: &str) -> bool {
    let read = Fountain::read(format!("INT. A - B\n\n{name}\nWords.\n").as_bytes(), &[]);
    let (screenplay, _) = Screenplay::from_fountain(&read, &KnownIds::default());
    screenplay.lines().any(|(_, line)| line.character == name && line.text == "Words.")
}

#[cfg(test)]
mod tests {
    use soundlock_script::Beat;

    use super::*;

    fn treatment(names: &[&str]) -> Treatment {
        let character = |name: &&str| Character { name: (*name).to_owned(), about: "about".to_owned() };
        Treatment {
            title: "Low Water".to_owned(),
            treatment: "A story.".to_owned(),
            characters: names.iter().map(character).collect(),
        }
    }

    fn order(language: &str) -> DraftOrder {
        DraftOrder { logline: "A lamp.".to_owned(), scenes: 1, minutes: 2, language: language.to_owned() }
    }

    fn element(kind: &str, character: &str, parenthetical: &str, text: &str) -> Element {
        let [kind, character, parenthetical, text] =
            [kind, character, parenthetical, text].map(str::to_owned);
        Element { kind, character, parenthetical, text }
    }

    #[test]
    fn what_is_written_reads_back_as_it_was_meant() {
        for (names, language, said) in [
            (["NORA", "2ND COP"], "en", "Is it always this quiet?"),
            (["미나", "요나스"], "ko", "기차는 여섯 시에 떠난다고 했잖아."),
        ] {
            let treatment = check_treatment(treatment(&names)).0.unwrap();
            let listed = ListedScene {
                setting: "int".to_owned(),
                place: "room".to_owned(),
                time: "밤".to_owned(),
                happens: "They talk.".to_owned(),
                characters: names.map(str::to_lowercase).to_vec(),
            };
            let list = check_list(&order(language), &treatment, SceneList { scenes: vec![listed] });
            let list = list.0.unwrap_or_else(|| panic!("{:?}", list.1));
            let tricky = [
                "A lamp.",
                "NOTHING MOVES.",
                "INT. is a word.",
                "> Not centred <",
                "= No synopsis",
                "CUT TO:",
                "@ home",
                ".5 seconds",
                "! Hey",
                "~ wave",
            ];
            let mut elements: Vec<Element> = tricky.map(|text| element("action", "", "", text)).to_vec();
            elements.push(element("dialogue", names[1], "(beat)", said));
            elements.push(element("dialogue", names[0], "", "THE END."));
            let (elements, faults) = check_scene(&list[0], WrittenScene { elements });
            assert_eq!(faults, Vec::<String>::new());
            let text =
                title_page(&order(language), &treatment, "m:1") + &fountain_of(&list[0], &elements.unwrap());
            let read = Fountain::read(text.as_bytes(), &[]);
            let (screenplay, _) = Screenplay::from_fountain(&read, &KnownIds::default());
            assert_eq!(screenplay.title_page.field("title").as_deref(), Some("Low Water"));
            let scene = &screenplay.scenes[0];
            assert_eq!(scene.heading.text, "INT. ROOM - 밤");
            let actions: Vec<&str> = scene
                .beats
                .iter()
                .filter_map(|beat| match beat {
                    Beat::Action(action) => Some(action.text.as_str()),
                    _ => None,
                })
                .collect();
            assert_eq!(actions, tricky, "{text}");
            let lines: Vec<(&str, &str)> =
                scene.lines().map(|line| (line.character.as_str(), line.text.as_str())).collect();
            assert_eq!(lines, [(names[1], said), (names[0], "THE END.")], "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let (_, faults) = check_treatment(Treatment { title: " ".to_owned(), ..treatment(&["A (V.O.)"]) });
        assert!(
            faults.join("; ").contains("title is empty")
                && faults.join("; ").contains("`A (V.O.)` is no name")
        );
        let good = check_treatment(treatment(&["NORA"])).0.unwrap();
        let listed = |setting: &str, who: &str| {
            let [setting, place, time, happens] = [setting, "ROOM", "NIGHT", "x"].map(str::to_owned);
            ListedScene { setting, place, time, happens, characters: vec![who.to_owned()] }
        };
        for (scenes, why) in [
            (vec![listed("UNDER", "NORA")], "`UNDER` is no setting"),
            (vec![listed("INT", "ANNA")], "`ANNA` is not in the list of characters"),
            (vec![], "it has 0 scenes, and 1 were asked for"),
        ] {
            let (_, faults) = check_list(&order("en"), &good, SceneList { scenes });
            assert!(faults.join("; ").contains(why), "{faults:?}, not {why}");
        }
        for (bad, why) in [
            (element("dialogue", "ANNA", "", "Hello."), "`ANNA` is not in this scene"),
            (element("song", "", "", "la"), "neither action nor dialogue"),
            (element("action", "", "", "A [[pause 2s]]"), "notes or markup"),
            (element("action", "", "", ""), "0 letters"),
            (element("dialogue", "NORA", "", "(runs)"), "begins with a bracket"),
        ] {
            let elements = vec![element("action", "", "", "A lamp."), bad];
            let (kept, faults) = check_scene(&listed("INT", "NORA"), WrittenScene { elements });
            assert_eq!(kept.map(|kept| kept.len()), Some(1), "{why}");
            assert!(faults[0].contains(why), "{faults:?}, not {why}");
        }
    }
}
