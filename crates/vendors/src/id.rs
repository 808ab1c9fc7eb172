/// Whether `text` is a UUID in small letters with dashes: it can then stand in an address and name a file.
pub(crate) fn is_id(text: &str) -> bool {
    let dashes = [8, 13, 18, 23];
    let fits = |(at, byte): (usize, u8)| match byte {
        b'-' => dashes.contains(&at),
        b'0'..=b'9' | b'a'..=b'f' => !dashes.contains(&at),
        _ => false,
    };
    text.len() == 36 && text.bytes().enumerate().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_small_and_plain() {
        let id = "0b9d5ac5-3f0f-4f3c-9a57-6a2b6a9d1c11";
        assert!(is_id(id));
        for text in ["", &id.to_uppercase(), &id.replace('-', ""), "../../etc/passwd-----------------xxxx"] {
            assert!(!is_id(text), "{text}");
        }
    }
}
