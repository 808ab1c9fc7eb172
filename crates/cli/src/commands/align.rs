//! The lines of a script in a recording: where each is said, and which are missing.

use std::path::Path;

use soundlock_align::{
    About, AlignContext, AlignError, AlignedLine, Alignment, Combined, Disagreement, Fit, Line, Plugged,
    Sides, Take, Whose, align, format, second_opinion,
};
use soundlock_film::FilmError;
use soundlock_picture::{Limits, SoundReader};
use soundlock_script::{Fountain, KnownIds, Screenplay};
use soundlock_sound::lines_to_align;
use soundlock_time::SampleRate;

use crate::args::{Align, Arguments};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::studio::studio;

pub(super) fn run(arguments: &Arguments, asked: &Align, output: &Output) -> Result<Exit, Failure> {
    let lines = lines(asked)?;
    let plugged = asked.with.as_deref().map(|command| plugged(command, asked.with_timeout)).transpose()?;
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
    let both = match plugged {
        Some(mut plugged) => {
            if asked.with_timeout.is_none() {
                plugged.timeout_secs = Plugged::timeout_secs(alignment.samples);
            }
            opinion(&plugged, asked, &lines, &alignment, &stopped, output)?
        }
        None => None,
    };
    let table =
        Table { alignment: both.as_ref().map_or(&alignment, |both| &both.alignment), both: both.as_ref() };
    table.show(&lines, arguments.json, output)?;
    Ok(verdict(table.alignment, &asked.recording, output))
}

/// The other aligner, told as a shell would read it; no shell is asked.
fn plugged(command: &str, timeout_secs: Option<u64>) -> Result<Plugged, Failure> {
    let mut words = Plugged::words(command).unwrap_or_default().into_iter();
    let program = words.next().ok_or_else(|| Failure::Asked {
        message: format!("`--with {command}` names no program, or a quote in it is not closed"),
        hint: Some("like `--with 'python3 whisper_rows.py --model small'`".to_owned()),
    })?;
    Ok(Plugged {
        program: program.into(),
        arguments: words.collect(),
        timeout_secs: timeout_secs.unwrap_or_default(),
        folder: None,
    })
}

/// What another aligner makes of it; without an answer ours stands, and it is said why.
fn opinion(
    plugged: &Plugged,
    asked: &Align,
    lines: &[Line],
    ours: &Alignment,
    stopped: &dyn Fn() -> bool,
    output: &Output,
) -> Result<Option<Combined>, Failure> {
    let recording = std::path::absolute(&asked.recording).unwrap_or_else(|_| asked.recording.clone());
    match second_opinion(plugged, &recording, lines, ours, stopped) {
        Ok(both) => Ok(Some(both)),
        Err(AlignError::Stopped) => Err(AlignError::Stopped.into()),
        Err(error) => {
            output.say(format!("warning: {error}; our own alignment stands"));
            if let Some(hint) = error.hint() {
                output.say(hint);
            }
            Ok(None)
        }
    }
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
    Ok(lines_to_align(&screenplay, language))
}

/// What is shown: an alignment, and who it is of where two were asked.
struct Table<'a> {
    alignment: &'a Alignment,
    both: Option<&'a Combined>,
}

impl Table<'_> {
    fn show(&self, lines: &[Line], json: bool, output: &Output) -> Result<(), Failure> {
        if json {
            return self.show_json();
        }
        for (at, (found, line)) in self.alignment.lines.iter().zip(lines).enumerate() {
            output.line(row(found, line) + &self.whose(at))?;
            for what in found.best_take().map(said_differently).unwrap_or_default() {
                output.line(what)?;
            }
        }
        for extra in &self.alignment.extras {
            let (start, end) = format::seconds(extra.stretch);
            output.line(format!("{start:>9.2} {end:>9.2}        not in the script"))?;
        }
        Ok(())
    }

    fn show_json(&self) -> Result<(), Failure> {
        let rows = self.both.map_or_else(|| format::rows(self.alignment), format::rows_of_both);
        let bug = |error: serde_json::Error| Failure::Bug { message: format!("lines are not JSON: {error}") };
        let rows: Result<Vec<String>, _> = rows.iter().map(serde_json::to_string).collect();
        Output::text(&format!("[\n{}\n]", rows.map_err(bug)?.join(",\n")))
    }

    /// Whose answer a line's is, and what the other one says where that is something else.
    fn whose(&self, at: usize) -> String {
        let Some(both) = self.both else { return String::new() };
        let by = match both.by[at] {
            Whose::Ours => String::new(),
            Whose::Theirs => format!("  [by {}]", both.name),
        };
        let other = both.disagreements.iter().find(|one| one.line == self.alignment.lines[at].id);
        by + &other.map(|one| other_answer(one, &both.name)).unwrap_or_default()
    }
}

fn other_answer(disagreement: &Disagreement, name: &str) -> String {
    let (answer, by) = match disagreement.kept {
        Whose::Ours => (&disagreement.theirs, name),
        Whose::Theirs => (&disagreement.ours, "soundlock"),
    };
    let sure = 100.0 * answer.confidence;
    match (answer.stretch.map(format::seconds), disagreement.about) {
        (None, _) => format!("  [missing by {by}, {sure:.0} %]"),
        (Some(_), About::Words) => format!("  [`{}` by {by}, {sure:.0} %]", answer.words),
        (Some((start, end)), _) => format!("  [{start:.2} s to {end:.2} s by {by}, {sure:.0} %]"),
    }
}

/// Lines of the table about what of a reading was likely said differently.
fn said_differently(take: &Take) -> Vec<String> {
    let told = |misreading: &soundlock_align::Misreading| {
        let (start, end) = format::seconds(misreading.stretch);
        let written = &misreading.written;
        let what = match (written.is_empty(), misreading.stretch.start == misreading.stretch.end) {
            (true, _) => "put in".to_owned(),
            (false, true) => format!("left out: `{written}`"),
            (false, false) => format!("said differently: `{written}`"),
        };
        format!("{start:>9.2} {end:>9.2}        {what}")
    };
    take.misreadings.iter().map(told).collect()
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
