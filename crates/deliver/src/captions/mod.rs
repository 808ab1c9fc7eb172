//! Captions: the script's exact words, when they sound.

mod check;
mod split;
mod text;
mod timing;

use std::fs;
use std::path::Path;

use soundlock_script::{DualSide, LineId};
use soundlock_sound::{LockedLine, LockedSound, Stretch};

use crate::{Check, DeliverError, write};
pub use check::check_captions;

pub use text::{read_srt, read_webvtt, srt, webvtt};

/// How captions are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaptionRules {
    /// Whether speakers are named.
    pub speakers: Speakers,
    /// Widest row in columns.
    pub columns: usize,
    /// Widest row of a line with Hangul or other wide letters, which take two columns each.
    pub wide_columns: usize,
    /// Shortest time a cue stands, where the next one leaves it that.
    pub shortest_ms: u64,
    /// Longest time a cue stands, where its line can be broken.
    pub longest_ms: u64,
    /// Columns a second that people read; a cue stands on for it while nothing follows.
    pub columns_per_sec: u64,
}

/// Whether speakers are named in captions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speakers {
    /// Subtitles: only what is said.
    Unnamed,
    /// For the deaf and hard of hearing: `MINA:` where the speaker changes.
    Named,
}

/// What stands on the screen at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cue {
    /// When it appears, in thousandths of a second.
    pub from_ms: u64,
    /// When it is gone.
    pub to_ms: u64,
    /// One or two rows.
    pub rows: Vec<String>,
    /// Which side, when two speak at once. `SubRip` has no word for it.
    pub side: Option<DualSide>,
}

/// A cue and where its words come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caption {
    /// Which line of the script.
    pub line: LineId,
    /// What stands on the screen.
    pub cue: Cue,
}

impl CaptionRules {
    /// Two rows of 42 columns (18 Hangul), 5/6 s to 7 s, 20 letters a second.
    pub const USUAL: Self = Self {
        speakers: Speakers::Unnamed,
        columns: 42,
        wide_columns: 36,
        shortest_ms: 833,
        longest_ms: 7_000,
        columns_per_sec: 20,
    };
}

/// Writes captions as `SubRip` and as WebVTT, reads both back strictly, and looks at what was read.
pub fn write_captions(
    locked: &LockedSound,
    rules: &CaptionRules,
    srt_file: &Path,
    webvtt_file: &Path,
) -> Result<Vec<Check>, DeliverError> {
    let captions = captions(locked, rules);
    write::bytes(srt_file, srt(&captions).as_bytes())?;
    write::bytes(webvtt_file, webvtt(&captions).as_bytes())?;
    let mut checks = check_captions(locked, &captions, rules);
    for (file, reader) in [(srt_file, read_srt as Reader), (webvtt_file, read_webvtt)] {
        let cues = reader(&fs::read_to_string(file).map_err(DeliverError::io(file))?)?;
        let name = format!("cues in {}", file.file_name().unwrap_or_default().to_string_lossy());
        let same =
            cues.len() == captions.len() && cues.iter().zip(&captions).all(|(cue, c)| c.cue.reads_as(cue));
        checks.push(Check::new(&name, cues.len(), captions.len(), same, check::CLAUSE));
    }
    Ok(checks)
}

type Reader = fn(&str) -> Result<Vec<Cue>, DeliverError>;

impl Cue {
    fn reads_as(&self, read: &Cue) -> bool {
        (self.from_ms, self.to_ms, &self.rows) == (read.from_ms, read.to_ms, &read.rows)
    }
}

/// Captions of every line of the film, in the order they appear.
pub fn captions(locked: &LockedSound, rules: &CaptionRules) -> Vec<Caption> {
    let mut captions = Vec::new();
    for spoken in spoken_lines(locked, rules.speakers) {
        let cues = split::cues(&spoken.words(), spoken.to_ms - spoken.from_ms, rules);
        captions.extend(timing::spread(&spoken, cues));
    }
    let film_ms = locked.samples() * 1000 / u64::from(locked.rate.hz());
    timing::settle(captions, film_ms, rules)
}

/// A line with its place in the film.
struct Spoken<'a> {
    line: &'a LockedLine,
    /// Who speaks, where that is to be read.
    named: Option<&'a str>,
    from_ms: u64,
    to_ms: u64,
}

impl Spoken<'_> {
    fn words(&self) -> String {
        match self.named {
            Some(name) => format!("{name}: {}", self.line.text),
            None => self.line.text.clone(),
        }
    }
}

fn spoken_lines(locked: &LockedSound, speakers: Speakers) -> Vec<Spoken<'_>> {
    let mut spoken: Vec<Spoken> = Vec::new();
    for (range, stretch) in locked.stretches() {
        let Stretch::Scene(scene) = stretch else { continue };
        let start = locked.fps.first_sample(range.start, locked.rate).0;
        let millis = |sample: u64| nearest_ms(start + sample, locked.rate.hz());
        let mut before = None;
        for line in &scene.lines {
            let changes = before.replace(line.character.as_str()) != Some(&line.character);
            let named = (speakers == Speakers::Named && changes).then_some(line.character.as_str());
            spoken.push(Spoken { line, named, from_ms: millis(line.at.0), to_ms: millis(line.end().0) });
        }
    }
    spoken
}

fn nearest_ms(sample: u64, hz: u32) -> u64 {
    (sample * 1000 + u64::from(hz) / 2) / u64::from(hz)
}

/// What is left of words when it no longer matters where rows end.
fn without_spaces(words: &str) -> String {
    words.chars().filter(|letter| !letter.is_whitespace() && !letter.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{Spoken as TestLine, locked};

    const LONG: &str = "I told you not to come back here, and you came. Now the tide is in, the road is gone, and \
                        neither of us will see the lighthouse before morning.";

    #[test]
    fn a_long_line_is_cut_where_a_reader_would_pause() {
        let film = locked(&[TestLine::new("MINA", 24_000, 432_000, LONG)]);
        let rows: Vec<_> = captions(&film, &CaptionRules::USUAL).into_iter().map(|c| c.cue.rows).collect();
        assert_eq!(
            rows,
            [
                vec!["I told you not to come back here,", "and you came."],
                vec!["Now the tide is in, the road is gone,"],
                vec!["and neither of us will see", "the lighthouse before morning."],
            ]
        );
    }

    #[test]
    fn both_files_are_written_and_read_back() {
        let film = locked(&[TestLine::new("MINA", 24_000, 432_000, LONG)]);
        let folder = tempfile::tempdir().unwrap();
        let (srt, webvtt) = (folder.path().join("film.srt"), folder.path().join("film.vtt"));
        let checks = write_captions(&film, &CaptionRules::USUAL, &srt, &webvtt).unwrap();
        assert!(checks.len() == 7 && checks.iter().all(|check| check.passed), "{checks:?}");
        assert!(fs::read_to_string(srt).unwrap().starts_with("1\n00:00:00,500 --> "));
        assert!(fs::read_to_string(webvtt).unwrap().starts_with("WEBVTT\n\n1\n00:00:00.500 --> "));
    }

    #[test]
    fn hangul_rows_hold_eighteen_letters() {
        let text = "여기 다시 오지 말라고 했는데 결국 왔구나. 이제 물이 들어와서 길이 사라졌고, 아침까지는 등대를 볼 수 없을 거야.";
        let film = locked(&[TestLine::new("미나", 0, 480_000, text)]);
        for caption in captions(&film, &CaptionRules::USUAL) {
            for row in &caption.cue.rows {
                assert!(split::columns(row) <= 36, "{row}");
            }
        }
    }

    #[test]
    fn speakers_are_named_where_they_change() {
        let film = locked(&[
            TestLine::new("MINA", 0, 48_000, "Are you there?"),
            TestLine::new("MINA", 60_000, 48_000, "Joon?"),
            TestLine::new("JOON", 120_000, 48_000, "Always."),
        ]);
        let rules = CaptionRules { speakers: Speakers::Named, ..CaptionRules::USUAL };
        let rows: Vec<_> = captions(&film, &rules).into_iter().flat_map(|c| c.cue.rows).collect();
        assert_eq!(rows, ["MINA: Are you there?", "Joon?", "JOON: Always."]);
    }

    #[test]
    fn a_short_word_stands_long_enough_but_never_into_the_next() {
        let film = locked(&[
            TestLine::new("MINA", 0, 9_600, "Yes."),
            TestLine::new("JOON", 24_000, 9_600, "No."),
            TestLine::new("MINA", 96_000, 9_600, "Oh."),
        ]);
        let times: Vec<_> =
            captions(&film, &CaptionRules::USUAL).iter().map(|c| (c.cue.from_ms, c.cue.to_ms)).collect();
        assert_eq!(times, [(0, 500), (500, 1333), (2000, 2833)]);
    }

    #[test]
    fn two_who_speak_at_once_are_read_at_once() {
        let film = locked(&[
            TestLine::new("MINA", 0, 96_000, "Stay.").left(),
            TestLine::new("JOON", 0, 96_000, "Go.").right(),
            TestLine::new("MINA", 100_000, 48_000, "Please."),
        ]);
        let captions = captions(&film, &CaptionRules::USUAL);
        assert_eq!((captions[0].cue.from_ms, captions[1].cue.from_ms), (0, 0));
        assert!(check_captions(&film, &captions, &CaptionRules::USUAL).iter().all(|check| check.passed));
    }

    fn any_line() -> impl Strategy<Value = TestLine> {
        let word = prop_oneof![
            4 => "[a-zA-Z']{1,12}[.,!?]?",
            2 => "[가-힣]{1,7}[.,?]?",
            1 => "[a-z<>&-]{1,100}",
        ];
        let words = prop::collection::vec(word, 1..60).prop_map(|words| words.join(" "));
        let side = prop::option::weighted(0.2, any::<bool>());
        let speaker = prop::sample::select(vec!["MINA", "JOON", "등대지기"]);
        (speaker, 0u64..2_000_000, 0u64..600_000, words, side).prop_map(
            |(speaker, at, length, text, side)| {
                let line = TestLine::new(speaker, at, length, &text);
                match side {
                    None => line,
                    Some(true) => line.left(),
                    Some(false) => line.right(),
                }
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_film_has_captions_that_hold(
            lines in prop::collection::vec(any_line(), 0..25),
            named in any::<bool>(),
        ) {
            let film = locked(&lines);
            let speakers = if named { Speakers::Named } else { Speakers::Unnamed };
            let rules = CaptionRules { speakers, ..CaptionRules::USUAL };
            let captions = captions(&film, &rules);
            for check in check_captions(&film, &captions, &rules) {
                prop_assert!(check.passed, "{check:?}");
            }
            let cues: Vec<Cue> = captions.iter().map(|caption| caption.cue.clone()).collect();
            prop_assert_eq!(&read_webvtt(&webvtt(&captions)).unwrap(), &cues);
            let sideless: Vec<_> = cues.into_iter().map(|cue| Cue { side: None, ..cue }).collect();
            prop_assert_eq!(&read_srt(&srt(&captions)).unwrap(), &sideless);
        }
    }
}
