//! Which shots a generator is most likely to get wrong, and why, told before anything is paid for.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use soundlock_script::LineId;
use soundlock_sound::LockedSound;
use soundlock_time::Fps;

use crate::sounding::{LineLevels, Sounding, Spot};
use crate::verbs::tells;
use crate::{CutList, PlanRules, Shot, ShotCode, ShotKind, ShotSize};

/// A shot that may go wrong.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RiskyShot {
    /// Its code.
    pub shot: ShotCode,
    /// The sum of what its risks weigh; only its order means something.
    pub weight: u32,
    /// Why, the weightiest first.
    pub risks: Vec<Risk>,
}

/// Why a shot may go wrong. Each reads as a clause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "risk", rename_all = "kebab-case")]
pub enum Risk {
    /// Somebody speaks, near and to the camera: every syllable is compared with the lips.
    Lips {
        /// Who.
        character: String,
    },
    /// Its take is as long as the generator makes them, where pictures drift.
    NearCeiling {
        /// Hundredths of the ceiling that it takes.
        percent: u32,
        /// The generator's name.
        generator: String,
    },
    /// Fast movement.
    Fast {
        /// The word that tells of it.
        word: &'static str,
    },
    /// Many people.
    Crowd {
        /// The word that tells of it.
        word: &'static str,
    },
    /// Letters that somebody would read.
    Text {
        /// The word that tells of it.
        word: &'static str,
    },
    /// Hands at work.
    Hands {
        /// The word that tells of it.
        word: &'static str,
    },
    /// Faces that must stay two.
    People {
        /// How many.
        count: usize,
    },
    /// It begins inside a word.
    InsideWord {
        /// The line.
        line: LineId,
    },
    /// It begins inside a line, so that voice and picture must go on together.
    InsideLine {
        /// The line.
        line: LineId,
    },
}

/// From how much of the ceiling on a shot is near it.
const NEAR_PERCENT: u32 = 90;

/// English: whole words. Korean: stems.
const FAST: &[&str] = &[
    "runs",
    "run",
    "running",
    "ran",
    "jumps",
    "jump",
    "leaps",
    "falls",
    "fall",
    "fights",
    "fight",
    "struggles",
    "dances",
    "dance",
    "chases",
    "chase",
    "throws",
    "throw",
    "crashes",
    "crash",
    "explodes",
    "spins",
    "rides",
    "races",
    "flees",
    "hurries",
    "stumbles",
    "gallops",
    "skates",
    "swims",
    "뛰",
    "뛴",
    "달리",
    "달린",
    "싸우",
    "싸운",
    "춤",
    "넘어지",
    "쫓",
    "던지",
];
const CROWDS: &[&str] = &[
    "crowd",
    "crowds",
    "crowded",
    "audience",
    "passengers",
    "soldiers",
    "guests",
    "dancers",
    "children",
    "people",
    "spectators",
    "pedestrians",
    "commuters",
    "protesters",
    "everybody",
    "everyone",
    "군중",
    "사람들",
    "관객",
    "승객",
    "아이들",
    "손님들",
];
const TEXTS: &[&str] = &[
    "letter",
    "letters",
    "sign",
    "signs",
    "newspaper",
    "headline",
    "book",
    "page",
    "pages",
    "note",
    "label",
    "poster",
    "screen",
    "writes",
    "writing",
    "reads",
    "reading",
    "map",
    "ticket",
    "편지",
    "간판",
    "신문",
    "쪽지",
    "화면",
    "표지판",
];
const HANDS: &[&str] = &[
    "hand",
    "hands",
    "finger",
    "fingers",
    "fist",
    "fists",
    "holds",
    "picks up",
    "grabs",
    "pours",
    "ties",
    "knits",
    "plays the",
    "lights a",
    "peels",
    "sews",
    "unlocks",
    "손을",
    "손이",
    "손에",
    "손으로",
    "손가락",
    "주먹",
    "잡",
    "쥐",
];

/// The `count` shots that are most likely to go wrong, the riskiest first.
pub fn riskiest(
    cut_list: &CutList,
    sound: &LockedSound,
    levels: &LineLevels,
    rules: &PlanRules,
    count: usize,
) -> Vec<RiskyShot> {
    let soundings: BTreeMap<&str, Sounding> =
        sound.scenes.iter().map(|scene| (scene.id.as_str(), Sounding::of(scene, sound, levels))).collect();
    let shots = cut_list.shots.iter().filter(|shot| shot.kind == ShotKind::Scene);
    let mut risky: Vec<RiskyShot> = shots
        .map(|shot| RiskyShot::of(shot, cut_list.fps, soundings.get(shot.code.scene()), rules))
        .collect();
    risky.retain(|shot| !shot.risks.is_empty());
    // Of the same weight, the earlier in the film comes first: the sort is stable.
    risky.sort_by_key(|shot| std::cmp::Reverse(shot.weight));
    risky.truncate(count);
    risky
}

impl RiskyShot {
    fn of(shot: &Shot, film: Fps, sounding: Option<&Sounding>, rules: &PlanRules) -> Self {
        let action = shot.look.action.to_lowercase();
        let word = |words: &[&'static str]| words.iter().copied().find(|word| tells(&action, word));
        let people = shot.look.subjects.len();
        let found = [
            lips(shot),
            near_ceiling(shot, film, rules),
            word(FAST).map(|word| Risk::Fast { word }),
            word(CROWDS).map(|word| Risk::Crowd { word }),
            word(TEXTS).map(|word| Risk::Text { word }),
            word(HANDS).map(|word| Risk::Hands { word }),
            (people > 1).then_some(Risk::People { count: people }),
            sounding.and_then(|sounding| cut_in_speech(shot, sounding)),
        ];
        let mut risks: Vec<Risk> = found.into_iter().flatten().collect();
        risks.sort_by_key(|risk| std::cmp::Reverse(risk.weight()));
        Self { shot: shot.code.clone(), weight: risks.iter().map(Risk::weight).sum(), risks }
    }
}

impl Risk {
    /// How much likelier than others of its kind such a shot is to go wrong: a judgement, not a measurement.
    fn weight(&self) -> u32 {
        match self {
            Self::Lips { .. } | Self::Fast { .. } | Self::Crowd { .. } => 3,
            Self::People { count } if *count > 2 => 3,
            Self::NearCeiling { .. }
            | Self::Text { .. }
            | Self::Hands { .. }
            | Self::People { .. }
            | Self::InsideWord { .. } => 2,
            Self::InsideLine { .. } => 1,
        }
    }
}

impl fmt::Display for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lips { character } => write!(f, "{character}'s lips are watched in close-up"),
            Self::NearCeiling { percent, generator } => {
                write!(f, "it takes {percent} % of what `{generator}` holds together")
            }
            Self::Fast { word } => write!(f, "fast movement (`{word}`)"),
            Self::Crowd { word } => write!(f, "many people (`{word}`)"),
            Self::Text { word } => write!(f, "something to be read (`{word}`)"),
            Self::Hands { word } => write!(f, "hands at work (`{word}`)"),
            Self::People { count } => write!(f, "{count} people who must stay themselves"),
            Self::InsideWord { line } => write!(f, "it begins inside a word of line {line}"),
            Self::InsideLine { line } => write!(f, "it begins inside line {line}"),
        }
    }
}

fn lips(shot: &Shot) -> Option<Risk> {
    let near = shot.look.size >= ShotSize::MediumClose;
    let seen = |character: &String| shot.look.subjects.contains(character);
    let mut speakers = shot.speech.iter().map(|span| &span.character);
    speakers.find(|speaker| near && seen(speaker)).map(|speaker| Risk::Lips { character: speaker.clone() })
}

fn near_ceiling(shot: &Shot, film: Fps, rules: &PlanRules) -> Option<Risk> {
    let longest = u64::from(rules.longest_shot(&shot.generator, film).filter(|longest| *longest > 0)?);
    let percent = (u64::from(shot.frames()) * 100 / longest) as u32;
    (percent >= NEAR_PERCENT).then(|| Risk::NearCeiling { percent, generator: shot.generator.clone() })
}

fn cut_in_speech(shot: &Shot, sounding: &Sounding) -> Option<Risk> {
    let line = sounding.line_across(shot.at.0)?.id.clone();
    Some(match sounding.spot(shot.at.0) {
        Spot::Word => Risk::InsideWord { line },
        _ => Risk::InsideLine { line },
    })
}
