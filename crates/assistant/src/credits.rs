//! Who wrote which line of a script: the person, or a model.

use std::collections::BTreeSet;

use serde::Serialize;
use soundlock_script::{Beat, Fountain, KnownIds, Screenplay, Span, likeness};
use soundlock_vault::Vault;

use crate::AssistantError;
use crate::draft::{DRAFTED, DraftRecord};
use crate::edit::Lines;
use crate::suggest::{ACCEPTED, Acceptance};

/// From what likeness on a line counts as a model's that was changed since.
const ALIKE: f64 = 0.75;
/// Letters from which on a text of a draft is told from one that anybody writes.
const TELLING_LETTERS: usize = 12;

/// Who wrote a line, as far as the ledger knows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Author {
    /// A person: nothing in the ledger says otherwise.
    Person,
    /// A model wrote all of it.
    Model {
        /// Its name.
        model: String,
    },
    /// A person wrote it, and accepted a model's change of it.
    ChangedByModel {
        /// The model's name.
        model: String,
    },
    /// A model wrote it, and a person changed it since.
    ChangedByPerson {
        /// The model's name.
        model: String,
    },
}

/// A line or a paragraph of action, and who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CreditLine {
    /// The line's number; empty for action.
    pub line: String,
    /// Who speaks; empty for action.
    pub character: String,
    /// Its scene.
    pub scene: String,
    /// Line of the file, from 1.
    pub at: u32,
    /// What it says.
    pub text: String,
    /// Who wrote it.
    #[serde(flatten)]
    pub author: Author,
    /// When a person accepted it, RFC 3339; empty where nobody had to.
    pub accepted: String,
}

/// How much of a script each author wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Credit {
    /// Who.
    #[serde(flatten)]
    pub author: Author,
    /// Lines and paragraphs of action.
    pub lines: usize,
    /// Letters and digits of them.
    pub letters: usize,
}

/// A line of a file that a model wrote.
struct Written {
    text: String,
    model: String,
    /// The scene; of a draft its heading.
    scene: String,
    /// Whether it took the place of a person's lines.
    in_place: bool,
    drafted: bool,
    accepted: String,
}

/// Who wrote which line of `screenplay`, read from `script`, and how much that is for each author.
///
/// A person is whoever else writes here: what no ledger has seen is taken for theirs. What a model wrote is known again
/// also when a few words of it were changed.
pub fn credits(
    vault: &Vault,
    script: &[u8],
    screenplay: &Screenplay,
) -> Result<(Vec<CreditLine>, Vec<Credit>), AssistantError> {
    let (file, written) = (Lines::of(script)?, written(vault)?);
    let mut lines = Vec::new();
    for scene in &screenplay.scenes {
        for beat in &scene.beats {
            let (line, character, text, span) = match beat {
                Beat::Line(line) => (line.id.to_string(), line.character.clone(), &line.text, &line.span),
                Beat::Action(action) => (String::new(), String::new(), &action.text, &action.span),
                _ => continue,
            };
            let (scene, heading) = (scene.id.as_str(), scene.heading.text.as_str());
            let raw = raw_lines(&file, span, !line.is_empty());
            let authors = raw.iter().map(|line| author(line, scene, heading, &written)).collect();
            let (author, accepted) = of_all(authors);
            let (scene, text, at) = (scene.to_owned(), text.clone(), span.lines.start);
            lines.push(CreditLine { line, character, scene, at, text, author, accepted });
        }
    }
    let authors: BTreeSet<&Author> = lines.iter().map(|line| &line.author).collect();
    let credit = |author: &&Author| {
        let own = lines.iter().filter(|line| line.author == **author);
        let letters = own.clone().map(|line| letters(&line.text)).sum();
        Credit { author: (*author).clone(), lines: own.count(), letters }
    };
    let credits = authors.iter().map(credit).collect();
    Ok((lines, credits))
}

fn letters(text: &str) -> usize {
    text.chars().filter(|letter| letter.is_alphanumeric()).count()
}

/// The written lines of a beat: without its cue, what stands in brackets, and empty ones.
fn raw_lines(file: &Lines<'_>, span: &Span, has_cue: bool) -> Vec<String> {
    let first = span.lines.start as usize - 1 + usize::from(has_cue);
    let lines = file.at(first..(span.lines.end as usize - 1).max(first).min(file.count()));
    lines.iter().filter(|line| is_written(line)).map(|line| (*line).to_owned()).collect()
}

fn is_written(line: &str) -> bool {
    let line = line.trim();
    !(line.is_empty() || line.starts_with('(') && line.ends_with(')'))
}

/// The author of a beat from those of its lines.
fn of_all(authors: Vec<(Author, String)>) -> (Author, String) {
    let accepted = authors.iter().map(|(_, accepted)| accepted.clone()).max().unwrap_or_default();
    let mut kinds: Vec<Author> = authors.into_iter().map(|(author, _)| author).collect();
    kinds.sort();
    kinds.dedup();
    let author = match kinds.as_slice() {
        [] => Author::Person,
        [author] => author.clone(),
        // Sorted, the last is a model's with the most of a person's in it.
        [Author::Person, .., Author::Model { model }] => Author::ChangedByModel { model: model.clone() },
        [.., last] => last.clone(),
    };
    (author, accepted)
}

fn author(text: &str, scene: &str, heading: &str, written: &[Written]) -> (Author, String) {
    let near = |one: &&Written| if one.drafted { one.scene == heading } else { one.scene == scene };
    let length = letters(text);
    let telling = length >= TELLING_LETTERS;
    let candidates = || written.iter().rev().filter(|one| near(one) || (one.drafted && telling));
    if let Some(one) = candidates().find(|one| same(&one.text, text)) {
        let model = one.model.clone();
        let author = if one.in_place { Author::ChangedByModel { model } } else { Author::Model { model } };
        return (author, one.accepted.clone());
    }
    // Texts whose lengths differ that much cannot be alike.
    let comparable = |one: &&Written| {
        let other = letters(&one.text);
        telling && other.min(length) * 5 >= other.max(length) * 3
    };
    match candidates().filter(comparable).find(|one| likeness(&one.text, text) >= ALIKE) {
        Some(one) if one.in_place => {
            (Author::ChangedByModel { model: one.model.clone() }, one.accepted.clone())
        }
        Some(one) => (Author::ChangedByPerson { model: one.model.clone() }, one.accepted.clone()),
        None => (Author::Person, String::new()),
    }
}

fn same(one: &str, other: &str) -> bool {
    one.split_whitespace().eq(other.split_whitespace())
}

/// Every line that models wrote and that may stand in a script, oldest first.
fn written(vault: &Vault) -> Result<Vec<Written>, AssistantError> {
    let mut written = Vec::new();
    for entry in vault.entries(DRAFTED, None)? {
        let record: DraftRecord = entry.read()?;
        written.extend(drafted(&record)?);
    }
    for entry in vault.entries(ACCEPTED, None)? {
        let Acceptance { model, hunk, .. } = entry.read()?;
        let stood = |line: &&String| hunk.old.iter().any(|old| same(old, line));
        // Where a model changes what a model wrote, no person has written it.
        let by_person = |line: &String| {
            is_written(line) && !written.iter().any(|one: &Written| !one.in_place && same(&one.text, line))
        };
        let in_place = hunk.old.iter().any(by_person);
        let new: Vec<&String> = hunk.new.iter().filter(|line| is_written(line) && !stood(line)).collect();
        written.extend(new.into_iter().map(|line| Written {
            text: line.clone(),
            model: model.clone(),
            scene: hunk.scene.clone(),
            in_place,
            drafted: false,
            accepted: entry.at.clone(),
        }));
    }
    Ok(written)
}

fn drafted(record: &DraftRecord) -> Result<Vec<Written>, AssistantError> {
    let file = Lines::of(record.text.as_bytes())?;
    let fountain = Fountain::read(record.text.as_bytes(), &[]);
    let (screenplay, _) = Screenplay::from_fountain(&fountain, &KnownIds::default());
    let mut written = Vec::new();
    for scene in &screenplay.scenes {
        for beat in &scene.beats {
            let raw = match beat {
                Beat::Line(line) => raw_lines(&file, &line.span, true),
                Beat::Action(action) => raw_lines(&file, &action.span, false),
                _ => continue,
            };
            written.extend(raw.into_iter().map(|text| Written {
                text,
                model: record.model.clone(),
                scene: scene.heading.text.clone(),
                in_place: false,
                drafted: true,
                accepted: String::new(),
            }));
        }
    }
    Ok(written)
}
