use soundlock_picture::PictureError;

/// What can stop judging on our side. A take that is broken is not among it: that is a finding.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JudgeError {
    /// A program is missing, or the file cannot be opened.
    #[error(transparent)]
    Picture(#[from] PictureError),
}

impl JudgeError {
    /// What to do next, where that is known.
    pub fn hint(&self) -> Option<String> {
        let Self::Picture(error) = self;
        error.hint()
    }
}
