//! One module per group of commands; each says what `film` found or did.

mod align;
mod assistant;
mod bible;
mod diffuse;
mod edit;
mod ending;
mod exchange;
mod film;
mod generators;
mod key;
mod lines;
mod plan;
mod prompts;
mod script;
mod shooting;
mod shots;
mod speak;
mod tools;
mod watching;

use crate::args::{Arguments, Command};
use crate::exit::{Exit, Failure};
use crate::output::Output;

/// Does what the arguments ask for.
pub(crate) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    match &arguments.command {
        Command::New { folder } => film::new(folder, output),
        Command::Make(make) | Command::Deliver(make) => film::make(arguments, make.yes, output),
        Command::Status { brief } => film::status(arguments, *brief, output),
        Command::Explain { what } => film::explain(arguments, what, output),
        Command::Script(script) => script::run(arguments, script, output),
        Command::Sound { diff, yes } => film::sound(arguments, *diff, *yes, output),
        Command::Line(line) => lines::line(arguments, line, output),
        Command::RecordCheck { folder, page } => {
            lines::record_check(arguments, folder.as_deref(), page.as_deref(), output)
        }
        Command::Speak(speak) => speak::run(arguments, speak, output),
        Command::Plan(plan) if plan.with_model => assistant::plan(arguments, plan, output),
        Command::Plan(plan) if plan.asking.is_set() => Err(Failure::Asked {
            message: "--estimate, --yes and --again are about asking a model".to_owned(),
            hint: Some("`soundlock plan --with-model` asks one".to_owned()),
        }),
        Command::Plan(_) => plan::plan(arguments, output),
        Command::Cut { shot, at, sure } => edit::cut(arguments, shot, at, sure.yes, output),
        Command::Merge { first, second, sure } => edit::merge(arguments, first, second, sure.yes, output),
        Command::Move { shot, by, sure } => edit::move_in(arguments, shot, *by, sure.yes, output),
        Command::Pin { shot, unpin } => edit::pin(arguments, shot, *unpin, output),
        Command::Shot(shot) => edit::shot(arguments, shot, output),
        Command::Shots => exchange::shots(arguments, output),
        Command::Conform { edit, diff, yes } => exchange::conform(arguments, edit, (*diff, *yes), output),
        Command::Bible { page: Some(file), .. } => bible::page(arguments, file, output),
        Command::Bible { scenes, page: None } => bible::run(arguments, scenes, output),
        Command::Prompts(prompts) => prompts::run(arguments, prompts, output),
        Command::Shoot(shoot) if shoot.give_up => shots::give_up(arguments, &shoot.shots, output),
        Command::Shoot(shoot) => shots::shoot(arguments, shoot, output),
        Command::Retake(retake) => shooting::retake(arguments, retake, output),
        Command::Cancel { takes, all: false, .. } if takes.is_empty() => Err(Failure::Asked {
            message: "no take is named that is to be stopped".to_owned(),
            hint: Some(
                "name some, `soundlock cancel 12_0040-3`, or say `--all`; `soundlock takes` lists them"
                    .to_owned(),
            ),
        }),
        Command::Cancel { takes, yes, .. } => ending::cancel(arguments, takes, *yes, output),
        Command::Settle { take, charged, yes } => ending::settle(arguments, take, *charged, *yes, output),
        Command::Refusals => shooting::refusals(arguments, output),
        Command::Cost => shooting::cost_of_all(arguments, output),
        Command::Generators => generators::run(arguments, output),
        Command::Judge { clips } => shots::judge(arguments, clips, output),
        Command::Align(align) => align::run(arguments, align, output),
        Command::Takes { shot: Some(shot) } => shots::takes(arguments, shot, output),
        Command::Takes { shot: None } => shooting::tried(arguments, output),
        Command::Circle { shot, take } => shots::circle(arguments, shot, *take, output),
        Command::Finish => film::finish(arguments, output),
        Command::Clean { yes } => film::clean(arguments, *yes, output),
        Command::Key(key) => key::run(arguments, key, output),
        Command::Doctor { network } => tools::doctor(arguments, *network, output),
        Command::Diffuse { setup } => diffuse::run(setup),
        Command::Completions { shell } => tools::completions(*shell),
        Command::Man => tools::man(),
    }
}
