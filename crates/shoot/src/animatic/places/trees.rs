use soundlock_draw::{Paint, Path, Rgba, Transform};

use super::super::seed::{Dice, wave};
use super::super::shape::{dabs, land, limb, placed, ridge};
use super::super::stage::{Layer, Site, Stage};
use super::super::words::{Time, Weather};
use super::mist;

pub(super) fn forest(site: &mut Site, stage: &mut Stage) {
    let (left, right) = site.ends();
    let pines = site.dice.chance(0.5) || site.weather == Weather::Snow;
    let ground = site.horizon + 0.14;
    for (depth, distance, count, base) in
        [(0.25, 0.80, 30, -0.02), (0.42, 0.55, 22, 0.03), (0.62, 0.28, 14, 0.09)]
    {
        let colour = site.at(if pines { 0x2F_5D50 } else { 0x54_7A4A }, distance);
        let layer = stage.layer(depth);
        for index in 0..count {
            let x = left + (right - left) * (f64::from(index) + site.dice.unit()) / f64::from(count);
            let height = site.dice.range(0.45, 0.85) * (0.6 + depth * 0.75);
            let tone = colour.mix(site.palette.haze, site.dice.unit() * 0.12);
            tree(site, layer, (x, ground + base, height), tone, pines, distance);
        }
        mist(site, stage, depth, ground + base, 0.30, 0.42);
    }
    shafts(site, stage);
    let line = ridge(&mut site.dice, left, right, ground + 0.12, 0.06, 9);
    let layer = stage.layer(0.92);
    let (floor, light, dark) = if site.weather == Weather::Snow {
        (0xE6_EAEE, 0xFF_FFFF, 0xA9_B8C8)
    } else {
        (0x6B_7A48, 0xC2_B86A, 0x38_5034)
    };
    layer.cut(land(&line, 1.9), site.at(floor, 0.04), site.shadow());
    layer.fill(
        dabs(&mut site.dice, 70, [left, ground + 0.14, right, 1.3], 0.26, 0.008),
        site.at(dark, 0.0).fade(0.40),
    );
    layer.fill(
        dabs(&mut site.dice, 50, [left, ground + 0.13, right, 1.3], 0.20, 0.005),
        site.at(light, 0.0).fade(0.40),
    );
    near_trunks(site, stage);
    super::sea::grasses(site, stage, 1.4, 1.06, 0.26);
}

/// One tree with its foot at (x, y): a trunk with cut-paper leaves, or a fir in tiers.
pub(super) fn tree(
    site: &mut Site,
    layer: &mut Layer,
    (x, y, height): (f64, f64, f64),
    leaf: Rgba,
    fir: bool,
    distance: f64,
) {
    let trunk = site.at(0x4E_3D38, distance);
    let width = height * 0.035;
    layer.fill(
        limb(&[(x, y + 0.01), (x + site.dice.around(width), y - height * 0.55)], width * 1.3, width * 0.6),
        trunk,
    );
    if fir {
        layer.fill(fir_shape(&mut site.dice, x, y - height * 0.12, height * 0.88), leaf);
        if site.weather == Weather::Snow {
            let cap = fir_shape(&mut site.dice, x - height * 0.012, y - height * 0.42, height * 0.56);
            layer.fill(cap, site.at(0xF2_F5F8, distance).fade(0.55));
        }
        return;
    }
    let crown = crown(&mut site.dice, x, y - height * 0.68, height * 0.30);
    layer.fill(crown, leaf);
    let light = self::crown(&mut site.dice, x - height * 0.06, y - height * 0.75, height * 0.17);
    layer.fill(light, leaf.mix(site.palette.disc, 0.16));
}

fn fir_shape(dice: &mut Dice, x: f64, y: f64, height: f64) -> Path {
    let tiers = 5;
    let mut left = Vec::new();
    let mut right = Vec::new();
    for tier in 0..tiers {
        let at = f64::from(tier) / f64::from(tiers);
        let reach = height * (0.06 + 0.19 * at) * dice.range(0.85, 1.1);
        let level = y - height * (1.0 - at - 0.2);
        left.push((x - reach, level + dice.around(height * 0.012)));
        left.push((x - reach * 0.48, level - height * 0.012));
        right.push((x + reach, level + dice.around(height * 0.012)));
        right.push((x + reach * 0.48, level - height * 0.012));
    }
    left.pop();
    right.pop();
    let mut points = vec![(x, y - height)];
    points.extend(right);
    points.extend(left.into_iter().rev());
    Path::polygon(&points)
}

fn crown(dice: &mut Dice, x: f64, y: f64, radius: f64) -> Path {
    let count = 9;
    let points: Vec<(f64, f64)> = (0..count)
        .map(|index| {
            let (sin, cos) = libm::sincos(f64::from(index) / f64::from(count) * std::f64::consts::TAU);
            let reach = radius * dice.range(0.82, 1.15);
            (x + cos * reach * 0.92, y + sin * reach)
        })
        .collect();
    Path::blob(&points)
}

fn shafts(site: &mut Site, stage: &mut Stage) {
    let strength = match (site.time, site.weather) {
        (Time::Night, _) => 0.10,
        (_, Weather::Clear) => 0.26,
        _ => 0.12,
    };
    let light = site.palette.disc;
    let beams: Vec<[f64; 3]> = (0..5)
        .map(|_| [site.dice.range(-0.1, 1.0) * site.wide, site.dice.range(0.05, 0.16), site.dice.unit()])
        .collect();
    stage.layer(0.7).alive(move |canvas, seconds| {
        for &[x, width, phase] in &beams {
            let shine = strength * (0.75 + 0.25 * wave(seconds, 0.07, phase));
            let beam = [(x, -0.3), (x + width, -0.3), (x + width * 1.5 - 0.42, 1.0), (x - 0.55, 1.0)];
            canvas
                .fill(&Path::polygon(&beam), Paint::vertical(-0.1, light.fade(shine), 0.9, light.fade(0.0)));
        }
    });
}

fn near_trunks(site: &mut Site, stage: &mut Stage) {
    let ink = site.at(0x3A_3030, 0.0).mix(site.palette.ink, 0.55);
    let rim = site.palette.rim.fade(0.14);
    let layer = stage.layer(1.25);
    for x in [-0.42, 0.03, 0.97, 1.40] {
        let x = site.wide * x + site.dice.around(0.05);
        let width = site.dice.range(0.08, 0.13);
        let lean = site.dice.around(0.05);
        layer
            .fill(limb(&[(x, 1.25), (x + lean * 0.4, 0.6), (x + lean, -0.3)], width * 1.2, width * 0.8), ink);
        layer.fill(limb(&[(x + width * 0.34, 1.1), (x + lean + width * 0.26, -0.2)], 0.012, 0.008), rim);
        let (y, side) = (site.dice.range(0.1, 0.4), if site.dice.chance(0.5) { 1.0 } else { -1.0 });
        let branch = [(x + lean * 0.7, y), (x + side * 0.13, y - 0.08), (x + side * 0.27, y - 0.11)];
        layer.fill(limb(&branch, 0.028, 0.006), ink);
    }
    let leaf = site.at(0x2F_4A34, 0.0).mix(site.palette.ink, 0.6);
    let clumps: Vec<(Path, f64)> = (0..7)
        .map(|_| {
            let x =
                if site.dice.chance(0.5) { site.dice.range(-0.5, 0.24) } else { site.dice.range(0.78, 1.5) };
            let size = site.dice.range(0.09, 0.16);
            let (x, y) = (x * site.wide, site.dice.range(-0.10, 0.07));
            (crown(&mut site.dice, x, y, size), site.dice.unit())
        })
        .collect();
    if site.weather != Weather::Snow {
        stage.layer(1.3).alive(move |canvas, seconds| {
            for (clump, phase) in &clumps {
                let sway = Transform::translate(wave(seconds, 0.16, *phase) * 0.006, 0.0);
                placed(canvas, sway, |canvas| canvas.fill(clump, leaf));
            }
        });
    }
}
