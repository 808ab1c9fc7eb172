use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{PictureError, child};

/// The FFmpeg programs that are used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tools {
    /// `ffmpeg`.
    pub ffmpeg: PathBuf,
    /// `ffprobe`.
    pub ffprobe: PathBuf,
    /// What `ffmpeg` says of its version: `5.1.9-0+deb12u1`.
    pub version: String,
    /// Whether `ffmpeg` was built with the better of its two resamplers.
    pub soxr: bool,
}

/// What media may ask of us before it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest side in pixels.
    pub side: u32,
    /// Longest video in frames.
    pub frames: u32,
    /// Longest sound in seconds.
    pub sound_secs: u32,
    /// Seconds without a sign of life after which a child is ended.
    pub timeout_secs: u64,
}

impl Limits {
    /// Limits for takes and recordings: 8K, 3 hours at 60 fps, 4 hours of sound, two minutes without a sign of life.
    pub const GENEROUS: Self = Self { side: 8192, frames: 648_000, sound_secs: 14_400, timeout_secs: 120 };
}

/// Containers that are read. What is missing is missing on purpose: playlists and scripts (`hls`, `dash`, `concat`,
/// `image2`, `lavfi`, `sdp`) make FFmpeg open other files, devices or the network.
const CONTAINERS: &str = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,h264,hevc,m4v,obu,ivf,av1,\
    mxf,flv,asf,nut,yuv4mpegpipe,gif,apng,png_pipe,jpeg_pipe,webp_pipe,bmp_pipe,tiff_pipe,exr_pipe,\
    wav,w64,flac,mp3,ogg,aac,aiff,caf,au,ac3,eac3,amr,wv,tta,ape";

impl Tools {
    /// The programs of these names (looked for on the PATH) or paths; run once to see their version.
    pub fn find(ffmpeg: &str, ffprobe: &str) -> Result<Self, PictureError> {
        let configured = version_text(ffmpeg)?;
        version_text(ffprobe)?;
        Ok(Self {
            ffmpeg: ffmpeg.into(),
            ffprobe: ffprobe.into(),
            version: version_word(&configured).unwrap_or_default().to_owned(),
            soxr: configured.contains("--enable-libsoxr"),
        })
    }

    /// Names of the encoders that this FFmpeg has: `libx264`, `aac`, `prores_ks` …
    pub fn encoders(&self) -> Result<BTreeSet<String>, PictureError> {
        let mut command = self.ffmpeg();
        command.arg("-encoders");
        let (_, listed) = child::run(command, &self.ffmpeg, 1 << 20, &Limits::GENEROUS)?;
        Ok(encoder_names(&String::from_utf8_lossy(&listed)))
    }

    /// `ffmpeg` that says nothing but errors and asks nothing.
    pub(crate) fn ffmpeg(&self) -> Command {
        let mut command = Command::new(&self.ffmpeg);
        command.args(["-nostdin", "-hide_banner", "-v", "error"]);
        command
    }
}

/// What has to stand before the name of a file that nobody vouches for.
pub(crate) const INPUT: [&str; 4] = ["-protocol_whitelist", "file", "-format_whitelist", CONTAINERS];

/// `file` so that FFmpeg takes `-x.mp4`, `http:x.mp4` and `concat:x` for names of files.
pub(crate) fn url(file: &Path) -> OsString {
    let mut url = OsString::from("file:");
    url.push(file);
    url
}

/// That `file` is a file with something in it: a pipe would let us wait forever, a folder has many meanings.
pub(crate) fn check_readable(file: &Path) -> Result<(), PictureError> {
    let malformed = |why: &str| PictureError::Malformed { file: file.to_owned(), why: why.to_owned() };
    let metadata = file.metadata().map_err(|source| PictureError::Io { file: file.to_owned(), source })?;
    match (metadata.is_file(), metadata.len()) {
        (false, _) => Err(malformed("is not a file")),
        (true, 0) => Err(malformed("is empty (0 bytes)")),
        (true, _) => Ok(()),
    }
}

fn version_text(program: &str) -> Result<String, PictureError> {
    let mut command = Command::new(program);
    command.arg("-version");
    let limits = Limits { timeout_secs: 30, ..Limits::GENEROUS };
    let (_, said) = child::run(command, Path::new(program), 1 << 20, &limits)?;
    let text = String::from_utf8_lossy(&said).into_owned();
    match version_word(&text) {
        Some(version) if is_new_enough(version) => Ok(text),
        found => {
            let found = found.unwrap_or("not FFmpeg's").to_owned();
            Err(PictureError::TooOld { program: program.to_owned(), found })
        }
    }
}

/// The third word of `ffmpeg version 5.1.9-0+deb12u1 Copyright …`.
fn version_word(text: &str) -> Option<&str> {
    let mut words = text.lines().next()?.split_whitespace().skip(1);
    (words.next()? == "version").then(|| words.next()).flatten()
}

/// Releases count from 5.1; what is built from the repository (`N-118…`, `git-2026-…`) carries no number and is new.
fn is_new_enough(version: &str) -> bool {
    let numbers = version.trim_start_matches('n');
    let mut parts = numbers.split(|c: char| !c.is_ascii_digit());
    let Some(major) = parts.next().and_then(|part| part.parse::<u32>().ok()) else {
        return version.starts_with("N-") || version.starts_with("git");
    };
    let minor = parts.next().and_then(|part| part.parse::<u32>().ok()).unwrap_or(0);
    (major, minor) >= (5, 1)
}

/// The second word of ` V....D libx264  libx264 H.264 …`, below the line of dashes.
fn encoder_names(listed: &str) -> BTreeSet<String> {
    let rows = listed.lines().skip_while(|line| !line.trim_start().starts_with("---")).skip(1);
    rows.filter_map(|row| row.split_whitespace().nth(1)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared() {
        for (version, enough) in [
            ("5.1.9-0+deb12u1", true),
            ("5.1", true),
            ("n7.1", true),
            ("8.0.1", true),
            ("N-118123-gabcdef", true),
            ("git-2026-01-01", true),
            ("2025-02-01-git-3e1ae9", true),
            ("5.0.3", false),
            ("4.4.2-0ubuntu0.22.04.1", false),
            ("", false),
        ] {
            assert_eq!(is_new_enough(version), enough, "{version}");
        }
    }

    #[test]
    fn programs_that_are_not_there_or_not_ffmpeg_are_named() {
        let missing = Tools::find("no-such-ffmpeg", "ffprobe").unwrap_err();
        assert!(matches!(missing, PictureError::NoProgram { ref program } if program == "no-such-ffmpeg"));
        let other = Tools::find("true", "ffprobe").unwrap_err();
        assert!(matches!(other, PictureError::TooOld { .. }), "{other}");
    }

    #[test]
    fn encoders_are_listed() {
        let encoders = Tools::find("ffmpeg", "ffprobe").unwrap().encoders().unwrap();
        assert!(encoders.contains("aac") && encoders.contains("rawvideo"), "{encoders:?}");
        assert!(!encoders.contains("="), "{encoders:?}");
    }
}
