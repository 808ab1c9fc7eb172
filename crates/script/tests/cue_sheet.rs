//! What actors get.

use soundlock_script::{CueSheet, Fountain, KnownIds, Screenplay, cue_sheet};

const SCRIPT: &str = "INT. <HALL> & \"MORE\" - NIGHT #12#\n\nRain. [[music: a.wav]] Nobody.\n\nMINA (V.O.)\n(quietly)\nIs it \
                      you?\n(louder)\nYou!\n\nThe door opens.\n\n@요한\n-- \"네,\" <나야>.\n\nMINA ^\n~la la\n\n===\n\n\
                      @../Mina\nNo.\n(she goes)\n";

fn sheet() -> CueSheet {
    let fountain = Fountain::read(SCRIPT.as_bytes(), &[]);
    cue_sheet(&fountain, &Screenplay::from_fountain(&fountain, &KnownIds::default()).0, "A & B </style>")
}

fn file(name: &str) -> String {
    let files = sheet().files();
    let (_, bytes) = files.iter().find(|(path, _)| path == name).unwrap_or_else(|| panic!("no {name}"));
    String::from_utf8(bytes.clone()).expect("text")
}

#[test]
fn a_row_holds_all_that_an_actor_wants_to_know() {
    let rows = sheet().rows;
    assert_eq!(rows[0].line.as_str(), "12.01");
    assert_eq!(rows[0].text, "Is it you? You!");
    assert_eq!(rows[0].parentheticals, [(0, "quietly".to_owned()), (11, "louder".to_owned())]);
    assert_eq!(
        (rows[0].previous.as_deref(), rows[0].next.as_deref()),
        (None, Some("요한: -- \"네,\" <나야>."))
    );
    assert_eq!(rows[1].together_with.as_deref(), Some("MINA"));
    assert!(rows[2].sung);
    let situations: Vec<Option<&str>> = rows.iter().map(|row| row.situation.as_deref()).collect();
    let all = "Rain. Nobody. The door opens.";
    assert_eq!(situations, [Some("Rain. Nobody."), Some(all), Some("The door opens."), Some(all)]);
    assert_eq!(rows.iter().map(|row| row.page).collect::<Vec<_>>(), [1, 1, 1, 2]);
}

#[test]
fn recordings_are_named_for_line_and_scene() {
    let rows = sheet().rows;
    let files: Vec<(&str, &str)> =
        rows.iter().map(|row| (row.file.as_str(), row.scene_file.as_str())).collect();
    assert_eq!(
        files,
        [
            ("12.01 MINA.wav", "12 MINA.wav"),
            ("12.02 요한.wav", "12 요한.wav"),
            ("12.03 MINA.wav", "12 MINA.wav"),
            ("12.04 Mina.wav", "12 Mina.wav"),
        ]
    );
}

#[test]
fn everybody_gets_a_page_and_a_table_of_their_own() {
    let paths: Vec<String> = sheet().files().into_iter().map(|(path, _)| path).collect();
    let expected = [
        "cues.html",
        "cues.csv",
        "cues/MINA.html",
        "cues/MINA.csv",
        "cues/요한.html",
        "cues/요한.csv",
        "cues/Mina 2.html",
        "cues/Mina 2.csv",
    ];
    assert_eq!(paths, expected);
    let (mina, index) = (file("cues/MINA.html"), file("cues.html"));
    assert!(mina.contains("12.03 MINA.wav") && !mina.contains("12.02 요한.wav"));
    for link in ["cues/MINA.html", "cues/%EC%9A%94%ED%95%9C.html", "cues/Mina%202.csv"] {
        assert!(index.contains(&format!("href=\"{link}\"")), "{link}");
    }
}

#[test]
fn the_table_is_read_back_by_another_reader() {
    let csv = file("cues.csv");
    let text = csv.strip_prefix('\u{feff}').expect("a byte order mark");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(&reader.headers().unwrap()[8], "text");
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 4);
    assert_eq!((&rows[0][0], &rows[0][8]), ("12.01", "(quietly) Is it you? (louder) You!"));
    assert_eq!((&rows[1][8], &rows[2][8], &rows[3][8]), (" -- \"네,\" <나야>.", "♪ la la", "No. (she goes)"));
    let own = file("cues/MINA.csv");
    assert_eq!(csv::Reader::from_reader(own.as_bytes()).records().count(), 2);
}

#[test]
fn the_page_says_everything_and_escapes_it() {
    let html = file("cues.html");
    for part in [
        "<title>A &amp; B &lt;/style&gt;",
        "<h1>요한</h1>",
        "INT. &lt;HALL&gt; &amp; &quot;MORE&quot; - NIGHT",
        "<i>(quietly)</i> Is it you? <i>(louder)</i> You!",
        "-- &quot;네,&quot; &lt;나야&gt;.",
        "<p class=\"situation\">Rain. Nobody.</p>",
        "together with MINA",
        "12.03 MINA.wav",
        "whole scene: 12 MINA.wav",
        "p. 2",
        "2 lines",
    ] {
        assert!(html.contains(part), "{part}");
    }
    assert!(!html.contains("<나야>") && !html.contains("http"));
    assert_eq!(html.matches("</style>").count(), 1, "the title ends no style sheet");
}
