use std::sync::Arc;

use soundlock_draw::{Backdrop, Canvas, Lettering, Paint, Path, Plate, Rgba, Transform};
use soundlock_plan::{Angle, Movement, ShotSize};
use soundlock_time::{Fps, Raster};

use super::air::Air;
use super::camera::{Camera, Moved};
use super::cast::{Cast, Light};
use super::palette::Palette;
use super::props::{self, Colours};
use super::seed::Dice;
use super::shape::{card, placed};
use super::stage::{Layer, Site, Stage};
use super::words::{Place, Prop, Time, Weather};
use super::{AnimaticStyle, places};
use crate::ShotOrder;

/// A shot, ready to be drawn frame by frame: a pure function of its order, the style and the raster.
pub struct Scene {
    raster: Raster,
    fps: Fps,
    frames: u32,
    palette: Palette,
    stage: Stage,
    camera: Camera,
    ground: Ground,
    cast: Cast,
    insert: Option<Prop>,
    air: Option<Air>,
    light_from: f64,
    paper: Arc<Vec<u8>>,
    slate: Option<Slate>,
    close: bool,
    /// Layers that are part of the ground already.
    baked: usize,
}

/// What lies under everything that is drawn in a frame.
enum Ground {
    /// The sky, and what else never moves.
    Sky(Backdrop),
    /// The place, out of focus, with this many pixels of it to a pixel of the frame and this much beyond its edges.
    Blurred(Plate, f64, f64),
}

struct Slate {
    lettering: Arc<Lettering>,
    words: String,
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
        let look = &order.look;
        let wide = f64::from(raster.width()) / f64::from(raster.height());
        let place = Place::read(look, &order.prompt);
        let (time, weather) = (Time::read(look, &order.prompt), Weather::read(look, &order.prompt));
        let palette = Palette::of(&look.place, place.is_interior(), time, weather);
        let things = Prop::read(&format!("{} {}", look.action, look.place));
        let horizon = match look.angle {
            Angle::Eye | Angle::OverShoulder => 0.58,
            Angle::Low => 0.70,
            Angle::High => 0.40,
        };
        let close = look.size >= ShotSize::MediumClose;
        let mut site = Site {
            place,
            time,
            weather,
            palette: &palette,
            horizon,
            wide,
            dice: Dice::named(&["place", &look.place]),
            props: &things,
        };
        let stage = places::build(&mut site);
        let cast = Cast::new(order, style, place, wide);
        let phase = Dice::numbered(order.seed).unit();
        let camera = Camera::new(
            look.size,
            look.movement,
            order.fps.seconds(order.frames),
            wide,
            cast.facing(),
            phase,
        );
        let detail = look.size == ShotSize::ExtremeClose || (close && cast.is_empty());
        let insert = things.first().copied().filter(|_| detail);
        let site = Site { dice: Dice::named(&["place", &look.place]), ..site };
        let still = look.movement == Movement::Static && !close;
        let baked = if still {
            stage.layers.iter().take_while(|layer| layer.depth < 1.0 && !layer.is_alive()).count()
        } else {
            0
        };
        let ground = if close {
            blurred(&site, &stage, &camera, raster, look.size)
        } else {
            sky(&site, &stage.layers[..baked], &camera, raster)
        };
        let light_from = site.dice.clone().pick(&[-1.0, -1.0, 1.0, 1.0]);
        let air = (!place.is_interior()).then(|| Air::new(weather, &palette, wide, order.seed));
        let slate = order.burn_in.clone().zip(lettering).map(|(words, lettering)| Slate { lettering, words });
        Self {
            raster,
            fps: order.fps,
            frames: order.frames,
            stage,
            camera,
            ground,
            cast,
            insert,
            air,
            light_from,
            paper,
            slate,
            close,
            baked,
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
        self.begin(canvas, moved, height);
        if !self.close {
            self.layers(canvas, moved, seconds, |depth| depth < 1.0);
        }
        let light = Light { palette: &self.palette, from: self.light_from, frame, seconds, height };
        match self.insert {
            Some(prop) => self.insert(canvas, prop, moved, seconds),
            None => self.cast.draw(canvas, &self.camera, moved, &light),
        }
        if !self.close {
            self.layers(canvas, moved, seconds, |depth| depth >= 1.0);
        }
        canvas.set_transform(Transform::scale(height, height));
        if let Some(air) = &self.air {
            air.draw(canvas, seconds);
        }
        if let Some(slate) = &self.slate {
            slate.draw(canvas, frame, self.frames);
        }
        canvas.multiply(&self.paper);
    }

    fn begin(&self, canvas: &mut Canvas, moved: Moved, height: f64) {
        match &self.ground {
            Ground::Sky(backdrop) => canvas.restore(backdrop),
            Ground::Blurred(plate, step, margin) => {
                let (zoom, x, y) = self.camera.shift(moved, 0.5);
                let (middle_x, middle_y) = self.camera.middle();
                let corner =
                    |middle: f64, shift: f64| ((-middle - shift) / zoom + middle + margin) * height * step;
                canvas.restore_plate(plate, (corner(middle_x, x), corner(middle_y, y)), step / zoom);
            }
        }
    }

    fn layers(&self, canvas: &mut Canvas, moved: Moved, seconds: f64, wanted: impl Fn(f64) -> bool) {
        for layer in self.stage.layers[self.baked..].iter().filter(|layer| wanted(layer.depth)) {
            canvas.set_transform(self.camera.place(moved, layer.depth, f64::from(self.raster.height())));
            layer.draw(canvas, seconds);
        }
    }

    /// A thing, large, on a table.
    fn insert(&self, canvas: &mut Canvas, prop: Prop, moved: Moved, seconds: f64) {
        let (middle, height) = (self.camera.middle().0, f64::from(self.raster.height()));
        let mut dice = Dice::numbered(7);
        canvas.set_transform(self.camera.people(moved, 0.9, height));
        let wood = self.palette.at(0x8A_5A3A, 0.0);
        let top = card(&mut dice, -0.5, 0.70, middle * 2.0 + 1.0, 0.9);
        canvas.fill(&top, Paint::vertical(0.70, wood.mix(self.palette.ink, 0.30), 1.0, wood));
        canvas.fill_rect(-0.5, 0.70, middle * 2.0 + 1.0, 0.006, self.palette.rim.fade(0.35));
        let marks = super::shape::dabs(&mut dice, 24, [-0.2, 0.74, middle * 2.0 + 0.2, 1.0], 0.5, 0.006);
        canvas.fill(&marks, self.palette.ink.fade(0.16));
        canvas.set_transform(self.camera.people(moved, 1.0, height));
        let glow = (middle - self.light_from * -0.3, 0.35);
        canvas.fill(&Path::circle(glow.0, glow.1, 0.9), Paint::glow(glow, 0.9, self.palette.lamp.fade(0.30)));
        canvas.fill(&Path::ellipse(middle + 0.03, 0.865, 0.40, 0.045), self.palette.ink.fade(0.35));
        let colours = Colours::of(&self.palette);
        let size = if prop == Prop::Door { 0.75 } else { 0.54 };
        let place = Transform::translate(middle, 0.86).then_inner(Transform::scale(size, size));
        placed(canvas, place, |canvas| props::draw(canvas, prop, &colours, seconds));
    }
}

/// The sky, and the layers in front of it that do not move in this shot: they are drawn once.
fn sky(site: &Site, layers: &[Layer], camera: &Camera, raster: Raster) -> Ground {
    let mut canvas = Canvas::new(raster);
    canvas.clear(site.palette.sky[1]);
    canvas.set_transform(Transform::scale(canvas.height(), canvas.height()));
    places::sky(site, &mut canvas);
    for layer in layers {
        canvas.set_transform(camera.place(Moved::STILL, layer.depth, f64::from(raster.height())));
        layer.draw(&mut canvas, 0.0);
    }
    Ground::Sky(canvas.backdrop())
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
        layer.draw(&mut canvas, 0.0);
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

impl Slate {
    /// A strip at the bottom: the words to the left, the frame to the right.
    fn draw(&self, canvas: &mut Canvas, frame: u32, frames: u32) {
        let (width, height) = (canvas.width(), canvas.height());
        let size = (height * 0.026).max(8.0);
        let strip = size * 1.7;
        canvas.set_transform(Transform::IDENTITY);
        canvas.fill_rect(0.0, height - strip, width, strip, Rgba::hex(0x10_1218).fade(0.62));
        let mut style = soundlock_draw::TextStyle::plain(size as f32, Rgba::hex(0xF2_EAD8));
        let count = format!("{:03}/{frames:03}", frame + 1);
        let count_width = f64::from(self.lettering.measure(&count, &style).width);
        let top = height - strip + size * 0.2;
        style.line_height = 1.3;
        let words = self.fitting(&style, width - count_width - size * 2.5);
        self.lettering.draw(canvas, &words, &style, size * 0.8, top);
        self.lettering.draw(canvas, &count, &style, width - count_width - size * 0.8, top);
    }

    /// As many of the words as fit.
    fn fitting(&self, style: &soundlock_draw::TextStyle, width: f64) -> String {
        let line = self.words.lines().next().unwrap_or_default();
        let whole = f64::from(self.lettering.measure(line, style).width);
        if whole <= width {
            return line.to_owned();
        }
        let kept = (line.chars().count() as f64 * (width / whole) * 0.96) as usize;
        let mut shorter: String = line.chars().take(kept.saturating_sub(1)).collect();
        shorter.push('…');
        shorter
    }
}
