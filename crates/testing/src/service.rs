use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// A service on this machine that answers as a test tells it to, over HTTP/1.1, one question a connection.
///
/// It lives as long as the process; a test's process is short.
#[derive(Debug, Clone)]
pub struct TestService {
    port: u16,
    heard: Arc<Mutex<Vec<Heard>>>,
}

/// A question as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// `POST /v1/audio/speech?x=y`.
    pub line: String,
    /// Header lines, as they came.
    pub headers: Vec<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// What the service does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Answers: status, header lines, body.
    Answer(u16, Vec<String>, Vec<u8>),
    /// Answers, but promises this many bytes more than it gives, and hangs up.
    CutShort(Vec<u8>, usize),
    /// The same, but holds the line for as long instead.
    Stuck(Vec<u8>, usize, Duration),
    /// Hears the question and hangs up.
    HangUp,
    /// Hears the question and says nothing for as long.
    Silence(Duration),
    /// Answers after as long.
    Late(Duration, Box<Reply>),
    /// Answers one byte at a time, with as long in between.
    Drip(Vec<u8>, Duration),
    /// Answers in chunks, as servers do that send words as they come.
    Chunks(&'static str, Vec<Vec<u8>>),
    /// Says the same again and again and never ends, with as long in between.
    Endless(&'static str, Vec<u8>, Duration),
}

impl Reply {
    /// A good answer of a kind: `audio/wav`.
    pub fn good(mime: &str, body: Vec<u8>) -> Self {
        Self::Answer(200, vec![format!("Content-Type: {mime}")], body)
    }

    /// An answer that says no, as JSON.
    pub fn no(status: u16, json: &str) -> Self {
        Self::Answer(status, vec!["Content-Type: application/json".to_owned()], json.as_bytes().to_vec())
    }
}

impl TestService {
    /// Starts a service that answers each question, counted from 0, as `reply` says.
    ///
    /// # Panics
    /// When this machine gives it no port.
    pub fn start(reply: impl Fn(usize, &Heard) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on this machine");
        let port = listener.local_addr().expect("its own address").port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (questions, reply) = (Arc::clone(&heard), Arc::new(reply));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (questions, reply) = (Arc::clone(&questions), Arc::clone(&reply));
                thread::spawn(move || serve(stream, &questions, &*reply));
            }
        });
        Self { port, heard }
    }

    /// Where it is: `http://127.0.0.1:40123`.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Every question so far.
    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// An address on this machine where nothing listens.
    ///
    /// # Panics
    /// When this machine gives no port.
    pub fn nowhere() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on this machine");
        format!("http://127.0.0.1:{}", listener.local_addr().expect("its own address").port())
    }
}

impl Heard {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The value of a header, letter case of its name aside.
    pub fn header(&self, name: &str) -> Option<&str> {
        let named = self.headers.iter().filter_map(|line| line.split_once(':'));
        named.clone().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

/// A connection that breaks is the test's own doing.
fn serve(
    mut stream: TcpStream,
    questions: &Mutex<Vec<Heard>>,
    reply: &(dyn Fn(usize, &Heard) -> Reply + Send + Sync),
) {
    let Some(heard) = question(&stream) else { return };
    let number = {
        let mut questions = questions.lock().unwrap_or_else(PoisonError::into_inner);
        questions.push(heard.clone());
        questions.len() - 1
    };
    give(&mut stream, reply(number, &heard));
    let _ = stream.shutdown(Shutdown::Both);
}

pub(crate) fn give(stream: &mut TcpStream, reply: Reply) {
    match reply {
        Reply::Answer(status, headers, body) => answer(stream, status, &headers, &body, body.len()),
        Reply::CutShort(body, more) => answer(stream, 200, &[], &body, body.len() + more),
        Reply::Stuck(body, more, time) => {
            answer(stream, 200, &[], &body, body.len() + more);
            thread::sleep(time);
        }
        Reply::HangUp => {}
        Reply::Silence(time) => thread::sleep(time),
        Reply::Late(time, reply) => {
            thread::sleep(time);
            give(stream, *reply);
        }
        Reply::Chunks(mime, chunks) => {
            chunked(stream, mime, chunks.into_iter());
            let _ = stream.write_all(b"0\r\n\r\n").and_then(|()| stream.flush());
        }
        Reply::Endless(mime, chunk, time) => {
            chunked(
                stream,
                mime,
                std::iter::repeat_with(|| {
                    thread::sleep(time);
                    chunk.clone()
                }),
            );
        }
        Reply::Drip(body, time) => {
            answer(stream, 200, &[], &[], body.len());
            for byte in body {
                thread::sleep(time);
                if stream.write_all(&[byte]).is_err() {
                    return;
                }
            }
        }
    }
}

/// Says chunk after chunk until somebody hangs up.
fn chunked(stream: &mut TcpStream, mime: &str, chunks: impl Iterator<Item = Vec<u8>>) {
    let head = format!(
        "HTTP/1.1 200 Said\r\nContent-Type: {mime}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    );
    let mut said = stream.write_all(head.as_bytes());
    for chunk in chunks {
        said = said.and_then(|()| {
            stream.write_all(format!("{:x}\r\n", chunk.len()).as_bytes())?;
            stream.write_all(&chunk)?;
            stream.write_all(b"\r\n")?;
            stream.flush()
        });
        if said.is_err() {
            return;
        }
    }
}

pub(crate) fn question(stream: &TcpStream) -> Option<Heard> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        if header.trim().is_empty() {
            break;
        }
        headers.push(header.trim().to_owned());
    }
    let line = line.trim().trim_end_matches("HTTP/1.1").trim().to_owned();
    let mut heard = Heard { line, headers, body: Vec::new() };
    let length = heard.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    heard.body = vec![0; length];
    reader.read_exact(&mut heard.body).ok()?;
    Some(heard)
}

fn answer(stream: &mut TcpStream, status: u16, headers: &[String], body: &[u8], length: usize) {
    let mut head = format!("HTTP/1.1 {status} Said\r\nContent-Length: {length}\r\nConnection: close\r\n");
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    let _ =
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).and_then(|()| stream.flush());
}
