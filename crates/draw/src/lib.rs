//! A canvas and lettering: shapes, gradients and text to pixels, the same on every machine.
//!
//! Comes in: paths, paints, words. Goes out: pixels, as RGBA, as a picture's planes or as PNG. Used by whatever draws:
//! the animatic, the title card, the contact sheet. What is worth drawing is left to them.
