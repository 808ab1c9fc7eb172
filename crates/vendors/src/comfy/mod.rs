//! ComfyUI over its own protocol: a workflow that the director made is filled with an order and run on their servers.
//!
//! Comes in: a workflow in API format, where the parts of an order go in it, servers. Goes out: jobs and videos. The server's
//! queue and history are the truth about a job; its websocket only says how far it is, and may close at any time. Neither
//! outlives a restart of the server, while its files do: so every job saves under a name that no other has, and what the
//! server forgot is looked for by that name before it is given up.

mod error;
mod graph;
mod map;
mod progress;
mod reply;
mod schema;
mod server;
mod socket;
#[cfg(test)]
mod workflows;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use soundlock_service::{Address, Key, Patience, ServiceError, SignedWith};
use soundlock_shoot::{
    Call, Charged, Ended, Given, Hired, Input, Inputs, Job, JobState, LookedUp, Place, Ready, Request,
    ShootError, ShotOrder, Stopping, Trouble,
};
use soundlock_time::Fps;
use soundlock_vault::Hash;

pub use error::ComfyError;
pub use map::{ComfyMap, Part};

use crate::id::is_id;
use graph::{Graph, Slot, shown};
use map::Slots;
use reply::{Accepted, Ending, Output, Past, Standing};
use schema::{Fitted, Named};
use server::{Life, Server, Told, file_name, unheard};

/// More jobs than this are not put into a server's queue, which is gone after a restart.
const MOST_AT_ONCE: usize = 2;
/// How a newer server is to show what it samples: cheaply. Those of old show what they were started with.
const PREVIEWS: &str = "latent2rgb";
/// Names in a job's links.
const NAME: &str = "name";
const WITNESS: &str = "witness";

/// How ComfyUI is used.
#[derive(Debug, Clone)]
pub struct ComfySettings {
    /// Its name in `film.toml`.
    pub name: String,
    /// Where its servers are. Each is a place of its own that takes work as it comes free.
    pub servers: Vec<Address>,
    /// The workflow, JSON in API format.
    pub workflow: String,
    /// Where the parts of an order go.
    pub map: ComfyMap,
    /// How many jobs each server gets at once: 1, or 2 so that it does not wait for us; more is taken for 2, because a
    /// server's queue is gone when it is restarted.
    pub at_once: usize,
    /// How questions are signed, for servers behind something that asks for a key; ComfyUI itself asks for none.
    pub signed: Option<SignedWith>,
    /// Who we are to the servers: the same again after a restart of ours, and another for each film.
    pub client: String,
    /// How long a server is waited for. Checking a graph may take a busy server many seconds.
    pub patience: Patience,
    /// How long a take may take to come, in seconds.
    pub fetch_secs: u64,
    /// The most bytes of a take.
    pub most_bytes: u64,
    /// Where pictures of running jobs are kept, one for each.
    pub previews: PathBuf,
}

/// How a server is asked that stands behind a proxy: for `NAME:PASSWORD` as RFC 7617 (Basic) has it, for all else with a
/// Bearer token, in which no colon can stand (RFC 6750).
pub fn signed_with(secret: &str) -> Result<SignedWith, ServiceError> {
    let secret = secret.trim();
    if secret.contains(':') {
        Ok(SignedWith::Scheme("Basic".into(), Key::new(&STANDARD.encode(secret))?))
    } else {
        Ok(SignedWith::Bearer(Key::new(secret)?))
    }
}

/// ComfyUI on one server or several.
pub struct Comfy {
    name: String,
    client: String,
    graph: Graph,
    slots: Slots,
    places: Vec<Place>,
    servers: Vec<Server>,
}

/// What is noted beside a graph, in `extra_data.soundlock`: the server keeps it, and gives it back with the history.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Marks {
    take: String,
    workflow: String,
    /// How the names of its files begin, where that could be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    upwards: Vec<String>,
    seeds: Vec<String>,
    rates: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fitted: Vec<String>,
}

impl fmt::Debug for Comfy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Comfy")
            .field("name", &self.name)
            .field("places", &self.places)
            .finish_non_exhaustive()
    }
}

impl Comfy {
    /// Reads the workflow and finds where an order goes in it. Asks nobody.
    pub fn new(settings: &ComfySettings) -> Result<Self, ComfyError> {
        let graph = Graph::read(&settings.workflow)?;
        let slots = Slots::find(&graph, &settings.map)?;
        if settings.servers.is_empty() {
            return Err(ComfyError::NoServer);
        }
        let at_once = settings.at_once.clamp(1, MOST_AT_ONCE);
        let place = |address: &Address| Place { name: address.to_string(), at_once };
        Ok(Self {
            name: settings.name.clone(),
            client: settings.client.clone(),
            places: settings.servers.iter().map(place).collect(),
            servers: settings.servers.iter().map(|address| Server::new(address, settings)).collect(),
            graph,
            slots,
        })
    }

    /// What the workflow can be given besides words: what it has a place for.
    pub fn takes(&self) -> Vec<Input> {
        let slots = &self.slots;
        let places = [
            (&slots.first, Input::FirstFrame),
            (&slots.last, Input::LastFrame),
            (&slots.references, Input::References),
            (&slots.audio, Input::Audio),
            (&slots.negative, Input::Negative),
            (&slots.seed, Input::Seed),
        ];
        places.into_iter().filter(|(slots, _)| !slots.is_empty()).map(|(_, input)| input).collect()
    }

    /// BLAKE3 of the workflow, whatever order or white space it is written in: what a take depends on besides its order.
    pub fn workflow_hash(&self) -> Hash {
        self.graph.hash()
    }

    /// The files of models that the workflow names.
    pub fn models(&self) -> Vec<String> {
        reply::models(&self.graph)
    }

    /// Where each part of an order goes, as it was said or found: `prompt 6.text`.
    pub fn found(&self) -> Vec<String> {
        let slots = &self.slots;
        let parts = [
            (Part::Prompt, &slots.prompt),
            (Part::Negative, &slots.negative),
            (Part::Seed, &slots.seed),
            (Part::Frames, &slots.frames),
            (Part::Fps, &slots.fps),
            (Part::Width, &slots.width),
            (Part::Height, &slots.height),
            (Part::First, &slots.first),
            (Part::Last, &slots.last),
            (Part::References, &slots.references),
            (Part::Audio, &slots.audio),
            (Part::Name, &slots.name),
        ];
        let parts = parts.into_iter().filter(|(_, slots)| !slots.is_empty());
        parts.map(|(part, slots)| format!("{part} {}", texts(slots).join(", "))).collect()
    }

    fn server(&self, place: usize) -> Result<&Server, Trouble> {
        let none = || Trouble::TurnedDown { said: format!("`{}` has no place {place}", self.name) };
        self.servers.get(place).ok_or_else(none)
    }

    /// The workflow filled with an order, and the files that go along with it.
    fn filled(&self, order: &ShotOrder, name: &str) -> Result<(Graph, Vec<Given>), ShootError> {
        let (mut graph, slots) = (self.graph.clone(), &self.slots);
        let fps = fps_value(order.fps);
        let values: [(&[Slot], Value); 7] = [
            (&slots.prompt, json!(order.prompt)),
            (&slots.negative, json!(order.negative)),
            (&slots.seed, json!(order.seed)),
            (&slots.frames, json!(order.frames)),
            (&slots.fps, fps),
            (&slots.width, json!(order.raster.width())),
            (&slots.height, json!(order.raster.height())),
        ];
        for (slots, value) in values {
            for slot in slots {
                graph.set(slot, value.clone());
            }
        }
        for (number, slot) in slots.name.iter().enumerate() {
            // The first is the take; what other nodes save is told apart from it.
            let own = if number == 0 { name.to_owned() } else { format!("{name}_n{}", safe(&slot.node)) };
            graph.set(slot, json!(own));
        }
        let given = self.give(&mut graph, &order.inputs).map_err(|why| ShootError::Impossible {
            generator: self.name.clone(),
            code: order.code.clone(),
            why,
        })?;
        Ok((graph, given))
    }

    /// Puts the files that go along into the graph. What the workflow was exported with is never left in their place.
    fn give(&self, graph: &mut Graph, inputs: &Inputs) -> Result<Vec<Given>, String> {
        let slots = &self.slots;
        let mut all: Vec<Given> = Vec::new();
        let mut put = |slot: &Slot, given: &Given| {
            graph.set(slot, json!(file_name(given)));
            if !all.contains(given) {
                all.push(given.clone());
            }
        };
        let single = [
            (&slots.first, &inputs.first, "begins with a still"),
            (&slots.last, &inputs.last, "ends with a still"),
            (&slots.audio, &inputs.audio, "is led by a voice"),
        ];
        for (slots, given, what) in single {
            if let (Some(slot), None) = (slots.first(), given) {
                return Err(format!("its workflow {what} (node {}), and none was given", slot.node));
            }
            for (slot, given) in slots.iter().zip(given.iter().cycle()) {
                put(slot, given);
            }
        }
        if let (Some(slot), true) = (slots.references.first(), inputs.references.is_empty()) {
            return Err(format!("its workflow goes by a still (node {}), and none was given", slot.node));
        }
        // Where there are fewer stills than places, the last stands in the rest.
        let stills = inputs.references.iter().chain(inputs.references.last().into_iter().cycle());
        for (slot, given) in slots.references.iter().zip(stills) {
            put(slot, given);
        }
        Ok(all)
    }

    /// What of an order the workflow has no place for.
    fn left_out(&self, order: &ShotOrder) -> Vec<String> {
        let (slots, inputs) = (&self.slots, &order.inputs);
        let lacks = [
            (slots.prompt.is_empty(), "it reads no words"),
            (slots.negative.is_empty() && !order.negative.is_empty(), "it has no negative prompt"),
            (slots.seed.is_empty(), "it takes no seed"),
            (slots.frames.is_empty(), "its length is the workflow's own"),
            (slots.fps.is_empty(), "its rate is the workflow's own"),
            (slots.width.is_empty() || slots.height.is_empty(), "its size is the workflow's own"),
            (slots.first.is_empty() && inputs.first.is_some(), "it takes no first frame"),
            (slots.last.is_empty() && inputs.last.is_some(), "it takes no last frame"),
            (slots.audio.is_empty() && inputs.audio.is_some(), "it takes no voice"),
        ];
        let mut left_out: Vec<String> =
            lacks.into_iter().filter(|(lacks, _)| *lacks).map(|(_, what)| what.to_owned()).collect();
        let (taken, given) = (slots.references.len(), inputs.references.len());
        if given > taken {
            left_out.push(match taken {
                0 => "it takes no reference stills".to_owned(),
                taken => format!("it takes {taken} of {given} reference stills"),
            });
        }
        left_out
    }

    /// Held against what the server says of its nodes: fitted to it, or a line for each thing that is wrong. With `whole` also
    /// what is wrong with this shot alone, and not with every shot there.
    fn fitted(
        &self,
        place: usize,
        request: &Request,
        whole: bool,
        call: &Call<'_>,
    ) -> Result<(Graph, Marks), Trouble> {
        let (server, body) = (self.server(place)?, &request.body);
        let no = |said: String| Trouble::TurnedDown { said };
        let graph = body.get("prompt").cloned().unwrap_or_default();
        let mut graph = Graph::from_value(graph).map_err(|error| no(error.to_string()))?;
        let mut marks = marks(body);
        let schema = server.schema(&graph, call).map_err(unheard)?;
        let upwards = if whole { slots(&marks.upwards) } else { Vec::new() };
        let fitted = Fitted { upwards, seeds: slots(&marks.seeds), rates: slots(&marks.rates) };
        let given: Vec<String> = request.given.iter().map(file_name).collect();
        let changes = schema.fit(&mut graph, &fitted);
        let mut faults = schema.faults(&graph, &given);
        faults.extend(missing(server, &schema.files(&graph, &given), call)?);
        match changes {
            Ok(changes) if faults.is_empty() => {
                marks.fitted = changes;
                Ok((graph, marks))
            }
            changes => {
                // Who puts the model there will not want to start us again.
                server.forget_schema();
                let all: Vec<String> =
                    faults.into_iter().chain(changes.err().into_iter().flatten()).collect();
                Err(no(all.join("\n")))
            }
        }
    }
}

impl Hired for Comfy {
    fn places(&self) -> &[Place] {
        &self.places
    }

    fn request(&self, order: &ShotOrder, name: &str, id: &str) -> Result<Request, ShootError> {
        let id = id.to_ascii_lowercase();
        if !is_id(&id) {
            let (generator, code) = (self.name.clone(), order.code.clone());
            return Err(ShootError::Failed { generator, code, why: format!("`{id}` is no UUID") });
        }
        let file = format!("soundlock/{}_{id}", safe(name));
        let (graph, given) = self.filled(order, &file)?;
        let slots = &self.slots;
        let marks = Marks {
            take: name.to_owned(),
            workflow: self.graph.hash().to_string(),
            name: (!slots.name.is_empty()).then_some(file),
            upwards: [&slots.frames, &slots.width, &slots.height]
                .into_iter()
                .flat_map(|slots| texts(slots))
                .collect(),
            seeds: texts(&slots.seed),
            rates: texts(&slots.fps),
            fitted: Vec::new(),
        };
        let body = json!({
            "prompt": graph.to_value(),
            "client_id": self.client,
            "prompt_id": id,
            "extra_data": { "soundlock": marks },
        });
        Ok(Request { name: name.to_owned(), id, body, given, left_out: self.left_out(order) })
    }

    fn ready(&self, place: usize, request: &Request, call: &Call<'_>) -> Result<(), Trouble> {
        self.server(place)?.greet(call)?;
        self.fitted(place, request, false, call).map(|_| ())
    }

    fn submit(&self, place: usize, request: &Request, call: &Call<'_>) -> Result<Job, Trouble> {
        let server = self.server(place)?;
        let (mut graph, marks) = self.fitted(place, request, true, call)?;
        for given in &request.given {
            let kept = server.upload(given, &request.id, call).map_err(unheard)?;
            graph.rename(&file_name(given), &kept);
        }
        server.board.watch(&request.id);
        server.listen();
        let seen = server.note(&request.id, call).map_err(unheard)?;
        if (call.stopped)() {
            return Err(Trouble::Stopped);
        }
        let mut body = request.body.clone();
        body["prompt"] = graph.to_value();
        body["extra_data"] = json!({ "soundlock": marks, "preview_method": PREVIEWS });
        let accepted = match server.prompt(&body, call) {
            Told::Taken(accepted) => accepted,
            Told::Broke(said) => match server.knows(&request.id, call) {
                Ok(true) => Accepted::without_errors(&request.id),
                Ok(false) => {
                    let said = format!("{said}; what broke stands on its console");
                    return Err(Trouble::TurnedDown { said });
                }
                Err(_) => return Err(Trouble::Lost { why: said }),
            },
            Told::Not(trouble) => {
                if matches!(trouble, Trouble::TurnedDown { .. }) {
                    server.forget_schema();
                }
                return Err(trouble);
            }
        };
        let mut links = name_link(&marks);
        links.extend(seen.witness.map(|witness| (WITNESS.to_owned(), witness)));
        let job = Job { id: accepted.id, links };
        // A graph is taken as soon as one of its outputs can be made; without the video that is no take.
        if accepted.not_made.iter().any(|node| saves(&graph, node, &marks)) {
            // Where it cannot be taken back, it makes what nobody asked for, and no take.
            drop(server.cancel(&job.id, call));
            return Err(Trouble::TurnedDown { said: accepted.errors.join("\n") });
        }
        Ok(job)
    }

    fn look_up(&self, place: usize, request: &Request, call: &Call<'_>) -> Result<LookedUp, Trouble> {
        let server = self.server(place)?;
        let (id, marks) = (&request.id, marks(&request.body));
        let mut links = name_link(&marks);
        let noted = server.noted(id);
        links.extend(
            noted
                .as_ref()
                .and_then(|noted| noted.witness.clone())
                .map(|witness| (WITNESS.to_owned(), witness)),
        );
        let found = LookedUp::Found(Job { id: id.clone(), links });
        if server.knows(id, call)? {
            return Ok(found);
        }
        // It may have ended between the two questions.
        if server.past(id, call)?.is_some() {
            return Ok(found);
        }
        let Some(name) = marks.name else {
            return Ok(LookedUp::CannotTell);
        };
        if server.file_named(&name, call)?.is_some() {
            return Ok(found);
        }
        // It is nowhere, and nothing can come of it any more. Only where we know that the server was restarted since it was
        // handed in may it have come and be lost.
        let Some(noted) = noted else { return Ok(LookedUp::NotThere) };
        Ok(match server.life(id, noted.witness.as_deref(), call)? {
            Life::Same => LookedUp::NotThere,
            Life::Another | Life::Unknown => LookedUp::CannotTell,
        })
    }

    fn poll(&self, place: usize, job: &Job, call: &Call<'_>) -> Result<JobState, Trouble> {
        let server = self.server(place)?;
        if !is_id(&job.id) {
            return Ok(JobState::Gone { said: "its id is none of ComfyUI's".to_owned() });
        }
        server.board.watch(&job.id);
        let name = job.links.get(NAME).map(String::as_str);
        if let Some(past) = server.past(&job.id, call)? {
            return ended(server, &job.id, name, past, call);
        }
        match server.standing(&job.id, call)? {
            Standing::Running(graph) => {
                server.listen();
                let (done, preview) = server.board.progress(&job.id, graph.as_ref());
                Ok(JobState::Running { done, preview })
            }
            Standing::Waiting(ahead) => {
                server.listen();
                Ok(JobState::Waiting { ahead: Some(ahead) })
            }
            // It may have ended between the two questions.
            Standing::Absent => match server.past(&job.id, call)? {
                Some(past) => ended(server, &job.id, name, past, call),
                None => vanished(server, job, call),
            },
        }
    }

    fn fetch(
        &self,
        place: usize,
        _: &Job,
        ready: &Ready,
        file: &Path,
        call: &Call<'_>,
    ) -> Result<(), Trouble> {
        let server = self.server(place)?;
        let output = ready.links.first().and_then(|link| Output::from_link(link));
        let output =
            output.ok_or_else(|| Trouble::NoTake { why: "it names no file of the server".to_owned() })?;
        server.fetch(&output, file, call)
    }

    fn cancel(&self, place: usize, job: &Job, call: &Call<'_>) -> Result<Stopping, Trouble> {
        let server = self.server(place)?;
        server.board.forget(&job.id);
        if is_id(&job.id) {
            server.cancel(&job.id, call)?;
        }
        Ok(Stopping::Asked)
    }
}

/// What a job that the history knows came to.
fn ended(
    server: &Server,
    id: &str,
    name: Option<&str>,
    past: Past,
    call: &Call<'_>,
) -> Result<JobState, Trouble> {
    let files = match past.ending {
        Ending::Broke(said) | Ending::Interrupted(said) => return Ok(failed(said)),
        Ending::Success(files) => files,
    };
    let mut videos: Vec<&Output> = files.iter().filter(|file| file.is_video()).collect();
    videos.sort_by_key(|file| file.rank(name));
    let is_ours = |file: &&Output| name.is_none_or(|name| file.is_of(name));
    let found = match videos.iter().find(|file| is_ours(file)) {
        Some(file) => Some((*file).clone()),
        None => name.map(|name| server.file_named(name, call)).transpose()?.flatten(),
    };
    let Some(file) = found else { return Ok(failed(no_file(&files, &videos))) };
    server.board.forget(id);
    Ok(JobState::Ready(ready_file(server, &file, past.said, call)))
}

/// A job that is neither in the queue nor in the history.
fn vanished(server: &Server, job: &Job, call: &Call<'_>) -> Result<JobState, Trouble> {
    let name = job.links.get(NAME);
    if let Some(file) = name.map(|name| server.file_named(name, call)).transpose()?.flatten() {
        let how = "by its name: the server does not know the job any more".to_owned();
        let said = BTreeMap::from([("found".to_owned(), how)]);
        return Ok(JobState::Ready(ready_file(server, &file, said, call)));
    }
    server.board.forget(&job.id);
    let witness = job.links.get(WITNESS).map(String::as_str);
    Ok(match server.life(&job.id, witness, call)? {
        Life::Same => failed("somebody deleted it from the server's queue".to_owned()),
        Life::Another => JobState::Gone {
            said: "the server was restarted, its queue is gone, and no file of the job is there".to_owned(),
        },
        Life::Unknown => JobState::Gone {
            said: "the server does not know it: it was restarted, or somebody deleted the job".to_owned(),
        },
    })
}

/// A take that can be fetched, with what made it.
fn ready_file(server: &Server, file: &Output, mut said: BTreeMap<String, String>, call: &Call<'_>) -> Ready {
    // A server that does not say what it is has made the take all the same.
    if let Ok(version) = server.version(call) {
        said.insert("server".to_owned(), version);
    }
    Ready { links: vec![file.link()], charged: None, said }
}

fn failed(said: String) -> JobState {
    JobState::Failed(Ended { said, charged: Charged::Nothing })
}

/// Why a job that succeeded has no take.
fn no_file(files: &[Output], videos: &[&Output]) -> String {
    match (files.first(), videos.first()) {
        (_, Some(video)) => {
            format!("it made no file of its own: its outputs are an earlier one, {}", video.link())
        }
        (Some(_), None) => {
            let count = files.len();
            format!("it made {count} files and no video: let the workflow end in SaveVideo")
        }
        (None, None) => {
            "it says success and has no outputs: everything was cached, or nothing is saved".to_owned()
        }
    }
}

/// Whether `node` saves the take.
fn saves(graph: &Graph, node: &str, marks: &Marks) -> bool {
    let slot = graph.written(&Slot::new(node, "filename_prefix"), Value::is_string);
    let prefix = slot.and_then(|slot| graph.literal(&slot)?.as_str());
    marks.name.is_none() || prefix == marks.name.as_deref()
}

/// The files that the workflow names itself and that are not at `server`, a clause each. What cannot be found out is no fault.
fn missing(server: &Server, named: &[Named], call: &Call<'_>) -> Result<Vec<String>, Trouble> {
    let mut faults = Vec::new();
    for Named { slot, class, file } in named {
        match server.has(&Output::named(file), call) {
            Ok(true) | Err(Trouble::Lost { .. }) => {}
            Ok(false) => faults.push(format!(
                "node {} ({}): the file `{}` of {} is not there: upload it to that server, or give it with the shot",
                slot.node,
                shown(class),
                shown(file),
                slot.input
            )),
            Err(trouble) => return Err(unheard(trouble)),
        }
    }
    Ok(faults)
}

fn marks(body: &Value) -> Marks {
    let marks = body.get("extra_data").and_then(|extra| extra.get("soundlock"));
    marks.and_then(|marks| Marks::deserialize(marks).ok()).unwrap_or_default()
}

fn name_link(marks: &Marks) -> BTreeMap<String, String> {
    marks.name.iter().map(|name| (NAME.to_owned(), name.clone())).collect()
}

fn texts(slots: &[Slot]) -> Vec<String> {
    slots.iter().map(Slot::to_string).collect()
}

fn slots(texts: &[String]) -> Vec<Slot> {
    texts.iter().filter_map(|text| Slot::read(text)).collect()
}

/// A rate as a node takes it: whole where it is, so that it also fits where only whole numbers do.
fn fps_value(fps: Fps) -> Value {
    if fps.den() == 1 { json!(fps.num()) } else { json!(fps.as_f64()) }
}

/// A name that every server can keep a file under.
fn safe(name: &str) -> String {
    const LONGEST: usize = 60;
    let letter = |letter: char| if letter.is_ascii_alphanumeric() || letter == '-' { letter } else { '_' };
    name.chars().map(letter).take(LONGEST).collect()
}
