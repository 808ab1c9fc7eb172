//! Websockets of the test server: one clientId has one that hears.

use std::net::{Shutdown, TcpStream};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tungstenite::handshake::server::{Request, Response};
use tungstenite::{Message, WebSocket};

use super::value_of;

/// Those who listen.
#[derive(Debug, Default)]
pub(super) struct Sockets(Mutex<Vec<Listener>>);

#[derive(Debug)]
struct Listener {
    client: String,
    socket: WebSocket<TcpStream>,
    /// Whether another socket took over its events; it stays open and silent.
    is_replaced: bool,
}

/// Whether a connection asks for a websocket; nothing of it is taken away.
pub(super) fn asks_for_one(stream: &TcpStream) -> bool {
    let mut start = [0; 16];
    for _ in 0..200 {
        match stream.peek(&mut start) {
            Ok(count) if count >= 8 || count == 0 => break,
            Ok(_) => std::thread::sleep(Duration::from_millis(5)),
            Err(_) => return false,
        }
    }
    start.starts_with(b"GET /ws") || start.starts_with(b"GET /api/ws")
}

impl Sockets {
    pub(super) fn open(&self, stream: TcpStream, remaining: usize) {
        let mut client = String::new();
        #[expect(clippy::result_large_err, reason = "the callback's type is the library's")]
        let heard = |request: &Request, response: Response| {
            client = request.uri().query().and_then(|query| value_of(query, "clientId")).unwrap_or_default();
            let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
            // A browser on a foreign page says where it comes from.
            let (host, origin) = (header("host").unwrap_or_default(), header("origin"));
            if host.is_empty() || origin.is_some_and(|origin| !origin.ends_with(host)) {
                let mut no = tungstenite::http::Response::new(None);
                *no.status_mut() = tungstenite::http::StatusCode::FORBIDDEN;
                return Err(no);
            }
            Ok(response)
        };
        let Ok(mut socket) = tungstenite::accept_hdr(stream, heard) else { return };
        let first = json!({"type": "status", "data": {"status": {"exec_info": {"queue_remaining": remaining}}, "sid": client}});
        if socket.send(Message::text(first.to_string())).is_err() {
            return;
        }
        let mut listeners = self.listeners();
        for listener in listeners.iter_mut().filter(|listener| listener.client == client) {
            listener.is_replaced = true;
        }
        listeners.push(Listener { client, socket, is_replaced: false });
    }

    /// Tells `client` of an event; everybody where there is none.
    pub(super) fn tell(&self, client: Option<&str>, kind: &str, data: &Value) {
        let text = json!({"type": kind, "data": data}).to_string();
        self.send(client, &Message::text(text));
    }

    /// Shows `client` a picture.
    pub(super) fn show(&self, client: Option<&str>, bytes: Vec<u8>) {
        self.send(client, &Message::binary(bytes));
    }

    fn send(&self, client: Option<&str>, message: &Message) {
        self.listeners().retain_mut(|listener| {
            let hears = !listener.is_replaced && client.is_none_or(|client| client == listener.client);
            !hears || listener.socket.send(message.clone()).is_ok()
        });
    }

    /// Closes all without a word, as a crash does.
    pub(super) fn close(&self) {
        for listener in self.listeners().drain(..) {
            let _ = listener.socket.get_ref().shutdown(Shutdown::Both);
        }
    }

    pub(super) fn count(&self) -> usize {
        self.listeners().iter().filter(|listener| !listener.is_replaced).count()
    }

    fn listeners(&self) -> MutexGuard<'_, Vec<Listener>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
