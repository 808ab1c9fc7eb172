//! What a person sees while it works: stage, shots done of all, time left; bars only on a terminal.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use soundlock_vault::{Event, Reporter};

/// Tells a terminal, or a log, what happens.
pub(crate) struct Progress {
    quiet: bool,
    bars: Option<Mutex<BTreeMap<&'static str, ProgressBar>>>,
}

impl Progress {
    pub(crate) fn new(quiet: bool) -> Self {
        let bars = !quiet && std::io::stderr().is_terminal();
        Self { quiet, bars: bars.then(Mutex::default) }
    }

    fn say(line: &str) {
        let _ = writeln!(std::io::stderr().lock(), "{line}");
    }

    fn with_bar(&self, stage: &'static str, act: impl FnOnce(&mut BTreeMap<&'static str, ProgressBar>)) {
        if let Some(bars) = &self.bars {
            let mut bars = bars.lock().unwrap_or_else(PoisonError::into_inner);
            act(&mut bars);
        } else {
            let _ = stage;
        }
    }

    /// Says a line above the bars.
    fn told(&self, stage: &'static str, line: &str) {
        let mut paused = false;
        self.with_bar(stage, |bars| {
            if let Some(bar) = bars.values().next() {
                bar.suspend(|| Self::say(line));
                paused = true;
            }
        });
        if !paused {
            Self::say(line);
        }
    }

    fn started(&self, stage: &'static str, total: usize) {
        if self.bars.is_none() && total > 1 && !self.quiet {
            Self::say(&format!("{stage}: {total} to do"));
        }
        self.with_bar(stage, |bars| {
            let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{prefix:8} {bar:28} {pos}/{len}  {msg}  {eta} left");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.set_prefix(stage);
            bar.enable_steady_tick(Duration::from_millis(250));
            bars.insert(stage, bar);
        });
    }

    fn advanced(&self, stage: &'static str, name: &str) {
        self.with_bar(stage, |bars| {
            if let Some(bar) = bars.get(stage) {
                bar.set_message(name.to_owned());
                bar.inc(1);
            }
        });
    }

    fn finished(&self, stage: &'static str) {
        self.with_bar(stage, |bars| {
            if let Some(bar) = bars.remove(stage) {
                bar.finish_and_clear();
            }
        });
    }
}

impl Reporter for Progress {
    fn report(&self, event: Event) {
        match event {
            Event::Started { stage, total } => self.started(stage, total),
            Event::Advanced { stage, name } => self.advanced(stage, &name),
            Event::Finished { stage } => self.finished(stage),
            Event::Note { stage, message } if !self.quiet => self.told(stage, &format!("{stage}: {message}")),
            Event::Warning { stage, message } => self.told(stage, &format!("warning: {stage}: {message}")),
            _ => {}
        }
    }
}
