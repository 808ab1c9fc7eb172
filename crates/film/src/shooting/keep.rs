//! What hired generators send: looked at, and kept as takes.

use std::path::Path;

use serde::Serialize;
use soundlock_judge::{Expected, JudgeRules};
use soundlock_shoot::ShotOrder;
use soundlock_shoot::queue::{Arrived, Attempt};
use soundlock_vault::{Hash, Keep, Key, Step};

use super::sheet::Sheet;
use crate::steps::Judge;
use crate::takes::{Making, kind};
use crate::{FilmError, TakeEntry, TakeOrigin};

impl Sheet<'_> {
    /// Looks at what came, and keeps it where it is a clip.
    pub(super) fn keep(&self, attempt: &Attempt, file: &Path, hash: Hash) -> Result<Arrived, FilmError> {
        let film = self.floor.film;
        let (name, step) = (attempt.name(), HiredTake { attempt, file, hash });
        let key = film.vault.key_of(&step)?;
        let kept = film.vault.find(&key)?.map(|object| object.path);
        if kept.is_none() && !file.is_file() {
            return Ok(Arrived::NoTake("what came is gone".to_owned()));
        }
        let entry = self.entry(attempt, kept.as_deref().unwrap_or(file), (key, hash));
        if kept.is_none() {
            if let Some(why) = self.is_no_clip(&entry, file)? {
                return Ok(Arrived::NoTake(format!("what came is no take: {why}")));
            }
            film.vault.run(&name, &step).map_err(FilmError::from_run)?;
        }
        let value = serde_json::to_value(&entry).unwrap_or_default();
        self.floor.add(entry);
        Ok(Arrived::Take(key, vec![(kind::TAKE, attempt.intent.code.to_string(), value)]))
    }

    /// Why what came cannot be a take; it is measured just as its take will be, so that it is measured once.
    fn is_no_clip(&self, entry: &TakeEntry, file: &Path) -> Result<Option<String>, FilmError> {
        let film = self.floor.film;
        let nothing = Expected { frames: None, raster: None, fps: None };
        let judge = Judge {
            tools: &film.studio.tools,
            limits: &film.studio.limits,
            file,
            hash: entry.hash,
            expected: self.floor.shot(&entry.code).map_or(nothing, |shot| self.floor.expected(shot, entry)),
            rules: &JudgeRules::STANDARD,
        };
        let measured = film.vault.run_value(&entry.code.to_string(), &judge).map_err(FilmError::from_run)?;
        if measured.media.as_ref().is_some_and(|media| media.video.is_some()) {
            return Ok(None);
        }
        let why = measured.verdict.failures().next().map(ToString::to_string);
        Ok(Some(why.unwrap_or_else(|| "it is not a clip".to_owned())))
    }

    fn entry(&self, attempt: &Attempt, file: &Path, (key, hash): (Key, Hash)) -> TakeEntry {
        let intent = &attempt.intent;
        let settings = &self.floor.film.settings;
        let model = settings.model(&intent.identity.model);
        let ready = attempt.ready.clone().unwrap_or_default();
        let own = settings.generators.get(&intent.identity.name);
        let making = Making {
            place: attempt.place.clone().unwrap_or_default(),
            job: attempt.job.as_ref().map(|job| job.id.clone()).unwrap_or_default(),
            at: attempt.at.clone(),
            model_name: model.map(|model| model.name.clone()).unwrap_or_default(),
            vendor_model: own.and_then(|own| own.vendor_model.clone()),
            said: ready.said,
            licence: model.and_then(|model| model.licence.clone()),
            read: model.map(|model| model.read.clone()).unwrap_or_default(),
            signed: soundlock_picture::is_signed(file),
            left_out: intent.request.left_out.clone(),
            draft: own.and_then(|own| own.draft_raster) == Some(intent.order.raster),
        };
        let cost = attempt.cost_of_take();
        let origin = TakeOrigin::Generator {
            identity: intent.identity.clone(),
            order: intent.order.clone(),
            cost,
            making: Some(Box::new(making)),
        };
        let (code, number) = (intent.code.clone(), intent.number);
        TakeEntry { code, number, key, hash, origin }
    }
}

/// A take that a hired generator sent, kept as it came.
struct HiredTake<'a> {
    attempt: &'a Attempt,
    file: &'a Path,
    hash: Hash,
}

impl Step for HiredTake<'_> {
    type Error = FilmError;
    const VERSION: (&'static str, u32) = ("shoot", 2);
    const EXTENSION: &'static str = "mp4";

    fn extension(&self) -> &'static str {
        soundlock_picture::usual_ending(self.file).unwrap_or(Self::EXTENSION)
    }

    fn inputs(&self) -> impl Serialize {
        #[derive(Serialize)]
        struct Inputs<'a> {
            generator: &'a soundlock_shoot::Identity,
            order: &'a ShotOrder,
            take: String,
            attempt: &'a str,
            hash: Hash,
        }
        let intent = &self.attempt.intent;
        Inputs {
            generator: &intent.identity,
            order: &intent.order,
            take: self.attempt.name(),
            attempt: &intent.request.id,
            hash: self.hash,
        }
    }

    fn keeps(&self) -> Keep {
        Keep::Take
    }

    fn make(&self, file: &Path) -> Result<(), FilmError> {
        std::fs::copy(self.file, file).map(drop).map_err(FilmError::io(self.file))
    }
}
