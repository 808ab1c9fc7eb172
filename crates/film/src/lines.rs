//! The readings of lines: what the recordings hold, and which the director chose.

use std::path::{Path, PathBuf};

use soundlock_script::LineId;
use soundlock_script::html::address;
use soundlock_sound::{
    LineReadings, Readings, Recordings, find_recordings, find_recordings_in, outlines, readings,
    readings_page,
};
use toml_edit::{DocumentMut, Item, Table, value};

use crate::folder::{read_if_there, write_whole};
use crate::settings::{LineSettings, Settings};
use crate::{Film, FilmError};

impl Film {
    /// What the recordings in `voices/` hold of the script.
    pub fn readings(&self) -> Result<Readings, FilmError> {
        self.readings_in(&find_recordings(self.folder.root())?)
    }

    /// What the recordings in any folder hold of the script.
    pub fn readings_below(&self, folder: &Path) -> Result<Readings, FilmError> {
        let absolute = std::path::absolute(folder).map_err(FilmError::io(folder))?;
        if !absolute.is_dir() {
            return Err(FilmError::NoFolder { folder: folder.to_owned() });
        }
        let mut recordings = find_recordings_in(&absolute)?;
        // What lies in the film is named as everywhere else.
        let root = format!("{}/", self.folder.root().display());
        for file in &mut recordings.files {
            if let Some(below) = file.strip_prefix(&root) {
                *file = below.to_owned();
            }
        }
        self.readings_in(&recordings)
    }

    fn readings_in(&self, recordings: &Recordings) -> Result<Readings, FilmError> {
        Ok(readings(&self.screenplay, &self.sound_rules()?, recordings, &self.sound_context())?)
    }

    /// Writes the page on which `readings` can be heard, `out/recordings.html` where no other place is named; gives
    /// where it lies.
    pub fn write_readings_page(
        &self,
        readings: &Readings,
        file: Option<&Path>,
    ) -> Result<PathBuf, FilmError> {
        let page = file.map_or_else(|| self.folder.out().join("recordings.html"), Path::to_owned);
        let at = page.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::create_dir_all(at).map_err(FilmError::io(at))?;
        // Beside the film a page finds recordings by the way from it to them, so that the folder can be moved.
        let beside = std::path::absolute(at).is_ok_and(|at| at == self.folder.out());
        let link = |recording: &str| {
            if beside && !Path::new(recording).is_absolute() {
                format!("../{}", address(recording))
            } else {
                format!("file://{}", address(&self.folder.root().join(recording).to_string_lossy()))
            }
        };
        let outlines = outlines(readings, &self.sound_context())?;
        let text = readings_page(readings, &outlines, &self.screenplay, &self.title(), &link);
        write_whole(&page, text.as_bytes())?;
        Ok(page)
    }

    /// The number of a line of the script.
    pub fn line_id(&self, text: &str) -> Result<LineId, FilmError> {
        let ids = || self.screenplay.lines().map(|(_, line)| &line.id);
        let found = ids().find(|id| id.as_str().eq_ignore_ascii_case(text.trim()));
        found.cloned().ok_or_else(|| {
            let scene = text.split('.').next().unwrap_or_default();
            let of_scene = ids().filter(|id| id.as_str().split('.').next() == Some(scene));
            let like = of_scene.take(6).map(ToString::to_string).collect();
            FilmError::NoSuchLine { line: text.to_owned(), like }
        })
    }

    /// The reading of this number, from 1, as `film.toml` says it: by its file and its number there, so that another
    /// recording changes nothing.
    pub fn take_of_line(line: &LineReadings, take: u32) -> Result<LineSettings, FilmError> {
        let no_such_take =
            || FilmError::NoSuchReading { line: line.id.clone(), take, has: line.readings.len() };
        let index = (take as usize).checked_sub(1).ok_or_else(no_such_take)?;
        let reading = line.readings.get(index).ok_or_else(no_such_take)?;
        let same_file = |other: &&soundlock_sound::Reading| other.file == reading.file;
        let in_file = line.readings.iter().filter(same_file).count();
        let before = line.readings[..index].iter().filter(same_file).count();
        let take = (in_file > 1).then_some(before as u32 + 1);
        Ok(LineSettings { file: Some(reading.file.clone()), take, ..LineSettings::default() })
    }

    /// Writes into `film.toml` which reading of a line is laid; `None` leaves it to the measurements again. The rest of
    /// the file stays as it is written.
    pub fn choose_line(&self, line: &LineId, choice: Option<&LineSettings>) -> Result<(), FilmError> {
        let file = self.folder.settings();
        let bytes = read_if_there(&file)?.unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let parsed = text.parse::<DocumentMut>();
        let mut document = parsed.map_err(|error| {
            let place =
                error.span().map_or((1, 1), |span| crate::settings::line_and_column(&text, span.start));
            FilmError::Settings { file: file.clone(), place, why: error.message().to_owned(), hint: None }
        })?;
        set_line(&mut document, line.as_str(), choice);
        let text = document.to_string();
        // What is written must be read back: a folder that no command opens any more would be worse than no choice.
        Settings::read(&file, &text)?;
        write_whole(&file, text.as_bytes())?;
        Ok(())
    }
}

fn set_line(document: &mut DocumentMut, line: &str, choice: Option<&LineSettings>) {
    let Some(choice) = choice else {
        let emptied = document.get_mut("lines").and_then(Item::as_table_like_mut).is_some_and(|lines| {
            lines.remove(line);
            lines.is_empty()
        });
        if emptied {
            document.remove("lines");
        }
        return;
    };
    let mut chosen = Table::new();
    if let Some(file) = &choice.file {
        chosen.insert("file", value(file));
    }
    if let Some(take) = choice.take {
        chosen.insert("take", value(i64::from(take)));
    }
    for (key, secs) in [("in", choice.begins), ("out", choice.ends)] {
        if let Some(secs) = secs {
            chosen.insert(key, value(secs));
        }
    }
    let lines = document.entry("lines").or_insert_with(|| {
        let mut lines = Table::new();
        lines.set_implicit(true);
        Item::Table(lines)
    });
    if let Some(lines) = lines.as_table_like_mut() {
        lines.insert(line, Item::Table(chosen));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: &str, choice: Option<&LineSettings>, after: &str) {
        let mut document: DocumentMut = before.parse().unwrap();
        set_line(&mut document, "12.03", choice);
        assert_eq!(document.to_string(), after);
        Settings::read(Path::new("film.toml"), after).unwrap();
    }

    #[test]
    fn a_choice_is_written_beside_what_stands_there() {
        let take =
            |file: &str, take| LineSettings { file: Some(file.to_owned()), take, ..LineSettings::default() };
        let film = "# my film\ntitle = \"Rain\" # working title\n";
        let chosen = format!("{film}\n[lines.\"12.03\"]\nfile = \"voices/a.wav\"\n");
        check(film, Some(&take("voices/a.wav", None)), &chosen);
        check(&chosen, None, film);
        let second = format!("{film}\n[lines.\"12.03\"]\nfile = \"voices/b.wav\"\ntake = 2\n");
        check(&chosen, Some(&take("voices/b.wav", Some(2))), &second);
        let part = LineSettings { begins: Some(1.5), ends: Some(2.25), ..take("voices/b.wav", None) };
        check(
            film,
            Some(&part),
            &format!("{film}\n[lines.\"12.03\"]\nfile = \"voices/b.wav\"\nin = 1.5\nout = 2.25\n"),
        );
        check(film, None, film);
        let other = "[lines]\n\"1.01\" = { take = 2 }\n";
        check(&format!("{other}\"12.03\" = {{ take = 1 }}\n"), None, other);
    }
}
