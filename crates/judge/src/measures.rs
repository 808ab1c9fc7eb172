use soundlock_time::{Fps, TakeFrame, TakeRange};

use crate::black::is_black;
use crate::change::Change;
use crate::cuts::Cuts;
use crate::finding::{Better, Finding};
use crate::flicker::Flicker;
use crate::frozen::Frozen;
use crate::look::{AREA, Look};
use crate::repeats::{self, Pair};
use crate::rules::JudgeRules;

/// How often a cadence shows a picture again: four frames a second, the least that generators give, shown at thirty.
const CADENCE: u32 = 7;

/// The measures of a take's picture, fed frame by frame.
///
/// Of each frame a few numbers are kept, of pictures only the last dozen, very small.
#[derive(Debug)]
pub struct Measures {
    width: usize,
    height: usize,
    frames: u32,
    last: Option<Look>,
    /// How many frames up to the last have repeated the one before.
    held: u32,
    black: Runs,
    frozen: Frozen,
    pairs: Vec<Pair>,
    cuts: Cuts,
    flicker: Flicker,
}

impl Measures {
    /// Measures of a picture that comes `width` by `height`; about 320 pixels across is what they are made for.
    /// `None` below 8 by 8.
    pub fn new(width: usize, height: usize) -> Option<Self> {
        (width >= AREA && height >= AREA).then(|| Self {
            width,
            height,
            frames: 0,
            last: None,
            held: 0,
            black: Runs::default(),
            frozen: Frozen::default(),
            pairs: Vec::new(),
            cuts: Cuts::default(),
            flicker: Flicker::default(),
        })
    }

    /// Takes the next frame: luma, row after row, black at 0 and white at 255.
    pub fn see(&mut self, luma: &[u8]) {
        let look = Look::new(luma, self.width, self.height);
        self.black.note(is_black(&look));
        self.frozen.see(&look);
        self.flicker.see(&look);
        let change = self.last.as_ref().map(|last| Change::between(last, &look));
        if let Some(change) = change {
            self.pairs.push(Pair { same: change.is_repeat() && !is_black(&look), wide: change.wide });
        }
        // A frame repeated for cadence would make the jump after it look like a cut between two calm pictures; one held
        // for longer is a calm picture.
        self.held = if change.is_some_and(Change::is_repeat) { self.held + 1 } else { 0 };
        if self.held == 0 || self.held > CADENCE {
            self.cuts.see(self.frames, &look.thumb);
        }
        self.last = Some(look);
        self.frames += 1;
    }

    /// How many frames were seen.
    pub fn frames(&self) -> u32 {
        self.frames
    }

    /// What was found in frames that follow each other at `fps`: black, frozen, duplicates, cuts and flicker.
    pub fn findings(mut self, rules: &JudgeRules, fps: Fps) -> Vec<Finding> {
        let cuts = self.cuts.finish();
        vec![
            self.black_finding(rules),
            self.frozen_finding(rules, fps),
            repeats::finding(&self.pairs, &cuts, rules, fps),
            cut_finding(&cuts, rules),
            self.flicker.finding(&cuts, rules),
            self.flicker.peak_finding(&cuts, rules),
        ]
    }

    fn black_finding(&self, rules: &JudgeRules) -> Finding {
        let black = &self.black;
        let limit = f64::from(rules.black_frames);
        let length = black.longest.length();
        let finding = Finding::new("black", f64::from(length), "frames", limit, Better::Lower);
        if length == 0 {
            return finding.says("every frame shows something");
        }
        let share = percent(black.inside, self.frames);
        finding.at(black.longest).says(&format!("{length} frames in a row are black, {share} % of the take"))
    }

    fn frozen_finding(&self, rules: &JudgeRules, fps: Fps) -> Finding {
        let longest = self.frozen.longest();
        let length = longest.length();
        let secs = (rules.frozen_secs * fps.as_f64()).round();
        let limit = secs.min((rules.frozen_share * f64::from(self.frames)).floor()).max(1.0);
        let finding = Finding::new("frozen", f64::from(length), "frames", limit, Better::Lower);
        if length <= 1 {
            return finding.says("no frame is like the one before");
        }
        let (seconds, share) = (fps.seconds(length), percent(length, self.frames));
        finding.at(longest).says(&format!("nothing moves for {seconds:.1} s, {share} % of the take"))
    }
}

fn cut_finding(cuts: &[u32], rules: &JudgeRules) -> Finding {
    let finding =
        Finding::new("cut-inside", cuts.len() as f64, "count", f64::from(rules.cuts), Better::Lower);
    let Some(&first) = cuts.first() else { return finding.says("one picture from head to tail") };
    let frames: Vec<String> = cuts.iter().take(8).map(ToString::to_string).collect();
    let more = if cuts.len() > 8 { " and others" } else { "" };
    finding
        .at(TakeRange::new(TakeFrame(first), 1))
        .says(&format!("another picture begins at frame {}{more}", frames.join(", ")))
}

/// Whole per cent, but never 0 or 100 for what is not none or all.
fn percent(part: u32, whole: u32) -> u32 {
    let rounded = (f64::from(part) * 100.0 / f64::from(whole.max(1))).round() as u32;
    if part == 0 || part == whole { rounded } else { rounded.clamp(1, 99) }
}

/// Stretches of frames of which something is true.
#[derive(Debug, Clone)]
pub(crate) struct Runs {
    seen: u32,
    start: u32,
    /// Frames in all stretches.
    pub(crate) inside: u32,
    /// The longest stretch, the earliest of equals.
    pub(crate) longest: TakeRange,
}

impl Default for Runs {
    fn default() -> Self {
        Self { seen: 0, start: 0, inside: 0, longest: TakeRange::new(TakeFrame(0), 0) }
    }
}

impl Runs {
    /// Notes whether it is true of the next frame.
    pub(crate) fn note(&mut self, is_true: bool) {
        if is_true {
            self.go_on();
        } else {
            self.seen += 1;
            self.stop();
        }
    }

    /// It is true of the next frame.
    pub(crate) fn go_on(&mut self) {
        self.seen += 1;
        self.inside += 1;
        if self.seen - self.start > self.longest.length() {
            self.longest = TakeRange { start: TakeFrame(self.start), end: TakeFrame(self.seen) };
        }
    }

    /// The stretch ends before the next frame.
    pub(crate) fn stop(&mut self) {
        self.begin_before(0);
    }

    /// Another stretch begins, with the last `frames` seen in it.
    pub(crate) fn begin_before(&mut self, frames: u32) {
        self.start = self.seen.saturating_sub(frames);
    }
}
