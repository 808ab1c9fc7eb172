//! The film: made, looked at, explained.

use std::path::Path;
use std::time::Instant;

use serde::Serialize;
use soundlock_film::{
    Access, Check, DeliveryState, Explained, Film, Folder, Made, Proposal, SoundStatus, Status, TakeOrigin,
    ToDo, TouchedShot,
};
use soundlock_shoot::{Bill, Estimate};
use soundlock_sound::Move;
use soundlock_time::{FilmFrame, Timecode};

use crate::args::Arguments;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::studio;

/// Files in one folder that are listed one by one; of more, their number is said.
const FILES_SHOWN: usize = 12;
/// Moves that are listed one by one; of more, their number is said.
const MOVES_SHOWN: usize = 20;

/// Starts a film.
pub(super) fn new(folder: &Path, output: &Output) -> Result<Exit, Failure> {
    let made = Folder::create(folder)?;
    output.object("film", &serde_json::json!({ "folder": made.root() }))?;
    output.line(format!("{} is a film now", made.root().display()))?;
    output.say(format!("write {0}/script.fountain, then: soundlock --film {0} make", folder.display()));
    Ok(Exit::Done)
}

/// Makes everything.
pub(super) fn make(arguments: &Arguments, yes: bool, output: &Output) -> Result<Exit, Failure> {
    let start = Instant::now();
    let mut film = studio::film(arguments, output, Access::Make)?;
    let made = film.make(yes)?;
    say_moves(&made.moves, output)?;
    say_made(&made, &film, start, output)?;
    say_rights(&made.rights, output)
}

/// Says of every voice by service whether the film may be shown with it; on the terminal of those with which it may not.
fn say_rights(rights: &[Check], output: &Output) -> Result<Exit, Failure> {
    for check in rights {
        output.object("check", &serde_json::json!({ "delivery": "film", "check": check }))?;
        if !check.passed {
            output.line(format!("  {}; {}: NOT HELD", check.name, check.value))?;
        }
    }
    let failed = |check: &&Check| check.binding && !check.passed;
    let (voices, pictures): (Vec<&Check>, Vec<&Check>) =
        rights.iter().filter(failed).partition(|check| check.clause.contains("[consents."));
    match (voices.len(), pictures.len()) {
        (0, 0) => Ok(Exit::Done),
        (0, _) => Err(Failure::NotReady {
            message: "the film is made to be looked at and may not be shown where it is to be shown".to_owned(),
            hint: Some(
                "have these shots made with another model, or leave these countries out of [rights] shown_in"
                    .to_owned(),
            ),
        }),
        (refused, _) => Err(Failure::NotReady {
            message: format!(
                "the film is made to be looked at and may not be shown: {refused} {} it no right to be heard",
                if refused == 1 { "voice has in" } else { "voices have in" }
            ),
            hint: Some(
                "have these lines recorded, cast another voice, or write down a consent with scope = \"film\""
                    .to_owned(),
            ),
        }),
    }
}

fn say_made(made: &Made, film: &Film, start: Instant, output: &Output) -> Result<(), Failure> {
    let files = made
        .deliveries
        .iter()
        .filter(|delivery| delivery.state == DeliveryState::Made)
        .flat_map(|delivery| &delivery.files);
    let files: Vec<_> = files.map(|file| film.folder().relative(file)).collect();
    output
        .object("made", &serde_json::json!({ "shots": made.shots_made, "of": made.shots, "files": files }))?;
    if made.shots_made == 0 && files.is_empty() {
        output.line("nothing to do: the film is made and nothing changed")?;
        return say_stood_in(made, film, output);
    }
    output.line(match made.shots_made {
        0 => "no shot had to be made".to_owned(),
        some => format!("{some} of {} shots made", made.shots),
    })?;
    for files in files.chunk_by(|file, next| file.parent() == next.parent()) {
        say_files(film, files, output)?;
    }
    say_measures(made, output)?;
    say_stood_in(made, film, output)?;
    output.say(format!("done in {:.1} s", start.elapsed().as_secs_f64()));
    Ok(())
}

/// Says which shots the film shows only for the time being.
fn say_stood_in(made: &Made, film: &Film, output: &Output) -> Result<(), Failure> {
    for shot in &made.stood_in {
        output.object("stood in", &serde_json::json!({ "shot": shot }))?;
    }
    match made.stood_in.as_slice() {
        [] => Ok(()),
        shots if film.hires() => output.line(format!(
            "  the animatic stands in for {}; `soundlock shoot --estimate` says what shooting costs",
            self::shots(shots.len())
        )),
        [shot] => output.line(format!(
            "  the animatic stands in for {shot}, which you make; `soundlock shoot {shot}` says what to ask for"
        )),
        shots => output.line(format!(
            "  the animatic stands in for {} shots that you make; `soundlock shoot` says what to ask for",
            shots.len()
        )),
    }
}

/// Files of one folder; of many, how many.
fn say_files(film: &Film, files: &[&Path], output: &Output) -> Result<(), Failure> {
    let root = film.folder().root();
    if files.len() > FILES_SHOWN {
        let folder = files[0].parent().unwrap_or(files[0]);
        return output.line(format!("  {} ({} files)", root.join(folder).display(), files.len()));
    }
    files.iter().try_for_each(|file| output.line(format!("  {}", root.join(file).display())))
}

/// Every check of what was written; on the terminal those that may come out either way, such as the loudness.
fn say_measures(made: &Made, output: &Output) -> Result<(), Failure> {
    for delivery in made.deliveries.iter().filter(|delivery| delivery.state == DeliveryState::Made) {
        for check in &delivery.checks {
            output.object("check", &serde_json::json!({ "delivery": delivery.name, "check": check }))?;
            if !check.binding {
                let held = if check.passed { "" } else { ": NOT HELD" };
                output.line(format!("  {}: {}; wanted {}{held}", check.name, check.value, check.limit))?;
            }
        }
    }
    Ok(())
}

fn say_moves(moves: &[Move], output: &Output) -> Result<(), Failure> {
    for one in moves {
        output.object("move", &serde_json::json!({ "what": one.to_string() }))?;
    }
    for one in moves.iter().take(MOVES_SHOWN) {
        output.line(format!("  {one}"))?;
    }
    if let Some(more) = moves.len().checked_sub(MOVES_SHOWN).filter(|more| *more > 0) {
        output.line(format!("  and {more} more"))?;
    }
    Ok(())
}

/// Says which shots a new lock touches: those without takes in numbers, for they cost nothing yet.
pub(super) fn say_touched(touched: &[TouchedShot], output: &Output) -> Result<(), Failure> {
    for shot in touched {
        output.object("touched", shot)?;
    }
    if touched.is_empty() {
        return Ok(());
    }
    let with_takes: Vec<&TouchedShot> = touched.iter().filter(|shot| shot.takes > 0).collect();
    let (all, dear) = (touched.len(), with_takes.len());
    output.line(format!("{all} shots are touched, {dear} of them have takes"))?;
    let shown = if with_takes.is_empty() { touched.iter().collect() } else { with_takes };
    for shot in shown.iter().take(MOVES_SHOWN) {
        let takes = if shot.takes > 0 { format!(" ({} takes)", shot.takes) } else { String::new() };
        output.line(format!("  {} {}{takes}", shot.shot, shot.touch))?;
    }
    if let Some(more) = shown.len().checked_sub(MOVES_SHOWN).filter(|more| *more > 0) {
        output.line(format!("  and {more} more"))?;
    }
    Ok(())
}

/// Shows what would move, and locks.
pub(super) fn sound(arguments: &Arguments, diff: bool, yes: bool, output: &Output) -> Result<Exit, Failure> {
    let mut film = studio::film(arguments, output, Access::Make)?;
    let proposal = film.propose_sound()?;
    say_sound(&proposal, output)?;
    say_moves(&proposal.moves, output)?;
    say_touched(&film.touched_shots(&proposal)?, output)?;
    if proposal.locked {
        output.line("the sound is locked; nothing would move")?;
        return Ok(Exit::Done);
    }
    if diff {
        output.line("nothing was written; `soundlock sound` locks it")?;
        return Ok(Exit::Done);
    }
    let first_time = film.locked().is_none();
    let sure = yes || first_time || (output.can_ask() && Output::ask("lock the sound anew?"));
    if !sure {
        let message = "the sound is not locked anew, because nobody said yes".to_owned();
        return Err(Failure::NotReady { message, hint: Some("`soundlock sound --yes` locks it".to_owned()) });
    }
    film.lock_sound(proposal, true)?;
    output.line("the sound is locked")?;
    Ok(Exit::Done)
}

fn say_sound(proposal: &Proposal, output: &Output) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Row {
        scenes: usize,
        lines: usize,
        frames: u32,
        samples: u64,
        moves: usize,
    }
    let sound = &proposal.sound;
    let lines = sound.scenes.iter().map(|scene| scene.lines.len()).sum();
    let (frames, samples) = (sound.frames(), sound.samples());
    output.object(
        "sound",
        &Row { scenes: sound.scenes.len(), lines, frames, samples, moves: proposal.moves.len() },
    )?;
    let length = Timecode::of(FilmFrame(frames), sound.fps);
    output.line(format!("{} scenes, {lines} lines, {length} ({frames} frames)", sound.scenes.len()))
}

/// Brings circled takes to the film.
pub(super) fn finish(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let mut film = studio::film(arguments, output, Access::Make)?;
    let (sound, _) = film.sound(false)?;
    let cut_list = film.plan(&sound)?;
    let pictures = film.pictures(&sound, &cut_list)?;
    output.object(
        "finished",
        &serde_json::json!({ "made": pictures.made, "pieces": pictures.picture.pieces().len() }),
    )?;
    output.line(match pictures.made {
        0 => format!("nothing to finish: all {} pieces are there", pictures.picture.pieces().len()),
        made => format!("{made} shots finished; {} pieces in all", pictures.picture.pieces().len()),
    })?;
    Ok(Exit::Done)
}

/// What is made and what is not.
pub(super) fn status(arguments: &Arguments, brief: bool, output: &Output) -> Result<Exit, Failure> {
    let film = studio::film(arguments, output, Access::Look)?;
    let status = film.status()?;
    let ready = status.is_ready();
    output.object(
        "status",
        &serde_json::json!({
            "title": film.title(), "ready": ready, "scenes": status.scenes, "lines": status.lines,
            "recorded": status.recorded, "frames": status.frames, "shots": status.shots,
            "to_do": status.to_do.len(), "undelivered": status.undelivered, "rights": status.rights,
        }),
    )?;
    for to_do in &status.to_do {
        output.object("to_do", &to_do_object(to_do))?;
    }
    if brief {
        output.line(brief_line(&film, &status))?;
    } else {
        say_status(&film, &status, output)?;
    }
    Ok(if ready { Exit::Done } else { Exit::NotReady })
}

fn to_do_object(to_do: &ToDo) -> serde_json::Value {
    serde_json::json!({
        "shot": to_do.shot, "why": to_do.why, "cost": to_do.cost, "by_hand": to_do.by_hand,
        "hired": to_do.hired, "stands_in": to_do.stands_in,
    })
}

fn brief_line(film: &Film, status: &Status) -> String {
    let length = Timecode::of(FilmFrame(status.frames), film.settings().fps());
    let state = match (status.is_made(), status.is_ready()) {
        (true, true) => "made",
        (true, false) => "made, not to be shown",
        (false, _) => "not made",
    };
    format!("{}: {state}; {length}, {} scenes, {} shots", film.title(), status.scenes, status.shots)
}

fn say_status(film: &Film, status: &Status, output: &Output) -> Result<(), Failure> {
    let length = Timecode::of(FilmFrame(status.frames), film.settings().fps());
    output.line(film.title())?;
    let findings = film.findings().len();
    output
        .line(format!("  script    {} scenes, {} lines, {findings} findings", status.scenes, status.lines))?;
    let scratch = status.lines.saturating_sub(status.recorded);
    output.line(match status.sound {
        SoundStatus::Unlocked => "  sound     not locked yet".to_owned(),
        SoundStatus::Locked => {
            format!(
                "  sound     locked, {length}; {} lines recorded, {scratch} by scratch voices",
                status.recorded
            )
        }
        SoundStatus::Stale { moves } => {
            format!("  sound     stale: {moves} places would move; `soundlock sound --diff` shows them")
        }
    })?;
    let done = status.shots - status.to_do.len();
    output.line(format!("  shots     {done} of {} done", status.shots))?;
    for to_do in status.to_do.iter().take(MOVES_SHOWN) {
        output.line(format!("    {:14} {} ({})", to_do.shot, to_do.why, price(&to_do.cost)))?;
    }
    if status.to_do.len() > MOVES_SHOWN {
        output.line(format!("    and {} more", status.to_do.len() - MOVES_SHOWN))?;
    }
    output.line(match status.undelivered.as_slice() {
        [] => "  out/      every delivery is there and of the film as it is".to_owned(),
        lacking => format!("  out/      not there, or not of the film as it is: {}", lacking.join(", ")),
    })?;
    for check in status.rights.iter().filter(|check| !check.passed) {
        output.line(format!("  rights    {}; {}: not to be shown", check.name, check.value))?;
    }
    say_what_is_next(status, output)
}

/// What the program makes and what the director makes, with what each costs.
fn say_what_is_next(status: &Status, output: &Output) -> Result<(), Failure> {
    let (by_hand, others): (Vec<&ToDo>, Vec<&ToDo>) = status.to_do.iter().partition(|to_do| to_do.by_hand);
    let (hired, by_program): (Vec<&ToDo>, Vec<&ToDo>) = others.into_iter().partition(|to_do| to_do.hired);
    if status.is_for_make() {
        output.line(format!("`soundlock make` makes it; that costs {}", total(by_program)))?;
    }
    if !hired.is_empty() {
        output.line(format!(
            "{} to be shot; that costs {}; `soundlock shoot` shoots them",
            shots(hired.len()),
            total(hired.iter().copied())
        ))?;
    }
    if !by_hand.is_empty() {
        output.line(format!(
            "{} shots are yours to make; that costs {}; `soundlock shoot` says what to ask for",
            by_hand.len(),
            total(by_hand.iter().copied())
        ))?;
    }
    Ok(())
}

pub(super) fn price(estimate: &Estimate) -> String {
    match estimate {
        Estimate::Free => "free".to_owned(),
        Estimate::Price(money) => format!("{money}"),
        Estimate::Unknown => "price unknown".to_owned(),
    }
}

/// What `to_do` costs together.
fn total<'a>(to_do: impl IntoIterator<Item = &'a ToDo>) -> Bill {
    to_do.into_iter().map(|to_do| to_do.cost.clone()).collect()
}

/// `1 shot`, `2 shots`.
fn shots(count: usize) -> String {
    format!("{count} shot{}", if count == 1 { "" } else { "s" })
}

/// What shooting would cost.
pub(super) fn estimate(film: &Film, output: &Output) -> Result<Exit, Failure> {
    let status = film.status()?;
    for to_do in &status.to_do {
        output.object("to_do", &to_do_object(to_do))?;
        output.line(format!("{:14} {} ({})", to_do.shot, to_do.why, price(&to_do.cost)))?;
    }
    output.line(format!("{} to make; that costs {}", shots(status.to_do.len()), total(&status.to_do)))?;
    Ok(Exit::Done)
}

/// What a shot or a frame is made of.
pub(super) fn explain(arguments: &Arguments, what: &str, output: &Output) -> Result<Exit, Failure> {
    let film = studio::film(arguments, output, Access::Look)?;
    let explained = film.explain(&film.question(what)?)?;
    say_explained(&film, &explained, output)?;
    Ok(Exit::Done)
}

fn say_explained(film: &Film, explained: &Explained, output: &Output) -> Result<(), Failure> {
    let fps = film.settings().fps();
    let shot = &explained.shot;
    let take = explained.state.as_ref().and_then(|state| state.circled_take());
    output.object(
        "explanation",
        &serde_json::json!({
            "shot": shot.code, "from": shot.film.start, "to": shot.film.end, "frame": explained.frame,
            "scene": shot.look.scene, "prompt": shot.prompt, "generator": shot.generator, "reason": shot.reason,
            "why": shot.why,
            "why": shot.why,
            "take": take.map(soundlock_film::Take::name),
            "origin": take.map(|take| &take.entry.origin),
            "findings": take.map(|take| &take.verdict.findings),
            "circled_by": explained.state.as_ref().and_then(|state| state.circled).map(|(_, by)| by),
            "fresh": take.map(|take| take.fresh),
        }),
    )?;
    if let Some(frame) = explained.frame {
        let inside = frame.0 - shot.film.start.0;
        output.line(format!(
            "frame {frame}, {}: frame {inside} of shot {}",
            Timecode::of(frame, fps),
            shot.code
        ))?;
    }
    let (from, to) = (Timecode::of(shot.film.start, fps), Timecode::of(shot.film.end, fps));
    output.line(format!("shot {}  film {from} to {to}, {} frames", shot.code, shot.frames()))?;
    output.line(format!("  cut here   {}", shot.reason))?;
    if !shot.why.is_empty() {
        output.line(format!("  looks so   {}", shot.why))?;
    }
    output.line(format!("  shows      {} {}", shot.look.size.short(), shot.look.subjects.join(", ")))?;
    for speech in &shot.speech {
        output.line(format!("  heard      {} {}", speech.line, speech.character))?;
    }
    let Some(take) = take else {
        return output.line("  take       none yet");
    };
    let by = match explained.state.as_ref().and_then(|state| state.circled) {
        Some((_, soundlock_film::CircledBy::Director)) => "circled by the director",
        _ => "circled by measurement",
    };
    output.line(format!("  take       {}, {by}{}", take.name(), if take.fresh { "" } else { ", stale" }))?;
    say_origin(&take.entry.origin, output)?;
    for finding in &take.verdict.findings {
        output.line(format!("  judged     {finding}"))?;
    }
    if let Some(key) = &explained.take_key {
        output.line(key)?;
    }
    Ok(())
}

fn say_origin(origin: &TakeOrigin, output: &Output) -> Result<(), Failure> {
    match origin {
        TakeOrigin::File { name } => output.line(format!("  made of    {name}, brought in")),
        TakeOrigin::Generator { identity, order, cost, making } => {
            output.line(format!(
                "  made by    {} ({} {}), seed {}, cost {}",
                identity.name,
                identity.model,
                identity.version,
                order.seed,
                price(cost)
            ))?;
            if let Some(making) = making {
                output
                    .line(format!("  at         {}, {}, its job {}", making.place, making.at, making.job))?;
                for (what, said) in &making.said {
                    output.line(format!("  {what:10} {said}"))?;
                }
                let licence = making.licence.as_ref().map_or("unknown", |licence| licence.id.as_str());
                let signed = if making.signed { "signed by its vendor (C2PA)" } else { "not signed" };
                output.line(format!("  rights     licence {licence}, {signed}"))?;
            }
            output.line(format!("  prompt     {}", order.prompt))
        }
    }
}

/// What could be freed.
pub(super) fn clean(arguments: &Arguments, yes: bool, output: &Output) -> Result<Exit, Failure> {
    let film = studio::film(arguments, output, Access::Look)?;
    let garbage = film.garbage()?;
    for item in &garbage.items {
        let file = film.folder().relative(&item.path);
        output.object(
            "garbage",
            &serde_json::json!({ "file": file, "bytes": item.bytes, "why": item.why.to_string() }),
        )?;
        output.line(format!("{:>12}  {}  {}", item.bytes, file.display(), item.why))?;
    }
    if garbage.items.is_empty() {
        output.line("nothing to free; takes are never taken")?;
    } else if yes {
        // What came into use since it was listed stays.
        let freed = studio::film(arguments, output, Access::Make)?.free(&garbage)?;
        output.line(format!("{} files freed, {freed} bytes; takes are never taken", garbage.items.len()))?;
    } else {
        let (files, bytes) = (garbage.items.len(), garbage.bytes());
        output.line(format!(
            "{files} files, {bytes} bytes; `soundlock clean --yes` frees them; takes are never taken"
        ))?;
    }
    Ok(Exit::Done)
}
