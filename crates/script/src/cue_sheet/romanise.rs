//! Names as file names: plain Latin capitals.

/// Sounds of Hangul in the order in which syllables are counted (Revised Romanization, letter by letter: a name is to
/// be recognised in a list of files, not pronounced).
const FIRSTS: [&str; 19] =
    ["G", "KK", "N", "D", "TT", "R", "M", "B", "PP", "S", "SS", "", "J", "JJ", "CH", "K", "T", "P", "H"];
const VOWELS: [&str; 21] = [
    "A", "AE", "YA", "YAE", "EO", "E", "YEO", "YE", "O", "WA", "WAE", "OE", "YO", "U", "WO", "WE", "WI",
    "YU", "EU", "UI", "I",
];
const LASTS: [&str; 28] = [
    "", "K", "K", "K", "N", "N", "N", "T", "L", "K", "M", "L", "L", "L", "P", "L", "M", "P", "P", "T", "T",
    "NG", "T", "T", "K", "T", "P", "T",
];
/// Longest name in a file name.
const LONGEST: usize = 24;

/// `name` in ASCII capitals and digits; empty when none of its letters can be written so.
pub(super) fn ascii_name(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        match letter {
            '가'..='힣' => push_syllable(letter, &mut out),
            _ if letter.is_ascii_alphanumeric() => out.push(letter.to_ascii_uppercase()),
            _ => out.extend(unaccented(letter)),
        }
    }
    out.truncate(LONGEST);
    out
}

fn push_syllable(letter: char, out: &mut String) {
    let place = letter as usize - '가' as usize;
    out.push_str(FIRSTS[place / 588]);
    out.push_str(VOWELS[place % 588 / 28]);
    out.push_str(LASTS[place % 28]);
}

fn unaccented(letter: char) -> Option<char> {
    let plain = [
        ("ÀÁÂÃÄÅàáâãäå", 'A'),
        ("Çç", 'C'),
        ("ÈÉÊËèéêë", 'E'),
        ("ÌÍÎÏìíîï", 'I'),
        ("Ññ", 'N'),
        ("ÒÓÔÕÖØòóôõöø", 'O'),
        ("ÙÚÛÜùúûü", 'U'),
        ("Ýýÿ", 'Y'),
    ];
    plain.iter().find_map(|(letters, plain)| letters.contains(letter).then_some(*plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_safe_names() {
        let cases = [
            ("MINA", "MINA"),
            ("THE KEEPER'S SON #2", "THEKEEPERSSON2"),
            ("미나", "MINA"),
            ("아나운서", "ANAUNSEO"),
            ("김 형사", "GIMHYEONGSA"),
            ("ÉLOÏSE", "ELOISE"),
            ("../../etc", "ETC"),
            ("彼女", ""),
        ];
        for (name, expected) in cases {
            assert_eq!(ascii_name(name), expected, "{name}");
        }
    }
}
