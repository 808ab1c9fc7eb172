use std::sync::Arc;

use soundlock_picture::{Depth, Frame, Layout};
use soundlock_time::Raster;
use vello_cpu::kurbo::{Affine, Cap, Join, Stroke};
use vello_cpu::peniko::{Extend, ImageQuality, ImageSampler};
use vello_cpu::{
    Image, ImageSource, Pixmap, RasterizerSettings, RenderContext, RenderSettings, Resources, TargetInit,
};

use crate::{DrawError, Paint, Path, Plate, Rgba, Transform, level, planes};

/// A picture being drawn: RGBA, 8 bits, premultiplied.
///
/// Shapes are recorded and rendered together when pixels are asked for. The same calls give the same bits: see the crate's
/// own documentation for how, and how far that was measured.
pub struct Canvas {
    raster: Raster,
    context: RenderContext,
    resources: Resources,
    pixels: Pixmap,
    transform: Transform,
    recorded: bool,
    background: Option<Rgba>,
}

/// A copy of a canvas' pixels, to start other pictures from.
#[derive(Clone)]
pub struct Backdrop(Vec<u8>);

/// An RGB image, 8 bits, row after row without padding.
#[derive(Debug, Clone)]
pub struct RgbImage {
    width: u16,
    height: u16,
    pixmap: Arc<Pixmap>,
}

impl Canvas {
    /// A black canvas.
    pub fn new(raster: Raster) -> Self {
        let (width, height) = (raster.width() as u16, raster.height() as u16);
        let settings = RenderSettings { level: level(), num_threads: 0 };
        Self {
            raster,
            context: RenderContext::new_with(width, height, settings),
            resources: Resources::new(),
            pixels: Pixmap::new(width, height),
            transform: Transform::IDENTITY,
            recorded: false,
            background: Some(Rgba::BLACK),
        }
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

    /// Begins anew on a ground of `colour`, whose opacity is taken as full. The transform is reset, clips are undone.
    pub fn clear(&mut self, colour: Rgba) {
        self.restart();
        self.background = Some(Rgba { a: 255, ..colour });
    }

    /// Begins anew on the pixels of `backdrop`, which must come from a canvas of this raster.
    pub fn restore(&mut self, backdrop: &Backdrop) {
        self.restart();
        self.background = None;
        self.pixels.data_as_u8_slice_mut().copy_from_slice(&backdrop.0);
    }

    /// A copy of what has been drawn.
    pub fn backdrop(&mut self) -> Backdrop {
        self.flush();
        Backdrop(self.pixels.data_as_u8_slice().to_vec())
    }

    /// Begins anew on `plate`, stretched: pixel (x, y) shows the plate's `left + x * step`, `top + y * step`.
    pub fn restore_plate(&mut self, plate: &Plate, corner: (f64, f64), step: f64) {
        self.restart();
        self.background = None;
        plate.stretch(self.pixels.data_as_u8_slice_mut(), self.raster.width() as usize, corner, step);
    }

    /// Multiplies each byte of the pixels by the same byte of `grain`, where 255 leaves it as it is: paper, vignette.
    pub fn multiply(&mut self, grain: &[u8]) {
        for (byte, grain) in self.pixels_mut().iter_mut().zip(grain) {
            *byte = ((u16::from(*byte) * (u16::from(*grain) + 1)) >> 8) as u8;
        }
    }

    fn restart(&mut self) {
        self.context.reset();
        self.transform = Transform::IDENTITY;
        self.recorded = false;
    }

    /// How shapes drawn from now on are moved, scaled and turned.
    pub fn set_transform(&mut self, transform: Transform) {
        self.transform = transform;
        self.context.set_transform(transform.into());
    }

    /// How shapes are moved at present.
    pub fn transform(&self) -> Transform {
        self.transform
    }

    /// Fills `path`.
    pub fn fill(&mut self, path: &Path, paint: impl Into<Paint>) {
        self.recorded = true;
        self.context.set_paint(paint.into().encoded());
        self.context.fill_path(&path.0);
    }

    /// Fills a rectangle; the fast way for large grounds.
    pub fn fill_rect(&mut self, x: f64, y: f64, width: f64, height: f64, paint: impl Into<Paint>) {
        self.recorded = true;
        self.context.set_paint(paint.into().encoded());
        self.context.fill_rect(&vello_cpu::kurbo::Rect::new(x, y, x + width, y + height));
    }

    /// Draws along `path` with a round pen.
    ///
    /// The pen's joins come from the system's sines: what must be the same on every machine is filled, not stroked.
    pub fn stroke(&mut self, path: &Path, width: f64, paint: impl Into<Paint>) {
        self.recorded = true;
        self.context.set_paint(paint.into().encoded());
        self.context.set_stroke(Stroke::new(width).with_join(Join::Round).with_caps(Cap::Round));
        self.context.stroke_path(&path.0);
    }

    /// Keeps what is drawn until [`Canvas::pop_clip`] inside `path`.
    pub fn push_clip(&mut self, path: &Path) {
        self.recorded = true;
        self.context.push_clip_layer(&path.0);
    }

    /// Undoes the last clip.
    pub fn pop_clip(&mut self) {
        self.context.pop_layer();
    }

    /// Makes what is drawn until [`Canvas::pop_opacity`] see-through as a whole; 1 is opaque.
    pub fn push_opacity(&mut self, opacity: f64) {
        self.recorded = true;
        self.context.push_opacity_layer(opacity.clamp(0.0, 1.0) as f32);
    }

    /// Undoes the last opacity.
    pub fn pop_opacity(&mut self) {
        self.context.pop_layer();
    }

    /// Draws `image` into a rectangle, scaled to it.
    pub fn blit(&mut self, image: &RgbImage, x: f64, y: f64, width: f64, height: f64) {
        self.recorded = true;
        let sampler = ImageSampler {
            x_extend: Extend::Pad,
            y_extend: Extend::Pad,
            quality: ImageQuality::Medium,
            alpha: 1.0,
        };
        let scale_x = width / f64::from(image.width);
        let scale_y = height / f64::from(image.height);
        self.context.set_paint(Image { image: ImageSource::Pixmap(Arc::clone(&image.pixmap)), sampler });
        self.context.set_paint_transform(Affine::new([scale_x, 0.0, 0.0, scale_y, x, y]));
        self.context.fill_rect(&vello_cpu::kurbo::Rect::new(x, y, x + width, y + height));
        self.context.reset_paint_transform();
    }

    /// The pixels, RGBA, row after row.
    pub fn pixels(&mut self) -> &[u8] {
        self.flush();
        self.pixels.data_as_u8_slice()
    }

    /// The pixels, to be changed; what is drawn afterwards lies on top.
    pub fn pixels_mut(&mut self) -> &mut [u8] {
        self.flush();
        self.pixels.data_as_u8_slice_mut()
    }

    /// Writes the picture into `frame` as YUV 4:2:0, 8 bits, BT.709, limited range, chroma sited left.
    ///
    /// A frame of another raster, layout or depth is replaced by one that fits.
    pub fn frame_into(&mut self, frame: &mut Frame) {
        self.flush();
        if frame.raster != self.raster || frame.layout != Layout::Yuv420 || frame.bytes(0).is_empty() {
            *frame = Frame::new(self.raster, Layout::Yuv420, Depth::Eight, soundlock_picture::Colour::FILM);
        }
        frame.colour = soundlock_picture::Colour::FILM;
        planes::write_bt709(self.pixels.data_as_u8_slice(), frame);
    }

    /// The picture as a PNG file, RGB, 8 bits.
    pub fn png(&self) -> Result<Vec<u8>, DrawError> {
        let mut pixels = self.pixels.clone();
        let mut resources = Resources::new();
        self.render(&mut pixels, &mut resources);
        let rgb: Vec<u8> = pixels.data().iter().flat_map(|pixel| [pixel.r, pixel.g, pixel.b]).collect();
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

    fn flush(&mut self) {
        if self.recorded || self.background.is_some() {
            let mut resources = std::mem::take(&mut self.resources);
            let mut pixels = std::mem::replace(&mut self.pixels, Pixmap::new(0, 0));
            self.render(&mut pixels, &mut resources);
            (self.pixels, self.resources) = (pixels, resources);
        }
        self.background = None;
        self.recorded = false;
        self.context.reset();
        self.context.set_transform(self.transform.into());
    }

    fn render(&self, pixels: &mut Pixmap, resources: &mut Resources) {
        let target_init = match self.background {
            Some(colour) => TargetInit::Clear(colour.encoded()),
            None => TargetInit::SrcOver,
        };
        if self.recorded || self.background.is_some() {
            self.context.render_with(
                pixels,
                resources,
                RasterizerSettings { target_init, ..Default::default() },
            );
        }
    }
}

impl RgbImage {
    /// An image from its bytes: three a pixel; an error when their number is not `width * height * 3`.
    pub fn new(width: u16, height: u16, rgb: &[u8]) -> Result<Self, DrawError> {
        if rgb.len() != usize::from(width) * usize::from(height) * 3 || rgb.is_empty() {
            return Err(DrawError::ImageSize { width, height, bytes: rgb.len() });
        }
        let mut pixmap = Pixmap::new(width, height);
        for (pixel, rgb) in pixmap.data_as_u8_slice_mut().chunks_exact_mut(4).zip(rgb.chunks_exact(3)) {
            pixel.copy_from_slice(&[rgb[0], rgb[1], rgb[2], 255]);
        }
        pixmap.set_may_have_transparency(false);
        Ok(Self { width, height, pixmap: Arc::new(pixmap) })
    }
}
