//! The cut list, from the locked sound and `cuts.toml`.

use soundlock_plan::format::{Cuts, write};
use soundlock_plan::{CutList, PlanStats, RiskyShot, ScenePace, plan, riskiest, scene_paces, stats};
use soundlock_sound::LockedSound;

use crate::folder::{read_if_there, write_whole};
use crate::{Film, FilmError};

impl Film {
    /// The cut list for `sound`, with what was set by hand kept.
    pub fn cut_list(&self, sound: &LockedSound) -> Result<(CutList, String), FilmError> {
        let previous = self.cuts_text()?;
        let cuts = previous.as_deref().map(Cuts::read).transpose()?;
        let rules = self.settings.plan_rules();
        let cut_list = plan(&self.screenplay, sound, &rules, cuts.as_ref(), &*self.studio.reporter)?;
        let text = write(previous.as_deref(), &cut_list)?;
        Ok((cut_list, text))
    }

    /// `cuts.toml` as it is on disk.
    pub(crate) fn cuts_text(&self) -> Result<Option<String>, FilmError> {
        Ok(read_if_there(&self.folder.cuts())?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Plans, and writes `cuts.toml` where it changed.
    pub fn plan(&self, sound: &LockedSound) -> Result<CutList, FilmError> {
        let (cut_list, text) = self.cut_list(sound)?;
        write_whole(&self.folder.cuts(), text.as_bytes())?;
        Ok(cut_list)
    }

    /// A plan in numbers.
    pub fn plan_stats(&self, sound: &LockedSound, cut_list: &CutList) -> PlanStats {
        stats(cut_list, sound)
    }

    /// How quickly each scene is cut.
    pub fn scene_paces(&self, sound: &LockedSound, cut_list: &CutList) -> Vec<ScenePace> {
        scene_paces(cut_list, sound, &self.settings.plan_rules())
    }

    /// The `count` shots that are most likely to go wrong.
    pub fn riskiest(&self, sound: &LockedSound, cut_list: &CutList, count: usize) -> Vec<RiskyShot> {
        riskiest(cut_list, sound, &self.settings.plan_rules(), count)
    }
}
