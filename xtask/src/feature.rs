//! A screenplay of feature length, drawn from a seed: many scenes, four characters, places, weather, talk.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const CAST: [&str; 5] = ["NORA", "ELIAS", "VERA", "THE CAPTAIN", "JUNE"];
const PLACES: [(&str, &str); 10] = [
    ("INT.", "KITCHEN"),
    ("EXT.", "HARBOUR"),
    ("INT.", "CORRIDOR"),
    ("EXT.", "STREET"),
    ("EXT.", "FOREST"),
    ("INT.", "TRAIN"),
    ("EXT.", "BEACH"),
    ("INT.", "OFFICE"),
    ("EXT.", "FIELD"),
    ("INT.", "SHIP"),
];
const TIMES: [&str; 6] = ["DAY", "NIGHT", "DAWN", "DUSK", "EVENING", "NIGHT, RAIN"];
const OPENERS: [&str; 10] = [
    "I never said that",
    "You left the door open",
    "There is a letter for you",
    "He was here an hour ago",
    "We could still turn back",
    "It stopped raining",
    "Nobody comes this way any more",
    "You have her eyes",
    "The boat leaves at six",
    "I kept it all these years",
];
const TURNS: [&str; 10] = [
    "and you know it",
    "before anybody was awake",
    "but not the way you think",
    "so there is no point in asking",
    "and the light was still on",
    "because somebody had to",
    "if you want to hear it",
    "as far as the bridge",
    "and I am not sorry",
    "until the snow came",
];
const ACTIONS: [&str; 8] = [
    "walks to the window and looks out.",
    "puts the cup down and waits.",
    "turns away, slowly.",
    "picks up the letter and does not open it.",
    "listens. Far away a bell.",
    "sits down on the suitcase.",
    "runs, then stops.",
    "lights the lamp.",
];

/// A screenplay with `scenes` scenes drawn from `seed`.
pub(crate) fn screenplay(seed: u64, scenes: usize) -> String {
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let mut pick = |count: usize| chance.next_u32() as usize % count;
    let mut text =
        String::from("Title: The Long Crossing\nCredit: drawn from a seed\nAuthor: cargo xtask feature\n\n");
    for number in 1..=scenes {
        let (setting, place) = PLACES[pick(PLACES.len())];
        let _ = writeln!(text, "{setting} {place} - {} #{number}#\n", TIMES[pick(TIMES.len())]);
        let (first, second) = (pick(CAST.len()), pick(CAST.len() - 1));
        let pair = [CAST[first], CAST[(first + 1 + second) % CAST.len()]];
        let _ = writeln!(text, "{} {}\n", pair[0], ACTIONS[pick(ACTIONS.len())]);
        for line in 0..8 + pick(7) {
            let _ = writeln!(text, "{}", pair[(line + usize::from(pick(7) == 0)) % 2]);
            if pick(9) == 0 {
                text.push_str("(beat)\n");
            }
            let _ = write!(text, "{}", OPENERS[pick(OPENERS.len())]);
            match pick(4) {
                0 => text.push_str("?\n\n"),
                1 => text.push_str(".\n\n"),
                _ => {
                    let _ = writeln!(text, ", {}.\n", TURNS[pick(TURNS.len())]);
                }
            }
            if pick(5) == 0 {
                let _ = writeln!(text, "{} {}\n", pair[pick(2)], ACTIONS[pick(ACTIONS.len())]);
            }
        }
    }
    text
}

/// Frames of 64 minutes at 24 frames a second.
const FRAMES: u32 = 92_160;
/// The pause that is drawn out until the film has exactly that length.
const FIRST_PAUSE: u32 = 48;

/// Writes a feature of exactly 64 minutes into `folder`, makes it, and says what that took.
pub(crate) fn soak(root: &Path, folder: &Path) -> Result<(), String> {
    let program = root.join("target/release/soundlock");
    let film = Feature { program, folder: folder.to_owned() };
    std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    film.write("film.toml", SETTINGS)?;
    let scenes = film.fitting_scenes()?;
    let script = film.exact(scenes)?;
    let first = film.run(&["make", "--yes"])?;
    say("make, cold", &first);
    film.check()?;
    say("make again", &film.run(&["make", "--yes"])?);
    let changed = script.replacen("I never said that", "I never said that to anybody in this town", 1);
    film.write("script.fountain", &changed)?;
    let run = film.run(&["make", "--yes"])?;
    say("make, one line changed", &run);
    println!(
        "{}",
        run.said.lines().filter(|line| line.contains("shots made")).collect::<Vec<_>>().join("\n")
    );
    Ok(())
}

const SETTINGS: &str =
    "language = \"en\"\nraster = \"256x144\"\n[plan]\npace_secs = 3.0\n[finish]\npreset = \"veryfast\"\n";

struct Feature {
    program: PathBuf,
    folder: PathBuf,
}

/// What a run took and said.
struct Run {
    seconds: f64,
    peak_kib: u64,
    said: String,
}

fn say(what: &str, run: &Run) {
    println!("{what:24} {:8.2} s, peak {:4} MiB of our own", run.seconds, run.peak_kib / 1024);
}

impl Feature {
    fn write(&self, file: &str, text: &str) -> Result<(), String> {
        std::fs::write(self.folder.join(file), text).map_err(|error| format!("{file}: {error}"))
    }

    /// Runs the program, watching the most memory it takes itself (Linux; elsewhere 0).
    fn run(&self, arguments: &[&str]) -> Result<Run, String> {
        let start = Instant::now();
        let mut child = Command::new(&self.program)
            .args(["--quiet", "--film"])
            .arg(&self.folder)
            .args(arguments)
            .stdout(std::process::Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", self.program.display()))?;
        let status = format!("/proc/{}/status", child.id());
        let mut stdout = child.stdout.take().ok_or("no standard output")?;
        let reader = std::thread::spawn(move || {
            let mut said = String::new();
            std::io::Read::read_to_string(&mut stdout, &mut said).map(|_| said)
        });
        let mut peak_kib = 0;
        let ended = loop {
            if let Ok(text) = std::fs::read_to_string(&status) {
                let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
                let kib = line.and_then(|line| line.trim().split(' ').next()?.parse().ok()).unwrap_or(0);
                peak_kib = peak_kib.max(kib);
            }
            match child.try_wait().map_err(|error| error.to_string())? {
                Some(ended) => break ended,
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        };
        let said = reader.join().map_err(|_| "reading broke off")?.map_err(|error| error.to_string())?;
        if !ended.success() {
            return Err(format!("{arguments:?} ended with {ended}"));
        }
        Ok(Run { seconds: start.elapsed().as_secs_f64(), peak_kib, said })
    }

    /// Frames of the film with this script, as the sound would be locked.
    fn frames(&self, script: &str) -> Result<u32, String> {
        self.write("script.fountain", script)?;
        let said = self.run(&["sound", "--diff", "--json"])?.said;
        let number = said.split("\"frames\":").nth(1).and_then(|rest| rest.split([',', '}']).next());
        number.and_then(|number| number.parse().ok()).ok_or_else(|| format!("no length in {said}"))
    }

    /// As many scenes as fit into the length with two seconds to spare.
    fn fitting_scenes(&self) -> Result<usize, String> {
        let ten = self.frames(&screenplay(64, 10))?;
        let mut scenes = (FRAMES as usize * 10) / ten as usize;
        while self.frames(&ending(&screenplay(64, scenes), FIRST_PAUSE))? > FRAMES {
            scenes -= 2;
        }
        Ok(scenes)
    }

    /// The script whose last pause makes the film exactly as long as it should be.
    fn exact(&self, scenes: usize) -> Result<String, String> {
        let script = screenplay(64, scenes);
        let frames = self.frames(&ending(&script, FIRST_PAUSE))?;
        let script = ending(&script, FIRST_PAUSE + FRAMES - frames);
        let exact = self.frames(&script)?;
        if exact == FRAMES { Ok(script) } else { Err(format!("{exact} frames, not {FRAMES}")) }
    }

    /// Frames and samples as an outside program counts them.
    fn check(&self) -> Result<(), String> {
        let probe = |file: &str, stream: &str, entry: &str| -> Result<String, String> {
            let output = Command::new("ffprobe")
                .args(["-v", "error", "-select_streams", stream, "-show_entries", entry, "-of", "csv=p=0"])
                .arg(self.folder.join("out").join(file))
                .output()
                .map_err(|error| error.to_string())?;
            Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        };
        println!("frames of picture        {}", probe("the-long-crossing.mp4", "v:0", "stream=nb_frames")?);
        println!("samples of the dialogue  {}", probe("stems/dialogue.wav", "a:0", "stream=duration_ts")?);
        let cuts =
            std::fs::read_to_string(self.folder.join("cuts.toml")).map_err(|error| error.to_string())?;
        println!("shots of scenes          {}", cuts.matches("[[shot]]").count());
        Ok(())
    }
}

/// `script` with a last scene that holds for `frames`.
fn ending(script: &str, frames: u32) -> String {
    format!("{script}EXT. SEA - DAWN\n\nNothing but water.\n\n[[pause {frames}f]]\n")
}
