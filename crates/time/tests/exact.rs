//! Arithmetic of time as properties, over ten hours of film.

use proptest::prelude::*;
use soundlock_time::{FilmFrame, Fps, Frames, Sample, SampleRate, Timecode, TimecodeError};

const RATES: [Fps; 5] = [Fps::FILM, Fps::PAL, Fps::THIRTY, Fps::NTSC_FILM, Fps::NTSC];

fn rate() -> impl Strategy<Value = Fps> {
    proptest::sample::select(RATES.to_vec())
}

/// Ten hours at 30 fps.
fn frame() -> impl Strategy<Value = FilmFrame> {
    (0_u32..1_080_000).prop_map(FilmFrame)
}

proptest! {
    #[test]
    fn a_frame_begins_at_the_first_sample_that_shows_it(fps in rate(), frame in frame()) {
        let first = fps.first_sample(frame, SampleRate::FILM);
        prop_assert_eq!(fps.frame_at(first, SampleRate::FILM), frame);
        if let Some(before) = first.0.checked_sub(1) {
            prop_assert_eq!(fps.frame_at(Sample(before), SampleRate::FILM).0 + 1, frame.0);
        }
    }

    #[test]
    fn every_sample_lies_in_its_frame(fps in rate(), sample in 0_u64..36_000 * 48_000) {
        let frame = fps.frame_at(Sample(sample), SampleRate::FILM);
        prop_assert!(fps.first_sample(frame, SampleRate::FILM).0 <= sample);
        prop_assert!(fps.first_sample(FilmFrame(frame.0 + 1), SampleRate::FILM).0 > sample);
    }

    #[test]
    fn as_many_frames_as_cover_the_samples(fps in rate(), samples in 0_u64..36_000 * 48_000) {
        let frames = fps.frames_covering(samples, SampleRate::FILM);
        prop_assert!(fps.first_sample(FilmFrame(frames), SampleRate::FILM).0 >= samples);
        if frames > 0 {
            prop_assert!(fps.first_sample(FilmFrame(frames - 1), SampleRate::FILM).0 < samples);
        }
    }

    #[test]
    fn frames_of_one_rate_cover_those_of_another_and_no_more(
        fps in rate(),
        other in prop_oneof![rate(), Just(Fps::new(16, 1).unwrap())],
        frames in 0_u32..100_000,
    ) {
        let length = |fps: Fps, frames: u32| u64::from(frames) * u64::from(fps.den());
        // Both lengths in the same unit: seconds times both numerators.
        let there = length(other, frames) * u64::from(fps.num());
        let here = |frames: u32| length(fps, frames) * u64::from(other.num());
        let (covering, within) = (fps.covering(frames, other), fps.within(frames, other));
        prop_assert!(here(covering) >= there && here(within) <= there);
        prop_assert!(covering == 0 || here(covering - 1) < there);
        prop_assert!(here(within + 1) > there);
        // What fits into a take is covered by it.
        prop_assert!(other.covering(within, fps) <= frames);
    }

    #[test]
    fn a_legal_length_is_on_the_grid_and_the_next_one_up(
        step in 0_u32..20,
        offset in 0_u32..20,
        shortest in 0_u32..60,
        ceiling in 0_u32..400,
        frames in 0_u32..500,
    ) {
        let grid = Frames { step, offset, shortest, ceiling };
        let legal = |n: u32| {
            n >= shortest && n <= ceiling && n >= offset && (n - offset).is_multiple_of(step.max(1))
        };
        prop_assert_eq!(grid.legal_from(frames), (frames..=ceiling).find(|n| legal(*n)));
        prop_assert_eq!(grid.longest(), (0..=ceiling).rev().find(|n| legal(*n)).unwrap_or(0));
    }

    #[test]
    fn timecode_comes_back(fps in rate(), frame in frame()) {
        let timecode = Timecode::of(frame, fps);
        prop_assert_eq!(timecode.frame(fps), frame);
        prop_assert_eq!(Timecode::read(&timecode.to_string(), fps), Ok(timecode));
    }

    #[test]
    fn drop_frame_timecode_comes_back_and_keeps_up_with_the_clock(frame in frame()) {
        let timecode = Timecode::drop_frame(frame, Fps::NTSC).unwrap();
        prop_assert_eq!(timecode.frame(Fps::NTSC), frame);
        prop_assert_eq!(Timecode::read(&timecode.to_string(), Fps::NTSC), Ok(timecode));
        let label = f64::from((timecode.hours * 60 + timecode.minutes) * 60 + timecode.seconds)
            + f64::from(timecode.frames) / 30.0;
        // ST 12-1: 86.4 ms off after 24 hours; labels are dropped up to two at a time, 66.7 ms.
        prop_assert!((label - Fps::NTSC.seconds(frame.0)).abs() < 0.125);
    }

    #[test]
    fn reading_a_timecode_never_panics(text in "[0-9:;]{0,14}", fps in rate()) {
        let _ = Timecode::read(&text, fps).map(|timecode| timecode.frame(fps));
    }
}

#[test]
fn a_64_minute_film_ends_on_the_exact_sample() {
    assert_eq!(Fps::FILM.first_sample(FilmFrame(92_160), SampleRate::FILM), Sample(184_320_000));
}

#[test]
fn drop_frame_labels_known_from_the_standard() {
    let check = |frame: u32, label: &str| {
        assert_eq!(Timecode::drop_frame(FilmFrame(frame), Fps::NTSC).unwrap().to_string(), label);
    };
    check(1_799, "00:00:59;29");
    check(1_800, "00:01:00;02");
    check(17_981, "00:09:59;29");
    check(17_982, "00:10:00;00");
    check(107_892, "01:00:00;00");
}

#[test]
fn labels_that_do_not_exist_are_refused() {
    assert!(matches!(Timecode::read("00:01:00;00", Fps::NTSC), Err(TimecodeError::NoSuchLabel { .. })));
    assert!(matches!(Timecode::read("00:00:00;00", Fps::FILM), Err(TimecodeError::NoDropFrame { .. })));
    assert!(matches!(Timecode::read("00:00:00:24", Fps::FILM), Err(TimecodeError::NoSuchLabel { .. })));
    assert!(matches!(Timecode::read("1:2:3", Fps::FILM), Err(TimecodeError::Unreadable { .. })));
}

#[test]
fn rates_are_read_as_people_write_them() {
    let check = |text: &str, fps: Fps| assert_eq!(text.parse::<Fps>().unwrap(), fps);
    check("24", Fps::FILM);
    check("48/2", Fps::FILM);
    check("23.976", Fps::NTSC_FILM);
    check("30000/1001", Fps::NTSC);
    assert!("0".parse::<Fps>().is_err());
    assert!("24/0".parse::<Fps>().is_err());
    assert!("4294967295/1".parse::<Fps>().is_err());
    assert!("fast".parse::<Fps>().is_err());
}
