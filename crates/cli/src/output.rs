//! What is said, and where: data on standard output, talk on standard error.

use std::fmt::Display;
use std::io::{IsTerminal, Write};

use indicatif::{MultiProgress, ProgressDrawTarget};
use serde::Serialize;

use crate::exit::Failure;

/// Where results and talk go.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    json: bool,
    quiet: bool,
    /// Lines that change in place; shown only on a terminal. What is said goes above them.
    bars: MultiProgress,
}

impl Output {
    pub(crate) fn new(json: bool, quiet: bool) -> Self {
        let shown = !quiet && std::io::stderr().is_terminal();
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self { json, quiet, bars: MultiProgress::with_draw_target(target) }
    }

    /// Whether somebody can be asked.
    pub(crate) fn can_ask(&self) -> bool {
        !self.json && std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }

    /// Lines that change in place.
    pub(crate) fn bars(&self) -> &MultiProgress {
        &self.bars
    }

    /// Whether somebody is likely to see what is said, and what windows open.
    pub(crate) fn is_watched(&self) -> bool {
        !self.json && std::io::stderr().is_terminal()
    }

    /// A line of results for people; nothing with `--json`.
    pub(crate) fn line(&self, line: impl Display) -> Result<(), Failure> {
        if self.json { Ok(()) } else { self.write(&line.to_string()) }
    }

    /// Results as they are, a file's text or a page.
    pub(crate) fn text(text: &str) -> Result<(), Failure> {
        Self::put(text.strip_suffix('\n').unwrap_or(text))
    }

    /// An object for programs; nothing without `--json`.
    pub(crate) fn object(&self, kind: &str, object: &impl Serialize) -> Result<(), Failure> {
        if !self.json {
            return Ok(());
        }
        let bug =
            |error: serde_json::Error| Failure::Bug { message: format!("a {kind} is not JSON: {error}") };
        let mut value = serde_json::to_value(object).map_err(bug)?;
        if let Some(fields) = value.as_object_mut() {
            let mut typed = serde_json::Map::new();
            typed.insert("type".to_owned(), kind.into());
            typed.append(fields);
            value = typed.into();
        }
        self.write(&value.to_string())
    }

    fn write(&self, line: &str) -> Result<(), Failure> {
        self.bars.suspend(|| Self::put(line))
    }

    fn put(line: &str) -> Result<(), Failure> {
        let mut stdout = std::io::stdout().lock();
        match writeln!(stdout, "{line}").and_then(|()| stdout.flush()) {
            // Whoever reads us has seen enough: `soundlock plan | head`.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            other => Ok(other?),
        }
    }

    /// Talk.
    pub(crate) fn say(&self, line: impl Display) {
        if !self.quiet {
            self.warn(line);
        }
    }

    /// What must be said even to those who want it quiet.
    pub(crate) fn warn(&self, line: impl Display) {
        let _ = self.bars.suspend(|| writeln!(std::io::stderr().lock(), "{line}"));
    }

    /// Asks a yes-or-no question; no without an answer.
    pub(crate) fn ask(question: &str) -> bool {
        let mut stderr = std::io::stderr().lock();
        let _ = write!(stderr, "{question} [y/N] ");
        let _ = stderr.flush();
        let mut answer = String::new();
        let read = std::io::stdin().read_line(&mut answer);
        read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
    }

    /// Says why it could not be done.
    pub(crate) fn failure(&self, failure: &Failure) {
        if self.json {
            let object = serde_json::json!({
                "type": "error",
                "message": failure.to_string(),
                "because": causes(failure),
                "place": failure.place(),
                "hint": failure.hint(),
                "exit": failure.exit() as u8,
            });
            let _ = self.write(&object.to_string());
        }
        let mut stderr = std::io::stderr().lock();
        let _ = writeln!(stderr, "error: {failure}");
        for cause in causes(failure) {
            let _ = writeln!(stderr, "  because {cause}");
        }
        if let Some(place) = failure.place() {
            let _ = writeln!(stderr, "  {place}");
        }
        if let Some(hint) = failure.hint() {
            let _ = writeln!(stderr, "hint: {hint}");
        }
    }
}

/// What is behind `failure`, the nearest cause first.
fn causes(failure: &Failure) -> Vec<String> {
    let first = std::error::Error::source(failure);
    std::iter::successors(first, |cause| cause.source()).map(ToString::to_string).collect()
}
