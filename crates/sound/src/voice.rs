use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use soundlock_script::Screenplay;

use crate::speaking::ServiceVoice;
use crate::{LockedSound, Origin, SoundError, SoundRules};

/// Who speaks a line that nobody has recorded yet.
///
/// Written as `en-gb+f3`, `en-gb+f3 165wpm pitch45` or `hum 140Hz`; this is also how `sound.lock` names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Voice {
    /// A voice of espeak-ng.
    Espeak {
        /// Its name there: language and variant.
        name: String,
        /// Its speed, 80 to 450.
        words_per_minute: u32,
        /// Its pitch, 0 to 99.
        pitch: u32,
    },
    /// A voice that a service speaks with.
    Service(ServiceVoice),
    /// A hummed tone for each syllable, where espeak-ng is not installed.
    Hum {
        /// Its pitch.
        hz: u32,
    },
}

/// Variants that can be told apart by ear, low and high voices in turn.
const VARIANTS: [&str; 12] = ["m3", "f2", "m1", "f3", "m7", "f4", "m2", "f5", "m4", "f1", "m6", "m5"];

impl fmt::Display for Voice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Espeak { name, words_per_minute, pitch } => {
                write!(f, "{name} {words_per_minute}wpm pitch{pitch}")
            }
            Self::Service(voice) => voice.fmt(f),
            Self::Hum { hz } => write!(f, "hum {hz}Hz"),
        }
    }
}

impl FromStr for Voice {
    type Err = SoundError;

    fn from_str(text: &str) -> Result<Self, SoundError> {
        read_voice(text).ok_or_else(|| SoundError::NoSuchVoice { text: text.to_owned() })
    }
}

fn read_voice(text: &str) -> Option<Voice> {
    if let Some(voice) = ServiceVoice::read(text) {
        return Some(Voice::Service(voice));
    }
    let mut words = text.split_whitespace();
    let name = words.next()?;
    if name == "hum" {
        let hz = words.next()?.strip_suffix("Hz")?.parse().ok()?;
        return ((50..=1000).contains(&hz) && words.next().is_none()).then_some(Voice::Hum { hz });
    }
    // The name goes to a command line: nothing there may look like an option or a path upwards.
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '_');
    if name.len() > 64 || name.starts_with(['-', '+']) || !name.chars().all(plain) {
        return None;
    }
    let (mut words_per_minute, mut pitch) = (165, 50);
    for word in words {
        if let Some(speed) = word.strip_suffix("wpm") {
            words_per_minute = speed.parse().ok().filter(|speed| (80..=450).contains(speed))?;
        } else {
            pitch = word.strip_prefix("pitch")?.parse().ok().filter(|pitch| (0..=99).contains(pitch))?;
        }
    }
    Some(Voice::Espeak { name: name.to_owned(), words_per_minute, pitch })
}

impl From<Voice> for String {
    fn from(voice: Voice) -> Self {
        voice.to_string()
    }
}

impl TryFrom<String> for Voice {
    type Error = SoundError;
    fn try_from(text: String) -> Result<Self, SoundError> {
        text.parse()
    }
}

/// A voice of this machine for every character, which also stands in for a service: what the rules say, else what was locked before, else one that its name picks and
/// that nobody before it in the script has. So a character that joins late changes nobody else's voice.
pub fn cast_voices(
    screenplay: &Screenplay,
    rules: &SoundRules,
    previous: Option<&LockedSound>,
    hum: bool,
) -> BTreeMap<String, Voice> {
    let mut cast: BTreeMap<String, Voice> = BTreeMap::new();
    let mut taken: BTreeSet<usize> = BTreeSet::new();
    let names = in_order_of_appearance(screenplay);
    for name in &names {
        let known = chosen(name, rules).or_else(|| locked_voice(name, previous));
        let Some(voice) = known.filter(|voice| hum == matches!(voice, Voice::Hum { .. })) else { continue };
        taken.extend(VARIANTS.iter().position(|variant| voice.variant() == Some(variant)));
        cast.insert(name.clone(), voice);
    }
    for name in names {
        let free = || free_voice(&name, &rules.language, hum, &mut taken);
        cast.entry(name.clone()).or_insert_with(free);
    }
    cast
}

impl Voice {
    fn variant(&self) -> Option<&str> {
        match self {
            Self::Espeak { name, .. } => name.split_once('+').map(|(_, variant)| variant),
            Self::Service(_) | Self::Hum { .. } => None,
        }
    }
}

fn in_order_of_appearance(screenplay: &Screenplay) -> Vec<String> {
    let mut seen = BTreeSet::new();
    screenplay
        .lines()
        .map(|(_, line)| line.character.clone())
        .filter(|name| seen.insert(name.clone()))
        .collect()
}

/// The voice of this machine that the rules say.
fn chosen(name: &str, rules: &SoundRules) -> Option<Voice> {
    voice_of(name, rules).filter(|voice| !matches!(voice, Voice::Service(_))).cloned()
}

/// The voice by service that the rules say, if they say one.
pub(crate) fn service_voice<'r>(name: &str, rules: &'r SoundRules) -> Option<&'r ServiceVoice> {
    match voice_of(name, rules)? {
        Voice::Service(voice) => Some(voice),
        _ => None,
    }
}

fn voice_of<'r>(name: &str, rules: &'r SoundRules) -> Option<&'r Voice> {
    let same = |other: &str| other.to_lowercase() == name.to_lowercase();
    rules.voices.iter().find(|(other, _)| same(other)).map(|(_, voice)| voice)
}

fn locked_voice(name: &str, previous: Option<&LockedSound>) -> Option<Voice> {
    let lines = previous?.scenes.iter().flat_map(|scene| &scene.lines);
    lines.filter(|line| line.character == name).find_map(|line| match &line.source.origin {
        Origin::Scratch(voice) => voice.parse().ok().filter(|voice| !matches!(voice, Voice::Service(_))),
        Origin::File(_) => None,
    })
}

fn free_voice(name: &str, language: &str, hum: bool, taken: &mut BTreeSet<usize>) -> Voice {
    let digest = digest(name);
    let wish = digest as usize % VARIANTS.len();
    // Once all are taken, voices are shared; speed and pitch still tell two characters apart.
    let places = (0..VARIANTS.len()).map(|step| (wish + step) % VARIANTS.len());
    let place = places.into_iter().find(|place| !taken.contains(place)).unwrap_or(wish);
    taken.insert(place);
    if hum {
        return Voice::Hum { hz: 110 + 15 * place as u32 };
    }
    Voice::Espeak {
        name: format!("{}+{}", espeak_language(language), VARIANTS[place]),
        words_per_minute: 155 + (digest >> 8) as u32 % 20,
        pitch: 40 + (digest >> 16) as u32 % 20,
    }
}

/// What espeak-ng calls a language that a film-maker writes as `en`, `ko-KR`.
fn espeak_language(language: &str) -> String {
    let plain: String = language.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    match plain.to_ascii_lowercase().as_str() {
        "" | "en" => "en-gb".to_owned(),
        "ko-kr" => "ko".to_owned(),
        "ja-jp" => "ja".to_owned(),
        other => other.to_owned(),
    }
}

/// FNV-1a of a name, 64 bits: picks a voice, keeps nothing safe.
fn digest(name: &str) -> u64 {
    name.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testfilm::{Script, rules};

    #[test]
    fn a_voice_reads_as_it_is_written() {
        for text in ["en-gb+f3 165wpm pitch50", "ko+m2 80wpm pitch0", "hum 140Hz"] {
            assert_eq!(text.parse::<Voice>().unwrap().to_string(), text);
        }
        assert_eq!("en-gb+f3".parse::<Voice>().unwrap().to_string(), "en-gb+f3 165wpm pitch50");
    }

    #[test]
    fn what_is_no_voice_is_refused() {
        for text in
            ["", "--help", "en 20wpm", "en pitch100", "en loud", "../../etc", "hum", "hum 1Hz", "hum 90Hz x"]
        {
            assert!(text.parse::<Voice>().is_err(), "{text}");
        }
    }

    #[test]
    fn twelve_characters_have_twelve_voices() {
        let names: Vec<String> = (0..12).map(|n| format!("PERSON {n}")).collect();
        let script = names.iter().fold(Script::new().scene(), |script, name| script.line(name, "Hello."));
        let script = script.done();
        for hum in [false, true] {
            let cast = cast_voices(&script, &rules(), None, hum);
            let voices: BTreeSet<_> = cast.values().collect();
            assert_eq!(voices.len(), 12);
        }
    }

    #[test]
    fn who_joins_first_takes_no_locked_voice_away() {
        let script = Script::new().scene().line("MINA", "Hello.").line("JO", "Hello.").done();
        let cast = cast_voices(&script, &rules(), None, false);
        let mut locked = crate::testfilm::locked(&script);
        for line in &mut locked.scenes[0].lines {
            line.source.origin = Origin::Scratch(cast[&line.character].to_string());
        }
        for newcomer in (0..40).map(|n| format!("GUEST {n}")) {
            let script = Script::new()
                .scene()
                .line(&newcomer, "Hi.")
                .line("MINA", "Hello.")
                .line("JO", "Hello.")
                .done();
            let again = cast_voices(&script, &rules(), Some(&locked), false);
            assert_eq!((&again["MINA"], &again["JO"]), (&cast["MINA"], &cast["JO"]));
        }
    }

    #[test]
    fn the_rules_overrule() {
        let script = Script::new().scene().line("MINA", "Hello.").done();
        let mut rules = rules();
        rules.voices.insert("Mina".into(), "ko+f1".parse().unwrap());
        assert_eq!(cast_voices(&script, &rules, None, false)["MINA"].to_string(), "ko+f1 165wpm pitch50");
    }
}
