use soundlock_draw::{Canvas, Paint, Path, Rgba, Transform};

use super::super::props;
use super::super::seed::wave;
use super::super::shape::{card, crags, dab, dabs, land, limb, placed, ridge};
use super::super::stage::{Layer, Site, Stage};
use super::super::words::{Place, Time, Weather};

/// Height of the line between wall and floor.
const FLOOR: f64 = 0.74;

pub(super) fn room(site: &mut Site, stage: &mut Stage) {
    let wall = match site.place {
        Place::Kitchen => site.dice.pick(&[0xE0_C98A, 0xA9_C3B0, 0xD8_A98A]),
        Place::Bedroom => site.dice.pick(&[0x8E_9DB8, 0xC9_9A98, 0xA7_B39A]),
        Place::Office => site.dice.pick(&[0x7D_9187, 0xB8_9A72, 0x6F_8194]),
        Place::Bar => site.dice.pick(&[0x8A_4B44, 0x3F_6B66, 0x9A_6A3E]),
        Place::LampRoom => 0x5E_7682,
        _ => site.dice.pick(&[0x6F_9490, 0xC9_8F63, 0xA5_A878, 0x8C_7F9E, 0xC4_7F72]),
    };
    let floor = FLOOR + (0.60 - site.horizon) * -0.4;
    walls(site, stage, wall, floor);
    if site.place == Place::LampRoom {
        lantern(site, stage, floor);
    } else {
        window(site, stage);
    }
    furniture(site, stage, floor);
    lamp_and_light(site, stage, floor);
    threshold(site, stage);
}

fn walls(site: &mut Site, stage: &mut Stage, wall: u32, floor: f64) {
    let (left, right) = site.ends();
    let (upper, lower) = (site.at(wall, 0.10), site.at(wall, 0.0).mix(site.palette.ink, 0.20));
    let boards = site.at(0x9A_6B48, 0.0).mix(site.palette.ink, 0.12);
    let layer = stage.layer(0.55);
    layer.fill(
        Path::rect(left, -0.9, right - left, 0.9 + floor),
        Paint::vertical(-0.1, upper.mix(site.palette.ink, 0.22), floor, upper),
    );
    let mut pattern = Path::new();
    if site.dice.chance(0.6) {
        let pitch = site.dice.range(0.07, 0.12);
        let mut x = left;
        while x < right {
            pattern.add_polygon(&[
                (x, -0.9),
                (x + pitch * 0.42, -0.9),
                (x + pitch * 0.42, floor),
                (x, floor),
            ]);
            x += pitch;
        }
    } else {
        for row in -6..10 {
            for column in -8..24 {
                let shift = if row % 2 == 0 { 0.0 } else { 0.06 };
                let (x, y) = (f64::from(column) * 0.12 + shift, f64::from(row) * 0.085);
                pattern.add_polygon(&[(x, y - 0.012), (x + 0.009, y), (x, y + 0.012), (x - 0.009, y)]);
            }
        }
    }
    layer.push_if(floor > 0.3, pattern, upper.mix(site.palette.disc, 0.35).fade(0.16));
    layer.fill(
        dabs(&mut site.dice, 40, [left, -0.3, right, floor - 0.2], 0.5, 0.012),
        site.palette.ink.fade(0.035),
    );
    layer.cut(Path::rect(left, floor - 0.19, right - left, 0.19), lower, site.shadow());
    layer.fill(Path::rect(left, floor - 0.20, right - left, 0.016), lower.mix(site.palette.rim, 0.30));
    layer.fill(Path::rect(left, floor - 0.028, right - left, 0.028), lower.mix(site.palette.ink, 0.25));
    planks(site, stage, boards, floor);
}

trait PushIf {
    fn push_if(&mut self, wanted: bool, path: Path, paint: Rgba);
}

impl PushIf for Layer {
    fn push_if(&mut self, wanted: bool, path: Path, paint: Rgba) {
        if wanted {
            self.fill(path, paint);
        }
    }
}

fn planks(site: &mut Site, stage: &mut Stage, boards: Rgba, floor: f64) {
    let (left, right) = site.ends();
    let layer = stage.layer(0.80);
    layer.fill(
        Path::rect(left, floor, right - left, 1.4),
        Paint::vertical(floor, boards.mix(site.palette.ink, 0.30), 1.05, boards),
    );
    let middle = site.wide / 2.0;
    let mut gaps = Path::new();
    for index in -16..=16 {
        let top = middle + f64::from(index) * 0.12;
        let low = middle + f64::from(index) * 0.30;
        gaps.add_polygon(&[(top, floor), (top + 0.003, floor), (low + 0.008, 1.5), (low, 1.5)]);
    }
    layer.fill(gaps, site.palette.ink.fade(0.20));
    layer.fill(
        dabs(&mut site.dice, 40, [left, floor + 0.02, right, 1.2], 0.16, 0.003),
        site.palette.rim.fade(0.10),
    );
    if site.place == Place::Room || site.place == Place::Bedroom {
        let rug = site.at(site.dice.clone().pick(&[0xA8_4A3C, 0x3E_6474, 0xC0_8E3C]), 0.0);
        layer.fill(Path::ellipse(middle, floor + 0.17, 0.62, 0.085), site.palette.ink.fade(0.22));
        layer.fill(Path::ellipse(middle, floor + 0.16, 0.61, 0.082), rug);
        layer.fill(Path::ellipse(middle, floor + 0.16, 0.50, 0.063), rug.mix(site.palette.rim, 0.35));
        layer.fill(Path::ellipse(middle, floor + 0.16, 0.46, 0.056), rug);
    }
}

/// What is outside the window, in the light of the hour.
fn outside(site: &mut Site, layer: &mut Layer, [x, y, width, height]: [f64; 4]) {
    let sky = super::super::palette::Palette::of("window", false, site.time, site.weather);
    let stops = vec![(0.0, sky.sky[0]), (0.55, sky.sky[1]), (1.0, sky.sky[2])];
    layer.fill(
        Path::rect(x, y, width, height),
        Paint::Linear { from: (0.0, y), to: (0.0, y + height), stops },
    );
    let (moon, size) = ((x + width * 0.70, y + height * 0.27), width.min(0.6));
    if !matches!(site.weather, Weather::Rain | Weather::Storm) {
        layer.fill(
            Path::circle(moon.0, moon.1, size * 0.26),
            Paint::glow(moon, size * 0.26, sky.disc.fade(0.5)),
        );
        layer.fill(Path::circle(moon.0, moon.1, size * 0.065), sky.disc);
    }
    for (share, distance, rise) in [(0.72, 0.6, 0.10), (0.86, 0.2, 0.06)] {
        let mut line = ridge(&mut site.dice, x, x + width, y + height * share, rise, 4);
        for point in &mut line {
            point.0 = point.0.clamp(x, x + width);
        }
        layer.fill(land(&line, y + height), sky.at(0x4F_6B66, distance));
    }
    if sky.night > 0.5 {
        for _ in 0..5 {
            let (px, py) =
                (site.dice.range(x + 0.02, x + width - 0.02), y + height * site.dice.range(0.80, 0.97));
            layer.fill(Path::rect(px, py, 0.006, 0.008), sky.lamp);
        }
    }
    window_weather(site, layer, [x, y, width, height], sky.disc);
}

fn window_weather(site: &mut Site, layer: &mut Layer, [x, y, width, height]: [f64; 4], light: Rgba) {
    let drops: Vec<[f64; 3]> =
        (0..26).map(|_| [site.dice.unit(), site.dice.unit(), site.dice.range(0.7, 1.3)]).collect();
    match site.weather {
        Weather::Rain | Weather::Storm => layer.alive(move |canvas, seconds| {
            for &[at, phase, speed] in &drops {
                let fall = (seconds * 0.55 * speed + phase).fract();
                let (px, py) = (x + width * at, y + height * fall);
                let tail = (0.05_f64).min(y + height - py);
                canvas.fill(&limb(&[(px, py), (px - 0.003, py + tail)], 0.0022, 0.0035), light.fade(0.45));
            }
        }),
        Weather::Snow => layer.alive(move |canvas, seconds| {
            for &[at, phase, speed] in &drops {
                let fall = (seconds * 0.09 * speed + phase).fract();
                let (px, py) = (
                    x + width * (at + 0.02 * wave(seconds, 0.2, phase)).clamp(0.02, 0.98),
                    y + height * fall,
                );
                canvas.fill(&Path::circle(px, py, 0.0035 * speed), light.mix(Rgba::WHITE, 0.6).fade(0.85));
            }
        }),
        _ => {}
    }
}

fn window(site: &mut Site, stage: &mut Stage) {
    let x = site.wide * site.dice.pick(&[0.12, 0.40, 0.66]);
    let (y, width, height) = (0.10, site.dice.range(0.34, 0.44), 0.40);
    let [frame, cloth] =
        [(0xF0_E6D2, 0.05), (site.dice.pick(&[0xB8_5A4A, 0xD8_B25A, 0x5C_7F86, 0xE3_D8C0]), 0.0)]
            .map(|(material, distance)| site.at(material, distance));
    let shadow = site.shadow();
    let layer = stage.layer(0.54);
    site.aside(|site| outside(site, layer, [x, y, width, height]));
    let bar = 0.016;
    for (bx, by, bw, bh) in [
        (x - bar, y - bar, width + 2.0 * bar, bar),
        (x - bar, y + height, width + 2.0 * bar, bar * 1.6),
        (x - bar, y - bar, bar, height + 2.0 * bar),
        (x + width, y - bar, bar, height + 2.0 * bar),
        (x + width / 2.0 - bar / 3.0, y, bar * 0.66, height),
        (x, y + height * 0.42, width, bar * 0.6),
    ] {
        layer.fill(Path::rect(bx, by, bw, bh), frame);
    }
    layer.cut(Path::rect(x - 0.05, y + height + 0.012, width + 0.10, 0.020), frame, shadow);
    light_shaft(site, stage, [x, y, width, height]);
    curtains(site, stage, [x, y, width, height], cloth);
}

fn light_shaft(site: &mut Site, stage: &mut Stage, [x, y, width, _]: [f64; 4]) {
    let (light, strength) = match (site.time, site.weather) {
        (Time::Night, _) => (site.palette.sky[2], 0.14),
        (_, Weather::Clear) => (site.palette.disc, 0.30),
        _ => (site.palette.disc, 0.12),
    };
    let lean = if x > site.wide / 2.0 { -0.55 } else { 0.55 };
    let top = [(x, y), (x + width, y), (x + width + lean, 1.15), (x + lean - 0.12, 1.15)];
    let stops = vec![(0.0, light.fade(strength * 0.5)), (1.0, light.fade(0.0))];
    let layer = stage.layer(0.82);
    layer.fill(Path::polygon(&top), Paint::Linear { from: (x, y), to: (x + lean, 1.1), stops });
    let (cx, cy) = (x + width / 2.0 + lean * 0.62, 0.86);
    for pane in [-1.0, 1.0] {
        let inner = cx + pane * 0.012;
        let outer = cx + pane * width * 0.52;
        let patch = [
            (inner + 0.03, cy - 0.05),
            (outer + 0.03, cy - 0.05),
            (outer - 0.05, cy + 0.06),
            (inner - 0.05, cy + 0.06),
        ];
        layer.fill(Path::polygon(&patch), light.fade(strength * 0.8));
    }
    let motes: Vec<[f64; 4]> = (0..22)
        .map(|_| [site.dice.unit(), site.dice.unit(), site.dice.unit(), site.dice.range(0.0010, 0.0024)])
        .collect();
    stage.layer(1.05).alive(move |canvas, seconds| {
        for &[across, down, phase, size] in &motes {
            let drift = (down + seconds * 0.010 * (0.5 + phase)).fract();
            let px = x + width * across + lean * drift + wave(seconds, 0.07, phase) * 0.02;
            let shine = (0.5 + 0.5 * wave(seconds, 0.13, phase)) * strength * 2.0;
            canvas.fill(&Path::circle(px, y + drift * 0.95, size), light.fade(shine));
        }
    });
}

fn curtains(site: &mut Site, stage: &mut Stage, [x, y, width, height]: [f64; 4], cloth: Rgba) {
    let (dark, light) = (cloth.mix(site.palette.ink, 0.25), cloth.mix(site.palette.rim, 0.20));
    let phase = site.dice.unit();
    let rod = site.at(0x4A_3A34, 0.0);
    stage.layer(0.57).alive(move |canvas, seconds| {
        for side in [-1.0, 1.0] {
            let outer = x + width / 2.0 + side * (width / 2.0 + 0.055);
            let sway = wave(seconds, 0.12, phase + side * 0.2) * 0.010;
            for (fold, tone) in [(0.0, dark), (0.045, cloth), (0.085, light)] {
                let (near, far) = (outer - side * fold, outer - side * (fold + 0.048));
                let mut path = Path::new();
                path.move_to(near, y - 0.05);
                path.line_to(far, y - 0.05);
                path.curve_to(
                    far,
                    y + 0.2,
                    far - side * (0.03 - sway),
                    y + height - 0.1,
                    far - side * (fold * 0.2 - sway),
                    y + height + 0.08,
                );
                path.line_to(near + sway * 0.5, y + height + 0.09);
                path.close();
                canvas.fill(&path, tone);
            }
        }
        canvas.fill(&Path::rounded(x - 0.09, y - 0.062, width + 0.18, 0.014, 0.007), rod);
    });
}

/// The great lens of a lighthouse with windows all around it.
fn lantern(site: &mut Site, stage: &mut Stage, floor: f64) {
    let (left, right) = site.ends();
    let layer = stage.layer(0.50);
    site.aside(|site| outside(site, layer, [left, -0.3, right - left, floor - 0.22 + 0.3]));
    let iron = site.at(0x34_4148, 0.0).mix(site.palette.ink, 0.3);
    let layer = stage.layer(0.58);
    let mut x = left;
    while x < right {
        layer.fill(Path::rect(x, -0.9, 0.016, 0.9 + floor - 0.2), iron);
        x += 0.34;
    }
    layer.fill(Path::rect(left, 0.24, right - left, 0.010), iron);
    let (x, y) = (site.wide * 0.5, floor - 0.42);
    let (lamp, brass, glass) = (site.palette.lamp, site.at(0xC3_954A, 0.0), site.at(0x9F_C4C0, 0.1));
    stage.layer(0.66).alive(move |canvas, seconds| {
        let shine = 0.62 + 0.38 * wave(seconds, 0.11, 0.2).abs();
        canvas.fill(&Path::circle(x, y, 0.75), Paint::glow((x, y), 0.75, lamp.fade(0.65 * shine)));
        canvas.fill(
            &Path::polygon(&[
                (x - 0.10, y + 0.24),
                (x + 0.10, y + 0.24),
                (x + 0.15, y + 0.48),
                (x - 0.15, y + 0.48),
            ]),
            brass,
        );
        for ring in 0..7 {
            let offset = f64::from(ring - 3);
            let reach = 0.165 - offset.abs() * 0.018;
            let tone = glass.mix(lamp, shine * (1.0 - offset.abs() * 0.22));
            canvas
                .fill(&Path::rounded(x - reach, y + offset * 0.062 - 0.026, reach * 2.0, 0.052, 0.02), tone);
        }
        canvas.fill(&Path::rect(x - 0.13, y + 0.22, 0.26, 0.022), brass.mix(lamp, 0.25));
        canvas.fill(&Path::polygon(&[(x - 0.12, y - 0.215), (x + 0.12, y - 0.215), (x, y - 0.28)]), brass);
    });
}

fn furniture(site: &mut Site, stage: &mut Stage, floor: f64) {
    match site.place {
        Place::Kitchen => kitchen(site, stage, floor),
        Place::Bedroom => bed(site, stage, floor),
        Place::Office => shelves(site, stage, floor, 0xB5_9A78),
        Place::Bar => bar(site, stage, floor),
        Place::LampRoom => {}
        _ => living(site, stage, floor),
    }
    if !matches!(site.place, Place::Bar | Place::LampRoom) {
        pictures(site, stage);
    }
}

fn pictures(site: &mut Site, stage: &mut Stage) {
    let layer = stage.layer(0.56);
    for x in [0.02, 0.565, 0.93] {
        let (x, y) = (site.wide * x, site.dice.range(0.16, 0.26));
        let (width, height) = (site.dice.range(0.09, 0.14), site.dice.range(0.10, 0.16));
        let (frame, paper) = (site.at(0x5A_4032, 0.0), site.at(0xEA_DFC6, 0.05));
        layer.cut(card(&mut site.dice, x, y, width, height), frame, site.shadow());
        layer.fill(Path::rect(x + 0.010, y + 0.010, width - 0.02, height - 0.02), paper);
        let line = ridge(&mut site.dice, x + 0.012, x + width - 0.012, y + height * 0.7, height * 0.3, 3);
        layer.fill(crags(&line, y + height - 0.012), site.at(0x5F_7F86, 0.1));
        layer.fill(Path::circle(x + width * 0.68, y + height * 0.32, width * 0.09), site.at(0xD0_6A48, 0.0));
    }
}

fn living(site: &mut Site, stage: &mut Stage, floor: f64) {
    let side = if site.dice.chance(0.5) { 0.08 } else { 0.72 };
    let cloth = site.dice.pick(&[0x3F_6E72, 0xB3_5F48, 0x7C_7A48, 0x6B_5A80]);
    let (cloth, wood) = (site.at(cloth, 0.0), site.at(0x5C_4032, 0.0));
    let x = site.wide * side;
    let shadow = site.shadow();
    let layer = stage.layer(0.84);
    layer.fill(Path::ellipse(x + 0.21, floor + 0.065, 0.30, 0.022), site.palette.ink.fade(0.25));
    layer.cut(Path::rounded(x, floor - 0.20, 0.42, 0.20, 0.05), cloth, shadow);
    layer.cut(
        Path::rounded(x - 0.02, floor - 0.07, 0.46, 0.11, 0.03),
        cloth.mix(site.palette.rim, 0.14),
        shadow,
    );
    for arm in [-0.045, 0.385] {
        layer.cut(
            Path::rounded(x + arm, floor - 0.12, 0.08, 0.17, 0.03),
            cloth.mix(site.palette.ink, 0.14),
            shadow,
        );
    }
    for leg in [0.0, 0.39] {
        layer.fill(
            Path::polygon(&[
                (x + leg, floor + 0.04),
                (x + leg + 0.022, floor + 0.04),
                (x + leg + 0.014, floor + 0.075),
            ]),
            wood,
        );
    }
    plant(site, stage, if side < 0.5 { 0.93 } else { 0.05 }, floor + 0.05);
}

/// A plant whose leaves breathe.
fn plant(site: &mut Site, stage: &mut Stage, share: f64, foot: f64) {
    let x = site.wide * share;
    let (leaf, pot) = (site.at(0x4A_7A52, 0.0), site.at(0xC0_6A48, 0.0));
    let dark = site.palette.ink;
    let leaves: Vec<[f64; 3]> = (0..9)
        .map(|index| {
            [
                f64::from(index - 4) * 0.030 + site.dice.around(0.01),
                site.dice.range(0.16, 0.30),
                site.dice.unit(),
            ]
        })
        .collect();
    stage.layer(0.88).alive(move |canvas, seconds| {
        for &[reach, tall, phase] in &leaves {
            let sway = wave(seconds, 0.11, phase) * 0.006;
            let (tip_x, tip_y) = (x + reach * 2.0 + sway, foot - 0.09 - tall);
            let mut path = Path::new();
            path.move_to(x + reach * 0.15, foot - 0.08);
            path.quad_to(x + reach * 0.4 - 0.035, foot - 0.09 - tall * 0.7, tip_x, tip_y);
            path.quad_to(x + reach * 1.5 + 0.03, foot - 0.09 - tall * 0.5, x + reach * 0.15, foot - 0.08);
            canvas.fill(&path, leaf.mix(dark, phase * 0.30));
        }
        let sides =
            [(x - 0.045, foot - 0.10), (x + 0.045, foot - 0.10), (x + 0.034, foot), (x - 0.034, foot)];
        canvas.fill(&Path::polygon(&sides), pot);
        canvas.fill(&Path::rect(x - 0.05, foot - 0.105, 0.10, 0.022), pot.mix(dark, 0.12));
    });
}

fn kitchen(site: &mut Site, stage: &mut Stage, floor: f64) {
    let (left, right) = site.ends();
    let door = site.dice.pick(&[0x4F_7F7A, 0xC4_6A4A, 0xD6_B050]);
    let [door, top, tile, metal] =
        [(door, 0.0), (0xEF_E4CC, 0.0), (0xF2_EBDC, 0.05), (0x9A_A6A8, 0.0)].map(|(m, d)| site.at(m, d));
    let counter = floor - 0.20;
    let shadow = site.shadow();
    let layer = stage.layer(0.60);
    layer.cut(Path::rect(left, counter - 0.10, right - left, 0.11), tile.mix(door, 0.12), shadow);
    let mut grout = Path::rect(left, counter - 0.052, right - left, 0.003);
    let mut line = left;
    while line < right {
        grout.add_polygon(&[
            (line, counter - 0.10),
            (line + 0.003, counter - 0.10),
            (line + 0.003, counter),
            (line, counter),
        ]);
        line += 0.05;
    }
    layer.fill(grout, site.palette.ink.fade(0.14));
    layer.cut(Path::rect(left, counter, right - left, 0.225), door, shadow);
    let mut x = left;
    while x < right {
        layer.fill(
            Path::rounded(x + 0.010, counter + 0.035, 0.18, 0.165, 0.008),
            door.mix(site.palette.rim, 0.12),
        );
        layer.fill(Path::circle(x + 0.165, counter + 0.07, 0.006), metal);
        x += 0.20;
    }
    layer.cut(Path::rect(left, counter - 0.012, right - left, 0.026), top, shadow);
    let shelf = site.wide * 0.80;
    layer.cut(Path::rect(shelf - 0.16, 0.30, 0.36, 0.014), site.at(0x7A_5238, 0.0), shadow);
    for (index, material) in [0xC9_5F45, 0xE8_DCC0, 0x4F_7C80, 0xD9_A944, 0xE8_DCC0].into_iter().enumerate() {
        let (x, tall) = (shelf - 0.14 + index as f64 * 0.066, site.dice.range(0.045, 0.085));
        layer.cut(Path::rounded(x, 0.30 - tall, 0.042, tall, 0.010), site.at(material, 0.0), shadow);
    }
    let (pot, dark) = (site.wide * 0.22, site.palette.ink);
    layer.cut(Path::rounded(pot, counter - 0.085, 0.12, 0.075, 0.016), metal, shadow);
    layer.fill(Path::rounded(pot - 0.03, counter - 0.066, 0.18, 0.010, 0.005), dark.fade(0.7));
    let steam = site.palette.disc;
    layer.alive(move |canvas, seconds| {
        for puff in 0..4 {
            let age = (seconds * 0.20 + f64::from(puff) / 4.0).fract();
            let (px, py) =
                (pot + 0.06 + wave(seconds, 0.2, f64::from(puff) * 0.3) * 0.014, counter - 0.10 - age * 0.17);
            canvas.fill(&Path::circle(px, py, 0.010 + age * 0.018), steam.fade(0.22 * (1.0 - age)));
        }
    });
    table(site, stage, floor, site.wide * 0.5);
}

/// A table with what the words put on it.
pub(super) fn table(site: &mut Site, stage: &mut Stage, floor: f64, x: f64) {
    let wood = site.at(0x8A_5A3A, 0.0);
    let (top, shadow) = (floor - 0.02, site.shadow());
    let props = site.props.to_vec();
    let colours = props::Colours::of(site.palette);
    let layer = stage.layer(0.90);
    layer.fill(Path::ellipse(x, floor + 0.20, 0.36, 0.025), site.palette.ink.fade(0.24));
    for leg in [-0.27, 0.25] {
        layer.fill(
            limb(&[(x + leg, top), (x + leg * 1.05, floor + 0.20)], 0.028, 0.018),
            wood.mix(site.palette.ink, 0.25),
        );
    }
    layer.cut(Path::rounded(x - 0.34, top - 0.012, 0.68, 0.034, 0.010), wood, shadow);
    layer.fill(Path::rect(x - 0.33, top - 0.012, 0.66, 0.008), wood.mix(site.palette.rim, 0.35));
    layer.alive(move |canvas, seconds| {
        for (index, prop) in props.iter().filter(|prop| prop.stands_on_tables()).take(3).enumerate() {
            let at = x + [-0.14, 0.13, 0.0][index];
            let place = Transform::translate(at, top - 0.010).then_inner(Transform::scale(0.13, 0.13));
            placed(canvas, place, |canvas| props::draw(canvas, *prop, &colours, seconds));
        }
    });
}

fn bed(site: &mut Site, stage: &mut Stage, floor: f64) {
    let x = site.wide * 0.70;
    let blanket = site.dice.pick(&[0x4F_7288, 0xB8_6650, 0x8C_8A56]);
    let [wood, blanket, sheet] = [0x6A_4836, blanket, 0xF2_EADB].map(|material| site.at(material, 0.0));
    let shadow = site.shadow();
    let layer = stage.layer(0.86);
    layer.fill(Path::ellipse(x + 0.2, floor + 0.14, 0.50, 0.03), site.palette.ink.fade(0.25));
    layer.cut(Path::rounded(x + 0.46, floor - 0.28, 0.05, 0.42, 0.02), wood, shadow);
    layer.cut(Path::rounded(x - 0.18, floor - 0.03, 0.66, 0.14, 0.02), sheet, shadow);
    layer.cut(
        Path::rounded(x + 0.27, floor - 0.10, 0.20, 0.10, 0.045),
        sheet.mix(site.palette.rim, 0.3),
        shadow,
    );
    let mut cover = Path::new();
    cover.move_to(x - 0.20, floor - 0.02);
    cover.quad_to(x, floor - 0.08, x + 0.26, floor - 0.055);
    cover.line_to(x + 0.22, floor + 0.10);
    cover.quad_to(x, floor + 0.13, x - 0.20, floor + 0.115);
    cover.close();
    layer.cut(cover, blanket, shadow);
    layer.cut(Path::rounded(x - 0.22, floor - 0.10, 0.04, 0.24, 0.015), wood, shadow);
}

fn shelves(site: &mut Site, stage: &mut Stage, floor: f64, _wood: u32) {
    const SPINES: [u32; 7] = [0xB8_4F40, 0x3F_6C7A, 0xD8_A94A, 0x5F_7A52, 0xE8_DCC0, 0x6B_4A60, 0x8A_6A4A];
    let x = site.wide * if site.dice.chance(0.5) { 0.70 } else { 0.04 };
    let wood = site.at(0x6E_4A34, 0.0);
    let shadow = site.shadow();
    let layer = stage.layer(0.60);
    layer.cut(Path::rect(x, 0.06, 0.46, floor - 0.06), wood, shadow);
    for row in 0..4 {
        let (top, bottom) = (0.075 + f64::from(row) * 0.16, 0.215 + f64::from(row) * 0.16);
        layer.fill(Path::rect(x + 0.014, top, 0.432, 0.142), wood.mix(site.palette.ink, 0.45));
        let mut at = x + 0.02;
        while at < x + 0.40 {
            let (width, tall) = (site.dice.range(0.014, 0.032), site.dice.range(0.085, 0.128));
            if site.dice.chance(0.85) {
                let spine = site.at(site.dice.clone().pick(&SPINES), 0.0);
                layer.fill(Path::rect(at, bottom - tall, width, tall), spine);
                layer.fill(Path::rect(at, bottom - tall * 0.8, width, 0.006), site.palette.rim.fade(0.35));
            }
            at += width + 0.002;
            site.dice.unit();
        }
    }
    table(site, stage, floor, site.wide * 0.45);
}

fn bar(site: &mut Site, stage: &mut Stage, floor: f64) {
    const BOTTLES: [u32; 6] = [0x4F_7A4A, 0xB8_6A30, 0x7A_3A34, 0x3F_6A7A, 0xD8_B060, 0x54_4460];
    let (left, right) = site.ends();
    let [wood, top, back] = [0x6A_3C2C, 0xA0_6840, 0x34_2A2C].map(|material| site.at(material, 0.0));
    let shadow = site.shadow();
    let layer = stage.layer(0.60);
    let x = site.wide * 0.60;
    layer.cut(Path::rect(x, 0.10, 0.64, 0.44), back, shadow);
    layer.fill(
        Path::circle(x + 0.3, 0.2, 0.5),
        Paint::glow((x + 0.3, 0.2), 0.5, site.palette.lamp.fade(0.35)),
    );
    for row in 0..3 {
        let y = 0.235 + f64::from(row) * 0.14;
        layer.fill(Path::rect(x + 0.02, y, 0.60, 0.010), wood);
        let mut at = x + 0.035;
        while at < x + 0.59 {
            let (width, tall) = (site.dice.range(0.018, 0.028), site.dice.range(0.06, 0.10));
            let bottle = site.dice.pick(&BOTTLES);
            let glass = site.at(bottle, 0.0).mix(site.palette.lamp, 0.15);
            layer.fill(Path::rounded(at, y - tall * 0.68, width, tall * 0.68, 0.005), glass);
            layer.fill(Path::rect(at + width * 0.34, y - tall, width * 0.32, tall * 0.4), glass);
            layer.fill(
                Path::rect(at + width * 0.15, y - tall * 0.55, width * 0.16, tall * 0.4),
                site.palette.rim.fade(0.4),
            );
            at += width + site.dice.range(0.006, 0.022);
        }
    }
    let layer = stage.layer(0.78);
    layer.cut(Path::rect(site.wide * 0.30, floor - 0.14, right, 0.42), wood, shadow);
    layer.cut(Path::rect(site.wide * 0.28, floor - 0.165, right, 0.034), top, shadow);
    layer.fill(dab(site.wide * 0.8, floor - 0.158, 1.2, 0.004, 0.0), site.palette.rim.fade(0.4));
    for index in 0..4 {
        let sx = site.wide * (0.40 + 0.17 * f64::from(index));
        layer.fill(limb(&[(sx, floor - 0.01), (sx, floor + 0.24)], 0.016, 0.020), back);
        layer.cut(
            Path::rounded(sx - 0.055, floor - 0.035, 0.11, 0.032, 0.014),
            site.at(0xB0_4A3C, 0.0),
            shadow,
        );
    }
    let _ = left;
}

/// The lamp that the room is lit by, and the pool of its light.
fn lamp_and_light(site: &mut Site, stage: &mut Stage, floor: f64) {
    let x = site.wide * site.dice.pick(&[0.34, 0.60]);
    let lit = site.palette.night.max(if site.weather == Weather::Clear { 0.0 } else { 0.45 });
    let (lamp, cord) = (site.palette.lamp, site.at(0x2E_2A2E, 0.0));
    let cloth = site.dice.pick(&[0xD9_6B4A, 0xE3_B44A, 0x3F_7A72, 0xE8_DCC4]);
    let shade = site.at(cloth, 0.0).mix(lamp, lit * 0.35);
    let phase = site.dice.unit();
    if site.place == Place::LampRoom {
        return;
    }
    stage.layer(0.86).alive(move |canvas, seconds| {
        let flicker = lit * (0.96 + 0.03 * wave(seconds, 1.3, phase) + 0.01 * wave(seconds, 5.1, phase));
        hanging_lamp(canvas, (x, 0.165), [lamp, cord, shade], flicker);
        let pool = lamp.fade(0.16 * flicker);
        canvas.fill(&Path::ellipse(x, floor + 0.12, 0.55, 0.075), pool);
    });
}

fn hanging_lamp(canvas: &mut Canvas, (x, y): (f64, f64), [lamp, cord, shade]: [Rgba; 3], lit: f64) {
    if lit > 0.01 {
        canvas
            .fill(&Path::circle(x, y + 0.05, 0.85), Paint::glow((x, y + 0.05), 0.85, lamp.fade(0.46 * lit)));
        let cone = [(x - 0.07, y + 0.03), (x + 0.07, y + 0.03), (x + 0.46, 0.98), (x - 0.46, 0.98)];
        canvas.fill(&Path::polygon(&cone), Paint::vertical(y, lamp.fade(0.24 * lit), 0.95, lamp.fade(0.0)));
    }
    canvas.fill(&limb(&[(x, -0.9), (x, y - 0.05)], 0.005, 0.005), cord);
    canvas.fill(&Path::ellipse(x, y + 0.032, 0.040, 0.018), lamp.fade(0.3 + 0.7 * lit));
    let mut dome = Path::new();
    dome.move_to(x - 0.095, y + 0.034);
    dome.curve_to(x - 0.08, y - 0.03, x - 0.03, y - 0.055, x, y - 0.056);
    dome.curve_to(x + 0.03, y - 0.055, x + 0.08, y - 0.03, x + 0.095, y + 0.034);
    dome.quad_to(x, y + 0.022, x - 0.095, y + 0.034);
    canvas.fill(&dome, shade);
}

/// A dark edge in front: the side of a door, so that one looks in.
fn threshold(site: &mut Site, stage: &mut Stage) {
    let side = if site.dice.chance(0.5) { -0.72 } else { site.wide + 0.02 };
    let dark = site.palette.ink.mix(site.palette.key, 0.18);
    let layer = stage.layer(1.5);
    layer.fill(Path::rect(side, -0.9, 0.74, 3.0), dark.fade(0.94));
    let edge = if side < 0.0 { side + 0.74 } else { side - 0.012 };
    layer.fill(Path::rect(edge, -0.9, 0.012, 3.0), site.palette.rim.fade(0.10));
}
