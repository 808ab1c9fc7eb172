use std::path::Path;

use soundlock_picture::Tools;

use crate::{DiffusionError, Order, Setup};

/// What is told while a take is made.
#[derive(Debug, Clone, PartialEq)]
pub enum Told<'a> {
    /// How much is done, 0 to 1.
    Progress(f64),
    /// What the model says, a line.
    Said(&'a str),
    /// A fact of the take: what made it.
    Fact(&'static str, String),
}

/// Makes the take of `order`, which is written to its place; names of weights count from `folder`.
///
/// The process may end in here without coming back, where weights are not as stable-diffusion.cpp expects them.
pub fn make_take(
    order: &Order,
    setup: &Setup,
    folder: &Path,
    tools: &Tools,
    tell: &(dyn Fn(Told<'_>) + Sync),
) -> Result<(), DiffusionError> {
    if !crate::IS_BUILT {
        return Err(DiffusionError::NotBuilt);
    }
    setup.check()?;
    setup.weights.check_files(folder)?;
    made(order, setup, folder, tools, tell)
}

#[cfg(not(feature = "local-diffusion"))]
fn made(
    _: &Order,
    _: &Setup,
    _: &Path,
    _: &Tools,
    _: &(dyn Fn(Told<'_>) + Sync),
) -> Result<(), DiffusionError> {
    Err(DiffusionError::NotBuilt)
}

#[cfg(feature = "local-diffusion")]
use with_engine::made;

#[cfg(feature = "local-diffusion")]
mod with_engine {
    use soundlock_draw::{Canvas, RgbImage};
    use soundlock_picture::{
        Colour, Depth, Encoder, Encoding, Frame, Layout, Limits, VideoCodec, VideoFormat, probe, still,
    };

    use super::{DiffusionError, Order, Path, Setup, Told, Tools};
    use crate::engine::{Asked, Engine, Rgb};

    /// Close to what the model made: the take is judged, and encoded once more when it is finished.
    const CRF: u8 = 10;

    pub(super) fn made(
        order: &Order,
        setup: &Setup,
        folder: &Path,
        tools: &Tools,
        tell: &(dyn Fn(Told<'_>) + Sync),
    ) -> Result<(), DiffusionError> {
        let given = |file: &Option<std::path::PathBuf>| {
            file.as_deref().map(|file| given(file, order, tools)).transpose()
        };
        let (first, last) = (given(&order.first)?, given(&order.last)?);
        let mut engine = Engine::load(setup, folder, tell)?;
        let asked = Asked { order, setup, first: first.as_ref(), last: last.as_ref() };
        let frames = engine.frames(&asked)?;
        // Their memory is of better use now.
        drop(engine);
        check(&frames, order)?;
        encode(&frames[..order.frames as usize], order, tools)
    }

    /// A picture that goes along, at the take's size.
    fn given(file: &Path, order: &Order, tools: &Tools) -> Result<Rgb, DiffusionError> {
        let media = probe(tools, file, &Limits::GENEROUS)?;
        let bytes = still(tools, &media, 0, order.raster, &Limits::GENEROUS)?;
        Ok(Rgb { width: order.raster.width(), height: order.raster.height(), bytes })
    }

    /// As many and as large as asked for. A model that makes a frame or two more, to come out on its grid, is
    /// taken at its first ones.
    fn check(frames: &[Rgb], order: &Order) -> Result<(), DiffusionError> {
        let (width, height) = (order.raster.width(), order.raster.height());
        let size = frames.first().map_or((0, 0), |frame| (frame.width, frame.height));
        if frames.len() >= order.frames as usize
            && frames.iter().all(|frame| (frame.width, frame.height) == (width, height))
        {
            return Ok(());
        }
        let made = format!("{} frames of {}x{}", frames.len(), size.0, size.1);
        Err(DiffusionError::Other { made, asked: format!("{} of {width}x{height}", order.frames) })
    }

    fn encode(frames: &[Rgb], order: &Order, tools: &Tools) -> Result<(), DiffusionError> {
        let codec = VideoCodec::H264 { preset: "medium".to_owned(), crf: CRF };
        let format = VideoFormat::film(order.raster, order.fps, Encoding { codec, threads: 1 });
        let mut encoder = Encoder::start(tools, &order.output, &format, &Limits::GENEROUS)?;
        let mut canvas = Canvas::new(order.raster);
        let mut frame = Frame::new(order.raster, Layout::Yuv420, Depth::Eight, Colour::FILM);
        for rgb in frames {
            let image = RgbImage::new(side(rgb.width), side(rgb.height), &rgb.bytes)?;
            canvas.blit(&image, 0.0, 0.0, canvas.width(), canvas.height());
            canvas.frame_into(&mut frame);
            encoder.write(&frame)?;
        }
        Ok(encoder.finish()?)
    }

    /// Orders are never larger; what is would not fit its bytes.
    fn side(pixels: u32) -> u16 {
        u16::try_from(pixels).unwrap_or(u16::MAX)
    }
}
