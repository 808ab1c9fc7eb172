//! Small films, drawn clips, planted defects, services that misbehave when told to (a ComfyUI among them, and vendors that
//! keep a bill), and a mutation fuzzer; never shipped.
//!
//! Every other crate's tests may use this one, so it knows no sibling but `time`. Unlike the libraries it reads the
//! environment and panics: it only ever runs inside a test. Clips are drawn by the `ffmpeg` on the `PATH`.

mod clip;
mod comfy;
mod encrypted;
mod film;
mod fuzz;
mod service;
mod sound;
mod vendor;

pub use clip::{Clip, Fault, cut_short, drawn_clip};
pub use comfy::{AskFault, JobFault, TestComfy, comfy_classes};
pub use encrypted::Impostor;
pub use film::{Run, TestFilm};
pub use fuzz::fuzz;
pub use service::{Heard, Reply, TestService};
pub use sound::{noise, read_wav, silence, tone, wav};
pub use vendor::{Coming, JobEnd, Links, Protocol, Terms, TestVendor, VendorJob};
