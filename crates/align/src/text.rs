//! What is said of a line's text: without marks, directions and what has no sound.

/// The words of `text` as they are said, each as it is written there.
///
/// Left out are emphasis marks (`*`, `_`), directions in brackets, notes, and words without a letter or digit.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut plain = String::with_capacity(text.len());
    let mut depth = 0_u32;
    let mut rest = text.chars().peekable();
    while let Some(char) = rest.next() {
        match char {
            '(' | '[' | '（' | '［' => {
                depth += 1;
                plain.push(' ');
            }
            ')' | ']' | '）' | '］' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            '\\' | '*' | '_' | '~' | '|' | '^' | '`' => {}
            '—' | '–' | '…' | '/' => plain.push_str(", "),
            '-' if rest.peek() == Some(&'-') => plain.push_str(", "),
            '<' | '>' | '{' | '}' => plain.push(' '),
            _ if char.is_control() => plain.push(' '),
            _ => plain.push(char),
        }
    }
    if depth > 0 && plain.trim().is_empty() && !text.contains([')', ']']) {
        // A bracket that nobody closed must not swallow the whole line.
        return words(&text.replace(['(', '[', '（', '［'], " "));
    }
    joined(&plain)
}

/// Words with what has no sound of its own (a lone dash, a comma) hung to the word before.
fn joined(plain: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in plain.split_whitespace() {
        if word.chars().any(char::is_alphanumeric) {
            words.push(word.to_owned());
        } else if let Some(last) = words.last_mut()
            && last.ends_with(char::is_alphanumeric)
            && word.contains([',', '.', '?', '!', ';', ':'])
        {
            last.push(',');
        }
    }
    words
}

/// `word` without the marks around it, as it is shown.
pub(crate) fn shown(word: &str) -> &str {
    let trimmed = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '\'' && c != '%' && c != '$');
    if trimmed.is_empty() { word } else { trimmed }
}

/// Whether one pauses after `word`.
pub(crate) fn ends_phrase(word: &str) -> bool {
    word.trim_end_matches(['"', '\'', '”', '’', ')'])
        .ends_with([',', '.', '?', '!', ';', ':', '。', '、', '，', '？', '！'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_said_is_left() {
        for (text, said) in [
            ("You said the *train* leaves at _six_.", "You|said|the|train|leaves|at|six."),
            ("I (beat) do not know -- yet.", "I|do|not|know,|yet."),
            ("[[pause 2s]] **No**.", "No."),
            ("(sighs)", ""),
            ("…", ""),
            ("(never closed", "never|closed"),
            ("It costs $40 & change", "It|costs|$40|change"),
            ("기차는 (한숨) 여섯 시에 떠난다", "기차는|여섯|시에|떠난다"),
            ("Wait—what?", "Wait,|what?"),
        ] {
            assert_eq!(words(text).join("|"), said, "{text}");
        }
    }

    #[test]
    fn words_are_shown_without_their_marks() {
        for (word, bare) in [("six.", "six"), ("\"Fine,", "Fine"), ("isn't", "isn't"), ("?!", "?!")] {
            assert_eq!(shown(word), bare);
        }
        assert!(ends_phrase("Fine.") && ends_phrase("Fine,\"") && !ends_phrase("Fine"));
    }
}
