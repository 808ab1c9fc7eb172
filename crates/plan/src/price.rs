//! What a cut costs at each frame, from what is heard and done there. Lower is better; a good cut costs less than 0.

use soundlock_time::Fps;

use crate::doing::Doing;
use crate::sounding::{Side, Sounding, Spot};

/// In a pause that is heard inside a line.
const BREATH: f64 = 0.4;
/// After a comma or full stop inside a line.
const PHRASE_END: f64 = 3.3;
/// Between two words.
const BETWEEN_WORDS: f64 = 5.2;
/// In a word: only where a ceiling leaves nothing else.
const WORD: f64 = 12.0;
/// From one speaker to the other in the gap between them: the commonest cut there is (Salt, Reaction Time).
const SPEAKER_CHANGE: f64 = -1.4;
/// In the gap before the same speaker goes on.
const SAME_SPEAKER: f64 = -0.3;
/// In a long silence before somebody answers: the picture leads to a face that has heard and not spoken yet.
const REACTION: f64 = -0.2;
/// At the end of a phrase late in a question: the picture leads to the one who is asked.
const LEADS: f64 = -0.2;
/// The same between words.
const LEADS_IN_PHRASE: f64 = 2.0;
/// Between the first words of one who breaks in: the picture trails.
const TRAILS: f64 = -0.6;
/// A gap longer than this has silence in it that belongs to nobody's answer.
pub(crate) const ANSWER_MILLIS: u64 = 1500;
/// For this long after an event's end attention is open and sees a seam (Smith 2006, chapter 3).
pub(crate) const OPEN_MILLIS: u64 = 400;
/// Price of a cut at the very end of a line, falling to nothing over `OPEN_MILLIS`.
const OPEN: f64 = 0.9;
/// How long before a line its cut may come and still belong to it.
pub(crate) const LEAD_MILLIS: u64 = 420;
/// Shorter leads than this look as if the sound were late.
const LEAST_LEAD_MILLIS: u64 = 80;
/// Somewhere in a silence, with nothing to hide the cut.
const BARE: f64 = 0.7;
/// Where a paragraph of action begins: something sets in to move, and movement after the cut hides it (Smith and
/// Henderson 2008).
const PARAGRAPH: f64 = -1.2;
/// Where a sentence of action probably begins.
const SENTENCE: f64 = -0.5;
/// Where music or an effect sets in.
const ONSET: f64 = -1.0;
/// How near a cut must be to an onset to be covered by it.
pub(crate) const ONSET_FRAMES: u32 = 1;
/// What keeping a cut of the plan before is worth, its takes aside: more than moving it to the best place from the
/// worst outside of words would bring, so that another ceiling or a line more moves no cut that can stay.
pub(crate) const KEPT: f64 = 9.0;

/// The price of a cut before each frame of the scene.
pub(crate) fn cut_prices(sounding: &Sounding, doing: &Doing, fps: Fps) -> Vec<f64> {
    let mut prices: Vec<f64> = (0..=sounding.frames).map(|frame| spot_price(sounding, frame, fps)).collect();
    for sentence in &doing.sentences {
        let worth = if sentence.first { PARAGRAPH } else { SENTENCE };
        add(&mut prices, sentence.start, worth);
    }
    for (frame, _) in &sounding.onsets {
        for near in frame.saturating_sub(ONSET_FRAMES)..=frame + ONSET_FRAMES {
            add(&mut prices, near, if near == *frame { ONSET } else { ONSET / 2.0 });
        }
    }
    prices
}

fn add(prices: &mut [f64], frame: u32, worth: f64) {
    if let Some(price) = prices.get_mut(frame as usize) {
        *price += worth;
    }
}

fn spot_price(sounding: &Sounding, frame: u32, fps: Fps) -> f64 {
    let spot = sounding.spot(frame);
    if let Some(handover) = sounding.handover(frame) {
        return match (handover.side, spot) {
            (Side::Trails, _) => TRAILS,
            (Side::Leads, Spot::BetweenWords) => LEADS_IN_PHRASE,
            (Side::Leads, _) => LEADS,
        };
    }
    match spot {
        Spot::Word => WORD,
        Spot::BetweenWords => BETWEEN_WORDS,
        Spot::PhraseEnd => PHRASE_END,
        Spot::Breath => BREATH,
        Spot::Gap => gap_price(sounding, frame, fps),
    }
}

fn gap_price(sounding: &Sounding, frame: u32, fps: Fps) -> f64 {
    let before = sounding.line_before(frame);
    let after = sounding.line_after(frame);
    let open = before.map_or(0.0, |line| {
        let open = fps.frames_from_millis(OPEN_MILLIS);
        OPEN * f64::from(open.saturating_sub(frame - line.end)) / f64::from(open.max(1))
    });
    let lead = after.map(|line| line.start - frame);
    let leads = lead.is_some_and(|lead| lead <= fps.frames_from_millis(LEAD_MILLIS));
    let late =
        if lead.is_some_and(|lead| lead < fps.frames_from_millis(LEAST_LEAD_MILLIS)) { 0.3 } else { 0.0 };
    let worth = match (before, after) {
        (Some(before), Some(after)) => {
            let gap = after.start.saturating_sub(before.end);
            let answers = gap <= fps.frames_from_millis(ANSWER_MILLIS);
            let change = before.character != after.character;
            let worth = if change { SPEAKER_CHANGE } else { SAME_SPEAKER };
            if leads || answers {
                worth
            } else if change {
                REACTION
            } else {
                BARE
            }
        }
        (None, Some(_)) if leads => SAME_SPEAKER,
        _ => BARE,
    };
    worth + open + late
}
