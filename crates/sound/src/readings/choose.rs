//! Which reading of a line is laid.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use soundlock_script::SceneId;

use super::{ChosenBy, FoundBy, LineReadings, Reading, is_same_name};
use crate::pauses::is_syllable;
use crate::{LineChoice, SoundRules};

/// A line that is not read to its end is used if at least this share of it is there.
const MOST_OF_A_LINE: f32 = 0.7;

/// Speech less far above the noise than this is noisy.
const LEAST_ABOVE_NOISE_DB: f64 = 18.0;

/// A reading further than this from its neighbours in level was played another way, or from another place.
const MOST_LEVEL_APART_DB: f64 = 9.0;

/// A reading whose colour is further than this from its neighbours', in the mean over bands, is of another room.
const MOST_COLOUR_APART_DB: f64 = 7.0;

/// How much longer or shorter than its neighbours' pace would have it a reading may be.
const MOST_LENGTH_APART: f64 = 1.8;

/// What speaks against a reading.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "flaw", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Flaw {
    /// Nothing is heard.
    Silent,
    /// What is said is not the line.
    OtherWords,
    /// It was not read to its end.
    BrokenOff {
        /// Share of the line that is in it, 0 to 1.
        said: f32,
    },
    /// Something else was likely said than what is written.
    Misread,
    /// Another aligner is surer that the line is elsewhere in the recording.
    Doubted {
        /// Which.
        by: String,
    },
    /// It was louder than what it was recorded with could take.
    Clipped,
    /// Noise lies close under it.
    Noisy {
        /// How far under, in dB.
        under_db: f64,
    },
    /// It is louder (above 0) or softer than the character's other lines in the scene.
    Level {
        /// By how much, in dB.
        by_db: f64,
    },
    /// It sounds otherwise than the character's other lines in the scene.
    Room {
        /// By how much, in dB, in the mean over bands.
        by_db: f64,
    },
    /// It is longer (above 1) or shorter than the character's pace in the scene would have it.
    Length {
        /// How many times.
        times: f64,
    },
}

impl Flaw {
    /// Whether only another take mends it. Level, room and length can be how the line is meant.
    pub fn is_for_retake(&self) -> bool {
        !matches!(self, Self::Level { .. } | Self::Room { .. } | Self::Length { .. })
    }

    /// How much it speaks against a reading. What cannot be mended stands above what can.
    fn weight(&self) -> f64 {
        match self {
            Self::Silent => 1000.0,
            Self::OtherWords => 500.0,
            Self::BrokenOff { said } => 100.0 + 100.0 * f64::from(1.0 - said),
            Self::Doubted { .. } => 60.0,
            Self::Misread => 40.0,
            Self::Clipped => 16.0,
            Self::Noisy { .. } => 8.0,
            Self::Level { .. } | Self::Room { .. } => 4.0,
            Self::Length { .. } => 2.0,
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent => write!(formatter, "nothing is heard"),
            Self::OtherWords => write!(formatter, "the words are not the line's"),
            Self::BrokenOff { said } => write!(formatter, "broken off: {:.0} % of it is said", 100.0 * said),
            Self::Misread => write!(formatter, "likely misread"),
            Self::Doubted { by } => write!(formatter, "{by} is surer that the line is elsewhere"),
            Self::Clipped => write!(formatter, "clipped"),
            Self::Noisy { under_db } => {
                write!(formatter, "noisy: noise {:.0} dB under speech", under_db.max(0.0))
            }
            Self::Level { by_db } => write!(
                formatter,
                "{:.0} dB {} than the lines around it",
                by_db.abs(),
                if *by_db > 0.0 { "louder" } else { "softer" }
            ),
            Self::Room { by_db } => write!(formatter, "sounds of another room ({by_db:.0} dB)"),
            Self::Length { times } if *times > 1.0 => {
                write!(formatter, "{times:.1} times as long as expected")
            }
            Self::Length { times } => write!(formatter, "{:.1} times as short as expected", 1.0 / times),
        }
    }
}

/// Finds the flaws of every reading and chooses one for every line that has any.
pub(super) fn choose(lines: &mut [LineReadings], rules: &SoundRules) {
    for line in &mut *lines {
        for reading in &mut line.readings {
            reading.flaws.extend(own_flaws(reading));
        }
        line.chosen = best(&line.readings);
    }
    // What neighbours sound like is known once each line has one.
    let neighbours = neighbours(lines);
    for line in &mut *lines {
        let around = [Some(&line.scene), None].map(|scene| (line.character.clone(), scene.cloned()));
        let around: Vec<&Around> = around.iter().filter_map(|place| neighbours.get(place)).collect();
        let weight = weight_of(&line.text);
        for reading in &mut line.readings {
            reading.flaws.extend(flaws_among(reading, weight, &around));
        }
        line.chosen = best(&line.readings);
        obey(line, rules);
    }
}

/// The reading that is laid where the director says nothing.
fn best(readings: &[Reading]) -> Option<(usize, ChosenBy)> {
    let usable = |reading: &Reading| reading.found == FoundBy::Name || reading.said >= MOST_OF_A_LINE;
    let index = least_flawed(readings, usable)?;
    let last = readings.iter().rposition(|reading| reading.complete) == Some(index);
    Some((index, if last { ChosenBy::Last } else { ChosenBy::Measurement }))
}

/// The reading with the least against it among those that will do; of equals the last.
fn least_flawed(readings: &[Reading], will_do: impl Fn(&Reading) -> bool) -> Option<usize> {
    let against = |reading: &Reading| reading.flaws.iter().map(Flaw::weight).sum::<f64>();
    let those = || readings.iter().enumerate().filter(|(_, reading)| will_do(reading));
    let least = those().map(|(_, reading)| against(reading)).fold(f64::INFINITY, f64::min);
    those().filter(|(_, reading)| against(reading) <= least).map(|(index, _)| index).last()
}

/// What the director chose.
fn obey(line: &mut LineReadings, rules: &SoundRules) {
    let Some(choice) = rules.choices.get(&line.id) else { return };
    let index = match choice {
        // The part that is asked for was added as a reading of its own.
        LineChoice::Part { .. } => line.readings.iter().position(|reading| reading.found == FoundBy::Hand),
        LineChoice::Take { file, take } => {
            let fits = |reading: &Reading| file.as_ref().is_none_or(|file| is_same_name(&reading.file, file));
            let mut places = (0..line.readings.len()).filter(|index| fits(&line.readings[*index]));
            match take {
                Some(take) => take.checked_sub(1).and_then(|before| places.nth(before as usize)),
                None => least_flawed(&line.readings, fits),
            }
        }
    };
    match index {
        Some(index) => line.chosen = Some((index, ChosenBy::Director)),
        None => line.lost_choice = Some(choice.clone()),
    }
}

fn own_flaws(reading: &Reading) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    let Some(above_db) = reading.measured.speech_above_noise_db() else { return vec![Flaw::Silent] };
    if !reading.complete && reading.said <= 0.0 {
        flaws.push(Flaw::OtherWords);
    } else if !reading.complete {
        flaws.push(Flaw::BrokenOff { said: reading.said });
    }
    if let Some(by) = &reading.doubted_by {
        flaws.push(Flaw::Doubted { by: by.clone() });
    }
    if reading.misread {
        flaws.push(Flaw::Misread);
    }
    if reading.measured.is_clipped() {
        flaws.push(Flaw::Clipped);
    }
    if above_db < LEAST_ABOVE_NOISE_DB {
        flaws.push(Flaw::Noisy { under_db: above_db });
    }
    flaws
}

/// What the chosen readings of a character are like, in a scene or in the whole film.
struct Around {
    readings: usize,
    level_dbfs: f64,
    colour_db: [f64; 4],
    /// Samples for a letter or what counts as one.
    pace: f64,
}

/// Fewer readings than this say nothing of what is usual.
const LEAST_READINGS: usize = 3;

type Place = (String, Option<SceneId>);

fn neighbours(lines: &[LineReadings]) -> BTreeMap<Place, Around> {
    let mut chosen: BTreeMap<Place, Vec<(&Reading, f64)>> = BTreeMap::new();
    for line in lines {
        let Some(reading) = line.chosen_reading().filter(|reading| reading.measured.level_dbfs.is_some())
        else {
            continue;
        };
        let weight = weight_of(&line.text);
        for scene in [Some(line.scene.clone()), None] {
            chosen.entry((line.character.clone(), scene)).or_default().push((reading, weight));
        }
    }
    let enough = chosen.into_iter().filter(|(_, readings)| readings.len() >= LEAST_READINGS);
    enough.map(|(place, readings)| (place, around(&readings))).collect()
}

fn around(readings: &[(&Reading, f64)]) -> Around {
    let median = |value: &dyn Fn(&(&Reading, f64)) -> f64| {
        let mut values: Vec<f64> = readings.iter().map(value).collect();
        values.sort_unstable_by(f64::total_cmp);
        values[values.len() / 2]
    };
    Around {
        readings: readings.len(),
        level_dbfs: median(&|(reading, _)| reading.measured.level_dbfs.unwrap_or_default()),
        colour_db: std::array::from_fn(|band| median(&|(reading, _)| reading.measured.colour_db[band])),
        pace: median(&|(reading, weight)| reading.part.length() as f64 / weight),
    }
}

/// Letters, or twice the syllables where writing counts these; a line's edges take time too.
fn weight_of(text: &str) -> f64 {
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    letters.map(|c| if is_syllable(c) { 2.5 } else { 1.0 }).sum::<f64>() + 6.0
}

/// Flaws against the scene where it says enough, else against the film.
fn flaws_among(reading: &Reading, weight: f64, around: &[&Around]) -> Vec<Flaw> {
    let (Some(around), Some(level_dbfs)) = (around.first(), reading.measured.level_dbfs) else {
        return Vec::new();
    };
    debug_assert!(around.readings >= LEAST_READINGS, "what is usual needs some readings");
    let mut flaws = Vec::new();
    let by_db = level_dbfs - around.level_dbfs;
    if by_db.abs() > MOST_LEVEL_APART_DB {
        flaws.push(Flaw::Level { by_db });
    }
    let bands = reading.measured.colour_db.iter().zip(around.colour_db);
    let apart_db = bands.map(|(own, other)| (own.max(-40.0) - other.max(-40.0)).abs()).sum::<f64>() / 4.0;
    if apart_db > MOST_COLOUR_APART_DB {
        flaws.push(Flaw::Room { by_db: apart_db });
    }
    let times = reading.part.length() as f64 / weight / around.pace.max(1.0);
    if !(1.0 / MOST_LENGTH_APART..=MOST_LENGTH_APART).contains(&times) {
        flaws.push(Flaw::Length { times });
    }
    flaws
}

#[cfg(test)]
mod tests {
    use soundlock_time::{Fps, Sample, SampleRange};

    use super::*;
    use crate::readings::Measured;

    /// A good reading of two seconds.
    fn reading(file: &str) -> Reading {
        let measured = Measured {
            level_dbfs: Some(-23.0),
            noise_dbfs: -70.0,
            peak_dbfs: -9.0,
            flat_tops: 0.0,
            crest_db: 12.0,
            colour_db: [-6.0, -5.0, -9.0, -18.0],
        };
        Reading {
            file: file.to_owned(),
            hash: "ab".repeat(32).parse().unwrap(),
            part: SampleRange::new(Sample(0), 96_000),
            complete: true,
            said: 1.0,
            confidence: Some(0.95),
            misread: false,
            misreadings: Vec::new(),
            by: None,
            doubted_by: None,
            found: FoundBy::Ear,
            measured,
            waveform: Vec::new(),
            flaws: Vec::new(),
        }
    }

    fn line(id: &str, readings: Vec<Reading>) -> LineReadings {
        LineReadings {
            id: id.parse().unwrap(),
            scene: "1".parse().unwrap(),
            character: "MINA".to_owned(),
            text: "We go when the rain is over.".to_owned(),
            readings,
            chosen: None,
            lost_choice: None,
            damaged: Vec::new(),
            disagreements: Vec::new(),
        }
    }

    fn rules() -> SoundRules {
        SoundRules::standard(Fps::FILM, "en")
    }

    /// The line with these readings among four others that are as usual.
    fn chosen_among(readings: Vec<Reading>, rules: &SoundRules) -> LineReadings {
        let mut lines = vec![line("1.01", readings)];
        lines.extend((2..6).map(|number| line(&format!("1.0{number}"), vec![reading("usual")])));
        choose(&mut lines, rules);
        lines.swap_remove(0)
    }

    #[test]
    fn the_last_complete_reading_is_chosen_unless_less_speaks_against_another() {
        type Change = fn(&mut Reading);
        let bad: [(Change, &str); 9] = [
            (|it| (it.complete, it.said) = (false, 0.8), "broken off: 80 % of it is said"),
            (|it| it.misread = true, "likely misread"),
            (|it| it.doubted_by = Some("ear".to_owned()), "ear is surer that the line is elsewhere"),
            (|it| it.measured.flat_tops = 0.02, "clipped"),
            (|it| it.measured.noise_dbfs = -30.0, "noisy: noise 7 dB under speech"),
            (|it| it.measured.level_dbfs = Some(-34.0), "11 dB softer than the lines around it"),
            (|it| it.measured.colour_db = [-40.0, -3.0, -4.0, -40.0], "sounds of another room (16 dB)"),
            (|it| it.part.end = Sample(220_000), "2.3 times as long as expected"),
            (|it| it.measured.level_dbfs = None, "nothing is heard"),
        ];
        for (change, says) in bad {
            let mut last = reading("last");
            change(&mut last);
            let line = chosen_among(vec![reading("first"), reading("middle"), last], &rules());
            let by = if line.readings[2].complete { ChosenBy::Measurement } else { ChosenBy::Last };
            assert_eq!(line.chosen, Some((1, by)), "{says}");
            let said: Vec<String> = line.readings[2].flaws.iter().map(Flaw::to_string).collect();
            assert_eq!(said, [says]);
        }
        let line = chosen_among(vec![reading("first"), reading("last")], &rules());
        assert_eq!(line.chosen, Some((1, ChosenBy::Last)));
    }

    #[test]
    fn what_weighs_more_decides_between_two_that_are_not_good() {
        let mut broken = reading("broken");
        (broken.complete, broken.said) = (false, 0.75);
        let mut clipped = reading("clipped");
        clipped.measured.crest_db = 4.0;
        let line = chosen_among(vec![clipped.clone(), broken.clone()], &rules());
        assert_eq!(line.chosen, Some((0, ChosenBy::Last)));
        let mut little = broken.clone();
        little.said = 0.3;
        assert_eq!(chosen_among(vec![little.clone()], &rules()).chosen, None);
        little.found = FoundBy::Name;
        assert_eq!(chosen_among(vec![little], &rules()).chosen, Some((0, ChosenBy::Measurement)));
        assert_eq!(chosen_among(vec![broken], &rules()).chosen, Some((0, ChosenBy::Measurement)));
    }

    #[test]
    fn the_director_overrules() {
        let mut clipped = reading("a");
        clipped.measured.crest_db = 4.0;
        let readings = || vec![clipped.clone(), reading("b"), reading("b")];
        let take = |file: Option<&str>, take| LineChoice::Take { file: file.map(str::to_owned), take };
        for (choice, index) in [
            (take(None, Some(1)), Some(0)),
            (take(None, Some(3)), Some(2)),
            (take(Some("b"), Some(1)), Some(1)),
            (take(Some("b"), None), Some(2)),
            (take(Some("a"), None), Some(0)),
            (take(None, Some(4)), None),
            (take(None, Some(0)), None),
            (take(Some("c"), None), None),
        ] {
            let mut rules = rules();
            rules.choices.insert("1.01".parse().unwrap(), choice.clone());
            let line = chosen_among(readings(), &rules);
            let expected = index.map_or((2, ChosenBy::Last), |index| (index, ChosenBy::Director));
            assert_eq!(line.chosen, Some(expected), "{choice}");
            assert_eq!(line.lost_choice, index.is_none().then_some(choice));
        }
    }
}
