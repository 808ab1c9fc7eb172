use std::io::{self, Read};
use std::net::ToSocketAddrs;
use std::time::Duration;

use serde_json::Value;
use ureq::http::{HeaderMap, Response};
use ureq::{Agent, Body, Error, SendBody};

use crate::said::{message, redacted};
use crate::{Address, ServiceError, SignedWith};

/// How often a service that cannot be reached is tried, and how long is waited in between.
const KNOCKS: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(1500)];
/// How often a service that asks us to come back is asked again.
const MOST_RETURNS: usize = 5;
/// The longest that a service may ask us to wait.
const LONGEST_WAIT: Duration = Duration::from_mins(2);
/// Bytes read of an answer that is an error.
const ERROR_BYTES: u64 = 64 << 10;

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
    agent: Agent,
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
    /// The answer.
    pub bytes: Vec<u8>,
}

impl Client {
    /// A client with this patience.
    pub fn new(patience: Patience) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .max_idle_connections(0)
            .timeout_connect(Some(Duration::from_secs(patience.connect_secs)))
            .timeout_global(Some(Duration::from_secs(patience.answer_secs)))
            .user_agent(concat!("soundlock/", env!("CARGO_PKG_VERSION")))
            .build();
        Self { agent: Agent::new_with_config(config) }
    }

    /// Asks, and asks again where the question cannot have cost anything: the service was not reached, or it was busy
    /// and said when to come back. `wait` waits that long; it gives false to stop.
    pub fn post(
        &self,
        question: &Question<'_>,
        wait: &dyn Fn(Duration) -> bool,
    ) -> Result<Answer, ServiceError> {
        let (mut knocks, mut returns) = (KNOCKS.iter(), 0);
        loop {
            let (error, pause) = match self.ask(question) {
                Ok(answer) => return Ok(answer),
                Err((error @ ServiceError::NotReached { .. }, _)) => (error, knocks.next().copied()),
                Err((error, later)) => {
                    returns += 1;
                    (error, later.filter(|later| *later <= LONGEST_WAIT && returns <= MOST_RETURNS))
                }
            };
            let Some(pause) = pause else { return Err(error) };
            if !wait(pause) {
                return Err(ServiceError::Stopped { address: question.address.to_string() });
            }
        }
    }

    /// Asks once; with an error comes when to ask again, where the service said so.
    fn ask(&self, question: &Question<'_>) -> Result<Answer, (ServiceError, Option<Duration>)> {
        let address = question.address.to_string();
        let key = question.signed.map(SignedWith::key);
        if let Err(error) = question.address.place().to_socket_addrs() {
            let why = format!("its name is not found ({error})");
            return Err((ServiceError::NotReached { address, why }, None));
        }
        let mut request = self.agent.post(question.address.at(question.path, question.query));
        request = request.header("content-type", "application/json").header("accept-encoding", "identity");
        if let Some(signed) = question.signed {
            let (name, value) = signed.header();
            request = request.header(name, value);
        }
        let json = question.json.to_string();
        request = request.header("content-length", json.len().to_string());
        let mut told = Told { rest: json.as_bytes(), begun: false };
        let sent = request.send(SendBody::from_reader(&mut told));
        let response = sent.map_err(|error| (no_answer(address.clone(), &error, told.begun), None))?;
        let status = response.status().as_u16();
        if matches!(status, 200 | 201) {
            return whole(address, response, question.most_bytes).map_err(|error| (error, None));
        }
        let later = matches!(status, 429 | 503).then(|| retry_after(response.headers())).flatten();
        let moved = response.headers().get("location").and_then(|to| to.to_str().ok()).map(str::to_owned);
        let body =
            response.into_body().into_with_config().limit(ERROR_BYTES).read_to_vec().unwrap_or_default();
        let said = match moved.filter(|_| (300..400).contains(&status)) {
            Some(to) => redacted(&format!("it has moved to {to}"), key),
            None => message(&body, key),
        };
        let said = if said.is_empty() { "it does not say why".to_owned() } else { said };
        Err((refused(address, status, said), later))
    }
}

/// An answer that is an error. A gateway that gave up on the service behind it does not know what that did.
fn refused(address: String, status: u16, said: String) -> ServiceError {
    match status {
        503 => ServiceError::Refused { address, status, said },
        500.. | 100..300 => ServiceError::Lost { address, why: format!("status {status}: {said}") },
        _ => ServiceError::Refused { address, status, said },
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get("retry-after")?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// The body of a question, which notes when the first of it is taken to be sent.
struct Told<'a> {
    rest: &'a [u8],
    begun: bool,
}

impl Read for Told<'_> {
    fn read(&mut self, place: &mut [u8]) -> io::Result<usize> {
        self.begun = true;
        self.rest.read(place)
    }
}

/// Nothing came. A service that got nothing of the body, because it was not there or no encryption could be agreed on,
/// cannot have done what it asks for.
fn no_answer(address: String, error: &Error, begun: bool) -> ServiceError {
    let why = error.to_string();
    if begun { ServiceError::Lost { address, why } } else { ServiceError::NotReached { address, why } }
}

fn whole(address: String, response: Response<Body>, most_bytes: u64) -> Result<Answer, ServiceError> {
    let mime = response.headers().get("content-type").and_then(|mime| mime.to_str().ok()).unwrap_or_default();
    let mime = mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let read = response.into_body().into_with_config().limit(most_bytes).read_to_vec();
    match read {
        Ok(bytes) => Ok(Answer { mime, bytes }),
        Err(Error::BodyExceedsLimit(_)) => {
            let why =
                format!("it is longer than {most_bytes} bytes, which is more than what was asked can take");
            Err(ServiceError::Lost { address, why })
        }
        Err(error) => Err(ServiceError::Lost { address, why: format!("it broke off ({error})") }),
    }
}
