//! The continuity bible: what every shot is told, and what does not hold together.

use std::path::Path;

use serde::Serialize;
use soundlock_film::{Access, BibleFinding, BibleReport};
use soundlock_plan::bible::{Dressed, Reference, SceneSheet, ToldPlace, ToldProp};
use soundlock_plan::{Shot, Told};
use soundlock_script::{SceneId, Severity};

use crate::args::Arguments;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::studio;

/// Shows the bible of these scenes, all of them where none is named.
pub(super) fn run(arguments: &Arguments, scenes: &[String], output: &Output) -> Result<Exit, Failure> {
    let film = studio::film(arguments, output, Access::Look)?;
    let report = film.bible()?;
    let wanted = wanted(&report, scenes)?;
    for sheet in report.scenes.iter().filter(|sheet| wanted.contains(&&sheet.scene)) {
        say_scene(sheet, output)?;
        let here = |shot: &&Shot| shot.code.scene() == sheet.scene.as_str();
        report.shots.iter().filter(here).try_for_each(|shot| say_shot(shot, output))?;
    }
    if report.shots.is_empty() {
        output.say("nothing is cut yet: `soundlock plan` cuts it, and then each shot is shown too");
    }
    report.findings.iter().try_for_each(|finding| say_finding(finding, output))?;
    let errors = report.findings.iter().any(|finding| finding.severity == Severity::Error);
    output.line(match report.findings.len() {
        0 => "the bible holds together".to_owned(),
        1 => "1 thing does not hold together".to_owned(),
        count => format!("{count} things do not hold together"),
    })?;
    Ok(if errors { Exit::NotReady } else { Exit::Done })
}

fn wanted<'a>(report: &'a BibleReport, scenes: &[String]) -> Result<Vec<&'a SceneId>, Failure> {
    let all = || report.scenes.iter().map(|sheet| &sheet.scene);
    if scenes.is_empty() {
        return Ok(all().collect());
    }
    let find = |asked: &String| {
        all().find(|scene| scene.as_str().eq_ignore_ascii_case(asked)).ok_or_else(|| {
            let known: Vec<&str> = all().map(SceneId::as_str).collect();
            Failure::Asked {
                message: format!("the script has no scene {asked}"),
                hint: Some(format!("it has {}", known.join(", "))),
            }
        })
    };
    scenes.iter().map(find).collect()
}

fn say_scene(sheet: &SceneSheet, output: &Output) -> Result<(), Failure> {
    output.object("scene", sheet)?;
    let day = if sheet.new_day { ", a new day" } else { "" };
    output.line(format!("scene {}  {}{day}", sheet.scene, sheet.heading))?;
    say_place(&sheet.place, output)?;
    for person in &sheet.cast {
        row(&person.name, &person_words(person), output)?;
    }
    for prop in &sheet.props {
        row(&prop.name, &prop_words(prop), output)?;
    }
    for change in &sheet.changes {
        let state = if change.state.is_empty() { "as ever".to_owned() } else { change.state.join(", ") };
        row(&change.name, &format!("from line {} on: {state}", change.line), output)?;
    }
    say_references(&sheet.references, output)
}

fn say_place(place: &ToldPlace, output: &Output) -> Result<(), Failure> {
    let looks = if place.looks.is_empty() { "not described" } else { &place.looks };
    let words: Vec<&str> = std::iter::once(looks).chain(place.state.iter().map(String::as_str)).collect();
    row(&place.name, &words.join("; "), output)?;
    if place.light.is_empty() { Ok(()) } else { row("light", &place.light, output) }
}

fn say_references(references: &[Reference], output: &Output) -> Result<(), Failure> {
    references.iter().try_for_each(|still| row("still", &format!("{} ({})", still.file, still.of), output))
}

fn row(name: &str, words: &str, output: &Output) -> Result<(), Failure> {
    output.line(format!("  {name:12} {words}").trim_end())
}

fn person_words(person: &Dressed) -> String {
    let looks = if person.looks.is_empty() { "not described".to_owned() } else { person.looks.clone() };
    let wears = (!person.wears.is_empty()).then(|| format!("wears {}", person.wears));
    std::iter::once(looks).chain(wears).chain(person.state.iter().cloned()).collect::<Vec<_>>().join("; ")
}

fn prop_words(prop: &ToldProp) -> String {
    let looks = (!prop.looks.is_empty()).then(|| prop.looks.clone());
    looks.into_iter().chain(prop.state.iter().cloned()).collect::<Vec<_>>().join("; ")
}

fn say_shot(shot: &Shot, output: &Output) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Row<'a> {
        shot: String,
        size: &'static str,
        why: &'a str,
        sides: &'a [String],
        told: &'a Told,
    }
    let (code, size) = (shot.code.to_string(), shot.look.size.short());
    let (why, sides, told) = (&shot.why, &shot.look.present, &shot.told);
    output.object("told", &Row { shot: code.clone(), size, why, sides, told })?;
    output.line(format!("  {code}  {size:3} {}", told_words(told)).trim_end())
}

/// What a shot is told that may be another thing than in the shot before.
fn told_words(told: &Told) -> String {
    let named = |name: &str, state: &[String]| match state {
        [] => name.to_owned(),
        state => format!("{name} ({})", state.join(", ")),
    };
    let person = |person: &Dressed| {
        let wears = (!person.wears.is_empty()).then(|| person.wears.clone());
        named(&person.name, &wears.into_iter().chain(person.state.iter().cloned()).collect::<Vec<_>>())
    };
    let people = told.subjects.iter().map(person);
    let props = told.props.iter().map(|prop| named(&prop.name, &prop.state));
    let place = (!told.place.state.is_empty()).then(|| named(&told.place.name, &told.place.state));
    let words: Vec<String> = people.chain(props).chain(place).collect();
    if words.is_empty() { "nobody".to_owned() } else { words.join(", ") }
}

fn say_finding(finding: &BibleFinding, output: &Output) -> Result<(), Failure> {
    output.object("finding", finding)?;
    let word = match finding.severity {
        Severity::Hint => "hint",
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    output.line(format!("{}: {word}: {} [{}]", finding.place, finding.message, finding.rule))?;
    finding.hint.iter().try_for_each(|hint| output.line(format!("    {hint}")))
}

/// Writes the bible as a page beside the deliveries.
pub(super) fn page(arguments: &Arguments, file: &Path, output: &Output) -> Result<Exit, Failure> {
    let film = studio::film(arguments, output, Access::Look)?;
    let written = film.write_bible_page(file)?;
    output.object("page", &serde_json::json!({ "file": written }))?;
    output.line(written.display())?;
    Ok(Exit::Done)
}
