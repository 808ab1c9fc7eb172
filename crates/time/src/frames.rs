use serde::{Deserialize, Serialize};

/// Lengths that a take may have, in frames of its own rate.
///
/// `plan` asks how long a shot may be, `shoot` which length to order, so they lie below both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lengths {
    /// A grid.
    Grid(Frames),
    /// These and no others, the shortest first.
    Listed(Vec<u32>),
}

/// A grid of legal lengths: `step * k + offset`, from `shortest` to `ceiling`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frames {
    /// Distance between two legal lengths.
    pub step: u32,
    /// What is added: 1 for models that make 4k+1 frames.
    pub offset: u32,
    /// Shortest length.
    pub shortest: u32,
    /// The longest it holds together.
    pub ceiling: u32,
}

impl Lengths {
    /// The shortest legal length that holds `frames`; `None` above the longest.
    pub fn legal_from(&self, frames: u32) -> Option<u32> {
        match self {
            Self::Grid(grid) => grid.legal_from(frames),
            Self::Listed(all) => all.iter().copied().find(|length| *length >= frames),
        }
    }

    /// The longest legal length; 0 when there is none.
    pub fn longest(&self) -> u32 {
        match self {
            Self::Grid(grid) => grid.longest(),
            Self::Listed(all) => all.last().copied().unwrap_or(0),
        }
    }

    /// The same without what is longer than `ceiling`.
    #[must_use]
    pub fn up_to(self, ceiling: u32) -> Self {
        match self {
            Self::Grid(grid) => Self::Grid(Frames { ceiling: grid.ceiling.min(ceiling), ..grid }),
            Self::Listed(all) => Self::Listed(all.into_iter().filter(|length| *length <= ceiling).collect()),
        }
    }
}

impl Frames {
    /// Every length up to `ceiling`.
    pub fn up_to(ceiling: u32) -> Self {
        Self { step: 1, offset: 0, shortest: 1, ceiling }
    }

    /// The shortest legal length that holds `frames`; `None` above the ceiling.
    pub fn legal_from(self, frames: u32) -> Option<u32> {
        let wanted = frames.max(self.shortest);
        let step = self.step.max(1);
        let steps = wanted.saturating_sub(self.offset).div_ceil(step);
        let legal = steps.checked_mul(step)?.checked_add(self.offset)?;
        (legal <= self.ceiling).then_some(legal)
    }

    /// The longest legal length; 0 when there is none.
    pub fn longest(self) -> u32 {
        let step = self.step.max(1);
        let Some(above) = self.ceiling.checked_sub(self.offset) else { return 0 };
        let longest = above / step * step + self.offset;
        if longest >= self.shortest { longest } else { 0 }
    }
}
