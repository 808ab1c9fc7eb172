use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ureq::http::Response;

use crate::client::{Call, Times, Voice, beginning, header, watched};
use crate::said::{is_page, message, one_line, without_keys};
use crate::{Address, Ask, Body, Client, Link, Method, Reply, ServiceError, SignedWith, Trusted, Watch};

/// How often a link may lead on.
const MOST_HOPS: usize = 5;
/// Bytes that are written at once.
const BLOCK_BYTES: usize = 64 << 10;
/// Fewer bytes than this, in the time in which some must come, are none: a byte now and then would hold a place for hours.
const LEAST_BYTES: u64 = 16 << 10;

/// Where a clip goes, and how long it may be and take.
#[derive(Debug, Clone, Copy)]
pub struct Clip<'a> {
    /// The service's own address: links of it may be near where that is.
    pub address: &'a Address,
    /// Other hosts that links may lead to.
    pub trusted: &'a Trusted,
    /// The file, which does not exist yet. It is gone again where the clip did not come whole.
    pub file: &'a Path,
    /// The most bytes.
    pub most_bytes: u64,
    /// Until the last byte, in seconds.
    pub whole_secs: u64,
    /// Without a byte, or with hardly any, in seconds.
    pub idle_secs: u64,
}

impl Client {
    /// Asks for a clip and writes it to a file, block by block. Follows up to five links on where it looks only (`GET`), each
    /// checked as [`Link::read`] does; the key stays behind where one leads to another server.
    ///
    /// Gives the answer without its bytes where the clip is there; where the status is no 2xx, the answer with its beginning
    /// and no file. Pages, words and JSON are no clip.
    pub fn fetch(&self, ask: &Ask<'_>, clip: &Clip<'_>, watch: &dyn Watch) -> Result<Reply, ServiceError> {
        let file = OpenOptions::new().write(true).create_new(true).open(clip.file);
        let file = file.map_err(|error| not_written(clip.file, &error))?;
        let fetching = Fetching {
            client: self.clone(),
            address: clip.address.clone(),
            trusted: clip.trusted.to_vec(),
            signed: ask.signed.cloned(),
            headers: ask.headers.to_vec(),
            link: ask.link.clone(),
            path: clip.file.to_owned(),
            file,
            most_bytes: clip.most_bytes,
            times: Times {
                whole: Duration::from_secs(clip.whole_secs),
                idle: Duration::from_secs(clip.idle_secs),
            },
            given_up: Arc::default(),
        };
        let given_up = Arc::clone(&fetching.given_up);
        let call = self.call(ask);
        let address = call.address.clone();
        let came = watched(&address, watch, move |voice| fetching.come(call, voice));
        if !matches!(&came, Ok(reply) if is_good(reply.status)) {
            given_up.store(true, Ordering::SeqCst);
            // It is ours: it did not exist before.
            let _ = fs::remove_file(clip.file);
        }
        came
    }
}

struct Fetching {
    client: Client,
    address: Address,
    trusted: Vec<String>,
    signed: Option<SignedWith>,
    headers: Vec<(String, String)>,
    link: Link,
    path: PathBuf,
    file: File,
    most_bytes: u64,
    times: Times,
    given_up: Arc<AtomicBool>,
}

impl Fetching {
    fn come(mut self, mut call: Call, voice: &Voice) -> Result<Reply, ServiceError> {
        let until = Instant::now() + self.times.whole;
        for _ in 0..=MOST_HOPS {
            let times = Times { whole: until.saturating_duration_since(Instant::now()), ..self.times };
            let response = call.response(voice, Some(times))?;
            let mut reply = call.head(&response);
            if is_good(reply.status) {
                self.write(&call, response, &reply)?;
                return Ok(reply);
            }
            let leads_on = matches!(reply.status, 301..=303 | 307 | 308) && call.method == Method::Get;
            if !leads_on || reply.location.is_empty() {
                reply.bytes = without_keys(beginning(response), &call.keys);
                return Ok(reply);
            }
            call = self.follow(&reply.location)?;
        }
        Err(no_clip(&call, &format!("it leads on more than {MOST_HOPS} times")))
    }

    fn follow(&mut self, to: &str) -> Result<Call, ServiceError> {
        let moved = self.link.moved(to, &self.address, &self.trusted);
        self.link = moved.map_err(|error| match error {
            ServiceError::NotFollowed { link, why } => {
                ServiceError::NotFollowed { link: SignedWith::one_line(self.signed.as_ref(), &link), why }
            }
            other => other,
        })?;
        Ok(self.client.call(&Ask {
            method: Method::Get,
            link: &self.link,
            // What headers are for is the service's own; another server is told nothing.
            headers: if self.link.is_own() { &self.headers } else { &[] },
            signed: self.signed.as_ref(),
            body: &Body::none(),
            most_bytes: self.most_bytes,
        }))
    }

    fn write(
        &mut self,
        call: &Call,
        response: Response<ureq::Body>,
        reply: &Reply,
    ) -> Result<(), ServiceError> {
        call.unpacked(&response)?;
        if is_words(&reply.mime) {
            let said = message(&beginning(response), &call.keys);
            return Err(no_clip(call, &format!("{} came: {said}", reply.mime)));
        }
        let promised: Option<u64> = header(response.headers(), "content-length").parse().ok();
        if promised.is_some_and(|bytes| bytes > self.most_bytes) {
            return Err(self.too_long(call));
        }
        let mut reader = response.into_body().into_with_config().limit(u64::MAX).reader();
        let (mut block, mut written) = (vec![0; BLOCK_BYTES], 0u64);
        let mut last = (Instant::now(), 0);
        loop {
            let count =
                reader.read(&mut block).map_err(|error| call.lost(&format!("it broke off ({error})")))?;
            if self.given_up.load(Ordering::SeqCst) {
                return Err(ServiceError::Stopped { address: call.address.clone() });
            }
            let bytes = &block[..count];
            if count == 0 {
                break;
            }
            if written == 0 && is_words_within(bytes) {
                return Err(no_clip(call, &message(bytes, &call.keys)));
            }
            written += count as u64;
            if written > self.most_bytes {
                return Err(self.too_long(call));
            }
            self.file.write_all(bytes).map_err(|error| not_written(&self.path, &error))?;
            if last.0.elapsed() >= self.times.idle {
                if written - last.1 < LEAST_BYTES {
                    return Err(call.lost(&format!("it broke off (it only drips, after {written} bytes)")));
                }
                last = (Instant::now(), written);
            }
        }
        match promised {
            Some(bytes) if bytes != written => {
                Err(call.lost(&format!("it broke off after {written} of {bytes} bytes")))
            }
            _ if written == 0 => Err(no_clip(call, "it is empty")),
            _ => self.file.flush().map_err(|error| not_written(&self.path, &error)),
        }
    }

    fn too_long(&self, call: &Call) -> ServiceError {
        no_clip(call, &format!("it is longer than {} bytes", self.most_bytes))
    }
}

fn no_clip(call: &Call, why: &str) -> ServiceError {
    ServiceError::NoClip { address: call.address.clone(), why: one_line(why, &call.keys) }
}

fn is_good(status: u16) -> bool {
    (200..300).contains(&status)
}

/// Whether it says of itself that it is words.
fn is_words(mime: &str) -> bool {
    mime.starts_with("text/") || mime.ends_with("json") || mime.ends_with("xml")
}

/// Whether it is words, whatever it says of itself. No clip begins so: an MP4 with `{` or `<` first would begin with a box
/// of a gigabyte.
fn is_words_within(start: &[u8]) -> bool {
    let first = start.iter().find(|byte| !byte.is_ascii_whitespace());
    matches!(first, Some(b'{' | b'<')) || is_page(&String::from_utf8_lossy(&start[..start.len().min(64)]))
}

fn not_written(file: &Path, error: &std::io::Error) -> ServiceError {
    ServiceError::NotWritten { file: file.to_owned(), why: error.to_string() }
}
