//! The screenplay: checked, counted, and as a cue sheet for the actors.

use std::path::{Path, PathBuf};

use serde::Serialize;
use soundlock_film::{FilmError, Folder, read_film_script};
use soundlock_script::{Counts, Finding, Fountain, KnownIds, Screenplay, Severity, cue_sheet};

use crate::args::{Arguments, Script};
use crate::exit::{Exit, Failure};
use crate::output::Output;

pub(super) fn run(arguments: &Arguments, script: &Script, output: &Output) -> Result<Exit, Failure> {
    match script {
        Script::Check { file } => check(arguments, file.as_deref(), output),
        Script::Cues { file, out } => cues(arguments, file.as_deref(), out.as_deref(), output),
        Script::Draft(draft) => super::assistant::draft(arguments, draft, output),
        Script::Suggest(suggest) => super::assistant::suggest(arguments, suggest, output),
        Script::Credits => super::assistant::credits(arguments, output),
    }
}

/// A screenplay that was read, of a film or alone.
struct Read {
    file: PathBuf,
    fountain: Fountain,
    counts: Counts,
    screenplay: Screenplay,
    findings: Vec<Finding>,
}

fn read(arguments: &Arguments, file: Option<&Path>) -> Result<Read, Failure> {
    let Some(file) = file else {
        let folder = Folder::find(&arguments.film)?;
        let (fountain, screenplay, findings) = read_film_script(&folder)?;
        let counts = Counts::of(&fountain);
        return Ok(Read { file: folder.script(), fountain, counts, screenplay, findings });
    };
    let bytes = std::fs::read(file).map_err(|source| FilmError::Io { file: file.to_owned(), source })?;
    let fountain = Fountain::read(&bytes, &[]);
    let (screenplay, findings) = Screenplay::from_fountain(&fountain, &KnownIds::default());
    let counts = Counts::of(&fountain);
    Ok(Read { file: file.to_owned(), fountain, counts, screenplay, findings })
}

fn check(arguments: &Arguments, file: Option<&Path>, output: &Output) -> Result<Exit, Failure> {
    #[derive(Serialize)]
    struct Report<'a> {
        file: &'a Path,
        #[serde(flatten)]
        counts: &'a Counts,
        characters: Vec<&'a str>,
        findings: &'a [Finding],
    }
    let read = read(arguments, file)?;
    let mut characters: Vec<&str> =
        read.screenplay.lines().map(|(_, line)| line.character.as_str()).collect();
    characters.sort_unstable();
    characters.dedup();
    let (counts, findings) = (&read.counts, &read.findings[..]);
    output.object("script", &Report { file: &read.file, counts, characters, findings })?;
    let file = read.file.display();
    say_findings(&read.file, findings, output)?;
    output.line(format!(
        "{file}: {} scene headings, {} character cues, {} dialogue lines, {} transitions, {} sections, {} synopses, \
         {} notes; {} findings",
        counts.scene_headings,
        counts.character_cues,
        counts.dialogue_lines,
        counts.transitions,
        counts.sections,
        counts.synopses,
        counts.notes,
        findings.len()
    ))?;
    let wrong = findings.iter().any(|finding| finding.severity == Severity::Error);
    Ok(if wrong { Exit::NotReady } else { Exit::Done })
}

/// What a script's reader found, line by line.
pub(super) fn say_findings(file: &Path, findings: &[Finding], output: &Output) -> Result<(), Failure> {
    for finding in findings {
        let word = match finding.severity {
            Severity::Hint => "hint",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        output.line(format!(
            "{}:{}: {word}: {} [{}]",
            file.display(),
            finding.span.lines.start,
            finding.message,
            finding.rule
        ))?;
        if let Some(hint) = &finding.hint {
            output.line(format!("    {hint}"))?;
        }
    }
    Ok(())
}

fn cues(
    arguments: &Arguments,
    file: Option<&Path>,
    out: Option<&Path>,
    output: &Output,
) -> Result<Exit, Failure> {
    let read = read(arguments, file)?;
    let folder = match (out, file) {
        (Some(out), _) => out.to_owned(),
        (None, Some(_)) => PathBuf::from("."),
        (None, None) => Folder::find(&arguments.film)?.out(),
    };
    let title = read.screenplay.title_page.field("title").unwrap_or_default();
    let sheet = cue_sheet(&read.fountain, &read.screenplay, &title);
    let io = |file: &Path| {
        let file = file.to_owned();
        move |source| Failure::Film(FilmError::Io { file, source })
    };
    for (name, bytes) in sheet.files() {
        let file = folder.join(name);
        let place = file.parent().unwrap_or(&folder);
        std::fs::create_dir_all(place).map_err(io(place))?;
        std::fs::write(&file, bytes).map_err(io(&file))?;
        output.object("file", &serde_json::json!({ "file": file }))?;
        output.line(file.display())?;
    }
    Ok(Exit::Done)
}
