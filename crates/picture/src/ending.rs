use std::fs::File;
use std::io::Read;
use std::path::Path;

/// How the name of a clip usually ends, by its first bytes: `mp4`, `mov`, `webm`; `None` where they are of no known kind.
///
/// Programs for cutting go by the name: a `WebM` file called `.mp4` is refused by some.
pub fn usual_ending(file: &Path) -> Option<&'static str> {
    let mut head = Vec::new();
    File::open(file).ok()?.take(64).read_to_end(&mut head).ok()?;
    let part = |from: usize, to: usize| head.get(from..to).unwrap_or_default();
    // The document type stands near the start of the header, in plain letters.
    let is_webm = || head.windows(4).any(|letters| letters == b"webm");
    match (part(0, 4), part(4, 8), part(8, 12)) {
        (_, b"ftyp", b"qt  ") => Some("mov"),
        (_, b"ftyp", _) => Some("mp4"),
        (b"\x1a\x45\xdf\xa3", ..) => Some(if is_webm() { "webm" } else { "mkv" }),
        (b"RIFF", _, b"AVI ") => Some("avi"),
        (b"RIFF", _, b"WEBP") => Some("webp"),
        (b"GIF8", ..) => Some("gif"),
        (b"\x89PNG", ..) => Some("png"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_is_named_as_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let tools = crate::Tools::find("ffmpeg", "ffprobe").unwrap();
        for (ending, codec) in [
            ("mp4", "mpeg4"),
            ("mov", "mpeg4"),
            ("webm", "libvpx"),
            ("mkv", "mpeg4"),
            ("avi", "mpeg4"),
            ("gif", "gif"),
        ] {
            let file = folder.path().join(format!("clip.{ending}"));
            let made = tools
                .ffmpeg()
                .args(["-f", "lavfi", "-i", "testsrc2=size=64x64:rate=24", "-frames:v", "2", "-c:v", codec])
                .arg(&file)
                .output();
            assert!(made.unwrap().status.success(), "{ending}");
            assert_eq!(usual_ending(&file), Some(ending));
        }
        let file = folder.path().join("page");
        for bytes in [&b""[..], b"<html>", b"\x1a", b"RIFF\0\0\0\0WAVE"] {
            std::fs::write(&file, bytes).unwrap();
            assert_eq!(usual_ending(&file), None);
        }
        assert_eq!(usual_ending(&folder.path().join("none")), None);
    }
}
