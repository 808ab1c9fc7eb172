use crate::path::Transform;
use crate::raster::Span;
use crate::wide::{Work, wide};
use crate::{Paint, Rgba};

/// Steps between the colours of a gradient.
const STEPS: usize = 1024;

/// Places on a gradient are kept in parts of this.
const PARTS: i64 = 1 << 32;

/// A paint as it lies on the pixels: lays colour into spans, in whole numbers.
pub(crate) enum Shade {
    Solid(Rgba),
    Linear { colours: Vec<u32>, start: f64, right: f64, down: f64 },
    Radial { colours: Vec<u32>, from_pixels: Transform },
}

impl Shade {
    /// `paint` seen through `transform`.
    pub(crate) fn new(paint: &Paint, transform: Transform) -> Self {
        let last = |stops: &[(f32, Rgba)]| stops.last().map_or(Rgba::BLACK.fade(0.0), |stop| stop.1);
        match paint {
            Paint::Solid(colour) => Self::Solid(*colour),
            Paint::Linear { from, to, stops } => {
                let along = (to.0 - from.0, to.1 - from.1);
                let length = along.0 * along.0 + along.1 * along.1;
                let Some(back) = transform.inverse().filter(|_| length > 0.0) else {
                    return Self::Solid(last(stops));
                };
                let place = |x: f64, y: f64| {
                    let (x, y) = back.apply(x, y);
                    ((x - from.0) * along.0 + (y - from.1) * along.1) / length
                };
                let start = place(0.5, 0.5);
                let (right, down) = (place(1.5, 0.5) - start, place(0.5, 1.5) - start);
                Self::Linear { colours: colours(stops, |at| at), start, right, down }
            }
            Paint::Radial { centre, radius, stops } => {
                let unit = Transform::scale(1.0 / radius, 1.0 / radius)
                    .then_inner(Transform::translate(-centre.0, -centre.1));
                let Some(back) = transform.inverse().filter(|_| *radius > 0.0) else {
                    return Self::Solid(last(stops));
                };
                Self::Radial { colours: colours(stops, f64::sqrt), from_pixels: unit.then_inner(back) }
            }
        }
    }

    /// Lays the paint over the pixels of `row` that `span` covers.
    pub(crate) fn lay(&self, row: &mut [u8], span: Span) {
        let laid = Laid { shade: self, row, span };
        if laid.span.length < 8 { laid.work() } else { wide(laid) }
    }
}

/// A span of a row as it is laid.
struct Laid<'a> {
    shade: &'a Shade,
    row: &'a mut [u8],
    span: Span,
}

impl Work for Laid<'_> {
    #[inline(always)]
    fn work(self) {
        let Self { shade, row, span } = self;
        let pixels = &mut row[span.x * 4..(span.x + span.length) * 4];
        match shade {
            Shade::Solid(colour) => lay_colour(pixels, *colour, span.cover),
            Shade::Linear { colours, start, right, down } => {
                let (x, y) = (span.x as f64, span.y as f64);
                let at = parts(start + x * right + y * down);
                let step = parts(*right);
                if step == 0 {
                    return lay_word(pixels, colour_at(colours, at), span.cover);
                }
                let mut at = at;
                lay_words(pixels, span.cover, || {
                    let colour = colour_at(colours, at);
                    at += step;
                    colour
                });
            }
            Shade::Radial { colours, from_pixels } => lay_rings(pixels, span, colours, *from_pixels),
        }
    }
}

/// A gradient's colours in even steps, premultiplied; `place` says where on the gradient a share of the steps lies.
fn colours(stops: &[(f32, Rgba)], place: impl Fn(f64) -> f64) -> Vec<u32> {
    (0..=STEPS).map(|step| word(between_stops(stops, place(step as f64 / STEPS as f64)))).collect()
}

fn between_stops(stops: &[(f32, Rgba)], at: f64) -> Rgba {
    let (Some(first), Some(last)) = (stops.first(), stops.last()) else { return Rgba::BLACK.fade(0.0) };
    let pair = stops.windows(2).find(|pair| at >= f64::from(pair[0].0) && at < f64::from(pair[1].0));
    match pair {
        Some([(from, before), (to, after)]) => {
            before.mix(*after, (at - f64::from(*from)) / f64::from(to - from))
        }
        _ if at < f64::from(first.0) => first.1,
        _ => last.1,
    }
}

fn parts(at: f64) -> i64 {
    (at * PARTS as f64) as i64
}

fn colour_at(colours: &[u32], at: i64) -> u32 {
    let step = (at.clamp(0, PARTS) * STEPS as i64 + PARTS / 2) / PARTS;
    colours[step as usize]
}

/// The square of the distance grows by steps that grow evenly: two additions a pixel.
#[inline(always)]
fn lay_rings(pixels: &mut [u8], span: Span, colours: &[u32], from_pixels: Transform) {
    let (u, v) = from_pixels.apply(span.x as f64 + 0.5, span.y as f64 + 0.5);
    let (du, dv) = from_pixels.rightwards();
    let growth = du * du + dv * dv;
    let mut square = parts(u * u + v * v);
    let mut step = parts(2.0 * (u * du + v * dv) + growth);
    let more = parts(2.0 * growth);
    lay_words(pixels, span.cover, || {
        let index = (square >> 22).clamp(0, STEPS as i64);
        square += step;
        step += more;
        colours[index as usize]
    });
}

/// A colour premultiplied, as a word whose lowest byte is red.
fn word(colour: Rgba) -> u32 {
    let alpha = u32::from(colour.a);
    let times = |value: u8| (u32::from(value) * alpha + 127) / 255;
    times(colour.r) | times(colour.g) << 8 | times(colour.b) << 16 | alpha << 24
}

#[inline(always)]
fn lay_colour(pixels: &mut [u8], colour: Rgba, cover: u8) {
    let alpha = (u32::from(colour.a) * u32::from(cover) + 127) / 255;
    lay_word(pixels, word(Rgba { a: alpha as u8, ..colour }), 255);
}

/// Lays one premultiplied colour over all of `pixels`.
#[inline(always)]
fn lay_word(pixels: &mut [u8], colour: u32, cover: u8) {
    let colour = covered(colour, cover);
    let bytes = colour.to_le_bytes();
    match bytes[3] {
        0 => {}
        255 => pixels.as_chunks_mut::<4>().0.fill(bytes),
        alpha => {
            let rest = u16::from(255 - alpha);
            let add: [u16; 16] = std::array::from_fn(|index| u16::from(bytes[index % 4]));
            let lay = |pixel: &mut u8, add: u16| {
                let shown = u16::from(*pixel) * rest + 128;
                *pixel = (((shown + (shown >> 8)) >> 8) + add) as u8;
            };
            let (chunks, tail) = pixels.as_chunks_mut::<16>();
            for chunk in chunks {
                chunk.iter_mut().zip(&add).for_each(|(pixel, add)| lay(pixel, *add));
            }
            for pixel in tail.as_chunks_mut::<4>().0 {
                *pixel = over(colour, u32::from_le_bytes(*pixel)).to_le_bytes();
            }
        }
    }
}

/// Lays premultiplied colours, one to a pixel.
#[inline(always)]
fn lay_words(pixels: &mut [u8], cover: u8, mut next: impl FnMut() -> u32) {
    let mut colours = [0; 64 * 4];
    for pixels in pixels.chunks_mut(colours.len()) {
        let colours = &mut colours[..pixels.len()];
        colours.as_chunks_mut::<4>().0.iter_mut().for_each(|colour| *colour = next().to_le_bytes());
        if cover < 255 {
            let colours = colours.as_chunks_mut::<4>().0.iter_mut();
            colours.for_each(|colour| *colour = covered(u32::from_le_bytes(*colour), cover).to_le_bytes());
        }
        lay_over(colours, pixels);
    }
}

/// Lays premultiplied pixels over others.
#[inline(always)]
pub(crate) fn lay_over(above: &[u8], below: &mut [u8]) {
    let (blocks, rest) = below.as_chunks_mut::<64>();
    let (blocks_above, rest_above) = above.as_chunks::<64>();
    for (below, above) in blocks.iter_mut().zip(blocks_above) {
        if above.iter().fold(0, |all, byte| all | byte) > 0 {
            lay_block_over(above, below);
        }
    }
    for (below, above) in rest.as_chunks_mut::<4>().0.iter_mut().zip(rest_above.as_chunks::<4>().0) {
        *below = over(u32::from_le_bytes(*above), u32::from_le_bytes(*below)).to_le_bytes();
    }
}

/// First how much shows through, for each byte, then the bytes alike: loops that become vectors.
#[inline(always)]
fn lay_block_over(above: &[u8; 64], below: &mut [u8; 64]) {
    let mut through = [0; 64];
    for (through, above) in through.as_chunks_mut::<4>().0.iter_mut().zip(above.as_chunks::<4>().0) {
        let rest = !u32::from_le_bytes(*above) & 0xff00_0000;
        *through = (rest | rest >> 8 | rest >> 16 | rest >> 24).to_le_bytes();
    }
    for ((below, above), through) in below.iter_mut().zip(above).zip(through) {
        let shown = u16::from(*below) * u16::from(through) + 128;
        // Premultiplied and rounded alike, no sum runs over.
        *below = (((shown + (shown >> 8)) >> 8) as u8).wrapping_add(*above);
    }
}

/// A premultiplied colour over another.
fn over(above: u32, below: u32) -> u32 {
    // Premultiplied and rounded alike, no byte runs over into the next.
    above + scaled(below, 255 - (above >> 24))
}

/// `cover` 255ths of a premultiplied colour.
fn covered(colour: u32, cover: u8) -> u32 {
    if cover == 255 { colour } else { scaled(colour, u32::from(cover)) }
}

/// Each byte times `share` 255ths, rounded.
fn scaled(word: u32, share: u32) -> u32 {
    let times = |half: u32| {
        let product = half * share + 0x0080_0080;
        ((product + ((product >> 8) & 0x00ff_00ff)) >> 8) & 0x00ff_00ff
    };
    times(word & 0x00ff_00ff) | times((word >> 8) & 0x00ff_00ff) << 8
}
