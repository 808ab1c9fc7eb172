//! Files of weights: which are named, and whether each is what its name says, as far as its beginning tells.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::DiffusionError;

/// The longest header of a safetensors file that is read; those of the largest models have a few hundred KiB.
const LONGEST_HEADER: u64 = 64 << 20;

/// The files of a model by what they are, from the film folder or absolute.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Weights {
    /// All of it in one file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<PathBuf>,
    /// The diffusion model itself; its second stage, of little noise, where it has two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diffusion: Option<PathBuf>,
    /// The first stage, of much noise, of a model with two (Wan 2.2 A14B).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high_noise: Option<PathBuf>,
    /// What reads the words, of Wan: UMT5-XXL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<PathBuf>,
    /// What reads the words, where that is a language model (LTX-2: Gemma 3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub llm: Option<PathBuf>,
    /// What stands between language model and diffusion model (LTX-2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connectors: Option<PathBuf>,
    /// What looks at the first frame (Wan 2.1 I2V).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip_vision: Option<PathBuf>,
    /// What makes pictures of what the diffusion model made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vae: Option<PathBuf>,
    /// The same for sound (LTX-2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audio_vae: Option<PathBuf>,
}

impl Weights {
    /// Those that are named, by role.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let all = [
            ("model", &self.model),
            ("diffusion", &self.diffusion),
            ("high_noise", &self.high_noise),
            ("text", &self.text),
            ("llm", &self.llm),
            ("connectors", &self.connectors),
            ("clip_vision", &self.clip_vision),
            ("vae", &self.vae),
            ("audio_vae", &self.audio_vae),
        ];
        all.into_iter().filter_map(|(role, file)| Some((role, file.as_deref()?)))
    }

    /// Without words no model knows what to make, and stable-diffusion.cpp would make noise of it without an error.
    pub(crate) fn check_named(&self) -> Result<(), DiffusionError> {
        let lacks = |role| Err(DiffusionError::NoWeights { role });
        match self {
            Self { model: Some(_), .. } => Ok(()),
            Self { diffusion: None, .. } => lacks("diffusion"),
            Self { text: None, llm: None, .. } => lacks("text"),
            Self { vae: None, .. } => lacks("vae"),
            _ => Ok(()),
        }
    }

    /// Whether each file that is named is there, is whole as far as it says how long it is, and is of a kind that is read. A relative
    /// name counts from `folder`.
    pub fn check_files(&self, folder: &Path) -> Result<(), DiffusionError> {
        for (role, file) in self.named() {
            check(&folder.join(file)).map_err(|why| DiffusionError::Weights {
                role,
                file: file.to_owned(),
                why,
            })?;
        }
        Ok(())
    }
}

fn check(path: &Path) -> Result<(), String> {
    let cannot = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => "are not there".to_owned(),
        _ => format!("cannot be read ({error})"),
    };
    let about = std::fs::metadata(path).map_err(cannot)?;
    if !about.is_file() {
        return Err("are no file".to_owned());
    }
    let file = File::open(path).map_err(cannot)?;
    let mut head = Vec::new();
    (&file).take(64).read_to_end(&mut head).map_err(cannot)?;
    match head.as_slice() {
        [] => Err("are an empty file".to_owned()),
        // GGUF, and PyTorch's archives, which are read without running what is pickled in them.
        [b'G', b'G', b'U', b'F', ..] | [b'P', b'K', 3, 4, ..] => Ok(()),
        head if head.starts_with(b"version https://git-lfs") => {
            Err("are only a pointer of Git LFS: the file itself was not fetched".to_owned())
        }
        head if head.trim_ascii_start().starts_with(b"<") => {
            Err("are a page of the web: what was fetched is not the file itself".to_owned())
        }
        head => safetensors(head, file, about.len()),
    }
}

/// Whether a safetensors file that begins with `head` and goes on with `rest` is as long as its header says.
fn safetensors(head: &[u8], rest: impl Read, bytes: u64) -> Result<(), String> {
    let unknown = || "are neither GGUF nor safetensors".to_owned();
    let cut = || "end before they are whole: the download broke off".to_owned();
    let (Some(length), Some(b'{')) = (head.first_chunk::<8>(), head.get(8)) else { return Err(unknown()) };
    let length = u64::from_le_bytes(*length);
    if length > LONGEST_HEADER {
        return Err(unknown());
    }
    if length + 8 > bytes {
        return Err(cut());
    }
    let mut header = Vec::new();
    let read = head[8..].chain(rest).take(length).read_to_end(&mut header);
    read.map_err(|error| format!("cannot be read ({error})"))?;
    let header: serde_json::Value = serde_json::from_slice(&header).map_err(|_| unknown())?;
    let tensors = header.as_object().into_iter().flatten();
    let end = tensors.filter_map(|(_, tensor)| tensor["data_offsets"][1].as_u64()).max().unwrap_or(0);
    if end.checked_add(8 + length).is_none_or(|end| end > bytes) { Err(cut()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn safetensors_file(header: &str, data: usize) -> Vec<u8> {
        [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &vec![0; data]].concat()
    }

    #[test]
    fn what_is_no_weights_is_said_before_anything_is_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let header = r#"{"x":{"dtype":"F32","shape":[16],"data_offsets":[0,64]}}"#;
        let long = format!("{header}{}", " ".repeat(500));
        for (bytes, why) in [
            (&b""[..], Some("are an empty file")),
            (b"<!doctype html><title>Sign in</title>", Some("are a page of the web")),
            (
                b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n",
                Some("are only a pointer of Git LFS"),
            ),
            (b"hello", Some("are neither GGUF nor safetensors")),
            (&[0xff; 64], Some("are neither GGUF nor safetensors")),
            (&safetensors_file("{\"broken\"", 64), Some("are neither GGUF nor safetensors")),
            (&safetensors_file(header, 63), Some("end before they are whole")),
            (&safetensors_file(&long, 0)[..100], Some("end before they are whole")),
            (&safetensors_file(r#"{"x":{"data_offsets":[0,18446744073709551615]}}"#, 9), Some("end before")),
            (&safetensors_file(header, 64), None),
            (&safetensors_file(&long, 64), None),
            (b"GGUF\x03\0\0\0", None),
        ] {
            let file = folder.path().join("w");
            std::fs::write(&file, bytes).unwrap();
            let weights = Weights { diffusion: Some("w".into()), ..Weights::default() };
            let said = weights.check_files(folder.path()).err().map(|error| error.to_string());
            match (&said, why) {
                (None, None) => {}
                (Some(said), Some(why)) => assert!(said.contains(why), "`{why}` in {said}"),
                _ => panic!("{said:?} is not {why:?}"),
            }
        }
        let nowhere = Weights { vae: Some("vae.safetensors".into()), ..Weights::default() };
        let said = nowhere.check_files(folder.path()).unwrap_err().to_string();
        assert_eq!(said, "the weights vae.safetensors, named as `vae`, are not there");
        let a_folder = Weights { vae: Some(".".into()), ..Weights::default() };
        assert!(a_folder.check_files(folder.path()).unwrap_err().to_string().ends_with("are no file"));
    }

    #[test]
    fn no_header_breaks_us() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/safetensors");
        soundlock_testing::fuzz(&corpus, 41, 2000, |bytes| {
            let head = &bytes[..bytes.len().min(64)];
            drop(safetensors(head, &bytes[head.len()..], bytes.len() as u64));
        });
    }
}
