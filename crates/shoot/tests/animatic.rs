//! The animatic draws what it is told, the same everywhere, and plants the faults it is asked for.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use soundlock_draw::Canvas;
use soundlock_picture::{Limits, Tools, VideoCodec, probe};
use soundlock_plan::{Look, Movement, ShotSize};
use soundlock_script::Setting;
use soundlock_shoot::animatic::{Animatic, AnimaticStyle, Fault, PlantedFault, Scene};
use soundlock_shoot::{Cut, Draws, Inputs, ShootError, ShotOrder, Speech};
use soundlock_time::{Fps, Raster};

fn small() -> Raster {
    Raster::new(256, 144).unwrap()
}

fn order(place: &str, time: &str, size: ShotSize) -> ShotOrder {
    let look = Look {
        scene: "3".to_owned(),
        setting: Some(if place == "KITCHEN" { Setting::Interior } else { Setting::Exterior }),
        place: place.to_owned(),
        time: time.to_owned(),
        size,
        movement: Movement::Track,
        subjects: vec!["MINA".to_owned()],
        present: vec!["MINA".to_owned(), "JONAS".to_owned()],
        ..Look::default()
    };
    ShotOrder {
        code: "3_0010".parse().unwrap(),
        prompt: String::new(),
        negative: String::new(),
        seed: 11,
        frames: 12,
        fps: Fps::FILM,
        raster: small(),
        look,
        speech: Vec::new(),
        inputs: Inputs::default(),
        burn_in: None,
        cut: None,
    }
}

fn frame(order: &ShotOrder, index: u32) -> Vec<u8> {
    let mut canvas = Canvas::new(order.raster);
    Scene::new(order, &AnimaticStyle::plain(Fps::FILM), order.raster).draw(index, &mut canvas);
    canvas.pixels().to_vec()
}

fn speaking(mut order: ShotOrder, who: &str) -> ShotOrder {
    order.speech.push(Speech { character: who.to_owned(), from: 2, levels: vec![230; 8] });
    order
}

/// The same on every machine and in every profile. When a picture is changed on purpose, raise the animatic's version
/// and write the new values here.
#[test]
fn pictures_have_the_same_bits_everywhere() {
    let hashes = [
        ("HARBOUR", "NIGHT", ShotSize::Wide, 5),
        ("KITCHEN", "DUSK", ShotSize::Close, 7),
        ("숲", "새벽", ShotSize::ExtremeWide, 3),
    ]
    .map(|(place, time, size, index)| hash(&frame(&speaking(order(place, time, size), "MINA"), index)));
    assert_eq!(
        hashes.map(|hash| format!("{hash:016x}")),
        ["f8a06736f49494d4", "c242977369d04aee", "47fed5be253bf1cb"]
    );
}

/// FNV-1a.
fn hash(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[test]
fn a_frame_does_not_depend_on_the_frames_drawn_before() {
    let order = order("STREET", "NIGHT", ShotSize::Medium);
    let scene = Scene::new(&order, &AnimaticStyle::plain(Fps::FILM), order.raster);
    let mut canvas = Canvas::new(order.raster);
    for index in [9, 2, 4] {
        scene.draw(index, &mut canvas);
        assert!(canvas.pixels() == frame(&order, index), "frame {index}");
    }
}

#[test]
fn who_speaks_is_seen_speaking_and_nobody_else() {
    for size in [ShotSize::Wide, ShotSize::Medium, ShotSize::Close] {
        let silent = order("KITCHEN", "NIGHT", size);
        assert!(frame(&silent, 6) != frame(&speaking(silent.clone(), "mina"), 6), "{size:?}: MINA speaks");
        assert!(
            frame(&silent, 6) == frame(&speaking(silent.clone(), "JONAS"), 6),
            "{size:?}: JONAS is not there"
        );
        assert!(
            frame(&silent, 0) == frame(&speaking(silent.clone(), "MINA"), 0),
            "{size:?}: before the line"
        );
    }
}

#[test]
fn pictures_move() {
    for place in [
        "SEA",
        "BEACH",
        "HARBOUR",
        "LIGHTHOUSE",
        "STREET",
        "ROOFTOP",
        "FOREST",
        "FIELD",
        "ROAD",
        "STATION",
        "MOUNTAIN",
        "SPACE",
        "KITCHEN",
    ] {
        let mut order = order(place, "DAY", ShotSize::ExtremeWide);
        order.look.movement = Movement::Static;
        order.look.subjects.clear();
        assert!(frame(&order, 0) != frame(&order, 11), "{place} stands still");
    }
}

fn make(order: &ShotOrder, faults: Vec<Fault>, file: &Path) -> Result<(), ShootError> {
    let tools = Tools::find("ffmpeg", "ffprobe").unwrap();
    let faults = faults.into_iter().map(|fault| PlantedFault { shots: None, fault }).collect();
    let animatic = Animatic::new(tools, AnimaticStyle { faults, ..AnimaticStyle::plain(Fps::FILM) });
    animatic.draw(order, file)
}

#[test]
fn takes_have_the_frames_asked_for_and_the_same_bytes_twice() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("a.mp4"), folder.path().join("b.mp4"));
    let order = order("BEACH", "DUSK", ShotSize::Wide);
    make(&order, vec![], &first).unwrap();
    make(&order, vec![], &second).unwrap();
    assert_eq!(std::fs::read(&first).unwrap(), std::fs::read(&second).unwrap());
    let tools = Tools::find("ffmpeg", "ffprobe").unwrap();
    let video = probe(&tools, &first, &Limits::GENEROUS).unwrap().video.unwrap();
    assert_eq!((video.width, video.height, video.frames), (256, 144, 12));
}

/// A take is encoded as its order says the film is, and its shot can be cut out of it as it is.
#[test]
fn the_film_is_cut_from_a_take_without_encoding_again() {
    let folder = tempfile::tempdir().unwrap();
    let (file, piece) = (folder.path().join("take.mp4"), folder.path().join("piece.mp4"));
    let codec = VideoCodec::H264 { preset: "veryfast".to_owned(), crf: 18 };
    let order = order("BEACH", "DUSK", ShotSize::Wide);
    let order = ShotOrder { frames: 40, cut: Some(Cut { first: 8, end: 33, codec }), ..order };
    make(&order, vec![], &file).unwrap();
    soundlock_picture::cut(&file, 8..33, order.fps, &piece).unwrap();
    assert!(soundlock_picture::cut(&file, 7..33, order.fps, &piece).is_err());
}

#[test]
fn faults_are_as_strong_as_asked() {
    let folder = tempfile::tempdir().unwrap();
    let tools = Tools::find("ffmpeg", "ffprobe").unwrap();
    let order = order("BEACH", "DUSK", ShotSize::Wide);
    for (index, (fault, frames, width)) in [
        (Fault::WrongLength { by: -5 }, 7, 256),
        (Fault::WrongLength { by: 3 }, 15, 256),
        (Fault::WrongSize, 12, 128),
    ]
    .into_iter()
    .enumerate()
    {
        let file = folder.path().join(format!("{index}.mp4"));
        make(&order, vec![fault], &file).unwrap();
        let video = probe(&tools, &file, &Limits::GENEROUS).unwrap().video.unwrap();
        assert_eq!((video.frames, video.width), (frames, width), "{fault:?}");
    }
    let (empty, whole, half) =
        (folder.path().join("e"), folder.path().join("w.mp4"), folder.path().join("h.mp4"));
    let size = |file: &Path| std::fs::metadata(file).unwrap().len();
    make(&order, vec![Fault::Empty], &empty.with_extension("mp4")).unwrap();
    make(&order, vec![], &whole).unwrap();
    make(&order, vec![Fault::Truncated], &half).unwrap();
    assert_eq!((size(&empty.with_extension("mp4")), size(&half)), (0, size(&whole) / 2));
}

#[test]
fn impossible_orders_are_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let mut long = order("BEACH", "DUSK", ShotSize::Wide);
    long.frames = 121;
    let error = make(&long, vec![], &folder.path().join("a.mp4")).unwrap_err();
    assert_eq!(error.to_string(), "`animatic` cannot make shot 3_0010: 121 frames asked, 1 to 120 possible");
}
