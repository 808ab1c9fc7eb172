use soundlock_script::{Beat, Direction, Scene};
use soundlock_sound::LockedScene;

use crate::sounding::Sounding;

/// What is done in a scene, sentence by sentence, and what its `[[shot: …]]` notes ask for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Doing {
    /// Sentences of the action in order.
    pub(crate) sentences: Vec<Sentence>,
    /// Cuts that the script asks for: frame and words.
    pub(crate) notes: Vec<(u32, String)>,
}

/// A sentence of action.
#[derive(Debug, Clone)]
pub(crate) struct Sentence {
    pub(crate) text: String,
    /// First frame of it, as far as its length lets one guess.
    pub(crate) start: u32,
    /// First frame after.
    pub(crate) end: u32,
    /// Whether a paragraph begins with it.
    pub(crate) first: bool,
}

impl Doing {
    pub(crate) fn of(scene: &Scene, locked: &LockedScene, sounding: &Sounding) -> Self {
        let mut doing = Self::default();
        let mut beats: Vec<(u32, usize)> =
            locked.beats.iter().copied().filter(|(frame, _)| *frame < locked.frames).collect();
        beats.sort_unstable();
        for (index, (start, place)) in beats.iter().enumerate() {
            match scene.beats.get(*place) {
                Some(Beat::Action(action)) => {
                    let next = beats[index + 1..].iter().find(|(frame, _)| frame > start);
                    let end = paragraph_end(*start, next.map(|(frame, _)| *frame), sounding);
                    doing.sentences.extend(sentences(&action.text, *start, end));
                }
                Some(Beat::Direction(Direction::Shot { text, .. })) => {
                    doing.notes.push((*start, one_line(text)));
                }
                _ => {}
            }
        }
        doing
    }

    /// Sentences seen in a shot from `start` up to `end`: those of which at least a third, or that fill it by a third.
    pub(crate) fn text_in(&self, start: u32, end: u32) -> String {
        let seen = self.sentences.iter().filter(|sentence| {
            let shared = sentence.end.min(end).saturating_sub(sentence.start.max(start));
            let least = (end - start).min((sentence.end - sentence.start).max(1));
            (start <= sentence.start && sentence.start < end && sentence.end <= sentence.start)
                || (shared > 0 && 3 * shared >= least)
        });
        let texts: Vec<&str> = seen.map(|sentence| sentence.text.as_str()).collect();
        texts.join(" ")
    }

    /// Sentences that begin between `start` and `end`.
    pub(crate) fn text_from(&self, start: u32, end: u32) -> String {
        let begun = self.sentences.iter().filter(|sentence| (start..end).contains(&sentence.start));
        begun.map(|sentence| sentence.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// What the notes at `frame` say; of several all.
    pub(crate) fn note_at(&self, frame: u32) -> Option<String> {
        let texts: Vec<&str> =
            self.notes.iter().filter(|(at, _)| *at == frame).map(|(_, text)| text.as_str()).collect();
        (!texts.is_empty()).then(|| texts.join("; "))
    }
}

/// A paragraph of action is over when the next begins or somebody speaks.
fn paragraph_end(start: u32, next_beat: Option<u32>, sounding: &Sounding) -> u32 {
    let next_line = sounding.line_after(start).map(|line| line.start);
    next_beat.into_iter().chain(next_line).min().unwrap_or(sounding.frames).max(start)
}

/// Shares the frames of a paragraph out among its sentences by their lengths.
fn sentences(text: &str, start: u32, end: u32) -> Vec<Sentence> {
    let texts = split_sentences(&one_line(text));
    let total: u64 = texts.iter().map(|text| text.chars().count() as u64).sum();
    let mut said = 0;
    let mut place = |text: &str| {
        let frame = |said: u64| start + (said * u64::from(end - start) / total.max(1)) as u32;
        let from = frame(said);
        said += text.chars().count() as u64;
        (from, frame(said))
    };
    let mut sentences: Vec<Sentence> = Vec::with_capacity(texts.len());
    for text in texts {
        let (start, end) = place(&text);
        sentences.push(Sentence { text, start, end, first: sentences.is_empty() });
    }
    sentences
}

/// `text` with every run of white space as one space.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(crate) fn split_sentences(text: &str) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut sentence = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        sentence.push(character);
        let over = matches!(character, '.' | '!' | '?' | '…' | '。')
            && characters.peek().is_none_or(|next| next.is_whitespace());
        if over && sentence.trim().chars().count() > 3 {
            sentences.push(std::mem::take(&mut sentence).trim().to_owned());
        }
    }
    if !sentence.trim().is_empty() {
        sentences.push(sentence.trim().to_owned());
    }
    sentences
}
