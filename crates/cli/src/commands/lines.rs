//! The readings of lines, and what recordings hold of the script.

use std::path::Path;

use serde::Serialize;
use soundlock_film::settings::LineSettings;
use soundlock_film::{Access, Film, FilmError};
use soundlock_sound::{
    ChosenBy, Disagreement, Flaw, FoundBy, HowMisread, LineReadings, Measured, Reading, Readings, Recording,
    Unusable,
};
use soundlock_time::{SampleRange, SampleRate};

use crate::args::{Arguments, Line};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::studio;

/// Shows the readings of a line, or chooses among them.
pub(super) fn line(arguments: &Arguments, asked: &Line, output: &Output) -> Result<Exit, Failure> {
    let film = studio::film(arguments, output, Access::Make)?;
    let id = film.line_id(&asked.number)?;
    let choice = match (asked.take, &asked.from) {
        (Some(0), _) => Some(None),
        (Some(take), _) => {
            let readings = film.readings()?;
            Some(Some(Film::take_of_line(of(&readings, &asked.number)?, take)?))
        }
        (None, Some(file)) => Some(Some(part(&film, file, asked)?)),
        (None, None) => None,
    };
    let Some(choice) = choice else {
        let readings = film.readings()?;
        show_line(of(&readings, &asked.number)?, readings.rate, output)?;
        return Ok(Exit::Done);
    };
    film.choose_line(&id, choice.as_ref())?;
    drop(film);
    // Read again: what was written is what counts from now on.
    let film = studio::film(arguments, output, Access::Make)?;
    let readings = match film.readings() {
        Ok(readings) => readings,
        Err(error) => {
            film.choose_line(&id, None)?;
            return Err(error.into());
        }
    };
    show_line(of(&readings, &asked.number)?, readings.rate, output)?;
    let said = if choice.is_some() {
        "film.toml says so from now on"
    } else {
        "film.toml leaves it to the measurements"
    };
    output
        .line(format!("{said}; `soundlock sound --diff` shows what it moves, `soundlock make` puts it in"))?;
    Ok(Exit::Done)
}

fn of<'a>(readings: &'a Readings, line: &str) -> Result<&'a LineReadings, Failure> {
    let same = |found: &&LineReadings| found.id.as_str().eq_ignore_ascii_case(line.trim());
    readings.lines.iter().find(same).ok_or_else(|| Failure::Asked {
        message: format!("nothing is said in line {line}"),
        hint: Some("it has a cue and parentheticals only".to_owned()),
    })
}

/// The part of a file that is asked for, with the file as it is written below the film folder.
fn part(film: &Film, file: &Path, asked: &Line) -> Result<LineSettings, Failure> {
    let absolute =
        std::path::absolute(file).map_err(|source| FilmError::Io { file: file.to_owned(), source })?;
    let root = film.folder().root();
    let from_film = root.join(file);
    let below = [&absolute, &from_film].into_iter().find(|path| path.is_file() && path.starts_with(root));
    let Some(below) = below.and_then(|path| path.strip_prefix(root).ok()) else {
        return Err(Failure::Asked {
            message: format!("{} is no file in the film folder", file.display()),
            hint: Some("put the recording into voices/ first".to_owned()),
        });
    };
    let name =
        below.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
    if asked.begins >= asked.ends {
        let message = "`--out` must be later than `--in`".to_owned();
        return Err(Failure::Asked { message, hint: None });
    }
    Ok(LineSettings { file: Some(name), take: None, begins: asked.begins, ends: asked.ends })
}

#[derive(Serialize)]
struct LineRow<'a> {
    line: &'a str,
    scene: &'a str,
    character: &'a str,
    text: &'a str,
    missing: bool,
    chosen: Option<usize>,
    chosen_by: Option<ChosenBy>,
    to_record_again: bool,
    takes: Vec<TakeRow<'a>>,
    damaged: Vec<FileRow<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    disagreements: Vec<DisagreementRow<'a>>,
}

#[derive(Serialize)]
struct TakeRow<'a> {
    take: usize,
    file: &'a str,
    #[serde(rename = "in")]
    begins: f64,
    #[serde(rename = "out")]
    ends: f64,
    complete: bool,
    said: f32,
    confidence: Option<f32>,
    misread: bool,
    found_by: FoundBy,
    measured: Measured,
    flaws: &'a [Flaw],
    misreadings: Vec<MisreadRow<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'a str>,
}

#[derive(Serialize)]
struct MisreadRow<'a> {
    how: HowMisread,
    written: &'a str,
    heard: &'a str,
    #[serde(rename = "in")]
    begins: f64,
    #[serde(rename = "out")]
    ends: f64,
}

#[derive(Serialize)]
struct DisagreementRow<'a> {
    #[serde(flatten)]
    said: &'a Disagreement,
    #[serde(rename = "in", skip_serializing_if = "Option::is_none")]
    begins: Option<f64>,
    #[serde(rename = "out", skip_serializing_if = "Option::is_none")]
    ends: Option<f64>,
}

#[derive(Serialize)]
struct StretchRow {
    #[serde(rename = "in")]
    begins: f64,
    #[serde(rename = "out")]
    ends: f64,
    speech: bool,
}

#[derive(Serialize)]
struct FileRow<'a> {
    file: &'a str,
    why: &'a str,
}

#[derive(Serialize)]
struct RecordingRow<'a> {
    file: &'a str,
    secs: f64,
    unusable: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'static str>,
    extras: Vec<StretchRow>,
}

fn secs(part: SampleRange, rate: SampleRate) -> (f64, f64) {
    (rate.seconds(part.start.0), rate.seconds(part.end.0))
}

fn line_row(line: &LineReadings, rate: SampleRate) -> LineRow<'_> {
    let takes = line.readings.iter().enumerate().map(|(index, reading)| take_row(index, reading, rate));
    let disagreements = line.disagreements.iter().map(|said| {
        let (begins, ends) = said.part.map(|part| secs(part, rate)).unzip();
        DisagreementRow { said, begins, ends }
    });
    LineRow {
        line: line.id.as_str(),
        scene: line.scene.as_str(),
        character: &line.character,
        text: &line.text,
        missing: line.chosen.is_none(),
        chosen: line.chosen.map(|(index, _)| index + 1),
        chosen_by: line.chosen.map(|(_, by)| by),
        to_record_again: line.is_to_record_again(),
        takes: takes.collect(),
        damaged: line.damaged.iter().map(|(file, why)| FileRow { file, why }).collect(),
        disagreements: disagreements.collect(),
    }
}

fn take_row(index: usize, reading: &Reading, rate: SampleRate) -> TakeRow<'_> {
    let (begins, ends) = secs(reading.part, rate);
    let misreadings = reading.misreadings.iter().map(|one| {
        let (begins, ends) = secs(one.part, rate);
        MisreadRow { how: one.how, written: &one.written, heard: &one.heard, begins, ends }
    });
    TakeRow {
        take: index + 1,
        file: &reading.file,
        begins,
        ends,
        complete: reading.complete,
        said: reading.said,
        confidence: reading.confidence,
        misread: reading.misread,
        found_by: reading.found,
        measured: reading.measured,
        flaws: &reading.flaws,
        misreadings: misreadings.collect(),
        by: reading.by.as_deref(),
    }
}

fn show_line(line: &LineReadings, rate: SampleRate, output: &Output) -> Result<(), Failure> {
    output.object("line", &line_row(line, rate))?;
    let text: Vec<&str> = line.text.split_whitespace().collect();
    output.line(format!("{}  {}: {}", line.id, line.character, text.join(" ")))?;
    for (file, why) in &line.damaged {
        output.line(format!("      {file} {why}"))?;
    }
    if line.readings.is_empty() {
        return output.line("      no recording; the scratch voice speaks it");
    }
    for (index, reading) in line.readings.iter().enumerate() {
        let chosen = line.chosen.filter(|(chosen, _)| *chosen == index).map(|(_, by)| by);
        output.line(take_line(index, reading, chosen, rate))?;
        let flaws: Vec<String> = reading.flaws.iter().map(ToString::to_string).collect();
        if !flaws.is_empty() {
            output.line(format!("         {}", flaws.join("; ")))?;
        }
        for misread in &reading.misreadings {
            output.line(format!("         {}", misread.told(rate)))?;
        }
    }
    if line.chosen.is_none() {
        output.line("      none of them is used: too little of the line is in it")?;
    }
    for other in &line.disagreements {
        output.line(format!("      {}", other.told(rate)))?;
    }
    Ok(())
}

fn take_line(index: usize, reading: &Reading, chosen: Option<ChosenBy>, rate: SampleRate) -> String {
    let mark = if chosen.is_some() { '*' } else { ' ' };
    let why = match chosen {
        None => "",
        Some(ChosenBy::Director) => "  (chosen by the director)",
        Some(ChosenBy::Last) => "  (the last complete take)",
        Some(ChosenBy::Measurement) => "  (the least speaks against it)",
    };
    let level = reading.measured.level_dbfs.map_or("silent".to_owned(), |level| {
        format!("{level:.0} dBFS, noise {:.0} dBFS", reading.measured.noise_dbfs)
    });
    let by = reading.by.as_ref().map(|by| format!("  [by {by}]")).unwrap_or_default();
    let (number, length) = (index + 1, rate.seconds(reading.part.length()));
    format!("    {mark} {number:>2}  {}  {length:.2} s  {level}{why}{by}", place(reading, rate))
}

/// Says what recordings hold of the script, and writes the page to listen with.
pub(super) fn record_check(
    arguments: &Arguments,
    folder: Option<&Path>,
    page: Option<&Path>,
    output: &Output,
) -> Result<Exit, Failure> {
    let film = studio::film(arguments, output, Access::Make)?;
    let readings = match folder {
        Some(folder) => film.readings_below(folder)?,
        None => film.readings()?,
    };
    if readings.recordings.is_empty() {
        return Err(Failure::NotReady {
            message: format!("there is no recording in {}", folder.unwrap_or(Path::new("voices")).display()),
            hint: Some("`soundlock script cues` writes the sheets for a recording day".to_owned()),
        });
    }
    let mut lacking = 0;
    for scene in &film.screenplay().scenes {
        let lines: Vec<&LineReadings> = readings.lines.iter().filter(|line| line.scene == scene.id).collect();
        lacking += show_scene(&scene.id.to_string(), &scene.heading.text, &lines, readings.rate, output)?;
    }
    let untouched = untouched_scenes(&film, &readings);
    if !untouched.is_empty() {
        output.line(format!("nothing is recorded of {}", untouched.join(", ")))?;
    }
    for recording in &readings.recordings {
        show_recording(recording, readings.rate, output)?;
    }
    let page = film.write_readings_page(&readings, page)?;
    output.object("page", &serde_json::json!({ "file": page }))?;
    output.line(format!("to listen: {}", page.display()))?;
    let unusable = readings.recordings.iter().any(|recording| recording.unusable.is_some());
    Ok(if lacking == 0 && !unusable { Exit::Done } else { Exit::NotReady })
}

/// Scenes of which nothing is recorded: on a recording day that is most of the film.
fn untouched_scenes(film: &Film, readings: &Readings) -> Vec<String> {
    let scenes = film.screenplay().scenes.iter();
    let untouched = scenes.filter(|scene| {
        let mut lines = readings.lines.iter().filter(|line| line.scene == scene.id).peekable();
        lines.peek().is_some() && !lines.any(LineReadings::is_recorded)
    });
    untouched.map(|scene| format!("scene {}", scene.id)).collect()
}

/// Shows the lines of a scene of which something is recorded; gives how many of them are to be recorded again.
fn show_scene(
    id: &str,
    heading: &str,
    lines: &[&LineReadings],
    rate: SampleRate,
    output: &Output,
) -> Result<usize, Failure> {
    for line in lines {
        output.object("line", &line_row(line, rate))?;
    }
    if !lines.iter().any(|line| line.is_recorded()) {
        return Ok(0);
    }
    let found = lines.iter().filter(|line| line.chosen.is_some()).count();
    output.line(format!("scene {id}, {heading}: {found} of {} lines", lines.len()))?;
    let mut lacking = 0;
    for line in lines {
        lacking += usize::from(line.is_to_record_again());
        output.line(format!("  {:8} {:12} {}", line.id.as_str(), line.character, state_of(line, rate)))?;
        let misreadings = line.chosen_reading().map(|reading| &reading.misreadings);
        for misread in misreadings.into_iter().flatten() {
            output.line(format!("  {:21} {}", "", misread.told(rate)))?;
        }
        for other in &line.disagreements {
            output.line(format!("  {:21} {}", "", other.told(rate)))?;
        }
    }
    Ok(lacking)
}

/// How a line stands.
fn state_of(line: &LineReadings, rate: SampleRate) -> String {
    if let (Some((file, why)), true) = (line.damaged.last(), line.readings.is_empty()) {
        return format!("DAMAGED: {file} {why}");
    }
    let Some(reading) = line.chosen_reading() else {
        let begun = line.readings.iter().map(|reading| place(reading, rate)).collect::<Vec<_>>().join(", ");
        return if begun.is_empty() { "MISSING".to_owned() } else { format!("MISSING; begun at {begun}") };
    };
    let takes = match line.readings.len() {
        1 => String::new(),
        takes => format!(", take {} of {takes}", line.chosen.map_or(0, |(index, _)| index + 1)),
    };
    let flaws: Vec<String> = reading.flaws.iter().map(ToString::to_string).collect();
    let flaws = if flaws.is_empty() { String::new() } else { format!(": {}", flaws.join("; ")) };
    format!("{}{takes}{flaws}", place(reading, rate))
}

fn place(reading: &Reading, rate: SampleRate) -> String {
    let part = reading.part;
    format!("{} {} to {}", reading.file, rate.clock(part.start), rate.clock(part.end))
}

fn show_recording(recording: &Recording, rate: SampleRate, output: &Output) -> Result<(), Failure> {
    let extras = recording.extras.iter().map(|(part, speech)| {
        let (begins, ends) = secs(*part, rate);
        StretchRow { begins, ends, speech: *speech }
    });
    output.object(
        "recording",
        &RecordingRow {
            file: &recording.file,
            secs: rate.seconds(recording.samples),
            unusable: recording.unusable.as_ref().map(ToString::to_string),
            hint: recording.unusable.as_ref().map(Unusable::hint),
            extras: extras.collect(),
        },
    )?;
    if let Some(why) = &recording.unusable {
        output.line(format!("{}: {why}; it is not used", recording.file))?;
        output.line(format!("  hint: {}", why.hint()))?;
    }
    for part in recording.extra_speech() {
        let (from, to) = (rate.clock(part.start), rate.clock(part.end));
        output.line(format!("{} {from} to {to}: not in the script", recording.file))?;
    }
    Ok(())
}
