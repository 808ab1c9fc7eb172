//! OpenTimelineIO: the edit for other programs, every take in it as an alternate.
//!
//! Source: the serialized schema of OpenTimelineIO 0.18 (Timeline.1, Stack.1, Track.1, Clip.2, Marker.2).

use serde_json::{Map, Value, json};
use soundlock_time::Fps;

use crate::ExchangeError;
use crate::edit::{Edit, Seen, SeenPicture, ShotMedia, TakeMedia};
use crate::identify::last_part;
use crate::url::url;

/// Version of what stands under `metadata.soundlock`.
const METADATA_VERSION: u32 = 1;

/// The edit as OpenTimelineIO JSON; the same bytes for the same edit.
pub fn otio(edit: &Edit<'_>) -> Result<String, ExchangeError> {
    let mut tracks = vec![picture_track(edit)?];
    tracks.extend(edit.stems.iter().map(|stem| stem_track(edit, stem)));
    let mut stack = item("Stack.1", "tracks", &Value::Null);
    stack.insert("children".to_owned(), tracks.into());
    let first = time(f64::from(edit.first_label.0), edit.locked.fps);
    let timeline = json!({
        "OTIO_SCHEMA": "Timeline.1",
        "name": edit.title,
        "global_start_time": first,
        "metadata": { "soundlock": { "version": METADATA_VERSION } },
        "tracks": stack,
    });
    let mut text = format!("{timeline:#}");
    text.push('\n');
    Ok(text)
}

fn picture_track(edit: &Edit<'_>) -> Result<Value, ExchangeError> {
    let shots = edit.seen()?.into_iter().zip(edit.media);
    Ok(track("picture", "Video", shots.map(|(seen, media)| clip(edit, &seen, media)).collect()))
}

/// The length is in film frames, so that lengths add up to the film's without rounding; the start in the take's own.
fn clip(edit: &Edit<'_>, seen: &Seen<'_>, media: &ShotMedia) -> Value {
    let (film, shot) = (edit.fps(), seen.shot);
    let mut references = match media {
        ShotMedia::Takes { takes, .. } => {
            takes.iter().map(|take| (take.name.clone(), take_reference(take))).collect()
        }
        ShotMedia::Card => Map::new(),
    };
    let (active, start) = match seen.picture {
        SeenPicture::Master => {
            let whole = range(0, edit.locked.frames(), film);
            let reference = external(edit.master, edit.master, whole, &json!({}));
            references.insert("master".to_owned(), reference);
            ("master", time(shot.film.start.0, film))
        }
        SeenPicture::Take { take, first } => (take.name.as_str(), time(first, take.fps)),
        SeenPicture::Nothing => {
            let available = range(0, shot.frames_with_handles(), film);
            let missing = reference("MissingReference.1", "no take circled", available, &json!({}));
            references.insert("missing".to_owned(), missing.into());
            ("missing", time(shot.head, film))
        }
    };
    let mut metadata = match seen.picture {
        SeenPicture::Take { take, .. } => take_metadata(take),
        _ => json!({ "prompt": shot.prompt, "generator": shot.generator, "take": null }),
    };
    metadata["shot"] = shot.code.to_string().into();
    metadata["reason"] = shot.reason.as_str().into();
    let mut clip = item("Clip.2", &shot.code.to_string(), &metadata);
    let source_range = json!({
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": start,
        "duration": time(shot.frames(), film),
    });
    clip.insert("source_range".to_owned(), source_range);
    clip.insert("media_references".to_owned(), references.into());
    clip.insert("active_media_reference_key".to_owned(), active.into());
    clip.into()
}

/// The name is the file's: Resolve looks for media by it.
fn take_reference(take: &TakeMedia) -> Value {
    external(last_part(&take.file), &take.file, range(0, take.frames, take.fps), &take_metadata(take))
}

/// A seed is written as text: a JSON number holds 53 bits in many readers.
fn take_metadata(take: &TakeMedia) -> Value {
    json!({
        "take": take.name,
        "prompt": take.prompt,
        "seed": take.seed.to_string(),
        "generator": take.generator,
        "model": take.model,
    })
}

fn stem_track(edit: &Edit<'_>, (name, file): &(String, String)) -> Value {
    let (locked, fps) = (edit.locked, edit.locked.fps);
    let available = json!({
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": rational(0.0, f64::from(locked.rate.hz())),
        "duration": rational(locked.samples() as f64, f64::from(locked.rate.hz())),
    });
    let mut clip = item("Clip.2", name, &json!({ "stem": name }));
    clip.insert("source_range".to_owned(), range(0, locked.frames(), fps));
    clip.insert(
        "media_references".to_owned(),
        json!({ "stem": external(name, file, available, &json!({})) }),
    );
    clip.insert("active_media_reference_key".to_owned(), "stem".into());
    if name == "dialogue" {
        clip.insert("markers".to_owned(), markers(edit).into());
    }
    track(name, "Audio", vec![clip.into()])
}

/// A marker over each line: `12.03 MINA`, its words as comment.
fn markers(edit: &Edit<'_>) -> Vec<Value> {
    let marker = |line: crate::edit::LineMarker| {
        json!({
            "OTIO_SCHEMA": "Marker.2",
            "name": format!("{} {}", line.line, line.character),
            "comment": line.text,
            "color": "CYAN",
            "marked_range": range(line.first, line.frames, edit.fps()),
            "metadata": { "soundlock": {
                "line": line.line,
                "character": line.character,
                "first_sample": line.samples.start,
                "end_sample": line.samples.end,
            } },
        })
    };
    edit.line_markers().into_iter().map(marker).collect()
}

fn track(name: &str, kind: &str, children: Vec<Value>) -> Value {
    let mut track = item("Track.1", name, &Value::Null);
    track.insert("kind".to_owned(), kind.into());
    track.insert("children".to_owned(), children.into());
    track.into()
}

/// The fields that everything in a timeline has.
fn item(schema: &str, name: &str, soundlock: &Value) -> Map<String, Value> {
    let metadata = if soundlock.is_null() { json!({}) } else { json!({ "soundlock": soundlock }) };
    let fields = [
        ("OTIO_SCHEMA", schema.into()),
        ("name", name.into()),
        ("metadata", metadata),
        ("source_range", Value::Null),
        ("effects", json!([])),
        ("markers", json!([])),
        ("enabled", true.into()),
    ];
    fields.into_iter().map(|(field, value)| (field.to_owned(), value)).collect()
}

fn reference(schema: &str, name: &str, available: Value, soundlock: &Value) -> Map<String, Value> {
    let fields = [
        ("OTIO_SCHEMA", schema.into()),
        ("name", name.into()),
        ("metadata", json!({ "soundlock": soundlock })),
        ("available_range", available),
        ("available_image_bounds", Value::Null),
    ];
    fields.into_iter().map(|(field, value)| (field.to_owned(), value)).collect()
}

fn external(name: &str, file: &str, available: Value, soundlock: &Value) -> Value {
    let mut external = reference("ExternalReference.1", name, available, soundlock);
    external.insert("target_url".to_owned(), url(file).into());
    external.into()
}

fn range(start: u32, frames: u32, fps: Fps) -> Value {
    json!({ "OTIO_SCHEMA": "TimeRange.1", "start_time": time(start, fps), "duration": time(frames, fps) })
}

fn time(value: impl Into<f64>, fps: Fps) -> Value {
    rational(value.into(), fps.as_f64())
}

fn rational(value: f64, rate: f64) -> Value {
    json!({ "OTIO_SCHEMA": "RationalTime.1", "value": value, "rate": rate })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestEdit;

    fn written() -> Value {
        serde_json::from_str(&otio(&TestEdit::two_scenes().edit()).unwrap()).unwrap()
    }

    #[test]
    fn every_take_is_there_and_the_circled_one_is_seen() {
        let timeline = written();
        let clip = &timeline["tracks"]["children"][0]["children"][1];
        assert_eq!(clip["name"], "1_0010");
        assert_eq!(clip["active_media_reference_key"], "1_0010-2");
        assert_eq!(clip["media_references"].as_object().unwrap().len(), 2);
        assert_eq!(clip["source_range"]["start_time"]["value"], 5.0);
        assert_eq!(clip["source_range"]["start_time"]["rate"], 16.0);
        assert_eq!(clip["source_range"]["duration"]["value"], 96.0);
        assert_eq!(clip["metadata"]["soundlock"]["seed"], "18446744073709551615");
        let url = clip["media_references"]["1_0010-1"]["target_url"].as_str().unwrap();
        assert_eq!(url, "../.soundlock/objects/ab/1_0010-1%20%EB%93%B1%EB%8C%80.mp4");
    }

    #[test]
    fn lines_are_markers_on_the_dialogue() {
        let timeline = written();
        let marker = &timeline["tracks"]["children"][1]["children"][0]["markers"][0];
        assert_eq!(marker["name"], "1.01 MINA");
        assert_eq!(marker["comment"], "Are you <there>?");
        assert_eq!(marker["marked_range"]["start_time"]["value"], 60.0);
        assert_eq!(marker["marked_range"]["duration"]["value"], 48.0);
        assert_eq!(marker["metadata"]["soundlock"]["first_sample"], 120_000);
    }

    #[test]
    fn a_circled_take_that_is_not_there_is_an_error() {
        let mut film = TestEdit::two_scenes();
        film.media[1] = ShotMedia::Takes { takes: Vec::new(), circled: Some(0), head: 0 };
        let error = otio(&film.edit()).unwrap_err();
        assert_eq!(error.to_string(), "shot 1_0010 has 0 takes, number 0 of them cannot be circled");
    }
}
