//! The plan, as a producer reads it.

use std::collections::BTreeMap;

use serde::Serialize;
use soundlock_film::{Access, Film, ShootingCost};
use soundlock_plan::{CutList, LengthBar, PlanStats, RiskyShot, ScenePace, Shot, lengths};
use soundlock_time::Timecode;

use crate::args::Arguments;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::studio;

/// Risky shots that are listed.
const RISKIEST: usize = 10;
/// Signs of the histogram's longest bar.
const BAR: f64 = 40.0;

/// Cuts the picture to the sound, and says what came of it.
pub(super) fn plan(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let mut film = studio::film(arguments, output, Access::Make)?;
    let (sound, _) = film.sound(false)?;
    let cut_list = film.plan(&sound)?;
    let proposed = film.proposed_fields()?;
    for shot in &cut_list.shots {
        say_shot(shot, &cut_list, proposed.get(&shot.code).map_or(&[], Vec::as_slice), output)?;
    }
    say_stats(&film.plan_stats(&sound, &cut_list)?, output)?;
    say_lengths(&lengths(&cut_list), output)?;
    say_scenes(&film.scene_paces(&sound, &cut_list), output)?;
    say_costs(&film, &cut_list, output)?;
    for clause in film.cannot_be_told(&cut_list)? {
        output.object("note", &serde_json::json!({ "what": clause }))?;
        output.line(format!("  note: {clause}"))?;
    }
    say_risks(&film.riskiest(&sound, &cut_list, RISKIEST)?, output)?;
    Ok(Exit::Done)
}

fn say_shot(
    shot: &Shot,
    cut_list: &CutList,
    by_model: &[(&'static str, String)],
    output: &Output,
) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Row<'a> {
        shot: String,
        from: u32,
        to: u32,
        size: &'static str,
        subjects: &'a [String],
        generator: &'a str,
        prompt: &'a str,
        reason: &'a str,
        why: &'a str,
        by_hand: Vec<&'a String>,
        by_model: BTreeMap<&'static str, &'a str>,
    }
    let code = shot.code.to_string();
    let own = |field: &&String| by_model.iter().all(|(other, _)| other != field);
    output.object(
        "shot",
        &Row {
            shot: code.clone(),
            from: shot.film.start.0,
            to: shot.film.end.0,
            size: shot.look.size.short(),
            subjects: &shot.look.subjects,
            generator: &shot.generator,
            prompt: &shot.prompt,
            reason: &shot.reason,
            why: &shot.why,
            by_hand: shot.by_hand.iter().filter(own).collect(),
            by_model: by_model.iter().map(|(field, model)| (*field, model.as_str())).collect(),
        },
    )?;
    let at = Timecode::of(shot.film.start, cut_list.fps);
    let seconds = cut_list.fps.seconds(shot.frames());
    let who = shot.look.subjects.join(", ");
    output.line(format!(
        "{code:14} {at}  {seconds:5.2} s  {:3} {who:24} {}",
        shot.look.size.short(),
        shot.reason
    ))
}

fn say_stats(stats: &PlanStats, output: &Output) -> Result<(), Failure> {
    let share = |count: usize| format!("{:.0} %", 100.0 * count as f64 / stats.cuts.max(1) as f64);
    output.object(
        "plan",
        &serde_json::json!({
            "shots": stats.shots, "mean_secs": stats.mean_secs, "median_secs": stats.median_secs,
            "cuts": stats.cuts, "cuts_in_gaps": stats.cuts_in_gaps,
            "cuts_at_speaker_change": stats.cuts_at_speaker_change, "cuts_at_onsets": stats.cuts_at_onsets,
            "cuts_in_words": stats.cuts_in_words, "cuts_covered": stats.cuts_covered,
            "lognormal_distance": stats.lognormal_distance,
            "lag_one_correlation": stats.lag_one_correlation,
        }),
    )?;
    output.line("")?;
    output.line(format!(
        "{} shots, {:.2} s on average, median {:.2} s",
        stats.shots, stats.mean_secs, stats.median_secs
    ))?;
    output.line(format!(
        "{} cuts inside scenes: {} in a gap, {} on a change of speaker, {} inside a word",
        stats.cuts,
        share(stats.cuts_in_gaps),
        share(stats.cuts_at_speaker_change),
        share(stats.cuts_in_words)
    ))?;
    if let (Some(distance), Some(correlation)) = (stats.lognormal_distance, stats.lag_one_correlation) {
        output.line(format!(
            "rhythm: {distance:.3} from a log-normal, neighbours correlate by {correlation:.2} (films: a little above 0)"
        ))?;
    }
    Ok(())
}

/// How many shots are how long, each bar beside what films of that pace have (`|`).
fn say_lengths(bars: &[LengthBar], output: &Output) -> Result<(), Failure> {
    for bar in bars {
        output.object("length", bar)?;
    }
    if bars.is_empty() {
        return Ok(());
    }
    output.line("")?;
    output.line("lengths            shots, and films of that pace (|)")?;
    let most = bars.iter().map(|bar| bar.expected.max(bar.shots as f64)).fold(1.0, f64::max);
    for bar in bars {
        output.line(length_line(bar, most))?;
    }
    Ok(())
}

fn length_line(bar: &LengthBar, most: f64) -> String {
    let label = match (bar.from_secs, bar.to_secs) {
        (from, Some(to)) if from > 0.0 => format!("{from} to {to} s"),
        (_, Some(to)) => format!("under {to} s"),
        (from, None) => format!("{from} s and more"),
    };
    let signs = |count: f64| (count / most * BAR).round() as usize;
    let (own, usual) = (signs(bar.shots as f64), signs(bar.expected));
    let sign = |place: usize| match place {
        place if place == usual => '|',
        place if place < own => '#',
        _ => ' ',
    };
    let chart: String = (0..=own.max(usual)).map(sign).collect();
    format!("  {label:13} {:6}  {}", bar.shots, chart.trim_end()).trim_end().to_owned()
}

fn say_scenes(scenes: &[ScenePace], output: &Output) -> Result<(), Failure> {
    for scene in scenes {
        output.object("scene", scene)?;
    }
    output.line("")?;
    output.line("scene   shots  length    a shot    wanted")?;
    for scene in scenes {
        let ScenePace { shots, secs, mean_secs, wanted_secs, .. } = scene;
        let id = scene.scene.as_str();
        output.line(format!(
            "  {id:6} {shots:4}  {secs:6.1} s  {mean_secs:5.2} s  {wanted_secs:6.2} s   {}; {}",
            scene.heading, scene.reason
        ))?;
    }
    Ok(())
}

/// What is generated for what is seen, and what it costs with each generator.
fn say_costs(film: &Film, cut_list: &CutList, output: &Output) -> Result<(), Failure> {
    let generated = film.generated(cut_list)?;
    output.object(
        "generated",
        &serde_json::json!({
            "generated_secs": generated.generated_secs, "used_secs": generated.used_secs,
        }),
    )?;
    output.line("")?;
    output.line(format!(
        "{:.1} s are generated for {:.1} s that are seen",
        generated.generated_secs, generated.used_secs
    ))?;
    for cost in &film.shooting_costs(cut_list)? {
        say_cost(cost, output)?;
    }
    Ok(())
}

fn say_cost(cost: &ShootingCost, output: &Output) -> Result<(), Failure> {
    output.object(
        "cost",
        &serde_json::json!({
            "generator": cost.generator, "model": cost.model, "planned": cost.planned,
            "too_long": cost.too_long, "generated_secs": cost.generated_secs,
            "used_secs": cost.used_secs, "cost": cost.cost,
        }),
    )?;
    let model = cost.model.as_ref().map(|model| format!(" ({model})")).unwrap_or_default();
    let name = format!("{}{model}", cost.generator);
    let too_long = match cost.too_long {
        0 => String::new(),
        some => format!("; {some} are too long for it"),
    };
    let planned = if cost.planned > 0 { format!("; it is to make {}", cost.planned) } else { String::new() };
    output.line(format!("  all by {name:24} {:7.1} s  {}{planned}{too_long}", cost.generated_secs, cost.cost))
}

fn say_risks(risky: &[RiskyShot], output: &Output) -> Result<(), Failure> {
    for shot in risky {
        let reasons: Vec<String> = shot.risks.iter().map(ToString::to_string).collect();
        output.object(
            "risk",
            &serde_json::json!({
                "shot": shot.shot, "weight": shot.weight, "risks": shot.risks, "reasons": reasons,
            }),
        )?;
    }
    if risky.is_empty() {
        return Ok(());
    }
    output.line("")?;
    output.line("likeliest to go wrong")?;
    for shot in risky {
        let reasons: Vec<String> = shot.risks.iter().map(ToString::to_string).collect();
        output.line(format!("  {:14} {}", shot.shot.to_string(), reasons.join("; ")))?;
    }
    Ok(())
}
