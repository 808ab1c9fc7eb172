//! How fast a scene is cut: as `film.toml` says, else by what its words say.

use std::collections::BTreeMap;

use soundlock_script::{Beat, Scene, SceneId, Screenplay};
use soundlock_sound::{LockedScene, LockedSound};
use soundlock_time::Fps;

use crate::PlanRules;
use crate::sounding::SHORT_LINE_MILLIS;
use crate::verbs::stands_in;

/// Words of quick action (English: whole words; Korean: stems).
const QUICK: &[&str] = &[
    "run",
    "runs",
    "running",
    "race",
    "races",
    "racing",
    "chase",
    "chases",
    "rush",
    "rushes",
    "dash",
    "dashes",
    "sprint",
    "sprints",
    "hurry",
    "hurries",
    "fight",
    "fights",
    "grab",
    "grabs",
    "slam",
    "slams",
    "crash",
    "crashes",
    "burst",
    "bursts",
    "explode",
    "explodes",
    "scream",
    "screams",
    "shout",
    "shouts",
    "leap",
    "leaps",
    "jump",
    "jumps",
    "throw",
    "throws",
    "hit",
    "hits",
    "suddenly",
    "quickly",
    "fast",
    "뛰",
    "달리",
    "달려",
    "쫓",
    "도망",
    "서두",
    "급히",
    "급하게",
    "갑자기",
    "싸우",
    "싸운",
    "소리치",
    "소리친",
    "외치",
    "외친",
    "부딪",
    "폭발",
    "던지",
    "던진",
    "재빨리",
    "빠르게",
    "빨리",
];
/// Words of slow action, and of silence.
const SLOW: &[&str] = &[
    "slowly",
    "slow",
    "silence",
    "silent",
    "silently",
    "quietly",
    "gently",
    "still",
    "motionless",
    "waits",
    "wait",
    "stares",
    "lingers",
    "sleeps",
    "drifts",
    "a long moment",
    "for a long time",
    "nothing moves",
    "beat",
    "pause",
    "long pause",
    "천천히",
    "느리게",
    "조용히",
    "가만히",
    "말없이",
    "침묵",
    "오래",
    "오랫동안",
    "물끄러미",
    "기다린",
    "기다리",
    "사이",
    "한동안",
    "움직이지 않",
];
/// Fewest lines whose lengths say something of a scene.
const ENOUGH_LINES: usize = 4;
/// A silence as long as this is meant.
const LONG_SILENCE_MILLIS: u64 = 3000;

/// How fast a scene is to be cut, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct WantedPace {
    /// The scene.
    pub scene: SceneId,
    /// Mean length of its shots in seconds.
    pub pace_secs: f64,
    /// Why, in words a director reads.
    pub reason: String,
}

/// The pace at which each scene of the locked sound is to be cut, in film order.
///
/// A scene for which the rules name no pace gets one between 0.7 and 1.4 times the film's, in five steps: coarse, so
/// that a line more or less seldom changes how the whole scene is cut.
pub fn wanted_paces(screenplay: &Screenplay, sound: &LockedSound, rules: &PlanRules) -> Vec<WantedPace> {
    let scripts: BTreeMap<&SceneId, &Scene> =
        screenplay.scenes.iter().map(|scene| (&scene.id, scene)).collect();
    let paced = sound.scenes.iter().filter_map(|locked| {
        let script = scripts.get(&locked.id)?;
        Some(wanted_pace(script, locked, sound, rules))
    });
    paced.collect()
}

pub(crate) fn wanted_pace(
    script: &Scene,
    locked: &LockedScene,
    sound: &LockedSound,
    rules: &PlanRules,
) -> WantedPace {
    let scene = locked.id.clone();
    if let Some(pace_secs) = rules.scene_pace_secs.get(&scene) {
        return WantedPace { scene, pace_secs: *pace_secs, reason: "set for the scene".to_owned() };
    }
    let signs = Signs::of(script, locked, sound);
    let factor = signs.factor();
    let reason = match factor {
        factor if factor < 1.0 => format!("quicker than the film: {}", signs.quick_words()),
        factor if factor > 1.0 => format!("slower than the film: {}", signs.slow_words()),
        _ => "as the film".to_owned(),
    };
    WantedPace { scene, pace_secs: rules.pace_secs * factor, reason }
}

/// What in a scene speaks for a quick or a slow cut.
#[derive(Debug, Default)]
struct Signs {
    /// Paragraphs of action and lines.
    beats: usize,
    quick_action: usize,
    exclamations: usize,
    slow_action: usize,
    slow_speech: usize,
    lines: usize,
    short_lines: usize,
    long_silences: usize,
}

impl Signs {
    fn of(script: &Scene, locked: &LockedScene, sound: &LockedSound) -> Self {
        let mut signs = Self { long_silences: long_silences(locked, sound), ..Self::default() };
        let short = sound.fps.frames_from_millis(SHORT_LINE_MILLIS);
        for line in &locked.lines {
            signs.lines += 1;
            let frames = sound.fps.frames_covering(line.source.part.length(), sound.rate);
            signs.short_lines += usize::from(frames < short);
        }
        for beat in &script.beats {
            signs.beats += usize::from(matches!(beat, Beat::Action(_) | Beat::Line(_)));
            match beat {
                Beat::Action(action) => {
                    let text = action.text.to_lowercase();
                    signs.quick_action += count(QUICK, &text);
                    signs.slow_action += count(SLOW, &text);
                }
                Beat::Line(line) => {
                    signs.exclamations += usize::from(line.text.contains(['!', '！']));
                    let spoken = |(_, words): &(usize, String)| count(SLOW, &words.to_lowercase());
                    signs.slow_speech += line.parentheticals.iter().map(spoken).sum::<usize>();
                }
                _ => {}
            }
        }
        signs
    }

    /// What the film's pace is multiplied by.
    fn factor(&self) -> f64 {
        let beats = self.beats.max(3) as f64;
        let quick = self.quick_action as f64 + self.exclamations as f64 + self.talk_is_short() * beats * 0.25;
        let slow = (self.slow_action + self.slow_speech + self.long_silences) as f64;
        match (quick - slow) / beats {
            score if score >= 0.5 => 0.7,
            score if score >= 0.2 => 0.85,
            score if score <= -0.5 => 1.4,
            score if score <= -0.2 => 1.2,
            _ => 1.0,
        }
    }

    /// 1 where most lines are short, else 0.
    fn talk_is_short(&self) -> f64 {
        f64::from(u8::from(self.lines >= ENOUGH_LINES && 3 * self.short_lines >= 2 * self.lines))
    }

    fn quick_words(&self) -> String {
        let short = if self.talk_is_short() > 0.0 { self.short_lines } else { 0 };
        list(&[
            (self.quick_action, "quick action", "quick actions"),
            (self.exclamations, "exclamation", "exclamations"),
            (short, "short line", "short lines"),
        ])
    }

    fn slow_words(&self) -> String {
        list(&[
            (self.slow_action, "slow action", "slow actions"),
            (self.slow_speech, "beat in speech", "beats in speech"),
            (self.long_silences, "long silence", "long silences"),
        ])
    }
}

fn list(counts: &[(usize, &str, &str)]) -> String {
    let found = counts.iter().filter(|(count, _, _)| *count > 0);
    let words = found.map(|(count, one, more)| format!("{count} {}", if *count == 1 { one } else { more }));
    words.collect::<Vec<_>>().join(", ")
}

/// How many of `words` stand in `text`, which is in lower case.
fn count(words: &[&str], text: &str) -> usize {
    words.iter().filter(|word| stands_in(text, word)).count()
}

/// Silences between lines that are long because somebody wants them to be; heads and tails of scenes are left out.
fn long_silences(locked: &LockedScene, sound: &LockedSound) -> usize {
    let frames = |millis| Fps::frames_from_millis(sound.fps, millis);
    let mut edges: Vec<(u64, u64)> = locked.lines.iter().map(|line| (line.at.0, line.end().0)).collect();
    edges.sort_unstable();
    let mut heard = edges.first().map_or(0, |(_, end)| *end);
    let mut silences = 0;
    for (start, end) in edges {
        let silence = sound.fps.frames_covering(start.saturating_sub(heard), sound.rate);
        silences += usize::from(silence >= frames(LONG_SILENCE_MILLIS));
        heard = heard.max(end);
    }
    silences
}
