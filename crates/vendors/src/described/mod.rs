//! Services that take jobs, described in data: one way of handing in, asking and fetching, many descriptions.
//!
//! A [`Description`] says where a service is, how it is signed, what is sent, and where things stand in its answers; the
//! program's own are `vendors.toml` of this crate, and a film brings tables of the same shape ([`read_descriptions`]).
//! A [`Described`] is one of them with a model, an address and a key.
//!
//! Requests are frozen with placeholders filled and files by their content. What an answer means is read here: states,
//! refusals, money; what cannot be understood is never taken for the end of a job. Nothing is sent twice by itself.

mod answer;
mod description;
mod fill;
mod send;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base64::engine::general_purpose::STANDARD;
use base64::read::DecoderReader;
use serde_json::{Map, Value, json};
use soundlock_service::{
    Address, Ask, Body, Client, Clip, Key, Link, Method, Patience, Plain, Reply, ServiceError, SignedWith,
    Watch,
};
use soundlock_shoot::{
    Call, Hired, Input, Job, JobState, LookedUp, Place, Ready, Request, ShootError, ShotOrder, Stopping,
    Trouble,
};

use answer::{Reading, Seen};
pub use description::{
    Between, Cancel, Check, Code, Codes, Cost, Description, Descriptions, DescriptionsError, FileForm,
    Listing, Outcome, PathWith, Places, Poll, Sent, Signing, Submit, Upload, Words, built_in_descriptions,
    read_descriptions,
};
use fill::{Filled, Filling};

/// How long a service is waited for: until connected, and until it answers a question.
const CONNECT_SECS: u64 = 15;
/// How long a service is waited for whose answer is the clip, where its description does not say.
const CLIP_ANSWER_SECS: u64 = 1800;
/// How long a clip may come, and how long nothing of it.
const CLIP_SECS: u64 = 1800;
const IDLE_SECS: u64 = 60;
/// How long an answer is still waited for that may be paid for when somebody wants to stop.
const GRACE: Duration = Duration::from_secs(30);
/// Bytes of an answer that is words.
const ANSWER_BYTES: u64 = 4 << 20;

/// A service that takes jobs.
pub struct Described {
    settings: DescribedSettings,
    template: Map<String, Value>,
    addresses: Vec<Address>,
    places: Vec<Place>,
    client: Client,
}

/// What it takes to hire a service.
#[derive(Clone)]
pub struct DescribedSettings {
    /// Its name in `film.toml`.
    pub name: String,
    /// How it is spoken to.
    pub description: Description,
    /// The model as the service knows it: `fal-ai/wan/v2.7`, `veo-3.1-generate-preview`. May be empty where a server runs one.
    pub model: String,
    /// What the model can be given, from the list of models; `None` where nobody knows, and the description decides.
    pub takes: Option<Vec<Input>>,
    /// Where it is: several servers of the same kind, or none for the description's own address.
    pub addresses: Vec<Address>,
    /// Hosts that results may lie on besides the open internet and the service's own.
    pub trusted: Vec<String>,
    /// The key from the environment: `ACCESS:SECRET` where the description signs with a token.
    pub key: Option<String>,
    /// How many jobs each address takes at once.
    pub at_once: usize,
    /// As what bodies are sent, where that differs from the description.
    pub send: Option<Sent>,
    /// How files go along, where that differs.
    pub files: Option<FileForm>,
    /// Fields that are sent besides and before those of the description, laid over its body; they may have placeholders.
    pub extra: Map<String, Value>,
    /// Fields of the body that are not sent: `fps`, `parameters.watermark`.
    pub leave_out: Vec<String>,
    /// A folder for clips that come as the answer itself, kept there until the take is safe; only those need one.
    pub kept: Option<PathBuf>,
    /// The most bytes of a clip.
    pub most_bytes: u64,
    /// How long an answer may take, in seconds; clips have their own time.
    pub answer_secs: u64,
    /// The clock, in seconds since 1970: tokens are made with it.
    pub unix_secs: Arc<dyn Fn() -> u64 + Send + Sync>,
}

/// Why a service cannot be hired as it is set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DescribedError {
    /// Neither settings nor description say where it is.
    #[error("`{name}` has no address")]
    NoAddress {
        /// The generator.
        name: String,
    },
    /// The address or the key cannot be used.
    #[error("`{name}`: {source}")]
    Service {
        /// The generator.
        name: String,
        /// Why.
        source: ServiceError,
    },
    /// The key is not two parts.
    #[error("the key of `{name}` is not ACCESS:SECRET")]
    NoToken {
        /// The generator.
        name: String,
    },
    /// A field that is sent besides has a placeholder that means nothing.
    #[error("a field that `{name}` is sent besides: {why}")]
    Extra {
        /// The generator.
        name: String,
        /// Why.
        why: String,
    },
    /// Its clips come as the answer itself, and there is no folder for them.
    #[error("`{name}` gives its clips at once, and there is no folder to keep them")]
    NoFolder {
        /// The generator.
        name: String,
    },
}

impl Described {
    /// Hires a service. Nothing is asked yet.
    pub fn new(settings: DescribedSettings) -> Result<Self, DescribedError> {
        let name = || settings.name.clone();
        let service = |source| DescribedError::Service { name: name(), source };
        let mut addresses = settings.addresses.clone();
        if let (true, Some(own)) = (addresses.is_empty(), &settings.description.address) {
            addresses.push(Address::read(own, Plain::OnlyNear).map_err(service)?);
        }
        if addresses.is_empty() {
            return Err(DescribedError::NoAddress { name: name() });
        }
        if settings.description.result.at_once && settings.kept.is_none() {
            return Err(DescribedError::NoFolder { name: name() });
        }
        fill::checked(&settings.extra).map_err(|why| DescribedError::Extra { name: name(), why })?;
        let mut template = settings.description.submit.body.clone();
        settings.leave_out.iter().for_each(|field| leave_out(&mut template, field));
        lay_over(&mut template, &settings.extra);
        let at_once = settings.at_once.max(1);
        let place = |address: &Address| Place { name: address.to_string(), at_once };
        let places = addresses.iter().map(place).collect();
        let client = Client::new(Patience { connect_secs: CONNECT_SECS, answer_secs: settings.answer_secs });
        let hired = Self { settings, template, addresses, places, client };
        hired.signed()?;
        Ok(hired)
    }

    /// How long a finished take can be fetched, in minutes, where that is known.
    pub fn lives_minutes(&self) -> Option<u32> {
        self.settings.description.result.lives_minutes
    }

    /// How questions are signed now.
    fn signed(&self) -> Result<Option<SignedWith>, DescribedError> {
        let Some(text) = &self.settings.key else { return Ok(None) };
        let name = || self.settings.name.clone();
        let key =
            |text: &str| Key::new(text).map_err(|source| DescribedError::Service { name: name(), source });
        Ok(Some(match &self.settings.description.signing {
            Signing::None => SignedWith::Bearer(key(text)?),
            Signing::Scheme(scheme) => SignedWith::Scheme(scheme.clone().into(), key(text)?),
            Signing::Header(header) => SignedWith::Header(header.clone().into(), key(text)?),
            Signing::Token => {
                let (access, secret) =
                    text.trim().split_once(':').ok_or_else(|| DescribedError::NoToken { name: name() })?;
                let at_unix_secs = (self.settings.unix_secs)();
                SignedWith::Token { access: key(access)?, secret: key(secret)?, at_unix_secs }
            }
        }))
    }

    fn filling<'a>(&'a self, order: &'a ShotOrder, name: &'a str, id: &'a str) -> Filling<'a> {
        let submit = &self.settings.description.submit;
        Filling {
            order,
            model: &self.settings.model,
            name,
            id,
            takes: self.settings.takes.as_deref(),
            files: self.settings.files.unwrap_or(submit.files),
            sent: self.settings.send.unwrap_or(submit.send),
        }
    }

    /// One conversation with one place.
    fn talk<'a>(&'a self, place: usize, call: &'a Call<'a>) -> Result<Talk<'a>, Trouble> {
        let address = self.addresses.get(place);
        let address = address.ok_or_else(|| turned_down(&format!("there is no place {place}")))?;
        let signed = self.signed().map_err(|error| Trouble::NotLetIn { said: error.to_string() })?;
        Ok(Talk { hired: self, address, signed, call })
    }

    /// Where a clip is kept that came as the answer itself.
    fn kept(&self, id: &str) -> Result<PathBuf, Trouble> {
        let is_name = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        match &self.settings.kept {
            Some(folder) if is_name => Ok(folder.join(format!("{id}.clip"))),
            _ => Err(turned_down("its clip cannot be kept under this name")),
        }
    }
}

impl Hired for Described {
    fn places(&self) -> &[Place] {
        &self.places
    }

    fn request(&self, order: &ShotOrder, name: &str, id: &str) -> Result<Request, ShootError> {
        let submit = &self.settings.description.submit;
        let filling = self.filling(order, name, id);
        let impossible = |why: String| ShootError::Impossible {
            generator: self.settings.name.clone(),
            code: order.code.clone(),
            why,
        };
        let with = submit.paths.iter().find(|with| filling.has(&with.with));
        let path = with.map_or(&submit.path, |with| &with.path);
        let model = |place: &str| (place == "model").then(|| self.settings.model.clone());
        let path = fill::path(path, model, false).map_err(impossible)?;
        let mut filled = Filled::default();
        let body = filling.body(&self.template, &mut filled);
        let look_up = json!({ "prompt": order.prompt, "seed": order.seed });
        let mut frozen = json!({
            "path": path,
            "headers": submit.headers,
            "send": filling.sent,
            "body": body,
        });
        if self.settings.description.list.is_some() {
            frozen["look_up"] = look_up;
        }
        let left_out = filling.left_out(&filled);
        Ok(Request { name: name.to_owned(), id: id.to_owned(), body: frozen, given: filled.given, left_out })
    }

    fn ready(&self, place: usize, _: &Request, call: &Call<'_>) -> Result<(), Trouble> {
        let Some(check) = &self.settings.description.check else { return Ok(()) };
        let talk = self.talk(place, call)?;
        let reply = talk.get(&talk.below(&check.path)?, ANSWER_BYTES)?;
        match reply.status {
            200..=299 => talk.has_model(check, &reply),
            401 | 403 | 429 | 500..=599 => Err(talk.reading().asked(&reply)),
            // It is there; what was looked for is not everybody's.
            _ => Ok(()),
        }
    }

    fn submit(&self, place: usize, request: &Request, call: &Call<'_>) -> Result<Job, Trouble> {
        let talk = self.talk(place, call)?;
        let frozen = send::Frozen::read(&request.body).map_err(|why| turned_down(&why))?;
        let uploaded = talk.uploaded(&frozen, request)?;
        let body = send::body(&frozen, &request.id, call, &uploaded)?;
        let link = talk.below(&frozen.path)?;
        if self.settings.description.result.at_once {
            return talk.submit_at_once(&link, &frozen, &body, &request.id);
        }
        let reply = talk.ask(Method::Post, &link, &frozen.headers, &body, ANSWER_BYTES)?;
        if !(200..300).contains(&reply.status) {
            return Err(talk.reading().handed_in(&reply));
        }
        talk.reading().job(&reply, BTreeMap::from([("path".to_owned(), frozen.path.clone())]))
    }

    fn look_up(&self, place: usize, request: &Request, call: &Call<'_>) -> Result<LookedUp, Trouble> {
        if self.settings.description.result.at_once {
            let is_kept = self.kept(&request.id)?.is_file();
            let job = Job { id: request.id.clone(), links: BTreeMap::new() };
            return Ok(if is_kept { LookedUp::Found(job) } else { LookedUp::CannotTell });
        }
        let Some(list) = &self.settings.description.list else { return Ok(LookedUp::CannotTell) };
        let talk = self.talk(place, call)?;
        let frozen = send::Frozen::read(&request.body).map_err(|why| turned_down(&why))?;
        let value = |name: &str| (name == "path").then(|| frozen.path.clone());
        let path = fill::path(&list.path, value, false).map_err(|why| turned_down(&why))?;
        let reply = talk.get(&talk.below(&path)?, ANSWER_BYTES)?;
        if !(200..300).contains(&reply.status) {
            return Err(talk.reading().asked(&reply));
        }
        let (prompt, seed) = (request.body.pointer("/look_up/prompt"), request.body.pointer("/look_up/seed"));
        let (Some(prompt), Some(seed)) = (prompt.and_then(Value::as_str), seed.and_then(Value::as_u64))
        else {
            return Ok(LookedUp::CannotTell);
        };
        let found = answer::listed(list, &reply.bytes, &request.id, prompt, seed);
        Ok(match found {
            LookedUp::Found(mut job) => {
                job.links.insert("path".to_owned(), frozen.path);
                LookedUp::Found(job)
            }
            other => other,
        })
    }

    fn poll(&self, place: usize, job: &Job, call: &Call<'_>) -> Result<JobState, Trouble> {
        let Some(poll) = &self.settings.description.poll else {
            let is_kept = self.kept(&job.id)?.is_file();
            let gone = || JobState::Gone { said: "the clip that came is not there any more".to_owned() };
            return Ok(if is_kept { JobState::Ready(here(job)) } else { gone() });
        };
        let talk = self.talk(place, call)?;
        let reply = talk.polled(poll, job)?;
        if !(200..300).contains(&reply.status) {
            let value = answer::json(&reply.bytes).unwrap_or(Value::Null);
            return Ok(JobState::Gone { said: talk.reading().said(&reply, &value) });
        }
        let ready = match talk.reading().state(poll, &reply.bytes)? {
            Seen::State(JobState::Ready(ready)) => ready,
            Seen::State(state) => return Ok(state),
            Seen::Made(ready, file) => return talk.between(poll, job, ready, file.as_deref()),
        };
        Ok(JobState::Ready(talk.placed(ready, job)?))
    }

    fn fetch(
        &self,
        place: usize,
        job: &Job,
        ready: &Ready,
        file: &Path,
        call: &Call<'_>,
    ) -> Result<(), Trouble> {
        if self.settings.description.result.at_once {
            return copy(&self.kept(&job.id)?, file);
        }
        let talk = self.talk(place, call)?;
        if let (Some(place), Some(poll)) =
            (&self.settings.description.result.base64, &self.settings.description.poll)
        {
            return decoded(&talk.polled(poll, job)?, place, file);
        }
        let link = ready.links.first().ok_or_else(|| no_take("it names no clip"))?;
        talk.fetched(&talk.named(link)?, file)
    }

    fn cancel(&self, place: usize, job: &Job, call: &Call<'_>) -> Result<Stopping, Trouble> {
        let Some(cancel) = &self.settings.description.cancel else { return Ok(Stopping::CannotBe) };
        let talk = self.talk(place, call)?;
        let Some(link) = talk.link_for(cancel.link.as_deref(), cancel.path.as_deref(), job)? else {
            return Ok(Stopping::CannotBe);
        };
        let method = cancel.method().unwrap_or(Method::Post);
        let reply = talk.ask(method, &link, &[], &Body::none(), ANSWER_BYTES)?;
        match reply.status {
            401 | 403 | 429 | 500..=599 => Err(talk.reading().asked(&reply)),
            _ => Ok(Stopping::Asked),
        }
    }
}

/// A conversation with one place.
struct Talk<'a> {
    hired: &'a Described,
    address: &'a Address,
    signed: Option<SignedWith>,
    call: &'a Call<'a>,
}

impl Watch for Talk<'_> {
    fn pause(&self, _: Duration) -> bool {
        false
    }

    fn is_stopped(&self) -> bool {
        (self.call.stopped)()
    }

    fn grace(&self) -> Duration {
        GRACE
    }
}

impl Talk<'_> {
    fn description(&self) -> &Description {
        &self.hired.settings.description
    }

    fn reading(&self) -> Reading<'_> {
        Reading { description: self.description(), signed: self.signed.as_ref() }
    }

    fn below(&self, path: &str) -> Result<Link, Trouble> {
        Link::below(self.address, path).map_err(|error| turned_down(&error.to_string()))
    }

    /// A link that the service named.
    fn named(&self, link: &str) -> Result<Link, Trouble> {
        Link::read(link, self.address, &self.hired.settings.trusted)
            .map_err(|error| no_take(&error.to_string()))
    }

    /// The link of a job by its name, else the path with its id; `None` where there is neither.
    fn link_for(&self, name: Option<&str>, path: Option<&str>, job: &Job) -> Result<Option<Link>, Trouble> {
        if let Some(link) = name.and_then(|name| job.links.get(name)) {
            return self.named(link).map(Some);
        }
        path.map(|path| self.below(&self.path(path, job, None)?)).transpose()
    }

    fn path(&self, template: &str, job: &Job, file: Option<&str>) -> Result<String, Trouble> {
        let value = |name: &str| match name {
            "model" => Some(self.hired.settings.model.clone()),
            "id" => Some(job.id.clone()),
            "file" => file.map(str::to_owned),
            "path" => job.links.get("path").cloned(),
            _ => None,
        };
        let id_is_path = self.description().submit.id_is_path;
        fill::path(template, value, id_is_path).map_err(|why| Trouble::Lost { why })
    }

    fn ask(
        &self,
        method: Method,
        link: &Link,
        headers: &[(String, String)],
        body: &Body,
        most_bytes: u64,
    ) -> Result<Reply, Trouble> {
        let ask = Ask { method, link, headers, signed: self.signed.as_ref(), body, most_bytes };
        self.hired.client.ask(&ask, self).map_err(|error| trouble(&error))
    }

    fn get(&self, link: &Link, most_bytes: u64) -> Result<Reply, Trouble> {
        self.ask(Method::Get, link, &[], &Body::none(), most_bytes)
    }

    /// The answer about a job: a good one, or one that says that it is not known.
    fn polled(&self, poll: &Poll, job: &Job) -> Result<Reply, Trouble> {
        let link = self.link_for(poll.link.as_deref(), poll.path.as_deref(), job);
        let lost = |why: String| Trouble::Lost { why };
        let link = link.map_err(|trouble| lost(trouble.to_string()))?;
        let link = link.ok_or_else(|| lost("its job has no link to ask for it".to_owned()))?;
        let in_job = self.description().result.base64.is_some();
        let inside = self.hired.settings.most_bytes.saturating_mul(4) / 3;
        let most_bytes = if in_job { ANSWER_BYTES.saturating_add(inside) } else { ANSWER_BYTES };
        let reply = self.get(&link, most_bytes)?;
        match reply.status {
            200..=299 | 404 | 410 => Ok(reply),
            _ => Err(self.reading().asked(&reply)),
        }
    }

    /// What stands between the finished job and its clip.
    fn between(&self, poll: &Poll, job: &Job, ready: Ready, file: Option<&str>) -> Result<JobState, Trouble> {
        let Some(ask) = &self.description().result.ask else { return Ok(JobState::Ready(ready)) };
        let lost = |why: String| Trouble::Lost { why };
        let path = ask.path.as_deref().map(|path| self.path(path, job, file)).transpose()?;
        let link = match (ask.link.as_ref().and_then(|name| job.links.get(name)), path) {
            (Some(link), _) => self.named(link).map_err(|trouble| lost(trouble.to_string()))?,
            (None, Some(path)) => self.below(&path)?,
            (None, None) => return Err(lost("its job has no link to its clip".to_owned())),
        };
        self.reading().between(poll, &self.get(&link, ANSWER_BYTES)?, ready)
    }

    /// A clip that lies where every clip of the service does.
    fn placed(&self, mut ready: Ready, job: &Job) -> Result<Ready, Trouble> {
        if let Some(path) = &self.description().result.path {
            ready.links = vec![format!("{}{}", self.address, self.path(path, job, None)?)];
        }
        Ok(ready)
    }

    fn has_model(&self, check: &Check, reply: &Reply) -> Result<(), Trouble> {
        let model = &self.hired.settings.model;
        let (Some(models), Some(id)) = (&check.models, &check.id) else { return Ok(()) };
        let value = answer::json(&reply.bytes).unwrap_or(Value::Null);
        let Some(models) = value.pointer(models).and_then(Value::as_array) else { return Ok(()) };
        let ids: Vec<String> = models.iter().filter_map(|item| answer::id_at(item, id)).collect();
        if model.is_empty() || ids.is_empty() || ids.contains(model) {
            return Ok(());
        }
        let some = ids.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
        let said = format!("it has no model `{model}`; it has {} such as {some}", ids.len());
        Err(turned_down(&SignedWith::one_line(self.signed.as_ref(), &said)))
    }

    /// Hands files in that jobs name by their address. Nothing of it costs anything.
    fn uploaded(
        &self,
        frozen: &send::Frozen,
        request: &Request,
    ) -> Result<BTreeMap<String, String>, Trouble> {
        let Some(upload) = &self.description().upload else { return Ok(BTreeMap::new()) };
        let mut links = BTreeMap::new();
        for given in request.given.iter().filter(|given| frozen.uploads(given)) {
            let free = |trouble| match trouble {
                Trouble::Lost { why } => {
                    Trouble::NotHeard { why: format!("a file could not be handed in: {why}") }
                }
                other => other,
            };
            let link =
                send::upload(upload, given, &request.id, self.call, |step| self.step(step)).map_err(free)?;
            links.insert(given.hash.to_string(), link);
        }
        Ok(links)
    }

    fn step(&self, step: &send::Step<'_>) -> Result<Value, Trouble> {
        let (method, link) = match step.to {
            send::To::Path(path) => (Method::Post, self.below(path)?),
            send::To::Link(link) => (Method::Put, self.named(link)?),
        };
        let reply = self.ask(method, &link, &[], step.body, ANSWER_BYTES)?;
        if (200..300).contains(&reply.status) {
            return Ok(answer::json(&reply.bytes).unwrap_or(Value::Null));
        }
        Err(self.reading().handed_in(&reply))
    }

    /// Hands a job in whose answer is its clip.
    fn submit_at_once(
        &self,
        link: &Link,
        frozen: &send::Frozen,
        body: &Body,
        id: &str,
    ) -> Result<Job, Trouble> {
        let kept = self.hired.kept(id)?;
        let part = kept.with_extension("part");
        // What cannot be kept is not asked for. What is there is of a run that ended in the middle.
        let _ = fs::remove_file(&part);
        fs::write(&part, []).and_then(|()| fs::remove_file(&part)).map_err(|error| Trouble::NotHeard {
            why: format!("its clip could not be kept: {}: {error}", part.display()),
        })?;
        let wait_secs = self.description().result.wait_secs.unwrap_or(CLIP_ANSWER_SECS);
        let clip = Clip { idle_secs: wait_secs, whole_secs: wait_secs + CLIP_SECS, ..self.clip(&part) };
        let ask = Ask {
            method: Method::Post,
            link,
            headers: &frozen.headers,
            signed: self.signed.as_ref(),
            body,
            most_bytes: ANSWER_BYTES,
        };
        let reply = self.hired.client.fetch(&ask, &clip, self).map_err(|error| match error {
            // It was heard, and what came is lost.
            ServiceError::NoClip { .. } | ServiceError::NotWritten { .. } => {
                Trouble::Lost { why: error.to_string() }
            }
            other => trouble(&other),
        })?;
        if !(200..300).contains(&reply.status) {
            return Err(self.reading().handed_in(&reply));
        }
        fs::rename(&part, &kept)
            .map_err(|error| Trouble::Lost { why: format!("it cannot be kept: {error}") })?;
        Ok(Job { id: id.to_owned(), links: BTreeMap::new() })
    }

    fn clip<'f>(&'f self, file: &'f Path) -> Clip<'f> {
        Clip {
            address: self.address,
            trusted: &self.hired.settings.trusted,
            file,
            most_bytes: self.hired.settings.most_bytes,
            whole_secs: CLIP_SECS,
            idle_secs: IDLE_SECS.min(self.hired.settings.answer_secs),
        }
    }

    fn fetched(&self, link: &Link, file: &Path) -> Result<(), Trouble> {
        let ask = Ask {
            method: Method::Get,
            link,
            headers: &[],
            signed: self.signed.as_ref(),
            body: &Body::none(),
            most_bytes: ANSWER_BYTES,
        };
        let reply = self.hired.client.fetch(&ask, &self.clip(file), self).map_err(|error| trouble(&error))?;
        let said = || format!("status {}: {}", reply.status, self.reading().said(&reply, &Value::Null));
        match reply.status {
            200..=299 => Ok(()),
            404 | 410 => Err(no_take(&said())),
            // A link that is not the service's own carries its own leave, which runs out.
            400 | 401 | 403 if !link.is_own() => Err(no_take(&said())),
            _ => Err(self.reading().asked(&reply)),
        }
    }
}

fn here(job: &Job) -> Ready {
    Ready { links: vec![format!("{}.clip", job.id)], ..Ready::default() }
}

fn turned_down(said: &str) -> Trouble {
    Trouble::TurnedDown { said: said.to_owned() }
}

fn no_take(why: &str) -> Trouble {
    Trouble::NoTake { why: why.to_owned() }
}

/// No answer came, or none that may be used.
fn trouble(error: &ServiceError) -> Trouble {
    let why = error.to_string();
    match error {
        ServiceError::Stopped { .. } => Trouble::Stopped,
        ServiceError::NotReached { .. } => Trouble::NotHeard { why },
        ServiceError::NoClip { .. } | ServiceError::NotFollowed { .. } => Trouble::NoTake { why },
        ServiceError::NotWritten { .. } => Trouble::NoRoom { why },
        ServiceError::BadAddress { .. } | ServiceError::PlainAddress { .. } | ServiceError::BadKey => {
            Trouble::TurnedDown { said: why }
        }
        _ => Trouble::Lost { why },
    }
}

/// Takes a field out of a body: `parameters.watermark`.
fn leave_out(body: &mut Map<String, Value>, field: &str) {
    match field.split_once('.') {
        None => {
            body.remove(field);
        }
        Some((outer, inner)) => {
            if let Some(Value::Object(map)) = body.get_mut(outer) {
                leave_out(map, inner);
            }
        }
    }
}

/// Lays fields over others; tables are laid over tables.
fn lay_over(body: &mut Map<String, Value>, extra: &Map<String, Value>) {
    for (key, value) in extra {
        match (body.get_mut(key), value) {
            (Some(Value::Object(own)), Value::Object(value)) => lay_over(own, value),
            _ => {
                body.insert(key.clone(), value.clone());
            }
        }
    }
}

/// Copies what was kept, without a second place on the disk where that can be.
fn copy(kept: &Path, file: &Path) -> Result<(), Trouble> {
    if !kept.is_file() {
        return Err(no_take("the clip that came is not there any more"));
    }
    if fs::hard_link(kept, file).is_ok() {
        return Ok(());
    }
    let copied = (|| {
        let mut out = OpenOptions::new().write(true).create_new(true).open(file)?;
        io::copy(&mut fs::File::open(kept)?, &mut out)
    })();
    copied
        .map(|_| ())
        .map_err(|error| Trouble::NoRoom { why: format!("cannot write {}: {error}", file.display()) })
}

/// Writes a clip that stands in an answer as base64.
fn decoded(reply: &Reply, place: &str, file: &Path) -> Result<(), Trouble> {
    if !(200..300).contains(&reply.status) {
        return Err(no_take("its job is not known any more"));
    }
    let value =
        answer::json(&reply.bytes).ok_or_else(|| Trouble::Lost { why: "it is no JSON".to_owned() })?;
    let text = value.pointer(place).and_then(Value::as_str).unwrap_or_default();
    let text = match text.split_once(";base64,") {
        Some((head, rest)) if head.starts_with("data:") => rest,
        _ => text,
    };
    if text.is_empty() {
        return Err(no_take("its clip is not in the job any more"));
    }
    let not_written =
        |error: &io::Error| Trouble::NoRoom { why: format!("cannot write {}: {error}", file.display()) };
    let mut out =
        OpenOptions::new().write(true).create_new(true).open(file).map_err(|error| not_written(&error))?;
    io::copy(&mut DecoderReader::new(text.as_bytes(), &STANDARD), &mut out).map(|_| ()).map_err(|error| {
        let _ = fs::remove_file(file);
        match error.kind() {
            io::ErrorKind::InvalidData => no_take(&format!("its clip is no base64: {error}")),
            _ => not_written(&error),
        }
    })
}
