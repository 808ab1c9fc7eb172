//! Who speaks: names of characters and what stands after them.

use std::collections::BTreeSet;

/// A cue taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Cue {
    pub name: String,
    pub extensions: Vec<String>,
    pub continued: bool,
    pub dual: bool,
    /// Whether something follows the last bracket that is neither a bracket nor `^`.
    rest: bool,
}

/// What may stand in brackets after a name in a script without capitals, and makes a cue of it. Compared without
/// dots, spaces and letter case.
const EXTENSIONS: [&str; 24] = [
    "VO",
    "OS",
    "OC",
    "OFF",
    "N",
    "E",
    "NA",
    "F",
    "V",
    "O",
    "CONTD",
    "CONT",
    "SUBTITLE",
    "소리",
    "목소리",
    "내레이션",
    "나레이션",
    "독백",
    "전화",
    "계속",
    "화면밖",
    "画外音",
    "旁白",
    "声",
];

/// Longest name, in characters, that an extension alone makes a cue of.
const LONGEST_NAME: usize = 20;

/// Reads a line as a cue if it is one by itself: in capitals, or in a script without them, in `cast` or with an
/// extension. What stands around it is for the caller to look at.
pub(super) fn read(line: &str, cast: &BTreeSet<String>) -> Option<Cue> {
    let cue = take_apart(line)?;
    if cue.name.contains('^') || cue.name.ends_with("TO:") {
        return None;
    }
    let named = match case_of(&cue.name) {
        Case::Upper => true,
        Case::Caseless if cue.rest => false,
        Case::Caseless => cast.contains(&cue.name) || has_known_extension(&cue),
        Case::Other => false,
    };
    named.then_some(cue)
}

/// Reads what follows `@`: whatever it is, it is a name.
pub(super) fn read_forced(line: &str) -> Option<Cue> {
    take_apart(line)
}

/// Whether `name` is written in letters that know no capitals (Hangul, kana, Han, Arabic…), alone or among others.
pub(crate) fn is_caseless(name: &str) -> bool {
    matches!(case_of(name), Case::Caseless)
}

enum Case {
    /// Letters, all of them capitals.
    Upper,
    /// Some letters have no case, none is small.
    Caseless,
    /// Small letters, or no letters.
    Other,
}

fn case_of(name: &str) -> Case {
    let (mut upper, mut caseless) = (false, false);
    for c in name.chars().filter(|c| c.is_alphabetic()) {
        if c.is_lowercase() {
            return Case::Other;
        }
        upper |= c.is_uppercase();
        caseless |= !c.is_uppercase();
    }
    match (upper, caseless) {
        (_, true) => Case::Caseless,
        (true, false) => Case::Upper,
        (false, false) => Case::Other,
    }
}

fn has_known_extension(cue: &Cue) -> bool {
    let known = |extension: &String| EXTENSIONS.contains(&folded(extension).as_str());
    let is_name = cue.name.chars().count() <= LONGEST_NAME && !cue.name.contains(['.', '?', '!', ',', '。']);
    is_name && (cue.continued || cue.extensions.iter().any(known))
}

fn folded(extension: &str) -> String {
    extension.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

fn take_apart(line: &str) -> Option<Cue> {
    let line = line.trim();
    let (line, dual) = match line.strip_suffix('^') {
        Some(line) => (line.trim_end(), true),
        None => (line, false),
    };
    let name_end = line.find(['(', '（']).unwrap_or(line.len());
    let mut cue = Cue { dual, ..Cue::default() };
    let mut name = line[..name_end].split_whitespace().collect::<Vec<_>>().join(" ");
    let mut rest = &line[name_end..];
    while let Some(open) = rest.chars().next().filter(|c| matches!(c, '(' | '（')) {
        let inner = &rest[open.len_utf8()..];
        let close = inner.find([')', '）'])?;
        take_extension(&inner[..close], &mut cue);
        rest = inner[close..].trim_start_matches([')', '）']).trim_start();
    }
    if !rest.is_empty() {
        // `MINA (40) AND JONAS`: what follows belongs to the name.
        name = format!("{name} {rest}");
        cue.rest = true;
    }
    cue.name = name;
    (!cue.name.is_empty()).then_some(cue)
}

fn take_extension(text: &str, cue: &mut Cue) {
    let is_continued =
        |part: &&str| matches!(folded(part).as_str(), "CONTD" | "CONT" | "CONTINUED" | "CONTINUING" | "계속");
    let (continued, kept): (Vec<&str>, Vec<&str>) = text.split(',').map(str::trim).partition(is_continued);
    cue.continued |= !continued.is_empty();
    let kept = kept.join(", ");
    if !kept.is_empty() {
        cue.extensions.push(kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_capitals_or_with_a_reason() {
        let cast = BTreeSet::from(["요한".to_owned()]);
        let shown = |line: &str| {
            read(line, &cast).map(|cue| {
                let mut out = cue.name;
                out.extend(cue.extensions.iter().map(|extension| format!("|{extension}")));
                out + if cue.continued { "+" } else { "" } + if cue.dual { "^" } else { "" }
            })
        };
        let cases = [
            ("STEEL", Some("STEEL")),
            ("   STEEL  ", Some("STEEL")),
            ("STEEL (CONT'D)", Some("STEEL+")),
            ("STEEL (V.O.) (CONT’D)", Some("STEEL|V.O.+")),
            ("STEEL (V.O., CONT'D) ^", Some("STEEL|V.O.+^")),
            ("HANS (on the radio)", Some("HANS|on the radio")),
            ("R2D2", Some("R2D2")),
            ("2ND COP", Some("2ND COP")),
            ("JIM😆", Some("JIM😆")),
            ("ÉLOÏSE", Some("ÉLOÏSE")),
            ("МИНА", Some("МИНА")),
            ("23", None),
            ("Han (O. S.)", None),
            ("AND ^ (DUAL)", None),
            ("CUT TO:", None),
            ("(V.O.)", None),
            ("MINA (V.O.", None),
            ("미나", None),
            ("TV에서 뉴스가 흐른다", None),
            ("미나 (V.O.)", Some("미나|V.O.")),
            ("미나 (N)", Some("미나|N")),
            ("미나 (전화)", Some("미나|전화")),
            ("문이 열린다 (천천히)", None),
            ("요한", Some("요한")),
            ("요한 ^", Some("요한^")),
            ("MINA 미나", None),
        ];
        for (line, expected) in cases {
            assert_eq!(shown(line).as_deref(), expected, "{line}");
        }
    }
}
