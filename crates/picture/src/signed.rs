use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// The box in which MP4 files carry a signed record of where they come from.
const RECORD: [u8; 16] =
    [0xd8, 0xfe, 0xc3, 0xd6, 0x1b, 0x0e, 0x48, 0x3c, 0x92, 0x97, 0x58, 0x28, 0x87, 0x7e, 0xc4, 0x81];
/// Boxes that are looked at: a film that is not made to tire us has a few.
const MOST_BOXES: usize = 10_000;

/// Whether an MP4 carries a signed record of where it comes from (C2PA). The record is not checked; a file that is no MP4
/// has none.
///
/// Source: C2PA specification 2.1, A.5 (a `uuid` box on the file's first level).
pub fn is_signed(file: &Path) -> bool {
    File::open(file).and_then(|mut opened| has_record(&mut opened)).unwrap_or(false)
}

fn has_record(file: &mut File) -> io::Result<bool> {
    let length = file.metadata()?.len();
    let mut at = 0;
    for _ in 0..MOST_BOXES {
        let Some(found) = Mp4Box::read(file, at, length)? else { return Ok(false) };
        if found.is_record {
            return Ok(true);
        }
        at += found.bytes;
    }
    Ok(false)
}

struct Mp4Box {
    is_record: bool,
    bytes: u64,
}

impl Mp4Box {
    /// The box that begins at `at`; `None` where none does.
    fn read(file: &mut File, at: u64, length: u64) -> io::Result<Option<Self>> {
        file.seek(SeekFrom::Start(at))?;
        let mut head = Vec::new();
        file.take(32).read_to_end(&mut head)?;
        let number = |from: usize, to: usize| {
            let bytes = head.get(from..to)?;
            Some(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
        };
        let (bytes, start) = match (number(0, 4), number(8, 16)) {
            (Some(0), _) => (length - at, 8),
            (Some(1), Some(large)) => (large, 16),
            (Some(small), _) => (small, 8),
            (None, _) => return Ok(None),
        };
        let is_record = head.get(4..8) == Some(b"uuid") && head.get(start..start + 16) == Some(&RECORD);
        let fits = bytes >= 8 && at.checked_add(bytes).is_some_and(|end| end <= length);
        Ok(fits.then_some(Self { is_record, bytes }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mp4_box(kind: &str, body: &[u8]) -> Vec<u8> {
        let length = (8 + body.len()) as u32;
        [&length.to_be_bytes()[..], kind.as_bytes(), body].concat()
    }

    fn large_box(kind: &str, body: &[u8]) -> Vec<u8> {
        let length = (16 + body.len()) as u64;
        [&1_u32.to_be_bytes()[..], kind.as_bytes(), &length.to_be_bytes(), body].concat()
    }

    #[test]
    fn a_record_is_found_wherever_it_stands_and_nothing_else_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("take.mp4");
        let check = |bytes: &[u8], signed: bool| {
            std::fs::write(&file, bytes).unwrap();
            assert_eq!(is_signed(&file), signed, "{bytes:?}");
        };
        let start = mp4_box("ftyp", b"isom");
        let media = mp4_box("mdat", &[7; 100]);
        let record = mp4_box("uuid", &[&RECORD[..], b"manifest"].concat());
        let large = large_box("uuid", &[&RECORD[..], b"manifest"].concat());
        let last = [&0_u32.to_be_bytes()[..], b"uuid", &RECORD].concat();
        check(&[&start[..], &record, &media].concat(), true);
        check(&[&start[..], &media, &large].concat(), true);
        check(&[&start[..], &media, &last].concat(), true);
        check(&[&start[..], &media].concat(), false);
        check(&[&start[..], &mp4_box("uuid", &[1; 24])].concat(), false);
        // What only lies inside another box is none of the file's.
        check(&[&start[..], &mp4_box("mdat", &record)].concat(), false);
        for broken in [&b""[..], b"uuid", &record[..20], &[0, 0, 0, 3, b'f', b't', b'y', b'p'], &[0xff; 64]] {
            check(broken, false);
        }
        assert!(!is_signed(&folder.path().join("none.mp4")));
    }
}
