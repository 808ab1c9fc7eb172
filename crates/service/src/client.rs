use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use ureq::http::{HeaderMap, Response};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body, Error, SendBody};

use crate::near::NearResolver;
use crate::said::{message, one_line};
use crate::{Address, Key, ServiceError, SignedWith};

/// How often a service that cannot be reached is tried, and how long is waited in between.
const KNOCKS: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(1500)];
/// How long a service is left alone that is busy (429) and does not say for how long.
const BUSY: [Duration; 3] = [Duration::from_secs(2), Duration::from_secs(5), Duration::from_secs(15)];
/// How often a service that asks us to come back is asked again.
const MOST_RETURNS: usize = 5;
/// The longest that a service may ask us to wait.
const LONGEST_WAIT: Duration = Duration::from_mins(2);
/// How often it is looked whether somebody wants to stop while an answer is waited for.
const GLANCE: Duration = Duration::from_millis(50);
/// Bytes read of an answer that is an error.
const ERROR_BYTES: u64 = 64 << 10;
/// Letters kept of a name that a service gave to a question.
const LONGEST_NAME: usize = 100;

/// How long services are waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Until it is connected, in seconds.
    pub connect_secs: u64,
    /// Until the answer is there to its last byte, in seconds.
    pub answer_secs: u64,
}

/// Asks services. It follows no redirection, which could lead a key astray, goes through no proxy that it was not told
/// of, and keeps no connection: one that broke meanwhile would leave open whether a question was heard.
#[derive(Debug)]
pub struct Client {
    /// For any address, and for those that are only spoken to where they are near.
    agents: [Agent; 2],
}

/// What a service is asked by POST.
#[derive(Debug)]
pub struct Question<'a> {
    /// Which service.
    pub address: &'a Address,
    /// Parts of the path below the address.
    pub path: &'a [&'a str],
    /// Names and values after it.
    pub query: &'a [(&'a str, &'a str)],
    /// How it is signed, where it is.
    pub signed: Option<&'a SignedWith>,
    /// What is asked.
    pub json: &'a Value,
    /// The most bytes of an answer that are read.
    pub most_bytes: u64,
}

/// What a service answered when it did what it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// `content-type` without parameters, in small letters; empty where it names none.
    pub mime: String,
    /// The service's own name for the question, by which its support finds it; empty where it gives none.
    pub request: String,
    /// How many letters the service says that it charged; `None` where it does not say. Vendors count some voices double.
    pub letters: Option<u64>,
    /// The answer.
    pub bytes: Vec<u8>,
}

/// Who asks meanwhile: somebody who may want to stop.
pub trait Watch {
    /// Waits so long before a question is asked again; false to stop instead.
    fn pause(&self, pause: Duration) -> bool;
    /// Whether a stop was asked for.
    fn is_stopped(&self) -> bool;
    /// A stop was asked for while an answer is on its way: how long it is still waited for. Called once for a question.
    fn grace(&self) -> Duration;
}

impl Client {
    /// A client with this patience.
    pub fn new(patience: Patience) -> Self {
        let connect = Some(Duration::from_secs(patience.connect_secs));
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .max_idle_connections(0)
            .timeout_resolve(connect)
            .timeout_connect(connect)
            .timeout_global(Some(Duration::from_secs(patience.answer_secs)))
            .user_agent(concat!("soundlock/", env!("CARGO_PKG_VERSION")))
            .build();
        let agents = [false, true].map(|only_near| {
            Agent::with_parts(config.clone(), DefaultConnector::default(), NearResolver::new(only_near))
        });
        Self { agents }
    }

    /// Asks, and asks again where the question cannot have cost anything: the service was not reached, or it was busy.
    ///
    /// A stop is heard at once. What was not said yet is then not said; an answer that is on its way is waited for as
    /// long as `watch` grants, because it may be paid for.
    pub fn post(&self, question: &Question<'_>, watch: &dyn Watch) -> Result<Answer, ServiceError> {
        let (mut knocks, mut busy, mut returns) = (KNOCKS.iter(), BUSY.iter(), 0);
        loop {
            let (error, pause) = match self.ask(question, watch) {
                Ok(answer) => return Ok(answer),
                Err((error @ ServiceError::NotReached { .. }, _)) => (error, knocks.next().copied()),
                Err((error, Later::Unsaid)) if error.is_busy() => (error, busy.next().copied()),
                Err((error, Later::In(later))) => {
                    returns += 1;
                    let comes_back = later <= LONGEST_WAIT && returns <= MOST_RETURNS;
                    (error, comes_back.then_some(later))
                }
                Err((error, Later::Unsaid)) => (error, None),
            };
            let Some(pause) = pause else { return Err(error) };
            if !watch.pause(pause) {
                return Err(ServiceError::Stopped { address: question.address.to_string() });
            }
        }
    }

    /// Asks once, on a thread of its own: the network cannot be interrupted, and we can.
    fn ask(&self, question: &Question<'_>, watch: &dyn Watch) -> Asked {
        let (call, voice) = (self.call(question), Arc::new(Voice::default()));
        let (tell, told) = channel();
        let told_by = Arc::clone(&voice);
        let asking = thread::Builder::new().name("ask".to_owned()).spawn(move || {
            // Where nobody listens any more, the question was given up.
            let _ = tell.send(call.ask(&told_by));
        });
        match asking {
            Ok(_) => heard(&told, question.address, &voice, watch),
            Err(_) => self.call(question).ask(&voice),
        }
    }

    fn call(&self, question: &Question<'_>) -> Call {
        let address = question.address;
        Call {
            agent: self.agents[usize::from(address.is_only_near())].clone(),
            address: address.to_string(),
            url: address.at(question.path, question.query),
            signed: question.signed.cloned(),
            json: question.json.to_string(),
            most_bytes: question.most_bytes,
        }
    }
}

/// What came of asking once; with an error, when to ask again.
type Asked = Result<Answer, (ServiceError, Later)>;

/// When a service wants to be asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Later {
    Unsaid,
    In(Duration),
}

/// Whether a question was said. It is decided once: either its first byte leaves, or it never does.
#[derive(Debug, Default)]
struct Voice(AtomicU8);

impl Voice {
    const UNSAID: u8 = 0;
    const SAID: u8 = 1;
    const HELD_BACK: u8 = 2;

    /// Begins to say it; false where it was held back.
    fn say(&self) -> bool {
        self.become_(Self::SAID)
    }

    /// Holds it back; false where it was said.
    fn hold_back(&self) -> bool {
        self.become_(Self::HELD_BACK)
    }

    fn was_said(&self) -> bool {
        self.0.load(Ordering::SeqCst) == Self::SAID
    }

    fn become_(&self, state: u8) -> bool {
        let before = self.0.compare_exchange(Self::UNSAID, state, Ordering::SeqCst, Ordering::SeqCst);
        before.is_ok() || before == Err(state)
    }
}

/// Waits for what the asking thread tells, and for somebody who wants to stop.
fn heard(told: &Receiver<Asked>, address: &Address, voice: &Voice, watch: &dyn Watch) -> Asked {
    let address = || address.to_string();
    let mut left: Option<Duration> = None;
    loop {
        match told.recv_timeout(GLANCE) {
            Ok(asked) => return asked,
            Err(RecvTimeoutError::Disconnected) => {
                let why = "the asking broke off".to_owned();
                return Err((ServiceError::Lost { address: address(), why }, Later::Unsaid));
            }
            Err(RecvTimeoutError::Timeout) if !watch.is_stopped() => {}
            Err(RecvTimeoutError::Timeout) if voice.hold_back() => {
                return Err((ServiceError::Stopped { address: address() }, Later::Unsaid));
            }
            Err(RecvTimeoutError::Timeout) => {
                let grace = left.map_or_else(|| watch.grace(), |left| left.saturating_sub(GLANCE));
                if grace.is_zero() {
                    return Err((ServiceError::LeftOpen { address: address() }, Later::Unsaid));
                }
                left = Some(grace);
            }
        }
    }
}

/// A question with all that it takes to ask it.
struct Call {
    agent: Agent,
    address: String,
    url: String,
    signed: Option<SignedWith>,
    json: String,
    most_bytes: u64,
}

impl Call {
    fn ask(&self, voice: &Voice) -> Asked {
        let mut request = self.agent.post(&self.url);
        request = request.header("content-type", "application/json").header("accept-encoding", "identity");
        if let Some(signed) = &self.signed {
            let (name, value) = signed.header();
            request = request.header(name, value);
        }
        request = request.header("content-length", self.json.len().to_string());
        let mut told = Told { rest: self.json.as_bytes(), voice };
        let sent = request.send(SendBody::from_reader(&mut told));
        let response = sent.map_err(|error| (self.no_answer(&error, voice.was_said()), Later::Unsaid))?;
        if matches!(response.status().as_u16(), 200 | 201) {
            return self.whole(response).map_err(|error| (error, Later::Unsaid));
        }
        Err(self.no(response))
    }

    fn key(&self) -> Option<&Key> {
        self.signed.as_ref().map(SignedWith::key)
    }

    /// Nothing came. A service that got nothing of the body, because it was not there or no encryption could be agreed on,
    /// cannot have done what it asks for.
    fn no_answer(&self, error: &Error, was_said: bool) -> ServiceError {
        let (address, why) = (self.address.clone(), error.to_string());
        match error {
            _ if was_said => ServiceError::Lost { address, why },
            Error::HostNotFound => {
                ServiceError::NotReached { address, why: "its name is not found".to_owned() }
            }
            _ => ServiceError::NotReached { address, why },
        }
    }

    fn whole(&self, response: Response<Body>) -> Result<Answer, ServiceError> {
        let lost = |why: String| ServiceError::Lost { address: self.address.clone(), why };
        let headers = response.headers();
        let mime = header(headers, "content-type").split(';').next().unwrap_or_default();
        let mime = mime.trim().to_ascii_lowercase();
        let (request, letters) = (self.request(headers), header(headers, "character-cost").parse().ok());
        let packed = header(headers, "content-encoding").to_ascii_lowercase();
        if !matches!(packed.as_str(), "" | "identity") {
            return Err(lost(one_line(
                &format!("it is packed as {packed}, which was not asked for"),
                self.key(),
            )));
        }
        match response.into_body().into_with_config().limit(self.most_bytes).read_to_vec() {
            Ok(bytes) => Ok(Answer { mime, request, letters, bytes }),
            Err(Error::BodyExceedsLimit(_)) => {
                let most = self.most_bytes;
                Err(lost(format!(
                    "it is longer than {most} bytes, which is more than what was asked can take"
                )))
            }
            Err(error) => Err(lost(format!("it broke off ({error})"))),
        }
    }

    /// An answer that says no.
    fn no(&self, response: Response<Body>) -> (ServiceError, Later) {
        let (status, key) = (response.status().as_u16(), self.key());
        let headers = response.headers();
        let later = matches!(status, 429 | 503).then(|| retry_after(headers)).flatten();
        let moved = header(headers, "location").to_owned();
        let request = self.request(headers);
        let mut body = Vec::new();
        // What came of it before it broke is still the best that is known.
        let _ = response.into_body().into_reader().take(ERROR_BYTES).read_to_end(&mut body);
        let said = if (300..400).contains(&status) && !moved.is_empty() {
            one_line(&format!("it has moved to {moved}"), key)
        } else {
            message(&body, key)
        };
        let said = if said.is_empty() { "it does not say why".to_owned() } else { said };
        let said = if request.is_empty() { said } else { format!("{said} (its request {request})") };
        (refused(self.address.clone(), status, said, later), later.map_or(Later::Unsaid, Later::In))
    }

    fn request(&self, headers: &HeaderMap) -> String {
        let named = ["request-id", "x-request-id"].map(|name| header(headers, name));
        let named = named.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
        one_line(&named.chars().take(LONGEST_NAME).collect::<String>(), self.key())
    }
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().trim()
}

/// An answer that is an error. A gateway that gave up on the service behind it does not know what that did; one that
/// says when to come back is busy itself.
fn refused(address: String, status: u16, said: String, later: Option<Duration>) -> ServiceError {
    match status {
        503 if later.is_some() => ServiceError::Refused { address, status, said },
        500.. | 100..300 => ServiceError::Lost { address, why: format!("status {status}: {said}") },
        _ => ServiceError::Refused { address, status, said },
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    header(headers, "retry-after").parse().ok().map(Duration::from_secs)
}

/// The body of a question, which notes when the first of it is taken to be sent.
struct Told<'a> {
    rest: &'a [u8],
    voice: &'a Voice,
}

impl Read for Told<'_> {
    fn read(&mut self, place: &mut [u8]) -> io::Result<usize> {
        if self.voice.say() { self.rest.read(place) } else { Err(io::Error::other("it was held back")) }
    }
}
