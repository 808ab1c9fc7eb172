use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use soundlock_script::{LineId, Screenplay};

use crate::SoundError;

/// Ends of file names that a recording may have.
const ENDINGS: [&str; 8] = ["wav", "flac", "mp3", "m4a", "ogg", "opus", "aiff", "aif"];

/// The sound files below `voices/`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recordings {
    /// Paths below the film folder with `/` between their parts, in natural order of name without ending, then of path.
    pub files: Vec<String>,
}

/// Recordings by the line that their names begin with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordedLines {
    /// For each recorded line its files in natural order; the last one is used.
    pub takes: BTreeMap<LineId, Vec<String>>,
    /// Files whose name begins with no line of the script.
    pub strangers: Vec<String>,
}

/// The sound files below `voices/` in `folder`; none where there is no such folder.
pub fn find_recordings(folder: &Path) -> Result<Recordings, SoundError> {
    let mut files = Vec::new();
    let voices = folder.join("voices");
    if voices.is_dir() {
        collect(&voices, "voices", 0, &mut files)?;
    }
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

impl Recordings {
    /// Which file is which line's, by the longest line number that the file's name begins with.
    pub fn of_lines(&self, screenplay: &Screenplay) -> RecordedLines {
        let lines: Vec<(String, &LineId)> =
            screenplay.lines().map(|(_, line)| (line.id.as_str().to_lowercase(), &line.id)).collect();
        let mut recorded = RecordedLines::default();
        for file in &self.files {
            let stem = stem_of(file).to_lowercase();
            let named = lines.iter().filter(|(id, _)| name_begins_with(&stem, id));
            match named.max_by_key(|(id, _)| id.len()) {
                Some((_, id)) => recorded.takes.entry((*id).clone()).or_default().push(file.clone()),
                None => recorded.strangers.push(file.clone()),
            }
        }
        recorded
    }
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
    use crate::testfilm::Script;

    fn check(ids: &[&str], files: &[&str], of: &[(&str, &[&str])], strangers: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join("voices").join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let script =
            ids.iter().fold(Script::new().scene(), |script, id| script.line_with_id(id, "MINA", "Hi."));
        let recorded = find_recordings(folder.path()).unwrap().of_lines(&script.done());
        let full = |names: &[&str]| names.iter().map(|name| format!("voices/{name}")).collect::<Vec<_>>();
        let wanted: BTreeMap<LineId, Vec<String>> =
            of.iter().map(|(id, names)| (id.parse().unwrap(), full(names))).collect();
        assert_eq!(recorded.takes, wanted);
        assert_eq!(recorded.strangers, full(strangers));
    }

    #[test]
    fn files_belong_to_the_line_that_their_name_begins_with() {
        check(
            &["12.03", "12.03A", "1-3.02", "A12.01"],
            &["12.03.wav", "12.03A.WAV", "1-3.02 good.flac", "a12.01.opus", "notes.txt", "._12.03.wav"],
            &[
                ("12.03", &["12.03.wav"]),
                ("12.03A", &["12.03A.WAV"]),
                ("1-3.02", &["1-3.02 good.flac"]),
                ("A12.01", &["a12.01.opus"]),
            ],
            &[],
        );
    }

    #[test]
    fn the_last_take_in_natural_order_comes_last() {
        check(
            &["12.03"],
            &["12.03 take 10.wav", "12.03 take 9.wav", "12.03.mp3", "later/12.03 take 2.wav"],
            &[("12.03", &["12.03.mp3", "later/12.03 take 2.wav", "12.03 take 9.wav", "12.03 take 10.wav"])],
            &[],
        );
    }

    #[test]
    fn files_of_no_line_are_listed() {
        check(
            &["12.03"],
            &["12.031.wav", "12.03B.wav", "2.03.wav", "mina.wav"],
            &[],
            &["2.03.wav", "12.03B.wav", "12.031.wav", "mina.wav"],
        );
    }

    #[test]
    fn no_folder_is_no_recordings() {
        assert_eq!(find_recordings(Path::new("/nowhere")).unwrap(), Recordings::default());
    }
}
