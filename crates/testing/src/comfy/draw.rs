//! Clips that graphs without weights make, drawn by FFmpeg as ComfyUI's savers write them: no colour tags, the graph in a tag.

use std::process::Command;

use serde_json::{Map, Value};

/// Nodes that are followed from a saver back to where its pictures begin, at most.
const MOST_STEPS: usize = 32;

/// What a graph of `EmptyImage`, `LoadImage`, `ImageScale`, `RepeatImageBatch`, `ImageAddNoise` and `CreateVideo` comes to.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Drawing {
    pub(super) width: u64,
    pub(super) height: u64,
    pub(super) frames: u64,
    fps: f64,
    colour: u64,
    seed: u64,
    strength: f64,
    /// The upload that is heard.
    audio: Option<String>,
}

impl Drawing {
    /// What arrives at the node `saver`; `None` where that takes a model. `size` tells that of an upload.
    pub(super) fn of(graph: &Value, saver: &str, size: impl Fn(&str) -> Option<(u64, u64)>) -> Option<Self> {
        let nodes = graph.as_object()?;
        let mut drawing = Self { frames: 1, fps: 24.0, ..Self::default() };
        let mut sized = None;
        let mut at = saver;
        for _ in 0..MOST_STEPS {
            let node = nodes.get(at)?;
            let number = |name: &str| value_of(nodes, node, name).and_then(|value| value.as_f64());
            let whole = |name: &str| value_of(nodes, node, name).and_then(|value| value.as_u64());
            let (from, size_here) = match node["class_type"].as_str()? {
                "SaveVideo" => ("video", None),
                "CreateVideo" => {
                    drawing.fps = number("fps")?;
                    let loads = node["inputs"]["audio"][0].as_str().and_then(|id| nodes.get(id));
                    drawing.audio = loads.and_then(|node| Some(node["inputs"]["audio"].as_str()?.to_owned()));
                    ("images", None)
                }
                "SaveWEBM" | "SaveAnimatedWEBP" => {
                    drawing.fps = number("fps")?;
                    ("images", None)
                }
                "SaveImage" | "PreviewImage" => ("images", None),
                "VHS_VideoCombine" => {
                    drawing.fps = number("frame_rate")?;
                    ("images", None)
                }
                "ImageAddNoise" => {
                    (drawing.seed, drawing.strength) = (whole("seed")?, number("strength")?);
                    ("image", None)
                }
                "RepeatImageBatch" => {
                    drawing.frames *= whole("amount")?;
                    ("image", None)
                }
                "ImageScale" => ("image", Some((whole("width")?, whole("height")?))),
                "LoadImage" => ("", Some(size(node["inputs"]["image"].as_str()?)?)),
                "EmptyImage" => {
                    drawing.frames *= whole("batch_size")?;
                    drawing.colour = whole("color")?;
                    ("", Some((whole("width")?, whole("height")?)))
                }
                _ => return None,
            };
            // The last that changed it is the first on the way back.
            sized = sized.or(size_here);
            if from.is_empty() {
                (drawing.width, drawing.height) = sized?;
                return Some(drawing);
            }
            at = node["inputs"][from][0].as_str()?;
        }
        None
    }

    /// Draws it into a file that ends in `end`; `sound` is what is heard with it.
    pub(super) fn drawn(&self, end: &str, graph: &Value, sound: Option<&[u8]>) -> Vec<u8> {
        let folder = tempfile::tempdir().expect("a folder for a clip");
        let (file, heard) = (folder.path().join(format!("clip.{end}")), folder.path().join("sound"));
        let Self { width, height, frames, fps, colour, seed, strength, .. } = self;
        let source = format!("color=c=0x{colour:06x}:size={width}x{height}:rate={fps}");
        // Theirs is a deviation of 0 to 1, FFmpeg's a range of 0 to 100; its seed is 31 bits.
        let strength = (strength * 100.0).clamp(0.0, 100.0);
        let noise = format!("noise=alls={strength:.0}:allf=t:all_seed={}", seed % 0x7fff_ffff);
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", &format!("{source},{noise}")]);
        if let Some(sound) = sound {
            std::fs::write(&heard, sound).expect("a file for a sound");
            command.arg("-i").arg(&heard);
        }
        command.args(["-frames:v", &frames.to_string(), "-threads", "1"]);
        match end {
            "webm" => command.args([
                "-c:v",
                "libvpx-vp9",
                "-deadline",
                "realtime",
                "-cpu-used",
                "8",
                "-pix_fmt",
                "yuv420p",
            ]),
            "png" => command.args(["-frames:v", "1", "-update", "1"]),
            _ => command.args(["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]),
        };
        if end == "mp4" {
            command.args(["-movflags", "use_metadata_tags", "-metadata", &format!("prompt={graph}")]);
        }
        let output = command.arg(&file).output().expect("ffmpeg is on the PATH");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        std::fs::read(&file).expect("the clip that was just drawn")
    }

    /// The upload that is heard with it.
    pub(super) fn audio(&self) -> Option<&str> {
        self.audio.as_deref()
    }
}

/// The value of an input, also where a node of its own holds it.
fn value_of(nodes: &Map<String, Value>, node: &Value, name: &str) -> Option<Value> {
    let value = node["inputs"].get(name)?;
    match value[0].as_str().and_then(|id| nodes.get(id)) {
        Some(holder) => holder["inputs"].get("value").cloned(),
        None => Some(value.clone()),
    }
}

/// Width and height of a PNG.
pub(super) fn size_of(png: &[u8]) -> Option<(u64, u64)> {
    let number = |at: usize| Some(u64::from(u32::from_be_bytes(png.get(at..at + 4)?.try_into().ok()?)));
    png.starts_with(b"\x89PNG").then(|| Some((number(16)?, number(20)?))).flatten()
}
