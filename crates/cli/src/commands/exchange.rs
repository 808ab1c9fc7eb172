//! The shot list, and edits that come back from other programs.

use std::path::Path;

use soundlock_exchange::{Change, Comparison};
use soundlock_film::Access;

use crate::args::Arguments;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::studio;

/// Writes the shot list.
pub(super) fn shots(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let mut film = studio::film(arguments, output, Access::Make)?;
    let files = film.shot_list()?;
    let stills = files.len().saturating_sub(2);
    for file in files.iter().take(2) {
        output.object("file", &serde_json::json!({ "file": film.folder().relative(file) }))?;
        output.line(file.display())?;
    }
    output.say(match stills {
        0 => "without stills: no shot is made yet".to_owned(),
        some => format!("with {some} stills"),
    });
    Ok(Exit::Done)
}

/// Shows what an edit made elsewhere changes, and takes it over.
pub(super) fn conform(
    arguments: &Arguments,
    edit: &Path,
    (diff, yes): (bool, bool),
    output: &Output,
) -> Result<Exit, Failure> {
    let mut film = studio::film(arguments, output, Access::Make)?;
    let proposal = film.propose_conform(edit)?;
    say_comparison(&proposal.comparison, output)?;
    if proposal.comparison.scenes.is_empty() {
        output.line("nothing to take over: the film is cut as it is")?;
        return Ok(if proposal.comparison.refused.is_empty() { Exit::Done } else { Exit::NotReady });
    }
    if diff {
        output.line("nothing was changed; `soundlock conform` takes it over")?;
        return Ok(Exit::Done);
    }
    if !(yes || (output.can_ask() && Output::ask("take these changes over?"))) {
        let message = "the edit is not taken over, because nobody said yes".to_owned();
        let hint = Some(format!("`soundlock conform {} --yes` takes it over", edit.display()));
        return Err(Failure::NotReady { message, hint });
    }
    film.take_edit(&proposal)?;
    output.object("conformed", &serde_json::json!({ "changes": proposal.comparison.changes().count() }))?;
    output.line("the changes are in cuts.toml, set by hand; `soundlock make` makes the film so")?;
    Ok(Exit::Done)
}

fn say_comparison(comparison: &Comparison, output: &Output) -> Result<(), Failure> {
    for remark in &comparison.remarks {
        output.object("remark", &serde_json::json!({ "what": remark.to_string() }))?;
        output.line(format!("  note: {remark}"))?;
    }
    for refusal in &comparison.refused {
        output.object(
            "refused",
            &serde_json::json!({ "scene": refusal.scene(), "what": refusal.to_string() }),
        )?;
        output.line(format!("  refused: {refusal}"))?;
    }
    for scene in &comparison.scenes {
        output.line(format!("scene {}", scene.scene))?;
        for change in &scene.changes {
            output
                .object("change", &serde_json::json!({ "scene": scene.scene, "what": change.to_string() }))?;
            output.line(format!("  {} {change}", sign(change)))?;
        }
    }
    Ok(())
}

/// As a diff marks it.
fn sign(change: &Change) -> char {
    match change {
        Change::Drop { .. } => '-',
        Change::Split { .. } => '+',
        _ => '~',
    }
}
