use std::ops::Range;
use std::path::Path;
use std::process::Command;

use soundlock_time::{Fps, Raster};

/// A clip to be drawn: FFmpeg's moving test picture, with faults of known place and strength.
#[derive(Debug, Clone)]
pub struct Clip {
    /// Width and height.
    pub raster: Raster,
    /// Frames a second.
    pub fps: Fps,
    /// How many frames the file has, whatever is planted.
    pub frames: u32,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
}

/// A fault of known place and strength. Frames are counted from the head of the file.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// Nothing to be seen in these frames.
    Black(Range<u32>),
    /// These frames show the first of them; afterwards it is as if nothing had been.
    Frozen(Range<u32>),
    /// From this frame on it is another picture.
    CutInside(u32),
    /// Every second frame is brighter and every other darker by this part of full scale, 0 to 1.
    Flicker(f32),
    /// Grain of this strength, 0 to 100, as FFmpeg's `noise` counts.
    Grain(u32),
}

impl Clip {
    /// A small calm clip at 24 frames a second.
    pub fn small(frames: u32) -> Self {
        let raster = Raster::new(160, 96).expect("the raster is even");
        Self { raster, fps: Fps::FILM, frames, faults: Vec::new() }
    }

    /// The same with another fault.
    #[must_use]
    pub fn with(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }
}

/// Draws `clip` as the file at `path`: H.264 in what the name's end says, tagged BT.709, limited range.
///
/// # Panics
/// When `ffmpeg` is not there or does not like what it is asked for.
pub fn drawn_clip(path: &Path, clip: &Clip) {
    let Clip { raster, fps, frames, .. } = clip;
    let source = |name: &str| {
        format!("{name}=size={}x{}:rate={}/{}", raster.width(), raster.height(), fps.num(), fps.den())
    };
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", &source("testsrc2")]);
    command.args(["-f", "lavfi", "-i", &source("mandelbrot")]);
    command.args(["-filter_complex", &graph(clip), "-map", "[out]", "-frames:v", &frames.to_string()]);
    command.args([
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-crf",
        "10",
        "-threads",
        "1",
        "-pix_fmt",
        "yuv420p",
    ]);
    command.args([
        "-color_range",
        "tv",
        "-colorspace",
        "bt709",
        "-color_primaries",
        "bt709",
        "-color_trc",
        "bt709",
    ]);
    let output = command.args(["-bitexact", "-an"]).arg(path).output().expect("ffmpeg is on the PATH");
    assert!(output.status.success(), "{}: {}", path.display(), String::from_utf8_lossy(&output.stderr));
}

/// The filters that plant the faults, one after another.
fn graph(clip: &Clip) -> String {
    // The other picture is always decoded and mostly not shown: one graph for all clips.
    let cut_at =
        clip.faults.iter().find_map(|fault| if let Fault::CutInside(at) = fault { Some(*at) } else { None });
    let shown = cut_at.map_or("0".to_owned(), |at| format!("gte(n,{at})"));
    let laid_over = format!("[one][other]overlay=format=yuv444:enable='{shown}'");
    let chain: Vec<String> = std::iter::once(laid_over)
        .chain(clip.faults.iter().filter_map(|fault| filter(clip, fault)))
        .collect();
    format!("[1:v]format=yuv444p[other];[0:v]format=yuv444p[one];{}[out]", chain.join(","))
}

fn filter(clip: &Clip, fault: &Fault) -> Option<String> {
    match fault {
        Fault::Black(frames) => {
            let Range { start, end } = frames;
            Some(format!("drawbox=color=black:t=fill:enable='gte(n,{start})*lt(n,{end})'"))
        }
        Fault::Frozen(frames) => {
            // The rate filter fills the gap with the frame before it; `loop` counts its frames differently by version.
            let (Range { start, end }, fps) = (frames, clip.fps);
            Some(format!("select='not(gt(n,{start})*lt(n,{end}))',fps={}/{}", fps.num(), fps.den()))
        }
        Fault::Flicker(strength) => Some(format!("eq=brightness='{strength}*(2*mod(n,2)-1)':eval=frame")),
        Fault::Grain(strength) => Some(format!("noise=alls={strength}:allf=t:all_seed=7")),
        Fault::CutInside(_) => None,
    }
}

/// Leaves only the first `bytes` of a file, as a download does that broke off.
///
/// # Panics
/// When the file cannot be cut.
pub fn cut_short(path: &Path, bytes: u64) {
    let file = std::fs::File::options().write(true).open(path);
    let cut = file.and_then(|file| file.set_len(bytes));
    cut.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Luma of each frame of a clip drawn from `clip`.
    fn lumas(clip: &Clip) -> Vec<Vec<u8>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clip.mp4");
        drawn_clip(&path, clip);
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-i"]).arg(&path);
        let raw = command.args(["-f", "rawvideo", "-pix_fmt", "gray", "-"]).output().unwrap().stdout;
        raw.chunks_exact(clip.raster.pixels()).map(<[u8]>::to_vec).collect()
    }

    fn mean(frame: &[u8]) -> f64 {
        frame.iter().map(|luma| f64::from(*luma)).sum::<f64>() / frame.len() as f64
    }

    /// Mean difference of each frame from the one before.
    fn differences(frames: &[Vec<u8>]) -> Vec<f64> {
        let difference = |pair: &[Vec<u8>]| {
            let sum: u64 =
                pair[0].iter().zip(&pair[1]).map(|(one, other)| u64::from(one.abs_diff(*other))).sum();
            sum as f64 / pair[0].len() as f64
        };
        frames.windows(2).map(difference).collect()
    }

    #[test]
    fn a_clip_without_faults_moves_and_is_calm() {
        let frames = lumas(&Clip::small(24));
        assert_eq!(frames.len(), 24);
        assert!(differences(&frames).iter().all(|difference| (0.3..12.0).contains(difference)));
    }

    #[test]
    fn each_fault_is_where_it_was_planted() {
        let black = lumas(&Clip::small(24).with(Fault::Black(5..9)));
        let dark: Vec<usize> = (0..24).filter(|at| mean(&black[*at]) < 20.0).collect();
        assert_eq!(dark, [5, 6, 7, 8]);

        let frozen = differences(&lumas(&Clip::small(24).with(Fault::Frozen(6..12))));
        let still: Vec<usize> = (0..23).filter(|at| frozen[*at] < 0.1).collect();
        assert_eq!((frozen.len(), still), (23, vec![6, 7, 8, 9, 10]));

        let cut = differences(&lumas(&Clip::small(24).with(Fault::CutInside(13))));
        let jumps: Vec<usize> = (0..23).filter(|at| cut[*at] > 30.0).map(|at| at + 1).collect();
        assert_eq!(jumps, [13]);
    }

    #[test]
    fn a_stronger_flicker_is_a_stronger_flicker() {
        let jump = |strength| {
            let frames = lumas(&Clip::small(12).with(Fault::Flicker(strength)));
            frames.windows(2).map(|pair| (mean(&pair[0]) - mean(&pair[1])).abs()).sum::<f64>() / 11.0
        };
        let jumps = [0.0, 0.02, 0.05, 0.1].map(jump);
        assert!(jumps[0] < 2.0 && jumps.is_sorted_by(|one, other| *one + 2.0 < *other), "{jumps:?}");
    }

    #[test]
    fn a_clip_is_drawn_the_same_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["one.mp4", "other.mp4"].map(|name| folder.path().join(name));
        for path in &paths {
            drawn_clip(path, &Clip::small(10).with(Fault::Grain(10)));
        }
        let [one, other] = paths.map(|path| std::fs::read(path).unwrap());
        assert_eq!(one, other);
    }
}
