//! Ends our children when we die, however we die.
//!
//! Rust and POSIX have no safe way to tie a child's life to ours (`prctl` is Linux alone and needs unsafe code). So one
//! small shell waits at the end of a pipe that only we hold. It is told which process groups live; when the pipe closes,
//! because we ended or were killed, it kills those that still do.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

const SCRIPT: &str = r#"
trap '' INT TERM HUP QUIT
groups=
while read -r line; do
  group=${line#?}
  case $line in
    +*) groups="$groups $group" ;;
    -*) left=
        for one in $groups; do [ "$one" = "$group" ] || left="$left $one"; done
        groups=$left ;;
  esac
done
for one in $groups; do kill -9 "-$one"; done
"#;

struct Watchdog {
    pipe: Option<ChildStdin>,
    groups: BTreeSet<u32>,
}

static WATCHDOG: Mutex<Watchdog> = Mutex::new(Watchdog { pipe: None, groups: BTreeSet::new() });

/// The process group `group` is to end with us.
pub(crate) fn watch(group: u32) {
    let mut watchdog = lock();
    watchdog.groups.insert(group);
    watchdog.tell(&format!("+{group}\n"));
}

/// The process group `group` has ended.
pub(crate) fn forget(group: u32) {
    let mut watchdog = lock();
    watchdog.groups.remove(&group);
    watchdog.tell(&format!("-{group}\n"));
}

/// Starts the shell where it does not run yet, so that the first child does not live a moment unwatched.
pub(crate) fn ready() {
    let mut watchdog = lock();
    if watchdog.pipe.is_none() {
        // Without a shell children still end on every orderly way out; only a SIGKILL would leave them.
        watchdog.pipe = start().ok();
    }
}

/// Kills every process of `group`. Its leader must not have been waited for yet, else the number may be another's.
pub(crate) fn kill_group(group: u32) {
    let kill = Command::new("sh")
        .args(["-c", &format!("kill -9 -{group}")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    // The caller kills the leader itself as well; a group that is gone already is no failure.
    drop(kill);
}

fn lock() -> MutexGuard<'static, Watchdog> {
    WATCHDOG.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Watchdog {
    /// Writes `line`; a shell that was killed is started again and told everything.
    fn tell(&mut self, line: &str) {
        let told = match &mut self.pipe {
            Some(pipe) => pipe.write_all(line.as_bytes()),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        };
        if told.is_err() {
            self.pipe = start().ok();
            for group in &self.groups {
                if let Some(pipe) = &mut self.pipe {
                    // A second failure leaves us as if there were no shell.
                    drop(writeln!(pipe, "+{group}"));
                }
            }
        }
    }
}

fn start() -> io::Result<ChildStdin> {
    let mut shell = Command::new("sh")
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()?;
    shell.stdin.take().ok_or_else(|| io::ErrorKind::BrokenPipe.into())
}
