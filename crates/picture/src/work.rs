//! A program that works beside us for a long time and tells how far it is, line by line.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::child::Child;
use crate::{AskError, Limits};

/// The longest line that is heard; the rest of a longer one is not.
const LONGEST_LINE: u64 = 64 << 10;
/// Lines that may wait to be heard; a program that tells more waits.
const LINES: usize = 64;
/// How often somebody who may want to stop is asked.
const GLANCE: Duration = Duration::from_millis(100);

/// A program that works. Dropped before it has ended, it is killed with its process group, as it is when we end.
#[derive(Debug)]
pub struct Work {
    child: Child,
    lines: Receiver<String>,
}

/// How a program's work ended, where it did not end well.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkError {
    /// It ended badly by itself.
    #[error("it ended with {status}: {stderr}")]
    Failed {
        /// `exit status: 3`, `signal: 9 (SIGKILL)`.
        status: String,
        /// The end of its stderr.
        stderr: String,
    },
    /// Its time was up.
    #[error("it was not done after {secs} s")]
    TimeUp {
        /// How long it had.
        secs: u64,
    },
    /// Somebody stopped it.
    #[error("it was stopped")]
    Stopped,
    /// It cannot be watched.
    #[error(transparent)]
    Io(std::io::Error),
}

impl Work {
    /// Starts `command` and gives it `input` on its stdin.
    pub fn start(command: Command, input: Vec<u8>) -> Result<Self, AskError> {
        let program = command.get_program().to_owned();
        let mut child = Child::spawn(command, Path::new(&program), true, &Limits::GENEROUS)?;
        let (tell, lines) = sync_channel(LINES);
        let (stdin, stdout) = (child.take_stdin(), child.take_stdout());
        // Both end with the program, or with the pipe.
        thread::Builder::new()
            .name("tell".to_owned())
            .spawn(move || told(stdin, &input))
            .map_err(AskError::Io)?;
        thread::Builder::new()
            .name("hear".to_owned())
            .spawn(move || heard(stdout, &tell))
            .map_err(AskError::Io)?;
        Ok(Self { child, lines })
    }

    /// Waits until it ends, at most `limit`, and passes on each line that it says. With an error all of its process group is
    /// gone, but where it ended by itself.
    pub fn wait(
        mut self,
        limit: Duration,
        line: &mut dyn FnMut(&str),
        is_stopped: &dyn Fn() -> bool,
    ) -> Result<(), WorkError> {
        let begun = Instant::now();
        let mut is_silent = false;
        loop {
            match self.lines.recv_timeout(GLANCE) {
                Ok(said) => line(&said),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    if is_silent {
                        thread::sleep(GLANCE);
                    }
                    is_silent = true;
                }
            }
            if let Some(end) =
                self.child.ended().map_err(|error| WorkError::Io(std::io::Error::other(error)))?
            {
                // What it said last is still on its way.
                while let Ok(said) = self.lines.recv_timeout(GLANCE) {
                    line(&said);
                }
                return if end.status.success() {
                    Ok(())
                } else {
                    let stderr =
                        if end.stderr.is_empty() { "it said nothing".to_owned() } else { end.stderr };
                    Err(WorkError::Failed { status: end.status.to_string(), stderr })
                };
            }
            if is_stopped() {
                return Err(WorkError::Stopped);
            }
            if begun.elapsed() >= limit {
                return Err(WorkError::TimeUp { secs: limit.as_secs() });
            }
        }
    }
}

fn told(stdin: Option<ChildStdin>, input: &[u8]) {
    if let Some(mut stdin) = stdin {
        // A program that does not listen says why by how it ends.
        drop(stdin.write_all(input));
    }
}

/// Passes on lines until nobody says or hears any more. After a line that is too long its rest is passed over.
fn heard(stdout: Option<ChildStdout>, tell: &SyncSender<String>) {
    let Some(stdout) = stdout else { return };
    let (mut reader, mut is_rest) = (BufReader::new(stdout), false);
    loop {
        let mut line = Vec::new();
        match reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line) {
            Ok(1..) => {}
            _ => return,
        }
        let ends = line.ends_with(b"\n") || (line.len() as u64) < LONGEST_LINE;
        if !is_rest && ends && tell.send(String::from_utf8_lossy(&line).trim_end().to_owned()).is_err() {
            return;
        }
        is_rest = !ends;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn worked(
        script: &str,
        limit: Duration,
        is_stopped: &dyn Fn() -> bool,
    ) -> (Result<(), String>, Vec<String>) {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let mut lines = Vec::new();
        let work = Work::start(command, b"question\n".to_vec()).unwrap();
        let ended = work.wait(limit, &mut |line| lines.push(line.to_owned()), is_stopped);
        (ended.map_err(|error| error.to_string()), lines)
    }

    const LONG: Duration = Duration::from_mins(1);

    #[test]
    fn lines_are_heard_as_they_come() {
        let (ended, lines) = worked("read word; echo $word; echo two; printf three", LONG, &|| false);
        assert_eq!((ended, lines), (Ok(()), ["question", "two", "three"].map(str::to_owned).to_vec()));
        let (ended, lines) = worked("head -c 200000 /dev/zero; echo; echo end", LONG, &|| false);
        assert_eq!((ended, lines), (Ok(()), vec!["end".to_owned()]));
    }

    #[test]
    fn a_bad_end_says_how_and_why() {
        let (ended, _) = worked("echo no weights >&2; exit 3", LONG, &|| false);
        assert_eq!(ended.unwrap_err(), "it ended with exit status: 3: no weights");
        let (ended, _) = worked("kill -9 $$", LONG, &|| false);
        assert!(ended.unwrap_err().contains("signal: 9"));
    }

    #[test]
    fn when_time_is_up_or_somebody_stops_the_whole_group_ends() {
        let folder = tempfile::tempdir().unwrap();
        let alive = folder.path().join("alive");
        let script = format!("(while :; do touch {0}; sleep 0.05; done) & exec >&-; wait", alive.display());
        let is_dead = || {
            drop(std::fs::remove_file(&alive));
            thread::sleep(Duration::from_millis(400));
            !alive.exists()
        };
        let (ended, _) = worked(&script, Duration::from_secs(1), &|| false);
        assert_eq!(ended.unwrap_err(), "it was not done after 1 s");
        assert!(is_dead(), "its child goes on");
        let looks = Cell::new(0);
        let stops = || {
            looks.set(looks.get() + 1);
            looks.get() > 3
        };
        let (ended, _) = worked(&script, LONG, &stops);
        assert_eq!(ended.unwrap_err(), "it was stopped");
        assert!(is_dead(), "its child goes on");
        let missing = Work::start(Command::new("no-such-program"), Vec::new());
        assert!(matches!(missing, Err(AskError::NoProgram)));
    }
}
