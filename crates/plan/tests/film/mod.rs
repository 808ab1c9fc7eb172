//! Small films built by hand: script and locked sound together, in frames at 24 per second.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a film that cannot be built fails the test")]

use std::collections::BTreeMap;

use soundlock_plan::{
    Bible, CastLook, GeneratorLimits, Handles, Lips, PlaceLook, PlanRules, PromptTemplates, StyleWords,
    Traits,
};
use soundlock_script::{
    Action, Beat, Direction, Heading, Line, Scene, SceneId, Screenplay, Setting, Span, TitlePage,
};
use soundlock_sound::{CueKind, LockedCue, LockedLine, LockedScene, LockedSound, Origin, Source};
use soundlock_time::{Fps, Frames, Lengths, Sample, SampleRange, SampleRate};

const SAMPLES_A_FRAME: u64 = 2000;

/// A film being built.
pub struct Film {
    pub screenplay: Screenplay,
    pub sound: LockedSound,
}

impl Film {
    pub fn new() -> Self {
        let title_page = TitlePage { fields: vec![("Title".to_owned(), vec!["Two Rooms".to_owned()])] };
        Self {
            screenplay: Screenplay { title_page, scenes: Vec::new() },
            sound: LockedSound {
                fps: Fps::FILM,
                rate: SampleRate::FILM,
                title_frames: 0,
                scenes: Vec::new(),
                credit_frames: Vec::new(),
                retired: soundlock_sound::Retired::default(),
            },
        }
    }

    pub fn cards(mut self, title_frames: u32, credit_frames: &[u32]) -> Self {
        self.sound.title_frames = title_frames;
        self.sound.credit_frames = credit_frames.to_vec();
        self
    }

    /// Begins a scene; `heading` as in `INT. KITCHEN - NIGHT`.
    pub fn scene(mut self, id: &str, heading: &str) -> Self {
        let id: SceneId = id.parse().unwrap();
        let (setting, rest) = heading.split_once(". ").unwrap_or(("INT", heading));
        let (place, time) = rest.split_once(" - ").unwrap_or((rest, ""));
        let setting = if setting == "EXT" { Setting::Exterior } else { Setting::Interior };
        self.screenplay.scenes.push(Scene {
            id: id.clone(),
            heading: Heading {
                text: heading.to_owned(),
                setting: Some(setting),
                place: place.to_owned(),
                time: time.to_owned(),
            },
            beats: Vec::new(),
            span: span(),
        });
        self.sound.scenes.push(LockedScene {
            id,
            heading: heading.to_owned(),
            frames: 0,
            lines: Vec::new(),
            cues: Vec::new(),
            beats: Vec::new(),
        });
        self
    }

    fn beat(&mut self, beat: Beat) -> usize {
        let beats = &mut self.screenplay.scenes.last_mut().unwrap().beats;
        beats.push(beat);
        beats.len() - 1
    }

    fn now(&mut self) -> &mut LockedScene {
        self.sound.scenes.last_mut().unwrap()
    }

    pub fn pause(mut self, frames: u32) -> Self {
        self.now().frames += frames;
        self
    }

    pub fn action(mut self, text: &str, frames: u32) -> Self {
        let place = self.beat(Beat::Action(Action { text: text.to_owned(), span: span() }));
        let now = self.now();
        now.beats.push((now.frames, place));
        self.pause(frames)
    }

    pub fn note(mut self, text: &str) -> Self {
        let place = self.beat(Beat::Direction(Direction::Shot { text: text.to_owned(), span: span() }));
        let now = self.now();
        now.beats.push((now.frames, place));
        self
    }

    /// How somebody or something is from here on.
    pub fn state(mut self, name: &str, state: &str) -> Self {
        let (name, state) = (name.to_owned(), state.to_owned());
        let place = self.beat(Beat::Direction(Direction::State { name, state, span: span() }));
        let now = self.now();
        now.beats.push((now.frames, place));
        self
    }

    /// A line of `frames`; `id` as in `12.03`.
    pub fn line(self, id: &str, character: &str, text: &str, frames: u32) -> Self {
        self.voice(id, character, &[], text, frames)
    }

    pub fn voice(mut self, id: &str, character: &str, extensions: &[&str], text: &str, frames: u32) -> Self {
        self.beat(Beat::Line(Line {
            id: id.parse().unwrap(),
            character: character.to_owned(),
            extensions: extensions.iter().map(|&words| words.to_owned()).collect(),
            text: text.to_owned(),
            parentheticals: Vec::new(),
            sung: false,
            dual: None,
            span: span(),
        }));
        let now = self.now();
        now.lines.push(LockedLine {
            id: id.parse().unwrap(),
            character: character.to_owned(),
            text: text.to_owned(),
            at: Sample(u64::from(now.frames) * SAMPLES_A_FRAME),
            source: source("en", frames),
            dual: None,
        });
        now.frames += frames;
        self
    }

    pub fn effect(mut self, file: &str, frames: u32) -> Self {
        let now = self.now();
        now.cues.push(LockedCue {
            kind: CueKind::Effect,
            at: Sample(u64::from(now.frames) * SAMPLES_A_FRAME),
            source: source(file, frames),
        });
        self
    }
}

fn span() -> Span {
    Span { bytes: 0..0, lines: 1..1 }
}

fn source(file: &str, frames: u32) -> Source {
    Source {
        origin: Origin::File(format!("effects/{file}")),
        hash: String::new(),
        part: SampleRange::new(Sample(0), u64::from(frames) * SAMPLES_A_FRAME),
    }
}

/// Every length up to `ceiling`.
pub fn up_to(ceiling: u32) -> Lengths {
    Lengths::Grid(Frames::up_to(ceiling))
}

pub fn rules() -> PlanRules {
    PlanRules {
        shortest_frames: 18,
        handles: Handles { head: 4, tail: 4 },
        pace_secs: 3.0,
        scene_pace_secs: BTreeMap::new(),
        generators: vec![
            GeneratorLimits::free("animatic", Fps::FILM, 240),
            GeneratorLimits::free("wan", Fps::FILM, 121),
        ],
        generator: "wan".to_owned(),
        bible: bible(),
        prompts: PromptTemplates::standard(),
        traits: speaking(&["animatic", "wan"]),
        seed: 7,
    }
}

/// Two people and a kitchen.
pub fn bible() -> Bible {
    Bible {
        cast: BTreeMap::from([
            ("MINA".to_owned(), CastLook::from("a woman of forty in a grey coat")),
            ("JONAS".to_owned(), CastLook::from("a man of fifty with a beard")),
        ]),
        places: BTreeMap::from([(
            "KITCHEN".to_owned(),
            PlaceLook {
                looks: "a small kitchen with green tiles".to_owned(),
                light: BTreeMap::from([("night".to_owned(), "one warm lamp".to_owned())]),
                ..PlaceLook::default()
            },
        )]),
        style: StyleWords {
            style: "35 mm film".to_owned(),
            negative: "text, watermark".to_owned(),
            ..StyleWords::default()
        },
        ..Bible::default()
    }
}

/// Generators whose lips move to the words.
pub fn speaking(names: &[&str]) -> BTreeMap<String, Traits> {
    let traits = Traits { lips: Lips::Show, ..Traits::default() };
    names.iter().map(|&name| (name.to_owned(), traits.clone())).collect()
}

/// Two people and a radio, half a minute.
pub fn kitchen() -> Film {
    Film::new()
        .cards(72, &[96, 120])
        .scene("12", "INT. KITCHEN - NIGHT")
        .action("MINA (40) sits at the table. The radio hums.", 80)
        .line("12.01", "MINA", "You said the train leaves at six, and now it is seven.", 92)
        .pause(14)
        .line("12.02", "JONAS", "It did. Yesterday.", 46)
        .pause(18)
        .line("12.03", "MINA", "So we walk?", 22)
        .pause(12)
        .line(
            "12.04",
            "JONAS",
            "Forty kilometres, in the snow, with your suitcase, and one wheel of it in the river.",
            150,
        )
        .action("Jonas walks to the window.", 60)
        .note("close on the radio")
        .action("A voice crackles.", 50)
        .voice("12.05", "ANNOUNCER", &["V.O."], "Four degrees. Wind from the north.", 80)
        .pause(30)
        .line("12.06", "MINA", "What?", 14)
        .pause(40)
}

/// A film of `scenes` scenes drawn from `seed`, each about 80 seconds of talk and action.
pub fn drawn(seed: u64, scenes: usize) -> Film {
    let mut number = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut draw = move |below: u64| {
        number ^= number << 13;
        number ^= number >> 7;
        number ^= number << 17;
        (number >> 11) % below
    };
    let words = [
        "the", "train", "never", "came,", "and", "snow", "fell", "on", "us.", "Nobody", "waited", "here",
        "again;",
    ];
    let verbs =
        ["walks to the door.", "looks up.", "waits.", "leaves.", "turns around.", "puts the cup down."];
    let people = ["MINA", "JONAS", "RUTH"];
    let mut film = Film::new().cards(96, &[120]);
    for scene in 1..=scenes {
        let heading = if draw(3) == 0 { "EXT. HALT - DUSK" } else { "INT. KITCHEN - NIGHT" };
        film = film
            .scene(&scene.to_string(), heading)
            .action("Snow. A room full of people.", 60 + draw(60) as u32);
        for line in 1..=22 {
            let who = people[draw(3) as usize];
            if draw(5) == 0 {
                let text = format!("{who} {}", verbs[draw(6) as usize]);
                film = film.action(&text, 36 + draw(70) as u32);
            }
            let count = 2 + draw(16);
            let text: Vec<&str> = (0..count).map(|_| words[draw(13) as usize]).collect();
            let frames = (count * (6 + draw(4))) as u32;
            film = film
                .line(&format!("{scene}.{line:02}"), who, &text.join(" "), frames)
                .pause(6 + draw(24) as u32);
        }
    }
    film
}

/// The film with another line after line `after` of scene `scene`.
pub fn with_line_after(mut film: Film, scene: usize, after: usize, frames: u32, gap: u32) -> Film {
    let by = u64::from(frames + gap) * SAMPLES_A_FRAME;
    let locked = &mut film.sound.scenes[scene];
    let end = locked.lines[after].end().0;
    for line in locked.lines.iter_mut().skip(after + 1) {
        line.at.0 += by;
    }
    for (beat, _) in &mut locked.beats {
        if u64::from(*beat) * SAMPLES_A_FRAME >= end {
            *beat += frames + gap;
        }
    }
    locked.frames += frames + gap;
    let mut line = locked.lines[after].clone();
    line.id = format!("{}A", line.id).parse().unwrap();
    line.at = Sample(end + u64::from(gap) * SAMPLES_A_FRAME);
    line.source = source("en", frames);
    let id = locked.lines[after].id.clone();
    locked.lines.insert(after + 1, line.clone());
    let beats = &mut film.screenplay.scenes[scene].beats;
    let place = beats.iter().position(|beat| matches!(beat, Beat::Line(line) if line.id == id)).unwrap();
    let Beat::Line(mut spoken) = beats[place].clone() else { unreachable!() };
    spoken.id = line.id;
    beats.insert(place + 1, Beat::Line(spoken));
    for (_, beat) in &mut film.sound.scenes[scene].beats {
        *beat += usize::from(*beat > place);
    }
    film
}

/// The film of a screenplay, its lines as long as their letters and its silences as long as its directions say.
pub fn from_script(bytes: &[u8], cast: &[String]) -> Film {
    let fountain = soundlock_script::Fountain::read(bytes, cast);
    let (screenplay, _) = Screenplay::from_fountain(&fountain, &soundlock_script::KnownIds::default());
    let mut sound = Film::new().sound;
    for scene in &screenplay.scenes {
        sound.scenes.push(LockedScene {
            id: scene.id.clone(),
            heading: scene.heading.text.clone(),
            frames: 12,
            lines: Vec::new(),
            cues: Vec::new(),
            beats: Vec::new(),
        });
        let now = sound.scenes.last_mut().unwrap();
        for (place, beat) in scene.beats.iter().enumerate() {
            lay(now, place, beat);
        }
        now.frames += 18;
    }
    Film { screenplay, sound }
}

/// Lays a beat at the end of a scene.
fn lay(scene: &mut LockedScene, place: usize, beat: &Beat) {
    let at = Sample(u64::from(scene.frames) * SAMPLES_A_FRAME);
    let cue = |kind, file: &str| LockedCue { kind, at, source: source(file, 240) };
    match beat {
        Beat::Line(line) => {
            let frames = spoken_frames(&line.text);
            scene.lines.push(LockedLine {
                id: line.id.clone(),
                character: line.character.clone(),
                text: line.text.clone(),
                at,
                source: source("en", frames),
                dual: line.dual.map(|_| soundlock_script::DualSide::Left),
            });
            scene.frames += frames + 9;
        }
        Beat::Action(action) => {
            scene.beats.push((scene.frames, place));
            scene.frames += (action.text.chars().count() as u32).clamp(24, 120);
        }
        Beat::Direction(Direction::Shot { .. }) => scene.beats.push((scene.frames, place)),
        Beat::Direction(Direction::Pause { length, .. }) => {
            scene.frames += match length {
                soundlock_script::Pause::Millis(millis) => Fps::FILM.frames_from_millis(*millis),
                soundlock_script::Pause::Frames(frames) => *frames,
            };
        }
        Beat::Direction(Direction::Effect { file, .. }) => scene.cues.push(cue(CueKind::Effect, file)),
        Beat::Direction(Direction::Music { file: Some(file), .. }) => {
            scene.cues.push(cue(CueKind::Music, file));
        }
        _ => {}
    }
}

/// About fifteen letters or five syllables a second.
fn spoken_frames(text: &str) -> u32 {
    let letters: u32 =
        text.chars().map(|letter| if ('\u{ac00}'..='\u{d7a3}').contains(&letter) { 5 } else { 2 }).sum();
    (letters * 24 / 30).max(8)
}
