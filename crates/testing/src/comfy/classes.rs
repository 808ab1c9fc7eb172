//! Nodes that the test server has, as `/object_info` tells of them, and graphs held against them as ComfyUI does it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// `/object_info` of ComfyUI 0.8.0, cut down to the nodes that tests use.
///
/// # Panics
/// Never: the file is well formed.
pub fn comfy_classes() -> Value {
    serde_json::from_str(include_str!("classes.json")).expect("the file is well formed")
}

/// The same as newer versions have them: savers whose format brings inputs of its own, and a node for a model that is hired.
pub(super) fn make_newer(classes: &mut Value) {
    let set = |key: &str, inputs: Value| json!({"key": key, "inputs": {"required": inputs}});
    let crf = json!({"crf": ["FLOAT", {"default": 23.0, "min": 0.0, "max": 51.0, "step": 1.0}]});
    let encoding =
        json!(["COMFY_DYNAMICCOMBO_V3", {"options": [set("auto", json!({})), set("re-encode", crf)]}]);
    let with_encoding =
        |name: &str| json!({"key": name, "inputs": {"required": {}, "optional": {"encoding": encoding}}});
    let codec = |names: &[&str]| {
        let options: Vec<Value> = names.iter().map(|name| with_encoding(name)).collect();
        json!(["COMFY_DYNAMICCOMBO_V3", {"options": options}])
    };
    let all = codec(&["auto", "h264", "av1"]);
    let formats = ["auto", "mp4", "mkv"].map(|name| set(name, json!({"codec": all})));
    let formats: Vec<Value> =
        formats.into_iter().chain([set("webm", json!({"codec": codec(&["auto", "av1"])}))]).collect();
    let saver = &mut classes["SaveVideo"];
    saver["input"] = json!({
        "required": {"video": ["VIDEO", {}], "filename_prefix": ["STRING", {"default": "video/ComfyUI"}],
                     "format": ["COMFY_DYNAMICCOMBO_V3", {"options": formats}]},
        "optional": {"codec": all},
        "hidden": {"prompt": ["PROMPT"], "extra_pnginfo": ["EXTRA_PNGINFO"]},
    });
    saver["output"] = json!(["VIDEO"]);
    classes["CreateVideo"]["input"]["optional"]["bit_depth"] =
        json!(["COMBO", {"default": "auto", "options": ["auto", 8, 10]}]);
}

const DYNAMIC: &str = "COMFY_DYNAMICCOMBO_V3";

/// What was chosen for an input that brings inputs of its own.
fn chosen<'t>(node: &Value, name: &str, takes: &'t Value) -> Option<&'t Value> {
    let sets = takes[1]["options"].as_array().filter(|_| takes[0] == DYNAMIC);
    sets.into_iter().flatten().find(|set| set["key"] == node["inputs"][name])
}

/// Whether a node breaks when it is called: nothing that there is was chosen for an input that brings its own.
pub(super) fn cannot_be_called(node: &Value, classes: &Value) -> bool {
    let takes = info(classes, node)["input"]["required"].as_object().into_iter().flatten();
    takes.into_iter().any(|(name, takes)| takes[0] == DYNAMIC && chosen(node, name, takes).is_none())
}

/// What a node takes, with what is chosen in it resolved: `format` brings `format.codec`.
fn takes_of(node: &Value, info: &Value) -> Vec<(String, bool, Value)> {
    fn resolve(node: &Value, inputs: &Value, before: &str, found: &mut Vec<(String, bool, Value)>) {
        for (kind, is_required) in [("required", true), ("optional", false)] {
            for (name, takes) in inputs[kind].as_object().into_iter().flatten() {
                let name = format!("{before}{name}");
                if let Some(chosen) = chosen(node, &name, takes) {
                    resolve(node, &chosen["inputs"], &format!("{name}."), found);
                }
                // What was not chosen is not missed before the node is called.
                found.push((name, is_required && takes[0] != DYNAMIC, takes.clone()));
            }
        }
    }
    let mut found = Vec::new();
    resolve(node, &info["input"], "", &mut found);
    found
}

/// What ComfyUI says of a graph.
pub(super) enum Held {
    /// These outputs are made; what is wrong with others.
    Good(Vec<String>, Map<String, Value>),
    /// Nothing is made: the body of a 400.
    Bad(Value),
}

/// Holds a graph against `classes`; `inputs` are the files that were uploaded. Newer versions name what is missing otherwise.
pub(super) fn held(graph: &Value, classes: &Value, inputs: &[String], is_new: bool) -> Held {
    let bad = |kind: &str, message: &str, details: &str| {
        Held::Bad(
            json!({"error": {"type": kind, "message": message, "details": details, "extra_info": {}}, "node_errors": {}}),
        )
    };
    let nodes = graph.as_object().cloned().unwrap_or_default();
    for (id, node) in &nodes {
        let Some(class) = node.get("class_type").and_then(Value::as_str) else {
            let message = "Cannot execute because a node is missing the class_type property.";
            return bad("invalid_prompt", message, &format!("Node ID '#{id}'"));
        };
        if classes.get(class).is_none() {
            let details = format!("Node ID '#{id}'");
            if is_new {
                let message = format!("Node '{class}' not found. The custom node may not be installed.");
                return bad("missing_node_type", &message, &details);
            }
            let message = format!("Cannot execute because node {class} does not exist.");
            return bad("invalid_prompt", &message, &details);
        }
    }
    let is_output = |node: &Value| info(classes, node)["output_node"] == json!(true);
    let outputs: Vec<&String> = nodes.iter().filter(|(_, node)| is_output(node)).map(|(id, _)| id).collect();
    if outputs.is_empty() {
        return bad("prompt_no_outputs", "Prompt has no outputs", "");
    }
    let (mut good, mut errors) = (Vec::new(), Map::new());
    for output in outputs {
        let mut found = BTreeMap::new();
        walk(&nodes, classes, inputs, output, &mut found);
        found.retain(|_, faults| !faults.is_empty());
        if found.is_empty() {
            good.push(output.clone());
        }
        for (id, faults) in found {
            let class = nodes[&id]["class_type"].clone();
            let entry = errors
                .entry(id)
                .or_insert_with(|| json!({"errors": faults, "dependent_outputs": [], "class_type": class}));
            if let Some(dependent) = entry["dependent_outputs"].as_array_mut() {
                dependent.push(json!(output));
            }
        }
    }
    if good.is_empty() {
        let error = json!({"type": "prompt_outputs_failed_validation", "message": "Prompt outputs failed validation", "details": "", "extra_info": {}});
        return Held::Bad(json!({"error": error, "node_errors": errors}));
    }
    Held::Good(good, errors)
}

fn info<'c>(classes: &'c Value, node: &Value) -> &'c Value {
    &classes[node["class_type"].as_str().unwrap_or_default()]
}

fn fault(kind: &str, message: &str, details: &str, input: &str, more: &Value) -> Value {
    json!({"type": kind, "message": message, "details": details, "extra_info": {"input_name": input, "received_value": more}})
}

fn walk(
    nodes: &Map<String, Value>,
    classes: &Value,
    inputs: &[String],
    id: &str,
    found: &mut BTreeMap<String, Vec<Value>>,
) {
    if found.contains_key(id) {
        return;
    }
    found.insert(id.to_owned(), Vec::new());
    let (node, info) = (&nodes[id], info(classes, &nodes[id]));
    let mut faults = Vec::new();
    for (name, is_required, takes) in takes_of(node, info) {
        let (name, takes) = (name.as_str(), &takes);
        match node["inputs"].get(name) {
            None if is_required => {
                let message = "Required input is missing";
                faults.push(fault("required_input_missing", message, name, name, &Value::Null));
            }
            None => {}
            Some(value) => match value.as_array().map(Vec::as_slice) {
                Some([Value::String(source), Value::Number(slot)]) if nodes.contains_key(source) => {
                    let slot = slot.as_u64().unwrap_or_default() as usize;
                    let gives = &self::info(classes, &nodes[source])["output"][slot];
                    if gives != &takes[0] && !(takes[0].is_array() && gives == "STRING") {
                        let details =
                            format!("{name}, received_type({gives}) mismatch input_type({})", takes[0]);
                        let message = "Return type mismatch between linked nodes";
                        faults.push(fault("return_type_mismatch", message, &details, name, value));
                    }
                    walk(nodes, classes, inputs, source, found);
                }
                Some([Value::String(source), Value::Number(_)]) => {
                    let mut dangling = fault(
                        "exception_during_inner_validation",
                        "Exception when validating inner node",
                        &format!("'{source}'"),
                        name,
                        value,
                    );
                    dangling["extra_info"]["traceback"] =
                        json!(["  File \"/opt/ComfyUI/execution.py\", line 900"]);
                    faults.push(dangling);
                }
                _ => faults.extend(value_fault(node, name, value, takes, inputs)),
            },
        }
    }
    found.insert(id.to_owned(), faults);
}

fn value_fault(node: &Value, name: &str, value: &Value, takes: &Value, inputs: &[String]) -> Option<Value> {
    let (kind, options) = (&takes[0], &takes[1]);
    if kind == DYNAMIC {
        return None;
    }
    let choices = kind.as_array().or_else(|| options["options"].as_array());
    if let Some(choices) = choices {
        let is_set = |flag: &&str| options[*flag] == json!(true);
        // Some say nothing of uploads, and look for the file themselves.
        let looks =
            ["LoadImage", "LoadAudio", "VHS_LoadAudioUpload"].iter().any(|own| node["class_type"] == *own);
        let is_file = looks || ["image_upload", "audio_upload"].iter().any(is_set);
        let file = value.as_str().unwrap_or_default();
        return match is_file {
            true if inputs.iter().any(|known| known == file) => None,
            true => {
                let message = "Custom validation failed for node";
                Some(fault(
                    "custom_validation_failed",
                    message,
                    &format!("{name} - Invalid {name} file: {file}"),
                    name,
                    value,
                ))
            }
            false if choices.contains(value) => None,
            false => Some(fault(
                "value_not_in_list",
                "Value not in list",
                &format!("{name}: '{file}' not in list"),
                name,
                value,
            )),
        };
    }
    if !matches!(kind.as_str(), Some("INT" | "FLOAT")) {
        return None;
    }
    // "320" passes for a number.
    let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
    let Some(number) = number else {
        let message =
            format!("Failed to convert an input value to a {} value", kind.as_str().unwrap_or_default());
        return Some(fault("invalid_input_type", &message, name, name, value));
    };
    let (min, max) = (options["min"].as_f64(), options["max"].as_f64());
    if let Some(min) = min.filter(|min| number < *min) {
        let message = format!("Value {value} smaller than min of {min}");
        return Some(fault("value_smaller_than_min", &message, name, name, value));
    }
    max.filter(|max| number > *max).map(|max| {
        fault("value_bigger_than_max", &format!("Value {value} bigger than max of {max}"), name, name, value)
    })
}
