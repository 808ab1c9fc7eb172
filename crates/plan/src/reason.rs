//! Why a cut is where it is, in words a director reads.

use soundlock_time::Fps;

use crate::doing::Doing;
use crate::price::{ANSWER_MILLIS, LEAD_MILLIS, ONSET_FRAMES};
use crate::sounding::{Side, Sounding, Spot};

/// A cut to be explained.
pub(crate) struct Cut {
    pub(crate) frame: u32,
    /// Whether a person set it.
    pub(crate) by_hand: bool,
    /// Whether the shot goes on from the one before.
    pub(crate) continues: bool,
    /// Length of the shot there would be without it.
    pub(crate) without_it: u32,
    /// The longest shot there can be.
    pub(crate) longest: u32,
    /// The same with handles.
    pub(crate) ceiling: u32,
    pub(crate) fps: Fps,
}

pub(crate) fn reason(cut: &Cut, sounding: &Sounding, doing: &Doing) -> String {
    if cut.frame == 0 {
        return "scene begins".to_owned();
    }
    if cut.continues {
        return joined(cut, sounding);
    }
    if cut.by_hand {
        return "by hand".to_owned();
    }
    if let Some(note) = doing.note_at(cut.frame) {
        return format!("[[shot]] note: {}", shortened(&note));
    }
    match sounding.spot(cut.frame) {
        Spot::Gap => in_gap(cut, sounding, doing),
        spot => in_line(cut, spot, sounding, doing),
    }
}

/// Why the picture goes on where a take ends.
fn joined(cut: &Cut, sounding: &Sounding) -> String {
    match sounding.line_across(cut.frame) {
        Some(line) => format!("goes on from the shot before, under {}'s line {}", line.character, line.id),
        None => "goes on from the shot before".to_owned(),
    }
}

fn in_gap(cut: &Cut, sounding: &Sounding, doing: &Doing) -> String {
    if let Some(reason) = starts_here(cut, sounding, doing) {
        return reason;
    }
    match (sounding.line_before(cut.frame), sounding.line_after(cut.frame)) {
        (Some(before), Some(after)) if before.character != after.character => {
            if after.start - cut.frame > cut.fps.frames_from_millis(LEAD_MILLIS)
                && after.start - before.end > cut.fps.frames_from_millis(ANSWER_MILLIS)
            {
                format!("picture leads: {} hears before answering", after.character)
            } else {
                format!("in the pause before {} answers", after.character)
            }
        }
        (Some(_), Some(after)) => format!("in the pause before {} goes on", after.character),
        (None, Some(after)) => format!("before {} speaks", after.character),
        (Some(before), None) => format!("after {} has spoken", before.character),
        (None, None) => "rhythm, in the silence".to_owned(),
    }
}

/// What sets in with the cut.
fn starts_here(cut: &Cut, sounding: &Sounding, doing: &Doing) -> Option<String> {
    let onset = sounding.onsets.iter().find(|(frame, _)| frame.abs_diff(cut.frame) <= ONSET_FRAMES);
    if let Some((_, onset)) = onset {
        return Some(onset.clone());
    }
    let sentence = doing.sentences.iter().find(|sentence| sentence.start == cut.frame)?;
    Some(format!("action: {}", shortened(&sentence.text)))
}

fn in_line(cut: &Cut, spot: Spot, sounding: &Sounding, doing: &Doing) -> String {
    let line = sounding.line_across(cut.frame);
    let whose = line.map(|line| format!(" of {}'s line {}", line.character, line.id)).unwrap_or_default();
    let place = match spot {
        Spot::Breath => format!("in a pause{whose}"),
        Spot::PhraseEnd => format!("at the end of a phrase{whose}"),
        Spot::BetweenWords => format!("between words{whose}"),
        _ => format!("inside a word{whose}"),
    };
    if let Some(reason) = starts_here(cut, sounding, doing) {
        return format!("{reason}, {place}");
    }
    if let Some(handover) = sounding.handover(cut.frame) {
        return match handover.side {
            Side::Leads => format!("picture leads: to {}, who is asked, {place}", handover.character),
            Side::Trails => format!("picture trails: {} has broken in, {place}", handover.character),
        };
    }
    if cut.without_it > cut.longest {
        return format!("ceiling: {:.1} s, {place}", cut.fps.seconds(cut.ceiling));
    }
    format!("rhythm, {place}")
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(48).collect();
    if short.len() < text.len() {
        short = short.trim_end().to_owned();
        short.push('…');
    }
    short
}
