//! Numbers stay with what they name.

use std::collections::BTreeSet;

use proptest::prelude::*;
use soundlock_script::{Fountain, KnownIds, Screenplay};

fn read(script: &str, known: &KnownIds) -> Screenplay {
    Screenplay::from_fountain(&Fountain::read(script.as_bytes(), &[]), known).0
}

/// `scene: line line …` for each scene.
fn shown(screenplay: &Screenplay) -> Vec<String> {
    let ids = |scene: &soundlock_script::Scene| {
        scene.lines().map(|line| format!(" {}", line.id)).collect::<Vec<_>>().concat()
    };
    screenplay.scenes.iter().map(|scene| format!("{}:{}", scene.id, ids(scene))).collect()
}

/// A script in short: scenes as `heading/A words/B words`, scenes parted by `|`.
fn script(short: &str) -> String {
    let scene = |scene: &str| {
        let mut parts = scene.split('/');
        let mut text = format!(".{}\n\n", parts.next().unwrap_or_default());
        for line in parts {
            let (name, words) = line.split_once(' ').unwrap_or((line, ""));
            text.extend([name, "\n", words, "\n\n"]);
        }
        text
    };
    short.split('|').map(scene).collect()
}

#[test]
fn a_first_reading_counts_and_skips_forced_numbers() {
    let cases: [(&str, &[&str]); 4] = [
        ("a/A one/B two|b/A three", &["1: 1.01 1.02", "2: 2.01"]),
        ("a #1#/A one|b/A two|c #2#/A three", &["1: 1.01", "3: 3.01", "2: 2.01"]),
        ("a #12A#/A one|b/A two", &["12A: 12A.01", "1: 1.01"]),
        ("a #1#/A one|b #1#/A two", &["1: 1.01", "2: 2.01"]),
    ];
    for (short, expected) in cases {
        assert_eq!(shown(&read(&script(short), &KnownIds::default())), expected, "{short}");
    }
    let prelude = read("He waits.\n\nMINA\nHello.\n\n.X\n\nMINA\nHi.\n", &KnownIds::default());
    assert_eq!(shown(&prelude), ["0: 0.01", "1: 1.01"]);
    assert_eq!(shown(&read("FADE IN:\n\n.X\n\nMINA\nHi.\n", &KnownIds::default())), ["1: 1.01"]);
}

#[test]
fn edits_keep_the_numbers_of_everything_else() {
    let before = "hall/A one apple falls/B two birds sing/A three cats sleep|yard/A four dogs bark/B five elks run|sea/B six fish";
    let known = read(&script(before), &KnownIds::default()).known_ids();
    let cases: [(&str, &str, &[&str]); 13] = [
        (
            "one insert",
            "hall/A one apple falls/B brand new/B two birds sing/A three cats sleep|yard/A four dogs bark/B five elks run|sea/B six fish",
            &["1: 1.01 1.01A 1.02 1.03", "2: 2.01 2.02", "3: 3.01"],
        ),
        (
            "two inserts",
            "hall/A one apple falls/B x y z/A q r s/B two birds sing/A three cats sleep|yard/A four dogs bark/B five elks run|sea/B six fish",
            &["1: 1.01 1.01A 1.01B 1.02 1.03", "2: 2.01 2.02", "3: 3.01"],
        ),
        (
            "insert at scene start",
            "hall/B hey/A one apple falls/B two birds sing/A three cats sleep|yard/A four dogs bark/B five elks run|sea/B six fish",
            &["1: 1.00A 1.01 1.02 1.03", "2: 2.01 2.02", "3: 3.01"],
        ),
        (
            "append",
            "hall/A one apple falls/B two birds sing/A three cats sleep/B done now|yard/A four dogs bark/B five elks run|sea/B six fish",
            &["1: 1.01 1.02 1.03 1.04", "2: 2.01 2.02", "3: 3.01"],
        ),
        (
            "delete",
            "hall/A one apple falls/A three cats sleep|yard/A four dogs bark/B five elks run|sea/B six fish",
            &["1: 1.01 1.03", "2: 2.01 2.02", "3: 3.01"],
        ),
        (
            "light edit",
            "hall/A one apple falls/B two big birds sing/A three cats sleep|yard/A four dogs bark/B five elks run|sea/B six fish",
            &["1: 1.01 1.02 1.03", "2: 2.01 2.02", "3: 3.01"],
        ),
        (
            "rewrite",
            "hall/A one apple falls/B nothing alike/A three cats sleep|yard/A four dogs bark/B five elks run|sea/B six fish",
            &["1: 1.01 1.02 1.03", "2: 2.01 2.02", "3: 3.01"],
        ),
        (
            "other voice, same words",
            "hall/A one apple falls/C two birds sing/A three cats sleep|yard/A four dogs bark/B five elks run|sea/B six fish",
            &["1: 1.01 1.02 1.03", "2: 2.01 2.02", "3: 3.01"],
        ),
        (
            "other voice, other words",
            "hall/A one apple falls/C nothing alike/A three cats sleep|yard/A four dogs bark/B five elks run|sea/B six fish",
            &["1: 1.01 1.01A 1.03", "2: 2.01 2.02", "3: 3.01"],
        ),
        (
            "line moved to another scene",
            "hall/A one apple falls/A three cats sleep|yard/A four dogs bark/B two birds sing/B five elks run|sea/B six fish",
            &["1: 1.01 1.03", "2: 2.01 1.02 2.02", "3: 3.01"],
        ),
        (
            "scene inserted",
            "hall/A one apple falls/B two birds sing/A three cats sleep|attic/C hello there|yard/A four dogs bark/B five elks run|sea/B six fish",
            &["1: 1.01 1.02 1.03", "1A: 1A.01", "2: 2.01 2.02", "3: 3.01"],
        ),
        (
            "scene moved, heading edited",
            "sea/B six fish|hallway/A one apple falls/B two birds sing/A three cats sleep|yard/A four dogs bark/B five elks run",
            &["3: 3.01", "1: 1.01 1.02 1.03", "2: 2.01 2.02"],
        ),
        (
            "number forced later",
            "hall/A one apple falls/B two birds sing/A three cats sleep|yard #9#/A four dogs bark/B five elks run|sea/B six fish",
            &["1: 1.01 1.02 1.03", "9: 2.01 2.02", "3: 3.01"],
        ),
    ];
    for (what, after, expected) in cases {
        assert_eq!(shown(&read(&script(after), &known)), expected, "{what}");
    }
}

#[test]
fn deleted_numbers_are_not_given_again() {
    let none = KnownIds::default();
    let first = none.after(&read(&script("hall/A one/B two|yard/A three"), &none));
    let second = first.after(&read(&script("hall/A one"), &first));
    assert_eq!(
        second.retired_lines.iter().map(soundlock_script::LineId::as_str).collect::<Vec<_>>(),
        ["1.02", "2.01"]
    );
    let third = read(&script("hall/A one/C quite another|cave/C and this"), &second);
    assert_eq!(shown(&third), ["1: 1.01 1.03", "3: 3.01"]);
}

/// Words for a line that no other line has.
fn words(number: usize) -> String {
    let words = [
        "apple", "bridge", "candle", "dog", "engine", "fog", "garden", "harbour", "island", "jacket",
        "kettle",
    ];
    let pick = |n: usize| words[n % words.len()];
    format!("{} {} {} {number}", pick(number), pick(number / 3 + 5), pick(number * 7 + 2))
}

/// Scenes as lists of (character, words).
fn scenes() -> impl Strategy<Value = Vec<Vec<(usize, String)>>> {
    let lines = proptest::collection::vec(0..3_usize, 1..7);
    proptest::collection::vec(lines, 1..6).prop_map(|scenes| {
        let mut number = 0;
        let mut line = |voice| {
            number += 1;
            (voice, words(number))
        };
        scenes.into_iter().map(|voices| voices.into_iter().map(&mut line).collect()).collect()
    })
}

fn written(scenes: &[Vec<(usize, String)>]) -> String {
    let name = |voice: &usize| ["ANNA", "BORIS", "CHLOE"][*voice];
    let lines = |lines: &Vec<(usize, String)>| -> String {
        lines
            .iter()
            .map(|(voice, words)| format!("{}\n{words}\n\n", name(voice)))
            .collect::<Vec<_>>()
            .concat()
    };
    scenes
        .iter()
        .enumerate()
        .map(|(n, scene)| format!(".PLACE {}\n\n{}", n % 3, lines(scene)))
        .collect::<Vec<_>>()
        .concat()
}

/// Line number of every text.
fn by_text(screenplay: &Screenplay) -> Vec<(String, String)> {
    screenplay.lines().map(|(_, line)| (line.text.clone(), line.id.to_string())).collect()
}

proptest! {
    #[test]
    fn one_change_renames_nothing_else(before in scenes(), at in any::<prop::sample::Index>(), change in 0..4_u8) {
        let known = KnownIds::default().after(&read(&written(&before), &KnownIds::default()));
        let mut after = before.clone();
        let scene = at.index(after.len());
        let line = at.index(after[scene].len());
        match change {
            0 => after[scene][line].1 = "completely different now".into(),
            1 => after[scene][line].1 += " too",
            2 => after[scene].insert(line, (1, "put in between".into())),
            _ => drop(after[scene].remove(line)),
        }
        let (old, now) = (read(&written(&before), &KnownIds::default()), read(&written(&after), &known));
        let (old, now) = (by_text(&old), by_text(&now));
        for (text, id) in &now {
            if let Some((_, before)) = old.iter().find(|(before, _)| before == text) {
                prop_assert_eq!(id, before);
            } else if change < 2 {
                prop_assert_eq!(id, &old.iter().find(|(text, _)| *text == before[scene][line].1).unwrap().1);
            } else {
                prop_assert!(old.iter().all(|(_, old)| old != id));
            }
        }
    }

    #[test]
    fn a_second_reading_changes_nothing(before in scenes()) {
        let first = read(&written(&before), &KnownIds::default());
        prop_assert_eq!(&read(&written(&before), &first.known_ids()), &first);
    }

    #[test]
    fn numbers_are_unique_whatever_is_read_after_whatever(
        first in "([.][ab]( #[12][AB]?#)?\n\n|[AB]\n[xyz]\n\n|x\n\n){0,20}",
        second in "([.][ab]( #[12][AB]?#)?\n\n|[AB]\n[xyz]\n\n|x\n\n){0,20}",
    ) {
        let known = KnownIds::default().after(&read(&first, &KnownIds::default()));
        let now = read(&second, &known);
        let lines: BTreeSet<_> = now.lines().map(|(_, line)| &line.id).collect();
        let scenes: BTreeSet<_> = now.scenes.iter().map(|scene| &scene.id).collect();
        prop_assert_eq!((lines.len(), scenes.len()), (now.lines().count(), now.scenes.len()));
    }
}
