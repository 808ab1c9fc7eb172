/// Something that happened while a stage ran and that did not stop it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A stage begins; `total` things are to be made (those already there not counted).
    Started {
        /// The stage's plain word: `shoot`.
        stage: &'static str,
        /// How many things.
        total: usize,
    },
    /// One thing of a stage is done.
    Advanced {
        /// The stage.
        stage: &'static str,
        /// What was made: a shot code, a file.
        name: String,
    },
    /// A stage is over.
    Finished {
        /// The stage.
        stage: &'static str,
    },
    /// Something that is done and that a person may want to know of.
    Note {
        /// The stage.
        stage: &'static str,
        /// What, a lower-case clause.
        message: String,
    },
    /// Something a person should read.
    Warning {
        /// The stage.
        stage: &'static str,
        /// What, a lower-case clause.
        message: String,
    },
}

/// Takes note of events; called from many threads at once.
pub trait Reporter: Send + Sync {
    /// Takes note of `event`. Must return at once.
    fn report(&self, event: Event);
}

/// A reporter that listens to nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoReport;

impl Reporter for NoReport {
    fn report(&self, _: Event) {}
}
