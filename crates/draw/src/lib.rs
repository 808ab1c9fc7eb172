//! A canvas and lettering: shapes, gradients and text to pixels, the same on every machine.
//!
//! Comes in: paths, paints, words. Goes out: pixels, as RGBA, as a picture's planes or as PNG. Used by whatever draws:
//! the animatic, the title card, the contact sheet. What is worth drawing is left to them.
//!
//! **The same bits everywhere.** The renderer has a path for each vector unit, and those with fused multiply-add round
//! differently. So the unit is pinned: SSE2 on x86-64, plain arithmetic elsewhere. Both multiply and add apart, so the
//! same bits are expected of both; measured are those of x86-64 (see `tests/pixels.rs`). Fonts are the one thing that differs between machines;
//! [`Lettering::identity`] says which were used.

mod canvas;
mod error;
mod lettering;
mod paint;
mod path;
mod planes;
mod plate;

pub use canvas::{Backdrop, Canvas, RgbImage};
pub use error::DrawError;
pub use lettering::{Align, Lettering, Measure, TextStyle};
pub use paint::{Paint, Rgba};
pub use path::{Path, Transform};
pub use plate::Plate;

/// The vector unit that is drawn with.
#[cfg(all(target_arch = "x86_64", not(target_feature = "fma")))]
fn level() -> vello_cpu::Level {
    vello_cpu::Level::baseline()
}

/// The vector unit that is drawn with: none, since NEON and FMA round differently from SSE2.
#[cfg(not(all(target_arch = "x86_64", not(target_feature = "fma"))))]
fn level() -> vello_cpu::Level {
    vello_cpu::Level::fallback()
}
