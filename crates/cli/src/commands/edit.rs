//! The cut list changed by command.

use soundlock_film::{Access, EditProposal, Film, FilmError, Point, Question};
use soundlock_plan::edit::{Change, Edit};
use soundlock_plan::{Shot, ShotCode};
use soundlock_time::Timecode;

use crate::args::{self, Arguments};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::studio;

/// Cuts a shot in two.
pub(super) fn cut(
    arguments: &Arguments,
    shot: &str,
    at: &str,
    yes: bool,
    output: &Output,
) -> Result<Exit, Failure> {
    let film = studio::film(arguments, output, Access::Make)?;
    let shot = super::shots::code(&film, shot)?;
    let at = film.frame_in_shot(&shot, point(&film, at)?)?;
    apply(&film, &Edit::Cut { shot, at }, yes, output)
}

/// A frame of the shot, or of the film.
fn point(film: &Film, text: &str) -> Result<Point, Failure> {
    if let Ok(frame) = text.parse() {
        return Ok(Point::Shot(frame));
    }
    match film.question(text) {
        Ok(Question::Frame(frame)) => Ok(Point::Film(frame)),
        Ok(Question::Shot(_)) | Err(FilmError::NoSuchShot { .. }) => Err(Failure::Asked {
            message: format!("`{text}` is no frame"),
            hint: Some("write a frame of the shot (57) or a timecode of the film (00:01:02:03)".to_owned()),
        }),
        Err(error) => Err(error.into()),
    }
}

/// Joins two neighbours.
pub(super) fn merge(
    arguments: &Arguments,
    first: &str,
    second: &str,
    yes: bool,
    output: &Output,
) -> Result<Exit, Failure> {
    let film = studio::film(arguments, output, Access::Make)?;
    let (first, second) = (super::shots::code(&film, first)?, super::shots::code(&film, second)?);
    apply(&film, &Edit::Merge { first, second }, yes, output)
}

/// Moves a cut.
pub(super) fn move_in(
    arguments: &Arguments,
    shot: &str,
    by: i64,
    yes: bool,
    output: &Output,
) -> Result<Exit, Failure> {
    let film = studio::film(arguments, output, Access::Make)?;
    let shot = super::shots::code(&film, shot)?;
    apply(&film, &Edit::Move { shot, by }, yes, output)
}

/// Keeps the cuts of a shot, or gives them back.
pub(super) fn pin(arguments: &Arguments, shot: &str, unpin: bool, output: &Output) -> Result<Exit, Failure> {
    let film = studio::film(arguments, output, Access::Make)?;
    let shot = super::shots::code(&film, shot)?;
    apply(&film, &Edit::Pin { shot, pinned: !unpin }, false, output)
}

/// Says what a shot shows, or changes it.
pub(super) fn shot(arguments: &Arguments, asked: &args::Shot, output: &Output) -> Result<Exit, Failure> {
    let changes = changes(asked);
    if changes.is_empty() {
        let film = studio::film(arguments, output, Access::Look)?;
        let code = super::shots::code(&film, &asked.code)?;
        return say_fields(&film.explain(&Question::Shot(code))?.shot, &film, output);
    }
    let film = studio::film(arguments, output, Access::Make)?;
    let shot = super::shots::code(&film, &asked.code)?;
    apply(&film, &Edit::Look { shot, changes }, asked.sure.yes, output)
}

fn changes(asked: &args::Shot) -> Vec<Change> {
    let subjects = asked.subjects.as_ref().map(|names| {
        let names = names.iter().map(|name| name.trim().to_owned());
        Change::Subjects(names.filter(|name| !name.is_empty()).collect())
    });
    let set = [
        asked.size.map(Change::Size),
        asked.angle.map(Change::Angle),
        asked.movement.map(Change::Movement),
        subjects,
        asked.action.clone().map(Change::Action),
        asked.prompt.clone().map(Change::Prompt),
        asked.negative.clone().map(Change::Negative),
        asked.generator.clone().map(Change::Generator),
    ];
    set.into_iter().flatten().chain(asked.auto.iter().copied().map(Change::Auto)).collect()
}

fn say_fields(shot: &Shot, film: &Film, output: &Output) -> Result<Exit, Failure> {
    let look = &shot.look;
    output.object(
        "shot",
        &serde_json::json!({
            "shot": shot.code, "from": shot.film.start, "to": shot.film.end, "size": look.size.short(),
            "angle": look.angle.word(), "move": look.movement.word(), "subjects": look.subjects,
            "action": look.action, "prompt": shot.prompt, "negative": shot.negative,
            "generator": shot.generator, "reason": shot.reason, "by_hand": shot.by_hand,
        }),
    )?;
    let fps = film.settings().fps();
    let (from, to) = (Timecode::of(shot.film.start, fps), Timecode::of(shot.film.end, fps));
    output.line(format!("shot {}  film {from} to {to}, {} frames", shot.code, shot.frames()))?;
    let subjects = look.subjects.join(", ");
    let rows = [
        ("size", look.size.short()),
        ("angle", look.angle.word()),
        ("move", look.movement.word()),
        ("subjects", &subjects),
        ("action", &look.action),
        ("prompt", &shot.prompt),
        ("negative", &shot.negative),
        ("generator", &shot.generator),
        ("reason", &shot.reason),
    ];
    for (key, text) in rows {
        let by_hand = shot.by_hand.iter().any(|name| name == key);
        let mark = if by_hand { " (by hand)" } else { "" };
        output.line(format!("  {key:10} {text}{mark}").trim_end())?;
    }
    let cuts: Vec<&str> = shot
        .by_hand
        .iter()
        .map(String::as_str)
        .filter(|name| ["at", "frames", "pinned"].contains(name))
        .collect();
    if !cuts.is_empty() {
        output.line(format!("  cut by hand: {}", cuts.join(", ")))?;
    }
    Ok(Exit::Done)
}

/// Shows what a change does, asks where takes would be lost that nobody makes again, and writes it.
fn apply(film: &Film, edit: &Edit, yes: bool, output: &Output) -> Result<Exit, Failure> {
    let proposal = film.propose_edit(edit)?;
    if !proposal.is_change() {
        output.line(format!("shot {} is so already; nothing was written", edit.shot()))?;
        return Ok(Exit::Done);
    }
    super::film::say_touched(&proposal.touched, output)?;
    say_stale(&proposal, output)?;
    let dear = proposal.dear().count();
    if dear > 0 && !yes && !(output.can_ask() && Output::ask("write it all the same?")) {
        let message =
            format!("cuts.toml is not changed: {dear} takes that are not made again would go stale");
        return Err(Failure::NotReady {
            message,
            hint: Some("`--yes` changes it; takes stay, and can be circled".to_owned()),
        });
    }
    film.accept_edit(&proposal)?;
    let code: &ShotCode = edit.shot();
    output.object("edited", &serde_json::json!({ "shot": code, "stale": proposal.stale.len() }))?;
    output.line("cuts.toml is changed; `soundlock make` makes what that asks for")?;
    Ok(Exit::Done)
}

fn say_stale(proposal: &EditProposal, output: &Output) -> Result<(), Failure> {
    for stale in &proposal.stale {
        output.object("stale", stale)?;
    }
    for stale in proposal.dear() {
        let cost = super::film::price(&stale.cost);
        output.line(format!("  take {} goes stale ({cost}) and is not made again by itself", stale.take))?;
    }
    match proposal.stale.iter().filter(|take| take.made_again).count() {
        0 => Ok(()),
        1 => output.line("1 take goes stale and is made again for nothing"),
        some => output.line(format!("{some} takes go stale and are made again for nothing")),
    }
}
