//! One server: what is asked of it, and what its answers mean for the queue.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use soundlock_service::{
    Address, Ask, Body, Client, Clip, Field, Link, Method, Reply, ServiceError, SignedWith, Watch, path_part,
};
use soundlock_shoot::{Call, Given, Trouble};

use super::ComfySettings;
use super::graph::{Graph, shown};
use super::progress::Board;
use super::reply::{self, Accepted, Output, Past, Standing};
use super::schema::Schema;
use super::socket::Socket;
use crate::id::is_id;

/// The longest answer in JSON: `/object_info/{class}` lists every model, the queue holds whole graphs.
const MOST_JSON_BYTES: u64 = 64 << 20;
/// How long a stop waits for the answer to a graph that was handed in.
const GRACE: Duration = Duration::from_secs(10);
/// Jobs that are remembered, at most.
const MOST_REMEMBERED: usize = 256;
/// How the names of files go on after their prefix, by the nodes that write videos.
///
/// `VideoHelperSuite` writes a silent file first, and another one with sound beside it.
const ENDS: [&str; 9] = [
    "_00001_.mp4",
    "_00001-audio.mp4",
    "_00001.mp4",
    "_00001_.webm",
    "_00001_.mkv",
    "_00001_.mov",
    "_00001-audio.webm",
    "_00001.webm",
    "_00001.mov",
];

/// A ComfyUI server.
pub(super) struct Server {
    address: Address,
    client: Client,
    signed: Option<SignedWith>,
    /// Who we are there.
    own_name: String,
    most_bytes: u64,
    fetch_secs: u64,
    idle_secs: u64,
    pub(super) board: Arc<Board>,
    socket: Socket,
    schema: Mutex<Schema>,
    version: Mutex<Option<String>>,
    /// What was seen of jobs when they were handed in.
    handed_in: Mutex<BTreeMap<String, HandedIn>>,
}

/// What was seen when a job was handed in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct HandedIn {
    /// Another job that the server knew of.
    pub(super) witness: Option<String>,
    /// Which connection was open.
    pub(super) connection: Option<u64>,
}

/// Whether a server is the one that it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    /// It still knows whom it knew.
    Same,
    /// It knows nobody, or not whom it knew.
    Another,
    /// It cannot be told.
    Unknown,
}

/// What a graph that was handed in came to.
pub(super) enum Told {
    /// It is in the queue.
    Taken(Accepted),
    /// It broke over it, before or after it was put there.
    Broke(String),
    /// It is not.
    Not(Trouble),
}

/// Somebody who may want to stop.
struct Stops<'a>(&'a (dyn Fn() -> bool + Sync));

impl Watch for Stops<'_> {
    fn pause(&self, _: Duration) -> bool {
        !self.is_stopped()
    }

    fn is_stopped(&self) -> bool {
        (self.0)()
    }

    fn grace(&self) -> Duration {
        GRACE
    }
}

impl Server {
    pub(super) fn new(address: &Address, settings: &ComfySettings) -> Self {
        Self {
            address: address.clone(),
            client: Client::new(settings.patience),
            signed: settings.signed.clone(),
            own_name: settings.client.clone(),
            most_bytes: settings.most_bytes,
            fetch_secs: settings.fetch_secs,
            idle_secs: settings.patience.answer_secs,
            board: Arc::new(Board::new(&settings.previews)),
            socket: Socket::default(),
            schema: Mutex::default(),
            version: Mutex::default(),
            handed_in: Mutex::default(),
        }
    }

    /// Listens to what it tells, where that can be.
    pub(super) fn listen(&self) {
        let query = path_part(&self.own_name).unwrap_or_default();
        if let Ok(link) = Link::below(&self.address, &format!("/ws?clientId={query}")) {
            self.socket.listen(&link, &self.board);
        }
    }

    /// Its version, as far as it was asked before.
    pub(super) fn version(&self, call: &Call<'_>) -> Result<String, Trouble> {
        let known = lock(&self.version).clone();
        known.map_or_else(|| self.greet(call), Ok)
    }

    /// Looks whether it is there, and is a ComfyUI: its version.
    pub(super) fn greet(&self, call: &Call<'_>) -> Result<String, Trouble> {
        let answer = self.get("/system_stats", call)?;
        let version = reply::version(&answer).ok_or_else(|| no_comfy(&self.address))?;
        *lock(&self.version) = Some(version.clone());
        Ok(version)
    }

    /// What it says of the classes that `graph` uses; asked once for each that it has.
    pub(super) fn schema(&self, graph: &Graph, call: &Call<'_>) -> Result<Schema, Trouble> {
        let mut schema = lock(&self.schema).clone();
        let mut asked = false;
        for id in graph.ids() {
            let class = graph.class(id).unwrap_or_default();
            if schema.knows(class) {
                continue;
            }
            let Some(part) = path_part(class) else { continue };
            let answer = self.get(&format!("/object_info/{part}"), call)?;
            if !answer.is_object() {
                return Err(no_comfy(&self.address));
            }
            if answer.get(class).is_none() && self.replaces(class, call) {
                continue;
            }
            schema.learn(class, &answer);
            asked = true;
        }
        if asked {
            *lock(&self.schema) = schema.clone();
        }
        Ok(schema)
    }

    /// Whether it puts another node in the place of one that it has not any more. Older ones do not, and say so.
    fn replaces(&self, class: &str, call: &Call<'_>) -> bool {
        let answer = self.get("/node_replacements", call);
        answer.is_ok_and(|answer| {
            answer.get(class).and_then(Value::as_array).is_some_and(|new| !new.is_empty())
        })
    }

    /// What it says of its nodes may have changed: a model was put there, a node installed.
    pub(super) fn forget_schema(&self) {
        *lock(&self.schema) = Schema::default();
    }

    /// The name under which it keeps a file that goes along.
    pub(super) fn upload(&self, given: &Given, id: &str, call: &Call<'_>) -> Result<String, Trouble> {
        let name = file_name(given);
        let gone =
            || Trouble::TurnedDown { said: format!("the file {} that goes along is gone", given.hash) };
        let path = (call.given)(given).ok_or_else(gone)?;
        // The field is named so for voices and videos too.
        let field =
            Field::File { name: "image", path: &path, file_name: &name, mime: mime(&given.extension) };
        let body = Body::form(&[field], &format!("soundlock-{id}"));
        let body =
            body.map_err(|error| Trouble::TurnedDown { said: format!("{}: {error}", path.display()) })?;
        let reply = self.ask(Method::Post, "/upload/image", &body, call)?;
        match reply.status {
            200 => {
                let answer = json_of(&reply)?;
                reply::uploaded(&answer).ok_or_else(|| no_comfy(&self.address))
            }
            413 => Err(Trouble::TurnedDown {
                said: format!("{name} is larger than it takes: start it with a larger --max-upload-size"),
            }),
            _ => Err(self.no(&reply)),
        }
    }

    /// Hands a graph in.
    pub(super) fn prompt(&self, body: &Value, call: &Call<'_>) -> Told {
        let reply = match self.ask(Method::Post, "/prompt", &Body::json(&body.to_string()), call) {
            Ok(reply) => reply,
            Err(trouble) => return Told::Not(trouble),
        };
        let answer = reply::json(&reply.bytes).ok();
        match (reply.status, answer) {
            (200, Some(answer)) => match Accepted::read(&answer).filter(|accepted| is_id(&accepted.id)) {
                Some(accepted) => Told::Taken(accepted),
                None => Told::Not(lost("its answer names no job")),
            },
            (200, None) => Told::Not(lost(&said_of(&reply))),
            (400, answer) => {
                let said = answer.as_ref().and_then(reply::turned_down);
                Told::Not(Trouble::TurnedDown { said: said.unwrap_or_else(|| said_of(&reply)) })
            }
            (404 | 405, _) => Told::Not(Trouble::TurnedDown {
                said: format!("there is no ComfyUI at {} (status {})", self.address, reply.status),
            }),
            (500, _) => Told::Broke(format!("status 500: {}", said_of(&reply))),
            (413, _) => {
                Told::Not(Trouble::TurnedDown { said: "the workflow is larger than it takes".to_owned() })
            }
            _ => Told::Not(self.no(&reply)),
        }
    }

    /// Whether it knows a job, past or present.
    pub(super) fn knows(&self, id: &str, call: &Call<'_>) -> Result<bool, Trouble> {
        Ok(self.past(id, call)?.is_some() || self.standing(id, call)? != Standing::Absent)
    }

    /// What its history keeps of a job.
    pub(super) fn past(&self, id: &str, call: &Call<'_>) -> Result<Option<Past>, Trouble> {
        let answer = self.get(&format!("/history/{id}"), call)?;
        Past::read(&answer, id).map_err(|_| no_comfy(&self.address))
    }

    /// Where a job stands in its queue.
    pub(super) fn standing(&self, id: &str, call: &Call<'_>) -> Result<Standing, Trouble> {
        let answer = self.get("/queue", call)?;
        Standing::read(&answer, id).ok_or_else(|| no_comfy(&self.address))
    }

    /// Notes whom it knows before a job is handed in.
    pub(super) fn note(&self, id: &str, call: &Call<'_>) -> Result<HandedIn, Trouble> {
        let (queue, history) = (self.get("/queue", call)?, self.get("/history?max_items=1", call)?);
        let witness = reply::somebody(&queue, &history, id);
        let seen = HandedIn { witness, connection: self.socket.open() };
        let mut handed_in = lock(&self.handed_in);
        handed_in.insert(id.to_owned(), seen.clone());
        while handed_in.len() > MOST_REMEMBERED {
            handed_in.pop_first();
        }
        Ok(seen)
    }

    /// What was seen when a job was handed in by this process.
    pub(super) fn noted(&self, id: &str) -> Option<HandedIn> {
        lock(&self.handed_in).get(id).cloned()
    }

    /// Whether it is the same that it was when `witness` was seen.
    pub(super) fn life(&self, id: &str, witness: Option<&str>, call: &Call<'_>) -> Result<Life, Trouble> {
        let noted = self.noted(id).and_then(|noted| noted.connection);
        if noted.is_some() && noted == self.socket.open() {
            return Ok(Life::Same);
        }
        if let Some(witness) = witness.filter(|witness| is_id(witness)) {
            return Ok(if self.knows(witness, call)? { Life::Same } else { Life::Another });
        }
        let (queue, history) = (self.get("/queue", call)?, self.get("/history?max_items=1", call)?);
        match reply::knows_nobody(&queue, &history) {
            Some(true) => Ok(Life::Another),
            Some(false) => Ok(Life::Unknown),
            None => Err(no_comfy(&self.address)),
        }
    }

    /// A file whose name begins with `name`, whether it remembers having made it or not.
    pub(super) fn file_named(&self, name: &str, call: &Call<'_>) -> Result<Option<Output>, Trouble> {
        for end in ENDS {
            let output = Output::at("output", &format!("{name}{end}"));
            if self.has(&output, call)? {
                return Ok(Some(output));
            }
        }
        Ok(None)
    }

    /// Whether a file is there, and not empty.
    pub(super) fn has(&self, file: &Output, call: &Call<'_>) -> Result<bool, Trouble> {
        // One byte is enough to see it; of an empty file there is none (416).
        let headers = [("range".to_owned(), "bytes=0-0".to_owned())];
        let reply = self.asked(Method::Get, &view(file), &headers, &Body::none(), 4096, call)?;
        match reply.status {
            200 | 206 => Ok(true),
            404 | 416 => Ok(false),
            _ => Err(self.no(&reply)),
        }
    }

    /// Writes a file of its to `file`.
    pub(super) fn fetch(&self, output: &Output, file: &Path, call: &Call<'_>) -> Result<(), Trouble> {
        let link = self.link(&view(output))?;
        let body = Body::none();
        let ask = Ask {
            method: Method::Get,
            link: &link,
            headers: &[],
            signed: self.signed.as_ref(),
            body: &body,
            most_bytes: self.most_bytes,
        };
        let clip = Clip {
            address: &self.address,
            trusted: &[],
            file,
            most_bytes: self.most_bytes,
            whole_secs: self.fetch_secs,
            idle_secs: self.idle_secs,
        };
        let reply = self.client.fetch(&ask, &clip, &Stops(call.stopped)).map_err(trouble)?;
        match reply.status {
            200 => Ok(()),
            404 => Err(Trouble::NoTake { why: format!("{} is not there any more", output.link()) }),
            _ => Err(self.no(&reply)),
        }
    }

    /// Gives a job up, wherever it stands. What is not ours goes on.
    pub(super) fn cancel(&self, id: &str, call: &Call<'_>) -> Result<(), Trouble> {
        let newer = self.ask(Method::Post, &format!("/api/jobs/{id}/cancel"), &Body::json("{}"), call)?;
        if newer.status == 200 && serde_json::from_slice::<Value>(&newer.bytes).is_ok() {
            return Ok(());
        }
        if !matches!(newer.status, 200 | 404 | 405) {
            return Err(self.no(&newer));
        }
        self.post("/queue", &json!({ "delete": [id] }), call)?;
        // Servers of old interrupt whatever runs, so it is only asked where that is ours.
        if matches!(self.standing(id, call)?, Standing::Running(_)) {
            self.post("/interrupt", &json!({ "prompt_id": id }), call)?;
        }
        Ok(())
    }

    fn post(&self, path: &str, body: &Value, call: &Call<'_>) -> Result<(), Trouble> {
        let reply = self.ask(Method::Post, path, &Body::json(&body.to_string()), call)?;
        if reply.status == 200 { Ok(()) } else { Err(self.no(&reply)) }
    }

    /// An answer in JSON.
    fn get(&self, path: &str, call: &Call<'_>) -> Result<Value, Trouble> {
        let reply = self.ask(Method::Get, path, &Body::none(), call)?;
        if reply.status == 200 { json_of(&reply) } else { Err(self.no(&reply)) }
    }

    fn ask(&self, method: Method, path: &str, body: &Body, call: &Call<'_>) -> Result<Reply, Trouble> {
        self.asked(method, path, &[], body, MOST_JSON_BYTES, call)
    }

    fn asked(
        &self,
        method: Method,
        path: &str,
        headers: &[(String, String)],
        body: &Body,
        most_bytes: u64,
        call: &Call<'_>,
    ) -> Result<Reply, Trouble> {
        let link = self.link(path)?;
        let ask = Ask { method, link: &link, headers, signed: self.signed.as_ref(), body, most_bytes };
        self.client.ask(&ask, &Stops(call.stopped)).map_err(trouble)
    }

    fn link(&self, path: &str) -> Result<Link, Trouble> {
        Link::below(&self.address, path).map_err(trouble)
    }

    /// An answer that says no.
    fn no(&self, reply: &Reply) -> Trouble {
        let said = format!("status {}: {}", reply.status, said_of(reply));
        match reply.status {
            300..=399 => Trouble::TurnedDown {
                said: format!("{} has moved to {}: write that address", self.address, shown(&reply.location)),
            },
            401 | 403 | 407 => Trouble::NotLetIn { said },
            402 => Trouble::NoCredit { said },
            429 | 503 if reply.status == 429 || reply.later.is_some() => {
                Trouble::Busy { said, after: reply.later }
            }
            // Whatever stands in between speaks of itself; what the server would say is not known.
            _ => Trouble::Lost { why: said },
        }
    }
}

fn json_of(reply: &Reply) -> Result<Value, Trouble> {
    reply::json(&reply.bytes).map_err(|_| lost(&said_of(reply)))
}

/// What an answer that is not what it should be says, on one line.
fn said_of(reply: &Reply) -> String {
    let text = String::from_utf8_lossy(&reply.bytes[..reply.bytes.len().min(1024)]).into_owned();
    let start = text.trim_start().to_ascii_lowercase();
    if reply.mime == "text/html" || start.starts_with("<!doctype html") || start.starts_with("<html") {
        return "an HTML page came: something stands between us and ComfyUI, or the port is another's"
            .to_owned();
    }
    match text.split_whitespace().collect::<Vec<_>>().join(" ") {
        line if line.is_empty() => "it does not say why".to_owned(),
        line => shown(&line),
    }
}

fn lost(why: &str) -> Trouble {
    Trouble::Lost { why: why.to_owned() }
}

fn no_comfy(address: &Address) -> Trouble {
    Trouble::Lost { why: format!("what answers at {address} does not speak as ComfyUI does") }
}

/// What happened before a graph was handed in cannot have queued it.
pub(super) fn unheard(trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::Lost { why } => Trouble::NotHeard { why },
        other => other,
    }
}

fn trouble(error: ServiceError) -> Trouble {
    match error {
        ServiceError::NotReached { .. } => Trouble::NotHeard { why: hinted(&error) },
        ServiceError::Stopped { .. } => Trouble::Stopped,
        ServiceError::BadAddress { .. } | ServiceError::PlainAddress { .. } | ServiceError::BadKey => {
            Trouble::NotHeard { why: hinted(&error) }
        }
        ServiceError::NotFollowed { .. } | ServiceError::NoClip { .. } => {
            Trouble::NoTake { why: hinted(&error) }
        }
        ServiceError::NotWritten { .. } => Trouble::NoRoom { why: hinted(&error) },
        other => Trouble::Lost { why: other.to_string() },
    }
}

fn hinted(error: &ServiceError) -> String {
    match error.hint() {
        Some(hint) => format!("{error} ({hint})"),
        None => error.to_string(),
    }
}

fn view(output: &Output) -> String {
    let part = |text: &str| path_part(text).unwrap_or_default();
    format!(
        "/view?filename={}&subfolder={}&type={}",
        part(&output.filename),
        part(&output.subfolder),
        output.kind
    )
}

/// What a file that goes along is called there: by its content, so that it is uploaded once however often it is used.
pub(super) fn file_name(given: &Given) -> String {
    let hash = given.hash.to_string();
    format!("soundlock-{}.{}", hash.get(..32).unwrap_or(&hash), extension(given))
}

fn extension(given: &Given) -> String {
    let letters = given.extension.chars().filter(char::is_ascii_alphanumeric).take(8);
    letters.collect::<String>().to_ascii_lowercase()
}

fn mime(extension: &str) -> &'static str {
    match extension.to_ascii_lowercase().as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "wav" => "audio/wav",
        "flac" => "audio/flac",
        "mp3" => "audio/mpeg",
        "mp4" => "video/mp4",
        _ => "application/octet-stream",
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
