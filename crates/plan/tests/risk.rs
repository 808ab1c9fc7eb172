//! Which shots are told of as risky, and why.
#![allow(clippy::unwrap_used, reason = "a plan that cannot be had fails the test")]

mod film;

use film::{Film, kitchen, rules};
use soundlock_plan::{
    Before, CutList, LineLevels, Look, Risk, RiskyShot, Shot, ShotSize, SpeechSpan, plan, riskiest,
};
use soundlock_time::{FilmFrame, Fps, FrameRange};
use soundlock_vault::NoReport;

/// A film of one shot, which begins inside line 12.01 of the kitchen.
fn one(frames: u32, at: u32, look: Look, speaks: &str) -> (Film, CutList) {
    let shot = Shot {
        at: FilmFrame(at),
        generator: "wan".to_owned(),
        speech: vec![SpeechSpan {
            line: "12.01".parse().unwrap(),
            character: speaks.to_owned(),
            from: 0,
            to: frames,
        }],
        look,
        ..Shot::blank("12_0040".parse().unwrap(), FrameRange::new(FilmFrame(at), frames))
    };
    (kitchen(), CutList { fps: Fps::FILM, shots: vec![shot] })
}

fn risks(frames: u32, at: u32, look: Look, speaks: &str) -> Vec<Risk> {
    let (film, cut_list) = one(frames, at, look, speaks);
    let mut found = riskiest(&cut_list, &film.sound, &LineLevels::new(), &rules(), 10);
    found.pop().map(|shot| shot.risks).unwrap_or_default()
}

fn look(size: ShotSize, subjects: &[&str], action: &str) -> Look {
    let subjects = subjects.iter().map(|&name| name.to_owned()).collect();
    Look { size, subjects, action: action.to_owned(), ..Look::default() }
}

#[test]
fn each_risk_is_told_in_words() {
    let check = |frames: u32, at: u32, look: Look, says: &[&str]| {
        let said: Vec<String> = risks(frames, at, look, "MINA").iter().map(ToString::to_string).collect();
        assert_eq!(said, says);
    };
    let quiet = |action: &str| look(ShotSize::Wide, &[], action);
    check(40, 0, quiet("Snow."), &[]);
    check(40, 0, look(ShotSize::Close, &["MINA"], ""), &["MINA's lips are watched in close-up"]);
    check(40, 0, look(ShotSize::Close, &["JONAS"], ""), &[]);
    check(40, 0, look(ShotSize::Medium, &["MINA"], ""), &[]);
    check(113, 0, quiet(""), &["it takes 100 % of what `wan` holds together"]);
    check(101, 0, quiet(""), &[]);
    check(40, 0, quiet("She RUNS."), &["fast movement (`runs`)"]);
    check(40, 0, quiet("She does not run."), &[]);
    check(40, 0, quiet("She prunes the rose."), &[]);
    check(40, 0, quiet("미나가 달린다."), &["fast movement (`달린`)"]);
    check(40, 0, quiet("A crowd waits."), &["many people (`crowd`)"]);
    check(40, 0, quiet("A letter on the table."), &["something to be read (`letter`)"]);
    check(40, 0, quiet("Her hands."), &["hands at work (`hands`)"]);
    let two = look(ShotSize::Wide, &["MINA", "JONAS"], "");
    check(40, 0, two, &["2 people who must stay themselves"]);
}

#[test]
fn a_cut_inside_speech_is_a_risk() {
    let found = risks(40, 100, look(ShotSize::Wide, &[], ""), "MINA");
    assert!(matches!(found.as_slice(), [Risk::InsideWord { .. } | Risk::InsideLine { .. }]), "{found:?}");
}

#[test]
fn the_riskiest_come_first_and_no_more_than_asked_for() {
    let film = kitchen();
    let cut_list =
        plan(&film.screenplay, &film.sound, &LineLevels::new(), &rules(), Before::NOTHING, &NoReport)
            .unwrap();
    let all: Vec<RiskyShot> = riskiest(&cut_list, &film.sound, &LineLevels::new(), &rules(), 1000);
    assert!(all.is_sorted_by_key(|shot| std::cmp::Reverse(shot.weight)), "{all:?}");
    assert!(all.iter().all(|shot| !shot.risks.is_empty()));
    assert_eq!(riskiest(&cut_list, &film.sound, &LineLevels::new(), &rules(), 2), all[..2]);
}
