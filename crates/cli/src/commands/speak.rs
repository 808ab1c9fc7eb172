//! Lines spoken by services: what they would cost, and then spoken.

use serde::Serialize;
use soundlock_film::{Access, Film, SpokenAt};
use soundlock_service::Usd;
use soundlock_sound::{Doubt, Unspoken};

use crate::args::{Arguments, Speak};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::studio;

/// Letters of a line that are shown.
const LETTERS_SHOWN: usize = 48;

/// Shows what is not spoken yet and what it costs, and has it spoken.
pub(super) fn run(arguments: &Arguments, speak: &Speak, output: &Output) -> Result<Exit, Failure> {
    let film = studio::film(arguments, output, Access::Make)?;
    let lines = film.unspoken()?;
    for line in &lines {
        say_line(line, output)?;
    }
    let due = |line: &&Unspoken| speak.asking.again || line.doubt.is_none();
    let (count, cost) =
        (lines.iter().filter(due).count(), lines.iter().filter(due).map(|line| line.cost).sum());
    say_total(&lines, (count, cost), speak.asking.again, output)?;
    let places = film.spoken_at(&lines)?;
    for place in &places {
        say_place(place, output)?;
    }
    if speak.asking.estimate || count == 0 {
        return Ok(Exit::Done);
    }
    let question = format!("have {} spoken for {cost}?", counted(count));
    // A film folder may be somebody else's: what leaves for foreign networks, a key above all, is agreed to first.
    let harmless = cost == Usd::ZERO && places.iter().all(|place| place.is_near);
    let sure = speak.asking.yes || harmless || (output.can_ask() && Output::ask(&question));
    if !sure {
        let message = match places.iter().find(|place| !place.is_near) {
            Some(place) if cost == Usd::ZERO => {
                format!("nothing was spoken, because nobody said yes to sending lines to {}", place.address)
            }
            _ => format!("nothing was spoken, because nobody said yes to {cost}"),
        };
        return Err(Failure::NotReady {
            message,
            hint: Some("`soundlock speak --yes` has it spoken".to_owned()),
        });
    }
    have_spoken(&film, &lines, speak.asking.again, output)
}

fn have_spoken(film: &Film, lines: &[Unspoken], again: bool, output: &Output) -> Result<Exit, Failure> {
    let spoken = film.speak(lines, again)?;
    output.object("spoken", &serde_json::json!({ "lines": spoken.lines, "cost_usd_micros": spoken.cost }))?;
    output.line(format!("{} spoken, {}; `soundlock sound` locks it", counted(spoken.lines), spoken.cost))?;
    Ok(Exit::Done)
}

fn say_place(place: &SpokenAt, output: &Output) -> Result<(), Failure> {
    let SpokenAt { service, address, is_near, key_env } = place;
    output.object(
        "spoken_at",
        &serde_json::json!({ "service": service, "address": address, "is_near": is_near, "key_env": key_env }),
    )?;
    let key = key_env.as_ref().map(|variable| format!(", with the key in {variable}")).unwrap_or_default();
    output.line(format!("{service}: {address}{key}"))
}

fn say_line(line: &Unspoken, output: &Output) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Row<'a> {
        line: &'a str,
        character: &'a str,
        voice: String,
        letters: u64,
        cost_usd_micros: Usd,
        text: &'a str,
        doubt: Option<&'a Doubt>,
    }
    let (id, voice, doubt) = (line.line.as_str(), line.voice.name(), line.doubt.as_ref());
    let Unspoken { character, text, letters, cost, .. } = line;
    output.object(
        "unspoken",
        &Row {
            line: id,
            character,
            voice: voice.clone(),
            letters: *letters,
            cost_usd_micros: *cost,
            text,
            doubt,
        },
    )?;
    let shown: String = text.chars().take(LETTERS_SHOWN).collect();
    let more = if shown.len() < text.len() { "…" } else { "" };
    output.line(format!("{id:8} {character:12} {voice:28} {cost:>12}  {shown}{more}"))?;
    if let Some(doubt) = doubt {
        output.line(format!("{:8} may have been paid for on {}: {}", "", doubt.at, doubt.why))?;
    }
    Ok(())
}

fn say_total(
    lines: &[Unspoken],
    (count, cost): (usize, Usd),
    again: bool,
    output: &Output,
) -> Result<(), Failure> {
    let doubtful = lines.iter().filter(|line| line.doubt.is_some()).count();
    output.object(
        "estimate",
        &serde_json::json!({ "lines": count, "cost_usd_micros": cost, "in_doubt": doubtful }),
    )?;
    if lines.is_empty() {
        return output.line("nothing to speak: every line that a service is cast for is spoken, or recorded");
    }
    output.line(format!("{} to speak; that costs {cost}", counted(count)))?;
    if doubtful > 0 && !again {
        output.line(format!(
            "{doubtful} more may have been paid for already; `soundlock speak --again` asks for them again"
        ))?;
    }
    Ok(())
}

fn counted(lines: usize) -> String {
    format!("{lines} line{}", if lines == 1 { "" } else { "s" })
}
