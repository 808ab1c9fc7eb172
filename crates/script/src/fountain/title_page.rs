//! The title page: `Key: value` from the first line to the first that is neither a field nor an indented value.

use super::heading;

/// A line of a title page.
pub(super) enum TitleLine<'a> {
    /// `Key: value`; the value may be empty.
    Field(&'a str, &'a str),
    /// An indented line of the field above.
    More(&'a str),
}

/// Reads a line as part of a title page.
pub(super) fn read(line: &str) -> Option<TitleLine<'_>> {
    if line.starts_with('\t') || line.starts_with("   ") {
        return Some(TitleLine::More(line.trim()));
    }
    let (key, value) = line.split_once([':', '：'])?;
    let key = key.trim();
    let is_key = key.chars().next().is_some_and(char::is_alphabetic)
        && key.chars().count() <= 40
        && key.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '/' | '\'' | '(' | ')'))
        && heading::beginning(line).is_none();
    is_key.then(|| TitleLine::Field(key, value.trim()))
}

/// How many of the first `lines` form the title page. None, unless some field has a value: `FADE IN:` alone is action.
pub(super) fn length<'a>(lines: impl Iterator<Item = &'a str>) -> usize {
    let (mut count, mut has_value) = (0, false);
    for line in lines {
        match read(line) {
            Some(TitleLine::Field(_, value)) => has_value |= !value.is_empty(),
            Some(TitleLine::More(value)) if count > 0 => has_value |= !value.is_empty(),
            _ => break,
        }
        count += 1;
    }
    if has_value { count } else { 0 }
}
