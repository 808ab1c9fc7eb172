use soundlock_draw::{Canvas, Paint, Path, Rgba};

use super::palette::Palette;
use super::places::boat;
use super::seed::wave;
use super::shape::{dab, limb};
use super::words::Prop;

/// Colours of things in the light of a scene.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Colours {
    paper: Rgba,
    wood: Rgba,
    brass: Rgba,
    red: Rgba,
    blue: Rgba,
    dark: Rgba,
    lamp: Rgba,
    rim: Rgba,
    lit: f64,
}

impl Colours {
    pub(crate) fn of(palette: &Palette) -> Self {
        Self {
            paper: palette.person(Rgba::hex(0xF4_ECDA)),
            wood: palette.person(Rgba::hex(0x8E_5C3C)),
            brass: palette.person(Rgba::hex(0xD2_A552)),
            red: palette.person(Rgba::hex(0xC2_4E3E)),
            blue: palette.person(Rgba::hex(0x3E_6C80)),
            dark: palette.ink.mix(palette.key, 0.2),
            lamp: palette.lamp,
            rim: palette.rim,
            lit: palette.night.max(0.35),
        }
    }
}

impl Prop {
    pub(crate) fn stands_on_tables(self) -> bool {
        !matches!(self, Self::Boat | Self::Door | Self::Suitcase)
    }
}

/// Draws a thing about one unit high, standing on 0.
pub(crate) fn draw(canvas: &mut Canvas, prop: Prop, colours: &Colours, seconds: f64) {
    match prop {
        Prop::Letter => letter(canvas, colours),
        Prop::Phone => phone(canvas, colours),
        Prop::Radio => radio(canvas, colours, seconds),
        Prop::Lamp => lamp(canvas, colours, seconds),
        Prop::Clock => clock(canvas, colours, seconds),
        Prop::Suitcase => suitcase(canvas, colours),
        Prop::Door => door(canvas, colours),
        Prop::Boat => boat(
            canvas,
            [colours.red, colours.paper, colours.wood, colours.brass],
            colours.lamp.fade(colours.lit),
        ),
        Prop::Cup => cup(canvas, colours, seconds),
        Prop::Book => book(canvas, colours),
        Prop::Key => key(canvas, colours),
        Prop::Candle => candle(canvas, colours, seconds),
    }
}

fn letter(canvas: &mut Canvas, c: &Colours) {
    let shade = c.dark.fade(0.20);
    canvas.fill(&Path::polygon(&[(-0.60, -0.02), (0.52, 0.06), (0.62, -0.50), (-0.46, -0.60)]), shade);
    canvas.fill(&Path::polygon(&[(-0.62, -0.08), (0.50, 0.0), (0.60, -0.56), (-0.48, -0.66)]), c.paper);
    for row in 0..5 {
        let y = -0.55 + f64::from(row) * 0.095;
        let length = if row == 4 { 0.45 } else { 0.82 };
        canvas.fill(
            &dab(-0.40 + length / 2.0 + f64::from(row) * -0.02, y, length, 0.012, 0.07),
            c.dark.fade(0.65),
        );
    }
    canvas.fill(&Path::polygon(&[(0.50, 0.0), (0.60, -0.56), (0.36, -0.30)]), c.dark.fade(0.10));
    canvas.fill(&Path::circle(0.40, -0.12, 0.065), c.red);
}

fn phone(canvas: &mut Canvas, c: &Colours) {
    let mut body = Path::new();
    body.move_to(-0.44, 0.0);
    body.curve_to(-0.42, -0.28, -0.30, -0.44, -0.20, -0.46);
    body.line_to(0.20, -0.46);
    body.curve_to(0.30, -0.44, 0.42, -0.28, 0.44, 0.0);
    body.close();
    canvas.fill(&body, c.red);
    canvas.fill(&Path::circle(0.0, -0.20, 0.165), c.paper);
    canvas.fill(&Path::circle(0.0, -0.20, 0.07), c.red);
    for hole in 0..8 {
        let (sin, cos) = libm::sincos(f64::from(hole) * 0.72 + 0.4);
        canvas.fill(&Path::circle(cos * 0.118, -0.20 + sin * 0.118, 0.024), c.dark);
    }
    canvas.fill(&limb(&[(-0.46, -0.52), (0.0, -0.62), (0.46, -0.52)], 0.13, 0.13), c.red.mix(c.dark, 0.25));
    for x in [-0.46, 0.46] {
        canvas.fill(&Path::ellipse(x, -0.49, 0.12, 0.10), c.red.mix(c.dark, 0.25));
    }
    canvas.fill(&dab(0.0, -0.655, 0.6, 0.014, 0.0), c.rim.fade(0.6));
}

fn radio(canvas: &mut Canvas, c: &Colours, seconds: f64) {
    canvas.fill(&limb(&[(0.42, -0.60), (0.66, -1.12)], 0.022, 0.012), c.dark);
    canvas.fill(&Path::rounded(-0.62, -0.64, 1.24, 0.64, 0.09), c.wood);
    canvas.fill(&Path::rounded(-0.55, -0.57, 0.58, 0.50, 0.05), c.paper.mix(c.brass, 0.45));
    for row in 0..7 {
        canvas.fill(
            &Path::rounded(-0.51, -0.53 + f64::from(row) * 0.064, 0.50, 0.026, 0.013),
            c.dark.fade(0.72),
        );
    }
    let glow = 0.75 + 0.25 * wave(seconds, 0.7, 0.1);
    canvas.fill(&Path::rounded(0.09, -0.55, 0.46, 0.20, 0.03), c.lamp.mix(c.dark, 1.0 - glow));
    canvas.fill(&Path::rect(0.26 + 0.06 * wave(seconds, 0.05, 0.0), -0.55, 0.014, 0.20), c.red);
    for x in [0.19, 0.44] {
        canvas.fill(&Path::circle(x, -0.19, 0.085), c.dark);
        canvas.fill(&Path::circle(x, -0.20, 0.066), c.brass);
    }
    canvas.fill(&dab(0.0, -0.625, 1.1, 0.010, 0.0), c.rim.fade(0.5));
}

fn lamp(canvas: &mut Canvas, c: &Colours, seconds: f64) {
    let lit = c.lit * (0.95 + 0.05 * wave(seconds, 1.1, 0.0));
    canvas.fill(&Path::circle(0.0, -0.9, 1.9), Paint::glow((0.0, -0.9), 1.9, c.lamp.fade(0.55 * lit)));
    canvas.fill(&Path::ellipse(0.0, -0.03, 0.26, 0.06), c.brass.mix(c.dark, 0.3));
    canvas.fill(&limb(&[(0.0, -0.04), (0.0, -0.62)], 0.07, 0.05), c.brass);
    let shade = [(-0.20, -1.15), (0.20, -1.15), (0.42, -0.60), (-0.42, -0.60)];
    canvas.fill(&Path::polygon(&shade), c.paper.mix(c.lamp, 0.35 + 0.5 * lit));
    canvas.fill(
        &Path::polygon(&[(0.08, -1.15), (0.20, -1.15), (0.42, -0.60), (0.18, -0.60)]),
        c.red.fade(0.18),
    );
}

fn clock(canvas: &mut Canvas, c: &Colours, seconds: f64) {
    canvas.fill(&Path::circle(0.03, -0.46, 0.48), c.dark.fade(0.25));
    canvas.fill(&Path::circle(0.0, -0.50, 0.48), c.brass);
    canvas.fill(&Path::circle(0.0, -0.50, 0.41), c.paper);
    for hour in 0..12 {
        let (sin, cos) = libm::sincos(f64::from(hour) * std::f64::consts::TAU / 12.0);
        canvas.fill(
            &Path::circle(cos * 0.34, -0.50 + sin * 0.34, if hour % 3 == 0 { 0.028 } else { 0.014 }),
            c.dark,
        );
    }
    let hand = |turn: f64, reach: f64| {
        let (sin, cos) = libm::sincos(turn * std::f64::consts::TAU);
        limb(&[(0.0, -0.50), (sin * reach, -0.50 - cos * reach)], 0.035, 0.012)
    };
    canvas.fill(&hand(0.86, 0.20), c.dark);
    canvas.fill(&hand(0.12, 0.31), c.dark);
    // The second hand steps, as clocks do that one can hear.
    let second = seconds as u32;
    canvas.fill(&hand(f64::from(second % 60) / 60.0, 0.33), c.red);
    canvas.fill(&Path::circle(0.0, -0.50, 0.03), c.red);
}

fn suitcase(canvas: &mut Canvas, c: &Colours) {
    canvas.fill(&limb(&[(-0.14, -0.66), (-0.10, -0.80), (0.10, -0.80), (0.14, -0.66)], 0.05, 0.05), c.dark);
    canvas.fill(&Path::rounded(-0.62, -0.68, 1.24, 0.68, 0.07), c.wood.mix(c.red, 0.3));
    for x in [-0.42, 0.30] {
        canvas.fill(&Path::rect(x, -0.68, 0.12, 0.68), c.brass.mix(c.wood, 0.4));
    }
    canvas.fill(&Path::rect(-0.62, -0.40, 1.24, 0.02), c.dark.fade(0.4));
    canvas.fill(&Path::rounded(-0.07, -0.45, 0.14, 0.10, 0.02), c.brass);
}

fn door(canvas: &mut Canvas, c: &Colours) {
    canvas.fill(&Path::rect(-0.36, -1.0, 0.72, 1.0), c.paper.mix(c.dark, 0.35));
    canvas.fill(&Path::rect(-0.31, -0.95, 0.62, 0.95), c.blue);
    for (y, height) in [(-0.86, 0.34), (-0.44, 0.34)] {
        canvas.fill(&Path::rect(-0.22, y, 0.44, height), c.blue.mix(c.dark, 0.3));
    }
    canvas.fill(&Path::circle(0.22, -0.47, 0.03), c.brass);
}

fn cup(canvas: &mut Canvas, c: &Colours, seconds: f64) {
    canvas.fill(&Path::ellipse(0.0, -0.02, 0.46, 0.07), c.paper.mix(c.dark, 0.15));
    canvas.fill(&limb(&[(0.22, -0.40), (0.44, -0.36), (0.40, -0.16), (0.20, -0.14)], 0.06, 0.05), c.blue);
    let mut body = Path::new();
    body.move_to(-0.28, -0.50);
    body.curve_to(-0.28, -0.18, -0.18, -0.05, 0.0, -0.05);
    body.curve_to(0.18, -0.05, 0.28, -0.18, 0.28, -0.50);
    body.close();
    canvas.fill(&body, c.blue);
    canvas.fill(&Path::ellipse(0.0, -0.50, 0.28, 0.06), c.paper);
    canvas.fill(&Path::ellipse(0.0, -0.49, 0.23, 0.042), c.wood.mix(c.dark, 0.4));
    for puff in 0..3 {
        let age = (seconds * 0.25 + f64::from(puff) / 3.0).fract();
        let x = wave(seconds, 0.3, f64::from(puff) * 0.4) * 0.06;
        canvas.fill(&Path::circle(x, -0.58 - age * 0.7, 0.05 + age * 0.08), c.rim.fade(0.25 * (1.0 - age)));
    }
}

fn book(canvas: &mut Canvas, c: &Colours) {
    canvas.fill(
        &Path::polygon(&[
            (-0.72, 0.0),
            (0.0, 0.06),
            (0.72, 0.0),
            (0.60, -0.44),
            (0.0, -0.36),
            (-0.60, -0.44),
        ]),
        c.red,
    );
    for side in [-1.0, 1.0] {
        let mut page = Path::new();
        page.move_to(0.0, 0.0);
        page.quad_to(side * 0.36, -0.12, side * 0.66, -0.05);
        page.line_to(side * 0.56, -0.47);
        page.quad_to(side * 0.30, -0.52, 0.0, -0.40);
        page.close();
        canvas.fill(&page, c.paper.mix(c.dark, if side > 0.0 { 0.0 } else { 0.08 }));
        for row in 0..4 {
            let y = -0.36 + f64::from(row) * 0.075;
            canvas.fill(&dab(side * 0.31, y - 0.03, 0.40, 0.009, -0.06 * side), c.dark.fade(0.5));
        }
    }
}

fn key(canvas: &mut Canvas, c: &Colours) {
    let mut ring = Path::circle(-0.42, -0.20, 0.20);
    ring.add_ellipse(-0.42, -0.20, -0.11, 0.11);
    canvas.fill(&ring, c.brass);
    canvas.fill(&limb(&[(-0.24, -0.20), (0.56, -0.20)], 0.085, 0.075), c.brass);
    for (x, drop) in [(0.36, 0.16), (0.50, 0.20)] {
        canvas.fill(&Path::rect(x, -0.20, 0.075, drop), c.brass);
    }
    canvas.fill(&dab(0.15, -0.225, 0.7, 0.010, 0.0), c.rim.fade(0.7));
}

fn candle(canvas: &mut Canvas, c: &Colours, seconds: f64) {
    let lean = wave(seconds, 0.9, 0.0) * 0.03 + wave(seconds, 2.3, 0.3) * 0.015;
    let glow = 0.9 + 0.1 * wave(seconds, 3.1, 0.0) * wave(seconds, 0.7, 0.2);
    canvas.fill(&Path::circle(0.0, -0.85, 1.7), Paint::glow((0.0, -0.85), 1.7, c.lamp.fade(0.6 * glow)));
    canvas.fill(&Path::ellipse(0.0, -0.04, 0.26, 0.07), c.brass);
    canvas.fill(&Path::rounded(-0.085, -0.66, 0.17, 0.62, 0.03), c.paper);
    let mut flame = Path::new();
    flame.move_to(0.0, -0.66);
    flame.curve_to(-0.12, -0.74, -0.06, -0.88, lean, -1.0);
    flame.curve_to(0.07, -0.88, 0.12, -0.74, 0.0, -0.66);
    canvas.fill(&flame, c.lamp);
    canvas.fill(&Path::ellipse(lean * 0.3, -0.74, 0.035, 0.06), c.paper);
}
