//! A film from long takes: each scene in one file, read by two voices in a room of its own, with the mistakes that actors
//! make. Every line is checked against where it was put, and heard in the dialogue stem.

#![expect(clippy::unwrap_used, reason = "what cannot be had fails the test")]

mod common;

use std::collections::BTreeMap;
use std::process::Command;

use soundlock_sound::{LockedLine, LockedSound, Origin, format};
use soundlock_testing::{TestFilm, noise};
use soundlock_time::SampleRate;

const HZ: u64 = 48_000;

const SCRIPT: &str = "\
Title: Long Takes

INT. STATION - NIGHT

MINA
You said the train leaves at six.

JONAS
It did, yesterday, before they closed the station.

MINA
Then we walk to the harbour.

JONAS
Nobody walks forty kilometres in the snow.

MINA
My mother did, with me on her back.

EXT. ROAD - NIGHT

JONAS
How far have we come?

MINA
As far as the second bridge, I think.

JONAS
Somebody is following us.

[[pause: 2s]]

MINA
That is only the wind in the wires.

JONAS
The wind does not carry a lantern.

INT. BARN - NIGHT

MINA
Close the door and be quiet.

JONAS
There is bread on the table, and it is still warm.

MINA
Whoever lives here has left in a hurry.

She listens at the window.

JONAS
Or has gone to meet us on the road.

MINA
Put out the light before they see it.
";

const SETTINGS: &str = "\
language = \"en\"
raster = \"192x108\"
[plan]
title_secs = 1.0
[finish]
preset = \"ultrafast\"
[deliver]
mp4 = false
captions = false
contact_sheet = false
otio = false
";

/// What is heard in a take, in order: what is read, and where from. `half` of a line is a false start.
enum Heard {
    Line(&'static str, &'static str),
    Half(&'static str, &'static str),
    Other(&'static str),
}

use Heard::{Half, Line, Other};

const MINA: &str = "en-us+f3";
const JONAS: &str = "en-us+m3";
/// Who claps the slate.
const SLATE: &str = "en-us+m7";

fn takes() -> [Vec<Heard>; 3] {
    [
        vec![
            Other("Scene one, take one."),
            Line("1.01", "You said the train leaves at six."),
            Half("1.02", "It did, yesterday, before"),
            Line("1.02", "It did, yesterday, before they closed the station."),
            Line("1.03", "Then we walk to the harbour."),
            Line("1.04", "Nobody walks forty kilometres in the snow."),
            Line("1.04", "Nobody walks forty kilometres in the snow."),
            Line("1.05", "My mother did, with me on her back."),
        ],
        vec![
            Other("Scene two, take one."),
            Line("2.01", "How far have we come?"),
            Other("Sorry, can I have some water, please?"),
            Line("2.02", "As far as the second bridge, I think."),
            Line("2.04", "That is only the wind in the wires."),
            Line("2.05", "The wind does not carry a lantern."),
        ],
        vec![
            Other("Scene three, take one."),
            Half("3.01", "Close the door"),
            Line("3.01", "Close the door and be quiet."),
            Line("3.02", "There is bread on the table, and it is still warm."),
            Line("3.03", "Whoever lives here has left in a hurry."),
            Line("3.03", "Whoever lives here has left in a hurry."),
            Line("3.04", "Or has gone to meet us on the road."),
            Other("Was that better than the first one?"),
            Line("3.05", "Put out the light before they see it."),
        ],
    ]
}

fn voice_of(line: &str) -> &'static str {
    let is_mina = ["1.01", "1.03", "1.05", "2.02", "2.04", "3.01", "3.03", "3.05"].contains(&line);
    if is_mina { MINA } else { JONAS }
}

/// What espeak-ng says at the rate of the film, without the silence around it.
fn said(voice: &str, text: &str) -> Vec<f32> {
    let output =
        Command::new("espeak-ng").args(["-v", voice, "-s", "155", "--stdout", text]).output().unwrap();
    let samples = output.stdout[44..].chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]]));
    let slow: Vec<f32> = samples.map(|sample| f32::from(sample) / 32_768.0).collect();
    let loud = |value: &f32| value.abs() > 0.004;
    let (first, last) = (slow.iter().position(loud).unwrap(), slow.iter().rposition(loud).unwrap());
    let slow = &slow[first..=last];
    (0..slow.len() * 48_000 / 22_050)
        .map(|n| {
            let place = n as f64 * 22_050.0 / 48_000.0;
            let (low, share) = (place as usize, place.fract() as f32);
            slow[low] * (1.0 - share) + slow.get(low + 1).copied().unwrap_or(0.0) * share
        })
        .collect()
}

/// A take as it was recorded, and where the last whole reading of each line is in it.
struct Take {
    sound: Vec<f32>,
    truth: BTreeMap<&'static str, (u64, u64)>,
}

fn record(scene: u64, heard: &[Heard]) -> Take {
    let (mut sound, mut truth) = (vec![0.0; HZ as usize], BTreeMap::new());
    for (n, heard) in heard.iter().enumerate() {
        let start = sound.len() as u64;
        match heard {
            Line(line, text) => {
                sound.extend(said(voice_of(line), text));
                truth.insert(*line, (start, sound.len() as u64));
            }
            Half(line, text) => sound.extend(said(voice_of(line), text)),
            Other(text) => sound.extend(said(SLATE, text)),
        }
        // From half a second to a second and a half.
        sound.resize(sound.len() + HZ as usize / 2 + (n * 7919 + scene as usize * 4001) % HZ as usize, 0.0);
    }
    // The first reflections of a room, none of them alike, and its noise.
    let dry = sound.clone();
    for (millis, gain) in [(5 + scene, 0.2), (9 + 2 * scene, 0.15), (15 + scene, 0.1)] {
        let late = (millis * HZ / 1000) as usize;
        sound[late..].iter_mut().zip(&dry).for_each(|(value, early)| *value += gain * early);
    }
    let hiss = noise(scene, 0.002 + 0.001 * scene as f32, sound.len() as u64);
    sound.iter_mut().zip(hiss).for_each(|(value, hiss)| *value = 0.6 * *value + hiss);
    Take { sound, truth }
}

/// Room that a reading keeps before and after its speech, in samples.
const BEFORE: i64 = 30 * 48;
const AFTER: i64 = 90 * 48;

#[test]
fn a_film_from_long_takes_is_cut_as_by_hand() {
    let takes: Vec<Take> = (1..).zip(takes()).map(|(scene, heard)| record(scene, &heard)).collect();
    let film = common::film(SCRIPT, SETTINGS);
    for (scene, take) in (1..).zip(&takes) {
        let wav = soundlock_testing::wav(SampleRate::FILM, &take.sound);
        film.write(&format!("voices/Scene {scene}.wav"), wav);
    }
    film.run(&["sound"]).done();
    let locked = format::read(&film.read("sound.lock")).unwrap();
    check_lock(&locked, &takes);
    film.run(&["make", "--quiet"]).done();
    assert_eq!(format::read(&film.read("sound.lock")).unwrap(), locked);
    check_stem(&film, &locked, &takes);
    check_change_is_said(&film, &takes[1]);
}

fn check_lock(locked: &LockedSound, takes: &[Take]) {
    let mut edges = Vec::new();
    for (scene, take) in locked.scenes.iter().zip(takes) {
        for line in &scene.lines {
            let Some((start, end)) = take.truth.get(line.id.as_str()) else {
                assert!(
                    matches!(line.source.origin, Origin::Scratch(_)),
                    "{} was forgotten: {line:?}",
                    line.id
                );
                continue;
            };
            assert_eq!(
                line.source.origin,
                Origin::File(format!("voices/Scene {}.wav", scene.id)),
                "{}",
                line.id
            );
            let part = line.source.part;
            // It is this reading and no other.
            let shared = part.end.0.min(*end).saturating_sub(part.start.0.max(*start));
            assert!(shared * 10 > (end - start) * 9, "{}: {part:?} where it is {start} to {end}", line.id);
            edges.push(part.start.0 as i64 + BEFORE - *start as i64);
            edges.push(part.end.0 as i64 - AFTER - *end as i64);
        }
    }
    assert_eq!(edges.len(), 28);
    let near = edges.iter().filter(|edge| edge.abs() <= 40 * 48).count();
    let millis: Vec<i64> = edges.iter().map(|edge| edge / 48).collect();
    assert!(near * 100 >= edges.len() * 85, "{near} of {} edges are within 40 ms: {millis:?}", edges.len());
    // What the script directs is obeyed to the frame; elsewhere the actors' pauses stay.
    let [_, two, _] = locked.scenes.as_slice() else { panic!("three scenes") };
    assert_eq!(two.lines[3].at.0 - two.lines[2].end().0, 2 * HZ);
    let from_start = |line: &LockedLine| line.at.0 as i64 - line.source.part.start.0 as i64;
    assert_eq!(
        from_start(&two.lines[3]),
        from_start(&two.lines[4]),
        "2.05 stands after 2.04 as it was played"
    );
}

/// The stem on one side, full scale ±1.0, and the silence before each scene.
fn check_stem(film: &TestFilm, locked: &LockedSound, takes: &[Take]) {
    let bytes = std::fs::read(film.path("out/stems/dialogue.wav")).unwrap();
    let data = bytes.windows(4).position(|name| name == b"data").unwrap() + 8;
    let value = |b: &[u8]| f64::from(i32::from_le_bytes([0, b[0], b[1], b[2]])) / 2_147_483_648.0;
    let stem: Vec<f64> = bytes[data..].chunks_exact(6).map(|frame| value(&frame[..3])).collect();
    assert_eq!(stem.len() as u64, locked.samples());
    for (scene, take) in locked.scenes.iter().zip(takes) {
        let start = locked.scene_range(&scene.id).unwrap().start.0 as usize * 2000;
        for line in scene.lines.iter().filter(|line| matches!(line.source.origin, Origin::File(_))) {
            let part = line.source.part;
            let recorded = &take.sound[part.start.0 as usize..part.end.0 as usize];
            let at = start + line.at.0 as usize;
            let alike = alike(&stem[at..at + recorded.len()], recorded);
            assert!(alike > 0.99, "{}: the stem holds something else ({alike})", line.id);
            // One sample off would be heard as another sound.
            assert!(self::alike(&stem[at + 48..at + 48 + recorded.len()], recorded) < alike, "{}", line.id);
        }
        // The room goes on from the scene's first sample to its last.
        let end = locked.scene_range(&scene.id).unwrap().end.0 as usize * 2000;
        let silent = stem[start + 480..end].chunks(480).filter(|some| some.iter().all(|value| *value == 0.0));
        assert_eq!(silent.count(), 0, "silence in scene {}", scene.id);
    }
}

/// How alike two sounds are whatever their gain: 1 for the same.
fn alike(stem: &[f64], recorded: &[f32]) -> f64 {
    let pairs = || stem.iter().zip(recorded).map(|(one, two)| (*one, f64::from(*two)));
    let (across, one, two) =
        pairs().fold((0.0, 0.0, 0.0), |(x, a, b), (one, two)| (x + one * two, a + one * one, b + two * two));
    across / (one * two).sqrt()
}

/// A recording that is another one than when it was locked stops the film, and what stands in the lock stays.
fn check_change_is_said(film: &TestFilm, take: &Take) {
    let lock = film.read("sound.lock");
    let softer: Vec<f32> = take.sound.iter().map(|value| 0.5 * value).collect();
    film.write("voices/Scene 2.wav", soundlock_testing::wav(SampleRate::FILM, &softer));
    let run = film.run(&["make"]);
    assert_ne!(run.code, Some(0), "{run}");
    run.says("voices/Scene 2.wav").says("changed");
    assert_eq!(film.read("sound.lock"), lock);
}
