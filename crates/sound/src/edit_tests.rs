use soundlock_vault::Hash;

use super::*;

const HZ: u32 = 48_000;
const SCENE: (u64, u64) = (100_000, 2_000_000);

/// A line at `at` in its scene from a part of a file.
fn clip(file: u8, at: u64, part: (u64, u64), gain_db: f64) -> Clip {
    let hash = Hash::of(&[file]);
    Clip {
        scene: 0,
        at: SCENE.0 + at,
        part: SampleRange { start: Sample(part.0), end: Sample(part.1) },
        gain_db,
        ready: Ready { file: format!("{file}.wav").into(), hash, file_hash: hash },
        handles: Handles { lead: 480, trail: 1920, breath: None },
        room: Some(Arc::new(Room::of_parts(&[(0, 40_000), (400_000, 500_000)]))),
    }
}

fn scratch(at: u64, length: u64) -> Clip {
    Clip { handles: Handles::default(), room: None, ..clip(99, at, (0, length), 0.0) }
}

fn cut(clips: &[Clip], room_tone_db: Option<f64>) -> Vec<Sounding> {
    edited(clips, &[SCENE], &EditRules { hz: HZ, room_tone_db })
}

/// The gain at which each sample of the file of a line sounds at its own place, for samples `from..to` of the file.
fn gains(soundings: &[Sounding], clip: &Clip, range: std::ops::Range<u64>) -> Vec<f64> {
    let gain = |sample: u64| {
        let film = clip.at + sample - clip.part.start.0;
        let here = soundings.iter().filter(|s| s.file == clip.ready.file && s.at <= film);
        let here = here.filter(|s| s.part.start.0 + (film - s.at) == sample && sample < s.part.end.0);
        here.map(|s| crate::gain::factor(s.gain_db) * f64::from(s.fades.gain(film - s.at, s.part.length())))
            .sum()
    };
    range.map(gain).collect()
}

fn flat(gains: &[f64], wanted: f64) -> bool {
    gains.iter().all(|gain| (gain - wanted).abs() < 1e-6)
}

#[test]
fn a_line_is_whole_from_in_to_out_and_comes_and_goes_beside() {
    let line = clip(1, 50_000, (60_000, 90_000), 0.0);
    let soundings = cut(std::slice::from_ref(&line), None);
    assert_eq!(soundings.len(), 1);
    assert!(flat(&gains(&soundings, &line, 60_000..90_000), 1.0));
    let head = gains(&soundings, &line, 59_520..60_000);
    assert!(head[0] < 0.01 && head.is_sorted(), "{head:?}");
    let tail = gains(&soundings, &line, 90_000..91_920);
    assert!(tail[1919] < 0.01 && tail.iter().rev().is_sorted());
    // A scratch voice has nothing beside it and fades inside.
    let soundings = cut(&[scratch(50_000, 30_000)], Some(0.0));
    assert_eq!((soundings.len(), soundings[0].part.length()), (1, 30_000), "and no room is put around it");
    assert_eq!((soundings[0].fades.head.samples, soundings[0].fades.tail.samples), (96, 240));
}

#[test]
fn two_who_speak_at_once_in_one_recording_sound_once() {
    for (second, gain_db) in [((80_000, 120_000), 0.0), ((80_000, 120_000), 6.0), ((70_000, 80_000), 6.0)] {
        let one = clip(1, 50_000, (60_000, 90_000), 0.0);
        let two = clip(1, 50_000 + second.0 - 60_000, second, gain_db);
        let (end, louder) = (second.1.max(90_000), crate::gain::factor(gain_db));
        let soundings = cut(&[one, two], None);
        let gains = gains(&soundings, &clip(1, 50_000, (60_000, 90_000), 0.0), 60_000..end);
        assert!(gains.iter().all(|gain| (1.0 - 1e-6..=louder + 1e-6).contains(gain)), "{second:?}");
        assert!(flat(&gains[..10_000], 1.0) && gains.is_sorted());
        if end > 90_000 {
            assert!(flat(&gains[30_000..], louder));
        }
    }
}

#[test]
fn a_pause_that_was_played_is_heard_as_it_was_recorded() {
    let one = clip(1, 50_000, (60_000, 90_000), 0.0);
    let two = clip(1, 110_000, (120_000, 150_000), -6.0);
    let soundings = cut(&[clip(1, 50_000, (60_000, 90_000), 0.0), two], Some(0.0));
    let gains = gains(&soundings, &one, 60_000..150_000);
    let softer = crate::gain::factor(-6.0);
    assert!(flat(&gains[..30_000], 1.0) && flat(&gains[60_000..], softer));
    assert!(gains.iter().rev().is_sorted_by(|a, b| **a <= **b + 1e-6), "it goes down evenly");
}

#[test]
fn a_breath_is_whole_or_not_there() {
    let with = |at: u64, start: u64, runs_in: bool| {
        let mut line = clip(1, at, (60_000, 90_000), 0.0);
        line.handles.breath = Some(Breath { start, runs_in, lead: 480 });
        line
    };
    let first_heard = |line: Clip, before: u64| {
        let soundings = cut(&[scratch(0, before), line], None);
        soundings.iter().find(|s| s.file.ends_with("1.wav")).unwrap().part.start.0
    };
    // There is room for it, there is none, and there is none but it runs into the line.
    assert_eq!(first_heard(with(50_000, 45_000, false), 30_000), 45_000 - 480);
    assert_eq!(first_heard(with(50_000, 45_000, false), 40_000), 60_000 - 480);
    assert_eq!(first_heard(with(50_000, 45_000, true), 40_000), 45_000 - 480);
}

/// Power of everything that is no line, sample by sample, each room as loud as it is turned up.
fn room_power(soundings: &[Sounding], clips: &[Clip], from: u64, to: u64) -> Vec<f64> {
    let mut power = vec![0.0; (to - from) as usize];
    for sounding in
        soundings.iter().filter(|s| clips.iter().any(|c| c.room.is_some() && c.ready.file == s.file))
    {
        for n in 0..sounding.part.length() {
            let film = sounding.at + n;
            if (from..to).contains(&film) {
                let gain = f64::from(sounding.fades.gain(n, sounding.part.length()));
                power[(film - from) as usize] += gain * gain;
            }
        }
    }
    power
}

#[test]
fn room_is_never_silent_where_a_scene_has_one() {
    // Head, a pause between two recordings, a scratch line with its pauses, another part of the first file, the tail.
    let clips = [
        clip(1, 50_000, (60_000, 90_000), 0.0),
        clip(2, 120_000, (200_000, 260_000), 3.0),
        scratch(300_000, 100_000),
        clip(1, 500_000, (120_000, 150_000), 0.0),
        clip(1, 600_000, (150_500, 190_000), 0.0),
    ];
    let soundings = cut(&clips, Some(0.0));
    let power = room_power(&soundings, &clips, SCENE.0 + 480, SCENE.1);
    let wrong = power.iter().position(|power| !(0.99..1.01).contains(power));
    assert_eq!(wrong, None, "{:?}", wrong.map(|at| power[at]));
    // Over the cut to the next scene it goes out.
    assert!(soundings.iter().all(|s| s.at + s.part.length() <= SCENE.1 + 480));
    assert!(soundings.iter().any(|s| s.at + s.part.length() == SCENE.1 + 480));
    let silent = room_power(&cut(&clips, None), &clips, SCENE.0, SCENE.1);
    assert!(silent[200_000..490_000].iter().all(|power| *power == 0.0));
}

#[test]
fn room_is_as_loud_as_its_line_and_can_be_turned_down() {
    let clips = [clip(1, 50_000, (60_000, 90_000), 5.0), clip(2, 500_000, (60_000, 90_000), -2.0)];
    for sounding in cut(&clips, Some(-1.5)) {
        let own = if sounding.file.ends_with("1.wav") { 5.0 } else { -2.0 };
        let is_line = sounding.part.start.0 == 60_000 - 480;
        let wanted = if is_line { own } else { own - 1.5 };
        assert!((sounding.gain_db - wanted).abs() < 1e-9, "{sounding:?}");
    }
}

#[test]
fn a_scene_keeps_its_room_where_it_moves_to() {
    let scene = |start: u64| {
        let mut line = clip(1, 50_000, (60_000, 90_000), 0.0);
        line.at = start + 50_000;
        let rules = EditRules { hz: HZ, room_tone_db: Some(0.0) };
        let soundings = edited(&[line], &[(start, start + 900_000)], &rules);
        soundings.into_iter().map(|s| (s.at - start, s.part)).collect::<Vec<_>>()
    };
    assert_eq!(scene(7_000), scene(3_000_000));
}
