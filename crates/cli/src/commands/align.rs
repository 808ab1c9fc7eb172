//! The lines of a script in a recording: where each is said, and which are missing.

use std::path::Path;

use serde::{Deserialize, Serialize};
use soundlock_align::{AlignContext, AlignedLine, Alignment, Fit, Line, Sides, Stretch, align};
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

/// A line as a file of lines has it; what else stands there is nobody's business here.
#[derive(Deserialize)]
struct WrittenLine {
    id: String,
    text: String,
    language: Option<String>,
    #[serde(default)]
    character: String,
    #[serde(default)]
    scene: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    List(Vec<WrittenLine>),
    Object { lines: Vec<WrittenLine>, language: Option<String> },
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
    let asked = |why: String| Failure::Asked {
        message: format!("{}: {why}", file.display()),
        hint: Some(
            "lines are written as [{\"id\": \"1.01\", \"text\": \"So we walk?\", \"language\": \"en\"}]"
                .to_owned(),
        ),
    };
    let bytes = read(file)?;
    let value: serde_json::Value =
        serde_json::from_slice(&bytes).map_err(|error| asked(format!("is not JSON: {error}")))?;
    let list = value.get("lines").unwrap_or(&value);
    if let Some((at, line)) = list.as_array().and_then(|list| {
        list.iter().enumerate().find(|(_, line)| !line["id"].is_string() || !line["text"].is_string())
    }) {
        let part = if line["id"].is_string() { "text" } else { "id" };
        return Err(asked(format!("line {} of its list has no `{part}` that is text", at + 1)));
    }
    let (written, named) = match Written::deserialize(value) {
        Ok(Written::List(lines)) => (lines, None),
        Ok(Written::Object { lines, language }) => (lines, language),
        Err(_) => return Err(asked("holds no list of lines".to_owned())),
    };
    let language = language.map(str::to_owned).or(named);
    let line = |line: WrittenLine| {
        let language = line.language.or_else(|| language.clone());
        Line {
            language: language.unwrap_or_else(|| language_of(&line.text).to_owned()),
            id: line.id,
            text: line.text,
            character: line.character,
            scene: line.scene,
        }
    };
    Ok(written.into_iter().map(line).collect())
}

fn lines_of_script(file: &Path, language: Option<&str>) -> Result<Vec<Line>, Failure> {
    let fountain = Fountain::read(&read(file)?, &[]);
    let (screenplay, _) = Screenplay::from_fountain(&fountain, &KnownIds::default());
    let line = |(scene, line): (&soundlock_script::Scene, &soundlock_script::Line)| Line {
        id: line.id.as_str().to_owned(),
        language: language.unwrap_or_else(|| language_of(&line.text)).to_owned(),
        text: line.text.clone(),
        character: line.character.clone(),
        scene: scene.id.as_str().to_owned(),
    };
    Ok(screenplay.lines().map(line).collect())
}

/// The language that the letters of a text are of; English where they are of many.
fn language_of(text: &str) -> &'static str {
    let within = |from: char, to: char| text.chars().any(|char| (from..=to).contains(&char));
    match () {
        () if within('가', '힣') => "ko",
        () if within('ぁ', 'ヿ') => "ja",
        () if within('一', '鿿') => "cmn",
        () if within('а', 'я') => "ru",
        () if within('α', 'ω') => "el",
        () => "en",
    }
}

#[derive(Serialize)]
struct ShownWord<'a> {
    word: &'a str,
    start: f64,
    end: f64,
}

#[derive(Serialize)]
struct ShownTake {
    start: f64,
    end: f64,
    complete: bool,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ShownLine<'a> {
    Found {
        id: &'a str,
        start: f64,
        end: f64,
        confidence: f64,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        misread: bool,
        takes: Vec<ShownTake>,
        words: Vec<ShownWord<'a>>,
    },
    Missing {
        id: &'a str,
        missing: bool,
        confidence: f64,
    },
}

fn rounded(secs: f64) -> f64 {
    (secs * 1e4).round() / 1e4
}

fn seconds(stretch: Stretch) -> (f64, f64) {
    let (start, end) = stretch.seconds();
    (rounded(start), rounded(end))
}

fn shown(line: &AlignedLine) -> ShownLine<'_> {
    let (id, confidence) = (line.id.as_str(), rounded(f64::from(line.confidence)));
    let Some(take) = line.best_take() else { return ShownLine::Missing { id, missing: true, confidence } };
    let (start, end) = seconds(take.stretch);
    let word = |word: &'_ soundlock_align::Word| seconds(word.stretch);
    let words = take.words.iter().map(|w| {
        let (start, end) = word(w);
        ShownWord { word: &w.word, start, end }
    });
    let takes = line.takes.iter().map(|take| {
        let (start, end) = seconds(take.stretch);
        ShownTake { start, end, complete: take.complete }
    });
    ShownLine::Found {
        id,
        start,
        end,
        confidence,
        misread: line.misread,
        takes: takes.collect(),
        words: words.collect(),
    }
}

fn show(alignment: &Alignment, lines: &[Line], json: bool, output: &Output) -> Result<(), Failure> {
    if json {
        let bug = |error: serde_json::Error| Failure::Bug { message: format!("lines are not JSON: {error}") };
        let rows: Result<Vec<String>, _> =
            alignment.lines.iter().map(|line| serde_json::to_string(&shown(line))).collect();
        return Output::text(&format!("[\n{}\n]", rows.map_err(bug)?.join(",\n")));
    }
    for (found, line) in alignment.lines.iter().zip(lines) {
        output.line(row(found, line))?;
    }
    for extra in &alignment.extras {
        let (start, end) = seconds(extra.stretch);
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
    let (start, end) = seconds(take.stretch);
    let takes = match found.takes.len() {
        1 => String::new(),
        takes => format!("  [{takes} takes]"),
    };
    let misread = if found.misread { "  [misread?]" } else { "" };
    format!("{start:>9.2} {end:>9.2}  {sure}  {}  {}: {text}{takes}{misread}", line.id, line.character)
}
