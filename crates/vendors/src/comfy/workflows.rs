//! Small workflows as ComfyUI exports them, for tests.

/// Wan 2.2, two samplers, two texts.
pub(super) const TEXT_TO_VIDEO: &str = include_str!("../../tests/workflows/text_to_video.json");
/// First and last frame, a voice, words and seed in nodes of their own.
pub(super) const IMAGE_TO_VIDEO: &str = include_str!("../../tests/workflows/image_to_video.json");
/// A wrapper's own nodes.
pub(super) const WRAPPER: &str = include_str!("../../tests/workflows/wrapper.json");
/// Noise, without weights and without words.
pub(super) const NOISE: &str = include_str!("../../tests/workflows/noise.json");
