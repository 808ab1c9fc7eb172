//! A new film folder.

use std::fs;
use std::path::Path;

use crate::folder::write_whole;
use crate::{FilmError, Folder};

const SCRIPT: &str = "\
Title: TITLE
Credit: written by
Author: you

INT. ROOM - NIGHT

A lamp on a table. NORA (40) looks at the telephone. ELIAS (45) looks at her.

NORA
Is it always this quiet?

ELIAS
(beat)
It was, until you asked.
";

const SETTINGS: &str = "\
# The standing orders of the film. Every key is optional; docs/film-toml.md lists them all.
language = \"en\"
fps = \"24\"
raster = \"1920x1080\"

[look]
style = \"\"

[cast.NORA]
looks = \"a woman of forty in a green dress\"

[cast.ELIAS]
looks = \"a man of forty-five, grey coat, beard\"
";

const IGNORE: &str = "/.soundlock/\n/out/\n";

const FOLDERS: [&str; 5] = ["voices", "music", "effects", "references", "consents"];

impl Folder {
    /// Makes a new film folder with a script to write on.
    pub fn create(folder: &Path) -> Result<Self, FilmError> {
        if folder.join("film.toml").exists() || folder.join("script.fountain").exists() {
            return Err(FilmError::FolderTaken { folder: folder.to_owned() });
        }
        for name in FOLDERS {
            let path = folder.join(name);
            fs::create_dir_all(&path).map_err(FilmError::io(&path))?;
        }
        let absolute = std::path::absolute(folder).map_err(FilmError::io(folder))?;
        let name = absolute.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let title = name.replace(['-', '_'], " ");
        write_whole(&folder.join("script.fountain"), SCRIPT.replace("TITLE", &title).as_bytes())?;
        write_whole(&folder.join(".gitignore"), IGNORE.as_bytes())?;
        // Last: a folder is a film from the moment it has this file.
        write_whole(&folder.join("film.toml"), SETTINGS.as_bytes())?;
        Self::find(folder)
    }
}
