//! What goes along with the words of an order: the frame that a chain goes on from, stills to go by, the voice that a face
//! follows.

use std::path::{Path, PathBuf};

use serde::Serialize;
use soundlock_picture::{Limits, Media, Tools, still};
use soundlock_plan::Shot;
use soundlock_shoot::{Given, Input, Inputs, ShotOrder};
use soundlock_sound::HeardIn;
use soundlock_time::{FilmFrame, Raster, SampleRange};
use soundlock_vault::{Hash, Keep, Object, Step, hash_file};

use crate::shots::Floor;
use crate::{FilmError, Take};

/// The most bytes of a still to go by.
const LARGEST_STILL: u64 = 30 << 20;

impl Floor<'_> {
    /// What goes along with `order`, which `shot` gives the generator `name`, as far as that one can be given it.
    pub(crate) fn inputs(
        &self,
        shot: &Shot,
        name: &str,
        order: &ShotOrder,
        make: bool,
    ) -> Result<Inputs, FilmError> {
        let takes = self.capabilities(name).takes;
        let can = |input: Input| takes.contains(&input);
        let own_sound = self.film.settings.generators.get(name).is_some_and(|own| own.own_sound);
        let first = if can(Input::FirstFrame) { self.first_frame(shot, make)? } else { None };
        let references = if can(Input::References) { self.references(shot, make)? } else { Vec::new() };
        let audio = if can(Input::Audio) { self.heard(shot, order, make)? } else { None };
        Ok(Inputs { first, last: None, references, audio, own_sound })
    }

    /// Whether `shot` goes on from another that has no take yet to go on from.
    pub(crate) fn waits_for_another(&self, shot: &Shot) -> Result<bool, FilmError> {
        Ok(self.goes_on_from(shot).is_some() && self.last_shown(shot)?.is_none())
    }

    /// The shot that this one goes on from, where its generator can be given a frame.
    fn goes_on_from(&self, shot: &Shot) -> Option<&Shot> {
        let can = self.capabilities(&shot.generator).takes.contains(&Input::FirstFrame);
        shot.continues.as_ref().filter(|_| can).and_then(|before| self.shot(before))
    }

    /// The last frame of the shot before that is seen, as its circled take has it: the take, and which frame.
    fn last_shown(&self, shot: &Shot) -> Result<Option<(Take, u32)>, FilmError> {
        let Some(before) = self.goes_on_from(shot) else { return Ok(None) };
        let state = self.state(before, false)?;
        let take = state.circled_take().filter(|take| !state.stands_in && take.is_good()).cloned();
        let frame = |take: &Take| {
            let video = take.media.as_ref()?.video.as_ref()?;
            let shown = Shot { head: state.head, ..before.clone() };
            let last = FilmFrame(before.frames().saturating_sub(1));
            let frame = shown.take_frame(last, self.format.fps, video.fps).0;
            Some(frame.min(video.frames.saturating_sub(1)))
        };
        Ok(take.and_then(|take| frame(&take).map(|frame| (take, frame))))
    }

    fn first_frame(&self, shot: &Shot, make: bool) -> Result<Option<Given>, FilmError> {
        let Some((take, frame)) = self.last_shown(shot)? else { return Ok(None) };
        let Some(media) = &take.media else { return Ok(None) };
        let studio = &self.film.studio;
        let step = LastFrame {
            tools: &studio.tools,
            limits: &studio.limits,
            media,
            take: take.entry.hash,
            frame,
            raster: raster_of(media).unwrap_or(self.format.raster),
        };
        let found = self.find_or_make(&shot.code.to_string(), &step, make)?;
        Ok(found.map(|object| Given { hash: object.hash, extension: "png".to_owned() }))
    }

    /// Stills that the words of the shot speak of, as far as they are there.
    fn references(&self, shot: &Shot, make: bool) -> Result<Vec<Given>, FilmError> {
        let mut given = Vec::new();
        for reference in &shot.wording.references {
            let file = self.film.folder.root().join(&reference.file);
            if !file.is_file() {
                continue;
            }
            let hash = hash_file(&file).map_err(FilmError::io(&file))?;
            let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            let subject = shot.code.to_string();
            let to_keep = ToKeep { file: &file, hash };
            let extension = match ending.to_ascii_lowercase().as_str() {
                "png" => {
                    self.keep_still(&subject, &KeepPng(to_keep), make)?;
                    "png"
                }
                "jpg" | "jpeg" => {
                    self.keep_still(&subject, &KeepJpeg(to_keep), make)?;
                    "jpg"
                }
                "webp" => {
                    self.keep_still(&subject, &KeepWebp(to_keep), make)?;
                    "webp"
                }
                _ => continue,
            };
            given.push(Given { hash, extension: extension.to_owned() });
        }
        Ok(given)
    }

    /// A still is told by its bytes alone, so one that is not kept yet may be spoken of all the same.
    fn keep_still<S: Step<Error = FilmError>>(
        &self,
        subject: &str,
        step: &S,
        make: bool,
    ) -> Result<(), FilmError> {
        if make {
            self.find_or_make(subject, step, true)?;
        }
        Ok(())
    }

    /// What is said during the take.
    fn heard(&self, shot: &Shot, order: &ShotOrder, make: bool) -> Result<Option<Given>, FilmError> {
        let Some(sound) = self.film.locked() else { return Ok(None) };
        let Some(scene) = sound.scenes.iter().find(|scene| scene.id.as_str() == shot.code.scene()) else {
            return Ok(None);
        };
        let fps = self.format.fps;
        let first = shot.film.start.0.saturating_sub(shot.head);
        let frames = fps.covering(order.frames, order.fps);
        let start = fps.first_sample(FilmFrame(first), sound.rate);
        let end = fps.first_sample(FilmFrame(first + frames), sound.rate);
        let context = self.film.sound_context();
        let Some(heard) = HeardIn::of(sound, scene, SampleRange { start, end }, &context)? else {
            return Ok(None);
        };
        let object = heard.file(make, &context)?;
        Ok(object.map(|object| Given { hash: object.hash, extension: "wav".to_owned() }))
    }

    fn find_or_make<S: Step<Error = FilmError>>(
        &self,
        subject: &str,
        step: &S,
        make: bool,
    ) -> Result<Option<Object>, FilmError> {
        let vault = &self.film.vault;
        if make {
            return vault.run(subject, step).map(Some).map_err(FilmError::from_run);
        }
        Ok(vault.find(&vault.key_of(step)?)?)
    }
}

fn raster_of(media: &Media) -> Option<Raster> {
    let video = media.video.as_ref()?;
    Raster::new(video.width, video.height).ok()
}

/// A frame of a take, as a still that another take begins with.
struct LastFrame<'a> {
    tools: &'a Tools,
    limits: &'a Limits,
    media: &'a Media,
    take: Hash,
    frame: u32,
    raster: Raster,
}

impl Step for LastFrame<'_> {
    type Error = FilmError;
    const VERSION: (&'static str, u32) = ("last-frame", 1);
    const EXTENSION: &'static str = "png";

    fn inputs(&self) -> impl Serialize {
        #[derive(Serialize)]
        struct Inputs<'a> {
            take: Hash,
            frame: u32,
            raster: Raster,
            ffmpeg: &'a str,
        }
        let Self { take, frame, raster, .. } = self;
        Inputs { take: *take, frame: *frame, raster: *raster, ffmpeg: &self.tools.version }
    }

    fn keeps(&self) -> Keep {
        Keep::FreeTake
    }

    fn make(&self, file: &Path) -> Result<(), FilmError> {
        let rgb = still(self.tools, self.media, self.frame, self.raster, self.limits)?;
        std::fs::write(file, soundlock_draw::png_file(self.raster, &rgb)?).map_err(FilmError::io(file))
    }
}

/// A still of the director's that goes along with orders: kept as it is, because takes were made to it.
struct ToKeep<'a> {
    file: &'a PathBuf,
    hash: Hash,
}

impl ToKeep<'_> {
    fn copy(&self, file: &Path) -> Result<(), FilmError> {
        let bytes = std::fs::metadata(self.file).map_err(FilmError::io(self.file))?.len();
        if bytes > LARGEST_STILL {
            let why =
                std::io::Error::other(format!("it has {bytes} bytes, and a still {LARGEST_STILL} at most"));
            return Err(FilmError::io(self.file)(why));
        }
        std::fs::copy(self.file, file).map(drop).map_err(FilmError::io(self.file))
    }
}

/// The name of a file in the vault ends as the file does, so each kind of still is a step of its own.
macro_rules! keep_still {
    ($($name:ident $ending:literal),*) => {$(
        struct $name<'a>(ToKeep<'a>);

        impl Step for $name<'_> {
            type Error = FilmError;
            const VERSION: (&'static str, u32) = (concat!("keep-", $ending), 1);
            const EXTENSION: &'static str = $ending;

            fn inputs(&self) -> impl Serialize {
                self.0.hash
            }

            fn keeps(&self) -> Keep {
                Keep::FreeTake
            }

            fn make(&self, file: &Path) -> Result<(), FilmError> {
                self.0.copy(file)
            }
        }
    )*};
}

keep_still!(KeepPng "png", KeepJpeg "jpg", KeepWebp "webp");
