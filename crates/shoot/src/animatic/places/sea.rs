use soundlock_draw::{Canvas, Paint, Path, Rgba, Transform};

use super::super::seed::{Dice, wave};
use super::super::shape::{card, crags, dab, dabs, land, limb, placed, ridge};
use super::super::stage::{Site, Stage};
use super::super::words::{Prop, Weather};
use super::{birds, clouds, mist};

pub(super) fn open_sea(site: &mut Site, stage: &mut Stage) {
    clouds(site, stage);
    headland(site, stage, 0.25);
    birds(site, stage);
    water(site, stage, site.horizon, 1.7);
    boat_at(site, stage, 0.66, site.horizon + 0.045, 0.16, 0.5);
    swell(site, stage, &[(0.72, 0.82), (0.92, 0.93)]);
}

pub(super) fn shore(site: &mut Site, stage: &mut Stage) {
    clouds(site, stage);
    headland(site, stage, 0.25);
    birds(site, stage);
    water(site, stage, site.horizon, 0.74);
    if site.props.contains(&Prop::Boat) {
        site.aside(|site| boat_at(site, stage, 0.34, site.horizon + 0.02, 0.09, 0.4));
    }
    beach(site, stage);
    grasses(site, stage, 1.5, 1.06, 0.30);
}

pub(super) fn harbour(site: &mut Site, stage: &mut Stage) {
    clouds(site, stage);
    headland(site, stage, 0.22);
    birds(site, stage);
    water(site, stage, site.horizon, 1.0);
    boat_at(site, stage, 0.22, site.horizon + 0.06, 0.17, 0.5);
    boat_at(site, stage, 0.80, site.horizon + 0.10, 0.24, 0.6);
    quay(site, stage);
}

pub(super) fn lighthouse(site: &mut Site, stage: &mut Stage) {
    clouds(site, stage);
    headland(site, stage, 0.2);
    birds(site, stage);
    water(site, stage, site.horizon, 1.2);
    tower(site, stage);
    beach_grass(site, stage);
}

fn headland(site: &mut Site, stage: &mut Stage, rise: f64) {
    let (left, right) = site.ends();
    let west = site.dice.chance(0.5);
    let side = if west { (left, site.wide * 0.45) } else { (site.wide * 0.55, right) };
    let mut line = ridge(&mut site.dice, side.0, side.1, site.horizon - 0.02, rise * 0.55, 7);
    let inner = if west { line.len() - 1 } else { 0 };
    line[inner].1 = site.horizon + 0.01;
    let colour = site.at(0x5F_7A78, 0.72);
    stage.layer(0.18).fill(land(&line, site.horizon + 0.02), colour);
    let mut line = ridge(&mut site.dice, left, right, site.horizon + 0.004, rise * 0.16, 16);
    for point in &mut line {
        point.1 = point.1.min(site.horizon);
    }
    stage.layer(0.14).fill(land(&line, site.horizon + 0.02), site.at(0x6A_8288, 0.85));
}

/// Water from the horizon to `bottom`, with light that glitters on it.
fn water(site: &mut Site, stage: &mut Stage, top: f64, bottom: f64) {
    let (left, right) = site.ends();
    let (far, near) = (site.at(0x4E_93A0, 0.55), site.at(0x1F_5E78, 0.05));
    let far = far.mix(site.palette.sky[2], 0.35);
    let layer = stage.layer(0.30);
    let ground = Paint::vertical(top, far, bottom.max(top + 0.3), near);
    layer.fill(Path::rect(left, top, right - left, bottom - top + 0.2), ground);
    layer
        .fill(dabs(&mut site.dice, 60, [left, top + 0.01, right, top + 0.08], 0.22, 0.0022), near.fade(0.25));
    layer.fill(dabs(&mut site.dice, 80, [left, top + 0.08, right, bottom], 0.35, 0.006), near.fade(0.40));
    layer.fill(dabs(&mut site.dice, 46, [left, top + 0.04, right, bottom], 0.30, 0.004), far.fade(0.30));
    glitter(site, stage, top, bottom);
}

fn glitter(site: &mut Site, stage: &mut Stage, top: f64, bottom: f64) {
    let mut sky = site.dice.clone();
    let x = site.wide * Dice::pick(&mut sky, &[0.24, 0.31, 0.69, 0.77]);
    let light = site.palette.disc.mix(site.palette.sky[2], 0.3);
    let calm = if matches!(site.weather, Weather::Clear | Weather::Snow) { 0.8 } else { 0.3 };
    let marks: Vec<[f64; 5]> = (0..54)
        .map(|_| {
            let down = site.dice.unit();
            let spread = 0.03 + down * 0.24;
            let length = 0.02 + 0.09 * down * site.dice.unit();
            [
                x + site.dice.around(spread),
                top + 0.006 + down * down * (bottom - top),
                length,
                site.dice.unit(),
                down,
            ]
        })
        .collect();
    stage.layer(0.32).alive(move |canvas, seconds| {
        for &[x, y, length, phase, down] in &marks {
            let shine = (0.55 + 0.45 * wave(seconds, 0.22 + phase * 0.35, phase)) * calm;
            let mark = dab(x + wave(seconds, 0.11, phase) * 0.012, y, length, 0.0016 + 0.003 * down, 0.0);
            canvas.fill(&mark, light.fade(shine * 0.75));
        }
    });
}

/// Rows of waves in front that roll.
fn swell(site: &mut Site, stage: &mut Stage, rows: &[(f64, f64)]) {
    let storm = if site.weather == Weather::Storm { 2.4 } else { 1.0 };
    for &(depth, y) in rows {
        let y = y.max(site.horizon + 0.1);
        let colour = site.at(0x16_4A66, 0.0).mix(site.palette.ink, (y - 0.7).max(0.0) * 0.7);
        let foam = site.at(0xE8_F0EA, 0.15).fade(0.45);
        let (left, right) = site.ends();
        let phase = site.dice.unit();
        stage.layer(depth).alive(move |canvas, seconds| {
            let count = 22;
            let line: Vec<(f64, f64)> = (0..=count)
                .map(|index| {
                    let at = f64::from(index) / f64::from(count);
                    let lift =
                        wave(seconds, 0.13, phase + at * 4.0) * 0.012 + wave(seconds, 0.21, at * 7.3) * 0.006;
                    (left + (right - left) * at, y + lift * storm)
                })
                .collect();
            canvas.fill(&land(&line, 1.8), colour);
            for pair in line.windows(2).step_by(3) {
                let middle = ((pair[0].0 + pair[1].0) / 2.0, (pair[0].1 + pair[1].1) / 2.0);
                canvas.fill(&dab(middle.0, middle.1 + 0.012, 0.10, 0.0022, 0.02), foam);
            }
        });
    }
}

fn beach(site: &mut Site, stage: &mut Stage) {
    let (left, right) = site.ends();
    let edge = (site.horizon + (1.0 - site.horizon) * 0.36).min(0.86);
    let phase = site.dice.unit();
    let line = ridge(&mut site.dice, left, right, edge + 0.02, 0.05, 7);
    let (foam, wet, sand) = (site.at(0xF6_F4E6, 0.05), site.at(0xA8_8E6C, 0.10), site.at(0xE3_CB98, 0.02));
    let wash = line.clone();
    stage.layer(0.62).alive(move |canvas, seconds| {
        let reach = wave(seconds, 0.09, phase) * 0.010;
        placed(canvas, Transform::translate(0.0, reach), |canvas| {
            canvas.fill(&land(&wash, edge + 0.12), foam.fade(0.85));
        });
        placed(canvas, Transform::translate(0.0, reach * 0.6 + 0.014), |canvas| {
            canvas.fill(&land(&wash, 1.9), wet);
        });
    });
    let layer = stage.layer(0.82);
    let dry = ridge(&mut site.dice, left, right, edge + 0.13, 0.06, 6);
    layer.cut(land(&dry, 1.9), sand, site.shadow());
    layer.fill(
        dabs(&mut site.dice, 60, [left, edge + 0.16, right, 1.3], 0.30, 0.006),
        site.at(0xB8_9A6A, 0.0).fade(0.35),
    );
    layer.fill(
        dabs(&mut site.dice, 40, [left, edge + 0.15, right, 1.3], 0.24, 0.004),
        site.at(0xFF_F0C8, 0.0).fade(0.30),
    );
    for _ in 0..9 {
        let (x, y) = (site.dice.range(left, right), site.dice.range(edge + 0.2, 1.1));
        let size = site.dice.range(0.006, 0.018);
        layer.fill(Path::ellipse(x, y, size * 1.5, size), site.at(0x7A_6A5A, 0.0));
    }
}

fn beach_grass(site: &mut Site, stage: &mut Stage) {
    let (left, right) = site.ends();
    let edge = (site.horizon + 0.22).min(0.90);
    let line = ridge(&mut site.dice, left, right, edge, 0.07, 8);
    let layer = stage.layer(0.9);
    layer.cut(land(&line, 1.9), site.at(0x6E_8452, 0.05), site.shadow());
    layer.fill(
        dabs(&mut site.dice, 70, [left, edge + 0.03, right, 1.3], 0.20, 0.006),
        site.at(0x46_6344, 0.0).fade(0.45),
    );
    layer.fill(
        dabs(&mut site.dice, 40, [left, edge + 0.03, right, 1.3], 0.16, 0.004),
        site.at(0xB4_B86A, 0.0).fade(0.35),
    );
    grasses(site, stage, 1.45, 1.05, 0.28);
}

/// Blades in the foreground that bend in the wind.
pub(super) fn grasses(site: &mut Site, stage: &mut Stage, depth: f64, y: f64, height: f64) {
    let (left, right) = site.ends();
    let ink = site.at(0x2F_4632, 0.0).mix(site.palette.ink, 0.62);
    let blades: Vec<[f64; 4]> = (0..70)
        .filter_map(|_| {
            let x = site.dice.range(left, right);
            let middle = (x - site.wide / 2.0).abs() / site.wide;
            let tall = height * site.dice.range(0.35, 1.0) * (0.25 + middle * 1.5).min(1.1);
            (tall > 0.05).then(|| [x, tall, site.dice.around(0.3), site.dice.unit()])
        })
        .collect();
    let wind = if site.weather == Weather::Storm { 3.0 } else { 1.0 };
    stage.layer(depth).alive(move |canvas, seconds| {
        let mut path = Path::new();
        for &[x, tall, lean, phase] in &blades {
            let bend = lean + wave(seconds, 0.23, phase * 0.4 + x * 0.2) * 0.09 * wind;
            let tip = (x + bend * tall, y - tall);
            path.move_to(x - 0.006, y + 0.05);
            path.quad_to(x - 0.003, y - tall * 0.5, tip.0, tip.1);
            path.quad_to(x + 0.008, y - tall * 0.45, x + 0.007, y + 0.05);
            path.close();
        }
        canvas.fill(&path, ink);
    });
}

fn boat_at(site: &mut Site, stage: &mut Stage, x: f64, y: f64, size: f64, depth: f64) {
    let x = site.wide * x;
    let hull = site.dice.pick(&[0xB8_4A3A, 0x2F_5D73, 0xD9_9A3F, 0x3E_6B54]);
    let [hull, sail, mast, deck] =
        [hull, 0xF1_E6CE, 0x4A_3A33, 0xD8_C39A].map(|material| site.at(material, 0.25));
    let reflection = site.palette.ink.fade(0.22);
    let lamp = site.palette.lamp.fade(site.palette.night);
    let phase = site.dice.unit();
    stage.layer(depth).alive(move |canvas, seconds| {
        let rock = wave(seconds, 0.17, phase) * 0.02;
        let at = Transform::translate(x, y + wave(seconds, 0.23, phase) * size * 0.02);
        canvas_reflection(canvas, x, y, size, reflection);
        placed(
            canvas,
            at.then_inner(Transform::rotate(rock)).then_inner(Transform::scale(size, size)),
            |canvas| {
                boat(canvas, [hull, sail, mast, deck], lamp);
            },
        );
    });
}

fn canvas_reflection(canvas: &mut Canvas, x: f64, y: f64, size: f64, colour: Rgba) {
    for (row, share) in [(0.03, 1.0), (0.09, 0.8), (0.16, 0.5)] {
        canvas.fill(&dab(x, y + size * row, size * 1.1 * share, size * 0.03, 0.0), colour);
    }
}

/// A small fishing boat one unit long, its waterline on 0.
pub(in super::super) fn boat(canvas: &mut Canvas, [hull, sail, mast, deck]: [Rgba; 4], lamp: Rgba) {
    canvas.fill(&Path::polygon(&[(0.05, -0.16), (0.07, -0.95), (0.09, -0.95), (0.10, -0.16)]), mast);
    let mut canvas_sail = Path::new();
    canvas_sail.move_to(0.11, -0.90);
    canvas_sail.quad_to(0.46, -0.52, 0.40, -0.24);
    canvas_sail.line_to(0.11, -0.22);
    canvas_sail.close();
    canvas.fill(&canvas_sail, sail);
    canvas.fill(&Path::polygon(&[(0.03, -0.86), (-0.26, -0.24), (0.03, -0.22)]), sail.mix(hull, 0.2));
    canvas.fill(&Path::rounded(-0.34, -0.30, 0.22, 0.16, 0.02), deck);
    if lamp.a > 0 {
        canvas.fill(&Path::circle(-0.23, -0.22, 0.35), Paint::glow((-0.23, -0.22), 0.35, lamp.fade(0.6)));
        canvas.fill(&Path::rounded(-0.28, -0.26, 0.09, 0.08, 0.01), lamp);
    }
    let mut body = Path::new();
    body.move_to(-0.52, -0.18);
    body.quad_to(0.0, -0.10, 0.56, -0.22);
    body.quad_to(0.46, 0.0, 0.34, 0.03);
    body.line_to(-0.38, 0.03);
    body.quad_to(-0.50, -0.04, -0.52, -0.18);
    canvas.fill(&body, hull);
    let mut band = Path::new();
    band.move_to(-0.52, -0.18);
    band.quad_to(0.0, -0.10, 0.56, -0.22);
    band.line_to(0.54, -0.17);
    band.quad_to(0.0, -0.05, -0.51, -0.13);
    canvas.fill(&band, sail);
}

fn quay(site: &mut Site, stage: &mut Stage) {
    let (left, right) = site.ends();
    let top = (site.horizon + 0.20).min(0.88);
    let layer = stage.layer(0.92);
    layer
        .fill(Path::rect(left, top, right - left, 0.07), site.at(0x6B_6660, 0.0).mix(site.palette.ink, 0.25));
    layer.cut(Path::rect(left, top - 0.005, right - left, 1.2), site.at(0xA9_9F8E, 0.03), site.shadow());
    for index in 0..11 {
        let at = f64::from(index);
        let y = top + 0.012 + at * at * 0.006;
        layer.fill(
            dab(site.wide / 2.0, y, right - left, 0.0015 + at * 0.0004, 0.0),
            site.palette.ink.fade(0.22),
        );
    }
    layer.fill(
        dabs(&mut site.dice, 60, [left, top + 0.02, right, 1.2], 0.22, 0.005),
        site.at(0xD9_CDB4, 0.0).fade(0.35),
    );
    for index in 0..4 {
        let x = site.wide * (0.08 + 0.29 * f64::from(index)) + site.dice.around(0.04);
        let colour = site.at(0x3C_3A3E, 0.0);
        let stump = card(&mut site.dice, x - 0.016, top - 0.055, 0.032, 0.075);
        layer.cut(stump, colour, site.shadow());
        layer.cut(
            Path::ellipse(x, top - 0.056, 0.026, 0.012),
            colour.mix(site.palette.rim, 0.15),
            site.shadow(),
        );
    }
    let lamp_x = site.wide * 0.93;
    super::town::street_lamp(site, stage.layer(1.0), lamp_x, top + 0.02, 0.62);
}

fn tower(site: &mut Site, stage: &mut Stage) {
    let x = site.wide * site.dice.pick(&[0.30, 0.68]);
    let foot = site.horizon + 0.10;
    let [white, red, glass, rock] =
        [(0xF2_EADB, 0.08), (0xBE_4433, 0.08), (0x2E_3C4C, 0.1), (0x5A_5E5E, 0.12)]
            .map(|(m, d)| site.at(m, d));
    let top = foot - 0.48;
    let (beam, night) =
        (site.palette.lamp, site.palette.night.max(if site.weather == Weather::Clear { 0.0 } else { 0.5 }));
    let layer = stage.layer(0.5);
    layer.alive(move |canvas, seconds| {
        light_beam(canvas, (x, top - 0.035), seconds, beam.fade(0.15 + 0.85 * night));
    });
    let line: Vec<(f64, f64)> = [
        (-0.52, 0.10),
        (-0.40, 0.03),
        (-0.22, -0.03),
        (-0.10, -0.06),
        (0.12, -0.055),
        (0.25, 0.0),
        (0.42, 0.05),
        (0.55, 0.10),
    ]
    .iter()
    .map(|(dx, dy)| (x + dx, foot + dy + site.dice.around(0.012)))
    .collect();
    let half = |y: f64| 0.052 + (y - top) * 0.062;
    layer.cut(crags(&line, foot + 0.12), rock, site.shadow());
    let hut = card(&mut site.dice, x + 0.075, foot - 0.15, 0.15, 0.11);
    layer.cut(hut, white.mix(site.palette.ink, 0.12), site.shadow());
    layer.fill(
        Path::polygon(&[(x + 0.06, foot - 0.15), (x + 0.15, foot - 0.21), (x + 0.24, foot - 0.15)]),
        red,
    );
    layer.fill(
        Path::rect(x + 0.13, foot - 0.125, 0.035, 0.045),
        glass.mix(site.palette.lamp, site.palette.night),
    );
    let body = Path::polygon(&[
        (x - half(top), top),
        (x + half(top), top),
        (x + half(foot), foot - 0.04),
        (x - half(foot), foot - 0.04),
    ]);
    layer.cut(body, white, site.shadow());
    for band in [0.14, 0.36] {
        let (y0, y1) = (top + band * 1.05, top + band * 1.05 + 0.10);
        let ring =
            [(x - half(y0), y0), (x + half(y0), y0 + 0.006), (x + half(y1), y1 + 0.006), (x - half(y1), y1)];
        layer.fill(Path::polygon(&ring), red);
    }
    let shade = [
        (x + half(top) * 0.25, top),
        (x + half(top), top),
        (x + half(foot), foot - 0.04),
        (x + half(foot) * 0.35, foot - 0.04),
    ];
    layer.fill(Path::polygon(&shade), site.palette.ink.fade(0.16));
    layer.fill(Path::rect(x - 0.075, top - 0.012, 0.15, 0.016), glass);
    layer.fill(Path::rect(x - 0.040, top - 0.065, 0.08, 0.055), beam.mix(glass, 0.35 * (1.0 - night)));
    layer.fill(limb(&[(x, top - 0.065), (x, top - 0.012)], 0.006, 0.006), glass);
    layer.fill(Path::polygon(&[(x - 0.052, top - 0.063), (x, top - 0.115), (x + 0.052, top - 0.063)]), red);
    mist(site, stage, 0.5, foot + 0.08, 0.10, 0.30);
}

/// The turning light of a lighthouse.
fn light_beam(canvas: &mut Canvas, (x, y): (f64, f64), seconds: f64, colour: Rgba) {
    let turn = wave(seconds, 0.11, 0.05);
    let toward = wave(seconds, 0.11, 0.30);
    for (side, share) in [(1.0, 1.0), (-1.0, 0.8)] {
        let reach = 2.2 * turn * side;
        let spread = 0.06 + 0.16 * toward.abs();
        let cone = Path::polygon(&[
            (x, y - 0.012),
            (x + reach, y - spread),
            (x + reach, y + spread * 0.8),
            (x, y + 0.012),
        ]);
        let stops = vec![
            (0.0, colour.fade(0.55 * share)),
            (0.45, colour.fade(0.20 * share)),
            (1.0, colour.fade(0.0)),
        ];
        canvas.fill(&cone, Paint::Linear { from: (x, y), to: (x + reach, y), stops });
    }
    let flare = 0.10 + 0.10 * toward.max(0.0);
    canvas.fill(&Path::circle(x, y, flare), Paint::glow((x, y), flare, colour));
}
