//! Changes to a script that a model suggests, checked one by one.

use std::fmt::Write as _;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::json;
use soundlock_script::{Fountain, KnownIds, Screenplay, Severity};
use soundlock_vault::{EntryId, Hash, Vault};

use crate::ask::{Said, Task, Told, ask};
use crate::edit::{Hunk, Lines, apply};
use crate::{AssistantError, ModelContext};

/// Kind of the ledger's entries for what was suggested.
const SUGGESTED: &str = "suggestion";
/// Kind of its entries for what a person accepted.
pub(crate) const ACCEPTED: &str = "suggestion-accepted";
/// Lines that one change may touch.
const LONGEST_HUNK: usize = 60;
/// Changes of one answer that are looked at: nobody reads more.
const MOST_HUNKS: usize = 200;

/// A script in which a model is to suggest changes.
pub struct Suggestion<'a> {
    /// The file.
    pub script: &'a [u8],
    /// Names of the cast, for cues in letters without capitals.
    pub cast: &'a [String],
    /// The script as it was read.
    pub screenplay: &'a Screenplay,
    /// The scene it is about; the whole script where none is named.
    pub scene: Option<&'a str>,
    /// What to change, in a person's words.
    pub wish: &'a str,
}

/// What was suggested, as the ledger has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuggestionRecord {
    /// The model.
    pub model: String,
    /// What it was asked for.
    pub wish: String,
    /// Its reply.
    pub reply: Hash,
    /// The changes.
    pub hunks: Vec<Hunk>,
}

/// A change that a person accepted, as the ledger has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// Number of the suggestion's entry.
    pub suggestion: i64,
    /// The model that suggested it.
    pub model: String,
    /// The change.
    pub hunk: Hunk,
}

#[derive(Deserialize)]
struct Answer {
    changes: Vec<Change>,
}

#[derive(Deserialize)]
struct Change {
    line: usize,
    old: Vec<String>,
    new: Vec<String>,
    #[serde(default)]
    why: String,
}

/// The question about a script, or a scene of it.
pub fn suggest_task(order: &Suggestion<'_>) -> Result<Task, AssistantError> {
    let lines = Lines::of(order.script)?;
    let ranges = scenes(order)?;
    let mut text = format!("What to change: {}\n\nThe script, each line with its number:\n", order.wish);
    for (_, range) in &ranges {
        for (number, line) in lines.at(range.clone()).iter().enumerate() {
            let _ = writeln!(text, "{}| {line}", range.start + number + 1);
        }
    }
    let system = "You are a script editor. You suggest changes to lines of dialogue and action of a screenplay in Fountain \
        format; its writer accepts or refuses each of them. Suggest few and small changes, each for itself, only where \
        they do what is asked for. Never change scene headings, notes in [[ ]], the title page or who is in a scene; \
        write in the script's language and voice.\n\
        - line: number of the first line that goes, or before which lines are put in.\n\
        - old: the lines that go, exactly as they stand, without their numbers; empty where lines are only put in.\n\
        - new: the lines that come; empty where lines only go.\n\
        - why: a few words.";
    let subject = match order.scene {
        Some(scene) => format!("changes to scene {scene}"),
        None => "changes to the script".to_owned(),
    };
    Ok(Task { subject, name: "changes", system: system.to_owned(), user: text, schema: schema() })
}

fn schema() -> serde_json::Value {
    let texts = json!({ "type": "array", "items": { "type": "string" } });
    let change = json!({
        "type": "object",
        "properties": { "line": { "type": "integer" }, "old": texts, "new": texts, "why": { "type": "string" } },
        "required": ["line", "old", "new", "why"],
        "additionalProperties": false,
    });
    json!({
        "type": "object",
        "properties": { "changes": { "type": "array", "items": change } },
        "required": ["changes"],
        "additionalProperties": false,
    })
}

/// Asks for changes. Those that do not fit the script are left out and told as faults.
pub fn suggest(
    order: &Suggestion<'_>,
    context: &ModelContext<'_>,
) -> Result<Told<Vec<Hunk>>, AssistantError> {
    let (task, lines, ranges) = (suggest_task(order)?, Lines::of(order.script)?, scenes(order)?);
    ask(&task, context, |answer: Answer| check(order, &lines, &ranges, answer))
}

/// The scenes that it is about: number, and lines of the file counted from 0.
fn scenes(order: &Suggestion<'_>) -> Result<Vec<(String, Range<usize>)>, AssistantError> {
    let scenes = &order.screenplay.scenes;
    let wanted = scenes.iter().filter(|scene| order.scene.is_none_or(|wanted| scene.id.as_str() == wanted));
    let lines = |lines: &Range<u32>| lines.start as usize - 1..lines.end as usize - 1;
    let found: Vec<_> = wanted.map(|scene| (scene.id.to_string(), lines(&scene.span.lines))).collect();
    match order.scene {
        Some(scene) if found.is_empty() => Err(AssistantError::NoSuchScene {
            scene: scene.to_owned(),
            has: scenes.iter().map(|scene| scene.id.to_string()).collect(),
        }),
        _ if found.is_empty() => {
            Err(AssistantError::NothingToAsk { why: "the script has no scenes".to_owned() })
        }
        _ => Ok(found),
    }
}

fn check(
    order: &Suggestion<'_>,
    lines: &Lines<'_>,
    scenes: &[(String, Range<usize>)],
    answer: Answer,
) -> (Option<Vec<Hunk>>, Vec<String>) {
    let (mut hunks, mut faults): (Vec<Hunk>, Vec<String>) = (Vec::new(), Vec::new());
    let is = Shape::of(order.script, order.cast);
    if answer.changes.len() > MOST_HUNKS {
        faults.push(format!("it has {} changes; the first {MOST_HUNKS} are looked at", answer.changes.len()));
    }
    for (number, change) in answer.changes.into_iter().take(MOST_HUNKS).enumerate() {
        let checked = place(lines, scenes, change).and_then(|hunk| {
            is.kept_by(order, &hunk)?;
            let meets = hunks.iter().any(|other| apply(order.script, &[other, &hunk]).is_err());
            if meets { Err("it overlaps another change".to_owned()) } else { Ok(hunk) }
        });
        match checked {
            Ok(hunk) => hunks.push(Hunk { number: hunks.len() + 1, ..hunk }),
            Err(fault) => faults.push(format!("change {}: {fault}", number + 1)),
        }
    }
    // No change at all is an answer, too.
    ((!hunks.is_empty() || faults.is_empty()).then_some(hunks), faults)
}

/// The change at its place: where it says, or else in the one place of the scenes where its lines stand.
fn place(lines: &Lines<'_>, scenes: &[(String, Range<usize>)], change: Change) -> Result<Hunk, String> {
    let single = |lines: Vec<String>| -> Vec<String> {
        lines
            .iter()
            .flat_map(|line| line.split('\n').map(|line| line.trim_end_matches('\r').to_owned()))
            .collect()
    };
    let (old, new) = (single(change.old), single(change.new));
    if old.len() > LONGEST_HUNK || new.len() > LONGEST_HUNK {
        return Err(format!("it has more than {LONGEST_HUNK} lines"));
    }
    if old.iter().map(|line| line.trim_end()).eq(new.iter().map(|line| line.trim_end())) {
        return Err("it changes nothing".to_owned());
    }
    let at = change.line.saturating_sub(1);
    let found: Vec<usize> = if old.is_empty() {
        scenes.iter().filter(|(_, range)| range.start < at && at <= range.end).map(|_| at).collect()
    } else {
        scenes.iter().flat_map(|(_, range)| lines.find(&old, range.clone())).collect()
    };
    let place = match found.as_slice() {
        _ if found.contains(&at) => at,
        [place] => *place,
        [] if old.is_empty() => return Err(format!("line {} is in none of the scenes", change.line)),
        [] => {
            return Err(format!(
                "`{}` does not stand on line {}",
                crate::chat::start_of(&old.join(" ")),
                change.line
            ));
        }
        _ => {
            return Err(format!(
                "its lines stand in {} places, none of them line {}",
                found.len(),
                change.line
            ));
        }
    };
    let within = |(_, range): &&(String, Range<usize>)| range.contains(&place) || range.end == place;
    let scene = scenes.iter().find(within).map(|(scene, _)| scene.as_str()).unwrap_or_default();
    Ok(lines.hunk(scene, place, old.len(), new, crate::chat::start_of(&change.why)))
}

/// What a change must leave as it is.
#[derive(PartialEq, Eq)]
struct Shape {
    title_page: Vec<(String, Vec<String>)>,
    headings: Vec<String>,
    notes: Vec<String>,
    boneyards: usize,
    speakers: Vec<String>,
    errors: usize,
}

impl Shape {
    fn of(script: &[u8], cast: &[String]) -> Self {
        let fountain = Fountain::read(script, cast);
        let (screenplay, findings) = Screenplay::from_fountain(&fountain, &KnownIds::default());
        let mut speakers: Vec<String> = screenplay.lines().map(|(_, line)| line.character.clone()).collect();
        speakers.sort_unstable();
        speakers.dedup();
        Self {
            headings: screenplay.scenes.iter().map(|scene| scene.heading.text.clone()).collect(),
            title_page: screenplay.title_page.fields,
            notes: fountain.notes.iter().map(|note| note.text.clone()).collect(),
            boneyards: fountain.boneyards.len(),
            speakers,
            errors: findings.iter().filter(|finding| finding.severity == Severity::Error).count(),
        }
    }

    /// Whether the script is the same film after `hunk`; a clause where it is not.
    fn kept_by(&self, order: &Suggestion<'_>, hunk: &Hunk) -> Result<(), String> {
        let changed = apply(order.script, &[hunk]).map_err(|error| error.to_string())?;
        let new = Self::of(&changed, order.cast);
        if new.headings != self.headings {
            return Err("it changes scene headings".to_owned());
        }
        if new.title_page != self.title_page {
            return Err("it changes the title page".to_owned());
        }
        if new.notes != self.notes || new.boneyards != self.boneyards {
            return Err("it changes notes".to_owned());
        }
        if let Some(name) = new.speakers.iter().find(|name| !self.speakers.contains(name)) {
            return Err(format!("nobody in the script is called `{}`", crate::chat::start_of(name)));
        }
        if new.errors > self.errors { Err("it makes the script unreadable".to_owned()) } else { Ok(()) }
    }
}

/// Writes into the ledger what was suggested.
pub fn record_suggestion(
    vault: &Vault,
    scene: Option<&str>,
    wish: &str,
    hunks: &[Hunk],
    said: &Said,
) -> Result<EntryId, AssistantError> {
    let subject = scene.map_or_else(|| "script".to_owned(), |scene| format!("scene {scene}"));
    let (model, wish, hunks) = (said.model.clone(), wish.to_owned(), hunks.to_vec());
    Ok(vault.record(SUGGESTED, &subject, &SuggestionRecord { model, wish, reply: said.reply, hunks })?)
}

/// What was suggested last, with its entry's number; `None` where nothing was.
pub fn latest_suggestion(vault: &Vault) -> Result<Option<(EntryId, SuggestionRecord)>, AssistantError> {
    let entries = vault.entries(SUGGESTED, None)?;
    Ok(entries.last().map(|entry| entry.read().map(|record| (entry.id, record))).transpose()?)
}

/// Writes into the ledger that a person accepted changes; to be done before the script is written, so that no line of a
/// model is ever taken for a person's.
pub fn record_acceptance(
    vault: &Vault,
    (suggestion, record): (EntryId, &SuggestionRecord),
    hunks: &[&Hunk],
) -> Result<(), AssistantError> {
    for hunk in hunks {
        let (model, hunk) = (record.model.clone(), (*hunk).clone());
        let subject = format!("scene {}", hunk.scene);
        vault.record(ACCEPTED, &subject, &Acceptance { suggestion: suggestion.0, model, hunk })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = "\
Title: Two

INT. KITCHEN - NIGHT

MINA waits. [[pause 2s]]

MINA
You said the train leaves at six.

JONAS
It did.

EXT. STREET - NIGHT

JONAS
It did.
";

    fn checked(line: usize, old: &[&str], new: &[&str]) -> Result<Hunk, String> {
        let fountain = Fountain::read(SCRIPT.as_bytes(), &[]);
        let (screenplay, _) = Screenplay::from_fountain(&fountain, &KnownIds::default());
        let order = Suggestion {
            script: SCRIPT.as_bytes(),
            cast: &[],
            screenplay: &screenplay,
            scene: Some("1"),
            wish: "shorter",
        };
        let task = suggest_task(&order).unwrap();
        assert!(
            task.user.contains("8| You said the train") && !task.user.contains("STREET"),
            "{}",
            task.user
        );
        let owned = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
        let change = Change { line, old: owned(old), new: owned(new), why: String::new() };
        let lines = Lines::of(order.script).unwrap();
        let (hunks, faults) =
            check(&order, &lines, &scenes(&order).unwrap(), Answer { changes: vec![change] });
        match (hunks, faults.first()) {
            (_, Some(fault)) => Err(fault.clone()),
            (hunks, None) => Ok(hunks.unwrap().remove(0)),
        }
    }

    #[test]
    fn what_fits_is_placed() {
        let six = "You said the train leaves at six.";
        for line in [8, 3, 900] {
            let hunk = checked(line, &[six], &["Six, you said."]).unwrap();
            assert_eq!((hunk.number, hunk.line, hunk.scene.as_str()), (1, 8, "1"), "{line}");
        }
        assert_eq!(checked(9, &[], &["Six."]).unwrap().old, Vec::<String>::new());
        assert_eq!(checked(10, &["JONAS\nIt did.", ""], &[]).unwrap().old.len(), 3);
        assert_eq!(checked(13, &[], &["MINA", "And?", ""]).unwrap().new.len(), 3);
    }

    #[test]
    fn what_does_not_fit_is_told() {
        for (line, old, new, why) in [
            (8, &["You said it."][..], &["x"][..], "`You said it.` does not stand on line 8"),
            (3, &["INT. KITCHEN - NIGHT"], &["INT. HALL - NIGHT"], "changes scene headings"),
            (1, &["Title: Two"], &["Title: Three"], "does not stand"),
            (5, &["MINA waits. [[pause 2s]]"], &["MINA waits."], "changes notes"),
            (13, &[], &["ANNA", "Hello.", ""], "nobody in the script is called `ANNA`"),
            (
                8,
                &["You said the train leaves at six."],
                &["You said the train leaves at six. "],
                "changes nothing",
            ),
            (16, &[], &["x"], "line 16 is in none of the scenes"),
            (5, &["MINA waits. [[pause 2s]]"], &["MINA waits. [[pause 2s]] /*"], "unreadable"),
        ] {
            let fault = checked(line, old, new);
            let fault = fault.map_or_else(|fault| fault, |hunk| hunk.diff());
            assert!(fault.contains(why), "{fault}, not {why}");
        }
    }
}
