//! What each shot's generator is told, which field put in which words, what changed since a take, and two templates
//! tried against each other.

use std::ops::Range;

use serde::Serialize;
use similar::{ChangeTag, TextDiff};
use soundlock_film::{Access, Film, ShotPrompts, Take, TakePrompt, Trial, Wish};
use soundlock_judge::Better;
use soundlock_plan::{PromptPiece, Shot, ShotCode, Wording};
use soundlock_shoot::{Bill, Estimate};

use super::watching::Told;
use crate::args::{Arguments, Prompts};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::studio;

/// Columns of a line of marked words.
const COLUMNS: usize = 96;

pub(super) fn run(arguments: &Arguments, prompts: &Prompts, output: &Output) -> Result<Exit, Failure> {
    match prompts.ab.as_deref() {
        Some([one, other, shots @ ..]) => try_templates(arguments, [one, other], shots, prompts.yes, output),
        _ => show(arguments, prompts, output),
    }
}

fn show(arguments: &Arguments, prompts: &Prompts, output: &Output) -> Result<Exit, Failure> {
    let film = studio::film(arguments, output, Access::Look)?;
    let codes = codes(&film, &prompts.shots)?;
    let all = film.prompts(&codes)?;
    if prompts.diff {
        return say_changes(&all, output);
    }
    all.iter().try_for_each(|shot| say_shot(shot, output))?;
    Ok(Exit::Done)
}

fn codes(film: &Film, shots: &[String]) -> Result<Vec<ShotCode>, Failure> {
    shots.iter().map(|shot| super::shots::code(film, shot)).collect()
}

fn say_shot(prompts: &ShotPrompts, output: &Output) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Row<'a> {
        shot: String,
        generator: &'a str,
        prompt: &'a str,
        negative: &'a str,
        by_hand: &'a [String],
        #[serde(flatten)]
        wording: &'a Wording,
        takes: &'a [TakePrompt],
    }
    let shot = &prompts.shot;
    output.object(
        "prompt",
        &Row {
            shot: shot.code.to_string(),
            generator: &shot.generator,
            prompt: &shot.prompt,
            negative: &shot.negative,
            by_hand: &shot.by_hand,
            wording: &shot.wording,
            takes: &prompts.takes,
        },
    )?;
    let words = shot.prompt.split_whitespace().count();
    output.line(format!(
        "{}  {}, told like {}, {words} words",
        shot.code, shot.generator, shot.wording.template
    ))?;
    say_pieces(&shot.prompt, &shot.wording.pieces, output)?;
    if !shot.negative.is_empty() {
        output.line(format!("  kept out: {}", shot.negative))?;
    }
    if !shot.wording.left_out.is_empty() {
        output.line(format!("  left out, too long with it: {}", shot.wording.left_out.join(", ")))?;
    }
    for (index, still) in shot.wording.references.iter().enumerate() {
        output.line(format!("  still {}: {} ({})", index + 1, still.file, still.of))?;
    }
    say_takes(prompts, output)
}

/// Which takes were told the same, and what the others were told.
fn say_takes(prompts: &ShotPrompts, output: &Output) -> Result<(), Failure> {
    for take in &prompts.takes {
        let circle = if take.circled { ", circled" } else { "" };
        let name = format!("  take {}{circle}: ", take.take);
        match &take.prompt {
            None => output.line(format!("{name}a clip that was brought in"))?,
            Some(prompt) if *prompt == prompts.shot.prompt => output.line(format!("{name}told this"))?,
            Some(prompt) => output.line(format!("{name}{prompt}"))?,
        }
    }
    Ok(())
}

/// The prompt in lines, and below the words of each line the fields that they came from.
fn say_pieces(text: &str, pieces: &[PromptPiece], output: &Output) -> Result<(), Failure> {
    for piece in pieces.iter().filter(|piece| piece.field != "template") {
        let words = &text[piece.start..piece.end];
        let from = format!("{} < {}", piece.field, piece.from);
        for (line, part) in lines(words).into_iter().enumerate() {
            let from = if line == 0 { from.as_str() } else { "" };
            output.line(format!("  {from:36} {}", &words[part]).trim_end())?;
        }
    }
    Ok(())
}

/// Where to break words into lines.
fn lines(words: &str) -> Vec<Range<usize>> {
    let most = COLUMNS - 39;
    let (mut lines, mut start, mut last_space) = (Vec::new(), 0, None);
    for (at, letter) in words.char_indices() {
        if letter == ' ' {
            last_space = Some(at);
        }
        let wide = words[start..at].chars().count() >= most;
        if let Some(space) = last_space.filter(|space| wide && *space > start) {
            lines.push(start..space);
            start = space + 1;
        }
    }
    lines.push(start..words.len());
    lines
}

/// What changed in each prompt since the circled take was made.
fn say_changes(all: &[ShotPrompts], output: &Output) -> Result<Exit, Failure> {
    let mut changed = 0;
    for prompts in all {
        let Some(take) = prompts.takes.iter().find(|take| take.circled) else { continue };
        let Some(was) = &take.prompt else { continue };
        let negative = take.negative.as_deref().unwrap_or_default();
        let now = (&prompts.shot.prompt, prompts.shot.negative.as_str());
        if (was, negative) == now {
            continue;
        }
        changed += 1;
        output.object(
            "change",
            &serde_json::json!({
                "shot": prompts.shot.code, "take": take.take, "was": was, "now": now.0,
                "negative_was": negative, "negative_now": now.1, "words": words_changed(was, now.0),
            }),
        )?;
        output.line(format!("{}-{}", prompts.shot.code, take.take))?;
        output.line(format!("  {}", word_diff(was, now.0)))?;
        if negative != now.1 {
            output.line(format!("  kept out: {}", word_diff(negative, now.1)))?;
        }
    }
    output.line(match changed {
        0 => "no prompt has changed since its circled take was made".to_owned(),
        1 => "1 prompt has changed since its circled take was made".to_owned(),
        count => format!("{count} prompts have changed since their circled takes were made"),
    })?;
    Ok(Exit::Done)
}

/// A run of words that both have, that went, or that came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Run {
    change: &'static str,
    words: String,
}

fn words_changed(was: &str, now: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for change in TextDiff::from_words(was, now).iter_all_changes() {
        let kind = match change.tag() {
            ChangeTag::Equal => "same",
            ChangeTag::Delete => "went",
            ChangeTag::Insert => "came",
        };
        match runs.last_mut().filter(|run| run.change == kind) {
            Some(run) => run.words.push_str(change.value()),
            None => runs.push(Run { change: kind, words: change.value().to_owned() }),
        }
    }
    runs
}

/// `the [-old-] {+new+} words`: readable without colour, as `git diff --word-diff` has it.
fn word_diff(was: &str, now: &str) -> String {
    let marked = |run: Run| {
        let (before, after) = match run.change {
            "went" => ("[-", "-]"),
            "came" => ("{+", "+}"),
            _ => return run.words,
        };
        let inner = run.words.trim();
        if inner.is_empty() {
            return run.words;
        }
        let start = run.words.len() - run.words.trim_start().len();
        let end = start + inner.len();
        format!("{}{before}{inner}{after}{}", &run.words[..start], &run.words[end..])
    };
    words_changed(was, now).into_iter().map(marked).collect()
}

/// Renders two templates on some shots, makes a take of each, and shows the judge's numbers side by side.
fn try_templates(
    arguments: &Arguments,
    templates: [&str; 2],
    shots: &[String],
    yes: bool,
    output: &Output,
) -> Result<Exit, Failure> {
    if shots.is_empty() {
        let hint = Some(format!("soundlock prompts --ab {} {} 12_0040 12_0050", templates[0], templates[1]));
        return Err(Failure::Asked { message: "no shot is named to try them on".to_owned(), hint });
    }
    let film = studio::film(arguments, output, Access::Make)?;
    let trials = film.trials(templates, &codes(&film, shots)?)?;
    trials.iter().try_for_each(|trial| say_trial(trial, templates, output))?;
    let costs: Vec<&Estimate> = trials.iter().flat_map(Trial::costs).collect();
    let total: Bill = costs.iter().copied().cloned().collect();
    output.object("estimate", &serde_json::json!({ "takes": costs.len(), "cost": costs }))?;
    output.line(format!("{} to make; that costs {total}", counted(costs.len())))?;
    let tried = hired(&film, &trials)?;
    if !tried.tried.is_empty() {
        film.check_money(&tried)?;
    }
    let free = costs.iter().all(|cost| **cost == Estimate::Free);
    let question = format!("make {} for {total}?", counted(costs.len()));
    if !(free || yes || (output.can_ask() && Output::ask(&question))) {
        return Err(Failure::NotReady {
            message: format!("nothing was made, because nobody said yes to {total}"),
            hint: Some("`--yes` has it made".to_owned()),
        });
    }
    let trials = if tried.tried.is_empty() {
        trials
    } else {
        film.shoot(&tried, &Told::new(output, tried.tried.len()))?;
        film.trials(templates, &codes(&film, shots)?)?
    };
    let mut lacking = false;
    for trial in trials.iter().filter(|trial| !trial.is_idle()) {
        if !trial.is_made() && film.is_hired(&trial.shot.code)? {
            lacking = true;
            output.line(format!("{}: not every take came; `soundlock takes` says why", trial.shot.code))?;
            continue;
        }
        say_outcome(templates, &film.try_both(trial)?, output)?;
    }
    Ok(if lacking { Exit::NotReady } else { Exit::Done })
}

/// What hired generators have to make of these trials.
fn hired(film: &Film, trials: &[Trial]) -> Result<Wish, Failure> {
    let mut tried: Vec<Shot> = Vec::new();
    for shot in trials.iter().flat_map(Trial::missing) {
        if film.is_hired(&shot.code)? {
            tried.push(shot);
        }
    }
    Ok(Wish { tried, ..Wish::default() })
}

fn counted(takes: usize) -> String {
    format!("{takes} take{}", if takes == 1 { "" } else { "s" })
}

fn say_trial(trial: &Trial, templates: [&str; 2], output: &Output) -> Result<(), Failure> {
    let shot = trial.shot.code.to_string();
    output.line(&shot)?;
    for (template, prompt) in templates.iter().zip(&trial.prompts) {
        output
            .object("trial", &serde_json::json!({ "shot": shot, "template": template, "prompt": prompt }))?;
        output.line(format!("  {template}: {}", prompt.text))?;
    }
    if trial.is_idle() {
        output.line("  both say the same: there is nothing to try")?;
    }
    Ok(())
}

/// Two takes, measure by measure.
fn say_outcome(templates: [&str; 2], takes: &[Take; 2], output: &Output) -> Result<(), Failure> {
    let [one, other] = takes;
    output.line("")?;
    output.line(format!("{:20} {:>20} {:>20}", "", one.name(), other.name()))?;
    output.line(format!("{:20} {:>20} {:>20}", "told like", templates[0], templates[1]))?;
    for finding in &one.verdict.findings {
        let found = other.verdict.findings.iter().find(|other| other.measure == finding.measure);
        let Some(found) = found else { continue };
        let (limit, unit) = (finding.limit, &finding.unit);
        let (better, sign) = match finding.better {
            Better::Lower => (finding.value.total_cmp(&found.value), "at most"),
            Better::Higher => (found.value.total_cmp(&finding.value), "at least"),
        };
        let better = match better {
            std::cmp::Ordering::Less => Some(templates[0]),
            std::cmp::Ordering::Greater => Some(templates[1]),
            std::cmp::Ordering::Equal => None,
        };
        output.object(
            "compared",
            &serde_json::json!({
                "shot": one.entry.code, "takes": [one.entry.number, other.entry.number], "measure": finding.measure,
                "values": [finding.value, found.value], "unit": unit, "limit": limit,
                "passed": [finding.passed, found.passed], "better": better,
            }),
        )?;
        let mark = |passed: bool, value: f64| format!("{value:.3}{}", if passed { " " } else { "!" });
        let (a, b) = (mark(finding.passed, finding.value), mark(found.passed, found.value));
        output.line(format!("{:20} {a:>20} {b:>20}  {sign} {limit} {unit}", finding.measure))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{lines, word_diff};

    #[test]
    fn words_that_went_and_came_are_marked() {
        let check = |was: &str, now: &str, expected: &str| assert_eq!(word_diff(was, now), expected);
        check("a grey coat", "a grey coat", "a grey coat");
        check("a grey coat", "a red coat", "a [-grey-]{+red+} coat");
        check("a coat", "a coat, wet", "a [-coat-]{+coat, wet+}");
        check("", "smoke", "{+smoke+}");
        check("미나, 외투", "미나, 젖은 외투", "미나, {+젖은+} 외투");
    }

    #[test]
    fn long_words_are_broken_between_words() {
        let words = "word ".repeat(30);
        let lines = lines(words.trim());
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().all(|line| words[line.clone()].chars().count() <= 58));
        let joined: Vec<&str> = lines.iter().map(|line| &words[line.clone()]).collect();
        assert_eq!(joined.join(" "), words.trim());
        assert_eq!(super::lines("").len(), 1);
    }
}
