//! The cut list, from the locked sound and `cuts.toml`.

use std::collections::BTreeMap;

use soundlock_plan::format::{Cuts, write};
use soundlock_plan::{
    Before, CutList, LineLevels, PlanStats, RiskyShot, ScenePace, ShotCode, TakeWorth, plan, riskiest,
    scene_paces, stats,
};
use soundlock_shoot::Estimate;
use soundlock_sound::{LockedSound, SoundError};
use soundlock_vault::{Reporter, run_all};

use crate::folder::{read_if_there, write_whole};
use crate::takes::{TakeEntry, TakeOrigin};
use crate::{Film, FilmError};

/// What a take of unknown price is taken to have cost: a few cents.
const UNKNOWN_MICROS: u64 = 100_000;

impl Film {
    /// The cut list for `sound`, with what was set by hand kept.
    pub fn cut_list(&self, sound: &LockedSound) -> Result<(CutList, String), FilmError> {
        let previous = self.cuts_text()?;
        let cut_list =
            self.plan_from(sound, previous.as_deref().unwrap_or_default(), &*self.studio.reporter)?;
        let text = write(previous.as_deref(), &cut_list)?;
        Ok((cut_list, text))
    }

    /// What the takes of each shot are worth to a plan: they exist, the director circled one, they were paid for.
    pub(crate) fn takes_worth(&self) -> Result<BTreeMap<ShotCode, TakeWorth>, FilmError> {
        let circles = self.all_circles()?;
        let takes = self.all_takes()?.into_iter().map(|(code, takes)| {
            let paid_micros = takes.iter().map(paid_micros).sum();
            let worth = TakeWorth { circled: circles.contains_key(&code), paid_micros };
            (code, worth)
        });
        Ok(takes.collect())
    }

    /// `cuts.toml` as it is on disk.
    pub(crate) fn cuts_text(&self) -> Result<Option<String>, FilmError> {
        Ok(read_if_there(&self.folder.cuts())?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// The cut list for `sound` where `cuts.toml` is `text`.
    pub(crate) fn plan_from(
        &self,
        sound: &LockedSound,
        text: &str,
        report: &dyn Reporter,
    ) -> Result<CutList, FilmError> {
        let cuts = Cuts::read(text)?;
        let takes = self.takes_worth()?;
        let before = Before { cuts: Some(&cuts), takes: &takes };
        let rules = self.settings.plan_rules();
        Ok(plan(&self.screenplay, sound, &self.loudness(sound)?, &rules, before, report)?)
    }

    /// How loud the lines of `sound` are, for the pauses in them. Lines that cannot be heard here are left out, because
    /// a plan does without: their recordings lie elsewhere, or nobody has listened yet to a film that is only looked at.
    pub(crate) fn loudness(&self, sound: &LockedSound) -> Result<LineLevels, FilmError> {
        let (context, studio) = (self.sound_context(), &self.studio);
        let scenes: Vec<_> = sound.scenes.iter().collect();
        let heard = run_all(scenes, studio.workers, &studio.cancel, |scene| {
            match soundlock_sound::levels(sound, scene, &context) {
                Err(error @ SoundError::Cancelled(_)) => Err(FilmError::from(error)),
                heard => Ok(heard.unwrap_or_default()),
            }
        });
        Ok(heard.map_err(FilmError::from_stop)?.into_iter().flatten().collect())
    }

    /// Plans, and writes `cuts.toml` where it changed.
    pub fn plan(&self, sound: &LockedSound) -> Result<CutList, FilmError> {
        let (cut_list, text) = self.cut_list(sound)?;
        write_whole(&self.folder.cuts(), text.as_bytes())?;
        Ok(cut_list)
    }

    /// A plan in numbers.
    pub fn plan_stats(&self, sound: &LockedSound, cut_list: &CutList) -> Result<PlanStats, FilmError> {
        Ok(stats(cut_list, sound, &self.loudness(sound)?, &self.settings.plan_rules()))
    }

    /// How quickly each scene is cut.
    pub fn scene_paces(&self, sound: &LockedSound, cut_list: &CutList) -> Vec<ScenePace> {
        scene_paces(&self.screenplay, cut_list, sound, &self.settings.plan_rules())
    }

    /// The `count` shots that are most likely to go wrong.
    pub fn riskiest(
        &self,
        sound: &LockedSound,
        cut_list: &CutList,
        count: usize,
    ) -> Result<Vec<RiskyShot>, FilmError> {
        Ok(riskiest(cut_list, sound, &self.loudness(sound)?, &self.settings.plan_rules(), count))
    }
}

/// What a take cost. One whose price is not known, and a clip that somebody brought in, are not to be had for nothing
/// again.
fn paid_micros(take: &TakeEntry) -> u64 {
    match &take.origin {
        TakeOrigin::Generator { cost: Estimate::Free, .. } => 0,
        TakeOrigin::Generator { cost: Estimate::Price(money), .. } => {
            u64::try_from(money.micros).unwrap_or(0)
        }
        TakeOrigin::Generator { cost: Estimate::Unknown, .. } | TakeOrigin::File { .. } => UNKNOWN_MICROS,
    }
}
