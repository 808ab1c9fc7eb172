//! The generators of a film, by name, and the models behind them.

use std::path::Path;
use std::sync::Arc;

use soundlock_shoot::animatic::{Animatic, AnimaticStyle, CastLook, PlantedFault};
use soundlock_shoot::{ByModel, Capabilities, Estimate, Generator, Model, ModelTerms, built_in_models};
use soundlock_time::Fps;
use soundlock_vendors::comfy::ComfyMap;

use crate::rules::frames;
use crate::settings::{Checked, GeneratorSettings, Settings, rgb};
use crate::{Film, FilmError, Folder};

/// How long a take of the animatic may be where nothing is said: what generators of the day hold together, so that a
/// film cut for the animatic can be shot for real.
const CEILING_SECS: f64 = 5.0;
/// What is there whatever `film.toml` says.
const ANIMATIC: &str = "animatic";
/// Kinds of generators.
const KINDS: [&str; 6] = [ANIMATIC, "comfyui", "service", "command", "diffusion", "hand"];
/// Kinds whose takes are shot by a program or a service.
const HIRED: [&str; 4] = ["comfyui", "service", "command", "diffusion"];

/// A model that a film could use, and where it does.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownModel {
    /// Its id.
    pub id: String,
    /// What is known of it.
    pub model: Model,
    /// Whether the film's own `[models]` say so, and not the program.
    pub own: bool,
    /// Names of the film's generators that run it.
    pub generators: Vec<String>,
    /// Lengths, rates and rasters, for the film.
    pub able: Capabilities,
    /// The rate it would be asked for.
    pub rate: Fps,
    /// What a second on the raster that suits the film costs.
    pub second: Estimate,
}

/// Every model that is known in the film that `start` lies in, or anywhere where it lies in none.
pub fn known_models(start: &Path) -> Result<Vec<KnownModel>, FilmError> {
    let settings = match Folder::find(start) {
        Ok(folder) => crate::film::read_settings(&folder)?,
        Err(FilmError::NoFilm { .. }) => Settings::default(),
        Err(error) => return Err(error),
    };
    let mut ids: Vec<&String> = built_in_models().keys().chain(settings.models.keys()).collect();
    ids.sort();
    ids.dedup();
    Ok(ids.into_iter().filter_map(|id| settings.known_model(id)).collect())
}

impl Settings {
    /// What is known of the model `id`, by the film before the program.
    pub fn model(&self, id: &str) -> Option<&Model> {
        self.models.get(id).or_else(|| built_in_models().get(id))
    }

    fn known_model(&self, id: &str) -> Option<KnownModel> {
        let model = self.model(id)?;
        let runs = |(_, own): &(&String, &GeneratorSettings)| own.model.as_deref() == Some(id);
        let generators = self.generators.iter().filter(runs).map(|(name, _)| name.clone());
        let able = model.capabilities(self.fps(), None);
        let rate = able.rate_for(self.fps());
        let second = model.price(rate.nominal(), rate, able.raster_for(self.raster()));
        Some(KnownModel {
            id: id.to_owned(),
            model: model.clone(),
            own: self.models.contains_key(id),
            generators: generators.collect(),
            able,
            rate,
            second,
        })
    }

    /// The generator `name` where it runs a known model: made by hand, or hired. Nobody is hired here.
    pub(crate) fn by_model(&self, name: &str) -> Option<ByModel> {
        let own = self.generators.get(name)?;
        let by_hand = own.kind.as_deref() == Some("hand");
        if !by_hand && !own.is_hired() {
            return None;
        }
        let id = own.model.clone()?;
        let micros = |usd: f64| (usd * 1e6).round() as i64;
        let model = self.model(&id)?.clone();
        // What runs on the director's own machines costs what they say, and nothing where they say nothing.
        let at_home = matches!(own.kind.as_deref(), Some("comfyui" | "command" | "diffusion"));
        let unpriced = at_home && model.price.is_none();
        let terms = ModelTerms {
            fps: self.fps(),
            longest_secs: own.ceiling_secs,
            raster: own.raster,
            usd_micros_per_second: own.usd_per_second.map(micros).or(unpriced.then_some(0)),
        };
        let settings = if by_hand { String::new() } else { own.identity() };
        Some(ByModel { name: name.to_owned(), model, id, terms, hired: None, by_hand, settings })
    }

    /// Models that begin as `id` does: `did you mean wan-14b or wan-2.7? `, or nothing.
    fn models_like(&self, id: &str) -> String {
        let shared =
            |known: &str| id.bytes().zip(known.bytes()).take_while(|(one, other)| one == other).count();
        let known = || built_in_models().keys().chain(self.models.keys());
        let most = known().map(|known| shared(known)).max().unwrap_or(0);
        let mut like: Vec<&str> = known().map(String::as_str).filter(|known| shared(known) == most).collect();
        like.dedup();
        if most < 2 { String::new() } else { format!("did you mean {}? ", like.join(" or ")) }
    }

    /// Names of all generators.
    pub(crate) fn generator_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.generators.keys().map(String::as_str).collect();
        if !names.contains(&ANIMATIC) {
            names.push(ANIMATIC);
        }
        names
    }

    /// Longest take of generator `name` in film frames.
    pub(crate) fn ceiling_frames(&self, name: &str) -> u32 {
        if let Some(by_model) = self.by_model(name) {
            return by_model.capabilities().ceiling_in(self.fps());
        }
        let own = self.generators.get(name).and_then(|generator| generator.ceiling_secs);
        frames(self.fps(), own.unwrap_or(CEILING_SECS)).max(1)
    }

    pub(crate) fn check_generators(&self, checked: &Checked<'_>) -> Result<(), FilmError> {
        for (name, own) in &self.generators {
            let at = |key| ["generators", name.as_str(), key];
            checked.one_of(&at("kind"), own.kind.as_deref(), &KINDS)?;
            checked.within(&at("ceiling_secs"), own.ceiling_secs, 0.1..=600.0)?;
            checked.within(&at("usd_per_second"), own.usd_per_second, 0.0..=1000.0)?;
            match own.kind.as_deref() {
                None | Some(ANIMATIC) => {}
                Some(_) => self.check_by_model(name, own, checked)?,
            }
            own.check_special_keys(name, checked)?;
            if own.is_hired() {
                self.check_hired(name, own, checked)?;
            }
        }
        Ok(())
    }

    fn check_by_model(
        &self,
        name: &str,
        own: &GeneratorSettings,
        checked: &Checked<'_>,
    ) -> Result<(), FilmError> {
        let at = |key| ["generators", name, key];
        let error = |key, why, hint: &str| Err(checked.error(&at(key), why, Some(hint.to_owned())));
        if name == ANIMATIC {
            let why = "`animatic` always draws; another generator needs another name".to_owned();
            return error("kind", why, "write [generators.mine], say");
        }
        let Some(id) = own.model.as_deref() else {
            let why = format!("generators.{name} has no model");
            return error(
                "kind",
                why,
                "write model = \"wan-2.2-5b\", say; `soundlock generators` lists them",
            );
        };
        let Some(model) = self.model(id) else {
            let hint = format!(
                "{}`soundlock generators` lists all; [models.\"{id}\"] in film.toml adds it",
                self.models_like(id)
            );
            return error("model", format!("no model `{id}` is known"), &hint);
        };
        if let Some(raster) = own.raster {
            let whole = |side: u32| side.is_multiple_of(model.multiple);
            if !whole(raster.width()) || !whole(raster.height()) {
                let why = format!("`{id}` cannot make {raster}");
                return error("raster", why, &format!("both sides must be multiples of {}", model.multiple));
            }
        }
        if model.capabilities(self.fps(), own.ceiling_secs).frames.longest() == 0 {
            let shortest = model.capabilities(self.fps(), None);
            let rate = shortest.rate_for(self.fps());
            let secs = rate.seconds(shortest.frames.legal_from(1).unwrap_or(0));
            let why = format!("`{id}` makes nothing that short");
            return error("ceiling_secs", why, &format!("its shortest take has {secs:.2} s"));
        }
        Ok(())
    }
}

impl GeneratorSettings {
    /// Whether its takes are shot by a program or a service.
    pub(crate) fn is_hired(&self) -> bool {
        self.kind.as_deref().is_some_and(|kind| HIRED.contains(&kind))
    }

    /// What its takes depend on besides order, model and workflow. Where it is, how often it is asked and who pays is none
    /// of it.
    fn identity(&self) -> String {
        #[derive(serde::Serialize)]
        struct Identity<'a> {
            kind: &'a Option<String>,
            service: &'a Option<String>,
            vendor_model: &'a Option<String>,
            extra: &'a toml::Table,
            leave_out: &'a Vec<String>,
            map: &'a ComfyMap,
            run: &'a Option<String>,
            // Left out where there is none, so that takes of other generators stay what they are.
            #[serde(skip_serializing_if = "Option::is_none")]
            diffusion: Option<soundlock_diffusion::Setup>,
        }
        let Self { kind, service, vendor_model, extra, leave_out, map, run, diffusion, .. } = self;
        let diffusion = diffusion.as_ref().map(soundlock_diffusion::Setup::identity);
        let identity = Identity { kind, service, vendor_model, extra, leave_out, map, run, diffusion };
        serde_json::to_string(&identity).unwrap_or_default()
    }

    /// Every key that not all kinds have a use for, whether it is written, and who has one.
    fn special_keys(&self) -> [(&'static str, bool, &'static [&'static str]); 25] {
        const MODELLED: &[&str] = &["comfyui", "service", "command", "diffusion", "hand"];
        const ELSEWHERE: &[&str] = &["comfyui", "service"];
        [
            ("model", self.model.is_some(), MODELLED),
            ("family", self.family.is_some(), MODELLED),
            ("raster", self.raster.is_some(), MODELLED),
            ("usd_per_second", self.usd_per_second.is_some(), MODELLED),
            ("url", self.url.is_some(), ELSEWHERE),
            ("key_env", self.key_env.is_some(), ELSEWHERE),
            ("plain_http", self.plain_http, ELSEWHERE),
            ("service", self.service.is_some(), &["service"]),
            ("vendor_model", self.vendor_model.is_some(), &["service"]),
            ("secret_env", self.secret_env.is_some(), &["service"]),
            ("extra", !self.extra.is_empty(), &["service"]),
            ("leave_out", !self.leave_out.is_empty(), &["service"]),
            ("send", self.send.is_some(), &["service"]),
            ("trusted_hosts", !self.trusted_hosts.is_empty(), &["service"]),
            ("workflow", self.workflow.is_some(), &["comfyui"]),
            ("map", self.map != ComfyMap::default(), &["comfyui"]),
            ("run", self.run.is_some(), &["command"]),
            ("diffusion", self.diffusion.is_some(), &["diffusion"]),
            ("at_once", self.at_once.is_some(), &HIRED),
            ("next", self.next.is_some(), &HIRED),
            ("draft_raster", self.draft_raster.is_some(), &HIRED),
            ("own_sound", self.own_sound, &HIRED),
            ("poll_secs", self.poll_secs.is_some(), &HIRED),
            ("timeout_secs", self.timeout_secs.is_some(), &HIRED),
            ("job_mins", self.job_mins.is_some(), &HIRED),
        ]
    }

    /// What is written for a kind that it is not would be passed over without a word.
    fn check_special_keys(&self, name: &str, checked: &Checked<'_>) -> Result<(), FilmError> {
        let kind = self.kind.as_deref().unwrap_or(ANIMATIC);
        let drawn: [(&str, bool, &[&str]); 2] =
            [("burn_in", self.burn_in, &[ANIMATIC]), ("faults", !self.faults.is_empty(), &[ANIMATIC])];
        let special = self.special_keys();
        let mut all = special.iter().chain(&drawn);
        let Some((key, _, kinds)) = all.find(|(_, set, kinds)| *set && !kinds.contains(&kind)) else {
            return Ok(());
        };
        let why = format!("{key} means nothing to a generator of kind `{kind}`");
        let hint = format!("take it out; it is for kind {}", kinds.join(", "));
        Err(checked.error(&["generators", name, key], why, Some(hint)))
    }
}

/// The generator called `name`. Settings are checked, so every name that a shot can have is one.
pub(crate) fn generator(film: &Film, name: &str) -> Result<Arc<dyn Generator>, FilmError> {
    if let Some(by_model) = film.by_model(name) {
        return Ok(Arc::new(by_model));
    }
    let own = film.settings.generators.get(name).cloned().unwrap_or_default();
    let style = style(&film.settings, film.settings.ceiling_frames(name), own.faults);
    let animatic = Animatic::new(film.studio.tools.clone(), style);
    Ok(Arc::new(if own.burn_in { animatic.with_lettering(film.lettering()?) } else { animatic }))
}

/// The animatic without faults, to stand in where another generator's takes cannot be shown.
pub(crate) fn plain_animatic(film: &Film) -> Arc<dyn Generator> {
    let style = style(&film.settings, u32::MAX, Vec::new());
    Arc::new(Animatic::new(film.studio.tools.clone(), style))
}

fn style(settings: &Settings, ceiling: u32, faults: Vec<PlantedFault>) -> AnimaticStyle {
    let look = |(name, cast): (&String, &crate::settings::CastSettings)| CastLook {
        name: name.clone(),
        colour: cast.colour.as_deref().and_then(rgb),
        looks: cast.looks.clone(),
    };
    let cast = settings.cast.iter().map(look).collect();
    AnimaticStyle { cast, faults, ceiling, ..AnimaticStyle::plain(settings.fps()) }
}
