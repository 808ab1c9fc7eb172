//! Pictures drawn in memory: a world of blotches that a camera looks at, and what can be done to it.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use std::sync::OnceLock;

/// Across and down.
pub const SIZE: (usize, usize) = (320, 180);

/// A picture in luma.
pub type Picture = Vec<u8>;

/// A number that looks random, from numbers; the same on every machine.
pub fn hash(parts: [u32; 3]) -> u32 {
    let mixed = parts.iter().fold(0x9e37_79b9_u32, |mixed, &part| {
        let mixed = (mixed ^ part).wrapping_mul(0x85eb_ca6b);
        (mixed ^ (mixed >> 15)).wrapping_mul(0xc2b2_ae35).rotate_left(13)
    });
    mixed ^ (mixed >> 16)
}

/// Pixels after which a world begins again.
const AROUND: usize = 1600;

/// A world of soft blotches of several sizes, looked at from `x` pixels along: levels 40 to 215.
pub fn world(seed: u32, x: f32) -> Picture {
    // Drawn once and then looked at from many places: most of a test's time would go here.
    static WORLDS: [OnceLock<Picture>; 10] = [const { OnceLock::new() }; 10];
    match WORLDS.get(seed as usize) {
        Some(world) => look(world.get_or_init(|| blotched(seed, AROUND)), AROUND, x),
        None => blotched(seed, SIZE.0),
    }
}

/// What is seen of `world` from `x` on, between its pixels in proportion.
fn look(world: &Picture, around: usize, x: f32) -> Picture {
    let (start, share) = (x as usize, x.fract());
    let column = |row: usize, column: usize| f32::from(world[row * around + (start + column) % around]);
    draw(SIZE, |x, row| column(row, x) * (1.0 - share) + column(row, x + 1) * share)
}

fn blotched(seed: u32, width: usize) -> Picture {
    draw((width, SIZE.1), |column, row| {
        let at = |size: f32, weight: f32| weight * blotches(seed, column as f32 / size, row as f32 / size);
        40.0 + 175.0 * (at(64.0, 0.5) + at(19.0, 0.3) + at(7.0, 0.2))
    })
}

/// A picture of which `level` says the luma at column and row.
pub fn draw((width, height): (usize, usize), level: impl Fn(usize, usize) -> f32) -> Picture {
    (0..width * height).map(|at| level(at % width, at / width).round().clamp(0.0, 255.0) as u8).collect()
}

/// `picture` with `change` done to each pixel.
pub fn each(picture: &Picture, change: impl Fn(usize, f32) -> f32) -> Picture {
    picture
        .iter()
        .enumerate()
        .map(|(at, &level)| change(at, f32::from(level)).round().clamp(0.0, 255.0) as u8)
        .collect()
}

/// `picture` under grain of about `levels` deviation, its own in each frame.
pub fn grain(picture: &Picture, levels: f32, frame: u32) -> Picture {
    // Four even numbers make a bell; a deviation of 0.577 is taken out.
    each(picture, |at, level| {
        let even = |part: u32| hash([at as u32, frame, part]) as f32 / u32::MAX as f32 - 0.5;
        level + levels * (even(1) + even(2) + even(3) + even(4)) / 0.577
    })
}

/// `picture` with a square of `side` pixels, its corner at `(x, y)`, set to `level`.
pub fn patch(picture: &Picture, (x, y): (usize, usize), side: usize, level: u8) -> Picture {
    let mut patched = picture.clone();
    for row in y..(y + side).min(SIZE.1) {
        patched[row * SIZE.0 + x..][..side.min(SIZE.0 - x)].fill(level);
    }
    patched
}

/// A camera that pans by `step` pixels a frame.
pub fn pan(seed: u32, step: f32, frames: u32) -> Vec<Picture> {
    (0..frames).map(|frame| world(seed, frame as f32 * step)).collect()
}

/// A street at night: nearly all of it is next to black, with two lamps and a window.
pub fn night(frame: u32) -> Picture {
    let dark = draw(SIZE, |column, row| {
        3.0 + 5.0 * blotches(9, column as f32 / 40.0, (row as f32 + frame as f32) / 40.0)
    });
    let lamps = patch(&patch(&dark, (40, 30), 8, 180), (250, 36), 8, 160);
    grain(&patch(&lamps, (150, 80), 14, 60), 1.5, frame)
}

fn blotches(seed: u32, x: f32, y: f32) -> f32 {
    let corner = |dx: i32, dy: i32| {
        let place = |value: f32, by: i32| (value.floor() as i32 + by) as u32;
        hash([place(x, dx), place(y, dy), seed]) as f32 / u32::MAX as f32
    };
    let ease = |value: f32| {
        let part = value - value.floor();
        part * part * (3.0 - 2.0 * part)
    };
    let mix = |a: f32, b: f32, share: f32| a + (b - a) * share;
    let top = mix(corner(0, 0), corner(1, 0), ease(x));
    let bottom = mix(corner(0, 1), corner(1, 1), ease(x));
    mix(top, bottom, ease(y))
}
