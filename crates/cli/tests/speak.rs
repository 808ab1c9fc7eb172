//! Lines spoken by a service, as a person has it done.

mod common;

use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::Duration;

use common::{PROGRAM, SMALL, TWO_ROOMS};
use soundlock_testing::{Reply, TestFilm, TestService, tone, wav};
use soundlock_time::SampleRate;

const SECRET: &str = "sk-0123456789abcdef";

fn film(service: &TestService, more: &str) -> TestFilm {
    let film_toml = format!(
        "{SMALL}\n[voices.tts]\nkind = \"openai\"\nurl = \"{}\"\nmodel = \"m\"\nkey_env = \"TTS_KEY\"\n{more}\n\
         [cast.MINA]\nvoice = \"tts:alloy\"\n",
        service.address()
    );
    let mut film = TestFilm::new(PROGRAM, TWO_ROOMS, &film_toml);
    film.write("effects/door.wav", said_for(0.3));
    film.set("TTS_KEY", SECRET);
    film
}

fn said_for(secs: f64) -> Vec<u8> {
    let rate = SampleRate::new(24_000).expect("a rate");
    wav(rate, &tone(rate, 300.0, 0.4, (secs * 24_000.0) as u64))
}

fn speaks() -> Reply {
    Reply::good("audio/wav", said_for(2.0))
}

#[test]
fn a_price_is_shown_and_asked_for_before_anything_is_spoken() {
    let service = TestService::start(|_, _| speaks());
    let film = film(&service, "usd_per_1000_characters = 10\n[budget]\nusd = 1");
    film.run(&["sound"]).done().says("1 line is not spoken yet by tts:alloy").says("`soundlock speak`");
    film.run(&["speak", "--estimate"]).done().says("1.01").says("tts:alloy").says("that costs 0.33 USD");
    film.run(&["speak"]).ends(1).says("nobody said yes to 0.33 USD").says("soundlock speak --yes");
    assert!(service.heard().is_empty());
    film.run(&["speak", "--yes"]).done().says("1 line spoken, 0.33 USD");
    film.run(&["speak", "--yes"]).done().says("nothing to speak");
    film.run(&["sound", "--yes"]).done();
    assert!(film.read("sound.lock").contains("tts:alloy openai m"));
    assert_eq!(service.heard().len(), 1);
    let json = film.run(&["speak", "--json"]).done();
    assert!(json.stdout.lines().all(|line| line.contains("\"type\":\"estimate\"")), "{json}");
}

#[test]
fn a_service_on_this_machine_needs_no_price_and_no_yes() {
    let service = TestService::start(|_, _| speaks());
    let film = film(&service, "");
    film.run(&["speak"]).done().says("that costs 0.00 USD").says("1 line spoken");
}

#[test]
fn killed_between_question_and_answer_it_asks_no_second_time() {
    let speaks_now = Arc::new(AtomicBool::new(false));
    let now = Arc::clone(&speaks_now);
    let service = TestService::start(move |_, _| {
        if now.load(Ordering::SeqCst) { speaks() } else { Reply::Silence(Duration::from_mins(1)) }
    });
    let film = film(&service, "usd_per_1000_characters = 10\n[budget]\nusd = 0.5");
    let mut child = film.start(&["speak", "--yes"]);
    for _ in 0..600 {
        if !service.heard().is_empty() {
            break;
        }
        sleep(Duration::from_millis(50));
    }
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    assert_eq!(service.heard().len(), 1, "it was asked");
    speaks_now.store(true, Ordering::SeqCst);

    let run = film.run(&["speak", "--yes"]).done().says("may have been paid for on");
    run.says("the program was stopped before the answer came").says("0 lines to speak").says("--again");
    assert_eq!(service.heard().len(), 1, "nothing was asked again");
    // What may have been charged counts: 0.33 of 0.50 are gone.
    film.run(&["speak", "--yes", "--again"]).ends(1).says("0.17 USD of budget.usd = 0.50 USD are left");
    let film_toml = film.read("film.toml").replace("usd = 0.5", "usd = 0.7");
    film.write("film.toml", film_toml);
    film.run(&["speak", "--yes", "--again"]).done().says("1 line spoken, 0.33 USD");
    assert_eq!(service.heard().len(), 2);
    film.run(&["sound", "--yes"]).done();
}

#[test]
fn what_cannot_be_is_said_with_what_to_do() {
    let service = TestService::start(|_, _| Reply::no(401, &format!("{{\"error\":\"bad key {SECRET}\"}}")));
    let free = film(&service, "");
    let run = free.run(&["speak"]).ends(3).says("tts:alloy did not speak line 1.01");
    let run = run
        .says(&format!("{} refused with status 401: bad key [key]", service.address()))
        .says("is the key right");
    assert!(!run.to_string().contains(SECRET), "{run}");
    film(&service, "cloned = true")
        .run(&["speak"])
        .ends(1)
        .says("copy of a person's voice")
        .says("[consents.MINA]");
    let paid = film(&service, "usd_per_1000_characters = 10");
    paid.run(&["speak", "--yes"]).ends(1).says("no limit is set").says("[budget] usd = 5");
    let mut gone = film(&service, "");
    gone.set("TTS_KEY", "");
    gone.run(&["speak"])
        .ends(1)
        .says("TTS_KEY is neither in the environment nor in the keyring")
        .says("soundlock key set TTS_KEY");
    gone.set("TTS_KEY", "two words");
    gone.run(&["speak"]).ends(1).says("TTS_KEY is no key");
    let nowhere = film(&service, "");
    nowhere
        .write("film.toml", nowhere.read("film.toml").replace(&service.address(), &TestService::nowhere()));
    nowhere.run(&["speak"]).ends(3).says("cannot be reached").says("is the service running");
    // The film is made all the same.
    nowhere.run(&["sound"]).done().says("stands in");
}

#[test]
fn a_consent_that_ended_is_refused_and_another_voice_stands_in() {
    let service = TestService::start(|_, _| speaks());
    let consent = |year: u32| {
        let film = film(&service, "cloned = true");
        film.write("consents/mina.txt", "Yes. Kim Mina");
        let consent = format!(
            "{}\n[consents.MINA]\nperson = \"Kim Mina\"\ndocument = \"consents/mina.txt\"\nscope = \"scratch\"\n\
             expires = \"{year}-12-31\"\n",
            film.read("film.toml")
        );
        film.write("film.toml", consent);
        film
    };
    let ended = consent(2020);
    ended.run(&["speak"]).ends(1).says("the consent of Kim Mina ended on 2020-12-31");
    ended.run(&["sound"]).done().says("another voice stands in");
    let holds = consent(2999);
    holds.run(&["speak"]).done().says("1 line spoken");
    holds.run(&["sound", "--yes"]).done();
    assert!(holds.read("sound.lock").contains("tts:alloy"));
    let text = holds.read("film.toml").replace("2999", "2020");
    holds.write("film.toml", text);
    holds.run(&["sound", "--yes"]).done().says("ended on 2020-12-31");
    assert!(!holds.read("sound.lock").contains("tts:alloy"), "what was spoken is not used any more");
}

#[test]
fn doctor_says_which_keys_are_there_and_never_shows_them() {
    let service = TestService::start(|_, _| speaks());
    let mut film = film(&service, "");
    let run = film.run(&["doctor"]).says("TTS_KEY      environment ").says("the key of [voices.tts]");
    assert!(!run.to_string().contains("0123456789"), "{run}");
    film.set("TTS_KEY", "");
    film.run(&["doctor"]).says("TTS_KEY      MISSING");
    film.run(&["doctor", "--json"])
        .says(r#""service":"tts","table":"voices.tts","there":false,"type":"key","variable":"TTS_KEY"}"#);
}

/// A film whose only line by service costs, and the program at the moment when the service has heard it.
fn asked(reply: impl Fn() -> Reply + Send + Sync + 'static) -> (TestService, TestFilm, Child) {
    let service = TestService::start(move |_, _| reply());
    let film = film(&service, "usd_per_1000_characters = 10\n[budget]\nusd = 1");
    let child = film.start(&["speak", "--yes"]);
    for _ in 0..600 {
        if !service.heard().is_empty() {
            break;
        }
        sleep(Duration::from_millis(50));
    }
    assert_eq!(service.heard().len(), 1, "it was asked");
    (service, film, child)
}

/// Presses Ctrl-C.
fn interrupt(child: &Child) {
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
}

#[test]
fn an_answer_on_its_way_is_waited_for_when_somebody_stops() {
    let (service, film, mut child) = asked(|| Reply::Late(Duration::from_secs(2), Box::new(speaks())));
    interrupt(&child);
    child.wait().expect("it ends");
    film.run(&["speak", "--yes"]).done().says("nothing to speak");
    assert_eq!(service.heard().len(), 1, "what was paid for is kept");
}

#[test]
fn stopped_twice_it_leaves_the_line_in_doubt() {
    let (service, film, mut child) = asked(|| Reply::Silence(Duration::from_mins(2)));
    interrupt(&child);
    sleep(Duration::from_millis(300));
    assert!(child.try_wait().expect("it can be asked").is_none(), "it waits for what may be paid for");
    interrupt(&child);
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    let run = film.run(&["speak", "--yes"]).done().says("0 lines to speak");
    run.says("the program was stopped before the answer came").says("--again");
    assert_eq!(service.heard().len(), 1, "it is not asked again");
}

#[test]
fn a_voice_for_scratch_lines_is_heard_by_the_director_and_by_nobody_else() {
    let service = TestService::start(|_, _| speaks());
    let film = film(&service, "cloned = true");
    film.write("consents/mina.txt", "Yes. Kim Mina");
    let film_toml = film.read("film.toml");
    let consent = |scope: &str| {
        format!(
            "{film_toml}\n[consents.MINA]\nperson = \"Kim Mina\"\ndocument = \"consents/mina.txt\"\n\
             scope = \"{scope}\"\nexpires = \"2999-12-31\"\n"
        )
    };
    film.write("film.toml", consent("scratch"));
    film.run(&["speak"]).done();
    for _ in 0..2 {
        let run = film.run(&["make"]).ends(1).says("MINA, spoken by tts:alloy; 1 line, the first 1.01");
        run.says("the consent of Kim Mina is to scratch lines, not to the film: NOT HELD")
            .says("may not be shown")
            .says("scope = \"film\"");
        assert!(film.path("out/two-rooms.mp4").is_file(), "it can be looked at");
    }
    film.run(&["status"]).ends(1).says("rights    MINA, spoken by tts:alloy").says("not to be shown");
    film.run(&["status", "--brief"]).ends(1).says("made, not to be shown");
    let json = film.run(&["make", "--json"]).ends(1);
    json.says(r#""clause":"film.toml, [consents.MINA]""#).says(r#""passed":false"#);
    film.write("film.toml", consent("film"));
    film.run(&["make"]).done();
    film.run(&["status"]).done();
    assert_eq!(service.heard().len(), 1);
    // Somebody else speaks the line: nothing is left to ask for.
    film.write("film.toml", consent("scratch"));
    film.write("voices/1.01.wav", said_for(1.5));
    film.run(&["make"]).done();
}

#[test]
fn what_leaves_for_foreign_networks_is_agreed_to_first() {
    let service = TestService::start(|_, _| speaks());
    let film = film(&service, "usd_per_1000_characters = 0");
    film.run(&["speak", "--estimate"])
        .done()
        .says(&format!("tts: {}, with the key in TTS_KEY", service.address()));
    film.write("film.toml", film.read("film.toml").replace(&service.address(), "https://speech.invalid"));
    film.run(&["speak"])
        .ends(1)
        .says("nobody said yes to sending lines to https://speech.invalid")
        .says("soundlock speak --yes");
}

#[test]
fn a_key_in_place_of_its_variable_is_not_repeated() {
    let service = TestService::start(|_, _| speaks());
    for key in [SECRET, "sk_0123456789abcdef"] {
        let film = film(&service, "");
        film.write("film.toml", film.read("film.toml").replace("TTS_KEY", key));
        let run = film.run(&["speak"]).ends(1).says("key_env is no name of an environment variable");
        let told = format!("{run}{}", film.run(&["doctor"]));
        assert!(!told.contains("0123456789"), "{told}");
    }
}
