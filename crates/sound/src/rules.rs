use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use soundlock_script::{LineId, SceneId};
use soundlock_time::{Fps, SampleRange, SampleRate};

use crate::{Aligner, Speakers, Target, Voice};

/// How the sound is laid and mixed; `film.toml` is mapped to it. Begin with [`SoundRules::standard`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SoundRules {
    /// Rate of the film's frames.
    pub fps: Fps,
    /// Rate of the film's sound.
    pub rate: SampleRate,
    /// Language of the film as espeak-ng names it: `en`, `en-us`, `ko`.
    pub language: String,
    /// Silence between lines.
    pub pauses: Pauses,
    /// How long action takes.
    pub action: ActionTime,
    /// How scenes begin and end.
    pub room: SceneRoom,
    /// Frames of the title card before the first scene; 0 for none.
    pub title_frames: u32,
    /// Frames of each page of end credits.
    pub credit_frames: Vec<u32>,
    /// Tempo of single scenes in hundredths: 100 is as written above, 200 twice as quick. Kept within 25 and 400.
    pub pace_percent: BTreeMap<SceneId, u32>,
    /// The scratch voice of a character, by the character's name; others get one by themselves.
    pub voices: BTreeMap<String, Voice>,
    /// Readings that the director chose, by line. What they lead to stands in the lock.
    #[serde(skip)]
    pub choices: BTreeMap<LineId, LineChoice>,
    /// Another aligner that is asked about every recording. What it leads to stands in the lock.
    #[serde(skip)]
    pub aligner: Option<Aligner>,
    /// How loud each kind of sound is against the others.
    pub levels: Levels,
    /// How music gives way to speech.
    pub ducking: Ducking,
    /// How loud the whole is.
    pub target: Target,
    /// What the mix is played on.
    #[serde(skip_serializing_if = "Speakers::is_stereo")]
    pub speakers: Speakers,
}

/// The reading of a line that the director wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineChoice {
    /// One that was found.
    Take {
        /// The recording that it is in; any where none is named.
        file: Option<String>,
        /// Its number, from 1, among those of the file or of the line; the best of them where none is named.
        take: Option<u32>,
    },
    /// A part of a recording, whatever is said in it.
    Part {
        /// The recording, below the film folder.
        file: String,
        /// The part, at the film's rate.
        part: SampleRange,
    },
}

impl fmt::Display for LineChoice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Take { file: None, take } => write!(formatter, "take {}", take.unwrap_or(1)),
            Self::Take { file: Some(file), take: None } => write!(formatter, "the reading in {file}"),
            Self::Take { file: Some(file), take: Some(take) } => write!(formatter, "take {take} in {file}"),
            Self::Part { file, .. } => write!(formatter, "a part of {file}"),
        }
    }
}

/// Silence between lines in thousandths of a second. A gap takes the longest that applies; beats are added to it. There is
/// none where a line is interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Pauses {
    /// Between two lines of one character.
    pub same_speaker_ms: u64,
    /// Between lines of different characters.
    pub change_of_speaker_ms: u64,
    /// For each `(beat)`, `(pause)`, `(잠시)`, `(사이)`.
    pub beat_ms: u64,
    /// After a line that trails off or breaks off: `…`, `...`, `—`, `--`.
    pub broken_off_ms: u64,
    /// After a question.
    pub question_ms: u64,
    /// After a full stop or an exclamation mark.
    pub sentence_ms: u64,
    /// How much earlier than the end of a line another one that interrupts it starts; 0 where nobody is to.
    pub overlap_ms: u64,
}

/// How long action takes, in thousandths of a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ActionTime {
    /// For each word.
    pub word_ms: u64,
    /// For each syllable of writing that is counted by syllables (Hangul, kana, Han).
    pub syllable_ms: u64,
    /// The least a paragraph takes.
    pub least_ms: u64,
    /// The most a paragraph takes.
    pub most_ms: u64,
}

/// Room at a scene's edges, in thousandths of a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SceneRoom {
    /// Before the first line.
    pub head_ms: u64,
    /// After the last line.
    pub tail_ms: u64,
    /// The least a scene lasts.
    pub least_ms: u64,
}

/// How loud each kind of sound is before the whole is brought to its target.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Levels {
    /// Level of speech in dBFS, RMS while speaking: each character's recordings are brought to it as one.
    pub dialogue_dbfs: f64,
    /// Level of music in dBFS, RMS while it plays, before it is ducked.
    pub music_dbfs: f64,
    /// Gain of effects in dB.
    pub effects_db: f64,
    /// How long music that is cut short fades, in thousandths of a second.
    pub music_fade_ms: u64,
    /// Gain in dB of the room that sounds on where no recording does, against the room beside it; `None` for silence.
    pub room_tone_db: Option<f64>,
}

/// How music gives way to speech.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ducking {
    /// How much music is lowered under speech, in dB, as a number above 0.
    pub depth_db: f64,
    /// How long it takes to go down, in thousandths of a second; it is down when speech begins.
    pub attack_ms: u64,
    /// How long it takes to come up again after speech.
    pub release_ms: u64,
    /// How long it stays down after speech before it comes up. Where somebody speaks again before it is up, it does not
    /// pump: a pause of less than hold and attack together is bridged.
    #[serde(skip_serializing_if = "is_nothing")]
    pub hold_ms: u64,
}

/// Films from before there was a hold keep their keys.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_nothing(millis: &u64) -> bool {
    *millis == 0
}

impl SoundRules {
    /// Rules that suit most films at `fps`: what `film.toml` leaves out is taken from here.
    pub fn standard(fps: Fps, language: &str) -> Self {
        Self {
            fps,
            rate: SampleRate::FILM,
            language: language.to_owned(),
            pauses: Pauses::STANDARD,
            action: ActionTime { word_ms: 220, syllable_ms: 90, least_ms: 900, most_ms: 6000 },
            room: SceneRoom { head_ms: 800, tail_ms: 1000, least_ms: 2000 },
            title_frames: fps.frames_from_millis(3000),
            credit_frames: Vec::new(),
            pace_percent: BTreeMap::new(),
            voices: BTreeMap::new(),
            choices: BTreeMap::new(),
            aligner: None,
            levels: Levels {
                dialogue_dbfs: -23.0,
                music_dbfs: -26.0,
                effects_db: -6.0,
                music_fade_ms: 1500,
                room_tone_db: Some(0.0),
            },
            ducking: Ducking { depth_db: 10.0, attack_ms: 250, release_ms: 600, hold_ms: 0 },
            target: Target::web(),
            speakers: Speakers::Stereo,
        }
    }

    /// `millis` at the pace of scene `id`, ten minutes at most.
    pub(crate) fn paced(&self, id: &SceneId, millis: u64) -> u64 {
        let percent = self.pace_percent.get(id).copied().unwrap_or(100).clamp(25, 400);
        (millis.saturating_mul(100) / u64::from(percent)).min(600_000)
    }
}

impl Pauses {
    /// Pauses of ordinary talk.
    pub const STANDARD: Self = Self {
        same_speaker_ms: 350,
        change_of_speaker_ms: 300,
        beat_ms: 900,
        broken_off_ms: 700,
        question_ms: 400,
        sentence_ms: 350,
        overlap_ms: 250,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pace_shortens_and_lengthens_within_reason() {
        let mut rules = SoundRules::standard(Fps::FILM, "en");
        let scene: SceneId = "4".parse().unwrap();
        assert_eq!(rules.paced(&scene, 900), 900);
        for (percent, paced) in [(200, 450), (50, 1800), (0, 3600), (u32::MAX, 225)] {
            rules.pace_percent.insert(scene.clone(), percent);
            assert_eq!(rules.paced(&scene, 900), paced);
        }
    }
}
