//! What happens in a scene, in which order, and how much of everything there is.

use soundlock_script::{Beat, Counts, Direction, DualSide, Fountain, KnownIds, Screenplay};

fn beats(script: &str) -> Vec<String> {
    let (screenplay, _) =
        Screenplay::from_fountain(&Fountain::read(script.as_bytes(), &[]), &KnownIds::default());
    screenplay.scenes.iter().flat_map(|scene| &scene.beats).map(shown).collect()
}

fn shown(beat: &Beat) -> String {
    match beat {
        Beat::Action(action) => format!("sees {}", action.text),
        Beat::Transition { text, .. } => format!("goes {text}"),
        Beat::Direction(Direction::Pause { length, .. }) => format!("pause {length:?}"),
        Beat::Direction(Direction::Music { file, .. }) => {
            format!("music {}", file.as_deref().unwrap_or("stop"))
        }
        Beat::Direction(Direction::Effect { file, .. }) => format!("sfx {file}"),
        Beat::Direction(Direction::Shot { text, .. }) => format!("shot {text}"),
        Beat::Direction(Direction::State { name, state, .. }) => format!("{name} is {state}"),
        Beat::Line(line) => {
            let side = match line.dual {
                Some(DualSide::Left) => "< ",
                Some(DualSide::Right) => "> ",
                None => "",
            };
            let mut text = line.text.clone();
            for (place, words) in line.parentheticals.iter().rev() {
                text.insert_str(*place, &format!("({words})"));
            }
            format!("{side}{}{}: {text}", line.character, if line.sung { " sings" } else { "" })
        }
    }
}

#[test]
fn beats_come_in_the_order_of_the_script() {
    let cases: [(&str, &[&str]); 12] = [
        ("He *waits*.\n  Long.\n", &["sees He waits.\n  Long."]),
        (
            "Rain. [[music: a.wav]] She runs. [[why?]] On.",
            &["sees Rain.", "music a.wav", "sees She runs. On."],
        ),
        ("[[shot: wide]]\n\nHe.\n\n[[music: stop]]", &["shot wide", "sees He.", "music stop"]),
        ("A\n(low)\nOne  *two*\nthree (beat) four\n(out)", &["A: (low)One two three (beat)four(out)"]),
        ("A\nOne. [[pause 61f]] Two.", &["A: One. Two.", "pause Frames(61)"]),
        ("A\n[[sfx: a.wav]]\nOne.\n[[pause 1s]]\nTwo.", &["sfx a.wav", "A: One. Two.", "pause Millis(1000)"]),
        ("A [[shot: A]]\n[[shot: B]] One. [[shot: C]]", &["shot A", "shot B", "A: One.", "shot C"]),
        ("A\nOne.\n  \n\nB\n~la\n~la", &["A: One.", "B sings: la la"]),
        (
            "A\nOne. [[pause 1s]]\n\n[[why?]]\n\nB ^\n[[sfx: b.wav]]\nTwo. [[pause 2s]]",
            &["< A: One.", "> B: Two.", "pause Millis(1000)", "sfx b.wav", "pause Millis(2000)"],
        ),
        ("A\nOne.\n\nHe.\n\nB ^\nTwo.", &["A: One.", "sees He.", "B: Two."]),
        (
            "@A\n(nods)\n\n~la\n\n> B <\n\nFADE OUT.",
            &["sees A (nods)", "sees la", "sees B", "goes FADE OUT."],
        ),
        ("FADE IN:\n\n.X [[shot: wide]]\n\nHe.", &["goes FADE IN:", "shot wide", "sees He."]),
    ];
    for (script, expected) in cases {
        let script =
            if script.starts_with("FADE IN") { script.to_owned() } else { format!(".X\n\n{script}") };
        assert_eq!(beats(&script), expected, "{script}");
    }
}

#[test]
fn every_part_is_counted_once() {
    let script = include_bytes!("../fuzz/corpus/fountain/every_part.fountain");
    let expected = Counts {
        scene_headings: 3,
        character_cues: 3,
        characters: 3,
        dialogue_lines: 4,
        lines: 3,
        words: 11,
        parentheticals: 1,
        dual: 1,
        lyrics: 1,
        actions: 3,
        centred: 1,
        transitions: 2,
        sections: 1,
        synopses: 1,
        notes: 4,
        boneyards: 1,
        page_breaks: 1,
        title_fields: 2,
    };
    assert_eq!(Counts::of(&Fountain::read(script, &[])), expected);
}

#[test]
fn the_title_page_keeps_its_lines() {
    let fountain = Fountain::read(b"Title: A\nContact:\n\tB\n\tC\nAuthor: D\nAuthor: E\n\nX", &[]);
    let (screenplay, _) = Screenplay::from_fountain(&fountain, &KnownIds::default());
    assert_eq!(screenplay.title_page.field("title").as_deref(), Some("A"));
    assert_eq!(screenplay.title_page.field("Contact").as_deref(), Some("B C"));
    assert_eq!(screenplay.title_page.field("author").as_deref(), Some("D E"));
}

#[test]
fn scenes_reach_to_the_next_heading() {
    let fountain = Fountain::read(b".A\n\nHe.\n\n.B #7#\n\nShe.\n", &[]);
    let (screenplay, _) = Screenplay::from_fountain(&fountain, &KnownIds::default());
    let spans: Vec<_> =
        screenplay.scenes.iter().map(|s| (s.span.bytes.clone(), s.span.lines.clone())).collect();
    assert_eq!(spans, [(0..9, 1..5), (9..22, 5..8)]);
}
