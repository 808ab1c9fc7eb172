//! A screenplay of feature length, drawn from a seed: many scenes, four characters, places, weather, talk.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::fmt::Write;

const CAST: [&str; 5] = ["NORA", "ELIAS", "VERA", "THE CAPTAIN", "JUNE"];
const PLACES: [(&str, &str); 10] = [
    ("INT.", "KITCHEN"),
    ("EXT.", "HARBOUR"),
    ("INT.", "CORRIDOR"),
    ("EXT.", "STREET"),
    ("EXT.", "FOREST"),
    ("INT.", "TRAIN"),
    ("EXT.", "BEACH"),
    ("INT.", "OFFICE"),
    ("EXT.", "FIELD"),
    ("INT.", "SHIP"),
];
const TIMES: [&str; 6] = ["DAY", "NIGHT", "DAWN", "DUSK", "EVENING", "NIGHT, RAIN"];
const OPENERS: [&str; 10] = [
    "I never said that",
    "You left the door open",
    "There is a letter for you",
    "He was here an hour ago",
    "We could still turn back",
    "It stopped raining",
    "Nobody comes this way any more",
    "You have her eyes",
    "The boat leaves at six",
    "I kept it all these years",
];
const TURNS: [&str; 10] = [
    "and you know it",
    "before anybody was awake",
    "but not the way you think",
    "so there is no point in asking",
    "and the light was still on",
    "because somebody had to",
    "if you want to hear it",
    "as far as the bridge",
    "and I am not sorry",
    "until the snow came",
];
const ACTIONS: [&str; 8] = [
    "walks to the window and looks out.",
    "puts the cup down and waits.",
    "turns away, slowly.",
    "picks up the letter and does not open it.",
    "listens. Far away a bell.",
    "sits down on the suitcase.",
    "runs, then stops.",
    "lights the lamp.",
];

/// A screenplay with `scenes` scenes drawn from `seed`.
pub(crate) fn screenplay(seed: u64, scenes: usize) -> String {
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let mut pick = |count: usize| chance.next_u32() as usize % count;
    let mut text = String::from("Title: The Long Crossing\nCredit: drawn from a seed\nAuthor: cargo xtask feature\n\n");
    for number in 1..=scenes {
        let (setting, place) = PLACES[pick(PLACES.len())];
        let _ = writeln!(text, "{setting} {place} - {} #{number}#\n", TIMES[pick(TIMES.len())]);
        let (first, second) = (pick(CAST.len()), pick(CAST.len() - 1));
        let pair = [CAST[first], CAST[(first + 1 + second) % CAST.len()]];
        let _ = writeln!(text, "{} {}\n", pair[0], ACTIONS[pick(ACTIONS.len())]);
        for line in 0..8 + pick(7) {
            let _ = writeln!(text, "{}", pair[(line + usize::from(pick(7) == 0)) % 2]);
            if pick(9) == 0 {
                text.push_str("(beat)\n");
            }
            let _ = write!(text, "{}", OPENERS[pick(OPENERS.len())]);
            match pick(4) {
                0 => text.push_str("?\n\n"),
                1 => text.push_str(".\n\n"),
                _ => {
                    let _ = writeln!(text, ", {}.\n", TURNS[pick(TURNS.len())]);
                }
            }
            if pick(5) == 0 {
                let _ = writeln!(text, "{} {}\n", pair[pick(2)], ACTIONS[pick(ACTIONS.len())]);
            }
        }
    }
    text
}
