use std::path::{Path, PathBuf};

use serde::Serialize;
use soundlock_picture::{Limits, Tools, encode_aac};
use soundlock_vault::{Hash, Step};

use crate::DeliverError;

/// Bits a second that festivals ask for at least.
pub const AAC_BITRATE: u32 = 320_000;

/// The mix, encoded for the MP4. Its key is the mix alone, so a shot that changes never encodes sound again.
#[derive(Debug, Clone)]
pub struct Aac<'a> {
    /// BLAKE3 of the mix.
    pub hash: Hash,
    /// The mix as WAV.
    pub wav: PathBuf,
    /// Bits a second; [`AAC_BITRATE`] is usual.
    pub bitrate: u32,
    /// The programs that encode.
    pub tools: &'a Tools,
    /// How long they may do nothing.
    pub limits: &'a Limits,
}

impl Step for Aac<'_> {
    type Error = DeliverError;
    const VERSION: (&'static str, u32) = ("aac", 1);
    const EXTENSION: &'static str = "mp4";

    fn inputs(&self) -> impl Serialize {
        #[derive(Serialize)]
        struct Inputs<'a> {
            mix: Hash,
            bitrate: u32,
            ffmpeg: &'a str,
        }
        Inputs { mix: self.hash, bitrate: self.bitrate, ffmpeg: &self.tools.version }
    }

    fn make(&self, file: &Path) -> Result<(), DeliverError> {
        Ok(encode_aac(self.tools, &self.wav, self.bitrate, file, self.limits)?)
    }
}
