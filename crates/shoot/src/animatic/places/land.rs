use soundlock_draw::{Paint, Path, Transform};

use super::super::seed::wave;
use super::super::shape::{card, crags, dab, dabs, land, limb, placed, ridge};
use super::super::stage::{Site, Stage};
use super::super::words::Weather;
use super::{birds, clouds, mist, trees};

pub(super) fn field(site: &mut Site, stage: &mut Stage) {
    clouds(site, stage);
    hills(site, stage, &[(0.15, 0.85, 0.16), (0.28, 0.62, 0.10), (0.45, 0.38, 0.07)], 0x6F_8F62);
    birds(site, stage);
    farm(site, stage);
    meadow(site, stage, 0xA9_A553);
    lone_tree(site, stage);
    super::sea::grasses(site, stage, 1.5, 1.06, 0.32);
}

pub(super) fn road(site: &mut Site, stage: &mut Stage) {
    clouds(site, stage);
    hills(site, stage, &[(0.15, 0.85, 0.16), (0.28, 0.60, 0.10)], 0x6F_8F62);
    birds(site, stage);
    meadow(site, stage, 0x9C_9A55);
    ribbon(site, stage, 0x6A_6670, true);
    poles(site, stage);
    super::sea::grasses(site, stage, 1.5, 1.07, 0.24);
}

pub(super) fn railway(site: &mut Site, stage: &mut Stage) {
    clouds(site, stage);
    hills(site, stage, &[(0.15, 0.85, 0.12), (0.28, 0.60, 0.08)], 0x6F_8468);
    meadow(site, stage, 0x8E_8A62);
    rails(site, stage);
    poles(site, stage);
    platform(site, stage);
}

pub(super) fn mountains(site: &mut Site, stage: &mut Stage) {
    clouds(site, stage);
    let (left, right) = site.ends();
    for (depth, distance, rise, bumps) in
        [(0.12, 0.78, 0.46, 9), (0.22, 0.52, 0.36, 11), (0.36, 0.28, 0.22, 13)]
    {
        let base = site.horizon + 0.05 + depth * 0.22;
        let line = ridge(&mut site.dice, left, right, base - 0.04, rise, bumps);
        let colour = site.at(0x50_6680, distance);
        let layer = stage.layer(depth);
        layer.fill(crags(&line, base + 0.3), colour);
        let snow = site.at(0xF4_F3F0, distance * 0.75);
        line.windows(3).filter(|peak| peak[1].1 < peak[0].1 && peak[1].1 < peak[2].1).for_each(|peak| {
            layer.fill(snow_cap(peak), snow);
        });
        mist(site, stage, depth + 0.01, base + 0.04, 0.20, 0.45);
    }
    let snowy = site.weather == Weather::Snow;
    let line = ridge(&mut site.dice, left, right, site.horizon + 0.20, 0.07, 7);
    let layer = stage.layer(0.85);
    layer.cut(land(&line, 1.9), site.at(if snowy { 0xE9_EDF2 } else { 0x8A_9464 }, 0.05), site.shadow());
    let (dark, light) = if snowy { (0xA4_B6C8, 0xFF_FFFF) } else { (0x4F_6348, 0xC4_BE7A) };
    layer.fill(
        dabs(&mut site.dice, 60, [left, site.horizon + 0.2, right, 1.3], 0.34, 0.007),
        site.at(dark, 0.0).fade(0.4),
    );
    layer.fill(
        dabs(&mut site.dice, 40, [left, site.horizon + 0.2, right, 1.3], 0.26, 0.005),
        site.at(light, 0.0).fade(0.4),
    );
    for _ in 0..9 {
        let x = site.dice.range(left, right);
        let spot = (x, site.horizon + site.dice.range(0.16, 0.26), site.dice.range(0.16, 0.34));
        let leaf = site.at(0x2C_4E48, 0.08);
        trees::tree(site, stage.layer(0.88), spot, leaf, true, 0.08);
    }
}

fn snow_cap(peak: &[(f64, f64)]) -> Path {
    let [(lx, ly), (x, y), (rx, ry)] = [peak[0], peak[1], peak[2]];
    let along = |share: f64, (ex, ey): (f64, f64)| (x + (ex - x) * share, y + (ey - y) * share);
    let (left, right) = (along(0.42, (lx, ly)), along(0.38, (rx, ry)));
    let low = left.1.max(right.1);
    Path::polygon(&[
        (x, y),
        right,
        (x + (right.0 - x) * 0.55, low - 0.012),
        (x + (right.0 - x) * 0.2, low + 0.022),
        (x + (left.0 - x) * 0.35, low - 0.016),
        (x + (left.0 - x) * 0.7, low + 0.016),
        left,
    ])
}

pub(super) fn hills(site: &mut Site, stage: &mut Stage, rows: &[(f64, f64, f64)], material: u32) {
    let (left, right) = site.ends();
    for &(depth, distance, rise) in rows {
        let base = site.horizon + 0.01 + depth * 0.10;
        let line = ridge(&mut site.dice, left, right, base, rise, 7);
        let material = if site.weather == Weather::Snow { 0xD5_DDE4 } else { material };
        let colour = site.at(material, distance);
        let layer = stage.layer(depth);
        layer.fill(land(&line, base + 0.4), colour);
        for pair in line.windows(2).step_by(2) {
            let x = (pair[0].0 + pair[1].0) / 2.0;
            let y = (pair[0].1 + pair[1].1) / 2.0 + 0.012;
            let bush = colour.mix(site.palette.ink, 0.16 * (1.0 - distance));
            for step in 0..4 {
                let size = site.dice.range(0.008, 0.02);
                layer.fill(Path::ellipse(x + f64::from(step) * 0.024, y, size, size * 1.1), bush);
            }
        }
        mist(site, stage, depth, base + 0.05, 0.12, 0.36);
    }
}

fn farm(site: &mut Site, stage: &mut Stage) {
    let x = site.wide * site.dice.pick(&[0.20, 0.74]);
    let y = site.horizon + 0.075;
    let roof = site.dice.pick(&[0xB5_4F3C, 0x4B_6475, 0xC0_8A3E]);
    let [roof, wall, dark] = [(roof, 0.25), (0xEF_E4CC, 0.25), (0x35_3640, 0.2)].map(|(m, d)| site.at(m, d));
    let glow = site.palette.lamp.mix(dark, 1.0 - site.palette.night.max(0.15));
    let layer = stage.layer(0.48);
    layer.cut(card(&mut site.dice, x, y - 0.075, 0.17, 0.08), wall, site.shadow());
    layer.fill(
        Path::polygon(&[
            (x - 0.015, y - 0.072),
            (x + 0.045, y - 0.135),
            (x + 0.15, y - 0.133),
            (x + 0.187, y - 0.072),
        ]),
        roof,
    );
    layer
        .fill(Path::polygon(&[(x - 0.002, y - 0.074), (x + 0.042, y - 0.128), (x + 0.082, y - 0.074)]), wall);
    layer.fill(Path::rect(x + 0.028, y - 0.062, 0.026, 0.03), glow);
    layer.fill(Path::rect(x + 0.105, y - 0.062, 0.026, 0.03), glow);
    layer.fill(Path::rect(x + 0.12, y - 0.165, 0.018, 0.04), wall.mix(dark, 0.3));
    let smoke = site.palette.haze.mix(site.palette.disc, 0.25);
    layer.alive(move |canvas, seconds| {
        for puff in 0..5 {
            let age = (seconds * 0.16 + f64::from(puff) / 5.0).fract();
            let (px, py) = (x + 0.13 + age * 0.06, y - 0.17 - age * 0.16);
            let size = 0.007 + age * 0.022;
            canvas.fill(&Path::circle(px, py, size), smoke.fade(0.45 * (1.0 - age)));
        }
    });
}

fn meadow(site: &mut Site, stage: &mut Stage, material: u32) {
    let (left, right) = site.ends();
    let snowy = site.weather == Weather::Snow;
    let top = site.horizon + 0.09;
    let line = ridge(&mut site.dice, left, right, top, 0.035, 7);
    let layer = stage.layer(0.7);
    let (ground, dark, light) =
        if snowy { (0xE6_EBF0, 0xA6_B6C6, 0xFF_FFFF) } else { (material, 0x5C_7042, 0xE0_D082) };
    layer.cut(land(&line, 1.0), site.at(ground, 0.18), site.shadow());
    layer.fill(
        dabs(&mut site.dice, 60, [left, top + 0.01, right, top + 0.16], 0.30, 0.004),
        site.at(dark, 0.1).fade(0.35),
    );
    let line = ridge(&mut site.dice, left, right, top + 0.17, 0.05, 6);
    let layer = stage.layer(0.95);
    layer.cut(land(&line, 1.9), site.at(ground, 0.0).mix(site.at(dark, 0.0), 0.18), site.shadow());
    layer.fill(
        dabs(&mut site.dice, 70, [left, top + 0.18, right, 1.3], 0.28, 0.007),
        site.at(dark, 0.0).fade(0.40),
    );
    layer.fill(
        dabs(&mut site.dice, 46, [left, top + 0.17, right, 1.3], 0.20, 0.005),
        site.at(light, 0.0).fade(0.38),
    );
}

fn lone_tree(site: &mut Site, stage: &mut Stage) {
    let x = site.wide * site.dice.pick(&[0.12, 0.88]);
    let y = site.horizon + 0.27;
    let (trunk, leaf) = (site.at(0x42_3430, 0.0), site.at(0x4C_6B3C, 0.03));
    let bare = site.weather == Weather::Snow;
    let layer = stage.layer(0.96);
    layer
        .fill(limb(&[(x - 0.01, y + 0.03), (x + 0.005, y - 0.18), (x - 0.01, y - 0.40)], 0.055, 0.02), trunk);
    for (dx, dy) in
        [(-0.14, -0.46), (0.13, -0.44), (-0.06, -0.54), (0.06, -0.55), (0.17, -0.36), (-0.18, -0.37)]
    {
        layer.fill(
            limb(&[(x, y - 0.22), (x + dx * 0.55, y + dy * 0.72), (x + dx, y + dy)], 0.022, 0.004),
            trunk,
        );
    }
    if bare {
        return;
    }
    let clumps: Vec<(Path, f64, f64)> =
        [(-0.12, -0.42, 0.12), (0.12, -0.42, 0.12), (0.0, -0.54, 0.15), (-0.03, -0.40, 0.13)]
            .iter()
            .map(|&(dx, dy, size)| {
                let points: Vec<(f64, f64)> = (0..9)
                    .map(|index| {
                        let (sin, cos) = libm::sincos(f64::from(index) / 9.0 * std::f64::consts::TAU);
                        let reach = size * site.dice.range(0.8, 1.15);
                        (x + dx + cos * reach, y + dy + sin * reach * 0.82)
                    })
                    .collect();
                (Path::blob(&points), site.dice.unit(), dy)
            })
            .collect();
    let light = site.palette.disc;
    layer.alive(move |canvas, seconds| {
        for (path, phase, dy) in &clumps {
            let sway = Transform::translate(wave(seconds, 0.14, *phase) * 0.005, 0.0);
            placed(canvas, sway, |canvas| canvas.fill(path, leaf.mix(light, (-dy - 0.38).max(0.0) * 0.9)));
        }
    });
}

/// A road from the foreground to the horizon.
fn ribbon(site: &mut Site, stage: &mut Stage, material: u32, line: bool) {
    let (top, x) = (site.horizon + 0.085, site.wide * 0.54);
    let edge = |side: f64, at: f64| {
        let y = top + (1.5 - top) * at;
        let width = 0.012 + at * at.sqrt() * 1.05;
        (x + libm::sin(at * 3.0) * 0.09 * (1.0 - at) + side * width * 0.5 - at * 0.14, y)
    };
    let mut points: Vec<(f64, f64)> = (0..=8).map(|step| edge(-1.0, f64::from(step) / 8.0)).collect();
    points.extend((0..=8).rev().map(|step| edge(1.0, f64::from(step) / 8.0)));
    let layer = stage.layer(0.95);
    layer.fill(Path::polygon(&points), site.at(material, 0.05));
    if !line {
        return;
    }
    for step in 1..8 {
        let (from, to) = (f64::from(step) / 8.0 - 0.06, f64::from(step) / 8.0 - 0.02);
        let middle = |at: f64, side: f64| {
            let (left, right) = (edge(-1.0, at), edge(1.0, at));
            ((left.0 + right.0) / 2.0 + side * 0.012 * at, left.1)
        };
        let mark = [middle(from, -1.0), middle(from, 1.0), middle(to, 1.0), middle(to, -1.0)];
        layer.fill(Path::polygon(&mark), site.at(0xF2_E3B8, 0.05));
    }
}

fn poles(site: &mut Site, stage: &mut Stage) {
    let colour = site.at(0x3A_3434, 0.12).mix(site.palette.ink, 0.25);
    let layer = stage.layer(0.8);
    let mut last: Option<(f64, f64)> = None;
    for index in 0..6 {
        let near = f64::from(index) / 5.0;
        let x = site.wide * (0.58 + near * near * 0.46);
        let (foot, height) = (site.horizon + 0.08 + near * near * 0.20, 0.10 + near * near * 0.62);
        let width = 0.004 + near * near * 0.014;
        layer.fill(limb(&[(x, foot), (x, foot - height)], width, width * 0.8), colour);
        layer.fill(
            limb(
                &[(x - height * 0.11, foot - height * 0.9), (x + height * 0.11, foot - height * 0.9)],
                width * 0.7,
                width * 0.7,
            ),
            colour,
        );
        let top = (x, foot - height * 0.9);
        if let Some((lx, ly)) = last {
            let sag = ((lx + x) / 2.0, ly.max(top.1) + 0.02 * (0.3 + near));
            layer.fill(limb(&[(lx, ly), sag, top], width * 0.22, width * 0.3), colour.fade(0.8));
        }
        last = Some(top);
    }
}

fn rails(site: &mut Site, stage: &mut Stage) {
    let (top, x) = (site.horizon + 0.08, site.wide * 0.30);
    let bed = [(x - 0.01, top), (x + 0.02, top), (x + 0.62, 1.5), (x - 0.75, 1.5)];
    let [gravel, sleeper, steel] = [(0x7D_7468, 0.1), (0x44_3832, 0.0), (0xB9_BFC4, 0.0)]
        .map(|(material, distance)| site.at(material, distance));
    let layer = stage.layer(0.92);
    layer.fill(Path::polygon(&bed), gravel);
    let at = |share: f64, y: f64| {
        let down = (y - top) / (1.5 - top);
        x - 0.01 * (1.0 - down) - 0.75 * down + (0.03 + 1.34 * down) * share
    };
    for step in 1..22 {
        let near = f64::from(step) / 22.0;
        let (y, thick) = (top + (1.5 - top) * near * near, 0.002 + near * near * 0.03);
        let slat = [
            (at(0.10, y), y),
            (at(0.90, y), y),
            (at(0.90, y + thick), y + thick),
            (at(0.10, y + thick), y + thick),
        ];
        layer.fill(Path::polygon(&slat), sleeper);
    }
    for share in [0.24, 0.74] {
        let rail = [
            (at(share, top), top),
            (at(share, top) + 0.002, top),
            (at(share + 0.035, 1.5), 1.5),
            (at(share, 1.5), 1.5),
        ];
        layer.fill(Path::polygon(&rail), steel);
    }
}

fn platform(site: &mut Site, stage: &mut Stage) {
    let top = site.horizon + 0.16;
    let edge = site.wide * 0.46;
    let (_, right) = site.ends();
    let [stone, line, roof, post] =
        [(0xB4_A994, 0.02), (0xE8_C35A, 0.0), (0x4A_5F66, 0.05), (0x3B_3F46, 0.0)]
            .map(|(material, distance)| site.at(material, distance));
    let layer = stage.layer(0.96);
    let ground = [(edge + 0.16, top), (right, top), (right, 1.9), (edge - 0.30, 1.9)];
    layer.cut(Path::polygon(&ground), stone, site.shadow());
    layer.fill(
        Path::polygon(&[(edge + 0.175, top), (edge + 0.19, top), (edge - 0.12, 1.5), (edge - 0.19, 1.5)]),
        line,
    );
    layer.fill(
        dabs(&mut site.dice, 40, [edge + 0.2, top + 0.02, right, 1.2], 0.22, 0.004),
        site.palette.ink.fade(0.12),
    );
    let eaves = site.horizon - 0.42;
    for (x, foot) in [(edge + 0.42, top + 0.04), (edge + 0.84, top + 0.10), (edge + 1.3, top + 0.16)] {
        layer.fill(limb(&[(x, foot), (x, eaves)], 0.024, 0.020), post);
    }
    layer.cut(
        Path::polygon(&[
            (edge + 0.26, eaves + 0.02),
            (right, eaves - 0.12),
            (right, eaves - 0.02),
            (edge + 0.25, eaves + 0.05),
        ]),
        roof,
        site.shadow(),
    );
    let (x, y) = (edge + 0.62, eaves + 0.10);
    layer.fill(Path::rect(x - 0.002, eaves, 0.004, 0.1), post);
    layer.fill(
        Path::circle(x, y, 0.20),
        Paint::glow((x, y), 0.20, site.palette.lamp.fade(0.6 * site.palette.night)),
    );
    layer.cut(
        Path::circle(x, y, 0.038),
        site.at(0xF6_EEDC, 0.0).mix(site.palette.lamp, site.palette.night * 0.5),
        site.shadow(),
    );
    layer.fill(limb(&[(x, y), (x, y - 0.026)], 0.005, 0.004), post);
    layer.fill(limb(&[(x, y), (x + 0.016, y + 0.008)], 0.005, 0.004), post);
    layer.fill(dab(edge + 0.7, top + 0.30, 0.5, 0.01, 0.0), site.palette.ink.fade(0.1));
}
