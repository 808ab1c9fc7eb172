//! Small screenplays for the tests of this crate.

use soundlock_script::{
    Action, Beat, Direction, DualSide, Heading, Line, Pause, Scene, Screenplay, Span, TitlePage,
};
use soundlock_time::{Fps, Sample, SampleRange};

use crate::layout::{Ingredients, lay};
use crate::{LockedSound, Origin, SoundRules, Source};

#[derive(Debug)]
pub(crate) struct Script(Vec<Scene>);

fn span() -> Span {
    Span { bytes: 0..1, lines: 7..8 }
}

impl Script {
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn scene(mut self) -> Self {
        let id = (self.0.len() + 1).to_string().parse().unwrap();
        let heading = Heading {
            text: "INT. ROOM - NIGHT".into(),
            setting: None,
            place: "ROOM".into(),
            time: "NIGHT".into(),
        };
        self.0.push(Scene { id, heading, beats: Vec::new(), span: span() });
        self
    }

    pub(crate) fn beat(mut self, beat: Beat) -> Self {
        self.0.last_mut().unwrap().beats.push(beat);
        self
    }

    pub(crate) fn action(self, text: &str) -> Self {
        self.beat(Beat::Action(Action { text: text.into(), span: span() }))
    }

    pub(crate) fn line(self, character: &str, text: &str) -> Self {
        let scene = self.0.last().unwrap();
        let id = format!("{}.{:02}", scene.id, scene.lines().count() + 1);
        self.line_with_id(&id, character, text)
    }

    pub(crate) fn line_with_id(self, id: &str, character: &str, text: &str) -> Self {
        self.beat(Beat::Line(Line {
            id: id.parse().unwrap(),
            character: character.into(),
            extensions: Vec::new(),
            text: text.into(),
            parentheticals: Vec::new(),
            sung: false,
            dual: None,
            span: span(),
        }))
    }

    fn last_line(&mut self) -> &mut Line {
        match self.0.last_mut().unwrap().beats.last_mut().unwrap() {
            Beat::Line(line) => line,
            _ => panic!("the last beat is not a line"),
        }
    }

    pub(crate) fn aside(mut self, place: usize, words: &str) -> Self {
        self.last_line().parentheticals.push((place, words.into()));
        self
    }

    pub(crate) fn dual(mut self, side: DualSide) -> Self {
        self.last_line().dual = Some(side);
        self
    }

    pub(crate) fn pause(self, length: Pause) -> Self {
        self.beat(Beat::Direction(Direction::Pause { length, span: span() }))
    }

    pub(crate) fn music(self, file: Option<&str>) -> Self {
        self.beat(Beat::Direction(Direction::Music { file: file.map(Into::into), span: span() }))
    }

    pub(crate) fn effect(self, file: &str) -> Self {
        self.beat(Beat::Direction(Direction::Effect { file: file.into(), span: span() }))
    }

    pub(crate) fn shot(self, text: &str) -> Self {
        self.beat(Beat::Direction(Direction::Shot { text: text.into(), span: span() }))
    }

    pub(crate) fn done(self) -> Screenplay {
        Screenplay { title_page: TitlePage::default(), scenes: self.0 }
    }
}

/// Rules at 24 fps without a title card.
pub(crate) fn rules() -> SoundRules {
    SoundRules { title_frames: 0, ..SoundRules::standard(Fps::FILM, "en") }
}

/// A source that sounds for `length` samples.
pub(crate) fn source(name: &str, length: u64) -> Source {
    Source {
        origin: Origin::File(name.into()),
        hash: format!("{length:064x}"),
        part: SampleRange::new(Sample(0), length),
    }
}

/// Each line takes 1,000 samples and 100 for each letter; each cue file is 10 s.
pub(crate) fn ingredients(screenplay: &Screenplay) -> Ingredients {
    let mut ingredients = Ingredients::default();
    for (_, line) in screenplay.lines() {
        let length = 1000 + 100 * line.text.chars().count() as u64;
        ingredients.lines.insert(line.id.clone(), source(&format!("voices/{}.wav", line.id), length));
    }
    for (scene, beat, file) in crate::layout::cue_files(screenplay) {
        ingredients.cues.insert((scene, beat), source(&file.path, 480_000));
    }
    ingredients
}

pub(crate) fn locked(screenplay: &Screenplay) -> LockedSound {
    locked_by(screenplay, &rules())
}

pub(crate) fn locked_by(screenplay: &Screenplay, rules: &SoundRules) -> LockedSound {
    lay(screenplay, rules, &ingredients(screenplay), &soundlock_vault::NoReport).unwrap()
}
