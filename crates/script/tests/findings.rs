//! What a writer is told, and when nothing is said.

use soundlock_script::{Fountain, KnownIds, Screenplay};

/// Rule, first line, and the hint of each finding.
fn found(script: &[u8]) -> Vec<String> {
    let fountain = Fountain::read(script, &[]);
    let (_, findings) = Screenplay::from_fountain(&fountain, &KnownIds::default());
    let shown = |finding: soundlock_script::Finding| {
        assert!(finding.span.bytes.end <= script.len() && finding.span.lines.start >= 1, "{finding:?}");
        format!("{}:{} {}", finding.span.lines.start, finding.rule, finding.hint.unwrap_or_default())
    };
    findings.into_iter().map(shown).collect()
}

#[track_caller]
fn check(cases: &[(&str, &[&str])]) {
    for (script, expected) in cases {
        let script = format!(".X\n\n{script}");
        let found = found(script.as_bytes());
        assert_eq!(found.len(), expected.len(), "{script}\n{found:?}");
        for (found, expected) in found.iter().zip(*expected) {
            assert!(found.contains(expected), "{script}\n{found} has no `{expected}`");
        }
    }
}

#[test]
fn korean_habits_are_told_how_to_be_written() {
    check(&[
        ("S#1. 실내. 아파트 - 밤", &["3:korean-heading write `INT. 아파트 - 밤 #1#`"]),
        ("S# 12A. 아파트 - 밤", &["write `.아파트 - 밤 #12A#`"]),
        ("#3. 실외. 바다 - 낮", &["write `EXT. 바다 - 낮 #3#`"]),
        ("씬1.", &["korean-heading write `.장소 - 시간 #1#`"]),
        ("씬 7. 내부/외부. 차 안", &["write `INT./EXT. 차 안 #7#`"]),
        ("실내. 아파트 - 밤", &["write `INT. 아파트 - 밤`"]),
        (".S#2. 실내. 아파트", &["write `INT. 아파트 #2#`"]),
        ("@미나 (N)\n말.", &["korean-extension write `@미나 (V.O.)`"]),
        ("@미나 (E)\n말.", &["write `@미나 (O.S.)`"]),
        ("(F.I)", &["korean-bracket write `> FADE IN:`"]),
        ("F.O", &["write `> FADE OUT.`"]),
        ("(회상) 미나가 웃는다.", &["write `.회상"]),
        ("(몽타주)", &["write `.몽타주`"]),
        ("미나\n그럼 걸어가야 해?", &["3:name-without-at write `@미나`"]),
        ("@미나\n안녕.\n\n미나\n이제 간다.", &["6:name-without-at"]),
        ("@미나\n안녕.\n\n미나: 이제 간다.", &["6:name-without-at"]),
    ]);
}

#[test]
fn what_cannot_be_meant_is_found() {
    check(&[
        ("INT. A #1#\n\nHe.\n\nINT. B #1#\n\nShe.", &["7:heading-number-twice"]),
        ("INT. A #12345678901234567#\n\nHe.", &["heading-number-unreadable"]),
        ("INT.\n\nHe.", &["heading-without-place"]),
        ("INT. A\nHe waits.", &["heading-runs-on"]),
        ("He.\nINT. HOUSE - DAY\n\nShe.", &["heading-below-words"]),
        ("@MINA\n\nHe.", &["3:cue-without-dialogue"]),
        ("MINA\n(nods)\n\nHe.", &["3:cue-without-dialogue"]),
        ("MINA\nHi.\n\nMINA\n\nHe.", &["6:cue-without-dialogue"]),
        ("A ^\nHi.", &["dual-without-partner"]),
        ("~la\n~la", &["3:lyric-without-singer"]),
        ("He [[never\n\nended.", &["note-not-closed"]),
        ("He /* never ended.", &["boneyard-not-closed"]),
        ("[[pause soon]]", &["direction-unreadable write seconds"]),
        (
            "MINA\nHi.\n\nMINA\nHo.\n\nMINNA\nWho?",
            &["9:name-nearly-same if they are one, write MINA here too"],
        ),
    ]);
    assert!(found(b"")[0].contains("script-empty"));
    assert!(found(b"\xff\xfe.\0X\0\n\0\n\0")[0].contains("1:utf-16"));
    assert!(found(b".X\n\nHe \xc8\xf1.\n")[0].contains("3:not-utf-8"));
}

#[test]
fn good_scripts_are_left_in_peace() {
    check(&[
        ("미나가 문을 연다.\n아무도 없다.", &[]),
        ("철길\n두 사람이 걷는다.", &[]),
        ("# 1막\n\n= 두 사람.", &[]),
        ("# 1장 만남", &[]),
        ("실내 체육관에 불이 켜진다.", &[]),
        ("@미나 (V.O.)\n(속삭이며)\n가자.\n\n@요한 ^\n그래.", &[]),
        ("GUARD A\nHi.\n\nGUARD B\nHo.\n\nMAN 1\nHa.\n\nMAN 2\nHe.", &[]),
        ("A note. [[did we?]] [[pause 2s]]\n\n> CUT TO:\n\nINT. B - DAY\n\nMINA (O.S.) (CONT'D)\nHi.", &[]),
        ("FADE OUT.\n\n> THE END <\n\n===", &[]),
        ("THE SIGN\n\nglows.", &[]),
    ]);
}
