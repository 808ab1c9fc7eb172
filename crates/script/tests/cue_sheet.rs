//! What actors get.

use soundlock_script::{CueSheet, Fountain, KnownIds, Screenplay, cue_sheet};

const SCRIPT: &str = "INT. <HALL> & \"MORE\" - NIGHT #12#\n\nMINA (V.O.)\n(quietly)\nIs it you?\n(louder)\nYou!\n\n\
                      @요한\n-- \"네,\" <나야>.\n\nMINA ^\n~la la\n";

fn sheet() -> CueSheet {
    let fountain = Fountain::read(SCRIPT.as_bytes(), &[]);
    cue_sheet(&Screenplay::from_fountain(&fountain, &KnownIds::default()).0, "A & B")
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
    let files: Vec<&str> = rows.iter().map(|row| row.file.as_str()).collect();
    assert_eq!(files, ["12.01_MINA_t01.wav", "12.02_YOHAN_t01.wav", "12.03_MINA_t01.wav"]);
}

#[test]
fn the_table_is_read_back_by_another_reader() {
    let csv = sheet().to_csv();
    let text = csv.strip_prefix(b"\xef\xbb\xbf").expect("a byte order mark");
    let mut reader = csv::Reader::from_reader(text);
    assert_eq!(&reader.headers().unwrap()[6], "text");
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 3);
    assert_eq!((&rows[0][0], &rows[0][5], &rows[0][6]), ("12.01", "quietly / louder", "Is it you? You!"));
    assert_eq!(&rows[1][6], " -- \"네,\" <나야>.");
    assert_eq!(&rows[2][6], "♪ la la");
}

#[test]
fn the_page_says_everything_and_escapes_it() {
    let html = sheet().to_html();
    for part in [
        "<title>A &amp; B",
        "<h1>요한</h1>",
        "INT. &lt;HALL&gt; &amp; &quot;MORE&quot; - NIGHT",
        "<i>(quietly)</i> Is it you? <i>(louder)</i> You!",
        "-- &quot;네,&quot; &lt;나야&gt;.",
        "together with MINA",
        "12.03_MINA_t01.wav",
        "2 lines",
    ] {
        assert!(html.contains(part), "{part}");
    }
    assert!(!html.contains("<나야>") && !html.contains("http"));
}
