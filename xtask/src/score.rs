//! Music and effects of the examples, drawn from arithmetic so that nobody's rights are touched.

use std::path::Path;
use std::process::{Command, Stdio};

use std::io::Write;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const RATE: f64 = 48_000.0;

/// Sound of one or two channels, interleaved by pairs.
struct Tape(Vec<[f64; 2]>);

impl Tape {
    fn silence(seconds: f64) -> Self {
        Self(vec![[0.0; 2]; (seconds * RATE) as usize])
    }

    fn add(&mut self, at_secs: f64, pan: f64, seconds: f64, wave: impl Fn(f64) -> f64) {
        let first = (at_secs * RATE) as usize;
        let count = (seconds * RATE) as usize;
        for (index, sample) in self.0.iter_mut().skip(first).take(count).enumerate() {
            let value = wave(index as f64 / RATE);
            sample[0] += value * (1.0 - pan);
            sample[1] += value * pan;
        }
    }

    /// A small hall: four combs and two all-passes a side, a little different left and right.
    fn reverberate(&mut self, wet: f64, decay: f64) {
        for (channel, spread) in [(0, 0), (1, 37)] {
            let dry: Vec<f64> = self.0.iter().map(|sample| sample[channel]).collect();
            let mut hall = vec![0.0; dry.len()];
            for delay in [1_693, 1_949, 2_281, 2_647] {
                comb(&dry, &mut hall, delay + spread, decay);
            }
            for delay in [557, 179] {
                all_pass(&mut hall, delay + spread);
            }
            for (sample, hall) in self.0.iter_mut().zip(&hall) {
                sample[channel] = sample[channel] * (1.0 - wet) + hall * wet * 0.35;
            }
        }
    }

    fn fade(&mut self, head_secs: f64, tail_secs: f64) {
        let (length, head, tail) = (self.0.len() as f64, head_secs * RATE, tail_secs * RATE);
        for (index, sample) in self.0.iter_mut().enumerate() {
            let from_end = length - index as f64;
            let gain = (index as f64 / head).min(from_end / tail).clamp(0.0, 1.0);
            *sample = [sample[0] * gain, sample[1] * gain];
        }
    }

    fn write(&self, file: &Path, kilobits: u32, peak: f64) {
        let loudest = self.0.iter().flatten().fold(1e-9_f64, |peak, value| peak.max(value.abs()));
        let mut child = Command::new("ffmpeg")
            .args([
                "-nostdin", "-v", "error", "-y", "-f", "f32le", "-ar", "48000", "-ac", "2", "-i", "pipe:0",
            ])
            .args([
                "-c:a",
                "libopus",
                "-b:a",
                &format!("{kilobits}k"),
                "-fflags",
                "+bitexact",
                "-flags",
                "+bitexact",
            ])
            .arg(file)
            .stdin(Stdio::piped())
            .spawn()
            .expect("ffmpeg is installed");
        let bytes: Vec<u8> = self
            .0
            .iter()
            .flatten()
            .flat_map(|value| ((value / loudest * peak) as f32).to_le_bytes())
            .collect();
        child.stdin.take().expect("stdin is piped").write_all(&bytes).expect("ffmpeg reads");
        assert!(child.wait().expect("ffmpeg ends").success(), "ffmpeg wrote {}", file.display());
    }
}

fn comb(dry: &[f64], hall: &mut [f64], delay: usize, decay: f64) {
    let feedback = libm::pow(0.001, delay as f64 / RATE / decay);
    let mut line = vec![0.0; delay];
    let mut damped = 0.0;
    for (index, value) in dry.iter().enumerate() {
        let slot = index % delay;
        let out = line[slot];
        damped = out * 0.7 + damped * 0.3;
        line[slot] = value + damped * feedback;
        hall[index] += out;
    }
}

fn all_pass(hall: &mut [f64], delay: usize) {
    let mut line = vec![0.0; delay];
    for (index, value) in hall.iter_mut().enumerate() {
        let slot = index % delay;
        let held = line[slot];
        let fed = *value + held * 0.5;
        line[slot] = fed;
        *value = held - fed * 0.5;
    }
}

fn hertz(semitones_from_a4: f64) -> f64 {
    440.0 * libm::exp2(semitones_from_a4 / 12.0)
}

fn sine(turns: f64) -> f64 {
    libm::sin(turns * std::f64::consts::TAU)
}

/// A struck string: partials that die faster the higher they are.
fn struck(frequency: f64, force: f64) -> impl Fn(f64) -> f64 {
    move |time| {
        let attack = (time * 250.0).min(1.0);
        let partials = (1..=7).map(|partial| {
            let partial = f64::from(partial);
            let stretched = frequency * partial * (1.0 + 0.0004 * partial * partial);
            let fall = libm::exp(-time * (0.7 + 0.55 * partial) * (frequency / 330.0).max(0.5));
            sine(stretched * time) * fall * libm::pow(partial, -1.5)
        });
        attack * force * partials.sum::<f64>()
    }
}

/// A slow string pad that swells and sinks.
fn bowed(frequency: f64, seconds: f64) -> impl Fn(f64) -> f64 {
    move |time| {
        let swell = sine(time / seconds / 2.0).max(0.0);
        let vibrato = 0.0008 * sine(time * 4.7);
        let tone = |detune: f64| {
            (1..=5).map(move |partial| {
                let partial = f64::from(partial);
                sine(frequency * detune * (1.0 + vibrato) * partial * time) / (partial * partial)
            })
        };
        0.05 * swell * tone(0.9985).chain(tone(1.0)).chain(tone(1.0016)).sum::<f64>()
    }
}

/// One slow piece: a pad under broken chords. Notes are semitones from A4, a bar is `bar_secs`.
fn piece(chords: &[[i32; 4]], bar_secs: f64, pattern: &[usize], seed: u64) -> Tape {
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let mut tape = Tape::silence(chords.len() as f64 * bar_secs + 5.0);
    for (bar, chord) in chords.iter().enumerate() {
        let start = bar as f64 * bar_secs;
        for (voice, note) in chord.iter().enumerate() {
            let pan = 0.25 + 0.5 * voice as f64 / 3.0;
            tape.add(start, pan, bar_secs * 1.25, bowed(hertz(f64::from(*note) - 12.0), bar_secs * 1.25));
        }
        let step = bar_secs / pattern.len() as f64;
        for (beat, voice) in pattern.iter().enumerate() {
            if chance.next_u32() % 6 == 0 && beat > 0 {
                continue;
            }
            let late = f64::from(chance.next_u32() % 1000) * 0.000_02;
            let force = 0.11 + 0.05 * f64::from(chance.next_u32() % 100) / 100.0;
            let octave = if chance.next_u32() % 5 == 0 { 12 } else { 0 };
            let note = f64::from(chord[*voice] + octave);
            tape.add(
                start + beat as f64 * step + late,
                0.35 + 0.1 * *voice as f64,
                4.5,
                struck(hertz(note), force),
            );
        }
        tape.add(start, 0.5, 6.0, struck(hertz(f64::from(chord[0]) - 24.0), 0.16));
    }
    tape.reverberate(0.45, 2.4);
    tape.fade(0.4, 3.0);
    tape
}

/// Noise that swells like waves on a beach; `slow` waves a second.
fn waves(seconds: f64, slow: f64, dark: f64, seed: u64) -> Tape {
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let mut tape = Tape::silence(seconds);
    let mut low = [[0.0; 3]; 2];
    for (index, sample) in tape.0.iter_mut().enumerate() {
        let time = index as f64 / RATE;
        for (channel, out) in sample.iter_mut().enumerate() {
            let noise = f64::from(chance.next_u32()) / f64::from(u32::MAX) * 2.0 - 1.0;
            let swell = 0.5 + 0.5 * sine(time * slow + 0.13 * channel as f64 - 0.25);
            let open = dark * (0.35 + 0.65 * swell * swell);
            for pole in 0..3 {
                let input = if pole == 0 { noise } else { low[channel][pole - 1] };
                low[channel][pole] += (input - low[channel][pole]) * open;
            }
            *out = low[channel][2] * (0.25 + 0.75 * swell * swell);
        }
    }
    tape.fade(1.2, 2.0);
    tape
}

fn horn() -> Tape {
    let mut tape = Tape::silence(5.0);
    for (detune, pan) in [(1.0, 0.4), (1.006, 0.6)] {
        tape.add(0.1, pan, 2.6, move |time| {
            let edge = (time * 6.0).min(1.0) * ((2.6 - time) * 3.0).clamp(0.0, 1.0);
            let reed = (1..=9).map(|partial| {
                let partial = f64::from(partial);
                sine(92.0 * detune * partial * time) * libm::exp(-0.28 * partial)
            });
            edge * reed.sum::<f64>()
        });
    }
    tape.reverberate(0.5, 3.2);
    tape.fade(0.02, 1.0);
    tape
}

fn winch(seed: u64) -> Tape {
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let mut tape = Tape::silence(5.0);
    let mut at = 0.2;
    while at < 4.2 {
        let tune = 1.0 + f64::from(chance.next_u32() % 100) / 900.0;
        tape.add(at, 0.5, 0.18, move |time| {
            let ring =
                sine(1_850.0 * tune * time) + 0.6 * sine(2_930.0 * tune * time) + 0.4 * sine(640.0 * time);
            ring * libm::exp(-time * 46.0)
        });
        tape.add(at, 0.5, 0.3, |time| sine(118.0 * time) * libm::exp(-time * 18.0) * 0.8);
        at += 0.27 - 0.02 * at.min(4.0);
    }
    tape.reverberate(0.3, 1.1);
    tape.fade(0.02, 0.6);
    tape
}

fn engine(seconds: f64) -> Tape {
    let mut tape = waves(seconds, 0.11, 0.02, 5);
    for (pan, tune) in [(0.4, 1.0), (0.6, 1.01)] {
        tape.add(0.0, pan, seconds, move |time| {
            let turns = 38.0 * tune * time + 0.3 * sine(time * 0.31);
            0.014
                * (sine(turns) + 0.7 * sine(turns * 2.0) + 0.3 * sine(turns * 3.0) + 0.2 * sine(turns * 4.5))
        });
    }
    tape.fade(1.5, 2.5);
    tape
}

/// Writes music and effects of both examples below `examples`.
pub(crate) fn draw(examples: &Path) {
    let tide = [[-19, -12, -7, -4], [-23, -11, -7, -2], [-28, -12, -9, -4], [-21, -14, -9, -5]];
    let tide: Vec<[i32; 4]> = tide.iter().cycle().take(12).copied().collect();
    let snow = [[-24, -12, -8, -5], [-20, -13, -8, -3], [-27, -15, -8, -5], [-22, -10, -7, -3]];
    let snow: Vec<[i32; 4]> = snow.iter().cycle().take(12).copied().collect();
    let low_water = examples.join("low-water");
    let last_bus = examples.join("last-bus");
    piece(&tide, 4.4, &[1, 2, 3, 2, 1, 3], 7).write(&low_water.join("music/tide.opus"), 56, 0.5);
    piece(&snow, 4.0, &[1, 3, 2, 3], 11).write(&last_bus.join("music/snow.opus"), 56, 0.5);
    waves(11.0, 0.17, 0.06, 3).write(&low_water.join("effects/swell.opus"), 40, 0.16);
    waves(11.0, 0.14, 0.11, 4).write(&last_bus.join("effects/waves.opus"), 40, 0.22);
    horn().write(&low_water.join("effects/horn.opus"), 40, 0.4);
    winch(9).write(&low_water.join("effects/winch.opus"), 40, 0.3);
    engine(16.0).write(&last_bus.join("effects/engine.opus"), 40, 0.22);
}
