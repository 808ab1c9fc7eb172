//! A language model as assistant, as a person uses it.

mod common;

use common::{PROGRAM, SMALL, TWO_ROOMS, wav};
use soundlock_testing::{Heard, Reply, TestFilm, TestService};

const SECRET: &str = "sk-0123456789abcdef";

/// An answer of the chat protocol that says `text`, a JSON value.
fn says(text: &str) -> Reply {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let body = format!(
        "{{\"model\":\"m:1\",\"choices\":[{{\"message\":{{\"content\":\"{text}\"}},\"finish_reason\":\"stop\"}}],\
         \"usage\":{{\"prompt_tokens\":100,\"completion_tokens\":50}}}}"
    );
    Reply::good("application/json", body.into_bytes())
}

fn film(service: &TestService, more: &str) -> TestFilm {
    let model = format!(
        "[model]\nurl = \"{}/v1\"\nname = \"m:1\"\nkey_env = \"MODEL_KEY\"\n{more}\n",
        service.address()
    );
    let mut film = TestFilm::new(PROGRAM, TWO_ROOMS, &format!("{SMALL}\n{model}"));
    film.write("effects/door.wav", wav(12_000));
    film.set("MODEL_KEY", SECRET);
    film
}

/// What a model drafts, told apart by what it is asked for.
fn drafts(heard: &Heard) -> Reply {
    let asked = heard.text();
    if asked.contains("Write the treatment") {
        return says(
            r#"{"title":"The Lamp","treatment":"A lamp goes out.","characters":[{"name":"Nora","about":"forty"},{"name":"Elias","about":"old"}]}"#,
        );
    }
    if asked.contains("List the scenes") {
        let scene = |place: &str| {
            format!(
                r#"{{"setting":"INT","place":"{place}","time":"NIGHT","happens":"They talk.","characters":["NORA","ELIAS"]}}"#
            )
        };
        return says(&format!(r#"{{"scenes":[{},{}]}}"#, scene("room"), scene("hall")));
    }
    says(
        r#"{"elements":[{"kind":"action","character":"","parenthetical":"","text":"A lamp on a table."},{"kind":"dialogue","character":"NORA","parenthetical":"beat","text":"Is it always this quiet in here?"}]}"#,
    )
}

#[test]
fn a_logline_becomes_a_draft_and_never_the_script() {
    let service = TestService::start(|_, heard| drafts(heard));
    let film = film(&service, "");
    let draft = ["script", "draft", "--logline", "A lamp goes out.", "--scenes", "2"];
    film.run(&draft)
        .done()
        .says("draft.fountain is drafted by m:1, for nothing")
        .says("make it your script.fountain");
    let text = film.read("draft.fountain");
    assert!(
        text.starts_with("Title: The Lamp\n")
            && text.contains("INT. ROOM - NIGHT\n\nA lamp on a table.\n\nNORA\n(beat)\n")
    );
    assert_eq!(film.read("script.fountain"), TWO_ROOMS);
    assert_eq!(service.heard().len(), 4);
    film.run(&draft).ends(2).says("draft.fountain is there already").says("--force");
    film.run(&["script", "draft", "--logline", "A lamp goes out.", "--scenes", "2", "--force"]).done();
    assert_eq!(service.heard().len(), 4, "every step is kept");
    film.run(&["script", "check", "draft.fountain"]).done().says("2 scene headings, 2 character cues");
    // A person makes it their script, and changes a line.
    film.write("script.fountain", text.replacen("A lamp on a table.", "Two candles.", 1));
    let credits = film.run(&["script", "credits"]).done();
    credits.says("1.01       NORA           m:1").says("a person: 1 line and paragraph").says("m:1: 3 lines");
}

const SHORTER: &str = r#"{"changes":[{"line":9,"old":["You said the train leaves at six."],"new":["Six, you said."],"why":"shorter"},{"line":12,"old":["It did. Yesterday."],"new":["Yesterday."],"why":"shorter"},{"line":1,"old":["ANNA says nothing."],"new":[],"why":"invented"}]}"#;

#[test]
fn a_script_changes_only_by_what_is_accepted() {
    let service = TestService::start(|_, _| says(SHORTER));
    let film = film(&service, "");
    let run = film.run(&["script", "suggest", "make it shorter", "--scene", "1"]).done();
    run.says("-You said the train leaves at six.\n+Six, you said.")
        .says("left out: change 3: `ANNA says nothing.` does not stand on line 1")
        .says("2 changes suggested by m:1")
        .says("they stand in [film]/suggestions.diff");
    assert_eq!(film.read("script.fountain"), TWO_ROOMS, "nothing is changed by itself");
    assert!(film.read("suggestions.diff").contains("@@ "));
    film.run(&["script", "suggest", "--accept", "7"])
        .ends(2)
        .says("there is no change 7: there are 2, from 1");
    film.run(&["script", "suggest", "--accept", "2"]).done().says("1 change accepted");
    let changed = TWO_ROOMS.replace("It did. Yesterday.", "Yesterday.");
    assert_eq!(film.read("script.fountain"), changed);
    // A person writes meanwhile: before the change, and then in it.
    film.write("script.fountain", changed.replacen("MINA waits", "Rain. MINA waits", 1));
    film.run(&["script", "suggest", "--accept", "2"]).ends(1).says("changed since");
    film.write("script.fountain", changed.replace("at six", "at seven"));
    film.run(&["script", "suggest", "--accept", "1"])
        .ends(1)
        .says("change 1 does not fit the script any more");
    film.write("script.fountain", &changed);
    let credits = film.run(&["script", "credits"]).done();
    credits.says("a person, changed by m:1").says("Yesterday.").says("a person: 3 lines and paragraphs");
    film.run(&["script", "suggest", "x", "--scene", "9"])
        .ends(2)
        .says("the script has no scene 9")
        .says("it has 1, 2");
}

/// Proposes for every shot that it is asked about.
fn breaks_down(heard: &Heard, size: &str) -> Reply {
    let asked = heard.text();
    let codes = asked.split("\\n- ").skip(1).filter_map(|part| part.split(',').next());
    let codes = codes.filter(|code| code.contains("_00"));
    let shots: Vec<String> = codes
        .map(|code| {
            format!(
                r#"{{"shot":"{code}","subjects":["JONAS"],"size":"{size}","angle":"low","move":"handheld","action":"He turns.","prompt":"a man turns {code}","why":"tense"}}"#
            )
        })
        .collect();
    says(&format!(r#"{{"shots":[{}]}}"#, shots.join(",")))
}

#[test]
fn shots_show_what_a_model_proposes_once_a_person_says_so() {
    let service = TestService::start(|_, heard| breaks_down(heard, "ECU"));
    let film = film(&service, "");
    film.run(&["plan"]).done();
    let planned = film.read("cuts.toml");
    let mine = planned.replacen("angle = \"eye\"", "angle = \"high\"", 1);
    film.write("cuts.toml", &mine);
    let plan = ["plan", "--with-model", "--scene", "1"];
    film.run(&plan).ends(1).says("1_0010  tense").says("-> ECU").says("nobody said yes");
    assert!(!film.read("cuts.toml").contains("proposed"), "nothing is written by itself");
    film.run(&["plan", "--with-model", "--scene", "1", "--yes"]).done().says("in cuts.toml as m:1 proposes");
    assert_eq!(service.heard().len(), 1, "nothing is asked twice");
    let text = film.read("cuts.toml");
    assert!(text.contains("angle = \"high\""), "what a person set stands: {text}");
    assert!(
        text.contains("size = \"ECU\"")
            && text.contains("prompt = \"a man turns 1_0010\"")
            && text.contains(" m:1")
    );
    film.run(&["plan"]).done();
    assert_eq!(film.read("cuts.toml"), text, "a new plan keeps it");
    film.run(&["plan", "--json"]).done().says(r#""by_hand":["angle"]"#).says(r#""size":"m:1""#);
    film.write("cuts.toml", text.replacen("size = \"ECU\"", "size = \"WS\"", 1));
    film.run(&["plan", "--json"]).done().says(r#""by_hand":["size","angle"]"#);
    film.run(&["make"]).done();
}

#[test]
fn prose_instead_of_shots_leaves_the_plan_as_it_is() {
    let service = TestService::start(|_, _| says("I would rather write a poem about it."));
    let film = film(&service, "");
    film.run(&["plan"]).done();
    let planned = film.read("cuts.toml");
    film.run(&["plan", "--with-model", "--yes"])
        .ends(1)
        .says("it has no JSON value")
        .says("the planned choices stand");
    assert_eq!(film.read("cuts.toml"), planned);
    film.run(&["make"]).done();
}

#[test]
fn what_costs_or_leaves_the_house_is_agreed_to_first() {
    let service = TestService::start(|_, _| says(SHORTER));
    let priced = "usd_per_million_tokens_in = 3\nusd_per_million_tokens_out = 15\nmost_usd = 2\n";
    let film = film(&service, priced);
    let suggest = ["script", "suggest", "shorter"];
    film.run(&["script", "suggest", "shorter", "--estimate"])
        .done()
        .says("1 question, which costs 0.")
        .says("at most");
    film.run(&suggest).ends(1).says("nobody said yes").says("--yes");
    assert!(service.heard().is_empty());
    // 100 tokens at 3 USD a million, 50 at 15, and the same again to repair the invented line.
    film.run(&["script", "suggest", "shorter", "--yes"]).done().says("suggested by m:1, for 0.0021 USD");
    film.run(&suggest).done().says("as it answered before");
    film.write(
        "film.toml",
        film.read("film.toml")
            .replace("usd_per_million_tokens_in = 3\nusd_per_million_tokens_out = 15\n", "")
            .replace(&service.address(), "https://llm.invalid"),
    );
    film.run(&["script", "suggest", "longer"])
        .ends(1)
        .says("to https://llm.invalid, which costs an unknown price");
}

#[test]
fn without_a_model_it_says_what_to_write() {
    let film = common::two_rooms();
    for arguments in
        [&["script", "suggest"][..], &["plan", "--with-model"], &["script", "draft", "--logline", "x"]]
    {
        film.run(arguments)
            .ends(1)
            .says("film.toml names no language model")
            .says("[model] with url")
            .says("docs/assistant.md");
    }
    film.run(&["doctor", "--network"]).done().says("film.toml has no [model]");
    film.write("film.toml", format!("{SMALL}\n[model]\nurl = \"http://llm.example.com/v1\"\nname = \"m\"\n"));
    film.run(&["plan"]).ends(1).says("without encryption");
    film.write("film.toml", format!("{SMALL}\n[model]\nurl = \"http://localhost:1/v1\"\n"));
    film.run(&["plan"]).ends(1).says("model has no name");
}

#[test]
fn doctor_asks_only_when_told_to() {
    let service = TestService::start(|number, _| {
        if number == 0 { says("yes") } else { Reply::no(401, &format!("{{\"error\":\"bad key {SECRET}\"}}")) }
    });
    let film = film(&service, "");
    film.run(&["doctor"]).done().says("MODEL_KEY").says("the key of [model]");
    assert!(service.heard().is_empty());
    film.run(&["doctor", "--network"]).done().says("answers");
    let run = film.run(&["doctor", "--network"]).ends(3).says("NO ANSWER").says("bad key [key]");
    assert!(!run.to_string().contains(SECRET), "{run}");
}
