use soundlock_draw::{Canvas, Paint, Path, Rgba};

use super::palette::Palette;
use super::seed::{Dice, wave};
use super::words::Weather;

/// What falls or drifts between the camera and the people.
pub(crate) struct Air {
    weather: Weather,
    drops: Vec<[f64; 4]>,
    wide: f64,
    colour: Rgba,
    haze: Rgba,
}

impl Air {
    pub(crate) fn new(weather: Weather, palette: &Palette, wide: f64, seed: u64) -> Self {
        let mut dice = Dice::numbered(seed);
        let count = match weather {
            Weather::Clear => 0,
            Weather::Rain => 120,
            Weather::Storm => 170,
            Weather::Snow => 130,
            Weather::Fog => 5,
        };
        let drops = (0..count).map(|_| [dice.unit(), dice.unit(), dice.unit(), dice.unit()]).collect();
        let colour = match weather {
            Weather::Snow => Rgba::WHITE.mix(palette.ambient, 0.25),
            _ => palette.rim.mix(palette.haze, 0.4),
        };
        Self { weather, drops, wide, colour, haze: palette.haze }
    }

    /// Draws over everything, in heights of the frame.
    pub(crate) fn draw(&self, canvas: &mut Canvas, seconds: f64) {
        match self.weather {
            Weather::Clear => {}
            Weather::Rain => self.rain(canvas, seconds, 0.10),
            Weather::Storm => {
                self.rain(canvas, seconds, 0.34);
                self.lightning(canvas, seconds);
            }
            Weather::Snow => self.snow(canvas, seconds),
            Weather::Fog => self.fog(canvas, seconds),
        }
    }

    fn rain(&self, canvas: &mut Canvas, seconds: f64, slant: f64) {
        for (near, opacity) in [(false, 0.34), (true, 0.50)] {
            let mut path = Path::new();
            for &[x, y, speed, size] in self.drops.iter().filter(|drop| (drop[3] > 0.6) == near) {
                let fall =
                    (y + seconds * (1.25 + 0.5 * speed) * if near { 1.5 } else { 1.0 }).fract() * 1.3 - 0.2;
                let length = if near { 0.11 } else { 0.06 } * (0.6 + 0.6 * size);
                let width = if near { 0.0026 } else { 0.0016 };
                let left = (x * 1.4 - 0.2) * self.wide - fall * slant;
                path.add_polygon(&[
                    (left, fall),
                    (left + width, fall),
                    (left - length * slant, fall + length),
                ]);
            }
            canvas.fill(&path, self.colour.fade(opacity));
        }
    }

    fn snow(&self, canvas: &mut Canvas, seconds: f64) {
        for (from, to, size, speed, opacity) in
            [(0.0, 0.5, 0.0022, 0.05, 0.55), (0.5, 0.85, 0.0040, 0.09, 0.75), (0.85, 1.1, 0.0095, 0.16, 0.55)]
        {
            let mut path = Path::new();
            for &[x, y, phase, kind] in self.drops.iter().filter(|drop| drop[3] >= from && drop[3] < to) {
                let fall = (y + seconds * speed * (0.8 + 0.4 * kind)).fract() * 1.1 - 0.05;
                let drift = wave(seconds, 0.13 + 0.1 * phase, phase) * 0.02 - seconds * 0.012;
                let across = ((x + drift / self.wide).rem_euclid(1.0) * 1.1 - 0.05) * self.wide;
                let flake = size * (0.7 + 0.6 * phase);
                path.add_ellipse(across, fall, flake, flake);
            }
            canvas.fill(&path, self.colour.fade(opacity));
        }
    }

    fn fog(&self, canvas: &mut Canvas, seconds: f64) {
        for &[x, y, phase, size] in &self.drops {
            let middle = ((x + seconds * (0.006 + 0.006 * phase)).fract() * 1.8 - 0.4) * self.wide;
            let (level, reach) = (0.35 + 0.6 * y, 0.45 + 0.35 * size);
            let paint = Paint::glow((middle, level), reach, self.haze.fade(0.42));
            canvas.fill(&Path::circle(middle, level, reach), paint);
        }
    }

    /// A flash now and then, twice in quick succession.
    fn lightning(&self, canvas: &mut Canvas, seconds: f64) {
        let phase = self.drops.first().map_or(0.0, |drop| drop[0]);
        let at = (seconds + phase * 4.0) % 4.3;
        let flash = [(0.0, 0.08), (0.16, 0.05)].iter().map(|(start, fade)| {
            let since = at - start;
            if since < 0.0 { 0.0 } else { libm::exp(-since / fade) }
        });
        let light = flash.fold(0.0, f64::max);
        if light > 0.02 {
            canvas.fill_rect(-1.0, -1.0, self.wide + 2.0, 3.0, Rgba::hex(0xE8_F0FF).fade(light * 0.42));
        }
    }
}
