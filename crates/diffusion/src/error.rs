use std::path::PathBuf;

use soundlock_draw::DrawError;
use soundlock_picture::PictureError;

/// Why no take was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DiffusionError {
    /// The program was built without it.
    #[error("this soundlock was built without local diffusion")]
    NotBuilt,
    /// A model cannot do without these weights, and none are named.
    #[error("no weights are named as `{role}`")]
    NoWeights {
        /// What they would be.
        role: &'static str,
    },
    /// A file of weights is not usable as it is.
    #[error("the weights {}, named as `{role}`, {why}", file.display())]
    Weights {
        /// What they are named as.
        role: &'static str,
        /// The file as it is named.
        file: PathBuf,
        /// What is wrong, a clause that begins with a verb.
        why: String,
    },
    /// A number of the settings is of no use.
    #[error("{key} is {value}, which is not within {least} to {most}")]
    OutOfRange {
        /// The key.
        key: &'static str,
        /// What it is.
        value: String,
        /// The least.
        least: f64,
        /// The most.
        most: f64,
    },
    /// A sampler or a scheduler is not known.
    #[error("no {what} `{name}` is known")]
    NoSuch {
        /// `sampler`, `scheduler`.
        what: &'static str,
        /// What was asked for.
        name: String,
        /// Those that are known.
        known: Vec<String>,
    },
    /// The order cannot be read.
    #[error("the order cannot be read: {why}")]
    Order {
        /// Why.
        why: String,
    },
    /// The weights were not loaded.
    #[error("the weights were not loaded: {said}")]
    Load {
        /// In the model's words.
        said: String,
    },
    /// The weights are of a model that makes no moving pictures.
    #[error("the weights are of a model that makes no moving pictures")]
    Stills,
    /// No pictures came.
    #[error("the model made no pictures: {said}")]
    Made {
        /// In its words.
        said: String,
    },
    /// Other pictures came than were asked for.
    #[error("the model made {made}, and {asked} was asked for")]
    Other {
        /// What came.
        made: String,
        /// What was asked for.
        asked: String,
    },
    /// From pictures that go along, or the take.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// From frames.
    #[error(transparent)]
    Draw(#[from] DrawError),
}

impl DiffusionError {
    /// What to do next, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotBuilt => Some(
                "build it with `make local-diffusion` (it needs cmake, a C++ compiler and libclang), or hire another generator"
                    .to_owned(),
            ),
            Self::NoWeights { .. } => Some(
                "write weights = { diffusion = \"weights/wan.gguf\", text = …, vae = … }; docs/generators.md says which a model needs"
                    .to_owned(),
            ),
            Self::Weights { .. } => {
                Some("fetch the file again from where the model is published; soundlock downloads none".to_owned())
            }
            Self::NoSuch { known, .. } => Some(format!("known are {}", known.join(", "))),
            Self::Load { .. } | Self::Stills => Some(
                "are these the weights of one model, each named by its part? docs/generators.md says which a model needs"
                    .to_owned(),
            ),
            Self::Other { .. } => {
                Some("the model in film.toml is another than these weights: see `soundlock generators`".to_owned())
            }
            _ => None,
        }
    }
}
