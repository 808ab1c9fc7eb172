use soundlock_draw::{Canvas, Path, Rgba, Transform};

use super::super::props::{self, Colours};
use super::super::seed::wave;
use super::super::shape::{limb, placed};
use super::super::words::Prop;
use super::{Garment, Person, Pose, Tones};

/// Heights in heads below the middle of the head.
const SHOULDER: f64 = 0.86;
const WAIST: f64 = 2.35;
const FEET: f64 = 5.75;
const CHILD_FEET: f64 = 4.65;

impl Person {
    /// Heads from the middle of the head to the ground.
    pub(crate) fn feet(&self) -> f64 {
        if self.child { CHILD_FEET } else { FEET }
    }

    fn hem(&self) -> f64 {
        let legs = self.feet();
        match self.garment {
            Garment::Coat => legs - 1.75,
            Garment::Dress => legs - 1.35,
            Garment::Sweater => WAIST + 0.42,
            Garment::Jacket => WAIST + 0.50,
        }
    }
}

/// Everything below the neck but arms.
pub(super) fn draw(person: &Person, canvas: &mut Canvas, tones: &Tones, pose: &Pose) {
    legs(person, canvas, tones, pose);
    let trunk = trunk(person);
    canvas.fill(&trunk, tones.cloth);
    shade(person, canvas, tones, pose);
    match person.garment {
        Garment::Coat => coat(person, canvas, tones, pose),
        Garment::Dress => dress(person, canvas, tones),
        Garment::Sweater => sweater(person, canvas, tones),
        Garment::Jacket => jacket(person, canvas, tones, pose),
    }
    if person.scarf {
        scarf(canvas, tones, pose);
    }
}

fn shoulder(person: &Person) -> f64 {
    0.84 * person.build
}

fn edge(person: &Person, side: f64) -> [(f64, f64); 5] {
    let (reach, hem) = (shoulder(person), person.hem());
    let (waist, flare) = match person.garment {
        Garment::Coat => (0.82, 1.10),
        Garment::Dress => (0.64, 1.26),
        Garment::Sweater => (0.86, 0.86),
        Garment::Jacket => (0.80, 0.86),
    };
    [
        (side * 0.20, 0.64),
        (side * reach * 0.80, SHOULDER - 0.06),
        (side * reach, SHOULDER + 0.22),
        (side * reach * waist, WAIST - 0.3),
        (side * reach * flare, hem),
    ]
}

fn trunk(person: &Person) -> Path {
    let (right, left) = (edge(person, 1.0), edge(person, -1.0));
    let hem = person.hem();
    let mut path = Path::new();
    path.move_to(right[0].0, right[0].1);
    path.curve_to(right[0].0 + 0.1, 0.74, right[1].0 - 0.1, right[1].1 - 0.05, right[1].0, right[1].1);
    path.curve_to(right[2].0, right[1].1 + 0.05, right[2].0, right[2].1, right[2].0, right[2].1 + 0.1);
    path.curve_to(right[3].0 + 0.02, 1.4, right[3].0, right[3].1 - 0.2, right[3].0, right[3].1);
    path.curve_to(right[3].0, right[3].1 + 0.4, right[4].0, hem - 0.4, right[4].0, hem);
    path.quad_to(0.0, hem + 0.10, left[4].0, hem);
    path.curve_to(left[4].0, hem - 0.4, left[3].0, left[3].1 + 0.4, left[3].0, left[3].1);
    path.curve_to(left[3].0, left[3].1 - 0.2, left[3].0 - 0.02, 1.4, left[2].0, left[2].1 + 0.1);
    path.curve_to(left[2].0, left[2].1, left[2].0, left[1].1 + 0.05, left[1].0, left[1].1);
    path.curve_to(left[1].0 + 0.1, left[1].1 - 0.05, left[0].0 - 0.1, 0.74, left[0].0, left[0].1);
    path.close();
    path
}

/// The half away from the light.
fn shade(person: &Person, canvas: &mut Canvas, tones: &Tones, pose: &Pose) {
    let dark = -pose.light.signum();
    let side = edge(person, dark);
    let hem = person.hem();
    let mut path = Path::new();
    path.move_to(dark * 0.14, 0.70);
    path.line_to(side[0].0, side[0].1 + 0.02);
    path.curve_to(
        side[0].0 + dark * 0.1,
        0.74,
        side[1].0 - dark * 0.1,
        side[1].1 - 0.05,
        side[1].0,
        side[1].1,
    );
    path.curve_to(side[2].0, side[1].1 + 0.05, side[2].0, side[2].1, side[2].0, side[2].1 + 0.1);
    path.curve_to(side[3].0 + dark * 0.02, 1.4, side[3].0, side[3].1 - 0.2, side[3].0, side[3].1);
    path.curve_to(side[3].0, side[3].1 + 0.4, side[4].0, hem - 0.4, side[4].0, hem);
    path.quad_to(dark * 0.4, hem + 0.08, dark * 0.30, hem + 0.07);
    path.curve_to(dark * 0.20, 2.4, dark * 0.44, 1.4, dark * 0.14, 0.70);
    canvas.fill(&path, tones.cloth_shade.fade(0.72));
    let lit = edge(person, -dark);
    // Along the shoulder to where the arm begins.
    let inwards = |away: f64, down: f64| (lit[1].0 + dark * away, lit[1].1 + down);
    let rim = [inwards(-0.06, 0.055), inwards(0.10, -0.020), inwards(0.30, -0.055)];
    canvas.fill(&limb(&rim, 0.030, 0.008), tones.rim.fade(0.38));
}

fn legs(person: &Person, canvas: &mut Canvas, tones: &Tones, pose: &Pose) {
    let feet = person.feet();
    let top = person.hem() - 0.5;
    let bare = person.garment == Garment::Dress;
    let stride = if pose.walks { wave(pose.seconds, 0.95, 0.0) * 0.42 } else { 0.0 };
    let facing = pose.turn.signum();
    for (side, swing) in [(-1.0, stride), (1.0, -stride)] {
        let hip = (side * 0.24 * person.build, top);
        let lift = if pose.walks { swing.max(0.0) * 0.22 } else { 0.0 };
        let foot = (hip.0 + swing * facing, feet - 0.10 - lift);
        let knee = ((hip.0 + foot.0) / 2.0 + facing * swing.abs() * 0.12, (top + feet) / 2.0);
        let (colour, width) =
            if bare { (tones.second.mix(tones.skin, 0.25), 0.24) } else { (tones.second, 0.38) };
        let colour = if side * pose.light < 0.0 { colour.mix(tones.ink, 0.25) } else { colour };
        canvas.fill(&limb(&[hip, knee, foot], width * person.build, width * 0.62), colour);
        let toe = foot.0 + facing * 0.14;
        canvas.fill(&Path::rounded(toe - 0.20, foot.1 - 0.05, 0.40, 0.17, 0.08), tones.shoe);
    }
}

fn coat(person: &Person, canvas: &mut Canvas, tones: &Tones, pose: &Pose) {
    let hem = person.hem();
    let shift = pose.turn * 0.10;
    canvas.fill(&limb(&[(shift, 1.30), (shift * 1.2, hem)], 0.022, 0.018), tones.ink.fade(0.45));
    let undershirt = [(-0.15 + shift * 0.3, 0.70), (0.15 + shift * 0.3, 0.70), (shift, 1.32)];
    canvas.fill(&Path::polygon(&undershirt), tones.white.mix(tones.accent, 0.25));
    for side in [-1.0, 1.0] {
        let lapel = [
            (side * 0.17, 0.62),
            (side * 0.46, 0.84),
            (side * 0.34, 1.05),
            (side * 0.40, 1.12),
            (shift + side * 0.01, 1.36),
            (side * 0.12 + shift * 0.5, 0.86),
        ];
        let tone = if side * pose.light > 0.0 { tones.cloth.mix(tones.rim, 0.16) } else { tones.cloth_shade };
        canvas.fill(&Path::polygon(&lapel), tone);
    }
    for row in 0..4 {
        let y = 1.56 + f64::from(row) * 0.42;
        canvas.fill(&Path::circle(shift + 0.12, y, 0.045), tones.ink.mix(tones.accent, 0.45));
    }
    for side in [-1.0, 1.0] {
        let x = side * 0.45 * person.build;
        canvas.fill(
            &limb(&[(x - 0.13, 2.62), (x + 0.13, 2.58)], 0.05, 0.05),
            tones.cloth_shade.mix(tones.ink, 0.15),
        );
    }
}

fn dress(person: &Person, canvas: &mut Canvas, tones: &Tones) {
    let reach = shoulder(person);
    let mut collar = Path::new();
    collar.move_to(-0.30, 0.68);
    collar.quad_to(0.0, 1.10, 0.30, 0.68);
    collar.line_to(0.18, 0.66);
    collar.quad_to(0.0, 0.88, -0.18, 0.66);
    collar.close();
    canvas.fill(&collar, tones.white);
    let belt = [
        (-reach * 0.66, WAIST - 0.38),
        (reach * 0.66, WAIST - 0.38),
        (reach * 0.665, WAIST - 0.24),
        (-reach * 0.665, WAIST - 0.24),
    ];
    canvas.fill(&Path::polygon(&belt), tones.accent);
    let hem = person.hem();
    for index in -2..=2 {
        let x = f64::from(index) * 0.24 * person.build;
        canvas.fill(
            &limb(&[(x * 0.7, WAIST), (x * 1.55, hem - 0.05)], 0.008, 0.034),
            tones.cloth_shade.fade(0.6),
        );
    }
}

fn sweater(person: &Person, canvas: &mut Canvas, tones: &Tones) {
    let (reach, hem) = (shoulder(person), person.hem());
    canvas.fill(&Path::rounded(-0.225, 0.52, 0.45, 0.27, 0.09), tones.cloth.mix(tones.ink, 0.14));
    for index in -2..=2 {
        let x = f64::from(index) * 0.08;
        canvas.fill(&limb(&[(x, 0.56), (x, 0.76)], 0.014, 0.014), tones.cloth_shade);
    }
    let stripes: &[f64] = if person.phase < 0.5 { &[1.32, 1.60, 1.88] } else { &[1.38] };
    for &y in stripes {
        let width = reach * 0.93;
        canvas.fill(
            &Path::polygon(&[(-width, y), (width, y), (width * 0.985, y + 0.13), (-width * 0.985, y + 0.13)]),
            tones.accent.fade(0.9),
        );
    }
    canvas.fill(
        &Path::rounded(-reach * 0.87, hem - 0.18, reach * 1.74, 0.22, 0.06),
        tones.cloth.mix(tones.ink, 0.18),
    );
}

fn jacket(person: &Person, canvas: &mut Canvas, tones: &Tones, pose: &Pose) {
    let shift = pose.turn * 0.08;
    let hem = person.hem();
    canvas.fill(
        &Path::polygon(&[(-0.18, 0.68), (0.18, 0.68), (shift + 0.02, 1.75), (shift - 0.02, 1.75)]),
        tones.white,
    );
    canvas.fill(
        &Path::polygon(&[
            (-0.05 + shift * 0.4, 0.78),
            (0.06 + shift * 0.4, 0.78),
            (shift + 0.075, 1.45),
            (shift, 1.62),
            (shift - 0.075, 1.45),
        ]),
        tones.accent,
    );
    for side in [-1.0, 1.0] {
        let lapel = [
            (side * 0.18, 0.64),
            (side * 0.36, 0.80),
            (side * 0.30, 1.12),
            (shift + side * 0.02, 1.80),
            (side * 0.10 + shift * 0.5, 0.90),
        ];
        let tone = if side * pose.light > 0.0 { tones.cloth.mix(tones.rim, 0.16) } else { tones.cloth_shade };
        canvas.fill(&Path::polygon(&lapel), tone);
    }
    canvas.fill(&limb(&[(shift, 1.78), (shift * 1.2, hem)], 0.02, 0.02), tones.ink.fade(0.5));
    for y in [1.95, 2.30] {
        canvas.fill(&Path::circle(shift + 0.09, y, 0.035), tones.ink);
    }
}

fn scarf(canvas: &mut Canvas, tones: &Tones, pose: &Pose) {
    let (wind, facing) = (wave(pose.seconds, 0.3, 0.2) * 0.03, pose.turn.signum());
    canvas.fill(
        &limb(
            &[(-facing * 0.16, 0.74), (-facing * (0.26 + wind), 1.15), (-facing * (0.24 + wind * 2.0), 1.60)],
            0.22,
            0.25,
        ),
        tones.accent.mix(tones.ink, 0.14),
    );
    canvas.fill(&Path::rounded(-0.34, 0.52, 0.68, 0.28, 0.13), tones.accent);
    canvas.fill(&limb(&[(-0.26, 0.68), (0.0, 0.72), (0.26, 0.66)], 0.02, 0.02), tones.ink.fade(0.25));
}

/// Arms and hands, and what they hold.
pub(super) fn arms(person: &Person, canvas: &mut Canvas, tones: &Tones, pose: &Pose, colours: &Colours) {
    let reach = shoulder(person);
    let facing = pose.turn.signum();
    let lift = pose.lively;
    let rest = if pose.walks { wave(pose.seconds, 0.95, 0.0) * 0.22 } else { 0.0 };
    let far_hand = (facing * (reach * 0.98 + rest), 2.72);
    arm(
        person,
        canvas,
        tones,
        &[(facing * reach * 0.80, 1.00), (facing * reach * 1.04, 1.85), far_hand],
        facing * pose.light < 0.0,
    );
    let shoulder = (-facing * reach * 0.80, 1.00);
    let beat = wave(pose.seconds, 0.8, person.phase) * 0.10 * lift;
    let near = match pose.holds {
        Some(Prop::Phone) => [shoulder, (-facing * reach * 1.05, 1.62), (-facing * 0.40, 0.42)],
        Some(_) => [shoulder, (-facing * reach * 0.95, 1.80), (facing * 0.16, 1.86 + beat * 0.4)],
        None => {
            let raise = (lift * 1.15).min(0.95);
            let hand =
                (-facing * reach * (1.0 - raise * 0.42) + facing * beat * 0.9, 2.72 - raise * 1.05 + beat);
            [shoulder, (-facing * reach * 1.06, 1.88 - raise * 0.06), hand]
        }
    };
    let hand = near[2];
    if let Some(prop) = pose.holds {
        held(canvas, prop, colours, hand, pose);
    }
    arm(person, canvas, tones, &near, -facing * pose.light < 0.0);
}

fn arm(person: &Person, canvas: &mut Canvas, tones: &Tones, points: &[(f64, f64); 3], shaded: bool) {
    let cloth =
        if shaded { tones.cloth.mix(tones.cloth_shade, 0.7) } else { tones.cloth.mix(tones.rim, 0.05) };
    let width = 0.38 * person.build;
    let (elbow, hand) = (points[1], points[2]);
    canvas.fill(
        &Path::circle(hand.0, hand.1 + 0.06, 0.135),
        if shaded { tones.skin_shade } else { tones.skin },
    );
    let outline: Vec<(f64, f64)> = points.iter().map(|(x, y)| (x - 0.016, y + 0.016)).collect();
    canvas.fill(&limb(&outline, width * 1.04, width * 0.72), tones.ink.fade(0.20));
    canvas.fill(&limb(points, width, width * 0.68), cloth);
    let cuff = ((elbow.0 - hand.0) * 0.08 + hand.0, (elbow.1 - hand.1) * 0.08 + hand.1);
    canvas.fill(&limb(&[cuff, hand], width * 0.70, width * 0.70), tones.cloth_shade);
}

fn held(canvas: &mut Canvas, prop: Prop, colours: &Colours, (x, y): (f64, f64), pose: &Pose) {
    let size = match prop {
        Prop::Suitcase => return,
        Prop::Phone => {
            let facing = pose.turn.signum();
            canvas.fill(
                &limb(&[(x - facing * 0.01, y - 0.30), (x + facing * 0.05, y + 0.14)], 0.15, 0.15),
                Rgba::hex(0x2A_2A30),
            );
            return;
        }
        Prop::Letter | Prop::Book => 0.62,
        _ => 0.48,
    };
    let place = Transform::translate(x, y + 0.10).then_inner(Transform::scale(size, size));
    placed(canvas, place, |canvas| props::draw(canvas, prop, colours, pose.seconds));
}

/// Shoulders seen from behind.
pub(super) fn back(person: &Person, canvas: &mut Canvas, colour: Rgba, rim: Rgba) {
    let reach = shoulder(person) * 1.12;
    let outline = |grow: f64| {
        let mut path = Path::new();
        path.move_to(-0.20, 0.58);
        path.curve_to(-0.3, 0.78, -reach * 0.9, 0.76, -reach - grow, 1.12 - grow);
        path.line_to(-reach * 1.12 - grow, 4.0);
        path.line_to(reach * 1.12 + grow, 4.0);
        path.line_to(reach + grow, 1.12 - grow);
        path.curve_to(reach * 0.9, 0.76, 0.3, 0.78, 0.20, 0.58);
        path.close();
        path
    };
    canvas.fill(&outline(0.018), rim.fade(0.30));
    canvas.fill(&outline(0.0), colour);
}
