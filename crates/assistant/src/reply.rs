//! The one JSON value in what a model said: thinking, fences and prose around it are passed over, and what models often
//! get wrong inside it is mended.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::chat::start_of;

/// Places tried for a value to begin: prose has few brackets.
const MOST_TRIES: usize = 64;

/// The one value of type `T` in `text`; clauses that say what is wrong where there is none, or more than one.
pub(crate) fn value_in<T: DeserializeOwned>(text: &str) -> Result<T, Vec<String>> {
    let text = without_thinking(text);
    let values = values_in(text);
    let mut fitting: Vec<&Value> = Vec::new();
    let mut why = String::new();
    for value in &values {
        match T::deserialize(value) {
            Ok(_) if fitting.contains(&value) => {}
            Ok(_) => fitting.push(value),
            Err(error) => why = error.to_string(),
        }
    }
    match (fitting.as_slice(), values.len()) {
        ([value], _) => T::deserialize(*value).map_err(|error| vec![error.to_string()]),
        ([], 0) if text.trim().is_empty() => Err(vec!["it says nothing but thinking".to_owned()]),
        ([], 0) => Err(vec![format!("it has no JSON value: `{}`", start_of(text))]),
        ([], _) => Err(vec![format!("its JSON does not fit the schema: {}", start_of(&why))]),
        (several, _) => Err(vec![format!("it has {} different JSON values that fit", several.len())]),
    }
}

/// `text` without what a model thought before it spoke.
fn without_thinking(text: &str) -> &str {
    const NAMES: [&str; 3] = ["think", "thinking", "reasoning"];
    let end = NAMES.iter().filter_map(|name| {
        let close = format!("</{name}>");
        text.rfind(&close).map(|at| at + close.len())
    });
    let text = &text[end.max().unwrap_or(0)..];
    // Thinking that never ends says nothing.
    let opens = NAMES.iter().any(|name| text.trim_start().starts_with(&format!("<{name}>")));
    if opens { "" } else { text }
}

/// Every object and list in `text` that stands in no other.
fn values_in(text: &str) -> Vec<Value> {
    let (mut values, mut at) = (Vec::new(), 0);
    for _ in 0..MOST_TRIES {
        let Some(found) = text[at..].find(['{', '[']) else { break };
        at += found;
        let mended = mended(&text[at..]);
        match mended.and_then(|(json, length)| Some((serde_json::from_str(&json).ok()?, length))) {
            Some((value, length)) => {
                values.push(value);
                at += length;
            }
            None => at += 1,
        }
    }
    values
}

/// The value that begins at the start of `text`, with its mistakes mended, and how many bytes of `text` it takes; `None`
/// where its brackets are never closed.
///
/// Mended are commas before a closing bracket, and line breaks and tabs inside texts.
fn mended(text: &str) -> Option<(String, usize)> {
    let (mut out, mut open) = (String::new(), Vec::new());
    let (mut inside, mut escaped) = (false, false);
    for (at, letter) in text.char_indices() {
        if inside {
            match letter {
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                letter if letter.is_control() => out.push(' '),
                letter => out.push(letter),
            }
            inside = letter != '"' || escaped;
            escaped = letter == '\\' && !escaped;
            continue;
        }
        match letter {
            '"' => inside = true,
            '{' => open.push('}'),
            '[' => open.push(']'),
            '}' | ']' => {
                if open.pop() != Some(letter) {
                    return None;
                }
                let end = out.trim_end().len();
                if out[..end].ends_with(',') {
                    out.truncate(end - 1);
                }
            }
            _ => {}
        }
        out.push(letter);
        if open.is_empty() {
            return Some((out, at + letter.len_utf8()));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde::Deserialize;
    use soundlock_testing::fuzz;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Shots {
        shots: Vec<String>,
    }

    fn read(text: &str) -> Result<Vec<String>, String> {
        value_in::<Shots>(text).map(|found| found.shots).map_err(|faults| faults.join("; "))
    }

    #[test]
    fn the_value_is_found_whatever_stands_around_it() {
        for text in [
            r#"{"shots":["a","b"]}"#,
            "```json\n{\"shots\": [\"a\", \"b\"]}\n```",
            "Here you go {as asked}:\n{\"shots\":[\"a\",\"b\",],}\nI hope [this] helps!",
            "<think>{\"shots\":[\"no\"]} or rather</think>{\"shots\":[\"a\",\"b\"]}",
            "the end of a thought {\"shots\":[]}</think>\n{\"shots\":[\"a\",\"b\"]}",
            "{\"shots\":[\"a\",\"b\"]}\nOnce more: {\"shots\":[\"a\",\"b\"]}",
            "{\"other\":1} {\"shots\":[\"a\",\"b\"]}",
        ] {
            assert_eq!(read(text), Ok(vec!["a".to_owned(), "b".to_owned()]), "{text}");
        }
        assert_eq!(read("{\"shots\":[\"two\nlines, ]\"]}"), Ok(vec!["two\nlines, ]".to_owned()]));
        assert_eq!(read(r#"{"shots":["a \"b\" \\"]}"#), Ok(vec![r#"a "b" \"#.to_owned()]));
    }

    #[test]
    fn what_is_no_value_is_told_apart() {
        for (text, why) in [
            ("I am sorry, I cannot do that.", "no JSON value: `I am sorry"),
            ("<think>hm", "nothing but thinking"),
            (r#"{"shots":["a","#, "no JSON value"),
            (r#"{"takes":["a"]}"#, "does not fit the schema: missing field `shots`"),
            (r#"{"shots":[1]}"#, "does not fit the schema: invalid type"),
            (r#"{"shots":["a"]} {"shots":["b"]}"#, "2 different JSON values"),
        ] {
            let found = read(text).unwrap_err();
            assert!(found.contains(why), "{found}, not {why}");
        }
    }

    #[test]
    fn a_long_or_deep_reply_is_no_trouble() {
        assert!(read(&"{".repeat(200_000)).is_err());
        assert!(read(&"[".repeat(200_000)).is_err());
        assert!(read(&"{\"shots\":".repeat(50_000)).is_err());
        assert!(read(&"prose without end. ".repeat(10_000)).is_err());
        let many = format!("{{\"shots\":[{}]}}", vec!["\"a\""; 50_000].join(","));
        assert_eq!(read(&many).unwrap().len(), 50_000);
    }

    #[test]
    fn no_reply_breaks_us() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/reply");
        fuzz(&corpus, 12, 600, |bytes| {
            let text = String::from_utf8_lossy(bytes);
            let _ = value_in::<Shots>(&text);
            let _ = value_in::<Value>(&text);
        });
    }
}
