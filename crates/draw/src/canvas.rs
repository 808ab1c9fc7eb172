use std::sync::Arc;

use soundlock_picture::{Depth, Frame, Layout};
use soundlock_time::Raster;

use crate::raster::Rasteriser;
use crate::shade::Shade;
use crate::{DrawError, Hidden, Paint, Path, Plate, Rgba, Sheet, Transform, planes};

/// A picture being drawn: RGBA, 8 bits, premultiplied.
///
/// What is drawn is there at once. The same calls give the same bits on every machine: see the crate's own documentation.
pub struct Canvas {
    raster: Raster,
    rasteriser: Rasteriser,
    pixels: Vec<u8>,
    transform: Transform,
    grain: Option<Arc<Vec<u8>>>,
}

/// An RGB image, 8 bits, row after row without padding.
#[derive(Debug, Clone)]
pub struct RgbImage {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

impl Canvas {
    /// A black canvas.
    pub fn new(raster: Raster) -> Self {
        let pixels = vec![0; raster.width() as usize * raster.height() as usize * 4];
        let rasteriser = Rasteriser::default();
        let mut canvas = Self { raster, rasteriser, pixels, transform: Transform::IDENTITY, grain: None };
        canvas.clear(Rgba::BLACK);
        canvas
    }

    /// Its size.
    pub fn raster(&self) -> Raster {
        self.raster
    }

    /// Width in pixels.
    pub fn width(&self) -> f64 {
        f64::from(self.raster.width())
    }

    /// Height in pixels.
    pub fn height(&self) -> f64 {
        f64::from(self.raster.height())
    }

    /// Begins anew on a ground of `colour`, whose opacity is taken as full. The transform is reset.
    pub fn clear(&mut self, colour: Rgba) {
        self.begin_with([colour.r, colour.g, colour.b, 255]);
    }

    /// Begins anew on nothing, to draw a [`Sheet`].
    pub fn clear_through(&mut self) {
        self.begin_with([0; 4]);
    }

    /// Begins anew on what the picture showed before, to save a ground that would be covered wholly.
    pub fn begin_over(&mut self) {
        self.transform = Transform::IDENTITY;
        self.grain = None;
    }

    fn begin_with(&mut self, pixel: [u8; 4]) {
        self.transform = Transform::IDENTITY;
        self.grain = None;
        self.pixels.as_chunks_mut::<4>().0.fill(pixel);
    }

    /// What has been drawn, to be laid over other pictures; `None` when that is nothing.
    pub fn sheet(&mut self) -> Option<Sheet> {
        let wide = self.raster.width() as usize;
        Sheet::cut(self.pixels(), wide)
    }

    /// Lays `sheet` over the picture: pixel (x, y) shows what lay at `corner` plus (x, y) times `step` when it was drawn.
    ///
    /// What is `hidden` may be left as it is.
    pub fn lay(&mut self, sheet: &Sheet, corner: (f64, f64), step: f64, hidden: &Hidden) {
        self.settle();
        sheet.lay(&mut self.pixels, self.raster.width() as usize, corner, step, hidden);
    }

    /// Covers the picture with `plate`, stretched: pixel (x, y) shows the plate's `left + x * step`, `top + y * step`.
    pub fn lay_plate(&mut self, plate: &Plate, corner: (f64, f64), step: f64) {
        self.grain = None;
        plate.stretch(&mut self.pixels, self.raster.width() as usize, corner, step);
    }

    /// A mask for [`Canvas::lay`] that hides nothing.
    pub fn nothing_hidden(&self) -> Hidden {
        Hidden::nothing(self.raster.width() as usize, self.raster.height() as usize)
    }

    /// Multiplies each pixel by its byte of `grain`, where 255 leaves it as it is: paper, vignette.
    ///
    /// Done when the pixels are asked for, or while they are turned into planes. A grain of another raster is left out.
    pub fn multiply(&mut self, grain: &Arc<Vec<u8>>) {
        self.settle();
        self.grain = Some(Arc::clone(grain)).filter(|grain| grain.len() * 4 == self.pixels.len());
    }

    fn settle(&mut self) {
        if let Some(grain) = self.grain.take() {
            multiply(&mut self.pixels, &grain);
        }
    }

    /// How shapes drawn from now on are moved, scaled and turned.
    pub fn set_transform(&mut self, transform: Transform) {
        self.transform = transform;
    }

    /// How shapes are moved at present.
    pub fn transform(&self) -> Transform {
        self.transform
    }

    /// Fills `path`.
    pub fn fill(&mut self, path: &Path, paint: impl Into<Paint>) {
        self.settle();
        let shade = Shade::new(&paint.into(), self.transform);
        let (width, height) = (self.raster.width() as usize, self.raster.height() as usize);
        let pixels = &mut self.pixels;
        self.rasteriser.fill(path, self.transform, (width, height), |span| {
            shade.lay(&mut pixels[span.y * width * 4..(span.y + 1) * width * 4], span);
        });
    }

    /// Fills a rectangle.
    pub fn fill_rect(&mut self, x: f64, y: f64, width: f64, height: f64, paint: impl Into<Paint>) {
        self.fill(&Path::rect(x, y, width, height), paint);
    }

    /// Draws `image` into a rectangle, scaled to it.
    pub fn blit(&mut self, image: &RgbImage, x: f64, y: f64, width: f64, height: f64) {
        self.settle();
        let wide = self.raster.width() as usize;
        let (left, right) = (x.round().max(0.0), (x + width).round().min(self.width()));
        let (top, bottom) = (y.round().max(0.0), (y + height).round().min(self.height()));
        let place =
            |at: f64, from: f64, size: f64, count: usize| (at + 0.5 - from) / size * count as f64 - 0.5;
        let columns: Vec<_> = (left as usize..right.max(left) as usize)
            .map(|column| near_and_far(place(column as f64, x, width, image.width), image.width))
            .collect();
        for row in top as usize..bottom.max(top) as usize {
            let rows = near_and_far(place(row as f64, y, height, image.height), image.height);
            let out = &mut self.pixels[(row * wide + left as usize) * 4..][..columns.len() * 4];
            for (out, columns) in out.as_chunks_mut::<4>().0.iter_mut().zip(&columns) {
                *out = image.between(*columns, rows);
            }
        }
    }

    /// The pixels, RGBA, row after row.
    pub fn pixels(&mut self) -> &[u8] {
        self.settle();
        &self.pixels
    }

    /// Writes the picture into `frame` as YUV 4:2:0, 8 bits, BT.709, limited range, chroma sited left.
    ///
    /// A frame of another raster, layout or depth is replaced by one that fits.
    pub fn frame_into(&mut self, frame: &mut Frame) {
        if frame.raster != self.raster || frame.layout != Layout::Yuv420 || frame.bytes(0).is_empty() {
            *frame = Frame::new(self.raster, Layout::Yuv420, Depth::Eight, soundlock_picture::Colour::FILM);
        }
        frame.colour = soundlock_picture::Colour::FILM;
        planes::write_bt709(&self.pixels, self.grain.as_deref().map(Vec::as_slice), frame);
    }

    /// The picture as a PNG file, RGB, 8 bits.
    pub fn png(&self) -> Result<Vec<u8>, DrawError> {
        let mut pixels = self.pixels.clone();
        self.grain.iter().for_each(|grain| multiply(&mut pixels, grain));
        let rgb: Vec<u8> = pixels.chunks_exact(4).flat_map(|pixel| pixel[..3].to_vec()).collect();
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.raster.width(), self.raster.height());
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&rgb)?;
        writer.finish()?;
        Ok(file)
    }
}

fn multiply(pixels: &mut [u8], grain: &[u8]) {
    for (pixel, grain) in pixels.as_chunks_mut::<4>().0.iter_mut().zip(grain) {
        let times = |byte: u8| ((u16::from(byte) * (u16::from(*grain) + 1)) >> 8) as u8;
        *pixel = [times(pixel[0]), times(pixel[1]), times(pixel[2]), pixel[3]];
    }
}

/// Two neighbouring places among `count`, and how much of the second shows, in 256ths.
fn near_and_far(at: f64, count: usize) -> (usize, usize, u32) {
    let parts = (at.clamp(0.0, (count - 1) as f64) * 256.0) as usize;
    (parts >> 8, (parts / 256 + 1).min(count - 1), (parts & 255) as u32)
}

impl RgbImage {
    /// An image from its bytes: three a pixel; an error when their number is not `width * height * 3`.
    pub fn new(width: u16, height: u16, rgb: &[u8]) -> Result<Self, DrawError> {
        if rgb.len() != usize::from(width) * usize::from(height) * 3 || rgb.is_empty() {
            return Err(DrawError::ImageSize { width, height, bytes: rgb.len() });
        }
        Ok(Self { width: usize::from(width), height: usize::from(height), rgb: rgb.to_vec() })
    }

    fn between(&self, columns: (usize, usize, u32), rows: (usize, usize, u32)) -> [u8; 4] {
        let at = |column: usize, row: usize, channel: usize| {
            u32::from(self.rgb[(row * self.width + column) * 3 + channel])
        };
        let channel = |channel: usize| {
            let across = |row: usize| {
                at(columns.0, row, channel) * (256 - columns.2) + at(columns.1, row, channel) * columns.2
            };
            ((across(rows.0) * (256 - rows.2) + across(rows.1) * rows.2 + (1 << 15)) >> 16) as u8
        };
        [channel(0), channel(1), channel(2), 255]
    }
}
