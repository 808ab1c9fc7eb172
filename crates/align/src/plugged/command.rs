//! The other aligner as a program: what it is given, and how it is waited for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use serde::Serialize;
use soundlock_picture::{Limits, ask};

use super::answer::{Answered, answered};
use crate::{ALIGN_HZ, AlignError, Line, format, text};

/// How often somebody who waits for the program is asked whether to stop.
const LOOK: Duration = Duration::from_millis(100);
/// The most that may be answered: so much, and so much more for each line.
const MOST_BYTES: usize = 1 << 20;
const MOST_BYTES_PER_LINE: usize = 1 << 14;

/// Another aligner: a program that is given a recording and lines on its standard input and answers rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plugged {
    /// The program; it is started as it is, without a shell.
    pub program: PathBuf,
    /// What it is started with.
    pub arguments: Vec<String>,
    /// Seconds after which it is given up.
    pub timeout_secs: u64,
    /// Where it is started; where we are, if nothing is said.
    pub folder: Option<PathBuf>,
}

/// What the program reads.
#[derive(Serialize)]
struct Question<'a> {
    version: u32,
    recording: &'a str,
    language: &'a str,
    lines: Vec<AskedLine<'a>>,
}

#[derive(Serialize)]
struct AskedLine<'a> {
    id: &'a str,
    text: &'a str,
    said: String,
    language: &'a str,
    character: &'a str,
    scene: &'a str,
}

impl Plugged {
    /// The words of `command` as a shell would read them, the program first; no shell is asked. `None` where it names no
    /// program, or a quote in it is not closed.
    pub fn words(command: &str) -> Option<Vec<String>> {
        shlex::split(command).filter(|words| words.first().is_some_and(|program| !program.is_empty()))
    }

    /// What a program is called that does not tell its name.
    pub(super) fn name(&self) -> String {
        self.program.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// A time that is enough for a recording of `samples` with a slow model: a minute, and three times its length.
    pub fn timeout_secs(samples: u64) -> u64 {
        60 + 3 * (samples / u64::from(ALIGN_HZ))
    }

    /// What the program answers about `lines` in `recording`, an absolute path to a file that is `samples` long at
    /// [`ALIGN_HZ`]. An error says what it did instead. `stopped` is asked now and then.
    pub fn ask(
        &self,
        recording: &Path,
        lines: &[Line],
        samples: u64,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Answered, AlignError> {
        let failed = |why: String| AlignError::Plugged { name: self.name(), why };
        let question = question(recording, lines).map_err(failed)?;
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        let most_bytes = MOST_BYTES + MOST_BYTES_PER_LINE * lines.len();
        let limits = Limits { timeout_secs: self.timeout_secs, ..Limits::GENEROUS };
        let (tell, answer) = channel();
        // Waited for beside the asking, so that a stop is heard; the program ends with us wherever it is left.
        thread::spawn(move || drop(tell.send(ask(command, &question, most_bytes, &limits))));
        let bytes = self.wait(&answer, stopped)?.map_err(|error| failed(error.to_string()))?;
        answered(&bytes, lines, samples, &self.name()).map_err(failed)
    }

    fn wait<T>(&self, answer: &Receiver<T>, stopped: &dyn Fn() -> bool) -> Result<T, AlignError> {
        // A little longer than silence is allowed to last, which is told apart from an answer that drips.
        let looks = (self.timeout_secs.max(1) + 2) * 10;
        for _ in 0..looks {
            match answer.recv_timeout(LOOK) {
                Ok(answer) => return Ok(answer),
                Err(RecvTimeoutError::Timeout) if stopped() => return Err(AlignError::Stopped),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        let why = format!("it did not end within {} s", self.timeout_secs);
        Err(AlignError::Plugged { name: self.name(), why })
    }
}

fn question(recording: &Path, lines: &[Line]) -> Result<Vec<u8>, String> {
    let recording = recording.to_str().ok_or("the recording's name is not UTF-8, so it cannot be told")?;
    let line = |line: &'_ Line| text::words(&line.text).join(" ");
    let lines_asked = lines
        .iter()
        .map(|asked| AskedLine {
            id: &asked.id,
            text: &asked.text,
            said: line(asked),
            language: &asked.language,
            character: &asked.character,
            scene: &asked.scene,
        })
        .collect();
    let question =
        Question { version: format::VERSION, recording, language: commonest(lines), lines: lines_asked };
    serde_json::to_vec(&question).map_err(|error| error.to_string())
}

/// The language that most of the lines are in.
fn commonest(lines: &[Line]) -> &str {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for line in lines {
        *counts.entry(&line.language).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map_or("en", |(language, _)| language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_question_is_written_as_promised() {
        let line = |id: &str, text: &str, language: &str| Line {
            id: id.to_owned(),
            text: text.to_owned(),
            language: language.to_owned(),
            character: "MINA".to_owned(),
            scene: "1".to_owned(),
        };
        let lines = [
            line("1.01", "So (beat) *we* walk?", "en"),
            line("1.02", "정오부터", "ko"),
            line("2", "No.", "en"),
        ];
        let written = question(Path::new("/takes/a.wav"), &lines[..2]).unwrap();
        assert_eq!(
            String::from_utf8(written).unwrap(),
            concat!(
                r#"{"version":1,"recording":"/takes/a.wav","language":"ko","lines":["#,
                r#"{"id":"1.01","text":"So (beat) *we* walk?","said":"So we walk?","language":"en","#,
                r#""character":"MINA","scene":"1"},"#,
                r#"{"id":"1.02","text":"정오부터","said":"정오부터","language":"ko","#,
                r#""character":"MINA","scene":"1"}]}"#,
            )
        );
        assert_eq!(commonest(&lines), "en");
    }

    /// Every name that is written stands in the schema, and the other way round.
    #[test]
    fn the_schema_names_what_is_written() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/aligner.schema.json");
        let schema: serde_json::Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let names = |object: &serde_json::Value| -> Vec<String> {
            let mut names: Vec<String> = object.as_object().unwrap().keys().cloned().collect();
            names.sort();
            names
        };
        let line = Line {
            id: String::new(),
            text: String::new(),
            language: "en".to_owned(),
            character: String::new(),
            scene: String::new(),
        };
        let written = question(Path::new("/a"), &[line]).unwrap();
        let written: serde_json::Value = serde_json::from_slice(&written).unwrap();
        let asked = &schema["$defs"]["question"];
        assert_eq!(names(&asked["properties"]), names(&written));
        assert_eq!(names(&schema["$defs"]["line"]["properties"]), names(&written["lines"][0]));
        let row = &schema["$defs"]["row"]["properties"];
        assert_eq!(names(row), ["confidence", "end", "id", "missing", "start", "words"]);
    }
}
