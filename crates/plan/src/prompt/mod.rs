//! What a generator is told, put together from the template of its family, each word with where it comes from.

mod family;
mod template;
mod values;

use serde::Serialize;

use crate::bible::{Reference, StyleWords, Told};
use crate::doing::one_line;
use crate::{Look, Shot, doing};

pub use family::{Family, NegativeUse, PromptTemplate, PromptTemplates, Slots};
pub(crate) use template::FIELDS;
use template::{Piece, pieces};
use values::{Value, Values, values};

/// What a generator is told about a shot, in words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Prompt {
    /// What is to be seen.
    pub text: String,
    /// What is to be kept out; may be empty.
    pub negative: String,
    /// Where its words come from.
    pub wording: Wording,
}

/// Where the words of a prompt come from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Wording {
    /// Name of the template.
    pub template: String,
    /// Which field put in which words, in order and without gaps.
    pub pieces: Vec<PromptPiece>,
    /// Fields that were left out, because the prompt would have been longer than the family takes.
    pub left_out: Vec<String>,
    /// Stills that the family takes, the most important first.
    pub references: Vec<Reference>,
}

/// Words of a prompt and where they come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PromptPiece {
    /// The template's field; `template` for its own words, `prompt` and `prompt_add` for a person's.
    pub field: String,
    /// What the words were taken from: `cast.MINA.looks`, `note MINA`, `prompts.wan`.
    pub from: String,
    /// First byte of the words in the prompt.
    pub start: usize,
    /// First byte after them.
    pub end: usize,
}

/// What a person set of a prompt.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ByHand<'a> {
    /// The whole of it.
    pub(crate) prompt: Option<&'a str>,
    /// Words at its end.
    pub(crate) add: Option<&'a str>,
    /// What is kept out.
    pub(crate) negative: Option<&'a str>,
}

/// The prompt of a shot. The same look, facts and template give the same words.
pub(crate) fn prompt(
    look: &Look,
    told: &Told,
    style: &StyleWords,
    template: &PromptTemplate,
    by_hand: ByHand<'_>,
) -> Prompt {
    let mut values = values(look, told, style, template);
    let (draft, left_out) = match by_hand.prompt {
        Some(words) => (Draft::of(words, "prompt", "cuts.toml"), Vec::new()),
        None => fitting(template, &mut values),
    };
    let draft = match by_hand.add.map(one_line).filter(|words| !words.is_empty()) {
        Some(words) => draft.and(&[Bit::new(&words, "prompt_add", "cuts.toml")], &template.joiner),
        None => draft,
    };
    Prompt {
        text: draft.text,
        negative: by_hand.negative.map_or_else(|| negative(style, template), str::to_owned),
        wording: Wording {
            template: template.name.clone(),
            pieces: draft.pieces,
            left_out,
            references: told.references.iter().take(template.slots.references).cloned().collect(),
        },
    }
}

/// The prompt that `shot` would have with this template, what a person set in it aside.
pub fn reworded(shot: &Shot, style: &StyleWords, template: &PromptTemplate) -> Prompt {
    prompt(&shot.look, &shot.told, style, template, ByHand::default())
}

/// What is kept out of the picture, where the family has a prompt for it.
fn negative(style: &StyleWords, template: &PromptTemplate) -> String {
    match template.negative {
        NegativeUse::Field => kept_out(style, template).join(", "),
        NegativeUse::Worded | NegativeUse::None => String::new(),
    }
}

/// Everything that is kept out, one by one and none twice.
fn kept_out(style: &StyleWords, template: &PromptTemplate) -> Vec<String> {
    let all = std::iter::once(&style.negative).chain(&style.never).chain([&template.negative_words]);
    let mut words: Vec<String> = Vec::new();
    for word in all.map(|words| one_line(words)).filter(|words| !words.is_empty()) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// The prompt as the template has it, made short enough: first without the fields that may go, then without the last
/// sentences of the action.
fn fitting(template: &PromptTemplate, values: &mut Values) -> (Draft, Vec<String>) {
    let mut left_out = Vec::new();
    let mut may_go = template.first_to_go.iter();
    loop {
        let draft = compose(template, values);
        if draft.text.split_whitespace().count() <= template.most_words {
            return (draft, left_out);
        }
        let went =
            may_go.by_ref().find(|field| values.get(field.as_str()).is_some_and(|value| !value.is_empty()));
        match went {
            Some(field) => {
                values.insert(name_of(field), Value::new());
                left_out.push(field.clone());
            }
            None if shorten(values) => {
                if left_out.last().is_none_or(|last| last != "action") {
                    left_out.push("action".to_owned());
                }
            }
            None => return (draft, left_out),
        }
    }
}

fn name_of(field: &str) -> &'static str {
    FIELDS.into_iter().find(|name| *name == field).unwrap_or("never")
}

/// Takes the last sentence off the action; the first stays.
fn shorten(values: &mut Values) -> bool {
    let Some(said) = values.get_mut("action").and_then(|value| value.first_mut()) else { return false };
    let mut sentences = doing::split_sentences(&said.text);
    if sentences.len() < 2 {
        return false;
    }
    sentences.pop();
    said.text = sentences.join(" ");
    true
}

fn compose(template: &PromptTemplate, values: &Values) -> Draft {
    let own = format!("prompts.{}", template.name);
    let mut draft = Draft::default();
    for part in &template.parts {
        let Some(bits) = pieces(part).ok().and_then(|pieces| filled(&pieces, values, &own)) else { continue };
        let bits = trimmed(bits);
        if !bits.is_empty() {
            draft = draft.and(&bits, &template.joiner);
        }
    }
    draft
}

/// Words that came from one place.
#[derive(Debug, Clone)]
struct Bit {
    text: String,
    field: String,
    from: String,
}

impl Bit {
    fn new(text: &str, field: &str, from: &str) -> Self {
        Self { text: text.to_owned(), field: field.to_owned(), from: from.to_owned() }
    }
}

/// The words of `pieces`; `None` when a field is empty.
fn filled(pieces: &[Piece], values: &Values, own: &str) -> Option<Vec<Bit>> {
    let mut bits = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Text(words) => bits.push(Bit::new(words, "template", own)),
            Piece::Field(name) => {
                let value = values.get(name.as_str()).filter(|value| !value.is_empty())?;
                bits.extend(value.iter().map(|said| {
                    let field = if said.from.is_some() { name.as_str() } else { "template" };
                    Bit::new(&said.text, field, said.from.as_deref().unwrap_or(own))
                }));
            }
            Piece::Optional(pieces) => bits.extend(filled(pieces, values, own).unwrap_or_default()),
        }
    }
    Some(bits)
}

/// Without spaces and commas at either end.
fn trimmed(mut bits: Vec<Bit>) -> Vec<Bit> {
    const LOOSE: [char; 2] = [' ', ','];
    while let Some(last) = bits.last_mut() {
        last.text.truncate(last.text.trim_end_matches(LOOSE).len());
        if !last.text.is_empty() {
            break;
        }
        bits.pop();
    }
    let mut begun = false;
    bits.retain_mut(|bit| {
        if !begun {
            bit.text = bit.text.trim_start_matches(LOOSE).to_owned();
            begun = !bit.text.is_empty();
        }
        begun
    });
    bits
}

/// A prompt being put together.
#[derive(Debug, Clone, Default)]
struct Draft {
    text: String,
    pieces: Vec<PromptPiece>,
}

impl Draft {
    fn of(words: &str, field: &str, from: &str) -> Self {
        let mut draft = Self::default();
        draft.push(&Bit::new(words, field, from));
        draft
    }

    /// With `bits` behind it and the joiner between; what ends with a stop of its own needs no second one.
    fn and(mut self, bits: &[Bit], joiner: &str) -> Self {
        if !self.text.is_empty() {
            let stops = self.text.ends_with(['.', '!', '?', '…', '。', ',']);
            let joiner = if stops { joiner.trim_start_matches(['.', ',', ';']) } else { joiner };
            let joiner = if joiner.is_empty() { " " } else { joiner };
            self.push(&Bit::new(joiner, "template", "joiner"));
        }
        for bit in bits {
            self.push(bit);
        }
        self
    }

    fn push(&mut self, bit: &Bit) {
        let twice = self.text.ends_with(char::is_whitespace);
        let text = if twice { bit.text.trim_start() } else { bit.text.as_str() };
        if text.is_empty() {
            return;
        }
        let start = self.text.len();
        self.text.push_str(text);
        let end = self.text.len();
        let goes_on = |last: &&mut PromptPiece| last.field == bit.field && last.from == bit.from;
        if let Some(last) = self.pieces.last_mut().filter(goes_on) {
            last.end = end;
        } else {
            let (field, from) = (bit.field.clone(), bit.from.clone());
            self.pieces.push(PromptPiece { field, from, start, end });
        }
    }
}

/// The time of day that a heading names, or the one before where it only says how it follows.
pub(crate) fn time_of_day(time: &str, before: &str) -> String {
    let follows =
        ["LATER", "CONTINUOUS", "SAME", "MOMENTS LATER", "나중에", "잠시 후", "계속", "이어서", "같은 시간"];
    let plain = time.trim().to_uppercase();
    let only_follows = plain.is_empty() || follows.contains(&plain.as_str());
    if only_follows { before.to_owned() } else { time.trim().to_owned() }
}

#[cfg(test)]
mod tests;
