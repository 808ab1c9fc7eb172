//! Each measure: a known answer, a score that rises with the fault we plant, calm on what is no fault.

#![allow(clippy::unwrap_used, reason = "what cannot be had here fails the test")]
#![allow(clippy::float_cmp, reason = "counts are whole, and exact in a float")]

mod scene;

use scene::{Picture, SIZE, draw, each, grain, night, pan, patch, world};
use soundlock_judge::{Finding, JudgeRules, Measures};
use soundlock_time::Fps;

fn findings(pictures: &[Picture]) -> Vec<Finding> {
    let mut measures = Measures::new(SIZE.0, SIZE.1).unwrap();
    for picture in pictures {
        measures.see(picture);
    }
    measures.findings(&JudgeRules::STANDARD, Fps::FILM)
}

fn find(measure: &str, pictures: &[Picture]) -> Finding {
    findings(pictures).into_iter().find(|finding| finding.measure == measure).unwrap()
}

fn value(measure: &str, pictures: &[Picture]) -> f64 {
    find(measure, pictures).value
}

/// First and last frame of where it was found.
fn place(finding: &Finding) -> (u32, u32) {
    let place = finding.place.unwrap();
    (place.start.0, place.end.0 - 1)
}

fn calm(measure: &str, what: &str, pictures: &[Picture]) {
    let finding = find(measure, pictures);
    assert!(finding.passed, "{what}: {finding}: {}", finding.message);
}

#[track_caller]
fn rises(measure: &str, takes: impl IntoIterator<Item = Vec<Picture>>) {
    let values: Vec<f64> = takes.into_iter().map(|take| value(measure, &take)).collect();
    assert!(values.is_sorted_by(|less, more| less < more), "{measure}: {values:?}");
}

/// What no measure may complain of, but the named one where it is the fault itself.
fn sound_takes() -> Vec<(&'static str, Vec<Picture>)> {
    let still = world(1, 0.0);
    let living = |frame: u32| patch(&still, (100, 60), 10, 128 + (frame / 6 % 2 * 60) as u8);
    vec![
        ("a pan", pan(1, 3.0, 48)),
        ("a fast pan", pan(1, 17.0, 48)),
        ("a slow pan", pan(1, 0.15, 48)),
        ("a pan with grain", pan(1, 2.0, 48).iter().zip(0..).map(|(p, f)| grain(p, 6.0, f)).collect()),
        ("a held picture with an eye that blinks", (0..48).map(living).collect()),
        ("a held picture with grain and a blink", (0..48).map(|f| grain(&living(f), 4.0, f)).collect()),
        ("a street at night", (0..48).map(night).collect()),
        ("a slow push-in", (0..48).map(|f| zoomed(1.0 + f as f32 * 0.002)).collect()),
        ("somebody who walks past the lens", (0..48).map(|f| wall_with_walker(&still, f)).collect()),
        ("a scene that comes to rest", (0..48_u32).map(|f| world(1, f.min(36) as f32)).collect()),
        (
            "light that fades by a third",
            (0..48).map(|f| each(&still, |_, l| l * (1.0 - f as f32 / 144.0))).collect(),
        ),
    ]
}

fn zoomed(by: f32) -> Picture {
    let big = world(1, 0.0);
    draw(SIZE, |column, row| {
        let at = |place: usize, side: usize| (place as f32 - side as f32 / 2.0) / by + side as f32 / 2.0;
        let (x, y) = (at(column, SIZE.0), at(row, SIZE.1));
        let pixel = |dx: usize, dy: usize| {
            f32::from(big[(y as usize + dy).min(SIZE.1 - 1) * SIZE.0 + (x as usize + dx).min(SIZE.0 - 1)])
        };
        let mix = |a: f32, b: f32, share: f32| a + (b - a) * share;
        mix(mix(pixel(0, 0), pixel(1, 0), x.fract()), mix(pixel(0, 1), pixel(1, 1), x.fract()), y.fract())
    })
}

/// A dark coat a third of the picture wide, 20 pixels a frame.
fn wall_with_walker(wall: &Picture, frame: u32) -> Picture {
    let left = frame as i32 * 20 - 300;
    each(wall, |at, level| if (left..left + 110).contains(&((at % SIZE.0) as i32)) { 25.0 } else { level })
}

#[test]
fn sound_takes_pass_every_measure() {
    for (what, take) in sound_takes() {
        for finding in findings(&take) {
            assert!(finding.passed, "{what}: {finding}: {}", finding.message);
        }
    }
}

#[test]
fn black_frames_are_counted_where_they_are() {
    let mut take = pan(1, 3.0, 48);
    take[20..27].fill(vec![0; SIZE.0 * SIZE.1]);
    let finding = find("black", &take);
    assert_eq!((finding.value, finding.passed, place(&finding)), (7.0, false, (20, 26)));
}

#[test]
fn black_rises_with_its_length() {
    rises(
        "black",
        [0, 1, 5, 20].map(|black| {
            let mut take = pan(1, 3.0, 48);
            take[10..10 + black].fill(vec![2; SIZE.0 * SIZE.1]);
            take
        }),
    );
}

#[test]
fn black_is_found_under_noise_and_in_the_wrong_range() {
    let black = |level: u8| vec![level; SIZE.0 * SIZE.1];
    assert_eq!(value("black", &(0..12).map(|f| grain(&black(0), 10.0, f)).collect::<Vec<_>>()), 12.0);
    assert_eq!(value("black", &(0..12).map(|f| grain(&black(5), 6.0, f)).collect::<Vec<_>>()), 12.0);
    assert_eq!(value("black", &vec![black(16); 12]), 12.0);
    calm("black", "a grey card", &vec![black(40); 12]);
}

#[test]
fn a_take_that_stands_still_is_frozen() {
    let take = vec![world(1, 0.0); 48];
    let finding = find("frozen", &take);
    assert_eq!((finding.value, finding.passed, place(&finding)), (48.0, false, (0, 47)));
    let short = find("frozen", &take[..10]);
    assert_eq!((short.value, short.limit, short.passed), (10.0, 5.0, false));
}

#[test]
fn a_freeze_is_found_under_grain() {
    let take: Vec<Picture> = (0..60_u32).map(|f| grain(&world(1, 3.0 * f.min(25) as f32), 4.0, f)).collect();
    let finding = find("frozen", &take);
    assert_eq!((finding.value, finding.passed, place(&finding)), (35.0, false, (25, 59)));
}

#[test]
fn frozen_rises_with_its_length() {
    rises(
        "frozen",
        [60_u32, 50, 40, 20].map(|stop| (0..60).map(|f| world(1, 2.0 * f.min(stop) as f32)).collect()),
    );
}

/// A pan of which frame `f` shows what `shown(f)` should.
fn cadence(speed: f32, shown: impl Fn(u32) -> u32) -> Vec<Picture> {
    (0..60).map(|frame| world(1, speed * shown(frame) as f32)).collect()
}

#[test]
fn cadences_are_named() {
    let check = |take: &[Picture], share: f64, words: &str| {
        let finding = find("duplicates", take);
        assert!((finding.value - share).abs() < 0.001, "{finding}");
        assert!(finding.message.contains(words), "{}", finding.message);
        assert!(!finding.passed, "{finding}");
    };
    check(&cadence(3.0, |f| f / 2 * 2), 0.5, "each picture shown twice");
    // Of a hold at head or tail one frame counts: more are a picture at rest.
    check(&cadence(3.0, |f| f / 3 * 3), 38.0 / 60.0, "each picture shown 3 times");
    check(&cadence(3.0, |f| f / 5 * 5), 42.0 / 60.0, "each picture shown 5 times");
    check(&cadence(3.0, |f| f * 4 / 5), 0.2, "every 5th frame");
    check(&cadence(3.0, |f| f * 24 / 25), 3.0 / 60.0, "3 frames repeat");
    let irregular = |f: u32| f - u32::from([7, 19, 24, 38, 45, 50, 57].contains(&f));
    check(&cadence(3.0, irregular), 7.0 / 60.0, "without a steady cadence");
    let hold = |f: u32| if (30..38).contains(&f) { 30 } else { f };
    check(&cadence(3.0, hold), 7.0 / 60.0, "in one hold of 8 frames");
}

#[test]
fn cadences_are_found_under_grain_and_in_slow_motion() {
    let grainy: Vec<Picture> =
        cadence(3.0, |f| f * 4 / 5).iter().zip(0..).map(|(picture, f)| grain(picture, 3.0, f)).collect();
    assert!((value("duplicates", &grainy) - 0.2).abs() < 0.001);
    assert!((value("duplicates", &cadence(0.5, |f| f * 4 / 5)) - 0.2).abs() < 0.001);
}

#[test]
fn duplicates_rise_with_their_share() {
    rises("duplicates", [60, 15, 10, 5, 2].map(|every| cadence(3.0, |f| f - f / every)));
}

#[test]
fn one_repeated_frame_is_allowed() {
    let finding = find("duplicates", &cadence(3.0, |f| f - u32::from(f == 9))[..17]);
    assert!(finding.value > 0.03 && finding.passed, "{finding}");
}

/// A pan through one world, and from `frame` on through another.
fn cut_at(frame: u32, frames: u32, speed: f32) -> Vec<Picture> {
    (0..frames).map(|f| world(u32::from(f < frame), f as f32 * speed)).collect()
}

#[test]
fn cuts_are_found_at_their_frames() {
    for (frame, speed) in
        [(24, 3.0), (24, 17.0), (24, 0.0), (2, 3.0), (1, 3.0), (46, 3.0), (47, 3.0), (9, 9.0)]
    {
        let finding = find("cut-inside", &cut_at(frame, 48, speed));
        assert_eq!((finding.value, finding.passed), (1.0, false), "{frame} at {speed}");
        assert_eq!(place(&finding), (frame, frame), "at speed {speed}");
    }
}

#[test]
fn cuts_rise_with_their_number() {
    let cuts = |count: u32| (0..64).map(|f| world(1 + f * (count + 1) / 64, f as f32 * 3.0)).collect();
    rises("cut-inside", [0, 1, 2, 4, 7].map(cuts));
    assert_eq!(
        value("cut-inside", &(0..64).map(|f| world(1 + f / 8, f as f32 * 3.0)).collect::<Vec<_>>()),
        7.0
    );
}

#[test]
fn cuts_between_like_histograms_and_under_grain_are_found() {
    // The same picture turned upside down: no histogram tells them apart.
    let turned = |f: u32| {
        let picture = world(1, f as f32);
        if f < 20 { picture } else { picture.into_iter().rev().collect() }
    };
    assert_eq!(value("cut-inside", &(0..40).map(turned).collect::<Vec<_>>()), 1.0);
    let grainy: Vec<Picture> = cut_at(20, 40, 3.0).iter().zip(0..).map(|(p, f)| grain(p, 8.0, f)).collect();
    assert_eq!(value("cut-inside", &grainy), 1.0);
    let on_twos: Vec<Picture> =
        (0..40_u32).map(|f| f / 2 * 2).map(|f| world(1 + f / 20, f as f32 * 6.0)).collect();
    assert_eq!(value("cut-inside", &on_twos), 1.0);
}

#[test]
fn cuts_between_stills_are_found() {
    let stills: Vec<Picture> = (0..60).map(|f| world(f / 15, 0.0)).collect();
    assert_eq!(value("cut-inside", &stills), 3.0);
}

#[test]
fn what_is_no_cut_is_not_called_one() {
    let still = world(1, 0.0);
    let over_time = |level: &dyn Fn(u32, f32) -> f32| -> Vec<Picture> {
        (0..48).map(|f| each(&world(1, f as f32 * 2.0), |_, l| level(f, l))).collect()
    };
    calm(
        "cut-inside",
        "a flash",
        &over_time(&|f, l| if (20..23).contains(&f) { 200.0 + l / 8.0 } else { l }),
    );
    calm("cut-inside", "a white-out", &over_time(&|f, l| if f == 20 { 255.0 } else { l }));
    calm("cut-inside", "lights out", &over_time(&|f, l| if f > 20 { l * 0.4 } else { l }));
    calm("cut-inside", "flicker", &over_time(&|f, l| l * (1.0 + 0.2 * (f % 2) as f32)));
    calm("cut-inside", "a fade from black", &over_time(&|f, l| l * (f as f32 / 12.0).min(1.0)));
    calm("cut-inside", "a fade to black", &over_time(&|f, l| l * ((47 - f) as f32 / 12.0).min(1.0)));
    let (from, to) = (world(1, 0.0), world(0, 0.0));
    let dissolve = |f: u32| {
        each(&from, |at, l| {
            let share = ((f as f32 - 12.0) / 24.0).clamp(0.0, 1.0);
            l + (f32::from(to[at]) - l) * share
        })
    };
    calm("cut-inside", "a dissolve", &(0..48).map(dissolve).collect::<Vec<_>>());
    calm(
        "cut-inside",
        "a whip pan",
        &(0..48_u32).map(|f| world(1, if f < 24 { 0.0 } else { (f - 24) as f32 * 40.0 })).collect::<Vec<_>>(),
    );
    calm(
        "cut-inside",
        "noise",
        &(0..48).map(|f| grain(&vec![128; SIZE.0 * SIZE.1], 40.0, f)).collect::<Vec<_>>(),
    );
    calm(
        "cut-inside",
        "a world that changes at every frame",
        &(0..48).map(|f| world(f + 10, 0.0)).collect::<Vec<_>>(),
    );
    calm("cut-inside", "fast motion on twos", &cadence(20.0, |f| f / 2 * 2));
    calm("cut-inside", "fast motion, each picture five times", &cadence(4.0, |f| f / 5 * 5));
    calm("cut-inside", "a still", &vec![still; 48]);
    calm("cut-inside", "one frame", &pan(1, 1.0, 1));
    calm("cut-inside", "two frames", &pan(1, 1.0, 2));
}

/// A pan whose light goes up and down by `levels`.
fn flickering(levels: f32) -> Vec<Picture> {
    let off = move |frame: u32| if frame.is_multiple_of(2) { levels / 2.0 } else { -levels / 2.0 };
    (0..48).map(|frame| each(&world(1, frame as f32 * 2.0), |_, level| level + off(frame))).collect()
}

#[test]
fn flicker_has_the_size_it_was_given() {
    for levels in [4.0, 10.0] {
        let finding = find("flicker", &flickering(levels));
        assert!((finding.value - f64::from(levels)).abs() < 1.0 && !finding.passed, "{levels}: {finding}");
    }
}

#[test]
fn flicker_rises_with_its_size() {
    rises("flicker", [0.0, 1.0, 2.0, 4.0, 8.0, 16.0].map(flickering));
    rises("flicker-peak", [0.0, 1.0, 2.0, 4.0, 8.0, 16.0].map(flickering));
}

#[test]
fn one_frame_of_flicker_is_found_in_its_place() {
    let mut take = pan(1, 2.0, 200);
    take[120] = each(&take[120], |_, level| level + 5.0);
    let peak = find("flicker-peak", &take);
    assert_eq!((peak.passed, place(&peak)), (false, (119, 121)), "{peak}");
}

#[test]
fn flicker_is_calm_at_cuts() {
    let take: Vec<Picture> = cut_at(24, 48, 2.0)
        .iter()
        .zip(0..)
        .map(|(p, f)| if f < 24 { each(p, |_, l| l / 3.0) } else { p.clone() })
        .collect();
    calm("flicker", "a cut from dark to light", &take);
    calm("flicker-peak", "a cut from dark to light", &take);
}

#[test]
fn a_cut_is_nothing_to_the_others() {
    for finding in findings(&cut_at(24, 48, 3.0)).iter().filter(|finding| finding.measure != "cut-inside") {
        assert!(finding.passed, "{finding}");
    }
}

#[test]
fn pictures_of_every_size_are_measured() {
    for (width, height) in [(8, 8), (16, 16), (17, 9), (320, 16), (16, 320), (321, 181), (64, 36)] {
        let mut measures = Measures::new(width, height).unwrap();
        for frame in 0..20_u32 {
            let noise =
                (0..width * height).map(|at| scene::hash([at as u32, frame, 0]) as u8).collect::<Vec<_>>();
            measures.see(&noise);
        }
        assert!(
            measures
                .findings(&JudgeRules::STANDARD, Fps::FILM)
                .iter()
                .all(|finding| finding.value.is_finite())
        );
    }
    assert!(Measures::new(7, 100).is_none());
    let none = Measures::new(16, 16).unwrap().findings(&JudgeRules::STANDARD, Fps::FILM);
    assert!(none.iter().all(|finding| finding.value == 0.0), "{none:?}");
}
