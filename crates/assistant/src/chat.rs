//! The chat protocol: what is sent, and what comes back, whole or word by word.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::context::{Learned, Model, SchemaMode};

/// Letters of an answer that are read. The longest that any question needs is a few pages of script.
pub(crate) const LONGEST_REPLY: usize = 400_000;

/// A message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Message {
    pub(crate) role: &'static str,
    pub(crate) content: String,
}

/// Tokens that a server says it read and wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens read.
    #[serde(rename = "tokens_in")]
    pub read: u64,
    /// Tokens written, thinking counted in.
    #[serde(rename = "tokens_out")]
    pub written: u64,
}

/// What a model said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Spoken {
    /// Its words.
    pub(crate) text: String,
    /// What the server calls it; empty where it does not say.
    pub(crate) model: String,
    /// What the server counted.
    pub(crate) usage: Option<Usage>,
    /// Why it cannot be used, a clause that begins with a verb; empty where it can.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) fault: String,
}

/// The question as it is sent.
pub(crate) fn body(
    model: &Model,
    learned: Learned,
    messages: &[Message],
    name: &str,
    schema: &Value,
) -> Value {
    let mut messages: Vec<Value> = messages.iter().map(|message| json!(message)).collect();
    if learned.schema != SchemaMode::JsonSchema
        && let Some(Value::String(first)) = messages.first_mut().and_then(|first| first.get_mut("content"))
    {
        let _ = write!(
            first,
            "\n\nAnswer with one JSON value and nothing else, no fences and no words around it. It fits this JSON \
             schema:\n{schema}"
        );
    }
    let mut body = json!({ "model": model.name, "messages": messages, "stream": model.stream });
    let most = if learned.completion_tokens { "max_completion_tokens" } else { "max_tokens" };
    body[most] = model.max_tokens.into();
    if model.stream {
        body["stream_options"] = json!({ "include_usage": true });
    }
    match learned.schema {
        SchemaMode::JsonSchema => {
            let schema = json!({ "name": name, "strict": true, "schema": schema });
            body["response_format"] = json!({ "type": "json_schema", "json_schema": schema });
        }
        SchemaMode::JsonObject => body["response_format"] = json!({ "type": "json_object" }),
        SchemaMode::Words => {}
    }
    body
}

/// The most bytes that an answer may have: a token is a word of a few letters, and in a stream each comes in an event of
/// its own.
pub(crate) fn most_bytes(model: &Model) -> u64 {
    let token = if model.stream { 1024 } else { 64 };
    (1 << 18) + token * u64::from(model.max_tokens)
}

/// Reads an answer, whichever way it was sent; a clause that begins with a verb where it is none.
pub(crate) fn read(bytes: &[u8]) -> Result<Spoken, String> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err("is empty".to_owned());
    }
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with('{') {
        let value: Value = serde_json::from_str(text).map_err(|_| "is broken JSON".to_owned())?;
        return read_whole(&value);
    }
    if text.starts_with('<') {
        return Err("is an HTML page, no answer of a model".to_owned());
    }
    if ["data:", "event:", "id:", ":", "retry:"].iter().any(|field| text.starts_with(field)) {
        return read_stream(text);
    }
    Err(format!("is no answer of the chat protocol: `{}`", start_of(text)))
}

fn read_whole(value: &Value) -> Result<Spoken, String> {
    refused(value)?;
    let choice = value.pointer("/choices/0").ok_or("has no choices")?;
    let message = choice.get("message").ok_or("has no message")?;
    let mut spoken = Spoken { model: model_of(value), usage: usage_of(value), ..Spoken::default() };
    spoken.text = words_of(message.get("content"));
    finish(&mut spoken, choice.get("finish_reason").and_then(Value::as_str), message.get("refusal"));
    Ok(spoken)
}

fn read_stream(text: &str) -> Result<Spoken, String> {
    let (mut spoken, mut reason, mut refusal, mut ended) = (Spoken::default(), None, String::new(), false);
    for (number, line) in text.lines().enumerate() {
        // Other fields and comments keep the connection alive.
        let Some(data) = line.strip_prefix("data:").map(str::trim) else { continue };
        if data == "[DONE]" {
            ended = true;
            break;
        }
        let event: Value = serde_json::from_str(data)
            .map_err(|_| format!("has broken JSON on line {} of its stream", number + 1))?;
        refused(&event)?;
        if spoken.model.is_empty() {
            spoken.model = model_of(&event);
        }
        spoken.usage = usage_of(&event).or(spoken.usage);
        let Some(choice) = event.pointer("/choices/0") else { continue };
        let delta = choice.get("delta").or_else(|| choice.get("message"));
        spoken.text.push_str(&words_of(delta.and_then(|delta| delta.get("content"))));
        refusal.push_str(&words_of(delta.and_then(|delta| delta.get("refusal"))));
        reason = choice.get("finish_reason").and_then(Value::as_str).map(str::to_owned).or(reason);
    }
    if !ended && reason.is_none() {
        return Err("broke off before its end".to_owned());
    }
    finish(&mut spoken, reason.as_deref(), Some(&Value::String(refusal)));
    Ok(spoken)
}

/// Notes why what was said cannot be used.
fn finish(spoken: &mut Spoken, reason: Option<&str>, refusal: Option<&Value>) {
    let refusal = refusal.and_then(Value::as_str).filter(|words| !words.trim().is_empty());
    spoken.fault = match (reason, refusal) {
        (_, Some(words)) => format!("refuses: `{}`", start_of(words)),
        (Some("content_filter"), _) => "was held back by the server's filter".to_owned(),
        (Some("length"), _) => "was cut off at max_tokens".to_owned(),
        _ if spoken.text.trim().is_empty() => "says nothing".to_owned(),
        _ if spoken.text.len() > LONGEST_REPLY => {
            format!("has {} bytes, more than anything that was asked for takes", spoken.text.len())
        }
        _ => String::new(),
    };
}

/// A server that found something wrong may say so in an answer that is none.
fn refused(value: &Value) -> Result<(), String> {
    let Some(error) = value.get("error").filter(|error| !error.is_null()) else { return Ok(()) };
    let words = error.get("message").unwrap_or(error);
    let words = words.as_str().map_or_else(|| words.to_string(), str::to_owned);
    Err(format!("is an error: `{}`", start_of(&words)))
}

/// Text, or the text parts of a list of parts.
fn words_of(content: Option<&Value>) -> String {
    match content {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => {
            parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str)).collect()
        }
        _ => String::new(),
    }
}

fn model_of(value: &Value) -> String {
    let name = value.get("model").and_then(Value::as_str).unwrap_or_default();
    name.chars().filter(|letter| !letter.is_control()).take(100).collect()
}

fn usage_of(value: &Value) -> Option<Usage> {
    let usage = value.get("usage")?;
    let count = |name: &str| usage.get(name).and_then(Value::as_u64);
    Some(Usage { read: count("prompt_tokens")?, written: count("completion_tokens").unwrap_or(0) })
}

/// The start of a text on one line, as a message shows it.
pub(crate) fn start_of(text: &str) -> String {
    const SHOWN: usize = 80;
    let line = text.split(|letter: char| letter.is_whitespace() || letter.is_control());
    let line = line.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let start: String = line.chars().take(SHOWN).collect();
    if start.len() < line.len() { start + "…" } else { start }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use soundlock_testing::fuzz;

    use super::*;

    fn said(text: &str) -> Result<Spoken, String> {
        read(text.as_bytes())
    }

    #[test]
    fn the_same_words_come_whole_and_word_by_word() {
        let whole = said(
            r#"{"model":"m","choices":[{"message":{"content":"Wait, 가."},"finish_reason":"stop"}],
                "usage":{"prompt_tokens":7,"completion_tokens":3}}"#,
        );
        let streamed = said(
            ": keep alive\r\n\r\ndata: {\"model\":\"m\",\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"Wa\"}}]}\r\n\
             \r\ndata:{\"choices\":[{\"delta\":{\"content\":\"it, 가.\"},\"finish_reason\":null}]}\n\n\
             data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n\
             data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}\n\ndata: [DONE]\n\n",
        );
        let (read, written) = (7, 3);
        let expected = Spoken {
            text: "Wait, 가.".to_owned(),
            model: "m".to_owned(),
            usage: Some(Usage { read, written }),
            fault: String::new(),
        };
        assert_eq!(whole.as_ref(), Ok(&expected));
        assert_eq!(streamed.as_ref(), Ok(&expected));
        let parts =
            said(r#"{"choices":[{"message":{"content":[{"type":"text","text":"a"},{"text":"b"}]}}]}"#);
        assert_eq!(parts.unwrap().text, "ab");
    }

    #[test]
    fn what_is_no_answer_is_told_apart() {
        for (text, why) in [
            ("", "is empty"),
            ("  \n", "is empty"),
            ("Sure! Here you go", "is no answer of the chat protocol: `Sure! Here you go`"),
            ("<!doctype html><p>Sign in", "is an HTML page"),
            (r#"{"choices":[{"mess"#, "is broken JSON"),
            (r#"{"choices":[]}"#, "has no choices"),
            (r#"{"choices":[{"text":"old"}]}"#, "has no message"),
            (r#"{"error":{"message":"overloaded","code":1}}"#, "is an error: `overloaded`"),
            ("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n", "broke off before its end"),
            ("data: {\"choices\":[{\"delta\n\ndata: [DONE]\n", "broken JSON on line 1"),
            ("data: {\"error\":\"gone\"}\n", "is an error: `gone`"),
        ] {
            let found = said(text).unwrap_err();
            assert!(found.contains(why), "{found}, not {why}");
        }
    }

    #[test]
    fn what_cannot_be_used_keeps_what_it_cost() {
        let answer = |content: &str, reason: &str| {
            json!({ "choices": [{ "message": { "content": content }, "finish_reason": reason }],
                    "usage": { "prompt_tokens": 1, "completion_tokens": 2 } })
            .to_string()
        };
        for (text, why) in [
            (answer("{", "length"), "cut off at max_tokens"),
            (answer("", "content_filter"), "filter"),
            (answer("", "stop"), "says nothing"),
            (answer(&"x".repeat(LONGEST_REPLY + 1), "stop"), "more than anything"),
            (r#"{"choices":[{"message":{"content":null,"refusal":"I cannot"}}],"usage":{"prompt_tokens":1}}"#.into(), "refuses: `I cannot`"),
        ] {
            let spoken = said(&text).unwrap();
            assert!(spoken.fault.contains(why) && spoken.usage.is_some(), "{spoken:?}, not {why}");
        }
    }

    #[test]
    fn no_answer_breaks_us() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/stream");
        fuzz(&corpus, 11, 400, |bytes| {
            if let Ok(spoken) = read(bytes) {
                assert!(!spoken.fault.is_empty() || !spoken.text.trim().is_empty());
            }
        });
    }
}
