//! What must hold of XML before a parser sees it.

/// Elements inside elements; FCPXML of a feature has some twelve. The parser goes as deep as the file does, on the stack.
const DEEPEST: usize = 64;

/// The line of a file, from 1, and why it is not to be parsed; `None` where it may be.
///
/// Markup is followed only as far as it is well formed: behind the first fault the parser does not go either.
pub(super) fn fault(text: &str) -> Option<(usize, String)> {
    let line = |at: usize| text[..at].bytes().filter(|byte| *byte == b'\n').count() + 1;
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(open) = text[at..].find('<').map(|found| at + found) {
        let rest = &text[open..];
        if rest.starts_with("<!ENTITY") {
            return Some((line(open), "it defines entities, which no edit needs".to_owned()));
        }
        let (start, end) = match rest {
            _ if rest.starts_with("<!--") => (4, "-->"),
            _ if rest.starts_with("<![CDATA[") => (9, "]]>"),
            _ if rest.starts_with("<?") => (2, "?>"),
            _ if rest.starts_with("<!") => (2, ""),
            _ => {
                let length = tag_length(rest)?;
                if rest.starts_with("</") {
                    depth = depth.saturating_sub(1);
                } else if !rest[..length].ends_with("/>") {
                    depth += 1;
                }
                if depth > DEEPEST {
                    return Some((
                        line(open),
                        format!("elements lie more than {DEEPEST} deep in each other"),
                    ));
                }
                at = open + length;
                continue;
            }
        };
        // A document type is gone through, not over: entities stand inside it.
        at = open + start + if end.is_empty() { 0 } else { rest[start..].find(end)? + end.len() };
    }
    None
}

/// Bytes of the tag that `text` begins with, its quoted values gone over.
fn tag_length(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            (None, b'>') => return Some(at + 1),
            _ => {}
        }
    }
    None
}
