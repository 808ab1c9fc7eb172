use std::path::PathBuf;

use serde::Deserialize;
use soundlock_time::{Fps, Raster};

use crate::DiffusionError;

/// What is asked for, read from the request that every program gets.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// What is seen.
    pub prompt: String,
    /// What is kept out.
    pub negative: String,
    /// Another seed, another take.
    pub seed: u64,
    /// Frames of the take.
    pub frames: u32,
    /// Their rate.
    pub fps: Fps,
    /// Their size.
    pub raster: Raster,
    /// The picture that it begins with.
    pub first: Option<PathBuf>,
    /// The picture that it ends with.
    pub last: Option<PathBuf>,
    /// Where the take goes.
    pub output: PathBuf,
    /// What was asked for and is not made use of.
    pub left_out: Vec<&'static str>,
}

/// The most frames, and pixels of a side: what fits into memory is the machine's to say, but no machine makes more.
const MOST_FRAMES: u32 = 4096;
const LONGEST_SIDE: u32 = 8192;

#[derive(Deserialize)]
struct Request {
    version: u32,
    prompt: String,
    #[serde(default)]
    negative: Option<String>,
    seed: u64,
    frames: u32,
    rate: String,
    width: u32,
    height: u32,
    first: Option<PathBuf>,
    last: Option<PathBuf>,
    #[serde(default)]
    references: Vec<PathBuf>,
    audio: Option<PathBuf>,
    #[serde(default)]
    own_sound: bool,
    output: PathBuf,
}

impl Order {
    /// Reads the request that a program gets, version 1.
    pub fn read(request: &[u8]) -> Result<Self, DiffusionError> {
        let wrong = |why: String| DiffusionError::Order { why };
        let request: Request = serde_json::from_slice(request).map_err(|error| wrong(error.to_string()))?;
        if request.version != 1 {
            return Err(wrong(format!("its version is {}, and 1 is known", request.version)));
        }
        let fps = request.rate.parse().map_err(|error| wrong(format!("rate `{}`: {error}", request.rate)))?;
        let raster = Raster::new(request.width, request.height);
        let raster = raster.map_err(|error| wrong(error.to_string()))?;
        if !(1..=MOST_FRAMES).contains(&request.frames) || raster.width().max(raster.height()) > LONGEST_SIDE
        {
            return Err(wrong(format!("{} frames of {raster} are asked for", request.frames)));
        }
        for (what, text) in [("prompt", Some(&request.prompt)), ("negative", request.negative.as_ref())] {
            if text.is_some_and(|text| text.contains('\0')) {
                return Err(wrong(format!("the {what} has a NUL in it")));
            }
        }
        let left_out = [
            ("reference stills", !request.references.is_empty()),
            ("the line's sound", request.audio.is_some()),
            ("sound of its own", request.own_sound),
        ];
        Ok(Self {
            prompt: request.prompt,
            negative: request.negative.unwrap_or_default(),
            // Below zero the library would choose one by itself.
            seed: request.seed & i64::MAX as u64,
            frames: request.frames,
            fps,
            raster,
            first: request.first,
            last: request.last,
            output: request.output,
            left_out: left_out.into_iter().filter_map(|(what, asked)| asked.then_some(what)).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const REQUEST: &str = r#"{"version": 1, "shot": "12_0040", "take": "12_0040-3", "id": "x", "prompt": "a kitchen", "negative": null,
        "seed": 7, "frames": 81, "fps": 16.0, "rate": "16/1", "width": 832, "height": 480, "first": "/w/first.png",
        "last": null, "references": ["/w/a.png"], "audio": null, "own_sound": true, "output": "/w/output.mp4"}"#;

    #[test]
    fn a_request_is_read_and_what_is_of_no_use_is_said() {
        let order = Order::read(REQUEST.as_bytes()).unwrap();
        assert_eq!((order.frames, order.raster.to_string(), order.seed), (81, "832x480".to_owned(), 7));
        assert_eq!((order.fps.num(), order.negative.as_str(), order.last), (16, "", None));
        assert_eq!(order.left_out, ["reference stills", "sound of its own"]);
    }

    #[test]
    fn what_cannot_be_made_is_said() {
        let said =
            |from: &str, to: &str| Order::read(REQUEST.replace(from, to).as_bytes()).unwrap_err().to_string();
        assert!(said("\"version\": 1", "\"version\": 2").contains("its version is 2"));
        assert!(said("16/1", "0/1").contains("rate `0/1`"));
        assert!(said("81", "0").contains("0 frames of 832x480"));
        assert!(said("81", "4294967295").contains("frames of"));
        assert!(said("480", "0").contains("the order cannot be read"));
        assert!(said("a kitchen", "a \\u0000").contains("NUL"));
        assert!(said("\"seed\": 7", "\"seed\": -7").contains("cannot be read"));
    }

    #[test]
    fn no_request_breaks_us() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/order");
        soundlock_testing::fuzz(&corpus, 42, 2000, |bytes| drop(Order::read(bytes)));
    }
}
