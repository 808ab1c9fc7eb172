//! Services that are paid for each take: one state of jobs, money and mischief, spoken to in the words of one or another.

mod protocol;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;

pub use protocol::Protocol;
use protocol::{Asked, No, Told};

use crate::{Heard, Reply, TestService};

/// Longer than anybody waits.
const NEVER: Duration = Duration::from_hours(1);
/// Questions after which a job is over, whether anybody asked for it or not.
const WORKS: u64 = 40;

/// A service on this machine that keeps jobs, charges for those that it makes, and misbehaves by numbers: the same questions
/// in the same order get the same answers.
///
/// Clips lie on a server of their own where its protocol hands links out, as with real ones. Where jobs are listed, they
/// are so with prompt and seed, so that one whose answer was lost can be found.
#[derive(Debug, Clone)]
pub struct TestVendor {
    service: TestService,
    storage: TestService,
    state: Arc<Mutex<State>>,
}

/// A job as the service knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorJob {
    /// Its id.
    pub id: String,
    /// What was asked for.
    pub prompt: String,
    /// The seed it was asked with.
    pub seed: u64,
    /// What it was charged, in millionths of a dollar; nothing where it was not made.
    pub charged: u64,
    /// How it ends.
    pub end: JobEnd,
    /// Whether the service has forgotten it.
    pub is_forgotten: bool,
    links: Links,
    polls: u32,
    /// How many links to its clip were handed out.
    told: u32,
    begun: u64,
}

/// How a job ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobEnd {
    /// It is made.
    Made,
    /// It breaks.
    Broken,
    /// The service does not want to give it.
    Refused,
}

/// How links to clips live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// As long as the night.
    Stay,
    /// The first has run out when it is followed (403); whoever asks for the job again gets another.
    RunOut,
    /// The clip is deleted (404).
    Gone,
}

/// How clips come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coming {
    /// Whole.
    Whole,
    /// Half of it, and then nothing, on a line that stays open.
    Hanging,
    /// A byte now and then.
    Dripping,
}

/// What a service does besides what it is asked.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The key that it lets in; `None` for everybody.
    pub key: Option<String>,
    /// What is left on the account, in millionths of a dollar; `None` for as much as is asked for.
    pub credit: Option<u64>,
    /// How many jobs the account may have at once.
    pub at_once: usize,
    /// With how many seconds it says when to come back where there are more; `None` where it does not say.
    pub retry_after_secs: Option<u64>,
    /// Whether jobs stay where they are.
    pub holds: bool,
    /// Whether its model is not there any more.
    pub is_retired: bool,
    /// How jobs that are handed in from now on end; `None` for as they come.
    pub end: Option<JobEnd>,
    /// How links of jobs that are handed in from now on live.
    pub links: Links,
    /// How clips come from now on.
    pub coming: Coming,
    /// Whether answers are lost before and after the work is done, it is busy, breaks down, answers pages and broken JSON,
    /// breaks downloads off, refuses and fails.
    pub misbehaves: bool,
}

#[derive(Debug)]
struct State {
    protocol: Protocol,
    own: String,
    storage: String,
    clip: Vec<u8>,
    micros_per_second: u64,
    terms: Terms,
    jobs: Vec<VendorJob>,
    asked: u64,
}

impl TestVendor {
    /// Starts a service that behaves, and whose jobs all give `clip`.
    pub fn start(protocol: Protocol, clip: Vec<u8>, micros_per_second: u64) -> Self {
        let terms = Terms {
            key: None,
            credit: None,
            at_once: usize::MAX,
            retry_after_secs: None,
            holds: false,
            is_retired: false,
            end: None,
            links: Links::Stay,
            coming: Coming::Whole,
            misbehaves: false,
        };
        let (own, storage) = (String::new(), String::new());
        let state =
            State { protocol, own, storage, clip, micros_per_second, terms, jobs: Vec::new(), asked: 0 };
        let state = Arc::new(Mutex::new(state));
        let answering = |state: &Arc<Mutex<State>>, reply: fn(&mut State, &Heard) -> Reply| {
            let state = Arc::clone(state);
            TestService::start(move |_, heard| reply(&mut lock(&state), heard))
        };
        let (service, storage) = (answering(&state, State::reply), answering(&state, State::stored));
        {
            let mut state = lock(&state);
            (state.own, state.storage) = (service.address(), storage.address());
        }
        Self { service, storage, state }
    }

    /// Where it is.
    pub fn address(&self) -> String {
        self.service.address()
    }

    /// Changes what it does from now on.
    pub fn change(&self, change: impl FnOnce(&mut Terms)) {
        change(&mut lock(&self.state).terms);
    }

    /// Every question so far, those for clips on other servers apart.
    pub fn heard(&self) -> Vec<Heard> {
        self.service.heard()
    }

    /// How often it was asked to make something.
    pub fn orders(&self) -> usize {
        self.heard().iter().filter(|heard| heard.line.starts_with("POST")).count()
    }

    /// How often it was asked for a clip.
    pub fn fetches(&self) -> usize {
        let own = self.heard();
        own.iter().filter(|heard| heard.line.ends_with("/content")).count() + self.storage.heard().len()
    }

    /// Everything that it was ever handed in, in that order.
    pub fn jobs(&self) -> Vec<VendorJob> {
        lock(&self.state).jobs.clone()
    }

    /// What all of it costs, in millionths of a dollar.
    pub fn bill(&self) -> u64 {
        lock(&self.state).jobs.iter().map(|job| job.charged).sum()
    }

    /// Forgets all its jobs, as by a restart; they stay on the bill.
    pub fn forget(&self) {
        lock(&self.state).jobs.iter_mut().for_each(|job| job.is_forgotten = true);
    }
}

/// A panic elsewhere leaves the jobs whole.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    fn reply(&mut self, heard: &Heard) -> Reply {
        let mischief = self.mischief();
        let (method, path) = heard.line.split_once(' ').unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default();
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let asked = self.protocol.asked(method, &parts);
        let signed = self.terms.key.as_deref().map(|key| self.protocol.signed(key));
        if signed.is_some() && heard.header("authorization") != signed.as_deref() {
            return self.protocol.no(&No::Key);
        }
        match asked {
            Asked::Models => Protocol::models(),
            Asked::Create => self.create(heard, mischief),
            Asked::List => {
                let known = self.jobs.iter().rev().filter(|job| !job.is_forgotten).take(100);
                self.protocol.listed(known)
            }
            Asked::Poll(id) => self.poll(id, mischief),
            Asked::Result(id) => self.result(id, mischief),
            Asked::Clip(id) => self.clip(id, 0, mischief),
            Asked::Cancel(id) => {
                let found = self.find(id);
                self.protocol.cancelled(found.is_some())
            }
            Asked::Nothing => self.protocol.no(&No::Path),
        }
    }

    /// Clips on a server of their own. Nobody's key belongs there.
    fn stored(&mut self, heard: &Heard) -> Reply {
        let mischief = self.mischief();
        if heard.header("authorization").is_some() {
            return Reply::no(400, r#"{"error":"a key went astray"}"#);
        }
        let parts: Vec<&str> = heard.line.split(['/', ' ']).collect();
        match parts.as_slice() {
            ["GET", "", "files", id, name] => {
                let number = name.split('.').next().and_then(|number| number.parse().ok());
                self.clip(id, number.unwrap_or(0), mischief)
            }
            _ => Reply::no(404, "{}"),
        }
    }

    /// What goes wrong with this question, by its number.
    fn mischief(&mut self) -> u64 {
        self.asked += 1;
        // A number at which nothing happens.
        if self.terms.misbehaves { scrambled(self.asked) } else { 19 }
    }

    fn find(&self, id: &str) -> Option<usize> {
        self.jobs.iter().position(|job| job.id == id && !job.is_forgotten)
    }

    fn create(&mut self, heard: &Heard, mischief: u64) -> Reply {
        let protocol = self.protocol;
        if self.terms.is_retired {
            return protocol.no(&No::Model);
        }
        let is_open = |job: &&VendorJob| !job.is_forgotten && job.polls < 3 && self.asked - job.begun < WORKS;
        if self.jobs.iter().filter(is_open).count() >= self.terms.at_once {
            return protocol.no(&No::TooMany(self.terms.retry_after_secs));
        }
        match mischief % 20 {
            0 => return protocol.no(&No::TooMany(Some(0))),
            1 => return protocol.no(&No::Overloaded),
            2 => return Reply::HangUp,
            3 => return protocol.no(&No::Broken),
            4 if protocol.refuses_at_once() => return protocol.no(&No::Moderation),
            _ => {}
        }
        let body: Value = serde_json::from_slice(&heard.body).unwrap_or_default();
        let Some(job) = self.made(&body, mischief) else { return protocol.no(&No::Credit) };
        let answer = protocol.accepted(&self.own, &job);
        self.jobs.push(job);
        match mischief % 20 {
            5 => Reply::HangUp,
            6 => Reply::no(502, "<html>bad gateway</html>"),
            7 => Reply::CutShort(b"{\"id\": \"vid".to_vec(), 40),
            _ => answer,
        }
    }

    /// A job for what is asked; `None` where the account does not have enough.
    fn made(&mut self, body: &Value, mischief: u64) -> Option<VendorJob> {
        let order = self.protocol.order(body);
        let end = match (self.terms.end, (mischief / 32) % 12) {
            (Some(end), _) => end,
            (None, 0) if self.terms.misbehaves => JobEnd::Broken,
            (None, 1) if self.terms.misbehaves => JobEnd::Refused,
            _ => JobEnd::Made,
        };
        let links = match (mischief / 512) % 12 {
            0 if self.terms.misbehaves => Links::RunOut,
            1 if self.terms.misbehaves => Links::Gone,
            _ => self.terms.links,
        };
        let price = (self.micros_per_second * order.frames).div_ceil(order.fps);
        let charged = if end == JobEnd::Made { price } else { 0 };
        if let Some(credit) = &mut self.terms.credit {
            *credit = credit.checked_sub(price)?;
        }
        Some(VendorJob {
            id: self.protocol.id(self.jobs.len() + 1),
            prompt: order.prompt,
            seed: order.seed,
            charged,
            end,
            is_forgotten: false,
            links,
            polls: 0,
            told: 0,
            begun: self.asked,
        })
    }

    fn poll(&mut self, id: &str, mischief: u64) -> Reply {
        if let Some(trouble) = self.trouble(mischief) {
            return trouble;
        }
        let Some(index) = self.find(id) else { return self.protocol.no(&No::Job) };
        let job = &mut self.jobs[index];
        job.polls = if self.terms.holds { 2 } else { job.polls + 1 };
        let told = match (job.polls, job.end) {
            (1, _) => Told::Waits,
            (2, _) => Told::Runs,
            (_, JobEnd::Broken) => Told::Broken,
            (_, JobEnd::Refused) => Told::Refused,
            (_, JobEnd::Made) if self.protocol.has_results() => Told::Made(String::new()),
            (_, JobEnd::Made) => Told::Made(link(&self.storage, job)),
        };
        self.protocol.state(&self.own, job, &told)
    }

    /// What lies between the finished job and its clip, where the protocol has that.
    fn result(&mut self, id: &str, mischief: u64) -> Reply {
        if let Some(trouble) = self.trouble(mischief) {
            return trouble;
        }
        let Some(index) = self.find(id) else { return self.protocol.no(&No::Job) };
        let job = &mut self.jobs[index];
        let told = match (job.polls, job.end) {
            (0..=2, _) => Told::Runs,
            (_, JobEnd::Broken) => Told::Broken,
            (_, JobEnd::Refused) => Told::Refused,
            (_, JobEnd::Made) => Told::Made(link(&self.storage, job)),
        };
        Protocol::result(job, &told)
    }

    /// What goes wrong where something is asked that costs nothing.
    fn trouble(&self, mischief: u64) -> Option<Reply> {
        Some(match mischief % 12 {
            0 => self.protocol.no(&No::Broken),
            1 => Reply::good("text/html", b"<html>Sign in</html>".to_vec()),
            2 => Reply::HangUp,
            3 => Reply::good("application/json", b"{\"id\": \"vid".to_vec()),
            4 => self.protocol.no(&No::TooMany(Some(0))),
            _ => return None,
        })
    }

    /// The clip of a job, by the link with a number.
    fn clip(&self, id: &str, number: u32, mischief: u64) -> Reply {
        let Some(job) = self.find(id).map(|index| &self.jobs[index]) else {
            return self.protocol.no(&No::Job);
        };
        match job.links {
            Links::RunOut if number == 1 => {
                return Reply::Answer(
                    403,
                    vec!["Content-Type: application/xml".to_owned()],
                    EXPIRED.to_vec(),
                );
            }
            Links::Gone => return self.protocol.no(&No::Job),
            _ => {}
        }
        let half = self.clip.len() / 2;
        match (self.terms.coming, mischief % 10) {
            (Coming::Hanging, _) => self.hanging(),
            (Coming::Dripping, _) => Reply::Drip(self.clip.clone(), Duration::from_millis(100)),
            (_, 0) => Reply::CutShort(self.clip[..half].to_vec(), self.clip.len() - half),
            (_, 1) => Reply::good("text/html", b"<html>Sign in</html>".to_vec()),
            (_, 2) => Reply::no(503, r#"{"error":{"message":"storage is away"}}"#),
            (_, 3) => Reply::HangUp,
            (_, 4) => Reply::Late(Duration::from_millis(40), Box::new(self.whole())),
            (_, 5) if mischief % 40 == 5 => self.hanging(),
            _ => self.whole(),
        }
    }

    fn hanging(&self) -> Reply {
        let half = self.clip.len() / 2;
        Reply::Stuck(self.clip[..half].to_vec(), self.clip.len() - half, NEVER)
    }

    fn whole(&self) -> Reply {
        Reply::good("video/mp4", self.clip.clone())
    }
}

/// As a store of files says it.
const EXPIRED: &[u8] =
    b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>";

/// A link to the clip of `job`, told now. Those that run out are another each time.
fn link(storage: &str, job: &mut VendorJob) -> String {
    if job.links == Links::RunOut || job.told == 0 {
        job.told += 1;
    }
    format!("{storage}/files/{}/{}.mp4", job.id, job.told)
}

/// A number that looks as if it had nothing to do with the one before.
fn scrambled(number: u64) -> u64 {
    let mut value = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (value ^ (value >> 27)) >> 8
}
