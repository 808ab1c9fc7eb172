//! What planned shots could show, scene by scene.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::json;
use soundlock_plan::format::Proposal;
use soundlock_plan::{Angle, Movement, Shot, ShotCode, ShotSize};
use soundlock_script::{Beat, Line, Scene};
use soundlock_time::Fps;

use crate::ask::{Task, Told, ask};
use crate::{AssistantError, ModelContext};

/// Letters of a prompt; generators read no more.
const LONGEST_PROMPT: usize = 1200;
/// Letters of an action.
const LONGEST_ACTION: usize = 400;

/// A scene whose planned shots a model is to look at.
pub struct BreakdownOrder<'a> {
    /// The scene.
    pub scene: &'a Scene,
    /// Its shots, in order.
    pub shots: Vec<&'a Shot>,
    /// The film's rate.
    pub fps: Fps,
    /// How each of the cast looks.
    pub looks: &'a BTreeMap<String, String>,
    /// How the place looks, and its light.
    pub place: String,
    /// Words of every prompt.
    pub style: &'a str,
    /// Fields of each shot that a person set.
    pub by_hand: &'a BTreeMap<ShotCode, Vec<String>>,
}

/// What a model proposes for one shot, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShotProposal {
    /// What is proposed; only what differs from what is planned and what no person set.
    pub proposal: Proposal,
    /// Why, in the model's words.
    pub why: String,
}

#[derive(Deserialize)]
struct Answer {
    shots: Vec<AnsweredShot>,
}

#[derive(Deserialize)]
struct AnsweredShot {
    shot: String,
    subjects: Vec<String>,
    size: String,
    angle: String,
    #[serde(rename = "move")]
    movement: String,
    action: String,
    prompt: String,
    #[serde(default)]
    why: String,
}

/// The question about a scene.
pub fn breakdown_task(order: &BreakdownOrder<'_>) -> Task {
    let words = |words: Vec<&str>| words.join(", ");
    let sizes = words(ShotSize::ALL.map(ShotSize::short).to_vec());
    let angles = words(Angle::ALL.map(Angle::word).to_vec());
    let moves = words(Movement::ALL.map(Movement::word).to_vec());
    let system = format!(
        "You are the director of photography of a film whose sound is locked and whose cuts are planned. For each shot \
         you propose what is seen. The cuts, the lengths and the lines heard stand; you change none of them.\n\
         - shot: the code as given; every shot once, in order.\n\
         - subjects: who is seen, the most important first, only names from the cast of the scene; may be empty.\n\
         - size: one of {sizes}. angle: one of {angles}. move: one of {moves}.\n\
         - action: what is seen happening, one sentence in the script's language.\n\
         - prompt: what a video generator is told, 20 to 80 English words: size, who with their looks, what they do, \
         the place, the light. No names of films or persons, no text in the picture, nothing that is only heard.\n\
         - why: a few words.\n\
         Keep to the side of the line between two speakers, do not put two shots of one subject in nearly the same size \
         side by side, come closer as it gets tense, and show who listens as often as who speaks. Values given as set by \
         hand stand: repeat them."
    );
    let subject = format!("what the shots of scene {} show", order.scene.id);
    Task { subject, name: "breakdown", system, user: described(order), schema: schema() }
}

fn schema() -> serde_json::Value {
    let text = json!({ "type": "string" });
    let shot = json!({
        "type": "object",
        "properties": {
            "shot": text, "subjects": { "type": "array", "items": text },
            "size": { "type": "string", "enum": ShotSize::ALL.map(ShotSize::short) },
            "angle": { "type": "string", "enum": Angle::ALL.map(Angle::word) },
            "move": { "type": "string", "enum": Movement::ALL.map(Movement::word) },
            "action": text, "prompt": text, "why": text,
        },
        "required": ["shot", "subjects", "size", "angle", "move", "action", "prompt", "why"],
        "additionalProperties": false,
    });
    json!({
        "type": "object",
        "properties": { "shots": { "type": "array", "items": shot } },
        "required": ["shots"],
        "additionalProperties": false,
    })
}

/// Asks for what the shots of a scene show. Shots whose proposal cannot be used are left out and told as faults: for them
/// the planner's choice stands.
pub fn breakdown(
    order: &BreakdownOrder<'_>,
    context: &ModelContext<'_>,
) -> Result<Told<Vec<ShotProposal>>, AssistantError> {
    ask(&breakdown_task(order), context, |answer: Answer| check(order, answer))
}

fn check(order: &BreakdownOrder<'_>, answer: Answer) -> (Option<Vec<ShotProposal>>, Vec<String>) {
    let (mut proposals, mut faults, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for answered in answer.shots {
        let shot = order.shots.iter().find(|shot| shot.code.to_string() == answered.shot.trim());
        let Some(shot) = shot else {
            faults.push(format!("there is no shot `{}` in scene {}", shown(&answered.shot), order.scene.id));
            continue;
        };
        if !seen.insert(shot.code.clone()) {
            faults.push(format!("shot {} stands twice", shot.code));
            continue;
        }
        match read(order, shot, &answered) {
            Ok(proposal) => proposals.push(proposal),
            Err(fault) => faults.push(format!("shot {}: {fault}", shot.code)),
        }
    }
    let missing: Vec<String> = order
        .shots
        .iter()
        .filter(|shot| !seen.contains(&shot.code))
        .map(|shot| shot.code.to_string())
        .collect();
    if !missing.is_empty() {
        faults.push(format!("nothing is said of {}", missing.join(", ")));
    }
    ((!proposals.is_empty()).then_some(proposals), faults)
}

fn read(order: &BreakdownOrder<'_>, shot: &Shot, answered: &AnsweredShot) -> Result<ShotProposal, String> {
    let size = ShotSize::from_short(answered.size.trim())
        .ok_or_else(|| format!("`{}` is no size", shown(&answered.size)))?;
    let angle = Angle::from_word(answered.angle.trim())
        .ok_or_else(|| format!("`{}` is no angle", shown(&answered.angle)))?;
    let movement = Movement::from_word(answered.movement.trim())
        .ok_or_else(|| format!("`{}` is no move", shown(&answered.movement)))?;
    let subjects: Result<Vec<String>, String> =
        answered.subjects.iter().map(|name| named(name, shot)).collect();
    let mut subjects = subjects?;
    let mut seen = BTreeSet::new();
    subjects.retain(|name| seen.insert(name.clone()));
    let action = text("action", &answered.action, LONGEST_ACTION)?;
    let prompt = completed(text("prompt", &answered.prompt, LONGEST_PROMPT)?, &subjects, order);
    let look = &shot.look;
    let by_hand = order.by_hand.get(&shot.code);
    let free = |field: &str| by_hand.is_none_or(|fields| fields.iter().all(|one| one != field));
    let proposal = Proposal {
        code: shot.code.clone(),
        size: (size != look.size && free("size")).then_some(size),
        angle: (angle != look.angle && free("angle")).then_some(angle),
        movement: (movement != look.movement && free("move")).then_some(movement),
        subjects: (subjects != look.subjects && free("subjects")).then_some(subjects),
        action: (action != look.action && free("action")).then_some(action),
        prompt: (prompt != shot.prompt && free("prompt")).then_some(prompt),
    };
    Ok(ShotProposal { proposal, why: shown(&answered.why) })
}

/// The character in the scene whom `name` names, letter case aside.
fn named(name: &str, shot: &Shot) -> Result<String, String> {
    let same = |known: &&String| known.to_lowercase() == name.trim().to_lowercase();
    let found = shot.look.present.iter().find(same).cloned();
    found.ok_or_else(|| {
        let present = shot.look.present.join(", ");
        format!("`{}` is not in the scene; there are {present}", shown(name))
    })
}

/// Words on one line, no longer than `longest` letters.
fn text(what: &str, words: &str, longest: usize) -> Result<String, String> {
    let words = words.split(|letter: char| letter.is_whitespace() || letter.is_control());
    let line = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let letters = line.chars().count();
    match letters {
        0 => Err(format!("its {what} is empty")),
        _ if letters > longest => Err(format!("its {what} has {letters} letters; {longest} is the most")),
        // What stands for "let the program choose" in cuts.toml.
        _ if line == "auto" => Err(format!("its {what} is `auto`")),
        _ => Ok(line),
    }
}

/// A prompt with what every prompt of the film says: how those who are seen look, word for word, and the style. A model
/// says it in other words each time, and a film needs the same faces in every shot.
fn completed(mut prompt: String, subjects: &[String], order: &BreakdownOrder<'_>) -> String {
    let looks = subjects.iter().filter_map(|name| Some((name, order.looks.get(name)?.trim())));
    let missing: Vec<String> = looks
        .filter(|(_, looks)| !looks.is_empty() && !prompt.contains(looks))
        .map(|(name, looks)| format!("{name}: {looks}"))
        .collect();
    let style = Some(order.style.trim()).filter(|style| !style.is_empty() && !prompt.contains(style));
    for more in missing.iter().map(String::as_str).chain(style) {
        let stop = if prompt.ends_with(['.', '!', '?', '。']) { " " } else { ". " };
        prompt.push_str(stop);
        prompt.push_str(more);
    }
    prompt
}

fn shown(words: &str) -> String {
    crate::chat::start_of(words)
}

fn described(order: &BreakdownOrder<'_>) -> String {
    let scene = order.scene;
    let mut text = format!("Scene {}: {}\n", scene.id, scene.heading.text);
    if !order.place.is_empty() {
        let _ = writeln!(text, "The place: {}", order.place);
    }
    if !order.style.is_empty() {
        let _ = writeln!(text, "The film's style: {}", order.style);
    }
    text.push_str("\nThe cast of the scene:\n");
    for name in order.shots.first().map_or(&[][..], |shot| shot.look.present.as_slice()) {
        let looks = order.looks.get(name).map_or("", String::as_str);
        let _ = writeln!(text, "- {name}{}{looks}", if looks.is_empty() { "" } else { ": " });
    }
    text.push_str("\nThe script:\n");
    for beat in &scene.beats {
        match beat {
            Beat::Action(action) => {
                let _ = writeln!(text, "{}", action.text);
            }
            Beat::Line(line) => {
                let _ = writeln!(text, "[{}] {}", line.id, said(line));
            }
            _ => {}
        }
    }
    text.push_str("\nThe shots:\n");
    for shot in &order.shots {
        describe_shot(shot, order, &mut text);
    }
    text
}

fn describe_shot(shot: &Shot, order: &BreakdownOrder<'_>, text: &mut String) {
    let look = &shot.look;
    let _ = write!(
        text,
        "- {}, {:.1} s; planned {}, {}, {}; seen: {}",
        shot.code,
        order.fps.seconds(shot.frames()),
        look.size.short(),
        look.angle.word(),
        look.movement.word(),
        if look.subjects.is_empty() { "nobody".to_owned() } else { look.subjects.join(", ") },
    );
    let heard: Vec<String> =
        shot.speech.iter().map(|span| format!("{} {}", span.line, span.character)).collect();
    if !heard.is_empty() {
        let _ = write!(text, "; heard: {}", heard.join(", "));
    }
    if !look.action.is_empty() {
        let _ = write!(text, "; action: {}", crate::chat::start_of(&look.action));
    }
    if let Some(fields) = order.by_hand.get(&shot.code).filter(|fields| !fields.is_empty()) {
        let _ = write!(text, "; set by hand: {}", fields.join(", "));
    }
    text.push('\n');
}

fn said(line: &Line) -> String {
    format!("{}: {}", line.character, line.text)
}

#[cfg(test)]
mod tests {
    use soundlock_script::{Fountain, KnownIds, Screenplay};
    use soundlock_time::{FilmFrame, FrameRange};

    use super::*;

    fn answered(shot: &str, subjects: &[&str], size: &str, prompt: &str) -> AnsweredShot {
        let text = str::to_owned;
        AnsweredShot {
            shot: text(shot),
            subjects: subjects.iter().map(|name| text(name)).collect(),
            size: text(size),
            angle: text("eye"),
            movement: text("static"),
            action: text("She waits."),
            prompt: text(prompt),
            why: text("she waits"),
        }
    }

    fn checked(answers: Vec<AnsweredShot>) -> (Vec<ShotProposal>, Vec<String>) {
        let script = Fountain::read(b"INT. KITCHEN - NIGHT\n\nMINA\nWait.\n", &[]);
        let (screenplay, _) = Screenplay::from_fountain(&script, &KnownIds::default());
        let shots: Vec<Shot> = ["1_0010", "1_0020"]
            .map(|code| {
                let mut shot = Shot::blank(code.parse().unwrap(), FrameRange::new(FilmFrame(0), 48));
                shot.look.present = vec!["MINA".to_owned(), "JONAS".to_owned()];
                shot
            })
            .to_vec();
        let looks = BTreeMap::from([("MINA".to_owned(), "a woman in a grey coat".to_owned())]);
        let by_hand = BTreeMap::from([("1_0020".parse().unwrap(), vec!["size".to_owned()])]);
        let order = BreakdownOrder {
            scene: &screenplay.scenes[0],
            shots: shots.iter().collect(),
            fps: Fps::FILM,
            looks: &looks,
            place: String::new(),
            style: "16 mm",
            by_hand: &by_hand,
        };
        let task = breakdown_task(&order);
        assert!(
            task.user.contains("1_0020, 2.0 s") && task.user.contains("[1.01] MINA: Wait."),
            "{}",
            task.user
        );
        let (value, faults) = check(&order, Answer { shots: answers });
        (value.unwrap_or_default(), faults)
    }

    #[test]
    fn what_fits_is_proposed_and_what_a_person_set_is_not() {
        let shots = vec![
            answered("1_0010", &["mina", "MINA"], "CU", "close-up of Mina"),
            answered(" 1_0020 ", &[], "CU", "a woman in a grey coat. 16 mm"),
        ];
        let (proposals, faults) = checked(shots);
        assert_eq!(faults, Vec::<String>::new());
        let first = &proposals[0].proposal;
        assert_eq!((first.size, first.angle), (Some(ShotSize::Close), None));
        assert_eq!(first.subjects, Some(vec!["MINA".to_owned()]));
        assert_eq!(first.prompt.as_deref(), Some("close-up of Mina. MINA: a woman in a grey coat. 16 mm"));
        assert_eq!(proposals[1].proposal.size, None);
        assert_eq!(proposals[1].proposal.prompt.as_deref(), Some("a woman in a grey coat. 16 mm"));
    }

    #[test]
    fn what_is_invented_is_refused_shot_by_shot() {
        for (shot, why) in [
            (answered("9_0010", &[], "CU", "p"), "no shot `9_0010` in scene 1"),
            (answered("1_0010", &["ANNA"], "CU", "p"), "`ANNA` is not in the scene; there are MINA, JONAS"),
            (answered("1_0010", &[], "HUGE", "p"), "`HUGE` is no size"),
            (answered("1_0010", &[], "CU", " \n"), "its prompt is empty"),
            (answered("1_0010", &[], "CU", &"x".repeat(1201)), "its prompt has 1201 letters"),
            (answered("1_0020", &[], "CU", "p"), "shot 1_0020 stands twice"),
        ] {
            let (proposals, faults) = checked(vec![answered("1_0020", &[], "CU", "good"), shot]);
            assert_eq!(proposals.len(), 1, "{why}");
            assert!(faults.iter().any(|fault| fault.contains(why)), "{faults:?}, not {why}");
        }
    }
}
