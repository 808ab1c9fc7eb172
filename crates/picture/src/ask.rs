//! A program that is given its input and gives its answer: no file, all of it in memory.

use std::io::Write;
use std::path::Path;
use std::process::{ChildStdin, Command};
use std::thread;

use crate::child::Child;
use crate::{Limits, PictureError};

/// What a program did instead of answering, a clause: whoever asked says which program and what for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// It is not there.
    #[error("it is not installed or not on the PATH")]
    NoProgram,
    /// It ended badly.
    #[error("{stderr}")]
    Failed {
        /// The end of its stderr.
        stderr: String,
    },
    /// It gave no sign of life.
    #[error("it did nothing for {timeout_secs} s")]
    Hung {
        /// How long it was waited for.
        timeout_secs: u64,
    },
    /// It answered more than it was allowed to.
    #[error("it answered more than {most_bytes} bytes")]
    TooMuch {
        /// How much that is.
        most_bytes: usize,
    },
    /// It cannot be started or heard.
    #[error(transparent)]
    Io(std::io::Error),
}

/// Runs `command` with `input` on its stdin and gives its stdout, of which there may be `most_bytes`.
///
/// It is ended with us, as FFmpeg is, and when it writes nothing for `limits.timeout_secs`; the other limits are for
/// media. An error unless it exits with success. A program that does not read its input is none.
pub fn ask(command: Command, input: &[u8], most_bytes: usize, limits: &Limits) -> Result<Vec<u8>, AskError> {
    let program = command.get_program().to_owned();
    let mut child = Child::spawn(command, Path::new(&program), true, limits)?;
    let stdin = child.take_stdin();
    thread::scope(|scope| {
        // Written beside the reading: a program that answers before it has read everything would wait for us.
        scope.spawn(move || tell(stdin, input));
        // The child goes along and is killed on every way out but the good one, which ends the writing too.
        answer_of(child, most_bytes)
    })
}

fn tell(stdin: Option<ChildStdin>, input: &[u8]) {
    if let Some(mut stdin) = stdin {
        // A program that does not listen says why by how it ends.
        drop(stdin.write_all(input));
    }
}

fn answer_of(mut child: Child, most_bytes: usize) -> Result<Vec<u8>, AskError> {
    let mut answer = Vec::new();
    let mut block = vec![0; 65_536];
    loop {
        let count = child.read(&mut block)?;
        if answer.len() + count > most_bytes {
            return Err(AskError::TooMuch { most_bytes });
        }
        answer.extend_from_slice(&block[..count]);
        if count < block.len() {
            break;
        }
    }
    child.end_well(None)?;
    Ok(answer)
}

impl From<PictureError> for AskError {
    fn from(error: PictureError) -> Self {
        match error {
            PictureError::NoProgram { .. } => Self::NoProgram,
            PictureError::Child { stderr, .. } => Self::Failed { stderr },
            PictureError::Hung { timeout_secs, .. } => Self::Hung { timeout_secs },
            PictureError::Io { source, .. } => Self::Io(source),
            other => Self::Io(std::io::Error::other(other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn asked(script: &str, input: &[u8]) -> Result<Vec<u8>, AskError> {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        ask(command, input, 1 << 20, &Limits { timeout_secs: 1, ..Limits::GENEROUS })
    }

    #[test]
    fn input_longer_than_any_pipe_comes_back() {
        let input: Vec<u8> = (0..1_u32 << 18).flat_map(u32::to_le_bytes).collect();
        assert!(asked("cat", &input).unwrap() == input, "what went in is exactly as much as may come out");
        assert_eq!(asked("cat", b"").unwrap(), b"");
        assert_eq!(asked("echo deaf", &input).unwrap(), b"deaf\n");
    }

    #[test]
    fn programs_that_do_not_answer_say_why() {
        let input = vec![0; 1 << 20];
        for (script, why) in [
            ("echo no such voice >&2; exit 1", "no such voice"),
            ("echo half; cat >/dev/null; exit 1", "it said nothing (exit status: 1)"),
            ("cat; echo", "it answered more than 1048576 bytes"),
            ("yes", "it answered more than 1048576 bytes"),
            ("sleep 300 & sleep 300", "it did nothing for 1 s"),
            ("exec >&-; sleep 300", "it did nothing for 1 s"),
        ] {
            let begun = Instant::now();
            assert_eq!(asked(script, &input).unwrap_err().to_string(), why, "{script}");
            assert!(begun.elapsed() < Duration::from_secs(10), "{script}");
        }
        let missing = ask(Command::new("no-such-program"), b"", 1, &Limits::GENEROUS);
        assert!(matches!(missing, Err(AskError::NoProgram)));
    }
}
