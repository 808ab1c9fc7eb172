//! OpenTimelineIO: the edit for other programs, every take in it as an alternate.
//!
//! Source: the serialized schema of OpenTimelineIO 0.18 (Timeline.1, Stack.1, Track.1, Clip.2, Marker.2).

use std::path::Path;

use serde_json::{Map, Value, json};
use soundlock_plan::{CutList, Shot, ShotCode};
use soundlock_sound::{LockedSound, Stretch};
use soundlock_time::{FilmFrame, Fps, SampleRange};

use crate::{Check, DeliverError, write};

const CLAUSE: &str = "soundlock edit";
/// Version of what stands under `metadata.soundlock`.
const METADATA_VERSION: u32 = 1;

/// All that the edit is made of. Files are named from the film folder, with `/` between their parts.
#[derive(Debug, Clone, Copy)]
pub struct Edit<'a> {
    /// Title of the film.
    pub title: &'a str,
    /// Label of the film's first frame: 86,400 for 01:00:00:00 at 24 fps.
    pub first_label: FilmFrame,
    /// The cut list.
    pub cut_list: &'a CutList,
    /// The locked sound.
    pub locked: &'a LockedSound,
    /// What there is of each shot of the cut list, in its order.
    pub media: &'a [ShotMedia],
    /// The finished film, where cards are found: `out/film.mp4`.
    pub master: &'a str,
    /// Stems: name and file.
    pub stems: &'a [(String, String)],
}

/// What there is of a shot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShotMedia {
    /// A card, which exists in the finished film alone.
    Card,
    /// Its takes, oldest first, and the place of the circled one among them.
    Takes {
        /// Every take.
        takes: Vec<TakeMedia>,
        /// Which one is seen; `None` where none is good enough yet.
        circled: Option<usize>,
    },
}

/// A take as an editor sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakeMedia {
    /// Its name: `12_0040-3`.
    pub name: String,
    /// Its file.
    pub file: String,
    /// Frames it has.
    pub frames: u32,
    /// Its rate.
    pub fps: Fps,
    /// What the generator was told.
    pub prompt: String,
    /// The seed it was given.
    pub seed: u64,
    /// The generator's name.
    pub generator: String,
    /// The generator's model and version.
    pub model: String,
}

/// Writes the edit to `file` and reads it back.
pub fn write_otio(edit: &Edit<'_>, file: &Path) -> Result<Vec<Check>, DeliverError> {
    write::bytes(file, otio(edit)?.as_bytes())?;
    let text = std::fs::read_to_string(file).map_err(DeliverError::io(file))?;
    let read: Value = serde_json::from_str(&text).unwrap_or_default();
    let tracks = read["tracks"]["children"].as_array().map_or(&[][..], Vec::as_slice);
    let picture = tracks.first().map_or(&Value::Null, |track| &track["children"]);
    let shots = picture.as_array().map_or(0, Vec::len);
    let frames = |track: &Value| -> f64 {
        let clips = track["children"].as_array().into_iter().flatten();
        clips.filter_map(|clip| clip["source_range"]["duration"]["value"].as_f64()).sum()
    };
    let mut checks =
        vec![Check::same("clips in the picture track", shots, edit.cut_list.shots.len(), CLAUSE)];
    for track in tracks {
        let name = format!("frames of track {}", track["name"].as_str().unwrap_or_default());
        checks.push(Check::same(&name, frames(track), f64::from(edit.locked.frames()), CLAUSE));
    }
    Ok(checks)
}

/// The edit as OpenTimelineIO JSON; the same bytes for the same edit.
pub fn otio(edit: &Edit<'_>) -> Result<String, DeliverError> {
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

fn picture_track(edit: &Edit<'_>) -> Result<Value, DeliverError> {
    let shots = edit.cut_list.shots.iter().zip(edit.media);
    let clips = shots.map(|(shot, media)| clip(edit, shot, media)).collect::<Result<Vec<_>, _>>()?;
    Ok(track("picture", "Video", clips))
}

/// The length is in film frames, so that lengths add up to the film's without rounding; the start in the take's own.
fn clip(edit: &Edit<'_>, shot: &Shot, media: &ShotMedia) -> Result<Value, DeliverError> {
    let film = edit.cut_list.fps;
    let (active, references, start) = match media {
        ShotMedia::Card => {
            let reference =
                external(edit.master, edit.master, range(0, edit.locked.frames(), film), &json!({}));
            (
                "master".to_owned(),
                Map::from_iter([("master".to_owned(), reference)]),
                time(shot.film.start.0, film),
            )
        }
        ShotMedia::Takes { takes, circled } => takes_of(shot, film, takes, *circled)?,
    };
    let take = matches!(media, ShotMedia::Takes { circled: Some(_), .. }).then_some(&active);
    let mut metadata = match media {
        ShotMedia::Takes { takes, circled: Some(circled) } => take_metadata(&takes[*circled]),
        _ => json!({ "prompt": shot.prompt, "generator": shot.generator }),
    };
    metadata["shot"] = shot.code.to_string().into();
    metadata["take"] = take.map_or(Value::Null, |take| take.as_str().into());
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
    Ok(clip.into())
}

type Active = (String, Map<String, Value>, Value);

fn takes_of(
    shot: &Shot,
    film: Fps,
    takes: &[TakeMedia],
    circled: Option<usize>,
) -> Result<Active, DeliverError> {
    let mut references: Map<String, Value> =
        takes.iter().map(|take| (take.name.clone(), take_reference(take))).collect();
    let Some(circled) = circled else {
        let available = range(0, shot.frames_with_handles(), film);
        let missing = reference("MissingReference.1", "no take circled", available, &json!({}));
        references.insert("missing".to_owned(), missing.into());
        return Ok(("missing".to_owned(), references, time(shot.head, film)));
    };
    let take = takes.get(circled).ok_or_else(|| no_such_take(&shot.code, takes.len(), circled))?;
    let first = shot.take_frame(FilmFrame(0), film, take.fps);
    Ok((take.name.clone(), references, time(first.0, take.fps)))
}

fn take_reference(take: &TakeMedia) -> Value {
    external(&take.name, &take.file, range(0, take.frames, take.fps), &take_metadata(take))
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
        clip.insert("markers".to_owned(), markers(locked).into());
    }
    track(name, "Audio", vec![clip.into()])
}

/// A marker over each line: `12.03 MINA`, its words as comment.
fn markers(locked: &LockedSound) -> Vec<Value> {
    let mut markers = Vec::new();
    for (place, stretch) in locked.stretches() {
        let Stretch::Scene(scene) = stretch else { continue };
        let start = locked.fps.first_sample(place.start, locked.rate).0;
        for line in &scene.lines {
            let samples = SampleRange::new(line.at, line.source.part.length()).later(start);
            let first = locked.fps.frame_at(samples.start, locked.rate);
            let last = locked.fps.frame_at(samples.end, locked.rate);
            let frames = last.0.saturating_sub(first.0).max(1);
            markers.push(json!({
                "OTIO_SCHEMA": "Marker.2",
                "name": format!("{} {}", line.id, line.character),
                "comment": line.text,
                "color": "CYAN",
                "marked_range": range(first.0, frames, locked.fps),
                "metadata": { "soundlock": {
                    "line": line.id,
                    "character": line.character,
                    "first_sample": samples.start,
                    "end_sample": samples.end,
                } },
            }));
        }
    }
    markers
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

/// `file` as a relative URL: what is not plain is written as `%` and its bytes.
fn url(file: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    file.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
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

fn no_such_take(code: &ShotCode, takes: usize, circled: usize) -> DeliverError {
    DeliverError::NoSuchTake { code: code.clone(), takes, circled }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Spoken, locked, shot};

    fn take(name: &str, fps: Fps, frames: u32) -> TakeMedia {
        TakeMedia {
            name: name.to_owned(),
            file: format!(".soundlock/objects/ab/{name} 등대.mp4"),
            frames,
            fps,
            prompt: "a lighthouse".to_owned(),
            seed: u64::MAX,
            generator: "animatic".to_owned(),
            model: "animatic 1".to_owned(),
        }
    }

    fn written() -> (Value, Vec<Check>) {
        let sound = locked(&[Spoken::new("MINA", 24_000, 96_000, "Are you there?")]);
        let cut_list =
            CutList { fps: Fps::FILM, shots: vec![shot("1_0010", 0, 720, 8), shot("1_0020", 720, 720, 0)] };
        let sixteen = Fps::new(16, 1).unwrap();
        let takes = vec![take("1_0010-1", Fps::FILM, 740), take("1_0010-2", sixteen, 490)];
        let media = [ShotMedia::Takes { takes, circled: Some(1) }, ShotMedia::Card];
        let stems = ["dialogue", "music", "effects"].map(|n| (n.to_owned(), format!("out/stems/{n}.wav")));
        let edit = Edit {
            title: "The Tide",
            first_label: FilmFrame(86_400),
            cut_list: &cut_list,
            locked: &sound,
            media: &media,
            master: "out/film.mp4",
            stems: &stems,
        };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("film.otio");
        let checks = write_otio(&edit, &file).unwrap();
        (serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap(), checks)
    }

    #[test]
    fn every_take_is_there_and_the_circled_one_is_seen() {
        let (timeline, checks) = written();
        assert!(checks.iter().all(|check| check.passed), "{checks:?}");
        assert_eq!(checks.len(), 5);
        let clip = &timeline["tracks"]["children"][0]["children"][0];
        assert_eq!(clip["active_media_reference_key"], "1_0010-2");
        assert_eq!(clip["media_references"].as_object().unwrap().len(), 2);
        assert_eq!(clip["source_range"]["start_time"]["value"], 5.0);
        assert_eq!(clip["source_range"]["start_time"]["rate"], 16.0);
        assert_eq!(clip["source_range"]["duration"]["value"], 720.0);
        assert_eq!(clip["metadata"]["soundlock"]["seed"], "18446744073709551615");
        let url = clip["media_references"]["1_0010-1"]["target_url"].as_str().unwrap();
        assert_eq!(url, ".soundlock/objects/ab/1_0010-1%20%EB%93%B1%EB%8C%80.mp4");
    }

    #[test]
    fn lines_are_markers_on_the_dialogue() {
        let (timeline, _) = written();
        let marker = &timeline["tracks"]["children"][1]["children"][0]["markers"][0];
        assert_eq!(marker["name"], "1.01 MINA");
        assert_eq!(marker["comment"], "Are you there?");
        assert_eq!(marker["marked_range"]["start_time"]["value"], 12.0);
        assert_eq!(marker["marked_range"]["duration"]["value"], 48.0);
        assert_eq!(marker["metadata"]["soundlock"]["first_sample"], 24_000);
    }

    #[test]
    fn a_circled_take_that_is_not_there_is_an_error() {
        let error = takes_of(&shot("1_0010", 0, 24, 0), Fps::FILM, &[], Some(0)).unwrap_err();
        assert_eq!(error.to_string(), "shot 1_0010 has 0 takes, number 0 of them cannot be circled");
    }
}
