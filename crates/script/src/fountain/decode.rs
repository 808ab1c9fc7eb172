//! Bytes to text, whatever they are, with the way back from a place in the text to the byte in the file.

/// A file's text and where each part of it stood.
pub(super) struct Decoded {
    /// The text, without byte order mark. What could not be read stands as U+FFFD.
    pub text: String,
    /// How the bytes were read, and where that went wrong first (byte in the file).
    pub trouble: Option<Trouble>,
    offsets: Offsets,
}

/// Why a file is not plain UTF-8.
#[derive(Clone, Copy)]
pub(super) enum Trouble {
    /// It is UTF-16, said by its byte order mark.
    Utf16,
    /// Bytes that are not UTF-8, from here.
    Invalid(usize),
}

/// Way back from text to file.
enum Offsets {
    /// The text is the file's bytes from here on.
    Shifted(usize),
    /// Places in the text and the file, ascending; between two of them both advance alike, or nothing stands between.
    Listed(Vec<(usize, usize)>),
}

impl Decoded {
    /// Reads `bytes` as UTF-8, or as UTF-16 where a mark says so. Never fails.
    pub(super) fn read(bytes: &[u8]) -> Self {
        match bytes {
            [0xff, 0xfe, rest @ ..] => read_utf16(rest, u16::from_le_bytes),
            [0xfe, 0xff, rest @ ..] => read_utf16(rest, u16::from_be_bytes),
            [0xef, 0xbb, 0xbf, rest @ ..] => read_utf8(rest, 3),
            _ => read_utf8(bytes, 0),
        }
    }

    /// The byte in the file of a place in the text.
    pub(super) fn byte(&self, text_at: usize) -> usize {
        match &self.offsets {
            Offsets::Shifted(by) => text_at + by,
            Offsets::Listed(places) => {
                let after = places.partition_point(|&(text, _)| text <= text_at);
                let (text, byte) = places[after.saturating_sub(1)];
                byte + (text_at - text)
            }
        }
    }
}

fn read_utf8(bytes: &[u8], skipped: usize) -> Decoded {
    match std::str::from_utf8(bytes) {
        Ok(text) => Decoded { text: text.to_owned(), trouble: None, offsets: Offsets::Shifted(skipped) },
        Err(error) => read_broken_utf8(bytes, skipped, error.valid_up_to()),
    }
}

fn read_broken_utf8(bytes: &[u8], skipped: usize, first_bad: usize) -> Decoded {
    let (mut text, mut places, mut byte) = (String::with_capacity(bytes.len()), Vec::new(), skipped);
    for chunk in bytes.utf8_chunks() {
        places.push((text.len(), byte));
        text.push_str(chunk.valid());
        byte += chunk.valid().len();
        if !chunk.invalid().is_empty() {
            places.push((text.len(), byte));
            text.push(char::REPLACEMENT_CHARACTER);
            byte += chunk.invalid().len();
        }
    }
    places.push((text.len(), byte));
    Decoded { text, trouble: Some(Trouble::Invalid(skipped + first_bad)), offsets: Offsets::Listed(places) }
}

fn read_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Decoded {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let (mut text, mut places, mut byte) = (String::new(), Vec::new(), 2);
    for read in char::decode_utf16(pairs.iter().map(|&pair| unit(pair))) {
        let char = read.unwrap_or(char::REPLACEMENT_CHARACTER);
        places.push((text.len(), byte));
        byte += 2 * char.len_utf16();
        text.push(char);
    }
    if !odd.is_empty() {
        places.push((text.len(), byte));
        byte += 1;
        text.push(char::REPLACEMENT_CHARACTER);
    }
    places.push((text.len(), byte));
    Decoded { text, trouble: Some(Trouble::Utf16), offsets: Offsets::Listed(places) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_leads_back_to_its_byte() {
        let check = |bytes: &[u8], text: &str, find: &str, byte: usize| {
            let decoded = Decoded::read(bytes);
            assert_eq!(decoded.text, text);
            assert_eq!(decoded.byte(text.find(find).unwrap()), byte, "{text}");
            assert_eq!(decoded.byte(text.len()), bytes.len(), "{text}");
        };
        check("가나".as_bytes(), "가나", "나", 3);
        check("\u{feff}가나".as_bytes(), "가나", "나", 6);
        check(b"a\xff\xfeb", "a\u{fffd}\u{fffd}b", "b", 3);
        check(b"\xff\xfea\0\x00\xacb\0", "a가b", "b", 6);
        check(b"\xfe\xff\0a\xac\0\0b!", "a가b\u{fffd}", "b", 6);
    }
}
