//! What a writer would want to know about a script that can be read all the same. Calm on good scripts.

mod korean;
mod names;

use std::collections::BTreeMap;

use crate::fountain::{Element, Fountain, Kind, heading_beginning};
use crate::{Finding, Heading, Severity};

/// Looks at a script as it is written.
pub(crate) fn lint(fountain: &Fountain) -> Vec<Finding> {
    let names = Names::of(fountain);
    let mut findings = Vec::new();
    let mut before: Option<&Element> = None;
    for (at, element) in fountain.elements.iter().enumerate() {
        let after = fountain.elements.get(at + 1);
        match &element.kind {
            Kind::Heading { .. } => findings.extend(heading(element, after)),
            Kind::Action { forced: false } => findings.extend(action(element, after, &names)),
            Kind::Lyric { voiced: false } => findings.extend(lyric(element, before)),
            _ => {}
        }
        findings.extend(korean::lint(element, &names));
        before = Some(element);
    }
    findings.extend(names::nearly_same(&names));
    findings
}

/// Who speaks in a script: how often, and where first.
struct Names<'a>(BTreeMap<&'a str, (usize, &'a Element)>);

impl<'a> Names<'a> {
    fn of(fountain: &'a Fountain) -> Self {
        let mut names = BTreeMap::new();
        for element in fountain.elements.iter().filter(|element| matches!(element.kind, Kind::Cue { .. })) {
            names.entry(element.text.as_str()).or_insert((0, element)).0 += 1;
        }
        Self(names)
    }

    fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

fn finding(
    severity: Severity,
    rule: &'static str,
    element: &Element,
    message: String,
    hint: String,
) -> Finding {
    Finding { severity, rule, span: element.span.clone(), message, hint: Some(hint) }
}

fn heading(element: &Element, after: Option<&Element>) -> Option<Finding> {
    if Heading::read(&element.text).place.is_empty() {
        let message = format!("the heading `{}` names no place", element.text);
        let hint = "write where it is: `INT. KITCHEN - NIGHT`".to_owned();
        return Some(finding(Severity::Warning, "heading-without-place", element, message, hint));
    }
    let runs_on = after.is_some_and(|after| matches!(after.kind, Kind::Action { .. }));
    runs_on.then(|| {
        let message = "no empty line follows the heading; other programs may read it as action".to_owned();
        finding(Severity::Hint, "heading-runs-on", element, message, "put an empty line after it".to_owned())
    })
}

/// Headings and names that became action.
fn action(element: &Element, after: Option<&Element>, names: &Names<'_>) -> Option<Finding> {
    let mut lines = element.text.lines();
    let first = lines.next().unwrap_or_default().trim();
    let is_heading = |line: &str| {
        heading_beginning(line).is_some_and(|start| !start.contains(char::is_lowercase)) && is_loud(line)
    };
    if let Some(line) = element.text.lines().skip(1).find(|line| is_heading(line.trim())) {
        let message = format!("`{}` stands directly below other words, and is read as action", line.trim());
        let hint = "put an empty line before a scene heading".to_owned();
        return Some(finding(Severity::Warning, "heading-below-words", element, message, hint));
    }
    let lonely = lines.next().is_none() && after.is_some_and(|after| after.kind == Kind::Blank);
    (lonely && names.has(first)).then(|| {
        let message = format!("{first} stands alone, and is read as action");
        let hint = "write the dialogue directly below the name, without an empty line between".to_owned();
        finding(Severity::Warning, "cue-without-dialogue", element, message, hint)
    })
}

/// Whether most of a line is in capitals.
fn is_loud(line: &str) -> bool {
    let small = line.chars().filter(|c| c.is_lowercase()).count();
    let capital = line.chars().filter(|c| c.is_uppercase()).count();
    capital > small
}

/// Only the first of several lyric lines is worth a word.
fn lyric(element: &Element, before: Option<&Element>) -> Option<Finding> {
    if before.is_some_and(|before| matches!(before.kind, Kind::Lyric { .. })) {
        return None;
    }
    let message = "nobody sings these words, so they will be seen and not heard".to_owned();
    let hint = "write the singer's name directly above".to_owned();
    Some(finding(Severity::Hint, "lyric-without-singer", element, message, hint))
}
