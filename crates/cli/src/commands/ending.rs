//! Attempts that the director ends: called off, or settled by the vendor's bill.

use soundlock_film::{Access, Attempt, CalledOff, Standing};
use soundlock_service::Usd;

use crate::args::Arguments;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::studio;

/// Asks generators to stop what they are making.
pub(super) fn cancel(
    arguments: &Arguments,
    takes: &[String],
    yes: bool,
    output: &Output,
) -> Result<Exit, Failure> {
    let film = studio::film(arguments, output, Access::Make)?;
    let mut attempts = Vec::new();
    for name in takes {
        attempts.extend(film.attempts_named(name)?);
    }
    if takes.is_empty() {
        let out = film.open_attempts()?.into_iter().filter(|attempt| attempt.standing < Standing::Done);
        attempts.extend(out);
    }
    if attempts.is_empty() {
        output.line("nothing is out")?;
        return Ok(Exit::Done);
    }
    let names: Vec<String> = attempts.iter().map(Attempt::name).collect();
    let question = format!("stop {}? What a vendor charges all the same is spent", names.join(", "));
    agreed(&question, yes, output)?;
    let mut failed = None;
    for attempt in &mut attempts {
        match film.call_off(attempt) {
            Ok(called_off) => say_called_off(attempt, called_off, output)?,
            // One vendor that is away is no reason to leave the others at work.
            Err(error) => {
                output.say(format!("{error}"));
                failed.get_or_insert(error);
            }
        }
    }
    failed.map_or(Ok(Exit::Done), |error| Err(error.into()))
}

fn say_called_off(attempt: &Attempt, called_off: CalledOff, output: &Output) -> Result<(), Failure> {
    let name = attempt.name();
    let ended = match called_off {
        CalledOff::Over => "over",
        CalledOff::Made => "made",
        CalledOff::Asked => "asked",
        CalledOff::CannotBe => "cannot be",
    };
    output.object(
        "called off",
        &serde_json::json!({
            "take": name, "ended": ended, "standing": attempt.standing, "cost": attempt.counts(),
        }),
    )?;
    output.line(match (called_off, attempt.standing) {
        (CalledOff::Over, Standing::Unknown) => format!(
            "{name}: nobody can say whether it was heard; see the vendor's list, then \
             `soundlock settle {name} --charged USD`"
        ),
        (CalledOff::Over, Standing::Dropped) => format!("{name}: it was not sent, and will not be"),
        (CalledOff::Over, standing) => {
            format!("{name}: {standing}, {}", super::film::price(attempt.counts()))
        }
        (CalledOff::Made, _) => {
            format!("{name}: it is made and paid for; `soundlock shoot` brings it home")
        }
        (CalledOff::Asked, _) => {
            format!("{name}: it was asked to stop; `soundlock shoot` sees what became of it")
        }
        (CalledOff::CannotBe, _) => format!(
            "{name}: {} has no way to stop it; it is made, and `soundlock shoot` brings it home",
            attempt.intent.identity.name
        ),
    })
}

/// Puts down what an attempt came to.
pub(super) fn settle(
    arguments: &Arguments,
    take: &str,
    charged: f64,
    yes: bool,
    output: &Output,
) -> Result<Exit, Failure> {
    let usd = Usd::from_dollars(charged).ok_or_else(|| Failure::Asked {
        message: format!("{charged} is no amount that can be charged"),
        hint: Some("write `--charged 0.40`, in US dollars".to_owned()),
    })?;
    let film = studio::film(arguments, output, Access::Make)?;
    let mut attempts = film.attempts_named(take)?;
    let (Some(attempt), true) = (attempts.pop(), attempts.is_empty()) else {
        return Err(Failure::Asked {
            message: format!("{take} is a shot of which more than one take is open"),
            hint: Some("name one: `soundlock takes` lists them".to_owned()),
        });
    };
    let name = attempt.name();
    if attempt.standing.is_out() {
        let question =
            format!("{name} is {}: its take will not be fetched then. Do without?", attempt.standing);
        agreed(&question, yes, output)?;
    }
    if attempt.standing == Standing::Intended {
        return Err(Failure::Asked {
            message: format!("{name} was never sent, so nothing was charged"),
            hint: Some(format!("`soundlock cancel {name}` takes it back")),
        });
    }
    film.settle(&attempt, usd.0)?;
    output.object("settled", &serde_json::json!({ "take": name, "charged_usd_micros": usd.0 }))?;
    let again = match attempt.standing {
        Standing::Done => "",
        _ => "; `soundlock shoot` makes its shot anew where it needs a take",
    };
    output.line(format!("{name}: it came to {usd}{again}"))?;
    Ok(Exit::Done)
}

/// Goes on where somebody says yes.
fn agreed(question: &str, yes: bool, output: &Output) -> Result<(), Failure> {
    if yes || (output.can_ask() && Output::ask(question)) {
        return Ok(());
    }
    Err(Failure::NotReady {
        message: "nothing was changed, because nobody said yes".to_owned(),
        hint: Some("`--yes` does it without asking".to_owned()),
    })
}
