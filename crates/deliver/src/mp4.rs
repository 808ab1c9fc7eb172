//! The film as MP4: pieces and sound joined without encoding again, then read back by `ffprobe`.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;
use soundlock_finish::Picture;
use soundlock_picture::{Tools, join};
use soundlock_sound::{LockedSound, Speakers};

use crate::{Check, DeliverError, write};

const CLAUSE: &str = "soundlock master";
const FASTSTART: &str = "ISO/IEC 14496-12, 6.2.3";
const SPEAKERS: &str = "ISO/IEC 14496-3, channelConfiguration";
const COLOUR: &str = "ITU-T H.273, 8";

/// Joins `picture` and the encoded mix (what [`Aac`](crate::Aac) made) to `file`, and looks at what was written.
pub fn master_mp4(
    tools: &Tools,
    picture: &Picture,
    aac: &Path,
    locked: &LockedSound,
    speakers: Speakers,
    file: &Path,
) -> Result<Vec<Check>, DeliverError> {
    let pieces: Vec<PathBuf> = picture.pieces().iter().map(|piece| piece.file.clone()).collect();
    write::aside(file, |part| {
        join(&pieces, Some((aac, locked.rate, locked.samples())), picture.fps(), part)?;
        check_mp4(tools, picture, locked, speakers, part)
    })
}

/// Looks at a master: frames, the time of each, rate, raster, colour tags, length and speakers of the sound,
/// index in front.
pub fn check_mp4(
    tools: &Tools,
    picture: &Picture,
    locked: &LockedSound,
    speakers: Speakers,
    file: &Path,
) -> Result<Vec<Check>, DeliverError> {
    let streams = Streams::read(tools, file)?;
    let mut checks = picture_checks(&streams.video, picture, locked);
    checks.extend(time_checks(tools, file, picture, &streams.video)?);
    checks.push(sound_check(&streams.audio, locked));
    let layout = streams.audio.channel_layout.as_str();
    checks.push(Check::same("speakers of the sound", layout, speakers.name(), SPEAKERS));
    let boxes = top_level_boxes(file)?;
    let place = |name: &[u8; 4]| boxes.iter().position(|found| found == name).unwrap_or(usize::MAX);
    let in_front = place(b"moov") < place(b"mdat");
    checks.push(Check::new("index in front of the picture", in_front, true, in_front, FASTSTART));
    Ok(checks)
}

fn picture_checks(video: &Stream, picture: &Picture, locked: &LockedSound) -> Vec<Check> {
    let raster = format!("{}x{}", video.width, video.height);
    let fps = picture.fps();
    vec![
        Check::same("frames of picture", video.nb_frames.clone(), locked.frames().to_string(), CLAUSE),
        Check::same("frame rate", video.r_frame_rate.clone(), format!("{}/{}", fps.num(), fps.den()), CLAUSE),
        Check::same("raster", raster, picture.raster().to_string(), CLAUSE),
        Check::same("colour primaries", video.color_primaries.as_str(), "bt709", COLOUR),
        Check::same("transfer", video.color_transfer.as_str(), "bt709", COLOUR),
        Check::same("matrix", video.color_space.as_str(), "bt709", COLOUR),
        Check::same("range", video.color_range.as_str(), "tv", COLOUR),
    ]
}

/// A count sees no drift: every frame's time is compared with its number.
fn time_checks(
    tools: &Tools,
    file: &Path,
    picture: &Picture,
    video: &Stream,
) -> Result<Vec<Check>, DeliverError> {
    let mut times = packet_times(tools, file)?;
    times.sort_unstable();
    let fps = picture.fps();
    let (num, den) = video.ratio().ok_or_else(|| unreadable(file, "no time base"))?;
    let exact = |index: usize| {
        // Ticks of frame `index`: index * (fps.den / fps.num) / (num / den), compared without dividing.
        let ticks = index as i128 * i128::from(fps.den()) * i128::from(den);
        (ticks, i128::from(fps.num()) * i128::from(num))
    };
    let off = |(index, time): (usize, &i64)| {
        let (ticks, divisor) = exact(index);
        i128::from(*time) * divisor != ticks
    };
    let wrong = times.iter().enumerate().filter(|frame| off(*frame)).count();
    let last = times.last().copied().unwrap_or(-1);
    let (ticks, divisor) = exact((locked_last(picture)) as usize);
    Ok(vec![
        Check::same("frames counted", times.len(), picture.frames() as usize, CLAUSE),
        Check::same("frames not at their time", wrong, 0, CLAUSE),
        Check::same("time of the last frame, ticks", i128::from(last), ticks / divisor, CLAUSE),
    ])
}

fn locked_last(picture: &Picture) -> u32 {
    picture.frames().saturating_sub(1)
}

/// Sound and picture are equally long: the presented sound covers the last frame and not one sample of another.
fn sound_check(audio: &Stream, locked: &LockedSound) -> Check {
    let samples = audio.duration_ts.unwrap_or(0).max(0) as u64;
    let frames = locked.fps.frames_covering(samples, locked.rate);
    let passed = frames == locked.frames() && audio.sample_rate == locked.rate.hz().to_string();
    let value = format!("{frames} frames ({samples} samples)");
    let limit = format!("{} frames ({} samples)", locked.frames(), locked.samples());
    Check::new("length of the sound", value, limit, passed, CLAUSE)
}

struct Streams {
    video: Stream,
    audio: Stream,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Stream {
    codec_type: String,
    width: u32,
    height: u32,
    r_frame_rate: String,
    nb_frames: String,
    time_base: String,
    duration_ts: Option<i64>,
    sample_rate: String,
    channel_layout: String,
    color_range: String,
    color_space: String,
    color_transfer: String,
    color_primaries: String,
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    streams: Vec<Stream>,
}

impl Streams {
    fn read(tools: &Tools, file: &Path) -> Result<Self, DeliverError> {
        let output = ffprobe(tools, file)
            .args(["-of", "json", "-show_streams"])
            .output()
            .map_err(DeliverError::io(&tools.ffprobe))?;
        let said = String::from_utf8_lossy(&output.stderr);
        let read: Said = serde_json::from_slice(&output.stdout).map_err(|_| unreadable(file, &said))?;
        let mut streams = read.streams;
        let mut take = |kind: &str| {
            let place = streams.iter().position(|stream| stream.codec_type == kind)?;
            Some(streams.swap_remove(place))
        };
        let (video, audio) = (take("video"), take("audio"));
        let (Some(video), Some(audio)) = (video, audio) else {
            return Err(unreadable(file, "picture or sound is not there"));
        };
        Ok(Self { video, audio })
    }
}

impl Stream {
    fn ratio(&self) -> Option<(u32, u32)> {
        let (num, den) = self.time_base.split_once('/')?;
        Some((num.parse().ok()?, den.parse().ok()?))
    }
}

fn ffprobe(tools: &Tools, file: &Path) -> Command {
    let mut command = Command::new(&tools.ffprobe);
    command.args(["-v", "error", "-i"]).arg(file).stdin(Stdio::null());
    command
}

/// Presentation times of all frames of picture in ticks, in the order of the file: 8 bytes a frame.
fn packet_times(tools: &Tools, file: &Path) -> Result<Vec<i64>, DeliverError> {
    let mut child = ffprobe(tools, file)
        .args(["-select_streams", "v:0", "-show_entries", "packet=pts", "-of", "csv=p=0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(DeliverError::io(&tools.ffprobe))?;
    let mut times = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            let line = line.map_err(DeliverError::io(file))?;
            times.extend(line.trim_end_matches(',').parse::<i64>().ok());
        }
    }
    let status = child.wait().map_err(DeliverError::io(&tools.ffprobe))?;
    if status.success() { Ok(times) } else { Err(unreadable(file, "its packets cannot be listed")) }
}

/// Names of the boxes at the top of an MP4 file, in order.
fn top_level_boxes(file: &Path) -> Result<Vec<[u8; 4]>, DeliverError> {
    let mut reader = File::open(file).map_err(DeliverError::io(file))?;
    let end = reader.metadata().map_err(DeliverError::io(file))?.len();
    let (mut at, mut boxes) = (0, Vec::new());
    while at + 8 <= end {
        let (name, length) = read_box(&mut reader, at).map_err(DeliverError::io(file))?;
        boxes.push(name);
        // A length of 0 means: up to the end of the file.
        if length < 8 {
            break;
        }
        at = at.saturating_add(length);
    }
    Ok(boxes)
}

fn read_box(reader: &mut (impl Read + Seek), at: u64) -> std::io::Result<([u8; 4], u64)> {
    let (mut length, mut name, mut large) = ([0; 4], [0; 4], [0; 8]);
    reader.seek(SeekFrom::Start(at))?;
    reader.read_exact(&mut length)?;
    reader.read_exact(&mut name)?;
    match u32::from_be_bytes(length) {
        1 => {
            reader.read_exact(&mut large)?;
            Ok((name, u64::from_be_bytes(large)))
        }
        length => Ok((name, u64::from(length))),
    }
}

fn unreadable(file: &Path, said: &str) -> DeliverError {
    let end = said.char_indices().rev().nth(400).map_or(0, |(place, _)| place);
    DeliverError::Unreadable { file: file.to_owned(), said: said[end..].trim().to_owned() }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use soundlock_finish::Piece;
    use soundlock_picture::{Encoder, Encoding, Frame, Limits, VideoCodec, VideoFormat, encode_aac};
    use soundlock_plan::CutList;
    use soundlock_time::{FilmFrame, Fps, Raster};

    use super::*;
    use crate::testing::{locked, shot, wav};

    fn piece(tools: &Tools, folder: &Path, code: &str, frames: u32) -> Piece {
        let raster = Raster::new(64, 36).unwrap();
        let codec = VideoCodec::H264 { preset: "ultrafast".to_owned(), crf: 30 };
        let format = VideoFormat::film(raster, Fps::NTSC_FILM, Encoding { codec, threads: 1 });
        let file = folder.join(format!("{code}.mp4"));
        let mut encoder = Encoder::start(tools, &file, &format, &Limits::GENEROUS).unwrap();
        let frame = Frame::new(raster, format.layout, format.depth, format.colour);
        for _ in 0..frames {
            encoder.write(&frame).unwrap();
        }
        encoder.finish().unwrap();
        Piece { code: code.parse().unwrap(), frames, hash: soundlock_vault::hash_file(&file).unwrap(), file }
    }

    #[test]
    fn a_master_is_read_back_and_holds_and_a_damaged_one_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let tools = Tools::find("ffmpeg", "ffprobe").unwrap();
        let mut film = locked(&[]);
        (film.fps, film.scenes[0].frames) = (Fps::NTSC_FILM, 85);
        let shots = vec![shot("1_0010", 0, 31, 0), shot("1_0020", 31, 54, 0)];
        let cut_list = CutList { fps: Fps::NTSC_FILM, shots };
        let pieces = [("1_0010", 31), ("1_0020", 54)]
            .map(|(code, frames)| piece(&tools, folder.path(), code, frames))
            .to_vec();
        let picture = Picture::new(&cut_list, Raster::new(64, 36).unwrap(), pieces, 85).unwrap();
        let (mix, aac) = (folder.path().join("mix.wav"), folder.path().join("mix.mp4"));
        let samples = Fps::NTSC_FILM.first_sample(FilmFrame(85), film.rate).0;
        fs::write(&mix, wav(samples as u32)).unwrap();
        encode_aac(&tools, &mix, 320_000, &aac, &Limits::GENEROUS).unwrap();
        let master = folder.path().join("out/film.mp4");
        let checks = master_mp4(&tools, &picture, &aac, &film, Speakers::Stereo, &master).unwrap();
        assert!(checks.iter().all(|check| check.passed), "{checks:#?}");
        assert_eq!(checks.len(), 13);

        let tail = folder.path().join("tail.mp4");
        let status = Command::new("ffmpeg")
            .args(["-v", "error", "-i"])
            .arg(&master)
            .args(["-c", "copy", "-t", "1"])
            .arg(&tail)
            .status()
            .unwrap();
        assert!(status.success());
        let checks = check_mp4(&tools, &picture, &film, Speakers::FivePointOne, &tail).unwrap();
        let failed: Vec<_> = checks.iter().filter(|check| !check.passed).map(|check| &check.name).collect();
        for name in [
            "frames counted",
            "length of the sound",
            "speakers of the sound",
            "index in front of the picture",
        ] {
            assert!(failed.iter().any(|failed| *failed == name), "{name} in {failed:?}");
        }
    }
}
