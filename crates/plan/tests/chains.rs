//! Stretches without a cut that are longer than any take.
#![allow(clippy::unwrap_used, reason = "a plan that cannot be had fails the test")]

mod film;

use film::{Film, rules};
use proptest::prelude::*;
use soundlock_plan::format::{Cuts, write};
use soundlock_plan::{Before, CutList, LineLevels, PlanRules, Shot, ShotKind, plan, stats};
use soundlock_time::Fps;
use soundlock_vault::NoReport;

/// Rules of a generator that can go on from a frame.
fn chaining() -> PlanRules {
    let mut rules = rules();
    rules.generators[1].takes_first_frame = true;
    rules
}

fn planned(film: &Film, rules: &PlanRules, text: Option<&str>) -> CutList {
    let cuts = text.map(|text| Cuts::read(text).unwrap());
    let before = Before { cuts: cuts.as_ref(), ..Before::NOTHING };
    plan(&film.screenplay, &film.sound, &LineLevels::new(), rules, before, &NoReport).unwrap()
}

/// One line of nine seconds without a comma, between two short ones.
fn monologue(frames: u32) -> Film {
    let words = "and the train went on and on over the white hills ".repeat(frames as usize / 70 + 1);
    Film::new()
        .scene("3", "INT. KITCHEN - NIGHT")
        .action("MINA sits. JONAS stands.", 40)
        .line("3.01", "JONAS", "Tell me.", 20)
        .pause(14)
        .line("3.02", "MINA", words.trim(), frames)
        .pause(16)
        .line("3.03", "JONAS", "I see.", 20)
        .pause(30)
}

fn rows(cut_list: &CutList) -> Vec<String> {
    let row = |shot: &Shot| {
        let from = shot.continues.as_ref().map_or_else(String::new, |before| format!(" < {before}"));
        format!("{} {}+{}{from} | {}", shot.code, shot.at, shot.frames(), shot.reason)
    };
    cut_list.shots.iter().map(row).collect()
}

#[test]
fn speech_beyond_the_ceiling_becomes_one_set_up() {
    let film = monologue(216);
    let cut_list = planned(&film, &chaining(), None);
    insta::assert_snapshot!(rows(&cut_list).join("\n"), @r"
    3_0010 0+33 | scene begins
    3_0020 33+39 | before JONAS speaks
    3_0030 72+76 | in the pause before MINA answers
    3_0040 148+76 < 3_0030 | goes on from the shot before, under MINA's line 3.02
    3_0050 224+76 < 3_0040 | goes on from the shot before, under MINA's line 3.02
    3_0060 300+56 | in the pause before JONAS answers
    ");
    let chain: Vec<&Shot> = cut_list.shots.iter().filter(|shot| shot.continues.is_some()).collect();
    let first = cut_list.shot(chain[0].continues.as_ref().unwrap()).unwrap();
    for shot in &chain {
        assert_eq!(shot.look.size, first.look.size);
        assert_eq!((shot.look.angle, &shot.look.subjects), (first.look.angle, &first.look.subjects));
        assert_eq!(shot.head, 1, "the frame that it goes on from");
    }
    let stats = stats(&cut_list, &film.sound, &LineLevels::new(), &chaining());
    assert_eq!((stats.joins, stats.cuts_in_words), (chain.len(), 0));
}

#[test]
fn without_a_first_frame_it_is_cut_to_another_view() {
    let cut_list = planned(&monologue(216), &rules(), None);
    assert!(cut_list.shots.iter().all(|shot| shot.continues.is_none()));
    let inside = cut_list.shots.windows(2).filter(|pair| pair[1].reason.starts_with("ceiling"));
    let mut changed = 0;
    for pair in inside {
        assert_ne!(
            (&pair[0].look.size, &pair[0].look.subjects),
            (&pair[1].look.size, &pair[1].look.subjects)
        );
        changed += 1;
    }
    assert!(changed > 0);
}

#[test]
fn a_note_asks_for_one_shot_up_to_the_next_note() {
    let film = |note: &str| {
        Film::new()
            .scene("4", "INT. HALL - NIGHT")
            .line("4.01", "MINA", "Wait here.", 40)
            .pause(20)
            .note(note)
            .action("She walks the whole hall, door after door.", 130)
            .line("4.02", "MINA", "Is somebody there, anybody at all, behind one of these doors?", 110)
            .pause(30)
            .note("close on the last door")
            .action("It opens.", 60)
    };
    let shots = |film: &Film, rules: &PlanRules| -> Vec<(u32, bool)> {
        let cut_list = planned(film, rules, None);
        cut_list.shots.iter().map(|shot| (shot.at.0, shot.continues.is_some())).collect()
    };
    let chained = shots(&film("unbroken, with her"), &chaining());
    let inside: Vec<_> = chained.iter().filter(|(at, _)| (60..330).contains(at)).collect();
    assert_eq!(*inside[0], (60, false));
    assert!(inside.len() == 3 && inside[1..].iter().all(|(_, joined)| *joined), "{chained:?}");
    assert!(chained.contains(&(330, false)), "the next note cuts: {chained:?}");
    assert!(shots(&film("with her"), &chaining()).iter().all(|(_, joined)| !joined));
    // What fits into a take is not cut, whoever makes it.
    let mut long = rules();
    long.generators[1].frames = film::up_to(300);
    let whole = shots(&film("롱테이크"), &long);
    assert_eq!(whole.iter().filter(|(at, _)| (60..330).contains(at)).count(), 1, "{whole:?}");
}

#[test]
fn joins_are_written_and_can_be_overruled() {
    let film = monologue(216);
    let rules = chaining();
    let first = planned(&film, &rules, None);
    let text = write(None, &first).unwrap();
    assert_eq!(text.matches("\ncontinues = true\n").count(), 2, "{text}");
    assert_eq!(planned(&film, &rules, Some(&text)), first);

    let joined = first.shots.iter().find(|shot| shot.continues.is_some()).unwrap();
    let cut = text.replacen("continues = true", "continues = false", 1);
    let after = planned(&film, &rules, Some(&cut));
    let shot = after.shot(&joined.code).unwrap();
    assert_eq!((&shot.continues, shot.at), (&None, joined.at));
    assert_eq!(shot.by_hand, ["continues"]);
    let written = write(Some(&cut), &after).unwrap();
    assert!(written.contains("continues = false"));
    assert_eq!(planned(&film, &rules, Some(&written)), after);

    let given_back = written.replacen("continues = false", "continues = \"auto\"", 1);
    assert_eq!(planned(&film, &rules, Some(&given_back)), first);

    // A person may join what the program would cut.
    let last = first.shots.last().unwrap();
    let wished = text.replacen(
        &format!("code = \"{}\"\n", last.code),
        &format!("code = \"{}\"\ncontinues = true\n", last.code),
        1,
    );
    let after = planned(&film, &rules, Some(&wished));
    let before = &after.shots[after.shots.len() - 2];
    assert_eq!(after.shots.last().unwrap().continues.as_ref(), Some(&before.code));
    assert_eq!(after.shots.last().unwrap().look.size, before.look.size);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn chains_are_whole_and_their_joins_lie_in_speech(
        frames in 90_u32..700,
        handles in 0_u32..6,
        ceiling in 60_u32..130,
    ) {
        let film = monologue(frames);
        let mut rules = chaining();
        rules.handles.head = handles;
        rules.handles.tail = handles;
        rules.generators[1].frames = film::up_to(ceiling);
        let cut_list = planned(&film, &rules, None);
        let limits = rules.limits("wan").unwrap();
        for pair in cut_list.shots.windows(2) {
            prop_assert_eq!(pair[0].film.end, pair[1].film.start);
        }
        prop_assert_eq!(cut_list.shots.last().unwrap().film.end.0, film.sound.frames());
        for shot in cut_list.shots.iter().filter(|shot| shot.kind == ShotKind::Scene) {
            prop_assert!(shot.frames_with_handles() <= limits.longest_take(Fps::FILM), "{}", shot.code);
            prop_assert!(shot.frames() >= rules.shortest_frames, "{}", shot.code);
        }
        for pair in cut_list.shots.windows(2).filter(|pair| pair[1].continues.is_some()) {
            prop_assert_eq!(pair[1].continues.as_ref(), Some(&pair[0].code));
            let spoken = pair[1].speech.iter().any(|span| span.from == 0);
            prop_assert!(spoken && pair[0].speech.iter().any(|span| span.to == pair[0].frames()));
        }
        let text = write(None, &cut_list).unwrap();
        prop_assert_eq!(planned(&film, &rules, Some(&text)), cut_list);
    }
}
