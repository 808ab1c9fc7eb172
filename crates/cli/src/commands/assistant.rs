//! What a language model proposes, shown, and accepted by a person.

use serde_json::json;
use soundlock_assistant::{Author, DraftOrder, Estimate, Hunk, Said, ShotProposal};
use soundlock_film::{Access, DraftDesk, Film, Folder, ModelAt, model_answers};
use soundlock_plan::Shot;
use soundlock_plan::format::Proposal;
use soundlock_service::Usd;

use super::script::say_findings;
use crate::args::{Arguments, Asking, Draft, Plan, Suggest};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::studio;

/// What is asked for where a person does not say.
const WISH: &str =
    "whatever makes it read better: weak or wordy lines, what is said twice, what cannot be seen or heard";
/// Letters of a value that are shown.
const LETTERS_SHOWN: usize = 60;

/// Drafts a screenplay.
pub(super) fn draft(arguments: &Arguments, draft: &Draft, output: &Output) -> Result<Exit, Failure> {
    if draft.logline.trim().is_empty() {
        return Err(Failure::Asked { message: "the logline is empty".to_owned(), hint: None });
    }
    let mut desk = DraftDesk::open(studio::studio(arguments, output)?, &arguments.film)?;
    desk.again = draft.asking.again;
    if !draft.asking.estimate {
        desk.must_be_free(draft.force)?;
    }
    let scenes = draft.scenes.or(draft.minutes.map(|minutes| minutes.div_ceil(2))).unwrap_or(8);
    let minutes = draft.minutes.unwrap_or(2 * scenes);
    let (logline, language) = (draft.logline.trim().to_owned(), desk.language().to_owned());
    let order = DraftOrder { logline, scenes, minutes, language };
    if !agreed(&desk.model_at(), &desk.estimate(&order)?, &draft.asking, output)? {
        return Ok(Exit::Done);
    }
    let (made, findings) = desk.draft(&order, draft.force, &|step| output.say(format!("drafted: {step}")))?;
    for fault in &made.faults {
        output.say(format!("left out: {fault}"));
    }
    let file = desk.file();
    let cost = made.steps.iter().map(|said| said.cost).try_fold(Usd::ZERO, |sum, cost| Some(sum + cost?));
    output.object(
        "draft",
        &json!({ "file": file, "scenes": scenes, "cost_usd_micros": cost, "findings": findings, "left_out": made.faults }),
    )?;
    say_findings(&file, &findings, output)?;
    output.line(format!("{} is drafted by {}, {}", file.display(), made.steps[0].model, price(cost)))?;
    output.say("read it, change it, and make it your script.fountain where you want it");
    Ok(Exit::Done)
}

/// Suggests changes, or accepts them.
pub(super) fn suggest(arguments: &Arguments, suggest: &Suggest, output: &Output) -> Result<Exit, Failure> {
    let film = studio::film(arguments, output, Access::Make)?;
    if !suggest.accept.is_empty() {
        return accept(&film, &suggest.accept, output);
    }
    let (scene, wish) = (suggest.scene.as_deref(), suggest.wish.as_deref().unwrap_or(WISH));
    let again = suggest.asking.again;
    let estimate = film.suggest_estimate(scene, wish, again)?;
    if !agreed(&film.model_at()?, &estimate, &suggest.asking, output)? {
        return Ok(Exit::Done);
    }
    let told = film.suggest(scene, wish, again)?;
    for fault in &told.faults {
        output.say(format!("left out: {fault}"));
    }
    let hunks = &told.value;
    for hunk in hunks {
        output.object("change", &json!({ "model": told.said.model, "change": hunk }))?;
        output.line(hunk.diff())?;
    }
    output.line(format!(
        "{} suggested by {}, {}",
        counted(hunks.len(), "change"),
        told.said.model,
        paid(&told.said)
    ))?;
    if hunks.is_empty() {
        return Ok(Exit::Done);
    }
    let accepted = if output.can_ask() { chosen(hunks) } else { Vec::new() };
    if !accepted.is_empty() {
        return accept(&film, &accepted, output);
    }
    let file = film.write_suggestions(hunks)?;
    output.line(format!("nothing is changed; they stand in {}", file.display()))?;
    output.say("`soundlock script suggest --accept 1,3` writes those numbers into the script");
    Ok(Exit::Done)
}

/// Asks about each change.
fn chosen(hunks: &[Hunk]) -> Vec<usize> {
    let ask = |hunk: &&Hunk| Output::ask(&format!("{}accept change {}?", hunk.diff(), hunk.number));
    hunks.iter().filter(ask).map(|hunk| hunk.number).collect()
}

fn accept(film: &Film, numbers: &[usize], output: &Output) -> Result<Exit, Failure> {
    let accepted = film.accept(numbers)?;
    for hunk in &accepted {
        output.object("accepted", &json!({ "change": hunk }))?;
    }
    output.line(format!("{} accepted into script.fountain", counted(accepted.len(), "change")))?;
    Ok(Exit::Done)
}

/// Who wrote which line.
pub(super) fn credits(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let film = studio::film(arguments, output, Access::Look)?;
    let (lines, credits) = film.script_credits()?;
    for line in &lines {
        output.object("line", line)?;
        let name = if line.line.is_empty() { format!("scene {}", line.scene) } else { line.line.clone() };
        let when =
            if line.accepted.is_empty() { String::new() } else { format!(", accepted {}", line.accepted) };
        output.line(format!(
            "{name:10} {:14} {}{when}  {}",
            line.character,
            author(&line.author),
            shown(&line.text)
        ))?;
    }
    let all: usize = credits.iter().map(|credit| credit.letters).sum();
    for credit in &credits {
        output.object("author", credit)?;
        let share = 100.0 * credit.letters as f64 / all.max(1) as f64;
        output.line(format!(
            "{}: {}, {share:.1} % of the letters",
            author(&credit.author),
            counted(credit.lines, "line and paragraph")
                .replace("line and paragraphs", "lines and paragraphs")
        ))?;
    }
    Ok(Exit::Done)
}

fn author(author: &Author) -> String {
    match author {
        Author::Person => "a person".to_owned(),
        Author::Model { model } => model.clone(),
        Author::ChangedByModel { model } => format!("a person, changed by {model}"),
        Author::ChangedByPerson { model } => format!("{model}, changed by a person"),
    }
}

/// Plans, asks what the shots could show, and writes what is accepted.
pub(super) fn plan(arguments: &Arguments, plan: &Plan, output: &Output) -> Result<Exit, Failure> {
    let mut film = studio::film(arguments, output, Access::Make)?;
    let model = film.model_at()?;
    let (sound, _) = film.sound(false)?;
    let cut_list = film.plan(&sound)?;
    let (scene, again) = (plan.scene.as_deref(), plan.asking.again);
    let estimate = film.breakdown_estimate(&cut_list, scene, again)?;
    if !agreed(&model, &estimate, &plan.asking, output)? {
        return Ok(Exit::Done);
    }
    let scenes =
        film.breakdown(&cut_list, scene, again, &|scene| output.say(format!("asked: scene {scene}")))?;
    let (mut proposals, mut unused) = (Vec::new(), 0);
    let mut by = model.model.clone();
    for scene in scenes {
        match scene.told {
            Ok(told) => {
                for fault in &told.faults {
                    output.say(format!("scene {}: {fault}; the planned choice stands", scene.scene));
                }
                by.clone_from(&told.said.model);
                proposals.extend(told.value);
            }
            Err(error) => {
                unused += 1;
                output.say(format!("{error}; the planned choices stand"));
            }
        }
    }
    proposals.retain(|proposal| !proposal.proposal.is_empty());
    for proposal in &proposals {
        if let Some(shot) = cut_list.shot(&proposal.proposal.code) {
            say_proposal(shot, proposal, &by, output)?;
        }
    }
    let count = counted(proposals.len(), "shot");
    if proposals.is_empty() {
        output.line("nothing is proposed that differs from what is planned")?;
        return Ok(if unused > 0 { Exit::NotReady } else { Exit::Done });
    }
    let question = format!("write what {by} proposes for {count} into cuts.toml?");
    if !(plan.asking.yes || output.can_ask() && Output::ask(&question)) {
        return Err(Failure::NotReady {
            message: format!(
                "nothing was written, because nobody said yes to what {by} proposes for {count}"
            ),
            hint: Some(
                "`soundlock plan --with-model --yes` writes it; the replies are kept and cost nothing again"
                    .to_owned(),
            ),
        });
    }
    let accepted: Vec<Proposal> = proposals.into_iter().map(|proposal| proposal.proposal).collect();
    film.accept_proposals(&by, &accepted)?;
    film.plan(&sound)?;
    output.line(format!("{count} in cuts.toml as {by} proposes; what you change there stands over it"))?;
    Ok(Exit::Done)
}

/// What is planned and what is proposed in its place.
fn say_proposal(shot: &Shot, proposed: &ShotProposal, by: &str, output: &Output) -> Result<(), Failure> {
    let (look, proposal) = (&shot.look, &proposed.proposal);
    let row =
        |field: &'static str, planned: String, proposed: Option<String>| Some((field, planned, proposed?));
    let rows = [
        row("size", look.size.short().to_owned(), proposal.size.map(|size| size.short().to_owned())),
        row("angle", look.angle.word().to_owned(), proposal.angle.map(|angle| angle.word().to_owned())),
        row(
            "move",
            look.movement.word().to_owned(),
            proposal.movement.map(|movement| movement.word().to_owned()),
        ),
        row("subjects", look.subjects.join(", "), proposal.subjects.as_ref().map(|names| names.join(", "))),
        row("action", look.action.clone(), proposal.action.clone()),
        row("prompt", shot.prompt.clone(), proposal.prompt.clone()),
    ];
    output.line(format!("{}  {}", shot.code, proposed.why))?;
    for (field, planned, proposed) in rows.into_iter().flatten() {
        output.object(
            "proposal",
            &json!({ "shot": shot.code, "field": field, "planned": planned, "proposed": proposed, "by": by }),
        )?;
        output.line(format!("  {field:9} {} -> {}", shown(&planned), shown(&proposed)))?;
    }
    Ok(())
}

/// Says where it goes and what it costs; whether to go on.
///
/// A film folder may be somebody else's: what leaves for foreign networks, the script and a key above all, is agreed to
/// first.
fn agreed(model: &ModelAt, estimate: &Estimate, asking: &Asking, output: &Output) -> Result<bool, Failure> {
    let ModelAt { model: name, address, is_harmless, key_env } = model;
    let Estimate { questions, most } = *estimate;
    output.object(
        "estimate",
        &json!({ "model": name, "address": address, "key_env": key_env, "questions": questions, "most_usd_micros": most }),
    )?;
    let cost = match most {
        Some(Usd::ZERO) => "nothing".to_owned(),
        Some(most) => format!("{most} at most"),
        None => "an unknown price".to_owned(),
    };
    let key = key_env.as_ref().map(|variable| format!(", with the key in {variable}")).unwrap_or_default();
    let told = format!("{name} at {address}{key}: {}, which costs {cost}", counted(questions, "question"));
    if asking.estimate {
        output.line(told)?;
        return Ok(false);
    }
    output.say(told);
    let sure = questions == 0
        || asking.yes
        || *is_harmless
        || (output.can_ask() && Output::ask(&format!("ask {name} for {cost}?")));
    if sure {
        return Ok(true);
    }
    Err(Failure::NotReady {
        message: format!(
            "nothing was asked, because nobody said yes to sending it to {address}, which costs {cost}"
        ),
        hint: Some("`--yes` says so; `--estimate` only shows the price".to_owned()),
    })
}

/// Whether the language model of the film at hand answers; true where it has none.
pub(super) fn say_whether_it_answers(arguments: &Arguments, output: &Output) -> Result<bool, Failure> {
    let Ok(folder) = Folder::find(&arguments.film) else { return Ok(true) };
    let Some((model, answer)) = model_answers(&folder, &studio::studio(arguments, output)?)? else {
        output.line("model        none               film.toml has no [model]")?;
        return Ok(true);
    };
    let ModelAt { model, address, .. } = model;
    let (word, told) = match &answer {
        Ok(name) => ("answers", format!("{name} at {address}")),
        Err(error) => ("NO ANSWER", format!("{model}: {error}")),
    };
    output.object(
        "model",
        &json!({ "model": model, "address": address, "answers": answer.is_ok(), "told": told }),
    )?;
    output.line(format!("{:12} {word:18} {told}", "model"))?;
    Ok(answer.is_ok())
}

fn paid(said: &Said) -> String {
    if said.asked { price(said.cost) } else { "as it answered before".to_owned() }
}

fn price(cost: Option<Usd>) -> String {
    match cost {
        Some(Usd::ZERO) => "for nothing".to_owned(),
        Some(cost) => format!("for {cost}"),
        None => "for an unknown price".to_owned(),
    }
}

fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

fn shown(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let start: String = line.chars().take(LETTERS_SHOWN).collect();
    if start.len() < line.len() { start + "…" } else { start }
}
