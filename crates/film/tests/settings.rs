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
