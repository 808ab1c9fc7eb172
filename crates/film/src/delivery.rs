//! What leaves the house: written when something in it changed, read back, and noted.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};
use soundlock_deliver::{
    CaptionRules, Check, SheetHead, Stem, Still, captions, check_captions, contact_sheet, loudness_checks,
    master_mp4, sheet_shots, srt, webvtt, write_stems,
};
use soundlock_exchange::{check, edl, fcpxml, otio};
use soundlock_finish::Piece;
use soundlock_plan::CutList;
use soundlock_sound::{LockedSound, LoudnessReport, Mix};
use soundlock_time::FilmFrame;
use soundlock_vault::{Event, Hash, Key, run_all};

use crate::folder::write_whole;
use crate::make::Pictures;
use crate::takes::Take;
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
        if wanted.shot_list {
            delivered.push(self.deliver_list(sound, cut_list, pictures)?);
        }
        if wanted.takes {
            delivered.push(self.deliver_takes(pictures)?);
        }
        delivered.extend(self.deliver_edits(sound, cut_list, pictures)?);
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
                write_out(file, &text)?;
            }
            Ok((files.to_vec(), check_captions(sound, &captions, &CaptionRules::USUAL)))
        })
    }

    /// Every take under its own name, for editing programs that look for files by name.
    fn deliver_takes(&self, pictures: &Pictures) -> Result<Delivered, FilmError> {
        let takes: Vec<&Take> = pictures.shots.iter().flat_map(|state| &state.takes).collect();
        let recipe: Vec<_> = takes.iter().map(|take| (take.file_name(), take.entry.hash)).collect();
        let folder = self.folder.out().join("takes");
        self.delivery("takes", 1, &recipe, || {
            std::fs::create_dir_all(&folder).map_err(FilmError::io(&folder))?;
            let mut files = Vec::new();
            for take in &takes {
                self.studio.cancel.check()?;
                let file = folder.join(take.file_name());
                let aside = crate::folder::beside(&file);
                // File systems that can share the bytes.
                std::fs::copy(&take.file, &aside).map_err(FilmError::io(&file))?;
                std::fs::rename(&aside, &file).map_err(FilmError::io(&file))?;
                files.push(file);
            }
            let found = files.iter().filter(|file| file.is_file()).count();
            Ok((files, vec![Check::same("takes", found, takes.len(), "soundlock takes")]))
        })
    }

    /// A take's file as edits in `out/` name it.
    pub(crate) fn take_address(&self, take: &Take) -> String {
        if self.settings.deliver.takes {
            format!("takes/{}", take.file_name())
        } else {
            format!("../{}", slashed(self.folder.relative(&take.file)))
        }
    }

    /// The edit for other programs, in every format that is asked for.
    fn deliver_edits(
        &self,
        sound: &LockedSound,
        cut_list: &CutList,
        pictures: &Pictures,
    ) -> Result<Vec<Delivered>, FilmError> {
        let parts = self.edit_parts(cut_list, &pictures.shots);
        let edit = parts.edit(self, sound, cut_list);
        let wanted = &self.settings.deliver;
        let mut delivered = Vec::new();
        let file = |ending: &str| self.folder.out().join(format!("{}{ending}", self.file_stem()));
        let one = |name, text: String, ending: &str| {
            let file = file(ending);
            self.delivery(name, 2, &text, || {
                write_out(&file, &text)?;
                Ok((vec![file.clone()], check(&edit, &text)?))
            })
        };
        if wanted.otio {
            delivered.push(one("otio", otio(&edit)?, ".otio")?);
        }
        if wanted.fcpxml {
            delivered.push(one("fcpxml", fcpxml(&edit)?, ".fcpxml")?);
        }
        if wanted.edl {
            let lists = edl(&edit)?;
            let texts: Vec<&str> = lists.iter().map(|list| list.text.as_str()).collect();
            delivered.push(self.delivery("edl", 1, &texts, || {
                let mut files = Vec::new();
                for list in &lists {
                    let track =
                        if list.track == "picture" { String::new() } else { format!("-{}", list.track) };
                    files.push(file(&format!("{track}.edl")));
                    write_out(&files[files.len() - 1], &list.text)?;
                }
                Ok((files, check(&edit, &lists[0].text)?))
            })?);
        }
        Ok(delivered)
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
    pub(crate) fn stills(&self, pictures: &Pictures) -> Result<Vec<PathBuf>, FilmError> {
        let pieces = pictures.picture.pieces().iter().collect();
        let (workers, cancel) = (self.studio.workers, &self.studio.cancel);
        run_all(pieces, workers, cancel, |piece| self.made_still(piece)).map_err(FilmError::from_stop)
    }

    fn made_still(&self, piece: &Piece) -> Result<PathBuf, FilmError> {
        let made = self.vault.run(&piece.code.to_string(), &self.still(piece));
        Ok(made.map_err(FilmError::from_run)?.path)
    }

    /// Makes the still of a new piece while other shots are still in hand, where somebody will look at it.
    pub(crate) fn still_if_wanted(&self, piece: &Piece) -> Result<(), FilmError> {
        if self.settings.deliver.contact_sheet || self.settings.deliver.shot_list {
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

    /// One delivery: written when its recipe or its files are not as they were when it was last written.
    pub(crate) fn delivery(
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

/// Writes a delivery that is text.
fn write_out(file: &Path, text: &str) -> Result<(), FilmError> {
    let folder = file.parent().unwrap_or(file);
    std::fs::create_dir_all(folder).map_err(FilmError::io(folder))?;
    write_whole(file, text.as_bytes())?;
    Ok(())
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
