//! What each line of a Fountain file is read as, case by case.

use soundlock_script::{Fountain, Kind};

/// One word and the text for each element, blank lines left out.
fn shown(script: &str) -> Vec<String> {
    let fountain = Fountain::read(script.as_bytes(), &["요한".to_owned()]);
    assert_eq!(fountain.print(), script.as_bytes());
    let elements = fountain.elements.iter().filter(|element| element.kind != Kind::Blank);
    elements.map(|element| format!("{} {}", word(&element.kind), element.text).trim().to_owned()).collect()
}

fn word(kind: &Kind) -> String {
    match kind {
        Kind::TitleField { key } => format!("field[{key}]"),
        Kind::Heading { number: Some(number), .. } => format!("heading[{number}]"),
        Kind::Heading { .. } => "heading".into(),
        Kind::Action { .. } => "action".into(),
        Kind::Centred => "centred".into(),
        Kind::Cue { extensions, continued, dual, .. } => {
            let dual = if *dual { "^" } else { "" };
            let continued = if *continued { "+" } else { "" };
            let extensions: Vec<String> =
                extensions.iter().map(|extension| format!("[{extension}]")).collect();
            format!("cue{}{continued}{dual}", extensions.concat())
        }
        Kind::Parenthetical => "paren".into(),
        Kind::Dialogue => "says".into(),
        Kind::Lyric { voiced } => if *voiced { "sings" } else { "lyric" }.into(),
        Kind::Transition { .. } => "transition".into(),
        Kind::Section { depth } => format!("section[{depth}]"),
        Kind::Synopsis => "synopsis".into(),
        Kind::PageBreak => "page".into(),
        Kind::Note => "note".into(),
        Kind::Boneyard => "boneyard".into(),
        Kind::Blank => "blank".into(),
    }
}

#[track_caller]
fn check(cases: &[(&str, &[&str])]) {
    for (script, expected) in cases {
        assert_eq!(shown(script), *expected, "{script}");
    }
}

#[test]
fn title_page() {
    check(&[
        ("Title: A\nAuthor: B\n\nHe waits.", &["field[Title] A", "field[Author] B", "action He waits."]),
        ("Title:\n\t_**A**_\n\t_**B**_\nDraft date: 1/2", &["field[Title] A\nB", "field[Draft date] 1/2"]),
        (
            "Contact:\n    C\n    D\nNo field.\nStill: none.",
            &["field[Contact] C\nD", "action No field.\nStill: none."],
        ),
        ("제목: 라디오\n\n.집\n", &["field[제목] 라디오", "heading 집"]),
        ("FADE IN:\n\nINT. A\n\n", &["action FADE IN:", "heading INT. A"]),
        ("CUT TO:\n\n# One", &["transition CUT TO:", "section[1] One"]),
        ("INT. HOUSE: KITCHEN\n\n", &["heading INT. HOUSE: KITCHEN"]),
        ("Title: A [[note]]\n", &["field[Title] A"]),
        ("\nTitle: A\n", &["action Title: A"]),
    ]);
}

#[test]
fn headings() {
    check(&[
        ("INT. HOUSE - DAY\n\nA", &["heading INT. HOUSE - DAY", "action A"]),
        ("ext. house\n\nA", &["heading ext. house", "action A"]),
        ("INT. HOUSE\nUnder it.", &["heading INT. HOUSE", "action Under it."]),
        ("int a sentence that goes\non.", &["action int a sentence that goes\non."]),
        ("He.\nINT. HOUSE\n\n", &["action He.\nINT. HOUSE"]),
        ("# One\nINT. HOUSE #1a#\n", &["section[1] One", "heading[1a] INT. HOUSE"]),
        ("EST LIST #A3-1#", &["heading[A3-1] EST LIST"]),
        ("EST LIST #😆#", &["heading EST LIST #😆#"]),
        (".SNIPER SCOPE POV\n\n", &["heading SNIPER SCOPE POV"]),
        (".철길 - 나중에 #1A#\n\n", &["heading[1A] 철길 - 나중에"]),
        ("...and so\n\n. NO\n\n..no", &["action ...and so", "action . NO", "action ..no"]),
        ("INT. A *b* [[note]] #3#\n", &["heading[3] INT. A b"]),
        ("/*\nx\n*/\nEXT. B", &["boneyard", "heading EXT. B"]),
    ]);
}

#[test]
fn action() {
    check(&[
        ("He\n  b\n\tc\n", &["action He\n  b\n\tc"]),
        ("    Scott --\n    Hotel", &["action     Scott --\n    Hotel"]),
        ("!SCANNING…\nWhere?", &["action SCANNING…\nWhere?"]),
        ("MINA\n\nalone", &["action MINA", "action alone"]),
        ("He.\nMINA\nb", &["action He.\nMINA\nb"]),
        ("He\n!B\nC", &["action He\nB\nC"]),
        ("He dialed *69.\n", &["action He dialed *69."]),
        ("boop TO:\n", &["action boop TO:"]),
    ]);
}

#[test]
fn cues_and_dialogue() {
    check(&[
        ("STEEL\nBeer!", &["cue STEEL", "says Beer!"]),
        ("\t\tSTEEL\n\tBeer's\n\tready.", &["cue STEEL", "says Beer's", "says ready."]),
        ("MOM (O. S.)\nLuke!", &["cue[O. S.] MOM", "says Luke!"]),
        ("STEEL (V.O.) (CONT'D)\nA", &["cue[V.O.]+ STEEL", "says A"]),
        ("@McCLANE\nYippie", &["cue McCLANE", "says Yippie"]),
        ("He.\n@미나\n말", &["action He.", "cue 미나", "says 말"]),
        ("Han (O.S.)\nno", &["action Han (O.S.)\nno"]),
        ("BOB\n(slowly)\nA\n(loudly)\nB", &["cue BOB", "paren slowly", "says A", "paren loudly", "says B"]),
        ("(Jack)\nKnife.", &["action (Jack)\nKnife."]),
        (
            "FISH\nI am\n  \na fish.\n\nAction.",
            &["cue FISH", "says I am", "says", "says a fish.", "action Action."],
        ),
        ("FISH\nI am\n  \n\nAction.", &["cue FISH", "says I am", "action Action."]),
        ("FISH\nI am\n  \nMINA\nHello", &["cue FISH", "says I am", "says", "cue MINA", "says Hello"]),
        ("FISH\nI am\n \nAction.", &["cue FISH", "says I am", "action Action."]),
        ("A\nX\n\nB ^\nY", &["cue A", "says X", "cue^ B", "says Y"]),
        ("CUT TO:\nsomething", &["action CUT TO:\nsomething"]),
        ("*MINA*\nA", &["cue MINA", "says A"]),
        ("MINA [[who?]]\nA", &["cue MINA", "says A"]),
    ]);
}

#[test]
fn scripts_without_capitals() {
    check(&[
        ("문이 열린다\n미나가 들어온다.", &["action 문이 열린다\n미나가 들어온다."]),
        ("TV에서 뉴스\n미나가 본다.", &["action TV에서 뉴스\n미나가 본다."]),
        ("미나\n뭐라고?", &["action 미나\n뭐라고?"]),
        ("미나 (V.O.)\n뭐라고?", &["cue[V.O.] 미나", "says 뭐라고?"]),
        ("요한\n그랬지.", &["cue 요한", "says 그랬지."]),
        ("@ミナ ^\n何？", &["cue^ ミナ", "says 何？"]),
        ("彼女\n走る。", &["action 彼女\n走る。"]),
        ("@مينا\nماذا؟", &["cue مينا", "says ماذا؟"]),
    ]);
}

#[test]
fn lyrics_transitions_centred() {
    check(&[
        ("~la\n~la", &["lyric la", "lyric la"]),
        ("MINA\n~la\nspoken\n~la", &["cue MINA", "sings la", "says spoken", "sings la"]),
        ("~la\nAnd action.", &["lyric la", "action And action."]),
        ("A\n\nSMASH CUT TO:\n\nB", &["action A", "transition SMASH CUT TO:", "action B"]),
        ("\t\tCUT TO:\n", &["transition CUT TO:"]),
        ("NOT TO: \n\nB", &["action NOT TO:", "action B"]),
        ("> Burn to pink.", &["transition Burn to pink."]),
        ("  >컷 투:", &["transition 컷 투:"]),
        (">THE END<\n> & < ", &["centred THE END", "centred &"]),
    ]);
}

#[test]
fn sections_synopses_pages() {
    check(&[
        ("# A\n## B ##\n= c\n===\n  ====", &["section[1] A", "section[2] B", "synopsis c", "page", "page"]),
        ("==\n", &["action =="]),
        ("MINA\nHi\n# A\nB", &["cue MINA", "says Hi", "section[1] A", "action B"]),
        ("dial #1...\n", &["action dial #1..."]),
    ]);
}

#[test]
fn notes_and_boneyard() {
    check(&[
        ("A [[x]] b", &["action A b"]),
        ("JACK[[x]]. They", &["action JACK. They"]),
        ("A[[x\ny\n  \nz]] b", &["action A b"]),
        ("A[[x\ny\n\nB]] c", &["action A", "action B]] c"]),
        ("[[x]]\n\nMINA\nHi", &["note", "cue MINA", "says Hi"]),
        ("MINA\nHi\n[[x]]\nthere", &["cue MINA", "says Hi", "note", "says there"]),
        ("A /* no\n\nMINA\nno */ b", &["action A b"]),
        ("A /* open", &["action A /* open"]),
        ("CUT TO:\n/*\nINT. NO\n*/\nEXT. B\n", &["transition CUT TO:", "boneyard", "heading EXT. B"]),
        ("/* [[x]] */ [[ /* ]]", &["note"]),
    ]);
}

#[test]
fn line_ends_and_marks_of_encoding_change_nothing() {
    let script = "Title: A\n\n.집 - 밤 #1#\n\n@미나\n안녕. [[pause 1s]]\n\nCUT TO:\n";
    for end in ["\n", "\r\n", "\r"] {
        for mark in ["", "\u{feff}"] {
            assert_eq!(
                shown(&format!("{mark}{}", script.replace('\n', end))),
                shown(script),
                "{end:?} {mark:?}"
            );
        }
    }
}

#[test]
fn every_element_knows_its_place() {
    let fountain = Fountain::read("\u{feff}Title: A\r\n\r\nMINA\r\nHi [[a\r\nb]] you\r\n".as_bytes(), &[]);
    let places: Vec<_> = fountain
        .elements
        .iter()
        .map(|e| (e.text.as_str(), e.span.bytes.clone(), e.span.lines.clone()))
        .collect();
    assert_eq!(
        places,
        [("A", 0..13, 1..2), ("", 13..15, 2..3), ("MINA", 15..21, 3..4), ("Hi you", 21..38, 4..6)]
    );
    assert_eq!((fountain.notes[0].span.bytes.clone(), fountain.notes[0].span.lines.clone()), (24..32, 4..6));
    assert_eq!(fountain.elements[3].notes, [(3, 0)]);
}
