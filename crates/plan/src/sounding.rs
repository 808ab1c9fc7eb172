use soundlock_script::LineId;
use soundlock_sound::{CueKind, LockedLine, LockedScene, LockedSound, Origin};
use soundlock_time::{Fps, SampleRate};

/// What a scene sounds like, frame by frame, counted from its start.
#[derive(Debug, Clone)]
pub(crate) struct Sounding {
    /// Length of the scene.
    pub(crate) frames: u32,
    /// Lines that can be heard, in the order they begin.
    pub(crate) lines: Vec<HeardLine>,
    /// Where music and effects begin, with their name.
    pub(crate) onsets: Vec<(u32, String)>,
    /// What a cut before each frame would fall into.
    spots: Vec<Spot>,
    /// For each frame, which line ended last at or before it.
    ended_last: Vec<Option<u32>>,
}

/// A line's place in whole frames.
#[derive(Debug, Clone)]
pub(crate) struct HeardLine {
    pub(crate) id: LineId,
    pub(crate) character: String,
    /// First frame in which it sounds.
    pub(crate) start: u32,
    /// First frame in which it does not any more.
    pub(crate) end: u32,
}

/// What a cut before a frame falls into. The worst comes last: where two speak at once the worse counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Spot {
    /// Nobody speaks.
    Gap,
    /// After a comma or a full stop inside a line.
    PhraseEnd,
    /// Between two words, as far as the line's text lets one guess.
    BetweenWords,
    /// In a word.
    Word,
}

impl Sounding {
    pub(crate) fn of(scene: &LockedScene, sound: &LockedSound) -> Self {
        let (fps, rate) = (sound.fps, sound.rate);
        let heard = scene.lines.iter().map(|line| (heard_line(line, scene.frames, fps, rate), line));
        let mut heard: Vec<_> = heard.filter(|(line, _)| line.start < line.end).collect();
        heard.sort_by_key(|(line, _)| (line.start, line.end));
        let mut spots = vec![Spot::Gap; scene.frames as usize + 1];
        for (line, locked) in &heard {
            for (frame, spot) in (line.start..).zip(spots_of(line, &locked.text)) {
                spots[frame as usize] = spots[frame as usize].max(spot);
            }
        }
        let lines: Vec<_> = heard.into_iter().map(|(line, _)| line).collect();
        let ended_last = ended_last(&lines, scene.frames);
        Self { frames: scene.frames, lines, onsets: onsets(scene, fps, rate), spots, ended_last }
    }

    /// What a cut before `frame` falls into.
    pub(crate) fn spot(&self, frame: u32) -> Spot {
        self.spots.get(frame as usize).copied().unwrap_or(Spot::Gap)
    }

    /// The line that ended last at or before `frame`.
    pub(crate) fn line_before(&self, frame: u32) -> Option<&HeardLine> {
        let index = self.ended_last.get(frame as usize).copied().flatten()?;
        self.lines.get(index as usize)
    }

    /// The line that begins first at or after `frame`.
    pub(crate) fn line_after(&self, frame: u32) -> Option<&HeardLine> {
        self.lines.get(self.lines.partition_point(|line| line.start < frame))
    }

    /// The line that sounds on both sides of a cut before `frame`; of several the one that began last.
    pub(crate) fn line_across(&self, frame: u32) -> Option<&HeardLine> {
        self.lines.iter().rev().find(|line| line.start < frame && frame < line.end)
    }

    /// Lines that sound between `start` and `end`.
    pub(crate) fn lines_in(&self, start: u32, end: u32) -> impl Iterator<Item = &HeardLine> {
        self.lines.iter().filter(move |line| line.start < end && start < line.end)
    }

    /// Whether a cut before `frame` is in a gap with different speakers on its sides.
    pub(crate) fn changes_speaker(&self, frame: u32) -> bool {
        let sides = (self.line_before(frame), self.line_after(frame));
        matches!((self.spot(frame), sides), (Spot::Gap, (Some(before), Some(after))) if before.character != after.character)
    }
}

fn heard_line(line: &LockedLine, frames: u32, fps: Fps, rate: SampleRate) -> HeardLine {
    let start = fps.frame_at(line.at, rate).0.min(frames);
    let end = fps.frames_covering(line.end().0, rate).min(frames);
    let end = if line.source.part.is_empty() { start } else { end };
    HeardLine { id: line.id.clone(), character: line.character.clone(), start, end }
}

fn onsets(scene: &LockedScene, fps: Fps, rate: SampleRate) -> Vec<(u32, String)> {
    let mut onsets: Vec<_> = scene
        .cues
        .iter()
        .map(|cue| {
            let kind = match cue.kind {
                CueKind::Music => "music",
                CueKind::Effect => "effect",
            };
            let name = match &cue.source.origin {
                Origin::File(name) | Origin::Scratch(name) => name,
            };
            (
                fps.frame_at(cue.at, rate).0,
                format!("{kind} begins: {}", name.rsplit('/').next().unwrap_or(name)),
            )
        })
        .filter(|(frame, _)| *frame < scene.frames)
        .collect();
    onsets.sort();
    onsets
}

/// How long a character of text takes to say, against a Latin letter.
fn weight(character: char) -> u32 {
    match character {
        // A Hangul syllable or an ideograph is spoken about as long as two or three letters.
        '\u{ac00}'..='\u{d7a3}' | '\u{3040}'..='\u{9fff}' => 5,
        ',' | ';' | ':' | '、' => 4,
        '.' | '!' | '?' | '…' | '—' | '–' | '。' => 8,
        character if character.is_alphanumeric() => 2,
        character if character.is_whitespace() => 1,
        _ => 0,
    }
}

fn ends_phrase(character: char) -> bool {
    weight(character) == 4 || weight(character) == 8
}

/// What a cut before each frame of `line` falls into, from its first frame on: words, the spots between them, the
/// ends of phrases.
///
/// Nobody has told us where the words lie, so the line's length is shared out by the weight of its characters. A spot
/// guessed so is good to a few frames at best, which is why it never costs as little as a gap.
fn spots_of(line: &HeardLine, text: &str) -> Vec<Spot> {
    let frames = line.end - line.start;
    let mut spots = vec![Spot::Word; frames as usize];
    spots[0] = Spot::Gap;
    let text = text.trim_end();
    let total: u64 = text.chars().map(|character| u64::from(weight(character))).sum();
    let (mut said, mut last) = (0, ' ');
    for character in text.chars() {
        said += u64::from(weight(character));
        if character.is_whitespace() && !last.is_whitespace() && total > 0 {
            let spot = if ends_phrase(last) { Spot::PhraseEnd } else { Spot::BetweenWords };
            let frame = said * u64::from(frames) / total;
            if (1..u64::from(frames)).contains(&frame) {
                spots[frame as usize] = spots[frame as usize].min(spot);
            }
        }
        last = character;
    }
    spots
}

/// For each frame, the line among `lines` that ended last at or before it.
fn ended_last(lines: &[HeardLine], frames: u32) -> Vec<Option<u32>> {
    let mut by_end: Vec<u32> = (0..lines.len() as u32).collect();
    by_end.sort_by_key(|index| lines[*index as usize].end);
    let mut ended = by_end.into_iter().peekable();
    let mut last = None;
    (0..=frames)
        .map(|frame| {
            while let Some(index) = ended.next_if(|index| lines[*index as usize].end <= frame) {
                last = Some(index);
            }
            last
        })
        .collect()
}
