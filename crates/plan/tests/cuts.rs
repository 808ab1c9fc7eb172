//! `cuts.toml`: what a person changes in it, and what a new plan makes of that.
#![allow(clippy::unwrap_used, reason = "a plan that cannot be had fails the test")]

mod film;

use film::{Film, drawn, kitchen, rules, with_line_after};
use proptest::prelude::*;
use soundlock_plan::format::{Cuts, write};
use soundlock_plan::{Before, CutList, LineLevels, PlanError, PlanRules, Shot, ShotKind, ShotSize, plan};
use soundlock_vault::NoReport;

fn planned(film: &Film, rules: &PlanRules, text: Option<&str>) -> Result<CutList, PlanError> {
    let cuts = text.map(Cuts::read).transpose()?;
    let before = Before { cuts: cuts.as_ref(), ..Before::NOTHING };
    plan(&film.screenplay, &film.sound, &LineLevels::new(), rules, before, &NoReport)
}

/// The kitchen film's `cuts.toml` as the program writes it first.
fn first_text(film: &Film) -> String {
    write(None, &planned(film, &rules(), None).unwrap()).unwrap()
}

/// Plans with the edited text and writes over it; both must be stable from there on.
fn replanned(film: &Film, text: &str) -> (CutList, String) {
    let cut_list = planned(film, &rules(), Some(text)).unwrap();
    let written = write(Some(text), &cut_list).unwrap();
    assert_eq!(planned(film, &rules(), Some(&written)).unwrap(), cut_list);
    assert_eq!(write(Some(&written), &cut_list).unwrap(), written);
    (cut_list, written)
}

fn shot<'a>(cut_list: &'a CutList, code: &str) -> &'a Shot {
    cut_list.shot(&code.parse().unwrap()).unwrap_or_else(|| panic!("no shot {code}"))
}

/// The text with one key of one shot's table set (`None`: deleted).
fn edited(text: &str, code: &str, key: &str, value: Option<&str>) -> String {
    let mut document: toml_edit::DocumentMut = text.parse().unwrap();
    let tables = document["shot"].as_array_of_tables_mut().unwrap();
    let table = tables.iter_mut().find(|table| table["code"].as_str() == Some(code)).unwrap();
    match value {
        Some(value) => table[key] = toml_edit::value(value.parse::<toml_edit::Value>().unwrap()),
        None => {
            table.remove(key);
        }
    }
    document.to_string()
}

fn line_of(text: &str, needle: &str) -> u32 {
    text.lines().position(|line| line.contains(needle)).unwrap() as u32 + 1
}

#[test]
fn planning_again_changes_nothing() {
    let film = kitchen();
    let text = first_text(&film);
    let (cut_list, written) = replanned(&film, &text);
    assert_eq!(written, text);
    assert_eq!(Some(cut_list), planned(&film, &rules(), None).ok());
}

#[test]
fn words_set_by_hand_survive_and_the_rest_follows() {
    let film = kitchen();
    let text = edited(&first_text(&film), "12_0050", "size", Some("\"ECU\""));
    let (cut_list, written) = replanned(&film, &text);
    let changed = shot(&cut_list, "12_0050");
    assert_eq!(changed.look.size, ShotSize::ExtremeClose);
    assert_eq!(changed.by_hand, ["size"]);
    assert!(changed.prompt.starts_with("extreme close-up of"), "{}", changed.prompt);

    let text = edited(&written, "12_0050", "prompt", Some("\"only her hands\""));
    let (cut_list, written) = replanned(&film, &text);
    assert_eq!(shot(&cut_list, "12_0050").prompt, "only her hands");
    assert_eq!(shot(&cut_list, "12_0050").by_hand, ["size", "prompt"]);

    let text = edited(&edited(&written, "12_0050", "size", Some("\"auto\"")), "12_0050", "prompt", None);
    let (cut_list, written) = replanned(&film, &text);
    assert!(shot(&cut_list, "12_0050").by_hand.is_empty());
    assert_eq!(written, first_text(&film));
}

#[test]
fn every_field_can_be_set_by_hand() {
    let film = kitchen();
    for (key, value) in [
        ("angle", "\"low\""),
        ("move", "\"handheld\""),
        ("subjects", "[\"JONAS\", \"the radio\"]"),
        ("subjects", "[]"),
        ("action", "\"He does not answer.\""),
        ("negative", "\"smoke\""),
        ("generator", "\"animatic\""),
        ("reason", "\"because I say so\""),
        ("detail", "\"the hands\""),
        ("sides", "[\"JONAS\", \"MINA\"]"),
        ("prompt_add", "\"steam on the glass\""),
        ("why", "\"mine\""),
    ] {
        let text = edited(&first_text(&film), "12_0030", key, Some(value));
        let (cut_list, written) = replanned(&film, &text);
        assert_eq!(shot(&cut_list, "12_0030").by_hand, [key], "{value}");
        assert!(written.contains(&format!("{key} = {value}\n")), "{written}");
    }
}

#[test]
fn a_cut_moved_by_hand_stays_and_its_neighbour_gives_way() {
    let film = kitchen();
    let text = first_text(&film);
    let before = planned(&film, &rules(), None).unwrap();
    let (old, next) = (shot(&before, "12_0040").clone(), shot(&before, "12_0050").clone());
    let length = old.frames() - 5;
    let (cut_list, _) = replanned(&film, &edited(&text, "12_0040", "frames", Some(&length.to_string())));
    assert_eq!(shot(&cut_list, "12_0040").frames(), length);
    assert_eq!(shot(&cut_list, "12_0050").at.0, next.at.0 - 5);
    assert_eq!(shot(&cut_list, "12_0050").by_hand, Vec::<String>::new());

    let at = next.at.0 + 3;
    let (cut_list, _) = replanned(&film, &edited(&text, "12_0050", "at", Some(&at.to_string())));
    assert_eq!(shot(&cut_list, "12_0050").at.0, at);
    assert_eq!(shot(&cut_list, "12_0050").reason, "by hand");
    assert_eq!(shot(&cut_list, "12_0040").film.end, shot(&cut_list, "12_0050").film.start);
}

#[test]
fn a_pinned_shot_keeps_its_cuts_under_other_rules() {
    let film = kitchen();
    let text = edited(&first_text(&film), "12_0060", "pinned", Some("true"));
    let before = shot(&planned(&film, &rules(), None).unwrap(), "12_0060").clone();
    for pace_secs in [1.0, 2.0, 9.0] {
        let cut_list = planned(&film, &PlanRules { pace_secs, ..rules() }, Some(&text)).unwrap();
        let pinned = shot(&cut_list, "12_0060");
        assert_eq!((pinned.at, pinned.frames()), (before.at, before.frames()));
        assert_eq!(pinned.by_hand, ["pinned"]);
    }
}

#[test]
fn a_shot_put_in_by_hand_divides_the_one_it_falls_into() {
    let film = kitchen();
    let text = first_text(&film) + "\n# split it\n[[shot]]\ncode = \"12_0075\"\nat = 310\nsize = \"CU\"\n";
    let (cut_list, written) = replanned(&film, &text);
    let put_in = shot(&cut_list, "12_0075");
    assert_eq!((put_in.at.0, put_in.look.size), (310, ShotSize::Close));
    assert_eq!(put_in.by_hand, ["at", "size"]);
    let place = |needle: &str| written.find(needle).unwrap();
    assert!(place("12_0070") < place("# split it") && place("# split it") < place("12_0075"));
    assert!(place("12_0075") < place("12_0080"));
}

#[test]
fn cuts_by_hand_that_cannot_both_hold_are_named_with_their_lines() {
    fn check(edits: &[(&str, &str, &str)], message: &str) {
        let film = kitchen();
        let mut text = first_text(&film);
        for (code, key, value) in edits {
            text = edited(&text, code, key, Some(value));
        }
        let error = planned(&film, &rules(), Some(&text)).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert!(error.hint().is_some() && error.place().is_some());
    }
    check(
        &[("12_0050", "frames", "70"), ("12_0060", "at", "243")],
        "shots 12_0050 and 12_0060 overlap by 11 frames (cuts.toml lines 73 and 88)",
    );
    check(
        &[("12_0050", "frames", "20"), ("12_0060", "at", "234")],
        "30 frames between shots 12_0050 and 12_0060 belong to neither (cuts.toml lines 73 and 88)",
    );
    check(
        &[("12_0050", "at", "260"), ("12_0060", "at", "270")],
        "shots 12_0050 and 12_0060 leave 10 frames between their cuts; the shortest shot has 18 (cuts.toml lines 72 \
         and 88)",
    );
    check(&[("12_0100", "at", "9000")], "shot 12_0100 reaches to frame 9000; scene 12 has 708");
    check(
        &[("12_0060", "frames", "120")],
        "shot 12_0060 needs 128 frames with its handles; `wan` holds together for 121",
    );
    check(&[("12_0060", "generator", "\"wam\"")], "there is no generator `wam`");
}

#[test]
fn comments_and_formatting_survive() {
    let film = kitchen();
    let text = first_text(&film)
        .replace(
            "[[shot]]\ncode = \"12_0040\"",
            "# her best line\n[[shot]] # mark\ncode = \"12_0040\" # the one",
        )
        .replace("[[shot]]\ncode = \"12_0050\"", "# this goes\n[[shot]]\ncode = \"12_0050\"");
    let at = line_of(&text, "12_0040") as usize;
    let text: String = text
        .lines()
        .enumerate()
        .map(
            |(line, words)| {
                if line == at { "at   =   135  # found by ear\n".to_owned() } else { format!("{words}\n") }
            },
        )
        .collect();
    let (_, written) = replanned(&film, &text);
    assert_eq!(written, text, "a plan that changes nothing writes nothing else");

    // The scene loses its middle: the table of 12_0050 goes, what was written above it stays.
    let mut cut_list = planned(&film, &rules(), Some(&text)).unwrap();
    cut_list.shots.retain(|shot| shot.code.to_string() != "12_0050");
    let written = write(Some(&text), &cut_list).unwrap();
    assert!(!written.contains("12_0050"));
    assert!(written.contains("# this goes\n[[shot]]\ncode = \"12_0060\""), "{written}");
    assert!(written.contains(
        "# her best line\n[[shot]] # mark\ncode = \"12_0040\" # the one\nat   =   135  # found by ear\n"
    ));

    cut_list.shots.retain(|shot| shot.kind != ShotKind::Scene);
    let written = write(Some(&text), &cut_list).unwrap();
    assert!(written.ends_with("# her best line\n# this goes\n"), "{written}");
}

#[test]
fn a_bad_file_is_refused_with_its_place() {
    fn check(text: &str, place: (u32, u32), message: &str, hint: &str) {
        let error = Cuts::read(text).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert_eq!(error.place(), Some(place), "{message}");
        assert_eq!(error.hint().unwrap_or_default(), hint, "{message}");
    }
    let shot = |more: &str| format!("[[shot]]\ncode = \"1_0010\"\nat = 0\n{more}");
    check(
        "shot = 3\n",
        (1, 8),
        "`shot` in cuts.toml must be tables, each headed `[[shot]]`, not the number 3",
        "",
    );
    check(
        "version = 9",
        (1, 11),
        "cuts.toml has version 9; this program reads version 1",
        "take a newer soundlock",
    );
    check("[[shots]]", (1, 3), "cuts.toml has a key `shots` that means nothing here", "did you mean `shot`?");
    check(
        &shot("sise = \"CU\"\n"),
        (4, 1),
        "cuts.toml has a key `sise` that means nothing here",
        "did you mean `size`?",
    );
    check(
        &shot("size = \"HUGE\"\n"),
        (4, 8),
        "`size` in cuts.toml must be one of EWS, WS, MS, MCU, CU, ECU, or \"auto\", not the text \"HUGE\"",
        "",
    );
    check(
        &shot("frames = -3\n"),
        (4, 10),
        "`frames` in cuts.toml must be a whole number of frames, 1 to 10000000, or \"auto\", not the number -3",
        "",
    );
    check(
        &shot("subjects = [1]\n"),
        (4, 12),
        "`subjects` in cuts.toml must be a list of names, or \"auto\", not a list",
        "",
    );
    check(
        "[[shot]]\ncode = \"title_0010\"\nat = 0\n",
        (2, 8),
        "`code` in cuts.toml must be a shot code of a scene such as \"12_0040\", not the text \"title_0010\"",
        "",
    );
    check(
        "\n[[shot]]\nat = 4\n",
        (2, 1),
        "a shot in cuts.toml has no `code`",
        "a shot put in by hand needs a code between its neighbours', such as 12_0045",
    );
    check(
        "[[shot]]\ncode = \"1_0010\"\n",
        (2, 1),
        "a shot in cuts.toml has no `at`",
        "a shot put in by hand needs `code` and `at`",
    );
    check(
        &(shot("") + &shot("")),
        (5, 1),
        "shot 1_0010 stands twice in cuts.toml, on lines 2 and 5",
        "give one of them a code of its own",
    );
    check(
        &shot("planned = \"mine\"\n"),
        (4, 11),
        "`planned` in cuts.toml must be left as the program wrote it, not the text \"mine\"",
        "`planned` is the program's own note; delete it and the shot's values count as set by hand",
    );
    assert_eq!(Cuts::read("[[shot]]\nat = = 3\n").unwrap_err().place(), Some((2, 6)));
}

#[test]
fn an_inserted_line_leaves_other_scenes_alone_and_keeps_codes_and_shots_inside() {
    let (mut kept, mut inside) = (0, 0);
    for seed in 1..=5 {
        let film = drawn(seed, 3);
        let text = first_text(&film);
        let before = planned(&film, &rules(), None).unwrap();
        let after = planned(&with_line_after(film, 1, 9, 44, 12), &rules(), Some(&text)).unwrap();
        let facts = |shot: &Shot| (shot.code.clone(), shot.at, shot.frames(), shot.prompt.clone());
        let of_scene = |cut_list: &CutList, scene: &str| -> Vec<_> {
            cut_list.shots.iter().filter(|shot| shot.code.scene() == scene).map(facts).collect()
        };
        for scene in ["1", "3"] {
            assert_eq!(of_scene(&before, scene), of_scene(&after, scene));
        }
        for (code, _, frames, prompt) in of_scene(&before, "2") {
            inside += 1;
            let same = |shot: &&Shot| shot.frames() == frames && shot.prompt == prompt;
            kept += usize::from(after.shot(&code).as_ref().is_some_and(same));
        }
    }
    assert!(kept * 100 >= inside * 90, "{kept} of {inside} shots are as they were");
}

#[test]
fn a_new_shot_gets_a_number_between_its_neighbours() {
    let film = drawn(2, 1);
    let text = first_text(&film);
    let longer = with_line_after(drawn(2, 1), 0, 9, 90, 12);
    let after = planned(&longer, &rules(), Some(&text)).unwrap();
    let numbers: Vec<u32> = after
        .shots
        .iter()
        .filter(|shot| shot.kind == ShotKind::Scene)
        .map(|shot| shot.code.number())
        .collect();
    assert!(numbers.is_sorted(), "{numbers:?}");
    assert!(numbers.iter().any(|number| number % 10 != 0), "{numbers:?}");
}

#[test]
fn hand_cuts_move_with_the_sound() {
    let film = drawn(4, 1);
    let before = planned(&film, &rules(), None).unwrap();
    let late = before.shots.iter().rev().nth(4).unwrap().clone();
    let code = late.code.to_string();
    let text = edited(&first_text(&film), &code, "at", Some(&(late.at.0 + 2).to_string()));
    let (_, text) = replanned(&film, &text);
    let longer = with_line_after(film, 0, 3, 44, 12);
    let after = planned(&longer, &rules(), Some(&text)).unwrap();
    assert_eq!(shot(&after, &code).at.0, late.at.0 + 2 + 56);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn writing_reading_and_planning_again_gives_the_same(seed in 0_u64..500, pace in 1.0_f64..8.0) {
        let film = drawn(seed, 2);
        let rules = PlanRules { pace_secs: pace, seed, ..rules() };
        let cut_list = planned(&film, &rules, None).unwrap();
        let text = write(None, &cut_list).unwrap();
        prop_assert_eq!(&planned(&film, &rules, Some(&text)).unwrap(), &cut_list);
        prop_assert_eq!(write(Some(&text), &cut_list).unwrap(), text);
    }

    #[test]
    fn lengths_set_by_hand_are_kept_whatever_they_are(seed in 0_u64..200, pick in 0_usize..40, frames in 1_u32..113) {
        let film = drawn(seed, 1);
        let text = first_text(&film);
        let before = planned(&film, &rules(), None).unwrap();
        let shots: Vec<&Shot> = before.shots.iter().filter(|shot| shot.kind == ShotKind::Scene).collect();
        let picked = shots[pick % shots.len()];
        let text = edited(&text, &picked.code.to_string(), "frames", Some(&frames.to_string()));
        match planned(&film, &rules(), Some(&text)) {
            Ok(after) => {
                prop_assert_eq!(after.shot(&picked.code).unwrap().frames(), frames);
                let total: u32 = after.shots.iter().map(Shot::frames).sum();
                prop_assert_eq!(total, film.sound.frames());
            }
            Err(error) => prop_assert!(matches!(error, PlanError::OutsideScene { .. }), "{error}"),
        }
    }
}
