//! Who is seen, how near, from where, and why.
#![allow(clippy::unwrap_used, reason = "a plan that cannot be had fails the test")]

mod film;

use film::{Film, drawn, kitchen, rules};
use soundlock_plan::format::{Cuts, write};
use soundlock_plan::{
    Angle, Before, CutList, LineLevels, Lips, PlanRules, Shot, ShotKind, ShotSize, Traits, plan,
};
use soundlock_vault::NoReport;

fn planned(film: &Film, rules: &PlanRules) -> CutList {
    plan(&film.screenplay, &film.sound, &LineLevels::new(), rules, Before::NOTHING, &NoReport).unwrap()
}

fn silent() -> PlanRules {
    let traits = Traits { lips: Lips::Avoid, ..Traits::default() };
    PlanRules { traits: [("wan".to_owned(), traits)].into(), ..rules() }
}

fn scene_shots(cut_list: &CutList) -> Vec<&Shot> {
    cut_list.shots.iter().filter(|shot| shot.kind == ShotKind::Scene).collect()
}

/// Whether one would watch somebody's lips speak.
fn shows_lips(shot: &Shot) -> bool {
    let speaks = |name: &String| shot.told.speakers.contains(name);
    let near = shot.look.size >= ShotSize::Medium && shot.look.angle != Angle::Behind;
    near && shot.look.detail.is_empty() && shot.look.subjects.iter().any(speaks)
}

#[test]
fn every_choice_is_explained() {
    let rows: Vec<String> = scene_shots(&planned(&kitchen(), &rules()))
        .iter()
        .map(|shot| {
            let look = &shot.look;
            let (size, angle, movement) = (look.size.short(), look.angle.word(), look.movement.word());
            format!("{} {size} {angle} {movement} {} | {}", shot.code, look.subjects.join(" "), shot.why)
        })
        .collect();
    insta::assert_snapshot!(rows.join("\n"), @r"
    12_0010 WS eye static MINA | establishes the place and who is in it
    12_0020 ECU eye static  | what the action names
    12_0030 MS eye static MINA JONAS | both, before the talk goes to singles
    12_0040 MS eye static JONAS | JONAS listens: the line goes on from the shot before
    12_0050 MS eye static MINA | MINA listens
    12_0060 MCU eye static JONAS | JONAS listens: the line is short; nearer: a question, short lines
    12_0070 MCU eye static MINA | MINA listens
    12_0080 MCU over-shoulder static JONAS | JONAS speaks
    12_0090 WS eye track JONAS | the action needs room; track for `walks`
    12_0100 CU eye static  | the note asks for it
    12_0110 CU eye static MINA | nobody speaks: MINA takes it in; close: a silence, late in the scene
    12_0120 CU eye static JONAS | JONAS listens: the line is short; close: a question, short lines, late in the scene
    ");
}

#[test]
fn lips_that_nothing_moves_are_not_watched() {
    let (mut shown, mut avoided, mut talking) = (0, 0, 0);
    for seed in 1..=6 {
        let film = drawn(seed, 4);
        let count = |cut_list: &CutList| scene_shots(cut_list).iter().filter(|shot| shows_lips(shot)).count();
        shown += count(&planned(&film, &rules()));
        avoided += count(&planned(&film, &silent()));
        talking +=
            scene_shots(&planned(&film, &silent())).iter().filter(|shot| !shot.speech.is_empty()).count();
    }
    assert!(shown * 2 > talking, "{shown} of {talking}");
    assert!(avoided * 20 < talking, "{avoided} of {talking}");
}

#[test]
fn a_scene_without_lips_is_not_told_in_one_view() {
    let cut_list = planned(&drawn(3, 6), &silent());
    let talking: Vec<&Shot> =
        scene_shots(&cut_list).into_iter().filter(|shot| !shot.told.speakers.is_empty()).collect();
    let share =
        |is: &dyn Fn(&Shot) -> bool| talking.iter().filter(|shot| is(shot)).count() * 100 / talking.len();
    let views = [
        share(&|shot| shot.look.angle == Angle::Behind),
        share(&|shot| shot.look.angle == Angle::OverShoulder),
        share(&|shot| !shot.look.detail.is_empty()),
        share(&|shot| shot.look.size <= ShotSize::Wide),
    ];
    assert!(views.iter().all(|share| (1..=70).contains(share)), "{views:?}");
}

#[test]
fn faces_come_nearer_as_it_gets_tense() {
    let talk = |first: &str, second: &str, frames: u32| {
        let mut film = Film::new().scene("1", "INT. KITCHEN - NIGHT").action("A room.", 60);
        for line in 0..6 {
            let (who, words) = if line % 2 == 0 { ("MINA", first) } else { ("JONAS", second) };
            film = film.line(&format!("1.{:02}", line + 1), who, words, frames).pause(20);
        }
        let cut_list = planned(&film, &rules());
        let sizes = scene_shots(&cut_list).into_iter().filter(|shot| !shot.speech.is_empty());
        let steps: Vec<u32> = sizes.map(|shot| shot.look.size as u32).collect();
        f64::from(steps.iter().sum::<u32>()) / steps.len() as f64
    };
    let calm = talk("The train left at six, as it does.", "It did, and it was not late at all.", 60);
    let tense = talk("You lied to me! You lied!", "I did not! Never! And you --", 60);
    assert!(tense >= calm + 0.5, "{tense} against {calm}");
}

#[test]
fn what_is_planned_without_lips_stays_when_it_is_planned_again() {
    for seed in 1..=4 {
        let film = drawn(seed, 2);
        let first = planned(&film, &silent());
        let text = write(None, &first).unwrap();
        let cuts = Cuts::read(&text).unwrap();
        let before = Before { cuts: Some(&cuts), ..Before::NOTHING };
        let again =
            plan(&film.screenplay, &film.sound, &LineLevels::new(), &silent(), before, &NoReport).unwrap();
        assert_eq!(again, first);
        assert_eq!(write(Some(&text), &again).unwrap(), text);
    }
}

#[test]
fn whoever_talks_looks_at_the_other_across_the_cut() {
    let cut_list = planned(&kitchen(), &rules());
    for shot in scene_shots(&cut_list) {
        let says = |words: &str| shot.prompt.contains(words);
        assert!(!says("Mina looks to the left") && !says("Jonas looks to the right"), "{}", shot.prompt);
        assert!(!says("Jonas on the left"), "{}", shot.prompt);
    }
    let looks = scene_shots(&cut_list).iter().filter(|shot| shot.prompt.contains(" looks to the ")).count();
    assert!(looks >= 3, "{looks}");
}
