//! Keys: kept, listed, asked for, and never given as an argument.
#![allow(clippy::unwrap_used, reason = "what cannot be had fails the test")]

mod common;

use std::io::Write;
use std::process::{Command, Stdio};

use common::{PROGRAM, SMALL, film};
use soundlock_testing::TestFilm;

const NEEDS: &str = "[voices.tts]\nkind = \"openai\"\nmodel = \"m\"\nkey_env = \"TTS_KEY\"\nusd_per_1000_characters = 0\n\
    [generators.kling]\nkind = \"service\"\nservice = \"kling\"\nmodel = \"kling-3.0\"\nvendor_model = \"kling-v3\"\n\
    key_env = \"KLING_ACCESS\"\nsecret_env = \"KLING_SECRET\"\n[model]\nurl = \"https://llm.example/v1\"\nname = \"m\"\nkey_env = \"LLM_KEY\"\n";

fn needy() -> TestFilm {
    film("INT. ROOM - DAY\n\nMINA\nYes.\n", &format!("{SMALL}{NEEDS}"))
}

#[test]
fn what_the_film_needs_is_listed_and_no_key_is_shown() {
    let mut film = needy();
    film.set("TTS_KEY", "sk-0123456789");
    film.set("KLING_SECRET", " ");
    let run = film.run(&["key", "list"]).done();
    let words: Vec<Vec<&str>> =
        run.stdout.lines().map(|line| line.split_whitespace().take(2).collect()).collect();
    assert_eq!(
        words,
        [
            ["TTS_KEY", "environment"],
            ["KLING_ACCESS", "MISSING"],
            ["KLING_SECRET", "MISSING"],
            ["LLM_KEY", "MISSING"]
        ],
        "{run}"
    );
    let run = run
        .says("the key of [generators.kling]")
        .says("export KLING_ACCESS=…")
        .says("soundlock key set KLING_ACCESS");
    let json = film.run(&["--json", "key", "list"]).done();
    assert!(!format!("{run}{json}").contains("0123"), "{run}{json}");
    let keys = common::objects(&json.stdout, "key");
    assert_eq!((keys[0]["from"].as_str(), keys[0]["there"].as_bool()), (Some("environment"), Some(true)));
    assert!(keys[1]["from"].is_null() && keys[1]["there"] == false && keys[1]["table"] == "generators.kling");
}

#[test]
fn a_film_without_services_needs_none() {
    let run = film("INT. ROOM - DAY\n\nMINA\nYes.\n", SMALL).run(&["key", "list"]).done();
    assert_eq!(run.to_string(), "[standard error]\nthe film needs no key\n");
    TestFilm::empty(PROGRAM).run(&["key", "list"]).ends(2).says("there is no film.toml");
}

#[test]
fn a_key_is_never_an_argument_and_never_repeated() {
    let film = needy();
    for arguments in [
        &["key", "set", "TTS_KEY", "sk-planted"][..],
        &["key", "set", "TTS_KEY", "--sk-planted"],
        &["key", "set", "TTS_KEY=sk-planted"],
        &["key", "set", "sk-planted"],
        &["key", "remove", "sk-planted"],
    ] {
        let run = film.run(arguments).ends(2).says("hint");
        assert!(!run.to_string().contains("planted"), "{run}");
    }
}

#[test]
fn without_a_keyring_it_is_said_what_to_do_instead() {
    let film = needy();
    for arguments in [&["key", "remove", "TTS_KEY"][..], &["--json", "key", "remove", "TTS_KEY"]] {
        film.run(arguments).ends(3).says("it is turned off by SOUNDLOCK_KEYRING").says("export TTS_KEY=…");
    }
    for (line, exit, says) in [
        (&b"sk-planted\n"[..], 3, "export TTS_KEY=…"),
        (b"\n", 2, "what was given is no key"),
        (b"sk planted\n", 2, "without quotation marks and spaces"),
        (b"sk-planted\xff\n", 2, "what was given is no key"),
        (b"", 2, "what was given is no key"),
    ] {
        let mut command = Command::new(PROGRAM);
        command.args(["key", "set", "TTS_KEY"]).current_dir(film.folder()).env("SOUNDLOCK_KEYRING", "off");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(line).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert_eq!(output.status.code(), Some(exit), "{said}");
        assert!(said.contains(says) && !said.contains("planted"), "{said}");
    }
}
