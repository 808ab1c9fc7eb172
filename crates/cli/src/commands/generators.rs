//! The models that make pictures: what is known of each, and which the film uses.

use serde::Serialize;
use soundlock_film::{KnownModel, known_models};
use soundlock_shoot::{Estimate, Model, ModelLengths};

use crate::args::Arguments;
use crate::exit::{Exit, Failure};
use crate::output::Output;

/// Lists them, those of the film first.
pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let mut models = known_models(&arguments.film)?;
    models.sort_by_key(|known| known.generators.is_empty());
    output.line(row(["model", "lengths", "rates", "a second", "licence", "used by"]))?;
    for known in &models {
        say_model(known, output)?;
    }
    output.say("prices drift; `soundlock generators --json` says where and when each was read");
    Ok(Exit::Done)
}

fn say_model(known: &KnownModel, output: &Output) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Row<'a> {
        id: &'a str,
        own: bool,
        generators: &'a [String],
        longest_secs: f64,
        second: &'a Estimate,
        #[serde(flatten)]
        model: &'a Model,
    }
    output.object(
        "model",
        &Row {
            id: &known.id,
            own: known.own,
            generators: &known.generators,
            longest_secs: known.rate.seconds(known.able.frames.longest()),
            second: &known.second,
            model: &known.model,
        },
    )?;
    let rates: Vec<String> = known.model.fps.iter().map(ToString::to_string).collect();
    let rates = if rates.is_empty() { "any".to_owned() } else { rates.join(" ") };
    let users = known.generators.join(", ");
    let price = price_of_a_second(&known.second);
    output.line(row([&known.id, &lengths(known), &rates, &price, &licence(&known.model), &users]))
}

/// Columns side by side; no blanks at the end.
fn row(columns: [&str; 6]) -> String {
    let [id, lengths, rates, price, licence, users] = columns;
    let row = format!("{id:18} {lengths:26} {rates:12} {price:14} {licence:28} {users}");
    row.trim_end().to_owned()
}

/// `up to 5.06 s (4k+1)`, `4, 6, 8 s`, `3 to 15 s`.
fn lengths(known: &KnownModel) -> String {
    match &known.model.lengths {
        ModelLengths::Frames(grid) => {
            let longest = known.rate.seconds(grid.longest());
            format!("up to {longest:.2} s ({}k+{})", grid.step, grid.offset)
        }
        ModelLengths::Seconds(all) => match all.as_slice() {
            [first, .., last] if all.len() > 2 && *last - *first + 1 == all.len() as u32 => {
                format!("{first} to {last} s")
            }
            _ => format!("{} s", all.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")),
        },
    }
}

fn price_of_a_second(second: &Estimate) -> String {
    match second {
        Estimate::Free => "free".to_owned(),
        Estimate::Price(money) => money.to_string(),
        Estimate::Unknown => "unknown".to_owned(),
    }
}

/// The licence, and where the film could not be shown.
fn licence(model: &Model) -> String {
    let Some(licence) = &model.licence else { return "unknown".to_owned() };
    let short = licence.id.strip_prefix("LicenseRef-").unwrap_or(&licence.id);
    match licence.not_in.as_slice() {
        [] => short.to_owned(),
        not_in => format!("{short}, not in {}", not_in.join(", ")),
    }
}
