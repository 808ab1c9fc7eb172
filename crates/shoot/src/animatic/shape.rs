use soundlock_draw::{Canvas, Path, Rgba, Transform};

use super::seed::Dice;

/// A line of hills from left to right: heights around `y`, at most `rise` above it.
pub(crate) fn ridge(dice: &mut Dice, from: f64, to: f64, y: f64, rise: f64, bumps: usize) -> Vec<(f64, f64)> {
    let step = (to - from) / bumps as f64;
    let point = |index: usize| {
        let jitter = if index == 0 || index == bumps { 0.0 } else { dice.around(step * 0.28) };
        (from + step * index as f64 + jitter, y - rise * dice.unit())
    };
    (0..=bumps).map(point).collect()
}

/// Ground below a soft line.
pub(crate) fn land(line: &[(f64, f64)], bottom: f64) -> Path {
    let (Some(first), Some(last)) = (line.first(), line.last()) else { return Path::new() };
    let mut path = Path::new();
    path.move_to(first.0, bottom);
    path.smooth_through(line);
    path.line_to(last.0, bottom);
    path.close();
    path
}

/// Ground below a jagged line.
pub(crate) fn crags(line: &[(f64, f64)], bottom: f64) -> Path {
    let (Some(first), Some(last)) = (line.first(), line.last()) else { return Path::new() };
    let mut points = vec![(first.0, bottom)];
    points.extend_from_slice(line);
    points.push((last.0, bottom));
    Path::polygon(&points)
}

/// A rectangle cut by hand: its corners are a little off.
pub(crate) fn card(dice: &mut Dice, x: f64, y: f64, width: f64, height: f64) -> Path {
    let off = width.min(height) * 0.018;
    let mut corner = |x: f64, y: f64| (x + dice.around(off), y + dice.around(off));
    Path::polygon(&[corner(x, y), corner(x + width, y), corner(x + width, y + height), corner(x, y + height)])
}

/// A limb or brush stroke along `points`, `thick` wide at its first and `thin` at its last, with round ends.
pub(crate) fn limb(points: &[(f64, f64)], thick: f64, thin: f64) -> Path {
    let count = points.len();
    if count < 2 {
        return Path::new();
    }
    let width = |index: usize| (thick + (thin - thick) * index as f64 / (count - 1) as f64) / 2.0;
    let side = |index: usize, sign: f64| {
        let (from, to) = (points[index.saturating_sub(1)], points[(index + 1).min(count - 1)]);
        let (along_x, along_y) = (to.0 - from.0, to.1 - from.1);
        let length = (along_x * along_x + along_y * along_y).sqrt().max(1e-9);
        let reach = sign * width(index) / length;
        (points[index].0 - along_y * reach, points[index].1 + along_x * reach)
    };
    // Wound as the ellipses at its ends are: the other way round, their overlap would be a hole.
    let mut path = Path::new();
    let left: Vec<_> = (0..count).map(|index| side(index, -1.0)).collect();
    let right: Vec<_> = (0..count).rev().map(|index| side(index, 1.0)).collect();
    path.move_to(left[0].0, left[0].1);
    path.smooth_through(&left);
    path.smooth_through(&right);
    path.close();
    let (first, last) = (points[0], points[count - 1]);
    path.add_ellipse(first.0, first.1, width(0), width(0));
    path.add_ellipse(last.0, last.1, width(count - 1), width(count - 1));
    path
}

/// A lens-shaped brush mark along a line.
pub(crate) fn dab(x: f64, y: f64, length: f64, thickness: f64, slope: f64) -> Path {
    let (dx, dy) = (length / 2.0, length * slope / 2.0);
    let mut path = Path::new();
    path.move_to(x - dx, y - dy);
    path.quad_to(x, y - thickness, x + dx, y + dy);
    path.quad_to(x, y + thickness, x - dx, y - dy);
    path.close();
    path
}

/// Many brush marks in one path, strewn over a rectangle.
pub(crate) fn dabs(dice: &mut Dice, count: usize, area: [f64; 4], length: f64, thickness: f64) -> Path {
    let mut path = Path::new();
    for _ in 0..count {
        let (x, y) = (dice.range(area[0], area[2]), dice.range(area[1], area[3]));
        let mark =
            dab(x, y, length * dice.range(0.4, 1.2), thickness * dice.range(0.5, 1.2), dice.around(0.03));
        path.add(&mark, Transform::IDENTITY);
    }
    path
}

/// A flat-bottomed cloud as wide as `width`, its bottom on `y`.
pub(crate) fn cloud(dice: &mut Dice, x: f64, y: f64, width: f64) -> Path {
    let bumps = 5 + dice.below(3);
    let mut line = vec![(x - width / 2.0, y)];
    for bump in 0..bumps {
        let at = (bump as f64 + 0.5) / bumps as f64;
        let arch = at * (1.0 - at) * 4.0;
        line.push((x + (at - 0.5) * width * 0.94, y - width * (0.05 + 0.17 * arch * dice.range(0.6, 1.1))));
    }
    line.push((x + width / 2.0, y));
    let mut path = land(&line, y + width * 0.015);
    path.add_ellipse(x, y, width * 0.42, width * 0.025);
    path
}

/// Draws with everything moved by `transform` first.
pub(crate) fn placed(canvas: &mut Canvas, transform: Transform, draw: impl FnOnce(&mut Canvas)) {
    let before = canvas.transform();
    canvas.set_transform(before.then_inner(transform));
    draw(canvas);
    canvas.set_transform(before);
}

/// Fills `path` with the shadow of cut paper below it.
pub(crate) fn cut(canvas: &mut Canvas, path: &Path, colour: Rgba, shadow: Rgba, lift: f64) {
    for share in [1.0, 0.45] {
        placed(canvas, Transform::translate(lift * share, lift * share * 1.3), |canvas| {
            canvas.fill(path, shadow);
        });
    }
    canvas.fill(path, colour);
}
