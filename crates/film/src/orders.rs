//! What a generator is told about each shot.

use std::collections::BTreeMap;

use soundlock_picture::VideoCodec;
use soundlock_plan::{Look, Shot};
use soundlock_script::LineId;
use soundlock_shoot::{Capabilities, Cut, Input, Inputs, ShotOrder, Speech};
use soundlock_time::{FilmFrame, Fps, Raster};

use crate::FilmError;

/// How loud each film frame of a line is.
#[derive(Debug, Clone)]
pub(crate) struct Loudness {
    /// Frame of the scene in which the line begins.
    pub(crate) first: FilmFrame,
    /// 0 silence, 255 the line's loudest, from that frame on.
    pub(crate) levels: Vec<u8>,
}

/// Loudness of each line of a scene.
pub(crate) type LineLevels = BTreeMap<LineId, Loudness>;

/// The order for `shot`: the next legal length, the nearest legal rate and raster, words, and who speaks how loud.
pub(crate) fn order(
    shot: &Shot,
    film: (Fps, Raster),
    able: &Capabilities,
    levels: &LineLevels,
    settings: OrderSettings<'_>,
) -> Result<ShotOrder, FilmError> {
    let (film_fps, _) = film;
    let Asked { frames, fps, raster, needed } = Asked::of(shot, film, able);
    let frames = frames.ok_or_else(|| soundlock_shoot::ShootError::Impossible {
        generator: shot.generator.clone(),
        code: shot.code.clone(),
        why: format!("{needed} frames are more than its ceiling of {}", able.frames.longest()),
    })?;
    let is_film = able.cuts && (fps, raster) == film;
    let first = shot.take_frame(FilmFrame(0), film_fps, fps).0;
    // What a generator does not read makes no take of it stale. Most vendors take seeds of 31 bits.
    let (look, speech, seed) = if able.reads_fields {
        (shot.look.clone(), speech(shot, levels, film_fps, fps), settings.seed)
    } else {
        (Look::default(), Vec::new(), settings.seed & 0x7fff_ffff)
    };
    let negative = if able.reads_fields || able.takes.contains(&Input::Negative) {
        shot.negative.clone()
    } else {
        String::new()
    };
    let cut = || Cut { first, end: first + shot.frames(), codec: settings.codec.clone() };
    Ok(ShotOrder {
        code: shot.code.clone(),
        prompt: shot.prompt.clone(),
        negative,
        seed,
        frames,
        fps,
        raster,
        look,
        speech,
        inputs: Inputs::default(),
        burn_in: settings.burn_in.then(|| slate(shot)),
        cut: is_film.then(cut),
    })
}

/// The picture that a generator is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The next legal length; `None` where the shot is too long.
    pub(crate) frames: Option<u32>,
    /// The nearest legal rate.
    pub(crate) fps: Fps,
    /// The nearest legal raster.
    pub(crate) raster: Raster,
    /// Frames that the shot with its handles needs.
    pub(crate) needed: u32,
}

impl Asked {
    pub(crate) fn of(shot: &Shot, film: (Fps, Raster), able: &Capabilities) -> Self {
        let fps = able.rate_for(film.0);
        let needed = film_frames_in_take(shot.frames_with_handles(), film.0, fps);
        Self { frames: able.frames.legal_from(needed), fps, raster: able.raster_for(film.1), needed }
    }
}

/// What an order takes from the film's settings besides the shot.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OrderSettings<'s> {
    pub(crate) seed: u64,
    pub(crate) burn_in: bool,
    /// How the film is encoded.
    pub(crate) codec: &'s VideoCodec,
}

/// Frames of a take at rate `take` that cover `film_frames` at rate `film`.
pub(crate) fn film_frames_in_take(film_frames: u32, film: Fps, take: Fps) -> u32 {
    take.covering(film_frames, film)
}

/// The voices of a shot in frames of its take, head counted in.
fn speech(shot: &Shot, levels: &LineLevels, film: Fps, take: Fps) -> Vec<Speech> {
    let voice = |span: &soundlock_plan::SpeechSpan| {
        let heard = levels.get(&span.line)?;
        let skipped = (shot.at.0 + span.from).saturating_sub(heard.first.0) as usize;
        let length = (span.to - span.from) as usize;
        let film_levels: Vec<u8> = heard.levels.iter().copied().skip(skipped).take(length).collect();
        let first = film_frames_in_take(shot.head + span.from, film, take);
        let count = film_frames_in_take(film_levels.len() as u32, film, take);
        let level = |frame: u32| {
            let at = film_frames_in_take(frame, take, film) as usize;
            film_levels.get(at.min(film_levels.len().saturating_sub(1))).copied().unwrap_or(0)
        };
        Some(Speech {
            character: span.character.clone(),
            from: first,
            levels: (0..count).map(level).collect(),
        })
    };
    shot.speech.iter().filter_map(voice).collect()
}

/// What the slate says. Nothing in it moves when an earlier scene gets longer: a slate must not make takes stale.
fn slate(shot: &Shot) -> String {
    let size = shot.look.size.short();
    format!("{}  {size}  {}", shot.code, shot.look.action.lines().next().unwrap_or_default())
}
