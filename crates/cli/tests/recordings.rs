//! A recording day, as a director meets it: sessions with mistakes, what is said of them, and choices that are kept.

mod common;

use common::{objects, recording, two_rooms};
use soundlock_testing::TestFilm;

/// Scene 1 in one file, with a slate, a false start, a line twice and nothing of Jonas.
fn session() -> TestFilm {
    let film = two_rooms();
    let mina = "en-us+f3";
    let parts = [
        ("en-us+m7", "Scene one, take one."),
        (mina, "You said the train"),
        (mina, "You said the train leaves at six."),
        (mina, "You said the train leaves at six."),
    ];
    film.write("voices/Scene 1.wav", recording(&parts));
    film
}

#[test]
fn a_recording_day_is_checked() {
    let film = session();
    film.write("voices/Scene 9.wav", recording(&[("en-us+m1", "What a lovely day for cooking rice.")]));
    let run = film.run(&["record-check"]).ends(1);
    for said in [
        "scene 1, INT. KITCHEN - NIGHT: 1 of 2 lines",
        "take 3 of 3",
        "MISSING",
        "recorded of scene 2",
        "named for 9",
    ] {
        assert!(run.stdout.contains(said), "{said}: {run}");
    }
    let page = film.read("out/recordings.html");
    for there in
        ["../voices/Scene%201.wav#t=", "broken off", "To record again", "nothing is recorded of this scene"]
    {
        assert!(page.contains(there), "{there}: {page}");
    }
    let lines = objects(&film.run(&["record-check", "voices", "--json"]).ends(1).stdout, "line");
    let takes = lines[0]["takes"].as_array().unwrap();
    assert_eq!((takes.len(), &lines[0]["chosen"], &lines[1]["missing"]), (3, &3.into(), &true.into()));
    assert_eq!(takes[0]["flaws"][0]["flaw"], "broken-off");
    let places: Vec<f64> = takes.iter().map(|take| take["in"].as_f64().unwrap()).collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn a_choice_is_kept_in_film_toml_and_moves_only_what_it_must() {
    let film = session();
    film.run(&["make", "--quiet"]).done();
    let before = film.read("film.toml");
    let run = film.run(&["line", "1.01", "--take", "2"]).done();
    assert!(run.stdout.contains("*  2") && run.stdout.contains("chosen by the director"), "{run}");
    assert!(film.read("film.toml").contains("[lines.\"1.01\"]\nfile = \"voices/Scene 1.wav\"\ntake = 2\n"));
    let lock = film.read("sound.lock");
    film.run(&["sound", "--diff"]).done().says("line 1.01").says("nothing was written");
    assert_eq!(film.read("sound.lock"), lock);
    // Another recording, which stands before the other, changes nothing of the choice.
    film.write("voices/Scene 1 early.wav", recording(&[("en-us+f3", "You said the train leaves at six.")]));
    film.run(&["line", "1.01"]).done().says("*  2");
    film.run(&["line", "1.01", "--from", "voices/Scene 1.wav", "--in", "0:01.5", "--out", "4"]).done();
    assert!(film.read("film.toml").contains("in = 1.5\nout = 4.0\n"), "{}", film.read("film.toml"));
    film.run(&["line", "1.01"]).done().says("0:01.50 to 0:04.00");
    film.run(&["line", "1.01", "--take", "0"]).done();
    assert_eq!(film.read("film.toml"), before);
    for (arguments, code, says) in [
        (&["line", "1.01", "--take", "9"][..], 2, "line 1.01 has no take 9"),
        (&["line", "7.01"], 2, "the script has no line 7.01"),
        (
            &["line", "1.01", "--from", "script.fountain", "--in", "1", "--out", "2"],
            1,
            "cannot be read as sound",
        ),
        (
            &["line", "1.01", "--from", "voices/Scene 1.wav", "--in", "60", "--out", "61"],
            1,
            "between in and out",
        ),
        (
            &["line", "1.01", "--from", "voices/no.wav", "--in", "1", "--out", "2"],
            2,
            "no file in the film folder",
        ),
    ] {
        let run = film.run(arguments).ends(code);
        assert!(run.stderr.contains(says), "{arguments:?}: {run}");
        assert_eq!(film.read("film.toml"), before, "{arguments:?}");
    }
}

#[test]
fn a_session_that_breaks_off_is_said_and_nothing_stops() {
    let film = session();
    let whole = std::fs::read(film.path("voices/Scene 1.wav")).unwrap();
    film.write("voices/Scene 1.wav", &whole[..whole.len() / 2]);
    film.run(&["sound"]).done().says("voices/Scene 1.wav: it breaks off");
    film.run(&["record-check"]).ends(1).says("breaks off");
}

/// An aligner that hears two words otherwise, and says of the first line of a film what is written in `rows.json`.
const HEARS: &str = r#"import json, sys
asked = json.load(sys.stdin)
open("asked.txt", "a").write(asked["recording"] + "\n")
print(open("rows.json").read())
"#;

const WITH_ALIGNER: &str =
    "[sound.aligner]\ncommand = \"python3 'my aligner.py'\"\nversion = \"1\"\ntimeout_secs = 20\n";

/// A session of line 1.01 with an aligner that is sure of other words in it.
fn heard_by_another() -> TestFilm {
    let film = common::film(common::TWO_ROOMS, &format!("{}{WITH_ALIGNER}", common::SMALL));
    film.write("effects/door.wav", common::wav(12_000));
    let said = "You said the train leaves at six.";
    film.write("voices/Scene 1.wav", recording(&[("en-us+f3", said), ("en-us+m1", "It did. Yesterday.")]));
    film.write("my aligner.py", HEARS);
    let word = |word: &str, at: f64| format!(r#"{{"word": "{word}", "start": {at}, "end": {}}}"#, at + 0.2);
    let words = ["You", "said", "the", "bus", "leaves", "now", "at", "six"];
    let words: Vec<String> =
        words.iter().enumerate().map(|(n, said)| word(said, 0.1 + 0.2 * n as f64)).collect();
    film.write(
        "rows.json",
        format!(
            r#"{{"by": "deaf ear", "rows": [{{"id": "1.01", "start": 0.1, "end": 1.7, "confidence": 1, "words": [{}]}},
               {{"id": "1.02", "missing": true, "confidence": 0.01}}]}}"#,
            words.join(", ")
        ),
    );
    film
}

#[test]
fn another_aligner_that_film_toml_names_is_asked_once_and_told_everywhere() {
    let film = heard_by_another();
    let asked = || film.read("asked.txt").lines().count();
    let run = film.run(&["record-check"]).ends(1);
    assert!(run.stderr.contains("which runs now: python3 my aligner.py"), "{run}");
    for says in [
        "likely not said as written: `train`, heard as `bus` at 0:00.70",
        "put in: `now` at 0:01.10",
        "deaf ear does not find it in voices/Scene 1.wav (1 % sure)",
    ] {
        assert!(run.stdout.contains(says), "{says}: {run}");
        assert!(
            film.run(&["line", "1.01"]).stdout.contains(says)
                || film.run(&["line", "1.02"]).stdout.contains(says)
        );
        let escaped = says.split(" at 0:").next().unwrap();
        assert!(film.read("out/recordings.html").contains(escaped), "{escaped}");
    }
    film.run(&["line", "1.01"]).done().says("[by deaf ear]");
    let lines = objects(&film.run(&["record-check", "--json"]).ends(1).stdout, "line");
    let misreadings = lines[0]["takes"][0]["misreadings"].as_array().unwrap();
    let hows: Vec<&str> = misreadings.iter().map(|one| one["how"].as_str().unwrap()).collect();
    assert_eq!((hows, &misreadings[0]["written"]), (vec!["said-differently", "put-in"], &"train".into()));
    assert_eq!(lines[1]["disagreements"][0]["about"], "missing");
    film.run(&["sound"]).done();
    assert_eq!(asked(), 1, "one recording, one question");
    film.run(&["status"]);
    assert_eq!(asked(), 1, "who only looks asks nobody");
    // Another script or another version may answer otherwise; a comment in film.toml does not.
    film.write("film.toml", format!("# a comment\n{}{WITH_ALIGNER}", common::SMALL));
    film.run(&["line", "1.01"]).done();
    assert_eq!(asked(), 1);
    film.write("my aligner.py", format!("{HEARS}\n# better\n"));
    film.run(&["line", "1.01"]).done();
    film.write("film.toml", format!("{}{}", common::SMALL, WITH_ALIGNER.replace("\"1\"", "\"2\"")));
    film.run(&["line", "1.01"]).done();
    assert_eq!(asked(), 3);
}

#[test]
fn an_aligner_that_fails_costs_nothing_and_is_asked_again() {
    let film = heard_by_another();
    let answer = film.read("rows.json");
    film.write("rows.json", "no answer");
    for _ in 0..2 {
        let run = film.run(&["line", "1.01"]).done();
        assert!(
            run.stderr.contains("its answer is not JSON") && run.stderr.contains("our own alignment stands"),
            "{run}"
        );
        assert!(run.stdout.contains("*  1  voices/Scene 1.wav") && !run.stdout.contains("deaf ear"), "{run}");
    }
    assert_eq!(film.read("asked.txt").lines().count(), 2, "a failure is not kept");
    film.write("rows.json", answer);
    film.run(&["line", "1.01"]).done().says("[by deaf ear]");
    film.write("film.toml", format!("{}[sound.aligner]\ncommand = \"no-such-aligner\"\n", common::SMALL));
    film.write("voices/Scene 1 b.wav", recording(&[("en-us+f3", "You said the train leaves at six.")]));
    film.write("voices/Scene 1 c.wav", recording(&[("en-us+m1", "It did. Yesterday.")]));
    let run = film.run(&["line", "1.01"]).done();
    assert_eq!(run.stderr.matches("not installed").count(), 2, "after two it is asked no more: {run}");
    for (settings, says) in [
        ("[sound.aligner]\ncommand = \"'never closed\"\n", "names no program"),
        ("[sound.aligner]\ntimeout_secs = 5\n", "has no `command`"),
        ("[sound.aligner]\ncommand = \"x\"\ntimeout_secs = 0\n", "must be between 1 and 86400"),
    ] {
        film.write("film.toml", settings);
        film.run(&["line", "1.01"]).ends(1).says(says).says("film.toml:");
    }
}

#[test]
fn a_long_line_is_cut_in_the_pause_that_was_played() {
    let script = common::TWO_ROOMS
        .replace("leaves at six.", "leaves at six and that nobody would ever come to wait for it.");
    let ceiling = "[generators.animatic]\nceiling_secs = 3.0\n";
    let film = common::film(&script, &format!("{}{ceiling}", common::SMALL));
    film.write("effects/door.wav", common::wav(12_000));
    let parts = ["You said the train leaves at six", "and that nobody would ever come to wait for it."];
    film.write("voices/1.01.wav", recording(&parts.map(|words| ("en-us+f3", words))));
    film.run(&["plan"]).done().says("in a pause of MINA's line 1.01");
    let cuts = film.read("cuts.toml");
    film.run(&["make", "--quiet"]).done();
    film.run(&["status"]).done().says("every delivery is there");
    assert_eq!(film.read("cuts.toml"), cuts);

    // Elsewhere the recordings are missing: the plan does without them, and its cuts stay.
    std::fs::remove_file(film.path("voices/1.01.wav")).unwrap();
    film.run(&["bible"]).done();
    assert_eq!(film.read("cuts.toml"), cuts);
}
