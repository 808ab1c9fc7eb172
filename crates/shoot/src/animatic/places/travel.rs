use soundlock_draw::{Canvas, Paint, Path, Rgba, Transform};

use super::super::palette::Palette;
use super::super::seed::wave;
use super::super::shape::{crags, dab, dabs, land, limb, placed, ridge};
use super::super::stage::{Layer, Site, Stage};
use super::super::words::{Place, Weather};

/// How far the far end of a corridor is, as a share of its near end.
const FAR: f64 = 0.16;
/// Left and right walls, ceiling and floor of a corridor, around its vanishing point.
const SIDE: f64 = 1.25;
const TOP: f64 = -0.95;
const LOW: f64 = 1.05;

pub(super) fn corridor(site: &mut Site, stage: &mut Stage) {
    let wall = site.dice.pick(&[0x7F_9690, 0xA8_9A80, 0x84_7E96]);
    let [wall, floor] = [wall, 0x8A_7468].map(|material| site.at(material, 0.0));
    let (middle, light) = (site.wide * 0.5, site.palette.lamp);
    let layer = stage.layer(0.72);
    corridor_walls(site, layer, wall, floor);
    let (sky, night) = (site.palette.sky[2], site.palette.night);
    let window = [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.45), (-0.5, 0.45)];
    layer.fill(
        Path::circle(middle, EYE, 0.42),
        Paint::glow((middle, EYE), 0.42, sky.mix(light, night).fade(0.55)),
    );
    let window = window.map(|(x, y)| in_corridor(middle, x, y, FAR));
    layer.fill(Path::polygon(&window), sky.mix(light, night * 0.8));
    for (index, near) in [0.24, 0.40, 0.68, 1.12].into_iter().enumerate() {
        for sign in [-1.0, 1.0] {
            corridor_door(site, layer, (index, near), sign);
        }
    }
    let phase = site.dice.unit();
    for near in [0.22, 0.36, 0.62, 1.05] {
        layer.alive(move |canvas, seconds| corridor_lamp(canvas, (middle, near), light, (seconds, phase)));
    }
}

/// Height of the vanishing point.
const EYE: f64 = 0.46;

/// A point of a corridor, `near` as a share of its near end.
fn in_corridor(middle: f64, x: f64, y: f64, near: f64) -> (f64, f64) {
    (middle + x * near, EYE + y * near)
}

fn corridor_walls(site: &Site, layer: &mut Layer, wall: Rgba, floor: Rgba) {
    let (middle, dark) = (site.wide * 0.5, site.palette.ink);
    let face = |corners: [(f64, f64, f64); 4]| {
        Path::polygon(&corners.map(|(x, y, near)| in_corridor(middle, x, y, near)))
    };
    for sign in [-1.0, 1.0] {
        let side = sign * SIDE;
        let shade = if sign < 0.0 { 0.14 } else { 0.30 };
        let stops = vec![
            (0.0, wall.mix(dark, 0.42)),
            (0.5, wall.mix(dark, shade)),
            (1.0, wall.mix(dark, shade + 0.25)),
        ];
        let (from, to) = ((middle + side * FAR, 0.0), (middle + side * 1.2, 0.0));
        layer.fill(
            face([(side, TOP, FAR), (side, TOP, 1.6), (side, LOW, 1.6), (side, LOW, FAR)]),
            Paint::Linear { from, to, stops },
        );
    }
    layer.fill(
        face([(-SIDE, LOW, FAR), (SIDE, LOW, FAR), (SIDE, LOW, 1.6), (-SIDE, LOW, 1.6)]),
        Paint::vertical(EYE + LOW * FAR, floor.mix(dark, 0.45), 1.1, floor),
    );
    layer.fill(
        face([(-SIDE, TOP, FAR), (SIDE, TOP, FAR), (SIDE, TOP, 1.6), (-SIDE, TOP, 1.6)]),
        Paint::vertical(EYE + TOP * FAR, wall.mix(dark, 0.35), -0.1, wall.mix(dark, 0.62)),
    );
    layer.fill(
        face([(-SIDE, TOP, FAR), (SIDE, TOP, FAR), (SIDE, LOW, FAR), (-SIDE, LOW, FAR)]),
        wall.mix(dark, 0.25),
    );
}

fn corridor_door(site: &Site, layer: &mut Layer, (index, near): (usize, f64), sign: f64) {
    let (middle, dark) = (site.wide * 0.5, site.palette.ink);
    let [door, trim] = [0x6A_4A3C, 0xE6_DCC6].map(|material| site.at(material, 0.0));
    let width = near * 0.26;
    let leaf = |inner: f64, outer: f64, up: f64, down: f64| {
        let corner = |along: f64, y: f64| in_corridor(middle, sign * SIDE, y, near + along);
        Path::polygon(&[corner(inner, up), corner(outer, up), corner(outer, down), corner(inner, down)])
    };
    layer.fill(leaf(-0.02 * near, width + 0.02 * near, -0.34, 1.05), trim.mix(dark, 0.35));
    layer.fill(leaf(0.0, width, -0.30, 1.04), door.mix(dark, 0.15 + 0.1 * (index % 2) as f64));
    let knob = in_corridor(middle, sign * (SIDE - 0.01), 0.42, near + width * 0.8);
    layer.fill(Path::circle(knob.0, knob.1, 0.012 * near), site.palette.lamp.mix(door, 0.5));
}

fn corridor_lamp(canvas: &mut Canvas, (middle, near): (f64, f64), light: Rgba, (seconds, phase): (f64, f64)) {
    let (x, y) = in_corridor(middle, 0.0, TOP + 0.03, near);
    let shine = 0.9 + 0.1 * wave(seconds, 1.9, phase + near) * wave(seconds, 0.31, near);
    let reach = 0.55 * near;
    canvas.fill(&Path::circle(x, y, reach), Paint::glow((x, y), reach, light.fade(0.5 * shine)));
    canvas.fill(&Path::ellipse(x, y, 0.13 * near, 0.018 * near), light.mix(Rgba::WHITE, 0.35));
    let (floor_x, floor_y) = in_corridor(middle, 0.0, LOW, near);
    canvas.fill(&Path::ellipse(floor_x, floor_y, 0.5 * near, 0.05 * near), light.fade(0.16 * shine));
}

pub(super) fn stairs(site: &mut Site, stage: &mut Stage) {
    let (left, right) = site.ends();
    let wall = site.dice.pick(&[0x8C_9A92, 0xB0_8A6C, 0x7C_7C98]);
    let [wall, step, rail] = [(wall, 0.05), (0x9A_8A7C, 0.0), (0x3A_3238, 0.0)].map(|(m, d)| site.at(m, d));
    let (dark, light, rim) = (site.palette.ink, site.palette.lamp, site.palette.rim);
    let layer = stage.layer(0.5);
    layer.fill(
        Path::rect(left, -0.9, right - left, 3.0),
        Paint::vertical(-0.2, wall.mix(dark, 0.35), 1.0, wall),
    );
    layer.fill(dabs(&mut site.dice, 40, [left, -0.2, right, 1.0], 0.5, 0.014), dark.fade(0.06));
    let (wx, wy) = (site.wide * 0.68, 0.08);
    let glow = site.palette.sky[2].mix(light, site.palette.night * 0.3);
    layer.fill(
        Path::circle(wx + 0.14, wy + 0.17, 0.7),
        Paint::glow((wx + 0.14, wy + 0.17), 0.7, glow.fade(0.45)),
    );
    layer.fill(
        Path::rect(wx, wy, 0.28, 0.34),
        Paint::vertical(wy, site.palette.sky[0], wy + 0.34, site.palette.sky[2]),
    );
    layer.fill(Path::rect(wx + 0.134, wy, 0.012, 0.34), rail);
    layer.fill(Path::rect(wx, wy + 0.16, 0.28, 0.010), rail);
    layer.fill(
        Path::polygon(&[(wx, wy + 0.34), (wx + 0.28, wy + 0.34), (wx - 0.25, 1.1), (wx - 0.75, 1.1)]),
        Paint::vertical(0.3, glow.fade(0.22), 1.05, glow.fade(0.0)),
    );
    let layer = stage.layer(0.85);
    for index in (0..12).rev() {
        let at = f64::from(index);
        let (x, y) = (site.wide * 0.98 - at * 0.125 - 0.10, 0.38 + at * 0.062);
        layer.fill(Path::rect(x, y, 3.0, 0.075), step.mix(dark, 0.45));
        layer.fill(Path::rect(x - 0.012, y - 0.006, 3.0, 0.020), step.mix(rim, 0.14));
    }
    let foot = [(left, 0.99), (right, 0.99), (right, 2.0), (left, 2.0)];
    layer.fill(Path::polygon(&foot), step.mix(dark, 0.2));
    for index in 0..7 {
        let x = site.wide * 0.94 - f64::from(index) * 0.235;
        let y = 0.36 + f64::from(index) * 0.117;
        layer.fill(limb(&[(x, y), (x, y - 0.25)], 0.012, 0.012), rail);
    }
    layer.fill(limb(&[(site.wide * 1.1, 0.02), (site.wide * 0.10, 0.83)], 0.026, 0.026), rail);
    layer.fill(limb(&[(site.wide * 1.1, 0.012), (site.wide * 0.10, 0.822)], 0.006, 0.006), rim.fade(0.5));
}

/// Inside a car or a train, the country passing outside.
pub(super) fn carriage(site: &mut Site, stage: &mut Stage) {
    let (left, right) = site.ends();
    let train = site.place == Place::Train;
    let sky = Palette::of("window", false, site.time, site.weather);
    let (top, bottom) = if train { (0.12, 0.60) } else { (0.10, 0.56) };
    let layer = stage.layer(0.35);
    let stops = vec![(0.0, sky.sky[0]), (0.55, sky.sky[1]), (1.0, sky.sky[2])];
    layer.fill(
        Path::rect(left, -0.2, right - left, 1.0),
        Paint::Linear { from: (0.0, 0.0), to: (0.0, bottom), stops },
    );
    let moon = (site.wide * 0.7, 0.22);
    if !matches!(site.weather, Weather::Rain | Weather::Storm) {
        layer.fill(Path::circle(moon.0, moon.1, 0.3), Paint::glow(moon, 0.3, sky.disc.fade(0.5)));
        layer.fill(Path::circle(moon.0, moon.1, 0.045), sky.disc);
    }
    for (speed, base, rise, distance) in [(0.02, 0.44, 0.14, 0.7), (0.07, 0.50, 0.10, 0.4)] {
        let (path, period) = loop_of_hills(site, base, rise);
        let colour = sky.at(0x55_7466, distance);
        layer
            .alive(move |canvas, seconds| passing(canvas, &path, colour, (seconds * speed) % period, period));
    }
    passing_lights(site, stage, &sky, bottom);
    if train { train_inside(site, stage, top, bottom) } else { car_inside(site, stage) }
}

fn loop_of_hills(site: &mut Site, base: f64, rise: f64) -> (Path, f64) {
    let period = 2.4;
    let heights: Vec<f64> = (0..8).map(|_| base - rise * site.dice.unit()).collect();
    let line: Vec<(f64, f64)> = (0..=24)
        .map(|index| (-period + f64::from(index) * period / 8.0, heights[index as usize % 8]))
        .collect();
    (land(&line, 0.9), period)
}

fn passing(canvas: &mut Canvas, path: &Path, colour: Rgba, moved: f64, period: f64) {
    placed(canvas, Transform::translate(-moved + period * 0.2, 0.0), |canvas| canvas.fill(path, colour));
}

fn passing_lights(site: &mut Site, stage: &mut Stage, sky: &Palette, bottom: f64) {
    let (light, pole) = (sky.lamp, sky.at(0x2E_3438, 0.1));
    let night = sky.night;
    let wide = site.wide;
    let posts: Vec<[f64; 2]> = (0..5).map(|_| [site.dice.unit(), site.dice.range(0.25, 0.42)]).collect();
    stage.layer(0.40).alive(move |canvas, seconds| {
        for &[phase, height] in &posts {
            let x = wide * 1.3 - ((seconds * 0.32 + phase * 2.0) % 2.0) * wide * 0.8;
            canvas.fill(&limb(&[(x, bottom + 0.2), (x, bottom - height)], 0.010, 0.007), pole);
            if night > 0.4 {
                let (y, reach) = (bottom - height, 0.12);
                canvas.fill(&Path::circle(x, y, reach), Paint::glow((x, y), reach, light.fade(0.7 * night)));
                canvas.fill(&Path::circle(x, y, 0.010), light);
            }
        }
    });
}

fn train_inside(site: &mut Site, stage: &mut Stage, top: f64, bottom: f64) {
    let (left, right) = site.ends();
    let cloth = site.dice.pick(&[0x9A_4038, 0x35_6270, 0x6A_7048]);
    let [panel, seat, metal] = [(0xC9_B48E, 0.0), (cloth, 0.0), (0x6A_6E70, 0.0)].map(|(m, d)| site.at(m, d));
    let (dark, shadow, rim) = (site.palette.ink, site.shadow(), site.palette.rim);
    let layer = stage.layer(0.70);
    layer.fill(Path::rect(left, -0.9, right - left, 0.9 + top), panel.mix(dark, 0.25));
    layer.fill(Path::rect(left, bottom, right - left, 2.0), panel.mix(dark, 0.12));
    let mut x = left + 0.04;
    while x < right {
        layer.cut(Path::rect(x - 0.05, top - 0.05, 0.10, bottom - top + 0.1), panel, shadow);
        x += 0.86;
    }
    layer.fill(Path::rect(left, top - 0.012, right - left, 0.016), metal);
    layer.cut(Path::rect(left, bottom - 0.008, right - left, 0.024), metal, shadow);
    layer.fill(Path::rect(left, top - 0.09, right - left, 0.010), metal.mix(rim, 0.3));
    let lamp = site.palette.lamp;
    for share in [0.2, 0.8] {
        let x = site.wide * share;
        layer.fill(
            Path::circle(x, 0.02, 0.5),
            Paint::glow((x, 0.02), 0.5, lamp.fade(0.15 + 0.4 * site.palette.night)),
        );
        layer.fill(Path::rounded(x - 0.09, 0.0, 0.18, 0.02, 0.01), lamp);
    }
    let layer = stage.layer(0.92);
    for (x, side) in [(-0.16, 1.0), (site.wide - 0.16, -1.0)] {
        let lean = 0.05 * side;
        let back = [(x, 0.42), (x + 0.32, 0.42), (x + 0.32 + lean, 1.2), (x - lean, 1.2)];
        layer.cut(Path::polygon(&back), seat, shadow);
        layer.cut(Path::rounded(x - 0.01, 0.38, 0.34, 0.09, 0.04), seat.mix(rim, 0.14), shadow);
        for seam in [0.10, 0.21] {
            layer.fill(Path::rect(x + seam, 0.48, 0.006, 0.8), dark.fade(0.22));
        }
    }
}

fn car_inside(site: &mut Site, stage: &mut Stage) {
    let (left, right) = site.ends();
    let cloth = site.dice.pick(&[0x7A_4438, 0x40_5060, 0x6E_6250]);
    let [body, seat] = [(0x2E_343C, 0.0), (cloth, 0.0)].map(|(m, d)| site.at(m, d));
    let (dark, shadow, rim) = (site.palette.ink, site.shadow(), site.palette.rim);
    let layer = stage.layer(0.72);
    layer.fill(Path::rect(left, -0.9, right - left, 0.98), body.mix(dark, 0.3));
    layer.fill(Path::rect(left, 0.56, right - left, 2.0), body);
    layer.fill(Path::rect(left, 0.555, right - left, 0.014), rim.fade(0.35));
    for x in [site.wide * 0.02, site.wide * 0.53, site.wide * 0.99] {
        let pillar = [(x - 0.03, 0.0), (x + 0.03, 0.0), (x + 0.055, 0.6), (x - 0.02, 0.6)];
        layer.fill(Path::polygon(&pillar), body.mix(dark, 0.15));
    }
    layer.fill(Path::rounded(site.wide * 0.44, 0.07, 0.26, 0.07, 0.03), dark);
    layer.fill(Path::rounded(site.wide * 0.45, 0.08, 0.24, 0.05, 0.02), site.palette.sky[1].mix(dark, 0.3));
    let layer = stage.layer(0.92);
    for x in [site.wide * 0.10, site.wide * 0.66] {
        layer.cut(Path::rounded(x, 0.36, 0.36, 0.9, 0.09), seat, shadow);
        layer.cut(Path::rounded(x + 0.09, 0.25, 0.18, 0.14, 0.05), seat.mix(rim, 0.10), shadow);
    }
}

pub(super) fn space(site: &mut Site, stage: &mut Stage) {
    let dark = Rgba::hex(0x0B_1024).mix(site.palette.key, 0.18);
    let (left, right) = site.ends();
    let stars: Vec<[f64; 4]> = (0..130)
        .map(|_| {
            [
                site.dice.range(left, right),
                site.dice.range(-0.3, 1.3),
                site.dice.range(0.0009, 0.0030),
                site.dice.unit(),
            ]
        })
        .collect();
    let layer = stage.layer(0.06);
    layer.fill(
        Path::rect(left, -0.9, right - left, 3.0),
        Paint::vertical(0.0, dark, 1.1, dark.mix(Rgba::hex(0x5A_3A78), 0.55)),
    );
    layer.fill(dabs(&mut site.dice, 24, [left, 0.1, right, 0.7], 0.9, 0.05), Rgba::hex(0x8A_5AA0).fade(0.10));
    layer.fill(dabs(&mut site.dice, 16, [left, 0.3, right, 0.8], 0.8, 0.04), Rgba::hex(0x3A_8AA0).fade(0.10));
    layer.alive(move |canvas, seconds| {
        for &[x, y, size, phase] in &stars {
            let shine = 0.55 + 0.45 * wave(seconds, 0.2 + phase * 0.4, phase);
            canvas.fill(&Path::circle(x, y, size), Rgba::hex(0xF4_EBD4).fade(shine));
        }
    });
    planet(site, stage);
    let x = site.wide * 0.82;
    let rock = Rgba::hex(0x8A_7A84);
    let layer = stage.layer(0.5);
    for _ in 0..7 {
        let (px, py) = (x + site.dice.around(0.5), 0.22 + site.dice.around(0.16));
        let size = site.dice.range(0.008, 0.03);
        layer.fill(
            Path::blob(&[
                (px - size, py),
                (px, py - size * 0.7),
                (px + size, py - size * 0.1),
                (px + size * 0.2, py + size * 0.7),
            ]),
            rock.mix(dark, site.dice.unit() * 0.6),
        );
    }
    let ground = Rgba::hex(0x6E_6486).mix(dark, 0.30);
    let line = ridge(&mut site.dice, left, right, 0.86, 0.06, 8);
    let layer = stage.layer(0.95);
    layer.cut(land(&line, 2.0), ground, site.shadow());
    for _ in 0..14 {
        let (px, py) = (site.dice.range(left, right), site.dice.range(0.88, 1.05));
        let size = site.dice.range(0.02, 0.07);
        layer.fill(Path::ellipse(px, py, size, size * 0.22), dark.fade(0.35));
        layer.fill(Path::ellipse(px, py + size * 0.06, size * 0.9, size * 0.16), ground.mix(dark, 0.2));
    }
}

fn planet(site: &mut Site, stage: &mut Stage) {
    let (x, y, size) = (site.wide * site.dice.pick(&[0.30, 0.70]), 0.42, 0.27);
    let colour = Rgba::hex(site.dice.pick(&[0xD9_8A5A, 0x4F_93A8, 0xC4_6A6A]));
    let dark = Rgba::hex(0x0B_1024);
    let layer = stage.layer(0.12);
    layer.fill(Path::circle(x, y, size * 1.7), Paint::glow((x, y), size * 1.7, colour.fade(0.40)));
    let stops = vec![(0.0, colour.mix(Rgba::WHITE, 0.35)), (0.55, colour), (1.0, colour.mix(dark, 0.75))];
    layer.fill(
        Path::circle(x, y, size),
        Paint::Radial { centre: (x - size * 0.45, y - size * 0.45), radius: size * 1.7, stops },
    );
    for (offset, share) in [(-0.45, 0.80), (-0.10, 0.94), (0.30, 0.86)] {
        layer.fill(dab(x, y + size * offset, size * 1.75 * share, size * 0.09, 0.04), dark.fade(0.14));
    }
    let ring = Rgba::hex(0xF0_DCB4);
    let mut path = Path::ellipse(x, y + size * 0.1, size * 1.75, size * 0.28);
    path.add_ellipse(x, y + size * 0.1, -size * 1.45, size * 0.19);
    layer.fill(path, ring.fade(0.55));
    layer.fill(
        upper_half(x, y, size),
        Paint::Radial {
            centre: (x - size * 0.45, y - size * 0.45),
            radius: size * 1.7,
            stops: vec![(0.0, colour.mix(Rgba::WHITE, 0.35)), (0.55, colour), (1.0, colour.mix(dark, 0.75))],
        },
    );
}

fn upper_half(x: f64, y: f64, size: f64) -> Path {
    let mut path = Path::new();
    let low = y + size * 0.03;
    path.move_to(x - size, low);
    path.curve_to(x - size, y - size * 0.75, x - size * 0.55, y - size, x, y - size);
    path.curve_to(x + size * 0.55, y - size, x + size, y - size * 0.75, x + size, low);
    path.close();
    path
}

/// The inside of a ship with a wide window.
pub(super) fn ship(site: &mut Site, stage: &mut Stage) {
    let (left, right) = site.ends();
    let [panel, metal] = [(0x52_5E6C, 0.0), (0x86_929A, 0.0)].map(|(m, d)| site.at(m, d));
    let dark = site.palette.ink;
    let sea = site.palette.night < 0.9;
    let stars: Vec<[f64; 3]> = (0..70)
        .map(|_| [site.dice.range(left, right), site.dice.range(-0.1, 0.6), site.dice.unit()])
        .collect();
    let layer = stage.layer(0.25);
    let stops = vec![(0.0, site.palette.sky[0]), (0.6, site.palette.sky[1]), (1.0, site.palette.sky[2])];
    layer.fill(
        Path::rect(left, -0.3, right - left, 1.0),
        Paint::Linear { from: (0.0, 0.0), to: (0.0, 0.6), stops },
    );
    let light = site.palette.disc;
    layer.alive(move |canvas, seconds| {
        for &[x, y, phase] in &stars {
            let shine = (0.5 + 0.5 * wave(seconds, 0.3, phase)) * if sea { 0.15 } else { 0.9 };
            canvas.fill(&Path::circle(x, y, 0.0018), light.fade(shine));
        }
    });
    let line = ridge(&mut site.dice, left, right, 0.53, 0.03, 14);
    layer.fill(crags(&line, 0.8), site.at(0x2A_4658, 0.3));
    let layer = stage.layer(0.65);
    let mut wall = Path::rect(left, -0.9, right - left, 3.0);
    for index in -1..3 {
        let x = site.wide * (0.06 + 0.31 * f64::from(index));
        wall.add(&counter_window(x, 0.12, site.wide * 0.27, 0.40), Transform::IDENTITY);
    }
    layer.fill(wall, Paint::vertical(-0.1, panel.mix(dark, 0.5), 0.9, panel));
    layer.fill(Path::rect(left, 0.60, right - left, 0.016), site.palette.rim.fade(0.3));
    let lights: Vec<[f64; 4]> = (0..40)
        .map(|_| {
            [site.dice.range(left, right), site.dice.range(0.66, 0.80), site.dice.unit(), site.dice.unit()]
        })
        .collect();
    let lamp = site.palette.lamp;
    let layer = stage.layer(0.8);
    let desk = [(left, 0.64), (right, 0.64), (right, 2.0), (left, 2.0)];
    layer.cut(Path::polygon(&desk), metal.mix(dark, 0.45), site.shadow());
    layer.fill(Path::rect(left, 0.64, right - left, 0.012), metal);
    layer.alive(move |canvas, seconds| {
        for &[x, y, phase, kind] in &lights {
            let colour = if kind < 0.6 { lamp } else { Rgba::hex(0x6F_D0C0) };
            let shine = if wave(seconds, 0.4 + phase * 0.6, phase) > -0.3 { 0.9 } else { 0.2 };
            canvas.fill(&Path::rounded(x, y, 0.012 + kind * 0.02, 0.009, 0.004), colour.fade(shine));
        }
    });
}

/// A rounded window wound the other way, so that it is a hole.
fn counter_window(x: f64, y: f64, width: f64, height: f64) -> Path {
    let mut path = Path::new();
    path.add(&Path::rounded(-x - width, y, width, height, 0.06), Transform::scale(-1.0, 1.0));
    path
}
