use std::path::{Path, PathBuf};

use soundlock_time::{Fps, Raster};

use crate::child::Child;
use crate::filter::{Size, packed_rgb, pixel_format, planes};
use crate::tools::{INPUT, check_readable, url};
use crate::{Colour, Depth, Frame, Layout, Limits, Media, PictureError, Samples, Tools, VideoStream};

/// What is wanted of a decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decode {
    /// Size to scale to; `None` for the source's own (made even by leaving out a last row or column).
    pub raster: Option<Raster>,
    /// Rate to bring to by repeating and leaving out whole frames; `None` for every frame as it is.
    pub fps: Option<Fps>,
    /// Planes wanted.
    pub layout: Layout,
    /// Depth wanted.
    pub depth: Depth,
    /// What the source is, over its tags; `None` to believe `Media::video`.
    pub source: Option<Colour>,
    /// What the frames shall be in.
    pub colour: Colour,
}

/// Frames of a file, one after another.
#[derive(Debug)]
pub struct Decoder {
    child: Child,
    file: PathBuf,
    raster: Raster,
    layout: Layout,
    depth: Depth,
    colour: Colour,
    most_frames: u32,
    frames: u32,
    over: bool,
    damage: Option<String>,
    /// Bytes of a plane of ten bits on its way; empty else.
    wide: Vec<u8>,
}

impl Decoder {
    /// Begins decoding the first video stream of `media`.
    pub fn open(
        tools: &Tools,
        media: &Media,
        decode: &Decode,
        limits: &Limits,
    ) -> Result<Self, PictureError> {
        let stream = media.picture()?;
        let size = match decode.raster {
            Some(raster) => Size::Stretched(raster),
            None => Size::Own(own_raster(&media.file, stream, limits)?),
        };
        let source = decode.source.unwrap_or(stream.colour);
        let mut filters = planes(stream, source, decode.colour, &size, decode.layout, decode.depth);
        if let Some(fps) = decode.fps {
            filters = format!("setpts=PTS-STARTPTS,fps=fps={}/{},{filters}", fps.num(), fps.den());
        }
        // Frames are counted, not timed: with their own times, FFmpeg complains of those that round to the same tick.
        filters += ",settb=1/25,setpts=N";
        let mut command = tools.ffmpeg();
        command.args(["-threads", "1"]).args(INPUT).arg("-i").arg(url(&media.file));
        command.args(["-map", "0:V:0", "-filter_threads", "1", "-vf", &filters]);
        command.args(["-fps_mode", "passthrough", "-enc_time_base", "1:25"]);
        command.args(["-f", "rawvideo", "-pix_fmt", pixel_format(decode.layout, decode.depth), "pipe:1"]);
        check_readable(&media.file)?;
        let (Size::Stretched(raster) | Size::Own(raster) | Size::Fitted(raster, _)) = size;
        Ok(Self {
            child: Child::spawn(command, &media.file, false, limits)?,
            file: media.file.clone(),
            raster,
            layout: decode.layout,
            depth: decode.depth,
            colour: decode.colour,
            most_frames: limits.frames,
            frames: 0,
            over: false,
            damage: None,
            wide: Vec::new(),
        })
    }

    /// Size of the frames that come.
    pub fn raster(&self) -> Raster {
        self.raster
    }

    /// The next frame into `frame` (made by [`Decoder::new_frame`]); `false` after the last. An error once the child
    /// has failed or hung. Damage in the data that FFmpeg could step over is no error: see [`Decoder::damage`].
    pub fn next_into(&mut self, frame: &mut Frame) -> Result<bool, PictureError> {
        if self.over {
            return Ok(false);
        }
        if !self.has_shape_of(frame) {
            *frame = self.new_frame();
        }
        for index in 0..frame.planes.len() {
            if !self.read_plane(&mut frame.planes[index], index == 0)? {
                self.end()?;
                return Ok(false);
            }
        }
        self.frames += 1;
        if self.frames > self.most_frames {
            return Err(PictureError::OverLimit {
                file: self.file.clone(),
                what: "a length in frames",
                found: u64::from(self.frames),
                limit: u64::from(self.most_frames),
            });
        }
        Ok(true)
    }

    /// What FFmpeg complained of though it went on: data is missing or was guessed. Complete once
    /// [`Decoder::next_into`] has given `false`.
    pub fn damage(&self) -> Option<String> {
        let said = || Some(self.child.stderr()).filter(|said| !said.is_empty());
        if self.over { self.damage.clone() } else { said() }
    }

    /// A frame of the right shape.
    pub fn new_frame(&self) -> Frame {
        Frame::new(self.raster, self.layout, self.depth, self.colour)
    }

    fn has_shape_of(&self, frame: &Frame) -> bool {
        let depth = match frame.planes.first() {
            Some(Samples::Eight(_)) => Some(Depth::Eight),
            Some(Samples::Ten(_)) => Some(Depth::Ten),
            None => None,
        };
        (frame.raster, frame.layout, frame.colour, depth)
            == (self.raster, self.layout, self.colour, Some(self.depth))
    }

    /// Fills `plane`; `false` where the stream ends before it.
    fn read_plane(&mut self, plane: &mut Samples, is_first: bool) -> Result<bool, PictureError> {
        let (came, wanted) = match plane {
            Samples::Eight(bytes) => (self.child.read(bytes)?, bytes.len()),
            Samples::Ten(values) => {
                self.wide.resize(values.len() * 2, 0);
                let came = self.child.read(&mut self.wide)?;
                for (value, pair) in values.iter_mut().zip(self.wide.chunks_exact(2)) {
                    *value = u16::from_le_bytes([pair[0], pair[1]]);
                }
                (came, self.wide.len())
            }
        };
        match came {
            _ if came == wanted => Ok(true),
            0 if is_first => Ok(false),
            _ => {
                self.child.end_well(None)?;
                let why = format!("FFmpeg stopped inside frame {}", self.frames);
                Err(PictureError::Malformed { file: self.file.clone(), why })
            }
        }
    }

    fn end(&mut self) -> Result<(), PictureError> {
        let said = self.child.end_well(None)?;
        self.over = true;
        self.damage = Some(said).filter(|said| !said.is_empty());
        Ok(())
    }
}

/// Frame `index` of `media` as packed RGB bytes at `raster`: for stills.
///
/// Far inside a long file the frame is found by its time, which is right for files of a constant rate such as our own.
pub fn still(
    tools: &Tools,
    media: &Media,
    index: u32,
    raster: Raster,
    limits: &Limits,
) -> Result<Vec<u8>, PictureError> {
    /// Up to here frames are counted, which is right for every file.
    const COUNTED: u32 = 480;
    let stream = media.picture()?;
    check_readable(&media.file)?;
    let mut command = tools.ffmpeg();
    command.args(["-threads", "1"]).args(INPUT);
    let mut filters = packed_rgb(&stream.pixel_format, stream.colour, raster);
    if index < COUNTED {
        filters = format!("trim=start_frame={index}:end_frame={},{filters}", index + 1);
    } else {
        // Half a frame early, so that rounding of the time cannot miss it.
        let seconds = stream.fps.seconds(index) - stream.fps.seconds(1) / 2.0;
        command.args(["-ss", &format!("{seconds:.6}")]);
    }
    command.arg("-i").arg(url(&media.file)).args(["-map", "0:V:0", "-frames:v", "1", "-vf", &filters]);
    command.args(["-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"]);
    let mut child = Child::spawn(command, &media.file, false, limits)?;
    let mut pixels = vec![0; raster.pixels() * 3];
    let came = child.read(&mut pixels)?;
    child.end_well(None)?;
    if came == pixels.len() {
        return Ok(pixels);
    }
    Err(PictureError::WrongLength { file: media.file.clone(), found: stream.frames, wanted: index + 1 })
}

/// The video stream of `media`, which must have one.
fn own_raster(file: &Path, stream: &VideoStream, limits: &Limits) -> Result<Raster, PictureError> {
    for (what, side) in [("a width", stream.width), ("a height", stream.height)] {
        if side > limits.side {
            let (found, limit) = (u64::from(side), u64::from(limits.side));
            return Err(PictureError::OverLimit { file: file.to_owned(), what, found, limit });
        }
    }
    Raster::new(stream.width & !1, stream.height & !1)
        .map_err(|error| PictureError::Malformed { file: file.to_owned(), why: error.to_string() })
}
