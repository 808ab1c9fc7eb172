//! What shooting has cost, and what for.

use std::collections::BTreeMap;

use serde::Serialize;
use soundlock_plan::ShotCode;
use soundlock_shoot::queue::{Attempt, Standing, attempts};
use soundlock_shoot::{Bill, Estimate};

use crate::shots::{Floor, line_levels, scene_shots};
use crate::{Film, FilmError, TakeOrigin};

/// What shooting has cost. Attempts that are out, or of which nobody knows whether they were heard, count as they were
/// reckoned.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Spending {
    /// All of it.
    pub total: Bill,
    /// By scene.
    pub scenes: BTreeMap<String, Bill>,
    /// By generator and model.
    pub models: BTreeMap<String, Bill>,
    /// By day.
    pub days: BTreeMap<String, Bill>,
    /// Of it for takes that came.
    pub takes: Bill,
    /// For refusals that were charged.
    pub refused: Bill,
    /// For what broke and was charged.
    pub failed: Bill,
    /// For what is out, or unknown.
    pub open: Bill,
    /// How many attempts there were, by how they stand.
    pub attempts: BTreeMap<Standing, usize>,
    /// Seconds of the film that takes of hired generators show.
    pub secs_in_film: f64,
    /// What a second of these came to, where all of it is in one currency, in millionths of it.
    pub micros_per_second: Option<i64>,
}

impl Film {
    /// Everything that was tried at hired generators, by shot and take.
    pub fn attempts(&self) -> Result<BTreeMap<(ShotCode, u32), Attempt>, FilmError> {
        Ok(attempts(&self.vault)?)
    }

    /// What shooting has cost.
    pub fn spending(&self) -> Result<Spending, FilmError> {
        let mut attempts = self.attempts()?;
        let waiting = attempts.values().filter(|attempt| attempt.standing == Standing::Intended).count();
        // What was never sent has cost nothing yet.
        attempts.retain(|_, attempt| attempt.standing != Standing::Intended);
        let bill = |which: &dyn Fn(&Attempt) -> bool| -> Bill {
            attempts
                .values()
                .filter(|attempt| which(attempt))
                .map(|attempt| attempt.counts().clone())
                .collect()
        };
        let by = |name: &dyn Fn(&Attempt) -> String| -> BTreeMap<String, Bill> {
            let mut estimates: BTreeMap<String, Vec<Estimate>> = BTreeMap::new();
            for attempt in attempts.values() {
                estimates.entry(name(attempt)).or_default().push(attempt.counts().clone());
            }
            estimates.into_iter().map(|(name, all)| (name, all.into_iter().collect())).collect()
        };
        let mut counts: BTreeMap<Standing, usize> =
            (waiting > 0).then_some((Standing::Intended, waiting)).into_iter().collect();
        for attempt in attempts.values() {
            *counts.entry(attempt.standing).or_default() += 1;
        }
        let total = bill(&|_| true);
        let secs_in_film = self.hired_secs()?;
        let micros: Vec<i64> = total.micros.values().copied().collect();
        let per_second = |micros: i64| (micros as f64 / secs_in_film).round() as i64;
        Ok(Spending {
            scenes: by(&|attempt| attempt.intent.code.scene().to_owned()),
            models: by(&|attempt| {
                format!("{} ({})", attempt.intent.identity.name, attempt.intent.identity.model)
            }),
            days: by(&|attempt| attempt.day().to_owned()),
            takes: bill(&|attempt| attempt.standing == Standing::Done),
            refused: bill(&|attempt| attempt.standing == Standing::Refused),
            failed: bill(&|attempt| matches!(attempt.standing, Standing::Failed | Standing::GivenUp)),
            open: bill(&|attempt| attempt.cost.is_none()),
            attempts: counts,
            micros_per_second: match micros.as_slice() {
                [one] if secs_in_film > 0.0 => Some(per_second(*one)),
                _ => None,
            },
            secs_in_film,
            total,
        })
    }

    /// Seconds of the film that takes of hired generators show.
    fn hired_secs(&self) -> Result<f64, FilmError> {
        let Some(sound) = self.locked() else { return Ok(0.0) };
        let (cut_list, _) = self.cut_list(sound)?;
        let floor = Floor::new(self, &cut_list, line_levels(self, sound)?)?;
        let mut frames = 0;
        for shot in scene_shots(&cut_list) {
            let state = floor.state(shot, false)?;
            let made = state.circled_take().map(|take| &take.entry.origin);
            if matches!(made, Some(TakeOrigin::Generator { making: Some(_), .. })) {
                frames += shot.frames();
            }
        }
        Ok(self.settings.fps().seconds(frames))
    }
}
