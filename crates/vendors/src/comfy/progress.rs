//! What a server tells while it works: how far a job is, and pictures of it. None of it decides what became of a job.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::graph::Graph;
use super::reply::json;
use crate::id::is_id;

/// Jobs that are watched at a server, at most; the oldest are forgotten.
const MOST_JOBS: usize = 64;
/// Nodes of a job that are watched, at most.
const MOST_NODES: usize = 10_000;
/// The largest preview that is kept.
const MOST_PREVIEW_BYTES: usize = 4 << 20;
/// A sampler takes as long as so many other nodes.
const SAMPLER_WEIGHT: f64 = 16.0;

/// What a server told of its jobs.
#[derive(Debug)]
pub(super) struct Board {
    previews: PathBuf,
    told: Mutex<Told>,
}

#[derive(Debug, Default)]
struct Told {
    jobs: Vec<(String, Watched)>,
    /// The job that the last event was of: previews do not say whose they are.
    current: Option<String>,
}

/// How far a job is.
#[derive(Debug, Default)]
struct Watched {
    /// 0 to 1 of each node that was begun.
    nodes: BTreeMap<String, f64>,
    running: Option<String>,
    most: u16,
    preview: Option<PathBuf>,
}

/// A picture of how far a job is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Preview<'b> {
    job: Option<String>,
    end: &'static str,
    bytes: &'b [u8],
}

impl Board {
    /// A board that keeps pictures in the folder `previews`.
    pub(super) fn new(previews: &Path) -> Self {
        Self { previews: previews.to_owned(), told: Mutex::default() }
    }

    /// The job `id` is ours: what is told of it is kept. What is told of others is not.
    pub(super) fn watch(&self, id: &str) {
        let mut told = self.told();
        if is_id(id) && !told.jobs.iter().any(|(job, _)| job == id) {
            told.jobs.push((id.to_owned(), Watched::default()));
            let over = told.jobs.len().saturating_sub(MOST_JOBS);
            told.jobs.drain(..over);
        }
    }

    /// The job `id` is over: its picture goes.
    pub(super) fn forget(&self, id: &str) {
        let mut told = self.told();
        let mut gone = Vec::new();
        told.jobs.retain_mut(|(job, watched)| {
            if job == id {
                gone.extend(watched.preview.take());
            }
            job != id
        });
        for preview in gone {
            // A picture that stays behind is written over or cleaned away by its owner.
            drop(fs::remove_file(preview));
        }
    }

    /// How far the job `id` is in thousandths, and a picture of it.
    pub(super) fn progress(&self, id: &str, graph: Option<&Graph>) -> (Option<u16>, Option<PathBuf>) {
        let mut told = self.told();
        let Some(watched) = told.job(id) else { return (None, None) };
        if let Some(done) = graph.and_then(|graph| watched.done(graph)) {
            watched.most = watched.most.max(done);
        }
        let known = !watched.nodes.is_empty() || watched.most > 0;
        (known.then_some(watched.most), watched.preview.clone())
    }

    /// Takes in an event, JSON.
    pub(super) fn hear(&self, text: &str) {
        let Ok(event) = json(text.as_bytes()) else { return };
        let data = event.get("data").unwrap_or(&Value::Null);
        let Some(id) = data.get("prompt_id").and_then(Value::as_str) else { return };
        let mut told = self.told();
        let Some(watched) = told.job(id) else { return };
        let node = data.get("node").and_then(Value::as_str);
        match event.get("type").and_then(Value::as_str).unwrap_or_default() {
            "execution_cached" => {
                for node in data.get("nodes").and_then(Value::as_array).into_iter().flatten() {
                    watched.note(node.as_str(), 1.0);
                }
            }
            "executing" => {
                let before = watched.running.take();
                watched.note(before.as_deref(), 1.0);
                watched.note(node, 0.0);
                watched.running = node.map(str::to_owned);
            }
            "executed" => watched.note(node, 1.0),
            "progress" => watched.note(node, part(data)),
            "progress_state" => {
                for (node, state) in data.get("nodes").and_then(Value::as_object).into_iter().flatten() {
                    let is_over = state.get("state").and_then(Value::as_str) == Some("finished");
                    watched.note(Some(node), if is_over { 1.0 } else { part(state) });
                }
            }
            _ => {}
        }
        told.current = Some(id.to_owned());
    }

    /// Takes in a picture.
    pub(super) fn see(&self, bytes: &[u8]) {
        let Some(preview) = Preview::read(bytes) else { return };
        let id = {
            let mut told = self.told();
            let of = preview.job.filter(|job| told.job(job).is_some());
            let Some(id) = of.or_else(|| told.current.clone()) else { return };
            id
        };
        // Ours by its name: `watch` takes nothing that is no UUID.
        let path = self.previews.join(format!("{id}.{}", preview.end));
        if keep(&self.previews, &path, preview.bytes).is_some()
            && let Some(watched) = self.told().job(&id)
        {
            watched.preview = Some(path);
        }
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Told {
    fn job(&mut self, id: &str) -> Option<&mut Watched> {
        self.jobs.iter_mut().find(|(job, _)| job == id).map(|(_, watched)| watched)
    }
}

impl Watched {
    /// A node does not go back.
    fn note(&mut self, node: Option<&str>, part: f64) {
        if let Some(node) = node
            && (self.nodes.len() < MOST_NODES || self.nodes.contains_key(node))
        {
            let own = self.nodes.entry(node.to_owned()).or_default();
            *own = own.max(part);
        }
    }

    fn done(&self, graph: &Graph) -> Option<u16> {
        let weight = |id: &str| {
            let class = graph.class(id).unwrap_or_default();
            if class.contains("Sampler") { SAMPLER_WEIGHT } else { 1.0 }
        };
        let all: f64 = graph.ids().map(weight).sum();
        let done: f64 = graph.ids().map(|id| weight(id) * self.nodes.get(id).copied().unwrap_or(0.0)).sum();
        (all > 0.0).then(|| (done / all * 1000.0) as u16)
    }
}

/// `{value, max}` as a part of 1.
fn part(state: &Value) -> f64 {
    let number = |name: &str| state.get(name).and_then(Value::as_f64).filter(|number| number.is_finite());
    match (number("value"), number("max")) {
        (Some(value), Some(max)) if max > 0.0 => (value / max).clamp(0.0, 1.0),
        _ => 0.0,
    }
}

impl<'b> Preview<'b> {
    /// Reads a binary event: 1 is a picture, 4 one with words about it; 2 is not encoded and of no use.
    pub(super) fn read(bytes: &'b [u8]) -> Option<Self> {
        let (event, rest) = number(bytes)?;
        let (job, image) = match event {
            1 => (None, number(rest)?.1),
            4 => {
                let (length, rest) = number(rest)?;
                let (words, image) = rest.split_at_checked(usize::try_from(length).ok()?)?;
                let words: Value = serde_json::from_slice(words).ok()?;
                (words.get("prompt_id").and_then(Value::as_str).map(str::to_owned), image)
            }
            _ => return None,
        };
        let end = match image {
            [0xff, 0xd8, 0xff, ..] => "jpg",
            [0x89, b'P', b'N', b'G', ..] => "png",
            _ => return None,
        };
        (image.len() <= MOST_PREVIEW_BYTES).then_some(Self { job, end, bytes: image })
    }
}

fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (first, rest) = bytes.split_first_chunk::<4>()?;
    Some((u32::from_be_bytes(*first), rest))
}

/// Puts `bytes` at `path` at once, so that nobody sees half a picture.
fn keep(folder: &Path, path: &Path, bytes: &[u8]) -> Option<()> {
    fs::create_dir_all(folder).ok()?;
    let aside = path.with_extension("part");
    fs::write(&aside, bytes).ok()?;
    fs::rename(&aside, path).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::workflows::TEXT_TO_VIDEO;
    use super::*;

    const ID: &str = "0b9d5ac5-3f0f-4f3c-9a57-6a2b6a9d1c11";
    const JPEG: [u8; 5] = [0xff, 0xd8, 0xff, 0xe0, 1];

    fn framed(event: u32, words: &str, image: &[u8]) -> Vec<u8> {
        let second = if event == 4 { u32::try_from(words.len()).unwrap() } else { 1 };
        [&event.to_be_bytes(), &second.to_be_bytes(), words.as_bytes(), image].concat()
    }

    #[test]
    fn progress_grows_with_nodes_and_steps() {
        let folder = tempfile::tempdir().unwrap();
        let board = Board::new(folder.path());
        let graph = Graph::read(TEXT_TO_VIDEO).unwrap();
        board.watch(ID);
        assert_eq!(board.progress(ID, Some(&graph)), (None, None));
        let mut last = 0;
        for (kind, data) in [
            ("execution_start", json!({})),
            ("execution_cached", json!({"nodes": ["37", "38"]})),
            ("executing", json!({"node": "57"})),
            ("progress", json!({"node": "57", "value": 2, "max": 4})),
            ("executing", json!({"node": "58"})),
            ("progress_state", json!({"nodes": {"58": {"value": 3, "max": 4, "state": "running"}}})),
            ("progress", json!({"node": "58", "value": 1, "max": 4})),
            ("executing", json!({"node": null})),
        ] {
            let mut data = data;
            data["prompt_id"] = json!(ID);
            board.hear(&json!({"type": kind, "data": data}).to_string());
            let (done, _) = board.progress(ID, Some(&graph));
            assert!(done.is_none_or(|done| (last..=1000).contains(&done)), "{kind}: {done:?} after {last}");
            last = done.unwrap_or(last);
        }
        assert!(last > 700, "{last}");
    }

    #[test]
    fn pictures_are_kept_under_names_of_ours() {
        let folder = tempfile::tempdir().unwrap();
        let previews = folder.path().join("previews");
        let board = Board::new(&previews);
        board.watch(ID);
        board.watch("../../evil");
        board.see(&framed(1, "", &JPEG));
        assert!(!previews.exists(), "nobody knows whose that is");
        board.hear(
            &json!({"type": "executing", "data": {"prompt_id": "../../evil", "node": "1"}}).to_string(),
        );
        board.see(&framed(4, r#"{"prompt_id":"../../evil"}"#, &JPEG));
        assert!(!previews.exists(), "that is not ours");
        board.see(&framed(4, &json!({"prompt_id": ID}).to_string(), &JPEG));
        let (_, preview) = board.progress(ID, None);
        let path = previews.join(format!("{ID}.jpg"));
        assert_eq!(preview.as_deref(), Some(path.as_path()));
        assert_eq!(fs::read(&path).unwrap(), JPEG);
        board.forget(ID);
        assert!(!path.exists());
    }

    #[test]
    fn what_is_no_picture_is_not_kept() {
        assert!(Preview::read(&framed(1, "", &JPEG)).is_some());
        for bytes in [
            vec![],
            vec![0, 0, 0, 1],
            framed(2, "", &JPEG),
            framed(1, "", b"<html>"),
            framed(4, "no json", &JPEG),
            [&4_u32.to_be_bytes()[..], &u32::MAX.to_be_bytes(), &JPEG].concat(),
            framed(1, "", &[&JPEG[..], &vec![0; MOST_PREVIEW_BYTES]].concat()),
        ] {
            assert_eq!(Preview::read(&bytes), None);
        }
    }

    #[test]
    fn no_event_breaks_us() {
        let folder = tempfile::tempdir().unwrap();
        let graph = Graph::read(TEXT_TO_VIDEO).unwrap();
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/comfy_events");
        soundlock_testing::fuzz(&corpus, 32, 2000, |bytes| {
            let board = Board::new(folder.path());
            board.watch(ID);
            board.hear(&String::from_utf8_lossy(bytes));
            let _ = Preview::read(bytes);
            if let (Some(done), _) = board.progress(ID, Some(&graph)) {
                assert!(done <= 1000);
            }
        });
    }
}
