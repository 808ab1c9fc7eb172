//! Faults planted in the animatic's takes, in strengths that are known: each is found by its gate, in number, unit and
//! place, and the same take without the fault passes that gate.

#![allow(clippy::unwrap_used, reason = "what cannot be had here fails the test")]
#![allow(clippy::float_cmp, reason = "counts are whole, and exact in a float")]

use std::path::Path;

use soundlock_judge::{Expected, Finding, JudgeRules, Verdict, judge};
use soundlock_picture::{Colour, Decode, Decoder, Depth, Layout, Limits, Tools, probe};
use soundlock_plan::{Look, Movement, ShotSize};
use soundlock_script::Setting;
use soundlock_shoot::animatic::{Animatic, AnimaticStyle, Fault, PlantedFault};
use soundlock_shoot::{Draws, Inputs, ShotOrder};
use soundlock_time::{Fps, Raster, TakeFrame, TakeRange};

const FRAMES: u32 = 48;

fn tools() -> Tools {
    Tools::find("ffmpeg", "ffprobe").unwrap()
}

fn raster() -> Raster {
    Raster::new(320, 180).unwrap()
}

/// The control: a street by day that the camera travels along, somebody in it.
fn travelling() -> ShotOrder {
    order("STREET", "DAY", ShotSize::Wide, Movement::Track)
}

fn order(place: &str, time: &str, size: ShotSize, movement: Movement) -> ShotOrder {
    let look = Look {
        scene: "3".to_owned(),
        setting: Some(if place == "KITCHEN" { Setting::Interior } else { Setting::Exterior }),
        place: place.to_owned(),
        time: time.to_owned(),
        size,
        movement,
        subjects: vec!["MINA".to_owned()],
        present: vec!["MINA".to_owned()],
        ..Look::default()
    };
    ShotOrder {
        code: "3_0010".parse().unwrap(),
        prompt: String::new(),
        negative: String::new(),
        seed: 11,
        frames: FRAMES,
        fps: Fps::FILM,
        raster: raster(),
        look,
        speech: Vec::new(),
        inputs: Inputs::default(),
        burn_in: None,
        cut: None,
    }
}

/// Makes a take as a film does, encoded as takes are.
fn shoot(order: &ShotOrder, faults: &[Fault], file: &Path) {
    let faults = faults.iter().map(|fault| PlantedFault { shots: None, fault: *fault }).collect();
    let animatic = Animatic::new(tools(), AnimaticStyle { faults, ..AnimaticStyle::plain(Fps::FILM) });
    animatic.draw(order, file).unwrap();
}

fn judged(order: &ShotOrder, faults: &[Fault]) -> Verdict {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("3_0010-1.mp4");
    shoot(order, faults, &file);
    let expected = Expected { frames: Some(FRAMES), raster: Some(raster()), fps: Some(Fps::FILM) };
    judge(&tools(), &file, &expected, &JudgeRules::STANDARD, &Limits::GENEROUS).unwrap()
}

fn get<'v>(verdict: &'v Verdict, measure: &str) -> &'v Finding {
    verdict.findings.iter().find(|finding| finding.measure == measure).unwrap()
}

fn said(verdict: &Verdict) -> String {
    verdict.findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// What a gate must say of a planted fault.
struct Found {
    gate: &'static str,
    value: f64,
    unit: &'static str,
    limit: f64,
    frames: std::ops::Range<u32>,
}

#[track_caller]
fn check(fault: Fault, wanted: &Found) {
    let order = travelling();
    assert!(
        get(&judged(&order, &[]), wanted.gate).passed,
        "the take without {fault:?} passes {}",
        wanted.gate
    );
    let verdict = judged(&order, &[fault]);
    let found = get(&verdict, wanted.gate);
    let place = TakeRange { start: TakeFrame(wanted.frames.start), end: TakeFrame(wanted.frames.end) };
    assert!(!found.passed, "{fault:?} is not found:\n{}", said(&verdict));
    assert!((found.value - wanted.value).abs() < 1e-9, "{fault:?}: {found}, wanted {}", wanted.value);
    assert_eq!((found.unit.as_str(), found.limit), (wanted.unit, wanted.limit), "{fault:?}: {found}");
    assert_eq!(found.place, Some(place).filter(|place| !place.is_empty()), "{fault:?}: {found}");
}

#[test]
fn takes_without_faults_pass_every_gate() {
    for (place, time, size, movement) in [
        ("KITCHEN", "NIGHT", ShotSize::Close, Movement::Static),
        ("KITCHEN", "NIGHT", ShotSize::Close, Movement::Handheld),
        ("TRAIN", "DAY", ShotSize::Medium, Movement::Static),
        ("STREET", "DAY", ShotSize::Wide, Movement::Track),
        ("BEACH", "DUSK", ShotSize::ExtremeWide, Movement::PanLeft),
        ("FOREST", "NIGHT, RAIN", ShotSize::Medium, Movement::PushIn),
    ] {
        let verdict = judged(&order(place, time, size, movement), &[]);
        assert!(verdict.passed(), "{place} {time}:\n{}", said(&verdict));
    }
}

#[test]
fn black_frames_are_counted() {
    for (from, frames) in [(20, 1), (0, 3), (36, 12), (0, FRAMES)] {
        let (value, limit) = (f64::from(frames), 0.0);
        let wanted = Found { gate: "black", value, unit: "frames", limit, frames: from..from + frames };
        check(Fault::Black { from, frames }, &wanted);
    }
}

#[test]
fn a_freeze_is_found_by_its_length() {
    for frames in [25, 36, FRAMES] {
        let from = FRAMES - frames;
        let verdict = judged(&travelling(), &[Fault::Freeze { from, frames }]);
        let found = get(&verdict, "frozen");
        assert!(!found.passed, "{frames} frames are not found:\n{}", said(&verdict));
        assert_eq!((found.unit.as_str(), found.limit), ("frames", 24.0), "{found}");
        // The last frames before the freeze may be like it.
        let place = found.place.unwrap();
        assert!(
            place.start.0 <= from && place.start.0 + 3 >= from && place.end.0 == FRAMES,
            "{from}: {found}"
        );
        assert_eq!(found.value, f64::from(place.length()), "{found}");
    }
}

/// A hold that is too short to be a frozen take is a moving picture that stumbles.
#[test]
fn a_short_hold_in_a_moving_take_is_found_as_repeats() {
    for frames in [3, 6, 12] {
        let value = f64::from(frames - 1) / f64::from(FRAMES);
        let wanted = Found { gate: "duplicates", value, unit: "share", limit: 0.03, frames: 17..16 + frames };
        check(Fault::Freeze { from: 16, frames }, &wanted);
    }
}

#[test]
fn a_cut_inside_is_found_where_it_is() {
    for at in [1, 12, 24, FRAMES - 2] {
        let wanted = Found { gate: "cut-inside", value: 1.0, unit: "count", limit: 0.0, frames: at..at + 1 };
        check(Fault::CutInside { at }, &wanted);
    }
}

#[test]
fn missing_frames_are_counted() {
    for missing in [1, 5, FRAMES - 1] {
        let frames = FRAMES - missing..FRAMES;
        let (value, limit) = (f64::from(FRAMES - missing), f64::from(FRAMES));
        let wanted = Found { gate: "length", value, unit: "frames", limit, frames };
        check(Fault::WrongLength { by: -(missing as i32) }, &wanted);
    }
    let longer = judged(&travelling(), &[Fault::WrongLength { by: 3 }]);
    assert!(
        longer.passed() && get(&longer, "length").value == 51.0,
        "more than was asked for can be cut off"
    );
}

#[test]
fn a_wrong_size_is_said_in_pixels() {
    let wanted = Found { gate: "size", value: 250.0, unit: "pixels off", limit: 0.0, frames: 0..0 };
    check(Fault::WrongSize, &wanted);
}

#[test]
fn files_cut_short_do_not_decode() {
    for fault in [Fault::Empty, Fault::Truncated] {
        let verdict = judged(&travelling(), &[fault]);
        assert!(!get(&verdict, "decodes").passed && !get(&verdict, "length").passed, "{}", said(&verdict));
    }
}

/// Means of luma of every frame, in codes, and how far a pixel strays on average from the mean of its two neighbours in
/// time, which is what the codec left of grain that is new in each frame.
fn light(file: &Path) -> (Vec<f64>, f64) {
    let limits = Limits::GENEROUS;
    let media = probe(&tools(), file, &limits).unwrap();
    let (layout, depth, colour) = (Layout::Grey, Depth::Eight, Colour::FILM);
    let decode = Decode { raster: None, fps: None, layout, depth, source: None, colour };
    let mut decoder = Decoder::open(&tools(), &media, &decode, &limits).unwrap();
    let mut frames: Vec<Vec<u8>> = Vec::new();
    let mut frame = decoder.new_frame();
    while decoder.next_into(&mut frame).unwrap() {
        frames.push(frame.bytes(0).to_vec());
    }
    let mean = |frame: &Vec<u8>| frame.iter().map(|code| f64::from(*code)).sum::<f64>() / frame.len() as f64;
    let stray = |three: &[Vec<u8>]| {
        let pixels = three[0].iter().zip(&three[1]).zip(&three[2]);
        let strays = pixels.map(|((before, here), after)| {
            (f64::from(*here) - f64::midpoint(f64::from(*before), f64::from(*after))).abs()
        });
        strays.sum::<f64>() / three[0].len() as f64
    };
    let strays = frames.windows(3).map(stray).sum::<f64>() / (frames.len() - 2) as f64;
    (frames.iter().map(mean).collect(), strays)
}

/// How far the mean luma of a frame lies on average from the mean of its two neighbours.
fn swing(means: &[f64]) -> f64 {
    let off = means.windows(3).map(|three| (three[1] - f64::midpoint(three[0], three[2])).abs());
    off.sum::<f64>() / (means.len() - 2) as f64
}

#[test]
fn flicker_is_in_the_picture_as_strong_as_planted_and_found() {
    let folder = tempfile::tempdir().unwrap();
    let file = |levels: u8| folder.path().join(format!("{levels}.mp4"));
    let mut before = 0.0;
    for levels in [0, 1, 2, 4, 8, 16] {
        let order = travelling();
        shoot(&order, &[Fault::Flicker { levels }], &file(levels));
        let swing = swing(&light(&file(levels)).0);
        // The codec keeps a little of it to itself.
        let off = (swing - f64::from(levels)).abs();
        assert!(off < 0.3 + 0.15 * f64::from(levels), "{levels} levels planted, {swing:.2} in the picture");

        let verdict = judged(&order, &[Fault::Flicker { levels }]);
        let found = get(&verdict, "flicker");
        assert_eq!((found.unit.as_str(), found.limit), ("levels of 255", 0.7));
        assert_eq!(found.passed, levels == 0, "{levels}: {found}");
        // Limited range is measured at full: 219 codes are 255 levels.
        let planted = f64::from(levels) * 255.0 / 219.0;
        assert!(
            (found.value - planted).abs() < 0.35 + planted * 0.2,
            "{levels}: {found}, planted {planted:.2}"
        );
        assert!(levels == 0 || found.value > before, "{levels}: {found}, weaker {before:.2}");
        before = found.value;
    }
}

/// Nothing measures shimmer yet: it must be there for whoever does, and mean nothing to the other gates.
#[test]
fn shimmer_is_in_the_picture_and_no_other_gate_minds() {
    let folder = tempfile::tempdir().unwrap();
    let mut before = None;
    for levels in [0, 2, 6, 12, 24] {
        let file = folder.path().join(format!("{levels}.mp4"));
        shoot(&travelling(), &[Fault::Shimmer { levels }], &file);
        let stray = light(&file).1;
        // Even noise of ±levels strays from the mean of two others by 0.6 of it; the codec takes some of that.
        let expected = f64::from(levels) * 0.6;
        assert!(stray > expected * 0.4, "{levels} levels planted, {stray:.2} in the picture");
        assert!(before.is_none_or(|before| stray > before), "{levels}: {stray:.2}, weaker {before:?}");
        before = Some(stray);
        let verdict = judged(&travelling(), &[Fault::Shimmer { levels }]);
        assert!(verdict.passed(), "{levels}:\n{}", said(&verdict));
    }
}
