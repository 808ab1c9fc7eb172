//! ComfyUI.
