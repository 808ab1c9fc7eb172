//! Names as file names.

use std::collections::BTreeSet;

/// Letters kept of a name: with a number, an ending and every letter four bytes long it stays under the 255 bytes that
/// file systems allow.
const LONGEST: usize = 40;
/// Names that Windows keeps for itself, with any ending.
const RESERVED: [&str; 4] = ["con", "prn", "aux", "nul"];

/// `name` as a part of a file name on every system: letters of every script kept, what no system or shell takes made a
/// space. Empty where nothing is left.
pub(super) fn safe(name: &str) -> String {
    let plain = |letter: char| {
        let taken =
            matches!(letter, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '%' | '$' | '`' | '~');
        if taken || letter.is_control() || is_invisible(letter) { ' ' } else { letter }
    };
    let spaced: String = name.chars().map(plain).collect();
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let kept: String = words.join(" ").chars().take(LONGEST).collect();
    kept.trim_matches([' ', '.', '-']).to_owned()
}

/// Marks that turn the direction of writing or take no room: two names that look alike would differ in them.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A file name without ending for each of `names`, no two the same where letter case does not count.
pub(super) fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut given = BTreeSet::new();
    names.map(|name| distinct_from(name, &mut given)).collect()
}

fn distinct_from(name: &str, given: &mut BTreeSet<String>) -> String {
    let name = safe(name);
    let first_part = name.split('.').next().unwrap_or_default().trim().to_lowercase();
    let is_port = |word: &str| {
        let number = word.strip_prefix("com").or_else(|| word.strip_prefix("lpt"));
        number.is_some_and(|number| number.len() == 1 && number.chars().all(|digit| digit.is_ascii_digit()))
    };
    let plain = match name.as_str() {
        "" => "no name".to_owned(),
        _ if RESERVED.contains(&first_part.as_str()) || is_port(&first_part) => format!("{name}_"),
        _ => name,
    };
    let numbered = (2..).map(|number| format!("{plain} {number}"));
    let free = |candidate: &String| given.insert(candidate.to_lowercase());
    std::iter::once(plain.clone()).chain(numbered).find(free).unwrap_or(plain.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_safe_names() {
        for (name, expected) in [
            ("MINA", "MINA"),
            ("THE KEEPER'S SON #2", "THE KEEPER'S SON #2"),
            ("미나", "미나"),
            ("김 형사", "김 형사"),
            ("ÉLOÏSE", "ÉLOÏSE"),
            ("../../etc/passwd", "etc passwd"),
            ("C:\\WIN", "C WIN"),
            ("MINA / JONAS", "MINA JONAS"),
            ("..", ""),
            ("A\u{202e}B\u{0}\n", "A B"),
            ("彼女", "彼女"),
        ] {
            assert_eq!(safe(name), expected, "{name}");
        }
        assert_eq!(safe(&"나".repeat(300)).chars().count(), LONGEST);
    }

    #[test]
    fn no_two_names_are_one_file() {
        let names = ["Mina", "MINA", "mina 2", "..", "/", "con", "COM1", "Con.x", "mina"];
        let files = distinct(names.into_iter());
        assert_eq!(
            files,
            ["Mina", "MINA 2", "mina 2 2", "no name", "no name 2", "con_", "COM1_", "Con.x_", "mina 3"]
        );
    }
}
