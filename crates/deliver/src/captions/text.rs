//! `SubRip` and WebVTT: written, and read back strictly.

use std::fmt::Write;

use soundlock_script::DualSide;

use super::{Caption, Cue};
use crate::DeliverError;

const SRT: &str = "SubRip";
const WEBVTT: &str = "WebVTT";
/// Where two who speak at once stand; a player moves cues apart by itself where they still meet.
const LEFT: &str = "position:5%,line-left align:left size:45%";
const RIGHT: &str = "position:95%,line-right align:right size:45%";

/// `captions` as `SubRip`.
pub fn srt(captions: &[Caption]) -> String {
    let mut text = String::new();
    for (index, Caption { cue, .. }) in captions.iter().enumerate() {
        let (from, to) = (clock(cue.from_ms, ','), clock(cue.to_ms, ','));
        let _ = write!(text, "{}\n{from} --> {to}\n{}\n\n", index + 1, cue.rows.join("\n"));
    }
    text
}

/// `captions` as WebVTT.
pub fn webvtt(captions: &[Caption]) -> String {
    let mut text = "WEBVTT\n\n".to_owned();
    for (index, Caption { cue, .. }) in captions.iter().enumerate() {
        let (from, to) = (clock(cue.from_ms, '.'), clock(cue.to_ms, '.'));
        let side = match cue.side {
            None => String::new(),
            Some(DualSide::Left) => format!(" {LEFT}"),
            Some(DualSide::Right) => format!(" {RIGHT}"),
        };
        let _ = write!(text, "{}\n{from} --> {to}{side}\n{}\n\n", index + 1, escaped(&cue.rows.join("\n")));
    }
    text
}

/// Cues of a `SubRip` file; strict: numbers from 1, times in order, no empty cue.
pub fn read_srt(text: &str) -> Result<Vec<Cue>, DeliverError> {
    read(text, 0, ',', SRT)
}

/// Cues of a WebVTT file; as strict, and no bare `<`, `&` or `-->` in what is read.
pub fn read_webvtt(text: &str) -> Result<Vec<Cue>, DeliverError> {
    let (head, _) = text.split_once("\n\n").unwrap_or((text.trim_end(), ""));
    if head != "WEBVTT" {
        return Err(malformed(WEBVTT, 1, "the file does not begin with WEBVTT and an empty line"));
    }
    let cues = read(text, 2, '.', WEBVTT)?;
    cues.iter().map(unescaped_cue).collect()
}

fn read(text: &str, skip: usize, point: char, what: &'static str) -> Result<Vec<Cue>, DeliverError> {
    let mut lines = text.lines().enumerate().skip(skip).map(|(index, line)| (index + 1, line)).peekable();
    let mut cues: Vec<Cue> = Vec::new();
    while let Some((number, counter)) = lines.next() {
        if counter != (cues.len() + 1).to_string() {
            return Err(malformed(what, number, &format!("cue {} should begin here", cues.len() + 1)));
        }
        let (at, times) = lines.next().unwrap_or((number, ""));
        let mut cue = read_times(times, point).map_err(|why| malformed(what, at, why))?;
        if cues.last().is_some_and(|before| cue.from_ms < before.from_ms) {
            return Err(malformed(what, at, "the cue begins before the one above it"));
        }
        while let Some((_, row)) = lines.next_if(|(_, row)| !row.is_empty()) {
            cue.rows.push(row.to_owned());
        }
        if cue.rows.is_empty() || lines.next().is_none() {
            return Err(malformed(what, at, "the cue has no words or no empty line after them"));
        }
        cues.push(cue);
    }
    Ok(cues)
}

fn read_times(line: &str, point: char) -> Result<Cue, &'static str> {
    let (from, rest) = line.split_once(" --> ").ok_or("a line of times was expected")?;
    let (to, settings) = rest.split_once(' ').unwrap_or((rest, ""));
    let side = match settings {
        "" => None,
        LEFT => Some(DualSide::Left),
        RIGHT => Some(DualSide::Right),
        _ => return Err("the cue has settings that we do not write"),
    };
    let times = read_clock(from, point).zip(read_clock(to, point));
    let (from_ms, to_ms) = times.ok_or("a time is not like 00:00:00,000")?;
    if from_ms >= to_ms {
        return Err("the cue ends before it begins");
    }
    Ok(Cue { from_ms, to_ms, rows: Vec::new(), side })
}

fn clock(millis: u64, point: char) -> String {
    let (seconds, millis) = (millis / 1000, millis % 1000);
    format!("{:02}:{:02}:{:02}{point}{millis:03}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

fn read_clock(text: &str, point: char) -> Option<u64> {
    let (clock, millis) = text.split_once(point)?;
    let fields: Vec<&str> = clock.split(':').collect();
    let [hours, minutes, seconds] = fields.as_slice() else { return None };
    let number = |text: &str, digits: std::ops::RangeInclusive<usize>, limit: u64| {
        let plain = digits.contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit());
        text.parse::<u64>().ok().filter(|number| plain && *number < limit)
    };
    let hours = number(hours, 2..=5, 100_000)?;
    let (minutes, seconds) = (number(minutes, 2..=2, 60)?, number(seconds, 2..=2, 60)?);
    Some(((hours * 60 + minutes) * 60 + seconds) * 1000 + number(millis, 3..=3, 1000)?)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn unescaped_cue(cue: &Cue) -> Result<Cue, DeliverError> {
    let rows = cue.rows.iter().map(|row| unescaped(row)).collect::<Option<_>>();
    let rows = rows.ok_or_else(|| malformed(WEBVTT, 0, "a cue has a bare `<`, `>` or `&`"))?;
    Ok(Cue { rows, ..cue.clone() })
}

fn unescaped(row: &str) -> Option<String> {
    let plain = row.replace("&lt;", "\u{1}").replace("&gt;", "\u{2}").replace("&amp;", "\u{3}");
    let bare = plain.contains(['<', '>', '&']);
    (!bare).then(|| plain.replace('\u{1}', "<").replace('\u{2}', ">").replace('\u{3}', "&"))
}

fn malformed(what: &'static str, line: usize, why: &str) -> DeliverError {
    DeliverError::Malformed { what, line, why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_player_should_be_given_is_refused() {
        for (text, why) in [
            ("2\n00:00:00,000 --> 00:00:01,000\na\n\n", "cue 1 should begin here"),
            ("1\n00:00:01,000 --> 00:00:01,000\na\n\n", "ends before it begins"),
            ("1\n00:00:61,000 --> 00:02:01,000\na\n\n", "a time is not like"),
            ("1\n00:00:00.000 --> 00:00:01.000\na\n\n", "a time is not like"),
            ("1\n00:00:00,000 --> 00:00:01,000\n\n", "no words"),
            (
                "1\n00:00:05,000 --> 00:00:06,000\na\n\n2\n00:00:01,000 --> 00:00:02,000\nb\n\n",
                "before the one above",
            ),
        ] {
            let error = read_srt(text).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
        assert!(read_webvtt("WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.000\n<b>a\n\n").is_err());
        assert!(read_webvtt("1\n00:00:00.000 --> 00:00:01.000\na\n\n").is_err());
    }
}
