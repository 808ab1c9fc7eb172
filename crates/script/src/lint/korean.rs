//! How Korean screenplays are written elsewhere, and what Fountain wants instead.

use crate::fountain::{Element, Kind, is_caseless};
use crate::lint::{Names, finding};
use crate::place::without_korean_number;
use crate::{Finding, Severity};

const SETTINGS: [(&str, &str); 6] = [
    ("실내/실외", "INT./EXT."),
    ("실내", "INT."),
    ("실외", "EXT."),
    ("내부/외부", "INT./EXT."),
    ("내부", "INT."),
    ("외부", "EXT."),
];

/// What Korean scripts put in brackets on a line of its own, and what to write. Compared without dots and spaces.
const BRACKETS: [(&str, &str); 13] = [
    ("FI", "> FADE IN:"),
    ("FO", "> FADE OUT."),
    ("OL", "> 오버랩"),
    ("DIS", "> 디졸브"),
    ("페이드인", "> 페이드 인"),
    ("페이드아웃", "> 페이드 아웃"),
    ("오버랩", "> 오버랩"),
    ("디졸브", "> 디졸브"),
    ("회상", ".회상. 장소 - 시간"),
    ("플래시백", ".플래시백. 장소 - 시간"),
    ("현재", ".현재. 장소 - 시간"),
    ("몽타주", ".몽타주"),
    ("인서트", ".인서트. 무엇"),
];

/// Longest name, in characters, that a line alone is taken for.
const LONGEST_NAME: usize = 8;

pub(super) fn lint(element: &Element, names: &Names<'_>) -> Option<Finding> {
    match &element.kind {
        Kind::Action { forced: false } => {
            let first = element.text.lines().next().unwrap_or_default().trim();
            heading(element, first)
                .or_else(|| bracket(element, first))
                .or_else(|| name(element, first, names))
        }
        Kind::Section { .. } => heading(element, &format!("#{}", element.text)),
        Kind::Heading { forced: true, .. } if without_korean_number(&element.text) != element.text => {
            heading(element, &element.text)
        }
        Kind::Cue { extensions, .. } if has_hangul(&element.text) => extension(element, extensions),
        _ => None,
    }
}

fn has_hangul(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '가'..='힣' | 'ㄱ'..='ㅣ'))
}

/// `S#1. 실내. 아파트 - 밤`, `씬1.`, `실내. 아파트 - 밤`.
fn heading(element: &Element, line: &str) -> Option<Finding> {
    let rest = without_korean_number(line);
    let marked = rest != line;
    let written = setting(rest);
    let is_heading = match (line.starts_with('#'), marked) {
        // `# 1막` is an act, and `#1 팬` may be anything: only a place makes it a heading.
        (true, _) => marked && written.is_some(),
        (false, true) => true,
        (false, false) => written.is_some(),
    };
    if !is_heading {
        return None;
    }
    let number = if marked { number(line) } else { None };
    let words = match (written, rest) {
        (Some(written), _) => written,
        (None, "") => ".장소 - 시간".to_owned(),
        (None, rest) => format!(".{rest}"),
    };
    let number = number.map_or(String::new(), |number| format!(" #{number}#"));
    let message = match element.kind {
        Kind::Heading { .. } => format!("`{line}` carries its number as words"),
        _ => format!("`{line}` looks like a scene heading, and is not read as one"),
    };
    Some(finding(Severity::Warning, "korean-heading", element, message, format!("write `{words}{number}`")))
}

/// A heading in Fountain's way, when `text` begins with inside or outside.
fn setting(text: &str) -> Option<String> {
    SETTINGS.iter().find_map(|(korean, latin)| {
        let rest = text.strip_prefix(korean)?;
        let place = rest.trim_start_matches(['.', ',', ':', '/', ' ']);
        let is_heading =
            rest.starts_with(['.', ',', ':', '/']) && !place.is_empty() && place.chars().count() <= 60;
        is_heading.then(|| format!("{latin} {place}"))
    })
}

fn number(line: &str) -> Option<&str> {
    let start = line.find(|c: char| c.is_ascii_digit())?;
    let digits = &line[start..];
    let end = digits.find(|c: char| !(c.is_ascii_digit() || c.is_ascii_uppercase() || c == '-'));
    Some(digits[..end.unwrap_or(digits.len())].trim_end_matches('-'))
}

/// `(F.I)`, `(회상)`, `(몽타주)` on a line of their own or at its start; `F.O` without brackets too.
fn bracket(element: &Element, line: &str) -> Option<Finding> {
    let inner = match line.strip_prefix('(') {
        Some(rest) => rest.split_once(')')?.0,
        None if line.len() <= 5 && line.contains('.') => line,
        None => return None,
    };
    let folded: String =
        inner.chars().filter(|c| !matches!(c, '.' | ' ')).flat_map(char::to_uppercase).collect();
    let (_, write) = BRACKETS.iter().find(|(known, _)| *known == folded)?;
    let message = format!("`{line}` is read as action");
    Some(finding(Severity::Hint, "korean-bracket", element, message, format!("write `{write}`")))
}

/// `(N)` and `(E)` after a name.
fn extension(element: &Element, extensions: &[String]) -> Option<Finding> {
    extensions.iter().find_map(|extension| {
        let write = match extension.replace('.', "").to_uppercase().as_str() {
            "N" | "NA" => "V.O.",
            "E" => "O.S.",
            "F" => "V.O., 전화",
            _ => return None,
        };
        let message = format!("`({extension})` is a Korean habit that other programs do not know");
        let hint = format!("write `@{} ({write})`", element.text);
        Some(finding(Severity::Hint, "korean-extension", element, message, hint))
    })
}

/// A name without `@` over what somebody says: `미나` and below it `그럼 걸어가야 해?`; `미나: 그럼?`.
fn name(element: &Element, line: &str, names: &Names<'_>) -> Option<Finding> {
    let (name, said) = match line.split_once([':', '\t']) {
        Some((name, said)) if !said.trim().is_empty() => (name.trim(), said.trim()),
        _ => (line, element.text.lines().nth(1)?.trim()),
    };
    let bare = name.split(['(', '（']).next().unwrap_or(name).trim();
    let is_name =
        if names.has(bare) { is_caseless(bare) } else { looks_like_name(bare) && sounds_spoken(said) };
    is_name.then(|| {
        let message = format!("`{bare}` has no capitals to tell a name by, so this is read as action");
        let hint = format!("write `@{name}` if somebody speaks, and the words on the line below");
        finding(Severity::Warning, "name-without-at", element, message, hint)
    })
}

fn looks_like_name(line: &str) -> bool {
    let is_short = (2..=LONGEST_NAME).contains(&line.chars().count()) && line.split(' ').count() <= 2;
    is_short
        && has_hangul(line)
        && line.chars().all(|c| c.is_alphanumeric() || c == ' ')
        && !line.ends_with('다')
}

/// Action says what happens in sentences on `다.`; speech asks, exclaims, trails off.
fn sounds_spoken(line: &str) -> bool {
    let line = line.trim_end_matches(['"', '”', ')', '’', '\'']);
    line.ends_with(['?', '!', '…', '~'])
        || line.ends_with("..")
        || ["야.", "어.", "아.", "지.", "네.", "죠.", "요.", "자.", "게.", "해.", "니까.", "니다."]
            .iter()
            .any(|end| line.ends_with(end))
}
