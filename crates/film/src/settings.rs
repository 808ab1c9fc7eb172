//! `film.toml`, the standing orders of a film.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::Path;

use serde::Deserialize;
use soundlock_plan::PromptTemplates;
use soundlock_shoot::Models;
use soundlock_sound::{Aligner, Speakers, Target};
use soundlock_time::{Fps, Raster};
use soundlock_vendors::comfy::ComfyMap;
use soundlock_vendors::described::{Descriptions, Sent};

use crate::FilmError;
pub use crate::assistant::ModelSettings;
pub use crate::bible::{BibleSettings, CostumeSettings, LightSettings, PropSettings};
pub use crate::voices::{BudgetSettings, ConsentSettings, VoiceSettings};

/// The standing orders of a film. Everything has a default, so an empty file is a film.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Title; the script's title page where this is not set.
    pub title: Option<String>,
    /// Language of the dialogue, as espeak-ng names it: `en`, `en-gb`, `ko`.
    pub language: Option<String>,
    /// Rate of the film's frames.
    pub fps: Option<Fps>,
    /// Size of the film's picture.
    pub raster: Option<Raster>,
    /// Who plays, by the name in the cues.
    pub cast: BTreeMap<String, CastSettings>,
    /// Services that speak, by the name that voices begin with.
    pub voices: BTreeMap<String, VoiceSettings>,
    /// What persons allowed to be done with copies of their voices, by the character they speak.
    pub consents: BTreeMap<String, ConsentSettings>,
    /// What services may cost.
    pub budget: BudgetSettings,
    /// A language model that proposes.
    pub model: ModelSettings,
    /// Where it plays, by the place in the headings.
    pub places: BTreeMap<String, PlaceSettings>,
    /// Things that the story needs, by the name in the action.
    pub props: BTreeMap<String, PropSettings>,
    /// Other files that describe cast, places, props and look.
    pub bible: BibleSettings,
    /// How families of generators are told what to make, where it is not as the program has it.
    pub prompts: BTreeMap<String, soundlock_plan::Family>,
    /// How all of it looks.
    pub look: LookSettings,
    /// Readings that the director chose, by line number.
    pub lines: BTreeMap<String, LineSettings>,
    /// Pauses, loudness, ducking.
    pub sound: SoundSettings,
    /// Cuts and pace.
    pub plan: PlanSettings,
    /// Generators by name. `animatic` is always there.
    pub generators: BTreeMap<String, GeneratorSettings>,
    /// Models that the film knows besides those of the program; its own go before.
    pub models: Models,
    /// Services that the film knows besides those of the program; its own go before.
    pub services: Descriptions,
    /// How takes are shot.
    pub shoot: ShootSettings,
    /// Where the film is to be shown.
    pub rights: RightsSettings,
    /// How the picture is finished.
    pub finish: FinishSettings,
    /// What is delivered.
    pub deliver: DeliverSettings,
    /// The files that all this was read from.
    #[serde(skip)]
    pub(crate) sources: crate::bible::Sources,
}

/// A member of the cast.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CastSettings {
    /// What they look like, in words for prompts.
    pub looks: String,
    /// What they wear in which scenes.
    pub costume: Vec<CostumeSettings>,
    /// Stills to go by.
    pub references: Vec<String>,
    /// Their colour in the animatic, `#rrggbb`.
    pub colour: Option<String>,
    /// Scratch voice, as espeak-ng names it: `en-gb+f3`; or of a service: `kokoro:af_bella`.
    pub voice: Option<String>,
    /// Whether the voice of a service is the copy of a person's.
    pub cloned: Option<bool>,
    /// Words per minute of the scratch voice, 80 to 350.
    pub words_per_minute: Option<u32>,
    /// Pitch of the scratch voice, 0 to 99.
    pub pitch: Option<u32>,
    /// Who speaks them, for the end credits.
    pub played_by: Option<String>,
}

/// A place.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PlaceSettings {
    /// What it looks like, in words for prompts.
    pub looks: String,
    /// Its light, in words for prompts: one for all times of day, or one for each.
    pub light: LightSettings,
    /// Stills to go by.
    pub references: Vec<String>,
}

/// The reading of a line that the director chose.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LineSettings {
    /// The recording, below the film folder.
    pub file: Option<String>,
    /// Number of the reading, from 1: within `file` where that is named, else as `soundlock line` counts.
    pub take: Option<u32>,
    /// Where it begins in `file`, in seconds.
    #[serde(rename = "in")]
    pub begins: Option<f64>,
    /// Where it ends in `file`, in seconds.
    #[serde(rename = "out")]
    pub ends: Option<f64>,
}

/// How all of the film looks.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LookSettings {
    /// Words at the end of every prompt.
    pub style: String,
    /// Colours of the film, in every prompt.
    pub palette: String,
    /// What no shot shall show.
    pub negative: String,
    /// What the film never shows, one thing each.
    pub never: Vec<String>,
}

/// Pauses, loudness, ducking. Lengths in thousandths of a second.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SoundSettings {
    /// `web`, `ebu-r128`, `netflix` or `cinema`.
    pub target: Option<String>,
    /// `stereo` or `5.1`.
    pub speakers: Option<String>,
    /// Longer (above 1) or shorter pauses in the whole film.
    pub pace: Option<f64>,
    /// Pause between two lines of one speaker.
    pub same_speaker_ms: Option<u64>,
    /// Pause where another one speaks.
    pub other_speaker_ms: Option<u64>,
    /// What `(beat)` adds.
    pub beat_ms: Option<u64>,
    /// How much earlier than the end of a line one that interrupts it starts; 0 for not.
    pub overlap_ms: Option<u64>,
    /// Whether the room of the recordings sounds on where none of them does; it does where nothing is said.
    pub room_tone: Option<bool>,
    /// Silence at the head of a scene.
    pub head_ms: Option<u64>,
    /// Silence at the tail of a scene.
    pub tail_ms: Option<u64>,
    /// How loud each kind of sound is against the others.
    pub levels: LevelSettings,
    /// How music gives way to speech.
    pub ducking: DuckingSettings,
    /// Another aligner beside ours.
    pub aligner: AlignerSettings,
    /// What is different in single scenes, by scene number.
    pub scenes: BTreeMap<String, SceneSoundSettings>,
}

/// Another aligner, asked about every recording beside ours.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AlignerSettings {
    /// The program with its arguments, as a shell would read them. It runs in the film folder.
    pub command: Option<String>,
    /// Anything that is written otherwise when it would answer otherwise.
    pub version: String,
    /// Seconds after which it is given up.
    pub timeout_secs: Option<u64>,
}

/// How loud each kind of sound is against the others, before the whole is brought to its target.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LevelSettings {
    /// Level of speech in dBFS.
    pub dialogue_dbfs: Option<f64>,
    /// Level of music in dBFS, where nobody speaks.
    pub music_dbfs: Option<f64>,
    /// How much louder effects are than recorded, in dB.
    pub effects_db: Option<f64>,
    /// How long music that is cut short fades.
    pub music_fade_ms: Option<u64>,
    /// How much louder room is under edits than beside them, in dB.
    pub room_tone_db: Option<f64>,
}

/// How music gives way to speech.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DuckingSettings {
    /// How much quieter music gets under speech, in dB.
    pub depth_db: Option<f64>,
    /// How fast it gives way.
    pub attack_ms: Option<u64>,
    /// How fast it comes back.
    pub release_ms: Option<u64>,
    /// How long it stays down before it comes back.
    pub hold_ms: Option<u64>,
}

/// What is different in one scene's sound.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SceneSoundSettings {
    /// Longer (above 1) or shorter pauses in this scene.
    pub pace: Option<f64>,
}

/// Cuts and pace.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PlanSettings {
    /// Which generator makes the shots.
    pub generator: Option<String>,
    /// Mean length of shots in seconds.
    pub pace_secs: Option<f64>,
    /// Shortest shot in seconds.
    pub shortest_secs: Option<f64>,
    /// Frames in reserve before and after each shot.
    pub handles: Option<u32>,
    /// Another number, another cut and other takes.
    pub seed: Option<u64>,
    /// Seconds of the title card; 0 for none.
    pub title_secs: Option<f64>,
    /// Whether end credits follow the last scene; they do where nothing is said.
    pub credits: Option<bool>,
    /// Whether lips that speak may be watched: `show` or `avoid`; as the generator can where nothing is said.
    pub lips: Option<String>,
    /// What is different in single scenes, by scene number.
    pub scenes: BTreeMap<String, ScenePlanSettings>,
}

/// What is different in one scene's cut.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScenePlanSettings {
    /// Mean length of shots in seconds.
    pub pace_secs: Option<f64>,
}

/// A generator.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GeneratorSettings {
    /// `animatic`, which is built in; `comfyui`, `service`, `command` or `diffusion`, which are hired; or `hand`: the director makes its
    /// takes elsewhere and brings them in.
    pub kind: Option<String>,
    /// The model that makes its takes.
    pub model: Option<String>,
    /// The family that it is told like: `wan`, `veo`, or one of `[prompts]`; as its model is where nothing is said.
    pub family: Option<String>,
    /// Longest take in seconds.
    pub ceiling_secs: Option<f64>,
    /// The picture it is asked for.
    pub raster: Option<Raster>,
    /// What a second of generated picture costs.
    pub usd_per_second: Option<f64>,
    /// Where it is: one address, or those of several servers that share the work.
    pub url: Option<OneOrMany>,
    /// Which service: `fal`, `replicate`, `videos`, or one of `[services]`.
    pub service: Option<String>,
    /// The model as the service names it.
    pub vendor_model: Option<String>,
    /// The environment variable that its key is in.
    pub key_env: Option<String>,
    /// The environment variable that a second key is in, for services that sign with two.
    pub secret_env: Option<String>,
    /// How many jobs each place takes at once.
    pub at_once: Option<u32>,
    /// The workflow of ComfyUI, exported for the API, below the film folder.
    pub workflow: Option<String>,
    /// Where in the workflow what is written: `prompt = "6.text"`.
    pub map: ComfyMap,
    /// The program with its arguments, as a shell would read them. It runs in the film folder.
    pub run: Option<String>,
    /// The weights on this machine, and how they are run.
    pub diffusion: Option<soundlock_diffusion::Setup>,
    /// Fields of the service's own that go along with each order.
    pub extra: toml::Table,
    /// Fields that are not sent to the service.
    pub leave_out: Vec<String>,
    /// As what bodies are sent: `json` or `form`, where that differs from the service's description.
    pub send: Option<Sent>,
    /// Hosts in private networks that results may lie on.
    pub trusted_hosts: Vec<String>,
    /// Who tries where it refuses.
    pub next: Option<String>,
    /// The picture that first takes are made in; finals are asked for with `--final`.
    pub draft_raster: Option<Raster>,
    /// Whether it shall make sound of its own. It stays with the take and is never in the mix.
    pub own_sound: bool,
    /// Whether it may be spoken to without encryption wherever it is.
    pub plain_http: bool,
    /// Seconds before a job is first asked for; later it is asked for less often.
    pub poll_secs: Option<f64>,
    /// How long an answer may take it, in seconds.
    pub timeout_secs: Option<u64>,
    /// How long a job may take, in minutes.
    pub job_mins: Option<f64>,
    /// Draw the slate into the picture.
    pub burn_in: bool,
    /// Faults to plant, for trying the judge.
    pub faults: Vec<soundlock_shoot::animatic::PlantedFault>,
}

/// One text or several.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(untagged, expecting = "write a text, or a list of texts")]
pub enum OneOrMany {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl OneOrMany {
    /// All of them.
    pub fn all(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Many(texts) => texts,
        }
    }
}

/// How takes are shot.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ShootSettings {
    /// Takes of each shot.
    pub takes: Option<u32>,
    /// How many more are made of a shot whose takes are all judged weak.
    pub retakes: Option<u32>,
    /// Scenes that are shot before the others.
    pub scenes_first: Vec<String>,
    /// Seconds before what failed is tried again; longer each time.
    pub again_secs: Option<f64>,
}

/// Where the film is to be shown.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RightsSettings {
    /// Countries as ISO 3166 codes, or `EU`.
    pub shown_in: Vec<String>,
}

/// How the picture is finished.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FinishSettings {
    /// `fill` cuts off what stands over, `inside` shows all with black beside it.
    pub fit: Option<soundlock_picture::Fit>,
    /// libx264's preset.
    pub preset: Option<String>,
    /// libx264's constant rate factor, 0 to 51.
    pub crf: Option<u8>,
}

/// What is delivered; all of it where nothing is said, but for the takes, which lie in the vault already.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "one switch for each delivery, as film.toml has it")]
pub struct DeliverSettings {
    /// The film as MP4.
    pub mp4: bool,
    /// Dialogue, music, effects and M&E as WAV.
    pub stems: bool,
    /// `SubRip` and `WebVTT`.
    pub captions: bool,
    /// One still a shot.
    pub contact_sheet: bool,
    /// The timeline as OpenTimelineIO.
    pub otio: bool,
    /// The timeline for Final Cut Pro and Resolve.
    pub fcpxml: bool,
    /// The timeline as edit lists of one track each.
    pub edl: bool,
    /// The shot list, as a page and as a table.
    pub shot_list: bool,
    /// Every take under its own name, for editing programs.
    pub takes: bool,
}

impl Default for DeliverSettings {
    fn default() -> Self {
        let (mp4, stems, captions, contact_sheet) = (true, true, true, true);
        let (otio, fcpxml, edl, shot_list) = (true, true, true, true);
        Self { mp4, stems, captions, contact_sheet, otio, fcpxml, edl, shot_list, takes: false }
    }
}

impl Settings {
    /// Reads `film.toml`; the error shows the place in it.
    pub fn read(file: &Path, text: &str) -> Result<Self, FilmError> {
        let settings: Self = toml::from_str(text).map_err(|error| Self::unreadable(file, text, &error))?;
        settings.check_file(file, text)?;
        Ok(settings)
    }

    /// The error of a settings file that cannot be read.
    pub(crate) fn unreadable(file: &Path, text: &str, error: &toml::de::Error) -> FilmError {
        let place = error.span().map_or((1, 1), |span| line_and_column(text, span.start));
        let unknown = error.message().contains("unknown field");
        let hint = unknown.then(|| "remove it, or correct its spelling".to_owned());
        FilmError::Settings { file: file.to_owned(), place, why: first_line(error.message()), hint }
    }

    /// Refuses values that cannot be, with their place in `text`.
    pub(crate) fn check_file(&self, file: &Path, text: &str) -> Result<(), FilmError> {
        self.check(&Checked { file, text })
    }

    fn check(&self, checked: &Checked<'_>) -> Result<(), FilmError> {
        self.check_sound(checked)?;
        self.check_lines(checked)?;
        self.check_plan(checked)?;
        self.check_voices(checked)?;
        self.model.check(checked)?;
        self.check_generators(checked)?;
        self.check_shoot(checked)?;
        for (name, cast) in &self.cast {
            checked.within(
                &["cast", name, "words_per_minute"],
                cast.words_per_minute.map(f64::from),
                80.0..=350.0,
            )?;
            checked.within(&["cast", name, "pitch"], cast.pitch.map(f64::from), 0.0..=99.0)?;
            if cast.colour.as_deref().is_some_and(|colour| rgb(colour).is_none()) {
                let why = format!("`{}` is not a colour", cast.colour.as_deref().unwrap_or_default());
                return Err(checked.error(
                    &["cast", name, "colour"],
                    why,
                    Some("write it as \"#d9503f\"".to_owned()),
                ));
            }
        }
        checked.one_of(&["finish", "preset"], self.finish.preset.as_deref(), &PRESETS)?;
        checked.within(&["finish", "crf"], self.finish.crf.map(f64::from), 0.0..=51.0)
    }

    fn check_sound(&self, checked: &Checked<'_>) -> Result<(), FilmError> {
        let sound = &self.sound;
        checked.one_of(&["sound", "target"], sound.target.as_deref(), &Target::NAMES)?;
        checked.one_of(&["sound", "speakers"], sound.speakers.as_deref(), &Speakers::NAMES)?;
        checked.within(&["sound", "pace"], sound.pace, 0.1..=10.0)?;
        for (scene, settings) in &sound.scenes {
            checked.within(&["sound", "scenes", scene, "pace"], settings.pace, 0.1..=10.0)?;
        }
        let lengths = [
            ("same_speaker_ms", sound.same_speaker_ms),
            ("other_speaker_ms", sound.other_speaker_ms),
            ("beat_ms", sound.beat_ms),
            ("overlap_ms", sound.overlap_ms),
            ("head_ms", sound.head_ms),
            ("tail_ms", sound.tail_ms),
        ];
        for (key, length) in lengths {
            checked.within(&["sound", key], length.map(|ms| ms as f64), 0.0..=60_000.0)?;
        }
        self.check_aligner(checked)?;
        sound.check_mix(checked)
    }

    fn check_aligner(&self, checked: &Checked<'_>) -> Result<(), FilmError> {
        let aligner = &self.sound.aligner;
        let timeout = aligner.timeout_secs.map(|secs| secs as f64);
        checked.within(&["sound", "aligner", "timeout_secs"], timeout, 1.0..=86_400.0)?;
        let hint = || Some("like `command = \"python3 whisper_rows.py --model small\"`".to_owned());
        match &aligner.command {
            Some(command) if Aligner::of(command).is_none() => {
                let why = format!("`{command}` names no program, or a quote in it is not closed");
                Err(checked.error(&["sound", "aligner", "command"], why, hint()))
            }
            None if aligner.timeout_secs.is_some() || !aligner.version.is_empty() => {
                let why = "sound.aligner has no `command`".to_owned();
                Err(checked.error(&["sound", "aligner"], why, hint()))
            }
            _ => Ok(()),
        }
    }

    fn check_lines(&self, checked: &Checked<'_>) -> Result<(), FilmError> {
        for (line, settings) in &self.lines {
            let wrong = |why: &str| {
                let hint = "write `take = 2`, or `file` with `in` and `out` in seconds";
                checked.error(&["lines", line], format!("line {line}: {why}"), Some(hint.to_owned()))
            };
            match settings {
                LineSettings { file: None, take: None, .. } => {
                    return Err(wrong("neither `take` nor `file` is named"));
                }
                LineSettings { take: Some(_), begins, ends, .. } if begins.is_some() || ends.is_some() => {
                    return Err(wrong("`take` and `in`, `out` exclude each other"));
                }
                LineSettings { take: Some(0), .. } => return Err(wrong("takes are counted from 1")),
                _ => {}
            }
            // A day, more than any recording has.
            checked.within(&["lines", line, "in"], settings.begins, 0.0..=86_400.0)?;
            checked.within(&["lines", line, "out"], settings.ends, 0.0..=86_400.0)?;
        }
        Ok(())
    }

    fn check_plan(&self, checked: &Checked<'_>) -> Result<(), FilmError> {
        let plan = &self.plan;
        checked.within(&["plan", "pace_secs"], plan.pace_secs, 0.5..=60.0)?;
        for (scene, settings) in &plan.scenes {
            checked.within(&["plan", "scenes", scene, "pace_secs"], settings.pace_secs, 0.5..=60.0)?;
        }
        checked.within(&["plan", "shortest_secs"], plan.shortest_secs, 0.04..=30.0)?;
        checked.within(&["plan", "handles"], plan.handles.map(f64::from), 0.0..=240.0)?;
        checked.within(&["plan", "title_secs"], plan.title_secs, 0.0..=60.0)?;
        checked.one_of(&["plan", "lips"], plan.lips.as_deref(), &["show", "avoid"])?;
        self.check_prompts(checked)?;
        let Some(generator) = &plan.generator else { return Ok(()) };
        let mut known: Vec<&str> = self.generators.keys().map(String::as_str).collect();
        known.push("animatic");
        checked.one_of(&["plan", "generator"], Some(generator), &known)
    }

    fn check_prompts(&self, checked: &Checked<'_>) -> Result<(), FilmError> {
        let templates = PromptTemplates::with(&self.prompts).and_then(|templates| {
            templates.check_first(self.prompts.keys())?;
            Ok(templates)
        });
        let templates = templates.map_err(|error| {
            let family =
                self.prompts.keys().find(|name| error.to_string().contains(&format!("[prompts.{name}]")));
            let path: Vec<&str> = std::iter::once("prompts").chain(family.map(String::as_str)).collect();
            checked.error(&path, error.to_string(), error.hint())
        })?;
        let known: Vec<&str> = templates.names().collect();
        for (name, generator) in &self.generators {
            checked.one_of(&["generators", name, "family"], generator.family.as_deref(), &known)?;
        }
        Ok(())
    }

    /// Where the key at `path` stands in `text`: line and column from 1.
    pub(crate) fn place_of(text: &str, path: &[&str]) -> (usize, usize) {
        Self::found(text, path).0
    }

    /// Where the key at `path` stands in `text`, or the last of its keys that is there; and how many are. A table of a
    /// list is named by its number from 0.
    pub(crate) fn found(text: &str, path: &[&str]) -> ((usize, usize), usize) {
        let Ok(document) = text.parse::<toml_edit::Document<String>>() else { return ((1, 1), 0) };
        let (mut place, mut found) = (None, 0);
        let mut node = Node::Table(document.as_table());
        for key in path {
            let Some((at, inside)) = node.step(key) else { break };
            place = at.or(place);
            found += 1;
            node = inside;
        }
        (place.map_or((1, 1), |byte| line_and_column(text, byte)), found)
    }

    /// Reads `film.toml` from its bytes, which have to be UTF-8.
    pub(crate) fn read_bytes(file: &Path, bytes: &[u8]) -> Result<Self, FilmError> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned();
            let place = line_and_column(&before, before.len());
            let (why, hint) = ("is not UTF-8".to_owned(), Some("save it as UTF-8".to_owned()));
            FilmError::Settings { file: file.to_owned(), place, why, hint }
        })?;
        Self::read(file, text.strip_prefix('\u{feff}').unwrap_or(text))
    }

    /// Rate of the film's frames, 24 where nothing is said.
    pub fn fps(&self) -> Fps {
        self.fps.unwrap_or(Fps::FILM)
    }

    /// Size of the film's picture, 1920x1080 where nothing is said.
    pub fn raster(&self) -> Raster {
        self.raster.unwrap_or(Raster::HD)
    }

    /// Language of the dialogue, English where nothing is said.
    pub fn language(&self) -> &str {
        self.language.as_deref().unwrap_or("en")
    }
}

impl SoundSettings {
    fn check_mix(&self, checked: &Checked<'_>) -> Result<(), FilmError> {
        let ms = |length: Option<u64>| length.map(|ms| ms as f64);
        let ducking = [
            ("depth_db", self.ducking.depth_db, 0.0..=60.0),
            ("attack_ms", ms(self.ducking.attack_ms), 1.0..=5_000.0),
            ("release_ms", ms(self.ducking.release_ms), 1.0..=10_000.0),
            ("hold_ms", ms(self.ducking.hold_ms), 0.0..=10_000.0),
        ];
        for (key, value, range) in ducking {
            checked.within(&["sound", "ducking", key], value, range)?;
        }
        let levels = [
            ("dialogue_dbfs", self.levels.dialogue_dbfs, -60.0..=-6.0),
            ("music_dbfs", self.levels.music_dbfs, -60.0..=-6.0),
            ("effects_db", self.levels.effects_db, -60.0..=30.0),
            ("music_fade_ms", ms(self.levels.music_fade_ms), 0.0..=60_000.0),
            ("room_tone_db", self.levels.room_tone_db, -30.0..=20.0),
        ];
        for (key, value, range) in levels {
            checked.within(&["sound", "levels", key], value, range)?;
        }
        Ok(())
    }
}

/// libx264's presets, fastest first.
const PRESETS: [&str; 9] =
    ["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"];

/// A settings file while its values are checked.
pub(crate) struct Checked<'a> {
    file: &'a Path,
    text: &'a str,
}

impl Checked<'_> {
    pub(crate) fn error(&self, path: &[&str], why: String, hint: Option<String>) -> FilmError {
        let place = Settings::place_of(self.text, path);
        FilmError::Settings { file: self.file.to_owned(), place, why, hint }
    }

    pub(crate) fn within(
        &self,
        path: &[&str],
        value: Option<f64>,
        range: RangeInclusive<f64>,
    ) -> Result<(), FilmError> {
        match value {
            Some(value) if !range.contains(&value) => {
                let key = path.join(".");
                let why =
                    format!("{key} is {value}; it must be between {} and {}", range.start(), range.end());
                Err(self.error(path, why, None))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn one_of(&self, path: &[&str], value: Option<&str>, known: &[&str]) -> Result<(), FilmError> {
        match value {
            Some(value) if !known.contains(&value) => {
                let why = format!("{} is `{value}`", path.join("."));
                Err(self.error(path, why, Some(format!("one of {}", known.join(", ")))))
            }
            _ => Ok(()),
        }
    }
}

/// A place in a settings file.
enum Node<'a> {
    Table(&'a dyn toml_edit::TableLike),
    Tables(&'a toml_edit::ArrayOfTables),
    List(&'a toml_edit::Array),
    Leaf,
}

impl<'a> Node<'a> {
    fn of(item: &'a toml_edit::Item) -> Self {
        let table = item.as_table_like().map(Self::Table);
        let tables = item.as_array_of_tables().map(Self::Tables);
        table.or(tables).or_else(|| item.as_array().map(Self::List)).unwrap_or(Self::Leaf)
    }

    /// What stands under `key`, or under a number in a list, and the byte where it begins.
    fn step(&self, key: &str) -> Option<(Option<usize>, Self)> {
        match self {
            Self::Table(table) => {
                let (found, item) = table.get_key_value(key)?;
                Some((found.span().map(|span| span.start), Self::of(item)))
            }
            Self::Tables(tables) => {
                let table = tables.get(key.parse().ok()?)?;
                Some((table.span().map(|span| span.start), Self::Table(table)))
            }
            Self::List(list) => {
                let value = list.get(key.parse().ok()?)?;
                let inside = value.as_inline_table().map_or(Self::Leaf, |table| Self::Table(table));
                Some((value.span().map(|span| span.start), inside))
            }
            Self::Leaf => None,
        }
    }
}

/// Line and column of byte `at`, both from 1, columns in characters.
pub(crate) fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// Red, green and blue of `#rrggbb`.
pub(crate) fn rgb(colour: &str) -> Option<[u8; 3]> {
    let digits = colour.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let value = u32::from_str_radix(digits, 16).ok()?;
    let [_, red, green, blue] = value.to_be_bytes();
    Some([red, green, blue])
}

fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().to_owned()
}
