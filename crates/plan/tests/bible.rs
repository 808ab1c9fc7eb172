//! What shots are told of cast, costumes, places, props and their state; and what a bible is told of itself.
#![allow(clippy::unwrap_used, reason = "a plan that cannot be had fails the test")]

mod film;

use film::{Film, bible, rules};
use soundlock_plan::bible::{Whereabouts, lint, scene_sheets};
use soundlock_plan::{Before, Bible, CastLook, Costume, LineLevels, PlanRules, PropLook, Shot, plan};
use soundlock_script::{Fountain, KnownIds, Screenplay};
use soundlock_vault::NoReport;

fn costume(scenes: &str, wears: &str) -> Costume {
    Costume { scenes: scenes.to_owned(), wears: wears.to_owned(), references: Vec::new() }
}

fn shots(film: &Film, bible: Bible) -> Vec<Shot> {
    let rules = PlanRules { bible, ..rules() };
    plan(&film.screenplay, &film.sound, &LineLevels::new(), &rules, Before::NOTHING, &NoReport).unwrap().shots
}

#[test]
fn a_state_holds_from_its_note_until_it_ends_or_a_day_passes() {
    let scene = |film: Film, id: &str, heading: &str| {
        film.scene(id, heading)
            .line(&format!("{id}.01"), "MINA", "Listen to it, it never stops.", 60)
            .pause(20)
    };
    let film = scene(Film::new(), "1", "INT. KITCHEN - NIGHT")
        .state("MINA", "wet coat")
        .state("LAMP", "broken")
        .line("1.02", "MINA", "And it will not stop, I tell you, never again.", 80)
        .pause(20)
        .state("MINA", "+ a cut on her hand")
        .line("1.03", "MINA", "Nobody listens to me, do they, in this house.", 80)
        .pause(20);
    let film = scene(film, "2", "INT. KITCHEN - LATER");
    let film = scene(film, "3", "INT. KITCHEN - DAY").action("The lamp hangs dark.", 60);
    let mut bible = bible();
    bible
        .props
        .insert("LAMP".to_owned(), PropLook { looks: "a green lamp".to_owned(), references: Vec::new() });
    let shots = shots(&film, bible);
    let told = |line: &str| -> Vec<String> {
        let heard = |shot: &&Shot| shot.speech.iter().any(|span| span.line.as_str() == line);
        let shot = shots.iter().rfind(heard).unwrap();
        shot.told.subjects.iter().flat_map(|subject| subject.state.clone()).collect()
    };
    assert_eq!(told("1.01"), Vec::<String>::new());
    assert_eq!(told("1.02"), ["wet coat"]);
    assert_eq!(told("1.03"), ["wet coat", "a cut on her hand"]);
    assert_eq!(told("2.01"), ["wet coat", "a cut on her hand"]);
    assert_eq!(told("3.01"), Vec::<String>::new(), "a coat dries overnight");
    let lamp = shots.iter().find(|shot| shot.look.action.contains("lamp")).unwrap();
    assert!(lamp.prompt.contains("lamp (a green lamp, broken)"), "a lamp stays broken: {}", lamp.prompt);
}

#[test]
fn each_scene_has_its_costume() {
    let mut film = Film::new();
    for id in ["1", "2", "3"] {
        film = film.scene(id, "INT. KITCHEN - NIGHT").line(
            &format!("{id}.01"),
            "MINA",
            "Listen to it, now.",
            60,
        );
    }
    let mut bible = bible();
    let costumes = vec![costume("2", "a red dress"), costume("", "a grey coat")];
    bible.cast.insert("MINA".to_owned(), CastLook { costumes, ..CastLook::from("a woman of forty") });
    let shots = shots(&film, bible);
    let worn: Vec<&str> = shots.iter().map(|shot| shot.told.subjects[0].wears.as_str()).collect();
    assert_eq!(worn, ["a grey coat", "a red dress", "a grey coat"]);
    assert!(shots[1].prompt.contains("Mina (a woman of forty, wearing a red dress)"), "{}", shots[1].prompt);
}

const SCRIPT: &str = "\
INT. KITCHEN - NIGHT #1#

MINA waits. [[MINA: wet coat]]

MINA
You said six.

JONAS
It did.

INT. HALL - CONTINUOUS #2#

Mina and Jonas run. [[MNIA: dry]] [[LAMP: broken]] [[Remark: too long?]] [[CROWD: tired]]

INT. HALL - DAY #3#

RUTH
Where were you? [[JONAS: -]]
";

fn script(text: &str) -> Screenplay {
    Screenplay::from_fountain(&Fountain::read(text.as_bytes(), &[]), &KnownIds::default()).0
}

#[test]
fn what_does_not_hold_together_is_said_with_its_place() {
    fn check(change: impl Fn(&mut Bible), expected: &[(&str, &str)]) {
        let mut bible = Bible::default();
        for (name, looks) in
            [("MINA", "a woman of forty"), ("JONAS", "a man of fifty"), ("RUTH", "a tall girl")]
        {
            bible.cast.insert(name.to_owned(), CastLook::from(looks));
        }
        bible.props.insert("LAMP".to_owned(), PropLook::default());
        change(&mut bible);
        let lints = lint(&script(SCRIPT), &bible, &|file| file == "references/there.png");
        let found: Vec<(String, String)> = lints
            .iter()
            .filter(|lint| lint.rule != "state-of-nobody")
            .map(|lint| {
                let at = match &lint.at {
                    Whereabouts::Orders(path) => path.join("."),
                    Whereabouts::Script(line) => format!("line {line}"),
                };
                (at, lint.message.clone())
            })
            .collect();
        let found: Vec<(&str, &str)> =
            found.iter().map(|(at, words)| (at.as_str(), words.as_str())).collect();
        assert_eq!(found, expected);
    }
    let wardrobe = |costumes: &[(&str, &str)]| CastLook {
        costumes: costumes.iter().map(|(scenes, wears)| costume(scenes, wears)).collect(),
        ..CastLook::from("a woman of forty")
    };
    let mina = |look: CastLook| {
        move |bible: &mut Bible| {
            bible.cast.insert("MINA".to_owned(), look.clone());
        }
    };
    check(|_| {}, &[]);
    check(
        |bible| {
            bible.cast.remove("RUTH");
            bible.cast.insert("JONAS".to_owned(), CastLook::default());
        },
        &[
            ("cast.JONAS", "JONAS is seen (first in scene 1) and nothing says what they look like"),
            ("line 15", "RUTH is seen (first in scene 3) and nothing says what they look like"),
        ],
    );
    check(
        |bible| {
            bible
                .cast
                .insert("MINA".to_owned(), CastLook::from("a tall thin woman in a grey coat, red hair"));
            bible
                .cast
                .insert("RUTH".to_owned(), CastLook::from("tall thin woman, red hair, with the black coat"));
        },
        &[("cast.RUTH.looks", "MINA and RUTH read the same, but for one word")],
    );
    check(
        |bible| {
            bible.cast.insert("JONAS".to_owned(), CastLook::from("a man of forty in a grey coat"));
            bible.cast.insert("MINA".to_owned(), CastLook::from("a woman of forty in a grey coat"));
        },
        &[],
    );
    check(
        mina(wardrobe(&[("1", "a grey coat"), ("2-3", "a red dress")])),
        &[(
            "cast.MINA.costume.1.scenes",
            "MINA changes from `a grey coat` to `a red dress` between scenes 1 and 2, which are one time (CONTINUOUS)",
        )],
    );
    check(
        mina(wardrobe(&[("1-3", "a grey coat"), ("2-12", "a red dress")])),
        &[("cast.MINA.costume.1.scenes", "MINA has a costume for scene `2-12`, which the script has not")],
    );
    check(
        mina(wardrobe(&[("1-3", "a grey coat"), ("2-3", "a red dress")])),
        &[(
            "cast.MINA.costume.1.scenes",
            "MINA wears two costumes in scene 2, 3: `a grey coat` and `a red dress`; the first counts",
        )],
    );
    check(
        |bible| {
            let stills = ["references/there.png", "references/gone.png"].map(str::to_owned).to_vec();
            bible.props.insert("LAMP".to_owned(), PropLook { references: stills, ..PropLook::default() });
        },
        &[("props.LAMP.references", "the still `references/gone.png` of LAMP is not there")],
    );
}

#[test]
fn notes_that_name_nobody_are_told_from_remarks() {
    let mut bible = Bible::default();
    bible.props.insert("LAMP".to_owned(), PropLook::default());
    let lints = lint(&script(SCRIPT), &bible, &|_| true);
    let found: Vec<String> = lints
        .iter()
        .filter(|lint| lint.rule == "state-of-nobody")
        .map(|lint| format!("{}: {}", lint.message, lint.hint.as_deref().unwrap_or_default()))
        .collect();
    assert_eq!(
        found,
        [
            "the note names `MNIA`, who is neither cast nor a prop nor a place: did you mean `MINA`?",
            "the note names `CROWD`, who is neither cast nor a prop nor a place: describe it in [props.CROWD], or begin the \
             note with a small letter",
        ]
    );
}

#[test]
fn a_sheet_of_each_scene_says_who_is_how() {
    let korean = "INT. 부엌 - 밤\n\n미나가 들어온다. [[미나: 젖은 외투]]\n\n@미나\n왔어.\n\nINT. 부엌 - 계속\n\n미나가 앉는다.\n";
    let mut bible = Bible::default();
    let costumes = vec![costume("1-2", "회색 외투")];
    bible.cast.insert("미나".to_owned(), CastLook { costumes, ..CastLook::from("마흔 살 여자") });
    let sheets = scene_sheets(&script(korean), &bible);
    assert_eq!(sheets[0].changes[0].name, "미나");
    assert_eq!(sheets[0].changes[0].line, 3);
    assert_eq!(sheets[0].cast[0].state, Vec::<String>::new());
    let mina = &sheets[1].cast[0];
    assert_eq!((mina.looks.as_str(), mina.wears.as_str()), ("마흔 살 여자", "회색 외투"));
    assert_eq!((mina.state.as_slice(), sheets[1].time.as_str()), (&["젖은 외투".to_owned()][..], "밤"));
}
