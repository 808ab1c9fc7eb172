//! Hostile `cuts.toml`.
#![allow(clippy::unwrap_used, reason = "a film that cannot be built fails the test")]

mod film;

use std::path::Path;

use soundlock_plan::format::{Cuts, write};
use soundlock_plan::{Before, LineLevels, plan};
use soundlock_vault::NoReport;

#[test]
fn fuzz_cuts() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/cuts");
    let (film, rules) = (film::kitchen(), film::rules());
    soundlock_testing::fuzz(&corpus, 12, 400, |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else { return };
        let Ok(cuts) = Cuts::read(text) else { return };
        let Ok(cut_list) = plan(
            &film.screenplay,
            &film.sound,
            &LineLevels::new(),
            &rules,
            Before { cuts: Some(&cuts), ..Before::NOTHING },
            &NoReport,
        ) else {
            return;
        };
        let frames: u32 = cut_list.shots.iter().map(soundlock_plan::Shot::frames).sum();
        assert_eq!(frames, film.sound.frames());
        let written = write(Some(text), &cut_list).unwrap();
        let again = Cuts::read(&written).unwrap_or_else(|error| panic!("{error}\n{written}"));
        let replanned = plan(
            &film.screenplay,
            &film.sound,
            &LineLevels::new(),
            &rules,
            Before { cuts: Some(&again), ..Before::NOTHING },
            &NoReport,
        )
        .unwrap();
        for (one, other) in cut_list.shots.iter().zip(&replanned.shots) {
            assert!(one == other, "{} {one:?}\nis not\n{other:?}", one.code);
        }
        assert_eq!(replanned.shots.len(), cut_list.shots.len());
    });
}
