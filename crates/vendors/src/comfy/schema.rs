//! What a server says of its nodes (`/object_info`), and a graph held against it before anything is queued.

use std::collections::BTreeMap;

use serde_json::{Number, Value, json};

use super::graph::{Graph, Slot, link, shown};

/// Choices named in an error, at most.
const MOST_NAMED: usize = 6;
/// Faults named in an error, at most.
const MOST_FAULTS: usize = 12;
/// How the files of models end.
const MODEL_FILES: [&str; 9] =
    [".safetensors", ".sft", ".gguf", ".ckpt", ".pt", ".pth", ".bin", ".onnx", ".engine"];

/// The classes of nodes that a server knows, as far as it was asked.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Schema(BTreeMap<String, Option<Class>>);

/// What a class of nodes takes.
#[derive(Debug, Clone, Default, PartialEq)]
struct Class {
    inputs: BTreeMap<String, Takes>,
}

/// What an input takes.
#[derive(Debug, Clone, PartialEq)]
enum Takes {
    /// One of these.
    Choice(Vec<Value>),
    /// A whole number, or any.
    Number { whole: bool, min: Option<f64>, max: Option<f64>, step: Option<f64> },
    /// Something that is not checked here.
    Other,
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

    /// Every class of `graph` that the server does not have, and every choice that it does not offer; a clause each.
    pub(super) fn faults(&self, graph: &Graph) -> Vec<String> {
        let mut missing: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut faults = Vec::new();
        for id in graph.ids() {
            let class = graph.class(id).unwrap_or_default();
            match self.0.get(class) {
                Some(Some(known)) => faults.extend(known.faults(graph, id)),
                Some(None) => missing.entry(class).or_default().push(id),
                None => {}
            }
        }
        let lacks = missing.iter().map(|(class, ids)| {
            format!("it has no node `{}` (node {}): install what brings it", shown(class), ids.join(", "))
        });
        lacks.chain(faults).take(MOST_FAULTS).collect()
    }

    /// Fits what `fitted` names to what the server takes, and gives what it changed, or what cannot be fitted.
    pub(super) fn fit(&self, graph: &mut Graph, fitted: &Fitted) -> Result<Vec<String>, Vec<String>> {
        let (mut changes, mut faults) = (Vec::new(), Vec::new());
        self.respell(graph);
        let ways =
            [(&fitted.upwards, Way::Upwards), (&fitted.seeds, Way::Fold), (&fitted.rates, Way::AsItIs)];
        for (slots, way) in ways {
            for slot in slots {
                let Some(takes) = self.takes(graph, slot) else { continue };
                let Some(value) = graph.literal(slot).filter(|value| value.is_number()).cloned() else {
                    continue;
                };
                match takes.fitted(&value, way) {
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
        self.0.get(graph.class(&slot.node)?)?.as_ref()?.inputs.get(&slot.input)
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
        let kinds = ["required", "optional"]
            .into_iter()
            .filter_map(|kind| class.get("input")?.get(kind)?.as_object());
        let inputs = kinds.flatten().map(|(name, takes)| (name.clone(), Takes::read(takes))).collect();
        Self { inputs }
    }

    fn faults(&self, graph: &Graph, id: &str) -> Vec<String> {
        let class = shown(graph.class(id).unwrap_or_default());
        let mut faults = Vec::new();
        for (name, value) in graph.inputs(id) {
            let (Some(Takes::Choice(choices)), None) = (self.inputs.get(name), link(value)) else { continue };
            if choices.iter().any(|choice| is_same(choice, value)) {
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
            Some(Value::String(kind)) if kind == "INT" => true,
            Some(Value::String(kind)) if kind == "FLOAT" => false,
            _ => return Self::Other,
        };
        let step = number("step").filter(|step| *step > 0.0);
        Self::Number { whole, min: number("min"), max: number("max"), step }
    }

    /// Files that are uploaded, and lists that the editor fetches from elsewhere, are not complete in here.
    fn choice(choices: &[Value], options: &Value) -> Self {
        let is_set = |name: &str| options.get(name).is_some_and(|value| value != &Value::Bool(false));
        let open = ["image_upload", "video_upload", "audio_upload", "file_upload", "remote", "multiselect"];
        if open.iter().any(|name| is_set(name)) { Self::Other } else { Self::Choice(choices.to_vec()) }
    }

    fn fitted(&self, value: &Value, way: Way) -> Result<Value, String> {
        let Self::Number { whole, min, max, step } = self else { return Ok(value.clone()) };
        if way == Way::Fold {
            return Ok(folded(value, *min, *max));
        }
        let wanted = value.as_f64().unwrap_or_default();
        let base = min.unwrap_or(0.0);
        let mut fit = wanted.max(base);
        // The grid of a whole number is what the model can do (4k+1 frames); that of a rate is the editor's alone.
        if let (true, Way::Upwards, Some(step)) = (*whole, way, step) {
            fit = base + ((fit - base) / step).ceil() * step;
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
        let faults = schema(&graph).faults(&graph).join("\n");
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
        assert_eq!(schema.faults(&graph), [""; 0]);
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
            let _ = schema.faults(&graph);
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
