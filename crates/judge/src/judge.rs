use std::path::Path;

use soundlock_picture::{
    Colour, Decode, Decoder, Depth, Layout, Limits, Media, PictureError, Range, Tools, VideoStream, probe,
};
use soundlock_time::{Fps, Raster, TakeFrame, TakeRange};

use crate::error::JudgeError;
use crate::finding::{Better, Expected, Finding, Verdict};
use crate::measures::Measures;
use crate::rules::JudgeRules;

/// Longest side of the frames that are measured, in pixels.
const LONGEST_SIDE: u32 = 320;

/// The findings of `file`, in one pass over all of its frames.
///
/// What is wrong with the take is a finding, however wrong: an empty file, a text, half a film, a picture beyond
/// `limits` fails `decodes` and `length`, and measures that need frames are left out where there are none. An error is
/// what stops judging on our side: no FFmpeg, a file that is not there.
pub fn judge(
    tools: &Tools,
    file: &Path,
    expected: &Expected,
    rules: &JudgeRules,
    limits: &Limits,
) -> Result<Verdict, JudgeError> {
    Ok(judge_and_describe(tools, file, expected, rules, limits)?.0)
}

/// Like [`judge`], with what the file says of itself, where that can be understood: it is asked once for both.
pub fn judge_and_describe(
    tools: &Tools,
    file: &Path,
    expected: &Expected,
    rules: &JudgeRules,
    limits: &Limits,
) -> Result<(Verdict, Option<Media>), JudgeError> {
    let media = match probe(tools, file, limits) {
        Ok(media) => media,
        Err(error) => return Ok((without_picture(fault(error)?, expected, rules), None)),
    };
    let Some(video) = &media.video else {
        let none = Fault { lines: 1, why: "holds no picture".to_owned() };
        return Ok((without_picture(none, expected, rules), Some(media)));
    };
    let (measures, broken) = watch(tools, &media, video, limits)?;
    Ok((verdict(video, measures, broken, expected, rules), Some(media)))
}

/// What is wrong with a file that does not decode.
struct Fault {
    /// Lines the decoder said about it.
    lines: u32,
    why: String,
}

/// The fault of the take that `error` tells of, or the error when it is not the take's.
fn fault(error: PictureError) -> Result<Fault, JudgeError> {
    match error {
        PictureError::NoProgram { .. } | PictureError::TooOld { .. } | PictureError::Io { .. } => {
            Err(error.into())
        }
        PictureError::Child { stderr, .. } => Ok(damage(&stderr)),
        PictureError::Malformed { why, .. } => Ok(Fault { lines: 1, why }),
        PictureError::OverLimit { what, found, limit, .. } => {
            Ok(Fault { lines: 1, why: format!("{what} of {found} is over the limit of {limit}") })
        }
        other => Ok(Fault { lines: 1, why: other.to_string() }),
    }
}

/// What the decoder said, as a fault.
fn damage(said: &str) -> Fault {
    let lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
    let why = lines.clone().next().unwrap_or("the decoder stopped without a word").to_owned();
    Fault { lines: (lines.count() as u32).max(1), why }
}

/// Decodes to the end, or as far as it goes.
fn watch(
    tools: &Tools,
    media: &Media,
    video: &VideoStream,
    limits: &Limits,
) -> Result<(Option<Measures>, Option<Fault>), JudgeError> {
    let raster = reduced(video.width, video.height);
    let decode = Decode {
        raster,
        fps: None,
        layout: Layout::Grey,
        depth: Depth::Eight,
        source: None,
        colour: Colour { range: Range::Full, ..video.colour },
    };
    let mut decoder = match Decoder::open(tools, media, &decode, limits) {
        Ok(decoder) => decoder,
        Err(error) => return Ok((None, Some(fault(error)?))),
    };
    let raster = decoder.raster();
    let mut measures = Measures::new(raster.width() as usize, raster.height() as usize);
    let mut frame = decoder.new_frame();
    loop {
        match decoder.next_into(&mut frame) {
            Ok(true) => measures.iter_mut().for_each(|measures| measures.see(frame.bytes(0))),
            Ok(false) => return Ok((measures, decoder.damage().map(|said| damage(&said)))),
            Err(error) => return Ok((measures, Some(fault(error)?))),
        }
    }
}

/// A picture of this shape that is at most [`LONGEST_SIDE`] long; `None` to leave it as it is.
fn reduced(width: u32, height: u32) -> Option<Raster> {
    let longest = width.max(height).max(1);
    let side = |side: u32| {
        let scaled = u64::from(side) * u64::from(LONGEST_SIDE.min(longest)) / u64::from(longest);
        (scaled as u32 / 2 * 2).max(16)
    };
    Raster::new(side(width), side(height)).ok()
}

fn without_picture(fault: Fault, expected: &Expected, rules: &JudgeRules) -> Verdict {
    Verdict { findings: vec![decodes(Some(fault), rules), length(0, expected)] }
}

fn verdict(
    video: &VideoStream,
    measures: Option<Measures>,
    broken: Option<Fault>,
    expected: &Expected,
    rules: &JudgeRules,
) -> Verdict {
    let frames = measures.as_ref().map_or(0, Measures::frames);
    let mut findings = vec![decodes(broken, rules), length(frames, expected)];
    findings.extend((video.frames > 0).then(|| promised(video.frames, frames, rules)));
    findings.extend(expected.raster.map(|raster| size(video, raster, rules)));
    findings.extend(expected.fps.map(|fps| rate(video.fps, fps, frames, rules)));
    if let Some(measures) = measures.filter(|_| frames > 0) {
        findings.extend(measures.findings(rules, video.fps));
    }
    Verdict { findings }
}

fn decodes(fault: Option<Fault>, rules: &JudgeRules) -> Finding {
    let faults = fault.as_ref().map_or(0, |fault| fault.lines);
    let finding =
        Finding::new("decodes", f64::from(faults), "faults", f64::from(rules.decode_faults), Better::Lower);
    finding.says(&fault.map_or_else(|| "decodes without a complaint".to_owned(), |fault| fault.why))
}

fn length(frames: u32, expected: &Expected) -> Finding {
    // Without a length asked for, one frame is what makes it a picture.
    let needed = expected.frames.unwrap_or(1).max(1);
    let finding = Finding::new("length", f64::from(frames), "frames", f64::from(needed), Better::Higher);
    if frames >= needed {
        return finding.says(&format!("{frames} frames"));
    }
    let missing = TakeRange { start: TakeFrame(frames), end: TakeFrame(needed) };
    finding.at(missing).says(&format!("{} frames are missing", missing.length()))
}

/// The container's promise against what came; more than promised is no fault.
fn promised(promised: u32, came: u32, rules: &JudgeRules) -> Finding {
    let missing = f64::from(promised.saturating_sub(came));
    Finding::new("container", missing, "frames", f64::from(rules.missing_frames), Better::Lower)
        .says(&format!("the container promises {promised} frames, {came} came"))
}

fn size(video: &VideoStream, raster: Raster, rules: &JudgeRules) -> Finding {
    let off = video.width.abs_diff(raster.width()) + video.height.abs_diff(raster.height());
    Finding::new("size", f64::from(off), "pixels off", f64::from(rules.size_pixels), Better::Lower)
        .says(&format!("{}x{} where {raster} was asked for", video.width, video.height))
}

/// By how many frames the take is longer or shorter, at its own rate, than the same frames at the rate asked for.
fn rate(has: Fps, wanted: Fps, frames: u32, rules: &JudgeRules) -> Finding {
    let off = (f64::from(frames) * (wanted.as_f64() / has.as_f64() - 1.0)).abs();
    Finding::new("rate", off, "frames off at the end", rules.rate_drift_frames, Better::Lower)
        .says(&format!("{has} frames a second where {wanted} were asked for"))
}
