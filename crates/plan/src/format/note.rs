use soundlock_script::LineId;

use crate::draw::digest;
use crate::{Look, Shot};

/// Fields whose last written value is kept as a digest, in the order of the note.
pub(crate) const DIGESTED: [&str; 11] = [
    "size",
    "angle",
    "move",
    "subjects",
    "action",
    "prompt",
    "generator",
    "reason",
    "detail",
    "sides",
    "why",
];
/// How many of [`DIGESTED`] the notes of earlier programs have: the fields after them were not there yet.
const FIRST_DIGESTED: usize = 8;

/// The program's own note in a shot's table: what it wrote last, and from where in the sound it measured.
///
/// Written as `231+96 12.03-7 k3x9 … ----`: frame and length (with `!` behind what a person set, and `~` where the program
/// let the shot go on from the one before, and `@3600` the pace of its scene in milliseconds), the anchor of the first frame, a digest of each field (`----` for one that a person set), a digest of the circumstances that the look
/// was chosen in.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Planned {
    pub(crate) at: u32,
    pub(crate) at_by_hand: bool,
    pub(crate) frames: u32,
    pub(crate) frames_by_hand: bool,
    /// Whether the program let it go on from the shot before.
    pub(crate) continues: bool,
    /// The pace that its scene was cut for; notes of earlier programs have none.
    pub(crate) pace_millis: Option<u32>,
    pub(crate) anchor: Anchor,
    /// One for each of [`DIGESTED`], or for the first of them.
    pub(crate) digests: Vec<Option<String>>,
    pub(crate) circumstances: String,
}

/// A place in a scene told by what is heard there, so that it moves with the sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Anchor {
    /// Frames from scene start: `^231`.
    Scene(u32),
    /// Frames from a line's start, before it or after: `12.03-7`, `12.03+20`.
    Start(LineId, i32),
    /// Frames after a line's end: `12.03>9`.
    End(LineId, u32),
}

/// Four signs that tell one text from another.
pub(crate) fn short_digest(text: &str) -> String {
    const SIGNS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let digest = digest(text);
    let mixed = digest ^ (digest >> 20) ^ (digest >> 40);
    (0..4).map(|place| char::from(SIGNS[(mixed >> (5 * place)) as usize & 31])).collect()
}

/// A digest of what a shot's look was chosen from; while it stays, the look may stay.
pub(crate) fn circumstances(look: &Look, speech: &[(LineId, String)], opens: bool) -> String {
    let mut words = vec![format!("{:?} {opens}", look.setting), look.place.clone(), look.time.clone()];
    words.extend(look.present.iter().cloned());
    words.push(look.action.clone());
    words.extend(speech.iter().map(|(line, character)| format!("{line} {character}")));
    short_digest(&words.join("\u{1f}"))
}

impl Planned {
    /// What is noted of `shot`, which is written with its look as it is.
    pub(crate) fn of(shot: &Shot, anchor: Anchor) -> Self {
        let by_hand = |name: &str| shot.by_hand.iter().any(|field| field == name);
        let digests = DIGESTED.map(|name| (!by_hand(name)).then(|| short_digest(&value_text(shot, name))));
        let speech: Vec<_> =
            shot.speech.iter().map(|span| (span.line.clone(), span.character.clone())).collect();
        Self {
            at: shot.at.0,
            at_by_hand: by_hand("at"),
            frames: shot.frames(),
            frames_by_hand: by_hand("frames"),
            continues: shot.continues.is_some() && !by_hand("continues"),
            pace_millis: Some(shot.pace_millis),
            anchor,
            digests: digests.to_vec(),
            circumstances: circumstances(&shot.look, &speech, shot.at.0 == 0),
        }
    }

    /// Whether a person set field `name`, which now reads `value`.
    pub(crate) fn differs(&self, name: &str, value: &str) -> bool {
        let index = DIGESTED.iter().position(|field| *field == name);
        let written = index.and_then(|index| self.digests.get(index)?.as_deref());
        written != Some(short_digest(value).as_str())
    }

    /// Reads what `Display` writes.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split(' ').collect();
        let [place, anchor, digests @ .., circumstances] = words.as_slice() else { return None };
        let (place, pace_millis) = match place.split_once('@') {
            Some((place, pace)) => (place, Some(number(pace)?)),
            None => (*place, None),
        };
        let (place, continues) = place.strip_suffix('~').map_or((place, false), |place| (place, true));
        let (at, frames) = place.split_once('+')?;
        let signs =
            |word: &str| word.len() == 4 && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let known = [FIRST_DIGESTED, DIGESTED.len()];
        if !known.contains(&digests.len()) || !digests.iter().chain([circumstances]).all(|word| signs(word)) {
            return None;
        }
        Some(Self {
            at: number(at.trim_end_matches('!'))?,
            at_by_hand: at.ends_with('!'),
            frames: number(frames.trim_end_matches('!'))?,
            frames_by_hand: frames.ends_with('!'),
            continues,
            pace_millis,
            anchor: Anchor::read(anchor)?,
            digests: digests.iter().map(|word| (*word != "----").then(|| (*word).to_owned())).collect(),
            circumstances: (*circumstances).to_owned(),
        })
    }
}

fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| digits && *number <= super::FURTHEST)
}

/// The text of a field as it is digested.
fn value_text(shot: &Shot, name: &str) -> String {
    match name {
        "size" => shot.look.size.short().to_owned(),
        "angle" => shot.look.angle.word().to_owned(),
        "move" => shot.look.movement.word().to_owned(),
        "subjects" => names_text(&shot.look.subjects),
        "detail" => shot.look.detail.clone(),
        "sides" => names_text(&shot.look.present),
        "action" => shot.look.action.clone(),
        "prompt" => shot.prompt.clone(),
        "generator" => shot.generator.clone(),
        "why" => shot.why.clone(),
        _ => shot.reason.clone(),
    }
}

/// Names as one text.
pub(crate) fn names_text(names: &[String]) -> String {
    names.join("\u{1f}")
}

impl Anchor {
    fn read(text: &str) -> Option<Self> {
        if let Some(frame) = text.strip_prefix('^') {
            return Some(Self::Scene(number(frame)?));
        }
        let sign = text.rfind(['+', '-', '>'])?;
        let line: LineId = text[..sign].parse().ok()?;
        let offset = number(&text[sign + 1..])?;
        Some(match &text[sign..=sign] {
            "+" => Self::Start(line, offset as i32),
            "-" => Self::Start(line, -(offset as i32)),
            _ => Self::End(line, offset),
        })
    }
}

impl std::fmt::Display for Planned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mark = |by_hand: bool| if by_hand { "!" } else { "" };
        write!(f, "{}{}+{}{}", self.at, mark(self.at_by_hand), self.frames, mark(self.frames_by_hand))?;
        write!(f, "{}", if self.continues { "~" } else { "" })?;
        if let Some(pace_millis) = self.pace_millis {
            write!(f, "@{pace_millis}")?;
        }
        write!(f, " ")?;
        match &self.anchor {
            Anchor::Scene(frame) => write!(f, "^{frame}")?,
            Anchor::Start(line, offset) => write!(f, "{line}{offset:+}")?,
            Anchor::End(line, offset) => write!(f, "{line}>{offset}")?,
        }
        for digest in &self.digests {
            write!(f, " {}", digest.as_deref().unwrap_or("----"))?;
        }
        write!(f, " {}", self.circumstances)
    }
}

#[cfg(test)]
mod tests {
    use super::Planned;

    #[test]
    fn a_note_reads_back_as_it_was_written() {
        for note in [
            "231+96 12.03-7 a1b2 ---- 0000 zzzz 9999 k3x9 1234 ---- abcd",
            "0!+1! ^0 ---- ---- ---- ---- ---- ---- ---- ---- abcd",
            "77+12! 1-3.02A>9 a1b2 a1b2 0000 zzzz 9999 k3x9 1234 5678 abcd",
            "231+96 12.03-7 a1b2 ---- 0000 zzzz 9999 k3x9 1234 ---- a1b2 ---- 0000 abcd",
            "77+12 12.03+0 a1b2 a1b2 0000 zzzz 9999 k3x9 1234 5678 abcd",
            "77+12!~@3600 12.03+0 a1b2 a1b2 0000 zzzz 9999 k3x9 1234 5678 abcd",
            "77+12!~ 12.03+0 a1b2 a1b2 0000 zzzz 9999 k3x9 1234 5678 abcd",
        ] {
            assert_eq!(Planned::read(note).unwrap().to_string(), note);
        }
    }

    #[test]
    fn other_words_are_no_note() {
        for text in
            ["", "231", "231+96", "231+96 12.03-7", "-1+96 ^0 a b c d e f g h i", "1+1 ^99999999999 a"]
        {
            assert_eq!(Planned::read(text), None, "{text}");
        }
    }
}
