//! The cut list, from the locked sound and `cuts.toml`.

use soundlock_plan::format::{Cuts, write};
use soundlock_plan::{CutList, PlanStats, plan, stats};
use soundlock_sound::LockedSound;
use soundlock_vault::Reporter;

use crate::folder::{read_if_there, write_whole};
use crate::{Film, FilmError};

impl Film {
    /// The cut list for `sound`, with what was set by hand kept.
    pub fn cut_list(&self, sound: &LockedSound) -> Result<(CutList, String), FilmError> {
        let file = self.folder.cuts();
        let previous = read_if_there(&file)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let cut_list =
            self.plan_from(sound, previous.as_deref().unwrap_or_default(), &*self.studio.reporter)?;
        let text = write(previous.as_deref(), &cut_list)?;
        Ok((cut_list, text))
    }

    /// The cut list for `sound` where `cuts.toml` is `text`.
    pub(crate) fn plan_from(
        &self,
        sound: &LockedSound,
        text: &str,
        report: &dyn Reporter,
    ) -> Result<CutList, FilmError> {
        let cuts = Cuts::read(text)?;
        Ok(plan(&self.screenplay, sound, &self.settings.plan_rules(), Some(&cuts), report)?)
    }

    /// Plans, and writes `cuts.toml` where it changed.
    pub fn plan(&self, sound: &LockedSound) -> Result<CutList, FilmError> {
        let (cut_list, text) = self.cut_list(sound)?;
        write_whole(&self.folder.cuts(), text.as_bytes())?;
        Ok(cut_list)
    }

    /// What a producer reads of a plan.
    pub fn plan_stats(&self, sound: &LockedSound, cut_list: &CutList) -> PlanStats {
        stats(cut_list, sound)
    }
}
