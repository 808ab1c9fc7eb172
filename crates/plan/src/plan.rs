use soundlock_script::Screenplay;
use soundlock_sound::LockedSound;
use soundlock_vault::Reporter;

use crate::format::Cuts;
use crate::{CutList, PlanError, PlanRules};

/// Plans the film: every shot, what it shows, and why it is cut where it is.
///
/// The same inputs give the same cut list. `previous` is `cuts.toml` as it is now; what was set in it by hand stands,
/// and what can be kept of the rest is kept.
pub fn plan(
    screenplay: &Screenplay,
    sound: &LockedSound,
    rules: &PlanRules,
    previous: Option<&Cuts>,
    report: &dyn Reporter,
) -> Result<CutList, PlanError> {
    let _ = (screenplay, sound, rules, previous, report);
    todo!()
}
