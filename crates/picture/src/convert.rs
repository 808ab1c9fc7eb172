use std::path::Path;

use serde::{Deserialize, Serialize};
use soundlock_time::{Fps, Raster, TakeFrame};

use crate::child::Child;
use crate::filter::{Size, planes};
use crate::frame_map::FrameMap;
use crate::own_file::OwnFile;
use crate::tools::{INPUT, check_readable, url};
use crate::{Colour, Depth, Encoding, Layout, Limits, Media, PictureError, Tools, VideoStream};

/// Threads that decode: with two, decoding goes on while the frame before it is scaled.
const DECODING: &str = "2";

/// How a picture of another shape is brought to a raster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fit {
    /// All of it is seen, with black beside it.
    Inside,
    /// The raster is filled; what stands over is cut off evenly.
    Fill,
}

/// How a piece of film is made of a clip in one FFmpeg process, no frame passing through us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversion {
    /// For each frame of the piece the frame of the clip that is seen; never falling.
    pub frames: Vec<TakeFrame>,
    /// Rate of the piece.
    pub fps: Fps,
    /// Size of the piece.
    pub raster: Raster,
    /// How the clip is brought to it.
    pub fit: Fit,
    /// What the clip is, over its tags; `None` to believe `Media::video`.
    pub source: Option<Colour>,
    /// How the piece is encoded; its colour is [`Colour::FILM`].
    pub encoding: Encoding,
}

/// Makes `file` (which must not exist) of `media`. The piece holds exactly `conversion.frames.len()` frames, or it is
/// an error: the last frame of a clip is not repeated to hide that it is too short.
pub fn convert(
    tools: &Tools,
    media: &Media,
    conversion: &Conversion,
    file: &Path,
    limits: &Limits,
) -> Result<(), PictureError> {
    let stream = media.picture()?;
    check_readable(&media.file)?;
    let map = frame_map(media, conversion, limits)?;
    let filters = filters(stream, conversion, &map).ok_or_else(|| {
        let why = format!("a map of {} frames is too irregular for one piece", map.length);
        PictureError::Malformed { file: media.file.clone(), why }
    })?;
    let mut own_file = OwnFile::create(file)?;
    let mut command = tools.ffmpeg();
    command.args(["-threads", DECODING]).args(INPUT).arg("-i").arg(url(&media.file));
    command.args(["-map", "0:V:0", "-filter_threads", "1", "-vf", &filters]);
    command.args(["-frames:v", &map.length.to_string()]);
    conversion.encoding.describe(&mut command, conversion.fps, Colour::FILM);
    command.arg("-y").arg(url(file));
    let mut child = Child::spawn(command, &media.file, false, limits)?;
    let seen = count_frames(&mut child)?;
    child.end_well(Some(file))?;
    if seen as usize != map.kept.len() {
        // Frames of the piece that the frames which came would have filled.
        let found = map.starts.get(seen as usize).copied().unwrap_or(map.length);
        return Err(PictureError::WrongLength { file: media.file.clone(), found, wanted: map.length });
    }
    own_file.keep();
    Ok(())
}

fn frame_map(media: &Media, conversion: &Conversion, limits: &Limits) -> Result<FrameMap, PictureError> {
    let length = conversion.frames.len() as u64;
    if length > u64::from(limits.frames) {
        let (file, limit) = (media.file.clone(), u64::from(limits.frames));
        return Err(PictureError::OverLimit { file, what: "a length in frames", found: length, limit });
    }
    FrameMap::new(&conversion.frames).ok_or_else(|| {
        let why = "the frames asked of it are none, or not in order".to_owned();
        PictureError::Malformed { file: media.file.clone(), why }
    })
}

/// The filters in the order that costs least: frames left out before they are scaled, repeated after.
fn filters(stream: &VideoStream, conversion: &Conversion, map: &FrameMap) -> Option<String> {
    let fps = conversion.fps;
    let mut chain = vec![format!("trim=start_frame={}:end_frame={}", map.first(), map.end())];
    if map.drops() {
        chain.push(format!("select='{}'", map.keep()?));
    }
    // A line on stdout for each frame that came: what is repeated below cannot hide that the clip was too short.
    chain.push("metadata=mode=add:key=soundlock:value=1".to_owned());
    chain.push("metadata=mode=print:key=soundlock:file='pipe\\:1':direct=1".to_owned());
    let source = conversion.source.unwrap_or(stream.colour);
    let size = Size::Fitted(conversion.raster, conversion.fit);
    chain.push(planes(stream, source, Colour::FILM, &size, Layout::Yuv420, Depth::Eight));
    chain.push(format!("settb={}/{}", fps.den(), fps.num()));
    // One frame more begins where the piece ends, so that the last is repeated as often as asked: what FFmpeg does at
    // the end of a stream differs between its versions. `fps` repeats, and tells the encoder the rate.
    chain.push("tpad=stop=1:stop_mode=clone".to_owned());
    chain.push(format!("setpts='{}'", map.start()?));
    chain.push(format!("fps=fps={}/{}", fps.num(), fps.den()));
    Some(chain.join(","))
}

/// How many frames came through, by the lines that tell of them; each is a sign of life.
fn count_frames(child: &mut Child) -> Result<u32, PictureError> {
    let (mut frames, mut at_line_start) = (0, true);
    // Small enough that a slow encoder's lines fill it in time; what comes is a few dozen bytes a frame.
    let mut block = [0; 32];
    loop {
        let count = child.read(&mut block)?;
        for byte in &block[..count] {
            // `frame:12 pts:…` and `soundlock=1` take turns.
            frames += u32::from(at_line_start && *byte == b'f');
            at_line_start = *byte == b'\n';
        }
        if count < block.len() {
            return Ok(frames);
        }
    }
}
