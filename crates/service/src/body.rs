use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Bytes of a file that are read at once to be written as base64: a multiple of three, so that nothing is carried over.
const BLOCK_BYTES: usize = 3 << 13;

/// What is sent along with a question. Files are read from the disk while it is sent, so it is small however long they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Body {
    pub(crate) mime: String,
    pieces: Vec<Piece>,
}

/// A stretch of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece(Kind, u64);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Bytes(Vec<u8>),
    File(PathBuf),
    Base64(PathBuf),
}

/// A field of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field<'a> {
    /// Words.
    Text {
        /// Its name.
        name: &'a str,
        /// What it says.
        text: &'a str,
    },
    /// A file.
    File {
        /// Its name.
        name: &'a str,
        /// Where its bytes lie.
        path: &'a Path,
        /// What the file is called there.
        file_name: &'a str,
        /// What it is: `image/png`.
        mime: &'a str,
    },
}

impl Body {
    /// Nothing.
    pub fn none() -> Self {
        Self::default()
    }

    /// JSON.
    pub fn json(text: &str) -> Self {
        Self::of("application/json", vec![Piece::text(text)])
    }

    /// Pieces one after the other.
    pub fn of(mime: &str, pieces: Vec<Piece>) -> Self {
        Self { mime: mime.to_owned(), pieces }
    }

    /// A form as browsers send it (RFC 7578). `boundary` parts its fields and must occur in none of them.
    pub fn form(fields: &[Field<'_>], boundary: &str) -> io::Result<Self> {
        let mut pieces = Vec::new();
        for field in fields {
            let named = |name: &str| {
                format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"", quoted(name))
            };
            match field {
                Field::Text { name, text } => {
                    pieces.push(Piece::text(&format!("{}\r\n\r\n{text}\r\n", named(name))));
                }
                Field::File { name, path, file_name, mime } => {
                    let (head, file) = (named(name), quoted(file_name));
                    pieces.push(Piece::text(&format!(
                        "{head}; filename=\"{file}\"\r\nContent-Type: {mime}\r\n\r\n"
                    )));
                    pieces.push(Piece::file(path)?);
                    pieces.push(Piece::text("\r\n"));
                }
            }
        }
        pieces.push(Piece::text(&format!("--{boundary}--\r\n")));
        Ok(Self::of(&format!("multipart/form-data; boundary={boundary}"), pieces))
    }

    /// Whether nothing is sent.
    pub(crate) fn is_none(&self) -> bool {
        self.pieces.is_empty()
    }

    /// How many bytes are sent.
    pub(crate) fn length(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.1).sum()
    }

    pub(crate) fn reader(&self) -> BodyReader<'_> {
        BodyReader {
            pieces: self.pieces.iter(),
            now: None,
            encode: false,
            block: Vec::new(),
            at: 0,
            left: self.length(),
        }
    }
}

impl Piece {
    /// Words.
    pub fn text(text: &str) -> Self {
        Self(Kind::Bytes(text.as_bytes().to_vec()), text.len() as u64)
    }

    /// A file as it is.
    pub fn file(path: &Path) -> io::Result<Self> {
        Ok(Self(Kind::File(path.to_owned()), path.metadata()?.len()))
    }

    /// A file as base64, with padding and without line ends.
    pub fn base64(path: &Path) -> io::Result<Self> {
        Ok(Self(Kind::Base64(path.to_owned()), path.metadata()?.len().div_ceil(3) * 4))
    }
}

/// A name as it stands between quotes (WHATWG HTML, multipart form data).
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

/// Reads a body piece by piece. A file that has changed its length meanwhile is an error.
pub(crate) struct BodyReader<'a> {
    pieces: std::slice::Iter<'a, Piece>,
    now: Option<Box<dyn Read + 'a>>,
    encode: bool,
    block: Vec<u8>,
    at: usize,
    left: u64,
}

impl Read for BodyReader<'_> {
    fn read(&mut self, place: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.at < self.block.len() {
                let count = place.len().min(self.block.len() - self.at);
                place[..count].copy_from_slice(&self.block[self.at..self.at + count]);
                self.at += count;
                self.left = self.left.saturating_sub(count as u64);
                return Ok(count);
            }
            if !self.next_block()? && !self.next_piece()? {
                let whole = self.left == 0;
                return if whole { Ok(0) } else { Err(io::Error::other("a file became shorter")) };
            }
        }
    }
}

impl BodyReader<'_> {
    fn next_block(&mut self) -> io::Result<bool> {
        let Some(now) = &mut self.now else { return Ok(false) };
        let mut bytes = Vec::with_capacity(BLOCK_BYTES);
        now.by_ref().take(BLOCK_BYTES as u64).read_to_end(&mut bytes)?;
        let more = !bytes.is_empty();
        self.block = if self.encode { STANDARD.encode(&bytes).into_bytes() } else { bytes };
        self.at = 0;
        Ok(more)
    }

    fn next_piece(&mut self) -> io::Result<bool> {
        let Some(Piece(kind, length)) = self.pieces.next() else { return Ok(false) };
        self.encode = matches!(kind, Kind::Base64(_));
        self.now = Some(match kind {
            Kind::Bytes(bytes) => Box::new(bytes.as_slice()),
            Kind::File(path) => Box::new(whole(path, *length)?),
            Kind::Base64(path) => Box::new(whole(path, length / 4 * 3)?),
        });
        Ok(true)
    }
}

/// The file, no longer than it was when the body was made.
fn whole(path: &Path, most_bytes: u64) -> io::Result<io::Take<File>> {
    Ok(File::open(path)?.take(most_bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &Body) -> Vec<u8> {
        let mut bytes = Vec::new();
        body.reader().read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes.len() as u64, body.length());
        bytes
    }

    #[test]
    fn files_go_along_as_they_are_and_as_base64() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("still.png");
        for length in [0, 1, 2, 3, BLOCK_BYTES - 1, BLOCK_BYTES, 3 * BLOCK_BYTES + 1] {
            let bytes: Vec<u8> = (0..length).map(|at| (at * 7) as u8).collect();
            std::fs::write(&path, &bytes).unwrap();
            let body = Body::of(
                "application/json",
                vec![Piece::text("{\"image\":\""), Piece::base64(&path).unwrap(), Piece::text("\"}")],
            );
            let text = String::from_utf8(read(&body)).unwrap();
            let inside = text.strip_prefix("{\"image\":\"").unwrap().strip_suffix("\"}").unwrap();
            assert_eq!(STANDARD.decode(inside).unwrap(), bytes, "{length}");
            let as_is = Body::of("image/png", vec![Piece::file(&path).unwrap()]);
            assert_eq!(read(&as_is), bytes);
        }
        assert!(Piece::file(&folder.path().join("none")).is_err());
        assert!(read(&Body::none()).is_empty() && Body::none().is_none());
    }

    #[test]
    fn a_form_has_its_fields_and_no_name_breaks_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, b"PNG").unwrap();
        let fields = [
            Field::Text { name: "prompt", text: "rain\r\n" },
            Field::File { name: "a\"\r\nx: y", path: &path, file_name: "still.png", mime: "image/png" },
        ];
        let body = Body::form(&fields, "b7").unwrap();
        assert_eq!(body.mime, "multipart/form-data; boundary=b7");
        assert_eq!(
            String::from_utf8(read(&body)).unwrap(),
            "--b7\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\nrain\r\n\r\n--b7\r\n\
             Content-Disposition: form-data; name=\"a%22%0D%0Ax: y\"; filename=\"still.png\"\r\n\
             Content-Type: image/png\r\n\r\nPNG\r\n--b7--\r\n"
        );
    }
}
