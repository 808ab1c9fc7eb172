//! A film folder with recordings that are drawn, to lock and mix in tests.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file uses its part; a test film that cannot be made is a failed test"
)]

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc, Mutex};

use soundlock_picture::{Limits, Tools};
use soundlock_script::{Action, Beat, Direction, Heading, Line, Pause, Scene, Screenplay, Span, TitlePage};
use soundlock_sound::{
    Espeak, FileHashes, HeardLevels, LockedSound, Mix, SoundContext, SoundError, SoundRules, UsedKeys,
    find_recordings, lock, mix,
};
use soundlock_time::{Fps, SampleRate};
use soundlock_vault::{Cancel, Clock, Event, Reporter, Vault};

/// A film folder with a script in hand.
pub(crate) struct TestFilm {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) scenes: Vec<Scene>,
    pub(crate) rules: SoundRules,
    /// No voice speaks where a test does not ask for it: a hum is quick and the same everywhere.
    pub(crate) espeak: Option<Espeak>,
    pub(crate) heard: Arc<Heard>,
    pub(crate) cancel: Cancel,
}

#[derive(Default)]
pub(crate) struct Heard(pub(crate) Mutex<Vec<Event>>);

impl Reporter for Heard {
    fn report(&self, event: Event) {
        self.0.lock().unwrap().push(event);
    }
}

pub(crate) fn span() -> Span {
    Span { bytes: 0..1, lines: 12..13 }
}

impl TestFilm {
    pub(crate) fn new() -> Self {
        let rules =
            SoundRules { title_frames: 24, credit_frames: vec![24], ..SoundRules::standard(Fps::FILM, "en") };
        let folder = tempfile::tempdir().unwrap();
        Self { folder, scenes: Vec::new(), rules, espeak: None, heard: Arc::default(), cancel: Cancel::new() }
    }

    pub(crate) fn scene(mut self) -> Self {
        let id = (self.scenes.len() + 1).to_string().parse().unwrap();
        let heading =
            Heading { text: "INT. ROOM".into(), setting: None, place: "ROOM".into(), time: String::new() };
        self.scenes.push(Scene { id, heading, beats: Vec::new(), span: span() });
        self
    }

    pub(crate) fn beat(mut self, beat: Beat) -> Self {
        self.scenes.last_mut().unwrap().beats.push(beat);
        self
    }

    pub(crate) fn line(self, character: &str, text: &str) -> Self {
        let scene = self.scenes.last().unwrap();
        let id = format!("{}.{:02}", scene.id, scene.lines().count() + 1).parse().unwrap();
        self.beat(Beat::Line(Line {
            id,
            character: character.into(),
            extensions: Vec::new(),
            text: text.into(),
            parentheticals: Vec::new(),
            sung: false,
            dual: None,
            span: span(),
        }))
    }

    pub(crate) fn action(self, text: &str) -> Self {
        self.beat(Beat::Action(Action { text: text.into(), span: span() }))
    }

    pub(crate) fn pause(self, frames: u32) -> Self {
        self.beat(Beat::Direction(Direction::Pause { length: Pause::Frames(frames), span: span() }))
    }

    pub(crate) fn music(self, file: &str) -> Self {
        self.beat(Beat::Direction(Direction::Music { file: Some(file.into()), span: span() }))
    }

    pub(crate) fn effect(self, file: &str) -> Self {
        self.beat(Beat::Direction(Direction::Effect { file: file.into(), span: span() }))
    }

    /// Puts a tone into the film folder, with silence of half a second before and after.
    pub(crate) fn tone(self, path: &str, shape: Tone) -> Self {
        let file = self.folder.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        shape.write(&file);
        self
    }

    pub(crate) fn put(self, path: &str, bytes: &[u8]) -> Self {
        let file = self.folder.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, bytes).unwrap();
        self
    }

    pub(crate) fn with<T>(&self, work: impl FnOnce(&SoundContext<'_>) -> T) -> T {
        let clock: Clock = Arc::new(|| "2031-05-04T18:00:00Z".to_owned());
        let vault = Vault::open(&self.folder.path().join(".soundlock"), clock).unwrap();
        let tools = Tools::find("ffmpeg", "ffprobe").unwrap();
        work(&SoundContext {
            folder: self.folder.path(),
            vault: &vault,
            tools: &tools,
            limits: Limits::GENEROUS,
            espeak: self.espeak.as_ref(),
            reporter: &*self.heard,
            cancel: &self.cancel,
            workers: NonZeroUsize::new(2).unwrap(),
            used: &UsedKeys::new(),
            hashes: &FileHashes::new(),
            levels: &HeardLevels::new(),
        })
    }

    pub(crate) fn screenplay(&self) -> Screenplay {
        Screenplay { title_page: TitlePage::default(), scenes: self.scenes.clone() }
    }

    pub(crate) fn lock_after(&self, previous: Option<&LockedSound>) -> Result<LockedSound, SoundError> {
        let recordings = find_recordings(self.folder.path())?;
        self.with(|context| lock(&self.screenplay(), &self.rules, &recordings, previous, context))
    }

    pub(crate) fn lock(&self) -> LockedSound {
        self.lock_after(None).unwrap()
    }

    pub(crate) fn mix(&self, locked: &LockedSound) -> Mix {
        self.with(|context| mix(locked, &self.rules, context)).unwrap()
    }

    pub(crate) fn warnings(&self) -> Vec<String> {
        let events = self.heard.0.lock().unwrap();
        let messages = events.iter().filter_map(|event| match event {
            Event::Warning { message, .. } => Some(message.clone()),
            _ => None,
        });
        messages.collect()
    }
}

/// A tone of a second.
#[derive(Clone, Copy)]
pub(crate) struct Tone {
    pub(crate) hz: u32,
    pub(crate) channels: u16,
    pub(crate) level: f32,
    pub(crate) seconds: f32,
}

pub(crate) const VOICE: Tone = Tone { hz: 48_000, channels: 1, level: 0.2, seconds: 1.0 };

impl Tone {
    pub(crate) fn write(self, file: &Path) {
        let spec = hound::WavSpec {
            channels: self.channels,
            sample_rate: self.hz,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(file, spec).unwrap();
        let (quiet, loud) = (self.hz / 2, (self.hz as f32 * self.seconds) as u32);
        for n in 0..2 * quiet + loud {
            let sounds = (quiet..quiet + loud).contains(&n);
            let turn = n as f32 * 440.0 * std::f32::consts::TAU / self.hz as f32;
            let value = if sounds { self.level * libm::sinf(turn) } else { 0.0 };
            for _ in 0..self.channels {
                writer.write_sample((value * 32_767.0) as i16).unwrap();
            }
        }
        writer.finalize().unwrap();
    }
}

/// Values of a file of the mix.
pub(crate) fn values(object: &soundlock_vault::Object) -> Vec<i32> {
    hound::WavReader::open(&object.path).unwrap().samples::<i32>().map(Result::unwrap).collect()
}

/// What espeak-ng says, 22,050 samples a second, without the silence around it.
pub(crate) fn said(voice: &str, text: &str) -> Vec<f32> {
    let answer = std::process::Command::new("espeak-ng")
        .args(["-v", voice, "-s", "150", "--stdout", text])
        .output()
        .unwrap()
        .stdout;
    let values = answer[44..].chunks_exact(2).map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_768.0);
    let mut values: Vec<f32> = values.collect();
    let loud = |value: &f32| value.abs() > 0.004;
    let (first, last) = (values.iter().position(loud).unwrap(), values.iter().rposition(loud).unwrap());
    values.truncate(last + 1);
    values.split_off(first)
}

/// A recording of many lines with a hiss in its room, and where each is in seconds. Each has its pause before it.
pub(crate) fn session(parts: &[(&str, &str, f32)]) -> (Vec<u8>, Vec<(f64, f64)>) {
    let (mut sound, mut places) = (Vec::new(), Vec::new());
    let hz = 22_050.0;
    for (voice, text, pause) in parts {
        sound.resize(sound.len() + (pause * hz) as usize, 0.0);
        let start = sound.len();
        sound.extend(said(voice, text));
        places.push((start as f64 / f64::from(hz), sound.len() as f64 / f64::from(hz)));
    }
    sound.resize(sound.len() + 22_050, 0.0);
    let mut state = 1_u32;
    for value in &mut sound {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *value += (state >> 8) as f32 / 16_777_216.0 * 0.004 - 0.002;
    }
    (soundlock_testing::wav(SampleRate::new(22_050).unwrap(), &sound), places)
}
