use std::sync::Arc;

use soundlock_draw::{Canvas, Lettering, Plate, Transform};
use soundlock_plan::{Angle, Look, ShotSize};
use soundlock_time::{Fps, Raster};

use super::air::Air;
use super::camera::{Camera, Moved};
use super::cast::{Cast, Light};
use super::motes::Motes;
use super::palette::Palette;
use super::seed::Dice;
use super::set::{Set, Window};
use super::slate::Slate;
use super::stage::{Site, Stage};
use super::words::{Place, Prop, Time, Weather};
use super::{AnimaticStyle, insert, places};
use crate::ShotOrder;

/// A shot, ready to be drawn frame by frame: a pure function of its order, the style and the raster.
pub struct Scene {
    raster: Raster,
    fps: Fps,
    palette: Palette,
    camera: Camera,
    ground: Ground,
    cast: Cast,
    insert: Option<Prop>,
    air: Option<Air>,
    motes: Option<Motes>,
    light_from: f64,
    paper: Arc<Vec<u8>>,
    slate: Option<Slate>,
}

/// The place that people stand in.
enum Ground {
    /// What is behind them and what is in front.
    Sharp(Box<[Set; 2]>),
    /// Out of focus, with this many pixels of it to a pixel of the frame and this much beyond its edges.
    Blurred(Plate, f64, f64),
}

/// How much of the place beyond the frame is kept out of focus, in heights of the frame.
const MARGIN: f64 = 0.22;

impl Scene {
    /// Prepares the shot of `order`. `paper` comes from [`super::paper`] for this raster.
    pub(crate) fn prepared(
        order: &ShotOrder,
        style: &AnimaticStyle,
        raster: Raster,
        paper: Arc<Vec<u8>>,
        lettering: Option<Arc<Lettering>>,
    ) -> Self {
        let (look, wide) = (&order.look, f64::from(raster.width()) / f64::from(raster.height()));
        let read = Read::of(order);
        let palette = read.palette(look);
        let site = read.site(look, &palette, wide);
        let cast = Cast::new(order, style, read.place, wide);
        let phase = Dice::numbered(order.seed).unit();
        let seconds = order.fps.seconds(order.frames);
        let camera = Camera::new(look.size, look.movement, seconds, wide, cast.facing(), phase);
        let close = look.size >= ShotSize::MediumClose;
        let detail = look.size == ShotSize::ExtremeClose || (close && cast.is_empty());
        let outside = !read.place.is_interior();
        Self {
            raster,
            fps: order.fps,
            ground: Ground::of(order, site, &camera, raster),
            camera,
            cast,
            insert: read.things.first().copied().filter(|_| detail),
            air: outside.then(|| Air::new(read.weather, &palette, wide, order.seed)),
            motes: Motes::of((read.place, read.time, read.weather), &palette, wide, (order.seed, close)),
            light_from: Dice::named(&["place", &look.place]).pick(&[-1.0, -1.0, 1.0, 1.0]),
            paper,
            slate: Slate::of(order, lettering),
            palette,
        }
    }

    /// Prepares the shot of `order`, without a slate.
    pub fn new(order: &ShotOrder, style: &AnimaticStyle, raster: Raster) -> Self {
        Self::prepared(order, style, raster, Arc::new(super::paper::paper(raster)), None)
    }

    /// Draws frame `frame`, counted from 0, over all of `canvas`, which must be of the scene's raster.
    pub fn draw(&self, frame: u32, canvas: &mut Canvas) {
        let seconds = self.fps.seconds(frame);
        let moved = self.camera.at(seconds);
        let height = f64::from(self.raster.height());
        // The place covers all; the paper of the frame before must not be worked into what it covers.
        canvas.begin_over();
        self.ground.behind(canvas, &self.camera, moved, seconds);
        // In front of a face they would be spots on it.
        let near = matches!(self.ground, Ground::Sharp(_));
        self.motes(canvas, seconds, !near);
        let light = Light { palette: &self.palette, from: self.light_from, frame, seconds, height };
        match self.insert {
            Some(prop) => {
                insert::draw(canvas, prop, &self.palette, (&self.camera, moved), (self.light_from, seconds));
            }
            None => self.cast.draw(canvas, &self.camera, moved, &light),
        }
        self.ground.before(canvas, &self.camera, moved, seconds);
        self.motes(canvas, seconds, near);
        canvas.set_transform(Transform::scale(height, height));
        self.air.iter().for_each(|air| air.draw(canvas, seconds));
        self.slate.iter().for_each(|slate| slate.draw(canvas, frame));
        canvas.multiply(&self.paper);
    }

    fn motes(&self, canvas: &mut Canvas, seconds: f64, wanted: bool) {
        if let Some(motes) = self.motes.as_ref().filter(|_| wanted) {
            canvas.set_transform(Transform::scale(canvas.height(), canvas.height()));
            motes.draw(canvas, seconds);
        }
    }
}

/// What the order's words say.
struct Read {
    place: Place,
    time: Time,
    weather: Weather,
    things: Vec<Prop>,
}

impl Read {
    fn of(order: &ShotOrder) -> Self {
        let look = &order.look;
        Self {
            place: Place::read(look, &order.prompt),
            time: Time::read(look, &order.prompt),
            weather: Weather::read(look, &order.prompt),
            things: Prop::read(&format!("{} {}", look.action, look.place)),
        }
    }

    fn palette(&self, look: &Look) -> Palette {
        Palette::of(&look.place, self.place.is_interior(), self.time, self.weather)
    }

    fn site<'a>(&'a self, look: &Look, palette: &'a Palette, wide: f64) -> Site<'a> {
        let horizon = match look.angle {
            Angle::Eye | Angle::OverShoulder | Angle::Behind => 0.58,
            Angle::Low => 0.70,
            Angle::High => 0.40,
        };
        Site {
            place: self.place,
            time: self.time,
            weather: self.weather,
            palette,
            horizon,
            wide,
            dice: Dice::named(&["place", &look.place]),
            props: &self.things,
        }
    }
}

impl Ground {
    fn of(order: &ShotOrder, mut site: Site, camera: &Camera, raster: Raster) -> Self {
        let size = order.look.size;
        let dice = site.dice.clone();
        let stage = places::build(&mut site);
        let site = Site { dice, ..site };
        if size >= ShotSize::MediumClose {
            return blurred(&site, &stage, camera, raster, size);
        }
        let moves: Vec<Moved> = (0..order.frames).map(|frame| camera.at(order.fps.seconds(frame))).collect();
        let (behind, before): (Vec<_>, Vec<_>) =
            stage.layers.into_iter().partition(|layer| layer.depth < 1.0);
        let sets = [behind, before].map(|layers| {
            let planes: Vec<f64> = layers.iter().map(|layer| camera.plane(layer.depth)).collect();
            let window = Window::over(camera, &moves, &planes, raster);
            let far = layers.first().is_some_and(|layer| layer.depth < 1.0);
            let sky = |canvas: &mut Canvas| {
                if far {
                    places::sky(&site, canvas);
                }
            };
            Set::new(layers, sky, camera, window)
        });
        Self::Sharp(Box::new(sets))
    }

    fn behind(&self, canvas: &mut Canvas, camera: &Camera, moved: Moved, seconds: f64) {
        match self {
            Self::Sharp(sets) => sets[0].draw(canvas, camera, moved, seconds),
            Self::Blurred(plate, step, margin) => {
                let height = canvas.height();
                let (zoom, _, _) = camera.shift(moved, 0.5);
                let (x, y) = camera.seen(moved, 0.5, (0.0, 0.0));
                let corner = ((x + margin) * height * step, (y + margin) * height * step);
                canvas.lay_plate(plate, corner, step / zoom);
            }
        }
    }

    fn before(&self, canvas: &mut Canvas, camera: &Camera, moved: Moved, seconds: f64) {
        if let Self::Sharp(sets) = self {
            sets[1].draw(canvas, camera, moved, seconds);
        }
    }
}

/// Draws the place small, softens it, and lets it sink into the haze a little: what is not in focus.
fn blurred(site: &Site, stage: &Stage, camera: &Camera, raster: Raster, size: ShotSize) -> Ground {
    let share = if raster.height() >= 480 { 4.0 } else { 2.0 };
    let height = f64::from(raster.height()) / share;
    let even = |length: f64| ((length / 2.0) as u32 * 2).max(16);
    let small = Raster::new(even((site.wide + 2.0 * MARGIN) * height), even((1.0 + 2.0 * MARGIN) * height));
    let mut canvas = Canvas::new(small.unwrap_or(raster));
    canvas.clear(site.palette.haze);
    let shift = Transform::translate(MARGIN * height, MARGIN * height);
    canvas.set_transform(shift.then_inner(Transform::scale(height, height)));
    places::sky(site, &mut canvas);
    for layer in stage.layers.iter().filter(|layer| layer.depth < 1.0) {
        canvas.set_transform(shift.then_inner(camera.place(Moved::STILL, layer.depth, height)));
        layer.pieces.iter().for_each(|piece| piece.draw(&mut canvas, 0.0));
    }
    canvas.set_transform(Transform::IDENTITY);
    let veil = site.palette.key.mix(site.palette.ink, 0.25).fade(0.20);
    canvas.fill_rect(0.0, 0.0, canvas.width(), canvas.height(), veil);
    let reach = match size {
        ShotSize::MediumClose => 0.010,
        ShotSize::Close => 0.018,
        _ => 0.026,
    };
    let radius = (height * reach).max(1.0) as usize;
    Ground::Blurred(Plate::blurred(&mut canvas, radius), 1.0 / share, MARGIN)
}
