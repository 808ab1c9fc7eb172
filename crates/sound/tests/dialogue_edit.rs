//! The dialogue as it is edited: overlaps, room under edits, breaths and pauses, heard in the stem.

#![expect(clippy::unwrap_used, reason = "a test film that cannot be made is a failed test")]

mod common;

use common::{TestFilm, Tone, VOICE, values};
use soundlock_sound::{LineChoice, LockedLine, LockedSound, Origin, format};
use soundlock_testing::noise;
use soundlock_time::{Sample, SampleRange, SampleRate};

/// A recording drawn in tenths of a second.
struct Recording(Vec<f32>);

/// Samples of a tenth of a second.
const TENTH: u64 = 4800;

/// In a room whose noise has this peak.
fn room(tenths: u64, peak: f32) -> Recording {
    Recording(noise(3, peak, tenths * TENTH))
}

impl Recording {
    /// Somebody speaks: a noise that is never the same twice, so that its place can be told to the sample.
    fn said(mut self, from: u64, tenths: u64, peak: f32) -> Self {
        let voice = noise(from + 100, peak, tenths * TENTH);
        let at = (from * TENTH) as usize;
        self.0[at..at + voice.len()].iter_mut().zip(voice).for_each(|(value, said)| *value += said);
        self
    }

    fn bytes(&self) -> Vec<u8> {
        soundlock_testing::wav(SampleRate::FILM, &self.0)
    }
}

/// The director takes this part of a file for a line.
fn choose(mut film: TestFilm, line: &str, file: &str, from: u64, to: u64) -> TestFilm {
    let part = SampleRange { start: Sample(from), end: Sample(to) };
    let choice = LineChoice::Part { file: file.to_owned(), part };
    film.rules.choices.insert(line.parse().unwrap(), choice);
    film
}

/// One side of the dialogue stem, of one scene.
fn stem(film: &TestFilm, locked: &LockedSound, scene: usize) -> Vec<f64> {
    let dialogue = values(&film.mix(locked).dialogue);
    let range = locked.scene_range(&locked.scenes[scene].id).unwrap();
    let (from, to) = (range.start.0 as usize * 2000, range.end.0 as usize * 2000);
    dialogue[2 * from..2 * to].chunks_exact(2).map(|frame| f64::from(frame[0]) / 8_388_608.0).collect()
}

fn level(values: &[f64]) -> f64 {
    let mean = values.iter().map(|value| value * value).sum::<f64>() / values.len() as f64;
    10.0 * libm::log10(mean.max(1e-12))
}

/// At what gain `stem` holds what was recorded, and how alike they are; both from sample 0.
fn held(stem: &[f64], recorded: &[f32]) -> (f64, f64) {
    let pairs = || stem.iter().zip(recorded).map(|(a, b)| (*a, f64::from(*b)));
    let sum = |of: fn((f64, f64)) -> f64| pairs().map(of).sum::<f64>();
    let (across, stem, recorded) = (sum(|(a, b)| a * b), sum(|(a, _)| a * a), sum(|(_, b)| b * b));
    (across / recorded, across / (stem * recorded).sqrt())
}

/// Where the sample of a line's recording lies in its scene.
fn place(line: &LockedLine, sample: u64) -> usize {
    (line.at.0 + sample - line.source.part.start.0) as usize
}

#[test]
fn two_who_speak_at_once_are_laid_as_they_were_played_and_sound_once() {
    let take = room(60, 0.001).said(10, 15, 0.2).said(20, 20, 0.2);
    let film = TestFilm::new().scene().line("MINA", "Listen to me.").line("JO", "No, you listen.");
    let film =
        choose(film.put("voices/1 all.wav", &take.bytes()), "1.01", "voices/1 all.wav", 46_560, 121_000);
    let film = choose(film, "1.02", "voices/1 all.wav", 94_560, 194_000);
    let locked = film.lock();
    let lines = &locked.scenes[0].lines;
    assert_eq!(lines[1].at.0 - lines[0].at.0, 94_560 - 46_560);
    assert!(lines[1].at.0 < lines[0].end().0);
    let stem = stem(&film, &locked, 0);
    let gains: Vec<f64> = (46_560..194_000 - TENTH)
        .step_by(TENTH as usize)
        .map(|from| {
            let at = place(&lines[0], from);
            let recorded = &take.0[from as usize..(from + TENTH) as usize];
            let (gain, alike) = held(&stem[at..at + TENTH as usize], recorded);
            assert!(alike > 0.9999, "{alike} at {from}");
            gain
        })
        .collect();
    // Twice the same samples would be 6 dB more where both speak.
    let (least, most) =
        gains.iter().fold((f64::MAX, 0.0_f64), |(least, most), g| (least.min(*g), most.max(*g)));
    assert!(most / least < 1.25, "{gains:?}");
}

/// Mina's and Jo's recordings in two rooms, a line that nobody recorded, and Mina again.
fn two_rooms() -> TestFilm {
    let take = |peak: f32| room(30, peak).said(10, 10, 0.2).bytes();
    TestFilm::new()
        .scene()
        .line("MINA", "One.")
        .line("JO", "Two.")
        .action("She waits.")
        .line("ANN", "Three, which nobody has recorded.")
        .line("MINA", "Four.")
        .scene()
        .line("ANN", "Five, alone.")
        .put("voices/1.01.wav", &take(0.004))
        .put("voices/1.02.wav", &take(0.002))
        .put("voices/1.04.wav", &take(0.004))
}

#[test]
fn room_sounds_on_where_no_recording_does() {
    let mut film = two_rooms();
    let locked = film.lock();
    let heard = stem(&film, &locked, 0);
    let lines = &locked.scenes[0].lines;
    let said = &lines[0];
    // How loud each room is under its speech is known from how they are drawn.
    let speech = level(&heard[place(said, 50_000)..place(said, 90_000)]);
    let (loud, soft) = (speech - 33.98, speech - 40.0);
    let windows = |from: usize, to: usize| heard[from..to].chunks_exact(2400).map(level).collect::<Vec<_>>();
    let near = |levels: Vec<f64>, wanted: std::ops::RangeInclusive<f64>| {
        assert!(
            !levels.is_empty() && levels.iter().all(|level| wanted.contains(level)),
            "{levels:?} {wanted:?}"
        );
    };
    // Head, the pause between two rooms, the pause after Jo, the tail.
    near(windows(480, lines[0].at.0 as usize), loud - 1.0..=loud + 1.0);
    near(windows(lines[0].end().0 as usize, lines[1].at.0 as usize), soft - 1.0..=loud + 1.0);
    near(windows(lines[1].end().0 as usize, lines[2].at.0 as usize - 24_000), soft - 1.0..=soft + 1.0);
    near(windows(lines[3].end().0 as usize, heard.len() - 480), loud - 1.0..=loud + 1.0);
    // The scratch voice has Mina's and Jo's room under it, and where nothing was recorded there is none.
    let alone = stem(&film, &locked, 1);
    // The room before it goes out over its first 10 ms.
    assert!(alone[480..locked.scenes[1].lines[0].at.0 as usize].iter().all(|value| *value == 0.0));
    // It can be turned down and set off.
    film.rules.levels.room_tone_db = Some(-6.0);
    let softer = stem(&film, &locked, 0);
    let head = |stem: &[f64]| level(&stem[480..lines[0].at.0 as usize - 960]);
    assert!((head(&heard) - head(&softer) - 6.0).abs() < 0.3, "{} {}", head(&heard), head(&softer));
    film.rules.levels.room_tone_db = None;
    let silent = stem(&film, &locked, 0);
    assert!(silent[..lines[0].at.0 as usize - 480].iter().all(|value| *value == 0.0));
}

#[test]
fn room_is_the_same_every_time() {
    let film = two_rooms();
    let locked = film.lock();
    let first = film.mix(&locked).dialogue.hash;
    let again = two_rooms();
    assert_eq!(again.mix(&again.lock()).dialogue.hash, first);
}

#[test]
fn music_gives_way_to_speech_and_not_to_room() {
    let take = room(110, 0.004).said(10, 10, 0.2).said(70, 10, 0.2);
    let film = TestFilm::new().scene().music("theme.wav").line("MINA", "One.").line("JO", "Two.");
    let film = film.put("voices/1 all.wav", &take.bytes());
    let film = film.tone("music/theme.wav", Tone { channels: 2, level: 0.2, seconds: 30.0, ..VOICE });
    let film = choose(film, "1.01", "voices/1 all.wav", 46_560, 100_000);
    let film = choose(film, "1.02", "voices/1 all.wav", 334_560, 388_000);
    let locked = film.lock();
    let lines = &locked.scenes[0].lines;
    assert_eq!(lines[1].at.0 - lines[0].at.0, 334_560 - 46_560, "the actors' own pause");
    let music = values(&film.mix(&locked).music);
    let start = locked.scene_range(&locked.scenes[0].id).unwrap().start.0 as usize * 2000;
    let loud = |from: u64, to: u64| {
        let (from, to) = (start + from as usize, start + to as usize);
        level(&music[2 * from..2 * to].iter().map(|value| f64::from(*value)).collect::<Vec<_>>())
    };
    let spoken = loud(lines[0].at.0 + 2000, lines[0].end().0 - 2000);
    let (from, to) = (lines[0].end().0 + 48_000, lines[1].at.0 - 24_000);
    assert!(to > from + 48_000);
    assert!((loud(from, to) - spoken - 10.0).abs() < 0.2, "{} over {spoken}", loud(from, to));
}

#[test]
fn a_directed_pause_is_obeyed_to_the_frame_inside_a_long_take() {
    let take = room(110, 0.004).said(10, 10, 0.2).said(30, 10, 0.2).said(70, 10, 0.2);
    let lines = |film: TestFilm| {
        let film = film.put("voices/1 all.wav", &take.bytes());
        let film = choose(film, "1.01", "voices/1 all.wav", 46_560, 100_000);
        let film = choose(film, "1.02", "voices/1 all.wav", 142_560, 196_000);
        choose(film, "1.03", "voices/1 all.wav", 334_560, 388_000)
    };
    let film = TestFilm::new().scene().line("MINA", "One.").pause(61).line("JO", "Two.").pause(7);
    let film = lines(film.line("MINA", "Three."));
    let locked = film.lock();
    let laid = &locked.scenes[0].lines;
    assert_eq!(laid[1].at.0 - laid[0].end().0, 61 * 2000, "longer than it was played");
    assert_eq!(laid[2].at.0 - laid[1].end().0, 7 * 2000, "shorter than it was played");
    let stem = stem(&film, &locked, 0);
    for line in laid {
        let from = line.source.part.start.0;
        let (at, recorded) = (place(line, from), &take.0[from as usize..line.source.part.end.0 as usize]);
        assert!(held(&stem[at..at + recorded.len()], recorded).1 > 0.9999);
    }
    // The room goes on through both.
    for pair in laid.windows(2) {
        let pause = &stem[pair[0].end().0 as usize..pair[1].at.0 as usize];
        let levels: Vec<f64> = pause.chunks_exact(1000).map(level).collect();
        let (least, most) = levels.iter().fold((0.0_f64, -200.0_f64), |(l, m), v| (l.min(*v), m.max(*v)));
        assert!(most - least < 3.0, "{levels:?}");
    }
}

#[test]
fn a_breath_is_kept_whole_or_left_whole() {
    // From 0.5 s a breath of 0.3 s, from 0.9 s speech.
    let take = room(40, 0.001).said(5, 3, 0.02).said(9, 10, 0.3);
    let (breath, said) = (5 * TENTH, 9 * TENTH);
    for (pause, kept) in [(30, true), (4, false)] {
        let film = TestFilm::new().scene().line("JO", "One.").pause(pause).line("MINA", "Two.");
        let film = choose(
            film.put("voices/2 all.wav", &take.bytes()),
            "1.02",
            "voices/2 all.wav",
            said - 1440,
            said + 10 * TENTH,
        );
        let locked = film.lock();
        let line = &locked.scenes[0].lines[1];
        assert!(matches!(locked.scenes[0].lines[0].source.origin, Origin::Scratch(_)));
        let stem = stem(&film, &locked, 0);
        let (gain, _) = held(
            &stem[place(line, said)..place(line, said + 9 * TENTH)],
            &take.0[said as usize..(said + 9 * TENTH) as usize],
        );
        let before = place(line, said).saturating_sub((said - breath) as usize);
        let heard = &stem[before..before + 3 * TENTH as usize];
        let (found, alike) = held(heard, &take.0[breath as usize..breath as usize + 3 * TENTH as usize]);
        if kept {
            assert!((found / gain - 1.0).abs() < 0.01 && alike > 0.9999, "{found} {gain} {alike}");
        } else {
            assert!(found.abs() / gain < 0.05, "{found} of {gain} is heard of the breath");
        }
    }
}

/// What stands in `sound.lock` of each scene.
fn scenes_of(locked: &LockedSound) -> Vec<Vec<String>> {
    let text = format::write(locked);
    let scenes = text.split("[[scene]]").skip(1);
    scenes.map(|scene| scene.lines().map(str::to_owned).collect()).collect()
}

#[test]
fn a_recording_that_replaces_a_scratch_line_moves_only_what_follows_in_its_scene() {
    let scene = |film: TestFilm| {
        film.scene()
            .line("MINA", "One.")
            .line("JO", "Two, and a little more.")
            .action("Rain.")
            .line("MINA", "Three.")
    };
    let film = scene(scene(scene(TestFilm::new())));
    let was = film.lock();
    let film = film.put("voices/2.02.wav", &room(60, 0.002).said(10, 40, 0.2).bytes());
    let now = film.lock_after(Some(&was)).unwrap();
    let (old, new) = (scenes_of(&was), scenes_of(&now));
    assert_eq!((&old[0], &old[2]), (&new[0], &new[2]), "other scenes stand as they stood, to the byte");
    let differing: Vec<&str> =
        old[1].iter().zip(&new[1]).filter(|(old, new)| old != new).map(|(_, new)| new.as_str()).collect();
    let names = ["frames =", "beats =", "  { id = \"2.02\"", "  { id = \"2.03\""];
    assert_eq!(differing.len(), names.len(), "{differing:?}");
    assert!(differing.iter().zip(names).all(|(row, name)| row.starts_with(name)), "{differing:?}");
}
