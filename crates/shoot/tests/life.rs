//! Held shots live: takes in which nobody speaks and the camera stands pass the gates that every take must pass.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use soundlock_judge::{Expected, JudgeRules, judge};
use soundlock_picture::{Limits, Tools};
use soundlock_plan::{Look, ShotSize};
use soundlock_script::Setting::{self, Exterior, Interior};
use soundlock_shoot::animatic::{Animatic, AnimaticStyle};
use soundlock_shoot::{Draws, Inputs, ShotOrder, Speech};
use soundlock_time::{Fps, Raster};

/// Heading, action and who is seen.
type Kind = (Setting, &'static str, &'static str, &'static str, &'static [&'static str]);

const KINDS: [Kind; 22] = [
    (Interior, "KITCHEN", "NIGHT", "", &["MINA"]),
    (Interior, "LIVING ROOM", "DAY", "", &["MINA", "JONAS"]),
    (Interior, "BEDROOM", "DUSK", "rain", &["JONAS"]),
    (Interior, "OFFICE", "DAY", "a letter on the desk", &[]),
    (Interior, "CORRIDOR", "NIGHT", "", &["MINA"]),
    (Interior, "STAIRS", "DAY", "", &["MINA"]),
    (Interior, "BUS", "NIGHT", "", &["MINA"]),
    (Interior, "CAR", "DAY", "", &["JONAS"]),
    (Interior, "LAMP ROOM", "NIGHT", "", &["JONAS"]),
    (Interior, "SPACESHIP", "NIGHT", "", &["MINA"]),
    (Exterior, "MOON, SPACE", "NIGHT", "", &["MINA"]),
    (Exterior, "FOREST", "DAY", "", &["MINA"]),
    (Exterior, "FOREST", "NIGHT", "fog", &["MINA"]),
    (Exterior, "SEA", "DAWN", "", &["JONAS"]),
    (Exterior, "HARBOUR", "DAY", "", &["JONAS"]),
    (Exterior, "STREET", "NIGHT", "", &["MINA"]),
    (Exterior, "STREET", "DAY", "", &["MINA", "JONAS"]),
    (Exterior, "STREET", "NIGHT", "rain", &["MINA"]),
    (Exterior, "MOUNTAIN", "DAY", "snow", &["MINA"]),
    (Exterior, "MEADOW", "DAY", "", &["MINA"]),
    (Exterior, "ROOFTOP", "DUSK", "", &["MINA"]),
    (Exterior, "TRAIN STATION", "DAWN", "fog", &["MINA"]),
];

fn order((setting, place, time, action, subjects): Kind, size: ShotSize, index: usize) -> ShotOrder {
    let names: Vec<String> = subjects.iter().map(|name| (*name).to_owned()).collect();
    let look = Look {
        scene: "3".to_owned(),
        setting: Some(setting),
        place: place.to_owned(),
        time: time.to_owned(),
        size,
        subjects: names.clone(),
        present: names,
        action: action.to_owned(),
        ..Look::default()
    };
    ShotOrder {
        code: format!("3_{:04}", index * 10 + 10).parse().unwrap(),
        prompt: String::new(),
        negative: String::new(),
        seed: index as u64 * 77 + 5,
        frames: 40,
        fps: if index.is_multiple_of(2) { Fps::FILM } else { Fps::THIRTY },
        raster: Raster::new(256, 144).unwrap(),
        look,
        speech: Vec::new(),
        inputs: Inputs::default(),
        burn_in: None,
        cut: None,
    }
}

/// What the take of `order` fails, in words.
fn failures(tools: &Tools, order: &ShotOrder, folder: &Path) -> Option<String> {
    let file = folder.join(format!("{}.mp4", order.code));
    let animatic = Animatic::new(tools.clone(), AnimaticStyle::plain(order.fps));
    animatic.draw(order, &file).unwrap();
    let expected = Expected { frames: Some(order.frames), fps: Some(order.fps), raster: Some(order.raster) };
    let verdict = judge(tools, &file, &expected, &JudgeRules::STANDARD, &Limits::GENEROUS).unwrap();
    std::fs::remove_file(file).unwrap();
    let failed: Vec<String> = verdict
        .failures()
        .map(|finding| format!("{} {:.3} ({})", finding.measure, finding.value, finding.message))
        .collect();
    let look = &order.look;
    let shot = format!(
        "{} {} {} {:?} {} {:?}",
        look.place, look.time, look.action, look.size, order.raster, order.fps
    );
    (!failed.is_empty()).then(|| format!("{shot}: {}", failed.join("; ")))
}

fn check(orders: impl Iterator<Item = ShotOrder>) {
    let (tools, folder) = (Tools::find("ffmpeg", "ffprobe").unwrap(), tempfile::tempdir().unwrap());
    let failed: Vec<String> = orders.filter_map(|order| failures(&tools, &order, folder.path())).collect();
    assert!(failed.is_empty(), "{} takes fail:\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn held_shots_of_every_place_live() {
    let sizes = [ShotSize::Close, ShotSize::Wide, ShotSize::MediumClose, ShotSize::Medium];
    check(KINDS.into_iter().enumerate().map(|(index, kind)| order(kind, sizes[index % 4], index)));
}

/// Somebody speaks and stops: the stillness after it must not look like frames shown twice.
#[test]
fn who_has_spoken_lives_on() {
    check([0, 4, 11, 15].into_iter().enumerate().map(|(index, kind)| {
        let mut order = order(KINDS[kind], ShotSize::Close, index);
        let levels = [60, 140, 210, 180, 230, 200, 120, 170, 90, 40].to_vec();
        order.speech.push(Speech { character: "MINA".to_owned(), from: 6, levels });
        order
    }));
}

/// As large as films are made: slow in a build for tests, so only a few.
#[test]
fn held_shots_live_at_film_size() {
    check([(0, ShotSize::Close), (16, ShotSize::Wide)].into_iter().map(|(kind, size)| {
        let mut order = order(KINDS[kind], size, kind);
        (order.raster, order.frames) = (Raster::new(1280, 720).unwrap(), 20);
        order
    }));
}
