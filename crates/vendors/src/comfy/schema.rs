//! What a server says of its nodes (`/object_info`), and a graph held against it before anything is queued.

use std::collections::BTreeMap;

use serde_json::{Number, Value, json};

use super::graph::{Graph, Slot, link, shown};

/// Choices named in an error, at most.
const MOST_NAMED: usize = 6;
/// Faults named in an error, at most.
const MOST_FAULTS: usize = 12;
/// Whole numbers below this are exact as a float.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// Ends of graphs that write no take: stills, sound, and moving pictures that keep no rate and that few programs read.
const NO_VIDEOS: [&str; 16] = [
    "PreviewImage",
    "SaveImage",
    "SaveImageAdvanced",
    "SaveImageWebsocket",
    "SaveAnimatedWEBP",
    "SaveAnimatedPNG",
    "SaveSVGNode",
    "SaveLatent",
    "MaskPreview",
    "PreviewAny",
    "PreviewAudio",
    "SaveAudio",
    "SaveAudioMP3",
    "SaveAudioOpus",
    "SaveAudioAdvanced",
    "SaveText",
];
/// How the files of models end.
const MODEL_FILES: [&str; 9] =
    [".safetensors", ".sft", ".gguf", ".ckpt", ".pt", ".pth", ".bin", ".onnx", ".engine"];

/// The classes of nodes that a server knows, as far as it was asked.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Schema(BTreeMap<String, Option<Class>>);

/// What a class of nodes takes.
#[derive(Debug, Clone, Default, PartialEq)]
struct Class {
    inputs: Inputs,
    /// Inputs that something must be chosen for and that bring inputs of their own. Servers miss them only when they call the
    /// node, after all that is before it was made.
    chosen: Vec<String>,
    /// Whether a graph may end in it.
    is_end: bool,
}

type Inputs = BTreeMap<String, Takes>;

/// What an input takes.
#[derive(Debug, Clone, PartialEq)]
enum Takes {
    /// One of these.
    Choice(Vec<Value>),
    /// A file that is there, or comes by upload; those that the server names, which are not all.
    File(Vec<Value>),
    /// One of these, each with inputs of its own: with `model` there is `model.duration`.
    Sets(BTreeMap<String, Inputs>),
    /// A whole number, or any.
    Number { whole: bool, min: Option<f64>, max: Option<f64>, step: Option<f64> },
    /// Something that is not checked here.
    Other,
}

/// A file of the server's own that a graph names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) slot: Slot,
    pub(super) class: String,
    pub(super) file: String,
}

/// Which inputs of a graph carry an order, and so may be fitted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fitted {
    /// Frames and sizes: raised to the next that is taken.
    pub(super) upwards: Vec<Slot>,
    /// Seeds: folded into what is taken.
    pub(super) seeds: Vec<Slot>,
    /// Rates: taken as they are or not at all.
    pub(super) rates: Vec<Slot>,
}

impl Schema {
    /// Whether `class` was asked for.
    pub(super) fn knows(&self, class: &str) -> bool {
        self.0.contains_key(class)
    }

    /// Notes what the server answered to `/object_info/{class}`: `{}` where it does not have it.
    pub(super) fn learn(&mut self, class: &str, answer: &Value) {
        let read = answer.get(class).map(Class::read);
        self.0.insert(class.to_owned(), read);
    }

    /// Every class of `graph` that the server does not have, and every choice that it does not offer; a clause each. The
    /// files `given` come with the order, and are offered only once they are there.
    pub(super) fn faults(&self, graph: &Graph, given: &[String]) -> Vec<String> {
        let mut missing: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut faults = Vec::new();
        for id in graph.ids() {
            let class = graph.class(id).unwrap_or_default();
            match self.0.get(class) {
                Some(Some(known)) => faults.extend(known.faults(graph, id, given)),
                Some(None) => missing.entry(class).or_default().push(id),
                None => {}
            }
        }
        let lacks = missing.iter().map(|(class, ids)| {
            format!("it has no node `{}` (node {}): install what brings it", shown(class), ids.join(", "))
        });
        let whole = if missing.is_empty() { self.without_video(graph) } else { None };
        lacks.chain(faults).chain(whole).take(MOST_FAULTS).collect()
    }

    /// Why nothing that `graph` ends in is a video, where that is certain. Ends that nobody knows may well write one.
    fn without_video(&self, graph: &Graph) -> Option<String> {
        let known = |id: &str| self.0.get(graph.class(id)?)?.as_ref();
        let ends: Vec<&str> = graph.ids().filter(|id| known(id).is_some_and(|known| known.is_end)).collect();
        let class = |id: &str| graph.class(id).unwrap_or_default();
        if ends.is_empty() {
            return Some("nothing in it saves anything: let it end in SaveVideo".to_owned());
        }
        if !ends.iter().all(|id| NO_VIDEOS.contains(&class(id))) {
            return None;
        }
        let named: Vec<String> = ends.iter().map(|id| format!("{} (node {id})", class(id))).collect();
        Some(format!("it ends in {}, which makes no take: let it end in SaveVideo", named.join(", ")))
    }

    /// The files of its own that `graph` names and that the server does not name among those it has; it does not name all.
    pub(super) fn files(&self, graph: &Graph, given: &[String]) -> Vec<Named> {
        let inputs = graph.ids().flat_map(|id| graph.inputs(id).map(move |(name, _)| Slot::new(id, name)));
        let named = inputs.filter_map(|slot| {
            let Takes::File(choices) = self.takes(graph, &slot)? else { return None };
            let value = graph.literal(&slot).filter(|value| !choices.contains(value))?;
            // Who reaches out of the folder is judged by the server itself: it does not let us look there.
            let is_asked = |file: &&str| !file.contains("..") && !given.iter().any(|own| own == file);
            let file = value.as_str().filter(is_asked)?.to_owned();
            Some(Named { class: graph.class(&slot.node)?.to_owned(), slot, file })
        });
        named.collect()
    }

    /// Fits what `fitted` names to what the server takes, and gives what it changed, or what cannot be fitted.
    pub(super) fn fit(&self, graph: &mut Graph, fitted: &Fitted) -> Result<Vec<String>, Vec<String>> {
        let (mut changes, mut faults) = (Vec::new(), Vec::new());
        self.respell(graph);
        let ways =
            [(&fitted.upwards, Way::Upwards), (&fitted.seeds, Way::Fold), (&fitted.rates, Way::AsItIs)];
        for (slots, way) in ways {
            for slot in slots {
                let Some(value) = graph.literal(slot).filter(|value| value.is_number()).cloned() else {
                    continue;
                };
                let mut takes = self.takes(graph, slot).into_iter().chain(self.taken_further(graph, slot));
                let fit = takes.try_fold(value.clone(), |value, takes| takes.fitted(&value, way));
                drop(takes);
                match fit {
                    Ok(fit) if fit == value => {}
                    Ok(fit) => {
                        // Seeds are told by themselves, and a number written otherwise is the same number.
                        if way != Way::Fold && fit.as_f64() != value.as_f64() {
                            changes.push(format!("{slot} {value} → {fit}"));
                        }
                        graph.set(slot, fit);
                    }
                    Err(why) => faults.push(format!("node {} ({}): {why}", slot.node, slot.input)),
                }
            }
        }
        if faults.is_empty() { Ok(changes) } else { Err(faults) }
    }

    fn takes(&self, graph: &Graph, slot: &Slot) -> Option<&Takes> {
        self.0.get(graph.class(&slot.node)?)?.as_ref()?.takes(graph, &slot.node, &slot.input)
    }

    /// What those take that a value is handed on to: a node with nothing in it but a number knows no grid, who gets it does.
    fn taken_further<'s>(&'s self, graph: &'s Graph, slot: &'s Slot) -> impl Iterator<Item = &'s Takes> {
        let is_plain = graph.inputs(&slot.node).count() == 1;
        let inputs = graph.ids().flat_map(|id| graph.inputs(id).map(move |(name, value)| (id, name, value)));
        let fed = inputs.filter(move |(_, _, value)| is_plain && link(value) == Some(&slot.node));
        fed.filter_map(|(id, name, _)| self.takes(graph, &Slot::new(id, name)))
    }

    /// Servers on Windows name models with the other slash than those on Linux.
    fn respell(&self, graph: &mut Graph) {
        let mut spelled = Vec::new();
        for id in graph.ids() {
            for (name, value) in graph.inputs(id) {
                let slot = Slot::new(id, name);
                let (Some(Takes::Choice(choices)), Some(text)) = (self.takes(graph, &slot), value.as_str())
                else {
                    continue;
                };
                let same = |choice: &&Value| {
                    choice.as_str().is_some_and(|choice| choice.replace('\\', "/") == text.replace('\\', "/"))
                };
                if !choices.contains(value)
                    && let Some(own) = choices.iter().find(same)
                {
                    spelled.push((slot, own.clone()));
                }
            }
        }
        for (slot, own) in spelled {
            graph.set(&slot, own);
        }
    }
}

/// How a number is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Upwards,
    Fold,
    AsItIs,
}

impl Class {
    fn read(class: &Value) -> Self {
        let inputs = class.get("input").map(inputs_of).unwrap_or_default();
        let required = class.get("input").and_then(|input| input.get("required")?.as_object());
        let names = required.into_iter().flatten().map(|(name, _)| name);
        let chosen =
            names.filter(|name| matches!(inputs.get(*name), Some(Takes::Sets(_)))).cloned().collect();
        Self { inputs, chosen, is_end: class.get("output_node") == Some(&Value::Bool(true)) }
    }

    /// What an input takes; `model.duration` is one of what was chosen for `model`.
    fn takes(&self, graph: &Graph, id: &str, input: &str) -> Option<&Takes> {
        let (mut inputs, mut from) = (&self.inputs, 0);
        loop {
            if let Some(takes) = inputs.get(input.get(from..)?) {
                return Some(takes);
            }
            let end = from + input.get(from..)?.find('.')?;
            let Takes::Sets(sets) = inputs.get(input.get(from..end)?)? else { return None };
            inputs = sets.get(graph.input(id, input.get(..end)?)?.as_str()?)?;
            from = end + 1;
        }
    }

    fn faults(&self, graph: &Graph, id: &str, given: &[String]) -> Vec<String> {
        let class = shown(graph.class(id).unwrap_or_default());
        let lacks = self.chosen.iter().filter(|name| graph.input(id, name).is_none());
        let lack = |name: &String| format!("node {id} ({class}): nothing is chosen for {}", shown(name));
        let mut faults: Vec<String> = lacks.map(lack).collect();
        for (name, value) in graph.inputs(id).filter(|(_, value)| link(value).is_none()) {
            let names: Vec<Value>;
            let choices = match self.takes(graph, id, name) {
                Some(Takes::Choice(choices)) => choices,
                Some(Takes::Sets(sets)) => {
                    names = sets.keys().map(|name| json!(name)).collect();
                    &names
                }
                _ => continue,
            };
            let comes_along = value.as_str().is_some_and(|value| given.iter().any(|own| own == value));
            if comes_along || choices.iter().any(|choice| is_same(choice, value)) {
                continue;
            }
            let wanted = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let what = if is_model(&wanted) { "the model" } else { "the choice" };
            faults.push(format!(
                "node {id} ({class}): {what} `{}` of {} is not there; it has {}",
                shown(&wanted),
                shown(name),
                listed(choices)
            ));
        }
        faults
    }
}

impl Takes {
    fn read(takes: &Value) -> Self {
        let (kind, options) = (takes.get(0), takes.get(1).unwrap_or(&Value::Null));
        let number =
            |name: &str| options.get(name).and_then(Value::as_f64).filter(|number| number.is_finite());
        let whole = match kind {
            Some(Value::Array(choices)) => return Self::choice(choices, options),
            Some(Value::String(kind)) if kind == "COMBO" => {
                let choices = options.get("options").and_then(Value::as_array);
                return choices.map_or(Self::Other, |choices| Self::choice(choices, options));
            }
            Some(Value::String(kind)) if kind.starts_with("COMFY_DYNAMICCOMBO") => {
                return Self::sets(options);
            }
            Some(Value::String(kind)) if kind == "INT" => true,
            // Some take either: `FLOAT,INT`.
            Some(Value::String(kind))
                if kind.split(',').all(|kind| matches!(kind.trim(), "FLOAT" | "INT")) =>
            {
                false
            }
            _ => return Self::Other,
        };
        let step = number("step").filter(|step| *step > 0.0);
        Self::Number { whole, min: number("min"), max: number("max"), step }
    }

    /// Files that are uploaded, and lists that the editor fetches from elsewhere, are not complete in here.
    fn choice(choices: &[Value], options: &Value) -> Self {
        let is_set = |name: &str| options.get(name).is_some_and(|value| value != &Value::Bool(false));
        if ["file_upload", "remote", "remote_combo", "multiselect"].into_iter().any(is_set) {
            return Self::Other;
        }
        let is_file = ["image_upload", "video_upload", "audio_upload"].into_iter().any(is_set);
        if is_file { Self::File(choices.to_vec()) } else { Self::Choice(choices.to_vec()) }
    }

    fn sets(options: &Value) -> Self {
        let sets = options.get("options").and_then(Value::as_array).into_iter().flatten();
        let set = |set: &Value| {
            let inputs = set.get("inputs").map(inputs_of).unwrap_or_default();
            Some((set.get("key")?.as_str()?.to_owned(), inputs))
        };
        let sets: BTreeMap<String, Inputs> = sets.filter_map(set).collect();
        if sets.is_empty() { Self::Other } else { Self::Sets(sets) }
    }

    fn fitted(&self, value: &Value, way: Way) -> Result<Value, String> {
        let (whole, min, max, step) = match self {
            Self::Number { whole, min, max, step } => (whole, min, max, step),
            // Numbers that are chosen from a list are often written as words: `"24"`.
            Self::Choice(choices) => {
                let is_it = |choice: &&Value| {
                    let number = choice.as_str().and_then(|text| text.trim().parse::<f64>().ok());
                    number.is_some() && number == value.as_f64()
                };
                return Ok(choices.iter().find(is_it).unwrap_or(value).clone());
            }
            _ => return Ok(value.clone()),
        };
        if way == Way::Fold {
            return Ok(folded(value, *min, *max));
        }
        let wanted = value.as_f64().unwrap_or_default();
        let base = min.unwrap_or(0.0);
        let mut fit = wanted.max(base);
        // The grid of a whole number is what the model can do (4k+1 frames); that of a rate is the editor's alone. Where the
        // least is as good as none (-2^63), no grid can begin there.
        if let (true, Way::Upwards, Some(step)) = (*whole, way, step) {
            let first = if base.abs() < EXACT { base } else { 0.0 };
            fit = first + ((fit - first) / step).ceil() * step;
        }
        if *whole && fit.fract() != 0.0 {
            return Err(format!("it takes whole numbers only, not {wanted}"));
        }
        if way == Way::AsItIs && (fit - wanted).abs() > f64::EPSILON {
            return Err(format!("it takes no less than {base}, and {wanted} is wanted"));
        }
        match max {
            Some(max) if fit > *max => Err(format!("it takes no more than {max}, and {wanted} is wanted")),
            _ if *whole => Ok(json!(fit as i64)),
            _ => Ok(Number::from_f64(fit).map_or_else(|| value.clone(), Value::Number)),
        }
    }
}

/// The inputs in `{"required": {…}, "optional": {…}}`.
fn inputs_of(kinds: &Value) -> Inputs {
    let kinds = ["required", "optional"].into_iter().filter_map(|kind| kinds.get(kind)?.as_object());
    kinds.flatten().map(|(name, takes)| (name.clone(), Takes::read(takes))).collect()
}

/// A seed folded into a narrower range: clamped, every seed above it would be one and the same.
fn folded(value: &Value, min: Option<f64>, max: Option<f64>) -> Value {
    let Some(seed) = value.as_u64() else { return value.clone() };
    // A float as large as 2^64 saturates, and then every seed fits.
    let (low, high) = (min.unwrap_or(0.0).max(0.0) as u64, max.map_or(u64::MAX, |max| max.max(0.0) as u64));
    if (low..=high).contains(&seed) || high <= low {
        return value.clone();
    }
    let range = high - low;
    json!(if range == u64::MAX { seed } else { low + seed % (range + 1) })
}

fn is_same(choice: &Value, value: &Value) -> bool {
    choice == value || (choice.is_number() && choice.as_f64() == value.as_f64())
}

pub(super) fn is_model(text: &str) -> bool {
    let small = text.to_ascii_lowercase();
    MODEL_FILES.iter().any(|end| small.ends_with(end))
}

fn listed(choices: &[Value]) -> String {
    if choices.is_empty() {
        return "none".to_owned();
    }
    let name = |choice: &Value| shown(&choice.as_str().map_or_else(|| choice.to_string(), str::to_owned));
    let names: Vec<String> = choices.iter().take(MOST_NAMED).map(name).collect();
    let more = choices.len().saturating_sub(MOST_NAMED);
    if more == 0 { names.join(", ") } else { format!("{} and {more} more", names.join(", ")) }
}

#[cfg(test)]
mod tests {
    use soundlock_testing::comfy_classes;

    use super::super::workflows::TEXT_TO_VIDEO;
    use super::*;

    fn schema(graph: &Graph) -> Schema {
        let (mut schema, all) = (Schema::default(), comfy_classes());
        for id in graph.ids() {
            let class = graph.class(id).unwrap();
            schema.learn(class, &all.get(class).map_or(json!({}), |info| json!({ class: info })));
        }
        schema
    }

    #[test]
    fn what_a_server_lacks_is_named() {
        let text = TEXT_TO_VIDEO
            .replace("wan_2.1_vae", "wan_2.7_vae")
            .replace("EmptyHunyuanLatentVideo", "EmptyWan9Latent")
            .replace("\"simple\"", "\"simpler\"");
        let graph = Graph::read(&text).unwrap();
        let faults = schema(&graph).faults(&graph, &[]).join("\n");
        for said in [
            "it has no node `EmptyWan9Latent` (node 61): install what brings it",
            "node 39 (VAELoader): the model `wan_2.7_vae.safetensors` of vae_name is not there; it has",
            "node 57 (KSamplerAdvanced): the choice `simpler` of scheduler is not there; it has",
        ] {
            assert!(faults.contains(said), "{faults}\nlacks: {said}");
        }
    }

    #[test]
    fn a_model_is_found_by_either_slash() {
        let mut graph = Graph::read(TEXT_TO_VIDEO).unwrap();
        let schema = schema(&graph);
        schema.fit(&mut graph, &Fitted::default()).unwrap();
        assert_eq!(graph.input("83", "lora_name"), Some(&json!("wan/lightx2v_4steps.safetensors")));
        assert_eq!(schema.faults(&graph, &[]), [""; 0]);
    }

    #[test]
    fn frames_and_sizes_are_raised_to_the_grid() {
        let slot = |input: &str| Slot::new("61", input);
        for (frames, width, fit) in [
            (81, 640, Ok(vec![])),
            (80, 640, Ok(vec!["61.length 80 → 81"])),
            (82, 1079, Ok(vec!["61.length 82 → 85", "61.width 1079 → 1088"])),
            (1, 1, Ok(vec!["61.width 1 → 16"])),
            (20_000, 640, Err("node 61 (length): it takes no more than 16384, and 20000 is wanted")),
        ] {
            let mut graph = Graph::read(TEXT_TO_VIDEO).unwrap();
            graph.set(&slot("length"), json!(frames));
            graph.set(&slot("width"), json!(width));
            let fitted = Fitted { upwards: vec![slot("length"), slot("width")], ..Fitted::default() };
            let got = schema(&graph).fit(&mut graph, &fitted);
            match fit {
                Ok(changes) => assert_eq!(got.unwrap(), changes),
                Err(why) => assert_eq!(got.unwrap_err(), [why]),
            }
        }
    }

    #[test]
    fn numbers_are_of_the_right_kind() {
        let whole = Takes::Number { whole: true, min: Some(1.0), max: Some(120.0), step: Some(1.0) };
        let any = Takes::Number { whole: false, min: Some(1.0), max: Some(120.0), step: Some(1.0) };
        assert_eq!(whole.fitted(&json!(24.0), Way::AsItIs), Ok(json!(24)));
        assert!(whole.fitted(&json!(23.976), Way::AsItIs).unwrap_err().contains("whole numbers only"));
        assert_eq!(any.fitted(&json!(23.976), Way::AsItIs), Ok(json!(23.976)));
        assert!(any.fitted(&json!(240.0), Way::AsItIs).unwrap_err().contains("no more than 120"));
    }

    #[test]
    fn seeds_are_folded_and_stay_apart() {
        let narrow = Takes::Number { whole: true, min: Some(0.0), max: Some(999.0), step: None };
        let folded = |seed: u64| narrow.fitted(&json!(seed), Way::Fold).unwrap();
        assert_eq!((folded(7), folded(1001), folded(5_000_000_002)), (json!(7), json!(1), json!(2)));
        let wide = Takes::Number { whole: true, min: Some(0.0), max: Some(u64::MAX as f64), step: None };
        assert_eq!(wide.fitted(&json!(u64::MAX), Way::Fold), Ok(json!(u64::MAX)));
    }

    /// A schema of the classes in `classes`, and the graph of `text`.
    fn with(classes: &Value, text: &str) -> (Schema, Graph) {
        let mut schema = Schema::default();
        for class in classes.as_object().unwrap().keys() {
            schema.learn(class, classes);
        }
        (schema, Graph::read(text).unwrap())
    }

    #[test]
    fn what_is_chosen_brings_inputs_of_its_own() {
        let set = |key: &str, most: u32| {
            json!({"key": key, "inputs": {"required": {"seconds": ["INT", {"min": 2, "max": most, "step": 2}],
                                                     "size": ["COMBO", {"options": ["480p", "720p"]}]}}})
        };
        let classes = json!({"Hired": {"input": {"required": {
            "model": ["COMFY_DYNAMICCOMBO_V3", {"options": [set("small", 6), set("large", 10)]}]}}, "output_node": true}});
        let text = |model: &str, size: &str| {
            format!(
                r#"{{"1":{{"class_type":"Hired","inputs":{{"model":"{model}","model.seconds":7,"model.size":"{size}"}}}}}}"#
            )
        };
        let slot = Slot::new("1", "model.seconds");
        let fitted = Fitted { upwards: vec![slot.clone()], ..Fitted::default() };
        let (schema, mut graph) = with(&classes, &text("large", "720p"));
        assert_eq!(schema.faults(&graph, &[]), [""; 0]);
        assert_eq!(schema.fit(&mut graph, &fitted).unwrap(), ["1.model.seconds 7 → 8"]);
        let (schema, mut graph) = with(&classes, &text("small", "4k"));
        assert!(schema.fit(&mut graph, &fitted).unwrap_err()[0].contains("no more than 6"));
        assert!(
            schema.faults(&graph, &[])[0]
                .contains("the choice `4k` of model.size is not there; it has 480p, 720p")
        );
        let (schema, graph) = with(&classes, &text("huge", "720p"));
        assert!(
            schema.faults(&graph, &[])[0]
                .contains("the choice `huge` of model is not there; it has large, small")
        );
        let (schema, graph) = with(&classes, r#"{"1":{"class_type":"Hired","inputs":{}}}"#);
        assert_eq!(schema.faults(&graph, &[]), ["node 1 (Hired): nothing is chosen for model"]);
    }

    #[test]
    fn a_node_that_only_holds_a_number_is_fitted_to_who_gets_it() {
        let text = r#"{"1":{"class_type":"PrimitiveInt","inputs":{"value":50}},
            "2":{"class_type":"EmptyHunyuanLatentVideo","inputs":{"width":640,"height":640,"length":["1",0],"batch_size":1}}}"#;
        let mut graph = Graph::read(text).unwrap();
        let fitted = Fitted { upwards: vec![Slot::new("1", "value")], ..Fitted::default() };
        assert_eq!(schema(&graph).fit(&mut graph, &fitted).unwrap(), ["1.value 50 → 53"]);
        graph.set(&Slot::new("1", "value"), json!(20_000));
        assert!(schema(&graph).fit(&mut graph, &fitted).unwrap_err()[0].contains("no more than 16384"));
    }

    #[test]
    fn numbers_that_are_chosen_as_words_are_chosen() {
        let rate = Takes::Choice(vec![json!("16"), json!("24.0"), json!(30)]);
        assert_eq!(rate.fitted(&json!(24), Way::AsItIs), Ok(json!("24.0")));
        assert_eq!(rate.fitted(&json!(30), Way::AsItIs), Ok(json!(30)));
        assert_eq!(rate.fitted(&json!(25), Way::AsItIs), Ok(json!(25)), "and is then named as not there");
    }

    #[test]
    fn a_file_that_goes_along_is_offered_by_nobody_yet() {
        let text = r#"{"1":{"class_type":"VHS_LoadAudioUpload","inputs":{"audio":"soundlock-1.wav"}},
                       "2":{"class_type":"LoadImage","inputs":{"image":"style.png"}},
                       "4":{"class_type":"LoadImage","inputs":{"image":"../style.png"}},
                       "5":{"class_type":"LoadImage","inputs":{"image":"example.png"}},
                       "3":{"class_type":"LoadAudio","inputs":{"audio":"soundlock-1.wav"}}}"#;
        let graph = Graph::read(text).unwrap();
        let given = ["soundlock-1.wav".to_owned()];
        let faults = |given: &[String]| schema(&graph).faults(&graph, given).join("; ");
        assert!(!faults(&given).contains("VHS_LoadAudioUpload"), "{}", faults(&given));
        assert!(faults(&[]).contains("node 1 (VHS_LoadAudioUpload): the choice `soundlock-1.wav`"));
        let files = schema(&graph).files(&graph, &given);
        assert_eq!(files.iter().map(|named| named.file.as_str()).collect::<Vec<_>>(), ["style.png"]);
    }

    #[test]
    fn a_workflow_that_makes_no_video_says_so_before_it_runs() {
        let ends = |class: &str| {
            let text = format!(
                r#"{{"1":{{"class_type":"EmptyImage","inputs":{{}}}},"9":{{"class_type":"{class}","inputs":{{"images":["1",0]}}}}}}"#
            );
            let graph = Graph::read(&text).unwrap();
            schema(&graph).faults(&graph, &[]).join("; ")
        };
        for class in ["PreviewImage", "SaveImage", "SaveAnimatedWEBP"] {
            assert_eq!(
                ends(class),
                format!("it ends in {class} (node 9), which makes no take: let it end in SaveVideo")
            );
        }
        assert_eq!(ends("ImageScale"), "nothing in it saves anything: let it end in SaveVideo");
        assert_eq!((ends("SaveWEBM"), ends("VHS_VideoCombine")), (String::new(), String::new()));
    }

    /// Whatever a node says of its grid: never fewer than asked for, on the grid, and no step too far.
    #[test]
    fn a_number_is_raised_to_the_next_of_its_grid() {
        let leasts = [0_i64, 1, 5, 7, 16, -1, -4096, i64::MIN, i64::MIN + 1];
        for (least, step) in
            leasts.into_iter().flat_map(|least| [1, 3, 4, 8, 16, 17].map(|step| (least, step)))
        {
            let takes = Takes::read(&json!(["INT", {"min": least, "max": i64::MAX, "step": step}]));
            for wanted in 0..200_i64 {
                let fit = takes.fitted(&json!(wanted), Way::Upwards).unwrap().as_i64().unwrap();
                let first = if least < -(1 << 53) { 0 } else { least };
                assert!(fit >= wanted, "{wanted} of {least} by {step}: {fit}");
                assert_eq!((fit - first) % step, 0, "{wanted} of {least} by {step}: {fit}");
                assert!(fit - step < wanted.max(first), "{wanted} of {least} by {step}: {fit}");
            }
        }
    }

    #[test]
    fn no_schema_breaks_us() {
        let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/comfy_schema");
        let slots = |inputs: &[&str]| inputs.iter().map(|input| Slot::new("1", input)).collect();
        let fitted =
            Fitted { upwards: slots(&["length", "width"]), seeds: slots(&["seed"]), rates: slots(&["fps"]) };
        let graph = r#"{"1":{"class_type":"All","inputs":{"length":81,"width":640,"seed":18446744073709551615,"fps":23.976,"model":"a.gguf"}}}"#;
        soundlock_testing::fuzz(&corpus, 35, 3000, |bytes| {
            let Ok(answer) = serde_json::from_slice::<Value>(bytes) else { return };
            let (mut schema, mut graph) = (Schema::default(), Graph::read(graph).unwrap());
            schema.learn("All", &answer);
            let _ = (schema.faults(&graph, &[]), schema.files(&graph, &[]));
            if schema.fit(&mut graph, &fitted).is_ok() {
                let number =
                    |input: &str| graph.literal(&Slot::new("1", input)).and_then(Value::as_f64).unwrap();
                assert!(
                    number("length") >= 81.0 && number("width") >= 640.0,
                    "never fewer than were asked for"
                );
            }
        });
    }
}
