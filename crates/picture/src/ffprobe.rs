//! What `ffprobe` prints, made into [`Media`]. The numbers come from the file and may lie, so each is held against
//! the limits, and what is missing or unreadable counts as not said.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use soundlock_time::{Fps, SampleRate};

use crate::{AudioStream, Colour, Limits, Matrix, Media, PictureError, Range, VideoStream};

/// Highest rate of sound that is taken for one.
const HIGHEST_RATE: u64 = 768_000;
/// Most channels that are taken for sound.
const MOST_CHANNELS: u64 = 64;

#[derive(Debug, Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Description {
    streams: Vec<Value>,
    format: Value,
}

/// Media from the JSON of `ffprobe -show_streams -show_format`.
pub(crate) fn media_from_json(json: &[u8], file: &Path, limits: &Limits) -> Result<Media, PictureError> {
    let malformed = |why: String| PictureError::Malformed { file: file.to_owned(), why };
    let text = String::from_utf8_lossy(json);
    let description: Description = serde_json::from_str(&text)
        .map_err(|error| malformed(format!("ffprobe's description of it cannot be read: {error}")))?;
    let first = |kind: &str| description.streams.iter().find(|stream| is_a(stream, kind));
    let seconds = seconds(&description);
    let reader = Reader { file, limits, seconds };
    let media = Media {
        file: file.to_owned(),
        video: first("video").map(|stream| reader.video(stream)).transpose()?,
        audio: first("audio").map(|stream| reader.audio(stream)).transpose()?,
        seconds,
    };
    match (&media.video, &media.audio) {
        (None, None) => Err(malformed("holds neither picture nor sound".to_owned())),
        _ => Ok(media),
    }
}

/// What is the same for each stream of a file.
struct Reader<'a> {
    file: &'a Path,
    limits: &'a Limits,
    seconds: f64,
}

impl Reader<'_> {
    fn video(&self, stream: &Value) -> Result<VideoStream, PictureError> {
        let (width, height) = (number(stream, "width"), number(stream, "height"));
        let (width, height) = if is_on_its_side(stream) { (height, width) } else { (width, height) };
        if width == 0 || height == 0 {
            return Err(self.malformed("its picture has no size"));
        }
        self.within("a width", width, u64::from(self.limits.side))?;
        self.within("a height", height, u64::from(self.limits.side))?;
        let fps = self.fps(stream)?;
        let frames = number(stream, "nb_frames");
        self.within("a length in frames", frames, u64::from(self.limits.frames))?;
        // Whole numbers of frames from a claim in seconds, only to be held against the limit.
        let claimed = (self.seconds * fps.as_f64()).round() as u64;
        self.within("a length in frames", claimed, u64::from(self.limits.frames))?;
        let pixel_format = word(stream, "pix_fmt");
        let (colour, tagged) = colour(stream, &pixel_format);
        Ok(VideoStream {
            width: width as u32,
            height: height as u32,
            fps,
            frames: frames as u32,
            codec: word(stream, "codec_name"),
            bits: bits(stream, &pixel_format),
            pixel_format,
            colour,
            tagged,
        })
    }

    /// The average rate, or where the container has none the one FFmpeg guesses.
    fn fps(&self, stream: &Value) -> Result<Fps, PictureError> {
        let rates = [word(stream, "avg_frame_rate"), word(stream, "r_frame_rate")];
        let fps = rates.iter().find_map(|rate| {
            let (num, den) = rate.split_once('/')?;
            Fps::new(num.parse().ok()?, den.parse().ok()?).ok()
        });
        fps.ok_or_else(|| {
            let [average, guessed] = rates;
            self.malformed(&format!(
                "its frame rate (`{average}`, or `{guessed}`) is not between 1 and 240 frames per second"
            ))
        })
    }

    fn audio(&self, stream: &Value) -> Result<AudioStream, PictureError> {
        let (hz, channels) = (number(stream, "sample_rate"), number(stream, "channels"));
        self.within("a sample rate", hz, HIGHEST_RATE)?;
        self.within("a number of channels", channels, MOST_CHANNELS)?;
        let rate = SampleRate::new(hz as u32).ok_or_else(|| self.malformed("its sound has no rate"))?;
        if channels == 0 {
            return Err(self.malformed("its sound has no channels"));
        }
        self.within("a length of sound in seconds", self.seconds as u64, u64::from(self.limits.sound_secs))?;
        let codec = word(stream, "codec_name");
        let samples = self.samples(stream, &codec, hz, channels);
        Ok(AudioStream { rate, channels: channels as u32, codec, samples })
    }

    /// Samples where the container counts them: PCM of a length that the file has room for, and FLAC.
    fn samples(&self, stream: &Value, codec: &str, hz: u64, channels: u64) -> u64 {
        let counts_samples = word(stream, "time_base") == format!("1/{hz}");
        let samples = number(stream, "duration_ts");
        let bits = number(stream, "bits_per_sample").max(1);
        let bytes = samples.saturating_mul(channels).saturating_mul(bits) / 8;
        let room = self.file.metadata().map_or(u64::MAX, |metadata| metadata.len());
        match codec {
            "flac" if counts_samples => samples,
            _ if codec.starts_with("pcm_") && counts_samples && bytes <= room => samples,
            _ => 0,
        }
    }

    fn within(&self, what: &'static str, found: u64, limit: u64) -> Result<(), PictureError> {
        if found <= limit {
            return Ok(());
        }
        Err(PictureError::OverLimit { file: self.file.to_owned(), what, found, limit })
    }

    fn malformed(&self, why: &str) -> PictureError {
        PictureError::Malformed { file: self.file.to_owned(), why: why.to_owned() }
    }
}

/// Whether `stream` is of `kind`; the cover of a song is not a picture.
fn is_a(stream: &Value, kind: &str) -> bool {
    let is_cover = number(&stream["disposition"], "attached_pic") == 1;
    word(stream, "codec_type") == kind && !is_cover
}

/// What the container says, or where it does not the longest of its streams; 0 where nobody knows.
fn seconds(description: &Description) -> f64 {
    let said =
        |value: &Value| word(value, "duration").parse().ok().filter(|s: &f64| s.is_finite() && *s >= 0.0);
    let longest = || description.streams.iter().filter_map(said).fold(0.0, f64::max);
    said(&description.format).unwrap_or_else(longest)
}

/// A whole number written as a number or as a text; 0 where it is neither.
fn number(value: &Value, key: &str) -> u64 {
    match &value[key] {
        Value::Number(number) => number.as_u64().unwrap_or(0),
        Value::String(text) => text.parse().unwrap_or(0),
        _ => 0,
    }
}

fn word(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

/// A quarter turn either way: in the side data, or a tag in files of old.
fn is_on_its_side(stream: &Value) -> bool {
    let mut turns = stream["side_data_list"].as_array().into_iter().flatten();
    let turn = turns.find_map(|data| data["rotation"].as_f64());
    let tag = || word(&stream["tags"], "rotate").parse::<f64>().ok();
    turn.or_else(tag).is_some_and(|degrees| (degrees.abs() % 180.0 - 90.0).abs() < 1.0)
}

/// Matrix and range, and whether both were said.
fn colour(stream: &Value, pixel_format: &str) -> (Colour, bool) {
    let is_rgb = is_rgb(pixel_format);
    let matrix = match word(stream, "color_space").as_str() {
        "bt709" => Some(Matrix::Bt709),
        "bt470bg" | "smpte170m" | "fcc" => Some(Matrix::Bt601),
        "bt2020nc" | "bt2020c" => Some(Matrix::Bt2020),
        _ => None,
    };
    let range = match word(stream, "color_range").as_str() {
        "pc" => Some(Range::Full),
        "tv" => Some(Range::Limited),
        _ if is_rgb || pixel_format.starts_with("yuvj") || pixel_format.starts_with("gray") => {
            Some(Range::Full)
        }
        _ => None,
    };
    let colour = Colour {
        matrix: matrix.unwrap_or(Colour::UNTAGGED.matrix),
        range: range.unwrap_or(Colour::UNTAGGED.range),
    };
    (colour, is_rgb || (matrix.is_some() && range.is_some()))
}

/// Whether FFmpeg's `pixel_format` holds red, green and blue.
pub(crate) fn is_rgb(pixel_format: &str) -> bool {
    let names = ["rgb", "bgr", "gbr", "argb", "abgr", "0rgb", "0bgr", "pal8", "x2rgb", "x2bgr"];
    names.iter().any(|name| pixel_format.starts_with(name))
}

/// Bits per sample, as said or as the name of the pixel format has it (`yuv420p10le`, `p010le`, `rgb48be`).
fn bits(stream: &Value, pixel_format: &str) -> u8 {
    let deep = |bits: &str| {
        let name = pixel_format.trim_end_matches("le").trim_end_matches("be");
        name.ends_with(bits) && name != pixel_format
    };
    let named = [("48", 16), ("64", 16), ("16", 16), ("14", 14), ("12", 12), ("10", 10), ("9", 9)];
    let named = named.iter().find(|(name, _)| deep(name)).map(|(_, bits)| *bits);
    let said = number(stream, "bits_per_raw_sample");
    named.or_else(|| (1..=32).contains(&said).then_some(said as u8)).unwrap_or(8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn video(fields: &str) -> Result<Media, PictureError> {
        let json = format!(
            r#"{{"streams":[{{"codec_type":"video","width":64,"height":48,"avg_frame_rate":"24/1",
                "pix_fmt":"yuv420p",{fields}}}],"format":{{"duration":"1.0"}}}}"#
        );
        media_from_json(json.as_bytes(), Path::new("a.mp4"), &Limits::GENEROUS)
    }

    #[test]
    fn colours_are_what_the_tags_say_and_601_without() {
        let is = |matrix, range| Colour { matrix, range };
        for (fields, colour, tagged) in [
            (r#""x":0"#, is(Matrix::Bt601, Range::Limited), false),
            (r#""color_space":"bt709","color_range":"tv""#, is(Matrix::Bt709, Range::Limited), true),
            (r#""color_space":"bt709","color_range":"pc""#, is(Matrix::Bt709, Range::Full), true),
            (r#""color_space":"smpte170m","color_range":"tv""#, is(Matrix::Bt601, Range::Limited), true),
            (r#""color_space":"bt2020nc""#, is(Matrix::Bt2020, Range::Limited), false),
            (r#""pix_fmt":"yuvj420p""#, is(Matrix::Bt601, Range::Full), false),
            (r#""pix_fmt":"gbrp""#, is(Matrix::Bt601, Range::Full), true),
        ] {
            let stream = video(fields).unwrap().video.unwrap();
            assert_eq!((stream.colour, stream.tagged), (colour, tagged), "{fields}");
        }
    }

    #[test]
    fn rates_are_reduced_and_unheard_ones_refused() {
        let rate = |fields: &str| video(fields).map(|media| media.video.unwrap().fps.to_string());
        assert_eq!(rate(r#""avg_frame_rate":"109/33""#).unwrap(), "109/33");
        assert_eq!(rate(r#""avg_frame_rate":"24000/1000""#).unwrap(), "24");
        assert_eq!(rate(r#""avg_frame_rate":"0/0","r_frame_rate":"25/1""#).unwrap(), "25");
        let refused = rate(r#""avg_frame_rate":"90000/1","r_frame_rate":"0/0""#).unwrap_err();
        assert!(refused.to_string().contains("a.mp4: its frame rate (`90000/1`"), "{refused}");
    }

    #[test]
    fn lengths_and_sizes_beyond_the_limits_are_refused() {
        for (fields, what) in [
            (r#""width":8193"#, "a width"),
            (r#""height":4294967295"#, "a height"),
            (r#""nb_frames":"99999999999""#, "a length in frames"),
        ] {
            let error = video(fields).unwrap_err();
            assert!(matches!(error, PictureError::OverLimit { what: found, .. } if found == what), "{error}");
        }
        assert!(video(r#""width":0"#).is_err());
    }

    #[test]
    fn a_picture_on_its_side_is_turned() {
        let stream = video(r#""side_data_list":[{"rotation":-90}]"#).unwrap().video.unwrap();
        assert_eq!((stream.width, stream.height), (48, 64));
        let stream = video(r#""tags":{"rotate":"180"}"#).unwrap().video.unwrap();
        assert_eq!((stream.width, stream.height), (64, 48));
    }

    #[test]
    fn depth_is_read_from_the_name() {
        for (name, wanted) in [
            ("yuv420p", 8),
            ("yuv420p10le", 10),
            ("p010le", 10),
            ("rgb48be", 16),
            ("yuv444p12le", 12),
            ("yuv410p", 8),
        ] {
            assert_eq!(bits(&Value::Null, name), wanted, "{name}");
        }
    }

    #[test]
    fn a_cover_is_not_a_picture() {
        let json = r#"{"streams":[{"codec_type":"video","disposition":{"attached_pic":1}},
            {"codec_type":"audio","sample_rate":"44100","channels":2,"codec_name":"mp3"}]}"#;
        let media = media_from_json(json.as_bytes(), Path::new("a.mp3"), &Limits::GENEROUS).unwrap();
        assert!(media.video.is_none());
        assert_eq!(media.audio.unwrap().rate.hz(), 44_100);
    }

    #[test]
    fn mutated_descriptions_do_no_harm() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/probe");
        soundlock_testing::fuzz(&corpus, 3, 2000, |json| {
            let Ok(media) = media_from_json(json, Path::new("a.mp4"), &Limits::GENEROUS) else { return };
            let sides = media.video.map_or((1, 1), |stream| (stream.width, stream.height));
            assert!((1..=8192).contains(&sides.0) && (1..=8192).contains(&sides.1));
            assert!(media.seconds.is_finite() && media.seconds >= 0.0);
        });
    }
}
