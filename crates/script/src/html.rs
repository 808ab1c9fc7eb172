//! What others wrote, as it may stand in the pages that departments write.

use std::fmt::Write as _;

/// `text` between the tags of a page or in an attribute's quotes: nothing in it is markup.
///
/// ```
/// assert_eq!(soundlock_script::html::escaped("<b a='1'>&"), "&lt;b a=&#39;1&#39;&gt;&amp;");
/// ```
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(letter),
        }
    }
    out
}

/// A path with `/` between its parts as an address: everything but plain letters, digits and `-_.~/` by its bytes.
///
/// ```
/// assert_eq!(soundlock_script::html::address("voices/Scene 1 (a).wav"), "voices/Scene%201%20%28a%29.wav");
/// ```
pub fn address(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}
