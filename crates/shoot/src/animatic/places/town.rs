use soundlock_draw::{Paint, Path};

use super::super::seed::wave;
use super::super::shape::{card, dab, dabs, limb};
use super::super::stage::{Layer, Site, Stage};
use super::super::words::Weather;
use super::{birds, clouds, mist};

const WALLS: [u32; 7] = [0xD9_B48A, 0xB8_6B52, 0x8F_A39A, 0xE3_D3B0, 0x6F_8794, 0xC4_8E63, 0xA7_7F86];

pub(super) fn street(site: &mut Site, stage: &mut Stage) {
    clouds(site, stage);
    skyline(site, stage, 0.15, 0.80, 0.30);
    mist(site, stage, 0.16, site.horizon + 0.05, 0.30, 0.5);
    row(
        site,
        stage,
        &Row {
            depth: 0.45,
            distance: 0.42,
            foot: site.horizon + 0.09,
            tall: (0.30, 0.46),
            wide: (0.16, 0.26),
        },
    );
    mist(site, stage, 0.46, site.horizon + 0.12, 0.16, 0.28);
    corners(site, stage);
    paving(site, stage);
    let foot = site.horizon + 0.30;
    let left = site.wide * 0.17;
    let right = site.wide * 0.83;
    street_lamp(site, stage.layer(0.97), left, foot, 0.74);
    street_lamp(site, stage.layer(0.97), right, foot, 0.74);
}

pub(super) fn rooftops(site: &mut Site, stage: &mut Stage) {
    clouds(site, stage);
    birds(site, stage);
    skyline(site, stage, 0.12, 0.82, 0.44);
    mist(site, stage, 0.13, site.horizon + 0.12, 0.30, 0.5);
    skyline(site, stage, 0.25, 0.56, 0.34);
    mist(site, stage, 0.26, site.horizon + 0.15, 0.30, 0.45);
    skyline(site, stage, 0.42, 0.28, 0.20);
    mist(site, stage, 0.43, site.horizon + 0.22, 0.22, 0.35);
    terrace(site, stage);
}

/// Towers against the sky with a few lit windows.
fn skyline(site: &mut Site, stage: &mut Stage, depth: f64, distance: f64, tall: f64) {
    let (left, right) = site.ends();
    let base = site.horizon + 0.05 + depth * 0.25;
    let colour = site.at(0x4F_5F74, distance);
    let mut walls = Path::new();
    let mut windows = Path::new();
    let mut x = left;
    while x < right {
        let width = site.dice.range(0.07, 0.16);
        let height = tall * site.dice.range(0.35, 1.0);
        walls.add_polygon(&[
            (x, base + 0.5),
            (x, base - height),
            (x + width, base - height + site.dice.around(0.01)),
            (x + width, base + 0.5),
        ]);
        if site.dice.chance(0.35) {
            let mast = x + width * site.dice.range(0.3, 0.7);
            walls.add_polygon(&[
                (mast, base - height - 0.05),
                (mast + 0.004, base - height - 0.05),
                (mast + 0.005, base),
                (mast, base),
            ]);
        }
        let (columns, rows) = ((width / 0.022) as usize, (height / 0.034) as usize);
        for column in 0..columns {
            for row in 0..rows {
                if site.dice.chance(0.30) {
                    let (wx, wy) =
                        (x + 0.010 + column as f64 * 0.022, base - height + 0.02 + row as f64 * 0.034);
                    windows.add_polygon(&[
                        (wx, wy),
                        (wx + 0.009, wy),
                        (wx + 0.009, wy + 0.014),
                        (wx, wy + 0.014),
                    ]);
                }
            }
        }
        x += width + site.dice.range(-0.01, 0.03);
    }
    let lit = site.palette.lamp.mix(colour, distance * 0.55).fade(0.15 + 0.80 * site.palette.night);
    let layer = stage.layer(depth);
    layer.fill(walls, colour);
    layer.fill(windows, lit);
}

struct Row {
    depth: f64,
    distance: f64,
    foot: f64,
    tall: (f64, f64),
    wide: (f64, f64),
}

/// Houses side by side along the far end of the street.
fn row(site: &mut Site, stage: &mut Stage, row: &Row) {
    let (left, right) = site.ends();
    let mut x = left;
    let layer = stage.layer(row.depth);
    while x < right {
        let width = site.dice.range(row.wide.0, row.wide.1);
        let height = site.dice.range(row.tall.0, row.tall.1);
        house(site, layer, [x, row.foot, width, height], row.distance);
        x += width;
    }
}

fn house(site: &mut Site, layer: &mut Layer, [x, foot, width, height]: [f64; 4], distance: f64) {
    let wall = site.dice.pick(&WALLS);
    let [wall, roof, dark, trim] =
        [wall, 0x5A_4048, 0x2D_3440, 0xF1_E6CF].map(|material| site.at(material, distance));
    let top = foot - height;
    if site.dice.chance(0.6) {
        let roof_path = [
            (x - 0.012, top),
            (x + width * 0.16, top - 0.075),
            (x + width * 0.84, top - 0.075),
            (x + width + 0.012, top),
        ];
        layer.fill(Path::polygon(&roof_path), roof);
        layer.fill(Path::rect(x + width * 0.62, top - 0.12, 0.022, 0.07), wall.mix(dark, 0.3));
    }
    layer.cut(Path::rect(x, top, width, height + 0.4), wall, site.shadow());
    layer.fill(Path::rect(x, top, width, 0.010), trim.fade(0.7));
    let columns = (width / 0.062).max(1.0) as usize;
    let pitch = width / columns as f64;
    let mut y = top + 0.035;
    while y < foot - 0.12 {
        for column in 0..columns {
            let wx = x + pitch * (column as f64 + 0.5) - 0.014;
            let lit = site.dice.chance(0.38);
            let glass =
                if lit { site.palette.lamp.mix(dark, 1.0 - site.palette.night.max(0.12)) } else { dark };
            layer.fill(Path::rect(wx - 0.004, y - 0.004, 0.036, 0.054), trim.fade(0.55));
            layer.fill(Path::rect(wx, y, 0.028, 0.045), glass);
        }
        y += 0.092;
    }
    let awning = site.at(site.dice.clone().pick(&[0xC2_4E42, 0x3F_7A70, 0xE0_A63F]), distance);
    layer.fill(
        Path::rect(x + width * 0.12, foot - 0.085, width * 0.76, 0.09),
        site.palette.lamp.mix(dark, 1.0 - site.palette.night.max(0.2)),
    );
    layer.fill(
        Path::polygon(&[
            (x + width * 0.10, foot - 0.095),
            (x + width * 0.90, foot - 0.095),
            (x + width * 0.96, foot - 0.062),
            (x + width * 0.04, foot - 0.062),
        ]),
        awning,
    );
}

/// The two near houses that frame the street, in perspective.
fn corners(site: &mut Site, stage: &mut Stage) {
    let (left, right) = site.ends();
    let foot = site.horizon + 0.27;
    for (side, edge, end) in [(1.0, site.wide * 0.16, left), (-1.0, site.wide * 0.86, right)] {
        let wall = site.dice.pick(&WALLS);
        let [wall, dark, trim] =
            [(wall, 0.06), (0x26_2C38, 0.04), (0xF1_E6CF, 0.08)].map(|(m, d)| site.at(m, d));
        let layer = stage.layer(0.86);
        let inner = edge - side * 0.10;
        let front = [(end, -0.9), (inner, -0.35), (inner, foot - 0.02), (end, foot + 0.25)];
        let flank = [(inner, -0.35), (edge, -0.05), (edge, foot - 0.09), (inner, foot - 0.02)];
        layer.cut(Path::polygon(&flank), wall.mix(site.palette.ink, 0.32), site.shadow());
        layer.cut(Path::polygon(&front), wall, site.shadow());
        for storey in 0..3 {
            let y = -0.10 + f64::from(storey) * 0.26;
            for column in 0..3 {
                let x = inner - side * (0.13 + f64::from(column) * 0.17);
                let lit = site.dice.chance(0.4);
                let glass =
                    if lit { site.palette.lamp.mix(dark, 1.0 - site.palette.night.max(0.1)) } else { dark };
                let x = x.min(x - side * 0.085);
                layer.fill(Path::rect(x - 0.008, y - 0.008, 0.101, 0.156), trim.fade(0.5));
                layer.fill(Path::rect(x, y, 0.085, 0.14), glass);
                layer.fill(Path::rect(x + 0.040, y, 0.005, 0.14), trim.fade(0.5));
                layer.fill(Path::rect(x - 0.012, y + 0.145, 0.109, 0.014), trim.fade(0.8));
            }
        }
    }
}

fn paving(site: &mut Site, stage: &mut Stage) {
    let (left, right) = site.ends();
    let top = site.horizon + 0.085;
    let wet = matches!(site.weather, Weather::Rain | Weather::Storm);
    let stone = if site.weather == Weather::Snow { 0xDC_E2E8 } else { 0x8C_8478 };
    let layer = stage.layer(0.90);
    let (far, near) =
        (site.at(stone, 0.25), site.at(stone, 0.0).mix(site.palette.ink, if wet { 0.42 } else { 0.15 }));
    let walk = |side: f64| {
        let middle = site.wide / 2.0;
        [
            (middle + side * 0.30, top),
            (middle + side * 2.6, top),
            (middle + side * 3.4, 1.9),
            (middle + side * 0.95, 1.9),
        ]
    };
    layer.fill(Path::rect(left, top, right - left, 1.9), Paint::vertical(top, far, 1.0, near));
    for side in [-1.0, 1.0] {
        layer.cut(Path::polygon(&walk(side)), site.at(0xB7_AB97, 0.06).mix(near, 0.25), site.shadow());
    }
    for index in 1..10 {
        let at = f64::from(index);
        layer.fill(
            dab(site.wide / 2.0, top + at * at * 0.008, 0.5 + at * 0.25, 0.0012 + at * 0.0003, 0.0),
            site.palette.ink.fade(0.14),
        );
    }
    layer.fill(dabs(&mut site.dice, 60, [left, top + 0.03, right, 1.2], 0.24, 0.004), far.fade(0.28));
    if wet || site.palette.night > 0.5 {
        reflections(site, stage, top, wet);
    }
}

/// Lamps and windows mirrored in a wet street.
fn reflections(site: &mut Site, stage: &mut Stage, top: f64, wet: bool) {
    let lamp = site.palette.lamp;
    let share = if wet { 0.55 } else { 0.22 };
    let marks: Vec<[f64; 4]> = (0..16)
        .map(|index| {
            let middle = if index % 2 == 0 { 0.22 } else { 0.78 };
            [
                site.wide * middle + site.dice.around(0.10),
                top + site.dice.range(0.10, 0.55),
                site.dice.range(0.03, 0.11),
                site.dice.unit(),
            ]
        })
        .collect();
    stage.layer(0.93).alive(move |canvas, seconds| {
        for &[x, y, length, phase] in &marks {
            let shine = share * (0.7 + 0.3 * wave(seconds, 0.5, phase));
            canvas.fill(&dab(x, y, length, 0.006, 0.0), lamp.fade(shine));
        }
    });
}

/// A street lamp with its foot at (x, foot).
pub(super) fn street_lamp(site: &Site, layer: &mut Layer, x: f64, foot: f64, height: f64) {
    let iron = site.at(0x2C_3438, 0.0).mix(site.palette.ink, 0.35);
    let top = foot - height;
    layer.fill(limb(&[(x, foot), (x, top)], 0.016, 0.009), iron);
    layer.fill(Path::rounded(x - 0.016, foot - 0.07, 0.032, 0.08, 0.006), iron);
    let lamp = site.palette.lamp;
    let lit = site.palette.night.max(0.12);
    let (y, glass) = (top - 0.02, site.at(0xF2_E8CE, 0.0).mix(lamp, lit));
    layer.alive(move |canvas, seconds| {
        let flicker = lit * (0.94 + 0.06 * wave(seconds, 1.7, x));
        canvas.fill(&Path::circle(x, y, 0.42), Paint::glow((x, y), 0.42, lamp.fade(0.50 * flicker)));
        canvas.fill(&Path::ellipse(x, foot + 0.01, 0.30, 0.05), lamp.fade(0.14 * flicker));
    });
    layer.fill(
        Path::polygon(&[
            (x - 0.022, y + 0.028),
            (x + 0.022, y + 0.028),
            (x + 0.032, y - 0.03),
            (x - 0.032, y - 0.03),
        ]),
        glass,
    );
    layer.fill(Path::polygon(&[(x - 0.040, y - 0.028), (x + 0.040, y - 0.028), (x, y - 0.062)]), iron);
}

fn terrace(site: &mut Site, stage: &mut Stage) {
    let (left, right) = site.ends();
    let top = site.horizon + 0.24;
    let [deck, wall, dark, pot] = [(0xA6_9482, 0.04), (0x8F_7F78, 0.05), (0x3A_3A42, 0.0), (0xB8_6246, 0.02)]
        .map(|(m, d)| site.at(m, d));
    let layer = stage.layer(0.88);
    layer.cut(Path::rect(left, top - 0.10, right - left, 0.12), wall, site.shadow());
    layer.fill(Path::rect(left, top - 0.115, right - left, 0.022), wall.mix(site.palette.rim, 0.3));
    layer.fill(Path::rect(left, top + 0.015, right - left, 1.2), deck);
    layer.fill(dabs(&mut site.dice, 70, [left, top + 0.03, right, 1.2], 0.30, 0.005), dark.fade(0.16));
    layer.fill(
        dabs(&mut site.dice, 40, [left, top + 0.03, right, 1.2], 0.24, 0.004),
        site.palette.rim.fade(0.12),
    );
    let x = site.wide * 0.12;
    layer.fill(limb(&[(x, top + 0.02), (x, top - 0.40)], 0.010, 0.006), dark);
    for step in 0..4 {
        let y = top - 0.38 + f64::from(step) * 0.035;
        layer.fill(
            limb(
                &[(x - 0.06 + f64::from(step) * 0.01, y), (x + 0.06 - f64::from(step) * 0.01, y)],
                0.005,
                0.005,
            ),
            dark,
        );
    }
    let tank = site.wide * 0.86;
    layer.cut(card(&mut site.dice, tank, top - 0.34, 0.16, 0.20), site.at(0x6E_7E84, 0.04), site.shadow());
    layer.fill(
        Path::polygon(&[(tank - 0.012, top - 0.33), (tank + 0.08, top - 0.41), (tank + 0.172, top - 0.33)]),
        dark,
    );
    for leg in [0.012, 0.135] {
        layer.fill(Path::rect(tank + leg, top - 0.15, 0.014, 0.17), dark);
    }
    for x in [0.28, 0.34, 0.70] {
        let x = site.wide * x;
        let green = site.at(0x4F_7A4C, 0.0);
        for (dx, dy) in [(-0.03, -0.09), (0.0, -0.12), (0.03, -0.085)] {
            layer.fill(
                Path::ellipse(x + dx, top + dy + 0.02, 0.026, 0.045),
                green.mix(site.palette.disc, dx.abs() * 4.0),
            );
        }
        layer.cut(
            Path::polygon(&[
                (x - 0.035, top - 0.02),
                (x + 0.035, top - 0.02),
                (x + 0.026, top + 0.06),
                (x - 0.026, top + 0.06),
            ]),
            pot,
            site.shadow(),
        );
    }
    let lights = site.palette.lamp;
    let lit = site.palette.night.max(0.25);
    let wide = site.wide;
    stage.layer(0.95).alive(move |canvas, seconds| {
        for index in 0..11 {
            let at = f64::from(index) / 10.0;
            let (x, y) = (wide * at, top - 0.46 + at * (1.0 - at) * 0.30 + wave(seconds, 0.2, at) * 0.003);
            let shine = lit * (0.85 + 0.15 * wave(seconds, 0.6, at * 3.7));
            canvas.fill(&Path::circle(x, y, 0.05), Paint::glow((x, y), 0.05, lights.fade(0.6 * shine)));
            canvas.fill(&Path::circle(x, y, 0.008), lights.fade(0.4 + 0.6 * shine));
        }
    });
}
