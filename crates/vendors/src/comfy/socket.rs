//! The websocket on which a server tells how far its jobs are. It may close at any time; nothing hangs on it.

use std::io;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use soundlock_service::Link;
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Error, Message, WebSocket};

use super::progress::Board;

/// How long a server may take to open one.
const OPEN: Duration = Duration::from_secs(3);
/// How long is waited before one that closed is opened again.
const AGAIN: Duration = Duration::from_secs(2);
/// The longest event that is read.
const MOST_BYTES: usize = 8 << 20;

/// The one websocket to a server.
#[derive(Debug, Default)]
pub(super) struct Socket {
    state: Mutex<State>,
    /// Which one is open, counted from 1; 0 where none is.
    open: Arc<AtomicU64>,
}

#[derive(Debug, Default)]
struct State {
    count: u64,
    tried: Option<Instant>,
    stream: Option<TcpStream>,
}

impl Socket {
    /// Opens it where it is not open; where that cannot be, things go on without.
    pub(super) fn listen(&self, link: &Link, board: &Arc<Board>) {
        let mut state = self.state();
        let waits = state.tried.is_some_and(|tried| tried.elapsed() < AGAIN);
        if self.open.load(Ordering::SeqCst) != 0 || waits {
            return;
        }
        state.tried = Some(Instant::now());
        let Some((mut socket, stream)) = connected(link) else { return };
        state.count += 1;
        let count = state.count;
        state.stream = Some(stream);
        self.open.store(count, Ordering::SeqCst);
        let (board, open) = (Arc::clone(board), Arc::clone(&self.open));
        let hears = thread::Builder::new().name("comfy".to_owned()).spawn(move || {
            while let Some(message) = next(&mut socket) {
                match message {
                    Message::Text(text) => board.hear(&text),
                    Message::Binary(bytes) => board.see(&bytes),
                    _ => {}
                }
            }
            open.store(0, Ordering::SeqCst);
        });
        if hears.is_err() {
            self.open.store(0, Ordering::SeqCst);
        }
    }

    /// Which connection it is: as long as the number stays, the server has not been restarted. `None` where none is open.
    pub(super) fn open(&self) -> Option<u64> {
        Some(self.open.load(Ordering::SeqCst)).filter(|count| *count > 0)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Socket {
    /// Ends the thread that listens.
    fn drop(&mut self) {
        if let Some(stream) = self.state().stream.take() {
            // It may have closed by itself.
            drop(stream.shutdown(Shutdown::Both));
        }
    }
}

/// Opens a websocket, and gives what closes it.
fn connected(link: &Link) -> Option<(WebSocket<TcpStream>, TcpStream)> {
    let (stream, url) = link.wire(OPEN).ok()??;
    stream.set_read_timeout(Some(OPEN)).ok()?;
    stream.set_write_timeout(Some(OPEN)).ok()?;
    let closing = stream.try_clone().ok()?;
    let config =
        WebSocketConfig::default().max_message_size(Some(MOST_BYTES)).max_frame_size(Some(MOST_BYTES));
    let (socket, _) = tungstenite::client::client_with_config(url, stream, Some(config)).ok()?;
    Some((socket, closing))
}

/// The next message; `None` once it is closed.
fn next(socket: &mut WebSocket<TcpStream>) -> Option<Message> {
    loop {
        match socket.read() {
            Ok(message) => return Some(message),
            // Nothing came for a while: samplers may be silent for minutes.
            Err(Error::Io(error)) if is_silence(&error) => {}
            Err(_) => return None,
        }
    }
}

fn is_silence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}
