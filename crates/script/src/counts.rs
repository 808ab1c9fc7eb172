use std::collections::BTreeSet;

use serde::Serialize;

use crate::{Fountain, Kind};

/// How many of what a script has, counted as it is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Scene headings, forced or not.
    pub scene_headings: usize,
    /// Cues: how often a name stands over a speech.
    pub character_cues: usize,
    /// Different names in the cues.
    pub characters: usize,
    /// Written lines of dialogue. Parentheticals, lyrics, and the two-space lines between are not among them.
    pub dialogue_lines: usize,
    /// Speeches: cues under which something is said or sung. Each is one line for its actor.
    pub lines: usize,
    /// Words that are said or sung under a cue.
    pub words: usize,
    /// Parentheticals.
    pub parentheticals: usize,
    /// Cues with `^`.
    pub dual: usize,
    /// Written lines that are sung, under a cue or not.
    pub lyrics: usize,
    /// Paragraphs of action.
    pub actions: usize,
    /// Centred lines.
    pub centred: usize,
    /// Transitions, forced or not.
    pub transitions: usize,
    /// Sections (`#`).
    pub sections: usize,
    /// Synopses (`=`).
    pub synopses: usize,
    /// Notes, wherever they stand.
    pub notes: usize,
    /// Boneyards, wherever they stand.
    pub boneyards: usize,
    /// Page breaks.
    pub page_breaks: usize,
    /// Fields of the title page.
    pub title_fields: usize,
}

impl Counts {
    /// Counts what stands in a script.
    pub fn of(fountain: &Fountain) -> Self {
        let mut counts = Self {
            notes: fountain.notes.len(),
            boneyards: fountain.boneyards.len(),
            lines: speeches(fountain),
            ..Self::default()
        };
        let mut names = BTreeSet::new();
        for element in &fountain.elements {
            let words = element.text.split_whitespace().count();
            match &element.kind {
                Kind::TitleField { .. } => counts.title_fields += 1,
                Kind::Heading { .. } => counts.scene_headings += 1,
                Kind::Action { .. } => counts.actions += 1,
                Kind::Centred => counts.centred += 1,
                Kind::Cue { dual, .. } => {
                    counts.character_cues += 1;
                    counts.dual += usize::from(*dual);
                    names.insert(&element.text);
                }
                Kind::Parenthetical => counts.parentheticals += 1,
                Kind::Dialogue => {
                    counts.dialogue_lines += usize::from(words > 0);
                    counts.words += words;
                }
                Kind::Lyric { voiced } => {
                    counts.lyrics += 1;
                    counts.words += if *voiced { words } else { 0 };
                }
                Kind::Transition { .. } => counts.transitions += 1,
                Kind::Section { .. } => counts.sections += 1,
                Kind::Synopsis => counts.synopses += 1,
                Kind::PageBreak => counts.page_breaks += 1,
                Kind::Note | Kind::Boneyard | Kind::Blank => {}
            }
        }
        counts.characters = names.len();
        counts
    }
}

fn speeches(fountain: &Fountain) -> usize {
    let (mut count, mut open) = (0, false);
    for element in &fountain.elements {
        match element.kind {
            Kind::Cue { .. } => open = true,
            Kind::Dialogue | Kind::Lyric { voiced: true } if open && !element.text.trim().is_empty() => {
                count += 1;
                open = false;
            }
            _ => {}
        }
    }
    count
}
