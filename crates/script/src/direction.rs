//! Notes that direct us: `[[pause 2.5s]]`, `[[music: file]]`, `[[sfx: file]]`, `[[shot: …]]`, `[[MINA: wet coat]]`.

use crate::{Direction, Finding, Note, Pause, Severity, Span};

/// Longest pause that a note may ask for.
const LONGEST_PAUSE_MILLIS: u64 = 600_000;
/// A note that begins with `pause` and has more words than these is somebody's remark.
const MOST_PAUSE_WORDS: usize = 3;
/// More words before the colon of a note than these are no name.
const MOST_NAME_WORDS: usize = 4;
/// What writers begin remarks with, in lower case. They would otherwise read like somebody's name.
const REMARKS: [&str; 36] = [
    "todo",
    "fixme",
    "xxx",
    "note",
    "notes",
    "nb",
    "n.b",
    "idea",
    "ideas",
    "question",
    "questions",
    "research",
    "ref",
    "reference",
    "references",
    "see",
    "check",
    "draft",
    "alt",
    "id",
    "source",
    "sources",
    "remark",
    "comment",
    "marker",
    "beat",
    "theme",
    "act",
    "메모",
    "참고",
    "할 일",
    "질문",
    "아이디어",
    "확인",
    "수정",
    "주의",
];

/// What a note asks of us: nothing, a direction, or something that cannot be read.
pub(crate) fn read(note: &Note) -> Option<Result<Direction, Finding>> {
    let text = note.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (keyword, value, has_colon) = take_keyword(&text);
    let span = note.span.clone();
    match (keyword.to_lowercase().as_str(), has_colon) {
        ("pause", true) => Some(pause(value, span)),
        ("pause", false) if value.split(' ').count() <= MOST_PAUSE_WORDS => Some(pause(value, span)),
        ("music", true) => Some(music(value, span)),
        ("music", false) if value.eq_ignore_ascii_case("stop") => Some(music(value, span)),
        ("sfx", true) => Some(file(value, "sfx", &span).map(|file| Direction::Effect { file, span })),
        ("shot", true) => Some(shot(value, span)),
        _ => state(&text, span).map(Ok),
    }
}

/// `NAME: how they are from here on`. A name does not begin with a small letter; anything else is a remark.
fn state(text: &str, span: Span) -> Option<Direction> {
    let (name, state) = text.split_once([':', '：'])?;
    let (name, state) = (name.trim(), state.trim());
    let is_name = name.chars().next().is_some_and(|first| first.is_alphanumeric() && !first.is_lowercase())
        && name.chars().any(char::is_alphabetic)
        && name.split(' ').count() <= MOST_NAME_WORDS
        && !REMARKS.contains(&name.to_lowercase().as_str());
    let says = !state.is_empty() && !state.starts_with("//");
    (is_name && says).then(|| Direction::State { name: name.to_owned(), state: state.to_owned(), span })
}

fn take_keyword(text: &str) -> (&str, &str, bool) {
    let end = text.find([' ', ':', '：']).unwrap_or(text.len());
    let rest = text[end..].trim_start();
    match rest.strip_prefix([':', '：']) {
        Some(value) => (&text[..end], value.trim(), true),
        None => (&text[..end], rest, false),
    }
}

fn pause(value: &str, span: Span) -> Result<Direction, Finding> {
    if let Some(length) = pause_length(value) {
        return Ok(Direction::Pause { length, span });
    }
    let message = match value {
        "" => "the pause has no length".to_owned(),
        _ => format!("`{value}` is not the length of a pause"),
    };
    Err(unreadable(span, message, "write seconds, thousandths or frames: `[[pause 2.5s]]`, `800ms`, `61f`"))
}

/// Reads `2.5s`, `800ms`, `61f`; exact, without floats.
fn pause_length(value: &str) -> Option<Pause> {
    let unit_at = value.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
    let (number, unit) = (&value[..unit_at], value[unit_at..].trim().to_lowercase());
    let millis = match unit.as_str() {
        "f" | "frame" | "frames" => {
            return number.parse().ok().filter(|&frames| frames <= 36_000).map(Pause::Frames);
        }
        "ms" => number.parse().ok()?,
        "s" | "sec" | "secs" | "second" | "seconds" | "초" => millis_from_seconds(number)?,
        _ => return None,
    };
    (millis <= LONGEST_PAUSE_MILLIS).then_some(Pause::Millis(millis))
}

fn millis_from_seconds(number: &str) -> Option<u64> {
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && part.is_empty()) || part.len() > 3 || part.contains('.') {
        return None;
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let part: u64 = format!("{part:0<3}").parse().ok()?;
    whole.checked_mul(1000)?.checked_add(part)
}

fn music(value: &str, span: Span) -> Result<Direction, Finding> {
    if value.eq_ignore_ascii_case("stop") {
        return Ok(Direction::Music { file: None, span });
    }
    file(value, "music", &span).map(|file| Direction::Music { file: Some(file), span })
}

fn file(value: &str, keyword: &str, span: &Span) -> Result<String, Finding> {
    let leaves_folder = value.starts_with(['/', '\\']) || value.split(['/', '\\']).any(|part| part == "..");
    if value.is_empty() {
        let hint = format!("name it: `[[{keyword}: file.wav]]`");
        Err(unreadable(span.clone(), format!("`{keyword}` names no file"), &hint))
    } else if leaves_folder {
        let hint = "put the file into the film's folder and name it from there";
        Err(unreadable(span.clone(), format!("`{value}` lies outside the film's folder"), hint))
    } else {
        Ok(value.to_owned())
    }
}

fn shot(value: &str, span: Span) -> Result<Direction, Finding> {
    if value.is_empty() {
        return Err(unreadable(
            span,
            "`shot` says nothing".into(),
            "say what it shows: `[[shot: close on the radio]]`",
        ));
    }
    Ok(Direction::Shot { text: value.to_owned(), span })
}

fn unreadable(span: Span, message: String, hint: &str) -> Finding {
    Finding {
        severity: Severity::Error,
        rule: "direction-unreadable",
        span,
        message,
        hint: Some(hint.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_direct_or_are_left_alone() {
        let shown = |text: &str| {
            let note = Note { text: text.into(), span: Span { bytes: 0..1, lines: 1..2 } };
            match read(&note) {
                None => "left alone".to_owned(),
                Some(Err(finding)) => finding.message,
                Some(Ok(Direction::Pause { length: Pause::Millis(millis), .. })) => format!("{millis} ms"),
                Some(Ok(Direction::Pause { length: Pause::Frames(frames), .. })) => {
                    format!("{frames} frames")
                }
                Some(Ok(Direction::Music { file, .. })) => {
                    format!("music {}", file.unwrap_or("stops".into()))
                }
                Some(Ok(Direction::Effect { file, .. })) => format!("effect {file}"),
                Some(Ok(Direction::Shot { text, .. })) => format!("shot {text}"),
                Some(Ok(Direction::State { name, state, .. })) => format!("{name} is {state}"),
            }
        };
        let cases = [
            ("pause 2.5s", "2500 ms"),
            ("pause: 2.5s", "2500 ms"),
            (" PAUSE:\n 2 s ", "2000 ms"),
            ("pause 61f", "61 frames"),
            ("pause: 800ms", "800 ms"),
            ("pause .25s", "250 ms"),
            ("pause 2초", "2000 ms"),
            ("pause", "the pause has no length"),
            ("pause a while", "`a while` is not the length of a pause"),
            ("pause 2", "`2` is not the length of a pause"),
            ("pause -1s", "`-1s` is not the length of a pause"),
            ("pause 9999999s", "`9999999s` is not the length of a pause"),
            ("pause here so that they can breathe", "left alone"),
            ("music: theme.flac", "music theme.flac"),
            ("music: stop", "music stops"),
            ("music:", "`music` names no file"),
            ("music: ../theme.flac", "`../theme.flac` lies outside the film's folder"),
            ("music swells?", "left alone"),
            ("sfx: 문.wav", "effect 문.wav"),
            ("shot: close on  the radio", "shot close on the radio"),
            ("shot:", "`shot` says nothing"),
            ("MINA: wet  coat", "MINA is wet coat"),
            ("OLD MAN : -", "OLD MAN is -"),
            ("미나：젖은 코트", "미나 is 젖은 코트"),
            ("KITCHEN: the lamp is out: dark", "KITCHEN is the lamp is out: dark"),
            ("MINA:", "left alone"),
            ("TODO: dates", "left alone"),
            ("메모: 날짜", "left alone"),
            ("mina: wet coat", "left alone"),
            ("She would never say that here: too soon", "left alone"),
            ("Https://example.org", "left alone"),
            ("did we name them?", "left alone"),
            ("", "left alone"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}
