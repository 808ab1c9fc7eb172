use std::borrow::Cow;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use ureq::http::{HeaderMap, Request, Response};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, AsSendBody, Error, SendBody, Timeout};

use crate::body::BodyReader;
use crate::near::{Leads, NearResolver};
use crate::said::{message, one_line, without_keys};
use crate::{Address, Body, Key, Link, ServiceError, SignedWith};

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
pub(crate) const ERROR_BYTES: u64 = 64 << 10;
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
#[derive(Debug, Clone)]
pub struct Client {
    anywhere: Agent,
    near: Agent,
    far: Agent,
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

/// What is done at a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Looks at it. It costs nothing, however often.
    Get,
    /// Hands something in.
    Post,
    /// Puts something there.
    Put,
    /// Takes it away.
    Delete,
}

/// What a service is asked once, in any form.
#[derive(Debug)]
pub struct Ask<'a> {
    /// What is done.
    pub method: Method,
    /// Where.
    pub link: &'a Link,
    /// Header lines besides those that every question has. No key is in them.
    pub headers: &'a [(String, String)],
    /// How it is signed, where it is. Only the service's own server is shown it.
    pub signed: Option<&'a SignedWith>,
    /// What is sent along.
    pub body: &'a Body,
    /// The most bytes of an answer that are read.
    pub most_bytes: u64,
}

/// What a service answered, whether it did what it was asked or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// `content-type` without parameters, in small letters; empty where it names none.
    pub mime: String,
    /// The service's own name for the question, by which its support finds it; empty where it gives none.
    pub request: String,
    /// How many letters the service says that it charged.
    pub letters: Option<u64>,
    /// When it wants to be asked again.
    pub later: Option<Duration>,
    /// Where it has moved to; empty where it has not.
    pub location: String,
    /// The answer, the key taken out. Of one that is no 2xx, its beginning.
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
        let agent =
            |leads| Agent::with_parts(config.clone(), DefaultConnector::default(), NearResolver::new(leads));
        Self { anywhere: agent(Leads::Anywhere), near: agent(Leads::Near), far: agent(Leads::Far) }
    }

    /// Asks once, and gives whatever came back. An error is only where no answer came whole: it says whether the question can
    /// have been heard. What costs nothing is stopped at once; an answer that may be paid for is waited for as long as
    /// `watch` grants.
    pub fn ask(&self, ask: &Ask<'_>, watch: &dyn Watch) -> Result<Reply, ServiceError> {
        let call = self.call(ask);
        watched(&call.address.clone(), watch, move |voice| call.reply(voice))
    }

    /// Asks, and asks again where the question cannot have cost anything: the service was not reached, or it was busy.
    ///
    /// A stop is heard at once. What was not said yet is then not said; an answer that is on its way is waited for as
    /// long as `watch` grants, because it may be paid for.
    pub fn post(&self, question: &Question<'_>, watch: &dyn Watch) -> Result<Answer, ServiceError> {
        let (mut knocks, mut busy, mut returns) = (KNOCKS.iter(), BUSY.iter(), 0);
        loop {
            let (error, pause) = match self.ask_plainly(question, watch) {
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

    /// Asks once for what can be done or not, and nothing between.
    fn ask_plainly(&self, question: &Question<'_>, watch: &dyn Watch) -> Asked {
        let address = question.address;
        let call = Call {
            agent: self.agent(if address.is_only_near() { Leads::Near } else { Leads::Anywhere }),
            address: address.to_string(),
            url: address.at(question.path, question.query),
            method: Method::Post,
            headers: question.signed.map(SignedWith::header).into_iter().collect(),
            keys: question.signed.map(SignedWith::keys).unwrap_or_default(),
            body: Body::json(&question.json.to_string()),
            most_bytes: question.most_bytes,
        };
        let (address, keys) = (call.address.clone(), call.keys.clone());
        let reply = watched(&address, watch, move |voice| call.reply(voice));
        answer(reply.map_err(|error| (error, Later::Unsaid))?, address, &keys)
    }

    pub(crate) fn call(&self, ask: &Ask<'_>) -> Call {
        let signed = ask.signed.filter(|_| ask.link.is_own());
        let own = ask.headers.iter().map(|(name, value)| (Cow::Owned(name.clone()), value.clone()));
        let keys = ask.signed.map(SignedWith::keys).unwrap_or_default();
        Call {
            agent: self.agent(ask.link.leads()),
            // A service may have put anything into a link.
            address: one_line(&ask.link.to_string(), &keys),
            url: ask.link.url(),
            method: ask.method,
            headers: own.chain(signed.map(SignedWith::header)).collect(),
            keys,
            body: ask.body.clone(),
            most_bytes: ask.most_bytes,
        }
    }

    pub(crate) fn agent(&self, leads: Leads) -> Agent {
        match leads {
            Leads::Anywhere => self.anywhere.clone(),
            Leads::Near => self.near.clone(),
            Leads::Far => self.far.clone(),
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
pub(crate) struct Voice(AtomicU8);

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

/// Does `asking` on a thread of its own: the network cannot be interrupted, and we can.
pub(crate) fn watched<T: Send + 'static>(
    address: &str,
    watch: &dyn Watch,
    asking: impl FnOnce(&Voice) -> Result<T, ServiceError> + Send + 'static,
) -> Result<T, ServiceError> {
    let voice = Arc::new(Voice::default());
    let (tell, told) = channel();
    let told_by = Arc::clone(&voice);
    let asking = thread::Builder::new().name("ask".to_owned()).spawn(move || {
        // Where nobody listens any more, the question was given up.
        let _ = tell.send(asking(&told_by));
    });
    match asking {
        Ok(_) => heard(&told, address, &voice, watch),
        Err(error) => {
            Err(ServiceError::NotReached { address: address.to_owned(), why: format!("no thread: {error}") })
        }
    }
}

/// Waits for what the asking thread tells, and for somebody who wants to stop.
fn heard<T>(
    told: &Receiver<Result<T, ServiceError>>,
    address: &str,
    voice: &Voice,
    watch: &dyn Watch,
) -> Result<T, ServiceError> {
    let address = || address.to_owned();
    let mut left: Option<Duration> = None;
    loop {
        match told.recv_timeout(GLANCE) {
            Ok(asked) => return asked,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(ServiceError::Lost {
                    address: address(),
                    why: "the asking broke off".to_owned(),
                });
            }
            Err(RecvTimeoutError::Timeout) if !watch.is_stopped() => {}
            Err(RecvTimeoutError::Timeout) if voice.hold_back() => {
                return Err(ServiceError::Stopped { address: address() });
            }
            Err(RecvTimeoutError::Timeout) => {
                let grace = left.map_or_else(|| watch.grace(), |left| left.saturating_sub(GLANCE));
                if grace.is_zero() {
                    return Err(ServiceError::LeftOpen { address: address() });
                }
                left = Some(grace);
            }
        }
    }
}

/// A question with all that it takes to ask it.
pub(crate) struct Call {
    pub(crate) agent: Agent,
    pub(crate) address: String,
    pub(crate) url: String,
    pub(crate) method: Method,
    pub(crate) headers: Vec<(Cow<'static, str>, String)>,
    pub(crate) keys: Vec<Key>,
    pub(crate) body: Body,
    pub(crate) most_bytes: u64,
}

/// How long a clip may take: as a whole, and without a byte of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    pub(crate) whole: Duration,
    pub(crate) idle: Duration,
}

impl Call {
    fn reply(&self, voice: &Voice) -> Result<Reply, ServiceError> {
        let response = self.response(voice, None)?;
        let mut reply = self.head(&response);
        let good = (200..300).contains(&reply.status);
        reply.bytes = if good { self.whole(response)? } else { beginning(response) };
        reply.bytes = without_keys(std::mem::take(&mut reply.bytes), &self.keys);
        Ok(reply)
    }

    /// Asks, and gives the answer when its head is there.
    pub(crate) fn response(
        &self,
        voice: &Voice,
        times: Option<Times>,
    ) -> Result<Response<ureq::Body>, ServiceError> {
        let mut request = Request::builder().method(self.method.name()).uri(&self.url);
        request = request.header("accept-encoding", "identity");
        for (name, value) in &self.headers {
            request = request.header(name.as_ref(), value);
        }
        let mut told = Told { body: self.body.reader(), voice };
        let sent = if self.body.is_none() && self.method.has_no_body() {
            self.sent(request.body(()), times)
        } else {
            if !self.body.is_none() {
                request = request.header("content-type", &self.body.mime);
            }
            request = request.header("content-length", self.body.length().to_string());
            self.sent(request.body(SendBody::from_reader(&mut told)), times)
        };
        sent.map_err(|error| self.no_answer(&error, voice.was_said()))
    }

    fn sent<B: AsSendBody>(
        &self,
        request: Result<Request<B>, ureq::http::Error>,
        times: Option<Times>,
    ) -> Result<Response<ureq::Body>, Error> {
        let request = request?;
        let Some(Times { whole, idle }) = times else { return self.agent.run(request) };
        let config = self.agent.configure_request(request).timeout_global(Some(whole));
        self.agent.run(config.timeout_per_read(Some(idle)).build())
    }

    /// Nothing came. A service that got nothing of the body, because it was not there or no encryption could be agreed on,
    /// cannot have done what it asks for. A question without a body is said as soon as the service is reached.
    fn no_answer(&self, error: &Error, was_said: bool) -> ServiceError {
        let (address, why) = (self.address.clone(), one_line(&error.to_string(), &self.keys));
        match error {
            _ if was_said => ServiceError::Lost { address, why },
            Error::HostNotFound => {
                ServiceError::NotReached { address, why: "its name is not found".to_owned() }
            }
            _ if self.body.is_none() && was_reached(error) => ServiceError::Lost { address, why },
            _ => ServiceError::NotReached { address, why },
        }
    }

    /// An answer without what it says.
    pub(crate) fn head(&self, response: &Response<ureq::Body>) -> Reply {
        let headers = response.headers();
        let status = response.status().as_u16();
        let mime = header(headers, "content-type").split(';').next().unwrap_or_default();
        Reply {
            status,
            mime: one_line(&mime.trim().to_ascii_lowercase(), &self.keys),
            request: self.request(headers),
            letters: header(headers, "character-cost").parse().ok(),
            later: matches!(status, 429 | 503).then(|| retry_after(headers)).flatten(),
            location: header(headers, "location").to_owned(),
            bytes: Vec::new(),
        }
    }

    fn whole(&self, response: Response<ureq::Body>) -> Result<Vec<u8>, ServiceError> {
        self.unpacked(&response)?;
        match response.into_body().into_with_config().limit(self.most_bytes).read_to_vec() {
            Ok(bytes) => Ok(bytes),
            Err(Error::BodyExceedsLimit(_)) => {
                let most = self.most_bytes;
                Err(self.lost(&format!(
                    "it is longer than {most} bytes, which is more than what was asked can take"
                )))
            }
            Err(error) => Err(self.lost(&format!("it broke off ({error})"))),
        }
    }

    pub(crate) fn unpacked(&self, response: &Response<ureq::Body>) -> Result<(), ServiceError> {
        let packed = header(response.headers(), "content-encoding").to_ascii_lowercase();
        match packed.as_str() {
            "" | "identity" => Ok(()),
            _ => Err(self.lost(&format!("it is packed as {packed}, which was not asked for"))),
        }
    }

    pub(crate) fn lost(&self, why: &str) -> ServiceError {
        ServiceError::Lost { address: self.address.clone(), why: one_line(why, &self.keys) }
    }

    fn request(&self, headers: &HeaderMap) -> String {
        let named = ["request-id", "x-request-id"].map(|name| header(headers, name));
        let named = named.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
        one_line(&named.chars().take(LONGEST_NAME).collect::<String>(), &self.keys)
    }
}

impl Method {
    fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }

    fn has_no_body(self) -> bool {
        matches!(self, Self::Get | Self::Delete)
    }
}

/// Whether a service was there when it went wrong.
fn was_reached(error: &Error) -> bool {
    match error {
        Error::Timeout(when) => !matches!(when, Timeout::Resolve | Timeout::Connect),
        Error::Io(error) => matches!(
            error.kind(),
            io::ErrorKind::UnexpectedEof
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
        ),
        Error::Protocol(_) => true,
        _ => false,
    }
}

/// What came of an answer before it broke, which is still the best that is known.
pub(crate) fn beginning(response: Response<ureq::Body>) -> Vec<u8> {
    let mut body = Vec::new();
    let _ = response.into_body().into_reader().take(ERROR_BYTES).read_to_end(&mut body);
    body
}

/// What an answer means where it can only be yes or no.
fn answer(reply: Reply, address: String, keys: &[Key]) -> Asked {
    let Reply { status, mime, request, letters, later, location, bytes } = reply;
    if matches!(status, 200 | 201) {
        return Ok(Answer { mime, request, letters, bytes });
    }
    let said = if (300..400).contains(&status) && !location.is_empty() {
        one_line(&format!("it has moved to {location}"), keys)
    } else {
        message(&bytes, keys)
    };
    let said = if said.is_empty() { "it does not say why".to_owned() } else { said };
    let said = if request.is_empty() { said } else { format!("{said} (its request {request})") };
    Err((refused(address, status, said, later), later.map_or(Later::Unsaid, Later::In)))
}

pub(crate) fn header<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
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
    body: BodyReader<'a>,
    voice: &'a Voice,
}

impl Read for Told<'_> {
    fn read(&mut self, place: &mut [u8]) -> io::Result<usize> {
        if self.voice.say() { self.body.read(place) } else { Err(io::Error::other("it was held back")) }
    }
}
