//! From a frame of the film to everything that made it.

use soundlock_plan::{CutList, Shot, ShotCode, ShotKind};
use soundlock_sound::LockedSound;
use soundlock_time::{FilmFrame, Timecode};
use soundlock_vault::Explanation;

use crate::shots::{Floor, ShotState, line_levels};
use crate::{Film, FilmError};

/// What somebody asks about: `12_0040`, `12_0040-3`, `1234`, `00:01:02:03`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// A shot.
    Shot(ShotCode),
    /// A frame of the film.
    Frame(FilmFrame),
}

/// Everything that is known of a shot.
#[derive(Debug, Clone)]
pub struct Explained {
    /// The shot as it stands; `None` for cards.
    pub state: Option<ShotState>,
    /// The shot as it is planned.
    pub shot: Shot,
    /// The frame that was asked about.
    pub frame: Option<FilmFrame>,
    /// What the circled take's key is made of, and what changed since.
    pub take_key: Option<Explanation>,
}

impl Film {
    /// Reads what somebody asks about.
    pub fn question(&self, text: &str) -> Result<Question, FilmError> {
        if let Ok(frame) = text.parse() {
            return Ok(Question::Frame(FilmFrame(frame)));
        }
        if text.contains(':') {
            let timecode = Timecode::read(text, self.settings.fps())?;
            return Ok(Question::Frame(timecode.frame(self.settings.fps())));
        }
        let without_take = text.rsplit_once('-').filter(|(_, take)| take.parse::<u32>().is_ok());
        let code = text.parse().or_else(|error| match without_take {
            Some((code, _)) => code.parse().map_err(|_| error),
            None => Err(error),
        });
        code.map(Question::Shot)
            .map_err(|_| FilmError::NoSuchShot { code: text.to_owned(), like: Vec::new() })
    }

    /// Everything that is known of what was asked about.
    pub fn explain(&self, question: &Question) -> Result<Explained, FilmError> {
        let Some(sound) = &self.locked else { return Err(FilmError::NotLocked) };
        let (cut_list, _) = self.cut_list(sound)?;
        let (shot, frame) = match question {
            Question::Shot(code) => (find_shot(&cut_list, code)?, None),
            Question::Frame(frame) => (shot_at(&cut_list, *frame)?, Some(*frame)),
        };
        if shot.kind != ShotKind::Scene {
            return Ok(Explained { state: None, shot: shot.clone(), frame, take_key: None });
        }
        let (state, take_key) = self.explain_shot(sound, &cut_list, shot)?;
        Ok(Explained { state: Some(state), shot: shot.clone(), frame, take_key: Some(take_key) })
    }

    fn explain_shot(
        &self,
        sound: &LockedSound,
        cut_list: &CutList,
        shot: &Shot,
    ) -> Result<(ShotState, Explanation), FilmError> {
        let scene = sound.scenes.iter().filter(|scene| scene.id.as_str() == shot.code.scene());
        let scene = LockedSound { scenes: scene.cloned().collect(), ..sound.clone() };
        let floor = Floor::new(self, cut_list, line_levels(self, &scene)?)?;
        let state = floor.state(shot, false)?;
        let explanation = floor.explain(&state)?;
        Ok((state, explanation))
    }
}

/// The shot of this code; the error names those that are like it.
pub(crate) fn find_shot<'a>(cut_list: &'a CutList, code: &ShotCode) -> Result<&'a Shot, FilmError> {
    cut_list.shots.iter().find(|shot| shot.code == *code).ok_or_else(|| {
        let same_scene = cut_list.shots.iter().filter(|shot| shot.code.scene() == code.scene());
        let like = same_scene.map(|shot| shot.code.to_string()).collect();
        FilmError::NoSuchShot { code: code.to_string(), like }
    })
}

fn shot_at(cut_list: &CutList, frame: FilmFrame) -> Result<&Shot, FilmError> {
    let frames = cut_list.shots.last().map_or(0, |shot| shot.film.end.0);
    let shot = cut_list.shots.iter().find(|shot| shot.film.contains(frame));
    shot.ok_or(FilmError::NoSuchFrame { frame: frame.0, frames })
}
