//! Where the parts of an order go into a workflow: as the film says, else as far as it can be told.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::ComfyError;
use super::graph::{Graph, Slot, link, shown};

/// Links that are followed from a sampler back to its words, at most.
const MOST_STEPS: usize = 64;

/// Where the parts of an order go, each as `6.text` (node id and input) or `title:API - PROMPT.text`; one or a list.
///
/// A part that is left empty is looked for; see the recipe in `docs/generators.md`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ComfyMap {
    /// Words for what is seen.
    #[serde(deserialize_with = "one_or_more")]
    pub prompt: Vec<String>,
    /// Words for what is kept out.
    #[serde(deserialize_with = "one_or_more")]
    pub negative: Vec<String>,
    /// Seeds; all get the same.
    #[serde(deserialize_with = "one_or_more")]
    pub seed: Vec<String>,
    /// Frames.
    #[serde(deserialize_with = "one_or_more")]
    pub frames: Vec<String>,
    /// Frames a second.
    #[serde(deserialize_with = "one_or_more")]
    pub fps: Vec<String>,
    /// Width in pixels.
    #[serde(deserialize_with = "one_or_more")]
    pub width: Vec<String>,
    /// Height in pixels.
    #[serde(deserialize_with = "one_or_more")]
    pub height: Vec<String>,
    /// The still that the take begins with.
    #[serde(deserialize_with = "one_or_more")]
    pub first: Vec<String>,
    /// The still that it ends with.
    #[serde(deserialize_with = "one_or_more")]
    pub last: Vec<String>,
    /// Stills to go by, one input each.
    #[serde(deserialize_with = "one_or_more")]
    pub references: Vec<String>,
    /// What is said in it.
    #[serde(deserialize_with = "one_or_more")]
    pub audio: Vec<String>,
    /// How its file is called; the first is the take's.
    #[serde(deserialize_with = "one_or_more")]
    pub name: Vec<String>,
}

/// A part of an order that goes into a workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Words for what is seen.
    Prompt,
    /// Words for what is kept out.
    Negative,
    /// A number: the same twice is the same take.
    Seed,
    /// Frames.
    Frames,
    /// Frames a second.
    Fps,
    /// Width in pixels.
    Width,
    /// Height in pixels.
    Height,
    /// The still that the take begins with.
    First,
    /// The still that it ends with.
    Last,
    /// Stills to go by.
    References,
    /// What is said in it.
    Audio,
    /// How its file is called.
    Name,
}

impl fmt::Display for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Prompt => "prompt",
            Self::Negative => "negative",
            Self::Seed => "seed",
            Self::Frames => "frames",
            Self::Fps => "fps",
            Self::Width => "width",
            Self::Height => "height",
            Self::First => "first",
            Self::Last => "last",
            Self::References => "references",
            Self::Audio => "audio",
            Self::Name => "name",
        })
    }
}

/// Where each part goes in one workflow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Slots {
    pub(super) prompt: Vec<Slot>,
    pub(super) negative: Vec<Slot>,
    pub(super) seed: Vec<Slot>,
    pub(super) frames: Vec<Slot>,
    pub(super) fps: Vec<Slot>,
    pub(super) width: Vec<Slot>,
    pub(super) height: Vec<Slot>,
    pub(super) first: Vec<Slot>,
    pub(super) last: Vec<Slot>,
    pub(super) references: Vec<Slot>,
    pub(super) audio: Vec<Slot>,
    pub(super) name: Vec<Slot>,
}

impl Slots {
    /// Finds the slots of `graph`: those of `map`, and what it leaves open.
    pub(super) fn find(graph: &Graph, map: &ComfyMap) -> Result<Self, ComfyError> {
        let named = |part: Part, texts: &[String], found: fn(&Graph) -> Vec<Slot>| {
            if texts.is_empty() { Ok(found(graph)) } else { named(graph, part, texts) }
        };
        let mut slots = Self {
            prompt: named(Part::Prompt, &map.prompt, |graph| words(graph, &["positive", "conditioning"]))?,
            negative: named(Part::Negative, &map.negative, |graph| words(graph, &["negative"]))?,
            seed: named(Part::Seed, &map.seed, seeds)?,
            frames: named(Part::Frames, &map.frames, |graph| pictures(graph, FRAMES))?,
            fps: named(Part::Fps, &map.fps, |graph| numbers(graph, FPS))?,
            width: named(Part::Width, &map.width, |graph| pictures(graph, &["width"]))?,
            height: named(Part::Height, &map.height, |graph| pictures(graph, &["height"]))?,
            first: named(Part::First, &map.first, |graph| stills(graph, FIRST))?,
            last: named(Part::Last, &map.last, |graph| stills(graph, LAST))?,
            references: named(Part::References, &map.references, |_| Vec::new())?,
            audio: named(Part::Audio, &map.audio, voice)?,
            name: named(Part::Name, &map.name, names)?,
        };
        // A negative that is the positive with its weight taken away is no place for words of its own.
        if map.negative.is_empty() {
            slots.negative.retain(|slot| !slots.prompt.contains(slot));
        }
        if map.references.is_empty() && map.first.is_empty() {
            let last = slots.last.clone();
            slots.first.retain(|slot| !last.contains(slot));
        }
        slots.first.retain(|slot| !slots.references.contains(slot));
        slots.last.retain(|slot| !slots.references.contains(slot));
        // Where nothing reads words there is nothing to tell: a film may be tried with noise.
        let reads_words = |id: &str| {
            let class = graph.class(id).unwrap_or_default();
            ["Sampler", "Guider", "TextEncode"].iter().any(|part| class.contains(part))
        };
        let is_told = !slots.prompt.is_empty() || !graph.ids().any(reads_words);
        if is_told { Ok(slots) } else { Err(ComfyError::NoPrompt) }
    }
}

/// The slots that `texts` name.
fn named(graph: &Graph, part: Part, texts: &[String]) -> Result<Vec<Slot>, ComfyError> {
    let mut slots = Vec::new();
    for text in texts {
        let bad = |why: String| ComfyError::BadMap { part, text: shown(text), why };
        let found = match text.strip_prefix("title:") {
            Some(titled) => by_title(graph, titled),
            None => Slot::read(text).into_iter().filter(|slot| graph.class(&slot.node).is_some()).collect(),
        };
        if found.is_empty() {
            return Err(bad("names no node of the workflow".to_owned()));
        }
        for slot in found {
            let Some(value) = graph.input(&slot.node, &slot.input) else {
                let has: Vec<&str> = graph.inputs(&slot.node).map(|(name, _)| name).collect();
                return Err(bad(format!(
                    "names an input that node {} does not have; it has {}",
                    slot.node,
                    shown(&has.join(", "))
                )));
            };
            if let Some(source) = link(value) {
                return Err(bad(format!(
                    "names an input that node {source} feeds: name an input of that one"
                )));
            }
            slots.push(slot);
        }
    }
    Ok(slots)
}

/// `API - PROMPT.text`: titles may have dots, and so may inputs.
fn by_title(graph: &Graph, text: &str) -> Vec<Slot> {
    let fits = |id: &str| {
        let input = text.strip_prefix(graph.title(id)?)?.strip_prefix('.')?;
        Some((graph.title(id)?.len(), Slot::new(id, input)))
    };
    let found: Vec<(usize, Slot)> = graph.ids().filter_map(fits).collect();
    let longest = found.iter().map(|(length, _)| *length).max();
    found.into_iter().filter(|(length, _)| Some(*length) == longest).map(|(_, slot)| slot).collect()
}

const FRAMES: &[&str] =
    &["length", "num_frames", "video_frames", "frames_number", "frame_count", "video_length"];
const FPS: &[&str] = &["fps", "frame_rate"];
const FIRST: &[&str] = &["start_image", "first_image", "first_frame", "start_frame", "first_frame_image"];
const LAST: &[&str] = &["end_image", "last_image", "last_frame", "end_frame", "last_frame_image"];
const TEXTS: &[&str] = &["text", "prompt", "positive_prompt", "value", "string"];
/// Classes that write a file, the likeliest first.
const SAVERS: &[&str] = &["SaveVideo", "VHS_VideoCombine", "SaveWEBM"];

/// The words that samplers and guiders are led by through the inputs `names`; none where that cannot be told.
fn words(graph: &Graph, names: &[&str]) -> Vec<Slot> {
    let mut found = Vec::new();
    for id in graph.ids() {
        let class = graph.class(id).unwrap_or_default();
        if !class.contains("Sampler") && !class.contains("Guider") {
            continue;
        }
        for name in names {
            if let Some(source) = graph.source(id, name) {
                found.extend(words_from(graph, source, name));
            }
        }
        // Wrappers take both texts in one node.
        let own = if names.contains(&"negative") { "negative_prompt" } else { "positive_prompt" };
        if let Some(source) = graph.source(id, "text_embeds")
            && let Some(slot) = graph.written(&Slot::new(source, own), Value::is_string)
        {
            found.push(slot);
        }
    }
    found.sort();
    found.dedup();
    if found.len() == 1 { found } else { Vec::new() }
}

/// Follows a conditioning back to where its words are written.
fn words_from(graph: &Graph, source: &str, name: &str) -> Option<Slot> {
    let mut node = source;
    for _ in 0..MOST_STEPS {
        if graph.class(node).is_some_and(|class| class.contains("ZeroOut")) {
            return None;
        }
        let mut texts = TEXTS.iter().map(|text| Slot::new(node, text));
        if let Some(slot) = texts.find_map(|slot| graph.written(&slot, Value::is_string)) {
            return Some(slot);
        }
        node = [name, "conditioning"].into_iter().find_map(|back| graph.source(node, back))?;
    }
    None
}

/// Every seed that is written in the workflow. Some write -1 for any.
fn seeds(graph: &Graph) -> Vec<Slot> {
    let is_whole = |value: &Value| value.is_u64() || value.is_i64();
    all(graph, |_, name| matches!(own_name(name), "seed" | "noise_seed"), is_whole)
}

fn numbers(graph: &Graph, names: &[&str]) -> Vec<Slot> {
    all(graph, |_, name| names.contains(&own_name(name)), Value::is_number)
}

/// `seed` of `model.seed`, an input of what was chosen for `model`.
fn own_name(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// Inputs of nodes that lay out the pictures: those that take width, height and a number of frames.
fn pictures(graph: &Graph, names: &[&str]) -> Vec<Slot> {
    let lays_out = |id: &str| {
        let has = |names: &[&str]| names.iter().any(|name| graph.input(id, name).is_some());
        has(&["width"]) && has(&["height"]) && has(FRAMES)
    };
    all(graph, |id, name| names.contains(&name) && lays_out(id), Value::is_number)
}

/// Where the inputs that `wanted` accepts are written, each once.
fn all(graph: &Graph, wanted: impl Fn(&str, &str) -> bool, is_kind: impl Fn(&Value) -> bool) -> Vec<Slot> {
    let mut found = Vec::new();
    for id in graph.ids() {
        for (name, _) in graph.inputs(id).filter(|(name, _)| wanted(id, name)) {
            found.extend(graph.written(&Slot::new(id, name), &is_kind));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The loaders that feed the inputs `names` with a still.
fn stills(graph: &Graph, names: &[&str]) -> Vec<Slot> {
    let makes_video =
        |class: &str| ["ImageToVideo", "ImgToVideo", "I2V"].iter().any(|part| class.contains(part));
    let mut found = Vec::new();
    for id in graph.ids() {
        let plain = makes_video(graph.class(id).unwrap_or_default()) && names.contains(&"start_image");
        for (name, value) in graph.inputs(id) {
            if names.contains(&name) || (plain && name == "image") {
                found.extend(link(value).and_then(|source| loader(graph, source)));
            }
        }
    }
    found.sort();
    found.dedup();
    if found.len() == 1 { found } else { Vec::new() }
}

/// Follows pictures back to the node that loads them.
fn loader(graph: &Graph, source: &str) -> Option<Slot> {
    let mut node = source;
    for _ in 0..MOST_STEPS {
        if graph.class(node).is_some_and(|class| class.starts_with("LoadImage")) {
            return Some(Slot::new(node, "image")).filter(|slot| graph.literal(slot).is_some());
        }
        node = ["image", "images", "pixels"].into_iter().find_map(|back| graph.source(node, back))?;
    }
    None
}

fn voice(graph: &Graph) -> Vec<Slot> {
    let loads = |id: &str, name: &str| name == "audio" && graph.class(id) == Some("LoadAudio");
    let found = all(graph, loads, Value::is_string);
    if found.len() == 1 { found } else { Vec::new() }
}

/// Every name that a file is saved under, videos first.
fn names(graph: &Graph) -> Vec<Slot> {
    let mut found = all(graph, |_, name| name == "filename_prefix", Value::is_string);
    let rank = |slot: &Slot| {
        let class = graph.class(&slot.node).unwrap_or_default();
        let is_likely = class.contains("Video") || class.contains("VHS");
        let known = SAVERS.iter().position(|saver| *saver == class);
        known.unwrap_or(if is_likely { SAVERS.len() } else { SAVERS.len() + 1 })
    };
    found.sort_by_key(rank);
    found
}

/// One text, or a list of them.
fn one_or_more<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "\"6.text\", or a list of such")]
    enum OneOrMore {
        One(String),
        More(Vec<String>),
    }
    Ok(match OneOrMore::deserialize(deserializer)? {
        OneOrMore::One(text) => vec![text],
        OneOrMore::More(texts) => texts,
    })
}

#[cfg(test)]
mod tests {
    use super::super::workflows::{IMAGE_TO_VIDEO, NOISE, TEXT_TO_VIDEO, WRAPPER};
    use super::*;

    fn found(workflow: &str, map: &str) -> Result<Slots, String> {
        let map: ComfyMap = toml::from_str(map).unwrap();
        Slots::find(&Graph::read(workflow).unwrap(), &map).map_err(|error| error.to_string())
    }

    fn shown(slots: &[Slot]) -> String {
        slots.iter().map(Slot::to_string).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_plain_workflow_needs_no_map() {
        let slots = found(TEXT_TO_VIDEO, "").unwrap();
        assert_eq!(shown(&slots.prompt), "6.text");
        assert_eq!(shown(&slots.negative), "7.text");
        assert_eq!(shown(&slots.seed), "57.noise_seed 58.noise_seed");
        assert_eq!(shown(&slots.frames), "61.length");
        assert_eq!(shown(&slots.width), "61.width");
        assert_eq!(shown(&slots.height), "61.height");
        assert_eq!(shown(&slots.fps), "60.fps");
        assert_eq!(shown(&slots.name), "9.filename_prefix");
        assert_eq!((slots.first, slots.audio), (vec![], vec![]));
    }

    #[test]
    fn stills_and_voices_are_followed_back_to_their_loaders() {
        let slots = found(IMAGE_TO_VIDEO, "").unwrap();
        assert_eq!(shown(&slots.prompt), "90.value", "the text is fed by a node of its own");
        assert_eq!(shown(&slots.negative), "", "an emptied positive is no negative");
        assert_eq!(shown(&slots.first), "52.image");
        assert_eq!(shown(&slots.last), "53.image");
        assert_eq!(shown(&slots.audio), "54.audio");
        assert_eq!(shown(&slots.seed), "91.value");
        let slots = found(WRAPPER, "").unwrap();
        assert_eq!(
            (shown(&slots.prompt), shown(&slots.negative)),
            ("16.positive_prompt".into(), "16.negative_prompt".into())
        );
        assert_eq!(shown(&slots.frames), "20.num_frames");
    }

    #[test]
    fn a_workflow_that_reads_no_words_is_one_all_the_same() {
        let slots = found(NOISE, r#"frames = "2.amount""#).unwrap();
        assert_eq!((shown(&slots.prompt), shown(&slots.seed)), (String::new(), "3.seed".to_owned()));
        assert_eq!((shown(&slots.frames), shown(&slots.fps)), ("2.amount".to_owned(), "4.fps".to_owned()));
    }

    #[test]
    fn the_map_is_followed_before_anything_is_guessed() {
        let map = r#"prompt = "title:API - PROMPT.v2.text"
                     seed = ["57.noise_seed"]
                     negative = "7.text""#;
        let slots = found(TEXT_TO_VIDEO, map).unwrap();
        assert_eq!(shown(&slots.prompt), "6.text");
        assert_eq!(shown(&slots.seed), "57.noise_seed");
    }

    #[test]
    fn seeds_are_found_wherever_they_are_written() {
        let text = r#"{"57:1":{"class_type":"Seed (rgthree)","inputs":{"seed":-1}},
                       "57:2":{"class_type":"Hired","inputs":{"model":"a","model.seed":7,"model.fps":24}},
                       "57:3":{"class_type":"SaveImage","inputs":{"filename_prefix":"a"}},
                       "57:4":{"class_type":"MyVideoSaver","inputs":{"filename_prefix":"b"}},
                       "57:5":{"class_type":"SaveWEBM","inputs":{"filename_prefix":"c"}}}"#;
        let slots = found(text, "").unwrap();
        assert_eq!(shown(&slots.seed), "57:1.seed 57:2.model.seed");
        assert_eq!(shown(&slots.fps), "57:2.model.fps");
        assert_eq!(
            shown(&slots.name),
            "57:5.filename_prefix 57:4.filename_prefix 57:3.filename_prefix",
            "the likeliest take is the first"
        );
        let slots = found(text, r#"seed = "57:2.model.seed""#).unwrap();
        assert_eq!(shown(&slots.seed), "57:2.model.seed", "nodes of subgraphs have ids with colons");
    }

    #[test]
    fn a_map_that_is_wrong_says_where() {
        for (map, why) in [
            (r#"prompt = "99.text""#, "`prompt = \"99.text\"` names no node"),
            (r#"prompt = "text""#, "names no node"),
            (r#"prompt = "title:NOBODY.text""#, "names no node"),
            (r#"prompt = "6.words""#, "does not have; it has clip, text"),
            (r#"prompt = "57.positive""#, "names an input that node 6 feeds"),
        ] {
            let error = found(TEXT_TO_VIDEO, map).unwrap_err();
            assert!(error.contains(why), "{error}, not {why}");
        }
        let two = TEXT_TO_VIDEO.replace("\"positive\": [", "\"positif\": [");
        assert_eq!(found(&two, "").unwrap_err(), "where the prompt goes into the workflow cannot be told");
        assert!(toml::from_str::<ComfyMap>(r#"promt = "6.text""#).is_err());
    }

    #[test]
    fn no_workflow_breaks_us() {
        let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/comfy_graphs");
        let map: ComfyMap = toml::from_str(r#"seed = "title:SEED.value""#).unwrap();
        soundlock_testing::fuzz(&corpus, 34, 600, |bytes| {
            let Ok(graph) = Graph::read(&String::from_utf8_lossy(bytes)) else { return };
            for map in [&map, &ComfyMap::default()] {
                let Ok(slots) = Slots::find(&graph, map) else { continue };
                let mut filled = graph.clone();
                for slot in slots.prompt.iter().chain(&slots.seed).chain(&slots.frames) {
                    assert!(filled.literal(slot).is_some(), "{slot} is a link or is not there");
                    filled.set(slot, Value::from(7));
                    assert_eq!(filled.literal(slot), Some(&Value::from(7)));
                }
            }
        });
    }
}
