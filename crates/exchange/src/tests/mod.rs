//! Edits that go out and come back, and edits as other programs write them.

mod back;
mod fuzz;
mod malformed;
mod programs;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::testing::TestEdit;
use crate::{Comparison, compare, otio, read};

/// `text` against the film.
fn compared(film: &TestEdit, text: &str) -> Comparison {
    let edit = film.edit();
    let foreign = read(text.as_bytes(), edit.cut_list.fps).unwrap();
    compare(&edit, &foreign, &BTreeSet::new()).unwrap()
}

/// Everything that is said of an edit: notes, refusals, changes.
fn said(comparison: &Comparison) -> Vec<String> {
    let remarks = comparison.remarks.iter().map(|remark| format!("note: {remark}"));
    let refused = comparison.refused.iter().map(|refusal| format!("refused: {refusal}"));
    remarks.chain(refused).chain(comparison.changes().map(ToString::to_string)).collect()
}

/// The film's own OpenTimelineIO, changed as an editor would change it.
fn edited(film: &TestEdit, change: impl FnOnce(&mut Value)) -> String {
    let mut timeline: Value = serde_json::from_str(&otio(&film.edit()).unwrap()).unwrap();
    change(&mut timeline);
    timeline.to_string()
}

/// The clips of picture.
fn clips(timeline: &mut Value) -> &mut Vec<Value> {
    timeline["tracks"]["children"][0]["children"].as_array_mut().unwrap()
}

/// Makes a clip begin `head` film frames later in its take and last `frames` longer.
fn trim(clip: &mut Value, head: f64, frames: f64) {
    let range = &mut clip["source_range"];
    let rate = range["start_time"]["rate"].as_f64().unwrap();
    let start = range["start_time"]["value"].as_f64().unwrap();
    range["start_time"]["value"] = (start + head * rate / 24.0).into();
    let length = range["duration"]["value"].as_f64().unwrap();
    range["duration"]["value"] = (length + frames).into();
}
