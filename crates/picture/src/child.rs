//! One child process: its pipes, the end of what it said, its signs of life, its end.

use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::{Limits, PictureError, watchdog};

/// How much of the end of stderr is kept.
const STDERR_KEPT: usize = 4096;
/// How often a waiting child is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// A running child. Dropped before [`Child::end`], it is killed with its process group.
#[derive(Debug)]
pub(crate) struct Child {
    process: std::process::Child,
    program: String,
    file: PathBuf,
    timeout: Duration,
    stdin: Option<ChildStdin>,
    stdout: Option<ChildStdout>,
    said: Arc<Mutex<Vec<u8>>>,
    said_all: Receiver<()>,
    pulse: Arc<Mutex<Pulse>>,
    /// Dropped to end the thread that watches the pulse.
    _watching: Sender<()>,
    ended: bool,
}

/// Whether we wait for the child, since when, and whether it was given up.
#[derive(Debug, Default)]
struct Pulse {
    waiting_since: Option<Instant>,
    ended: bool,
    hung: bool,
}

/// How a child ended.
#[derive(Debug)]
pub(crate) struct End {
    /// What it exited with.
    pub status: ExitStatus,
    /// The end of its stderr.
    pub stderr: String,
}

impl Child {
    /// Starts `command` for `file`. Its stdin is closed unless `fed`.
    pub(crate) fn spawn(
        mut command: Command,
        file: &Path,
        fed: bool,
        limits: &Limits,
    ) -> Result<Self, PictureError> {
        watchdog::ready();
        let program = command.get_program().to_string_lossy().into_owned();
        command
            .stdin(if fed { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A report file of the user's would be written for each of hundreds of children.
            .env_remove("FFREPORT")
            .env("AV_LOG_FORCE_NOCOLOR", "1")
            .process_group(0);
        let mut process = command.spawn().map_err(|source| no_start(&program, source))?;
        watchdog::watch(process.id());

        let pulse = Arc::new(Mutex::new(Pulse::default()));
        let timeout = Duration::from_secs(limits.timeout_secs.max(1));
        let watching = watch_pulse(process.id(), Arc::clone(&pulse), timeout);
        let said = Arc::new(Mutex::new(Vec::new()));
        let said_all = listen(process.stderr.take(), Arc::clone(&said));
        Ok(Self {
            stdin: process.stdin.take(),
            stdout: process.stdout.take(),
            process,
            program,
            file: file.to_owned(),
            timeout,
            said,
            said_all,
            pulse,
            _watching: watching,
            ended: false,
        })
    }

    /// Fills `bytes` as far as the child's stdout goes and gives how many came.
    pub(crate) fn read(&mut self, bytes: &mut [u8]) -> Result<usize, PictureError> {
        let mut filled = 0;
        while filled < bytes.len() {
            let Some(stdout) = &mut self.stdout else { break };
            waiting(&self.pulse, true);
            let came = stdout.read(&mut bytes[filled..]);
            waiting(&self.pulse, false);
            match came {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(self.io(source)),
            }
        }
        self.not_hung()?;
        Ok(filled)
    }

    /// Gives the child all of `bytes`; where it takes them no more, says why it ended.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), PictureError> {
        let mut left = bytes;
        while !left.is_empty() {
            let Some(stdin) = &mut self.stdin else { break };
            waiting(&self.pulse, true);
            let went = stdin.write(left);
            waiting(&self.pulse, false);
            match went {
                Ok(count) if count > 0 => left = &left[count..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                _ => {
                    let end = self.end(None)?;
                    return Err(self.failed(&end));
                }
            }
        }
        Ok(())
    }

    /// The child's stdin, to be written elsewhere and closed there.
    pub(crate) fn take_stdin(&mut self) -> Option<ChildStdin> {
        self.stdin.take()
    }

    /// The child's stdout, to be read elsewhere.
    pub(crate) fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.stdout.take()
    }

    /// How it ended; `None` while it runs.
    pub(crate) fn ended(&mut self) -> Result<Option<End>, PictureError> {
        let Some(status) = self.process.try_wait().map_err(|source| self.io(source))? else {
            return Ok(None);
        };
        lock(&self.pulse).ended = true;
        Ok(Some(self.over(status)))
    }

    /// Closes the child's stdin: there is no more.
    pub(crate) fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// Waits for the child to end. Growth of `output` counts as a sign of life, as do bytes on stdout, which are
    /// thrown away.
    pub(crate) fn end(&mut self, output: Option<&Path>) -> Result<End, PictureError> {
        self.close_stdin();
        let heard = self.stdout.take().map(count_rest);
        self.not_hung()?;
        lock(&self.pulse).ended = true;
        let mut last_sign = Instant::now();
        let mut seen = 0;
        let status = loop {
            if let Some(status) = self.process.try_wait().map_err(|source| self.io(source))? {
                break status;
            }
            let now = heard.as_ref().map_or(0, |heard| *lock(heard)) + length(output);
            if now != seen {
                (seen, last_sign) = (now, Instant::now());
            }
            if last_sign.elapsed() > self.timeout {
                self.kill();
                return Err(self.hung());
            }
            thread::sleep(if last_sign.elapsed() < LOOK { LOOK / 20 } else { LOOK });
        };
        Ok(self.over(status))
    }

    fn over(&mut self, status: ExitStatus) -> End {
        self.ended = true;
        watchdog::forget(self.process.id());
        // The stderr of a child that left children of its own may never close; what came by then is enough.
        let _: Result<(), RecvTimeoutError> = self.said_all.recv_timeout(Duration::from_secs(1));
        End { status, stderr: self.stderr() }
    }

    /// Like [`Child::end`], with an error unless it exited with success. Gives what it said nevertheless.
    pub(crate) fn end_well(&mut self, output: Option<&Path>) -> Result<String, PictureError> {
        let end = self.end(output)?;
        if end.status.success() { Ok(end.stderr) } else { Err(self.failed(&end)) }
    }

    /// The end of what it has said by now.
    pub(crate) fn stderr(&self) -> String {
        readable(&lock(&self.said))
    }

    fn failed(&self, end: &End) -> PictureError {
        let stderr = if end.stderr.is_empty() {
            format!("it said nothing ({})", end.status)
        } else {
            end.stderr.clone()
        };
        PictureError::Child { program: self.program.clone(), file: self.file.clone(), stderr }
    }

    fn hung(&self) -> PictureError {
        PictureError::Hung {
            program: self.program.clone(),
            file: self.file.clone(),
            timeout_secs: self.timeout.as_secs(),
        }
    }

    fn not_hung(&self) -> Result<(), PictureError> {
        if lock(&self.pulse).hung { Err(self.hung()) } else { Ok(()) }
    }

    fn io(&self, source: io::Error) -> PictureError {
        PictureError::Io { file: self.file.clone(), source }
    }

    fn kill(&mut self) {
        if self.ended {
            return;
        }
        self.ended = true;
        lock(&self.pulse).ended = true;
        watchdog::kill_group(self.process.id());
        // Both fail only where it has ended by itself.
        drop(self.process.kill());
        drop(self.process.wait());
        watchdog::forget(self.process.id());
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Runs `command` to its end and gives how it ended with at most `most` bytes of its stdout.
pub(crate) fn run(
    command: Command,
    file: &Path,
    most: usize,
    limits: &Limits,
) -> Result<(End, Vec<u8>), PictureError> {
    let mut child = Child::spawn(command, file, false, limits)?;
    let mut bytes = Vec::new();
    let mut block = vec![0; 65_536];
    while bytes.len() < most {
        let count = child.read(&mut block)?;
        bytes.extend_from_slice(&block[..count]);
        if count < block.len() {
            break;
        }
    }
    let end = child.end(None)?;
    Ok((end, bytes))
}

fn no_start(program: &str, source: io::Error) -> PictureError {
    match source.kind() {
        io::ErrorKind::NotFound => PictureError::NoProgram { program: program.to_owned() },
        _ => PictureError::Io { file: program.into(), source },
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn waiting(pulse: &Mutex<Pulse>, waits: bool) {
    lock(pulse).waiting_since = waits.then(Instant::now);
}

fn length(file: Option<&Path>) -> u64 {
    file.and_then(|file| file.metadata().ok()).map_or(0, |metadata| metadata.len())
}

/// Kills `group` once it let us wait for `timeout`; time in which we do other things is not the child's fault.
fn watch_pulse(group: u32, pulse: Arc<Mutex<Pulse>>, timeout: Duration) -> Sender<()> {
    let (sender, over) = channel();
    thread::spawn(move || {
        while let Err(RecvTimeoutError::Timeout) = over.recv_timeout(LOOK.max(timeout / 20)) {
            let mut pulse = lock(&pulse);
            if pulse.ended {
                return;
            }
            // Killed with the lock held: the child cannot be waited for meanwhile, so the number is still its own.
            if pulse.waiting_since.is_some_and(|since| since.elapsed() > timeout) {
                pulse.hung = true;
                watchdog::kill_group(group);
                return;
            }
        }
    });
    sender
}

/// Reads stderr to its end in a thread, so that a child that talks much is not held up.
fn listen(stderr: Option<ChildStderr>, said: Arc<Mutex<Vec<u8>>>) -> Receiver<()> {
    let (done, said_all) = channel::<()>();
    thread::spawn(move || {
        let _done = done;
        let Some(mut stderr) = stderr else { return };
        let mut block = [0; 1024];
        while let Ok(count @ 1..) = stderr.read(&mut block) {
            let mut said = lock(&said);
            said.extend_from_slice(&block[..count]);
            let over = said.len().saturating_sub(STDERR_KEPT);
            said.drain(..over);
        }
    });
    said_all
}

/// Counts the rest of stdout in a thread.
fn count_rest(mut stdout: ChildStdout) -> Arc<Mutex<u64>> {
    let heard = Arc::new(Mutex::new(0));
    let counter = Arc::clone(&heard);
    thread::spawn(move || {
        let mut block = [0; 4096];
        while let Ok(count @ 1..) = stdout.read(&mut block) {
            *lock(&counter) += count as u64;
        }
    });
    heard
}

/// What FFmpeg said without the addresses in it (`[h264 @ 0x55d0]`), which differ from run to run.
fn readable(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(without_address);
    lines.collect::<Vec<_>>().join("\n")
}

fn without_address(line: &str) -> String {
    let Some((before, after)) = line.split_once(" @ 0x") else { return line.to_owned() };
    let rest = after.trim_start_matches(|c: char| c.is_ascii_hexdigit());
    format!("{before}{}", without_address(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn quick() -> Limits {
        Limits { timeout_secs: 1, ..Limits::GENEROUS }
    }

    #[test]
    fn a_child_that_fails_is_quoted() {
        let mut child = Child::spawn(
            sh("echo '[h264 @ 0x5f3a] broken' >&2; exit 3"),
            Path::new("a.mp4"),
            false,
            &quick(),
        )
        .unwrap();
        let error = child.end_well(None).unwrap_err().to_string();
        assert_eq!(error, "sh failed on a.mp4: [h264] broken");
    }

    #[test]
    fn only_the_end_of_a_long_complaint_is_kept() {
        let script = "i=0; while [ $i -lt 3000 ]; do echo line $i >&2; i=$((i+1)); done";
        let mut child = Child::spawn(sh(script), Path::new("a"), false, &quick()).unwrap();
        let said = child.end_well(None).unwrap();
        assert!(said.len() <= STDERR_KEPT && said.ends_with("line 2999"), "{said}");
    }

    #[test]
    fn a_silent_child_is_killed_with_its_children() {
        let started = Instant::now();
        let mut child = Child::spawn(sh("sleep 300 & sleep 300"), Path::new("a"), false, &quick()).unwrap();
        let error = child.read(&mut [0; 16]).unwrap_err();
        assert!(matches!(error, PictureError::Hung { timeout_secs: 1, .. }), "{error}");
        assert!(started.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn a_child_that_does_not_end_is_killed() {
        let mut child = Child::spawn(sh("exec >&-; sleep 300"), Path::new("a"), false, &quick()).unwrap();
        assert_eq!(child.read(&mut [0; 16]).unwrap(), 0);
        assert!(matches!(child.end(None), Err(PictureError::Hung { .. })));
    }

    #[test]
    fn a_child_that_takes_no_more_says_why() {
        let mut child = Child::spawn(sh("echo full >&2; exit 1"), Path::new("a"), true, &quick()).unwrap();
        let error = loop {
            if let Err(error) = child.write(&vec![0; 65_536]) {
                break error;
            }
        };
        assert_eq!(error.to_string(), "sh failed on a: full");
    }
}
