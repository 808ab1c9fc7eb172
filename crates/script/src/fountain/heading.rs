//! What makes a line a scene heading, and its number.

/// How a heading may begin, longest first, followed by a dot or white space.
const BEGINNINGS: [&str; 13] = [
    "INT./EXT", "EXT./INT", "INT.-EXT", "INT/EXT", "EXT/INT", "INT-EXT", "I./E", "E./I", "I/E", "E/I", "INT",
    "EXT", "EST",
];

/// The beginning that makes `line` a heading (`INT`, `I/E`…), if it has one; the dot is not part of it.
pub(crate) fn beginning(line: &str) -> Option<&str> {
    BEGINNINGS.iter().find_map(|beginning| {
        let start = line.get(..beginning.len())?;
        let next = line[beginning.len()..].chars().next()?;
        (start.eq_ignore_ascii_case(beginning) && (next == '.' || next.is_whitespace())).then_some(start)
    })
}

/// Whether `line` is a heading forced with `.`: a dot and then a letter or digit, so that `...` is not one.
pub(super) fn forced(line: &str) -> Option<&str> {
    line.strip_prefix('.').filter(|rest| rest.chars().next().is_some_and(char::is_alphanumeric))
}

/// A heading without its number, and the number (`#12A#` at its end).
pub(super) fn take_number(text: &str) -> (&str, Option<&str>) {
    let numbered = || {
        let inner = text.trim_end().strip_suffix('#')?;
        let start = inner.rfind('#')?;
        let number = &inner[start + 1..];
        let plain = number.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '.'));
        (plain && !number.is_empty()).then_some((inner[..start].trim_end(), Some(number)))
    };
    numbered().unwrap_or((text.trim_end(), None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_begin_as_the_specification_lists() {
        let cases = [
            ("INT. HOUSE - DAY", Some("INT")),
            ("ext. house", Some("ext")),
            ("INT HOUSE", Some("INT")),
            ("INT./EXT. HUT", Some("INT./EXT")),
            ("INT/EXT HUT", Some("INT/EXT")),
            ("I/E. CAR", Some("I/E")),
            ("EST BUCKET", Some("EST")),
            ("INT.", Some("INT")),
            ("INTERIOR HOUSE", None),
            ("ESTABLISHING", None),
            ("EXTREMELY", None),
            ("INT", None),
            ("실내. 집", None),
        ];
        for (line, expected) in cases {
            assert_eq!(beginning(line), expected, "{line}");
        }
    }

    #[test]
    fn numbers_are_taken_off_the_end() {
        let cases = [
            ("INT. HOUSE #1A#", ("INT. HOUSE", Some("1A"))),
            ("EST LIST #A3-1# ", ("EST LIST", Some("A3-1"))),
            ("철길 - 나중에 #1.2#", ("철길 - 나중에", Some("1.2"))),
            ("LIST #😆#", ("LIST #😆#", None)),
            ("ROOM #3", ("ROOM #3", None)),
            ("ROOM ##", ("ROOM ##", None)),
            ("#", ("#", None)),
        ];
        for (text, expected) in cases {
            assert_eq!(take_number(text), expected, "{text}");
        }
    }
}
