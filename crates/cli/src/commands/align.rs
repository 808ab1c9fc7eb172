//! The lines of a script in a recording: where each is said, and which are missing.

use std::path::Path;

use soundlock_align::{AlignContext, AlignedLine, Alignment, Fit, Line, Sides, align, format};
use soundlock_film::FilmError;
use soundlock_picture::{Limits, SoundReader};
use soundlock_script::{Fountain, KnownIds, Screenplay};
use soundlock_time::SampleRate;

use crate::args::{Align, Arguments};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::studio::studio;

pub(super) fn run(arguments: &Arguments, asked: &Align, output: &Output) -> Result<Exit, Failure> {
    let lines = lines(asked)?;
    let studio = studio(arguments, output)?;
    let espeak = studio.espeak.as_ref().ok_or_else(|| Failure::NotReady {
        message: "espeak-ng is not installed; it speaks what recordings are compared with".to_owned(),
        hint: Some("`soundlock doctor` says how it is installed".to_owned()),
    })?;
    let rate = SampleRate::new(soundlock_align::ALIGN_HZ)
        .ok_or_else(|| Failure::Bug { message: "no such rate".to_owned() })?;
    let mut reader = SoundReader::open(&studio.tools, &asked.recording, rate, 2, 0, &Limits::GENEROUS)?;
    let mut sides = Sides::new(|block: &mut [f32]| Ok(reader.read(block)?));
    let stopped = || studio.cancel.is_cancelled();
    let context = AlignContext { espeak: &espeak.program, stopped: &stopped };
    let alignment = align(&mut sides, &lines, &context)?;
    drop(sides);
    if let Some(damage) = reader.damage() {
        output.say(format!("{}: {damage}", asked.recording.display()));
    }
    show(&alignment, &lines, arguments.json, output)?;
    Ok(verdict(&alignment, &asked.recording, output))
}

fn verdict(alignment: &Alignment, recording: &Path, output: &Output) -> Exit {
    let why = match alignment.fit {
        Fit::Fits => return Exit::Done,
        Fit::Silent => "nobody speaks in it",
        Fit::OtherWords => "what is said in it is not these lines",
    };
    output.say(format!("{}: {why}; no line was laid", recording.display()));
    Exit::NotReady
}

fn lines(asked: &Align) -> Result<Vec<Line>, Failure> {
    match (&asked.lines, &asked.script) {
        (Some(file), _) => lines_of_json(file, asked.language.as_deref()),
        (None, Some(file)) => lines_of_script(file, asked.language.as_deref()),
        (None, None) => {
            Err(Failure::Asked { message: "no lines to find".to_owned(), hint: Some(HINT.to_owned()) })
        }
    }
}

const HINT: &str = "name them with `--lines LINES.json` or `--script FILE.fountain`";

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(file).map_err(|source| FilmError::Io { file: file.to_owned(), source }.into())
}

fn lines_of_json(file: &Path, language: Option<&str>) -> Result<Vec<Line>, Failure> {
    format::lines(&read(file)?, language).map_err(|error| Failure::Asked {
        message: format!("{}: {error}", file.display()),
        hint: error.hint(),
    })
}

fn lines_of_script(file: &Path, language: Option<&str>) -> Result<Vec<Line>, Failure> {
    let fountain = Fountain::read(&read(file)?, &[]);
    let (screenplay, _) = Screenplay::from_fountain(&fountain, &KnownIds::default());
    let line = |(scene, line): (&soundlock_script::Scene, &soundlock_script::Line)| Line {
        id: line.id.as_str().to_owned(),
        language: language.unwrap_or_else(|| format::language_of(&line.text)).to_owned(),
        text: line.text.clone(),
        character: line.character.clone(),
        scene: scene.id.as_str().to_owned(),
    };
    Ok(screenplay.lines().map(line).collect())
}

fn show(alignment: &Alignment, lines: &[Line], json: bool, output: &Output) -> Result<(), Failure> {
    if json {
        let bug = |error: serde_json::Error| Failure::Bug { message: format!("lines are not JSON: {error}") };
        let rows: Result<Vec<String>, _> =
            format::rows(alignment).iter().map(serde_json::to_string).collect();
        return Output::text(&format!("[\n{}\n]", rows.map_err(bug)?.join(",\n")));
    }
    for (found, line) in alignment.lines.iter().zip(lines) {
        output.line(row(found, line))?;
    }
    for extra in &alignment.extras {
        let (start, end) = format::seconds(extra.stretch);
        output.line(format!("{start:>9.2} {end:>9.2}        not in the script"))?;
    }
    Ok(())
}

/// One line of the table: start, end, how sure, its name, its words.
fn row(found: &AlignedLine, line: &Line) -> String {
    let sure = format!("{:3.0} %", 100.0 * found.confidence);
    let text: String = line.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some(take) = found.best_take() else {
        return format!("{:>9} {:>9}  {sure}  {}  {}: {text}", "missing", "", line.id, line.character);
    };
    let (start, end) = format::seconds(take.stretch);
    let takes = match found.takes.len() {
        1 => String::new(),
        takes => format!("  [{takes} takes]"),
    };
    let misread = if found.misread { "  [misread?]" } else { "" };
    format!("{start:>9.2} {end:>9.2}  {sure}  {}  {}: {text}{takes}{misread}", line.id, line.character)
}
