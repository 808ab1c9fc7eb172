//! The continuity bible and the prompts, as a person uses them.

mod common;

use common::{SMALL, film, two_rooms};
use soundlock_testing::TestFilm;

const SCRIPT: &str = "\
Title: Two Rooms

INT. KITCHEN - NIGHT

MINA waits at the window. The lamp hums.

MINA
You said the train leaves at six.

[[MINA: coat wet through]]

JONAS
It did. Yesterday, and nobody told us of it.

INT. HALL - CONTINUOUS

MINA
So we walk?
";

const BIBLE: &str = "\
[cast.MINA]
looks = \"a woman of forty\"
references = [\"references/mina.png\"]
[[cast.MINA.costume]]
scenes = \"1-2\"
wears = \"a grey coat\"
[cast.JONAS]
looks = \"a man of fifty\"
[places.KITCHEN]
looks = \"green tiles\"
light = { night = \"one candle\", \"*\" = \"grey daylight\" }
[props.LAMP]
looks = \"a brass lamp\"
[look]
palette = \"rust and green\"
never = [\"mobile phones\"]
";

fn with_bible() -> TestFilm {
    let film =
        film(SCRIPT, &format!("{SMALL}[bible]\nfiles = [\"bible/*.toml\"]\n[cast.MINA]\npitch = 60\n"));
    film.write("bible/people.toml", BIBLE);
    film
}

/// What the program says, without the folder's own words about locks and bars.
fn said(film: &TestFilm, arguments: &[&str]) -> String {
    film.run(arguments).stdout
}

#[test]
fn the_bible_says_what_each_scene_and_shot_is_told() {
    let film = with_bible();
    let unlocked = film.run(&["bible"]).ends(1).stdout;
    assert!(
        unlocked
            .contains("bible/people.toml:3:1: error: the still `references/mina.png` of MINA is not there"),
        "{unlocked}"
    );
    film.write("references/mina.png", [0]);
    film.run(&["plan"]).done();
    insta::assert_snapshot!(said(&film, &["bible"]), @r"
    scene 1  INT. KITCHEN - NIGHT
      KITCHEN      green tiles
      light        one candle
      MINA         a woman of forty; wears a grey coat
      JONAS        a man of fifty
      LAMP         a brass lamp
      MINA         from line 10 on: coat wet through
      still        references/mina.png (MINA)
      1_0010  WS  MINA (a grey coat), LAMP
      1_0020  MS  JONAS
    scene 2  INT. HALL - CONTINUOUS
      HALL         not described
      MINA         a woman of forty; wears a grey coat; coat wet through
      still        references/mina.png (MINA)
      2_0010  WS  MINA (a grey coat, coat wet through)
    the bible holds together
    ");
    let second = said(&film, &["bible", "2"]);
    assert!(
        second.starts_with("scene 2  INT. HALL - CONTINUOUS\n") && !second.contains("scene 1"),
        "{second}"
    );
    film.run(&["bible", "9"]).ends(2).says("the script has no scene 9");
    let page = film.run(&["bible", "--page", "out/bible.html"]).done().stdout;
    assert_eq!(page, "[film]/out/bible.html\n");
    assert!(film.read("out/bible.html").contains("src=\"../references/mina.png\""));
}

#[test]
fn orders_that_cannot_be_are_refused_with_their_place() {
    let check = |settings: &str, bible: &str, place: &str, why: &str| {
        let film = film(SCRIPT, settings);
        film.write("bible/people.toml", bible);
        film.run(&["bible"]).ends(1).says(place).says(why);
    };
    let named = "[bible]\nfiles = [\"bible/people.toml\"]\n";
    check(named, "[cast.MINA]\nlook = \"x\"\n", "bible/people.toml:2:1", "unknown field `look`");
    check(named, "[sound]\npace = 2\n", "bible/people.toml:1:2", "unknown field `sound`");
    check(
        &format!("{named}[cast.MINA]\nlooks = \"a\"\n"),
        "[cast.MINA]\nlooks = \"b\"\n",
        "bible/people.toml:2:1",
        "cast.MINA.looks is said twice, here and in film.toml",
    );
    check(
        "[bible]\nfiles = [\"bible/none*.toml\"]\n",
        "",
        "film.toml:2:10",
        "no file `bible/none*.toml` is there",
    );
    check(
        "[bible]\nfiles = [\"../x.toml\"]\n",
        "",
        "film.toml:2:10",
        "`../x.toml` lies outside the film's folder",
    );
    check("[plan]\nlips = \"maybe\"\n", "", "film.toml:2:1", "plan.lips is `maybe`");
    check("[prompts.wan]\nparts = [\"{colour}\"]\n", "", "film.toml:1:2", "there is no field {colour}");
    check("[generators.a]\nfamily = \"wam\"\n", "", "film.toml:2:1", "generators.a.family is `wam`");
}

#[test]
fn prompts_say_which_field_put_in_which_words() {
    let film = with_bible();
    film.write("references/mina.png", [0]);
    film.run(&["prompts"]).ends(1).says("the sound is not locked yet");
    film.run(&["make"]).done();
    insta::assert_snapshot!(said(&film, &["prompts", "1_0010"]), @r"
    1_0010  animatic, told like generic, 43 words
      size < shot.size                     wide shot
      subjects < shot.subjects             Mina
      subjects < cast.MINA.looks           a woman of forty
      subjects < cast.MINA.costume.0       a grey coat
      angle < shot.angle                   eye level
      movement < shot.move                 static camera
      action < shot.action                 MINA waits at the window. The lamp hums.
      speech < script                      Mina
      sides < shot.sides                   Mina
      setting < heading                    interior
      place < places.KITCHEN.looks         green tiles
      props < shot.action                  lamp
      props < props.LAMP.looks             a brass lamp
      light < places.KITCHEN.light.night   one candle
      palette < look.palette               rust and green
      kept out: mobile phones
      take 1, circled: told this
    ");
    let json = film.run(&["prompts", "1_0010", "--json"]).done().stdout;
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    let prompt = value["prompt"].as_str().unwrap();
    let pieces = value["pieces"].as_array().unwrap();
    let words: String = pieces
        .iter()
        .map(|piece| {
            &prompt[piece["start"].as_u64().unwrap() as usize..piece["end"].as_u64().unwrap() as usize]
        })
        .collect();
    assert_eq!(words, prompt);
    assert_eq!(value["takes"][0]["prompt"], prompt);
}

#[test]
fn what_changed_since_a_take_was_made_is_shown_word_by_word() {
    let film = with_bible();
    film.write("references/mina.png", [0]);
    film.run(&["make"]).done();
    assert_eq!(
        said(&film, &["prompts", "--diff"]),
        "no prompt has changed since its circled take was made\n"
    );
    film.write("bible/people.toml", BIBLE.replace("a grey coat", "a red coat"));
    let diff = said(&film, &["prompts", "--diff"]);
    assert!(diff.contains("wearing a [-grey-]{+red+} coat"), "{diff}");
    assert!(diff.contains("1_0010-1\n"), "{diff}");
    let shown = said(&film, &["prompts", "1_0010"]);
    assert!(shown.contains("take 1, circled: ") && shown.contains("a grey coat"), "{shown}");
}

#[test]
fn two_templates_are_tried_side_by_side_and_paid_for_once() {
    let film = with_bible();
    film.write("references/mina.png", [0]);
    film.run(&["make"]).done();
    let first = film.run(&["prompts", "--ab", "generic", "wan", "1_0010"]).done().stdout;
    assert!(first.contains("1 take to make; that costs nothing"), "generic is what the shot has: {first}");
    assert!(first.contains("1_0010-1") && first.contains("1_0010-2") && first.contains("flicker"), "{first}");
    let second = film.run(&["prompts", "--ab", "generic", "wan", "1_0010"]).done().stdout;
    assert!(second.contains("0 takes to make"), "{second}");
    let status = film.run(&["make"]).done().stdout;
    // The timeline lists every take; the picture stays as it is.
    assert!(status.starts_with("no shot had to be made\n"), "a trial changes nothing in the film: {status}");
    film.run(&["prompts", "--ab", "generic", "generic", "1_0010"]).done().says("both say the same");
    film.run(&["prompts", "--ab", "generic", "wam", "1_0010"])
        .ends(2)
        .says("there is no prompt template `wam`");
    film.run(&["prompts", "--ab", "generic", "wan"]).ends(2).says("no shot is named");
}

#[test]
fn words_added_by_hand_stay() {
    let film = two_rooms();
    film.run(&["plan"]).done();
    let cuts =
        film.read("cuts.toml").replacen("generator =", "prompt_add = \"steam on the glass\"\ngenerator =", 1);
    film.write("cuts.toml", &cuts);
    film.run(&["plan"]).done();
    assert!(film.read("cuts.toml").contains("prompt_add = \"steam on the glass\"\n"));
    assert!(said(&film, &["prompts", "1_0010"]).contains("prompt_add < cuts.toml"));
}
