//! The cut list, from the locked sound and `cuts.toml`.

use soundlock_plan::format::{Cuts, write};
use soundlock_plan::{CutList, PlanStats, plan, stats};
use soundlock_sound::LockedSound;

use crate::folder::{read_if_there, write_whole};
use crate::{Film, FilmError};

impl Film {
    /// The cut list for `sound`, with what was set by hand kept.
    pub fn cut_list(&self, sound: &LockedSound) -> Result<(CutList, String), FilmError> {
        let file = self.folder.cuts();
        let previous = read_if_there(&file)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let cuts = previous.as_deref().map(Cuts::read).transpose()?;
        let rules = self.settings.plan_rules();
        let cut_list = plan(&self.screenplay, sound, &rules, cuts.as_ref(), &*self.studio.reporter)?;
        let text = write(previous.as_deref(), &cut_list)?;
        Ok((cut_list, text))
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
