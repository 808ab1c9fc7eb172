use soundlock_draw::{Canvas, Path, Rgba};

use super::palette::Palette;
use super::seed::{Dice, wave};
use super::shape::limb;
use super::words::{Place, Time, Weather};

/// Small things in the air between lens and people: dust in the light, leaves, fireflies, foam off the waves.
///
/// They keep a held shot alive. Where it rains or snows there is enough in the air without them.
pub(crate) struct Motes {
    kind: Kind,
    each: Vec<[f64; 4]>,
    colours: [Rgba; 3],
    wide: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Discs out of focus that catch the light as they turn.
    Dust,
    Leaves,
    Fireflies,
    Foam,
}

impl Motes {
    /// What is in the air of a place; closer to the lens where the shot is `close`.
    pub(crate) fn of(
        (place, time, weather): (Place, Time, Weather),
        palette: &Palette,
        wide: f64,
        (seed, close): (u64, bool),
    ) -> Option<Self> {
        let falling = matches!(weather, Weather::Rain | Weather::Snow | Weather::Storm);
        if falling && !place.is_interior() {
            return None;
        }
        let kind = kind(place, time);
        let mut dice = Dice::numbered(seed ^ 0x6d6f_7465);
        let count = match kind {
            Kind::Dust if close => 13,
            Kind::Dust => 16,
            Kind::Leaves => 7,
            Kind::Fireflies => 12,
            Kind::Foam => 8,
        };
        let each = (0..count)
            .map(|index| {
                // Spread over the width, however the dice fall.
                let across = (f64::from(index) + dice.unit()) / f64::from(count);
                [across, dice.unit(), dice.unit(), dice.unit()]
            })
            .collect();
        Some(Self { kind, each, colours: colours(kind, palette), wide })
    }

    /// Draws them over everything, in heights of the frame.
    pub(crate) fn draw(&self, canvas: &mut Canvas, seconds: f64) {
        for (index, mote) in self.each.iter().enumerate() {
            let colour = self.colours[index % 3];
            match self.kind {
                Kind::Dust => self.dust(canvas, *mote, colour, seconds),
                Kind::Leaves => self.leaf(canvas, *mote, colour, seconds),
                Kind::Fireflies => self.firefly(canvas, *mote, colour, seconds),
                Kind::Foam => self.foam(canvas, *mote, colour, seconds),
            }
        }
    }

    fn dust(&self, canvas: &mut Canvas, [across, down, phase, size]: [f64; 4], colour: Rgba, seconds: f64) {
        let x = (across + 0.008 * seconds * (phase - 0.3)).rem_euclid(1.0) * (self.wide + 0.1) - 0.05;
        let y = (down + 0.012 * seconds * (0.4 + size)).rem_euclid(1.0) * 1.1 - 0.05;
        let drift = (wave(seconds, 0.11, phase) * 0.012, wave(seconds, 0.13, size) * 0.010);
        let turned = 0.5 + 0.5 * wave(seconds, 0.55 + 0.6 * phase, down + across);
        let radius = 0.009 + 0.017 * size;
        let shine = (0.06 + 0.34 * turned * turned) * (1.25 - 0.5 * size);
        canvas.fill(&Path::circle(x + drift.0, y + drift.1, radius), colour.fade(shine));
    }

    fn leaf(&self, canvas: &mut Canvas, [across, down, phase, size]: [f64; 4], colour: Rgba, seconds: f64) {
        let blown = seconds * (0.07 + 0.08 * phase);
        let x = (across + blown / self.wide).rem_euclid(1.0) * (self.wide + 0.12) - 0.06;
        let y = (down + seconds * (0.09 + 0.07 * size)).rem_euclid(1.0) * 1.12 - 0.06;
        let sway = (wave(seconds, 0.5, phase) * 0.030, wave(seconds, 0.9, phase) * 0.012);
        let (x, y) = (x + sway.0, y + sway.1);
        let (sin, cos) = libm::sincos((seconds * (0.5 + 0.5 * phase) + phase) * std::f64::consts::TAU);
        let length = 0.011 + 0.008 * size;
        let tip = (cos * length, sin * length * 0.8);
        let thick = length * (0.35 + 0.45 * wave(seconds, 1.1, size).abs());
        let leaf =
            limb(&[(x - tip.0, y - tip.1), (x + tip.0 * 0.2, y), (x + tip.0, y + tip.1)], thick, 0.002);
        canvas.fill(&leaf, colour);
    }

    fn firefly(
        &self,
        canvas: &mut Canvas,
        [across, down, phase, size]: [f64; 4],
        colour: Rgba,
        seconds: f64,
    ) {
        let x = across * self.wide + 0.05 * wave(seconds, 0.17 + 0.1 * size, phase);
        let y = 0.30 + 0.65 * down + 0.04 * wave(seconds, 0.23 + 0.1 * phase, size);
        let lit = (0.5 + 0.5 * wave(seconds, 0.5 + 0.5 * size, across + phase)).max(0.0);
        for (radius, share) in [(0.021, 0.13), (0.012, 0.22), (0.0045, 1.0)] {
            canvas.fill(&Path::circle(x, y, radius), colour.fade(share * lit * lit));
        }
    }

    fn foam(&self, canvas: &mut Canvas, [across, down, phase, size]: [f64; 4], colour: Rgba, seconds: f64) {
        let blown = seconds * (0.16 + 0.14 * phase);
        let x = (across - blown / self.wide).rem_euclid(1.0) * (self.wide + 0.1) - 0.05;
        let y = 0.25 + 0.75 * down + wave(seconds, 0.35 + 0.3 * size, phase) * 0.05;
        let radius = 0.004 + 0.006 * size;
        canvas.fill(&Path::circle(x, y, radius), colour.fade(0.75));
    }
}

fn kind(place: Place, time: Time) -> Kind {
    match place {
        Place::Sea | Place::Shore | Place::Harbour | Place::Lighthouse => Kind::Foam,
        Place::Forest | Place::Field | Place::Road if time == Time::Night => Kind::Fireflies,
        Place::Street | Place::City | Place::Railway | Place::Mountain if time == Time::Night => Kind::Dust,
        Place::Space => Kind::Dust,
        _ if place.is_interior() => Kind::Dust,
        _ => Kind::Leaves,
    }
}

fn colours(kind: Kind, palette: &Palette) -> [Rgba; 3] {
    let light = palette.lamp.mix(Rgba::WHITE, 0.45);
    match kind {
        Kind::Dust => [light, palette.disc.mix(Rgba::WHITE, 0.3), palette.rim.mix(light, 0.5)],
        Kind::Leaves => [0xB8_5A2C, 0xC8_8A34, 0x7A_6A34].map(|leaf| palette.at(leaf, 0.05)),
        Kind::Fireflies => [0xE8_F59A, 0xF6_E27A, 0xC8_F0A0].map(Rgba::hex),
        Kind::Foam => [palette.rim, Rgba::WHITE.mix(palette.ambient, 0.3), palette.disc],
    }
}
