//! What leaves the house: written when something in it changed, read back, and noted.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};
use soundlock_deliver::{
    CaptionRules, Check, Edit, SheetHead, ShotMedia, Stem, Still, TakeMedia, captions, check_captions,
    contact_sheet, loudness_checks, master_mp4, sheet_shots, srt, webvtt, write_otio, write_stems,
};
use soundlock_finish::Piece;
use soundlock_plan::{CutList, ShotKind};
use soundlock_sound::{LockedSound, LoudnessReport, Mix};
use soundlock_time::FilmFrame;
use soundlock_vault::{Event, Hash, Key, run_all};

use crate::folder::write_whole;
use crate::make::Pictures;
use crate::shots::ShotState;
use crate::takes::{Take, TakeOrigin};
use crate::{Access, Film, FilmError};

const KIND: &str = "delivered";

/// A delivery: one file, or a few that belong together.
#[derive(Debug, Clone)]
pub struct Delivered {
    /// Its name: `mp4`, `stems`.
    pub name: String,
    /// Its files.
    pub files: Vec<PathBuf>,
    /// How it stands.
    pub state: DeliveryState,
    /// What was looked at when it was written.
    pub checks: Vec<Check>,
}

/// How a delivery stands to the film.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// It was there already, of the film as it is.
    Current,
    /// It was written just now.
    Made,
    /// It is not there, or not of the film as it is; the film was opened to look only.
    Stale,
}

/// A delivery as the ledger has it.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    /// Key of everything that is in it.
    recipe: String,
    /// Its files as they were written, named from the film folder.
    files: Vec<Stamp>,
    checks: Vec<Check>,
}

/// A file by what can be seen from outside.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    file: String,
    bytes: u64,
    modified_nanos: u64,
}

impl Film {
    /// The mix of the locked sound, and where an MP4 is wanted its sound track, which hang on nothing else.
    pub fn mix(&self, sound: &LockedSound) -> Result<Mix, FilmError> {
        let mix = soundlock_sound::mix(sound, &self.sound_rules()?, &self.sound_context())?;
        if self.settings.deliver.mp4 {
            self.encoded(sound, &mix)?;
        }
        Ok(mix)
    }

    /// Writes every delivery that is asked for and not there as the film is now.
    pub fn deliver(
        &self,
        sound: &LockedSound,
        cut_list: &CutList,
        pictures: &Pictures,
        mix: &Mix,
    ) -> Result<Vec<Delivered>, FilmError> {
        let wanted = &self.settings.deliver;
        if !wanted.mp4 {
            self.say_loudness(&mix.report);
        }
        let mut delivered = Vec::new();
        if wanted.mp4 {
            delivered.push(self.deliver_mp4(sound, pictures, mix)?);
        }
        if wanted.stems {
            delivered.push(self.deliver_stems(sound, mix)?);
        }
        if wanted.captions {
            delivered.push(self.deliver_captions(sound)?);
        }
        if wanted.contact_sheet {
            delivered.push(self.deliver_sheets(sound, cut_list, pictures)?);
        }
        if wanted.otio {
            delivered.push(self.deliver_otio(sound, cut_list, pictures)?);
        }
        Ok(delivered)
    }

    fn say_loudness(&self, report: &LoudnessReport) {
        if !report.passed {
            let said =
                |value: Option<f64>| value.map_or_else(|| "none".to_owned(), |value| format!("{value:.1}"));
            let (loudness, peak) = (said(report.integrated_lufs), said(report.true_peak_dbtp));
            let target = &report.target;
            let (wanted, highest) = (target.integrated_lufs, target.true_peak_dbtp);
            let name = &target.name;
            let message = format!(
                "the mix is at {loudness} LUFS and {peak} dBTP; `{name}` wants {wanted} LUFS and at most {highest} dBTP"
            );
            self.warn("mix", message);
        }
    }

    fn deliver_mp4(
        &self,
        sound: &LockedSound,
        pictures: &Pictures,
        mix: &Mix,
    ) -> Result<Delivered, FilmError> {
        let encoded = self.encoded(sound, mix)?;
        let file = self.folder.out().join(format!("{}.mp4", self.file_stem()));
        let recipe = (pieces(pictures), encoded.aac.hash.to_string(), sound.frames(), sound.fps);
        let speakers = self.sound_rules()?.speakers;
        self.say_loudness(&encoded.loudness);
        self.delivery("mp4", 2, &recipe, || {
            let (tools, picture) = (&self.studio.tools, &pictures.picture);
            let mut checks = master_mp4(tools, picture, &encoded.aac.path, sound, speakers, &file)?;
            checks.extend(loudness_checks(&encoded.loudness));
            Ok((vec![file.clone()], checks))
        })
    }

    fn deliver_stems(&self, sound: &LockedSound, mix: &Mix) -> Result<Delivered, FilmError> {
        let stems = [
            ("dialogue", &mix.dialogue),
            ("music", &mix.music),
            ("effects", &mix.effects),
            ("m-and-e", &mix.music_and_effects),
        ];
        let recipe = stems.map(|(name, object)| (name, object.hash.to_string()));
        let folder = self.folder.out().join("stems");
        let files = stems.map(|(name, _)| folder.join(format!("{name}.wav"))).to_vec();
        let stems = stems.map(|(name, object)| Stem { name: name.to_owned(), file: object.path.clone() });
        let speakers = self.sound_rules()?.speakers;
        self.delivery("stems", 2, &recipe, || Ok((files, write_stems(&stems, sound, speakers, &folder)?)))
    }

    fn deliver_captions(&self, sound: &LockedSound) -> Result<Delivered, FilmError> {
        let captions = captions(sound, &CaptionRules::USUAL);
        let out = self.folder.out();
        let files = ["srt", "vtt"].map(|ending| out.join(format!("{}.{ending}", self.file_stem())));
        let recipe = soundlock_sound::format::write(sound);
        self.delivery("captions", 1, &recipe, || {
            for (file, text) in files.iter().zip([srt(&captions), webvtt(&captions)]) {
                let folder = self.folder.out();
                std::fs::create_dir_all(&folder).map_err(FilmError::io(&folder))?;
                write_whole(file, text.as_bytes())?;
            }
            Ok((files.to_vec(), check_captions(sound, &captions, &CaptionRules::USUAL)))
        })
    }

    fn deliver_otio(
        &self,
        sound: &LockedSound,
        cut_list: &CutList,
        pictures: &Pictures,
    ) -> Result<Delivered, FilmError> {
        let file = self.folder.out().join(format!("{}.otio", self.file_stem()));
        let media = self.shot_media(cut_list, &pictures.shots);
        let stems =
            ["dialogue", "music", "effects"].map(|name| (name.to_owned(), format!("out/stems/{name}.wav")));
        let title = self.title();
        let edit = Edit {
            title: &title,
            first_label: FilmFrame(sound.fps.nominal() * 3600),
            cut_list,
            locked: sound,
            media: &media,
            master: &format!("out/{}.mp4", self.file_stem()),
            stems: &stems,
        };
        let recipe = soundlock_deliver::otio(&edit)?;
        self.delivery("otio", 1, &recipe, || Ok((vec![file.clone()], write_otio(&edit, &file)?)))
    }

    fn deliver_sheets(
        &self,
        sound: &LockedSound,
        cut_list: &CutList,
        pictures: &Pictures,
    ) -> Result<Delivered, FilmError> {
        let title = self.title();
        let recipe =
            (pieces(pictures), &title, soundlock_sound::format::write(sound), self.lettering()?.identity());
        self.delivery("contact sheet", 1, &recipe, || {
            let stills = self.stills(pictures)?;
            let head = SheetHead {
                title: &title,
                fps: sound.fps,
                raster: pictures.picture.raster(),
                frames: sound.frames(),
                first_label: FilmFrame(0),
            };
            let shots = sheet_shots(cut_list, sound, &stills);
            Ok(contact_sheet(&head, &shots, &*self.lettering()?, &self.folder.out())?)
        })
    }

    /// One still of each piece, in film order. Those of pieces that were made just now were made with them.
    fn stills(&self, pictures: &Pictures) -> Result<Vec<PathBuf>, FilmError> {
        let pieces = pictures.picture.pieces().iter().collect();
        let (workers, cancel) = (self.studio.workers, &self.studio.cancel);
        run_all(pieces, workers, cancel, |piece| self.made_still(piece)).map_err(FilmError::from_stop)
    }

    fn made_still(&self, piece: &Piece) -> Result<PathBuf, FilmError> {
        let made = self.vault.run(&piece.code.to_string(), &self.still(piece));
        Ok(made.map_err(FilmError::from_run)?.path)
    }

    /// Makes the still of a new piece while other shots are still in hand, where there will be a contact sheet.
    pub(crate) fn still_if_wanted(&self, piece: &Piece) -> Result<(), FilmError> {
        if self.settings.deliver.contact_sheet {
            self.made_still(piece)?;
        }
        Ok(())
    }

    /// The still of a piece, for the contact sheet.
    pub(crate) fn still(&self, piece: &Piece) -> Still<'_> {
        Still {
            hash: piece.hash,
            piece: piece.file.clone(),
            frames: piece.frames,
            fps: self.settings.fps(),
            raster: self.settings.raster(),
            tools: &self.studio.tools,
            limits: &self.studio.limits,
        }
    }

    fn shot_media(&self, cut_list: &CutList, states: &[ShotState]) -> Vec<ShotMedia> {
        let mut states = states.iter();
        let media = |kind: ShotKind| match kind {
            ShotKind::Title | ShotKind::Credits => ShotMedia::Card,
            ShotKind::Scene => states.next().map_or(ShotMedia::Card, |state| ShotMedia::Takes {
                takes: state.takes.iter().map(|take| self.take_media(take)).collect(),
                circled: state.circled.map(|(index, _)| index),
            }),
        };
        cut_list.shots.iter().map(|shot| shot.kind).map(media).collect()
    }

    fn take_media(&self, take: &Take) -> TakeMedia {
        let video = take.media.as_ref().and_then(|media| media.video.as_ref());
        let (prompt, seed, generator, model) = match &take.entry.origin {
            TakeOrigin::Generator { identity, order, .. } => (
                order.prompt.clone(),
                order.seed,
                identity.name.clone(),
                format!("{} {}", identity.model, identity.version),
            ),
            TakeOrigin::File { name } => (String::new(), 0, "brought in".to_owned(), name.clone()),
        };
        TakeMedia {
            name: take.name(),
            file: slashed(self.folder.relative(&take.file)),
            frames: take.frames(),
            fps: video.map_or_else(|| self.settings.fps(), |video| video.fps),
            prompt,
            seed,
            generator,
            model,
        }
    }

    /// One delivery: written when its recipe or its files are not as they were when it was last written.
    fn delivery(
        &self,
        name: &'static str,
        version: u32,
        recipe: &impl Serialize,
        make: impl FnOnce() -> Result<(Vec<PathBuf>, Vec<Check>), FilmError>,
    ) -> Result<Delivered, FilmError> {
        self.studio.cancel.check()?;
        let recipe = Key::new((name, version), recipe)?.to_string();
        if let Some(entry) = self.vault.latest(KIND, name)? {
            let entry: Entry = entry.read()?;
            let files: Vec<_> =
                entry.files.iter().map(|stamp| self.folder.root().join(&stamp.file)).collect();
            if entry.recipe == recipe && self.stamps(&files).is_some_and(|stamps| stamps == entry.files) {
                let state = DeliveryState::Current;
                return Ok(Delivered { name: name.to_owned(), files, state, checks: entry.checks });
            }
        }
        if self.access == Access::Look {
            let (state, files, checks) = (DeliveryState::Stale, Vec::new(), Vec::new());
            return Ok(Delivered { name: name.to_owned(), files, state, checks });
        }
        let reporter = &self.studio.reporter;
        reporter.report(Event::Started { stage: "deliver", total: 1 });
        let (files, checks) = make()?;
        refuse_failed(&files, &checks)?;
        let stamps = self.stamps(&files).unwrap_or_default();
        self.vault.record(KIND, name, &Entry { recipe, files: stamps, checks: checks.clone() })?;
        reporter.report(Event::Advanced { stage: "deliver", name: name.to_owned() });
        reporter.report(Event::Finished { stage: "deliver" });
        Ok(Delivered { name: name.to_owned(), files, state: DeliveryState::Made, checks })
    }

    /// What can be seen of `files` from outside; `None` where one is missing.
    fn stamps(&self, files: &[PathBuf]) -> Option<Vec<Stamp>> {
        files.iter().map(|file| stamp(file, self.folder.relative(file))).collect()
    }
}

fn stamp(file: &Path, name: &Path) -> Option<Stamp> {
    let metadata = std::fs::metadata(file).ok()?;
    let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(Stamp { file: slashed(name), bytes: metadata.len(), modified_nanos: modified.as_nanos() as u64 })
}

/// Content of the pieces in film order.
fn pieces(pictures: &Pictures) -> Vec<Hash> {
    pictures.picture.pieces().iter().map(|piece| piece.hash).collect()
}

fn refuse_failed(files: &[PathBuf], checks: &[Check]) -> Result<(), FilmError> {
    let Some(failed) = checks.iter().find(|check| check.binding && !check.passed) else { return Ok(()) };
    Err(FilmError::NotDelivered {
        file: files.first().cloned().unwrap_or_default(),
        what: failed.name.clone(),
        found: failed.value.clone(),
        limit: failed.limit.clone(),
    })
}

/// `path` with `/` between its parts.
fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}
