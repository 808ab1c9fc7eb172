//! A small film from recordings that are drawn here: locked, mixed, and read back.

#![expect(clippy::unwrap_used, reason = "a test film that cannot be made is a failed test")]

mod common;

use std::path::Path;

use common::{TestFilm, Tone, VOICE, session, values};
use soundlock_sound::{
    Espeak, LockedSound, Mix, Move, Origin, SoundError, Speakers, Target, encoded_loudness, format, levels,
    mix, moves, print_master,
};

/// First and last stereo sample that is louder than -60 dBFS, within `range`.
fn edges(values: &[i32], range: std::ops::Range<u64>) -> (u64, u64) {
    let loud = |frame: &u64| values[2 * *frame as usize].abs() > 8_389;
    (range.clone().find(loud).unwrap(), range.rev().find(loud).unwrap())
}

#[test]
fn the_dialogue_stands_where_it_is_locked() {
    let film = TestFilm::new()
        .scene()
        .line("MINA", "One.")
        .line("JO", "Two.")
        .scene()
        .line("MINA", "Three.")
        .tone("voices/1.01.wav", VOICE)
        .tone("voices/1.02_take2.wav", Tone { hz: 44_100, channels: 2, ..VOICE })
        .tone("voices/2.01.wav", Tone { seconds: 2.0, ..VOICE });
    let locked = film.lock();
    let lines: Vec<_> = locked.scenes.iter().flat_map(|scene| &scene.lines).collect();
    assert_eq!(lines[1].source.origin, Origin::File("voices/1.02_take2.wav".into()));
    assert!((48_000..54_000).contains(&lines[1].source.part.length()), "{:?}", lines[1].source.part);
    let dialogue = values(&film.mix(&locked).dialogue);
    assert_eq!(dialogue.len() as u64, 2 * locked.samples());
    for scene in &locked.scenes {
        let start = u64::from(locked.scene_range(&scene.id).unwrap().start.0) * 2000;
        for line in &scene.lines {
            // Each tone begins half a second into its file; its first milliseconds are near nothing.
            let begins = start + line.at.0 + 24_000 - line.source.part.start.0;
            let found = edges(&dialogue, start + line.at.0..start + line.end().0);
            assert!((begins..begins + 20).contains(&found.0), "{}: {begins} {found:?}", line.id);
        }
    }
}

#[test]
fn the_stems_sum_to_the_master_at_the_target() {
    let film = TestFilm::new()
        .scene()
        .music("theme.wav")
        .line("MINA", "One.")
        .effect("door.wav")
        .line("JO", "This one is hummed, for nobody has recorded it.")
        .tone("voices/1.01.wav", VOICE)
        .tone("music/theme.wav", Tone { channels: 2, level: 0.5, seconds: 6.0, ..VOICE })
        .tone("effects/door.wav", Tone { level: 0.9, seconds: 0.3, ..VOICE });
    let locked = film.lock();
    let mix = film.mix(&locked);
    let report = &mix.report;
    assert!(report.passed, "{report:?}");
    assert!((report.integrated_lufs.unwrap() + 14.0).abs() < 0.1, "{report:?}");
    assert!(report.true_peak_dbtp.unwrap() <= -1.0, "{report:?}");
    let [dialogue, music, effects, master] =
        [&mix.dialogue, &mix.music, &mix.effects, &mix.master].map(values);
    let music_and_effects = values(&mix.music_and_effects);
    for stem in [&dialogue, &music, &effects] {
        assert!(stem.iter().any(|value| *value != 0));
    }
    for (n, sum) in master.iter().enumerate() {
        assert_eq!(dialogue[n] + music[n] + effects[n], *sum, "at {n}");
        assert_eq!(dialogue[n] + music_and_effects[n], *sum, "at {n}");
    }
    // What an independent reader of the file hears.
    let mut meter = ebur128::EbuR128::new(2, 48_000, ebur128::Mode::I | ebur128::Mode::TRUE_PEAK).unwrap();
    let floats: Vec<f32> = master.iter().map(|value| *value as f32 / 8_388_608.0).collect();
    meter.add_frames_f32(&floats).unwrap();
    assert!((meter.loudness_global().unwrap() - report.integrated_lufs.unwrap()).abs() < 0.02);
}

/// Dialogue over music with a door that slams.
fn full_film() -> TestFilm {
    TestFilm::new()
        .scene()
        .music("theme.wav")
        .line("MINA", "One.")
        .effect("door.wav")
        .line("JO", "Two.")
        .tone("voices/1.01.wav", VOICE)
        .tone("voices/1.02.wav", Tone { level: 0.1, seconds: 1.5, ..VOICE })
        .put("music/theme.wav", &hiss(5))
        .tone("effects/door.wav", Tone { level: 0.9, seconds: 0.3, ..VOICE })
}

/// Bursts of noise on two channels: what an encoder cannot keep under a ceiling.
fn hiss(seconds: u32) -> Vec<u8> {
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 48_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
    let mut state = 1_u32;
    for n in 0..2 * 48_000 * seconds {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let level = if n / 12_000 % 2 == 0 { 16 } else { 20 };
        writer.write_sample(((state as i32) >> level) as i16).unwrap();
    }
    writer.finalize().unwrap();
    bytes.into_inner()
}

#[test]
fn six_speakers_hold_the_target_too_and_each_stem_is_where_it_belongs() {
    let mut film = full_film();
    film.rules.speakers = Speakers::FivePointOne;
    let locked = film.lock();
    let mix = film.mix(&locked);
    assert!(mix.report.passed, "{:?}", mix.report);
    let spec = hound::WavReader::open(&mix.master.path).unwrap().spec();
    assert_eq!((spec.channels, spec.bits_per_sample), (6, 24));
    let sounding = |object| {
        let values = values(object);
        assert_eq!(values.len() as u64, 6 * locked.samples());
        (0..6).filter(|n| values.iter().skip(*n).step_by(6).any(|value| *value != 0)).collect::<Vec<_>>()
    };
    assert_eq!(sounding(&mix.dialogue), [2]);
    for object in [&mix.music, &mix.effects, &mix.music_and_effects] {
        assert_eq!(sounding(object), [0, 1, 4, 5]);
    }
    assert_eq!(sounding(&mix.master), [0, 1, 2, 4, 5]);
}

/// What FFmpeg's own meter says of `file`: integrated loudness, true peak, and the loudness of every 400 ms.
fn ffmpeg_reads(file: &Path) -> (f64, f64, Vec<f64>) {
    let filter = "ebur128=peak=true:metadata=1,ametadata=mode=print:key=lavfi.r128.M:file=-";
    let output = std::process::Command::new("ffmpeg")
        .args(["-nostdin", "-hide_banner", "-i"])
        .arg(file)
        .args(["-af", filter, "-f", "null", "-"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let summary = &said[said.rfind("Summary:").unwrap()..];
    let number = |name: &str| {
        let rest = &summary[summary.find(name).unwrap() + name.len()..];
        rest.split_whitespace().next().unwrap().parse::<f64>().unwrap()
    };
    let momentary = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| line.strip_prefix("lavfi.r128.M=")?.parse().ok())
        .collect();
    (number("I:"), number("Peak:"), momentary)
}

/// Encodes the mix as a delivery does, and lowers what is encoded until it holds.
fn encoded(film: &TestFilm, locked: &LockedSound, mix: &Mix) -> soundlock_sound::LoudnessReport {
    film.with(|context| {
        let file = film.folder.path().join("print.wav");
        std::fs::copy(&mix.master.path, &file).unwrap();
        let mut balance = mix.balance;
        for _ in 0..4 {
            let aac = film.folder.path().join("film.mp4");
            std::fs::remove_file(&aac).ok();
            let bits = 160_000 * u32::from(film.rules.speakers.channels()) * 2 / 3;
            soundlock_picture::encode_aac(context.tools, &file, bits, &aac, &context.limits).unwrap();
            let hash = soundlock_vault::hash_file(&aac).unwrap();
            let object = soundlock_vault::Object { hash, path: aac, ..mix.master.clone() };
            let report = encoded_loudness(&object, locked, &film.rules, context).unwrap();
            match balance.after_encoding(&report) {
                None => return report,
                Some(lower) => {
                    assert!(lower.ceiling_db <= balance.ceiling_db);
                    balance = lower;
                }
            }
            print_master(locked, &film.rules, balance, context, &file).unwrap();
        }
        panic!("four times lowered and still over")
    })
}

#[test]
fn what_a_player_plays_holds_the_target_by_another_meter() {
    for (name, speakers) in
        [("web", Speakers::Stereo), ("web", Speakers::FivePointOne), ("netflix", Speakers::FivePointOne)]
    {
        let mut film = full_film();
        (film.rules.speakers, film.rules.target) = (speakers, Target::named(name).unwrap());
        let locked = film.lock();
        let mix = film.mix(&locked);
        assert!(mix.report.passed, "{name}: {:?}", mix.report);
        let report = encoded(&film, &locked, &mix);
        assert!(report.passed, "{name}: {report:?}");
        let (whole, peak, momentary) = ffmpeg_reads(&film.folder.path().join("film.mp4"));
        assert!(peak <= film.rules.target.true_peak_dbtp, "{name}: {peak} dBTP");
        let loudness = match film.rules.target.gate {
            soundlock_sound::Gate::Whole => whole,
            soundlock_sound::Gate::Dialogue { .. } => said_by_ffmpeg(&locked, &momentary),
        };
        // FFmpeg says its summary in tenths.
        let apart = (loudness - film.rules.target.integrated_lufs).abs();
        assert!(apart <= 0.101, "{name}: {loudness} LUFS");
    }
}

/// Loudness of what is said, from FFmpeg's loudness of every 400 ms, each 100 ms after the one before.
fn said_by_ffmpeg(locked: &LockedSound, momentary: &[f64]) -> f64 {
    let start = f64::from(locked.scene_range(&"1".parse().unwrap()).unwrap().start.0) / 24.0;
    let lines: Vec<(f64, f64)> = locked.scenes[0]
        .lines
        .iter()
        .map(|line| (start + line.at.0 as f64 / 48_000.0, start + line.end().0 as f64 / 48_000.0))
        .collect();
    let mut energies = Vec::new();
    for (n, lufs) in momentary.iter().enumerate().skip(3) {
        let (from, to) = ((n as f64 - 3.0) * 0.1, (n as f64 + 1.0) * 0.1);
        let said: f64 = lines.iter().map(|line| (to.min(line.1) - from.max(line.0)).max(0.0)).sum();
        if said >= 0.2 - 1e-9 && *lufs > -70.0 {
            energies.push(libm::pow(10.0, lufs / 10.0));
        }
    }
    10.0 * libm::log10(energies.iter().sum::<f64>() / energies.len() as f64)
}

#[test]
fn every_edit_is_soft() {
    let film = TestFilm::new()
        .scene()
        .line("MINA", "One.")
        .music("long.wav")
        .action("Rain.")
        .tone("voices/1.01.wav", Tone { level: 0.02, ..VOICE })
        .tone("music/long.wav", Tone { channels: 2, seconds: 30.0, ..VOICE });
    let locked = film.lock();
    let master = values(&film.mix(&locked).master);
    let left: Vec<i32> = master.chunks_exact(2).map(|frame| frame[0]).collect();
    let peak = left.iter().map(|value| value.abs()).max().unwrap();
    // A 440 Hz tone moves by at most 5.8 % of its peak from sample to sample.
    let step = left.windows(2).map(|pair| (pair[1] - pair[0]).abs()).max().unwrap();
    assert!(f64::from(step) < 0.08 * f64::from(peak), "a step of {step} under a peak of {peak}");
}

#[test]
fn a_line_that_lies_off_the_middle_comes_and_goes_without_a_click() {
    let film = TestFilm::new().scene().line("MINA", "One.").put("voices/1.01.wav", &voice_off_the_middle());
    let locked = film.lock();
    let line = &locked.scenes[0].lines[0];
    let start = locked.scene_range(&"1".parse().unwrap()).unwrap().start.0 as usize * 2000;
    let (from, to) = (start + line.at.0 as usize, start + line.end().0 as usize);
    let dialogue: Vec<i32> =
        values(&film.mix(&locked).dialogue).chunks_exact(2).map(|frame| frame[0]).collect();
    let step = |part: &[i32]| part.windows(2).map(|pair| (pair[1] - pair[0]).abs()).max().unwrap();
    let own = step(&dialogue[from + 1000..to - 1000]);
    let (head, tail) = (step(&dialogue[from - 100..from + 1000]), step(&dialogue[to - 1000..to + 100]));
    assert!(own > 0 && head <= own && tail <= own, "{head} and {tail} at the edges, {own} inside");
}

/// A second of speech by a converter with an offset, so that it clicks wherever it is cut.
fn voice_off_the_middle() -> Vec<u8> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 48_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
    for n in 0..96_000_u32 {
        let turn = n as f32 * 440.0 * std::f32::consts::TAU / 48_000.0;
        let voice = if (24_000..72_000).contains(&n) { 0.2 * libm::sinf(turn) } else { 0.0 };
        writer.write_sample(((0.03 + voice) * 32_767.0) as i16).unwrap();
    }
    writer.finalize().unwrap();
    bytes.into_inner()
}

#[test]
fn nothing_is_made_twice() {
    let film = TestFilm::new().scene().line("MINA", "One.").line("JO", "Two.").tone("voices/1.01.wav", VOICE);
    let locked = film.lock();
    let first = film.mix(&locked);
    assert!(first.master.made);
    assert_eq!(film.lock(), locked);
    let again = film.mix(&locked);
    assert_eq!(again.report, first.report);
    for (again, first) in [(&again.master, &first.master), (&again.music, &first.music)] {
        assert!(!again.made && again.hash == first.hash);
    }
    // A stem that was lost is made again, to the same bytes.
    std::fs::remove_file(&first.dialogue.path).unwrap();
    assert_eq!(film.mix(&locked).dialogue.hash, first.dialogue.hash);
}

#[test]
fn a_silent_film_is_silent_to_the_sample() {
    let film = TestFilm::new().scene().action("Snow falls on the empty station.");
    let locked = film.lock();
    let mix = film.mix(&locked);
    assert_eq!((mix.report.integrated_lufs, mix.report.true_peak_dbtp), (None, None));
    assert!(mix.report.passed);
    let master = values(&mix.master);
    assert_eq!(master.len() as u64, 2 * locked.samples());
    assert!(master.iter().all(|value| *value == 0));
}

#[test]
fn a_recording_in_place_of_scratch_moves_what_follows() {
    let mut film =
        TestFilm::new().scene().line("MINA", "One, two.").line("JO", "Two.").scene().line("JO", "Three.");
    let was = film.lock();
    assert!(matches!(was.scenes[0].lines[0].source.origin, Origin::Scratch(_)));
    film = film.tone("voices/1.01.wav", Tone { seconds: 3.0, ..VOICE });
    let now = film.lock_after(Some(&was)).unwrap();
    let moved = moves(&was, &now);
    assert!(matches!(&moved[0], Move::SceneLength { frames, .. } if *frames > 0), "{moved:?}");
    assert!(matches!(&moved[1], Move::LineReplaced { now: Origin::File(_), .. }), "{moved:?}");
    assert!(
        matches!(&moved[2], Move::Line { id, frames, .. } if id.as_str() == "1.02" && *frames > 0),
        "{moved:?}"
    );
    assert!(matches!(&moved[3], Move::Scene { frames, .. } if *frames > 0), "{moved:?}");
    assert_eq!(moved.len(), 4);
    assert_eq!(format::read(&format::write(&now)).unwrap(), now);
}

/// A scene in one file, with a line read twice and one forgotten: each line is found, the last reading taken, the
/// actors' pauses kept, and their room is heard between lines.
#[test]
fn a_scene_in_one_recording_is_laid_as_it_was_played() {
    const LINES: [(&str, &str); 4] = [
        ("MINA", "You said the train leaves at six."),
        ("JO", "It did, yesterday, before they closed the station."),
        ("MINA", "Then we walk to the harbour."),
        ("JO", "Nobody walks forty kilometres in the snow."),
    ];
    let voices = |character: &str| if character == "MINA" { "en-us+f3" } else { "en-us+m3" };
    let read = |line: usize, pause: f32| (voices(LINES[line].0), LINES[line].1, pause);
    let (wav, places) = session(&[read(0, 1.0), read(0, 1.5), read(1, 0.75), read(3, 2.0)]);
    let mut film = LINES.iter().fold(TestFilm::new().scene(), |film, (who, text)| film.line(who, text));
    film.espeak = Espeak::find("espeak-ng");
    let film = film.put("voices/1 all.wav", &wav).put("voices/2.wav", b"not sound at all");
    let locked = film.lock();
    let lines = &locked.scenes[0].lines;
    let file = Origin::File("voices/1 all.wav".to_owned());
    for (line, place) in [(0, Some(1)), (1, Some(2)), (2, None), (3, Some(3))] {
        let source = &lines[line].source;
        let Some(place) = place else {
            assert!(matches!(source.origin, Origin::Scratch(_)), "line {line}: {source:?}");
            continue;
        };
        assert_eq!(source.origin, file, "line {line}");
        let (start, end) = (source.part.start.0 as f64 / 48_000.0, source.part.end.0 as f64 / 48_000.0);
        let off = (places[place].0 - start, end - places[place].1);
        assert!((-0.05..0.15).contains(&off.0) && (-0.05..0.2).contains(&off.1), "line {line}: {off:?}");
    }
    // The second line stands after the first exactly as it was played.
    assert_eq!(lines[1].at.0 - lines[0].at.0, lines[1].source.part.start.0 - lines[0].source.part.start.0);
    // Its room does not fall silent in the pause between.
    let dialogue = values(&film.mix(&locked).dialogue);
    let start = u64::from(locked.scene_range(&locked.scenes[0].id).unwrap().start.0) * 2000;
    let (from, to) = (start + lines[0].end().0, start + lines[1].at.0);
    assert!(to - from > 24_000, "a pause of {} samples", to - from);
    let pause = &dialogue[2 * from as usize..2 * to as usize];
    assert!(pause.chunks(480).all(|some| some.iter().any(|value| *value != 0)));
    assert!(
        film.warnings().iter().any(|message| message.starts_with("voices/2.wav")),
        "{:?}",
        film.warnings()
    );
    assert_eq!(film.lock(), locked);
}

#[test]
fn a_recording_of_another_script_is_not_laid() {
    let (wav, _) = session(&[
        ("en-us+m3", "The last bus has gone, and nobody knows when another will come.", 1.0),
        ("en-us+f2", "My grandmother planted these apple trees before the war.", 1.0),
    ]);
    let mut film =
        TestFilm::new().scene().line("MINA", "Give me the radio.").line("JO", "Carry it yourself.");
    film.espeak = Espeak::find("espeak-ng");
    let film = film.put("voices/monday.wav", &wav);
    let locked = film.lock();
    assert!(locked.scenes[0].lines.iter().all(|line| matches!(line.source.origin, Origin::Scratch(_))));
    let said = "voices/monday.wav: what is said in it is not the script's lines; it is not used";
    assert!(film.warnings().iter().any(|message| message == said), "{:?}", film.warnings());
}

#[test]
fn numbers_that_are_lost_are_kept() {
    let was = TestFilm::new().scene().line("MINA", "One.").line("JO", "Two.").lock();
    let now = TestFilm::new().scene().line("MINA", "One.").lock_after(Some(&was)).unwrap();
    assert_eq!(now.retired.lines, ["1.02".parse().unwrap()]);
}

#[test]
fn what_is_wrong_with_a_recording_is_said() {
    let whole = {
        let file = tempfile::NamedTempFile::new().unwrap();
        VOICE.write(file.path());
        std::fs::read(file.path()).unwrap()
    };
    for (name, bytes, wanted) in [
        ("1.01.wav", &b""[..], "voices/1.01.wav of line 1.01 is empty (0 bytes)"),
        (
            "1.01.wav",
            b"These are words and no sound.\n",
            "voices/1.01.wav of line 1.01 cannot be read as sound",
        ),
        ("1.01 take 3.flac", b"fLaC and then nothing", "voices/1.01 take 3.flac of line 1.01 cannot be read"),
        (
            "1.01.wav",
            &whole[..whole.len() / 2],
            "voices/1.01.wav of line 1.01 breaks off: 1.00 s of 2.00 s are missing",
        ),
    ] {
        let film = TestFilm::new().scene().line("MINA", "One.").put(&format!("voices/{name}"), bytes);
        let error = film.lock_after(None).unwrap_err();
        assert!(error.to_string().contains(wanted), "{error}");
        assert!(error.hint().unwrap().starts_with("record 1.01 again"), "{error}");
    }
}

#[test]
fn a_recording_that_changed_under_the_lock_is_not_used() {
    let mut film = TestFilm::new().scene().line("MINA", "One.").tone("voices/1.01.wav", VOICE);
    let locked = film.lock();
    film = film.tone("voices/1.01.wav", Tone { level: 0.3, ..VOICE });
    let error = film.with(|context| mix(&locked, &film.rules, context)).unwrap_err();
    assert_eq!(error.to_string(), "voices/1.01.wav changed on disk after line 1.01 was locked to it");
    std::fs::remove_file(film.folder.path().join("voices/1.01.wav")).unwrap();
    let error = film.with(|context| mix(&locked, &film.rules, context)).unwrap_err();
    assert!(
        error.to_string().starts_with("the recording voices/1.01.wav of line 1.01 cannot be opened"),
        "{error}"
    );
}

#[test]
fn a_note_without_its_file_is_named() {
    for note in ["rain.wav", "../script.fountain"] {
        let film = TestFilm::new().scene().effect(note).put("script.fountain", b"INT. ROOM");
        let error = film.lock_after(None).unwrap_err();
        let wanted = format!("effects/{note} is asked for in line 12 of the script and is not there");
        assert_eq!(error.to_string(), wanted);
    }
    let film = TestFilm::new().scene().music("a.wav").put("music/a.wav", b"no sound");
    let error = film.lock_after(None).unwrap_err().to_string();
    assert!(error.starts_with("music/a.wav, asked for in scene 1, cannot be read as sound"), "{error}");
}

#[test]
fn strangers_and_a_missing_voice_are_told() {
    let film = TestFilm::new().scene().line("MINA", "One.").tone("voices/9.01.wav", VOICE);
    film.lock();
    assert_eq!(
        film.warnings(),
        [
            "voices/9.01.wav: it is named for 9.01, which the script does not have; it is not used",
            "espeak-ng is not installed: lines without a recording are hummed",
        ]
    );
}

#[test]
fn nothing_to_lock_is_an_error() {
    assert!(matches!(TestFilm::new().lock_after(None), Err(SoundError::NoScenes)));
}

#[test]
fn a_stop_is_heeded() {
    let film = TestFilm::new().scene().line("MINA", "One.");
    film.cancel.cancel();
    assert!(matches!(film.lock_after(None), Err(SoundError::Cancelled(_))));
}

#[test]
fn mouths_follow_the_sound() {
    let film = TestFilm::new().scene().line("MINA", "One.").line("JO", "…").tone("voices/1.01.wav", VOICE);
    let locked = film.lock();
    let scene = &locked.scenes[0];
    let found = film.with(|context| levels(&locked, scene, context)).unwrap();
    let (mina, jo) = (&found[&scene.lines[0].id], &found[&scene.lines[1].id]);
    let frames = scene.lines[0].end().0.div_ceil(2000) - scene.lines[0].at.0 / 2000;
    assert_eq!(mina.len() as u64, frames);
    assert!(mina[5..20].iter().all(|level| *level > 240), "{mina:?}");
    assert!(mina[mina.len() - 1] < 100, "{mina:?}");
    assert!(!jo.is_empty() && jo.iter().all(|level| *level == 0), "{jo:?}");
}

#[test]
fn each_character_speaks_with_a_voice_of_their_own() {
    let Some(espeak) = Espeak::find("espeak-ng") else { return };
    let mut film = TestFilm::new().scene().line("MINA", "Hello there.").line("JO", "Hello there.");
    film.espeak = Some(espeak);
    let locked = film.lock();
    let lines = &locked.scenes[0].lines;
    assert_ne!(lines[0].source.hash, lines[1].source.hash);
    assert!(lines.iter().all(|line| (20_000..90_000).contains(&line.source.part.length())));
    assert!(film.mix(&locked).report.passed);
    // Nobody told of a hum, and the second time nothing is spoken anew.
    assert_eq!(film.warnings(), [""; 0]);
    let told = film.heard.0.lock().unwrap().len();
    assert_eq!(film.lock_after(Some(&locked)).unwrap(), locked);
    assert_eq!(film.heard.0.lock().unwrap().len(), told);
}
