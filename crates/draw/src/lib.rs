//! A canvas and lettering: shapes, gradients and text to pixels, the same on every machine.
//!
//! Comes in: paths, paints, words. Goes out: pixels, as RGBA, as a picture's planes or as PNG. Used by whatever draws:
//! the animatic, the title card, the contact sheet. What is worth drawing is left to them.
//!
//! **The same bits everywhere.** Coverage and colours are whole numbers, and what is reckoned in floats before (where
//! points lie) uses only what IEEE 754 rounds alike: plus, minus, times, divided, square root. No vector unit is asked
//! for, and none can change a bit. Fonts are the one thing that differs between machines; [`Lettering::identity`] says
//! which were used.

#![expect(clippy::inline_always, reason = "what is compiled for wide vectors must be inlined into it")]

mod canvas;
mod error;
mod lettering;
mod paint;
mod path;
mod planes;
mod plate;
mod png_file;
mod raster;
mod shade;
mod sheet;
mod wide;

pub use canvas::{Canvas, RgbImage};
pub use error::DrawError;
pub use lettering::{Align, Lettering, Measure, TextStyle};
pub use paint::{Paint, Rgba};
pub use path::{Path, Transform};
pub use plate::Plate;
pub use png_file::png_file;
pub use sheet::{Hidden, Sheet};
