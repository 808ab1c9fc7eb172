mod land;
mod rooms;
mod sea;
mod town;
mod travel;
mod trees;

pub(super) use sea::boat;

use super::seed::wave;
use super::shape::{cloud, dabs};
use super::stage::{Site, Stage};
use super::words::{Place, Time, Weather};
use soundlock_draw::{Canvas, Paint, Path, Transform};

/// Builds the place.
pub(super) fn build(site: &mut Site) -> Stage {
    let mut stage = Stage::new();
    match site.place {
        Place::Sea => sea::open_sea(site, &mut stage),
        Place::Shore => sea::shore(site, &mut stage),
        Place::Harbour => sea::harbour(site, &mut stage),
        Place::Lighthouse => sea::lighthouse(site, &mut stage),
        Place::Street => town::street(site, &mut stage),
        Place::City => town::rooftops(site, &mut stage),
        Place::Forest => trees::forest(site, &mut stage),
        Place::Field => land::field(site, &mut stage),
        Place::Road => land::road(site, &mut stage),
        Place::Railway => land::railway(site, &mut stage),
        Place::Mountain => land::mountains(site, &mut stage),
        Place::Corridor => travel::corridor(site, &mut stage),
        Place::Stairs => travel::stairs(site, &mut stage),
        Place::Car | Place::Train => travel::carriage(site, &mut stage),
        Place::Space => travel::space(site, &mut stage),
        Place::Ship => travel::ship(site, &mut stage),
        _ => rooms::room(site, &mut stage),
    }
    stage
}

/// Paints the sky over the whole frame: gradient, brush marks, sun or moon, stars. It never moves.
pub(super) fn sky(site: &Site, canvas: &mut Canvas) {
    let palette = site.palette;
    let bottom = site.horizon.max(0.25) + 0.05;
    let stops = vec![(0.0, palette.sky[0]), (0.55, palette.sky[1]), (1.0, palette.sky[2])];
    // Wider than the frame: what is out of focus is drawn with a margin.
    let paint = Paint::Linear { from: (0.0, 0.0), to: (0.0, bottom), stops };
    canvas.fill_rect(-0.5, -0.5, site.wide + 1.0, 2.0, paint);
    let mut dice = site.dice.clone();
    let area = [-0.2, 0.02, site.wide + 0.2, bottom * 0.9];
    canvas.fill(&dabs(&mut dice, 26, area, 0.9, 0.010), palette.sky[2].fade(0.10));
    canvas.fill(&dabs(&mut dice, 18, area, 0.8, 0.008), palette.sky[0].fade(0.12));
    if site.time == Time::Night && site.weather == Weather::Clear {
        stars(site, canvas);
    }
    if !matches!(site.weather, Weather::Rain | Weather::Storm) {
        disc(site, canvas);
    }
}

fn stars(site: &Site, canvas: &mut Canvas) {
    let mut dice = site.dice.clone();
    for _ in 0..90 {
        let (x, y) = (dice.range(0.0, site.wide), dice.range(0.0, site.horizon * 0.85));
        let size = 0.0011 + 0.0018 * dice.unit() * dice.unit();
        canvas.fill(&Path::circle(x, y, size), site.palette.disc.fade(dice.range(0.35, 0.95)));
    }
}

fn disc(site: &Site, canvas: &mut Canvas) {
    let mut dice = site.dice.clone();
    let x = site.wide * dice.pick(&[0.24, 0.31, 0.69, 0.77]);
    let (y, radius, reach) = match site.time {
        Time::Night => (site.horizon * 0.30, 0.048, 0.42),
        Time::Day => (site.horizon * 0.24, 0.055, 0.50),
        Time::Dawn => (site.horizon * 0.80, 0.075, 0.75),
        Time::Dusk => (site.horizon * 0.86, 0.105, 0.85),
    };
    let dim = if site.weather == Weather::Clear { 1.0 } else { 0.45 };
    let glow = Paint::glow((x, y), reach, site.palette.disc.fade(0.60 * dim));
    canvas.fill(&Path::circle(x, y, reach), glow);
    canvas.fill(&Path::circle(x, y, radius), site.palette.disc.fade(0.96 * dim));
}

/// Clouds that drift; how many and how dark follows the weather.
fn clouds(site: &mut Site, stage: &mut Stage) {
    site.aside(|site| drifting(site, stage));
}

fn drifting(site: &mut Site, stage: &mut Stage) {
    let (count, tone) = match site.weather {
        Weather::Clear if site.time == Time::Night => (3, site.palette.sky[1].mix(site.palette.sky[2], 0.35)),
        Weather::Clear => (4, site.palette.sky[2].mix(site.palette.disc, 0.35)),
        Weather::Fog | Weather::Snow => (4, site.palette.sky[1].mix(site.palette.haze, 0.6)),
        Weather::Rain => (7, site.palette.sky[0].mix(site.palette.ink, 0.12)),
        Weather::Storm => (9, site.palette.sky[0].mix(site.palette.ink, 0.35)),
    };
    let (left, right) = site.ends();
    let layer = stage.layer(0.10);
    for index in 0..count {
        let x = left + (right - left) * (f64::from(index) + site.dice.range(0.1, 0.9)) / f64::from(count);
        let y = site.horizon * site.dice.range(0.22, 0.82);
        let width = site.dice.range(0.22, 0.62);
        let path = cloud(&mut site.dice, x, y, width);
        let colour = tone.fade(site.dice.range(0.55, 0.85));
        let speed = site.dice.range(0.0025, 0.006) * if site.weather == Weather::Storm { 4.0 } else { 1.0 };
        layer.alive(move |canvas, seconds| {
            super::shape::placed(canvas, Transform::translate(seconds * speed, 0.0), |canvas| {
                canvas.fill(&path, colour);
            });
        });
    }
}

/// A few birds in the distance.
fn birds(site: &mut Site, stage: &mut Stage) {
    site.aside(|site| flock(site, stage));
}

fn flock(site: &mut Site, stage: &mut Stage) {
    if !matches!(site.time, Time::Day | Time::Dawn | Time::Dusk) || site.weather != Weather::Clear {
        return;
    }
    let ink = site.palette.ink.mix(site.palette.haze, 0.35);
    let flock: Vec<[f64; 4]> = (0..5)
        .map(|_| {
            let (x, y) = (site.dice.range(0.15, 0.85) * site.wide, site.horizon * site.dice.range(0.25, 0.7));
            [x, y, site.dice.range(0.009, 0.018), site.dice.unit()]
        })
        .collect();
    stage.layer(0.15).alive(move |canvas, seconds| {
        for &[x, y, size, phase] in &flock {
            let beat = wave(seconds, 1.1 + phase, phase) * 0.5 + 0.3;
            let (x, y) = (x + seconds * 0.012, y + wave(seconds, 0.15, phase) * 0.006);
            let mut path = Path::new();
            path.move_to(x - size, y - size * beat);
            path.quad_to(x - size * 0.4, y - size * 0.25, x, y);
            path.quad_to(x + size * 0.4, y - size * 0.25, x + size, y - size * beat);
            path.quad_to(x + size * 0.4, y - size * 0.05, x, y + size * 0.22);
            path.quad_to(x - size * 0.4, y - size * 0.05, x - size, y - size * beat);
            canvas.fill(&path, ink);
        }
    });
}

/// A band of mist across the frame, thickest at `y`.
fn mist(site: &Site, stage: &mut Stage, depth: f64, y: f64, height: f64, opacity: f64) {
    let thicker = match site.weather {
        Weather::Fog => 1.8,
        Weather::Rain | Weather::Snow | Weather::Storm => 1.25,
        Weather::Clear => 1.0,
    };
    let (left, right) = site.ends();
    let colour = site.palette.haze;
    let peak = colour.fade((opacity * thicker).min(0.92));
    let stops = vec![(0.0, colour.fade(0.0)), (0.65, peak), (1.0, colour.fade(0.0))];
    let paint = Paint::Linear { from: (0.0, y - height), to: (0.0, y + height * 0.55), stops };
    stage.layer(depth).fill(Path::rect(left, y - height, right - left, height * 1.55), paint);
}
