//! A language model as assistant: from standing orders to what proposes, and from what was accepted to the film's files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use soundlock_assistant::{
    BreakdownOrder, Budget, Credit, CreditLine, Draft, DraftOrder, Estimate, Hunk, Model, ModelContext,
    Pricing, SchemaMode, ShotProposal, Suggestion, SuggestionRecord, Told, apply, breakdown, breakdown_task,
    credits, draft, draft_estimate, estimate, is_there, latest_suggestion, record_acceptance, record_draft,
    record_suggestion, suggest, suggest_task,
};
use soundlock_plan::format::{Proposal, ProposedFields, propose, proposed_fields};
use soundlock_plan::{CutList, ShotCode, ShotKind};
use soundlock_script::{Finding, Fountain, KnownIds, Screenplay};
use soundlock_service::{Address, Plain, ServiceError, Usd};
use soundlock_sound::spent_on_voices;
use soundlock_vault::{EntryId, Vault};

use crate::film::read_settings;
use crate::folder::{read_if_there, write_whole};
use crate::keys::{is_key_name, key_in};
use crate::settings::{Checked, Settings};
use crate::{Film, FilmError, Folder, Studio};

/// A language model.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModelSettings {
    /// Where its server is.
    pub url: Option<String>,
    /// Its name there.
    pub name: Option<String>,
    /// The environment variable that its key is in.
    pub key_env: Option<String>,
    /// What a million tokens cost that it reads.
    pub usd_per_million_tokens_in: Option<f64>,
    /// What a million tokens cost that it writes.
    pub usd_per_million_tokens_out: Option<f64>,
    /// The most that it may cost the film.
    pub most_usd: Option<f64>,
    /// How long an answer may take it, in seconds.
    pub timeout_secs: Option<u64>,
    /// The most tokens of an answer, thinking counted in.
    pub max_tokens: Option<u32>,
    /// `json_schema`, `json_object` or `none`: how the form of answers is asked for first.
    pub schema: Option<String>,
    /// Whether answers are sent word by word.
    pub stream: bool,
    /// Whether it may be spoken to without encryption wherever it is.
    pub plain_http: bool,
}

impl ModelSettings {
    fn address(&self) -> Option<Result<Address, ServiceError>> {
        let plain = if self.plain_http { Plain::Anywhere } else { Plain::OnlyNear };
        self.url.as_deref().map(|url| Address::read(url, plain))
    }

    fn price(&self, address: &Address) -> Pricing {
        let usd = |dollars: Option<f64>| dollars.and_then(Usd::from_dollars);
        match (usd(self.usd_per_million_tokens_in), usd(self.usd_per_million_tokens_out)) {
            (None, None) if address.is_this_machine() => Pricing::Free,
            (Some(Usd::ZERO), Some(Usd::ZERO)) => Pricing::Free,
            (Some(tokens_in), Some(tokens_out)) => Pricing::PerMillion { tokens_in, tokens_out },
            _ => Pricing::Unknown,
        }
    }

    pub(crate) fn check(&self, checked: &Checked<'_>) -> Result<(), FilmError> {
        let at = |key| ["model", key];
        if self.key_env.as_deref().is_some_and(|name| !is_key_name(name)) {
            // What stands there may be the key itself, so it is not repeated.
            let why = "model.key_env is no name of an environment variable".to_owned();
            let hint = "write key_env = \"MODEL_KEY\", say, and set that to the key; a key never stands in film.toml";
            return Err(checked.error(&at("key_env"), why, Some(hint.to_owned())));
        }
        if let Some(Err(error)) = self.address() {
            return Err(checked.error(&at("url"), error.to_string(), error.hint()));
        }
        let (url, name) =
            (self.url.is_some(), self.name.as_ref().is_some_and(|name| !name.trim().is_empty()));
        if url != name {
            let lacks = if url { "name" } else { "url" };
            let hint = "write url = \"http://localhost:11434/v1\" and name = \"qwen3:14b\", say".to_owned();
            return Err(checked.error(&["model"], format!("model has no {lacks}"), Some(hint)));
        }
        let prices = [self.usd_per_million_tokens_in, self.usd_per_million_tokens_out];
        if prices.iter().flatten().count() == 1 {
            let why = "model has a price for tokens in one direction only".to_owned();
            let hint = "write usd_per_million_tokens_in and usd_per_million_tokens_out".to_owned();
            return Err(checked.error(&["model"], why, Some(hint)));
        }
        checked.within(&at("usd_per_million_tokens_in"), prices[0], 0.0..=10_000.0)?;
        checked.within(&at("usd_per_million_tokens_out"), prices[1], 0.0..=10_000.0)?;
        checked.within(&at("most_usd"), self.most_usd, 0.0..=1e6)?;
        checked.within(&at("timeout_secs"), self.timeout_secs.map(|secs| secs as f64), 1.0..=86_400.0)?;
        checked.within(&at("max_tokens"), self.max_tokens.map(f64::from), 256.0..=200_000.0)?;
        checked.one_of(&at("schema"), self.schema.as_deref(), &SchemaMode::NAMES)
    }
}

/// Whom a film asks, as a person has to know before anything leaves the house.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelAt {
    /// The model's name.
    pub model: String,
    /// Its address.
    pub address: String,
    /// Whether it costs nothing and is on this machine or in a private network.
    pub is_harmless: bool,
    /// The environment variable whose content goes along as a key.
    pub key_env: Option<String>,
}

impl Settings {
    /// The language model.
    pub(crate) fn language_model(&self, studio: &Studio) -> Result<Model, FilmError> {
        let orders = &self.model;
        let (Some(Ok(address)), Some(name)) = (orders.address(), orders.name.clone()) else {
            return Err(FilmError::NoModel);
        };
        Ok(Model {
            name,
            versioned: orders.url.as_deref().is_some_and(Model::is_versioned),
            key: key_in(orders.key_env.as_deref(), studio)?,
            key_env: orders.key_env.clone(),
            price: orders.price(&address),
            most: orders.most_usd.and_then(Usd::from_dollars),
            timeout_secs: orders.timeout_secs.unwrap_or(300),
            max_tokens: orders.max_tokens.unwrap_or(16_384),
            schema: orders.schema.as_deref().and_then(SchemaMode::named).unwrap_or(SchemaMode::JsonSchema),
            stream: orders.stream,
            address,
        })
    }
}

fn model_at(model: &Model) -> ModelAt {
    ModelAt {
        model: model.name.clone(),
        address: model.address.to_string(),
        is_harmless: model.is_harmless(),
        key_env: model.key.as_ref().and(model.key_env.clone()),
    }
}

fn context<'a>(
    model: &'a Model,
    settings: &Settings,
    vault: &'a Vault,
    studio: &'a Studio,
    again: bool,
) -> Result<ModelContext<'a>, FilmError> {
    let limit = settings.budget.usd.and_then(Usd::from_dollars);
    let budget = Budget { limit, spent_elsewhere: spent_on_voices(vault)? };
    let mut context = ModelContext::new(model, vault, &*studio.reporter, &studio.cancel, budget);
    context.again = again;
    Ok(context)
}

/// A film folder in which a screenplay is drafted. It needs no script yet.
pub struct DraftDesk {
    folder: Folder,
    settings: Settings,
    vault: Vault,
    studio: Studio,
    model: Model,
    /// Ask anew what was answered before.
    pub again: bool,
}

impl DraftDesk {
    /// Opens the film that `start` lies in.
    pub fn open(studio: Studio, start: &Path) -> Result<Self, FilmError> {
        let folder = Folder::find(start)?;
        let settings = read_settings(&folder)?;
        let model = settings.language_model(&studio)?;
        let vault = Vault::open(&folder.vault(), studio.clock.clone())?.reporting_to(studio.reporter.clone());
        Ok(Self { folder, settings, vault, studio, model, again: false })
    }

    /// The language of the film.
    pub fn language(&self) -> &str {
        self.settings.language()
    }

    /// Whom it asks.
    pub fn model_at(&self) -> ModelAt {
        model_at(&self.model)
    }

    /// Where the draft goes.
    pub fn file(&self) -> PathBuf {
        self.folder.root().join("draft.fountain")
    }

    /// What a draft costs at most.
    pub fn estimate(&self, order: &DraftOrder) -> Result<Estimate, FilmError> {
        Ok(draft_estimate(order, &self.context()?)?)
    }

    /// Has it drafted and writes it, where nothing stands there or `force` says to overwrite; what the script's reader
    /// finds in it.
    pub fn draft(
        &self,
        order: &DraftOrder,
        force: bool,
        progress: &dyn Fn(&str),
    ) -> Result<(Draft, Vec<Finding>), FilmError> {
        self.must_be_free(force)?;
        let drafted = draft(order, &self.context()?, progress)?;
        // First the ledger, so that no line of a model is ever taken for a person's.
        record_draft(&self.vault, order, &drafted)?;
        self.must_be_free(force)?;
        write_whole(&self.file(), drafted.text.as_bytes())?;
        let fountain = Fountain::read(drafted.text.as_bytes(), &[]);
        let (_, findings) = Screenplay::from_fountain(&fountain, &KnownIds::default());
        Ok((drafted, findings))
    }

    /// An error where a draft stands and is not to be overwritten.
    pub fn must_be_free(&self, force: bool) -> Result<(), FilmError> {
        if !force && self.file().exists() { Err(FilmError::DraftThere { file: self.file() }) } else { Ok(()) }
    }

    fn context(&self) -> Result<ModelContext<'_>, FilmError> {
        context(&self.model, &self.settings, &self.vault, &self.studio, self.again)
    }
}

/// What a model proposes for the shots of a scene.
pub struct SceneProposals {
    /// The scene's number.
    pub scene: String,
    /// What came, or why nothing can be used: the planner's choice then stands.
    pub told: Result<Told<Vec<ShotProposal>>, FilmError>,
}

impl Film {
    /// Whom the film asks for proposals.
    pub fn model_at(&self) -> Result<ModelAt, FilmError> {
        Ok(model_at(&self.settings.language_model(&self.studio)?))
    }

    /// What asking for changes costs at most.
    pub fn suggest_estimate(
        &self,
        scene: Option<&str>,
        wish: &str,
        again: bool,
    ) -> Result<Estimate, FilmError> {
        let (model, script) = (self.settings.language_model(&self.studio)?, self.script()?);
        let cast = self.cast_names();
        let task = suggest_task(&self.suggestion(&script, &cast, scene, wish))?;
        Ok(estimate(&[task], &context(&model, &self.settings, &self.vault, &self.studio, again)?)?)
    }

    /// Asks for changes to the script, or a scene of it, and writes them into the ledger; the script stays.
    pub fn suggest(
        &self,
        scene: Option<&str>,
        wish: &str,
        again: bool,
    ) -> Result<Told<Vec<Hunk>>, FilmError> {
        let (model, script) = (self.settings.language_model(&self.studio)?, self.script()?);
        let cast = self.cast_names();
        let context = context(&model, &self.settings, &self.vault, &self.studio, again)?;
        let told = suggest(&self.suggestion(&script, &cast, scene, wish), &context)?;
        record_suggestion(&self.vault, scene, wish, &told.value, &told.said)?;
        Ok(told)
    }

    /// What was suggested last.
    pub fn latest_suggestion(&self) -> Result<Option<(EntryId, SuggestionRecord)>, FilmError> {
        Ok(latest_suggestion(&self.vault)?)
    }

    /// Writes changes that a person accepted into the script, all or none, at their exact place.
    pub fn accept(&self, numbers: &[usize]) -> Result<Vec<Hunk>, FilmError> {
        let (suggestion, record) = self.latest_suggestion()?.unzip();
        let hunks = record.as_ref().map_or(&[][..], |record| record.hunks.as_slice());
        let has = hunks.len();
        let mut chosen: Vec<&Hunk> = Vec::new();
        for number in numbers {
            let hunk = hunks.iter().find(|hunk| hunk.number == *number);
            let error = soundlock_assistant::AssistantError::NoSuchHunk { number: *number, has };
            let hunk = hunk.ok_or(error)?;
            if !chosen.contains(&hunk) {
                chosen.push(hunk);
            }
        }
        let script = self.script()?;
        let changed = apply(&script, &chosen)?;
        if let (Some(suggestion), Some(record)) = (suggestion, record.as_ref()) {
            record_acceptance(&self.vault, (suggestion, record), &chosen)?;
        }
        write_whole(&self.folder.script(), &changed)?;
        Ok(chosen.into_iter().cloned().collect())
    }

    /// Writes what was suggested as a diff beside the script; gives the file.
    pub fn write_suggestions(&self, hunks: &[Hunk]) -> Result<PathBuf, FilmError> {
        let file = self.folder.root().join("suggestions.diff");
        let text = "--- script.fountain\n+++ script.fountain\n".to_owned();
        let text = hunks.iter().fold(text, |text, hunk| text + &hunk.diff());
        write_whole(&file, text.as_bytes())?;
        Ok(file)
    }

    /// Who wrote which line of the script.
    pub fn script_credits(&self) -> Result<(Vec<CreditLine>, Vec<Credit>), FilmError> {
        Ok(credits(&self.vault, &self.script()?, &self.screenplay)?)
    }

    fn script(&self) -> Result<Vec<u8>, FilmError> {
        let file = self.folder.script();
        std::fs::read(&file).map_err(FilmError::io(&file))
    }

    fn cast_names(&self) -> Vec<String> {
        self.settings.cast.keys().cloned().collect()
    }

    fn suggestion<'a>(
        &'a self,
        script: &'a [u8],
        cast: &'a [String],
        scene: Option<&'a str>,
        wish: &'a str,
    ) -> Suggestion<'a> {
        Suggestion { script, cast, screenplay: &self.screenplay, scene, wish }
    }

    /// What asking about the shots of `cut_list` costs at most, of one scene or of all.
    pub fn breakdown_estimate(
        &self,
        cut_list: &CutList,
        scene: Option<&str>,
        again: bool,
    ) -> Result<Estimate, FilmError> {
        let model = self.settings.language_model(&self.studio)?;
        let orders = Orders::of(self, cut_list)?;
        let tasks: Vec<_> = orders.scenes(self, cut_list, scene)?.iter().map(breakdown_task).collect();
        Ok(estimate(&tasks, &context(&model, &self.settings, &self.vault, &self.studio, again)?)?)
    }

    /// Asks what the shots of `cut_list` could show, scene by scene; nothing is written. Where a scene's answer cannot be
    /// used the next is asked about; where the model cannot be asked, that is the error.
    pub fn breakdown(
        &self,
        cut_list: &CutList,
        scene: Option<&str>,
        again: bool,
        progress: &dyn Fn(&str),
    ) -> Result<Vec<SceneProposals>, FilmError> {
        use soundlock_assistant::AssistantError::{Answer, Unusable};
        let model = self.settings.language_model(&self.studio)?;
        let context = context(&model, &self.settings, &self.vault, &self.studio, again)?;
        let orders = Orders::of(self, cut_list)?;
        let mut proposals = Vec::new();
        for order in orders.scenes(self, cut_list, scene)? {
            self.studio.cancel.check()?;
            let told = match breakdown(&order, &context) {
                Err(error @ (Unusable { .. } | Answer { .. })) => Err(error.into()),
                told => Ok(told?),
            };
            progress(order.scene.id.as_str());
            proposals.push(SceneProposals { scene: order.scene.id.to_string(), told });
        }
        Ok(proposals)
    }

    /// Writes proposals that a person accepted into `cuts.toml`, with whose they are.
    pub fn accept_proposals(&self, by: &str, proposals: &[Proposal]) -> Result<(), FilmError> {
        let file = self.folder.cuts();
        let text = String::from_utf8_lossy(&read_if_there(&file)?.unwrap_or_default()).into_owned();
        write_whole(&file, propose(&text, by, proposals)?.as_bytes())?;
        Ok(())
    }

    /// Fields of shots that stand as a model proposed them, with its name.
    pub fn proposed_fields(&self) -> Result<ProposedFields, FilmError> {
        let text = read_if_there(&self.folder.cuts())?.unwrap_or_default();
        Ok(proposed_fields(&String::from_utf8_lossy(&text))?)
    }
}

/// What questions about shots are made of, for all scenes.
struct Orders {
    looks: BTreeMap<String, String>,
    by_hand: BTreeMap<ShotCode, Vec<String>>,
}

impl Orders {
    fn of(film: &Film, cut_list: &CutList) -> Result<Self, FilmError> {
        let proposed = film.proposed_fields()?;
        let looks =
            film.settings.cast.iter().map(|(name, cast)| (name.clone(), cast.looks.clone())).collect();
        let by_hand = cut_list.shots.iter().map(|shot| {
            let of_model = proposed.get(&shot.code).map_or(&[][..], Vec::as_slice);
            let own = |field: &&String| of_model.iter().all(|(other, _)| other != field);
            (shot.code.clone(), shot.by_hand.iter().filter(own).cloned().collect())
        });
        Ok(Self { looks, by_hand: by_hand.collect() })
    }

    fn scenes<'a>(
        &'a self,
        film: &'a Film,
        cut_list: &'a CutList,
        scene: Option<&str>,
    ) -> Result<Vec<BreakdownOrder<'a>>, FilmError> {
        let scenes = film.screenplay.scenes.iter();
        let wanted = scenes.filter(|one| scene.is_none_or(|scene| one.id.as_str() == scene));
        let orders: Vec<BreakdownOrder<'_>> = wanted
            .map(|one| {
                let own = |shot: &&soundlock_plan::Shot| {
                    shot.kind == ShotKind::Scene && shot.code.scene() == one.id.as_str()
                };
                let place = film
                    .settings
                    .places
                    .iter()
                    .find(|(name, _)| name.to_lowercase() == one.heading.place.to_lowercase());
                let words = place.map(|(_, place)| {
                    let words = std::iter::once(place.looks.clone()).chain(place.light.words());
                    words.filter(|words| !words.is_empty()).collect::<Vec<_>>()
                });
                BreakdownOrder {
                    scene: one,
                    shots: cut_list.shots.iter().filter(own).collect(),
                    fps: cut_list.fps,
                    looks: &self.looks,
                    place: words.unwrap_or_default().join("; "),
                    style: &film.settings.look.style,
                    by_hand: &self.by_hand,
                }
            })
            .filter(|order| !order.shots.is_empty())
            .collect();
        if let (Some(scene), true) = (scene, orders.is_empty()) {
            let has = film.screenplay.scenes.iter().map(|scene| scene.id.to_string()).collect();
            return Err(
                soundlock_assistant::AssistantError::NoSuchScene { scene: scene.to_owned(), has }.into()
            );
        }
        Ok(orders)
    }
}

/// Which model was asked, and what it said.
type ModelAnswer = (ModelAt, Result<String, ServiceError>);

/// Asks the model of the film in `folder` for one word. `None` where it has none.
pub fn model_answers(folder: &Folder, studio: &Studio) -> Result<Option<ModelAnswer>, FilmError> {
    let settings = read_settings(folder)?;
    match settings.language_model(studio) {
        Err(FilmError::NoModel) => Ok(None),
        model => {
            let model = model?;
            Ok(Some((model_at(&model), is_there(&model, &studio.cancel))))
        }
    }
}
