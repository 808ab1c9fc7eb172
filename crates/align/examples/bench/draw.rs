//! Sessions drawn from a seed: voices, rooms, noise and what actors do, with the truth about it.

use std::path::Path;
use std::process::{Command, Stdio};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use realfft::RealFftPlanner;

use crate::lines;
use crate::score::{Change, Truth, TruthLine, TruthTake};

const HZ: usize = 16_000;

pub struct Dice(ChaCha8Rng);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }
    fn unit(&mut self) -> f64 {
        f64::from(self.0.next_u32()) / 4_294_967_296.0
    }
    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }
    fn below(&mut self, count: usize) -> usize {
        ((self.unit() * count as f64) as usize).min(count - 1)
    }
    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }
}

/// A voice and what is done to it.
#[derive(Debug, Clone)]
struct Actor {
    program: &'static str,
    voice: String,
    speed: f64,
    pitch: f64,
    tempo: f64,
    cents: f64,
    low_hz: f64,
    high_hz: f64,
    level_db: f64,
}

fn actor(language: &str, dice: &mut Dice) -> Actor {
    let variants = [
        "f1", "f2", "f3", "f4", "f5", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "croak", "klatt",
        "klatt2", "klatt4", "Andy", "Annie", "steph", "whisper",
    ];
    let (program, voice) = if language == "en" && dice.unit() < 0.75 {
        let all = [
            ("flite", "slt"),
            ("flite", "rms"),
            ("flite", "awb"),
            ("flite", "kal16"),
            ("festival", "voice_kal_diphone"),
            ("festival", "voice_cmu_us_slt_arctic_hts"),
        ];
        let (program, voice) = all[dice.below(all.len())];
        (program, voice.to_owned())
    } else {
        let base = if language == "en" {
            dice.pick(&["en-us", "en-gb-scotland", "en-gb-x-rp", "en-029"])
        } else {
            language
        };
        ("espeak-ng", format!("{base}+{}", variants[dice.below(variants.len())]))
    };
    Actor {
        program,
        voice,
        speed: dice.between(130.0, 210.0),
        pitch: dice.between(20.0, 80.0),
        tempo: dice.between(0.85, 1.2),
        cents: dice.between(-250.0, 250.0),
        low_hz: dice.between(40.0, 180.0),
        high_hz: dice.between(4500.0, 7800.0),
        level_db: dice.between(-6.0, 0.0),
    }
}

impl Actor {
    /// The text in this voice, trimmed to its speech; by another voice where this one fails.
    fn say(&self, text: &str, folder: &Path, dice: &mut Dice) -> Vec<f32> {
        let sound = self.say_once(text, folder, dice);
        if sound.len() > HZ / 10 {
            return sound;
        }
        eprintln!("{self:?} gave nothing for {text}");
        Self { program: "flite", voice: "slt".into(), ..self.clone() }.say_once(text, folder, dice)
    }

    fn say_once(&self, text: &str, folder: &Path, dice: &mut Dice) -> Vec<f32> {
        let raw = folder.join("said.wav");
        // A voice that is not installed writes nothing; what the last one wrote must not be taken for it.
        drop(std::fs::remove_file(&raw));
        let text = text.replace(['*', '_'], "").replace("(quietly) ", "");
        match self.program {
            "espeak-ng" => {
                let (speed, pitch) = (format!("{:.0}", self.speed), format!("{:.0}", self.pitch));
                done(
                    Command::new("espeak-ng")
                        .args(["-v", &self.voice, "-s", &speed, "-p", &pitch, "-w"])
                        .arg(&raw)
                        .arg(&text),
                );
            }
            "flite" => done(Command::new("flite").args(["-voice", &self.voice, "-t", &text, "-o"]).arg(&raw)),
            _ => {
                let file = folder.join("said.txt");
                std::fs::write(&file, &text).expect("writes");
                done(
                    Command::new("text2wave")
                        .args(["-eval", &format!("({})", self.voice)])
                        .arg(&file)
                        .arg("-o")
                        .arg(&raw),
                );
            }
        }
        let tempo = self.tempo * dice.between(0.93, 1.08);
        let output = Command::new("sox")
            .arg(&raw)
            .args(["-t", "f32", "-c", "1", "-r", "16000", "-", "highpass", &format!("{:.0}", self.low_hz)])
            .args(["pitch", &format!("{:.0}", self.cents), "tempo", "-s", &format!("{tempo:.3}")])
            .args(["rate", "16000", "lowpass", &format!("{:.0}", self.high_hz)])
            .output()
            .expect("sox runs");
        let sound: Vec<f32> =
            output.stdout.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        let gain = libm::powf(10.0, (self.level_db + dice.between(-2.0, 2.0)) as f32 / 20.0);
        levelled(trimmed(&sound), 0.08 * gain)
    }
}

fn done(command: &mut Command) {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("the program is installed");
}

/// First to last 10 ms within 40 dB of the loudest.
fn trimmed(sound: &[f32]) -> Vec<f32> {
    let energies: Vec<f32> = sound.chunks(160).map(|some| some.iter().map(|v| v * v).sum::<f32>()).collect();
    let peak = energies.iter().copied().fold(0.0, f32::max);
    let first = energies.iter().position(|e| *e > peak * 1e-4).unwrap_or(0);
    let last = energies.iter().rposition(|e| *e > peak * 1e-4).unwrap_or(0);
    sound[(first * 160).min(sound.len())..((last + 1) * 160).min(sound.len())].to_vec()
}

fn levelled(mut sound: Vec<f32>, rms: f32) -> Vec<f32> {
    let now = (sound.iter().map(|v| v * v).sum::<f32>() / sound.len().max(1) as f32).sqrt().max(1e-6);
    sound.iter_mut().for_each(|v| *v *= rms / now);
    sound
}

struct Session {
    sound: Vec<f32>,
}

impl Session {
    fn pause(&mut self, secs: f64) {
        self.sound.resize(self.sound.len() + (secs * HZ as f64) as usize, 0.0);
    }
    fn put(&mut self, some: &[f32]) -> (f64, f64) {
        let start = self.sound.len() as f64 / HZ as f64;
        self.sound.extend_from_slice(some);
        (start, self.sound.len() as f64 / HZ as f64)
    }
}

fn of_language<'a>(table: &[(&str, &'a [&'a str])], language: &str) -> &'a [&'a str] {
    table.iter().find(|(name, _)| *name == language).expect("the language is there").1
}

fn pool(language: &str) -> &'static [&'static str] {
    match language {
        "ko" => lines::KOREAN,
        "de" => lines::GERMAN,
        _ => lines::ENGLISH,
    }
}

fn paraphrased(text: &str, language: &str, dice: &mut Dice) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    match dice.below(3) {
        1 if words.len() >= 5 => {
            let out = 1 + dice.below(words.len() - 2);
            words
                .iter()
                .enumerate()
                .filter(|(at, _)| *at != out)
                .map(|(_, word)| *word)
                .collect::<Vec<_>>()
                .join(" ")
        }
        2 if words.len() >= 5 => {
            let at = 1 + dice.below(words.len() - 2);
            let other: Vec<&str> = dice.pick(pool(language)).split_whitespace().collect();
            let mut words = words.clone();
            words[at] = other[other.len() / 2];
            words.join(" ")
        }
        _ => format!("{} {text}", dice.pick(of_language(lines::FILLERS, language))),
    }
}

/// The line with a word replaced, left out or put in, and what was done to it.
fn changed(text: &str, language: &str, dice: &mut Dice) -> Option<(String, Change)> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let long = |word: &str| {
        word.trim_matches(|c: char| !c.is_alphanumeric()).chars().count()
            >= if language == "ko" { 2 } else { 5 }
    };
    if words.len() < 4 {
        return None;
    }
    let others: Vec<&str> = pool(language)
        .iter()
        .flat_map(|line| line.split_whitespace())
        .filter(|word| long(word) && word.chars().all(char::is_alphabetic) && !words.contains(word))
        .collect();
    let longs: Vec<usize> = (0..words.len()).filter(|at| long(words[*at])).collect();
    let at = if longs.is_empty() || dice.unit() < 0.3 {
        dice.below(words.len())
    } else {
        longs[dice.below(longs.len())]
    };
    let other = dice.pick(&others);
    let word = words[at].to_owned();
    let kind = match dice.below(3) {
        0 => {
            words[at] = other;
            "replaced"
        }
        1 if at + 1 < words.len() => {
            words.remove(at);
            "left out"
        }
        _ => {
            words.insert(at.max(1), other);
            "put in"
        }
    };
    Some((
        words.join(" "),
        Change { kind: kind.into(), at: if kind == "put in" { at.max(1) } else { at }, word },
    ))
}

fn false_start(text: &str, dice: &mut Dice) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let count = ((words.len() as f64 * dice.between(0.3, 0.7)) as usize)
        .clamp(1, words.len().saturating_sub(1).max(1));
    (words.len() >= 3).then(|| words[..count].join(" "))
}

/// Draws one session of `count` lines into `folder`.
pub fn draw(folder: &Path, language: &str, condition: &str, seed: u64, count: usize) {
    let id = format!("{language}_{condition}_{seed}");
    let json = folder.join(format!("{id}.json"));
    if json.exists() {
        return;
    }
    let mut dice = Dice::new(seed_of(&id));
    let scratch = tempfile::tempdir().expect("a folder");
    let actors = [actor(language, &mut dice), actor(language, &mut dice)];
    let pool = pool(language);
    let order = shuffled(pool.len(), &mut dice);
    let texts: Vec<&str> = (0..count).map(|at| pool[order[at % order.len()]]).collect();
    let studio = Studio { language, condition, scratch: scratch.path() };
    let mut session = Session { sound: Vec::new() };
    session.pause(dice.between(0.6, 1.4));
    let mut truth = Vec::new();
    for (at, text) in texts.iter().enumerate() {
        let line = studio.line(text, &actors[at % 2], &mut session, &mut dice);
        truth.push(TruthLine {
            id: format!("{id}_{at:03}"),
            character: ["ANNA", "BERT"][at % 2].into(),
            ..line
        });
    }
    session.pause(0.8);
    write(&folder.join(format!("{id}.wav")), &recorded(session.sound, condition, &mut dice));
    let truth = Truth {
        id: id.clone(),
        condition: condition.into(),
        kind: "drawn".into(),
        language: language.into(),
        wav: format!("{id}.wav"),
        lines: truth,
    };
    std::fs::write(json, serde_json::to_string_pretty(&truth).expect("is JSON")).expect("writes");
}

/// Every session has lines and voices of its own: two of the same words could not be told apart once they are joined.
fn seed_of(id: &str) -> u64 {
    id.bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn shuffled(count: usize, dice: &mut Dice) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for at in 0..order.len() {
        let other = at + dice.below(order.len() - at);
        order.swap(at, other);
    }
    order
}

/// Where a session is read: what goes wrong there is the condition.
struct Studio<'a> {
    language: &'a str,
    condition: &'a str,
    scratch: &'a Path,
}

impl Studio<'_> {
    /// As in a real session: out of twelve lines two are begun badly, three read again, one forgotten, one changed.
    fn happens(&self, of_twelve: f64, dice: &mut Dice) -> bool {
        matches!(self.condition, "mistakes" | "mix") && dice.unit() < of_twelve / 12.0
    }

    fn gap_secs(&self, dice: &mut Dice) -> f64 {
        if self.condition == "tight" { dice.between(0.05, 0.25) } else { dice.between(0.35, 2.2) }
    }

    /// A line as it was read, without name and character; an aside may stand before it.
    fn line(&self, text: &str, actor: &Actor, session: &mut Session, dice: &mut Dice) -> TruthLine {
        if self.happens(2.0, dice) {
            let aside = dice.pick(of_language(lines::ASIDES, self.language));
            session.put(&actor.say(aside, self.scratch, dice));
            session.pause(self.gap_secs(dice));
        }
        let change = (self.condition.starts_with("changed") && dice.unit() < 0.5)
            .then(|| changed(text, self.language, dice))
            .flatten();
        let (status, takes, spoken) = match &change {
            Some((said, _)) => {
                let (start, end) = session.put(&actor.say(said, self.scratch, dice));
                session.pause(self.gap_secs(dice));
                ("changed", vec![TruthTake { start, end, kind: "complete".into() }], Some(said.clone()))
            }
            None if self.happens(1.0, dice) => ("missing", Vec::new(), None),
            None => self.takes(text, actor, session, dice),
        };
        let change = change.map(|(_, change)| change);
        let complete = takes.iter().rfind(|take| take.kind == "complete");
        TruthLine {
            id: String::new(),
            character: String::new(),
            text: text.to_owned(),
            language: self.language.into(),
            voice: format!("{} {}", actor.program, actor.voice),
            scene: String::new(),
            start: complete.map(|take| take.start),
            end: complete.map(|take| take.end),
            status: status.into(),
            spoken,
            change,
            takes,
        }
    }

    /// The readings of a line: it may be begun badly and read twice, and its last reading may change it.
    fn takes(
        &self,
        text: &str,
        actor: &Actor,
        session: &mut Session,
        dice: &mut Dice,
    ) -> (&'static str, Vec<TruthTake>, Option<String>) {
        let mut takes = Vec::new();
        let mut status = "ok";
        let mut take = |text: &str, kind: &str, dice: &mut Dice, session: &mut Session| {
            let (start, end) = session.put(&actor.say(text, self.scratch, dice));
            takes.push(TruthTake { start, end, kind: kind.into() });
        };
        if self.happens(2.0, dice)
            && let Some(part) = false_start(text, dice)
        {
            take(&part, "false_start", dice, session);
            session.pause(dice.between(0.2, 1.2));
        }
        if self.happens(3.0, dice) {
            take(text, "complete", dice, session);
            session.pause(dice.between(0.4, 1.5));
        }
        let mut spoken = None;
        if self.happens(1.0, dice) {
            spoken = Some(paraphrased(text, self.language, dice));
            status = "paraphrased";
        }
        take(spoken.as_deref().unwrap_or(text), "complete", dice, session);
        session.pause(self.gap_secs(dice));
        (status, takes, spoken)
    }
}

/// What a microphone makes of the session: its room, what happens beside it, noise.
fn recorded(mut sound: Vec<f32>, condition: &str, dice: &mut Dice) -> Vec<f32> {
    if matches!(condition, "reverb" | "mix" | "changed_room") {
        sound = in_room(&sound, dice.between(0.45, 0.9), dice);
    }
    if condition == "ambience" {
        bursts(&mut sound, dice);
    }
    let snr_db = match condition {
        "noise" => 12.0,
        "mix" | "changed_room" => 18.0,
        "mistakes" | "ambience" | "changed" => 35.0,
        "reverb" => 25.0,
        "tight" => 45.0,
        _ => 55.0,
    };
    noise(&mut sound, snr_db, dice);
    if condition == "noise" {
        clicks(&mut sound, dice);
    }
    sound
}

/// A click every three seconds.
fn clicks(sound: &mut [f32], dice: &mut Dice) {
    for _ in 0..sound.len() / HZ / 3 {
        let at = dice.below(sound.len() - 200);
        (0..40).for_each(|n| sound[at + n] += (dice.normal() * 0.15 * (1.0 - n as f64 / 40.0)) as f32);
    }
}

fn in_room(sound: &[f32], rt60: f64, dice: &mut Dice) -> Vec<f32> {
    let length = (rt60 * HZ as f64) as usize;
    let mut response: Vec<f32> = (0..length)
        .map(|n| (dice.normal() * libm::pow(10.0, -3.0 * n as f64 / length as f64)) as f32)
        .collect();
    let energy: f32 = response.iter().map(|v| v * v).sum::<f32>().sqrt();
    let wet = dice.between(0.5, 1.0) as f32;
    response.iter_mut().for_each(|v| *v *= wet / energy);
    (0..80).for_each(|n| response[n] = 0.0);
    response[0] = 1.0;
    let size = (sound.len() + length).next_power_of_two();
    let mut planner = RealFftPlanner::<f32>::new();
    let (forward, back) = (planner.plan_fft_forward(size), planner.plan_fft_inverse(size));
    let spectrum = |some: &[f32]| {
        let mut input = forward.make_input_vec();
        input[..some.len()].copy_from_slice(some);
        let mut output = forward.make_output_vec();
        forward.process(&mut input, &mut output).expect("lengths fit");
        output
    };
    let mut product = spectrum(sound);
    product.iter_mut().zip(spectrum(&response)).for_each(|(a, b)| *a *= b / size as f32);
    let mut output = back.make_output_vec();
    back.process(&mut product, &mut output).expect("lengths fit");
    output.truncate(sound.len());
    output
}

/// Thumps, hisses and hums of 0.1 to 0.8 s, mostly where nobody speaks.
fn bursts(sound: &mut [f32], dice: &mut Dice) {
    let mut at = HZ / 4;
    while at + HZ < sound.len() {
        let length = (dice.between(0.1, 0.8) * HZ as f64) as usize;
        let quiet = sound[at..(at + length).min(sound.len())].iter().all(|v| v.abs() < 1e-4);
        if quiet && dice.unit() < 0.6 {
            let (kind, level, hz) = (dice.below(3), dice.between(0.01, 0.08), dice.between(80.0, 900.0));
            let mut low = 0.0;
            for n in 0..length {
                let swell = libm::sin(std::f64::consts::PI * n as f64 / length as f64);
                let white = dice.normal();
                low += 0.1 * (white - low);
                let value =
                    [white * 0.5, low * 2.0, libm::sin(n as f64 * hz / HZ as f64 * std::f64::consts::TAU)]
                        [kind];
                sound[at + n] += (level * swell * value) as f32;
            }
        }
        at += length;
    }
}

/// Pink-ish noise under all of it.
fn noise(sound: &mut [f32], snr_db: f64, dice: &mut Dice) {
    let loud: Vec<f32> = sound.iter().copied().filter(|v| v.abs() > 1e-3).collect();
    let speech = (loud.iter().map(|v| v * v).sum::<f32>() / loud.len().max(1) as f32).sqrt();
    let level = f64::from(speech) / libm::pow(10.0, snr_db / 20.0);
    let colour = dice.between(0.0, 0.95);
    let gain = level * (1.0 - colour * colour).sqrt();
    let mut state = 0.0;
    for value in sound.iter_mut() {
        state = colour * state + gain * dice.normal();
        *value += state as f32;
    }
}

fn write(file: &Path, sound: &[f32]) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: HZ as u32,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(file, spec).expect("writes");
    for value in sound {
        writer.write_sample((value * 32_767.0).clamp(-32_768.0, 32_767.0) as i16).expect("writes");
    }
    writer.finalize().expect("writes");
}

/// Puts all sessions of a folder behind one another: one recording, one script, each session a scene of it. The scenes
/// are recorded in another order than they are written where `shuffle`.
pub fn join(from: &Path, into: &Path, shuffle: bool) {
    let mut files = Vec::new();
    crate::score::find(from, &mut files);
    let order = if shuffle { shuffled(files.len(), &mut Dice::new(7)) } else { (0..files.len()).collect() };
    let mut sound = Vec::new();
    let mut scenes = vec![Vec::new(); files.len()];
    for scene in order {
        let file = &files[scene];
        let truth: Truth =
            serde_json::from_str(&std::fs::read_to_string(file).expect("reads")).expect("is truth");
        let start = sound.len() as f64 / HZ as f64;
        sound.extend(crate::score::decode(&file.parent().expect("a folder").join(&truth.wav)));
        for mut line in truth.lines {
            line.start = line.start.map(|at| at + start);
            line.end = line.end.map(|at| at + start);
            line.id = format!("{}_{}", truth.id, line.id);
            line.scene = truth.id.clone();
            line.character = format!("{} {}", line.character, truth.id);
            scenes[scene].push(line);
        }
    }
    std::fs::create_dir_all(into).expect("a folder");
    write(&into.join("session.wav"), &sound);
    let lines = scenes.into_iter().flatten().collect();
    let truth = Truth {
        id: "session".into(),
        condition: "mix".into(),
        kind: "drawn".into(),
        language: "en".into(),
        wav: "session.wav".into(),
        lines,
    };
    std::fs::write(into.join("session.json"), serde_json::to_string_pretty(&truth).expect("is JSON"))
        .expect("writes");
}
