//! Takes of hired generators: what they would cost, shot through the night, what was refused, what all of it came to.

use soundlock_film::{Access, Attempt, Estimated, Film, Night, SoFar, Spending, Standing, Wish};
use soundlock_plan::edit::{Change, Edit};
use soundlock_service::Usd;
use soundlock_shoot::Bill;

use super::watching::Told;
use crate::args::{Arguments, Ordering, Retake};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::studio;

/// Shots of an estimate that are listed one by one; of more, their number is said.
const SHOTS_SHOWN: usize = 40;

/// Shoots what is wanted of hired generators, after its price was said and agreed to.
pub(super) fn shoot(film: &Film, wish: &Wish, ordering: &Ordering, output: &Output) -> Result<Exit, Failure> {
    let estimated = film.estimate_shooting(wish)?;
    say_estimate(&estimated, output)?;
    if ordering.estimate {
        return Ok(Exit::Done);
    }
    let takes: u32 = estimated.shots.iter().map(|shot| shot.takes).sum();
    if takes == 0 && estimated.out == 0 {
        return Ok(Exit::Done);
    }
    film.check_money(wish)?;
    let costs = |bill: &Bill| !bill.micros.is_empty() || bill.unknown > 0;
    let more = if costs(&estimated.where_refused) {
        format!(", and {} more where all of it is refused", estimated.where_refused)
    } else {
        String::new()
    };
    let costs = costs(&estimated.cost) || costs(&estimated.where_refused);
    let question = format!("shoot {} for up to {}{more}?", counted(takes as usize, "take"), estimated.cost);
    if costs && !ordering.yes && !(output.can_ask() && Output::ask(&question)) {
        return Err(Failure::NotReady {
            message: format!("nothing was shot, because nobody said yes to {}{more}", estimated.cost),
            hint: Some("`soundlock shoot --yes` shoots it, within the limits of [budget]".to_owned()),
        });
    }
    let told = Told::new(output, takes as usize + estimated.out);
    let night = film.shoot(wish, &told);
    drop(told);
    let night = night?;
    say_night(film, &night, output)
}

/// What the flags ask for.
pub(super) fn wish(shots: Vec<soundlock_plan::ShotCode>, ordering: &Ordering) -> Result<Wish, Failure> {
    let limit = ordering.limit.map(|dollars| {
        Usd::from_dollars(dollars).ok_or_else(|| Failure::Asked {
            message: format!("{dollars} is no amount that can be a limit"),
            hint: Some("write `--limit 20`, in US dollars".to_owned()),
        })
    });
    Ok(Wish {
        shots,
        takes: ordering.takes,
        finals: ordering.finals,
        again: ordering.again,
        limit: limit.transpose()?.map(|usd| usd.0),
        tried: Vec::new(),
    })
}

fn say_estimate(estimated: &Estimated, output: &Output) -> Result<(), Failure> {
    output.object("estimate", estimated)?;
    for shot in estimated.shots.iter().take(SHOTS_SHOWN) {
        let after = shot.after.as_ref().map(|before| format!(", after {before}")).unwrap_or_default();
        output.line(format!(
            "{:14} {:16} {} of {:.2} s, {}{after}",
            shot.shot.to_string(),
            shot.generator,
            counted(shot.takes as usize, "take"),
            shot.secs,
            cost(&shot.cost)
        ))?;
    }
    if estimated.shots.len() > SHOTS_SHOWN {
        output.line(format!("and {} more shots", estimated.shots.len() - SHOTS_SHOWN))?;
    }
    for clause in &estimated.left_out {
        output.line(format!("note: {clause}"))?;
    }
    if estimated.out > 0 {
        let are = if estimated.out == 1 { "is" } else { "are" };
        output.line(format!(
            "{} {are} not over; shooting goes on with them",
            counted(estimated.out, "attempt")
        ))?;
    }
    if !estimated.unknown.is_empty() {
        output.line(format!(
            "nobody knows what became of {}; see the vendor's list, then `soundlock settle TAKE --charged USD`; or \
             `soundlock shoot SHOT --again` makes it once more",
            estimated.unknown.join(", ")
        ))?;
    }
    let takes: u32 = estimated.shots.iter().map(|shot| shot.takes).sum();
    output.line(match takes {
        0 => "nothing to shoot: no shot of a hired generator lacks a take".to_owned(),
        takes => format!(
            "{} of {}; that costs {}",
            counted(takes as usize, "take"),
            counted(estimated.shots.len(), "shot"),
            cost(&estimated.cost)
        ),
    })
}

fn say_night(film: &Film, night: &Night, output: &Output) -> Result<Exit, Failure> {
    let SoFar { done, refused, failed, unknown, spent, film: all, .. } = night.so_far;
    output.object(
        "shot",
        &serde_json::json!({
            "done": done, "refused": refused, "failed": failed, "unknown": unknown,
            "still_out": night.still_out, "not_sent": night.waiting, "spent_usd_micros": spent, "film_usd_micros": all,
            "stopped": night.stopped, "over": night.over.as_ref().map(|over| over.which),
            "shut": night.shut.iter().map(|(place, why)| serde_json::json!({ "place": place, "why": why }))
                .collect::<Vec<_>>(),
        }),
    )?;
    for (place, why) in &night.shut {
        output.line(format!("{place}: nothing more was asked there: {why}"))?;
    }
    if let Some(over) = &night.over {
        output.line(format!(
            "the limit of the {} was reached: {} were left, and the next take costs {}",
            over.which,
            Usd(over.left),
            Usd(over.cost)
        ))?;
    }
    if refused > 0 {
        output.line("`soundlock refusals` shows what was refused, in the vendors' words")?;
    }
    if unknown > 0 {
        output.line(
            "`soundlock takes SHOT` shows what nobody knows to have been heard; it is not sent again",
        )?;
    }
    let counts = [
        (refused, "refused"),
        (failed, "failed"),
        (unknown, "unknown"),
        (night.still_out, "still out"),
        (night.waiting, "not sent"),
    ];
    let counts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!(", {count} {what}"))
        .collect();
    output.line(format!(
        "{} came{}; {} in this run, {} for the film",
        counted(done, "take"),
        counts.concat(),
        Usd(spent),
        Usd(all)
    ))?;
    if night.stopped {
        return Ok(Exit::Interrupted);
    }
    match (film.lacking()?, night.still_out) {
        (0, 0) => {
            output.say("`soundlock make` puts them into the film");
            return Ok(Exit::Done);
        }
        (0, _) => output.say("every shot has a take; `soundlock shoot` brings home what is still out"),
        (lacking, _) => {
            output.say(format!("{} without a take; `soundlock shoot` goes on", counted(lacking, "shot")));
        }
    }
    Ok(Exit::NotReady)
}

/// One more take of a shot, told otherwise where somebody says how.
pub(super) fn retake(arguments: &Arguments, retake: &Retake, output: &Output) -> Result<Exit, Failure> {
    if retake.ordering.estimate {
        let film = studio::film(arguments, output, Access::Look)?;
        let code = super::shots::code(&film, &retake.shot)?;
        let wish = wish(vec![code], &retake.ordering)?;
        return shoot(&film, &wish, &retake.ordering, output);
    }
    let mut film = studio::film(arguments, output, Access::Make)?;
    let code = super::shots::code(&film, &retake.shot)?;
    let mut changes = Vec::new();
    changes.extend(retake.prompt.clone().map(Change::Prompt));
    changes.extend(retake.negative.clone().map(Change::Negative));
    if !changes.is_empty() {
        let edit = Edit::Look { shot: code.clone(), changes };
        let proposal = film.propose_edit(&edit)?;
        film.accept_edit(&proposal)?;
    }
    let (sound, _) = film.sound(false)?;
    film.plan(&sound)?;
    if film.is_hired(&code)? {
        return shoot(&film, &wish(vec![code], &retake.ordering)?, &retake.ordering, output);
    }
    for _ in 0..retake.ordering.takes.unwrap_or(1) {
        super::shots::one_more(&mut film, &code, output)?;
    }
    Ok(Exit::Done)
}

/// What vendors did not want to make or give.
pub(super) fn refusals(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let film = studio::film(arguments, output, Access::Look)?;
    let all = film.attempts()?;
    let refused: Vec<&Attempt> =
        all.values().filter(|attempt| attempt.standing == Standing::Refused).collect();
    for attempt in &refused {
        say_attempt(attempt, output)?;
        output.line(format!("    prompt  {}", attempt.intent.order.prompt))?;
    }
    if refused.is_empty() {
        output.line("nothing was refused")?;
    } else {
        output.say(
            "reword one: `soundlock retake SHOT --prompt \"…\"`; or give its generator a `next` in film.toml",
        );
    }
    Ok(Exit::Done)
}

/// Everything that was tried at hired generators.
pub(super) fn tried(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let film = studio::film(arguments, output, Access::Look)?;
    let all = film.attempts()?;
    for attempt in all.values() {
        say_attempt(attempt, output)?;
    }
    if all.is_empty() {
        output.line(
            "nothing was tried at hired generators; `soundlock takes SHOT` shows the takes of a shot",
        )?;
    }
    Ok(Exit::Done)
}

/// What was tried for a shot and is no take.
pub(super) fn say_attempts(
    film: &Film,
    code: &soundlock_plan::ShotCode,
    output: &Output,
) -> Result<usize, Failure> {
    let all = film.attempts()?;
    let of_shot: Vec<&Attempt> = all
        .values()
        .filter(|attempt| attempt.intent.code == *code && attempt.standing != Standing::Done)
        .collect();
    for attempt in &of_shot {
        say_attempt(attempt, output)?;
    }
    Ok(of_shot.len())
}

fn say_attempt(attempt: &Attempt, output: &Output) -> Result<(), Failure> {
    let intent = &attempt.intent;
    output.object(
        "attempt",
        &serde_json::json!({
            "take": attempt.name(), "standing": attempt.standing, "at": attempt.at, "changed": attempt.changed,
            "generator": intent.identity.name, "model": intent.identity.model, "place": attempt.place,
            "job": attempt.job.as_ref().map(|job| &job.id), "why": attempt.why, "cost": attempt.counts(),
            "prompt": intent.order.prompt, "seed": intent.order.seed,
        }),
    )?;
    let why = if attempt.why.is_empty() { String::new() } else { format!(": {}", attempt.why) };
    let job = attempt.job.as_ref().map(|job| format!(", its job {}", job.id)).unwrap_or_default();
    output.line(format!(
        "{:14} {}{why}\n    {} at {}{job}, {}, {}",
        attempt.name(),
        attempt.standing,
        intent.identity.name,
        attempt.place.as_deref().unwrap_or("no place yet"),
        super::film::price(attempt.counts()),
        attempt.at
    ))
}

/// What shooting has cost.
pub(super) fn cost_of_all(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let film = studio::film(arguments, output, Access::Look)?;
    let spending = film.spending()?;
    output.object("cost", &spending)?;
    say_spending(&spending, output)?;
    Ok(Exit::Done)
}

fn say_spending(spending: &Spending, output: &Output) -> Result<(), Failure> {
    if spending.attempts.is_empty() {
        return output.line("nothing was shot by hired generators");
    }
    for (title, bills) in
        [("by scene", &spending.scenes), ("by model", &spending.models), ("by day", &spending.days)]
    {
        output.line(title)?;
        for (name, bill) in bills {
            output.line(format!("  {name:40} {}", cost(bill)))?;
        }
    }
    output.line("by what became of it")?;
    for (what, bill) in [
        ("takes", &spending.takes),
        ("refused and charged", &spending.refused),
        ("failed and charged", &spending.failed),
        ("out or unknown", &spending.open),
    ] {
        if !bill.micros.is_empty() || what == "takes" {
            output.line(format!("  {what:40} {}", cost(bill)))?;
        }
    }
    let counts: Vec<String> =
        spending.attempts.iter().map(|(standing, count)| format!("{count} {standing}")).collect();
    output.line(format!("{} in all: {}", cost(&spending.total), counts.join(", ")))?;
    if let (Some(micros), Some(currency)) = (spending.micros_per_second, spending.total.micros.keys().next())
    {
        let money = soundlock_shoot::Money { micros, currency: currency.clone() };
        output.line(format!("{:.1} s of it are in the film: {money} a second", spending.secs_in_film))?;
    }
    Ok(())
}

fn cost(bill: &Bill) -> String {
    bill.to_string()
}

/// `1 take`, `2 takes`.
fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
