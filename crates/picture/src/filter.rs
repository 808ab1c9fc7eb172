//! FFmpeg's filters for size and colour, written out so that nothing is guessed.

use soundlock_time::Raster;

use crate::ffprobe::is_rgb;
use crate::{Colour, Depth, Fit, Layout, Matrix, Range, VideoStream};

const EXACT: &str = "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp";

/// A chain that brings the pictures of `stream`, in colour `from`, to `size`, `to`, `layout` and `depth`.
///
/// Size and colour are changed apart, the matrix by `colorspace`: the scaler itself would go from one matrix to another
/// through 8-bit RGB, at twice the time and up to two levels of error. `colorspace` gives ten bits, which the scaler
/// dithers: rounded to eight twice, flat colours would shift by up to a level and a half.
pub(crate) fn planes(
    stream: &VideoStream,
    from: Colour,
    to: Colour,
    size: &Size,
    layout: Layout,
    depth: Depth,
) -> String {
    let rgb = is_rgb(&stream.pixel_format);
    let between = if rgb { to } else { from };
    let mut chain = Vec::new();
    if between == to {
        chain.extend([size.scale(rgb, from, to), format!("format={}", with_chroma(layout, depth))]);
    } else if size.enlarges(stream) && has_chroma_of(&stream.pixel_format, layout) {
        chain.push(format!(
            "format={0}|{1}",
            with_chroma(layout, Depth::Eight),
            with_chroma(layout, Depth::Ten)
        ));
        chain.push(colorspace(from, to, with_chroma(layout, Depth::Ten)));
        chain.extend([size.scale(rgb, to, to), format!("format={}", with_chroma(layout, depth))]);
    } else {
        chain.extend([size.scale(rgb, from, from), format!("format={}", with_chroma(layout, depth))]);
        chain.push(colorspace(between, to, with_chroma(layout, Depth::Ten)));
        let (into, out) = (scale_side("in", to), scale_side("out", to));
        chain.push(format!("scale={into}:{out}:flags=accurate_rnd,format={}", with_chroma(layout, depth)));
    }
    chain.push(tags("setparams", to));
    chain.push(size.place());
    if layout == Layout::Grey {
        // Luma taken as it is: a conversion to `gray` would stretch its range.
        chain.push("extractplanes=y".to_owned());
    }
    chain.join(",")
}

/// How a picture comes to its size.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Size {
    /// The source's own, a row or column left out where it is odd.
    Own(Raster),
    /// Stretched to it.
    Stretched(Raster),
    /// Brought to it without stretching.
    Fitted(Raster, Fit),
}

impl Size {
    /// Whether the picture is larger afterwards, so that it is cheaper to change its colour before.
    fn enlarges(&self, stream: &VideoStream) -> bool {
        match self {
            Self::Own(_) => false,
            Self::Stretched(raster) | Self::Fitted(raster, _) => {
                stream.width < raster.width() && stream.height < raster.height()
            }
        }
    }

    fn scale(&self, rgb: bool, from: Colour, to: Colour) -> String {
        let (before, width, height) = match self {
            // A file may change its size on the way; what comes out may not.
            Self::Own(raster) => {
                let even = "crop=trunc(iw/2)*2:trunc(ih/2)*2:0:0,".to_owned();
                (even, raster.width().to_string(), raster.height().to_string())
            }
            Self::Stretched(raster) => {
                (String::new(), raster.width().to_string(), raster.height().to_string())
            }
            Self::Fitted(raster, fit) => {
                let (w, h) = (raster.width(), raster.height());
                let pick = match fit {
                    Fit::Inside => "min",
                    Fit::Fill => "max",
                };
                let even = |side: u32, other: String| format!("'max(2,2*round({pick}({side},{other})/2))'");
                (String::new(), even(w, format!("{h}*dar")), even(h, format!("{w}/dar")))
            }
        };
        let source = if rgb { String::new() } else { format!(":{}", scale_side("in", from)) };
        format!("{before}scale=w={width}:h={height}{source}:{}:{EXACT}", scale_side("out", to))
    }

    /// What puts the scaled picture onto its raster. Pads once the colour is the wanted one, so that black is black.
    fn place(&self) -> String {
        match self {
            Self::Own(_) | Self::Stretched(_) => "setsar=1".to_owned(),
            Self::Fitted(raster, fit) => {
                let (w, h) = (raster.width(), raster.height());
                match fit {
                    Fit::Inside => format!("pad={w}:{h}:(ow-iw)/2:(oh-ih)/2,setsar=1"),
                    Fit::Fill => format!("crop={w}:{h},setsar=1"),
                }
            }
        }
    }
}

/// FFmpeg's name for planes of `layout` and `depth`.
pub(crate) fn pixel_format(layout: Layout, depth: Depth) -> &'static str {
    match (layout, depth) {
        (Layout::Grey, Depth::Eight) => "gray",
        (Layout::Grey, Depth::Ten) => "gray10le",
        _ => with_chroma(layout, depth),
    }
}

fn with_chroma(layout: Layout, depth: Depth) -> &'static str {
    match (layout, depth) {
        (Layout::Grey | Layout::Yuv420, Depth::Eight) => "yuv420p",
        (Layout::Grey | Layout::Yuv420, Depth::Ten) => "yuv420p10le",
        (Layout::Yuv444, Depth::Eight) => "yuv444p",
        (Layout::Yuv444, Depth::Ten) => "yuv444p10le",
    }
}

/// Whether `pixel_format` has the chroma samples of `layout` already, in eight or ten bits.
fn has_chroma_of(pixel_format: &str, layout: Layout) -> bool {
    match layout {
        Layout::Grey | Layout::Yuv420 => matches!(pixel_format, "yuv420p" | "yuvj420p" | "yuv420p10le"),
        Layout::Yuv444 => matches!(pixel_format, "yuv444p" | "yuvj444p" | "yuv444p10le"),
    }
}

/// Packed RGB at `raster`, for stills.
pub(crate) fn packed_rgb(pixel_format: &str, from: Colour, raster: Raster) -> String {
    let source = if is_rgb(pixel_format) { String::new() } else { format!(":{}", scale_side("in", from)) };
    format!("scale=w={}:h={}{source}:out_range=pc:{EXACT},format=rgb24", raster.width(), raster.height())
}

fn scale_side(side: &str, colour: Colour) -> String {
    let matrix = match colour.matrix {
        Matrix::Bt601 => "smpte170m",
        Matrix::Bt709 => "bt709",
        Matrix::Bt2020 => "bt2020",
    };
    format!("{side}_color_matrix={matrix}:{side}_range={}", range(colour.range))
}

/// Primaries and transfer are named alike on both sides, so that matrix and range alone change.
fn colorspace(from: Colour, to: Colour, format: &str) -> String {
    format!(
        "colorspace=ispace={}:irange={}:iprimaries=bt709:itrc=bt709:space={}:range={}:primaries=bt709:trc=bt709:\
         format={}",
        matrix(from.matrix),
        range(from.range),
        matrix(to.matrix),
        range(to.range),
        format.trim_end_matches("le"),
    )
}

/// `colour` as options of the `setparams` filter.
pub(crate) fn tags(filter: &str, colour: Colour) -> String {
    let (primaries, transfer) = primaries(colour.matrix);
    format!(
        "{filter}=range={}:colorspace={}:color_primaries={primaries}:color_trc={transfer}",
        range(colour.range),
        matrix(colour.matrix)
    )
}

/// `colour` as options of an encoder.
pub(crate) fn encoder_tags(colour: Colour) -> [&'static str; 8] {
    let (primaries, transfer) = primaries(colour.matrix);
    [
        "-color_range",
        range(colour.range),
        "-colorspace",
        matrix(colour.matrix),
        "-color_primaries",
        primaries,
        "-color_trc",
        transfer,
    ]
}

fn primaries(matrix: Matrix) -> (&'static str, &'static str) {
    match matrix {
        Matrix::Bt601 => ("smpte170m", "smpte170m"),
        Matrix::Bt709 => ("bt709", "bt709"),
        Matrix::Bt2020 => ("bt2020", "bt2020-10"),
    }
}

fn matrix(matrix: Matrix) -> &'static str {
    match matrix {
        Matrix::Bt601 => "smpte170m",
        Matrix::Bt709 => "bt709",
        Matrix::Bt2020 => "bt2020nc",
    }
}

fn range(range: Range) -> &'static str {
    match range {
        Range::Limited => "tv",
        Range::Full => "pc",
    }
}
