//! Generators that are hired: who they are, from standing orders to calls.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use soundlock_diffusion::DiffusionError;
use soundlock_plan::{CutList, ShotCode};
use soundlock_service::{Address, Plain};
use soundlock_shoot::queue::{Crew, Patience};
use soundlock_shoot::{ByModel, Hired};
use soundlock_vault::{Hash, hash_file};
use soundlock_vendors::comfy::{Comfy, ComfySettings, signed_with};
use soundlock_vendors::command::{Command, CommandSettings};
use soundlock_vendors::described::{
    Described, DescribedSettings, Description, Signing, built_in_descriptions,
};

use crate::explain::find_shot;
use crate::keys::{is_key_name, needed_secret};
use crate::settings::{Checked, GeneratorSettings, OneOrMany, Settings};
use crate::shots::scene_shots;
use crate::{Film, FilmError};

/// Where ComfyUI is where nobody says.
const COMFY: &str = "http://127.0.0.1:8188";
/// How long is waited for a connection, in seconds.
const CONNECT_SECS: u64 = 20;
/// How long for an answer.
const ANSWER_SECS: u64 = 120;
/// How long a take may take to come.
const FETCH_SECS: u64 = 1800;
/// The most bytes of a take: half a minute of lossless 4K is less.
const MOST_BYTES: u64 = 4 << 30;

impl Settings {
    /// A service by its name, as the film describes it before the program.
    pub(crate) fn service(&self, name: &str) -> Option<&Description> {
        self.services.get(name).or_else(|| built_in_descriptions().get(name))
    }

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
        self.check_kind(name, own, checked)?;
        self.check_keys(name, own, checked)?;
        self.check_draft(name, own, checked)?;
        let at = |key| ["generators", name, key];
        for url in own.url.iter().flat_map(OneOrMany::all) {
            let address = own.address(url);
            address.map_err(|error| checked.error(&at("url"), error.to_string(), error.hint()))?;
        }
        checked.within(&at("at_once"), own.at_once.map(f64::from), 1.0..=64.0)?;
        checked.within(&at("poll_secs"), own.poll_secs, 0.01..=600.0)?;
        checked.within(&at("timeout_secs"), own.timeout_secs.map(|secs| secs as f64), 1.0..=7200.0)?;
        checked.within(&at("job_mins"), own.job_mins, 0.01..=1440.0)?;
        if let Some(next) = own.next.as_deref().filter(|next| !self.is_hired(next)) {
            let why = format!("`{next}` is no generator whose takes are shot by a program or a service");
            let hint = "name one of [generators] with kind comfyui, service, command or diffusion".to_owned();
            return Err(checked.error(&at("next"), why, Some(hint)));
        }
        Ok(())
    }

    /// Its name can be part of a file's, and what its kind needs is there.
    fn check_kind(
        &self,
        name: &str,
        own: &GeneratorSettings,
        checked: &Checked<'_>,
    ) -> Result<(), FilmError> {
        let error = |key, why: String, hint: &str| {
            Err(checked.error(&["generators", name, key], why, Some(hint.to_owned())))
        };
        let lacks = |key: &str, hint: &str| error("kind", format!("generators.{name} has no {key}"), hint);
        let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
        if !(1..=64).contains(&name.len()) || !name.chars().all(plain) {
            let why = format!("`{name}` cannot be the name of a generator that is hired");
            return error("kind", why, "use letters, digits, - and _: [generators.my-wan]");
        }
        match (own.kind.as_deref(), own.service.as_deref()) {
            (Some("comfyui"), _) if own.workflow.is_none() => {
                lacks("workflow", "write workflow = \"wan.api.json\": in ComfyUI, Workflow, Export (API)")
            }
            (Some("command"), _) if own.run.as_deref().and_then(CommandSettings::words).is_none() => {
                lacks("run", "write run = \"python make.py\", say")
            }
            (Some("diffusion"), _) => match own.diffusion.as_ref().map(soundlock_diffusion::Setup::check) {
                None => lacks(
                    "diffusion",
                    "write [generators.NAME.diffusion] with weights; docs/generators.md says which",
                ),
                Some(Err(unusable)) => {
                    error("diffusion", unusable.to_string(), &unusable.hint().unwrap_or_default())
                }
                Some(Ok(())) => Ok(()),
            },
            (Some("service"), None) => lacks("service", "write service = \"fal\", say"),
            (Some("service"), Some(service)) if self.service(service).is_none() => {
                let known: Vec<&str> = built_in_descriptions().keys().map(String::as_str).collect();
                let hint = format!("known are {}; [services.NAME] adds one", known.join(", "));
                error("service", format!("no service `{service}` is known"), &hint)
            }
            (Some("service"), Some(service))
                if own.vendor_model.is_none()
                    && self.service(service).is_some_and(Description::has_model_in_its_path) =>
            {
                lacks(
                    "vendor_model",
                    "write vendor_model = \"…\": the model as the service's own page names it",
                )
            }
            _ => Ok(()),
        }
    }

    /// Keys are named and never stand in film.toml, and where a service needs one it is said which.
    fn check_keys(
        &self,
        name: &str,
        own: &GeneratorSettings,
        checked: &Checked<'_>,
    ) -> Result<(), FilmError> {
        let hint =
            "write key_env = \"FAL_KEY\", say, and set that to the key; a key never stands in film.toml";
        let error =
            |key, why: String| Err(checked.error(&["generators", name, key], why, Some(hint.to_owned())));
        for (key, variable) in [("key_env", &own.key_env), ("secret_env", &own.secret_env)] {
            if variable.as_deref().is_some_and(|variable| !is_key_name(variable)) {
                // What stands there may be the key itself, so it is not repeated.
                return error(key, format!("generators.{name}.{key} is no name of an environment variable"));
            }
        }
        let service = own.service.as_deref().and_then(|service| self.service(service));
        let is_signed = service.is_some_and(|service| service.signing != Signing::None);
        if own.key_env.is_none() && (is_signed || own.secret_env.is_some()) {
            return error("kind", format!("generators.{name} has no key_env"));
        }
        Ok(())
    }

    /// A draft is smaller than a final, and its model can make it.
    fn check_draft(
        &self,
        name: &str,
        own: &GeneratorSettings,
        checked: &Checked<'_>,
    ) -> Result<(), FilmError> {
        let Some(draft) = own.draft_raster else { return Ok(()) };
        let error = |why: String, hint: String| {
            Err(checked.error(&["generators", name, "draft_raster"], why, Some(hint)))
        };
        let multiple = own.model.as_deref().and_then(|id| self.model(id)).map_or(2, |model| model.multiple);
        let whole = |side: u32| side.is_multiple_of(multiple);
        if !whole(draft.width()) || !whole(draft.height()) {
            let hint = format!("both sides must be multiples of {multiple}");
            return error(format!("its model cannot make {draft}"), hint);
        }
        if own.raster == Some(draft) {
            return error("drafts are as large as finals".to_owned(), "make it smaller".to_owned());
        }
        Ok(())
    }

    pub(crate) fn check_shoot(&self, checked: &Checked<'_>) -> Result<(), FilmError> {
        let at = |key| ["shoot", key];
        checked.within(&at("takes"), self.shoot.takes.map(f64::from), 1.0..=20.0)?;
        checked.within(&at("retakes"), self.shoot.retakes.map(f64::from), 0.0..=20.0)?;
        checked.within(&at("again_secs"), self.shoot.again_secs, 0.01..=600.0)?;
        let is_code = |code: &&String| {
            let two = code.len() == 2 && code.chars().all(|letter| letter.is_ascii_alphabetic());
            two || code.eq_ignore_ascii_case("world")
        };
        match self.rights.shown_in.iter().find(|code| !is_code(code)) {
            Some(code) => {
                let hint = "write codes of ISO 3166 (\"KR\"), \"EU\" or \"world\"".to_owned();
                Err(checked.error(&["rights", "shown_in"], format!("`{code}` is no country"), Some(hint)))
            }
            None => Ok(()),
        }
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

    /// Where it is; `usual` where nobody says.
    fn addresses(&self, usual: &str) -> Result<Vec<Address>, FilmError> {
        let usual = [usual.to_owned()];
        let urls = self.url.as_ref().map_or(&usual[..], OneOrMany::all);
        let read = |url: &String| {
            self.address(url).map_err(|error| FilmError::Generator {
                generator: self.kind.clone().unwrap_or_default(),
                hint: error.hint(),
                why: error.to_string(),
            })
        };
        urls.iter().map(read).collect()
    }
}

impl Film {
    /// Whether any of the film's generators is hired.
    pub fn hires(&self) -> bool {
        self.settings.generators.values().any(GeneratorSettings::is_hired)
    }

    /// Whether any shot of `cut_list` is drawn, or made by hand.
    pub fn draws(&self, cut_list: &CutList) -> bool {
        scene_shots(cut_list).any(|shot| !self.settings.is_hired(&shot.generator))
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
            let Some(by_model) = self.by_model(name) else { continue };
            let hired = Some(self.hire(name, own, &by_model)?);
            let generator = Arc::new(ByModel { hired, ..by_model });
            crews.insert((*name).to_owned(), Crew { generator, patience: self.settings.patience(own) });
        }
        Ok(crews)
    }

    /// Where clips that are the answer itself are kept until their takes are safe.
    pub(crate) fn kept_answers(&self) -> PathBuf {
        self.vault.dir().join("arriving").join("kept")
    }

    /// Hires the generator `name`: its key and its workflow are read, and nothing is asked yet.
    fn hire(
        &self,
        name: &str,
        own: &GeneratorSettings,
        by_model: &ByModel,
    ) -> Result<Arc<dyn Hired>, FilmError> {
        match own.kind.as_deref() {
            Some("comfyui") => self.hire_comfy(name, own),
            Some("command") => self.hire_command(name, own),
            Some("diffusion") => self.hire_diffusion(name, own),
            _ => self.hire_service(name, own, by_model),
        }
    }

    fn hire_comfy(&self, name: &str, own: &GeneratorSettings) -> Result<Arc<dyn Hired>, FilmError> {
        let workflow = own.workflow.as_deref().unwrap_or_default();
        let file = self.folder.root().join(workflow);
        let text = std::fs::read_to_string(&file).map_err(|error| FilmError::Generator {
            generator: name.to_owned(),
            why: format!("its workflow {workflow} cannot be read ({error})"),
            hint: Some("in ComfyUI: Workflow, Export (API); put the file into the film folder".to_owned()),
        })?;
        let servers = own.addresses(COMFY)?;
        let secret = needed_secret(name, own.key_env.as_deref(), &self.studio)?;
        let bad = |_| FilmError::BadKey { variable: own.key_env.clone().unwrap_or_default() };
        let signed = secret.map(|secret| signed_with(&secret)).transpose().map_err(bad)?;
        let film = Hash::of(self.folder.root().to_string_lossy().as_bytes()).to_string();
        let settings = ComfySettings {
            name: name.to_owned(),
            servers,
            workflow: text,
            map: own.map.clone(),
            at_once: own.at_once.unwrap_or(1) as usize,
            signed,
            client: format!("soundlock-{}", film.get(..16).unwrap_or_default()),
            patience: soundlock_service::Patience {
                connect_secs: CONNECT_SECS,
                answer_secs: own.timeout_secs.unwrap_or(ANSWER_SECS),
            },
            fetch_secs: FETCH_SECS,
            most_bytes: MOST_BYTES,
            previews: self.vault.dir().join("previews"),
        };
        let unusable = |error: soundlock_vendors::comfy::ComfyError| FilmError::Generator {
            generator: name.to_owned(),
            hint: error.hint(),
            why: error.to_string(),
        };
        Ok(Arc::new(Comfy::new(&settings).map_err(unusable)?))
    }

    fn hire_command(&self, name: &str, own: &GeneratorSettings) -> Result<Arc<dyn Hired>, FilmError> {
        let run = CommandSettings::words(own.run.as_deref().unwrap_or_default()).unwrap_or_default();
        self.hire_program(name, own, run)
    }

    /// This program itself, in a process of its own: what crashes there is an attempt.
    fn hire_diffusion(&self, name: &str, own: &GeneratorSettings) -> Result<Arc<dyn Hired>, FilmError> {
        let unusable = |error: DiffusionError| FilmError::Generator {
            generator: name.to_owned(),
            hint: error.hint(),
            why: error.to_string(),
        };
        let mut run = self.studio.diffusion.clone().ok_or_else(|| unusable(DiffusionError::NotBuilt))?;
        let setup = own.diffusion.clone().unwrap_or_default();
        setup.weights.check_files(self.folder.root()).map_err(unusable)?;
        run.push(serde_json::to_string(&setup).unwrap_or_default());
        self.hire_program(name, own, run)
    }

    fn hire_program(
        &self,
        name: &str,
        own: &GeneratorSettings,
        run: Vec<String>,
    ) -> Result<Arc<dyn Hired>, FilmError> {
        let work = self.vault.dir().join("commands").join(name);
        std::fs::create_dir_all(&work).map_err(FilmError::io(&work))?;
        let work = work.canonicalize().map_err(FilmError::io(&work))?;
        Ok(Arc::new(Command::new(CommandSettings {
            name: name.to_owned(),
            run,
            folder: self.folder.root().to_owned(),
            work,
            at_once: own.at_once.unwrap_or(1) as usize,
            timeout_secs: own.timeout_secs.unwrap_or(3600),
            extension: "mp4".to_owned(),
            most_bytes: MOST_BYTES,
        })))
    }

    fn hire_service(
        &self,
        name: &str,
        own: &GeneratorSettings,
        by_model: &ByModel,
    ) -> Result<Arc<dyn Hired>, FilmError> {
        let unusable = |why: String, hint: Option<String>| FilmError::Generator {
            generator: name.to_owned(),
            why,
            hint,
        };
        let description = self.settings.service(own.service.as_deref().unwrap_or_default());
        let description = description.ok_or_else(|| unusable("its service is not known".to_owned(), None))?;
        let secret = |variable: &Option<String>| needed_secret(name, variable.as_deref(), &self.studio);
        let key = match (secret(&own.key_env)?, secret(&own.secret_env)?) {
            (Some(access), Some(secret)) => Some(format!("{access}:{secret}")),
            (key, _) => key,
        };
        let kept = self.kept_answers();
        std::fs::create_dir_all(&kept).map_err(FilmError::io(&kept))?;
        let extra = serde_json::to_value(&own.extra).ok();
        let clock = self.studio.clock.clone();
        let settings = DescribedSettings {
            name: name.to_owned(),
            description: description.clone(),
            model: own.vendor_model.clone().unwrap_or_default(),
            takes: Some(by_model.model.takes.clone()),
            addresses: own.url.is_some().then(|| own.addresses("")).transpose()?.unwrap_or_default(),
            trusted: own.trusted_hosts.clone(),
            key,
            at_once: own.at_once.unwrap_or(2) as usize,
            send: own.send,
            files: None,
            extra: extra.and_then(|extra| extra.as_object().cloned()).unwrap_or_default(),
            leave_out: own.leave_out.clone(),
            kept: Some(kept),
            most_bytes: MOST_BYTES,
            answer_secs: own.timeout_secs.unwrap_or(ANSWER_SECS),
            unix_secs: Arc::new(move || unix_secs(&clock())),
        };
        let described = Described::new(settings).map_err(|error| unusable(error.to_string(), None))?;
        Ok(Arc::new(described))
    }

    /// The generator `name` where it runs a known model, with all that its takes depend on: its workflow too. One that
    /// cannot be read is said when it is shot.
    pub(crate) fn by_model(&self, name: &str) -> Option<ByModel> {
        let by_model = self.settings.by_model(name)?;
        let workflow = self.settings.generators.get(name).and_then(|own| own.workflow.as_deref());
        let Some(workflow) = workflow else { return Some(by_model) };
        let hash = hash_file(&self.folder.root().join(workflow));
        let hash = hash.map_or_else(|_| "missing".to_owned(), |hash| hash.to_string());
        let settings = format!("{} workflow {hash}", by_model.settings);
        Some(ByModel { settings, ..by_model })
    }
}

/// Seconds since 1970 of an RFC 3339 time; 0 where it is none.
fn unix_secs(at: &str) -> u64 {
    let at: Option<jiff::Timestamp> = at.parse().ok();
    at.and_then(|at| u64::try_from(at.as_second()).ok()).unwrap_or(0)
}
