use std::collections::BTreeSet;
use std::path::Path;

use crate::testing::TestEdit;
use crate::{Firmness, compare, read, write_scene};

/// Reads, compares and writes whatever comes; what is taken covers the scene without gaps.
fn fuzz(format: &str) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(format);
    let film = TestEdit::two_scenes();
    let shots = film.cut_list.shots.iter().filter(|shot| shot.kind == soundlock_plan::ShotKind::Scene);
    let cuts: Vec<String> = shots
        .map(|shot| {
            format!("[[shot]]\ncode = \"{}\"\nat = {}\nframes = {}\n", shot.code, shot.at, shot.frames())
        })
        .collect();
    let cuts = cuts.concat();
    soundlock_testing::fuzz(&corpus, 21, 1500, |bytes| {
        let edit = film.edit();
        let Ok(foreign) = read(bytes, film.cut_list.fps) else { return };
        let Ok(comparison) = compare(&edit, &foreign, &BTreeSet::new()) else { return };
        for remark in &comparison.remarks {
            assert!(!remark.to_string().is_empty());
        }
        for refusal in &comparison.refused {
            assert!(!refusal.to_string().is_empty());
        }
        for scene in &comparison.scenes {
            let mut next = 0;
            for shot in &scene.shots {
                assert_eq!(shot.at, next, "{scene:?}");
                next += shot.frames;
            }
            assert_eq!(next, if scene.scene == "1" { 240 } else { 120 });
            assert!(
                !scene.changes.is_empty()
                    && scene.changes.iter().all(|change| !change.to_string().is_empty())
            );
            write_scene(&cuts, scene, Firmness::Changed).unwrap();
        }
    });
}

#[test]
fn fuzz_otio() {
    fuzz("otio");
}

#[test]
fn fuzz_fcpxml() {
    fuzz("fcpxml");
}

#[test]
fn fuzz_edl() {
    fuzz("edl");
}
