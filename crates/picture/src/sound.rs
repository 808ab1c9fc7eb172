use std::path::{Path, PathBuf};

use soundlock_time::SampleRate;

use crate::child::Child;
use crate::own_file::OwnFile;
use crate::tools::{INPUT, check_readable, url};
use crate::{Limits, PictureError, Tools, probe};

/// Sound of a file at an asked rate and number of channels, block after block.
#[derive(Debug)]
pub struct SoundReader {
    child: Child,
    file: PathBuf,
    most_values: u64,
    values: u64,
    over: bool,
    damage: Option<String>,
    bytes: Vec<u8>,
}

impl SoundReader {
    /// Begins decoding the first sound stream of `file` from sample `from` (at `rate`). One channel becomes several by
    /// repeating it, several become one by their mean.
    pub fn open(
        tools: &Tools,
        file: &Path,
        rate: SampleRate,
        channels: u32,
        from: u64,
        limits: &Limits,
    ) -> Result<Self, PictureError> {
        let media = probe(tools, file, limits)?;
        let why = "holds no sound".to_owned();
        let stream = media.audio.ok_or_else(|| PictureError::Malformed { file: file.to_owned(), why })?;
        let filters = filters(tools, stream.rate, rate, stream.channels, channels, from);
        let mut command = tools.ffmpeg();
        command.args(["-threads", "1"]).args(INPUT).arg("-i").arg(url(file));
        command.args(["-map", "0:a:0", "-filter_threads", "1", "-af", &filters]);
        command.args(["-f", "f32le", "-c:a", "pcm_f32le", "pipe:1"]);
        let per_second = u64::from(rate.hz()) * u64::from(channels);
        Ok(Self {
            child: Child::spawn(command, file, false, limits)?,
            file: file.to_owned(),
            most_values: per_second * u64::from(limits.sound_secs),
            values: 0,
            over: false,
            damage: None,
            bytes: Vec::new(),
        })
    }

    /// Fills `block` (interleaved, full scale ±1.0) and gives how many values are new; fewer than asked only at the end.
    pub fn read(&mut self, block: &mut [f32]) -> Result<usize, PictureError> {
        if self.over || block.is_empty() {
            return Ok(0);
        }
        self.bytes.resize(block.len() * 4, 0);
        let came = self.child.read(&mut self.bytes)? / 4;
        for (value, bytes) in block.iter_mut().zip(self.bytes.chunks_exact(4)).take(came) {
            let read = f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
            // A file of floats may hold anything; a sum over samples must not become nonsense by one of them.
            *value = if read.is_finite() { read } else { 0.0 };
        }
        self.values += came as u64;
        if self.values > self.most_values {
            let (found, limit) = (self.values, self.most_values);
            let file = self.file.clone();
            return Err(PictureError::OverLimit { file, what: "a length of sound in values", found, limit });
        }
        if came < block.len() {
            self.over = true;
            self.damage = Some(self.child.end_well(None)?).filter(|said| !said.is_empty());
        }
        Ok(came)
    }

    /// What FFmpeg complained of though it went on. Complete once [`SoundReader::read`] has given fewer than asked.
    pub fn damage(&self) -> Option<&str> {
        self.damage.as_deref()
    }
}

/// Resampling where the rate differs, the channels spelt out, and the start cut to the sample afterwards.
fn filters(
    tools: &Tools,
    from_rate: SampleRate,
    rate: SampleRate,
    from_channels: u32,
    channels: u32,
    from: u64,
) -> String {
    let mut chain = vec!["aformat=sample_fmts=flt|fltp".to_owned()];
    if from_channels == 1 && channels > 1 {
        // FFmpeg's own way from one channel to two makes each 3 dB softer.
        let copies: Vec<String> = (0..channels).map(|channel| format!("c{channel}=c0")).collect();
        chain.push(format!("pan={channels}c|{}", copies.join("|")));
    }
    if from_rate != rate {
        let kind = if tools.soxr { "resampler=soxr:precision=28" } else { "filter_size=64:cutoff=0.97" };
        chain.push(format!("aresample={}:{kind}", rate.hz()));
    }
    chain.push(format!("atrim=start_sample={from}"));
    if from_channels > 2 && from_channels != channels {
        // To one channel by way of two: FFmpeg knows what becomes of centre and surround.
        chain.push(layout(channels.max(2)));
    }
    if from_channels > 1 && channels == 1 {
        // FFmpeg's own way from two channels to one makes what is on both 3 dB louder.
        chain.push("pan=mono|c0=0.5*c0+0.5*c1".to_owned());
    }
    if from_channels == 2 && channels > 2 {
        chain.push(layout(channels));
    }
    chain.push("aformat=sample_fmts=flt".to_owned());
    chain.join(",")
}

fn layout(channels: u32) -> String {
    match channels {
        2 => "aformat=channel_layouts=stereo".to_owned(),
        6 => "aformat=channel_layouts=5.1".to_owned(),
        _ => format!("aformat=channel_layouts={channels}c"),
    }
}

/// Encodes a WAV file as AAC in MP4; `bitrate` in bits per second.
pub fn encode_aac(
    tools: &Tools,
    wav: &Path,
    bitrate: u32,
    file: &Path,
    limits: &Limits,
) -> Result<(), PictureError> {
    check_readable(wav)?;
    let mut own_file = OwnFile::create(file)?;
    let mut command = tools.ffmpeg();
    command.args(INPUT).arg("-i").arg(url(wav)).args(["-map", "0:a:0", "-c:a", "aac"]);
    command.args(["-b:a", &bitrate.to_string(), "-threads", "1", "-map_metadata", "-1"]);
    command.args(["-fflags", "+bitexact", "-flags:a", "+bitexact", "-f", "mp4", "-y"]).arg(url(file));
    let mut child = Child::spawn(command, wav, false, limits)?;
    let said = child.end_well(Some(file))?;
    if !said.is_empty() {
        // A recording that breaks off would end up as a shorter sound under a whole picture.
        return Err(PictureError::Malformed { file: wav.to_owned(), why: said });
    }
    own_file.keep();
    Ok(())
}
