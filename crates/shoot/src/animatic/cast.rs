use soundlock_draw::{Canvas, Paint, Path, Transform};
use soundlock_plan::{Angle, ShotSize};

use super::figure::{Person, Pose};
use super::palette::Palette;
use super::shape::placed;
use super::words::{Doing, Place, Prop};
use super::{AnimaticStyle, Camera};
use crate::ShotOrder;
use crate::animatic::camera::Moved;

/// How much of the ink is in a shoulder that the camera looks over, and in a back that it looks at.
const SHOULDER_SHADE: f64 = 0.72;
const BACK_SHADE: f64 = 0.25;

/// Everybody in the frame, each in their place.
pub(crate) struct Cast {
    actors: Vec<Actor>,
    over_shoulder: Option<(Person, f64)>,
    size: ShotSize,
    place: Place,
}

struct Actor {
    person: Person,
    /// Middle of the head, in heights of the frame.
    at: (f64, f64),
    /// Height of the head.
    head: f64,
    turn: f64,
    holds: Option<Prop>,
    walks: bool,
    mood: f64,
    /// Whether only their back is seen.
    behind: bool,
    /// Loudness of this voice in each frame, 0 to 1.
    voice: Vec<f64>,
}

/// What a frame needs to know to draw people.
#[derive(Clone, Copy)]
pub(crate) struct Light<'a> {
    pub(crate) palette: &'a Palette,
    /// Where the light comes from: -1 left, 1 right.
    pub(crate) from: f64,
    pub(crate) frame: u32,
    pub(crate) seconds: f64,
    pub(crate) height: f64,
}

impl Cast {
    pub(crate) fn new(order: &ShotOrder, style: &AnimaticStyle, place: Place, wide: f64) -> Self {
        let look = &order.look;
        let order_of =
            |name: &str| look.present.iter().position(|present| same(present, name)).unwrap_or(usize::MAX);
        let mut names: Vec<&str> = look.subjects.iter().map(String::as_str).collect();
        let most = if look.size >= ShotSize::Close { 2 } else { 5 };
        names.truncate(most);
        names.sort_by_key(|name| order_of(name));
        let actors = names.iter().enumerate().map(|(index, name)| {
            let side = if names.len() == 1 { order_of(name).min(1) } else { index };
            actor(order, style, name, Seat { index, side, count: names.len(), place, wide })
        });
        let actors: Vec<Actor> = actors.collect();
        let facing = actors.first().map_or(1.0, |actor| actor.turn.signum());
        let behind = look.present.iter().find(|name| !names.iter().any(|seen| same(seen, name)));
        let over_shoulder = behind.filter(|_| look.angle == Angle::OverShoulder && actors.len() == 1);
        let over_shoulder = over_shoulder.map(|name| (person(style, name), facing));
        Self { actors, over_shoulder, size: look.size, place }
    }

    /// Where the first of them looks, 0 for nobody.
    pub(crate) fn facing(&self) -> f64 {
        self.actors
            .first()
            .map_or(0.0, |actor| if self.actors.len() == 1 { actor.turn.signum() } else { 0.0 })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.actors.is_empty()
    }

    pub(crate) fn draw(&self, canvas: &mut Canvas, camera: &Camera, moved: Moved, light: &Light) {
        canvas.set_transform(camera.people(moved, 1.0, light.height));
        let standing = self.size <= ShotSize::Wide;
        for actor in &self.actors {
            if standing && self.place != Place::Sea {
                let (x, y) = (actor.x(light.seconds), actor.at.1 + actor.head * actor.person.feet());
                canvas.fill(
                    &Path::ellipse(x, y, actor.head * 1.3, actor.head * 0.16),
                    light.palette.ink.fade(0.30),
                );
            }
            actor.glow(canvas, light);
        }
        for actor in &self.actors {
            let size = actor.head;
            let place = Transform::translate(actor.x(light.seconds), actor.at.1)
                .then_inner(Transform::scale(size, size));
            placed(canvas, place, |canvas| {
                if actor.behind {
                    actor.person.draw_from_behind(canvas, light.palette, light.seconds, BACK_SHADE);
                } else {
                    actor.person.draw(canvas, light.palette, &actor.pose(light));
                }
            });
        }
        if standing && self.place == Place::Sea && !self.actors.is_empty() {
            self.hull(canvas, light);
        }
        if let Some((person, facing)) = &self.over_shoulder {
            let x = camera.middle().0 + facing * camera.middle().0 * 0.66;
            canvas.set_transform(camera.people(moved, 1.35, light.height));
            let place = Transform::translate(x, 0.50).then_inner(Transform::scale(0.50, 0.50));
            placed(canvas, place, |canvas| {
                person.draw_from_behind(canvas, light.palette, light.seconds, SHOULDER_SHADE);
            });
        }
    }

    /// On open water people sit in a boat: its near side hides their legs.
    fn hull(&self, canvas: &mut Canvas, light: &Light) {
        let head = self.actors[0].head;
        let (left, right) = self
            .actors
            .iter()
            .fold((f64::MAX, f64::MIN), |(left, right), actor| (left.min(actor.at.0), right.max(actor.at.0)));
        let y = self.actors[0].at.1 + head * 2.6;
        let (from, to) = (left - head * 3.2, right + head * 3.6);
        let colour = light.palette.at(0xB8_4A3A, 0.0);
        let mut hull = Path::new();
        hull.move_to(from, y - head * 0.3);
        hull.quad_to((from + to) / 2.0, y + head * 0.35, to, y - head * 0.8);
        hull.quad_to(to - head * 0.8, y + head * 1.3, to - head * 1.9, y + head * 1.7);
        hull.line_to(from + head * 0.8, y + head * 1.7);
        hull.quad_to(from + head * 0.1, y + head * 0.9, from, y - head * 0.3);
        canvas.fill(&hull, colour);
        let mut band = Path::new();
        band.move_to(from, y - head * 0.3);
        band.quad_to((from + to) / 2.0, y + head * 0.35, to, y - head * 0.8);
        band.line_to(to - head * 0.12, y - head * 0.45);
        band.quad_to((from + to) / 2.0, y + head * 0.68, from + head * 0.03, y + head * 0.02);
        canvas.fill(&band, light.palette.at(0xF1_E6CE, 0.0));
        for row in 0..3 {
            let wash = y + head * (1.62 + 0.22 * f64::from(row));
            let mark = super::shape::dab(
                (from + to) / 2.0,
                wash,
                (to - from) * (1.15 - 0.2 * f64::from(row)),
                head * 0.10,
                0.0,
            );
            canvas.fill(&mark, light.palette.at(0xDC_EAE8, 0.1).fade(0.40));
        }
    }
}

impl Actor {
    fn x(&self, seconds: f64) -> f64 {
        let walked = if self.walks { seconds * self.head * 0.55 * self.turn.signum() } else { 0.0 };
        self.at.0 + walked
    }

    fn level(&self, frame: u32) -> f64 {
        self.voice.get(frame as usize).copied().unwrap_or(0.0)
    }

    fn pose(&self, light: &Light) -> Pose {
        let frame = light.frame;
        let mouth =
            (self.level(frame.saturating_sub(1)) + 2.0 * self.level(frame) + self.level(frame + 1)) / 4.0;
        let recent =
            (0..10).map(|back| if back > frame { 0.0 } else { self.level(frame - back) }).sum::<f64>() / 10.0;
        Pose {
            turn: self.turn,
            light: light.from,
            mouth,
            lively: (recent * 1.6).min(1.0),
            seconds: light.seconds,
            walks: self.walks,
            mood: self.mood,
            holds: self.holds,
        }
    }

    /// A light behind who speaks, that follows the voice.
    fn glow(&self, canvas: &mut Canvas, light: &Light) {
        let frame = light.frame;
        let voice =
            (0..6).map(|back| if back > frame { 0.0 } else { self.level(frame - back) }).sum::<f64>() / 6.0;
        if voice > 0.02 {
            let reach = self.head * (1.7 + 0.5 * voice);
            let centre = (self.x(light.seconds), self.at.1);
            let paint = Paint::glow(centre, reach, light.palette.lamp.fade(0.38 * voice));
            canvas.fill(&Path::circle(centre.0, centre.1, reach), paint);
        }
    }
}

/// Which of how many somebody is, and on which side they stay.
#[derive(Clone, Copy)]
struct Seat {
    index: usize,
    side: usize,
    count: usize,
    place: Place,
    wide: f64,
}

fn same(one: &str, other: &str) -> bool {
    one.trim().eq_ignore_ascii_case(other.trim())
}

fn person(style: &AnimaticStyle, name: &str) -> Person {
    let look = style.cast.iter().find(|look| same(&look.name, name));
    Person::read(&name.trim().to_uppercase(), look)
}

fn actor(order: &ShotOrder, style: &AnimaticStyle, name: &str, seat: Seat) -> Actor {
    let person = person(style, name);
    let doing = Doing::read(&order.look.action);
    let facing = match seat.count {
        1 => [1.0, -1.0][seat.side.min(1)],
        count if seat.index * 2 + 1 == count => {
            if seat.index.is_multiple_of(2) {
                1.0
            } else {
                -1.0
            }
        }
        count => {
            if seat.index * 2 < count {
                1.0
            } else {
                -1.0
            }
        }
    };
    let (head, at) = framing(order, &person, seat, facing);
    let holding = [Prop::Letter, Prop::Phone, Prop::Book, Prop::Cup, Prop::Candle, Prop::Key];
    let named = Prop::read(&order.look.action).into_iter().find(|prop| holding.contains(prop));
    let first = order.look.subjects.first().is_some_and(|subject| same(subject, name));
    Actor {
        at,
        head,
        turn: facing * 0.62,
        holds: named.filter(|_| first),
        walks: doing.walks && order.look.size <= ShotSize::Wide && seat.place != Place::Sea,
        mood: f64::from(u8::from(doing.happy)) - f64::from(u8::from(doing.sad)),
        // From afar a figure is small, and its legs belong to it.
        behind: order.look.angle == Angle::Behind && order.look.size >= ShotSize::Medium,
        voice: voice(order, name),
        person,
    }
}

/// Height of the head, and its place in the frame.
fn framing(order: &ShotOrder, person: &Person, seat: Seat, facing: f64) -> (f64, (f64, f64)) {
    let (size, inside) = (order.look.size, seat.place.is_interior());
    let crowd = [1.0, 0.92, 0.84, 0.74, 0.66][seat.count.clamp(1, 5) - 1];
    let lift = match order.look.angle {
        Angle::Low => 0.03,
        Angle::High => -0.02,
        Angle::Eye | Angle::OverShoulder | Angle::Behind => 0.0,
    };
    let share = (seat.index as f64 + 0.5) / seat.count as f64;
    let spread = |reach: f64| seat.wide * (0.5 + (share - 0.5) * reach);
    let alone = |offset: f64| seat.wide * (0.5 - facing * offset);
    let x = |offset: f64, reach: f64| if seat.count == 1 { alone(offset) } else { spread(reach) };
    let standing = |height: f64, ground: f64, x: f64| {
        let head = height / 6.25 * person.tall;
        let head = if person.child { height / 6.25 * 0.92 } else { head };
        (head, (x, ground - head * person.feet() - lift))
    };
    let sea = if seat.place == Place::Sea { 0.10 } else { 0.0 };
    match size {
        ShotSize::ExtremeWide if inside => standing(0.46, 0.90, x(0.10, 0.55)),
        ShotSize::ExtremeWide => standing(0.20, 0.885 + sea * 0.5, x(0.13, 0.22 * seat.count as f64 / 2.0)),
        ShotSize::Wide => standing(0.66, 0.945 + sea * 1.7, x(0.10, 0.78)),
        ShotSize::Medium => close(0.235 * crowd, 0.335, x(0.12, 1.04), lift, person),
        ShotSize::MediumClose => close(0.335 * crowd, 0.385, x(0.12, 1.06), lift, person),
        ShotSize::Close => close(0.53 * crowd * crowd, 0.455, x(0.10, 1.06), lift, person),
        ShotSize::ExtremeClose => close(1.12 * crowd * crowd, 0.52, x(0.08, 1.0), 0.0, person),
    }
}

fn close(head: f64, y: f64, x: f64, lift: f64, person: &Person) -> (f64, (f64, f64)) {
    let lower = if person.child { 0.10 * (1.0 - head).max(0.0) } else { (1.0 - person.tall) * 0.3 };
    (head, (x, y - lift + lower))
}

/// Loudness of `name` in each frame of the take.
fn voice(order: &ShotOrder, name: &str) -> Vec<f64> {
    let mut voice = vec![0.0_f64; order.frames as usize];
    for speech in order.speech.iter().filter(|speech| same(&speech.character, name)) {
        for (frame, level) in (speech.from as usize..).zip(&speech.levels) {
            if let Some(loudness) = voice.get_mut(frame) {
                *loudness = loudness.max(f64::from(*level) / 255.0);
            }
        }
    }
    voice
}
