use soundlock_draw::{Canvas, Paint, Path, Transform};

use super::camera::{Camera, Moved};
use super::palette::Palette;
use super::props::{self, Colours};
use super::seed::Dice;
use super::shape::{card, dabs, placed};
use super::words::Prop;

/// A thing, large, on a table; light comes `from` -1 left or 1 right.
pub(crate) fn draw(
    canvas: &mut Canvas,
    prop: Prop,
    palette: &Palette,
    (camera, moved): (&Camera, Moved),
    (from, seconds): (f64, f64),
) {
    let (middle, height) = (camera.middle().0, canvas.height());
    canvas.set_transform(camera.people(moved, 0.9, height));
    table(canvas, palette, middle);
    canvas.set_transform(camera.people(moved, 1.0, height));
    let glow = (middle + from * 0.3, 0.35);
    canvas.fill(&Path::circle(glow.0, glow.1, 0.9), Paint::glow(glow, 0.9, palette.lamp.fade(0.30)));
    canvas.fill(&Path::ellipse(middle + 0.03, 0.865, 0.40, 0.045), palette.ink.fade(0.35));
    let size = if prop == Prop::Door { 0.75 } else { 0.54 };
    let place = Transform::translate(middle, 0.86).then_inner(Transform::scale(size, size));
    let colours = Colours::of(palette);
    placed(canvas, place, |canvas| props::draw(canvas, prop, &colours, seconds));
}

fn table(canvas: &mut Canvas, palette: &Palette, middle: f64) {
    let mut dice = Dice::numbered(7);
    let wood = palette.at(0x8A_5A3A, 0.0);
    let top = card(&mut dice, -0.5, 0.70, middle * 2.0 + 1.0, 0.9);
    canvas.fill(&top, Paint::vertical(0.70, wood.mix(palette.ink, 0.30), 1.0, wood));
    canvas.fill_rect(-0.5, 0.70, middle * 2.0 + 1.0, 0.006, palette.rim.fade(0.35));
    let marks = dabs(&mut dice, 24, [-0.2, 0.74, middle * 2.0 + 0.2, 1.0], 0.5, 0.006);
    canvas.fill(&marks, palette.ink.fade(0.16));
}
