//! Arithmetic of time at its ends: nothing panics, nothing comes round.

use proptest::prelude::*;
use soundlock_time::{
    FilmFrame, Fps, FrameRange, Raster, Sample, SampleRange, SampleRate, TakeFrame, TakeRange, Timecode,
    TimecodeError,
};

/// Every rate that can be made, those of hostile files included: 2147483647/2000000000.
fn any_rate() -> impl Strategy<Value = Fps> {
    prop_oneof![
        (1_u32..=240, 1_u32..=1001).prop_filter_map("a rate", |(num, den)| Fps::new(num, den).ok()),
        (any::<u32>(), any::<u32>()).prop_filter_map("a rate", |(num, den)| Fps::new(num, den).ok()),
        Just(Fps::new(240, 1).expect("the fastest there is")),
        Just(Fps::new(1, 1).expect("the slowest there is")),
    ]
}

/// Numbers that are small, large, or next to the end.
fn any_count() -> impl Strategy<Value = u64> {
    prop_oneof![0_u64..100, any::<u64>(), (0_u64..100).prop_map(|less| u64::MAX - less)]
}

proptest! {
    #[test]
    fn places_never_come_round(fps in any_rate(), frame in any::<u32>(), hz in 1_u32.., more in any::<u32>()) {
        let rate = SampleRate::new(hz).unwrap();
        let later = FilmFrame(frame.saturating_add(more));
        prop_assert!(fps.first_sample(FilmFrame(frame), rate) <= fps.first_sample(later, rate));
    }

    #[test]
    fn counts_never_come_round(fps in any_rate(), count in any_count(), more in any_count(), hz in 1_u32..) {
        let rate = SampleRate::new(hz).unwrap();
        let later = count.saturating_add(more);
        prop_assert!(fps.frame_at(Sample(count), rate) <= fps.frame_at(Sample(later), rate));
        prop_assert!(fps.frames_covering(count, rate) <= fps.frames_covering(later, rate));
        prop_assert!(fps.frames_from_millis(count) <= fps.frames_from_millis(later));
        prop_assert!(rate.samples_from_millis(count) <= rate.samples_from_millis(later));
    }

    #[test]
    fn timecode_of_any_frame_names_it(fps in any_rate(), frame in any::<u32>()) {
        let timecode = Timecode::of(FilmFrame(frame), fps);
        prop_assert_eq!(timecode.frame(fps), FilmFrame(frame));
        prop_assert!(timecode.frames < fps.nominal() && timecode.seconds < 60 && timecode.minutes < 60);
    }

    #[test]
    fn drop_frame_of_any_frame_names_it(frame in any::<u32>(), double in any::<bool>()) {
        let fps = if double { Fps::new(60_000, 1001).unwrap() } else { Fps::NTSC };
        let timecode = Timecode::drop_frame(FilmFrame(frame), fps).unwrap();
        prop_assert_eq!(timecode.frame(fps), FilmFrame(frame));
    }

    #[test]
    fn a_timecode_made_by_its_fields_never_panics(
        fields in any::<[u32; 4]>(), drop_frame in any::<bool>(), fps in any_rate()
    ) {
        let [hours, minutes, seconds, frames] = fields;
        let _ = Timecode { hours, minutes, seconds, frames, drop_frame }.frame(fps);
    }

    #[test]
    fn ranges_stay_the_right_way_round(start in any::<u32>(), length in any::<u32>(), by in any::<u32>()) {
        let range = FrameRange::new(FilmFrame(start), length).later(by);
        prop_assert!(range.start <= range.end && range.length() <= length);
        prop_assert_eq!(range.is_empty(), !range.contains(range.start));
    }

    #[test]
    fn rates_and_rasters_come_back_from_their_text(fps in any_rate(), width in 8_u32..=4096, height in 8_u32..=4096) {
        prop_assert_eq!(fps.to_string().parse::<Fps>(), Ok(fps));
        let raster = Raster::new(width * 2, height * 2).unwrap();
        prop_assert_eq!(raster.to_string().parse::<Raster>(), Ok(raster));
    }

    #[test]
    fn reading_rates_and_rasters_never_panics(text in "[0-9x×/. +-]{0,24}") {
        let _ = (text.parse::<Fps>(), text.parse::<Raster>());
    }
}

#[test]
fn what_is_too_long_is_the_longest_there_is() {
    assert_eq!(Fps::FILM.frames_from_millis(u64::MAX), u32::MAX);
    assert_eq!(Fps::FILM.frames_covering(u64::MAX, SampleRate::FILM), u32::MAX);
    assert_eq!(Fps::FILM.frame_at(Sample(u64::MAX), SampleRate::FILM), FilmFrame(u32::MAX));
    assert_eq!(SampleRate::FILM.samples_from_millis(u64::MAX), u64::MAX);
}

#[test]
fn a_day_ends_on_the_exact_frame() {
    let check = |fps: Fps, frame: u32, label: &str| {
        assert_eq!(Timecode::of(FilmFrame(frame), fps).to_string(), label);
    };
    check(Fps::FILM, 24 * 86_400 - 1, "23:59:59:23");
    check(Fps::FILM, 24 * 86_400, "24:00:00:00");
    check(Fps::new(240, 1).unwrap(), 240 * 86_400 - 1, "23:59:59:239");
    let last = Timecode::drop_frame(FilmFrame(2_589_407), Fps::NTSC).unwrap();
    assert_eq!(last.to_string(), "23:59:59;29");
}

#[test]
fn drop_frame_is_for_its_family_alone() {
    for (num, den) in [(30, 1), (24_000, 1001), (29_999, 1001), (120_000, 1001), (60, 1)] {
        let fps = Fps::new(num, den).unwrap();
        assert_eq!(Timecode::drop_frame(FilmFrame(0), fps), Err(TimecodeError::NoDropFrame { fps }), "{fps}");
    }
}

#[test]
fn rates_and_rasters_end_where_they_say() {
    assert!(Fps::new(240, 1).is_ok() && Fps::new(240_001, 1000).is_err());
    assert!(Fps::new(1, 1).is_ok() && Fps::new(999, 1000).is_err());
    assert!(Raster::new(16, 8192).is_ok());
    for (width, height) in [(14, 16), (8194, 16), (17, 16), (16, 0), (u32::MAX, 16)] {
        assert!(Raster::new(width, height).is_err(), "{width}x{height}");
    }
}

#[test]
fn a_range_the_wrong_way_round_cannot_be_read() {
    let range = TakeRange::new(TakeFrame(3), 4);
    assert_eq!(serde_json::to_string(&range).unwrap(), r#"{"start":3,"end":7}"#);
    assert_eq!(serde_json::from_str::<TakeRange>(r#"{"start":3,"end":7}"#).unwrap(), range);
    let error = serde_json::from_str::<SampleRange>(r#"{"start":7,"end":3}"#).unwrap_err();
    assert!(error.to_string().contains("cannot end before it"), "{error}");
    assert_eq!(TakeRange { start: TakeFrame(7), end: TakeFrame(3) }.length(), 0);
}
