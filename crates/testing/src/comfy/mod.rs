//! A ComfyUI of our own: it behaves as version 0.8.0 was measured to behave, and misbehaves when it is told to.

mod classes;
mod draw;
mod jobs;
mod socket;

use std::collections::{BTreeMap, VecDeque};
use std::io::Write;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

pub use classes::comfy_classes;
use jobs::Queued;
use socket::Sockets;

use crate::service::{give, question};
use crate::{Heard, Reply};

/// A node of old that newer versions put another in the place of: `EmptyImage`.
pub(crate) const REPLACED: &str = "EmptyImageOld";

/// Uploads above this are refused with 413, as `--max-upload-size 100` does.
const MOST_UPLOAD_BYTES: usize = 100 << 20;

/// A ComfyUI on this machine without weights: it checks graphs as ComfyUI does, "makes" the clip that it was given, and keeps
/// queue, history, uploads and files as ComfyUI does. It lives as long as the process.
///
/// Jobs run by themselves, one at a time, unless they are held ([`TestComfy::hold`]).
#[derive(Debug, Clone)]
pub struct TestComfy {
    inner: Arc<Inner>,
}

/// How a job goes wrong when its turn comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobFault {
    /// A node breaks: `execution_error`.
    Breaks,
    /// Somebody interrupts it.
    Interrupted,
    /// It succeeds, and its outputs are empty, as with everything cached.
    NoOutputs,
    /// It succeeds, and its outputs are a file of an earlier job.
    OldFile,
    /// It makes pictures and no video.
    Pictures,
    /// It keeps its file under another key, as other nodes for videos do.
    OtherKey,
}

/// How a request goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AskFault {
    /// It is done, and the answer never comes.
    AnswerLost,
    /// It is done, and this is answered.
    DoneBut(Reply),
    /// This is answered instead, and nothing is done.
    Instead(Reply),
}

#[derive(Debug)]
struct Inner {
    port: u16,
    state: Mutex<State>,
    turn: Condvar,
    sockets: Sockets,
    /// Raised to let the listener and the worker of before end.
    life: AtomicU64,
}

#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
struct State {
    classes: Value,
    /// Whether `/api/jobs/{id}/cancel` is there, and ids must be UUIDs.
    is_new: bool,
    /// Whether graphs without weights are drawn.
    draws: bool,
    /// What stands before every path and must stand in `Authorization`, where a proxy stands before it.
    proxy: Option<(String, String)>,
    clip: Vec<u8>,
    held: bool,
    number: i64,
    pending: Vec<Queued>,
    running: Option<Queued>,
    interrupted: bool,
    history: BTreeMap<String, Value>,
    /// What identical graphs made before, since the start.
    cached: BTreeMap<String, Value>,
    /// `output/soundlock/a_00001_.mp4`: they outlive a restart, as do uploads.
    files: BTreeMap<String, Vec<u8>>,
    job_faults: VecDeque<JobFault>,
    ask_faults: Vec<(String, AskFault)>,
    /// Ids of jobs in the order in which they began to run.
    ran: Vec<String>,
    heard: Vec<Heard>,
}

impl TestComfy {
    /// Starts a server whose videos are all `clip`.
    ///
    /// # Panics
    /// When this machine gives it no port.
    pub fn start(clip: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on this machine");
        let port = listener.local_addr().expect("its own address").port();
        let state = State {
            classes: comfy_classes(),
            is_new: false,
            draws: false,
            proxy: None,
            clip,
            held: false,
            number: 0,
            pending: Vec::new(),
            running: None,
            interrupted: false,
            history: BTreeMap::new(),
            cached: BTreeMap::new(),
            files: BTreeMap::new(),
            job_faults: VecDeque::new(),
            ask_faults: Vec::new(),
            ran: Vec::new(),
            heard: Vec::new(),
        };
        let inner = Inner {
            port,
            state: Mutex::new(state),
            turn: Condvar::new(),
            sockets: Sockets::default(),
            life: AtomicU64::new(0),
        };
        let comfy = Self { inner: Arc::new(inner) };
        comfy.live(listener);
        comfy
    }

    /// The same as newer versions are (0.38): ids must be UUIDs, `/api/jobs/{id}/cancel` is there, formats of `SaveVideo` bring
    /// inputs of their own.
    #[must_use]
    pub fn newer(self) -> Self {
        let mut state = self.state();
        state.is_new = true;
        classes::make_newer(&mut state.classes);
        drop(state);
        self
    }

    /// The same where graphs that need no weights make what they say: size, frames, rate, noise, sound.
    #[must_use]
    pub fn drawing(self) -> Self {
        self.state().draws = true;
        self
    }

    /// The same behind a proxy: everything lies below `/path`, and `authorization` must be said.
    #[must_use]
    pub fn behind(self, path: &str, authorization: &str) -> Self {
        self.state().proxy = Some((path.to_owned(), authorization.to_owned()));
        self
    }

    /// Where it is: `http://127.0.0.1:40123`.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.inner.port)
    }

    /// Its nodes, to be changed.
    pub fn change_classes(&self, change: impl FnOnce(&mut Value)) {
        change(&mut self.state().classes);
    }

    /// From now on jobs wait until they are begun and finished by hand.
    pub fn hold(&self) {
        self.state().held = true;
    }

    /// Jobs run by themselves again.
    pub fn release(&self) {
        self.state().held = false;
        self.inner.turn.notify_all();
    }

    /// Begins the next job, and tells of it as a sampler does: cached nodes, steps, a preview.
    ///
    /// # Panics
    /// When there is none.
    pub fn begin(&self) -> String {
        assert!(self.take_turn(), "no job waits");
        let job = self.state().running.clone().expect("it was just begun");
        self.tell_begin(&job);
        self.tell_half(&job);
        job.id
    }

    /// Finishes the job that runs.
    ///
    /// # Panics
    /// When none runs.
    pub fn finish(&self) {
        let running = self.state().running.clone();
        self.end_turn(&running.expect("a job runs"));
    }

    /// The next job goes wrong like this.
    pub fn plant_job(&self, fault: JobFault) {
        self.state().job_faults.push_back(fault);
    }

    /// The next request whose line begins so (`POST /prompt`) goes wrong like this.
    pub fn plant(&self, line: &str, fault: AskFault) {
        self.state().ask_faults.push((line.to_owned(), fault));
    }

    /// Nothing that was planted and did not happen yet goes wrong any more.
    pub fn behave(&self) {
        let mut state = self.state();
        state.job_faults.clear();
        state.ask_faults.clear();
    }

    /// Stops as by `kill -9`: connections close, queue and history are gone; files stay.
    pub fn stop(&self) {
        self.inner.life.fetch_add(1, Ordering::SeqCst);
        // Wakes the listener, which then ends.
        drop(TcpStream::connect(("127.0.0.1", self.inner.port)));
        self.inner.sockets.close();
        let mut state = self.state();
        (state.number, state.running) = (0, None);
        state.pending.clear();
        state.history.clear();
        state.cached.clear();
        drop(state);
        self.inner.turn.notify_all();
    }

    /// Stops and starts again.
    ///
    /// # Panics
    /// When its port was taken meanwhile.
    pub fn restart(&self) {
        self.stop();
        self.go_on();
    }

    /// Starts again after a stop.
    ///
    /// # Panics
    /// When its port was taken meanwhile.
    pub fn go_on(&self) {
        let bound = (0..200).find_map(|_| {
            let listener = TcpListener::bind(("127.0.0.1", self.inner.port));
            if listener.is_err() {
                thread::sleep(Duration::from_millis(25));
            }
            listener.ok()
        });
        self.live(bound.expect("its own port"));
    }

    /// Closes every websocket, as a proxy does that is tired of it.
    pub fn close_sockets(&self) {
        self.inner.sockets.close();
    }

    /// How many websockets hear what their jobs do.
    pub fn sockets(&self) -> usize {
        self.inner.sockets.count()
    }

    /// Somebody deletes everything that waits.
    pub fn clear_queue(&self) {
        self.state().pending.clear();
    }

    /// Somebody clears the history.
    pub fn clear_history(&self) {
        self.state().history.clear();
    }

    /// Ids of jobs in the order in which they began to run: what the machine worked for.
    pub fn ran(&self) -> Vec<String> {
        self.state().ran.clone()
    }

    /// Ids of jobs that wait.
    pub fn waiting(&self) -> Vec<String> {
        self.state().pending.iter().map(|job| job.id.clone()).collect()
    }

    /// Its files: `output/soundlock/a_00001_.mp4`, `input/a.png`.
    pub fn files(&self) -> Vec<String> {
        self.state().files.keys().cloned().collect()
    }

    /// Puts a file there.
    pub fn put_file(&self, path: &str, bytes: Vec<u8>) {
        self.state().files.insert(path.to_owned(), bytes);
    }

    /// Takes a file away.
    pub fn remove_file(&self, path: &str) {
        self.state().files.remove(path);
    }

    /// The graph of the last job that was asked for.
    pub fn last_graph(&self) -> Option<Value> {
        let state = self.state();
        let asked = state.heard.iter().rev().find(|heard| heard.line.starts_with("POST /prompt"))?;
        serde_json::from_slice::<Value>(&asked.body).ok().map(|body| body["prompt"].clone())
    }

    /// Every request so far, websockets apart.
    pub fn heard(&self) -> Vec<Heard> {
        self.state().heard.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_over(&self, life: u64) -> bool {
        self.inner.life.load(Ordering::SeqCst) != life
    }

    /// Listens and works until it is stopped.
    fn live(&self, listener: TcpListener) {
        let life = self.inner.life.load(Ordering::SeqCst);
        let (ears, hands) = (self.clone(), self.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if ears.is_over(life) {
                    return;
                }
                let comfy = ears.clone();
                thread::spawn(move || comfy.serve(stream));
            }
        });
        thread::spawn(move || hands.work(life));
    }

    fn serve(&self, mut stream: TcpStream) {
        if socket::asks_for_one(&stream) {
            return self.inner.sockets.open(stream, self.state().remaining());
        }
        let Some(mut heard) = question(&stream) else { return };
        if let Some(no) = self.stopped_before(&mut heard) {
            give(&mut stream, no);
            let _ = stream.shutdown(Shutdown::Both);
            return;
        }
        let planted = {
            let mut state = self.state();
            state.heard.push(heard.clone());
            let at = state.ask_faults.iter().position(|(line, _)| heard.line.starts_with(line.as_str()));
            at.map(|at| state.ask_faults.remove(at).1)
        };
        match planted {
            Some(AskFault::Instead(reply)) => give(&mut stream, reply),
            Some(AskFault::AnswerLost) => drop(self.answer(&heard)),
            Some(AskFault::DoneBut(reply)) => {
                drop(self.answer(&heard));
                give(&mut stream, reply);
            }
            None => give(&mut stream, self.answer(&heard)),
        }
        let _ = stream.flush();
        let _ = stream.shutdown(Shutdown::Both);
    }

    /// What a proxy or the check of origins answers instead; else what is below the proxy's path is asked for.
    fn stopped_before(&self, heard: &mut Heard) -> Option<Reply> {
        if let Some((path, authorization)) = self.state().proxy.clone() {
            if heard.header("authorization") != Some(authorization.as_str()) {
                let page = b"<html><title>401 Authorization Required</title></html>".to_vec();
                return Some(Reply::Answer(401, vec!["Content-Type: text/html".to_owned()], page));
            }
            let below = heard.line.split_once(&path).filter(|(_, rest)| rest.starts_with('/'));
            let Some((method, rest)) = below else {
                return Some(Reply::Answer(
                    404,
                    vec!["Content-Type: text/html".to_owned()],
                    b"<html>".to_vec(),
                ));
            };
            heard.line = format!("{method}{rest}");
        }
        let own = format!("127.0.0.1:{}", self.inner.port);
        match (heard.header("host"), heard.header("origin")) {
            (Some(host), _) if host != own => Some(Reply::Answer(400, Vec::new(), b"another host".to_vec())),
            (None, _) => Some(Reply::Answer(400, Vec::new(), b"no host".to_vec())),
            // A browser on a foreign page says where it comes from.
            (_, Some(origin)) if !origin.ends_with(&own) => Some(Reply::Answer(403, Vec::new(), Vec::new())),
            _ => None,
        }
    }

    fn answer(&self, heard: &Heard) -> Reply {
        let (method, target) = heard.line.split_once(' ').unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let path = path.strip_prefix("/api").filter(|rest| !rest.starts_with("/jobs")).unwrap_or(path);
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let body = || serde_json::from_slice::<Value>(&heard.body).ok();
        match (method, parts.as_slice()) {
            ("GET", ["system_stats"]) => json_reply(&json!({
                "system": {"os": "posix", "comfyui_version": if self.state().is_new { "0.38.1" } else { "0.8.0" }, "python_version": "3.11.9", "pytorch_version": "2.11.0+cpu", "argv": ["main.py", "--cpu"]},
                "devices": [{"name": "cpu", "type": "cpu", "index": null, "vram_total": 0}],
            })),
            ("GET", ["object_info"]) => json_reply(&self.state().classes),
            ("GET", ["object_info", class]) => {
                let class = decoded(class);
                let known = self.state().classes.get(&class).cloned();
                json_reply(&known.map_or_else(|| json!({}), |known| json!({ class: known })))
            }
            ("GET", ["node_replacements"]) if self.state().is_new => json_reply(&json!({
                REPLACED: [{"old_node_id": REPLACED, "new_node_id": "EmptyImage"}]
            })),
            ("GET", ["queue"]) => json_reply(&self.state().queue()),
            ("GET", ["history"]) => {
                let most = value_of(query, "max_items").and_then(|most| most.parse().ok());
                json_reply(&self.state().whole_history(most))
            }
            ("GET", ["history", id]) => {
                let past = self.state().history.get(*id).cloned();
                json_reply(&past.map_or_else(|| json!({}), |past| json!({ *id: past })))
            }
            ("GET", ["view"]) => self.view(query, heard.header("range")),
            ("POST", ["prompt"]) => match body() {
                Some(body) => self.prompt(&body),
                None => Reply::Answer(
                    500,
                    vec!["Content-Type: text/plain; charset=utf-8".to_owned()],
                    b"500 Internal Server Error\n\nServer got itself in trouble".to_vec(),
                ),
            },
            ("POST", ["queue"]) => {
                self.change_queue(&body().unwrap_or_default());
                Reply::Answer(200, Vec::new(), Vec::new())
            }
            ("POST", ["interrupt"]) => {
                self.interrupt(body().as_ref().and_then(|body| body.get("prompt_id")?.as_str()));
                Reply::Answer(200, Vec::new(), Vec::new())
            }
            ("POST", ["api", "jobs", id, "cancel"]) if self.state().is_new => {
                json_reply(&json!({"cancelled": self.cancel(id)}))
            }
            ("POST", ["upload", "image"]) => self.upload(heard),
            ("POST", ["free"]) => Reply::Answer(200, Vec::new(), Vec::new()),
            // The editor's files lie at the root, and are only read: nothing else is unknown there, it is not allowed.
            (method, _) if method != "GET" => {
                Reply::Answer(405, Vec::new(), b"405: Method Not Allowed".to_vec())
            }
            _ => Reply::Answer(404, Vec::new(), b"404: Not Found".to_vec()),
        }
    }

    fn view(&self, query: &str, range: Option<&str>) -> Reply {
        let part = |name: &str| value_of(query, name).unwrap_or_default();
        let (filename, subfolder, kind) = (part("filename"), part("subfolder"), part("type"));
        if filename.is_empty() || filename.starts_with('/') || filename.contains("..") {
            return Reply::Answer(400, Vec::new(), Vec::new());
        }
        if subfolder.contains("..") {
            return Reply::Answer(403, Vec::new(), Vec::new());
        }
        let kind = if kind.is_empty() { "output" } else { kind.as_str() };
        let path =
            [kind, &subfolder, &filename].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
        let Some(bytes) = self.state().files.get(&path.join("/")).cloned() else {
            return Reply::Answer(404, Vec::new(), Vec::new());
        };
        let mime = match filename.rsplit('.').next() {
            Some("mp4") => "video/mp4",
            Some("png") => "image/png",
            Some("webm") => "video/webm",
            _ => "application/octet-stream",
        };
        let mut headers = vec![
            format!("Content-Type: {mime}"),
            format!("Etag: \"{:x}\"", bytes.len()),
            "Last-Modified: Sun, 22 Nov 2026 10:00:00 GMT".to_owned(),
            format!("Content-Disposition: filename=\"{filename}\""),
        ];
        if bytes.is_empty() && range.is_some() {
            return Reply::Answer(416, Vec::new(), Vec::new());
        }
        let wanted = range.and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
        let Some((first, last)) = wanted else { return Reply::Answer(200, headers, bytes) };
        let first: usize = first.parse().unwrap_or(0).min(bytes.len());
        let last = last.parse::<usize>().map_or(bytes.len(), |last| last + 1).clamp(first, bytes.len());
        headers.push(format!("Content-Range: bytes {first}-{}/{}", last.saturating_sub(1), bytes.len()));
        Reply::Answer(206, headers, bytes[first..last].to_vec())
    }

    fn upload(&self, heard: &Heard) -> Reply {
        if heard.body.len() > MOST_UPLOAD_BYTES {
            return Reply::Answer(413, Vec::new(), b"413: Request Entity Too Large".to_vec());
        }
        let boundary =
            heard.header("content-type").and_then(|kind| kind.split_once("boundary=")).map(|(_, rest)| rest);
        let parts = multipart(&heard.body, boundary.unwrap_or_default().trim_matches('"'));
        let field = |name: &str| parts.iter().find(|part| part.name == name);
        let text = |name: &str| field(name).map(|part| String::from_utf8_lossy(&part.bytes).into_owned());
        let Some((file, filename)) = field("image").and_then(|part| Some((part, part.filename.clone()?)))
        else {
            return Reply::Answer(400, Vec::new(), Vec::new());
        };
        let subfolder = text("subfolder").unwrap_or_default();
        let filename = filename.rsplit('/').next().unwrap_or_default().to_owned();
        if subfolder.contains("..") || filename.is_empty() {
            return Reply::Answer(400, Vec::new(), Vec::new());
        }
        let folder = if subfolder.is_empty() { "input".to_owned() } else { format!("input/{subfolder}") };
        let overwrites = matches!(text("overwrite").as_deref(), Some("true" | "1"));
        let (stem, end) = filename.rsplit_once('.').unwrap_or((&filename, ""));
        let mut state = self.state();
        let mut name = filename.clone();
        let mut count = 1;
        while !overwrites
            && state.files.get(&format!("{folder}/{name}")).is_some_and(|own| *own != file.bytes)
        {
            name = format!("{stem} ({count}).{end}");
            count += 1;
        }
        state.files.insert(format!("{folder}/{name}"), file.bytes.clone());
        let mut kept = json!({"name": name, "subfolder": subfolder, "type": "input"});
        if state.is_new {
            kept["asset"] = json!({"id": 7, "name": name, "size": file.bytes.len(), "tags": ["input"]});
        }
        json_reply(&kept)
    }
}

/// As Python writes it: numbers that are none stand there bare, and no other program reads that.
fn json_reply(value: &Value) -> Reply {
    let text = ["NaN", "Infinity", "-Infinity"]
        .iter()
        .fold(value.to_string(), |text, number| text.replace(&format!("\"!{number}!\""), number));
    Reply::good("application/json; charset=utf-8", text.into_bytes())
}

/// The value of `name` in a query, decoded.
fn value_of(query: &str, name: &str) -> Option<String> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(own, _)| *own == name).map(|(_, value)| decoded(value))
}

fn decoded(text: &str) -> String {
    let (mut out, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, tail)) = rest.split_first() {
        let code = (*first == b'%').then(|| tail.get(..2)).flatten();
        let code = code.and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        match (code, first) {
            (Some(byte), _) => {
                out.push(byte);
                rest = &tail[2..];
            }
            (None, first) => {
                out.push(if *first == b'+' { b' ' } else { *first });
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A part of a form.
struct Part {
    name: String,
    filename: Option<String>,
    bytes: Vec<u8>,
}

fn multipart(body: &[u8], boundary: &str) -> Vec<Part> {
    let mark = format!("--{boundary}").into_bytes();
    let mut parts = Vec::new();
    let mut rest = body;
    while let Some(at) = find(rest, &mark) {
        rest = &rest[at + mark.len()..];
        let Some(end) = find(rest, &mark) else { break };
        let part = &rest[..end];
        if let Some(head) = find(part, b"\r\n\r\n") {
            let words = String::from_utf8_lossy(&part[..head]).into_owned();
            let named = |name: &str| {
                let (_, after) = words.split_once(&format!("{name}=\""))?;
                after.split('"').next().map(str::to_owned)
            };
            let bytes = part[head + 4..].strip_suffix(b"\r\n").unwrap_or(&part[head + 4..]);
            // `name` stands in `filename` too.
            let name = words.split_once("; name=\"").and_then(|(_, after)| after.split('"').next());
            parts.push(Part {
                name: name.unwrap_or_default().to_owned(),
                filename: named("filename"),
                bytes: bytes.to_vec(),
            });
        }
    }
    parts
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len().max(1)).position(|window| window == needle)
}
