//! The takes of a shot, as the ledger has them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use soundlock_judge::{Finding, Verdict};
use soundlock_picture::Media;
use soundlock_plan::ShotCode;
use soundlock_shoot::queue::attempts;
use soundlock_shoot::{Estimate, Identity, Inputs, Licence, ShotOrder, Speech};
use soundlock_time::Raster;
use soundlock_vault::{Hash, Key, hash_file};

use crate::explain::find_shot;
use crate::steps::BringIn;
use crate::{Film, FilmError};

/// Kinds of ledger entries, one word each.
pub(crate) mod kind {
    /// A take came to be; subject is the shot.
    pub(crate) const TAKE: &str = "take";
    /// The director circled a take, or gave the choice back; subject is the shot.
    pub(crate) const CIRCLE: &str = "circle";
}

/// A take as it stands in the ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TakeEntry {
    /// Which shot.
    pub code: ShotCode,
    /// Its number, from 1.
    pub number: u32,
    /// Key of the step that made it, or of the file that was brought in.
    pub key: Key,
    /// BLAKE3 of its bytes.
    pub hash: Hash,
    /// How it came to be.
    pub origin: TakeOrigin,
}

/// How a take came to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "lowercase")]
pub enum TakeOrigin {
    /// Made by a generator.
    Generator {
        /// Which.
        identity: Identity,
        /// What it was told.
        order: Box<ShotOrder>,
        /// What it cost.
        cost: Estimate,
        /// How it was shot; nothing where it was drawn.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        making: Option<Box<Making>>,
    },
    /// A clip that the director brought in.
    File {
        /// Its name as it was brought in.
        name: String,
    },
}

/// How a hired generator made a take: what rights offices ask for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Making {
    /// Where: an address, `this machine`.
    pub place: String,
    /// Its job there.
    pub job: String,
    /// When it was ordered, RFC 3339.
    pub at: String,
    /// The model's name as its makers write it.
    pub model_name: String,
    /// The model as the vendor names it, where that is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor_model: Option<String>,
    /// What the generator said of model, version, seed.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub said: BTreeMap<String, String>,
    /// Licence of the model, as far as it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licence: Option<Licence>,
    /// The day on which its data was read.
    pub read: String,
    /// Whether the file carries a signed record of where it comes from (C2PA). It is kept as it came.
    pub signed: bool,
    /// What of the order it was not told, a clause each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// Whether it was made small, to be made again if it is good.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub draft: bool,
}

/// What the director said last about a shot's takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CircleEntry {
    /// The take; `None` gives the choice back to the measurements.
    pub(crate) take: Option<u32>,
    /// Film frames of it before the first that is seen, where an edit made elsewhere set them; the shot's own handle
    /// where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) head: Option<u32>,
}

/// The take that the director circled, and the part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DirectorsTake {
    pub(crate) number: u32,
    /// As in [`CircleEntry`].
    pub(crate) head: Option<u32>,
}

/// A take with everything that is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Take {
    /// As it stands in the ledger.
    pub entry: TakeEntry,
    /// Where its bytes lie.
    pub file: PathBuf,
    /// What its file says of itself; `None` where it says nothing that can be understood.
    pub media: Option<Media>,
    /// What was measured.
    pub verdict: Verdict,
    /// Whether it was made for the shot as it is now.
    pub fresh: bool,
    /// Frames that it must have for the shot as it is now, where that was not measured with the rest; else 0.
    pub needed: u32,
}

/// Who circled a take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CircledBy {
    /// The measurements.
    Measurement,
    /// The director.
    Director,
}

impl Take {
    /// `12_0040-3`.
    pub fn name(&self) -> String {
        format!("{}-{}", self.entry.code, self.entry.number)
    }

    /// `12_0040-3.mp4`: its name with the ending of what it is.
    pub fn file_name(&self) -> String {
        let of_file = match &self.entry.origin {
            TakeOrigin::Generator { .. } => self.file.extension(),
            TakeOrigin::File { name } => Path::new(name).extension(),
        };
        let ending = of_file.map_or_else(|| "mp4".into(), |ending| ending.to_string_lossy());
        format!("{}.{ending}", self.name())
    }

    /// Whether it was made small, to be made again if it is good.
    pub fn is_draft(&self) -> bool {
        match &self.entry.origin {
            TakeOrigin::Generator { making, .. } => making.as_ref().is_some_and(|making| making.draft),
            TakeOrigin::File { .. } => false,
        }
    }

    /// What it cost to make.
    pub fn cost(&self) -> Estimate {
        match &self.entry.origin {
            TakeOrigin::Generator { cost, .. } => cost.clone(),
            TakeOrigin::File { .. } => Estimate::Free,
        }
    }
}

impl TakeEntry {
    /// Whether it was made for `order` by `identity`, its seed aside, or for one that it serves as well. What the director
    /// brought in always is.
    ///
    /// One that was made at `draft` size serves as far as size goes.
    pub(crate) fn is_fresh(&self, order: &ShotOrder, identity: &Identity, draft: Option<Raster>) -> bool {
        match &self.origin {
            TakeOrigin::File { .. } => true,
            TakeOrigin::Generator { identity: made_by, order: made_for, .. } => {
                let small = draft == Some(made_for.raster);
                let raster = if small { made_for.raster } else { order.raster };
                made_by == identity && serves(made_for, &ShotOrder { raster, ..order.clone() })
            }
        }
    }
}

/// Whether a take that was made for one order serves another: the same is seen from the same first frame, for at least
/// as long. A take that was encoded for its cut serves that cut alone.
fn serves(made_for: &ShotOrder, order: &ShotOrder) -> bool {
    let longer = order.cut.is_none() && made_for.frames >= order.frames;
    let frames = if longer { order.frames } else { made_for.frames };
    let speech = if longer { heard_until(made_for, order) } else { made_for.speech.clone() };
    // Sound of its own is never in the mix: with or without it, the picture serves.
    let inputs = Inputs { own_sound: order.inputs.own_sound, ..made_for.inputs.clone() };
    ShotOrder { seed: order.seed, frames, speech, inputs, ..made_for.clone() } == *order
}

/// The voices of `made_for` as far as they are heard in `order`: a shot that ends earlier hears less of them.
fn heard_until(made_for: &ShotOrder, order: &ShotOrder) -> Vec<Speech> {
    let mut speech: Vec<Speech> = made_for.speech.iter().take(order.speech.len()).cloned().collect();
    for (made, wanted) in speech.iter_mut().zip(&order.speech) {
        made.levels.truncate(wanted.levels.len());
    }
    speech
}

impl Take {
    /// Frames that can be shown.
    pub fn frames(&self) -> u32 {
        self.length().map_or(0, |finding| finding.value as u32)
    }

    /// Whether it can be shown at all: it is a clip, and long enough.
    pub(crate) fn is_usable(&self) -> bool {
        let is_clip = self.media.as_ref().is_some_and(|media| media.video.is_some());
        is_clip && self.frames() >= self.needed && self.length().is_some_and(|finding| finding.passed)
    }

    /// Whether it passes every gate, and is as long as its shot.
    pub fn passes(&self) -> bool {
        self.verdict.passed() && self.frames() >= self.needed
    }

    /// Whether it can be shown and was made for the shot as it is.
    pub(crate) fn is_good(&self) -> bool {
        self.fresh && self.is_usable()
    }

    fn length(&self) -> Option<&Finding> {
        self.verdict.findings.iter().find(|finding| finding.measure == "length")
    }

    /// The first thing that is wrong with it.
    pub fn worst(&self) -> String {
        if self.frames() < self.needed {
            return format!("it has {} frames where the shot needs {}", self.frames(), self.needed);
        }
        self.verdict
            .failures()
            .next()
            .map_or_else(|| "nothing is wrong with it".to_owned(), ToString::to_string)
    }
}

impl Film {
    /// Takes of every shot, oldest first.
    pub(crate) fn all_takes(&self) -> Result<BTreeMap<ShotCode, Vec<TakeEntry>>, FilmError> {
        let mut takes: BTreeMap<ShotCode, Vec<TakeEntry>> = BTreeMap::new();
        for entry in self.vault.entries(kind::TAKE, None)? {
            let take: TakeEntry = entry.read()?;
            takes.entry(take.code.clone()).or_default().push(take);
        }
        Ok(takes)
    }

    /// The highest number that a take of each shot has, or may yet have because it is being shot.
    pub(crate) fn highest_numbers(
        &self,
        takes: &BTreeMap<ShotCode, Vec<TakeEntry>>,
    ) -> Result<BTreeMap<ShotCode, u32>, FilmError> {
        let takes = takes.values().flatten().map(|take| (take.code.clone(), take.number));
        let tried = attempts(&self.vault)?.into_keys();
        let mut highest: BTreeMap<ShotCode, u32> = BTreeMap::new();
        for (code, number) in takes.chain(tried) {
            let known = highest.entry(code).or_default();
            *known = number.max(*known);
        }
        Ok(highest)
    }

    /// The number of another take of `code`.
    fn new_number(
        &self,
        takes: &BTreeMap<ShotCode, Vec<TakeEntry>>,
        code: &ShotCode,
    ) -> Result<u32, FilmError> {
        Ok(self.highest_numbers(takes)?.get(code).copied().unwrap_or(0) + 1)
    }

    /// The takes that the director circled.
    pub(crate) fn all_circles(&self) -> Result<BTreeMap<ShotCode, DirectorsTake>, FilmError> {
        let mut circles = BTreeMap::new();
        for entry in self.vault.entries(kind::CIRCLE, None)? {
            let Ok(code) = entry.subject.parse::<ShotCode>() else { continue };
            let CircleEntry { take, head } = entry.read()?;
            match take {
                Some(number) => circles.insert(code, DirectorsTake { number, head }),
                None => circles.remove(&code),
            };
        }
        Ok(circles)
    }

    /// Puts take `number` of `code` into the film; `None` leaves the choice to the measurements again.
    pub fn circle(&self, code: &ShotCode, number: Option<u32>) -> Result<(), FilmError> {
        let Some(sound) = &self.locked else { return Err(FilmError::NotLocked) };
        find_shot(&self.cut_list(sound)?.0, code)?;
        let takes = self.all_takes()?;
        let has: Vec<u32> = takes.get(code).into_iter().flatten().map(|take| take.number).collect();
        if let Some(take) = number.filter(|number| !has.contains(number)) {
            return Err(FilmError::NoSuchTake { code: code.clone(), take, has });
        }
        self.record_circle(code, number, None)
    }

    /// Notes the director's word on a take of `code`.
    pub(crate) fn record_circle(
        &self,
        code: &ShotCode,
        take: Option<u32>,
        head: Option<u32>,
    ) -> Result<(), FilmError> {
        self.vault.record(kind::CIRCLE, &code.to_string(), &CircleEntry { take, head })?;
        Ok(())
    }

    /// Lets `code` show take `number` of the shot `of` too; gives its number among the takes of `code`.
    pub(crate) fn lend_take(&self, of: &ShotCode, number: u32, code: &ShotCode) -> Result<u32, FilmError> {
        let takes = self.all_takes()?;
        let all = |code| takes.get(code).map_or(&[][..], Vec::as_slice);
        let has = all(of).iter().map(|take| take.number).collect();
        let lent = all(of).iter().find(|take| take.number == number);
        let lent = lent.ok_or_else(|| FilmError::NoSuchTake { code: of.clone(), take: number, has })?;
        if let Some(there) = all(code).iter().find(|take| take.hash == lent.hash) {
            return Ok(there.number);
        }
        let number = self.new_number(&takes, code)?;
        let entry = TakeEntry { code: code.clone(), number, ..lent.clone() };
        self.vault.record(kind::TAKE, &code.to_string(), &entry)?;
        Ok(number)
    }

    /// Brings the clip `file` in as the next take of `code`.
    pub(crate) fn bring_in(&self, code: &ShotCode, file: &Path) -> Result<TakeEntry, FilmError> {
        let hash = hash_file(file).map_err(FilmError::io(file))?;
        let step = BringIn { file, hash };
        let object = self.vault.run(&code.to_string(), &step).map_err(FilmError::from_run)?;
        let takes = self.all_takes()?;
        let mut known = takes.get(code).into_iter().flatten();
        if let Some(take) = known.find(|take| take.key == object.key) {
            return Ok(take.clone());
        }
        let number = self.new_number(&takes, code)?;
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let origin = TakeOrigin::File { name };
        let entry = TakeEntry { code: code.clone(), number, key: object.key, hash: object.hash, origin };
        self.vault.record(kind::TAKE, &code.to_string(), &entry)?;
        Ok(entry)
    }
}

#[cfg(test)]
mod tests {
    use soundlock_picture::VideoCodec;
    use soundlock_plan::Look;
    use soundlock_shoot::Cut;
    use soundlock_time::{Fps, Raster};

    use super::*;

    fn order(frames: u32, levels: &[u8]) -> ShotOrder {
        ShotOrder {
            code: "1_0010".parse().expect("a code"),
            prompt: "a room".to_owned(),
            negative: String::new(),
            seed: 1,
            frames,
            fps: Fps::FILM,
            raster: Raster::HD,
            look: Look::default(),
            speech: vec![Speech { character: "MINA".to_owned(), from: 4, levels: levels.to_vec() }],
            inputs: Inputs::default(),
            burn_in: None,
            cut: None,
        }
    }

    #[test]
    fn a_take_serves_a_shot_that_has_become_shorter() {
        let made_for = order(81, &[1, 2, 3, 4]);
        let check =
            |order: ShotOrder, served: bool| assert_eq!(serves(&made_for, &order), served, "{order:?}");
        check(ShotOrder { seed: 9, ..made_for.clone() }, true);
        check(order(77, &[1, 2, 3]), true);
        check(ShotOrder { speech: Vec::new(), ..order(77, &[]) }, true);
        check(order(85, &[1, 2, 3, 4]), false);
        check(order(81, &[1, 2, 3, 4, 5]), false);
        check(order(81, &[2, 2, 3, 4]), false);
        check(ShotOrder { prompt: "a hall".to_owned(), ..order(77, &[1, 2]) }, false);
        let cut = Cut { first: 4, end: 60, codec: VideoCodec::H264 { preset: "fast".to_owned(), crf: 18 } };
        check(ShotOrder { cut: Some(cut), ..order(77, &[1, 2, 3]) }, false);
    }
}
