use soundlock_time::Fps;

use crate::testing::TestEdit;
use crate::{LARGEST_BYTES, fcpxml, otio, read};

/// What is said of a file that cannot be read.
#[track_caller]
fn refused(text: &str, words: &str) {
    let error = read(text.as_bytes(), Fps::FILM).unwrap_err().to_string();
    assert!(error.contains(words), "`{words}` in `{error}`");
}

fn in_otio(clip: &str) -> String {
    format!(
        r#"{{"OTIO_SCHEMA":"Timeline.1","tracks":{{"children":[{{"OTIO_SCHEMA":"Track.1","kind":"Video","children":[{clip}]}}]}}}}"#
    )
}

fn in_fcpxml(story: &str) -> String {
    format!(
        "<fcpxml version=\"1.9\"><resources><asset id=\"r1\" start=\"0s\" duration=\"5s\"/></resources><project name=\"p\">\
         <sequence>\n<spine>{story}</spine></sequence></project></fcpxml>"
    )
}

#[test]
fn what_is_no_edit_is_told_apart() {
    refused("", "an empty file");
    refused("a letter to my mother", "text of another kind");
    refused("<xmeml version=\"4\"></xmeml>", "Final Cut Pro 7 XML");
    refused("<mlt/>", "Kdenlive");
    refused("<html></html>", "XML of another kind");
    refused("[1, 2]", "not an object");
    refused("{\"OTIO_SCHEMA\":\"Clip.2\"}", "`Clip`, not a `Timeline`");
    let error = read(b"TITLE: \xff\xfe", Fps::FILM).unwrap_err().to_string();
    assert_eq!(error, "byte 7 of the edit is not UTF-8 text");
    let huge = vec![b' '; LARGEST_BYTES as usize + 1];
    assert!(read(&huge, Fps::FILM).unwrap_err().to_string().contains("more than 67108864"));
}

#[test]
fn a_broken_otio_says_where() {
    let film = TestEdit::two_scenes();
    let whole = otio(&film.edit()).unwrap();
    refused(&whole[..whole.len() / 2], "OpenTimelineIO, line ");
    refused(&"[".repeat(100_000), "recursion limit");
    let range = |start: &str, length: &str| {
        format!(
            r#"{{"OTIO_SCHEMA":"Clip.2","name":"x","source_range":{{"start_time":{start},"duration":{length}}}}}"#
        )
    };
    let time = |value: &str, rate: &str| format!(r#"{{"value":{value},"rate":{rate}}}"#);
    let good = time("24", "24");
    refused(
        &in_otio(&range(&good, &time("24", "0"))),
        "tracks[0].children[0], duration: 24 at 0 a second is no time",
    );
    refused(&in_otio(&range(&good, &time("-24", "24"))), "negative");
    refused(&in_otio(&range(&time("1e300", "24"), &good)), "is no time");
    refused(&in_otio(&range(&good, &time("1e11", "24"))), "is no time");
    refused(&in_otio(&range(&good, "null")), "`value` is not a number");
    refused(&in_otio("{\"OTIO_SCHEMA\":\"Clip.2\",\"name\":\"x\"}"), "clip `x` has no length");
    refused(&in_otio("{\"OTIO_SCHEMA\":\"Banana.1\"}"), "a `Banana` cannot lie on a track");
    let mut nest = range(&good, &good);
    for _ in 0..12 {
        nest = format!(r#"{{"OTIO_SCHEMA":"Track.1","kind":"Video","children":[{nest}]}}"#);
    }
    refused(&in_otio(&nest), "more than 8 deep");
}

#[test]
fn a_broken_fcpxml_says_where() {
    let film = TestEdit::two_scenes();
    let whole = fcpxml(&film.edit()).unwrap();
    refused(&whole[..whole.len() / 2], "FCPXML, line ");
    let clip = |times: &str| in_fcpxml(&format!("<asset-clip ref=\"r1\" {times}/>"));
    refused(&clip("duration=\"5/0s\""), "line 2, <asset-clip>: `duration` is `5/0s`, not a time");
    refused(&clip("duration=\"5\""), "not a time such as 1001/24000s");
    refused(&clip("duration=\"-5s\""), "a negative one");
    refused(&clip("duration=\"99999999999999999999s\""), "not a time");
    refused(&clip("duration=\"5s\" offset=\"-5s\""), "before the edit does");
    refused(
        &in_fcpxml("<asset-clip duration=\"5s\"><video lane=\"x\"/></asset-clip>"),
        "`lane` is not a whole number",
    );
    let deep = "<asset-clip ref=\"r1\" lane=\"1\" duration=\"1s\">".repeat(60) + &"</asset-clip>".repeat(60);
    refused(&in_fcpxml(&format!("<gap duration=\"1s\">{deep}</gap>")), "deep in each other");
}

/// Entities of entities, and compounds of compounds, are small files that would grow without end.
#[test]
fn floods_are_stopped() {
    let mut laughs = String::from("<!DOCTYPE fcpxml [<!ENTITY a0 \"ha\">");
    for level in 1..30 {
        let before = format!("&a{};", level - 1).repeat(10);
        let entity = format!("<!ENTITY a{level} \"{before}\">");
        laughs.push_str(&entity);
    }
    refused(&(laughs + "]><fcpxml><note>&a29;</note></fcpxml>"), "FCPXML, line 1: it defines entities");
    refused(&in_fcpxml(&"<spine>".repeat(100_000)), "more than 64 deep in each other");
    let hidden = "<!-- <a> --><note a='/>' b=\"<\"><![CDATA[<a>]]></note>".repeat(500);
    refused(&in_fcpxml(&hidden), "FCPXML, line 2");
    let mut media = String::new();
    for level in 0..20 {
        let clip = format!("<ref-clip ref=\"m{}\" duration=\"1s\"/>", level + 1).repeat(10);
        let compound = format!("<media id=\"m{level}\"><sequence><spine>{clip}</spine></sequence></media>");
        media.push_str(&compound);
    }
    let text = format!(
        "<fcpxml><resources>{media}</resources><project><sequence><spine><ref-clip ref=\"m0\" duration=\"1s\"/></spine>\
         </sequence></project></fcpxml>"
    );
    let error = read(text.as_bytes(), Fps::FILM).unwrap_err().to_string();
    assert!(error.contains("elements"), "{error}");
}

#[test]
fn a_broken_edl_says_where() {
    let event = |times: &str| format!("TITLE: x\n001  AX V C {times}\n");
    refused("TITLE: x\n", "no picture");
    refused(&event("00:00:00:00 00:00:01:00 01:00:00:00"), "line 2: an event has");
    refused(
        &event("00:00:00:00 00:00:01:25 01:00:00:00 01:00:01:00"),
        "line 2: timecode `00:00:01:25` does not exist",
    );
    refused(&event("00:00:00:00 00:00:01:00 99:99:99:99 01:00:01:00"), "does not exist");
    refused(&event("00:00:00:00 00:00:01:00 01:00:01:00 01:00:00:00"), "ends before it begins");
    refused(&event("00:00:00;00 00:00:01;00 01:00:00;00 01:00:01;00"), "drop-frame");
    refused(
        "001 AX V D 999999999999 00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:00",
        "no length of a transition",
    );
}
