use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::{Heard, Reply, TestService};

/// A server of `/v1/videos` on this machine that keeps jobs, charges for those that it makes, and misbehaves by numbers:
/// the same questions in the same order get the same answers.
///
/// It speaks JSON. Its jobs are listed with prompt and seed, so that one whose answer was lost can be found.
#[derive(Debug, Clone)]
pub struct TestVideos {
    service: TestService,
    state: Arc<Mutex<State>>,
}

/// A job as the server knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoJob {
    /// Its id.
    pub id: String,
    /// What was asked for.
    pub prompt: String,
    /// The seed it was asked with.
    pub seed: u64,
    /// What it was charged, in millionths of a dollar; nothing where it was not made.
    pub charged: u64,
    /// How it ends: `completed`, `failed`, `refused`.
    pub end: &'static str,
    polls: u32,
}

#[derive(Debug)]
struct State {
    clip: Vec<u8>,
    micros_per_second: u64,
    misbehaves: bool,
    jobs: BTreeMap<String, VideoJob>,
    asked: u64,
}

impl TestVideos {
    /// Starts a server whose jobs all give `clip`. Where it `misbehaves`, answers are lost before and after the work is
    /// done, it is busy, breaks down, answers pages and broken JSON, breaks downloads off, refuses and fails.
    pub fn start(clip: Vec<u8>, micros_per_second: u64, misbehaves: bool) -> Self {
        let state = State { clip, micros_per_second, misbehaves, jobs: BTreeMap::new(), asked: 0 };
        let state = Arc::new(Mutex::new(state));
        let own = Arc::clone(&state);
        let service = TestService::start(move |_, heard| lock(&own).reply(heard));
        Self { service, state }
    }

    /// Where it is.
    pub fn address(&self) -> String {
        self.service.address()
    }

    /// Everything that it was ever handed in, in the order of ids.
    pub fn jobs(&self) -> Vec<VideoJob> {
        lock(&self.state).jobs.values().cloned().collect()
    }

    /// What all of it costs, in millionths of a dollar.
    pub fn bill(&self) -> u64 {
        lock(&self.state).jobs.values().map(|job| job.charged).sum()
    }

    /// Orders that were handed in more than once.
    pub fn doubles(&self) -> Vec<String> {
        let mut seen: BTreeMap<(String, u64), u32> = BTreeMap::new();
        for job in lock(&self.state).jobs.values() {
            *seen.entry((job.prompt.clone(), job.seed)).or_default() += 1;
        }
        seen.into_iter().filter(|(_, count)| *count > 1).map(|((_, seed), _)| seed.to_string()).collect()
    }

    /// Ends all mischief, so that what is left can be brought home.
    pub fn behave(&self) {
        lock(&self.state).misbehaves = false;
    }
}

/// A panic elsewhere leaves the jobs whole.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    fn reply(&mut self, heard: &Heard) -> Reply {
        self.asked += 1;
        // A number at which nothing happens.
        let mischief = if self.misbehaves { scrambled(self.asked) } else { 19 };
        let (method, path) = heard.line.split_once(' ').unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default();
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        match (method, parts.as_slice()) {
            ("GET", ["v1", "models"]) => json_reply(200, &json!({ "data": [{ "id": "tiny" }] })),
            ("POST", ["v1", "videos"]) => self.create(heard, mischief),
            ("GET", ["v1", "videos"]) => self.list(),
            ("GET", ["v1", "videos", id]) => self.poll(id, mischief),
            ("GET", ["v1", "videos", id, "content"]) => self.content(id, mischief),
            ("DELETE", ["v1", "videos", _]) => json_reply(200, &json!({ "deleted": true })),
            _ => Reply::no(404, r#"{"error":{"message":"no such path"}}"#),
        }
    }

    fn create(&mut self, heard: &Heard, mischief: u64) -> Reply {
        match mischief % 20 {
            0 => return busy(429),
            1 => return busy(503),
            2 => return Reply::HangUp,
            3 => return Reply::no(500, r#"{"error":{"message":"out of memory"}}"#),
            4 => return Reply::no(400, r#"{"error":{"message":"blocked by our content policy"}}"#),
            _ => {}
        }
        let body: Value = serde_json::from_slice(&heard.body).unwrap_or_default();
        let job = self.made(&body, mischief);
        let answer = json!({ "id": job.id, "object": "video", "status": "queued", "progress": 0 });
        self.jobs.insert(job.id.clone(), job);
        match mischief % 20 {
            5 => Reply::HangUp,
            6 => Reply::no(502, "<html>bad gateway</html>"),
            7 => Reply::CutShort(b"{\"id\": \"vid".to_vec(), 40),
            _ => json_reply(200, &answer),
        }
    }

    fn made(&self, body: &Value, mischief: u64) -> VideoJob {
        let number = |name: &str| body[name].as_u64().unwrap_or(0);
        let end = match (mischief / 32) % 12 {
            _ if !self.misbehaves => "completed",
            0 => "failed",
            1 => "refused",
            _ => "completed",
        };
        let (frames, fps) = (number("num_frames"), number("fps").max(1));
        let price = (self.micros_per_second * frames).div_ceil(fps);
        VideoJob {
            id: format!("video_{:05}", self.jobs.len() + 1),
            prompt: body["prompt"].as_str().unwrap_or_default().to_owned(),
            seed: number("seed"),
            charged: if end == "completed" { price } else { 0 },
            end,
            polls: 0,
        }
    }

    fn list(&self) -> Reply {
        let job = |job: &VideoJob| json!({ "id": job.id, "prompt": job.prompt, "seed": job.seed });
        let all: Vec<Value> = self.jobs.values().map(job).collect();
        json_reply(200, &json!({ "object": "list", "data": all }))
    }

    fn poll(&mut self, id: &str, mischief: u64) -> Reply {
        match mischief % 12 {
            0 => return Reply::no(500, r#"{"error":{"message":"try later"}}"#),
            1 => return Reply::good("text/html", b"<html>Sign in</html>".to_vec()),
            2 => return Reply::HangUp,
            3 => return Reply::good("application/json", b"{\"id\": \"video".to_vec()),
            4 => return busy(429),
            _ => {}
        }
        let Some(job) = self.jobs.get_mut(id) else {
            return Reply::no(404, r#"{"error":{"message":"no such video"}}"#);
        };
        job.polls += 1;
        let (status, why) = match (job.polls, job.end) {
            (1, _) => ("queued", Value::Null),
            (2, _) => ("in_progress", Value::Null),
            (_, "failed") => ("failed", json!({ "message": "CUDA error: device-side assert" })),
            (_, "refused") => ("failed", json!({ "message": "the output was flagged by moderation" })),
            _ => ("completed", Value::Null),
        };
        json_reply(200, &json!({ "id": id, "status": status, "progress": 50, "error": why, "model": "tiny" }))
    }

    fn content(&self, id: &str, mischief: u64) -> Reply {
        if !self.jobs.contains_key(id) {
            return Reply::no(404, r#"{"error":{"message":"no such video"}}"#);
        }
        let half = self.clip.len() / 2;
        match mischief % 10 {
            0 => Reply::CutShort(self.clip[..half].to_vec(), self.clip.len() - half),
            1 => Reply::good("text/html", b"<html>Sign in</html>".to_vec()),
            2 => Reply::no(503, r#"{"error":{"message":"storage is away"}}"#),
            3 => Reply::HangUp,
            4 => Reply::Late(Duration::from_millis(40), Box::new(self.whole())),
            _ => self.whole(),
        }
    }

    fn whole(&self) -> Reply {
        Reply::good("video/mp4", self.clip.clone())
    }
}

fn busy(status: u16) -> Reply {
    let headers = ["Content-Type: application/json", "Retry-After: 0"].map(str::to_owned).to_vec();
    Reply::Answer(status, headers, br#"{"error":{"message":"too many requests"}}"#.to_vec())
}

fn json_reply(status: u16, value: &Value) -> Reply {
    Reply::no(status, &value.to_string())
}

/// A number that looks as if it had nothing to do with the one before.
fn scrambled(number: u64) -> u64 {
    let mut value = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (value ^ (value >> 27)) >> 8
}
