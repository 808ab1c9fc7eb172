//! A workflow as ComfyUI's API takes it: nodes by id, each with a class and inputs.

use serde_json::{Map, Value};
use soundlock_vault::Hash;

use super::ComfyError;

/// A workflow longer than this is none.
const MOST_BYTES: usize = 16 << 20;
const MOST_NODES: usize = 10_000;
/// Links that are followed from one node to the next, at most.
const MOST_STEPS: usize = 64;

/// A workflow in API format.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Graph(Map<String, Value>);

/// An input of a node that takes a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Slot {
    pub(super) node: String,
    pub(super) input: String,
}

impl Slot {
    pub(super) fn new(node: &str, input: &str) -> Self {
        Self { node: node.to_owned(), input: input.to_owned() }
    }

    /// `6.text` back; node ids have no dots.
    pub(super) fn read(text: &str) -> Option<Self> {
        text.split_once('.').map(|(node, input)| Self::new(node, input))
    }
}

impl std::fmt::Display for Slot {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}.{}", self.node, self.input)
    }
}

impl Graph {
    /// Reads a workflow, and says of one that was saved for the editor how to export it.
    pub(super) fn read(text: &str) -> Result<Self, ComfyError> {
        if text.len() > MOST_BYTES {
            return Err(ComfyError::NoWorkflow { why: format!("is longer than {MOST_BYTES} bytes") });
        }
        let value: Value = serde_json::from_str(text)
            .map_err(|error| ComfyError::NoWorkflow { why: format!("is not JSON ({error})") })?;
        Self::from_value(value)
    }

    /// The same from JSON that was read.
    pub(super) fn from_value(value: Value) -> Result<Self, ComfyError> {
        let no = |why: &str| ComfyError::NoWorkflow { why: why.to_owned() };
        let Value::Object(mut nodes) = value else { return Err(no("is no JSON object")) };
        if nodes.get("nodes").is_some_and(Value::is_array) {
            return Err(ComfyError::EditorFormat);
        }
        // As it is sent, or as some programs keep it.
        for name in ["prompt", "output"] {
            if let Some(Value::Object(inner)) = nodes.get(name)
                && !inner.contains_key("class_type")
            {
                nodes = inner.clone();
                break;
            }
        }
        if nodes.is_empty() || nodes.len() > MOST_NODES {
            return Err(no("has no nodes, or too many"));
        }
        for (id, node) in &nodes {
            let is_node = node.get("class_type").is_some_and(Value::is_string)
                && node.get("inputs").is_some_and(Value::is_object)
                && !id.contains('.');
            let has_inputs = node.get("inputs").is_some_and(Value::is_object);
            if has_inputs && node.get("class_type").is_none_or(Value::is_null) {
                let why = format!(
                    "has node `{}` without `class_type`: what brings it was not installed where it was exported",
                    shown(id)
                );
                return Err(ComfyError::NoWorkflow { why });
            }
            if !is_node {
                return Err(ComfyError::NoWorkflow {
                    why: format!("has `{}`, which is no node with `class_type` and `inputs`", shown(id)),
                });
            }
        }
        Ok(Self(nodes))
    }

    pub(super) fn to_value(&self) -> Value {
        Value::Object(self.0.clone())
    }

    /// BLAKE3 of its nodes, whatever order or white space they were written in.
    pub(super) fn hash(&self) -> Hash {
        Hash::of(Value::Object(self.0.clone()).to_string().as_bytes())
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(super) fn class(&self, id: &str) -> Option<&str> {
        self.0.get(id)?.get("class_type")?.as_str()
    }

    /// What somebody called a node.
    pub(super) fn title(&self, id: &str) -> Option<&str> {
        self.0.get(id)?.get("_meta")?.get("title")?.as_str()
    }

    pub(super) fn inputs(&self, id: &str) -> impl Iterator<Item = (&str, &Value)> {
        let inputs = self.0.get(id).and_then(|node| node.get("inputs")).and_then(Value::as_object);
        inputs.into_iter().flatten().map(|(name, value)| (name.as_str(), value))
    }

    pub(super) fn input(&self, id: &str, name: &str) -> Option<&Value> {
        self.0.get(id)?.get("inputs")?.get(name)
    }

    /// The node that an input gets its value from; `None` where it has one of its own.
    pub(super) fn source<'g>(&'g self, id: &str, name: &str) -> Option<&'g str> {
        self.input(id, name).and_then(link)
    }

    /// The value of an input that is no link.
    pub(super) fn literal(&self, slot: &Slot) -> Option<&Value> {
        self.input(&slot.node, &slot.input).filter(|value| link(value).is_none())
    }

    /// Gives an input a value. A link is never written over: it would cut the graph apart.
    pub(super) fn set(&mut self, slot: &Slot, value: Value) {
        let inputs = self.0.get_mut(&slot.node).and_then(|node| node.get_mut("inputs"));
        let input = inputs.and_then(|inputs| inputs.get_mut(&slot.input));
        if let Some(own) = input.filter(|own| link(own).is_none()) {
            *own = value;
        }
    }

    /// Puts `new` wherever an input is the text `old`.
    pub(super) fn rename(&mut self, old: &str, new: &str) {
        for (_, node) in &mut self.0 {
            let inputs = node.get_mut("inputs").and_then(Value::as_object_mut);
            for value in inputs.into_iter().flat_map(Map::values_mut) {
                if value.as_str() == Some(old) {
                    *value = Value::String(new.to_owned());
                }
            }
        }
    }

    /// Where an input's value is really written: itself, or, along links, the one input of that kind that a node far back has.
    /// `None` where the way parts, or ends in something that is worked out.
    pub(super) fn written(&self, slot: &Slot, is_kind: impl Fn(&Value) -> bool) -> Option<Slot> {
        let mut slot = slot.clone();
        for _ in 0..MOST_STEPS {
            let Some(source) = self.source(&slot.node, &slot.input) else {
                return self.literal(&slot).is_some_and(&is_kind).then_some(slot);
            };
            let fits = |(_, value): &(&str, &Value)| link(value).is_some() || is_kind(value);
            let mut inputs = self.inputs(source).filter(fits);
            match (inputs.next(), inputs.next()) {
                (Some((name, _)), None) => slot = Slot::new(source, name),
                _ => return None,
            }
        }
        None
    }
}

/// The node that a link, `["4", 0]`, leads to.
pub(super) fn link(value: &Value) -> Option<&str> {
    match value.as_array()?.as_slice() {
        [Value::String(node), Value::Number(_)] => Some(node),
        _ => None,
    }
}

/// As much of a foreign text as fits in a sentence.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 120;
    let line: String =
        text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(LONGEST + 1).collect();
    if line.chars().count() > LONGEST { line.chars().take(LONGEST).collect::<String>() + "…" } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_saved_for_the_editor_is_refused_with_the_way_out() {
        let error = Graph::read(r#"{"nodes":[{"id":1,"type":"KSampler"}],"links":[]}"#).unwrap_err();
        assert!(error.to_string().contains("for ComfyUI's editor"), "{error}");
        assert!(error.hint().unwrap().contains("Export (API)"), "{error}");
    }

    #[test]
    fn what_is_no_workflow_says_so() {
        for (text, why) in [
            ("", "is not JSON"),
            ("[]", "no JSON object"),
            ("{}", "no nodes"),
            (r#"{"3":{"class_type":"KSampler"}}"#, "`3`, which is no node"),
            (r#"{"3":{"class_type":"K","inputs":{}},"version":0.4}"#, "`version`, which is no node"),
            (
                r#"{"3":{"inputs":{"a":1},"_meta":{"title":"Lost"}}}"#,
                "was not installed where it was exported",
            ),
        ] {
            let error = Graph::read(text).unwrap_err().to_string();
            assert!(error.contains(why), "{error}, not {why}");
        }
        assert!(Graph::read(&"[".repeat(100_000)).is_err());
        for name in ["prompt", "output"] {
            let text = format!(
                r#"{{"{name}":{{"3":{{"class_type":"K","inputs":{{}}}}}},"workflow":{{"nodes":[]}}}}"#
            );
            assert_eq!(Graph::read(&text).unwrap().class("3"), Some("K"));
        }
    }

    #[test]
    fn links_are_never_written_over() {
        let text = r#"{"1":{"class_type":"A","inputs":{"text":["2",0],"seed":1}},
                       "2":{"class_type":"Primitive","inputs":{"value":"a"}}}"#;
        let mut graph = Graph::read(text).unwrap();
        graph.set(&Slot::new("1", "text"), "b".into());
        graph.set(&Slot::new("1", "seed"), 7.into());
        graph.set(&Slot::new("1", "other"), 7.into());
        assert_eq!(graph.source("1", "text"), Some("2"));
        assert_eq!(graph.input("1", "seed"), Some(&7.into()));
        assert_eq!(graph.input("1", "other"), None);
        let written = graph.written(&Slot::new("1", "text"), Value::is_string);
        assert_eq!(written, Some(Slot::new("2", "value")));
    }

    #[test]
    fn a_graph_that_runs_in_circles_has_no_beginning() {
        let text = r#"{"1":{"class_type":"A","inputs":{"text":["2",0]}},"2":{"class_type":"A","inputs":{"text":["1",0]}}}"#;
        let graph = Graph::read(text).unwrap();
        assert_eq!(graph.written(&Slot::new("1", "text"), Value::is_string), None);
    }
}
