//! `film.toml` as people, and worse, write it.

use std::path::Path;

use soundlock_film::FilmError;
use soundlock_film::settings::Settings;

#[test]
fn every_key_is_read() {
    let text = include_str!("../fuzz/corpus/settings/every-key.toml");
    let settings = Settings::read(Path::new("film.toml"), text).unwrap();
    assert_eq!(settings.plan.handles, Some(4));
    assert_eq!(settings.generators["rough"].faults.len(), 1);
}

#[test]
fn a_mistake_is_shown_where_it_is() {
    let check = |text: &str, place: (usize, usize), words: &str| {
        let error = Settings::read(Path::new("film.toml"), text).unwrap_err();
        let FilmError::Settings { place: found, why, .. } = error else { panic!("{error}") };
        assert_eq!(found, place, "{text}");
        assert!(why.contains(words), "`{words}` in {why}");
    };
    check("\n\nlanguge = \"en\"", (3, 1), "languge");
    check("[cast.MINA]\ncolour = \"red\"", (2, 1), "`red` is not a colour");
    check("[plan]\ngenerator = \"comfy\"", (2, 1), "`comfy`");
    check("[sound.scenes.4]\npace = 0", (2, 1), "between 0.1 and 10");
    check("[cast]\n가 = 1", (2, 1), "");
    check("[voices.tts]\nurl = \"http://localhost:1\"", (1, 9), "no kind");
    check("[voices.tts]\nkind = \"festival\"", (2, 1), "`festival`");
    check("[voices.tts]\nkind = \"openai\"", (1, 9), "no model");
    let tts = "[voices.tts]\nkind = \"openai\"\nmodel = \"m\"\n";
    check(tts, (1, 9), "no usd_per_1000_characters");
    check(&format!("{tts}url = \"http://example.com\""), (4, 1), "http without encryption");
    check(&format!("{tts}url = \"example.com\""), (4, 1), "does not begin with https://");
    check(&format!("{tts}usd_per_1000_characters = -1"), (4, 1), "between 0 and 1000");
    check("[cast.MINA]\nvoice = \"tts:alloy\"", (2, 1), "no [voices.tts]");
    let local = format!("{tts}url = \"http://localhost:1\"\n");
    check(&format!("{local}[cast.MINA]\nvoice = \"tts:a b\""), (6, 1), "letters that names of voices");
    check(&format!("{local}[cast.MINA]\npitch = 5\nvoice = \"tts:a\""), (7, 1), "mean nothing to tts:a");
    let paper = "[consents.MINA]\nperson = \"Kim\"\ndocument = \"consents/a.pdf\"\nscope = \"film\"\n";
    check(paper, (1, 11), "which is no day");
    check(&paper.replace("film", "all"), (4, 1), "`all`");
    check(&paper.replace("Kim", ""), (2, 1), "no person");
    let hand = "[generators.wan]\nkind = \"hand\"\nmodel = \"wan-14b\"\n";
    assert!(Settings::read(Path::new("film.toml"), hand).is_ok());
    check("[generators.wan]\nkind = \"comfy\"", (2, 1), "`comfy`");
    check("[generators.wan]\nkind = \"hand\"", (2, 1), "no model");
    check(&hand.replace("14b", "15b"), (3, 1), "no model `wan-15b` is known");
    check(&hand.replace("wan]", "animatic]"), (2, 1), "needs another name");
    check(&format!("{hand}raster = \"850x480\""), (4, 1), "cannot make 850x480");
    check(&format!("{hand}ceiling_secs = 0.2"), (4, 1), "makes nothing that short");
    check(&format!("{hand}burn_in = true"), (4, 1), "burn_in means nothing to a generator of kind `hand`");
    check(
        "[generators.rough]\nmodel = \"wan-14b\"",
        (2, 1),
        "model means nothing to a generator of kind `animatic`",
    );
    check(&format!("{hand}workflow = \"a.json\""), (4, 1), "workflow means nothing");
    let fal = "[generators.fal]\nkind = \"service\"\nservice = \"fal\"\nmodel = \"wan-14b\"\nkey_env = \"FAL_KEY\"\n";
    check(fal, (2, 1), "has no vendor_model");
    check(&format!("{fal}vendor_model = \"fal-ai/wan\"\nrun = \"make\""), (7, 1), "run means nothing");
    assert!(Settings::read(Path::new("film.toml"), &format!("{fal}vendor_model = \"fal-ai/wan\"")).is_ok());
    let own = "[models.m]\nname = \"M\"\nfamily = \"m\"\nseconds = [5]\nsource = \"s\"\nread = 2026-11-22\n";
    assert!(Settings::read(Path::new("film.toml"), &own.replace("m]", "wan-14b]")).is_ok());
    check(&own.replace("[5]", "[5, 4]"), (1, 1), "must rise");
    check("[budget]\nusd = -5", (2, 1), "between 0 and");
}

#[test]
fn fuzz_settings() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/settings");
    soundlock_testing::fuzz(&corpus, 1, 2_000, |bytes| {
        if let Ok(text) = std::str::from_utf8(bytes) {
            let _ = Settings::read(Path::new("film.toml"), text);
        }
    });
}
