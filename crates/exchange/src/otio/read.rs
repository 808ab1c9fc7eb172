use serde_json::{Map, Value};

use crate::foreign::{Clip, ForeignEdit};
use crate::seconds::{Seconds, fps_of_rate};
use crate::{ExchangeError, Remark};

/// Sequences inside sequences beyond which nobody edits.
const DEEPEST: usize = 8;

/// Reads an OpenTimelineIO timeline.
///
/// Source: the serialized schema of OpenTimelineIO 0.18; `Clip.1` as programs before 0.15 wrote it.
pub(crate) fn read(text: &str) -> Result<ForeignEdit, ExchangeError> {
    let value: Value = serde_json::from_str(text).map_err(|error| ExchangeError::Malformed {
        format: "OpenTimelineIO",
        place: format!("line {}, column {}", error.line(), error.column()),
        why: reason(&error),
    })?;
    let mut reader = Reader { edit: ForeignEdit::new("", None) };
    let (timeline, place) = reader.timeline(&value)?;
    text_of(timeline, "name").clone_into(&mut reader.edit.title);
    let tracks = timeline.get("tracks").and_then(Value::as_object);
    let tracks = tracks.ok_or_else(|| malformed(&place, "it has no `tracks`"))?;
    for (index, track) in children(tracks).iter().enumerate() {
        let place = format!("{place}tracks[{index}]");
        let track = object(track, &place)?;
        reader.top_track(track, &place)?;
    }
    let label = timeline.get("global_start_time").and_then(|time| time.get("rate")).and_then(Value::as_f64);
    // The rate of the clips is the rate that is cut at; the label of the first frame may be in another.
    reader.edit.fps = reader.edit.fps.or_else(|| label.and_then(fps_of_rate));
    Ok(reader.edit)
}

/// What the JSON reader says, without the place that is said already.
fn reason(error: &serde_json::Error) -> String {
    let said = error.to_string();
    said.split(" at line ").next().unwrap_or(&said).to_owned()
}

struct Reader {
    edit: ForeignEdit,
}

/// A track's clips, one after the other.
#[derive(Default)]
struct Lane {
    clips: Vec<Clip>,
    length: Option<Seconds>,
}

impl Reader {
    /// The timeline of a file, which may hold a collection of them.
    fn timeline<'v>(&mut self, value: &'v Value) -> Result<(&'v Map<String, Value>, String), ExchangeError> {
        let top = object(value, "the top")?;
        match schema(top) {
            "Timeline" => Ok((top, String::new())),
            "SerializableCollection" => {
                let all = children(top).iter().enumerate();
                let timelines: Vec<_> = all
                    .filter_map(|(index, child)| Some((index, child.as_object()?)))
                    .filter(|(_, child)| schema(child) == "Timeline")
                    .collect();
                let (index, first) =
                    *timelines.first().ok_or_else(|| malformed("the top", "no timeline is in it"))?;
                if timelines.len() > 1 {
                    let read = text_of(first, "name").to_owned();
                    self.edit.remarks.push(Remark::SeveralTimelines { read, count: timelines.len() });
                }
                Ok((first, format!("children[{index}].")))
            }
            other => Err(malformed("the top", &format!("it is a `{other}`, not a `Timeline`"))),
        }
    }

    fn top_track(&mut self, track: &Map<String, Value>, place: &str) -> Result<(), ExchangeError> {
        let lane = self.lane(track, place, 0)?;
        let is_sound = text_of(track, "kind") == "Audio";
        if is_sound {
            self.edit.sounds.extend(lane.clips);
        } else if is_enabled(track) {
            self.edit.layers.push(lane.clips);
        } else if !lane.clips.is_empty() {
            let clip = format!("track {}", text_of(track, "name"));
            self.edit.remarks.push(Remark::Disabled { clip, place: place.to_owned() });
        }
        Ok(())
    }

    /// The clips of a track, counted from its start.
    fn lane(&mut self, track: &Map<String, Value>, place: &str, depth: usize) -> Result<Lane, ExchangeError> {
        let mut lane = Lane { clips: Vec::new(), length: Some(Seconds::ZERO) };
        let is_picture = text_of(track, "kind") != "Audio";
        let mut cursor = Seconds::ZERO;
        for (index, child) in children(track).iter().enumerate() {
            let place = format!("{place}.children[{index}]");
            let child = object(child, &place)?;
            let too_long = || malformed(&place, "it ends later than any film");
            match schema(child) {
                "Transition" => {
                    let name = text_of(child, "name");
                    let name = if name.is_empty() { text_of(child, "transition_type") } else { name };
                    let what = format!("the transition `{name}`");
                    self.edit.remarks.push(Remark::Transition { what, place });
                }
                "Gap" => {
                    cursor = cursor.plus(self.length(child, &place)?).ok_or_else(too_long)?;
                }
                "Clip" => {
                    let clip = self.clip(child, &place, cursor)?;
                    cursor = clip.end().ok_or_else(too_long)?;
                    if is_enabled(child) {
                        lane.clips.push(clip);
                    } else if is_picture {
                        self.edit.remarks.push(Remark::Disabled { clip: clip.name, place });
                    }
                }
                "Stack" | "Track" => {
                    let (clips, length) = self.nested(child, &place, cursor, depth)?;
                    cursor = cursor.plus(length).ok_or_else(too_long)?;
                    lane.clips.extend(clips);
                }
                other => return Err(malformed(&place, &format!("a `{other}` cannot lie on a track"))),
            }
        }
        lane.length = Some(cursor);
        Ok(lane)
    }

    /// A sequence on a track: its clips where there is one after the other, else one clip that nobody knows.
    fn nested(
        &mut self,
        node: &Map<String, Value>,
        place: &str,
        at: Seconds,
        depth: usize,
    ) -> Result<(Vec<Clip>, Seconds), ExchangeError> {
        if depth >= DEEPEST {
            return Err(malformed(place, &format!("sequences lie more than {DEEPEST} deep in each other")));
        }
        let too_long = || malformed(place, "it is longer than any film");
        let mut lanes = Vec::new();
        if schema(node) == "Track" {
            lanes.push(self.lane(node, place, depth + 1)?);
        } else {
            for (index, child) in children(node).iter().enumerate() {
                let place = format!("{place}.children[{index}]");
                let child = object(child, &place)?;
                if schema(child) == "Track" && text_of(child, "kind") != "Audio" && is_enabled(child) {
                    lanes.push(self.lane(child, &place, depth + 1)?);
                } else if schema(child) != "Track" {
                    lanes.push(Lane::default());
                }
            }
        }
        let whole = lanes.iter().filter_map(|lane| lane.length).fold(Seconds::ZERO, Seconds::max);
        let (from, length) = match node.get("source_range").filter(|range| !range.is_null()) {
            Some(range) => self.range(range, place)?,
            None => (Seconds::ZERO, whole),
        };
        let simple = matches!(lanes.as_slice(), [lane] if lane.length.is_some());
        let name = text_of(node, "name").to_owned();
        self.edit.remarks.push(Remark::Nested {
            clip: name.clone(),
            flattened: simple,
            place: place.to_owned(),
        });
        if !is_enabled(node) {
            return Ok((Vec::new(), length));
        }
        let to = from.plus(length).ok_or_else(too_long)?;
        let clips = if simple {
            lanes[0].clips.iter().filter_map(|clip| clip.cropped(from, to, at)).collect()
        } else {
            let place = place.to_owned();
            let (also, file, shot) = (Vec::new(), None, None);
            vec![Clip { name, also, file, shot, at, length, source: from, place }]
        };
        Ok((clips, length))
    }

    fn clip(&mut self, node: &Map<String, Value>, place: &str, at: Seconds) -> Result<Clip, ExchangeError> {
        let name = text_of(node, "name").to_owned();
        let (key, media) = media(node);
        let available = media.and_then(|media| media.get("available_range")).filter(|range| !range.is_null());
        let available = available.map(|range| self.range(range, place)).transpose()?;
        let seen = node.get("source_range").filter(|range| !range.is_null());
        let (start, length) = match (seen, available) {
            (Some(range), _) => self.cut_range(range, place)?,
            (None, Some(available)) => available,
            (None, None) => return Err(malformed(place, &format!("clip `{name}` has no length"))),
        };
        let media_start = available.map_or(Seconds::ZERO, |(start, _)| start);
        let source = start.minus(media_start).ok_or_else(|| malformed(place, "its start is out of reach"))?;
        self.say_speed(node, &name, place);
        let of_media = |field| media.map(|media| text_of(media, field)).filter(|text| !text.is_empty());
        let ours = node.get("metadata").and_then(|metadata| metadata.get("soundlock"));
        let ours = |field| ours.and_then(|ours| ours.get(field)).and_then(Value::as_str);
        let also = [of_media("name"), key.filter(|key| *key != "DEFAULT_MEDIA"), ours("take")];
        Ok(Clip {
            also: also.into_iter().flatten().map(str::to_owned).collect(),
            file: of_media("target_url").map(str::to_owned),
            shot: ours("shot").and_then(|shot| shot.parse().ok()),
            name,
            at,
            length,
            source,
            place: place.to_owned(),
        })
    }

    fn say_speed(&mut self, node: &Map<String, Value>, name: &str, place: &str) {
        for effect in node.get("effects").and_then(Value::as_array).into_iter().flatten() {
            let Some(effect) = effect.as_object() else { continue };
            let scalar = effect.get("time_scalar").and_then(Value::as_f64);
            let how = match (schema(effect), scalar) {
                ("FreezeFrame", _) => "as a still".to_owned(),
                ("LinearTimeWarp", Some(1.0)) => continue,
                ("LinearTimeWarp", Some(scalar)) => format!("at {} %", (scalar * 100.0).round()),
                ("LinearTimeWarp" | "TimeEffect", _) => "at another speed".to_owned(),
                _ => continue,
            };
            let (clip, place) = (name.to_owned(), place.to_owned());
            self.edit.remarks.push(Remark::Speed { clip, how, place });
        }
    }

    fn length(&mut self, node: &Map<String, Value>, place: &str) -> Result<Seconds, ExchangeError> {
        let range = node.get("source_range").ok_or_else(|| malformed(place, "it has no `source_range`"))?;
        Ok(self.range(range, place)?.1)
    }

    /// The range of a clip, whose length says the rate that is cut at.
    fn cut_range(&mut self, range: &Value, place: &str) -> Result<(Seconds, Seconds), ExchangeError> {
        let rate = range.get("duration").and_then(|time| time.get("rate")).and_then(Value::as_f64);
        self.edit.fps = self.edit.fps.or_else(|| rate.and_then(fps_of_rate));
        self.range(range, place)
    }

    #[expect(clippy::unused_self, reason = "one reader reads everything")]
    fn range(&self, range: &Value, place: &str) -> Result<(Seconds, Seconds), ExchangeError> {
        let start = time(range.get("start_time"), &format!("{place}, start_time"))?;
        let length = time(range.get("duration"), &format!("{place}, duration"))?;
        if length.is_negative() {
            return Err(malformed(place, "its duration is negative"));
        }
        Ok((start, length))
    }
}

/// The media that a clip shows, and the key it stands under.
fn media(node: &Map<String, Value>) -> (Option<&str>, Option<&Map<String, Value>>) {
    let key = node.get("active_media_reference_key").and_then(Value::as_str);
    let several = node.get("media_references").and_then(Value::as_object);
    let active = several.and_then(|several| several.get(key.unwrap_or("DEFAULT_MEDIA")));
    let media = active.or_else(|| node.get("media_reference")).and_then(Value::as_object);
    (key, media)
}

fn time(time: Option<&Value>, place: &str) -> Result<Seconds, ExchangeError> {
    let time = time.ok_or_else(|| malformed(place, "it is missing"))?;
    let number = |field: &str| {
        let number = time.get(field).and_then(Value::as_f64);
        number.ok_or_else(|| malformed(place, &format!("`{field}` is not a number")))
    };
    let (value, rate) = (number("value")?, number("rate")?);
    Seconds::of_floats(value, rate)
        .ok_or_else(|| malformed(place, &format!("{value} at {rate} a second is no time")))
}

fn children(node: &Map<String, Value>) -> &[Value] {
    node.get("children").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// `Clip` of `Clip.2`.
fn schema(node: &Map<String, Value>) -> &str {
    let schema = text_of(node, "OTIO_SCHEMA");
    schema.split('.').next().unwrap_or_default()
}

fn text_of<'v>(node: &'v Map<String, Value>, field: &str) -> &'v str {
    node.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn is_enabled(node: &Map<String, Value>) -> bool {
    node.get("enabled").and_then(Value::as_bool).unwrap_or(true)
}

fn object<'v>(value: &'v Value, place: &str) -> Result<&'v Map<String, Value>, ExchangeError> {
    value.as_object().ok_or_else(|| malformed(place, "it is not an object"))
}

fn malformed(place: &str, why: &str) -> ExchangeError {
    ExchangeError::Malformed {
        format: "OpenTimelineIO",
        place: place.trim_start_matches('.').to_owned(),
        why: why.to_owned(),
    }
}
