use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};
use soundlock_align::{AlignContext, Alignment, Line, align};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TruthTake {
    pub start: f64,
    pub end: f64,
    pub kind: String,
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
    let verbose = arguments.iter().any(|a| a == "-v");
    let mut files = Vec::new();
    for folder in arguments.iter().filter(|a| !a.starts_with('-')) {
        find(Path::new(folder), &mut files);
    }
    let other = arguments.iter().any(|a| a == "--other");
    let mut rows = Vec::new();
    let mut secs = 0.0;
    let mut cpu = 0.0;
    for file in &files {
        let mut truth: Truth = match serde_json::from_str(&std::fs::read_to_string(file).unwrap()) {
            Ok(truth) => truth,
            Err(error) => {
                println!("{}: {error}", file.display());
                continue;
            }
        };
        if other {
            // The next recording of the same folder, with these lines.
            let at = files.iter().position(|f| f == file).unwrap();
            let next: Truth =
                serde_json::from_str(&std::fs::read_to_string(&files[(at + 1) % files.len()]).unwrap())
                    .unwrap();
            truth.wav = next.wav;
            for line in &mut truth.lines {
                (line.start, line.end) = (None, None);
            }
        }
        let before = cpu_secs();
        let mut sound = Stream::open(&file.parent().unwrap().join(&truth.wav));
        let alignment = run(&truth, &mut sound);
        cpu += cpu_secs() - before;
        secs += sound.samples as f64 / 16000.0;
        let first = rows.len();
        for (line, found) in truth.lines.iter().zip(&alignment.lines) {
            rows.push(Row {
                set: truth.id.clone(),
                condition: truth.condition.clone(),
                kind: truth.kind.clone(),
                language: truth.language.clone(),
                line: line.clone(),
                found: found.best_take().map(|take| take.stretch.seconds()),
                confidence: found.confidence,
                evidence: found.best_take().map_or(Vec::new(), |take| vec![take.fit, take.said]),
            });
            let row = rows.last().unwrap();
            if verbose {
                let t = |x: Option<f64>| x.map_or("  -  ".into(), |x| format!("{x:6.2}"));
                println!(
                    "  {} {} {}-{} found {}-{} conf {:.3} takes {:?} {} {:?}",
                    if row.right() { " " } else { "X" },
                    line.id,
                    t(line.start),
                    t(line.end),
                    t(row.found.map(|f| f.0)),
                    t(row.found.map(|f| f.1)),
                    row.confidence,
                    found
                        .takes
                        .iter()
                        .map(|take| (
                            take.complete,
                            (take.fit * 100.0) as i32,
                            (take.stretch.seconds().0 * 100.0).round() / 100.0,
                            (take.stretch.seconds().1 * 100.0).round() / 100.0
                        ))
                        .collect::<Vec<_>>(),
                    line.text.chars().take(40).collect::<String>(),
                    row.evidence,
                );
            }
        }
        let right = rows[first..].iter().filter(|row| row.right()).count();
        println!(
            "{:40} {:?} {right}/{} extras {:?}",
            file.file_name().unwrap().to_string_lossy(),
            alignment.fit,
            rows.len() - first,
            if verbose {
                alignment.extras.iter().map(|e| e.stretch.seconds()).collect::<Vec<_>>()
            } else {
                Vec::new()
            }
        );
    }
    table(&rows, secs, cpu);
}

fn share(part: usize, whole: usize) -> String {
    format!("{:5.1} % ({part}/{whole})", 100.0 * part as f64 / whole.max(1) as f64)
}

pub fn table(rows: &[Row], secs: f64, cpu: f64) {
    let said: Vec<&Row> = rows.iter().filter(|row| row.line.start.is_some()).collect();
    let hit = |some: &[&Row]| share(some.iter().filter(|row| row.right()).count(), some.len());
    println!("all lines IoU>=0.5        {}", hit(&said));
    for condition in ["clean", "noise", "reverb", "tight", "ambience", "mistakes", "mix", "repeats"] {
        for language in ["en", "ko"] {
            let some: Vec<&Row> = said
                .iter()
                .copied()
                .filter(|row| row.condition == condition && row.language == language)
                .collect();
            if !some.is_empty() {
                println!("   {language} {condition:10} {}", hit(&some));
            }
        }
    }
    let hard: Vec<&Row> =
        said.iter().copied().filter(|row| ["mistakes", "mix"].contains(&row.condition.as_str())).collect();
    println!("mistakes + mix            {}", hit(&hard));
    let mut errors = Vec::new();
    let mut starts = Vec::new();
    let mut ends = Vec::new();
    for row in said.iter().filter(|row| row.found.is_some()) {
        let found = row.found.unwrap();
        starts.push((found.0 - row.line.start.unwrap()).abs());
        ends.push((found.1 - row.line.end.unwrap()).abs());
    }
    errors.extend(starts.iter().chain(&ends).copied());
    let within = errors.iter().filter(|e| **e <= 0.04).count();
    println!(
        "edges within 40 ms        {}  of all edges of said lines {}",
        share(within, errors.len()),
        share(within, 2 * said.len())
    );
    let mut signed: Vec<(f64, f64)> = said
        .iter()
        .filter(|row| row.right())
        .map(|row| {
            (row.found.unwrap().0 - row.line.start.unwrap(), row.found.unwrap().1 - row.line.end.unwrap())
        })
        .collect();
    for list in [&mut errors, &mut starts, &mut ends] {
        list.sort_by(f64::total_cmp);
    }
    let median = |list: &[f64]| list.get(list.len() / 2).copied().unwrap_or(0.0) * 1000.0;
    println!(
        "median edge error         {:.1} ms (start {:.1}, end {:.1})",
        median(&errors),
        median(&starts),
        median(&ends)
    );
    signed.sort_by(|a, b| a.0.total_cmp(&b.0));
    let s0 = signed.get(signed.len() / 2).map_or(0.0, |s| s.0 * 1000.0);
    signed.sort_by(|a, b| a.1.total_cmp(&b.1));
    let s1 = signed.get(signed.len() / 2).map_or(0.0, |s| s.1 * 1000.0);
    for condition in ["clean", "noise", "reverb", "tight", "ambience", "mistakes", "mix", "repeats"] {
        let some: Vec<&&Row> = said.iter().filter(|row| row.condition == condition && row.right()).collect();
        if some.is_empty() {
            continue;
        }
        let quarter = |of: &dyn Fn(&Row) -> f64| {
            let mut list: Vec<f64> = some.iter().map(|row| of(row) * 1000.0).collect();
            list.sort_by(f64::total_cmp);
            let n = list.len();
            let good = list.iter().filter(|e| e.abs() <= 40.0).count() * 100 / n;
            format!(
                "{:6.1} {:6.1} {:6.1} {:6.1} {:6.1} good {good} %",
                list[n / 10],
                list[n / 4],
                list[n / 2],
                list[n * 3 / 4],
                list[n * 9 / 10]
            )
        };
        println!(
            "   {condition:9} start {}   end {}",
            quarter(&|row| row.found.unwrap().0 - row.line.start.unwrap()),
            quarter(&|row| row.found.unwrap().1 - row.line.end.unwrap())
        );
    }
    println!("   signed medians: start {s0:.1} end {s1:.1}");
    let missing: Vec<&Row> = rows.iter().filter(|row| row.line.start.is_none()).collect();
    println!("skipped lines reported    {}", hit(&missing));
    println!(
        "falsely called missing    {}",
        share(said.iter().filter(|row| row.found.is_none()).count(), said.len())
    );
    let mut order: Vec<&Row> = rows.iter().collect();
    order.sort_by(|a, b| a.confidence.total_cmp(&b.confidence));
    let wrong = order.iter().filter(|row| !row.right()).count();
    for part in [10, 5] {
        let low = order.iter().take(order.len().div_ceil(part)).filter(|row| !row.right()).count();
        println!("wrong in the lowest 1/{part:<2}   {}", share(low, wrong));
    }
    println!("CPU s per s               {:.4} ({cpu:.2} s for {secs:.0} s)", cpu / secs.max(1e-9));
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    println!("peak memory               {peak}");
}
