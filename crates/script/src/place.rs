//! A scene heading taken apart: inside or outside, where, when.

use crate::fountain::heading_beginning;
use crate::{Heading, Setting};

/// How Korean headings say inside and outside.
const KOREAN_SETTINGS: [(&str, Setting); 8] = [
    ("실내/실외", Setting::Both),
    ("실외/실내", Setting::Both),
    ("내부/외부", Setting::Both),
    ("외부/내부", Setting::Both),
    ("실내", Setting::Interior),
    ("내부", Setting::Interior),
    ("실외", Setting::Exterior),
    ("외부", Setting::Exterior),
];

/// Times that may follow a comma instead of a dash: `INT. HALL, NIGHT`.
const TIMES: [&str; 22] = [
    "DAY",
    "NIGHT",
    "MORNING",
    "EVENING",
    "DAWN",
    "DUSK",
    "AFTERNOON",
    "NOON",
    "MIDNIGHT",
    "LATER",
    "SAME",
    "CONTINUOUS",
    "CONTINUED",
    "SUNSET",
    "SUNRISE",
    "낮",
    "밤",
    "아침",
    "저녁",
    "새벽",
    "오후",
    "오전",
];

impl Heading {
    /// Takes a heading apart, as it stands without markers and scene number.
    pub fn read(text: &str) -> Self {
        let text = text.trim();
        let (setting, rest) = take_setting(text);
        let (place, time) = split_time(rest);
        Self { text: text.to_owned(), setting, place: place.to_owned(), time: time.to_owned() }
    }
}

fn take_setting(text: &str) -> (Option<Setting>, &str) {
    if let Some(beginning) = heading_beginning(text) {
        let rest = text[beginning.len()..].trim_start_matches('.').trim_start();
        return (Some(latin_setting(beginning)), rest.trim_start_matches(['-', '–', '—']).trim_start());
    }
    let text = without_korean_number(text);
    let korean = KOREAN_SETTINGS.iter().find_map(|(word, setting)| {
        let rest = text.strip_prefix(word)?;
        let place = rest.trim_start_matches(['.', ',', ':', ' ', '-', '–', '—']);
        // `실내 체육관` is a gymnasium; `실내. 체육관` is inside one.
        (rest.is_empty() || place.len() < rest.trim_start().len()).then_some((Some(*setting), place))
    });
    korean.unwrap_or((None, text))
}

fn latin_setting(beginning: &str) -> Setting {
    let has =
        |letter: char| beginning.to_ascii_uppercase().split(['/', '-']).any(|part| part.starts_with(letter));
    match (has('I'), has('E')) {
        (true, true) => Setting::Both,
        (true, false) => Setting::Interior,
        _ => Setting::Exterior,
    }
}

/// `S#1. 실내. 집` and `씬1. 실내. 집` without the number.
pub(crate) fn without_korean_number(text: &str) -> &str {
    let rest = ["S#", "s#", "씬", "#"].iter().find_map(|mark| text.strip_prefix(mark));
    let Some(rest) = rest.map(|rest| rest.trim_start_matches([' ', '#'])) else { return text };
    let number =
        rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, '-' | 'A'..='Z'))).unwrap_or(rest.len());
    if !rest.starts_with(|c: char| c.is_ascii_digit()) {
        return text;
    }
    rest[number..].trim_start_matches(['.', ':', ')', ' ']).trim_start()
}

/// The part after the last dash that has a space beside it, or after a comma when it names a time.
fn split_time(text: &str) -> (&str, &str) {
    let is_dash = |c: char| matches!(c, '-' | '–' | '—');
    for (at, dash) in text.char_indices().rev().filter(|&(_, c)| is_dash(c)) {
        let (before, after) = (&text[..at], &text[at + dash.len_utf8()..]);
        if before.ends_with(' ') || after.starts_with(' ') {
            return (before.trim_end_matches(|c| is_dash(c) || c == ' '), after.trim());
        }
    }
    match text.rsplit_once(',') {
        Some((place, time)) if names_time(time) => (place.trim_end(), time.trim()),
        _ => (text.trim_end(), ""),
    }
}

fn names_time(text: &str) -> bool {
    text.split_whitespace().any(|word| TIMES.contains(&word.to_uppercase().trim_matches('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_come_apart() {
        use Setting::{Both, Exterior, Interior};
        let cases = [
            ("INT. KITCHEN - NIGHT", Some(Interior), "KITCHEN", "NIGHT"),
            ("ext house day", Some(Exterior), "house day", ""),
            ("EST. CITY", Some(Exterior), "CITY", ""),
            ("INT./EXT. HUT – NIGHT", Some(Both), "HUT", "NIGHT"),
            ("I/E CAR -- LATER", Some(Both), "CAR", "LATER"),
            ("INT. HOUSE - HALL - DAY", Some(Interior), "HOUSE - HALL", "DAY"),
            ("INT - HOUSE - DAY", Some(Interior), "HOUSE", "DAY"),
            ("INT. RM 412, SAME", Some(Interior), "RM 412", "SAME"),
            ("INT. GALLERY, SOUTH OF MARKET", Some(Interior), "GALLERY, SOUTH OF MARKET", ""),
            ("INT. DRIVE-IN", Some(Interior), "DRIVE-IN", ""),
            ("INT.", Some(Interior), "", ""),
            ("SNIPER SCOPE POV", None, "SNIPER SCOPE POV", ""),
            ("철길 - 나중에", None, "철길", "나중에"),
            ("EXT. 간이역 - 겨울 저녁", Some(Exterior), "간이역", "겨울 저녁"),
            ("실내. 아파트 - 밤", Some(Interior), "아파트", "밤"),
            ("실내/실외 - 차 - 밤", Some(Both), "차", "밤"),
            ("외부. 바다", Some(Exterior), "바다", ""),
            ("실내 체육관 - 낮", None, "실내 체육관", "낮"),
            ("S#1. 실내. 아파트 - 밤", Some(Interior), "아파트", "밤"),
            ("씬 12. 내부. 집", Some(Interior), "집", ""),
            ("", None, "", ""),
        ];
        for (text, setting, place, time) in cases {
            let heading = Heading::read(text);
            assert_eq!((heading.setting, &*heading.place, &*heading.time), (setting, place, time), "{text}");
        }
    }
}
