use soundlock_draw::{Canvas, Path, Rgba};

use super::super::seed::wave;
use super::super::shape::limb;
use super::{Hair, Hat, Person, Pose, Tones};

/// Outline of the face, a little turned.
fn face(turn: f64, child: bool) -> Path {
    let jaw = if child { 0.05 } else { 0.0 };
    let lean = turn * 0.05;
    Path::blob(&[
        (0.0, -0.50),
        (0.26, -0.41),
        (0.375 + lean * 0.4, -0.12),
        (0.345 + lean, 0.15),
        (0.225 + lean + jaw, 0.38),
        (lean * 1.8, 0.50 - jaw * 0.6),
        (-0.225 + lean - jaw, 0.38),
        (-0.345 + lean, 0.15),
        (-0.375 + lean * 0.4, -0.12),
        (-0.26, -0.41),
    ])
}

/// Hair that lies behind the neck and shoulders.
pub(super) fn behind(person: &Person, canvas: &mut Canvas, tones: &Tones, pose: &Pose) {
    let (hair, away) = (tones.hair, -pose.turn.signum());
    let swing = wave(pose.seconds, 0.13, person.phase) * 0.015;
    match person.hair {
        Hair::Long => canvas.fill(
            &Path::blob(&[
                (0.0, -0.58),
                (0.40, -0.36),
                (0.46, 0.2),
                (0.50 + swing, 0.92),
                (0.20 + swing, 1.05),
                (-0.22 + swing, 1.05),
                (-0.50 + swing, 0.92),
                (-0.46, 0.2),
                (-0.40, -0.36),
            ]),
            hair,
        ),
        Hair::Bob => canvas.fill(
            &Path::blob(&[
                (0.0, -0.58),
                (0.40, -0.38),
                (0.47, 0.0),
                (0.49 + swing, 0.36),
                (0.30, 0.52),
                (-0.30, 0.52),
                (-0.49 + swing, 0.36),
                (-0.47, 0.0),
                (-0.40, -0.38),
            ]),
            hair,
        ),
        Hair::Bun => canvas.fill(&Path::circle(away * 0.25, -0.56, 0.20), tones.hair.mix(tones.ink, 0.2)),
        Hair::Tail => {
            let tail = [
                (away * 0.26, -0.34),
                (away * (0.52 + swing), -0.10),
                (away * (0.56 + swing * 2.0), 0.34),
                (away * (0.46 + swing * 3.0), 0.70),
            ];
            canvas.fill(&limb(&tail, 0.22, 0.05), tones.hair.mix(tones.ink, 0.15));
        }
        Hair::Curls => {
            for (x, y, size) in [
                (-0.40, -0.10, 0.17),
                (0.40, -0.10, 0.17),
                (-0.37, 0.14, 0.13),
                (0.37, 0.14, 0.13),
                (-0.30, -0.36, 0.2),
                (0.30, -0.36, 0.2),
            ] {
                canvas.fill(&Path::circle(x, y, size), hair);
            }
        }
        Hair::Short | Hair::Crop | Hair::Bald => {}
    }
}

/// Face, hair over it, hat.
pub(super) fn front(person: &Person, canvas: &mut Canvas, tones: &Tones, pose: &Pose) {
    let away = -pose.turn.signum();
    neck(canvas, tones, pose);
    canvas.fill(&Path::ellipse(away * 0.36, 0.06, 0.075, 0.12), tones.skin_shade);
    canvas.fill(&face(pose.turn, person.child), tones.skin);
    shade(canvas, tones, pose);
    features(person, canvas, tones, pose);
    fringe(person, canvas, tones, pose);
    hat(person, canvas, tones, pose);
}

fn neck(canvas: &mut Canvas, tones: &Tones, pose: &Pose) {
    let lean = pose.turn * 0.03;
    let neck = [(-0.155 + lean, 0.30), (0.155 + lean, 0.30), (0.19, 0.80), (-0.19, 0.80)];
    canvas.fill(&Path::polygon(&neck), tones.skin_shade);
}

/// The side of the face away from the light, and an edge of light on the other.
fn shade(canvas: &mut Canvas, tones: &Tones, pose: &Pose) {
    let (dark, lean) = (-pose.light.signum(), pose.turn * 0.05);
    let x = |share: f64| dark * share + lean;
    let mut side = Path::new();
    side.move_to(x(0.16) - lean, -0.47);
    side.curve_to(x(0.33) - lean, -0.38, x(0.385), -0.14, x(0.345), 0.15);
    side.curve_to(x(0.31), 0.28, x(0.24), 0.40, x(0.06) + lean * 0.6, 0.495);
    side.curve_to(x(0.18), 0.36, x(0.15), 0.20, x(0.20), 0.05);
    side.curve_to(x(0.24), -0.12, x(0.22), -0.30, x(0.16) - lean, -0.47);
    canvas.fill(&side, tones.skin_shade.fade(0.62));
    let mut edge = Path::new();
    edge.move_to(x(-0.375) - lean * 0.6, -0.14);
    edge.curve_to(x(-0.385), 0.02, x(-0.36), 0.13, x(-0.30), 0.27);
    edge.curve_to(x(-0.33), 0.12, x(-0.35), 0.0, x(-0.375) - lean * 0.6, -0.14);
    canvas.fill(&edge, tones.rim.fade(0.45));
}

fn features(person: &Person, canvas: &mut Canvas, tones: &Tones, pose: &Pose) {
    let middle = pose.turn * 0.15;
    let facing = pose.turn.signum();
    let blush = tones.lip.fade(if person.old { 0.14 } else { 0.22 });
    for side in [-1.0, 1.0] {
        let x = middle + side * 0.215 - facing * 0.02;
        canvas.fill(&Path::ellipse(x, 0.17, 0.085, 0.06), blush);
    }
    for side in [-1.0, 1.0] {
        let far = side * facing > 0.0;
        let x = middle + side * if far { 0.135 } else { 0.165 };
        eye(person, canvas, tones, pose, (x, side, far));
    }
    nose(person, canvas, tones, middle, facing);
    mouth(person, canvas, tones, pose, middle + facing * 0.015);
    if person.glasses {
        glasses(canvas, tones, middle, facing);
    }
    if person.old && !person.beard {
        for side in [-1.0, 1.0] {
            let x = middle + side * 0.15;
            canvas.fill(&limb(&[(x, 0.20), (x + side * 0.035, 0.29)], 0.010, 0.005), tones.skin_shade);
        }
    }
}

fn eye(person: &Person, canvas: &mut Canvas, tones: &Tones, pose: &Pose, (x, side, far): (f64, f64, bool)) {
    let y = -0.01;
    let wide = if far { 0.068 } else { 0.078 } * if person.child { 1.15 } else { 1.0 };
    let closed = person.blink(pose.seconds);
    let open = 0.046 * (1.0 - closed) * if person.old { 0.82 } else { 1.0 };
    let glance = pose.turn.signum() * 0.018 + wave(pose.seconds, 0.07, person.phase) * 0.006;
    if open > 0.008 {
        let mut white = Path::new();
        white.move_to(x - wide, y + 0.006);
        white.quad_to(x, y - open * 2.0, x + wide, y);
        white.quad_to(x, y + open * 1.5, x - wide, y + 0.006);
        canvas.fill(&white, tones.white);
        let size = (open * 1.02).min(0.043);
        canvas
            .fill(&Path::ellipse(x + glance, y - 0.002, size * 0.94, size), tones.ink.mix(tones.hair, 0.35));
        canvas.fill(&Path::circle(x + glance + 0.012 * pose.light, y - 0.018, 0.0105), tones.white);
    }
    let drop = closed * 0.05;
    let mut lid = Path::new();
    lid.move_to(x - wide - 0.008, y + 0.008 + drop * 0.4);
    lid.quad_to(x, y - 0.052 - open * 0.9 + drop * 2.0, x + wide + 0.010, y + drop * 0.4);
    lid.quad_to(x, y - 0.022 - open * 0.9 + drop * 2.0, x - wide - 0.008, y + 0.008 + drop * 0.4);
    canvas.fill(&lid, tones.ink);
    let (worry, lift) = (-pose.mood.min(0.0) * 0.03, pose.lively * 0.018);
    let brow_y = -0.135 - lift;
    let (inner, outer) = (x - side * wide * 0.95, x + side * wide * 1.15);
    let brow = [(inner, brow_y + 0.012 - worry), (x, brow_y - 0.018), (outer, brow_y + 0.014 + worry * 0.5)];
    let colour = if person.hair == Hair::Bald {
        tones.skin_shade.mix(tones.ink, 0.5)
    } else {
        tones.hair.mix(tones.ink, 0.25)
    };
    canvas.fill(&limb(&brow, 0.030, 0.014), colour);
}

fn nose(person: &Person, canvas: &mut Canvas, tones: &Tones, middle: f64, facing: f64) {
    let long = if person.child { 0.11 } else { 0.17 };
    let mut nose = Path::new();
    nose.move_to(middle + facing * 0.005, -0.01);
    nose.quad_to(middle + facing * 0.05, 0.06, middle + facing * 0.105, long - 0.01);
    nose.quad_to(middle + facing * 0.08, long + 0.035, middle - facing * 0.012, long + 0.018);
    nose.quad_to(middle + facing * 0.03, long * 0.6, middle + facing * 0.005, -0.01);
    canvas.fill(&nose, tones.skin_shade.fade(0.85));
}

fn mouth(person: &Person, canvas: &mut Canvas, tones: &Tones, pose: &Pose, x: f64) {
    if person.beard {
        beard(canvas, tones, pose, x);
    }
    let y = 0.305;
    // Vowels are round and wide in turn, so that lips do more than open.
    let shape = wave(pose.seconds, 2.7, person.phase) * 0.5 + wave(pose.seconds, 4.3, 0.4) * 0.5;
    let wide = 0.092 + 0.018 * shape * pose.mouth + pose.mood.max(0.0) * 0.015;
    let open = 0.105 * pose.mouth;
    let corner = y - pose.mood * 0.018;
    if open > 0.012 {
        let mut hole = Path::new();
        hole.move_to(x - wide, corner);
        hole.quad_to(x, y - 0.028 - open * 0.25, x + wide, corner);
        hole.quad_to(x + wide * 0.5, y + open * 1.35, x, y + open * 1.35);
        hole.quad_to(x - wide * 0.5, y + open * 1.35, x - wide, corner);
        canvas.fill(&hole, tones.ink.mix(tones.lip, 0.28));
        let mut teeth = Path::new();
        teeth.move_to(x - wide * 0.72, corner - 0.002);
        teeth.quad_to(x, y - 0.020 - open * 0.22, x + wide * 0.72, corner - 0.002);
        teeth.quad_to(x, y + open * 0.30, x - wide * 0.72, corner - 0.002);
        canvas.fill(&teeth, tones.white);
        canvas.fill(&Path::ellipse(x, y + open * 1.02, wide * 0.42, open * 0.26), tones.lip);
    } else {
        let line = [(x - wide, corner), (x, y + 0.010 + pose.mood.max(0.0) * 0.012), (x + wide, corner)];
        canvas.fill(&limb(&line, 0.017, 0.013), tones.lip.mix(tones.ink, 0.42));
    }
    let lip = [(x - wide * 0.45, y + 0.052 + open * 1.2), (x + wide * 0.45, y + 0.052 + open * 1.2)];
    canvas.fill(&limb(&lip, 0.014, 0.012), tones.skin_shade.fade(0.7));
}

fn beard(canvas: &mut Canvas, tones: &Tones, pose: &Pose, x: f64) {
    let lean = pose.turn * 0.05;
    let drop = pose.mouth * 0.035;
    let outline = [
        (-0.365 + lean, 0.02),
        (-0.27 + lean, 0.20),
        (x - 0.13, 0.205),
        (x, 0.235),
        (x + 0.13, 0.205),
        (0.27 + lean, 0.20),
        (0.365 + lean, 0.02),
        (0.345 + lean, 0.34 + drop),
        (0.17 + lean, 0.60 + drop),
        (-0.17 + lean, 0.60 + drop),
        (-0.345 + lean, 0.34 + drop),
    ];
    canvas.fill(&Path::blob(&outline), tones.hair);
    canvas.fill(&limb(&[(x - 0.10, 0.44 + drop), (x - 0.07, 0.56 + drop)], 0.02, 0.008), tones.hair_light);
    canvas.fill(&limb(&[(x + 0.08, 0.46 + drop), (x + 0.05, 0.57 + drop)], 0.02, 0.008), tones.hair_light);
}

fn glasses(canvas: &mut Canvas, tones: &Tones, middle: f64, facing: f64) {
    for side in [-1.0, 1.0] {
        let x = middle + side * if side * facing > 0.0 { 0.14 } else { 0.17 };
        let mut rim = Path::circle(x, 0.0, 0.125);
        rim.add_ellipse(x, 0.0, -0.107, 0.107);
        canvas.fill(&rim, tones.ink);
        canvas.fill(&limb(&[(x - 0.05, 0.05), (x + 0.02, -0.06)], 0.016, 0.008), tones.white.fade(0.35));
    }
    canvas.fill(&limb(&[(middle - 0.04, -0.015), (middle + 0.03, -0.015)], 0.018, 0.018), tones.ink);
}

fn fringe(person: &Person, canvas: &mut Canvas, tones: &Tones, pose: &Pose) {
    let (part, lean) = (pose.turn.signum() * 0.10, pose.turn * 0.04);
    let low = match person.hair {
        Hair::Bald => {
            canvas.fill(&limb(&[(-0.16, -0.40), (0.02, -0.44)], 0.03, 0.012), tones.rim.fade(0.25));
            return;
        }
        Hair::Crop => -0.27,
        Hair::Short => -0.06,
        Hair::Bob | Hair::Long => 0.22,
        Hair::Bun | Hair::Tail => -0.05,
        Hair::Curls => -0.02,
    };
    let brow = if person.hair == Hair::Crop { -0.33 } else { -0.25 };
    let rise = if person.hair == Hair::Short { 0.07 } else { 0.04 };
    let mut cap = Path::new();
    cap.move_to(-0.385 + lean, low);
    cap.curve_to(-0.46, -0.26, -0.36, -0.55 - rise, 0.0, -0.55 - rise);
    cap.curve_to(0.36, -0.55 - rise, 0.46, -0.26, 0.385 + lean, low);
    cap.curve_to(0.35 + lean, low - 0.06, 0.345 + lean, -0.16, 0.30 + lean, brow + 0.02);
    cap.quad_to(part + 0.16, brow - 0.03, part, brow - 0.13);
    cap.quad_to(part - 0.12, brow - 0.02, -0.30 + lean, brow + 0.04);
    cap.curve_to(-0.345 + lean, -0.16, -0.35 + lean, low - 0.06, -0.385 + lean, low);
    canvas.fill(&cap, tones.hair);
    if person.hair == Hair::Curls {
        for (x, y, size) in [
            (-0.27, -0.42, 0.15),
            (-0.08, -0.52, 0.16),
            (0.14, -0.52, 0.16),
            (0.30, -0.40, 0.14),
            (-0.36, -0.22, 0.11),
            (0.37, -0.20, 0.11),
        ] {
            canvas.fill(&Path::circle(x, y, size), tones.hair);
        }
    }
    let gleam = pose.light.signum();
    for (from, to, width) in [(0.30, 0.20, 0.030), (0.20, 0.08, 0.020)] {
        let strand = [(gleam * from, -0.36), (gleam * (from + to) * 0.46, -0.46), (gleam * to * 0.6, -0.51)];
        canvas.fill(&limb(&strand, width * 0.5, width), tones.hair_light);
    }
}

fn hat(person: &Person, canvas: &mut Canvas, tones: &Tones, pose: &Pose) {
    let facing = pose.turn.signum();
    let (cloth, dark) = (tones.second, tones.second.mix(tones.ink, 0.4));
    match person.hat {
        Hat::None => {}
        Hat::Beanie => {
            let dome = [
                (-0.42, -0.24),
                (-0.40, -0.50),
                (-0.20, -0.72),
                (0.0, -0.77),
                (0.20, -0.72),
                (0.40, -0.50),
                (0.42, -0.24),
                (0.0, -0.20),
            ];
            canvas.fill(&Path::blob(&dome), tones.accent);
            canvas.fill(&Path::rounded(-0.43, -0.37, 0.86, 0.16, 0.07), tones.accent.mix(tones.ink, 0.22));
            for index in -4..=4 {
                let x = f64::from(index) * 0.092;
                canvas.fill(&limb(&[(x, -0.35), (x, -0.235)], 0.012, 0.012), tones.ink.fade(0.25));
            }
        }
        Hat::Cap => {
            let dome = [
                (-0.42, -0.32),
                (-0.44, -0.52),
                (-0.20, -0.68),
                (0.0, -0.70),
                (0.20, -0.68),
                (0.44, -0.52),
                (0.42, -0.32),
                (0.0, -0.36),
            ];
            canvas.fill(&Path::blob(&dome), cloth);
            canvas.fill(&Path::rounded(-0.42, -0.40, 0.84, 0.12, 0.04), dark);
            let mut peak = Path::new();
            peak.move_to(facing * -0.16, -0.29);
            peak.quad_to(facing * 0.30, -0.34, facing * 0.54, -0.20);
            peak.quad_to(facing * 0.20, -0.21, facing * -0.16, -0.29);
            canvas.fill(&peak, tones.ink);
            canvas.fill(&Path::circle(facing * 0.10, -0.42, 0.05), tones.accent);
        }
        Hat::Brim => {
            canvas.fill(&Path::ellipse(0.0, -0.31, 0.68, 0.10), dark);
            let crown = [
                (-0.36, -0.34),
                (-0.34, -0.66),
                (-0.12, -0.76),
                (0.06, -0.70),
                (0.30, -0.70),
                (0.36, -0.34),
                (0.0, -0.30),
            ];
            canvas.fill(&Path::blob(&crown), cloth);
            canvas.fill(&Path::rounded(-0.365, -0.43, 0.73, 0.10, 0.03), tones.accent);
        }
    }
}

/// The back of a head: hair, neck, hat.
pub(super) fn back(person: &Person, canvas: &mut Canvas, [hair, skin, accent]: [Rgba; 3], rim: Rgba) {
    canvas.fill(&Path::polygon(&[(-0.15, 0.25), (0.15, 0.25), (0.19, 0.8), (-0.19, 0.8)]), skin);
    let (low, wide) = match person.hair {
        Hair::Long => (0.95, 0.40),
        Hair::Bob => (0.46, 0.38),
        _ => (0.30, 0.20),
    };
    let colour = if person.hair == Hair::Bald { skin } else { hair };
    let head = [
        (0.0, -0.58),
        (0.27, -0.48),
        (0.42, -0.16),
        (0.40 + (wide - 0.2) * 0.3, low * 0.4),
        (wide, low),
        (-wide, low),
        (-0.40 - (wide - 0.2) * 0.3, low * 0.4),
        (-0.42, -0.16),
        (-0.27, -0.48),
    ];
    canvas.fill(&Path::blob(&head), rim.fade(0.30));
    let inner: Vec<(f64, f64)> = head.iter().map(|(x, y)| (x * 0.975, y * 0.985 + 0.012)).collect();
    canvas.fill(&Path::blob(&inner), colour);
    if person.hair == Hair::Bun {
        canvas.fill(&Path::circle(0.0, -0.40, 0.19), colour.mix(accent, 0.12));
    }
    match person.hat {
        Hat::None => {}
        Hat::Brim => {
            canvas.fill(&Path::ellipse(0.0, -0.28, 0.70, 0.10), accent);
            canvas.fill(&Path::rounded(-0.37, -0.72, 0.74, 0.46, 0.12), accent);
        }
        Hat::Cap | Hat::Beanie => canvas.fill(
            &Path::blob(&[
                (-0.44, -0.22),
                (-0.42, -0.50),
                (-0.18, -0.72),
                (0.18, -0.72),
                (0.42, -0.50),
                (0.44, -0.22),
                (0.0, -0.18),
            ]),
            accent,
        ),
    }
}
