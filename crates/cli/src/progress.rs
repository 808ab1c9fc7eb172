//! What a person sees while it works: stage, shots done of all, time left; bars only on a terminal.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use soundlock_vault::{Event, Reporter};

use crate::output::Output;

/// Tells a terminal, or a log, what happens.
pub(crate) struct Progress {
    output: Output,
    bars: Mutex<BTreeMap<&'static str, ProgressBar>>,
}

impl Progress {
    pub(crate) fn new(output: Output) -> Self {
        Self { output, bars: Mutex::default() }
    }

    fn with_bars(&self, act: impl FnOnce(&mut BTreeMap<&'static str, ProgressBar>)) {
        act(&mut self.bars.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn started(&self, stage: &'static str, total: usize) {
        if self.output.bars().is_hidden() {
            if total > 1 {
                self.output.say(format!("{stage}: {total} to do"));
            }
            return;
        }
        let style = ProgressStyle::with_template("{prefix:8} {bar:28} {pos}/{len}  {msg}  {eta} left");
        let bar = ProgressBar::new(total as u64).with_prefix(stage);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        let bar = self.output.bars().add(bar);
        bar.enable_steady_tick(Duration::from_millis(250));
        self.with_bars(|bars| drop(bars.insert(stage, bar)));
    }

    fn advanced(&self, stage: &'static str, name: String) {
        self.with_bars(|bars| {
            if let Some(bar) = bars.get(stage) {
                bar.set_message(name);
                bar.inc(1);
            }
        });
    }

    fn finished(&self, stage: &'static str) {
        self.with_bars(|bars| {
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
            Event::Advanced { stage, name } => self.advanced(stage, name),
            Event::Finished { stage } => self.finished(stage),
            Event::Note { stage, message } => self.output.say(format!("{stage}: {message}")),
            Event::Warning { stage, message } => self.output.warn(format!("warning: {stage}: {message}")),
            _ => {}
        }
    }
}
