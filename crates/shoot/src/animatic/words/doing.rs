use super::has;

/// What people do, as far as it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Doing {
    pub(crate) walks: bool,
    pub(crate) happy: bool,
    pub(crate) sad: bool,
}

impl Doing {
    /// What `text` lets people do.
    pub(crate) fn read(text: &str) -> Self {
        const WALKS: &[&str] = &[
            "walk",
            "walking",
            "run",
            "running",
            "cross",
            "crosse",
            "crossing",
            "stride",
            "wander",
            "climb",
            "climbing",
            "걷",
            "걸어",
            "달려",
            "달린다",
            "뛰어",
            "걷는다",
        ];
        const HAPPY: &[&str] = &[
            "smile",
            "smiling",
            "laugh",
            "laughing",
            "grin",
            "happy",
            "joy",
            "웃",
            "미소",
            "기쁘",
            "웃는다",
        ];
        const SAD: &[&str] = &[
            "cry", "crie", "crying", "weep", "tear", "sad", "grief", "alone", "울", "눈물", "슬프", "슬픈",
            "운다",
        ];
        Self { walks: has(text, WALKS), happy: has(text, HAPPY), sad: has(text, SAD) }
    }
}
