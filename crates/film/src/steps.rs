//! The costly things that are made shot by shot, each under a key of all it depends on.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use soundlock_judge::{Expected, JudgeError, JudgeRules, Verdict, judge_and_describe};
use soundlock_picture::{Limits, Media, PictureError, Tools};
use soundlock_shoot::{Estimate, Generator, ShootError, ShotOrder, Way};
use soundlock_vault::{Hash, Keep, Step, ValueStep};

/// A take, drawn by a generator that draws.
pub(crate) struct Shoot<'a> {
    pub(crate) generator: &'a dyn Generator,
    pub(crate) order: &'a ShotOrder,
}

impl Step for Shoot<'_> {
    type Error = ShootError;
    const VERSION: (&'static str, u32) = ("shoot", 1);
    const EXTENSION: &'static str = "mp4";

    fn inputs(&self) -> impl Serialize {
        #[derive(Serialize)]
        struct Inputs<'a> {
            generator: soundlock_shoot::Identity,
            order: &'a ShotOrder,
        }
        Inputs { generator: self.generator.identity(self.order), order: self.order }
    }

    fn make(&self, file: &Path) -> Result<(), ShootError> {
        match self.generator.way() {
            Way::Drawn(generator) => generator.draw(self.order, file),
            Way::Hired(_) | Way::ByHand => Err(ShootError::NotDrawn {
                generator: self.generator.identity(self.order).name,
                code: self.order.code.clone(),
            }),
        }
    }

    fn keeps(&self) -> Keep {
        if self.generator.estimate(self.order) == Estimate::Free { Keep::FreeTake } else { Keep::Take }
    }
}

/// What a take is and how good it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Measured {
    /// What its file says of itself; its path is not kept, because a film folder can be moved.
    pub(crate) media: Option<Media>,
    pub(crate) verdict: Verdict,
}

/// A take looked at and judged.
pub(crate) struct Judge<'a> {
    pub(crate) tools: &'a Tools,
    pub(crate) limits: &'a Limits,
    pub(crate) file: &'a Path,
    pub(crate) hash: Hash,
    pub(crate) expected: Expected,
    pub(crate) rules: &'a JudgeRules,
}

impl ValueStep for Judge<'_> {
    type Value = Measured;
    type Error = JudgeError;
    const VERSION: (&'static str, u32) = JudgeRules::VERSION;

    fn inputs(&self) -> impl Serialize {
        #[derive(Serialize)]
        struct Inputs<'a> {
            take: Hash,
            expected: Expected,
            rules: &'a JudgeRules,
            ffmpeg: &'a str,
        }
        Inputs { take: self.hash, expected: self.expected, rules: self.rules, ffmpeg: &self.tools.version }
    }

    fn make(&self) -> Result<Measured, JudgeError> {
        let (verdict, media) =
            judge_and_describe(self.tools, self.file, &self.expected, self.rules, self.limits)?;
        let media = media.map(|media| Media { file: PathBuf::new(), ..media });
        Ok(Measured { media, verdict })
    }
}

/// A clip that the director brings in as a take.
pub(crate) struct BringIn<'a> {
    pub(crate) file: &'a Path,
    pub(crate) hash: Hash,
}

impl Step for BringIn<'_> {
    type Error = PictureError;
    const VERSION: (&'static str, u32) = ("bring-in", 1);
    const EXTENSION: &'static str = "clip";

    fn inputs(&self) -> impl Serialize {
        #[derive(Serialize)]
        struct Inputs {
            clip: Hash,
        }
        Inputs { clip: self.hash }
    }

    fn make(&self, file: &Path) -> Result<(), PictureError> {
        let copied = std::fs::copy(self.file, file);
        copied.map(|_| ()).map_err(|source| PictureError::Io { file: self.file.to_owned(), source })
    }

    fn keeps(&self) -> Keep {
        Keep::Take
    }
}
