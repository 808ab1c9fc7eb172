use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};
use soundlock_align::{AlignContext, AlignedLine, Alignment, Line, Take, align, format};

use crate::table::table;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TruthTake {
    pub start: f64,
    pub end: f64,
    pub kind: String,
}

/// A word that was replaced, left out or had another put before it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Change {
    pub kind: String,
    /// Which word of the text, counted from 0.
    pub at: usize,
    /// As it is written.
    pub word: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TruthLine {
    pub id: String,
    pub character: String,
    pub text: String,
    pub language: String,
    #[serde(default)]
    pub voice: String,
    #[serde(default)]
    pub scene: String,
    pub start: Option<f64>,
    pub end: Option<f64>,
    pub status: String,
    /// What was said in its place, where that is not its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spoken: Option<String>,
    /// What was done to one of its words, where it was said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
    pub takes: Vec<TruthTake>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Truth {
    pub id: String,
    pub condition: String,
    pub kind: String,
    pub language: String,
    pub wav: String,
    pub lines: Vec<TruthLine>,
}

pub fn decode(file: &Path) -> Vec<f32> {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(file)
        .args(["-ac", "1", "-ar", "16000", "-f", "f32le", "-"])
        .output()
        .expect("ffmpeg runs");
    output.stdout.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

/// A recording as FFmpeg decodes it, block by block.
pub struct Stream {
    child: std::process::Child,
    pub samples: usize,
}

impl Stream {
    pub fn open(file: &Path) -> Self {
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-threads", "1", "-i"]).arg(file);
        command.args(["-ac", "1", "-ar", "16000", "-f", "f32le", "-"]).stdout(std::process::Stdio::piped());
        Self { child: command.spawn().expect("ffmpeg runs"), samples: 0 }
    }
}

impl soundlock_align::Recording for Stream {
    fn read(&mut self, block: &mut [f32]) -> Result<usize, Box<dyn std::error::Error + Send + Sync>> {
        use std::io::Read;
        let mut bytes = Vec::with_capacity(block.len() * 4);
        let out = self.child.stdout.as_mut().ok_or("no pipe")?;
        out.take(block.len() as u64 * 4).read_to_end(&mut bytes)?;
        for (value, four) in block.iter_mut().zip(bytes.chunks_exact(4)) {
            *value = f32::from_le_bytes([four[0], four[1], four[2], four[3]]);
        }
        let came = bytes.len() / 4;
        self.samples += came;
        if came < block.len() {
            self.child.wait()?;
        }
        Ok(came)
    }
}

pub struct Row {
    pub set: String,
    pub condition: String,
    pub kind: String,
    pub language: String,
    pub line: TruthLine,
    pub found: Option<(f64, f64)>,
    pub confidence: f32,
    pub evidence: Vec<f32>,
    pub misread: bool,
    /// What was told of its words, with its place, and how many were.
    pub told: Vec<(String, f64, f64)>,
}

impl Row {
    pub fn iou(&self) -> f64 {
        let (Some((a, b)), Some(c), Some(d)) = (self.found, self.line.start, self.line.end) else {
            return 0.0;
        };
        let inter = (b.min(d) - a.max(c)).max(0.0);
        inter / (b.max(d) - a.min(c)).max(1e-9)
    }
    pub fn right(&self) -> bool {
        if self.line.start.is_none() { self.found.is_none() } else { self.iou() >= 0.5 }
    }
}

pub fn run(truth: &Truth, sound: &mut Stream) -> Alignment {
    let lines: Vec<Line> = truth
        .lines
        .iter()
        .map(|line| Line {
            id: line.id.clone(),
            text: line.text.clone(),
            language: line.language.clone(),
            character: line.character.clone(),
            scene: line.scene.clone(),
        })
        .collect();
    let context = AlignContext { espeak: Path::new("espeak-ng"), stopped: &|| false };
    align(sound, &lines, &context).expect("aligns")
}

fn cpu_secs() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or("").split(' ').collect();
    (11..15).filter_map(|at| fields.get(at)?.parse::<f64>().ok()).sum::<f64>() / 100.0
}

pub fn find(folder: &Path, into: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            find(&entry, into);
        } else if entry.extension().is_some_and(|ending| ending == "json") {
            into.push(entry);
        }
    }
}

pub fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_asked = |what: &str| arguments.iter().any(|argument| argument == what);
    let (verbose, other) = (is_asked("-v"), is_asked("--other"));
    let answers = arguments.iter().position(|a| a == "--answers").map(|at| PathBuf::from(&arguments[at + 1]));
    let folders =
        arguments.iter().filter(|a| !a.starts_with('-') && answers.as_deref() != Some(Path::new(a)));
    let mut files = Vec::new();
    for folder in folders {
        find(Path::new(folder), &mut files);
    }
    let mut rows = Vec::new();
    let (mut secs, mut cpu) = (0.0, 0.0);
    for (at, file) in files.iter().enumerate() {
        let mut truth = match read(file) {
            Ok(truth) => truth,
            Err(error) => {
                println!("{}: {error}", file.display());
                continue;
            }
        };
        if other {
            // The next recording of the same folder, with these lines.
            spoken_by(&mut truth, read(&files[(at + 1) % files.len()]).unwrap());
        }
        if let Some(answers) = &answers {
            let found = answered(&truth, &answers.join(file.file_name().unwrap()));
            println!(
                "{:40} {}/{}",
                file.file_name().unwrap().to_string_lossy(),
                found.iter().filter(|row| row.right()).count(),
                found.len()
            );
            rows.extend(found);
            continue;
        }
        let before = cpu_secs();
        let mut sound = Stream::open(&file.parent().unwrap().join(&truth.wav));
        let alignment = run(&truth, &mut sound);
        cpu += cpu_secs() - before;
        secs += sound.samples as f64 / 16000.0;
        let found = rows_of(&truth, &alignment);
        say(file, &found, &alignment, verbose);
        rows.extend(found);
    }
    table(&rows, secs, cpu);
}

fn read(file: &Path) -> serde_json::Result<Truth> {
    serde_json::from_str(&std::fs::read_to_string(file).unwrap())
}

/// Lays the lines against a recording of others, in which none of them is said.
fn spoken_by(truth: &mut Truth, other: Truth) {
    truth.wav = other.wav;
    for line in &mut truth.lines {
        (line.start, line.end) = (None, None);
    }
}

/// What another aligner answered, in the rows of `soundlock align --json`; a line that it does not name is missing.
fn answered(truth: &Truth, file: &Path) -> Vec<Row> {
    let answer = std::fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let answer: Vec<format::Row> = serde_json::from_slice(&answer).expect("rows as `soundlock align` writes");
    let row = |line: &TruthLine| {
        let found = answer.iter().find(|row| row.id() == line.id);
        let (place, confidence) = match found {
            Some(format::Row::Found(row)) => (Some((row.start, row.end)), row.confidence),
            Some(format::Row::Missing(row)) => (None, row.confidence),
            None => (None, 0.0),
        };
        Row {
            set: truth.id.clone(),
            condition: truth.condition.clone(),
            kind: truth.kind.clone(),
            language: truth.language.clone(),
            line: line.clone(),
            found: place,
            confidence: confidence as f32,
            evidence: Vec::new(),
            misread: false,
            told: Vec::new(),
        }
    };
    truth.lines.iter().map(row).collect()
}

fn rows_of(truth: &Truth, alignment: &Alignment) -> Vec<Row> {
    let row = |(line, found): (&TruthLine, &AlignedLine)| Row {
        set: truth.id.clone(),
        condition: truth.condition.clone(),
        kind: truth.kind.clone(),
        language: truth.language.clone(),
        line: line.clone(),
        found: found.best_take().map(|take| take.stretch.seconds()),
        confidence: found.confidence,
        evidence: found.best_take().map_or(Vec::new(), |take| vec![take.fit, take.said]),
        misread: found.misread,
        told: found.best_take().map_or(Vec::new(), |take| {
            take.misreadings
                .iter()
                .map(|one| {
                    let (start, end) = one.stretch.seconds();
                    (one.written.clone(), start, end)
                })
                .collect()
        }),
    };
    truth.lines.iter().zip(&alignment.lines).map(row).collect()
}

/// What was found in one recording: line by line where `verbose`, and in sum.
fn say(file: &Path, rows: &[Row], alignment: &Alignment, verbose: bool) {
    let extras: Vec<(f64, f64)> = alignment.extras.iter().map(|extra| extra.stretch.seconds()).collect();
    if verbose {
        rows.iter().zip(&alignment.lines).for_each(|(row, found)| say_line(row, found));
    }
    println!(
        "{:40} {:?} {}/{} extras {:?}",
        file.file_name().unwrap().to_string_lossy(),
        alignment.fit,
        rows.iter().filter(|row| row.right()).count(),
        rows.len(),
        if verbose { &extras[..] } else { &[] }
    );
}

fn say_line(row: &Row, found: &AlignedLine) {
    let t = |x: Option<f64>| x.map_or("  -  ".into(), |x| format!("{x:6.2}"));
    let hundredths = |secs: f64| (secs * 100.0).round() / 100.0;
    let take = |take: &Take| {
        let (start, end) = take.stretch.seconds();
        (take.complete, (take.fit * 100.0) as i32, hundredths(start), hundredths(end))
    };
    println!(
        "  {} {} {}-{} found {}-{} conf {:.3} takes {:?} {} {:?}",
        if row.right() { " " } else { "X" },
        row.line.id,
        t(row.line.start),
        t(row.line.end),
        t(row.found.map(|f| f.0)),
        t(row.found.map(|f| f.1)),
        row.confidence,
        found.takes.iter().map(take).collect::<Vec<_>>(),
        row.line.text.chars().take(40).collect::<String>(),
        row.evidence,
    );
    if row.line.change.is_some() || !row.told.is_empty() || row.misread {
        println!(
            "      {:?} {} told {:?} misread {} un {:?}",
            row.line.change,
            row.line.spoken.as_deref().unwrap_or(""),
            row.told,
            row.misread,
            found.best_take().map(|t| t.unscripted.len())
        );
    }
}
