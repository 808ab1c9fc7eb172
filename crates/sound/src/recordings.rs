use std::cmp::Ordering;
use std::fs;
use std::path::Path;

use crate::SoundError;

/// Ends of file names that a recording may have.
const ENDINGS: [&str; 8] = ["wav", "flac", "mp3", "m4a", "ogg", "opus", "aiff", "aif"];

/// The sound files below `voices/`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recordings {
    /// Paths below the film folder (or absolute ones) with `/` between their parts, in natural order of name without ending, then of path.
    pub files: Vec<String>,
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
    let mut files = Vec::new();
    collect(folder, name, 0, &mut files)?;
    files.sort_by(|a, b| natural(stem_of(a), stem_of(b)).then_with(|| natural(a, b)));
    Ok(Recordings { files })
}

/// How deep folders are looked into: a link that leads back up must not hang us.
const DEPTH: usize = 16;

fn collect(folder: &Path, below: &str, depth: usize, files: &mut Vec<String>) -> Result<(), SoundError> {
    let failed = |source| SoundError::Io { file: folder.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        // A name that is not text cannot stand in sound.lock, and `.name` is what systems leave behind.
        let Ok(name) = entry.file_name().into_string() else { continue };
        if name.starts_with('.') {
            continue;
        }
        let path = format!("{below}/{name}");
        if entry.path().is_dir() {
            if depth < DEPTH {
                collect(&entry.path(), &path, depth + 1, files)?;
            }
        } else if is_sound(&name) {
            files.push(path);
        }
    }
    Ok(())
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

    #[test]
    fn no_folder_is_no_recordings() {
        assert_eq!(find_recordings(Path::new("/nowhere")).unwrap(), Recordings::default());
    }
}
