//! The print master as the MP4 has it: encoded, decoded again, measured, and lowered where the encoder went over.

use std::path::Path;

use serde::Serialize;
use soundlock_deliver::{AAC_BITRATE, Aac};
use soundlock_picture::encode_aac;
use soundlock_sound::{
    Balance, LockedSound, LoudnessReport, Mix, SoundRules, Speakers, encoded_loudness, print_master,
};
use soundlock_vault::{Hash, Key, Object, Step};

use crate::{Film, FilmError};

/// How often what is encoded is lowered; what is left after that is told.
const ATTEMPTS: usize = 4;

/// The sound track of the MP4.
pub(crate) struct Encoded {
    pub(crate) aac: Object,
    /// How loud a player plays it.
    pub(crate) loudness: LoudnessReport,
    /// Keys of all that was tried on the way.
    pub(crate) keys: Vec<Key>,
}

impl Film {
    /// The mix encoded so that what a player decodes of it holds the target.
    ///
    /// An encoder changes what it is given: peaks come out higher, and noise softer. So the master is encoded and
    /// measured, and where that does not hold a master with more room is printed for the encoder alone. The print master
    /// and the stems stay as they are.
    pub(crate) fn encoded(&self, sound: &LockedSound, mix: &Mix) -> Result<Encoded, FilmError> {
        let (rules, context) = (self.sound_rules()?, self.sound_context());
        let mut aac = self.vault.run("mix", &self.aac(mix, rules.speakers)).map_err(FilmError::from_run)?;
        let (mut balance, mut keys, mut best) =
            (mix.balance, Vec::new(), None::<(f64, Object, LoudnessReport)>);
        for attempt in 1..=ATTEMPTS {
            keys.push(aac.key);
            let report = encoded_loudness(&aac, sound, &rules, &context)?;
            let lower = balance.after_encoding(&report);
            let wrong = wrong(&report);
            if best.as_ref().is_none_or(|(least, ..)| wrong < *least) {
                best = Some((wrong, aac.clone(), report));
            }
            let Some(lower) = lower.filter(|_| attempt < ATTEMPTS) else { break };
            balance = lower;
            let step = Lowered { film: self, sound, rules: &rules, master: mix.master.hash, balance };
            aac = self.vault.run("mix", &step).map_err(FilmError::from_run)?;
        }
        let (_, aac, loudness) = best.expect("the first attempt is kept");
        Ok(Encoded { aac, loudness, keys })
    }

    /// The print master as it is, encoded. A changed shot leaves it alone.
    fn aac(&self, mix: &Mix, speakers: Speakers) -> Aac<'_> {
        let studio = &self.studio;
        Aac {
            hash: mix.master.hash,
            wav: mix.master.path.clone(),
            bitrate: bitrate(speakers),
            tools: &studio.tools,
            limits: &studio.limits,
        }
    }
}

/// How far a sound is from its target, whichever is worse: its loudness, or its peaks above their limit.
fn wrong(report: &LoudnessReport) -> f64 {
    let off_lu = report.integrated_lufs.map_or(0.0, |lufs| (lufs - report.target.integrated_lufs).abs());
    let over_db = report.true_peak_dbtp.map_or(0.0, |peak| peak - report.target.true_peak_dbtp);
    if report.passed { 0.0 } else { off_lu.max(over_db) }
}

/// Bits a second: as many for each pair of speakers as festivals ask for with two, less the one without sound.
fn bitrate(speakers: Speakers) -> u32 {
    match speakers {
        Speakers::Stereo => AAC_BITRATE,
        Speakers::FivePointOne => 2 * AAC_BITRATE,
    }
}

/// A master with more room, printed, encoded and thrown away.
struct Lowered<'a> {
    film: &'a Film,
    sound: &'a LockedSound,
    rules: &'a SoundRules,
    /// The print master, which says what sounds.
    master: Hash,
    balance: Balance,
}

impl Step for Lowered<'_> {
    type Error = FilmError;
    const VERSION: (&'static str, u32) = ("aac-lowered", 1);
    const EXTENSION: &'static str = "mp4";

    fn inputs(&self) -> impl Serialize {
        let bitrate = bitrate(self.rules.speakers);
        (self.master, self.balance, bitrate, self.film.studio.tools.version.as_str())
    }

    fn make(&self, file: &Path) -> Result<(), FilmError> {
        let studio = &self.film.studio;
        let print = file.with_extension("wav");
        print_master(self.sound, self.rules, self.balance, &self.film.sound_context(), &print)?;
        encode_aac(&studio.tools, &print, bitrate(self.rules.speakers), file, &studio.limits)?;
        std::fs::remove_file(&print).map_err(FilmError::io(&print))
    }
}
