//! Queue, history and work of the test server.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::classes::{Held, cannot_be_called, held};
use super::draw::{Drawing, size_of};
use super::{JobFault, REPLACED, State, TestComfy, json_reply};
use crate::Reply;

/// A job.
#[derive(Debug, Clone)]
pub(super) struct Queued {
    number: f64,
    pub(super) id: String,
    graph: Value,
    extra: Value,
    outputs: Vec<String>,
}

impl Queued {
    fn entry(&self) -> Value {
        json!([self.number, self.id, self.graph, self.extra, self.outputs])
    }

    fn client(&self) -> Option<&str> {
        self.extra.get("client_id")?.as_str()
    }
}

impl State {
    pub(super) fn remaining(&self) -> usize {
        self.pending.len() + usize::from(self.running.is_some())
    }

    pub(super) fn queue(&self) -> Value {
        let running: Vec<Value> = self.running.iter().map(Queued::entry).collect();
        let pending: Vec<Value> = self.pending.iter().map(Queued::entry).collect();
        json!({"queue_running": running, "queue_pending": pending})
    }

    /// The last `most` of the history.
    pub(super) fn whole_history(&self, most: Option<usize>) -> Value {
        let mut past: Vec<(&String, &Value)> = self.history.iter().collect();
        past.sort_by(|a, b| number_of(b.1).total_cmp(&number_of(a.1)));
        past.truncate(most.unwrap_or(usize::MAX));
        Value::Object(past.into_iter().map(|(id, past)| (id.clone(), past.clone())).collect())
    }

    fn inputs(&self) -> Vec<String> {
        let own = self.files.keys().filter_map(|path| path.strip_prefix("input/")).map(str::to_owned);
        own.chain(["example.png".to_owned()]).collect()
    }
}

/// The graph with another node for each of old.
fn replaced(graph: &Value) -> Value {
    let mut graph = graph.clone();
    for node in graph.as_object_mut().into_iter().flat_map(Map::values_mut) {
        if node["class_type"] == REPLACED {
            node["class_type"] = json!("EmptyImage");
        }
    }
    graph
}

fn number_of(past: &Value) -> f64 {
    past["prompt"][0].as_f64().unwrap_or_default()
}

impl TestComfy {
    pub(super) fn prompt(&self, body: &Value) -> Reply {
        let no = |kind: &str, message: &str| {
            let error = json!({"type": kind, "message": message, "details": message, "extra_info": {}});
            Reply::no(400, &json!({"error": error, "node_errors": {}}).to_string())
        };
        let mut state = self.state();
        let Some(graph) = body.get("prompt") else { return no("no_prompt", "No prompt provided") };
        let graph = &if state.is_new { replaced(graph) } else { graph.clone() };
        let asked = body.get("prompt_id").and_then(Value::as_str);
        if state.is_new && asked.is_some_and(|id| !is_uuid(id)) {
            return no("invalid_prompt_id", "prompt_id must be a canonical lowercase UUID");
        }
        let given = body.get("number").and_then(Value::as_f64);
        let own = if body["front"] == json!(true) { -state.number } else { state.number } as f64;
        state.number += 1;
        let (outputs, errors) = match held(graph, &state.classes, &state.inputs(), state.is_new) {
            Held::Good(outputs, errors) => (outputs, errors),
            Held::Bad(body) => return Reply::no(400, &body.to_string()),
        };
        let id = asked.map_or_else(|| format!("00000000-0000-4000-8000-{:012}", state.number), str::to_owned);
        let mut extra = body.get("extra_data").cloned().unwrap_or_else(|| json!({}));
        if let Some(client) = body.get("client_id") {
            extra["client_id"] = client.clone();
        }
        extra["create_time"] = json!(1_764_460_800_000_u64);
        let number = given.unwrap_or(own);
        // The same id again is another job, and the history keeps the later one.
        state.pending.push(Queued { number, id: id.clone(), graph: graph.clone(), extra, outputs });
        let remaining = state.remaining();
        drop(state);
        self.tell_status(remaining);
        self.inner.turn.notify_all();
        json_reply(&json!({"prompt_id": id, "number": number, "node_errors": Value::Object(errors)}))
    }

    pub(super) fn change_queue(&self, body: &Value) {
        let mut state = self.state();
        if body["clear"] == json!(true) {
            state.pending.clear();
        }
        for id in body["delete"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            state.pending.retain(|job| job.id != id);
        }
    }

    /// Interrupts what runs; with an id only that.
    pub(super) fn interrupt(&self, id: Option<&str>) {
        let mut state = self.state();
        let runs = state.running.as_ref().map(|job| job.id.clone());
        if runs.is_some() && (id.is_none() || id == runs.as_deref()) {
            state.interrupted = true;
        }
        let held = state.held;
        let running = state.running.clone().filter(|_| state.interrupted && held);
        drop(state);
        if let Some(job) = running {
            self.end_turn(&job);
        }
    }

    pub(super) fn cancel(&self, id: &str) -> bool {
        let (waits, runs) = {
            let state = self.state();
            let waits = state.pending.iter().any(|job| job.id == id);
            (waits, state.running.as_ref().is_some_and(|job| job.id == id))
        };
        self.change_queue(&json!({"delete": [id]}));
        if runs {
            self.interrupt(Some(id));
        }
        waits || runs
    }

    /// Runs jobs, one at a time, until the server is stopped.
    pub(super) fn work(&self, life: u64) {
        loop {
            let mut state = self.state();
            while !self.is_over(life) && (state.held || state.pending.is_empty() || state.running.is_some()) {
                let wait = self.inner.turn.wait_timeout(state, Duration::from_millis(200));
                state = wait.unwrap_or_else(PoisonError::into_inner).0;
            }
            drop(state);
            if self.is_over(life) {
                return;
            }
            if self.take_turn() {
                let job = self.state().running.clone();
                if let Some(job) = job {
                    self.tell_begin(&job);
                    self.end_turn(&job);
                }
            }
        }
    }

    /// Moves the job with the smallest number to where it runs; false where none waits.
    pub(super) fn take_turn(&self) -> bool {
        let mut state = self.state();
        let first = (0..state.pending.len())
            .min_by(|a, b| state.pending[*a].number.total_cmp(&state.pending[*b].number));
        let Some(first) = first else { return false };
        let job = state.pending.remove(first);
        state.ran.push(job.id.clone());
        state.interrupted = false;
        state.running = Some(job);
        true
    }

    pub(super) fn tell_begin(&self, job: &Queued) {
        self.tell(job, "execution_start", json!({}));
        self.tell(job, "execution_cached", json!({"nodes": []}));
    }

    /// Tells of a job that is halfway through its sampler.
    pub(super) fn tell_half(&self, job: &Queued) {
        let nodes = job.graph.as_object().cloned().unwrap_or_default();
        let is_sampler =
            |node: &Value| node["class_type"].as_str().is_some_and(|class| class.contains("Sampler"));
        let sampler = nodes.iter().find(|(_, node)| is_sampler(node)).or_else(|| nodes.iter().next());
        let Some((node, _)) = sampler else { return };
        let half = json!({ node: {"value": 10.0, "max": 20.0, "state": "running", "node_id": node, "prompt_id": job.id}});
        self.tell(job, "progress_state", json!({ "nodes": half }));
        self.tell(job, "executing", json!({"node": node, "display_node": node}));
        self.tell(job, "progress", json!({"value": 10, "max": 20, "node": node}));
        let jpeg = [0xff, 0xd8, 0xff, 0xe0, 0, 16, b'J', b'F', b'I', b'F'];
        let mut preview = [1_u32.to_be_bytes(), 1_u32.to_be_bytes()].concat();
        preview.extend(jpeg);
        self.inner.sockets.show(job.client(), preview);
        let words = json!({"node_id": node, "prompt_id": job.id, "image_type": "image/jpeg"}).to_string();
        let mut preview = [4_u32.to_be_bytes(), (words.len() as u32).to_be_bytes()].concat();
        preview.extend(words.as_bytes());
        preview.extend(jpeg);
        self.inner.sockets.show(job.client(), preview);
        // Words about a node, with its id before them.
        let mut words = [3_u32.to_be_bytes(), (node.len() as u32).to_be_bytes()].concat();
        words.extend(node.as_bytes());
        words.extend(b"10 of 20");
        self.inner.sockets.show(job.client(), words);
        // Not encoded, of use to nobody.
        self.inner.sockets.show(job.client(), 2_u32.to_be_bytes().to_vec());
    }

    /// Ends the job that runs, as was planted, and writes it down.
    pub(super) fn end_turn(&self, job: &Queued) {
        let mut state = self.state();
        if state.running.as_ref().is_none_or(|running| running.id != job.id) {
            return;
        }
        let is_odd = |drawing: Drawing| drawing.width % 2 == 1 || drawing.height % 2 == 1;
        let drawn = || job.outputs.iter().filter_map(|saver| state.drawing(&job.graph, saver));
        // The encoder takes no odd sizes, and says so only when it is asked.
        let is_lame = |id: &String| cannot_be_called(&job.graph[id], &state.classes);
        let breaks = (state.draws && drawn().any(is_odd)) || job.outputs.iter().any(is_lame);
        let planted = match (state.interrupted, breaks) {
            (true, _) => Some(JobFault::Interrupted),
            (false, true) => Some(JobFault::Breaks),
            (false, false) => state.job_faults.pop_front(),
        };
        let node = job.graph.as_object().and_then(|nodes| nodes.iter().next());
        let (node, class) =
            node.map(|(id, node)| (id.clone(), node["class_type"].clone())).unwrap_or_default();
        let (kind, data) = match planted {
            Some(JobFault::Breaks) => (
                "execution_error",
                json!({"node_id": node, "node_type": class, "exception_type": "torch.OutOfMemoryError",
                       "exception_message": "Allocation on device\n", "traceback": ["  File \"/opt/ComfyUI/nodes.py\""], "executed": [],
                       // What it was given may be no number, and then this is no JSON.
                       "current_inputs": {"sigmas": ["!NaN!"]}, "current_outputs": []}),
            ),
            Some(JobFault::Interrupted) => {
                ("execution_interrupted", json!({"node_id": node, "node_type": class, "executed": []}))
            }
            _ => ("execution_success", json!({})),
        };
        let is_good = kind == "execution_success";
        let outputs = if is_good { state.made(job, planted) } else { json!({}) };
        let mut last = data.clone();
        last["prompt_id"] = json!(job.id);
        let status = json!({
            "status_str": if is_good { "success" } else { "error" },
            "completed": is_good,
            "messages": [["execution_start", {"prompt_id": job.id}], ["execution_cached", {"nodes": [], "prompt_id": job.id}], [kind, last]],
        });
        let past = json!({"prompt": job.entry(), "outputs": outputs, "status": status, "meta": {}});
        state.running = None;
        state.interrupted = false;
        state.history.insert(job.id.clone(), past);
        let remaining = state.remaining();
        drop(state);
        for (node, output) in outputs.as_object().into_iter().flatten() {
            self.tell(job, "executed", json!({"node": node, "display_node": node, "output": output}));
        }
        self.tell(job, kind, data);
        self.tell(job, "executing", json!({"node": null}));
        self.tell_status(remaining);
        self.inner.turn.notify_all();
    }

    fn tell(&self, job: &Queued, kind: &str, mut data: Value) {
        data["prompt_id"] = json!(job.id);
        self.inner.sockets.tell(job.client(), kind, &data);
    }

    fn tell_status(&self, remaining: usize) {
        let status = json!({"status": {"exec_info": {"queue_remaining": remaining}}});
        self.inner.sockets.tell(None, "status", &status);
    }
}

impl State {
    /// The outputs of a job, whose files are written.
    fn made(&mut self, job: &Queued, planted: Option<JobFault>) -> Value {
        let same = job.graph.to_string();
        match (self.cached.get(&same), planted) {
            (_, Some(JobFault::NoOutputs)) => return json!({}),
            // Everything is cached: who has a client hears of the old file, others of nothing.
            (Some(old), None) => return if job.client().is_some() { old.clone() } else { json!({}) },
            _ => {}
        }
        let mut outputs = BTreeMap::new();
        for id in &job.outputs {
            let node = &job.graph[id];
            let drawing = self.draws.then(|| self.drawing(&job.graph, id)).flatten();
            let class = node["class_type"].as_str().unwrap_or_default();
            let end = end_of(class, node);
            let bytes = match &drawing {
                Some(drawing) => {
                    let sound = drawing.audio().and_then(|file| self.files.get(&format!("input/{file}")));
                    drawing.drawn(end, &job.graph, sound.map(Vec::as_slice))
                }
                None => self.clip.clone(),
            };
            let (kind, prefix) = match class {
                "PreviewImage" => ("temp", "ComfyUI_temp"),
                _ => ("output", prefix(node)),
            };
            // A sequence is a file for each of its frames.
            let files = if end == "png" { drawing.as_ref().map_or(1, |drawing| drawing.frames) } else { 1 };
            let saved = Saved { kind, prefix, end, is_vhs: class == "VHS_VideoCombine", files };
            outputs.insert(id.clone(), self.save(&saved, &bytes, planted));
        }
        let outputs = json!(outputs);
        self.cached.insert(same, outputs.clone());
        outputs
    }

    /// What arrives at the node `saver`, where that takes no model.
    pub(super) fn drawing(&self, graph: &Value, saver: &str) -> Option<Drawing> {
        let size = |file: &str| self.files.get(&format!("input/{file}")).and_then(|png| size_of(png));
        Drawing::of(graph, saver, size)
    }

    fn save(&mut self, saved: &Saved<'_>, bytes: &[u8], planted: Option<JobFault>) -> Value {
        let Saved { kind, prefix, end, is_vhs, files } = *saved;
        let prefix = if planted == Some(JobFault::OldFile) { "ComfyUI_old" } else { prefix };
        let end = if planted == Some(JobFault::Pictures) { "png" } else { end };
        let key = if is_vhs || planted == Some(JobFault::OtherKey) { "gifs" } else { "images" };
        let (subfolder, stem) = prefix.rsplit_once('/').unwrap_or(("", prefix));
        let path = |name: &str| {
            [kind, subfolder, name].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
        };
        // Counted on from the files that are there, also after a restart.
        let before = format!("{}_", path(stem));
        let mut list = Vec::new();
        for _ in 0..files {
            let count = self.files.keys().filter(|file| file.starts_with(&before)).count() + 1;
            let name =
                if is_vhs { format!("{stem}_{count:05}.{end}") } else { format!("{stem}_{count:05}_.{end}") };
            self.files.insert(path(&name), bytes.to_owned());
            list.push(json!({"filename": name, "subfolder": subfolder, "type": kind}));
        }
        let mut output = Map::new();
        output.insert(key.to_owned(), json!(list));
        if !is_vhs && end != "png" {
            output.insert("animated".to_owned(), json!([true]));
        }
        Value::Object(output)
    }
}

/// How a node saves.
struct Saved<'n> {
    kind: &'n str,
    prefix: &'n str,
    end: &'n str,
    is_vhs: bool,
    files: u64,
}

fn end_of(class: &str, node: &Value) -> &'static str {
    match (class, node["inputs"]["format"].as_str()) {
        ("PreviewImage" | "SaveImage", _) => "png",
        ("SaveWEBM", _) | ("SaveVideo", Some("webm")) | (_, Some("video/webm")) => "webm",
        ("SaveVideo", Some("mkv")) => "mkv",
        ("SaveAnimatedWEBP", _) => "webp",
        _ => "mp4",
    }
}

fn prefix(node: &Value) -> &str {
    node["inputs"]["filename_prefix"].as_str().unwrap_or("ComfyUI")
}

fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12]
        && text.chars().all(|letter| letter == '-' || matches!(letter, '0'..='9' | 'a'..='f'))
}
