//! Names that are nearly the same, and probably one.

use std::cmp::Reverse;

use crate::fountain::Element;
use crate::lint::{Names, finding};
use crate::{Finding, Severity};

/// A name that speaks more often than this is meant as it is written.
const RARE: usize = 2;
/// A cast larger than this is not compared: it is a list, not a script.
const LARGEST_CAST: usize = 400;

/// A finding for each rare name that differs from a more frequent one by one letter, or in capitals only.
pub(super) fn nearly_same(names: &Names<'_>) -> Vec<Finding> {
    if names.0.len() > LARGEST_CAST {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (name, &(count, element)) in &names.0 {
        // Of two that are as frequent, the later one is the slip.
        let weight = |count: usize, element: &Element| (count, Reverse(element.span.bytes.start));
        let others =
            names.0.iter().filter(|(_, (more, other))| weight(*more, other) > weight(count, element));
        let twin = others.map(|(other, _)| *other).find(|other| are_twins(name, other, count));
        if let Some(other) = twin {
            let message = format!("{name} and {other} are nearly the same name");
            let hint = format!("if they are one, write {other} here too");
            findings.push(finding(Severity::Warning, "name-nearly-same", element, message, hint));
        }
    }
    findings
}

fn are_twins(rare: &str, other: &str, count: usize) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (folded(rare), folded(other));
    a == b || (count <= RARE && differ_by_a_slip(&a, &b))
}

fn folded(name: &str) -> Vec<char> {
    name.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect()
}

/// Whether one letter was typed twice, left out, put in, or taken for another. Numbers, plurals, first letters and
/// short names tell people apart.
fn differ_by_a_slip(a: &[char], b: &[char]) -> bool {
    let same_start = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let same_end =
        a[same_start..].iter().rev().zip(b[same_start..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (left_a, left_b) = (&a[same_start..a.len() - same_end], &b[same_start..b.len() - same_end]);
    let (short, long) = (a.len().min(b.len()), a.len().max(b.len()));
    let is_word = left_a.iter().chain(left_b).all(|c| c.is_alphabetic());
    let slip = match (left_a, left_b) {
        ([], [c]) | ([c], []) => short >= 4 && same_start > 0 && (same_end > 0 || *c != 'S'),
        // `GUARD A` and `GUARD B` differ in their last letter on purpose.
        ([_], [_]) => long >= 5 && same_start > 0 && same_end > 0,
        _ => false,
    };
    slip && is_word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_told_from_names() {
        let cases = [
            ("MINA", "MINNA", true),
            ("JONAS", "JONNAS", true),
            ("COGNITO", "COGNITTO", true),
            ("BARBARA", "BARBERA", true),
            ("아나운서", "아나운써", false),
            ("MAN 1", "MAN 2", false),
            ("GUARD A", "GUARD B", false),
            ("SOLDIER", "SOLDIERS", false),
            ("DAN", "DAVE", false),
            ("BILL", "WILL", false),
            ("STEEL", "BRICK", false),
            ("미나", "미노", false),
        ];
        for (a, b, expected) in cases {
            assert_eq!(are_twins(a, b, 1), expected, "{a} {b}");
        }
        assert!(are_twins("McALISTER", "MCALISTER", 9));
        assert!(!are_twins("MINA", "MINNA", 3));
    }
}
