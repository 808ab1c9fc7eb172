//! The cut list changed by command: what is asked for happens, nothing else does, and it stays.
#![allow(clippy::unwrap_used, reason = "a plan that cannot be had fails the test")]

mod film;

use std::collections::BTreeMap;

use film::{Film, drawn, kitchen, rules, with_line_after};
use proptest::prelude::*;
use soundlock_plan::edit::{AutoField, Change, Edit, EditContext, EditError, Edited, edit};
use soundlock_plan::format::{Cuts, write};
use soundlock_plan::{
    Angle, Before, CutList, LineLevels, PlanRules, Shot, ShotCode, ShotKind, ShotSize, plan,
};
use soundlock_vault::NoReport;

fn planned(film: &Film, text: Option<&str>) -> CutList {
    let cuts = text.map(|text| Cuts::read(text).unwrap());
    let before = Before { cuts: cuts.as_ref(), ..Before::NOTHING };
    plan(&film.screenplay, &film.sound, &LineLevels::new(), &rules(), before, &NoReport).unwrap()
}

fn first(film: &Film) -> (CutList, String) {
    let cut_list = planned(film, None);
    let text = write(None, &cut_list).unwrap();
    (cut_list, text)
}

fn change_with(film: &Film, rules: &PlanRules, text: &str, asked: &Edit) -> Result<Edited, EditError> {
    let (levels, takes) = (LineLevels::new(), BTreeMap::new());
    let (screenplay, sound) = (&film.screenplay, &film.sound);
    let context = EditContext { screenplay, sound, levels: &levels, rules, takes: &takes };
    edit(text, asked, &context, &NoReport)
}

/// The change done; planning once more changes nothing.
#[track_caller]
fn change(film: &Film, text: &str, asked: &Edit) -> Edited {
    let edited = change_with(film, &rules(), text, asked).unwrap();
    let again = planned(film, Some(&edited.text));
    assert_eq!(again, edited.cut_list);
    assert_eq!(write(Some(&edited.text), &again).unwrap(), edited.text);
    edited
}

fn code(text: &str) -> ShotCode {
    text.parse().unwrap()
}

fn shot<'a>(cut_list: &'a CutList, text: &str) -> &'a Shot {
    cut_list.shot(&code(text)).unwrap_or_else(|| panic!("no shot {text}"))
}

/// Code, first frame and length of every shot of scenes.
fn cuts(cut_list: &CutList) -> Vec<(String, u32, u32)> {
    let shots = cut_list.shots.iter().filter(|shot| shot.kind == ShotKind::Scene);
    shots.map(|shot| (shot.code.to_string(), shot.at.0, shot.frames())).collect()
}

#[test]
fn a_shot_is_cut_in_two_and_nothing_else_moves() {
    let film = kitchen();
    let (was, text) = first(&film);
    let old = shot(&was, "12_0020").clone();
    let edited = change(&film, &text, &Edit::Cut { shot: code("12_0020"), at: 20 });
    let mut wanted = cuts(&was);
    let index = wanted.iter().position(|(code, ..)| code == "12_0020").unwrap();
    wanted[index].2 = 20;
    wanted.insert(index + 1, ("12_0025".to_owned(), old.at.0 + 20, old.frames() - 20));
    assert_eq!(cuts(&edited.cut_list), wanted);
    assert!(shot(&edited.cut_list, "12_0025").by_hand.contains(&"at".to_owned()));
}

#[test]
fn two_shots_become_one_and_what_stood_above_the_second_stays() {
    let film = kitchen();
    let (was, text) = first(&film);
    let text = text.replace("[[shot]]\ncode = \"12_0030\"", "# her hands!\n[[shot]]\ncode = \"12_0030\"");
    let (one, other) = (shot(&was, "12_0020").clone(), shot(&was, "12_0030").clone());
    let merge = Edit::Merge { first: code("12_0020"), second: code("12_0030") };
    let wide = PlanRules { generator: "animatic".to_owned(), ..rules() };
    let edited = change_with(&film, &wide, &text, &merge).unwrap();
    let merged = shot(&edited.cut_list, "12_0020");
    assert_eq!((merged.at, merged.frames()), (one.at, one.frames() + other.frames()));
    assert!(edited.cut_list.shot(&code("12_0030")).is_none());
    assert!(edited.text.contains("# her hands!\n[[shot]]\ncode = \"12_0040\""), "{}", edited.text);
}

#[test]
fn a_cut_is_moved_both_ways() {
    let film = kitchen();
    let (was, text) = first(&film);
    for by in [-6, 5] {
        let edited = change(&film, &text, &Edit::Move { shot: code("12_0030"), by });
        let mut wanted = cuts(&was);
        let index = wanted.iter().position(|(code, ..)| code == "12_0030").unwrap();
        wanted[index].1 = (i64::from(wanted[index].1) + by) as u32;
        wanted[index].2 = (i64::from(wanted[index].2) - by) as u32;
        wanted[index - 1].2 = (i64::from(wanted[index - 1].2) + by) as u32;
        assert_eq!(cuts(&edited.cut_list), wanted, "{by}");
        assert_eq!(shot(&edited.cut_list, "12_0030").by_hand, ["at"]);
        let back = change(&film, &edited.text, &Edit::Move { shot: code("12_0030"), by: -by });
        assert_eq!(cuts(&back.cut_list), cuts(&was));
    }
}

#[test]
fn a_pinned_shot_can_still_be_cut_and_moved_by_hand() {
    let film = kitchen();
    let (_, text) = first(&film);
    let pinned = change(&film, &text, &Edit::Pin { shot: code("12_0030"), pinned: true });
    assert_eq!(shot(&pinned.cut_list, "12_0030").by_hand, ["pinned"]);
    let was = shot(&pinned.cut_list, "12_0030").clone();
    let moved = change(&film, &pinned.text, &Edit::Move { shot: code("12_0030"), by: 4 });
    let now = shot(&moved.cut_list, "12_0030");
    assert_eq!((now.at.0, now.frames()), (was.at.0 + 4, was.frames() - 4));
    let halved = change(&film, &moved.text, &Edit::Cut { shot: code("12_0030"), at: 10 });
    assert_eq!(shot(&halved.cut_list, "12_0030").frames(), 10);
    let free = change(&film, &pinned.text, &Edit::Pin { shot: code("12_0030"), pinned: false });
    assert_eq!(free.text, text);
}

#[test]
fn what_a_shot_shows_is_set_and_given_back() {
    let film = kitchen();
    let (was, text) = first(&film);
    let set = vec![
        Change::Size(ShotSize::ExtremeClose),
        Change::Angle(Angle::Low),
        Change::Subjects(vec!["JONAS".to_owned()]),
    ];
    let edited = change(&film, &text, &Edit::Look { shot: code("12_0030"), changes: set });
    let now = shot(&edited.cut_list, "12_0030");
    assert_eq!((now.look.size, now.look.angle), (ShotSize::ExtremeClose, Angle::Low));
    assert_eq!(now.by_hand, ["size", "angle", "subjects"]);
    let auto = [AutoField::Size, AutoField::Angle, AutoField::Subjects].map(Change::Auto).to_vec();
    let back = change(&film, &edited.text, &Edit::Look { shot: code("12_0030"), changes: auto });
    assert_eq!((back.text, back.cut_list), (text, was));
}

/// Whoever says what the program would have said means it to stay.
#[test]
fn a_field_that_says_what_was_planned_anyway_is_held_from_then_on() {
    let film = kitchen();
    let (was, text) = first(&film);
    let size = shot(&was, "12_0030").look.size;
    let edited =
        change(&film, &text, &Edit::Look { shot: code("12_0030"), changes: vec![Change::Size(size)] });
    assert_eq!(shot(&edited.cut_list, "12_0030").by_hand, ["size"]);
}

#[test]
fn a_cut_list_that_cannot_be_planned_is_mended_by_the_cut_that_the_error_names() {
    let film = kitchen();
    let (_, text) = first(&film);
    let long = text.replacen("frames = ", "frames = 130 # ", 1);
    let cuts = Cuts::read(&long).unwrap();
    let before = Before { cuts: Some(&cuts), ..Before::NOTHING };
    let error =
        plan(&film.screenplay, &film.sound, &LineLevels::new(), &rules(), before, &NoReport).unwrap_err();
    let hint = error.hint().unwrap();
    let at: u32 = hint.split("--at ").nth(1).unwrap().split('`').next().unwrap().parse().unwrap();
    let edited = change_with(&film, &rules(), &long, &Edit::Cut { shot: code("12_0010"), at }).unwrap();
    assert_eq!(shot(&edited.cut_list, "12_0010").frames(), at, "{hint}");
    assert!(edited.cut_list.shots.iter().all(|shot| shot.kind != ShotKind::Scene || shot.frames() <= 113));
}

#[test]
fn what_cannot_be_is_refused_with_its_place() {
    let film = kitchen();
    let (was, text) = first(&film);
    let check = |asked: Edit, says: &str, placed: bool| {
        let error = change_with(&film, &rules(), &text, &asked).unwrap_err();
        let said = format!("{error}; {}", error.hint().unwrap_or_default());
        assert!(said.contains(says), "`{says}` in {said}");
        assert_eq!(error.place().is_some(), placed, "{said}");
        if let Some((line, _)) = error.place() {
            let code = asked.shot().to_string();
            assert!(text.lines().nth(line as usize - 1).unwrap().contains(&code), "{said}: line {line}");
        }
    };
    let frames = shot(&was, "12_0020").frames();
    check(Edit::Cut { shot: code("12_0025"), at: 5 }, "near it are 12_0010, 12_0020, 12_0030", false);
    check(Edit::Cut { shot: code("13_0020"), at: 5 }, "`soundlock plan` lists", false);
    check(Edit::Cut { shot: code("12_0020"), at: 0 }, "it can be cut at 1 to", true);
    check(Edit::Cut { shot: code("12_0020"), at: frames }, "not inside shot 12_0020", true);
    let merge = |first, second| Edit::Merge { first: code(first), second: code(second) };
    check(merge("12_0020", "12_0040"), "`soundlock merge 12_0020 12_0030`", true);
    check(merge("12_0020", "12_0020"), "does not follow", true);
    let last = was.shots.iter().rfind(|shot| shot.kind == ShotKind::Scene).unwrap().code.to_string();
    check(merge(&last, "12_0010"), "the last of its scene", true);
    check(Edit::Move { shot: code("12_0010"), by: 3 }, "begins its scene", true);
    check(Edit::Move { shot: code("12_0030"), by: -100_000 }, "frames can be", true);
    check(Edit::Move { shot: code("12_0030"), by: i64::MAX }, "frames can be", true);
    let generator = |name: &str| vec![Change::Generator(name.to_owned())];
    let look = |changes| Edit::Look { shot: code("12_0020"), changes };
    check(look(generator("sora")), "known generators: animatic, wan", false);
}

#[test]
fn a_shot_longer_than_its_generator_makes_is_refused() {
    let film = kitchen();
    let (was, text) = first(&film);
    let scene: Vec<&Shot> = was.shots.iter().filter(|shot| shot.kind == ShotKind::Scene).collect();
    let pair = scene.windows(2).find(|pair| pair[0].frames() + pair[1].frames() > 113).unwrap();
    let merge = Edit::Merge { first: pair[0].code.clone(), second: pair[1].code.clone() };
    let error = change_with(&film, &rules(), &text, &merge).unwrap_err();
    assert!(error.to_string().contains("`wan` makes 113 at most"), "{error}");
}

/// A hand-made cut goes where the sound goes: a line put in before it moves it, and its shot keeps its length.
#[test]
fn a_cut_by_hand_moves_with_the_sound() {
    let film = kitchen();
    let (_, text) = first(&film);
    let edited = change(&film, &text, &Edit::Move { shot: code("12_0060"), by: 2 });
    let was = shot(&edited.cut_list, "12_0060").at.0;
    let longer = with_line_after(kitchen(), 0, 0, 40, 10);
    let now = planned(&longer, Some(&edited.text));
    assert_eq!(shot(&now, "12_0060").at.0, was + 50);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn changes_do_what_is_asked_and_touch_no_other_scene(
        seed in 0_u64..40,
        which in 0_usize..60,
        part in 1_u32..9,
        by in -20_i64..20,
    ) {
        let film = drawn(seed, 2);
        let (was, text) = first(&film);
        let shots: Vec<&Shot> = was.shots.iter().filter(|shot| shot.kind == ShotKind::Scene).collect();
        let old = shots[which % shots.len()];
        let at = old.frames() * part / 10;
        for asked in [Edit::Cut { shot: old.code.clone(), at }, Edit::Move { shot: old.code.clone(), by }] {
            let Ok(edited) = change_with(&film, &rules(), &text, &asked) else { continue };
            prop_assert_eq!(&planned(&film, Some(&edited.text)), &edited.cut_list);
            let mut wanted = cuts(&was);
            let index = wanted.iter().position(|(code, ..)| *code == old.code.to_string()).unwrap();
            if let Edit::Move { .. } = asked {
                wanted[index].1 = (i64::from(wanted[index].1) + by) as u32;
                wanted[index].2 = (i64::from(wanted[index].2) - by) as u32;
                wanted[index - 1].2 = (i64::from(wanted[index - 1].2) + by) as u32;
            } else {
                let (_, start, frames) = wanted[index].clone();
                wanted[index].2 = at;
                wanted.insert(index + 1, (String::new(), start + at, frames - at));
            }
            let found = cuts(&edited.cut_list);
            let places = |cuts: &[(String, u32, u32)]| -> Vec<(u32, u32)> {
                cuts.iter().map(|(_, at, frames)| (*at, *frames)).collect()
            };
            prop_assert_eq!(places(&found), places(&wanted));
            let kept = wanted.iter().filter(|(code, ..)| !code.is_empty());
            for (code, ..) in kept {
                prop_assert!(found.iter().any(|(found, ..)| found == code), "{} is gone", code);
            }
        }
    }
}
