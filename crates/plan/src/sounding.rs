use std::collections::BTreeMap;

use soundlock_script::LineId;
use soundlock_sound::{CueKind, LockedLine, LockedScene, LockedSound, Origin};
use soundlock_time::{Fps, SampleRate};

/// How loud each line is on each film frame that it touches: 0 silence, 255 the line's loudest.
pub type LineLevels = BTreeMap<LineId, Vec<u8>>;

/// Below this of 255 nobody speaks: 20 dB under the line's loudest.
const QUIET: u8 = 26;
/// Quiet shorter than this is a consonant, not a pause.
const PAUSE_MILLIS: u64 = 120;
/// How far from its guessed place a boundary between words is looked for in the loudness.
const GUESS_MILLIS: u64 = 170;
/// A line of under a second and a quarter is short: a listener can be held over it.
pub(crate) const SHORT_LINE_MILLIS: u64 = 1250;
/// With less than this between them, the second of two lines breaks into the first.
const BREAKS_IN_MILLIS: u64 = 60;
/// How long the picture may lead or trail a change of speaker.
const OVERLAP_MILLIS: u64 = 1250;
/// A trailing picture is still on the first speaker this long after the second has begun, at least.
const LEAST_TRAIL_MILLIS: u64 = 120;

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
    /// Where the picture may change before or after the voice does.
    pub(crate) handovers: Vec<Handover>,
}

/// A stretch inside a line in which the picture may go from one speaker to the next, although the voices change
/// elsewhere: J and L cuts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Handover {
    /// First frame.
    pub(crate) from: u32,
    /// First frame after.
    pub(crate) to: u32,
    /// Who is seen next: asked, or breaking in.
    pub(crate) character: String,
    pub(crate) side: Side,
}

/// On which side of the change of voices the picture changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// Before: to the one who is asked, while the question is still being put.
    Leads,
    /// After: somebody breaks in, and the one who is broken off stays in the picture for a moment.
    Trails,
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
    /// Whether it is a question.
    pub(crate) asks: bool,
}

/// What a cut before a frame falls into. The worst comes last: where two speak at once the worse counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Spot {
    /// Nobody speaks.
    Gap,
    /// A pause inside a line, heard in its loudness.
    Breath,
    /// After a comma or a full stop inside a line.
    PhraseEnd,
    /// Between two words, as far as the line's text lets one guess.
    BetweenWords,
    /// In a word.
    Word,
}

impl Sounding {
    pub(crate) fn of(scene: &LockedScene, sound: &LockedSound, levels: &LineLevels) -> Self {
        let (fps, rate) = (sound.fps, sound.rate);
        let heard = scene.lines.iter().map(|line| (heard_line(line, scene.frames, fps, rate), line));
        let mut heard: Vec<_> = heard.filter(|(line, _)| line.start < line.end).collect();
        heard.sort_by_key(|(line, _)| (line.start, line.end));
        let mut spots = vec![Spot::Gap; scene.frames as usize + 1];
        for (line, locked) in &heard {
            for (frame, spot) in (line.start..).zip(spots_of(line, locked, fps, levels)) {
                spots[frame as usize] = spots[frame as usize].max(spot);
            }
        }
        let lines: Vec<_> = heard.into_iter().map(|(line, _)| line).collect();
        let ended_last = ended_last(&lines, scene.frames);
        let handovers = lines.windows(2).filter_map(|pair| handover(&pair[0], &pair[1], fps)).collect();
        Self { frames: scene.frames, lines, onsets: onsets(scene, fps, rate), spots, ended_last, handovers }
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

    /// Whether what is heard covers a cut before `frame` inside a line: a phrase ends, a breath is taken, something sets
    /// in, another one breaks in.
    pub(crate) fn is_covered(&self, frame: u32) -> bool {
        self.spot(frame) <= Spot::PhraseEnd
            || self.onsets.iter().any(|(onset, _)| *onset == frame)
            || self.handover(frame).is_some()
    }

    /// Where a cut before `frame` leads or trails a change of speaker; `None` in a word, and in a gap, where picture and
    /// voice change together.
    pub(crate) fn handover(&self, frame: u32) -> Option<&Handover> {
        if matches!(self.spot(frame), Spot::Gap | Spot::Word) {
            return None;
        }
        self.handovers.iter().find(|handover| (handover.from..handover.to).contains(&frame))
    }

    /// Whether a cut before `frame` is in a gap with different speakers on its sides.
    pub(crate) fn changes_speaker(&self, frame: u32) -> bool {
        let sides = (self.line_before(frame), self.line_after(frame));
        matches!((self.spot(frame), sides), (Spot::Gap, (Some(before), Some(after))) if before.character != after.character)
    }
}

/// Where the picture may change apart from the voices between two lines, by the grammar of film: a question is left
/// early for the face that hears it; one who breaks in is shown a moment after being heard.
fn handover(before: &HeardLine, after: &HeardLine, fps: Fps) -> Option<Handover> {
    if before.character == after.character {
        return None;
    }
    let frames = |millis| fps.frames_from_millis(millis);
    let gap = after.start.saturating_sub(before.end);
    let most = frames(OVERLAP_MILLIS);
    let (from, to, side) = if gap <= frames(BREAKS_IN_MILLIS) {
        let from = after.start.max(before.end) + frames(LEAST_TRAIL_MILLIS);
        (from, after.end.min(from + most / 2), Side::Trails)
    } else if before.asks && before.end - before.start > frames(SHORT_LINE_MILLIS) {
        let half = before.start.midpoint(before.end);
        (half.max(before.end.saturating_sub(most)), before.end, Side::Leads)
    } else {
        return None;
    };
    (from < to).then(|| Handover { from, to, character: after.character.clone(), side })
}

fn heard_line(line: &LockedLine, frames: u32, fps: Fps, rate: SampleRate) -> HeardLine {
    let start = fps.frame_at(line.at, rate).0.min(frames);
    let end = fps.frames_covering(line.end().0, rate).min(frames);
    let end = if line.source.part.is_empty() { start } else { end };
    let asks = line.text.trim_end().ends_with(['?', '？']);
    HeardLine { id: line.id.clone(), character: line.character.clone(), start, end, asks }
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
/// ends of phrases, pauses.
///
/// Nobody has told us where the words lie, so the line's length is shared out by the weight of its characters. A spot
/// guessed so is good to a few frames at best, which is why it never costs as little as a gap. Where the loudness is
/// known, it moves to the quietest frame near by, and what is quiet for long enough is a pause.
fn spots_of(line: &HeardLine, locked: &LockedLine, fps: Fps, levels: &LineLevels) -> Vec<Spot> {
    let frames = line.end - line.start;
    let levels = levels.get(&line.id).map_or(&[][..], Vec::as_slice);
    let mut spots = vec![Spot::Word; frames as usize];
    for (frame, spot) in guessed_boundaries(&locked.text, frames) {
        let frame = quietest(levels, frame, fps.frames_from_millis(GUESS_MILLIS), frames);
        spots[frame as usize] = spots[frame as usize].min(spot);
    }
    for frame in pauses(levels, fps) {
        if let Some(spot) = spots.get_mut(frame as usize) {
            *spot = Spot::Breath;
        }
    }
    spots[0] = Spot::Gap;
    spots
}

/// Frames of a line of `frames` where one of its words probably ends, and what ends there.
fn guessed_boundaries(text: &str, frames: u32) -> Vec<(u32, Spot)> {
    let text = text.trim_end();
    let total: u64 = text.chars().map(|character| u64::from(weight(character))).sum();
    let mut boundaries = Vec::new();
    let (mut said, mut last) = (0, ' ');
    for character in text.chars() {
        said += u64::from(weight(character));
        if character.is_whitespace() && !last.is_whitespace() && total > 0 {
            let spot = if ends_phrase(last) { Spot::PhraseEnd } else { Spot::BetweenWords };
            boundaries.push(((said * u64::from(frames) / total) as u32, spot));
        }
        last = character;
    }
    boundaries.retain(|(frame, _)| (1..frames).contains(frame));
    boundaries
}

/// The quietest frame within `reach` of `frame`, inside a line of `frames`; of several the nearest.
fn quietest(levels: &[u8], frame: u32, reach: u32, frames: u32) -> u32 {
    let near = frame.saturating_sub(reach).max(1)..(frame + reach + 1).min(frames);
    let known = near.filter(|near| levels.get(*near as usize).is_some());
    known.min_by_key(|near| (levels[*near as usize], near.abs_diff(frame))).unwrap_or(frame)
}

/// Frames of the pauses inside a line: quiet for long enough, with speech before and after.
fn pauses(levels: &[u8], fps: Fps) -> Vec<u32> {
    let loud = |level: &u8| *level >= QUIET;
    let (Some(first), Some(last)) = (levels.iter().position(loud), levels.iter().rposition(loud)) else {
        return Vec::new();
    };
    let mut pauses = Vec::new();
    let mut at = first;
    for run in levels[first..last].chunk_by(|one, other| loud(one) == loud(other)) {
        if !loud(&run[0]) && run.len() as u32 >= fps.frames_from_millis(PAUSE_MILLIS) {
            pauses.extend((at..at + run.len()).map(|frame| frame as u32));
        }
        at += run.len();
    }
    pauses
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

#[cfg(test)]
mod tests {
    use super::{Spot, guessed_boundaries, pauses, quietest};
    use soundlock_time::Fps;

    #[test]
    fn a_pause_is_quiet_for_long_enough_between_loud_stretches() {
        let mut levels = vec![3; 4];
        levels.extend([200; 10]);
        levels.extend([9; 5]);
        levels.extend([180; 6]);
        levels.extend([20; 2]);
        levels.extend([90; 3]);
        levels.extend([0; 9]);
        assert_eq!(pauses(&levels, Fps::FILM), (14..19).collect::<Vec<u32>>());
        assert_eq!(pauses(&[0; 20], Fps::FILM), Vec::<u32>::new());
        assert_eq!(pauses(&[], Fps::FILM), Vec::<u32>::new());
    }

    #[test]
    fn a_guessed_boundary_moves_to_the_dip_beside_it() {
        assert_eq!(quietest(&[255, 200, 180, 40, 190, 220, 255], 5, 4, 7), 3);
        assert_eq!(quietest(&[], 5, 4, 7), 5, "nothing is known of the loudness");
        assert_eq!(quietest(&[255; 9], 5, 2, 9), 5);
    }

    #[test]
    fn words_and_phrases_end_where_their_letters_say() {
        let boundaries = guessed_boundaries("So, we walk.", 24);
        assert_eq!(boundaries, [(7, Spot::PhraseEnd), (11, Spot::BetweenWords)]);
        assert_eq!(guessed_boundaries("", 24), []);
    }
}
