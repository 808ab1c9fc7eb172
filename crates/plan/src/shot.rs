use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use soundlock_script::{LineId, SceneId, Setting};
use soundlock_time::{FilmFrame, Fps, FrameRange, TakeFrame};

use crate::bible::Told;
use crate::prompt::Wording;

/// Code of a shot: its scene and a number in steps of ten, `12_0040`. Once given it stays with its shot.
///
/// The title card is `title_0010`; pages of end credits are `credits_0010`, `credits_0020`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ShotCode {
    scene: String,
    number: u32,
}

/// A shot code that cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a shot code such as 12_0040")]
pub struct ShotCodeError {
    text: String,
}

/// Every shot of the film, in order, without gaps.
#[derive(Debug, Clone, PartialEq)]
pub struct CutList {
    /// Rate of the film's frames.
    pub fps: Fps,
    /// Shots in film order.
    pub shots: Vec<Shot>,
}

/// A shot: what is seen between two cuts.
#[derive(Debug, Clone, PartialEq)]
pub struct Shot {
    /// Its code.
    pub code: ShotCode,
    /// What kind of picture.
    pub kind: ShotKind,
    /// Its place in the film. Worked out from the locked sound, never stored: `cuts.toml` counts from scene start.
    pub film: FrameRange,
    /// First frame, from its scene's start.
    pub at: FilmFrame,
    /// Frames before the in point that the take should hold in reserve.
    pub head: u32,
    /// Frames after the out point that the take should hold in reserve.
    pub tail: u32,
    /// The shot before, where this one goes on from its last frame: both are one set-up, and what looks like a single
    /// shot is longer than a take can be. The take begins with that frame, which is the shot's head and not shown again.
    pub continues: Option<ShotCode>,
    /// What is seen.
    pub look: Look,
    /// Lines heard while it is on screen, with their frames from the shot's first.
    pub speech: Vec<SpeechSpan>,
    /// What the generator is told.
    pub prompt: String,
    /// What the generator is told to keep out; may be empty.
    pub negative: String,
    /// Name of the generator in `film.toml`, or `animatic`.
    pub generator: String,
    /// Mean length that shots of its scene were to have, in milliseconds; 0 for title and credits.
    pub pace_millis: u32,
    /// Why the cut at its first frame is there, in words a director reads.
    pub reason: String,
    /// Why it looks as it does: who is seen, how near, what the camera does.
    pub why: String,
    /// What the bible says of it; worked out anew by each plan, never stored.
    pub told: Told,
    /// Which words of the prompt came from where; never stored.
    pub wording: Wording,
    /// Names of the fields that were set by hand and that no plan changes.
    pub by_hand: Vec<String>,
}

/// What kind of picture a shot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ShotKind {
    /// A shot of a scene, made by a generator.
    Scene,
    /// The title card, lettered by the program.
    Title,
    /// A page of end credits, lettered by the program.
    Credits,
}

/// What is seen in a shot, in the words of film.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// Number of the scene; empty for title and credits.
    pub scene: String,
    /// Inside, outside or both.
    pub setting: Option<Setting>,
    /// Place as the heading names it.
    pub place: String,
    /// Time of day as the heading names it.
    pub time: String,
    /// How large the subject is in the frame.
    pub size: ShotSize,
    /// From where it is seen.
    pub angle: Angle,
    /// What the camera does.
    pub movement: Movement,
    /// Who is seen, the most important first.
    pub subjects: Vec<String>,
    /// Everybody in the scene, seen or not, from screen left to screen right: in the order they first appear, unless a
    /// person says otherwise. Sides are kept by it, so that two who talk look at each other across every cut.
    pub present: Vec<String>,
    /// The part of the subjects that is seen: `the hands`; empty for all of them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// What happens, in the script's words.
    pub action: String,
}

/// How large the subject is in the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ShotSize {
    /// Extreme wide shot: the place, figures tiny.
    #[serde(rename = "EWS")]
    ExtremeWide,
    /// Wide shot: figures head to foot.
    #[serde(rename = "WS")]
    Wide,
    /// Medium shot: from the waist.
    #[serde(rename = "MS")]
    Medium,
    /// Medium close-up: from the chest.
    #[serde(rename = "MCU")]
    MediumClose,
    /// Close-up: the face.
    #[serde(rename = "CU")]
    Close,
    /// Extreme close-up: eyes, hands, a thing.
    #[serde(rename = "ECU")]
    ExtremeClose,
}

/// From where the subject is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Angle {
    /// At eye height.
    Eye,
    /// From below.
    Low,
    /// From above.
    High,
    /// Over somebody's shoulder.
    OverShoulder,
    /// From behind: the back of the head.
    Behind,
}

/// What the camera does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Movement {
    /// Nothing.
    Static,
    /// Slowly closer.
    PushIn,
    /// Slowly away.
    PullOut,
    /// Turns to the left.
    PanLeft,
    /// Turns to the right.
    PanRight,
    /// Travels sideways.
    Track,
    /// Breathes in the hand.
    Handheld,
}

/// A line heard during a shot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpeechSpan {
    /// Which line.
    pub line: LineId,
    /// Who speaks.
    pub character: String,
    /// Frames of the shot, half-open, in which it sounds; `from` may be 0 for a line that began before.
    pub from: u32,
    /// First frame after.
    pub to: u32,
}

impl ShotCode {
    /// The code of shot `number` in `scene`.
    pub fn new(scene: &SceneId, number: u32) -> Self {
        Self { scene: scene.as_str().to_owned(), number }
    }

    /// The code of the title card.
    pub fn title() -> Self {
        Self { scene: "title".to_owned(), number: 10 }
    }

    /// The code of page `page` of the end credits, counted from 0.
    pub fn credits(page: usize) -> Self {
        Self { scene: "credits".to_owned(), number: (page as u32 + 1) * 10 }
    }

    /// The code of another shot of the same scene.
    pub(crate) fn with_number(&self, number: u32) -> Self {
        Self { number, ..self.clone() }
    }

    /// Number of the scene as written.
    pub fn scene(&self) -> &str {
        &self.scene
    }

    /// Number inside the scene.
    pub fn number(&self) -> u32 {
        self.number
    }
}

impl Shot {
    /// A shot of nothing yet at its place in the film, without handles: whoever makes one says the rest.
    ///
    /// The animatic makes it, as it letters title card and credits.
    pub fn blank(code: ShotCode, film: FrameRange) -> Self {
        Self {
            code,
            kind: ShotKind::Scene,
            film,
            at: FilmFrame(0),
            head: 0,
            tail: 0,
            continues: None,
            look: Look::default(),
            speech: Vec::new(),
            prompt: String::new(),
            negative: String::new(),
            generator: "animatic".to_owned(),
            pace_millis: 0,
            reason: String::new(),
            why: String::new(),
            told: Told::default(),
            wording: Wording::default(),
            by_hand: Vec::new(),
        }
    }

    /// Its length in film frames.
    pub fn frames(&self) -> u32 {
        self.film.length()
    }

    /// Film frames that a take must cover: the shot with its handles.
    pub fn frames_with_handles(&self) -> u32 {
        self.head + self.frames() + self.tail
    }

    /// Which frame of a take is nearest in time to `frame` of the shot (from its first), the take's head counted in.
    ///
    /// The one place where film frames and take frames meet. Frames are compared at their middles, so a take at
    /// another rate is never more than half a film frame or half a take frame off, whichever is larger.
    pub fn take_frame(&self, frame: FilmFrame, film: Fps, take: Fps) -> TakeFrame {
        let film_frame = u64::from(self.head) + u64::from(frame.0);
        let numerator = (2 * film_frame + 1) * u64::from(film.den()) * u64::from(take.num());
        let denominator = 2 * u64::from(film.num()) * u64::from(take.den());
        TakeFrame((numerator / denominator) as u32)
    }
}

/// Nobody and nothing, wide and at eye height, the camera still.
impl Default for Look {
    fn default() -> Self {
        Self {
            scene: String::new(),
            setting: None,
            place: String::new(),
            time: String::new(),
            size: ShotSize::Wide,
            angle: Angle::Eye,
            movement: Movement::Static,
            subjects: Vec::new(),
            present: Vec::new(),
            detail: String::new(),
            action: String::new(),
        }
    }
}

impl fmt::Display for ShotCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}_{:04}", self.scene, self.number))
    }
}

impl FromStr for ShotCode {
    type Err = ShotCodeError;
    fn from_str(text: &str) -> Result<Self, ShotCodeError> {
        let error = || ShotCodeError { text: text.to_owned() };
        let (scene, number) = text.rsplit_once('_').ok_or_else(error)?;
        let digits = (4..=6).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
        if !digits || scene.parse::<SceneId>().is_err() {
            return Err(error());
        }
        Ok(Self { scene: scene.to_owned(), number: number.parse().map_err(|_| error())? })
    }
}

impl From<ShotCode> for String {
    fn from(code: ShotCode) -> Self {
        code.to_string()
    }
}

impl TryFrom<String> for ShotCode {
    type Error = ShotCodeError;
    fn try_from(text: String) -> Result<Self, ShotCodeError> {
        text.parse()
    }
}

impl CutList {
    /// The shot with this code.
    pub fn shot(&self, code: &ShotCode) -> Option<&Shot> {
        self.shots.iter().find(|shot| shot.code == *code)
    }

    /// The shot on screen at `frame` of the film.
    pub fn shot_at(&self, frame: FilmFrame) -> Option<&Shot> {
        let after = self.shots.partition_point(|shot| shot.film.start <= frame);
        self.shots[..after].last().filter(|shot| shot.film.contains(frame))
    }
}

impl ShotSize {
    /// Every size, the widest first.
    pub const ALL: [Self; 6] =
        [Self::ExtremeWide, Self::Wide, Self::Medium, Self::MediumClose, Self::Close, Self::ExtremeClose];

    /// The size with this abbreviation.
    pub fn from_short(short: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|size| size.short() == short)
    }

    /// How many sizes lie between this and `other`, plus one; 0 for the same size.
    pub fn steps_to(self, other: Self) -> u32 {
        (self as u32).abs_diff(other as u32)
    }

    /// The abbreviation on a shot list: `MCU`.
    pub fn short(self) -> &'static str {
        match self {
            Self::ExtremeWide => "EWS",
            Self::Wide => "WS",
            Self::Medium => "MS",
            Self::MediumClose => "MCU",
            Self::Close => "CU",
            Self::ExtremeClose => "ECU",
        }
    }
}

impl Angle {
    /// Every angle.
    pub const ALL: [Self; 5] = [Self::Eye, Self::Low, Self::High, Self::OverShoulder, Self::Behind];

    /// The angle with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|angle| angle.word() == word)
    }

    /// Its word in `cuts.toml`: `over-shoulder`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Eye => "eye",
            Self::Low => "low",
            Self::High => "high",
            Self::OverShoulder => "over-shoulder",
            Self::Behind => "behind",
        }
    }
}

impl Movement {
    /// Every movement.
    pub const ALL: [Self; 7] = [
        Self::Static,
        Self::PushIn,
        Self::PullOut,
        Self::PanLeft,
        Self::PanRight,
        Self::Track,
        Self::Handheld,
    ];

    /// The movement with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|movement| movement.word() == word)
    }

    /// Its word in `cuts.toml`: `push-in`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::PushIn => "push-in",
            Self::PullOut => "pull-out",
            Self::PanLeft => "pan-left",
            Self::PanRight => "pan-right",
            Self::Track => "track",
            Self::Handheld => "handheld",
        }
    }
}
