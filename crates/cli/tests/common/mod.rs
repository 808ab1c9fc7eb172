//! Small film folders, and the program run on them as a person would.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file uses its part; what cannot be had fails the test"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_soundlock");

/// Two rooms, two people, one effect: about twelve seconds.
pub(crate) const TWO_ROOMS: &str = "\
Title: Two Rooms
Author: a test

INT. KITCHEN - NIGHT

MINA waits at the window.

MINA
You said the train leaves at six.

JONAS
It did. Yesterday.

[[sfx: door.wav]]

EXT. STREET - NIGHT

JONAS
So we walk?
";

/// Small and quick, so that a test waits for what it tests.
pub(crate) const SMALL: &str = "\
language = \"en\"
raster = \"192x108\"
[plan]
title_secs = 1.0
[finish]
preset = \"ultrafast\"
";

/// A film folder in a temporary place.
pub(crate) struct Film {
    root: tempfile::TempDir,
}

/// What a run said and how it ended.
pub(crate) struct Run {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: Option<i32>,
}

impl Film {
    /// A film of this script and these orders.
    pub(crate) fn new(script: &str, settings: &str) -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("script.fountain"), script).unwrap();
        fs::write(root.path().join("film.toml"), settings).unwrap();
        Self { root }
    }

    /// The usual small film, its effect drawn.
    pub(crate) fn two_rooms() -> Self {
        let film = Self::new(TWO_ROOMS, SMALL);
        fs::create_dir(film.folder().join("effects")).unwrap();
        fs::write(film.folder().join("effects/door.wav"), wav(12_000)).unwrap();
        film
    }

    pub(crate) fn folder(&self) -> &Path {
        self.root.path()
    }

    pub(crate) fn write(&self, file: &str, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.folder().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.folder().join(file)).unwrap()
    }

    /// Runs the program on this film.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        run(Command::new(PROGRAM).arg("--film").arg(self.folder()).args(arguments), self.folder())
    }

    /// Every file that the program wrote for people, by name, as a hash of its bytes.
    pub(crate) fn deliveries(&self) -> BTreeMap<PathBuf, String> {
        let mut files = BTreeMap::new();
        for part in ["out", "sound.lock", "cuts.toml"] {
            collect(self.folder(), &self.folder().join(part), &mut files);
        }
        files
    }
}

/// Runs `command`; the folder's own path reads `[film]` in what it says.
pub(crate) fn run(command: &mut Command, folder: &Path) -> Run {
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| {
        let path = folder.display().to_string();
        String::from_utf8_lossy(bytes).replace(&path, "[film]")
    };
    Run { stdout: text(&output.stdout), stderr: text(&output.stderr), code: output.status.code() }
}

impl Run {
    /// Fails the test when the run did not end with this code.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn done(self) -> Self {
        self.ends(0)
    }

    /// Fails the test when neither output holds `words`.
    #[track_caller]
    pub(crate) fn says(self, words: &str) -> Self {
        let said = self.stdout.contains(words) || self.stderr.contains(words);
        assert!(said, "`{words}` is not in stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }
}

fn collect(root: &Path, path: &Path, files: &mut BTreeMap<PathBuf, String>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            collect(root, &entry.unwrap().path(), files);
        }
    } else {
        let hash = soundlock_vault::hash_file(path).unwrap().to_string();
        files.insert(path.strip_prefix(root).unwrap().to_owned(), hash);
    }
}

/// A short noise as WAV: 48 kHz, 16 bits, one channel.
pub(crate) fn wav(samples: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(b"RIFF");
    bytes.extend((36 + samples * 2).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(48_000_u32.to_le_bytes());
    bytes.extend(96_000_u32.to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend((samples * 2).to_le_bytes());
    let mut state = 1_u32;
    for index in 0..samples {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let fade = (samples - index) as f32 / samples as f32;
        let value = (state >> 16) as u16 as i16;
        bytes.extend(((f32::from(value) * 0.2 * fade) as i16).to_le_bytes());
    }
    bytes
}
