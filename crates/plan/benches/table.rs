//! What cuts are like: ours, even ones, and one clip a sentence, over the same films. Prints a table and peak memory.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "a bench prints what it found")]

#[path = "../tests/film/mod.rs"]
mod film;

use std::path::Path;
use std::time::Instant;

use film::{Film, drawn, from_script, rules};
use soundlock_plan::format::{Cuts, write};
use soundlock_plan::{
    Before, CutList, LineLevels, PlanRules, PlanStats, Shot, ShotCode, ShotKind, plan, stats,
};
use soundlock_script::SceneId;
use soundlock_sound::{LockedScene, Stretch};
use soundlock_time::{FilmFrame, Fps, FrameRange, SampleRate};
use soundlock_vault::NoReport;

fn main() {
    peak_memory();
    println!("{HEADER}");
    for seed in 1..=10 {
        rows(&format!("drawn {seed}"), &drawn(seed, 8));
    }
    for (name, cast) in [("low-water", vec![]), ("last-bus", korean_cast())] {
        let file =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../examples/{name}/script.fountain"));
        rows(name, &from_script(&std::fs::read(file).unwrap(), &cast));
    }
    by_chance();
}

const HEADER: &str = "| film | plan | shots | mean s | cuts | in a word (forced) | covered | leads, trails | sigma | KS | \
     lag 1 | slope |\n|---|---|---|---|---|---|---|---|---|---|---|---|";

/// Names that the example's `film.toml` gives.
fn korean_cast() -> Vec<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/last-bus/film.toml");
    let text = std::fs::read_to_string(file).unwrap();
    let names = text.lines().filter_map(|line| line.strip_prefix("[cast."));
    names.map(|name| name.trim_end_matches(']').trim_matches('"').to_owned()).collect()
}

/// The pace of the examples.
const PACE_SECS: f64 = 3.6;

fn rows(name: &str, film: &Film) {
    let rules = PlanRules { pace_secs: PACE_SECS, ..rules() };
    // Fifteen seconds, as services have them: a log-normal has room there.
    let mut roomy = rules.clone();
    roomy.generators[1].frames = film::up_to(360);
    let longest = rules.longest_shot(&rules.generator, Fps::FILM).unwrap();
    let ours = planned(film, &rules, Before::NOTHING);
    let under_15 = planned(film, &roomy, Before::NOTHING);
    let even = by_scene(film, |scene| even_cuts(scene, (PACE_SECS * 24.0) as u32));
    let sentences = by_scene(film, |scene| sentence_cuts(scene, longest));
    let plans = [
        ("ours", &ours),
        ("even", &even),
        ("a clip a sentence", &sentences),
        ("ours, 15 s ceiling", &under_15),
    ];
    for (plan, cut_list) in plans {
        row(name, plan, &stats(cut_list, &film.sound, &LineLevels::new(), &rules));
    }
}

fn row(name: &str, plan: &str, stats: &PlanStats) {
    let share = |count: usize| 100.0 * count as f64 / stats.cuts.max(1) as f64;
    let number = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.2}"));
    println!(
        "| {name} | {plan} | {} | {:.2} | {} | {} ({}) | {:.0} % | {}, {} | {} | {} | {} | {} |",
        stats.shots,
        stats.mean_secs,
        stats.cuts,
        stats.cuts_in_words,
        stats.cuts_in_words_forced,
        share(stats.cuts_covered),
        stats.cuts_leading,
        stats.cuts_trailing,
        number(stats.lognormal_sigma),
        number(stats.lognormal_distance),
        number(stats.lag_one_correlation),
        number(stats.spectral_slope),
    );
}

fn planned(film: &Film, rules: &PlanRules, before: Before<'_>) -> CutList {
    plan(&film.screenplay, &film.sound, &LineLevels::new(), rules, before, &NoReport).unwrap()
}

/// A cut list whose scenes begin their shots where `cuts` says.
fn by_scene(film: &Film, cuts: impl Fn(&LockedScene) -> Vec<u32>) -> CutList {
    let mut shots = Vec::new();
    for (range, stretch) in film.sound.stretches() {
        let Stretch::Scene(scene) = stretch else { continue };
        let mut starts = cuts(scene);
        starts.push(scene.frames);
        for (number, pair) in starts.windows(2).enumerate() {
            let place = FrameRange::new(FilmFrame(range.start.0 + pair[0]), pair[1] - pair[0]);
            let id: &SceneId = &scene.id;
            let blank = Shot::blank(ShotCode::new(id, number as u32 * 10 + 10), place);
            shots.push(Shot { at: FilmFrame(pair[0]), kind: ShotKind::Scene, ..blank });
        }
    }
    CutList { fps: film.sound.fps, shots }
}

/// Shots of one length, as near to `frames` as fills the scene.
fn even_cuts(scene: &LockedScene, frames: u32) -> Vec<u32> {
    let count = ((scene.frames + frames / 2) / frames).max(1);
    (0..count).map(|index| index * scene.frames / count).collect()
}

/// One clip for each sentence that is said, up to the next; what is beyond the ceiling is divided evenly.
fn sentence_cuts(scene: &LockedScene, longest: u32) -> Vec<u32> {
    let frame = |sample| Fps::FILM.frame_at(sample, SampleRate::FILM).0;
    let mut starts = vec![0];
    for line in &scene.lines {
        let (from, to) = (frame(line.at), frame(line.end()));
        let letters = line.text.chars().count().max(1) as u32;
        starts.push(from);
        let ends = line.text.chars().enumerate().filter(|(_, letter)| matches!(letter, '.' | '!' | '?'));
        starts.extend(ends.map(|(place, _)| from + (to - from) * (place as u32 + 1) / letters));
    }
    starts.retain(|start| *start < scene.frames);
    starts.sort_unstable();
    // A word alone is no clip.
    starts.dedup_by(|later, earlier| *later < *earlier + 12);
    let ends: Vec<u32> = starts.iter().skip(1).copied().chain([scene.frames]).collect();
    let divided = starts.into_iter().zip(ends).flat_map(|(start, end)| {
        let parts = (end - start).div_ceil(longest).max(1);
        (0..parts).map(move |part| start + (end - start) * part / parts)
    });
    divided.collect()
}

/// What lengths of a film would give by chance: log-normal with the spread of films, none above the ceiling.
fn by_chance() {
    println!("\nby chance, 200 shots drawn 500 times from a log-normal of sigma 0.944:");
    // Under the ceiling no lengths of that law have a mean of 3.6 s; those of the last have 3.0.
    let laws = [
        ("mean 3.6 s, no ceiling", 2.3, f64::INFINITY),
        ("the same drawn again above 4.7 s and below 0.75 s: mean 2.3 s", 2.3, 4.71),
        ("of a law with median 10 s, so: mean 3.0 s", 10.0, 4.71),
    ];
    for (what, median, ceiling) in laws {
        let mut drawn = chance::Lengths::new(median, ceiling);
        let (sigma, distance, worst) = drawn.measure();
        println!("  {what}: sigma {sigma:.2}, KS mean {distance:.3}, 95th percentile {worst:.3}");
    }
}

mod chance {
    //! Lengths without a sound behind them, measured as a cut list's are.

    use soundlock_plan::{CutList, LineLevels, Shot, ShotCode, stats};
    use soundlock_time::{FilmFrame, Fps, FrameRange};

    pub(super) struct Lengths {
        state: u64,
        median: f64,
        ceiling: f64,
    }

    impl Lengths {
        pub(super) fn new(median: f64, ceiling: f64) -> Self {
            Self { state: 9, median, ceiling }
        }

        fn unit(&mut self) -> f64 {
            self.state ^= self.state << 13;
            self.state ^= self.state >> 7;
            self.state ^= self.state << 17;
            ((self.state >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
        }

        fn length(&mut self) -> u32 {
            loop {
                let normal =
                    (-2.0 * libm::log(self.unit())).sqrt() * libm::cos(std::f64::consts::TAU * self.unit());
                let secs = self.median * libm::exp(0.944 * normal);
                if self.ceiling.is_infinite() || (0.75..=self.ceiling).contains(&secs) {
                    return ((secs * 24.0).round() as u32).max(1);
                }
            }
        }

        pub(super) fn measure(&mut self) -> (f64, f64, f64) {
            let film = super::Film::new();
            let rules = super::rules();
            let mut distances = Vec::new();
            let mut sigmas = 0.0;
            for _ in 0..500 {
                let mut at = 0;
                let shots = (0..200_u32).map(|number| {
                    let range = FrameRange::new(FilmFrame(at), self.length());
                    at += range.length();
                    Shot::blank(ShotCode::new(&"1".parse().unwrap(), number * 10 + 10), range)
                });
                let cut_list = CutList { fps: Fps::FILM, shots: shots.collect() };
                let stats = stats(&cut_list, &film.sound, &LineLevels::new(), &rules);
                distances.push(stats.lognormal_distance.unwrap());
                sigmas += stats.lognormal_sigma.unwrap() / 500.0;
            }
            distances.sort_by(f64::total_cmp);
            (sigmas, distances.iter().sum::<f64>() / 500.0, distances[475])
        }
    }
}

/// Plans a feature and plans it again; what that takes of time, and of memory at most.
fn peak_memory() {
    let rules = rules();
    let film = drawn(1, 39);
    let before = resident_kib();
    let start = Instant::now();
    let first = planned(&film, &rules, Before::NOTHING);
    let planning = start.elapsed();
    let text = write(None, &first).unwrap();
    let start = Instant::now();
    let cuts = Cuts::read(&text).unwrap();
    let second = planned(&film, &rules, Before { cuts: Some(&cuts), ..Before::NOTHING });
    let written = write(Some(&text), &second).unwrap();
    let again = start.elapsed();
    println!(
        "64 minutes, {} shots, cuts.toml of {} kB: planned in {} ms, read, planned again and written in {} ms; peak memory {:.1} MiB, the film itself {:.1} MiB\n",
        first.shots.len(),
        written.len() / 1000,
        planning.as_millis(),
        again.as_millis(),
        resident_kib().1 as f64 / 1024.0,
        before.0 as f64 / 1024.0,
    );
}

/// Resident memory now and at its peak; nothing where the system does not say.
fn resident_kib() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    (field("VmRSS:").unwrap_or(0), field("VmHWM:").unwrap_or(0))
}
