use serde::{Deserialize, Serialize};

use crate::{LineId, SceneId, Span};

/// A screenplay as a film is made of it: scenes in order, with what is seen, said and directed in them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Screenplay {
    /// What the title page says.
    pub title_page: TitlePage,
    /// Scenes in order. What stands before the first heading forms a scene with an empty heading.
    pub scenes: Vec<Scene>,
}

/// Title page fields; a field that stands more than once or over several lines keeps its lines in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TitlePage {
    /// Key as written (without the colon) and its lines, emphasis marks removed, in the file's order.
    pub fields: Vec<(String, Vec<String>)>,
}

/// A scene: one place, one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scene {
    /// Its number; stays with it through edits.
    pub id: SceneId,
    /// Its heading taken apart.
    pub heading: Heading,
    /// What happens, in order.
    pub beats: Vec<Beat>,
    /// Where it stands, from its heading to the next.
    pub span: Span,
}

/// A scene heading taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Heading {
    /// As written, without markers and scene number: `INT. KITCHEN - NIGHT`.
    pub text: String,
    /// Inside, outside or both.
    pub setting: Option<Setting>,
    /// The place as written: `KITCHEN`.
    pub place: String,
    /// What follows the last dash: `NIGHT`, `LATER`, `겨울 저녁`; empty when there is none.
    pub time: String,
}

/// Inside or outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Setting {
    /// INT.
    Interior,
    /// EXT. and EST.
    Exterior,
    /// INT./EXT. and I/E.
    Both,
}

/// One thing after another in a scene.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Beat {
    /// Something is seen.
    Action(Action),
    /// Somebody speaks (or sings).
    Line(Line),
    /// A note that directs us.
    Direction(Direction),
    /// `CUT TO:`, `FADE OUT.`, as written.
    Transition {
        /// As written, without markers.
        text: String,
        /// Where.
        span: Span,
    },
}

/// A paragraph of action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Action {
    /// Plain text: emphasis marks, notes and boneyard taken out; its line breaks kept.
    pub text: String,
    /// Where.
    pub span: Span,
}

/// All that one character says under one cue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Its number; stays with it through edits.
    pub id: LineId,
    /// Who speaks: the cue without marker, extension and `^`.
    pub character: String,
    /// What stood in brackets after the name, without `CONT'D`: `V.O.`, `O.S.`.
    pub extensions: Vec<String>,
    /// What is said, plain: emphasis marks, parentheticals, notes and boneyard taken out; one space between words.
    pub text: String,
    /// Parentheticals without their brackets: place in `text` (bytes) before which each stands, and its words.
    pub parentheticals: Vec<(usize, String)>,
    /// Whether all of it is lyrics (`~`).
    pub sung: bool,
    /// Which side, when two speak at once.
    pub dual: Option<DualSide>,
    /// Where, cue included.
    pub span: Span,
}

/// Which of two that speak at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DualSide {
    /// The first in the script.
    Left,
    /// The one whose cue has `^`.
    Right,
}

/// A note that directs us; all other notes are left alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "direction", rename_all = "lowercase")]
pub enum Direction {
    /// `[[pause 2.5s]]`, `[[pause 61f]]`.
    Pause {
        /// How long.
        length: Pause,
        /// Where.
        span: Span,
    },
    /// `[[music: file]]`: starts here and plays to its end, the next music, or `[[music: stop]]`.
    Music {
        /// File as written, looked for under `music/`; `None` for `stop`.
        file: Option<String>,
        /// Where.
        span: Span,
    },
    /// `[[sfx: file]]`: starts here and plays to its end.
    Effect {
        /// File as written, looked for under `effects/`.
        file: String,
        /// Where.
        span: Span,
    },
    /// `[[shot: close on the radio]]`: a cut here, and what the new shot shows.
    Shot {
        /// As written.
        text: String,
        /// Where.
        span: Span,
    },
    /// `[[MINA: wet coat]]`, `[[LAMP: broken]]`: how somebody or something is from here on.
    ///
    /// Whether the name is that of a person, a place or a prop is for those to say who know the film's.
    State {
        /// Who or what, as written.
        name: String,
        /// As written; `-` ends the state.
        state: String,
        /// Where.
        span: Span,
    },
}

/// Length of a directed pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Pause {
    /// Thousandths of a second.
    Millis(u64),
    /// Film frames.
    Frames(u32),
}

impl Screenplay {
    /// Every line of the film in order, with its scene.
    pub fn lines(&self) -> impl Iterator<Item = (&Scene, &Line)> {
        self.scenes.iter().flat_map(|scene| scene.lines().map(move |line| (scene, line)))
    }
}

impl Scene {
    /// The lines spoken in this scene, in order.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.beats.iter().filter_map(|beat| match beat {
            Beat::Line(line) => Some(line),
            _ => None,
        })
    }
}

impl TitlePage {
    /// Lines of the first field named `key`, letter case aside, joined by a space; `None` where there is none.
    pub fn field(&self, key: &str) -> Option<String> {
        let (_, lines) = self.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(key))?;
        Some(lines.join(" "))
    }
}
