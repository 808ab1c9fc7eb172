//! Takes: made, brought in, measured, circled.

use std::path::{Path, PathBuf};

use serde::Serialize;
use soundlock_film::{Access, Film, FilmError, HandOrder, Question, ShotState, Take, TakeOrigin};
use soundlock_judge::{Expected, Finding, JudgeRules};
use soundlock_picture::Limits;
use soundlock_plan::ShotCode;
use soundlock_shoot::Estimate;

use super::shooting;
use crate::args::{Arguments, Shoot};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::studio;

/// Makes takes, or brings one in.
pub(super) fn shoot(arguments: &Arguments, shoot: &Shoot, output: &Output) -> Result<Exit, Failure> {
    let ordering = &shoot.ordering;
    // An estimate may be asked for while another run shoots.
    let access = if ordering.estimate { Access::Look } else { Access::Make };
    let mut film = studio::film(arguments, output, access)?;
    let codes = shoot.shots.iter().map(|shot| code(&film, shot)).collect::<Result<Vec<_>, _>>()?;
    if let Some(file) = &shoot.file {
        return bring_in(&film, &codes, file, output);
    }
    if ordering.estimate && !film.hires() {
        return super::film::estimate(&film, output);
    }
    if !ordering.estimate {
        draw(&mut film, &codes, output)?;
    }
    let hired = codes.iter().filter(|code| film.is_hired(code).unwrap_or(false)).cloned().collect::<Vec<_>>();
    if film.hires() && (codes.is_empty() || !hired.is_empty()) {
        return shooting::shoot(&film, &shooting::wish(hired, ordering)?, ordering, output);
    }
    Ok(Exit::Done)
}

/// Makes takes that are drawn, and says what to ask for where they are made by hand.
fn draw(film: &mut Film, codes: &[ShotCode], output: &Output) -> Result<Exit, Failure> {
    let (sound, _) = film.sound(false)?;
    let cut_list = film.plan(&sound)?;
    // What is shot elsewhere needs no drawing before it is shot.
    if codes.is_empty() && !film.draws(&cut_list) {
        return Ok(Exit::Done);
    }
    if codes.is_empty() {
        let pictures = film.pictures(&sound, &cut_list)?;
        output
            .object("shot", &serde_json::json!({ "made": pictures.made, "shots": pictures.shots.len() }))?;
        let stood_in = pictures.shots.iter().filter(|state| state.stands_in).count();
        let by_hand = pictures.shots.iter().filter(|state| state.stands_in && state.by_hand).count();
        output.line(match (pictures.made, stood_in) {
            (0, 0) => format!("nothing to draw: all {} shots have their take", pictures.shots.len()),
            (0, _) if by_hand > 0 => format!("{by_hand} of {} shots are yours to make", pictures.shots.len()),
            (0, some) => format!("{some} of {} shots are to be shot", pictures.shots.len()),
            (made, _) => format!("{made} of {} shots drawn", pictures.shots.len()),
        })?;
        return say_hand_orders(&film.hand_orders(&[])?, output);
    }
    let by_hand = film.hand_orders(codes)?;
    for code in codes {
        if by_hand.iter().all(|hand| hand.order.code != *code) && !film.is_hired(code)? {
            one_more(film, code, output)?;
        }
    }
    say_hand_orders(&by_hand, output)
}

/// Draws one more take of a shot.
pub(super) fn one_more(film: &mut Film, code: &ShotCode, output: &Output) -> Result<(), Failure> {
    for take in film.one_more(std::slice::from_ref(code))? {
        say_take(&take, None, output)?;
    }
    Ok(())
}

/// What to ask for elsewhere, shot by shot.
fn say_hand_orders(orders: &[HandOrder], output: &Output) -> Result<Exit, Failure> {
    for hand in orders {
        say_hand_order(hand, output)?;
    }
    if let Some(first) = orders.first() {
        let code = &first.order.code;
        output
            .say(format!("make these elsewhere and bring each in: `soundlock shoot {code} --file clip.mp4`"));
    }
    Ok(Exit::Done)
}

fn say_hand_order(hand: &HandOrder, output: &Output) -> Result<(), Failure> {
    let order = &hand.order;
    let seconds = order.fps.seconds(order.frames);
    output.object(
        "by_hand",
        &serde_json::json!({
            "shot": order.code, "generator": hand.generator, "model": hand.id, "why": hand.lacks,
            "prompt": order.prompt, "negative": order.negative, "frames": order.frames,
            "fps": order.fps, "seconds": seconds, "raster": order.raster, "seed": order.seed,
            "cost": hand.cost,
        }),
    )?;
    output.line(format!("{}  {} ({})", order.code, hand.generator, hand.model.name))?;
    output.line(format!("  length    {} frames at {} fps, {seconds:.2} s", order.frames, order.fps))?;
    output.line(format!("  size      {}", order.raster))?;
    output.line(format!("  seed      {}", order.seed))?;
    let price = match &hand.cost {
        Estimate::Unknown => "unknown".to_owned(),
        known => super::film::price(known),
    };
    output.line(format!("  price     {price}"))?;
    output.line(format!("  prompt    {}", order.prompt))?;
    match order.negative.as_str() {
        "" => Ok(()),
        negative => output.line(format!("  negative  {negative}")),
    }
}

fn bring_in(film: &Film, codes: &[ShotCode], file: &Path, output: &Output) -> Result<Exit, Failure> {
    let [code] = codes else {
        let hint = Some("soundlock shoot 12_0040 --file clip.mp4".to_owned());
        return Err(Failure::Asked { message: "a clip is brought in for one shot".to_owned(), hint });
    };
    let state = film.bring_in_judged(code, file)?;
    say_takes(&state, output)?;
    Ok(Exit::Done)
}

/// Does without paid takes that are lost.
pub(super) fn give_up(arguments: &Arguments, shots: &[String], output: &Output) -> Result<Exit, Failure> {
    let film = studio::film(arguments, output, Access::Make)?;
    let codes = shots.iter().map(|shot| code(&film, shot)).collect::<Result<Vec<_>, _>>()?;
    let given_up = film.give_up_lost(&codes)?;
    output.object("given up", &serde_json::json!({ "takes": given_up }))?;
    output.line(match given_up.as_slice() {
        [] => "no take of these shots is lost".to_owned(),
        takes => format!("{} given up; `soundlock make` makes the film without", takes.join(", ")),
    })?;
    Ok(Exit::Done)
}

/// The takes of a shot.
pub(super) fn takes(arguments: &Arguments, shot: &str, output: &Output) -> Result<Exit, Failure> {
    let film = studio::film(arguments, output, Access::Look)?;
    let code = code(&film, shot)?;
    let explained = film.explain(&Question::Shot(code.clone()))?;
    let has_takes = explained.state.as_ref().is_some_and(|state| !state.takes.is_empty());
    if let Some(state) = explained.state.as_ref().filter(|_| has_takes) {
        say_takes(state, output)?;
    }
    let tried = shooting::say_attempts(&film, &code, output)?;
    match &explained.state {
        Some(_) if !has_takes && tried == 0 => output.line(format!("{shot} has no takes yet"))?,
        None => output.line(format!("{shot} is lettered by the program; it has no takes"))?,
        _ => {}
    }
    Ok(Exit::Done)
}

fn say_takes(state: &ShotState, output: &Output) -> Result<(), Failure> {
    for (index, take) in state.takes.iter().enumerate() {
        let circled = state.circled.filter(|(circled, _)| *circled == index).map(|(_, by)| by);
        say_take(take, circled, output)?;
    }
    Ok(())
}

fn say_take(take: &Take, circled: Option<soundlock_film::CircledBy>, output: &Output) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Row<'a> {
        take: String,
        file: &'a Path,
        fresh: bool,
        circled_by: Option<soundlock_film::CircledBy>,
        passed: bool,
        findings: &'a [Finding],
        origin: &'a soundlock_film::TakeOrigin,
    }
    output.object(
        "take",
        &Row {
            take: take.name(),
            file: &take.file,
            fresh: take.fresh,
            circled_by: circled,
            passed: take.passes(),
            findings: &take.verdict.findings,
            origin: &take.entry.origin,
        },
    )?;
    let circle = match circled {
        Some(soundlock_film::CircledBy::Director) => "circled by the director",
        Some(soundlock_film::CircledBy::Measurement) => "circled",
        None => "",
    };
    let state = if take.fresh { "fresh" } else { "stale" };
    let verdict = if take.passes() { "passes every gate".to_owned() } else { take.worst() };
    output.line(format!("{:14} {state}  {circle:24} {verdict}", take.name()))?;
    output.line(format!("    {}", take.file.display()))?;
    if let TakeOrigin::Generator { identity, order, cost, making: Some(making) } = &take.entry.origin {
        let (price, seed) = (super::film::price(cost), order.seed);
        let draft = if making.draft { ", a draft" } else { "" };
        output.line(format!(
            "    {} ({}) at {}, seed {seed}, {price}{draft}, {}",
            identity.name, making.model_name, making.place, making.at
        ))?;
        output.line(format!("    prompt  {}", order.prompt))?;
        for clause in &making.left_out {
            output.line(format!("    not told: {clause}"))?;
        }
    }
    Ok(())
}

/// Puts a take into the film.
pub(super) fn circle(arguments: &Arguments, shot: &str, take: u32, output: &Output) -> Result<Exit, Failure> {
    let film = studio::film(arguments, output, Access::Make)?;
    let code = code(&film, shot)?;
    film.circle(&code, (take > 0).then_some(take))?;
    output.object("circle", &serde_json::json!({ "shot": code, "take": take }))?;
    output.line(match take {
        0 => format!("{code}: the measurements choose again; `soundlock make` puts it into the film"),
        take => format!("{code}-{take} is circled; `soundlock make` puts it into the film"),
    })?;
    Ok(Exit::Done)
}

/// Measures clips, or every circled take of the film.
pub(super) fn judge(arguments: &Arguments, clips: &[PathBuf], output: &Output) -> Result<Exit, Failure> {
    if clips.is_empty() {
        return judge_film(arguments, output);
    }
    let tools = soundlock_picture::Tools::find("ffmpeg", "ffprobe")?;
    let mut passed = true;
    for clip in clips {
        let expected = Expected { frames: None, raster: None, fps: None };
        let verdict =
            soundlock_judge::judge(&tools, clip, &expected, &JudgeRules::STANDARD, &Limits::GENEROUS)?;
        passed &= verdict.passed();
        say_verdict(&clip.display().to_string(), verdict.passed(), &verdict.findings, output)?;
    }
    Ok(if passed { Exit::Done } else { Exit::NotReady })
}

fn judge_film(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let film = studio::film(arguments, output, Access::Look)?;
    let Some(sound) = film.locked() else { return Err(FilmError::NotLocked.into()) };
    let (cut_list, _) = film.cut_list(sound)?;
    let mut passed = true;
    for state in film.shot_states(sound, &cut_list)? {
        let Some(take) = state.circled_take() else { continue };
        passed &= take.verdict.passed();
        say_verdict(&take.name(), take.verdict.passed(), &take.verdict.findings, output)?;
    }
    Ok(if passed { Exit::Done } else { Exit::NotReady })
}

fn say_verdict(name: &str, passed: bool, findings: &[Finding], output: &Output) -> Result<(), Failure> {
    output.object("verdict", &serde_json::json!({ "clip": name, "passed": passed, "findings": findings }))?;
    output.line(format!("{name}: {}", if passed { "passes every gate" } else { "FAILED" }))?;
    for finding in findings {
        output.line(format!("    {finding}"))?;
    }
    Ok(())
}

/// The shot that `text` names.
pub(super) fn code(film: &Film, text: &str) -> Result<ShotCode, Failure> {
    match film.question(text)? {
        Question::Shot(code) => Ok(code),
        Question::Frame(_) => Err(FilmError::NoSuchShot { code: text.to_owned(), like: Vec::new() }.into()),
    }
}
