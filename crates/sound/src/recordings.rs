use std::cmp::Ordering;
use std::fs;
use std::path::{Path, PathBuf};

use unicode_normalization::UnicodeNormalization;

use crate::SoundError;

/// Ends of file names that a recording may have, those of recorders, telephones and cameras among them.
const ENDINGS: [&str; 20] = [
    "wav", "flac", "mp3", "m4a", "ogg", "opus", "aiff", "aif", "aifc", "aac", "amr", "bwf", "caf", "mka",
    "mov", "mp4", "oga", "w64", "webm", "wma",
];

/// The sound files below `voices/`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recordings {
    /// Paths below the film folder (or absolute ones) with `/` between their parts, in natural order of name without ending, then of path.
    pub files: Vec<String>,
    /// What lies there and cannot be looked at, with why: a clause that begins with a verb.
    pub passed_over: Vec<(String, String)>,
}

/// The sound files below `voices/` in `folder`; none where there is no such folder.
pub fn find_recordings(folder: &Path) -> Result<Recordings, SoundError> {
    let voices = folder.join("voices");
    if voices.is_dir() { found(&voices, "voices") } else { Ok(Recordings::default()) }
}

/// The sound files below any folder, which is given as an absolute path; the files are then too.
pub fn find_recordings_in(folder: &Path) -> Result<Recordings, SoundError> {
    found(folder, &folder.to_string_lossy())
}

fn found(folder: &Path, name: &str) -> Result<Recordings, SoundError> {
    let failed = |source| SoundError::Io { file: folder.to_owned(), source };
    let entries = fs::read_dir(folder).map_err(failed)?;
    let mut search = Search { recordings: Recordings::default(), above: Vec::new() };
    search.folder(folder, name, entries);
    let mut recordings = search.recordings;
    recordings.files.sort_by(|a, b| natural(stem_of(a), stem_of(b)).then_with(|| natural(a, b)));
    recordings.passed_over.sort();
    Ok(recordings)
}

struct Search {
    recordings: Recordings,
    /// The folders on the way down, as they are without links: a link that leads back up must not hang us.
    above: Vec<PathBuf>,
}

impl Search {
    fn folder(&mut self, folder: &Path, below: &str, entries: fs::ReadDir) {
        self.above.push(fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned()));
        for entry in entries {
            match entry {
                Ok(entry) => self.entry(&entry, below),
                Err(error) => self.pass_over(below, format!("cannot be read to its end: {error}")),
            }
        }
        self.above.pop();
    }

    fn entry(&mut self, entry: &fs::DirEntry, below: &str) {
        let name = entry.file_name();
        let shown = format!("{below}/{}", name.to_string_lossy());
        // `.name` is what systems leave behind.
        if name.as_encoded_bytes().starts_with(b".") {
            return;
        }
        let path = entry.path();
        let Some(name) = name.to_str() else {
            if path.is_dir() || is_sound(&name.to_string_lossy()) {
                let why = "has a name that is not UTF-8, which sound.lock cannot hold; name it anew";
                self.pass_over(&shown, why.to_owned());
            }
            return;
        };
        if !path.is_dir() {
            if is_sound(name) {
                self.recordings.files.push(shown);
            }
            return;
        }
        let real = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        if self.above.iter().any(|above| above.starts_with(&real)) {
            self.pass_over(&shown, "is a link that leads back to a folder that it lies in".to_owned());
            return;
        }
        match fs::read_dir(&path) {
            Ok(entries) => self.folder(&path, &shown, entries),
            Err(error) => self.pass_over(&shown, format!("cannot be opened: {error}")),
        }
    }

    fn pass_over(&mut self, name: &str, why: String) {
        self.recordings.passed_over.push((name.to_owned(), why));
    }
}

/// `text` as names are compared: macOS takes letters apart (`ㅁㅣㄴㅏ` for `민아`), others do not.
pub(crate) fn composed(text: &str) -> String {
    text.nfc().collect()
}

fn is_sound(name: &str) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known))
}

fn name_of(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

pub(crate) fn stem_of(path: &str) -> &str {
    let name = name_of(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// Whether `stem` is `id`, or `id` and then something that cannot belong to a number: `12.03` begins `12.03_t2`,
/// never `12.03A` nor `12.031`.
pub(crate) fn name_begins_with(stem: &str, id: &str) -> bool {
    stem.strip_prefix(id).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

/// Order in which a person counts: `take 9` before `take 10`.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut a_rest, mut b_rest) = (a, b);
    while !a_rest.is_empty() && !b_rest.is_empty() {
        let (a_part, b_part);
        (a_part, a_rest) = split_part(a_rest);
        (b_part, b_rest) = split_part(b_rest);
        let order = compare_parts(a_part, b_part);
        if order.is_ne() {
            return order;
        }
    }
    // Equal but for zeros in front (`t2`, `t02`): any fixed order will do.
    a_rest.len().cmp(&b_rest.len()).then_with(|| a.cmp(b))
}

/// The digits, or the rest up to digits, that `text` begins with.
fn split_part(text: &str) -> (&str, &str) {
    let digits = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(text.len());
    text.split_at(end)
}

fn compare_parts(a: &str, b: &str) -> Ordering {
    let is_number = |part: &str| part.starts_with(|c: char| c.is_ascii_digit());
    if is_number(a) && is_number(b) {
        let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
        return a.len().cmp(&b.len()).then_with(|| a.cmp(b));
    }
    a.to_lowercase().cmp(&b.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(files: &[&str], found: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join("voices").join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let found: Vec<String> = found.iter().map(|name| format!("voices/{name}")).collect();
        assert_eq!(find_recordings(folder.path()).unwrap().files, found);
    }

    #[test]
    fn takes_stand_in_natural_order() {
        check(
            &["12.03 take 10.wav", "12.03 take 9.wav", "12.03.mp3", "later/12.03 take 2.wav"],
            &["12.03.mp3", "later/12.03 take 2.wav", "12.03 take 9.wav", "12.03 take 10.wav"],
        );
    }

    #[test]
    fn only_sound_is_taken() {
        check(&["notes.txt", "._12.03.wav", "12.03.WAV", "a.opus", ".DS_Store"], &["12.03.WAV", "a.opus"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_back_and_names_that_are_no_text_are_told() {
        use std::os::unix::ffi::OsStrExt;
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let voices = folder.path().join("voices");
        fs::create_dir_all(voices.join("day one")).unwrap();
        fs::write(voices.join("day one/a.wav"), "").unwrap();
        symlink("../..", voices.join("day one/back")).unwrap();
        symlink("day one", voices.join("same day")).unwrap();
        symlink("itself.wav", voices.join("itself.wav")).unwrap();
        fs::write(voices.join(std::ffi::OsStr::from_bytes(b"\xff.wav")), "").unwrap();
        let found = find_recordings(folder.path()).unwrap();
        assert_eq!(
            found.files,
            ["voices/day one/a.wav", "voices/same day/a.wav", "voices/itself.wav"],
            "a link to another folder is one more folder"
        );
        let told: Vec<&str> = found.passed_over.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(told, ["voices/day one/back", "voices/same day/back", "voices/\u{fffd}.wav"], "{found:?}");
    }

    #[test]
    fn no_folder_is_no_recordings() {
        assert_eq!(find_recordings(Path::new("/nowhere")).unwrap(), Recordings::default());
    }
}
