//! What a server answers, read as hostile input.

use std::collections::BTreeMap;

use serde_json::Value;

use super::graph::{Graph, Slot, shown};
use super::schema::is_model;
use crate::id::is_id;

/// Lines of an error that are told, at most.
const MOST_LINES: usize = 12;
/// Files that are looked at among the outputs of a job, at most.
const MOST_FILES: usize = 10_000;
/// How the names of videos end. An animated WebP keeps no rate, and FFmpeg reads none.
const VIDEOS: [&str; 8] = ["mp4", "mov", "mkv", "webm", "m4v", "avi", "mpg", "gif"];

/// A graph that was put into the queue.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Accepted {
    pub(super) id: String,
    /// Its place in the order of all that this server ever queued; a restart begins again at 0.
    pub(super) number: Option<f64>,
    /// What is wrong with parts of it, a line each, and the nodes whose output is not made for it.
    pub(super) errors: Vec<String>,
    pub(super) not_made: Vec<String>,
}

/// A file that a job made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Output {
    pub(super) filename: String,
    pub(super) subfolder: String,
    /// `output`, `temp` or `input`.
    pub(super) kind: String,
}

/// Where a job stands in the queue.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Standing {
    /// It runs; its graph as it was sent.
    Running(Option<Graph>),
    /// It waits behind so many.
    Waiting(u32),
    /// It is not there.
    Absent,
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Ending {
    /// It went to its end, and these are its files.
    Success(Vec<Output>),
    /// A node broke.
    Broke(String),
    /// Somebody interrupted it.
    Interrupted(String),
}

/// What came is no history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoHistory;

/// What the history keeps of a job.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Past {
    pub(super) ending: Ending,
    pub(super) said: BTreeMap<String, String>,
}

impl Accepted {
    /// One that is known to be in the queue, and of which nothing else was said.
    pub(super) fn without_errors(id: &str) -> Self {
        Self { id: id.to_owned(), number: None, errors: Vec::new(), not_made: Vec::new() }
    }

    /// Reads the answer to a graph that was taken; `None` where it is none.
    pub(super) fn read(answer: &Value) -> Option<Self> {
        let id = answer.get("prompt_id")?.as_str()?.to_owned();
        let errors = answer.get("node_errors").unwrap_or(&Value::Null);
        let dependent = |node: &Value| Some(node.get("dependent_outputs")?.as_array()?.clone());
        let nodes = errors.as_object().into_iter().flatten();
        let not_made = nodes.filter_map(|(_, node)| dependent(node)).flatten();
        Some(Self {
            id,
            number: answer.get("number").and_then(Value::as_f64),
            not_made: not_made.filter_map(|id| id.as_str().map(str::to_owned)).collect(),
            errors: node_errors(errors),
        })
    }
}

/// JSON as Python writes it: `NaN` and `Infinity`, which are none, are read as nothing. Nodes tell of endless ranges in
/// `/object_info`, and of what they were given when they broke.
pub(super) fn json(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice(bytes).or_else(|error| match finite(bytes) {
        Some(finite) => serde_json::from_slice(&finite),
        None => Err(error),
    })
}

/// The same with `null` for each number that is none, outside of texts; `None` where there is no such.
fn finite(bytes: &[u8]) -> Option<Vec<u8>> {
    const NONE: [&[u8]; 3] = [b"NaN", b"-Infinity", b"Infinity"];
    let (mut plain, mut rest, mut is_text, mut found) =
        (Vec::with_capacity(bytes.len()), bytes, false, false);
    while let Some(first) = rest.first() {
        let number = NONE.into_iter().find(|number| !is_text && rest.starts_with(number));
        let (taken, put): (usize, &[u8]) = match (number, first) {
            (Some(number), _) => {
                found = true;
                (number.len(), b"null")
            }
            // What is escaped ends no text.
            (None, b'\\') if is_text => (2.min(rest.len()), &rest[..2.min(rest.len())]),
            (None, letter) => {
                is_text ^= *letter == b'"';
                (1, &rest[..1])
            }
        };
        plain.extend_from_slice(put);
        rest = &rest[taken..];
    }
    found.then_some(plain)
}

/// What is wrong with a graph that was not taken, a line for each node; `None` where the answer does not say.
pub(super) fn turned_down(answer: &Value) -> Option<String> {
    let error = answer.get("error")?;
    let nodes = node_errors(answer.get("node_errors").unwrap_or(&Value::Null));
    if !nodes.is_empty() {
        return Some(nodes.join("\n"));
    }
    let word =
        |name: &str| error.get(name).and_then(Value::as_str).map(shown).filter(|word| !word.is_empty());
    match (error.as_str(), word("message"), word("details")) {
        (Some(text), _, _) => Some(shown(text)),
        (None, Some(message), Some(details)) => Some(format!("{message}: {details}")),
        (None, message, details) => message.or(details).or_else(|| word("type")),
    }
}

/// `node 57 (KSampler), steps: Value 0 smaller than min of 1`, a line for each node. A server's traceback is not told.
fn node_errors(errors: &Value) -> Vec<String> {
    let line = |(id, node): (&String, &Value)| {
        let class = node.get("class_type").and_then(Value::as_str).unwrap_or("?");
        let errors = node.get("errors").and_then(Value::as_array)?;
        let said: Vec<String> = errors.iter().take(MOST_LINES).map(node_error).collect();
        (!said.is_empty()).then(|| format!("node {} ({}), {}", shown(id), shown(class), said.join("; ")))
    };
    errors.as_object().into_iter().flatten().filter_map(line).take(MOST_LINES).collect()
}

fn node_error(error: &Value) -> String {
    let word = |value: Option<&Value>| value.and_then(Value::as_str).map(shown).unwrap_or_default();
    let (message, details) = (word(error.get("message")), word(error.get("details")));
    let input = word(error.get("extra_info").and_then(|info| info.get("input_name")));
    let message = if message.is_empty() { word(error.get("type")) } else { message };
    match (input.is_empty(), details.is_empty() || details == input) {
        (true, true) => message,
        (true, false) => format!("{message}: {details}"),
        (false, true) => format!("{input}: {message}"),
        (false, false) => format!("{input}: {message} ({details})"),
    }
}

impl Standing {
    /// Where `id` stands in what `/queue` answered; `None` where that is no queue.
    pub(super) fn read(answer: &Value, id: &str) -> Option<Self> {
        let (running, pending) = (entries(answer, "queue_running")?, entries(answer, "queue_pending")?);
        let is_it = |entry: &&Value| entry.get(1).and_then(Value::as_str) == Some(id);
        if let Some(entry) = running.iter().find(is_it) {
            return Some(Self::Running(graph_of(entry)));
        }
        let Some(entry) = pending.iter().find(is_it) else { return Some(Self::Absent) };
        let number = |entry: &Value| entry.get(0).and_then(Value::as_f64).unwrap_or(f64::MAX);
        let before = pending.iter().filter(|other| number(other) < number(entry)).count() + running.len();
        Some(Self::Waiting(u32::try_from(before).unwrap_or(u32::MAX)))
    }
}

/// Some job that the server knows of, other than `id`: as long as it does, it is the same server.
pub(super) fn somebody(queue: &Value, history: &Value, id: &str) -> Option<String> {
    let queued =
        ["queue_running", "queue_pending"].into_iter().filter_map(|name| entries(queue, name)).flatten();
    let queued = queued.filter_map(|entry| entry.get(1)?.as_str());
    let past = history.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
    queued.chain(past).find(|name| *name != id && is_id(name)).map(str::to_owned)
}

/// Whether there is no job in a queue at all, and none in a history; `None` where they are none.
pub(super) fn knows_nobody(queue: &Value, history: &Value) -> Option<bool> {
    let (running, pending) = (entries(queue, "queue_running")?, entries(queue, "queue_pending")?);
    Some(running.is_empty() && pending.is_empty() && history.as_object()?.is_empty())
}

fn entries<'v>(answer: &'v Value, name: &str) -> Option<&'v Vec<Value>> {
    answer.get(name)?.as_array()
}

/// The graph in an entry of the queue or the history: `[number, id, graph, extra, outputs]`.
fn graph_of(entry: &Value) -> Option<Graph> {
    entry.get(2).and_then(|graph| Graph::from_value(graph.clone()).ok())
}

impl Past {
    /// What `/history/{id}` answered: `None` where it does not know the job (yet).
    pub(super) fn read(answer: &Value, id: &str) -> Result<Option<Self>, NoHistory> {
        let Some(job) = answer.as_object().ok_or(NoHistory)?.get(id) else { return Ok(None) };
        let status = job.get("status").filter(|status| status.is_object());
        let outputs = outputs(job.get("outputs").unwrap_or(&Value::Null));
        let said = said(job.get("prompt").unwrap_or(&Value::Null));
        let word = status.and_then(|status| status.get("status_str")).and_then(Value::as_str);
        let ending = match (word, status) {
            // Servers of old keep no status.
            (Some("success"), _) | (_, None) => Ending::Success(outputs),
            (_, Some(status)) => failed(status.get("messages").unwrap_or(&Value::Null)),
        };
        Ok(Some(Self { ending, said }))
    }
}

/// Errors and interruptions are both an `error`; the last message tells them apart.
fn failed(messages: &Value) -> Ending {
    let messages = messages.as_array().into_iter().flatten().rev();
    for message in messages {
        let (name, data) = (message.get(0).and_then(Value::as_str), message.get(1).unwrap_or(&Value::Null));
        let word = |name: &str| data.get(name).map(text_of).unwrap_or_default();
        let node = match (word("node_id"), word("node_type")) {
            (id, class) if class.is_empty() => format!("node {id}"),
            (id, class) => format!("node {id} ({class})"),
        };
        match name {
            Some("execution_error") => {
                let (kind, message) = (word("exception_type"), word("exception_message"));
                return Ending::Broke(format!(
                    "{node} broke: {}",
                    [kind, message].join(": ").trim_matches([':', ' '])
                ));
            }
            Some("execution_interrupted") => {
                return Ending::Interrupted(format!("somebody interrupted it at {node}"));
            }
            _ => {}
        }
    }
    Ending::Broke("it failed and does not say why".to_owned())
}

fn text_of(value: &Value) -> String {
    shown(value.as_str().map_or_else(|| value.to_string(), str::to_owned).trim())
}

/// Every file in the outputs of a job, whatever it is kept under: `SaveVideo` says `images`, others `gifs` or `videos`.
fn outputs(outputs: &Value) -> Vec<Output> {
    let nodes = outputs.as_object().into_iter().flatten();
    let lists = nodes.flat_map(|(_, node)| node.as_object().into_iter().flatten());
    let files = lists.flat_map(|(_, list)| list.as_array().into_iter().flatten());
    files.filter_map(Output::read).take(MOST_FILES).collect()
}

impl Output {
    fn read(file: &Value) -> Option<Self> {
        let word = |name: &str| file.get(name).and_then(Value::as_str);
        let (filename, subfolder) = (word("filename")?, word("subfolder").unwrap_or_default());
        let kind = word("type").unwrap_or("output");
        let subfolder = subfolder.replace('\\', "/");
        let is_name = !filename.is_empty() && filename.len() <= 1024 && !filename.contains(['/', '\\', '\0']);
        let is_kind = matches!(kind, "output" | "temp" | "input");
        let fits = is_name && is_kind && subfolder.len() <= 1024 && !subfolder.contains('\0');
        fits.then(|| Self { filename: filename.to_owned(), subfolder, kind: kind.to_owned() })
    }

    /// A file of `kind` by its path in there.
    pub(super) fn at(kind: &str, path: &str) -> Self {
        let (subfolder, filename) = path.rsplit_once('/').unwrap_or(("", path));
        Self { filename: filename.to_owned(), subfolder: subfolder.to_owned(), kind: kind.to_owned() }
    }

    /// The file that an input names: `pasted/a.png`, or `a.png [output]` where it lies elsewhere than uploads do.
    pub(super) fn named(text: &str) -> Self {
        let elsewhere = ["input", "output", "temp"].into_iter().find_map(|kind| {
            let path = text.trim_end().strip_suffix(']')?.strip_suffix(kind)?.strip_suffix('[')?;
            Some(Self::at(kind, path.trim_end()))
        });
        elsewhere.unwrap_or_else(|| Self::at("input", &text.replace('\\', "/")))
    }

    /// `output/soundlock/a_00001_.mp4`.
    pub(super) fn link(&self) -> String {
        let parts = [self.kind.as_str(), &self.subfolder, &self.filename];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
    }

    /// The file that [`Output::link`] told.
    pub(super) fn from_link(link: &str) -> Option<Self> {
        let (kind, path) = link.split_once('/')?;
        let is_kind = matches!(kind, "output" | "temp" | "input");
        (is_kind && !path.ends_with('/') && !path.is_empty()).then(|| Self::at(kind, path))
    }

    pub(super) fn is_video(&self) -> bool {
        let end = self.filename.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase());
        end.is_some_and(|end| VIDEOS.contains(&end.as_str()))
    }

    /// Whether it was made for the job whose files begin with `name`.
    pub(super) fn is_of(&self, name: &str) -> bool {
        let stem = name.rsplit_once('/').map_or(name, |(_, stem)| stem);
        self.filename.contains(stem)
    }

    /// How good a take it is, the best first: the one that bears the name itself, outputs before what is temporary.
    pub(super) fn rank(&self, name: Option<&str>) -> (bool, bool, bool) {
        let stem = name.map(|name| name.rsplit_once('/').map_or(name, |(_, stem)| stem));
        let own = stem.and_then(|stem| self.filename.strip_prefix(stem)?.strip_prefix('_'));
        let is_it = own.is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()));
        (!is_it, self.kind != "output", self.filename.to_ascii_lowercase().ends_with(".gif"))
    }
}

/// What made a take: the models that its graph names, its seeds, and what soundlock noted beside it.
fn said(prompt: &Value) -> BTreeMap<String, String> {
    let mut said = BTreeMap::new();
    let mark = |name: &str| prompt.get(3)?.get("soundlock")?.get(name);
    let mut note = |name: &str, text: String| {
        if !text.is_empty() {
            said.insert(name.to_owned(), text);
        }
    };
    note("workflow", mark("workflow").and_then(Value::as_str).map(shown).unwrap_or_default());
    note("fitted", words(mark("fitted")).join(", "));
    if let Some(graph) = graph_of(prompt) {
        note("models", models(&graph).join(", "));
        let seed = |text: &String| Some(graph.literal(&Slot::read(text)?)?.as_u64()?.to_string());
        let mut seeds: Vec<String> = words(mark("seeds")).iter().filter_map(seed).collect();
        seeds.dedup();
        note("seeds", seeds.join(", "));
    }
    said
}

/// The models that a graph names, each once.
pub(super) fn models(graph: &Graph) -> Vec<String> {
    let inputs = graph.ids().flat_map(|id| graph.inputs(id));
    let mut models: Vec<String> =
        inputs.filter_map(|(_, value)| value.as_str()).filter(|text| is_model(text)).map(shown).collect();
    models.sort();
    models.dedup();
    models
}

pub(super) fn words(list: Option<&Value>) -> Vec<String> {
    let list = list.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|word| word.as_str().map(shown)).collect()
}

/// `ComfyUI 0.8.0, torch 2.11.0, NVIDIA RTX 4090` of what `/system_stats` answered; `None` where it is no ComfyUI's.
pub(super) fn version(answer: &Value) -> Option<String> {
    let system = answer.get("system")?.as_object()?;
    let word = |name: &str| system.get(name).and_then(Value::as_str).map(shown);
    let device = answer.get("devices").and_then(|devices| devices.get(0)?.get("name")?.as_str());
    let parts = [
        Some(format!(
            "ComfyUI {}",
            word("comfyui_version").unwrap_or_else(|| "of unknown version".to_owned())
        )),
        word("pytorch_version").map(|version| format!("torch {version}")),
        device.map(shown),
    ];
    Some(parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

/// The name under which an upload was kept, as inputs are told of it.
pub(super) fn uploaded(answer: &Value) -> Option<String> {
    let name = answer.get("name")?.as_str().filter(|name| !name.is_empty() && !name.contains('\0'))?;
    match answer.get("subfolder").and_then(Value::as_str).unwrap_or_default() {
        "" => Some(name.to_owned()),
        folder => Some(format!("{folder}/{name}")),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::*;

    const ID: &str = "0b9d5ac5-3f0f-4f3c-9a57-6a2b6a9d1c11";

    #[test]
    fn a_line_for_each_node_and_no_traceback() {
        let answer = json!({
            "error": {"type": "prompt_outputs_failed_validation", "message": "Prompt outputs failed validation", "details": "", "extra_info": {}},
            "node_errors": {
                "57": {"class_type": "KSampler", "dependent_outputs": ["9"], "errors": [
                    {"type": "value_bigger_than_max", "message": "Value 99999 bigger than max of 10000", "details": "steps", "extra_info": {"input_name": "steps"}},
                    {"type": "required_input_missing", "message": "Required input is missing", "details": "model", "extra_info": {"input_name": "model"}}]},
                "60": {"class_type": "CreateVideo", "dependent_outputs": ["9"], "errors": [
                    {"type": "exception_during_inner_validation", "message": "Exception when validating inner node", "details": "'8'",
                     "extra_info": {"input_name": "images", "traceback": ["File \"/root/ComfyUI/execution.py\""]}}]},
            }
        });
        assert_eq!(
            turned_down(&answer).unwrap(),
            "node 57 (KSampler), steps: Value 99999 bigger than max of 10000; model: Required input is missing\n\
             node 60 (CreateVideo), images: Exception when validating inner node ('8')"
        );
        let unknown = json!({"error": {"type": "invalid_prompt", "message": "Cannot execute because node X does not exist.", "details": "Node ID '#5'"}, "node_errors": {}});
        assert_eq!(
            turned_down(&unknown).unwrap(),
            "Cannot execute because node X does not exist.: Node ID '#5'"
        );
        assert_eq!(turned_down(&json!({"error": "no prompt", "node_errors": []})).unwrap(), "no prompt");
        assert_eq!(turned_down(&json!({"detail": "?"})), None);
    }

    #[test]
    fn the_place_in_the_queue_goes_by_number() {
        let entry = |number: f64, id: &str| json!([number, id, {}, {}, ["9"]]);
        let queue = json!({"queue_running": [entry(3.0, "r")], "queue_pending": [entry(9.0, "c"), entry(5.0, "a"), entry(-8.0, "b")]});
        for (id, standing) in [
            ("r", Standing::Running(None)),
            ("b", Standing::Waiting(1)),
            ("a", Standing::Waiting(2)),
            ("c", Standing::Waiting(3)),
            ("x", Standing::Absent),
        ] {
            assert_eq!(Standing::read(&queue, id), Some(standing), "{id}");
        }
        assert_eq!(Standing::read(&json!({"queue_running": []}), "x"), None);
    }

    #[test]
    fn files_are_found_under_any_key() {
        let found =
            |outputs: Value| -> Vec<String> { super::outputs(&outputs).iter().map(Output::link).collect() };
        assert_eq!(
            found(
                json!({"9": {"images": [{"filename": "a_00001_.mp4", "subfolder": "video", "type": "output"}], "animated": [true]}})
            ),
            ["output/video/a_00001_.mp4"]
        );
        assert_eq!(
            found(
                json!({"9": {"gifs": [{"filename": "a.mp4", "subfolder": "", "type": "temp", "format": "video/h264-mp4"}], "text": ["x"]}})
            ),
            ["temp/a.mp4"]
        );
        assert_eq!(
            found(
                json!({"9": {"images": [{"filename": "../a", "subfolder": ""}, {"filename": 3}, 7, {"filename": ""},
                                          {"filename": "a.png", "type": "/etc"}]}, "8": [], "7": null})
            ),
            [""; 0]
        );
        for link in ["output/video/a_00001_.mp4", "temp/a.mp4"] {
            assert_eq!(Output::from_link(link).unwrap().link(), link);
        }
        for (text, link) in [
            ("a.png", "input/a.png"),
            ("pasted\\a.png", "input/pasted/a.png"),
            ("b/a.png [output]", "output/b/a.png"),
            ("a.png[temp]", "temp/a.png"),
            ("a [1].png", "input/a [1].png"),
        ] {
            assert_eq!(Output::named(text).link(), link);
        }
        for link in ["", "output", "output/", "home/a.mp4", "output/a/"] {
            assert_eq!(Output::from_link(link), None, "{link}");
        }
    }

    #[test]
    fn the_take_is_the_file_that_bears_its_name() {
        let name = format!("soundlock/12_0040-3_{ID}");
        let file = |kind: &str, file: String| Output::at(kind, &file);
        let mut files = [
            file("temp", format!("{name}_00001_.mp4")),
            file("output", format!("{name}_n12_00001_.mp4")),
            file("output", format!("{name}_00001_.mp4")),
            file("output", "ComfyUI_00001_.mp4".to_owned()),
        ];
        files.sort_by_key(|file| file.rank(Some(&name)));
        assert_eq!(files[0].link(), format!("output/{name}_00001_.mp4"));
        assert_eq!(files.iter().filter(|file| file.is_of(&name)).count(), 3);
    }

    #[test]
    fn errors_and_interruptions_are_told_apart_by_the_last_message() {
        let past = |messages: Value| {
            let job = json!({ID: {"prompt": [0, ID, {}, {}, []], "outputs": {}, "status": {"status_str": "error", "completed": false, "messages": messages}}});
            Past::read(&job, ID).unwrap().unwrap().ending
        };
        let error = json!(["execution_error", {"node_id": "57", "node_type": "KSampler", "exception_type": "torch.OutOfMemoryError", "exception_message": "Allocation on device\n"}]);
        assert_eq!(
            past(json!([["execution_start", {}], error])),
            Ending::Broke(
                "node 57 (KSampler) broke: torch.OutOfMemoryError: Allocation on device".to_owned()
            )
        );
        assert_eq!(
            past(
                json!([["execution_interrupted", {"node_id": "57", "node_type": "KSampler", "executed": []}]])
            ),
            Ending::Interrupted("somebody interrupted it at node 57 (KSampler)".to_owned())
        );
        assert!(matches!(past(json!([])), Ending::Broke(_)));
        assert_eq!(Past::read(&json!({}), ID), Ok(None));
        assert_eq!(Past::read(&json!([]), ID), Err(NoHistory));
    }

    #[test]
    fn python_writes_what_is_no_json() {
        let text = br#"{"max": Infinity, "min": -Infinity, "x": [NaN], "say": "NaN, \"Infinity\\", "n": -1}"#;
        let read = json!({"max": null, "min": null, "x": [null], "say": "NaN, \"Infinity\\", "n": -1});
        assert_eq!(super::json(text).unwrap(), read);
        assert!(super::json(b"<html>NaN</html>").is_err());
        assert!(super::json(b"NaN\"\\").is_err());
        assert_eq!(finite(br#"{"a": "NaN"}"#), None);
    }

    #[test]
    fn no_answer_breaks_us() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/comfy");
        soundlock_testing::fuzz(&corpus, 31, 3000, |bytes| {
            let named = Output::named(&String::from_utf8_lossy(bytes));
            assert!(["input", "output", "temp"].contains(&named.kind.as_str()), "{named:?}");
            let plain = serde_json::from_slice::<Value>(bytes).ok();
            let Ok(value) = super::json(bytes) else {
                assert_eq!(plain, None, "what is JSON is read as such");
                return;
            };
            assert!(plain.is_none_or(|plain| plain == value));
            let _ = (Accepted::read(&value), turned_down(&value), uploaded(&value), version(&value));
            let _ = (Standing::read(&value, ID), somebody(&value, &value, ID), knows_nobody(&value, &value));
            if let Ok(Some(past)) = Past::read(&value, ID)
                && let Ending::Success(files) = past.ending
            {
                for file in files {
                    assert_eq!(
                        Output::from_link(&file.link()).map(|file| file.filename),
                        Some(file.filename.clone())
                    );
                    let _ = (file.rank(Some("a/b")), file.is_of("a/b"), file.is_video());
                }
            }
        });
    }
}
