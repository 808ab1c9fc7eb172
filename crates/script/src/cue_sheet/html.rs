//! The cue sheet as pages to print.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{CueRow, Part};
use crate::html::{address, escaped};

const STYLE: &str = include_str!("sheet.css");

/// All parts in one page, with who speaks and where their own sheets lie in front.
pub(super) fn whole(title: &str, parts: &[Part<'_>]) -> String {
    let rows: Vec<&CueRow> = parts.iter().flat_map(|part| part.rows.iter().copied()).collect();
    let mut out = String::with_capacity(4096 + rows.len() * 900);
    open("Cue sheet", title, title, &mut out);
    let _ = write!(
        out,
        "<header>\n<p class=\"kind\">Cue sheet</p>\n<h1>{}</h1>\n<p class=\"meta\">{}</p>\n</header>\n",
        escaped(title),
        totals(&rows)
    );
    overview(parts, &mut out);
    if let Some(row) = rows.first() {
        how_to(row, &mut out);
    }
    for (number, part) in parts.iter().enumerate() {
        let _ = writeln!(out, "<section id=\"part-{number}\">");
        part_of(title, part, false, &mut out);
        out.push_str("</section>\n");
    }
    out + "</body>\n</html>\n"
}

/// The sheet of one character.
pub(super) fn alone(title: &str, part: &Part<'_>) -> String {
    let mut out = String::with_capacity(8192 + part.rows.len() * 900);
    open(part.name, title, &format!("{title} · {}", part.name), &mut out);
    part_of(title, part, true, &mut out);
    out + "</body>\n</html>\n"
}

/// The page's head; `foot` stands at the foot of every printed page.
fn open(what: &str, title: &str, foot: &str, out: &mut String) {
    let _ = write!(
        out,
        "<!doctype html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{} · {}</title>\n<style>\n{STYLE}@page {{ @bottom-left {{ content: \"{}\"; }} }}\n</style>\n</head>\n<body>\n",
        escaped(title),
        escaped(what),
        css_string(foot)
    );
}

fn overview(parts: &[Part<'_>], out: &mut String) {
    out.push_str(
        "<table>\n<tr><th>Character</th><th class=\"sheets\">Own sheet</th><th>Scenes</th><th>Lines</th><th>Words</th></tr>\n",
    );
    for (number, part) in parts.iter().enumerate() {
        let (name, link) = (escaped(part.name), address(&part.file));
        let (scenes, lines, words) = (scenes(&part.rows).len(), part.rows.len(), words(&part.rows));
        let _ = writeln!(
            out,
            "<tr><td><a href=\"#part-{number}\">{name}</a></td><td class=\"sheets\"><a href=\"cues/{link}.html\">page</a> \
             <a href=\"cues/{link}.csv\">table</a></td><td>{scenes}</td><td>{lines}</td><td>{words}</td></tr>"
        );
    }
    out.push_str("</table>\n");
}

/// How recordings are named so that each finds its line.
fn how_to(row: &CueRow, out: &mut String) {
    let (line, scene) = (escaped(&row.file), escaped(&row.scene_file));
    let (id, number) = (escaped(row.line.as_str()), escaped(row.scene.as_str()));
    let _ = writeln!(
        out,
        "<div class=\"how-to\"><h2>Recording</h2>\n<ul>\n\
         <li><b>A whole scene in one file:</b> <code>{scene}</code>. Its name begins with the number of the scene \
         ({number}). Read your lines in their order and leave a breath between them. Said wrong? Say the line again; the \
         last whole reading is used.</li>\n\
         <li><b>A file for each line:</b> <code>{line}</code>, as it stands under the line. Its name begins with the \
         number of the line ({id}); put anything after the name for more takes, such as <code>t2</code>. The last is \
         used.</li>\n\
         <li>WAV or FLAC, 48 kHz, one microphone, no effects, and some seconds of the silent room.</li>\n\
         </ul></div>"
    );
}

fn part_of(title: &str, part: &Part<'_>, explained: bool, out: &mut String) {
    let _ = writeln!(out, "<p class=\"kind\">{}</p>", escaped(title));
    let _ = writeln!(out, "<h1>{}</h1>\n<p class=\"meta\">{}</p>", escaped(part.name), totals(&part.rows));
    if let Some(row) = part.rows.first().filter(|_| explained) {
        how_to(row, out);
    }
    let mut scene = None;
    for row in &part.rows {
        if scene != Some(&row.scene) {
            scene_head(row, out);
            scene = Some(&row.scene);
        }
        cue(row, out);
    }
}

fn scene_head(row: &CueRow, out: &mut String) {
    let _ = writeln!(
        out,
        "<div class=\"scene\"><b>{}</b><span>{}</span><span class=\"whole\">whole scene: {}</span></div>",
        escaped(row.scene.as_str()),
        escaped(&row.heading),
        escaped(&row.scene_file)
    );
}

fn cue(row: &CueRow, out: &mut String) {
    let _ = writeln!(
        out,
        "<div class=\"cue\"><div class=\"number\"><b>{}</b><span>p. {}</span></div><div>",
        escaped(row.line.as_str()),
        row.page
    );
    if let Some(situation) = &row.situation {
        let _ = writeln!(out, "<p class=\"situation\">{}</p>", escaped(situation));
    }
    around(row.previous.as_deref(), out);
    let tags = row.extensions.iter().map(|extension| escaped(extension));
    let together = row.together_with.iter().map(|partner| format!("together with {}", escaped(partner)));
    out.extend(tags.chain(together).map(|tag| format!("<span class=\"tag\">{tag}</span>")));
    let class = if row.sung { "said sung" } else { "said" };
    let said = row.said(escaped, |how| format!("<i>({})</i>", escaped(how)));
    let _ = writeln!(out, "<p class=\"{class}\">{said}</p>");
    around(row.next.as_deref(), out);
    let _ =
        write!(out, "<p class=\"file\">{}</p>\n</div><div class=\"box\"></div></div>\n", escaped(&row.file));
}

/// A neighbour's line, `MINA: Wait.`, its speaker set apart.
fn around(line: Option<&str>, out: &mut String) {
    if let Some((speaker, words)) = line.map(|line| line.split_once(": ").unwrap_or((line, ""))) {
        let _ = writeln!(out, "<p class=\"around\"><b>{}</b> {}</p>", escaped(speaker), escaped(words));
    }
}

fn totals(rows: &[&CueRow]) -> String {
    let counted = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    [counted(scenes(rows).len(), "scene"), counted(rows.len(), "line"), counted(words(rows), "word")]
        .join(" · ")
}

fn scenes<'a>(rows: &[&'a CueRow]) -> BTreeSet<&'a str> {
    rows.iter().map(|row| row.scene.as_str()).collect()
}

fn words(rows: &[&CueRow]) -> usize {
    rows.iter().map(|row| row.text.split_whitespace().count()).sum()
}

/// Text between the quotation marks of a style sheet: nothing in it can end the string or the sheet.
fn css_string(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_alphanumeric() || matches!(letter, ' ' | '·' | '.' | ',' | '-') {
            out.push(letter);
        } else {
            let _ = write!(out, "\\{:x} ", u32::from(letter));
        }
    }
    out
}
