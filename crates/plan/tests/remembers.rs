//! What a film of a thousand shots with takes keeps through each kind of edit.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a plan that cannot be had fails the test")]

mod film;

use std::collections::{BTreeMap, BTreeSet};

use film::{Film, drawn, rules, with_line_after};
use soundlock_plan::format::{Cuts, write};
use soundlock_plan::{
    Before, CutList, GeneratorLimits, LineLevels, PlanRules, Shot, ShotCode, ShotKind, TakeWorth, plan,
};
use soundlock_sound::Origin;
use soundlock_time::{Fps, Frames, Lengths, Sample, SampleRange};
use soundlock_vault::NoReport;

/// A film that was planned, and of which every shot was shot: once for money, one in three circled.
struct Shot1000 {
    rules: PlanRules,
    text: String,
    shots: BTreeMap<ShotCode, Shot>,
    takes: BTreeMap<ShotCode, TakeWorth>,
}

/// 4k+1 frames at 16 fps, as most local models have it.
fn paid_rules() -> PlanRules {
    let wan = GeneratorLimits {
        frames: Lengths::Grid(Frames { step: 4, offset: 1, shortest: 5, ceiling: 81 }),
        ..GeneratorLimits::free("wan", Fps::new(16, 1).unwrap(), 81)
    };
    let longer = GeneratorLimits::free("longer", Fps::FILM, 193);
    let shorter = GeneratorLimits::free("shorter", Fps::FILM, 97);
    PlanRules { generators: vec![wan, longer, shorter], ..rules() }
}

fn planned(film: &Film, rules: &PlanRules, before: Before<'_>) -> CutList {
    plan(&film.screenplay, &film.sound, &LineLevels::new(), rules, before, &NoReport).unwrap()
}

fn scene_shots(cut_list: &CutList) -> impl Iterator<Item = &Shot> {
    cut_list.shots.iter().filter(|shot| shot.kind == ShotKind::Scene)
}

impl Shot1000 {
    fn of(film: &Film) -> Self {
        let rules = paid_rules();
        let cut_list = planned(film, &rules, Before::NOTHING);
        let shots: BTreeMap<_, _> =
            scene_shots(&cut_list).map(|shot| (shot.code.clone(), shot.clone())).collect();
        assert!(shots.len() >= 1000, "{}", shots.len());
        let worth = |(place, code): (usize, &ShotCode)| {
            (code.clone(), TakeWorth { circled: place.is_multiple_of(3), paid_micros: 300_000 })
        };
        let takes = shots.keys().enumerate().map(worth).collect();
        Self { text: write(None, &cut_list).unwrap(), rules, shots, takes }
    }

    fn again(&self, film: &Film, rules: &PlanRules) -> CutList {
        let cuts = Cuts::read(&self.text).unwrap();
        planned(film, rules, Before { cuts: Some(&cuts), takes: &self.takes })
    }

    /// Whether the take of `shot` can be used for it as it is now: told the same, heard at the same places, long enough.
    fn keeps(&self, shot: &Shot) -> bool {
        let Some(before) = self.shots.get(&shot.code) else { return false };
        let limits = self.rules.limits(&before.generator).unwrap();
        let held = limits.held_for(before.frames_with_handles(), Fps::FILM).unwrap();
        let heard = |shot: &Shot| -> Vec<_> {
            shot.speech.iter().map(|span| (span.line.clone(), span.from)).collect()
        };
        shot.generator == before.generator
            && shot.prompt == before.prompt
            && shot.look == before.look
            && shot.continues == before.continues
            && heard(shot) == heard(before)
            && shot.frames_with_handles() <= held
    }

    /// Percent of the takes of shots of these scenes that can be used in `cut_list`.
    fn kept(&self, cut_list: &CutList, scenes: impl Fn(&str) -> bool) -> f64 {
        let usable: BTreeSet<&ShotCode> =
            scene_shots(cut_list).filter(|shot| self.keeps(shot)).map(|shot| &shot.code).collect();
        let codes: Vec<&ShotCode> = self.shots.keys().filter(|code| scenes(code.scene())).collect();
        100.0 * codes.iter().filter(|code| usable.contains(*code)).count() as f64 / codes.len() as f64
    }
}

/// Checks that at least so many percent of takes outside scene 20, and inside it, can be used after an edit.
fn check(edit: &str, change: impl Fn(Film) -> Film, outside: f64, inside: f64) {
    let shot = Shot1000::of(&drawn(7, 40));
    let after = shot.again(&change(drawn(7, 40)), &shot.rules);
    let kept = (shot.kept(&after, |scene| scene != "20"), shot.kept(&after, |scene| scene == "20"));
    println!("{edit}: {:.1} % outside the scene, {:.1} % inside it", kept.0, kept.1);
    assert!(kept.0 >= outside && kept.1 >= inside, "{edit}: {kept:?}");
}

#[test]
fn an_inserted_line() {
    check("line inserted", |film| with_line_after(film, 19, 9, 44, 12), 99.9, 80.0);
}

#[test]
fn a_deleted_line() {
    check("line deleted", |film| without_line(film, 19, 9), 99.9, 80.0);
}

#[test]
fn a_longer_line() {
    check("line 9 frames longer", |film| with_longer_line(film, 19, 9, 9), 99.9, 80.0);
}

#[test]
fn a_line_swapped_for_an_actors() {
    let swapped = |film: Film| {
        let mut film = with_longer_line(film, 19, 9, -4);
        let line = &mut film.sound.scenes[19].lines[9];
        line.source.origin = Origin::File("voices/20.10.wav".to_owned());
        film
    };
    check("scratch line recorded", swapped, 99.9, 80.0);
}

#[test]
fn a_moved_scene() {
    let moved = |mut film: Film| {
        let scene = film.sound.scenes.remove(19);
        film.sound.scenes.insert(4, scene);
        let scene = film.screenplay.scenes.remove(19);
        film.screenplay.scenes.insert(4, scene);
        film
    };
    check("scene moved", moved, 100.0, 100.0);
}

#[test]
fn another_ceiling_recuts_only_what_no_longer_fits() {
    let film = drawn(7, 40);
    let shot = Shot1000::of(&film);
    let same_cuts = |generator: &str| {
        let rules = PlanRules { generator: generator.to_owned(), ..shot.rules.clone() };
        let after = shot.again(&film, &rules);
        let longest = rules.longest_shot(generator, Fps::FILM).unwrap();
        let fits = shot.shots.values().filter(|shot| shot.frames() <= longest);
        let (mut kept, mut all) = (0_u32, 0_u32);
        for before in fits {
            all += 1;
            kept += u32::from(
                after
                    .shot(&before.code)
                    .is_some_and(|now| (now.at, now.frames()) == (before.at, before.frames())),
            );
        }
        100.0 * f64::from(kept) / f64::from(all)
    };
    let (longer, shorter) = (same_cuts("longer"), same_cuts("shorter"));
    println!("ceiling raised: {longer:.1} % as they were; lowered: {shorter:.1} % of those that fit");
    assert!(longer >= 100.0 && shorter >= 95.0, "{longer} {shorter}");
}

/// Another pace cuts a film anew, but for what a person has had a hand in.
#[test]
fn another_pace_recuts_what_nobody_has_touched() {
    let film = drawn(7, 6);
    let slow = PlanRules { pace_secs: 9.0, ..film::rules() };
    let quick = PlanRules { pace_secs: 1.5, ..film::rules() };
    let first = planned(&film, &slow, Before::NOTHING);
    // Shot by hand, circled, paid for, made for nothing: scenes 1 to 4. The others were never touched.
    let code =
        |scene: &str| scene_shots(&first).find(|shot| shot.code.scene() == scene).unwrap().code.clone();
    let by_hand = format!("code = \"{}\"\npinned = true\n", code("1"));
    let text = write(None, &first).unwrap().replace(&format!("code = \"{}\"\n", code("1")), &by_hand);
    let takes = BTreeMap::from([
        (code("2"), TakeWorth { circled: true, paid_micros: 0 }),
        (code("3"), TakeWorth { circled: false, paid_micros: 40_000 }),
        (code("4"), TakeWorth::default()),
    ]);
    let cuts = Cuts::read(&text).unwrap();
    let after = planned(&film, &quick, Before { cuts: Some(&cuts), takes: &takes });
    let fresh = planned(&film, &quick, Before::NOTHING);
    let places = |cut_list: &CutList, scene: &str| -> Vec<_> {
        let shots = scene_shots(cut_list).filter(|shot| shot.code.scene() == scene);
        shots.map(|shot| (shot.at, shot.frames())).collect()
    };
    for scene in ["1", "2", "3"] {
        assert_eq!(places(&after, scene), places(&first, scene), "scene {scene}");
    }
    for scene in ["4", "5", "6"] {
        assert_eq!(places(&after, scene), places(&fresh, scene), "scene {scene}");
        assert_ne!(places(&after, scene), places(&first, scene), "scene {scene}");
    }
    // Once noted, the pace is as before, and the cuts stay.
    let written = write(Some(&text), &after).unwrap();
    let cuts = Cuts::read(&written).unwrap();
    assert_eq!(planned(&film, &quick, Before { cuts: Some(&cuts), takes: &takes }), after);
}

/// The film without line `index` of scene `scene`.
fn without_line(mut film: Film, scene: usize, index: usize) -> Film {
    let gone = film.sound.scenes[scene].lines.remove(index);
    let beats = film.sound.scenes[scene].beats.iter().map(|(beat, _)| u64::from(*beat) * 2000);
    let next =
        beats.chain([film.sound.scenes[scene].lines[index].at.0]).filter(|at| *at > gone.at.0).min().unwrap();
    shift(&mut film, scene, gone.at.0 + 1, gone.at.0 as i64 - next as i64);
    let place = film.screenplay.scenes[scene]
        .beats
        .iter()
        .position(|beat| matches!(beat, soundlock_script::Beat::Line(line) if line.id == gone.id))
        .unwrap();
    film.screenplay.scenes[scene].beats.remove(place);
    for (_, beat) in &mut film.sound.scenes[scene].beats {
        *beat -= usize::from(*beat > place);
    }
    film
}

/// The film with line `index` of scene `scene` so many frames longer.
fn with_longer_line(mut film: Film, scene: usize, index: usize, frames: i64) -> Film {
    let line = &mut film.sound.scenes[scene].lines[index];
    let (end, by) = (line.end().0, frames * 2000);
    line.source.part = SampleRange::new(Sample(0), line.source.part.length().checked_add_signed(by).unwrap());
    shift(&mut film, scene, end, by);
    film
}

/// Moves everything in `scene` that begins at or after `from` by so many samples.
fn shift(film: &mut Film, scene: usize, from: u64, by: i64) {
    let scene = &mut film.sound.scenes[scene];
    for line in scene.lines.iter_mut().filter(|line| line.at.0 >= from) {
        line.at.0 = line.at.0.checked_add_signed(by).unwrap();
    }
    for (beat, _) in &mut scene.beats {
        if u64::from(*beat) * 2000 >= from {
            *beat = beat.checked_add_signed((by / 2000) as i32).unwrap();
        }
    }
    scene.frames = scene.frames.checked_add_signed((by / 2000) as i32).unwrap();
}
