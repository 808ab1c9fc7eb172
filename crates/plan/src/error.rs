use soundlock_script::SceneId;
use soundlock_time::FilmFrame;

use crate::ShotCode;

/// What keeps a film from being planned, or `cuts.toml` from being read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// A shortest shot of no frames.
    #[error("the shortest shot has 0 frames")]
    ShortestIsZero,
    /// A pace that no film has.
    #[error("a pace of {pace_secs} s is outside 0.1 to 3600 s{}", of_scene(scene.as_ref()))]
    Pace {
        /// The scene it was set for; `None` for the film's own.
        scene: Option<SceneId>,
        /// Mean shot length asked for, in seconds.
        pace_secs: f64,
    },
    /// A generator that cannot make even the shortest shot.
    #[error(
        "`{generator}` holds together for {ceiling} frames, which less {handles} frames of handles is shorter than \
         the shortest shot of {shortest}"
    )]
    CeilingTooShort {
        /// The generator's name.
        generator: String,
        /// Its longest take in film frames.
        ceiling: u32,
        /// Head and tail together.
        handles: u32,
        /// The shortest shot.
        shortest: u32,
    },
    /// A generator without a ceiling.
    #[error("there is no generator `{generator}`")]
    UnknownGenerator {
        /// The name as written.
        generator: String,
        /// Those there are.
        known: Vec<String>,
        /// Line of `cuts.toml` that names it; `None` when the rules do.
        line: Option<u32>,
    },
    /// A prompt template with a field that does not exist or a bracket left open.
    #[error("prompt template part `{part}`: {why}")]
    Template {
        /// The part as written.
        part: String,
        /// What is wrong, a clause.
        why: String,
    },
    /// Script and sound are not of the same film.
    #[error("the locked sound has a scene {scene} that the screenplay has not")]
    SceneNotInScript {
        /// Its number.
        scene: SceneId,
    },
    /// A scene number that shot codes need for themselves.
    #[error("no scene can have the number `{scene}`: the codes of title card and end credits begin with it")]
    ReservedScene {
        /// The number.
        scene: SceneId,
    },
    /// `cuts.toml` is not TOML.
    #[error("cuts.toml is not readable: {message}")]
    Syntax {
        /// Line, from 1.
        line: u32,
        /// Column in characters, from 1.
        column: u32,
        /// What the reader stumbled over.
        message: String,
    },
    /// `cuts.toml` was written by a later program.
    #[error("cuts.toml has version {version}; this program reads version {known}")]
    Version {
        /// Line, from 1.
        line: u32,
        /// Column in characters, from 1.
        column: u32,
        /// As written.
        version: i64,
        /// The one we read.
        known: i64,
    },
    /// A key that means nothing.
    #[error("cuts.toml has a key `{key}` that means nothing here")]
    UnknownKey {
        /// Line, from 1.
        line: u32,
        /// Column in characters, from 1.
        column: u32,
        /// The key.
        key: String,
        /// The known key that reads most like it.
        like: Option<&'static str>,
    },
    /// A key that must be there.
    #[error("a shot in cuts.toml has no `{key}`")]
    MissingKey {
        /// Line of the shot's table, from 1.
        line: u32,
        /// The key.
        key: &'static str,
    },
    /// A value of the wrong kind.
    #[error("`{key}` in cuts.toml must be {wanted}, not {found}")]
    Value {
        /// Line, from 1.
        line: u32,
        /// Column in characters, from 1.
        column: u32,
        /// The key.
        key: String,
        /// What it must be.
        wanted: String,
        /// What stands there.
        found: String,
    },
    /// The same code on two shots.
    #[error("shot {code} stands twice in cuts.toml, on lines {first_line} and {line}")]
    CodeTwice {
        /// The code.
        code: ShotCode,
        /// Line of the first.
        first_line: u32,
        /// Line of the second.
        line: u32,
    },
    /// Two cuts set by hand that cannot both hold: the shots share frames.
    #[error(
        "shots {first} and {second} overlap by {frames} frames (cuts.toml lines {first_line} and {line})"
    )]
    Overlap {
        /// The earlier shot.
        first: ShotCode,
        /// Its line.
        first_line: u32,
        /// The later shot.
        second: ShotCode,
        /// Its line.
        line: u32,
        /// How many frames both have.
        frames: u32,
    },
    /// Two cuts set by hand that cannot both hold: frames between the shots belong to neither.
    #[error(
        "{frames} frames between shots {first} and {second} belong to neither (cuts.toml lines {first_line} and {line})"
    )]
    Gap {
        /// The earlier shot.
        first: ShotCode,
        /// Its line.
        first_line: u32,
        /// The later shot.
        second: ShotCode,
        /// Its line.
        line: u32,
        /// How many frames.
        frames: u32,
    },
    /// Two cuts set by hand with less than the shortest shot between them and nothing that could fill it.
    #[error(
        "shots {first} and {second} leave {frames} frames between their cuts; the shortest shot has {shortest} \
         (cuts.toml lines {first_line} and {line})"
    )]
    NoRoom {
        /// The earlier shot.
        first: ShotCode,
        /// Its line.
        first_line: u32,
        /// The later shot.
        second: ShotCode,
        /// Its line.
        line: u32,
        /// Frames left.
        frames: u32,
        /// The shortest shot.
        shortest: u32,
    },
    /// A cut set by hand after its scene's end.
    #[error("shot {code} reaches to frame {to}; scene {scene} has {frames}")]
    OutsideScene {
        /// The shot.
        code: ShotCode,
        /// Its line in `cuts.toml`.
        line: u32,
        /// Its scene.
        scene: SceneId,
        /// First frame after the shot, or the place of its cut, from scene start.
        to: u32,
        /// Frames of the scene.
        frames: u32,
    },
    /// A shot whose length was set by hand beyond what its generator can make.
    #[error("shot {code} needs {frames} frames with its handles; `{generator}` holds together for {ceiling}")]
    ShotTooLong {
        /// The shot.
        code: ShotCode,
        /// Its line in `cuts.toml`.
        line: u32,
        /// Frames needed, handles included.
        frames: u32,
        /// The generator's name.
        generator: String,
        /// Its longest take.
        ceiling: u32,
        /// The best place for a cut inside, from its first frame.
        pause: Option<FilmFrame>,
    },
}

fn of_scene(scene: Option<&SceneId>) -> String {
    scene.map(|scene| format!(" (scene {scene})")).unwrap_or_default()
}

impl PlanError {
    /// What to do next, where known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::ShortestIsZero => Some("give the shortest shot at least one frame".to_owned()),
            Self::Pace { .. } => {
                Some("pace is the mean length of a shot in seconds: 3 to 6 for most films".to_owned())
            }
            Self::CeilingTooShort { generator, handles, shortest, .. } => Some(format!(
                "make the handles or the shortest shot shorter, or give `{generator}` a ceiling of at least {} frames",
                handles.saturating_add(*shortest)
            )),
            Self::UnknownGenerator { known, .. } => Some(format!("known generators: {}", known.join(", "))),
            Self::Template { part, .. } if part.starts_with("[prompts.") => None,
            Self::Template { .. } => Some(format!("fields are {{{}}}", crate::prompt::FIELDS.join("}, {"))),
            Self::SceneNotInScript { .. } => Some("lock the sound again".to_owned()),
            Self::ReservedScene { .. } => Some("give the scene another number in the script".to_owned()),
            Self::Version { .. } => Some("take a newer soundlock".to_owned()),
            Self::UnknownKey { like, .. } => like.map(|like| format!("did you mean `{like}`?")),
            Self::MissingKey { key: "code", .. } => {
                Some("a shot put in by hand needs a code between its neighbours', such as 12_0045".to_owned())
            }
            Self::MissingKey { .. } => Some("a shot put in by hand needs `code` and `at`".to_owned()),
            Self::Value { key, .. } if key == "planned" => Some(
                "`planned` is the program's own note; delete it and the shot's values count as set by hand"
                    .to_owned(),
            ),
            Self::CodeTwice { .. } => Some("give one of them a code of its own".to_owned()),
            Self::Overlap { second, .. } | Self::Gap { second, .. } => Some(format!(
                "take out `at` of shot {second} (or set it to \"auto\") and it will begin where the other ends"
            )),
            Self::NoRoom { second, .. } => {
                Some(format!("take out `at` of shot {second} or put it further away"))
            }
            Self::OutsideScene { .. } => Some("positions count from the scene's start".to_owned()),
            Self::ShotTooLong { code, pause: Some(pause), .. } => Some(format!(
                "`soundlock cut {code} --at {pause}` cuts it in a pause; or choose another generator for it"
            )),
            Self::ShotTooLong { .. } => Some("shorten it, or choose another generator for it".to_owned()),
            Self::Syntax { .. } | Self::Value { .. } => None,
        }
    }

    /// Line and column in `cuts.toml`, from 1, where one is known.
    pub fn place(&self) -> Option<(u32, u32)> {
        match self {
            Self::Syntax { line, column, .. }
            | Self::Version { line, column, .. }
            | Self::UnknownKey { line, column, .. }
            | Self::Value { line, column, .. } => Some((*line, *column)),
            Self::MissingKey { line, .. }
            | Self::CodeTwice { line, .. }
            | Self::Overlap { line, .. }
            | Self::Gap { line, .. }
            | Self::NoRoom { line, .. }
            | Self::OutsideScene { line, .. }
            | Self::ShotTooLong { line, .. }
            | Self::UnknownGenerator { line: Some(line), .. } => Some((*line, 1)),
            _ => None,
        }
    }
}
