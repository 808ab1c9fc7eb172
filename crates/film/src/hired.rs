//! Generators that are hired: who they are, from standing orders to calls.

use std::sync::Arc;
use std::time::Duration;

use soundlock_plan::ShotCode;
use soundlock_service::{Address, Plain};
use soundlock_shoot::queue::{Crew, Patience};
use soundlock_shoot::{ByModel, Hired};
use soundlock_vault::hash_file;

use crate::explain::find_shot;
use crate::settings::{Checked, GeneratorSettings, Settings};
use crate::voices::is_variable;
use crate::{Film, FilmError};

impl Settings {
    /// Whether the takes of generator `name` are shot by a program or a service.
    pub(crate) fn is_hired(&self, name: &str) -> bool {
        self.generators.get(name).is_some_and(GeneratorSettings::is_hired)
    }

    pub(crate) fn check_hired(
        &self,
        name: &str,
        own: &GeneratorSettings,
        checked: &Checked<'_>,
    ) -> Result<(), FilmError> {
        let at = |key| ["generators", name, key];
        let error = |key, why: String, hint: &str| Err(checked.error(&at(key), why, Some(hint.to_owned())));
        let lacks = |key: &str| format!("generators.{name} has no {key}");
        match own.kind.as_deref() {
            Some("comfyui") if own.workflow.is_none() => {
                let hint = "write workflow = \"wan.api.json\": in ComfyUI, Workflow, Export (API)";
                return error("kind", lacks("workflow"), hint);
            }
            Some("service") if own.service.is_none() => {
                return error("kind", lacks("service"), "write service = \"fal\", say");
            }
            Some("command") if own.run.is_none() => {
                return error("kind", lacks("run"), "write run = \"python make.py\", say");
            }
            _ => {}
        }
        for (key, variable) in [("key_env", &own.key_env), ("secret_env", &own.secret_env)] {
            if variable.as_deref().is_some_and(|variable| !is_variable(variable)) {
                // What stands there may be the key itself, so it is not repeated.
                let why = format!("generators.{name}.{key} is no name of an environment variable");
                let hint = "write key_env = \"FAL_KEY\", say, and set that to the key; a key never stands in film.toml";
                return error(key, why, hint);
            }
        }
        for url in own.url.iter().flat_map(|url| url.all()) {
            let address = own.address(url);
            address.map_err(|error| checked.error(&at("url"), error.to_string(), error.hint()))?;
        }
        checked.within(&at("at_once"), own.at_once.map(f64::from), 1.0..=64.0)?;
        checked.within(&at("poll_secs"), own.poll_secs, 0.01..=600.0)?;
        checked.within(&at("timeout_secs"), own.timeout_secs.map(|secs| secs as f64), 1.0..=7200.0)?;
        checked.within(&at("job_mins"), own.job_mins, 0.01..=1440.0)?;
        if let Some(next) = own.next.as_deref().filter(|next| !self.is_hired(next)) {
            let why = format!("`{next}` is no generator whose takes are shot by a program or a service");
            return error("next", why, "name one of [generators] with kind comfyui, service or command");
        }
        Ok(())
    }

    pub(crate) fn check_shoot(&self, checked: &Checked<'_>) -> Result<(), FilmError> {
        let at = |key| ["shoot", key];
        checked.within(&at("takes"), self.shoot.takes.map(f64::from), 1.0..=20.0)?;
        checked.within(&at("retakes"), self.shoot.retakes.map(f64::from), 0.0..=20.0)?;
        checked.within(&at("again_secs"), self.shoot.again_secs, 0.01..=600.0)
    }

    /// How patient the queue is with a generator.
    fn patience(&self, own: &GeneratorSettings) -> Patience {
        let usual = Patience::VENDORS;
        let first_poll = own.poll_secs.map_or(usual.first_poll, Duration::from_secs_f64);
        let again = self.shoot.again_secs.map_or(usual.again, Duration::from_secs_f64);
        Patience {
            first_poll,
            slowest_poll: usual.slowest_poll.max(first_poll).min(first_poll * 5),
            again,
            longest_again: usual.longest_again.min(again * 150),
            job: own.job_mins.map_or(usual.job, |mins| Duration::from_secs_f64(60.0 * mins)),
        }
    }

    /// Who tries where `name` refuses, one after the other.
    pub(crate) fn next_after<'s>(&'s self, name: &str) -> Vec<&'s str> {
        let mut names: Vec<&str> = Vec::new();
        let mut at = name.to_owned();
        while let Some(next) = self.generators.get(&at).and_then(|own| own.next.as_deref()) {
            if next == name || names.contains(&next) {
                break;
            }
            names.push(next);
            next.clone_into(&mut at);
        }
        names
    }
}

impl GeneratorSettings {
    fn address(&self, url: &str) -> Result<Address, soundlock_service::ServiceError> {
        Address::read(url, if self.plain_http { Plain::Anywhere } else { Plain::OnlyNear })
    }
}

impl Film {
    /// Whether any of the film's generators is hired.
    pub fn hires(&self) -> bool {
        self.settings.generators.values().any(GeneratorSettings::is_hired)
    }

    /// Whether the takes of `code` are shot by a hired generator.
    pub fn is_hired(&self, code: &ShotCode) -> Result<bool, FilmError> {
        let Some(sound) = self.locked() else { return Err(FilmError::NotLocked) };
        let (cut_list, _) = self.cut_list(sound)?;
        Ok(self.settings.is_hired(&find_shot(&cut_list, code)?.generator))
    }

    /// The generators that are hired for `names`, ready to be called: keys and workflows are read here.
    pub(crate) fn crews(
        &self,
        names: &[&str],
    ) -> Result<std::collections::BTreeMap<String, Crew>, FilmError> {
        let mut crews = std::collections::BTreeMap::new();
        for name in names {
            let Some(own) = self.settings.generators.get(*name).filter(|own| own.is_hired()) else {
                continue;
            };
            let Some(by_model) = self.settings.by_model(name) else { continue };
            let settings = match &own.workflow {
                Some(workflow) => format!("{} workflow {}", by_model.settings, self.workflow_hash(workflow)),
                None => by_model.settings.clone(),
            };
            let hired = Some(self.hire(name, own, &by_model)?);
            let generator = Arc::new(ByModel { hired, settings, ..by_model });
            crews.insert((*name).to_owned(), Crew { generator, patience: self.settings.patience(own) });
        }
        Ok(crews)
    }

    fn hire(
        &self,
        name: &str,
        own: &GeneratorSettings,
        by_model: &ByModel,
    ) -> Result<Arc<dyn Hired>, FilmError> {
        todo!("{name} {own:?} {}", by_model.id)
    }

    /// What the takes of a workflow depend on; a word of its own where it cannot be read, which is said when it is shot.
    pub(crate) fn workflow_hash(&self, workflow: &str) -> String {
        hash_file(&self.folder.root().join(workflow))
            .map_or_else(|_| "missing".to_owned(), |hash| hash.to_string())
    }
}
